"""Logical replication cannot tell the rows of a table apart."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

EFFECTS = {
    "n": ("NOTHING", "UPDATE and DELETE fail once it is published"),
    "f": ("FULL", "every UPDATE and DELETE logs the whole old row"),
}

ABOUT = (op.SetTable,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such setting of a table that was there before."""
    for act in acts(examined):
        match act.action:
            case op.SetTable("replica identity", (str(identity), _)) if identity in EFFECTS:
                if act.table not in examined.fresh:
                    words, effect = EFFECTS[identity]
                    parameters = {"table": act.table, "identity": words, "effect": effect}
                    yield found("replica-identity-weakened", examined, act.ran, act.table, **parameters)
            case _:
                continue
