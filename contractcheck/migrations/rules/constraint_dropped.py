"""The server stops to enforce a constraint."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.DropConstraint,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each constraint of a table that stays."""
    made = {
        (act.table, act.action.constraint.name) for act in acts(examined) if isinstance(act.action, op.AddConstraint)
    }
    gone = {table for ran in examined.up for table, data in ran.effects.data.items() if data.dropped}
    for act in acts(examined):
        match act.action:
            case op.DropConstraint(name) if act.table not in examined.fresh | gone and (act.table, name) not in made:
                yield found(
                    "constraint-dropped", examined, act.ran, f"{act.table} {name}", table=act.table, constraint=name
                )
            case _:
                continue
