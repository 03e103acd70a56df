"""Objects that are made for real: plain values, exceptions, types and columns of SQLAlchemy."""

import enum
from collections.abc import Callable, Sequence
from typing import Any

from contractcheck.migrations.alembic import budget, calls, knowledge, mapped, objects, sending
from contractcheck.migrations.alembic.emission import concrete, mystery
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import ASKED, Bound, Class, Function, Instance, Keywords, Unknown

# Arguments of columns and operations that change no SQL of the dialects read here.
_SILENT = frozenset({"default", "onupdate", "info", "doc", "insert_default", "key"})


def construct(machine: Machine, kind: type, positional: Sequence[object], keywords: Keywords) -> object:
    """Make a real object: of a plain type, a SQLAlchemy class, an exception, an enum."""
    if objects.ours(kind) and not issubclass(kind, enum.Enum):
        return _library_object(machine, kind, positional, keywords)
    if kind is object or kind is type:
        return Unknown("a bare object") if kind is object else _kind(positional)
    unknown = knowledge.unknown_in(*positional, *keywords.values())
    if issubclass(kind, BaseException):
        return knowledge.guarded(
            lambda: kind(*[value if isinstance(value, str | int) else "..." for value in positional])
        )
    if kind in {list, tuple, dict} and positional:
        if kind is dict and isinstance(positional[0], dict):
            return {**positional[0], **keywords}
        items = knowledge.iterate(machine, positional[0])
        if items is None:
            return Unknown(unknown.reason if unknown else "items that are not known")
        build: Any = kind
        return knowledge.guarded(lambda: build(items, **keywords))
    if kind is dict:
        return dict(keywords)
    if unknown is not None:
        return unknown if kind is str else Unknown(unknown.reason)
    if kind is str and len(positional) == 1 and not isinstance(positional[0], bytes):
        text = objects.text(positional[0])
        return Unknown("prints an object") if text is None else text
    if kind is bool and positional:
        known = knowledge.truth(positional[0])
        return Unknown(knowledge.CONDITION) if known is None else known
    if kind is bytes and positional and isinstance(positional[0], int):
        budget.text(positional[0])
    budget.weigh(*positional, *keywords.values())
    for value in positional:
        if isinstance(value, range):
            knowledge.iterate(machine, value)
    return knowledge.guarded(lambda: kind(*positional, **keywords))


def _kind(positional: Sequence[object]) -> object:
    value = positional[0] if len(positional) == 1 else None
    return type(value) if objects.plain(value) and value is not None else Unknown("the type of an object")


def _library_object(machine: Machine, kind: type, positional: Sequence[object], keywords: Keywords) -> object:
    from sqlalchemy import Column
    from sqlalchemy.types import TypeEngine

    if issubclass(kind, Column):
        return column(kind, positional, keywords)
    if any(calls.reaches(value) for value in (*positional, *keywords.values())):
        if kind.__name__ == "Table":
            return mapped.reflected(machine, positional, keywords)
        return Unknown(ASKED)
    unknown = knowledge.unknown_in(*positional, *keywords.values())
    if unknown is not None:
        if issubclass(kind, TypeEngine):
            return unclear(kind, unknown.reason)
        if kind.__name__ in {"BindParameter", "Case", "Cast", "Function", "BooleanClauseList"}:
            return knowledge.guarded(
                lambda: kind(*[concrete(v) for v in positional], **{k: concrete(v) for k, v in keywords.items()})
            )
        return Unknown(unknown.reason, template=calls.template(positional) if kind.__name__ == "TextClause" else None)
    budget.weigh(*positional, *keywords.values())
    named = {key: _called(machine, value) for key, value in keywords.items()}
    return knowledge.guarded(lambda: kind(*[_called(machine, value) for value in positional], **named))


def unclear(kind: type, reason: str) -> Unknown:
    """An object with unknown parts: an array of an unknown type, a string of unknown length is still a type."""
    from sqlalchemy.types import SchemaType

    if issubclass(kind, SchemaType):
        # An enum of unknown values: what comes with it (a type, a constraint) is not known either.
        return Unknown(reason, parts={sending.PARTLY: kind.__name__})
    return Unknown(reason, origin=kind.__name__)


COLUMNS = frozenset({"sqlalchemy.column", "sqlalchemy.sql.column", "sqlalchemy.sql.expression.column"})


def column(make: Callable[..., object], positional: Sequence[object], keywords: Keywords) -> object:
    """A column: an unknown type keeps its place under a name of its own, unknown client-side settings do not matter."""
    values = list(positional)
    named = {key: value for key, value in keywords.items() if key not in _SILENT}
    for index in range(min(2, len(values))):
        value = values[index]
        if isinstance(value, Unknown) and value.origin and (index == 1 or "name" in named or _class(value, values)):
            values[index] = mystery(value)
    type_ = named.get("type_")
    if isinstance(type_, Unknown) and type_.origin:
        named["type_"] = mystery(type_)
    values = [_type_of(value) for value in values]
    unknown = knowledge.unknown_in(*values, *named.values())
    if unknown is not None:
        return Unknown(unknown.reason, parts={mapped.DECLARED: True})
    return knowledge.guarded(lambda: make(*values, **named))


def _class(value: Unknown, values: Sequence[object]) -> bool:
    """Whether what stands first is a type and no name: it is called like a class, and no type follows."""
    from sqlalchemy.schema import SchemaItem

    last = value.origin.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper() and all(isinstance(each, SchemaItem) for each in values[1:2])


def _type_of(value: object) -> object:
    return (
        mystery(Unknown("", origin=value.name))
        if isinstance(value, Function | Class | Instance) and hasattr(value, "name")
        else value
    )


def instance_of(machine: Machine, value: object) -> object:
    """A type where a function stands for it: SQLAlchemy calls what it can call (`type_api.to_instance`)."""
    from sqlalchemy.types import TypeEngine

    if not isinstance(value, Function):
        return value
    made = calls.call(machine, value, (), {}, machine.node)
    return made if isinstance(made, TypeEngine) else value


def _called(machine: Machine, value: object) -> object:
    """A function of the snapshot as something a library may call."""
    if isinstance(value, Function | Bound):
        return lambda *positional, **keywords: calls.call(machine, value, positional, keywords, machine.node)
    return value
