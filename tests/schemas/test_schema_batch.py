"""`schema --batch`: JSON lines in, JSON lines out; no line is fatal."""

import json

import pytest

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


@pytest.mark.parametrize(
    ("line", "name", "why"),
    [
        (b'{"id": 1, "base": {', 1, "Expecting property name enclosed in double quotes: line 1 column 20 (char 19)"),
        (b'{"base": {"id": 2}, "id" : "a b", "revision": NaN}', "a b", "NaN is no JSON"),
        (b'{"id": -5, "base": {"minimum": -Infinity}, "revision": {}}', -5, "-Infinity is no JSON"),
        (b'{"base": [{"id": 3}], "id": [4]', None, "Expecting ',' delimiter: line 1 column 32 (char 31)"),
        (b'{"id": "\\x"', None, "Invalid \\escape: line 1 column 9 (char 8)"),
        (b'{"\\"id\\"": 1, "id": "\\u00e9", nope}', "é", None),
        (b'{"id": 7, "base": {"minimum": 1e99999999999999999999}, "revision": {}}', 7, "a number of very many digits"),
        (b'{"id": 8, "base": ' + b"[" * 50_000, 8, "nested too deeply"),
        (b'{"id": 9, "base": "\xff"}', 9, "'utf-8' codec can't decode byte 0xff in position 19: invalid start byte"),
        (b'{"id": 10, "base": "' + b'\\"' * 50_000, 10, None),
    ],
)
def test_a_line_that_is_no_json_is_answered_under_its_id(line, name, why):
    (answer,) = lines(line)
    assert (answer["id"], answer["fwd"], answer["bwd"]) == (name, "unproven", "unproven")
    assert answer["fwd_why"].startswith("not a JSON line: ")
    assert why is None or answer["fwd_why"] == answer["bwd_why"] == f"not a JSON line: {why}"


def test_lines_that_are_odd_json():
    assert lines(b'\xef\xbb\xbf{"id": 1, "base": {}, "revision": {}}')[0]["fwd"] == "contained"
    assert lines(b'{"id": 1, "id": 2, "base": {"type": "null", "type": "string"}, "revision": {"type": "string"}}') == [
        {"id": 2, "fwd": "contained", "fwd_witness": None, "bwd": "contained", "bwd_witness": None}
    ]
    lone = b'{"id": "\\ud800", "base": {"const": "\\ud800"}, "revision": {"pattern": "^[^a]$"}}'
    assert lines(lone) == [
        {"id": "\ud800", "fwd": "contained", "fwd_witness": None, "bwd": "broken", "bwd_witness": None}
    ]
    huge = b'{"id": 1, "base": {"minimum": %s}, "revision": {}}' % (b"1" + b"0" * 5_000)
    assert [lines(huge)[0][key] for key in ("fwd", "bwd", "bwd_why")] == [
        *("contained", "unproven", "minimum: a number of very many digits")
    ]


def test_the_dialect_of_a_line():
    old = {"type": "number", "minimum": 1, "exclusiveMinimum": True}
    assert (
        lines({"id": 1, "dialect": "draft4", "base": old, "revision": {"not": {"enum": [1]}}})[0]["fwd"] == "contained"
    )
    named = {**old, "$schema": "http://json-schema.org/draft-04/schema#"}
    for spoken in ({}, {"dialect": None}):
        assert lines({"id": 1, **spoken, "base": named, "revision": {"exclusiveMinimum": 1}})[0]["fwd"] == "contained"
    assert lines({"id": 1, "base": {"$schema": "urn:mine"}, "revision": {}})[0]["fwd_why"] == "unknown dialect urn:mine"
    assert lines({"id": 1, "dialect": 7, "base": {}, "revision": {}})[0]["fwd_why"] == "unknown dialect 7"


def test_formats_on_demand():
    base, revision = {"type": "string"}, {"type": "string", "format": "uuid"}
    assert [one.verdict for one in compare(base, revision, Dialect.DRAFT2020_12)] == ["contained", "contained"]
    assert [one.verdict for one in compare(base, revision, Dialect.DRAFT2020_12, formats=True)] == [
        "broken",
        "contained",
    ]
