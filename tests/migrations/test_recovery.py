"""Notes on recovery are read as they are meant, copies are seen, and points of no return are named."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine, report
from contractcheck.migrations.recovery import unkept
from contractcheck.model.report import Report
from contractcheck.reports.html import render as html
from contractcheck.reports.json import render as as_json
from contractcheck.reports.markdown import render as markdown
from contractcheck.reports.text import render as text
from tests.migrations.trees_in_memory import read

FIRST = "CREATE TABLE orders (id bigint PRIMARY KEY, note text, qty int);\nCREATE TABLE gone (id int);\n"


def tree(up, down="SELECT 1;"):
    return read(
        {
            "m/000001_a.up.sql": FIRST,
            "m/000001_a.down.sql": "DROP TABLE gone;\nDROP TABLE orders;\n",
            "m/000002_b.up.sql": up,
            **({} if down is None else {"m/000002_b.down.sql": down}),
        }
    )


def examined(up, down="SELECT 1;"):
    (one,) = examine(tree(up, down), Server(version=16), wanted={"000002_b"})
    return one


@pytest.mark.parametrize(
    ("comment", "owner", "said"),
    [
        ("-- contractcheck: recovery from the backup (owner: team a)", "team a", "from the backup"),
        ("-- contractcheck: recovery: owner=ann from the backup", "ann", "from the backup"),
        ("--contractcheck:recovery owner: ann, from the backup", "ann", "from the backup"),
        ("  -- contractcheck: recovery from\n  --   the backup\n  --   (owner: team a)", "team a", "from the backup"),
        ("-- contractcheck: recovery from the backup\n-- and something else", "", "from the backup"),
        ("-- contractcheck: recovery (owner: )", "", ""),
        ("-- contractcheck: recovery", "", ""),
        ("-- contractcheck: recovery\r\n--   from the backup\r", "", "from the backup"),
    ],
)
def test_a_note_as_it_is_written(comment, owner, said):
    migration = tree(f"{comment}\nALTER TABLE orders DROP COLUMN note;\n").migrations[1]
    assert [(note.owner, note.text, str(note.place)) for note in migration.recovery] == [
        (owner, said, "m/000002_b.up.sql:1:1")
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "-- contractcheck: recoveries",
        "-- see contractcheck: recovery",
        "-- recovery from the backup",
        "SELECT '-- contractcheck: recovery x';",
    ],
)
def test_what_is_no_note(comment):
    assert tree(f"{comment}\nALTER TABLE orders DROP COLUMN note;\n").migrations[1].recovery == ()


def test_two_notes_and_one_beside_the_way_back():
    up = "-- contractcheck: recovery a (owner: x)\n-- contractcheck: recovery b (owner: y)\nSELECT 1;\n"
    migration = tree(up, "-- contractcheck: recovery c (owner: z)\nSELECT 1;\n").migrations[1]
    assert sorted((note.text, note.owner) for note in migration.recovery) == [("a", "x"), ("b", "y"), ("c", "z")]


def test_notes_in_a_file_of_several_migrations_and_in_python():
    changes = (
        "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n"
        "--changeset a:2\n-- contractcheck: recovery x (owner: y)\nSELECT 2;\n"
    )
    found = read({"c.sql": changes}).migrations
    assert [[note.text for note in each.recovery] for each in found] == [[], ["x"]]
    code = (
        "from alembic import op\nrevision = 'a'\ndown_revision = None\n"
        "text = '''\n# contractcheck: recovery no\n'''\n"
        "def upgrade():\n    # contractcheck: recovery yes (owner: me)\n    op.drop_table('t')  # contractcheck: recovery no\n"
    )
    (one,) = read({"m/versions/a.py": code}).migrations
    assert [(note.text, note.place.line) for note in one.recovery] == [("yes", 8)]
    (broken,) = read({"m/versions/a.py": code + "\nx = (\n"}).migrations or (None,)
    assert broken is None or broken.recovery == ()


@pytest.mark.parametrize(
    ("up", "lost"),
    [
        ("ALTER TABLE orders DROP COLUMN note", ("orders.note",)),
        ("CREATE TABLE kept AS SELECT id, note FROM orders; ALTER TABLE orders DROP COLUMN note", ()),
        ("CREATE TABLE kept AS SELECT * FROM orders; ALTER TABLE orders DROP COLUMN note", ()),
        ("CREATE TABLE kept AS TABLE orders; DROP TABLE orders", ()),
        ("CREATE TABLE kept AS SELECT id FROM orders; ALTER TABLE orders DROP COLUMN note", ("orders.note",)),
        ("CREATE TABLE kept AS SELECT id, note FROM orders WITH NO DATA; ALTER TABLE orders DROP COLUMN note", ("orders.note",)),
        ("CREATE TABLE kept AS SELECT * FROM orders; ALTER TABLE orders DROP COLUMN note; DROP TABLE kept", ("orders.note",)),
        ("ALTER TABLE orders DROP COLUMN note; CREATE TABLE kept AS SELECT * FROM orders", ("orders.note",)),
        ("CREATE TABLE kept (id bigint, note text); INSERT INTO kept SELECT id, note FROM orders; ALTER TABLE orders DROP COLUMN note", ()),
        ("INSERT INTO orders SELECT * FROM orders; DROP TABLE orders", ("orders",)),
        ("CREATE TABLE kept AS SELECT * FROM gone; TRUNCATE gone", ()),
        ("TRUNCATE gone", ("rows of gone",)),
        ("CREATE TABLE kept AS SELECT * FROM orders; DROP TABLE orders; DROP TABLE gone", ("gone",)),
    ],
)  # fmt: skip
def test_what_is_copied_before_is_not_lost(up, lost):
    assert unkept(examined(up)) == lost


def points(one):
    return [(point.statement, point.place.line, point.lost, point.why) for point in report(one).points]


def test_points_of_no_return():
    add = "ALTER TABLE orders ADD COLUMN more int;\n"
    assert points(examined(add, "ALTER TABLE orders DROP COLUMN more;")) == []
    lossy = f"{add}ALTER TABLE orders DROP COLUMN note, DROP COLUMN qty;\nTRUNCATE gone;\n"
    back = "ALTER TABLE orders ADD note text, ADD qty int, DROP more;"
    assert points(examined(lossy, back)) == [
        (1, 2, ("orders.note", "orders.qty"), ""),
        (2, 3, ("rows of gone",), ""),
    ]
    assert points(examined(f"SET lock_timeout = '1s';\n{add}", None)) == [(1, 2, (), "there is no downgrade")]


def test_every_report_names_them():
    one = examined("SELECT 1;\nALTER TABLE orders DROP COLUMN note;\n", "ALTER TABLE orders ADD COLUMN note text;")
    whole = Report(migrations=(report(one),))
    assert "no undo  m/000002_b.up.sql:2:1  loses orders.note" in text(whole, width=100, colour=False)
    assert "Points of no return:\n\n- `m/000002_b.up.sql:2:1`: loses orders.note\n" in markdown(whole)
    assert "No way back behind" in html(whole, everything=True)
    assert '"lost": [' in as_json(whole) or '"lost":["orders.note"]' in as_json(whole)
    many = "".join(f"CREATE TABLE t{n} (id int);\n" for n in range(12))
    drop = "".join(f"DROP TABLE t{n};\n" for n in range(12))
    files = {"m/000001_a.up.sql": many, "m/000001_a.down.sql": drop, "m/000002_b.up.sql": drop}
    (long,) = examine(read({**files, "m/000002_b.down.sql": many}), Server(version=16), wanted={"000002_b"})
    assert "and 2 more: --format json" in text(Report(migrations=(report(long),)), width=100, colour=False)
