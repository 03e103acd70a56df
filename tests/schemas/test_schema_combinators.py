"""anyOf, oneOf, allOf, not, if: alone and over objects that they tell apart."""

import pytest

from contractcheck.schemas.branch import any_of
from contractcheck.schemas.evaluation import holds
from contractcheck.schemas.nodes import TRUE, Kind, Nodes
from contractcheck.schemas.values import ALL, OBJECT, freeze
from contractcheck.schemas.values import NULL as NULL_BIT
from contractcheck.schemas.values import STRING as STRING_BIT
from tests.schemas.asking import said, same

CONTAINED = ("contained",)
STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NULL = {"type": "null"}


def obj(**more):
    return {"type": "object", **more}


def kind(name, **members):
    return obj(properties={"kind": {"const": name}, **members}, required=["kind"])


@pytest.mark.parametrize(
    ("base", "revision", "forward", "backward"),
    [
        ({"anyOf": [STRING, INTEGER]}, {"type": ["string", "number"]}, CONTAINED, ("broken", 0.1)),
        ({"oneOf": [STRING, NULL]}, {"type": ["string", "null"]}, CONTAINED, CONTAINED),
        ({"oneOf": [INTEGER, {"type": "number"}]}, INTEGER, ("broken", 0.1), ("broken", 0)),
        ({"oneOf": [STRING, STRING]}, False, CONTAINED, CONTAINED),
        ({"oneOf": [{"minimum": 5}, {"maximum": 5}]}, {"type": "number"}, CONTAINED, ("broken", 5)),
        ({"oneOf": [True, True]}, False, CONTAINED, CONTAINED),
        ({"oneOf": [True, STRING]}, {"not": STRING}, CONTAINED, CONTAINED),
        ({"oneOf": [STRING]}, STRING, CONTAINED, CONTAINED),
        ({"oneOf": [False, STRING]}, STRING, CONTAINED, CONTAINED),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}, INTEGER]}, {"enum": [1, 2, 3]}, CONTAINED, CONTAINED),
        ({"not": STRING}, {"type": ["integer", "object"]}, ("broken", None), CONTAINED),
        ({"not": {"not": STRING}}, STRING, CONTAINED, CONTAINED),
        ({"not": {}}, False, CONTAINED, CONTAINED),
        ({"not": {"const": 1}, "type": "integer"}, {"enum": [1]}, ("broken", 0), ("broken", 1)),
        ({"not": {"const": {"a": 1}}}, {"type": "object"}, ("broken", None), ("broken", {"a": 1})),
        ({"type": "array", "not": {"const": [1]}}, {"type": "array", "minItems": 1}, ("broken", []), ("broken", [1])),
        (
            {"if": STRING, "then": {"maxLength": 3}, "else": INTEGER},
            {"anyOf": [{**STRING, "maxLength": 3}, INTEGER]},
            CONTAINED,
            CONTAINED,
        ),
        ({"if": STRING, "then": {"maxLength": 3}}, {"maxLength": 3}, CONTAINED, CONTAINED),
        ({"if": STRING}, True, CONTAINED, CONTAINED),
        ({"then": STRING}, True, CONTAINED, CONTAINED),
        ({"if": True, "then": STRING, "else": INTEGER}, STRING, CONTAINED, CONTAINED),
        (
            {"anyOf": [kind("a", x=INTEGER), kind("b", x=STRING)]},
            {"oneOf": [kind("a", x=INTEGER), kind("b", x=STRING)]},
            CONTAINED,
            CONTAINED,
        ),
        (
            {"oneOf": [kind("a"), kind("b")]},
            {"oneOf": [kind("a"), kind("b"), kind("c")]},
            CONTAINED,
            ("broken", {"kind": "c"}),
        ),
        (
            {"oneOf": [kind("a", x=INTEGER), kind("b")]},
            {"oneOf": [kind("a", x={"type": "number"}), kind("b")]},
            CONTAINED,
            ("broken", {"kind": "a", "x": 0.1}),
        ),
        (
            obj(properties={"a": {"enum": [1, 2]}}, required=["a"]),
            {"anyOf": [obj(properties={"a": {"const": 1}}), obj(properties={"a": {"const": 2}})]},
            CONTAINED,
            ("broken", {}),
        ),
        (
            obj(properties={"a": {"type": "boolean"}, "b": {"type": "boolean"}}, required=["a", "b"]),
            {
                "anyOf": [
                    obj(properties={"a": {"const": x}, "b": {"const": y}}) for x in (True, False) for y in (True, False)
                ]
            },
            CONTAINED,
            ("broken", {}),
        ),
    ],
)
def test_verdicts(base, revision, forward, backward):
    assert said(base, revision) == forward
    assert said(revision, base) == backward


def test_de_morgan():
    one, other = {"minLength": 2, **STRING}, {"properties": {"a": STRING}}
    assert same({"not": {"anyOf": [one, other]}}, {"allOf": [{"not": one}, {"not": other}]})
    assert same({"not": {"allOf": [one, other]}}, {"anyOf": [{"not": one}, {"not": other}]})


def test_one_of_is_any_of_without_pairs():
    branches = [{"minimum": 0}, {"maximum": 5}, {"multipleOf": 2}]
    pairs = [{"allOf": [branches[i], branches[j]]} for i in range(3) for j in range(i)]
    assert same({"oneOf": branches}, {"anyOf": branches, "not": {"anyOf": pairs}})


def test_not_one_of():
    branches = [{"minimum": 0}, {"maximum": 5}]
    assert same({"not": {"oneOf": branches}, "type": "integer"}, {"type": "integer", "minimum": 0, "maximum": 5})


def test_a_schema_that_is_not_understood_is_known_to_be_itself():
    strange = {"type": "string", "minLength": "three"}
    assert said(strange, {"type": "string"}) == CONTAINED
    assert said({**strange, "maxLength": 2}, strange) == ("unproven", "minLength: not a natural number")
    assert same(strange, dict(strange))
    assert said({**strange, "type": "integer"}, {"type": "integer"}) == CONTAINED
    assert said(strange, {"type": "string", "minLength": "four"}) == ("unproven", "minLength: not a natural number")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "text"}, "type: unknown type"),
        ({"type": [1]}, "type: unknown type"),
        ({"type": {}}, "type: unknown type"),
        ({"enum": "a"}, "enum: not a list"),
        ({"pattern": 1}, "pattern: not a string"),
        ({"required": "a"}, "required: not a list of names"),
        ({"required": [1]}, "required: not a list of names"),
        ({"properties": []}, "properties: not an object"),
        ({"dependentRequired": {"a": "b"}}, "dependentRequired: not a list of names"),
        ({"prefixItems": {}}, "prefixItems: not a list of schemas"),
        ({"maxItems": -1}, "maxItems: not a natural number"),
        ({"maxItems": True}, "maxItems: not a natural number"),
        ({"maxItems": "1"}, "maxItems: not a natural number"),
        ({"uniqueItems": 1}, "uniqueItems: not a boolean"),
        ({"allOf": {}}, "allOf: not a list of schemas"),
        ({"anyOf": "x"}, "anyOf: not a list of schemas"),
        ({"oneOf": 3}, "oneOf: not a list of schemas"),
        ({"contains": True, "minContains": "x"}, "contains: not a natural number"),
        ({"multipleOf": True}, "multipleOf: not a number"),
        ({"not": 3}, "a schema that is neither object nor boolean"),
        (3, "a schema that is neither object nor boolean"),
        (
            {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False, "patternProperties": 1},
            "properties: not an object",
        ),
    ],
)
def test_malformed_schemas_are_unproven(schema, why):
    assert said({"type": ["null", "integer", "string", "array", "object"]}, schema) == ("unproven", why)


def test_values_nested_beyond_reason():
    deep = []
    for _ in range(100):
        deep = [deep]
    assert said({"const": deep}, {"type": "array"}) == ("unproven", "const: a value nested too deeply")


@pytest.mark.parametrize("value", ["a", {"a": 1}])
def test_a_doubt_is_not_forgotten(value):
    nodes = Nodes(lambda _key: TRUE, lambda _steps: None)
    opaque = nodes.opaque(ALL, "x", "why")
    sure = [nodes.type(STRING_BIT | OBJECT), nodes.make(Kind.MIN_LENGTH, 1), nodes.make(Kind.MIN_MEMBERS, 1)]
    frozen = freeze(value)
    assert holds(nodes, nodes.conj([opaque, *sure]), frozen) is None
    assert holds(nodes, -nodes.conj([opaque, *sure]), frozen) is None
    assert holds(nodes, nodes.conj([opaque, *sure, nodes.one_of_values(frozenset((1,)))]), frozen) is False
    assert holds(nodes, nodes.exactly_one([opaque, nodes.type(OBJECT | STRING_BIT)]), frozen) is None
    assert any_of(nodes, [opaque, nodes.type(NULL_BIT)], frozen) is None
    assert any_of(nodes, [nodes.type(NULL_BIT), opaque], frozen) is None
    assert any_of(nodes, [opaque, nodes.type(OBJECT | STRING_BIT)], frozen) is True
