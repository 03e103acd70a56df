"""What a team says of its tables: their size, from when on one is large, how long others may wait for it."""

from collections.abc import Mapping
from typing import cast

from msgspec import Struct, field

from contractcheck.model.quantity import amount, duration


class TableLimits(Struct, frozen=True):
    """What is said of one table (bytes, rows, bytes, seconds); what is None was not said."""

    size: int | None = None
    rows: int | None = None
    large: int | None = None
    lock_budget: float | None = None


class Limits(Struct, frozen=True):
    """What is said of all tables, and of single ones by name without `public.`; what is None was not said.

    `stats` is the path of a stats file from the root, `rates` are bytes a second by kind of work.
    """

    stats: str | None = None
    large: int | None = None
    lock_budget: float | None = None
    rates: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, TableLimits] = field(default_factory=dict)


def limits(table: Mapping[str, object]) -> Limits:
    """The limits in the table `migrations` of a configuration that passed its schema."""
    rates = cast("Mapping[str, str]", table.get("rates", {}))
    tables = cast("Mapping[str, Mapping[str, object]]", table.get("tables", {}))
    stats = table.get("stats")
    return Limits(
        stats=None if stats is None else str(stats),
        large=_bytes(table.get("large")),
        lock_budget=_seconds(table.get("lock-budget")),
        rates={kind: amount(rate.removesuffix("/s")) or 1 for kind, rate in rates.items()},
        tables={name.removeprefix("public."): _limits(said) for name, said in tables.items()},
    )


def _limits(said: Mapping[str, object]) -> TableLimits:
    rows = said.get("rows")
    return TableLimits(
        size=_bytes(said.get("size")),
        rows=rows if isinstance(rows, int) else None,
        large=_bytes(said.get("large")),
        lock_budget=_seconds(said.get("lock-budget")),
    )


def _bytes(value: object) -> int | None:
    return None if value is None else amount(str(value))


def _seconds(value: object) -> float | None:
    return None if value is None else duration(str(value))
