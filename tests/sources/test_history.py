"""Revisions, bases, and what changed between two sides."""

import subprocess

import pytest

from contractcheck.errors import UndecidableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources.changes import Change, Status, parse
from contractcheck.sources.repository import Base, Here, Repository
from tests.sources.scenario import Work, isolate

CUT = "fetch the whole history: fetch-depth: 0 in actions/checkout, or git fetch --unshallow"


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    isolate(monkeypatch)
    return Work.begin(tmp_path / "work")


@pytest.fixture
def clone(work, tmp_path) -> Work:
    """A clone whose `main` has an upstream."""
    work.commit({"openapi.yaml": "1", "readme": "1"})
    return work.clone(tmp_path / "clone")


def failure(call, *arguments, **more) -> str:
    with pytest.raises(UndecidableError) as caught:
        call(*arguments, **more)
    return str(caught.value)


def opened(work: Work) -> Repository:
    return Repository.open(work.folder)


def told(changes: tuple[Change, ...]) -> list[tuple[str, ...]]:
    return [(str(change.status), *change.paths) for change in changes]


class TestResolve:
    def test_names_of_every_kind(self, work):
        first = work.commit({"a.yaml": "1"})
        work.git("tag", "light")
        work.git("tag", "-a", "-m", "x", "annotated")
        head = work.commit({"a.yaml": "2"})
        repository = opened(work)
        names = ("HEAD~1", "light", "annotated", first[:10], "refs/tags/light", "HEAD^")
        assert [repository.resolve(name) for name in names] == [first] * 6
        assert repository.resolve("main") == repository.resolve("HEAD^{/work}") == head
        tree = work.git("rev-parse", "HEAD^{tree}")
        assert repository.resolve(tree) == tree
        assert repository.resolve(repository.empty_tree) == repository.empty_tree

    @pytest.mark.parametrize("name", ["v9", "", "-x", "--all", "HEAD~5", "a..b", "HEAD:a.yaml", "x\ny", "x\0y", "@{u}"])
    def test_unknown_names(self, work, name):
        work.commit({"a.yaml": "1"})
        where = f"{name}: " if name else ""
        assert failure(opened(work).resolve, name) == (
            f"{where}no such revision in this clone; check its spelling (git branch --all, git tag), or fetch it"
        )

    def test_before_the_first_commit(self, work):
        message = "HEAD: no such revision: there is no commit yet; commit first"
        assert failure(opened(work).resolve, "HEAD") == message

    def test_in_a_shallow_clone(self, work, tmp_path):
        work.commit({"a.yaml": "1"})
        work.commit({"a.yaml": "2"})
        repository = opened(work.clone(tmp_path / "clone", "--depth=1"))
        assert repository.is_shallow
        assert failure(repository.resolve, "HEAD~1") == (
            f"HEAD~1: no such revision in this clone, which is shallow; {CUT}"
        )


class TestBase:
    def test_explicit_revisions_are_taken_at_their_word(self, work):
        first = work.commit({"a.yaml": "1"})
        work.git("tag", "v1")
        work.git("checkout", "-qb", "side")
        side = work.commit({"b.yaml": "1"})
        work.git("tag", "v1.1")
        work.git("checkout", "-q", "main")
        work.commit({"a.yaml": "2"})
        repository = opened(work)
        assert repository.default_base("v1") == Base(first, "v1")
        assert repository.default_base("v1.1") == Base(side, "v1.1")
        assert repository.default_base(side[:12]) == Base(side, side[:12])
        assert repository.default_base("side^{commit}") == Base(side, "side^{commit}")

    def test_of_a_branch_the_merge_base_counts(self, work):
        first = work.commit({"a.yaml": "1"})
        work.git("checkout", "-qb", "topic")
        work.commit({"b.yaml": "1"})
        work.git("checkout", "-q", "main")
        work.commit({"a.yaml": "2"})
        work.git("checkout", "-q", "topic")
        assert opened(work).default_base("main") == Base(first, "merge base with main")

    def test_a_branch_without_common_history_is_taken_at_its_word(self, work):
        work.commit({"a.yaml": "1"})
        work.git("checkout", "-q", "--orphan", "other")
        other = work.commit({"b.yaml": "1"})
        work.git("checkout", "-q", "main")
        assert opened(work).default_base("other") == Base(other, "other")

    def test_an_unknown_one(self, work):
        work.commit({"a.yaml": "1"})
        assert failure(opened(work).default_base, "v9") == (
            "v9: no such revision in this clone; check its spelling (git branch --all, git tag), or fetch it"
        )

    def test_without_commit_and_without_upstream(self, work):
        repository = opened(work)
        assert repository.default_base() == Base(repository.empty_tree, "the empty tree (no commit yet)")
        head = work.commit({"a.yaml": "1"})
        repository = opened(work)
        assert repository.default_base() == Base(head, "HEAD")
        assert repository.default_base(tip=head) == Base(repository.empty_tree, "the empty tree")

    def test_upstream_goes_before_origin_head(self, clone):
        first = clone.head()
        clone.git("checkout", "-qb", "topic")
        clone.commit({"openapi.yaml": "2"})
        assert opened(clone).tracked == ("refs/remotes/origin/main",)
        assert opened(clone).default_base() == Base(first, "merge base with origin/main")
        clone.git("push", "-q", "-u", "origin", "topic")
        pushed = clone.head()
        clone.commit({"openapi.yaml": "3"})
        assert opened(clone).tracked == ("refs/remotes/origin/topic", "refs/remotes/origin/main")
        assert opened(clone).default_base() == Base(pushed, "merge base with origin/topic")
        clone.git("checkout", "-q", "--detach")
        assert opened(clone).default_base() == Base(first, "merge base with origin/main")

    def test_an_upstream_may_be_a_local_branch(self, work):
        first = work.commit({"a.yaml": "1"})
        work.git("checkout", "-q", "--track", "-b", "topic", "main")
        work.commit({"a.yaml": "2"})
        assert opened(work).default_base() == Base(first, "merge base with main")

    def test_an_upstream_without_common_history(self, clone):
        clone.git("checkout", "-q", "--orphan", "other")
        head = clone.commit({"b.yaml": "1"})
        assert opened(clone).default_base() == Base(head, "HEAD")
        assert opened(clone).merge_base("origin/main", "HEAD") is None

    def test_what_a_merge_brings_from_upstream_is_no_change(self, work, clone):
        clone.git("checkout", "-qb", "topic")
        clone.commit({"topic.yaml": "1"})
        upstream = work.commit({"main.yaml": "1"})
        clone.git("fetch", "-q")
        assert opened(clone).merging() == ()
        clone.git("merge", "-q", "--no-commit", "origin/main")
        repository = opened(clone)
        assert repository.merging() == (upstream,)
        base = repository.default_base()
        assert base == Base(upstream, "merge base with origin/main")
        assert told(repository.changed(base.oid, Here.INDEX)) == [("A", "topic.yaml")]

    def test_the_hook_before_a_merge_commit_knows_it_by_variables(self, work, clone, monkeypatch):
        clone.git("checkout", "-qb", "topic")
        clone.commit({"topic.yaml": "1"})
        upstream = work.commit({"main.yaml": "1"})
        clone.git("fetch", "-q")
        monkeypatch.setenv(f"GITHEAD_{upstream}", "main")
        assert opened(clone).merging() == ()
        monkeypatch.chdir(clone.folder)
        assert opened(clone).merging() == (upstream,)
        assert opened(clone).default_base() == Base(upstream, "merge base with origin/main")

    def test_a_shallow_clone_never_falls_back_to_head(self, work, tmp_path):
        work.commit({"a.yaml": "1"})
        work.git("checkout", "-qb", "topic")
        work.commit({"a.yaml": "2"})
        work.git("checkout", "-q", "main")
        work.commit({"a.yaml": "3"})
        clone = work.clone(tmp_path / "clone", "--depth=1", "--no-single-branch")
        assert opened(clone).default_base() == Base(clone.head(), "merge base with origin/main")
        clone.git("checkout", "-q", "--detach", "origin/topic")
        assert failure(opened(clone).default_base) == (
            f"this clone is shallow: the commit to compare with is not in it; name one with --base, or {CUT}"
        )
        assert failure(opened(clone).default_base, "origin/main") == (
            f"origin/main: this clone is shallow: the commit to compare with is not in it; {CUT}"
        )


class TestChanged:
    def test_between_two_revisions(self, work):
        work.commit({"a.yaml": "1", "gone.yaml": "gone", "old.yaml": "line\n" * 50, "kind.yaml": "1"})
        work.git("mv", "old.yaml", "new.yaml")
        work.git("rm", "-q", "gone.yaml", "kind.yaml")
        (work.folder / "kind.yaml").symlink_to("a.yaml")
        work.git("add", "kind.yaml")
        work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
        work.commit({"a.yaml": "2", "added.yaml": "1", "new.yaml": "line\n" * 50 + "more\n"})
        repository = opened(work)
        file, link = EntryKind.FILE, EntryKind.SYMLINK
        assert repository.changed("HEAD~1", "HEAD") == (
            Change(
                Status.MODIFIED,
                Entry("a.yaml", file, work.blob("a.yaml", "HEAD~1")),
                Entry("a.yaml", file, work.blob("a.yaml")),
            ),
            Change(Status.ADDED, None, Entry("added.yaml", file, work.blob("added.yaml"))),
            Change(Status.DELETED, Entry("gone.yaml", file, work.blob("gone.yaml", "HEAD~1")), None),
            Change(
                Status.RETYPED,
                Entry("kind.yaml", file, work.blob("kind.yaml", "HEAD~1")),
                Entry("kind.yaml", link, work.blob("kind.yaml")),
            ),
            Change(
                Status.RENAMED,
                Entry("old.yaml", file, work.blob("old.yaml", "HEAD~1")),
                Entry("new.yaml", file, work.blob("new.yaml")),
            ),
        )
        assert repository.changed("HEAD", "HEAD") == ()
        assert told(repository.changed("HEAD~1", "HEAD", renames=False))[3:] == [
            ("T", "kind.yaml"),
            ("A", "new.yaml"),
            ("D", "old.yaml"),
        ]

    def test_the_content_of_both_sides(self, work):
        work.commit({"a.yaml": "1"})
        work.commit({"a.yaml": "2"})
        repository = opened(work)
        (change,) = repository.changed("HEAD~1", "HEAD")
        assert (repository.content(change.base), repository.content(change.revision)) == (b"1", b"2")

    def test_from_where_the_branches_part(self, clone, work):
        clone.stage({"topic.yaml": "topic"})
        work.commit({"main.yaml": "main"})
        clone.git("fetch", "-q")
        repository = opened(clone)
        assert told(repository.changed("origin/main", Here.INDEX)) == [("D", "main.yaml"), ("A", "topic.yaml")]
        assert told(repository.changed("origin/main", Here.INDEX, fork=True)) == [("A", "topic.yaml")]

    def test_without_a_merge_base(self, work):
        work.commit({"a.yaml": "1"})
        work.git("checkout", "-q", "--orphan", "other")
        work.commit({"b.yaml": "1"})
        assert failure(opened(work).changed, "main", Here.INDEX, fork=True) == (
            f"{work.folder}: git diff failed: no merge base found; check the clone: git fsck"
        )

    def test_an_option_is_no_revision(self, work, tmp_path):
        work.commit({"a.yaml": "1"})
        with pytest.raises(UndecidableError):
            opened(work).changed(f"--output={tmp_path}/mark", "HEAD")
        assert not (tmp_path / "mark").exists()

    def test_the_working_tree(self, work):
        work.commit({"same.yaml": "1", "changed.yaml": "1", "moved.yaml": "x" * 99, "kept.yaml": "k", "gone.yaml": "g"})
        work.stage({"staged.yaml": "s"})
        work.write({"changed.yaml": "2", "untracked.yaml": "1"})
        (work.folder / "moved.yaml").rename(work.folder / "here.yaml")
        (work.folder / "gone.yaml").unlink()
        work.git("rm", "-q", "--cached", "kept.yaml")
        repository = opened(work)
        changes = repository.changed("HEAD", Here.WORKING_TREE)
        assert told(changes) == [
            ("M", "changed.yaml"),
            ("D", "gone.yaml"),
            ("A", "here.yaml"),
            ("M", "kept.yaml"),
            ("D", "moved.yaml"),
            ("A", "staged.yaml"),
            ("A", "untracked.yaml"),
        ]
        assert {change.revision.path: change.revision.key for change in changes if change.revision} == {
            "changed.yaml": None,
            "here.yaml": None,
            "kept.yaml": None,
            "staged.yaml": work.blob("staged.yaml", ""),
            "untracked.yaml": None,
        }

    def test_a_staged_rename_in_the_working_tree(self, work):
        work.commit({"old.yaml": "line\n" * 50})
        work.git("mv", "old.yaml", "new.yaml")
        (change,) = opened(work).changed("HEAD", Here.WORKING_TREE)
        assert (change.status, change.paths) == (Status.RENAMED, ("old.yaml", "new.yaml"))

    def test_a_rename_whose_old_file_is_still_there(self, work):
        work.commit({"old.yaml": "line\n" * 50})
        work.git("mv", "old.yaml", "new.yaml")
        work.write({"old.yaml": "again"})
        assert told(opened(work).changed("HEAD", Here.WORKING_TREE)) == [("A", "new.yaml"), ("M", "old.yaml")]

    def test_a_missing_tree(self, work):
        work.commit({"db/a.sql": "1"})
        head = work.head()
        work.commit({"db/a.sql": "2"})
        oid = work.git("rev-parse", f"{head}:db")
        path = work.folder / ".git/objects" / oid[:2] / oid[2:]
        path.unlink()
        message = failure(opened(work).changed, head, "HEAD")
        assert message.startswith(f"{work.folder}: git diff failed: ")
        assert message.endswith("; check the clone: git fsck")

    def test_a_command_that_fails_in_a_shallow_clone(self, work, tmp_path):
        work.commit({"a.yaml": "1"})
        work.commit({"a.yaml": "2"})
        clone = work.clone(tmp_path / "clone", "--depth=1")
        message = failure(opened(clone).changed, "HEAD~1", "HEAD")
        assert message == f"{clone.folder}: git diff failed: bad revision 'HEAD~1'; {CUT}"

    def test_a_thousand_files_are_not_looked_at_one_by_one(self, work):
        work.commit({f"{number}.yaml": str(number) for number in range(1000)})
        work.commit({"7.yaml": "changed"})
        assert told(opened(work).changed("HEAD~1", "HEAD")) == [("M", "7.yaml")]


def test_parse_reads_what_git_writes(work):
    work.commit({"a b\nc.yaml": "line\n" * 20})
    work.git("mv", "a b\nc.yaml", "x\ty.yaml")
    output = subprocess.run(
        ["git", "diff", "--cached", "--raw", "-z", "--no-abbrev", "-M", "HEAD"],
        cwd=work.folder,
        capture_output=True,
        check=True,
    ).stdout
    (change,) = parse(output)
    assert change.paths == ("a b\nc.yaml", "x\ty.yaml")
    assert [*parse(b"")] == []
