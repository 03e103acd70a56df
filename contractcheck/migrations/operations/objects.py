"""Statements on types, routines and whatever else has a name; those that any kind of object has."""

from msgspec import Struct, field

from contractcheck.migrations.operations.parts import ColumnDef, ConstraintDef, Node, Ref, TypeRef


class CreateEnum(Struct, frozen=True):
    """CREATE TYPE ... AS ENUM."""

    name: Ref
    labels: tuple[str, ...]


class AlterEnum(Struct, frozen=True):
    """ALTER TYPE ... ADD VALUE (old is None) or RENAME VALUE."""

    name: Ref
    new: str
    old: str | None = None
    neighbour: str | None = None
    after: bool = True
    missing_ok: bool = False


class CreateDomain(Struct, frozen=True):
    """CREATE DOMAIN."""

    name: Ref
    type: TypeRef
    constraints: tuple[ConstraintDef, ...] = ()
    default: Node | None = None
    collation: str | None = None


class AlterDomain(Struct, frozen=True):
    """ALTER DOMAIN; `action` is `default`, `set not null`, `drop not null`, `add`, `drop` or `validate`."""

    name: Ref
    action: str
    constraint: ConstraintDef | None = None
    constraint_name: str | None = None
    default: Node | None = None
    missing_ok: bool = False
    cascade: bool = False


class CreateComposite(Struct, frozen=True):
    """CREATE TYPE ... AS (attributes)."""

    name: Ref
    columns: tuple[ColumnDef, ...]


class CreateFunction(Struct, frozen=True):
    """CREATE [OR REPLACE] FUNCTION or PROCEDURE; volatility v, s or i.

    `settings` is what else it says, by name; `parameters` are the names of those it takes, "" for none.
    """

    name: Ref
    arguments: tuple[TypeRef, ...]
    returns: TypeRef | None
    volatility: str = "v"
    language: str = "sql"
    body: str = ""
    replace: bool = False
    procedure: bool = False
    atomic: Node | None = None
    settings: tuple[tuple[str, object], ...] = ()
    parameters: tuple[str, ...] = ()


class CreateObject(Struct, frozen=True):
    """Creation of an object that touches no table's data: a schema, extension, statistics, collation, role, ..."""

    kind: str
    name: tuple[str, ...]
    missing_ok: bool = False
    replace: bool = False
    node: Node = field(default_factory=dict)


class AlterObject(Struct, frozen=True):
    """Alteration of such an object, or of settings of the system."""

    kind: str
    name: tuple[str, ...]
    node: Node = field(default_factory=dict)


class Drop(Struct, frozen=True):
    """DROP of objects named by `kind` (`table`, `view`, `index`, `type`, `function`, `schema`, `trigger`, ...).

    `names` are the parts of each name; the last part of a trigger's, rule's or policy's is its own.
    `arguments` are the argument types of functions where they are given.
    """

    kind: str
    names: tuple[tuple[str, ...], ...]
    missing_ok: bool = False
    cascade: bool = False
    concurrently: bool = False
    arguments: tuple[tuple[TypeRef, ...] | None, ...] = ()


class Rename(Struct, frozen=True):
    """RENAME of an object; `sub` is the column, constraint, attribute, trigger, rule or policy of `table`."""

    kind: str
    new_name: str
    table: Ref | None = None
    sub: str | None = None
    name: tuple[str, ...] = ()
    relation_kind: str = "table"
    missing_ok: bool = False
    cascade: bool = False


class SetSchema(Struct, frozen=True):
    """SET SCHEMA of an object."""

    kind: str
    new_schema: str
    table: Ref | None = None
    name: tuple[str, ...] = ()
    missing_ok: bool = False


class SetOwner(Struct, frozen=True):
    """OWNER TO of an object that is no table."""

    kind: str
    name: tuple[str, ...]
    owner: str


class Comment(Struct, frozen=True):
    """COMMENT ON an object; `table` for what belongs to one. None removes it."""

    kind: str
    name: tuple[str, ...]
    comment: str | None


class Grant(Struct, frozen=True):
    """GRANT or REVOKE of privileges on objects; ALTER DEFAULT PRIVILEGES when `default`."""

    grant: bool
    kind: str
    objects: tuple[tuple[str, ...], ...]
    privileges: tuple[str, ...] = ()
    grantees: tuple[str, ...] = ()
    default: bool = False
    in_schemas: bool = False
    columns: tuple[str, ...] = ()
    grant_option: bool = False
