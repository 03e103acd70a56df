"""Sizes are read, put into words, and weigh findings; locks are added up over a transaction."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contractcheck.errors import UnreadableError
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.rules import findings
from contractcheck.migrations.sizes import Limit, Rates, Size, Sizes, Work, schema, stats
from contractcheck.migrations.timeline import timeline
from contractcheck.model.quantity import amount, bulk, duration, span
from tests.migrations.trees_in_memory import read

FIRST = {
    "m/1_a.up.sql": "CREATE TABLE t (a int, b int);\nCREATE TABLE u (a int PRIMARY KEY, b int);\nCREATE TABLE v (a int);"
}
BIG = Sizes({"t": Size(bytes=38_000_000_000, index_bytes=2_000_000_000), "u": Size(bytes=50_000_000)})


WEIGHED = {
    "index-not-concurrent",
    "lock-over-budget",
    "rewrite-large-table",
    "scan-under-write-lock",
    "work-while-holding-exclusive",
}


def second(sql, sizes=None):
    (found,) = examine(read({**FIRST, "m/2_b.up.sql": sql}), Server(16), wanted={"2_b"}, sizes=sizes)
    return found


def told(sql, sizes):
    return [
        (each.rule, str(each.severity), each.message.replace(sql.strip(";"), "SQL"))
        for each in findings(second(sql, sizes))
        if each.rule in WEIGHED
    ]


def test_a_stats_file():
    text = {
        "stats": "contractcheck-stats/1",
        "server": "PostgreSQL 16",
        "tables": {
            "public.orders": {"rows": 1e6, "bytes": "38 GB", "index_bytes": None, "reads_per_second": 1, "writes_per_second": 0.5},
            "audit.log": {"rows": 10},
            "empty": {},
        },
    }  # fmt: skip
    jsonschema.Draft202012Validator(schema()).validate(text)
    assert stats(json.dumps(text).encode(), "s.json") == {
        "orders": Size(1_000_000, 38_000_000_000, None, 1.0, 0.5),
        "audit.log": Size(rows=10),
        "empty": Size(),
    }
    assert [each.volume for each in stats(json.dumps(text).encode(), "s").values()] == [38_000_000_000, 1000, None]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "s.json: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1); see docs/stats.md"),
        ("[" * 100_000, "s.json: not JSON: maximum recursion depth exceeded while decoding a JSON array from a unicode string; see docs/stats.md"),
        ("[]", 's.json: no stats: an object with "stats": "contractcheck-stats/1" and "tables" is expected; see docs/stats.md, or write it with contractcheck stats'),
        ('{"stats": "x/2", "tables": {}}', 's.json: no stats: an object with "stats": "contractcheck-stats/1" and "tables" is expected; see docs/stats.md, or write it with contractcheck stats'),
        ('{"tables": {"t": 1}}', "s.json: tables.t: an object is expected; see docs/stats.md"),
        ('{"tables": {"t": {"size": 1}}}', "s.json: tables.t.size: unknown key; known: rows, bytes, index_bytes, reads_per_second, writes_per_second"),
        ('{"tables": {"t": {"bytes": "many"}}}', "s.json: tables.t.bytes: a number from 0 on is expected; see docs/stats.md"),
        ('{"tables": {"t": {"rows": -1}}}', "s.json: tables.t.rows: a number from 0 on is expected; see docs/stats.md"),
        ('{"tables": {"t": {"rows": true}}}', "s.json: tables.t.rows: a number from 0 on is expected; see docs/stats.md"),
        ('{"tables": {"t": {"rows": "1"}}}', "s.json: tables.t.rows: a number from 0 on is expected; see docs/stats.md"),
    ],
)  # fmt: skip
def test_what_is_no_stats_file(text, error):
    with pytest.raises(UnreadableError) as raised:
        stats(text.encode(), "s.json")
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("text", "number"),
    [("38 GB", 38_000_000_000), ("1.5kB", 1500), ("2 MiB", 2_097_152), ("7", 7), ("1e3 b", 1000), ("x", None), ("1 XB", None), ("-1", None)],
)  # fmt: skip
def test_amounts(text, number):
    assert amount(text) == number


@pytest.mark.parametrize(
    ("text", "seconds"), [("2 s", 2.0), ("500ms", 0.5), ("1.5 min", 90.0), ("1h", 3600.0), ("2", None), ("s", None)]
)
def test_durations(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (999.9, "1 kB"), (1500, "1.5 kB"), (38e9, "38 GB"), (9.96e6, "10 MB"), (5e15, "5000 TB")],
)  # fmt: skip
def test_bytes_in_words(number, words):
    assert bulk(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 ms"), (0.012, "12 ms"), (0.0996, "0.1 s"), (0.3, "0.3 s"), (40.4, "40 s"), (99.6, "1.7 min"), (240, "4 min"), (6000, "1.7 h")],
)  # fmt: skip
def test_seconds_in_words(seconds, words):
    assert span(seconds) == words


@given(st.integers(0, 10**15), st.sampled_from(list(Work)))
def test_more_bytes_never_take_less_time(volume, work):
    sizes = Sizes({"t": Size(bytes=volume), "u": Size(bytes=volume * 2, index_bytes=volume)})
    assert sizes.seconds("t", work) <= sizes.seconds("u", work)
    assert sizes.small("t") == (volume < sizes.large)
    assert sizes.seconds("gone", work) is None
    assert not sizes.small("gone")


def test_limits_of_one_table():
    sizes = replace(BIG, limits={"t": Limit(large=10**12, budget=100.0), "u": Limit()})
    assert (sizes.small("t"), sizes.allowed("t"), sizes.small("u"), sizes.allowed("u")) == (True, 100.0, True, 2.0)


ADD = "ALTER TABLE t ADD COLUMN c float DEFAULT random();"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (ADD, [
            ("lock-over-budget", "error", "about 4.1 min of ACCESS EXCLUSIVE on t (38 GB), budget 2 s: readers and writers wait: SQL"),
            ("rewrite-large-table", "error", "t is copied into a new file under ACCESS EXCLUSIVE: SQL (t has 38 GB, about 4.1 min)"),
        ]),
        (ADD.replace(" t ", " u "), [
            ("rewrite-large-table", "info", "u is copied into a new file under ACCESS EXCLUSIVE: SQL (u has 50 MB, about 0.3 s: small)"),
        ]),
        (ADD.replace(" t ", " v "), [("rewrite-large-table", "error", "v is copied into a new file under ACCESS EXCLUSIVE: SQL")]),
        ("CREATE INDEX i ON t (a);", [
            ("index-not-concurrent", "error", "building the index reads all of t under SHARE: writers wait: SQL (t has 38 GB, about 3.2 min)"),
            ("lock-over-budget", "error", "about 3.2 min of SHARE on t (38 GB), budget 2 s: writers wait: SQL"),
        ]),
        ("ALTER TABLE t ALTER COLUMN a SET NOT NULL;", [
            ("lock-over-budget", "error", "about 38 s of ACCESS EXCLUSIVE on t (38 GB), budget 2 s: readers and writers wait: SQL"),
            ("scan-under-write-lock", "error", "t is read in full under ACCESS EXCLUSIVE: readers and writers wait: SQL (t has 38 GB, about 38 s)"),
        ]),
        ("ALTER TABLE t ADD COLUMN c int;", []),
        ("CREATE INDEX CONCURRENTLY i ON t (a);", []),
    ],
)  # fmt: skip
def test_sizes_weigh_findings(sql, found):
    assert told(sql, BIG) == found


def test_locks_add_up_over_a_transaction():
    sql = "ALTER TABLE v ADD COLUMN c int;\nUPDATE t SET b = 1;\nCREATE INDEX i ON u (b);\nALTER TABLE u ADD COLUMN d int;"
    lines = [
        (each.table, each.lock.words, each.first, each.last, round(each.seconds, 2), each.known, each.waiting)
        for each in timeline(second(sql, BIG))
    ]
    assert lines == [
        ("v", "ACCESS EXCLUSIVE", 0, 3, 247.75, True, "readers and writers"),
        ("u", "SHARE", 2, 3, 0.25, True, "writers"),
        ("u", "ACCESS EXCLUSIVE", 3, 3, 0, True, "readers and writers"),
    ]
    assert [row[:2] for row in told(sql, BIG)] == [
        ("index-not-concurrent", "info"),
        ("lock-over-budget", "error"),
        ("work-while-holding-exclusive", "error"),
        ("work-while-holding-exclusive", "info"),
    ]
    (budget,) = [each for each in findings(second(sql, BIG)) if each.rule == "lock-over-budget"]
    assert (budget.subject, budget.place.line, budget.proof.why) == (
        "2_b v",
        2,
        "size by rate: rewrite of t 4.1 min, index of u 0.2 s",
    )


def test_a_table_of_unknown_size_makes_the_estimate_a_lower_bound():
    sql = "ALTER TABLE v ADD COLUMN c int;\nUPDATE v SET a = 1;\nUPDATE t SET b = 1;"
    (stretch,) = timeline(second(sql, BIG))
    assert (stretch.known, [task.seconds is None for task in stretch.tasks]) == (False, [True, False])
    assert [row[2] for row in told(sql, BIG) if row[0] == "lock-over-budget"] == [
        "at least 4.1 min of ACCESS EXCLUSIVE on v, budget 2 s: readers and writers wait: UPDATE t SET b = 1"
    ]


def test_transactions_end_where_they_end():
    sql = "BEGIN;\nALTER TABLE v ADD COLUMN c int;\nCOMMIT;\nBEGIN;\nUPDATE t SET b = 1;\nCOMMIT;"
    assert [(each.table, each.first, each.last) for each in timeline(second(sql, BIG))] == [("v", 1, 2)]
    assert told(sql, BIG) == []


def test_rates_and_fresh_tables():
    slow = replace(BIG, rates=Rates(scan=38e6))
    assert next(row[2] for row in told("ALTER TABLE t ALTER COLUMN a SET NOT NULL;", slow)).startswith(
        "about 17 min of"
    )
    assert (
        told("CREATE TABLE w (a int); ALTER TABLE w ADD COLUMN c float DEFAULT random(); CREATE INDEX i ON w (a);", BIG)
        == []
    )
