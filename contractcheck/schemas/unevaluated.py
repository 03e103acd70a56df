"""What `unevaluatedProperties` and `unevaluatedItems` mean, said without them.

A member is evaluated if some sub-schema that holds at this place speaks of it. So every sub-schema gives a declaration
under the condition that it holds, and the keyword says of each name: one of the declarations that cover it is in force,
or the member is as the keyword says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from contractcheck.model.finding import Json
from contractcheck.schemas.automata import matches
from contractcheck.schemas.documents import REFERENCES, Document, UnresolvedError, lead
from contractcheck.schemas.nodes import TRUE, Nodes

if TYPE_CHECKING:
    from contractcheck.schemas.reading import Reader

_MOST = 400  # declarations
_CHOICES = 5  # declarations with patterns or `contains` that hold or not
_WAYS = 64  # combinations of branches of oneOf
_DEPTH = 24
_SCALARS = frozenset(("boolean", "integer", "null", "number", "string"))


class TooManyError(ValueError):
    """More declarations than are worth telling apart, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Child:
    """A schema for members or items of the value; `schema` is left out of comparisons, as its id stands for it."""

    keyword: str
    key: str | int  # the name, the pattern or the index it is for
    identity: int
    base: str
    schema: Json = field(compare=False)


class Declaration(Struct, frozen=True):
    """If `condition` holds, these members and items are evaluated."""

    condition: int = TRUE
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    members: bool = False  # all of them
    prefix: int = 0
    items: bool = False  # all of them
    matching: int | None = None  # items that `contains` matches
    children: tuple[Child, ...] = ()

    def covers(self, name: str) -> bool:
        """Whether it speaks of members of that name. Raises TooManyError for a pattern that cannot be read."""
        if self.members or name in self.names:
            return True
        found = [matches(pattern, name) for pattern in self.patterns]
        if None in found:
            raise TooManyError("a pattern that cannot be read")
        return any(found)


class Evaluated:
    """Collects what the sub-schemas of a schema object declare."""

    def __init__(self, reader: "Reader", document: Document) -> None:
        self._reader = reader
        self._nodes = reader.nodes
        self._document = document
        self._found: dict[Declaration, None] = {}
        self._choices: list[list[tuple[int, list[Declaration]]]] = []
        self._room = 0  # ways that may still be told apart
        self._sent = False

    def beside(self, said: Mapping[str, Any], base: str) -> list[Declaration]:
        """For a schema object in 2020-12 words, its own unevaluated* left out. Raises TooManyError."""
        own = {word: value for word, value in said.items() if word not in ("unevaluatedProperties", "unevaluatedItems")}
        self._said(own, base, TRUE, 0)
        return list(self._found)

    def together(self, schemas: Iterable[tuple[Json, str]]) -> list[tuple[int, list[Declaration]]]:
        """For a value that all these schemas are for, unevaluated* included. Raises TooManyError.

        Each way to satisfy a `oneOf` comes by itself, under its condition, as long as there are few. What is `required`
        is declared: a sender must send it, whatever it may be.
        """
        self._room = _WAYS
        self._sent = True
        for schema, base in schemas:
            self._schema(schema, base, TRUE, 0)
        ways = []
        for picked in product(*self._choices):
            more = [one for _, declared in picked for one in declared]
            ways.append((self._nodes.conj(condition for condition, _ in picked), [*self._found, *more]))
        return ways

    def _apart(self, parts: list[Json], base: str, depth: int) -> None:
        """Each of the parts as a way of its own."""
        kept, room = self._found, self._room // len(parts)
        self._room = 0  # no ways within ways
        ways = []
        for part in parts:
            self._found = {}
            self._schema(part, base, TRUE, depth)
            ways.append((self._inner(part, base), list(self._found)))
        self._found, self._room = kept, room
        self._choices.append(ways)

    def _said(self, said: Mapping[str, Any], base: str, condition: int, depth: int) -> None:
        if depth > _DEPTH or len(self._found) > _MOST:
            raise TooManyError("too many ways to evaluate members")
        own = self._own(said, base, condition)
        if own != Declaration(condition):
            self._found[own] = None
        for part in _list(said.get("allOf")):
            self._schema(part, base, condition, depth)
        for word in REFERENCES:
            if word in said:
                self._reference(said, word, base, condition, depth)
        for word in ("anyOf", "oneOf"):
            parts = _list(said.get(word))
            if word == "oneOf" and condition == TRUE and 1 < len(parts) <= self._room:
                self._apart(parts, base, depth)
                continue
            for part in parts:
                self._schema(part, base, self._nodes.conj([condition, self._inner(part, base)]), depth)
        for name, part in _table(said.get("dependentSchemas")).items():
            self._schema(part, base, self._nodes.conj([condition, -self._nodes.lacks(name)]), depth)
        if "if" in said:
            test = self._inner(said["if"], base)
            self._schema(said["if"], base, self._nodes.conj([condition, test]), depth)
            self._schema(said.get("then", True), base, self._nodes.conj([condition, test]), depth)
            self._schema(said.get("else", True), base, self._nodes.conj([condition, -test]), depth)

    def _own(self, said: Mapping[str, Any], base: str, condition: int) -> Declaration:
        needed = [name for name in _list(said.get("required")) if isinstance(name, str)] if self._sent else []
        return Declaration(
            condition,
            names=frozenset((*_table(said.get("properties")), *needed)),
            patterns=frozenset(_table(said.get("patternProperties"))),
            members="additionalProperties" in said or "unevaluatedProperties" in said,
            prefix=len(_list(said.get("prefixItems"))),
            items="items" in said or "unevaluatedItems" in said,
            matching=self._inner(said["contains"], base) if "contains" in said else None,
            children=tuple(_children(said, base)),
        )

    def _schema(self, schema: Json, base: str, condition: int, depth: int) -> None:
        from contractcheck.schemas.reading import said_by

        if isinstance(schema, dict):
            said = said_by(schema, self._document)
            if not isinstance(said, bool):
                self._said(said, self._document.inside(schema, base), condition, depth + 1)

    def _reference(self, said: Mapping[str, Any], word: str, base: str, condition: int, depth: int) -> None:
        # Not what the reader follows to: that may be the same schema as the other document has it.
        try:
            target = lead(self._document, word, said[word], base)
        except UnresolvedError as error:
            raise TooManyError(str(error)) from None
        self._schema(target.schema, target.base, condition, depth)

    def _inner(self, schema: Json, base: str) -> int:
        return self._reader.inner(schema, self._document, base)


def _children(said: Mapping[str, Any], base: str) -> Iterator[Child]:
    """The schemas for members and items that may let objects in: most do not, and there is nothing in them to close."""
    for keyword in ("properties", "patternProperties"):
        for name, schema in _table(said.get(keyword)).items():
            if _opens(schema):
                yield Child(keyword, name, id(schema), base, schema)
    prefix = _list(said.get("prefixItems"))
    for index, schema in enumerate(prefix):
        if _opens(schema):
            yield Child("prefixItems", index, id(schema), base, schema)
    for word, keyword, at in (
        ("items", "items", len(prefix)),
        ("unevaluatedItems", "items", len(prefix)),
        ("additionalProperties", "additionalProperties", ""),
        ("unevaluatedProperties", "additionalProperties", ""),
    ):
        if word in said and _opens(said[word]):
            yield Child(keyword, at, id(said[word]), base, said[word])


def _opens(schema: Json) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    return not (isinstance(schema.get("type"), str) and schema["type"] in _SCALARS)


def subsets(choices: list[Declaration]) -> Iterator[list[Declaration]]:
    """Every choice of conditional declarations beside the unconditional ones. Raises TooManyError."""
    sure = [one for one in choices if one.condition == TRUE]
    open_ones = [one for one in choices if one.condition != TRUE]
    if len(open_ones) > _CHOICES:
        raise TooManyError("too many ways to evaluate members")
    for picked in product((False, True), repeat=len(open_ones)):
        yield sure + [one for one, taken in zip(open_ones, picked, strict=True) if taken]


def closed_objects(nodes: Nodes, declared: list[Declaration], node: int) -> int:
    """`unevaluatedProperties: node` beside the declarations. Raises TooManyError."""
    names = sorted(frozenset[str]().union(*(one.names for one in declared)))
    parts = [
        nodes.disj([nodes.member(name, node), *(one.condition for one in declared if one.covers(name))])
        for name in names
    ]
    ways = []
    for held in subsets([one for one in declared if one.patterns]):
        patterns = frozenset[str]().union(*(one.patterns for one in held))
        ways.append(nodes.conj([*(one.condition for one in held), nodes.others(frozenset(names), patterns, node)]))
    return nodes.disj([*(one.condition for one in declared if one.members), nodes.conj([*parts, nodes.disj(ways)])])


def closed_arrays(nodes: Nodes, declared: list[Declaration], node: int) -> int:
    """`unevaluatedItems: node` beside the declarations. Raises TooManyError."""
    prefix = max((one.prefix for one in declared), default=0)
    ways = []
    for held in subsets([one for one in declared if one.matching is not None]):
        other = nodes.disj([node, *(one.matching for one in held if one.matching is not None)])
        parts = [
            nodes.disj([nodes.item(at, other), *(one.condition for one in declared if one.prefix > at)])
            for at in range(prefix)
        ]
        ways.append(nodes.conj([*(one.condition for one in held), *parts, nodes.rest(prefix, other)]))
    return nodes.disj([*(one.condition for one in declared if one.items), *ways])


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _table(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
