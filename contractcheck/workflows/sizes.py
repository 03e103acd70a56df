"""What is known of the size of tables: a stats file, and what the configuration says of single ones."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from contractcheck.errors import ConfigurationError, UnreadableError
from contractcheck.migrations.sizes import Limit, Rates, Size, Sizes, stats
from contractcheck.policy.configuration import Configuration
from contractcheck.policy.limits import TableLimits

MOST = 64_000_000  # bytes of a stats file: about 400,000 tables


def sizes(configuration: Configuration, given: Path | None, read: Callable[[str], bytes | None]) -> Sizes:
    """The sizes a run works with: of the file given on the command line, else of the one that is configured.

    `read` gives the bytes of a file by its path from the root. What the configuration says of a table goes before the
    file. Raises UnreadableError for a file that is missing or no stats, ConfigurationError for a path outside the root.
    """
    limits = configuration.limits
    tables: dict[str, Size] = {}
    if given is not None:
        tables = stats(_content(given), str(given))
    elif limits.stats is not None:
        path = PurePosixPath(limits.stats)
        where = configuration.file or "configuration"
        if path.is_absolute() or ".." in path.parts:
            raise ConfigurationError(
                f"migrations.stats: {limits.stats} is outside of the repository",
                where=where,
                next_step="name a file in it",
            )
        data = read(limits.stats)
        if data is None:
            raise UnreadableError(
                "no such file", where=limits.stats, next_step=f"write it with contractcheck stats, or mend {where}"
            )
        tables = stats(data, limits.stats)
    for name, said in limits.tables.items():
        tables[name] = _over(tables.get(name, Size()), said)
    found = Sizes(
        tables=tables,
        rates=replace(Rates(), **{kind: float(rate) for kind, rate in limits.rates.items()}),
        limits={name: Limit(said.large, said.lock_budget) for name, said in limits.tables.items()},
    )
    found = found if limits.large is None else replace(found, large=limits.large)
    return found if limits.lock_budget is None else replace(found, budget=limits.lock_budget)


def _over(size: Size, said: TableLimits) -> Size:
    """A size with what the configuration says of it; rows alone do not stand against measured bytes."""
    if said.size is not None:
        size = replace(size, bytes=said.size)
    return size if said.rows is None else replace(size, rows=said.rows)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST:
            raise UnreadableError(f"more than {MOST} bytes", where=str(path), next_step="see docs/stats.md")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror}", where=str(path), next_step="write it with contractcheck stats"
        ) from None
