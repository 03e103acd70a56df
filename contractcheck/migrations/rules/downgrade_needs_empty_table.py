"""The downgrade gives the schema back only while a table is empty."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column that the downgrade adds without a value for the rows that are there."""
    if examined.reversibility.verdict not in {ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY}:
        return
    for ran in examined.down:
        for remark in ran.effects.remarks:
            if remark.what != "needs a value" or remark.subject in ran.effects.new_relations:
                continue
            yield rule("downgrade-needs-empty-table").finding(
                subject=f"{examined.migration.id} {remark.subject}.{remark.detail}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "replayed on the model of the server, with rows in every table"),
                table=remark.subject,
                column=remark.detail,
                sql=brief(ran.statement.sql),
            )
