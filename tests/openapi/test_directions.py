"""Which way data flows, how it travels, and what either side sends."""

import pytest

from contractcheck.model.finding import Affected, Direction, ProofKind, Severity
from contractcheck.openapi.compare import compare
from contractcheck.openapi.proving import Prover
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
    query,
    told,
)


def test_webhooks_swap_the_sides():
    def hook(schema):
        return contract(webhooks={"placed": {"post": operation(requestBody=body(schema, required=True))}})

    small, large = {"enum": ["a"]}, {"enum": ["a", "b"]}
    assert found(hook(small), hook(large)) == [
        ("response-enum-widened", "POST webhooks.placed request application/json $")
    ]
    assert found(hook(large), hook(small)) == [
        ("response-enum-narrowed", "POST webhooks.placed request application/json $")
    ]


def test_callbacks_swap_the_sides_and_their_address_may_be_spelled_otherwise():
    def callback(schema, address="{$request.body#/url}"):
        hook = {address: {"post": operation(requestBody=body(schema))}}
        return contract({"/orders": {"post": operation(callbacks={"placed": hook})}})

    findings = compare(
        document(callback(STRING)), document(callback({"type": ["string", "integer"]}, "$request.body#/url"))
    ).findings
    assert [(f.rule, f.affects) for f in findings] == [
        ("response-type-widened", (Affected("POST /orders callback placed POST", Direction.RESPONSE),))
    ]


def test_the_answers_to_a_webhook_are_requests():
    def hook(schema):
        return contract(webhooks={"placed": {"post": {"responses": {"200": {"description": "", **body(schema)}}}}})

    assert found(hook({"enum": ["a", "b"]}), hook({"enum": ["a"]})) == [
        ("request-enum-narrowed", "POST webhooks.placed 200 application/json $")
    ]


def test_parameters_of_a_webhook_are_sent_by_the_server():
    def hook(*parameters):
        return contract(webhooks={"placed": {"post": operation(parameters=list(parameters))}})

    signed = parameter("X-Sign", "header", required=True)
    assert found(hook(), hook(signed)) == [("response-header-added", "POST webhooks.placed header X-Sign")]
    assert found(hook(signed), hook()) == [("response-required-header-removed", "POST webhooks.placed header X-Sign")]
    assert found(hook(signed), hook(parameter("X-Sign", "header"))) == [
        ("response-header-became-optional", "POST webhooks.placed header X-Sign")
    ]


def test_readonly_members_are_no_part_of_requests_nor_writeonly_ones_of_responses():
    def item(**members):
        return {
            "type": "object",
            "required": ["id", "secret"],
            "properties": {
                "id": {"type": "string", "readOnly": True},
                "secret": {"type": "string", "writeOnly": True},
                **members,
            },
        }

    less = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"enum": ["x"], "readOnly": True}, "secret": {"enum": ["x"], "writeOnly": True}},
    }
    assert found(asks(item()), asks(less)) == [
        ("request-enum-narrowed", "POST /orders request application/json $.secret")
    ]
    assert found(answers(less), answers(item())) == [("response-enum-widened", "GET /orders 200 application/json $.id")]


def test_parameters_travel_as_text():
    assert found(query(parameter("a", schema=INTEGER)), query(parameter("a", schema=STRING))) == [
        ("request-type-widened", "GET /orders query a $")
    ]
    assert found(query(parameter("a", schema=STRING)), query(parameter("a", schema=INTEGER))) == [
        ("request-type-narrowed", "GET /orders query a $")
    ]
    nullable = {"anyOf": [STRING, {"type": "null"}]}
    assert found(query(parameter("a", schema=nullable)), query(parameter("a"))) == []
    assert found(
        query(parameter("a", schema=INTEGER)), query(parameter("a", schema={"type": "string", "pattern": "^a"}))
    ) == [("request-type-narrowed", "GET /orders query a $")]


def test_a_parameter_may_move_from_schema_to_content():
    content = {"name": "a", "in": "query", "content": {"application/json": {"schema": STRING}}}
    assert told(query(parameter("a")), query(content)) == [
        (
            "request-parameter-style-changed",
            "GET /orders query a",
            "the query parameter a was written as a schema, is written as a media type",
        )
    ]
    other = {"name": "a", "in": "query", "content": {"application/json": {"schema": INTEGER}}}
    assert found(query(content), query(other)) == [("request-type-narrowed", "GET /orders query a application/json $")]


def test_the_style_of_a_scalar_does_not_matter():
    assert found(query(parameter("a")), query(parameter("a", style="form", explode=False))) == []


def text(**members):
    return {"type": "string", **members}


@pytest.mark.parametrize(
    ("before", "after", "asked", "answered"),
    [
        ({}, {"contentEncoding": "base64"}, ["format-narrowed"], ["format-narrowed"]),
        ({"contentEncoding": "BASE64"}, {"format": "byte"}, [], []),
        ({"contentEncoding": "base64url"}, {"format": "base64url"}, [], []),
        ({"contentEncoding": "base64"}, {"contentEncoding": "base16"}, ["format-narrowed"], ["format-widened"]),
        ({"contentEncoding": "base64"}, {"contentEncoding": "7bit"}, ["format-widened"], ["format-widened"]),
        ({"contentMediaType": "image/png"}, {"contentMediaType": "image/PNG"}, [], []),
        ({"contentMediaType": "image/png"}, {"contentMediaType": "image/gif"}, ["format-changed"], ["format-changed"]),
        ({}, {"contentSchema": {"type": "object"}}, ["format-changed"], ["format-changed"]),
        ({"contentSchema": True}, {}, ["format-changed"], ["format-changed"]),
        ({"contentSchema": {"type": "object"}}, {"contentSchema": {"type": "array"}}, *[["format-changed"]] * 2),
        (
            {"contentSchema": {"properties": {"title": {"enum": ["a"], "title": "T"}}}},
            {"contentSchema": {"properties": {"title": {"enum": ["a"]}}, "description": "told"}},
            [],
            [],
        ),
        (
            {"contentSchema": {"properties": {"title": {"enum": ["a"]}}}},
            {"contentSchema": {"properties": {"title": {"enum": ["b"]}}}},
            *[["format-changed"]] * 2,
        ),
    ],
)
def test_what_a_text_carries(before, after, asked, answered):
    for side, direction, expected in ((asks, "request", asked), (answers, "response", answered)):
        sides = document(side(text(**before))), document(side(text(**after)))
        findings = compare(*sides, Prover(*sides)).findings
        assert [each.rule for each in findings] == [f"{direction}-{name}" for name in expected]


@pytest.mark.parametrize(("member", "breaks"), [({"type": "string"}, True), ({}, False)])
def test_what_is_required_is_sent_whatever_it_may_be(member, breaks):
    """A `required` member that nothing declares any more, or that nothing declared, may be anything."""
    declared = {"type": "object", "properties": {"a": member, "b": member}, "required": ["a"]}
    bare = {"type": "object", "properties": {"b": member}, "required": ["a"]}

    def broken(base, revision):
        sides = document(base), document(revision)
        return [
            (f.rule, f.proof.kind) for f in compare(*sides, Prover(*sides)).findings if f.severity is Severity.ERROR
        ]

    expected = [("response-type-widened", ProofKind.WITNESS)] if breaks else []
    assert broken(answers(declared), answers(bare)) == expected
    assert broken(answers(bare), answers(declared)) == []
    expected = [("request-type-narrowed", ProofKind.WITNESS)] if breaks else []
    assert broken(asks(bare), asks(declared)) == expected
    assert broken(asks(declared), asks(bare)) == []
