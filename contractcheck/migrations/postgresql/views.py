"""Views, materialised views and tables made from queries."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, RowSource, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import indexes, queries, rows, types
from contractcheck.migrations.postgresql.run import FailureError, Run


def _given(reading: queries.Reading, names: tuple[str, ...]) -> tuple[tuple[Column, ...], bool]:
    """The columns of a query under the names given, and whether they are known."""
    if reading.columns is None:
        return tuple(Column(i + 1, n, None) for i, n in enumerate(names)), False
    if len(names) > len(reading.columns):
        raise FailureError("too many column names were specified")
    found: list[Column] = []
    for position, (name, kind) in enumerate(reading.columns):
        label = names[position] if position < len(names) else name
        if any(c.name == label for c in found):
            raise FailureError(f'column "{label}" specified more than once')
        found.append(Column(position + 1, label, kind))
    return tuple(found), True


def create_view(run: Run, statement: op.CreateView) -> None:
    """CREATE [OR REPLACE] VIEW: ACCESS SHARE on what it reads; replacing one takes ACCESS EXCLUSIVE on the view."""
    if dict(statement.options).get("security_invoker") is not None:
        run.need(15, "security_invoker")
    reading = queries.analyse(run, statement.query)
    for number in reading.named:  # the query is only analysed: what lies below is not touched (measured on 15.18)
        run.lock(number, Lock.ACCESS_SHARE)
    temporary = any(
        isinstance(t := run.catalog.relations.get(n), Table) and t.persistence == "t" for n in reading.locks
    )
    schema = "pg_temp" if temporary else run.schema_for(statement.view)
    columns, known = _given(reading, statement.columns)
    existing = run.catalog.lookup(statement.view.name, schema, ())
    reads = frozenset(reading.reads)
    if existing is None:
        view = Table(
            number=run.catalog.number(),
            schema=schema,
            name=statement.view.name[:63],
            kind="view",
            columns=columns,
            next_column=len(columns) + 1,
            known=known,
            query=statement.query,
            reads=reads,
            options=tuple(sorted(statement.options)),
        )
        run.catalog.put(view)
        return
    if not statement.replace:
        raise FailureError(f'relation "{statement.view.name}" already exists')
    if not isinstance(existing, Table) or existing.kind != "view":
        raise FailureError(f'"{statement.view.name}" is not a view')
    run.lock(existing.number, Lock.ACCESS_EXCLUSIVE)
    if run.knows(existing) and known:
        _compatible(run, existing, columns)
    merged = (
        tuple(
            replace(new, number=old.number, default=old.default)
            for old, new in zip(existing.columns, columns, strict=False)
        )
        + columns[len(existing.columns) :]
    )
    changed = replace(existing, columns=merged if known else existing.columns, query=statement.query, reads=reads)
    changed = replace(changed, options=tuple(sorted(statement.options)), next_column=len(merged) + 1, known=known)
    run.catalog.put(changed)


def _compatible(run: Run, view: Table, columns: tuple[Column, ...]) -> None:
    """checkViewColumns(): names and types stay, new columns only at the end."""
    if len(columns) < len(view.columns):
        raise FailureError("cannot drop columns from view")
    for old, new in zip(view.columns, columns, strict=False):
        if old.name != new.name:
            raise FailureError(f'cannot change name of view column "{old.name}" to "{new.name}"')
        if (
            old.type is not None
            and new.type is not None
            and (old.type.base, old.type.array) != (new.type.base, new.type.array)
        ):
            raise FailureError(
                f'cannot change data type of view column "{old.name}" from {types.words(old.type, run.catalog)}'
                f" to {types.words(new.type, run.catalog)}"
            )


def create_table_as(run: Run, statement: op.CreateTableAs) -> None:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW: reads what the query reads."""
    schema = run.schema_for(statement.table)
    existing = run.catalog.lookup(statement.table.name, schema, ())
    if existing is not None:
        if statement.missing_ok:
            return
        raise FailureError(f'relation "{statement.table.name}" already exists')
    kind = next(iter(statement.query), "")
    query = statement.query
    if kind == "ExecuteStmt":
        from contractcheck.migrations.postgresql.sessions import prepared

        query = prepared(run, query["ExecuteStmt"]["name"]).node
    reading = queries.analyse(run, query)
    for number, lock in reading.locks.items():
        if statement.with_data or number in reading.named:
            run.lock(number, lock)
    if statement.with_data:
        queries.filled(run, reading)
        for number in reading.scanned:
            run.scan(number)
    columns, known = _given(reading, statement.columns)
    columns = tuple(replace(c, type=Type("text") if c.type == Type("unknown") else c.type) for c in columns)
    if len(reading.collations) == len(columns):
        columns = tuple(
            replace(c, collation=collation) if collation is not None and indexes.collates(run, c.type) else c
            for c, collation in zip(columns, reading.collations, strict=True)
        )
    table = Table(
        number=run.catalog.number(),
        schema=schema,
        name=statement.table.name[:63],
        kind="matview" if statement.materialized else "table",
        columns=columns,
        next_column=len(columns) + 1,
        known=known,
        query=statement.query if statement.materialized else None,
        reads=frozenset(reading.reads) if statement.materialized else frozenset(),
        populated=statement.with_data,
        persistence="t" if schema == "pg_temp" else statement.table.persistence,
        rows=(rows.selected(run, statement.query),) if statement.with_data else (),
    )
    run.catalog.put(table)


def refresh(run: Run, statement: op.RefreshView) -> None:
    """REFRESH MATERIALIZED VIEW: ACCESS EXCLUSIVE and a new file; CONCURRENTLY only EXCLUSIVE, rows are compared."""
    view = run.relation(statement.view, kind="matview")
    if not isinstance(view, Table) or (run.knows(view) and view.kind != "matview"):
        raise FailureError(f'"{statement.view.name}" is not a materialized view')
    if statement.concurrently and not statement.with_data:
        raise FailureError("REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together")
    run.lock(view.number, Lock.EXCLUSIVE if statement.concurrently else Lock.ACCESS_EXCLUSIVE)
    if statement.concurrently:
        usable = [
            i
            for i in run.catalog.indexes_of(view.number)
            if i.unique and i.valid and i.predicate is None and 0 not in i.columns
        ]
        if run.knows(view) and not usable:
            raise FailureError(f'cannot refresh materialized view "{view.name}" concurrently: it has no unique index')
        if not view.populated:
            raise FailureError("CONCURRENTLY cannot be used when the materialized view is not populated")
    reading = queries.analyse(run, view.query) if view.query is not None else queries.Reading()
    if view.query is None:
        run.doubt(f"what {view.key} reads is not known")
    if statement.with_data:
        queries.filled(run, reading)
        for number, lock in reading.locks.items():
            run.lock(number, lock)
        for number in reading.scanned:
            run.scan(number)
    if statement.concurrently:
        run.scan(view.number)
        return
    run.rewrites.add(view.number)
    run.emptied.add(view.number)
    for index in run.catalog.indexes_of(view.number):
        if statement.with_data:  # the new file is read for each index
            run.scan(view.number)
        run.rebuilds.add(index.number)
        run.lock(index.number, Lock.ACCESS_EXCLUSIVE)
    fresh = (rows.selected(run, view.query),) if statement.with_data and view.query is not None else ()
    run.catalog.put(replace(run.current(view.number), populated=statement.with_data, rows=fresh))


__all__ = ["RowSource", "create_table_as", "create_view", "refresh"]
