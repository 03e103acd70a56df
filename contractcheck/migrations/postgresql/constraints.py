"""Constraints of tables: ADD, DROP, VALIDATE, ALTER and what each proves, builds or looks up."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Constraint, Index, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, drops, indexes, keys, naming, nullness, resolution, types
from contractcheck.migrations.postgresql.expressions import (
    column_names,
    infer,
    references,
)
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter, validate_key


def add_constraint(
    alter: Alter, number: int, wanted: op.ConstraintDef, *, skip: bool = False, new: bool = False
) -> None:
    """ADD CONSTRAINT. `skip` validates no foreign key, `new` that the table is just being made."""
    run = alter.run
    table = run.current(number)
    if not wanted.enforced:
        run.need(18, "NOT ENFORCED")
    if table.kind == "foreign table" and wanted.kind not in {"check", "not null"}:
        raise FailureError(f"{wanted.kind} constraints are not supported on foreign tables")
    _name_is_free(run, table, wanted)
    if run.version >= 18 and not new:  # the children are looked up first, whatever the constraint (measured)
        alter.family(number)
    match wanted.kind:
        case "check":
            _add_check(alter, table, wanted, new=new)
        case "not null":
            run.need(18, "a named NOT NULL constraint")
            nullness.add_not_null(alter, number, wanted.columns[0], wanted)
        case "foreign key":
            keys.add_key(alter, table, wanted, skip=skip, new=new)
        case _:
            if wanted.index is not None:
                _use_index(alter, table, wanted)
            else:
                add_index_constraint(alter, table, wanted)


def _name_is_free(run: Run, table: Table, wanted: op.ConstraintDef) -> None:
    if wanted.name is None:
        return
    if run.current(table.number).constraint(wanted.name) is not None:
        raise FailureError(f'constraint "{wanted.name}" for relation "{table.name}" already exists')


def _add_check(alter: Alter, table: Table, wanted: op.ConstraintDef, *, new: bool) -> None:
    run = alter.run
    if wanted.expression is None:
        raise FailureError("a check constraint has no expression")
    names = sorted(column_names(wanted.expression) - {"*"})
    for parts in references(wanted.expression):
        if parts[-1] != "*" and not (len(parts) == 1 and parts[0] == table.name):
            run.column(table, parts[-1])
    analysis.sound(run, wanted.expression, table, boolean="CHECK")
    if any(kind == "SubLink" for kind, _ in walk(wanted.expression)):
        raise FailureError("cannot use subquery in check constraint")
    name = wanted.name or naming.constraint_name(run, table, names if len(names) == 1 else (), "check")
    below = run.catalog.children.get(table.number, ())
    if alter.only and below and not wanted.no_inherit and not new:
        raise FailureError("constraint must be added to child tables too")
    if table.kind == "partitioned table" and wanted.no_inherit:
        raise FailureError(f'cannot add NO INHERIT constraint to partitioned table "{table.name}"')
    parent: int | None = None
    parents: dict[int, int] = {}
    for child in alter.family(table.number, recurse=not wanted.no_inherit and not alter.only):
        now = run.current(child)
        parent = next((parents[p] for p in now.parents if p in parents), None)
        existing = now.constraint(name)
        if existing is not None and child != table.number:
            run.catalog.put(now.with_constraint(replace(existing, parent=parent)))
            parents[child] = existing.number
            continue
        made = Constraint(
            number=run.catalog.number(),
            name=indexes.naming_cut(name),
            kind="check",
            columns=tuple(c.number for n in names if (c := now.column(n))),
            expression=wanted.expression,
            validated=wanted.validated and wanted.enforced,
            enforced=wanted.enforced,
            no_inherit=wanted.no_inherit,
            parent=parent,
            local=child == table.number,
        )
        parents[child] = made.number
        run.catalog.put(now.with_constraint(made))
        if made.validated and not new:
            alter.work(child).checks.append(made.number)


def add_index_constraint(alter: Alter, table: Table, wanted: op.ConstraintDef) -> None:
    """PRIMARY KEY, UNIQUE or EXCLUDE: builds an index under the lock of the ALTER."""
    run = alter.run
    if not wanted.nulls_distinct:
        run.need(15, "NULLS NOT DISTINCT")
    if wanted.without_overlaps:
        run.need(18, "WITHOUT OVERLAPS")
        if len(wanted.columns) < 2:
            raise FailureError("constraint using WITHOUT OVERLAPS needs at least two columns")
    primary = wanted.kind == "primary key"
    if primary and any(c.kind == "primary key" for c in table.constraints):
        raise FailureError(f'multiple primary keys for table "{table.name}" are not allowed')
    if table.kind == "partitioned table" and wanted.kind == "exclude" and run.version < 17:
        raise FailureError("exclusion constraints are not supported on partitioned tables")
    given = wanted.keys or tuple(op.IndexKey(column=c) for c in wanted.columns)
    method = "gist" if wanted.without_overlaps else wanted.method
    keys = indexes.resolve_keys(run, table, given, method)
    indexes.check_immutable(run, table, wanted.predicate, "functions in index predicate must be marked IMMUTABLE")
    for key in wanted.keys:
        _check_exclusion(run, table, key, method)
    label = {"primary key": "pkey", "unique": "key", "exclude": "excl"}[wanted.kind]
    names = [key.column or (naming.figure(key.expression) if key.expression else "") or "expr" for key in given]
    name = wanted.name or naming.constraint_name(run, table, naming.apart([*names, *wanted.include]), label, index=True)
    run.free(table.schema, name)
    if primary:
        for column in wanted.columns:
            _key_column(alter, table.number, column)
    index = Index(
        number=run.catalog.number(),
        schema=table.schema,
        name=indexes.naming_cut(name),
        table=table.number,
        keys=keys,
        include=indexes.included(run, table, wanted.include),
        unique=wanted.kind != "exclude",
        primary=primary,
        method=method,
        predicate=wanted.predicate,
        nulls_distinct=wanted.nulls_distinct,
        tablespace=wanted.tablespace,
        options=wanted.options,
        immediate=not wanted.deferrable,
        exclusion=wanted.kind == "exclude" or wanted.without_overlaps,
        persistence=table.persistence,
    )
    # before 18 the partitions are only locked in SHARE mode while the index is built (measured)
    only = alter.only
    below = Lock.SHARE if run.version < 18 or not primary else alter.lock
    if wanted.deferrable:  # a trigger on each
        below = max(below, Lock.SHARE_ROW_EXCLUSIVE)
    indexes.build(run, index, below, only=only, label=label)
    _attach_constraint(run, table.number, index, wanted, name, None)


def _check_exclusion(run: Run, table: Table, key: op.IndexKey, method: str) -> None:
    """Refuse an operator that does not exist, or that the index does not know (ComputeIndexAttrs)."""
    node = {"ColumnRef": {"fields": [{"String": {"sval": key.column}}]}} if key.column else key.expression
    kind = infer(node, run.scope(table)) if node is not None else None
    if kind is None or kind == Type("unknown") or key.operator is None or not analysis.certain(run.scope(table)):
        return
    words = types.words(kind, run.catalog)
    if resolution.operator(key.operator, kind, kind, run.catalog).missing:
        raise FailureError(f"operator does not exist: {words} {key.operator} {words}")
    if method in {"btree", "hash"} and key.operator != "=":
        raise FailureError(f"operator {key.operator}({words},{words}) cannot be used in an exclusion constraint here")


def _key_column(alter: Alter, number: int, name: str) -> None:
    """The NOT NULL of a primary key's column: verified like SET NOT NULL."""
    run = alter.run
    column = run.column(run.current(number), name)
    if column.not_null and not column.not_null_valid and run.version >= 18:
        raise FailureError(f'cannot create primary key on column "{name}": its NOT NULL is not valid')
    if column.not_null and column.not_null_valid:
        if run.version < 18 and run.current(number).kind != "partitioned table":
            alter.family(number)  # those that inherit need not have it
        return
    if alter.only:
        nullness.add_not_null(alter, number, name)
        return
    inner = Alter(run, alter.lock, alter.only, alter.queue, alter.keys)
    nullness.add_not_null(inner, number, name)


def _attach_constraint(
    run: Run, number: int, index: Index, wanted: op.ConstraintDef, name: str, parent: int | None
) -> None:
    table = run.current(number)
    made = Constraint(
        number=run.catalog.number(),
        name=indexes.naming_cut(name),
        kind=wanted.kind,
        columns=tuple(c for c in index.columns if c),
        deferrable=wanted.deferrable,
        deferred=wanted.deferred,
        index=index.number,
        parent=parent,
        local=parent is None,
    )
    run.catalog.put(table.with_constraint(made))
    for child in run.catalog.children.get(number, ()) if table.kind == "partitioned table" else ():
        for below in run.catalog.indexes_of(child):
            if below.parent == index.number:
                _attach_constraint(run, child, below, wanted, below.name, made.number)


def _use_index(alter: Alter, table: Table, wanted: op.ConstraintDef) -> None:
    """ADD ... USING INDEX: takes the index over; a primary key's nullable columns are still verified."""
    run = alter.run
    if table.kind == "partitioned table":
        raise FailureError("ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables")
    name = wanted.index or ""
    found = run.catalog.lookup(name, table.schema, ())
    if not isinstance(found, Index):
        if run.knows(table) and run.catalog.complete:
            raise FailureError(f'index "{name}" does not exist')
        run.doubt(f"index {name} is not known")
        for column in wanted.columns:
            run.column(table, column)
        made = Constraint(run.catalog.number(), wanted.name or name, wanted.kind)
        run.catalog.put(run.current(table.number).with_constraint(made))
        return
    if found.table != table.number:
        raise FailureError(f'index "{name}" does not belong to table "{table.name}"')
    if any(c.index == found.number and c.kind != "foreign key" for c in table.constraints):
        raise FailureError(f'index "{name}" is already associated with a constraint')
    if not found.valid:
        raise FailureError(f'index "{name}" is not valid')
    if not found.unique:
        raise FailureError(f'"{name}" is not a unique index')
    if 0 in found.columns:
        raise FailureError(f'index "{name}" contains expressions')
    if found.predicate is not None:
        raise FailureError(f'"{name}" is a partial index')
    if any(k.descending or k.nulls_first for k in found.keys):
        raise FailureError(f'index "{name}" column number 1 does not have default sorting behavior')
    if wanted.kind == "primary key":
        if any(c.kind == "primary key" for c in run.current(table.number).constraints):
            raise FailureError(f'multiple primary keys for table "{table.name}" are not allowed')
        for number in found.columns:
            key = table.numbered(number)
            if key is not None:
                _key_column(alter, table.number, key.name)
    label = wanted.name or found.name
    run.lock(found.number, Lock.SHARE_UPDATE_EXCLUSIVE)
    if label != found.name:
        run.free(table.schema, label)
    index = replace(found, name=label, primary=wanted.kind == "primary key", immediate=not wanted.deferrable)
    run.catalog.put(index)
    _attach_constraint(run, table.number, index, wanted, label, None)


def drop_constraint(alter: Alter, number: int, action: op.DropConstraint) -> None:
    """DROP CONSTRAINT; of a foreign key it locks the referenced table too."""
    run = alter.run
    table = run.current(number)
    found = table.constraint(action.name)
    if table.kind == "partitioned table":  # whether a partition is in use is looked at first
        alter.family(number, recurse=True)
    if found is None:
        column = next((c for c in table.columns if c.not_null_name == action.name), None)
        if column is not None:
            nullness.drop_not_null(alter, number, column.name)
            return
        if action.missing_ok:
            return
        if not run.knows(table):
            run.note(f"what constraint {action.name} is, is not known: a foreign key's other table is locked as well")
            return
        raise FailureError(f'constraint "{action.name}" of relation "{table.name}" does not exist')
    if found.parent is not None:
        raise FailureError(f'cannot drop inherited constraint "{found.name}" of relation "{table.name}"')
    stays = alter.only and table.kind == "partitioned table" and run.catalog.children.get(number)
    if stays and found.kind == "check" and run.version < 18:
        raise FailureError("cannot remove constraint from only the partitioned table when partitions exist")
    things: list[drops.Thing] = []
    if found.kind == "check":
        _drop_check(alter, number, found, things)
    else:
        things.append(("constraint", number, found.number))
        alter.family(number, recurse=found.kind == "foreign key" and not alter.only)
    if found.references is not None:
        run.lock(found.references, Lock.ACCESS_EXCLUSIVE)
    drops.delete(run, things, cascade=action.cascade, described=f"constraint {found.name} on table {table.key}")


def _drop_check(alter: Alter, number: int, found: Constraint, things: list[drops.Thing]) -> None:
    """A CHECK, and those of children that only inherit it; with ONLY they stay as their own (ATExecDropConstraint)."""
    run = alter.run
    things.append(("constraint", number, found.number))
    for child in () if found.no_inherit else run.catalog.children.get(number, ()):
        run.lock(child, alter.lock)
        inner = run.current(child).constraint(found.name)
        if inner is None or inner.kind != "check":
            continue
        if not alter.only and not inner.local:
            _drop_check(alter, child, inner, things)
        else:
            kept = replace(inner, parent=None, local=inner.local or alter.only)
            run.catalog.put(run.current(child).with_constraint(kept))


def validate_constraint(alter: Alter, number: int, name: str) -> None:
    """VALIDATE CONSTRAINT: reads the table; of a foreign key also the other, under ROW SHARE."""
    run = alter.run
    table = run.current(number)
    found = table.constraint(name)
    if found is None:
        column = next((c for c in table.columns if c.not_null_name == name), None)
        if column is not None:
            nullness.validate(alter, number, column)
            return
        if not run.knows(table):
            alter.work(number).verify = True
            run.doubt(f"what constraint {name} of {table.key} checks is not known")
            return
        raise FailureError(f'constraint "{name}" of relation "{table.name}" does not exist')
    if found.kind not in {"check", "foreign key"}:
        raise FailureError(f'constraint "{name}" of relation "{table.name}" is not a foreign key or check constraint')
    if not found.enforced:
        raise FailureError("cannot validate NOT ENFORCED constraint")
    if found.validated:
        return
    if found.kind == "foreign key":
        if found.references is not None:
            run.lock(found.references, Lock.ROW_SHARE)
        for child in alter.family(number, recurse=table.kind == "partitioned table"):
            for key in run.current(child).constraints:
                if key.number == found.number or (key.parent == found.number and child != number):
                    run.catalog.put(run.current(child).with_constraint(replace(key, validated=True)))
                    if run.current(child).kind != "partitioned table":
                        alter.keys.append((child, key.number))
        return
    if alter.only and run.catalog.children.get(number) and not found.no_inherit:
        raise FailureError("constraint must be validated on child tables too")
    for child in alter.family(number, recurse=not found.no_inherit):
        other = run.current(child).constraint(name)
        if other is not None and not other.validated:
            run.catalog.put(run.current(child).with_constraint(replace(other, validated=True)))
            alter.work(child).checks.append(other.number)


def alter_constraint(alter: Alter, number: int, action: op.AlterConstraint) -> None:
    """ALTER CONSTRAINT: deferrability of foreign keys; from 18 enforcement, which looks every row up again."""
    run = alter.run
    table = run.current(number)
    found = table.constraint(action.name)
    column = next((c for c in table.columns if c.not_null_name == action.name), None)
    if found is None and column is not None and action.no_inherit is not None:
        if action.no_inherit and nullness.inherits_not_null(run, table, column):
            raise FailureError(f'cannot alter inherited constraint "{action.name}" on relation "{table.name}"')
        if action.no_inherit == column.not_null_no_inherit:
            return
        run.catalog.put(table.with_column(replace(column, not_null_no_inherit=action.no_inherit)))
        if not action.no_inherit:
            nullness.inherit_not_null(alter, number, column)
        for child in run.catalog.children.get(number, ()) if action.no_inherit else ():
            run.lock(child, alter.lock)
            mine = run.current(child).column(column.name)
            if mine is not None:
                run.catalog.put(run.current(child).with_column(replace(mine, not_null_local=True)))
        return
    if found is None:
        if run.knows(table):
            raise FailureError(f'constraint "{action.name}" of relation "{table.name}" does not exist')
        run.doubt(f"constraint {action.name} of {table.key} is not known")
        return
    if action.enforced is not None or action.no_inherit is not None:
        run.need(18, "ALTER CONSTRAINT ... ENFORCED or INHERIT")
    if action.no_inherit is not None:
        raise FailureError(f'constraint "{action.name}" of relation "{table.name}" is not a not-null constraint')
    if action.deferrable is not None or action.enforced is not None:
        if found.kind != "foreign key":
            raise FailureError(f'constraint "{action.name}" of relation "{table.name}" is not a foreign key constraint')
        if found.parent is not None:
            raise FailureError(f'cannot alter constraint "{action.name}" on relation "{table.name}"')
    changed = found
    if action.deferrable is not None:
        changed = replace(changed, deferrable=action.deferrable, deferred=bool(action.deferred))
    if action.enforced is not None and action.enforced != found.enforced:
        changed = replace(changed, enforced=action.enforced, validated=action.enforced)
        if found.references is not None:
            other = Lock.SHARE_ROW_EXCLUSIVE if action.enforced else Lock.ACCESS_EXCLUSIVE
            run.lock(found.references, other)
        if action.enforced:
            alter.keys.append((number, found.number))
    run.catalog.put(run.current(number).with_constraint(changed))
    # up to 17 the partitions are gone through even if nothing changes (measured)
    if table.kind == "partitioned table" and (
        changed != found or run.version < 18
    ):  # the same foreign key in every partition
        for child in run.catalog.descendants(number):
            for inner in run.current(child).constraints:
                if inner.kind == "foreign key" and inner.parent is not None and inner.references == found.references:
                    if inner.columns != found.columns and inner.name != found.name:
                        continue
                    run.lock(child, alter.lock)
                    same = replace(
                        inner,
                        deferrable=changed.deferrable,
                        deferred=changed.deferred,
                        enforced=changed.enforced,
                        validated=changed.validated,
                    )
                    run.catalog.put(run.current(child).with_constraint(same))


__all__ = ["add_constraint", "validate_key"]
