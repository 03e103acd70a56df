"""What must hold of every report on contracts (`python -m benchmarks.real` holds it against real ones), and the draws."""

import json
from pathlib import Path

import pytest

from benchmarks import fetch, real
from benchmarks.measure import Missing
from contractcheck.openapi.compare import rules
from demo.releases import UnavailableError
from tests.openapi.contracts import contract, operation, query

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"


@pytest.mark.parametrize("name", rules())
def test_reports_on_all_cases_are_lawful(name):
    for case in sorted((FIXTURES / name).iterdir()):
        sides = [next(case.glob(f"{side}.*")) for side in ("base", "revision")]
        assert real.broken(real.report(*sides)["findings"]) == []


def finding(**changes):
    told = {
        "rule": "request-type-narrowed",
        "subject": "GET /orders query id $",
        "message": 'no longer "a"',
        "severity": "error",
        "fingerprint": "f",
        "base_place": {"pointer": "/a"},
        "place": None,
        "affects": [{"operation": "GET /orders", "direction": "request"}],
        "proof": {"kind": "structural", "why": "it is so"},
    }
    return {**told, **changes}


def test_what_a_report_may_not_say():
    assert real.broken([finding()]) == []
    assert [each.partition(":")[0] for each in real.broken([finding(), finding()])] == [
        "2 findings of one fingerprint",
        "2 findings of one rule and subject",
        "2 findings of one rule, places and message",
    ]
    unproven = finding(proof={"kind": "unproven"})
    assert real.broken([unproven]) == ["an error is unproven: request-type-narrowed GET /orders query id $"]
    assert real.broken([finding(proof={"kind": "witness"})]) == [
        "a witness is not shown: request-type-narrowed GET /orders query id $"
    ]


def test_a_draw_is_repeated_with_its_seed():
    told = [finding(subject=str(number), severity="info" if number % 3 else "error") for number in range(60)]
    reports = {"one": {"findings": told}, "other": {"findings": told[:9]}}
    first, again, other = (
        [(name, each["subject"]) for name, each in real.draw(reports, 20, seed)] for seed in (1, 1, 2)
    )
    assert first == again != other
    drawn = real.draw(reports, 20, 1)
    assert (len(drawn), sum(each["severity"] == "error" for _, each in drawn)) == (20, 14)
    assert len(real.draw({"one": {"findings": told[:4]}}, 20, 1)) == 4


def test_what_only_one_tool_calls_a_break():
    removed = {"id": "api-removed", "operation": "GET", "path": "/orders/{id}", "level": 3, "text": "gone"}
    narrowed = {"id": "t", "operation": "GET", "path": "/orders", "level": 3, "text": "the `id` is `x`, of `items/[0]`"}
    note = {**narrowed, "level": 1, "text": "the `name`"}
    other = {**narrowed, "text": "the `page/items` changed"}
    ours = [
        finding(),
        finding(rule="operation-removed", subject="GET /orders/{n}", affects=[{"operation": "GET /orders/{n}"}]),
        finding(subject="GET /orders 200 $.name", message="gone"),
        finding(severity="info", subject="GET /orders 200 $.page"),
    ]
    assert real.one_sided({"findings": ours}, [removed, narrowed, note, other]) == (
        [("t", "GET /orders", "the `page/items` changed")],
        [("request-type-narrowed", "GET /orders 200 $.name", "gone")],
    )


def test_the_bench_tells_what_it_was_asked_for(tmp_path, monkeypatch, capsys):
    texts = {
        "base": query({"name": "id", "in": "query", "schema": {"type": "string"}}),
        "revision": contract({"/orders": {"get": operation()}}),
    }
    sides = [tmp_path / f"{name}.json" for name in texts]
    for side, text in zip(sides, texts.values(), strict=True):
        side.write_text(json.dumps(text), encoding="utf-8")
    monkeypatch.setattr(real, "pairs", lambda: iter([("shop", *sides)]))
    monkeypatch.setattr("sys.argv", ["real", "--draw", "2"])
    assert real.main() == 0
    gone = "the query parameter id was removed | /paths/~1orders/get/parameters/0 | /paths/~1orders/get"
    assert capsys.readouterr().out.splitlines() == [
        "shop: {'error': 0, 'warning': 1, 'info': 0, 'unproven': 0}, errors {}; lawful",
        f"1 | shop | request-parameter-removed | GET /orders query id | {gone}",
    ]
    monkeypatch.setattr(real, "pairs", lambda: iter([("shop", sides[0], Missing("no network"))]))
    assert real.main() == 1
    assert capsys.readouterr().out == "shop: not at hand: no network\n"


def test_packages_are_pinned(monkeypatch, tmp_path):
    monkeypatch.setattr(fetch, "CACHE", tmp_path)
    monkeypatch.setattr(real, "CACHE", tmp_path)
    monkeypatch.setattr(fetch, "_pack", lambda package: Missing(f"no {package}"))
    monkeypatch.setattr(
        "demo.releases.wheel", lambda pinned, cache: (_ for _ in ()).throw(UnavailableError(pinned.name))
    )
    told = [(name, base.why if isinstance(base, Missing) else base) for name, base, _ in real.pairs()]
    assert told[0] == ("Airflow 3.0.0 -> 3.1.0 rest", "requirements-3.0.0.txt")
    assert told[-1] == ("GHES 3.18 -> 3.19", "no @octokit/openapi@23.0.2")
