"""The search: is there a value that satisfies a set of nodes? A is contained in B if {A, not B} has none.

A goal is split by the kind of value, its disjunctions one by one; a model of the part that is already decided says
which disjunction to split next. Goals inside members and items are goals about strictly smaller values, so a goal met
again inside itself may be taken to have no solution: a smallest solution does not contain one of the same goal. What
rests on such an assumption is kept only until the goal it rests on is settled.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from contractcheck.schemas import arrays, numbers, objects, strings
from contractcheck.schemas.branch import Branch, any_of
from contractcheck.schemas.evaluation import every, holds
from contractcheck.schemas.nodes import FALSE, TRUE, Kind, Nodes
from contractcheck.schemas.outcome import NOTHING, Doubt, ExhaustedError, Found, Outcome
from contractcheck.schemas.values import (
    ALL,
    ARRAY,
    ATOMS,
    BOOL,
    FALSE_VALUE,
    HEAVY,
    INT,
    NULL,
    OBJECT,
    STRING,
    TRUE_VALUE,
    ordered,
    weight,
    writable,
)

Goal = frozenset[int]

# How deep values may be nested: first shallow, so that a small counterexample is found before a deep one.
DEPTHS = (3, 8, 24, 80, 200)
_TOO_DEEP = Doubt("values nested too deeply")
_TRIES = 8  # of a constraint on a value in a step


class _Frame(Struct):
    """A goal in progress: the lowest frame its refutation rests on so far, and how long the trail was when it began."""

    rests_on: int
    mark: int


class Prover:
    """Solves goals over one table of nodes; what is settled stays settled for later queries."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.steps = 0
        self.budget = 0
        self.depth = DEPTHS[0]
        self.cut = False  # whether some goal was given up for its depth
        self._settled: dict[Goal, Outcome] = {}
        self._doubted: dict[Goal, Doubt] = {}  # in this query
        self._provisional: dict[Goal, int] = {}  # refuted, if the goal of that frame is
        self._trail: list[Goal] = []  # the provisional goals, in order
        self._open: dict[Goal, int] = {}
        self._frames: list[_Frame] = []
        self._bounds: dict[int, int | None] = {}

    def spend(self, steps: int) -> None:
        """Count work. Raises ExhaustedError beyond the budget."""
        self.steps += steps
        if self.steps > self.budget:
            raise ExhaustedError

    def start(self, budget: int) -> None:
        """Begin a query."""
        self.steps = 0
        self.budget = budget

    def search(self, parts: Iterable[int]) -> Outcome:
        """A value that satisfies all parts, preferably a shallow one. Raises ExhaustedError."""
        goal = list(parts)
        outcome: Outcome = _TOO_DEEP
        for depth in DEPTHS:
            self.forget(depth)
            outcome = self.solve(goal)
            if not isinstance(outcome, Doubt) or not self.cut:
                break
        return outcome

    def forget(self, depth: int) -> None:
        """Drop what is unfinished or in doubt, and allow values of that depth."""
        self.depth = depth
        self.cut = False
        self._doubted.clear()
        self._provisional.clear()
        self._trail.clear()
        self._open.clear()
        self._frames.clear()

    # -- goals

    def solve(self, parts: Iterable[int]) -> Outcome:
        """A value that satisfies all parts."""
        goal = self._goal(parts)
        if goal is None:
            return NOTHING
        known = self._settled.get(goal) or self._doubted.get(goal)
        if known is not None:
            return known
        rests_on = self._open.get(goal, self._provisional.get(goal))
        if rests_on is not None:
            self._frames[-1].rests_on = min(self._frames[-1].rests_on, rests_on)
            return NOTHING
        level = len(self._frames)
        if level >= self.depth:
            self.cut = True
            return _TOO_DEEP
        self.spend(1)
        self._open[goal] = level
        frame = _Frame(level, len(self._trail))
        self._frames.append(frame)
        outcome = self._by_kind(goal)
        self._frames.pop()
        del self._open[goal]
        self._close(goal, level, frame, outcome)
        return outcome

    def _close(self, goal: Goal, level: int, frame: _Frame, outcome: Outcome) -> None:
        inside = self._trail[frame.mark :]
        if outcome is not NOTHING:
            # whatever was refuted inside may have taken this goal to have no solution
            del self._trail[frame.mark :]
            for unsure in inside:
                del self._provisional[unsure]
            if isinstance(outcome, Found):
                self._settled[goal] = outcome
            elif isinstance(outcome, Doubt):
                self._doubted[goal] = outcome
            return
        if frame.rests_on >= level:
            self._settled[goal] = NOTHING
            del self._trail[frame.mark :]
            for sure in inside:  # what rests on a lower frame makes this one rest on it
                del self._provisional[sure]
                self._settled[sure] = NOTHING
            return
        for moved in inside:
            self._provisional[moved] = min(self._provisional[moved], frame.rests_on)
        self._provisional[goal] = frame.rests_on
        self._trail.append(goal)
        self._frames[-1].rests_on = min(self._frames[-1].rests_on, frame.rests_on)

    def _goal(self, parts: Iterable[int]) -> Goal | None:
        """The parts without references and without what says nothing; None if they contradict each other plainly."""
        nodes = self.nodes
        found: set[int] = set()
        for part in parts:
            node = nodes.target(part) if nodes.kinds[abs(part)] is Kind.REF else part
            if node == FALSE or -node in found:
                return None
            if node != TRUE:
                found.add(node)
        return frozenset(found)

    def _by_kind(self, goal: Goal) -> Outcome:
        bits = ALL
        for node in goal:
            bits &= self.nodes.mask(node)
            if not bits:
                return NOTHING
        doubt = ""
        for bit in ATOMS:
            if not bits & bit:
                continue
            outcome = self._kind([self.nodes.restrict(node, bit) for node in sorted(goal)], bit)
            if isinstance(outcome, Found):
                return outcome
            if isinstance(outcome, Doubt):
                doubt = outcome.why
        return Doubt(doubt) if doubt else NOTHING

    # -- one kind of value

    def _kind(self, parts: list[int], bit: int) -> Outcome:
        """Split disjunctions until a model of the decided part satisfies the rest, or every branch is refuted."""
        doubt = ""
        whole = Branch(self.nodes, bit)
        if not whole.add(parts):
            return NOTHING
        todo = [iter((whole,))]
        while todo:
            branch = next(todo[-1], None)
            if branch is None:
                todo.pop()
                continue
            self.spend(1 + (len(branch.literals) + len(branch.clauses)) // 16)
            outcome = self._leaf(branch, bit)
            if outcome is NOTHING:
                continue
            if isinstance(outcome, Found) and (weight(outcome.value) > HEAVY or not writable(outcome.value)):
                outcome = Doubt("a value too large to show")
            clause: tuple[int, ...] | None
            if isinstance(outcome, Found):
                clause = branch.violated(outcome.value, self.spend)
                if clause is None:
                    return outcome
            elif self.cut:
                clause = ()  # it will be looked at again with more depth
            else:
                clause = branch.smallest()
            if clause:
                todo.append(self._split(branch, clause, bit))
            else:
                doubt = outcome.why if isinstance(outcome, Doubt) else "a constraint that could not be evaluated"
        return Doubt(doubt) if doubt else NOTHING

    def _split(self, branch: Branch, clause: tuple[int, ...], bit: int) -> Iterator[Branch]:
        """The branches of a disjunction that are not refuted at sight."""
        shaped = objects.shape(self, branch.literals) if bit == OBJECT else None
        for part in clause:
            self.spend(1)
            if -part in branch.literals or (shaped is not None and objects.refuted(self, shaped, part)):
                continue
            self.spend((len(branch.literals) + len(branch.clauses)) // 64)
            further = branch.copy(clause)
            if further.add([part]):
                yield further

    def _leaf(self, branch: Branch, bit: int) -> Outcome:
        """A value of the literals alone, disjunctions left out."""
        literals = branch.literals
        if branch.values is not None:
            return self._enumerate(branch)
        if bit in (NULL, BOOL):
            return self._tiny(branch, bit)
        if bit == STRING:
            return strings.solve(self.nodes, literals, self.spend)
        if bit == ARRAY:
            return arrays.solve(self, literals)
        if bit == OBJECT:
            return objects.solve(self, literals)
        return numbers.solve(self.nodes, literals, bit, self.spend)

    def _tiny(self, branch: Branch, bit: int) -> Outcome:
        values = (None,) if bit == NULL else (FALSE_VALUE, TRUE_VALUE)
        doubt = False
        for value in values:
            met = every(holds(self.nodes, literal, value) for literal in branch.literals)
            if met:
                return Found(value)
            doubt = doubt or met is None
        return Doubt(self._opaque(branch)) if doubt else NOTHING

    def _enumerate(self, branch: Branch) -> Outcome:
        """Try each of finitely many values on everything: exact."""
        candidates = branch.values or frozenset()
        tests = []
        for literal in branch.literals:
            if literal < 0 and self.nodes.kinds[-literal] is Kind.IN:
                candidates -= self.nodes.data[-literal][0]
            else:
                tests.append(literal)
        self.spend(1 + len(candidates) // 16)
        doubt = False
        tries = 1 + len(tests) + sum(map(len, branch.clauses))
        work = 0
        for value in ordered(candidates):
            work += tries * weight(value)
            if work >= _TRIES:
                self.spend(work // _TRIES)
                work %= _TRIES
            met = every(holds(self.nodes, literal, value) for literal in tests)
            if met is not False:
                met = every((met, *(any_of(self.nodes, clause, value) for clause in branch.clauses)))
            if met is not False:
                met = every((met, *(holds(self.nodes, node, value) for node in branch.ones)))
            if met:
                return Found(value)
            doubt = doubt or met is None
        return Doubt(self._opaque(branch)) if doubt else NOTHING

    def _opaque(self, branch: Branch) -> str:
        for literal in branch.literals:
            kind = self.nodes.kinds[abs(literal)]
            if kind is Kind.OPAQUE:
                return str(self.nodes.data[abs(literal)][2])
            if kind in (Kind.PATTERN, Kind.FORMAT):
                return f"{kind.name.lower()}: {self.nodes.data[abs(literal)][0]}"
        return "a constraint that could not be evaluated"

    # -- how many values a goal can have

    def cardinality(self, parts: Iterable[int]) -> int | None:
        """At most so many values satisfy all parts; None if no bound is known."""
        goal = self._goal(parts)
        if goal is None:
            return 0
        bits = ALL
        least: int | None = None
        low: int | None = None
        high: int | None = None
        for node in goal:
            bits &= self.nodes.mask(node)
            bound = self._bound(node)
            least = bound if least is None else least if bound is None else min(least, bound)
        if bits & ~(NULL | BOOL | INT) or least is not None:
            small = None if bits & ~(NULL | BOOL) else (1 if bits & NULL else 0) + (2 if bits & BOOL else 0)
            return small if least is None else least if small is None else min(small, least)
        branch = Branch(self.nodes, INT)
        if not branch.add([self.nodes.restrict(node, INT) for node in goal]):
            return 3
        for literal in branch.literals:
            if self.nodes.kinds[abs(literal)] is Kind.MIN:
                bound = self.nodes.data[abs(literal)][0]
                if literal > 0:
                    low = bound if low is None else max(low, bound)
                else:
                    high = bound - 1 if high is None else min(high, bound - 1)
        if not bits & INT:
            return 3
        return None if low is None or high is None else max(0, high - low + 1) + 3

    def _bound(self, node: int) -> int | None:
        if node in self._bounds:
            return self._bounds[node]
        kind = self.nodes.kinds[abs(node)]
        found: int | None = None
        if kind is Kind.IN and node > 0:
            found = len(self.nodes.data[node][0])
        elif kind is Kind.REF:
            found = self._bound(self.nodes.target(node))
        elif kind in (Kind.AND, Kind.ONE):
            bounds = [self._bound(part if node > 0 else -part) for part in self.nodes.data[abs(node)][0]]
            known = [bound for bound in bounds if bound is not None]
            if kind is Kind.AND and node > 0:
                found = min(known, default=None)
            elif len(known) == len(bounds) and (kind is Kind.AND or node > 0):
                found = sum(known)
        elif kind is Kind.TYPE:
            bits = self.nodes.mask(node)
            found = None if bits & ~(NULL | BOOL) else (1 if bits & NULL else 0) + (2 if bits & BOOL else 0)
        self._bounds[node] = found
        return found
