"""Code of the previous release inserts rows without a column that is required now."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column of a table that was there before the checked range.

    That is a column added NOT NULL that fills itself by nothing, or one that was there and becomes NOT NULL.
    """
    for act in acts(examined):
        if not act.table or act.table in examined.fresh:
            continue
        match act.action:
            case op.AddColumn(column) if _required(column):
                how = "is new, NOT NULL and has no default"
                name = column.name
            case op.SetNotNull(name) if (act.table, name) not in examined.new_columns:
                how = "becomes NOT NULL"
            case op.SetDefault(name, None) if _must_be_filled(examined, act.table, name):
                how = "is NOT NULL and loses its default"
            case _:
                continue
        yield found("column-required", examined, act.ran, f"{act.table}.{name}", column=f"{act.table}.{name}", how=how)


def _must_be_filled(examined: Examined, table: str, name: str) -> bool:
    """Whether a column that was there before is NOT NULL, and filled itself until now."""
    if examined.before is None or examined.after is None or (table, name) in examined.new_columns:
        return False
    schema, _, bare = table.rpartition(".")
    sides = [each.lookup(bare, schema or None, ("public",)) for each in (examined.before, examined.after)]
    was, now = (each.column(name) if isinstance(each, Table) else None for each in sides)
    return (
        was is not None and was.default is not None and now is not None and now.not_null and not now.identity
    ) and now.default is None


def _required(column: op.ColumnDef) -> bool:
    """Whether an INSERT has to name the column."""
    serial = column.type.name in {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"}
    filled = column.default is not None or column.generated or column.identity or serial
    keyed = any(constraint.kind == "primary key" for constraint in column.constraints)
    return (column.not_null or keyed) and not filled
