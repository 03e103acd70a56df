"""Contracts made to break a comparison: very many, very long, in circles, with names that are not what they seem."""

import json
import time

from contractcheck.model.finding import ProofKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import load
from contractcheck.openapi.exchanges.operation import Operations
from contractcheck.openapi.proving import Prover
from contractcheck.openapi.structure import defects
from contractcheck.sources.folder import folder
from tests.openapi.contracts import asks, contract, document, found, operation, query

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
SECONDS = 10
"""Of the processor, for what takes one or two on a quiet machine."""


def within(base, revision):
    sides = document(base), document(revision)
    start = time.process_time()
    findings = compare(*sides).findings
    defects(sides[1], sides[0])
    assert time.process_time() - start < SECONDS
    return [(finding.rule, finding.subject) for finding in findings]


def test_twenty_thousand_paths_and_one_edit():
    paths = {f"/a{index}/{{id}}": {"get": operation()} for index in range(20_000)}
    changed = {**paths, "/a7/{id}": {"get": operation(deprecated=True)}, "/a7/me": {"get": operation()}}
    assert within(contract(paths), contract(changed)) == [
        ("operation-shadowed", "GET /a7/me"),
        ("operation-added", "GET /a7/me"),
        ("operation-deprecated", "GET /a7/{id}"),
    ]


def test_paths_that_all_cross_each_other():
    old = {f"/{{x}}/y{index}/c": {"get": operation()} for index in range(3_000)}
    new = {f"/z{index}/{{y}}/c": {"get": operation()} for index in range(3_000)}
    rules = [rule for rule, _ in within(contract(old), contract({**old, **new}))]
    assert {rule: rules.count(rule) for rule in set(rules)} == {"operation-ambiguous": 3_000, "operation-added": 3_000}


def test_templates_of_very_many_parameters():
    path = "/" + "/".join("{p}" * 20 for _ in range(20))
    assert within(contract({path: {"get": operation()}}), contract({path + "/x": {"get": operation()}}))


def test_a_thousand_media_types():
    def carried(name):
        content = {f"application/{name}{index}+json;v={index}": {"schema": STRING} for index in range(1_000)}
        return contract({"/a": {"post": operation(requestBody={"content": content})}})

    rules = [rule for rule, _ in within(carried("a"), carried("b"))]
    assert {rule: rules.count(rule) for rule in set(rules)} == {
        "request-media-type-removed": 1_000,
        "request-media-type-added": 1_000,
    }


def test_members_ten_thousand_deep():
    def deep(leaf):
        schemas = {
            f"S{index}": {"type": "object", "properties": {"x": {"$ref": f"#/components/schemas/S{index + 1}"}}}
            for index in range(10_000)
        }
        schemas["S10000"] = leaf
        at = {"$ref": "#/components/schemas/S0"}
        answer = {"200": {"description": "", "content": {"application/json": {"schema": at}}}}
        return contract({"/a": {"get": {"responses": answer}}}, components={"schemas": schemas})

    assert found(deep(STRING), deep(INTEGER)) == [("response-type-widened", "schemas.S10000 $")]


def test_references_in_circles_across_files(tmp_path):
    def written(name, **node):
        place = tmp_path / name
        place.mkdir()
        answer = {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "b.json#/X"}}}}}
        root = contract({"/a": {"$ref": "b.json#/p"}, "/c": {"get": {"responses": answer}}})
        other = {"p": {"$ref": "a.json#/paths/~1a"}, "X": {"type": "object", "properties": node}}
        (place / "a.json").write_text(json.dumps(root), encoding="utf-8")
        (place / "b.json").write_text(json.dumps(other), encoding="utf-8")
        return load(folder(place), "a.json")

    circle = {"$ref": "b.json#/X"}
    base, revision = written("base", n=circle, m=STRING), written("revision", n=circle, m=INTEGER)
    assert [(f.rule, f.subject) for f in compare(base, revision).findings] == [("response-type-widened", "b X $.m")]
    assert [finding.rule for finding in revision.defects] == ["reference-cycle"]


def test_names_that_are_not_what_they_seem():
    name = "\u202eevil\u0007\x1b[31m\u200f"
    parameter = {"name": name, "in": "query", "schema": STRING}
    assert found(query(parameter, path=f"/{name}"), query({**parameter, "required": True}, path=f"/{name}")) == [
        ("request-parameter-became-required", f"GET /{name} query {name}")
    ]


def test_very_many_members_that_all_changed():
    def spec(leaf):
        return asks({"type": "object", "properties": {f"q{index}": leaf for index in range(600)}})

    old, new = document(spec(STRING)), document(spec(INTEGER))
    start = time.process_time()
    findings = compare(old, new, Prover(old, new)).findings
    assert time.process_time() - start < SECONDS
    assert {(finding.rule, finding.proof.kind) for finding in findings} >= {
        ("request-type-narrowed", ProofKind.WITNESS)
    }
    assert len(findings) == 600


def test_an_enum_of_very_many_values():
    old, new = ({"enum": [f"value-{n:06}" for n in range(first, first + 20_000)]} for first in (0, 5))
    assert within(asks(old), asks(new)) == [
        ("request-enum-narrowed", "POST /orders request application/json $"),
        ("request-enum-widened", "POST /orders request application/json $"),
    ]


def test_callbacks_in_a_circle():
    def spec(schema):
        body = {"content": {"application/json": {"schema": schema}}}
        back = {f"c{index}": {"{$request.body#/u}": {"$ref": "#/paths/~1a"}} for index in range(9)}
        return contract({"/a": {"post": operation(requestBody=body, callbacks=back)}}, "3.1.0")

    assert within(spec(STRING), spec(INTEGER)) == [
        ("request-type-narrowed", "POST /a request application/json $"),
        ("response-type-widened", "POST /a request application/json $"),
    ]


def test_an_exchange_of_a_webhook_in_a_circle_is_made():
    """The label of a callback of a callback of ... is followed as far as it goes, and no further."""
    back = {"c": {"{$request.body#/u}": {"$ref": "#/paths/~1a"}}}
    read = document(contract({"/a": {"post": operation(callbacks=back)}}, "3.1.0"))
    found = Operations(read).find("POST /a" + " callback c POST" * 50)
    assert (found.hook, found.swapped) == (True, False)
    assert Operations(read).find("POST /a callback d POST") is None
