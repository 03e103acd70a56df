"""Due notice: what releases and documents say of a removal."""

from datetime import date

import pytest

from contractcheck.policy.days import Today, parse
from contractcheck.policy.notice import Sighting, State, notice, since
from contractcheck.policy.settings import Deprecation
from tests.policy.conftest import contract

POLICY = Deprecation()


def seen(day, deprecated, sunset=None):
    return Sighting(day, date.fromisoformat(day), deprecated, sunset)


def judged(sightings, *, deprecated=True, sunset=None, level="stable", policy=POLICY, today="2026-06-15"):
    day = Today(date.fromisoformat(today))
    found = notice(sightings, deprecated=deprecated, sunset=sunset, level=level, policy=policy, today=day)
    return found.state, str(found.until) if found.until else None


LIVE, GOING = seen("2025-01-01", False), seen("2025-12-01", True)


@pytest.mark.parametrize(
    ("sightings", "more", "expected"),
    [
        ([LIVE, GOING], {}, (State.DUE, "2026-05-30")),
        ([LIVE, GOING], {"today": "2026-05-30"}, (State.DUE, "2026-05-30")),
        ([LIVE, GOING], {"today": "2026-05-29"}, (State.EARLY, "2026-05-30")),
        ([LIVE, GOING], {"level": "beta", "today": "2026-03-01"}, (State.DUE, "2026-03-01")),
        ([LIVE], {"deprecated": False}, (State.UNANNOUNCED, None)),
        # Deprecated in the base only: nobody was told.
        ([LIVE], {}, (State.UNANNOUNCED, None)),
        # A release that took the deprecation back ended the notice.
        ([GOING, seen("2026-01-01", False)], {}, (State.UNANNOUNCED, None)),
        ([seen("2025-02-01", True), LIVE, seen("2026-05-01", True)], {}, (State.EARLY, "2026-10-28")),
        # One that had it not did not.
        ([GOING, seen("2026-01-01", None), seen("2026-05-01", True)], {}, (State.DUE, "2026-05-30")),
        ([], {}, (State.UNRELEASED, None)),
        ([seen("2025-01-01", None)], {}, (State.UNRELEASED, None)),
        # The latest sunset that was announced counts, however it is written.
        ([LIVE, seen("2025-12-01", True, "2026-12-31")], {"sunset": "2026-07-01"}, (State.EARLY, "2026-12-31")),
        ([LIVE, GOING], {"sunset": "2026-06-15T00:00:00Z"}, (State.DUE, "2026-06-15")),
        ([LIVE, GOING], {"sunset": "Wed, 31 Dec 2026 23:59:59 GMT"}, (State.EARLY, "2026-12-31")),
        ([LIVE, GOING], {"sunset": "soon"}, (State.EARLY, None)),
        # What is a draft owes no notice; what it promised by itself it keeps.
        ([LIVE], {"level": "draft", "deprecated": False}, (State.DUE, None)),
        ([], {"level": "draft", "sunset": "2026-12-31"}, (State.EARLY, "2026-12-31")),
        # Without a policy only the document speaks.
        ([], {"policy": None}, (State.DUE, None)),
        ([], {"policy": None, "deprecated": False}, (State.UNANNOUNCED, None)),
        ([], {"policy": None, "sunset": "2026-06-16"}, (State.EARLY, "2026-06-16")),
        ([], {"policy": None, "sunset": "2026-06-15"}, (State.DUE, "2026-06-15")),
        ([], {"policy": None, "sunset": "?"}, (State.EARLY, None)),
    ],
)
def test_notice(sightings, more, expected):
    assert judged(sightings, **more) == expected


def test_the_notice_that_runs():
    assert since([LIVE, GOING, seen("2026-01-01", True)]) == GOING
    assert since([GOING, LIVE]) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        (" 2026-12-31 ", "2026-12-31"),
        ("2026-12-31T23:59:59+02:00", "2026-12-31"),
        ("2026-12-31 23:59Z", "2026-12-31"),
        # The later of the author's day and the one in UTC.
        ("2026-12-31T23:00:00-05:00", "2027-01-01"),
        ("2026-12-01T00:00:00+14:00", "2026-12-01"),
        ("2026-12-31T18:30-0530", "2027-01-01"),
        ("2026-12-31T23:59:60Z", "2026-12-31"),
        ("2026-12-31T24:00:00Z", None),
        ("2026-12-31T10:61:00Z", None),
        ("2026-12-31T10:00:00+24:00", None),
        ("9999-12-31T23:00:00-05:00", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("Thursday, 31-Dec-26 23:59:59 GMT", "2026-12-31"),
        ("Tue Dec  1 00:30:00 2026", "2026-12-01"),
        ("Thu, 31 Dec 2026 23:59:59 +0200", None),
        ("Thu, 31 Dec 2026 25:59:59 GMT", None),
        ("@1798675200", "2026-12-31"),
        ("@99999999999", "5138-11-16"),
        ("1798675200", None),
        ("Thu, 31 Dec 2026 23:59:59 GMT", "2026-12-31"),
        ("2026-02-30", None),
        ("31.12.2026", None),
        ("Thu, 32 Dec 2026 23:59:59 GMT", None),
        ("", None),
    ],
)
def test_days(text, day):
    assert str(parse(text)) == str(day)


def test_a_day_nobody_asked_for_is_not_told():
    today = Today(clock=lambda: date(2026, 6, 15))
    assert (today.told, today.given) == (None, None)
    assert (today.day, today.told) == (date(2026, 6, 15), "2026-06-15")


ANSWER = "responses:\n  '200':\n    description: ok\n"
PROPERTY = """
requestBody:
  content:
    application/json:
      schema:
        type: object
        additionalProperties: false
        properties:
          id: {type: integer}
"""
NOTE = "          note: {type: string, deprecated: true%s}\n"


def errors(findings, *arguments):
    return sorted(each[1] for each in findings(*arguments) if each[0] == "error" and each[3] is None)


def test_without_a_policy_a_deprecated_member_may_go(repo, findings):
    body = PROPERTY + NOTE % ""
    old, new = contract("POST /a|" + body.strip()), contract("POST /a|" + PROPERTY.strip())
    repo("v1", **{"api.yaml": old})
    repo(**{"api.yaml": new})
    assert errors(findings, "check", "--base", "v1") == []
    assert errors(findings, "check", "--base", "v1", "--profile", "strict") == ["request-property-forbidden"]
    late = contract("POST /a|" + (PROPERTY + NOTE % ", x-sunset: 2026-12-31").strip())
    repo("v2", **{"api.yaml": late})
    repo(**{"api.yaml": new})
    check = ("check", "--base", "v2", "--today")
    assert errors(findings, *check, "2026-12-30") == ["removal-too-early", "request-property-forbidden"]
    assert errors(findings, *check, "2026-12-31") == []


def schemes(text):
    return f"components:\n  securitySchemes:\n{text}"


KEY = "    key: {type: apiKey, in: header, name: X-Key}\n"
BASIC = "    basic: {type: http, scheme: basic%s}\n"


def test_a_scheme_that_goes_takes_no_other_with_it(repo, findings):
    both = "security: [{key: []}, {basic: []}]\n"
    old = contract("GET /a", extra=both + schemes(KEY + BASIC % ", x-deprecated: true"))
    repo("v1", **{"api.yaml": old})
    repo(**{"api.yaml": contract("GET /a", extra="security: [{key: []}]\n" + schemes(KEY))})
    assert errors(findings, "check", "--base", "v1") == []
    # The operation also loses the key, which nobody deprecated.
    other = "    other: {type: http, scheme: bearer}\n"
    inner = contract("GET /a|security: [{other: []}]", extra="security: [{key: []}]\n" + schemes(KEY + other))
    repo(**{"api.yaml": inner})
    assert errors(findings, "check", "--base", "v1") == ["security-narrowed"]


def parameter(schema):
    return f"parameters:\n- {{name: sort, in: query, schema: {{type: string, {schema}}}}}"


def test_every_value_that_goes_needs_its_notice(repo, findings):
    old = contract("GET /a|" + parameter("enum: [a, b, c], x-enum-deprecated: [b]"))
    repo("v1", **{"api.yaml": old})
    repo(**{"api.yaml": contract("GET /a|" + parameter("enum: [a, c]"))})
    assert errors(findings, "check", "--base", "v1") == []
    repo(**{"api.yaml": contract("GET /a|" + parameter("enum: [a]"))})
    assert errors(findings, "check", "--base", "v1") == ["request-enum-narrowed"]


POLICY_FILE = '[deprecation]\n[releases]\ntags = "v*"\n'


def test_an_element_is_found_again_in_releases_that_spell_it_otherwise(repo, findings):
    sort = "- {name: sort, in: query, deprecated: true, schema: {type: string}}"
    first = contract("GET /a/{id}|parameters:\n" + sort)
    in_path = first.replace("    get:\n      parameters:\n      " + sort, "    parameters:\n    " + sort + "\n    get:")
    assert in_path != first
    repo("v1", day="2025-01-01", **{"api.yaml": in_path, "contractcheck.toml": POLICY_FILE})
    repo("v2", day="2025-02-01", **{"api.yaml": first.replace("{id}", "{key}")})
    repo(**{"api.yaml": contract("GET /a/{key}")})
    told = [
        each for each in findings("check", "--base", "v2", "--today", "2025-06-30") if each[1].startswith("removal")
    ]
    assert told == []
    early = findings("check", "--base", "v2", "--today", "2025-06-29")
    assert ("error", "removal-too-early", "GET /a/{key} query sort", None) in early


def test_a_moved_contract_keeps_its_history(repo, findings):
    repo(
        "v1",
        day="2025-01-01",
        **{"old/shop.yaml": contract("GET /a|deprecated: true"), "contractcheck.toml": POLICY_FILE},
    )
    repo("v2", day="2025-12-01", **{"old/shop.yaml": None, "api.yaml": contract("GET /a|deprecated: true", "GET /b")})
    repo(**{"api.yaml": contract("GET /b")})
    assert errors(findings, "check", "--base", "v2", "--today", "2025-12-02") == []


def test_what_was_never_released_owes_nothing_and_still_breaks_the_base(repo, findings):
    repo("v1", day="2025-01-01", **{"api.yaml": contract("GET /a"), "contractcheck.toml": POLICY_FILE})
    repo("main", **{"api.yaml": contract("GET /a", "GET /b")})
    repo(**{"api.yaml": contract("GET /a")})
    assert errors(findings, "check", "--base", "main") == ["operation-removed"]


def test_the_most_stable_operation_decides(repo, findings):
    used = "  /a:\n    get:\n      x-stability-level: {}\n      responses:\n        '200': {{$ref: '#/components/responses/A'}}\n"
    other = used.replace("/a:", "/b:")
    shared = (
        "components:\n  responses:\n    A:\n      description: ok\n      headers:\n        X-One: {required: true%s}\n"
    )
    head = "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n"
    old = head + used.format("draft") + other.format("beta") + shared % ", deprecated: true"
    new = head + used.format("draft") + other.format("beta") + "components:\n  responses:\n    A: {description: ok}\n"
    repo("v1", day="2026-01-01", **{"api.yaml": old, "contractcheck.toml": POLICY_FILE})
    repo(**{"api.yaml": new})
    check = ("check", "--base", "v1", "--today")
    assert errors(findings, *check, "2026-03-31") == ["removal-too-early", "response-required-header-removed"]
    assert errors(findings, *check, "2026-04-01") == []


def test_a_shorter_notice_is_a_policy_that_is_loosened(repo, findings):
    repo(
        "v1",
        day="2026-01-01",
        **{"api.yaml": contract("GET /a|deprecated: true", "GET /b"), "contractcheck.toml": POLICY_FILE},
    )
    for text in (POLICY_FILE.replace("[deprecation]", "[deprecation]\nnotice = {stable = 1}"), POLICY_FILE[14:]):
        repo(**{"api.yaml": contract("GET /b"), "contractcheck.toml": text})
        told = findings("check", "--base", "v1", "--today", "2026-02-01")
        assert [each[:2] for each in told] == [("warning", "policy-loosened")]
    repo(**{"contractcheck.toml": POLICY_FILE})
    assert errors(findings, "check", "--base", "v1", "--today", "2026-02-01") == [
        "deprecated-operation-removed",
        "removal-too-early",
    ]
