"""The actions of ALTER TABLE."""

from typing import Any

from msgspec import Struct

from contractcheck.migrations.operations.parts import ColumnDef, ConstraintDef, Node, Ref, TypeRef


class AddColumn(Struct, frozen=True):
    """ADD COLUMN."""

    column: ColumnDef
    missing_ok: bool = False


class DropColumn(Struct, frozen=True):
    """DROP COLUMN."""

    column: str
    missing_ok: bool = False
    cascade: bool = False


class AlterColumnType(Struct, frozen=True):
    """ALTER COLUMN ... TYPE, with `using` if given."""

    column: str
    type: TypeRef
    using: Node | None = None
    collation: str | None = None


class SetNotNull(Struct, frozen=True):
    """ALTER COLUMN ... SET NOT NULL."""

    column: str


class DropNotNull(Struct, frozen=True):
    """ALTER COLUMN ... DROP NOT NULL."""

    column: str


class SetDefault(Struct, frozen=True):
    """ALTER COLUMN ... SET DEFAULT, or DROP DEFAULT when `default` is None."""

    column: str
    default: Node | None


class SetExpression(Struct, frozen=True):
    """ALTER COLUMN ... SET EXPRESSION of a generated column."""

    column: str
    expression: Node


class DropExpression(Struct, frozen=True):
    """ALTER COLUMN ... DROP EXPRESSION of a generated column."""

    column: str
    missing_ok: bool = False


class AlterIdentity(Struct, frozen=True):
    """ADD, SET or DROP of a column's identity; `how` is `add`, `set` or `drop`, `identity` a (always) or d."""

    column: str
    how: str
    identity: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    missing_ok: bool = False


class AlterColumnSetting(Struct, frozen=True):
    """ALTER COLUMN ... SET STATISTICS, STORAGE, COMPRESSION or options; `column` may be the number of an index's."""

    column: str
    setting: str
    value: Any = None


class AddConstraint(Struct, frozen=True):
    """ADD CONSTRAINT."""

    constraint: ConstraintDef


class DropConstraint(Struct, frozen=True):
    """DROP CONSTRAINT."""

    name: str
    missing_ok: bool = False
    cascade: bool = False


class ValidateConstraint(Struct, frozen=True):
    """VALIDATE CONSTRAINT."""

    name: str


class AlterConstraint(Struct, frozen=True):
    """ALTER CONSTRAINT: deferrability, enforcement or inheritance; None leaves a property as it is."""

    name: str
    deferrable: bool | None = None
    deferred: bool | None = None
    enforced: bool | None = None
    no_inherit: bool | None = None


class AttachPartition(Struct, frozen=True):
    """ATTACH PARTITION; of an index when `bound` is None and the altered relation is an index."""

    partition: Ref
    bound: Node | None = None


class DetachPartition(Struct, frozen=True):
    """DETACH PARTITION [CONCURRENTLY | FINALIZE]."""

    partition: Ref
    concurrently: bool = False
    finalize: bool = False


class Inherit(Struct, frozen=True):
    """INHERIT or NO INHERIT of a parent."""

    parent: Ref
    add: bool = True


class SetTrigger(Struct, frozen=True):
    """ENABLE or DISABLE of triggers; `name` is `*all*` or `*user*` for those words; state O, D, R or A."""

    name: str
    state: str


class SetRule(Struct, frozen=True):
    """ENABLE or DISABLE of a rule."""

    name: str
    state: str


class SetRowSecurity(Struct, frozen=True):
    """ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY; None leaves a property as it is."""

    enabled: bool | None = None
    forced: bool | None = None


class SetTable(Struct, frozen=True):
    """A setting of the table itself.

    `what` is `options`, `reset options`, `tablespace`, `access method`, `persistence`, `owner`, `replica identity`,
    `cluster`, `without cluster`, `without oids` or `of type`.
    """

    what: str
    value: Any = None


class UnmodelledAction(Struct, frozen=True):
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
