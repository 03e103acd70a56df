"""Discriminators: the texts that tell schemas apart, however they come about."""

import pytest

from contractcheck.model.finding import ProofKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import answers, asks, document, found

TEXT = {"type": "string"}


def pets(side, names=("Cat", "Dog"), kinds=None, **discriminator):
    schemas = {}
    for name in names:
        kind = {"const": kinds[name]} if kinds else TEXT
        schemas[name] = {"type": "object", "required": ["kind", name], "properties": {"kind": kind, name: TEXT}}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return side({"oneOf": refs, "discriminator": {"propertyName": "kind", **discriminator}}, **schemas)


def rules(base, revision):
    return [rule for rule, _ in found(base, revision) if "discriminator" in rule]


@pytest.mark.parametrize("side", [asks, answers])
def test_spellings_of_one_discriminator(side):
    plain = pets(side)
    for mapping in ({"Cat": "Cat"}, {"Cat": "#/components/schemas/Cat", "Dog": "Dog"}):
        assert rules(plain, pets(side, mapping=mapping)) == []
        assert rules(pets(side, mapping=mapping), plain) == []
    kinds = {"Cat": "cat", "Dog": "dog"}
    assert rules(pets(side, kinds=kinds), pets(side, kinds=kinds, mapping={"cat": "Cat", "dog": "Dog"})) == []


def test_a_schema_that_gives_its_name_to_the_wire_keeps_it():
    kitty = pets(asks, ("Kitty", "Dog"))
    assert "request-discriminator-value-removed" in rules(pets(asks), kitty)
    assert "request-discriminator-value-added" in rules(pets(asks), kitty)
    mapped = {"cat": "Cat", "dog": "Dog"}
    renamed = pets(asks, ("Kitty", "Dog"), mapping={"cat": "Kitty", "dog": "Dog"})
    assert rules(pets(asks, mapping=mapped), renamed) == []


def test_a_branch_that_comes_is_the_branches_to_tell():
    three = pets(answers, ("Cat", "Dog", "Cow"))
    assert rules(pets(answers), three) == []
    assert [rule for rule, _ in found(pets(answers), three)] == ["response-schema-undecided"]


def test_what_is_not_understood_is_said_to_have_changed():
    assert rules(pets(asks), pets(asks, propertyName="type")) == ["request-discriminator-changed"]
    assert rules(pets(asks), pets(asks, defaultMapping="Cat")) == ["request-discriminator-changed"]
    swapped = pets(asks, mapping={"a": "Dog", "b": "Cat"})
    assert rules(pets(asks, mapping={"a": "Cat", "b": "Dog"}), swapped) == ["request-discriminator-changed"]
    assert rules(asks({"type": "object", "discriminator": []}), asks({"type": "object", "discriminator": 1})) == [
        "request-discriminator-changed"
    ]


def test_a_mapping_of_a_parent():
    def parent(**mapping):
        return asks(
            {"type": "object", "properties": {"kind": TEXT}, "discriminator": {"propertyName": "kind", **mapping}}
        )

    assert rules(parent(mapping={"a": "A"}), parent(mapping={"a": "A", "b": "B"})) == [
        "request-discriminator-value-added"
    ]
    assert rules(parent(mapping={"a": "A"}), parent()) == ["request-discriminator-value-removed"]


def heirs(side, mapping=None, version="3.1.0", **children):
    """A parent whose discriminator names no branches, and what includes it by `allOf`."""
    said = {"propertyName": "kind", **({"mapping": mapping} if mapping else {})}
    parent = {"type": "object", "required": ["kind"], "properties": {"kind": TEXT}, "discriminator": said}
    schemas = {
        name: {"allOf": [{"$ref": f"#/components/schemas/{more.pop('of', 'Pet')}"}, {"type": "object", **more}]}
        for name, more in ((name, dict(more)) for name, more in children.items())
    }
    return side({"$ref": "#/components/schemas/Pet"}, version, Pet=parent, **schemas)


LIVES = {"properties": {"lives": {"type": "integer"}}}
NEEDED = {**LIVES, "required": ["lives"]}


def proved(base, revision):
    sides = document(base), document(revision)
    return [(f.rule, f.subject) for f in compare(*sides, Prover(*sides)).findings]


@pytest.mark.parametrize(
    ("before", "after", "asked", "answered"),
    [
        ({"Cat": LIVES}, {"Cat": LIVES, "Dog": {}}, ["discriminator-value-added"], ["discriminator-value-added"]),
        ({"Cat": LIVES, "Dog": {}}, {"Cat": LIVES}, ["discriminator-value-removed"], ["discriminator-value-removed"]),
        (
            {"Cat": LIVES},
            {"Kitty": LIVES},
            ["discriminator-value-removed", "discriminator-value-added"],
            ["discriminator-value-added", "discriminator-value-removed"],
        ),
        ({"Cat": LIVES}, {"Cat": NEEDED}, ["property-became-required"], ["property-became-required"]),
        ({"Cat": NEEDED}, {"Cat": LIVES}, ["property-became-optional"], ["property-became-optional"]),
        (
            {"Cat": {}, "Lion": {"of": "Cat"}},
            {"Cat": {}, "Lion": {"of": "Cat", **NEEDED}},
            ["required-property-added"],
            ["property-added"],
        ),
        ({"Cat": LIVES}, {"Cat": {**LIVES, "description": "purrs"}}, [], []),
        ({"Cat": LIVES}, {"Cat": {"properties": {"lives": {"allOf": [{"type": "integer"}]}}}}, [], []),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_schemas_that_a_parent_stands_for(version, before, after, asked, answered):
    for side, expected in ((asks, asked), (answers, answered)):
        direction = "request" if side is asks else "response"
        found_ = proved(heirs(side, version=version, **before), heirs(side, version=version, **after))
        assert [rule.removeprefix(f"{direction}-") for rule, _ in found_] == expected


def test_a_mapping_beside_schemas_that_a_parent_stands_for():
    plain = heirs(asks, Cat=LIVES, Dog={})
    assert proved(plain, heirs(asks, {"Cat": "#/components/schemas/Cat"}, Cat=LIVES, Dog={})) == []
    assert proved(plain, heirs(asks, {"cat": "Cat"}, Cat=LIVES, Dog={})) == [
        ("request-discriminator-value-removed", "schemas.Pet $.kind"),
        ("request-discriminator-value-added", "schemas.Pet $.kind"),
    ]
    kinds = {"properties": {"kind": {"const": "cat"}}}
    assert proved(heirs(asks, Cat=kinds), heirs(asks, {"cat": "Cat"}, Cat=kinds)) == []


def test_what_a_parent_stands_for_is_told_where_the_parent_is_used():
    base, revision = (heirs(answers, Cat=each) for each in (NEEDED, LIVES))
    for side in (base, revision):
        side["paths"]["/cats"] = {"get": {"responses": {"204": {"description": "none"}}}}
    sides = document(base), document(revision)
    [finding] = compare(*sides, Prover(*sides)).findings
    assert [each.operation for each in finding.affects] == ["GET /orders"]
    assert finding.proof.kind is ProofKind.STRUCTURAL


def test_a_parent_without_schemas_of_its_own_or_with_branches_stands_for_none():
    schemas = {"Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}}
    parent = {"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "kind"}}
    base = asks({"$ref": "#/components/schemas/Pet"}, Pet=parent)
    assert proved(base, asks({"$ref": "#/components/schemas/Pet"}, Pet=parent, **schemas)) == []
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {"get": {"responses": {"200": {"description": "x", "schema": {"$ref": "#/definitions/Pet"}}}}}
        },
        "definitions": {"Pet": {"type": "object", "discriminator": "kind", "properties": {"kind": TEXT}}},
    }
    more = {**swagger["definitions"], "Cat": {"allOf": [{"$ref": "#/definitions/Pet"}]}}
    assert proved(swagger, {**swagger, "definitions": more}) == [
        ("response-discriminator-value-added", "schemas.Pet $.kind")
    ]


@pytest.mark.parametrize(
    ("side", "direction", "before", "after"),
    [
        (asks, "request", {}, {"not": {"type": "string"}}),
        (asks, "request", {}, {"minProperties": 1}),
        (answers, "response", {"minProperties": 1}, {}),
    ],
)
def test_what_a_parent_stands_for_is_told_below_schemas_that_hold(side, direction, before, after):
    """That every owner is still one says nothing of a cat: only the discriminator of the pet leads to it."""

    def shop(lives, more):
        owner = {
            "type": "object",
            "required": ["n"],
            "properties": {"n": TEXT, "pet": {"$ref": "#/components/schemas/Pet"}},
        }
        contract = heirs(side, Cat=lives)
        contract["components"]["schemas"]["Owner"] = {**owner, **more}
        return {**side({"$ref": "#/components/schemas/Owner"}), "components": contract["components"]}

    lives = [{"properties": {"lives": {"type": kind}}} for kind in ("string", "integer")]
    change = "type-narrowed" if side is asks else "type-widened"
    assert proved(shop(lives[0], before), shop(lives[1], after)) == [(f"{direction}-{change}", "schemas.Cat $.lives")]
    assert proved(shop(lives[0], before), shop(lives[0], after)) == []
