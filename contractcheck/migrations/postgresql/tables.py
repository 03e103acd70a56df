"""DROP, RENAME, SET SCHEMA and TRUNCATE of relations."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Index, Name, Sequence, Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import (
    columns,
    deferral,
    drops,
    indexes,
    nullness,
)
from contractcheck.migrations.postgresql.expressions import column_names, substitute
from contractcheck.migrations.postgresql.run import FailureError, Run

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
            deferral.unused(run, found.number, "DROP TABLE")
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
    if statement.relation_kind == "view":
        run.need(13, "ALTER VIEW ... RENAME COLUMN")
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
        family = {found.number, *run.catalog.descendants(found.number)}
        if child != found.number and inner.inherited > sum(parent in family for parent in table.parents):
            raise FailureError(f'cannot rename inherited column "{statement.sub}"')
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
            if nullness.inherits_not_null(run, found, column):
                raise FailureError(f'cannot rename inherited constraint "{statement.sub}"')
            if statement.table.only and run.catalog.children.get(found.number) and not column.not_null_no_inherit:
                raise FailureError(f'inherited constraint "{statement.sub}" must be renamed in child tables too')
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
    lone = statement.table.only and bool(run.catalog.children.get(found.number))
    if lone and constraint.kind == "check" and not constraint.no_inherit:
        raise FailureError(f'inherited constraint "{statement.sub}" must be renamed in child tables too')
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


# -- truncate ---------------------------------------------------------------------------------------------------------


def truncate(run: Run, statement: op.Truncate) -> None:
    """TRUNCATE: ACCESS EXCLUSIVE on the tables and their children; with CASCADE on what refers to them."""
    wanted: list[int] = []
    for ref in statement.tables:
        table = run.table(ref)
        if table.kind == "foreign table":
            run.need(14, "TRUNCATE of a foreign table")
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
        deferral.unused(run, number, "TRUNCATE")
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
