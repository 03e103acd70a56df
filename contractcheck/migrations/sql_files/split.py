"""A text of SQL cut into its statements, exactly as PostgreSQL's own parser cuts it."""

from msgspec import Struct

from contractcheck.migrations.sql_files.lexing import COMMENT, Chunk, ChunkKind, Mark, chunks, leading

MAX_COMMENTS = 1000  # open at once: the parser's time grows with the square of them
LONGEST = 160  # characters of an error
MAX_DEPTH = 20_000  # brackets open at once: the parser's memory ends there, and long before it any statement's sense


class Piece(Struct, frozen=True):
    r"""One statement: its text and the offset of its first character, comments before it left out.

    `error` says why the parser refuses it, at `error_offset`; None for a statement it takes. `marks` are the template
    marks in it. A `command` is one of a client program (`\connect`, `DELIMITER`), which no server takes.
    """

    sql: str
    offset: int
    error: str | None = None
    error_offset: int = 0
    marks: tuple[Mark, ...] = ()
    command: bool = False


def pieces(text: str) -> tuple[Piece, ...]:
    """Every statement of a PostgreSQL text, in order; empty ones and comments are none.

    The parser's own positions are used while it takes the whole text; if it refuses one statement, the text is cut as
    psql cuts it, and only that statement has an `error`. A client's command counts as a statement with an error.
    """
    found = parsed(text)
    if found is not None:
        return found
    return tuple(
        Piece(piece.sql, piece.offset, f"{piece.sql.split()[0]} is a command of a client program", piece.offset)
        if piece.command
        else piece
        for piece in parts(text)
    )


def parsed(text: str) -> tuple[Piece, ...] | None:
    """The statements at the parser's own positions; None if it refuses the text."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    if "\0" in text or text.count("(") > MAX_DEPTH or _comments(text) > MAX_COMMENTS:
        return None
    try:
        tree = orjson.loads(parse_sql_json(text))
    except (ParseError, ValueError, UnicodeEncodeError):
        return None
    spans = [(each.get("stmt_location", 0), each.get("stmt_len", 0)) for each in tree.get("stmts", ())]
    return tuple(_located(text, spans))


def parts(
    text: str, start: int = 0, end: int | None = None, *, delimiter: str = ";", dialect: str = "postgresql"
) -> tuple[Piece, ...]:
    """The statements and client commands between two offsets, cut as psql cuts them, each statement parsed alone.

    Of dialects other than PostgreSQL only quotes and comments are known here.
    """
    found = []
    for chunk in chunks(text, start, end, delimiter=delimiter, dialect=dialect):
        match chunk.kind:
            case ChunkKind.STATEMENT if dialect != "postgresql":
                error = None if chunk.unclosed is None else f"{chunk.unclosed} that never ends"
                found.append(Piece(text[chunk.start : chunk.end], chunk.start, error, chunk.start, chunk.marks))
            case ChunkKind.STATEMENT:
                found.append(_checked(text, chunk))
            case ChunkKind.COMMAND:
                found.append(Piece(text[chunk.start : chunk.end], chunk.start, command=True))
            case ChunkKind.DATA:
                pass
    return tuple(found)


def refusal(sql: str) -> tuple[str, int] | None:
    """Why PostgreSQL's parser refuses a statement, and at which offset; None if it takes it."""
    from pglast.parser import ParseError, parse_sql_json

    if "\0" in sql:
        return "a NUL character", sql.index("\0")
    if sql.count("(") > MAX_DEPTH and _deepest(sql) > MAX_DEPTH:
        return f"brackets are nested more than {MAX_DEPTH} deep", 0
    if _comments(sql) > MAX_COMMENTS:
        return f"more than {MAX_COMMENTS} comments are open at once", 0
    try:
        parse_sql_json(sql)
    except ParseError as error:
        place = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else 0
        return _short(str(error.args[0])), max(place, 0)
    except (ValueError, UnicodeEncodeError) as error:
        return _short(str(error)), 0
    return None


def _short(message: str) -> str:
    """The message without the rest of the file, which the parser likes to quote."""
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"


def _comments(sql: str) -> int:
    """How deep comments nest at most, counting what looks like one in a text too."""
    depth = deepest = 0
    if sql.count("/*") > MAX_COMMENTS:
        for mark in COMMENT.finditer(sql):
            depth = depth + 1 if mark[0] == "/*" else max(depth - 1, 0)
            deepest = max(deepest, depth)
    return deepest


def _deepest(sql: str) -> int:
    depth = deepest = 0
    for character in sql:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth = max(depth - 1, 0)
    return deepest


def _checked(text: str, chunk: Chunk) -> Piece:
    sql = text[chunk.start : chunk.end]
    refused = refusal(sql)
    if refused is None:
        return Piece(sql, chunk.start, marks=chunk.marks)
    return Piece(sql, chunk.start, refused[0], chunk.start + refused[1], chunk.marks)


def _located(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    """The pieces at byte spans; a length of 0 reaches to the end."""
    encoded = None if text.isascii() else text.encode()
    found = []
    behind, offset = 0, 0
    for start, length in spans:
        if encoded is None:
            piece, offset = text[start : start + length if length else None], start
        else:
            piece = encoded[start : start + length if length else None].decode()
            offset += len(encoded[behind:start].decode())
            behind = start
        skipped = leading(piece)
        found.append(Piece(piece[skipped:].rstrip(), offset + skipped))
    return found
