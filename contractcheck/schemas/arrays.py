"""Is there an array of that length whose items are so, with that many items of some kinds, all different or not?

Items are chosen one after the other. What matters of a prefix is only its length, the counts so far and which wishes
are met, so the choices form a finite graph; a shortest path to a satisfied state is a shortest array.
"""

from collections import deque
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

from msgspec import Struct, field

from contractcheck.schemas.nodes import Kind
from contractcheck.schemas.outcome import NOTHING, Doubt, Found, Outcome
from contractcheck.schemas.values import HEAVY, Value, arr, weight

if TYPE_CHECKING:
    from contractcheck.schemas.prover import Prover

_LONG = 2_000
_COUNTERS = 6


class Counter(Struct, frozen=True):
    """From index `start` on, at least `least` and at most `most` items satisfy `node`."""

    start: int
    node: int
    least: int
    most: int | None


class _Shape(Struct):
    least: int = 0
    most: int | None = None
    items: dict[int, list[int]] = field(default_factory=dict)
    rest: list[tuple[int, int]] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    unique: bool = False
    repeated: bool = False
    doubt: str = ""

    def cap(self, most: int) -> None:
        self.most = most if self.most is None else min(self.most, most)

    def item(self, index: int, node: int) -> None:
        self.items.setdefault(index, []).append(node)

    @property
    def positions(self) -> int:
        """From this index on all items are alike."""
        return max(
            [
                *(index + 1 for index in self.items),
                *(start for start, _ in self.rest),
                *(c.start for c in self.counters),
                0,
            ]
        )

    def goal(self, index: int) -> list[int]:
        return [*self.items.get(index, ()), *(node for start, node in self.rest if start <= index)]


def solve(prover: "Prover", literals: Iterable[int]) -> Outcome:
    """An array that satisfies all literals."""
    shaped = _shape(prover, literals)
    if shaped.most is not None and shaped.least > shaped.most:
        return NOTHING
    if len(shaped.counters) > _COUNTERS:
        return Doubt("contains: too many counts at once")
    if shaped.repeated:
        outcome = _repeated(prover, shaped)
    elif shaped.unique:
        outcome = _unique(prover, shaped)
    else:
        outcome = _path(prover, shaped)
    return Doubt(shaped.doubt) if shaped.doubt and isinstance(outcome, Found) else outcome


def _shape(prover: "Prover", literals: Iterable[int]) -> _Shape:
    found = _Shape()
    for literal in literals:
        plain = abs(literal)
        data = prover.nodes.data[plain]
        kind = prover.nodes.kinds[plain]
        match kind:
            case Kind.MIN_ITEMS if literal > 0:
                found.least = max(found.least, data[0])
            case Kind.MIN_ITEMS:
                found.cap(data[0] - 1)
            case Kind.ITEM if literal > 0:
                found.item(data[0], data[1])
            case Kind.ITEM:
                found.least = max(found.least, data[0] + 1)
                found.item(data[0], -data[1])
            case Kind.REST if literal > 0:
                found.rest.append((data[0], data[1]))
            case Kind.REST:
                found.counters.append(Counter(data[0], -data[1], 1, None))
            case Kind.AT_LEAST if literal > 0:
                found.counters.append(Counter(0, data[0], data[1], None))
            case Kind.AT_LEAST:
                found.counters.append(Counter(0, data[0], 0, data[1] - 1))
            case Kind.UNIQUE if literal > 0:
                found.unique = True
            case Kind.UNIQUE:
                found.repeated = True
            case Kind.IN:
                pass  # a model that is one of the values is split off
            case _:
                found.doubt = data[2] if kind is Kind.OPAQUE else "a keyword that arrays do not have"
    found.counters = _merged(found.counters)
    return found


def _merged(counters: list[Counter]) -> list[Counter]:
    merged: dict[tuple[int, int], Counter] = {}
    for counter in counters:
        key = (counter.start, counter.node)
        known = merged.get(key, counter)
        mosts = [most for most in (known.most, counter.most) if most is not None]
        merged[key] = Counter(*key, max(known.least, counter.least), min(mosts, default=None))
    return list(merged.values())


_State = tuple[int, tuple[int, ...]]  # how many items (up to where it matters), and the counts


def _path(prover: "Prover", shaped: _Shape) -> Outcome:
    """A shortest array, repeated items allowed."""
    counters = shaped.counters
    if shaped.least > _LONG or any(counter.least > _LONG for counter in counters):
        if _quick_nothing(prover, shaped):
            return NOTHING
        return Doubt("minItems: too long to show")
    enough = max(shaped.least, shaped.positions)
    start: _State = (0, tuple(0 for _ in counters))
    back: dict[_State, tuple[_State, Value] | None] = {start: None}
    length = {start: 0}
    todo = deque([start])
    doubt = ""
    while todo:
        state = todo.popleft()
        prover.spend(1)
        at, counts = state
        if at >= shaped.least and all(count >= counter.least for count, counter in zip(counts, counters, strict=True)):
            return Found(arr(_items(back, state)))
        if shaped.most is not None and length[state] >= shaped.most:
            continue
        for goal, after in _choices(shaped, at, counts):
            following = (min(at + 1, enough), after)
            prover.spend(1)
            if following in back:
                continue
            outcome = prover.solve(goal)
            if isinstance(outcome, Found):
                back[following] = (state, outcome.value)
                length[following] = length[state] + 1
                todo.append(following)
            elif isinstance(outcome, Doubt):
                doubt = outcome.why
    return Doubt(doubt) if doubt else NOTHING


def _choices(shaped: _Shape, at: int, counts: tuple[int, ...]) -> list[tuple[list[int], tuple[int, ...]]]:
    """For the next item: the goals it may be given, and the counts after it; the most wanted first."""
    base = shaped.goal(at)
    ways: list[list[tuple[list[int], int]]] = []
    for counter, count in zip(shaped.counters, counts, strict=True):
        if at < counter.start:
            ways.append([([], count)])
            continue
        cap = counter.least if counter.most is None else counter.most + 1
        inside = ([counter.node], min(count + 1, cap))
        outside = ([] if counter.most is None else [-counter.node], count)
        way = []
        if counter.most is None:
            way = [inside, outside] if count < counter.least else [outside]
        else:
            way = [inside, outside] if count < counter.least else [outside, inside]
            way = [one for one in way if one[1] <= counter.most]
        ways.append(way)
    found = []
    for picked in product(*ways):
        goal = [*base, *(node for extra, _ in picked for node in extra)]
        found.append((goal, tuple(count for _, count in picked)))
    return found


def _items(back: dict[_State, tuple[_State, Value] | None], state: _State) -> tuple[Value, ...]:
    items = []
    step = back[state]
    while step is not None:
        state, value = step
        items.append(value)
        step = back[state]
    return tuple(reversed(items))


def _quick_nothing(prover: "Prover", shaped: _Shape) -> bool:
    """Whether an array that must be long cannot even have its next kinds of item."""
    return any(prover.solve(shaped.goal(index)) is NOTHING for index in range(min(shaped.positions + 1, shaped.least)))


def _unique(prover: "Prover", shaped: _Shape) -> Outcome:
    """An array without repeated items: a path whose items are then told apart."""
    limit = prover.cardinality(shaped.goal(shaped.positions))
    if limit is not None:
        shaped.cap(shaped.positions + limit)
        if shaped.most is not None and shaped.least > shaped.most:
            return NOTHING
    loose = _path(prover, shaped)
    if not isinstance(loose, Found) or weight(loose.value) > HEAVY or len(set(loose.value[1])) == len(loose.value[1]):
        return loose
    if shaped.least > 300:
        return Doubt("uniqueItems: too many items")
    return _Distinct(prover, shaped).search()


class _Distinct:
    """Chooses items one by one, each unlike those before; tries every value where a goal has only few."""

    def __init__(self, prover: "Prover", shaped: _Shape) -> None:
        self.prover = prover
        self.shape = shaped
        self.doubt = ""
        self.tries = 0

    def search(self) -> Outcome:
        found = self.extend((), tuple(0 for _ in self.shape.counters), 0)
        if found is not None:
            return Found(arr(found))
        return Doubt(self.doubt) if self.doubt else NOTHING

    def extend(self, items: tuple[Value, ...], counts: tuple[int, ...], depth: int) -> tuple[Value, ...] | None:
        shaped = self.shape
        self.tries += 1
        self.prover.spend(1)
        if self.tries > 400 or depth > 300:
            self.doubt = "uniqueItems: too many ways to choose items"
            return None
        met = all(count >= counter.least for count, counter in zip(counts, shaped.counters, strict=True))
        if len(items) >= shaped.least and met:
            return items
        if shaped.most is not None and len(items) >= shaped.most:
            return None
        for goal, after in _choices(shaped, len(items), counts):
            if after == counts and len(items) >= max(shaped.least, shaped.positions):
                continue  # an item that brings nothing
            for value in self.values(goal, items):
                found = self.extend((*items, value), after, depth + 1)
                if found is not None:
                    return found
                if self.doubt:
                    return None
        return None

    def values(self, goal: list[int], items: tuple[Value, ...]) -> Iterable[Value]:
        """Different values for one item: all of them if they are few, else some."""
        nodes = self.prover.nodes
        excluded = set(items)
        limit = 3 if self.prover.cardinality(goal) is None else 64
        count = 0
        while True:
            outcome = self.prover.solve([*goal, -nodes.one_of_values(frozenset(excluded))])
            if isinstance(outcome, Doubt):
                self.doubt = outcome.why
            if not isinstance(outcome, Found):
                return
            yield outcome.value
            count += 1
            if count >= limit:
                self.doubt = self.doubt or "uniqueItems: some ways of many were tried"
                return
            excluded.add(outcome.value)


def _repeated(prover: "Prover", shaped: _Shape) -> Outcome:
    """An array with two equal items: for some pair of positions, one value for both."""
    last = shaped.positions + 1
    doubt = ""
    for low in range(last):
        for high in range(low + 1, last + 1):
            if shaped.most is not None and high >= shaped.most:
                continue
            found = _pair(prover, shaped, low, high)
            if isinstance(found, Found):
                return found
            if isinstance(found, Doubt):
                doubt = found.why
    return Doubt(doubt) if doubt else NOTHING


def _pair(prover: "Prover", shaped: _Shape, low: int, high: int) -> Outcome:
    """An array with the same value at two positions. Of that value only matters which counts it takes part in."""
    nodes = prover.nodes
    doubt = ""
    goal = [*shaped.goal(low), *shaped.goal(high)]
    counted = [counter.node for counter in shaped.counters if counter.start <= high]
    for signs in product((1, -1), repeat=len(counted)):
        prover.spend(1)
        outcome = prover.solve([*goal, *(sign * node for sign, node in zip(signs, counted, strict=True))])
        if isinstance(outcome, Found):
            node = nodes.one_of_values(frozenset((outcome.value,)))
            items = {index: list(known) for index, known in shaped.items.items()}
            for index in (low, high):
                items.setdefault(index, []).append(node)
            least = max(shaped.least, high + 1)
            outcome = _path(prover, _Shape(least, shaped.most, items, shaped.rest, shaped.counters))
        if isinstance(outcome, Found):
            return outcome
        if isinstance(outcome, Doubt):
            doubt = outcome.why
    return Doubt(doubt) if doubt else NOTHING
