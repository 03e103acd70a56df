"""How far back the downgrades of a release lead, and what that loses."""

import json

from contractcheck.model.place import Place
from contractcheck.model.report import MigrationReport, Report, Reversibility, ReversibilityVerdict, StatementReport
from contractcheck.reports import json as form
from contractcheck.reports import text
from contractcheck.reports.way_back import WayBack, sentence, ways_back

PROVED, LOSSY, BROKEN = ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY, ReversibilityVerdict.BROKEN
UNPROVEN = ReversibilityVerdict.UNPROVEN


def migration(name, verdict, *, lost=(), drops=None, tree="db", why="because"):
    down = (StatementReport("x", Place("a", 1, 1), {"data": drops or {}}), StatementReport("y", Place("a", 1, 1), {}))
    return MigrationReport(
        name, f"{tree}/{name}.py", "alembic", "expand", Reversibility(verdict, why, (), lost), (), down, tree=tree
    )


def ways(*migrations):
    return ways_back(Report(migrations=migrations))


def test_as_far_as_every_step_is_proved():
    found = ways(
        migration("a", BROKEN, lost=("x",)),
        migration("b", LOSSY, lost=("t.n", "u"), drops={"t": {"dropped_cols": ["m"]}}),
        migration("c", PROVED, drops={"v": {"dropped": True}, "t": {"dropped_cols": ["m", "n"]}}),
    )
    assert found == (WayBack("db", "c", 2, "a", ("t.n", "u"), ("t.m", "v"), "because"),)
    assert sentence(found[0]) == (
        "from c 2 steps back to a, without the data of t.n, u, losing what was written to t.m, v; "
        "a cannot be undone: because"
    )
    assert sentence(found[0], shown=1).startswith(
        "from c 2 steps back to a, without the data of t.n and 1 more, losing"
    )


def test_all_of_them_none_of_them_and_what_is_not_proved():
    assert [sentence(way) for way in ways(migration("a", PROVED))] == ["from a 1 step back to before all of them"]
    assert [sentence(way) for way in ways(migration("a", BROKEN))] == ["none from a: because"]
    assert [sentence(way) for way in ways(migration("a", UNPROVEN))] == ["not proved from a: because"]
    assert [sentence(way) for way in ways(migration("a", UNPROVEN), migration("b", PROVED))] == [
        "from b 1 step back to a; a is not proved to be undone: because"
    ]
    assert ways() == ()


def test_each_tree_has_its_own_way():
    found = ways(migration("a", PROVED), migration("b", BROKEN, tree="other"), migration("c", PROVED))
    assert [(way.tree, way.start, way.steps, way.to) for way in found] == [("db", "c", 2, None), ("other", "b", 0, "b")]


def test_reports_tell():
    report = Report(migrations=(migration("a", BROKEN), migration("b", LOSSY, lost=("t.n",))))
    assert json.loads(form.render(report))["ways_back"] == [
        {
            "tree": "db", "start": "b", "steps": 1, "to": "a", "lost": ["t.n"], "since": [], "why": "because",
            "known": True,
        }
    ]  # fmt: skip
    lines = text.render(report, width=60).split("\n")
    assert lines[lines.index("2 migrations   1 undo loses data, 1 undo broken") + 1 :][:2] == [
        "way back from b 1 step back to a, without the data of t.n; a",
        "         cannot be undone: because",
    ]
