"""The fields of a contract that columns of a database back, and the operations that carry them.

A property says so itself (`x-column: orders.total`, or `x-column: total` below a schema with `x-table: orders`), or the
configuration does for shared schemas: `"Order.total" = "orders.total"`, or `Order = "orders"` for all that are scalar.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from contractcheck.model.finding import Affected, Direction, Json
from contractcheck.model.place import join, split
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import METHODS

COLUMN: Final = "x-column"
TABLE: Final = "x-table"
_SHARED: Final = (("components", "schemas"), ("definitions",))
_SCALARS: Final = frozenset({"string", "number", "integer", "boolean"})
_Spot = tuple[str, str]  # file, pointer


class Backed(Struct, frozen=True):
    """A property, its name for people (`Order.total`, or its pointer), the column behind it, and who carries it."""

    node: Node
    name: str
    table: str
    column: str
    affects: tuple[Affected, ...]


def backed(document: Document, columns: Mapping[str, str]) -> tuple[Backed, ...]:
    """Every field that is backed, by its place; `columns` is what the configuration says."""
    carried = _carried(document)
    found = []
    for file in document.files:
        for node, name, column in _fields(Node(file, "", document.content(file)), columns):
            table, _, own = column.rpartition(".")
            if table and own:
                found.append(Backed(node, name, table, own, _carriers(node, carried)))
    return tuple(found)


def _fields(root: Node, columns: Mapping[str, str]) -> Iterator[tuple[Node, str, str]]:
    """The properties of a file that are backed, with `table.column`."""
    todo: list[tuple[Node, str]] = [(root, "")]
    while todo:
        node, table = todo.pop()
        value = node.value
        if isinstance(value, list):
            todo += [(item, table) for item in node.items() if isinstance(item.value, dict | list)]
            continue
        if not isinstance(value, dict):
            continue
        shared = _shared(node.pointer)
        own = value.get(TABLE, columns.get(shared, "") if shared else "")
        table = own if isinstance(own, str) and own else table
        members = node.get("properties")
        for name, member in members.members() if members is not None else ():
            said = columns.get(f"{shared}.{name}") if shared else None
            if isinstance(member.value, dict):
                said = member.value.get(COLUMN, said)
                if said is None and shared in columns and member.value.get("type") in _SCALARS:
                    said = name
            if isinstance(said, str):
                shown = f"{shared}.{name}" if shared else member.pointer
                yield member, shown, said if "." in said else f"{table}.{said}"
        todo += [(part, table) for _, part in node.members() if isinstance(part.value, dict | list)]


def _shared(pointer: str) -> str:
    """The name of the shared schema that stands there, "" for any other place."""
    parts = split(pointer)
    return parts[-1] if len(parts) > 1 and parts[:-1] in _SHARED else ""


def _carriers(node: Node, carried: Mapping[_Spot, frozenset[Affected]]) -> tuple[Affected, ...]:
    """The operations that lead to a place or to something around it."""
    found: set[Affected] = set()
    parts = split(node.pointer)
    pointer = ""
    for part in ("", *parts):
        pointer = join(pointer, part) if part or pointer else pointer
        found |= carried.get((node.file, pointer), frozenset())
    return tuple(sorted(found, key=lambda each: (each.operation, each.direction)))


def _carried(document: Document) -> Mapping[_Spot, frozenset[Affected]]:
    """What the requests and the responses of every operation lead to, by place, each with who leads there."""
    found: dict[_Spot, set[Affected]] = {}
    inside: dict[_Spot, tuple[_Spot, ...]] = {}
    holder = document.root.get("paths")
    for path, use in holder.members() if holder is not None else ():
        item = document.follow(use)
        for method, operation in item.members() if item is not None else ():
            if method not in METHODS:
                continue
            for word, direction in (
                ("parameters", Direction.REQUEST),
                ("requestBody", Direction.REQUEST),
                ("responses", Direction.RESPONSE),
            ):
                start = operation.get(word)
                if start is None:
                    continue
                affected = Affected(f"{method.upper()} {path}", direction)
                todo, seen = [start], {(start.file, start.pointer)}
                while todo:
                    node = todo.pop()
                    spot = node.file, node.pointer
                    found.setdefault(spot, set()).add(affected)
                    for target in inside.setdefault(spot, tuple(_targets(document, node))):
                        if target not in seen:
                            seen.add(target)
                            todo.append(Node(*target, _at(document, target)))
    return {spot: frozenset(who) for spot, who in found.items()}


def _targets(document: Document, node: Node) -> Iterator[_Spot]:
    """The places that references inside of a value lead to."""
    todo: list[Json] = [node.value]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            reference = value.get("$ref")
            end = document.resolve(node, reference) if isinstance(reference, str) else None
            if end is not None:
                yield end.file, end.pointer
            todo += value.values()


def _at(document: Document, spot: _Spot) -> Json:
    found = document.resolve(Node(spot[0], "", None), f"#{spot[1]}")
    return found.value if found is not None else None
