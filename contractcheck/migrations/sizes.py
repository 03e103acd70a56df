"""How large tables are, how long work on them takes, and how long others may be kept waiting."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from contractcheck.errors import UnreadableError
from contractcheck.model.quantity import amount

FORMAT = "contractcheck-stats/1"
ROW = 100  # bytes of a row where a file says only how many there are
LARGE = 100_000_000
BUDGET = 2.0


class Work(StrEnum):
    """What is done to a whole table."""

    SCAN = "scan"  # read
    REWRITE = "rewrite"  # written anew, row by row, with its indexes
    INDEX = "index"  # read and sorted into an index


class Size(Struct, frozen=True):
    """One table: how many rows, how many bytes with what is stored out of line, bytes of its indexes, rates a second.

    What is None is not known.
    """

    rows: int | None = None
    bytes: int | None = None
    index_bytes: int | None = None
    reads_per_second: float | None = None
    writes_per_second: float | None = None

    @property
    def volume(self) -> int | None:
        """The bytes of the table; by the number of rows where only that is known."""
        if self.bytes is not None:
            return self.bytes
        return None if self.rows is None else self.rows * ROW


class Rates(Struct, frozen=True):
    """Bytes of a table that a server gets through in a second; the defaults are those of a plain cloud disk."""

    scan: float = 1e9
    rewrite: float = 160e6
    index: float = 200e6


class Limit(Struct, frozen=True):
    """What is said of one table: from which size on it is large, and how long others may wait for it (seconds)."""

    large: int | None = None
    budget: float | None = None


class Sizes(Struct, frozen=True):
    """All that is known of the size of tables, by name without `public.`; a table that is not listed is unknown."""

    tables: Mapping[str, Size] = field(default_factory=dict)
    rates: Rates = Rates()
    large: int = LARGE
    budget: float = BUDGET
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def volume(self, table: str) -> int | None:
        """The bytes of a table; None if they are not known."""
        size = self.tables.get(table)
        return None if size is None else size.volume

    def small(self, table: str) -> bool:
        """Whether a table is known to be below the size from which on it counts as large."""
        volume, limit = self.volume(table), self.limits.get(table, Limit())
        return volume is not None and volume < (self.large if limit.large is None else limit.large)

    def allowed(self, table: str) -> float:
        """How many seconds others may wait for a table."""
        limit = self.limits.get(table, Limit())
        return self.budget if limit.budget is None else limit.budget

    def seconds(self, table: str, work: Work) -> float | None:
        """How long work on the whole of a table takes; None if its size is not known."""
        volume = self.volume(table)
        if volume is None:
            return None
        match work:
            case Work.SCAN:
                return volume / self.rates.scan
            case Work.INDEX:
                return volume / self.rates.index
            case Work.REWRITE:
                indexes = self.tables[table].index_bytes or 0
                return volume / self.rates.rewrite + indexes / self.rates.index


def stats(data: bytes, name: str) -> dict[str, Size]:
    """The sizes of a stats file (docs/stats.md), by the name of the table without `public.`.

    Raises UnreadableError for what is no such file, with the table and the key.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}", where=name, next_step="see docs/stats.md") from None
    tables = document.get("tables") if isinstance(document, dict) else None
    if not isinstance(tables, dict) or document.get("stats", FORMAT) != FORMAT:
        why = f'no stats: an object with "stats": "{FORMAT}" and "tables" is expected'
        raise UnreadableError(why, where=name, next_step="see docs/stats.md, or write it with contractcheck stats")
    return {_table(table): _size(table, said, name) for table, said in tables.items()}


def schema() -> dict[str, Any]:
    """The JSON Schema of a stats file, as shipped."""
    text = Path(__file__).with_name("stats.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _table(name: str) -> str:
    return name.removeprefix("public.")


def _size(table: str, said: object, name: str) -> Size:
    known = Size.__struct_fields__
    if not isinstance(said, dict):
        raise UnreadableError("an object is expected", where=f"{name}: tables.{table}", next_step="see docs/stats.md")
    found: dict[str, Any] = {}
    for key, value in said.items():
        where = f"{name}: tables.{table}.{key}"
        if key not in known:
            raise UnreadableError("unknown key", where=where, next_step=f"known: {', '.join(known)}")
        number = amount(value) if isinstance(value, str) and key.endswith("bytes") else value
        if value is not None and (not isinstance(number, int | float) or isinstance(number, bool) or number < 0):
            raise UnreadableError("a number from 0 on is expected", where=where, next_step="see docs/stats.md")
        if number is not None:
            found[key] = float(number) if key.endswith("second") else int(number)
    return Size(**found)
