"""Every mistake in a policy file is one line with the place and what to do; exit code 2."""

import pytest

from contractcheck.errors import ConfigurationError
from contractcheck.policy.baseline import read as read_baseline
from contractcheck.policy.configuration import configuration
from contractcheck.policy.waivers import waivers

FINGERPRINT = "32dcb7bd55d4eeb5"


def said(call, *arguments):
    with pytest.raises(ConfigurationError) as error:
        call(*arguments)
    assert error.value.exit_code == 2
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '[versioning]\nscheme = "semver"\nsource = "tags"\n',
            "contractcheck.toml:3: versioning.source: 'tags' is not one of ['info', 'tag']; see docs/configuration.md",
        ),
        (
            "[versioning]\n",
            "contractcheck.toml:1: versioning: 'scheme' is a required property; see docs/configuration.md",
        ),
        (
            '[deprecation]\nsunset = "required"\n[deprecation.notice]\nbeta = -1\n',
            "contractcheck.toml:4: deprecation.notice.beta: -1 is less than the minimum of 0; see docs/configuration.md",
        ),
        (
            "[deprecation.notice]\n\ngamma = 1\n",
            "contractcheck.toml:3: unknown key 'gamma' in [deprecation.notice]; known here: alpha, beta, draft, stable",
        ),
        (
            '[[override]]\nseverity = "info"\n',
            (
                "contractcheck.toml:1: an override without a condition would be for everything; use [severity], or give a "
                "condition"
            ),
        ),
        (
            (
                '[[override]]\nrules = ["request-*"]\nseverity = "info"\n[[override]]\nrules = [\n  "request-*",\n'
                '  "requst-*",\n]\nseverity = "off"\n'
            ),
            "contractcheck.toml:7: no rule matches 'requst-*'; contractcheck rules lists them",
        ),
        (
            '[contract."api/*"]\n[contract."api/*".severity]\noperation-remove = "info"\n',
            "contractcheck.toml:3: unknown rule 'operation-remove'; did you mean 'operation-removed'?",
        ),
        (
            '[[releases.list]]\nversion = "1"\ndate = "2026-02-30"\nfile = "x"\n',
            "contractcheck.toml:3: '2026-02-30' is no day; write it as 2026-12-31",
        ),
        (
            '[[releases.list]]\nversion = "1"\ndate = "soon"\nfile = "x"\n',
            "contractcheck.toml:3: releases.list.0.date: 'soon' is no day such as 2026-12-31; see docs/configuration.md",
        ),
        (
            '[[releases.list]]\nversion = "1"\ndate = 2026-02-01\n',
            "contractcheck.toml:1: a release has either a revision or a file; give one of them",
        ),
        (
            "a = 2026-02-30\n",
            "contractcheck.toml:1: not valid TOML: Invalid date or datetime; mend the file",
        ),
        (
            'profile = "strict"\n<<<<<<< HEAD\n',
            "contractcheck.toml:2: a merge left its conflict markers; resolve the conflict",
        ),
        ('extends = "../x.toml"\n', "contractcheck.toml:1: extends '../x.toml', which is outside; keep it inside"),
        (
            'extends = [\n  "p/a.toml"\n]\n',
            "contractcheck.toml:2: extends 'p/a.toml', and there is no p/a.toml; name a file",
        ),
        (
            'extends = "contractcheck.toml"\n',
            "contractcheck.toml:1: policy files extend each other: contractcheck.toml -> contractcheck.toml; remove one",
        ),
        ("x = " + "9" * 5000 + "\n", None),
        (
            '[versioning]\nscheme = "calver"\nformat = "MAJOR.MINOR"\n',
            (
                "contractcheck.toml:3: 'MAJOR.MINOR' has no part that moves with the calendar; use the words of "
                "calver.org: YYYY.MM.MICRO"
            ),
        ),
        (
            '[contract."a/*".versioning]\n\nscheme = "header"\n',
            (
                "contractcheck.toml:3: scheme header needs the name of the header; say it beside the scheme: "
                'header = "X-API-Version"'
            ),
        ),
    ],
)
def test_configuration(text, line):
    found = said(configuration, {"contractcheck.toml": text.encode()}.get)
    assert line is None or found == line


def test_a_mistake_in_a_file_that_is_extended_is_said_of_that_file():
    files = {"contractcheck.toml": b'extends = "p/a.toml"\n', "p/a.toml": b'\nprofile = "loose"\n'}
    assert said(configuration, files.get) == (
        "p/a.toml:2: profile: 'loose' is not one of ['strict', 'standard', 'wire']; see docs/configuration.md"
    )


WAIVER = '[[waiver]]\nrule = "operation-removed"\nsubject = "GET /a"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[[waivers]]\nrule = "x"\n', "w.toml:1: unknown key 'waivers'; did you mean 'waiver'?"),
        ("[[waiver]]\nsubject = 1\n", "w.toml:1: waiver.0: 'rule' is a required property; see docs/configuration.md"),
        (
            '[[waiver]]\nrule = "operation-removd"\nsubject = "GET /a"\n',
            "w.toml:2: unknown rule 'operation-removd'; did you mean 'operation-removed'?",
        ),
        (
            '[[waiver]]\nrule = "operation-removed"\n',
            "w.toml:1: a waiver has either a subject or a fingerprint; give one of them, as the JSON report shows it",
        ),
        (WAIVER + 'expires = "2026-02-30"\n', "w.toml:4: '2026-02-30' is no day; write it as 2026-12-31"),
        (
            WAIVER + 'expires = "tomorrow"\n',
            "w.toml:4: waiver.0.expires: 'tomorrow' is no day such as 2026-12-31; see docs/configuration.md",
        ),
        (
            WAIVER + WAIVER.replace("GET /a", "* /a"),
            "w.toml:4: this waiver and the one in line 1 may both be meant for operation-removed * /a; keep one of them",
        ),
    ],
)
def test_waivers(text, line):
    assert said(waivers, text.encode(), "w.toml") == line


def test_waivers_of_other_contracts_do_not_overlap():
    text = WAIVER + 'contract = "a/*.yaml"\n' + WAIVER + 'contract = "b/*.yaml"\n'
    assert [waiver.contract for waiver in waivers(text.encode(), "w.toml")] == ["a/*.yaml", "b/*.yaml"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "b:1: this is no baseline of contractcheck; write it anew: contractcheck baseline write --force"),
        (
            "contractcheck-baseline 2\n",
            (
                "b:1: this is 'contractcheck-baseline 2', not 'contractcheck-baseline 1'; write it anew: contractcheck "
                "baseline write --force"
            ),
        ),
        (
            f"contractcheck-baseline 1\n<<<<<<< HEAD\n{FINGERPRINT} 1 operation-removed GET /a\n",
            "b:2: a merge left its conflict markers; keep the lines of both sides, and delete the markers",
        ),
        (
            "<<<<<<< HEAD\n",
            "b:1: a merge left its conflict markers; keep the lines of both sides, and delete the markers",
        ),
        (
            "contractcheck-baseline 1\n\nabc\n",
            "b:3: this is no entry: fingerprint, count, rule, subject; mend or delete the line",
        ),
        (
            f"contractcheck-baseline 1\n{FINGERPRINT} 0 operation-removed GET /a\n",
            "b:2: this is no entry: fingerprint, count, rule, subject; mend or delete the line",
        ),
        (
            f"contractcheck-baseline 1\n{FINGERPRINT} 1 operation-removed GET /b\n",
            (
                "b:2: the fingerprint does not belong to the rule and the subject beside it; do not edit lines by hand: "
                "contractcheck baseline update"
            ),
        ),
        (
            "contractcheck-baseline 1\n\\xff",
            "b:2: this is no entry: fingerprint, count, rule, subject; mend or delete the line",
        ),
    ],
)
def test_baseline(text, line):
    assert said(read_baseline, text.encode(), "b") == line


def test_a_baseline_that_is_not_text():
    assert said(read_baseline, b"contractcheck-baseline 1\n\xff\n", "b") == "b:2: not UTF-8; save it as UTF-8"
