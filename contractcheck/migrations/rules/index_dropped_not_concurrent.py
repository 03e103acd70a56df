"""An index is dropped while readers and writers wait."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.Drop,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table that was there before."""
    for act in acts(examined):
        drop = act.operation
        if isinstance(drop, op.Drop) and drop.kind == "index" and not drop.concurrently:
            for table in sorted(examined.large((*act.ran.effects.locks,))):
                if act.ran.effects.locks[table].blocks_reads:
                    yield found("index-dropped-not-concurrent", examined, act.ran, table, table=table)
