"""Code of the previous release may still read or write a table or view that goes."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found, named
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

_VIEWS = frozenset({"view", "materialized view"})


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table or view dropped that was there before the checked range."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            if data.dropped and not examined.recent(ran, table):
                kind = ran.effects.kinds.get(table, "table")
                yield found("table-removed", examined, ran, table, table=table, kind=kind)
    for act in acts(examined):
        if isinstance(act.operation, op.Drop) and act.operation.kind in _VIEWS:
            for view in map(named, act.operation.names):
                if view in act.ran.effects.locks and view not in examined.fresh:
                    yield found("table-removed", examined, act.ran, view, table=view, kind=act.operation.kind)
