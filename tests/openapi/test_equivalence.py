"""Contracts that say the same in other words: nothing is found, with the prover and without where no proof is needed."""

import copy
import json
import random

import pytest
import yaml

from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import load
from contractcheck.openapi.proving import Prover
from contractcheck.sources.folder import folder
from tests.openapi.contracts import Memory, contract, document, operation
from tests.openapi.test_editions import EDITIONS, FOLDER

SHOP = EDITIONS["3.1"]


def differences(base, revision, *, prove=False):
    return [(f.rule, f.subject) for f in compare(base, revision, Prover(base, revision) if prove else None).findings]


def shuffled(value, seed):
    if isinstance(value, dict):
        names = list(value)
        seed.shuffle(names)
        return {name: shuffled(value[name], seed) for name in names}
    return [shuffled(item, seed) for item in value] if isinstance(value, list) else value


def replaced(value, change):
    """A copy with every object put through a function."""
    if isinstance(value, dict):
        return change({name: replaced(member, change) for name, member in value.items()})
    return [replaced(item, change) for item in value] if isinstance(value, list) else value


def renamed(contract):
    text = json.dumps(contract)
    for section in ("schemas", "parameters", "responses", "requestBodies"):
        for name in contract["components"][section]:
            text = text.replace(f'"#/components/{section}/{name}"', f'"#/components/{section}/{name}Too"')
    other = json.loads(text)
    for section in ("schemas", "parameters", "responses", "requestBodies"):
        members = other["components"][section]
        other["components"][section] = {f"{name}Too": member for name, member in members.items()}
    return other


def inlined(contract):
    def inline(value):
        if "$ref" not in value:
            return value
        _, _, section, name = value["$ref"].split("/")
        return replaced(contract["components"][section][name], inline)

    other = replaced(contract, inline)
    return {**other, "components": {"securitySchemes": contract["components"]["securitySchemes"]}}


def without_shared_parameters(contract):
    other = copy.deepcopy(contract)
    for item in other["paths"].values():
        shared = item.pop("parameters", [])
        for method in [name for name in item if name in {"get", "put", "post", "patch"}]:
            item[method]["parameters"] = [*item[method].get("parameters", []), *shared]
    return other


def merged(contract):
    """The `allOf` of an order as one schema."""
    other = copy.deepcopy(contract)
    schemas = other["components"]["schemas"]
    first, second = schemas["NewOrder"], schemas["Order"]["allOf"][1]
    schemas["Order"] = {
        "type": "object",
        "required": [*first["required"], *second["required"]],
        "properties": {**first["properties"], **second["properties"]},
    }
    return other


def split(contract):
    """A schema as an `allOf` of one part for each member."""
    other = copy.deepcopy(contract)
    whole = other["components"]["schemas"]["NewOrder"]
    members = [{"properties": {name: member}} for name, member in whole["properties"].items()]
    other["components"]["schemas"]["NewOrder"] = {
        "type": "object",
        "allOf": [*members, {"type": "object", "required": whole["required"]}],
    }
    return other


def prefixed(contract):
    other = copy.deepcopy(contract)
    other["servers"] = [{"url": "https://api.example.com/"}]
    other["paths"] = {f"/v1{path}": item for path, item in contract["paths"].items()}
    return other


def prefixed_in_part(contract):
    other = copy.deepcopy(contract)
    other["servers"] = [{"url": "https://{host}/{version}", "variables": VARIABLES}]
    return other


VARIABLES = {
    "host": {"enum": ["api.example.com"], "default": "api.example.com"},
    "version": {"enum": ["v1"], "default": "v1"},
}


def secured_one_by_one(contract):
    other = copy.deepcopy(contract)
    everywhere = other.pop("security")
    for item in other["paths"].values():
        for method in [name for name in item if name in {"get", "put", "post", "patch"}]:
            item[method].setdefault("security", everywhere)
    return other


def served_one_by_one(contract):
    other = copy.deepcopy(contract)
    servers = other.pop("servers")
    for item in other["paths"].values():
        item["servers"] = servers
    return other


def described(contract):
    """Descriptions, examples, comments: nothing that a program reads."""

    def note(value):
        told = {"description": "in other words", "x-owner": "team"}
        return {**value, **told} if value.keys() & {"type", "responses", "schema", "properties"} else value

    other = copy.deepcopy(contract)
    other["components"]["schemas"] = {name: note(schema) for name, schema in other["components"]["schemas"].items()}
    return {**other, "externalDocs": {"url": "https://example.com"}, "info": {**other["info"], "summary": "A shop"}}


WAYS = [
    renamed,
    inlined,
    without_shared_parameters,
    prefixed,
    prefixed_in_part,
    secured_one_by_one,
    described,
    merged,
    split,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_same_in_other_words(way):
    base, revision = document(SHOP), document(way(SHOP))
    assert differences(base, revision, prove=True) == []
    assert differences(revision, base, prove=True) == []


def test_servers_of_paths_are_those_of_the_document():
    found = differences(document(SHOP), document(served_one_by_one(SHOP)))
    assert found == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_order_of_members_and_the_format_do_not_matter(edition):
    text = (FOLDER / f"shop-{edition}.yaml").read_text(encoding="utf-8")
    other = shuffled(EDITIONS[edition], random.Random(7))  # noqa: S311 - no secret
    sides = Memory({"a.yaml": text, "b.json": json.dumps(other), "c.yaml": yaml.safe_dump(other)})
    documents = [load(sides, name) for name in ("a.yaml", "b.json", "c.yaml")]
    assert differences(documents[0], documents[1]) == []
    assert differences(documents[1], documents[2]) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_several_files_are_one_contract(edition, tmp_path):
    """Every component and path in a file of its own."""
    whole = EDITIONS[edition]
    section = "definitions" if edition == "2.0" else "components"
    texts = json.dumps(whole)
    components = whole[section] if edition != "2.0" else {"": whole[section]}
    for kind in ("definitions", "parameters", "responses") if edition == "2.0" else components:
        at = kind if edition == "2.0" else f"components/{kind}"
        texts = texts.replace(f'"#/{at}/', f'"parts/{kind}.json#/')
    root = json.loads(texts)
    files = {}
    for kind in ("definitions", "parameters", "responses") if edition == "2.0" else list(components):
        holder = root if edition == "2.0" else root["components"]
        if kind != "securitySchemes":
            files[f"parts/{kind}.json"] = json.dumps(holder.pop(kind)).replace('"parts/', '"')
    if edition == "3.2":
        root.pop("$self")
    files |= {
        "split.json": json.dumps(root),
        "whole.json": json.dumps({k: v for k, v in whole.items() if k != "$self"}),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    split_up, bundled = load(folder(tmp_path), "split.json"), load(folder(tmp_path), "whole.json")
    assert len(files) >= 3
    assert differences(bundled, split_up) == []
    assert differences(split_up, bundled) == []
    assert split_up.defects == ()


def test_an_object_in_the_query_is_its_members():
    def asks(*parameters):
        return document(contract({"/orders": {"get": operation(parameters=list(parameters))}}))

    text, number = {"type": "string"}, {"type": "integer"}
    single = asks(
        {"name": "a", "in": "query", "required": True, "schema": text}, {"name": "b", "in": "query", "schema": number}
    )
    folded = {"type": "object", "required": ["a"], "properties": {"a": text, "b": number}}
    together = asks({"name": "filter", "in": "query", "required": True, "schema": folded})
    assert differences(single, together) == []
    assert differences(together, single) == []
    deep = asks({"name": "filter", "in": "query", "style": "deepObject", "schema": folded})
    assert [rule for rule, _ in differences(single, deep)] == [
        "request-parameter-removed",
        "request-parameter-removed",
        "request-parameter-added",
    ]
