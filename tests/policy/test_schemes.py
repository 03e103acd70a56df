"""Versions in media types, headers, dates and the calendar; releases from a list; conventions: end to end."""

import json

import pytest

from contractcheck.openapi.versions import of_media_type, of_path
from contractcheck.workflows.releases import version_of
from tests.policy.conftest import contract


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/v1/users", "v1"),
        ("/api/v2", "v2"),
        ("/V3/x", "V3"),
        ("/v1beta2/x", "v1beta2"),
        ("/2026-01-01/x", "2026-01-01"),
        ("https://example.org/v2?x", "v2"),
        ("/vendors/v", None),
        ("/x/v2-old", None),
    ],
)
def test_the_version_of_a_path(path, version):
    assert of_path(path) == version


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("application/vnd.acme.v2+json", "v2"),
        ("application/vnd.acme-v2.1+json", "v2.1"),
        ("application/json; version=3", "3"),
        ('application/json;v="1"', "1"),
        ("application/vnd.acme+json", None),
        ("application/json", None),
    ],
)
def test_the_version_of_a_media_type(name, version):
    assert of_media_type(name) == version


@pytest.mark.parametrize(
    ("tag", "patterns", "version"),
    [
        ("v1.2.3", ("v*",), "1.2.3"),
        ("orders-1.2.3", ("orders-*",), "1.2.3"),
        ("orders-v1.2.3", ("orders-*",), "1.2.3"),
        ("1.2.3", ("*",), "1.2.3"),
        ("vnext", ("v*",), None),
        ("v1", ("w*", "v*"), "1"),
        ("2026-01-01", ("*-*-*",), "2026-01-01"),
    ],
)
def test_the_version_of_a_tag(tag, patterns, version):
    assert version_of(tag, patterns) == version


def media(*names):
    content = "".join(f"            {name}: {{schema: {{type: object}}}}\n" for name in names)
    head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n"
    return head + "        '200':\n          description: ok\n          content:\n" + content


def errors(findings, *arguments):
    return sorted((each[1], each[2]) for each in findings(*arguments) if each[0] == "error" and each[3] is None)


def test_media_types_side_by_side(repo, findings):
    policy = '[versioning]\nscheme = "media-type"\n'
    one, two = "application/vnd.t.v1+json", "application/vnd.t.v2+json"
    repo("v1", **{"api.yaml": media(one), "contractcheck.toml": policy})
    repo(**{"api.yaml": media(one, two)})
    assert errors(findings, "check", "--base", "v1") == []
    repo(**{"api.yaml": media(two)})
    assert errors(findings, "check", "--base", "v1") == [
        ("response-media-type-removed", f"GET /a 200 {one}"),
        ("version-not-kept", "v1"),
    ]


def swagger(*names, operation=()):
    head = "swagger: '2.0'\ninfo: {title: T, version: '1'}\n"
    answer = "      responses:\n        '200': {description: ok, schema: {type: object}}\n"
    own = f"      produces: [{', '.join(operation)}]\n" if operation else ""
    return head + f"produces: [{', '.join(names)}]\npaths:\n  /a:\n    get:\n{own}" + answer


def test_media_types_side_by_side_in_swagger(repo, findings, command):
    policy = '[versioning]\nscheme = "media-type"\n'
    one, two = "application/vnd.t.v1+json", "application/vnd.t.v2+json"
    repo("v1", **{"api.yaml": swagger(one), "contractcheck.toml": policy})
    repo(**{"api.yaml": swagger(one, two)})
    assert errors(findings, "check", "--base", "v1") == []
    repo(**{"api.yaml": swagger(two)})
    gone = [("response-media-type-removed", "GET /a 200"), ("version-not-kept", "v1")]
    assert errors(findings, "check", "--base", "v1") == gone
    # What an operation says goes before what the document says.
    repo(**{"api.yaml": swagger(one, operation=(two,))})
    assert errors(findings, "check", "--base", "v1") == gone
    assert command("version", "v1:api.yaml", "api.yaml").out == "v2\n"


def test_a_break_is_in_every_version_that_the_operation_has(repo, findings):
    policy = '[versioning]\nscheme = "media-type"\n'
    one, two = "application/vnd.t.v1+json", "application/vnd.t.v2+json"
    repo("v1", **{"api.yaml": swagger(one, two) + "  /b:\n    get: {responses: {}}\n", "contractcheck.toml": policy})
    repo(**{"api.yaml": swagger(one, two)})
    assert errors(findings, "check", "--base", "v1") == [
        ("operation-removed", "GET /b"),
        ("version-bump-missing", "v1"),
        ("version-bump-missing", "v2"),
    ]
    # Its media type is the one that is gone: the other stays as it was.
    repo(**{"api.yaml": swagger(two) + "  /b:\n    get: {responses: {}}\n"})
    assert errors(findings, "check", "--base", "v1") == [
        ("response-media-type-removed", "GET /a 200"),
        ("version-bump-missing", "v1"),
    ]


def header(*values, more=""):
    listed = f"parameters:\n- {{name: X-Version, in: header, schema: {{enum: [{', '.join(values)}]}}}}"
    return contract(f"GET /a|{listed}", *more.split("\n") if more else ())


def test_versions_in_a_header(repo, findings, command):
    policy = '[versioning]\nscheme = "header"\nheader = "X-Version"\n'
    repo("v1", **{"api.yaml": header("v1", more="GET /b"), "contractcheck.toml": policy})
    repo(**{"api.yaml": header("v1")})
    assert errors(findings, "check", "--base", "v1") == [
        ("operation-removed", "GET /b"),
        ("version-bump-missing", "info.version"),
    ]
    assert command("version", "v1:api.yaml", "api.yaml").out == "v2\n"
    repo(**{"api.yaml": header("v1", "v2")})
    assert errors(findings, "check", "--base", "v1") == [("operation-removed", "GET /b")]


def test_the_calendar_uses_the_day(repo, command):
    policy = '[versioning]\nscheme = "calver"\nformat = "YYYY.MM.MICRO"\n'
    repo("v1", **{"api.yaml": contract("GET /a", version="2026.10.0"), "contractcheck.toml": policy})
    repo(**{"api.yaml": contract("GET /a", "GET /b", version="2026.10.0")})
    ran = command("version", "v1:api.yaml", "api.yaml", "--today", "2026-11-24", "--format", "json")
    told = json.loads(ran.out)
    assert (told["today"], told["contracts"][0]["next"]) == ("2026-11-24", "2026.11.0")


LISTED = """\
[versioning]
scheme = "semver"

[deprecation]

[[releases.list]]
version = "1.0.0"
date = 2025-01-01
revision = "first"

[[releases.list]]
version = "1.1.0"
date = 2025-02-01
file = "released/1.1.0.yaml"

[[releases.list]]
version = "9.0.0"
date = 2999-01-01
file = "released/1.1.0.yaml"
"""


def test_releases_from_a_list(repo, findings, command):
    going = contract("GET /a", "GET /b|deprecated: true", version="1.1.0")
    repo("first", **{"api.yaml": contract("GET /a", "GET /b")})
    repo("second", **{"api.yaml": going, "released/1.1.0.yaml": going, "contractcheck.toml": LISTED})
    repo(**{"api.yaml": contract("GET /a", version="1.2.0")})
    check = ("check", "--base", "second", "--today")
    assert errors(findings, *check, "2025-07-31") == []
    early = [each for each, _ in errors(findings, *check, "2025-07-30")]
    assert early == ["deprecated-operation-removed", "removal-too-early", "version-bump-too-small"]
    repo(**{"contractcheck.toml": LISTED.replace('"first"', '"nowhere"')})
    ran = command(*check, "2025-07-31")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "contractcheck: contractcheck.toml:6: no such revision in this clone: nowhere",
    )
    repo(**{"contractcheck.toml": LISTED.replace("1.1.0.yaml", "gone.yaml")})
    ran = command(*check, "2025-07-31")
    assert (ran.code, ran.err) == (
        2,
        "contractcheck: contractcheck.toml:11: there is no such file\n  next: look for released/gone.yaml\n",
    )


def test_releases_on_branches(repo, findings):
    from tests.policy.history import git

    going, gone = contract("GET /a", "GET /b|deprecated: true"), contract("GET /a")
    policy = '[deprecation]\n[releases]\ntags = "v*"\neverywhere = {}\n'
    folder = repo("start", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy.format("false")})
    git(folder, "checkout", "-qb", "stable")
    repo("v1.0.0", day="2025-01-01", **{"api.yaml": going})
    git(folder, "checkout", "-q", "main")
    repo("base", **{"api.yaml": going})
    repo(**{"api.yaml": gone})
    check = ("check", "--base", "base", "--today", "2026-01-01")
    # Nothing of the history of the base was released: nothing is known to have been announced.
    assert errors(findings, *check) == [("deprecated-operation-removed", "GET /b")]
    repo(**{"contractcheck.toml": policy.format("true")})
    assert errors(findings, *check) == []


CONVENTIONS = """\
[severity]
api-errors-undeclared = "error"
api-error-format = "error"
api-idempotency-undeclared = "error"
api-retry-after-undeclared = "error"
api-pagination-undeclared = "error"
api-rate-limit-undeclared = "error"
api-deprecation-header-undeclared = "error"
"""
API = """\
swagger: "2.0"
info: {title: Old, version: 1.0.0}
produces: [application/problem+json]
paths:
  /a:
    get:
      parameters: [{$ref: '#/parameters/Page'}]
      responses:
        200: {description: ok, schema: {allOf: [{type: array, items: {}}]}}
        400: {description: bad, schema: {type: object}}
        429: {description: later, headers: {retry-after: {type: integer}}}
    head:
      responses:
        200: {description: ok}
        4XX: {description: bad}
  /a/{id}:
    get:
      responses:
        200: {description: ok, schema: {type: object, properties: {data: {type: array, items: {}}}}}
        default: {description: error}
    post:
      x-idempotent: false
      responses: {}
parameters:
  Page: {name: Page-Number, in: query, type: integer}
"""


def test_conventions_in_swagger(repo, findings):
    repo("v1", **{"api.yaml": API, "contractcheck.toml": CONVENTIONS})
    assert errors(findings, "lint", "api", "api.yaml") == [
        ("api-error-format", "GET /a"),
        ("api-error-format", "GET /a/{id}"),
        ("api-pagination-undeclared", "GET /a/{id}"),
        ("api-rate-limit-undeclared", "GET /a/{id}"),
    ]


def test_several_files_and_none(repo, command):
    repo("v1", **{"a.yaml": API, "b.yaml": API, "contractcheck.toml": CONVENTIONS, "x/y.txt": "no contract\n"})
    ran = command("lint", "api", "a.yaml", "b.yaml")
    assert (ran.code, "2 contracts checked against the conventions of the policy" in ran.out) == (1, True)
    ran = command("lint", "api", "x")
    assert (ran.code, ran.err.splitlines()[0]) == (3, "contractcheck: x: no OpenAPI document found")
    ran = command("deprecations", "x")
    assert (ran.code, ran.err.splitlines()[0]) == (3, "contractcheck: x: no OpenAPI document found")


def test_what_a_pre_release_may_change_the_release_may_not(repo, findings):
    policy = '[versioning]\nscheme = "semver"\n[releases]\ntags = "v*"\n'

    def release(version, *operations):
        repo(f"v{version}", **{"api.yaml": contract(*operations, version=version), "contractcheck.toml": policy})

    def versions(version, *operations, base):
        repo(**{"api.yaml": contract(*operations, version=version)})
        return [each[1:3] for each in findings("check", "--base", base) if each[1].startswith("version-")]

    release("1.4.0", "GET /a", "GET /b")
    release("1.5.0-rc.1", "GET /a", "GET /b", "GET /c")
    small, missing = [("version-bump-too-small", "info.version")], [("version-bump-missing", "info.version")]
    # What the candidate brought may go again; what 1.4.0 has may not.
    assert versions("1.5.0", "GET /a", "GET /b", base="v1.5.0-rc.1") == []
    assert versions("1.5.0", "GET /a", "GET /c", base="v1.5.0-rc.1") == small
    assert versions("1.5.0-rc.2", "GET /a", "GET /c", base="v1.5.0-rc.1") == small
    assert versions("2.0.0-rc.1", "GET /a", "GET /c", base="v1.5.0-rc.1") == []
    # The candidate has a number of its own.
    assert versions("1.5.0-rc.1", "GET /a", "GET /b", base="v1.5.0-rc.1") == missing
    assert versions("1.5.0-rc.0", "GET /a", "GET /b", "GET /c", base="v1.5.0-rc.1") == [
        ("version-went-back", "info.version")
    ]
    assert versions("1.5.0", "GET /a", "GET /b", "GET /c", base="v1.5.0-rc.1") == []


def test_contracts_that_are_released_under_tags_of_their_own(repo, command, findings):
    policy = "".join(
        f'[contract."{name}/*".versioning]\nscheme = "semver"\nsource = "tag"\n'
        f'[contract."{name}/*".releases]\ntags = "{name}-v*"\n'
        for name in ("bills", "orders")
    )
    files = {f"{name}/api.yaml": contract("GET /a", "GET /b", title=name) for name in ("bills", "orders")}
    repo("bills-v3.1.0", **files, **{"contractcheck.toml": policy})
    repo("orders-v0.3.0")
    repo(**{"orders/api.yaml": contract("GET /a", title="orders")})
    assert command("version", "orders-v0.3.0:orders/api.yaml", "orders/api.yaml").out == "0.4.0\n"
    repo(**{"bills/api.yaml": contract("GET /a", "GET /b", "GET /c", title="bills")})
    assert command("version", "bills-v3.1.0:bills/api.yaml", "bills/api.yaml").out == "3.2.0\n"
    ran = command("check", "--base", "orders-v0.3.0", "--format", "json")
    told = [(each["path"], each["bump"], each["needs"]) for each in json.loads(ran.out)["contracts"]]
    assert told == [("bills/api.yaml", "minor", "3.2.0"), ("orders/api.yaml", "major", "0.4.0")]
