"""What the tests of the hook do with it: look at what it takes, run it, read what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contractcheck.errors import UndecidableError
from contractcheck.sources.repository import Repository
from contractcheck.workflows.hook import Sides, sides
from tests.sources.scenario import Work

ROOT = Path(__file__).parents[2]
CUT = "fetch the whole history: fetch-depth: 0 in actions/checkout, or git fetch --unshallow"
SPEC = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"

# What `git commit` runs in these tests: it writes down what the hook would compare, and lets the commit pass.
RECORD = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from contractcheck.sources.repository import Repository
from contractcheck.workflows.hook import sides
found = sides(Repository.open(Path.cwd()))
with open({record!r}, "a") as record:
    if found is None:
        print("nothing", file=record)
    else:
        print(found.base.label, "->", found.revision.label, file=record)
        for change in found.changes:
            content = "" if change.revision is None else found.revision.read(change.revision.path).decode()
            print("", change.status, *change.paths, repr(content), file=record)
"""


SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get:
      responses:
        '200': {description: orders}
"""
MORE = (
    SHOP
    + """\
  /refunds:
    get:
      responses:
        '200': {description: refunds}
"""
)


def told(found: Sides | None) -> tuple[str, str, list[str]]:
    assert found is not None
    changes = [" ".join((str(change.status), *change.paths)) for change in found.changes]
    return found.base.label, found.revision.label, changes


def look(work: Work, **options) -> Sides | None:
    return sides(Repository.open(work.folder), **options)


def failure(work: Work, **options) -> str:
    with pytest.raises(UndecidableError) as caught:
        look(work, **options)
    assert caught.value.exit_code == 3
    return str(caught.value)


def command(work: Work, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `contractcheck hook` in a working tree."""
    return subprocess.run(
        [sys.executable, "-c", "from contractcheck.cli.main import main; main()", "hook", *arguments],
        cwd=work.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def errors(output: str) -> list[str]:
    """The rules of the errors in a report, worst first, with the place where one is known."""
    return [" ".join(line.split()[1:]) for line in output.splitlines() if line.startswith("error ")]
