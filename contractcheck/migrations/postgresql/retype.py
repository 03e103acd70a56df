"""ALTER COLUMN TYPE: rewrite or not, and what is rebuilt, checked again or in the way."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Constraint, Index, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, availability, columns, generated, indexes, keys, rows, types
from contractcheck.migrations.postgresql.drops import index_uses, lock_referenced
from contractcheck.migrations.postgresql.expressions import UNKNOWN, column_names, infer
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter


def alter_type(alter: Alter, number: int, action: op.AlterColumnType) -> None:
    """ALTER COLUMN TYPE of a table and everything below it (ATPrepAlterColumnType, ATExecAlterColumnType)."""
    run = alter.run
    table = run.current(number)
    if table.of_type is not None:
        raise FailureError("cannot alter column type of typed table")
    top = run.column(table, action.column)
    if top.inherited and table.parents:
        raise FailureError(f'cannot alter inherited column "{top.name}"')
    if alter.only and run.catalog.children.get(number):
        raise FailureError(f'type of inherited column "{top.name}" must be changed in child tables too')
    target = types.resolve(action.type, run.catalog, run.path)
    if action.type.schema is None and action.type.name in types.SERIAL:
        raise FailureError(f'type "{action.type.name}" does not exist')
    if target is None:
        columns.unknown_type(run, action.type)
    availability.check_type(run, target)
    if top.generated == "virtual":
        generated.check_virtual(run, top.name, target)
    if action.collation is not None and target is not None and not indexes.collates(run, target):
        raise FailureError(f"collations are not supported by type {types.words(target, run.catalog)}")
    for child in alter.family(number):
        column = run.current(child).column(action.column)
        parents = set(run.current(child).parents) & {number, *run.catalog.descendants(number)}
        if column is not None and child != number and column.inherited > len(parents):
            raise FailureError(f'cannot alter inherited column "{column.name}" of relation "{run.current(child).name}"')
        if column is not None:
            _one(alter, run.current(child), column, target, action)
    for child in (number, *run.catalog.descendants(number)):
        for index in run.catalog.indexes_of(child):
            if index.partitioned and not index.valid and index_uses(index, top.number, top.name):
                indexes.complete(run, index, alter.lock)


def _one(alter: Alter, table: Table, column: Column, target: Type | None, action: op.AlterColumnType) -> None:
    run = alter.run
    columns.check_partition_key(table, column, "alter column")
    _in_the_way(run, table, column)
    if column.generated and action.using is not None:
        raise FailureError(f'cannot specify USING when altering type of generated column "{column.name}"')
    if action.using is not None and any(kind == "SubLink" for kind, _ in walk(action.using)):
        raise FailureError("cannot use subquery in transform expression")
    work = alter.work(table.number)
    if column.number in work.added:
        raise FailureError("a column added by the same ALTER TABLE changes its type")
    changed = replace(
        column, storage=None, type=target, collation=action.collation, unknown=types.spelled(action.type, target)
    )
    if column.number in work.retyped:
        raise FailureError(f'cannot alter type of column "{column.name}" twice')
    if target != column.type:
        work.retyped.append(column.number)
    rewrite: bool | None = False
    if column.type is None or target is None:
        why = f"the type of {table.key}.{column.name} before is not known: the change may or may not rewrite the table"
        run.doubt(why, schema=column.type is None and target is None)
    else:
        verdict = types.convert(column.type, target, action.using, column.name, run.catalog, run.session)
        if action.using is not None:
            analysis.sound(run, action.using, table)
            _result_fits(run, table, action.using, target)
        if verdict.possible is False:
            raise FailureError(f'column "{column.name}" cannot be cast automatically: {verdict.why}')
        rewrite = verdict.rewrite
        if rewrite is None:
            rewrite = True
            run.doubt(f"{table.key}.{column.name}: {verdict.why}", schema=verdict.possible is None)
        _convert_default(run, column, target)
        if verdict.computed and rows.refused(run, table, column, target, action.using):
            raise FailureError(f"a value of {table.key}.{column.name} does not fit {types.words(target, run.catalog)}")
        if verdict.computed:
            run.note(f"fails if a value of {table.key}.{column.name} does not fit")
            if not types.fits(column.type, target, action.using, column.name, run.catalog):
                change = f"{types.words(column.type, run.catalog)} to {types.words(target, run.catalog)}"
                run.remark("may not fit", f"{table.key}.{column.name}", change)
    if column.generated == "virtual":
        rewrite = False
    if table.kind in {"table", "matview"} and rewrite:
        work.rewrite = True
    if action.using is not None:
        run.blank.discard((table.number, column.number))
    after = replace(
        run.current(table.number), rows=rows.converted(run, run.current(table.number), column, target, action.using)
    )
    run.catalog.put(after.with_column(changed))
    if column.identity:
        for sequence in run.catalog.owned_sequences(table.number, column.number):
            if sequence.identity and target is not None:
                run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
                base = types.base_type(target, run.catalog).base
                if base not in {"int2", "int4", "int8"}:
                    raise FailureError("identity column type must be smallint, integer, or bigint")
                run.catalog.put(replace(sequence, type=str(base)))
    for sequence in run.catalog.owned_sequences(table.number, column.number):
        if not sequence.identity and sequence.type != "int8" and target == Type("int8"):
            run.remark("sequence left small", f"{table.key}.{column.name}", str(sequence.key))
    if table.kind == "partitioned table":
        work.rewrite = False
    _rebuild(alter, table, column, changed, rewrite=bool(rewrite))


def _result_fits(run: Run, table: Table, using: op.Node, target: Type) -> None:
    """Refuse a USING whose result cannot be cast automatically to the new type."""
    found = infer(using, run.scope(table))
    if found is not None and found != UNKNOWN and types.way(found, target, run.catalog, "a", run.version) is None:
        words = types.words(target, run.catalog)
        raise FailureError(f"result of USING clause cannot be cast automatically to type {words}")


def _in_the_way(run: Run, table: Table, column: Column) -> None:
    """What forbids the change of a column's type (ATExecAlterColumnType's scan of pg_depend)."""
    for view in run.catalog.tables():
        if (table.number, column.number) in view.reads:
            raise FailureError(f"cannot alter type of a column used by view {view.key}")
        if any((table.number, column.number) in rule.reads for rule in view.rules):
            raise FailureError("cannot alter type of a column used by a view or rule")
        if any((table.number, column.number) in policy.reads for policy in view.policies):
            raise FailureError("cannot alter type of a column used in a policy definition")
    for trigger in table.triggers:
        if column.number in trigger.columns or column.name in column_names(trigger.when):
            raise FailureError(f"cannot alter type of a column used in a trigger definition ({trigger.name})")
    for policy in table.policies:
        if column.name in column_names(policy.using) | column_names(policy.check):
            raise FailureError(f"cannot alter type of a column used in a policy definition ({policy.name})")
    for other in table.columns:
        if other.generated and other.number != column.number and column.name in column_names(other.default):
            raise FailureError(f"cannot alter type of a column used by a generated column ({other.name})")
    if not run.catalog.complete and not run.knows(table):
        run.note(f"a view or trigger that uses {column.name} would make it fail")


def _convert_default(run: Run, column: Column, target: Type) -> None:
    """Refuse a default that cannot be cast automatically to the new type."""
    if column.default is None or column.generated or column.type is None:
        return
    found = infer(column.default, run.scope())
    if found is None:
        return
    source = column.type if found == UNKNOWN else found
    if types.way(source, target, run.catalog, "a", run.version) is None:
        words = types.words(target, run.catalog)
        raise FailureError(f'default for column "{column.name}" cannot be cast automatically to type {words}')


def _rebuild(alter: Alter, table: Table, old: Column, new: Column, *, rewrite: bool) -> None:
    """Indexes and constraints that depend on the column are made again; what can be reused is."""
    run = alter.run
    _read_again(run, table, old)
    for index in run.catalog.indexes_of(table.number):
        if not index_uses(index, old.number, old.name):
            continue
        run.lock(index.number, Lock.ACCESS_EXCLUSIVE)
        if index.partitioned:
            continue
        if not index.valid:  # made anew, it is whole
            run.catalog.put(replace(index, valid=True))
        known = old.type is not None and new.type is not None
        if known and not rewrite and not _reusable(run, index, old, new):
            run.rebuilds.add(index.number)
            run.scan(table.number)
        _still_indexable(run, index, new)
    work = alter.work(table.number)
    for constraint in run.current(table.number).constraints:
        if constraint.kind == "check" and old.name in column_names(constraint.expression):
            if constraint.validated:
                work.checks.append(constraint.number)
        elif constraint.kind == "foreign key" and old.number in constraint.columns:
            _key(alter, table, constraint, old, new, rewrite=rewrite)
    for other, constraint in list(run.catalog.referencing(table.number)):
        if old.number in constraint.referenced and not (
            other.number == table.number and old.number in constraint.columns
        ):
            run.lock(other.number, Lock.ACCESS_EXCLUSIVE)
            _key(alter, other, constraint, old, new, rewrite=rewrite, referenced=True)


def _read_again(run: Run, table: Table, old: Column) -> None:
    """Refuse the new type where a CHECK or an index over the column cannot be made again with it."""
    if old.type is None or not run.knows(table):
        return
    expressions = [(c.expression, "CHECK") for c in table.constraints if c.kind == "check"]
    for index in run.catalog.indexes_of(table.number):
        expressions += [(index.predicate, "WHERE"), *((key.expression, "") for key in index.keys)]
    before, now = run.scope(table), run.scope(run.current(table.number))

    def as_it_was(parts: tuple[str, ...]) -> Type | None:
        return old.type if parts[-1] == old.name else before.column(parts)

    scope = replace(before, column=as_it_was)
    for node, place in expressions:
        if node is not None and old.name in column_names(node):
            why = analysis.problem(analysis.settled(node, scope), now, boolean=place)
            if why is not None:
                raise FailureError(why)


def _still_indexable(run: Run, index: Index, column: Column) -> None:
    if column.type is None:
        return
    for key in index.keys:
        if key.column == column.number and key.opclass is None:
            indexes.check_opclass(run, column.type, index.method)
        elif key.column == column.number and not indexes.takes(run, column.type, index.method, key.opclass or ""):
            words = types.words(column.type, run.catalog)
            raise FailureError(f'operator class "{key.opclass}" does not accept data type {words}')


def _reusable(run: Run, index: Index, old: Column, new: Column) -> bool:
    """CheckIndexCompatible(): no expressions, no predicate, same operator classes and collations."""
    if index.predicate is not None or any(key.expression is not None for key in index.keys) or not index.valid:
        return False
    if (old.collation or "default") != (new.collation or "default") and indexes.collates(run, new.type):
        return False
    for key in index.keys:
        if key.column != old.number or key.opclass is not None:
            continue
        if old.type is None or new.type is None:
            return False
        if indexes.default_opclass(run, old.type, index.method) != indexes.default_opclass(run, new.type, index.method):
            return False
        if index.method == "gin" and new.type.array:
            return False  # the index keeps elements, so its column never has the type of the table's
        before, after = types.base_type(old.type, run.catalog), types.base_type(new.type, run.catalog)
        polymorphic = before.array or types.category(before, run.catalog) in "RE"
        if polymorphic and (before.base, before.array) != (after.base, after.array):
            return False
        if indexes.collates(run, old.type) != indexes.collates(run, new.type):
            return False
    return True


def _key(
    alter: Alter,
    table: Table,
    constraint: Constraint,
    old: Column,
    new: Column,
    *,
    rewrite: bool,
    referenced: bool = False,
) -> None:
    """A foreign key on the column is made again: both tables are locked; rows are looked up if the operator changes."""
    run = alter.run
    lock_referenced(run, constraint, remade=True)
    target = run.current(constraint.references) if constraint.references in run.catalog.relations else None
    if target is None:
        return
    same = True
    for mine, theirs in zip(constraint.columns, constraint.referenced, strict=False):
        left = run.current(table.number).numbered(mine)
        right = run.current(target.number).numbered(theirs)
        if left is None or right is None or left.type is None or right.type is None or old.type is None:
            continue
        if not keys.comparable(run, left.type, right.type):
            raise FailureError(f'foreign key constraint "{constraint.name}" cannot be implemented')
        if mine == old.number and not referenced:
            same = same and keys.operator_of(run, old.type, right.type) == keys.operator_of(run, new.type, right.type)
        elif theirs == old.number and referenced:
            same = same and keys.operator_of(run, left.type, old.type) == keys.operator_of(run, left.type, new.type)
    if constraint.validated and constraint.enforced and (rewrite or not same):
        alter.keys.append((table.number, constraint.number))
