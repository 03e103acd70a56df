"""Where a finding points, what it is said to be about, and whom it reaches."""

import pytest

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi.compare import compare
from tests.openapi.contracts import (
    INTEGER,
    STRING,
    answers,
    asks,
    body,
    contract,
    document,
    found,
    operation,
    parameter,
    places,
    ref,
    told,
)


def test_a_removal_points_to_where_the_thing_would_stand():
    base = asks({"type": "object", "required": ["a"], "properties": {"a": STRING, "b": STRING}})
    revision = asks({"type": "object", "properties": {"a": STRING}})
    schema = "/paths/~1orders/post/requestBody/content/application~1json/schema"
    assert places(base, revision) == [
        ("request-property-removed", f"{schema}/properties/b", f"{schema}/properties"),
        ("request-property-became-optional", f"{schema}/required/0", f"{schema}/properties/a"),
    ]


def test_an_added_value_is_pointed_at():
    base, revision = answers({"enum": ["a", "b"]}), answers({"enum": ["a", "c", "b", "d"]})
    schema = "/paths/~1orders/get/responses/200/content/application~1json/schema"
    assert places(base, revision) == [("response-enum-widened", f"{schema}/enum", f"{schema}/enum/1")]
    assert places(revision, base) == [("response-enum-narrowed", f"{schema}/enum/1", f"{schema}/enum")]


def test_one_edit_of_a_component_is_one_finding_with_all_it_reaches():
    def shop(state):
        schemas = {
            "State": {"type": "string", "enum": state},
            "Order": {
                "type": "object",
                "properties": {"state": ref("State"), "parts": {"type": "array", "items": ref("Order")}},
            },
        }
        answer = {"200": {"description": "", **body({"type": "array", "items": ref("Order")})}}
        paths = {
            f"/{name}": {"get": {"responses": answer}, "put": operation(requestBody=body(ref("Order")))}
            for name in "abc"
        }
        return contract(paths, components={"schemas": schemas})

    findings = compare(document(shop(["new", "paid"])), document(shop(["new", "sent"]))).findings
    assert [(f.rule, f.subject, len(f.affects)) for f in findings] == [
        ("request-enum-narrowed", "schemas.State $", 3),
        ("response-enum-widened", "schemas.State $", 3),
        ("request-enum-widened", "schemas.State $", 3),
        ("response-enum-narrowed", "schemas.State $", 3),
    ]
    assert findings[1].affects == tuple(Affected(f"GET /{name}", Direction.RESPONSE) for name in "abc")


def test_a_shared_parameter_and_a_shared_response_are_one_place():
    def shop(required, status):
        operations = operation(parameters=[ref("limit", "parameters")], responses={"404": ref("gone", "responses")})
        components = {
            "parameters": {"limit": parameter("limit", required=required)},
            "responses": {"gone": {"description": "", **body(status)}},
        }
        return contract({"/a": {"get": operations}, "/b": {"get": operations}}, components=components)

    findings = compare(document(shop(False, STRING)), document(shop(True, INTEGER))).findings
    assert [(f.rule, f.subject, [a.operation for a in f.affects]) for f in findings] == [
        ("request-parameter-became-required", "parameters.limit", ["GET /a", "GET /b"]),
        ("response-type-widened", "responses.gone application/json $", ["GET /a", "GET /b"]),
    ]


def test_a_reference_that_names_another_schema_is_one_change_per_use():
    two = {
        "Full": {"type": "object", "properties": {"a": STRING, "b": INTEGER}},
        "Short": {"type": "object", "properties": {"a": INTEGER, "b": STRING}},
    }

    def shop(name):
        return asks(
            {"type": "object", "properties": {"x": ref(name), "y": {"anyOf": [ref(name), {"type": "null"}]}}}, **two
        )

    assert told(shop("Full"), shop("Short")) == [
        (
            "request-reference-narrowed",
            "POST /orders request application/json $.x",
            "Short stands where Full did: type narrowed",
        ),
        (
            "request-reference-narrowed",
            "POST /orders request application/json $.y(anyOf 0)",
            "Short stands where Full did: type narrowed",
        ),
    ]


def test_one_edit_behind_another_reference_keeps_its_rule():
    two = {
        "Old": {"type": "object", "properties": {"a": STRING}},
        "New": {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}},
    }
    base, revision = (asks({"type": "object", "properties": {"x": ref(name)}}, **two) for name in two)
    assert places(base, revision) == [
        (
            "request-length-narrowed",
            "/paths/~1orders/post/requestBody/content/application~1json/schema/properties/x",
            "/paths/~1orders/post/requestBody/content/application~1json/schema/properties/x",
        )
    ]
    assert found(base, revision) == [("request-length-narrowed", "POST /orders request application/json $.x.a")]


def test_a_renamed_component_is_silent_and_named_on_both_sides_if_it_changed():
    base = answers(ref("Old"), Old={"enum": ["a"]})
    assert found(base, answers(ref("New"), New={"enum": ["a"]})) == []
    assert found(base, answers(ref("New"), New={"enum": ["a", "b"]})) == [
        ("response-enum-widened", "schemas.Old $ -> schemas.New $")
    ]


def test_an_inline_schema_that_moves_to_a_component_keeps_its_own_name():
    inline = answers({"type": "object", "properties": {"a": {"enum": ["x"]}}})
    moved = answers(ref("Order"), Order={"type": "object", "properties": {"a": {"enum": ["x", "y"]}}})
    assert found(inline, moved) == [("response-enum-widened", "GET /orders 200 application/json $.a")]


def test_schemas_in_other_files_are_named_by_file():
    root = answers({"$ref": "order.json#/properties/state"})
    base = document(root, order__json={"properties": {"state": {"enum": ["a"]}}})
    revision = document(root, order__json={"properties": {"state": {"enum": ["a", "b"]}}})
    (finding,) = compare(base, revision).findings
    assert (finding.subject, finding.place.file, finding.place.pointer) == (
        "order $.state",
        "order.json",
        "/properties/state/enum/1",
    )


def test_subjects_name_branches_maps_tuples_and_odd_members():
    schema = {
        "type": "object",
        "properties": {
            "a b": {"type": "array", "prefixItems": [{"enum": [1]}]},
            "m": {"type": "object", "additionalProperties": {"enum": [1]}},
            "c": {
                "anyOf": [
                    {"title": "Card", "type": "object", "properties": {"n": {"enum": [1]}}},
                    {"type": "object", "required": ["z"], "properties": {"n": {"enum": [5]}}},
                ]
            },
        },
    }
    other = {
        "type": "object",
        "properties": {
            "a b": {"type": "array", "prefixItems": [{"enum": [1, 2]}]},
            "m": {"type": "object", "additionalProperties": {"enum": [1, 2]}},
            "c": {
                "anyOf": [
                    {"title": "Card", "type": "object", "properties": {"n": {"enum": [1, 2]}}},
                    {"type": "object", "required": ["z"], "properties": {"n": {"enum": [5, 6]}}},
                ]
            },
        },
    }
    words = "GET /orders 200 application/json $"
    assert sorted(subject for _, subject in found(answers(schema), answers(other))) == sorted(
        f"{words}{path}" for path in (".c(Card).n", ".c(anyOf 1).n", ".m.*", "['a b'][0]")
    )


@pytest.mark.parametrize("changed", ["A", "B"])
@pytest.mark.parametrize("reference", ["#/$defs/text", "#text"])
def test_one_reference_in_two_resources_of_a_file_is_two(changed, reference):
    def shop(kind):
        schemas = {
            name: {
                "$id": f"https://example.com/{name}",
                "type": "object",
                "properties": {"p": {"$ref": reference}},
                "$defs": {"text": {"$anchor": "text", "type": kind if name == changed else "string"}},
            }
            for name in ("A", "B")
        }
        uses = {name: {"$ref": f"#/components/schemas/{name}"} for name in schemas}
        return answers({"type": "object", "properties": uses}, **schemas)

    assert found(shop("string"), shop("integer")) == [("response-type-widened", f"schemas.{changed} $defs.text $")]
