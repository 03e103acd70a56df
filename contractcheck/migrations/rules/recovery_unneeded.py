"""A note on recovery stands at a migration that loses nothing and can be undone."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each note of a migration that is proved to come back with all its data."""
    undo = examined.reversibility
    if undo.verdict is not ReversibilityVerdict.PROVED or undo.data_lost:
        return
    for note in examined.migration.recovery:
        yield rule("recovery-unneeded").finding(
            subject=examined.migration.id,
            place=note.place,
            proof=Proof(ProofKind.DERIVED, undo.why),
            id=examined.migration.id,
        )
