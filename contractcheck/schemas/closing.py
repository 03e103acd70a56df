"""A sender uses only what it declares: the values of a schema without undeclared members in any object at any depth.

A member counts as declared as for `unevaluatedProperties: false`; where a schema says `additionalProperties: true` or
gives a schema for them, it is taken at its word. What stands below `not`, `if` or `contains` only tests and is left as
it is. Where more than five variants speak of one member, its value follows one of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from contractcheck.model.finding import Json
from contractcheck.schemas.automata import matches
from contractcheck.schemas.documents import Document
from contractcheck.schemas.nodes import FALSE, TRUE, Kind
from contractcheck.schemas.unevaluated import Child, Declaration, Evaluated, TooManyError, subsets
from contractcheck.schemas.values import ARRAY, OBJECT

if TYPE_CHECKING:
    from contractcheck.schemas.reading import Reader


Place = tuple[Json, str]  # a schema and its base


def key(document: Document, places: Iterable[Place]) -> Hashable:
    """The identity of the closing of a value that all these schemas are for."""
    return ("closed", id(document), frozenset((id(schema), base) for schema, base in places))


def closing(reader: "Reader", document: Document, places: tuple[Place, ...]) -> int:
    """No undeclared members, for a value that all these schemas are for; their own assertions left out."""
    try:
        ways = Evaluated(reader, document).together(places)
        closed = [(condition, _Closing(reader, document, declared).node()) for condition, declared in ways]
        return reader.nodes.disj(reader.nodes.conj(way) for way in closed)
    except TooManyError as error:
        return reader.nodes.opaque(ARRAY | OBJECT, key(document, places), f"declared members: {error}")


class _Closing:
    def __init__(self, reader: "Reader", document: Document, declared: list[Declaration]) -> None:
        self.nodes = reader.nodes
        self.reader = reader
        self.document = document
        self.declared = declared
        self.by_name = {id(one): _by_name(one.children) for one in declared}
        # What most objects are: members by their names, and nothing else. Then one declaration says all there is.
        first, *more = declared or [Declaration()]
        plain = not more and first.condition == TRUE and not (first.patterns or first.members)
        self.alone = self.by_name.get(id(first), ({}, []))[0] if plain else None

    def node(self) -> int:
        names = sorted(frozenset[str]().union(*(one.names for one in self.declared)))
        prefix = max((one.prefix for one in self.declared), default=0)
        return self.nodes.conj(
            [
                *(self.member(name) for name in names),
                self.other_members(frozenset(names)),
                *(self.item(index) for index in range(prefix)),
                self.rest(prefix),
            ]
        )

    def below(self, children: Iterable[Child]) -> int:
        """The closing of a value that these schemas are for."""
        found = sorted(dict.fromkeys(children), key=lambda child: (child.keyword, str(child.key)))
        places = tuple((child.schema, child.base) for child in found)
        return self.reader.closed(self.document, places) if places else TRUE

    def choices(
        self, covering: list[Declaration], speaks: Callable[[Declaration], list[Child]]
    ) -> Iterator[tuple[list[Declaration], int]]:
        """Declarations that may be in force together, and the closing of what they declare."""
        # By identity: to hash a declaration is to hash all its children.
        inner = {id(one): speaks(one) for one in covering}
        plain = [one for one in covering if not inner[id(one)]]
        rich = [one for one in covering if inner[id(one)]]
        if len(rich) > 5:
            yield from (([one], self.below(inner[id(one)])) for one in covering)
            return
        for held in subsets(rich):
            if held:
                yield held, self.below(child for one in held for child in inner[id(one)])
        always = self.below(child for one in rich if one.condition == TRUE for child in inner[id(one)])
        yield from (([one], always) for one in plain)

    def member(self, name: str) -> int:
        """A declared member: absent, or declared by something in force."""
        if self.alone is not None:
            inner = self.below(self.alone.get(name, ()))
            return self.nodes.member(name, inner)
        covering = [one for one in self.declared if one.covers(name)]
        ways = []

        def speaks(one: Declaration) -> list[Child]:
            named, others = self.by_name[id(one)]
            return [*named.get(name, ()), *(child for child in others if _is_for(child, one, name))]

        for held, inner in self.choices(covering, speaks):
            way = self.nodes.conj([*(one.condition for one in held), self.nodes.member(name, inner)])
            if way == TRUE:
                return TRUE
            ways.append(way)
        if not any(way > 0 and self.nodes.kinds[way] is Kind.MEMBER for way in ways):  # they hold of absent ones too
            ways.append(self.nodes.lacks(name))
        return self.nodes.disj(ways)

    def other_members(self, names: frozenset[str]) -> int:
        """A member of any other name: its name matches a pattern, or anything may stand there."""
        ways = []
        for held in subsets([one for one in self.declared if one.patterns]):
            patterns = sorted(frozenset[str]().union(*(one.patterns for one in held)))
            children = [child for one in held for child in one.children if child.keyword == "patternProperties"]
            inside = [self.nodes.matching(p, self.below(c for c in children if c.key == p)) for p in patterns]
            outside = [one for one in self.declared if one.members]
            conditions = [one.condition for one in held]
            ways.append(self.nodes.conj([*conditions, *inside, self.nodes.others(names, frozenset(patterns), FALSE)]))
            for one in outside:
                more = self.below(child for child in one.children if child.keyword == "additionalProperties")
                rest = self.nodes.others(names, frozenset(patterns), more)
                ways.append(self.nodes.conj([*conditions, one.condition, *inside, rest]))
        return self.nodes.disj(ways)

    def item(self, index: int) -> int:
        covering = [one for one in self.declared if one.prefix > index or one.items]
        return self.items(covering, lambda child: _is_at(child, index), lambda inner: self.nodes.item(index, inner))

    def rest(self, index: int) -> int:
        covering = [one for one in self.declared if one.items]
        return self.items(covering, lambda child: child.keyword == "items", lambda inner: self.nodes.rest(index, inner))

    def items(self, covering: list[Declaration], speaks: Callable[[Child], bool], put: Callable[[int], int]) -> int:
        """Items may be undeclared; what is declared of them is closed where it is in force."""
        ways = [self.nodes.conj(-one.condition for one in covering)]
        for held, inner in self.choices(covering, lambda one: [child for child in one.children if speaks(child)]):
            ways.append(self.nodes.conj([*(one.condition for one in held), put(inner)]))
        return self.nodes.disj(ways)


def _is_for(child: Child, declaration: Declaration, name: str) -> bool:
    """Whether a schema for members by pattern, or for all others, is for that name in its declaration."""
    if child.keyword == "patternProperties":
        return bool(matches(str(child.key), name))
    if child.keyword == "additionalProperties":
        apart = name in declaration.names or any(matches(pattern, name) for pattern in declaration.patterns)
        return not apart
    return False


def _by_name(children: Iterable[Child]) -> tuple[dict[str, list[Child]], list[Child]]:
    """The schemas given for a name, by it, and all others."""
    named: dict[str, list[Child]] = {}
    others = []
    for child in children:
        if child.keyword == "properties":
            named.setdefault(str(child.key), []).append(child)
        else:
            others.append(child)
    return named, others


def _is_at(child: Child, index: int) -> bool:
    if child.keyword == "items":
        return int(child.key) <= index
    return child.keyword == "prefixItems" and child.key == index
