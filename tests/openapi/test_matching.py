"""What of one contract is matched with what of the other, wherever it moved."""

import pytest

from tests.openapi.contracts import (
    INTEGER,
    STRING,
    answers,
    asks,
    body,
    contract,
    found,
    operation,
    parameter,
    query,
    ref,
    told,
)


def test_the_names_of_path_parameters_do_not_matter_but_their_schemas_do():
    base = contract(
        {
            "/pets/{id}/toys/{toy}": {
                "get": operation(parameters=[parameter("id", "path"), parameter("toy", "path", INTEGER)])
            }
        }
    )
    revision = contract(
        {
            "/pets/{pet}/toys/{toyId}": {
                "get": operation(
                    parameters=[
                        parameter("toyId", "path"),
                        parameter("pet", "path", {"type": "string", "maxLength": 3}),
                    ]
                )
            }
        }
    )
    assert told(base, revision) == [
        ("request-length-narrowed", "GET /pets/{pet}/toys/{toyId} path pet $", "maxLength is 3, there was none"),
        ("request-type-widened", "GET /pets/{pet}/toys/{toyId} path toyId $", "the type was integer, is string"),
    ]


def test_a_path_of_another_shape_is_another_path():
    base, revision = (contract({path: {"get": operation()}}) for path in ("/pets/{id}", "/pets/{id}/"))
    assert found(base, revision) == [("operation-removed", "GET /pets/{id}"), ("operation-added", "GET /pets/{id}/")]


def test_a_literal_path_is_matched_before_a_templated_one():
    both = {"/pets/{a}": {"get": operation()}, "/pets/{b}": {"put": operation()}}
    assert found(contract(both), contract(dict(reversed(both.items())))) == []


def test_parameters_of_the_path_apply_to_its_operations():
    base = contract(
        {"/a": {"parameters": [parameter("limit", schema=INTEGER)], "get": operation(), "put": operation()}}
    )
    revision = contract(
        {
            "/a": {
                "get": operation(parameters=[parameter("limit", schema=INTEGER)]),
                "put": operation(parameters=[parameter("limit", schema={"type": "integer", "maximum": 9})]),
            }
        }
    )
    assert found(base, revision) == [("request-range-narrowed", "PUT /a query limit $")]


def test_an_operation_overrides_a_parameter_of_its_path():
    item = {
        "parameters": [parameter("limit", schema=STRING)],
        "get": operation(parameters=[parameter("limit", schema=INTEGER)]),
    }
    assert found(contract({"/a": item}), query(parameter("limit", schema=INTEGER), path="/a")) == []


def test_a_path_item_may_be_a_reference():
    item = {"get": operation(parameters=[parameter("limit")])}
    base = contract({"/a": item})
    revision = contract({"/a": ref("A", "pathItems")}, components={"pathItems": {"A": item}})
    assert found(base, revision) == []
    narrowed = contract(
        {"/a": ref("A", "pathItems")},
        components={"pathItems": {"A": {"get": operation(parameters=[parameter("limit", required=True)])}}},
    )
    assert found(base, narrowed) == [("request-parameter-became-required", "GET /a query limit")]


def test_headers_are_matched_in_any_case_and_some_say_nothing():
    base = query(parameter("X-Trace", "header"), parameter("Accept", "header"))
    revision = query(parameter("x-trace", "header"), parameter("authorization", "header", required=True))
    assert found(base, revision) == []


def test_a_parameter_that_moves_is_another_one():
    assert found(query(parameter("key")), query(parameter("key", "header"))) == [
        ("request-parameter-removed", "GET /orders query key"),
        ("request-parameter-added", "GET /orders header key"),
    ]


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        ("application/json", "Application/JSON ; charset=UTF-8", []),
        ("application/json", "application/*", [("request-media-type-added", "POST /orders request application/*")]),
        ("application/vnd.shop+json;version=1", 'application/vnd.shop+json; VERSION="1"', []),
        (
            "application/vnd.shop+json;version=1",
            "application/vnd.shop+json;version=2",
            [
                ("request-media-type-removed", "POST /orders request application/vnd.shop+json;version=1"),
                ("request-media-type-added", "POST /orders request application/vnd.shop+json;version=2"),
            ],
        ),
        (
            "text/*",
            "text/plain",
            [("request-media-type-removed", "POST /orders request text/*")],
        ),
    ],
)
def test_media_types_of_a_request(base, revision, expected):
    sides = (contract({"/orders": {"post": operation(requestBody=body(STRING, name))}}) for name in (base, revision))
    assert found(*sides) == expected


def test_a_response_may_become_one_of_a_range():
    sides = [answers(STRING), answers(STRING)]
    sides[0]["paths"]["/orders"]["get"]["responses"]["200"]["content"] = {"*/*": {"schema": STRING}}
    assert found(*sides) == []
    assert found(*reversed(sides)) == [("response-media-type-added", "GET /orders 200 */*")]


def test_a_status_is_covered_by_its_range_and_by_default():
    def responses(**schemas):
        members = {
            status.strip("_"): {"description": "", "content": {"application/json": {"schema": s}}}
            for status, s in schemas.items()
        }
        return contract({"/orders": {"get": {"responses": members}}})

    assert found(responses(_200=STRING, default=STRING), responses(_200=STRING, _404=STRING, default=STRING)) == []
    assert found(responses(_2XX=STRING), responses(_2XX=STRING, _201=INTEGER)) == [
        ("response-type-widened", "GET /orders 201 application/json $")
    ]
    assert found(responses(_200=STRING), responses(default=STRING)) == [
        ("response-success-status-added", "GET /orders default")
    ]


def test_a_document_of_3_0_against_one_of_3_1():
    old = {
        "type": "object",
        "properties": {
            "note": {"type": "string", "nullable": True, "example": "x"},
            "count": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
            "size": {"type": "string", "enum": ["s", "l", None], "nullable": True},
            "owner": {"$ref": "#/components/schemas/Owner", "description": "not read in 3.0"},
        },
    }
    new = {
        "type": "object",
        "properties": {
            "note": {"type": ["string", "null"], "examples": ["x"]},
            "count": {"type": "integer", "exclusiveMinimum": 0},
            "size": {"anyOf": [{"enum": ["l", "s"]}, {"type": "null"}]},
            "owner": {"$ref": "#/components/schemas/Owner", "description": "read in 3.1"},
        },
    }
    owner = {"type": "object", "properties": {"name": STRING}}
    assert found(asks(old, "3.0.3", Owner=owner), asks(new, "3.1.0", Owner=owner)) == []
    assert found(answers(new, "3.1.0", Owner=owner), answers(old, "3.0.3", Owner=owner)) == []


def test_what_stands_beside_a_reference_counts_in_3_1_alone():
    bare, more = ref("Name"), {**ref("Name"), "maxLength": 3}
    assert found(asks(bare, "3.0.3", Name=STRING), asks(more, "3.0.3", Name=STRING)) == []
    assert [rule for rule, _ in found(asks(bare, Name=STRING), asks(more, Name=STRING))] == ["request-length-narrowed"]


def test_an_address_whose_scheme_is_a_variable():
    from contractcheck.openapi.addresses import path

    assert path("{protocol}://{hostname}/api/v3") == "/api/v3"


def moved(path, *parameters, **members):
    return contract({path: {"get": operation(operationId="order", parameters=list(parameters), **members)}})


def part(name, kind="string"):
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def test_an_operation_that_moved_is_compared_with_what_it_was():
    base = moved("/orders/{shop}/{id}", part("shop", "integer"), part("id"))
    assert [rule for rule, _ in found(base, moved("/purchases/{id}", part("id")))] == ["operation-moved"]
    revision = moved("/purchases/{id}", part("id", "integer"), {**part("shop"), "in": "query"}, tags=["new"])
    assert found(base, revision) == [
        ("operation-moved", "GET /purchases/{id}"),
        ("request-required-parameter-added", "GET /purchases/{id} query shop"),
        ("request-type-narrowed", "GET /purchases/{id} path id $"),
        ("operation-tags-changed", "GET /purchases/{id}"),
    ]


def test_the_parameters_of_a_path_that_moved_belong_together_by_place_where_they_are_as_many():
    base, revision = moved("/orders/{id}", part("id")), moved("/purchases/{number}", part("number", "integer"))
    assert [rule for rule, _ in found(base, revision)] == ["operation-moved", "request-type-narrowed"]


def test_a_deprecated_operation_that_moved_was_removed():
    base, revision = moved("/orders", deprecated=True), moved("/purchases", tags=["new"])
    assert [rule for rule, _ in found(base, revision)] == ["deprecated-operation-removed", "operation-added"]
