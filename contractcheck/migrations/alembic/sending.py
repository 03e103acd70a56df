"""What a migration sends: operations of Alembic, statements, `create` of types and tables."""

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.alembic import (
    emission,
    inspection,
    knowledge,
    mapped,
    results,
)
from contractcheck.migrations.alembic.emission import concrete, filled, is_data, mystery, placeholder
from contractcheck.migrations.alembic.machine import Machine, variants
from contractcheck.migrations.alembic.values import (
    ASKED,
    HOLE,
    Builtin,
    Class,
    Connection,
    Environment,
    Function,
    Inspector,
    Keywords,
    Operations,
    Raised,
    Unknown,
)
from contractcheck.migrations.postgresql import questions
from contractcheck.migrations.trees import Existing, Statement, Step

PARTLY = "<type>"  # the part of an unknown type that comes with other objects: what its class is called
INDEX = re.compile(r"\s*CREATE (?:UNIQUE )?INDEX ")


RESULT = "the result of a query"


def operate(
    machine: Machine, operations: Operations, name: str, positional: Sequence[object], keywords: Keywords
) -> object:
    """An operation of Alembic; one with an unknown argument is opaque."""
    node = machine.node
    arguments = [argument(value) for value in positional]
    named = {
        key: argument(value, type_=key in {"type_", "existing_type"})
        for key, value in keywords.items()
        if not (isinstance(value, Unknown) and key.startswith("existing_"))
    }
    sure = name != "bulk_insert" or not any(isinstance(each, Unknown) for each in arguments[1:2])
    if name == "bulk_insert" and len(arguments) > 1:
        arguments[1] = _rows(arguments[1])
    coming = named.get("type_") if name == "alter_column" else None
    if isinstance(coming, Unknown) and PARTLY in coming.parts:
        named["type_"] = mystery(Unknown("", origin=str(coming.parts[PARTLY])))
    unnamed = _unnamed(name, arguments, named)
    unknown = knowledge.unknown_in(*arguments, *named.values())
    if unknown is not None:
        tables = _about(operations, name, arguments, named)
        machine.opaque(node, f"op.{name}: {unknown.reason}", tables=tables, worst=_worst(name, tables, named))
        return Unknown(unknown.reason)
    target: Any = operations.target
    queue = target.impl.batch if operations.batch else []
    before = len(queue)
    existing = _existing(machine, operations, arguments, named) if name == "alter_column" else None
    sent = len(machine.steps)
    result = deliver(machine, node, lambda: getattr(target, name)(*arguments, **named), f"op.{name}", existing=existing)
    if not sure:
        machine.steps[sent:] = [
            replace(step, certain=False) if isinstance(step, Statement) else step for step in machine.steps[sent:]
        ]
    for entry in queue[before:]:
        machine.places[id(entry)] = (entry, node, existing)
    unsure = coming if isinstance(coming, Unknown) else unnamed
    if unsure is not None:
        tables = _about(operations, name, arguments, named)
        column = next(
            (each for each in (arguments if operations.batch else arguments[1:]) if isinstance(each, str)), None
        )
        said = {"column_name": named.get("column_name", column), "type_": unsure} if coming is unsure else {}
        machine.opaque(node, f"op.{name}: {unsure.reason}", tables=tables, worst=_worst("alter_column", tables, said))
    return result


def _rows(given: object) -> object:
    """The rows of a `bulk_insert`; one of all columns for those that only a run knows."""
    if isinstance(given, Unknown):
        return [{}]
    if isinstance(given, list):
        return [{} if isinstance(row, Unknown) else concrete(row) for row in given]
    return given


# Operations whose first argument is the name of what they make.
_NAMING = {
    "create_index": "index_name", "create_unique_constraint": "constraint_name",
    "create_foreign_key": "constraint_name", "create_check_constraint": "constraint_name",
    "create_primary_key": "constraint_name", "create_exclude_constraint": "constraint_name",
}  # fmt: skip


def _unnamed(name: str, positional: list[object], keywords: dict[str, object]) -> Unknown | None:
    """Put a name that begins with `?` where the name of what is made is not known; why it is not."""
    key = _NAMING.get(name)
    given = keywords.get(key) if key in keywords else positional[0] if positional and key is not None else None
    if key is None or not isinstance(given, Unknown):
        return None
    shown = (given.template or given.origin.rpartition(".")[2] or "name").replace(HOLE, "?")
    made = "?" + shown.removeprefix("?")[:40]
    if key in keywords:
        keywords[key] = made
    else:
        positional[0] = made
    return given


def _worst(name: str, tables: tuple[str, ...] | None, keywords: Mapping[str, object]) -> tuple[str, ...]:
    """Statements that cost the table no less than an operation with unknown parts may."""
    if not tables:
        return ()
    altered = f'ALTER TABLE "{tables[0]}"'
    column = keywords.get("column_name")
    if name == "alter_column" and isinstance(column, str) and isinstance(keywords.get("type_"), Unknown):
        # A value that is not constant rewrites, whatever is known of the column.
        return (f'{altered} ADD COLUMN "?" float DEFAULT random()',)
    if name.startswith("create_") or name == "alter_column":
        return (f"{altered} ADD CHECK (1 = 1)",)
    return ()


def _existing(
    machine: Machine, operations: Operations, positional: Sequence[object], keywords: Keywords
) -> Existing | None:
    """What `alter_column` says of the column that it finds."""
    target: Any = operations.target
    table = target.impl.table_name if operations.batch else keywords.get("table_name", *positional[:1])
    names = positional[0 if operations.batch else 1 :]
    column = keywords.get("column_name", *names[:1])
    schema = target.impl.schema if operations.batch else keywords.get("schema")
    kind, nullable = keywords.get("existing_type"), keywords.get("existing_nullable")
    if not isinstance(table, str) or not isinstance(column, str) or not isinstance(schema, str | None):
        return None
    if isinstance(kind, type):
        kind = knowledge.guarded(kind)
    try:
        made: Any = kind
        text = None if made is None else str(knowledge.guarded(lambda: made.compile(dialect=machine.emitter.dialect)))
    except Raised:
        text = None
    given = nullable if isinstance(nullable, bool) else None
    return None if text is None and given is None else Existing(str(table), schema, str(column), text, given)


# What an operation of Alembic calls the table that it is about.
_TABLE = ("table_name", "source_table", "source")
_WITHIN = frozenset(
    [
        "add_column",
        "alter_column",
        "create_check_constraint",
        "create_foreign_key",
        "create_primary_key",
        "create_unique_constraint",
        "drop_column",
        "drop_constraint",
    ]
)


def _about(
    operations: Operations, name: str, positional: Sequence[object], keywords: Keywords
) -> tuple[str, ...] | None:
    """The tables that an operation with unknown parts changes; None if that is not known."""
    target: Any = operations.target
    # A table that is made or dropped has a type, maybe sequences and enums; an index has a name in its schema.
    if name not in _WITHIN:
        return None
    if operations.batch:
        return (target.impl.table_name,)
    try:
        bound = inspect.signature(getattr(target, name)).bind_partial(*positional, **keywords)
    except TypeError:
        return None
    found = next((bound.arguments[each] for each in _TABLE if each in bound.arguments), None)
    return (str(found),) if isinstance(found, str) and "schema" not in bound.arguments else None


def deliver(
    machine: Machine,
    node: ast.AST,
    run: Callable[[], object],
    what: str,
    *,
    autocommit: bool = False,
    existing: Existing | None = None,
) -> object:
    """Let a library send what it does; the statements count if all of it goes well, else it is opaque that it fails."""
    emitted: list[str] = []
    machine.emitter.receive = emitted.append
    try:
        result = knowledge.guarded(run)
    except Raised as error:
        machine.opaque(node, f"{what} fails: {error}", fails=_certain(machine, error))
        return None
    # SQLAlchemy keeps the indexes of a table in a set: here they come in one order.
    indexes = iter(sorted(sql for sql in emitted if INDEX.match(sql)))
    for sql in emitted:
        machine.receive(next(indexes) if INDEX.match(sql) else sql, node, autocommit=autocommit, existing=existing)
    return result


_REFUSED = re.compile(r"it has no name|missing \d+ required (positional|keyword-only) argument")
_UNTYPED = "Can't generate DDL for NullType()"


def _certain(machine: Machine, error: Raised) -> bool:
    """Whether what a library says is true of the migration, and not of what is not known of it here."""
    text = str(error.value)
    if type(error.value).__name__ == "CommandError":  # of Alembic: it does not offer that
        return True
    return _REFUSED.search(text) is not None or (_UNTYPED in text and not machine.loose)


def argument(value: object, *, type_: bool = False) -> object:
    """The value as Alembic takes it; `type_`: where a type is asked for. Unknown for what it would not know."""
    if type_ and isinstance(value, Unknown) and value.origin:
        return mystery(value)
    if type_ and isinstance(value, Function | Class):
        return mystery(Unknown("", origin=value.name))
    if isinstance(value, Inspector):
        return Unknown(ASKED)
    if isinstance(value, Function | Class | Connection | Environment | Operations):
        return Unknown("an argument that is not read")
    return value


def execute(
    machine: Machine,
    first: str,
    positional: Sequence[object],
    keywords: Keywords,
    *,
    autocommit: bool = False,
    session: bool = False,
) -> object:
    """`execute` of op, a connection or a session: one statement, maybe with parameters."""
    node = machine.node
    statement = positional[0] if positional else keywords.get(first, keywords.get("statement", keywords.get("sql")))
    parameters = positional[1] if len(positional) > 1 else keywords.get("parameters", keywords.get("params"))
    if first == "sqltext":
        parameters = None
    ways = [partial(_send, machine, each, parameters, node, autocommit=autocommit) for each in variants(statement)]
    if len(ways) == 1:
        before = len(machine.steps)
        ways[0]()
        kind = mapped.selected(statement) if session else None
        return _answer(machine, before) if kind is None else mapped.rows(kind)
    machine.merge([outcome.steps for outcome in machine.explore(ways)], node, RESULT)
    return Unknown(RESULT)


_SYSTEM = re.compile(r"\binformation_schema\b|\bpg_\w+|\bto_regclass\b|\bcurrent_schema\b|^\s*SHOW\b", re.IGNORECASE)


def _answer(machine: Machine, before: int) -> object:
    """The result of the query that was just sent, where it asks for what the catalog says."""
    sent = machine.steps[before:]
    query = sent[0] if len(sent) == 1 else None
    if not isinstance(query, Statement) or machine.dialect != "postgresql" or not _SYSTEM.search(query.sql):
        return Unknown(RESULT)
    del machine.steps[before:]
    now = inspection.state(machine)
    machine.steps.append(query)
    if now is None or machine.world is None:
        return Unknown(RESULT)
    found = questions.answer(now.catalog, query.sql, machine.world.server.version, now.doubtful)
    return Unknown(RESULT) if found is None else results.made(*found)


def _send(machine: Machine, statement: object, parameters: object, node: ast.AST, *, autocommit: bool) -> None:
    if isinstance(statement, Unknown):
        sql = filled(statement.template or "")
        if is_data(sql) and _parses(machine, sql):
            machine.receive(sql, node, autocommit=autocommit)
            return
        shown = _named(statement.template or "")
        feared = (shown,) if shown is not None and _parses(machine, shown) else ()
        if feared and _AROUND.match(sql):
            machine.receive(feared[0], node, autocommit=autocommit)
        else:
            machine.opaque(node, f"execute: {statement.reason}", tables=_reached(sql) if feared else None, worst=feared)
        return
    known = _parameters(statement, parameters)
    for row in known if isinstance(known, list | tuple) else [known]:
        if isinstance(row, Mapping):
            mapped.prepare(machine, statement, list(row))
    deliver(machine, node, lambda: machine.emitter.execute(statement, known), "execute", autocommit=autocommit)


_PIECE = re.compile("'(?:[^']|'')*'|\"[^\"]*\"|[\\w" + HOLE + "]+|.", re.DOTALL)
_ALTERS = re.compile(r"\s*ALTER TABLE(?: IF EXISTS)?(?: ONLY)?\s+\"?(\w+)\"?\s", re.IGNORECASE)
# What they say may hold a name or a text that is not known, and nothing else depends on it.
_AROUND = re.compile(r"\s*(?:GRANT|REVOKE|SET|COMMENT|ALTER DEFAULT PRIVILEGES)\s[^;]*;?\s*$", re.IGNORECASE)


def _named(template: str) -> str | None:
    """A text with unknown parts as a statement about things whose names begin with `?`; None for one without parts."""
    if HOLE not in template:
        return None
    if "--" in template or "/*" in template or "$$" in template:
        return None
    found = []
    for piece in _PIECE.findall(template):
        if HOLE not in piece:
            found.append(piece)
        elif piece.startswith("'"):
            found.append(filled(piece))
        else:
            found.append('"?' + piece.strip('"').replace(HOLE, "?").removeprefix("?") + '"')
    return "".join(found)


def _reached(sql: str) -> tuple[str, ...] | None:
    """The tables that a statement with unknown parts may change; None if that is not known."""
    match = _ALTERS.match(sql)
    if match is not None and not sql.rstrip().rstrip(";").count(";"):
        return (match[1].lower(),)
    return None


def _parameters(statement: object, parameters: object) -> object:
    """The parameters; for unknown ones of a text those that the text names."""
    if knowledge.unknown_of(*(parameters if isinstance(parameters, list | tuple) else (parameters,))) is None:
        return parameters
    return {name: Unknown("a parameter") for name in emission.parameters(statement)} or None


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
    from sqlalchemy import MetaData

    bound.apply_defaults()
    metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
    if isinstance(metadata, MetaData) and not mapped.complete(metadata) and value is metadata:
        machine.opaque(node, f"{name} of tables that are not all read")
        return
    if mapped.loose(value):
        machine.opaque(node, f"{name} of a table that is not all read")
        return
    first = bound.arguments.get("checkfirst", False)
    if not isinstance(bound.arguments.get("bind"), Connection) or isinstance(first, Unknown):
        machine.opaque(node, f"{name} on a connection that is not known")
        return
    if first is not False:
        bound.arguments["checkfirst"] = False
    bound.arguments["bind"] = machine.emitter.context.connection
    machine.checkfirst = bool(first)
    before = len(machine.steps)
    try:
        deliver(machine, node, lambda: method(*bound.args, **bound.kwargs), name)
    finally:
        machine.checkfirst = False
    if not isinstance(first, bool):
        # SQLAlchemy 2.1 tells apart what it looks for.
        machine.steps[before:] = [_looking(step, first) for step in machine.steps[before:]]


_KIND = re.compile(r"\s*(?:CREATE|DROP)\s+(TABLE|TYPE|SEQUENCE|(?:UNIQUE )?INDEX|VIEW)", re.IGNORECASE)
_FLAGS = {"TABLE": "TABLES", "TYPE": "TYPES", "SEQUENCE": "SEQUENCES", "VIEW": "VIEWS"}


def _looking(step: Step, first: Any) -> Step:  # noqa: ANN401 - a flag of SQLAlchemy
    """The statement, which looks first only if the flag has its kind."""
    match = _KIND.match(step.sql) if isinstance(step, Statement) else None
    if match is None or not isinstance(step, Statement):
        return step
    flag = getattr(type(first), _FLAGS.get(match[1].upper(), "INDEXES"), first)
    return replace(step, checkfirst=bool(first & flag))


def compiler(machine: Machine, value: object) -> Builtin:
    """`compile` of an expression or a type: its text, for the dialect that is read."""

    def compile_(*_positional: object, **_keywords: object) -> object:
        from sqlalchemy.types import TypeEngine

        if isinstance(value, TypeEngine):
            return value.compile(dialect=machine.emitter.dialect)
        return machine.emitter.render(value)[0]

    return Builtin("compile", compile_, raw=True)


def unvalued(function: Builtin) -> object:
    """An INSERT or UPDATE of values that are not known, by its method `values`: one without any is of all columns."""
    statement = getattr(function.run, "__self__", None)
    if getattr(statement, "is_dml", False):
        return statement
    return Unknown("an expression with unknown parts")


def expression(
    machine: Machine, function: Builtin, positional: list[object], keywords: Keywords, *, unknown: bool
) -> object:
    """Carry out a method of an SQL expression, unknown values already replaced."""
    name = function.name.rpartition(".")[2]
    if name in {"in_", "not_in", "notin_"} and positional and type(positional[0]) is type(placeholder()):
        positional = [[positional[0]]]
    if name == "bindparams":
        keywords = {key: value for key, value in keywords.items() if type(value) is not type(placeholder())}
    if name == "values" and positional and type(positional[0]) is type(placeholder()):
        return unvalued(function)
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
