"""The lock timeline of a migration reads well in a terminal and in a pull request."""

import json

import jsonschema

from contractcheck.model.finding import Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.report import (
    HeldLock,
    LockedWork,
    MigrationReport,
    Report,
    Reversibility,
    ReversibilityVerdict,
    StatementReport,
)
from contractcheck.model.rule import rule
from contractcheck.reports.json import document, schema
from contractcheck.reports.markdown import render as markdown
from contractcheck.reports.text import render as text

PROVED = Reversibility(ReversibilityVerdict.PROVED, "same")
WORK = (
    LockedWork(1, "orders", "scan", 38.0),
    LockedWork(1, "shops", "scan", 0.02),
    LockedWork(2, "log", "index", None),
)


def migration(*locks, path="m/2_b.sql", name="2_b", line=1, files=("m/2_b.sql",) * 3):
    statements = tuple(StatementReport("SELECT 1", Place(file, line + n, 1), {}) for n, file in enumerate(files))
    return MigrationReport(name, path, "sql", "expand", PROVED, statements, (), locks, Place(path, line, 1))


def finding(line, path="m/2_b.sql"):
    return rule("statement-fails").finding(
        subject=f"x {line}", place=Place(path, line, 1), proof=Proof(ProofKind.DERIVED, "no"), why="no", sql="SELECT 1"
    )


ORDERS = HeldLock(
    "orders", "ACCESS EXCLUSIVE", readers=True, first=0, last=2, work=WORK, size=38_000_000_000, budget=2.0
)
SHOPS = HeldLock("shops", "SHARE ROW EXCLUSIVE", readers=False, first=1, last=1, work=WORK[:2], budget=60.0)
LOG = HeldLock("log", "SHARE", readers=False, first=2, last=2, work=WORK[2:])
BRIEF = HeldLock("users", "ACCESS EXCLUSIVE", readers=True, first=2, last=2)
REPORT = Report(findings=(finding(1),), migrations=(migration(ORDERS, SHOPS, LOG, BRIEF),), server="PostgreSQL 16")


def block(report, **options):
    lines = text(report, **options).splitlines()
    return lines[0], list(lines[2 : lines.index("", 2)])


def test_in_a_terminal_of_120_columns():
    assert block(REPORT, width=120) == (
        "m/2_b.sql   expand · undo proved · 1 lock over budget · 1 error" + " " * 44 + "PostgreSQL 16",
        [
            "locks    :1 to :3  ACCESS EXCLUSIVE on orders (38 GB): readers and writers wait at least 38 s, budget 2 s",
            "                   reads orders and shops (:2); indexes log (:3)",
            "         :2        SHARE ROW EXCLUSIVE on shops: writers wait about 38 s, budget 60 s",
            "                   reads orders and shops (:2)",
            "         :3        SHARE on log: writers wait for as long as the work takes",
            "                   indexes log (:3)",
            "         :3        ACCESS EXCLUSIVE on users: readers and writers wait briefly",
        ],
    )


def test_in_a_terminal_of_80_columns_no_number_loses_its_unit():
    head, lines = block(REPORT, width=80)
    assert head == "m/2_b.sql   expand · undo proved · 1 lock over budget · 1 error    PostgreSQL 16"
    assert lines[:5] == [
        "locks    :1 to :3  ACCESS EXCLUSIVE on orders (38 GB): readers and writers wait",
        "                   at least 38 s, budget 2 s",
        "                   reads orders and shops (:2); indexes log (:3)",
        "         :2        SHARE ROW EXCLUSIVE on shops: writers wait about 38 s, budget",
        "                   60 s",
    ]
    assert max(map(len, lines)) <= 80


def test_many_locks_are_counted():
    many = migration(*(HeldLock(f"t{n}", "SHARE", readers=False, first=0, last=0) for n in range(20)))
    report = Report(findings=(finding(1),), migrations=(many,))
    assert block(report)[1][12:] == ["         8 more locks: --all"]
    assert len(block(report, everything=True)[1]) == 20
    assert "\n8 more locks not shown.\n" in markdown(report)


def test_clean_migrations_have_their_timeline_where_everything_is_asked_for():
    clean = Report(migrations=(migration(BRIEF), migration(path="m/3_c.sql", name="3_c")), server="PostgreSQL 16")
    assert text(clean).splitlines()[0].startswith("2 migrations")
    assert [line.rstrip() for line in text(clean, everything=True, width=80).splitlines()[:6]] == [
        "m/2_b.sql   expand · undo proved · no findings                     PostgreSQL 16",
        "",
        "locks    :3  ACCESS EXCLUSIVE on users: readers and writers wait briefly",
        "",
        "m/3_c.sql   expand · undo proved · no findings                     PostgreSQL 16",
        "",
    ]


def test_statements_of_other_files_say_so():
    held = migration(BRIEF, files=("m/2_b.sql", "m/2_b.sql", "m/part.sql"))
    assert block(Report(findings=(finding(1),), migrations=(held,)))[1][0].startswith("locks    m/part.sql:3  ACCESS")


def test_several_migrations_of_one_file():
    first, second = migration(name="x:1", line=2), migration(BRIEF, name="x:2", line=10)
    report = Report(findings=(finding(1), finding(4), finding(10)), migrations=(first, second))
    heads = [line.split("   ")[:2] for line in text(report).splitlines() if line.startswith("m/")]
    assert heads == [
        ["m/2_b.sql x:1", "expand · undo proved · 2 errors"],
        ["m/2_b.sql x:2", "expand · undo proved · 1 error"],
    ]


def test_in_a_pull_request():
    table = markdown(REPORT).split("\n\n")[1:3]
    assert table == [
        "### `m/2_b.sql` (expand): 1 error, **1 lock over budget**",
        (
            "| lines | lock | table | who waits | how long | while it |\n|---|---|---|---|---|---|\n"
            "| `:1 to :3` | ACCESS EXCLUSIVE | `orders (38 GB)` | readers and writers | **at least 38 s, budget 2 s** | `reads orders and shops (:2); indexes log (:3)` |\n"
            "| `:2` | SHARE ROW EXCLUSIVE | `shops` | writers | about 38 s, budget 60 s | `reads orders and shops (:2)` |\n"
            "| `:3` | SHARE | `log` | writers | for as long as the work takes | `indexes log (:3)` |\n"
            "| `:3` | ACCESS EXCLUSIVE | `users` | readers and writers | briefly |  |"
        ),
    ]


def test_hostile_names_stay_in_their_cell():
    held = HeldLock("a`|b\x1b[31m", "SHARE", readers=False, first=0, last=0)
    report = Report(findings=(finding(1),), migrations=(migration(held),))
    assert "| ``a`\\|b\\u001b[31m`` |" in markdown(report)
    assert "SHARE on a`|b\\u001b[31m: writers" in text(report)


def test_as_json():
    found = document(REPORT)
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert json.loads(json.dumps(found["migrations"][0]["locks"][0])) == {
        "table": "orders",
        "lock": "ACCESS EXCLUSIVE",
        "waiting": ["readers", "writers"],
        "first": 0,
        "last": 2,
        "work": [
            {"statement": 1, "table": "orders", "work": "scan", "seconds": 38.0},
            {"statement": 1, "table": "shops", "work": "scan", "seconds": 0.02},
            {"statement": 2, "table": "log", "work": "index", "seconds": None},
        ],
        "size": 38_000_000_000,
        "seconds": 38.02,
        "budget": 2.0,
        "over": True,
    }
