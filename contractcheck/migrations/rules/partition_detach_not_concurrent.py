"""A partition is detached while everybody waits."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.DetachPartition,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each partition that was there before, from the version on that knows a better way."""
    for act in acts(examined):
        match act.action:
            case op.DetachPartition(partition, concurrently=False, finalize=False):
                name = partition.shown
                if examined.server.version >= 14 and not {act.table, name} & examined.fresh:
                    parameters = {"table": act.table, "partition": name}
                    yield found("partition-detach-not-concurrent", examined, act.ran, name, **parameters)
            case _:
                continue
