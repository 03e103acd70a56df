"""Expressions over known rows, and the database in words."""

import pytest

from contractcheck.migrations.mysql.description import describe, differences
from contractcheck.migrations.mysql.evaluate import UNKNOWN, evaluate
from contractcheck.migrations.mysql.model import Database
from contractcheck.migrations.mysql.predict import predict
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.tokens import scan

ROW = {"a": 5, "b": "Text ", "n": None, "u": UNKNOWN}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-a", -5),
        ("7 / 2", 3.5),
        ("7 DIV 2", 3),
        ("-7 MOD 3", -1),
        ("7 % 0", None),
        ("a > 3 AND b = 'text'", 1),
        ("a > 3 OR u", 1),
        ("a > 9 AND u", 0),
        ("u AND 1", UNKNOWN),
        ("NOT a", 0),
        ("! 0", 1),
        ("n IS NULL", 1),
        ("n IS NOT NULL", 0),
        ("u IS NULL", UNKNOWN),
        ("n = 1", None),
        ("n <=> NULL", 1),
        ("a <=> 5", 1),
        ("a IN (1, 5)", 1),
        ("a NOT IN (1, 5)", 0),
        ("a BETWEEN 1 AND 5", 1),
        ("b LIKE 'T%'", UNKNOWN),
        ("a XOR 1", 1),
        ("CASE WHEN a > 3 THEN 'x' ELSE 'y' END", "x"),
        ("CASE a WHEN 4 THEN 'x' END", None),
        ("CASE WHEN u THEN 1 ELSE 2 END", UNKNOWN),
        ("IF(a > 3, 'x', 'y')", "x"),
        ("IF(u, 'x', 'y')", UNKNOWN),
        ("IFNULL(n, 3)", 3),
        ("COALESCE(n, n)", None),
        ("NULLIF(a, 5)", None),
        ("NULLIF(a, 6)", 5),
        ("CONCAT('x', a, 1.5)", UNKNOWN),
        ("CONCAT('x', a)", "x5"),
        ("CONCAT('x', n)", None),
        ("MOD(a, 3)", 2),
        ("FLOOR(2.7) + CEIL(2.1)", 5),
        ("ABS(-3)", 3),
        ("UPPER('a')", "A"),
        ("LOWER(n)", None),
        ("REPEAT('ab', 2)", "abab"),
        ("LPAD(a, 3, '0')", "005"),
        ("RPAD('abcd', 2, 'x')", "ab"),
        ("LENGTH('abc')", 3),
        ("LENGTH('ü')", UNKNOWN),
        ("JSON_VALID('{}')", 1),
        ("JSON_VALID('{')", 0),
        ("NOW() + INTERVAL 1 DAY", UNKNOWN),
        ("DATE '2024-01-01'", "2024-01-01"),
        ("TRUE + FALSE", 1),
        ("t.a", 5),
        ("`a`", 5),
        ("x'0f'", UNKNOWN),
        ("'1' + 1", 2.0),
        ("'x' + 1", UNKNOWN),
        ("'ä' = 'A'", UNKNOWN),
        ("1 2", UNKNOWN),
        ("RAND()", UNKNOWN),
        ("(" * 100 + "1" + ")" * 100, UNKNOWN),
    ],
)
def test_expressions(text, value):
    assert evaluate(scan(text), ROW) == value


def after(*statements, dialect="mysql", version=(8, 4)):
    database, target = Database(), Target(dialect, version)
    for sql in statements:
        found, database, target = predict(database, sql, target)
        assert (found.fails, found.unproven) == (None, None), sql
    return database


FULL = (
    "CREATE TABLE p (id INT PRIMARY KEY)",
    (
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, d DECIMAL(5,2) UNSIGNED ZEROFILL, e ENUM('a','b') DEFAULT 'a',"
        " ts TIMESTAMP(3) NULL DEFAULT NOW(3) ON UPDATE NOW(3), g INT AS (p + 1) STORED COMMENT 'x' INVISIBLE, b TINYINT(1),"
        " f FLOAT(7,3), s VARCHAR(10), p INT, pt POINT SRID 4326, KEY k (s(3) DESC) COMMENT 'c', KEY h (p) INVISIBLE,"
        " CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE, CONSTRAINT c CHECK (p > 0)) KEY_BLOCK_SIZE=8"
        " COMMENT 'whole' STATS_PERSISTENT=1"
    ),
    "CREATE VIEW v AS SELECT id FROM t",
    "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.p = 1",
    "CREATE PROCEDURE pr() SELECT 1",
)


def test_every_object_in_words():
    found = describe(after(*FULL))
    assert found["column t.d"] == {
        "of": "table t",
        "type": "decimal(5,2) unsigned zerofill",
        "nullable": "yes",
        "default": "none",
    }
    assert found["column t.ts"]["on update"] == "current_timestamp 3"
    assert found["column t.g"] == {
        "of": "table t",
        "type": "int",
        "nullable": "yes",
        "default": "none",
        "generated": "stored p + 1",
        "comment": "'x'",
        "visible": "no",
    }
    assert found["index t.k"] == {"of": "table t", "kind": "index", "parts": "s(3) desc", "comment": "'c'"}
    assert found["index t.h"]["visible"] == "no"
    assert found["foreign key t.fk"]["references"] == "p (id)"
    assert found["check t.c"] == {"of": "table t", "expression": "p > 0", "enforced": "yes"}
    assert found["table t"]["key block size"] == "8"
    assert found["view v"] == {"query": "select id from t"}
    assert found["trigger tr"]["of"] == "table t"
    assert found["procedure pr"] == {"body": "( ) select 1"}


def test_two_databases_compared():
    one = after(*FULL)
    other = after(
        *FULL,
        "ALTER TABLE t MODIFY s VARCHAR(20) NOT NULL DEFAULT 'q', DROP CHECK c, ADD COLUMN z INT",
        "ALTER TABLE t DROP FOREIGN KEY fk",
        "DROP VIEW v",
        "DROP TRIGGER tr",
    )
    assert differences(one, one) == ()
    assert differences(one, other) == (
        "check t.c is missing",
        "column t.s: default none became 'q'",
        "column t.s: nullable yes became no",
        "column t.s: type varchar(10) collate utf8mb4_0900_ai_ci became varchar(20) collate utf8mb4_0900_ai_ci",
        "column t.z is left over",
        "foreign key t.fk is missing",
        "trigger tr is missing",
        "view v is missing",
    )
    moved = after(*FULL, "ALTER TABLE t MODIFY b TINYINT(1) FIRST")
    assert [each.partition(":")[0] for each in differences(one, moved)] == ["order of columns of t"]
    assert differences(one, after(*FULL[:1])) == ("procedure pr is missing", "table t is missing", "view v is missing")


def test_partitions():
    made = (
        (
            "CREATE TABLE ev (id INT, y INT) PARTITION BY RANGE (y) (PARTITION a VALUES LESS THAN (5), PARTITION b VALUES"
            " LESS THAN (9))"
        ),
    )
    target = Target("mysql", (8, 4))
    database = after(*made)
    for sql, fails in (
        (
            "ALTER TABLE ev ADD PARTITION (PARTITION c VALUES LESS THAN (7))",
            "1493: VALUES LESS THAN must rise from partition to partition",
        ),
        ("ALTER TABLE ev ADD PARTITION (PARTITION b VALUES LESS THAN (20))", "1517: there is a partition b already"),
        ("ALTER TABLE ev ADD PARTITION PARTITIONS 2", "1492: partitions of RANGE and LIST must be defined one by one"),
        ("ALTER TABLE ev DROP PARTITION a, b", "1508: a table cannot lose all its partitions; drop the table"),
        ("ALTER TABLE ev DROP PARTITION x", "1507: there is no partition x"),
        ("ALTER TABLE ev COALESCE PARTITION 1", "1509: COALESCE is for partitions of HASH and KEY"),
        ("ALTER TABLE ev ADD PRIMARY KEY (id)", "1503: index PRIMARY must hold every column of the partitioning"),
        ("ALTER TABLE ev ADD FULLTEXT (id)", "1214: a partitioned table has no full-text index"),
        ("ALTER TABLE ev DROP COLUMN y", "1054: column y is used by the partitioning"),
        ("ALTER TABLE ev RENAME COLUMN y TO z", "3855: column y is used by the partitioning"),
        ("ALTER TABLE ev EXCHANGE PARTITION a WITH TABLE nothing", "1146: there is no table nothing"),
        ("ALTER TABLE nothing REMOVE PARTITIONING", "1146: there is no table nothing"),
    ):
        assert predict(database, sql, target)[0].fails == fails
    for sql, algorithm, lock, rewrites in (
        ("ALTER TABLE ev ADD PARTITION (PARTITION c VALUES LESS THAN MAXVALUE)", "INPLACE", "NONE", ()),
        ("ALTER TABLE ev DROP PARTITION a", "INPLACE", "NONE", ()),
        ("ALTER TABLE ev REBUILD PARTITION ALL", "INPLACE", "SHARED", ("ev",)),
        ("ALTER TABLE ev TRUNCATE PARTITION a", None, None, ()),
        ("ALTER TABLE ev PARTITION BY HASH (id) PARTITIONS 3", "COPY", "SHARED", ("ev",)),
        ("ALTER TABLE ev REMOVE PARTITIONING", "COPY", "SHARED", ("ev",)),
    ):
        found = predict(database, sql, target)[0]
        assert (found.fails, found.unproven, found.online.algorithm, found.online.lock, found.rewrites) == (
            None, None, algorithm, lock, rewrites,
        )  # fmt: skip
