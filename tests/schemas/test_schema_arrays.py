"""Arrays: positions, lengths, counts, repetition."""

import pytest

from tests.schemas.asking import said, same

CONTAINED = ("contained",)
STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def array(**more):
    return {"type": "array", **more}


@pytest.mark.parametrize(
    ("base", "revision", "forward", "backward"),
    [
        (array(items=INTEGER), array(items={"type": "number"}), CONTAINED, ("broken", [0.1])),
        (array(minItems=2), array(minItems=1), CONTAINED, ("broken", [None])),
        (array(items=INTEGER, maxItems=2), array(maxItems=1), ("broken", [0, 0]), ("broken", [None])),
        (array(prefixItems=[INTEGER, STRING]), array(prefixItems=[INTEGER]), CONTAINED, ("broken", [0, None])),
        (array(prefixItems=[INTEGER], items=False), array(maxItems=1), CONTAINED, ("broken", [None])),
        (
            array(prefixItems=[INTEGER], items=STRING),
            array(items={"type": ["integer", "string"]}),
            CONTAINED,
            ("broken", ["a"]),
        ),
        (array(prefixItems=[True, False]), array(maxItems=1), CONTAINED, CONTAINED),
        (array(items=False), {"const": []}, CONTAINED, CONTAINED),
        (array(prefixItems=[INTEGER], minItems=1, items=False), {"const": [0]}, ("broken", [1]), CONTAINED),
        (array(contains=STRING), array(minItems=1), CONTAINED, ("broken", [None])),
        (array(contains=STRING, minContains=2), array(contains=STRING), CONTAINED, ("broken", ["a"])),
        (array(contains=STRING, maxContains=1), array(contains=STRING), CONTAINED, ("broken", ["a", "a"])),
        (array(contains=STRING, minContains=0), array(), CONTAINED, CONTAINED),
        (
            array(contains=STRING, minContains=0, maxContains=1, items=STRING),
            array(maxItems=1),
            CONTAINED,
            ("broken", [None]),
        ),
        (array(contains=STRING, items=INTEGER), False, CONTAINED, CONTAINED),
        (array(contains={"const": 1}, minContains=2, uniqueItems=True), False, CONTAINED, CONTAINED),
        (array(items={"enum": [1, 2]}, uniqueItems=True), array(maxItems=2), CONTAINED, ("broken", [None])),
        (
            array(items={"enum": [1, 2, 3]}, uniqueItems=True),
            array(maxItems=2),
            ("broken", [1, 2, 3]),
            ("broken", [None]),
        ),
        (array(items={"type": "boolean"}, uniqueItems=True, minItems=3), False, CONTAINED, CONTAINED),
        (
            array(items={"type": "integer", "minimum": 0, "maximum": 2}, uniqueItems=True),
            array(maxItems=3),
            CONTAINED,
            ("broken", [None]),
        ),
        (array(uniqueItems=True), array(), CONTAINED, ("broken", [None, None])),
        (array(uniqueItems=True, maxItems=1), array(maxItems=1), CONTAINED, CONTAINED),
        (
            array(prefixItems=[{"const": 1}, {"const": 2}], items=False),
            array(uniqueItems=True),
            CONTAINED,
            ("broken", [None, False, True]),
        ),
        (
            array(prefixItems=[{"const": 1}, {"enum": [1, 2]}], items=False),
            array(uniqueItems=True),
            ("broken", [1, 1]),
            ("broken", [None, False, True]),
        ),
        (
            array(items=STRING, minItems=4, uniqueItems=True),
            array(maxItems=3),
            ("broken", ["a", "b", "c", "d"]),
            ("broken", []),
        ),
        ({"enum": [[1], [1, 2]]}, array(items=INTEGER), CONTAINED, ("broken", [])),
        (array(items=INTEGER, maxItems=1), {"enum": [[], [0]]}, ("broken", [1]), CONTAINED),
        (array(contains=INTEGER), array(contains={"type": "number"}), CONTAINED, ("broken", [0.1])),
    ],
)
def test_verdicts(base, revision, forward, backward):
    assert said(base, revision) == forward
    assert said(revision, base) == backward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (array(items=STRING, contains=STRING), array(items=STRING, minItems=1)),
        (array(contains=True, minContains=2, maxContains=3), array(minItems=2, maxItems=3)),
        (array(contains=False, minContains=0), array()),
        ({"contains": False}, {"not": {"type": "array"}}),
        (array(items={"not": STRING}), {"type": "array", "not": {"contains": STRING}}),
        (array(prefixItems=[STRING], items=STRING), array(items=STRING)),
        (array(items=STRING, unevaluatedItems=False), array(items=STRING)),
        (array(prefixItems=[STRING], unevaluatedItems=False), array(prefixItems=[STRING], items=False)),
        (array(contains=STRING, unevaluatedItems=False), array(items=STRING, minItems=1)),
        (
            array(anyOf=[{"prefixItems": [STRING]}, {"prefixItems": [True, INTEGER]}], unevaluatedItems=False),
            array(anyOf=[{"prefixItems": [STRING], "items": False}, {"prefixItems": [True, INTEGER], "items": False}]),
        ),
    ],
)
def test_the_same_arrays(one, other):
    assert same(one, other)


def test_the_only_two_ways_are_tried_out():
    base = array(prefixItems=[{"enum": [1, 2]}, {"enum": [1, 2]}, {"enum": [1, 2]}], minItems=3, uniqueItems=True)
    assert said(base, False) == CONTAINED


def test_arrays_of_values_that_are_alike_cannot_be_told_apart():
    assert said(array(items=array(items=False), minItems=2, uniqueItems=True), False) == CONTAINED


def test_lengths_nobody_can_show():
    assert said(array(minItems=10**6), array(minItems=10**6 + 1)) == ("unproven", "minItems: too long to show")
    assert said(array(minItems=10**6, items=False), False) == CONTAINED
    assert said(array(minItems=10**6, prefixItems=[False]), False) == CONTAINED
    assert said(array(minItems=400, uniqueItems=True), False) == ("unproven", "uniqueItems: too many items")


def test_too_many_counts():
    base = array(allOf=[{"contains": {"const": n}} for n in range(8)])
    assert said(base, array(minItems=8)) == ("unproven", "contains: too many counts at once")


def test_repetition_beside_counts():
    base = array(items={"enum": [1, 2]}, contains={"const": 1}, maxContains=1, minItems=3)
    assert said(base, array(uniqueItems=True)) == ("broken", [2, 2, 1])


def test_an_item_that_is_not_understood():
    base = array(items={"type": "string", "pattern": "\\b"}, minItems=1)
    assert said(base, array(maxItems=0)) == ("unproven", "pattern: \\b")


def test_counts_against_each_other():
    base = array(
        allOf=[{"contains": STRING, "minContains": 2}, {"contains": {"type": ["string", "null"]}, "maxContains": 3}]
    )
    assert said(base, array(maxItems=2)) == ("broken", ["a", False, "a"])
    assert said(array(**base, contains=STRING, maxContains=1), False) == CONTAINED
    late = array(prefixItems=[INTEGER], **{"not": {"prefixItems": [True], "items": STRING}})
    assert said(late, array(minItems=2)) == CONTAINED


def test_distinct_items_out_of_few_and_many():
    base = array(prefixItems=[STRING, {"enum": ["a"]}], minItems=2, uniqueItems=True)
    assert said(base, False) == ("broken", ["b", "a"])
    base = array(prefixItems=[{"enum": ["a", "b"]}, {"enum": ["a"]}], minItems=2, uniqueItems=True)
    assert said(base, False) == ("broken", ["b", "a"])
    base = array(
        prefixItems=[STRING, {"type": "string", "pattern": "^(a|b|c|d)$"}],
        items={"enum": ["a", "b", "c", "d"]},
        minItems=5,
        uniqueItems=True,
    )
    assert said(base, array(maxItems=5)) == ("unproven", "uniqueItems: some ways of many were tried")


def test_items_in_doubt():
    odd = {"type": "string", "pattern": "\\b"}
    assert said(array(items=odd, minItems=2, uniqueItems=True), False) == ("unproven", "pattern: \\b")
    assert said(array(items=odd, minItems=2), array(uniqueItems=True)) == ("unproven", "pattern: \\b")
    assert said(array(items={"anyOf": [odd, INTEGER]}, minItems=2, uniqueItems=True), False)[0] == "broken"
    assert said(array(minItems="x"), array(maxItems=2)) == ("unproven", "minItems: not a natural number")


def test_long_arrays_without_an_item():
    none = {"type": "integer", "minimum": 2, "maximum": 1}
    assert said(array(minItems=10**6, items=none), False) == CONTAINED
    assert said(array(minItems=10**6, items=none, uniqueItems=True), False) == CONTAINED


def test_more_items_than_values():
    seven = {"enum": list(range(7))}
    assert said(array(prefixItems=[seven] * 8, minItems=8, uniqueItems=True), False) == (
        "unproven",
        "uniqueItems: too many ways to choose items",
    )
    assert said(array(items=seven, minItems=8, uniqueItems=True), False) == CONTAINED


def test_distinct_items_that_must_be_counted():
    first = [{"enum": [1]}, {"enum": [1, 2]}]
    twice = array(prefixItems=first, items=False, contains={"enum": [1]}, minContains=2, minItems=2)
    assert said(twice, False) == ("broken", [1, 1])
    assert said({**twice, "uniqueItems": True}, False) == CONTAINED
    assert said({**twice, "contains": {"enum": [1, 2]}, "uniqueItems": True}, False) == ("broken", [1, 2])


def test_distinct_items_in_doubt():
    odd = {"anyOf": [{"const": 1}, {"type": "string", "pattern": "\\b"}]}
    assert said(array(items=odd, minItems=2, uniqueItems=True), False) == ("unproven", "pattern: \\b")


def test_which_counts_equal_items_take_part_in():
    base = array(contains=STRING, maxContains=1, items={"type": ["string", "integer"]})
    assert said(base, array(uniqueItems=True)) == ("broken", [0, 0, "a"])
    assert said({**base, "maxItems": 2, "minContains": 1}, array(uniqueItems=True)) == CONTAINED
    assert said({**base, "items": STRING}, array(uniqueItems=True)) == CONTAINED
    late = array(prefixItems=[STRING], **{"not": {"prefixItems": [True], "items": {"type": "integer"}}}, maxItems=2)
    assert said(late, array(uniqueItems=True)) == ("broken", ["a", "a"])


def test_how_many_values_an_item_can_have():
    one, other = {"enum": [1, "a"]}, {"enum": [3, None, False]}
    for items in ({"oneOf": [one, other]}, {"anyOf": [one, other]}, {"enum": [1, "a", 3, None, False]}):
        assert said(array(items=items, uniqueItems=True, minItems=5), False)[0] == "broken"
        assert said(array(items=items, uniqueItems=True, minItems=6), False) == CONTAINED
    for items, count in (
        ({"type": "null"}, 1),
        ({"type": "boolean"}, 2),
        ({"type": ["null", "boolean"]}, 3),
        ({"allOf": [one, {"enum": [1, 2, 3]}]}, 1),
        ({"type": ["integer", "null"], "minimum": 0, "maximum": 2}, 4),
    ):
        assert said(array(items=items, uniqueItems=True, minItems=count), False)[0] == "broken"
        assert said(array(items=items, uniqueItems=True, minItems=count + 1), False) == CONTAINED
