"""An element is found again in another revision: by its address, or through what uses it."""

import json

import pytest
import yaml

from contractcheck.openapi.document import load
from contractcheck.openapi.lifecycle import elements, key, listed, value_marks
from contractcheck.openapi.seeking import address, files, found_again, node_at, seek, stability
from tests.policy.test_fingerprints import Files
from tests.policy.test_notice import POLICY_FILE, errors


def document(value, name="openapi.yaml", **more):
    texts = {each.replace("__", "/") + ".yaml": yaml.safe_dump(part) for each, part in more.items()}
    return load(Files(**{name: yaml.safe_dump(value)}, **texts), name)


def api(schema, **components):
    """A contract with one operation that answers a schema."""
    answer = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1.0.0"},
        "paths": {"/a": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": components},
    }


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def user(**nick):
    return {"type": "object", "properties": {"id": {"type": "integer"}, "nick": {"type": "string", **nick}}}


ANSWER = "/paths/~1a/get/responses/200/content/application~1json/schema"
NICK = "/properties/nick"


def pointers(base, pointer, other, file=None):
    """Where what stands at a pointer of one contract stands in another."""
    node = node_at(base, file or base.path, pointer)
    return [f"{each.file}#{each.pointer}" for each in found_again(base, node, other)]


@pytest.mark.parametrize(
    ("old", "pointer", "new", "found"),
    [
        # Renamed; written out where it was used; made a component of; behind another component; in a list.
        (api(ref("User"), User=user()), "/components/schemas/User" + NICK, api(ref("Person"), Person=user()), 1),
        (api(ref("User"), User=user()), "/components/schemas/User" + NICK, api(user()), 0),
        (api(user()), ANSWER + NICK, api(ref("User"), User=user()), 2),
        (
            api(ref("Page"), Page={"properties": {"items": {"items": ref("User")}}}, User=user()),
            "/components/schemas/User" + NICK,
            api(ref("List"), List={"properties": {"items": {"items": ref("Row")}}}, Row=user()),
            3,
        ),
        # It is there by its name, without the property: that is no other spelling.
        (
            api({"allOf": [ref("User"), ref("Person")]}, User=user(), Person=user()),
            "/components/schemas/User" + NICK,
            api({"allOf": [ref("User"), ref("Person")]}, User={"type": "object"}, Person=user()),
            None,
        ),
        # Nobody uses it: nothing leads anywhere.
        (api(user(), User=user()), "/components/schemas/User" + NICK, api(user()), None),
        # Two that refer to each other end.
        (
            api({}, A={"properties": {"b": ref("B")}}, B={"properties": {"a": ref("A"), "nick": {}}}),
            "/components/schemas/B" + NICK,
            api({}),
            None,
        ),
    ],
)
def test_components(old, pointer, new, found):
    places = [ANSWER, "/components/schemas/Person", "/components/schemas/User", "/components/schemas/Row"]
    expected = [] if found is None else [f"openapi.yaml#{places[found]}{NICK}"]
    assert pointers(document(old), pointer, document(new)) == expected


def test_one_thing_may_have_become_several():
    both = api({"properties": {"owner": ref("User"), "buyer": ref("User")}}, User=user())
    split = api({"properties": {"owner": ref("Owner"), "buyer": ref("Buyer")}}, Owner=user(), Buyer=user())
    found = pointers(document(both), "/components/schemas/User" + NICK, document(split))
    assert found == [f"openapi.yaml#/components/schemas/{name}{NICK}" for name in ("Buyer", "Owner")]


def test_files_that_moved():
    old = document(api({"$ref": "parts/user.yaml"}), name="api/openapi.yaml", api__parts__user=user())
    new = document(api({"$ref": "../models/person.yaml"}), name="v2/shop.yaml", models__person=user())
    assert files(old) == ("api/openapi.yaml", "api/parts/user.yaml")
    nick = node_at(old, "api/parts/user.yaml", NICK)
    assert address(old, nick) == ("parts/user.yaml", "properties", "nick")
    assert pointers(old, NICK, new, "api/parts/user.yaml") == ["models/person.yaml#" + NICK]
    # A file that is left behind is not of the contract.
    both = document(api({"$ref": "models/person.yaml"}), models__person=user(), parts__user=user(deprecated=True))
    assert pointers(old, NICK, both, "api/parts/user.yaml") == ["models/person.yaml#" + NICK]
    # The folder moved as a whole: the address holds.
    there = document(api({"$ref": "parts/user.yaml"}), name="b/c/openapi.yaml", b__c__parts__user=user())
    assert pointers(old, NICK, there, "api/parts/user.yaml") == ["b/c/parts/user.yaml#" + NICK]


def test_only_files_that_the_contract_leads_to_are_looked_at():
    marked = user(deprecated=True)
    value = api({"$ref": "user.yaml"}, Odd={"properties": {"$ref": {"type": "string"}}})
    contract = document(value, user=marked, other=marked)
    assert contract.resolve(contract.root, "other.yaml") is not None
    assert [(each.kind, each.node.file) for each in elements(contract)] == [("property", "user.yaml")]


def test_names_that_are_encoded_in_references():
    contract = load(
        Files(
            **{"a.yaml": yaml.safe_dump(api({"$ref": "my%20user%23.yaml"})), "my user#.yaml": yaml.safe_dump(user())}
        ),
        "a.yaml",
    )
    assert files(contract) == ("a.yaml", "my user#.yaml")
    node = node_at(contract, "my user#.yaml", NICK)
    assert seek(contract, address(contract, node)) == node


def test_references_with_identifiers_of_their_own():
    inner = {"$id": "https://example.org/schemas/a", "$defs": {"U": user()}, "$ref": "#/$defs/U"}
    contract = document(api(inner))
    assert files(contract) == ("openapi.yaml",)
    node = node_at(contract, "openapi.yaml", ANSWER + "/$defs/U" + NICK)
    assert seek(contract, address(contract, node)) == node


def test_levels_are_those_of_the_nearest_thing():
    value = api(user())
    value["info"]["x-stability-level"] = "alpha"
    contract = document(value)
    place = address(contract, node_at(contract, "openapi.yaml", ANSWER))
    assert stability(contract, place) == "alpha"
    value["paths"]["/a"]["x-stability-level"] = "beta"
    contract = document(value)
    assert [stability(contract, place[:end]) for end in (1, 2, 3, 9)] == ["alpha", "alpha", "beta", "beta"]
    value["paths"]["/a"]["get"]["x-stability-level"] = "stable"
    assert stability(document(value), place) == "stable"
    assert seek(contract, ("nowhere.yaml", "properties")) is None


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        (
            {"enum": ["a", 3, 2.0, True, None], "x-enum-deprecated": [2, True, None]},
            {"2": None, "true": None, "null": None},
        ),
        (
            {"enum": ["a", 3, True], "x-enum-deprecated": {"a": "2026-12-31", "3": None, "true": False}},
            {'"a"': "2026-12-31", "3": None},
        ),
        (
            {"oneOf": [{"const": 1, "deprecated": True, "x-sunset": "2026-12-31"}, {"const": 2}, {"type": "null"}]},
            {"1": "2026-12-31"},
        ),
        ({"enum": [1], "x-enum-deprecated": 7}, {}),
    ],
)
def test_marks_of_values(schema, values):
    contract = document(api(schema))
    node = node_at(contract, "openapi.yaml", ANSWER)
    known = listed(contract, node) or {
        key(each["const"]): each["const"] for each in schema.get("oneOf", ()) if "const" in each
    }
    marked = {name: value_marks(contract, node, value) for name, value in known.items()}
    assert {name: told.sunset for name, told in marked.items() if told.deprecated} == values
    assert value_marks(contract, node, "never") is None
    assert listed(contract, None) is None


def test_a_renamed_component_keeps_its_notice(repo, findings):
    old = json.dumps(api(ref("User"), User=user(deprecated=True)))
    repo("v1", day="2025-01-01", **{"api.json": old, "contractcheck.toml": POLICY_FILE})
    repo("v2", day="2025-05-01", **{"api.json": json.dumps(api(ref("Person"), Person=user(deprecated=True)))})
    repo(
        **{
            "api.json": json.dumps(
                api(ref("Person"), Person={"type": "object", "properties": {"id": {"type": "integer"}}})
            )
        }
    )
    check = ("check", "--base", "v2", "--profile", "standard", "--today")
    told = [each for each in findings(*check, "2025-06-29") if each[1].startswith("removal")]
    assert told == [("error", "removal-too-early", "schemas.Person $.nick", None)]
    assert [each for each in findings(*check, "2025-06-30") if each[1].startswith("removal")] == []


def test_marks_that_change_while_a_component_is_renamed_are_told_once(repo, findings):
    def told(schema):
        repo(**{"api.json": json.dumps(api(ref("Person"), Person=schema))})
        return [each[1:3] for each in findings("check", "--base", "v1", "--today", "2026-01-01")]

    old = api(ref("User"), User=user(deprecated=True, **{"x-sunset": "2027-06-01"}))
    repo("v1", day="2025-01-01", **{"api.json": json.dumps(old), "contractcheck.toml": "[deprecation]\n"})
    assert told(user(deprecated=True, **{"x-sunset": "2027-06-01"})) == []
    assert told(user(deprecated=True, **{"x-sunset": "2027-05-01"})) == [
        ("sunset-moved-earlier", "schemas.Person $.nick")
    ]
    repo(**{"api.json": json.dumps(api(ref("Person"), Person=user()))})
    assert "deprecation-withdrawn" not in errors(findings, "check", "--base", "v1")


@pytest.mark.parametrize("count", [3000])
def test_many_values_take_one_look_each(count):
    """A table of values that is looked through for each of them would take minutes here."""
    values = [f"v{number}" for number in range(count)]
    schema = {"enum": values, "x-enum-deprecated": dict.fromkeys(values, "2026-12-31")}
    contract = document(api(schema))
    node = node_at(contract, "openapi.yaml", ANSWER)
    assert all(value_marks(contract, node, value).deprecated for value in values)
    assert len([*elements(contract)]) == count
