"""A new partition is looked at row by row under ACCESS EXCLUSIVE."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (
    op.AttachPartition,
    op.CreateTable,
)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement that attaches or makes a partition and reads one for it."""
    for act in acts(examined):
        makes = isinstance(act.operation, op.CreateTable) and act.operation.bound is not None
        if isinstance(act.action, op.AttachPartition) or makes:
            tables = examined.large(act.ran.effects.scans)
            if tables:
                names = " and ".join(tables) + (" are" if len(tables) > 1 else " is")
                yield found("partition-scanned", examined, act.ran, ", ".join(tables), tables=names)
