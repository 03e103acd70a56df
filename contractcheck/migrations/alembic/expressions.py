"""The value of an expression, as far as it is known without running it."""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from contractcheck.migrations.alembic import (
    bindings,
    budget,
    calls,
    comprehensions,
    knowledge,
    library,
    names,
    objects,
    operators,
    texts,
)
from contractcheck.migrations.alembic.machine import Machine, agreed
from contractcheck.migrations.alembic.values import (
    Function,
    Import,
    Scope,
    Unknown,
)


def evaluate(machine: Machine, node: ast.expr, scope: Scope) -> object:
    """The value of an expression, or Unknown. Raises Raised where the code raises, Exhausted past a budget."""
    machine.budget.step()
    handler = _handlers().get(type(node))
    if handler is None:
        return Unknown(f"{type(node).__name__} is not read")
    value = handler(machine, node, scope)
    if isinstance(value, Import):
        value = value.value()
    if machine.tainted and id(value) in machine.tainted:
        return Unknown(knowledge.CONDITION, origin=type(value).__name__ if objects.ours(value) else "")
    return value


def _constant(_machine: Machine, node: ast.Constant, _scope: Scope) -> object:
    return node.value


def _name(machine: Machine, node: ast.Name, scope: Scope) -> object:
    found = scope.find(node.id)
    if found is not None:
        return found.names[node.id]
    if node.id == "__file__":
        return machine.frames[-1].module.path
    if node.id in names.NAMES:
        return names.NAMES[node.id]
    if node.id in library.BUILTINS:
        return library.BUILTINS[node.id]
    return Unknown(f"{node.id} is not read", origin=node.id)


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> object:
    return objects.attribute(machine, evaluate(machine, node.value, scope), node.attr, node)


def _choice(machine: Machine, node: ast.IfExp, scope: Scope) -> object:
    test = evaluate(machine, node.test, scope)
    known = knowledge.truth(test)
    if known is not None:
        return evaluate(machine, node.body if known else node.orelse, scope)
    reason = knowledge.because(test)
    values: list[object] = []

    def way(side: ast.expr) -> None:
        values.append(evaluate(machine, side, scope))

    machine.join(machine.explore([partial(way, node.body), partial(way, node.orelse)]), node, reason)
    return agreed(values, reason)


def _items(machine: Machine, nodes: list[ast.expr], scope: Scope) -> list[object] | Unknown:
    result: list[object] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            value = evaluate(machine, node.value, scope)
            more = knowledge.iterate(machine, value)
            if more is None:
                return value if isinstance(value, Unknown) else Unknown("items that are not known")
            result.extend(more)
        else:
            result.append(evaluate(machine, node, scope))
    return result


def _list(machine: Machine, node: ast.List, scope: Scope) -> object:
    return _items(machine, node.elts, scope)


def _tuple(machine: Machine, node: ast.Tuple, scope: Scope) -> object:
    items = _items(machine, node.elts, scope)
    return items if isinstance(items, Unknown) else tuple(items)


def _set(machine: Machine, node: ast.Set, scope: Scope) -> object:
    items = _items(machine, node.elts, scope)
    return items if isinstance(items, Unknown) else made_set(items)


def made_set(items: Sequence[object]) -> object:
    """A set of items."""
    if knowledge.unknown_of(*items):
        return Unknown("a set with unknown items")
    budget.weigh(items)
    return knowledge.guarded(lambda: set(items))


def _dict(machine: Machine, node: ast.Dict, scope: Scope) -> object:
    items: list[tuple[object, ...]] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(machine, value_node, scope)
        if key_node is not None:
            items.append((evaluate(machine, key_node, scope), value))
        elif isinstance(value, dict):
            items.extend(value.items())
        else:
            return value if isinstance(value, Unknown) else Unknown("a mapping that is not known")
    return made_dict(items)


def made_dict(items: Sequence[tuple[object, ...]]) -> object:
    """A dictionary of keys and their values."""
    result: dict[object, object] = {}
    for key, value in items:
        if isinstance(key, Unknown):
            return Unknown("a mapping with unknown keys")
        budget.weigh(key)
        knowledge.guarded(partial(operator.setitem, result, key, value))
    return result


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> object:
    value = evaluate(machine, node.value, scope)
    index = evaluate(machine, node.slice, scope)
    return objects.item(machine, value, index)


def _slice(machine: Machine, node: ast.Slice, scope: Scope) -> object:
    bounds = [None if part is None else evaluate(machine, part, scope) for part in (node.lower, node.upper, node.step)]
    unknown = knowledge.unknown_of(*bounds)
    return unknown if unknown is not None else slice(*bounds)


def function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> Function:
    """A function with its defaults evaluated where it is defined."""
    arguments = node.args
    return Function(
        node,
        scope,
        tuple(evaluate(machine, default, scope) for default in arguments.defaults),
        {
            argument.arg: evaluate(machine, default, scope)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        },
    )


def _named(machine: Machine, node: ast.NamedExpr, scope: Scope) -> object:
    value = evaluate(machine, node.value, scope)
    bindings.assign(machine, node.target, value, scope)
    return value


def _await(machine: Machine, node: ast.Await, scope: Scope) -> object:
    return calls.awaited(machine, evaluate(machine, node.value, scope), node)


def _yield(machine: Machine, node: ast.Yield, scope: Scope) -> object:
    value = None if node.value is None else evaluate(machine, node.value, scope)
    receive = machine.frames[-1].receive
    if receive is not None:
        receive(value)
    return None


def _yield_from(machine: Machine, node: ast.YieldFrom, scope: Scope) -> object:
    items = knowledge.iterate(machine, evaluate(machine, node.value, scope))
    receive = machine.frames[-1].receive
    for item in items if items is not None else [Unknown("an unknown item")]:
        if receive is not None:
            receive(item)
    return None


@cache
def _handlers() -> Mapping[type[ast.expr], Callable[[Machine, Any, Scope], object]]:
    """What evaluates each kind of expression; put together late, as these modules use each other."""
    own: dict[type[ast.expr], Callable[[Machine, Any, Scope], object]] = {
        ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.IfExp: _choice, ast.List: _list,
        ast.Tuple: _tuple, ast.Set: _set, ast.Dict: _dict, ast.Subscript: _subscript, ast.Slice: _slice,
        ast.Lambda: function, ast.NamedExpr: _named, ast.Yield: _yield, ast.YieldFrom: _yield_from,
        ast.Await: _await,
        ast.Call: calls.evaluate,
    }  # fmt: skip
    return {**own, **operators.HANDLERS, **comprehensions.HANDLERS, **texts.HANDLERS}
