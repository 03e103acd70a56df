"""Values that travel as the same text: `5` and `"5"` in a path, a query, a header, a form."""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any, Final

from contractcheck.schemas.values import text

MOST: Final = 64
"""Readings of one value that are looked at: they double with each item of a list and each member of an object."""


def readings(value: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    """The value first, then the others that have the texts of it; of a list and an object those of what is in them.

    None at all where they are more than `MOST`: what is said of all of them would not be known of those left out.
    """
    found = list(islice(_read(value), MOST + 1))
    return found if len(found) <= MOST else []


def _read(value: Any) -> Iterator[Any]:  # noqa: ANN401
    if isinstance(value, dict):
        yield from (dict(zip(value, each, strict=True)) for each in product(*map(_few, value.values())))
    elif isinstance(value, list | tuple):
        yield from (list(each) for each in product(*map(_few, value)))
    else:
        yield value
        other = _typed(value) if isinstance(value, str) else text(value)
        if other != value or type(other) is not type(value):
            yield other


def _few(value: Any) -> list[Any]:  # noqa: ANN401
    return list(islice(_read(value), MOST + 1))


def _typed(said: str) -> Any:  # noqa: ANN401
    """The number, boolean or null that a text says; the text itself where it says none."""
    import json

    try:
        typed = json.loads(said)
    except (ValueError, RecursionError):
        return said
    return said if isinstance(typed, list | dict) else typed
