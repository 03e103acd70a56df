"""Recorded exchanges under both contracts: what breaks, by which finding, and what nobody may read in the report."""

import json

import pytest

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Direction
from contractcheck.model.place import Place
from contractcheck.model.report import BrokenExchange, TrafficReport, UnmatchedExchange
from contractcheck.openapi.compare import compare
from contractcheck.openapi.traffic.masking import address
from contractcheck.openapi.traffic.recording import Recorded
from contractcheck.openapi.traffic.replay import Pair, replay
from tests.openapi.contracts import answers, asks, contract, document, operation, query

JSON = (("Content-Type", "application/json"),)


def get(url="/orders", *headers, status=None, body=None, kind=JSON):
    data = json.dumps(body).encode() if body is not None else None
    response = Response(status, kind, data) if status is not None else None
    return Exchange(Request("GET", url, headers), response)


def post(body, url="/orders", kind=JSON):
    return Exchange(Request("POST", url, kind, json.dumps(body).encode()))


def play(base, revision, *exchanges, full=True):
    """The report, and the number of broken exchanges by rule."""
    old, new = document(base), document(revision)
    findings = compare(old, new).findings
    recording = [Recorded(exchange, line, full) for line, exchange in enumerate(exchanges, start=1)]
    report, broken = replay(recording, [Pair(old, new, findings)], "t")
    rules = {finding.fingerprint: finding.rule for finding in findings}
    return report, {rules[name]: number for name, number in broken.items()}


def counts(report):
    return {
        name: getattr(report, name)
        for name in ("matched", "unchanged", "broken", "unexplained", "unfit", "undecided", "stripped", "unmatched")
        if getattr(report, name)
    }


def test_the_whole_report():
    base = contract({"/orders": {"get": operation()}, "/users/{id}": {"delete": operation()}})
    revision = contract({"/orders": {"get": operation()}})
    report, rules = play(
        base,
        revision,
        get(),
        Exchange(Request("DELETE", "https://a.example/users/alice@example.org?key=hunter2")),
        get("/health/7f3a9c"),
    )
    (fingerprint,) = (f.fingerprint for f in compare(document(base), document(revision)).findings)
    assert rules == {"operation-removed": 1}
    assert report == TrafficReport(
        file="t",
        exchanges=3,
        matched=2,
        unchanged=1,
        broken=1,
        unexplained=0,
        unfit=0,
        undecided=0,
        stripped=0,
        unmatched=1,
        breaks=(
            BrokenExchange(
                Place("t", 2),
                "DELETE /users/{id}",
                Direction.REQUEST,
                None,
                ("no such operation",),
                (fingerprint,),
            ),
        ),
        strangers=(UnmatchedExchange(Place("t", 3), "GET", "/health/***"),),
    )


def size(**schema):
    return {"name": "size", "in": "query", "schema": schema}


@pytest.mark.parametrize(
    ("base", "revision", "exchanges", "rules"),
    [
        (
            query(size(enum=["s", "l"])),
            query(size(enum=["s"])),
            [get("/orders?size=l"), get("/orders?size=s")],
            {"request-enum-narrowed": 1},
        ),
        (
            query(),
            query({**size(), "required": True}),
            [get(), get("/orders?size=1")],
            {"request-required-parameter-added": 1},
        ),
        (
            query(size()),
            query({**size(), "required": True}),
            [get(), get("/orders?size=1")],
            {"request-parameter-became-required": 1},
        ),
        (
            asks({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}),
            asks(
                {
                    "type": "object",
                    "required": ["a"],
                    "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "maximum": 3}},
                }
            ),
            [post({}), post({"a": 1, "b": 4}), post({"b": 4}), post({"a": 1})],
            {"request-property-became-required": 2, "request-range-narrowed": 2},
        ),
        (
            asks(
                {"$ref": "#/components/schemas/O"},
                O={"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
                A={"type": ["integer", "null"]},
            ),
            asks(
                {"$ref": "#/components/schemas/O"},
                O={"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
                A={"type": "integer"},
            ),
            [post({"a": None}), post({"a": 1})],
            {"request-nullability-narrowed": 1},
        ),
        (
            contract(
                {
                    "/orders": {
                        "post": operation(
                            requestBody={"required": True, "content": {"application/json": {}, "text/csv": {}}}
                        )
                    }
                }
            ),
            contract(
                {"/orders": {"post": operation(requestBody={"required": True, "content": {"application/json": {}}})}}
            ),
            [post("a", kind=(("Content-Type", "text/csv"),)), post("a")],
            {"request-media-type-removed": 1},
        ),
        (
            contract(
                {"/orders": {"get": operation(security=[])}},
                components={"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "K"}}},
            ),
            contract(
                {"/orders": {"get": operation(security=[{"k": []}])}},
                components={"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "K"}}},
            ),
            [get(), get("/orders", ("k", "secret"))],
            {"security-narrowed": 1},
        ),
        (
            answers({"type": "integer"}),
            answers({"type": ["integer", "null"]}),
            [get(status=200, body=1), Exchange(Request("GET", "/orders"), Response(200, JSON, b"null"))],
            {"response-nullability-widened": 1},
        ),
        (
            contract({"/orders": {"get": {"responses": {"200": {"description": ""}, "202": {"description": ""}}}}}),
            contract({"/orders": {"get": {"responses": {"200": {"description": ""}}}}}),
            [get(status=202), get(status=200)],
            {"response-success-status-removed": 1},
        ),
    ],
)
def test_each_break_is_put_down_to_its_finding(base, revision, exchanges, rules):
    report, found = play(base, revision, *exchanges)
    assert found == rules
    assert report.unexplained == 0
    assert report.broken == max(report.broken, *rules.values())


def test_a_narrower_response_hurts_nobody():
    report, rules = play(answers({"enum": ["a", "b"]}), answers({"enum": ["a"]}), get(status=200, body="b"))
    assert (counts(report), rules) == ({"matched": 1}, {})


def test_what_did_not_fit_before_is_counted_apart():
    report, rules = play(query(size(enum=["s", "l"])), query(size(enum=["s"])), get("/orders?size=x"))
    assert (counts(report), rules) == ({"matched": 1, "unfit": 1}, {})


def test_credentials_are_often_taken_out_of_recordings():
    schemes = {"components": {"securitySchemes": {"k": {"type": "http", "scheme": "bearer"}}}, "security": [{"k": []}]}
    base = query(size(enum=["s", "l"]), **schemes)
    revision = query(size(enum=["s"]), **schemes)
    report, rules = play(base, revision, get("/orders?size=l"), get("/orders?size=l", ("Authorization", "Bearer x")))
    assert (counts(report), rules) == ({"matched": 2, "broken": 2, "stripped": 1}, {"request-enum-narrowed": 2})


def test_bodies_that_were_not_recorded_are_no_break():
    base, revision = answers({"type": "integer"}), answers({"type": ["integer", "null"]})
    report, rules = play(base, revision, get(status=200), full=False)
    assert (counts(report), rules) == ({"matched": 1, "undecided": 1}, {})


def test_what_cannot_be_judged_is_said():
    xml = {"content": {"application/xml": {"schema": {}}}}
    base = contract({"/orders": {"post": operation(requestBody=xml)}})
    revision = contract({"/orders": {"post": operation(requestBody={**xml, "required": True})}})
    report, rules = play(
        base,
        revision,
        Exchange(Request("POST", "/orders", (("Content-Type", "application/xml"),), b"<!DOCTYPE a><a/>")),
    )
    assert (counts(report), rules) == ({"matched": 1, "undecided": 1}, {})


def test_a_break_that_no_finding_explains_is_counted():
    old, new = document(asks({"type": "integer"})), document(asks({"type": "string"}))
    report, broken = replay([Recorded(post(1), 1)], [Pair(old, new, ())], "t")
    assert (counts(report), broken) == ({"matched": 1, "broken": 1, "unexplained": 1}, {})


def test_several_contracts_share_one_recording():
    pairs = []
    for path in ("/a", "/b"):
        old, new = (
            document(contract({path: {"get": operation(parameters=[size(enum=known)])}}))
            for known in (["1", "2"], ["1"])
        )
        pairs.append(Pair(old, new, compare(old, new).findings))
    recording = [Recorded(get(url), n) for n, url in enumerate(("/a?size=2", "/b?size=2", "/c"), start=1)]
    ticks = []
    report, broken = replay(recording, pairs, "t", ticks.append)
    assert (counts(report), sorted(broken.values()), ticks) == ({"matched": 2, "broken": 2, "unmatched": 1}, [1, 1], [])


def test_only_the_first_are_listed_and_all_counted():
    base, revision = contract({"/a": {"get": operation()}}), contract({"/b": {"get": operation()}})
    report, _ = play(base, revision, *([get("/a")] * 60), *([get("/x")] * 70))
    assert (report.broken, len(report.breaks), report.unmatched, len(report.strangers)) == (60, 50, 70, 50)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@a.example/v1/users/42/posts?q=x&page=2", "/v1/users/42/posts?q=***&page=***"),
        ("/users/alice%40example.org", "/users/***"),
        ("/reset/eyJhbGciOiJIUzI1NiJ9", "/reset/***"),
        ("/tokens/550e8400-e29b-41d4-a716-446655440000", "/tokens/***"),
        ("/pets/findByStatus?sk_live_51H=a", "/pets/findByStatus?***=***"),
        ("/a\u202e\x1b[31m", "/***"),
        ("http://[bad", "***"),
        ("", "/"),
    ],
)
def test_addresses_are_masked(url, shown):
    assert address(url) == shown


SECRET = "hunter2Hunter2"  # noqa: S105 - what must not be seen


def test_no_secret_is_in_any_report():
    from contractcheck.model.report import Report
    from contractcheck.reports import html, text
    from contractcheck.reports import json as as_json

    strict = {
        "type": "object",
        "properties": {"pin": {"type": "string", "maxLength": 3}},
        "additionalProperties": {"type": "integer"},
    }
    loose = {"type": "object", "properties": {"pin": {"type": "string"}}}
    parameters = [
        {"name": "t", "in": "query", "schema": {"type": "string"}},
        {"name": "X-T", "in": "header", "schema": {"type": "string"}},
    ]
    short = [{**each, "schema": {"type": "string", "maxLength": 3}} for each in parameters]

    def spec(schema, given):
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        return contract({"/o/{id}": {"post": operation(parameters=given, requestBody=body)}})

    headers = (*JSON, ("X-T", SECRET), ("Authorization", f"Bearer {SECRET}"), ("Cookie", f"a={SECRET}"))
    request = Request(
        "POST", f"/o/{SECRET}?t={SECRET}&{SECRET}=1", headers, json.dumps({"pin": SECRET, SECRET: SECRET}).encode()
    )
    stranger = Request("POST", f"/{SECRET}?{SECRET}={SECRET}", headers, SECRET.encode())
    traffic, rules = play(
        spec(loose, parameters),
        spec(strict, short),
        Exchange(request, Response(200, headers, SECRET.encode())),
        Exchange(stranger),
    )
    assert (counts(traffic), len(rules)) == ({"matched": 1, "broken": 1, "unmatched": 1}, len(rules))
    report = Report(traffic=traffic)
    for page in (text.render(report, everything=True, verbose=True), as_json.render(report), html.render(report)):
        assert SECRET not in page
        assert "POST /o/{id}" in page
