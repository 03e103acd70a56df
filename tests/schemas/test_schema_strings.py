"""Texts: lengths, patterns as languages, formats."""

import re

import pytest

from contractcheck.schemas.automata import automata, counted, effort, matches, tried
from contractcheck.schemas.languages import samples
from contractcheck.schemas.patterns import PatternError
from tests.schemas.asking import said, same

CONTAINED = ("contained",)


def text(pattern, **more):
    return {"type": "string", "pattern": pattern, **more}


@pytest.mark.parametrize(
    ("base", "revision", "forward", "backward"),
    [
        ({"type": "string", "minLength": 2}, {"type": "string", "minLength": 1}, CONTAINED, ("broken", "a")),
        ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 2}, ("broken", "aaa"), CONTAINED),
        ({"type": "string"}, {"minLength": 1}, ("broken", ""), ("broken", None)),
        ({"type": "string", "minLength": 3, "maxLength": 2}, False, CONTAINED, CONTAINED),
        ({"type": "string", "maxLength": 0}, {"const": ""}, CONTAINED, CONTAINED),
        (text("^[a-z]{2,5}$"), text("^[a-z0-9]+$"), CONTAINED, ("broken", "a")),
        (text("^(a|b)$"), {"enum": ["a", "b"]}, CONTAINED, CONTAINED),
        (text("^(a|b|c)$"), {"enum": ["a", "b"]}, ("broken", "c"), CONTAINED),
        ({"enum": ["ab", "cd"]}, text("^[a-d]*$"), CONTAINED, ("broken", "")),
        (text("^a"), text("a"), CONTAINED, ("broken", "ba")),
        (text("^a$"), text("^a"), CONTAINED, ("broken", "aa")),
        (text("^[a-z]+$", minLength=3), text("^[a-z]{3}"), CONTAINED, ("broken", "aaa0")),
        (text("^\\d{4}-\\d{2}$"), {"type": "string", "minLength": 7, "maxLength": 7}, CONTAINED, ("broken", "aaaaaaa")),
        (text("^(ab)*$", minLength=3), {"type": "string", "minLength": 4}, CONTAINED, ("broken", "aaaa")),
        (text("^(ab)*$", minLength=3, maxLength=3), False, CONTAINED, CONTAINED),
        (text("^(?!a)[a-z]+$"), text("^[b-z][a-z]*$"), CONTAINED, CONTAINED),
        (text("^(?=.{3}$)[a-z]+$"), text("^[a-z]{3}$"), CONTAINED, CONTAINED),
        (text("^.$"), {"type": "string", "maxLength": 1}, CONTAINED, ("broken", "")),
        (text("^[^a]*$"), text("^[^ab]*$"), ("broken", "b"), CONTAINED),
    ],
)
def test_verdicts(base, revision, forward, backward):
    assert said(base, revision) == forward
    assert said(revision, base) == backward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (text("^[a-z]+$"), text("^[a-z][a-z]*$")),
        (text("^(a|ab)(c|bcd)$"), text("^(ac|abcd|abc|abbcd)$")),
        (text("^.{1,255}$"), text("^.+$", maxLength=255)),
        (text("^[0-9a-f]{8}-[0-9a-f]{4}$"), text("^[a-f\\d]{8}\\x2d[\\u0030-\\u0039a-f]{4}$")),
        (text(""), {"type": "string"}),
        (text("^"), {"type": "string"}),
        (text("a$b"), False),
        (text("[]"), False),
        (text("[^]"), {"type": "string", "minLength": 1}),
        (text("^\\w$"), text("^[A-Za-z0-9_]$")),
        (text("^\\S$"), text("^[^\\s]$")),
        (text("^\\cJ$"), {"const": "\n"}),
        (text("^\\u{1F600}$"), {"const": "\U0001f600"}),
        (text("^\\uD83D\\uDE00$"), {"const": "\U0001f600"}),
        (text("^x{id}$"), {"const": "x{id}"}),
        (text("^(?<year>\\d\\d)$"), text("^[0-9]{2}$")),
        (text("^a+?$"), text("^a+$")),
        (text("^a{2,}$"), text("^aa+$")),
        (text("^a{0}$"), {"const": ""}),
        ({"allOf": [text("^a"), text("b$")]}, text("^a.*b$|^a[^]*b$")),
    ],
)
def test_the_same_texts(one, other):
    assert same(one, other)


def test_the_dot_does_not_match_line_ends():
    assert said(text("^[^\\n]$"), text("^.$")) == ("broken", "\r")


def test_letters_of_all_scripts():
    assert same(text("^\\p{L}+$"), text("^\\p{Letter}+$"))
    assert said(text("^[a-z]+$"), text("^\\p{Ll}+$")) == CONTAINED
    assert said(text("^\\P{L}$"), text("^\\p{L}$")) == ("broken", "0")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("\\bword", "\\b"),
        ("(a)\\1", "a back reference"),
        ("(?<=a)b", "a look behind"),
        ("a(?=b)", "a look ahead that is not at the beginning of an anchored pattern"),
        ("(?i)a", "a group that ECMA-262 does not know"),
        ("\\Aa\\Z", "the escape \\A"),
        ("(a", "an unclosed group"),
        ("a)", "an unmatched )"),
        ("[a", "an unfinished pattern"),
        ("[z-a]", "a range out of order"),
        ("*", "nothing to repeat"),
        ("{2}", "nothing to repeat"),
        ("a**", "a quantifier of a quantifier"),
        ("^*", "a quantified assertion"),
        ("a{3,2}", "numbers out of order in {}"),
        ("a{5000}", "a count above 2000"),
        ("(((a{100}){100}){100})", "an automaton that is too large"),
        ("((((){2000}){2000}){2000}){2000}", "an automaton that is too large"),
        ("(?:(?:|){2000}){10}", "an automaton that is too large"),
        ("^(a?){1500}$", "an automaton that is too large"),
        ("\ud800", "a lone surrogate"),
        ("[\ud800-\udfff]", "a lone surrogate"),
        ("\\p{Script=Greek}", "\\p{Script=Greek}"),
        ("\\pL", "a malformed \\p"),
        ("\\uD800", "a lone surrogate"),
        ("\\uD83D\\u0041", "a lone surrogate"),
        ("\\u{110000}", "a lone surrogate"),
        ("\\u{}", "a malformed \\u{}"),
        ("\\x1", "a malformed hexadecimal escape"),
        ("\\c1", "a malformed \\c"),
        ("(?<1>a)", "a malformed group name"),
        ("(" * 50 + ")" * 50, "groups nested too deeply"),
        ("a" * 5000, "a pattern longer than 4000 characters"),
        ("\\k<a>", "a named back reference"),
    ],
)
def test_what_no_automaton_can_do_is_unproven(pattern, why):
    found = automata(pattern)
    assert isinstance(found, PatternError)
    assert str(found) == why
    assert said(text(pattern), {"type": "string", "maxLength": 5}) == ("unproven", f"pattern: {why}")


def test_a_pattern_that_cannot_be_read_contains_itself():
    assert said(text("\\bword", maxLength=3), text("\\bword")) == CONTAINED
    assert said(text("\\bword"), {"type": "string"}) == CONTAINED
    assert said(text("\\bword"), {"type": "integer"}) == ("unproven", "pattern: \\b")


def test_counted_patterns_become_lengths():
    assert counted("^.{1,255}$") == ("^.*$", 1, 255)
    assert counted("^[a-z]+?$") == ("^[a-z]*$", 1, None)
    assert counted("^[a-z]?$") == ("^[a-z]*$", 0, 1)
    assert counted("^[a-z]$") == ("^[a-z]$", 0, None)
    assert counted("^(a|b)+$") == ("^(a|b)+$", 0, None)
    assert counted("^(") == ("^(", 0, None)
    assert counted("^[a-z]{2,3}?$") == ("^[a-z]*$", 2, 3)
    assert counted("^\\u{61}{2,}$") == ("^\\u{61}*$", 2, None)
    # the quantifier is found, whatever is quantified
    assert counted("^\\}?$") == ("^\\}*$", 0, 1)
    assert counted("^\\*+$") == ("^\\**$", 1, None)
    assert counted("^\\+$") == ("^\\+$", 0, None)
    assert counted("^\\??$") == ("^\\??$", 0, None)
    assert same(text("^\\}?$"), {"enum": ["", "}"]})
    assert same(text("^\\??$"), {"enum": ["", "?"]})


def test_automata_agree_with_an_independent_engine():
    patterns = [
        "^[a-z]+$",
        "a|b",
        "^a$|^b",
        "^(a|b)*c?$",
        "x{2,3}",
        "^$",
        "[^a-c]x",
        "^(?!.*--)[a-z-]+$",
        "(^a|b)c$",
        "^(ab?){2,}$",
    ]
    texts = ["", "a", "b", "ab", "c", "bc", "xx", "xxx", "a-b", "a--b", "ac", "zbc", "abab", "aba", "dx"]
    found = {(pattern, one): matches(pattern, one) for pattern in patterns for one in texts}
    assert found == {(pattern, one): bool(re.search(pattern, one)) for pattern in patterns for one in texts}


def test_plain_characters_come_first():
    assert "".join(samples(((0, 127),)))[:4] == "abcd"
    assert list(samples(((9, 10), (0xE9, 0xE9)))) == ["é", "\t", "\n"]


def test_witnesses_avoid_what_validators_read_differently():
    assert said({"type": "string", "minLength": 1}, text("^[a-z0-9]+$")) == ("broken", "A")


def test_patterns_and_texts_that_are_long():
    chaos = "".join("ab"[n.bit_count() % 2] for n in range(20_000))  # the states differ at every character
    assert tried("(a|b)*a(a|b){1000}c", chaos) == (None, 7_818)
    assert said({"enum": [chaos]}, text("(a|b)*a(a|b){1000}c")) == ("unproven", "pattern: (a|b)*a(a|b){1000}c")
    assert tried("^(ab|c)*$", "ab" * 5_000) == (True, 156)
    assert tried("^(?!x)[a-z]+$", "y") == (True, 0)
    assert tried("^(?!x)[a-z]+$", "xy") == (False, 0)
    assert [effort("^[a-z]$"), effort("(a|b)*a(a|b){1000}c"), effort("(")] == [0, 689, 0]
    many = {"type": "string", "allOf": [{"pattern": f"(a|b)*a(a|b){{{n}}}c"} for n in range(600, 700)]}
    assert said(many, False, budget=20_000) == ("unproven", "not decided within 20000 steps")
    every = "".join(map(chr, range(0x4E00, 0x4E00 + 5_000)))  # more characters than moves are remembered
    assert matches("^[^a]*$", every)


def test_lone_surrogates_are_characters_of_given_texts():
    assert said({"enum": ["\ud800", "b"]}, text("^[^a]$")) == CONTAINED
    assert said({"enum": ["\ud800"]}, text("^\\P{L}$")) == CONTAINED
    assert said({"enum": ["\ud800"]}, text("^[a-z]$")) == ("broken", "\ud800")


def test_formats_say_nothing_unless_asserted():
    assert same({"type": "string", "format": "date"}, {"type": "string"})


@pytest.mark.parametrize(
    ("base", "revision", "answer"),
    [
        ({"type": "string", "format": "date"}, {"type": "string"}, CONTAINED),
        ({"type": "string"}, {"format": "date"}, ("broken", "no such thing")),
        ({"format": "uri"}, {"format": "iri-reference"}, CONTAINED),
        ({"type": "string", "format": "uri-reference"}, {"format": "uri"}, ("broken", "/a")),
        (
            {"type": "string", "format": "uuid"},
            {"type": "string", "maxLength": 30},
            ("broken", "123e4567-e89b-12d3-a456-426614174000"),
        ),
        ({"type": "string", "format": "mine"}, {"format": "mine"}, CONTAINED),
        ({"type": "string", "format": "mine"}, {"format": "yours"}, ("unproven", "format: yours")),
        ({"enum": ["2024-01-31"]}, {"format": "date"}, CONTAINED),
        ({"enum": ["unheard of"]}, {"format": "date"}, ("unproven", "format: date")),
        ({"type": "integer"}, {"format": "date"}, CONTAINED),
    ],
)
def test_asserted_formats(base, revision, answer):
    assert said(base, revision, formats=True) == answer


def test_many_excluded_texts():
    letters = list("abcdefghijklmnopqrstuvwxyz")
    assert said({"type": "string"}, {"enum": letters}) == ("broken", "\u4e00")
    assert said({"type": "string", "maxLength": 0}, {"enum": ["", "a"]}) == CONTAINED
    many = [*letters, *(chr(code) for code in range(0x4E00, 0x4E00 + 20_005))]
    assert said({"type": "string", "minLength": 1}, {"enum": many}) == ("broken", "aa")
    assert said({"type": "string", "maxLength": 1}, {"enum": many}) == ("broken", "")
    assert said({"type": "string", "minLength": 1, "maxLength": 1}, {"enum": many}) == (
        "unproven",
        "enum: very many texts",
    )
    assert said(text("^[a-d]$"), {"enum": ["a", "b", "c"]}) == ("broken", "d")


def test_texts_longer_than_can_be_shown():
    assert said({"type": "string", "minLength": 30_000}, {"maxLength": 1}) == (
        "unproven",
        "minLength: too long to show",
    )
