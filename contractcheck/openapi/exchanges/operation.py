"""The operation that a label of a finding names (`GET /users/{id}`, `POST webhooks.ping`), on either side."""

from collections.abc import Iterator

from msgspec import Struct

from contractcheck.model.finding import Direction
from contractcheck.model.place import Place
from contractcheck.openapi import addresses
from contractcheck.openapi.changes import named
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import Item, item, items, operations
from contractcheck.openapi.templates import erase

_HOOKS = "webhooks."
_CALLBACK = " callback "


class Operation(Struct, frozen=True):
    """An operation of one document: its path item, itself and its method in upper case.

    `prefixes` are the paths of its servers. A `hook` stands below no path: a webhook, or a callback. `swapped` says
    that the server calls it: of a callback of a callback that is no longer so.
    """

    document: Document
    item: Item
    node: Node
    method: str
    prefixes: frozenset[str]
    hook: bool = False
    swapped: bool = False

    @property
    def label(self) -> str:
        """`GET /users/{id}`."""
        return f"{self.method} {_HOOKS if self.hook else ''}{self.item.path}"

    @property
    def servers(self) -> Node | None:
        """The `servers` that count for it."""
        return addresses.holder(self.document, self.item.members, self.node)

    @property
    def asking(self) -> Direction:
        """The direction in which the data of its request flows, seen from the API; that of its response is opposite."""
        return Direction.RESPONSE if self.swapped else Direction.REQUEST


class Operations:
    """The operations of one document by label, whatever the names of their path parameters."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, Operation] | None = None
        self._found: dict[str, tuple[Operation, ...]] = {}

    def find(self, label: str, place: Place | None = None) -> Operation | None:
        """The operation of that label; None for what this side does not have.

        A callback may have several addresses, all of one label: it is the one around the place that is meant.
        """
        if self._known is None:
            method, _, path = label.partition(" ")
            for each in self._at_key(path):
                if each.method == method:
                    return each
        found = self._index().get(erase(label))
        if found is not None or _CALLBACK not in label:
            return found
        called = list(self._callbacks(label))
        around = (each for each in called if place is not None and each.node.file == place.file)
        return next((each for each in around if _around(each.node, place)), called[0] if called else None)

    def _callbacks(self, label: str) -> Iterator[Operation]:
        """The callbacks of a label like `POST /orders callback placed POST`, which may be of a callback itself."""
        parts = label.split(_CALLBACK)
        for cut in range(len(parts) - 1, 0, -1):  # the name of a callback may hold the word, too
            owner = self.find(_CALLBACK.join(parts[:cut]))
            name, _, method = _CALLBACK.join(parts[cut:]).rpartition(" ")
            use = named(owner.node.get("callbacks")).get(name) if owner is not None else None
            if owner is None or use is None:
                continue
            holder = self._document.follow(use)
            for each in operations(self._document, items(self._document, holder).values()):
                if each.method == method:
                    yield Operation(
                        *(self._document, each.item, each.node, each.method, each.prefixes),
                        hook=True,
                        swapped=not owner.swapped,
                    )
            return

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
                    made = (self._document, each.item, each.node, each.method, each.prefixes)
                    found = Operation(*made, hook=hook, swapped=hook)
                    self._known.setdefault(erase(found.label), found)
        return self._known


def _around(node: Node, place: Place | None) -> bool:
    pointer = (place.pointer or "") if place is not None else ""
    return pointer == node.pointer or pointer.startswith(node.pointer + "/")
