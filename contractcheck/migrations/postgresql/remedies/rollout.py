"""What code of the previous release must not meet: it is done in a later release, after what makes it harmless."""

from collections.abc import Iterator

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.postgresql.remedies import constraints, twins
from contractcheck.migrations.postgresql.remedies.rows import batched
from contractcheck.migrations.postgresql.remedies.scene import (
    Scene,
    alone,
    here,
    literal,
    name_of,
    quoted,
    released,
    text,
    tree,
)
from contractcheck.model.finding import RemedyStep, When

UNUSED = "when no code reads or writes it any more"


def postponed(scene: Scene) -> Iterator[RemedyStep]:
    """The statement as it is, in a later release."""
    yield released(scene.sql, UNUSED)


def dropped(scene: Scene) -> Iterator[RemedyStep]:
    """A column goes in a later release; until then rows are written without it."""
    action, table = scene.action, scene.known(scene.table)
    if not isinstance(action, op.DropColumn):
        yield from removed(scene)
        return
    column = table.column(action.column) if table is not None else None
    keyed = table is not None and any(
        constraint.kind == "primary key" and column is not None and column.number in constraint.columns
        for constraint in table.constraints
    )
    if column is not None and table is not None and column.not_null and column.default is None and not keyed:
        note = "code that does not know the column any more can write rows"
        yield here(f"ALTER TABLE {name_of(table)} ALTER COLUMN {quoted(column.name)} DROP NOT NULL", note)
    yield released(scene.sql, UNUSED)


def removed(scene: Scene) -> Iterator[RemedyStep]:
    """A table goes in a later release, its foreign keys first: each locks the table that it refers to."""
    operation = scene.operation
    if not isinstance(operation, op.Drop) or operation.kind != "table":
        yield released(scene.sql, UNUSED)
        return
    first = True
    for parts in operation.names:
        ref = op.Ref(parts[-1], parts[-2] if len(parts) > 1 else None)
        table = scene.known(ref)
        for constraint in table.constraints if table is not None else ():
            other = scene.catalog.relations.get(constraint.references or 0)
            if constraint.kind == "foreign key" and constraint.parent is None and other is not table:
                sql = f"ALTER TABLE {name_of(ref)} DROP CONSTRAINT {quoted(constraint.name)}"
                yield released(sql, UNUSED if first else "")
                first = False
    if first:
        yield released(scene.sql, UNUSED)
    else:
        yield RemedyStep(f"{scene.sql};", When.LATER)


def renamed(scene: Scene) -> Iterator[RemedyStep]:
    """A view of the former name takes reads and writes of the previous release (manual, Updatable Views)."""
    operation = scene.operation
    if isinstance(operation, op.Rename) and operation.kind == "table" and operation.table is not None:
        former = operation.table
        new = replace(former, name=operation.new_name)
    elif isinstance(operation, op.SetSchema) and operation.kind == "table" and operation.table is not None:
        former = operation.table
        new = replace(former, schema=operation.new_schema)
    else:
        return
    yield here(scene.sql)
    yield here(f"CREATE VIEW {name_of(former)} AS SELECT * FROM {name_of(new)}")  # noqa: S608 - for people to read
    yield released(f"DROP VIEW {name_of(former)}", UNUSED)


def refused(scene: Scene) -> Iterator[RemedyStep]:
    """A rule for rows comes when all code that runs keeps it."""
    note = "when all code that runs keeps it"
    match scene.action:
        case op.AddConstraint():
            steps = list(constraints.added(scene))
        case op.SetNotNull():
            steps = list(constraints.proved(scene))
        case op.AddColumn(column) if column.default is None and scene.table is not None:
            yield from _optional_first(scene, scene.table, column)
            return
        case _:
            from contractcheck.migrations.postgresql.remedies import indexes

            steps = list(indexes.built(scene))
    yield from later_release(steps or [here(scene.sql)], note)


def _optional_first(scene: Scene, table: op.Ref, column: op.ColumnDef) -> Iterator[RemedyStep]:
    """A column that must be filled is one that may be filled, until all code does."""
    statement = tree(scene.sql)
    if statement is None or column.constraints:
        return
    made = statement.cmds[0].def_
    made.constraints = None
    yield here(text(statement))
    steps = list(constraints.not_null(table, (column.name,)))
    yield from later_release(steps, "when all code fills it, and the rows that were there before are filled")


def later_release(steps: list[RemedyStep], note: str) -> Iterator[RemedyStep]:
    """The steps from a later release on; what runs outside of a transaction is there a step of its own."""
    for number, step in enumerate(steps):
        if number:
            yield step
        elif step.when is When.ALONE:
            yield RemedyStep(step.sql, When.RELEASE_ALONE, note)
        else:
            yield RemedyStep(step.sql, When.RELEASE, note)


def relabelled(scene: Scene) -> Iterator[RemedyStep]:
    """The new value of an enum beside the former; rows change over when all code knows both.

    A value cannot be dropped from an enum: the former stays, unused.
    """
    operation = scene.operation
    if not isinstance(operation, op.AlterEnum) or operation.old is None:
        return
    name = name_of(operation.name)
    new, old = literal(operation.new), literal(operation.old)
    yield alone(f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {new} AFTER {old}")
    kind = scene.catalog.lookup_type(operation.name.name, operation.name.schema, ("public",))
    first = True
    for table in scene.catalog.relations.values():
        if not isinstance(table, Table) or table.kind != "table" or kind is None:
            continue
        for column in table.columns:
            if column.type is None or column.type.base != kind.number or column.type.array:
                continue
            where, what = name_of(table), quoted(column.name)
            step = batched(f"UPDATE {where} SET {what} = {new}", where, f"{what} = {old}", scene.server)  # noqa: S608
            note = f"when all code reads both and writes {operation.new}; {operation.old} stays in the type, unused"
            yield replace(step, when=When.RELEASE_ALONE, note=note) if first else step
            first = False


retyped = twins.retyped
"""A column of another type: see `twins`."""
