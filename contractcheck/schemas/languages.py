"""Is there a text that some patterns find and others do not, of a length within bounds, and not among given texts?

The automata run side by side, determinised as far as they are reached. Lengths are counted along the paths of that
graph, never turned into automata.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from contractcheck.schemas.automata import Automaton, build, contains
from contractcheck.schemas.patterns import LINE, Cat, Chars, Edge, Ranges, Repeat, complement

_NODES = 20_000
_CALM = build(
    Cat(
        (
            Edge(end=False),
            Repeat(Chars(complement(((13, 13), (0x2028, 0x2029)))), 0, None),
            Chars(complement(LINE)),
            Edge(end=True),
        )
    )
)
_COMMON = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@+,;=#%&!*()[]{}<>?^~|$ '`\"\\"


class TooLargeError(Exception):
    """The product of the automata has more states than the budget allows."""


class Demand(Struct, frozen=True):
    """The signed automata of one pattern, and whether the text must match it."""

    automata: tuple[tuple[Automaton, bool], ...]
    holds: bool


class _Class(Struct, frozen=True):
    """Characters that no automaton tells apart, how early to show them, and per automaton the states that read them."""

    ranges: Ranges
    rank: int
    readable: tuple[int, ...]


def shortest(
    demands: Sequence[Demand], least: int, most: int | None, excluded: frozenset[str], spend: Callable[[int], None]
) -> str | None:
    """A shortest such text, or None if there is none. Raises TooLargeError, and what `spend` raises.

    Line terminators are avoided where another text will do: engines that are not ECMA-262 let `.` match some of them,
    and `$` before a line feed at the end.
    """
    search = _Search(demands, spend)
    search.explore(most)
    text = search.word(least, most, excluded)
    if text is None or not (text.endswith("\n") or any(char in text for char in "\r\u2028\u2029")):
        return text
    calm = _Search((*demands, Demand(((_CALM, True),), holds=True)), spend)
    calm.explore(most)
    return calm.word(least, most, excluded) or text


class _Search:
    def __init__(self, demands: Sequence[Demand], spend: Callable[[int], None]) -> None:
        self._spend = spend
        self._parts = [automaton for demand in demands for automaton, _ in demand.automata]
        self._groups: list[tuple[list[tuple[int, bool]], bool]] = []
        at = 0
        for demand in demands:
            signs = [(at + index, sign) for index, (_, sign) in enumerate(demand.automata)]
            self._groups.append((signs, demand.holds))
            at += len(signs)
        self._classes = _classes(self._parts, spend)
        # node 0 is the beginning, before any character
        self._edges: list[dict[int, list[int]]] = []
        self._accepting: list[bool] = []
        self._alive: set[int] = set()

    def explore(self, most: int | None) -> None:
        """Build the graph that texts of at most that length reach, and find which nodes lead to an accepted text."""
        start = tuple(part.first for part in self._parts)
        states = [start]
        self._accepting = [self._accepts([part.empty for part in self._parts])]
        index: dict[tuple[int, ...], int] = {}
        level = [0]
        depth = 0
        while level and (most is None or depth < most):
            depth += 1
            following: list[int] = []
            for node in level:
                active = sum(state.bit_count() for state in states[node])
                self._spend(1 + len(self._classes) * (len(self._parts) + active // 4) // 8)
                while len(self._edges) <= node:
                    self._edges.append({})
                for number, symbols in enumerate(self._classes):
                    after = tuple(
                        part.step(state, readable)
                        for part, state, readable in zip(self._parts, states[node], symbols.readable, strict=True)
                    )
                    if self._dead(after):
                        continue
                    target = index.get(after)
                    if target is None:
                        target = index[after] = len(states)
                        if target > _NODES:
                            raise TooLargeError
                        states.append(after)
                        ends = [bool(state & part.ends) for part, state in zip(self._parts, after, strict=True)]
                        self._accepting.append(self._accepts(ends))
                        following.append(target)
                    self._edges[node].setdefault(target, []).append(number)
            level = following
        while len(self._edges) < len(states):
            self._edges.append({})
        self._alive = self._leading()

    def _accepts(self, ends: list[bool]) -> bool:
        return all(all(ends[at] is sign for at, sign in signs) is holds for signs, holds in self._groups)

    def _dead(self, states: tuple[int, ...]) -> bool:
        """Whether no continuation can be accepted any more, as far as that is plain."""
        for signs, holds in self._groups:
            failed = False
            settled = True
            for at, sign in signs:
                state = states[at]
                sure = state == self._parts[at].found
                never = not state
                failed = failed or (never if sign else sure)
                settled = settled and (sure if sign else never)
            if failed if holds else settled:
                return True
        return False

    def _leading(self) -> set[int]:
        before: list[list[int]] = [[] for _ in self._edges]
        for node, targets in enumerate(self._edges):
            for target in targets:
                before[target].append(node)
        alive = {node for node, accepting in enumerate(self._accepting) if accepting}
        todo = list(alive)
        while todo:
            for node in before[todo.pop()]:
                if node not in alive:
                    alive.add(node)
                    todo.append(node)
        return alive

    def word(self, least: int, most: int | None, excluded: frozenset[str]) -> str | None:
        """A shortest accepted text within the bounds that is not excluded."""
        layers: list[set[int]] = [{0} & self._alive]
        longest = max(map(len, excluded), default=-1)
        seen: set[frozenset[int]] = set()
        length = 0
        while layers[-1] and (most is None or length <= most):
            if length >= least:
                for text in self._texts(layers, sum(len(text) == length for text in excluded)):
                    if text not in excluded:
                        return text
                if most is None and length > longest:
                    layer = frozenset(layers[-1])
                    if layer in seen:
                        return None
                    seen.add(layer)
            self._spend(1 + len(layers[-1]) // 32)
            layers.append({target for node in layers[-1] for target in self._edges[node] if target in self._alive})
            length += 1
        return None

    def _texts(self, layers: list[set[int]], spare: int) -> Iterator[str]:
        """Accepted texts of the length of the layers, at least `spare` + 1 distinct ones if there are so many."""
        ends = {node for node in layers[-1] if self._accepting[node]}
        if not ends:
            return
        useful = [ends]
        for layer in reversed(layers[:-1]):
            self._spend(1 + len(layer) // 32)
            useful.append({node for node in layer if not useful[-1].isdisjoint(self._edges[node])})
        useful.reverse()
        paths = [self._steps(0, useful[1], spare)] if len(useful) > 1 else []
        if not paths:
            yield ""
            return
        chars: list[str] = []
        while paths:
            step = next(paths[-1], None)
            if step is None:
                paths.pop()
                if chars:
                    chars.pop()
                continue
            char, target = step
            chars.append(char)
            if len(chars) == len(useful) - 1:
                self._spend(1)
                yield "".join(chars)
                chars.pop()
            else:
                paths.append(self._steps(target, useful[len(chars) + 1], spare))

    def _steps(self, node: int, allowed: set[int], spare: int) -> Iterator[tuple[str, int]]:
        steps = [
            (self._classes[number].rank, number, target)
            for target, numbers in self._edges[node].items()
            if target in allowed
            for number in numbers
        ]
        for _, number, target in sorted(steps):
            for count, char in enumerate(samples(self._classes[number].ranges)):
                if count > spare:
                    break
                yield char, target


def samples(ranges: Ranges) -> Iterator[str]:
    """The characters of a set: letters, digits and plain ASCII first, control characters and separators last."""
    for char in _COMMON:
        if contains(ranges, ord(char)):
            yield char
    odd: list[int] = []
    for low, high in ranges:
        for code in range(low, high + 1):
            if code < 0xA1 or 0x2000 <= code < 0x2070 or code in (0xAD, 0xFEFF):
                if code > 126 or not chr(code).isprintable():
                    odd.append(code)
            else:
                yield chr(code)
    yield from map(chr, odd)


def _classes(parts: Sequence[Automaton], spend: Callable[[int], None]) -> list[_Class]:
    """The coarsest partition of all characters that every set of the automata respects."""
    sets = list(dict.fromkeys(ranges for part in parts for ranges in part.reads if ranges))
    cuts = {0, 0xD800, 0xE000, 0x110000}
    for ranges in sets:
        cuts.update(edge for low, high in ranges for edge in (low, high + 1))
    edges = sorted(cuts)
    spend(1 + len(edges) * len(sets) // 32)
    groups: dict[int, list[tuple[int, int]]] = {}
    for low, after in pairwise(edges):
        if low == 0xD800:
            continue
        signature = 0
        for number, ranges in enumerate(sets):
            if contains(ranges, low):
                signature |= 1 << number
        groups.setdefault(signature, []).append((low, after - 1))
    found = []
    for signature, members in groups.items():
        ranges = tuple(members)
        inside = {reads for number, reads in enumerate(sets) if signature >> number & 1}
        readable = tuple(sum(1 << at for at, reads in enumerate(part.reads) if reads in inside) for part in parts)
        first = next(samples(ranges))
        rank = _COMMON.index(first) if first in _COMMON else 200 if ord(first) > 0xA0 else 300
        found.append(_Class(ranges, rank, readable))
    return sorted(found, key=_rank)


def _rank(symbols: _Class) -> int:
    return symbols.rank
