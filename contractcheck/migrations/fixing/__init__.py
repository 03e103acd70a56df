"""Edits of migrations that were not released: a module for each kind of fix, its name is the word of `lint --fix`."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache

from msgspec import Struct

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Finding
from contractcheck.model.snapshot import Snapshot

KINDS = ("statements", "downgrade")
"""What `lint --fix` can write; the first where nothing is said."""


class Work(Struct, frozen=True):
    """A tree to mend: `snapshot` and `location` are its files, `examined` its migrations that were not released.

    `findings` are those about each of them, by id, before any policy.
    """

    snapshot: Snapshot
    location: Location
    tree: Tree
    examined: tuple[Examined, ...]
    findings: Mapping[str, tuple[Finding, ...]]


class Edit(Struct, frozen=True):
    """One file as it is to be, and of which migration (its id) and which rules it removes findings.

    A file that is not there yet is made.
    """

    path: str
    content: bytes
    migration: str
    rules: tuple[str, ...]


class Fix(Struct, frozen=True):
    """Edits that belong together: all of them are made, or none."""

    edits: tuple[Edit, ...]


Writer = Callable[[Work], tuple[Fix, ...]]
Refusals = Callable[[Work], tuple[tuple[str, str], ...]]


@cache
def writer(kind: str) -> Writer:
    """The function `fixes` of the module of that name; it gives independent fixes, and none on its own result."""
    found: Writer = importlib.import_module(f"{__name__}.{kind}").fixes
    return found


@cache
def refusals(kind: str) -> Refusals:
    """The function `refusals` of the module of that name: the path of what is not written, and why; () for none."""
    found: Refusals = getattr(importlib.import_module(f"{__name__}.{kind}"), "refusals", lambda _: ())
    return found
