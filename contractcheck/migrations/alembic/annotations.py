"""Columns of mapped classes as SQLAlchemy 2 writes them: `name: Mapped[str | None] = mapped_column(...)`."""

import ast
import datetime as dt
import decimal
import uuid
from collections.abc import Sequence
from typing import Any

from contractcheck.migrations.alembic import construction, expressions, knowledge
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import Raised, Scope, Unknown

# Of the object, not of the column.
_ORM = frozenset(
    {
        "active_history", "compare", "deferred", "deferred_group", "deferred_raiseload", "default_factory", "hash",
        "init", "kw_only", "repr", "sort_order", "use_existing_column",
    }
)  # fmt: skip
# DeclarativeBase.type_annotation_map by default.
_TYPES = {
    bool: "Boolean", bytes: "LargeBinary", dt.date: "Date", dt.datetime: "DateTime", dt.time: "Time",
    dt.timedelta: "Interval", decimal.Decimal: "Numeric", float: "Float", int: "Integer", str: "String",
    uuid.UUID: "Uuid",
}  # fmt: skip


def mapped_column(*positional: object, **keywords: object) -> object:
    """`sqlalchemy.orm.mapped_column`: a column."""
    from sqlalchemy import Column

    return construction.column(Column, positional, {key: each for key, each in keywords.items() if key not in _ORM})


def annotate(machine: Machine, body: Sequence[ast.stmt], scope: Scope) -> None:
    """Give the columns of a class's body the types and nullability of their annotations."""
    from sqlalchemy import Column

    for node in body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        inner = _mapped(machine, node.annotation, scope)
        value = scope.names.get(node.target.id)
        if inner is None or (node.value is not None and not isinstance(value, Column)):
            continue
        kind, optional = _type(machine, inner, scope)
        if value is None:
            scope.names[node.target.id] = value = Column()
        _settle(value, kind, optional=optional)
    # Columns come in the order of the text, those that only have an annotation too.
    for each in body:
        for target in each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]:
            if isinstance(target, ast.Name) and target.id in scope.names:
                scope.names[target.id] = scope.names.pop(target.id)


def _mapped(machine: Machine, annotation: ast.expr, scope: Scope) -> ast.expr | None:
    """What stands inside `Mapped[...]`."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    if not isinstance(annotation, ast.Subscript):
        return None
    value = expressions.evaluate(machine, annotation.value, scope)
    return annotation.slice if isinstance(value, Unknown) and value.origin.endswith("orm.Mapped") else None


def _type(machine: Machine, node: ast.expr, scope: Scope) -> tuple[object, bool]:
    """The type in an annotation and whether it may be None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _type(machine, ast.parse(node.value, mode="eval").body, scope)
        except SyntaxError:
            return None, False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [
            each for each in (node.left, node.right) if not (isinstance(each, ast.Constant) and each.value is None)
        ]
        return (_type(machine, sides[0], scope)[0], True) if len(sides) == 1 else (None, False)
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node.value).rpartition(".")[2]
        if name == "Optional":
            return _type(machine, node.slice, scope)[0], True
        return None, False
    try:
        return expressions.evaluate(machine, node, scope), False
    except Raised:
        return None, False


def _settle(column: Any, kind: object, *, optional: bool) -> None:  # noqa: ANN401 - a column of SQLAlchemy
    import enum

    import sqlalchemy as sa

    if column.type._isnull and not column.foreign_keys:  # noqa: SLF001 - SQLAlchemy's own question
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            column.type = knowledge.guarded(lambda: sa.Enum(kind))
        elif isinstance(kind, type) and kind in _TYPES:
            column.type = getattr(sa, _TYPES[kind])()
    if not isinstance(column._user_defined_nullable, bool) and not column.primary_key:  # noqa: SLF001 - likewise
        column.nullable = optional
