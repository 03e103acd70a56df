"""On which line each key of a TOML text stands: the standard library's reader gives no positions."""

import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]

_SPACE = " \t"
_BLANK = " \t\r\n"
_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every key and every item of an array, by path; the text must be valid TOML 1.0.

    A table is where its header, or the first key of it, stands: `("override", 1, "rules")`.
    """
    return _Scanner(text).scan()


def nearest(places: dict[Path, int], path: Path) -> int | None:
    """The line of a path, else of the nearest thing above it that has one."""
    return next((places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in places), None)


class _Scanner:
    """One walk over the text; `_at` is the index of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0  # characters whose line breaks are in `_line`
        self._found: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # how many tables an array of tables has so far

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip(_BLANK):
            if self._text.startswith("[[", self._at):
                table = self._header("]]")
            elif self._peek() == "[":
                table = self._header("]")
            else:
                self._pair(table)
        return self._found

    def _header(self, end: str) -> Path:
        line = self._here()
        self._at += len(end)
        names = list(self._key())
        self._at += len(end)
        path: Path = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            self._found.setdefault(path, line)
            if number == len(names) and end == "]]":
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:
                path = (*path, self._tables[path])
                self._found.setdefault(path, line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._here()
        path = table
        for name in self._key():
            path = (*path, name)
            self._found.setdefault(path, line)
        self._at += 1  # the sign
        self._value(path)

    def _key(self) -> Iterator[str]:
        while True:
            self._skip(_SPACE)
            start = self._at
            if self._peek() in {'"', "'"}:
                self._string()
                yield str(tomllib.loads(f"key = {self._text[start : self._at]}")["key"])
            else:
                while self._peek() in _BARE:
                    self._at += 1
                yield self._text[start : self._at]
            self._skip(_SPACE)
            if self._peek() != ".":
                return
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        match self._peek():
            case '"' | "'":
                self._string()
            case "[":
                self._at += 1
                index = 0
                while self._skip(_BLANK) and self._peek() != "]":
                    self._found[*path, index] = self._here()
                    self._value((*path, index))
                    index += 1
                    self._comma()
                self._at += 1
            case "{":
                self._at += 1
                while self._skip(_BLANK) and self._peek() != "}":
                    self._pair(path)
                    self._comma()
                self._at += 1
            case _:
                while self._at < len(self._text) and self._peek() not in "\r\n,]}#":
                    self._at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._peek() == ",":
            self._at += 1

    def _string(self) -> None:
        quote = self._peek()
        long = self._text.startswith(quote * 3, self._at)
        fence = quote * 3 if long else quote
        self._at += len(fence)
        while not self._text.startswith(fence, self._at):
            self._at += 2 if quote == '"' and self._peek() == "\\" else 1
        self._at += len(fence)
        while long and self._peek() == quote:  # up to two quotes may stand before the fence
            self._at += 1

    def _skip(self, blank: str) -> bool:
        """Pass blanks, and comments where lines may end; whether anything is left."""
        while self._at < len(self._text):
            if self._peek() in blank:
                self._at += 1
            elif self._peek() == "#" and blank is _BLANK:
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return True
        return False

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else "\0"

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
