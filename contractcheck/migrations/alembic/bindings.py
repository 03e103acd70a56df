"""Names, attributes and items that statements bind."""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import budget, expressions, knowledge, mapped, operators
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    OWN,
    Class,
    Instance,
    Raised,
    Scope,
    Signal,
    Unknown,
)


def assign(machine: Machine, target: ast.expr, value: object, scope: Scope) -> None:
    """Bind a target to a value."""
    match target:
        case ast.Name():
            (_home(scope, target.id) or scope).names[target.id] = value
        case ast.Tuple() | ast.List():
            _unpack(machine, target.elts, value, scope)
        case ast.Starred():
            assign(machine, target.value, value, scope)
        case ast.Attribute():
            fasten(machine, expressions.evaluate(machine, target.value, scope), target.attr, value)
        case ast.Subscript():
            owner = expressions.evaluate(machine, target.value, scope)
            index = expressions.evaluate(machine, target.slice, scope)
            if isinstance(owner, list | dict):
                machine.touch(owner)
                if isinstance(index, Unknown):
                    machine.taint(owner)
                else:
                    budget.weigh(index, value)
                    knowledge.guarded(partial(operator.setitem, owner, index, value))


def fasten(machine: Machine, owner: object, name: str, value: object) -> None:
    """Set an attribute."""
    if isinstance(owner, Instance | Class):
        machine.touch(owner)
        owner.names[name] = value
    elif isinstance(owner, Unknown):
        kind = owner.parts.get(mapped.FETCHED)
        if isinstance(kind, Class):
            mapped.change(machine, kind, name)
    elif getattr(type(owner), OWN, False) and not name.startswith("__"):
        knowledge.guarded(partial(setattr, owner, name, value))
    elif name != "bind":
        machine.taint(owner)


def _home(scope: Scope, name: str) -> Scope | None:
    """Where a name declared `global` or `nonlocal` lives."""
    if name not in scope.shared:
        return None
    return scope.parent.find(name) if scope.parent is not None else None


def _unpack(machine: Machine, targets: Sequence[ast.expr], value: object, scope: Scope) -> None:
    items = knowledge.iterate(machine, value)
    star = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if items is None:
        reason = value.reason if isinstance(value, Unknown) else "items that are not known"
        for target in targets:
            assign(machine, target, Unknown(reason), scope)
        return
    if star is None:
        if len(items) != len(targets):
            raise Raised(ValueError(f"cannot unpack {len(items)} values into {len(targets)} names"))
        for target, item in zip(targets, items, strict=True):
            assign(machine, target, item, scope)
        return
    after = len(targets) - star - 1
    if len(items) < star + after:
        raise Raised(ValueError("not enough values to unpack"))
    middle = items[star : len(items) - after]
    for target, item in zip(targets, [*items[:star], middle, *items[len(items) - after :]], strict=True):
        assign(machine, target, item, scope)


def _assign(machine: Machine, node: ast.Assign, scope: Scope) -> Signal:
    value = expressions.evaluate(machine, node.value, scope)
    for target in node.targets:
        assign(machine, target, value, scope)
    return None


def _annotated(machine: Machine, node: ast.AnnAssign, scope: Scope) -> Signal:
    if node.value is not None:
        assign(machine, node.target, expressions.evaluate(machine, node.value, scope), scope)
    return None


def _augmented(machine: Machine, node: ast.AugAssign, scope: Scope) -> Signal:
    old = expressions.evaluate(machine, node.target, scope)
    more = expressions.evaluate(machine, node.value, scope)
    if isinstance(old, list) and isinstance(node.op, ast.Add):
        items = knowledge.iterate(machine, more)
        machine.touch(old)
        if items is None:
            machine.taint(old)
        else:
            budget.text((len(old) + len(items)) * 40)
            old.extend(items)
        return None
    assign(machine, node.target, operators.combine(node.op, old, more), scope)
    return None


def _delete(machine: Machine, node: ast.Delete, scope: Scope) -> Signal:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            owner = expressions.evaluate(machine, target.value, scope)
            index = expressions.evaluate(machine, target.slice, scope)
            if isinstance(owner, list | dict):
                machine.touch(owner)
                if isinstance(index, Unknown):
                    machine.taint(owner)
                else:
                    knowledge.guarded(partial(operator.delitem, owner, index))
    return None


def _shared(_machine: Machine, node: ast.Global | ast.Nonlocal, scope: Scope) -> Signal:
    scope.shared |= frozenset(node.names)
    return None


HANDLERS: Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
    ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.Delete: _delete, ast.Global: _shared,
    ast.Nonlocal: _shared,
}  # fmt: skip
