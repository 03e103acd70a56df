"""Statements of SQLite: what they do, what the engine refuses, what is kept out."""

import json
import sqlite3

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.sqlite.batch import effects_of, modelled
from contractcheck.migrations.sqlite.description import differences
from contractcheck.migrations.sqlite.engine import VERSION
from contractcheck.migrations.sqlite.predict import State, predict
from contractcheck.workflows.effects import effects_batch

TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, c INT)"
ROW = "INSERT INTO t VALUES (1, 'x', 2, 3)"


def asked(sql, *setup, version=(3, 45), complete=True, **settings):
    return effects_of(sql, (TABLE, ROW, *setup), Server(version[0], "sqlite", settings, version[1]), complete=complete)


@pytest.mark.parametrize(
    ("sql", "rewrites", "scans", "locks"),
    [
        ("ALTER TABLE t ADD COLUMN d INT", (), (), {"t": "NONE"}),
        ("ALTER TABLE t ADD COLUMN d INT NOT NULL DEFAULT 0", (), (), {"t": "NONE"}),
        ("ALTER TABLE t ADD COLUMN d INT CHECK (d > 0)", (), ("t",), {"t": "SHARED"}),
        ("ALTER TABLE t ADD COLUMN d INT AS (b + 1)", (), (), {"t": "NONE"}),
        ("ALTER TABLE t RENAME TO u", (), (), {"t": "NONE"}),
        ("ALTER TABLE main.t RENAME COLUMN a TO z", (), (), {"t": "NONE"}),
        ("ALTER TABLE t DROP COLUMN a", ("t",), ("t",), {"t": "SHARED"}),
        ("CREATE INDEX i ON t (a)", (), ("t",), {"t": "SHARED"}),
        ("REINDEX", (), ("t",), {"t": "SHARED"}),
        ("VACUUM", ("t",), ("t",), {"t": "EXCLUSIVE"}),
        ("DROP TABLE t", (), (), {"t": "SHARED"}),
        ("UPDATE t SET a = 'y'", (), ("t",), {"t": "SHARED"}),
        ("UPDATE t AS q SET a = 'y' WHERE q.id = 1", (), (), {"t": "SHARED"}),
        ("DELETE FROM t WHERE b = :b", (), ("t",), {"t": "SHARED"}),
        ("SELECT * FROM t", (), (), {}),
        ("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", (), (), {"t": "NONE"}),
        ("BEGIN", (), (), {}),
    ],
)
def test_what_a_statement_does(sql, rewrites, scans, locks):
    found = asked(sql)
    assert (found.fails, found.unproven) == (None, None)
    assert (found.rewrites, found.scans) == (rewrites, scans)
    assert found.json()["locks"] == locks


@pytest.mark.parametrize(
    ("sql", "fails"),
    [
        ("ALTER TABLE t ADD COLUMN d INT NOT NULL", "Cannot add a NOT NULL column with default value NULL"),
        ("ALTER TABLE t ADD COLUMN d INT PRIMARY KEY", "Cannot add a PRIMARY KEY column"),
        ("ALTER TABLE t ADD COLUMN d INT UNIQUE", "Cannot add a UNIQUE column"),
        ("ALTER TABLE t ADD COLUMN d INT DEFAULT (random())", "Cannot add a column with non-constant default"),
        ("ALTER TABLE t ADD COLUMN d INT AS (b) STORED", "cannot add a STORED column"),
        ("ALTER TABLE t ADD COLUMN a INT", "duplicate column name: a"),
        ("ALTER TABLE t DROP COLUMN id", 'cannot drop PRIMARY KEY column: "id"'),
        ("ALTER TABLE t ALTER COLUMN a TYPE TEXT", 'near "ALTER": syntax error'),
        ("ALTER TABLE others ADD COLUMN a INT", "no such table: others"),
        ("INSERT INTO t VALUES (1, 'x', 2, 3)", "UNIQUE constraint failed: t.id"),
    ],
)
def test_what_the_engine_refuses(sql, fails):
    found = asked(sql, version=VERSION)
    assert (found.fails, found.unproven) == (fails, None)


def test_versions():
    assert [modelled(text) for text in ("3.45", "3.45.1", "3.35", "3.34", "4.0", "x.y", "2")] == [
        (3, 45),
        (3, 45),
        (3, 35),
        None,
        None,
        None,
        None,
    ]
    assert modelled("") == modelled("3") == sqlite3.sqlite_version_info[:2]
    assert asked("CREATE TABLE s (a INT) STRICT", version=(3, 36)).fails == "unknown table option: STRICT"
    found = asked("ALTER TABLE t ALTER COLUMN a SET NOT NULL", version=(3, 99))
    assert found.unproven == 'near "ALTER": syntax error: not in the grammar of the SQLite that is at hand'


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("ATTACH DATABASE 'other.db' AS other", "another database is outside the model"),
        ("PRAGMA journal_mode = WAL", "PRAGMA journal_mode is outside the model"),
        ("CREATE VIRTUAL TABLE v USING fts5 (a)", "a virtual table is outside the model"),
        (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) INSERT INTO t (a) SELECT x FROM n",
            "it takes more steps than are given to a trial",
        ),
        ("SELECT 'not closed", "cannot be read: a string is not closed"),
        ("ALTER TABLE t ADD COLUMN d INT DEFAULT $1", "a value in it is not known"),
    ],
)
def test_what_is_kept_out(sql, why):
    found = asked(sql)
    assert (found.fails, found.unproven) == (None, why)


def test_a_database_that_is_not_all_known():
    found = asked("ALTER TABLE others ADD COLUMN a INT", complete=False)
    assert found.unproven == "others is not created by what was read: what it takes to change it is not known"
    assert found.assumed == ("others",)


def test_rows_that_production_may_have():
    state = predict(State(), TABLE, (3, 45))[1]
    from msgspec.structs import replace

    found = predict(replace(state, filled=True), "ALTER TABLE t ADD COLUMN d INT NOT NULL", (3, 45))[0]
    assert found.fails is None
    assert found.notes == ("refused if t has a row: Cannot add a NOT NULL column with default value NULL",)


def test_foreign_keys_are_kept_to_where_they_are_on():
    child = "CREATE TABLE child (id INTEGER PRIMARY KEY, t INT REFERENCES t (id))"
    assert asked("INSERT INTO child VALUES (1, 99)", child).fails is None
    assert (
        asked("INSERT INTO child VALUES (1, 99)", "PRAGMA foreign_keys = ON", child).fails
        == "FOREIGN KEY constraint failed"
    )
    assert asked("INSERT INTO child VALUES (1, 99)", child, foreign_keys="ON").fails == "FOREIGN KEY constraint failed"


def state_after(*statements):
    state = State()
    for sql in statements:
        found, state, _ = predict(state, sql, (3, 45))
        assert found.fails is None
    return state.image


def test_two_schemas_compared():
    one = state_after(
        "CREATE TABLE t (a INT DEFAULT '1', b TEXT, CONSTRAINT x CHECK (a > 0), UNIQUE (b))",
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE INDEX i ON t (a)",
    )
    other = state_after(
        "CREATE TABLE t (b VARCHAR(5), a INT NOT NULL DEFAULT 1, p INT REFERENCES p ON DELETE CASCADE)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE VIEW v AS SELECT b FROM t",
        "CREATE UNIQUE INDEX i ON t (a DESC)",
    )
    assert differences(one, one) == ()
    assert differences(one, other) == (
        "column t.a: nullable yes became no",
        "column t.b: type text became varchar(5)",
        "column t.p is left over",
        "foreign key t (p) to p () is left over",
        "index i: on ( a ) became ( a desc )",
        "index i: unique no became yes",
        "table p: autoincrement none became yes",
        "table t: checks a > 0 became none",
        "table t: constraint names x became none",
        "unique constraint t (b) is missing",
        "view v: text as select a from t became as select b from t",
    )
    assert differences(b"", one)[-1] == "view v is left over"


def test_the_order_of_columns_is_a_difference_of_its_own():
    one, other = state_after("CREATE TABLE t (a INT, b INT)"), state_after("CREATE TABLE t (b INT, a INT)")
    assert differences(one, other) == ("order of columns of t: a, b became b, a",)


def test_types_that_only_a_run_knows():
    one, other = state_after('CREATE TABLE t (a "?StringID")'), state_after("CREATE TABLE t (a TEXT)")
    assert differences(one, other) == ("not known whether column t.a has its type: ?stringid became text",)


def test_a_batch_of_questions():
    lines = [
        json.dumps(
            {"id": 1, "dialect": "sqlite", "version": "3.45", "setup": [TABLE], "sql": "ALTER TABLE t DROP COLUMN a"}
        ),
        json.dumps({"id": 2, "dialect": "sqlite", "version": "3.1", "setup": [], "sql": "SELECT 1"}),
        json.dumps({"id": 3, "dialect": "mariadb", "version": "5.5", "setup": [], "sql": "SELECT 1"}),
        json.dumps({"id": 4, "dialect": "sqlite", "setup": ["SELECT x"], "sql": "SELECT 1"}),
    ]
    found = [json.loads(line) for line in effects_batch(line.encode() for line in lines)]
    assert found[0]["rewrites"] == ["t"]
    assert [each["unproven"] for each in found] == [
        None,
        "SQLite 3.1 is outside the model (3.35 and later)",
        "mariadb 5.5 is outside the model",
        "the setup fails: no such column: x",
    ]
