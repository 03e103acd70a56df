"""What a migration sends: operations of Alembic, statements, `create` of types and tables."""

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import (
    emission,
    knowledge,
    mapped,
)
from contractcheck.migrations.alembic.emission import concrete, filled, is_data, mystery, placeholder
from contractcheck.migrations.alembic.machine import Machine, variants
from contractcheck.migrations.alembic.values import (
    Builtin,
    Class,
    Connection,
    Environment,
    Function,
    Keywords,
    Operations,
    Raised,
    Unknown,
)

INDEX = re.compile(r"\s*CREATE (?:UNIQUE )?INDEX ")


RESULT = "the result of a query"


def operate(machine: Machine, value: Operations, name: str, positional: Sequence[object], keywords: Keywords) -> object:
    node = machine.node
    arguments = [_argument(argument) for argument in positional]
    named = {
        key: _argument(argument, type_=key in {"type_", "existing_type"})
        for key, argument in keywords.items()
        if not (isinstance(argument, Unknown) and key.startswith("existing_"))
    }
    if name == "bulk_insert" and len(arguments) > 1 and isinstance(arguments[1], list):
        arguments[1] = [concrete(row) for row in arguments[1]]
    unknown = _unknown(arguments) or _unknown(list(named.values()))
    if unknown is not None:
        machine.opaque(node, f"op.{name}: {unknown.reason}")
        return Unknown(unknown.reason)
    emitted: list[str] = []
    machine.emitter.receive = emitted.append
    target: Any = value.target
    queue = target.impl.batch if value.batch else None
    before = len(queue) if queue is not None else 0
    try:
        result = knowledge.guarded(lambda: getattr(target, name)(*arguments, **named))
        for sql in _settled(emitted):
            machine.receive(sql, node)
    except Raised as error:
        machine.opaque(node, f"op.{name} fails: {error}")
        return None
    if queue is not None:
        for entry in queue[before:]:
            machine.places[id(entry)] = (entry, node)
    return result


def _settled(emitted: list[str]) -> list[str]:
    """The statements in one order: SQLAlchemy keeps the indexes of a table in a set."""
    indexes = iter(sorted(sql for sql in emitted if INDEX.match(sql)))
    return [next(indexes) if INDEX.match(sql) else sql for sql in emitted]


def _argument(value: object, *, type_: bool = False) -> object:
    if type_ and isinstance(value, Unknown) and value.origin:
        return mystery(value)
    if type_ and isinstance(value, Function | Class):
        return mystery(Unknown("", origin=value.name))
    if isinstance(value, Function | Class | Connection | Environment | Operations):
        return Unknown("an argument that is not read")
    return value


def _unknown(values: Sequence[object]) -> Unknown | None:
    for value in values:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, list | tuple):
            inner = _unknown(value)
            if inner is not None:
                return inner
        if isinstance(value, dict):
            inner = _unknown(list(value.values()))
            if inner is not None:
                return inner
    return None


def execute(
    machine: Machine,
    first: str,
    positional: Sequence[object],
    keywords: Keywords,
    *,
    autocommit: bool = False,
) -> object:
    """`execute` of op, a connection or a session: one statement, maybe with parameters."""
    node = machine.node
    statement = positional[0] if positional else keywords.get(first, keywords.get("statement", keywords.get("sql")))
    parameters = positional[1] if len(positional) > 1 else keywords.get("parameters", keywords.get("params"))
    if first == "sqltext":
        parameters = None
    result = Unknown(RESULT)
    if len(variants(statement)) > 1:
        ways = [partial(_send, machine, each, parameters, node, autocommit=autocommit) for each in variants(statement)]
        machine.merge([outcome.steps for outcome in machine.explore(ways)], node, RESULT)
        return result
    if isinstance(statement, Unknown):
        if (
            statement.template is not None
            and is_data(filled(statement.template))
            and _parses(machine, filled(statement.template))
        ):
            machine.receive(filled(statement.template), node, autocommit=autocommit)
        else:
            machine.opaque(node, f"execute: {statement.reason}")
        return result
    _send(machine, statement, parameters, node, autocommit=autocommit)
    return result


def _send(machine: Machine, statement: object, parameters: object, node: ast.AST, *, autocommit: bool) -> None:
    if isinstance(statement, Unknown):
        machine.opaque(node, f"execute: {statement.reason}")
        return
    machine.emitter.receive = lambda sql: machine.receive(sql, node, autocommit=autocommit)
    known = _parameters(statement, parameters)
    for row in known if isinstance(known, list | tuple) else [known]:
        if isinstance(row, Mapping):
            mapped.prepare(machine, statement, list(row))
    try:
        knowledge.guarded(lambda: machine.emitter.execute(statement, known))
    except Raised as error:
        machine.opaque(node, f"execute fails: {error}")


def _parameters(statement: object, parameters: object) -> object:
    """The parameters; for unknown ones of a text those that the text names."""
    if not isinstance(parameters, Unknown) and not (isinstance(parameters, list | tuple) and _unknown_row(parameters)):
        return parameters
    return {name: Unknown("a parameter") for name in emission.parameters(statement)} or None


def _unknown_row(parameters: Sequence[object]) -> bool:
    return any(isinstance(row, Unknown) for row in parameters)


def _parses(machine: Machine, sql: str) -> bool:
    """Whether a text of which parts were unknown is a statement once they are values."""
    if machine.dialect != "postgresql":
        return True
    from pglast.parser import ParseError, parse_sql_json

    try:
        parse_sql_json(sql)
    except ParseError:
        return False
    return True


def creator(machine: Machine, value: object, name: str) -> Builtin:
    """`create`, `drop`, `create_all`, `drop_all` of types, tables, indexes and metadata."""
    return Builtin(name, lambda *p, **k: _create(machine, value, name, p, k), raw=True, database=True)


def _create(machine: Machine, value: object, name: str, positional: Sequence[object], keywords: Keywords) -> None:
    node = machine.node
    method: Any = getattr(value, name)
    try:
        bound = inspect.signature(method).bind(*positional, **keywords)
    except TypeError as error:
        raise Raised(error) from error
    bound.apply_defaults()
    first = bound.arguments.get("checkfirst", False)
    if not isinstance(bound.arguments.get("bind"), Connection) or isinstance(first, Unknown):
        machine.opaque(node, f"{name} on a connection that is not known")
        return
    if first is not False:
        bound.arguments["checkfirst"] = False
    bound.arguments["bind"] = machine.emitter.context.connection
    machine.emitter.receive = lambda sql: machine.receive(sql, node)
    machine.checkfirst = bool(first)
    try:
        knowledge.guarded(lambda: method(*bound.args, **bound.kwargs))
    except Raised as error:
        machine.opaque(node, f"{name} fails: {error}")
    finally:
        machine.checkfirst = False


def compiler(machine: Machine, value: object) -> Builtin:
    """`compile` of an expression or a type: its text, for the dialect that is read."""

    def compile_(*_positional: object, **_keywords: object) -> object:
        from sqlalchemy.types import TypeEngine

        if isinstance(value, TypeEngine):
            return value.compile(dialect=machine.emitter.dialect)
        return machine.emitter.render(value)[0]

    return Builtin("compile", compile_, raw=True)


def expression(
    machine: Machine, function: Builtin, positional: list[object], keywords: Keywords, *, unknown: bool
) -> object:
    """Carry out a method of an SQL expression, unknown values already replaced."""
    name = function.name.rpartition(".")[2]
    if name in {"in_", "not_in", "notin_"} and positional and type(positional[0]) is type(placeholder()):
        positional = [[positional[0]]]
    if name == "bindparams":
        keywords = {key: value for key, value in keywords.items() if type(value) is not type(placeholder())}
    if name == "values":
        mapped.prepare(
            machine,
            getattr(function.run, "__self__", None),
            [*keywords, *(positional[0] if positional and isinstance(positional[0], dict) else ())],
        )
    try:
        return knowledge.guarded(lambda: function.run(*positional, **keywords))
    except Raised:
        if unknown:
            return Unknown("an expression with unknown parts")
        raise
