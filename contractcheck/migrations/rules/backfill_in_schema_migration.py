"""Rows are read or changed under the lock of a schema change."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding

ABOUT = (op.Query,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement on rows, whatever number of tables it reads under a lock."""
    for ran in examined.hurting():
        if not changes_rows(ran):
            continue
        tables = tuple(t for t in examined.large(ran.effects.scans) if t in ran.held and ran.held[t].blocks_writes)
        if tables:
            lock = max(ran.held[table] for table in tables)
            yield found(
                "backfill-in-schema-migration",
                examined,
                ran,
                ", ".join(tables),
                tables=" and ".join(tables) + (" are" if len(tables) > 1 else " is"),
                lock=lock.words,
                who="readers and writers" if lock.blocks_reads else "writers",
            )


def changes_rows(ran: Ran) -> bool:
    """Whether a statement does nothing but read or change rows."""
    return bool(ran.operations) and all(isinstance(operation, op.Query) for operation in ran.operations)
