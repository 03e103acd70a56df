"""$ref: inlined, renamed, recursive, across documents; anchors and embedded resources."""

import pytest

from contractcheck.schemas.containment import Universe
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import Document, Inside, Source, Target, UnresolvedError, alone, rebase
from tests.schemas.asking import said, same

CONTAINED = ("contained",)
STRING = {"type": "string"}


def tree(value, name="T"):
    node = {
        "type": "object",
        "properties": {"v": value, "kids": {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}},
        "required": ["v"],
    }
    return {"$ref": f"#/$defs/{name}", "$defs": {name: node}}


def test_a_reference_is_what_it_leads_to():
    assert same({"$ref": "#/$defs/A", "$defs": {"A": STRING}}, STRING)
    assert same({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": STRING}}, STRING)
    assert same(
        {"properties": {"a/b~c%": STRING}},
        {"properties": {"a/b~c%": {"$ref": "#/$defs/a~1b~0c%25"}}, "$defs": {"a/b~c%": STRING}},
    )
    assert same({"$ref": "#/$defs/A/1", "$defs": {"A": [True, STRING]}}, STRING)


def test_siblings_count_from_2019_on():
    base = {"$ref": "#/$defs/A", "maxLength": 3, "$defs": {"A": STRING}}
    assert said(base, {"maxLength": 3}) == CONTAINED
    old = {"$ref": "#/definitions/A", "maxLength": 3, "definitions": {"A": STRING}}
    assert said(old, {"maxLength": 3}, "draft7") == ("broken", "aaaa")


def test_recursion_is_walked_once():
    assert same(tree({"type": "integer"}), tree({"type": "integer"}, "Other"))
    assert said(tree({"type": "integer"}), tree({"type": "number"})) == CONTAINED
    assert said(tree({"type": "number"}), tree({"type": "integer"})) == ("broken", {"v": 0.1})


def test_recursion_unrolled_once_is_the_same():
    once = tree({"type": "integer"})
    twice = {**once["$defs"]["T"], "$defs": once["$defs"]}
    assert same(once, twice)


def test_recursion_without_an_end_is_empty():
    endless = {
        "$ref": "#/$defs/L",
        "$defs": {"L": {"type": "object", "properties": {"n": {"$ref": "#/$defs/L"}}, "required": ["n"]}},
    }
    assert said(endless, False) == CONTAINED
    pair = {
        "$ref": "#/$defs/A",
        "$defs": {
            "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}, "required": ["b"]},
            "B": {"type": "array", "items": {"$ref": "#/$defs/A"}, "minItems": 1},
        },
    }
    assert said(pair, False) == CONTAINED
    pair["$defs"]["B"]["minItems"] = 0
    assert said(pair, False) == ("broken", {"b": []})


def test_lists_differ_in_their_depth_only_by_their_end():
    def linked(end):
        return {
            "$ref": "#/$defs/L",
            "$defs": {
                "L": {
                    "anyOf": [
                        end,
                        {"type": "array", "prefixItems": [{"$ref": "#/$defs/L"}], "minItems": 1, "maxItems": 1},
                    ]
                }
            },
        }

    assert said(linked({"const": 1}), linked({"const": 2})) == ("broken", 1)
    assert said(linked({"const": 1}), linked({"enum": [1, 2]})) == CONTAINED


def test_what_was_assumed_is_not_kept():
    # inside the proof about A, B is taken to be empty; afterwards it is not
    universe = Universe()
    definitions = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}},
        "B": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}, "x": {"type": "integer"}}},
    }
    wider = {
        **definitions,
        "B": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}, "x": {"type": "string"}}},
    }
    one = Document(Dialect.DRAFT2020_12, Inside({"$defs": definitions}, Dialect.DRAFT2020_12))
    two = Document(Dialect.DRAFT2020_12, Inside({"$defs": wider}, Dialect.DRAFT2020_12))
    for name, witness in (("A", {"b": {"x": 0}}), ("B", {"x": 0}), ("A", {"b": {"x": 0}})):
        decision = universe.contains(Source({"$ref": f"#/$defs/{name}"}, one), Source({"$ref": f"#/$defs/{name}"}, two))
        assert (decision.verdict, decision.witness) == ("broken", witness)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#"}, "a $ref that comes back to itself without going into a member"),
        ({"anyOf": [STRING, {"$ref": "#"}]}, "a $ref that comes back to itself without going into a member"),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
            "a $ref that comes back to itself without going into a member",
        ),
        ({"$ref": "#/$defs/none"}, "$ref: nothing at #/$defs/none"),
        ({"$ref": "#none"}, "$ref: no anchor none"),
        ({"$ref": "https://example.com/x"}, "$ref: no schema with $id https://example.com/x"),
        ({"$ref": "http://[x"}, "$ref: no schema with $id http://[x"),
        ({"$id": "https://example.com/", "$ref": "http://[x"}, "$ref: not a URI: http://[x"),
        ({"$ref": 3}, "$ref: not a string"),
    ],
)
def test_references_that_lead_nowhere(schema, why):
    assert said({"type": ["string", "null"]}, schema) == ("unproven", why)
    assert said(False, schema) == CONTAINED


def test_unevaluated_behind_a_broken_reference():
    schema = {"type": "object", "$ref": "#/nowhere", "unevaluatedProperties": False}
    assert said({"type": "object"}, schema)[0] == "unproven"


def test_anchors_and_embedded_resources():
    root = {
        "$id": "https://example.com/root",
        "$defs": {
            "A": {"$anchor": "here", "type": "string"},
            "B": {"$id": "other", "$defs": {"C": {"type": "integer"}}, "$ref": "#/$defs/C"},
            "D": {"$dynamicAnchor": "there", "type": "null"},
        },
    }
    assert same({**root, "$ref": "#here"}, STRING)
    assert same({**root, "$ref": "other"}, {"type": "integer"})
    assert same({**root, "$ref": "https://example.com/other#/$defs/C"}, {"type": "integer"})
    assert same({**root, "$dynamicRef": "#there"}, {"type": "null"})
    old = {"definitions": {"A": {"$id": "#here", "type": "string"}}, "$ref": "#here"}
    assert same(old, STRING, "draft7")
    older = {
        "id": "urn:x",
        "definitions": {"A": {"id": "#here", "type": "string"}},
        "properties": {"a": {"$ref": "#here"}},
    }
    assert same(older, {"properties": {"a": STRING}}, "draft4")


def test_identifiers_are_not_looked_for_in_values():
    root = {
        "$id": "https://example.com/root",
        "enum": [{"$id": "a", "type": "integer"}, {"$anchor": "b"}, "x"],
        "examples": [{"$anchor": "b", "type": "integer"}],
        "const": {"$anchor": "b"},
        "properties": {"const": {"$id": "a", "type": "string"}, "enum": {"$anchor": "b", "type": "null"}},
    }
    assert same({**root, "items": [1], "prefixItems": []}, {**root, "items": [1], "prefixItems": []})
    assert same({"not": {}, **root, "$ref": "a"}, False)
    assert same(
        {"properties": {**root["properties"], "x": {"$ref": "a"}}}, {"properties": {**root["properties"], "x": STRING}}
    )
    assert same(
        {"properties": {**root["properties"], "x": {"$ref": "#b"}}},
        {"properties": {**root["properties"], "x": {"type": "null"}}},
    )


def strict_tree(outer, inner):
    """A tree whose nodes are found dynamically, and a stricter one that extends it."""
    return {
        "$id": "https://example.com/strict",
        "$ref": "tree",
        **outer,
        "$defs": {
            "tree": {
                "$id": "tree",
                **inner,
                "type": "object",
                "properties": {"kids": {"type": "array", "items": {"$dynamicRef": "#node"}}},
            }
        },
    }


def test_a_dynamic_reference_leads_to_the_outermost_anchor():
    node = {"$dynamicAnchor": "node"}
    strict = {"maxProperties": 1}
    assert said(strict_tree({**node, **strict}, node), {"properties": {"kids": {"items": strict}}}) == CONTAINED
    # an anchor that is not dynamic, or only in another resource, does not extend anything
    for outer in ({"$anchor": "node"}, {}):
        assert said(strict_tree({**outer, **strict}, node), {"properties": {"kids": {"items": strict}}}) == (
            "broken",
            {"kids": [{"extra": None, "kids": []}]},
        )
    # and where the place itself has a plain anchor, the reference is a plain one
    plain = strict_tree({**node, **strict}, {"$anchor": "node"})
    assert said(plain, {"properties": {"kids": {"items": strict}}})[0] == "broken"
    # entered through the inner resource, the outer one is not on the way
    inner = {**strict_tree({**node, **strict}, node), "$ref": "tree"}
    inside = {
        "$id": "https://example.com/use",
        "$ref": "strict#/$defs/tree",
        "$defs": {"strict": {**inner, "$ref": "#"}},
    }
    assert said(inside, {"properties": {"kids": {"items": strict}}})[0] == "broken"
    assert said(strict_tree({}, {}), {"type": "object"}) == CONTAINED
    assert said(strict_tree({}, {}), {"properties": {"kids": False}}) == ("broken", {"kids": []})


def test_a_document_without_a_name_can_be_the_outermost():
    root = strict_tree({"$dynamicAnchor": "node", "maxProperties": 1}, {"$dynamicAnchor": "node"})
    del root["$id"]
    assert said(root, {"properties": {"kids": {"items": {"maxProperties": 1}}}}) == CONTAINED


def test_two_references_side_by_side():
    definitions = {"A": {"$dynamicAnchor": "a", "minLength": 1}, "B": {"type": "string"}}
    both = {"$ref": "#/$defs/B", "$dynamicRef": "#a", "allOf": [{"maxLength": 2}], "$defs": definitions}
    assert same(both, {"type": "string", "minLength": 1, "maxLength": 2})
    assert said({"type": "string"}, both) == ("broken", "aaa")
    assert said(both, {"minLength": 2}) == ("broken", "a")


def test_recursive_anchors_of_2019():
    def root(outer, inner):
        return {
            "$id": "https://example.com/strict",
            "$ref": "tree",
            "maxProperties": 1,
            **outer,
            "$defs": {"t": {"$id": "tree", "type": "object", **inner, "properties": {"kid": {"$recursiveRef": "#"}}}},
        }

    strict = {"properties": {"kid": {"maxProperties": 1}}}
    nameless = root({"$recursiveAnchor": True}, {"$recursiveAnchor": True})
    del nameless["$id"]
    assert said(nameless, strict, "draft2019-09") == CONTAINED
    on, off = {"$recursiveAnchor": True}, {"$recursiveAnchor": False}
    assert said(root(on, on), strict, "draft2019-09") == CONTAINED
    assert said(root(off, on), strict, "draft2019-09") == ("broken", {"kid": {"extra": None, "kid": {}}})
    assert said(root(on, off), strict, "draft2019-09") == ("broken", {"kid": {"extra": None, "kid": {}}})


def test_names_of_members_may_be_what_the_schema_says():
    schema = {"$ref": "#/$defs/N", "$defs": {"N": {"propertyNames": {"$ref": "#/$defs/N"}, "maxLength": 3}}}
    assert same(schema, {"maxLength": 3, "propertyNames": {"maxLength": 3}})
    schema["$defs"]["N"]["propertyNames"] = {"anyOf": [{"$ref": "#/$defs/N", "minLength": 1}, {"type": "null"}]}
    assert same(schema, {"maxLength": 3, "propertyNames": {"minLength": 1, "maxLength": 3}})


def test_recursive_reference_of_2019():
    base = {"type": "object", "properties": {"n": {"$recursiveRef": "#"}}, "additionalProperties": False}
    assert same(
        base, {"type": "object", "properties": {"n": {"$ref": "#"}}, "additionalProperties": False}, "draft2019-09"
    )


def test_a_resolver_of_ones_own():
    files = {"a.yaml": {"T": {"properties": {"n": {"$ref": "b.yaml#/U"}}}}, "b.yaml": {"U": STRING}}

    def resolve(reference, base):
        file, _, name = reference.partition("#/")
        file = file or base
        if file not in files:
            raise UnresolvedError(f"no file {file}")
        return Target(files[file][name], file, identity=f"{file}#{name}" if name == "U" else None)

    document = Document(Dialect.OPENAPI_3_0, resolve)
    universe = Universe()
    found = universe.contains(
        Source({"$ref": "#/T"}, document, "a.yaml"), alone({"properties": {"n": STRING}}, Dialect.OPENAPI_3_0)
    )
    assert found.verdict == "contained"
    found = universe.contains(
        Source({"$ref": "#/T"}, document, "a.yaml"),
        Source({"properties": {"n": {"$ref": "b.yaml#/U"}}}, document, "a.yaml"),
    )
    assert (found.verdict, found.why) == (
        "contained",
        "every way to be valid before and invalid after is contradictory",
    )
    found = universe.contains(Source({"$ref": "c.yaml#/T"}, document), alone({"type": "string"}, Dialect.OPENAPI_3_0))
    assert (found.verdict, found.why) == ("unproven", "$ref: no file c.yaml")


def test_a_document_may_adapt_its_schemas():
    def without_read_only(schema):
        return (
            {**schema, "properties": {k: v for k, v in schema.get("properties", {}).items() if not v.get("readOnly")}}
            if "properties" in schema
            else schema
        )

    def dropped(schema):
        return not schema.get("x-drop") and schema

    schema = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "a": STRING}}
    document = Document(Dialect.DRAFT2020_12, Inside(schema, Dialect.DRAFT2020_12), adapt=without_read_only)
    universe = Universe()
    found = universe.contains(
        alone({"type": "object", "properties": {"a": STRING}}, Dialect.DRAFT2020_12), Source(schema, document)
    )
    assert found.verdict == "contained"
    found = universe.contains(Source(schema, document), alone({"properties": {"id": STRING}}, Dialect.DRAFT2020_12))
    assert (found.verdict, found.witness) == ("broken", {"id": None})
    document = Document(Dialect.DRAFT2020_12, Inside({}, Dialect.DRAFT2020_12), adapt=dropped)
    found = universe.contains(
        Source({"anyOf": [{"x-drop": 1}, STRING], "unevaluatedProperties": False}, document),
        alone(STRING, Dialect.DRAFT2020_12),
    )
    assert found.verdict == "contained"


def test_bases():
    assert rebase({"$id": "b"}, "https://example.com/a", Dialect.DRAFT2020_12) == "https://example.com/b"
    assert rebase({"$id": "b", "$ref": "c"}, "x", Dialect.DRAFT7) == "x"
    assert rebase({"$id": "b"}, "x", Dialect.OPENAPI_3_0) == "x"
    assert rebase({"$id": "http://[x"}, "x", Dialect.DRAFT2020_12) == "x"
    assert rebase(True, "x", Dialect.DRAFT2020_12) == "x"
