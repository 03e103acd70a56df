"""`contractcheck schema`: two files, their verdict, their witness, and the exit code."""

import json

import pytest
from typer.testing import CliRunner

from contractcheck.cli.main import app
from contractcheck.errors import UnreadableError, UsageError


@pytest.fixture
def ask(tmp_path):
    def run(base, revision, *options):
        paths = []
        for name, schema in (("base.json", base), ("revision.json", revision)):
            path = tmp_path / name
            path.write_text(schema if isinstance(schema, str) else json.dumps(schema), encoding="utf-8")
            paths.append(str(path))
        return CliRunner().invoke(app, ["schema", *paths, *options])

    return run


WIDE, NARROW = {"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a"]}


def test_a_break_is_shown_and_fails(ask):
    result = ask(WIDE, NARROW)
    assert result.exit_code == 1
    assert result.stdout == (
        "request   broken     base within revision: a value is valid before and not after\n"
        '          witness    "b"  was accepted and is refused now\n'
        "response  contained  revision within base: "
        "every way to be valid before and invalid after is contradictory\n"
    )


def test_the_direction_asked_decides(ask):
    assert ask(WIDE, NARROW, "--direction", "response").exit_code == 0
    assert ask(WIDE, NARROW, "--direction", "request").exit_code == 1
    result = ask(NARROW, WIDE, "--direction", "response")
    assert result.stdout.endswith('          witness    "b"  may be answered now and was not promised\n')


def test_json_holds_verdict_reason_and_witness(ask):
    result = ask({"const": 0.1}, {"const": 0.2}, "--format", "json", "--direction", "request")
    assert json.loads(result.stdout) == {
        "request": {"verdict": "broken", "why": "a value is valid before and not after", "witness": 0.1}
    }


def test_what_cannot_be_decided_is_neither(ask):
    result = ask({"$ref": "https://elsewhere.example/a"}, {"type": "string"}, "--direction", "request")
    assert result.exit_code == 3
    assert result.stdout.startswith("request   unproven   base within revision: ")


def test_the_dialect_is_that_of_the_schema_or_the_option(ask):
    older = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    assert ask(older, {"exclusiveMinimum": 1}).exit_code == 0
    nullable = {"type": "string", "nullable": True}
    assert ask(nullable, {"type": "string"}).exit_code == 0
    assert ask(nullable, {"type": "string"}, "--dialect", "openapi-3.0", "--direction", "request").exit_code == 1


def test_formats_are_asserted_on_demand(ask):
    base, revision = {"type": "string"}, {"type": "string", "format": "date"}
    assert ask(base, revision).exit_code == 0
    assert ask(base, revision, "--assert-formats", "--direction", "request").exit_code == 1


@pytest.mark.parametrize(
    ("revision", "error", "where"),
    [
        ("[", UnreadableError, "revision.json"),
        ([1], UnreadableError, "revision.json"),
        ({"$schema": "urn:x"}, UsageError, ""),
    ],
)
def test_what_cannot_be_read_says_where(ask, revision, error, where):
    result = ask({}, revision)
    assert isinstance(result.exception, error)
    assert where in result.exception.where


def test_a_missing_file_and_missing_arguments(tmp_path):
    there = tmp_path / "a.json"
    there.write_text("{}", encoding="utf-8")
    for arguments, error in (
        (["schema"], UsageError),
        (["schema", str(there)], UsageError),
        (["schema", str(there), str(tmp_path / "none.json")], UnreadableError),
        (["schema", str(there), "--dialect", "latin", str(there)], UsageError),
        (["schema", "--batch", str(there)], UsageError),
    ):
        assert isinstance(CliRunner().invoke(app, arguments).exception, error)


def test_batch_reads_standard_input():
    line = json.dumps({"id": 1, "base": WIDE, "revision": NARROW}) + "\n"
    result = CliRunner().invoke(app, ["schema", "--batch"], input=line)
    assert json.loads(result.stdout)["fwd_witness"] == "b"
