"""Options of tables and their partitioning, as CREATE TABLE and ALTER TABLE write them."""

from contractcheck.migrations.mysql.charsets import charset_name, collation_name
from contractcheck.migrations.mysql.cursor import Cursor, Expression, spell
from contractcheck.migrations.mysql.model import Partitioning
from contractcheck.migrations.mysql.tokens import QUOTED, WORD

_WORDS = {
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "TABLE_CHECKSUM",
    "COMMENT",
    "COMPRESSION",
    "CONNECTION",
    "DELAY_KEY_WRITE",
    "ENCRYPTED",
    "ENCRYPTION",
    "ENCRYPTION_KEY_ID",
    "ENGINE",
    "ENGINE_ATTRIBUTE",
    "IETF_QUOTES",
    "INSERT_METHOD",
    "KEY_BLOCK_SIZE",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "PASSWORD",
    "ROW_FORMAT",
    "SECONDARY_ENGINE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "SEQUENCE",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "TABLESPACE",
    "TRANSACTIONAL",
}


_MARIADB = {
    "ENCRYPTED",
    "ENCRYPTION_KEY_ID",
    "IETF_QUOTES",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "SEQUENCE",
    "TRANSACTIONAL",
}


def read_options(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """Every table option that comes next, with or without commas between them."""
    found: list[tuple[str, str]] = []
    while True:
        start = cursor.at
        if found:
            cursor.take(",")
        option = _option(cursor)
        if option is None:
            cursor.at = start
            return tuple(found)
        found.append(option)


def _option(cursor: Cursor) -> tuple[str, str] | None:
    if cursor.sees("DEFAULT") or cursor.sees_any("CHARACTER", "CHARSET", "CHAR", "COLLATE"):
        cursor.take("DEFAULT")
        if cursor.take("CHARACTER", "SET") or cursor.take("CHAR", "SET") or cursor.take("CHARSET"):
            cursor.take("=")
            return "charset", charset_name(cursor.value())
        if cursor.take("COLLATE"):
            cursor.take("=")
            return "collate", collation_name(cursor.value())
        raise cursor.error("CHARACTER SET or COLLATE")
    if cursor.sees("UNION"):
        cursor.expect("UNION")
        cursor.take("=")
        return "union", " ".join(cursor.group())
    if cursor.take("DATA", "DIRECTORY") or cursor.take("INDEX", "DIRECTORY"):
        cursor.take("=")
        return "directory", cursor.string()
    if cursor.take("WITH", "SYSTEM", "VERSIONING"):
        cursor.only("mariadb", "SYSTEM VERSIONING")
        return "system versioning", "1"
    token = cursor.peek()
    if token is None or token.upper not in _WORDS:
        after = cursor.peek(1)
        if token is not None and token.kind in {WORD, QUOTED} and after is not None and after.text == "=":
            cursor.at += 2
            return token.text.lower(), cursor.value()
        return None
    if token.upper in _MARIADB:
        cursor.only("mariadb", token.upper)
    cursor.next()
    cursor.take("=")
    return token.text.lower(), cursor.value()


def read_partitioning(cursor: Cursor) -> Partitioning:
    """What follows PARTITION BY."""
    start = cursor.at
    cursor.take("LINEAR")
    method = cursor.take_any("HASH", "KEY", "RANGE", "LIST", "SYSTEM_TIME", "SYSTEM")
    if not method:
        raise cursor.error("a method of partitioning")
    if method == "KEY" and cursor.take("ALGORITHM", "="):
        cursor.number()
    columns = cursor.take("COLUMNS")
    expression: Expression = ()
    if cursor.sees("("):
        expression = cursor.group()
    elif method in {"SYSTEM_TIME", "SYSTEM"}:
        expression = spell(cursor.until("(", "PARTITIONS", "PARTITION", ","))
    words = " ".join(token.text.lower() for token in cursor.tokens[start : cursor.at] if token.kind == WORD)
    named = ("linear " if words.startswith("linear") else "") + method.lower() + (" columns" if columns else "")
    count = cursor.number() if cursor.take("PARTITIONS") else 0
    subpartition: Expression = ()
    if cursor.take("SUBPARTITION", "BY"):
        subpartition = spell(cursor.until("(", "PARTITIONS", "SUBPARTITIONS"))
        subpartition += cursor.group()
        if cursor.take("SUBPARTITIONS"):
            subpartition += (str(cursor.number()),)
    definitions = read_definitions(cursor) if cursor.sees("(") else ()
    if not definitions and named.rpartition(" ")[2] in {"hash", "key"}:
        definitions = tuple((f"p{number}", ()) for number in range(count or 1))
    return Partitioning(named, expression, definitions, subpartition)


def read_definitions(cursor: Cursor) -> tuple[tuple[str, Expression], ...]:
    """Partitions in brackets, each with its name and what it holds."""
    cursor.expect("(")
    found = []
    while True:
        cursor.expect("PARTITION")
        name = cursor.name()
        found.append((name, spell(cursor.until(",", ")"))))
        if not cursor.take(","):
            break
    cursor.expect(")")
    return tuple(found)
