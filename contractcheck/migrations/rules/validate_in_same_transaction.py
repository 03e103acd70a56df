"""A constraint is validated under the lock that added it."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.ValidateConstraint,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table that is validated while the transaction keeps its writers waiting."""
    for act in acts(examined):
        table, lock = act.table, act.ran.held.get(act.table)
        if (
            isinstance(act.action, op.ValidateConstraint)
            and table in examined.large(act.ran.effects.scans)
            and lock is not None
            and lock.blocks_writes
        ):
            yield found("validate-in-same-transaction", examined, act.ran, table, table=table, lock=lock.words)
