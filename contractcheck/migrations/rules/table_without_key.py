"""A table has no primary key."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table that the migration makes and leaves without a key."""
    keyed = {
        act.table
        for act in acts(examined)
        if isinstance(act.action, op.AddConstraint) and act.action.constraint.kind == "primary key"
    }
    for act in acts(examined):
        made = act.operation
        if not isinstance(made, op.CreateTable) or made.bound is not None or made.parents or made.likes or made.of_type:
            continue
        inline = any(c.kind == "primary key" for column in made.columns for c in column.constraints)
        if not inline and not any(c.kind == "primary key" for c in made.constraints) and act.table not in keyed:
            yield found("table-without-key", examined, act.ran, act.table, table=act.table)
