"""Rows that are known one by one: what INSERT, UPDATE and DELETE make of them, and what they refuse to become."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.conversion import refused
from contractcheck.migrations.mysql.cursor import Cursor, Expression
from contractcheck.migrations.mysql.definitions import dated, literal
from contractcheck.migrations.mysql.evaluate import UNKNOWN, Value, evaluate, fold, truth
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Column, Database, ForeignKey, Index, Part, Rows, Table, Type
from contractcheck.migrations.mysql.tokens import QUOTED, WORD, Token, scan
from contractcheck.migrations.mysql.types import BLOBS, INTEGERS, TEXTS

_TEXTUAL = {"char", "varchar", "binary", "varbinary", *TEXTS, *INTEGERS}
_MOST = 20_000
_FIRST_DATE = 101  # the number of 2000-01-01
_SEQUENCE = re.compile(r"seq_(\d+)_to_(\d+)(?:_step_(\d+))?\Z", re.IGNORECASE)
_FIELDS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}


def insert(database: Database, table: Table, change: st.ChangeRows) -> Rows | None:
    """The rows after INSERT or REPLACE; None where they are not known."""
    cursor = Cursor(change.tokens)
    while not cursor.sees("INTO") and not cursor.done:
        if cursor.take_any("INSERT", "REPLACE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"):
            continue
        if cursor.take("IGNORE"):
            return None
        break
    cursor.take("INTO")
    cursor.name()
    if cursor.take("."):
        cursor.name()
    names = [column.name.lower() for column in table.columns if not column.invisible]
    if cursor.sees("(") and not cursor.sees("(", "SELECT"):
        names = [token.text.lower() for token in cursor.group_tokens() if token.text != ","]
    for name in names:
        if table.column(name) is None:
            raise FailureError(1054, f"unknown column {name} in {table.name}")
    if table.rows is None:
        _counted(cursor, names)
        return None
    if any(token.upper == "DUPLICATE" for token in change.tokens) or change.verb == "replace":
        return None
    made = _inserted(cursor, names, database)
    if made is None or len(made) + table.rows.count > _MOST:
        return None
    return _append(table, table.rows, names, made)


def _counted(cursor: Cursor, names: list[str]) -> None:
    """Refuse a first row of values that are not as many as the columns (error 1136), whatever rows there are."""
    if (cursor.take("VALUES") or cursor.take("VALUE")) and cursor.sees("("):
        parts = _parts(cursor.group_tokens())
        if parts and len(parts) != len(names):
            raise FailureError(1136, "the number of columns and of values differs")


def _inserted(cursor: Cursor, names: list[str], database: Database) -> list[list[Value]] | None:
    """The new rows in the order of the names."""
    if cursor.take("VALUES") or cursor.take("VALUE"):
        found = []
        while True:
            parts = _parts(cursor.group_tokens())
            if len(parts) != len(names):
                raise FailureError(1136, "the number of columns and of values differs")
            found.append([UNKNOWN if _is_default(part) else evaluate(part, {}) for part in parts])
            if not cursor.take(","):
                return found if cursor.done else None
    if not cursor.take("SELECT"):
        return None
    select = _parts(cursor.until("FROM"))
    if not cursor.take("FROM"):
        return [[evaluate(part, {}) for part in select]] if len(select) == len(names) else None
    source = cursor.name()
    where = cursor.tokens[cursor.at :] if cursor.take("WHERE") else ()
    if not cursor.done and not where:
        return None
    rows = list(_source(source, database))
    if not rows or len(select) != len(names):
        return None
    kept = [row for row in rows if not where or truth(evaluate(where, row)) is True]
    # What names no column of the source is the same in every row.
    same = [evaluate(part, {}) if _constant(part, rows[0]) else None for part in select]
    varying = [not _constant(part, rows[0]) for part in select]
    return [
        [evaluate(part, row) if varies else value for part, varies, value in zip(select, varying, same, strict=True)]
        for row in kept
    ]


def _constant(part: tuple[Token, ...], row: dict[str, Value]) -> bool:
    return not any(token.kind in {WORD, QUOTED} and token.text.lower() in row for token in part)


def _is_default(part: tuple[Token, ...]) -> bool:
    return len(part) == 1 and part[0].upper == "DEFAULT"


def _source(name: str, database: Database) -> Iterator[dict[str, Value]]:
    sequence = _SEQUENCE.match(name)
    if sequence is not None:
        first, last, step = int(sequence[1]), int(sequence[2]), int(sequence[3] or 1)
        if step > 0 and (last - first) // step <= _MOST:
            yield from ({"seq": number} for number in range(first, last + 1, step))
        return
    table = database.tables.get(name.lower())
    if table is not None and table.rows is not None:
        for at in range(table.rows.count):
            yield {column: values[at] for column, values in table.rows.values.items()}


def _parts(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Tokens between the outermost commas."""
    found: list[tuple[Token, ...]] = []
    cursor = Cursor(tokens)
    while not cursor.done:
        found.append(cursor.until(","))
        if not cursor.take(","):
            break
    return found


def _append(table: Table, rows: Rows, names: list[str], made: list[list[Value]]) -> Rows:
    values = {column.name.lower(): list(rows.values.get(column.name.lower(), ())) for column in table.columns}
    for column in table.columns:
        key = column.name.lower()
        if key in names:
            place = names.index(key)
            given = [row[place] for row in made]
            if column.auto_increment:
                given = _numbered(values[key], given)
            values[key].extend(_put(column, value) for value in given)
        elif column.auto_increment:
            values[key].extend(_numbered(values[key], [None] * len(made)))
        elif column.not_null and column.default is None and not column.generated:
            raise FailureError(1364, f"{column.name} has no default value")
        else:
            values[key].extend([default_value(column)] * len(made))
    return Rows(rows.count + len(made), values)


def _put(column: Column, value: Value) -> Value:
    """A value as it is stored. Raises FailureError for one that certainly does not fit."""
    kind = column.type
    if value is not None and value is not UNKNOWN and kind is not None:
        refusal = _unfit(kind, kind, value)
        if refusal is not None:
            raise FailureError(refusal, f"a value of {column.name} does not fit: {str(value)[:40]!r}")
    return _stored(column, value)


def _numbered(before: list[Value], given: list[Value]) -> list[Value]:
    """AUTO_INCREMENT: NULL and 0 take the next number."""
    highest = max((value for value in before if isinstance(value, int)), default=0)
    found: list[Value] = []
    for value in given:
        if value is None or value == 0:
            highest += 1
            found.append(highest)
        else:
            highest = max(highest, value) if isinstance(value, int) else highest
            found.append(value)
    return found


def default_value(column: Column) -> Value:
    """What a row has in a column that it was not given."""
    if column.generated:
        return UNKNOWN
    if column.default is None:
        return None if not column.not_null else _zero(column.type)
    value = literal(column.default)
    return UNKNOWN if value is None else _stored(column, value)


def _zero(kind: Type | None) -> Value:
    """The implicit default of a NOT NULL column (manual, "Data Type Default Values")."""
    if kind is None:
        return UNKNOWN
    if kind.name in {*INTEGERS, "decimal", "float", "double", "bit"}:
        return 0
    if kind.name in {"char", "varchar", *TEXTS, "set"}:
        return ""
    if kind.name == "enum":
        return kind.labels[0]
    return UNKNOWN


def _stored(column: Column, value: Value) -> Value:
    """A value as the column keeps it, as far as that is certain."""
    kind = column.type
    if value is None or value is UNKNOWN or kind is None:
        return value
    if kind.name in INTEGERS and isinstance(value, float):
        return int(value + 0.5) if value >= 0 else -int(-value + 0.5)
    if kind.name in INTEGERS and isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else UNKNOWN
    if kind.name in {"char", "varchar", *TEXTS} and not isinstance(value, str):
        return str(value) if isinstance(value, int) else UNKNOWN
    if kind.name == "decimal" and isinstance(value, int | float):
        return round(float(value), kind.scale)
    if kind.name == "enum" and isinstance(value, str):
        return next((label for label in kind.labels if fold(label) == fold(value)), UNKNOWN)
    if kind.name == "enum":
        return kind.labels[value - 1] if isinstance(value, int) and 0 < value <= len(kind.labels) else UNKNOWN
    return value


def update(table: Table, change: st.ChangeRows) -> Rows | None:
    """The rows after an UPDATE of one table."""
    rows = table.rows
    cursor = Cursor(change.tokens)
    cursor.until("SET")
    if not cursor.take("SET"):
        return None
    assignments = _parts(cursor.until("WHERE", "ORDER", "LIMIT"))
    where = cursor.until("ORDER", "LIMIT") if cursor.take("WHERE") else ()
    pairs: list[tuple[Column, tuple[Token, ...]]] = []
    for assignment in assignments:
        each = Cursor(assignment)
        name = each.name()
        while each.take("."):
            name = each.name()
        column = table.column(name)
        if column is None:
            raise FailureError(1054, f"unknown column {name} in {table.name}")
        each.expect("=")
        pairs.append((column, assignment[each.at :]))
    if rows is None or not cursor.done:
        return None
    values = {name: list(found) for name, found in rows.values.items()}
    for at in range(rows.count):
        row = {name: found[at] for name, found in values.items()}
        meets = truth(evaluate(where, row)) if where else True
        if meets is False or meets is None:
            continue
        for column, expression in pairs:
            value = _put(column, evaluate(expression, row)) if meets is True else UNKNOWN
            row[column.name.lower()] = value
            values[column.name.lower()][at] = value
    return Rows(rows.count, values)


def delete(table: Table, change: st.ChangeRows) -> tuple[Rows | None, list[int]]:
    """The rows that a DELETE leaves, and which (by place) it certainly takes."""
    rows = table.rows
    if rows is None:
        return None, []
    if not change.where and not any(token.upper == "LIMIT" for token in change.tokens):
        return Rows(0, {name: [] for name in rows.values}), list(range(rows.count))
    cursor = Cursor(change.tokens)
    cursor.until("WHERE")
    cursor.take("WHERE")
    where = cursor.tokens[cursor.at :]
    meets = [
        truth(evaluate(where, {name: found[at] for name, found in rows.values.items()})) for at in range(rows.count)
    ]
    if UNKNOWN in meets:
        return None, []
    kept = [at for at, met in enumerate(meets) if met is not True]
    left = Rows(len(kept), {name: [found[at] for at in kept] for name, found in rows.values.items()})
    return left, [at for at, met in enumerate(meets) if met is True]


# -- what rows refuse to become ---------------------------------------------------------------------------------------


def converted(before: Table, after: Table, *, strict: bool = True, null_error: int = 1265) -> Rows | None:
    """The rows under a new definition. Raises FailureError where a value certainly does not fit."""
    rows = before.rows
    if rows is None:
        return None
    values: dict[str, list[Value]] = {}
    for column in after.columns:
        key = column.name.lower()
        if column.origin is None:
            new = default_value(column)
            values[key] = list(range(1, rows.count + 1)) if column.auto_increment else [new] * rows.count
            continue
        old = before.column(column.origin)
        found = rows.values.get(column.origin.lower(), [UNKNOWN] * rows.count)
        if old is not None and old != replace(column, name=old.name, origin=None):
            found = [_converted(column, old, value, strict=strict, null_error=null_error) for value in found]
        values[key] = found
    return Rows(rows.count, values)


def _converted(column: Column, old: Column, value: Value, *, strict: bool, null_error: int) -> Value:
    kind = column.type
    if value is None:
        if column.not_null and not column.auto_increment:
            if kind is not None and kind.name == "timestamp" and null_error == 1265 and column.default is not None:
                return UNKNOWN
            raise FailureError(null_error, f"{column.name} is NULL in a row")
        return None
    if value is UNKNOWN or kind is None or old.type is None or not strict:
        return _stored(column, value) if value is not UNKNOWN else UNKNOWN
    refusal = _unfit(kind, old.type, value)
    if refusal is None and kind.name != old.type.name:
        refusal = refused(kind, old.type, value, mariadb=null_error == _MARIADB_NULL)
    if refusal is not None:
        raise FailureError(refusal, f"a value of {column.name} does not fit: {str(value)[:40]!r}")
    return _stored(column, value)


_MARIADB_NULL = 1265


def _unfit(kind: Type, old: Type, value: Value) -> int | None:
    """The number of the error with which a value is refused; None if it fits or that is not certain."""
    if kind.name in INTEGERS or (kind.name == "year" and not isinstance(value, str)):
        number = value
        if isinstance(value, str):
            if old.name not in _TEXTUAL:
                return None  # dates and the like become numbers
            try:
                number = float(value)
            except ValueError:
                return 1366
        if kind.name == "year" or not isinstance(number, int | float):
            return None
        size = _FIELDS[kind.name]
        low, high = (0, 2**size - 1) if kind.unsigned else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
        return None if low <= round(number) <= high else 1264
    if kind.name in {"decimal", "float", "double"} and isinstance(value, str) and old.name in _TEXTUAL:
        try:
            float(value)
        except ValueError:
            return 1366
    if kind.name == "decimal" and isinstance(value, int | float):
        return 1264 if abs(value) >= 10 ** ((kind.length or 10) - kind.scale) or (kind.unsigned and value < 0) else None
    if kind.name == "enum" and isinstance(value, str):
        return None if fold(value) in {fold(label) for label in kind.labels} else 1265
    if kind.name == "set" and isinstance(value, str):
        labels = {fold(label) for label in kind.labels}
        return None if all(fold(part) in labels for part in value.split(",") if part) else 1265
    if kind.name in {"char", "varchar"} and kind.length is not None:
        text = value if isinstance(value, str) else str(value) if isinstance(value, int) else None
        return 1265 if text is not None and len(text.rstrip(" ")) > kind.length else _coded(kind, value)
    if kind.name in {"binary", "varbinary"} and kind.length is not None:
        if old.name == "binary" and (old.length or 0) > kind.length:
            return 1265  # it is padded to its length
        return 1265 if isinstance(value, str) and len(value.encode()) > kind.length else None
    if kind.name in {"tinytext", "tinyblob"} and isinstance(value, str):
        return 1265 if len(value.encode()) > 255 else None
    if kind.name in {*TEXTS, *BLOBS}:
        return _coded(kind, value)
    if kind.name in {"date", "datetime", "timestamp"} and isinstance(value, str) and old.name != "time":
        return None if dated(value) else 1292
    if kind.name in {"inet4", "inet6", "uuid"} and isinstance(value, str) and not any(char in ".:-" for char in value):
        return 1292
    if kind.name in {"date", "datetime", "timestamp"} and isinstance(value, int | float):
        return None if value == 0 or value >= _FIRST_DATE else 1292
    if kind.name == "year" and old.name in {"date", "datetime", "timestamp"}:
        return 1292
    if kind.name == "bit" and isinstance(value, int):
        return 1264 if value >= 2 ** (kind.length or 1) else None
    return None


def _coded(kind: Type, value: Value) -> int | None:
    """Error 1366 where a character has no code in the new character set, as far as that is certain."""
    if not isinstance(value, str) or value.isascii():
        return None
    if kind.charset == "ascii":
        return 1366
    if kind.charset == "latin1" and any(ord(char) > 0x2122 for char in value):
        return 1366
    return 1366 if kind.charset == "utf8mb3" and any(ord(char) > 0xFFFF for char in value) else None


def check_unique(table: Table, index: Index) -> None:
    """Refuse a unique key that two rows share (error 1062)."""
    if table.rows is None or any(part.column is None for part in index.parts):
        return
    seen: set[tuple[Value, ...]] = set()
    found = [table.rows.values.get(column, []) for column in index.columns]
    kinds = [table.column(column) for column in index.columns]
    exact = [c is not None and c.type is not None and (c.type.collation or "_bin").endswith("_bin") for c in kinds]
    for row in zip(*found, strict=False):
        if any(value is None or value is UNKNOWN for value in row):
            continue
        key = tuple(
            _prefix(value if same else fold(value), part)
            for value, same, part in zip(row, exact, index.parts, strict=True)
        )
        if key in seen:
            raise FailureError(1062, f"two rows have the same {', '.join(index.columns)}: {index.name} is not unique")
        seen.add(key)


def _prefix(value: Value, part: Part) -> Value:
    return value[: part.length] if part.length is not None and isinstance(value, str) else value


def check_rows(table: Table, expression: Expression, name: str, number: int) -> None:
    """Refuse a CHECK that a row does not meet."""
    rows = table.rows
    if rows is None:
        return
    tokens = scan(" ".join(expression))
    for at in range(rows.count):
        row = {column: found[at] for column, found in rows.values.items()}
        if truth(evaluate(tokens, row)) is False:
            raise FailureError(number, f"a row does not meet the check {name}")


def check_references(database: Database, table: Table, key: ForeignKey) -> None:
    """Refuse a foreign key with a row that has no parent (error 1452)."""
    other = table if key.table.lower() == table.key else database.tables.get(key.table.lower())
    if table.rows is None or other is None or other.rows is None:
        return
    referenced = key.referenced or (other.primary.columns if other.primary else ())
    parents = list(zip(*(other.rows.values.get(name.lower(), []) for name in referenced), strict=False))
    if any(UNKNOWN in parent for parent in parents):
        return
    known = {tuple(fold(value) for value in parent) for parent in parents}
    for row in zip(*(table.rows.values.get(name.lower(), []) for name in key.columns), strict=False):
        if None in row or UNKNOWN in row:
            continue
        if tuple(fold(value) for value in row) not in known:
            raise FailureError(1452, f"a row of {table.name} has no parent for {key.name}")
