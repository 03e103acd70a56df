"""A snapshot: the files of one side of a comparison, whatever holds them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class EntryKind(StrEnum):
    """What stands at a path. Only files are read; links and submodules are never followed."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


class Entry(Struct, frozen=True):
    """One path of a snapshot. `key` identifies the content (git's object id) where that is known without reading it."""

    path: str
    kind: EntryKind
    key: str | None = None


class Snapshot(Protocol):
    """The files of one side. Paths are relative to its root, with `/`, never leave it, and are sorted."""

    @property
    def label(self) -> str:
        """How a person would name this side: `v3.1.0`, `index`, `working tree`, `old/openapi.yaml`."""
        ...

    def entries(self) -> Mapping[str, Entry]:
        """Every path of the snapshot."""
        ...

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises UnreadableError if the path does not exist, is a link or a submodule, leaves the root, or is too large.
        """
        ...
