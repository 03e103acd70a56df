"""A sender that uses only what it declares."""

import pytest

from contractcheck.schemas.containment import Universe
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import Document, Inside, Source, alone

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def obj(properties=None, **more):
    return {"type": "object", **({"properties": properties} if properties else {}), **more}


def sent(base, revision):
    """Base, its sender closed, ⊆ revision."""
    universe = Universe()
    document = Document(Dialect.DRAFT2020_12, Inside(base, Dialect.DRAFT2020_12))
    found = universe.contains(Source(base, document, closed=True), alone(revision, Dialect.DRAFT2020_12))
    assert universe.disagreements == 0
    return (found.verdict.value, found.witness) if found.verdict == "broken" else (found.verdict.value,)


@pytest.mark.parametrize(
    ("base", "revision", "answer"),
    [
        (obj({"a": STRING}), obj({"a": STRING, "b": INTEGER}), ("contained",)),
        (obj({"a": STRING}, additionalProperties=True), obj({"a": STRING, "b": INTEGER}), ("broken", {"b": None})),
        (obj({"a": STRING}, additionalProperties=STRING), obj({"a": STRING, "b": INTEGER}), ("broken", {"b": "a"})),
        (obj({"a": STRING}), obj({"a": STRING}, additionalProperties=False), ("contained",)),
        (obj({"a": STRING, "b": {}}), obj({"a": STRING}, additionalProperties=False), ("broken", {"b": None})),
        (obj({"a": obj({"b": STRING})}), obj({"a": obj({"b": STRING, "c": INTEGER})}), ("contained",)),
        (
            obj({"a": {"type": "array", "items": obj({"b": STRING})}}),
            obj({"a": {"items": obj({"c": INTEGER})}}),
            ("contained",),
        ),
        (
            {"type": "array", "prefixItems": [obj({"b": STRING})], "items": INTEGER},
            {"prefixItems": [obj({"c": INTEGER})]},
            ("contained",),
        ),
        ({"allOf": [obj({"a": STRING}), obj({"b": STRING})]}, obj({"c": INTEGER}, maxProperties=2), ("contained",)),
        (
            {"allOf": [obj({"a": obj({"x": STRING})}), obj({"a": obj({"y": STRING})})]},
            obj({"a": obj({"z": INTEGER}, maxProperties=1)}),
            ("broken", {"a": {"x": "a", "y": "a"}}),
        ),
        (
            obj({"a": obj({"x": STRING})}, anyOf=[{"properties": {"a": obj({"y": STRING})}}, {"required": ["b"]}]),
            obj({"a": obj(maxProperties=1)}),
            ("broken", {"a": {"x": "a", "y": "a"}}),
        ),
        (
            obj({"a": obj({"x": STRING})}, anyOf=[{"properties": {"a": obj({"y": STRING})}}, {"required": ["b"]}]),
            obj({"a": obj({"x": {}, "y": {}}, additionalProperties=False)}),
            ("contained",),
        ),
        (
            obj(
                {"k": {}, "m": {}},
                anyOf=[{"properties": {"b": obj({"x": STRING})}, "required": ["k"]}, {"required": ["m"]}],
            ),
            {"required": ["k"]},
            ("broken", {"m": None}),
        ),
        ({"anyOf": [obj({"a": STRING}, required=["a"]), obj({"b": STRING})]}, obj({"c": INTEGER}), ("contained",)),
        (
            {
                "oneOf": [
                    obj({"k": {"const": 1}, "a": STRING}, required=["k"]),
                    obj({"k": {"const": 2}}, required=["k"]),
                ]
            },
            obj({"b": INTEGER}),
            ("contained",),
        ),
        (
            obj(patternProperties={"^x-": obj({"a": STRING})}),
            obj(patternProperties={"^x-": obj({"b": INTEGER})}),
            ("contained",),
        ),
        (
            obj({"x-a": True}, patternProperties={"^x-": obj({"a": STRING})}),
            obj({"x-a": obj({"b": INTEGER})}),
            ("contained",),
        ),
        (obj(additionalProperties=obj({"a": STRING})), obj(additionalProperties=obj({"b": INTEGER})), ("contained",)),
        (
            obj({"a": {"not": obj({"b": STRING}, required=["b"])}}),
            obj({"a": {"not": {"const": {"b": "x"}}}}),
            ("contained",),
        ),
        (obj({"a": True}), obj({"a": {"not": obj(required=["b"])}}), ("contained",)),
        (STRING, {"maxLength": 3}, ("broken", "aaaa")),
        (
            obj({"a": {"type": "array", "unevaluatedItems": obj({"b": STRING})}}),
            obj({"a": {"items": obj({"c": INTEGER})}}),
            ("contained",),
        ),
    ],
)
def test_undeclared_members_are_not_sent(base, revision, answer):
    assert sent(base, revision) == answer


def test_recursion():
    base = {"$ref": "#/$defs/T", "$defs": {"T": obj({"v": INTEGER, "n": {"$ref": "#/$defs/T"}})}}
    wide = {"$ref": "#/$defs/T", "$defs": {"T": obj({"v": INTEGER, "n": {"$ref": "#/$defs/T"}, "w": INTEGER})}}
    assert sent(base, wide) == ("contained",)
    narrow = {"$ref": "#/$defs/T", "$defs": {"T": obj({"v": {"minimum": 1}, "n": {"$ref": "#/$defs/T"}})}}
    assert sent(base, narrow) == ("broken", {"v": 0})


def test_many_variants():
    def variants(count, more):
        kinds = ({"k": {"const": n}, "a": obj({f"p{n}": STRING}), **more} for n in range(count))
        return {"anyOf": [obj(kind, required=["k"]) for kind in kinds]}

    assert sent(variants(9, {}), variants(9, {"z": INTEGER})) == ("contained",)
    assert sent(variants(9, {"z": STRING}), variants(9, {"z": INTEGER})) == ("broken", {"k": 0, "z": "a"})
    assert sent(variants(4, {}), {"anyOf": [obj({"a": obj({"q": INTEGER})})]}) == ("contained",)
    assert sent(variants(9, {}), {"anyOf": [obj({"a": obj({"q": INTEGER})})]}) == ("contained",)


def test_members_that_variants_leave_open():
    base = {"anyOf": [obj({"a": STRING}, additionalProperties=obj({"b": STRING})), obj({"c": STRING})]}
    assert sent(base, obj(additionalProperties={"anyOf": [STRING, obj({"q": INTEGER})]})) == ("contained",)
    assert sent(base, obj({"d": STRING})) == ("broken", {"d": {}})


def test_a_pattern_that_cannot_be_read():
    base = obj({"a": STRING}, patternProperties={"\\b": STRING})
    assert sent(base, obj({"c": INTEGER})) == ("unproven",)


def test_too_many_ways_to_declare():
    base = {"type": "object", "anyOf": [obj(patternProperties={f"^p{n}": True}) for n in range(9)]}
    universe = Universe()
    document = Document(Dialect.DRAFT2020_12, Inside(base, Dialect.DRAFT2020_12))
    found = universe.contains(Source(base, document, closed=True), alone(obj({"b": INTEGER}), Dialect.DRAFT2020_12))
    assert (found.verdict, found.why) == ("unproven", "declared members: too many ways to evaluate members")
