"""The downgrade runs into an error, or leaves another schema than the one before the upgrade."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.rules.downgrade_other_names import only_names
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule

_SHOWN = 3


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most, with the first differences."""
    undo = examined.reversibility
    if undo.verdict is not ReversibilityVerdict.BROKEN or only_names(examined):
        return
    shown = list(undo.differences[:_SHOWN])
    if not shown or any(ran.refused or ran.misplaced for ran in examined.down):
        shown.insert(0, undo.why)
    more = len(undo.differences) - _SHOWN
    yield rule("downgrade-broken").finding(
        subject=examined.migration.id,
        place=examined.migration.down.place,
        proof=Proof(ProofKind.DERIVED, undo.why),
        differences="; ".join(shown) + (f"; and {more} more" if more > 0 else ""),
    )
