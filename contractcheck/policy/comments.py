"""The comments of a migration, each with the lines of the statement that it belongs to."""

import io
import re
import tokenize
from collections.abc import Iterator

from msgspec import Struct

# What a scan of SQL stops at: comments, quoted text, the end of a statement; line breaks and blanks are passed over.
_SQL = re.compile(
    r"""(?P<line>--[^\r\n]*|\#[ \t]*contractcheck:[^\r\n]*)
    |(?P<block>/\*)
    |(?P<quoted>[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?)
    |(?P<dollar>\$(?:[A-Za-z_]\w*)?\$)
    |(?P<end>;)
    |(?P<blank>\s+)
    |(?P<word>[\w.]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_BRACES = re.compile(r"/\*|\*/")
# Indented behind its sign, a comment goes on with the one in the line above.
_MORE = re.compile(r"[ \t]{2,}\S")


class Comment(Struct, frozen=True):
    """A comment without its signs, its line, and the first and last line of the statement it belongs to."""

    text: str
    line: int
    covers: tuple[int, int]


class _Seen(Struct):
    """A comment that was met: its text, its first and last line."""

    text: str
    line: int
    last: int


def comments(text: str, file: str) -> Iterator[Comment]:
    """The comments of a migration: Python if its name ends in `.py`, else SQL.

    A comment belongs to the statement it stands in or behind on its last line, else to the next one. One that is
    indented behind its sign goes on with the comment in the line above.
    """
    return _python(text) if file.endswith(".py") else _sql(text)


def _told(seen: list[_Seen], covers: tuple[int, int]) -> Iterator[Comment]:
    joined: list[_Seen] = []
    for each in seen:
        if joined and joined[-1].last + 1 == each.line and _MORE.match(each.text):
            joined[-1] = _Seen(f"{joined[-1].text} {each.text.strip()}", joined[-1].line, each.last)
        else:
            joined.append(each)
    yield from (Comment(each.text, each.line, covers) for each in joined)


def _python(text: str) -> Iterator[Comment]:
    """The comments of a module. In what cannot be tokenized there are none: the file is a finding of its own."""
    seen: list[_Seen] = []
    start: int | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match token.type:
                case tokenize.COMMENT:
                    seen.append(_Seen(token.string.lstrip("#"), token.start[0], token.start[0]))
                case tokenize.NL | tokenize.INDENT | tokenize.DEDENT | tokenize.ENCODING:
                    continue
                case tokenize.NEWLINE | tokenize.ENDMARKER:
                    yield from _told(seen, (start or token.start[0], token.end[0]))
                    seen, start = [], None
                case _:
                    start = token.start[0] if start is None else start
    except (tokenize.TokenError, SyntaxError):
        return


def _sql(text: str) -> Iterator[Comment]:
    """The comments of a script."""
    seen: list[_Seen] = []
    ended: tuple[int, int] | None = None  # the lines of the statement that ended in this line
    start: int | None = None
    for kind, word, line in _tokens(text):
        last = line + word.count("\n")
        if ended is not None and line > ended[1]:
            yield from _told(seen, ended)
            seen, ended = [], None
        match kind:
            case "line" | "block":
                seen.append(_Seen(_plain(kind, word), line, last))
            case "end":
                if start is not None:
                    ended, start = (start, line), None
            case "dollar" | "quoted" | "word":
                if start is None:
                    if ended is not None:  # two statements in one line
                        yield from _told(seen, ended)
                        seen, ended = [], None
                    start = line
                if kind == "dollar":
                    seen += _inside(word, line)
    lines = text.count("\n") + 1
    yield from _told(seen, ended or (start or lines, lines))


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """The kinds, texts and lines of what a script is made of, but blanks."""
    at, line = 0, 1
    while at < len(text):
        found = _SQL.match(text, at)
        assert found is not None  # noqa: S101 - the last alternative takes any character
        kind, end = str(found.lastgroup), found.end()
        if kind == "block":
            end = _block(text, end)
        elif kind == "dollar":
            close = text.find(found[0], end)
            end = len(text) if close < 0 else close + len(found[0])
        word = text[at:end]
        if kind != "blank":
            yield kind, word, line
        line += word.count("\n")
        at = end


def _block(text: str, at: int) -> int:
    """Where a comment ends whose first sign ends at a place; PostgreSQL nests them."""
    depth = 1
    while depth:
        sign = _BRACES.search(text, at)
        if sign is None:
            return len(text)
        depth += 1 if sign[0] == "/*" else -1
        at = sign.end()
    return at


def _inside(body: str, line: int) -> Iterator[_Seen]:
    """The comments of a body of code between dollar signs."""
    for number, row in enumerate(body.split("\n"), line):
        _, dashes, said = row.partition("--")
        if dashes and "contractcheck:" in said:
            yield _Seen(said, number, number)


def _plain(kind: str, word: str) -> str:
    if kind == "line":
        return word.lstrip("-#") if word.startswith("--") else word[1:]
    return " ".join(row.strip().lstrip("*").strip() for row in word.removeprefix("/*").removesuffix("*/").split("\n"))
