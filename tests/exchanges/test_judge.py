"""What openapi-core is given and how it is kept within bounds: the limits that docs/traffic.md names."""

import json
import time

import pytest

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Direction
from contractcheck.openapi.exchanges.excerpt import TooLargeError, excerpt, media_type
from contractcheck.openapi.exchanges.faults import Fault, Kind
from contractcheck.openapi.exchanges.judge import ACCEPTED, Answer, Judge, Ruling
from contractcheck.openapi.exchanges.operation import Operations
from tests.openapi.contracts import answers, asks, contract, document, operation, query

HERE = "/paths/~1orders"


def judge(spec, label="GET /orders", **files):
    found = Operations(document(spec, **files)).find(label)
    return Judge(*(excerpt(found, direction) for direction in Direction))


def get(spec, url, *headers, path=None, **files):
    return judge(spec, **files).request(Request("GET", url, headers), path or {})


def post(spec, body, kind="application/json", **files):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    return judge(spec, "POST /orders", **files).request(Request("POST", "/orders", (("Content-Type", kind),), data), {})


def answered(spec, body, status=200, kind="application/json", **files):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    response = Response(status, (("content-type", kind),), data)
    return judge(spec, **files).response(Exchange(Request("GET", "/orders"), response))


def refused(*faults):
    return Ruling(Answer.REFUSED, tuple(sorted(faults)))


def undecided(why):
    return Ruling(Answer.UNDECIDED, why=why)


def param(name="id", place="query", **more):
    return {"name": name, "in": place, **more}


def test_parameters():
    spec = query(param(required=True, schema={"type": "integer", "maximum": 9}))
    at = f"{HERE}/get/parameters/0"
    assert get(spec, "/orders?id=9") == ACCEPTED
    assert get(spec, "/orders") == refused(Fault(Kind.PARAMETER_MISSING, "query id", place=("openapi.json", at)))
    assert get(spec, "/orders?id=10") == refused(
        Fault(Kind.PARAMETER, "query id", "maximum", "$", ("openapi.json", f"{at}/schema/maximum"))
    )
    assert get(spec, "/orders?id=x") == refused(
        Fault(Kind.PARAMETER, "query id", "not as its style says", place=("openapi.json", at))
    )


def test_a_default_does_not_stand_in_for_what_is_required():
    spec = query(param(required=True, schema={"type": "integer", "default": 1}))
    assert get(spec, "/orders").answer is Answer.REFUSED
    noted = query(
        param(required=True, schema={"$ref": "#/components/schemas/N"}),
        components={"schemas": {"N": {"type": "integer", "readOnly": True}}},
    )
    assert get(noted, "/orders?id=1") == ACCEPTED
    assert get(noted, "/orders?id=x").answer is Answer.REFUSED


def test_headers_know_no_case_and_ignored_ones_are_ignored():
    spec = query(
        param("X-Trace", "header", required=True, schema={}), param("Accept", "header", required=True, schema={})
    )
    assert get(spec, "/orders", ("x-trace", "a")) == ACCEPTED
    assert [str(fault) for fault in get(spec, "/orders").faults] == ["parameter missing header X-Trace"]


def test_path_and_cookie_parameters():
    spec = contract(
        {
            "/orders": {
                "get": operation(
                    parameters=[
                        param("sid", "cookie", required=True, schema={"type": "integer"}),
                    ]
                )
            }
        }
    )
    assert get(spec, "/orders", ("Cookie", "a=b; sid=3")) == ACCEPTED
    assert get(spec, "/orders", ("Cookie", "a=b; sid=x")).answer is Answer.REFUSED
    path = contract(
        {
            "/orders/{id}": {
                "get": operation(parameters=[param("id", "path", required=True, schema={"type": "integer"})])
            }
        }
    )
    known = judge(path, "GET /orders/{id}")
    assert known.request(Request("GET", "/orders/3"), {"id": "3"}) == ACCEPTED
    assert known.request(Request("GET", "/orders/x"), {"id": "x"}).answer is Answer.REFUSED


@pytest.mark.parametrize(("style", "sent"), [("label", ".3,4"), ("matrix", ";id=3,4"), ("simple", "3,4")])
def test_styles_in_the_path(style, sent):
    schema = {"type": "array", "items": {"type": "integer"}}
    spec = contract(
        {"/o/{id}": {"get": operation(parameters=[param("id", "path", required=True, style=style, schema=schema)])}}
    )
    assert judge(spec, "GET /o/{id}").request(Request("GET", "/o/x"), {"id": sent}) == ACCEPTED


def test_empty_values():
    spec = query(param(allowEmptyValue=True, schema={"type": "integer"}))
    assert get(spec, "/orders?id=") == undecided("openapi-core does not read empty values of every type")
    assert get(query(param(allowEmptyValue=True, schema={"type": "string"})), "/orders?id=") == ACCEPTED


def test_bodies():
    spec = asks(
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/components/schemas/B"}},
        },
        B={"enum": [1]},
    )
    at = f"{HERE}/post/requestBody/content/application~1json/schema"
    assert post(spec, {"a": 1}) == ACCEPTED
    assert post(spec, None) == refused(Fault(Kind.BODY_MISSING))
    assert post(spec, {"a": 1}, "text/plain") == refused(Fault(Kind.MEDIA_TYPE, "text/plain"))
    assert post(spec, b"{") == refused(Fault(Kind.BODY, "", "cannot be read"))
    assert post(spec, {"b": 2}) == refused(
        Fault(Kind.BODY, "", "required", "$.a", ("openapi.json", f"{at}/required")),
        Fault(Kind.BODY, "", "enum", "$.b", ("openapi.json", "/components/schemas/B/enum")),
    )


def test_names_that_the_contract_does_not_declare_are_not_told():
    spec = asks({"type": "object", "additionalProperties": {"type": "integer"}})
    (fault,) = post(spec, {"hunter2": "x"}).faults
    assert (str(fault), fault.path) == ("body $.*: type", "$.*")
    assert post(spec, b"1", "hunter2; a=b") == refused(Fault(Kind.MEDIA_TYPE, ""))


def test_branches_tell_the_faults_of_each():
    spec = asks({"anyOf": [{"type": "integer"}, {"type": "object", "required": ["a"]}]})
    assert [str(fault) for fault in post(spec, "x").faults] == ["body $: anyOf", "body $: type", "body $: type"]


@pytest.mark.parametrize(
    "kind", ["application/hal+json", "APPLICATION/JSON; charset=utf-8", "application/problem+json"]
)
def test_json_by_any_name(kind):
    body = {"required": True, "content": {kind.replace("; charset=utf-8", ""): {"schema": {"type": "object"}}}}
    spec = contract({"/orders": {"post": operation(requestBody=body)}})
    assert post(spec, {}, kind) == ACCEPTED
    assert post(spec, [], kind).answer is Answer.REFUSED


def test_media_ranges():
    content = {"*/*": {"schema": {"type": "integer"}}, "text/*": {"schema": {"type": "string"}}, "text/csv": {}}
    assert [media_type(content, kind) for kind in ("text/csv", "Text/Plain; a=b", "image/png")] == [
        "text/csv",
        "text/*",
        "*/*",
    ]
    spec = contract({"/orders": {"post": operation(requestBody={"required": True, "content": content})}})
    assert post(spec, b"1", "application/json") == ACCEPTED
    assert post(spec, b"x", "application/json").answer is Answer.REFUSED
    assert post(spec, b"x", "text/plain") == ACCEPTED


def test_responses():
    spec = answers({"type": "integer"})
    assert answered(spec, 1) == ACCEPTED
    assert [str(fault) for fault in answered(spec, "x").faults] == ["body $: type"]
    assert answered(spec, 1, 404) == refused(Fault(Kind.STATUS, "404"))
    assert answered(spec, None) == refused(Fault(Kind.BODY_MISSING))
    known = judge(spec)
    assert known.response(Exchange(Request("GET", "/orders"))) == undecided("no response was recorded")
    head = Exchange(Request("HEAD", "/orders"), Response(200, (("Content-Type", "application/json"),)))
    assert known.response(head) == ACCEPTED


def test_response_headers():
    headers = {"Total": {"required": True, "schema": {"type": "integer"}}}
    spec = contract({"/orders": {"get": {"responses": {"2xx": {"description": "", "headers": headers}}}}})
    at = ("openapi.json", f"{HERE}/get/responses/2xx/headers/Total")

    def with_total(*pairs):
        return judge(spec).response(Exchange(Request("GET", "/orders"), Response(201, pairs)))

    assert with_total(("total", "3")) == ACCEPTED
    assert with_total() == refused(Fault(Kind.HEADER_MISSING, "Total", place=at))
    assert with_total(("Total", "x")) == refused(Fault(Kind.HEADER, "Total", place=at))


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_members_that_do_not_travel_are_not_required(version):
    schema = {
        "type": "object",
        "required": ["id", "key"],
        "properties": {"id": {"$ref": "#/components/schemas/Id"}, "key": {"type": "string", "writeOnly": True}},
    }
    identifier = {"type": "integer", "readOnly": True}
    assert post(asks(schema, version, Id=identifier), {"key": "x"}) == ACCEPTED
    assert post(asks(schema, version, Id=identifier), {"id": 1}).answer is Answer.REFUSED
    assert answered(answers(schema, version, Id=identifier), {"id": 1}) == ACCEPTED


def test_siblings_of_references_count_from_3_1_on():
    schema = {"$ref": "#/components/schemas/Number", "maximum": 3}
    assert post(asks(schema, "3.0.3", Number={"type": "integer"}), 4) == ACCEPTED
    assert post(asks(schema, "3.1.0", Number={"type": "integer"}), 4).answer is Answer.REFUSED


def test_other_files():
    spec = asks({"$ref": "parts.json#/Order"})
    parts = {"Order": {"type": "object", "properties": {"n": {"$ref": "#/N"}}}, "N": {"enum": [1]}}
    assert post(spec, {"n": 1}, parts__json=parts) == ACCEPTED
    (fault,) = post(spec, {"n": 2}, parts__json=parts).faults
    assert fault.place == ("parts.json", "/N/enum")


def test_a_broken_reference_is_no_verdict():
    assert post(asks({"$ref": "https://example.org/x.json"}), 1) == undecided("a reference leads nowhere")
    assert post(asks({"$ref": "../../etc/passwd"}), 1) == undecided("a reference leads nowhere")


def test_swagger_2():
    spec = {
        "swagger": "2.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {
                "post": {
                    "consumes": ["application/json"],
                    "parameters": [
                        {
                            "name": "body",
                            "in": "body",
                            "required": True,
                            "schema": {"type": "object", "required": ["a"]},
                        }
                    ],
                    "responses": {"204": {"description": ""}},
                },
                "get": {
                    "parameters": [
                        {
                            "name": "ids",
                            "in": "query",
                            "type": "array",
                            "collectionFormat": "pipes",
                            "items": {"type": "integer"},
                        }
                    ],
                    "produces": ["application/json"],
                    "security": [{"login": []}],
                    "responses": {"200": {"description": "", "schema": {"type": "integer"}}},
                },
            }
        },
        "securityDefinitions": {"login": {"type": "basic"}},
    }
    login = ("Authorization", "Basic QQ==")
    assert post(spec, {"a": 1}) == ACCEPTED
    assert [str(fault) for fault in post(spec, {}).faults] == ["body $: required"] or post(
        spec, {}
    ).answer is Answer.REFUSED
    assert get(spec, "/orders?ids=1|2", login) == ACCEPTED
    assert get(spec, "/orders?ids=1|x", login).answer is Answer.REFUSED
    assert get(spec, "/orders?ids=1") == refused(Fault(Kind.SECURITY))
    assert answered(spec, 1) == ACCEPTED
    assert answered(spec, "x").answer is Answer.REFUSED


def test_what_openapi_core_does_not_know():
    mutual = contract(
        {"/orders": {"get": operation(security=[{"tls": []}])}},
        components={"securitySchemes": {"tls": {"type": "mutualTLS"}}},
    )
    assert get(mutual, "/orders") == undecided("openapi-core does not know the security scheme tls")
    assert post(asks({"$dynamicRef": "#x"}), 1).answer is Answer.UNDECIDED
    assert post(asks({"unevaluatedProperties": False}), {}) == undecided(
        "`unevaluatedProperties` might run patterns of the document"
    )
    assert post(taking("application/xml", schema={}), b"<!DOCTYPE a><a/>", "application/xml") == undecided(
        "XML with a document type"
    )
    deep = b"<a>" * 101 + b"</a>" * 101
    assert post(taking("application/xml", schema={}), deep, "application/xml") == undecided(
        "XML that is nested too deeply"
    )
    files = taking("multipart/mixed", itemSchema={})
    assert post(files, b"1", "multipart/mixed") == undecided("`itemSchema` of multipart/mixed is not judged")
    parts = {"type": "object", "properties": {"a": {"type": "object"}}}
    form = taking("multipart/form-data", schema=parts, encoding={"a": {"contentType": "text/xml"}})
    part = b'--s\r\nContent-Disposition: form-data; name="a"\r\n\r\n<a/>\r\n--s--\r\n'
    assert post(form, part, "multipart/form-data; boundary=s") == undecided("XML in a part of a form is not judged")


def taking(kind, version="3.2.0", **media):
    return contract({"/orders": {"post": operation(requestBody={"content": {kind: media}})}}, version)


def test_xml_is_read_as_the_contract_names_it():
    order = {
        "type": "object",
        "xml": {"name": "order"},
        "required": ["id"],
        "properties": {"id": {"type": "integer", "xml": {"attribute": True}}},
    }
    spec = taking("application/xml", "3.1.0", schema=order)
    for body, said in {
        b'<order id="7"/>': [],
        b'<order id="x"/>': ["body $.id: type"],
        b"<order><id>7</id></order>": ["body $.id: type"],
        b'<sale id="7"/>': ["body: cannot be read"],
        b"<order": ["body: cannot be read"],
    }.items():
        assert [str(fault) for fault in post(spec, body, "application/xml").faults] == said


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("application/jsonl", b'{"n": 1}\n{"n": 2}\n', b'{"n": 1}\n{"n": "x"}\n'),
        ("application/json-seq", b'\x1e{"n": 1}\n', b'\x1e{"n": "x"}\n'),
        ("text/event-stream", b"data: 1\ndata: 2\nid: 7\nretry: 5\n\n", b"id: 7\nn: x\n\n"),
    ],
)
def test_a_sequence_is_judged_value_by_value(kind, good, bad):
    item = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "data": {"enum": ["1\n2"]}, "retry": {"type": "integer"}},
    }
    spec = taking(kind, itemSchema=item)
    assert post(spec, good, kind) == ACCEPTED
    assert [str(fault) for fault in post(spec, bad, kind).faults] == ["body $[].n: type"]


def test_a_charset_is_part_of_what_is_taken():
    spec = taking("text/csv; charset=utf-8", schema={"type": "string"})
    assert post(spec, b"a", "text/csv; charset=UTF-8") == ACCEPTED
    assert post(spec, b"a", "text/csv") == ACCEPTED
    assert post(spec, b"a", "text/csv; charset=latin1") == refused(Fault(Kind.MEDIA_TYPE, "charset"))
    both = contract(
        {
            "/orders": {
                "post": operation(
                    requestBody={"content": {f"text/csv; charset={each}": {} for each in ("utf-8", "latin1")}}
                )
            }
        }
    )
    assert post(both, b"a", "text/csv; charset=iso-8859-1") == ACCEPTED


def test_patterns_are_run_by_no_backtracking_engine():
    evil = "a" * 40 + "!"
    start = time.perf_counter()
    assert post(asks({"type": "string", "pattern": "^(a+)+$"}), evil).answer is Answer.REFUSED
    named = {"type": "object", "patternProperties": {"^(a+)+$": {"type": "integer"}}, "additionalProperties": False}
    assert [str(fault) for fault in post(asks(named), {evil: 1}).faults] == ["body $: additionalProperties"]
    assert post(asks(named), {"aaa": 1}) == ACCEPTED
    assert post(asks(named), {"aaa": "x"}).answer is Answer.REFUSED
    assert time.perf_counter() - start < 3
    assert post(asks({"type": "string", "pattern": r"(a)\1"}), "aa") == undecided(
        "the pattern '(a)\\\\1' is not understood"
    )


def test_schemas_that_double_at_each_step_are_given_up():
    schemas = {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2} for n in range(40)}
    start = time.perf_counter()
    found = post(asks({"$ref": "#/components/schemas/S0"}, S40={"type": "integer"}, **schemas), 1)
    assert found == undecided("more than 20000 references to follow")
    assert time.perf_counter() - start < 10


def test_a_type_of_another_version_is_no_verdict():
    assert post(asks({"type": "null"}, "3.0.3"), None) == refused(Fault(Kind.BODY_MISSING))
    assert post(asks({"type": "null"}, "3.0.3"), b"null") == undecided("openapi-core fails: UnknownType")


def test_a_body_nested_too_deeply_is_no_traceback():
    assert post(asks({}), b"[" * 100_000).answer in {Answer.UNDECIDED, Answer.REFUSED}


def test_an_excerpt_has_a_limit(monkeypatch):
    monkeypatch.setattr("contractcheck.openapi.exchanges.excerpt.VALUES", 50)
    with pytest.raises(TooLargeError):
        judge(
            asks({"enum": [*range(9)], "properties": {str(n): {"type": "string"} for n in range(60)}}), "POST /orders"
        )


def test_multiples_are_exact():
    assert post(asks({"multipleOf": 0.01}), 0.07) == ACCEPTED
    assert post(asks({"multipleOf": 0.01}), 0.075).answer is Answer.REFUSED


def test_equal_excerpts_read_alike():
    spec = asks({"type": "integer", "description": "before"})
    other = asks({"type": "integer", "description": "after", "x-note": 1, "example": 3})
    assert judge(spec, "POST /orders").alike(judge(other, "POST /orders")) == (True, True)
    assert judge(spec, "POST /orders").alike(judge(asks({"type": "number"}), "POST /orders")) == (False, True)
    latin, utf = (taking(f"text/csv; charset={each}", "3.0.3", schema={}) for each in ("latin1", "utf-8"))
    assert judge(latin, "POST /orders").alike(judge(utf, "POST /orders")) == (False, True)


def test_members_named_like_keywords_are_members():
    names = {name: {"type": "integer"} for name in ("description", "example", "$id", "x-a", "enum", "discriminator")}
    spec = asks({"type": "object", "properties": {**names, "$ref": {"type": "integer"}}})
    for name in (*names, "$ref"):
        assert post(spec, {name: 1}) == ACCEPTED
        assert post(spec, {name: "x"}).answer is Answer.REFUSED, name


def test_what_a_contract_does_not_ask_for_is_judged_once():
    listed = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    found = judge(query(listed), "GET /orders")
    for url, answer in {"?n=1&x=1": ACCEPTED, "?x=2&n=1": ACCEPTED, "?%6e=x": None, "?n=1": ACCEPTED}.items():
        ruling = found.request(Request("GET", f"/orders{url}"), {})
        assert ruling == answer if answer is not None else ruling.answer is Answer.REFUSED
    assert len(found._known) == 2
    deep = {
        "name": "f",
        "in": "query",
        "style": "deepObject",
        "schema": {"type": "object", "properties": {"a": {"type": "integer"}}},
    }
    found = judge(query(deep), "GET /orders")
    told = [found.request(Request("GET", f"/orders?f%5Ba%5D={each}"), {}).answer for each in (1, "x")]
    assert told == [Answer.ACCEPTED, Answer.REFUSED]
