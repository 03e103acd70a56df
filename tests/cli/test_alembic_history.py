"""`check` over real git histories of revisions of Alembic, and over releases by tags."""

import json

import pytest

from tests.cli import running
from tests.cli.conftest import REVISION

HISTORY = ("history-", "migration-", "several-heads", "pair-missing")


def revision(name, parent, table, **more):
    up, down = f"op.create_table('{table}', sa.Column('id', sa.BigInteger))", f"op.drop_table('{table}')"
    return REVISION.format(revision=name, parent=parent, up=more.get("up", up), down=more.get("down", down))


A, B = revision("a1", None, "a"), revision("b2", "a1", "b")
LEFT, RIGHT = revision("c3", "b2", "c"), revision("d4", "b2", "d")
MERGE = revision("e5", ("c3", "d4"), "e")
BASE = {"m/versions/a1.py": A, "m/versions/b2.py": B}
MERGED = {**BASE, "m/versions/c3.py": LEFT, "m/versions/d4.py": RIGHT, "m/versions/e5.py": MERGE}
GOLANG = {
    "m/000001_a.up.sql": "CREATE TABLE a (id int);\n",
    "m/000001_a.down.sql": "DROP TABLE a;\n",
    "m/000002_b.up.sql": "CREATE TABLE b (id int);\n",
    "m/000002_b.down.sql": "DROP TABLE b;\n",
}


@pytest.mark.parametrize(
    ("base", "change", "findings"),
    [
        (BASE, {"m/versions/b2.py": B.replace("'b'", "'bb'", 1)}, [("history-edited", "error", "b2 upgrade", "m/versions/b2.py:10:5")]),
        (BASE, {"m/versions/b2.py": "# note\n" + B.replace("sa.Column(", "sa.Column(\n        ")}, []),
        (BASE, {"m/versions/b2.py": None}, [("history-removed", "error", "b2", "m/versions/b2.py:9:1")]),
        (BASE, {"m/versions/b2.py": None, "m/versions/b3.py": B.replace("b2", "b3")}, [("history-reparented", "error", "b2", "m/versions/b3.py:9:1")]),
        (BASE, {"m/versions/b2.py": B.replace("'a1'", "'x9'"), "m/versions/x9.py": revision("x9", "a1", "x")}, [("history-reparented", "error", "b2", "m/versions/b2.py:9:1")]),
        (BASE, {"m/versions/x9.py": revision("x9", "a1", "x")}, [("several-heads", "error", "heads", "m/versions/x9.py:9:1")]),
        (BASE, {"m/versions/x9.py": revision("b2", "a1", "x")}, [("migration-duplicate-id", "error", "b2", "m/versions/x9.py:9:1")]),
        (BASE, {"m/versions/x9.py": revision("x9", "nowhere", "x")}, [("migration-parent-unknown", "error", "x9", "m/versions/x9.py:9:1")]),
        (BASE, {"m/versions/a1.py": A.replace("down_revision = None", "down_revision = 'b2'")}, [
            ("history-reparented", "error", "a1", "m/versions/a1.py:9:1"),
            ("migration-cycle", "error", "a1, b2", "m/versions/a1.py:9:1"),
        ]),
        (MERGED, {"m/versions/e5.py": None}, [
            ("several-heads", "error", "heads", "m/versions/d4.py:9:1"),
            ("history-removed", "error", "e5", "m/versions/e5.py:9:1"),
        ]),
        (GOLANG, {"m/000002_b.up.sql": None}, [
            ("pair-missing", "error", "m/000002_b.down.sql", "m/000002_b.down.sql:1:1"),
            ("history-removed", "error", "000002_b", "m/000002_b.up.sql:1:1"),
        ]),
        (GOLANG, {"m/000002_b.up.sql": None, "m/000002_b.down.sql": None, "m/000003_b.up.sql": GOLANG["m/000002_b.up.sql"], "m/000003_b.down.sql": GOLANG["m/000002_b.down.sql"]}, [("history-reparented", "error", "000002_b", "m/000003_b.up.sql:1:1")]),
        (GOLANG, {"m/000002_c.up.sql": "CREATE TABLE c (id int);\n", "m/000002_c.down.sql": "DROP TABLE c;\n"}, [("migration-duplicate-id", "error", "2", "m/000002_c.up.sql:1:1")]),
    ],
    ids=["edited", "formatted", "removed", "other id", "inserted", "two heads", "one id twice", "orphan", "cycle", "merge gone", "pair", "renumbered", "one number twice"],
)  # fmt: skip
def test_a_real_history(monkeypatch, capsys, tmp_path, history, base, change, findings):
    history(base, change)
    ran = running.run(monkeypatch, capsys, tmp_path, "check", "--base", "HEAD", "--format", "json")
    assert [each for each in running.found(ran) if each[0].startswith(HISTORY)] == findings


@pytest.mark.parametrize(("tagged", "fires"), [("HEAD~1", True), ("HEAD", False), (None, False)])
def test_a_release_begins_with_the_last_tag(monkeypatch, capsys, tmp_path, git, write, tagged, fires):
    """What the base added and no release has had goes out together with what is dropped now."""
    git("init", "-q", "-b", "main")
    first = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"
    write(**{"m/000001_a.up.sql": first, "m/000001_a.down.sql": "DROP TABLE orders;\n"})
    git("add", ".")
    git("commit", "-qm", "one")
    write(**{"m/000002_b.up.sql": "ALTER TABLE orders ADD COLUMN more text;\n"})
    write(**{"m/000002_b.down.sql": "ALTER TABLE orders DROP COLUMN more;\n"})
    git("add", ".")
    git("commit", "-qm", "two")
    if tagged:
        git("tag", "v1.0.0", tagged)
    write(**{"m/000003_c.up.sql": "ALTER TABLE orders DROP COLUMN note;\n"})
    write(**{"m/000003_c.down.sql": "ALTER TABLE orders ADD COLUMN note text;\n"})
    ran = running.run(monkeypatch, capsys, tmp_path, "check", "--base", "HEAD", "--format", "json")
    told = [each["message"] for each in json.loads(ran.out)["findings"] if each["rule"] == "contract-with-expand"]
    message = "orders.note is dropped in the release that added more: ALTER TABLE orders DROP COLUMN note"
    assert told == ([message] if fires else [])
