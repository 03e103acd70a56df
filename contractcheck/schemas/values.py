"""JSON values as the engine holds them: hashable, with exact numbers, never confusing `true` with 1."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import Any, Final

from contractcheck.model.finding import Json

# The seven kinds of JSON value as bits; a number is either an integer (1.0 is one) or has a fraction.
NULL: Final = 1
BOOL: Final = 2
INT: Final = 4
FRAC: Final = 8
STRING: Final = 16
ARRAY: Final = 32
OBJECT: Final = 64
NUMBER: Final = INT | FRAC
ALL: Final = 127
ATOMS: Final = (NULL, BOOL, INT, STRING, FRAC, OBJECT, ARRAY)

# None; str; int; Fraction (never integral); (BOOL, bool); (ARRAY, tuple of values);
# (OBJECT, Members of (name, value), sorted by name)
Value = Any

TRUE_VALUE: Final = (BOOL, True)
FALSE_VALUE: Final = (BOOL, False)

_DEPTH = 60
_DIGITS = 4_000  # of a number; the interpreter itself refuses to write more than 4,300
_BITS = 13_000  # as many bits have fewer digits than that


class Items(tuple[Any, ...]):  # noqa: SLOT001 - the weight is kept in its __dict__
    """The items of an array."""

    @cached_property
    def weight(self) -> int:
        return 1 + sum(map(weight, self))


class Members(tuple[tuple[str, Any], ...]):  # noqa: SLOT001 - table and weight are kept in its __dict__
    """The members of an object; `table` finds one by its name."""

    @cached_property
    def table(self) -> dict[str, Any]:
        return dict(self)

    @cached_property
    def weight(self) -> int:
        return 1 + sum(1 + weight(member) for _, member in self)


class UnusableError(ValueError):
    """A value that cannot be held exactly: not finite, too many digits, or nested too deeply."""


def number(value: float | Decimal) -> int | Fraction:
    """The rational that a number of a document denotes; a float stands for the text that `repr` gives it."""
    if isinstance(value, int):
        if value.bit_length() > _BITS:
            raise UnusableError("a number of very many digits")
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise UnusableError("a number that is not finite")
        value = Decimal(repr(value))
    if not value.is_finite():
        raise UnusableError("a number that is not finite")
    if abs(value.adjusted()) > _DIGITS or len(value.as_tuple().digits) > _DIGITS:
        raise UnusableError("a number of very many digits")
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def freeze(value: Json, depth: int = 0) -> Value:
    """The engine's form of a JSON value. Raises UnusableError for what cannot be held."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return TRUE_VALUE if value else FALSE_VALUE
    if isinstance(value, int | float | Decimal):
        return number(value)
    if depth > _DEPTH:
        raise UnusableError("a value nested too deeply")
    if isinstance(value, Mapping):
        members = ((str(name), freeze(member, depth + 1)) for name, member in value.items())
        return (OBJECT, Members(sorted(members, key=_first)))
    if isinstance(value, Sequence):
        return (ARRAY, Items([freeze(item, depth + 1) for item in value]))
    raise UnusableError("a value that JSON cannot hold")


def _first(member: tuple[str, Value]) -> str:
    return member[0]


def obj(members: Mapping[str, Value]) -> Value:
    """An object of already frozen members."""
    return (OBJECT, Members(sorted(members.items(), key=_first)))


def arr(items: Iterable[Value]) -> Value:
    """An array of already frozen items."""
    return (ARRAY, Items(items))


HEAVY: Final = 20_000
"""A weight that nobody reads any more."""


def weight(value: Value) -> int:
    """How much work a value is: about the number of values in it; shared parts count as often as they occur."""
    if isinstance(value, tuple):
        content = value[1]
        return content.weight if isinstance(content, Items | Members) else 1
    return 1 + len(value) // 64 if isinstance(value, str) else 4 if type(value) is Fraction else 1


def writable(value: Value) -> bool:
    """Whether a number has few enough digits to be written."""
    if type(value) is Fraction:
        return value.numerator.bit_length() + 3 * value.denominator.bit_length() <= _BITS
    return not isinstance(value, int) or value.bit_length() <= _BITS


def atom(value: Value) -> int:
    """The bit of the kind of a value."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return STRING
    if isinstance(value, int):
        return INT
    if type(value) is Fraction:
        return FRAC
    kind: int = value[0]
    return kind


def thaw(value: Value) -> Any:  # noqa: ANN401 - plain JSON for the validator and for the reader
    """The plain JSON value. A fraction is a float where that is exact as text, else a Decimal."""
    if type(value) is Fraction:
        return _decimal(value)
    if not isinstance(value, tuple):
        return value
    kind, content = value
    if kind == BOOL:
        return content
    if kind == ARRAY:
        return [thaw(item) for item in content]
    return {name: thaw(member) for name, member in content}


def _decimal(value: Fraction) -> float | Decimal:
    try:
        near = float(value)
    except OverflowError:
        near = 0.0
    if isfinite(near) and number(near) == value:
        return near
    digits = 0
    scaled = value
    while scaled.denominator != 1:
        scaled *= 10
        digits += 1
    return Decimal(f"{scaled.numerator}E-{digits}")  # exact, unlike arithmetic in a context


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON, numbers as loaders give them
    """JSON with every Decimal as a float where that is exact as text, so that numbers compare as they are written."""
    if isinstance(value, Decimal):
        exact = number(value)
        return _decimal(exact) if isinstance(exact, Fraction) else exact
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def text(value: Any) -> str:  # noqa: ANN401 - plain JSON, Decimals included
    """The JSON text of a plain value; a Decimal as the number it is."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {text(member)}" for name, member in value.items()) + "}"
    return "[" + ", ".join(map(text, value)) + "]" if isinstance(value, list) else json.dumps(value)


def size(value: Value) -> int:
    """How much there is to read: the length of the value's JSON text, roughly."""
    if isinstance(value, tuple):
        kind, content = value
        if kind == ARRAY:
            return 2 + sum(size(item) + 1 for item in content)
        if kind == OBJECT:
            return 2 + sum(len(name) + 3 + size(member) for name, member in content)
        return 4
    return len(value) + 2 if isinstance(value, str) else len(str(value))


def order(value: Value) -> tuple[int, int, str]:
    """Sorts values for readers: by kind, then short before long, then by text. Deterministic."""
    if isinstance(value, str):
        return (ATOMS.index(STRING), len(value), value)
    if isinstance(value, int | Fraction):
        return (ATOMS.index(atom(value)), size(value), str(value))
    return (ATOMS.index(atom(value)), size(value), json.dumps(thaw(value), sort_keys=True, default=str))


def ordered(values: Iterable[Value]) -> list[Value]:
    """The values, the most readable first."""
    return sorted(values, key=order)
