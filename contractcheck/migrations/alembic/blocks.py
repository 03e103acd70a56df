"""Statements of Python, run as far as they are known."""

import ast
import enum
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import budget, calls, expressions, guard, library, objects
from contractcheck.migrations.alembic.machine import Frame, Machine, Outcome
from contractcheck.migrations.alembic.modules import Modules
from contractcheck.migrations.alembic.values import (
    ASKED,
    Bound,
    Break,
    Builtin,
    Class,
    Connection,
    Continue,
    Function,
    Instance,
    Library,
    Manager,
    Maybe,
    Module,
    Operations,
    Raised,
    Return,
    Scope,
    Signal,
    Unknown,
)

LOOP = "a loop that runs as often as the data says"


def run(machine: Machine, statements: Sequence[ast.stmt], scope: Scope) -> Signal:
    """Run a block; how it ended. Raises Raised where the code certainly raises."""
    for index, statement in enumerate(statements):
        signal = execute(machine, statement, scope)
        if isinstance(signal, Maybe):
            rest = statements[index + 1 :]
            return (
                _conditional(machine, statement, signal, partial(run, machine, rest, scope), scope) if rest else signal
            )
        if signal is not None:
            return signal
    return None


def _conditional(machine: Machine, node: ast.AST, signal: Maybe, rest: Callable[[], Signal], scope: Scope) -> Signal:
    """What follows a way out that may have been taken: it runs, or it does not."""
    try:
        stay = machine.explore([rest])
    except Raised:
        # Staying ends in an exception: who gets through has taken the way out.
        return signal.signals[0] if len(signal.signals) == 1 else signal
    names = {id(scope): dict(scope.names) for scope in machine.scopes()}
    out = Outcome((), signal.signals[0], names, {})
    reasons = [expressions.because(each.value) for each in signal.signals if isinstance(each, Return)]
    why = next((each for each in reasons if ASKED in each), signal.reason or expressions.CONDITION)
    ways = [out, *stay]
    if isinstance(node, ast.If):
        guard.mark(machine, node.test, why, ways, scope)
    ended = machine.join(ways, node, why)
    signals = list(signal.signals)
    if isinstance(ended, Maybe):
        return Maybe((*signals, *(each for each in ended.signals if each is not signals[0])), signal.reason)
    if ended is None:
        return Maybe(tuple(signals), signal.reason)
    return ended if len(signals) == 1 else Maybe((*signals, ended), signal.reason)


def execute(machine: Machine, node: ast.stmt, scope: Scope) -> Signal:
    """Run one statement."""
    machine.budget.step()
    if machine.frames[-1].module.own:
        machine.at = node
    handler = _HANDLERS.get(type(node))
    if handler is None:
        machine.opaque(node, f"{type(node).__name__} is not read")
        return None
    return handler(machine, node, scope)


def _expression(machine: Machine, node: ast.Expr, scope: Scope) -> Signal:
    if isinstance(node.value, ast.Constant):
        return None
    if isinstance(node.value, ast.Call):
        function = node.value.func
        value = expressions.evaluate(machine, node.value, scope)
        if isinstance(value, Unknown) and isinstance(function, ast.Name | ast.Attribute):
            _discarded(machine, node.value, scope)
        return None
    expressions.evaluate(machine, node.value, scope)
    return None


def _discarded(machine: Machine, node: ast.Call, scope: Scope) -> None:
    """A call of a name imported from a file that is not read, whose result nobody uses, is made for what it does."""
    root: ast.expr = node.func
    depth = 0
    while isinstance(root, ast.Attribute):
        root = root.value
        depth += 1
    if not isinstance(root, ast.Name):
        return
    found = scope.find(root.id)
    value = found.names[root.id] if found is not None else None
    if (
        isinstance(value, Unknown)
        and value.origin
        and not value.database
        and depth == 0
        and not _harmless(value.origin)
    ):
        machine.opaque(node, f"calls {value.origin}, which is not read")


def _harmless(origin: str) -> bool:
    """Modules that know nothing of the project's database."""
    return origin.partition(".")[0] in library.STANDARD | {"structlog", "loguru", "rich", "click", "tqdm"}


# Binding names


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
            owner = expressions.evaluate(machine, target.value, scope)
            if isinstance(owner, Instance | Class):
                machine.touch(owner)
                owner.names[target.attr] = value
            elif not isinstance(owner, Unknown):
                machine.taint(owner)
        case ast.Subscript():
            owner = expressions.evaluate(machine, target.value, scope)
            index = expressions.evaluate(machine, target.slice, scope)
            if isinstance(owner, list | dict):
                machine.touch(owner)
                if isinstance(index, Unknown):
                    machine.taint(owner)
                else:
                    budget.weigh(index, value)
                    expressions.guarded(partial(operator.setitem, owner, index, value))


def _home(scope: Scope, name: str) -> Scope | None:
    """Where a name declared `global` or `nonlocal` lives."""
    if name not in scope.shared:
        return None
    return scope.parent.find(name) if scope.parent is not None else None


def _unpack(machine: Machine, targets: Sequence[ast.expr], value: object, scope: Scope) -> None:
    items = expressions.iterate(machine, value)
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
    old = expressions.evaluate(machine, _loaded(node.target), scope)
    more = expressions.evaluate(machine, node.value, scope)
    if isinstance(old, list) and isinstance(node.op, ast.Add):
        items = expressions.iterate(machine, more)
        machine.touch(old)
        if items is None:
            machine.taint(old)
        else:
            budget.text((len(old) + len(items)) * 40)
            old.extend(items)
        return None
    assign(machine, node.target, expressions.combine(node.op, old, more), scope)
    return None


def _loaded(target: ast.expr) -> ast.expr:
    return target


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
                    expressions.guarded(partial(operator.delitem, owner, index))
    return None


def _shared(_machine: Machine, node: ast.Global | ast.Nonlocal, scope: Scope) -> Signal:
    scope.shared |= frozenset(node.names)
    return None


# Branches and loops


def _if(machine: Machine, node: ast.If, scope: Scope) -> Signal:
    value = expressions.evaluate(machine, node.test, scope)
    known = expressions.truth(machine, value)
    if known is not None:
        return run(machine, node.body if known else node.orelse, scope)
    outcomes = machine.explore([lambda: run(machine, node.body, scope), lambda: run(machine, node.orelse, scope)])
    reason = expressions.because(value)
    guard.mark(machine, node.test, reason, outcomes, scope)
    return machine.join(outcomes, node, reason if reason.startswith("depends on") else f"depends on {reason}")


def _for(machine: Machine, node: ast.For, scope: Scope) -> Signal:
    iterable = expressions.evaluate(machine, node.iter, scope)
    items = expressions.iterate(machine, iterable)
    if items is None:
        return _unknown_loop(machine, node, scope, expressions.because(iterable))
    return _rounds(machine, node, items, 0, scope)


def _rounds(machine: Machine, node: ast.For, items: list[object], start: int, scope: Scope) -> Signal:
    for index in range(start, len(items)):
        machine.budget.step()
        assign(machine, node.target, items[index], scope)
        signal = run(machine, node.body, scope)
        if isinstance(signal, Break):
            return None
        if isinstance(signal, Return):
            return signal
        if isinstance(signal, Maybe):
            leaving = tuple(each for each in signal.signals if not isinstance(each, Continue))
            if leaving:
                ended = _conditional(
                    machine,
                    node,
                    Maybe(leaving, signal.reason),
                    partial(_rounds, machine, node, items, index + 1, scope),
                    scope,
                )
                return _outside(ended)
    return run(machine, node.orelse, scope)


def _outside(signal: Signal) -> Signal:
    """How a loop ended, seen from outside: its own `break` and `continue` end there."""
    if isinstance(signal, Maybe):
        returns = tuple(each for each in signal.signals if isinstance(each, Return))
        return Maybe(returns, signal.reason) if returns else None
    return signal if isinstance(signal, Return) else None


def _unknown_loop(machine: Machine, node: ast.For | ast.While, scope: Scope, why: str = LOOP) -> Signal:
    """A loop of unknown rounds: one round on whatever may hold at its start, which may also not happen."""
    _forget(machine, node, scope)

    def once() -> Signal:
        if isinstance(node, ast.For):
            assign(machine, node.target, Unknown(why), scope)
        else:
            expressions.evaluate(machine, node.test, scope)
        return run(machine, node.body, scope)

    outcomes = machine.explore([lambda: None, once])
    signal = _outside(machine.join(outcomes, node, why if ASKED in why else LOOP))
    if isinstance(signal, Return):
        signal = Maybe((signal,))
    if isinstance(signal, Maybe) or not node.orelse:
        return signal
    return run(machine, node.orelse, scope)


def _forget(machine: Machine, node: ast.For | ast.While, scope: Scope) -> None:
    """Forget names and containers that earlier rounds may have changed."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(ctx=ast.Store()):
                _lose(inner.id, scope)
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in library.CHANGING:
                _lose_container(machine, owner, scope)
            case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()) | ast.Attribute(value=owner, ctx=ast.Store()):
                _lose_container(machine, owner, scope)
            case ast.Call(args=arguments):
                for argument in arguments:
                    if isinstance(argument, ast.Name):
                        _lose_container(machine, argument, scope, passed=True)


def _lose(name: str, scope: Scope) -> None:
    found = scope.find(name)
    if found is not None:
        found.names[name] = Unknown(LOOP, database=calls.reaches(found.names[name]))


def _lose_container(machine: Machine, owner: ast.expr, scope: Scope, *, passed: bool = False) -> None:
    while isinstance(owner, ast.Subscript | ast.Attribute):
        owner = owner.value
    if isinstance(owner, ast.Name):
        found = scope.find(owner.id)
        value = found.names[owner.id] if found is not None else None
        # A function that is given a list with items most likely reads them; an empty one waits to be filled.
        changes = not passed or not value or isinstance(value, Instance)
        if isinstance(value, list | dict | set | Instance) and found is not None and changes:
            machine.taint(value)


def _while(machine: Machine, node: ast.While, scope: Scope) -> Signal:
    """Rounds as long as the condition is known; from the first unknown one on, as for any unknown loop."""
    calls_before = machine.unknown_calls
    while True:
        machine.budget.step()
        # A loop that asks the database or something unknown is taken as unknown from there on.
        if machine.unknown_calls != calls_before or _asks(node):
            return _unknown_loop(machine, node, scope)
        known = expressions.truth(machine, expressions.evaluate(machine, node.test, scope))
        if known is None:
            return _unknown_loop(machine, node, scope)
        if not known:
            return run(machine, node.orelse, scope)
        signal = run(machine, node.body, scope)
        if isinstance(signal, Break):
            return None
        if isinstance(signal, Return):
            return signal
        if isinstance(signal, Maybe) and any(not isinstance(each, Continue) for each in signal.signals):
            return _outside(_conditional(machine, node, signal, lambda: _unknown_loop(machine, node, scope), scope))


def _asks(node: ast.While) -> bool:
    """Whether the loop's rounds look at the database: calls that do are named so."""
    names = {"execute", "scalar", "scalars", "fetchall", "fetchone", "fetchmany", "first", "all", "exec_driver_sql"}
    return any(isinstance(inner, ast.Attribute) and inner.attr in names for inner in ast.walk(node))


def _match(machine: Machine, node: ast.Match, scope: Scope) -> Signal:
    subject = expressions.evaluate(machine, node.subject, scope)
    for case in node.cases:
        verdict = _matches(machine, case.pattern, subject, scope)
        if verdict is True and case.guard is not None:
            verdict = expressions.truth(machine, expressions.evaluate(machine, case.guard, scope))
        if verdict is None:
            ways = [partial(run, machine, each.body, scope) for each in node.cases]
            return machine.join(machine.explore([*ways, lambda: None]), node, expressions.CONDITION)
        if verdict:
            return run(machine, case.body, scope)
    return None


def _matches(machine: Machine, pattern: ast.pattern, subject: object, scope: Scope) -> bool | None:
    match pattern:
        case ast.MatchValue():
            value = expressions.evaluate(machine, pattern.value, scope)
            if (
                isinstance(value, Unknown)
                or isinstance(subject, Unknown)
                or not objects.plain(value)
                or not objects.plain(subject)
            ):
                return None
            return value == subject
        case ast.MatchSingleton():
            return None if isinstance(subject, Unknown) else subject is pattern.value
        case ast.MatchAs(pattern=None):
            if pattern.name is not None:
                scope.names[pattern.name] = subject
            return True
        case ast.MatchOr():
            verdicts = [_matches(machine, each, subject, scope) for each in pattern.patterns]
            return True if True in verdicts else (None if None in verdicts else False)
    return None


# with, try, raise


def _with(machine: Machine, node: ast.With, scope: Scope) -> Signal:
    return _enter(machine, node, 0, scope)


def _enter(machine: Machine, node: ast.With, index: int, scope: Scope) -> Signal:
    if index == len(node.items):
        return run(machine, node.body, scope)
    item = node.items[index]
    manager = expressions.evaluate(machine, item.context_expr, scope)

    def body(value: object) -> Signal:
        if item.optional_vars is not None:
            assign(machine, item.optional_vars, value, scope)
        return _enter(machine, node, index + 1, scope)

    if isinstance(manager, Connection):
        return body(manager)
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
    unknown = next((value for value in (*manager.arguments, *keywords.values()) if isinstance(value, Unknown)), None)
    if unknown is not None:
        machine.opaque(node, f"op.batch_alter_table: {unknown.reason}")
        return body(Unknown(unknown.reason, database=True))
    target: Any = getattr(manager.value, "target", None)
    context: Any = expressions.guarded(lambda: target.batch_alter_table(*manager.arguments, **keywords))
    batch: Any = expressions.guarded(context.__enter__)
    signal = body(Operations(batch, batch=True))
    copies = batch.impl._should_recreate()  # noqa: SLF001 - alembic's own question
    queue, batch.impl.batch = list(batch.impl.batch), []
    if copies:
        machine.opaque(node, "the batch copies the table into a new one, whose columns are asked at run time")
        return signal
    for entry in queue:
        at = machine.places.get(id(entry), (entry, node))[1]
        operation, positional, keywords = entry
        machine.emitter.receive = partial(machine.receive, node=at)
        try:
            expressions.guarded(partial(getattr(batch.impl.impl, operation), *positional, **keywords))
        except Raised as error:
            machine.opaque(at, f"op.{operation} fails: {error}")
    context.gen.close()
    return signal


def _try(machine: Machine, node: ast.Try, scope: Scope) -> Signal:
    try:
        signal = _tried(machine, node, scope)
    except Raised:
        run(machine, node.finalbody, scope)
        raise
    last = run(machine, node.finalbody, scope)
    return last if last is not None else signal


def _tried(machine: Machine, node: ast.Try, scope: Scope) -> Signal:
    before, calls_before = len(machine.steps), machine.unknown_calls
    try:
        signal = run(machine, node.body, scope)
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
        return run(machine, node.orelse, scope)
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
            isinstance(each, Class) and calls.descends(error.value.kind, each) for each in kinds
        ):
            return _handler(machine, handler, error.value, scope)
        outcomes = machine.explore([partial(_handler, machine, handler, error.value, scope), lambda: None])
        return machine.join(outcomes, node, "depends on which exception is raised")
    raise error


def _handler(machine: Machine, handler: ast.ExceptHandler, value: object, scope: Scope) -> Signal:
    if handler.name is not None:
        scope.names[handler.name] = value
    return run(machine, handler.body, scope)


def _raise(machine: Machine, node: ast.Raise, scope: Scope) -> Signal:
    value = expressions.evaluate(machine, node.exc, scope) if node.exc is not None else Unknown("an exception")
    if isinstance(value, type) and issubclass(value, BaseException):
        value = value()
    raise Raised(value, explicit=True)


def _assert(machine: Machine, node: ast.Assert, scope: Scope) -> Signal:
    if expressions.truth(machine, expressions.evaluate(machine, node.test, scope)) is False:
        raise Raised(AssertionError(), explicit=True)
    return None


def _return(machine: Machine, node: ast.Return, scope: Scope) -> Signal:
    return Return(None if node.value is None else expressions.evaluate(machine, node.value, scope))


# Definitions and imports


def _function(machine: Machine, node: ast.FunctionDef, scope: Scope) -> Signal:
    made: object = expressions.function(machine, node, scope)
    assert isinstance(made, Function)  # noqa: S101 - just made
    made.generator = machine.frames[-1].module.yields and any(
        isinstance(inner, ast.Yield | ast.YieldFrom) for inner in _own(node)
    )
    for decorator in reversed(node.decorator_list):
        made = _decorated(machine, made, expressions.evaluate(machine, decorator, scope))
    scope.names[node.name] = made
    return None


def _own(node: ast.FunctionDef) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(inner))
    return found


_KEEPING = frozenset(
    {"functools.wraps", "functools.cache", "functools.lru_cache", "typing.no_type_check", "staticmethod"}
)


def _decorated(machine: Machine, made: object, decorator: object) -> object:
    if isinstance(decorator, Builtin) and decorator.name == "contextmanager" and isinstance(made, Function):
        made.manager = True
        return made
    if isinstance(decorator, Function | Bound):
        return calls.call(machine, decorator, [made], {}, ast.Pass())
    if isinstance(decorator, Unknown) and decorator.origin in _KEEPING:
        return made
    name = made.name if isinstance(made, Function) else "a function"
    return Unknown(f"{name} is decorated by something that is not read", origin=name, database=True)


def _async(machine: Machine, node: ast.AsyncFunctionDef, scope: Scope) -> Signal:
    scope.names[node.name] = Unknown(f"{node.name} runs asynchronously", origin=node.name, database=True)
    return None


def _class(machine: Machine, node: ast.ClassDef, scope: Scope) -> Signal:
    bases = tuple(expressions.evaluate(machine, base, scope) for base in node.bases)
    inner = Scope({}, scope)
    machine.frames[-1].scope, outer = inner, machine.frames[-1].scope
    try:
        run(machine, node.body, inner)
    finally:
        machine.frames[-1].scope = outer
    for value in inner.names.values():
        # Methods see the names around the class, not those of its body.
        if isinstance(value, Function) and value.scope is inner:
            value.scope = scope
    real = tuple(base for base in bases if isinstance(base, type) and base is not object)
    if node.decorator_list or node.keywords:
        made: object = Unknown(f"{node.name} is a class that is not read", origin=node.name)
    elif real and len(real) == len(bases):
        made = _real_class(machine, node.name, real, inner.names)
    else:
        made = Class(node.name, bases, inner.names)
        for value in inner.names.values():
            if isinstance(value, Function):
                value.owner = made
    scope.names[node.name] = made
    return None


def _real_class(machine: Machine, name: str, bases: tuple[type, ...], names: Mapping[str, object]) -> object:
    """A class on library classes, such as a type of the project: its methods are read when the library calls them."""
    if any(issubclass(base, enum.Enum) for base in bases):
        members = {key: value for key, value in names.items() if objects.plain(value) and not key.startswith("_")}
        if len(bases) != 1 or not members:
            return Unknown(f"{name} is an enum that is not read", origin=name)
        kind: Any = bases[0]
        return expressions.guarded(lambda: kind(name, list(members.items())))
    if not all(objects.ours(base) or issubclass(base, BaseException) for base in bases):
        return Unknown(f"{name} is a class that is not read", origin=name)
    modules = machine.modules
    body: dict[str, object] = {}
    functions: list[Function] = []
    for key, value in names.items():
        if isinstance(value, Function) and (key == "__init__" or not key.startswith("__")):
            functions.append(value)
            body[key] = _method(modules, value)
        elif not key.startswith("__") and not isinstance(value, Unknown | Function | Class):
            body[key] = value
        elif isinstance(value, Unknown) and key == "impl":
            return Unknown(f"{name} stands on a type that is not read", origin=name)
    body.setdefault("cache_ok", True)
    made = expressions.guarded(lambda: type(bases[0])(name, bases, body))
    for function in functions:
        function.owner = made if isinstance(made, type) else None
    return made


def _method(modules: Modules, function: Function) -> Callable[..., object]:
    def method(*positional: object, **keywords: object) -> object:
        machine: Machine = modules.machine
        value = calls.invoke(machine, function, positional, keywords, machine.node)
        if isinstance(value, Unknown):
            raise Raised(TypeError(f"{function.name}: {value.reason}"))
        return value

    return method


def _import(machine: Machine, node: ast.Import, scope: Scope) -> Signal:
    for alias in node.names:
        if alias.asname is not None:
            scope.names[alias.asname] = _module(machine, alias.name)
        else:
            top = alias.name.partition(".")[0]
            scope.names[top] = _module(machine, top)
            _module(machine, alias.name)
    return None


def _module(machine: Machine, dotted: str) -> object:
    if library.known(dotted):
        if dotted == "alembic.op":
            return Operations(machine.emitter.operations)
        return Library(dotted)
    path = machine.modules.find(dotted, machine.frames[-1].module.path)
    opened = machine.modules.open(path, dotted) if path else None
    return opened if opened is not None else Unknown(f"{dotted} is not in this repository", origin=dotted)


def _import_from(machine: Machine, node: ast.ImportFrom, scope: Scope) -> Signal:
    dotted = node.module or ""
    for alias in node.names:
        name = alias.asname or alias.name
        if alias.name == "*":
            _import_all(machine, dotted, node.level, scope)
        elif node.level == 0 and library.known(dotted):
            scope.names[name] = objects.attribute(machine, Library(dotted), alias.name, node)
        else:
            scope.names[name] = _from_file(machine, dotted, node.level, alias.name, node)
    return None


def _from_file(machine: Machine, dotted: str, level: int, name: str, node: ast.AST) -> object:
    importer = machine.frames[-1].module.path
    full = f"{dotted}.{name}" if dotted else name
    if full == "lazy_object_proxy.Proxy":
        return Builtin("lazy_object_proxy.Proxy", lambda: None)
    path = machine.modules.find(dotted, importer, level)
    opened = machine.modules.open(path, dotted) if path else None
    if opened is not None and not (path or "").endswith("__init__.py"):
        return objects.attribute(machine, opened, name, node)
    nested = machine.modules.find(full, importer, level)
    inner = machine.modules.open(nested, full) if nested else None
    if opened is not None:
        value = objects.attribute(machine, opened, name, node)
        if not isinstance(value, Unknown) or inner is None:
            return value
    if inner is not None:
        return inner
    known = library.TYPES.get(full)
    if known:
        return library.member("sqlalchemy", known)
    return Unknown(f"{full} is not in this repository", origin=full)


def _import_all(machine: Machine, dotted: str, level: int, scope: Scope) -> None:
    if level == 0 and dotted in {"sqlalchemy", "sqlalchemy.types"}:
        from importlib import import_module

        for name in sorted(vars(import_module(dotted))):
            if not name.startswith("_"):
                value = library.member(dotted, name)
                if not isinstance(value, Unknown | Library):
                    scope.names.setdefault(name, value)
        return
    path = machine.modules.find(dotted, machine.frames[-1].module.path, level)
    opened = machine.modules.open(path, dotted) if path else None
    if opened is not None:
        run_module(machine, opened)
        scope.names.update({name: value for name, value in opened.scope.names.items() if not name.startswith("_")})


def run_module(machine: Machine, module: Module) -> None:
    """Run the body of a module of the snapshot once; what it would send is not kept, as it would be sent at import."""
    if module.path in machine.modules.ran or module.own:
        return
    machine.modules.ran.add(module.path)
    with machine.frame(Frame(module, module.scope)):
        run_body(machine, module)


def run_body(machine: Machine, module: Module) -> None:
    """Run the statements of a module, each on its own: one that raises leaves its names unknown."""
    steps, machine.steps = machine.steps, []
    try:
        for statement in module.tree.body:
            try:
                execute(machine, statement, module.scope)
            except Raised as error:
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                        module.scope.names.setdefault(inner.id, Unknown(f"{inner.id}: {error}", origin=inner.id))
    finally:
        machine.steps = steps


_HANDLERS: Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.Delete: _delete,
    ast.Global: _shared, ast.Nonlocal: _shared, ast.If: _if, ast.For: _for, ast.While: _while, ast.Match: _match,
    ast.With: _with, ast.Try: _try, ast.Raise: _raise, ast.Assert: _assert, ast.Return: _return,
    ast.FunctionDef: _function, ast.AsyncFunctionDef: _async, ast.ClassDef: _class, ast.Import: _import,
    ast.ImportFrom: _import_from, ast.Pass: lambda *_: None, ast.Break: lambda *_: Break(), ast.Continue: lambda *_: Continue(),
}  # fmt: skip
