"""Every field of OpenAPI has a row that says which rules compare it, or why none does."""

import pytest

from contractcheck.openapi.compare import rules
from tools import coverage


def test_every_field_has_a_row_and_every_rule_of_a_row_exists():
    assert coverage.problems() == []


def test_every_rule_of_a_comparison_stands_in_the_table():
    data = coverage._data()
    rows = {rule for described in data["fields"].values() for row in described.values() for rule in coverage.named(row)}
    notes = {rule for text in [coverage.PAGE.read_text(encoding="utf-8")] for rule in coverage._ours(text)}
    assert set(rules()) - rows - notes == set()


def test_the_page_and_the_shapes_are_current():
    import json

    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page()
    assert json.loads(coverage.SHAPES.read_text(encoding="utf-8")) == coverage.shapes()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data["fields"]["Info"].pop("title"), "Info.title: no row"),
        (lambda data: data["fields"]["Info"].update(colour="none"), "Info.colour: no such field"),
        (lambda data: data["fields"]["Info"].update(title={"added": "no-rule"}), "Info.title: no rule no-rule"),
    ],
)
def test_a_hole_is_found(change, problem, monkeypatch):
    data = coverage._data()
    change(data)
    monkeypatch.setattr(coverage, "_data", lambda: data)
    assert coverage.problems() == [problem]
