"""What a migration reaches the database with: `op`, connections, sessions, the migration context."""

from collections.abc import Mapping

from contractcheck.migrations.alembic import annotations, calls, inspection, library, mapped, plugins, results, sending
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    Builtin,
    Class,
    Connection,
    Environment,
    Manager,
    Operations,
    Unknown,
)

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
            lambda *positional, **keywords: sending.execute(machine, "sqltext", positional, keywords),
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
            lambda *positional, **keywords: sending.operate(machine, value, name, positional, keywords),
            raw=True,
            database=True,
        )
    if name == "invoke":
        return Builtin(name, lambda *positional: plugins.invoke(machine, value, positional), raw=True, database=True)
    if name == "run_async":
        return Builtin(name, lambda *p, **k: plugins.asynchronous(machine, p, k), raw=True, database=True)
    if name == "impl":
        return Unknown("alembic's own implementation", parts={"__dialect__": machine.dialect}, database=True)
    return plugins.operation(machine, value, name)


def _connection(machine: Machine, value: Connection, name: str) -> object:
    if name in {"execute", "scalar", "scalars", "exec_driver_sql"}:

        def execute(*positional: object, **keywords: object) -> object:
            found = sending.execute(
                machine, "statement", positional, keywords, autocommit=value.autocommit, session=value.session
            )
            if name == "scalar" and isinstance(found, Unknown) and "first" in found.parts:
                return calls.call(machine, found.parts["first"], [], {}, machine.node)
            if name in {"scalar", "scalars"} and isinstance(found, results.Result):
                return calls.call(machine, results.attribute(found, name), [], {}, machine.node)
            return found

        return Builtin(name, execute, raw=True, database=True)
    if name == "begin_nested":
        here = (id(machine.steps), len(machine.steps))
        return Builtin(name, lambda: Connection(value.session, value.autocommit, here), raw=True)
    if name in {"connect", "begin", "get_bind", "connection"}:
        return Builtin(name, lambda *_positional, **_keywords: value, raw=True)
    if name in {"engine", "sync_engine", "sync_connection"}:
        return value
    if name == "run_sync":
        return Builtin(
            name,
            lambda function, *p, **k: calls.call(machine, function, [value, *p], k, machine.node),
            raw=True,
            database=True,
        )
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
    if value.savepoint is not None:
        steps, behind = value.savepoint
        if name == "rollback" and steps == id(machine.steps) and behind != len(machine.steps):
            machine.opaque(machine.node, "goes back to a savepoint, behind which something was sent")
        return
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
    if name in {"execute", "scalar", "scalars", "begin", "begin_nested", "run_sync"}:
        return _connection(machine, value, name)
    if name == "query":
        return Builtin(
            name, lambda *positional: mapped.query(machine, positional, machine.node), raw=True, database=True
        )
    if name in {"bulk_insert_mappings", "bulk_update_mappings"}:
        return Builtin(name, lambda *p, **_k: mapped.mappings(machine, name, p), raw=True, database=True)
    if name == "get":
        return Builtin(name, lambda *p, **_k: mapped.get(machine, p), raw=True, database=True)
    if name in {"refresh", "expunge", "expire"}:
        return Builtin(name, lambda *_p, **_k: None, raw=True)
    if name == "no_autoflush":
        return Manager("quiet", value)
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
            return Builtin(name, lambda *p, **k: sending.execute(machine, "sqltext", p, k), raw=True, database=True)
        case "opts":
            return Unknown("options of the run", parts={"get": Builtin("get", _option, raw=True)})
        case "impl":
            return Unknown("alembic's own implementation", parts={"__dialect__": machine.dialect}, database=True)
        case "script":
            return plugins.script(machine)
    return Unknown(f"{name} of the migration environment")


def _option(name: object, default: object = None) -> object:
    """An option of `context.configure`."""
    return False if name == "as_sql" else Unknown("options of the run", parts={"<default>": default})


def dialect_attribute(machine: Machine, value: object, name: str) -> object:
    """Of a dialect only what tells which it is, how it writes names, and what it asks the schema."""
    if name == "name":
        return getattr(value, "name", None)
    if name == "type_descriptor":
        return Builtin(name, getattr(value, name))
    if name in {"identifier_preparer", "max_identifier_length"}:
        return getattr(value, name)
    if name == "server_version_info":
        # Since PostgreSQL 10 the first number is the version that has features.
        machine.asked = True
        return Unknown("the version of the server") if machine.world is None else (machine.world.server.version, 0)
    if name == "default_schema_name":
        return inspection.attribute(machine, name)
    if name.startswith(("get_", "has_")):
        ask = inspection.attribute(machine, name)
        return Builtin(name, lambda _connection, *p, **k: calls.call(machine, ask, p, k, machine.node), raw=True)
    return Unknown(f"{name} of the dialect is asked at run time")


DECLARATIVE = "sqlalchemy.orm.DeclarativeBase"


def role(machine: Machine, path: str, name: str) -> object | None:
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
            return Builtin(name, lambda *_p, **keywords: _base(machine, keywords.get("metadata")), raw=True)
        case "class":
            return Unknown("a mapped class", origin=DECLARATIVE)
        case "column":
            return Builtin(name, annotations.mapped_column, raw=True)
        case "registry":
            return Builtin(name, lambda **keywords: _registry(machine, keywords), raw=True)
    return None


def _open_session(*_positional: object, **_keywords: object) -> Connection:
    return Connection(session=True)


def _base(machine: Machine, metadata: object) -> Class:
    made = Class("Base", (Unknown("a mapped class"),), {} if metadata is None else {"metadata": metadata})
    mapped.register(machine, made, declarative=True)
    return made


def _registry(machine: Machine, keywords: Mapping[str, object]) -> Unknown:
    base = _base(machine, keywords.get("metadata"))
    make = Builtin("generate_base", lambda *_p, **_k: base, raw=True)
    return Unknown("a registry of mapped classes", parts={"generate_base": make, "metadata": base.names["metadata"]})
