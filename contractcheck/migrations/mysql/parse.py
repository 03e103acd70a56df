"""The text of a statement turned into what it says; what the grammar does not take is Unmodelled, with the reason."""

from msgspec import Struct

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import Cursor, ForeignError, ReadError, spell
from contractcheck.migrations.mysql.read_columns import read_ref
from contractcheck.migrations.mysql.read_rows import read_rows
from contractcheck.migrations.mysql.read_tables import (
    alter_table,
    create_index,
    create_table,
    drop_index,
    drop_tables,
    rename_tables,
)
from contractcheck.migrations.mysql.tokens import (
    MARIADB,
    MYSQL,
    OPERATOR,
    STRING,
    VARIABLE,
    WORD,
    ScanError,
    Syntax,
    Token,
    scan,
)

_MAX_DEPTH = 2000
_HARMLESS = {
    "SHOW",
    "DESCRIBE",
    "DESC",
    "EXPLAIN",
    "USE",
    "HELP",
    "GRANT",
    "REVOKE",
    "FLUSH",
    "KILL",
    "DO",
    "CHECKSUM",
    "SIGNAL",
    "RESET",
    "PURGE",
    "DELIMITER",
}
_ROUTINES = {"PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"}


class Piece(Struct, frozen=True):
    """One statement of a text: its text, its tokens, and the offset of its first character."""

    sql: str
    tokens: tuple[Token, ...]
    offset: int
    error: str | None = None


def syntax(dialect: str) -> Syntax:
    """How a dialect writes."""
    return MARIADB if dialect == "mariadb" else MYSQL


def pieces(text: str, dialect: str) -> tuple[Piece, ...]:
    """Every statement of a text; bodies of routines and triggers, and DELIMITER lines, are kept together."""
    if "\0" in text:
        return (Piece(text.replace("\0", " "), (), text.index("\0"), "the text has a NUL byte"),)
    found: list[Piece] = []
    for part, offset, whole in _delimited(text):
        try:
            tokens = scan(part, syntax(dialect))
        except ScanError as error:
            found.append(Piece(part.strip(), (), offset + error.offset, error.why))
            continue
        start = 0
        for stop in _stops(tokens) if not whole else [len(tokens)]:
            mine = tokens[start:stop]
            if mine:
                found.append(Piece(part[mine[0].start : mine[-1].end], mine, offset + mine[0].start))
            start = stop + 1
    return tuple(found)


def _delimited(text: str) -> list[tuple[str, int, bool]]:
    """The text cut at lines of DELIMITER: parts with their offsets, and whether a part is one statement."""
    if "delimiter" not in text.lower():
        return [(text, 0, False)]
    found: list[tuple[str, int, bool]] = []
    delimiter, start, at = ";", 0, 0

    def close(end: int) -> None:
        if delimiter == ";":
            found.append((text[start:end], start, False))
            return
        here = start
        for part in text[start:end].split(delimiter):
            found.append((part, here, True))
            here += len(part) + len(delimiter)

    for line in text.splitlines(keepends=True):
        words = line.split()
        if len(words) >= 2 and words[0].lower() == "delimiter":
            close(at)
            delimiter, start = words[1], at + len(line)
        at += len(line)
    close(len(text))
    return found


def _stops(tokens: tuple[Token, ...]) -> list[int]:
    """Where statements end: semicolons outside of the BEGIN ... END of a stored program."""
    found, depth, start = [], 0, 0
    for at, token in enumerate(tokens):
        if token.kind == OPERATOR and token.text == ";":
            if depth <= 0:
                found.append(at)
                start, depth = at + 1, 0
        elif token.kind == WORD and _stored(tokens, start, at):
            before = tokens[at - 1].upper if at else ""
            if (token.upper in {"BEGIN", "CASE"} and before != "END") or (
                token.upper in {"IF", "LOOP", "REPEAT", "WHILE"} and before != "END" and depth and _opens(tokens, at)
            ):
                depth += 1
            elif token.upper == "END":
                depth -= 1
    return [*found, len(tokens)]


def _stored(tokens: tuple[Token, ...], start: int, at: int) -> bool:
    """Whether the statement that begins at `start` creates a stored program, with its body before `at`."""
    if tokens[start].upper not in {"CREATE", "ALTER"} or at == start:
        return False
    head = {token.upper for token in tokens[start : min(at, start + 24)]}
    return bool(head & {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"})


def _opens(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether IF, LOOP, REPEAT or WHILE begins a block rather than a call (`IF(`, `REPEAT(`) or `IF EXISTS`."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1]
    if after is None or before.upper not in {";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", ":"}:
        return False
    return not (after.text == "(" and tokens[at].upper == "REPEAT")


def parse(sql: str, dialect: str) -> tuple[st.Statement, ...]:
    """The statements of a text."""
    return tuple(
        st.Unmodelled(f"cannot be read: {piece.error}") if piece.error else read(piece.tokens, dialect)
        for piece in pieces(sql, dialect)
    )


def read(tokens: tuple[Token, ...], dialect: str) -> st.Statement:
    """What the tokens of one statement say."""
    depth = deepest = 0
    for token in tokens:
        if token.kind == OPERATOR:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            deepest = max(deepest, depth)
    if deepest > _MAX_DEPTH:
        return st.Unmodelled(f"brackets are nested more than {_MAX_DEPTH} deep")
    cursor = Cursor(tokens, dialect)
    try:
        found = _read(cursor, dialect)
        if not cursor.done:
            raise cursor.error("the end")
    except ForeignError as error:
        return st.Refused(error.why)
    except ReadError as error:
        return st.Unmodelled(error.why)
    return found


def _read(cursor: Cursor, dialect: str) -> st.Statement:
    if cursor.take("CREATE"):
        return _create(cursor, dialect)
    if cursor.take("ALTER"):
        return _alter(cursor, dialect)
    if cursor.take("DROP"):
        return _drop(cursor)
    if cursor.take("RENAME"):
        if cursor.take("TABLE") or cursor.take("TABLES"):
            return rename_tables(cursor)
        raise ReadError("RENAME of users is outside the model")
    if cursor.take("TRUNCATE"):
        cursor.take("TABLE")
        table = read_ref(cursor)
        if cursor.take("WAIT"):
            cursor.number()
        return st.Truncate(table)
    if cursor.sees_any("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "WITH", "LOAD", "TABLE", "VALUES", "("):
        return read_rows(cursor)
    if cursor.take("SET"):
        return _set(cursor)
    word = cursor.take_any("OPTIMIZE", "ANALYZE", "CHECK", "REPAIR")
    if word:
        return _maintain(cursor, word.lower())
    if cursor.sees_any("START", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "LOCK", "UNLOCK"):
        return _transaction(cursor)
    word = cursor.take_any(*_HARMLESS)
    if word:
        cursor.at = len(cursor.tokens)
        return st.Harmless(word.lower())
    token = cursor.peek()
    raise ReadError(f"{token.text.upper() if token else 'an empty statement'} is outside the model")


def _definer(cursor: Cursor) -> None:
    while True:
        if cursor.take("DEFINER", "="):
            cursor.next()
            token = cursor.peek()
            if token is not None and token.kind == VARIABLE:
                cursor.next()
                if token.text == "@":
                    cursor.next()
            elif cursor.take("("):
                cursor.expect(")")
        elif cursor.take("SQL", "SECURITY") or cursor.take("ALGORITHM", "="):
            cursor.name()
        else:
            return


def _create(cursor: Cursor, dialect: str) -> st.Statement:
    replaces = cursor.take("OR", "REPLACE")
    if replaces and cursor.sees_any("TABLE", "TEMPORARY", "INDEX", "UNIQUE", "TRIGGER", *_ROUTINES, "SEQUENCE"):
        cursor.only("mariadb", "OR REPLACE here")
    temporary = cursor.take("TEMPORARY")
    if cursor.take("TABLE"):
        return create_table(cursor, dialect, replaces=replaces, temporary=temporary)
    kind = cursor.take_any("UNIQUE", "FULLTEXT", "SPATIAL")
    if cursor.take("INDEX"):
        return create_index(cursor, kind.lower() or "index", replaces=replaces)
    _definer(cursor)
    if cursor.take("VIEW"):
        missing_ok = cursor.take("IF", "NOT", "EXISTS")
        return _view(cursor, replaces=replaces, alter=False, missing_ok=missing_ok)
    if cursor.take("TRIGGER"):
        missing_ok = cursor.take("IF", "NOT", "EXISTS")
        name = read_ref(cursor).name
        start = cursor.at
        if not cursor.take_any("BEFORE", "AFTER") or not cursor.take_any("INSERT", "UPDATE", "DELETE"):
            raise cursor.error("BEFORE or AFTER an event")
        cursor.expect("ON")
        table = read_ref(cursor)
        cursor.expect("FOR", "EACH", "ROW")
        cursor.at = len(cursor.tokens)
        return st.CreateTrigger(name, table, spell(cursor.tokens[start:]), missing_ok, replaces)
    if cursor.take_any("DATABASE", "SCHEMA"):
        cursor.at = len(cursor.tokens)
        return st.Harmless("create database")
    if cursor.take_any("USER", "ROLE", "SERVER"):
        cursor.at = len(cursor.tokens)
        return st.Harmless("create user")
    cursor.take("AGGREGATE")
    word = cursor.take_any(*_ROUTINES, "SEQUENCE")
    if word in {"SEQUENCE", "PACKAGE"}:
        cursor.only("mariadb", f"CREATE {word}")
    if word:
        missing_ok = cursor.take("IF", "NOT", "EXISTS")
        name = read_ref(cursor).name
        body = spell(cursor.tokens[cursor.at :])
        cursor.at = len(cursor.tokens)
        return st.CreateRoutine(word.lower(), name, body, missing_ok, replaces)
    token = cursor.peek()
    raise ReadError(f"CREATE {token.text.upper() if token else ''} is outside the model")


def _view(cursor: Cursor, *, replaces: bool, alter: bool, missing_ok: bool = False) -> st.CreateView:
    view = read_ref(cursor)
    columns: list[str] = []
    if cursor.take("("):
        columns.append(cursor.name())
        while cursor.take(","):
            columns.append(cursor.name())
        cursor.expect(")")
    cursor.expect("AS")
    query = cursor.tokens[cursor.at :]
    cursor.at = len(cursor.tokens)
    return st.CreateView(view, query, tuple(columns), replaces, alter, missing_ok)


def _alter(cursor: Cursor, dialect: str) -> st.Statement:
    cursor.take("ONLINE")
    ignore = cursor.take("IGNORE")
    if ignore:
        cursor.only("mariadb", "ALTER IGNORE")
    if cursor.take("TABLE"):
        return alter_table(cursor, dialect, ignore=ignore)
    if cursor.take_any("DATABASE", "SCHEMA"):
        return _alter_database(cursor)
    _definer(cursor)
    if cursor.take("VIEW"):
        return _view(cursor, replaces=True, alter=True)
    token = cursor.peek()
    raise ReadError(f"ALTER {token.text.upper() if token else ''} is outside the model")


def _alter_database(cursor: Cursor) -> st.AlterDatabase:
    from contractcheck.migrations.mysql.read_options import read_options

    if cursor.sees_name() and not cursor.sees_any("DEFAULT", "CHARACTER", "CHARSET", "COLLATE"):
        cursor.name()
    options = dict(read_options(cursor))
    if set(options) - {"charset", "collate"}:
        raise ReadError("ALTER DATABASE is read for its character set only")
    return st.AlterDatabase(options.get("charset"), options.get("collate"))


def _drop(cursor: Cursor) -> st.Statement:
    temporary = cursor.take("TEMPORARY")
    if cursor.take("TABLE") or cursor.take("TABLES"):
        return drop_tables(cursor, "table", temporary=temporary)
    word = cursor.take_any("VIEW", "SEQUENCE")
    if word == "SEQUENCE":
        cursor.only("mariadb", "DROP SEQUENCE")
    if word:
        return drop_tables(cursor, word.lower(), temporary=temporary)
    if cursor.take("INDEX"):
        return drop_index(cursor)
    if cursor.take_any("USER", "ROLE", "SERVER"):
        cursor.at = len(cursor.tokens)
        return st.Harmless("drop user")
    cursor.take("AGGREGATE")
    word = cursor.take_any(*_ROUTINES, "TRIGGER")
    if word:
        missing_ok = cursor.take("IF", "EXISTS")
        return st.DropRoutine(word.lower(), read_ref(cursor).name, missing_ok)
    token = cursor.peek()
    raise ReadError(f"DROP {token.text.upper() if token else ''} is outside the model")


def _set(cursor: Cursor) -> st.SetVariable:
    found: list[tuple[str, str | None]] = []
    if cursor.sees_any("NAMES", "PASSWORD", "ROLE", "CHARACTER", "CHARSET", "TRANSACTION", "DEFAULT", "STATEMENT"):
        if cursor.sees("STATEMENT"):
            raise ReadError("SET STATEMENT is outside the model")
        cursor.at = len(cursor.tokens)
        return st.SetVariable(())
    while True:
        cursor.take_any("SESSION", "LOCAL", "GLOBAL", "PERSIST")
        if cursor.take("TRANSACTION"):
            cursor.at = len(cursor.tokens)
            return st.SetVariable(tuple(found))
        token = cursor.next()
        name = token.text.lower().replace("@@", "").removeprefix("session.").removeprefix("local.").strip("`")
        while cursor.take("."):
            name = cursor.name().lower()
        if not cursor.take_any("=", ":="):
            raise cursor.error("=")
        value = cursor.until(",")
        single = value[0] if len(value) == 1 and value[0].kind in {WORD, STRING, "number"} else None
        found.append((name, single.text.lower() if single is not None else None))
        if not cursor.take(","):
            return st.SetVariable(tuple(found))


def _maintain(cursor: Cursor, verb: str) -> st.Statement:
    cursor.take_any("NO_WRITE_TO_BINLOG", "LOCAL")
    if not (cursor.take("TABLE") or cursor.take("TABLES")):
        raise cursor.error("TABLE")
    tables = [read_ref(cursor)]
    while cursor.take(","):
        tables.append(read_ref(cursor))
    cursor.at = len(cursor.tokens)
    return st.Maintain(verb, tuple(tables))


def _transaction(cursor: Cursor) -> st.Transaction:
    word = cursor.next().upper
    tables: list[tuple[st.Ref, str]] = []
    if word == "LOCK" and cursor.take_any("TABLES", "TABLE"):
        while True:
            table = read_ref(cursor)
            if not cursor.sees_any("READ", "WRITE", "LOW_PRIORITY"):
                cursor.take("AS")
                cursor.name()
            cursor.take("LOW_PRIORITY")
            tables.append((table, cursor.take_any("READ", "WRITE").lower()))
            cursor.take("LOCAL")
            if not cursor.take(","):
                break
    cursor.at = len(cursor.tokens)
    kind = {"START": "begin", "BEGIN": "begin"}.get(word, word.lower())
    return st.Transaction(kind, tuple(tables))
