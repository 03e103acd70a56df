"""YAML into values: the core schema of 1.2, anchors and merge keys, flaws, budgets, errors with places."""

import re
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.errors import UnreadableError
from contractcheck.openapi.parsing import Flaw, Parsed, parse, yamltext
from contractcheck.openapi.parsing.parsed import MAX_DEPTH

# What YAML can write in any style: no control characters, no line breaks that YAML 1.1 folds and 1.2 does not.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn"), exclude_characters="\ufeff")
# Numbers in 1.2 that are texts in 1.1, which PyYAML leaves unquoted.
TEXTS = st.text(CHARACTERS).filter(lambda text: not re.fullmatch(r"0o[0-7]+|[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text))
SCALARS = st.none() | st.booleans() | st.integers() | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30)


def read(text, file="a.yaml"):
    return parse(text.encode(), file)


def refusal(data, file="a.yaml"):
    with pytest.raises(UnreadableError) as caught:
        parse(data if isinstance(data, bytes) else data.encode(), file)
    return caught.value.where, caught.value.what


@given(
    st.dictionaries(TEXTS, VALUES, min_size=1), st.sampled_from([True, False, None]), st.sampled_from([None, '"', "'"])
)
def test_what_yaml_writes_is_read_back(value, flow, style):
    # PyYAML writes 1.1: it quotes whatever is no text there, and its plain scalars mean the same in 1.2.
    # With a style it tags what is no text, `!!int "1"`, but only the dumper in Python does so rightly.
    dumper = yaml.SafeDumper if style else yaml.CSafeDumper
    text = yaml.dump(value, Dumper=dumper, allow_unicode=True, default_flow_style=flow, default_style=style)
    assert read(text) == Parsed(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL", "!!null ''", "!!null null")],
        *[(text, True) for text in ("true", "True", "TRUE", '!!bool "true"')],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[
            (text, text)
            for text in ("yes", "no", "NO", "on", "off", "y", "n", "nULL", "tRUE", "2020-01-01", "12:30:45")
        ],
        *[
            (text, text)
            for text in ("1_000", "0b1", "0o8", "0x", ".inf", "-.INF", ".nan", "1e", "+-1", "1.2.3", ".", "e3")
        ],
        *[
            ("010", 10),
            ("0o17", 15),
            ("0x1F", 31),
            ("+5", 5),
            ("-0", 0),
            ("1.", 1),
            (".5", 0.5),
            ("1e3", 1000),
            ("1.5E-1", 0.15),
        ],
        *[
            ("'1'", "1"),
            ('"true"', "true"),
            ("! 1", "1"),
            ("!!str 1", "1"),
            ("!!int '3'", 3),
            ("!!float 3", 3),
            ("|\n  1", "1\n"),
        ],
        *[("!!int x", "x"), ("!!binary aGk=", "aGk="), ("!!timestamp 2020-01-01", "2020-01-01"), ("!!str", "")],
        *[("!!map {}", {}), ("!!seq []", []), ("!!omap [a: 1]", [{"a": 1}]), ("!!set {a, b}", {"a": None, "b": None})],
    ],
)
def test_scalars_follow_the_core_schema(text, value):
    found = read(f"a: {text}\n")
    assert found == Parsed({"a": value})
    assert type(found.value["a"]) is type(value)


def test_names_are_texts_as_they_are_written():
    text = "200: a\n010: b\n2.0: c\ntrue: d\n~: e\n'on': f\n? g\n: h\n0x1: i\n"
    names = {"200": "a", "010": "b", "2.0": "c", "true": "d", "~": "e", "on": "f", "g": "h", "0x1": "i"}
    assert read(text) == Parsed(names)


def test_aliases_and_anchors():
    text = "a: &x [1, &y b]\nc: *x\n*y : *y\n&k d: *k\nx: &x 5\nz: *x\n"
    assert read(text) == Parsed({"a": [1, "b"], "c": [1, "b"], "b": "b", "d": "d", "x": 5, "z": 5})


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("{<<: *a, y: 3}", {"x": 1, "y": 3}),
        ("{y: 3, <<: *a}", {"x": 1, "y": 3}),
        ("{<<: [*b, *a]}", {"x": 9, "y": 2, "z": 8}),
        ("{<<: [*a, *b]}", {"x": 1, "y": 2, "z": 8}),
        ("{<<: {p: 1, <<: *a}}", {"p": 1, "x": 1, "y": 2}),
        ("{<<: []}", {}),
        ("{'<<': *a}", {"<<": {"x": 1, "y": 2}}),
        ("{<<: 5, b: 1}", {"<<": 5, "b": 1}),
        ("{<<: [*a, 5]}", {"<<": [{"x": 1, "y": 2}, 5]}),
    ],
)
def test_merge_keys(text, merged):
    found = read(f"a: &a {{x: 1, y: 2}}\nb: &b {{x: 9, z: 8}}\nc: {text}\n")
    assert found == Parsed({"a": {"x": 1, "y": 2}, "b": {"x": 9, "z": 8}, "c": merged})


def test_of_two_merge_keys_the_last_one_wins_and_it_is_a_flaw():
    found = read("a: &a {x: 1}\nb: &b {x: 2}\nc:\n  <<: *a\n  <<: *b\n")
    assert found == Parsed({"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 2}}, (Flaw("duplicate-key", "/c/<<", 5, 3, "<<"),))


def test_a_name_given_twice_is_a_flaw_with_its_place_and_the_last_one_counts():
    text = "é: [{}, {a: 1, \U0001f600: 1, a: 2}]\r\nb/:\r\n  c: 1\r\n  'c': 2\rb/: 3\r\n&k k: 1\n*k : 2\n"
    assert read(text) == Parsed(
        {"é": [{}, {"a": 2, "\U0001f600": 1}], "b/": 3, "k": 2},
        (
            Flaw("duplicate-key", "/é/1/a", 1, 22, "a"),
            Flaw("duplicate-key", "/b~1/c", 4, 3, "c"),
            Flaw("duplicate-key", "/b~1", 5, 1, "b/"),
            Flaw("duplicate-key", "/k", 7, 1, "k"),
        ),
    )


def test_tags_of_programs_are_ignored_and_named():
    text = "a: !include b.yaml\nc: !!python/none ~\nd: [!x {e: !y 1}, !z '1']\n!t f: 1\n"
    assert read(text) == Parsed(
        {"a": "b.yaml", "c": None, "d": [{"e": 1}, "1"], "f": 1},
        (
            Flaw("tag-ignored", "/a", 1, 4, "!include"),
            Flaw("tag-ignored", "/d/0", 3, 5, "!x"),
            Flaw("tag-ignored", "/d/0/e", 3, 12, "!y"),
            Flaw("tag-ignored", "/d/1", 3, 19, "!z"),
        ),
    )


def test_the_first_document_that_holds_something_is_read():
    assert read("# nothing\n") == Parsed(None)
    assert read("---\n---\na: 1\n") == Parsed({"a": 1})
    assert read("a: 1\n...\n") == Parsed({"a": 1})
    assert read("%YAML 1.2\n---\na: 1\n---\nb: *missing\n") == Parsed(
        {"a": 1}, (Flaw("several-documents", "", 4, 1, ""),)
    )
    assert read("[1]\n--- 5\n") == Parsed([1], (Flaw("several-documents", "", 2, 1, ""),))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_byte_order_marks(encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    assert parse(f"{mark}é: [\U0001f600, a]\r\n".encode(encoding), "a.yaml") == Parsed({"é": ["\U0001f600", "a"]})


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        ("a: b: c", "1:5", "this is not YAML: mapping values are not allowed in this context"),
        (
            "é: [1,\r\n\t2\r\nb",
            "3:2",
            "this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'",
        ),
        (
            "a:\n\t- b",
            "2:1",
            "this is not YAML: while scanning for the next token, found character that cannot start any token",
        ),
        ("é: \x01b", "1:4", "this is not YAML: control characters are not allowed"),
        ("a: 1\nb: \0", "2:4", "this is not YAML: control characters are not allowed"),
        ("a: &x [*x]", "1:8", "the alias *x stands inside of the node it names"),
        ("a: *x", "1:4", "no anchor &x stands before this alias"),
        ("a: &x 1\n---\n*y", None, None),
        ("? [a]\n: b", "1:3", "the name of a member must be a text"),
        ("{{ name }}: b", "1:1", "the name of a member must be a text"),
        ("a: &x [1]\n*x : b", "2:1", "the name of a member must be a text"),
        ("a: 1e99999", "1:4", "a number has more than 1000 digits"),
        ("- 0x" + "f" * 1001, "1:3", "a number has more than 1000 digits"),
        ("- " + "9" * 100_000, "1:3", "a number has more than 1000 digits"),
        (b"a: 1\nb: \xc3\xa9\xff", "2:5", "byte 0xff is not UTF-8"),
        ("%TAG !a! b\n" * 101 + "--- 1", "101:1", "more than 100 directives"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(data, where, what):
    if where is None:
        assert parse(data.encode(), "a.yaml").value == {"a": 1}
    else:
        assert refusal(data) == (f"a.yaml:{where}", what)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: " + "[" * 50_000, f"1:{MAX_DEPTH + 3}"),
        ("- [\n" + "[\n" * 50_000, f"{MAX_DEPTH}:1"),
        ("{a: " * 50_000, f"1:{4 * MAX_DEPTH + 1}"),
        ("- " * 50_000, f"1:{2 * MAX_DEPTH + 1}"),
        ("? " * 50_000, "1:3"),
    ],
)
def test_deep_nesting_ends_at_once(text, where):
    start = time.perf_counter()
    assert refusal(text)[0] == f"a.yaml:{where}"
    assert time.perf_counter() - start < 0.5


def test_nesting_counts_through_aliases():
    half = MAX_DEPTH // 2
    inner = "[" * half + "]" * half

    def outer(depth):
        return f"a: &a {inner}\nb: " + "[" * depth + "*a" + "]" * depth + "\n"

    assert read(outer(half - 1)).flaws == ()
    assert refusal(outer(half)) == (f"a.yaml:2:{4 + half}", f"nested deeper than {MAX_DEPTH} levels")
    chain = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} {{<<: {{b: *a{n - 1}}}}}\n" for n in range(1, 200))
    assert refusal(chain)[1] == f"nested deeper than {MAX_DEPTH} levels"


@pytest.mark.parametrize(
    "member", ["[*a{0},*a{0},*a{0},*a{0},*a{0},*a{0},*a{0},*a{0},*a{0}]", "{{x: *a{0}, y: *a{0}, z: *a{0}, <<: *a{0}}}"]
)
def test_an_alias_bomb_is_refused(member):
    bomb = "a0: &a0 {a: 1, b: 2}\n" + "".join(f"a{n}: &a{n} {member.format(n - 1)}\n" for n in range(1, 40))
    start = time.perf_counter()
    assert refusal(bomb)[1] == "aliases expand to more than 1000000 nodes"
    assert time.perf_counter() - start < 0.5


def test_more_nodes_than_the_budget_are_refused(monkeypatch):
    monkeypatch.setattr(yamltext, "MAX_EVENTS", 10)
    assert refusal("a: [1, 2, 3, 4, 5, 6]") == ("a.yaml:1:17", "more than 10 nodes")
