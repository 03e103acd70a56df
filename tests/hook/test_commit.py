"""What the hook takes from git in every kind of commit."""

import subprocess

import pytest

from tests.hook.working import CUT, SPEC, failure, look, told
from tests.sources.scenario import Work, isolate


class TestCommit:
    def test_the_index_counts_not_the_working_tree(self, work):
        work.stage({"openapi.yaml": "staged"})
        work.write({"openapi.yaml": "disk", "untracked.yaml": "x"})
        found = look(work)
        assert told(found) == ("HEAD", "index", ["M openapi.yaml"])
        assert found.revision.read("openapi.yaml") == b"staged"
        assert found.base.read("openapi.yaml") == SPEC.encode()

    def test_first_commit(self, tmp_path, monkeypatch):
        isolate(monkeypatch)
        work = Work.begin(tmp_path / "new")
        assert look(work) is None
        work.stage({"openapi.yaml": SPEC})
        found = look(work)
        assert told(found) == ("the empty tree (no commit yet)", "index", ["A openapi.yaml"])
        assert found.base.entries() == {}

    def test_only_a_deletion(self, clone, recorded):
        clone.git("rm", "-q", "openapi.yaml")
        clone.git("commit", "-qm", "x")
        assert recorded() == ["merge base with origin/main -> index", " D openapi.yaml ''"]

    def test_a_rename(self, clone, recorded):
        clone.git("mv", "openapi.yaml", "spec.yaml")
        clone.git("commit", "-qm", "x")
        assert recorded() == [
            "merge base with origin/main -> index",
            " D openapi.yaml ''",
            f" A spec.yaml {SPEC!r}",
        ]

    def test_a_spec_that_becomes_something_else(self, clone):
        clone.git("mv", "openapi.yaml", "openapi.txt")
        assert told(look(clone))[2] == ["A openapi.txt", "D openapi.yaml"]

    def test_an_intent_to_add_is_no_change(self, clone):
        clone.write({"new.yaml": "x"})
        clone.git("add", "--intent-to-add", "new.yaml")
        assert look(clone) is None

    def test_commit_all(self, clone, recorded):
        clone.write({"openapi.yaml": "all"})
        clone.git("commit", "-qam", "x")
        assert recorded() == ["merge base with origin/main -> index", " M openapi.yaml 'all'"]

    def test_commit_of_a_path_leaves_out_what_else_is_staged(self, clone, recorded):
        clone.stage({"db/0001.sql": "staged"})
        clone.write({"openapi.yaml": "path"})
        clone.git("commit", "-qm", "x", "openapi.yaml")
        assert recorded() == ["merge base with origin/main -> index", " M openapi.yaml 'path'"]
        clone.git("commit", "-qm", "x", "--only", "--allow-empty")
        clone.git("push", "-q", "origin", "HEAD:refs/heads/topic")

    def test_in_a_linked_worktree(self, clone, recorded, tmp_path):
        clone.git("worktree", "add", "-q", "--track", "-b", "topic", str(tmp_path / "linked"), "origin/main")
        linked = Work(tmp_path / "linked")
        clone.stage({"db/0001.sql": "elsewhere"})
        linked.stage({"openapi.yaml": "linked"})
        linked.git("commit", "-qm", "x")
        assert recorded() == ["merge base with origin/main -> index", " M openapi.yaml 'linked'"]
        linked.write({"openapi.yaml": "again"})
        linked.git("commit", "-qam", "x")
        assert recorded() == ["merge base with origin/main -> index", " M openapi.yaml 'again'"]

    def test_from_a_folder_inside(self, clone, recorded):
        clone.stage({"db/0001.sql": "x"})
        subprocess.run(["git", "commit", "-qm", "x"], cwd=clone.folder / "db", check=True)
        assert recorded() == ["merge base with origin/main -> index", " M db/0001.sql 'x'"]

    def test_an_amended_commit_counts_with_what_it_was(self, clone, recorded):
        clone.commit({"openapi.yaml": "first"})
        recorded()
        clone.stage({"readme.md": "2"})
        clone.git("commit", "-q", "--amend", "--no-edit")
        assert recorded() == [
            "merge base with origin/main -> index",
            " M openapi.yaml 'first'",
            " M readme.md '2'",
        ]

    def test_earlier_commits_of_the_branch_count(self, clone):
        clone.commit({"openapi.yaml": "first"})
        clone.stage({"readme.md": "2"})
        assert told(look(clone))[2] == ["M openapi.yaml", "M readme.md"]

    def test_what_upstream_gained_meanwhile_does_not(self, work, clone):
        work.commit({"openapi.yaml": "upstream", "new.yaml": "x"})
        clone.git("fetch", "-q")
        clone.stage({"db/0001.sql": "x"})
        assert told(look(clone)) == ("merge base with origin/main", "index", ["M db/0001.sql"])
        assert told(look(clone, base="origin/main")) == ("merge base with origin/main", "index", ["M db/0001.sql"])

    def test_a_merge_of_upstream(self, work, clone, recorded):
        clone.git("checkout", "-q", "-b", "topic")
        clone.commit({"db/0002.sql": "topic"})
        recorded()
        work.commit({"openapi.yaml": "upstream"})
        clone.git("fetch", "-q")
        clone.git("merge", "-q", "--no-edit", "origin/main")
        assert recorded() == ["merge base with origin/main -> index", " A db/0002.sql 'topic'"]

    def test_a_merge_finished_by_hand(self, work, clone, recorded):
        clone.git("checkout", "-q", "-b", "topic")
        clone.commit({"db/0002.sql": "topic"})
        recorded()
        work.commit({"openapi.yaml": "upstream"})
        clone.git("fetch", "-q")
        clone.git("merge", "-q", "--no-commit", "origin/main")
        clone.git("commit", "-qm", "merge")
        assert recorded() == ["merge base with origin/main -> index", " A db/0002.sql 'topic'"]

    def test_several_merge_bases(self, work, clone):
        clone.commit({"db/a.sql": "a"})
        clone.git("branch", "-q", "before")
        work.commit({"db/b.sql": "b"})
        clone.git("fetch", "-q")
        clone.git("merge", "-q", "--no-edit", "origin/main")
        work.git("fetch", "-q", clone.folder.as_uri(), "before:before")
        work.git("merge", "-q", "--no-edit", "before")
        clone.git("fetch", "-q")
        assert len(clone.git("merge-base", "--all", "HEAD", "origin/main").split()) == 2
        clone.stage({"openapi.yaml": "x"})
        label, _, changes = told(look(clone))
        assert label == "merge base with origin/main"
        assert "M openapi.yaml" in changes

    def test_a_given_base(self, clone):
        clone.commit({"openapi.yaml": "1"})
        clone.git("tag", "v1")
        clone.stage({"db/0001.sql": "x"})
        assert told(look(clone, base="v1")) == ("v1", "index", ["M db/0001.sql"])
        assert failure(clone, base="v9") == (
            "v9: no such revision in this clone; check its spelling (git branch --all, git tag), or fetch it"
        )

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("contractcheck.toml", 'base = "v1"\n'),
            ("pyproject.toml", '[tool.contractcheck]\nbase = "v1"\n'),
        ],
    )
    def test_a_configured_base(self, clone, file, text):
        clone.commit({"openapi.yaml": "1", file: text})
        clone.git("tag", "v1")
        clone.stage({"db/0001.sql": "x"})
        assert told(look(clone)) == ("v1", "index", ["M db/0001.sql"])

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("contractcheck.toml", "base = 3\n"),
            ("contractcheck.toml", "base = \n"),
            ("contractcheck.toml", "a = " + "[" * 50_000),
            ("contractcheck.toml", "# \udce9\n"),
            ("pyproject.toml", "[tool]\ncontractcheck = 1\n"),
            ("pyproject.toml", "[tool.other]\nbase = 'v1'\n"),
        ],
    )
    def test_a_configuration_without_a_base_or_not_valid(self, clone, file, text):
        (clone.folder / file).write_bytes(text.encode("utf-8", "surrogateescape"))
        clone.stage({"db/0001.sql": "x"})
        assert told(look(clone)) == ("merge base with origin/main", "index", ["M db/0001.sql"])

    def test_what_ci_checks_out_is_not_compared_with_itself(self, work):
        work.git("checkout", "-q", "--detach")
        assert failure(work) == (
            "nothing is staged, and this checkout is on no branch with an upstream: there is nothing to compare; "
            "name the base: --base REV"
        )
        assert look(work, surroundings={"GIT_INDEX_FILE": ".git/index"}) is None
        assert look(work, base="HEAD") is None
        work.stage({"openapi.yaml": "x"})
        assert told(look(work)) == ("HEAD", "index", ["M openapi.yaml"])

    def test_a_shallow_clone_that_cannot_know(self, work, tmp_path):
        work.commit({"openapi.yaml": "2"})
        clone = work.clone(tmp_path / "shallow", "--depth=1")
        clone.stage({"openapi.yaml": "3"})
        assert told(look(clone)) == ("merge base with origin/main", "index", ["M openapi.yaml"])
        clone.git("remote", "remove", "origin")
        clone.git("checkout", "-q", "--detach")
        assert failure(clone) == (
            f"this clone is shallow: the commit to compare with is not in it; name one with --base, or {CUT}"
        )
        assert failure(clone, base="HEAD~1") == (f"HEAD~1: no such revision in this clone, which is shallow; {CUT}")
