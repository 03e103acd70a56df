"""Callbacks and webhooks: the server asks, with what the revision says; the client answers, as the base says."""

import pytest

from tests.exchanges.test_witnesses import told
from tests.openapi.contracts import contract, operation

INTEGER, STRING = {"type": "integer"}, {"type": "string"}


def answer(**node):
    return {"200": {"description": "", **node}}


def calling(called, address="{$request.body#/url}/done"):
    """An operation with a callback."""
    return contract({"/orders/{id}": {"post": operation(callbacks={"placed": {address: {"post": called}}})}}, "3.1.0")


def hooked(called):
    return {**contract({}, "3.1.0"), "webhooks": {"placed": {"post": called}}}


def body(schema):
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def replying(schema):
    return {"responses": answer(content={"application/json": {"schema": schema}})}


AT = {calling: "https://client.example.com/done", hooked: "https://api.example.com/placed"}
OF = {calling: "POST /orders/{id} callback placed POST", hooked: "POST webhooks.placed"}


@pytest.mark.parametrize("make", [calling, hooked])
class TestBoth:
    """What holds for callbacks and webhooks alike."""

    def test_what_the_server_sends(self, make):
        ((rule, lines, said),) = told(make(operation(**body(INTEGER))), make(operation(**body(STRING))))
        assert (rule, said) == ("response-type-widened", "verified")
        assert lines == [f"curl {AT[make]} -H 'Content-Type: application/json' --data-binary '\"a\"'"]

    def test_what_the_server_may_leave_out(self, make):
        one = {"name": "X-Sign", "in": "header", "required": True, "schema": {"enum": ["s"]}}
        gone = {**one, "required": False}
        expected = [("response-header-became-optional", [f"curl -X POST {AT[make]}"], "verified")]
        assert told(make(operation(parameters=[one])), make(operation(parameters=[gone]))) == expected
        ((rule, _, said),) = told(make(operation(parameters=[one])), make(operation()))
        assert (rule, said) == ("response-required-header-removed", "verified")

    def test_how_the_server_writes_a_list(self, make):
        one = {
            "name": "n",
            "in": "query",
            "required": True,
            "schema": {"type": "array", "items": {**INTEGER, "enum": [1]}},
        }
        ((rule, lines, said),) = told(
            make(operation(parameters=[one])), make(operation(parameters=[{**one, "explode": False}]))
        )
        assert (rule, lines) == ("response-header-style-changed", [f"curl -X POST '{AT[make]}?n=1,1'"])
        assert said in {"verified", "undecided: both sides accept it, and read it differently"}

    def test_a_media_type_that_the_server_did_not_send(self, make):
        kinds = {kind: {"schema": {"enum": ["a"]}} for kind in ("application/json", "text/csv")}
        base = {"requestBody": {"content": {"application/json": kinds["application/json"]}}}
        ((rule, lines, said),) = told(make(operation(**base)), make(operation(requestBody={"content": kinds})))
        assert (rule, said) == ("response-media-type-added", "verified")
        assert lines == [f"curl {AT[make]} -H 'Content-Type: text/csv' --data-binary a"]

    def test_what_the_client_answers(self, make):
        found = told(make(operation(**replying(STRING))), make(operation(**replying(INTEGER))))
        ((rule, lines, said),) = found
        assert (rule, said) == ("request-type-narrowed", "verified")
        assert lines == [f"POST {AT[make]}", "HTTP 200", "Content-Type: application/json", "", '"a"']

    def test_a_status_that_the_client_may_no_longer_answer(self, make):
        both = {"200": {"description": ""}, "202": {"description": ""}}
        one = {"200": {"description": ""}}
        ((rule, lines, said),) = told(make(operation(responses=both)), make(operation(responses=one)))
        assert (rule, lines, said) == ("webhook-success-status-removed", [f"POST {AT[make]}", "HTTP 202"], "verified")

    def test_a_media_type_that_the_client_may_no_longer_answer(self, make):
        kinds = {kind: {"schema": {"enum": ["a"]}} for kind in ("application/json", "text/csv")}
        one = {"application/json": kinds["application/json"]}
        found = told(make(operation(responses=answer(content=kinds))), make(operation(responses=answer(content=one))))
        assert [(rule, lines[-1], said) for rule, lines, said in found] == [
            ("request-media-type-removed", "a", "verified")
        ]

    def test_what_does_not_travel_is_left_out(self, make):
        def member(**marks):
            schema = {"type": "object", "required": ["a"], "properties": {"a": {**INTEGER, **marks}, "n": INTEGER}}
            return {**schema, "required": ["a", "n"]}

        base, revision = (make(operation(**body(each))) for each in (member(writeOnly=True), member(writeOnly=True)))
        changed = revision
        media = {"application/json": {"schema": {**member(writeOnly=True), "required": ["a"]}}}
        changed = make(operation(requestBody={"required": True, "content": media}))
        ((rule, lines, said),) = told(base, changed)
        assert (rule, said) == ("response-property-became-optional", "verified")
        assert lines[0].endswith("--data-binary '{}'")


def test_a_callback_of_several_addresses_is_the_one_that_changed():
    def spec(first, second):
        addresses = {"{$request.body#/a}": {"post": operation(**body(first))}}
        addresses["https://x.example.com/{$request.query.b}"] = {"post": operation(**body(second))}
        return contract({"/a": {"post": operation(callbacks={"c": addresses})}}, "3.1.0")

    ((_, lines, said),) = told(spec(INTEGER, INTEGER), spec(INTEGER, STRING))
    assert (lines[0].split()[1], said) == ("https://x.example.com/b", "verified")


def test_a_callback_of_a_callback_is_asked_by_the_client_again():
    def spec(schema):
        inner = {"again": {"$request.header.x": {"post": operation(**body(schema))}}}
        called = operation(callbacks=inner)
        return contract({"/a": {"post": operation(callbacks={"c callback d": {"{$url}": {"post": called}}})}}, "3.1.0")

    ((rule, lines, said),) = told(spec(STRING), spec(INTEGER))
    assert (rule, said) == ("request-type-narrowed", "verified")
    assert lines[0].startswith("curl https://client.example.com -H")


def test_a_required_parameter_of_a_callback_of_a_callback():
    def spec(**extra):
        inner = {"again": {"{$url}": {"post": operation(**extra)}}}
        return contract({"/a": {"post": operation(callbacks={"c": {"{$url}": {"post": operation(callbacks=inner)}}})}})

    new = {"parameters": [{"name": "n", "in": "query", "required": True, "schema": INTEGER}]}
    assert told(spec(), spec(**new)) == [
        ("request-required-parameter-added", ["curl -X POST https://client.example.com"], "verified")
    ]
