"""Rows that code of the previous release inserts get another value, or none."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each default set or dropped on a column that was there before the checked range."""
    own = set(examined.new_columns)
    for act in acts(examined):
        if isinstance(act.action, op.AddColumn):
            own.add((act.table, act.action.column.name))
        match act.action:
            case op.SetDefault(column, default) if act.table not in examined.fresh and (act.table, column) not in own:
                how = "has no default any more" if default is None else "has another default"
                name = f"{act.table}.{column}"
                yield found("default-changed", examined, act.ran, name, column=name, how=how)
            case _:
                continue
