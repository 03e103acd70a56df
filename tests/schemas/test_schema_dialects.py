"""The dialects: what each spelling means, and that a word unknown to a dialect means nothing there."""

import pytest

from contractcheck.schemas.dialects import Dialect, dialect
from tests.schemas.asking import said, same

CONTAINED = ("contained",)
STRING = {"type": "string"}


def test_names():
    assert [dialect(known.value) for known in Dialect] == list(Dialect)
    assert dialect("http://json-schema.org/draft-07/schema#") is Dialect.DRAFT7
    assert dialect("https://json-schema.org/draft/2020-12/schema") is Dialect.DRAFT2020_12
    assert dialect("Draft-2020-12") is Dialect.DRAFT2020_12
    assert dialect("draft-04") is Dialect.DRAFT4
    assert dialect("draft3") is None
    for name in ("openapi-3.0.3", "OpenAPI3.0", "oas-3.0"):
        assert dialect(name) is Dialect.OPENAPI_3_0
    for name in ("openapi-3.1.1", "oas3.1", "openapi-3.2", "openapi-3.2.0"):
        assert dialect(name) is Dialect.OPENAPI_3_1
    for name in ("swagger-2.0", "swagger2", "openapi-2.0"):
        assert dialect(name) is Dialect.SWAGGER_2_0
    for name in ("openapi-3", "openapi-3.3", "openapi-4.0", "swagger-3.0", ""):
        assert dialect(name) is None


def test_nullable_in_three_spellings():
    assert same(
        {"type": "string", "nullable": True},
        {"anyOf": [STRING, {"type": "string", "nullable": True, "enum": [None]}]},
        "openapi-3.0",
    )
    assert same({"type": ["string", "null"]}, {"oneOf": [STRING, {"type": "null"}]}, "openapi-3.1")
    assert said({"type": "string", "x-nullable": True}, STRING, "swagger-2.0") == ("broken", None)
    assert said({"type": "string", "nullable": True}, STRING, "openapi-3.1") == CONTAINED


def test_nullable_acts_only_beside_type_and_adds_nothing_to_enum():
    assert same({"nullable": True, "allOf": [STRING]}, STRING, "openapi-3.0")
    assert same({"type": "string", "nullable": True, "enum": ["a"]}, {"type": "string", "enum": ["a"]}, "openapi-3.0")
    assert said({"type": "string", "nullable": True, "enum": ["a", None]}, STRING, "openapi-3.0") == ("broken", None)


@pytest.mark.parametrize("spoken", ["draft4", "openapi-3.0", "swagger-2.0"])
def test_exclusive_bounds_as_flags(spoken):
    assert said({"type": "number", "minimum": 1, "exclusiveMinimum": True}, {"minimum": 1}, spoken) == CONTAINED
    assert said({"type": "number", "minimum": 1}, {"minimum": 1, "exclusiveMinimum": True}, spoken) == ("broken", 1)
    assert same({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}, spoken)
    assert same({"exclusiveMaximum": True}, {}, spoken)


@pytest.mark.parametrize(
    ("spoken", "schema"),
    [
        ("draft4", {"const": 1}),
        ("draft4", {"contains": STRING}),
        ("draft6", {"if": STRING, "then": False}),
        ("draft7", {"dependentRequired": {"a": ["b"]}}),
        ("draft7", {"prefixItems": [STRING]}),
        ("draft2020-12", {"dependencies": {"a": ["b"]}}),
        ("draft2020-12", {"additionalItems": False}),
        ("openapi-3.0", {"patternProperties": {"a": False}}),
        ("openapi-3.0", {"const": 1}),
        ("swagger-2.0", {"anyOf": [STRING]}),
        ("draft2020-12", {"title": "x", "default": 1, "examples": [1], "x-mine": False, "readOnly": True}),
    ],
)
def test_unknown_words_mean_nothing(spoken, schema):
    assert same(schema, {}, spoken)


@pytest.mark.parametrize("spoken", ["draft4", "draft6", "draft7", "draft2019-09"])
def test_positions_before_2020(spoken):
    positions = {"type": "array", "items": [{"type": "integer"}], "additionalItems": False}
    assert said(positions, {"maxItems": 1}, spoken) == CONTAINED
    assert said({"type": "array", "items": [{"type": "integer"}]}, {"maxItems": 1}, spoken)[0] == "broken"
    assert same({"items": STRING, "additionalItems": False}, {"items": STRING}, spoken)


def test_additional_items_evaluate():
    open_end = {"type": "array", "items": [True], "unevaluatedItems": False}
    assert said(open_end, {"maxItems": 1}, "draft2019-09") == CONTAINED
    assert said({**open_end, "additionalItems": True}, {"maxItems": 1}, "draft2019-09") == ("broken", [None, None])


def test_dependencies():
    schema = {"type": "object", "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}
    assert said({**schema, "required": ["a", "c"]}, {"required": ["b", "d"]}, "draft7") == CONTAINED
    assert said(schema, {"required": ["b"]}, "draft7") == ("broken", {})
    assert said({"type": "object"}, {"dependencies": 3}, "draft7") == ("unproven", "dependentSchemas: not an object")


def test_a_file_is_a_text():
    assert said({"type": "file"}, STRING, "swagger-2.0") == CONTAINED


def test_contains_evaluates_items_from_2020_on():
    schema = {"type": "array", "contains": STRING, "unevaluatedItems": False}
    # the text of 2019-09 does not count them, its validators do
    assert said(schema, {"maxItems": 0}, "draft2019-09") == (
        "unproven",
        "unevaluated: `contains` beside unevaluatedItems, in draft 2019-09",
    )
    assert said(schema, {"maxItems": 0}, "draft2020-12") == ("broken", ["a"])


def test_components_beside_the_root():
    base = {"$ref": "#/components/schemas/A", "components": {"schemas": {"A": {"type": "string", "nullable": True}}}}
    assert said(base, STRING, "openapi-3.0") == ("broken", None)
