"""VACUUM, ANALYZE, CLUSTER, REINDEX and LOCK TABLE."""

from collections.abc import Iterable

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Index, Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import availability, deferral
from contractcheck.migrations.postgresql.run import FailureError, Run


def maintain(run: Run, statement: op.Maintain) -> None:
    """One maintenance statement."""
    availability.check_maintenance(run, statement)
    match statement.what:
        case "vacuum":
            _vacuum(run, statement)
        case "analyze":
            only = {each.name for each in statement.relations if each.only}
            for table in _tables(run, statement):
                if table.name in only and run.version >= 18:  # the rows of the leaves are still sampled
                    run.lock(table.number, Lock.SHARE_UPDATE_EXCLUSIVE)
                    for leaf in run.leaves(table.number) if table.kind == "partitioned table" else ():
                        run.lock(leaf, Lock.ACCESS_SHARE)
                    continue
                for number in _with_partitions(run, table):
                    run.lock(number, Lock.SHARE_UPDATE_EXCLUSIVE)
                for child in run.catalog.descendants(table.number):
                    # from 18 on ANALYZE of a parent goes through its children too (measured)
                    run.lock(child, Lock.ACCESS_SHARE if run.version < 18 else Lock.SHARE_UPDATE_EXCLUSIVE)
        case "cluster":
            _cluster(run, statement)
        case "reindex":
            _reindex(run, statement)
        case _:
            return


def _with_partitions(run: Run, table: Table) -> tuple[int, ...]:
    below = run.catalog.descendants(table.number) if table.kind == "partitioned table" else ()
    return (table.number, *below)


def _tables(run: Run, statement: op.Maintain) -> Iterable[Table]:
    if not statement.relations:
        kinds = {"table", "matview", "partitioned table"} if statement.what == "analyze" else {"table", "matview"}
        return [
            t for t in run.catalog.tables() if t.kind in kinds and t.schema not in {"pg_catalog", "information_schema"}
        ]
    found = []
    for ref in statement.relations:
        relation = run.relation(ref)
        if not isinstance(relation, Table):
            raise FailureError(f'"{ref}" is no table')
        if relation.kind != "view" or statement.what not in {"vacuum", "analyze"}:  # of a view it only warns
            found.append(relation)
    return found


def _vacuum(run: Run, statement: op.Maintain) -> None:
    """VACUUM: SHARE UPDATE EXCLUSIVE; FULL: ACCESS EXCLUSIVE and a new file. Never in a transaction block."""
    run.not_in_block("VACUUM")
    only = {r.name for r in statement.relations if r.only}
    for table in _tables(run, statement):
        leaves = _with_partitions(run, table)
        if run.version >= 18 and statement.relations and table.name not in only:
            leaves = (table.number, *run.catalog.descendants(table.number))
        for number in leaves:
            part = run.current(number)
            if statement.full and part.kind in {"table", "matview"}:
                run.lock(number, Lock.ACCESS_EXCLUSIVE)
                run.rewrite(number)
                run.scan(number)
            elif part.kind in {"table", "matview"} or number != table.number:
                run.lock(number, Lock.SHARE_UPDATE_EXCLUSIVE)


def _cluster(run: Run, statement: op.Maintain) -> None:
    if not statement.relations:
        run.not_in_block("CLUSTER")
    for table in _tables(run, statement):
        if not statement.relations and table.clustered is None:
            continue
        run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
        deferral.unused(run, table.number, "CLUSTER")
        if table.kind == "partitioned table" and (statement.index is not None or table.clustered is not None):
            run.need(15, "CLUSTER of a partitioned table")
            run.not_in_block("CLUSTER")
        index: Index | None = None
        if statement.index is not None:
            found = run.catalog.lookup(statement.index, table.schema, ())
            if not isinstance(found, Index):
                if run.knows(table):
                    raise FailureError(f'index "{statement.index}" for table "{table.name}" does not exist')
            else:
                index = found
                if found.table != table.number and run.knows(table):
                    raise FailureError(f'"{found.name}" is not an index for table "{table.name}"')
        elif table.clustered is not None:
            index = run.catalog.index(table.clustered)
        elif run.knows(table):
            raise FailureError(f'there is no previously clustered index for table "{table.name}"')
        if index is not None and index.predicate is not None:
            raise FailureError(f'cannot cluster on partial index "{index.name}"')
        if index is not None and not index.valid:
            raise FailureError(f'cannot cluster on invalid index "{index.name}"')
        if index is not None and index.method not in {"btree", "gist"}:
            raise FailureError(f'cannot cluster on index "{index.name}": its access method does not support clustering')
        for number in _with_partitions(run, table):
            part = run.current(number)
            run.lock(number, Lock.ACCESS_EXCLUSIVE)
            if part.kind != "partitioned table":
                run.rewrite(number)
                run.scan(number)
        if index is not None and table.kind != "partitioned table":
            run.catalog.put(replace(run.current(table.number), clustered=index.number))
        elif index is not None:  # a partitioned index is not marked, those of the partitions are
            family = {index.number}
            for number in run.catalog.descendants(table.number):
                for below in run.catalog.indexes_of(number):
                    if below.parent in family:
                        family.add(below.number)
                        if not below.partitioned:
                            run.catalog.put(replace(run.current(number), clustered=below.number))


def _reindex(run: Run, statement: op.Maintain) -> None:
    """REINDEX: SHARE on the table, ACCESS EXCLUSIVE on the index, readers wait; CONCURRENTLY swaps in new ones."""
    if statement.scope in {"schema", "database", "system"}:
        run.not_in_block(f"REINDEX {statement.scope.upper()}")
        if statement.scope == "schema" and statement.name not in run.catalog.schemas and run.catalog.complete:
            raise FailureError(f'schema "{statement.name}" does not exist')
        if statement.scope == "system":
            return
        wanted = [
            t
            for t in run.catalog.tables()
            if t.kind in {"table", "matview"} and (statement.scope != "schema" or t.schema == statement.name)
        ]
        for table in wanted:
            _reindex_table(run, table, concurrently=statement.concurrently)
        return
    if statement.concurrently:
        run.not_in_block("REINDEX CONCURRENTLY")
    relation = run.relation(statement.relations[0], kind="index" if statement.scope == "index" else "table")
    if statement.scope == "index":
        if not isinstance(relation, Index):
            if relation is None and not run.catalog.complete:
                run.doubt(f"index {statement.relations[0]} is not known")
                return
            raise FailureError(f'"{statement.relations[0].name}" is not an index')
        if relation.partitioned:
            if run.version < 14:
                raise FailureError("REINDEX is not yet implemented for partitioned indexes")
            run.not_in_block("REINDEX INDEX")
            run.lock(relation.table, Lock.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else Lock.SHARE)
            for index in [i for i in run.catalog.relations.values() if isinstance(i, Index)]:
                if relation.number in _above(run, index) and not index.partitioned:
                    _reindex_one(run, index, concurrently=statement.concurrently)
            return
        _reindex_one(run, relation, concurrently=statement.concurrently)
        return
    if not isinstance(relation, Table):
        raise FailureError(f'"{statement.relations[0].name}" is not a table or materialized view')
    if relation.kind == "partitioned table":
        if run.version < 14:  # 12 and 13 only warn that nothing is done (measured)
            run.lock(relation.number, Lock.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else Lock.SHARE)
            return
        run.not_in_block("REINDEX TABLE")
        run.lock(relation.number, Lock.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else Lock.SHARE)
        for leaf in run.leaves(relation.number):
            _reindex_table(run, run.current(leaf), concurrently=statement.concurrently)
        return
    _reindex_table(run, relation, concurrently=statement.concurrently)


def _above(run: Run, index: Index) -> set[int]:
    found: set[int] = set()
    while index.parent is not None and index.parent not in found:
        found.add(index.parent)
        index = run.catalog.index(index.parent)
    return found


def _reindex_table(run: Run, table: Table, *, concurrently: bool) -> None:
    run.lock(table.number, Lock.SHARE_UPDATE_EXCLUSIVE if concurrently else Lock.SHARE)
    for index in run.catalog.indexes_of(table.number):
        _reindex_one(run, index, concurrently=concurrently)


def _reindex_one(run: Run, index: Index, *, concurrently: bool) -> None:
    run.lock(index.table, Lock.SHARE_UPDATE_EXCLUSIVE if concurrently else Lock.SHARE)
    run.lock(index.number, Lock.SHARE_UPDATE_EXCLUSIVE if concurrently else Lock.ACCESS_EXCLUSIVE)
    if not concurrently:
        run.rebuilds.add(index.number)
    run.scan(index.table)
    if not index.valid and not index.partitioned:
        run.catalog.put(replace(index, valid=True))


def lock_table(run: Run, statement: op.LockTable) -> None:
    """LOCK TABLE: also the children, and what a view reads."""
    if not run.block:
        raise FailureError("LOCK TABLE can only be used in transaction blocks")
    for ref in statement.tables:
        table = run.relation(ref)
        if not isinstance(table, Table):
            raise FailureError(f'"{ref}" is no table')
        lock = Lock(statement.mode)
        run.lock(table.number, lock)
        if not ref.only:
            for child in run.catalog.descendants(table.number):
                run.lock(child, lock)
        if table.kind not in {"table", "partitioned table", "view"} and run.knows(table):
            raise FailureError(f'cannot lock relation "{table.name}"')
        views = [table] if table.kind == "view" else []
        while views:
            for number, _ in views.pop().reads:
                inner = run.catalog.relations.get(number)
                if isinstance(inner, Table) and run.locks.get(number, 0) < lock:
                    run.lock(number, lock)
                    for child in run.catalog.descendants(number):
                        run.lock(child, lock)
                    views += [inner] if inner.kind == "view" else []
