"""Remedies on real servers: they end in the schema of the unsafe statement, and reader and writer hardly wait.

`python -m benchmarks.remedies [ROWS [VERSION ...]]` tries every case on every server that is installed.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import errors

from benchmarks.ddl_server import installed, running
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.postgresql.remedies import transactions
from contractcheck.migrations.recognise import find
from contractcheck.migrations.rules import findings
from contractcheck.migrations.trees import read
from contractcheck.model.finding import Finding, RemedyStep, When
from contractcheck.sources.overlaid import Overlaid

BUDGET = 2.0  # seconds that reader and writer may wait
WORLD = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood2 AS ENUM ('sad', 'ok', 'happy', 'glad');
CREATE TABLE customers (id bigint PRIMARY KEY, email text, mood mood DEFAULT 'ok');
CREATE TABLE orders (
    id bigint PRIMARY KEY, note text, qty int NOT NULL DEFAULT 1, weight real, code varchar(20) UNIQUE, born text,
    customer bigint REFERENCES customers ON DELETE CASCADE, count serial, CONSTRAINT q CHECK (qty >= 0)
);
CREATE INDEX orders_qty ON orders (qty DESC, note) WHERE qty > 5;
CREATE INDEX orders_both ON orders (customer, lower(note));
CREATE TABLE lines (id bigint, order_id bigint, "Odd ""one" text, mood mood);
CREATE INDEX lines_by_order ON lines (order_id);
CREATE TABLE keyed (id serial PRIMARY KEY, what text NOT NULL);
CREATE TABLE proved (id bigint, v text, CONSTRAINT filled CHECK (v IS NOT NULL));
CREATE TABLE gone (id bigint PRIMARY KEY, customer bigint REFERENCES customers, order_id bigint REFERENCES orders);
CREATE MATERIALIZED VIEW totals AS SELECT id FROM orders;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE TABLE metrics (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE m25 PARTITION OF metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE m26 (id bigint NOT NULL, at date NOT NULL);
CREATE TABLE events (id bigint NOT NULL, region text NOT NULL) PARTITION BY LIST (region);
CREATE TABLE events_eu PARTITION OF events FOR VALUES IN ('eu');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
"""
ROWS = """
INSERT INTO customers SELECT n, 'mail' || n, 'sad' FROM generate_series(1, %(rows)s) n;
INSERT INTO orders SELECT n, 'note', n, n, n::text, n::text, n FROM generate_series(1, %(rows)s) n;
INSERT INTO lines SELECT n, n, 'odd', 'happy' FROM generate_series(1, %(rows)s) n;
INSERT INTO keyed (what) SELECT 'what' FROM generate_series(1, %(rows)s) n;
INSERT INTO proved SELECT n, 'v' FROM generate_series(1, %(rows)s) n;
INSERT INTO gone SELECT n, n, n FROM generate_series(1, %(rows)s) n;
INSERT INTO metrics SELECT n, '2025-05-05' FROM generate_series(1, %(rows)s) n;
INSERT INTO m26 SELECT n, '2026-05-05' FROM generate_series(1, %(rows)s) n;
INSERT INTO events SELECT n, 'eu' FROM generate_series(1, %(rows)s) n;
INSERT INTO events SELECT n, 'us' FROM generate_series(1, %(rows)s) n;
"""
UNSAFE: tuple[tuple[str, str], ...] = (
    ("index-not-concurrent", "CREATE INDEX orders_note ON orders (note)"),
    ("index-not-concurrent", "CREATE UNIQUE INDEX ON orders (weight)"),
    ("index-not-concurrent", "CREATE INDEX i ON orders (note) -- soon"),
    ("index-not-concurrent", "CREATE INDEX metrics_id ON metrics (id)"),
    ("index-not-concurrent", "CREATE INDEX ON events (region, id)"),
    ("index-left-invalid", "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note)"),
    ("index-dropped-not-concurrent", "DROP INDEX lines_by_order"),
    ("reindex-not-concurrent", "REINDEX TABLE lines"),
    ("reindex-not-concurrent", "REINDEX INDEX lines_by_order"),
    ("view-refresh-not-concurrent", "REFRESH MATERIALIZED VIEW totals"),
    ("scan-under-write-lock", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL"),
    ("scan-under-write-lock", 'ALTER TABLE lines ALTER COLUMN "Odd ""one" SET NOT NULL'),
    ("scan-under-write-lock", "ALTER TABLE orders ALTER note SET NOT NULL, ALTER born SET NOT NULL"),
    ("scan-under-write-lock", "ALTER TABLE orders ADD CONSTRAINT positive CHECK (qty > 0)"),
    ("scan-under-write-lock", "ALTER TABLE orders ADD CHECK (weight > 0)"),
    ("scan-under-write-lock", "ALTER TABLE orders ADD CHECK (weight > 0 AND note <> '')"),
    (
        "scan-under-write-lock",
        "ALTER TABLE lines ADD CONSTRAINT l FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE",
    ),
    ("scan-under-write-lock", "ALTER TABLE lines ADD FOREIGN KEY (order_id) REFERENCES orders"),
    ("scan-under-write-lock", "ALTER TABLE lines ADD PRIMARY KEY (id)"),
    ("scan-under-write-lock", "ALTER TABLE orders ADD UNIQUE (weight)"),
    (
        "scan-under-write-lock",
        "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (weight, id) INCLUDE (note) DEFERRABLE INITIALLY DEFERRED",
    ),
    ("scan-under-write-lock", "ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0), ADD COLUMN more int DEFAULT 3"),
    ("lock-on-other-table", "ALTER TABLE orders ADD COLUMN more bigint REFERENCES customers"),
    ("scan-under-write-lock", "ALTER TABLE orders ADD COLUMN more int NOT NULL DEFAULT 3 CHECK (more > 1)"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER qty TYPE bigint"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER weight TYPE numeric(12,2)"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER born TYPE int USING born::int"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER weight TYPE numeric USING weight + qty"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER code TYPE bigint USING code::bigint"),
    ("rewrite-large-table", "ALTER TABLE orders ALTER count TYPE bigint"),
    ("rewrite-large-table", "ALTER TABLE keyed ALTER id TYPE bigint"),
    ("rewrite-large-table", "ALTER TABLE lines ALTER mood TYPE mood2 USING mood::text::mood2"),
    ("rewrite-large-table", "ALTER TABLE orders ADD COLUMN at timestamptz DEFAULT clock_timestamp()"),
    ("rewrite-large-table", "ALTER TABLE orders ADD COLUMN r float NOT NULL DEFAULT random()"),
    ("rewrite-large-table", "ALTER TABLE lines ADD COLUMN number bigserial"),
    ("rewrite-large-table", "ALTER TABLE lines ADD COLUMN number serial PRIMARY KEY"),
    ("rewrite-large-table", "ALTER TABLE lines ADD COLUMN key uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE"),
    ("rewrite-large-table", "VACUUM FULL lines"),
    ("rewrite-large-table", "CLUSTER lines USING lines_by_order"),
    ("partition-scanned", "ALTER TABLE metrics ATTACH PARTITION m26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"),
    ("partition-scanned", "CREATE TABLE events_asia PARTITION OF events FOR VALUES IN ('asia', 'oceania')"),
    ("partition-detach-not-concurrent", "ALTER TABLE metrics DETACH PARTITION m25"),
    ("rows-changed-at-once", "UPDATE orders SET note = 'new ' || born"),
    ("backfill-in-schema-migration", "LOCK TABLE orders; UPDATE orders SET note = 'new' WHERE note = 'note'"),
    ("not-null-proof-dropped", "ALTER TABLE proved ALTER v SET NOT NULL, DROP CONSTRAINT filled"),
    ("not-allowed-in-transaction", "SELECT 1; DROP INDEX CONCURRENTLY lines_by_order"),
    (
        "validate-in-same-transaction",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c",
    ),
    ("lock-on-other-table", "ALTER TABLE lines ADD FOREIGN KEY (order_id) REFERENCES orders"),
    ("lock-without-timeout", "ALTER TABLE orders ADD COLUMN more int"),
    ("column-removed", "ALTER TABLE orders DROP COLUMN qty"),
    ("column-removed", "ALTER TABLE keyed DROP COLUMN what"),
    ("data-lost-on-upgrade", "ALTER TABLE orders DROP COLUMN note"),
    ("data-lost-on-upgrade", "DROP TABLE gone"),
    ("table-removed", "DROP TABLE gone"),
    ("column-renamed", "ALTER TABLE orders RENAME COLUMN qty TO amount"),
    ("column-renamed", "ALTER TABLE keyed RENAME COLUMN id TO number"),
    ("column-renamed", "ALTER TABLE orders RENAME COLUMN customer TO client"),
    ("column-required", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL"),
    ("column-required", "ALTER TABLE gone ADD COLUMN more int NOT NULL"),
    ("column-type-changed", "ALTER TABLE orders ALTER born TYPE int USING born::int"),
    ("writes-refused", "ALTER TABLE orders ADD CONSTRAINT positive CHECK (qty > 0)"),
    ("writes-refused", "ALTER TABLE orders ADD UNIQUE (weight)"),
    ("writes-refused", "CREATE UNIQUE INDEX w ON orders (weight)"),
    ("default-changed", "ALTER TABLE orders ALTER qty SET DEFAULT 2"),
    ("table-renamed", "ALTER TABLE lines RENAME TO items"),
    ("enum-value-renamed", "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """One remedy on one server: whether it was proposed, how the dumps differ, the longest waits, what others met."""

    rule: str
    unsafe: str
    steps: int
    differences: tuple[str, ...]
    waited: float
    waited_unsafe: float | None
    failures: tuple[str, ...]
    again: int = 0

    @property
    def good(self) -> bool:
        """Whether it does what it says."""
        return bool(self.steps) and not self.differences and not self.failures and self.waited < BUDGET


class _Nothing:
    label = "memory"

    def entries(self) -> dict[str, Any]:
        return {}

    def read(self, path: str) -> bytes:
        raise KeyError(path)


def examined(files: dict[str, str], wanted: set[str], version: int) -> tuple[Examined, ...]:
    """Some migrations of a tree in memory."""
    snapshot = Overlaid(_Nothing(), {path: text.encode() for path, text in files.items()})
    (location,), _ = find(snapshot)
    return examine(read(snapshot, location), Server(version=version), wanted=wanted)


def told(up: str, version: int) -> list[Finding]:
    """The findings about a second migration on the world."""
    files = {
        "migrations/000001_a.up.sql": WORLD,
        "migrations/000001_a.down.sql": "SELECT 1;",
        "migrations/000002_b.up.sql": up,
        "migrations/000002_b.down.sql": "SELECT 1;",
    }
    (one,) = examined(files, {"000002_b"}, version)
    return list(findings(one, ("lock-without-timeout",)))


def remedy(rule: str, up: str, version: int) -> tuple[RemedyStep, ...]:
    """What the rule proposes for the statement."""
    return next((finding.remedy for finding in told(up, version) if finding.rule == rule), ())


def world(dsn: str, rows: int) -> None:
    """Make and fill the world, as a template."""
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE world")
    with psycopg.connect(f"{dsn} dbname=world", autocommit=True) as connection:
        connection.execute(WORLD)
        connection.execute((ROWS % {"rows": rows}).encode())
        connection.execute("VACUUM ANALYZE")


@contextmanager
def copied(dsn: str, name: str) -> Iterator[str]:
    """A copy of the world, for as long as it is needed."""
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE world STRATEGY wal_log".encode())
        try:
            yield f"{dsn} dbname={name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


class Others:
    """A reader and a writer of the release that runs: how long they wait, and what they meet.

    Once a later release has begun they may meet that a column, a table or a rule is not what they knew.
    """

    READS = (
        "SELECT count(*) FROM orders WHERE id < 3",
        "SELECT count(*) FROM lines WHERE order_id = 3",
        "SELECT what FROM keyed WHERE id = 3",
        "SELECT count(*) FROM metrics WHERE at = '2025-01-01'",
        "SELECT count(*) FROM events WHERE region = 'xx'",
        "SELECT count(*) FROM totals WHERE id = 2",
        "SELECT qty, note FROM orders WHERE id = 5",
    )
    WRITES = (
        "INSERT INTO orders (id, note, qty, weight, code, born) VALUES (%(n)s, 'x', 3, %(n)s, '%(n)s', '%(n)s')",
        "UPDATE orders SET qty = qty + 1 WHERE id = %(low)s",
        "INSERT INTO lines VALUES (%(n)s, 1, 'x', 'sad')",
        "INSERT INTO keyed (what) VALUES ('x')",
        "INSERT INTO proved VALUES (%(n)s, 'x')",
        "INSERT INTO gone VALUES (%(n)s, 1, 1)",
        "INSERT INTO customers VALUES (%(n)s, 'x')",
        "INSERT INTO metrics VALUES (%(n)s, '2025-06-06')",
        "INSERT INTO events VALUES (%(n)s, 'eu')",
    )
    EXPECTED = (errors.UndefinedColumn, errors.UndefinedTable, errors.CheckViolation, errors.NotNullViolation)

    def __init__(self, dsn: str) -> None:
        self.waited = 0.0
        self.failures: list[str] = []
        self.released = False
        self._done = threading.Event()
        self._rounds = [0, 0]
        self._threads = [
            threading.Thread(target=self._work, args=(dsn, number, each))
            for number, each in enumerate((self.READS, self.WRITES))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        while min(self._rounds) == 0:
            time.sleep(0.005)
        self.waited = 0.0
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _work(self, dsn: str, mine: int, statements: Sequence[str]) -> None:
        number = 10_000_000
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
            while not self._done.is_set():
                for statement in statements:
                    number += 1
                    begun = time.monotonic()
                    try:
                        connection.execute((statement % {"n": number, "low": number % 1000}).encode())
                    except self.EXPECTED as error:
                        if not self.released and "no partition of relation" not in str(error):
                            self.failures.append(str(error).partition("\n")[0])
                    except psycopg.Error as error:
                        self.failures.append(str(error).partition("\n")[0])
                    self.waited = max(self.waited, time.monotonic() - begun)
                self._rounds[mine] += 1


def tried(programs: Path, dsn: str, number: int, version: int, *, compare: bool = False) -> Tried:
    """Run one case: the unsafe statement on a copy, the remedy on another while others work."""
    rule, unsafe = UNSAFE[number]
    steps = remedy(rule, unsafe, version)
    before, statement = _alone(unsafe)
    waited_unsafe = None
    with copied(dsn, f"unsafe{number}") as one, psycopg.connect(one, autocommit=True) as connection:
        others = Others(one) if compare else None
        if others is not None:
            with others:
                others.released = True
                connection.execute(statement.encode())
            waited_unsafe = others.waited
        else:
            if rule == "column-required":
                connection.execute(b"TRUNCATE gone")
            for text in (*before, statement):
                connection.execute(text.encode())
        wanted = dump(programs, one)
    with copied(dsn, f"safe{number}") as other, psycopg.connect(other, autocommit=True) as connection:
        for text in before if rule == "validate-in-same-transaction" else ():
            connection.execute(text.encode())
        again = 0
        with Others(other) as others:
            for group in transactions(steps):
                if group[0].when in {When.RELEASE, When.RELEASE_ALONE}:
                    others.released = True
                again += _run(connection, group)
                if "filled" in group[0].note:
                    connection.execute(b"UPDATE gone SET more = 1")
                time.sleep(0.02)
            others.released = True
        found = dump(programs, other)
    differences = tuple(sorted(_differences(wanted, found, steps)))
    return Tried(
        rule,
        unsafe,
        len(steps),
        differences,
        others.waited,
        waited_unsafe,
        tuple(dict.fromkeys(others.failures)),
        again,
    )


def _run(connection: psycopg.Connection[Any], group: Sequence[RemedyStep]) -> int:
    """One transaction of a remedy as it is to be run: it waits for its locks for less than a deadlock takes to be seen.

    How many attempts it took beyond the first.
    """
    if group[0].when in {When.ALONE, When.RELEASE_ALONE}:
        connection.execute(group[0].sql.encode())
        return 0
    for attempt in range(50):
        try:
            with connection.transaction():
                connection.execute(b"SET LOCAL lock_timeout = '300ms'")
                for step in group:
                    connection.execute(step.sql.encode())
        except errors.LockNotAvailable:
            time.sleep(0.01)
        else:
            return attempt
    raise RuntimeError(f"never got its locks: {group[0].sql}")


def _alone(unsafe: str) -> tuple[list[str], str]:
    """The statements before the one that the finding is about, and that one."""
    *before, last = unsafe.split("; ")
    return [text for text in before if not text.startswith("LOCK")], last


def dump(programs: Path, dsn: str) -> list[str]:
    """The schema as pg_dump writes it."""
    parts = dict(part.split("=", 1) for part in dsn.split())
    command = [programs / "pg_dump", "-h", parts["host"], "-U", "postgres", "-s", "--no-owner", parts["dbname"]]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line for line in text.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def _differences(wanted: list[str], found: list[str], steps: Sequence[RemedyStep]) -> set[str]:
    """The lines of one dump only; the order of columns, and values that stay, where the remedy says so."""
    if any("is the last column" in step.note for step in steps):
        sides = [sorted(line.rstrip(",") for line in side) for side in (wanted, found)]
        wanted, found = sides
    unused = [note[1] for step in steps for note in [re.search(r"; (\S+) stays in the type", step.note) or ("", "")]]
    drop = {f"    '{name}'," for name in unused if name}
    wanted, found = ([line for line in side if line not in drop] for side in (wanted, found))
    wanted, found = (sorted(side) if any(unused) else side for side in (wanted, found))
    if wanted == found:
        return set()
    return {f"- {line}" for line in {*wanted} - {*found}} | {f"+ {line}" for line in {*found} - {*wanted}} or {"order"}


def main(rows: int, versions: Sequence[int]) -> None:
    """Every case on every server; the longest waits beside those of the unsafe statements."""
    for version, programs in sorted(installed().items()):
        if version not in versions:
            continue
        with running(programs) as dsn:
            world(dsn, rows)
            results = [tried(programs, dsn, number, version) for number in range(len(UNSAFE))]
        for each in results:
            if not each.good:
                print(f"{version} {each.rule}: {each.unsafe}: {each.steps} steps, waited {each.waited:.2f} s")
                for line in (*each.differences[:6], *each.failures[:3]):
                    print(f"    {line}")
        good = sum(each.good for each in results)
        again = sum(each.again for each in results)
        longest = max(each.waited for each in results)
        print(
            f"PostgreSQL {version}: {good} of {len(results)} hold; {rows} rows a table; "
            f"longest wait {longest:.3f} s; {again} attempts repeated"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, [int(each) for each in sys.argv[2:]] or [*installed()])
