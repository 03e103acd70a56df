"""Which operation of the base is which of the revision: paths by template, with the names of parameters erased."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from contractcheck.openapi.changes import entries
from contractcheck.openapi.document import Document, Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NAME = re.compile(r"\{([^{}]*)\}")
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Item:
    """A path item: the key it stands under, where it is used, and its members with `$ref` followed."""

    path: str
    use: Node
    members: Mapping[str, Node]

    @property
    def operations(self) -> Iterator[tuple[str, Node]]:
        """Its operations by method, in the order of the specification."""
        return ((method, self.members[method]) for method in METHODS if method in self.members)


def erase(path: str) -> str:
    """The path without the names of its parameters: `/pet/{id}` and `/pet/{petId}` are one."""
    return _NAME.sub("{}", path)


def names(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, in order."""
    return tuple(_NAME.findall(path))


def items(document: Document, holder: Node | None) -> dict[str, Item]:
    """The path items below `paths`, `webhooks` or a callback, by their keys."""
    return {path: item(document, path, use) for path, use in entries(holder).items()}


def item(document: Document, path: str, use: Node) -> Item:
    """One path item; what stands beside a `$ref` goes before what it refers to."""
    members: dict[str, Node] = {}
    node: Node | None = use
    seen: set[Node] = set()
    while node is not None and node not in seen:
        seen.add(node)
        for name, member in node.members():
            members.setdefault(name, member)
        node = document.reference(node) if "$ref" in _mapping(node) else None
    return Item(path, use, members)


def match(base: Mapping[str, _Thing], revision: Mapping[str, _Thing]) -> Iterator[tuple[_Thing | None, _Thing | None]]:
    """Pair paths: equal ones first, then those that differ in the names of parameters only."""
    left = [path for path in base if path not in revision]
    right = [path for path in revision if path not in base]
    by_template: dict[str, list[str]] = {}
    for path in right:
        by_template.setdefault(erase(path), []).append(path)
    renamed = {path: found.pop(0) for path in left if (found := by_template.get(erase(path)))}
    for path, thing in base.items():
        other = path if path in revision else renamed.get(path)
        yield thing, revision[other] if other is not None else None
    taken = set(renamed.values())
    yield from ((None, revision[path]) for path in right if path not in taken)


def _mapping(node: Node) -> Mapping[str, object]:
    return node.value if isinstance(node.value, Mapping) else {}
