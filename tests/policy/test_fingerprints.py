"""A fingerprint survives what is no change: another name of the file, another order, another spelling, another folder."""

import json

import pytest
import yaml

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.openapi.document import load
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.contracts import compare
from contractcheck.workflows.lint import lint_snapshot
from tests.policy.history import contract
from tests.policy.test_accepted import migrations


class Files:
    """A snapshot in memory."""

    label = "memory"

    def __init__(self, **files):
        self._files = {name: text.encode() for name, text in sorted(files.items())}

    def entries(self):
        return {name: Entry(name, EntryKind.FILE) for name in self._files}

    def read(self, path):
        if path not in self._files:
            raise UnreadableError("there is no such file", where=path)
        return self._files[path]


def prints(old, new, old_name="openapi.yaml", new_name="openapi.yaml"):
    base, revision = load(Files(**{old_name: old}), old_name), load(Files(**{new_name: new}), new_name)
    return sorted((finding.rule, finding.fingerprint) for finding in compare(base, revision).findings)


def plain(document):
    return yaml.safe_dump(document, sort_keys=False)


def reversed_(value):
    if isinstance(value, dict):
        return {key: reversed_(value[key]) for key in reversed(value)}
    return [reversed_(item) for item in value] if isinstance(value, list) else value


OLD, NEW = contract(3, "semver"), contract(12, "semver")
KNOWN = prints(plain(OLD), plain(NEW))


@pytest.mark.parametrize(
    "write",
    [
        plain,
        json.dumps,
        lambda document: json.dumps(document, indent="\t"),
        lambda document: yaml.safe_dump(document, sort_keys=True),
        lambda document: yaml.safe_dump(document, sort_keys=False, indent=7, width=30, default_style='"'),
        lambda document: yaml.safe_dump(document, sort_keys=False, default_flow_style=True),
        lambda document: plain(reversed_(document)),
        lambda document: "# a comment\n\n" + plain(document).replace("\n", "\r\n"),
    ],
)
def test_another_spelling(write):
    assert len(KNOWN) > 8
    name = "openapi.json" if write(OLD).startswith(('{"', '{\n\t"')) else "openapi.yaml"
    assert prints(write(OLD), write(NEW), name, name) == KNOWN
    assert prints(plain(OLD), write(NEW), "openapi.yaml", name) == KNOWN


def test_another_name():
    assert prints(plain(OLD), plain(NEW), "a/v1.yaml", "b/c/new.yml") == KNOWN


def lints(files):
    report = lint_snapshot(Files(**files), Configuration(), server_name="postgresql:16")
    return sorted((finding.rule, finding.fingerprint) for finding in report.findings)


def test_a_migration_that_moves():
    here = migrations()
    moved = {name.replace("db/", "src/database/"): text for name, text in here.items()}
    shifted = {name: text.replace('"""', '"""\n\n\n', 1) for name, text in here.items()}
    renamed = {name.replace("b2_drop", "b2_with_another_slug"): text for name, text in here.items()}
    known = lints(here)
    assert known
    assert lints(moved) == lints(shifted) == lints(renamed) == known


def test_what_is_said_of_a_whole_file():
    broken = {
        "m/000001_a.up.sql": "CREATE TABEL x;\n",
        "m/000001_a.down.sql": "DROP TABLE x;\n",
        "m/000002_b.down.sql": "",
    }
    known = lints(broken)
    assert {rule for rule, _ in known} >= {"migration-unreadable", "pair-missing"}
    assert lints({name.replace("m/", "db/migrations/"): text for name, text in broken.items()}) == known
