"""Text out of bytes, and lines and columns out of indexes into it."""

import codecs
import re
from bisect import bisect_right

from contractcheck.errors import UnreadableError

# The largest contract that was met, GitHub's, has 13 MB; PyYAML's events of 32 MB of YAML take about 4 s.
MAX_BYTES = 64 * 2**20

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BREAK = re.compile(r"\r\n|\r|\n")


def encoding(data: bytes) -> tuple[str, int]:
    """The encoding that the byte order mark names, and the length of the mark: (`utf-8`, 0) where there is none."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark)
    return "utf-8", 0


def decode(data: bytes, file: str) -> str:
    """The text without its byte order mark. Raises UnreadableError at the first byte that is not of the encoding."""
    name, skip = encoding(data)
    try:
        return str(memoryview(data)[skip:], name)
    except UnicodeDecodeError as error:
        before = data[skip : skip + error.start].decode(name, errors="ignore")
        line, column = Lines(before).at(len(before))
        raise UnreadableError(
            f"byte {data[skip + error.start]:#04x} is not {name.upper()}",
            where=f"{file}:{line}:{column}",
            next_step="save the file as UTF-8",
        ) from None


class Lines:
    """Where the lines of a text begin. A line ends with LF, CR LF or CR, as editors count; columns count characters."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def at(self, index: int) -> tuple[int, int]:
        """The line and the column, both from 1, of the character at an index from 0."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


class Counting:
    """Lines and columns, like `Lines`, of indexes that ascend, in the UTF-8 of a text without CR.

    It looks at what lies between an index and the next and nothing else, so that few places in a large file are cheap.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._index = 0
        self._line = 1
        self._characters = 0

    def at(self, index: int) -> tuple[int, int]:
        """The line and the column, both from 1, of the character that begins at an index not below the last one."""
        between = self._data[self._index : index]
        breaks = between.count(b"\n")
        if breaks:
            self._line += breaks
            self._characters = 0
        self._characters += len(between[between.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
        self._index = index
        return self._line, self._characters + 1


def unreadable(what: str, file: str, text: str, index: int, *, next_step: str = "") -> UnreadableError:
    """An error at the character of that index."""
    line, column = Lines(text).at(index)
    return UnreadableError(what, where=f"{file}:{line}:{column}", next_step=next_step)
