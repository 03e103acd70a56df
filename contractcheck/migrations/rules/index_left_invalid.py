"""A retry keeps an index that was never finished."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.CreateIndex,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each CREATE INDEX CONCURRENTLY IF NOT EXISTS that no DROP INDEX comes before."""
    dropped: set[str] = set()
    for act in acts(examined):
        if isinstance(act.operation, op.Drop) and act.operation.kind == "index":
            dropped |= {name[-1] for name in act.operation.names}
        made = act.operation
        if (
            isinstance(made, op.CreateIndex)
            and made.concurrently
            and made.missing_ok
            and made.name not in dropped
            and act.table not in examined.fresh
        ):
            yield found("index-left-invalid", examined, act.ran, f"{act.table} {made.name}", index=made.name or "")
