"""Results are remembered only while everything they were made of is as it was, and only in a folder of one's own."""

import hashlib
import json
import os

import pytest

from contractcheck.errors import UnreadableError
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows import remembered
from contractcheck.workflows.lint import lint_snapshot
from contractcheck.workflows.remembered import Memory, Watched, memory
from tests.cli.running import run
from tests.migrations.trees_in_memory import Files

STRICT = Configuration(profile="strict")
TREE = {
    "m/1_a.up.sql": "CREATE TABLE t (id int, k int);",
    "m/1_a.down.sql": "DROP TABLE t;",
    "m/2_b.up.sql": "CREATE INDEX i ON t (k);\nSELEC 1;\nALTER TABLE t DROP COLUMN k;",
    "m/2_b.down.sql": None,
}


@pytest.fixture
def here(tmp_path):
    return memory({"CONTRACTCHECK_CACHE": str(tmp_path / "kept")})


def lint(texts, here, configuration=STRICT, **options):
    """The report, and whether anything was examined for it."""
    said = []
    server = options.pop("server", "postgresql:16")
    report = lint_snapshot(Files(texts), configuration, server_name=server, memory=here, say=said.append, **options)
    return report, any(line.startswith("replaying") for line in said)


def test_a_remembered_report_is_the_same_report(here):
    plain, _ = lint(TREE, None)
    first, worked = lint(TREE, here)
    again, idle = lint(TREE, here)
    assert (worked, idle) == (True, False)
    assert plain == first == again
    assert len(plain.findings) > 3
    assert plain.migrations[1].locks


@pytest.mark.parametrize(
    "change",
    [
        {"m/2_b.up.sql": "CREATE INDEX i ON t (id);"},
        {"m/2_b.down.sql": "DROP INDEX i;"},
        {"m/3_c.up.sql": "SELECT 1;"},
        {"README.md": "a path more"},
        {"m/1_a.down.sql": None},
    ],
)
def test_what_makes_it_look_again(here, change):
    lint(TREE, here)
    changed = {**TREE, **change}
    report, worked = lint(changed, here)
    assert (worked, report) == (True, lint(changed, None)[0])
    assert lint(TREE, here)[0] == lint(TREE, None)[0]


def test_options_and_the_program_are_part_of_the_question(here, monkeypatch):
    lint(TREE, here)
    assert lint(TREE, here, server="postgresql:12")[1]
    assert lint(TREE, here, Configuration(profile="strict", placeholders={"a": "b"}))[1]
    assert lint(TREE, here, include=("m/1_a.up.sql",))[1]
    assert not lint(TREE, here)[1]
    monkeypatch.setattr(remembered, "_program", lambda: "another version")
    assert lint(TREE, here)[1]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b'{"files": {}, "answer": {}}',
        b'{"files": {}, "answer": null}',
        b'{"files": [], "answer": {}}',
        b'{"files": {}, "hash": "' + b"0" * 64 + b'", "answer": {}}',
        b'{"files": {}, "hash": "' + hashlib.sha256(b"[]").hexdigest().encode() + b'", "answer": []}',
        b'{"files": {}, "answer": {"findings": [1], "migrations": [], "skipped": [], "server": null, "trees": 1}}',
        b'{"files": {}, "answer": {"findings": [{"rule": "x"}], "migrations": [], "skipped": [], "server": 1, "trees": 1}}',
    ],
)
def test_a_file_that_is_no_result_is_as_good_as_none(here, text):
    lint(TREE, here)
    (file,) = here.folder.iterdir()
    file.write_bytes(text)
    report, worked = lint(TREE, here)
    assert (worked, report) == (True, lint(TREE, None)[0])
    assert json.loads(file.read_bytes())["answer"]["trees"] == 1


def test_the_oldest_results_go(here, monkeypatch):
    monkeypatch.setattr(remembered, "KEPT", 2)
    for number in range(4):
        lint({**TREE, f"{number}.txt": ""}, here)
        for age, file in enumerate(sorted(here.folder.iterdir(), key=lambda each: each.stat().st_mtime_ns)):
            os.utime(file, (age, age))
    assert len(list(here.folder.iterdir())) == 2
    assert not lint({**TREE, "3.txt": ""}, here)[1]


def test_results_that_are_too_large_or_cannot_be_written(here, monkeypatch):
    monkeypatch.setattr(remembered, "LARGEST", 10)
    assert lint(TREE, here)[1]
    assert list(here.folder.iterdir()) == []
    here.folder.rmdir()
    monkeypatch.setattr(remembered, "LARGEST", 10**9)
    assert lint(TREE, here)[1]


def test_where_results_are_kept(tmp_path, monkeypatch):
    home = {"HOME": str(tmp_path)}
    assert memory(home) == Memory(tmp_path / ".cache" / "contractcheck")
    assert (tmp_path / ".cache" / "contractcheck").stat().st_mode & 0o077 == 0
    assert memory({**home, "XDG_CACHE_HOME": str(tmp_path / "x")}) == Memory(tmp_path / "x" / "contractcheck")
    for word in ("off", "OFF", "0", "no", "false"):
        assert memory({**home, "CONTRACTCHECK_CACHE": word}) is None
    assert memory({}) is None
    (tmp_path / "file").write_text("")
    assert memory({"CONTRACTCHECK_CACHE": str(tmp_path / "file")}) is None
    assert memory({"CONTRACTCHECK_CACHE": str(tmp_path / "file" / "below")}) is None
    monkeypatch.chdir(tmp_path)
    assert memory({"CONTRACTCHECK_CACHE": "relative"}) is None


def test_a_folder_that_others_can_write_to_is_not_believed(tmp_path, monkeypatch):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert memory({"CONTRACTCHECK_CACHE": str(shared)}) is None
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert memory({"CONTRACTCHECK_CACHE": str(link)}) is None
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 123456)
    assert memory({"CONTRACTCHECK_CACHE": str(mine)}) is None


def test_a_watched_snapshot_notes_what_is_missing_too():
    watched = Watched(Files({"a": "1", "b": None}, label="x"))
    assert (watched.label, watched.read("a"), sorted(watched.entries())) == ("x", b"1", ["a", "b"])
    with pytest.raises(UnreadableError):
        watched.read("b")
    assert watched.read_hashes == {
        "a": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        "b": "missing",
    }


def test_the_command(monkeypatch, capsys, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "x.sql").write_text("DROP TABLE t;")
    kept = tmp_path / "kept"

    def runs(*options):
        with monkeypatch.context() as patch:
            patch.setattr("tests.cli.running.environment", lambda: {"CONTRACTCHECK_CACHE": str(kept)})
            return run(monkeypatch, capsys, tmp_path, "lint", "t/x.sql", *options)

    first = runs("--no-cache")
    assert not kept.exists()
    assert runs() == runs() == first
    assert len(list(kept.iterdir())) == 1
