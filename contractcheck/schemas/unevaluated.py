"""What `unevaluatedProperties` and `unevaluatedItems` mean, said without them.

A member is evaluated if any sub-schema that holds at this place speaks of it. More sub-schemas holding only evaluate
more, so the keyword is the disjunction, over choices of sub-schemas that hold, of `additionalProperties` beside
everything they declare; the other sub-schemas need not fail.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from contractcheck.model.finding import Json
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import Document, UnresolvedError, rebase
from contractcheck.schemas.nodes import TRUE, Nodes

if TYPE_CHECKING:
    from contractcheck.schemas.reading import Reader

_CASES = 256
_DEPTH = 24


class TooManyError(ValueError):
    """More ways to evaluate members than are worth telling apart, or a reference that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Child:
    """A schema for members or items of the value; `schema` is left out of comparisons, as its id stands for it."""

    keyword: str
    key: str | int  # the name, the pattern or the index it is for
    identity: int
    base: str
    schema: Json = field(compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """If `condition` holds, at least these members and items are evaluated."""

    condition: int = TRUE
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    members: bool = False  # all of them
    prefix: int = 0
    items: bool = False  # all of them
    matching: frozenset[int] = frozenset()  # items that `contains` matches
    children: frozenset[Child] = frozenset()


Cases = list[Case]


class Evaluated:
    """Collects what the sub-schemas of a schema object evaluate."""

    def __init__(self, reader: "Reader", document: Document) -> None:
        self._reader = reader
        self._nodes = reader.nodes
        self._document = document

    def cases(self, said: Mapping[str, Any], base: str) -> Cases:
        """The ways to evaluate, for a schema object in 2020-12 words, its own unevaluated* left out.

        Raises TooManyError.
        """
        own = {word: value for word, value in said.items() if word not in ("unevaluatedProperties", "unevaluatedItems")}
        return self._said(own, base, 0)

    def all_cases(self, schemas: Iterable[tuple[Json, str]]) -> Cases:
        """The ways to evaluate for a value that all the schemas are for, unevaluated* included. Raises TooManyError."""
        found = [Case()]
        for schema, base in schemas:
            found = self._both(found, self._schema(schema, base, 0))
        return found

    def _said(self, said: Mapping[str, Any], base: str, depth: int) -> Cases:
        if depth > _DEPTH:
            raise TooManyError("nested too deeply")
        found = [self._own(said, base)]
        for part in _list(said.get("allOf")):
            found = self._both(found, self._schema(part, base, depth))
        for word in ("$ref", "$dynamicRef", "$recursiveRef"):
            if word in said:
                found = self._both(found, self._reference(said[word], base, depth))
        for part in _list(said.get("anyOf")):
            found = self._both(found, self._maybe(part, base, depth, TRUE))
        choice = [Case()]
        for part in _list(said.get("oneOf")):
            choice += self._maybe(part, base, depth, TRUE)[1:]
        found = self._both(found, choice)
        for name, part in _table(said.get("dependentSchemas")).items():
            has = -self._nodes.lacks(name)
            found = self._both(found, self._maybe(part, base, depth, has))
        if "if" in said:
            condition = self._inner(said["if"], base)
            held = self._both(self._schema(said["if"], base, depth), self._schema(said.get("then", True), base, depth))
            failed = self._schema(said.get("else", True), base, depth)
            found = self._both(found, self._when(condition, held) + self._when(-condition, failed))
        return found

    def _own(self, said: Mapping[str, Any], base: str) -> Case:
        prefix = len(_list(said.get("prefixItems")))
        matching: frozenset[int] = frozenset()
        if "contains" in said and self._document.dialect is not Dialect.DRAFT2019_09:
            matching = frozenset((self._inner(said["contains"], base),))
        return Case(
            names=frozenset(_table(said.get("properties"))),
            patterns=frozenset(_table(said.get("patternProperties"))),
            members="additionalProperties" in said or "unevaluatedProperties" in said,
            prefix=prefix,
            items="items" in said or "unevaluatedItems" in said,
            matching=matching,
            children=frozenset(_children(said, base)),
        )

    def _schema(self, schema: Json, base: str, depth: int) -> Cases:
        from contractcheck.schemas.reading import said_by

        if not isinstance(schema, Mapping):
            return [Case()]
        said = said_by(schema, self._document)
        return (
            [Case()]
            if isinstance(said, bool)
            else self._said(said, rebase(schema, base, self._document.dialect), depth + 1)
        )

    def _reference(self, reference: Json, base: str, depth: int) -> Cases:
        try:
            _, source = self._reader.follow(reference, self._document, base)
        except UnresolvedError as error:
            raise TooManyError(str(error)) from None
        return self._schema(source.schema, source.base, depth)

    def _maybe(self, schema: Json, base: str, depth: int, condition: int) -> Cases:
        """Nothing more, or what the schema evaluates if it (and the condition) holds."""
        held = self._schema(schema, base, depth)
        if held == [Case()]:
            return held
        return [Case(), *self._when(self._nodes.conj([condition, self._inner(schema, base)]), held)]

    def _when(self, condition: int, cases: Cases) -> Cases:
        return [replace(case, condition=self._nodes.conj([condition, case.condition])) for case in cases]

    def _both(self, left: Cases, right: Cases) -> Cases:
        if len(left) * len(right) > _CASES:
            raise TooManyError("too many ways to evaluate members")
        return list(dict.fromkeys(self._union(one, other) for one in left for other in right))

    def _union(self, one: Case, other: Case) -> Case:
        return Case(
            self._nodes.conj([one.condition, other.condition]),
            one.names | other.names,
            one.patterns | other.patterns,
            one.members or other.members,
            max(one.prefix, other.prefix),
            one.items or other.items,
            one.matching | other.matching,
            one.children | other.children,
        )

    def _inner(self, schema: Json, base: str) -> int:
        return self._reader.inner(schema, self._document, base)


def _children(said: Mapping[str, Any], base: str) -> Iterator[Child]:
    for keyword in ("properties", "patternProperties"):
        for name, schema in _table(said.get(keyword)).items():
            yield Child(keyword, name, id(schema), base, schema)
    for index, schema in enumerate(_list(said.get("prefixItems"))):
        yield Child("prefixItems", index, id(schema), base, schema)
    start = len(_list(said.get("prefixItems")))
    for keyword in ("items", "unevaluatedItems"):
        if keyword in said:
            yield Child("items", start, id(said[keyword]), base, said[keyword])
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in said:
            yield Child("additionalProperties", "", id(said[keyword]), base, said[keyword])


def closed_objects(nodes: Nodes, cases: Cases, node: int) -> int:
    """`unevaluatedProperties: node` beside the cases."""
    return nodes.disj(
        nodes.conj([case.condition, TRUE if case.members else nodes.others(case.names, case.patterns, node)])
        for case in cases
    )


def closed_arrays(nodes: Nodes, cases: Cases, node: int) -> int:
    """`unevaluatedItems: node` beside the cases."""
    return nodes.disj(
        nodes.conj(
            [case.condition, TRUE if case.items else nodes.rest(case.prefix, nodes.disj([node, *case.matching]))]
        )
        for case in cases
    )


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _table(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
