"""Two contracts compared: what is matched with what, which way data flows, and who is reached."""

import time

import pytest

from contractcheck.model.finding import Affected, Direction, ProofKind, Severity
from contractcheck.model.rule import rulebook
from contractcheck.openapi.compare import compare, rules
from contractcheck.openapi.proving import Prover
from contractcheck.schemas.edits import Decision, Outcome
from tests.openapi.contracts import answers, asks, contract, document, found, operation, query, told

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def parameter(name, where="query", schema=None, **members):
    return {"name": name, "in": where, "schema": schema or STRING, **members}


def body(schema, media_type="application/json", **members):
    return {"content": {media_type: {"schema": schema}}, **members}


def ref(name, section="schemas"):
    return {"$ref": f"#/components/{section}/{name}"}


def places(base, revision):
    pairs = compare(document(base), document(revision)).findings
    return [(f.rule, f.base_place.pointer, f.place.pointer) for f in pairs]


def test_every_rule_has_a_record():
    assert {*rules()} <= {*rulebook()}


# matching


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


# directions


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


# security


def secured(security, **schemes):
    defaults = {"key": {"type": "apiKey", "in": "query", "name": "key"}, "basic": {"type": "http", "scheme": "basic"}}
    return contract(
        {"/a": {"get": operation()}, "/b": {"get": operation()}},
        security=security,
        components={"securitySchemes": {**defaults, **schemes}},
    )


def test_security_of_the_root_is_one_change_for_all_who_inherit_it():
    (finding,) = compare(document(secured([])), document(secured([{"key": []}]))).findings
    assert (finding.rule, finding.message) == ("security-narrowed", "was open to everyone, now asks for key")
    assert [a.operation for a in finding.affects] == ["GET /a", "GET /b"]


def test_alternatives_and_conjunctions_of_schemes():
    both, either = [{"key": [], "basic": []}], [{"key": []}, {"basic": []}]
    assert [rule for rule, _ in found(secured(both), secured(either))] == ["security-widened"]
    assert [rule for rule, _ in found(secured(either), secured(both))] == ["security-narrowed"]
    assert found(secured(either), secured([{}, {"basic": []}, {"key": []}]))[0][0] == "security-widened"
    assert found(secured(either), secured([{"basic": []}, {"key": []}])) == []


def test_an_operation_may_let_everyone_in():
    open_ = contract({"/a": {"get": operation(security=[])}, "/b": {"get": operation()}}, security=[{"key": []}])
    closed = contract({"/a": {"get": operation()}, "/b": {"get": operation()}}, security=[{"key": []}])
    assert found(open_, closed) == [("security-narrowed", "GET /a security")]


# places and subjects


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


# robustness


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


# the prover's seat


def test_a_prover_can_show_an_edit_harmless():
    base, revision = asks({"type": "string", "pattern": "^a+$"}), asks({"type": "string", "pattern": "^a*$"})
    assert [rule for rule, _ in found(base, revision)] == ["request-schema-undecided"]
    asked = []

    def decide(ask):
        asked.append((ask.base[0].value, ask.revision[0].value, ask.direction))
        return Decision(Outcome.CONTAINED)

    comparison = compare(document(base), document(revision), decide)
    assert comparison.findings == ()
    assert (comparison.contract.edits, comparison.contract.harmless) == (1, 1)
    assert asked == [({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a*$"}, Direction.REQUEST)]


def test_a_prover_can_give_a_witness():
    base, revision = asks({"type": "string"}), asks({"type": "string", "maxLength": 3})
    (finding,) = compare(
        document(base), document(revision), lambda *_: Decision(Outcome.BROKEN, "long", "4 > 3")
    ).findings
    assert (finding.proof.kind, finding.proof.witness, finding.proof.why) == (ProofKind.WITNESS, "long", "4 > 3")
    (finding,) = compare(document(base), document(revision), lambda *_: Decision(Outcome.UNPROVEN)).findings
    assert finding.proof.kind is ProofKind.STRUCTURAL


def test_a_prover_that_shows_a_union_contained_ends_the_way_down():
    shapes = {
        "A": {"type": "object", "properties": {"a": STRING}},
        "B": {"type": "object", "properties": {"b": STRING}},
    }
    less = {"A": {"type": "object", "properties": {"a": {"enum": ["x"]}}}, "B": shapes["B"]}
    either = {"anyOf": [ref("A"), ref("B")]}

    def decide(ask):
        return Decision(Outcome.CONTAINED if "anyOf" in ask.base[0].value else Outcome.UNPROVEN)

    assert found(asks(either, **shapes), asks(either, **less)) != []
    assert found(asks(either, **shapes), asks(either, **less), decide) == []


def test_a_report_counts_what_was_harmless():
    base = asks({"type": "object", "properties": {"a": STRING}})
    revision = asks({"type": "object", "required": ["b"], "properties": {"a": STRING, "b": STRING, "c": STRING}})
    comparison = compare(document(base), document(revision))
    assert [(f.rule, f.severity) for f in comparison.findings] == [
        ("request-required-property-added", Severity.ERROR),
        ("request-property-added", Severity.INFO),
    ]
    assert (comparison.contract.edits, comparison.contract.harmless) == (2, 1)
    assert (comparison.contract.base_version, comparison.contract.revision_version) == ("1.0.0", "1.0.0")


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
