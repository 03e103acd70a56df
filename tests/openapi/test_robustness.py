"""Contracts that lead in circles, are not as they should be, or are too deep."""

import time

import pytest

from tests.openapi.contracts import (
    INTEGER,
    STRING,
    answers,
    asks,
    contract,
    found,
    operation,
    parameter,
    ref,
)


def test_circles_end_and_what_changed_in_them_is_found():
    node = {"type": "object", "properties": {"next": {"anyOf": [ref("Node"), {"type": "null"}]}, "value": INTEGER}}
    other = {"type": "object", "properties": {"next": {"anyOf": [ref("Node"), {"type": "null"}]}, "value": STRING}}
    assert found(answers(ref("Node"), Node=node), answers(ref("Node"), Node=other)) == [
        ("response-type-widened", "schemas.Node $.value")
    ]
    unrolled = {"type": "object", "properties": {"next": {"anyOf": [ref("Link"), {"type": "null"}]}, "value": INTEGER}}
    assert found(answers(ref("Node"), Node=node), answers(ref("Link"), Link={**unrolled})) == []


def test_schemas_that_only_lead_in_a_circle_are_undecided_where_they_changed():
    loop = {"allOf": [ref("B"), {"minLength": 1}]}
    base = answers(ref("A"), A=loop, B={"allOf": [ref("A"), {"maxLength": 5}]})
    revision = answers(ref("A"), A=loop, B={"allOf": [ref("A"), {"maxLength": 6}]})
    assert "response-length-widened" in {rule for rule, _ in found(base, revision)}
    assert found(base, base) == []


def test_true_is_not_one():
    assert [rule for rule, _ in found(answers({"enum": [1]}), answers({"enum": [True]}))] == [
        "response-enum-widened",
        "response-enum-narrowed",
    ]
    assert [
        rule
        for rule, _ in found(
            asks({"type": "object", "properties": {"a": {"default": 0}}}),
            asks({"type": "object", "properties": {"a": {"default": False}}}),
        )
    ] == ["request-default-changed"]


def test_what_is_not_as_it_should_be_is_passed_over():
    odd = contract(
        {
            "/a": {
                "get": {
                    "parameters": ["x", {"in": 1}, {"$ref": "#/nowhere"}],
                    "requestBody": {"$ref": "#/nowhere"},
                    "responses": {"200": {"$ref": "#/nowhere"}, "x-y": 1},
                }
            },
            "/b": 7,
            "/c": {
                "get": 5,
                "post": {"requestBody": {"content": []}, "responses": [], "tags": [1], "security": {"a": 1}},
            },
        },
        security="none",
        components={"securitySchemes": {"k": None}},
    )
    fine = contract(
        {"/a": {"get": operation(parameters=[parameter("q")])}, "/b": {"get": operation()}, "/c": {"post": operation()}}
    )
    found(odd, fine)
    found(fine, odd)
    assert found(odd, odd) == []


@pytest.mark.parametrize(
    "schema",
    [
        [],
        7,
        "x",
        None,
        {"type": 7},
        {"type": ["string", "strange"]},
        {"properties": 3},
        {"required": "a"},
        {"enum": 5},
        {"allOf": {}},
        {"anyOf": [1, None]},
        {"minimum": "x"},
        {"multipleOf": 0},
        {"pattern": 3},
        {"items": [STRING]},
        {"prefixItems": {}},
    ],
)
def test_a_schema_that_is_none_neither_crashes_nor_passes(schema):
    assert found(answers(schema), answers(schema)) == []
    found(answers(schema), answers(STRING))
    found(answers(STRING), answers(schema))


def test_what_cannot_be_read_is_not_called_compatible():
    assert found(asks(STRING), asks({"type": ["string", "strange"]})) == [
        ("request-schema-undecided", "POST /orders request application/json $"),
        ("request-type-widened", "POST /orders request application/json $"),
    ]
    assert [
        rule for rule, _ in found(asks(STRING), asks({"type": "string", "if": {"minLength": 3}, "then": False}))
    ] == ["request-schema-undecided", "request-schema-undecided"]


def test_deep_schemas_do_not_overflow():
    def deep(leaf, levels=400):
        for _ in range(levels):
            leaf = {"type": "array", "items": leaf}
        return leaf

    assert [rule for rule, _ in found(answers(deep(STRING, 100)), answers(deep(INTEGER, 100)))] == [
        "response-type-widened"
    ]


def test_allof_that_doubles_at_every_level_ends():
    schemas = {f"S{n}": {"allOf": [ref(f"S{n + 1}"), ref(f"T{n + 1}")]} for n in range(40)} | {
        f"T{n}": {"allOf": [ref(f"S{n + 1}"), ref(f"T{n + 1}")]} for n in range(1, 40)
    }
    start = time.perf_counter()
    old = {**schemas, "S40": STRING, "T40": {"maxLength": 9}}
    new = {**schemas, "S40": STRING, "T40": {"maxLength": 8}}
    assert [rule for rule, _ in found(asks(ref("S0"), **old), asks(ref("S0"), **new))] == ["request-length-narrowed"]
    assert time.perf_counter() - start < 5
