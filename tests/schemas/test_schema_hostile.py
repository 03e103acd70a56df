"""Schemas made to hang a comparer: each ends within the budget, in a verdict that is right or in `unproven`."""

import sys
import time

import pytest

from tests.schemas.asking import ask, said


def obj(properties, **more):
    return {"type": "object", "properties": properties, **more}


def doubled(times):
    schema = {"type": "string"}
    for _ in range(times):
        schema = {"oneOf": [obj({"a": schema}, required=["a"]), obj({"b": schema}, required=["b"])]}
    return schema


def nested(times, inner, wrap):
    for _ in range(times):
        inner = wrap(inner)
    return inner


CASES = {
    "exponential oneOf": (doubled(14), doubled(13)),
    "10,000 branches": (
        {"type": "string"},
        {"anyOf": [{"type": "string", "minLength": n, "maxLength": n + 1} for n in range(10_000)]},
    ),
    "10,000 tagged branches": (
        {"anyOf": [obj({"k": {"const": n}, "v": {"minimum": n}}, required=["k"]) for n in range(10_000)]},
        {"anyOf": [obj({"k": {"const": n}, "v": {"minimum": n - 1}}, required=["k"]) for n in range(10_000)]},
    ),
    "1,000 branches of oneOf": (
        {"oneOf": [obj({"k": {"const": n}}, required=["k"]) for n in range(1_000)]},
        {"oneOf": [obj({"k": {"const": n}, "v": {"minimum": n}}, required=["k"]) for n in range(1_000)]},
    ),
    "2,000 objects deep": (
        nested(2_000, {"type": "string"}, lambda inner: obj({"a": inner}, required=["a"])),
        nested(2_000, {"type": "integer"}, lambda inner: obj({"a": inner}, required=["a"])),
    ),
    "2,000 nots deep": (nested(2_001, {"type": "string"}, lambda inner: {"not": inner}), {"type": "integer"}),
    "2,000 combinators deep": (
        nested(
            1_000, {"type": "string"}, lambda inner: {"anyOf": [{"allOf": [inner, {"maxLength": 9}]}, {"minLength": 3}]}
        ),
        {"type": "string"},
    ),
    "2,000 references in a row": (
        {
            "$ref": "#/$defs/n0",
            "$defs": {f"n{n}": {"allOf": [{"$ref": f"#/$defs/n{n + 1}"}, {"minProperties": 1}]} for n in range(2_000)},
        },
        {"type": "string"},
    ),
    "1 MB of enum": (
        {"enum": [f"value-{n}" for n in range(70_000)]},
        {"enum": [f"value-{n}" for n in range(1, 70_000)]},
    ),
    "exploding pattern": (
        {"type": "string", "pattern": "^(a|b)*a(a|b){20}$"},
        {"type": "string", "pattern": "^(a|b)*b(a|b){20}$"},
    ),
    "backtracking pattern": ({"type": "string", "pattern": "^(x+x+)+y$"}, {"type": "string", "pattern": "^(x+x+)+z$"}),
    "16 choices of two": (
        {
            "allOf": [
                {
                    "anyOf": [
                        obj({f"p{n}": {"type": "string"}}, required=[f"p{n}"]),
                        obj({f"q{n}": {}}, required=[f"q{n}"]),
                    ]
                }
                for n in range(16)
            ]
        },
        {
            "allOf": [
                {
                    "anyOf": [
                        obj({f"p{n}": {"type": "integer"}}, required=[f"p{n}"]),
                        obj({f"q{n}": {}}, required=[f"q{n}"]),
                    ]
                }
                for n in range(16)
            ]
        },
    ),
    "16 choices of two, none possible": (
        {
            "type": "object",
            "allOf": [{"anyOf": [{"required": [f"p{n}"]}, {"required": [f"q{n}"]}]} for n in range(16)],
            "maxProperties": 15,
        },
        False,
    ),
    "a graph of references": (
        {
            "$ref": "#/$defs/n0",
            "$defs": {
                f"n{n}": obj({f"k{k}": {"$ref": f"#/$defs/n{(7 * n + k) % 150}"} for k in range(8)}) for n in range(150)
            },
        },
        {
            "$ref": "#/$defs/n0",
            "$defs": {
                f"n{n}": obj(
                    {f"k{k}": {"$ref": f"#/$defs/n{(7 * n + k) % 150}"} for k in range(8)},
                    required=["k0"] if n == 99 else [],
                )
                for n in range(150)
            },
        },
    ),
    "2,000 members": (
        obj({f"p{n}": {"maxLength": n} for n in range(2_000)}),
        obj({f"p{n}": {"maxLength": n + 1} for n in range(2_000)}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_end_within_the_budget(name):
    base, revision = CASES[name]
    limit = sys.getrecursionlimit()
    start = time.process_time()
    decisions = [ask(base, revision), ask(revision, base)]
    spent = time.process_time() - start
    assert {decision.verdict for decision in decisions} <= {"contained", "broken", "unproven"}
    assert spent < 8, f"{name}: {spent:.1f} s"  # two decisions, on a machine that may be busy
    assert sys.getrecursionlimit() == limit


def test_verdicts_that_the_budget_allows():
    assert said(*CASES["1 MB of enum"]) == ("broken", "value-0")
    assert said(*CASES["backtracking pattern"])[0] == "broken"
    assert said(*CASES["2,000 members"]) == ("contained",)
    assert said(*CASES["a graph of references"][::-1]) == ("contained",)


def test_the_budget_is_named():
    assert said({"type": "string"}, {"minLength": 1}, budget=2) == ("unproven", "not decided within 2 steps")
