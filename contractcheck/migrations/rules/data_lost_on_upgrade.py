"""The upgrade destroys data that was there before."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined, losses
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table dropped or emptied and each column dropped."""
    for ran, what in losses(examined.up, examined.fresh, examined.new_columns):
        yield rule("data-lost-on-upgrade").finding(
            subject=f"{examined.migration.id} {what}",
            place=ran.statement.place,
            proof=Proof(ProofKind.DERIVED, "the model of the database has it before and not after"),
            what=what,
            sql=brief(ran.statement.sql),
        )
