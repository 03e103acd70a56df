"""CREATE TABLE: columns, LIKE, INHERITS, partitions."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import (
    analysis,
    bounds,
    columns,
    constraints,
    drops,
    indexes,
    naming,
    partitions,
    types,
)
from contractcheck.migrations.postgresql.expressions import same, volatility
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter

LIKE_COMMENTS, LIKE_COMPRESSION, LIKE_CONSTRAINTS, LIKE_DEFAULTS = 1, 2, 4, 8
LIKE_GENERATED, LIKE_IDENTITY, LIKE_INDEXES, LIKE_STATISTICS, LIKE_STORAGE = 16, 32, 64, 128, 256


def create_table(run: Run, statement: op.CreateTable) -> None:
    """CREATE TABLE; the parent of a partition is locked in ACCESS EXCLUSIVE mode, other parents less."""
    schema = run.schema_for(statement.table)
    existing = run.catalog.lookup(statement.table.name, schema, ())
    if existing is not None and statement.missing_ok:
        return
    run.free(schema, statement.table.name)
    if statement.access_method:
        access_method(run, statement.access_method)
    number = run.catalog.number()
    parents = [run.table(ref) for ref in statement.parents]
    partition = statement.bound is not None
    for place, parent in enumerate(parents):
        if parent.number in {other.number for other in parents[:place]}:
            raise FailureError(f'relation "{parent.name}" would be inherited from more than once')
        run.lock(parent.number, Lock.ACCESS_EXCLUSIVE if partition else Lock.SHARE_UPDATE_EXCLUSIVE)
        if partition and run.knows(parent) and parent.kind != "partitioned table":
            raise FailureError(f'"{parent.name}" is not partitioned')
        if not partition and parent.partition:
            raise FailureError(f'cannot inherit from partition "{parent.name}"')
        if not partition and parent.kind == "partitioned table":
            raise FailureError(f'cannot inherit from partitioned table "{parent.name}"')
        if parent.persistence != "t" and statement.table.persistence == "t" and partition:
            raise FailureError("cannot create a temporary relation as partition of permanent relation")
    server = statement.foreign_server
    sure = run.catalog.complete and not run.catalog.opaque
    if server is not None and ("server", server) not in run.catalog.objects and sure:
        raise FailureError(f'server "{server}" does not exist')
    kind = "foreign table" if server is not None else "partitioned table" if statement.partition_by else "table"
    table = Table(
        number=number,
        schema=schema,
        name=indexes.naming_cut(statement.table.name),
        kind=kind,
        persistence="t" if schema == "pg_temp" else statement.table.persistence,
        options=tuple(sorted(statement.options)),
        access_method=None if statement.access_method == "heap" else statement.access_method,
        tablespace=None if statement.tablespace == "pg_default" else statement.tablespace,
        foreign_server=statement.foreign_server,
        known=all(parent.known for parent in parents),
        rows=() if statement.foreign_server is None else None,
    )
    run.catalog.put(table)
    if statement.of_type is not None:
        _of_type(run, table, statement.of_type)
    for parent in parents:
        _inherit_columns(run, number, parent, partition=partition)
    pending: list[op.ConstraintDef] = []
    owned: list[tuple[Column, str, op.ColumnDef]] = []
    likes = list(statement.likes)
    for place, wanted in enumerate(statement.columns):
        while likes and likes[0].place <= place:
            _like(run, number, likes.pop(0), pending)
        now = run.current(number)
        merged = now.column(wanted.name)
        if merged is not None and (parents or statement.of_type is not None):
            _merge_column(run, number, merged, wanted, partition=partition)
            continue
        if merged is not None:
            raise FailureError(f'column "{wanted.name}" specified more than once')
        if statement.of_type is not None and now.of_type is not None:
            raise FailureError(f'column "{wanted.name}" does not exist')
        if partition:
            raise FailureError(f'column "{wanted.name}" does not exist')
        placeholder(run, number, wanted)
    for like in likes:
        _like(run, number, like, pending)
    for wanted in statement.columns:
        now = run.current(number)
        before = now.column(wanted.name)
        if before is None or wanted.type.name == "" or before.inherited:
            continue
        column, sequence = columns.make_column(run, now, wanted, before.number)
        run.catalog.put(now.with_column(column))
        if sequence is not None:
            columns.make_sequence(run, now, column, sequence, wanted.sequence)
            owned.append((column, sequence, wanted))
    if statement.partition_by is not None:
        _partition_key(run, number, statement.partition_by)
    inline = [c for wanted in statement.columns for c in wanted.constraints]
    alter = Alter(run, Lock.ACCESS_EXCLUSIVE)
    every = [*inline, *statement.constraints, *pending]
    _add_constraints(alter, number, every)
    if run.version >= 18:
        _name_not_nulls(run, number)
    if partition:
        _make_partition(run, number, parents[0], statement.bound or {})
    elif parents:
        run.catalog.put(replace(run.current(number), parents=tuple(p.number for p in parents)))


def _merge_column(run: Run, number: int, merged: Column, wanted: op.ColumnDef, *, partition: bool) -> None:
    """A column that is inherited and declared as well (MergeChildAttribute)."""
    table = run.current(number)
    name = wanted.name
    if partition and wanted.identity:
        raise FailureError("identity columns are not supported on partitions")
    if partition and wanted.generated and run.version < 16:
        raise FailureError("generated columns are not supported on partitions")
    sequence = None
    made = merged
    if wanted.type.name:
        made, sequence = columns.make_column(run, table, wanted, merged.number)
        if made.type is not None and merged.type is not None and made.type != merged.type:
            raise FailureError(f'column "{name}" has a type conflict')
        if (made.collation or "default") != (merged.collation or "default"):
            raise FailureError(f'column "{name}" has a collation conflict')
    elif wanted.default is not None and not wanted.generated:
        columns.check_default(run, name, wanted.default, merged.type)
    if merged.generated:
        if wanted.default is not None and not wanted.generated:
            raise FailureError(f'column "{name}" inherits from generated column but specifies default')
        if wanted.identity:
            raise FailureError(f'column "{name}" inherits from generated column but specifies identity')
        if wanted.generated and run.version < 16:
            raise FailureError(f'child column "{name}" specifies generation expression')
        if wanted.generated and wanted.generated != merged.generated:
            raise FailureError(f'column "{name}" inherits from generated column of different kind')
    elif wanted.generated and run.version >= 16:
        raise FailureError(f'child column "{name}" specifies generation expression')
    own = wanted.not_null or (made.not_null and made is not merged)
    changed = replace(
        merged,
        default=made.default if made is not merged and made.default is not None else wanted.default or merged.default,
        generated=wanted.generated or merged.generated,
        identity=wanted.identity or (merged.identity if partition else ""),
        not_null=merged.not_null or own,
        not_null_name=wanted.not_null_name if own else merged.not_null_name,
        not_null_local=own or merged.not_null_local,
        local=not partition,
    )
    run.catalog.put(table.with_column(changed))
    if sequence is not None:
        columns.make_sequence(run, table, changed, sequence, wanted.sequence)


def access_method(run: Run, name: str) -> None:
    """Refuse a table access method nobody made."""
    known = name == "heap" or ("access method", name) in run.catalog.objects
    if (
        not known
        and run.catalog.complete
        and not run.catalog.opaque
        and not run.catalog.extensions.keys() - {"plpgsql"}
    ):
        raise FailureError(f'access method "{name}" does not exist')


def placeholder(run: Run, number: int, wanted: op.ColumnDef) -> None:
    now = run.current(number)
    kind = types.resolve(wanted.type, run.catalog, run.path)
    column = Column(
        now.next_column, wanted.name, kind, not_null=wanted.not_null, unknown=types.spelled(wanted.type, kind)
    )
    run.catalog.put(replace(now, columns=(*now.columns, column), next_column=now.next_column + 1))


def _add_constraints(alter: Alter, number: int, every: list[op.ConstraintDef]) -> None:
    """Index constraints first, primary key before unique, then checks and foreign keys, as the server orders them."""
    rank = {"not null": 0, "primary key": 1, "unique": 2, "exclude": 3, "check": 4, "foreign key": 5}
    seen: set[str] = set()
    for constraint in _once(sorted(every, key=lambda c: rank[c.kind])):
        if constraint.name is not None:
            if constraint.name in seen:
                raise FailureError(f'constraint "{constraint.name}" already exists')
            seen.add(constraint.name)
        if constraint.kind == "check" and _merged_check(alter.run, number, constraint):
            continue
        if constraint.kind == "not null":
            table = alter.run.current(number)
            column = alter.run.column(table, constraint.columns[0])
            alter.run.need(18, "NOT NULL as a table constraint")
            alter.run.catalog.put(table.with_column(replace(column, not_null=True, not_null_name=constraint.name)))
            continue
        constraints.add_constraint(alter, number, constraint, new=True)


def _merged_check(run: Run, number: int, wanted: op.ConstraintDef) -> bool:
    """Whether a CHECK is one that the table inherits, of the same name; it is its own then, too."""
    table = run.current(number)
    mine = table.constraint(wanted.name) if wanted.name is not None else None
    if mine is None or mine.parent is None or mine.kind != "check":
        return False
    if not same(mine.expression, wanted.expression):
        raise FailureError(f'constraint "{wanted.name}" for relation "{table.name}" already exists')
    if wanted.no_inherit:
        raise FailureError(f'constraint "{wanted.name}" conflicts with inherited constraint')
    run.catalog.put(table.with_constraint(replace(mine, local=True)))
    return True


def _once(every: list[op.ConstraintDef]) -> list[op.ConstraintDef]:
    """A UNIQUE that says what the primary key or another UNIQUE says is left out (transformIndexConstraints)."""
    kept: list[op.ConstraintDef] = []
    for constraint in every:
        for at, prior in enumerate(kept):
            if constraint.kind == "unique" and prior.kind in {"primary key", "unique"} and _same_key(prior, constraint):
                kept[at] = replace(prior, name=prior.name or constraint.name)
                break
        else:
            kept.append(constraint)
    return kept


def _same_key(one: op.ConstraintDef, other: op.ConstraintDef) -> bool:
    return all(
        getattr(one, part) == getattr(other, part)
        for part in ("columns", "include", "nulls_distinct", "deferrable", "deferred", "without_overlaps")
    )


def _name_not_nulls(run: Run, number: int) -> None:
    """From 18 every NOT NULL is a constraint with a name."""
    for column in run.current(number).columns:
        if column.not_null and column.not_null_name is None:
            name = naming.constraint_name(run, run.current(number), (column.name,), "not_null")
            run.catalog.put(run.current(number).with_column(replace(column, not_null_name=name)))


def _of_type(run: Run, table: Table, wanted: op.TypeRef) -> None:
    user = run.catalog.lookup_type(wanted.name, wanted.schema, run.path)
    if user is None or user.table is None:
        if run.catalog.complete:
            raise FailureError(f'type "{wanted.name}" does not exist')
        run.doubt(f"type {wanted.name} is not known")
        return
    row = run.current(user.table)
    run.catalog.put(
        replace(run.current(table.number), columns=row.columns, next_column=row.next_column, of_type=user.number)
    )


def _inherit_columns(run: Run, number: int, parent: Table, *, partition: bool) -> None:
    parent = run.current(parent.number)
    for column in parent.columns:
        now = run.current(number)
        mine = now.column(column.name)
        if mine is not None:
            if mine.type != column.type:
                raise FailureError(f'column "{column.name}" has a type conflict')
            default = mine.default if mine.default is not None else column.default
            if column.default is not None and not same(default, column.default) and not mine.generated:
                raise FailureError(f'column "{column.name}" inherits conflicting default values')
            not_null = mine.not_null or (column.not_null and not (run.version >= 18 and column.not_null_no_inherit))
            merged = replace(mine, default=default, not_null=not_null, inherited=mine.inherited + 1)
            run.catalog.put(now.with_column(merged))
            continue
        not_null = column.not_null and not (run.version >= 18 and column.not_null_no_inherit)
        copy = replace(
            column,
            number=now.next_column,
            local=False,
            inherited=1,
            statistics=None,
            options=(),
            not_null=not_null,
            not_null_name=column.not_null_name if not_null else None,
            not_null_no_inherit=False,
            not_null_local=False,
            not_null_valid=True,
            identity="" if not partition or run.version < 17 else column.identity,
        )
        run.catalog.put(replace(now, columns=(*now.columns, copy), next_column=now.next_column + 1))
    for constraint in parent.constraints:
        if constraint.kind == "check" and not constraint.no_inherit:
            now = run.current(number)
            copy_of = replace(
                constraint,
                number=run.catalog.number(),
                parent=constraint.number,
                local=False,
                validated=constraint.enforced,
            )
            run.catalog.put(now.with_constraint(copy_of))


def _partition_key(run: Run, number: int, by: tuple[str, tuple[op.IndexKey, ...]]) -> None:
    strategy, given = by
    if strategy == "list" and len(given) > 1:
        raise FailureError('cannot use "list" partition strategy with more than one column')
    table = run.current(number)
    keys: list[tuple[int, Node | None, str | None, str | None]] = []
    for key in given:
        if key.column is not None:
            column = run.column(table, key.column)
            if column.generated:
                raise FailureError("cannot use generated column in partition key")
            if key.opclass is None and column.type is not None:
                indexes.check_opclass(run, column.type, "hash" if strategy == "hash" else "btree")
            keys.append((column.number, None, key.opclass, key.collation))
        else:
            if key.expression is not None:
                analysis.row_by_row(key.expression, run.scope(table))
            level, name = volatility(key.expression, run.scope(table))
            if level in "sv":
                raise FailureError(f"functions in partition key expression must be marked IMMUTABLE ({name})")
            keys.append((0, key.expression, key.opclass, key.collation))
    run.catalog.put(replace(table, strategy=strategy, keys=tuple(keys)))


def _make_partition(run: Run, number: int, parent: Table, bound: Node) -> None:
    """A new partition: indexes, keys and triggers of the parent; the default partition is read for misplaced rows."""
    parent = run.current(parent.number)
    partitions.check_bound(run, parent, bound)
    default = drops.default_partition(run, parent.number)
    run.catalog.put(replace(run.current(number), parents=(parent.number,), bound=bound))
    alter = Alter(run, Lock.ACCESS_EXCLUSIVE)
    partitions.take_indexes(alter, parent.number, number)
    partitions.take_keys(alter, parent.number, number)
    partitions.take_triggers(run, parent.number, number)
    if default is not None:
        run.lock(default.number, Lock.ACCESS_EXCLUSIVE)
        proofs = list(bounds.proofs(default))
        if not bounds.excluded(parent, bound, proofs):
            run.scan(default.number)
        partitions.misplaced(run, parent, default, run.current(number))


def _like_inherited(run: Run, number: int, there: Column, column: Column, *, keep: bool, identity: str) -> None:
    """A column of LIKE that the new table inherits as well: one of its own, too."""
    table = run.current(number)
    if there.type != column.type:
        raise FailureError(f'column "{column.name}" has a type conflict')
    if (there.collation or "default") != (column.collation or "default"):
        raise FailureError(f'column "{column.name}" has a collation conflict')
    own = column.generated if keep else ""
    if own and (there.generated or run.version >= 16):
        raise FailureError(f'child column "{column.name}" specifies generation expression')
    merged = replace(
        there,
        local=True,
        default=column.default if keep and column.default is not None else there.default,
        generated=own or there.generated,
        identity=identity,
        not_null=there.not_null or column.not_null,
        not_null_name=column.not_null_name if column.not_null else there.not_null_name,
        not_null_local=column.not_null or there.not_null_local,
    )
    run.catalog.put(table.with_column(merged))
    if identity:
        columns.make_sequence(run, table, merged, run.choose(table.schema, table.name, merged.name, "seq"), ())


def _like(run: Run, number: int, like: op.TableLike, pending: list[op.ConstraintDef]) -> None:
    """LIKE: columns of the source and what INCLUDING names; the source is only read."""
    found = run.relation(like.table)
    if not isinstance(found, Table):
        raise FailureError(f'"{like.table}" is not a table')
    run.lock(found.number, Lock.ACCESS_SHARE)
    if not found.known:
        run.catalog.put(replace(run.current(number), known=False))
        return
    for column in found.columns:
        now = run.current(number)
        generated = bool(column.generated)
        keep = like.options & (LIKE_GENERATED if generated else LIKE_DEFAULTS)
        identity = column.identity if like.options & LIKE_IDENTITY else ""
        there = now.column(column.name)
        if there is not None and (there.local or not there.inherited):
            raise FailureError(f'column "{column.name}" specified more than once')
        if there is not None:
            _like_inherited(run, number, there, column, keep=bool(keep), identity=identity)
            continue
        copy = replace(
            column,
            number=now.next_column,
            default=column.default if keep else None,
            generated=column.generated if keep else "",
            identity=identity,
            storage=column.storage if like.options & LIKE_STORAGE else None,
            compression=column.compression if like.options & LIKE_COMPRESSION else None,
            not_null_name=None if run.version < 18 else column.not_null_name,
            not_null_valid=True,
            not_null_local=True,
            statistics=None,
            inherited=0,
            local=True,
        )
        run.catalog.put(replace(now, columns=(*now.columns, copy), next_column=now.next_column + 1))
        if identity:
            columns.make_sequence(run, now, copy, run.choose(now.schema, now.name, copy.name, "seq"), ())
            for sequence in run.catalog.owned_sequences(number, copy.number):
                run.catalog.put(replace(sequence, type="int8"))  # whatever the column's type is (measured on 16 to 18)
        if like.options & LIKE_COMMENTS and (found.number, "column", column.number) in run.catalog.comments:
            text = run.catalog.comments[found.number, "column", column.number]
            run.catalog.comments[number, "column", copy.number] = text
    for key, node in list(run.catalog.objects.items()) if like.options & LIKE_STATISTICS else ():
        if key[0] == "statistics" and node.get("table") == found.number:
            now = run.current(number)
            label = run.choose(now.schema, now.name, "_".join(node.get("words", ())), "stat")
            run.catalog.objects["statistics", now.schema, label] = {**node, "table": number}
    names = {c.number: c.name for c in found.columns}
    if like.options & LIKE_CONSTRAINTS:
        pending += [
            # up to 12 the copy is one for children too
            op.ConstraintDef(
                "check",
                c.name,
                expression=c.expression,
                enforced=c.enforced,
                no_inherit=c.no_inherit and run.version >= 13,
            )
            for c in found.constraints
            if c.kind == "check"
        ]
    if like.options & LIKE_INDEXES:
        for index in run.catalog.indexes_of(found.number):
            owner = next((c for c in found.constraints if c.index == index.number and c.kind != "foreign key"), None)
            given = tuple(
                op.IndexKey(
                    names.get(k.column), k.expression, k.opclass, k.collation, k.descending, k.nulls_first, k.operator
                )
                for k in index.keys
            )
            if owner is not None:
                pending.append(
                    op.ConstraintDef(
                        owner.kind,
                        columns=tuple(names[n] for n in owner.columns),
                        keys=given if owner.kind == "exclude" else (),
                        include=tuple(names[n] for n in index.include),
                        method=index.method,
                        deferrable=owner.deferrable,
                        deferred=owner.deferred,
                        nulls_distinct=index.nulls_distinct,
                        without_overlaps=index.exclusion and owner.kind != "exclude",
                    )
                )
                continue
            now = run.current(number)
            name = naming.index_name(run, now, given, tuple(names[n] for n in index.include))
            own = indexes.translate(index, found, now)
            made = replace(own, number=run.catalog.number(), name=name, schema=now.schema, parent=None, valid=True)
            partitioned = now.kind == "partitioned table"
            run.catalog.put(replace(made, partitioned=partitioned, persistence=now.persistence))
