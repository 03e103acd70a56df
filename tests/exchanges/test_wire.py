"""Values on the wire: the styles of OpenAPI 3.1 §4.8.12.3, and bodies by media type."""

from decimal import Decimal

import pytest

from contractcheck.openapi.document import Node
from contractcheck.openapi.exchanges import wire
from contractcheck.openapi.exchanges.wire import UnwritableError, body, parameter, scalar

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200}


@pytest.mark.parametrize(
    ("style", "explode", "value", "pairs"),
    [
        ("matrix", False, "blue", [("color", ";color=blue")]),
        ("matrix", False, ARRAY, [("color", ";color=blue,black,brown")]),
        ("matrix", False, OBJECT, [("color", ";color=R,100,G,200")]),
        ("matrix", True, ARRAY, [("color", ";color=blue;color=black;color=brown")]),
        ("matrix", True, OBJECT, [("color", ";R=100;G=200")]),
        ("label", False, "blue", [("color", ".blue")]),
        ("label", False, ARRAY, [("color", ".blue,black,brown")]),
        ("label", True, ARRAY, [("color", ".blue.black.brown")]),
        ("label", True, OBJECT, [("color", ".R=100.G=200")]),
        ("simple", False, ARRAY, [("color", "blue,black,brown")]),
        ("simple", False, OBJECT, [("color", "R,100,G,200")]),
        ("simple", True, OBJECT, [("color", "R=100,G=200")]),
        ("form", False, ARRAY, [("color", "blue,black,brown")]),
        ("form", True, ARRAY, [("color", "blue"), ("color", "black"), ("color", "brown")]),
        ("form", False, OBJECT, [("color", "R,100,G,200")]),
        ("form", True, OBJECT, [("R", "100"), ("G", "200")]),
        ("spaceDelimited", False, ARRAY, [("color", "blue%20black%20brown")]),
        ("pipeDelimited", False, ARRAY, [("color", "blue|black|brown")]),
        ("deepObject", True, OBJECT, [("color[R]", "100"), ("color[G]", "200")]),
    ],
)
def test_styles(style, explode, value, pairs):
    node = Node("x", "", {"style": style, "explode": explode})
    place = "path" if style in {"matrix", "label", "simple"} else "query"
    assert parameter(node, "color", place, value) == pairs


def test_defaults_of_places():
    plain = Node("x", "", {})
    assert parameter(plain, "q", "query", [1, 2]) == [("q", "1"), ("q", "2")]
    assert parameter(plain, "X-Q", "header", [1, 2]) == [("X-Q", "1,2")]
    assert parameter(plain, "q", "query", "a b/ü") == [("q", "a%20b%2F%C3%BC")]
    assert parameter(plain, "X-Q", "header", "a b/ü") == [("X-Q", "a b/ü")]
    assert parameter(Node("x", "", {"content": {"application/json": {}}}), "q", "query", {"a": 1}) == [
        ("q", "%7B%22a%22%3A%201%7D")
    ]


def test_what_cannot_be_written():
    with pytest.raises(UnwritableError):
        parameter(Node("x", "", {"style": "tabDelimited"}), "q", "query", ["a"])
    with pytest.raises(UnwritableError):
        scalar([1])
    with pytest.raises(UnwritableError):
        body({"a": 1}, "application/xml")
    with pytest.raises(UnwritableError):
        body({'a"b': 1}, "multipart/form-data")
    with pytest.raises(UnwritableError):
        body({"a": object()}, "application/json")


@pytest.mark.parametrize(
    ("value", "kind", "sent"),
    [
        ({"a": [1, None]}, "application/json", ("application/json", b'{"a": [1, null]}')),
        (
            {"a": Decimal("0.10"), "b": Decimal("2.0")},
            "application/hal+json",
            ("application/hal+json", b'{"a": 0.1, "b": 2}'),
        ),
        ("x", "*/*", ("application/json", b'"x"')),
        (
            {"a": [1, 2], "b": "x y"},
            "application/x-www-form-urlencoded",
            ("application/x-www-form-urlencoded", b"a=1&a=2&b=x+y"),
        ),
        (True, "text/plain", ("text/plain", b"true")),
        (None, "text/*", ("text/plain", b"")),
        ("<a/>", "application/xml", ("application/xml", b"<a/>")),
        (
            {"a": "x", "b": {"c": 1}},
            "multipart/form-data",
            (
                "multipart/form-data; boundary=sample",
                (
                    b'--sample\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
                    b'--sample\r\nContent-Disposition: form-data; name="b"\r\n\r\n{"c": 1}\r\n--sample--\r\n'
                ),
            ),
        ),
    ],
)
def test_bodies(value, kind, sent):
    assert body(value, kind) == sent


@pytest.mark.parametrize(
    ("kind", "items", "body"),
    [
        ("application/x-ndjson", [1, {"a": 2}], b'1\n{"a": 2}\n'),
        ("application/json-seq", [1], b"\x1e1\n"),
        ("text/event-stream", [{"data": "a\nb", "id": "1"}, {"data": 2}], b"data: a\ndata: b\nid: 1\n\ndata: 2\n\n"),
    ],
)
def test_sequences(kind, items, body):
    assert wire.sequence(items, kind) == (kind, body)


@pytest.mark.parametrize(
    ("kind", "items"), [("multipart/mixed", [1]), ("text/event-stream", [1]), ("text/event-stream", [{"id": "a\nb"}])]
)
def test_sequences_that_are_not_made(kind, items):
    with pytest.raises(wire.UnwritableError):
        wire.sequence(items, kind)


def test_parts_are_written_as_their_encoding_says():
    encoding = {
        "a": Node("", "", {"contentType": "application/json, text/plain"}),
        "b": Node("", "", {"style": "form"}),
    }
    kind, body = wire.body({"a": "x", "c": [1, 2], "d": {"e": 1}}, "multipart/form-data", encoding)
    assert kind == "multipart/form-data; boundary=sample"
    assert body.decode().split("\r\n") == [
        *("--sample", 'Content-Disposition: form-data; name="a"', "Content-Type: application/json", "", '"x"'),
        *("--sample", 'Content-Disposition: form-data; name="c"', "", "1"),
        *("--sample", 'Content-Disposition: form-data; name="c"', "", "2"),
        *("--sample", 'Content-Disposition: form-data; name="d"', "", '{"e": 1}'),
        *("--sample--", ""),
    ]
    with pytest.raises(wire.UnwritableError):
        wire.body({"a": {}}, "multipart/form-data", {"a": Node("", "", {"contentType": "text/xml"})})
    assert wire.body({"b": [1, 2], "c": "d e"}, "application/x-www-form-urlencoded", encoding)[1] == b"b=1&b=2&c=d+e"


def test_json_by_a_word_of_its_name():
    kinds = (
        "application/json",
        "application/hal+json",
        "application/json+sarif",
        "application/vnd.github.v3.star+json",
    )
    assert all(wire.is_json(kind) for kind in kinds)
    assert not any(wire.is_json(kind) for kind in ("application/jsonl", "application/x-ndjson", "text/plain"))
