"""Exchanges as commands and as lines: safe to paste, whatever they hold."""

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.model.exchange import Exchange, Request, Response, header
from contractcheck.reports.http import curl, document, one_line, quoted, shown


def test_headers_know_no_case():
    assert header((("A", "1"), ("content-TYPE", "x"), ("Content-Type", "y")), "Content-type") == "x"
    assert header((), "a") is None


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (Request("GET", "https://a/b"), "curl https://a/b"),
        (Request("GET", "https://a/b?c=d&e=f"), "curl 'https://a/b?c=d&e=f'"),
        (Request("POST", "/a", (("A", "b c"),), b"x"), "curl /a -H 'A: b c' --data-binary x"),
        (Request("POST", "/a"), "curl -X POST /a"),
        (Request("GET", "/a", (), b"it's"), "curl -X GET /a --data-binary 'it'\"'\"'s'"),
        (Request("PUT", "/a", (), b"a\nb\x1b\\"), r"curl -X PUT /a --data-binary $'a\nb\u001b\\'"),
        (Request("PUT", "/a", (), "\u202e'".encode()), r"curl -X PUT /a --data-binary $'\u202e\''"),
    ],
)
def test_curl(request_, command):
    assert curl(request_) == command


@given(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])).filter(
        lambda t: max(t, default="a") < "\u0080"
    )
)
def test_a_shell_reads_back_what_was_quoted(text):
    done = subprocess.run(["bash", "-c", f"printf %s {quoted(text)}"], capture_output=True, check=True)
    assert done.stdout.decode() == text


def test_a_response_as_lines():
    response = Response(200, (("A", "b\x1b"),), b"x\ny\x00")
    exchange = Exchange(Request("GET", "/a\u202e"), response)
    assert shown(exchange) == ["GET /a\\u202e", "HTTP 200", "A: b\\u001b", "", "x", "y\\u0000"]
    assert shown(Exchange(Request("GET", "/a"), Response(204))) == ["GET /a", "HTTP 204"]
    assert one_line(exchange) == "GET /a\\u202e | HTTP 200 | A: b\\u001b | x | y\\u0000"
    long = Exchange(Request("GET", "/a"), Response(200, (), b"x" * 5_000))
    assert shown(long)[-1] == "x" * 2_000 + "…"


def test_json():
    exchange = Exchange(
        Request("PUT", "/a", (("A", "b"),), b"\xff"), Response(200, (), "é".encode()), "about", checked="verified"
    )
    assert json.loads(json.dumps(document(exchange))) == {
        "request": {"method": "PUT", "url": "/a", "headers": [["A", "b"]], "body": "/w==", "encoding": "base64"},
        "response": {"status": 200, "headers": [], "body": "é", "encoding": None},
        "about": "about",
        "curl": "curl -X PUT /a -H 'A: b' --data-binary '\ufffd'",
        "checked": "verified",
    }
    assert document(Exchange(Request("GET", "/a")))["response"] is None
    assert document(Exchange(Request("GET", "/a")))["checked"] is None
