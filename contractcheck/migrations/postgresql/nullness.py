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
    if run.version < 18:
        _mark(alter, table, column)
    elif wanted is None:
        _set(alter, number, name, None)
    else:
        if wanted.no_inherit and table.kind == "partitioned table":
            raise FailureError("not-null constraints on partitioned tables cannot be NO INHERIT")
        _add(alter, number, name, wanted)


def _mark(alter: Alter, table: Table, column: Column) -> None:
    """Up to 17: a mark of the column, also of everything below (ATPrepSetNotNull)."""
    run = alter.run
    below = run.catalog.children.get(table.number, ())
    if alter.only and table.kind == "partitioned table" and below and not column.not_null:
        for child in below:
            run.lock(child, alter.lock)
        inner = [run.current(c).column(column.name) for c in below]
        if not all(c is not None and c.not_null for c in inner):
            raise FailureError("constraint must be added to child tables too")
    if run.knows(table) and column.not_null and table.kind == "partitioned table":
        return  # so are the partitions'; children by INHERITS need not be
    for child in alter.family(table.number):
        now = run.current(child)
        mine = run.column(now, column.name)
        if not mine.not_null:
            _put(alter, now, replace(mine, not_null=True))


def _put(alter: Alter, table: Table, column: Column) -> None:
    """Store a column that is NOT NULL now, and have its rows looked at unless a CHECK did."""
    run = alter.run
    run.catalog.put(run.current(table.number).with_column(column))
    if column.not_null_valid and not proved(run.current(table.number), column.name):
        alter.work(table.number).not_null.append(column.number)
        if not run.knows(table):
            why = f"whether a CHECK on {table.key} already proves {column.name} is not null is not known"
            run.doubt(why, schema=False)


def _set(alter: Alter, number: int, name: str, label: str | None, *, recursing: bool = False) -> None:
    """SET NOT NULL of 18 (ATExecSetNotNull): what is there is taken as it is, and nothing below it looked at."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    if column.not_null:
        if column.not_null_no_inherit and not alter.only:
            raise FailureError(f'cannot change NO INHERIT status of NOT NULL constraint "{column.not_null_name}"')
        if recursing:
            return
        if not column.not_null_local:
            run.catalog.put(run.current(number).with_column(replace(column, not_null_local=True)))
        elif not column.not_null_valid:
            validate(alter, number, column)
        return
    below = run.catalog.children.get(number, ())
    if alter.only and below and table.kind == "partitioned table":
        raise FailureError("constraint must be added to child tables too")
    label = label or naming.constraint_name(run, table, (name,), "not_null")
    made = replace(
        column,
        not_null=True,
        not_null_name=label,
        not_null_valid=True,
        not_null_no_inherit=alter.only and bool(below),
        not_null_local=not recursing,
    )
    _put(alter, table, made)
    for child in () if alter.only else below:
        run.lock(child, alter.lock)
        _set(alter, child, name, label, recursing=True)


def inherit_not_null(alter: Alter, number: int, column: Column) -> None:
    """ALTER CONSTRAINT ... INHERIT: the children get it too, whether ONLY is said or not."""
    below = Alter(alter.run, alter.lock, only=False, queue=alter.queue, keys=alter.keys)
    for child in alter.run.catalog.children.get(number, ()):
        alter.run.lock(child, alter.lock)
        _set(below, child, column.name, column.not_null_name, recursing=True)


def _add(alter: Alter, number: int, name: str, wanted: op.ConstraintDef, *, recursing: bool = False) -> None:
    """ADD CONSTRAINT ... NOT NULL of 18 (ATAddCheckNNConstraint): children that have one keep theirs."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    if column.not_null:
        if not recursing and wanted.name is not None and wanted.name != column.not_null_name:
            raise FailureError(f'cannot create not-null constraint "{wanted.name}" on column "{column.name}"')
        if wanted.no_inherit != column.not_null_no_inherit:
            raise FailureError(f'cannot change NO INHERIT status of NOT NULL constraint "{column.not_null_name}"')
        if not column.not_null_valid and wanted.validated:
            raise FailureError(f'incompatible NOT VALID constraint "{column.not_null_name}"')
        if not recursing:
            run.catalog.put(run.current(number).with_column(replace(column, not_null_local=True)))
        return
    below = () if wanted.no_inherit else run.catalog.children.get(number, ())
    if alter.only and below:
        raise FailureError("constraint must be added to child tables too")
    label = wanted.name or naming.constraint_name(run, table, (name,), "not_null")
    made = replace(
        column,
        not_null=True,
        not_null_name=label,
        not_null_valid=wanted.validated,
        not_null_no_inherit=wanted.no_inherit,
        not_null_local=not recursing,
    )
    _put(alter, table, made)
    for child in below:
        run.lock(child, alter.lock)
        _add(alter, child, name, replace(wanted, name=label), recursing=True)


def validate(alter: Alter, number: int, column: Column) -> None:
    """VALIDATE of a NOT NULL: the table and all below it whose own is not valid (QueueNNConstraintValidation)."""
    run = alter.run
    if column.not_null_valid:
        return
    if alter.only and run.catalog.children.get(number) and not column.not_null_no_inherit:
        raise FailureError("constraint must be validated on child tables too")
    for child in alter.family(number, recurse=not column.not_null_no_inherit):
        inner = run.current(child).column(column.name)
        if inner is not None and not inner.not_null_valid:
            run.catalog.put(run.current(child).with_column(replace(inner, not_null_valid=True)))
            alter.work(child).not_null.append(inner.number)


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
    if run.version >= 18:
        if run.knows(table) and column.not_null and inherits_not_null(run, table, column):
            raise FailureError(f'cannot drop inherited constraint "{column.not_null_name}" of relation "{table.name}"')
        _drop(alter, number, name)
        return
    for child in alter.family(number):
        inner = run.current(child).column(name)
        if inner is not None:
            run.catalog.put(run.current(child).with_column(replace(inner, not_null=False, not_null_name=None)))


def _drop(alter: Alter, number: int, name: str) -> None:
    """DROP NOT NULL of 18 (dropconstraint_internal): children keep what is not only inherited, or with ONLY all."""
    run = alter.run
    column = run.column(run.current(number), name)
    if run.knows(run.current(number)) and not column.not_null:
        return
    kept = replace(
        column, not_null=False, not_null_name=None, not_null_valid=True, not_null_no_inherit=False, not_null_local=True
    )
    run.catalog.put(run.current(number).with_column(kept))
    for child in () if column.not_null_no_inherit else run.catalog.children.get(number, ()):
        run.lock(child, alter.lock)
        inner = run.current(child).column(name)
        if inner is None or not inner.not_null:
            continue
        if alter.only:
            run.catalog.put(run.current(child).with_column(replace(inner, not_null_local=True)))
        elif not inner.not_null_local and not inherits_not_null(run, run.current(child), inner):
            _drop(alter, child, name)
