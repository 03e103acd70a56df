"""The downgrade gives the schema back, but for the order of columns."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most, with every table."""
    undo = examined.reversibility
    if undo.verdict in {ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY} and undo.differences:
        yield rule("downgrade-column-order").finding(
            subject=examined.migration.id,
            place=examined.migration.down.place,
            proof=Proof(ProofKind.DERIVED, undo.why),
            differences="; ".join(undo.differences),
        )
