"""`lint --fix downgrade`: what is written into a repository, what is shown, what was released and is left."""

import subprocess

import pytest

from tests.cli import running
from tests.cli.conftest import REVISION, environment

BASE = REVISION.format(
    revision="a",
    parent=None,
    up="op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Text))",
    down="pass",
)
NEW = REVISION.format(revision="b", parent="a", up="op.drop_column('t', 'n')", down="pass")
WRITTEN = 'op.add_column("t", sa.Column("n", sa.Text(), nullable=True))'


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        done = subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", **environment()},
        )
        return done.stdout

    versions = tmp_path / "db" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "db" / "env.py").write_text("")
    (versions / "a.py").write_text(BASE)
    git("init", "-q", "-b", "main", ".")
    git("add", ".")
    git("commit", "-q", "-m", "base")
    git("tag", "v1.0.0")
    (versions / "b.py").write_text(NEW)
    return tmp_path


@pytest.fixture
def lint(monkeypatch, capsys, repository):
    return lambda *arguments: running.run(monkeypatch, capsys, repository, "lint", *arguments)


def test_a_diff_is_shown_and_nothing_written(lint, repository):
    ran = lint("--fix", "downgrade", "--diff", "db")
    assert ran.code == 1
    assert [line for line in ran.out.splitlines() if line.startswith(("+", "-"))] == [
        "--- a/db/versions/b.py",
        "+++ b/db/versions/b.py",
        "-    pass",
        f"+    {WRITTEN}",
    ]
    assert (repository / "db/versions/b.py").read_text() == NEW


def test_a_downgrade_is_written_and_what_was_released_stays(lint, repository):
    ran = lint("--fix", "downgrade", "db")
    assert (repository / "db/versions/a.py").read_text() == BASE
    assert (repository / "db/versions/b.py").read_text() == NEW.replace("    pass\n", f"    {WRITTEN}\n")
    assert ran.err == "mended db/versions/b.py: downgrade-missing\n"
    again = lint("--fix", "downgrade", "--diff", "db")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_what_cannot_be_derived_says_why(lint, repository):
    text = NEW.replace("op.drop_column('t', 'n')", "op.execute('DO $$ BEGIN EXECUTE current_user; END $$')")
    (repository / "db/versions/b.py").write_text(text)
    (repository / "db/versions/c.py").write_text(
        REVISION.format(
            revision="c", parent="b", up="op.execute('ALTER TABLE t ALTER id TYPE text, DROP n')", down="x"
        ).replace("    x\n", "    for each in ():\n        print(each)\n    raise RuntimeError\n")
    )
    ran = lint("--fix", "downgrade", "--diff", "db")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "not written db/versions/c.py: its downgrade has code of its own\n"
