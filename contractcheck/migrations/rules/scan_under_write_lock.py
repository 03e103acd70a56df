"""A table that was there before is read in full while a lock keeps its writers waiting."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined, Ran
from contractcheck.migrations.rules.index_not_concurrent import builds_index
from contractcheck.migrations.rules.rewrite_large_table import brief
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH")
_BACKFILL = "work on rows in a migration of its own, in batches: the lock of the schema change is given back first"


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement, whatever number of tables it reads. Index builds and rewrites have own rules."""
    for ran in examined.hurting():
        tables = () if builds_index(ran.statement.sql) else _scanned(examined, ran)
        if not tables:
            continue
        lock = max(ran.held[table] for table in tables)
        yield rule("scan-under-write-lock").finding(
            subject=f"{examined.migration.id} {', '.join(tables)}",
            place=ran.statement.place,
            proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
            suggestion=_BACKFILL if ran.statement.sql.lstrip().upper().startswith(_ROWS) else None,
            tables=" and ".join(tables) + (" are" if len(tables) > 1 else " is"),
            lock=lock.words,
            who="readers and writers" if lock.blocks_reads else "writers",
            sql=brief(ran.statement.sql),
        )


def _scanned(examined: Examined, ran: Ran) -> tuple[str, ...]:
    """The tables read in full under a lock that blocks writes."""
    return tuple(
        table
        for table in examined.large(ran.effects.scans)
        if table in ran.held and ran.held[table].blocks_writes and table not in ran.effects.rewrites
    )
