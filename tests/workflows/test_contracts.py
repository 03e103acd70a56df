"""Contracts of two snapshots are paired, what did not change is left alone, defects of the base are not new."""

import pytest

from contractcheck.model.report import ContractReport
from contractcheck.openapi.recognise import find
from contractcheck.workflows.contracts import compare_all
from tests.cli.conftest import SPEC
from tests.migrations.trees_in_memory import Files

SHORT = SPEC.replace("                  note: {type: string}\n", "")
LOST = SPEC.replace("{type: integer}", "{$ref: '#/components/schemas/Gone'}")


def contracts(snapshot):
    return find(snapshot, include=(), exclude=())[0]


def titled(title, text=SPEC):
    return text.replace("Shop", title)


def compared(before, after, changed=None):
    old, new = Files(before), Files(after)
    found = compare_all(old, contracts(old), new, contracts(new), changed=changed)
    return (
        [(each.rule, str(each.place or each.base_place), each.suppressed) for each in found.findings],
        [each.path for each in found.contracts],
    )


def test_pairs_by_path_then_by_title():
    before = {"a.yaml": titled("A"), "b.yaml": titled("B"), "c.yaml": titled("C")}
    after = {"a.yaml": titled("B"), "x.yaml": titled("B", SHORT), "c.yaml": titled("C"), "y.yaml": titled("Y")}
    findings, paths = compared(before, after)
    assert [each[0] for each in findings] == ["response-property-removed", "contract-added"]
    assert paths == ["a.yaml", "c.yaml", "x.yaml", "y.yaml"]


@pytest.mark.parametrize("title", ["title: Shop, ", "title: 7, ", ""])
def test_what_has_no_title_of_its_own_is_removed_and_added(title):
    text = SPEC.replace("title: Shop, ", title)
    before, after = {"a.yaml": text}, {"b.yaml": text}
    if title == "title: Shop, ":
        before["a2.yaml"] = text
    removed = [("contract-removed", f"{path}:1:1", None) for path in before]
    assert compared(before, after)[0] == [*removed, ("contract-added", "b.yaml:1:1", None)]


def test_versions_of_what_was_added_and_removed():
    bare = SPEC.replace(", version: 1.0.0", "")
    old, new = Files({"a.yaml": titled("A")}), Files({"b.yaml": titled("B", bare)})
    assert compare_all(old, ["a.yaml"], new, ["b.yaml"]).contracts == (
        ContractReport("a.yaml", "1.0.0", None, 1, 0),
        ContractReport("b.yaml", None, None, 1, 1),
    )


def test_what_did_not_change_is_not_compared():
    texts = {"a.yaml": titled("A"), "b.yaml": titled("B")}
    assert compared(texts, texts) == ([], ["a.yaml", "b.yaml"])
    assert compared(texts, texts, changed=()) == ([], [])
    assert compared(texts, {**texts, "b.yaml": titled("B", SHORT)}, changed={"b.yaml"})[1] == ["b.yaml"]


@pytest.mark.parametrize(
    "reference", ["$ref: 'o.yaml'", '"$ref": "o.yaml"', "$ref: o.yaml", '"$ref" : "o.yaml#/x"', "$ref: ./o.yaml"]
)
def test_a_contract_that_refers_to_another_file_is_looked_at(reference):
    text = SPEC.replace("{type: integer}", "{" + reference + "}")
    before = {"a.yaml": text, "o.yaml": "type: integer\nx: {type: integer}\n"}
    after = {"a.yaml": text, "o.yaml": "type: string\nx: {type: string}\n"}
    assert [each[0] for each in compared(before, after, changed={"o.yaml"})[0]] == ["response-type-widened"]


def test_a_reference_inside_the_file_is_none_to_another():
    text = (
        SPEC.replace("{type: integer}", "{$ref: '#/components/schemas/X'}")
        + "components: {schemas: {X: {type: integer}}}\n"
    )
    assert compared({"a.yaml": text}, {"a.yaml": text}, changed={"o.yaml"}) == ([], [])


def test_defects_count_where_the_revision_brings_them():
    rule = "reference-unresolved"
    assert compared({"a.yaml": LOST}, {"a.yaml": LOST})[0] == [(rule, "a.yaml", "stands in the base too")]
    assert (rule, "a.yaml", None) in compared({"a.yaml": SPEC}, {"a.yaml": LOST})[0]
    assert (rule, "a.yaml", "stands in the base only") in compared({"a.yaml": LOST}, {"a.yaml": SPEC})[0]
    assert compared({}, {"a.yaml": LOST})[0] == [("contract-added", "a.yaml:1:1", None), (rule, "a.yaml", None)]
    assert compared({"a.yaml": LOST}, {})[0] == [("contract-removed", "a.yaml:1:1", None)]


def test_a_base_that_cannot_be_read_does_not_stand_in_the_way_of_its_repair():
    broken = "openapi: 3.1.0\npaths: [\n"
    old, new = Files({"a.yaml": broken}), Files({"a.yaml": LOST})
    found = compare_all(old, ["a.yaml"], new, ["a.yaml"])
    assert [(each.rule, str(each.place), str(each.base_place)) for each in found.findings] == [
        ("contract-base-unreadable", "a.yaml:1:1", "a.yaml:1:1"),
        ("reference-unresolved", "a.yaml", "None"),
    ]
    assert found.contracts == (ContractReport("a.yaml", None, "1.0.0"),)
    gone = compare_all(old, ["a.yaml"], Files({}), [])
    assert [(each.rule, each.place) for each in gone.findings] == [("contract-base-unreadable", None)]
    assert gone.contracts == (ContractReport("a.yaml", None, None),)
