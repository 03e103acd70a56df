"""PostgreSQL's own parser turns the text of a statement into operations."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql import read_other, read_tables
from contractcheck.migrations.postgresql.nodes import only

SHORT = 2000  # characters of a text that is remembered for a while
MAX_DEPTH = 2000  # nesting of brackets: past it libpg_query's own stack limit and ours are near


class Parsed(Struct, frozen=True):
    """One statement of a text: its operation, and where it stands in it (characters from, to)."""

    operation: op.Operation
    start: int
    end: int


def parse(sql: str) -> tuple[op.Operation, ...]:
    """The operations of a text of statements; a text that cannot be parsed is one Unmodelled operation."""
    return _short(sql) if len(sql) <= SHORT else _long(sql)


def _long(sql: str) -> tuple[op.Operation, ...]:
    return tuple([parsed.operation for parsed in parse_statements(sql)])


# What a remedy is tried with has mostly been read a moment before.
_short = lru_cache(maxsize=256)(_long)


def parse_statements(sql: str) -> tuple[Parsed, ...]:
    """As `parse`, with the range of characters of each statement."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    whole = (0, len(sql))
    if "\x00" in sql:
        return (Parsed(op.Unmodelled("the text has a NUL byte"), *whole),)
    if _depth(sql) > MAX_DEPTH:
        return (Parsed(op.Unmodelled(f"brackets are nested more than {MAX_DEPTH} deep"), *whole),)
    try:
        tree = orjson.loads(parse_sql_json(sql))
    except ParseError as error:
        return (Parsed(op.Unmodelled(f"not PostgreSQL: {error.args[0]}"), *whole),)
    except (orjson.JSONDecodeError, UnicodeError, RecursionError) as error:
        return (Parsed(op.Unmodelled(f"cannot be read: {error}"), *whole),)
    raw = sql.encode() if not sql.isascii() else None
    found = []
    for statement in tree.get("stmts", ()):
        start = statement.get("stmt_location", 0)
        end = start + statement["stmt_len"] if "stmt_len" in statement else None
        if raw is not None:
            end = len(raw[:end].decode(errors="ignore"))
            start = len(raw[:start].decode(errors="ignore"))
        found.append(Parsed(read(statement["stmt"]), start, len(sql) if end is None else end))
    return tuple(found)


def read(statement: op.Node) -> op.Operation:
    """The operation of one parsed statement."""
    kind, node = only(statement)
    reader = READERS.get(kind)
    if reader is None:
        return op.Unmodelled(f"{_words(kind)} is outside the model")
    try:
        return reader(node)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return op.Unmodelled(f"{_words(kind)} has a form outside the model ({type(error).__name__}: {error})")


def _words(kind: str) -> str:
    """`AlterTSDictionaryStmt` as `alter ts dictionary`."""
    name = kind.removesuffix("Stmt")
    return "".join(
        f" {c.lower()}" if c.isupper() and i and not name[i - 1].isupper() else c.lower() for i, c in enumerate(name)
    )


def _depth(sql: str) -> int:
    """How deep brackets nest at most, counting those in strings too: an upper bound."""
    if len(sql) <= MAX_DEPTH or sql.count("(") + sql.count("[") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for char in sql:
        if char in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]":
            depth = max(0, depth - 1)
    return deepest


READERS: Mapping[str, Callable[[Mapping[str, Any]], op.Operation]] = {**read_tables.READERS, **read_other.READERS}
