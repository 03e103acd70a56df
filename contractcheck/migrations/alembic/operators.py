"""Operators on values, known or not."""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import (
    budget,
    expressions,
    files,
    knowledge,
    objects,
    texts,
)
from contractcheck.migrations.alembic.emission import concrete
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    HOLE,
    Instance,
    Scope,
    Unknown,
)

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.BitAnd: operator.and_,
    ast.MatMult: operator.matmul,
}  # fmt: skip


def _binary(machine: Machine, node: ast.BinOp, scope: Scope) -> object:
    # Long sums of strings lean to the left: walk the spine instead of the stack.
    spine: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        machine.budget.step()
        spine.append(left)
        left = left.left
    value = expressions.evaluate(machine, left, scope)
    for part in reversed(spine):
        value = combine(part.op, value, expressions.evaluate(machine, part.right, scope))
        # SQLAlchemy keeps a sum as one list, copied each time.
        machine.budget.step(len(getattr(value, "clauses", ())) // 10 if objects.expression(value) else 0)
    return value


def combine(op: ast.operator, left: object, right: object) -> object:
    """The result of a binary operator."""
    if isinstance(op, ast.Div) and (isinstance(left, files.Path) or isinstance(right, files.Path)):
        return files.path([left, right])
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _partly(op, left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        _guard_numbers(op, left, right)
    elif isinstance(op, ast.Mult):
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, str | bytes | list | tuple) and isinstance(times, int):
                budget.text(len(sequence) * max(times, 0) * (1 if isinstance(sequence, str | bytes) else 40))
    elif isinstance(op, ast.Add) and isinstance(left, str | bytes) and isinstance(right, str | bytes):
        budget.text(len(left) + len(right))
    elif isinstance(op, ast.Mod) and isinstance(left, str | bytes):
        budget.weigh(right)
        if isinstance(left, bytes):
            return Unknown("formatting of bytes is not read")
        texts.check_percent(left)
        if knowledge.unknown_in(right) is not None:
            return texts.percent(left, right)
        if not all(map(objects.printable, right if isinstance(right, tuple) else (right,))):
            return Unknown("formats an object")
    else:
        budget.weigh(left, right)
    if isinstance(left, list) and not isinstance(op, ast.Add | ast.Mult):
        return Unknown("an operator on the keys of a mapping")  # which are a list here
    if not objects.operable(left, right):
        return Unknown("an operator on an object that is not read")
    return knowledge.guarded(lambda: _BINARY[type(op)](left, right))


def _partly(op: ast.operator, left: object, right: object) -> object:
    if isinstance(op, ast.Add) and isinstance(left, str | Unknown) and isinstance(right, str | Unknown):
        sides = [side if isinstance(side, str) else side.template for side in (left, right)]
        if isinstance(left, str) or isinstance(right, str) or all(sides):
            return texts.partial([HOLE if side is None else side for side in sides])
    if isinstance(op, ast.Mod) and isinstance(left, str):
        texts.check_percent(left)
        return texts.percent(left, right)
    if objects.expression(left) or objects.expression(right):
        return knowledge.guarded(lambda: _BINARY[type(op)](concrete(left), concrete(right)))
    unknown = knowledge.unknown_of(left, right)
    assert unknown is not None  # noqa: S101 - the caller looked
    return Unknown(unknown.reason, database=unknown.database)


def _guard_numbers(op: ast.operator, left: int | float, right: int | float) -> None:  # noqa: PYI041 - both are meant
    if isinstance(left, int) and isinstance(right, int):
        if isinstance(op, ast.Pow):
            budget.number(left.bit_length() * max(right, 0))
        elif isinstance(op, ast.LShift):
            budget.number(left.bit_length() + max(right, 0))
        elif isinstance(op, ast.Mult):
            budget.number(left.bit_length() + right.bit_length())


def _bool(machine: Machine, node: ast.BoolOp, scope: Scope) -> object:
    """Unknown parts keep later ones from being certain, but a part that decides alone does."""
    unknown: Unknown | None = None
    value: object = None
    stops = isinstance(node.op, ast.Or)
    for part in node.values:
        if unknown is None:
            value = expressions.evaluate(machine, part, scope)
        else:
            value = knowledge.perhaps(
                machine, partial(expressions.evaluate, machine, part, scope), node, unknown.reason
            )
        known = knowledge.truth(value)
        if known is stops:
            # `unknown or True` is true whatever the unknown is, though maybe not `True` itself.
            return value if unknown is None else stops
        if known is None and unknown is None:
            unknown = Unknown(knowledge.because(value))
    return value if unknown is None else Unknown(unknown.reason, database=unknown.database)


def _unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> object:
    value = expressions.evaluate(machine, node.operand, scope)
    if isinstance(node.op, ast.Not):
        known = knowledge.truth(value)
        return Unknown(knowledge.because(value)) if known is None else not known
    if isinstance(value, Unknown):
        return Unknown(value.reason)
    if not objects.operable(value):
        return Unknown("an operator on an object that is not read")
    unary: Mapping[type[ast.unaryop], Any] = {
        ast.USub: operator.neg,
        ast.UAdd: operator.pos,
        ast.Invert: operator.invert,
    }
    return knowledge.guarded(partial(unary[type(node.op)], value))


_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


def _compare(machine: Machine, node: ast.Compare, scope: Scope) -> object:
    left = expressions.evaluate(machine, node.left, scope)
    result: object = True
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = expressions.evaluate(machine, comparator, scope)
        result = _compared(machine, op, left, right)
        known = knowledge.truth(result) if len(node.ops) > 1 else True
        if known is not True:
            return result
        left = right
    return result


def _compared(machine: Machine, op: ast.cmpop, left: object, right: object) -> object:
    if isinstance(op, ast.Is | ast.IsNot):
        unknown = knowledge.unknown_of(left, right)
        if unknown is not None:
            if unknown.template is not None and (left is None or right is None):
                return isinstance(op, ast.IsNot)
            return Unknown(unknown.reason)
        return (left is right) is isinstance(op, ast.Is)
    if isinstance(op, ast.In | ast.NotIn):
        return _contained(machine, left, right, wanted=isinstance(op, ast.In))
    if objects.expression(left) or objects.expression(right):
        return knowledge.guarded(lambda: _COMPARE[type(op)](concrete(left), concrete(right)))
    unknown = knowledge.unknown_of(left, right)
    if unknown is not None:
        return Unknown(unknown.reason)
    budget.weigh(left, right)
    if not objects.operable(left, right):
        if isinstance(op, ast.Eq | ast.NotEq) and (left is right or not isinstance(left, Instance)):
            return (left is right) is isinstance(op, ast.Eq)
        return Unknown("an object is compared")
    return knowledge.guarded(lambda: _COMPARE[type(op)](left, right))


def _contained(machine: Machine, left: object, right: object, *, wanted: bool) -> object:
    if isinstance(right, str) and isinstance(left, str):
        return (left in right) is wanted
    if isinstance(right, range) and isinstance(left, int):
        return (left in right) is wanted
    items = knowledge.iterate(machine, right)
    if items is None:
        some = right.parts.get("<some>") if isinstance(right, Unknown) else None
        if isinstance(some, frozenset) and isinstance(left, str) and left in some:
            return wanted
        return Unknown(right.reason if isinstance(right, Unknown) else knowledge.CONDITION)
    if isinstance(left, Unknown):
        return (not wanted) if not items else Unknown(left.reason)
    budget.weigh(left)
    if any(
        not isinstance(item, Unknown)
        and (item is left or (objects.operable(item, left) and not objects.expression(item) and item == left))
        for item in items
    ):
        return wanted
    return Unknown(knowledge.CONDITION) if knowledge.unknown_of(*items) else not wanted


HANDLERS: Mapping[type[ast.expr], Callable[[Machine, Any, Scope], object]] = {
    ast.BinOp: _binary, ast.BoolOp: _bool, ast.UnaryOp: _unary, ast.Compare: _compare,
}  # fmt: skip
