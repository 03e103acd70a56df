"""Is there an object with these members, without those, of that many members, whose names and members are so?

Names that any constraint mentions are decided one by one; all other names fall into regions by which patterns they
match.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING

from msgspec import Struct, field

from contractcheck.schemas.automata import matches
from contractcheck.schemas.evaluation import every, holds
from contractcheck.schemas.nodes import Kind
from contractcheck.schemas.outcome import NOTHING, Doubt, Found, Outcome
from contractcheck.schemas.values import STRING, Value, obj

if TYPE_CHECKING:
    from contractcheck.schemas.prover import Prover

_PATTERNS = 6
_MANY = 200  # members to invent at most
_FRESH = ("extra", "other", "more", "x", "y", "z")


class Wanted(Struct, frozen=True):
    """Some member must exist whose name is as said here and whose value satisfies `node`."""

    node: int
    names: frozenset[str] = frozenset()  # none of these
    patterns: frozenset[str] = frozenset()  # matches none of these
    pattern: str | None = None  # matches this
    name: int | None = None  # satisfies this


class Shape(Struct):
    """The literals of one object goal, by what they speak of."""

    required: dict[str, None] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    members: dict[str, list[int]] = field(default_factory=dict)
    matching: list[tuple[str, int]] = field(default_factory=list)
    others: list[tuple[frozenset[str], frozenset[str], int]] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    least: int = 0
    most: int | None = None
    doubt: str = ""


def shape(prover: "Prover", literals: Iterable[int]) -> Shape:
    """Sort the literals of an object goal."""
    nodes = prover.nodes
    found = Shape()
    for literal in literals:
        plain = abs(literal)
        data = nodes.data[plain]
        kind = nodes.kinds[plain]
        if literal > 0:
            match kind:
                case Kind.HAS:
                    found.required[data[0]] = None
                case Kind.MEMBER:
                    found.members.setdefault(data[0], []).append(data[1])
                case Kind.MATCHING:
                    found.matching.append((data[0], data[1]))
                case Kind.OTHERS:
                    found.others.append((data[0], data[1], data[2]))
                case Kind.NAMES:
                    found.names.append(data[0])
                case Kind.MIN_MEMBERS:
                    found.least = max(found.least, data[0])
                case _:
                    found.doubt = data[2] if kind is Kind.OPAQUE else "a keyword that objects do not have"
            continue
        match kind:
            case Kind.HAS:
                found.absent.add(data[0])
            case Kind.MEMBER:
                found.required[data[0]] = None
                found.members.setdefault(data[0], []).append(-data[1])
            case Kind.MATCHING:
                found.wanted.append(Wanted(-data[1], pattern=data[0]))
            case Kind.OTHERS:
                found.wanted.append(Wanted(-data[2], data[0], data[1]))
            case Kind.NAMES:
                found.wanted.append(Wanted(1, name=-data[0]))
            case Kind.MIN_MEMBERS:
                found.most = data[0] - 1 if found.most is None else min(found.most, data[0] - 1)
            case Kind.IN:
                pass  # a model that is one of the values is split off
            case _:
                found.doubt = data[2] if kind is Kind.OPAQUE else "a keyword that objects do not have"
    return found


def demands(prover: "Prover", shape: Shape, name: str) -> list[int] | str:
    """What the member of that name must satisfy; a text says which pattern cannot be read."""
    found = list(shape.members.get(name, ()))
    for pattern, node in shape.matching:
        applies = matches(pattern, name)
        if applies is None:
            return f"patternProperties: {pattern}"
        if applies:
            found.append(node)
    for names, patterns, node in shape.others:
        if name in names:
            continue
        other = every(None if hit is None else not hit for hit in (matches(pattern, name) for pattern in patterns))
        if other is None:
            return "patternProperties: a pattern that cannot be read"
        if other:
            found.append(node)
    for node in shape.names:
        named = holds(prover.nodes, node, name)
        if named is None:
            return "propertyNames"
        if not named:
            return [-1]
    return found


def solve(prover: "Prover", literals: Iterable[int]) -> Outcome:
    """An object that satisfies all literals."""
    shaped = shape(prover, literals)
    if not shaped.absent.isdisjoint(shaped.required):
        return NOTHING
    if shaped.most is not None and max(shaped.least, len(shaped.required)) > shaped.most:
        return NOTHING
    return _Builder(prover, shaped).build()


class _Builder:
    def __init__(self, prover: "Prover", shaped: Shape) -> None:
        self.prover = prover
        self.shape = shaped
        self.doubt = ""
        known = dict.fromkeys(shaped.required)
        known.update(dict.fromkeys(shaped.members))
        for names, _, _ in shaped.others:
            known.update(dict.fromkeys(sorted(names)))
        for want in shaped.wanted:
            known.update(dict.fromkeys(sorted(want.names)))
        self.known = known

    def build(self) -> Outcome:
        shaped = self.shape
        values: dict[str, Value] = {}
        # the members under the most constraints first: they refute soonest
        needed = sorted(shaped.required, key=lambda name: -len(shaped.members.get(name, ())))
        asked: dict[str, list[int]] = {}
        for name in needed:
            found = self.member(name, ())
            if isinstance(found, Found):
                values[name] = found.value
                asked[name] = []
            elif isinstance(found, Doubt):
                self.doubt = found.why
            else:
                return NOTHING
        if self.doubt:
            # a demand on other members may still refute; without that there is only doubt
            if any(self.place(want) is NOTHING for want in shaped.wanted):
                return NOTHING
            return Doubt(self.doubt)
        outcome = self.assign(list(shaped.wanted), values, asked)
        if isinstance(outcome, Found) and shaped.doubt:
            return Doubt(shaped.doubt)
        return outcome

    def member(self, name: str, more: Iterable[int]) -> Outcome:
        """A value for the member of that name."""
        if name in self.shape.absent:
            return NOTHING
        goal = demands(self.prover, self.shape, name)
        if isinstance(goal, str):
            lower = self.prover.solve([*self.shape.members.get(name, ()), *more])
            return lower if lower is NOTHING else Doubt(goal)
        return self.prover.solve([*goal, *more])

    def place(self, want: Wanted) -> Outcome:
        """Whether the wanted member can exist at all: NOTHING if not."""
        return Doubt("") if next(self.options(want, {}, {}), None) is not None else NOTHING

    def assign(self, wanted: list[Wanted], values: dict[str, Value], asked: dict[str, list[int]]) -> Outcome:
        """Give every wanted member a name and a value, then fill up to the least number of members."""
        most = self.shape.most
        if most is not None and len(values) > most:
            return NOTHING
        if not wanted:
            return self.fill(values)
        doubt = ""
        for option in self.options(wanted[0], values, asked):
            if isinstance(option, str):
                doubt = option
                continue
            self.prover.spend(1)
            name, nodes, value = option
            outcome = self.assign(wanted[1:], {**values, name: value}, {**asked, name: nodes})
            if isinstance(outcome, Found):
                return outcome
            if isinstance(outcome, Doubt):
                doubt = outcome.why
        return Doubt(doubt) if doubt else NOTHING

    def options(
        self, want: Wanted, values: dict[str, Value], asked: dict[str, list[int]]
    ) -> Iterator[tuple[str, list[int], Value] | str]:
        """Names, what is asked of the member beyond its constraints, and a value; or why an option is in doubt."""
        for name in (*values, *(name for name in self.known if name not in values)):
            if name in self.shape.absent:
                continue
            fits = self.fits(want, name)
            if fits is None:
                yield "patternProperties: a pattern that cannot be read"
            elif fits:
                more = [*asked.get(name, ()), want.node]
                found = self.member(name, more)
                if isinstance(found, Found):
                    yield name, more, found.value
                elif isinstance(found, Doubt):
                    yield found.why
        for fresh in self.fresh(want, set(values)):
            yield fresh if isinstance(fresh, str) else (fresh[0], [want.node], fresh[1])

    def fits(self, want: Wanted, name: str) -> bool | None:
        """Whether a member of that name is what is wanted."""
        if name in want.names:
            return False
        if want.name is not None:
            return holds(self.prover.nodes, want.name, name)
        if want.pattern is not None:
            return matches(want.pattern, name)
        return every(None if hit is None else not hit for hit in (matches(pattern, name) for pattern in want.patterns))

    def fresh(self, want: Wanted | None, taken: set[str]) -> Iterator[tuple[str, Value] | str]:
        """Members whose name no constraint mentions, one for each region of names."""
        shaped = self.shape
        atoms = {pattern for pattern, _ in shaped.matching}
        for _, patterns, _ in shaped.others:
            atoms |= patterns
        if want is not None:
            atoms |= want.patterns | ({want.pattern} if want.pattern is not None else set())
        if len(atoms) > _PATTERNS:
            yield "patternProperties: too many patterns"
            return
        used = frozenset((*self.known, *taken, *shaped.absent))
        order = sorted(atoms)
        for signs in product((False, True), repeat=len(order)):
            self.prover.spend(1)
            inside = {pattern for pattern, sign in zip(order, signs, strict=True) if sign}
            if want is not None and (
                want.patterns & inside or (want.pattern is not None and want.pattern not in inside)
            ):
                continue
            goal = [node for pattern, node in shaped.matching if pattern in inside]
            goal += [node for _, patterns, node in shaped.others if not patterns & inside]
            if want is not None:
                goal.append(want.node)
            value = self.prover.solve(goal)
            if value is NOTHING:
                continue
            name = self.name(order, inside, want, used)
            if isinstance(name, Doubt) or (isinstance(value, Doubt) and isinstance(name, Found)):
                yield name.why if isinstance(name, Doubt) else value.why if isinstance(value, Doubt) else ""
            elif isinstance(name, Found) and isinstance(value, Found):
                yield name.value, value.value

    def name(self, order: list[str], inside: set[str], want: Wanted | None, used: frozenset[str]) -> Outcome:
        """A name of a region that is not used yet."""
        names = list(self.shape.names)
        if want is not None and want.name is not None:
            names.append(want.name)
        if not order and not names:
            plain = next((name for name in _FRESH if name not in used), None)
            if plain is not None:
                return Found(plain)
        make = self.prover.nodes.make
        goal = [make(Kind.PATTERN, pattern) * (1 if pattern in inside else -1) for pattern in order]
        if used:
            names.append(-make(Kind.IN, used))
        return self.prover.solve([make(Kind.TYPE, STRING), *goal, *names])

    def fill(self, values: dict[str, Value]) -> Outcome:
        """Add members until there are enough."""
        values = dict(values)
        least = self.shape.least
        doubt = ""
        for name in self.known:
            if len(values) >= least:
                break
            if name not in values:
                found = self.member(name, ())
                if isinstance(found, Found):
                    values[name] = found.value
                elif isinstance(found, Doubt):
                    doubt = found.why
        if least - len(values) > _MANY:
            return Doubt("minProperties: too many members to show")
        while len(values) < least:
            added = next((fresh for fresh in self.fresh(None, set(values)) if not isinstance(fresh, str)), None)
            if added is None:
                doubt = next((fresh for fresh in self.fresh(None, set(values)) if isinstance(fresh, str)), doubt)
                return Doubt(doubt) if doubt else NOTHING
            values[added[0]] = added[1]
        return Found(obj(values))


def refuted(prover: "Prover", shaped: Shape, literal: int) -> bool:
    """Whether one more literal plainly contradicts the shape: a cheap test that prunes a branch."""
    plain = abs(literal)
    kind = prover.nodes.kinds[plain]
    data = prover.nodes.data[plain]
    if kind is Kind.HAS:
        if literal < 0:
            return data[0] in shaped.required
        if data[0] in shaped.absent:
            return True
        goal = demands(prover, shaped, data[0])
        return not isinstance(goal, str) and prover.solve(goal) is NOTHING
    if kind is not Kind.MEMBER:
        return False
    name, node = data
    if literal < 0:
        if name in shaped.absent:
            return True
        goal = demands(prover, shaped, name)
        return not isinstance(goal, str) and prover.solve([*goal, -node]) is NOTHING
    if name not in shaped.required:
        return False
    goal = demands(prover, shaped, name)
    return not isinstance(goal, str) and prover.solve([*goal, node]) is NOTHING
