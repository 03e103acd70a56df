"""The HTML page: whole, escaped, quiet, and the same every time."""

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser

from msgspec.structs import replace

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Affected, Direction, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.report import (
    BrokenExchange,
    ContractReport,
    MigrationReport,
    Report,
    Reversibility,
    ReversibilityVerdict,
    Skipped,
    Snippet,
    StatementReport,
    TrafficReport,
    UnmatchedExchange,
)
from contractcheck.reports.html import render
from contractcheck.reports.html_style import SCRIPT, STYLE
from tests.reports.test_changelog import GONE, NARROW, NEW, SHARED, WHOLE

VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """The page as a tree of (tag, attributes, children); raises where elements do not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = ("", {}, [])
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, self.open[-1][:2]

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.open[-1][2].append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.open[-1][2].append(data)

    def all(self, tag=None, node=None, **attributes):
        for child in (node or self.root)[2]:
            if isinstance(child, tuple):
                wanted = {name.rstrip("_"): value for name, value in attributes.items()}
                if (tag is None or child[0] == tag) and all(
                    value in child[1].get(name, "").split() for name, value in wanted.items()
                ):
                    yield child
                yield from self.all(tag, child, **attributes)


def text(node):
    return "".join(child if isinstance(child, str) else text(child) for child in node[2])


EXCHANGE = Exchange(Request("GET", "https://a/a?size=l"), about="was accepted and is refused now", checked="verified")
ANSWER = Exchange(
    Request("GET", "https://a/0"),
    Response(200, (), b"1"),
    "may be answered now",
    checked="disagreement: openapi-core accepts it under the base",
)
FINDINGS = (
    replace(GONE, base_place=Place("openapi.yaml", 4, 3, "/paths/~1old/get")),
    replace(NARROW, proof=Proof(ProofKind.WITNESS, "w", "l", exchange=EXCHANGE), suggestion="keep\nit", traffic=3),
    replace(
        SHARED,
        proof=Proof(ProofKind.UNPROVEN, "too deep", exchange=ANSWER),
        affects=tuple(Affected(f"GET /{n}", Direction.RESPONSE) for n in range(14)),
    ),
    NEW,
    replace(WHOLE, suppressed="waived"),
)
BASE = Snippet("openapi.yaml", 3, 4, ("/old:", "  get:", "    x: 1"))
REVISION = Snippet("openapi.yaml", 3, 4, ("/old:", "  put:", "    x: 1"))
TRAFFIC = TrafficReport(
    "t.har",
    9,
    8,
    1,
    3,
    1,
    1,
    1,
    1,
    2,
    (BrokenExchange(Place("t.har", 7), "GET /a", Direction.RESPONSE, 200, ("body $: enum",), (NARROW.fingerprint,)),),
    (UnmatchedExchange(Place("t.har", 9), "GET", "/x/***"),),
)
MIGRATION = MigrationReport(
    "0002",
    "m/0002.py",
    "alembic",
    "contract",
    Reversibility(
        ReversibilityVerdict.LOSSY, "data does not come back", ("orders.n: int, was text",), ("orders.note",)
    ),
    (
        StatementReport(
            "ALTER TABLE orders\n  DROP note",
            Place("m/0002.py", 9, 5),
            {
                "max_lock": "AccessExclusiveLock",
                "rewrites": ["orders"],
                "scans": [],
                "in_txn_ok": False,
                "unproven": None,
                "data": {
                    "orders": {
                        "dropped_cols": ["note"],
                        "retyped_cols": {"n": ["text", "int"]},
                        "renamed_to": "o",
                        "dropped": True,
                    }
                },
            },
        ),
    ),
    (StatementReport("SELECT 1", Place("m/0002.py", 12, 5), {"data": None}),),
)
REPORT = Report(
    FINDINGS,
    (ContractReport("openapi.yaml", "1.0.0", "1.1.0", 7, 4, needs="2.0.0"),),
    (MIGRATION,),
    (Skipped("v.yaml", "vendored"),),
    base="v1",
    revision="v2",
    server="PostgreSQL 16",
    notes=("a note",),
    traffic=TRAFFIC,
    snippets=((BASE, REVISION), (None, REVISION), (None, None), (BASE, None), (None, None)),
)


def test_the_page_nests_and_says_everything():
    page = Page(render(REPORT, everything=True))
    cards = list(page.all("details", class_="finding"))
    assert [card[1]["data-severity"] for card in cards] == ["error", "error", "warning", "info", "info"]
    assert [card[1]["id"] for card in cards] == [f"f-{finding.fingerprint}" for finding in FINDINGS]
    assert ["open" in card[1] for card in cards] == [True, True, True, False, False]
    assert [text(next(page.all("span", card, class_="said"))) for card in cards] == [f.message for f in FINDINGS]
    assert [text(mark) for mark in page.all("span", class_="mark")] == [
        "wire",
        "3 recorded exchanges",
        "unproven",
        "wire",
        "suppressed",
        "alembic · contract",
    ]
    facts = [
        dict(zip([text(t) for t in page.all("dt", card)], [text(d) for d in page.all("dd", card)], strict=True))
        for card in cards
    ]
    assert facts[1] == {
        "Witness": '"l" was accepted and is refused now',
        "Traffic": "breaks 3 recorded exchanges",
        "Instead": "keep\nit",
        "Rule": f"request-enum-narrowed fingerprint {NARROW.fingerprint}",
    }
    assert facts[2]["Unproven"] == "too deep"
    assert [text(li) for li in page.all("li", next(page.all("ul", cards[2], class_="ops")))] == sorted(
        f"GET /{n}" for n in range(14)
    )[:12]
    assert [text(s) for s in page.all("summary", cards[2])][1] == "2 more operations"
    assert facts[4]["Suppressed"] == "waived"
    assert [text(h) for h in page.all("h3", cards[1])] == [
        "A request that was accepted and is refused now; openapi-core agrees"
    ]
    assert [text(p) for p in page.all("pre", cards[1])] == ["keep\nit", "curl 'https://a/a?size=l'"]
    assert [text(h) for h in page.all("h3", cards[2])] == [
        "A response that may be answered now; disagreement: openapi-core accepts it under the base"
    ]


def test_both_sides_stand_beside_each_other():
    page = Page(render(REPORT))
    first, second, *_ = page.all("details", class_="finding")
    sides = list(page.all("div", first, class_="side"))
    assert [(side[1]["class"], text(next(page.all("p", side)))) for side in sides] == [
        ("side base", "base openapi.yaml:4"),
        ("side revision", "revision openapi.yaml:4"),
    ]
    lines = [[(li[1]["data-n"], li[1].get("class"), text(li)) for li in page.all("li", side)] for side in sides]
    assert lines == [
        [("3", None, "/old:"), ("4", "new at", "  get:"), ("5", None, "    x: 1")],
        [("3", None, "/old:"), ("4", "new at", "  put:"), ("5", None, "    x: 1")],
    ]
    assert [side[1]["class"] for side in page.all("div", second, class_="sides")] == ["sides one"]


def test_the_side_without_it_says_where_it_would_stand():
    removed = replace(
        GONE, place=Place("openapi.yaml", 4, 1, "/paths"), base_place=Place("openapi.yaml", 4, 3, "/paths/~1old/get")
    )
    added = replace(
        NEW, place=Place("openapi.yaml", 4, 1, "/paths/~1b/post"), base_place=Place("openapi.yaml", 4, 3, "/paths")
    )
    page = Page(render(replace(REPORT, findings=(removed, added), snippets=((BASE, REVISION),) * 2), everything=True))
    assert [(side[1]["class"], text(next(page.all("p", side)))) for side in page.all("div", class_="side")] == [
        ("side base", "base openapi.yaml:4"),
        ("side revision holder", "revision is without it; it would stand in openapi.yaml:4"),
        ("side base holder", "base is without it; it would stand in openapi.yaml:4"),
        ("side revision", "revision openapi.yaml:4"),
    ]


def test_places_that_hold_different_things_are_not_marked_line_by_line():
    other = Snippet("openapi.yaml", 1, 2, ("paths:", "q", "z", "k"))
    page = Page(render(replace(REPORT, snippets=((BASE, other),))))
    (first, *_) = page.all("details", class_="finding")
    assert [li[1].get("class") for li in page.all("li", next(page.all("div", first, class_="base")))] == [
        None,
        "at",
        None,
    ]


def test_migrations():
    page = Page(render(REPORT))
    (card,) = page.all("details", class_="migration")
    assert text(next(page.all("summary", card))).split("\n") == [
        "",
        "undo loses data0002",
        "alembic · contract",
        "m/0002.py",
    ]
    assert [text(chip) for chip in page.all("ul", card, class_="chips")] == [
        "AccessExclusiveLockrewrites ordersnot in a transactiondrops ordersrenames orders to oloses orders.noteretypes orders.n (text to int)"
    ]
    assert [text(dd) for dd in page.all("dd", card)] == [
        "data does not come back",
        "orders.n: int, was text",
        "orders.note",
    ]
    assert [text(h) for h in page.all("h3", card)] == ["Up: 1 statement", "Down: 1 statement"]
    assert [text(p) for p in page.all("pre", card)] == ["ALTER TABLE orders\n  DROP note", "SELECT 1"]


def test_what_to_send_instead():
    from contractcheck.model.finding import RemedyStep, When

    steps = (
        RemedyStep("SET lock_timeout = '2s';", When.HERE),
        RemedyStep("CREATE INDEX CONCURRENTLY i ON t (a);", When.ALONE),
    )
    page = Page(render(replace(REPORT, findings=(replace(NARROW, remedy=steps),), snippets=())))
    (card,) = page.all("details", class_="finding")
    assert [text(each) for each in page.all("pre", card)] == [
        "SET lock_timeout = '2s';\n-- outside of a transaction\nCREATE INDEX CONCURRENTLY i ON t (a);",
        (
            "op.execute(\"SET lock_timeout = '2s'\")\nwith op.get_context().autocommit_block():\n"
            "    op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')"
        ),
    ]


def test_traffic():
    page = Page(render(REPORT))
    rows = [[text(cell) for cell in page.all("td", row)] for row in page.all("tr")]
    assert rows == [[], ["7", "GET /a 200", "body $: enum request-enum-narrowed"], [], ["9", "GET /x/***"]]
    assert [a[1]["href"] for a in page.all("a")] == [f"#f-{NARROW.fingerprint}"]
    assert [text(p) for p in page.all("p", class_="dim")][-2:] == ["and 2 more", "and 1 more"]


def test_without_all_what_is_hidden_is_counted():
    page = Page(render(REPORT))
    assert len(list(page.all("details", class_="finding"))) == 3
    assert "2 informational or suppressed findings not shown: run with --all." in text(next(page.all("footer")))


def test_nothing():
    page = Page(render(Report(base="a", revision="b")))
    assert text(next(page.all("h1"))) == "Compatible"
    assert not list(page.all("form"))
    assert [text(b) for b in page.all("b")] == ["0", "0", "0"]


def test_nothing_is_loaded_and_only_our_script_runs():
    page = render(REPORT, everything=True)
    assert page == render(REPORT, everything=True)
    tree = Page(page)
    (policy,) = (m[1]["content"] for m in tree.all("meta") if m[1].get("http-equiv") == "Content-Security-Policy")
    sums = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (STYLE, SCRIPT)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{sums[0]}'; script-src 'sha256-{sums[1]}'; base-uri 'none'; form-action 'none'"
    )
    assert [text(s) for s in tree.all("style")] == [STYLE]
    assert [text(s) for s in tree.all("script")] == [SCRIPT]
    elements = list(tree.all())
    assert not [
        e for e in elements if e[0] in {"link", "img", "iframe", "object"} or {"style", "src", "onclick"} & {*e[1]}
    ]
    assert not re.search(r"url\(|@import|https?:", STYLE + SCRIPT)


HOSTILE = "</code><script>alert(1)</script>\"'&<img src=x onerror=y>\u202egnp\x00\x1b[31m\u2028`--> ]]> \u05d0\u05d1"


def test_hostile_text_is_text():
    finding = replace(
        NARROW,
        message=HOSTILE,
        subject=HOSTILE,
        suggestion=HOSTILE,
        suppressed=HOSTILE,
        place=Place(HOSTILE, 1, 1),
        base_place=Place(HOSTILE, 1, 1),
        affects=(Affected(HOSTILE, Direction.REQUEST),),
        proof=Proof(
            ProofKind.WITNESS,
            HOSTILE,
            {HOSTILE: HOSTILE},
            exchange=Exchange(
                Request("GET", HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE.encode()),
                Response(200, ((HOSTILE, HOSTILE),), HOSTILE.encode()),
                HOSTILE,
                checked=HOSTILE,
            ),
        ),
    )
    snippet = Snippet(HOSTILE, 1, 1, (HOSTILE, HOSTILE))
    undo = Reversibility(ReversibilityVerdict.BROKEN, HOSTILE, (HOSTILE,), (HOSTILE,))
    statement = StatementReport(
        HOSTILE,
        Place(HOSTILE, 1),
        {
            "rewrites": [HOSTILE],
            "fails": HOSTILE,
            "data": {HOSTILE: {"added_cols": [HOSTILE], "renamed_cols": {HOSTILE: HOSTILE}}},
        },
    )
    broken = BrokenExchange(Place(HOSTILE, 1), HOSTILE, Direction.REQUEST, None, (HOSTILE,), ())
    traffic = TrafficReport(
        HOSTILE, 1, 1, 1, 1, 1, 1, 1, 1, 1, (broken,), (UnmatchedExchange(Place(HOSTILE, 1), HOSTILE, HOSTILE),)
    )
    report = Report(
        (finding,),
        (ContractReport(HOSTILE, HOSTILE, HOSTILE, 1, 0, needs=HOSTILE),),
        (MigrationReport(HOSTILE, HOSTILE, HOSTILE, HOSTILE, undo, (statement,), (statement,)),),
        (Skipped(HOSTILE, HOSTILE),),
        base=HOSTILE,
        revision=HOSTILE,
        server=HOSTILE,
        notes=(HOSTILE,),
        traffic=traffic,
        snippets=((snippet, snippet),),
    )
    page = render(report, everything=True)
    tree = Page(page)
    assert len(list(tree.all("script"))) == 1
    assert not list(tree.all("img"))
    assert {name for element in tree.all() for name in element[1]} <= {
        *(
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "id",
            "data-severity",
            "data-category",
            "data-text",
        ),
        *("open", "data-n", "type", "placeholder", "aria-label", "value", "checked", "href"),
    }
    body = page.replace(SCRIPT, "").replace(STYLE, "")
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", body)


def test_hundreds_of_findings_stay_light():
    many = tuple(replace(NARROW, subject=f"GET /a query p{n} $") for n in range(1_000))
    page = render(replace(REPORT, findings=many, snippets=tuple((BASE, REVISION) for _ in many[:600])))
    assert len(page) < 2_500_000
    assert page.count('class="finding"') == 1_000
    assert page.count(" open>") == 6  # five findings and a migration


def test_the_same_finding_twice_has_two_anchors():
    page = Page(render(replace(REPORT, findings=(NARROW, NARROW), snippets=())))
    ids = [card[1]["id"] for card in page.all("details", class_="finding")]
    assert ids == [f"f-{NARROW.fingerprint}", f"f-{NARROW.fingerprint}-2"]


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


if BROWSER is not None:  # a machine without one has nothing to try it with

    def test_in_a_browser(tmp_path):
        """Where there is one: the policy lets our style and script run, and nothing else; the filter counts."""
        path = tmp_path / "page.html"
        path.write_text(render(REPORT, everything=True), encoding="utf-8")
        done = subprocess.run(
            [
                BROWSER,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=1000",
                "--dump-dom",
                path.as_uri(),
            ],
            capture_output=True,
            check=True,
            timeout=120,
        )
        dom = done.stdout.decode()
        assert '<html lang="en" class="js">' in dom
        assert "5 shown</output>" in dom
        assert b"Refused" not in done.stderr
