"""Numbers: bounds, divisors, integers; exact however they are written."""

from decimal import Decimal

import pytest

from contractcheck.schemas import numbers
from tests.schemas.asking import said, same

CONTAINED = ("contained",)


@pytest.mark.parametrize(
    ("base", "revision", "forward", "backward"),
    [
        ({"type": "integer"}, {"type": "number"}, CONTAINED, ("broken", 0.1)),
        ({"type": "integer", "minimum": 1}, {"minimum": 0}, CONTAINED, ("broken", None)),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 3}, ("broken", 1), CONTAINED),
        ({"type": "number", "exclusiveMinimum": 1}, {"minimum": 1}, CONTAINED, ("broken", None)),
        ({"type": "number", "minimum": 1}, {"type": "number", "exclusiveMinimum": 1}, ("broken", 1), CONTAINED),
        ({"type": "number", "minimum": 0, "maximum": 1}, {"enum": [0, 1]}, ("broken", 0.1), CONTAINED),
        ({"type": "number", "multipleOf": 4}, {"type": "number", "multipleOf": 2}, CONTAINED, ("broken", 2)),
        ({"type": "number", "multipleOf": 0.05}, {"type": "number", "multipleOf": 0.1}, ("broken", 0.05), CONTAINED),
        ({"type": "integer", "multipleOf": 6}, {"multipleOf": 10}, ("broken", 6), ("broken", None)),
        ({"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 10}, False, CONTAINED, CONTAINED),
        ({"type": "integer", "minimum": 0.5, "maximum": 0.9}, False, CONTAINED, CONTAINED),
        ({"type": "number", "minimum": 2, "exclusiveMaximum": 2}, False, CONTAINED, CONTAINED),
        ({"type": "number", "minimum": 2, "maximum": 2}, {"const": 2}, CONTAINED, CONTAINED),
        ({"type": "integer", "minimum": 10**30}, {"minimum": 10**30 + 1}, ("broken", 10**30), ("broken", None)),
        ({"type": "integer", "minimum": -3, "maximum": -1}, {"enum": [-1, -2]}, ("broken", -3), CONTAINED),
        ({"type": "integer", "maximum": -5}, {"maximum": -6}, ("broken", -5), ("broken", None)),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
            {"minimum": 1},
            ("broken", 0.0001),
            ("broken", None),
        ),
        ({"type": "boolean"}, {"type": "integer"}, ("broken", False), ("broken", 0)),
        ({"const": True}, {"const": 1}, ("broken", True), ("broken", 1)),
    ],
)
def test_verdicts(base, revision, forward, backward):
    assert said(base, revision) == forward
    assert said(revision, base) == backward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
        ({"type": "integer", "minimum": 0.5}, {"type": "integer", "minimum": 1}),
        ({"type": "integer"}, {"type": "number", "multipleOf": 1}),
        ({"type": "integer", "multipleOf": 0.5}, {"type": "integer"}),
        ({"type": "integer", "multipleOf": 1.5}, {"type": "integer", "multipleOf": 3}),
        ({"multipleOf": 0.1, "type": "number"}, {"multipleOf": Decimal("0.10"), "type": "number"}),
        ({"const": 1.0}, {"const": 1}),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 3.0]}),
        ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}]}, {"multipleOf": 12}),
        ({"allOf": [{"multipleOf": 0.6}, {"multipleOf": 0.4}]}, {"multipleOf": 1.2}),
        ({"minimum": 1e2}, {"minimum": Decimal(100)}),
        ({"type": "number", "not": {"type": "integer"}, "multipleOf": 1}, False),
    ],
)
def test_the_same_numbers(one, other):
    assert same(one, other)


def test_not_a_multiple_of_many():
    odd = {"type": "integer", "minimum": 1, "maximum": 30, "not": {"anyOf": [{"multipleOf": p} for p in (2, 3, 5)]}}
    assert same(odd, {"enum": [1, 7, 11, 13, 17, 19, 23, 29]})


def test_not_a_multiple_far_from_zero():
    base = {"type": "integer", "minimum": 10**9, "not": {"anyOf": [{"multipleOf": p} for p in (2, 3, 5, 7, 11, 13)]}}
    assert said(base, {"type": "string"})[0] == "broken"


def test_excluded_numbers_are_walked_around():
    assert said({"type": "integer", "minimum": 0, "maximum": 99}, {"enum": list(range(99))}) == ("broken", 99)
    assert said({"type": "integer"}, {"enum": list(range(-3, 4))}) == ("broken", 4)


def test_numbers_that_cannot_be_held():
    assert said({"minimum": Decimal("1e400000")}, {"minimum": 1}) == (
        "unproven",
        "minimum: a number of very many digits",
    )
    assert said({"minimum": float("inf")}, {"minimum": 1}) == ("unproven", "minimum: a number that is not finite")
    assert said({"enum": [float("nan")]}, {"type": "string"}) == ("unproven", "enum: a number that is not finite")
    assert said({"type": "integer", "multipleOf": 0}, {"type": "string"}) == ("unproven", "multipleOf: not positive")
    assert said({"type": "integer", "minimum": "1"}, {"type": "string"}) == ("unproven", "minimum: not a number")


def test_a_long_run_of_multiples(monkeypatch):
    monkeypatch.setattr(numbers, "_TRIES", 4)
    base = {"type": "integer", "minimum": 2, "not": {"anyOf": [{"multipleOf": p} for p in (2, 3, 5, 7)]}}
    assert said(base, False) == ("broken", 211)
    assert said({**base, "maximum": 10}, False) == ("unproven", "multipleOf: too many candidates")


def test_many_excluded_numbers():
    assert said({"type": "integer", "minimum": 0, "maximum": 2999}, {"enum": list(range(3000))}) == CONTAINED
    assert said({"type": "integer", "minimum": 0}, {"enum": list(range(3000))}) == ("broken", 3000)
    tenths = [n / 10 for n in range(1, 200)]
    assert said({"type": "number", "minimum": 0, "maximum": 1, "not": {"type": "integer"}}, {"enum": tenths}) == (
        "broken",
        0.01,
    )


def test_fractions_of_many_digits():
    base = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": Decimal("1e-60")}
    assert said(base, False) == ("broken", 5e-61)
    above = {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": Decimal("1." + "0" * 59 + "1")}
    assert said(above, False) == (
        "broken",
        Decimal("1." + "0" * 60 + "5"),
    )
    assert said(base, {"const": Decimal("5e-61")}) == ("broken", 2.5e-61)
    base = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": Decimal("1e-3000")}
    assert said(base, False) == ("unproven", "a value too large to show")
    base = {"exclusiveMinimum": 0, "exclusiveMaximum": Decimal("1e-60"), "not": {"multipleOf": Decimal("1e-80")}}
    assert said({"type": "number", **base}, False) == ("unproven", "a number with very many digits")
    for bound in ({"exclusiveMaximum": 0}, {"minimum": 0}, {}):
        open_end = {"type": "number", **bound, "not": {"multipleOf": Decimal("1e-80")}}
        assert said(open_end, False) == ("unproven", "a number with very many digits")


@pytest.mark.parametrize(
    ("number", "forward", "backward"),
    [
        (Decimal("1e400"), ("broken", Decimal("1" + "0" * 400 + ".1")), ("broken", 0)),
        (Decimal("-1e-400"), ("broken", 0.1), ("broken", -1)),
        (Decimal("1e3990"), ("unproven", "a value too large to show"), ("broken", 0)),
        (Decimal("1e4001"), ("unproven", "minimum: a number of very many digits"), None),
        (Decimal("1" * 4001), ("unproven", "minimum: a number of very many digits"), None),
    ],
)
def test_enormous_bounds(number, forward, backward):
    assert said({"type": "number", "minimum": number}, {"type": "integer"}) == forward
    assert said({"type": "integer"}, {"minimum": number}) == (backward or forward)


def test_enormous_integers():
    assert said({"type": "integer", "minimum": 10**5000}, {"type": "string"}) == (
        "unproven",
        "minimum: a number of very many digits",
    )
    assert said({"type": "integer", "minimum": 10**3900}, {"type": "string"}) == ("broken", 10**3900)
    assert said({"const": 10**3900}, {"type": "string"}) == ("broken", 10**3900)
    base = {"type": "integer", "multipleOf": 10**3000, "allOf": [{"multipleOf": 3**6000}], "exclusiveMinimum": 0}
    assert said(base, False) == ("unproven", "a value too large to show")


def test_multiples_that_floats_can_show_are_preferred():
    # 0.3 / 0.1 is no whole number in floats, and 0.6 / 0.1 is none either
    assert said({"multipleOf": 0.1, "type": "number", "exclusiveMinimum": 0.2}, {"enum": ["x"]}) == ("broken", 1)
    base = {"multipleOf": 0.1, "type": "number", "exclusiveMinimum": 0.2, "exclusiveMaximum": 0.5}
    assert said(base, {"type": "string"}) == ("broken", 0.4)
    assert said({**base, "exclusiveMaximum": 0.4}, {"type": "string"}) == ("broken", 0.3)
    assert said({"type": "number", "multipleOf": 0.1, "not": {"multipleOf": 1}}, False) == ("broken", 0.1)
    assert said({"type": "number", "multipleOf": 0.5, "not": {"multipleOf": 0.1}}, False) == CONTAINED
    tiny = {"type": "number", "multipleOf": Decimal("1e-400"), "exclusiveMinimum": 0, "maximum": Decimal("1e-399")}
    assert said(tiny, False) == ("broken", Decimal("1E-400"))
    wide = {"type": "integer", "multipleOf": 0.3, "minimum": 10**17}
    assert said(wide, False) == ("broken", 10**17 + 2)
    assert said({"type": "number", "multipleOf": Decimal("1e-400"), "exclusiveMinimum": 0, "maximum": 1}, False) == (
        "broken",
        1,
    )
