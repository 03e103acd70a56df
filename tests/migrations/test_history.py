"""What changed in the past of a tree is found, and only that."""

import pytest

from contractcheck.migrations.history import compare, rerun
from tests.migrations.trees_in_memory import read

A = "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\ndef upgrade():\n    op.drop_table('t')\ndef downgrade():\n    op.create_table('t')\n"
B = A.replace("revision = 'a'", "revision = 'b'").replace("None", "'a'").replace("'t'", "'u'")
C = B.replace("revision = 'b'", "revision = 'c'", 1).replace("'u'", "'v'")
BASE = {"m/versions/a.py": A, "m/versions/b.py": B}


def found(base, revision):
    return [
        (each.rule, each.subject, str(each.place), str(each.base_place), each.message)
        for each in compare(read(base), read(revision))
    ]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {
            "m/versions/b.py": "# note\n"
            + B.replace("op.drop_table('u')", "name = 'u'\n    op.drop_table(\n        name)")
        },
        {"m/versions/b.py": B.replace("def downgrade", "def helper():\n    pass\ndef downgrade")},
        {"m/versions/c.py": C.replace("'a'", "'b'")},
        {"m/versions/a.py": A, "m/versions/b.py": None, "m/versions/z.py": B},
    ],
    ids=["same", "formatting", "helper", "new at the end", "file renamed"],
)
def test_what_is_no_change_of_history(change):
    assert found(BASE, {**BASE, **change}) == []


def test_an_edited_upgrade_and_downgrade():
    edited = B.replace("op.drop_table('u')", "op.drop_table('w')").replace("create_table('u')", "create_table('x')")
    assert found(BASE, {**BASE, "m/versions/b.py": edited}) == [
        (
            "history-edited",
            "b upgrade",
            "m/versions/b.py:6:5",
            "m/versions/b.py:6:5",
            "upgrade of b does something else than in the base: DROP TABLE u became DROP TABLE w",
        ),
        (
            "history-edited",
            "b downgrade",
            "m/versions/b.py:8:5",
            "m/versions/b.py:8:5",
            "downgrade of b does something else than in the base: CREATE TABLE u ( ) became CREATE TABLE x ( )",
        ),
    ]
    (upgrade, _) = compare(read(BASE), read({**BASE, "m/versions/b.py": edited}))
    assert upgrade.proof.why == "the statements it sends are others"


def test_opaque_steps_are_compared_by_their_code():
    opaque = B.replace("op.drop_table('u')", "op.drop_table(name())")
    base = {**BASE, "m/versions/b.py": opaque}
    assert found(base, base) == []
    assert [row[:2] for row in found(base, {**base, "m/versions/b.py": opaque.replace("name()", "other()")})] == [
        ("history-edit-undecided", "b upgrade")
    ]
    assert [
        row[:2]
        for row in found(base, {**base, "m/versions/b.py": opaque.replace("    op.drop_table(name())", "    pass")})
    ] == [("history-edited", "b upgrade")]


def test_spaces_inside_quotes_are_an_edit():
    base = {"d/1_a.up.sql": "UPDATE t SET a = 'x  y';"}
    assert found(base, {"d/1_a.up.sql": "UPDATE   t SET\n a = 'x  y';"}) == [
        (
            "history-edited",
            "1_a upgrade",
            "d/1_a.up.sql:1:1",
            "d/1_a.up.sql:1:1",
            "upgrade of 1_a does something else than in the base: UPDATE t SET a = 'x  y' became UPDATE   t SET\n a = 'x  y'",
        )
    ]
    plain = {"d/1_a.up.sql": "DROP TABLE t;"}
    assert found(plain, {"d/1_a.up.sql": "-- note\nDROP   TABLE\nt"}) == []


def test_a_downgrade_written_later_is_no_edit():
    empty = B.replace("    op.create_table('u')", "    pass")
    assert found({**BASE, "m/versions/b.py": empty}, BASE) == []


def test_removed_and_renumbered():
    assert found(BASE, {"m/versions/a.py": A}) == [
        ("history-removed", "b", "None", "m/versions/b.py:5:1", "b was in the base and is gone")
    ]
    renumbered = B.replace("revision = 'b'", "revision = 'q'", 1)
    assert found(BASE, {"m/versions/a.py": A, "m/versions/b.py": renumbered}) == [
        (
            "history-reparented",
            "b",
            "m/versions/b.py:5:1",
            "m/versions/b.py:5:1",
            "b has another place in the history: it is q now",
        )
    ]


def test_reparented():
    new = C
    moved = B.replace("down_revision = 'a'", "down_revision = 'c'")
    assert found(BASE, {"m/versions/a.py": A, "m/versions/b.py": moved, "m/versions/c.py": new}) == [
        (
            "history-reparented",
            "b",
            "m/versions/b.py:5:1",
            "m/versions/b.py:5:1",
            "b has another place in the history: it followed a and follows c now",
        )
    ]


def test_inserted_before_an_existing_one():
    base = {"d/V1__a.sql": "SELECT 1", "d/V3__c.sql": "SELECT 3", "d/R__v.sql": "SELECT 0"}
    assert found(
        base,
        {
            **base,
            "d/V2__b.sql": "SELECT 2",
            "d/R__w.sql": "SELECT 9",
            "d/V4__d.sql": "SELECT 4",
            "d/R__v.sql": "SELECT 7",
        },
    ) == [
        (
            "history-inserted",
            "V2__b",
            "d/V2__b.sql:1:1",
            "None",
            "V2__b is new and comes before V3__c, which was there already",
        )
    ]
    assert found({"d/1_a.up.sql": "SELECT 1"}, {"d/0_z.up.sql": "SELECT 0", "d/1_a.up.sql": "SELECT 1"}) == [
        (
            "history-inserted",
            "0_z",
            "d/0_z.up.sql:1:1",
            "None",
            "0_z is new and comes before 1_a, which was there already",
        )
    ]


def test_what_only_a_run_knows_may_be_the_same():
    known = B.replace("op.drop_table('u')", "op.add_column('t', sa.Column('i', sa.Uuid()))")
    unknown = "from shop_types import UUIDType\n" + known.replace("sa.Uuid()", "UUIDType()")
    for old, new in ((known, unknown), (unknown, known)):
        rows = found({**BASE, "m/versions/b.py": old}, {**BASE, "m/versions/b.py": new})
        assert [row[:2] for row in rows] == [("history-edit-undecided", "b upgrade")]
    other = unknown.replace("'i'", "'j'")
    rows = found({**BASE, "m/versions/b.py": known}, {**BASE, "m/versions/b.py": other})
    assert [row[:2] for row in rows] == [("history-edited", "b upgrade")]


GOOSE = {f"m/{n}_x.sql": f"-- +goose Up\nSELECT {n};\n" for n in (1, 2, 4)}
PLAN = "%project=p\n" + "".join(f"{name} 2020-01-01T00:00:00Z A <a@x>\n" for name in "abcd")
SQITCH = {"sqitch.plan": PLAN, **{f"deploy/{name}.sql": f"SELECT '{name}';" for name in "abcd"}}
CHANGES = {"c.sql": "--liquibase formatted sql\n" + "".join(f"--changeset x:{n}\nSELECT {n};\n" for n in "123")}
PRISMA = {"p/migrations/20200101000000_a/migration.sql": "SELECT 1;"}


@pytest.mark.parametrize(
    ("base", "changes", "findings"),
    [
        (GOOSE, {"m/2_x.sql": "-- +goose Up\n-- note\nSELECT  2;\n"}, []),
        (GOOSE, {"m/2_x.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 2;\n"}, [("history-edited", "2_x upgrade")]),
        (GOOSE, {"m/3_y.sql": "-- +goose Up\nSELECT 3;"}, [("history-inserted", "3_y")]),
        (GOOSE, {"m/2_x.sql": None}, [("history-removed", "2_x")]),
        (GOOSE, {"m/4_x.sql": None, "m/5_x.sql": GOOSE["m/4_x.sql"]}, [("history-reparented", "4_x")]),
        (SQITCH, {"sqitch.plan": PLAN.replace("\nb ", "\n@t 2020-01-01T00:00:00Z A <a@x>\nb ")}, []),
        (SQITCH, {"sqitch.plan": PLAN.replace("\na ", "\nz ").replace("\nd ", "\na ").replace("\nz ", "\nd ")},
            [("history-reparented", "a"), ("history-reparented", "d")]),
        (SQITCH, {"sqitch.plan": PLAN.replace("\nb ", "\nn 2020-01-01T00:00:00Z A <a@x>\nb "), "deploy/n.sql": "SELECT 9;"},
            [("history-inserted", "n")]),
        (SQITCH, {"deploy/b.sql": "SELECT 'other';"}, [("history-edited", "b upgrade")]),
        (CHANGES, {"c.sql": "--liquibase formatted sql\n--changeset x:1\nSELECT 1;\n--changeset x:3\nSELECT 3;\n--changeset x:2\nSELECT 2;\n"},
            [("history-reparented", "x:3")]),
        (CHANGES, {"c.sql": CHANGES["c.sql"].replace("x:2", "x:2 runOnChange:true").replace("SELECT 2", "SELECT 22")}, []),
        (PRISMA, {"p/migrations/20200101000000_a/migration.sql": "SELECT  1;"}, [("migration-checksum-changed", "20200101000000_a")]),
        (PRISMA, {"p/migrations/20200101000000_a/migration.sql": "SELECT 2;"}, [("history-edited", "20200101000000_a upgrade")]),
    ],
)  # fmt: skip
def test_each_tool_has_its_own_history(base, changes, findings):
    assert [row[:2] for row in found(base, {**base, **changes})] == findings


def test_repeatable_migrations_run_again_on_what_the_base_left():
    base = read(
        {"d/V1__a.sql": "CREATE TABLE t (a int);", "d/R__v.sql": "CREATE OR REPLACE VIEW v AS SELECT a FROM t;"}
    )
    same, nothing = rerun(base, base)
    assert (same, nothing) == (base, frozenset())
    new = read(
        {
            "d/V1__a.sql": "CREATE TABLE t (a int);",
            "d/V2__b.sql": "ALTER TABLE t ADD COLUMN b int;",
            "d/R__v.sql": "CREATE OR REPLACE VIEW v AS SELECT b FROM t;",
        }
    )
    again, names = rerun(base, new)
    assert ([each.id for each in again.migrations], names) == (
        ["V1__a", "R__v in the base", "V2__b", "R__v"],
        frozenset({"R__v"}),
    )
