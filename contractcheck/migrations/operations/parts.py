"""What statements are made of: names, types, keys, constraints and columns as they are written."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Node = Mapping[str, Any]
"""A parsed expression or query in the parser's JSON form: one key, the kind, over its fields."""


class Ref(Struct, frozen=True):
    """A relation or type as the statement names it; `only` excludes children, `temporary` is its own schema."""

    name: str
    schema: str | None = None
    only: bool = False
    persistence: str = "p"
    line: int | None = None

    @property
    def shown(self) -> str:
        """The name as reports show it: without `public.`."""
        return self.name if self.schema in {None, "public"} else f"{self.schema}.{self.name}"

    def __str__(self) -> str:
        """Return the name as written."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


class TypeRef(Struct, frozen=True):
    """A type as the statement names it: its name, modifiers and array dimensions; `setof` for results of functions."""

    name: str
    schema: str | None = None
    modifiers: tuple[int | str, ...] = ()
    dimensions: int = 0
    setof: bool = False


class ForeignKey(Struct, frozen=True):
    """What a foreign key refers to; no columns: the primary key. Actions are the server's letters (a, r, c, n, d)."""

    table: Ref
    columns: tuple[str, ...] = ()
    on_delete: str = "a"
    on_update: str = "a"
    match: str = "s"


class IndexKey(Struct, frozen=True):
    """One key of an index: a column or an expression, with its operator class, collation and order."""

    column: str | None = None
    expression: Node | None = None
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    operator: str | None = None


class ConstraintDef(Struct, frozen=True):
    """A constraint as written: kind is `primary key`, `unique`, `foreign key`, `check`, `exclude` or `not null`."""

    kind: str
    name: str | None = None
    columns: tuple[str, ...] = ()
    expression: Node | None = None
    references: ForeignKey | None = None
    validated: bool = True
    enforced: bool = True
    deferrable: bool = False
    deferred: bool = False
    no_inherit: bool = False
    index: str | None = None
    keys: tuple[IndexKey, ...] = ()
    include: tuple[str, ...] = ()
    method: str = "btree"
    predicate: Node | None = None
    nulls_distinct: bool = True
    tablespace: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    without_overlaps: bool = False
    period: bool = False
    referenced_period: bool = False


class ColumnDef(Struct, frozen=True):
    """A column as written, with the constraints on its line."""

    name: str
    type: TypeRef
    not_null: bool = False
    not_null_name: str | None = None
    not_null_no_inherit: bool = False
    null: bool = False
    default: Node | None = None
    generated: str = ""
    identity: str = ""
    sequence: tuple[tuple[str, Any], ...] = ()
    collation: str | None = None
    compression: str | None = None
    storage: str | None = None
    constraints: tuple[ConstraintDef, ...] = ()
