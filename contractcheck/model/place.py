"""Where something stands: in which file, at which line and column, under which JSON pointer."""

from msgspec import Struct


class Place(Struct, frozen=True, order=True):
    """A place in one file of one revision.

    `file` is relative to the root of what was compared, with `/`. `line` and `column` count from 1; None if not known.
    `pointer` is an RFC 6901 JSON pointer (`""` is the whole document); None where the file is no JSON-like document.
    """

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        """Return `file:line:column`, as far as known: the form editors and terminals open."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


def escape(token: str) -> str:
    """One reference token of a JSON pointer, escaped (RFC 6901 §3)."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def unescape(token: str) -> str:
    """The member name or index that an escaped reference token stands for (RFC 6901 §4)."""
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def join(pointer: str, *tokens: str | int) -> str:
    """The pointer of a descendant: `join("/paths", "/users", "get")` is `/paths/~1users/get`."""
    return "".join((pointer, *("/" + escape(str(token)) for token in tokens)))


def split(pointer: str) -> tuple[str, ...]:
    """The unescaped reference tokens of a pointer, outermost first."""
    return tuple(unescape(token) for token in pointer.split("/")[1:])
