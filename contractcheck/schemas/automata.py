"""Nondeterministic automata of patterns, simulated over sets of states as bits of an int, never by backtracking."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec import Struct

from contractcheck.schemas.patterns import (
    ANY,
    Alt,
    Cat,
    Chars,
    Edge,
    Look,
    PatternError,
    Ranges,
    Repeat,
    Tree,
    parse,
)

_STATES = 3_000
_MOVES = 4_000
_PATIENCE = 1_000_000  # moves of single states for one text
_PARTS = 50_000  # of a pattern, its repetitions written out
_PATHS = 400_000  # looked at while an automaton is built
_STEP, _TRY = 64, 128  # paths and moves that cost a step

_FREE, _START, _END = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """Recognises texts in which the pattern is found.

    State `i` reads a character of `reads[i]` and goes to the states `follow[i]`; the last state, bit `found`, stays
    once reached. `first` are the states before the first character. A text may end in the states `ends`; `empty` says
    whether the empty text matches.
    """

    reads: tuple[Ranges, ...]
    follow: tuple[int, ...]
    first: int
    ends: int
    found: int
    empty: bool
    moves: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)  # the steps of `matches` so far
    readers: dict[str, int] = field(default_factory=dict, repr=False)  # the states that read a character

    def step(self, states: int, readable: int) -> int:
        """The states after a character that the states `readable` read."""
        if states & self.found:
            return self.found
        after = 0
        active = states & readable
        while active:
            bit = active & -active
            after |= self.follow[bit.bit_length() - 1]
            active ^= bit
        return self.found if after & self.found else after

    def matches(self, text: str) -> tuple[bool | None, int]:
        """Whether the pattern is found in the text, and the work: about length times states. None if it is too much."""
        if not text:
            return self.empty, 0
        states = self.first
        moves = self.moves
        work = len(set(text)) * len(self.reads) // 2
        for char in text:
            work += states.bit_count()
            if work > _PATIENCE:
                return None, work
            after = moves.get((states, char))
            if after is None:
                if len(moves) >= _MOVES:
                    moves.clear()
                    self.readers.clear()
                reads = self.readers.get(char)
                if reads is None:
                    reads = self.readers[char] = self.readable(ord(char))
                after = moves[states, char] = self.step(states, reads)
            if not after:
                return False, work
            states = after
        return bool(states & self.ends), work

    def readable(self, code: int) -> int:
        """The states that read this code point."""
        found = 0
        for index, ranges in enumerate(self.reads):
            if contains(ranges, code):
                found |= 1 << index
        return found


def contains(ranges: Ranges, code: int) -> bool:
    """Whether a code point is in the set."""
    at = bisect_right(ranges, (code, 0x110000)) - 1
    return at >= 0 and ranges[at][0] <= code <= ranges[at][1]


Automata = tuple[tuple[Automaton, bool], ...]


def automata(pattern: str) -> Automata | PatternError:
    """The automata whose agreement (each with its sign) is the pattern, or why there are none.

    There is one, and one more for each look ahead at the beginning of an anchored pattern.
    """
    return _compiled(pattern)[0]


def effort(pattern: str) -> int:
    """The steps that it takes to make the automata of a pattern."""
    return _compiled(pattern)[1] // _STEP


@lru_cache(maxsize=2_048)
def _compiled(pattern: str) -> tuple[Automata | PatternError, int]:
    work = _Work()
    try:
        return tuple(_compile(parse(pattern), work)), work.done
    except PatternError as error:
        return error, work.done


class _Work(Struct):
    done: int = 0


def matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern is found in the text; None if the pattern cannot be read, or the text is too long for it."""
    return tried(pattern, text)[0]


@lru_cache(maxsize=4_096)
def tried(pattern: str, text: str) -> tuple[bool | None, int]:
    """The same, and the steps that it takes."""
    found = automata(pattern)
    if isinstance(found, PatternError):
        return None, 0
    steps = 0
    for automaton, sign in found:
        hit, work = automaton.matches(text)
        steps += work // _TRY
        if hit is not sign:
            return (None if hit is None else False), steps
    return True, steps


_COUNTED = re.compile(r"\^(.+?)([*+?]|\{[0-9]+(?:,[0-9]*)?\})\??\$", re.DOTALL)


@lru_cache(maxsize=2_048)
def counted(pattern: str) -> tuple[str, int, int | None]:
    """A pattern `^[set]{m,n}$` as `^[set]*$` and bounds of length; any other pattern as it is, with no bounds."""
    written = _COUNTED.fullmatch(pattern)
    try:
        tree = parse(pattern) if written else None
        repeat = tree.parts[1] if isinstance(tree, Cat) and len(tree.parts) == 3 else None
        if (
            written
            and isinstance(repeat, Repeat)
            and isinstance(repeat.part, Chars)
            and parse(written[1]) == repeat.part
        ):
            return f"^{written[1]}*$", repeat.least, repeat.most
    except PatternError:
        pass
    return pattern, 0, None


def _compile(tree: Tree, work: _Work) -> Iterator[tuple[Automaton, bool]]:
    parts = tree.parts if isinstance(tree, Cat) else (tree,)
    begin = Edge(end=False)
    if len(parts) > 1 and parts[0] == begin:
        rest = list(parts[1:])
        while rest and isinstance(look := rest[0], Look):
            rest.pop(0)
            yield build(Cat((begin, look.part)), work), not look.negative
        tree = Cat((begin, *rest))
    yield build(tree, work), True


class _Builder:
    """Thompson's construction; `eps` holds the moves without a character and the condition of each."""

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.parts = 0
        self.eps: list[list[tuple[int, int]]] = []
        self.reads: dict[int, tuple[Ranges, int]] = {}

    def state(self) -> int:
        if len(self.eps) > 4 * _STATES:
            raise PatternError("an automaton that is too large")
        self.eps.append([])
        return len(self.eps) - 1

    def add(self, tree: Tree, start: int) -> int:
        self.parts += 1
        if self.parts > _PARTS:
            raise PatternError("an automaton that is too large")
        match tree:
            case Chars(ranges):
                end = self.state()
                if len(self.reads) >= _STATES:
                    raise PatternError("an automaton that is too large")
                here = self.state()
                self.eps[start].append((here, _FREE))
                self.reads[here] = (ranges, end)
                return end
            case Cat(parts):
                for part in parts:
                    start = self.add(part, start)
                return start
            case Alt(parts):
                end = self.state()
                for part in parts:
                    inner = self.state()
                    self.eps[start].append((inner, _FREE))
                    self.eps[self.add(part, inner)].append((end, _FREE))
                return end
            case Repeat(part, least, most):
                return self.repeat(part, least, most, start)
            case Edge(end=at_end):
                end = self.state()
                self.eps[start].append((end, _END if at_end else _START))
                return end
            case Look():
                raise PatternError("a look ahead that is not at the beginning of an anchored pattern")

    def repeat(self, part: Tree, least: int, most: int | None, start: int) -> int:
        for _ in range(least):
            start = self.add(part, start)
        if most is None:
            loop = self.state()
            self.eps[start].append((loop, _FREE))
            self.eps[self.add(part, loop)].append((loop, _FREE))
            return loop
        end = self.state()
        for _ in range(most - least):
            self.eps[start].append((end, _FREE))
            start = self.add(part, start)
        self.eps[start].append((end, _FREE))
        return end

    def closure(self, start: int, *allowed: int) -> set[int]:
        seen = {start}
        todo = [start]
        while todo:
            edges = self.eps[todo.pop()]
            self.work.done += 1 + len(edges)
            if self.work.done > _PATHS:
                raise PatternError("an automaton that is too large")
            for target, condition in edges:
                if condition in allowed and target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen


def build(tree: Tree, work: _Work | None = None) -> Automaton:
    """The automaton that finds the tree in a text. Raises PatternError."""
    builder = _Builder(work if work is not None else _Work())
    start = builder.state()
    scan = Cat((Repeat(Chars(ANY), 0, None), tree)) if not _anchored(tree) else tree
    final = builder.add(scan, start)
    order = {state: index for index, state in enumerate(sorted(builder.reads))}
    found = 1 << len(order)

    def bits(states: set[int]) -> int:
        mask = found if final in states else 0
        for state in states:
            if state in order:
                mask |= 1 << order[state]
        return found if mask & found else mask

    follow = []
    enders = []
    for state in order:
        after = builder.reads[state][1]
        follow.append(bits(builder.closure(after, _FREE)))
        enders.append(final in builder.closure(after, _FREE, _END))
    # whether a text may end here depends on the state just left: one more bit says so, and is read by nothing
    ending = found << 1
    follow = [mask | ending if ender and not mask & found else mask for mask, ender in zip(follow, enders, strict=True)]
    first = bits(builder.closure(start, _FREE, _START))
    empty = final in builder.closure(start, _FREE, _START, _END)
    reads = tuple(builder.reads[state][0] for state in order)
    return Automaton((*reads, (), ()), (*follow, 0, 0), first, found | ending, found, empty)


def _anchored(tree: Tree) -> bool:
    match tree:
        case Edge(end=False):
            return True
        case Cat(parts):
            return bool(parts) and _anchored(parts[0])
        case Alt(parts):
            return all(_anchored(part) for part in parts)
        case Repeat(part, least, _):
            return least > 0 and _anchored(part)
        case _:
            return False
