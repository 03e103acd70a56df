"""A foreign key locks the table that it refers to."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding

ABOUT = ("other table",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each other table that was there before: the first statement that locks it strongest."""
    strongest: dict[str, Finding] = {}
    locks: dict[str, int] = {}
    for ran in examined.up:
        other = {remark.subject for remark in ran.effects.remarks if remark.what == "other table"}
        first = next((o.table.shown for o in ran.operations if isinstance(o, op.AlterTable | op.CreateTable)), "")
        for table in sorted(other - examined.fresh - {first}):
            lock = ran.effects.locks.get(table)
            if lock is not None and lock.blocks_writes and not _dropped(ran, table):
                who = "readers and writers" if lock.blocks_reads else "writers"
                parameters = {"table": table, "lock": lock.words, "who": who}
                if lock > locks.get(table, 0):
                    locks[table] = lock
                    strongest[table] = found("lock-on-other-table", examined, ran, table, **parameters)
    yield from strongest.values()


def _dropped(ran: Ran, table: str) -> bool:
    what = ran.effects.data.get(table)
    return what is not None and what.dropped
