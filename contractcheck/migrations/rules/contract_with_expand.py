"""What the previous release uses goes in the release that brings its replacement."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column dropped from a table to which an earlier migration of the same release added one.

    A release begins with the last tag of one, where there are any, else with the base.
    """
    recent = examined.new_columns | examined.waiting_columns
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            fresh = sorted(column for owner, column in recent if owner == table)
            for column in data.dropped_columns if fresh and table not in examined.fresh else ():
                if column not in fresh:
                    name, added = f"{table}.{column}", ", ".join(fresh)
                    yield found("contract-with-expand", examined, ran, name, column=name, added=added)
