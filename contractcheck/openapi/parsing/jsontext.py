"""JSON into values at the speed of orjson, with exact numbers and with duplicate names found."""

import re
from collections.abc import Iterator
from typing import Any

from contractcheck.beside import LARGE, beside
from contractcheck.errors import UnreadableError
from contractcheck.model.place import join
from contractcheck.openapi.parsing.number import MAX_DIGITS, TooLongError, exact
from contractcheck.openapi.parsing.parsed import FLATTEN, MAX_DEPTH, TOO_DEEP, Flaw, Parsed
from contractcheck.openapi.parsing.text import Lines, decode, unreadable

_NAME_END = re.compile(rb'"[ \t\r\n]*:')
_ESCAPED = re.compile(rb'\\"[ \t\r\n]*:')
_FRACTION = re.compile(rb"\.([0-9]{1,15})[ \t\r\n]*[,}]")
# What stands before the point of a member's value. The quotation mark closes a name: one that opens a text stands,
# white space aside, behind one of the excluded characters, and one inside of a text behind a backslash.
_BEFORE = re.compile(rb'[^\\:,\[{ \t\r\n]"[ \t\r\n]*:[ \t\r\n]*-?([0-9]{1,15})\Z')
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_FIX = "write valid JSON"


class NotJsonError(Exception):
    """The text is no JSON; `unreadable` says where and why."""

    def __init__(self, error: UnreadableError) -> None:
        super().__init__(str(error))
        self.unreadable = error


class _DoubledError(Exception):
    """Some object has a name twice."""


class _LiteralError(ValueError):
    """A number or constant that is not taken; the first argument is its text."""


def parse(data: bytes, file: str) -> Parsed:
    """The value of a JSON text in UTF-8 without byte order mark.

    orjson turns integers beyond 64 bits and long decimals into floats; where the text may hold such a number, and where
    orjson refuses the text, the standard library reads it with exact numbers. Of equal names the last one is used.
    Raises NotJsonError for a text that is no JSON, UnreadableError for one that is but exceeds a budget.
    """
    import orjson

    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _slow(decode(data, file), file)
        most, (names, _) = _most(data), _survey(value, data, file)
    else:
        surveyed = beside(lambda: _survey(value, data, file), worth=len(data) > LARGE)
        most, (names, floats) = _most(data), surveyed()
        if floats and floats != _harmless(data):
            value = _slow(decode(data, file), file)
    if names == most:
        return Parsed(value)
    text = decode(data, file)
    return Parsed(value, tuple(_duplicates(text)) if _doubled(text) else ())


def _most(data: bytes) -> int:
    """How many names a JSON text has at most: the quotation marks before colons, escaped ones aside."""
    inside = 0
    for found in _ESCAPED.finditer(data):
        first = found.start()
        while data[first - 1] == ord("\\"):
            first -= 1
        inside += (found.start() - first) % 2 == 0  # an even number of backslashes before: this one escapes the mark
    return len(_NAME_END.findall(data)) - inside


def _harmless(data: bytes) -> int:
    """How many numbers of a JSON text, at least, are decimals that a float holds: up to 15 digits, without exponent.

    If that is how many floats orjson gave, none of them is an integer beyond 64 bits or has lost a digit.
    """
    count = 0
    for found in _FRACTION.finditer(data):
        before = _BEFORE.search(data, max(0, found.start() - 80), found.start())
        count += before is not None and len(before[1]) + len(found[1]) <= 15
    return count


def _survey(value: object, data: bytes, file: str) -> tuple[int, int]:
    """How many names and how many floats a value holds. Raises UnreadableError if it is nested too deeply."""
    level = [value]
    names = floats = 0
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for each in level:
            kind = type(each)
            if kind is dict:
                names += len(each)  # type: ignore[arg-type]
                below.extend(each.values())  # type: ignore[attr-defined]
            elif kind is list:
                below.extend(each)  # type: ignore[arg-type]
            elif kind is float:
                floats += 1
        if not below:
            return names, floats
        level = below
    raise _too_deep(decode(data, file), file)


def _too_deep(text: str, file: str) -> UnreadableError:
    depth = 0
    for found in _TOKEN.finditer(text):
        depth += (found[0] in "{[") - (found[0] in "}]")
        if depth > MAX_DEPTH:
            return unreadable(TOO_DEEP, file, text, found.start(), next_step=FLATTEN)
    return UnreadableError(TOO_DEEP, where=file, next_step=FLATTEN)  # pragma: no cover - it was counted before


def _slow(text: str, file: str) -> Any:  # noqa: ANN401 - a JSON value, with Decimals
    import json

    def number(literal: str) -> object:
        try:
            return exact(literal)
        except TooLongError:
            raise _LiteralError(literal) from None

    def constant(literal: str) -> object:
        raise _LiteralError(literal)

    try:
        value = json.loads(text, parse_float=number, parse_int=number, parse_constant=constant)
    except RecursionError:
        raise _too_deep(text, file) from None
    except json.JSONDecodeError as error:
        what = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise NotJsonError(unreadable(what, file, text, error.pos, next_step=_FIX)) from None
    except _LiteralError as error:
        literal = str(error)
        # Behind the literal the text may be broken: then the token is longer.
        starts = (found.start() for found in _TOKEN.finditer(text) if found[0].startswith(literal))
        index = next(starts, text.find(literal))
        if literal[-1].isdigit():
            what = f"a number has more than {MAX_DIGITS} digits"
            raise unreadable(what, file, text, index, next_step="give a smaller number, or a text") from None
        what = f"this is not JSON: {literal} is no number"
        raise NotJsonError(unreadable(what, file, text, index, next_step=_FIX)) from None
    for found in _TOKEN.finditer(text) if "\\u" in text else ():
        if "\\u" in found[0] and _LONE_SURROGATE.search(json.loads(found[0])):
            what = "half of a surrogate pair is no character"
            raise unreadable(what, file, text, found.start(), next_step="write both halves, or neither")
    return value


def _doubled(text: str) -> bool:
    import json

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _DoubledError
        return members

    try:
        json.loads(text, object_pairs_hook=build)
    except _DoubledError:
        return True
    return False


def _duplicates(text: str) -> Iterator[Flaw]:
    """Every name that stands in its object before, by a walk over the parts of a text that is known to be JSON."""
    import json

    lines = Lines(text)
    pointers = [""]  # of the open objects and arrays, and of the value that comes
    names: list[set[str] | None] = []  # of each of them: the names so far, None for an array
    positions: list[int] = []
    named = False
    for found in _TOKEN.finditer(text):
        part = found[0]
        if part in "{[":
            names.append(set() if part == "{" else None)
            positions.append(0)
            pointers.append(join(pointers[-1], 0))
            named = False
        elif part in "}]":
            names.pop()
            positions.pop()
            pointers.pop()
        elif part == ",":
            positions[-1] += 1
            named = False
            if names[-1] is None:
                pointers[-1] = join(pointers[-2], positions[-1])
        elif part == ":":
            named = True
        elif names and (known := names[-1]) is not None and not named:
            name = json.loads(part)
            pointers[-1] = join(pointers[-2], name)
            if name in known:
                yield Flaw("duplicate-key", pointers[-1], *lines.at(found.start()), name)
            known.add(name)
