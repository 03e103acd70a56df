"""What travels in HTTP: addresses, parameters as text, statuses, media types, security. One line per case."""

import pytest

from contractcheck.model.finding import ProofKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.templates import Templates, covers
from tests.openapi.contracts import contract, document, found, operation, query

INTEGER, STRING, BOOLEAN = {"type": "integer"}, {"type": "string"}, {"type": "boolean"}
LIST = {"type": "array", "items": INTEGER}
SEEN = {"description": "seen"}


def asked(schema, **members):
    return query({"name": "id", "in": "query", "schema": schema, **members})


def rules(base, revision):
    return [rule for rule, _ in found(base, revision)]


@pytest.mark.parametrize(
    ("base", "revision", "there", "back"),
    [
        (INTEGER, STRING, ["request-type-widened"], ["request-type-narrowed"]),
        (BOOLEAN, {"enum": ["true", "false"], "type": "string"}, [], []),
        ({"enum": [1, 2]}, {"enum": ["1", "2", "3"]}, ["request-type-widened"], ["request-type-narrowed"]),
        (INTEGER, {"type": "string", "pattern": "^-?[0-9]+$"}, [], []),
        (INTEGER, {"type": "string", "pattern": "^[0-9]+$"}, ["request-type-narrowed"], ["request-type-widened"]),
        (INTEGER, {"type": "string", "maxLength": 3}, ["request-type-narrowed"], ["request-type-narrowed"]),
        (INTEGER, LIST, ["request-parameter-became-list"], ["request-parameter-became-single"]),
        (STRING, {**LIST, "maxItems": 1}, ["request-type-narrowed"], ["request-type-widened"]),
        (INTEGER, {**LIST, "minItems": 2}, ["request-type-narrowed"], ["request-type-narrowed"]),
        ({"title": "Id"}, STRING, [], []),
        ({}, {"anyOf": [STRING, {"type": "null"}]}, [], []),
        ({**INTEGER, "minimum": 0}, {**STRING, "minimum": 0}, ["request-type-widened"], ["request-type-narrowed"]),
        ({}, {"anyOf": [{**STRING, "maxLength": 3}, {"type": "null"}]}, ["request-type-narrowed"],
         ["request-type-widened"]),
        ({"oneOf": [STRING, {"type": "null"}]}, {"allOf": [{"type": ["string", "null"]}]}, [], []),
        ({"type": "string", "format": "uuid"}, INTEGER, ["request-type-narrowed"], ["request-type-narrowed"]),
        ({"type": "string", "format": "uuid"}, {"format": "uuid"}, ["request-type-widened"], ["request-type-narrowed"]),
        ({"type": "string", "pattern": "^(?=a)"}, {"pattern": "^(?=a)"}, ["request-type-widened"],
         ["request-type-narrowed"]),
        ({"type": "string", "pattern": "^(?=a)"}, {"pattern": "^(?=b)"}, ["request-type-narrowed"],
         ["request-type-narrowed"]),
    ],
)  # fmt: skip
def test_a_parameter_as_text(base, revision, there, back):
    assert rules(asked(base), asked(revision)) == there
    assert rules(asked(revision), asked(base)) == back


@pytest.mark.parametrize(
    ("base", "revision", "kind", "text"),
    [
        (STRING, INTEGER, ProofKind.WITNESS, "abc"),
        (INTEGER, {"type": "string", "pattern": "^[0-9]+$"}, ProofKind.WITNESS, "-1"),
        ({"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}, ProofKind.UNPROVEN, None),
        ({"type": "string", "enum": ["1", "x"]}, INTEGER, ProofKind.WITNESS, "x"),
        ({"type": "number", "multipleOf": 0.5}, {"type": "string", "enum": ["1"]}, ProofKind.WITNESS, "0"),
        ({"type": "integer", "exclusiveMinimum": 4}, {"type": "string", "minLength": 2}, ProofKind.WITNESS, "5"),
        ({"title": "Id"}, INTEGER, ProofKind.WITNESS, "abc"),
        ({"type": "string", "format": "date"}, INTEGER, ProofKind.WITNESS, "2024-01-31"),
    ],
)
def test_the_text_that_is_no_longer_read(base, revision, kind, text):
    [finding] = compare(document(asked(base)), document(asked(revision))).findings
    assert (finding.rule, finding.proof.kind, finding.proof.witness) == ("request-type-narrowed", kind, text)


def test_a_default_is_compared_by_its_text():
    assert rules(asked({**INTEGER, "default": 1}), asked({**STRING, "default": "1"})) == ["request-type-widened"]
    assert rules(asked({**INTEGER, "default": 1}), asked({**STRING, "default": "2"})) == [
        "request-default-changed",
        "request-type-widened",
    ]


def test_a_schema_and_json_are_one_text_for_numbers():
    as_json = query({"name": "id", "in": "query", "content": {"application/json": {"schema": INTEGER}}})
    assert found(asked(INTEGER), as_json) == []
    texts = query({"name": "id", "in": "query", "content": {"application/json": {"schema": STRING}}})
    assert rules(asked(STRING), texts) == ["request-parameter-style-changed"]
    assert rules(as_json, texts) == ["request-type-narrowed"]


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        ({}, {"explode": False}, ["request-parameter-style-changed"]),
        ({}, {"style": "form", "explode": True}, []),
        ({"style": "spaceDelimited"}, {"style": "pipeDelimited"}, ["request-parameter-style-changed"]),
    ],
)
def test_how_a_list_is_written(base, revision, expected):
    assert rules(asked(LIST, **base), asked(LIST, **revision)) == expected
    assert rules(asked(INTEGER, **base), asked(INTEGER, **revision)) == []


def test_headers_that_say_nothing():
    def sent(*names):
        return query(*({"name": name, "in": "header", "required": True, "schema": STRING} for name in names))

    assert found(sent("X-Trace"), sent("x-trace", "ACCEPT", "content-type", "Authorization")) == []
    assert rules(sent("x-trace"), sent()) == ["request-parameter-removed"]


def answered(**responses):
    return contract({"/orders": {"get": {"responses": {s.strip("_"): SEEN for s in responses}}}})


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        (["200", "default"], ["200", "404", "default"], []),
        (["200", "2XX"], ["2XX"], []),
        (["2XX"], ["200", "201"], ["response-status-range-narrowed"]),
        (["2XX"], ["404"], ["response-success-status-removed", "response-error-status-added"]),
        (["200"], ["2XX"], ["response-success-status-added"]),
        (["default"], ["200"], ["response-status-range-narrowed"]),
        (["200"], ["default"], ["response-success-status-added"]),
        (["200", "404"], ["200", "4xx"], ["response-error-status-added"]),
        (["200", "4XX"], ["200", "404"], ["response-error-status-removed"]),
        (["2XX", "default"], ["200", "201", "default"], ["response-status-range-narrowed"]),
    ],
)
def test_statuses(base, revision, expected):
    sides = (contract({"/orders": {"get": {"responses": dict.fromkeys(each, SEEN)}}}) for each in (base, revision))
    assert rules(*sides) == expected


def carried(kind, *names):
    content = {name: {"schema": {"type": "object"}} for name in names}
    if kind == "request":
        return contract({"/orders": {"post": operation(requestBody={"content": content})}})
    return contract({"/orders": {"get": {"responses": {"200": {**SEEN, "content": content}}}}})


@pytest.mark.parametrize(
    ("base", "revision", "request_", "response"),
    [
        ("a/b", "*/*", ["request-media-type-added"], ["response-media-type-added"]),
        ("*/*", "a/b", ["request-media-type-removed"], []),
        ("a/b", "a/*", ["request-media-type-added"], ["response-media-type-added"]),
        ("a/b+json", "a/*+json", ["request-media-type-added"], ["response-media-type-added"]),
        ("a/b", "A/B; charset=utf-8", [], []),
        ("text/csv;charset=UTF8", "text/csv", [], []),
        ("application/json;charset=latin1", "application/json;charset=utf-8", [], []),
        ("text/csv;charset=utf-8", "text/csv;charset=ISO-8859-1",
         ["request-media-type-removed", "request-media-type-added"],
         ["response-media-type-removed", "response-media-type-added"]),
        ("text/csv", "text/csv; charset=latin1", ["request-media-type-removed"], []),
        ("text/csv;charset=latin1", "text/csv", ["request-media-type-added"], ["response-media-type-added"]),
        ("text/csv;charset=latin1", "text/*", ["request-media-type-added"], ["response-media-type-added"]),
        ("a/b", "a/b;v=1", ["request-media-type-removed"], []),
        ("a/b;v=1", "a/b", ["request-media-type-added"], ["response-media-type-added"]),
        ("a/b", "c/d", ["request-media-type-removed", "request-media-type-added"],
         ["response-media-type-removed", "response-media-type-added"]),
    ],
)  # fmt: skip
def test_media_types(base, revision, request_, response):
    assert rules(carried("request", base), carried("request", revision)) == request_
    assert rules(carried("response", base), carried("response", revision)) == response


def test_what_a_range_covers_is_compared():
    def taken(name, schema):
        return contract({"/orders": {"post": operation(requestBody={"content": {name: {"schema": schema}}})}})

    assert rules(taken("a/b", STRING), taken("a/*", INTEGER)) == ["request-type-narrowed", "request-media-type-added"]
    assert rules(taken("a/*", STRING), taken("a/b", INTEGER)) == ["request-media-type-removed", "request-type-narrowed"]


def paths(*templates, **top):
    return contract({path: {"get": operation()} for path in templates}, **top)


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        ("/users/{id}", "/users/me", ["operation-shadowed", "operation-added"]),
        ("/files/{name}.json", "/files/a.json", ["operation-shadowed", "operation-added"]),
        ("/files/{name}.json", "/files/.json", ["operation-added"]),
        ("/a/{b}/c", "/a/x/{c}", ["operation-ambiguous", "operation-added"]),
        ("/users/me", "/users/{id}", ["operation-added"]),
        ("/users/{id}", "/users/{id}/me", ["operation-added"]),
    ],
)
def test_paths_that_take_requests_from_others(base, revision, expected):
    assert rules(paths(base), paths(base, revision)) == expected


def test_a_path_that_was_there_takes_nothing():
    assert rules(paths("/users/{id}", "/users/me"), paths("/users/{key}", "/users/me")) == []


def test_templates_meet():
    known = Templates(["/a/{b}/c", "/f/{x}.json", "/users/{id}", "/users/me/z"])
    assert list(known.wider("/users/me")) == ["/users/{id}"]
    assert list(known.wider("/users/{other}")) == []
    assert list(known.crossing("/a/x/{c}")) == ["/a/{b}/c"]
    assert list(known.crossing("/users/{q}/z")) == []
    assert covers("{}-{}", "a-b")
    assert not covers("{}-{}", "-b")
    assert not covers("{}-{}", "a-")


def test_a_prefix_may_be_of_servers_or_of_paths():
    there = paths("/users", servers=[{"url": "https://x.example.com/v1/"}])
    here = paths("/v1/users", servers=[{"url": "https://X.example.com"}])
    assert found(there, here) == []
    assert found(here, there) == []


def test_a_prefix_of_some_paths_only_is_another_address():
    there = paths("/users", "/orders", servers=[{"url": "https://x.example.com/v1"}])
    here = paths("/v1/users", "/orders", servers=[{"url": "https://x.example.com"}])
    assert found(there, here) == [
        ("server-removed", "servers https://x.example.com/v1"),
        ("server-added", "servers https://x.example.com"),
    ]


def test_a_prefix_with_a_variable_may_become_a_parameter():
    version = {"name": "version", "in": "path", "required": True, "schema": STRING}
    number = {"name": "id", "in": "path", "required": True, "schema": INTEGER}
    there = contract({"/users/{id}": {"get": operation(parameters=[number])}}, servers=[{"url": "/{version}"}])
    here = contract({"/{version}/users/{id}": {"get": operation(parameters=[version, number])}})
    assert [rule for rule, _ in found(there, here)] == ["server-removed"]


def test_a_path_parameter_that_nobody_declared_is_any_text():
    declared = {"name": "id", "in": "path", "required": True}
    sides = [
        contract({"/users/{id}": {"get": operation(parameters=parameters)}})
        for parameters in ([], [{**declared, "schema": STRING}], [{**declared, "schema": INTEGER}])
    ]
    assert found(sides[0], sides[1]) == []
    assert rules(sides[0], sides[2]) == ["request-type-narrowed"]
    stray = contract({"/users": {"get": operation(parameters=[{**declared, "schema": STRING}])}})
    assert found(contract({"/users": {"get": operation()}}), stray) == []


def test_methods_of_one_template_may_stand_under_two_names():
    there = contract({"/a/{x}": {"get": operation(), "put": operation()}})
    here = contract({"/a/{x}": {"get": operation()}, "/a/{y}": {"put": operation()}})
    assert found(there, here) == []
    assert found(here, there) == []


def test_an_operation_id_tells_a_move_only_if_it_is_the_only_one():
    def named(*places):
        return contract({path: {"get": operation(operationId=name)} for path, name in places})

    assert found(named(("/a", "x")), named(("/b", "x"))) == [("operation-moved", "GET /b")]
    assert rules(named(("/a", "x")), named(("/b", "x"), ("/c", "x"))) == [
        "operation-removed",
        "operation-added",
        "operation-added",
    ]


def test_methods_of_3_2():
    def with_methods(**members):
        return contract({"/files": members}, "3.2.0")

    copied = {"COPY": operation(parameters=[{"name": "to", "in": "query", "schema": STRING}])}
    assert found(with_methods(get=operation()), with_methods(get=operation(), additionalOperations=copied)) == [
        ("operation-added", "COPY /files")
    ]
    changed = {"COPY": operation(parameters=[{"name": "to", "in": "query", "required": True, "schema": STRING}])}
    assert found(with_methods(additionalOperations=copied), with_methods(additionalOperations=changed)) == [
        ("request-parameter-became-required", "COPY /files query to")
    ]
    asked_ = {"query": operation(requestBody={"content": {"a/b": {"schema": STRING}}})}
    other = {"query": operation(requestBody={"required": True, "content": {"a/b": {"schema": STRING}}})}
    assert found(with_methods(**asked_), with_methods(**other)) == [
        ("request-body-became-required", "QUERY /files request")
    ]


def test_streams_of_3_2():
    def streams(schema):
        media = {"text/event-stream": {"itemSchema": schema}}
        answer = {"200": {**SEEN, "content": media}}
        return contract({"/events": {"get": {"responses": answer}}}, "3.2.0")

    assert rules(streams({"type": "object", "required": ["a"]}), streams({"type": "object"})) == [
        "response-property-became-optional"
    ]


def test_the_whole_query_of_3_2():
    def asks(name, schema):
        content = {"application/x-www-form-urlencoded": {"schema": schema}}
        return query({"name": name, "in": "querystring", "content": content}, version="3.2.0")

    needed = {"type": "object", "properties": {"a": STRING}, "required": ["a"]}
    assert found(asks("q", needed), asks("all", needed)) == []
    assert rules(asks("q", {**needed, "required": []}), asks("all", needed)) == ["request-property-became-required"]


def secured(security, schemes, own=None):
    members = {} if own is None else {"security": own}
    top = {} if security is None else {"security": security}
    return contract({"/orders": {"get": operation(**members)}}, components={"securitySchemes": schemes}, **top)


KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
FLOWS = {"clientCredentials": {"tokenUrl": "https://id.example.com/t", "scopes": {}}}
LOGIN = {"type": "oauth2", "flows": FLOWS}


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        ((None, {}), ([{"key": []}], {"key": KEY}), ["security-narrowed"]),
        (([{"key": []}, {}], {"key": KEY}), ([{"key": []}], {"key": KEY}), ["security-narrowed"]),
        (([{"key": []}], {"key": KEY}), ([{}, {"key": []}], {"key": KEY}), ["security-widened"]),
        (([{"key": []}], {"key": KEY}), ([{"key": []}], {"key": KEY}, []), ["security-widened"]),
        (([{"key": []}], {"key": KEY}), ([{"token": []}], {"token": {**KEY, "name": "x-key"}}), []),
        (([{"a": []}], {"a": LOGIN}), ([{"b": []}], {"b": LOGIN}), []),
        (([{"x-key": []}], {"x-key": KEY}), (None, {}), ["security-widened"]),
        (([{"key": []}], {"key": KEY}), ([{"key": [], "a": []}], {"key": KEY, "a": LOGIN}), ["security-narrowed"]),
        (([{"a": ["r"]}], {"a": LOGIN}), ([{"a": ["r", "w"]}], {"a": LOGIN}), ["security-scope-added"]),
        (([{"key": []}], {"key": KEY}), ([{"key": []}], {"key": {**KEY, "in": "query"}}), ["security-scheme-changed"]),
    ],
)
def test_who_is_let_in(base, revision, expected):
    assert rules(secured(*base), secured(*revision)) == expected


def test_headers_whose_names_look_like_extensions():
    def answers(**headers):
        return contract({"/orders": {"get": {"responses": {"200": {**SEEN, "headers": headers}}}}})

    limit = {"x-limit": {"required": True, "schema": INTEGER}}
    assert rules(answers(**limit), answers()) == ["response-required-header-removed"]


def test_a_form_may_travel_as_text_and_as_files():
    def sent(schema, media="multipart/form-data", **encoding):
        body = {"content": {media: {"schema": {"type": "object", "properties": {"a": schema}}, **encoding}}}
        return contract({"/orders": {"post": operation(requestBody=body)}})

    raw = {"contentMediaType": "application/octet-stream"}
    assert rules(sent({"type": "string", "format": "binary"}), sent(raw)) == []
    assert rules(sent(LIST), sent(LIST, encoding={"a": {"explode": False}})) == ["request-encoding-narrowed"]
    assert rules(sent(INTEGER), sent(INTEGER, encoding={"a": {"contentType": "text/plain"}})) == []
    assert rules(sent(INTEGER), sent(INTEGER, encoding={"b": {"contentType": "text/html"}})) == []


def test_a_chain_of_references_has_an_end():
    def chain(leaf):
        schemas = {f"S{index}": {"$ref": f"#/components/schemas/S{index + 1}"} for index in range(10_000)}
        return query(
            {"name": "id", "in": "query", "schema": {"$ref": "#/components/schemas/S0"}},
            components={"schemas": {**schemas, "S10000": leaf}},
        )

    assert rules(chain(STRING), chain(INTEGER)) == ["request-type-narrowed"]


def test_a_version_in_front_of_paths_may_say_nothing():
    there = document(paths("/v1/users", "/orders", servers=[{"url": "https://x.example.com/v1"}]))
    here = document(paths("/v2/users", "/v2/orders", servers=[{"url": "https://x.example.com"}]))
    assert [f.rule for f in compare(there, here).findings].count("operation-removed") == 2
    assert [(f.rule, f.subject) for f in compare(there, here, versions=True).findings] == []


def test_no_server_is_the_root_of_the_host():
    assert found(paths("/a"), paths("/a", servers=[{"url": "/"}])) == []
    assert found(paths("/a", servers=[{"url": "/"}]), paths("/a")) == []
    assert rules(paths("/a"), paths("/a", servers=[{"url": "/v1"}])) == ["server-added"]


def test_servers_of_one_operation():
    def served(*urls):
        return contract({"/a": {"get": operation(servers=[{"url": url} for url in urls])}})

    there, here = served("https://x.example.com", "https://y.example.com"), served("https://x.example.com")
    found_ = compare(document(there), document(here)).findings
    assert [(f.rule, f.subject, [a.operation for a in f.affects]) for f in found_] == [
        ("server-removed", "GET /a servers https://y.example.com", ["GET /a"])
    ]


def test_many_values_of_a_variable_are_not_written_out():
    variable = {"enum": [f"h{n}" for n in range(1000)], "default": "h0"}
    sides = [
        paths("/a", servers=[{"url": f"https://{{host}}.example.com/v{version}", "variables": {"host": variable}}])
        for version in (1, 2)
    ]
    assert found(*sides) == [
        ("server-removed", "servers https://{host}.example.com/v1"),
        ("server-added", "servers https://{host}.example.com/v2"),
    ]


def test_an_operation_that_moves_may_take_requests_from_another():
    there = contract({"/a/{x}": {"get": operation(operationId="a")}, "/b": {"get": operation(operationId="b")}})
    here = contract({"/a/{x}": {"get": operation(operationId="a")}, "/a/b": {"get": operation(operationId="b")}})
    assert rules(there, here) == ["operation-moved", "operation-shadowed"]


def test_links_by_reference_and_by_name_are_one():
    def linked(**link):
        answer = {"200": {**SEEN, "links": {"next": link}}}
        return contract({"/a": {"get": {"operationId": "a", "responses": answer}}})

    by_name = linked(operationId="a", parameters={"x": "$url"})
    assert found(by_name, linked(operationRef="#/paths/~1a/get", parameters={"x": "$url"})) == []
    assert rules(by_name, linked(operationId="a")) == ["response-link-changed"]
    assert rules(by_name, linked(operationRef="https://x.example.com/a")) == ["response-link-changed"]


def test_elements_of_xml():
    def written(schema, media="application/xml", **schemas):
        body = {"content": {media: {"schema": schema}}}
        top = {"components": {"schemas": schemas}} if schemas else {}
        return contract({"/a": {"post": operation(requestBody=body)}}, **top)

    item = {"type": "array", "items": {**STRING, "xml": {"name": "item"}}}
    whole = {"type": "object", "properties": {"all": item, "id": {**STRING, "xml": {"attribute": True}}}}
    assert found(written(whole), written(whole)) == []
    wrapped = {**whole, "properties": {**whole["properties"], "all": {**item, "xml": {"wrapped": True}}}}
    assert rules(written(whole), written(wrapped)) == ["request-xml-changed"]
    other = {**item, "items": {**STRING, "xml": {"name": "entry", "namespace": "urn:x"}}}
    [finding] = compare(
        document(written(whole)), document(written({**whole, "properties": {**whole["properties"], "all": other}}))
    ).findings
    assert finding.message == "the items was written as item, is written as {urn:x}entry"
    root = {"$ref": "#/components/schemas/Order"}
    assert rules(written(root, Order=whole), written({**whole, "xml": {"name": "order"}})) == ["request-xml-changed"]
    assert rules(written(whole, "text/json"), written(wrapped, "text/json")) == []
    node = {**whole, "properties": {**whole["properties"], "id": {**STRING, "xml": {"nodeType": "text"}}}}
    assert rules(written(whole), written(node)) == ["request-xml-changed"]


def test_the_scheme_of_security_by_what_travels():
    basic = {"type": "http", "scheme": "Basic"}
    assert rules(secured([{"a": []}], {"a": basic}), secured([{"b": []}], {"b": {**basic, "scheme": "basic"}})) == []
    mutual = {"type": "mutualTLS"}
    assert rules(secured([{"a": []}], {"a": basic}), secured([{"a": []}], {"a": mutual})) == ["security-scheme-changed"]
    oidc = {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/"}
    moved = {**oidc, "openIdConnectUrl": "https://login.example.com/"}
    assert rules(secured([{"a": []}], {"a": oidc}), secured([{"a": []}], {"a": moved})) == [
        "security-scheme-address-changed"
    ]
    assert rules(secured([{"a": []}], {"a": oidc}), secured([{"b": []}], {"b": moved})) == ["security-narrowed"]
    assert rules(secured([{"a": []}], {}), secured([{"a": []}], {"a": {}})) == []


def test_headers_of_a_part():
    def sent(headers, **top):
        content = {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"a": STRING}},
                "encoding": {"a": {"headers": headers}},
            }
        }
        return contract({"/orders": {"post": operation(requestBody={"content": content})}}, **top)

    plain, needed = {"X-A": {"schema": INTEGER}}, {"X-A": {"schema": INTEGER, "required": True}}
    told = sent({"x-a": {"schema": {"allOf": [INTEGER], "description": "a number"}, "description": "told"}})
    shared = sent({"X-A": {"$ref": "#/components/headers/A"}}, components={"headers": {"A": plain["X-A"]}})
    assert [rules(sent(plain), other) for other in (told, shared, sent({**plain, "Content-Type": {}}))] == [[], [], []]
    assert rules(sent(plain), sent(needed)) == ["request-encoding-changed"]
    assert rules(sent(plain), sent({})) == ["request-encoding-changed"]
    assert found(sent({"X-A": {"schema": STRING}}), sent(plain)) == [
        ("request-type-narrowed", "POST /orders request multipart/form-data header X-A $")
    ]
    broken = sent({"X-A": {"$ref": "#/components/headers/A"}})
    assert rules(broken, broken) == []


@pytest.mark.parametrize("first", ["multipart/form-data", "application/json"])
def test_a_file_of_a_form_is_any_value_in_json_whichever_comes_first(first):
    """What the form makes of the member `file` says nothing of the same schema elsewhere."""
    kinds = [first, *({"multipart/form-data", "application/json"} - {first})]
    held = {"content": {kind: {"schema": {"$ref": "#/components/schemas/Upload"}} for kind in kinds}}

    def sent(file):
        upload = {"type": "object", "properties": {"file": {"contentMediaType": "image/png", **file}}}
        return contract({"/orders": {"post": operation(requestBody=held)}}, components={"schemas": {"Upload": upload}})

    assert rules(sent({}), sent({"type": "string"})) == ["request-type-narrowed"]
    assert rules(sent({"type": "string"}), sent({})) == ["request-type-widened"]
