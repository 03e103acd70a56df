"""Small repositories, and the command run in them."""

import json

import pytest

from tests.cli import running
from tests.policy.history import git

HEAD = "openapi: 3.1.0\ninfo: {{title: {title}, version: {version}}}\npaths:\n"


def contract(*operations, version="1.0.0", title="Shop", extra=""):
    """A contract with operations such as `GET /orders`; what follows a `|` goes into the operation."""
    text = HEAD.format(title=title, version=version)
    for operation in operations:
        name, _, more = operation.partition("|")
        method, _, path = name.strip().partition(" ")
        text += f"  {path}:\n    {method.lower()}:\n"
        text += "".join(f"      {line}\n" for line in more.strip().splitlines())
        text += "      responses:\n        '200': {description: ok}\n"
    return text + extra


@pytest.fixture
def repo(tmp_path):
    """Write files, commit them, tag the commit."""

    def run(tag=None, day="2025-01-01", **files):
        if not (tmp_path / ".git").exists():
            git(tmp_path, "init", "-q", "-b", "main")
        for name, text in files.items():
            target = tmp_path / name
            if text is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        if tag is not None:
            git(tmp_path, "add", "-A")
            git(tmp_path, "commit", "-qm", tag, "--allow-empty", day=day)
            git(tmp_path, "tag", tag, day=day)
        return tmp_path

    return run


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run the command in the repository."""

    def run(*arguments):
        return running.run(monkeypatch, capsys, tmp_path, *arguments)

    return run


@pytest.fixture
def findings(command):
    """(severity, rule, subject, suppressed) of every finding of a JSON report that is no info."""

    def run(*arguments):
        ran = command(*arguments, "--format", "json")
        assert ran.out, ran.err
        return [
            (each["severity"], each["rule"], each["subject"], each["suppressed"])
            for each in json.loads(ran.out)["findings"]
            if each["severity"] != "info"
        ]

    return run
