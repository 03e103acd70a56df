"""Swapping base and revision turns a finding into its mirror, for every rule that has one."""

from pathlib import Path

import pytest

from contractcheck.model.finding import Severity
from contractcheck.model.rule import rulebook
from contractcheck.openapi.compare import compare, rules
from contractcheck.openapi.document import load
from contractcheck.openapi.proving import Prover
from contractcheck.sources.folder import folder

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
WORDS = (
    ("-narrowed", "-widened"),
    ("-added", "-removed"),
    ("-became-required", "-became-optional"),
    ("-became-list", "-became-single"),
    ("-deprecated", "-undeprecated"),
)
OTHERWISE = {
    "deprecated-operation-removed": "operation-added",
    "operation-moved": "operation-moved",
    "request-required-body-added": "request-body-removed",
    "request-required-parameter-added": "request-parameter-removed",
    "request-required-property-added": "request-property-removed",
    "response-required-header-removed": "response-header-added",
    "response-required-property-removed": "response-property-added",
    "response-status-range-narrowed": "response-success-status-added",
    "request-body-removed": "request-required-body-added",
    "request-reference-changed": "request-reference-widened",
    "response-reference-changed": "response-reference-narrowed",
    "request-property-forbidden": "request-property-added",
    "response-property-forbidden": "response-property-removed",
}
NONE = {  # with the reason
    "response-header-deprecated": "who hears that it stays needs no warning",
    "request-property-deprecated": "the same",
    "response-property-deprecated": "the same",
    "security-scheme-deprecated": "the same",
    "webhook-success-status-removed": "receivers may answer with one more: a server tolerates it",
    "operation-shadowed": "a path that goes is an operation that is removed",
    "operation-ambiguous": "the same",
    "request-additional-properties-closed": "opened again it takes what it took",
    "request-schema-narrowed": "what is wider beyond doubt is silent",
    "response-schema-widened": "what is narrower beyond doubt is silent",
    "example-mismatched": "an example that matches again is no news",
}

INSTEAD = {"response-success-status-removed": "response-status-range-narrowed"}
"""Where what is new is of a range that the other side names, nothing went but the rest of the range."""


def mirror(name):
    if name in OTHERWISE:
        return OTHERWISE[name]
    for one, other in WORDS:
        for left, right in ((one, other), (other, one)):
            if name.endswith(left) and name.removesuffix(left) + right in rulebook():
                return name.removesuffix(left) + right
    return name if name.endswith(("-changed", "-undecided")) else None


CASES = [case for name in rules() for case in sorted((FIXTURES / name).iterdir())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_swapped_sides_give_the_mirrored_findings(case):
    """Of every finding in every case, also those that a case has beside the one it is for."""
    snapshot = folder(case)
    paths = {Path(path).stem: path for path in snapshot.entries()}
    base, revision = load(snapshot, paths["base"]), load(snapshot, paths["revision"])
    there = {finding.rule for finding in compare(base, revision, Prover(base, revision)).findings}
    back = {finding.rule for finding in compare(revision, base, Prover(revision, base)).findings}
    assert {rule for rule in there if mirror(rule) is None} <= NONE.keys()
    expected = {rule: mirror(rule) for rule in there if mirror(rule) is not None}
    assert {rule for rule, name in expected.items() if not {name, INSTEAD.get(name)} & back} == set()
    if case.name == "fires":
        assert case.parent.name in there


def test_every_rule_has_a_mirror_or_a_reason():
    assert {name for name in rules() if mirror(name) is None} == NONE.keys()
    assert {mirror(name) for name in rules()} - {None} <= {*rules()}


def test_what_breaks_one_way_does_not_break_the_other_way():
    breaking = {name for name in rules() if rulebook()[name].severity is Severity.ERROR}
    assert {name for name in breaking if mirror(name) in breaking - {name}} == set()
