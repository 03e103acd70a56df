"""A column is serial."""

from collections.abc import Iterator

from contractcheck.migrations.acts import columns, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each new column of that type."""
    for act, column in columns(examined):
        if column.type.name in {"serial", "serial4", "serial8", "bigserial", "smallserial", "serial2"}:
            name = f"{act.table}.{column.name}"
            yield found("type-serial", examined, act.ran, name, column=name)
