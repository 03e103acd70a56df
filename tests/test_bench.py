"""The harness of `make bench`: what it measures, what it says of who is missing, and what it generates."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import fetch, jobs
from benchmarks.__main__ import _record
from benchmarks.generate import alembic, flyway, steps
from benchmarks.jobs import Budget, Job
from benchmarks.measure import Contender, Failed, Missing, Sample, Timed, Untimed, alternate, once
from benchmarks.table import Result, judge, table

ROOT = Path(__file__).resolve().parent.parent
MB = 1_000_000


TABLE = """\
| job   | program        | median s | least s | cpu s | peak MB | ours ÷ peer: time | memory | budget                                                                          |
| ----- | -------------- | -------: | ------: | ----: | ------: | ----------------: | -----: | ------------------------------------------------------------------------------- |
| diff  | ours           |    1.500 |   1.500 | 1.500 |     700 |                   |        | ≤ 2 s: met; ≤ 600 MB: not met; faster than its peers: not known, one is missing |
|       | peer           |    3.000 |   3.000 | 3.000 |     350 |              0.50 |   2.00 |                                                                                 |
|       | other: missing |          |         |       |         |                   |        |                                                                                 |
| start | ours           |    0.100 |   0.100 | 0.100 |    ≤ 20 |                   |        |                                                                                 |
|       | peer           |    0.200 |   0.200 | 0.200 |    ≤ 20 |              0.50 |        |                                                                                 |
| start | ours           |    0.100 |   0.100 | 0.100 |      50 |                   |        |                                                                                 |
|       | peer           |    0.200 |   0.200 | 0.200 |    ≤ 20 |              0.50 | ≥ 2.50 |                                                                                 |

- diff, other: missing: no go
"""


def python(code, label="python", **options):
    return Contender(label, (sys.executable, "-I", "-S", "-c", code), **options)


def timed(label, seconds, peak):
    return Timed(label, (Sample(seconds, seconds, peak * MB),))


def test_time_is_that_of_the_command():
    slow = once(python("import time; time.sleep(0.3)"))
    assert isinstance(slow, Sample)
    assert 0.3 <= slow.seconds < 3
    assert slow.cpu < 0.3


def test_memory_is_that_of_the_command():
    # In a process of its own: no peak is seen below that of the process that starts a command, and pytest's is large.
    code = """
import sys
from benchmarks.measure import Contender, floor, once
print(floor())
for size in (0, 200_000_000):
    print(once(Contender("x", (sys.executable, "-I", "-S", "-c", f"b'x' * {size}"))).peak)
"""
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    least, small, large = map(int, printed.split())
    assert 0 < least <= small + MB < 60 * MB
    assert 200 * MB <= large < 260 * MB


@pytest.mark.parametrize(
    ("code", "limit", "why"),
    [
        ("import sys; sys.stderr.write('cannot decide\\nmore'); sys.exit(2)", 10, "exit code 2: cannot decide"),
        ("import os; os._exit(2)", 10, "exit code 2"),
        ("import time; time.sleep(30)", 0.2, "did not end in time"),
    ],
)
def test_a_run_that_did_not_do_its_work_has_no_number(code, limit, why):
    assert once(python(code), limit) == Failed(why)


def test_a_program_that_is_not_there_failed():
    assert once(Contender("none", ("/nonexistent/program",))) == Failed("cannot start: No such file or directory")


def test_runs_alternate_after_one_uncounted_round(tmp_path):
    log = tmp_path / "log"

    def note(letter):
        return python(f"open({str(log)!r}, 'a').write({letter!r})", letter)

    missing = Contender("C", Missing("not here"))
    failing = python("import os; os._exit(3)", "D")
    first, second, third, fourth = alternate((note("A"), note("B"), missing, failing), 3)
    assert log.read_text() == "ABABABAB"
    assert isinstance(first, Timed)
    assert isinstance(second, Timed)
    assert (len(first.samples), len(second.samples)) == (3, 3)
    assert third == Untimed("C", "missing", "not here")
    assert fourth == Untimed("D", "failed", "exit code 3")


def test_medians_and_the_largest_peak():
    run = Timed("x", (Sample(3, 1, 10), Sample(1, 5, 30), Sample(2, 2, 20)))
    assert (run.seconds, run.best, run.cpu, run.peak) == (2, 1, 2, 30)


def test_the_table():
    job = Job("diff", (), Budget(2.0, 600 * MB, faster=True))
    small = Job("start", ())
    results = (
        Result(job, (timed("ours", 1.5, 700), timed("peer", 3.0, 350), Untimed("other", "missing", "no go"))),
        Result(small, (timed("ours", 0.1, 20), timed("peer", 0.2, 20))),
        Result(small, (timed("ours", 0.1, 50), timed("peer", 0.2, 20))),
    )
    assert table(results, 20 * MB) == TABLE


@pytest.mark.parametrize(
    ("budget", "runs", "verdicts"),
    [
        (Budget(1.0), (timed("ours", 0.9, 1),), [("≤ 1 s: met", True)]),
        (Budget(1.0), (timed("ours", 1.1, 1),), [("≤ 1 s: not met", False)]),
        (Budget(faster=True), (timed("ours", 1, 1), timed("peer", 2, 1)), [("faster than its peers: met", True)]),
        (
            Budget(faster=True),
            (timed("ours", 3, 1), timed("peer", 2, 1), timed("other", 4, 1)),
            [("faster than its peers: not met", False)],
        ),
        (Budget(1.0), (Untimed("ours", "missing", "no npm"),), [("not measured, missing", False)]),
        (Budget(), (Untimed("ours", "failed", "exit code 4"),), [("not measured, failed", False)]),
        (Budget(), (Untimed("ours", "missing", "no npm"),), []),
    ],
)
def test_what_is_not_known_is_not_met(budget, runs, verdicts):
    assert judge(Result(Job("job", (), budget), runs)) == verdicts


def test_generated_trees_are_the_same_every_time():
    assert list(steps(200)) == list(steps(200))
    assert list(steps(50)) == list(steps(200))[:50]
    assert len(flyway(120)) == 120
    assert len(alembic(120)) == 121
    assert flyway(2) == {
        "V1__create_account_1.sql": (
            b"CREATE TABLE account_1 (\n    id bigint PRIMARY KEY,\n    label text NOT NULL,\n"
            b"    made_at timestamptz DEFAULT now()\n);\n"
        ),
        "V2__create_basket_2.sql": (
            b"CREATE TABLE basket_2 (\n    id bigint PRIMARY KEY,\n    label text NOT NULL,\n"
            b"    made_at timestamptz DEFAULT now()\n);\n"
        ),
    }


def test_generated_migrations_fit_each_other():
    """Every file parses, and what a step uses was made before it and is still there."""
    import ast

    import pglast

    columns = {}
    for step in steps(1000):
        ast.parse(f"def upgrade():\n    {step.upgrade}\n\ndef downgrade():\n    {step.downgrade}\n")
        for statement in pglast.parse_sql(step.sql):
            node = statement.stmt
            match node:
                case pglast.ast.CreateStmt():
                    columns[node.relation.relname] = {"id", "label", "made_at"}
                case pglast.ast.AlterTableStmt():
                    for command in node.cmds:
                        table = columns[node.relation.relname]
                        match command.subtype:
                            case pglast.enums.AlterTableType.AT_AddColumn:
                                assert command.def_.colname not in table
                                table.add(command.def_.colname)
                            case pglast.enums.AlterTableType.AT_DropColumn:
                                table.remove(command.name)
                            case pglast.enums.AlterTableType.AT_SetNotNull:
                                assert command.name in table
                case pglast.ast.IndexStmt():
                    assert {element.name for element in node.indexParams} <= columns[node.relation.relname]
                case pglast.ast.UpdateStmt():
                    assert node.relation.relname in columns


def test_the_table_is_written_between_the_markers_only(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- make bench: begin -->\nold\n<!-- make bench: end -->\nafter\n", encoding="utf-8")
    _record(page, "new\n")
    _record(page, "newer\n")
    assert page.read_text(encoding="utf-8") == (
        "before\n<!-- make bench: begin -->\n\nnewer\n\n<!-- make bench: end -->\nafter\n"
    )
    page.write_text("no markers\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        _record(page, "new\n")
    assert page.read_text(encoding="utf-8") == "no markers\n"


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine with git, an empty cache, no go, no npm, and no index for pip."""
    for module in (fetch, jobs):
        monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(jobs, "ROOT", tmp_path)
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    (tmp_path / "git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path


def test_what_cannot_be_fetched_is_missing_and_says_why(bare):
    no_go, no_npm = Missing("no go on this machine"), Missing("no npm on this machine")
    no_squawk = Missing("pip: No matching distribution found for squawk-cli==2.70.0")
    no_airflow = Missing("No matching distribution found for apache-airflow-core==3.1.0")
    assert (fetch.oasdiff(), fetch.github("22.0.0"), fetch.squawk()) == (no_go, no_npm, no_squawk)
    assert [contender.command for contender in jobs.github_diff().contenders] == [no_npm, no_npm, no_npm]
    assert [contender.command for contender in jobs.airflow_diff().contenders] == [no_airflow, no_airflow, no_airflow]
    ours, peer = jobs.sql_lint().contenders
    assert ours.command == (str(Path(sys.executable).parent / "contractcheck"), "lint", "migrations", "--no-cache")
    assert len(list((bare / "cache" / "sql" / "migrations").glob("V*.sql"))) == 1000
    assert (peer.label, peer.command) == ("squawk 2.70.0", no_squawk)


def test_a_package_that_is_not_the_pinned_one_is_thrown_away(bare):
    archive = bare / "cache" / "octokit-openapi-22.0.0.tgz"
    archive.parent.mkdir()
    archive.write_bytes(b"something else")
    why = "@octokit/openapi 22.0.0: what npm brought is not the pinned package"
    assert fetch.github("22.0.0") == Missing(why)
    assert not archive.exists()


def test_the_command_prints_a_table():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "version", "--repeat", "1", "--gate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    about, blank, head, _, ours, peer, *rest = done.stdout.splitlines()
    assert about.startswith("Python 3.")
    assert (blank, rest) == ("", [""])
    assert head.startswith("| job       | program        | median s |")
    assert ours.startswith("| --version | contractcheck  |")
    assert peer.startswith("|           | python -c pass |")
    assert done.stderr == "  --version ...\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch"], "no job nosuch; there are github, airflow-diff, "),
        (["version", "--repeat", "0"], "--repeat must be 1"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments, said):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr
