"""What breaks between two contracts, put to the prover: rewrites are silent, breaks have a witness that jsonschema confirms."""

import pytest
from jsonschema import Draft202012Validator

from contractcheck.model.finding import Affected, Direction, ProofKind, Severity, Trial
from contractcheck.model.place import Place
from contractcheck.openapi.compare import compare
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import answers, asks, contract, document, operation, query

STRING = {"type": "string"}
NULL = {"type": "null"}


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


def test_what_holds_for_declared_members_leaves_edits_of_others_only():
    """Found by the fuzz of comparing (seed 21, any/771): no value is valid under the revision, as `tags` is never sent."""
    base = {
        "type": "object",
        "properties": {"kind": {"type": "number"}, "parent": {"enum": ["b", "closed"]}},
        "required": ["kind", "parent"],
        "additionalProperties": STRING,
        "minProperties": 1,
    }
    revision = {
        "type": "object",
        "properties": {"extra": {"enum": ["b", {}]}, "parent": True},
        "required": ["extra", "parent"],
        "dependentRequired": {"extra": ["tags"]},
    }
    assert [(f.rule, str(f.severity)) for f in proved(answers(base), answers(revision)).findings] == [
        ("response-enum-narrowed", "info"),
        ("response-property-added", "info"),
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


def integer(**bounds):
    return {"name": "n", "in": "query", "schema": {"type": "integer", **bounds}}


def test_a_parameter_has_a_witness_too():
    (finding,) = proved(query(integer()), query(integer(maximum=9))).findings
    assert (finding.rule, finding.proof.kind) == ("request-range-narrowed", ProofKind.WITNESS)
    assert finding.proof.witness > 9
    assert finding.proof.trial == Trial(
        Affected("GET /orders", Direction.REQUEST),
        *2 * (Place("openapi.json", pointer="/paths/~1orders/get/parameters/0/schema"),),
    )


def test_a_parameter_of_an_array_has_one():
    base = {"name": "n", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}}
    revision = {"name": "n", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["a"]}}}
    (finding,) = proved(query(base), query(revision)).findings
    assert (finding.rule, finding.proof.witness, finding.proof.trial.part) == ("request-enum-narrowed", ["b"], "/0")


def test_the_text_of_a_parameter_may_be_read_in_another_way():
    """The query `5` is a string too: what JSON values say of it is no proof."""
    text = {"name": "n", "in": "query", "schema": {"type": "string", "not": {"const": "5"}}}
    for finding in proved(query(integer()), query(text)).findings:
        assert finding.proof.kind is not ProofKind.WITNESS


def test_an_object_in_a_query_is_refused_however_its_texts_are_read():
    def search(**members):
        return {"name": "n", "in": "query", "schema": {"type": "object", "properties": members}}

    (finding,) = proved(query(search(a=STRING)), query(search(a={**STRING, "maxLength": 2}))).findings
    assert (finding.rule, finding.proof.kind) == ("request-length-narrowed", ProofKind.WITNESS)
    assert finding.proof.witness == {"a": "aaa"}


def test_a_witness_is_a_whole_body_tried_against_the_schemas_of_the_operation():
    """The edit lies in a shared schema; the body is one of an operation that uses it."""
    line = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    order = {"type": "object", "required": ["lines"], "properties": {"lines": {"type": "array", "items": REF}}}
    narrow = {**line, "properties": {"n": {"type": "integer", "minimum": 1}}}
    base, revision = asks(order, Line=line), asks(order, Line=narrow)
    (finding,) = proved(base, revision).findings
    assert finding.proof.witness == {"lines": [{"n": 0}]}
    assert finding.proof.trial == Trial(
        Affected("POST /orders", Direction.REQUEST),
        *2 * (Place("openapi.json", pointer="/paths/~1orders/post/requestBody/content/application~1json/schema"),),
        "/lines/0/n",
    )
    for document_, accepts in ((base, True), (revision, False)):
        assert Draft202012Validator({**order, **document_}).is_valid(finding.proof.witness) is accepts


REF = {"$ref": "#/components/schemas/Line"}


def test_what_no_body_can_hold_does_not_break():
    """The member may be narrowed as it likes: no object with it exists."""
    base = {"type": "object", "required": ["never"], "properties": {"never": False, "n": {"type": "integer"}}}
    revision = {**base, "properties": {"never": False, "n": {"type": "string"}}}
    nested = [{"type": "object", "properties": {"in": each}, "required": ["in"]} for each in (base, revision)]
    assert proved(asks(base), asks(revision)).findings == ()
    assert proved(asks(nested[0]), asks(nested[1])).findings == ()


OPEN = {"type": "object", "required": ["k"], "properties": {"k": STRING}}
CLOSED = {"type": "object", "required": ["k"], "properties": {"k": STRING}, "additionalProperties": False}
TANGLES = {
    "branches of a oneOf grow into each other": (
        answers,
        {"anyOf": [{"type": "object", "properties": {"i": {"oneOf": [{}, {"type": "string", "pattern": "^a"}]}}}]},
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"i": {"oneOf": [{"type": "boolean"}, {"type": "string", "pattern": "^a"}]}},
                }
            ]
        },
        {"i": "a"},
    ),
    "a null branch beside one that allows null": (
        asks,
        {"type": "null"},
        {"oneOf": [{"type": "null"}, {"minLength": 1}]},
        None,
    ),
    "closed beside branches whose members it does not see": (
        answers,
        {"type": "object", "anyOf": [OPEN, {**OPEN, "required": ["m"]}], "additionalProperties": False},
        {"type": "object", "anyOf": [OPEN, {**OPEN, "required": ["m"]}]},
        {"k": "a"},
    ),
    "a schema for undeclared members beside branches that declare some": (
        answers,
        {"type": "object", "anyOf": [OPEN, {**OPEN, "required": ["m"]}], "additionalProperties": {"type": "integer"}},
        {"type": "object", "anyOf": [OPEN, {**OPEN, "required": ["m"]}]},
        {"k": "a"},
    ),
    "the closed object now stands alone": (
        asks,
        {"allOf": [{"type": "object"}, {"type": "object", "required": ["k"], "properties": {"k": STRING}}]},
        {"type": "object", "properties": {}, "additionalProperties": False},
        {"k": "a"},
    ),
    "a member that moved out of the sight of what is closed": (
        asks,
        {"allOf": [{**CLOSED, "properties": {"k": STRING, "l": STRING}}, {"type": "object"}]},
        {"allOf": [CLOSED, {"type": "object", "properties": {"l": STRING}}]},
        {"k": "a", "l": "a"},
    ),
    "items that unevaluatedItems saw": (
        answers,
        {"allOf": [{"type": "array", "unevaluatedItems": False}]},
        {"type": "array", "items": True, "unevaluatedItems": False},
        [None],
    ),
}


@pytest.mark.parametrize("name", TANGLES)
def test_edits_that_do_not_add_up_are_told_of_the_whole(name):
    side, base, revision, witness = TANGLES[name]
    breaking = [f for f in proved(side(base), side(revision)).findings if f.severity is Severity.ERROR]
    assert [finding.proof.witness for finding in breaking] == [witness]
    assert [finding.proof.kind for finding in breaking] == [ProofKind.WITNESS]


@pytest.mark.parametrize("name", TANGLES)
def test_edits_that_do_not_add_up_are_told_past_the_budget_too(name):
    side, base, revision, _ = TANGLES[name]
    told = [f for f in proved(side(base), side(revision), steps=1).findings if f.severity is not Severity.INFO]
    assert [finding.proof.kind is ProofKind.WITNESS for finding in told] == [False]


def _identified(**patterns):
    """Two resources that call what they are made of the same: `#/$defs/of`."""
    schemas = {
        name: {"$id": f"https://example.com/{name}", "$defs": {"of": {"type": "string", "pattern": pattern}}}
        | {"type": "object", "properties": {name: {"$ref": "#/$defs/of"}}, "additionalProperties": False}
        for name, pattern in patterns.items()
    }
    body = {"type": "array", "items": {"anyOf": [{"$ref": f"https://example.com/{name}"} for name in patterns]}}
    return asks(body, **schemas)


def test_references_inside_a_resource_lead_to_what_is_meant_there():
    assert rules(_identified(a="^a+$", b="^b$"), _identified(a="^aa*$", b="^b$")) == []
    (finding,) = proved(_identified(a="^a+$", b="^b$"), _identified(a="^a+$", b="^c$")).findings
    assert (finding.proof.kind, finding.proof.witness) == (ProofKind.WITNESS, [{"b": "b"}])


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


def test_a_witness_of_a_part_is_refused_by_the_whole():
    """What one branch of the receiver refuses another may take: then it shows nothing."""
    number = {"type": ["number", "null"], "minimum": 0}
    choice = {"anyOf": [{**number, "type": ["integer", "null"]}, {**number, "exclusiveMaximum": 1}]}
    found = proved(asks(number), asks(choice)).findings
    witnesses = [f.proof.witness for f in found if f.proof.kind is ProofKind.WITNESS]
    assert witnesses
    for witness in witnesses:
        assert Draft202012Validator(number).is_valid(witness)
        assert not Draft202012Validator(choice).is_valid(witness)


NO_NULL = {"not": {"type": "null"}, "type": ["string", "null"]}
HARDLY_INTEGER = {"if": {"type": "integer"}, "else": {"type": "integer", "minimum": 5}}


@pytest.mark.parametrize(
    ("base", "revision"),
    [
        (NO_NULL, {"anyOf": [NO_NULL, {"type": "null"}]}),
        (HARDLY_INTEGER, {"anyOf": [HARDLY_INTEGER, {"type": "null"}]}),
        ({"anyOf": [NO_NULL, {"type": "object"}]}, {"anyOf": [NO_NULL, {"anyOf": [{"type": "object"}, NULL]}]}),
        ({"anyOf": [HARDLY_INTEGER, STRING]}, {"anyOf": [HARDLY_INTEGER, STRING, NULL]}),
    ],
)
def test_null_that_comes_beside_what_might_have_allowed_it(base, revision):
    """Found by the fuzz of contracts as people write them (seed 5, any/3349): both sides seemed to allow null."""
    (finding,) = proved(answers(base), answers(revision)).findings
    assert (finding.rule, finding.proof.witness) == ("response-nullability-widened", None)
    assert finding.proof.kind is ProofKind.WITNESS
    assert rules(answers(base), answers(base)) == []
    assert not [f for f in proved(answers(revision), answers(base)).findings if f.severity is not Severity.INFO]


def _dynamic(user, used="users", version="1"):
    """A list of whatever who refers to it says that its items are."""
    generic = {"type": "array", "items": {"$dynamicRef": "#item"}, "$defs": {"item": {"$dynamicAnchor": "item"}}}
    lists = {"users": user, "groups": {"type": "integer"}}
    schemas = {
        name: {"$id": f"https://example.com/{name}", "$ref": "generic"}
        | {"$defs": {"item": {"$dynamicAnchor": "item", **item}}}
        for name, item in lists.items()
    }
    generic = {"$id": "https://example.com/generic", **generic}
    made = answers({"$ref": f"#/components/schemas/{used}"}, generic=generic, **schemas)
    return {**made, "info": {"title": "Shop", "version": version}}


def test_a_dynamic_reference_that_leads_to_several_places_is_not_guessed_at():
    nullable = {"type": ["string", "null"]}
    for revision in (_dynamic(nullable), _dynamic(STRING, used="groups")):
        (finding,) = proved(_dynamic(STRING), revision).findings
        assert (finding.rule, finding.proof.kind) == ("response-schema-undecided", ProofKind.UNPROVEN)
    assert rules(_dynamic(STRING), _dynamic(STRING, version="2")) == []


def test_a_dynamic_reference_that_leads_to_one_place_is_followed():
    def listed(item):
        return answers(
            {"type": "array", "items": {"$dynamicRef": "#item"}, "$defs": {"item": {"$dynamicAnchor": "item", **item}}}
        )

    (finding,) = proved(listed(STRING), listed({"type": ["string", "null"]})).findings
    assert (finding.rule, finding.proof.witness) == ("response-nullability-widened", [None])
    assert rules(listed({"type": "string", "pattern": "^a+$"}), listed({"type": "string", "pattern": "^aa*$"})) == []


@pytest.mark.parametrize(
    ("declaring", "witness"),
    [
        ({"if": {"required": ["a"]}, "then": {"properties": {"b": {}}}}, {"a": None, "b": None}),
        ({"dependentSchemas": {"a": {"properties": {"b": {}}}}}, {"a": None, "b": None}),
    ],
)
def test_members_declared_under_a_condition_are_sent_too(declaring, witness):
    """Found by the fuzz of contracts as people write them (seed 9, respelled/2926)."""
    base = {"type": "object", "properties": {"a": {}}, **declaring, "additionalProperties": False}
    revision = {name: value for name, value in base.items() if name != "additionalProperties"}
    (finding,) = proved(answers(base), answers(revision)).findings
    assert (finding.severity, finding.proof.kind, finding.proof.witness) == (Severity.ERROR, ProofKind.WITNESS, witness)
    (finding,) = [f for f in proved(asks(revision), asks(base)).findings if f.severity is Severity.ERROR]
    assert finding.proof.witness == witness
