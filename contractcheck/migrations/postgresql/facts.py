"""What a PostgreSQL server knows before any migration: its types, casts, functions, operators and operator classes.

`facts.json` was read from pg_type, pg_cast, pg_proc, pg_operator and pg_opclass of real servers (15.18, 16.14, 18.4).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct


class Builtin(Struct, frozen=True):
    """A built-in function: argument types, result, volatility (v, s, i), kind ('' plain, s set, a aggregate, w, p).

    `since` is the first major version known to have it, 0 for 15 or before; `defaults` how many arguments are optional.
    """

    arguments: tuple[str, ...]
    returns: str
    volatility: str
    kind: str
    since: int
    defaults: int
    variadic: bool


@cache
def _facts() -> Mapping[str, Any]:
    import orjson

    text = Path(__file__).with_name("facts.json").read_bytes()
    found: Mapping[str, Any] = orjson.loads(text)
    return found


# pg_proc of 12 to 15, from the release notes: functions younger than 12 that 15 has.
SINCE = {
    "gen_random_uuid": 13,
    "gcd": 13,
    "lcm": 13,
    "min_scale": 13,
    "trim_scale": 13,
    "normalize": 13,
    "is_normalized": 13,
    "jsonb_set_lax": 13,
    "jsonb_path_exists_tz": 13,
    "jsonb_path_query_tz": 13,
    "pg_current_xact_id": 13,
    "pg_current_snapshot": 13,
    "date_bin": 14,
    "bit_xor": 14,
    "bit_count": 14,
    "trim_array": 14,
    "string_to_table": 14,
    "unistr": 14,
    "range_agg": 14,
    "multirange": 14,
    "pg_log_backend_memory_contexts": 14,
    "regexp_count": 15,
    "regexp_instr": 15,
    "regexp_like": 15,
    "regexp_substr": 15,
    "range_intersect_agg": 14,
}


@cache
def functions(name: str) -> tuple[Builtin, ...]:
    """The built-in functions of that name."""
    found = _facts()["functions"].get(name, ())
    since = SINCE.get(name, 0)
    return tuple(
        Builtin(tuple(args.split()), returns, volatility, kind, max(new, since), defaults, bool(variadic))
        for args, returns, volatility, kind, new, defaults, variadic in found
    )


@cache
def _casts() -> Mapping[tuple[str, str], tuple[str, str, str]]:
    return {(source, target): (context, method, vol) for source, target, context, method, vol in _facts()["casts"]}


def cast(source: str, target: str) -> tuple[str, str, str] | None:
    """The cast between two built-in types: context (i, a, e), method (b binary, f function, i text), volatility."""
    return _casts().get((source, target))


def is_type(name: str) -> bool:
    """Whether there is a built-in type of that internal name."""
    return name in _facts()["types"]


# Pseudo-types (manual, 8.21): of functions and their parameters, never of columns.
PSEUDO = frozenset(
    {
        "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange", "anycompatiblenonarray",
        "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray", "anyrange", "cstring",
        "event_trigger", "fdw_handler", "index_am_handler", "internal", "language_handler", "pg_ddl_command", "record",
        "table_am_handler", "trigger", "tsm_handler", "unknown", "void",
    }
)  # fmt: skip


def type_names() -> tuple[str, ...]:
    """The internal names of the built-in types."""
    return tuple(_facts()["types"])


def function_names() -> tuple[str, ...]:
    """The names of the built-in functions."""
    return tuple(_facts()["functions"])


def category(name: str) -> str:
    """The category of a built-in type: S string, N numeric, D date and time, B boolean, ..."""
    found = _facts()["types"].get(name)
    return found[0] if found else "U"


def preferred(name: str) -> bool:
    """Whether a built-in type is the preferred one of its category."""
    found = _facts()["types"].get(name)
    return bool(found and found[1])


def collatable(name: str) -> bool:
    """Whether a built-in type has a collation."""
    found = _facts()["types"].get(name)
    return bool(found and found[2])


def input_volatility(name: str) -> str:
    """The volatility of a built-in type's reading of text."""
    found = _facts()["types"].get(name)
    return (found[4] or "i") if found else "s"


def operators(name: str) -> Sequence[Sequence[str]]:
    """The built-in operators of that name: left, right, result, volatility."""
    found: Sequence[Sequence[str]] = _facts()["operators"].get(name, ())
    return found


def binary(source: str, target: str) -> bool:
    """Whether a value of one built-in type is one of the other as it stands, without being asked (implicit, binary)."""
    if source == target:
        return True
    found = cast(source, target)
    return found is not None and found[0] == "i" and found[1] == "b"


@cache
def opclass(method: str, name: str) -> str | None:
    """The default operator class of a built-in type for an access method; None if it has none (GetDefaultOpClass)."""
    classes = _facts()["opclasses"].get(method, {})
    if name in classes:
        return str(classes[name][0])
    kind = category(name)
    if kind == "A" and "anyarray" in classes:
        return str(classes["anyarray"][0])
    if kind == "R" and "anyrange" in classes:
        return str(classes["anyrange"][0])
    near = [candidate for candidate in classes if binary(name, candidate)]
    best = [candidate for candidate in near if preferred(candidate)] or near
    return str(classes[best[0]][0]) if len(best) == 1 else None


def known_opclasses(method: str) -> frozenset[str]:
    """The built-in operator classes of an access method."""
    return frozenset(_facts()["opclass_names"].get(method, ()))


def opclass_input(method: str, name: str) -> str:
    """The type that a built-in operator class of an access method takes."""
    return str(_facts()["opclass_names"][method][name])


def fixed(name: str) -> bool:
    """Whether values of a built-in type have a fixed length, and so cannot be stored out of line."""
    found = _facts()["types"].get(name)
    return bool(found and found[5] > 0)


def known_methods() -> frozenset[str]:
    """The built-in index access methods."""
    return frozenset(_facts()["opclasses"])
