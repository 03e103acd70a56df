"""What breaks between two contracts, put to the prover: rewrites are silent, breaks have a witness that jsonschema confirms."""

import pytest
from jsonschema import Draft202012Validator

from contractcheck.model.finding import ProofKind, Severity
from contractcheck.openapi.compare import compare
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import answers, asks, contract, document, operation, query

STRING = {"type": "string"}


def proved(base, revision, steps=150_000):
    """The comparison with the prover in its seat."""
    sides = (base, revision) if not isinstance(base, dict) else (document(base), document(revision))
    return compare(*sides, Prover(*sides, steps))


def rules(base, revision):
    return [finding.rule for finding in proved(base, revision).findings]


REWRITES = {
    "oneOf and anyOf of disjoint branches": (
        {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["k"],
                    "properties": {"k": {"type": "string", "pattern": "^a"}, "n": STRING},
                },
                {
                    "type": "object",
                    "required": ["k"],
                    "properties": {"k": {"type": "string", "pattern": "^b"}, "n": STRING},
                },
            ]
        },
        {
            "anyOf": [
                {
                    "type": "object",
                    "required": ["k"],
                    "properties": {"k": {"type": "string", "pattern": "^a"}, "n": STRING},
                },
                {
                    "type": "object",
                    "required": ["k"],
                    "properties": {"k": {"type": "string", "pattern": "^b"}, "n": STRING},
                },
            ]
        },
    ),
    "not": (
        {"type": "string", "not": {"enum": ["a", "b"]}},
        {"type": "string", "not": {"anyOf": [{"const": "b"}, {"const": "a"}]}},
    ),
    "if, then, else": (
        {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"minimum": 0}},
        {"type": "integer", "anyOf": [{"minimum": 10, "multipleOf": 10}, {"minimum": 0, "maximum": 9}]},
    ),
    "allOf split, with patternProperties": (
        {
            "type": "object",
            "properties": {"id": STRING},
            "patternProperties": {"^x-": STRING, "^y-": {"type": "integer"}},
        },
        {
            "allOf": [
                {"type": "object", "patternProperties": {"^x-": STRING}},
                {"properties": {"id": STRING}, "patternProperties": {"^y-": {"type": "integer"}}},
            ]
        },
    ),
    "enum and pattern": ({"type": "string", "enum": ["on", "off"]}, {"type": "string", "pattern": "^(on|off)$"}),
    "one pattern and another": ({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^aa*$"}),
    "a member in nested allOf": (
        {"type": "object", "properties": {"a": {"allOf": [{"type": "string"}, {"not": {"const": ""}}]}}},
        {"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}},
    ),
}


@pytest.mark.parametrize("name", REWRITES)
@pytest.mark.parametrize("side", [asks, answers])
def test_a_rewrite_is_silent(name, side):
    one, other = REWRITES[name]
    assert rules(side(one), side(other)) == []
    assert rules(side(other), side(one)) == []
    comparison = proved(side(one), side(other))
    assert comparison.contract.edits == comparison.contract.harmless


BREAKS = {
    "not": ({"type": "string", "not": {"const": "x"}}, {"type": "string", "not": {"maxLength": 3}}),
    "pattern": ({"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-y]+$"}),
    "if": ({"type": "integer"}, {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 10}}),
    "oneOf": (
        {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 9}]},
        {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 5}]},
    ),
    "contains": ({"type": "array", "items": STRING}, {"type": "array", "items": STRING, "contains": {"const": "a"}}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_behind_an_undecided_keyword_has_a_witness(name):
    wide, narrow = BREAKS[name]
    for base, revision, rule in (
        (asks(wide), asks(narrow), "request-schema-narrowed"),
        (answers(narrow), answers(wide), "response-schema-widened"),
    ):
        (finding,) = (each for each in proved(base, revision).findings if each.severity is Severity.ERROR)
        assert (finding.rule, finding.proof.kind) == (rule, ProofKind.WITNESS)
        assert Draft202012Validator(wide).is_valid(finding.proof.witness)
        assert not Draft202012Validator(narrow).is_valid(finding.proof.witness)


def test_every_edit_of_a_schema_has_a_witness_of_its_own():
    base = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": STRING},
    }
    revision = {
        "type": "object",
        "required": ["a", "b", "c"],
        "properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "integer"}, "c": STRING},
    }
    found = {f.subject: f.proof for f in proved(asks(base), asks(revision)).findings}
    assert {subject.rpartition("$")[2]: proof.kind for subject, proof in found.items()} == dict.fromkeys(
        (".a", ".b", ".c"), ProofKind.WITNESS
    )
    witnesses = {subject.rpartition("$")[2]: proof.witness for subject, proof in found.items()}
    assert "b" not in witnesses[".b"]
    assert "c" not in witnesses[".c"]
    assert len(witnesses[".a"]["a"]) == 4
    for name in (".b", ".c"):
        assert Draft202012Validator(base).is_valid(witnesses[name])
        assert not Draft202012Validator(revision).is_valid(witnesses[name])


def test_an_edit_beside_an_undecided_one_is_proved_or_silent():
    base = {"type": "string", "maxLength": 9, "not": {"const": "x"}}
    narrower = {"type": "string", "maxLength": 5, "not": {"enum": ["x"]}}
    (finding,) = proved(asks(base), asks({**narrower, "not": {"anyOf": [{"const": "x"}]}})).findings
    assert (finding.rule, finding.proof.kind) == ("request-length-narrowed", ProofKind.WITNESS)


def test_members_that_do_not_travel_are_left_out():
    sent = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "name": STRING}}
    stricter = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "readOnly": True, "maxLength": 3}, "name": STRING},
        "not": {"required": ["id"]},
    }
    assert rules(asks(sent), asks(stricter)) == []


def test_a_note_behind_a_reference_keeps_a_member_out_in_its_own_file_too():
    def several(root):
        member = {"type": "string", "readOnly": True}
        return document(asks({"$ref": "other.json#/Order"}), other__json={"Order": root, "Id": member})

    base = {"type": "object", "properties": {"id": {"$ref": "#/Id"}, "n": STRING}}
    revision = {**base, "not": {"required": ["id"]}}
    assert rules(several(base), several(revision)) == []
    breaking = {**base, "not": {"required": ["n"]}}
    (finding,) = proved(several(base), several(breaking)).findings
    assert (finding.rule, list(finding.proof.witness)) == ("request-schema-narrowed", ["n"])


def test_a_sender_uses_only_what_it_declares():
    base = {"type": "object", "required": ["id"], "properties": {"id": STRING}}
    choice = {
        **base,
        "properties": {"id": STRING, "owner": STRING},
        "oneOf": [{"required": ["id"]}, {"required": ["owner"]}],
    }
    assert rules(asks(base), asks(choice)) == ["request-property-added"]


def test_a_branch_says_not_all_that_is_sent():
    """Beside a branch other members may be sent: what holds of the branch alone is no proof."""
    branch = {"type": "object", "required": ["k"], "properties": {"k": STRING}}
    other = {"type": "object", "required": ["l"], "properties": {"l": STRING}}
    base = {"type": "object", "properties": {"a": STRING}, "anyOf": [branch, other]}
    revision = {
        **base,
        "anyOf": [{**branch, "propertyNames": {"enum": ["k"]}}, {**other, "propertyNames": {"enum": ["l"]}}],
    }
    found = proved(asks(base), asks(revision)).findings
    assert {finding.rule for finding in found} <= {"request-schema-undecided", "request-schema-narrowed"}
    assert found != ()


def test_the_count_of_members_of_a_map_still_matters():
    assert rules(asks({"type": "object", "maxProperties": 9}), asks({"type": "object", "maxProperties": 5})) == [
        "request-property-count-narrowed"
    ]


def test_formats_of_numbers_are_bounds():
    wide, narrow = {"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}
    (finding,) = proved(asks(wide), asks(narrow)).findings
    assert finding.rule == "request-format-narrowed"
    assert finding.proof.kind is ProofKind.WITNESS
    assert not -(2**31) <= finding.proof.witness < 2**31
    assert rules(asks({**wide, "minimum": 0, "maximum": 9}), asks({**narrow, "minimum": 0, "maximum": 9})) == []


def test_formats_that_restrict_nothing_do_not_break():
    (finding,) = proved(asks({"type": "string", "format": "date"}), asks({"type": "string", "format": "uuid"})).findings
    assert finding.rule == "request-format-narrowed"


def test_parameters_are_not_put_to_it():
    """The query `5` is a string too: what JSON values say of it is no proof."""
    base = query({"name": "n", "in": "query", "schema": {"type": "integer"}})
    revision = query({"name": "n", "in": "query", "schema": {"type": "string", "not": {"const": "5"}}})
    for finding in proved(base, revision).findings:
        assert finding.proof.kind is not ProofKind.WITNESS


def test_identifiers_inside_a_file_are_not_guessed_at():
    def named(schema):
        return contract({"/o": {"post": operation(requestBody={"content": {"application/json": {"schema": schema}}})}})

    base, revision = {"$id": "x", "type": "string", "pattern": "^a$"}, {"$id": "x", "type": "string", "pattern": "^b$"}
    (finding,) = proved(named(base), named(revision)).findings
    assert finding.proof.kind is ProofKind.UNPROVEN


def test_past_the_budget_nothing_is_claimed():
    base, revision = asks(BREAKS["not"][0]), asks(BREAKS["not"][1])
    (finding,) = proved(base, revision, steps=1).findings
    assert (finding.rule, finding.proof.kind) == ("request-schema-undecided", ProofKind.UNPROVEN)


def test_openapi_3_0_is_read_in_its_own_words():
    base = asks({"type": "string", "nullable": True, "pattern": "^a+$"}, "3.0.3")
    revision = asks({"type": "string", "nullable": True, "pattern": "^aa*$"}, "3.0.3")
    assert rules(base, revision) == []
    exclusive = asks({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, "3.0.3")
    (finding,) = proved(asks({"type": "integer", "minimum": 5}, "3.0.3"), exclusive).findings
    assert (finding.proof.kind, finding.proof.witness) == (ProofKind.WITNESS, 5)


def test_swapped_sides_of_a_webhook():
    def hook(schema):
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        return contract(webhooks={"made": {"post": operation(requestBody=body)}})

    (finding,) = proved(hook(BREAKS["not"][1]), hook(BREAKS["not"][0])).findings
    assert (finding.rule, finding.proof.kind) == ("response-schema-widened", ProofKind.WITNESS)
