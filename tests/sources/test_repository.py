"""Trees, index and working tree of real repositories."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources import command
from contractcheck.sources.repository import Here, Repository
from tests.sources.scenario import Work, isolate

LINK = "is a symbolic link in {}, and links are not followed; name the file it points to"
NAMES = (
    "new\nline.yaml",
    'quo"te.yaml',
    "-dash.yaml",
    "größe.yaml",
    "tab\t.yaml",
    ":(top)x.yaml",
    "*.yaml",
    "a b.yaml",
)


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    isolate(monkeypatch)
    return Work.begin(tmp_path / "work")


def failure(call, *arguments) -> str:
    with pytest.raises(UndecidableError) as caught:
        call(*arguments)
    return str(caught.value)


def opened(work: Work) -> Repository:
    return Repository.open(work.folder)


def content(snapshot) -> dict[str, bytes]:
    return {path: snapshot.read(path) for path, entry in snapshot.entries().items() if entry.kind is EntryKind.FILE}


def test_open_finds_the_top_from_a_folder_inside(work):
    head = work.commit({"api/v1/openapi.yaml": "openapi: 3.1.0\n"})
    with Repository.open(work.folder / "api" / "v1") as repository:
        assert repository.top == work.folder
        assert repository.head == head
        assert repository.tracked == ()
        assert not repository.is_shallow
        assert content(repository.tree("HEAD")) == {"api/v1/openapi.yaml": b"openapi: 3.1.0\n"}


def test_open_where_no_repository_is(tmp_path, monkeypatch):
    isolate(monkeypatch)
    assert failure(Repository.open, tmp_path) == (
        f"{tmp_path}: not a git repository; run this inside one, or compare files: contractcheck diff"
    )
    assert failure(Repository.open, tmp_path / "none") == f"{tmp_path}/none: cannot be read: No such file or directory"


def test_open_a_damaged_repository(work):
    (work.folder / ".git" / "config").write_text("[core\n")
    assert failure(opened, work) == (
        f"{work.folder}: git cannot read this repository: fatal: bad config line 1 in file .git/config; "
        "git 2.31 or newer is needed"
    )


def test_open_a_repository_of_another_user(work, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    real = command.environment
    monkeypatch.setattr(
        "contractcheck.sources.repository.environment", lambda s: real(s, keep=("GIT_TEST_ASSUME_DIFFERENT_OWNER",))
    )
    assert failure(opened, work) == (
        f"{work.folder}: git refuses to read a repository of another user; "
        "if you trust it: git config --global --add safe.directory with the path of the repository"
    )


def test_open_a_repository_whose_path_has_a_line_break(tmp_path, monkeypatch):
    isolate(monkeypatch)
    work = Work.begin(tmp_path / "new\nline")
    assert failure(opened, work) == f"{work.folder}: the path of this repository has a line break in it"


def test_git_is_never_taken_from_the_folder_under_test(work, monkeypatch):
    (work.folder / "git").write_text("#!/bin/sh\necho hacked\n")
    (work.folder / "git").chmod(0o755)
    real = Path(command.binary()).parent
    command.binary.cache_clear()
    monkeypatch.chdir(work.folder)
    monkeypatch.setenv("PATH", f".:{real}")
    assert command.binary() == f"{real}/git"
    command.binary.cache_clear()
    monkeypatch.setenv("PATH", ".")
    assert failure(command.binary) == "PATH: git was not found; install git 2.31 or newer"
    command.binary.cache_clear()


def test_a_tree_holds_files_links_and_submodules_and_reads_only_files(work):
    work.stage({"openapi.yaml": "a", "db/1.sql": "b"})
    (work.folder / "passwd.yaml").symlink_to("/etc/passwd")
    work.git("add", "passwd.yaml")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    work.git("commit", "-qm", "x")
    repository = opened(work)
    tree = repository.tree("HEAD")
    assert tree.label == "HEAD"
    assert list(tree.entries().values()) == [
        Entry("db/1.sql", EntryKind.FILE, work.blob("db/1.sql")),
        Entry("openapi.yaml", EntryKind.FILE, work.blob("openapi.yaml")),
        Entry("passwd.yaml", EntryKind.SYMLINK, work.blob("passwd.yaml")),
        Entry("vendored", EntryKind.SUBMODULE, "1" * 40),
    ]
    assert repository.index().entries() == tree.entries()
    assert tree.entries() is tree.entries()
    assert content(tree) == {"db/1.sql": b"b", "openapi.yaml": b"a"}
    assert tree.read("db/../openapi.yaml") == b"a"
    assert failure(tree.read, "passwd.yaml") == f"passwd.yaml: {LINK.format('HEAD')}"
    assert failure(tree.read, "vendored") == "vendored: is a submodule in HEAD, and its files are not read"
    assert failure(tree.read, "vendored/a.yaml") == "vendored/a.yaml: does not exist in HEAD"
    assert failure(tree.read, "../x") == "../x: leads out of the folder that is compared; name a file inside it"


def test_a_folder_of_a_tree_is_a_root(work):
    work.commit({"api/v1/openapi.yaml": "a", "api/common.yaml": "b", "readme": "c"})
    repository = opened(work)
    tree = repository.tree("main", folder="api")
    assert tree.label == "main:api"
    assert content(tree) == {"common.yaml": b"b", "v1/openapi.yaml": b"a"}
    assert failure(lambda: repository.tree("main", folder="readme")) == "readme: no such folder in main"
    assert repository.tree("main", folder="api", label="new").label == "new"


def test_a_tree_stays_what_it_was_when_the_branch_moves_on(work):
    work.commit({"a.yaml": "1"})
    tree = opened(work).tree("main")
    work.commit({"a.yaml": "2"})
    assert tree.read("a.yaml") == b"1"


def test_hostile_names_everywhere(work):
    for name in NAMES:
        (work.folder / name).write_text(name)
    work.git("add", "--all")
    (work.folder / os.fsdecode(b"caf\xe9.yaml")).write_bytes(b"latin")
    work.git("add", "--all")
    repository = opened(work)
    expected = {name: name.encode() for name in sorted([*NAMES, "caf\\xe9.yaml"])} | {"caf\\xe9.yaml": b"latin"}
    assert content(repository.index()) == expected
    assert content(repository.working_tree()) == expected
    work.git("commit", "-qm", "x")
    assert content(repository.tree("HEAD")) == expected
    changes = repository.changed(repository.empty_tree, "HEAD")
    assert [change.revision.path for change in changes] == [*expected]
    for name in NAMES:
        (work.folder / name).write_text("changed")
    (work.folder / "untracked\n.yaml").write_text("new")
    (work.folder / os.fsdecode(b"\xff.yaml")).write_text("new")
    changed = {**dict.fromkeys(NAMES, b"changed"), "untracked\n.yaml": b"new", "\\xff.yaml": b"new"}
    tree = repository.working_tree()
    assert content(tree) == {**expected, **changed}
    assert {path for c in repository.changed("HEAD", Here.WORKING_TREE) for path in c.paths} == {*changed}


def test_many_blobs_through_one_child(work):
    work.commit({f"{number}.yaml": "x" * number * 1000 for number in range(100)})
    with opened(work) as repository:
        tree = repository.tree("HEAD")
        assert {len(tree.read(path)) for path in tree.entries()} == {number * 1000 for number in range(100)}
        child = repository._objects._child
        assert tree.read("7.yaml") == b"x" * 7000
        assert repository._objects._child is child
    assert child.poll() is not None
    assert tree.read("7.yaml") == b"x" * 7000  # a later read starts another


def test_the_child_ends_with_the_repository(work):
    work.commit({"a.yaml": "1"})
    repository = opened(work)
    repository.tree("HEAD").read("a.yaml")
    child = repository._objects._child
    del repository
    gc.collect()
    assert child.poll() is not None


def test_the_child_ends_with_the_process(work):
    work.commit({"a.yaml": "1"})
    program = (
        "from pathlib import Path; from contractcheck.sources.repository import Repository\n"
        "repository = Repository.open(Path('.')); print(repository.tree('HEAD').read('a.yaml'))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=work.folder,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "b'1'\n", "")


def test_a_blob_over_the_limit_and_the_next_one(work, monkeypatch):
    monkeypatch.setattr("contractcheck.sources.objects.READ_LIMIT", 1000)
    work.commit({"large.yaml": "x" * 10_000_000, "small.yaml": "x"})
    tree = opened(work).tree("HEAD")
    assert failure(tree.read, "large.yaml") == "large.yaml: has more than 64 MiB; exclude it or split it"
    assert tree.read("small.yaml") == b"x"


def test_a_missing_blob_and_the_next_one(work):
    work.commit({"a.yaml": "gone", "b.yaml": "there"})
    oid = work.blob("a.yaml")
    (work.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
    tree = opened(work).tree("HEAD")
    missing = "a.yaml: its content is not in this clone; fetch it: git fetch --refetch --no-filter"
    assert failure(tree.read, "a.yaml") == missing
    assert tree.read("b.yaml") == b"there"


def test_a_damaged_blob_and_the_next_one(work):
    work.commit({"a.yaml": "x" * 1000, "b.yaml": "there"})
    oid = work.blob("a.yaml")
    path = work.folder / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    tree = opened(work).tree("HEAD")
    with pytest.raises(UnreadableError) as caught:
        tree.read("a.yaml")
    assert caught.value.where == "a.yaml"
    assert tree.read("b.yaml") == b"there"


def test_a_child_that_was_killed(work):
    work.commit({"a.yaml": "1"})
    repository = opened(work)
    tree = repository.tree("HEAD")
    tree.read("a.yaml")
    repository._objects._child.kill()
    repository._objects._child.wait()
    assert failure(tree.read, "a.yaml") == (
        "a.yaml: its content is not in this clone; fetch it: git fetch --refetch --no-filter"
    )
    assert tree.read("a.yaml") == b"1"


def test_a_partial_clone_is_never_fetched_from(work, tmp_path):
    work.git("config", "uploadpack.allowFilter", "true")
    work.commit({"a.yaml": "old"})
    old = work.head()
    work.commit({"a.yaml": "new"})
    clone = work.clone(tmp_path / "clone", "--filter=blob:none")
    tree = opened(clone).tree(old)
    assert [*tree.entries()] == ["a.yaml"]
    assert failure(tree.read, "a.yaml") == (
        "a.yaml: its content is not in this clone; fetch it: git fetch --refetch --no-filter"
    )
    assert opened(clone).tree("HEAD").read("a.yaml") == b"new"


def test_the_index_is_what_would_be_committed(work):
    work.commit({"a.yaml": "1", "b.yaml": "1", "c.yaml": "1"})
    work.stage({"a.yaml": "2"})
    work.write({"a.yaml": "3", "b.yaml": "3", "intended.yaml": "x", "untracked.yaml": "x"})
    work.git("rm", "-q", "c.yaml")
    work.git("add", "--intent-to-add", "intended.yaml")
    work.stage({"empty.yaml": ""})
    repository = opened(work)
    index = repository.index()
    assert index.label == "index"
    assert content(index) == {"a.yaml": b"2", "b.yaml": b"1", "empty.yaml": b""}
    tree = repository.working_tree()
    assert tree.label == "working tree"
    assert content(tree) == {
        "a.yaml": b"3",
        "b.yaml": b"3",
        "empty.yaml": b"",
        "intended.yaml": b"x",
        "untracked.yaml": b"x",
    }
    statuses = {c.paths: str(c.status) for c in repository.changed("HEAD", Here.INDEX)}
    assert statuses == {("a.yaml",): "M", ("c.yaml",): "D", ("empty.yaml",): "A"}


def test_an_index_that_was_never_written(work):
    assert opened(work).index().entries() == {}
    assert opened(work).working_tree().entries() == {}


def test_an_unmerged_index_cannot_be_decided_on(work):
    work.commit({"a.yaml": "1"})
    work.git("checkout", "-qb", "other")
    work.commit({"a.yaml": "2"})
    work.git("checkout", "-q", "main")
    work.commit({"a.yaml": "3"})
    subprocess.run(["git", "merge", "other"], cwd=work.folder, capture_output=True, check=False)
    repository = opened(work)
    unmerged = "a.yaml: has unresolved merge conflicts in the index; resolve them and git add the file"
    assert failure(repository.index().entries) == unmerged
    assert failure(repository.changed, "HEAD", Here.INDEX) == unmerged
    assert b"<<<<<<<" in repository.working_tree().read("a.yaml")


def test_the_working_tree_gives_keys_to_what_the_index_holds(work):
    work.commit({"same.yaml": "1", "changed.yaml": "1", "touched.yaml": "1", "gone.yaml": "1", ".gitignore": "*.log\n"})
    work.write({"changed.yaml": "2", "touched.yaml": "1", "new.yaml": "1", "x.log": "1", "dir/x.log": ""})
    os.utime(work.folder / "touched.yaml", (1, 1))
    (work.folder / "gone.yaml").unlink()
    tree = opened(work).working_tree()
    key = work.blob("same.yaml")
    assert list(tree.entries().values()) == [
        Entry(".gitignore", EntryKind.FILE, work.blob(".gitignore")),
        Entry("changed.yaml", EntryKind.FILE),
        Entry("new.yaml", EntryKind.FILE),
        Entry("same.yaml", EntryKind.FILE, key),
        Entry("touched.yaml", EntryKind.FILE, key),
    ]
    assert tree.read("new.yaml") == b"1"
    assert failure(tree.read, "x.log") == "x.log: does not exist in working tree"
    assert failure(tree.read, "gone.yaml") == "gone.yaml: does not exist in working tree"


def test_links_in_the_working_tree_are_never_followed(work, tmp_path):
    work.commit({"specs/a.yaml": "1", "b.yaml": "1", "c.yaml": "1"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.yaml").write_text("secret")
    (work.folder / "specs" / "a.yaml").unlink()
    (work.folder / "specs").rmdir()
    (work.folder / "specs").symlink_to(tmp_path / "outside")
    (work.folder / "b.yaml").unlink()
    (work.folder / "b.yaml").symlink_to("/etc/passwd")
    (work.folder / "new.yaml").symlink_to("c.yaml")
    (work.folder / "c.yaml").unlink()
    os.mkfifo(work.folder / "c.yaml")
    tree = opened(work).working_tree()
    assert tree.entries()["b.yaml"] == Entry("b.yaml", EntryKind.SYMLINK)
    assert tree.entries()["new.yaml"] == Entry("new.yaml", EntryKind.SYMLINK)
    assert "c.yaml" not in tree.entries()
    with pytest.raises(UnreadableError):
        tree.read("specs/a.yaml")
    assert failure(tree.read, "b.yaml") == f"b.yaml: {LINK.format('working tree')}"


def test_repositories_inside_are_submodules(work, tmp_path):
    work.commit({"a.yaml": "1"})
    Work.begin(work.folder / "nested").commit({"spec.yaml": "1"})
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    Work.begin(work.folder / "vendored").commit({"spec.yaml": "1"})
    entries = opened(work).working_tree().entries()
    assert {path: entry.kind for path, entry in entries.items()} == {
        "a.yaml": EntryKind.FILE,
        "nested": EntryKind.SUBMODULE,
        "vendored": EntryKind.SUBMODULE,
    }


def test_a_sparse_checkout_lacks_nothing(work):
    work.commit({"api/openapi.yaml": "1", "db/1.sql": "2"})
    work.git("sparse-checkout", "set", "--cone", "db")
    assert not (work.folder / "api").exists()
    repository = opened(work)
    assert content(repository.working_tree()) == {"api/openapi.yaml": b"1", "db/1.sql": b"2"}
    assert repository.changed("HEAD", Here.WORKING_TREE) == ()


def test_looking_at_the_working_tree_starts_no_program_of_the_repository(work, tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    run = f"sh -c 'touch {mark}; cat'"
    work.commit(
        {"a.yaml": "1\n", ".gitattributes": "*.yaml filter=evil diff=evil\n*.json filter=a=b\n", "b.json": "1\n"}
    )
    for name, value in {
        "filter.evil.clean": run,
        "filter.evil.smudge": run,
        "filter.evil.required": "true",
        "filter.a=b.process": run,
        "core.fsmonitor": f"{mark}.sh",
        "diff.evil.textconv": run,
        "diff.evil.command": run,
        "diff.external": run,
        "diff.orderFile": "nowhere",
        "diff.relative": "true",
        "core.pager": run,
    }.items():
        work.git("config", name, value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.abbrev")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "5")
    work.write({"a.yaml": "2\n", "b.json": "2\n"})
    repository = opened(work)
    assert content(repository.working_tree())["a.yaml"] == b"2\n"
    assert [c.paths for c in repository.changed("HEAD", Here.WORKING_TREE)] == [("a.yaml",), ("b.json",)]
    assert repository.changed("HEAD", Here.INDEX) == ()
    assert not mark.exists()


def test_a_bare_repository_has_trees_only(work, tmp_path):
    work.commit({"a.yaml": "1"})
    bare = work.clone(tmp_path / "bare.git", "--bare")
    repository = opened(bare)
    assert content(repository.tree("HEAD")) == {"a.yaml": b"1"}
    assert failure(repository.working_tree) == (
        f"{bare.folder}: is a bare repository and has no working tree; name a revision"
    )


def test_objects_named_by_sha256(tmp_path, monkeypatch):
    isolate(monkeypatch)
    work = Work.begin(tmp_path / "work", "--object-format=sha256")
    work.stage({"a.yaml": "1"})
    repository = opened(work)
    assert content(repository.index()) == {"a.yaml": b"1"}
    assert [c.paths for c in repository.changed(repository.empty_tree, Here.INDEX)] == [("a.yaml",)]


def test_a_linked_worktree_has_its_own_index(work, tmp_path):
    work.commit({"a.yaml": "1"})
    work.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    linked = Work(tmp_path / "linked")
    linked.stage({"b.yaml": "2"})
    assert content(opened(linked).index()) == {"a.yaml": b"1", "b.yaml": b"2"}
    assert content(opened(work).index()) == {"a.yaml": b"1"}


class TestIndexOfAHook:
    """`git commit -a` and `git commit PATH` give their hooks an index of their own, in GIT_INDEX_FILE."""

    @pytest.fixture
    def another(self, work) -> str:
        work.commit({"a.yaml": "1"})
        index = work.folder / ".git" / "next-index-1.lock"
        work.git("read-tree", "HEAD", GIT_INDEX_FILE=str(index))
        work.write({"b.yaml": "2"})
        work.git("add", "b.yaml", GIT_INDEX_FILE=str(index))
        return str(index)

    def read(self, folder: Path) -> list[str]:
        return [*Repository.open(folder).index().entries()]

    def test_inside_it(self, work, another, monkeypatch):
        monkeypatch.chdir(work.folder)
        for value in (another, os.path.relpath(another, work.folder)):
            monkeypatch.setenv("GIT_INDEX_FILE", value)
            assert self.read(work.folder) == ["a.yaml", "b.yaml"]
        (work.folder / "sub").mkdir()
        monkeypatch.chdir(work.folder / "sub")
        assert self.read(Path.cwd()) == ["a.yaml", "b.yaml"]

    def test_inside_it_with_git_dir(self, work, another, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GIT_INDEX_FILE", another)
        monkeypatch.setenv("GIT_DIR", str(work.folder / ".git"))
        assert self.read(work.folder) == ["a.yaml", "b.yaml"]

    def test_another_repository_keeps_its_own(self, work, another, monkeypatch, tmp_path):
        other = Work.begin(tmp_path / "other")
        other.commit({"c.yaml": "3"})
        monkeypatch.setenv("GIT_INDEX_FILE", another)
        monkeypatch.chdir(work.folder)
        assert self.read(other.folder) == ["c.yaml"]
        monkeypatch.setenv("GIT_DIR", str(work.folder / ".git"))
        assert self.read(other.folder) == ["c.yaml"]
        monkeypatch.delenv("GIT_DIR")
        monkeypatch.chdir(tmp_path)
        assert self.read(other.folder) == ["c.yaml"]
