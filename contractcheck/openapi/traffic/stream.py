"""JSON values out of a file that is larger than memory: the entries of a HAR, or one value a line.

The standard library's decoder reads single values out of a window over the file; the window grows only while one
value does not end in it.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final, NoReturn

from contractcheck.errors import UnreadableError

CHUNK: Final = 1 << 20
LARGEST: Final = 64 << 20
"""Characters that one entry may have: bodies of downloads are rarely recorded beyond that."""

_BLANK = re.compile(r"[ \t\r\n]*")
_NEXT = "give a HAR 1.2 file or JSON lines, as docs/traffic.md describes them"


class Stream:
    """The values of one file. Raises UnreadableError, with the line, for what is no JSON of either format."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._window = ""
        self._at = 0
        self._line = 1  # at the place up to which lines were counted
        self._counted = 0
        self._ended = False
        self._decoder = json.JSONDecoder()
        self.is_har = False

    def entries(self) -> Iterator[tuple[int, Any]]:
        """Every entry with the line it begins at; `is_har` is known when the first comes."""
        first = self._peek()
        if not first:
            self._fail("the file is empty")
        if first != "{":
            self._fail("this is neither a HAR file nor JSON lines: it begins with no object")
        self.is_har = self._begins_a_har()
        yield from self._har() if self.is_har else self._lines()

    def _begins_a_har(self) -> bool:
        """Whether the first member is `log`; what is read stays in the window."""
        while len(self._window) - self._at < 100 and self._more():
            pass
        return re.compile(r'\{[ \t\r\n]*"log"[ \t\r\n]*:').match(self._window, self._at) is not None

    def _har(self) -> Iterator[tuple[int, Any]]:
        found = False
        for outer in self._members():
            if outer != "log" or self._peek() != "{":
                self._value()
                continue
            for inner in self._members():
                if inner == "entries" and self._peek() == "[":
                    found = True
                    yield from self._items()
                else:
                    self._value()
        if not found:
            self._fail("the HAR file has no `log.entries`")
        if self._peek():
            self._fail("something follows the end of the HAR file")

    def _lines(self) -> Iterator[tuple[int, Any]]:
        while self._peek():
            line = self._here()
            value = self._value()
            yield line, value

    def _members(self) -> Iterator[str]:
        """The names of the members of the object that comes; the caller reads the value of each."""
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                self._fail("the name of a member should stand here")
            name = self._value()
            self._take(":")
            yield str(name)
            if self._peek() == ",":
                self._at += 1
                continue
            self._take("}")
            return

    def _items(self) -> Iterator[tuple[int, Any]]:
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            self._peek()
            line = self._here()
            yield line, self._value()
            if self._peek() == ",":
                self._at += 1
                continue
            self._take("]")
            return

    def _value(self) -> Any:  # noqa: ANN401 - plain JSON
        """The value that comes."""
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._window, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos > len(self._window) - 20
                if cut and not self._ended and len(self._window) - self._at < LARGEST:
                    self._more()
                    continue
                if cut and not self._ended:
                    self._fail(f"one entry is longer than {LARGEST >> 20} million characters")
                self._at = max(self._at, error.pos)
                ends = error.msg.startswith("Unterminated string") or not self._window[error.pos :].strip()
                self._fail("the file ends inside of a value" if ends else f"no JSON: {error.msg}")
            except (RecursionError, ValueError) as error:
                self._fail("nested too deeply" if isinstance(error, RecursionError) else "a number is too long")
            else:
                if end == len(self._window) and not self._ended and not isinstance(value, dict | list):
                    self._more()  # a number may go on
                    continue
                self._at = end
                return value

    def _peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            blank = _BLANK.match(self._window, self._at)
            self._at = blank.end() if blank is not None else self._at
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            self._fail(f"{mark!r} should stand here" if self._peek() else "the file ends before its last bracket")
        self._at += 1

    def _more(self) -> bool:
        """Read on; what is behind is forgotten. False at the end."""
        if self._ended:
            return False
        self._here()
        rest = self._window[self._at :]
        # Doubling keeps the work of trying again proportional to the value.
        data = self._file.read(max(CHUNK, len(rest)))
        try:
            read = self._decode.decode(data, final=not data)
        except UnicodeDecodeError:
            self._fail("the file is not UTF-8")
        self._window, self._at, self._counted = rest + read, 0, 0
        self._ended = not data
        return bool(data)

    def _here(self) -> int:
        """The line of the place that was reached."""
        self._line += self._window.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _fail(self, what: str) -> NoReturn:
        raise UnreadableError(what, where=f"{self._name}:{self._here()}", next_step=_NEXT)
