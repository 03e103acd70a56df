"""Nodes that stand for something spelled otherwise in the text: Swagger 2.0 read in the words of OpenAPI 3."""

from collections.abc import Iterator, Mapping, Sequence

from contractcheck.model.finding import Json
from contractcheck.openapi.document import Node


class Made(Node, frozen=True, eq=False):
    """A node whose members are given, each with the place it was written at; its own place is what it was made from."""

    parts: Mapping[str | int, Node]

    def child(self, token: str | int) -> Node:
        """The member of that name, or the item at that index, which must exist."""
        return self.parts[token]

    def get(self, token: str | int) -> Node | None:
        """The member of that name, or the item at that index; None if there is none."""
        return self.parts.get(token)

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of an object; none for an array."""
        return ((str(name), part) for name, part in self.parts.items()) if isinstance(self.value, dict) else iter(())

    def items(self) -> Iterator[Node]:
        """The items of an array; none for an object."""
        return iter(self.parts.values()) if isinstance(self.value, list) else iter(())


class Said(Node, frozen=True, eq=False):
    """A value without references that is not what stands at its place, but follows from it."""


def record(at: Node, parts: Mapping[str, Node | None]) -> Made:
    """An object made at a place; parts that are None are left out."""
    known: dict[str | int, Node] = {name: part for name, part in parts.items() if part is not None}
    value: Json = {str(name): part.value for name, part in known.items()}
    return Made(at.file, at.pointer, value, known)


def listing(at: Node, parts: Sequence[Node]) -> Made:
    """An array made at a place."""
    return Made(at.file, at.pointer, [part.value for part in parts], dict(enumerate(parts)))


def said(at: Node, value: Json) -> Said:
    """A value that nobody wrote so, said of a place."""
    return Said(at.file, at.pointer, value)
