"""What real contracts seldom hold: forms in sequence, webhooks that gain a body, broken references in rare places."""

from contractcheck.openapi import optional
from tests.openapi.contracts import answers, contract, document, found, operation, query

TEXT = {"type": "string"}
BODY = {"content": {"application/json": {"schema": TEXT}}}


def rules(base, revision):
    return [rule for rule, _ in found(base, revision)]


def hooked(**members):
    return contract(webhooks={"paid": {"post": {"responses": {"200": {"description": "seen"}}, **members}}})


def test_a_webhook_that_gains_or_loses_a_body():
    assert found(hooked(), hooked(requestBody=BODY)) == [
        ("response-media-type-added", "POST webhooks.paid request application/json")
    ]
    assert found(hooked(requestBody=BODY), hooked()) == [
        ("response-media-type-removed", "POST webhooks.paid request application/json")
    ]


def test_a_media_type_that_cannot_be_read_is_a_defect_of_its_document_alone():
    def sent(media):
        return contract({"/orders": {"post": operation(requestBody={"content": {"a/json": media}})}}, "3.2.0")

    assert rules(sent({"schema": TEXT}), sent({"$ref": "#/components/mediaTypes/Gone"})) == []


def test_forms_in_sequence():
    def sent(**media):
        body = {"content": {"multipart/mixed": {"schema": {"type": "array", "items": TEXT}, **media}}}
        return contract({"/orders": {"post": operation(requestBody=body)}}, "3.2.0")

    plain, xml = {"contentType": "text/plain"}, {"contentType": "application/xml"}
    assert rules(sent(itemEncoding=plain), sent(itemEncoding=xml)) == ["request-encoding-changed"]
    assert rules(sent(prefixEncoding=[plain]), sent()) == ["request-encoding-changed"]
    bare = contract(
        {"/orders": {"post": operation(requestBody={"content": {"multipart/mixed": {"encoding": {"a": plain}}}})}}
    )
    other = contract(
        {"/orders": {"post": operation(requestBody={"content": {"multipart/mixed": {"encoding": {"a": xml}}}})}}
    )
    assert rules(bare, other) == []


def test_an_object_in_the_query_whose_members_the_other_side_does_not_have():
    whole = {"name": "page", "in": "query", "schema": {"type": "object", "properties": {"size": TEXT}}}
    assert rules(query(whole), query({"name": "q", "in": "query", "schema": TEXT})) == [
        "request-parameter-removed",
        "request-parameter-added",
    ]


def test_a_header_that_cannot_be_read_is_a_defect_of_its_document_alone():
    def answered(header):
        return contract({"/a": {"get": {"responses": {"200": {"description": "x", "headers": {"X-A": header}}}}}})

    gone = {"$ref": "#/components/headers/Gone"}
    assert rules(answered({"schema": TEXT}), answered(gone)) == []
    assert rules(answered(gone), answered({"schema": {"type": "integer"}})) == []


def test_examples_are_compared_by_name_where_their_schema_is_known():
    def told(schema, **media):
        answer = {"200": {"description": "x", "content": {"application/json": {"schema": schema, **media}}}}
        return contract({"/a": {"get": {"responses": answer}}})

    said = {"examples": {"one": {"value": 1}, "none": {"externalValue": "x.json"}, "gone": {"$ref": "#/nowhere"}}}
    assert rules(told({"type": ["string", "integer"]}, **said), told(TEXT, **said)) == [
        "example-mismatched",
        "response-type-narrowed",
    ]
    assert rules(told({"type": "integer"}, example="a"), told({**TEXT, "maxLength": 0}, example="a")) == [
        "response-type-widened"
    ]
    assert "example-mismatched" in rules(told({"type": "integer"}), told(TEXT, example=1))
    identified = {**TEXT, "$id": "https://example.com/text"}
    assert "example-mismatched" in rules(told({"type": "integer"}, example=1), told(identified, example=1))
    long = {"example": "a" * 20_001}
    assert "example-mismatched" not in rules(told(TEXT, **long), told({**TEXT, "maxLength": 3}, **long))


def test_so_many_examples_are_looked_at():
    def told(schema):
        examples = {f"e{number}": {"value": number} for number in range(150)}
        answer = {
            "200": {"description": "x", "content": {"application/json": {"schema": schema, "examples": examples}}}
        }
        return contract({"/a": {"get": {"responses": answer}}})

    assert rules(told({"type": "integer"}), told(TEXT)).count("example-mismatched") == 100


def asked(base, revision, *names):
    return [
        (each.rule, each.subject, each.message) for each in optional.findings(document(base), document(revision), names)
    ]


def test_names_of_schemas_that_went_or_changed():
    base = answers(TEXT, Order={"type": "object"}, Gone=TEXT, Kept=TEXT)
    revision = answers(TEXT, Purchase={"type": "object"}, Kept=TEXT, Fresh={"type": "integer"})
    assert asked(base, revision, "schema-renamed", "schema-removed") == [
        ("schema-renamed", "schemas.Purchase $", "the schema Order is called Purchase"),
        ("schema-removed", "schemas.Gone", "there is no schema Gone any more"),
    ]
    swagger = {"swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
    assert asked({**swagger, "definitions": {"A": TEXT}}, swagger, "schema-removed") == [
        ("schema-removed", "schemas.A", "there is no schema A any more")
    ]
    assert asked(contract(), contract(), "schema-removed", "schema-renamed") == []


def test_the_order_of_parameters():
    one, two = ({"name": name, "in": "query", "schema": TEXT} for name in ("one", "two"))
    assert asked(query(one, two), query(two, one), "parameter-order-changed") == [
        (
            "parameter-order-changed",
            "GET /orders parameters",
            "the order was one, two, is two, one",
        )
    ]
    assert asked(query(one, two), query(one), "parameter-order-changed") == []


def test_texts_for_people():
    def told(**words):
        shop = contract({"/a": {"get": operation(**words)}}, tags=[{"name": "a", **words}, {**words}])
        return {**shop, "info": {**shop["info"], **words}}

    long = "a" * 90
    assert [
        subject for _, subject, _ in asked(told(description="a"), told(description="b"), "description-changed")
    ] == [
        "info description",
        "tags.a description",
        "tags.1 description",
        "GET /a description",
    ]
    [*_, last] = asked(told(description=long), told(), "description-changed")
    assert last[2] == f'description was "{"a" * 80}…", is none'
