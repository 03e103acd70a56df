"""Alembic's own operations, made to hand over the SQL they would send instead of sending it."""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from contractcheck.migrations.alembic.values import HOLE, Raised, Unknown

if TYPE_CHECKING:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.types import TypeEngine

DATA = frozenset({"select", "insert", "update", "delete", "with", "values", "merge", "explain", "show", "pragma"})


@dataclass(slots=True)
class Emitter:
    """Alembic's operations on an offline context. `receive` gets each text of SQL, one or more statements."""

    dialect: "Dialect"
    operations: "Operations"
    context: "MigrationContext"
    receive: Callable[[str], None] = field(default=lambda _sql: None)

    def execute(self, construct: Any, parameters: object = None) -> None:
        """Send a text or an expression, with the parameters of `Connection.execute`. Raises Raised if it cannot be rendered."""
        for sql in self.render(construct, parameters):
            self.receive(sql)

    def render(self, construct: Any, parameters: object = None) -> list[str]:
        """The SQL: one text, or one per row of parameters. Raises Raised for what no server would get to see."""
        from sqlalchemy import text
        from sqlalchemy.sql.ddl import DDLElement
        from sqlalchemy.sql.elements import ClauseElement, TextClause

        if isinstance(construct, str):
            construct = text(construct)
        if not isinstance(construct, ClauseElement):
            raise Raised(TypeError(f"not an executable statement: {type(construct).__name__}"))
        if isinstance(construct, DDLElement):
            return [str(construct.compile(dialect=self.dialect))]
        rows = _rows(parameters)
        if isinstance(construct, TextClause):
            bound = construct
            return [self._compile(bound.bindparams(**_fitting(bound, row))) if row else self._compile(bound) for row in rows]
        return [self._compile(construct, row) for row in rows]

    def _compile(self, construct: Any, row: Mapping[str, object] | None = None) -> str:
        from sqlalchemy import exc

        if row:
            names = set(row)
            if getattr(construct, "is_insert", False):
                construct = construct.values({key: concrete(value) for key, value in row.items()})
            elif not _binds(construct, row):
                construct = construct.values({key: concrete(value) for key, value in row.items()})
            else:
                construct = construct.params({key: value for key, value in row.items() if not isinstance(value, Unknown)})
                if any(isinstance(row[name], Unknown) for name in names):
                    return self._numbered(construct)
        try:
            return str(construct.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True, "render_postcompile": True}))
        except (exc.CompileError, NotImplementedError, TypeError, ValueError, AttributeError):
            # A value of a type without a literal form (a driver would send it apart): keep the statement, hide values.
            return self._numbered(construct)

    def _numbered(self, construct: Any) -> str:
        return str(construct.compile(dialect=_numbered(self.dialect.name), compile_kwargs={"render_postcompile": True}))


def _rows(parameters: object) -> list[Mapping[str, object]]:
    if isinstance(parameters, Mapping):
        return [parameters]
    if isinstance(parameters, list | tuple) and parameters and all(isinstance(row, Mapping) for row in parameters):
        return list(parameters)
    return [{}]


def _fitting(construct: Any, row: Mapping[str, object]) -> dict[str, object]:
    return {name: concrete(value) for name, value in row.items() if name in construct._bindparams}  # noqa: SLF001


def _binds(construct: Any, row: Mapping[str, object]) -> bool:
    """Whether the parameters fill named binds of the expression rather than columns."""
    from sqlalchemy.sql import visitors

    names = {element.key for element in visitors.iterate(construct) if element.__visit_name__ == "bindparam"}
    return bool(names & set(row))


def concrete(value: object) -> object:
    """The value as SQLAlchemy takes it: an unknown one becomes an element that renders as `$1`."""
    if isinstance(value, Unknown):
        return placeholder()
    if isinstance(value, list):
        return [concrete(item) for item in value]
    if isinstance(value, tuple):
        return tuple(concrete(item) for item in value)
    if isinstance(value, dict):
        return {key: concrete(item) for key, item in value.items()}
    return value


@cache
def _placeholder_class() -> "type[ColumnElement[Any]]":
    from sqlalchemy.ext.compiler import compiles
    from sqlalchemy.sql.elements import ColumnElement

    class Placeholder(ColumnElement[Any]):
        """An unknown value inside a known statement."""

        inherit_cache = True

    @compiles(Placeholder)
    def render(_element: object, _compiler: object, **_options: object) -> str:
        return "$1"

    return Placeholder


def placeholder() -> "ColumnElement[Any]":
    """An expression that renders as `$1`: it stands for a value only a run knows."""
    return _placeholder_class()()


@cache
def _mystery_class() -> "type[TypeEngine[Any]]":
    from sqlalchemy.types import UserDefinedType

    class Mystery(UserDefinedType[Any]):
        """A type whose class cannot be read."""

        cache_ok = True

        def __init__(self, name: str) -> None:
            self.name = name

        def get_col_spec(self, **_options: object) -> str:
            return '"?' + self.name.replace('"', "") + '"'

        def literal_processor(self, dialect: object) -> Callable[[Any], str]:  # noqa: ARG002
            return lambda value: "'" + str(value).replace("'", "''") + "'"

    return Mystery


def mystery(unknown: Unknown) -> "TypeEngine[Any]":
    """A type that renders as `"?Name"`: it stands for a class that cannot be read."""
    name = unknown.origin.rpartition(".")[2] or "type"
    return _mystery_class()(name)  # type: ignore[call-arg]


@cache
def _numbered(name: str) -> "Dialect":
    dialect = _dialect(name, "numeric_dollar" if name == "postgresql" else "named")
    dialect._backslash_escapes = False  # type: ignore[attr-defined]  # noqa: SLF001 - standard_conforming_strings is on
    return dialect


def _dialect(name: str, paramstyle: str) -> "Dialect":
    from importlib import import_module

    module = {"mariadb": "mysql"}.get(name, name)
    made: Dialect = import_module(f"sqlalchemy.dialects.{module}").dialect(paramstyle=paramstyle)
    return made


def emitter(dialect_name: str, naming_convention: Mapping[str, str] | None = None) -> Emitter:
    """Operations for a dialect. `naming_convention` is that of the project's metadata, as alembic would take it.

    Offline, as `alembic upgrade --sql` does, but with what alembic does only online: rows of `bulk_insert` may hold
    unknown values, tabs stay, backslashes are not doubled (standard_conforming_strings is on).
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import MetaData

    dialect = _dialect(dialect_name, "named")
    dialect._backslash_escapes = False  # type: ignore[attr-defined]  # noqa: SLF001
    options: dict[str, Any] = {"as_sql": True, "literal_binds": True, "output_buffer": io.StringIO()}
    if naming_convention:
        options["target_metadata"] = MetaData(naming_convention=dict(naming_convention))
    context = MigrationContext(dialect, None, options)
    made = Emitter(dialect, Operations(context), context)
    impl: Any = context.impl

    def execute(construct: Any, *_options: object, **_more: object) -> None:
        made.execute(construct)

    def insert(table: Any, rows: Sequence[Mapping[str, object]], multiinsert: bool = True) -> None:  # noqa: ARG001, FBT001, FBT002
        if not isinstance(rows, list):
            raise TypeError("List expected")
        for row in rows:
            made.execute(table.insert().inline().values(concrete(dict(row))))

    impl._exec = execute  # noqa: SLF001
    impl.bulk_insert = insert
    return made


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings of libraries about the code that is read from reaching our user."""
    import logging
    import warnings

    logger = logging.getLogger("alembic")
    disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = disabled


def filled(template: str) -> str:
    """The text with `$1` for each unknown part."""
    return template.replace(HOLE, "$1")


def is_data(sql: str) -> bool:
    """Whether a statement reads or writes rows and changes no schema, by its first word (`SELECT ... INTO` is not)."""
    words = sql.lstrip(" \t\r\n(").split(None, 1)
    return bool(words) and words[0].lower() in DATA and not (words[0].lower() == "select" and _into(sql))


def _into(sql: str) -> bool:
    import re

    return re.search(r"\binto\b", sql, re.IGNORECASE) is not None
