"""A migration that changes the schema has no downgrade, or one that does nothing or refuses."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most."""
    if examined.reversibility.verdict is ReversibilityVerdict.MISSING:
        yield rule("downgrade-missing").finding(
            subject=examined.migration.id,
            place=examined.migration.down.place or examined.migration.up.place,
            proof=Proof(ProofKind.STRUCTURAL, examined.reversibility.why),
            why=examined.reversibility.why,
        )
