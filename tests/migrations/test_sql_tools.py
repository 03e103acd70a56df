"""Each tool's trees: which files, in which order, which way back, what runs in a transaction, and what is wrong."""

import time

import pytest

from contractcheck.migrations import trees
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.recognise import Location, find
from contractcheck.migrations.trees import ScriptKind
from contractcheck.model.place import Place
from tests.migrations.trees_in_memory import Files, outline, read, sql

ORDERS = "CREATE TABLE orders (id int PRIMARY KEY);"
PRIO = "ALTER TABLE orders ADD COLUMN prio int;"
INDEX = "CREATE INDEX CONCURRENTLY i ON orders (prio);"


def verdicts(texts):
    """(id, statements up, statements down, verdict on the way back) of every migration; `|` marks no transaction."""
    tree = read(texts)
    return [
        (
            each.migration.id,
            [("" if step.in_transaction else "| ") + step.sql for step in each.migration.up.steps],
            [("" if step.in_transaction else "| ") + step.sql for step in each.migration.down.steps],
            str(each.reversibility.verdict),
        )
        for each in examine(tree, Server(16))
    ]


def wrong(texts):
    tree = read(texts)
    found = (*tree.defects, *(finding for each in tree.migrations for finding in each.defects))
    return [(each.rule, str(each.place), each.message) for each in found]


def test_goose():
    texts = {
        "m/00001_orders.sql": f"-- +goose Up\n{ORDERS}\n\n-- +goose Down\nDROP TABLE orders;\n",
        "m/00002_prio.sql": "-- a note\n-- +goose Up\n-- +goose StatementBegin\nALTER TABLE orders\n  ADD COLUMN prio int;\n"
        "COMMENT ON COLUMN orders.prio IS 'x;';\n-- +goose StatementEnd\n-- +goose Down\n"
        "ALTER TABLE orders DROP COLUMN prio;\n",
        "m/00010_index.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{INDEX}\nANALYZE orders; ANALYZE orders;\n"
        "-- +goose Down\nDROP INDEX CONCURRENTLY i;\n",
        "m/00011_gone.sql": "-- +goose Up\nDROP TABLE orders;\n",
        "m/README.sql": "-- +goose Up\nSELECT 1;",
        "m/notes.sql": "SELECT 1;",
    }
    assert verdicts(texts) == [
        ("00001_orders", [ORDERS[:-1]], ["DROP TABLE orders"], "proved"),
        (
            "00002_prio",
            ["ALTER TABLE orders\n  ADD COLUMN prio int", "COMMENT ON COLUMN orders.prio IS 'x;'"],
            ["ALTER TABLE orders DROP COLUMN prio"],
            "proved",
        ),
        # A line with two statements is one message, and so one implicit transaction.
        ("00010_index", ["| " + INDEX[:-1], "ANALYZE orders", "ANALYZE orders"], ["| DROP INDEX CONCURRENTLY i"], "proved"),
        ("00011_gone", ["DROP TABLE orders"], [], "missing"),
    ]  # fmt: skip
    tree = read(texts)
    assert [(each.up.place, each.down.place) for each in tree.migrations[:3]] == [
        (Place("m/00001_orders.sql", 1, 1), Place("m/00001_orders.sql", 4, 1)),
        (Place("m/00002_prio.sql", 2, 1), Place("m/00002_prio.sql", 8, 1)),
        (Place("m/00010_index.sql", 2, 1), Place("m/00010_index.sql", 5, 1)),
    ]
    assert wrong(texts) == []


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("-- +goose Up\nSELECT 1", 2, "the last statement has no semicolon at the end of its line"),
        ("-- +goose Up\nSELECT 1; -- done -- really\n-- +goose Down\nSELECT 2 ;x", 4, "the last statement has no semicolon at the end of its line"),
        ("SELECT 0;\n-- +goose Up\nSELECT 1;", 1, "it must begin with -- +goose Up: what stands before is refused"),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;", 3, "-- +goose StatementEnd is missing"),
        ("-- +goose Up\n-- +goose Statementbegins\nSELECT 1;", 2, "'-- +goose Statementbegins' is no annotation of goose"),
        (
            "-- +goose Up\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;\n",
            2,
            "goose cuts at lines that end in a semicolon: -- +goose StatementBegin and StatementEnd are missing",
        ),
    ],
)  # fmt: skip
def test_what_goose_refuses(text, line, why):
    texts = {"m/1_a.sql": text, "m/2_b.sql": "-- +goose Up\nSELECT 2;"}
    assert [(*each[:2], each[2].removeprefix("cannot be read: ")) for each in wrong(texts)] == [
        ("migration-unreadable", f"m/1_a.sql:{line}:1", why)
    ]


def test_goose_numbers_go_code_and_substitution():
    texts = {
        "m/1_a.sql": "-- +goose Up\nSELECT 1;",
        "m/01_b.sql": "-- +goose Up\n-- +goose ENVSUB ON\nINSERT INTO t VALUES ('${HOME}');\nCREATE TABLE ${NAME} (id int);",
        "m/2_c.go": "package m\nfunc init() { goose.AddMigrationContext(up, down) }",
        "m/3_d.go": "package m",
    }
    found = read(texts)
    assert [(each.id, outline(each.up.steps)) for each in found.migrations] == [
        ("01_b", ["INSERT INTO t VALUES ($1)", "? the value of ${NAME} is not known"]),
        ("1_a", ["SELECT 1"]),
        ("2_c", ["? a migration in Go"]),
    ]
    assert [each.rule for each in found.defects] == ["migration-duplicate-id"]
    assert sql(read(texts, values={"NAME": "x", "HOME": "it's"}).migrations[0].up.steps)[1] == "CREATE TABLE x (id int)"


def test_dbmate():
    texts = {
        "db/migrations/20200101_orders.sql": f"-- migrate:up\n{ORDERS}\n\n-- migrate:down\nDROP TABLE orders;\n",
        "db/migrations/20200102_prio.sql": f"-- migrate:up transaction:false\n{PRIO}\n-- migrate:down transaction:false\n"
        "ALTER TABLE orders DROP COLUMN prio;ANALYZE orders",
        "db/migrations/20200103_empty.sql": "-- migrate:up\n-- migrate:down\n",
    }
    assert verdicts(texts) == [
        ("20200101_orders", [ORDERS[:-1]], ["DROP TABLE orders"], "proved"),
        ("20200102_prio", ["| " + PRIO[:-1]], ["ALTER TABLE orders DROP COLUMN prio", "ANALYZE orders"], "proved"),
        ("20200103_empty", [], [], "proved"),
    ]
    assert read(texts).migrations[1].down.place == Place("db/migrations/20200102_prio.sql", 3, 1)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("SELECT 1;\n-- migrate:up\nSELECT 2;", [("m/1_a.sql:1:1", "dbmate refuses statements before -- migrate:up")]),
        ("-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 2;", [("m/1_a.sql:1:1", "-- migrate:up must come before -- migrate:down")]),
        ("-- note\n-- migrate:up\nSELECT 1;", []),
    ],
)  # fmt: skip
def test_what_dbmate_refuses(text, findings):
    assert [each[1:] for each in wrong({"m/1_a.sql": text})] == [
        (place, f"cannot be read: {why}") for place, why in findings
    ]


def test_sqitch():
    texts = {
        "sqitch.conf": "[core]\n\tengine = pg\n\ttop_dir = db\n",
        "sqitch.plan": "%syntax-version=1.0.0\n%project=shop\n\n# notes\n"
        "zz_orders 2020-01-01T00:00:00Z Ann <a@x.org> # first\n"
        "prio [zz_orders !other] 2020-01-02T00:00:00Z Ann <a@x.org>\n@v1 2020-01-03T00:00:00Z Ann <a@x.org> # tag\n"
        "prio [prio@v1 missing] 2020-01-04T00:00:00Z Ann <a@x.org> # rework\n"
        "gone 2020-01-05T00:00:00Z Ann <a@x.org>\nnonsense\n",
        "db/deploy/zz_orders.sql": f"-- Deploy\nBEGIN;\n{ORDERS}\nCOMMIT;\nANALYZE orders;",
        "db/revert/zz_orders.sql": "DROP TABLE orders;",
        "db/verify/zz_orders.sql": "SELECT id FROM orders;",
        "db/deploy/prio@v1.sql": "\\set col prio\nALTER TABLE orders ADD COLUMN :col int;",
        "db/revert/prio@v1.sql": "ALTER TABLE orders DROP COLUMN prio;",
        "db/deploy/prio.sql": "ALTER TABLE orders ALTER COLUMN prio TYPE bigint;",
        "db/revert/prio.sql": "ALTER TABLE orders ALTER COLUMN prio TYPE int;",
    }
    assert verdicts(texts) == [
        ("zz_orders", ["BEGIN", ORDERS[:-1], "COMMIT", "| ANALYZE orders"], ["| DROP TABLE orders"], "proved"),
        ("prio@v1", ["| ALTER TABLE orders ADD COLUMN prio int"], ["| ALTER TABLE orders DROP COLUMN prio"], "proved"),
        (
            "prio",
            ["| ALTER TABLE orders ALTER COLUMN prio TYPE bigint"],
            ["| ALTER TABLE orders ALTER COLUMN prio TYPE int"],
            "proved",
        ),
        ("gone", [], [], "proved"),
    ]
    assert wrong(texts) == [
        ("migration-unreadable", "sqitch.plan:10:1", "cannot be read: no line of a plan: a name, a time and a planner"),
        ("migration-parent-unknown", "sqitch.plan:8:1", "prio follows missing, which is not in the tree"),
        ("migration-unreadable", "sqitch.plan:9:1", "cannot be read: its script db/deploy/gone.sql is not there"),
    ]


def test_prisma():
    texts = {
        "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
        "prisma/migrations/20200102000000_prio/migration.sql": PRIO,
        "prisma/migrations/20200101000000_orders/migration.sql": f"-- CreateTable\n{ORDERS}\n\nSELECT 1;",
        "prisma/migrations/20200103000000_index/migration.sql": INDEX,
    }
    assert verdicts(texts) == [
        ("20200101000000_orders", [ORDERS[:-1], "SELECT 1"], [], "missing"),
        ("20200102000000_prio", ["| " + PRIO[:-1]], [], "missing"),
        ("20200103000000_index", ["| " + INDEX[:-1]], [], "missing"),
    ]
    assert {each.labels for each in read(texts).migrations} == {("forward-only",)}


def test_diesel():
    texts = {
        "diesel.toml": "",
        "migrations/2020-01-01-000000_orders/up.sql": ORDERS,
        "migrations/2020-01-01-000000_orders/down.sql": "DROP TABLE orders;",
        "migrations/2020-01-02-000000_prio/up.sql": PRIO,
        "migrations/2020-01-02-000000_prio/down.sql": "-- nothing",
        "migrations/2020-01-03-000000_index/up.sql": INDEX,
        "migrations/2020-01-03-000000_index/down.sql": "DROP INDEX CONCURRENTLY i;",
        "migrations/2020-01-03-000000_index/metadata.toml": "run_in_transaction = false\n",
        "migrations/2020-01-04-000000_empty/up.sql": "",
        "migrations/20200102000000_same/up.sql": "SELECT 1;",
        "migrations/2020-01-05-000000_lost/down.sql": "SELECT 1;",
    }
    assert [(*each[:1], *each[2:]) for each in verdicts(texts)] == [
        ("2020-01-01-000000_orders", ["DROP TABLE orders"], "proved"),
        ("2020-01-02-000000_prio", [], "missing"),
        ("20200102000000_same", [], "proved"),
        ("2020-01-03-000000_index", ["| DROP INDEX CONCURRENTLY i"], "proved"),
        ("2020-01-04-000000_empty", [], "proved"),
    ]
    assert [(rule, place) for rule, place, _ in wrong(texts)] == [
        ("pair-missing", "migrations/2020-01-05-000000_lost/down.sql:1:1"),
        ("migration-duplicate-id", "migrations/20200102000000_same/up.sql:1:1"),
        ("migration-unreadable", "migrations/2020-01-04-000000_empty/up.sql:1:1"),
    ]


def test_liquibase():
    texts = {
        "db/changelog/changelog-master.xml": '<include file="b.sql"/><include file="a.sql"/>',
        "db/changelog/b.sql": "--liquibase formatted sql\n--property name:col value:prio\n\n"
        f"--changeset ann:1\n--comment: first\n{ORDERS}\n--rollback DROP TABLE orders;\n\n"
        "--changeset ann:2 runInTransaction:false\nALTER TABLE orders ADD COLUMN ${col} int;\n"
        "/* liquibase rollback\nALTER TABLE orders\n  DROP COLUMN prio;\n*/\n"
        "--changeset ann:3 dbms:mysql\nENGINE NONSENSE;\n",
        "db/changelog/a.sql": "--liquibase formatted sql\n--changeset bob:1 splitStatements:false endDelimiter:/\n"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n--rollback not required\n"
        '--changeset "Bob B":2 runOnChange:true\nCREATE OR REPLACE VIEW v AS SELECT id FROM orders;\n'
        "--changeset bob:3 endDelimiter://\nSELECT 1 //\nSELECT 2\n//\n--rollback SELECT -1 //\n--rollback SELECT -2\n",
    }
    assert verdicts(texts) == [
        ("ann:1", [ORDERS[:-1]], ["DROP TABLE orders"], "proved"),
        ("ann:2", ["| ALTER TABLE orders ADD COLUMN prio int"], ["| ALTER TABLE orders\n  DROP COLUMN prio"], "proved"),
        ("bob:1", ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"], [], "missing"),
        ("Bob B:2", ["CREATE OR REPLACE VIEW v AS SELECT id FROM orders"], [], "missing"),
        ("bob:3", ["SELECT 1", "SELECT 2"], ["SELECT -1", "SELECT -2"], "proved"),
    ]
    found = read(texts).migrations
    assert [(each.labels, str(each.up.place), str(each.down.place)) for each in found[:4]] == [
        ((), "db/changelog/b.sql:4:1", "db/changelog/b.sql:7:1"),
        ((), "db/changelog/b.sql:9:1", "db/changelog/b.sql:11:1"),
        ((), "db/changelog/a.sql:2:1", "db/changelog/a.sql:4:1"),
        (("repeatable",), "db/changelog/a.sql:5:1", "None"),
    ]
    assert found[1].down.steps[0].place == Place("db/changelog/b.sql", 12, 1)
    assert wrong(texts) == []


def test_liquibase_identities():
    texts = {
        "a.sql": "--liquibase formatted sql\n--changeset x:1\nSELECT 1;\n--changeset x:1\nSELECT 2;",
        "b.sql": "-- liquibase formatted sql\n-- changeset x:1\nSELECT 3;\n-- changeset x:2 ignore:true\nSELECT 4;",
        "c.sql": "--liquibase formatted sql\nSELECT 5;",
    }
    found = read(texts)
    assert [each.id for each in found.migrations] == ["a::x:1", "a::x:1", "b::x:1"]
    assert [(each.rule, each.subject, str(each.place)) for each in found.defects] == [
        ("migration-unreadable", "c.sql", "c.sql:1:1"),
        ("migration-duplicate-id", "x:1 in a.sql", "a.sql:1:1"),
    ]


def test_numbered_files():
    texts = {
        "db/migrations/001_orders.sql": ORDERS,
        "db/migrations/001_orders.down.sql": "DROP TABLE orders;",
        "db/migrations/10-index.sql": INDEX,
        "db/migrations/2.1_prio.sql": "BEGIN;\n" + PRIO + "\nEND;\nSELECT 1;",
        "db/migrations/2.1_prio.undo.sql": "ALTER TABLE orders DROP COLUMN prio;",
        "db/migrations/3_scale_down.sql": "SELECT 3;",
        "db/migrations/4_x_up.sql": "SELECT 4;",
        "db/migrations/4_x_down.sql": "SELECT -4;",
        "db/migrations/5_y.undo.sql": "SELECT -5;",
        "other/1_a.sql": "SELECT 1;",
        "other/2_b.sql": "SELECT 1;",
    }
    assert verdicts(texts) == [
        ("001_orders", ["| " + ORDERS[:-1]], ["| DROP TABLE orders"], "proved"),
        ("2.1_prio", ["BEGIN", PRIO[:-1], "END", "| SELECT 1"], ["| ALTER TABLE orders DROP COLUMN prio"], "proved"),
        ("3_scale_down", ["| SELECT 3"], [], "proved"),
        ("4_x_up", ["| SELECT 4"], ["| SELECT -4"], "proved"),
        ("10-index", ["| " + INDEX[:-1]], [], "missing"),
    ]
    assert [each[:2] for each in wrong(texts)] == [("pair-missing", "db/migrations/5_y.undo.sql:1:1")]
    (named,) = find(Files(texts), include=["other"])[0]
    assert (named.tool, named.files) == ("numbered", ("other/1_a.sql", "other/2_b.sql"))


def test_flyway_settings_placeholders_and_mixed_files():
    texts = {
        "flyway.conf": "flyway.placeholders.schema=app\n# flyway.placeholders.no=1\n",
        "db/flyway.toml": '[flyway]\nmixed = false\n[flyway.placeholders]\ntable = "orders"\n',
        "db/sql/V1__a.sql": "CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (id int, note text DEFAULT '${what}');",
        "db/sql/V2__b.sql": "CREATE TABLE ${other}.x (id int);\nCOMMENT ON SCHEMA app IS '${what}';\nDO $$ BEGIN PERFORM ${x}; END $$;",
        "db/sql/V3__c.sql": "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY i ON app.orders (id);",
        "db/sql/V4__d.sql": "CREATE TABLE d (id int);\nVACUUM d;",
        "db/sql/V5__e.sql": "SELECT '${kept}';",
        "db/sql/V5__e.sql.conf": "placeholderReplacement=false\nexecuteInTransaction=false\n",
        "db/sql/V6__f.sql": "ALTER TYPE t ADD VALUE 'x'; REINDEX TABLE CONCURRENTLY d;",
    }
    found = read(texts)
    assert [outline(each.up.steps) for each in found.migrations] == [
        ["CREATE SCHEMA app", "CREATE TABLE app.orders (id int, note text DEFAULT $1)"],
        [
            "? the value of ${other} is not known",
            "COMMENT ON SCHEMA app IS '${what}'",
            "? the value of ${x} in a body is not known",
        ],
        ["SET lock_timeout = '1s'", "CREATE INDEX CONCURRENTLY i ON app.orders (id)"],
        ["CREATE TABLE d (id int)", "VACUUM d"],
        ["SELECT '${kept}'"],
        ["ALTER TYPE t ADD VALUE 'x'", "REINDEX TABLE CONCURRENTLY d"],
    ]
    inside = [[getattr(step, "in_transaction", None) for step in each.up.steps] for each in found.migrations]
    assert inside == [[True, True], [None, True, None], [False, False], [False, False], [False], [True, True]]
    assert wrong(texts) == [
        (
            "transaction-mixed",
            "db/sql/V4__d.sql:2:1",
            "Flyway refuses to run both in one file: VACUUM d runs outside of a transaction, CREATE TABLE d (id int) inside",
        )
    ]


def test_names_are_looked_at_before_contents():
    texts = {
        "m/1_a.up.sql": "-- +goose Up\nSELECT 1;",
        "m/V1__a.sql": None,
        "g/1_a.sql": "-- +goose Up\nSELECT 1;",
        "g/2_b.sql": "SELECT 1;",
    }
    assert [(each.tool, each.files) for each in find(Files(texts))[0]] == [
        ("golang-migrate", ("m/1_a.up.sql",)),
        ("goose", ("g/1_a.sql",)),
    ]


def test_a_file_that_cannot_be_read_is_opaque_in_every_tool():
    broken = b"-- +goose Up\n-- migrate:up\n--liquibase formatted sql\n\xff"
    for tool, path in (
        ("goose", "m/1_a.sql"),
        ("dbmate", "m/1_a.sql"),
        ("liquibase", "m/1_a.sql"),
        ("flyway", "m/V1__a.sql"),
        ("golang-migrate", "m/1_a.up.sql"),
        ("prisma", "m/20200101000000_a/migration.sql"),
        ("diesel", "m/1_a/up.sql"),
        ("numbered", "m/1_a.sql"),
        ("sql", "m/1_a.sql"),
    ):
        (migration,) = trees.read(Files({path: broken}), Location(tool, "m", (path,))).migrations
        assert (migration.up.kind, sql(migration.up.steps)) == (
            ScriptKind.CODE,
            [f"? byte {len(broken) - 1} is not UTF-8"],
        )
        assert [each.rule for each in migration.defects] == ["migration-unreadable"]


SPACES = " " * 200_000


@pytest.mark.parametrize(
    "texts",
    [
        {"m/1_a.sql": f"-- +goose Up\n-- +goose {SPACES}x\nSELECT 1;"},
        {"m/1_a.sql": f"-- migrate:up\nSELECT 1;\n-- {SPACES}migrate:down {SPACES}x"},
        {"m/V1__a.sql": "SELECT '${x}';", "flyway.conf": f"flyway.placeholders.x = {SPACES}y"},
        {"sqitch.plan": f"x{SPACES}y\n{SPACES}x\n", "sqitch.conf": f"[core]\nengine = {SPACES}pg"},
        {
            "a.sql": f"--liquibase formatted sql\n--changeset {SPACES}\n--changeset a:1\nSELECT 1;"
            + "/* rollback " * 50_000
        },
    ],
    ids=["goose", "dbmate", "flyway", "sqitch", "liquibase"],
)
def test_long_lines_cost_no_more_than_their_length(texts):
    begin = time.process_time()
    read(texts)
    assert time.process_time() - begin < 5
