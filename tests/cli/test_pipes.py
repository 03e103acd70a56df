"""A reader that goes away ends a command without a traceback and without another exit code."""

import json
import subprocess
import sys

import pytest


def statements(number):
    lines = [{"id": str(n), "dialect": "postgresql", "version": 16, "sql": "DROP TABLE t"} for n in range(number)]
    return "".join(json.dumps(line) + "\n" for line in lines)


def schemas(number):
    line = {"dialect": "draft2020-12", "base": {"const": "x" * 400}, "revision": {"const": 2}}
    return "".join(json.dumps({"id": str(n), **line}) + "\n" for n in range(number))


@pytest.mark.parametrize(("command", "lines"), [("effects", statements), ("schema", schemas)])
def test_a_reader_of_a_batch_goes_away(command, lines, tmp_path):
    source = tmp_path / "lines.jsonl"
    source.write_text(lines(1_500), encoding="utf-8")
    with source.open("rb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "contractcheck", command, "--batch"],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert json.loads(child.stdout.readline())["id"] == "0"
        child.stdout.close()
        errors = child.stderr.read()
        child.stderr.close()
        assert (child.wait(), errors) == (0, b"")
