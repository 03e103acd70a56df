"""A table that was there before gets a new file while everybody waits."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import brief
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.migrations.mysql.advice import advice
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

_TYPE = (
    "add a column of the new type, keep both by a trigger, fill it in batches, then change over;"
    " or a change of type that needs no new file (a longer varchar, text)"
)
_SETTINGS = {
    "persistence": "make a new table that is so from the start, and move rows in batches",
    "access method": "make a new table with that access method, and move rows in batches",
    "tablespace": "move it while nobody uses it, or make a new table there and move rows in batches",
}
_COMPACT = "VACUUM without FULL, or a tool that copies online (pg_repack, pg_squeeze)"


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table and statement; TRUNCATE empties and is not this rule's matter."""
    for ran in examined.hurting():
        for table in examined.large(ran.effects.rewrites):
            if table in ran.effects.emptied:
                continue
            lock = ran.held.get(table, Lock.ACCESS_EXCLUSIVE)
            if not lock.blocks_writes:
                continue  # online: `table-rebuilt-online`
            yield rule("rewrite-large-table").finding(
                subject=f"{examined.migration.id} {table}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
                suggestion=advice(examined.server, ran) or _advice(ran),
                table=table,
                lock=lock.words,
                sql=brief(ran.statement.sql),
            )


def _advice(ran: Ran) -> str | None:
    """What to do instead, where the statement does one thing; None for the general advice."""
    found = {_one(operation, action) for operation, action in op.flatten(ran.operations)} - {None}
    return found.pop() if len(found) == 1 else None


def _one(operation: op.Operation, action: op.Action | None) -> str | None:
    match action:
        case op.AlterColumnType():
            return _TYPE
        case op.SetTable(what) if what in _SETTINGS:
            return _SETTINGS[what]
        case _:
            return _COMPACT if isinstance(operation, op.Maintain) and operation.what != "reindex" else None
