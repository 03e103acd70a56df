"""A statement that the server certainly refuses."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each failing statement of the upgrade; those of the downgrade make it broken."""
    for ran in examined.up:
        if ran.refused is not None:
            yield rule("statement-fails").finding(
                subject=f"{examined.migration.id} {brief(ran.statement.sql, 60)}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, ran.refused),
                why=ran.refused,
                sql=brief(ran.statement.sql),
            )
