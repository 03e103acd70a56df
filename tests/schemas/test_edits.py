"""The walk over schemas by itself: plain nodes, a dialect, no OpenAPI."""

from dataclasses import dataclass, field

from contractcheck.model.finding import Direction
from contractcheck.schemas.edits import ASPECTS, Side, Twins, Walk, name, rules


@dataclass(frozen=True)
class Plain:
    """A node of a document that is one schema."""

    pointer: str
    value: object = field(compare=False)
    file: str = "schema.json"

    def get(self, token):
        inside = isinstance(self.value, dict) and token in self.value
        inside = inside or (isinstance(self.value, list) and isinstance(token, int) and token < len(self.value))
        return Plain(f"{self.pointer}/{token}", self.value[token]) if inside else None


def side(root):
    def find(_node, reference):
        node = Plain("", root)
        for token in reference.removeprefix("#").split("/")[1:]:
            node = node.get(token) if node is not None else None
        return node

    return Side("draft2020-12", lambda node: find(node, node.value["$ref"]), find)


def edits(base, revision, direction=Direction.REQUEST):
    sides = side(base), side(revision)
    walk = Walk(*sides, Twins(*sides))
    walk.root((Plain("", base),), (Plain("", revision),), direction, "root")
    return [
        (name(f.direction, f.edit.aspect, f.edit.effect), f.edit.base.pointer, f.edit.revision.pointer)
        for f in walk.edits()
    ]


def test_every_rule_derives_from_an_aspect():
    assert len(rules()) == len(set(rules()))
    assert {rule for aspect in ASPECTS for rule in aspect.rules} <= set(rules())


def test_an_edit_points_at_its_keywords():
    assert edits({"minLength": 1}, {"minLength": 2}) == [("request-length-narrowed", "/minLength", "/minLength")]
    assert edits({"minLength": 1}, {"minLength": 2}, Direction.RESPONSE) == [
        ("response-length-narrowed", "/minLength", "/minLength")
    ]


def test_definitions_are_followed_and_compared_once():
    base = {"prefixItems": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"enum": [1, 2]}}}
    revision = {"prefixItems": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"enum": [2]}}}
    assert edits(base, revision) == [("request-enum-narrowed", "/$defs/a/enum/0", "/$defs/a/enum")]


def test_rewrites_are_silent():
    plain = {
        "type": ["object", "null"],
        "required": ["a"],
        "properties": {"a": {"const": 1}, "b": {"type": ["string", "integer"]}},
    }
    other = {
        "anyOf": [
            {
                "allOf": [
                    {"required": ["a"], "properties": {"a": {"enum": [1.0]}}},
                    {"type": "object", "properties": {"b": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}},
                ]
            },
            {"type": "null"},
        ]
    }
    assert edits(plain, other) == edits(other, plain) == []


def test_null_that_moves_around_unions_is_seen():
    inner = [{"type": "string", "not": {"const": "x"}}, {"type": "integer"}]
    assert edits({"anyOf": [{"anyOf": inner}, {"type": "null"}]}, {"anyOf": inner}) == [
        ("request-nullability-narrowed", "", "/anyOf")
    ]


def test_listed_values_of_a_type_that_goes_are_seen():
    assert edits({"enum": [False, ""]}, {"type": "string"}) == [
        ("request-type-narrowed", "", "/type"),
        ("request-enum-widened", "/enum", ""),
    ]


def test_a_constraint_on_an_excluded_type_is_none():
    assert edits({"type": "string"}, {"type": "string", "minimum": 3, "required": ["a"], "items": False}) == []


def test_listed_values_within_a_new_bound_are_harmless():
    assert edits({"type": "string", "enum": ["a", "ab"]}, {"type": "string", "enum": ["a", "ab"], "maxLength": 2}) == []
    assert [
        rule
        for rule, *_ in edits(
            {"type": "string", "enum": ["a", "ab"]}, {"type": "string", "enum": ["a", "ab"], "maxLength": 1}
        )
    ] == ["request-length-narrowed"]
