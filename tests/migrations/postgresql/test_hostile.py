"""Text that was made to hurt: each gives an answer in bounded time, and what stands beside it is still read."""
# ruff: noqa: S608 - no statement is sent anywhere

import time

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

SERVER = Server(16, settings={"timezone": "UTC"})
NEST = 5_000
LOOP = "what the plpgsql code of a DO block does is not known"


@pytest.fixture(scope="module")
def catalog():
    found = Catalog()
    for sql in ("CREATE TABLE t (a int, b text)", "INSERT INTO t SELECT i, 'x' FROM generate_series(1, 100) i"):
        found = predict(found, (sql,), SERVER)[1]
    return found


@pytest.mark.parametrize(
    ("sql", "unproven"),
    [
        ("SELECT " + "(" * NEST + "1" + ")" * NEST, "brackets are nested more than 2000 deep"),
        (
            "ALTER TABLE t ADD CHECK (" + "(" * NEST + "a > 1" + ")" * NEST + ")",
            "brackets are nested more than 2000 deep",
        ),
        ("ALTER TABLE t ADD x text DEFAULT 'abc", 'not PostgreSQL: unterminated quoted string at or near "\'abc"'),
        ("DO $$ BEGIN", 'not PostgreSQL: unterminated dollar-quoted string at or near "$$ BEGIN"'),
        ("ALTER TABLE t \x00 ADD x int", "the text has a NUL byte"),
        ("SELECT " + " || ".join(["'x'"] * 20_000), "not PostgreSQL: stack depth limit exceeded"),
        ("DO $$ BEGIN FOR i IN 1..1000000000 LOOP ALTER TABLE t ADD z int; END LOOP; END $$", LOOP),
        ("DO $$ DECLARE i int := 0; BEGIN WHILE true LOOP i := i + 1; END LOOP; END $$", LOOP),
        ("DO $$ BEGIN LOOP NULL; END LOOP; END $$", LOOP),
        ("/* " + "x" * 1_000_000 + " */ ALTER TABLE t ADD x int", None),
        ("UPDATE t SET b = '" + "y" * 1_000_000 + "'", None),
        ("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 1000000000) i", None),
        ("INSERT INTO t VALUES " + ", ".join(f"({i}, 'x')" for i in range(20_000)), None),
        ("SELECT repeat('x', 1000000000)", None),
        ("ALTER TABLE t ADD CHECK (b ~ '(a+)+$')", None),
        ("ALTER TABLE t ADD p numeric DEFAULT 9999999999 ^ 9999999", None),
        ("ALTER TABLE t ADD CHECK (" + " OR ".join(f"a = {i}" for i in range(3_000)) + ")", None),
        ("; ".join(f"ALTER TABLE t ADD k{i} int" for i in range(400)), None),
        ("; ".join(["SELECT 1"] * 2_000), None),
        ("", None),
    ],
    ids=range(20),
)
def test_an_answer_in_bounded_time(catalog, sql, unproven):
    began = time.process_time()
    effects, _ = predict(catalog, (sql,), SERVER)
    assert (effects.unproven, effects.fails) == (unproven, None)
    assert time.process_time() - began < 10
