"""The walk over pairs of schemas: each pair once, without recursion; who reaches what is worked out backwards at the end."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace

from contractcheck.model.finding import Direction, ProofKind
from contractcheck.schemas.edits.composition import grouped
from contractcheck.schemas.edits.edit import Conjunction, Decide, Edit, Effect, Node, Outcome, Side, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.registry import ASPECTS
from contractcheck.schemas.edits.view import Views

_GROUPS = frozenset({"nullability", "branches", "opaque", "default"})
"""The aspects that apply when one side alone is a group: the rest is compared with the branch it is paired with."""


@dataclass(slots=True)
class Pair:
    """Two schemas that were compared: the edits found right there, and the pairs below."""

    base: Conjunction
    revision: Conjunction
    direction: Direction
    textual: bool
    nulls: bool
    defaults: bool
    edits: list[Edit] = field(default_factory=list)
    below: list["Pair"] = field(default_factory=list)
    roots: dict[Hashable, None] = field(default_factory=dict)
    harmless: int = 0


class Walk:
    """Compares pairs of schemas reached from roots, each pair once per direction.

    A pair that is met again while it is still being compared counts as compared: its edits are found where it was met first
    (greatest fixpoint; JSON values are finite).
    """

    def __init__(
        self, base: Side, revision: Side, same: Callable[[Node, Node], bool], decide: Decide | None = None
    ) -> None:
        """Walk two sides; `same` tells places that need no look, `decide` is asked before an edit counts."""
        self._views = (Views(base), Views(revision))
        self._same = same
        self._decide = decide
        self._pairs: dict[Hashable, Pair] = {}
        self._todo: list[Pair] = []

    def root(
        self,
        base: Conjunction,
        revision: Conjunction,
        direction: Direction,
        root: Hashable,
        *,
        textual: bool = False,
        defaults: bool = True,
    ) -> None:
        """Compare two schemas on behalf of `root`; all edits below will name it."""
        pair = self._pair(Step(base, revision, defaults=defaults), direction, textual=textual)
        if pair is not None:
            pair.roots.setdefault(root)
            self._run()

    def types(self, base: Conjunction, revision: Conjunction) -> tuple[frozenset[str], frozenset[str]]:
        """The types other than null that schemas of either side allow."""
        return self._views[0].view(base).types, self._views[1].view(revision).types

    def _run(self) -> None:
        while self._todo:
            self._look(self._todo.pop())

    def _pair(self, step: Step, direction: Direction, *, textual: bool) -> Pair | None:
        """The pair of a step, new or known; None for one that needs no look."""
        base = tuple(self._views[0].resolve(node) or node for node in step.base)
        revision = tuple(self._views[1].resolve(node) or node for node in step.revision)
        if len(base) == len(revision) and all(self._same(*both) for both in zip(base, revision, strict=True)):
            return None
        key = (_keys(base), _keys(revision), direction, textual, step.nulls, step.defaults)
        pair = self._pairs.get(key)
        if pair is None:
            pair = Pair(base, revision, direction, textual, step.nulls, step.defaults)
            self._pairs[key] = pair
            self._todo.append(pair)
        return pair

    def _look(self, pair: Pair) -> None:
        question = Question(
            base=pair.base,
            revision=pair.revision,
            old=self._views[0].view(pair.base),
            new=self._views[1].view(pair.revision),
            direction=pair.direction,
            textual=pair.textual,
            nulls=pair.nulls,
            defaults=pair.defaults,
            views=self._views,
            same=self._same,
        )
        one_sided = grouped(question)
        for aspect in ASPECTS:
            if one_sided and aspect.name not in _GROUPS:
                continue
            for found in aspect.find(question):
                if isinstance(found, Edit):
                    pair.edits.append(found)
                    continue
                below = self._pair(found, pair.direction, textual=pair.textual)
                if below is not None and below is not pair:
                    pair.below.append(below)
        pair.harmless = question.harmless
        if self._decide is not None and (pair.edits or question.old.groups or question.new.groups):
            self._judge(pair, question, self._decide)

    def _judge(self, pair: Pair, question: Question, decide: Decide) -> None:
        """Put a pair to the prover: shown contained, what looks like a break is none; broken, it has a witness."""
        if len(pair.base) != 1 or len(pair.revision) != 1:
            return
        doubtful = [e for e in pair.edits if e.effect is Effect.UNDECIDED or question.breaks(e.effect)]
        if not doubtful and not question.old.groups and not question.new.groups:
            return
        decision = decide(pair.base[0], pair.revision[0], pair.direction)
        if decision.outcome is Outcome.CONTAINED:
            pair.harmless += len(doubtful)
            pair.edits = [edit for edit in pair.edits if edit not in doubtful]
            pair.below = []
        elif decision.outcome is Outcome.BROKEN and len(doubtful) == 1:
            proved = replace(doubtful[0], proof=ProofKind.WITNESS, witness=decision.witness, why=decision.why)
            pair.edits = [proved if edit is doubtful[0] else edit for edit in pair.edits]

    def harmless(self) -> int:
        """How many differences were shown to change nothing."""
        return sum(pair.harmless for pair in self._pairs.values())

    def edits(self) -> Iterable[tuple[Edit, Direction, tuple[Hashable, ...]]]:
        """Every edit with its direction and the roots that reach it, in the order they were found."""
        above: dict[int, list[Pair]] = {}
        for pair in self._pairs.values():
            for below in pair.below:
                above.setdefault(id(below), []).append(pair)
        reached: dict[int, tuple[Hashable, ...]] = {}
        for pair in self._pairs.values():
            if not pair.edits:
                continue
            roots = reached.get(id(pair)) or _climb(pair, above)
            reached[id(pair)] = roots
            if roots:  # else a prover cut every way to it
                yield from ((edit, pair.direction, roots) for edit in pair.edits)


def _climb(pair: Pair, above: dict[int, list[Pair]]) -> tuple[Hashable, ...]:
    """The roots of a pair and of all pairs above it."""
    roots: dict[Hashable, None] = {}
    todo, seen = [pair], {id(pair)}
    while todo:
        here = todo.pop()
        roots |= here.roots
        for up in above.get(id(here), ()):
            if id(up) not in seen:
                seen.add(id(up))
                todo.append(up)
    return tuple(roots)


def _keys(conjunction: Conjunction) -> tuple[tuple[str, str], ...]:
    return tuple((node.file, node.pointer) for node in conjunction)
