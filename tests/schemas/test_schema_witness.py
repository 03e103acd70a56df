"""Counterexamples: small, in the words of the document, and confirmed by an independent validator."""

from decimal import Decimal
from fractions import Fraction

import pytest

from contractcheck.schemas.containment import contains
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone
from contractcheck.schemas.values import UnusableError, freeze, plain, size, text, thaw, weight, writable
from contractcheck.schemas.witness import UnsureError, confirm, valid
from tests.schemas.asking import said

STRING = {"type": "string"}


def source(schema, **options):
    return alone(schema, Dialect.DRAFT2020_12, **options)


def user(**more):
    login = {"type": "string", "example": "octocat"}
    age = {"type": "integer", "examples": [42, 7]}
    return {
        "type": "object",
        "properties": {"login": login, "age": age, "when": {"type": "string", "format": "date"}},
        **more,
    }


def test_the_documents_own_examples():
    base = user(required=["login", "age", "when"])
    assert said(base, {"required": ["id"]}) == ("broken", {"age": 42, "login": "octocat", "when": "2024-01-31"})
    assert said(base, {"properties": {"login": {"maxLength": 3}}}) == (
        "broken",
        {"age": 42, "login": "octocat", "when": "2024-01-31"},
    )
    assert said(base, {"properties": {"age": {"minimum": 5}}}) == (
        "broken",
        {"age": 0, "login": "octocat", "when": "2024-01-31"},
    )


def test_examples_behind_references_and_in_arrays():
    base = {
        "type": "array",
        "items": {"$ref": "#/$defs/U"},
        "minItems": 1,
        "$defs": {"U": {"allOf": [user(required=["login"])]}},
    }
    assert said(base, {"maxItems": 0}) == ("broken", [{"login": "octocat"}])
    base = {"type": "object", "additionalProperties": {"type": "string", "default": "on"}, "minProperties": 1}
    assert said(base, {"maxProperties": 0}) == ("broken", {"extra": "on"})


def test_examples_are_left_out_where_they_do_not_fit():
    assert said({"type": "string", "example": 3}, {"minLength": 9}) == ("broken", "a")
    assert said({"type": "string", "example": "x" * 100, "minLength": 1}, {"minLength": 9}) == ("broken", "a")
    assert said({"type": "integer", "example": True}, {"type": "string"}) == ("broken", 0)
    assert said({"type": "string", "default": "long enough"}, {"minLength": 9}) == ("broken", "a")
    broken = {
        "type": "object",
        "properties": {"a": {"type": "string", "anyOf": [{"$ref": "#/none"}, True]}},
        "required": ["a"],
    }
    assert said(broken, {"required": ["b"]}) == ("unproven", "the validator could not be asked: nothing at #/none")
    assert said({"type": "number", "example": float("inf")}, {"type": "string"}) == ("broken", 0)


def test_values_of_the_document_are_preferred():
    assert said({"enum": ["archived", "open"]}, {"enum": ["open"]}) == ("broken", "archived")
    assert said({"type": "string", "pattern": "^(north|south)$"}, {"enum": ["north"]}) == ("broken", "south")


def test_line_ends_are_avoided():
    assert said(STRING, {"pattern": "^.*$"}) == ("broken", "\na")
    assert said({"type": "string", "maxLength": 1}, {"pattern": "^.*$"}) == ("broken", "\n")


def test_confirmation():
    assert confirm("a", source(STRING), source({"type": "integer"})) == ""
    assert confirm(1, source(STRING), source({"type": "integer"})) == "it is not valid under base"
    assert confirm("a", source(STRING), source(True)) == "it is valid under revision"


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (0.3, {"multipleOf": 0.1}, True),
        (0.35, {"multipleOf": 0.1}, False),
        (Decimal("0.1"), {"minimum": 0.1}, True),
        (0.1, {"exclusiveMinimum": Decimal("0.1")}, False),
        (0.1, {"exclusiveMaximum": 0.2, "maximum": 0.1}, True),
        (0.1, {"enum": [Decimal("0.10")]}, True),
        ("a\n", {"pattern": "^a$"}, False),
        ({"xa": 1}, {"patternProperties": {"^x": STRING}}, False),
        ({"xa": 1}, {"patternProperties": {"^x": True}, "additionalProperties": False}, True),
        ({"a": 1}, {"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False}, True),
        (
            {"a": 1},
            {
                "allOf": [{"$ref": "#/$defs/A"}],
                "unevaluatedProperties": False,
                "$defs": {"A": {"properties": {"a": True}}},
            },
            True,
        ),
        (
            {"b": 1},
            {
                "allOf": [{"$ref": "#/$defs/A"}],
                "unevaluatedProperties": False,
                "$defs": {"A": {"properties": {"a": True}}},
            },
            False,
        ),
        ({"a": 1}, {"dependentSchemas": {"a": {"required": ["b"]}, "c": False}}, False),
        ([1, "a"], {"prefixItems": [{"type": "integer"}], "items": STRING}, True),
    ],
)
def test_what_the_validator_is_asked(value, schema, expected):
    assert valid(value, source(schema)) is expected


def test_formats_are_asked_only_where_they_are_asserted():
    assert valid("x", source({"format": "date"}))
    assert not valid("x", source({"format": "date"}, formats=True))
    assert valid("2024-01-31", source({"format": "date", "allOf": [STRING]}, formats=True))


def test_the_validator_cannot_always_be_asked():
    for value, schema, why in (
        ("a", {"minLength": "three"}, "TypeError: '<' not supported between instances of 'int' and 'str'"),
        ("a", {"pattern": "\\b"}, "pattern \\b"),
        ("a", {"$ref": "#/none"}, "nothing at #/none"),
        (1, {"multipleOf": 0}, "ZeroDivisionError: Fraction(1, 0)"),
    ):
        with pytest.raises(UnsureError) as raised:
            valid(value, source(schema))
        assert str(raised.value) == why


def test_values_come_back_as_they_were():
    for value in (None, True, 0, -1, 0.5, 10**30, "é", [], [1, [2]], {"a": {"b": None}}, 0.1, 1e-9):
        assert thaw(freeze(value)) == value
        assert type(thaw(freeze(value))) is type(value)
    assert thaw(freeze(1.0)) == 1
    assert freeze(1e300) == 10**300
    assert thaw(Fraction(1, 10**400)) == Decimal("1E-400")
    assert thaw(freeze(Decimal("1e400") + Decimal("0.5"))) == Decimal("1e400")
    with pytest.raises(UnusableError):
        freeze({1, 2})
    with pytest.raises(UnusableError):
        freeze(Decimal("NaN"))
    assert weight(freeze({"a": [1, 0.5, "x" * 640], "b": {}})) == 21
    assert [writable(freeze(value)) for value in (10**3900, 0.5, Decimal("1e-3000"), "x")] == [True, True, False, True]
    assert not writable(10**4000)


def test_json_text():
    assert text({"a": [1, Decimal("0.10"), "é", None, True]}) == '{"a": [1, 0.10, "\\u00e9", null, true]}'
    assert plain({"a": [Decimal("0.5"), Decimal(2)], "b": "x"}) == {"a": [0.5, 2], "b": "x"}
    assert [size(freeze(value)) for value in ({}, {"a": 1}, [1, 2], True, "abc", 10)] == [2, 7, 6, 4, 5, 2]


def test_two_schemas_alone():
    decision = contains(source(STRING), source({"type": "integer"}))
    assert (decision.verdict, decision.witness) == ("broken", "a")
