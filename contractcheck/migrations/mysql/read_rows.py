"""INSERT, REPLACE, UPDATE, DELETE and SELECT: which tables they write and read."""

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import Cursor, ReadError
from contractcheck.migrations.mysql.read_columns import read_ref
from contractcheck.migrations.mysql.tokens import OPERATOR, QUOTED, WORD, Token

_AFTER_TABLES = {"FROM", "JOIN", "STRAIGHT_JOIN", "UPDATE", "INTO"}
_NO_NAMES = {
    "SELECT",
    "WHERE",
    "SET",
    "VALUES",
    "ON",
    "GROUP",
    "ORDER",
    "LIMIT",
    "DUAL",
    "LATERAL",
    "LOW_PRIORITY",
    "IGNORE",
    "QUICK",
    "OUTFILE",
    "DUMPFILE",
}


def read_rows(cursor: Cursor) -> st.ChangeRows | st.Harmless:
    """A statement on rows. Raises ReadError for LOAD DATA and other forms outside the model."""
    tokens = cursor.tokens[cursor.at :]
    cursor.at = len(cursor.tokens)
    verb = _verb(tokens)
    if verb == "load":
        raise ReadError("LOAD DATA is outside the model")
    outside = _outermost(tokens)
    words = {token.upper for token in outside}
    tables = references(tokens)
    if verb in {"select", "with", "table", "values", "("}:
        if "INTO" in words and ("OUTFILE" in words or "DUMPFILE" in words):
            raise ReadError("SELECT INTO a file is outside the model")
        if "UPDATE" in words or ("SHARE" in words and "LOCK" in words):
            return st.ChangeRows("select", (), tables, tokens, "WHERE" in words)
        return st.Harmless("select")
    written = _written(verb, tokens)
    reads = tuple(table for table in tables if table not in written)
    return st.ChangeRows(verb, written, reads, tokens, "WHERE" in words)


def _verb(tokens: tuple[Token, ...]) -> str:
    first = tokens[0].upper
    if first != "WITH":
        return first.lower()
    outside = [token.upper for token in _outermost(tokens)]
    return next((word.lower() for word in outside if word in {"SELECT", "UPDATE", "DELETE", "INSERT"}), "with")


def _outermost(tokens: tuple[Token, ...]) -> list[Token]:
    """The tokens outside of brackets."""
    found, depth = [], 0
    for token in tokens:
        if token.kind == OPERATOR:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            found.append(token)
    return found


def references(tokens: tuple[Token, ...]) -> tuple[st.Ref, ...]:
    """The tables that stand after FROM, JOIN, UPDATE, INTO and commas between them."""
    found: list[st.Ref] = []
    defined = {
        tokens[at - 1].text.lower()
        for at, token in enumerate(tokens)
        if at and token.upper == "AS" and at + 1 < len(tokens) and tokens[at + 1].text == "("
    }
    cursor = Cursor(tokens)
    previous = ""
    queries = [True]
    while not cursor.done:
        token = cursor.next()
        if token.kind == OPERATOR and token.text == "(":
            queries.append(False)
        elif token.kind == OPERATOR and token.text == ")" and len(queries) > 1:
            queries.pop()
        queries[-1] |= token.upper in {"SELECT", "JOIN"}
        # FROM also stands inside of functions: EXTRACT(YEAR FROM x), TRIM(LEADING '0' FROM x).
        own = token.upper != "FROM" or queries[-1]
        if token.upper in _AFTER_TABLES and own and not (token.upper == "UPDATE" and previous in {"KEY", "ON", "FOR"}):
            queries += [False] * _list(cursor, found)
        previous = token.upper
    return tuple(dict.fromkeys(table for table in found if table.name.lower() not in defined))


def _list(cursor: Cursor, found: list[st.Ref]) -> int:
    """Names with commas between them, aliases left out; how many brackets were opened."""
    opened = 0
    while True:
        while word := cursor.take_any("LOW_PRIORITY", "IGNORE", "QUICK", "("):
            opened += word == "("
        token = cursor.peek()
        if token is None or token.kind not in {WORD, QUOTED} or token.upper in _NO_NAMES:
            return opened
        found.append(read_ref(cursor))
        cursor.take("AS")
        token = cursor.peek()
        if (
            token is not None
            and token.kind in {WORD, QUOTED}
            and token.upper not in _NO_NAMES | _AFTER_TABLES | {"INNER", "LEFT", "RIGHT", "CROSS", "NATURAL", "FORCE"}
        ):
            cursor.next()
        if not cursor.take(","):
            return opened


def _written(verb: str, tokens: tuple[Token, ...]) -> tuple[st.Ref, ...]:
    cursor = Cursor(tokens)
    if cursor.sees("WITH"):
        while not cursor.sees(verb.upper()):
            if cursor.sees("("):
                cursor.group_tokens()
            else:
                cursor.next()
    cursor.next()
    while cursor.take_any("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK"):
        continue
    if verb in {"insert", "replace"}:
        cursor.take("INTO")
        return (read_ref(cursor),)
    if verb == "update":
        found: list[st.Ref] = []
        joined = cursor.until("SET")
        _list(Cursor(joined), found)
        found.extend(references(joined))
        return tuple(dict.fromkeys(found))
    if verb != "delete":
        raise ReadError(f"{verb.upper()} is outside the model")
    if cursor.take("FROM"):
        found = []
        head = cursor.until("WHERE", "ORDER", "LIMIT", "RETURNING", "USING")
        _list(Cursor(head), found)
        return tuple(found)
    head = cursor.until("FROM")
    names = [token.text for token in head if token.kind in {WORD, QUOTED}]
    tables = references(tokens)
    aliased = tuple(table for table in tables if table.name in names)
    return aliased or tables
