"""`version`, `deprecations`, `lint api`, `policy`, `init`, and whose policy `check` takes, as a user runs them."""

import json

import pytest

from tests.policy.conftest import contract

SEMVER = '[versioning]\nscheme = "semver"\n'
GONE = "deprecated: true\nx-sunset: 2026-03-01"


def test_version_prints_the_version_and_nothing_else(repo, command):
    repo("v1.4.0", **{"api.yaml": contract("GET /a", "GET /b", version="1.4.0")})
    repo(**{"api.yaml": contract("GET /a", version="1.4.0")})
    ran = command("version", "v1.4.0:api.yaml", "api.yaml")
    assert (ran.code, ran.out, ran.err) == (0, "2.0.0\n", "major: operation-removed GET /b\n")
    repo("next", **{"api.yaml": contract("GET /a", "GET /b", "GET /c", "GET /d", version="1.4.0")})
    ran = command("version", "v1.4.0", "next")
    assert (ran.out, ran.err) == ("1.5.0\n", "minor: operation-added GET /c and 1 more finding\n")
    ran = command("version", "v1.4.0", "v1.4.0")
    assert (ran.out, ran.err) == ("1.4.0\n", "nothing demands a new version\n")


def test_versions_of_several_contracts(repo, command):
    repo("v1", **{"a.yaml": contract("GET /a"), "b.yaml": contract("GET /b", title="Other", version="0.3.0")})
    repo("v2", **{"a.yaml": contract("GET /a", "GET /x"), "b.yaml": contract("GET /c", title="Other", version="0.3.0")})
    ran = command("version", "v1", "v2")
    assert ran.out == "a.yaml 1.1.0\nb.yaml 0.4.0\n"
    assert ran.err == "a.yaml: minor: operation-added GET /x\nb.yaml: major: operation-removed GET /b\n"
    told = json.loads(command("version", "v1", "v2", "--format", "json").out)
    assert told["today"] is None
    assert told["contracts"][1] == {
        "path": "b.yaml",
        "base": "0.3.0",
        "revision": "0.3.0",
        "bump": "major",
        "next": "0.4.0",
        "why": "operation-removed GET /b",
        "met": False,
        "unproven": 0,
    }


def test_versions_by_tag(repo, command):
    policy = '[versioning]\nscheme = "semver"\nsource = "tag"\n[releases]\ntags = "shop-v*"\n'
    repo("shop-v3.1.0", **{"api.yaml": contract("GET /a", version="2"), "contractcheck.toml": policy})
    repo("shop-v3.1.1", **{"api.yaml": contract("GET /a", "GET /b", version="2")})
    told = json.loads(command("version", "shop-v3.1.0", "shop-v3.1.1", "--format", "json").out)["contracts"]
    assert [(each["base"], each["revision"], each["next"], each["met"]) for each in told] == [
        ("3.1.0", "3.1.1", "3.2.0", False)
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "first"),
    [
        (("v1", "nowhere"), 3, "contractcheck: nowhere: no such file or folder"),
        (("v1", "api.yaml"), 3, "contractcheck: one side is a file, the other is not"),
        (
            ("api.yaml", "other.yaml"),
            3,
            "contractcheck: other.yaml: its version, spring, is of no scheme that says what comes next",
        ),
        (("api.yaml", "api.yaml", "--today", "2026-02-30"), 2, "contractcheck: --today: '2026-02-30' is no day"),
    ],
)
def test_version_says_what_it_cannot_say(repo, command, arguments, code, first):
    repo("v1", **{"api.yaml": contract("GET /a", version="spring"), "other.yaml": contract("GET /a", version="spring")})
    ran = command("version", *arguments)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (code, "", first)


def test_deprecations_in_every_format(repo, command):
    repo("v1.0.0", day="2026-01-05", **{"api.yaml": contract("GET /a", "GET /b")})
    repo("v1.1.0", day="2026-02-05", **{"api.yaml": contract("GET /a|" + GONE, "GET /b|deprecated: true")})
    repo(**{"contractcheck.toml": "[deprecation.notice]\nstable = 60\n"})
    ran = command("deprecations", "--today", "2026-03-15")
    assert ran.out == (
        "api.yaml\n"
        "  must stay until 2026-04-06  operation GET /a\n"
        "                              deprecated since 1.1.0 of 2026-02-05, 60 days of notice; it may go on 2026-04-06   "
        "api.yaml:5:5\n"
        "  must stay until 2026-04-06  operation GET /b\n"
        "                              deprecated since 1.1.0 of 2026-02-05, 60 days of notice; it may go on 2026-04-06   "
        "api.yaml:11:5\n\n"
        "2 deprecations on 2026-03-15: 2 must stay\n"
    )
    told = json.loads(command("deprecations", "--today", "2026-04-06", "--format", "json").out)
    assert (told["today"], told["notes"]) == ("2026-04-06", [])
    assert told["deprecations"][0] == {
        "contract": "api.yaml",
        "kind": "operation",
        "name": "GET /a",
        "stability": "stable",
        "going": "may go now",
        "since": "1.1.0",
        "since_day": "2026-02-05",
        "sunset": "2026-03-01",
        "until": "2026-04-06",
        "why": "deprecated since 1.1.0 of 2026-02-05, 60 days of notice; it may go on 2026-04-06",
        "place": {"file": "api.yaml", "line": 5, "pointer": "/paths/~1a/get"},
    }
    table = command("deprecations", "--today", "2026-03-15", "--format", "markdown").out
    assert table.splitlines()[4] == (
        "| must stay until 2026-04-06 | operation `GET /a` | `1.1.0` of 2026-02-05 | `2026-03-01` | `api.yaml:5:5` |"
    )


def test_the_calendar_is_icalendar(repo, command, tmp_path):
    repo("v1.0.0", day="2026-01-05", **{"api.yaml": contract("GET /a|" + GONE)})
    ran = command("deprecations", "--today", "2026-02-01", "--format", "icalendar", "--output", "d.ics")
    assert (ran.code, ran.out) == (0, "")
    data = (tmp_path / "d.ics").read_bytes()
    lines = data.decode().split("\r\n")
    assert lines[-1] == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = data.decode().replace("\r\n ", "").split("\r\n")
    assert unfolded[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//contractcheck//deprecations//EN",
        "CALSCALE:GREGORIAN",
    ]
    assert unfolded[6:11] == [
        "DTSTAMP:20260201T000000Z",
        "DTSTART;VALUE=DATE:20260301",
        "SUMMARY:operation GET /a may go",
        "DESCRIPTION:api.yaml: deprecated since 1.0.0 of 2026-01-05\\; it may go on 2026-03-01",
        "TRANSP:TRANSPARENT",
    ]


def test_nothing_released_is_told(repo, command):
    repo("other", **{"api.yaml": contract("GET /a|deprecated: true")})
    ran = command("deprecations", "--today", "2026-02-01")
    assert ran.out.splitlines()[-2:] == [
        "no tag v* in the history: nothing was released",
        "1 deprecation on 2026-02-01: 1 not announced in a release",
    ]


def test_lint_api_needs_a_policy(repo, command):
    repo("v1", **{"api.yaml": contract("GET /a")})
    ran = command("lint", "api")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "contractcheck: the policy asks for no convention: each of these rules is off until it has a severity",
    )


def test_lint_api_by_operation(repo, findings):
    policy = (
        '[[override]]\nrules = ["api-idempotency-undeclared"]\noperations = ["POST /pay*"]\nseverity = "error"\n'
        '[severity]\napi-rate-limit-undeclared = "warning"\n'
    )
    repo("v1", **{"api.yaml": contract("POST /payments", "POST /notes"), "contractcheck.toml": policy})
    assert findings("lint", "api") == [
        ("error", "api-idempotency-undeclared", "POST /payments", None),
        ("warning", "api-rate-limit-undeclared", "POST /payments", None),
        ("warning", "api-rate-limit-undeclared", "POST /notes", None),
    ]


def test_policy_show_says_where_each_value_is_from(repo, command):
    files = {
        "api.yaml": contract("GET /a|tags: [inner]\nx-stability-level: beta", "GET /b"),
        "contractcheck.toml": 'extends = "policies/base.toml"\nprofile = "standard"\n'
        '[contract."api.yaml".severity]\nsdk = "off"\n',
        "policies/base.toml": 'profile = "strict"\n\n[[override]]\ntags = ["inner"]\nstability = ["beta"]\nseverity = "info"\n',
    }
    repo("v1", **files)
    ran = command("policy", "show", "get /a", "--format", "json")
    told = json.loads(ran.out)
    assert (told["target"], told["about"], told["notes"]) == ("GET /a", "api.yaml, tags inner, beta", [])
    values = {each["name"]: (each["value"], each["where"]) for each in told["settings"]}
    assert values["profile"] == ("standard", "contractcheck.toml:2")
    verdicts = {each["rule"]: (each["level"], each["where"]) for each in told["verdicts"]}
    # Two conditions on the place go before a category.
    assert verdicts["operation-removed"] == ("info", "policies/base.toml:3")
    assert verdicts["operation-id-changed"] == ("info", "policies/base.toml:3")
    other = json.loads(command("policy", "show", "GET /b", "--format", "json").out)
    verdicts = {each["rule"]: (each["level"], each["where"]) for each in other["verdicts"]}
    assert verdicts["operation-id-changed"] == ("off", "contractcheck.toml:4")
    assert verdicts["operation-removed"] == ("error", "the law")
    assert verdicts["response-enum-widened"] == ("warning", "profile standard")
    assert verdicts["api-error-format"] == ("off", "optional: off until it has a severity")


def test_policy_show_for_a_table_and_for_mistakes(repo, command):
    repo("v1", **{"contractcheck.toml": '[[override]]\ntables = ["audit_*"]\nseverity = "info"\n'})
    ran = command("policy", "show", "--table", "audit_log")
    assert "rewrite-large-table" in ran.out
    told = json.loads(command("policy", "show", "--table", "audit_log", "--format", "json").out)
    assert {each["level"] for each in told["verdicts"]} == {"info"}
    ran = command("policy", "show", "orders")
    assert (ran.code, ran.err) == (
        2,
        "contractcheck: policy show: 'orders' is no operation\n  next: write method and path: 'GET /users/{id}'\n",
    )
    ran = command("policy", "show", "GET /a")
    assert "no contract has GET /a: its tags and its level are not known" in ran.out


def test_the_schemas_are_printed(command, repo):
    import jsonschema

    for name in ("configuration", "waivers"):
        jsonschema.Draft202012Validator.check_schema(json.loads(command("policy", "schema", name).out))


def test_init_writes_what_it_found_once(repo, command, tmp_path):
    repo("v1.2.0", **{"api/openapi.yaml": contract("GET /a", version="2026-01-01")})
    ran = command("init")
    assert (ran.code, ran.err) == (0, "contractcheck.toml: written for 1 contract, 0 trees of migrations\n")
    text = (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")
    assert "#   api/openapi.yaml   2026-01-01\n" in text
    assert '#scheme = "date"\n' in text
    assert '#tags = "v*"\n' in text
    ran = command("init")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "contractcheck: contractcheck.toml: there is a configuration already",
    )
    # What stands in comments is valid too.
    live = "".join(
        line.removeprefix("#") + "\n" if line.startswith("#") and not line.startswith("# ") else line + "\n"
        for line in text.splitlines()
        if not line.startswith("#   ")
    )
    (tmp_path / "contractcheck.toml").write_text(live, encoding="utf-8")
    assert command("policy", "show").code == 0


def test_a_bot_takes_the_policy_of_the_base(repo, command, findings):
    repo("v1", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": 'fail-on = "error"\n'})
    off = '[severity]\noperation-removed = "off"\n'
    repo(**{"api.yaml": contract("GET /a"), "contractcheck.toml": off})
    assert findings("check", "--base", "v1") == [
        ("error", "operation-removed", "GET /b", "off in contractcheck.toml:2"),
        ("warning", "policy-loosened", "policy", None),
    ]
    assert findings("check", "--base", "v1", "--policy", "base") == [("error", "operation-removed", "GET /b", None)]
    assert (command("check", "--base", "v1").code, command("check", "--base", "v1", "--policy", "base").code) == (0, 1)


def test_a_version_is_judged_by_the_last_release(repo, findings):
    policy = SEMVER + '[releases]\ntags = "v*"\n'
    repo("v1.0.0", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy})
    repo("main", **{"api.yaml": contract("GET /a", version="2.0.0")})
    repo(**{"api.yaml": contract("GET /c", version="2.0.0")})
    # A second break before the release needs no third major version.
    assert findings("check", "--base", "main") == [("error", "operation-removed", "GET /a", None)]
    repo(**{"api.yaml": contract("GET /a", "GET /d", version="1.1.0")})
    # The break is in the base; the release that is to come has it nevertheless.
    assert findings("check", "--base", "main") == [
        ("error", "version-bump-too-small", "info.version", None),
    ]


def test_contracts_of_one_repository_under_different_rules(repo, findings):
    policy = (
        '[contract."a.yaml"]\nprofile = "strict"\n[contract."*.yaml".severity]\nwire = "warning"\n'
        '[contract."c.yaml".severity]\nwire = "info"\n'
    )
    files = {f"{name}.yaml": contract("GET /x", "GET /y", title=name) for name in "abc"}
    repo("v1", **files, **{"contractcheck.toml": policy})
    repo(**{f"{name}.yaml": contract("GET /x", title=name) for name in "abc"})
    assert findings("check", "--base", "v1") == [("warning", "operation-removed", "GET /y", None)] * 2


def test_a_shallow_clone_without_tags_is_not_judged(repo, command, tmp_path, monkeypatch, capsys):
    from tests.cli import running
    from tests.policy.history import git

    policy = SEMVER + '[releases]\ntags = "v*"\n'
    repo("v1.0.0", **{"api.yaml": contract("GET /a"), "contractcheck.toml": policy})
    repo("later", **{"api.yaml": contract("GET /a", "GET /b")})
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", f"file://{tmp_path}", "shallow")
    (tmp_path / "shallow" / "api.yaml").write_text(contract("GET /a"), encoding="utf-8")
    ran = running.run(monkeypatch, capsys, tmp_path / "shallow", "check", "--base", "HEAD")
    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        "contractcheck: this clone is shallow and has no tag v*: what was released is not known",
    )


@pytest.mark.parametrize(
    "arguments", [["policy", "show"], ["policy", "schema"], ["version", "--help"], ["baseline", "--help"]]
)
def test_what_needs_no_contract_is_light(arguments, tmp_path):
    from tests.cli.test_startup import HEAVY, modules

    code, loaded = modules(arguments, tmp_path)
    assert (code or 0, loaded & HEAVY) == (0, set())


def test_the_hook_reads_waivers_and_releases_from_the_index(repo, command, tmp_path):
    from tests.policy.history import git

    policy = SEMVER + '[releases]\ntags = "v*"\n'
    repo("v1.0.0", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy})
    waiver = (
        '[[waiver]]\nrule = "operation-removed"\nsubject = "GET /b"\nowner = "o"\nreason = "r"\nexpires = 2999-01-01\n'
    )
    repo(**{"api.yaml": contract("GET /a", "GET /c"), "contractcheck.waivers.toml": waiver})
    git(tmp_path, "add", "api.yaml")
    ran = command("hook")
    assert ran.code == 1
    assert "1.0.0 since v1.0.0: operation-removed GET /b needs 2.0.0" in " ".join(ran.out.split())
    git(tmp_path, "add", "contractcheck.waivers.toml")
    ran = command("hook")
    assert ran.code == 1
    assert "1.0.0 since v1.0.0: operation-added GET /c needs 1.1.0" in " ".join(ran.out.split())


def test_a_contract_that_cannot_be_read(repo, command):
    repo("v1", **{"a.yaml": "openapi: 3.1.0\n- broken\n", "contractcheck.toml": "[deprecation]\n"})
    ran = command("policy", "show", "GET /a")
    assert ran.code == 0
    assert "no contract has GET /a: its tags and its level are not known\n" in ran.out
    ran = command("policy", "show", "GET /a", "--contract", "a.yaml")
    assert ran.code == 3
    ran = command("policy", "show", "GET /a", "--table", "x")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "contractcheck: policy show: an operation and a table")


def test_init_for_a_tree_of_migrations_and_versioned_paths(repo, command, tmp_path):
    repo(
        "release-1",
        **{
            "api.yaml": contract("GET /v1/a", "GET /v2/a"),
            "db/000001_a.up.sql": "CREATE TABLE a (id bigint PRIMARY KEY);\n",
            "db/000001_a.down.sql": "DROP TABLE a;\n",
            "broken.yaml": "openapi: 3.1.0\npaths: [\n",
        },
    )
    ran = command("init")
    assert ran.err == "contractcheck.toml: written for 1 contract, 1 tree of migrations\n"
    text = (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")
    assert '#scheme = "path"\n' in text
    assert "#   db   golang-migrate, 2 files\n[migrations]\n" in text
    assert '#tags = "release-*"\n' in text
    assert command("policy", "show").code == 0


def test_a_release_in_several_files(repo, findings):
    shared = "get:\n  responses:\n    '200': {description: ok}\n"
    root = "openapi: 3.1.0\ninfo: {title: T, version: %s}\npaths:\n  /a: {$ref: 'parts/a.yaml'}\n"
    policy = SEMVER + '[releases]\ntags = "v*"\n'
    more = shared + "post:\n  responses:\n    '200': {description: ok}\n"
    repo("v1.0.0", **{"api.yaml": root % "1.0.0", "parts/a.yaml": more, "contractcheck.toml": policy})
    # The break is in a part; the root stays as it was until the version moves.
    repo("main", **{"parts/a.yaml": shared})
    repo(**{"api.yaml": root % "1.1.0"})
    assert findings("check", "--base", "main") == [("error", "version-bump-too-small", "info.version", None)]


def test_an_accepted_break_demands_no_version(repo, command, findings):
    policy = SEMVER + '[releases]\ntags = "v*"\n'
    repo("v1.0.0", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy})
    repo("main", **{"api.yaml": contract("GET /a")})
    command("baseline", "write", "--base", "v1.0.0")
    repo(**{"api.yaml": contract("GET /a", "GET /c", version="1.1.0")})
    assert findings("check", "--base", "main") == []


def test_a_policy_that_is_only_spelled_otherwise_is_no_looser(repo, findings):
    policy = '[severity]\noperation-removed = "warning"\nsdk = "info"\n'
    repo("v1", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy})
    other = '# a comment\n[severity]\nsdk = "info"\n"operation-removed" = "warning"\n'
    repo(**{"api.yaml": contract("GET /a"), "contractcheck.toml": other})
    assert findings("check", "--base", "v1") == [("warning", "operation-removed", "GET /b", None)]
    repo(**{"contractcheck.toml": 'extends = "missing.toml"\n'})
    repo("v2")
    repo(**{"api.yaml": contract("GET /x"), "contractcheck.toml": other})
    assert findings("check", "--base", "v2") == [("warning", "operation-removed", "GET /a", None)]
