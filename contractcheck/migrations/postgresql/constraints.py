"""Constraints of tables: ADD, DROP, VALIDATE, ALTER and what each proves, builds or looks up."""

from dataclasses import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Constraint, Index, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, drops, indexes, naming, resolution, types
from contractcheck.migrations.postgresql.expressions import (
    column_names,
    infer,
    proves_not_null,
    references,
)
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter, validate_key

CROSS = (
    frozenset({"int2", "int4", "int8"}),
    frozenset({"float4", "float8"}),
    frozenset({"date", "timestamp", "timestamptz"}),
    frozenset({"text", "varchar", "name"}),
)


def add_constraint(
    alter: Alter, number: int, wanted: op.ConstraintDef, *, skip: bool = False, new: bool = False
) -> None:
    """ADD CONSTRAINT. `skip` validates no foreign key, `new` that the table is just being made."""
    run = alter.run
    table = run.current(number)
    if not wanted.enforced:
        run.need(18, "NOT ENFORCED")
    _name_is_free(run, table, wanted)
    if run.version >= 18 and not new:  # the children are looked up first, whatever the constraint (measured)
        alter.family(number)
    match wanted.kind:
        case "check":
            _add_check(alter, table, wanted, new=new)
        case "not null":
            run.need(18, "a named NOT NULL constraint")
            add_not_null(alter, number, wanted.columns[0], wanted)
        case "foreign key":
            _add_key(alter, table, wanted, skip=skip, new=new)
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


def add_not_null(alter: Alter, number: int, name: str, wanted: op.ConstraintDef | None = None) -> None:
    """SET NOT NULL, or the named constraint of 18: reads the table unless a valid CHECK proves it."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    if alter.only and table.kind == "partitioned table" and run.catalog.children.get(number) and not column.not_null:
        below = [run.current(c).column(name) for c in run.catalog.children[number]]
        if not all(c is not None and c.not_null for c in below):
            raise FailureError("constraint must be added to child tables too")
    if run.version < 18 and run.knows(table) and column.not_null:
        return  # so are the children's
    if run.version >= 18 and run.knows(table) and _already(run, table, column, wanted):
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


def _already(run: Run, table: Table, column: Column, wanted: op.ConstraintDef | None) -> bool:
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
        include=tuple(run.column(table, c).number for c in wanted.include),
        unique=wanted.kind != "exclude",
        primary=primary,
        method=method,
        predicate=wanted.predicate,
        nulls_distinct=wanted.nulls_distinct,
        tablespace=wanted.tablespace,
        options=wanted.options,
        immediate=not wanted.deferrable,
        exclusion=wanted.kind == "exclude",
        persistence=table.persistence,
    )
    # before 18 the partitions are only locked in SHARE mode while the index is built (measured)
    only = alter.only
    below = Lock.SHARE if run.version < 18 or not primary else alter.lock
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
    if column.not_null and column.not_null_valid:
        return
    if alter.only:
        add_not_null(alter, number, name)
        return
    inner = Alter(run, alter.lock, alter.only, alter.queue, alter.keys)
    add_not_null(inner, number, name)


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


def _add_key(alter: Alter, table: Table, wanted: op.ConstraintDef, *, skip: bool, new: bool) -> None:
    run = alter.run
    if wanted.references is None:
        raise FailureError("a foreign key refers to nothing")
    target = run.table(wanted.references.table, ("table", "partitioned table"))
    if target.number != table.number:
        run.lock(target.number, Lock.SHARE_ROW_EXCLUSIVE)
        run.remark("other table", str(target.key), Lock.SHARE_ROW_EXCLUSIVE.words)
    for part in run.catalog.descendants(target.number) if target.kind == "partitioned table" else ():
        run.lock(part, Lock.SHARE_ROW_EXCLUSIVE)
    columns = tuple(run.column(table, c) for c in wanted.columns)
    if any(c.generated == "virtual" for c in columns):
        raise FailureError("foreign key constraints on virtual generated columns are not supported")
    if not wanted.validated and table.kind == "partitioned table" and run.version < 18 and not new:
        raise FailureError(f'cannot add NOT VALID foreign key on partitioned table "{table.name}"')
    table, target = run.current(table.number), run.current(target.number)
    index, referenced = _target_index(run, target, wanted.references.columns)
    target = run.current(target.number)
    if referenced and len(referenced) != len(columns):
        raise FailureError("number of referencing and referenced columns for foreign key disagree")
    for mine, other in zip(columns, referenced, strict=False):
        theirs = target.numbered(other)
        if mine.type and theirs and theirs.type and not comparable(run, mine.type, theirs.type):
            raise FailureError(
                f"a foreign key from {types.words(mine.type, run.catalog)} to {types.words(theirs.type, run.catalog)}"
                " cannot be implemented"
            )
    temporary = {target.persistence == "t", table.persistence == "t"}
    if len(temporary) > 1 or (target.persistence == "u" and table.persistence == "p"):
        raise FailureError("constraints on permanent tables may reference only permanent tables")
    name = wanted.name or naming.constraint_name(run, table, wanted.columns, "fkey")
    validated = wanted.validated and wanted.enforced
    parents: dict[int, int] = {}
    recurse = table.kind == "partitioned table"
    for child in alter.family(table.number, recurse=recurse and not new):
        now = run.current(child)
        parent = next((parents[p] for p in now.parents if p in parents), None)
        made = Constraint(
            number=run.catalog.number(),
            name=indexes.naming_cut(
                name if now.constraint(name) is None else naming.constraint_name(run, now, wanted.columns, "fkey")
            ),
            kind="foreign key",
            columns=tuple(run.column(now, c).number for c in wanted.columns),
            references=target.number,
            referenced=referenced,
            on_delete=wanted.references.on_delete,
            on_update=wanted.references.on_update,
            match=wanted.references.match,
            validated=validated,
            enforced=wanted.enforced,
            deferrable=wanted.deferrable,
            deferred=wanted.deferred,
            index=index,
            parent=parent,
            local=parent is None,
        )
        parents[child] = made.number
        run.catalog.put(run.current(child).with_constraint(made))
        if validated and not skip and not new and now.kind != "partitioned table":
            alter.keys.append((child, made.number))


def _target_index(run: Run, target: Table, wanted: tuple[str, ...]) -> tuple[int | None, tuple[int, ...]]:
    """The unique index a foreign key needs, and the columns it refers to."""
    if not wanted:
        primary = next((c for c in target.constraints if c.kind == "primary key"), None)
        if primary is not None:
            return primary.index, primary.columns
        if not run.knows(target):
            return None, ()
        raise FailureError(f'there is no primary key for referenced table "{target.name}"')
    numbers = tuple(run.column(target, c).number for c in wanted)
    for index in run.catalog.indexes_of(target.number):
        if (
            index.unique
            and index.immediate
            and index.valid
            and index.predicate is None
            and len(index.columns) == len(numbers)
            and set(index.columns) == set(numbers)
        ):
            return index.number, numbers
    if not run.knows(target):
        return None, numbers
    raise FailureError(f'there is no unique constraint matching given keys for referenced table "{target.name}"')


def comparable(run: Run, mine: Type, theirs: Type) -> bool:
    """Whether a foreign key's two types can be compared: by an operator of the index, or after an implicit cast."""
    mine, theirs = types.base_type(mine, run.catalog), types.base_type(theirs, run.catalog)
    if (mine.base, mine.array) == (theirs.base, theirs.array):
        return True
    if not mine.array and not theirs.array and any({mine.base, theirs.base} <= family for family in CROSS):
        return True
    return types.pathway(mine, theirs, run.catalog, "i") is not None


def operator_of(run: Run, mine: Type | None, theirs: Type | None) -> tuple[object, ...]:
    """What identifies the comparison of a foreign key: equal before and after means nothing need be looked up again."""
    if mine is None or theirs is None:
        return ("?", mine, theirs)

    def side(found: Type) -> object:
        found = types.base_type(found, run.catalog)
        return ("text" if found.base == "varchar" else found.base), found.array

    return side(mine), side(theirs)


def drop_constraint(alter: Alter, number: int, action: op.DropConstraint) -> None:
    """DROP CONSTRAINT; of a foreign key it locks the referenced table too."""
    run = alter.run
    table = run.current(number)
    found = table.constraint(action.name)
    if found is None:
        column = next((c for c in table.columns if c.not_null_name == action.name), None)
        if column is not None:
            if inherits_not_null(run, table, column):
                raise FailureError(f'cannot drop inherited constraint "{action.name}" of relation "{table.name}"')
            drop_not_null(alter, number, column.name)
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
    # ONLY, too, looks at the CHECKs of the children: there they become their own
    alter.family(number, recurse=found.kind == "check" or (found.kind == "foreign key" and not alter.only))
    described = f"constraint {found.name} on table {table.key}"
    children = [
        (child, inner)
        for child in run.catalog.descendants(number)
        for inner in run.current(child).constraints
        if inner.kind == "check" and inner.name == found.name and inner.parent is not None
    ]
    if alter.only:
        for child, inner in children:
            run.catalog.put(run.current(child).with_constraint(replace(inner, parent=None, local=True)))
    drops.delete(run, [("constraint", number, found.number)], cascade=action.cascade, described=described)


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
    for child in alter.family(number, recurse=None if column.not_null or run.version < 18 else False):
        inner = run.current(child).column(name)
        if inner is not None:
            run.catalog.put(run.current(child).with_column(replace(inner, not_null=False, not_null_name=None)))


def validate_constraint(alter: Alter, number: int, name: str) -> None:
    """VALIDATE CONSTRAINT: reads the table; of a foreign key also the other, under ROW SHARE."""
    run = alter.run
    table = run.current(number)
    found = table.constraint(name)
    if found is None:
        column = next((c for c in table.columns if c.not_null_name == name), None)
        if column is not None:
            for child in alter.family(number) if not column.not_null_valid else ():
                inner = run.current(child).column(column.name)
                if inner is not None and not inner.not_null_valid:
                    run.catalog.put(run.current(child).with_column(replace(inner, not_null_valid=True)))
                    alter.work(child).not_null.append(inner.number)
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
        run.catalog.put(table.with_column(replace(column, not_null_no_inherit=action.no_inherit)))
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
    if table.kind == "partitioned table":  # the same foreign key in every partition
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
