"""The same twelve releases, by the command line: waivers, the baseline, a policy that is loosened, conventions."""

import json
from pathlib import Path

import pytest

from contractcheck.openapi.conventions import RULES as CONVENTIONS
from contractcheck.policy.ledger import RULES as ACCEPTED
from tests.policy.history import DAYS, contract, git, repository

EXPECTED = Path(__file__).parent / "history"
WAIVER = """\
[[waiver]]
rule = "{rule}"
subject = "DELETE /orders/{{id}}"
reason = "its only user agreed"
expires = "2025-06-01"
{owner}
"""
OWNER = 'owner = "orders team"'
TAXONOMY = """\
[severity]
api-errors-undeclared = "error"
api-error-format = "warning"
api-idempotency-undeclared = "warning"
api-retry-after-undeclared = "warning"
api-pagination-undeclared = "warning"
api-rate-limit-undeclared = "info"
api-deprecation-header-undeclared = "warning"

[[override]]
operations = ["/reports"]
rules = ["api-*"]
severity = "off"
reason = "for people, not for programs"
"""


def waived(*rules, owner=OWNER):
    return "".join(WAIVER.format(rule=rule, owner=owner) for rule in rules)


def with_errors():
    """The last contract with errors in a format of its own, a limit without a word on when to come back, and a list."""
    last = contract(12, "semver")
    answers = last["paths"]["/orders"]["get"]["responses"]
    answers["200"]["content"]["application/json"] = {"schema": {"type": "array", "items": {"type": "string"}}}
    answers |= {status: {"description": "no", "content": {"application/json": {}}} for status in ("400", "429")}
    return json.dumps(last)


@pytest.fixture
def history(tmp_path, command):
    """The repository; what is told of release `number` against `base`, with more files than it has."""
    repository(tmp_path, "semver")

    def run(number, *arguments, day=None, **files):
        git(tmp_path, "checkout", "-q", "-f", f"r{number}")
        git(tmp_path, "clean", "-fdq")
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        day = day or DAYS[number - 1]
        ran = command(*(arguments or ("check", "--base", f"r{number - 1}")), "--today", day, "--format", "json")
        report = json.loads(ran.out)
        contracts = report.get("contracts", ())
        needs = "".join(f" {each['bump']} {each['needs'] or 'right'}" for each in contracts if each["bump"])
        yield f"r{number} {report['verdict']}{needs} exit {ran.code} today {report.get('today')}"
        for each in report["findings"]:
            ours = each["rule"] in {*ACCEPTED, *CONVENTIONS, "policy-loosened"}
            if each["severity"] == "info" and each["suppressed"] is None and not ours:
                continue
            state = f" [{each['suppressed']}]" if each["suppressed"] else ""
            own = f": {each['message']}" if ours else ""
            yield f"  {each['severity']} {each['rule']} {each['subject']}{own}{state}"

    return run


def test_what_is_accepted_over_the_history(history, command, tmp_path):
    removal = ("deprecated-operation-removed", "removal-too-early")
    lines = ["# a waiver", *history(5, contractcheck__waivers__toml=waived(*removal))]
    lines += ["# of the day it expires, and the day after"]
    lines += history(5, day="2025-06-01", contractcheck__waivers__toml=waived(*removal))
    lines += history(5, day="2025-06-02", contractcheck__waivers__toml=waived(*removal))
    lines += ["# without an owner", *history(5, contractcheck__waivers__toml=waived(*removal, owner=""))]
    lines += ["# of no use any more", *history(6, contractcheck__waivers__toml=waived("operation-removed"))]
    lines += ["# a baseline"]
    [*history(5)]
    assert command("baseline", "write", "--base", "r4", "--today", DAYS[4]).code == 0
    accepted = (tmp_path / "contractcheck.baseline").read_text(encoding="utf-8")
    lines += ["  " + line for line in accepted.splitlines()]
    lines += history(5, "check", "--base", "r4", contractcheck__baseline=accepted)
    lines += ["# with lines that nothing is found for"]
    lines += history(6, "check", "--base", "r4", contractcheck__baseline=accepted)
    lines += ["# with a count that went up"]
    git(tmp_path, "add", "contractcheck.baseline")
    git(tmp_path, "commit", "-qm", "baseline")
    git(tmp_path, "tag", "accepted")
    more = accepted.replace(" 1 removal-too-early", " 2 removal-too-early")
    assert more != accepted
    lines += history(5, "check", "--base", "accepted", contractcheck__baseline=more)
    lines += ["# a policy that lets go what it judges"]
    policy = (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")
    lines += history(5, contractcheck__toml=policy + '[severity]\ndeprecated-operation-removed = "info"\n')
    assert "".join(f"{line}\n" for line in lines) == (EXPECTED / "accepted.txt").read_text(encoding="utf-8")


def test_conventions_over_the_history(history, tmp_path):
    lines = []
    for number in (1, 3, 7, 12):
        lines += history(number, "lint", "api", "openapi.yaml", contractcheck__toml=TAXONOMY)
    lines += ["# with errors of its own, and a list"]
    told = history(12, "lint", "api", "openapi.yaml", contractcheck__toml=TAXONOMY, openapi__yaml=with_errors())
    lines += told
    assert "".join(f"{line}\n" for line in lines) == (EXPECTED / "conventions.txt").read_text(encoding="utf-8")


def test_every_rule_of_acceptance_is_driven():
    said = "".join((EXPECTED / name).read_text(encoding="utf-8") for name in ("accepted.txt", "conventions.txt"))
    assert {name for name in (*ACCEPTED, *CONVENTIONS, "policy-loosened") if f" {name} " not in said} == set()
