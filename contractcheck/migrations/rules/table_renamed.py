"""Code of the previous release knows the table by its former name."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table or view that was there before the checked range and is renamed or moved."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            if data.renamed_to and not examined.recent(ran, table):
                yield found("table-renamed", examined, ran, table, old=table, new=data.renamed_to)
