"""Recordings are streams: of HAR, of JSON lines, in any chunks, with the line of what is wrong."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.errors import UnreadableError
from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.openapi.traffic import stream as streaming
from contractcheck.openapi.traffic.recording import Recorded, read
from contractcheck.openapi.traffic.stream import Stream

GET = {"method": "GET", "url": "/a"}


def recorded(text):
    return list(read(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "t"))


def har(*entries, before="", after=""):
    body = ",\n".join(json.dumps(entry) for entry in entries)
    return f'{{"log": {{{before}\n"version": "1.2", "entries": [\n{body}\n]{after}}}}}\n'


def asked(**more):
    return {"request": {"method": "GET", "url": "/a", "headers": [], **more}}


def test_har():
    entry = {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {
            "method": "post",
            "url": "https://a.example/x?y=1",
            "headers": [{"name": ":authority", "value": "a.example"}, {"name": "X-A", "value": "1"}],
            "cookies": [{"name": "sid", "value": "3"}],
            "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
        },
        "response": {
            "status": 201,
            "headers": [{"name": "Total", "value": "3"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "e30=", "encoding": "base64"},
        },
    }
    request = Request(
        "POST",
        "https://a.example/x?y=1",
        (("X-A", "1"), ("Content-Type", "application/json"), ("Cookie", "sid=3")),
        b'{"a": 1}',
    )
    response = Response(201, (("Total", "3"), ("Content-Type", "application/json")), b"{}")
    assert recorded(har(entry, asked())) == [
        Recorded(Exchange(request, response), 3),
        Recorded(Exchange(Request("GET", "/a")), 4),
    ]


def test_har_forms_failures_and_bodies_that_were_not_recorded():
    form = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "b c"}, {"name": "d"}]}
    failed = {**asked(), "response": {"status": 0, "headers": [], "content": {"size": 0}}}
    left_out = {**asked(), "response": {"status": 200, "headers": [], "content": {"size": 9, "mimeType": "x-unknown"}}}
    empty = {**asked(), "response": {"status": 204, "headers": [], "content": {"size": 0, "mimeType": "x-unknown"}}}
    found = recorded(har(asked(postData=form), failed, left_out, empty))
    assert [each.exchange.request.body for each in found] == [b"a=b+c&d=", None, None, None]
    assert [each.exchange.response for each in found] == [None, None, Response(200), Response(204)]
    assert [each.answered_in_full for each in found] == [True, True, False, True]


def test_har_members_in_any_order_and_many():
    pages = '"pages": [{"id": "a", "x": [1, {"entries": []}]}], "entries_": 1,'
    assert len(recorded(har(asked(), before=pages, after=', "comment": "x"'))) == 1
    assert recorded('{"log": {"entries": []}}') == []
    assert recorded('\ufeff {"log": {"entries": [], "a": {}}, "b": {}} \n') == []


def test_json_lines():
    lines = [
        {"request": {**GET, "headers": {"A": "1", "B": ["2", "3"]}, "body": {"x": 1}}},
        {"request": {**GET, "headers": [["Content-Type", "text/csv"]], "body": "eA==", "encoding": "base64"}},
        {"request": GET, "response": {"status": 200, "headers": [["A", "b"]], "body": [1]}},
        {"request": GET, "response": {"status": 200}, "more": "is fine"},
    ]
    found = recorded("\n\n".join(map(json.dumps, lines)))
    headers = (("A", "1"), ("B", "2"), ("B", "3"), ("Content-Type", "application/json"))
    assert found == [
        Recorded(Exchange(Request("GET", "/a", headers, b'{"x": 1}')), 1),
        Recorded(Exchange(Request("GET", "/a", (("Content-Type", "text/csv"),), b"x")), 3),
        Recorded(
            Exchange(Request("GET", "/a"), Response(200, (("A", "b"), ("Content-Type", "application/json")), b"[1]")), 5
        ),
        Recorded(Exchange(Request("GET", "/a"), Response(200)), 7, answered_in_full=False),
    ]


def test_what_the_json_report_says_can_be_replayed():
    from contractcheck.reports.http import document

    exchange = Exchange(Request("PUT", "/a", (("A", "b"),), b"\xff\x00"), Response(200, (), b"x"), "about")
    assert recorded(json.dumps(document(exchange))) == [Recorded(Exchange(exchange.request, exchange.response), 1)]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "t:1", "the file is empty"),
        (" \n\n", "t:3", "the file is empty"),
        ("[1]", "t:1", "this is neither a HAR file nor JSON lines: it begins with no object"),
        ("\n\nhello", "t:3", "this is neither a HAR file nor JSON lines: it begins with no object"),
        ('{"log": {"version": "1.2"}}', "t:1", "the HAR file has no `log.entries`"),
        ('{"log": [1]}', "t:1", "the HAR file has no `log.entries`"),
        ('{"log": {"entries": [\n{}\n', "t:2", "entry 1 is no exchange: it has no 'request'"),
        ('{"log": {"entries": [', "t:1", "the file ends inside of a value"),
        ('{"log": {"entries": [] }\n', "t:2", "the file ends before its last bracket"),
        ('{"log": {"entries": []\n"a": 1}}', "t:2", "'}' should stand here"),
        ('{"log": {"entries": [],\n a: 1}}', "t:2", "the name of a member should stand here"),
        ('{"log": {"entries": []}}\n{}', "t:2", "something follows the end of the HAR file"),
        (json.dumps({"request": GET}) + '\n{"request"', "t:2", "the file ends inside of a value"),
        (json.dumps({"request": GET}) + '\n{"request": x}', "t:2", "no JSON: Expecting value"),
        (
            json.dumps({"request": GET}) + "\n7",
            "t:2",
            "entry 2 is no exchange: a member is not of the type it should be",
        ),
        ('{"request": {"method": "GET"}}', "t:1", "entry 1 is no exchange: it has no 'url'"),
        ('{"request": {"method": 1, "url": "/"}}', "t:1", "entry 1 is no exchange: int where a text should be"),
        ('{"request": {"method": "G T", "url": "/"}}', "t:1", "entry 1 is no exchange: its method is none"),
        (
            '{"request": {"method": "GET", "url": "/"}, "response": {"status": 99}}',
            "t:1",
            "entry 1 is no exchange: its status is none",
        ),
        (
            '{"request": {"method": "GET", "url": "/", "body": "a", "encoding": "base64"}}',
            "t:1",
            "entry 1 is no exchange: its body is not in base64",
        ),
        (
            '{"request": {"method": "GET", "url": "/", "headers": [1]}}',
            "t:1",
            "entry 1 is no exchange: a member is not of the type it should be",
        ),
        ('{"a": ' + "[" * 200_000, "t:1", "nested too deeply"),
        ('{"a": ' + "1" * 5_000 + "}", "t:1", "a number is too long"),
        (b'{"request": \xff}', "t:1", "the file is not UTF-8"),
        (b'{"request": "\xc3', "t:1", "the file is not UTF-8"),
    ],
)
def test_bad_files_say_the_line(text, where, what):
    with pytest.raises(UnreadableError) as caught:
        recorded(text)
    assert (caught.value.where, caught.value.what, caught.value.exit_code) == (where, what, 3)


def test_one_entry_has_a_limit(monkeypatch):
    monkeypatch.setattr(streaming, "CHUNK", 64)
    monkeypatch.setattr(streaming, "LARGEST", 1 << 10)
    text = json.dumps({"request": {**GET, "body": "x" * 5_000}})
    with pytest.raises(UnreadableError, match="one entry is longer than 0 million characters"):
        recorded(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=4), _JSON, max_size=3), min_size=1, max_size=5),
    st.integers(1, 40),
    st.booleans(),
)
def test_any_values_in_any_chunks(values, chunk, is_har):
    """What is read is what was written, wherever the window ends."""
    original = streaming.CHUNK
    streaming.CHUNK = chunk
    try:
        if is_har:
            lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in values)
            text = '{"log": {"a": 12, "entries": [\n' + lines + "\n]}}"
        else:
            text = "\n".join(json.dumps({"log_": 1, **value}, ensure_ascii=False) for value in values)
        found = list(Stream(io.BytesIO(text.encode(errors="surrogatepass")), "t").entries())
    finally:
        streaming.CHUNK = original
    expected = values if is_har else [{"log_": 1, **value} for value in values]
    assert found == [(number + (2 if is_har else 1), value) for number, value in enumerate(expected)]


def test_memory_does_not_grow_with_the_file(tmp_path):
    import tracemalloc

    entry = json.dumps({**asked(), "response": {"status": 200, "headers": [], "content": {"text": "x" * 20_000}}})
    path = tmp_path / "big.har"
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log": {"entries": [' + entry)
        file.writelines(f",{entry}" for _ in range(1_500))
        file.write("]}}")
    tracemalloc.start()
    with path.open("rb") as file:
        number = sum(1 for _ in read(file, "t"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (number, path.stat().st_size > 30_000_000, peak < 12_000_000) == (1_501, True, True)
