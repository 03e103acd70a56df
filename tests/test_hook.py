"""What the hook takes from git in every kind of commit and push, and what pre-commit does with it."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from contractcheck.errors import FINDINGS, OK, UNDECIDABLE, UndecidableError
from contractcheck.sources.repository import Repository
from contractcheck.workflows.hook import Sides, hook, relevant, sides
from tests.sources.scenario import Work, isolate

ROOT = Path(__file__).parents[1]
CUT = "fetch the whole history: fetch-depth: 0 in actions/checkout, or git fetch --unshallow"
SPEC = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"

# What `git commit` runs in these tests: it writes down what the hook would compare, and lets the commit pass.
RECORD = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from contractcheck.sources.repository import Repository
from contractcheck.workflows.hook import sides
found = sides(Repository.open(Path.cwd()))
with open({record!r}, "a") as record:
    if found is None:
        print("nothing", file=record)
    else:
        print(found.base.label, "->", found.revision.label, file=record)
        for change in found.changes:
            content = "" if change.revision is None else found.revision.read(change.revision.path).decode()
            print("", change.status, *change.paths, repr(content), file=record)
"""


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    isolate(monkeypatch)
    work = Work.begin(tmp_path / "work")
    work.commit({"openapi.yaml": SPEC, "readme.md": "1\n", "db/0001.sql": "CREATE TABLE a ();\n"})
    return work


@pytest.fixture
def clone(work, tmp_path) -> Work:
    """A clone whose branch has an upstream."""
    return work.clone(tmp_path / "clone")


@pytest.fixture
def recorded(clone, tmp_path):
    """Puts the recorder into the clone as its hooks; gives what they wrote since the last time."""
    record = tmp_path / "record"
    for name in ("pre-commit", "pre-merge-commit"):
        script = clone.folder / ".git" / "hooks" / name
        script.write_text(RECORD.format(python=sys.executable, root=str(ROOT), record=str(record)))
        script.chmod(0o755)

    def read() -> list[str]:
        text = record.read_text()
        record.unlink()
        return text.splitlines()

    return read


def told(found: Sides | None) -> tuple[str, str, list[str]]:
    assert found is not None
    changes = [" ".join((str(change.status), *change.paths)) for change in found.changes]
    return found.base.label, found.revision.label, changes


def look(work: Work, **options) -> Sides | None:
    return sides(Repository.open(work.folder), **options)


def failure(work: Work, **options) -> str:
    with pytest.raises(UndecidableError) as caught:
        look(work, **options)
    assert caught.value.exit_code == 3
    return str(caught.value)


class TestRelevance:
    @pytest.mark.parametrize(
        "path",
        [
            "api.yaml",
            "a/b/Spec.YML",
            "x.json",
            "db/1.sql",
            "contractcheck.toml",
            "pyproject.toml",
            "alembic.ini",
            "flyway.toml",
            "alembic/versions/0001_x.py",
            "app/migrations/0001_initial.py",
            "alembic/env.py",
        ],
    )
    def test_by_name(self, work, path):
        work.stage({path: "x"})
        assert told(look(work)) == ("HEAD", "index", [f"A {path}"])

    @pytest.mark.parametrize(
        "path", ["readme.md", "src/app.py", "versions.py", "Makefile", "yaml", "a.sql.md", "x.toml"]
    )
    def test_of_other_names_nothing(self, work, path):
        work.stage({path: "x\n"})
        assert look(work) is None

    def test_a_revision_of_alembic_in_a_folder_of_any_name(self, work):
        work.stage({"store/changes/abc.py": "revision = 'abc'\ndown_revision = None\n", "src/app.py": "x"})
        assert told(look(work))[2] == ["A src/app.py", "A store/changes/abc.py"]
        work.git("commit", "-qm", "x")
        work.git("rm", "-q", "store/changes/abc.py")
        assert told(look(work))[2] == ["D store/changes/abc.py"]

    def test_a_link_is_not_looked_into(self, work):
        (work.folder / "app.py").symlink_to("/etc/passwd")
        work.git("add", "app.py")
        assert look(work) is None

    def test_a_module_whose_content_is_not_there(self, work):
        work.commit({"app.py": "x"})
        oid = work.blob("app.py")
        work.stage({"app.py": "y"})
        (work.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
        assert told(look(work))[2] == ["M app.py"]

    def test_hundreds_of_modules_are_left_to_check(self, work):
        work.stage({f"src/{number}.py": "x" for number in range(201)})
        assert look(work) is not None

    def test_nothing_changed(self, work):
        assert look(work) is None
        assert not relevant(Repository.open(work.folder), ())


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


class TestPush:
    """pre-commit says what is pushed in PRE_COMMIT_*; measured with its version 4.7.0."""

    def test_a_branch_the_remote_has(self, clone):
        start = clone.head()
        tip = clone.commit({"openapi.yaml": "pushed"})
        clone.stage({"db/0001.sql": "not part of the push"})
        told_by_pre_commit = {
            "PRE_COMMIT_FROM_REF": start,
            "PRE_COMMIT_TO_REF": tip,
            "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main",
        }
        found = look(clone, pre_push=True, surroundings=told_by_pre_commit)
        assert told(found) == (start, "main", ["M openapi.yaml"])
        assert found.revision.read("openapi.yaml") == b"pushed"
        clone.git("tag", "v0", "HEAD~1")
        assert told(look(clone, pre_push=True, base="v0", surroundings=told_by_pre_commit))[0] == "v0"

    def test_a_push_with_nothing_that_matters(self, clone):
        start = clone.head()
        tip = clone.commit({"readme.md": "2"})
        refs = {"PRE_COMMIT_FROM_REF": start, "PRE_COMMIT_TO_REF": tip}
        assert look(clone, pre_push=True, surroundings=refs) is None

    def test_a_forced_push_counts_from_where_the_histories_part(self, clone):
        fork = clone.head()
        old = clone.commit({"db/0002.sql": "dropped by the rebase"})
        clone.git("reset", "-q", "--hard", fork)
        tip = clone.commit({"openapi.yaml": "pushed"})
        found = look(clone, pre_push=True, surroundings={"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": tip})
        assert told(found) == (old, tip, ["M openapi.yaml"])
        assert found.base.entries().keys() == {"db/0001.sql", "openapi.yaml", "readme.md"}

    def test_a_history_that_is_not_related(self, clone):
        old = clone.head()
        clone.git("checkout", "-q", "--orphan", "other")
        tip = clone.commit({"db/0002.sql": "x"})
        found = look(clone, pre_push=True, surroundings={"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": tip})
        assert told(found) == (old, tip, ["A db/0002.sql"])

    def test_the_first_push_to_an_empty_remote(self, work):
        branch = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_NAME": "origin"}
        found = look(work, pre_push=True, surroundings=branch)
        assert told(found) == ("the empty tree", "main", ["A db/0001.sql", "A openapi.yaml", "A readme.md"])

    def test_by_hand(self, clone):
        assert look(clone, pre_push=True, surroundings={}) is None
        clone.commit({"openapi.yaml": "2"})
        found = look(clone, pre_push=True, surroundings={})
        assert told(found) == ("merge base with origin/main", "HEAD", ["M openapi.yaml"])

    def test_a_range_given_to_pre_commit_run(self, clone):
        clone.commit({"openapi.yaml": "2"})
        refs = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
        assert told(look(clone, surroundings=refs)) == ("HEAD~1", "HEAD", ["M openapi.yaml"])

    def test_in_a_shallow_clone(self, work, tmp_path):
        work.commit({"openapi.yaml": "2"})
        old = work.git("rev-parse", "HEAD~1")
        clone = work.clone(tmp_path / "shallow", "--depth=1")
        refs = {"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": "HEAD"}
        assert failure(clone, pre_push=True, surroundings=refs) == (
            f"{old}: no such revision in this clone, which is shallow; {CUT}"
        )


class TestCost:
    """What a commit has to wait for that touches neither a contract nor a migration."""

    def test_two_commands_of_git(self, clone, monkeypatch):
        clone.stage({"readme.md": "2"})
        started = []
        real = subprocess.Popen.__init__

        def count(self, arguments, *more, **options):
            started.append(arguments[arguments.index("protocol.allow=never") + 1])
            real(self, arguments, *more, **options)

        monkeypatch.setattr(subprocess.Popen, "__init__", count)
        assert look(clone) is None
        assert started == ["rev-parse", "diff"]

    def test_no_parser_is_loaded(self, clone):
        clone.stage({"readme.md": "2"})
        program = textwrap.dedent("""\
            import sys
            from pathlib import Path
            from contractcheck.workflows.hook import hook
            assert hook(Path.cwd()) is None
            heavy = {"yaml", "orjson", "pglast", "rich", "sqlalchemy", "alembic", "jsonschema", "tomllib", "typer"}
            print(sorted(heavy & {*sys.modules}))
        """)
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=clone.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "[]\n"

    def test_the_time_of_git_and_us(self, clone):
        clone.commit({f"src/{number}.py": "x" for number in range(2000)})
        clone.git("push", "-q", "origin", "HEAD:refs/heads/topic")
        clone.git("branch", "-q", "--set-upstream-to=origin/topic")
        clone.stage({"readme.md": "2"})
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert look(clone) is None
            times.append(time.perf_counter() - start)
        # 7 ms on the machine it was written on; the rest of the 150 ms belongs to the start of Python.
        assert min(times) < 0.1


SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get:
      responses:
        '200': {description: orders}
"""
MORE = (
    SHOP
    + """\
  /refunds:
    get:
      responses:
        '200': {description: refunds}
"""
)


def command(work: Work, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `contractcheck hook` in a working tree."""
    return subprocess.run(
        [sys.executable, "-c", "from contractcheck.cli.main import main; main()", "hook", *arguments],
        cwd=work.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def errors(output: str) -> list[str]:
    """The rules of the errors in a report, worst first, with the place where one is known."""
    return [" ".join(line.split()[1:]) for line in output.splitlines() if line.startswith("error ")]


class TestCommand:
    def test_nothing_that_matters(self, work):
        work.stage({"readme.md": "2"})
        done = command(work)
        assert (done.returncode, done.stdout, done.stderr) == (OK, "", "")

    def test_what_the_workflow_gives_to_the_command(self, work):
        assert hook(work.folder) is None
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP, "contractcheck.toml": 'profile = "wire"\n'})
        report, configuration = hook(work.folder)
        assert (report.base, report.revision, report.summary["error"]) == ("HEAD", "index", 1)
        assert (configuration.file, configuration.profile) == ("contractcheck.toml", "wire")

    def test_a_contract_that_gains_an_operation(self, work):
        work.commit({"openapi.yaml": SHOP})
        work.stage({"openapi.yaml": MORE})
        assert command(work).returncode == OK

    def test_a_contract_that_loses_an_operation(self, work):
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP})
        work.write({"openapi.yaml": MORE})  # what is staged counts
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == ["operation-removed openapi.yaml:3:1"]

    def test_a_commit_that_only_deletes_a_contract(self, work):
        work.git("rm", "-q", "openapi.yaml")
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == ["contract-removed openapi.yaml:1:1"]

    def test_a_migration(self, work):
        first = {
            "migrations/000001_a.up.sql": "CREATE TABLE a (b int);\n",
            "migrations/000001_a.down.sql": "DROP TABLE a;\n",
        }
        work.commit(first)
        work.stage({"migrations/000002_i.up.sql": "CREATE INDEX i ON a (b);\n"})
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == [
            "downgrade-missing migrations/000002_i.up.sql:1:1",
            "index-not-concurrent migrations/000002_i.up.sql:1:1",
        ]

    def test_the_configuration_that_is_staged_counts(self, work):
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP, "contractcheck.toml": 'fail-on = "never"\n'})
        work.write({"contractcheck.toml": ""})
        assert command(work).returncode == OK

    def test_no_base(self, work):
        work.stage({"openapi.yaml": MORE})
        done = command(work, "--base", "v9")
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr == (
            "contractcheck: v9: no such revision in this clone\n"
            "  next: check its spelling (git branch --all, git tag), or fetch it\n"
        )

    def test_a_staged_spec_that_cannot_be_read(self, work):
        work.stage({"openapi.yaml": "openapi: 3.1.0\npaths: " + "[" * 50_000})
        done = command(work)
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr.startswith("contractcheck: openapi.yaml:2")

    def test_no_repository(self, tmp_path, monkeypatch):
        isolate(monkeypatch)
        done = command(Work(tmp_path))
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr == (
            f"contractcheck: {tmp_path}: not a git repository\n"
            "  next: run this inside one, or compare files: contractcheck diff\n"
        )


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Work:
    """contractcheck as pre-commit clones it: a repository with what is needed to install it."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch)
        work = Work.begin(tmp_path_factory.mktemp("published") / "contractcheck")
        for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, work.folder)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "contractcheck", work.folder / "contractcheck", ignore=ignored)
        work.git("add", "--all")
        work.git("commit", "-qm", "published")
        return work


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> str:
    """Where pre-commit keeps the environments it builds: one for all tests."""
    return str(tmp_path_factory.mktemp("pre-commit"))


def pre_commit(work: Work, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments], cwd=work.folder, capture_output=True, text=True, check=False
    )


@pytest.mark.registry
class TestPreCommit:
    """The real pre-commit, which installs contractcheck and what it needs with pip."""

    @pytest.fixture
    def shop(self, work, tmp_path, published, store, monkeypatch) -> Work:
        """A clone with an upstream in which both hooks are installed."""
        monkeypatch.setenv("PRE_COMMIT_HOME", store)
        work.commit({"openapi.yaml": MORE})
        work.git("config", "receive.denyCurrentBranch", "ignore")
        shop = work.clone(tmp_path / "shop")
        head = published.head()
        hooks = [
            {
                "repo": str(published.folder),
                "rev": head,
                "hooks": [{"id": "contractcheck"}, {"id": "contractcheck-push"}],
            }
        ]
        shop.write({".pre-commit-config.yaml": json.dumps({"repos": hooks})})
        for kind in ("pre-commit", "pre-merge-commit", "pre-push"):
            done = pre_commit(shop, "install", "--hook-type", kind)
            assert done.returncode == 0, done.stdout
        shop.git("add", ".pre-commit-config.yaml")
        shop.git("commit", "-qm", "hooks")
        return shop

    def refused(self, shop: Work, *arguments: str) -> str:
        """The output of a git command that a hook stops."""
        done = subprocess.run(["git", *arguments], cwd=shop.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        return done.stdout + done.stderr

    def test_the_manifest_is_valid(self):
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")

    def test_try_repo(self, clone, published, monkeypatch, tmp_path):
        monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "store"))
        clone.git("rm", "-q", "openapi.yaml")
        done = pre_commit(clone, "try-repo", str(published.folder), "contractcheck")
        assert done.returncode == 1
        assert "- hook id: contractcheck\n- exit code: 1\n" in done.stdout
        assert errors(done.stdout) == ["contract-removed openapi.yaml:1:1"]

    def test_commits_and_pushes(self, work, shop):
        shop.commit({"readme.md": "2"})
        shop.commit({"openapi.yaml": MORE.replace("1.0.0", "1.0.1")})
        accepted = shop.head()

        shop.stage({"openapi.yaml": SHOP})
        assert errors(self.refused(shop, "commit", "-m", "loses an operation")) == [
            "operation-removed openapi.yaml:3:1"
        ]
        assert shop.head() == accepted

        shop.git("rm", "-q", "--force", "openapi.yaml")
        assert errors(self.refused(shop, "commit", "-m", "only deletes")) == ["contract-removed openapi.yaml:1:1"]
        assert shop.head() == accepted
        shop.git("reset", "-q", "--hard")

        shop.git("push", "-q")
        assert work.git("rev-parse", "main") == accepted

        shop.stage({"openapi.yaml": SHOP})
        shop.git("commit", "-q", "--no-verify", "-m", "past the hook")
        assert errors(self.refused(shop, "push")) == ["operation-removed openapi.yaml:3:1"]
        assert work.git("rev-parse", "main") == accepted
