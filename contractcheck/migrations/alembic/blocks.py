"""Statements of Python, run as far as they are known."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from contractcheck.migrations.alembic import (
    bindings,
    calls,
    contexts,
    definitions,
    expressions,
    guard,
    knowledge,
    library,
    objects,
)
from contractcheck.migrations.alembic.machine import Machine, Outcome
from contractcheck.migrations.alembic.values import (
    ASKED,
    Break,
    Continue,
    Instance,
    Maybe,
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
    reasons = [knowledge.because(each.value) for each in signal.signals if isinstance(each, Return)]
    why = next((each for each in reasons if ASKED in each), signal.reason or knowledge.CONDITION)
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
    machine.frames[-1].node = node
    if machine.frames[-1].module.own:
        machine.at = node
    handler = _handlers().get(type(node))
    if handler is None:
        machine.opaque(node, f"{type(node).__name__} is not read")
        return None
    return handler(machine, node, scope)


def _expression(machine: Machine, node: ast.Expr, scope: Scope) -> Signal:
    if isinstance(node.value, ast.Constant):
        return None
    if isinstance(node.value, ast.Call):
        function = node.value.func
        before = len(machine.steps)
        value = expressions.evaluate(machine, node.value, scope)
        silent = len(machine.steps) == before
        if isinstance(value, Unknown) and silent and isinstance(function, ast.Name | ast.Attribute):
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
    value = found.get(root.id) if found is not None else None
    if (
        isinstance(value, Unknown)
        and value.origin
        and not value.database
        and not _harmless(value.origin)
        and (depth == 0 or not (isinstance(node.func, ast.Attribute) and node.func.attr in _SAYING))
    ):
        machine.opaque(node, f"calls {value.origin}, which is not read")


def _harmless(origin: str) -> bool:
    """Modules that know nothing of the project's database."""
    return origin.partition(".")[0] in library.STANDARD | _FOREIGN


# Packages that know nothing of the project's database, and methods that only say something.
_FOREIGN = frozenset(
    [
        "arrow", "attr", "attrs", "babel", "bcrypt", "boto3", "botocore", "celery", "click", "colorama",
        "cryptography", "dateutil", "dotenv", "faker", "httpx", "inflection", "jwt", "kombu", "loguru", "numpy",
        "opentelemetry", "orjson", "packaging", "pandas", "passlib", "pendulum", "prometheus_client", "pydantic",
        "pytz", "redis", "requests", "rich", "sentry_sdk", "simplejson", "slugify", "sqlparse", "structlog", "tqdm",
        "typer", "ujson", "ulid", "uuid6", "yaml",
    ]
)  # fmt: skip
_SAYING = frozenset(
    [
        "bind", "critical", "debug", "echo", "error", "exception", "flush", "info", "log", "msg", "print", "setLevel",
        "warn", "warning", "write",
    ]
)  # fmt: skip


def _if(machine: Machine, node: ast.If, scope: Scope) -> Signal:
    value = expressions.evaluate(machine, node.test, scope)
    known = knowledge.truth(value)
    if known is not None:
        return run(machine, node.body if known else node.orelse, scope)
    outcomes = machine.explore([lambda: run(machine, node.body, scope), lambda: run(machine, node.orelse, scope)])
    reason = knowledge.because(value)
    guard.mark(machine, node.test, reason, outcomes, scope)
    return machine.join(outcomes, node, reason if reason.startswith("depends on") else f"depends on {reason}")


def _for(machine: Machine, node: ast.For | ast.AsyncFor, scope: Scope) -> Signal:
    iterable = expressions.evaluate(machine, node.iter, scope)
    items = knowledge.iterate(machine, iterable)
    if items is None:
        return _unknown_loop(machine, node, scope, knowledge.because(iterable), iterable)
    return _rounds(machine, node, items, 0, scope)


def _rounds(machine: Machine, node: ast.For | ast.AsyncFor, items: list[object], start: int, scope: Scope) -> Signal:
    for index in range(start, len(items)):
        machine.budget.step()
        bindings.assign(machine, node.target, items[index], scope)
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


def _unknown_loop(
    machine: Machine, node: ast.For | ast.AsyncFor | ast.While, scope: Scope, why: str = LOOP, over: object = None
) -> Signal:
    """A loop of unknown rounds: one round on whatever may hold at its start, which may also not happen."""
    _forget(machine, node, scope)

    def once() -> Signal:
        if isinstance(node, ast.While):
            expressions.evaluate(machine, node.test, scope)
        else:
            bindings.assign(machine, node.target, knowledge.each(over, why), scope)
        return run(machine, node.body, scope)

    reason = why if ASKED in why else LOOP
    ended = machine.join(machine.explore([lambda: None, once]), node, reason)
    signal = _outside(ended)
    rest = partial(run, machine, node.orelse, scope)
    if isinstance(signal, Maybe):
        return _conditional(machine, node, signal, rest, scope) if node.orelse else signal
    if isinstance(ended, Maybe) and any(isinstance(each, Break) for each in ended.signals):
        return machine.join(machine.explore([lambda: None, rest]), node, reason)
    return rest()


def _forget(machine: Machine, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> None:
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
        found.names[name] = Unknown(LOOP, database=calls.reaches(found.get(name)))


def _lose_container(machine: Machine, owner: ast.expr, scope: Scope, *, passed: bool = False) -> None:
    while isinstance(owner, ast.Subscript | ast.Attribute):
        owner = owner.value
    if isinstance(owner, ast.Name):
        found = scope.find(owner.id)
        value = found.get(owner.id) if found is not None else None
        if not isinstance(value, list | dict | set | Instance):
            return
        # A function that is given a list with items most likely reads them; an empty one waits to be filled.
        if not passed or isinstance(value, Instance) or not value:
            machine.taint(value)


def _while(machine: Machine, node: ast.While, scope: Scope) -> Signal:
    """Rounds as long as the condition is known; from the first unknown one on, as for any unknown loop."""
    calls_before = machine.unknown_calls
    while True:
        machine.budget.step()
        # A loop that asks the database or something unknown is taken as unknown from there on.
        if machine.unknown_calls != calls_before or _asks(node):
            return _unknown_loop(machine, node, scope)
        known = knowledge.truth(expressions.evaluate(machine, node.test, scope))
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
    for index, case in enumerate(node.cases):
        verdict = _matches(machine, case.pattern, subject, scope)
        if verdict is True and case.guard is not None:
            verdict = knowledge.truth(expressions.evaluate(machine, case.guard, scope))
        if verdict is None:
            why = f"depends on {knowledge.because(subject)}"
            ways: list[Callable[[], Signal]] = [
                partial(_case, machine, each, why, scope) for each in node.cases[index:]
            ]
            last = node.cases[-1]
            if not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern is not None or last.guard is not None:
                ways.append(lambda: None)  # none of them fits
            return machine.join(machine.explore(ways), node, why)
        if verdict:
            return run(machine, case.body, scope)
    return None


def _case(machine: Machine, case: ast.match_case, why: str, scope: Scope) -> Signal:
    """A case that may be the one that fits: nobody knows what the names in its pattern hold."""
    for inner in ast.walk(case.pattern):
        name = inner.rest if isinstance(inner, ast.MatchMapping) else getattr(inner, "name", None)
        if isinstance(name, str):
            scope.names[name] = Unknown(why)
    return run(machine, case.body, scope)


def _matches(machine: Machine, pattern: ast.pattern, subject: object, scope: Scope) -> bool | None:
    match pattern:
        case ast.MatchValue():
            value = expressions.evaluate(machine, pattern.value, scope)
            return value == subject if objects.plain(value) and objects.plain(subject) else None
        case ast.MatchSingleton():
            return None if isinstance(subject, Unknown) else subject is pattern.value
        case ast.MatchAs():
            verdict = True if pattern.pattern is None else _matches(machine, pattern.pattern, subject, scope)
            if verdict and pattern.name is not None:
                scope.names[pattern.name] = subject
            return verdict
        case ast.MatchOr():
            verdicts = [_matches(machine, each, subject, scope) for each in pattern.patterns]
            return True if True in verdicts else (None if None in verdicts else False)
    return None


@cache
def _handlers() -> Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]]:
    """What runs each kind of statement; put together late, as these modules use each other."""
    from contractcheck.migrations.alembic import bindings

    own: dict[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
        ast.Expr: _expression, ast.If: _if, ast.For: _for, ast.AsyncFor: _for, ast.While: _while, ast.Match: _match,
        ast.Pass: lambda *_: None, ast.Break: lambda *_: Break(), ast.Continue: lambda *_: Continue(),
    }  # fmt: skip
    return {**own, **bindings.HANDLERS, **contexts.HANDLERS, **definitions.HANDLERS}
