"""The actions of ALTER TABLE."""

from typing import Any

from contractcheck.migrations.operations.parts import ColumnDef, ConstraintDef, Node, Ref, TypeRef
from contractcheck.model.record import dataclass


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
