"""The operation that a label of a finding names (`GET /users/{id}`, `POST webhooks.ping`), on either side."""

from dataclasses import dataclass

from contractcheck.model.place import Place
from contractcheck.openapi import addresses
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import Item, item, items, operations
from contractcheck.openapi.templates import erase

_HOOKS = "webhooks."


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of one document: its path item, itself, its method in upper case, and whether the server calls it.

    `prefixes` are the paths of its servers.
    """

    document: Document
    item: Item
    node: Node
    method: str
    prefixes: frozenset[str]
    hook: bool = False

    @property
    def label(self) -> str:
        """`GET /users/{id}`."""
        return f"{self.method} {_HOOKS if self.hook else ''}{self.item.path}"

    @property
    def servers(self) -> Node | None:
        """The `servers` that count for it."""
        return addresses.holder(self.document, self.item.members, self.node)


class Operations:
    """The operations of one document by label, whatever the names of their path parameters."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, Operation] | None = None
        self._found: dict[str, tuple[Operation, ...]] = {}

    def find(self, label: str) -> Operation | None:
        """The operation of that label; None for callbacks and for what this side does not have."""
        if self._known is None:
            method, _, path = label.partition(" ")
            for each in self._at_key(path):
                if each.method == method:
                    return each
        return self._index().get(erase(label))

    def _at_key(self, path: str) -> tuple[Operation, ...]:
        """The operations below the path of that very name: most labels are found so, without reading the others."""
        if path not in self._found:
            paths = self._document.root.get("paths")
            use = paths.get(path) if paths is not None else None
            held = operations(self._document, [item(self._document, path, use)]) if use is not None else ()
            made = (Operation(self._document, each.item, each.node, each.method, each.prefixes) for each in held)
            self._found[path] = tuple(made)
        return self._found[path]

    def at(self, place: Place | None) -> Operation | None:
        """The operation that stands at a place, or around it."""
        if place is None or place.pointer is None:
            return None
        known = self._index().values()
        return next((each for each in known if each.node.file == place.file and _around(each.node, place)), None)

    def all(self) -> tuple[Operation, ...]:
        """Every operation below `paths`, in the order of the text."""
        return tuple(found for found in self._index().values() if not found.hook)

    def _index(self) -> dict[str, Operation]:
        if self._known is None:
            self._known = {}
            root = self._document.root
            for holder, hook in (("paths", False), ("webhooks", True), ("x-webhooks", True)):
                for each in operations(self._document, items(self._document, root.get(holder)).values()):
                    found = Operation(self._document, each.item, each.node, each.method, each.prefixes, hook)
                    self._known.setdefault(erase(found.label), found)
        return self._known


def _around(node: Node, place: Place) -> bool:
    return place.pointer == node.pointer or (place.pointer or "").startswith(node.pointer + "/")
