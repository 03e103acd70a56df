"""The least request or response of an operation: exact, and accepted by openapi-core whatever the operation is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.openapi.exchanges.judge import Answer
from contractcheck.openapi.exchanges.operation import Operations
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.sample import NoSampleError, Sampler, Wanted
from contractcheck.openapi.exchanges.verify import Side
from tests.openapi.contracts import contract, document, operation
from tests.openapi.random_schemas import schemas


def sampled(spec, label="GET /a", wanted=None, **files):
    read = document(spec, **files)
    return Sampler(read).request(Operations(read).find(label), wanted)


def answered(spec, status, *more):
    read = document(spec)
    return Sampler(read).response(Operations(read).find("GET /a"), status, *more)


def with_parameters(*parameters, path="/a", **more):
    return contract({path: {"get": operation(parameters=list(parameters), **more)}})


def param(name, place="query", required=True, **more):
    return {"name": name, "in": place, "required": required, **more}


def url(spec, label="GET /a"):
    return sampled(spec, label).url.removeprefix("https://api.example.com")


@pytest.mark.parametrize(
    ("parameter", "found"),
    [
        (param("q", schema={"type": "string"}), "/a?q=a"),
        (param("q", schema={"type": "string"}, example="x y"), "/a?q=x%20y"),
        (param("q", schema={"type": "string"}, example=3), "/a?q=a"),
        (param("q", schema={"type": "string"}, examples={"one": {"value": ""}, "two": {"value": "z"}}), "/a?q=z"),
        (param("q", schema={"type": "string", "examples": ["cat"]}), "/a?q=cat"),
        (param("q", schema={"type": "integer", "minimum": 3, "format": "int32"}), "/a?q=3"),
        (param("q", schema={"type": "string", "format": "date"}), "/a?q=2024-01-31"),
        (param("q", schema={"type": "string", "format": "made-up"}), "/a?q=a"),
        (param("q", schema={"type": "array", "items": {"enum": ["x"]}}), "/a?q=x"),
        (param("q", content={"application/json": {"schema": {"const": [1]}}}), "/a?q=%5B1%5D"),
        (param("q"), "/a?q=x"),
        (param("q[]", schema={"enum": ["1"]}), "/a?q[]=1"),
        (param("q", required=False, schema={}), "/a"),
        (
            param(
                "q",
                schema={"type": "object", "required": ["n"], "properties": {"n": {"enum": [1]}}},
                style="deepObject",
            ),
            "/a?q[n]=1",
        ),
    ],
)
def test_query(parameter, found):
    assert url(with_parameters(parameter)) == found


def test_path_header_and_cookie():
    spec = with_parameters(
        param("id", "path", schema={"type": "string"}, example="a/b"),
        param("kind", "path", schema={"enum": ["x"]}, style="matrix"),
        param("X-A", "header", schema={"enum": ["1"]}),
        param("Accept", "header", schema={"enum": ["1"]}),
        param("sid", "cookie", schema={"enum": ["s"]}),
        path="/o/{id}{kind}",
    )
    request = sampled(spec, "GET /o/{name}{other}")
    assert request == Request("GET", "https://api.example.com/o/a%2Fb;kind=x", (("X-A", "1"), ("Cookie", "sid=s")))


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        (None, "https://api.example.com/a"),
        ([], "https://api.example.com/a"),
        ([{"url": "/"}], "https://api.example.com/a"),
        ([{"url": "v1/"}], "https://api.example.com/v1/a"),
        ([{"url": "https://x.example/v1?a=b#c"}, {"url": "/other"}], "https://x.example/v1/a"),
        ([{"url": "{scheme}://x/{base}", "variables": {"scheme": {"default": "http"}, "base": {}}}], "http://x/base/a"),
        ([{"url": "http://[bad"}], "https://api.example.com/a"),
    ],
)
def test_addresses(servers, expected):
    spec = contract({"/a": {"get": operation()}}, **({"servers": servers} if servers is not None else {}))
    assert sampled(spec).url == expected


def test_an_address_of_the_operation_goes_before_that_of_the_document():
    spec = contract({"/a": {"get": operation(servers=[{"url": "https://own/"}])}}, servers=[{"url": "https://all"}])
    assert sampled(spec).url == "https://own/a"


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        (
            {"application/xml": {"schema": {"type": "object"}}, "application/json": {"schema": {"enum": [1]}}},
            "application/json",
            b"1",
        ),
        ({"text/plain": {"schema": {"type": "string"}}, "application/hal+json": {}}, "application/hal+json", b"{}"),
        ({"application/json": {"schema": {"type": "object"}, "example": {"a": 1}}}, "application/json", b'{"a": 1}'),
        ({"application/json": {"schema": {"type": "object"}, "example": [1]}}, "application/json", b"{}"),
        (
            {
                "application/pdf": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}, "example": "a,b"},
            },
            "text/csv",
            b"a,b",
        ),
    ],
)
def test_bodies(content, kind, body):
    spec = contract({"/a": {"get": operation(requestBody={"required": True, "content": content})}})
    request = sampled(spec)
    assert (request.headers, request.body) == ((("Content-Type", kind),), body)


def test_a_body_that_may_be_left_out_is():
    spec = contract(
        {"/a": {"get": operation(requestBody={"content": {"application/json": {"schema": {"enum": [1]}}}})}}
    )
    assert sampled(spec).body is None
    assert sampled(spec, wanted=Wanted(media_type="application/json")).body == b"1"
    assert sampled(spec, wanted=Wanted(has_body=True, body=[2])).body == b"[2]"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (with_parameters(param("q", schema=False)), "no valid value was found for a part of it"),
        (with_parameters(param("q", schema={"type": "string"}, style="odd")), "style odd"),
        (
            with_parameters(param("q", "querystring", content={"application/json": {"schema": {"enum": [1]}}})),
            "parameters in querystring are not made",
        ),
        (with_parameters(param("X-A", "header", schema={"enum": ["a\nb"]})), "a header would hold a line break"),
        (with_parameters(path="/a/{id}"), "a parameter of the path is not described"),
        (
            contract(
                {
                    "/a": {
                        "get": operation(
                            requestBody={
                                "required": True,
                                "content": {"application/pdf": {"schema": {"type": "object"}}},
                            }
                        )
                    }
                }
            ),
            "bodies of application/pdf are not made",
        ),
        (contract({"/a": {"get": operation(security=[{"tls": []}])}}), "credentials of the scheme tls are not made"),
    ],
)
def test_what_cannot_be_made_says_why(spec, why):
    path = next(iter(spec["paths"]))
    with pytest.raises(NoSampleError) as caught:
        sampled(spec, f"GET {path}")
    assert str(caught.value) == why


def test_responses():
    content = {"application/json": {"schema": {"enum": [1]}}, "text/plain": {"schema": {"enum": ["x"]}}}
    headers = {
        "Total": {"required": True, "schema": {"enum": [7]}},
        "Content-Type": {"required": True, "schema": {}},
        "Odd": {"schema": {}},
    }
    spec = contract(
        {"/a": {"get": {"responses": {"200": {"description": "", "content": content, "headers": headers}}}}}
    )
    assert answered(spec, "200") == Response(200, (("Total", "7"), ("Content-Type", "application/json")), b"1")
    assert answered(spec, "200", "text/plain") == Response(200, (("Total", "7"), ("Content-Type", "text/plain")), b"x")
    assert answered(spec, "200", "application/json", [2]).body == b"[2]"
    with pytest.raises(NoSampleError, match="no response 404"):
        answered(spec, "404")


@pytest.mark.parametrize(
    ("known", "status", "code"),
    [
        (["204"], "204", 204),
        (["2XX"], "2XX", 200),
        (["200", "2xx"], "2xx", 201),
        (["200", "default"], "default", 500),
        (["200", "5XX", "400", "default"], "default", 404),
        (["abc"], "abc", None),
        (["1XX", "2XX", "3XX", "4XX", "5XX", "default"], "default", None),
    ],
)
def test_statuses(known, status, code):
    spec = contract({"/a": {"get": {"responses": {each: {"description": ""} for each in known}}}})
    if code is None:
        with pytest.raises(NoSampleError, match="is no status"):
            answered(spec, status)
    else:
        assert answered(spec, status) == Response(code)


def test_responses_that_cannot_be_made():
    odd = {
        "X": {"required": True, "schema": {"type": "object", "required": ["a"], "properties": {"a": {"enum": [[1]]}}}}
    }
    for response in (
        {"headers": odd},
        {"content": {"application/pdf": {"schema": {"type": "object"}}}},
        {"content": {"application/json": {"schema": False}}},
    ):
        with pytest.raises(NoSampleError):
            answered(contract({"/a": {"get": {"responses": {"200": {"description": "", **response}}}}}), "200")


@settings(max_examples=60)
@given(
    schemas(), schemas(), st.sampled_from(["3.0.3", "3.1.0"]), st.sampled_from(["form", "deepObject", "pipeDelimited"])
)
def test_what_is_sampled_is_accepted(body, answer, version, style):
    """openapi-core never refuses, under the contract it was made from, what was made."""
    spec = contract(
        {
            "/a/{id}": {
                "post": {
                    "parameters": [
                        param("id", "path", schema={"type": "string", "pattern": "^[a-z]+$"}),
                        param("n", schema={"type": "integer", "minimum": 5}),
                        param(
                            "l",
                            schema={"type": "array", "minItems": 1, "items": {"type": "integer"}},
                            style="form",
                            explode=style == "form",
                        ),
                    ],
                    "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": answer}}}},
                }
            }
        },
        version,
    )
    read = document(spec)
    operations = Operations(read)
    side = Side(operations, Router(read, operations))
    sampler, found = Sampler(read), operations.find("POST /a/{id}")
    try:
        request = sampler.request(found)
    except NoSampleError:
        return
    assert side.rule(Exchange(request)).answer is not Answer.REFUSED
    try:
        response = sampler.response(found, "200")
    except NoSampleError:
        return
    assert side.rule(Exchange(request, response)).answer is not Answer.REFUSED
