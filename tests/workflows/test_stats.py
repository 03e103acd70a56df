"""Sizes of a real PostgreSQL are read without a write, and every way that this fails is said."""

import json
import sys

import jsonschema
import psycopg
import pytest

from benchmarks.ddl_server import installed, running
from contractcheck.errors import ConfigurationError, UndecidableError, UnreadableError, UsageError
from contractcheck.migrations import sizes as known
from contractcheck.migrations.sizes import Limit, Size
from contractcheck.policy.configuration import configuration
from contractcheck.workflows.sizes import sizes
from contractcheck.workflows.stats import Measured, render, stats
from tests.cli.running import run


@pytest.fixture(scope="module")
def database():
    programs = max(installed().items())[1]
    with running(programs) as dsn:
        with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
            for statement in (
                "CREATE TABLE orders (id int PRIMARY KEY, note text)",
                "INSERT INTO orders SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n",
                "CREATE SCHEMA audit",
                "CREATE TABLE audit.log (day date, line text) PARTITION BY RANGE (day)",
                "CREATE TABLE audit.log_old PARTITION OF audit.log FOR VALUES FROM (MINVALUE) TO ('2020-01-01')",
                "CREATE TABLE audit.log_new PARTITION OF audit.log DEFAULT PARTITION BY RANGE (day)",
                "CREATE TABLE audit.log_newest PARTITION OF audit.log_new DEFAULT",
                "INSERT INTO audit.log VALUES ('2010-01-01', 'a'), ('2030-01-01', 'b')",
                "CREATE TABLE fresh (id int)",
                "CREATE VIEW seen AS SELECT id FROM orders",
                "ANALYZE orders, audit.log_old, audit.log_newest",
            ):
                connection.execute(statement)
        yield dsn


def test_the_tables_of_a_database(database):
    text = stats(f"{database} dbname=postgres")
    document = json.loads(text)
    jsonschema.Draft202012Validator(known.schema()).validate(document)
    tables = document["tables"]
    assert list(tables) == ["audit.log", "audit.log_new", "audit.log_newest", "audit.log_old", "fresh", "orders"]
    assert {name: table.get("rows") for name, table in tables.items()} == {
        "audit.log": 2,
        "audit.log_new": 1,
        "audit.log_newest": 1,
        "audit.log_old": 1,
        "fresh": None,
        "orders": 1000,
    }
    assert tables["orders"]["bytes"] > 100_000
    assert tables["orders"]["index_bytes"] > 0
    assert tables["audit.log"]["bytes"] == tables["audit.log_old"]["bytes"] + tables["audit.log_newest"]["bytes"]
    assert tables["fresh"]["bytes"] == 0
    assert document["server"].startswith("PostgreSQL 1")
    assert known.stats(text.encode(), "s.json")["orders"].rows == 1000


def test_the_command_writes_a_file(database, monkeypatch, capsys, tmp_path):
    ran = run(monkeypatch, capsys, tmp_path, "stats", "--dsn", f"{database} dbname=postgres", "--output", "s.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert json.loads((tmp_path / "s.json").read_text())["tables"]["orders"]["rows"] == 1000
    (tmp_path / "1_a.up.sql").write_text("CREATE TABLE orders (id int);")
    (tmp_path / "2_b.up.sql").write_text("CREATE INDEX i ON orders (id);")
    ran = run(monkeypatch, capsys, tmp_path, "lint", ".", "--stats", "s.json", "--format", "json")
    (finding,) = [each for each in json.loads(ran.out)["findings"] if each["rule"] == "index-not-concurrent"]
    assert finding["severity"] == "info"
    ran = run(monkeypatch, capsys, tmp_path, "stats", "--dsn", f"{database} dbname=postgres", "--output", "no/s.json")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "contractcheck: no/s.json: cannot write: No such file or directory",
    )
    ran = run(monkeypatch, capsys, tmp_path, "stats", "--dsn", f"{database} dbname=postgres")
    assert json.loads(ran.out)["stats"] == "contractcheck-stats/1"


def test_nothing_is_written(database):
    with psycopg.connect(f"{database} dbname=postgres") as connection:
        before = connection.execute("SELECT xmin::text FROM pg_class ORDER BY oid").fetchall()
    stats(f"{database} dbname=postgres")
    with psycopg.connect(f"{database} dbname=postgres") as connection:
        assert connection.execute("SELECT xmin::text FROM pg_class ORDER BY oid").fetchall() == before


@pytest.mark.parametrize(
    ("dsn", "error", "message"),
    [
        ("mysql://u:secret@h/d", UsageError, "--dsn: only PostgreSQL is read; postgresql://user@host/database"),
        ("postgresql://u:sec ret@[h/d", UsageError, "--dsn: not a DSN of libpq; postgresql://user@host/database"),
    ],
)
def test_what_is_no_dsn_is_not_repeated(dsn, error, message):
    with pytest.raises(error) as raised:
        stats(dsn)
    assert str(raised.value) == message


def test_a_database_that_is_not_there(database):
    with pytest.raises(UndecidableError) as raised:
        stats(f"{database} dbname=nothing password=secret")
    assert 'database "nothing" does not exist' in str(raised.value)
    assert "secret" not in str(raised.value)


def test_without_the_driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError) as raised:
        stats("postgresql://h/d")
    assert (
        str(raised.value)
        == "psycopg is not installed, and without it no database is reached; pip install 'contractcheck[postgresql]'"
    )


def test_rates_need_the_time_of_the_counters():
    table = Measured("t", 1, partitioned=False, rows=7, bytes=8, index_bytes=9, reads=100, writes=50, parents=())
    assert json.loads(render([table], 10.0, "PostgreSQL 16"))["tables"]["t"] == {
        "rows": 7,
        "bytes": 8,
        "index_bytes": 9,
        "reads_per_second": 10.0,
        "writes_per_second": 5.0,
    }
    assert "reads_per_second" not in json.loads(render([table], None, "PostgreSQL 16"))["tables"]["t"]


CONFIGURED = """
[migrations]
stats = "db/stats.json"
large = "1 GB"
lock-budget = "500 ms"
[migrations.rates]
scan = "500 MB/s"
[migrations.tables."public.orders"]
size = "38 GB"
lock-budget = "10 s"
[migrations.tables.log]
rows = 10
large = "1 kB"
"""


def configured(text):
    return configuration(lambda name: text.encode() if name == "contractcheck.toml" else None)


def test_sizes_from_configuration_and_file(tmp_path):
    files = {"db/stats.json": b'{"tables": {"orders": {"bytes": 1, "index_bytes": 2}, "log": {"rows": 3}}}'}
    found = sizes(configured(CONFIGURED), None, files.get)
    assert found.tables == {"orders": Size(bytes=38_000_000_000, index_bytes=2), "log": Size(rows=10)}
    assert (found.large, found.budget, found.rates.scan, found.rates.index) == (1_000_000_000, 0.5, 5e8, 2e8)
    assert found.limits == {"orders": Limit(None, 10.0), "log": Limit(1000, None)}
    (tmp_path / "s.json").write_text('{"tables": {"x": {}}}')
    assert sizes(configured("[migrations]\n"), tmp_path / "s.json", files.get).tables == {"x": Size()}
    assert sizes(configured(""), None, files.get).tables == {}


@pytest.mark.parametrize("path", ["/etc/passwd", "../s.json", "a/../../s.json"])
def test_configured_stats_stay_in_the_repository(path):
    with pytest.raises(ConfigurationError) as raised:
        sizes(configured(f'[migrations]\nstats = "{path}"\n'), None, {}.get)
    assert str(raised.value) == (
        f"contractcheck.toml: migrations.stats: {path} is outside of the repository; name a file in it"
    )


def test_stats_that_are_not_there(tmp_path):
    with pytest.raises(UnreadableError) as raised:
        sizes(configured(CONFIGURED), None, {}.get)
    assert str(raised.value) == (
        "db/stats.json: no such file; write it with contractcheck stats, or mend contractcheck.toml"
    )
    with pytest.raises(UnreadableError) as raised:
        sizes(configured(""), tmp_path / "no.json", {}.get)
    assert (
        str(raised.value).removeprefix(f"{tmp_path}/")
        == "no.json: cannot be read: No such file or directory; write it with contractcheck stats"
    )


@pytest.mark.parametrize(
    "text", ['large = "many"', 'lock-budget = "2"', '[migrations.rates]\nscan = "0 MB/s"', "[migrations.tables]\nt = 1"]
)
def test_what_is_no_amount(text):
    with pytest.raises(ConfigurationError):
        configured(f"[migrations]\n{text}\n")
