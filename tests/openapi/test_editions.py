"""One API written in Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2, by hand: no pair of them differs, and edits show."""

import copy
import itertools
from pathlib import Path

import pytest
import yaml

from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import Dialect
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import document

FOLDER = Path(__file__).parent / "editions"
EDITIONS = {
    edition: yaml.safe_load((FOLDER / f"shop-{edition}.yaml").read_text(encoding="utf-8"))
    for edition in ("2.0", "3.0", "3.1", "3.2")
}


def told(base, revision, prove):
    sides = document(base), document(revision)
    return [(f.rule, f.subject) for f in compare(*sides, Prover(*sides) if prove else None).findings]


@pytest.mark.parametrize("pair", list(itertools.permutations(EDITIONS, 2)), ids=" to ".join)
def test_no_edition_differs_from_another(pair):
    base, revision = (EDITIONS[edition] for edition in pair)
    assert told(base, revision, prove=False) == []
    assert told(base, revision, prove=True) == []


def operation(contract, path, method):
    return contract["paths"][path][method]


def narrow_the_limit(contract):
    contract["components"]["parameters"]["limit"]["schema"]["maximum"] = 50


def ask_for_a_scope(contract):
    operation(contract, "/shops/{shop}/orders", "post")["security"][0]["login"].append("admin")


def drop_a_status(contract):
    responses = operation(contract, "/shops/{shop}/orders", "post")["responses"]
    responses["202"] = responses.pop("201")


def ask_for_json_no_more(contract):
    content = contract["components"]["requestBodies"]["order"]["content"]
    content["application/xml"] = content.pop("application/json")


def explode(contract):
    operation(contract, "/shops/{shop}/orders", "get")["parameters"][2].pop("explode")


def need_the_note(contract):
    body = operation(contract, "/shops/{shop}/orders/{id}", "put")["requestBody"]
    body["content"]["multipart/form-data"]["schema"]["required"].append("note")


def lose_a_header(contract):
    del operation(contract, "/shops/{shop}/orders", "get")["responses"]["200"]["headers"]["X-Total"]


def move_the_server(contract):
    contract["servers"][0]["url"] = "https://api.example.com/v2"


def hide_a_member(contract):
    del contract["components"]["schemas"]["Order"]["allOf"][1]["properties"]["id"]
    contract["components"]["schemas"]["Order"]["allOf"][1]["required"] = []


EDITS = {
    narrow_the_limit: {"request-range-narrowed": "parameters.limit $"},
    ask_for_a_scope: {"security-scope-added": "POST /shops/{shop}/orders security"},
    drop_a_status: {
        "response-success-status-removed": "POST /shops/{shop}/orders 201",
        "response-success-status-added": "POST /shops/{shop}/orders 202",
    },
    ask_for_json_no_more: {
        "request-media-type-removed": "requestBodies.order application/json",
        "request-media-type-added": "requestBodies.order application/xml",
    },
    explode: {"request-parameter-style-changed": "GET /shops/{shop}/orders query sort"},
    need_the_note: {
        "request-property-became-required": "PUT /shops/{shop}/orders/{id} request multipart/form-data $.note"
    },
    lose_a_header: {"response-header-removed": "GET /shops/{shop}/orders 200 header X-Total"},
    move_the_server: {
        "server-removed": "servers https://api.example.com/v1",
        "server-added": "servers https://api.example.com/v2",
    },
    hide_a_member: {"response-required-property-removed": "schemas.Order $.id"},
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edit_is_found_whatever_the_base_is_written_in(edition, edit):
    revision = copy.deepcopy(EDITIONS["3.0"])
    edit(revision)
    found = told(EDITIONS[edition], revision, prove=False)
    assert [rule for rule, _ in found] == list(EDITS[edit])
    if edition == "3.0":
        assert dict(found) == EDITS[edit]


def test_swagger_2_0_is_compared_with_itself():
    revision = copy.deepcopy(EDITIONS["2.0"])
    revision["parameters"]["limit"]["maximum"] = 50
    revision["paths"]["/shops/{shop}/orders"]["get"]["parameters"][1]["collectionFormat"] = "csv"
    revision["produces"] = ["application/xml"]
    assert document(revision).dialect is Dialect.SWAGGER_2_0
    assert sorted({rule for rule, _ in told(EDITIONS["2.0"], revision, prove=False)}) == [
        "request-parameter-style-changed",
        "request-range-narrowed",
        "response-media-type-added",
        "response-media-type-removed",
    ]
