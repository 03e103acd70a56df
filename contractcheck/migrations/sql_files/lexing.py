"""Where statements end in a text of SQL, and what in it is no SQL: client commands, data lines, template marks."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from msgspec import Struct, field


class ChunkKind(StrEnum):
    """What a part of a text is."""

    STATEMENT = "statement"
    COMMAND = "command"  # of the client: `\connect`, `DELIMITER //`; sent to nobody
    DATA = "data"  # the lines behind COPY ... FROM STDIN


class Mark(Struct, frozen=True):
    """Something that is filled in before the text runs: `${schema}`, `{{ name }}`, `:name`, `%(name)s`.

    `quote` is the quote it stands in (`'`, `"`, `$`), "" outside of quotes; `start` and `end` are offsets in the text,
    `around` those of the whole quoted part.
    """

    text: str
    start: int
    end: int
    quote: str = ""
    around: tuple[int, int] = (0, 0)


class Chunk(Struct, frozen=True):
    """One part of a text, without comments and space around it. `unclosed` says what begins in it and never ends."""

    kind: ChunkKind
    start: int
    end: int
    marks: tuple[Mark, ...] = ()
    unclosed: str | None = None


class _Statement(Struct):
    """The statement that is being read."""

    start: int
    dialect: str = "postgresql"
    depth: int = 0
    atomic: int = 0
    opening: bool = False  # the last word was BEGIN
    inner: int | None = None  # the first semicolon inside brackets
    lead: int | None = None  # the first character that is neither space nor comment, once it is known
    marks: list[Mark] = field(default_factory=list)


_MARKS = r"""
| (?P<mark>\{\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\}|\{%[^{}%]*(?:%(?!\})[^{}%]*)*%\}|\{\#[^{}\#]*(?:\#(?!\})[^{}\#]*)*\#\}
    |\$\{[^{}\n]*\}|%\(\w+\)s|%s\b
    |(?<![:\w\])]):(?:'\w+'|"\w+"|[^\W\d]\w*))
| (?P<open>\()
| (?P<close>\))
| (?P<semicolon>;)
| (?P<back>\\)
| (?P<word>(?<![\w$])(?:BEGIN|ATOMIC|CASE|END(?:\s+(?:IF|LOOP|WHILE|REPEAT|CASE))?)\b)
"""
_POSTGRESQL = r"""
  (?P<line>--[^\n]*)
| (?P<block>/\*)
| (?P<escaped>(?<![\w$])[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?P<escaped_end>')?)
| (?P<text>'[^']*(?:''[^']*)*(?P<text_end>')?)
| (?P<name>"[^"]*(?:""[^"]*)*(?P<name_end>")?)
| (?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)
"""
# Manuals of MySQL ("Comment Syntax", "String Literals") and SQLite ("SQL As Understood By SQLite").
_MYSQL = r"""
  (?P<line>(?:--(?=\s|\Z)|\#)[^\n]*)
| (?P<block>/\*)
| (?P<escaped>'[^'\\]*(?:(?:\\(?s:.)|'')[^'\\]*)*(?P<escaped_end>')?)
| (?P<text>"[^"\\]*(?:(?:\\(?s:.)|"")[^"\\]*)*(?P<text_end>")?)
| (?P<name>`[^`]*(?:``[^`]*)*(?P<name_end>`)?)
"""
_SQLITE = r"""
  (?P<line>--[^\n]*)
| (?P<block>/\*)
| (?P<text>'[^']*(?:''[^']*)*(?P<text_end>')?)
| (?P<name>"[^"]*(?:""[^"]*)*(?P<name_end>")?)
| (?P<escaped>(?:`[^`]*(?P<escaped_end>`)?))
"""
_DIALECTS = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "mariadb": _MYSQL, "sqlite": _SQLITE}
# Bodies of these hold semicolons between BEGIN and END.
_ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(?:aggregate\s+)?(?:temp(?:orary)?\s+)?"
    r"(?:procedure|function|trigger|event)\b",
    re.IGNORECASE,
)
_QUOTED_MARK = re.compile(r"\{\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\}|\{%[^{}%]*(?:%(?!\})[^{}%]*)*%\}|\$\{[^{}\n]*\}")
_SPACE = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z))+")
_SPACES = {name: re.compile(r"(?:\s+|(?:--(?=\s|\Z)|#)[^\n]*(?:\n|\Z))+") for name in ("mysql", "mariadb")}
COMMENT = re.compile(r"/\*|\*/")
_FROM_STDIN = re.compile(r"copy\b.*?\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_DATA_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_DELIMITER = re.compile(r"delimiter[ \t]+(?P<wanted>\S+)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
# Commands of psql that send what was read so far, as a semicolon would (its manual, "Meta-Commands").
_SENDING = re.compile(r"\\(?:g|gx|gexec|gset|gdesc|watch|crosstabview|parse|bind|bind_named|sendpipeline)\b")


@cache
def _tokens(dialect: str) -> re.Pattern[str]:
    return re.compile(_DIALECTS.get(dialect, _POSTGRESQL) + _MARKS, re.VERBOSE | re.IGNORECASE)


def leading(text: str, at: int = 0, end: int | None = None, *, dialect: str = "postgresql") -> int:
    """The offset of the first character from `at` on that is neither space nor comment; `end` if there is none."""
    end = len(text) if end is None else end
    spaces = _SPACES.get(dialect, _SPACE)
    while at < end:
        space = spaces.match(text, at, end)
        if space is not None:
            at = space.end()
        elif text.startswith("/*", at) and not text.startswith(("/*!", "/*M!"), at):
            at = comment_end(text, at, end, nested=dialect == "postgresql")
        else:
            break
    return at


def comment_end(text: str, at: int, end: int, *, nested: bool = True) -> int:
    """The offset behind a block comment that begins at `at`; PostgreSQL nests them. `end` if it is never closed."""
    if not nested:
        closing = text.find("*/", at + 2, end)
        return end if closing < 0 else closing + 2
    depth = 0
    while (found := COMMENT.search(text, at, end)) is not None:
        depth += 1 if found[0] == "/*" else -1
        at = found.end()
        if depth == 0:
            return at
    return end


def chunks(
    text: str, start: int = 0, end: int | None = None, *, delimiter: str = ";", dialect: str = "postgresql"
) -> Iterator[Chunk]:
    """The parts of a text (offsets from `start` to `end`), as psql cuts it: quotes, brackets and bodies are whole.

    Statements end at the `delimiter`. One whose brackets never close ends at its first semicolon all the same, and
    from there on brackets are not counted: one mistake must not swallow the rest.
    """
    end = len(text) if end is None else end
    at = start
    now = _Statement(start, dialect)
    flat = False
    looked = -1
    has_data = True  # whether a line that ends data may still come
    tokens, postgresql = _tokens(dialect), dialect == "postgresql"
    while True:
        if looked != now.start:
            looked = now.start
            wanted = _DELIMITER.match(text, leading(text, looked, end, dialect=dialect), end)
            if wanted is not None:
                yield Chunk(ChunkKind.COMMAND, wanted.start(), wanted.end())
                delimiter, at = wanted["wanted"], wanted.end()
                now = _Statement(at, dialect)
                continue
        token = tokens.search(text, at, end)
        stop = _delimited(text, at, token.start() if token else end, delimiter)
        if stop is not None:
            yield from _statement(text, now, stop)
            at, now = stop + len(delimiter), _Statement(stop + len(delimiter), dialect)
            continue
        if token is None:
            if now.depth and now.inner is not None and not flat:
                flat, cut = True, now.inner
                yield from _statement(text, _Statement(now.start, dialect, marks=_until(now.marks, cut)), cut)
                at, now = cut + 1, _Statement(cut + 1, dialect)
                continue
            break
        kind, at = token.lastgroup or "", token.end()
        if kind in {"escaped_end", "text_end", "name_end"}:
            kind = kind.removesuffix("_end")
        begins = token.start()
        match kind:
            case "block":
                at = comment_end(text, begins, end, nested=postgresql)
                if at == end and not text.endswith("*/", begins, end):
                    yield from _statement(text, now, end, unclosed="a comment")
                    return
            case "escaped" | "text" | "name":
                quote = '"' if kind == "name" else "'"
                _quoted_marks(now, text, begins, at, quote)
                if token[f"{kind}_end"] is None:
                    yield from _statement(text, now, end, unclosed=f"a quote ({quote})")
                    return
            case "dollar":
                closing = text.find(token[0], at, end)
                if closing < 0:
                    yield from _statement(text, now, end, unclosed=f"a quote ({token[0]})")
                    return
                _quoted_marks(now, text, begins, closing, "$")
                at = closing + len(token[0])
            case "mark":
                now.marks.append(Mark(token[0], begins, at))
            case "open":
                now.depth += not flat
            case "close":
                now.depth = max(now.depth - 1, 0)
            case "word":
                routine = not postgresql and _ROUTINE.match(text, _lead(text, now, begins)) is not None
                _word(now, token[0].upper(), routine=routine)
                continue
            case "semicolon" if delimiter == ";":
                if now.depth or now.atomic:
                    now.inner = begins if now.inner is None else now.inner
                    continue
                yield from _statement(text, now, begins)
                copies = has_data and _FROM_STDIN.match(text, _lead(text, now, begins), begins) is not None
                data = _data(text, at, end) if copies else None
                has_data = has_data and (not copies or data is not None)
                if data is not None:
                    yield data
                    rest = _DATA_END.match(text, data.end, end)
                    at = rest.end() if rest is not None else data.end
                now = _Statement(at, dialect)
            case "back" if text.startswith("\\;", begins):
                yield from _statement(text, now, begins)
                at = begins + 2
                now = _Statement(at, dialect)
            case "back":
                line = text.find("\n", begins, end)
                line = end if line < 0 else line
                if _lead(text, now, begins) < begins and not _SENDING.match(text, begins, line):
                    now.marks.append(Mark(text[begins:line].rstrip(), begins, line))
                    at = line
                    continue
                yield from _statement(text, now, begins)
                yield Chunk(ChunkKind.COMMAND, begins, begins + len(text[begins:line].rstrip()))
                at = line
                now = _Statement(at, dialect)
            case _:
                pass
        now.opening = False
    yield from _statement(text, now, end)


def _lead(text: str, now: _Statement, end: int) -> int:
    """The offset of the first character of the statement; `end` if there is none before it."""
    if now.lead is None:
        found = leading(text, now.start, end, dialect=now.dialect)
        if found == end:
            return end
        now.lead = found
    return now.lead


def _delimited(text: str, at: int, before: int, delimiter: str) -> int | None:
    """Where a delimiter other than the semicolon stands between two tokens."""
    if delimiter == ";":
        return None
    found = text.find(delimiter, at, before + len(delimiter))
    return found if 0 <= found <= before else None


def _word(now: _Statement, word: str, *, routine: bool) -> None:
    """BEGIN ATOMIC ... END, the body of a function in SQL, holds semicolons; so do routines of other dialects."""
    first, *rest = word.split()
    if (routine and first == "BEGIN") or (first == "ATOMIC" and now.opening) or (now.atomic and first == "CASE"):
        now.atomic += 1
    elif now.atomic and first == "END" and rest in ([], ["CASE"]):
        now.atomic -= 1
    now.opening = first == "BEGIN"


def _quoted_marks(now: _Statement, text: str, start: int, end: int, quote: str) -> None:
    if "{" not in text[start:end]:
        return
    for found in _QUOTED_MARK.finditer(text, start, end):
        now.marks.append(Mark(found[0], found.start(), found.end(), quote, (start, end)))


def _until(marks: list[Mark], offset: int) -> list[Mark]:
    return [mark for mark in marks if mark.start < offset]


def _data(text: str, at: int, end: int) -> Chunk | None:
    r"""The lines behind a COPY ... FROM STDIN up to `\.`; None where there is no such line."""
    line = text.find("\n", at, end)
    if line < 0 or text[at:line].strip():
        return None
    closing = _DATA_END.search(text, line + 1, end)
    return None if closing is None else Chunk(ChunkKind.DATA, line + 1, closing.start())


def _statement(text: str, now: _Statement, end: int, unclosed: str | None = None) -> Iterator[Chunk]:
    start = leading(text, now.start, end, dialect=now.dialect)
    if start == end and unclosed is not None:
        start = end - len(text[now.start : end].lstrip())
    end = start + len(text[start:end].rstrip())
    if end > start or unclosed is not None:
        yield Chunk(ChunkKind.STATEMENT, start, end, tuple(now.marks), unclosed)
