"""Twelve releases of one API under three schemes of versions: every verdict, demanded version and deprecation."""

from datetime import date
from pathlib import Path

import pytest

from contractcheck.policy.configuration import configuration
from contractcheck.policy.days import Today
from contractcheck.policy.notice import RULES as NOTICE
from contractcheck.policy.versioning import RULES as VERSIONING
from contractcheck.sources.repository import Repository
from contractcheck.workflows.check import compare
from contractcheck.workflows.deprecations import calendar
from contractcheck.workflows.next_version import next_versions
from contractcheck.workflows.policy import ground, reader
from contractcheck.workflows.releases import Histories
from tests.policy.history import DAYS, VERSIONS, git, repository

OWN = {*NOTICE, *VERSIONING, "api-deprecation-header-undeclared"}
EXPECTED = Path(__file__).parent / "history"


def told(folder, number):
    """What the release `number` gives, against the one before it, on its own day."""
    day = date.fromisoformat(DAYS[number - 1])
    with Repository.open(folder) as source:
        old, new = source.tree(f"r{number - 1}"), source.tree(f"r{number}")
        settings = configuration(reader(new))
        changed = frozenset(path for change in source.changed(f"r{number - 1}", f"r{number}") for path in change.paths)
        today = Today(day)
        histories = Histories(source, today, tip=f"r{number - 1}")
        at = ground(settings, reader(new), today=today, histories=histories, released=True)
        report = compare(old, new, changed, settings, server="postgresql:16", at=at)
        (contract,) = report.contracts
        yield f"r{number} {report.verdict} {contract.bump} {contract.needs or 'right'} today {report.today}"
        for finding in report.findings:
            assert finding.suppressed is None
            # The words of other rules are tested where those are.
            words = f": {finding.message}" if finding.rule in OWN else ""
            yield f"  {finding.severity} {finding.rule} {finding.subject}{words}"
        (answer,) = next_versions(
            f"r{number - 1}:openapi.yaml",
            f"r{number}:openapi.yaml",
            ground(settings, reader(new), today=Today(day), histories=histories),
            cwd=folder,
        )
        yield f"  next {answer.next}"
        released = Histories(source, Today(day), tip=f"r{number}")
        at = ground(settings, reader(new), today=Today(day), histories=released)
        for entry in calendar(["openapi.yaml"], at, cwd=folder).entries:
            until = entry.until or "no day"
            yield f"  {entry.kind} {entry.name}: {entry.going}, {until}, since {entry.since or 'no release'}"


@pytest.mark.parametrize("scheme", sorted(VERSIONS))
def test_every_release_gives_what_it_should(scheme, tmp_path):
    repository(tmp_path, scheme)
    lines = []
    for number in range(2, 13):
        git(tmp_path, "checkout", "-q", f"r{number}")
        lines += told(tmp_path, number)
    assert "".join(f"{line}\n" for line in lines) == (EXPECTED / f"{scheme}.txt").read_text(encoding="utf-8")


def test_the_history_drives_every_rule_of_versions_and_deprecation():
    said = "".join(path.read_text(encoding="utf-8") for path in EXPECTED.iterdir())
    assert {name for name in OWN if f" {name} " not in said} == set()


def test_a_report_is_the_same_for_the_same_day(tmp_path):
    repository(tmp_path, "semver")
    git(tmp_path, "checkout", "-q", "r10")
    assert [*told(tmp_path, 10)] == [*told(tmp_path, 10)]
