"""Every fixture in other words: nothing is found between two ways to write one contract, nor another edit in them."""

import copy
import json
import random
from pathlib import Path

import pytest
import yaml

from contractcheck.openapi.compare import compare, rules
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import document

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
DATA = frozenset({"example", "examples", "default", "enum", "const", "x-extensible-enum", "value"})
SHARED = ("schemas", "parameters", "responses", "requestBodies", "headers", "links", "callbacks")
APART = frozenset(
    [
        "additionalProperties",
        "unevaluatedProperties",
        "patternProperties",
        "minProperties",
        "maxProperties",
        "nullable",
        "discriminator",
        "allOf",
        "not",
        "if",
        "xml",
        "readOnly",
        "writeOnly",
    ]
)
NAMES = "the names of schemas travel, or are what the rule is about"
EXCEPT = {
    **{
        (way, f"{direction}-{rule}"): NAMES
        for way in ("renamed", "inlined")
        for direction in ("request", "response")
        for rule in (
            "discriminator-changed",
            "discriminator-value-added",
            "discriminator-value-removed",
            "reference-changed",
            "reference-narrowed",
            "reference-widened",
        )
    },
}


def renamed(contract):
    text = json.dumps(contract)
    components = contract.get("components", {})
    for section in SHARED:
        for name in components.get(section, {}):
            text = text.replace(f'"#/components/{section}/{name}"', f'"#/components/{section}/{name}Too"')
    other = json.loads(text)
    for section in SHARED:
        if section in components:
            members = other["components"][section]
            other["components"][section] = {f"{name}Too": member for name, member in members.items()}
    return other


def inlined(contract):
    components = contract.get("components", {})

    def inline(value, seen):
        if isinstance(value, list):
            return [inline(item, seen) for item in value]
        if not isinstance(value, dict):
            return value
        tokens = str(value.get("$ref", "")).split("/")
        if tokens[:2] == ["#", "components"] and len(tokens) == 4 and tokens[3] in components.get(tokens[2], {}):
            if tokens in seen:
                return value
            target = inline(components[tokens[2]][tokens[3]], [*seen, tokens])
            beside = {name: member for name, member in value.items() if name != "$ref"}
            return {**beside, "allOf": [target]} if beside and not contract["openapi"].startswith("3.0") else target
        return {name: inline(member, seen) for name, member in value.items()}

    return inline(contract, [])


def unshared(contract):
    """The parameters of paths at each operation."""
    other = copy.deepcopy(contract)
    for item in other.get("paths", {}).values():
        shared = item.pop("parameters", [])
        for method in METHODS & item.keys():
            own = item[method].get("parameters", [])
            known = [(each.get("in"), each.get("name"), each.get("$ref")) for each in own]
            more = [each for each in shared if (each.get("in"), each.get("name"), each.get("$ref")) not in known]
            if own or more:
                item[method]["parameters"] = [*own, *more]
    return other


def shuffled(contract):
    dice = random.Random(3)  # noqa: S311 - no secret

    def shuffle(value):
        if isinstance(value, list):
            return [shuffle(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {name: shuffle(value[name]) for name in dice.sample(list(value), len(value))}

    return shuffle(contract)


def secured(contract):
    """The security of the document at each operation."""
    other = copy.deepcopy(contract)
    everywhere = other.pop("security", None)
    for item in other.get("paths", {}).values() if everywhere is not None else ():
        for method in METHODS & item.keys():
            item[method].setdefault("security", everywhere)
    return other


def wrapped(contract):
    """Each schema as an `allOf` of one."""

    def wrap(value):
        if isinstance(value, list):
            return [wrap(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {name: wrap(member) for name, member in value.items()}
        if isinstance(found.get("schema"), dict) and found["schema"].keys() & {"type", "$ref"}:
            found["schema"] = {"allOf": [found["schema"]]}
        return found

    return wrap(contract)


def split(contract):
    """The members of each object and which of them are required in two parts."""

    def part(value):
        if isinstance(value, list):
            return [part(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {name: member if name in DATA else part(member) for name, member in value.items()}
        if found.get("type") != "object" or not isinstance(found.get("properties"), dict) or APART & found.keys():
            return found
        parts = [{word: found.pop(word)} for word in ("properties", "required") if word in found]
        return {**found, "allOf": parts}

    places = {"paths", "components", "webhooks"}
    return {name: part(member) if name in places else member for name, member in contract.items()}


def extracted(contract):
    """Each schema of a body, parameter or header among the components."""
    made = {}

    def extract(value):
        if isinstance(value, list):
            return [extract(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {name: extract(member) for name, member in value.items()}
        if isinstance(found.get("schema"), dict) and "type" in found["schema"]:
            made[f"Made{len(made)}"] = found["schema"]
            found["schema"] = {"$ref": f"#/components/schemas/Made{len(made) - 1}"}
        return found

    other = {name: extract(member) if name in {"paths", "webhooks"} else member for name, member in contract.items()}
    components = other.get("components", {})
    return {**other, "components": {**components, "schemas": {**components.get("schemas", {}), **made}}}


WAYS = (renamed, inlined, unshared, shuffled, secured, wrapped, split, extracted)


def cases(name):
    """The pairs of contracts of a rule, version 3, each in one file of plain JSON values."""
    for case in sorted(path for path in (FIXTURES / name).iterdir() if path.name.startswith("fires")):
        sides = [next(case.glob(f"{side}.*")) for side in ("base", "revision")]
        read = [yaml.safe_load(side.read_text(encoding="utf-8")) for side in sides]
        if all("openapi" in each for each in read):
            yield json.loads(json.dumps(read))


def told(base, revision):
    sides = document(base), document(revision)
    return sorted((f.rule, str(f.severity)) for f in compare(*sides, Prover(*sides)).findings)


@pytest.mark.parametrize("name", rules())
def test_a_contract_in_other_words(name):
    for base, revision in cases(name):
        expected = told(base, revision)
        for way in WAYS:
            if (way.__name__, name) not in EXCEPT:
                assert told(base, way(base)) == [], way.__name__
                assert told(base, way(revision)) == expected, way.__name__
