"""Programs of PL/pgSQL, prepared statements and cursors, as servers carry them out (measured on 16.14, 17.10, 18.4)."""

import pytest

from contractcheck.migrations.catalog import Catalog, Table
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

SERVER = Server(16, settings={"timezone": "UTC"})
UNKNOWN = "what the plpgsql code of a DO block does is not known"
MADE = (
    "CREATE TABLE t (id int PRIMARY KEY, a int, b text)",
    "CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES t)",
    "CREATE TYPE mood AS ENUM ('ok', 'sad')",
    "CREATE DOMAIN code AS text CONSTRAINT code_short CHECK (length(VALUE) < 9)",
    "INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 20) i",
)


@pytest.fixture(scope="module")
def catalog():
    return after(Catalog(), *MADE)


def after(catalog, *statements, server=SERVER):
    for sql in statements:
        effects, catalog = predict(catalog, (sql,), server)
        assert effects.fails is None
    return catalog


def columns(catalog, table="t"):
    found = catalog.lookup(table, None, ("public",))
    return [column.name for column in found.columns] if isinstance(found, Table) else None


def done(catalog, body, declared="", server=SERVER):
    """The columns of `t` after a block, or why it fails, or what is not known of it."""
    effects, now = predict(catalog, (f"DO $$ {declared} BEGIN {body} END $$",), server)
    return effects.fails or effects.unproven or columns(now)


BASE = ["id", "a", "b"]


@pytest.mark.parametrize(
    ("declared", "body", "result"),
    [
        ("", "ALTER TABLE t ADD c int;", [*BASE, "c"]),
        ("", "EXECUTE 'ALTER TABLE t ADD c int';", [*BASE, "c"]),
        ("", "EXECUTE 'ALTER TABLE t ADD c int; ALTER TABLE t DROP a';", ["id", "b", "c"]),
        ("", "IF 1 > 2 THEN DROP TABLE t; ELSIF 2 > 1 THEN ALTER TABLE t ADD c int; ELSE DROP TABLE u; END IF;", [*BASE, "c"]),
        ("", "IF NULL THEN DROP TABLE t; END IF;", BASE),
        ("", "FOR i IN 1..2 LOOP EXECUTE 'ALTER TABLE t ADD c' || i || ' int'; END LOOP;", [*BASE, "c1", "c2"]),
        ("", "FOR i IN REVERSE 3..1 BY 2 LOOP EXECUTE format('ALTER TABLE t ADD c%s int', i); END LOOP;", [*BASE, "c3", "c1"]),
        ("", "FOR i IN 1..9 LOOP EXIT WHEN i = 2; EXECUTE format('ALTER TABLE t ADD c%s int', i); END LOOP;", [*BASE, "c1"]),
        ("", "FOR i IN 1..2 LOOP CONTINUE WHEN i = 1; EXECUTE format('ALTER TABLE t ADD c%s int', i); END LOOP;", [*BASE, "c2"]),
        ("", "FOR i IN 1..2 LOOP RETURN; END LOOP; DROP TABLE t;", BASE),
        ("DECLARE x text;", "FOREACH x IN ARRAY ARRAY['c', 'D'] LOOP EXECUTE format('ALTER TABLE t ADD %I int', x); END LOOP;", [*BASE, "c", "D"]),
        ("DECLARE r record;", "FOR r IN SELECT 1 AS n UNION ALL SELECT 2 LOOP ALTER TABLE t ADD c int; END LOOP;", UNKNOWN),
        ("DECLARE r record;", "FOR r IN SELECT i AS n FROM generate_series(1, 2) i LOOP EXECUTE format('ALTER TABLE t ADD c%s int', r.n); END LOOP;", [*BASE, "c1", "c2"]),
        ("DECLARE r record;", "FOR r IN SELECT table_name FROM information_schema.tables WHERE table_name = 't' LOOP EXECUTE format('ALTER TABLE %I ADD c int', r.table_name); END LOOP;", [*BASE, "c"]),
        ("DECLARE r record;", "FOR r IN EXECUTE 'SELECT relname FROM pg_class WHERE relname = ''t''' LOOP EXECUTE format('ALTER TABLE %I ADD c int', r.relname); END LOOP;", [*BASE, "c"]),
        ("DECLARE n text;", "FOR n IN SELECT tablename FROM pg_tables WHERE tablename = 't' LOOP EXECUTE 'ALTER TABLE ' || quote_ident(n) || ' ADD c int'; END LOOP;", [*BASE, "c"]),
        ("DECLARE i int := 0;", "WHILE i < 2 LOOP i := i + 1; EXECUTE format('ALTER TABLE t ADD c%s int', i); END LOOP;", [*BASE, "c1", "c2"]),
        ("DECLARE i int := 0;", "LOOP i := i + 1; EXIT WHEN i > 1; EXECUTE format('ALTER TABLE t ADD c%s int', i); END LOOP;", [*BASE, "c1"]),
        ("DECLARE i int := 0;", "LOOP i := i + 1; END LOOP;", UNKNOWN),
        ("", "LOOP RETURN; END LOOP;", BASE),
        ("DECLARE n int;", "SELECT count(*) INTO n FROM pg_class WHERE relname = 't'; IF n = 1 THEN ALTER TABLE t ADD c int; END IF;", [*BASE, "c"]),
        ("DECLARE n int;", "SELECT count(*) INTO n FROM t; IF n > 1 THEN ALTER TABLE t ADD c int; END IF;", UNKNOWN),
        ("", "PERFORM 1 FROM pg_class WHERE relname = 't'; IF FOUND THEN RAISE NOTICE 'there'; END IF;", BASE),
        ("DECLARE r record;", "SELECT conname INTO r FROM pg_constraint WHERE conname = 't_pkey'; IF r.conname IS NOT NULL THEN ALTER TABLE t ADD c int; END IF;", [*BASE, "c"]),
        ("DECLARE n int := 2;", "CASE n WHEN 1 THEN DROP TABLE t; WHEN 2 THEN ALTER TABLE t ADD c int; ELSE NULL; END CASE;", [*BASE, "c"]),
        ("", "CASE WHEN false THEN DROP TABLE t; ELSE ALTER TABLE t ADD c int; END CASE;", [*BASE, "c"]),
        ("", "CASE WHEN false THEN DROP TABLE t; END CASE;", "case not found"),
        ("", "ASSERT 1 = 1; ALTER TABLE t ADD c int;", [*BASE, "c"]),
        ("", "ASSERT 1 = 2;", "assertion failed"),
        ("", "RAISE EXCEPTION 'no';", "the block raises 'no'"),
        ("", "RAISE NOTICE 'x'; ALTER TABLE t ADD c int;", [*BASE, "c"]),
        ("", "SELECT 1;", "query has no destination for result data"),
        ("", "COMMIT;", None),
        ("DECLARE n int;", "UPDATE t SET a = 1; GET DIAGNOSTICS n = ROW_COUNT; ALTER TABLE t ADD c int;", [*BASE, "c"]),
        ("DECLARE x text := 'y';", "UPDATE t SET b = x WHERE a = 1; ALTER TABLE t ADD c int;", [*BASE, "c"]),
        ("DECLARE x text := 'y'; y int := length('abc');", "IF y = 3 THEN ALTER TABLE t ADD c int; END IF;", [*BASE, "c"]),
        ("", "BEGIN DROP TABLE gone; EXCEPTION WHEN undefined_table THEN ALTER TABLE t ADD c int; END;", [*BASE, "c"]),
        ("", "BEGIN ALTER TABLE t DROP gone; EXCEPTION WHEN undefined_table THEN NULL; END;", 'column "gone" of relation "t" does not exist'),
        ("", "BEGIN ALTER TABLE t ADD a int; EXCEPTION WHEN duplicate_column OR undefined_table THEN NULL; END;", BASE),
        ("", "BEGIN ALTER TABLE t ALTER a TYPE mood; EXCEPTION WHEN datatype_mismatch THEN NULL; END;", UNKNOWN),
        ("", "BEGIN ALTER TABLE t ADD c int; DROP TABLE gone; EXCEPTION WHEN OTHERS THEN NULL; END;", BASE),
        ("", "<<outer>> FOR i IN 1..2 LOOP EXIT outer; END LOOP;", UNKNOWN),
        ("", "EXECUTE current_query();", UNKNOWN),
        ("", "CALL nothing();", UNKNOWN),
    ],
)  # fmt: skip
def test_a_block_is_followed_as_far_as_its_way_is_certain(catalog, declared, body, result):
    if result is None:  # it works outside a transaction block only
        effects, _ = predict(catalog, (f"DO $$ {declared} BEGIN {body} END $$",), SERVER)
        assert (effects.fails, effects.in_transaction) == (None, False)
        return
    found = done(catalog, body, declared)
    if isinstance(found, str) and found != result and result == UNKNOWN:
        found = found.split("; ")[-1]
    assert found == result


@pytest.mark.parametrize(
    ("question", "there"),
    [
        ("SELECT 1 FROM pg_type WHERE typname = 't'", True),  # the type of its rows
        ("SELECT 1 FROM pg_type WHERE typname = '_mood'", True),
        ("SELECT 1 FROM pg_type WHERE typname = 'int4'", True),
        ("SELECT 1 FROM pg_type WHERE typname = 'colour'", False),
        ("SELECT 1 FROM pg_proc WHERE proname = 'lower'", True),
        ("SELECT 1 FROM pg_proc WHERE proname = 'higher'", False),
        ("SELECT 1 FROM pg_constraint WHERE conname = 'code_short'", True),
        ("SELECT 1 FROM pg_constraint WHERE conname = 't_pkey' AND conrelid = 't'::regclass", True),
        ("SELECT 1 FROM information_schema.table_constraints WHERE table_name = 't' AND constraint_type = 'CHECK'", True),
        ("SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'u_t_id_fkey'", True),
        ("SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 't' AND nspname = 'public'", True),
    ],
)  # fmt: skip
def test_questions_about_the_schema(catalog, question, there):
    found = done(catalog, f"IF EXISTS ({question}) THEN ALTER TABLE t ADD c int; END IF;")
    assert found == ([*BASE, "c"] if there else BASE)


@pytest.mark.parametrize(("version", "there"), [(17, False), (18, True)])
def test_from_18_on_not_null_is_a_constraint(version, there):
    server = Server(version, settings={"timezone": "UTC"})
    catalog = after(Catalog(), *MADE, server=server)
    question = "SELECT FROM pg_constraint WHERE conname = 't_id_not_null'"
    found = done(catalog, f"IF EXISTS ({question}) THEN ALTER TABLE t ADD c int; END IF;", server=server)
    assert found == ([*BASE, "c"] if there else BASE)


def test_routines_without_parameters_are_followed(catalog):
    made = after(
        catalog,
        "CREATE FUNCTION grow() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE t ADD c int; END $$",
        "CREATE PROCEDURE fill() LANGUAGE sql AS 'UPDATE t SET a = 1; DELETE FROM u'",
        "CREATE FUNCTION round_about() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM round_about(); END $$",
        "CREATE FUNCTION hidden(x int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE u; END $$",
    )
    effects, now = predict(made, ("SELECT grow()",), SERVER)
    assert (effects.unproven, columns(now)) == (None, [*BASE, "c"])
    effects, _ = predict(made, ("CALL fill()",), SERVER)
    assert (effects.unproven, sorted(effects.locks), effects.scans) == (None, ["t", "u"], ("t",))
    effects, _ = predict(made, ("SELECT round_about()",), SERVER)
    assert effects.unproven == "function round_about may change anything"
    effects, _ = predict(made, ("SELECT hidden(1)",), SERVER)
    assert effects.unproven == "function hidden may change anything"


@pytest.mark.parametrize(
    ("statements", "locks", "scans"),
    [
        (["PREPARE p AS UPDATE t SET a = 1"], {"t": "RowExclusiveLock"}, ()),
        (["PREPARE p AS UPDATE t SET a = 1", "EXECUTE p"], {"t": "RowExclusiveLock"}, ("t",)),
        (["PREPARE p (int) AS SELECT * FROM t WHERE a = $1", "EXECUTE p(1)", "DEALLOCATE p"], {"t": "AccessShareLock"}, ("t",)),
        (["PREPARE p AS SELECT * FROM t", "CREATE TABLE w AS EXECUTE p"], {"t": "AccessShareLock"}, ("t",)),
        (["PREPARE p AS SELECT * FROM t", "DEALLOCATE ALL"], {"t": "AccessShareLock"}, ()),
        (["DECLARE c CURSOR FOR SELECT * FROM t", "FETCH 5 FROM c", "CLOSE c"], {"t": "AccessShareLock"}, ()),
        (["DECLARE c CURSOR FOR SELECT * FROM t", "FETCH ALL FROM c"], {"t": "AccessShareLock"}, ("t",)),
        (["DECLARE c CURSOR FOR SELECT * FROM t", "CLOSE ALL", "DROP TABLE t CASCADE"],
         {"t": "AccessExclusiveLock", "u": "AccessExclusiveLock"}, ()),
    ],
)  # fmt: skip
def test_prepared_statements_and_cursors(catalog, statements, locks, scans):
    effects, _ = predict(catalog, statements, SERVER)
    assert (effects.fails, effects.unproven) == (None, None)
    assert ({name: lock.mode for name, lock in effects.locks.items()}, effects.scans) == (locks, scans)


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (["EXECUTE p"], 'prepared statement "p" does not exist'),
        (["DEALLOCATE p"], 'prepared statement "p" does not exist'),
        (["PREPARE p AS SELECT 1", "PREPARE p AS SELECT 1"], 'prepared statement "p" already exists'),
        (["CLOSE c"], 'cursor "c" does not exist'),
        (["FETCH c"], 'cursor "c" does not exist'),
        (["ROLLBACK TO s"], 'savepoint "s" does not exist'),
        (["SAVEPOINT s", "RELEASE s", "ROLLBACK TO s"], 'savepoint "s" does not exist'),
    ],
)
def test_what_a_session_does_not_have(catalog, statements, why):
    assert predict(catalog, statements, SERVER)[0].fails == why


def test_a_table_that_a_cursor_reads_cannot_be_changed(catalog):
    effects, _ = predict(catalog, ("DECLARE c CURSOR FOR SELECT * FROM t", "ALTER TABLE t ADD c int"), SERVER)
    assert effects.fails == "DECLARE CURSOR can only be used in transaction blocks"  # nor would it work apart
    assert effects.in_transaction is False
