"""The options of `diff` and `check`, end to end: exchanges, verification, traffic, pages."""

import json
import re

import jsonschema
import pytest

from contractcheck.reports import json as as_json
from tests.cli.conftest import environment
from tests.cli.running import run

BASE = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get:
      parameters:
        - {name: size, in: query, schema: {enum: [s, l]}}
      responses:
        '200': {description: orders}
    delete:
      responses:
        '204': {description: gone}
"""
REVISION = BASE.replace("[s, l]", "[s]").replace(
    """\
    delete:
      responses:
        '204': {description: gone}
""",
    "",
)
LINES = """\
{"request": {"method": "GET", "url": "https://shop.example/orders?size=l&token=hunter2"}}
{"request": {"method": "GET", "url": "https://shop.example/orders?size=s"}, "response": {"status": 200}}
{"request": {"method": "DELETE", "url": "/orders"}}
{"request": {"method": "GET", "url": "/favicon.ico"}}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A folder with both sides and a recording, and the command run in it."""
    for name, text in (("base.yaml", BASE), ("revision.yaml", REVISION), ("lines.jsonl", LINES)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def command(*arguments):
        return run(monkeypatch, capsys, tmp_path, "diff", "base.yaml", "revision.yaml", *arguments)

    command.folder = tmp_path
    return command


def findings(ran):
    return {each["rule"]: each for each in json.loads(ran.out)["findings"]}


def test_json_has_the_exchanges(shop):
    ran = shop("--format", "json")
    report = json.loads(ran.out)
    jsonschema.validate(report, as_json.schema())
    found = findings(ran)
    assert (ran.code, report["traffic"]) == (1, None)
    assert {rule: (each["proof"]["kind"], each["proof"]["exchange"]["curl"]) for rule, each in found.items()} == {
        "operation-removed": ("structural", "curl -X DELETE https://api.example.com/orders"),
        "request-enum-narrowed": ("witness", "curl 'https://api.example.com/orders?size=l'"),
    }
    assert {each["proof"]["exchange"]["checked"] for each in found.values()} == {None}
    assert {each["traffic"] for each in found.values()} == {None}


def test_verify_makes_a_witness_of_what_is_confirmed(shop):
    ran = shop("--format", "json", "--verify")
    report = json.loads(ran.out)
    jsonschema.validate(report, as_json.schema())
    removed = findings(ran)["operation-removed"]["proof"]
    assert removed == {
        "kind": "witness",
        "why": "one side allows the exchange and the other refuses it; openapi-core agrees",
        "witness": {
            "request": {
                "method": "DELETE",
                "url": "https://api.example.com/orders",
                "headers": [],
                "body": None,
                "encoding": None,
            },
            "response": None,
        },
        "trial": None,
        "exchange": {
            "request": removed["witness"]["request"],
            "response": None,
            "about": "was accepted and is refused now",
            "curl": "curl -X DELETE https://api.example.com/orders",
            "checked": "verified",
        },
    }
    assert report["notes"] == ["exchanges put to openapi-core: 2 verified, 0 disputed, 0 undecided"]


def test_a_dispute_changes_neither_proof_nor_severity(shop, monkeypatch):
    monkeypatch.setattr("contractcheck.openapi.exchanges.verify.verify", lambda *_: "disagreement: it says so")
    plain, disputed = findings(shop("--format", "json")), findings(shop("--format", "json", "--verify"))
    for rule, each in disputed.items():
        assert each["proof"].pop("exchange")["checked"] == "disagreement: it says so"
        plain[rule]["proof"].pop("exchange")
        assert each == plain[rule]


def test_verbose_text(shop):
    ran = shop("--verbose", "--verify")
    assert [line.strip() for line in ran.out.splitlines() if re.search("witness|try|accepted|openapi-core", line)] == [
        "witness  the exchange below",
        "try      curl -X DELETE https://api.example.com/orders",
        "was accepted and is refused now, says openapi-core",
        'witness  "l"  was accepted and is refused now',
        "try      curl 'https://api.example.com/orders?size=l'",
        "was accepted and is refused now, says openapi-core",
        "exchanges put to openapi-core: 2 verified, 0 disputed, 0 undecided",
    ]
    assert "try  " not in shop().out


def test_traffic(shop):
    ran = shop("--traffic", "lines.jsonl")
    assert "hunter2" not in ran.out
    assert [line.strip() for line in ran.out.splitlines() if re.search("traffic|line|exchange", line)] == [
        "traffic  breaks 1 recorded exchange",
        "traffic  breaks 1 recorded exchange",
        "lines.jsonl   4 exchanges: 3 with an operation, 0 with one that is unchanged, 2 broken",
        "line 1  breaks  GET /orders  parameter query size $: enum",
        "line 3  breaks  DELETE /orders  no such operation",
        "line 4  no operation  GET /favicon.ico",
    ]
    ran = shop("--traffic", "lines.jsonl", "--format", "json")
    report = json.loads(ran.out)
    jsonschema.validate(report, as_json.schema())
    assert {rule: each["traffic"] for rule, each in findings(ran).items()} == {
        "operation-removed": 1,
        "request-enum-narrowed": 1,
    }
    prints = {rule: each["fingerprint"] for rule, each in findings(ran).items()}
    assert report["traffic"] == {
        "file": "lines.jsonl",
        "exchanges": 4,
        "matched": 3,
        "unchanged": 0,
        "broken": 2,
        "unexplained": 0,
        "unfit": 0,
        "undecided": 0,
        "stripped": 0,
        "unmatched": 1,
        "breaks": [
            {
                "line": 1,
                "operation": "GET /orders",
                "direction": "request",
                "status": None,
                "why": ["parameter query size $: enum"],
                "findings": [prints["request-enum-narrowed"]],
            },
            {
                "line": 3,
                "operation": "DELETE /orders",
                "direction": "request",
                "status": None,
                "why": ["no such operation"],
                "findings": [prints["operation-removed"]],
            },
        ],
        "strangers": [{"line": 4, "method": "GET", "address": "/favicon.ico"}],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINES + "{\n", "contractcheck: bad.jsonl:6: the file ends inside of a value"),
        ("x", "contractcheck: bad.jsonl:1: this is neither a HAR file nor JSON lines: it begins with no object"),
        (None, "contractcheck: bad.jsonl: cannot be read: No such file or directory"),
    ],
)
def test_a_bad_recording_decides_nothing(shop, content, message):
    if content is not None:
        (shop.folder / "bad.jsonl").write_text(content, encoding="utf-8")
    ran = shop("--traffic", "bad.jsonl")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(message)


@pytest.mark.parametrize("option", [("--verify",), ("--traffic", "lines.jsonl")])
def test_openapi_core_is_not_installed(shop, monkeypatch, option):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    ran = shop(*option)
    assert (ran.code, ran.out) == (2, "")
    assert "pip install 'contractcheck[exchanges]'" in ran.err


def test_html(shop):
    ran = shop("--format", "html", "--output", "page.html")
    page = (shop.folder / "page.html").read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (1, "")
    assert re.findall(r'<div class="side ([\w ]+)"><p>[^<]* <code><bdi>([^<]*)', page) == [
        ("base", "base.yaml:10"),
        ("revision holder", "revision.yaml:4"),
        ("base", "base.yaml:7"),
        ("revision holder", "revision.yaml:7"),
    ]
    assert "curl -X DELETE" in page


def test_a_release_note(shop):
    assert shop("--all", "--format", "markdown").out == (
        "# Changes from `base.yaml` to `revision.yaml`\n\n"
        "🔴 Breaking: 2 errors, 0 warnings; 0 additions or harmless changes.\n\n"
        "## `revision.yaml` `1.0.0` → `1.0.0`\n\n"
        "### Removed operations\n\n"
        "- 🔴 `DELETE /orders`\n\n"
        "### Changed operations\n\n"
        "#### `GET /orders`\n\n"
        '- 🔴 `query size $`: no longer allowed: "l"\n'
    )


def test_markdown_shows_them_in_a_line(shop):
    page = shop("--verify", "--traffic", "lines.jsonl", "--format", "markdown").out
    assert [line for line in page.splitlines() if re.search("^- (witness|breaks|line)|Traffic", line)] == [
        "- witness `curl -X DELETE https://api.example.com/orders` was accepted and is refused now",
        "- breaks 1 recorded exchange",
        '- witness `"l"`',
        "- breaks 1 recorded exchange",
        "### Traffic in `lines.jsonl`: 2 of 4 exchanges broken",
        "- line 1: `GET /orders` parameter query size \\$: enum",
        "- line 3: `DELETE /orders` no such operation",
    ]
    (shop.folder / "many.jsonl").write_text(LINES.splitlines()[0] + "\n" + LINES * 15, encoding="utf-8")
    page = shop("--traffic", "many.jsonl", "--format", "markdown").out
    assert "- and 11 more\n" in page


def test_check_shows_and_replays_too(shop, monkeypatch, capsys):
    import subprocess

    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    folder = shop.folder / "repository"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(BASE, encoding="utf-8")
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True, env=environment())
    (folder / "openapi.yaml").write_text(REVISION, encoding="utf-8")
    (folder / "lines.jsonl").write_text(LINES, encoding="utf-8")
    ran = run(
        monkeypatch,
        capsys,
        folder,
        *["check", "--base", "HEAD", "--verify", "--traffic", "lines.jsonl", "--format", "json"],
    )
    report = json.loads(ran.out)
    jsonschema.validate(report, as_json.schema())
    assert ran.code == 1
    assert {(each["rule"], each["traffic"], each["proof"]["kind"]) for each in report["findings"]} >= {
        ("operation-removed", 1, "witness"),
        ("request-enum-narrowed", 1, "witness"),
    }
    assert report["traffic"]["broken"] == 2
    assert "exchanges put to openapi-core: 2 verified, 0 disputed, 0 undecided" in report["notes"]
    (folder / "openapi.yaml").write_text(BASE, encoding="utf-8")
    same = run(monkeypatch, capsys, folder, "check", "--base", "HEAD", "--traffic", "lines.jsonl", "--format", "json")
    assert (same.code, json.loads(same.out)["traffic"]) == (0, None)
    assert "no contract was compared: the recording was not read" in json.loads(same.out)["notes"]
    (folder / "openapi.yaml").write_text(REVISION, encoding="utf-8")
    page = run(monkeypatch, capsys, folder, "check", "--base", "HEAD", "--format", "html").out
    assert page.count('<div class="side') >= 4


def test_a_plain_diff_loads_no_validator(shop):
    from tests.cli.test_startup import modules

    code, loaded = modules(["diff", "base.yaml", "revision.yaml"], shop.folder)
    assert (code, loaded & {"openapi_core", "werkzeug", "pydantic", "openapi_schema_validator"}) == (1, set())
