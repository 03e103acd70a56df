"""The table of schema nodes: every distinct constraint once, negation as the sign of its number.

A node is a positive int; `-n` is its negation. Equal constraints have equal numbers, so equality of sub-schemas is
equality of ints. The constraint of a keyword speaks of one type only and holds for every other type, as in JSON
Schema itself.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from contractcheck.schemas.automata import effort
from contractcheck.schemas.values import (
    ALL,
    ARRAY,
    BOOL,
    FALSE_VALUE,
    INT,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    TRUE_VALUE,
    Value,
    atom,
)

TRUE: Final = 1
FALSE: Final = -1
_LOOKS = 16
_HEIGHT = 120  # nesting of anyOf/allOf/$ref at one place; deeper is opaque


class Kind(IntEnum):
    """What a node asserts; its data is in brackets."""

    TRUE = 0
    AND = 1  # (sorted nodes)
    ONE = 2  # (sorted nodes): exactly one holds
    REF = 3  # (key): what the key's schema asserts, read when needed
    TYPE = 4  # (bits)
    IN = 5  # (frozenset of values)
    OPAQUE = 6  # (bits, key, why): asserts something unknown about values of these types
    MIN = 7  # (bound, exclusive)
    MULTIPLE = 8  # (divisor)
    MIN_LENGTH = 9  # (n)
    PATTERN = 10  # (source text)
    FORMAT = 11  # (name)
    MIN_ITEMS = 12  # (n)
    ITEM = 13  # (index, node): the item at that index, if there is one
    REST = 14  # (index, node): all items from that index on
    AT_LEAST = 15  # (node, n): n items match, n >= 2
    UNIQUE = 16  # ()
    MIN_MEMBERS = 17  # (n)
    HAS = 18  # (name)
    MEMBER = 19  # (name, node): the member of that name, if there is one
    MATCHING = 20  # (pattern, node): members whose name matches
    OTHERS = 21  # (names, patterns, node): members whose name is none of the names and matches none of the patterns
    NAMES = 22  # (node): every member's name


SUBJECT: Final = {
    Kind.MIN: NUMBER,
    Kind.MULTIPLE: NUMBER,
    Kind.MIN_LENGTH: STRING,
    Kind.PATTERN: STRING,
    Kind.FORMAT: STRING,
    **dict.fromkeys((Kind.MIN_ITEMS, Kind.ITEM, Kind.REST, Kind.AT_LEAST, Kind.UNIQUE), ARRAY),
    **dict.fromkeys((Kind.MIN_MEMBERS, Kind.HAS, Kind.MEMBER, Kind.MATCHING, Kind.OTHERS, Kind.NAMES), OBJECT),
}


class Nodes:
    """The nodes of one universe. `expand` reads the schema behind the key of a REF node; `spend` counts work."""

    def __init__(self, expand: Callable[[Any], int], spend: Callable[[int], None]) -> None:
        self.kinds: list[Kind] = [Kind.TRUE, Kind.TRUE]
        self.data: list[tuple[Any, ...]] = [(), ()]
        self._heights: list[int] = [0, 0]
        self._table: dict[tuple[Kind, tuple[Any, ...]], int] = {}
        self.spend = spend
        self._machines: set[str] = set()
        self._expand = expand
        self._looks = 0
        self._targets: dict[int, int] = {}
        self.tried: dict[
            tuple[int, int | tuple[Value]], tuple[Value, bool | None]
        ] = {}  # by identity of an array or object, which it keeps
        self.plans: dict[int, Any] = {}  # of conjunctions, how they are tried on an object
        self._opening: list[int] = []
        self._masks: dict[int, int] = {}
        self._restricted: dict[tuple[int, int], int] = {}

    def make(self, kind: Kind, *data: Any) -> int:  # noqa: ANN401 - the data depends on the kind
        """The node of that kind and data, new or known."""
        key = (kind, data)
        node = self._table.get(key)
        if node is None:
            node = self._table[key] = len(self.kinds)
            self.kinds.append(kind)
            self.data.append(data)
            height = 0
            if kind in (Kind.AND, Kind.ONE):
                height = 1 + max(self._heights[abs(part)] for part in data[0])
            self._heights.append(height)
        return node

    def machine(self, pattern: str) -> str:
        """The pattern, the work of making its automata counted once."""
        if pattern not in self._machines:
            self._machines.add(pattern)
            self.spend(effort(pattern))
        return pattern

    def look(self) -> None:
        """Count a combination of nodes that is tried on a value: a step for every sixteen."""
        self._looks += 1
        if self._looks >= _LOOKS:
            self._looks = 0
            self.spend(1)

    # -- boolean combinations

    def conj(self, parts: Iterable[int]) -> int:
        """All of the parts."""
        members: dict[int, None] = {}
        bits = ALL
        todo = list(parts)[::-1]
        while todo:
            part = todo.pop()
            kind = self.kinds[abs(part)]
            if part == TRUE:
                continue
            if part == FALSE or -part in members:
                return FALSE
            if kind is Kind.TYPE:
                mask = self.data[abs(part)][0]
                bits &= mask if part > 0 else ALL & ~mask
            elif kind is Kind.AND and part > 0:
                todo.extend(reversed(self.data[part][0]))
            else:
                members[part] = None
        if not bits:
            return FALSE
        if bits != ALL:
            members[self.make(Kind.TYPE, bits)] = None
        if not members:
            return TRUE
        if len(members) == 1:
            return next(iter(members))
        if max(self._heights[abs(part)] for part in members) >= _HEIGHT:
            return self.opaque(ALL, ("deep", tuple(sorted(members))), "combinators nested too deeply")
        return self.make(Kind.AND, tuple(sorted(members)))

    def disj(self, parts: Iterable[int]) -> int:
        """At least one of the parts."""
        return -self.conj([-part for part in parts])

    def exactly_one(self, parts: Iterable[int]) -> int:
        """One part holds, and no other."""
        members = sorted(part for part in parts if part != FALSE)
        sure = [part for part in members if part == TRUE]
        if len(sure) >= 2:
            return FALSE
        if sure:
            return self.conj(-part for part in members if part != TRUE)
        if not members:
            return FALSE
        if len(members) == 1:
            return members[0]
        if max(self._heights[abs(part)] for part in members) >= _HEIGHT:
            return self.opaque(ALL, ("one", tuple(members)), "combinators nested too deeply")
        return self.make(Kind.ONE, tuple(members))

    # -- constraints with a canonical form

    def type(self, bits: int) -> int:
        """Values of these kinds."""
        return TRUE if bits == ALL else self.make(Kind.TYPE, bits) if bits else FALSE

    def one_of_values(self, values: frozenset[Value]) -> int:
        """Exactly these values."""
        return self.make(Kind.IN, values) if values else FALSE

    def opaque(self, bits: int, key: Any, why: str) -> int:  # noqa: ANN401 - any hashable identity
        """Something that is not known about values of these kinds; the same unknown has the same key."""
        return self.make(Kind.OPAQUE, bits, key, why)

    def at_least(self, kind: Kind, least: int) -> int:
        """minLength, minItems or minProperties."""
        return self.make(kind, least) if least > 0 else TRUE

    def at_most(self, kind: Kind, most: int) -> int:
        """maxLength, maxItems or maxProperties."""
        return -self.conj([self.type(SUBJECT[kind]), self.at_least(kind, most + 1)])

    def above(self, bound: int | Fraction, *, exclusive: bool) -> int:
        """Numbers from the bound on."""
        return self.make(Kind.MIN, bound, exclusive)

    def below(self, bound: int | Fraction, *, exclusive: bool) -> int:
        """Numbers up to the bound."""
        return -self.conj([self.type(NUMBER), self.above(bound, exclusive=not exclusive)])

    def lacks(self, name: str) -> int:
        """Objects without that member."""
        return -self.conj([self.type(OBJECT), self.make(Kind.HAS, name)])

    def member(self, name: str, node: int) -> int:
        """The member, if present, is so."""
        return TRUE if node == TRUE else self.lacks(name) if node == FALSE else self.make(Kind.MEMBER, name, node)

    def matching(self, pattern: str, node: int) -> int:
        """Members whose name matches are so."""
        return TRUE if node == TRUE else self.make(Kind.MATCHING, pattern, node)

    def others(self, names: frozenset[str], patterns: frozenset[str], node: int) -> int:
        """Members with any other name are so."""
        if node == TRUE:
            return TRUE
        if node == FALSE and not names and not patterns:
            return self.at_most(Kind.MIN_MEMBERS, 0)
        return self.make(Kind.OTHERS, names, patterns, node)

    def names(self, node: int) -> int:
        """Every member's name is so."""
        if not self._refers(node):  # a reference may lead back here: it is read later
            node = self.restrict(node, STRING)
        if node == TRUE:
            return TRUE
        return self.at_most(Kind.MIN_MEMBERS, 0) if node == FALSE else self.make(Kind.NAMES, node)

    def _refers(self, node: int) -> bool:
        todo = [abs(node)]
        while todo:
            part = todo.pop()
            if self.kinds[part] is Kind.REF:
                return True
            if self.kinds[part] in (Kind.AND, Kind.ONE):
                todo.extend(map(abs, self.data[part][0]))
        return False

    def item(self, index: int, node: int) -> int:
        """The item, if there is one, is so."""
        if node == FALSE:
            return self.at_most(Kind.MIN_ITEMS, index)
        return TRUE if node == TRUE else self.make(Kind.ITEM, index, node)

    def rest(self, index: int, node: int) -> int:
        """The items from the index on are so."""
        if node == FALSE:
            return self.at_most(Kind.MIN_ITEMS, index)
        return TRUE if node == TRUE else self.make(Kind.REST, index, node)

    def some(self, node: int, least: int) -> int:
        """At least so many items match."""
        if least <= 0:
            return TRUE
        if node == TRUE:
            return self.at_least(Kind.MIN_ITEMS, least)
        if node == FALSE:
            return self.type(ALL & ~ARRAY)
        if least == 1:
            return -self.conj([self.type(ARRAY), self.rest(0, -node)])
        return self.make(Kind.AT_LEAST, node, least)

    def few(self, node: int, most: int) -> int:
        """At most so many items match."""
        return -self.conj([self.type(ARRAY), self.some(node, most + 1)])

    # -- references

    def ref(self, key: Any) -> int:  # noqa: ANN401 - any hashable identity
        """The schema behind the key."""
        return self.make(Kind.REF, key)

    def target(self, node: int) -> int:
        """What a REF node (of either sign) stands for: never a REF itself."""
        plain = abs(node)
        found = self._targets.get(plain)
        if found is None:
            found = self._open(plain)
        return found if node > 0 else -found

    def _open(self, plain: int) -> int:
        key = self.data[plain][0]
        if plain in self._opening or len(self._opening) > _HEIGHT // 2:
            return self.opaque(ALL, ("cycle", key), "a $ref that comes back to itself without going into a member")
        self._opening.append(plain)
        try:
            found = self._expand(key)
            height = self._deref_height(found)
        finally:
            self._opening.pop()
        if height < 0 or height > _HEIGHT:
            why = "a $ref that comes back to itself without going into a member" if height < 0 else "deeply nested $ref"
            found = self.opaque(ALL, ("cycle", key), why)
        elif self.kinds[abs(found)] is Kind.REF:
            found = self.target(found)
        self._heights[plain] = max(height, 0)
        self._targets[plain] = found
        return found

    def _deref_height(self, node: int) -> int:
        """The nesting at one place through references; -1 if it is a cycle."""
        todo = [abs(node)]
        seen: set[int] = set()
        height = self._heights[abs(node)]
        while todo:
            part = todo.pop()
            if part in seen:
                continue
            seen.add(part)
            kind = self.kinds[part]
            if kind in (Kind.AND, Kind.ONE):
                todo.extend(abs(inner) for inner in self.data[part][0])
            elif kind is Kind.REF:
                if part in self._opening or len(self._opening) > _HEIGHT // 2:
                    return -1
                self.target(part)
                height = max(height, self._heights[part] + self._heights[abs(node)] + 1)
        return height

    # -- views by type

    def mask(self, node: int) -> int:
        """The kinds of value that can satisfy the node at most."""
        found = self._masks.get(node)
        if found is None:
            found = self._masks[node] = self._mask(node)
        return found

    def _mask(self, node: int) -> int:
        plain = abs(node)
        kind = self.kinds[plain]
        data = self.data[plain]
        match kind:
            case Kind.TRUE:
                return ALL if node > 0 else 0
            case Kind.TYPE:
                bits: int = data[0]
                return bits if node > 0 else ALL & ~bits
            case Kind.REF:
                return self.mask(self.target(node))
            case Kind.AND if node > 0:
                bits = ALL
                for part in data[0]:
                    bits &= self.mask(part)
                return bits
            case Kind.AND:
                bits = 0
                for part in data[0]:
                    bits |= self.mask(-part)
                return bits
            case Kind.ONE if node > 0:
                bits = 0
                for part in data[0]:
                    bits |= self.mask(part)
                return bits
            case Kind.IN:
                bits = 0
                for value in data[0]:
                    bits |= atom(value)
                if node > 0:
                    return bits
                whole = (NULL if None in data[0] else 0) | (BOOL if {TRUE_VALUE, FALSE_VALUE} <= data[0] else 0)
                return ALL & ~whole
            case Kind.ONE | Kind.OPAQUE:
                return ALL if node > 0 or kind is Kind.ONE else data[0]
            case _:
                return ALL if node > 0 else SUBJECT[kind]

    def restrict(self, node: int, bit: int) -> int:
        """What the node asserts about values of one kind: AND, ONE, IN and that kind's own constraints."""
        plain = abs(node)
        key = (plain, bit)
        found = self._restricted.get(key)
        if found is None:
            found = self._restricted[key] = self._restrict(plain, bit)
        return found if node > 0 else -found

    def _restrict(self, plain: int, bit: int) -> int:
        kind = self.kinds[plain]
        data = self.data[plain]
        match kind:
            case Kind.TRUE:
                return TRUE
            case Kind.TYPE:
                return TRUE if data[0] & bit else FALSE
            case Kind.REF:
                return self.restrict(self.target(plain), bit)
            case Kind.AND:
                return self.conj([self.restrict(part, bit) for part in data[0]])
            case Kind.ONE:
                return self.exactly_one([self.restrict(part, bit) for part in data[0]])
            case Kind.IN:
                return self._restrict_values(frozenset(v for v in data[0] if atom(v) == bit), bit)
            case Kind.OPAQUE:
                return plain if data[0] & bit else TRUE
            case Kind.MIN if bit == INT:
                bound, exclusive = data
                return self.make(Kind.MIN, floor(bound) + 1 if exclusive else ceil(bound), False)  # noqa: FBT003
            case Kind.MULTIPLE if bit & NUMBER:
                divisor = Fraction(data[0])
                if bit == INT:
                    return TRUE if divisor.numerator == 1 else self.make(Kind.MULTIPLE, divisor.numerator)
                return FALSE if divisor.denominator == 1 else plain
            case _:
                return plain if SUBJECT[kind] & bit else TRUE

    def _restrict_values(self, values: frozenset[Value], bit: int) -> int:
        if not values:
            return FALSE
        if bit == NULL or (bit == BOOL and len(values) == 2):
            return TRUE
        return self.make(Kind.IN, values)

    def shape(self, value: Value) -> int:
        """A constant array or object spelled with the constraints of its type, given that type."""
        kind, content = value
        self.spend(1 + len(content) // 8)
        if kind == ARRAY:
            parts = [self.item(index, self.one_of_values(frozenset((item,)))) for index, item in enumerate(content)]
            short = self.at_least(Kind.MIN_ITEMS, len(content))
            long = -self.at_least(Kind.MIN_ITEMS, len(content) + 1)
            return self.restrict(self.conj([short, long, *parts]), ARRAY)
        names = frozenset(name for name, _ in content)
        parts = [self.make(Kind.HAS, name) for name, _ in content]
        parts += [self.member(name, self.one_of_values(frozenset((member,)))) for name, member in content]
        return self.restrict(self.conj([*parts, self.others(names, frozenset(), FALSE)]), OBJECT)
