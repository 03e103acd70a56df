"""Attributes, items and truth of the objects a migration may hold."""

import ast
import datetime as dt
import decimal
import enum
import sys
import uuid
from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from types import ModuleType
from typing import Any

from contractcheck.migrations.alembic import budget, files, library, packages, results, sending, texts
from contractcheck.migrations.alembic.machine import EITHER, Machine, variants
from contractcheck.migrations.alembic.values import (
    ASKED,
    OWN,
    Bound,
    Builtin,
    Class,
    Connection,
    Environment,
    Function,
    Inspector,
    Instance,
    Library,
    Manager,
    Module,
    Operations,
    Raised,
    Unknown,
)

SCALARS = (
    bool, int, float, str, bytes, dt.date, dt.time, dt.timedelta, dt.timezone, decimal.Decimal,
    uuid.UUID, enum.Enum,
)  # fmt: skip
CONTAINERS = (list, tuple, dict, set, frozenset, range)


def _sql() -> ModuleType | None:
    """`sqlalchemy.sql.elements`, if anything has loaded it: before that no value can be one of its objects."""
    return sys.modules.get("sqlalchemy.sql.elements")


def expression(value: object) -> bool:
    """Whether it is an SQL expression, whose operators make more SQL."""
    elements = _sql()
    return elements is not None and isinstance(value, elements.ClauseElement | elements.SQLCoreOperations)


def ours(value: object) -> bool:
    """Whether it is an object of SQLAlchemy that may be asked for its public attributes."""
    kind = value if isinstance(value, type) else type(value)
    return kind.__module__.startswith(
        ("sqlalchemy.sql.", "sqlalchemy.dialects.", "sqlalchemy.util.", "sqlalchemy.types", "alembic.operations.ops")
    ) or any(base.__module__.startswith(("sqlalchemy.sql.", "sqlalchemy.dialects.")) for base in kind.__mro__[1:-1])


def plain(value: object) -> bool:
    """Whether printing it shows plain values only."""
    if value is None or isinstance(value, SCALARS):
        return True
    if isinstance(value, dict):
        budget.weigh(value)
        return all(plain(key) and plain(item) for key, item in value.items())
    if isinstance(value, CONTAINERS):
        budget.weigh(value)
        return isinstance(value, range) or all(plain(item) for item in value)
    return False


def ordered(value: set[object] | frozenset[object]) -> list[object] | None:
    """The items of a set in some order; None where that may matter. Constraints and indexes come by name."""
    if plain(value):
        return sorted(value, key=repr)
    if len(value) < 2:
        return list(value)
    if all(ours(item) and hasattr(item, "name") for item in value):
        return sorted(value, key=lambda item: (type(item).__name__, str(getattr(item, "name", ""))))
    return None


def printable(value: object) -> bool:
    """Whether `str` of it is known: neither the order of a set is, nor how this Python prints an enum of texts."""
    if isinstance(value, enum.Enum):
        from contractcheck.migrations.alembic import classes

        own = classes.methods(type(value)).keys()
        if own & {"__str__", "__repr__", "__format__"}:
            return own & {"__str__", "__repr__", "__format__"} == {"__str__"}
        if isinstance(value, str | int):
            return isinstance(value, enum.ReprEnum)
    if isinstance(value, set | frozenset) and len(value) > 1:
        return False
    if isinstance(value, dict):
        return plain(value) and all(map(printable, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return plain(value) and all(map(printable, value))
    return plain(value) or expression(value) or _known_type(value)


def _known_type(value: object) -> bool:
    """Whether it is a type of SQLAlchemy's own: it prints as its default dialect writes it."""
    types = sys.modules.get("sqlalchemy.types")
    home = type(value).__module__
    return types is not None and isinstance(value, types.TypeEngine) and home.startswith("sqlalchemy.")


def text(value: object) -> str | None:
    """`str` of a value, or None if it is not known."""
    if isinstance(value, files.Path):
        return value.text
    if not printable(value):
        return None
    try:
        return str(value)
    except Exception as error:  # an expression that has no text
        raise Raised(error) from error


def operable(*values: object) -> bool:
    """Whether operators on the values do what Python does with plain values or SQLAlchemy with expressions."""
    return all(value is None or isinstance(value, SCALARS + CONTAINERS) or expression(value) for value in values)


def truth(value: object) -> bool | None:
    """Whether an object counts as true; None if that is not known."""
    if isinstance(value, SCALARS):
        return bool(value)
    if expression(value):
        try:
            return bool(value)
        except TypeError as error:
            raise Raised(error) from error
    return True


def items(value: Any) -> list[object] | None:  # noqa: ANN401 - any object of a migration
    """What iterating over an object gives; None if that is not known."""
    if isinstance(value, type) and issubclass(value, enum.Enum):
        return list(value)
    if isinstance(value, results.Result):
        return list(value.rows)
    if isinstance(value, Manager) and isinstance(value.value, files.File):
        value = value.value
    if isinstance(value, files.File):
        return list(value.content.splitlines(keepends=True))
    if isinstance(value, Instance) and value.kind.row and value.kind.items is not None:
        return [value.names[field.name] for field in value.kind.items]
    if ours(value) and type(value).__name__.endswith(("ColumnCollection", "OrderedSet", "FacadeDict")):
        return list(value)
    return None


def item(machine: Machine, value: Any, index: Any) -> object:  # noqa: ANN401 - any object of a migration
    """`value[index]`. Raises Raised for a missing one."""
    if isinstance(value, Unknown):
        return Unknown(value.reason, database=value.database)
    if isinstance(index, Unknown):
        return Unknown(index.reason)
    from contractcheck.migrations.alembic import mapped

    if isinstance(value, mapped.Columns) and isinstance(index, str):
        return mapped.any_column(value.table, index)
    if isinstance(value, mapped.Tables) and isinstance(index, str):
        return mapped.reflected(machine, (index, value.metadata), {})
    if isinstance(value, Instance) and value.kind.row and isinstance(index, str):
        if index in value.names:
            return value.names[index]
        raise Raised(KeyError(index))
    if isinstance(value, Instance) and value.kind.row:
        value = tuple(items(value) or ())
    if isinstance(value, str | bytes | list | tuple | dict | range):
        budget.weigh(index)
        try:
            return value[index]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Raised(error) from error
    if isinstance(value, type) and issubclass(value, enum.Enum) and isinstance(index, str):
        try:
            return value[index]
        except KeyError as error:
            raise Raised(error) from error
    if ours(value) and isinstance(index, str) and type(value).__name__.endswith("ColumnCollection"):
        try:
            return value[index]
        except KeyError as error:
            raise Raised(error) from error
    return Unknown("an item of an object that is not read")


def attribute(machine: Machine, value: object, name: str, node: ast.AST) -> object:
    """`value.name`, as far as it is known. Raises Raised for a plain value that has none."""
    from contractcheck.migrations.alembic import classes, mapped

    match value:
        case Unknown():
            if name in value.parts:
                return value.parts[name]
            if EITHER in value.parts:
                return Unknown(
                    value.reason,
                    parts={EITHER: tuple(attribute(machine, each, name, node) for each in variants(value))},
                )
            origin = f"{value.origin}.{name}" if value.origin else ""
            known = packages.type_(origin) if origin else None
            return Unknown(value.reason, origin=origin, database=value.database) if known is None else known
        case Library():
            return _library(machine, value, name)
        case Module():
            return module_name(machine, value, name)
        case Operations() | Connection() | Environment():
            from contractcheck.migrations.alembic import database

            return database.attribute(machine, value, name)
        case Class():
            return classes.bind(machine, _class_attribute(value, name), None, value, node)
        case Instance():
            if name in value.names:
                return value.names[name]
            if value.kind.row and name == "_mapping":
                return dict(value.names)
            if value.kind.items is not None and name in {"_asdict", "_replace"} and value.kind.row:
                return _of_row(value, name)
            return classes.bind(machine, _class_attribute(value.kind, name), value, value.kind, node)
        case Function() if name in {"__name__", "__qualname__"}:
            return value.name
        case files.Path() | files.File():
            return files.attribute(machine, value, name)
        case Manager(value=files.File() as opened):
            return files.attribute(machine, opened, name)
        case results.Result():
            return results.attribute(value, name)
        case Inspector():
            from contractcheck.migrations.alembic import inspection

            return inspection.attribute(machine, name)
        case Builtin() if name in value.parts:
            return value.parts[name]
        case Function() | Builtin() | Bound() | Manager():
            from contractcheck.migrations.alembic import calls

            kind = "context manager" if isinstance(value, Manager) else "function"
            return Unknown(f"an attribute of a {kind}", database=calls.reaches(value))
        case mapped.Columns():
            return mapped.any_column(value.table, name)
        case mapped.Query():
            return mapped.query_attribute(machine, value, name)
        case super():
            return _inherited(value, name)
    return _real(machine, value, name, node)


def _library(machine: Machine, value: Library, name: str) -> object:
    if value.path == "alembic" and name == "op":
        return Operations(machine.emitter.operations)
    if value.path == "alembic.op":
        return attribute(machine, Operations(machine.emitter.operations), name, ast.Pass())
    if value.path == "alembic.context":
        return attribute(machine, Environment(), name, ast.Pass())
    from contractcheck.migrations.alembic import database

    role = database.role(machine, value.path, name)
    return library.member(value.path, name) if role is None else role


def module_name(machine: Machine, module: Module, name: str) -> object:
    """A name of a module of the snapshot: what its body binds, or what its `__getattr__` gives."""
    from contractcheck.migrations.alembic import calls, definitions

    definitions.run_module(machine, module)
    if name in module.scope.names:
        return module.scope.get(name)
    # A module inside is an attribute of its package as soon as anybody has imported it.
    nested = machine.modules.inside(module.path, name)
    opened = machine.modules.open(nested, f"{module.dotted}.{name}" if module.dotted else name) if nested else None
    if opened is not None:
        return opened
    getter = module.scope.get("__getattr__")
    if isinstance(getter, Function):
        return calls.call(machine, getter, [name], {}, getter.node)
    return Unknown(f"{module.dotted or module.path} does not say what {name} is", origin=f"{module.dotted}.{name}")


def _class_attribute(kind: Class, name: str) -> object:
    from contractcheck.migrations.alembic import mapped

    if name == "__name__":
        return kind.name
    if name == "__table__":
        return mapped.table(kind)
    try:
        found = kind.find(name)
    except KeyError:
        for base in kind.bases:
            if isinstance(base, Unknown) and name in base.parts:
                return base.parts[name]
        return Unknown(f"{kind.name}.{name} is not read")
    return mapped.column(kind, name, found)


def _of_row(value: Instance, name: str) -> Builtin:
    if name == "_asdict":
        return Builtin(name, lambda: dict(value.names), raw=True)
    return Builtin(name, lambda **changes: Instance(value.kind, {**value.names, **changes}), raw=True)


def _inherited(value: object, name: str) -> object:
    if name != "__init__" and name.startswith("_"):
        return Unknown("a private name of a library")
    found = getattr(value, name, None)
    return Builtin(name, found) if callable(found) else Unknown("an inherited value")


def _real(machine: Machine, value: object, name: str, node: ast.AST) -> object:
    from contractcheck.migrations.alembic import classes

    if name.startswith("_"):
        if name in {"__name__", "__tablename__"} and isinstance(value, type):
            return getattr(value, name, Unknown("a private name"))
        if name == "__class__" and isinstance(value, SCALARS):
            return type(value)
        if name == "__members__" and isinstance(value, type) and issubclass(value, enum.Enum):
            return dict(value.__members__)
        if getattr(type(value), OWN, False) and not name.startswith("__") and hasattr(value, name):
            return getattr(value, name)
        return Unknown("a private name of a library")
    if isinstance(value, enum.Enum):
        if name in {"name", "value"}:
            return getattr(value, name)
        own = classes.methods(type(value))
        if name in own:
            return classes.bind(machine, own[name], value, type(value), node)
        if not isinstance(value, str | int):
            return Unknown("an attribute of an enum's member")
    if isinstance(value, type) and issubclass(value, enum.Enum) and name in value.__members__:
        return value.__members__[name]
    if isinstance(value, type) and issubclass(value, enum.Enum) and name in classes.methods(value):
        return classes.bind(machine, classes.methods(value)[name], None, value, node)
    for kind, names in library.METHODS.items():
        if isinstance(value, kind) and not ours(value):
            if name in names:
                return Builtin(f"{kind.__name__}.{name}", Method(value, name))
            if hasattr(value, name):
                return Unknown(f"{kind.__name__}.{name} is not read")
            raise Raised(AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}"))
    if isinstance(value, dt.date | dt.time | dt.timedelta | decimal.Decimal | uuid.UUID):
        return _moment(value, name)
    if isinstance(value, type) and issubclass(value, dt.date | dt.timezone | dt.time):
        if name in {"utc", "min", "max"}:
            return getattr(value, name, Unknown("not there"))
        if name in {"fromisoformat", "strptime"}:
            return Builtin(name, getattr(value, name)) if name == "fromisoformat" else Unknown("parses a date")
        return Unknown("the time of the run")
    if value is dict and name == "fromkeys":
        return Builtin("dict.fromkeys", dict.fromkeys)
    if value is str and name in {"join", "lower", "upper", "strip"}:
        return Builtin(f"str.{name}", getattr(str, name))
    if isinstance(value, BaseException) and name == "args":
        return Unknown("the text of an exception")
    if ours(value):
        return _sqlalchemy(machine, value, name)
    return Unknown(f"an attribute of {type(value).__name__}")


def _moment(value: object, name: str) -> object:
    found = getattr(value, name, None)
    if name in {"isoformat", "strftime", "total_seconds", "replace", "date", "time"} and callable(found):
        return Builtin(name, found)
    if isinstance(found, int | str) and not callable(found):
        return found
    return Unknown(f"{type(value).__name__}.{name} is not read")


class Method:
    """A method of a plain value, carried out for real after a look at how large its result will be."""

    __slots__ = ("name", "value")

    def __init__(self, value: object, name: str) -> None:
        self.value = value
        self.name = name

    def __call__(self, *arguments: object, **keywords: object) -> object:
        if isinstance(self.value, str):
            texts.check_method(self.value, self.name, arguments)
            budget.weigh(*keywords.values())
            if self.name == "format" and not all(plain(item) for item in (*arguments, *keywords.values())):
                return Unknown("formats an object")
        elif self.name in {"index", "count", "remove", "sort"}:
            budget.weigh(self.value)
        result = getattr(self.value, self.name)(*arguments, **keywords)
        return list(result) if isinstance(result, KeysView | ValuesView | ItemsView) else result


# Methods of SQLAlchemy objects that talk to a database or change objects in ways that are not followed.
_REFUSED = frozenset(
    [
        "execute",
        "scalar",
        "scalars",
        "bind",
        "reflect",
        "dispatch",
        "info",
        "create",
        "drop",
        "create_all",
        "drop_all",
        "append_column",
        "append_constraint",
    ]
)


def _sqlalchemy(machine: Machine, value: object, name: str) -> object:
    from contractcheck.migrations.alembic import database, mapped

    if name in {"create", "drop", "create_all", "drop_all"}:
        return sending.creator(machine, value, name)
    if name == "reflect" and isinstance(value, sys.modules["sqlalchemy.schema"].MetaData):
        return Builtin(name, lambda *p, **k: mapped.reflect_all(machine, value, p, k), raw=True)
    if name == "compile":
        return sending.compiler(machine, value)
    if isinstance(value, sys.modules["sqlalchemy.engine.interfaces"].Dialect):
        return database.dialect_attribute(machine, value, name)
    if id(value) in machine.loose or mapped.loose(value):
        if name == "tables" and isinstance(value, sys.modules["sqlalchemy.schema"].MetaData):
            return mapped.Tables(value)
        if name in {"c", "columns"}:
            return mapped.Columns(value)
        if name in {"constraints", "foreign_key_constraints", "foreign_keys", "indexes", "primary_key"}:
            return Unknown(ASKED)
    if name in _REFUSED:
        return Unknown(
            f"{name} of a library object is not read", database=name in {"execute", "scalar", "scalars", "reflect"}
        )
    try:
        found = getattr(value, name)
    except AttributeError as error:
        raise Raised(error) from error
    except Exception as error:  # half-built objects raise many kinds
        raise Raised(error) from error
    if callable(found) and not isinstance(found, type) and not expression(found) and _is_method(found):
        return Builtin(f"{type(value).__name__}.{name}", found, values=expression(value) or not isinstance(value, type))
    if found is None or isinstance(found, SCALARS + CONTAINERS + (Mapping,)) or ours(found) or expression(found):
        return found
    return Unknown(f"{type(value).__name__}.{name} is not read")


def _is_method(found: object) -> bool:
    import types

    return (
        isinstance(found, types.MethodType | types.FunctionType | types.BuiltinFunctionType)
        or type(found).__name__
        in {
            "partial",
            "HasMemoized",
            "generative",
        }
        or not ours(found)
    )
