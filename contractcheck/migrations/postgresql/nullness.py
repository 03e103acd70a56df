"""NOT NULL: SET and DROP, the named constraints of 18, and the CHECKs that prove it."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Index, Table
from contractcheck.migrations.postgresql import naming
from contractcheck.migrations.postgresql.expressions import (
    proves_not_null,
)
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter


def add_not_null(alter: Alter, number: int, name: str, wanted: op.ConstraintDef | None = None) -> None:
    """SET NOT NULL, or the named constraint of 18: reads the table unless a valid CHECK proves it."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    if alter.only and table.kind == "partitioned table" and run.catalog.children.get(number) and not column.not_null:
        below = [run.current(c).column(name) for c in run.catalog.children[number]]
        if not all(c is not None and c.not_null for c in below):
            raise FailureError("constraint must be added to child tables too")
    strict = alter.only and run.version >= 18 and bool(run.catalog.children.get(number))
    if strict and not column.not_null and not (wanted is not None and wanted.no_inherit):
        raise FailureError("constraint must be added to child tables too")
    if run.version < 18 and run.knows(table) and column.not_null and table.kind == "partitioned table":
        return  # so are the partitions'; children by INHERITS need not be
    if run.version >= 18 and run.knows(table) and _already(table, column, wanted):
        return
    label = wanted.name if wanted else None
    for child in alter.family(number, recurse=False if wanted is not None and wanted.no_inherit else None):
        now = run.current(child)
        column = run.column(now, name)
        validated = wanted is None or wanted.validated
        if column.not_null:
            if validated and not column.not_null_valid:
                run.catalog.put(run.current(child).with_column(replace(column, not_null_valid=True)))
                alter.work(child).not_null.append(column.number)
            continue
        if label is None and run.version >= 18:  # the children's have the name of the parent's
            label = naming.constraint_name(run, now, (name,), "not_null")
        changed = replace(
            column,
            not_null=True,
            not_null_name=label,
            not_null_valid=validated,
            not_null_no_inherit=wanted is not None and wanted.no_inherit,
        )
        run.catalog.put(run.current(child).with_column(changed))
        if validated and not proved(run.current(child), name):
            alter.work(child).not_null.append(column.number)
            if not run.knows(now):
                run.doubt(f"whether a CHECK on {now.key} already proves {name} is not null is not known", schema=False)


def _already(table: Table, column: Column, wanted: op.ConstraintDef | None) -> bool:
    """From 18: whether the column has its NOT NULL, so that nothing is left to do, not even below.

    Raises FailureError for another name, or another inheritance, than that of the constraint that is there.
    """
    if wanted is not None and wanted.no_inherit and table.kind == "partitioned table":
        raise FailureError("not-null constraints on partitioned tables cannot be NO INHERIT")
    if not column.not_null:
        return False
    if wanted is not None and wanted.name is not None and wanted.name != column.not_null_name:
        raise FailureError(f'cannot create not-null constraint "{wanted.name}" on column "{column.name}"')
    if wanted is not None and wanted.no_inherit != column.not_null_no_inherit:
        raise FailureError(f'cannot change NO INHERIT status of NOT NULL constraint "{column.not_null_name}"')
    if not column.not_null_valid:
        if wanted is not None and wanted.validated:
            raise FailureError(f'incompatible NOT VALID constraint "{column.not_null_name}"')
        return wanted is not None
    return True


def inherits_not_null(run: Run, table: Table, column: Column) -> bool:
    """Whether a column's NOT NULL comes from a parent."""
    above = [run.current(n).column(column.name) for n in table.parents if n in run.catalog.relations]
    return any(c is not None and c.not_null and not c.not_null_no_inherit for c in above)


def proved(table: Table, name: str) -> bool:
    """Whether a valid CHECK proves a column not null."""
    return any(
        c.kind == "check"
        and c.validated
        and c.enforced
        and c.expression is not None
        and proves_not_null(c.expression, name)
        for c in table.constraints
    )


def drop_not_null(alter: Alter, number: int, name: str) -> None:
    """DROP NOT NULL. Raises FailureError for a column of a primary key or an identity column."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    if column.identity:
        raise FailureError(f'column "{name}" of relation "{table.name}" is an identity column')
    if any(c.kind == "primary key" and column.number in c.columns for c in table.constraints):
        raise FailureError(f'column "{name}" is in a primary key')
    if table.replica_identity[0] == "i":
        used = run.catalog.lookup(table.replica_identity[1] or "", table.schema, ())
        if isinstance(used, Index) and column.number in used.columns:
            raise FailureError(f'column "{name}" is in index used as replica identity')
    if alter.only and table.kind == "partitioned table" and run.version < 18 and run.catalog.children.get(number):
        raise FailureError("cannot remove constraint from only the partitioned table when partitions exist")
    for parent in table.parents:
        above = run.current(parent).column(name)
        if table.partition and above is not None and above.not_null:
            raise FailureError(f'column "{name}" is marked NOT NULL in parent table')
    if run.version >= 18 and alter.only and column.not_null:  # what they inherit becomes their own
        alter.family(number, recurse=True)
    for child in alter.family(number, recurse=None if column.not_null or run.version < 18 else False):
        inner = run.current(child).column(name)
        if inner is not None:
            run.catalog.put(run.current(child).with_column(replace(inner, not_null=False, not_null_name=None)))
