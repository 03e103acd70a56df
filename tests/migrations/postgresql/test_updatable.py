"""Changes through views (measured on 16.14, 17.10 and 18.4)."""

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

SERVER = Server(16, settings={"timezone": "UTC"})
MADE = (
    "CREATE TABLE t (id int PRIMARY KEY, a int, b text)",
    "CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES t)",
    "CREATE TABLE p (k int, v int) PARTITION BY LIST (k)",
    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    "INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 20) i",
    "INSERT INTO u SELECT i, i FROM generate_series(1, 20) i",
    "INSERT INTO p SELECT 1, i FROM generate_series(1, 20) i",
    "CREATE VIEW plain AS SELECT id, a FROM t WHERE a > 3",
    "CREATE VIEW renamed AS SELECT id, a AS amount, a * 2 AS twice FROM t",
    "CREATE VIEW deep AS SELECT * FROM plain",
    "CREATE VIEW counted AS SELECT a, count(*) AS n FROM t GROUP BY a",
    "CREATE VIEW joined AS SELECT t.id, u.t_id FROM t JOIN u ON u.t_id = t.id",
    "CREATE VIEW parts AS SELECT * FROM p",
    "CREATE VIEW ruled AS SELECT count(*) AS n FROM t",
    "CREATE RULE quiet AS ON DELETE TO ruled DO INSTEAD NOTHING",
    "CREATE RULE busy AS ON INSERT TO ruled DO INSTEAD INSERT INTO u VALUES (100)",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TRIGGER instead INSTEAD OF INSERT OR DELETE ON joined FOR EACH ROW EXECUTE FUNCTION f()",
)
EXCLUSIVE, SHARE = "RowExclusiveLock", "AccessShareLock"


@pytest.fixture(scope="module")
def catalog():
    found = Catalog()
    for sql in MADE:
        effects, found = predict(found, (sql,), SERVER)
        assert effects.fails is None, (sql, effects.fails)
    return found


@pytest.mark.parametrize(
    ("sql", "locks", "scans"),
    [
        ("UPDATE plain SET a = 1", {"plain": EXCLUSIVE, "t": EXCLUSIVE}, ("t",)),
        ("UPDATE renamed SET amount = 1 WHERE id = 3", {"renamed": EXCLUSIVE, "t": EXCLUSIVE}, ("t",)),
        ("INSERT INTO plain VALUES (100, 1)", {"plain": EXCLUSIVE, "t": EXCLUSIVE}, ()),
        ("INSERT INTO plain (id) VALUES (100)", {"plain": EXCLUSIVE, "t": EXCLUSIVE}, ()),
        ("UPDATE deep SET a = 1", {"deep": EXCLUSIVE, "plain": EXCLUSIVE, "t": EXCLUSIVE}, ("t",)),
        ("UPDATE parts SET v = 1", {"parts": EXCLUSIVE, "p": EXCLUSIVE, "p1": EXCLUSIVE}, ("p1",)),
        ("INSERT INTO joined VALUES (1, 2)", {"joined": EXCLUSIVE}, ()),
        ("DELETE FROM joined", {"joined": EXCLUSIVE, "t": SHARE, "u": SHARE}, ("t", "u")),
        ("DELETE FROM ruled", {"ruled": EXCLUSIVE, "t": SHARE}, ("t",)),
    ],
)
def test_what_becomes_of_it_below(catalog, sql, locks, scans):
    effects, _ = predict(catalog, (sql,), SERVER)
    assert (effects.fails, effects.unproven) == (None, None)
    assert ({name: lock.mode for name, lock in effects.locks.items()}, effects.scans) == (locks, scans)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE counted SET n = 1", 'cannot update view "counted"'),
        ("DELETE FROM counted", 'cannot delete from view "counted"'),
        ("INSERT INTO counted VALUES (1, 2)", 'cannot insert into view "counted"'),
        ("UPDATE joined SET id = 1", 'cannot update view "joined"'),
        ("UPDATE renamed SET twice = 1", 'cannot change column "twice" of view "renamed"'),
        ("UPDATE plain SET nothing = 1", 'column "nothing" of relation "plain" does not exist'),
    ],
)
def test_what_no_view_takes(catalog, sql, why):
    assert predict(catalog, (sql,), SERVER)[0].fails == why


def test_a_rule_that_does_something_else_is_not_followed(catalog):
    effects, _ = predict(catalog, ("INSERT INTO ruled VALUES (1)",), SERVER)
    assert effects.unproven == "rule busy of ruled does something else instead"
