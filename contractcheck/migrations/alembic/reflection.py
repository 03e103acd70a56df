"""Tables and types as SQLAlchemy reflects them, made from the catalog."""

from typing import Any

from contractcheck.migrations.alembic import emission, inspection
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import ASKED, Unknown
from contractcheck.migrations.catalog import Catalog, Column, Table, Type

Made = Any  # a table or a type of SQLAlchemy

# Internal names and what PGDialect makes of them (ischema_names), where the two differ.
_NAMES = {
    "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "float4": "REAL", "float8": "DOUBLE_PRECISION",
    "bool": "BOOLEAN", "varchar": "VARCHAR", "bpchar": "CHAR", "char": "CHAR", "text": "TEXT", "uuid": "UUID",
    "json": "JSON", "jsonb": "JSONB", "bytea": "BYTEA", "date": "DATE", "numeric": "NUMERIC", "inet": "INET",
    "cidr": "CIDR", "macaddr": "MACADDR", "money": "MONEY", "oid": "OID", "tsvector": "TSVECTOR", "hstore": "HSTORE",
    "citext": "CITEXT", "int4range": "INT4RANGE", "int8range": "INT8RANGE", "numrange": "NUMRANGE",
    "daterange": "DATERANGE", "tsrange": "TSRANGE", "tstzrange": "TSTZRANGE",
}  # fmt: skip


def type_(column: Column, catalog: Catalog) -> object:
    """The type of a column as an object of SQLAlchemy; Unknown for one that only a run knows."""
    if column.type is None:
        return Unknown(ASKED, origin=column.unknown)
    element = _element(column.type, catalog)
    if element is None:
        return Unknown(ASKED)
    if column.type.array:
        from sqlalchemy.dialects.postgresql import ARRAY

        return ARRAY(element)
    return element


def _element(found: Type, catalog: Catalog) -> Made | None:
    from sqlalchemy.dialects import postgresql

    dialect: Any = postgresql
    if isinstance(found.base, int):
        user = catalog.types.get(found.base)
        if user is None:
            return None
        if user.kind == "enum":
            return dialect.ENUM(*user.labels, name=user.name)
        name = _NAMES.get(user.name)
        return getattr(dialect, name)() if name is not None else None
    numbers = [each for each in found.modifiers if isinstance(each, int)]
    if found.base in {"timestamp", "timestamptz", "time", "timetz"}:
        kind = dialect.TIMESTAMP if found.base.startswith("timestamp") else dialect.TIME
        return kind(timezone=found.base.endswith("tz"), precision=numbers[0] if numbers else None)
    if found.base in {"bit", "varbit"}:
        return dialect.BIT(numbers[0] if numbers else None, varying=found.base == "varbit")
    if found.base == "interval":
        return dialect.INTERVAL()
    name = _NAMES.get(found.base)
    if name is None:
        return None
    kind = getattr(dialect, name)
    return kind(*numbers) if found.base in {"varchar", "bpchar", "numeric"} else kind()


def reflect(machine: Machine, name: object, schema: object, metadata: Made) -> Made | None:
    """The table with its columns, constraints and indexes, in the metadata; None if not everything of it is known."""
    from sqlalchemy import Table as Reflected

    found = inspection.table(machine, name, schema)
    now = inspection.state(machine)
    if found is None or now is None:
        return None
    key = found.name if schema is None else f"{schema}.{found.name}"
    if key in metadata.tables:
        return metadata.tables[key]
    make: Any = Reflected
    made = make(found.name, metadata, schema=schema)
    _columns(made, found, now.catalog)
    _constraints(machine, made, found, now.catalog)
    return made


def _columns(made: Made, found: Table, catalog: Catalog) -> None:
    from sqlalchemy import Column as Reflected
    from sqlalchemy import text

    for column in found.columns:
        kind: Any = type_(column, catalog)
        made.append_column(
            Reflected(
                column.name,
                emission.mystery(kind) if isinstance(kind, Unknown) else kind,
                nullable=not column.not_null,
                # How the server writes it is not known; that there is one is.
                server_default=text("$1") if column.default is not None and not column.generated else None,
            ),
            replace_existing=True,
        )


def _constraints(machine: Machine, made: Made, found: Table, catalog: Catalog) -> None:
    from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
    from sqlalchemy import Column as Reflected
    from sqlalchemy import Table as Foreign

    make: Any = Foreign

    def names(table: Table, numbers: tuple[int, ...]) -> list[str]:
        return [column.name for number in numbers if (column := table.numbered(number)) is not None]

    for each in inspection.constraints(found, "primary key"):
        made.append_constraint(
            PrimaryKeyConstraint(*(made.c[name] for name in names(found, each.columns)), name=each.name)
        )
    for each in inspection.constraints(found, "unique"):
        made.append_constraint(UniqueConstraint(*(made.c[name] for name in names(found, each.columns)), name=each.name))
    for each in inspection.constraints(found, "check"):
        made.append_constraint(CheckConstraint(text("$1"), name=each.name))
    for each in inspection.constraints(found, "foreign key"):
        other = catalog.relations.get(each.references) if each.references is not None else None
        if not isinstance(other, Table):
            continue
        schema = None if other.schema == "public" else other.schema
        prefix = other.name if schema is None else f"{schema}.{other.name}"
        if reflect(machine, other.name, schema, made.metadata) is None and prefix not in made.metadata.tables:
            # Not everything of it is known: what is referred to is.
            make(other.name, made.metadata, *(Reflected(name) for name in names(other, each.referenced)), schema=schema)
        made.append_constraint(
            ForeignKeyConstraint(
                names(found, each.columns),
                [f"{prefix}.{name}" for name in names(other, each.referenced)],
                name=each.name,
                ondelete=inspection.ACTIONS.get(each.on_delete),
                onupdate=inspection.ACTIONS.get(each.on_update),
                link_to_name=True,
            )
        )
    owned = {each.index for each in found.constraints}
    for index in inspection.indexes(catalog, found):
        columns = names(found, index.columns)
        if index.number not in owned and len(columns) == len(index.keys):
            Index(index.name, *(made.c[name] for name in columns), unique=index.unique)
