"""Rules as data: records, functions and fixture folders are one set; every fixture gives exactly what it says."""

import json
from pathlib import Path

import pytest

from contractcheck.model.finding import Severity
from contractcheck.model.rule import rulebook
from tools import fixtures
from tools.rulebook import INDEX, records

ROOT = Path(__file__).resolve().parent.parent


def test_every_rule_has_a_record_and_a_fixture_folder():
    with_record = {path.stem for path in (ROOT / "rules").glob("*.yaml")}
    with_fixture = {path.name for path in (ROOT / "fixtures").iterdir() if path.is_dir()} - {"demo"}
    assert with_record == {*rulebook()}
    assert with_fixture == with_record


def test_the_index_is_current():
    assert json.loads(INDEX.read_text(encoding="utf-8")) == json.loads(json.dumps(records()))


def test_a_profile_only_softens():
    for rule in rulebook().values():
        for level in rule.softened.values():
            assert level.rank > rule.severity.rank, rule.id


@pytest.mark.parametrize("name", sorted(rulebook()))
def test_a_rule_fires_in_one_case_and_is_silent_in_another(name):
    fired = [
        name in {finding["rule"] for finding in json.loads((case / "expected.json").read_text(encoding="utf-8"))}
        for case in fixtures.cases([name])
    ]
    assert set(fired) == {True, False}


@pytest.mark.parametrize("case", fixtures.cases([]), ids=lambda case: case.relative_to(fixtures.FIXTURES).as_posix())
def test_a_case_gives_exactly_its_findings(case):
    assert fixtures.run(case) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(rulebook()))
def test_a_record_reads_well(name):
    rule = rulebook()[name]
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert rule.sources
    if rule.severity is not Severity.INFO:
        assert rule.instead, "an error or a warning says what to do instead"
