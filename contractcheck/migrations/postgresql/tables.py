"""CREATE TABLE, DROP, RENAME, SET SCHEMA, TRUNCATE and sequences."""

from dataclasses import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Index, Name, Sequence, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import bounds, columns, constraints, drops, indexes, naming, partitions, types
from contractcheck.migrations.postgresql.expressions import column_names, substitute, volatility
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
    for parent in parents:
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
            given = types.resolve(wanted.type, run.catalog, run.path) if wanted.type.name else None
            if given is not None and merged.type is not None and given != merged.type:
                raise FailureError(f'column "{wanted.name}" has a type conflict')
            default = wanted.default if wanted.default is not None else merged.default
            changed = replace(merged, default=default, not_null=merged.not_null or wanted.not_null, local=True)
            run.catalog.put(now.with_column(changed))
            continue
        if merged is not None:
            raise FailureError(f'column "{wanted.name}" specified more than once')
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
        if constraint.kind == "not null":
            table = alter.run.current(number)
            column = alter.run.column(table, constraint.columns[0])
            alter.run.need(18, "NOT NULL as a table constraint")
            alter.run.catalog.put(table.with_column(replace(column, not_null=True, not_null_name=constraint.name)))
            continue
        constraints.add_constraint(alter, number, constraint, new=True)


def _once(every: list[op.ConstraintDef]) -> list[op.ConstraintDef]:
    """A UNIQUE that says what the primary key or another UNIQUE says already is left out (transformIndexConstraints)."""
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
            run.catalog.put(now.with_column(replace(mine, inherited=mine.inherited + 1)))
            continue
        copy = replace(
            column,
            number=now.next_column,
            local=False,
            inherited=1,
            statistics=None,
            options=(),
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
            statistics=None,
            inherited=0,
            local=True,
        )
        run.catalog.put(replace(now, columns=(*now.columns, copy), next_column=now.next_column + 1))
        if identity:
            columns.make_sequence(run, now, copy, run.choose(now.schema, now.name, copy.name, "seq"), ())
        if like.options & LIKE_COMMENTS and (found.number, "column", column.number) in run.catalog.comments:
            text = run.catalog.comments[found.number, "column", column.number]
            run.catalog.comments[number, "column", copy.number] = text
    for key, node in list(run.catalog.objects.items()) if like.options & LIKE_STATISTICS else ():
        if key[0] == "statistics" and node.get("table") == found.number:
            now = run.current(number)
            label = run.choose(now.schema, now.name, "_".join(node.get("columns", ())), "stat")
            run.catalog.objects["statistics", now.schema, label] = {**node, "table": number}
    names = {c.number: c.name for c in found.columns}
    if like.options & LIKE_CONSTRAINTS:
        pending += [
            op.ConstraintDef("check", c.name, expression=c.expression, enforced=c.enforced)
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
                    )
                )
                continue
            now = run.current(number)
            name = naming.index_name(run, now, given, tuple(names[n] for n in index.include))
            own = indexes.translate(index, found, now)
            run.catalog.put(replace(own, number=run.catalog.number(), name=name, schema=now.schema, parent=None))


# -- drop -------------------------------------------------------------------------------------------------------------


def drop_relations(run: Run, statement: op.Drop) -> None:
    """DROP TABLE, VIEW, MATERIALIZED VIEW, INDEX, SEQUENCE, FOREIGN TABLE."""
    expected = {"table": ("table", "partitioned table"), "view": ("view",), "materialized view": ("matview",)}
    if statement.concurrently:
        run.not_in_block("DROP INDEX CONCURRENTLY")
        run_concurrently(run, statement)
        return
    things: list[drops.Thing] = []
    described = []
    for name in statement.names:
        ref = op.Ref(name[-1], name[-2] if len(name) > 1 else None)
        kind = {"materialized view": "matview"}.get(statement.kind, statement.kind)
        found = run.relation(ref, kind=kind, missing_ok=statement.missing_ok)
        if found is None:
            if not run.catalog.complete or run.catalog.opaque:
                run.doubt(f"{statement.kind} {ref} is not known: the table it belongs to would be locked")
            continue
        if isinstance(found, Index):
            if statement.kind != "index":
                raise FailureError(f'"{found.name}" is not a {statement.kind}')
            _drop_index(run, found)
            things.append(("index", found.number))
        elif isinstance(found, Sequence):
            if statement.kind != "sequence":
                raise FailureError(f'"{found.name}" is not a {statement.kind}')
            if found.identity:
                raise FailureError(f"cannot drop sequence {found.name} because a column requires it")
            things.append(("sequence", found.number))
        else:
            wanted = expected.get(statement.kind, (statement.kind,))
            if found.kind not in wanted and run.knows(found):
                raise FailureError(f'"{found.name}" is not a {statement.kind}')
            if found.number in run.pending_triggers:
                raise FailureError(f'cannot DROP TABLE "{found.name}" because it has pending trigger events')
            things.append(("table", found.number))
        described.append(f"{statement.kind} {found.key}")
    if things:
        drops.delete(run, things, cascade=statement.cascade, described=", ".join(described))


def _drop_index(run: Run, index: Index) -> None:
    table = run.current(index.table)
    for constraint in table.constraints:
        if constraint.index == index.number and constraint.kind != "foreign key":
            raise FailureError(
                f"cannot drop index {index.name} because constraint {constraint.name} on table {table.name} requires it"
            )
    if index.parent is not None:
        parent = run.catalog.relations.get(index.parent)
        raise FailureError(f"cannot drop index {index.name} because index {parent.name if parent else '?'} requires it")
    if index.partitioned:
        for child in run.catalog.descendants(table.number):
            run.lock(child, Lock.ACCESS_EXCLUSIVE)


def run_concurrently(run: Run, statement: op.Drop) -> None:
    """DROP INDEX CONCURRENTLY: SHARE UPDATE EXCLUSIVE on the table."""
    if len(statement.names) > 1:
        raise FailureError("DROP INDEX CONCURRENTLY does not support dropping multiple objects")
    if statement.cascade:
        raise FailureError("DROP INDEX CONCURRENTLY does not support CASCADE")
    for name in statement.names:
        ref = op.Ref(name[-1], name[-2] if len(name) > 1 else None)
        found = run.relation(ref, kind="index", missing_ok=statement.missing_ok)
        if found is None:
            if not run.catalog.complete:
                run.doubt(f"index {ref} is not known")
            continue
        if not isinstance(found, Index):
            raise FailureError(f'"{found.name}" is not an index')
        if found.partitioned:
            raise FailureError(f'cannot drop partitioned index "{found.name}" concurrently')
        _drop_index(run, found)
        run.lock(found.table, Lock.SHARE_UPDATE_EXCLUSIVE)
        run.lock(found.number, Lock.SHARE_UPDATE_EXCLUSIVE)
        if any(c.index == found.number for _, c in run.catalog.referencing(found.table)):
            raise FailureError(f"cannot drop index {found.name} because other objects depend on it")
        run.catalog.remove(found.number)


# -- rename and move --------------------------------------------------------------------------------------------------


def rename_relation(run: Run, statement: op.Rename) -> None:
    """RENAME of a relation: ACCESS EXCLUSIVE; of an index by ALTER INDEX only SHARE UPDATE EXCLUSIVE."""
    if statement.table is None:
        raise FailureError("nothing to rename")
    kind = {"materialized view": "matview"}.get(statement.kind, statement.kind)
    found = run.relation(statement.table, kind=kind, missing_ok=statement.missing_ok)
    if found is None:
        if not run.catalog.complete:
            run.doubt(f"{statement.table} is not known")
        return
    if isinstance(found, Table) and found.kind == "composite":
        raise FailureError(f'"{found.name}" is a composite type')
    light = isinstance(found, Index) and statement.kind == "index"
    run.lock(found.number, Lock.SHARE_UPDATE_EXCLUSIVE if light else Lock.ACCESS_EXCLUSIVE)
    name = indexes.naming_cut(statement.new_name)
    if run.catalog.lookup(name, found.schema, ()) is not None:
        raise FailureError(f'relation "{name}" already exists')
    if isinstance(found, Table) and run.catalog.type_names.get(Name(found.schema, name)) is not None:
        raise FailureError(f'type "{name}" already exists')
    if isinstance(found, Index):
        _rename_identity(run, found, name)
        run.catalog.put(replace(found, name=name))
        table = run.current(found.table)
        for constraint in table.constraints:
            if constraint.index == found.number and constraint.kind != "foreign key":
                run.catalog.put(run.current(found.table).with_constraint(replace(constraint, name=name)))
        return
    if isinstance(found, Table):
        if statement.kind == "view" and found.kind != "view" and run.knows(found):
            raise FailureError(f'"{found.name}" is not a view')
        if statement.kind == "materialized view" and found.kind != "matview" and run.knows(found):
            raise FailureError(f'"{found.name}" is not a materialized view')
    if isinstance(found, Sequence):
        _rename_in_defaults(run, found, name)
    run.catalog.put(replace(found, name=name))


def _rename_identity(run: Run, index: Index, name: str) -> None:
    """A replica identity follows its index."""
    table = run.current(index.table)
    if table.replica_identity == ("i", index.name):
        run.catalog.put(replace(table, replica_identity=("i", name)))


def _rename_in_defaults(run: Run, sequence: Sequence, name: str) -> None:
    """A default draws from its sequence by number: after a rename it names the new one."""
    for table in run.catalog.tables():
        for column in table.columns:
            if column.default is not None and not column.generated and drops.draws_from(run, column.default, sequence):
                default = columns.next_value(sequence.schema, name)
                run.catalog.put(run.current(table.number).with_column(replace(column, default=default)))


def rename_column(run: Run, statement: op.Rename) -> None:
    """RENAME COLUMN: ACCESS EXCLUSIVE; expressions that use it follow."""
    if statement.table is None or statement.sub is None:
        raise FailureError("nothing to rename")
    found = run.relation(statement.table, missing_ok=statement.missing_ok)
    if not isinstance(found, Table):
        if found is None and statement.missing_ok:
            return
        raise FailureError(f'"{statement.table}" is not a table')
    run.lock(found.number, Lock.ACCESS_EXCLUSIVE)
    if found.of_type is not None:
        raise FailureError("cannot rename column of typed table")
    column = run.column(found, statement.sub)
    if column.inherited and found.parents:
        raise FailureError(f'cannot rename inherited column "{statement.sub}"')
    if statement.table.only and run.catalog.children.get(found.number):
        raise FailureError(f'inherited column "{statement.sub}" must be renamed in child tables too')
    for child in (found.number, *run.catalog.descendants(found.number)):
        run.lock(child, Lock.ACCESS_EXCLUSIVE)
        table = run.current(child)
        inner = table.column(statement.sub)
        if inner is None:
            continue
        if table.column(statement.new_name) is not None:
            raise FailureError(f'column "{statement.new_name}" of relation "{table.name}" already exists')
        rename_in(run, child, inner, statement.new_name)


def rename_in(run: Run, number: int, column: Column, name: str) -> None:
    """Give a column its new name in the table and in every expression over it."""
    table = run.current(number)
    old = column.name

    def expression(node: Node | None) -> Node | None:
        return substitute(node, old, name) if node is not None and old in column_names(node) else node

    changed = table.with_column(replace(column, name=name))
    changed = replace(
        changed,
        columns=tuple(replace(c, default=expression(c.default)) if c.generated else c for c in changed.columns),
        constraints=tuple(replace(c, expression=expression(c.expression)) for c in changed.constraints),
        triggers=tuple(replace(t, when=expression(t.when)) for t in changed.triggers),
        policies=tuple(replace(p, using=expression(p.using), check=expression(p.check)) for p in changed.policies),
        keys=tuple((n, expression(e), o, c) for n, e, o, c in changed.keys),
    )
    run.catalog.put(changed)
    for index in run.catalog.indexes_of(number):
        keys = tuple(replace(k, expression=expression(k.expression)) for k in index.keys)
        run.catalog.put(replace(index, keys=keys, predicate=expression(index.predicate)))
    for key, node in list(run.catalog.objects.items()):
        if key[0] == "statistics" and node.get("table") == number:
            names = tuple(name if c == old else c for c in node.get("columns", ()))
            run.catalog.objects[key] = {**node, "columns": names}


def rename_constraint(run: Run, statement: op.Rename) -> None:
    """RENAME CONSTRAINT: ACCESS EXCLUSIVE; the index of the constraint is renamed with it."""
    if statement.table is None or statement.sub is None:
        raise FailureError("nothing to rename")
    found = run.relation(statement.table, missing_ok=statement.missing_ok)
    if not isinstance(found, Table):
        return
    run.lock(found.number, Lock.ACCESS_EXCLUSIVE)
    if found.of_type is not None:
        raise FailureError("cannot rename column of typed table")
    constraint = found.constraint(statement.sub)
    name = indexes.naming_cut(statement.new_name)
    if constraint is None:
        column = next((c for c in found.columns if c.not_null_name == statement.sub), None)
        if column is not None:
            if constraints.inherits_not_null(run, found, column):
                raise FailureError(f'cannot rename inherited constraint "{statement.sub}"')
            run.catalog.put(found.with_column(replace(column, not_null_name=name)))
            for child in run.catalog.descendants(found.number) if not column.not_null_no_inherit else ():
                run.lock(child, Lock.ACCESS_EXCLUSIVE)
                below = run.current(child)
                mine = below.column(column.name)
                if mine is not None and mine.not_null_name == statement.sub:
                    run.catalog.put(below.with_column(replace(mine, not_null_name=name)))
            return
        if run.knows(found):
            raise FailureError(f'constraint "{statement.sub}" for table "{found.name}" does not exist')
        return
    if found.constraint(name) is not None:
        raise FailureError(f'constraint "{name}" for relation "{found.name}" already exists')
    if constraint.parent is not None and constraint.kind == "check":
        raise FailureError(f'cannot rename inherited constraint "{statement.sub}"')
    if constraint.index is not None and constraint.kind != "foreign key":
        run.lock(constraint.index, Lock.ACCESS_EXCLUSIVE)
        run.free(found.schema, name)
        _rename_identity(run, run.catalog.index(constraint.index), name)
        run.catalog.put(replace(run.catalog.index(constraint.index), name=name))
    run.catalog.put(run.current(found.number).with_constraint(replace(constraint, name=name)))
    for child in run.catalog.descendants(found.number):
        if constraint.kind != "check":
            continue
        inner = run.current(child).constraint(statement.sub)
        run.lock(child, Lock.ACCESS_EXCLUSIVE)
        if inner is not None:
            run.catalog.put(run.current(child).with_constraint(replace(inner, name=name)))


def set_schema(run: Run, statement: op.SetSchema) -> None:
    """SET SCHEMA of a relation: ACCESS EXCLUSIVE; its indexes and sequences move with it."""
    if statement.table is None:
        raise FailureError("nothing to move")
    found = run.relation(statement.table, missing_ok=statement.missing_ok)
    if found is None:
        return
    run.lock(found.number, Lock.ACCESS_EXCLUSIVE)
    new = statement.new_schema
    if run.catalog.complete and new not in {*run.catalog.schemas, "pg_catalog"}:
        raise FailureError(f'schema "{new}" does not exist')
    if new == found.schema:
        return
    if run.catalog.lookup(found.name, new, ()) is not None:
        raise FailureError(f'relation "{found.name}" already exists in schema "{new}"')
    if isinstance(found, Sequence) and found.owned_by is not None:
        raise FailureError("cannot move an owned sequence into another schema")
    if isinstance(found, Index):
        raise FailureError(f'cannot change schema of index "{found.name}"')
    run.catalog.put(replace(found, schema=new))
    if isinstance(found, Table):
        for index in run.catalog.indexes_of(found.number):
            run.catalog.put(replace(index, schema=new))
        for sequence in run.catalog.owned_sequences(found.number):
            run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
            moved = replace(sequence, schema=new)
            _move_in_defaults(run, sequence, new)
            run.catalog.put(moved)


def _move_in_defaults(run: Run, sequence: Sequence, schema: str) -> None:
    for table in run.catalog.tables():
        for column in table.columns:
            if column.default is not None and not column.generated and drops.draws_from(run, column.default, sequence):
                default = columns.next_value(schema, sequence.name)
                run.catalog.put(run.current(table.number).with_column(replace(column, default=default)))


# -- truncate and sequences -------------------------------------------------------------------------------------------


def truncate(run: Run, statement: op.Truncate) -> None:
    """TRUNCATE: ACCESS EXCLUSIVE on the tables and their children; with CASCADE on what refers to them."""
    wanted: list[int] = []
    for ref in statement.tables:
        table = run.table(ref)
        wanted.append(table.number)
        if not ref.only:
            wanted += run.catalog.descendants(table.number)
        elif table.kind == "partitioned table":
            raise FailureError("cannot truncate only a partitioned table")
    queue = list(wanted)
    while queue:
        number = queue.pop()
        for other, constraint in run.catalog.reaching(number):
            if other.number in wanted:
                continue
            if not statement.cascade:
                raise FailureError(
                    f'cannot truncate a table referenced in a foreign key ("{constraint.name}" on "{other.name}")'
                )
            found = [other.number, *run.catalog.descendants(other.number)]
            wanted += found
            queue += found
    if not run.catalog.complete:
        run.note("foreign keys that refer to it from unknown tables are not seen")
    for number in wanted:
        table = run.current(number)
        run.lock(number, Lock.ACCESS_EXCLUSIVE)
        if number in run.pending_triggers:
            raise FailureError(f'cannot TRUNCATE "{table.name}" because it has pending trigger events')
        if table.kind == "table":
            run.rewrites.add(number)
            run.emptied.add(number)
            for index in run.catalog.indexes_of(number):
                run.lock(index.number, Lock.ACCESS_EXCLUSIVE)
                run.rebuilds.add(index.number)
            run.catalog.put(replace(run.current(number), rows=()))
        elif table.kind == "partitioned table":
            run.emptied.add(number)
        if statement.restart:
            for sequence in run.catalog.owned_sequences(number):
                run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)


def create_sequence(run: Run, statement: op.CreateSequence) -> None:
    """CREATE SEQUENCE."""
    schema = run.schema_for(statement.sequence)
    if run.catalog.lookup(statement.sequence.name, schema, ()) is not None and statement.missing_ok:
        return
    run.free(schema, statement.sequence.name)
    given = dict(statement.options)
    kind = given.pop("as", None)
    owner = _owner(run, given.pop("owned_by", None), schema)
    run.catalog.put(
        Sequence(
            number=run.catalog.number(),
            schema=schema,
            name=indexes.naming_cut(statement.sequence.name),
            type=kind.name if isinstance(kind, op.TypeRef) else "int8",
            options=tuple(given.items()),
            owned_by=owner,
            persistence=statement.sequence.persistence,
        )
    )


def _owner(run: Run, given: object, schema: str) -> tuple[int, int] | None:
    if not isinstance(given, tuple) or given == ("none",) or len(given) < 2:
        return None
    table = run.table(op.Ref(given[-2], given[-3] if len(given) > 2 else None))
    run.lock(table.number, Lock.ACCESS_SHARE)
    if run.knows(table) and table.schema != schema:
        raise FailureError("sequence must be in same schema as table it is linked to")
    return table.number, run.column(table, given[-1]).number


def alter_sequence(run: Run, statement: op.AlterSequence) -> None:
    """ALTER SEQUENCE: SHARE ROW EXCLUSIVE on the sequence alone."""
    found = run.relation(statement.sequence, kind="sequence", missing_ok=statement.missing_ok)
    if found is None:
        return
    if not isinstance(found, Sequence):
        raise FailureError(f'"{found.name}" is not a sequence')
    run.lock(found.number, Lock.SHARE_ROW_EXCLUSIVE)
    given = dict(statement.options)
    changed = found
    if "owned_by" in given:
        owner = given.pop("owned_by")
        if found.identity:
            raise FailureError("cannot change ownership of identity sequence")
        changed = replace(changed, owned_by=_owner(run, owner, found.schema))
    kind = given.pop("as", None)
    if isinstance(kind, op.TypeRef):
        changed = replace(changed, type=kind.name)
    given.pop("restart", None)
    if given:
        changed = replace(changed, options=tuple({**dict(changed.options), **given}.items()))
    run.catalog.put(changed)


def base_integer(kind: Type | None) -> str:
    """The internal name of an integer type; bigint if not known."""
    return str(kind.base) if kind is not None and kind.base in {"int2", "int4", "int8"} else "int8"
