"""Code of the previous release may still read or write a table or view that goes."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table or view dropped that was there before the checked range."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            if data.dropped and table not in examined.fresh:
                kind = ran.effects.kinds.get(table, "table")
                yield found("table-removed", examined, ran, table, table=table, kind=kind)
