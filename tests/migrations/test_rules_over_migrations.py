"""What each rule over one migration says: message, subject, place and proof, and where it stays silent."""

import pytest

from contractcheck.migrations.acts import brief
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.rules import findings
from contractcheck.model.finding import Category, ProofKind
from tests.migrations.trees_in_memory import read

HEAD = "from alembic import op\nimport sqlalchemy as sa\n"


def revision(name, parent, up, down="pass"):
    text = HEAD + f"revision = {name!r}\ndown_revision = {parent!r}\n"
    for side, body in (("upgrade", up), ("downgrade", down)):
        text += f"def {side}():\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    return text


def sql(*statements):
    return "\n".join(f"op.execute({each!r})" for each in statements)


BASE = revision("a", None, sql("CREATE TABLE t (id int PRIMARY KEY, n text, k int)"), sql("DROP TABLE t"))
REVERSIBILITY = {"downgrade-missing", "downgrade-broken", "downgrade-unproven"}


def found(up, down="pass", *, base=BASE, way_back=False, rules=None):
    """(rule, subject, line:column, message) of each finding of migration b."""
    tree = read({"versions/a.py": base, "versions/b.py": revision("b", "a", up, down)})
    (examined,) = examine(tree, Server(version=16), wanted={"b"})
    assert {each.place.file for each in findings(examined)} <= {"versions/b.py"}
    return [
        (each.rule, each.subject, f"{each.place.line}:{each.place.column}", each.message)
        for each in findings(examined)
        if (way_back or each.rule not in REVERSIBILITY)
        and (rules is None or each.rule in rules)
        and each.category is not Category.ROLLOUT
    ]


def proof(up, rule, down="pass"):
    tree = read({"versions/a.py": BASE, "versions/b.py": revision("b", "a", up, down)})
    (examined,) = examine(tree, Server(version=16), wanted={"b"})
    (finding,) = [each for each in findings(examined) if each.rule == rule]
    return finding.proof.kind, finding.proof.why


def test_data_lost_on_upgrade():
    up = sql("ALTER TABLE t DROP COLUMN n, DROP COLUMN k", "TRUNCATE t", "DROP TABLE t")
    assert found(up) == [
        ("data-lost-on-upgrade", "b t.n", "6:5", "t.n is lost: ALTER TABLE t DROP COLUMN n, DROP COLUMN k"),
        ("data-lost-on-upgrade", "b t.k", "6:5", "t.k is lost: ALTER TABLE t DROP COLUMN n, DROP COLUMN k"),
        ("data-lost-on-upgrade", "b rows of t", "7:5", "rows of t is lost: TRUNCATE t"),
        ("data-lost-on-upgrade", "b t", "8:5", "t is lost: DROP TABLE t"),
    ]
    assert proof(sql("DROP TABLE t"), "data-lost-on-upgrade") == (
        ProofKind.DERIVED,
        "the model of the database has it before and not after",
    )
    assert found(sql("CREATE TABLE u (id int)", "ALTER TABLE u DROP COLUMN id", "TRUNCATE u", "DROP TABLE u")) == []
    assert found(sql("DROP INDEX t_pkey")) != []  # refused: it enforces a constraint
    assert found(sql("ALTER TABLE t ADD COLUMN x int", "ALTER TABLE t DROP COLUMN x")) == []


def test_downgrade_missing():
    up = sql("ALTER TABLE t ADD COLUMN x int")
    assert found(up, way_back=True) == [
        ("downgrade-missing", "b", "7:1", "cannot be undone: the downgrade does nothing")
    ]
    assert found(up, "raise NotImplementedError", way_back=True) == [
        ("downgrade-missing", "b", "7:1", "cannot be undone: the downgrade refuses to run")
    ]
    assert proof(up, "downgrade-missing") == (ProofKind.STRUCTURAL, "the downgrade does nothing")


def test_downgrade_missing_stands_at_the_upgrade_where_there_is_no_downgrade():
    tree = read({"d/1_a.up.sql": "-- first\nCREATE TABLE t (id int)"})
    (examined,) = examine(tree, Server(version=16))
    (finding,) = findings(examined)
    assert (finding.rule, str(finding.place), finding.message) == (
        "downgrade-missing",
        "d/1_a.up.sql:1:1",
        "cannot be undone: there is no downgrade",
    )


def test_downgrade_broken_shows_the_first_differences():
    up = sql("ALTER TABLE t DROP COLUMN n, DROP COLUMN k, ADD COLUMN x int, ADD COLUMN y int")
    message = "after upgrade and downgrade the schema is not what it was: "
    first = "column t.k is missing; column t.n is missing; column t.x is left over"
    rules = {"downgrade-broken"}
    assert found(up, sql("ALTER TABLE t ADD COLUMN z int"), way_back=True, rules=rules) == [
        ("downgrade-broken", "b", "7:1", f"{message}{first}; and 2 more")
    ]
    assert found(up, sql("ALTER TABLE t DROP COLUMN y"), way_back=True, rules=rules) == [
        ("downgrade-broken", "b", "7:1", f"{message}{first}")
    ]
    assert proof(up, "downgrade-broken", sql("ALTER TABLE t DROP COLUMN y")) == (
        ProofKind.DERIVED,
        (
            "the schema does not come back: column t.k is missing; "
            'upgrading again fails: column "n" of relation "t" does not exist'
        ),
    )


def test_downgrade_broken_says_how_it_fails():
    up = sql("ALTER TABLE t ADD COLUMN x int")
    message = "after upgrade and downgrade the schema is not what it was: the downgrade fails: "
    assert found(up, sql("ALTER TABLE t DROP COLUMN q"), way_back=True) == [
        (
            "downgrade-broken",
            "b",
            "7:1",
            f'{message}column "q" of relation "t" does not exist; column t.x is left over',
        )
    ]
    assert found("pass", sql("REINDEX TABLE CONCURRENTLY t"), way_back=True) == [
        ("downgrade-broken", "b", "7:1", f"{message}REINDEX CONCURRENTLY cannot run inside a transaction block")
    ]


def test_downgrade_unproven_names_the_step():
    up = sql("ALTER TABLE t ADD COLUMN x int")
    why = "versions/b.py:8:5: execute: unknown is not read"
    assert found(up, "op.execute(unknown())", way_back=True) == [
        ("downgrade-unproven", "b", "7:1", f"the way back is not proved: {why}")
    ]
    assert proof(up, "downgrade-unproven", "op.execute(unknown())") == (ProofKind.UNPROVEN, why)


def test_an_upgrade_that_fails_says_it_all():
    assert found(sql("ALTER TABLE u ADD COLUMN x int"), way_back=True) == [
        (
            "statement-fails",
            "b ALTER TABLE u ADD COLUMN x int",
            "6:5",
            'fails: relation "u" does not exist: ALTER TABLE u ADD COLUMN x int',
        )
    ]
    assert proof(sql("DROP TABLE u"), "statement-fails") == (ProofKind.DERIVED, 'relation "u" does not exist')


INDEX = "CREATE INDEX i ON t (n)"


def test_index_not_concurrent():
    assert found(sql(INDEX)) == [
        ("index-not-concurrent", "b t", "6:5", f"building the index reads all of t under SHARE: writers wait: {INDEX}")
    ]
    assert proof(sql(INDEX), "index-not-concurrent")[0] is ProofKind.DERIVED
    unique = "create  unique\nindex i on t (n)"
    assert [row[:3] for row in found(sql(unique))] == [("index-not-concurrent", "b t", "6:5")]


@pytest.mark.parametrize(
    "up",
    [
        f"with op.get_context().autocommit_block():\n    {sql('CREATE INDEX CONCURRENTLY i ON t (n)')}",
        sql("CREATE TABLE u (id int)", "CREATE INDEX i ON u (id)"),
        sql("DROP INDEX IF EXISTS i"),
    ],
)
def test_index_not_concurrent_is_silent(up):
    assert found(up) == []


def test_an_index_under_a_lock_that_was_taken_before():
    assert [row[1:] for row in found(sql("ALTER TABLE t ADD COLUMN x int", INDEX))] == [
        ("b t", "7:5", f"building the index reads all of t under ACCESS EXCLUSIVE: readers and writers wait: {INDEX}")
    ]


def test_the_second_of_a_kind_is_numbered():
    up = sql(INDEX, INDEX.replace(" i ", " j "), INDEX.replace(" i ", " k "))
    assert [row[:3] for row in found(up)] == [
        ("index-not-concurrent", "b t", "6:5"),
        ("index-not-concurrent", "b t #2", "7:5"),
        ("index-not-concurrent", "b t #3", "8:5"),
    ]
    assert [row[:2] for row in found("op.execute(unknown())\nop.execute(unknown())", rules={"migration-opaque"})] == [
        ("migration-opaque", "b"),
        ("migration-opaque", "b #2"),
    ]


def test_migration_opaque():
    assert found("op.execute(unknown())") == [
        ("migration-opaque", "b", "6:5", "not readable without running it: execute: unknown is not read")
    ]
    assert proof("op.execute(unknown())", "migration-opaque") == (ProofKind.UNPROVEN, "execute: unknown is not read")
    (row,) = found(sql("DO 'BEGIN EXECUTE x; END'"))
    assert row[:3] == ("migration-opaque", "b", "6:5")


def test_not_allowed_in_transaction():
    statement = "CREATE INDEX CONCURRENTLY i ON t (n)"
    assert found(sql(statement)) == [
        ("not-allowed-in-transaction", f"b {statement}", "6:5", f"cannot run inside a transaction block: {statement}")
    ]
    long = f"CREATE INDEX CONCURRENTLY {'i' * 60} ON t (n)"
    assert found(sql(long)) == [
        (
            "not-allowed-in-transaction",
            f"b CREATE INDEX CONCURRENTLY {'i' * 33}…",
            "6:5",
            f"cannot run inside a transaction block: {long}",
        )
    ]
    assert proof(sql(statement), "not-allowed-in-transaction") == (
        ProofKind.DERIVED,
        "the server refuses this statement inside a transaction block",
    )


def test_rewrite_large_table():
    statement = "ALTER TABLE t ALTER COLUMN k TYPE bigint"
    assert found(sql(statement)) == [
        ("rewrite-large-table", "b t", "6:5", f"t is copied into a new file under ACCESS EXCLUSIVE: {statement}")
    ]
    assert found(sql("CREATE TABLE u (k int)", "ALTER TABLE u ALTER COLUMN k TYPE bigint")) == []
    assert found(sql("ALTER TABLE t ALTER COLUMN n TYPE varchar"), rules={"rewrite-large-table"}) == []
    assert found(sql("TRUNCATE t"), rules={"rewrite-large-table"}) == []


def test_scan_under_write_lock():
    check = "ALTER TABLE t ADD CONSTRAINT c CHECK (k > 0)"
    assert found(sql(check)) == [
        (
            "scan-under-write-lock",
            "b t",
            "6:5",
            f"t is read in full under ACCESS EXCLUSIVE: readers and writers wait: {check}",
        )
    ]
    key = "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (k) REFERENCES t (id)"
    assert found(sql(key)) == [
        (
            "scan-under-write-lock",
            "b t",
            "6:5",
            f"t is read in full under SHARE ROW EXCLUSIVE: writers wait: {key}",
        )
    ]
    assert found(sql(f"{check} NOT VALID")) == []
    unique = "ALTER TABLE t ADD UNIQUE (k)"
    assert [row[0] for row in found(sql(unique))] == ["scan-under-write-lock"]
    validate = f"with op.get_context().autocommit_block():\n    {sql('ALTER TABLE t VALIDATE CONSTRAINT c')}"
    assert found(sql(f"{check} NOT VALID") + "\n" + validate) == []


def test_tables_of_the_same_release_do_not_count():
    texts = {
        "versions/a.py": BASE,
        "versions/b.py": revision("b", "a", sql("CREATE TABLE u (id int, k int)")),
        "versions/c.py": revision(
            "c",
            "b",
            sql(
                "CREATE INDEX i ON u (id)",
                "ALTER TABLE u ALTER COLUMN k TYPE bigint",
                "ALTER TABLE u ADD CHECK (id > 0)",
                "ALTER TABLE u DROP COLUMN k",
                INDEX.replace(" i ", " j "),
            ),
        ),
    }
    tree = read(texts)

    def rules(**options):
        return [
            (each.rule, each.subject)
            for examined in examine(tree, Server(version=16), wanted={"b", "c"}, **options)
            for each in findings(examined)
            if each.rule not in REVERSIBILITY and each.category is not Category.ROLLOUT
        ]

    assert rules(one_release=True) == [("index-not-concurrent", "c t")]
    assert rules() == [
        ("data-lost-on-upgrade", "c u.k"),
        ("index-not-concurrent", "c u"),
        ("index-not-concurrent", "c t"),
        ("rewrite-large-table", "c u"),
        ("scan-under-write-lock", "c u"),
        ("work-while-holding-exclusive", "c u t"),
    ]


def test_columns_of_the_same_release_do_not_count():
    texts = {
        "versions/a.py": BASE,
        "versions/b.py": revision("b", "a", sql("ALTER TABLE t ADD COLUMN x int, ADD COLUMN y int")),
        "versions/c.py": revision("c", "b", sql("ALTER TABLE t RENAME COLUMN x TO z", "ALTER TABLE t RENAME TO u")),
        "versions/d.py": revision("d", "c", sql("ALTER TABLE u DROP COLUMN z, DROP COLUMN k")),
        "versions/e.py": revision("e", "d", sql("ALTER TABLE u ADD COLUMN k int, DROP COLUMN y")),
        "versions/f.py": revision("f", "e", sql("ALTER TABLE u DROP COLUMN k", "DROP TABLE u")),
    }

    def lost(**options):
        every = examine(read(texts), Server(version=16), wanted={*"bcdef"}, **options)
        subjects = [each.subject for one in every for each in findings(one) if each.rule == "data-lost-on-upgrade"]
        assert [f"{one.migration.id} {what}" for one in every for what in one.reversibility.data_lost] == subjects
        return subjects

    assert lost(one_release=True) == ["d u.k", "f u"]
    assert lost() == ["d u.k", "d u.z", "e u.y", "f u.k", "f u"]


def test_a_statement_on_one_line():
    assert brief(" SELECT\n  1 ") == "SELECT 1"
    assert brief("x" * 120) == "x" * 120
    assert brief("x" * 121) == "x" * 119 + "…"
    assert brief("abcdef", 4) == "abc…"
