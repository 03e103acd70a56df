"""A key counts up to 2,147,483,647 at most."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

LAST = {"int2": "32,767", "int4": "2,147,483,647"}
WORDS = {"int2": "smallint", "int4": "integer"}
SERIAL = {"smallserial": "int2", "serial2": "int2", "serial": "int4", "serial4": "int4"}

ABOUT = (op.CreateTable,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such column of a new table."""
    for act in acts(examined):
        if not isinstance(act.operation, op.CreateTable):
            continue
        keys = {c.columns for c in act.operation.constraints if c.kind == "primary key"}
        for column in act.operation.columns:
            kind = SERIAL.get(column.type.name) or (column.type.name if column.identity else "")
            key = (column.name,) in keys or any(c.kind == "primary key" for c in column.constraints)
            if key and kind in LAST:
                name = f"{act.table}.{column.name}"
                parameters = {"column": name, "type": WORDS[kind], "last": LAST[kind]}
                yield found("key-runs-out", examined, act.ran, name, **parameters)
