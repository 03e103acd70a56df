"""Discriminators: the texts that tell schemas apart, however they come about."""

import pytest

from tests.openapi.contracts import answers, asks, found

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
