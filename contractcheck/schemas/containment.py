"""Is every value that one schema allows also allowed by another? A proof, a counterexample, or what prevents both."""

import sys
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from contractcheck.schemas.documents import Source
from contractcheck.schemas.evaluation import holds
from contractcheck.schemas.examples import familiar
from contractcheck.schemas.nodes import TRUE, Kind
from contractcheck.schemas.outcome import NOTHING, Doubt, ExhaustedError, Found
from contractcheck.schemas.prover import Prover
from contractcheck.schemas.reading import Reader
from contractcheck.schemas.values import ARRAY, OBJECT, UnusableError, freeze, thaw
from contractcheck.schemas.witness import UnsureError, confirm

DEFAULT_STEPS: Final = 40_000

# The search goes at most 200 values deep, some ten Python frames for each: more than the interpreter allows by default.
_FRAMES: Final = 6_000


class Verdict(StrEnum):
    """What was decided about base ⊆ revision."""

    CONTAINED = "contained"
    BROKEN = "broken"
    UNPROVEN = "unproven"


class Decision(Struct, frozen=True):
    """A verdict and why. `witness` (BROKEN only; it may be null) is valid under base and not under revision."""

    verdict: Verdict
    why: str
    witness: Any = None


class Spot(Struct, frozen=True):
    """A place in a value: the names and positions that lead to it, and what must be so of the value there.

    `refused_by` refuses it; `value`, if there is one, is it: (value,), since it may be null.
    """

    path: tuple[str | int, ...] = ()
    refused_by: Source | None = None
    value: tuple[Any] | None = None


class Universe:
    """What is known of a set of documents: their nodes and what was proved of them, shared by many queries.

    `disagreements` counts counterexamples that the validator did not confirm; each of them was answered `unproven`.
    """

    def __init__(self) -> None:
        self._reader = Reader(self._spend)
        self._prover = Prover(self._reader.nodes)
        self.disagreements = 0

    @property
    def steps(self) -> int:
        """The work that the last query took."""
        return self._prover.steps

    def _spend(self, steps: int) -> None:
        self._prover.spend(steps)

    def contains(
        self,
        base: Source,
        revision: Source,
        *,
        spot: Spot | None = None,
        shown: bool = True,
        budget: int = DEFAULT_STEPS,
    ) -> Decision:
        """Decide base ⊆ revision within so many steps (about 10 µs each).

        With `spot`, only for the values in which that place is so: CONTAINED then says nothing of the others. Without
        `shown`, BROKEN has no witness and was not confirmed: it says that a question after a witness is worth asking.
        """
        self._prover.start(budget)
        limit = sys.getrecursionlimit()
        try:
            sys.setrecursionlimit(max(limit, _FRAMES))
            return self._decide(base, revision, spot, shown=shown)
        except ExhaustedError:
            return Decision(Verdict.UNPROVEN, f"not decided within {budget} steps")
        except RecursionError:
            return Decision(Verdict.UNPROVEN, "schemas or values nested too deeply")
        finally:
            sys.setrecursionlimit(limit)

    def _decide(self, base: Source, revision: Source, spot: Spot | None, *, shown: bool) -> Decision:
        narrow = self._reader.node(base)
        wide = self._reader.node(revision)
        if narrow == wide:
            return Decision(Verdict.CONTAINED, "both sides have the same normal form")
        there = self._there(spot) if spot is not None else TRUE
        outcome = self._prover.search([there, narrow, -wide])
        if outcome is NOTHING:
            return Decision(Verdict.CONTAINED, "every way to be valid before and invalid after is contradictory")
        if isinstance(outcome, Doubt):
            return Decision(Verdict.UNPROVEN, outcome.why)
        assert isinstance(outcome, Found)  # noqa: S101 - the third of three
        if not shown:
            return Decision(Verdict.BROKEN, "a value seems to be valid before and not after")
        value = thaw(outcome.value)
        narrowed = self._reader.nodes.conj([there, narrow])
        if not self._breaks(value, narrowed, wide):
            self.disagreements += 1
            return Decision(Verdict.UNPROVEN, "the counterexample did not hold when tried")
        value = familiar(value, base, lambda changed: self._breaks(changed, narrowed, wide))
        try:
            doubt = confirm(value, base, revision)
        except UnsureError as error:
            return Decision(Verdict.UNPROVEN, f"the validator could not be asked: {error}")
        if doubt:
            self.disagreements += 1
            return Decision(Verdict.UNPROVEN, f"the validator did not confirm the counterexample: {doubt}")
        return Decision(Verdict.BROKEN, "a value is valid before and not after", value)

    def _there(self, spot: Spot) -> int:
        """The values in which the place is as demanded."""
        nodes = self._reader.nodes
        node = -self._reader.node(spot.refused_by) if spot.refused_by is not None else TRUE
        if spot.value is not None:
            node = nodes.conj([node, nodes.one_of_values(frozenset((freeze(spot.value[0]),)))])
        for step in reversed(spot.path):
            if isinstance(step, int):
                held = [nodes.type(ARRAY), nodes.at_least(Kind.MIN_ITEMS, step + 1), nodes.item(step, node)]
            else:
                held = [nodes.type(OBJECT), nodes.make(Kind.HAS, step), nodes.member(step, node)]
            node = nodes.conj(held)
        return node

    def _breaks(self, value: Any, narrow: int, wide: int) -> bool:  # noqa: ANN401 - plain JSON
        nodes = self._reader.nodes
        try:
            frozen = freeze(value)
        except UnusableError:
            return False
        return holds(nodes, narrow, frozen) is True and holds(nodes, wide, frozen) is False


def contains(base: Source, revision: Source, *, budget: int = DEFAULT_STEPS) -> Decision:
    """Decide base ⊆ revision for two schemas alone."""
    return Universe().contains(base, revision, budget=budget)
