"""The operations a migration consists of, whatever tree and tool they come from."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from contractcheck.model.record import dataclass

Node = Mapping[str, Any]
"""A parsed expression or query in the parser's JSON form: one key, the kind, over its fields."""


@dataclass(frozen=True, slots=True)
class Ref:
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


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as the statement names it: its name, modifiers and array dimensions; `setof` for results of functions."""

    name: str
    schema: str | None = None
    modifiers: tuple[int | str, ...] = ()
    dimensions: int = 0
    setof: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """What a foreign key refers to; no columns: the primary key. Actions are the server's letters (a, r, c, n, d)."""

    table: Ref
    columns: tuple[str, ...] = ()
    on_delete: str = "a"
    on_update: str = "a"
    match: str = "s"


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column or an expression, with its operator class, collation and order."""

    column: str | None = None
    expression: Node | None = None
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class ConstraintDef:
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


@dataclass(frozen=True, slots=True)
class ColumnDef:
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


# -- actions of ALTER TABLE -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ADD COLUMN."""

    column: ColumnDef
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn:
    """DROP COLUMN."""

    column: str
    missing_ok: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumnType:
    """ALTER COLUMN ... TYPE, with `using` if given."""

    column: str
    type: TypeRef
    using: Node | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER COLUMN ... SET NOT NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class DropNotNull:
    """ALTER COLUMN ... DROP NOT NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class SetDefault:
    """ALTER COLUMN ... SET DEFAULT, or DROP DEFAULT when `default` is None."""

    column: str
    default: Node | None


@dataclass(frozen=True, slots=True)
class SetExpression:
    """ALTER COLUMN ... SET EXPRESSION of a generated column."""

    column: str
    expression: Node


@dataclass(frozen=True, slots=True)
class DropExpression:
    """ALTER COLUMN ... DROP EXPRESSION of a generated column."""

    column: str
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class AlterIdentity:
    """ADD, SET or DROP of a column's identity; `how` is `add`, `set` or `drop`, `identity` a (always) or d."""

    column: str
    how: str
    identity: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumnSetting:
    """ALTER COLUMN ... SET STATISTICS, STORAGE, COMPRESSION or options; `column` may be the number of an index's."""

    column: str
    setting: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """ADD CONSTRAINT."""

    constraint: ConstraintDef


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """DROP CONSTRAINT."""

    name: str
    missing_ok: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """VALIDATE CONSTRAINT."""

    name: str


@dataclass(frozen=True, slots=True)
class AlterConstraint:
    """ALTER CONSTRAINT: deferrability, enforcement or inheritance; None leaves a property as it is."""

    name: str
    deferrable: bool | None = None
    deferred: bool | None = None
    enforced: bool | None = None
    no_inherit: bool | None = None


@dataclass(frozen=True, slots=True)
class AttachPartition:
    """ATTACH PARTITION; of an index when `bound` is None and the altered relation is an index."""

    partition: Ref
    bound: Node | None = None


@dataclass(frozen=True, slots=True)
class DetachPartition:
    """DETACH PARTITION [CONCURRENTLY | FINALIZE]."""

    partition: Ref
    concurrently: bool = False
    finalize: bool = False


@dataclass(frozen=True, slots=True)
class Inherit:
    """INHERIT or NO INHERIT of a parent."""

    parent: Ref
    add: bool = True


@dataclass(frozen=True, slots=True)
class SetTrigger:
    """ENABLE or DISABLE of triggers; `name` is `*all*` or `*user*` for those words; state O, D, R or A."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class SetRule:
    """ENABLE or DISABLE of a rule."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class SetRowSecurity:
    """ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY; None leaves a property as it is."""

    enabled: bool | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class SetTable:
    """A setting of the table itself.

    `what` is `options`, `reset options`, `tablespace`, `access method`, `persistence`, `owner`, `replica identity`,
    `cluster`, `without cluster`, `without oids` or `of type`.
    """

    what: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class UnmodelledAction:
    """An action of ALTER TABLE outside the model."""

    reason: str


Action = (
    AddColumn
    | DropColumn
    | AlterColumnType
    | SetNotNull
    | DropNotNull
    | SetDefault
    | SetExpression
    | DropExpression
    | AlterIdentity
    | AlterColumnSetting
    | AddConstraint
    | DropConstraint
    | ValidateConstraint
    | AlterConstraint
    | AttachPartition
    | DetachPartition
    | Inherit
    | SetTrigger
    | SetRule
    | SetRowSecurity
    | SetTable
    | UnmodelledAction
)

# -- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE, INDEX, VIEW, MATERIALIZED VIEW or SEQUENCE with its actions; `kind` is what the statement says.

    `cascade` is that of ALTER TYPE: typed tables change with it.
    """

    table: Ref
    actions: tuple[Action, ...]
    kind: str = "table"
    missing_ok: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class TableLike:
    """LIKE in CREATE TABLE, with the options of INCLUDING as the server's bits; `place` columns stand before it."""

    table: Ref
    options: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class CreateTable:
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


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """CREATE TABLE AS, SELECT INTO or CREATE MATERIALIZED VIEW."""

    table: Ref
    query: Node
    materialized: bool = False
    columns: tuple[str, ...] = ()
    with_data: bool = True
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE [OR REPLACE] VIEW."""

    view: Ref
    query: Node
    columns: tuple[str, ...] = ()
    replace: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RefreshView:
    """REFRESH MATERIALIZED VIEW."""

    view: Ref
    concurrently: bool = False
    with_data: bool = True


@dataclass(frozen=True, slots=True)
class CreateIndex:
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


@dataclass(frozen=True, slots=True)
class Drop:
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


@dataclass(frozen=True, slots=True)
class Rename:
    """RENAME of an object; `sub` is the column, constraint, attribute, trigger, rule or policy of `table`."""

    kind: str
    new_name: str
    table: Ref | None = None
    sub: str | None = None
    name: tuple[str, ...] = ()
    relation_kind: str = "table"
    missing_ok: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class SetSchema:
    """SET SCHEMA of an object."""

    kind: str
    new_schema: str
    table: Ref | None = None
    name: tuple[str, ...] = ()
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class SetOwner:
    """OWNER TO of an object that is no table."""

    kind: str
    name: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """TRUNCATE."""

    tables: tuple[Ref, ...]
    cascade: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class CreateSequence:
    """CREATE SEQUENCE."""

    sequence: Ref
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class AlterSequence:
    """ALTER SEQUENCE with its options."""

    sequence: Ref
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class CreateEnum:
    """CREATE TYPE ... AS ENUM."""

    name: Ref
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlterEnum:
    """ALTER TYPE ... ADD VALUE (old is None) or RENAME VALUE."""

    name: Ref
    new: str
    old: str | None = None
    neighbour: str | None = None
    after: bool = True
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class CreateDomain:
    """CREATE DOMAIN."""

    name: Ref
    type: TypeRef
    constraints: tuple[ConstraintDef, ...] = ()
    default: Node | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class AlterDomain:
    """ALTER DOMAIN; `action` is `default`, `set not null`, `drop not null`, `add`, `drop` or `validate`."""

    name: Ref
    action: str
    constraint: ConstraintDef | None = None
    constraint_name: str | None = None
    default: Node | None = None
    missing_ok: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateComposite:
    """CREATE TYPE ... AS (attributes)."""

    name: Ref
    columns: tuple[ColumnDef, ...]


@dataclass(frozen=True, slots=True)
class CreateFunction:
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


@dataclass(frozen=True, slots=True)
class CreateTrigger:
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


@dataclass(frozen=True, slots=True)
class CreatePolicy:
    """CREATE POLICY, or ALTER POLICY when `alter`."""

    name: str
    table: Ref
    command: str = "all"
    roles: tuple[str, ...] = ()
    using: Node | None = None
    check: Node | None = None
    alter: bool = False


@dataclass(frozen=True, slots=True)
class CreateRule:
    """CREATE [OR REPLACE] RULE."""

    name: str
    table: Ref
    event: str
    instead: bool
    actions: tuple[Node, ...] = ()
    where: Node | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """COMMENT ON an object; `table` for what belongs to one. None removes it."""

    kind: str
    name: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True, slots=True)
class Grant:
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


@dataclass(frozen=True, slots=True)
class CreateObject:
    """Creation of an object that touches no table's data: a schema, extension, statistics, collation, role, ..."""

    kind: str
    name: tuple[str, ...]
    missing_ok: bool = False
    replace: bool = False
    node: Node = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlterObject:
    """Alteration of such an object, or of settings of the system."""

    kind: str
    name: tuple[str, ...]
    node: Node = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Maintain:
    """VACUUM, ANALYZE, CLUSTER, REINDEX or CHECKPOINT; `scope` of REINDEX: table, index, schema, database, system."""

    what: str
    relations: tuple[Ref, ...] = ()
    full: bool = False
    concurrently: bool = False
    scope: str = "table"
    index: str | None = None
    name: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LockTable:
    """LOCK TABLE; mode 1 to 8."""

    tables: tuple[Ref, ...]
    mode: int = 8
    nowait: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, CALL: reads or changes rows; `verb` in lower case."""

    verb: str
    node: Node


@dataclass(frozen=True, slots=True)
class Block:
    """DO: a body of procedural code."""

    language: str
    body: str


@dataclass(frozen=True, slots=True)
class SetVariable:
    """SET, RESET or SET LOCAL; value None resets."""

    name: str
    value: str | None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ...; `kind` in lower case."""

    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH or CLOSE, by name, "" for all; `everything` is FETCH ALL."""

    what: str
    name: str = ""
    query: Node | None = None
    everything: bool = False
    options: int = 0


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A statement outside the model: nothing may be concluded about it."""

    reason: str


Operation = (
    AlterTable
    | CreateTable
    | CreateTableAs
    | CreateView
    | RefreshView
    | CreateIndex
    | Drop
    | Rename
    | SetSchema
    | SetOwner
    | Truncate
    | CreateSequence
    | AlterSequence
    | CreateEnum
    | AlterEnum
    | CreateDomain
    | AlterDomain
    | CreateComposite
    | CreateFunction
    | CreateTrigger
    | CreatePolicy
    | CreateRule
    | Comment
    | Grant
    | CreateObject
    | AlterObject
    | Maintain
    | LockTable
    | Query
    | Block
    | SetVariable
    | Transaction
    | Session
    | Unmodelled
)


def flatten(operations: tuple[Operation, ...]) -> Iterator[tuple[Operation, Action | None]]:
    """Every operation with each of its actions; None for what has none."""
    for operation in operations:
        if isinstance(operation, AlterTable):
            for action in operation.actions:
                yield operation, action
        else:
            yield operation, None
