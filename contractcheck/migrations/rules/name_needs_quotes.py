"""A name only works in quotes."""

from collections.abc import Iterator

from contractcheck.migrations.acts import columns, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each new column of that type."""
    for act, column in columns(examined):
        if not column.name.isidentifier() or column.name != column.name.lower():
            name = f"{act.table}.{column.name}"
            yield found("name-needs-quotes", examined, act.ran, name, column=name)
