"""A text of SQL cut into its statements, exactly as PostgreSQL's own parser cuts it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement: its text and the offset of its first character, comments before it left out.

    `error` says why the parser refuses it, at `error_offset`; None for a statement it takes.
    """

    sql: str
    offset: int
    error: str | None = None
    error_offset: int = 0


def pieces(text: str) -> tuple[Piece, ...]:
    """Every statement of a PostgreSQL text, in order; empty ones and comments are none.

    The parser's own positions are used while it takes the whole text; if it refuses one statement, the scanner's tokens
    tell where statements end, and only that statement has an `error`.
    """
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    if "\0" in text:
        at = text.index("\0")
        return (Piece(text.replace("\0", " ").strip()[:80], at, "a NUL character", at),)
    try:
        tree = orjson.loads(parse_sql_json(text))
    except (ParseError, ValueError, UnicodeEncodeError) as error:
        return _scanned(text, error)
    return tuple(
        _located(text, [(each.get("stmt_location", 0), each.get("stmt_len", 0)) for each in tree.get("stmts", ())])
    )


def _located(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    """The pieces at byte spans; a length of 0 reaches to the end."""
    encoded = None if text.isascii() else text.encode()
    found = []
    for start, length in spans:
        if encoded is None:
            piece, offset = text[start : start + length if length else None], start
        else:
            piece = encoded[start : start + length if length else None].decode()
            offset = len(encoded[:start].decode())
        skipped = _leading(piece)
        found.append(Piece(piece[skipped:].rstrip(), offset + skipped))
    return found


def _leading(text: str) -> int:
    """How many characters of white space and comments stand before the first token."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text.startswith("--", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end + 1
        elif text.startswith("/*", at):
            at = _comment_end(text, at)
        else:
            break
    return at


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    return at


def _scanned(text: str, error: Exception) -> tuple[Piece, ...]:
    """Cut by the scanner, each piece then parsed alone."""
    from pglast.parser import ParseError, parse_sql_json, scan

    try:
        tokens = scan(text)
    except (ParseError, ValueError, UnicodeEncodeError) as broken:
        # Not even its tokens are known: an open quote or comment swallows the rest.
        return _until(text, broken)
    found: list[Piece] = []
    start = 0
    depth = 0
    atomic = 0
    previous = ""
    for token in [*tokens, None]:
        name = token.name if token is not None else "ASCII_59"
        word = _token_text(text, token) if token is not None else ";"
        if name == "ASCII_40":
            depth += 1
        elif name == "ASCII_41":
            depth = max(depth - 1, 0)
        elif word.upper() == "ATOMIC" and previous.upper() == "BEGIN":
            atomic = 1
        elif atomic and word.upper() == "CASE":
            atomic += 1
        elif atomic and word.upper() == "END":
            atomic -= 1
        ends = token is None or (name == "ASCII_59" and not atomic and not depth)
        if ends:
            span = text[start : token.start if token is not None else len(text)]
            skipped = _leading(span)
            piece = span[skipped:].rstrip()
            if piece:
                try:
                    parse_sql_json(piece)
                except (ParseError, ValueError) as refused:
                    found.append(_refused(piece, start + skipped, refused))
                else:
                    found.append(Piece(piece, start + skipped))
            start = token.end + 1 if token is not None else start
            depth = atomic = 0
        previous = word
    if not any(piece.error for piece in found):
        # Each piece parses alone and the whole does not: believe the whole.
        return (*found[:-1], _refused(found[-1].sql, found[-1].offset, error)) if found else ()
    return tuple(found)


def _token_text(text: str, token: object) -> str:
    """The text of a short token; pglast counts the scanner's positions in characters, the parser's in bytes."""
    start, end = token.start, token.end  # type: ignore[attr-defined]
    return "" if end - start > 10 else text[start : end + 1]


def _until(text: str, error: Exception) -> tuple[Piece, ...]:
    """What stands before an unreadable rest: as many whole statements as the scanner still gets."""
    skipped = _leading(text)
    cut = text.rfind(";", 0, max(_offset(error), 1))
    if cut > skipped:
        before = pieces(text[: cut + 1])
        rest = text[cut + 1 :]
        at = cut + 1 + _leading(rest)
        if not any(piece.error for piece in before):
            return (*before, _refused(text[at:].rstrip(), at, error, whole=True))
    return (_refused(text[skipped:].rstrip(), skipped, error, whole=True),)


def _offset(error: Exception) -> int:
    location = getattr(error, "location", None)
    if location is None and len(error.args) > 1 and isinstance(error.args[1], int):
        location = error.args[1]
    return max(int(location or 0), 0)


def _refused(piece: str, offset: int, error: Exception, *, whole: bool = False) -> Piece:
    at = _offset(error)
    inside = at if whole else offset + at
    return Piece(piece, offset, str(error.args[0] if error.args else error), max(inside, offset))
