"""Objects: members, names, counts, dependencies, what is left unevaluated."""

import pytest

from tests.schemas.asking import said, same

CONTAINED = ("contained",)
STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def obj(**more):
    return {"type": "object", **more}


A = {"a": STRING}
AB = {"a": STRING, "b": INTEGER}


@pytest.mark.parametrize(
    ("base", "revision", "forward", "backward"),
    [
        (obj(properties=A, required=["a"]), obj(properties=A), CONTAINED, ("broken", {})),
        (obj(properties=AB), obj(properties=A), CONTAINED, ("broken", {"b": None})),
        (
            obj(properties=AB, additionalProperties=False),
            obj(properties=A, additionalProperties=False),
            ("broken", {"b": 0}),
            CONTAINED,
        ),
        (
            obj(additionalProperties=INTEGER),
            obj(additionalProperties={"type": "number"}),
            CONTAINED,
            ("broken", {"extra": 0.1}),
        ),
        (
            obj(properties=A, additionalProperties=INTEGER),
            obj(additionalProperties=INTEGER),
            ("broken", {"a": "a"}),
            ("broken", {"a": 0}),
        ),
        (obj(properties={"a": False}), obj(properties={"a": INTEGER}), CONTAINED, ("broken", {"a": 0})),
        (obj(required=["a"], properties={"a": False}), False, CONTAINED, CONTAINED),
        (obj(additionalProperties=False), {"const": {}}, CONTAINED, CONTAINED),
        (obj(maxProperties=0), {"const": {}}, CONTAINED, CONTAINED),
        (obj(minProperties=1), obj(required=["a"]), ("broken", {"extra": None}), CONTAINED),
        (obj(minProperties=2, properties=A, additionalProperties=False), False, CONTAINED, CONTAINED),
        (
            obj(minProperties=2, properties=AB, additionalProperties=False),
            obj(required=["a", "b"]),
            CONTAINED,
            ("broken", {"a": None, "b": None}),
        ),
        (obj(maxProperties=1, required=["a", "b"]), False, CONTAINED, CONTAINED),
        (obj(maxProperties=1, required=["a"]), obj(properties={"b": False}), CONTAINED, ("broken", {})),
        (obj(patternProperties={"^x-": STRING}), obj(properties={"x-a": STRING}), CONTAINED, ("broken", {"x-": None})),
        (obj(properties={"x-a": STRING}), obj(patternProperties={"^x-": STRING}), ("broken", {"x-": None}), CONTAINED),
        (
            obj(patternProperties={"^x-": True}, additionalProperties=False),
            obj(propertyNames={"pattern": "^x-"}),
            CONTAINED,
            CONTAINED,
        ),
        (obj(propertyNames={"enum": ["a", "b"]}), obj(maxProperties=2), CONTAINED, ("broken", {"c": None})),
        (obj(propertyNames={"enum": ["a", "b"]}, minProperties=3), False, CONTAINED, CONTAINED),
        (
            obj(propertyNames={"maxLength": 3}),
            obj(propertyNames={"maxLength": 2}),
            ("broken", {"aaa": None}),
            CONTAINED,
        ),
        (obj(propertyNames=False), {"const": {}}, CONTAINED, CONTAINED),
        (obj(propertyNames=INTEGER), {"const": {}}, CONTAINED, CONTAINED),
        (obj(required=["abc"]), obj(propertyNames={"maxLength": 2}), ("broken", {"abc": None}), ("broken", {})),
        (obj(dependentRequired={"a": ["b"]}), obj(dependentRequired={"a": []}), CONTAINED, ("broken", {"a": None})),
        (
            obj(required=["a"], dependentRequired={"a": ["b"], "b": ["c"]}),
            obj(required=["c"]),
            CONTAINED,
            ("broken", {"c": None}),
        ),
        (obj(dependentSchemas={"a": {"required": ["b"]}}), obj(dependentRequired={"a": ["b"]}), CONTAINED, CONTAINED),
        ({"enum": [{"a": 1}, {}]}, obj(properties={"a": INTEGER}), CONTAINED, ("broken", {"a": 0})),
        (
            obj(properties={"a": {"type": "boolean"}}, additionalProperties=False),
            {"enum": [{}, {"a": True}]},
            ("broken", {"a": False}),
            CONTAINED,
        ),
        ({"properties": A}, {"type": "object"}, ("broken", None), ("broken", {"a": None})),
    ],
)
def test_verdicts(base, revision, forward, backward):
    assert said(base, revision) == forward
    assert said(revision, base) == backward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (obj(properties=A, unevaluatedProperties=False), obj(properties=A, additionalProperties=False)),
        (obj(allOf=[{"properties": A}], unevaluatedProperties=False), obj(properties=A, additionalProperties=False)),
        (
            obj(
                allOf=[{"properties": A}, {"$ref": "#/$defs/B"}],
                unevaluatedProperties=False,
                **{"$defs": {"B": {"properties": {"b": INTEGER}}}},
            ),
            obj(properties=AB, additionalProperties=False),
        ),
        (
            obj(
                anyOf=[{"properties": A, "required": ["a"]}, {"properties": {"b": INTEGER}}],
                unevaluatedProperties=False,
            ),
            obj(
                anyOf=[
                    obj(properties=A, required=["a"], additionalProperties=False),
                    obj(properties={"b": INTEGER}, additionalProperties=False),
                    obj(properties=AB, required=["a"], additionalProperties=False),
                ]
            ),
        ),
        (
            obj(
                **{"if": {"properties": {"k": {"const": 1}}, "required": ["k"]}, "then": {"properties": A}},
                unevaluatedProperties=False,
            ),
            {
                "anyOf": [
                    obj(properties={"k": {"const": 1}, "a": STRING}, required=["k"], additionalProperties=False),
                    {"const": {}},
                ]
            },
        ),
        (
            obj(dependentSchemas={"a": {"properties": AB}}, properties={"a": True}, unevaluatedProperties=False),
            {"anyOf": [obj(properties=AB, required=["a"], additionalProperties=False), {"const": {}}]},
        ),
        (
            obj(properties=A, additionalProperties=INTEGER, unevaluatedProperties=False),
            obj(properties=A, additionalProperties=INTEGER),
        ),
        (
            obj(allOf=[{"unevaluatedProperties": INTEGER, "properties": A}], unevaluatedProperties=False),
            obj(properties=A, additionalProperties=INTEGER),
        ),
        (obj(**{"not": {"required": ["a"]}}), obj(properties={"a": False})),
        (obj(patternProperties={"^a$": STRING}), obj(properties=A)),
        (
            obj(properties={"a": True}, additionalProperties=False, required=["a"]),
            obj(properties={"a": True}, required=["a"], maxProperties=1),
        ),
        (
            obj(properties={"k": {"const": "a"}}, required=["k"]),
            obj(
                oneOf=[
                    {"properties": {"k": {"const": "a"}}, "required": ["k"]},
                    {"properties": {"k": {"const": "b"}, "a": False}, "required": ["k", "a"]},
                ]
            ),
        ),
    ],
)
def test_the_same_objects(one, other):
    assert same(one, other)


def test_two_wishes_for_one_member():
    closed = obj(properties={"a": {"enum": [1, 2]}}, additionalProperties=False)
    assert (
        said(closed, {"anyOf": [obj(additionalProperties={"const": 1}), obj(additionalProperties={"const": 2})]})
        == CONTAINED
    )


def test_two_wishes_within_one_member_too_few():
    base = obj(maxProperties=1)
    assert said(base, {"anyOf": [obj(additionalProperties=INTEGER), obj(additionalProperties=STRING)]}) == (
        "broken",
        {"extra": None},
    )
    base = obj(maxProperties=1, additionalProperties={"type": ["integer", "string"]})
    assert said(base, {"anyOf": [obj(additionalProperties=INTEGER), obj(additionalProperties=STRING)]}) == CONTAINED


def test_patterns_divide_the_names():
    base = obj(patternProperties={"^a": STRING, "b$": INTEGER})
    assert said(base, obj(properties={"ab": False})) == CONTAINED
    assert said(base, obj(patternProperties={"^a.*b$": False})) == CONTAINED
    assert said(base, obj(properties={"ac": False})) == ("broken", {"ac": "a"})


def test_patterns_nobody_can_read():
    base = obj(patternProperties={"\\b": STRING})
    assert said(base, obj(properties={"a": STRING})) == ("unproven", "patternProperties: \\b")
    assert said(base, base) == CONTAINED
    assert said(obj(properties=A), obj(patternProperties={"\\b": STRING}))[0] == "unproven"


def test_too_many_patterns():
    base = obj(patternProperties={f"^{letter}": STRING for letter in "abcdefgh"})
    assert said(base, obj(additionalProperties=STRING)) == ("unproven", "patternProperties: too many patterns")


def test_more_members_than_can_be_shown():
    assert said(obj(minProperties=1000), obj(minProperties=1001)) == (
        "unproven",
        "minProperties: too many members to show",
    )


def test_too_many_ways_to_evaluate():
    base = obj(anyOf=[{"properties": {f"p{n}": True}} for n in range(99)], unevaluatedProperties=False)
    assert said(base, obj(maxProperties=1)) == ("broken", {"p0": None, "p1": None})
    base = obj(anyOf=[{"patternProperties": {f"^p{n}": STRING}} for n in range(9)], unevaluatedProperties=False)
    assert said(base, obj(properties={"z": False})) == ("unproven", "unevaluated: too many ways to evaluate members")
    assert said(base, obj()) == CONTAINED


def test_names_that_are_not_understood():
    base = obj(propertyNames={"pattern": "\\b"}, required=["a"])
    assert said(base, False) == ("unproven", "propertyNames")


ODD = {"type": "string", "pattern": "\\b"}


def test_members_in_doubt():
    unread = {"type": "object", "patternProperties": {"\\b": True}, "additionalProperties": False, "required": ["a"]}
    assert said(unread, False) == ("unproven", "patternProperties: a pattern that cannot be read")
    # whatever the doubtful member is, no other member can be the one that is wanted
    base = {"type": "object", "required": ["a"], "properties": {"a": ODD}, "additionalProperties": {"type": "string"}}
    wide = {"properties": {"a": True}, "additionalProperties": {"type": ["string", "null"]}}
    assert said(base, wide) == ("contained",)
    assert said({**base, "additionalProperties": True}, wide) == ("unproven", "pattern: \\b")
    two = {"anyOf": [{"additionalProperties": {"type": "string"}}, {"additionalProperties": {"not": ODD}}]}
    assert said({"type": "object"}, two) == ("unproven", "pattern: \\b")


def test_a_branch_that_asks_for_what_is_absent():
    base = {
        "type": "object",
        "properties": {"a": False},
        "anyOf": [
            {"required": ["a"]},
            {"required": ["b"]},
            {"properties": {"a": {"type": "string"}}, "required": ["c"]},
        ],
    }
    assert said(base, {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}) == ("contained",)
    assert said(base, {"required": ["b"]})[0] == "broken"
