"""Context managers and exceptions: `with`, `try`, `raise`, `assert`, `return`."""

import ast
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import bindings, blocks, calls, expressions, knowledge, names, objects, sending
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    Class,
    Connection,
    Function,
    Instance,
    Manager,
    Maybe,
    Operations,
    Raised,
    Return,
    Scope,
    Signal,
    Unknown,
)


def _with(machine: Machine, node: ast.With | ast.AsyncWith, scope: Scope) -> Signal:
    return _enter(machine, node, 0, scope)


def _enter(machine: Machine, node: ast.With | ast.AsyncWith, index: int, scope: Scope) -> Signal:
    if index == len(node.items):
        return blocks.run(machine, node.body, scope)
    item = node.items[index]
    manager = expressions.evaluate(machine, item.context_expr, scope)

    def body(value: object) -> Signal:
        if item.optional_vars is not None:
            bindings.assign(machine, item.optional_vars, value, scope)
        return _enter(machine, node, index + 1, scope)

    if isinstance(manager, Connection):
        return body(manager)
    if isinstance(manager, Instance) and manager.kind.whole:
        return _object_manager(machine, manager, item.context_expr, body)
    if not isinstance(manager, Manager):
        if isinstance(manager, Unknown):
            return body(Unknown(manager.reason, database=manager.database))
        return body(manager if objects.ours(manager) else Unknown("a context manager that is not read"))
    match manager.kind:
        case "batch":
            return _batch(machine, manager, item.context_expr, body)
        case "autocommit":
            before, machine.in_transaction = machine.in_transaction, False
            try:
                return body(None)
            finally:
                machine.in_transaction = before
        case "suppress":
            try:
                return body(None)
            except Raised as error:
                kinds = (
                    tuple(kind for kind in manager.value if isinstance(kind, type))
                    if isinstance(manager.value, tuple)
                    else ()
                )
                if isinstance(error.value, kinds):
                    return None
                raise
        case "function":
            return _function_manager(machine, manager, item.context_expr, body)
    return body(manager.value)


def _object_manager(machine: Machine, manager: Instance, node: ast.expr, body: Callable[[object], Signal]) -> Signal:
    """An object whose class has `__enter__` and `__exit__`, or their asynchronous kin."""
    names_of = ("__enter__", "__exit__") if _has(manager, "__enter__") else ("__aenter__", "__aexit__")

    def ask(name: str, *arguments: object) -> object:
        method = objects.attribute(machine, manager, name, node)
        return calls.awaited(machine, calls.call(machine, method, arguments, {}, node), node)

    value = ask(names_of[0])
    try:
        signal = body(value)
    except Raised as error:
        swallowed = knowledge.truth(ask(names_of[1], type(error.value), error.value, None))
        if swallowed is False:
            raise
        return None
    ask(names_of[1], None, None, None)
    return signal


def _has(manager: Instance, name: str) -> bool:
    try:
        manager.kind.find(name)
    except KeyError:
        return False
    return True


def _function_manager(machine: Machine, manager: Manager, node: ast.expr, body: Callable[[object], Signal]) -> Signal:
    """The body runs where the function yields, with the names of the place it stands in."""
    ended: list[Signal] = []
    outside = machine.frames[-1]
    before, outside.node = outside.node, node

    def receive(value: object) -> object:
        inside = machine.frames.pop()
        outside.node = before
        try:
            ended.append(body(value))
        finally:
            outside.node = node
            machine.frames.append(inside)
        return None

    assert isinstance(manager.value, Function)  # noqa: S101 - made so by the call
    try:
        calls.invoke(machine, manager.value, manager.arguments, manager.keywords, node, receive)
    finally:
        outside.node = before
    return ended[0] if ended else None


# Of these only a batch that makes the table anew makes use.
_RECREATING = frozenset(
    {"naming_convention", "table_args", "table_kwargs", "reflect_args", "reflect_kwargs", "copy_from"}
)


def _batch(machine: Machine, manager: Manager, node: ast.expr, body: Callable[[object], Signal]) -> Signal:
    """Alembic collects what a batch does and sends it at its end, each operation placed where it was called."""
    keywords = {
        key: value
        for key, value in manager.keywords.items()
        if machine.dialect == "sqlite" or key not in _RECREATING or not isinstance(value, Unknown)
    }
    unknown = knowledge.unknown_of(*(sending.argument(value) for value in (*manager.arguments, *keywords.values())))
    if unknown is not None:
        machine.opaque(node, f"op.batch_alter_table: {unknown.reason}")
        return body(Unknown(unknown.reason, database=True))
    target: Any = getattr(manager.value, "target", None)
    context: Any = knowledge.guarded(lambda: target.batch_alter_table(*manager.arguments, **keywords))
    batch: Any = knowledge.guarded(context.__enter__)
    signal = body(Operations(batch, batch=True))
    copies = batch.impl._should_recreate()  # noqa: SLF001 - alembic's own question
    queue, batch.impl.batch = list(batch.impl.batch), []
    if copies:
        machine.opaque(node, "the batch copies the table into a new one, whose columns are asked at run time")
        return signal
    for entry in queue:
        _, at, existing = machine.places.get(id(entry), (entry, node, None))
        operation, positional, keywords = entry
        run = partial(getattr(batch.impl.impl, operation), *positional, **keywords)
        sending.deliver(machine, at, run, f"op.{operation}", existing=existing)
    context.gen.close()
    return signal


def _try(machine: Machine, node: ast.Try, scope: Scope) -> Signal:
    try:
        signal = _tried(machine, node, scope)
    except Raised:
        blocks.run(machine, node.finalbody, scope)
        raise
    last = blocks.run(machine, node.finalbody, scope)
    return last if last is not None else signal


def _tried(machine: Machine, node: ast.Try, scope: Scope) -> Signal:
    before, calls_before = len(machine.steps), machine.unknown_calls
    try:
        signal = blocks.run(machine, node.body, scope)
    except Raised as error:
        return _handled(machine, node, error, scope)
    if len(machine.steps) != before or machine.unknown_calls != calls_before:
        # What was sent may fail at run time; then a handler runs as well.
        ways: list[Callable[[], Signal]] = [lambda: None]
        ways += [partial(_handler, machine, handler, Unknown("an exception"), scope) for handler in node.handlers]
        ended = machine.join(machine.explore(ways), node, "runs only if what was tried fails")
        if isinstance(ended, Maybe) and signal is None:
            signal = ended if any(isinstance(each, Return) for each in ended.signals) else Maybe(ended.signals)
    if signal is None:
        return blocks.run(machine, node.orelse, scope)
    return signal


def _handled(machine: Machine, node: ast.Try, error: Raised, scope: Scope) -> Signal:
    for handler in node.handlers:
        kind = expressions.evaluate(machine, handler.type, scope) if handler.type is not None else BaseException
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if isinstance(error.value, BaseException):
            real = tuple(each for each in kinds if isinstance(each, type))
            if isinstance(error.value, real):
                return _handler(machine, handler, error.value, scope)
            if not any(isinstance(each, Unknown) for each in kinds):
                continue
        elif isinstance(error.value, Instance) and any(
            isinstance(each, Class) and names.descends(error.value.kind, each) for each in kinds
        ):
            return _handler(machine, handler, error.value, scope)
        outcomes = machine.explore([partial(_handler, machine, handler, error.value, scope), lambda: None])
        return machine.join(outcomes, node, "depends on which exception is raised")
    raise error


def _handler(machine: Machine, handler: ast.ExceptHandler, value: object, scope: Scope) -> Signal:
    if handler.name is not None:
        scope.names[handler.name] = value
    return blocks.run(machine, handler.body, scope)


def _raise(machine: Machine, node: ast.Raise, scope: Scope) -> Signal:
    value = expressions.evaluate(machine, node.exc, scope) if node.exc is not None else Unknown("an exception")
    if isinstance(value, type) and issubclass(value, BaseException):
        value = value()
    raise Raised(value)


def _assert(machine: Machine, node: ast.Assert, scope: Scope) -> Signal:
    if knowledge.truth(expressions.evaluate(machine, node.test, scope)) is False:
        raise Raised(AssertionError())
    return None


def _return(machine: Machine, node: ast.Return, scope: Scope) -> Signal:
    return Return(None if node.value is None else expressions.evaluate(machine, node.value, scope))


HANDLERS: Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
    ast.With: _with, ast.AsyncWith: _with, ast.Try: _try, ast.Raise: _raise, ast.Assert: _assert, ast.Return: _return,
}  # fmt: skip
