"""What a remedy says, word by word, and where there is none."""

import pytest

from benchmarks.remedies import WORLD, examined, remedy, told
from contractcheck.migrations.postgresql.deparse import deparse, parsed
from contractcheck.migrations.rules import findings
from contractcheck.model.finding import RemedyStep, When
from contractcheck.reports.remedy import alembic, sql

ONE, MANY = "rewrite-large-table", "rows-changed-at-once"


def steps(rule, up, version=16):
    return [(step.when.value, step.sql) for step in remedy(rule, up, version)]


def test_a_change_of_type_word_by_word():
    assert sql(remedy(ONE, "ALTER TABLE lines ALTER COLUMN order_id TYPE int", 16)).splitlines() == [
        "ALTER TABLE lines ADD COLUMN order_id_new integer;",
        "CREATE FUNCTION lines_order_id_sync() RETURNS trigger LANGUAGE plpgsql AS $sync$",
        "BEGIN",
        "  NEW.order_id_new := NEW.order_id;",
        "  RETURN NEW;",
        "END $sync$;",
        (
            "CREATE TRIGGER lines_order_id_sync BEFORE INSERT OR UPDATE ON lines"
            " FOR EACH ROW EXECUTE FUNCTION lines_order_id_sync();"
        ),
        "-- outside of a transaction",
        "-- in batches, each committed; it may be run again",
        "DO $$",
        "DECLARE",
        "  page bigint := 0;",
        "  pages bigint := pg_relation_size('lines') / current_setting('block_size')::bigint;",
        "BEGIN",
        "  WHILE page <= pages LOOP",
        (
            "    UPDATE lines SET order_id_new = order_id WHERE ctid >= ('(' || page || ',0)')::tid"
            " AND ctid < ('(' || page + 100 || ',0)')::tid AND order_id_new IS NULL;"
        ),
        "    COMMIT;",
        "    page := page + 100;",
        "  END LOOP;",
        "END $$;",
        "DROP INDEX CONCURRENTLY IF EXISTS lines_by_order_new;",
        "CREATE INDEX CONCURRENTLY lines_by_order_new ON lines USING btree (order_id_new);",
        "-- in the next migration",
        "DROP TRIGGER lines_order_id_sync ON lines;",
        "DROP FUNCTION lines_order_id_sync();",
        "-- order_id is the last column from now on",
        "ALTER TABLE lines DROP COLUMN order_id;",
        "ALTER INDEX lines_by_order_new RENAME TO lines_by_order;",
        "ALTER TABLE lines RENAME COLUMN order_id_new TO order_id;",
    ]


def test_on_a_server_without_ranges_of_blocks():
    (batch,) = remedy(MANY, "UPDATE lines SET order_id = 1", 13)
    assert batch.sql.splitlines()[6] == (
        "    UPDATE lines SET order_id = 1 WHERE ctid = ANY (ARRAY(SELECT ('(' || block || ',' || line || ')')::tid"
        " FROM generate_series(page, page + 99) block, generate_series(1, 291) line)) AND true;"
    )


@pytest.mark.parametrize(
    ("rule", "up", "expected"),
    [
        ("scan-under-write-lock", "ALTER TABLE orders ADD CONSTRAINT n UNIQUE NULLS NOT DISTINCT (note)", [
            ("alone", "DROP INDEX CONCURRENTLY IF EXISTS n;"),
            ("alone", "CREATE UNIQUE INDEX CONCURRENTLY n ON orders (note) NULLS NOT DISTINCT;"),
            ("here", "ALTER TABLE orders ADD CONSTRAINT n UNIQUE USING INDEX n;"),
        ]),
        ("work-while-holding-exclusive", "BEGIN; ALTER TABLE lines ADD a int; CREATE INDEX o ON orders (note); COMMIT", [
            ("alone", "DROP INDEX CONCURRENTLY IF EXISTS o;"), ("alone", "CREATE INDEX CONCURRENTLY o ON orders (note);"),
        ]),
        ("not-allowed-in-transaction", "BEGIN; CREATE INDEX CONCURRENTLY o ON orders (note); COMMIT", [
            ("alone", "DROP INDEX CONCURRENTLY IF EXISTS o;"), ("alone", "CREATE INDEX CONCURRENTLY o ON orders (note);"),
        ]),
        ("privilege-revoked", "REVOKE INSERT ON orders FROM bob", [("release", "REVOKE INSERT ON orders FROM bob;")]),
        ("table-renamed", "ALTER TABLE lines SET SCHEMA public2", []),
        ("column-removed", "ALTER TABLE keyed DROP COLUMN id", [("release", "ALTER TABLE keyed DROP COLUMN id;")]),
        ("table-removed", "DROP MATERIALIZED VIEW totals", [("release", "DROP MATERIALIZED VIEW totals;")]),
        ("cascade-drops", "DROP TABLE customers CASCADE", [("release", "DROP TABLE customers CASCADE;")]),
        ("rewrite-large-table", "VACUUM FULL lines", [("alone", "VACUUM (ANALYZE) lines;")]),
        ("reindex-not-concurrent", "REINDEX (VERBOSE) TABLE lines", [("alone", "REINDEX (VERBOSE) TABLE CONCURRENTLY lines;")]),
        ("partition-detach-not-concurrent", "ALTER TABLE events DETACH PARTITION events_eu", []),
        ("column-required", "ALTER TABLE orders ALTER qty DROP DEFAULT", [("release", "ALTER TABLE orders ALTER qty DROP DEFAULT;")]),
    ],
)  # fmt: skip
def test_each_kind(rule, up, expected):
    assert steps(rule, up) == expected


@pytest.mark.parametrize(
    ("rule", "up"),
    [
        (ONE, "ALTER TABLE m25 ALTER id TYPE numeric"),  # a partition
        (ONE, "ALTER TABLE metrics ALTER id TYPE int"),  # partitioned
        (ONE, "CREATE VIEW w AS SELECT qty FROM orders; ALTER TABLE orders ADD x int DEFAULT random() * 3, ALTER qty TYPE text"),
        ("index-not-concurrent", "CREATE INDEX ON metrics (id); CREATE INDEX CONCURRENTLY IF NOT EXISTS k ON metrics (id)"),
        (MANY, "WITH a AS (SELECT 1) UPDATE lines SET order_id = 1"),
        (MANY, "UPDATE lines SET order_id = 1 RETURNING id"),
        ("column-renamed", "ALTER TABLE metrics RENAME COLUMN id TO number"),
        ("scan-under-write-lock", "ALTER TABLE orders ADD CONSTRAINT e CHECK (qty > 0) NOT VALID, VALIDATE CONSTRAINT q"),
    ],
)  # fmt: skip
def test_none_is_better_than_a_wrong_one(rule, up):
    for finding in told(up, 16):
        if finding.rule == rule:
            assert not any("DROP COLUMN" in step.sql for step in finding.remedy)


def test_a_twin_leaves_alone_what_it_cannot_carry_over():
    """Triggers on the column, policies, checks that are not validated, rows of parents: nothing is proposed."""
    for extra in (
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            " CREATE TRIGGER t BEFORE UPDATE OF order_id ON lines FOR EACH ROW EXECUTE FUNCTION f();"
        ),
        "CREATE POLICY p ON lines USING (order_id > 0);",
        "ALTER TABLE lines ADD CONSTRAINT x CHECK (order_id > 0) NOT VALID;",
        "ALTER TABLE lines ADD CONSTRAINT x CHECK (order_id > 0) NO INHERIT;",
        "CREATE TABLE child () INHERITS (lines);",
        "COMMENT ON COLUMN lines.order_id IS 'x';",
        "ALTER TABLE lines ADD EXCLUDE USING btree (order_id WITH =);",
    ):
        files = {
            "migrations/000001_a.sql": WORLD,
            "migrations/000002_b.sql": extra,
            "migrations/000003_c.sql": "ALTER TABLE lines ALTER order_id TYPE int;",
        }
        (one,) = examined(files, {"000003_c"}, 16)
        assert not any(f.remedy for f in findings(one) if f.rule == ONE), extra


def test_a_trigger_runs_after_those_that_are_there():
    files = {
        "migrations/000001_a.sql": WORLD,
        "migrations/000002_b.sql": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        " CREATE TRIGGER y BEFORE INSERT ON lines FOR EACH ROW EXECUTE FUNCTION f();",
        "migrations/000003_c.sql": "ALTER TABLE lines ALTER order_id TYPE int;",
    }
    (one,) = examined(files, {"000003_c"}, 16)
    (found,) = [f.remedy for f in findings(one) if f.rule == ONE]
    assert found[2].sql.startswith("CREATE TRIGGER zz_lines_order_id_sync BEFORE")


def test_several_lines_and_strange_texts_in_python():
    told_ = (
        RemedyStep("DO $$\nBEGIN\nEND $$;", When.ALONE, "so"),
        RemedyStep("SELECT 1;", When.HERE),
        RemedyStep("DO $$\n'\\'\n$$;", When.RELEASE_ALONE),
    )
    assert alembic(told_).splitlines() == [
        "with op.get_context().autocommit_block():",
        "    # so",
        '    op.execute("""DO $$',
        "BEGIN",
        'END $$""")',
        "op.execute('SELECT 1')",
        "# in a revision of a later release",
        "with op.get_context().autocommit_block():",
        "    op.execute(\"DO $$\\n'\\\\'\\n$$\")",
    ]
    assert sql(told_).splitlines() == [
        "-- outside of a transaction",
        "-- so",
        "DO $$",
        "BEGIN",
        "END $$;",
        "-- in a transaction",
        "SELECT 1;",
        "-- in a migration of a later release, outside of a transaction",
        "DO $$",
        "'\\'",
        "$$;",
    ]


@pytest.mark.parametrize(
    "text",
    ["now() + interval '1 day'", "a::text::e", "coalesce(a, 'x''y')", "-3", "a > 0 AND b IS NOT NULL OR NOT c", "ARRAY[1, 2]", "CASE WHEN a THEN 1 ELSE 2 END", "x AT TIME ZONE 'UTC'", "a IN (1, 2)", "(a, b) = (1, 2)", 'x COLLATE "C"', "a[1]", "B'01'", "0", "''", "false", "NULL", "(SELECT max(a) FROM t)", '"Odd ""x"'],
)  # fmt: skip
def test_expressions_are_printed_as_they_read(text):
    node = parsed(text)
    again = parsed(deparse(node))
    from contractcheck.migrations.postgresql.deparse import bare

    assert bare(again) == bare(node)


@pytest.mark.parametrize("text", ["1; SELECT 2", "1 AS x", "1, 2", "(", "1 FROM t"])
def test_what_is_no_expression(text):
    assert parsed(text) is None


def test_what_cannot_be_printed():
    assert deparse({"NoSuchNode": {}}) is None
    assert deparse({"List": {"items": []}}) is None


PROGRAM = "DO $$ DECLARE n int; BEGIN LOOP {body} EXIT WHEN NOT FOUND; COMMIT; END LOOP; END $$"


@pytest.mark.parametrize(
    ("program", "known"),
    [
        (PROGRAM.format(body="UPDATE orders SET note = '' WHERE id IN (SELECT id FROM lines LIMIT 9);"), True),
        (PROGRAM.format(body="DELETE FROM lines WHERE id = 1; PERFORM pg_sleep(0.1);"), True),
        (PROGRAM.format(body="IF n > 1 THEN INSERT INTO keyed (what) SELECT note FROM orders; ELSIF n > 2 THEN n := 1; END IF;"), True),
        (PROGRAM.format(body="WITH a AS (SELECT id FROM lines) UPDATE orders SET note = '' FROM a WHERE a.id = orders.id;"), True),
        (PROGRAM.format(body="UPDATE orders SET note = anything(note);"), False),
        (PROGRAM.format(body="ALTER TABLE orders DROP COLUMN note;"), False),
        (PROGRAM.format(body="EXECUTE 'DROP TABLE orders';"), False),
        (PROGRAM.format(body="UPDATE orders SET note = ''; UPDATE lines SET id = 1").replace("COMMIT;", "NULL;"), False),
        ("DO $$ BEGIN UPDATE orders SET note = ''; LOOP DELETE FROM lines; COMMIT; END LOOP; END $$", False),
        ("DO $$ BEGIN LOOP DELETE FROM lines; COMMIT; END LOOP; EXCEPTION WHEN others THEN NULL; END $$", False),
    ],
)  # fmt: skip
def test_programs_that_go_through_rows_in_batches(program, known):
    files = {"migrations/000001_a.sql": WORLD, "migrations/000002_b.sql": f"{program};"}
    (one,) = examined(files, {"000002_b"}, 16)
    assert (one.up[0].effects.unproven is None and one.up[0].refused is None) is known
    locks = {table: lock.words for table, lock in one.up[0].effects.locks.items()}
    assert not known or {*locks.values()} <= {"ROW EXCLUSIVE", "ACCESS SHARE"}


def test_a_batch_that_commits_is_refused_in_a_transaction():
    files = {
        "migrations/000001_a.sql": WORLD,
        "migrations/000002_b.sql": "; ".join(("BEGIN", PROGRAM.format(body="DELETE FROM lines;"), "COMMIT;")),
    }
    (one,) = examined(files, {"000002_b"}, 16)
    assert [f.rule for f in findings(one) if f.category == "lock"] == ["not-allowed-in-transaction"]
