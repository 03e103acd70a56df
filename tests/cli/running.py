"""The command run in this process: as `main` runs it, with its exit code, output and errors."""

import json
import sys
from pathlib import Path

from contractcheck.cli.main import main
from tests.cli.conftest import Ran, environment

ROOT = Path(__file__).resolve().parents[2]


def run(monkeypatch, capsys, folder, *arguments):
    """What the command with these arguments says in a folder, away from the user's own settings."""
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["contractcheck", *arguments])
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "CI"):
            patch.delenv(name, raising=False)
        for name, value in environment().items():
            patch.setenv(name, value)
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    out, err = capsys.readouterr()
    return Ran(code, out, err)


def found(ran):
    """(rule, severity, subject, place) of each finding of a JSON report that counts."""
    return [
        (each["rule"], each["severity"], each["subject"], where(each["place"] or each["base_place"]))
        for each in json.loads(ran.out)["findings"]
        if each["suppressed"] is None
    ]


def where(place):
    """`file:line:column`."""
    return f"{place['file']}:{place['line']}:{place['column']}"
