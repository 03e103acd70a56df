"""A statement that refuses a transaction block stands in one."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such statement of the upgrade."""
    for ran in examined.up:
        if ran.misplaced:
            yield rule("not-allowed-in-transaction").finding(
                subject=f"{examined.migration.id} {brief(ran.statement.sql, 60)}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "the server refuses this statement inside a transaction block"),
                sql=brief(ran.statement.sql),
            )
