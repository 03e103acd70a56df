"""Constraints that are added without a look at the rows, and proved later, while everybody works."""

from collections.abc import Iterator

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql.remedies.scene import (
    Scene,
    alone,
    beside,
    here,
    later,
    means,
    name_of,
    quoted,
    text,
    tree,
)
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.model.finding import RemedyStep


def added(scene: Scene) -> Iterator[RemedyStep]:
    """A CHECK or foreign key not validated, then validated; a key by an index that is built concurrently."""
    operation, action = scene.operation, scene.action
    if not isinstance(operation, op.AlterTable) or not isinstance(action, op.AddConstraint):
        return
    constraint = action.constraint
    match constraint.kind:
        case "check" | "foreign key" if constraint.validated and constraint.enforced:
            yield from _validated_later(scene, operation, constraint)
        case "not null" if constraint.validated and constraint.columns:
            yield from not_null(operation.table, constraint.columns, constraint.name)
        case "unique" | "primary key" if constraint.index is None:
            yield from by_index(scene, operation.table, constraint)
        case _:
            return


def not_null(table: op.Ref, columns: tuple[str, ...], called: str | None = None) -> Iterator[RemedyStep]:
    """A CHECK that proves the column not null is added, validated without keeping writers out, used, and dropped."""
    names = {column: make_name(table.name, column, "not_null_check") for column in columns}
    for column, name in names.items():
        check = f"ADD CONSTRAINT {quoted(name)} CHECK ({quoted(column)} IS NOT NULL) NOT VALID"
        yield here(f"ALTER TABLE {name_of(table)} {check}")
    for name in names.values():
        yield later(f"ALTER TABLE {name_of(table)} VALIDATE CONSTRAINT {quoted(name)}")
    first = True
    for column, name in names.items():
        how = f"ALTER COLUMN {quoted(column)} SET NOT NULL"
        if called is not None:
            how = f"ADD CONSTRAINT {quoted(called)} NOT NULL {quoted(column)}"
        yield (later if first else here)(f"ALTER TABLE {name_of(table)} {how}")
        yield here(f"ALTER TABLE {name_of(table)} DROP CONSTRAINT {quoted(name)}")
        first = False


def _validated_later(scene: Scene, operation: op.AlterTable, constraint: op.ConstraintDef) -> Iterator[RemedyStep]:
    name = constraint.name or _default_name(operation.table, constraint)
    if name is None:
        return
    better = _not_valid(scene.sql, name)
    wanted = op.AddConstraint(replace(constraint, name=name, validated=False))
    if better is None or not means(better, replace(operation, actions=(wanted,))):
        return
    yield here(better)
    yield later(f"ALTER TABLE {name_of(operation.table)} VALIDATE CONSTRAINT {quoted(name)}")


def _not_valid(sql: str, name: str) -> str | None:
    """The statement with the constraint named and not validated: as written where it has a name, else printed."""
    statement = tree(sql)
    if statement is None:
        return None
    made = statement.cmds[0].def_
    if made.conname is not None:
        return f"{sql} NOT VALID"
    made.conname, made.skip_validation, made.initially_valid = name, True, False
    return text(statement)


def _default_name(table: op.Ref, constraint: op.ConstraintDef) -> str | None:
    """What the server calls it (ChooseConstraintName): by the column it is about, if that is one."""
    if constraint.kind == "foreign key":
        return make_name(table.name, "_".join(constraint.columns), "fkey")
    from contractcheck.migrations.postgresql.deparse import deparse
    from contractcheck.migrations.postgresql.expressions import column_names

    if constraint.expression is None or deparse(constraint.expression) is None:
        return None
    found = column_names(constraint.expression)
    return make_name(table.name, next(iter(found)) if len(found) == 1 else "", "check")


def by_index(
    scene: Scene, table: op.Ref, constraint: op.ConstraintDef, *, filled: bool = False
) -> Iterator[RemedyStep]:
    """The index is built while everybody works; the constraint takes it over.

    `filled`: the columns of a primary key are already proved to be not null.
    """
    plain = op.ConstraintDef(kind=constraint.kind)
    told = replace(
        constraint, name=None, columns=(), keys=(), include=(), deferrable=False, deferred=False, nulls_distinct=True
    )
    if told != plain:
        return
    label = "pkey" if constraint.kind == "primary key" else "key"
    name = constraint.name or make_name(table.name, "" if label == "pkey" else "_".join(constraint.columns), label)
    if constraint.kind == "primary key" and not filled:
        known = scene.known(table)
        proved = {c.name for c in known.columns if c.not_null} if known is not None else set()
        yield from not_null(table, tuple(column for column in constraint.columns if column not in proved))
    columns = ", ".join(map(quoted, constraint.columns))
    include = f" INCLUDE ({', '.join(map(quoted, constraint.include))})" if constraint.include else ""
    nulls = "" if constraint.nulls_distinct else " NULLS NOT DISTINCT"
    yield alone(f"DROP INDEX CONCURRENTLY IF EXISTS {beside(table, name)}")
    yield alone(f"CREATE UNIQUE INDEX CONCURRENTLY {quoted(name)} ON {name_of(table)} ({columns}){include}{nulls}")
    kind = constraint.kind.upper()
    late = (" DEFERRABLE" if constraint.deferrable else "") + (" INITIALLY DEFERRED" if constraint.deferred else "")
    made = f"ADD CONSTRAINT {quoted(name)} {kind} USING INDEX {quoted(name)}{late}"
    yield here(f"ALTER TABLE {name_of(table)} {made}")


def proved(scene: Scene) -> Iterator[RemedyStep]:
    """SET NOT NULL by the proof of a CHECK."""
    if isinstance(scene.operation, op.AlterTable) and isinstance(scene.action, op.SetNotNull):
        yield from not_null(scene.operation.table, (scene.action.column,))
