r"""ECMA-262 regular expressions, read into a tree; what a finite automaton cannot do is refused, never approximated.

Code points, as with the `u` flag. `\d` and `\w` are ASCII, `.` excludes the four line terminators, `$` holds only at
the very end (ECMA-262 §22.2). Escapes that only other engines know (`\A`, `\Z`, `\h`) are refused.
"""

from functools import cache
from itertools import groupby
from typing import Final

from msgspec import Struct

Ranges = tuple[tuple[int, int], ...]

_TOP: Final = 0x10FFFF
_REPEAT = 2_000


class PatternError(ValueError):
    """Not ECMA-262, or beyond what a finite automaton can do; the text says what."""


class Chars(Struct, frozen=True):
    """One character of a set of code points."""

    ranges: Ranges


class Cat(Struct, frozen=True):
    """One after the other."""

    parts: tuple["Tree", ...]


class Alt(Struct, frozen=True):
    """One or the other."""

    parts: tuple["Tree", ...]


class Repeat(Struct, frozen=True):
    """Between `least` and `most` times; None is without end."""

    part: "Tree"
    least: int
    most: int | None


class Edge(Struct, frozen=True):
    """The beginning of the text, or its end."""

    end: bool


class Look(Struct, frozen=True):
    """A look ahead."""

    part: "Tree"
    negative: bool


Tree = Chars | Cat | Alt | Repeat | Edge | Look


def union(*sets: Ranges) -> Ranges:
    """The ranges of several sets, merged and sorted."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for ranges in sets for pair in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """All other code points. Lone surrogates are among them: a text that is given may hold one, none is made up."""
    inverse: list[tuple[int, int]] = []
    start = 0
    for low, high in union(ranges):
        if start < low:
            inverse.append((start, low - 1))
        start = high + 1
    if start <= _TOP:
        inverse.append((start, _TOP))
    return tuple(inverse)


DIGIT: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
LINE: Final[Ranges] = ((10, 10), (13, 13), (0x2028, 0x2029))
SPACE: Final[Ranges] = union(
    ((9, 13), (32, 32), (0xA0, 0xA0), (0xFEFF, 0xFEFF), (0x1680, 0x1680), (0x2000, 0x200A)),
    ((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
)
ANY: Final[Ranges] = complement(())
DOT: Final[Ranges] = complement(LINE)

_CLASSES: Final = {
    "d": DIGIT,
    "D": complement(DIGIT),
    "w": WORD,
    "W": complement(WORD),
    "s": SPACE,
    "S": complement(SPACE),
}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_REFUSED: Final = {"b": "\\b", "B": "\\B", "k": "a named back reference"}


@cache
def _category(name: str) -> Ranges:
    """The code points of a general category (`L`, `Lu`, `N`, ...), by the Unicode database of this Python."""
    return union(*(ranges for category, ranges in _all_categories().items() if category.startswith(name)))


@cache
def _all_categories() -> dict[str, Ranges]:
    import unicodedata

    found: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for category, members in groupby(map(unicodedata.category, map(chr, range(_TOP + 1)))):
        after = at + sum(1 for _ in members)
        found.setdefault(category, []).append((at, after - 1))
        at = after
    return {category: tuple(ranges) for category, ranges in found.items()}


_CATEGORIES: Final = {
    **{
        name: name
        for name in (
            *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
            *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp"),
        )
    },
    "Letter": "L",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
}


def parse(pattern: str) -> Tree:
    """The tree of a pattern. Raises PatternError."""
    if len(pattern) > 4_000:
        raise PatternError("a pattern longer than 4000 characters")
    parser = _Parser(pattern)
    tree = parser.alternatives(0)
    if parser.at < len(pattern):
        raise PatternError("an unmatched )")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise PatternError("an unfinished pattern")
        self.at += 1
        return char

    def skip(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternatives(self, depth: int) -> Tree:
        if depth > 40:
            raise PatternError("groups nested too deeply")
        branches = [self.sequence(depth)]
        while self.skip("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.quantified(self.term(depth)))
        return parts[0] if len(parts) == 1 else Cat(tuple(parts))

    def quantified(self, part: Tree) -> Tree:
        char = self.peek()
        least, most = 0, None
        if char and char in "*+?":
            self.at += 1
            least = 1 if char == "+" else 0
            most = 1 if char == "?" else None
        elif char == "{" and (bounds := self.braces()) is not None:
            least, most = bounds
        else:
            return part
        self.skip("?")  # a lazy quantifier matches the same texts
        if self.peek() and self.peek() in "*+?":
            raise PatternError("a quantifier of a quantifier")
        if isinstance(part, Edge | Look):
            raise PatternError("a quantified assertion")
        return Repeat(part, least, most)

    def braces(self) -> tuple[int, int | None] | None:
        close = self.text.find("}", self.at)
        bounds = self.text[self.at + 1 : close].split(",") if close > 0 else []
        if (
            not 1 <= len(bounds) <= 2
            or not _natural(bounds[0])
            or (len(bounds) == 2 and bounds[1] and not _natural(bounds[1]))
        ):
            return None
        self.at = close + 1
        least = int(bounds[0])
        most = least if len(bounds) == 1 else int(bounds[1]) if bounds[1] else None
        if max(least, most or 0) > _REPEAT:
            raise PatternError("a count above 2000")
        if most is not None and most < least:
            raise PatternError("numbers out of order in {}")
        return least, most

    def term(self, depth: int) -> Tree:
        char = self.take()
        match char:
            case "^":
                return Edge(end=False)
            case "$":
                return Edge(end=True)
            case ".":
                return Chars(DOT)
            case "(":
                return self.group(depth)
            case "[":
                return Chars(self.set())
            case "\\":
                return Chars(self.escape(inside=False))
            case "*" | "+" | "?":
                raise PatternError("nothing to repeat")
            case "{":
                self.at -= 1
                if self.braces() is not None:
                    raise PatternError("nothing to repeat")
                self.at += 1
        return Chars(_literal(char))

    def group(self, depth: int) -> Tree:
        wrap: bool | None = None
        if self.skip("?="):
            wrap = False
        elif self.skip("?!"):
            wrap = True
        elif self.skip("?:"):
            pass
        elif self.text.startswith(("?<=", "?<!"), self.at):
            raise PatternError("a look behind")
        elif self.skip("?<"):
            end = self.text.find(">", self.at)
            if end < 0 or not self.text[self.at : end].isidentifier():
                raise PatternError("a malformed group name")
            self.at = end + 1
        elif self.peek() == "?":
            raise PatternError("a group that ECMA-262 does not know")
        tree = self.alternatives(depth + 1)
        if not self.skip(")"):
            raise PatternError("an unclosed group")
        return tree if wrap is None else Look(tree, wrap)

    def escape(self, *, inside: bool) -> Ranges:
        char = self.take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return _single(_CONTROLS[char])
        if char == "b" and inside:
            return _single(8)
        if char in _REFUSED:
            raise PatternError(_REFUSED[char])
        if char in "pP":
            return self.category(negated=char == "P")
        if char == "0" and not self.peek().isdecimal():
            return _single(0)
        if char.isdecimal():
            raise PatternError("a back reference")
        if char == "c":
            letter = self.take()
            if not (letter.isascii() and letter.isalpha()):
                raise PatternError("a malformed \\c")
            return _single(ord(letter) % 32)
        if char == "x":
            return _single(self.hexadecimal(2))
        if char == "u":
            return _single(self.unicode())
        if char.isalnum():
            raise PatternError(f"the escape \\{char}")
        return _single(ord(char))

    def hexadecimal(self, digits: int) -> int:
        text = self.text[self.at : self.at + digits]
        if len(text) < digits or any(char not in "0123456789abcdefABCDEF" for char in text):
            raise PatternError("a malformed hexadecimal escape")
        self.at += digits
        return int(text, 16)

    def unicode(self) -> int:
        if self.skip("{"):
            end = self.text.find("}", self.at)
            if not self.at < end <= self.at + 6:
                raise PatternError("a malformed \\u{}")
            code = self.hexadecimal(end - self.at)
            self.at += 1
        else:
            code = self.hexadecimal(4)
            if 0xD800 <= code <= 0xDBFF and self.skip("\\u"):
                low = self.hexadecimal(4)
                if not 0xDC00 <= low <= 0xDFFF:
                    raise PatternError("a lone surrogate")
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        if code > _TOP or 0xD800 <= code <= 0xDFFF:
            raise PatternError("a lone surrogate")
        return code

    def category(self, *, negated: bool) -> Ranges:
        if not self.skip("{"):
            raise PatternError("a malformed \\p")
        end = self.text.find("}", self.at)
        name = self.text[self.at : end] if end > 0 else ""
        self.at = end + 1
        known = _CATEGORIES.get(name.removeprefix("General_Category=").removeprefix("gc="))
        if known is None:
            raise PatternError(f"\\p{{{name}}}")
        return complement(_category(known)) if negated else _category(known)

    def set(self) -> Ranges:
        negated = self.skip("^")
        members: list[Ranges] = []
        while not self.skip("]"):
            low = self.set_member()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                mark = self.at
                self.at += 1
                high = self.set_member()
                if _is_single(low) and _is_single(high):
                    if low[0][0] > high[0][0]:
                        raise PatternError("a range out of order")
                    members.append(((low[0][0], high[0][0]),))
                    continue
                self.at = mark
            members.append(low)
        ranges = union(*members)
        return complement(ranges) if negated else ranges

    def set_member(self) -> Ranges:
        char = self.take()
        return self.escape(inside=True) if char == "\\" else _literal(char)


def _natural(text: str) -> bool:
    return 0 < len(text) <= 9 and text.isascii() and text.isdecimal()


def _single(code: int) -> Ranges:
    return ((code, code),)


def _literal(char: str) -> Ranges:
    if 0xD800 <= ord(char) <= 0xDFFF:
        raise PatternError("a lone surrogate")
    return _single(ord(char))


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]
