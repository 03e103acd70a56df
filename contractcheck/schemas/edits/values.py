"""JSON values: their types, and when two are equal."""

from collections.abc import Mapping
from typing import Any

INTEGER, FRACTION, NUMBERS = "integer", "fraction", frozenset({"integer", "fraction"})
ATOMS = frozenset({"boolean", "integer", "fraction", "string", "array", "object"})
TYPES: Mapping[str, frozenset[str]] = {
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"integer"}),
    "number": NUMBERS,
    "string": frozenset({"string"}),
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
    "null": frozenset(),
}


def atom(value: Any) -> str:  # noqa: ANN401 - a JSON value
    """The type of a JSON value in the words of `ATOMS`; empty for null. `1.0` is an integer, `true` no number."""
    match value:
        case bool():
            return "boolean"
        case int():
            return INTEGER
        case float():
            return INTEGER if value.is_integer() else FRACTION
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return ""


def canonical(value: Any) -> str:  # noqa: ANN401 - a JSON value
    """A text that two JSON values share exactly if they are equal: numbers by value, members in any order."""
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return "[" + ",".join(canonical(item) for item in value) + "]"
        case dict():
            members = sorted((str(name), canonical(item)) for name, item in value.items())
            return "{" + ",".join(f"{name!r}:{item}" for name, item in members) + "}"
        case bool() | None:
            return repr(value).lower()
        case _:
            return repr(value)
