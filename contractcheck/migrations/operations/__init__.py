"""The operations a migration consists of, whatever tree and tool they come from."""

from collections.abc import Iterator

from contractcheck.migrations.operations.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumnSetting,
    AlterColumnType,
    AlterConstraint,
    AlterIdentity,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropExpression,
    DropNotNull,
    Inherit,
    SetDefault,
    SetExpression,
    SetNotNull,
    SetRowSecurity,
    SetRule,
    SetTable,
    SetTrigger,
    UnmodelledAction,
    ValidateConstraint,
)
from contractcheck.migrations.operations.objects import (
    AlterDomain,
    AlterEnum,
    AlterObject,
    Comment,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateFunction,
    CreateObject,
    Drop,
    Grant,
    Rename,
    SetOwner,
    SetSchema,
)
from contractcheck.migrations.operations.parts import ColumnDef, ConstraintDef, ForeignKey, IndexKey, Node, Ref, TypeRef
from contractcheck.migrations.operations.relations import (
    AlterSequence,
    AlterTable,
    CreateIndex,
    CreatePolicy,
    CreateRule,
    CreateSequence,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    LockTable,
    Maintain,
    RefreshView,
    TableLike,
    Truncate,
)
from contractcheck.migrations.operations.sessions import Block, Query, Session, SetVariable, Transaction, Unmodelled

__all__ = [
    "Action",
    "AddColumn",
    "AddConstraint",
    "AlterColumnSetting",
    "AlterColumnType",
    "AlterConstraint",
    "AlterDomain",
    "AlterEnum",
    "AlterIdentity",
    "AlterObject",
    "AlterSequence",
    "AlterTable",
    "AttachPartition",
    "Block",
    "ColumnDef",
    "Comment",
    "ConstraintDef",
    "CreateComposite",
    "CreateDomain",
    "CreateEnum",
    "CreateFunction",
    "CreateIndex",
    "CreateObject",
    "CreatePolicy",
    "CreateRule",
    "CreateSequence",
    "CreateTable",
    "CreateTableAs",
    "CreateTrigger",
    "CreateView",
    "DetachPartition",
    "Drop",
    "DropColumn",
    "DropConstraint",
    "DropExpression",
    "DropNotNull",
    "ForeignKey",
    "Grant",
    "IndexKey",
    "Inherit",
    "LockTable",
    "Maintain",
    "Node",
    "Operation",
    "Query",
    "Ref",
    "RefreshView",
    "Rename",
    "Session",
    "SetDefault",
    "SetExpression",
    "SetNotNull",
    "SetOwner",
    "SetRowSecurity",
    "SetRule",
    "SetSchema",
    "SetTable",
    "SetTrigger",
    "SetVariable",
    "TableLike",
    "Transaction",
    "Truncate",
    "TypeRef",
    "Unmodelled",
    "UnmodelledAction",
    "ValidateConstraint",
    "flatten",
]

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
