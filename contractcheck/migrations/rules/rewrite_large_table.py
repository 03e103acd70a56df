"""A table that was there before gets a new file while everybody waits."""

from collections.abc import Iterator

from contractcheck.migrations.effects import Lock
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table and statement; TRUNCATE empties and is not this rule's matter."""
    for ran in examined.hurting():
        for table in examined.large(ran.effects.rewrites):
            if table in ran.effects.emptied:
                continue
            lock = ran.held.get(table, Lock.ACCESS_EXCLUSIVE)
            yield rule("rewrite-large-table").finding(
                subject=f"{examined.migration.id} {table}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
                table=table,
                lock=lock.words,
                sql=brief(ran.statement.sql),
            )


def brief(sql: str, limit: int = 120) -> str:
    """A statement on one line, cut."""
    line = " ".join(sql.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
