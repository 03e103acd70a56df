"""What to send instead, on a real PostgreSQL: it ends in the schema of the unsafe statement, and nobody waits."""

import subprocess
import threading
import time

import psycopg
import pytest

from benchmarks.ddl_server import installed, running
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.rules import findings
from contractcheck.model.finding import Category, RemedyStep, When
from contractcheck.reports.remedy import alembic, sql
from tests.migrations.trees_in_memory import read

WORLD = """
CREATE TABLE orders (id bigint PRIMARY KEY, note text, qty int);
CREATE TABLE lines (id bigint, order_id bigint, "Odd ""one" text);
CREATE INDEX lines_by_order ON lines (order_id);
CREATE MATERIALIZED VIEW totals AS SELECT id FROM orders;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE TABLE metrics (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE m25 PARTITION OF metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
"""
ROWS = """
INSERT INTO orders SELECT n, 'note', n FROM generate_series(1, 20000) n;
INSERT INTO lines SELECT n, n, 'odd' FROM generate_series(1, 20000) n;
"""
UNSAFE = {
    "CREATE INDEX orders_note ON orders (note)": "index-not-concurrent",
    "CREATE UNIQUE INDEX ON orders (qty)": "index-not-concurrent",
    "DROP INDEX lines_by_order": "index-dropped-not-concurrent",
    "REINDEX TABLE lines": "reindex-not-concurrent",
    "REFRESH MATERIALIZED VIEW totals": "view-refresh-not-concurrent",
    "ALTER TABLE orders ALTER COLUMN note SET NOT NULL": "scan-under-write-lock",
    'ALTER TABLE lines ALTER COLUMN "Odd ""one" SET NOT NULL': "scan-under-write-lock",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (qty > 0)": "scan-under-write-lock",
    "ALTER TABLE lines ADD CONSTRAINT l FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE": (
        "scan-under-write-lock"
    ),
    "ALTER TABLE lines ADD PRIMARY KEY (id)": "scan-under-write-lock",
    "ALTER TABLE orders ADD UNIQUE (qty)": "scan-under-write-lock",
    "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (qty, id) INCLUDE (note) DEFERRABLE INITIALLY DEFERRED": (
        "scan-under-write-lock"
    ),
}


def found(up):
    """The findings about a second migration."""
    tree = read(
        {
            "migrations/000001_a.up.sql": WORLD,
            "migrations/000001_a.down.sql": "SELECT 1;",
            "migrations/000002_b.up.sql": up,
            "migrations/000002_b.down.sql": "SELECT 1;",
        }
    )
    (examined,) = examine(tree, Server(version=16), wanted={"000002_b"})
    return list(findings(examined))


def remedy(up, rule):
    return next(finding.remedy for finding in found(up) if finding.rule == rule)


@pytest.fixture(scope="module")
def server():
    programs = max(installed().items())[1]
    with running(programs) as dsn:
        with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE world")
        with psycopg.connect(f"{dsn} dbname=world", autocommit=True) as connection:
            connection.execute(WORLD)
            connection.execute(ROWS)
        yield programs, dsn


def schema(programs, dsn, database):
    """The schema as pg_dump writes it."""
    host = dsn.split()[0].partition("=")[2]
    command = [programs / "pg_dump", "-h", host, "-U", "postgres", "-s", "--no-owner", database]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line for line in text.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def made(dsn, database):
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE world STRATEGY wal_log")
    return psycopg.connect(f"{dsn} dbname={database}", autocommit=True)


@pytest.mark.parametrize("number", range(len(UNSAFE)), ids=list(UNSAFE))
def test_it_ends_in_the_same_schema_and_nobody_waits(server, number):
    programs, dsn = server
    unsafe, rule = list(UNSAFE.items())[number]
    steps = remedy(unsafe, rule)
    assert steps, "a sequence is proposed"
    with made(dsn, f"unsafe{number}") as connection:
        connection.execute(unsafe)
    waits = []
    with made(dsn, f"safe{number}") as connection:
        done = threading.Event()
        worker = threading.Thread(target=work, args=(f"{dsn} dbname=safe{number}", done, waits))
        worker.start()
        for step in steps:
            connection.execute(step.sql)
        done.set()
        worker.join()
    assert schema(programs, dsn, f"safe{number}") == schema(programs, dsn, f"unsafe{number}")
    assert waits
    assert max(waits) < 2.0  # seconds: the lock budget


def work(dsn, done, waits):
    """Write and read without a pause, and note how long each took."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        number = 1_000_000
        while not done.is_set() or not waits:
            number += 1
            begun = time.monotonic()
            connection.execute("INSERT INTO orders VALUES (%s, 'x', %s)", (number, number))
            connection.execute("INSERT INTO lines VALUES (%s, 1, 'x')", (number,))
            connection.execute("SELECT count(*) FROM orders WHERE id < 3").fetchone()
            waits.append(time.monotonic() - begun)


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_it_has_no_hazard_itself(unsafe):
    """Each step in a migration of its own, as it says, brings no finding about locks."""
    files = {"migrations/000001_a.up.sql": WORLD, "migrations/000001_a.down.sql": "SELECT 1;"}
    number = 1
    for step in remedy(unsafe, UNSAFE[unsafe]):
        if step.when is not When.HERE or number == 1:
            number += 1
        name = f"migrations/{number:06}_s.up.sql"
        files[name] = files.get(name, "") + step.sql + "\n"
        files[f"migrations/{number:06}_s.down.sql"] = "SELECT 1;"
    wanted = {f"{n:06}_s" for n in range(2, number + 1)}
    told = [
        finding.rule
        for examined in examine(read(files), Server(version=16), wanted=wanted)
        for finding in findings(examined)
        if finding.category in {Category.LOCK, Category.REWRITE} and finding.severity.rank < 2
    ]
    # golang-migrate runs a file of one statement without a transaction; a foreign key locks both tables for a moment
    assert set(told) <= {"not-allowed-in-transaction", "lock-on-other-table"}


def test_a_renamed_table_keeps_its_former_name_as_a_view():
    assert remedy("ALTER TABLE lines RENAME TO items", "table-renamed") == (
        RemedyStep("ALTER TABLE lines RENAME TO items;", When.HERE),
        RemedyStep("CREATE VIEW lines AS SELECT * FROM items;", When.HERE),
        RemedyStep("DROP VIEW lines;", When.RELEASE),
    )


@pytest.mark.parametrize(
    ("unsafe", "rule"),
    [
        ("ALTER TABLE orders ADD CHECK (qty > 0)", "scan-under-write-lock"),  # its name is the server's to give
        ("ALTER TABLE orders ALTER qty SET NOT NULL, ALTER note SET NOT NULL", "scan-under-write-lock"),
        ("CREATE INDEX i ON orders (note) -- soon", "index-not-concurrent"),
        ("ALTER TABLE orders ALTER qty TYPE bigint", "rewrite-large-table"),
        # done concurrently it leaves a CHECK behind
        ("ALTER TABLE metrics DETACH PARTITION m25", "partition-detach-not-concurrent"),
    ],
)
def test_nothing_is_proposed_that_is_not_known_to_be_right(unsafe, rule):
    assert remedy(unsafe, rule) == ()


def test_as_text_to_copy():
    steps = (
        RemedyStep("SELECT 1;", When.HERE),
        RemedyStep("SELECT 'a';", When.ALONE),
        RemedyStep("SELECT 3;", When.ALONE),
        RemedyStep("SELECT 4;", When.LATER),
        RemedyStep("SELECT 5;", When.RELEASE),
    )
    assert sql(steps).splitlines() == [
        "SELECT 1;",
        "-- outside of a transaction",
        "SELECT 'a';",
        "SELECT 3;",
        "-- in the next migration",
        "SELECT 4;",
        "-- in a migration of a later release",
        "SELECT 5;",
    ]
    assert alembic(steps).splitlines() == [
        "op.execute('SELECT 1')",
        "with op.get_context().autocommit_block():",
        "    op.execute(\"SELECT 'a'\")",
        "    op.execute('SELECT 3')",
        "# in the next revision",
        "op.execute('SELECT 4')",
        "# in a revision of a later release",
        "op.execute('SELECT 5')",
    ]
