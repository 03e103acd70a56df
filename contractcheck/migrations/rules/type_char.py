"""A column is char(n)."""

from collections.abc import Iterator

from contractcheck.migrations.acts import columns, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each new column of that type."""
    for act, column in columns(examined):
        if column.type.name in {"bpchar", "char"} and column.type.schema == "pg_catalog":
            name = f"{act.table}.{column.name}"
            yield found("type-char", examined, act.ran, name, column=name)
