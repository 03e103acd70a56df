"""Bytes and seconds as people write them, and in words."""

import re

_UNITS = {"": 1, "b": 1}
_UNITS |= {f"{p}b": 1000**n for n, p in enumerate("kmgt", 1)} | {f"{p}ib": 1024**n for n, p in enumerate("kmgt", 1)}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_QUANTITY = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?(?:e\d+)?)\s*(?P<unit>[a-zA-Z]*)\s*")


def amount(text: str) -> int | None:
    """The bytes that `38 GB` or `512 MiB` means; None if it means none."""
    found = _QUANTITY.fullmatch(text)
    unit = _UNITS.get(found["unit"].lower()) if found is not None else None
    return None if found is None or unit is None else round(float(found["number"]) * unit)


def duration(text: str) -> float | None:
    """The seconds that `2 s`, `500 ms` or `1 min` means; None if it means none."""
    found = _QUANTITY.fullmatch(text)
    unit = _SECONDS.get(found["unit"].lower()) if found is not None else None
    return None if found is None or unit is None else float(found["number"]) * unit


def bulk(number: float) -> str:
    """Bytes in words: `38 GB`, `1.5 MB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 999.5:
            return f"{_short(number)} {unit}"
        number /= 1000
    return f"{_short(number)} TB"


def span(seconds: float) -> str:
    """Seconds in words: `40 s`, `4 min`, `0.3 s`, `12 ms`."""
    if seconds < 0.0995:
        return f"{max(round(seconds * 1000), 1)} ms"
    if seconds < 99.5:
        return f"{_short(seconds)} s"
    if seconds < 5970:
        return f"{_short(seconds / 60)} min"
    return f"{_short(seconds / 3600)} h"


def _short(number: float) -> str:
    """Two figures at least, and no `.0`."""
    return f"{number:.1f}".removesuffix(".0") if number < 9.95 else f"{number:.0f}"
