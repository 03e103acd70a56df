"""Alembic's own operations, made to hand over the SQL they would send instead of sending it."""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from contractcheck.migrations.alembic.values import HOLE, Raised, Unknown

if TYPE_CHECKING:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.types import TypeEngine

Construct = Any  # statements, elements, types: what SQLAlchemy's own annotations have in common says too little
DATA = frozenset(
    {"select", "insert", "update", "delete", "with", "values", "merge", "explain", "show", "pragma", "analyze"}
)


class Emitter(Struct):
    """Alembic's operations on an offline context. `receive` gets each text of SQL, one or more statements."""

    dialect: "Dialect"
    operations: "Operations"
    context: "MigrationContext"
    receive: Callable[[str], None] = field(default=lambda _sql: None)

    def execute(self, construct: Construct, parameters: object = None) -> None:
        """Send a text or an expression, with the parameters of `Connection.execute`. Raises Raised as `render` does."""
        for sql in self.render(construct, parameters):
            self.receive(sql)

    def render(self, construct: Construct, parameters: object = None) -> list[str]:
        """The SQL: one text, or one per row of parameters. Raises Raised for what no server would get to see."""
        from sqlalchemy import text
        from sqlalchemy.sql.ddl import DDLElement
        from sqlalchemy.sql.elements import ClauseElement

        if isinstance(construct, str):
            construct = text(construct)
        if not isinstance(construct, ClauseElement):
            raise Raised(TypeError(f"not an executable statement: {type(construct).__name__}"))
        if isinstance(construct, DDLElement):
            return [str(construct.compile(dialect=self.dialect))]
        return [self._row(construct, row) for row in _rows(parameters)]

    def _row(self, construct: Construct, row: Mapping[str, object]) -> str:
        filled_in, hidden = _filled(construct, row)
        return self._compile(filled_in, hidden=hidden)

    def _compile(self, construct: Construct, *, hidden: bool = False) -> str:
        from sqlalchemy import exc

        options = {"literal_binds": True, "render_postcompile": True}
        if not hidden:
            try:
                return str(construct.compile(dialect=self.dialect, compile_kwargs=options))
            except (exc.CompileError, NotImplementedError, TypeError, ValueError, AttributeError):
                # A value without a literal form, which a driver would send apart: keep the statement, hide values.
                hidden = True
        return str(construct.compile(dialect=_numbered(self.dialect.name), compile_kwargs={"render_postcompile": True}))


def _rows(parameters: object) -> list[Mapping[str, object]]:
    if isinstance(parameters, Mapping):
        return [parameters]
    if isinstance(parameters, list | tuple) and parameters and all(isinstance(row, Mapping) for row in parameters):
        return list(parameters)
    return [{}]


def _filled(construct: Construct, row: Mapping[str, object]) -> tuple[Any, bool]:
    """The statement with its parameters filled in, and whether some of them have to stay hidden behind `$n`."""
    from sqlalchemy import bindparam
    from sqlalchemy.sql import visitors
    from sqlalchemy.sql.elements import TextClause

    if isinstance(construct, TextClause):
        names = construct._bindparams  # noqa: SLF001 - the only place that lists them
        open_ones = {
            name: row.get(name, Unknown("a value")) for name, bind in names.items() if name in row or bind.required
        }
        hidden = {name for name, value in open_ones.items() if _partly_unknown(value)}
        # Hidden values are not rendered, but a list has to have a length.
        nothing = {name: [None] if names[name].expanding else None for name in hidden}
        return (construct.bindparams(**{**open_ones, **nothing}) if open_ones else construct), bool(hidden)
    open_names = required(construct)
    if getattr(construct, "is_insert", False) and not open_names:
        given = construct._values or construct._multi_values or construct.select is not None  # noqa: SLF001
        if row or not given:
            columns = row or {column.name: Unknown("a value") for column in construct.table.c}
            construct = (
                construct.values({name: concrete(value) for name, value in columns.items()}) if columns else construct
            )
        return construct, False
    if not open_names:
        if getattr(construct, "is_update", False):
            given = construct._values or getattr(construct, "_ordered_values", None)  # noqa: SLF001 - the latter in 2.0
            columns = row or ({} if given else {column.name: Unknown("a value") for column in construct.table.c})
            construct = construct.values({name: concrete(value) for name, value in columns.items()})
        return construct, False

    def replace(element: Construct, **_options: object) -> Construct:
        if element.__visit_name__ == "bindparam" and element.required:
            value = row.get(element.key, Unknown("a value"))
            return (
                placeholder()
                if isinstance(value, Unknown)
                else bindparam(element.key, value, type_=_type(element), unique=True)
            )
        return None

    return visitors.replacement_traverse(construct, {}, replace), False


def _partly_unknown(value: object) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, list | tuple) and any(map(_partly_unknown, value)))


def _type(element: Construct) -> Construct:
    return None if element.type._isnull else element.type  # noqa: SLF001 - SQLAlchemy's own question


def parameters(construct: Construct) -> list[str]:
    """The named parameters of a text or an expression."""
    from sqlalchemy.sql.elements import ClauseElement, TextClause

    if isinstance(construct, TextClause):
        return sorted(construct._bindparams)  # noqa: SLF001 - the only place that lists them
    return required(construct) if isinstance(construct, ClauseElement) else []


def required(construct: Construct) -> list[str]:
    """The named parameters of a statement that have no value yet."""
    from sqlalchemy.sql import visitors

    elements: list[Any] = [each for each in visitors.iterate(construct) if each.__visit_name__ == "bindparam"]
    return sorted({str(each.key) for each in elements if each.required})


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
    make: Any = _mystery_class()
    made: TypeEngine[Any] = make(name)
    return made


@cache
def _numbered(name: str) -> "Dialect":
    return _dialect(name, "numeric_dollar" if name == "postgresql" else "named")


def _dialect(name: str, paramstyle: str) -> "Dialect":
    from importlib import import_module

    module = {"mariadb": "mysql"}.get(name, name)
    made: Any = import_module(f"sqlalchemy.dialects.{module}").dialect(paramstyle=paramstyle)
    made._backslash_escapes = False  # noqa: SLF001 - standard_conforming_strings is on
    made.statement_compiler = _compiler(made.statement_compiler)
    result: Dialect = made
    return result


def _compiler(base: Construct) -> Construct:
    """A compiler that writes values of untyped columns in the form of the value, as a driver would send them."""
    from sqlalchemy import literal

    def render_literal_value(self: Construct, value: object, type_: Construct) -> str:
        if type_._isnull and value is not None:  # noqa: SLF001 - SQLAlchemy's own question
            type_ = literal(value).type
        rendered: str = base.render_literal_value(self, value, type_)
        return rendered

    return type(base.__name__, (base,), {"render_literal_value": render_literal_value})


def emitter(dialect_name: str, naming_convention: Mapping[str, str] | None = None) -> Emitter:
    """Operations for a dialect. `naming_convention` is that of the project's metadata, as alembic would take it.

    Offline, as `alembic upgrade --sql` does, but with what alembic does only online: rows of `bulk_insert` may hold
    unknown values, tabs stay, backslashes are not doubled (standard_conforming_strings is on).
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import MetaData

    dialect = _dialect(dialect_name, "named")
    options: dict[str, Any] = {"as_sql": True, "literal_binds": True, "output_buffer": io.StringIO()}
    if naming_convention:
        options["target_metadata"] = MetaData(naming_convention=dict(naming_convention))
    context = MigrationContext(dialect, None, options)
    made = Emitter(dialect, Operations(context), context)
    impl: Any = context.impl

    def execute(construct: Construct, *_options: object, **_more: object) -> None:
        made.execute(construct)

    def insert(table: Construct, rows: Sequence[Mapping[str, object]], multiinsert: bool = True) -> None:  # noqa: ARG001, FBT001, FBT002
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
