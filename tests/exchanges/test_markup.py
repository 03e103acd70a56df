"""Values as XML, written and read by the XML Objects of the specification's own examples and of random schemas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.openapi.document import Node
from contractcheck.openapi.exchanges.markup import BeyondError, MarkupError, parse, read, write

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def follow(node):
    return node


def node(schema):
    return Node("", "", schema)


def animals(outer, inner):
    listed = {"type": "array", "items": {**STRING, **inner}, **outer}
    return {"type": "object", "xml": {"name": "z"}, "properties": {"animals": listed}}


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (
            {"type": "object", "xml": {"name": "a"}, "properties": {"b": STRING}},
            {"b": '<&"'},
            "<a><b>&lt;&amp;&quot;</b></a>",
        ),
        (
            {
                "xml": {"name": "p"},
                "properties": {"id": {**INTEGER, "xml": {"attribute": True}}, "n": {**STRING, "xml": {"name": "m"}}},
            },
            {"id": 7, "n": "x"},
            '<p id="7"><m>x</m></p>',
        ),
        (
            {
                "xml": {"name": "p", "namespace": "urn:x"},
                "properties": {"n": {**STRING, "xml": {"namespace": "urn:y"}}},
            },
            {"n": "x"},
            '<n0:p xmlns:n0="urn:x"><n0:n xmlns:n0="urn:y">x</n0:n></n0:p>',
        ),
        # OpenAPI 3.1.1 §4.8.26.4.3, XML Arrays, in the order of the text.
        (animals({}, {}), {"animals": ["v", "w"]}, "<z><animals>v</animals><animals>w</animals></z>"),
        (animals({}, {"xml": {"name": "animal"}}), {"animals": ["v"]}, "<z><animal>v</animal></z>"),
        (
            animals({"xml": {"name": "aliens"}}, {"xml": {"name": "animal"}}),
            {"animals": ["v"]},
            "<z><animal>v</animal></z>",
        ),
        (animals({"xml": {"wrapped": True}}, {}), {"animals": ["v"]}, "<z><animals><animals>v</animals></animals></z>"),
        (
            animals({"xml": {"wrapped": True}}, {"xml": {"name": "animal"}}),
            {"animals": ["v", "w"]},
            "<z><animals><animal>v</animal><animal>w</animal></animals></z>",
        ),
        (
            animals({"xml": {"name": "aliens", "wrapped": True}}, {"xml": {"name": "animal"}}),
            {"animals": ["v"]},
            "<z><aliens><animal>v</animal></aliens></z>",
        ),
        (
            animals({"xml": {"name": "aliens", "wrapped": True}}, {}),
            {"animals": []},
            "<z><aliens/></z>",
        ),
        # 3.2: nodeType.
        (
            {
                "xml": {"name": "p"},
                "properties": {
                    "id": {**INTEGER, "xml": {"nodeType": "attribute"}},
                    "t": {**STRING, "xml": {"nodeType": "text"}},
                },
            },
            {"id": 1, "t": "x"},
            '<p id="1">x</p>',
        ),
        (
            {"type": "array", "xml": {"name": "l"}, "items": {**INTEGER, "xml": {"name": "i"}}},
            [1, 2],
            "<l><i>1</i><i>2</i></l>",
        ),
        ({"allOf": [{"xml": {"name": "b"}}, {"type": "boolean"}]}, True, "<b>true</b>"),
        ({"type": ["null", "integer"], "xml": {"name": "n"}}, None, "<n/>"),
        ({"type": "object", "xml": {"name": "o"}}, {"any": "x"}, "<o><any>x</any></o>"),
    ],
)
def test_there_and_back(schema, value, text):
    assert write(follow, node(schema), value).decode() == text
    assert read(follow, node(schema), text.encode()) == value


def test_what_the_schema_does_not_name_is_kept():
    schema = {"type": "object", "properties": {"a": INTEGER}}
    body = b"<r x='1' a='2'><a>3</a><a>4</a><b><c>d</c></b></r>"
    assert read(follow, node(schema), body) == {"x": "1", "a": 3, "b": {"c": "d"}}


@pytest.mark.parametrize(
    ("schema", "value", "why"),
    [
        (
            {"properties": {"a": {"xml": {"attribute": True}}}},
            {"a": [1]},
            "a list or an object where a text must stand",
        ),
        ({}, {"a b": 1}, "'a b' is no name in XML"),
        ({}, {"a": "\0"}, "a character that XML does not have"),
    ],
)
def test_what_cannot_be_written(schema, value, why):
    with pytest.raises(MarkupError) as caught:
        write(follow, node(schema), value)
    assert str(caught.value) == why


def test_a_value_without_end():
    value = deep = {}
    for _ in range(150):
        deep["a"] = deep = {}
    with pytest.raises(MarkupError):
        write(follow, node({}), value)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 200,
    ],
)
def test_what_is_not_read(body):
    with pytest.raises(BeyondError):
        parse(body)


def test_what_is_no_xml():
    for body in (b"", b"x", b"<a>", b"<a/><b/>", b"\xff", b"<a>&b;</a>"):
        with pytest.raises(MarkupError):
            parse(body)


NAMES = st.sampled_from(["a", "b", "c"])
MARKS = st.fixed_dictionaries({}, optional={"name": st.sampled_from(["x", "y", "z"]), "namespace": st.just("urn:n")})


@st.composite
def written(draw, depth=2):
    """A schema of distinct names, and a value of it."""
    kind = draw(st.sampled_from(["string", "integer", "boolean", *(["object", "array"] if depth else [])]))
    match kind:
        case "object":
            members = {name: draw(written(depth - 1)) for name in draw(st.sets(NAMES, min_size=1))}
            schema = {"type": kind, "properties": {}}
            for name, (member, value) in members.items():
                plain = not isinstance(value, dict | list)
                mark = {"attribute": True} if plain and draw(st.booleans()) else draw(MARKS) and {"name": f"{name}1"}
                schema["properties"][name] = {**member, "xml": {**member.get("xml", {}), **mark}}
            return schema, {name: value for name, (_, value) in members.items()}
        case "array":
            item, value = draw(written(0))
            schema = {"type": kind, "items": item, "xml": {"wrapped": draw(st.booleans())}}
            return schema, [value] * draw(st.integers(1, 3))
        case "string":
            return {"type": kind}, draw(st.text("ab <&", min_size=1).filter(lambda each: each.strip() == each))
        case "integer":
            return {"type": kind}, draw(st.integers())
        case _:
            return {"type": kind}, draw(st.booleans())


@given(written())
def test_every_value_comes_back(pair):
    schema, value = pair
    named = {**schema, "xml": {**schema.get("xml", {}), "name": "root"}}
    assert read(follow, node(named), write(follow, node(named), value)) == value
