"""Every fixture of a wire rule is shown as an exchange, and openapi-core says whether both sides agree."""

import json
import warnings
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from contractcheck.model.exchange import header
from contractcheck.model.finding import Category, Severity
from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import load
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.verify import Side, verify
from contractcheck.openapi.exchanges.witness import Witnesses
from contractcheck.openapi.proving import Prover
from contractcheck.reports.http import curl, shown
from contractcheck.sources.side import side
from tests.openapi.contracts import answers, asks, contract, document, operation, query

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

UNSHOWN = {"request-schema-undecided", "response-schema-undecided"}
"""Rules of the wire whose findings no exchange shows: what is unproven has none."""

OTHERWISE = "undecided: both sides accept it, and read it differently"
UNDECIDED = {
    "request-discriminator-value-removed": "undecided: openapi-core takes a discriminator for a hint",
    "request-encoding-narrowed": ("undecided: openapi-core does not look at how the parts of a form are written"),
    "request-extensible-enum-removed": "undecided: openapi-core does not know x-extensible-enum",
    "request-parameter-became-single": OTHERWISE,
    "request-parameter-empty-narrowed": (
        "undecided: under the base, openapi-core does not read empty values of every type"
    ),
    "request-parameter-style-changed": OTHERWISE,
    "response-discriminator-value-added": "undecided: openapi-core takes a discriminator for a hint",
    "response-encoding-widened": ("undecided: openapi-core does not look at how the parts of a form are written"),
    "response-header-style-changed": OTHERWISE,
    "security-scope-added": "undecided: the scopes of a token are not on the wire",
}
"""What openapi-core cannot tell. Everything else it verifies, in every fixture."""


def sides(base, revision):
    witnesses = Witnesses(base, revision)
    both = [
        Side(found, Router(each, found)) for found, each in zip(witnesses.operations, (base, revision), strict=True)
    ]
    return witnesses, both


def cases():
    for folder in sorted(FIXTURES.glob("*/*")):
        files = [next(iter(sorted(folder.glob(f"{name}.*"))), None) for name in ("base", "revision")]
        if all(file is not None and file.suffix in {".yaml", ".json"} for file in files):
            yield pytest.param(*files, id=f"{folder.parent.name}/{folder.name}")


@pytest.mark.parametrize(("base", "revision"), [*cases()])
def test_every_fixture(base, revision):
    old, new = (load(*side(str(file), file.parent)) for file in (base, revision))
    witnesses, both = sides(old, new)
    for finding in compare(old, new, Prover(old, new)).findings:
        if finding.category is not Category.WIRE or finding.severity is Severity.INFO or not finding.affects:
            continue
        made = witnesses.make(finding)
        said = verify(made, *both) if made is not None else None
        assert said == (None if finding.rule in UNSHOWN else UNDECIDED.get(finding.rule, "verified")), finding


def theirs(document, exchange):
    """What openapi-core says of a request by itself: its own path finder, the whole document, no guards."""
    from openapi_core import Config, OpenAPI
    from openapi_core.testing import MockRequest

    split = urlsplit(exchange.request.url)
    request = MockRequest(
        f"{split.scheme}://{split.netloc}",
        exchange.request.method,
        split.path,
        args=dict(parse_qsl(split.query)),
        headers=dict(exchange.request.headers),
        data=exchange.request.body,
        content_type=header(exchange.request.headers, "Content-Type") or "",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec = OpenAPI.from_dict(document.root.value, config=Config(spec_validator_cls=None))
        return not list(spec.request_validator.iter_errors(request))


@pytest.mark.parametrize(
    "rule",
    [
        "operation-removed",
        "request-body-became-required",
        "request-enum-narrowed",
        "request-nullability-narrowed",
        "request-parameter-became-required",
        "request-property-became-required",
        "request-required-body-added",
        "request-type-narrowed",
        "security-narrowed",
    ],
)
def test_openapi_core_alone_agrees(rule):
    folder = FIXTURES / rule / "fires"
    old, new = (load(*side(str(folder / f"{name}.yaml"), folder)) for name in ("base", "revision"))
    (finding,) = (each for each in compare(old, new, Prover(old, new)).findings if each.rule == rule)
    exchange = Witnesses(old, new).make(finding).exchange
    assert (theirs(old, exchange), theirs(new, exchange)) == (True, False)


def told(base, revision, *, prove=True):
    """(rule, request as curl or response as lines, verdict) of each finding that is shown."""
    old, new = document(base), document(revision)
    witnesses, both = sides(old, new)
    found = []
    for finding in compare(old, new, Prover(old, new) if prove else None).findings:
        made = witnesses.make(finding)
        if made is not None and finding.category is Category.WIRE and finding.severity is not Severity.INFO:
            found.append((finding.rule, shown(made.exchange), verify(made, *both)))
    return found


def test_a_removed_operation_is_called_with_all_it_needs():
    path = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "put": operation(
            parameters=[
                {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}},
                {"name": "note", "in": "query", "schema": {"type": "string"}},
                {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}, "example": "a b"},
            ],
            requestBody={
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["kind", "id"],
                            "properties": {
                                "id": {"type": "string", "readOnly": True},
                                "kind": {"enum": ["it's"]},
                            },
                        }
                    }
                },
            },
            security=[{"key": []}],
        ),
    }
    top = {
        "servers": [{"url": "https://shop.example.org/{version}/", "variables": {"version": {"default": "v1"}}}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "token"}}},
    }
    base = contract({"/orders/{id}": path}, **top)
    revision = contract({"/orders/{id}": {"parameters": path["parameters"]}}, **top)
    assert told(base, revision) == [
        (
            "operation-removed",
            [
                (
                    "curl -X PUT 'https://shop.example.org/v1/orders/0?dry=false&token=TOKEN' -H 'X-Trace: a b' "
                    """-H 'Content-Type: application/json' --data-binary '{"kind": "it'"'"'s"}'"""
                )
            ],
            "verified",
        )
    ]


def test_a_query_parameter_that_is_narrowed():
    base, revision = (
        query({"name": "size", "in": "query", "schema": {"enum": sizes}}) for sizes in (["s", "l"], ["s"])
    )
    assert told(base, revision) == [
        ("request-enum-narrowed", ["curl 'https://api.example.com/orders?size=l'"], "verified")
    ]


def test_a_response_that_was_not_promised():
    base, revision = (
        answers({"type": "object", "required": ["n"], "properties": {"n": {"type": kind}}})
        for kind in ("integer", "number")
    )
    assert told(base, revision) == [
        (
            "response-type-widened",
            ["GET https://api.example.com/orders", "HTTP 200", "Content-Type: application/json", "", '{"n": 0.1}'],
            "verified",
        )
    ]


def test_the_witness_of_a_webhook_is_what_the_server_sends():
    def told_of(kinds):
        body = {"required": True, "content": {"application/json": {"schema": {"enum": kinds}}}}
        return contract(webhooks={"placed": {"post": operation(requestBody=body)}})

    assert told(told_of(["a"]), told_of(["a", "b"])) == [
        (
            "response-enum-widened",
            ["""curl https://api.example.com/placed -H 'Content-Type: application/json' --data-binary '"b"'"""],
            "verified",
        )
    ]


def test_a_leaf_is_put_into_a_body():
    """Where a proof holds a value of a part only, the way to the part is searched, through references and lists."""
    from msgspec.structs import replace

    def spec(kinds):
        line = {
            "type": "object",
            "required": ["kind", "n"],
            "properties": {"kind": {"enum": kinds}, "n": {"minimum": 3, "type": "integer"}},
        }
        order = {
            "type": "object",
            "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}},
        }
        return asks({"$ref": "#/components/schemas/Order"}, Order=order, Line=line)

    old, new = document(spec(["a", "b"])), document(spec(["a"]))
    witnesses, both = sides(old, new)
    (finding,) = compare(old, new, Prover(old, new)).findings
    leaf = replace(finding, proof=replace(finding.proof, witness="b", trial=None))
    made = witnesses.make(leaf)
    assert json.loads(made.exchange.request.body) == {"lines": [{"kind": "b", "n": 3}]}
    assert verify(made, *both) == "verified"


def test_a_disagreement_is_told():
    """An exchange that openapi-core does not refuse: nothing is made of it but a word."""
    old, new = document(asks({"enum": ["a", "b"]})), document(asks({"enum": ["a"]}))
    witnesses, both = sides(old, new)
    (finding,) = compare(old, new, Prover(old, new)).findings
    made = witnesses.make(finding)
    assert verify(made, both[0], both[0]) == "disagreement: openapi-core accepts it under the revision"
    assert verify(made, both[1], both[1]) == "disagreement: openapi-core refuses it under the base: body $: enum"
    assert curl(made.exchange.request).endswith("""--data-binary '"b"'""")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_security(version):
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "login": {"type": "http", "scheme": "Bearer"},
        "flow": {"type": "oauth2", "flows": {}},
    }

    def open_to(*ways):
        return contract(
            {"/orders": {"get": operation(security=list(ways))}}, version, components={"securitySchemes": schemes}
        )

    def one(base, revision):
        return [
            (rule, lines[0].removeprefix("curl https://api.example.com/orders"), said)
            for rule, lines, said in told(base, revision)
        ]

    key, session, login, flow = ({name: []} for name in schemes)
    assert one(open_to(key, session), open_to(key)) == [("security-narrowed", " -H 'Cookie: sid=TOKEN'", "verified")]
    assert one(open_to(login), open_to(key)) == [("security-narrowed", " -H 'Authorization: Bearer TOKEN'", "verified")]
    assert one(open_to(flow), open_to({**flow, **key})) == [
        ("security-narrowed", " -H 'Authorization: Bearer TOKEN'", "verified")
    ]
    assert one(open_to(), open_to(login)) == [("security-narrowed", "", "verified")]


def hooked(**body):
    return contract(webhooks={"placed": {"post": operation(requestBody=body)}})


def test_webhooks_send_other_bodies():
    json_only, both_types = (
        {"application/json": {}},
        {"application/json": {}, "text/csv": {"schema": {"type": "string"}}},
    )
    assert told(hooked(content=both_types), hooked(content=json_only)) == [
        (
            "response-media-type-removed",
            ["curl https://api.example.com/placed -H 'Content-Type: text/csv' --data-binary a"],
            "verified",
        )
    ]
    assert told(hooked(required=True, content=json_only), hooked(content=json_only)) == [
        ("response-body-became-optional", ["curl -X POST https://api.example.com/placed"], "verified")
    ]


def test_a_parameter_with_a_media_type():
    def spec(most):
        content = {"application/json": {"schema": {"type": "object", "properties": {"n": {"type": "integer", **most}}}}}
        return query({"name": "filter", "in": "query", "required": True, "content": content})

    (found,) = told(query(), spec({}))
    assert found == ("request-required-parameter-added", ["curl https://api.example.com/orders"], "verified")
    assert told(spec({}), spec({"maximum": 3})) == [
        (
            "request-range-narrowed",
            ["curl 'https://api.example.com/orders?filter=%7B%22n%22%3A%204%7D'"],
            "verified",
        )
    ]


def test_an_operation_that_cannot_be_sampled_leaves_it_to_the_next():
    def spec(kinds):
        schema = {"enum": kinds}
        good = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/K"}}}}
        never = [{"name": "q", "in": "query", "required": True, "schema": False}]
        items = {f"/{n}": {"post": operation(requestBody=good, parameters=never)} for n in "abc"}
        last = {"/d": {"post": operation(requestBody=good)}}
        return {**items, **last}, schema

    def whole(kinds, paths):
        items, schema = spec(kinds)
        return contract({path: items[path] for path in paths}, components={"schemas": {"K": schema}})

    found = told(whole([1, 2], ["/a", "/d"]), whole([1], ["/a", "/d"]))
    assert [(rule, lines[0].split()[1]) for rule, lines, _ in found] == [
        ("request-enum-narrowed", "https://api.example.com/d")
    ]
    assert told(whole([1, 2], ["/a", "/b", "/c"]), whole([1], ["/a", "/b", "/c"])) == []


def test_a_part_of_a_response_is_put_into_a_body():
    from msgspec.structs import replace

    def spec(kinds):
        item = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": kinds}}}
        return answers({"type": "array", "items": {"$ref": "#/components/schemas/I"}}, I=item)

    old, new = document(spec(["a"])), document(spec(["a", "b"]))
    witnesses, both = sides(old, new)
    (finding,) = compare(old, new, Prover(old, new)).findings
    made = witnesses.make(replace(finding, proof=replace(finding.proof, witness="b", trial=None)))
    assert (made.exchange.response.body, verify(made, *both)) == (b'[{"kind": "b"}]', "verified")
    assert witnesses.make(replace(finding, proof=replace(finding.proof, witness="a", trial=None))) is None


def test_a_header_that_may_be_missing_now():
    def spec(needed):
        headers = {"Total": {"required": needed, "schema": {"type": "integer"}}}
        answer = {"200": {"description": "", "headers": headers}, "404": {"description": ""}}
        return contract({"/orders": {"get": {"responses": answer}}})

    assert told(spec(needed=True), spec(needed=False)) == [
        ("response-header-became-optional", ["GET https://api.example.com/orders", "HTTP 200"], "verified")
    ]


def test_what_is_too_large_is_undecided(monkeypatch):
    monkeypatch.setattr("contractcheck.openapi.exchanges.excerpt.VALUES", 0)
    (found,) = told(asks({"type": "integer"}), asks({"enum": list(range(20))}))
    assert found[2] == "undecided: under the base, it refers to more than 0 values, or is nested too deeply"
