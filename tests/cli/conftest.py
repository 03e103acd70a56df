"""The installed command, and small repositories to run it in."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get:
      responses:
        '200':
          description: orders
          content:
            application/json:
              schema:
                type: object
                required: [id]
                properties:
                  id: {type: integer}
                  note: {type: string}
"""

REVISION = '''\
"""A revision."""
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {parent!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CONTRACTCHECK", "CI"))}
    return (
        clean
        | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "COLUMNS": "110",
            "CONTRACTCHECK_CACHE": "off",
        }
        | more
    )


@pytest.fixture
def contractcheck(tmp_path):
    """Run the command in `tmp_path` as a user would: a process of its own."""

    def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> Ran:
        done = subprocess.run(
            [sys.executable, "-c", "from contractcheck.cli.start import main; main()", *arguments],
            cwd=cwd or tmp_path,
            env=environment(PYTHONPATH=str(Path(__file__).resolve().parents[2])),
            input=stdin,
            check=False,
            capture_output=True,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def git(tmp_path):
    """Run git in `tmp_path`, or elsewhere."""

    def run(*arguments: str, cwd: Path | None = None) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=cwd or tmp_path, env=environment(), capture_output=True, check=True
        )
        return done.stdout.decode()

    return run


@pytest.fixture
def write(tmp_path):
    """Write files below `tmp_path`."""

    def run(**files: str | bytes) -> None:
        for name, content in files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())

    return run


@pytest.fixture
def history(tmp_path, git, write):
    """Commits files, and changes some: None for one that goes."""

    def make(base: dict[str, str], change: dict[str, str | None]) -> None:
        write(**base, **{"contractcheck.toml": 'profile = "strict"\n'})
        git("init", "-q", "-b", "main")
        git("add", ".")
        git("commit", "-qm", "one")
        write(**{name: text for name, text in change.items() if text is not None})
        for name, text in change.items():
            if text is None:
                (tmp_path / name).unlink()

    return make
