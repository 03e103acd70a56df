"""The downgrade gives the schema back, but for the names of constraints, indexes or sequences."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule

_SHOWN = 3


def only_names(examined: Examined) -> bool:
    """Whether everything that the downgrade leaves otherwise is a name."""
    from contractcheck.migrations.postgresql.comparison import NAMES, ORDER
    from contractcheck.migrations.postgresql.description import UNKNOWN

    undo = examined.reversibility
    if undo.verdict is not ReversibilityVerdict.BROKEN or any(ran.refused or ran.misplaced for ran in examined.down):
        return False
    left = [difference for difference in undo.differences if not difference.startswith((ORDER, UNKNOWN))]
    return bool(left) and all(difference.startswith(NAMES) for difference in left)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most, with the first differences."""
    if not only_names(examined):
        return
    undo = examined.reversibility
    more = len(undo.differences) - _SHOWN
    yield rule("downgrade-other-names").finding(
        subject=examined.migration.id,
        place=examined.migration.down.place,
        proof=Proof(ProofKind.DERIVED, undo.why),
        differences="; ".join(undo.differences[:_SHOWN]) + (f"; and {more} more" if more > 0 else ""),
    )
