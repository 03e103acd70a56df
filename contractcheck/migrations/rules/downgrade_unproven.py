"""Whether the downgrade gives the schema back cannot be known without running it."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most, with the step that prevents the proof; none where the upgrade fails, which says it all."""
    undo = examined.reversibility
    if undo.verdict is ReversibilityVerdict.UNPROVEN and not any(ran.refused for ran in examined.up):
        yield rule("downgrade-unproven").finding(
            subject=examined.migration.id,
            place=examined.migration.down.place or examined.migration.up.place,
            proof=Proof(ProofKind.UNPROVEN, undo.why),
            why=undo.why,
        )
