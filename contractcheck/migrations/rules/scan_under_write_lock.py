"""A table that was there before is read in full while a lock keeps its writers waiting."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.rules.index_not_concurrent import builds_index
from contractcheck.migrations.rules.rewrite_large_table import brief
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table and statement. Index builds and rewrites have rules of their own."""
    for ran in examined.hurting():
        if builds_index(ran.statement.sql):
            continue
        for table in examined.large(ran.effects.scans):
            lock = ran.held.get(table)
            if lock is None or not lock.blocks_writes or table in ran.effects.rewrites:
                continue
            yield rule("scan-under-write-lock").finding(
                subject=f"{examined.migration.id} {table}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
                table=table,
                lock=lock.words,
                who="readers and writers" if lock.blocks_reads else "writers",
                sql=brief(ran.statement.sql),
            )
