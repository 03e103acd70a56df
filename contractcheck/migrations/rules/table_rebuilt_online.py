"""A table that was there before is rebuilt while others go on working with it."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table and statement whose rebuild lets readers and writers through."""
    for ran in examined.hurting():
        for table in examined.large(ran.effects.rewrites):
            lock = ran.held.get(table)
            if lock is None or lock.blocks_writes or table in ran.effects.emptied:
                continue
            algorithm = ran.effects.online.algorithm if ran.effects.online is not None else None
            yield rule("table-rebuilt-online").finding(
                subject=f"{examined.migration.id} {table}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
                table=table,
                algorithm=algorithm or "INPLACE",
                sql=brief(ran.statement.sql),
            )
