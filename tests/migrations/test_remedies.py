"""What to send instead, on a real PostgreSQL: it ends in the schema of the unsafe statement, and nobody waits."""

import pytest

from benchmarks.ddl_server import installed, running
from benchmarks.remedies import BUDGET, UNSAFE, WORLD, examined, remedy, told, tried, world
from contractcheck.migrations.postgresql.remedies import transactions
from contractcheck.migrations.rules import findings
from contractcheck.model.finding import Category, RemedyStep, Severity, When
from contractcheck.reports.remedy import alembic, sql

NEWEST = max(installed())


@pytest.fixture(scope="module")
def server():
    programs = installed()[NEWEST]
    with running(programs) as dsn:
        world(dsn, 1_000)
        yield programs, dsn


# One of each kind; `python -m benchmarks.remedies` runs them all on every server.
CHOSEN = (4, 12, 18, 24, 30, 36, 40, 41, 42, 58, 65)


@pytest.mark.parametrize("number", CHOSEN, ids=[UNSAFE[number][1] for number in CHOSEN])
def test_it_ends_in_the_same_schema_and_nobody_waits(server, number):
    programs, dsn = server
    found = tried(programs, dsn, number, NEWEST)
    assert (found.differences, found.failures) == ((), ())
    assert found.steps
    assert found.waited < BUDGET


@pytest.mark.parametrize(("rule", "unsafe"), UNSAFE)
def test_it_has_no_hazard_itself(rule, unsafe):
    """Each transaction in a migration of its own brings no finding that it is there to avoid."""
    files = {"migrations/000001_a.sql": WORLD}
    steps = remedy(rule, unsafe, 16)
    assert steps, "a sequence is proposed"
    before = unsafe.split("; ")[:-1]
    if rule == "validate-in-same-transaction":
        files["migrations/000002_a.sql"] = f"BEGIN; {'; '.join(before)}; COMMIT;"
    wanted = set()
    for number, group in enumerate(transactions(steps), 3):
        apart = group[0].when in {When.ALONE, When.RELEASE_ALONE}
        text = " ".join(step.sql for step in group)
        files[f"migrations/{number:06}_s.sql"] = text if apart else f"BEGIN; {text} COMMIT;"
        wanted.add(f"{number:06}_s")
    brought = {
        finding.rule
        for one in examined(files, wanted, 16)
        for finding in findings(one)
        if finding.category in {Category.LOCK, Category.REWRITE, Category.DATA, Category.HISTORY}
        and finding.severity is not Severity.INFO
    }
    # A foreign key locks both tables for a moment; what a statement is there to lose is lost in the end.
    assert brought - {"lock-on-other-table"} <= {"data-lost-on-upgrade"} & ({rule} | _final(steps))


def _final(steps):
    dropping = any("DROP COLUMN" in step.sql or "DROP TABLE" in step.sql for step in steps)
    return {"data-lost-on-upgrade"} if dropping else set()


def test_a_renamed_table_keeps_its_former_name_as_a_view():
    note = "when no code reads or writes it any more"
    assert remedy("table-renamed", "ALTER TABLE lines RENAME TO items", 16) == (
        RemedyStep("ALTER TABLE lines RENAME TO items;", When.HERE),
        RemedyStep("CREATE VIEW lines AS SELECT * FROM items;", When.HERE),
        RemedyStep("DROP VIEW lines;", When.RELEASE, note),
    )


@pytest.mark.parametrize(
    ("rule", "unsafe"),
    [
        # a key of another table refers to it
        ("rewrite-large-table", "ALTER TABLE customers ALTER id TYPE int"),
        # there is no online way
        ("rewrite-large-table", "ALTER TABLE lines SET UNLOGGED"),
        ("rewrite-large-table", "ALTER TABLE lines ADD COLUMN d bigint GENERATED ALWAYS AS (id * 2) STORED"),
        ("rewrite-large-table", "ALTER TABLE lines ADD COLUMN d bigint GENERATED ALWAYS AS IDENTITY"),
        ("scan-under-write-lock", "ALTER TABLE lines ADD EXCLUDE USING btree (id WITH =)"),
        # a batch that meets a row twice would add twice
        ("rows-changed-at-once", "UPDATE orders SET qty = qty + 1"),
        ("rows-changed-at-once", "UPDATE orders o SET note = ''"),
        (
            "backfill-in-schema-migration",
            "LOCK orders; UPDATE orders SET note = '' FROM lines WHERE lines.id = orders.id",
        ),
        ("backfill-in-schema-migration", "LOCK metrics; UPDATE metrics SET id = 1 WHERE id = 2"),
        # the columns of several partition keys are no plain CHECK
        ("index-not-concurrent", "CREATE INDEX IF NOT EXISTS x ON metrics (id)"),
    ],
)
def test_nothing_is_proposed_that_is_not_known_to_be_right(rule, unsafe):
    found = [finding.remedy for finding in told(unsafe, 16) if finding.rule == rule]
    assert found == [()]


def test_what_an_unknown_table_holds_is_not_guessed():
    """Only what stands in the statement itself is proposed where no migration made the table."""
    unsafe = "ALTER TABLE t ALTER a TYPE bigint; CREATE INDEX i ON t (a);"
    files = {"migrations/000001_a.sql": unsafe, "migrations/000002_a.sql": "SELECT 1;"}
    (one,) = examined(files, {"000001_a"}, 16)
    assert {
        f.rule: [step.sql for step in f.remedy] for f in findings(one) if f.category is not Category.REVERSIBILITY
    } == {
        "migration-opaque": [],
        "index-not-concurrent": ["DROP INDEX CONCURRENTLY IF EXISTS i;", "CREATE INDEX CONCURRENTLY i ON t (a);"],
    }


def test_as_text_to_copy():
    steps = (
        RemedyStep("SELECT 1;", When.HERE),
        RemedyStep("SELECT 'a';", When.ALONE),
        RemedyStep("SELECT 3;", When.ALONE),
        RemedyStep("SELECT 4;", When.LATER),
        RemedyStep("SELECT 5;", When.RELEASE),
    )
    assert sql(steps).splitlines() == [
        "SELECT 1;",
        "-- outside of a transaction",
        "SELECT 'a';",
        "SELECT 3;",
        "-- in the next migration",
        "SELECT 4;",
        "-- in a migration of a later release",
        "SELECT 5;",
    ]
    assert alembic(steps).splitlines() == [
        "op.execute('SELECT 1')",
        "with op.get_context().autocommit_block():",
        "    op.execute(\"SELECT 'a'\")",
        "    op.execute('SELECT 3')",
        "# in the next revision",
        "op.execute('SELECT 4')",
        "# in a revision of a later release",
        "op.execute('SELECT 5')",
    ]
