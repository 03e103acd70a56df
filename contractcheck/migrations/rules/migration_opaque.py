"""A step of a migration cannot be known without running it."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each opaque step and each statement outside the model."""
    for step in examined.opaque:
        yield rule("migration-opaque").finding(
            subject=examined.migration.id,
            place=step.place,
            proof=Proof(ProofKind.UNPROVEN, step.reason),
            reason=step.reason,
        )
    for ran in examined.up:
        if ran.effects.unproven is not None:
            yield rule("migration-opaque").finding(
                subject=examined.migration.id,
                place=ran.statement.place,
                proof=Proof(ProofKind.UNPROVEN, ran.effects.unproven),
                reason=ran.effects.unproven,
            )
