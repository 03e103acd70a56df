"""Statements on tables, views, indexes and sequences."""

from typing import Any

from msgspec import Struct

from contractcheck.migrations.operations.actions import Action
from contractcheck.migrations.operations.parts import ColumnDef, ConstraintDef, IndexKey, Node, Ref, TypeRef


class AlterTable(Struct, frozen=True):
    """ALTER TABLE, INDEX, VIEW, MATERIALIZED VIEW or SEQUENCE with its actions; `kind` is what the statement says.

    `cascade` is that of ALTER TYPE: typed tables change with it.
    """

    table: Ref
    actions: tuple[Action, ...]
    kind: str = "table"
    missing_ok: bool = False
    cascade: bool = False


class TableLike(Struct, frozen=True):
    """LIKE in CREATE TABLE, with the options of INCLUDING as the server's bits; `place` columns stand before it."""

    table: Ref
    options: int = 0
    place: int = 0


class CreateTable(Struct, frozen=True):
    """CREATE TABLE; `partition_by` is (strategy, keys), `bound` a partition's, `parents` its parent or INHERITS."""

    table: Ref
    columns: tuple[ColumnDef, ...] = ()
    constraints: tuple[ConstraintDef, ...] = ()
    likes: tuple[TableLike, ...] = ()
    parents: tuple[Ref, ...] = ()
    partition_by: tuple[str, tuple[IndexKey, ...]] | None = None
    bound: Node | None = None
    options: tuple[tuple[str, str], ...] = ()
    access_method: str | None = None
    tablespace: str | None = None
    of_type: TypeRef | None = None
    missing_ok: bool = False
    foreign_server: str | None = None


class CreateTableAs(Struct, frozen=True):
    """CREATE TABLE AS, SELECT INTO or CREATE MATERIALIZED VIEW."""

    table: Ref
    query: Node
    materialized: bool = False
    columns: tuple[str, ...] = ()
    with_data: bool = True
    missing_ok: bool = False


class CreateView(Struct, frozen=True):
    """CREATE [OR REPLACE] VIEW."""

    view: Ref
    query: Node
    columns: tuple[str, ...] = ()
    replace: bool = False
    options: tuple[tuple[str, str], ...] = ()


class RefreshView(Struct, frozen=True):
    """REFRESH MATERIALIZED VIEW."""

    view: Ref
    concurrently: bool = False
    with_data: bool = True


class CreateIndex(Struct, frozen=True):
    """CREATE INDEX; `ordered_include` where INCLUDE says an order, which is refused."""

    table: Ref
    keys: tuple[IndexKey, ...]
    name: str | None = None
    unique: bool = False
    concurrently: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    predicate: Node | None = None
    missing_ok: bool = False
    nulls_distinct: bool = True
    tablespace: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    ordered_include: bool = False


class Truncate(Struct, frozen=True):
    """TRUNCATE."""

    tables: tuple[Ref, ...]
    cascade: bool = False
    restart: bool = False


class CreateSequence(Struct, frozen=True):
    """CREATE SEQUENCE."""

    sequence: Ref
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


class AlterSequence(Struct, frozen=True):
    """ALTER SEQUENCE with its options."""

    sequence: Ref
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


class CreateTrigger(Struct, frozen=True):
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER; `columns` of UPDATE OF, `when` the condition."""

    name: str
    table: Ref
    function: tuple[str, ...]
    columns: tuple[str, ...] = ()
    when: Node | None = None
    replace: bool = False
    constraint: bool = False
    deferrable: bool = False
    deferred: bool = False
    row: bool = False
    timing: int = 0
    events: int = 0
    references: Ref | None = None


class CreatePolicy(Struct, frozen=True):
    """CREATE POLICY, or ALTER POLICY when `alter`."""

    name: str
    table: Ref
    command: str = "all"
    roles: tuple[str, ...] = ()
    using: Node | None = None
    check: Node | None = None
    alter: bool = False


class CreateRule(Struct, frozen=True):
    """CREATE [OR REPLACE] RULE."""

    name: str
    table: Ref
    event: str
    instead: bool
    actions: tuple[Node, ...] = ()
    where: Node | None = None
    replace: bool = False


class Maintain(Struct, frozen=True):
    """VACUUM, ANALYZE, CLUSTER, REINDEX or CHECKPOINT; `scope` of REINDEX: table, index, schema, database, system."""

    what: str
    relations: tuple[Ref, ...] = ()
    full: bool = False
    concurrently: bool = False
    scope: str = "table"
    index: str | None = None
    name: str | None = None
    options: tuple[tuple[str, str], ...] = ()


class LockTable(Struct, frozen=True):
    """LOCK TABLE; mode 1 to 8."""

    tables: tuple[Ref, ...]
    mode: int = 8
    nowait: bool = False
