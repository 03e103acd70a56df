"""What is rare in policy: no repository, marks of every kind of element, documents that cannot be read, ambiguity."""

import json

import pytest

from contractcheck.model.globs import matcher, meet
from contractcheck.policy.days import Today
from contractcheck.policy.settings import Configuration, Versioning
from contractcheck.policy.versioning import Demand, Versions, beside, judge
from contractcheck.workflows.releases import Histories
from tests.policy.conftest import contract
from tests.policy.history import git

POLICY = '[deprecation]\n[releases]\ntags = "v*"\n'
HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths:\n"
EVERY = """\
  /a:
    post:
      deprecated: true
      parameters:
      - {name: q, in: query, deprecated: true, schema: {type: string}}
      requestBody:
        content:
          application/xml: {x-deprecated: true}
          application/json:
            schema:
              oneOf:
              - {const: one, deprecated: true, x-sunset: 2030-01-01}
              - {const: two}
      responses:
        '200':
          description: ok
          headers: {X-Old: {deprecated: true, schema: {type: string}}}
      callbacks:
        done:
          '{$request.body#/url}':
            put: {deprecated: true, responses: {}}
webhooks:
  made:
    post: {deprecated: true, responses: {}}
components:
  schemas:
    Old: {deprecated: true, type: object, properties: {deprecated: {type: boolean}, note: {deprecated: true}}}
    Kind: {enum: [1, 2], x-enum-deprecated: {'2': 2030-01-01}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key, x-deprecated: true}
"""


def told(command, *arguments):
    ran = command("deprecations", *arguments, "--today", "2026-01-01", "--format", "json")
    return [(each["kind"], each["name"], each["going"], each["until"]) for each in json.loads(ran.out)["deprecations"]]


def test_every_kind_of_element_can_be_deprecated(repo, command):
    repo(**{"api.yaml": HEAD + EVERY})
    assert told(command, "api.yaml") == [
        ("value", 'POST /a request application/json $(oneOf 0) "one"', "must stay", "2030-01-01"),
        ("value", "schemas.Kind $ 2", "must stay", "2030-01-01"),
        ("operation", "POST /a", "not announced in a release", None),
        ("header", "POST /a 200 header X-Old", "not announced in a release", None),
        ("operation", "POST /a callback done PUT", "not announced in a release", None),
        ("parameter", "POST /a query q", "not announced in a release", None),
        ("media type", "POST /a request application/xml", "not announced in a release", None),
        ("operation", "POST webhooks.made", "not announced in a release", None),
        ("schema", "schemas.Old $", "not announced in a release", None),
        ("property", "schemas.Old $.note", "not announced in a release", None),
        ("security scheme", "securitySchemes.key", "not announced in a release", None),
    ]


def test_every_kind_of_element_is_found_in_its_release(repo, command):
    repo("v1", day="2025-12-01", **{"api.yaml": HEAD + EVERY, "contractcheck.toml": POLICY})
    lines = HEAD + EVERY.replace("- {const: two}", "- {const: zero}\n              - {const: two}")
    repo(**{"api.yaml": lines.replace("application/xml", "Application/XML").replace("X-Old", "x-old")})
    found = told(command)
    assert {each[2] for each in found} == {"must stay"}
    assert {each[3] for each in found} == {"2026-05-30", "2030-01-01"}
    assert len(found) == 11


def test_without_a_repository_nothing_is_known_of_releases(tmp_path, command):
    (tmp_path / "api.yaml").write_text(contract("GET /a|deprecated: true"), encoding="utf-8")
    (tmp_path / "contractcheck.toml").write_text(POLICY, encoding="utf-8")
    ran = command("deprecations", "--today", "2026-01-01", "--format", "json")
    assert json.loads(ran.out)["notes"] == ["there is no git repository here: nothing is known of releases"]
    git(tmp_path, "init", "-q")
    ran = command("deprecations", "--today", "2026-01-01", "--format", "json")
    assert json.loads(ran.out)["notes"] == ["there is no commit yet: nothing was released"]


def test_a_list_needs_the_repository_for_its_revisions(repo):
    from contractcheck.policy.configuration import configuration

    text = '[[releases.list]]\nversion = "1"\ndate = "2025-01-01"\nrevision = "a1"\n'
    wanted = configuration({"contractcheck.toml": text.encode()}.get)
    found = Histories(None, Today()).of(wanted)
    assert (found.releases, found.why_empty) == ((), "no release of the list is in the past")


def test_releases_whose_contract_cannot_be_read_do_not_have_it(repo, command):
    repo("v1", day="2025-01-01", **{"api.yaml": "openapi: 3.1.0\npaths: [\n", "contractcheck.toml": POLICY})
    repo(
        "v2",
        day="2025-02-01",
        **{"api.yaml": None, "a.yaml": "openapi: '9'\n", "b.yaml": contract("GET /a|deprecated: true")},
    )
    repo("v3", day="2025-03-01", **{"a.yaml": contract("GET /a", title="Other")})
    repo(**{"b.yaml": None, "api.yaml": contract("GET /a|deprecated: true")})
    ran = command("deprecations", "api.yaml", "--today", "2026-01-01", "--format", "json")
    (found,) = json.loads(ran.out)["deprecations"]
    assert (found["since"], found["going"]) == ("2", "may go now")


def test_an_operation_of_several_contracts(repo, command):
    repo(**{"a.yaml": contract("GET /a"), "b.yaml": contract("GET /a|tags: [x]", title="B")})
    ran = command("policy", "show", "GET /a")
    assert (ran.code, ran.err) == (
        2,
        "contractcheck: policy show: GET /a is in a.yaml, b.yaml\n  next: name one of them: --contract FILE\n",
    )
    policy = '[api]\nerror-schema = "Problem"\n[releases]\ntags = ["v*", "w*"]\n[[releases.list]]\nversion = "1"\ndate = 2025-01-01\nfile = "a.yaml"\n'
    repo(**{"contractcheck.toml": policy})
    lines = command("policy", "show", "GET /a", "--contract", "b.yaml").out.splitlines()
    assert lines[0].split() == ["GET", "/a", "b.yaml,", "tags", "x,", "stable"]
    shown = {line.split()[0]: line.split()[1:-1] for line in lines[2:12]}
    assert shown["releases.tags"] == ["v*,", "w*"]
    assert shown["releases.list"] == ["1", "releases"]
    assert shown["api.error-media-type"] == ["Problem"]


def test_init_without_anything(repo, command, tmp_path):
    repo()
    git(tmp_path, "init", "-q")
    assert command("init").code == 0
    text = (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")
    assert '# No OpenAPI document was found.\n#[contracts]\n#include = ["api/*.yaml"]\n' in text
    assert command("policy", "show").code == 0


@pytest.mark.parametrize(("version", "scheme"), [("2026.1.0", "calver"), ("1.2.3", "semver"), ("2026-01-01", "date")])
def test_init_guesses_the_scheme(repo, command, tmp_path, version, scheme):
    repo("none", **{"api.yaml": contract("GET /a", version=version)})
    assert command("init").code == 0
    assert f'#scheme = "{scheme}"\n' in (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")


def test_version_where_there_is_nothing_to_compare(repo, command):
    repo("v1.0.0", **{"a.yaml": contract("GET /a", version="1.0.0")})
    repo("v2.0.0", **{"a.yaml": None, "b.yaml": contract("GET /a", title="Other")})
    ran = command("version", "v1.0.0", "v2.0.0")
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        3,
        ["contractcheck: no contract is in both v1.0.0 and v2.0.0", "  next: name the two files"],
    )
    ran = command("version", "v1.0.0:a.yaml", "v2.0.0")
    assert (ran.code, ran.err.splitlines()[-1]) == (3, "  next: name two files, or two revisions")
    assert command("version", "nowhere.yaml", "b.yaml").code == 3
    assert command("version", "v9:b.yaml", "b.yaml").code == 3


def test_version_by_a_list_of_releases(repo, command):
    policy = '[versioning]\nscheme = "semver"\nsource = "tag"\n[[releases.list]]\nversion = "1.4.0"\ndate = 2025-01-01\nrevision = "first"\n'
    repo("first", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": policy})
    repo(**{"api.yaml": contract("GET /a")})
    assert command("version", "first:api.yaml", "api.yaml").out == "2.0.0\n"


def versions(base, revision, scheme="semver", bump="major"):
    step, found = judge(Versions(base, revision), Demand(bump), Versioning(scheme), today=lambda: Today().day)
    return step.next if step is not None else None, [each.rule for each in found]


def test_versions_that_are_not_of_the_scheme():
    assert versions(None, "1.0.0") == (None, [])
    assert versions("1.0.0", None) == ("2.0.0", [])
    assert versions("next", None) == (None, ["version-unreadable"])
    assert versions("1.0.0", "next") == ("2.0.0", ["version-unreadable"])


def test_versions_side_by_side_that_go_back():
    needs, found = beside(("v1", "v2"), ("v1",), {"v1": Demand(), "v2": Demand()}, Versions(None, None))
    assert (needs, [each.rule for each in found]) == (None, ["version-went-back"])


def test_patterns():
    assert matcher(["a/**", "*.yaml"])("a/b/c.json") == "a/**"
    assert matcher(["a/**", "*.yaml"])("b/c.yaml") == "*.yaml"
    assert matcher([])("x") is None
    assert meet("a*b*", "*ab")
    assert not meet("a*", "b*")


def test_a_policy_of_its_own_for_no_scheme(repo, findings):
    repo("v1", **{"api.yaml": contract("GET /a", "GET /b"), "contractcheck.toml": '[versioning]\nscheme = "none"\n'})
    repo(**{"api.yaml": contract("GET /a")})
    assert [each[1] for each in findings("check", "--base", "v1")] == ["operation-removed"]
    assert Configuration().versioning is None


def test_a_contract_without_releases_is_not_judged(repo, command):
    policy = '[versioning]\nscheme = "semver"\n[releases]\ntags = "v*"\n'
    repo("v1.0.0", **{"a.yaml": contract("GET /a"), "contractcheck.toml": policy})
    repo("main", **{"b.yaml": contract("GET /a", "GET /b", title="New")})
    repo(**{"b.yaml": contract("GET /a", title="New")})
    report = json.loads(command("check", "--base", "main", "--format", "json").out)
    assert report["notes"] == ["no release has b.yaml: its version is not judged"]


def test_levels_that_are_dropped_or_unknown(repo, findings):
    def changed(before, after, policy):
        repo("v1" if before else None, **{"api.yaml": contract(f"GET /a|{before}"), "contractcheck.toml": policy})
        git_tag = findings("check", "--base", "v1")
        assert git_tag == []
        repo(**{"api.yaml": contract(f"GET /a|{after}" if after else "GET /a")})
        return [each[1] for each in findings("check", "--base", "v1")]

    low = '[deprecation]\nstability = "beta"\n'
    assert changed("x-stability-level: stable", "", low) == ["stability-lowered"]


def test_a_later_sunset_is_no_finding(repo, findings):
    repo(
        "v1",
        **{
            "api.yaml": contract("GET /a|deprecated: true\nx-sunset: 2026-03-01"),
            "contractcheck.toml": "[deprecation]\n",
        },
    )
    repo(**{"api.yaml": contract("GET /a|deprecated: true\nx-sunset: 2026-04-01")})
    assert findings("check", "--base", "v1", "--today", "2026-02-01") == []


def test_what_a_policy_names_and_nothing_has(repo, command):
    policy = '[contract."old/*"]\nprofile = "strict"\n[contract."*.yaml".versioning]\nscheme = "%s"\n%s'
    for scheme, more, said in (
        ("semver", "", "api.yaml has no info.version: its version is not judged"),
        ("header", 'header = "X-Api"\n', "api.yaml has no request header X-Api: its version is not judged"),
        ("path", "", "api.yaml has no version in its paths: its version is not judged"),
        ("media-type", "", "api.yaml has no version in its media types: its version is not judged"),
    ):
        two = contract("GET /a", "GET /b").replace(", version: 1.0.0", "")
        repo("v1" if scheme == "semver" else None, **{"api.yaml": two, "contractcheck.toml": policy % (scheme, more)})
        repo(**{"api.yaml": contract("GET /a").replace(", version: 1.0.0", "")})
        notes = json.loads(command("check", "--base", "v1", "--format", "json").out)["notes"]
        assert notes == ['contractcheck.toml:1: no contract matches [contract."old/*"]', said]


def test_waivers_in_a_file_that_is_not_there(repo, command):
    repo("v1", **{"api.yaml": contract("GET /a"), "contractcheck.toml": '\n[waivers]\nfile = "w.toml"\n'})
    ran = command("check", "--base", "v1")
    assert (ran.code, ran.err) == (
        2,
        "contractcheck: contractcheck.toml:3: there is no file w.toml\n  next: write it, if only empty, or leave the key out\n",
    )
    repo(**{"w.toml": ""})
    assert command("check", "--base", "v1").code == 0


def test_a_file_that_begins_with_the_mark_of_its_encoding(repo, command):
    repo("v1", **{"api.yaml": contract("GET /a"), "contractcheck.toml": '\ufeffprofile = "wire"\n'})
    assert command("policy", "show").out == 'profile = "wire"  # contractcheck.toml:1\n'


def test_init_of_contracts_that_are_released_on_their_own(repo, command, tmp_path):
    files = {
        "services/orders/openapi.yaml": contract("GET /a", version="0.3.0"),
        "services/billing/openapi.yaml": contract("GET /a", title="Billing", version="2026.11.0"),
    }
    repo("orders-v0.3.0", **files)
    repo("billing-2026.11.0")
    repo("orders-v0.4.0")
    assert command("init").code == 0
    text = (tmp_path / "contractcheck.toml").read_text(encoding="utf-8")
    sections = text.partition("# Contracts that are released on their own:\n")[2].partition("\n\n")[0]
    assert sections.splitlines() == [
        '#[contract."services/billing/openapi.yaml".versioning]',
        '#scheme = "calver"',
        '#[contract."services/billing/openapi.yaml".releases]',
        '#tags = "billing-*"',
        '#[contract."services/orders/openapi.yaml".versioning]',
        '#scheme = "semver"',
        '#[contract."services/orders/openapi.yaml".releases]',
        '#tags = "orders-v*"',
    ]
    assert '#tags = "orders-v*"\n' in text
    (tmp_path / "contractcheck.toml").write_text(sections.replace("#", ""), encoding="utf-8")
    assert command("version", "orders-v0.3.0", ".").out.splitlines() == [
        "services/billing/openapi.yaml 2026.11.0",
        "services/orders/openapi.yaml 0.3.0",
    ]
