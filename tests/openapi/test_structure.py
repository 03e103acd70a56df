"""The structure of documents: what is unknown, missing or wrong is said, and the rest is compared."""

import json

import pytest

from contractcheck.openapi.document import load
from contractcheck.openapi.structure import defects
from contractcheck.sources.folder import folder
from contractcheck.workflows.contracts import compare
from tests.openapi.contracts import contract, document, operation
from tests.openapi.test_editions import EDITIONS

STRING = {"type": "string"}


def told(root, other=None):
    found = defects(document(root), document(other) if other is not None else None)
    return [(f.rule, f.subject, f.message) for f in found]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_sound_document_has_no_defect(edition):
    assert told(EDITIONS[edition]) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"tags": "a"}, ("structure-value-wrong", "GET /a tags", 'tags is "a", not a list')),
        ({"deprecated": None}, ("structure-value-wrong", "GET /a deprecated", "deprecated is null, not true or false")),
        ({"summary": 1}, ("structure-value-wrong", "GET /a summary", "summary is 1, not a text")),
        ({"sumary": ""}, ("structure-field-unknown", "GET /a sumary", "the Operation Object has no field sumary")),
        (
            {"parameters": [{"name": "x", "in": "body", "schema": STRING}]},
            ("structure-value-wrong", "GET /a body x in", 'in is "body", not one of query, header, path, cookie'),
        ),
        (
            {"parameters": [{"name": "x", "in": "query", "schema": {"type": "strng"}}]},
            ("structure-value-wrong", "GET /a query x $ type", 'type is "strng", not a type of JSON Schema'),
        ),
        (
            {"parameters": [{"name": "x", "in": "query", "schema": {"required": True}}]},
            ("structure-value-wrong", "GET /a query x $ required", "required is true, not a list"),
        ),
        (
            {"parameters": [{"name": "x", "in": "query", "schema": {"properties": {"a": {"minLength": 1.5}}}}]},
            ("structure-value-wrong", "GET /a query x $.a minLength", "minLength is 1.5, not a whole number"),
        ),
        (
            {"callbacks": {"done": {"{$url}": {"get": []}}}},
            ("structure-value-wrong", "GET /a callback done GET get", "get is a list, not an object"),
        ),
        (
            {"requestBody": {"description": "none"}},
            ("structure-field-missing", "GET /a request content", "the Request Body Object has no content"),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(members, expected):
    assert told(contract({"/a": {"get": operation(**members)}})) == [expected]


def test_extensions_and_data_are_nobodys_business():
    body = {"content": {"a/b": {"schema": {"enum": [{"type": 1}], "x-more": 1}, "example": {"tags": 1}}}}
    assert told(contract({"/a": {"x-b": 1, "get": operation(**{"x-a": 1, "requestBody": body})}, "x-c": 1})) == []


def test_3_0_knows_less_than_3_1():
    late = contract(
        {"/a": {"get": operation()}}, "3.0.3", webhooks={}, info={"title": "", "version": "", "summary": ""}
    )
    assert sorted(message for _, _, message in told(late)) == [
        "the Info Object has no field summary",
        "the OpenAPI Object has no field webhooks",
    ]


def test_paths_and_ids_that_stand_twice():
    there = {"/a/{x}": {"get": operation(operationId="a")}, "/a/{y}": {"get": operation(operationId="a")}}
    assert [(rule, message) for rule, _, message in told(contract(there))] == [
        ("path-parameter-undeclared", "x stands in the path and in no parameter"),
        ("path-duplicate", "GET of /a/{x} stands here too"),
        ("operation-id-duplicate", "GET /a/{x} has the operationId a too"),
        ("path-parameter-undeclared", "y stands in the path and in no parameter"),
    ]


def test_what_both_sides_have_is_not_looked_at():
    wrong = {"/a": {"get": operation(tags="a")}}
    base = contract({**wrong, "/b": {"get": operation()}})
    revision = contract({**wrong, "/b": {"get": operation(tags="b")}})
    assert [subject for _, subject, _ in told(revision, base)] == ["GET /b tags"]
    found = compare(document(base), document(revision)).findings
    assert [f.rule for f in found if f.rule.startswith("structure")] == ["structure-value-wrong"]


def test_files_that_are_referred_to_are_looked_at(tmp_path):
    root = contract({"/a": {"get": operation(responses={"200": {"$ref": "more.json#/ok"}})}})
    (tmp_path / "openapi.json").write_text(json.dumps(root), encoding="utf-8")
    (tmp_path / "more.json").write_text(json.dumps({"ok": {"headers": []}}), encoding="utf-8")
    found = defects(load(folder(tmp_path), "openapi.json"))
    assert [(f.rule, str(f.place), f.message) for f in found] == [
        ("structure-field-missing", "more.json", "the Response Object has no description"),
        ("structure-value-wrong", "more.json", "headers is a list, not an object"),
    ]


@pytest.mark.parametrize("value", [None, [], 1, "x", {"get": 1}, {"get": {"responses": []}}, {"parameters": {}}])
def test_a_broken_part_leaves_the_rest_to_be_compared(value):
    base = contract({"/a": value, "/b": {"get": operation(operationId="b")}})
    revision = contract({"/a": value, "/b": {"get": operation(operationId="c")}})
    found = compare(document(base), document(revision)).findings
    assert [f.rule for f in found if f.suppressed is None] == ["operation-id-changed"]
    assert compare(document(contract({"/a": {"get": operation()}})), document(base)).findings
    assert compare(document(base), document(contract({"/a": {"get": operation()}}))).findings
