"""A walk over JSON text that builds nothing: unwanted values are skipped by the C scanner of the standard library."""

import re
from collections.abc import Callable
from functools import cache

# Visits a member or an item: its name or number, the index of its name (of its value, for an item), the index of its
# value. Returns the index behind the value if it walked over it, None to have it skipped.
Visit = Callable[[str, int, int], int | None]

_SPACE = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*')  # of the plainest kind, which most are
_NEXT = re.compile(r"[ \t\r\n]*([,}\]])[ \t\r\n]*")


class NotJsonError(ValueError):
    """The text is no JSON."""


def space(text: str, index: int) -> int:
    """The index of the first character that is no white space, from an index on."""
    found = _SPACE.match(text, index)
    return found.end() if found else index


def skip(text: str, index: int) -> int:
    """The index behind the value that begins at an index. Raises NotJsonError."""
    try:
        return _scanner()(text, index)[1]
    except (ValueError, StopIteration, RecursionError) as error:
        raise NotJsonError from error


def members(text: str, index: int, visit: Visit) -> int:
    """Visit the members of the object, or the items of the array, that begins at an index; the index behind it.

    Anything else is skipped. Raises NotJsonError.
    """
    close = {"{": "}", "[": "]"}.get(text[index : index + 1])
    if close is None:
        return skip(text, index)
    position = 0
    index = space(text, index + 1)
    if text[index : index + 1] == close:
        return index + 1
    while True:
        start = index
        if close == "}":
            plain = _NAME.match(text, index)
            name, index = (plain[1], plain.end()) if plain else _name(text, index)
        else:
            name = str(position)
        end = visit(name, start, index)
        after = _NEXT.match(text, skip(text, index) if end is None else end)
        if after is None:
            raise NotJsonError
        position += 1
        index = after.end()
        if after[1] != ",":
            if after[1] != close:
                raise NotJsonError
            return after.end(1)


def _name(text: str, index: int) -> tuple[str, int]:
    """The name that begins at an index, and the index of its value."""
    if text[index : index + 1] != '"':
        raise NotJsonError
    from json.decoder import scanstring  # type: ignore[attr-defined] # it is there since 2.6, typeshed leaves it out

    try:
        name, index = scanstring(text, index + 1)
    except ValueError as error:
        raise NotJsonError from error
    index = space(text, index)
    if text[index : index + 1] != ":":
        raise NotJsonError
    return name, space(text, index + 1)


@cache
def _scanner() -> Callable[[str, int], tuple[object, int]]:
    from json import JSONDecoder

    # Numbers become floats, whatever their length: their value is of no interest.
    scanner: Callable[[str, int], tuple[object, int]] = JSONDecoder(parse_int=float).scan_once  # type: ignore[attr-defined]
    return scanner
