"""What waits for the end of a transaction, and which changes of a table it forbids (measured on 16.14, 17.10, 18.4)."""

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

SERVER = Server(16, settings={"timezone": "UTC"})
MADE = (
    "CREATE TABLE p (id int PRIMARY KEY, a int)",
    "CREATE TABLE strict (id int PRIMARY KEY, p_id int REFERENCES p ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE late (id int PRIMARY KEY, p_id int REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
    "INSERT INTO p SELECT i, i FROM generate_series(1, 20) i",
    "INSERT INTO strict SELECT i, i FROM generate_series(1, 5) i",
    "INSERT INTO late SELECT i, i FROM generate_series(1, 5) i",
)


@pytest.fixture(scope="module")
def catalog():
    found = Catalog()
    for sql in MADE:
        effects, found = predict(found, (sql,), SERVER)
        assert effects.fails is None
    return found


def together(catalog, *statements):
    return predict(catalog, statements, SERVER)[0]


@pytest.mark.parametrize(
    "statements",
    [
        ("DELETE FROM p WHERE id > 10", "ALTER TABLE p ADD COLUMN z int"),
        ("INSERT INTO late VALUES (9, 1)", "ALTER TABLE late ADD COLUMN z int"),
        ("INSERT INTO strict VALUES (9, 1)", "ALTER TABLE strict ADD COLUMN z int"),
        ("UPDATE p SET id = id + 100 WHERE id > 10", "ALTER TABLE p ADD COLUMN z int"),
        ("UPDATE late SET p_id = 2", "ALTER TABLE late OWNER TO app_owner"),
        ("UPDATE late SET p_id = 2", "CREATE INDEX ON late (p_id)"),
        ("UPDATE late SET p_id = 2", "DROP TABLE late"),
        ("UPDATE late SET p_id = 2", "TRUNCATE late"),
        ("DELETE FROM p WHERE id > 10", "CLUSTER p USING p_pkey"),
        ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED", "UPDATE late SET p_id = 2", "TRUNCATE late"),
    ],
)
def test_a_table_with_pending_events_cannot_be_changed(catalog, statements):
    # each in a transaction of its own would do, so it is the transaction that is refused
    effects = together(catalog, *statements)
    assert (effects.fails, effects.in_transaction) == (None, False)


@pytest.mark.parametrize(
    "statements",
    [
        # the events are those of the table that changed, not of the other one
        ("INSERT INTO late VALUES (9, 1)", "ALTER TABLE p ADD COLUMN z int"),
        ("DELETE FROM p WHERE id > 10", "ALTER TABLE late ADD COLUMN z int"),
        # RESTRICT looks at once, whatever the constraint says
        ("DELETE FROM p WHERE id > 10", "ALTER TABLE strict ADD COLUMN z int"),
        ("DELETE FROM late", "ALTER TABLE late ADD COLUMN z int"),
        # a key that stays, or becomes null, is not looked up
        ("UPDATE late SET p_id = p_id", "ALTER TABLE late ADD COLUMN z int"),
        ("UPDATE late SET p_id = NULL", "ALTER TABLE late ADD COLUMN z int"),
        ("UPDATE p SET a = 1", "ALTER TABLE p ADD COLUMN z int"),
        # no row, no event
        ("UPDATE late SET p_id = 2 WHERE false", "ALTER TABLE late ADD COLUMN z int"),
        ("UPDATE late SET p_id = 2 WHERE id = 1000", "ALTER TABLE late ADD COLUMN z int"),
        # looked up before
        ("UPDATE late SET p_id = 2", "SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE late ADD COLUMN z int"),
        ("SET CONSTRAINTS late_p_id_fkey IMMEDIATE", "UPDATE late SET p_id = 2", "ALTER TABLE late ADD COLUMN z int"),
        # these do not ask
        ("UPDATE late SET p_id = 2", "ALTER TABLE late RENAME COLUMN p_id TO q"),
        ("UPDATE late SET p_id = 2", "COMMENT ON TABLE late IS 'x'"),
    ],
)
def test_what_is_not_in_the_way(catalog, statements):
    effects = together(catalog, *statements)
    assert (effects.fails, effects.in_transaction, effects.unproven) == (None, True, None)


def test_constraints_that_are_checked_now_lock_the_other_table(catalog):
    deferred = together(catalog, "UPDATE late SET p_id = 2")
    now = together(catalog, "UPDATE late SET p_id = 2", "SET CONSTRAINTS late_p_id_fkey IMMEDIATE")
    assert {name: lock.mode for name, lock in deferred.locks.items()} == {"late": "RowExclusiveLock"}
    assert {name: lock.mode for name, lock in now.locks.items()} == {"late": "RowExclusiveLock", "p": "RowShareLock"}


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SET CONSTRAINTS nope IMMEDIATE", 'constraint "nope" does not exist'),
        ("SET CONSTRAINTS p_pkey DEFERRED", 'constraint "p_pkey" is not deferrable'),
    ],
)
def test_set_constraints_of_what_cannot_wait(catalog, sql, why):
    assert together(catalog, sql).fails == why


def test_a_name_that_may_exist_is_not_refused():
    effects, _ = predict(Catalog(complete=False), ("SET CONSTRAINTS somewhere IMMEDIATE",), SERVER)
    assert (effects.fails, effects.unproven) == (None, "constraint somewhere is not known")


def test_a_trigger_that_fills_a_column_leaves_its_values_unknown():
    found = Catalog()
    for sql in (
        "CREATE TABLE t (id int, changed timestamptz)",
        "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := now(); RETURN NEW; END'",
        "CREATE TRIGGER stamp BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
        "INSERT INTO t (id) VALUES (1)",
    ):
        effects, found = predict(found, (sql,), SERVER)
        assert (effects.fails, effects.unproven) == (None, None)
    assert together(found, "ALTER TABLE t ADD CHECK (changed IS NOT NULL)").fails is None
