"""Untrusted text cannot act in a terminal or in Markdown."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.reports import escaping
from contractcheck.reports.escaping import code, printable, prose


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ~", "plain ~"),
        ("é 日本 🙂", "é 日本 🙂"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\nb\tc\r", "a\\u000ab\\u0009c\\u000d"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("a\u200bb\ud800\U000e0041", "a\\u200bb\\ud800\\U000e0041"),
    ],
)
def test_what_acts_is_shown(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("x", "`x`"),
        ("", "`  `"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a|b", "`a\\|b`"),
        ("x" * 300, "`" + "x" * 199 + "…`"),
    ],
)
def test_a_code_span_cannot_be_left(text, span):
    assert code(text) == span


@given(st.text())
def test_the_fence_is_longer_than_any_run_inside(text):
    span = code(text)
    fence = re.match("`+", span).group()
    assert span.endswith(fence)
    assert not re.search(f"(?<!`){fence}(?!`)", span[len(fence) : -len(fence)])


@given(st.text())
def test_nothing_printable_is_a_control(text):
    acting = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not acting & {unicodedata.category(character) for character in printable(text)}


def test_prose_neither_mentions_nor_links():
    assert prose("@octocat [x](y) <b>") == "@&#8203;octocat \\[x\\]\\(y\\) \\<b\\>"


def test_json_is_safe_to_look_at():
    value = {"a\u202eb": "\u200f\x7f\u2028é\U000e0041\ud800 ok", "ü": [1, "\u0007"]}
    text = json.dumps(value, ensure_ascii=False)
    safe = escaping.escaped(text)
    assert json.loads(safe) == value
    assert safe == ('{"a\\u202eb": "\\u200f\\u007f\\u2028é\\udb40\\udc41\\ud800 ok", "ü": [1, "\\u0007"]}')
    assert escaping.escaped('{"a": 1}') == '{"a": 1}'


def test_code_and_blocks_cannot_be_left():
    assert escaping.code("a`b``c") == "```a`b``c```"
    assert escaping.code("`") == "`` ` ``"
    assert escaping.code("") == "`  `"
    assert escaping.code("x" * 300, 10) == "`" + "x" * 9 + "…`"
    assert escaping.fenced("a\n```\n\u202eb", "sql") == "````sql\na\n```\n\\u202eb\n````"
