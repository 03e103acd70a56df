"""Read from a running PostgreSQL how large its tables are and how busy; nothing is written to it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from contractcheck.errors import UndecidableError, UsageError
from contractcheck.migrations.sizes import FORMAT

if TYPE_CHECKING:
    import psycopg

# Sizes are read as pg_table_size and pg_indexes_size give them (manual, "Database Object Size Functions"); rows are the
# planner's estimate, -1 where a table was never analysed. Counters run since `stats_reset`; without it nobody knows.
_TABLES = """
SELECT n.nspname, c.relname, c.oid::bigint, c.relkind::text, c.reltuples::float8, c.relpages,
       pg_catalog.pg_table_size(c.oid), pg_catalog.pg_indexes_size(c.oid),
       s.seq_scan, s.idx_scan, s.n_tup_ins + s.n_tup_upd + s.n_tup_del,
       ARRAY(SELECT i.inhparent::bigint FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY n.nspname, c.relname
"""
_SINCE = """
SELECT EXTRACT(EPOCH FROM pg_catalog.now() - d.stats_reset)::float8, pg_catalog.current_setting('server_version')
FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()
"""
_WAIT = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Measured(Struct, frozen=True):
    """One relation as the server tells of it; `parents` are what it is a partition or child of."""

    name: str
    number: int
    partitioned: bool
    rows: int | None
    bytes: int
    index_bytes: int
    reads: int
    writes: int
    parents: tuple[int, ...]


def stats(dsn: str) -> str:
    """The stats file (docs/stats.md) of the database that a DSN of libpq names, with a final newline.

    Raises UsageError without psycopg or for what is no DSN, UndecidableError where the database cannot be read.
    """
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "psycopg is not installed, and without it no database is reached",
            next_step="pip install 'contractcheck[postgresql]'",
        ) from None
    _known(dsn)
    try:
        with psycopg.connect(dsn, connect_timeout=10, application_name="contractcheck stats") as connection:
            connection.read_only = True
            return _document(connection)
    except psycopg.Error as error:
        why = " ".join(str(error).split())
        raise UndecidableError(
            f"the database cannot be read: {why}", where="--dsn", next_step="check address, user and password"
        ) from None


def _known(dsn: str) -> None:
    """Refuse what is no DSN, without a word of it: it may hold a password."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    scheme, found, _ = dsn.partition("://")
    if found and scheme not in {"postgresql", "postgres"}:
        raise UsageError("only PostgreSQL is read", where="--dsn", next_step="postgresql://user@host/database")
    try:
        conninfo_to_dict(dsn)
    except ProgrammingError:
        raise UsageError("not a DSN of libpq", where="--dsn", next_step="postgresql://user@host/database") from None


def _document(connection: "psycopg.Connection[Any]") -> str:
    connection.execute(_WAIT)
    since = connection.execute(_SINCE).fetchone()
    seconds, version = since if since is not None else (None, "")
    measured = [_measured(row) for row in connection.execute(_TABLES)]
    return render(measured, seconds, f"PostgreSQL {version.split()[0]}")


def _measured(row: Sequence[Any]) -> Measured:
    schema, name, number, kind, rows, pages, size, indexes, scans, index_scans, writes, parents = row
    # 0 rows in 0 pages is an empty table or one that nobody has looked at yet: its size tells which.
    unknown = rows < 0 or (rows == 0 and pages == 0 and size > 0)
    return Measured(
        name if schema == "public" else f"{schema}.{name}",
        number,
        kind == "p",
        None if unknown else round(rows),
        size,
        indexes,
        (scans or 0) + (index_scans or 0),
        writes or 0,
        tuple(parents),
    )


def render(measured: Iterable[Measured], seconds: float | None, server: str) -> str:
    """The stats file of what was measured; `seconds` is how long the counters have run, None if nobody knows.

    A partitioned table has no rows of its own: it gets the sums of what is below it.
    """
    every = {each.number: each for each in measured}
    below: dict[int, list[Measured]] = {}
    for each in every.values():
        for parent in each.parents:
            below.setdefault(parent, []).append(each)
    tables = {each.name: _table(_family(each, below), seconds) for each in every.values()}
    document = {"stats": FORMAT, "server": server, "tables": dict(sorted(tables.items()))}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _family(root: Measured, below: Mapping[int, Sequence[Measured]]) -> list[Measured]:
    """The tables whose rows a statement on this one works on: itself, or the leaves of a partitioned one."""
    if not root.partitioned:
        return [root]
    found, queue = [], list(below.get(root.number, ()))
    while queue:
        each = queue.pop()
        if each.partitioned:
            queue += below.get(each.number, ())
        else:
            found.append(each)
    return found


def _table(family: Sequence[Measured], seconds: float | None) -> dict[str, object]:
    rows = [each.rows for each in family]
    known = [number for number in rows if number is not None]
    form: dict[str, object] = {
        "rows": sum(known) if len(known) == len(rows) else None,
        "bytes": sum(each.bytes for each in family),
        "index_bytes": sum(each.index_bytes for each in family),
    }
    if seconds is not None and seconds > 0:
        form["reads_per_second"] = round(sum(each.reads for each in family) / seconds, 3)
        form["writes_per_second"] = round(sum(each.writes for each in family) / seconds, 3)
    return {key: value for key, value in form.items() if value is not None}
