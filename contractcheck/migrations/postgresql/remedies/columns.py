"""A new column without what would touch every row: default, key and constraints follow one by one."""

from collections.abc import Iterator
from typing import Any

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql.expressions import Scope, volatility
from contractcheck.migrations.postgresql.remedies import constraints
from contractcheck.migrations.postgresql.remedies.rows import batched
from contractcheck.migrations.postgresql.remedies.scene import Scene, beside, here, later, name_of, quoted, text, tree
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.model.finding import RemedyStep

_SERIALS = {"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint"} | {
    "smallserial": "smallint",
    "serial2": "smallint",
}


def added(scene: Scene) -> Iterator[RemedyStep]:
    """ADD COLUMN in parts: the column, its default for new rows, the rows there are in batches, the constraints."""
    action, table, statement = scene.action, scene.table, tree(scene.sql)
    if not isinstance(action, op.AddColumn) or table is None or statement is None or action.missing_ok:
        return
    column = action.column
    if column.generated or column.identity or scene.known(table) is None:
        return
    parts = tuple(statement.cmds[0].def_.constraints or ())
    serial = _SERIALS.get(column.type.name) if column.type.schema in {None, "pg_catalog"} else None
    volatile = column.default is not None and _volatile(scene, column)
    by_row = serial is not None or volatile
    at_once = column.default is not None and not volatile
    kept = {"CONSTR_DEFAULT", "CONSTR_NOTNULL"} if at_once else set[str]()
    if serial is None:
        yield here(_printed(statement, tuple(part for part in parts if part.contype.name in kept)))
    else:
        yield from _counted(table, column, serial)
    where, name = name_of(table), quoted(column.name)
    if volatile:
        default = next(text(part.raw_expr) for part in parts if part.contype.name == "CONSTR_DEFAULT")
        yield here(f"ALTER TABLE {where} ALTER COLUMN {name} SET DEFAULT {default}")
    if by_row:
        yield batched(f"UPDATE {where} SET {name} = DEFAULT", where, f"{name} IS NULL", scene.server)  # noqa: S608 - text to run
    keyed = any(each.kind == "primary key" for each in column.constraints)
    if (column.not_null or keyed or serial is not None) and not (at_once and column.not_null):
        yield from constraints.not_null(table, (column.name,))
    for each in column.constraints:
        if each.kind in {"unique", "primary key"}:
            owned = op.ConstraintDef(each.kind, each.name, (column.name,), nulls_distinct=each.nulls_distinct)
            yield from constraints.by_index(scene, table, owned, filled=True)
    for part in parts:
        yield from _proved(table, column, part)


def _printed(statement: Any, kept: tuple[Any, ...]) -> str:  # noqa: ANN401 - a node of the printer
    """The statement with those parts of the column only."""
    statement.cmds[0].def_.constraints = kept or None
    return text(statement)


def _volatile(scene: Scene, column: op.ColumnDef) -> bool:
    """Whether the default is another for each row."""
    return volatility(column.default, Scope(scene.catalog, ("public",), scene.server.version))[0] == "v"


def _counted(table: op.Ref, column: op.ColumnDef, kind: str) -> Iterator[RemedyStep]:
    """What `serial` stands for (manual, Serial Types)."""
    where, name = name_of(table), quoted(column.name)
    sequence = beside(table, make_name(table.name, column.name, "seq"))
    yield here(f"CREATE SEQUENCE {sequence}" + ("" if kind == "bigint" else f" AS {kind}"))
    yield here(f"ALTER TABLE {where} ADD COLUMN {name} {kind}")
    yield here(f"ALTER SEQUENCE {sequence} OWNED BY {where}.{name}")
    regclass = sequence.replace("'", "''")
    yield here(f"ALTER TABLE {where} ALTER COLUMN {name} SET DEFAULT nextval('{regclass}')")


def _proved(
    table: op.Ref,
    column: op.ColumnDef,
    part: Any,  # noqa: ANN401 - a node of the printer
) -> Iterator[RemedyStep]:
    """A CHECK or foreign key of the column as one of the table, under the name that the server gives it."""
    label = {"CONSTR_CHECK": "check", "CONSTR_FOREIGN": "fkey"}.get(part.contype.name)
    if label is None:
        return
    name = part.conname or make_name(table.name, column.name, label)
    part.conname = None
    rule = text(part) if label == "check" else f"FOREIGN KEY ({quoted(column.name)}) {text(part)}"
    yield here(f"ALTER TABLE {name_of(table)} ADD CONSTRAINT {quoted(name)} {rule} NOT VALID")
    yield later(f"ALTER TABLE {name_of(table)} VALIDATE CONSTRAINT {quoted(name)}")
