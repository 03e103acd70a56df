"""What a migration reaches the database with: `op`, batches, connections, sessions, `create` of types and tables."""

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import emission, expressions, library, mapped
from contractcheck.migrations.alembic.emission import concrete, filled, is_data, mystery, placeholder
from contractcheck.migrations.alembic.machine import Machine, variants
from contractcheck.migrations.alembic.values import (
    Builtin,
    Class,
    Connection,
    Environment,
    Function,
    Manager,
    Operations,
    Raised,
    Unknown,
)

INDEX = re.compile(r"\s*CREATE (?:UNIQUE )?INDEX ")
RESULT = "the result of a query"

# alembic.operations.Operations and BatchOperations, 1.13 to 1.20.
OPERATIONS = frozenset(
    [
        "add_column",
        "alter_column",
        "bulk_insert",
        "create_check_constraint",
        "create_exclude_constraint",
        "create_foreign_key",
        "create_index",
        "create_primary_key",
        "create_table",
        "create_table_comment",
        "create_unique_constraint",
        "drop_column",
        "drop_constraint",
        "drop_index",
        "drop_table",
        "drop_table_comment",
        "rename_table",
    ]
)


def attribute(machine: Machine, value: Operations | Connection | Environment, name: str) -> object:
    """An attribute of `op`, a connection, a session or a context."""
    match value:
        case Operations():
            return _operation(machine, value, name)
        case Environment():
            return _environment(machine, name)
        case Connection():
            return _session(machine, value, name) if value.session else _connection(machine, value, name)


def _operation(machine: Machine, value: Operations, name: str) -> object:
    if name in {"get_bind", "get_context"}:
        found: object = Connection() if name == "get_bind" else Environment()
        return Builtin(name, lambda: found, raw=True)
    if name in {"f", "inline_literal"}:
        return Builtin(name, getattr(machine.emitter.operations, name))
    if name == "execute":
        return Builtin(
            name,
            lambda *positional, **keywords: _execute(machine, "sqltext", positional, keywords),
            raw=True,
            database=True,
        )
    if name == "batch_alter_table":
        return Builtin(
            name, lambda *positional, **keywords: Manager("batch", value, positional, keywords), raw=True, database=True
        )
    if name == "migration_context":
        return Environment()
    if name in OPERATIONS:
        return Builtin(
            name,
            lambda *positional, **keywords: _operate(machine, value, name, positional, keywords),
            raw=True,
            database=True,
        )
    return Unknown(f"the operation op.{name} of a plug-in", origin=f"op.{name}", database=True)


def _operate(
    machine: Machine, value: Operations, name: str, positional: Sequence[object], keywords: Mapping[str, object]
) -> object:
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
        result = expressions.guarded(lambda: getattr(target, name)(*arguments, **named))
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


def _execute(
    machine: Machine,
    first: str,
    positional: Sequence[object],
    keywords: Mapping[str, object],
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
            and parses(machine, filled(statement.template))
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
        expressions.guarded(lambda: machine.emitter.execute(statement, known))
    except Raised as error:
        machine.opaque(node, f"execute fails: {error}")


def _parameters(statement: object, parameters: object) -> object:
    """The parameters; for unknown ones of a text those that the text names."""
    if not isinstance(parameters, Unknown) and not (isinstance(parameters, list | tuple) and _unknown_row(parameters)):
        return parameters
    return {name: Unknown("a parameter") for name in emission.parameters(statement)} or None


def _unknown_row(parameters: Sequence[object]) -> bool:
    return any(isinstance(row, Unknown) for row in parameters)


def parses(machine: Machine, sql: str) -> bool:
    """Whether a text of which parts were unknown is a statement once they are values."""
    if machine.dialect != "postgresql":
        return True
    from pglast.parser import ParseError, parse_sql_json

    try:
        parse_sql_json(sql)
    except ParseError:
        return False
    return True


def _connection(machine: Machine, value: Connection, name: str) -> object:
    if name in {"execute", "scalar", "scalars", "exec_driver_sql"}:

        def execute(*positional: object, **keywords: object) -> object:
            return _execute(machine, "statement", positional, keywords, autocommit=value.autocommit)

        return Builtin(name, execute, raw=True, database=True)
    if name in {"connect", "begin", "begin_nested", "get_bind", "connection"}:
        return Builtin(name, lambda *_positional, **_keywords: value, raw=True)
    if name in {"engine", "sync_engine", "sync_connection"}:
        return value
    if name == "execution_options":
        return Builtin(name, lambda **keywords: _with_options(value, keywords), raw=True)
    if name == "dialect":
        return machine.emitter.dialect
    if name == "name":
        return machine.dialect
    if name in {"commit", "rollback"}:
        return Builtin(name, lambda: _commit(machine, value, name), raw=True, database=True)
    if name in {"close", "detach", "dispose"}:
        return Builtin(name, lambda *_positional: None, raw=True)
    if name in {
        "info",
        "url",
        "closed",
        "in_transaction",
        "in_nested_transaction",
        "get_isolation_level",
        "default_isolation_level",
    }:
        return Unknown(f"{name} of the connection")
    return Unknown(f"{name} of the connection is not read", origin=f"connection.{name}", database=True)


def _with_options(value: Connection, keywords: Mapping[str, object]) -> Connection:
    level = keywords.get("isolation_level")
    return Connection(value.session, autocommit=level == "AUTOCOMMIT" if isinstance(level, str) else value.autocommit)


def _commit(machine: Machine, value: Connection, name: str) -> None:
    """SQLAlchemy begins the next transaction by itself when the connection is used again."""
    if not value.autocommit:
        machine.receive(name.upper(), machine.node)
        machine.receive("BEGIN", machine.node)


def _session(machine: Machine, value: Connection, name: str) -> object:
    if name in {"commit", "rollback", "close", "flush", "expire_all", "expunge_all"}:
        # A session on a connection that is within a transaction joins it and does not end it (SQLAlchemy 2.0).
        return Builtin(name, lambda *_positional: None, raw=True)
    if name in {"connection", "get_bind", "bind"}:
        return (
            Connection() if name == "bind" else Builtin(name, lambda *_positional, **_keywords: Connection(), raw=True)
        )
    if name in {"execute", "scalar", "scalars", "begin", "begin_nested"}:
        return _connection(machine, value, name)
    if name == "query":
        return Builtin(
            name, lambda *positional: mapped.query(machine, positional, machine.node), raw=True, database=True
        )
    if name in {"add", "add_all", "merge", "bulk_save_objects", "delete"}:
        return Builtin(name, lambda *positional, **_k: mapped.save(machine, name, positional), raw=True, database=True)
    return Unknown(f"{name} of an ORM session is not read", origin=f"session.{name}", database=True)


def _environment(machine: Machine, name: str) -> object:
    match name:
        case "is_offline_mode":
            return Builtin(name, lambda: False, raw=True)
        case "as_sql":
            return False
        case "dialect":
            return machine.emitter.dialect
        case "bind" | "connection":
            return Connection()
        case "get_bind":
            return Builtin(name, Connection, raw=True)
        case "get_context" | "get_environment":
            return Builtin(name, Environment, raw=True)
        case "autocommit_block":
            return Builtin(name, lambda: Manager("autocommit"), raw=True)
        case "begin_transaction":
            return Builtin(name, lambda *_positional: Manager("quiet"), raw=True)
        case "execute":
            return Builtin(name, lambda *p, **k: _execute(machine, "sqltext", p, k), raw=True, database=True)
    return Unknown(f"{name} of the migration environment")


def dialect_attribute(value: object, name: str) -> object:
    """Of a dialect only what tells which it is and how it writes names: everything else could connect."""
    if name == "name":
        return getattr(value, "name", None)
    if name == "type_descriptor":
        return Builtin(name, getattr(value, name))
    if name == "identifier_preparer":
        return getattr(value, name)
    return Unknown(f"{name} of the dialect is asked at run time")


def role(path: str, name: str) -> object | None:
    """What names of the ORM are: sessions, bases of mapped classes; None for any other name."""
    match library.orm(path, name):
        case "session":
            return Builtin(name, _open_session, raw=True)
        case "maker":
            return Builtin(
                name,
                lambda *_p, **_k: Builtin("session", lambda *_a, **_b: Connection(session=True), raw=True),
                raw=True,
            )
        case "base":
            return Builtin(name, lambda **keywords: _base(keywords.get("metadata")), raw=True)
        case "class":
            return Unknown("a mapped class")
        case "registry":
            return Builtin(name, _registry, raw=True)
    return None


def _open_session(*_positional: object, **_keywords: object) -> Connection:
    return Connection(session=True)


def _base(metadata: object) -> Class:
    from sqlalchemy import MetaData

    return Class("Base", (Unknown("a mapped class"),), {"metadata": MetaData() if metadata is None else metadata})


def _registry(**keywords: object) -> Unknown:
    metadata = keywords.get("metadata")
    make = Builtin("generate_base", lambda *_p, **_k: _base(metadata), raw=True)
    return Unknown("a registry of mapped classes", parts={"generate_base": make, "metadata": metadata})


def creator(machine: Machine, value: object, name: str) -> Builtin:
    """`create`, `drop`, `create_all`, `drop_all` of types, tables, indexes and metadata."""
    return Builtin(name, lambda *p, **k: _create(machine, value, name, p, k), raw=True, database=True)


def _create(
    machine: Machine, value: object, name: str, positional: Sequence[object], keywords: Mapping[str, object]
) -> None:
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
        expressions.guarded(lambda: method(*bound.args, **bound.kwargs))
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
    machine: Machine, function: Builtin, positional: list[object], keywords: Mapping[str, object], *, unknown: bool
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
        return expressions.guarded(lambda: function.run(*positional, **keywords))
    except Raised:
        if unknown:
            return Unknown("an expression with unknown parts")
        raise
