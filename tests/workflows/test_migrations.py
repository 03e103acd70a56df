"""Trees of two snapshots: what is new is examined, what is as it was is left alone."""

import pytest

from contractcheck.errors import UndecidableError
from contractcheck.policy.configuration import Configuration, Selection
from contractcheck.workflows.check import compare
from contractcheck.workflows.lint import lint_snapshot
from contractcheck.workflows.migrations import Checked, check_trees
from tests.migrations.trees_in_memory import Files

GO = {"m/1_a.up.sql": "CREATE TABLE t (id int);", "m/1_a.down.sql": "DROP TABLE t;"}
SECOND = {"m/2_b.up.sql": "ALTER TABLE t ADD COLUMN n int;", "m/2_b.down.sql": "ALTER TABLE t DROP COLUMN n;"}
STRICT = Configuration(profile="strict")
SERVER = "postgresql:16"


def checked(before, after, configuration=STRICT):
    old, new = Files(before), Files(after)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    said = []
    found = check_trees(old, new, changed, configuration, server_name=SERVER, say=said.append)
    return [(each.rule, each.subject) for each in found.findings], [each.id for each in found.migrations], said


def test_only_what_is_new_is_examined():
    assert checked(GO, {**GO, **SECOND}) == ([], ["2_b"], ["reading 4 migrations of m"])
    assert checked({}, GO) == ([], ["1_a"], ["reading 2 migrations of m"])


def test_nothing_that_could_be_a_migration_changed():
    old, new = Files(GO), Files({**GO, "README.md": "x"})
    assert check_trees(old, new, {"README.md"}, STRICT, server_name="no such server") == Checked()


def test_a_tree_without_changes_is_not_read():
    other = {"o/1_x.up.sql": "CREATE TABLE x (id int);"}
    assert checked({**GO, **other}, {**GO, **other, "x.py": "1"}) == ([], [], [])
    assert checked({**GO, **other}, {**GO, **other, **SECOND})[2] == ["reading 4 migrations of m"]


@pytest.mark.parametrize("path", ["m/2_b.up.pgsql", "m/2_b.up.sql"])
def test_every_name_that_its_tool_reads_counts(path):
    assert checked(GO, {**GO, path: "DROP TABLE t;"})[1] == ["2_b"]


def test_a_tree_that_is_gone():
    assert checked(GO, {}) == ([("history-removed", "1_a")], [], [])
    other = {"o/1_x.up.sql": "CREATE TABLE x (id int);"}
    assert checked({**GO, **other}, GO)[0] == [("history-removed", "1_x")]


def test_a_tree_that_is_excluded():
    configuration = Configuration(migrations=Selection(exclude=("m/",)))
    assert checked(GO, {**GO, **SECOND}, configuration) == ([], [], [])


def test_defects_of_the_base_are_not_new():
    lonely = {**GO, "m/3_c.down.sql": "SELECT 1;"}
    assert checked(GO, lonely)[0] == [("pair-missing", "m/3_c.down.sql")]
    assert checked(lonely, {**lonely, **SECOND})[0] == []


def test_linting_a_snapshot_says_what_it_does():
    said = []
    report = lint_snapshot(Files({**GO, **SECOND}), STRICT, server_name=SERVER, say=said.append)
    assert said == ["reading 4 files of m", "replaying 2 migrations of m"]
    assert ([each.id for each in report.migrations], report.findings) == (["1_a", "2_b"], ())


def test_linting_a_snapshot_without_migrations():
    with pytest.raises(UndecidableError) as error:
        lint_snapshot(
            Files({"db/migrate/20200101_x.rb": "class X < ActiveRecord::Migration[7.0]"}), STRICT, server_name=SERVER
        )
    assert str(error.value) == "memory: no migrations found; db/migrate: migrations of Rails are not read"


def test_what_two_sides_have_in_common_is_not_reported():
    report = compare(Files(GO), Files(GO), frozenset(), STRICT, server=SERVER)
    assert (report.findings, report.notes) == ((), ("no contract and no migration among 0 changed files",))
