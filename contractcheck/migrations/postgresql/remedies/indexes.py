"""Indexes and materialised views, built, rebuilt and dropped while everybody works."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.postgresql.remedies.scene import (
    Scene,
    Writer,
    alone,
    beside,
    here,
    means,
    name_of,
    quoted,
    text,
    tree,
)
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.model.finding import RemedyStep

_INDEX = re.compile(r"(?i)^(\s*CREATE\s+(?:UNIQUE\s+)?INDEX)\b(?!\s+CONCURRENTLY)")
_GUARD = re.compile(r"(?i)^(\s*CREATE\s+(?:UNIQUE\s+)?INDEX(?:\s+CONCURRENTLY)?)\s+IF\s+NOT\s+EXISTS\b")
_DROP_INDEX = re.compile(r"(?i)^(\s*DROP\s+INDEX)\b(?!\s+CONCURRENTLY)")
_REFRESH = re.compile(r"(?i)^(\s*REFRESH\s+MATERIALIZED\s+VIEW)\b(?!\s+CONCURRENTLY)")
_REINDEX = re.compile(r"(?i)^(\s*REINDEX\s+(?:\([^)]*\)\s*)?(?:INDEX|TABLE|SCHEMA|DATABASE))\b(?!\s+CONCURRENTLY)")


def built(scene: Scene) -> Iterator[RemedyStep]:
    """CREATE INDEX CONCURRENTLY; on a partitioned table partition by partition (manual, CREATE INDEX)."""
    operation = scene.operation
    if not isinstance(operation, op.CreateIndex):
        return
    table = scene.catalog.lookup(operation.table.name, operation.table.schema, ("public",))
    if isinstance(table, Table) and table.kind == "partitioned table" and not operation.table.only:
        yield from _by_partition(scene, operation, table)
        return
    better, wanted = scene.sql, operation
    if not operation.concurrently:
        better, wanted = _INDEX.sub(r"\1 CONCURRENTLY", better), replace(operation, concurrently=True)
    if operation.missing_ok and operation.name is not None and not _there(scene, operation):
        # With the guard before it nothing of that name is there; IF NOT EXISTS would keep one that is not valid.
        better, wanted = _GUARD.sub(r"\1", better), replace(wanted, missing_ok=False)
    if not means(better, wanted):
        return
    if operation.name is not None:
        # A build that fails leaves an index behind that is not valid: the second try begins by removing it.
        yield alone(f"DROP INDEX CONCURRENTLY IF EXISTS {beside(operation.table, operation.name)}")
    yield alone(better)


def _there(scene: Scene, operation: op.CreateIndex) -> bool:
    """Whether an index of that name may be there already."""
    found = scene.catalog.lookup(operation.name or "", operation.table.schema, ("public",))
    return found is not None or not scene.catalog.complete


def _by_partition(scene: Scene, operation: op.CreateIndex, table: Table) -> Iterator[RemedyStep]:
    """An index on the parent alone, one on each partition concurrently, and each attached to it."""
    if operation.concurrently or operation.missing_ok:
        return
    name = operation.name or _default_name(operation, table)
    parent = beside(table, name)
    top = _printed(scene.sql, only=True, concurrently=False, table=table, name=name)
    if top is None:
        return
    yield here(top)
    for child in _children(scene, table):
        if child.kind != "table":
            return
        own = _default_name(operation, child)
        made = _printed(scene.sql, only=False, concurrently=True, table=child, name=own)
        if made is None:
            return
        yield alone(f"DROP INDEX CONCURRENTLY IF EXISTS {beside(child, own)}")
        yield alone(made)
        yield here(f"ALTER INDEX {parent} ATTACH PARTITION {beside(child, own)}")


def _children(scene: Scene, table: Table) -> list[Table]:
    found = (scene.catalog.relations.get(number) for number in scene.catalog.children.get(table.number, ()))
    return [child for child in found if isinstance(child, Table)]


def _default_name(operation: op.CreateIndex, table: Table) -> str:
    """What the server calls an index without a name (ChooseIndexName)."""
    columns = "_".join(key.column or "expr" for key in operation.keys)
    return make_name(table.name, columns, "idx")


def _printed(sql: str, *, only: bool, concurrently: bool, table: Table, name: str) -> str | None:
    statement = tree(sql)
    if statement is None:
        return None
    statement.idxname, statement.concurrent = name, concurrently
    statement.relation.relname, statement.relation.inh = table.name, not only
    statement.relation.schemaname = table.schema if table.schema != "public" else None
    return text(statement)


def _concurrently(pattern: re.Pattern[str]) -> Writer:
    def write(scene: Scene) -> Iterator[RemedyStep]:
        better = pattern.sub(r"\1 CONCURRENTLY", scene.sql)
        match scene.operation:
            case op.Drop() | op.RefreshView() as operation:
                wanted: op.Operation = replace(operation, concurrently=True)
            case op.Maintain(options=options) as operation:
                wanted = replace(operation, concurrently=True, options=(*options, ("concurrently", "true")))
            case _:
                return
        if means(better, wanted):
            yield alone(better)

    return write


dropped = _concurrently(_DROP_INDEX)
refreshed = _concurrently(_REFRESH)
rebuilt = _concurrently(_REINDEX)


def compacted(scene: Scene) -> Iterator[RemedyStep]:
    """VACUUM FULL and CLUSTER give room back, which nobody needs who will write again; the order goes with them."""
    operation = scene.operation
    if not isinstance(operation, op.Maintain) or len(operation.relations) != 1 or operation.what == "reindex":
        return
    table = name_of(operation.relations[0])
    note = "gives the room to later rows, not to the system: pg_repack or pg_squeeze copy online where that is wanted"
    if operation.what == "cluster" and operation.index is not None:
        yield here(f"ALTER TABLE {table} CLUSTER ON {quoted(operation.index)}")
    yield alone(f"VACUUM (ANALYZE) {table}", note)


def guarded(scene: Scene) -> Iterator[RemedyStep]:
    """What may be there already, or gone already, after a try that was interrupted."""
    statement = tree(scene.sql)
    match scene.operation:
        case op.CreateIndex():
            yield from built(scene)
            return
        case op.CreateTable() | op.CreateSequence() if statement is not None:
            statement.if_not_exists = True
        case op.Drop() if statement is not None:
            statement.missing_ok = True
        case _:
            return
    yield alone(text(statement))
