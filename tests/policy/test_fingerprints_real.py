"""Fingerprints of a real pair survive what is no change: Apache Airflow 3.1.0 and 3.2.0, as pip brings them (pinned)."""

import json
from pathlib import Path

import pytest
import yaml

from contractcheck.openapi.document import load
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.contracts import compare
from contractcheck.workflows.lint import lint_snapshot
from demo.releases import interfaces, wheel
from tests.policy.test_fingerprints import Files, reversed_

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"


@pytest.fixture(scope="module")
def releases():
    """The contracts and migrations of both releases; the wheels are those of `make demo`, in the same cache."""
    cache = ROOT / ".cache" / "wheels"
    return [interfaces(wheel(ROOT / "demo" / f"requirements-{name}.txt", cache)) for name in ("3.1.0", "3.2.0")]


@pytest.fixture(scope="module")
def contracts(releases):
    return [yaml.load(files[CONTRACT], Loader=yaml.CSafeLoader) for files in releases]


@pytest.fixture(scope="module")
def known(releases):
    found = prints(*(files[CONTRACT].decode() for files in releases), "api.yaml", "api.yaml")
    assert len(found) == len({*found}) == 89
    return found


def prints(old, new, old_name, new_name):
    base, revision = load(Files(**{old_name: old}), old_name), load(Files(**{new_name: new}), new_name)
    return sorted((finding.rule, finding.fingerprint) for finding in compare(base, revision).findings)


def test_renaming_the_file(releases, known):
    texts = [files[CONTRACT].decode() for files in releases]
    assert prints(*texts, "api.yaml", "services/shop/v2.yml") == known


def test_reordering_keys(contracts, known):
    texts = [json.dumps(reversed_(contract)) for contract in contracts]
    assert prints(*texts, "api.json", "api.json") == known


def test_reformatting_the_text(contracts, known):
    old, new = contracts
    spelled = yaml.dump(new, Dumper=yaml.CSafeDumper, sort_keys=True, indent=6, width=60, explicit_start=True)
    assert prints(json.dumps(old, indent=3), spelled, "api.json", "openapi.yaml") == known


def test_moving_migrations(releases):
    """The first forty revisions of the tree: all of them would take their time."""
    versions = "airflow/migrations/versions/"
    files = {path: data.decode() for path, data in releases[1].items() if path.startswith("airflow/")}
    late = sorted(path for path in files if path.startswith(versions))[40:]
    tree = {path: text for path, text in files.items() if path not in late}
    # Another folder, other names of files, other numbers of lines.
    moved = {
        "backend/" + path.replace(f"{versions}00", f"{versions}rev_00"): text.replace('"""\n', '"""\n\n\n', 1)
        for path, text in tree.items()
    }

    def lints(files):
        found = lint_snapshot(Files(**files), Configuration(), server_name="postgresql:16").findings
        return sorted((finding.rule, finding.fingerprint) for finding in found)

    here = lints(tree)
    assert len({rule for rule, _ in here}) > 10
    assert lints(moved) == here
