"""Code of the previous release may still read or write a column that goes."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined, columns_made
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column dropped from a table that was there before the checked range."""
    own = examined.new_columns
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            for column in () if table in examined.fresh else data.dropped_columns:
                if (table, column) not in own:
                    yield found("column-removed", examined, ran, f"{table}.{column}", column=f"{table}.{column}")
        own = columns_made([ran], own)
