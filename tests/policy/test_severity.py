"""Severities: the law, softened by the profile, overridden by the team."""

import pytest

from contractcheck.model.finding import Finding, Proof, ProofKind, Severity
from contractcheck.model.rule import rule
from contractcheck.policy.configuration import Configuration
from contractcheck.policy.severity import judge


def finding(name: str) -> Finding:
    proof = Proof(ProofKind.STRUCTURAL, "it stands there")
    return rule(name).finding(
        subject="s", place=None, proof=proof, path="p", what="orders", sql="DROP TABLE orders", table="t", lock="l"
    )


@pytest.mark.parametrize(
    ("profile", "severity"), [("strict", Severity.ERROR), ("standard", Severity.WARNING), ("wire", Severity.ERROR)]
)
def test_a_profile_softens_what_its_record_says(profile, severity):
    (judged,) = judge([finding("data-lost-on-upgrade")], Configuration(profile=profile))
    assert judged.severity is severity


def test_the_team_has_the_last_word():
    wanted = Configuration(profile="wire", severity={"data-lost-on-upgrade": "info"})
    (judged,) = judge([finding("data-lost-on-upgrade")], wanted)
    assert (judged.severity, judged.suppressed) == (Severity.INFO, None)


def test_a_rule_that_is_off_stays_visible():
    wanted = Configuration(file="contractcheck.toml", severity={"contract-removed": "off"})
    (judged,) = judge([finding("contract-removed")], wanted)
    assert judged.suppressed == "off in contractcheck.toml"


def test_profile_wire_suppresses_other_categories_only():
    judged = judge([finding("contract-removed"), finding("data-lost-on-upgrade")], Configuration(profile="wire"))
    assert {f.rule: f.suppressed for f in judged} == {
        "contract-removed": None,
        "data-lost-on-upgrade": "profile wire looks at running clients only",
    }


def test_worst_first():
    judged = judge([finding("contract-added"), finding("contract-removed")], Configuration())
    assert [f.rule for f in judged] == ["contract-removed", "contract-added"]
