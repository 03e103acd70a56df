"""What single contracts are asked for: each rule on small documents, in 2.0 and 3.x, through references."""

import pytest
import yaml

from contractcheck.openapi.conventions import RULES, Wanted, check
from contractcheck.openapi.document import load
from tests.policy.test_fingerprints import Files

LIST = {"type": "array", "items": {"type": "string"}}
PROBLEM = {"application/problem+json": {}}


def answer(content=None, **more):
    return {"description": "x", **({"content": content} if content is not None else {}), **more}


def listed(schema):
    return {"200": answer({"application/json": {"schema": schema}})}


def told(operation, rule, method="get", path="/orders", wanted=None, **more):
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {path: {method: operation}},
        **more,
    }
    if "swagger" in more:
        del document["openapi"]
    found = load(Files(**{"api.yaml": yaml.safe_dump(document)}), "api.yaml")
    return [each.message for each in check(found, wanted or Wanted(), frozenset({rule}))]


UNDECLARED = ["the operation declares no error response"]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ({"200": answer()}, UNDECLARED),
        ({"200": answer(), "default": answer()}, []),
        ({"200": answer(), "4XX": answer()}, []),
        ({"200": answer(), "500": answer()}, []),
        # Alone, `default` is the answer itself; nothing at all is a document that is not finished.
        ({"default": answer()}, UNDECLARED),
        ({}, []),
    ],
)
def test_errors(responses, expected):
    assert told({"responses": responses}, "api-errors-undeclared") == expected


NOT = "the error responses {} are not in the format {}"


@pytest.mark.parametrize(
    ("responses", "wanted", "expected"),
    [
        ({"200": answer(), "404": answer(PROBLEM), "default": answer(PROBLEM)}, None, []),
        ({"404": answer({"Application/Problem+JSON; charset=utf-8": {}})}, None, []),
        (
            {"404": answer({"application/json": {}}), "500": answer()},
            None,
            [NOT.format("404, 500", "application/problem+json")],
        ),
        ({"404": answer({"application/json": {}, **PROBLEM})}, None, []),
        ({"404": {"$ref": "#/components/responses/E"}}, None, []),
        ({"404": answer({"application/vnd.x+json": {}})}, Wanted("application/vnd.x+json"), []),
        (
            {"404": answer({"a/b": {"schema": {"$ref": "#/components/schemas/Alias"}}})},
            Wanted(error_schema="Error"),
            [],
        ),
        ({"404": answer({"a/b": {"schema": {}}})}, Wanted(error_schema="Error"), [NOT.format("404", "Error")]),
        ({"404": answer({"a/b": {}})}, Wanted(error_schema="Error"), [NOT.format("404", "Error")]),
        (
            {"404": answer({"a/b": {"schema": {"$ref": "#/components/schemas/Loop"}}})},
            Wanted(error_schema="Error"),
            [NOT.format("404", "Error")],
        ),
    ],
)
def test_the_format_of_errors(responses, wanted, expected):
    schemas = {
        "Error": {"type": "object"},
        "Alias": {"$ref": "#/components/schemas/Error"},
        "Loop": {"$ref": "#/components/schemas/Loop"},
    }
    components = {"schemas": schemas, "responses": {"E": answer(PROBLEM)}}
    assert told({"responses": responses}, "api-error-format", wanted=wanted, components=components) == expected
    assert told({"responses": responses}, "api-error-format", method="head", wanted=wanted, components=components) == []


def test_the_format_of_errors_in_swagger():
    def said(produces, own=None, wanted=None):
        operation = {"responses": {"404": {"description": "x", "schema": {"$ref": "#/definitions/Error"}}}}
        if own is not None:
            operation["produces"] = own
        more = {"swagger": "2.0", "produces": produces, "definitions": {"Error": {"type": "object"}}}
        return told(operation, "api-error-format", wanted=wanted, **more)

    problem = ["application/problem+json"]
    assert said(problem) == []
    assert said(["application/json"], problem) == []
    assert said(problem, ["application/json"]) == [NOT.format("404", "application/problem+json")]
    assert said([]) == [NOT.format("404", "application/problem+json")]
    assert said([], wanted=Wanted(error_schema="Error")) == []


@pytest.mark.parametrize(
    ("method", "more", "count"),
    [
        ("post", {}, 1),
        ("patch", {}, 1),
        *((method, {}, 0) for method in ("get", "put", "delete", "head", "options", "trace")),
        ("post", {"x-idempotent": False}, 0),
        ("post", {"parameters": [{"$ref": "#/components/parameters/K"}]}, 0),
        ("post", {"parameters": [{"name": "Idempotency-Key", "in": "query", "schema": {}}]}, 1),
    ],
)
def test_idempotency(method, more, count):
    key = {"name": "idempotency-key", "in": "header", "schema": {"type": "string"}}
    components = {"parameters": {"K": key}}
    operation = {"responses": {"200": answer()}, **more}
    assert len(told(operation, "api-idempotency-undeclared", method=method, components=components)) == count
    other = Wanted(idempotency_header="X-Once")
    once = {**operation, "parameters": [{"name": "X-ONCE", "in": "header", "schema": {}}]}
    assert told(once, "api-idempotency-undeclared", method=method, wanted=other, components=components) == []


def test_when_to_come_back():
    retry = {"headers": {"retry-after": {"schema": {"type": "integer"}}}}
    said = "the responses {} declare no Retry-After"
    for responses, expected in (
        ({"429": answer(), "503": answer()}, [said.format("429, 503")]),
        ({"429": answer(**retry), "503": answer()}, [said.format("503")]),
        ({"429": answer(**retry), "500": answer()}, []),
    ):
        assert told({"responses": responses}, "api-retry-after-undeclared") == expected


@pytest.mark.parametrize(
    ("schema", "more", "count"),
    [
        (LIST, {}, 1),
        ({"type": ["array", "null"]}, {}, 1),
        ({"$ref": "#/components/schemas/Page"}, {}, 1),
        ({"allOf": [{"type": "object"}, {"$ref": "#/components/schemas/Page"}]}, {}, 1),
        # The list around which the path is named.
        ({"properties": {"orders": LIST}}, {}, 1),
        ({"properties": {"tags": LIST}}, {}, 0),
        ({"properties": {"items": {"type": "string"}}}, {}, 0),
        ({"$ref": "#/components/schemas/Nowhere"}, {}, 0),
        (LIST, {"parameters": [{"name": "page[size]", "in": "query", "schema": {}}]}, 0),
        (LIST, {"parameters": [{"name": "filter", "in": "query", "schema": {}}]}, 1),
        (LIST, {"parameters": [{"name": "page_size", "in": "query", "schema": {}}]}, 0),
        (LIST, {"parameters": [{"name": "Starting-After", "in": "query", "schema": {}}]}, 0),
    ],
)
def test_pages(schema, more, count):
    components = {"schemas": {"Page": {"type": "object", "properties": {"data": LIST}}}}
    operation = {"responses": listed(schema), **more}
    assert len(told(operation, "api-pagination-undeclared", components=components)) == count
    assert told(operation, "api-pagination-undeclared", method="post", components=components) == []


def test_pages_by_names_of_ones_own():
    wanted = Wanted(pagination=("bookmark",))
    for name, count in (("bookmark", 0), ("limit", 1)):
        operation = {"responses": listed(LIST), "parameters": [{"name": name, "in": "query", "schema": {}}]}
        assert len(told(operation, "api-pagination-undeclared", wanted=wanted)) == count


def test_a_list_that_never_ends_in_one():
    loop = {"allOf": [{"$ref": "#/components/schemas/A"}]}
    operation = {"responses": listed(loop)}
    assert told(operation, "api-pagination-undeclared", components={"schemas": {"A": loop}}) == []


@pytest.mark.parametrize(("status", "count"), [("429", 0), ("4XX", 0), ("400", 1)])
def test_limits(status, count):
    operation = {"responses": {"200": answer(), status: answer()}}
    assert len(told(operation, "api-rate-limit-undeclared")) == count


@pytest.mark.parametrize(
    ("marks", "headers", "expected"),
    [
        ({}, (), []),
        ({"deprecated": True}, ("deprecation",), []),
        ({"deprecated": True}, (), ["the responses 200 of a deprecated operation declare no Deprecation header"]),
        (
            {"deprecated": True, "x-sunset": "2030-01-01"},
            (),
            ["the responses 200 of a deprecated operation declare no Deprecation and no Sunset header"],
        ),
        (
            {"deprecated": True, "x-sunset": "2030-01-01"},
            ("Deprecation",),
            ["the responses 200 of a deprecated operation declare no Sunset header"],
        ),
    ],
)
def test_headers_of_what_is_deprecated(marks, headers, expected):
    responses = {"200": answer(headers={name: {"schema": {}} for name in headers}), "404": answer()}
    assert told({"responses": responses, **marks}, "api-deprecation-header-undeclared") == expected


@pytest.mark.parametrize("rule", RULES)
def test_what_a_server_sends_is_not_asked(rule):
    hook = {"post": {"deprecated": True, "responses": {"200": answer()}}}
    text = yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "webhooks": {"made": hook}})
    assert check(load(Files(**{"api.yaml": text}), "api.yaml"), Wanted(), frozenset({rule})) == ()
