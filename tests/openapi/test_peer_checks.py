"""What oasdiff has a name for is not silent here: every check of it is tried with a pair of contracts."""

import re

from contractcheck.model.rule import rulebook
from tests.openapi.peer_checks import CONTRACTS, POLICY, REASONS, SILENT
from tools import oasdiff

LEVELS = oasdiff.checks()


def test_every_check_has_a_pair_or_a_rule_of_the_policy():
    missing = [name for name in LEVELS if oasdiff.pair(name) is None and name not in POLICY and name not in SILENT]
    assert missing == []
    assert CONTRACTS.keys() <= LEVELS.keys()
    assert set(POLICY.values()) <= rulebook().keys()
    assert POLICY.keys() <= LEVELS.keys()


def test_what_is_an_error_there_is_one_here_or_there_is_a_reason():
    unlike = {
        name
        for name, level in LEVELS.items()
        if level == "error"
        and name not in POLICY
        and not any(severity == "error" for _, severity, _ in oasdiff.said(name))
    }
    assert {name for name in unlike if oasdiff.reason(name) is None} == set()
    used = {pattern for pattern in REASONS for name in unlike if re.fullmatch(pattern, name)}
    assert used == REASONS.keys()


def test_no_pair_is_left_undecided():
    """The pairs are small: every one is decided, none merely suspected."""
    unproven = {(name, rule) for name in LEVELS for rule, _, proof in oasdiff.said(name) if proof == "unproven"}
    assert unproven == set()


def test_the_page_is_current():
    assert oasdiff.PAGE.read_text(encoding="utf-8") == oasdiff.page()
