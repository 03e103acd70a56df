"""Verdicts on the way back, phases, releases, transactions: exactly, from migrations as people write them."""

import pytest

from contractcheck.migrations.effects import Lock, Server
from contractcheck.migrations.examination import examine, report
from contractcheck.migrations.trees import Tree
from contractcheck.model.report import Reversibility, ReversibilityVerdict
from tests.migrations.trees_in_memory import Files, read

SERVER = Server(version=16)


def revision(name, parent, up, down):
    head = f"from alembic import op\nimport sqlalchemy as sa\nrevision = {name!r}\ndown_revision = {parent!r}\n"
    sides = (("upgrade", up), ("downgrade", down))
    return head + "".join(
        f"def {side}():\n" + "".join(f"    {line}\n" for line in body.split("\n"))
        for side, body in sides
        if body is not None
    )


def sql(*statements):
    return "\n".join(f"op.execute({each!r})" for each in statements)


CREATE = sql("CREATE TABLE t (id int PRIMARY KEY, n text, k int)")
BASE = revision("a", None, CREATE, sql("DROP TABLE t"))


def examined(up, down, base=BASE, **options):
    tree = read({"versions/a.py": base, "versions/b.py": revision("b", "a", up, down)})
    (found,) = examine(tree, SERVER, wanted={"b"}, **options)
    return found


def way_back(up, down, **options):
    return examined(up, down, **options).reversibility


def proved(why="upgrade and downgrade give back the same schema", differences=(), since=()):
    return Reversibility(ReversibilityVerdict.PROVED, why, differences, (), since)


def lossy(*lost, named=None):
    why = f"the schema comes back, the data of {named or ', '.join(lost)} does not"
    return Reversibility(ReversibilityVerdict.LOSSY, why, (), lost)


UNCHANGED = proved("the upgrade leaves the schema as it was")
DATA = proved("data only: the upgrade leaves the schema as it was")
ADD, DROP = "ALTER TABLE t ADD COLUMN x int", "ALTER TABLE t DROP COLUMN x"


def test_proved():
    assert way_back(sql(ADD), sql(DROP)) == proved(since=("t.x",))
    assert way_back(sql("ALTER TABLE t RENAME TO u"), sql("ALTER TABLE u RENAME TO t")) == proved()


def test_what_is_copied_aside_and_back_is_not_lost():
    aside = sql("ALTER TABLE t ADD COLUMN o text", "UPDATE t SET o = n", "ALTER TABLE t DROP COLUMN n")
    back = sql("ALTER TABLE t ADD COLUMN n text", "UPDATE t SET n = o", "ALTER TABLE t DROP COLUMN o")
    order = ("order of columns of t: id, n, k became id, k, n",)
    but = "upgrade and downgrade give back the same schema, but for the order of columns"
    assert way_back(aside, back) == proved(but, order, ("t.o",))
    for other in (back.replace("n = o", "n = o || o"), back.replace("n = o", "n = o WHERE id > 1")):
        assert way_back(aside, other).data_lost == ("t.n",)
    assert way_back(aside.replace("o text", "o varchar(5)"), back).data_lost == ("t.n",)


def test_what_only_the_downgrade_destroys_is_lost():
    again = sql("DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY, n text, k int)")
    assert way_back(sql("CREATE INDEX i ON t (k)"), again) == lossy("t")
    assert way_back(sql("CREATE INDEX i ON t (k)"), sql("DROP INDEX i", "DELETE FROM t")) == lossy("rows of t")


def test_proved_but_for_the_order_of_columns_and_the_data():
    up, down = sql("ALTER TABLE t DROP COLUMN n"), sql("ALTER TABLE t ADD COLUMN n text")
    assert way_back(up, down) == Reversibility(
        ReversibilityVerdict.LOSSY,
        "the schema comes back, the data of t.n does not",
        ("order of columns of t: id, n, k became id, k, n",),
        ("t.n",),
    )
    down = sql("ALTER TABLE t ADD COLUMN n2 text", "ALTER TABLE t DROP COLUMN n", "ALTER TABLE t RENAME n2 TO n")
    assert way_back(sql("ALTER TABLE t ALTER COLUMN n SET NOT NULL"), down) == Reversibility(
        ReversibilityVerdict.LOSSY,
        "the schema comes back, the data of t.n does not",
        ("order of columns of t: id, n, k became id, k, n",),
        ("t.n",),
    )


def test_lossy():
    assert way_back(sql("ALTER TABLE t DROP COLUMN k"), sql("ALTER TABLE t ADD COLUMN k int")) == lossy("t.k")
    assert way_back(sql("DROP TABLE t"), CREATE) == lossy("t")
    assert way_back(sql("TRUNCATE t"), "pass") == lossy("rows of t")


def test_lossy_with_more_than_can_be_named():
    columns = "abcde"
    base = revision("a", None, sql(f"CREATE TABLE t ({', '.join(f'{c} int' for c in columns)})"), "pass")
    up = sql(*(f"ALTER TABLE t DROP COLUMN {c}" for c in columns))
    down = sql(*(f"ALTER TABLE t ADD COLUMN {c} int" for c in columns))
    lost = tuple(f"t.{c}" for c in columns)
    assert way_back(up, down, base=base) == lossy(*lost, named="t.a, t.b, t.c and 2 more")


def test_what_the_migration_made_itself_is_not_lost():
    up = sql(
        "ALTER TABLE t ADD COLUMN tmp int",
        "ALTER TABLE t RENAME COLUMN tmp TO tmp2",
        "ALTER TABLE t RENAME TO t2",
        "ALTER TABLE t2 DROP COLUMN tmp2",
        "ALTER TABLE t2 RENAME TO t",
        "CREATE TABLE u (id int)",
        "ALTER TABLE u DROP COLUMN id",
        "DROP TABLE u",
    )
    assert way_back(up, "pass") == UNCHANGED
    replaced = sql("ALTER TABLE t ADD COLUMN k2 int", "ALTER TABLE t DROP COLUMN k", "ALTER TABLE t RENAME k2 TO k")
    assert way_back(replaced, "pass") == lossy("t.k")


def test_data_only():
    assert way_back(sql("UPDATE t SET n = 'x' WHERE n IS NULL"), "pass") == DATA
    assert way_back(sql("UPDATE t SET n = 'x', k = 1"), "pass") == lossy("t.n", "t.k")
    added = sql("ALTER TABLE t ADD x int", "UPDATE t SET x = 1", "CREATE TABLE u (a int)", "UPDATE u SET a = 2")
    assert way_back(added, sql("DROP TABLE u", "ALTER TABLE t DROP x")) == proved(since=("u", "t.x"))
    assert way_back(sql("INSERT INTO t VALUES (1)"), sql("DELETE FROM t WHERE id = 1")) == DATA
    assert way_back("pass", "pass") == UNCHANGED


def test_broken_with_every_difference():
    up = sql("ALTER TABLE t DROP COLUMN k", "ALTER TABLE t ALTER COLUMN n SET NOT NULL")
    left = ("column t.k: type integer became bigint", "column t.n: not null no became yes")
    assert way_back(up, sql("ALTER TABLE t ADD COLUMN k bigint")) == Reversibility(
        ReversibilityVerdict.BROKEN, f"the schema does not come back: {left[0]}", left, ("t.k",)
    )


def test_a_downgrade_that_fails():
    why = 'the downgrade fails: column "y" of relation "t" does not exist'
    assert way_back(sql(ADD), sql("ALTER TABLE t DROP COLUMN y")) == Reversibility(
        ReversibilityVerdict.BROKEN, why, ("column t.x is left over",)
    )


def test_a_downgrade_that_refuses_its_transaction():
    index = "CREATE INDEX CONCURRENTLY i ON t (n)"
    block = f"with op.get_context().autocommit_block():\n    {sql(index)}"
    back = "DROP INDEX CONCURRENTLY i"
    assert way_back(block, sql(back)) == Reversibility(
        ReversibilityVerdict.BROKEN,
        "the downgrade fails: DROP INDEX CONCURRENTLY cannot run inside a transaction block",
    )
    assert way_back(block, f"with op.get_context().autocommit_block():\n    {sql(back)}") == proved()


@pytest.mark.parametrize(
    ("down", "why"),
    [
        ("pass", "the downgrade does nothing"),
        ('"""Nothing."""', "the downgrade does nothing"),
        (None, "there is no downgrade"),
    ],
)
def test_missing(down, why):
    assert way_back(sql(ADD), down) == Reversibility(ReversibilityVerdict.MISSING, why, ("column t.x is left over",))
    assert way_back(sql("UPDATE t SET n = '' WHERE id = 1"), down) == DATA


@pytest.mark.parametrize("up", [sql(ADD), sql("UPDATE t SET n = '' WHERE k = 1"), "op.execute(unknown())", "pass"])
def test_a_downgrade_that_raises_is_no_way_back_whatever_the_upgrade_does(up):
    assert way_back(up, "raise NotImplementedError") == Reversibility(
        ReversibilityVerdict.MISSING, "the downgrade refuses to run"
    )


def test_missing_although_a_step_is_opaque():
    found = way_back("op.execute(unknown())\n" + sql(ADD), "pass")
    assert found == Reversibility(
        ReversibilityVerdict.MISSING, "the downgrade does nothing", ("column t.x is left over",)
    )


OPAQUE = "execute: unknown is not read"


def test_unproven_for_an_opaque_step_up_or_down():
    def unproven(why, since=()):
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, (), (), since)

    assert way_back("op.execute(unknown())", "pass") == unproven(f"versions/b.py:6:5: {OPAQUE}")
    assert way_back(sql(ADD), "op.execute(unknown())") == unproven(f"versions/b.py:8:5: {OPAQUE}")
    assert way_back("op.execute(unknown())\n" + sql(ADD), "op.execute(unknown())\n" + sql(DROP)) == unproven(
        f"versions/b.py:6:5: {OPAQUE}", ("t.x",)
    )
    assert way_back(sql("DO 'BEGIN EXECUTE x; END'"), "pass").verdict is ReversibilityVerdict.UNPROVEN


def test_unproven_for_an_upgrade_that_fails():
    assert way_back(sql("ALTER TABLE u ADD COLUMN x int"), "pass") == Reversibility(
        ReversibilityVerdict.UNPROVEN, 'the upgrade fails: relation "u" does not exist'
    )


def test_unproven_for_a_type_that_only_a_run_knows():
    base = revision("a", None, sql('CREATE TABLE t (n "?A")'), "pass")
    left = ("not known whether column t.n has its type: unknown (A) became unknown (B)",)
    up, down = sql("ALTER TABLE t ALTER COLUMN n TYPE int USING n::int"), sql('ALTER TABLE t ALTER COLUMN n TYPE "?B"')
    assert way_back(up, down, base=base) == Reversibility(ReversibilityVerdict.UNPROVEN, left[0], left)
    assert way_back(up, sql('ALTER TABLE t ALTER COLUMN n TYPE "?A"'), base=base) == proved()


WAYS = "import os\nif os.environ.get('X'):\n    {}\nelse:\n    {}"


def test_ways_that_agree_leave_the_schema_known_and_tell_what_may_be_lost():
    up = WAYS.format(sql("DROP TABLE t"), sql("DROP TABLE t CASCADE"))
    assert way_back(up, CREATE) == lossy("t")
    assert way_back(WAYS.format(sql(ADD), sql(ADD)), sql(DROP)) == proved(since=("t.x",))
    assert way_back(WAYS.format(sql("TRUNCATE t"), "pass"), "pass") == lossy("rows of t")


def test_ways_that_do_not_agree_or_fail_are_unproven():
    why = "versions/b.py:7:5: depends on the environment of the run"
    for up in (WAYS.format(sql(ADD), "pass"), WAYS.format(sql("DROP TABLE u"), "pass")):
        assert way_back(up, "pass") == Reversibility(ReversibilityVerdict.UNPROVEN, why)


@pytest.mark.parametrize(
    ("up", "phase"),
    [
        (sql(ADD), "expand"),
        (sql("CREATE TABLE u (id int)"), "expand"),
        (sql("ALTER TABLE t DROP COLUMN n"), "contract"),
        (sql("DROP TABLE t"), "contract"),
        (sql("ALTER TABLE t RENAME TO u"), "contract"),
        (sql("ALTER TABLE t RENAME COLUMN n TO m"), "contract"),
        (sql("UPDATE t SET n = ''"), "migrate"),
        (sql("ALTER TABLE t DROP COLUMN n", ADD), "mixed"),
        (sql("DROP TABLE t", "CREATE TABLE u (id int)"), "mixed"),
        ("pass", "none"),
        ("op.execute(unknown())", "none"),
    ],
)
def test_phases(up, phase):
    assert examined(up, "pass").phase == phase


def test_phases_of_a_table_that_nobody_created():
    begun = revision("a", None, sql("ALTER TABLE z ADD COLUMN a int"), "pass")
    assert examined(sql("ALTER TABLE y DROP COLUMN b"), "pass", base=begun).phase == "contract"
    assert examined(sql("ALTER TABLE y DROP COLUMN IF EXISTS b, ADD c int"), "pass", base=begun).phase == "mixed"
    assert examined(sql("ALTER TABLE y ADD COLUMN c int"), "pass", base=begun).phase == "expand"


SECOND = sql("CREATE TABLE u (id int)")
INDEX = sql("CREATE INDEX i ON u (id)")


def three():
    return read(
        {
            "versions/a.py": BASE,
            "versions/b.py": revision("b", "a", SECOND, sql("DROP TABLE u")),
            "versions/c.py": revision("c", "b", INDEX, sql("DROP INDEX i")),
        }
    )


def hurt(found):
    return [(each.migration.id, [ran.statement.sql for ran in each.hurting()], sorted(each.fresh)) for each in found]


def test_in_one_release_a_table_of_the_first_migration_is_empty_for_the_next():
    tree = three()
    alone = [("b", [], ["u"]), ("c", ["CREATE INDEX i ON u (id)"], [])]
    assert hurt(examine(tree, SERVER, wanted=("b", "c"))) == alone
    assert hurt(examine(tree, SERVER, wanted=("b", "c"), one_release=True)) == [("b", [], ["u"]), ("c", [], ["u"])]
    assert hurt(examine(tree, SERVER, wanted=("c",), one_release=True)) == alone[1:]
    assert [each.migration.id for each in examine(tree, SERVER)] == ["a", "b", "c"]
    assert examine(tree, SERVER, wanted=()) == ()


def test_a_table_of_the_same_release_that_is_renamed_stays_new():
    tree = read(
        {
            "versions/a.py": revision("a", None, sql("CREATE TABLE t (id int)"), "pass"),
            "versions/b.py": revision("b", "a", sql("ALTER TABLE t RENAME TO u"), sql("ALTER TABLE u RENAME TO t")),
            "versions/c.py": revision("c", "b", INDEX, sql("DROP INDEX i")),
        }
    )
    assert hurt(examine(tree, SERVER, one_release=True)) == [("a", [], ["t"]), ("b", [], ["t", "u"]), ("c", [], ["u"])]


def test_a_tree_that_begins_on_a_filled_database():
    begun = revision("a", None, sql("ALTER TABLE old ADD COLUMN x int"), sql("ALTER TABLE old DROP COLUMN x"))
    up, down = sql("ALTER TABLE other ADD COLUMN y int"), sql("ALTER TABLE other DROP COLUMN y")
    assert way_back(up, down, base=begun) == proved(since=("other.y",))
    up, down = sql("ALTER TABLE other DROP CONSTRAINT c"), sql("ALTER TABLE other ADD CONSTRAINT c CHECK (y > 0)")
    found = way_back(up, down, base=begun)
    assert (found.verdict, found.why) == (
        ReversibilityVerdict.UNPROVEN,
        "other is not created by these migrations: what it was like is not known",
    )


BEGUN = revision("a", None, sql("ALTER TABLE old ADD COLUMN a int") + "\n" + CREATE, "pass")
UNKNOWN = "z is not created by these migrations: what it was like is not known"


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("ALTER TABLE z ADD COLUMN n int", "ALTER TABLE z DROP COLUMN n"),
        ("ALTER TABLE z ADD COLUMN n int REFERENCES t (id)", "ALTER TABLE z DROP COLUMN n"),
        ("ALTER TABLE z ADD CONSTRAINT c CHECK (n > 0)", "ALTER TABLE z DROP CONSTRAINT c"),
        ("CREATE INDEX i ON z (n)", "DROP INDEX i"),
        ("CREATE TABLE w (id int REFERENCES z (id))", "DROP TABLE w"),
        ("CREATE VIEW w AS SELECT n FROM z", "DROP VIEW w"),
        ("UPDATE z SET n = 1 WHERE n = 2", "UPDATE z SET n = 0 WHERE n = 1"),
        ("COMMENT ON TABLE z IS 'x'", "COMMENT ON TABLE z IS NULL"),
    ],
)
def test_what_is_added_to_an_unknown_table_can_be_proved_to_go_again(up, down):
    found = way_back(sql(up), sql(down), base=BEGUN)
    assert (found.verdict, found.differences) == (ReversibilityVerdict.PROVED, ())


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("ALTER TABLE z DROP COLUMN n", "ALTER TABLE z ADD COLUMN n int"),
        ("ALTER TABLE z DROP CONSTRAINT c", "ALTER TABLE z ADD CONSTRAINT c CHECK (n > 0)"),
        ("ALTER TABLE z ALTER n SET NOT NULL", "ALTER TABLE z ALTER n DROP NOT NULL"),
        ("ALTER TABLE z ALTER n SET DEFAULT 1", "ALTER TABLE z ALTER n DROP DEFAULT"),
        ("ALTER TABLE z RENAME TO y", "ALTER TABLE y RENAME TO z"),
        ("ALTER TABLE z RENAME n TO m", "ALTER TABLE z RENAME m TO n"),
        ("ALTER TABLE z ENABLE ROW LEVEL SECURITY", "ALTER TABLE z DISABLE ROW LEVEL SECURITY"),
        ("DROP TABLE z", "CREATE TABLE z (id int)"),
        ("ALTER TABLE z ALTER n TYPE text", "ALTER TABLE z ALTER n TYPE int USING n::int"),
    ],
)
def test_what_an_unknown_table_loses_leaves_no_trace_so_nothing_is_proved(up, down):
    found = way_back(sql(up), sql(down), base=BEGUN)
    assert found.verdict is ReversibilityVerdict.UNPROVEN
    assert found.why in {UNKNOWN, "not known whether column z.n is as it was"}
    assert way_back(sql(up), "pass", base=BEGUN).verdict is ReversibilityVerdict.MISSING


@pytest.mark.parametrize("up", ["DROP INDEX i", "DROP TYPE e", "DROP FUNCTION f", "ALTER TYPE e SET SCHEMA public"])
def test_what_was_never_seen_and_goes_is_missing_without_a_downgrade(up):
    assert way_back(sql(up), "pass", base=BEGUN).verdict is ReversibilityVerdict.MISSING


def test_dropping_again_what_is_gone_is_not_taken_for_a_change():
    gone = revision("a", None, sql("ALTER TABLE old ADD COLUMN a int", "DROP INDEX i"), "pass")
    assert way_back(sql("DROP INDEX IF EXISTS i"), "pass", base=gone).verdict is not ReversibilityVerdict.PROVED


def test_temporary_objects_and_system_catalogs_are_nobodys_schema():
    up = sql(
        "CREATE TEMPORARY TABLE s (id int)",
        "CREATE INDEX i ON s (id)",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "INSERT INTO s SELECT 1 FROM pg_settings",
        ADD,
    )
    assert way_back(up, sql(DROP), base=BEGUN) == proved(since=("t.x",))


def test_an_empty_first_migration_does_not_tell_how_a_tree_begins():
    begun = revision("a", None, "pass", "pass")
    assert way_back(sql("ALTER TABLE u ADD COLUMN x int"), "pass", base=begun) == Reversibility(
        ReversibilityVerdict.MISSING, "the downgrade does nothing", ("not known whether column u.x is as it was",)
    )
    assert examine(Tree("alembic", ".", (), (), ()), SERVER) == ()
    (found,) = examine(read({"versions/a.py": begun}), SERVER)
    assert found.reversibility == UNCHANGED


def test_a_part_of_a_history_may_use_tables_it_does_not_create():
    tree = read({"d/1_a.up.sql": "CREATE TABLE n (id int)", "d/2_b.up.sql": "ALTER TABLE other ADD COLUMN y int"})
    assert [ran.refused for each in examine(tree, SERVER) for ran in each.up] == [
        None,
        'relation "other" does not exist',
    ]
    assert [ran.refused for each in examine(tree, SERVER, complete=False) for ran in each.up] == [None, None]


def test_what_is_there_already_the_tool_leaves_out():
    kind = "sa.Enum('a', name='e')"
    base = revision("a", None, f"{CREATE}\n{kind}.create(op.get_bind(), checkfirst=True)", "pass")
    up = f"{kind}.create(op.get_bind(), checkfirst=True)\n" + sql(ADD)
    found = examined(up, sql(DROP), base=base)
    assert ([ran.statement.sql for ran in found.up], found.reversibility) == ([ADD], proved(since=("t.x",)))


UPDATE = "UPDATE t SET n = ''"


def locks(up):
    return [(ran.statement.sql, dict(ran.held)) for ran in examined(up, "pass").up]


def test_locks_are_held_to_the_end_of_the_transaction():
    assert locks(sql(ADD, UPDATE)) == [(ADD, {"t": Lock.ACCESS_EXCLUSIVE}), (UPDATE, {"t": Lock.ACCESS_EXCLUSIVE})]
    assert locks(sql(UPDATE, ADD)) == [(UPDATE, {"t": Lock.ROW_EXCLUSIVE}), (ADD, {"t": Lock.ACCESS_EXCLUSIVE})]


@pytest.mark.parametrize("between", ["", "op.execute(unknown())\n"])
def test_an_autocommit_block_ends_the_transaction(between):
    block = f"with op.get_context().autocommit_block():\n    {sql(UPDATE)}\n"
    alone = (UPDATE, {"t": Lock.ROW_EXCLUSIVE})
    assert locks(sql(ADD) + "\n" + between + block + sql(UPDATE)) == [(ADD, {"t": Lock.ACCESS_EXCLUSIVE}), alone, alone]
    assert locks(sql(ADD) + "\n" + block + between + sql(UPDATE)) == [(ADD, {"t": Lock.ACCESS_EXCLUSIVE}), alone, alone]


def test_an_opaque_step_does_not_end_the_transaction():
    assert locks(sql(ADD) + "\nop.execute(unknown())\n" + sql(UPDATE)) == [
        (ADD, {"t": Lock.ACCESS_EXCLUSIVE}),
        (UPDATE, {"t": Lock.ACCESS_EXCLUSIVE}),
    ]


def test_a_report_shows_statements_and_what_is_not_known():
    found = report(examined(sql(ADD) + "\nop.execute(unknown())", sql(DROP)))
    assert (found.id, found.path, found.tool, found.phase) == ("b", "versions/b.py", "alembic", "expand")
    assert [(each.sql, str(each.place), each.effects["max_lock"]) for each in found.statements] == [
        (ADD, "versions/b.py:6:5", "AccessExclusiveLock"),
        ("-- op.execute(unknown())", "versions/b.py:7:5", None),
    ]
    assert found.statements[1].effects["unproven"] == OPAQUE
    assert [(each.sql, str(each.place)) for each in found.down] == [(DROP, "versions/b.py:9:5")]


def test_reading_twice_gives_the_same():
    assert Files({}).label == "memory"
    assert examine(three(), SERVER) == examine(three(), SERVER)
