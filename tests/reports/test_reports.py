"""One report in every format: exact text, a schema that holds, the same output every time."""

import json
from decimal import Decimal

import jsonschema
import pytest

from contractcheck.model.finding import Affected, Category, Direction, Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import (
    ContractReport,
    MigrationReport,
    Report,
    Reversibility,
    ReversibilityVerdict,
    Skipped,
    StatementReport,
)
from contractcheck.reports import json as as_json
from contractcheck.reports import markdown, text

REMOVED = Finding(
    rule="request-enum-narrowed",
    severity=Severity.ERROR,
    category=Category.WIRE,
    message='no longer allowed: "backfill"',
    subject="schemas.Run $.type",
    place=Place("openapi.yaml", 12, 5, "/components/schemas/Run/properties/type/enum"),
    base_place=Place("openapi.yaml", 11, 5, "/components/schemas/Run/properties/type/enum"),
    proof=Proof(ProofKind.WITNESS, "checked", {"type": "backfill"}),
    affects=(Affected("POST /runs", Direction.REQUEST), Affected("PUT /runs/{id}", Direction.REQUEST)),
    suggestion="keep the value",
)
UNPROVEN = Finding(
    rule="downgrade-unproven",
    severity=Severity.WARNING,
    category=Category.REVERSIBILITY,
    message="the way back is not proved: reads data",
    subject="0002",
    place=Place("versions/0002_b.py", 20, 1),
    proof=Proof(ProofKind.UNPROVEN, "reads data"),
    suggestion="rehearse",
)
WAIVED = Finding(
    rule="contract-added",
    severity=Severity.INFO,
    category=Category.WIRE,
    message="new",
    subject="other.yaml",
    place=Place("other.yaml", 1, 1, ""),
    proof=Proof(ProofKind.STRUCTURAL, "only there"),
    suppressed="rule is off in contractcheck.toml",
)
REPORT = Report(
    findings=(REMOVED, UNPROVEN, WAIVED),
    contracts=(ContractReport("openapi.yaml", "3.1.0", "3.2.0", 7, 6),),
    migrations=(
        MigrationReport(
            "0002",
            "versions/0002_b.py",
            "alembic",
            "expand",
            Reversibility(ReversibilityVerdict.UNPROVEN, "reads data"),
            (StatementReport("SELECT 1", Place("versions/0002_b.py", 20, 1), {"max_lock": None}),),
        ),
    ),
    skipped=(Skipped("vendor/x.yaml", "vendored"),),
    base="v1",
    revision="working tree",
    server="PostgreSQL 16",
)
EMPTY = Report(base="v1", revision="v2")

TEXT = """\
openapi.yaml   3.1.0 → 3.2.0   BREAKING: 1 error                           6 of 7 edits proved harmless

error    request-enum-narrowed                                                        openapi.yaml:12:5
         schemas.Run $.type                                                       was openapi.yaml:11:5
         reaches  POST /runs and 1 more operation
         no longer allowed: "backfill"
         witness  {"type": "backfill"}  was accepted and is refused now
         instead  keep the value

versions/0002_b.py   expand · undo unproven · 1 warning                                   PostgreSQL 16

warning  downgrade-unproven  unproven                                           versions/0002_b.py:20:1
         0002
         the way back is not proved: reads data
         unproven  reads data
         instead  rehearse

1 migration   1 undo unproven
way back not proved from 0002: reads data
1 harmless or informational change not shown: --all
1 finding suppressed (waived, accepted, off): --all says why
1 file skipped: --format json says which and why
BREAKING   1 error, 1 warning, 1 unproven   v1 → working tree
more about a finding: contractcheck explain request-enum-narrowed
"""


def test_text():
    assert text.render(REPORT, width=103) == TEXT


def test_text_of_nothing():
    assert text.render(EMPTY) == "COMPATIBLE   0 errors, 0 warnings   v1 → v2\n"


def test_everything_shows_what_is_suppressed():
    assert "suppressed  rule is off in contractcheck.toml" in text.render(REPORT, everything=True)


def test_colours_only_where_asked():
    assert "\x1b" not in text.render(REPORT)
    coloured = text.render(REPORT, colour=True, width=103)
    assert "\x1b[1;31mrequest" not in coloured
    assert "\x1b[1;31merror" in coloured
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == TEXT


def test_json_keeps_its_schema():
    schema = as_json.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for report in (REPORT, EMPTY):
        jsonschema.validate(json.loads(as_json.render(report)), schema)


def test_the_schema_refuses_what_is_not_ours():
    document = json.loads(as_json.render(REPORT))
    document["findings"][0]["severity"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, as_json.schema())


def test_json_of_a_finding():
    document = as_json.document(REPORT)
    assert document["verdict"] == "breaking"
    assert document["summary"] == {"error": 1, "warning": 1, "info": 0, "unproven": 1}
    assert document["findings"][0] == {
        "rule": "request-enum-narrowed",
        "severity": "error",
        "category": "wire",
        "message": 'no longer allowed: "backfill"',
        "subject": "schemas.Run $.type",
        "place": {
            "file": "openapi.yaml",
            "line": 12,
            "column": 5,
            "pointer": "/components/schemas/Run/properties/type/enum",
        },
        "base_place": {
            "file": "openapi.yaml",
            "line": 11,
            "column": 5,
            "pointer": "/components/schemas/Run/properties/type/enum",
        },
        "affects": [
            {"operation": "POST /runs", "direction": "request"},
            {"operation": "PUT /runs/{id}", "direction": "request"},
        ],
        "affects_count": 2,
        "proof": {
            "kind": "witness",
            "why": "checked",
            "witness": {"type": "backfill"},
            "trial": None,
            "exchange": None,
        },
        "fingerprint": "a522161f303e48cc",
        "suppressed": None,
        "suggestion": "keep the value",
        "remedy": None,
        "traffic": None,
    }


def test_exact_numbers_of_a_document_are_json_numbers():
    exact = Proof(ProofKind.WITNESS, "w", {"a": Decimal("0.1"), "b": Decimal("2.0")})
    from msgspec.structs import replace

    report = Report((replace(REMOVED, proof=exact),))
    assert json.loads(as_json.render(report))["findings"][0]["proof"]["witness"] == {"a": 0.1, "b": 2}


def test_json_refuses_what_is_no_json():
    from msgspec.structs import replace

    with pytest.raises(TypeError):
        as_json.render(Report((replace(REMOVED, proof=Proof(ProofKind.WITNESS, "w", object())),)))


def test_markdown_is_deterministic_and_escaped():
    from msgspec.structs import replace

    hostile = replace(REMOVED, message="<img src=x> @octocat `x` [a](b)", subject="a`b|c")
    page = markdown.render(Report((hostile,)))
    assert page == markdown.render(Report((hostile,)))
    assert "&lt;img src=x&gt; @&#8203;octocat &#96;x&#96; &#91;a&#93;(b)" in page
    assert "<code>a&#96;b&#124;c</code>" in page


MARKDOWN = """\
## 🔴 Breaking: 1 error, 1 warning

`v1` → `working tree`

### `openapi.yaml` `3.1.0` → `3.2.0`: 1 error; 6 of 7 edits proved harmless

<details><summary>🔴 <b>request-enum-narrowed</b> <code>schemas.Run $.type</code>: no longer allowed: &quot;backfill&quot;\
</summary>

- at `openapi.yaml:12:5`, was `openapi.yaml:11:5`
- reaches `POST /runs`, `PUT /runs/{id}`
- witness `{"type": "backfill"}`
- instead: keep the value

</details>

### `versions/0002_b.py` (expand): 1 warning

<details><summary>🟡 <b>downgrade-unproven</b> <code>0002</code>: the way back is not proved: reads data</summary>

- at `versions/0002_b.py:20:1`
- unproven: reads data
- instead: rehearse

</details>

### Migrations

| migration | phase | undo |
|---|---|---|
| `0002` | expand | unproven: reads data |

1 harmless or informational change not shown.

"""


def test_markdown():
    assert markdown.render(REPORT) == MARKDOWN


def test_markdown_of_very_many_findings_fits_a_comment():
    from msgspec.structs import replace

    many = tuple(replace(REMOVED, subject=f"schemas.S{index} $.type", suggestion="keep it") for index in range(900))
    page = markdown.render(Report((*many, UNPROVEN)))
    assert len(page) <= markdown.MOST
    shown = page.count("<details>")
    assert 100 < shown < 900
    assert page.count("- instead: keep it") == 1
    assert page.endswith(
        f"**{901 - shown} more findings** not shown for want of room: "
        f"`request-enum-narrowed` ({900 - shown}), `downgrade-unproven` (1).\n\n"
    )
    several = tuple(replace(REMOVED, rule=f"rule-{index}") for index in range(20))
    page = markdown.render(Report(several), most=2_000)
    assert page.endswith("`rule-14` (1) and 5 more rules.\n\n")


def test_what_to_do_instead_is_said_once():
    from msgspec.structs import replace

    again = replace(REMOVED, subject="schemas.Other $.type", place=Place("openapi.yaml", 13, 5))
    lines = text.render(Report((REMOVED, again))).splitlines()
    assert [line.strip() for line in lines if "instead" in line] == [
        "instead  keep the value",
        "instead  as for request-enum-narrowed above",
    ]


def test_what_does_not_fit_a_line_has_its_own():
    from msgspec.structs import replace

    long = "schemas." + "A" * 60 + " $.type"
    contract = ContractReport("openapi/" + "v" * 50 + ".yaml", "3.1.0", "3.2.0", edits=7, harmless=6)
    report = Report((replace(REMOVED, subject=long),), (contract,), base="b" * 50, revision="r" * 50)
    lines = text.render(report, width=80).splitlines()
    assert f"         {long}" in lines
    assert "         was openapi.yaml:11:5" in lines
    assert "         6 of 7 edits proved harmless" in lines
    assert f"         {'b' * 50} → {'r' * 50}" in lines


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [((), "compatible"), ((WAIVED,), "compatible"), ((UNPROVEN,), "undecided"), ((REMOVED, UNPROVEN), "breaking")],
)
def test_verdict(findings, verdict):
    assert Report(findings).verdict.value == verdict


def test_json_of_what_the_fast_writer_refuses():
    """Integers beyond 64 bits are written as exactly as all others, in the same layout."""
    from msgspec.structs import replace

    big = replace(REMOVED, proof=Proof(ProofKind.WITNESS, "checked", {"n": 2**70, "half": Decimal("0.5")}))
    small = replace(REMOVED, proof=Proof(ProofKind.WITNESS, "checked", {"n": 0, "half": Decimal("0.5")}))
    written = [as_json.render(Report(findings=(finding,))) for finding in (big, small)]
    assert written[0] == written[1].replace('"n": 0', f'"n": {2**70}')


def test_an_exchange_is_the_witness():
    from msgspec.structs import replace

    from contractcheck.model.exchange import Exchange, Request

    exchange = Exchange(Request("GET", "https://x.example.com/a"), about="was accepted and is refused now")
    shown = replace(REMOVED, proof=Proof(ProofKind.WITNESS, "both", exchange=replace(exchange, checked="verified")))
    lines = [line.strip() for line in text.render(Report((shown,))).splitlines()]
    assert "witness  an exchange: --verbose" in lines
    lines = [line.strip() for line in text.render(Report((shown,)), verbose=True).splitlines()]
    assert lines[lines.index("witness  the exchange below") :][:3] == [
        "witness  the exchange below",
        "try      curl https://x.example.com/a",
        "was accepted and is refused now, says openapi-core",
    ]
    disputed = replace(
        shown, proof=Proof(ProofKind.STRUCTURAL, "s", exchange=replace(exchange, checked="undecided: x"))
    )
    lines = [line.strip() for line in text.render(Report((disputed,)), everything=True).splitlines()]
    assert "verify   undecided: x" in lines


def test_a_long_witness_has_a_line_of_its_own():
    from msgspec.structs import replace

    long = replace(REMOVED, proof=Proof(ProofKind.WITNESS, "w", {"type": "x" * 70}), traffic=2)
    lines = text.render(Report((long,)), width=80).splitlines()
    at = next(index for index, line in enumerate(lines) if "witness" in line)
    assert lines[at + 1] == " " * 18 + "was accepted and is refused now"
    assert lines[at + 2] == "         traffic  breaks 2 recorded exchanges"


def test_the_word_of_a_contract():
    from msgspec.structs import replace

    contract = (ContractReport("versions/0002_b.py", "1", "2", needs="3"),)
    found = text.render(Report((UNPROVEN,), contract), width=100).splitlines()
    assert found[0] == "versions/0002_b.py   1 → 2   UNDECIDED: 1 warning; this needs 3" + " " * 29 + "no edits"
    plain = replace(UNPROVEN, proof=Proof(ProofKind.STRUCTURAL, "s"))
    assert "   compatible: 1 warning" in text.render(Report((plain,), contract)).splitlines()[0]


def test_traffic_in_a_terminal_and_in_a_comment():
    from contractcheck.model.report import BrokenExchange, TrafficReport, UnmatchedExchange

    at = Place("t.har", 7)
    traffic = TrafficReport(
        *("t.har", 40, 35, 0, 15, 2, 1, 0, 0, 12),
        breaks=(BrokenExchange(at, "GET /a", Direction.RESPONSE, 200, ("body $: type", "status"), ()),) * 10,
        strangers=(UnmatchedExchange(at, "GET", "/x/***"),) * 10,
    )
    report = Report(traffic=traffic)
    lines = text.render(report).splitlines()
    assert lines[0] == (
        "t.har   40 exchanges: 35 with an operation, 0 with one that is unchanged, 15 broken, "
        "2 explained by no finding, 1 unfit for the base"
    )
    assert lines[1] == "  line 7  breaks  GET /a 200  body $: type; status"
    assert lines[11:13] == ["  and 5 more", "  line 7  no operation  GET /x/***"]
    assert lines[22] == "  and 2 more with no operation"
    page = markdown.render(report).splitlines()
    assert page[2] == "### Traffic in `t.har`: 15 of 40 exchanges broken"
    assert page[4] == "- line 7: `GET /a 200` body \\$: type; status"


def test_very_many_migrations_and_the_day():
    from msgspec.structs import replace

    many = tuple(replace(REPORT.migrations[0], id=f"{number:04}", statements=()) for number in range(103))
    page = markdown.render(Report(migrations=many, today="2026-06-15", notes=("a_b",)))
    assert page.count("| unproven: reads data |") + page.count("| expand |") >= 100
    assert page.endswith("3 more migrations not shown.\n\nDates were judged by 2026-06-15.\n\na\\_b\n\n")
