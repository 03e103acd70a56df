"""An index is built on a table that was there before while its writers wait."""

import re
from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

_CREATE_INDEX = re.compile(r"\s*CREATE\s+(UNIQUE\s+)?INDEX\b", re.IGNORECASE)


def builds_index(sql: str) -> bool:
    """Whether the statement is CREATE INDEX."""
    return _CREATE_INDEX.match(sql) is not None


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each CREATE INDEX under a lock that blocks writes."""
    if examined.server.dialect != "postgresql":
        return  # elsewhere there is no other way to build one: `scan-under-write-lock`
    for ran in examined.hurting():
        if not builds_index(ran.statement.sql):
            continue
        for table in examined.large(ran.effects.scans):
            lock = ran.held.get(table)
            if lock is None or not lock.blocks_writes:
                continue
            yield rule("index-not-concurrent").finding(
                subject=f"{examined.migration.id} {table}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
                table=table,
                lock=lock.words,
                who="readers and writers" if lock.blocks_reads else "writers",
                sql=brief(ran.statement.sql),
            )
