"""`schema --batch`: JSON lines in, JSON lines out; no line is fatal."""

import json

from contractcheck.schemas.dialects import Dialect
from contractcheck.workflows.schema import compare, schema_batch


def lines(*asked):
    return [
        json.loads(line)
        for line in schema_batch([one if isinstance(one, bytes) else json.dumps(one).encode() for one in asked])
    ]


def test_both_directions_with_witnesses():
    asked = {
        "id": "a",
        "dialect": "draft2020-12",
        "base": {"type": "integer"},
        "revision": {"type": ["integer", "null"]},
    }
    assert lines(asked) == [{"id": "a", "fwd": "contained", "fwd_witness": None, "bwd": "broken", "bwd_witness": None}]
    asked = {"id": 7, "dialect": "openapi-3.0", "base": {"enum": ["a", "b"]}, "revision": {"enum": ["b"]}}
    assert lines(asked) == [{"id": 7, "fwd": "broken", "fwd_witness": "a", "bwd": "contained", "bwd_witness": None}]


def test_numbers_are_what_their_text_says():
    line = b'{"id": 1, "base": {"type": "number", "multipleOf": 0.1, "exclusiveMinimum": 0.2}, "revision": {"exclusiveMinimum": 0.3}}'
    assert lines(line) == [{"id": 1, "fwd": "broken", "fwd_witness": 0.3, "bwd": "broken", "bwd_witness": None}]
    line = b'{"id": 1, "base": {"const": 0.10000000000000000000000000000001}, "revision": {"const": 0.1}}'
    assert next(schema_batch([line])) == (
        b'{"id": 1, "fwd": "broken", "fwd_witness": 0.10000000000000000000000000000001, "bwd": "broken", "bwd_witness": 0.1}\n'
    )


def test_witnesses_of_every_kind_are_written_as_json():
    base = {"const": {"a": [1, 0.5, "é\n", None, True]}}
    assert lines({"id": None, "base": base, "revision": False})[0]["fwd_witness"] == base["const"]


def test_lines_that_cannot_be_read():
    unproven = {"fwd": "unproven", "fwd_witness": None, "bwd": "unproven", "bwd_witness": None}
    answers = lines(
        b"{",
        b"",
        b"  ",
        [],
        {"id": 3, "base": {}},
        {"id": 4, "dialect": "draft3", "base": {}, "revision": {}},
        b"[" * 50_000,
    )
    assert answers == [
        {"id": None, **unproven, "fwd_why": why, "bwd_why": why}
        if number is None
        else {"id": number, **unproven, "fwd_why": why, "bwd_why": why}
        for number, why in (
            (None, "not a JSON line: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (None, "an object with base and revision is needed"),
            (3, "an object with base and revision is needed"),
            (4, "unknown dialect draft3"),
            (None, "not a JSON line: nested too deeply"),
        )
    ]


def test_formats_on_demand():
    base, revision = {"type": "string"}, {"type": "string", "format": "uuid"}
    assert [one.verdict for one in compare(base, revision, Dialect.DRAFT2020_12)] == ["contained", "contained"]
    assert [one.verdict for one in compare(base, revision, Dialect.DRAFT2020_12, formats=True)] == [
        "broken",
        "contained",
    ]
