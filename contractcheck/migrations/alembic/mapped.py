"""Mapped classes as tables, and what an ORM session reads and writes with them."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import inspection, knowledge, reflection, sending
from contractcheck.migrations.alembic.emission import concrete, placeholder
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import Builtin, Class, Instance, Keywords, Named, Raised, Unknown

Reflected = Any  # a table or a column of SQLAlchemy


def table(kind: Class) -> object:
    """The table of a mapped class: its `__table__`, or one made from what its body and those of its bases name.

    One of which some columns or constraints are not read is marked in its `info`: what it is called and the columns
    that are asked for are certain, nothing else.
    """
    from sqlalchemy import MetaData, Table
    from sqlalchemy.schema import Column, SchemaItem
    from sqlalchemy.sql.expression import FromClause

    written = kind.names.get("__table__")
    if isinstance(written, FromClause):
        return written
    unread = Unknown(f"the table of {kind.name} is not read")
    name, given = found(kind, "__tablename__"), found(kind, "__table_args__")
    named: dict[str, Any] = {}
    partly = False
    for each in _lineage(kind):
        for key, value in each.names.items():
            partly = partly or (isinstance(value, Unknown) and DECLARED in value.parts)
            if isinstance(value, Column):
                named.setdefault(key, value)
    if not isinstance(name, str) or not named:
        return unread
    items, options = _arguments(given)
    if items is None or not all(isinstance(item, SchemaItem) for item in items):
        items, options, partly = [], {}, True
    wanted = found(kind, "metadata")
    metadata = wanted if isinstance(wanted, MetaData) and name not in wanted.tables else MetaData()
    make: Any = Table
    made: Any
    try:
        made = knowledge.guarded(lambda: make(name, metadata, *_columns(named), *items, **options))
    except Raised:
        try:
            made = knowledge.guarded(lambda: make(name, MetaData(), *_columns(named)))
        except Raised:
            return unread
        partly = True
    if partly:
        made.info[PARTLY] = True
    made.info[CLASS] = kind
    kind.names["__table__"] = made
    return made


def _columns(named: Mapping[str, Any]) -> list[Any]:
    columns = []
    for key, value in named.items():
        column: Any = value._copy()  # noqa: SLF001 - as SQLAlchemy does for those of a mixin
        column.name, column.key = column.name or key, column.key or key
        columns.append(column)
    return columns


def selectable(value: object) -> object:
    """The table of a mapped class; any other value as it is."""
    if not isinstance(value, Class) or not (
        isinstance(found(value, "__tablename__"), str) or "__table__" in value.names
    ):
        return value
    made = table(value)
    return value if isinstance(made, Unknown) else made


PARTLY = "read by half"  # in the `info` of a table
DECLARED = "<declared>"  # the part of an unknown name of a class that may be a column
CLASSES = "classes"  # in the `info` of metadata: the mapped classes whose tables it will hold


def _arguments(given: object) -> tuple[list[Any] | None, dict[str, Any]]:
    """`__table_args__`: the items and the keywords; None for what is not known."""
    if given is None:
        return [], {}
    parts = list(given) if isinstance(given, tuple) else [given]
    options: Any = parts.pop() if parts and isinstance(parts[-1], dict) else {}
    known = knowledge.unknown_in(*parts, *options.values()) is None
    return (parts if known else None), options


def register(machine: Machine, kind: Class, *, declarative: bool) -> None:
    """Note a mapped class where its table will be: in the metadata of its base. `declarative`: it is such a base."""
    from sqlalchemy import MetaData

    if declarative and "metadata" not in kind.names:
        kind.names["metadata"] = _metadata(machine)
    metadata = found(kind, "metadata")
    if isinstance(metadata, MetaData) and (
        "__tablename__" in kind.names or isinstance(found(kind, "__tablename__"), str)
    ):
        metadata.info.setdefault(CLASSES, []).append(kind)


def _metadata(machine: Machine) -> object:
    from sqlalchemy import MetaData

    # Which tables the metadata of an imported module holds depends on who else has been imported.
    return MetaData(info={"own": machine.frames[-1].module.own})


def complete(metadata: Reflected) -> bool:
    """Make the tables of all classes that the metadata is for; whether that is certainly all."""
    made = [table(kind) for kind in metadata.info.get(CLASSES, ())]
    return not any(isinstance(each, Unknown) or loose(each) for each in made) and metadata.info.get("own", True) is True


def loose(made: object) -> bool:
    """Whether not all of a mapped class's table is read."""
    info = getattr(made, "info", None)
    return isinstance(info, dict) and PARTLY in info


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Columns(Named):
    """The columns of a table that is reflected at run time: whichever is asked for is there, of unknown type."""

    table: Any


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tables(Named):
    """The tables of reflected metadata: whichever is asked for is there."""

    metadata: Any


def reflected(machine: Machine, positional: Sequence[object], keywords: Keywords) -> object:
    """`sa.Table(name, metadata, autoload_with=bind)`: as the catalog has it, else only its name is known."""
    from sqlalchemy import MetaData, Table

    name = positional[0] if positional else keywords.get("name")
    if not isinstance(name, str):
        return Unknown("a table only a run knows")
    metadata = positional[1] if len(positional) > 1 else keywords.get("metadata")
    schema = keywords.get("schema")
    known = reflection.reflect(machine, name, schema, metadata) if isinstance(metadata, MetaData) else None
    if known is not None:
        return known
    if isinstance(metadata, MetaData) and name in metadata.tables:
        return metadata.tables[name]
    made = Table(name, metadata if isinstance(metadata, MetaData) else MetaData())
    machine.loose[id(made)] = made
    return made


def reflect_all(machine: Machine, metadata: Reflected, positional: Sequence[object], keywords: Keywords) -> object:
    """`metadata.reflect(bind, schema, only=...)`: what is certainly there; the rest when it is asked for."""
    given = dict(zip(("bind", "schema", "views", "only"), positional, strict=False)) | dict(keywords)
    only, schema = given.get("only"), given.get("schema")
    now = inspection.state(machine)
    names = list(only) if isinstance(only, list | tuple | set) else []
    if now is not None and only is None:
        kinds = inspection.SELECTABLE if given.get("views") is True else inspection.TABLES
        names = [
            each.name for each in now.catalog.tables() if each.schema == (schema or "public") and each.kind in kinds
        ]
    known = [reflection.reflect(machine, name, schema, metadata) is not None for name in names]
    if (
        not all(known)
        or now is None
        or (only is None and not now.complete)
        or not isinstance(only, list | tuple | set | None)
    ):
        machine.loose[id(metadata)] = metadata
    return None


def any_column(made: Reflected, name: str) -> Reflected:
    """A column of a reflected table."""
    from sqlalchemy import Column

    if name not in made.c:
        made.append_column(Column(name))
    return made.c[name]


def prepare(machine: Machine, construct: object, names: Sequence[object]) -> None:
    """Let a reflected table have the columns that a statement on it writes."""
    target = getattr(construct, "table", None)
    if id(target) in machine.loose or loose(target):
        for name in names:
            if isinstance(name, str):
                any_column(target, name)


def _lineage(kind: Class) -> list[Class]:
    return [kind, *(each for base in kind.bases if isinstance(base, Class) for each in _lineage(base))]


def found(kind: Class, name: str) -> object:
    """A name of a class or of its bases; None if there is none."""
    try:
        return kind.find(name)
    except KeyError:
        return None


def column(kind: Class, name: str, value: object) -> object:
    """An attribute of a mapped class: a column as that of its table, anything else as it is."""
    import sys

    schema = sys.modules.get("sqlalchemy.schema")
    if schema is None or not isinstance(value, schema.Column):
        return value
    made = table(kind)
    columns: Any = getattr(made, "c", None)
    return made if columns is None else columns[value.key or name]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Query(Named):
    """`session.query(...)`: the SELECT it has become."""

    select: Any
    entity: Class | None = None


# Methods of Query and the method of Select that does the same.
_SHAPING = {
    "filter": "where", "where": "where", "order_by": "order_by", "group_by": "group_by", "limit": "limit",
    "offset": "offset",
    "distinct": "distinct", "having": "having", "with_for_update": "with_for_update", "select_from": "select_from",
    "filter_by": "filter_by", "join": "join", "outerjoin": "outerjoin",
}  # fmt: skip
_READING = frozenset(
    ["all", "first", "one", "one_or_none", "scalar", "count", "scalars", "__iter__", "get", "yield_per"]
)


def query(machine: Machine, entities: Sequence[object], node: ast.AST) -> object:
    """`session.query(...)` over mapped classes and their columns; Opaque is recorded for anything else."""
    from sqlalchemy import select

    targets: list[Any] = [table(each) if isinstance(each, Class) else concrete(each) for each in entities]
    if any(isinstance(each, Unknown) for each in (*targets, *entities)):
        machine.opaque(node, "an ORM query over something that is not read")
        return Unknown(sending.RESULT)
    try:
        made = knowledge.guarded(lambda: select(*targets))
    except Raised:
        machine.opaque(node, "an ORM query over something that is not read")
        return Unknown(sending.RESULT)
    entity = entities[0] if len(entities) == 1 and isinstance(entities[0], Class) else None
    return Query(made, entity)


def query_attribute(machine: Machine, value: Query, name: str) -> object:
    """A method of an ORM query."""
    if name in _SHAPING:
        return Builtin(f"query.{name}", lambda *p, **k: _shape(value, _SHAPING[name], p, k), raw=True)
    if name in {"subquery", "cte", "alias"}:
        return Builtin(f"query.{name}", lambda *p: _shape(value, name, p, {}, whole=False), raw=True)
    if name == "options":
        return Builtin("query.options", lambda *_p: value, raw=True)
    if name in _READING:
        return Builtin(f"query.{name}", lambda *_p: _fetched(machine, value, name), raw=True, database=True)
    if name in {"delete", "update"}:
        return Builtin(f"query.{name}", lambda *p, **_k: _write(machine, value, name, p), raw=True, database=True)
    return Unknown(f"{name} of an ORM query is not read", database=True)


def _shape(
    value: Query, name: str, positional: Sequence[object], keywords: dict[str, object], *, whole: bool = True
) -> object:
    arguments = [table(each) if isinstance(each, Class) else concrete(each) for each in positional]
    named = {key: concrete(each) for key, each in keywords.items()}
    try:
        made = knowledge.guarded(lambda: getattr(value.select, name)(*arguments, **named))
    except Raised:
        return Unknown("an ORM query with unknown parts", database=True)
    return Query(made, value.entity) if whole else made


def read(machine: Machine, value: Query) -> Unknown:
    """Send the SELECT."""
    sending.deliver(machine, machine.node, lambda: machine.emitter.execute(value.select), "execute")
    return Unknown(sending.RESULT) if value.entity is None else rows(value.entity)


def _fetched(machine: Machine, value: Query, name: str) -> object:
    found = read(machine, value)
    if name == "count":
        return Unknown(sending.RESULT)
    from contractcheck.migrations.alembic import calls

    part = found.parts.get(name)
    return found if part is None else calls.call(machine, part, [], {}, machine.node)


_ALL = ("all", "fetchall", "scalars", "unique", "yield_per", "partitions", "fetchmany")
_ONE = ("first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none", "fetchone", "get")


def fetched(kind: Class, reason: str) -> Unknown:
    """An object that a query gave."""
    return Unknown(reason, parts={CLASS: kind, FETCHED: kind})


def rows(kind: Class) -> Unknown:
    """What a query for the objects of a mapped class gives: nobody knows which, and of which class each is."""
    each = fetched(kind, sending.RESULT)
    parts: dict[str, object] = {ITEM: each}
    result = Unknown(sending.RESULT, parts=parts)
    parts |= {name: Builtin(f"result.{name}", lambda *_p, **_k: result, raw=True) for name in _ALL}
    parts |= {name: Builtin(f"result.{name}", lambda *_p, **_k: each, raw=True) for name in _ONE}
    return result


CLASS = "<class>"  # the part of an unknown object that is its class
FETCHED = "<fetched>"  # the part that one from a query has besides
ITEM = "<item>"  # the part of unknown items that each of them is


def selected(statement: object) -> Class | None:
    """The mapped class whose objects a SELECT of a session gives."""
    froms: Any = getattr(statement, "get_final_froms", None)
    found = froms() if froms is not None and getattr(statement, "is_select", False) is True else []
    chosen: Any = getattr(statement, "selected_columns", ())
    if len(found) != 1 or len(chosen) != len(getattr(found[0], "c", ())):
        return None
    kind = getattr(found[0], "info", {}).get(CLASS)
    return kind if isinstance(kind, Class) else None


def change(machine: Machine, kind: Class, name: str) -> None:
    """An attribute of an object that a query gave is set: the session writes it with the next flush."""
    made: Any = table(kind)
    if isinstance(made, Unknown) or name not in made.c:
        return
    keys = [each for each in made.c if each.primary_key] or list(made.c)[:1]

    def write() -> None:
        statement = made.update().where(*(each == placeholder() for each in keys)).values({name: placeholder()})
        sending.deliver(machine, machine.node, partial(machine.emitter.execute, statement), "an object of a session")

    machine.join(machine.explore([lambda: None, write]), machine.node, sending.RESULT)


def mappings(machine: Machine, name: str, positional: Sequence[object]) -> object:
    """`bulk_insert_mappings` and `bulk_update_mappings` of a session."""
    kind = positional[0] if positional else None
    made: Any = table(kind) if isinstance(kind, Class) else None
    if made is None or isinstance(made, Unknown):
        machine.opaque(machine.node, f"{name} of an ORM session, of something that is not read")
        return None
    given = positional[1] if len(positional) > 1 else None
    first = given[0] if isinstance(given, list | tuple) and given else None
    columns = [each for each in first if each in made.c] if isinstance(first, dict) else [each.name for each in made.c]
    keys = [each for each in made.c if each.primary_key]
    values = {each: placeholder() for each in columns}
    statement = made.insert().inline().values(values)
    if name == "bulk_update_mappings":
        own = {each.name for each in keys}
        statement = made.update().where(*(each == placeholder() for each in keys))
        statement = statement.values({key: value for key, value in values.items() if key not in own} or values)
    sending.deliver(machine, machine.node, partial(machine.emitter.execute, statement), name)
    return None


def get(machine: Machine, positional: Sequence[object]) -> object:
    """`session.get(Model, key)`."""
    from sqlalchemy import select

    kind = positional[0] if positional else None
    made: Any = table(kind) if isinstance(kind, Class) else None
    if not isinstance(kind, Class) or isinstance(made, Unknown):
        machine.opaque(machine.node, "get of an ORM session, of something that is not read")
        return Unknown(sending.RESULT)
    keys = [each for each in made.c if each.primary_key]
    return read(machine, Query(select(made).where(*(each == placeholder() for each in keys)), kind)).parts[ITEM]


def _write(machine: Machine, value: Query, name: str, positional: Sequence[object]) -> object:
    from sqlalchemy import delete, update
    from sqlalchemy.sql.expression import FromClause

    node = machine.node
    target: Any = table(value.entity) if value.entity is not None else None
    if not isinstance(target, FromClause):
        machine.opaque(node, f"{name} of an ORM query over something that is not read")
        return Unknown(sending.RESULT)
    writable: Any = target
    statement: Any = delete(writable) if name == "delete" else update(writable)
    if value.select.whereclause is not None:
        statement = statement.where(value.select.whereclause)
    if name == "update":
        changes = positional[0] if positional else None
        if not isinstance(changes, dict):
            machine.opaque(node, "update of an ORM query with unknown values")
            return Unknown(sending.RESULT)
        statement = statement.values({getattr(key, "name", key): concrete(each) for key, each in changes.items()})
    sending.deliver(machine, node, lambda: machine.emitter.execute(statement), "execute")
    return Unknown(sending.RESULT)


def save(machine: Machine, name: str, positional: Sequence[object]) -> object:
    """`add`, `add_all`, `merge`, `bulk_save_objects`, `delete` of a session: the rows it writes at the next flush."""
    from sqlalchemy import select
    from sqlalchemy.sql.expression import FromClause

    node = machine.node
    items = positional[0] if positional else None
    if isinstance(items, Unknown) and ITEM in items.parts:
        items = [items.parts[ITEM]]
    objects = items if isinstance(items, list | tuple) else [items]
    known = [each for each in objects if isinstance(each, Instance | Unknown)]
    kinds = {id(kind): kind for each in known if (kind := _kind(each)) is not None}
    if len(known) != len(objects) or not objects or any(_kind(each) is None for each in known):
        machine.opaque(node, f"{name} of an ORM session, of something that is not read")
        return Unknown(sending.RESULT)
    for kind in kinds.values():
        target: Any = table(kind)
        if not isinstance(target, FromClause):
            machine.opaque(node, f"{name} of an ORM session, of something that is not read")
            continue
        writable: Any = target
        columns = list(target.c)
        keys = [each for each in columns if each.primary_key] or columns[:1]
        same_row = [each == placeholder() for each in keys]
        statements = [select(target).where(*same_row)] if name in {"merge", "delete"} else []
        if name == "delete":
            statements.append(writable.delete().where(*same_row))
        else:
            statements.append(writable.insert().inline().values({each.name: placeholder() for each in columns}))
        for statement in statements:
            sending.deliver(machine, node, partial(machine.emitter.execute, statement), name)
    return Unknown(sending.RESULT)


def _kind(value: object) -> Class | None:
    if isinstance(value, Instance):
        return value.kind
    kind = value.parts.get(CLASS) if isinstance(value, Unknown) else None
    return kind if isinstance(kind, Class) else None
