"""A materialised view is refreshed while its readers wait."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.RefreshView,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each refresh of a view that was there before."""
    for act in acts(examined):
        refresh = act.operation
        if isinstance(refresh, op.RefreshView) and not refresh.concurrently and act.table not in examined.fresh:
            yield found("view-refresh-not-concurrent", examined, act.ran, act.table, view=act.table)
