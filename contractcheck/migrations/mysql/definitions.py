"""What the server makes of the definitions of columns, indexes and tables."""

import re

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.charsets import charset_of, default_collation, width
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.failure import FailureError, unknown_column
from contractcheck.migrations.mysql.model import Check, Column, Index, Part, Table, Type
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.types import BLOBS, CHARACTERS, GEOMETRIES, INTEGERS, TEXTS, bits

_MAX_ROW = 65535
_MAX_NAME = 64
NOW = {"now", "current_timestamp", "localtime", "localtimestamp"}


def make_column(definition: st.ColumnDef, table: Table, target: Target, *, first_timestamp: bool = False) -> Column:
    """The column as the server stores it. Raises FailureError for what it refuses."""
    kind = _type(definition.type, table, target)
    if len(definition.name) > _MAX_NAME:
        raise FailureError(1059, f"the name {definition.name} is too long")
    if kind is not None and kind.name == "varchar" and (kind.length or 0) * width(kind.charset) > _MAX_ROW:
        if target.strict:
            raise FailureError(1074, f"column {definition.name} is too long for VARCHAR")
        kind = Type("mediumtext", charset=kind.charset, collation=kind.collation)
    if definition.compressed and (kind is None or kind.name not in {"varchar", "varbinary", *BLOBS, *TEXTS}):
        raise FailureError(1064, f"{definition.name} is of a type that cannot be COMPRESSED")
    not_null = definition.not_null or definition.primary
    default, on_update = _default(definition.default), definition.on_update
    if kind is not None and kind.name == "timestamp" and not target.explicit_timestamps and not definition.null:
        not_null = True
        if definition.default is None and not definition.generated:
            default = ("current_timestamp",) if first_timestamp else ("'0000-00-00 00:00:00'",)
            on_update = ("current_timestamp",) if first_timestamp else on_update
    if default == ("null",):
        if not_null:
            raise FailureError(1067, f"invalid default value for {definition.name}")
        default = None
    if default is not None and kind is not None:
        written = definition.default or default
        bracketed = target.old_blob_defaults and written[0] == "("
        _check_default(definition.name, kind, written if bracketed else default, target)
        if bracketed and kind.name in {*BLOBS, *TEXTS, *GEOMETRIES, "json"}:
            default = written  # an expression, though it says one value
    if definition.srid is not None and kind is not None and kind.name not in GEOMETRIES and not target.mariadb:
        raise FailureError(1221, f"SRID is for geometries: {definition.name}")
    if definition.auto_increment and kind is not None and kind.name not in {*INTEGERS, "float", "double"}:
        raise FailureError(1063, f"incorrect column specifier for {definition.name}")
    return Column(
        definition.name,
        kind,
        not_null=not_null or definition.auto_increment,
        default=default,
        on_update=_default(on_update),
        auto_increment=definition.auto_increment,
        generated=definition.generated,
        expression=definition.expression,
        comment=definition.comment,
        invisible=definition.invisible,
        compressed=definition.compressed,
        check=definition.check,
        srid=definition.srid,
        unversioned=definition.unversioned,
        row=definition.row,
        options=definition.options,
    )


def _type(kind: Type | None, table: Table, target: Target) -> Type | None:
    """The type with the character set and collation it takes from the table."""
    if kind is None or kind.name not in CHARACTERS:
        return kind
    charset, collation = kind.charset, kind.collation
    if collation == "_bin":
        charset = charset or table.charset
        collation = f"{charset}_bin"
    if charset is None and collation is not None:
        charset = charset_of(collation) or table.charset
    if charset is None:
        charset, collation = table.charset, table.collation
    if collation is None:
        collation = default_collation(charset, target.dialect, target.version)
    return replace(kind, charset=charset, collation=collation)


def _default(default: Expression | None) -> Expression | None:
    """A default in one spelling: what stands for the time of the statement is `current_timestamp`."""
    if default is None:
        return None
    if default[0] in NOW:
        return ("current_timestamp", *(part for part in default[1:] if part not in {"(", ")"}))
    if default in {("true",), ("false",)}:
        return ("1",) if default == ("true",) else ("0",)
    while len(default) > 2 and default[0] == "(" and default[-1] == ")" and _wraps(default):
        inner = default[1:-1]
        if len(inner) == 2 and inner[0] in {"-", "+"} and inner[1][0].isdigit():
            return inner
        if len(inner) == 1 and (inner[0][0] in "'0123456789" or inner[0] in {"null", "true", "false"}):
            return _default(inner)
        break
    return default


def _wraps(text: Expression) -> bool:
    depth = 0
    for at, part in enumerate(text):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth == 0:
            return at == len(text) - 1
    return False


def literal(default: Expression) -> str | float | None:
    """The value of a literal default; None for anything else."""
    sign, parts = (-1, default[1:]) if default and default[0] == "-" else (1, default)
    if len(parts) != 1:
        return None
    text = parts[0]
    if text.startswith("'"):
        return text[1:-1].replace("''", "'") if sign == 1 else None
    try:
        return sign * float(text)
    except ValueError:
        return None


_RANGES = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}


def _check_default(name: str, kind: Type, default: Expression, target: Target) -> None:
    """Refuse the literals that certainly do not fit (error 1067), and literals for TEXT in MySQL (1101)."""
    wrong = FailureError(1067, f"invalid default value for {name}")
    if target.old_blob_defaults and kind.name in {*BLOBS, *TEXTS, *GEOMETRIES, "json"} and default[0] != "(":
        raise FailureError(1101, f"{name} is of a type that takes no literal default")
    if default[0] == "current_timestamp" and len(default) >= 1 and not target.mariadb:
        if kind.name not in {"datetime", "timestamp"}:
            raise wrong
        return
    value = literal(default)
    if value is None:
        return
    if kind.name in _RANGES:
        try:
            number = float(value)
        except ValueError:
            raise wrong from None
        size = _RANGES[kind.name]
        low, high = (0, 2**size - 1) if kind.unsigned else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
        if not low <= round(number) <= high:
            raise wrong
    elif kind.name in {"char", "varchar"} and kind.length is not None:
        text = value if isinstance(value, str) else f"{value:g}"
        if len(text.rstrip(" ")) > kind.length and len(text) > kind.length:
            raise wrong
    elif kind.name in {"decimal", "float", "double"} and isinstance(value, str):
        try:
            float(value)
        except ValueError:
            raise wrong from None
    elif kind.name == "enum" and isinstance(value, str):
        if value.rstrip(" ").lower() not in {label.lower() for label in kind.labels}:
            raise wrong
    elif kind.name in {"date", "datetime", "timestamp"} and isinstance(value, str) and not dated(value):
        raise wrong


_DATE = re.compile(r"\s*(\d{2,4}\D\d{1,2}\D\d{1,2}|\d{6}(\d\d)?(\d{6})?\s*$)")


_PARTS, _MONTHS, _DAYS = 3, 12, 31


def dated(text: str) -> bool:
    """Whether a text may be read as a date."""
    found = _DATE.match(text)
    if found is None:
        return False
    parts = re.split(r"\D+", found[0].strip())
    return len(parts) < _PARTS or (int(parts[1]) <= _MONTHS and int(parts[2]) <= _DAYS)


def key_length(part: Part, column: Column) -> int | None:
    """The bytes one part of an index takes at most; None where that is not known."""
    kind = column.type
    if kind is None:
        return None
    if part.length is not None:
        return part.length * (width(kind.charset) if kind.name in CHARACTERS else 1)
    if kind.name in {"char", "varchar"}:
        return (kind.length or 0) * width(kind.charset)
    if kind.name in {"binary", "varbinary"}:
        return kind.length or 0
    return size_of(kind)


def size_of(kind: Type) -> int:
    """The bytes of a value in the row (manual, "Data Type Storage Requirements"); 0 for what has no fixed size."""
    if kind.name in INTEGERS:
        return INTEGERS[kind.name]
    match kind.name:
        case "decimal":
            digits = (kind.length or 10) - kind.scale
            rest = (0, 1, 1, 2, 2, 3, 3, 4, 4)
            return digits // 9 * 4 + rest[digits % 9] + kind.scale // 9 * 4 + rest[kind.scale % 9]
        case "float":
            return 4
        case "double":
            return 8
        case "date" | "time":
            return 3 + (kind.scale + 1) // 2 * (kind.name == "time")
        case "datetime":
            return 5 + (kind.scale + 1) // 2
        case "timestamp":
            return 4 + (kind.scale + 1) // 2
        case "year":
            return 1
        case "bit":
            return ((kind.length or 1) + 7) // 8
        case "enum" | "set":
            return bits(kind)
        case "uuid" | "inet6":
            return 16
        case "inet4":
            return 4
        case "char":
            return (kind.length or 0) * width(kind.charset)
        case "binary":
            return kind.length or 0
        case _:
            return 0


def check_index(index: Index, table: Table, target: Target) -> Index:
    """The index as it is stored. Raises FailureError for what the server refuses."""
    total = 0
    limit = 767 if table.row_format in {"redundant", "compact"} and not target.mariadb else 3072
    parts = []
    seen: set[str] = set()
    for part in index.parts:
        if part.column is None:
            if target.mariadb:
                raise FailureError(1064, "MariaDB has no indexes on expressions")
            parts.append(part)
            continue
        column = table.column(part.column)
        if column is None:
            raise FailureError(1072, f"key column {part.column} does not exist in {table.name}")
        if column.name.lower() in seen:
            raise FailureError(1060, f"duplicate column {column.name} in an index")
        seen.add(column.name.lower())
        kind = column.type
        if kind is None:
            parts.append(replace(part, column=column.name))
            continue
        if index.kind == "fulltext":
            if kind.name not in {"char", "varchar", *TEXTS}:
                raise FailureError(1283, f"{column.name} cannot be part of a FULLTEXT index")
            parts.append(replace(part, column=column.name, length=None))
            continue
        if index.kind == "spatial":
            if kind.name not in GEOMETRIES:
                raise FailureError(1687, "a SPATIAL index needs a geometry")
            if not column.not_null:
                raise FailureError(1252, "all parts of a SPATIAL index must be NOT NULL")
            parts.append(replace(part, column=column.name, length=None))
            continue
        hashed = index.kind == "unique" and target.mariadb
        cut = target.mariadb and index.kind == "index" and kind.name in {*BLOBS, *TEXTS}  # to the longest there may be
        if kind.name in {*BLOBS, *TEXTS, *GEOMETRIES} and part.length is None and not hashed and not cut:
            raise FailureError(1170, f"BLOB/TEXT column {column.name} used in an index without a length")
        if kind.name == "json" and not target.mariadb:
            raise FailureError(3152, f"JSON column {column.name} cannot be indexed")
        if part.length is not None and kind.name not in {"char", "varchar", "binary", "varbinary", *BLOBS, *TEXTS}:
            raise FailureError(1089, f"a prefix of {column.name} is no key")
        length = part.length
        if length is not None and kind.length is not None and length >= kind.length and kind.name not in BLOBS:
            if length > kind.length:
                raise FailureError(1089, f"the prefix of {column.name} is longer than it")
            length = None
        used = key_length(replace(part, length=length), column) or 0
        if used > limit and not hashed and (index.kind != "index" or (target.strict and not target.mariadb)):
            raise FailureError(1071, f"the key on {column.name} is too long; at most {limit} bytes")
        total += used
        parts.append(Part(column.name, length, part.descending, part.expression))
    hashed = index.kind == "unique" and target.mariadb
    whole = all(part.length is None for part in index.parts) and len(index.parts) > 1
    if total > 3072 and index.kind not in {"fulltext", "spatial"} and not hashed and whole:
        raise FailureError(1071, "the key is too long; at most 3072 bytes")
    return replace(index, parts=tuple(parts))


def index_name(index: Index, table: Table) -> str:
    """The name the server gives an index without one: that of its first column, else with a number."""
    if index.name:
        return index.name
    first = index.parts[0].column or "functional_index"
    name, number = first, 2
    while table.index(name) is not None or name.upper() == "PRIMARY":
        name, number = f"{first}_{number}", number + 1
    return name


def covers(index: Index, columns: tuple[str, ...]) -> bool:
    """Whether an index begins with those columns, whole: what a foreign key needs."""
    wanted = tuple(column.lower() for column in columns)
    if index.kind in {"fulltext", "spatial"}:
        return False
    whole = all(part.length is None and part.column is not None for part in index.parts[: len(wanted)])
    return whole and index.columns[: len(wanted)] == wanted


def mentions(expression: Expression | None, name: str) -> bool:
    """Whether an expression uses a column."""
    return expression is not None and name.lower() in expression


def check_names(table: Table, check: Check) -> str:
    """The name of a check without one: MariaDB's CONSTRAINT_1, MySQL's TABLE_chk_1."""
    if check.name:
        return check.name
    taken = {each.name.lower() for each in table.checks}
    number = 1
    while f"constraint_{number}" in taken or f"{table.key}_chk_{number}" in taken:
        number += 1
    return f"CONSTRAINT_{number}"


def need_column(table: Table, name: str) -> Column:
    """The column of that name. Raises FailureError."""
    column = table.column(name)
    if column is None:
        raise unknown_column(name, table.name)
    return column
