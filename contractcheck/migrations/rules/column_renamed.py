"""Code of the previous release knows the column by its former name."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column renamed in a table that was there before the checked range."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            for old, new in () if examined.recent(ran, table) else data.renamed_columns:
                if (table, old) not in examined.new_columns:
                    yield found("column-renamed", examined, ran, f"{table}.{old}", table=table, old=old, new=new)
