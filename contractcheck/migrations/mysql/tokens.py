"""A text of SQL as MySQL's or SQLite's scanner sees it: tokens with places, and where statements end."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

WORD, QUOTED, STRING, NUMBER, OPERATOR, VARIABLE, PARAMETER = (
    "word",
    "quoted",
    "string",
    "number",
    "operator",
    "variable",
    "parameter",
)


class Token(NamedTuple):
    """One token: its kind, its value (unquoted), and where it stands (characters from, to)."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The keyword an unquoted word may be; "" for anything else but operators."""
        return self.text.upper() if self.kind in {WORD, OPERATOR} else ""


class ScanError(Exception):
    """A text that cannot be cut into tokens: `why`, at `offset`."""

    def __init__(self, why: str, offset: int) -> None:
        """Say why, and where."""
        super().__init__(why)
        self.why = why
        self.offset = offset


class Syntax(Struct, frozen=True):
    """How a dialect writes: `backslash` escapes in strings, `double` quotes are strings, `hash` begins a comment.

    `versioned` is the number that conditional comments (`/*!80000 ... */`) are compared with; 0: they are comments.
    """

    backslash: bool = True
    double: bool = True
    hash: bool = True
    versioned: int = 80000
    mariadb: bool = False
    brackets: bool = False
    nested: bool = False


MYSQL = Syntax()
MARIADB = Syntax(versioned=101100, mariadb=True)
SQLITE = Syntax(backslash=False, double=False, hash=False, versioned=0, brackets=True)

_SPACE = re.compile(r"[\s\x00-\x20]+")
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F]+(?![\w$])|0b[01]+(?![\w$])|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_$\u0080-\uffff])"
)
_WORD = re.compile(r"[\w$\u0080-\U0010ffff]+")
_CODED = re.compile(r"(?:[xX]'[0-9a-fA-F]*'|[bB]'[01]*')")
_PARAMETER = re.compile(r"\?|:[A-Za-z_]\w*|\$\d+|%\(\w+\)s")
_OPERATOR = re.compile(r"<=>|->>|->|<=|>=|<>|!=|<<|>>|:=|\|\||&&|[-+*/%=<>(),.;!~^&|:{}\[\]\\]")
_VARIABLE = re.compile(r"@@?(?:[\w.$]+|`[^`]*`|'[^']*'|\"[^\"]*\")?")
_ANY = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern.pattern})"
        for kind, pattern in (
            ("coded", _CODED),
            (NUMBER, _NUMBER),
            (PARAMETER, _PARAMETER),
            (VARIABLE, _VARIABLE),
            (WORD, _WORD),
            (OPERATOR, _OPERATOR),
        )
    )
)
_CONDITIONAL = re.compile(r"/\*(M?)!(\d{5,6})?")
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


def scan(text: str, syntax: Syntax = MYSQL) -> tuple[Token, ...]:
    """Every token of a text. Raises ScanError for an open quote or comment, or a character that begins no token."""
    return tuple(_tokens(text, syntax))


def _tokens(text: str, syntax: Syntax) -> Iterator[Token]:
    at, end = 0, len(text)
    conditional = 0
    while at < end:
        space = _SPACE.match(text, at)
        if space is not None:
            at = space.end()
            continue
        char = text[at]
        if conditional and text.startswith("*/", at):
            conditional -= 1
            at += 2
            continue
        if char in "-/#":
            skipped, opens = _comment(text, at, syntax)
            if skipped != at:
                conditional += opens
                at = skipped
                continue
        if char in "'\"`" or (char == "[" and syntax.brackets):
            token = _quoted(text, at, syntax)
        else:
            token = _plain(text, at, syntax)
        yield token
        at = token.end
    if conditional:
        raise ScanError("a comment is not closed", max(text.rfind("/*!"), 0))


def _comment(text: str, at: int, syntax: Syntax) -> tuple[int, int]:
    """Where what begins at a comment goes on, and whether a conditional comment whose text counts was opened."""
    if text.startswith("--", at) and (not syntax.backslash or at + 2 >= len(text) or text[at + 2].isspace()):
        return _line_end(text, at), 0
    if syntax.hash and text[at] == "#":
        return _line_end(text, at), 0
    if not text.startswith("/*", at):
        return at, 0
    found = _CONDITIONAL.match(text, at) if syntax.versioned else None
    if found is not None and _counts(found, syntax):
        return found.end(), 1
    closed = text.find("*/", at + 2)
    if closed < 0:
        if not syntax.backslash:
            return len(text), 0  # SQLite takes an open comment to reach to the end
        raise ScanError("a comment is not closed", at)
    return closed + 2, 0


def _counts(found: "re.Match[str]", syntax: Syntax) -> bool:
    """Whether the server runs what a conditional comment holds (manuals: "Comments", "Comment Syntax")."""
    only_mariadb, version = bool(found[1]), int(found[2] or 0)
    if only_mariadb and not syntax.mariadb:
        return False
    if syntax.mariadb and not only_mariadb and 50700 <= version <= 99999:
        return False
    return version <= syntax.versioned


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _quoted(text: str, at: int, syntax: Syntax) -> Token:
    """A string or a quoted name; the quote doubled stands for itself."""
    quote = text[at]
    kind = STRING if quote == "'" or (quote == '"' and syntax.double) else QUOTED
    closing = "]" if quote == "[" else quote
    parts: list[str] = []
    here = at + 1
    while here < len(text):
        char = text[here]
        if char == "\\" and syntax.backslash and kind == STRING and here + 1 < len(text):
            escaped = text[here + 1]
            # \% and \_ keep their backslash (manual, "String Literals")
            parts.append("\\" + escaped if escaped in "%_" else _ESCAPES.get(escaped, escaped))
            here += 2
        elif char == closing:
            if closing != "]" and text.startswith(closing, here + 1):
                parts.append(closing)
                here += 2
                continue
            return Token(kind, "".join(parts), at, here + 1)
        else:
            stop = here + 1
            while stop < len(text) and text[stop] not in (closing, "\\"):
                stop += 1
            parts.append(text[here:stop])
            here = stop
    raise ScanError(f"a {'string' if kind == STRING else 'quoted name'} is not closed", at)


def _plain(text: str, at: int, syntax: Syntax) -> Token:
    found = _ANY.match(text, at)
    if found is None or found.end() == at:
        raise ScanError(f"{text[at]!r} begins nothing", at)
    kind = found.lastgroup or OPERATOR
    if kind == WORD and found[0] in {"N", "n"} and text.startswith("'", found.end()):
        return _quoted(text, found.end(), syntax)._replace(start=at)
    return Token(NUMBER if kind == "coded" else kind, found[0], at, found.end())
