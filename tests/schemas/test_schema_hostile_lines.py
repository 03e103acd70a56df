"""`schema --batch` as a process: lines made to hang it, each answered within the budget, and the next one too."""

import json
import subprocess
import sys
import time

import pytest

from contractcheck.workflows.schema import schema_batch

STRING = {"type": "string"}


def obj(properties, **more):
    return {"type": "object", "properties": properties, **more}


def chain(times, link):
    """Definitions each of which mentions the next, twice or more: as a tree there would be 2^times of them."""
    return {
        "$ref": "#/$defs/n0",
        "$defs": {**{f"n{n}": link({"$ref": f"#/$defs/n{n + 1}"}) for n in range(times)}, f"n{times}": STRING},
    }


def nested(times, inner, wrap):
    for _ in range(times):
        inner = wrap(inner)
    return inner


def choice(n, first):
    return {"anyOf": [obj({f"p{n}": first}, required=[f"p{n}"]), obj({f"q{n}": {}}, required=[f"q{n}"])]}


def words(count, start=0):
    return {"enum": [f"value-{n}" for n in range(start, count)]}


def records(count, start=0):
    return {"enum": [{"a": n, "b": [n]} for n in range(start, count)]}


TWINS = chain(40, lambda inner: obj({"a": inner, "b": inner}, required=["a", "b"]))
MIXED = [value for n in range(20_000) for value in (n, str(n))]
FAN = chain(11, lambda inner: {"anyOf": [inner] * 10 + [{"type": "array"}]})
LARGE = "a value too large to show"
SPENT = "not decided within 40000 steps"
CYCLE = "a $ref that comes back to itself without going into a member"
DEEP = "not a JSON line: nested too deeply"
UNSEEN = "unevaluated: too many ways to evaluate members"

# name: base, revision, what is said of base ⊆ revision and of the reverse (a verdict, or why it is unproven)
LINES = {
    "members that double": (TWINS, False, LARGE, "contained"),
    "branches of a graph": (FAN, {"type": "string", "maxLength": 0}, "broken", "contained"),
    "unevaluated in each other": (
        nested(
            30,
            obj({"x": STRING}),
            lambda inner: {"anyOf": [inner, {"required": ["z"]}], "unevaluatedProperties": False},
        ),
        {"type": "object", "maxProperties": 0},
        "broken",
        UNSEEN,
    ),
    "oneOf in each other": (
        nested(
            12, STRING, lambda inner: {"oneOf": [obj({"a": inner}, required=["a"]), obj({"b": inner}, required=["b"])]}
        ),
        nested(
            11, STRING, lambda inner: {"oneOf": [obj({"a": inner}, required=["a"]), obj({"b": inner}, required=["b"])]}
        ),
        SPENT,
        "broken",
    ),
    "16 choices of two": (
        {"allOf": [choice(n, STRING) for n in range(16)]},
        {"allOf": [choice(n, {"type": "integer"}) for n in range(16)]},
        "broken",
        "broken",
    ),
    "16 choices of two, reversed": (
        {"allOf": [choice(n, STRING) for n in range(16)]},
        {"allOf": [choice(n, STRING) for n in reversed(range(16))]},
        "contained",
        "contained",
    ),
    "16 choices and no room": (
        {"allOf": [choice(n, STRING) for n in range(16)], "maxProperties": 15},
        False,
        SPENT,
        "contained",
    ),
    "10,000 branches": (
        STRING,
        {"anyOf": [{"type": "string", "minLength": n, "maxLength": n + 1} for n in range(10_000)]},
        SPENT,
        "contained",
    ),
    "10,000 numbers, each once": (
        {"type": "integer"},
        {"oneOf": [{"type": "integer", "minimum": n, "maximum": n} for n in range(10_000)]},
        "oneOf: too many branches to look at in pairs",
        "contained",
    ),
    "1 MB of words and a pattern": (words(60_000), {"pattern": "^value-[0-9]+$"}, "contained", "broken"),
    "1 MB of words": (words(60_000), words(60_000, 1), "broken", "contained"),
    "1 MB of objects": (records(15_000), records(15_000, 1), "broken", "contained"),
    "objects and 1 MB of them": (obj({"a": {"type": "integer"}}), records(15_000), "broken", "contained"),
    "40,000 different items": ({"const": [*MIXED, 1.0]}, {"uniqueItems": True}, LARGE, "broken"),
    "a pattern that backtracks": ({"enum": ["x" * 100_000]}, {"pattern": "^(x+x+)+y$"}, "broken", "broken"),
    "a pattern that explodes": (
        {"type": "string", "pattern": "^(a|b)*a(a|b){20}$"},
        {"type": "string", "pattern": "^(a|b)*b(a|b){20}$"},
        *["pattern: more states than the budget allows"] * 2,
    ),
    "2,000 objects deep": (nested(2_000, STRING, lambda inner: obj({"a": inner})), {}, DEEP, DEEP),
    "400 objects deep": (
        nested(400, STRING, lambda inner: obj({"a": inner}, required=["a"])),
        nested(400, {"type": "integer"}, lambda inner: obj({"a": inner}, required=["a"])),
        *["values nested too deeply"] * 2,
    ),
    "counts against each other": (
        {
            "type": "array",
            "allOf": [
                {"contains": {"multipleOf": prime}, "minContains": 10, "maxContains": 20}
                for prime in (2, 3, 5, 7, 11, 13)
            ],
        },
        {"minItems": 61},
        SPENT,
        "broken",
    ),
    "a billion characters": (
        {"type": "string", "minLength": 10**9},
        {"type": "string", "minLength": 10**9 - 1},
        "contained",
        "minLength: too long to show",
    ),
    "a billion items": (
        {"type": "array", "maxItems": 10**9, "uniqueItems": True},
        {"maxItems": 10**9 - 1},
        "minItems: too long to show",
        "broken",
    ),
    "a billion members": (
        {"minProperties": 10**9},
        {"minProperties": 10**9 - 1},
        "contained",
        "minProperties: too many members to show",
    ),
    "a reference to itself": ({"anyOf": [{"$ref": "#"}, STRING]}, STRING, CYCLE, "contained"),
    "no schemas": (
        {"allOf": 3},
        [1],
        "a schema that is neither object nor boolean",
        "allOf: not a list of schemas",
    ),
}


def written(name):
    """The line, also where the schema is nested more deeply than `json` writes."""
    base, revision, *_ = LINES[name]
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(20_000)
        return json.dumps({"id": name, "dialect": "draft2020-12", "base": base, "revision": revision}).encode()
    finally:
        sys.setrecursionlimit(limit)


def told(answer, key):
    return answer.get(f"{key}_why", answer[key])


@pytest.mark.parametrize("name", LINES)
def test_an_answer_within_the_budget(name):
    line = written(name)
    start = time.process_time()
    (answer,) = map(json.loads, schema_batch([line]))
    spent = time.process_time() - start
    assert (answer["id"], told(answer, "fwd"), told(answer, "bwd")) == (name, *LINES[name][2:])
    assert spent < 8, f"{spent:.1f} s"  # less than 1 s on a quiet machine


def test_the_process_goes_on():
    names = [
        name for name in LINES if SPENT not in LINES[name] and len(written(name)) < 10**6 and "explodes" not in name
    ]
    lines = [b"", b"{", b"\x00", b'{"id": "cut", "base": {}', *(written(name) for name in names)]
    last = json.dumps({"id": "last", "base": {"type": "integer"}, "revision": {"type": "number"}}).encode()
    done = subprocess.run(
        [sys.executable, "-m", "contractcheck", "schema", "--batch"],
        input=b"\n".join([*lines, last]),
        capture_output=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [None, None, "cut", *names, "last"]
    assert [(told(answer, "fwd"), told(answer, "bwd")) for answer in answers[3:-1]] == [
        LINES[name][2:] for name in names
    ]
    assert (answers[-1]["fwd"], answers[-1]["bwd"], answers[-1]["bwd_witness"]) == ("contained", "broken", 0.1)
    assert done.stderr == b""
