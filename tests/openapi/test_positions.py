"""Lines and columns of pointers, against the marks of PyYAML's own composer and a reading of the text token by token."""

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.errors import UnreadableError
from contractcheck.model.place import join
from contractcheck.openapi.positions import locate

TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn"), exclude_characters="\ufeff"), max_size=8
)
SCALARS = st.none() | st.booleans() | st.integers() | st.just("a\nb\n") | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30)
BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


def marks(text):
    """Every pointer of a YAML text without aliases, with line and column as PyYAML's composer has them."""

    def walk(node, pointer):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                at = join(pointer, key.value)
                found[at] = key.start_mark
                walk(value, at)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                at = join(pointer, index)
                found[at] = value.start_mark
                walk(value, at)

    found = {}
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found[""] = root.start_mark
    walk(root, "")
    return {pointer: (mark.line + 1, mark.column + 1) for pointer, mark in found.items()}


def tokens(text):
    """Every pointer of a JSON text, by the simplest parser there is."""

    def place(index):
        before = re.split(r"\r\n|\r|\n", text[:index])
        return len(before), len(before[-1]) + 1

    def space(index):
        return re.compile(r"\s*").match(text, index).end()

    def walk(index, pointer):
        if text[index] not in "{[":
            return json.JSONDecoder().raw_decode(text, index)[1]
        close = "}" if text[index] == "{" else "]"
        count = 0
        index = space(index + 1)
        while text[index] != close:
            start = index
            name = count
            if close == "}":
                name, index = json.JSONDecoder().raw_decode(text, index)
                index = space(space(index) + 1)
            at = join(pointer, name)
            found[at] = place(start)
            index = space(walk(index, at))
            count += 1
            if text[index] == ",":
                index = space(index + 1)
        return index + 1

    start = space(0)
    found = {"": place(start)}
    walk(start, "")
    return found


@given(st.dictionaries(TEXTS, VALUES, min_size=1), st.sampled_from([True, False, None]), BREAKS, st.data())
def test_yaml_agrees_with_the_marks_of_the_composer(value, flow, line_break, data):
    text = yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True, default_flow_style=flow)
    text = text.replace("\n", line_break)
    expected = marks(text)
    assert locate(text.encode(), "a.yaml", expected) == expected
    some = data.draw(st.lists(st.sampled_from(sorted(expected)), unique=True))
    assert locate(text.encode("utf-8-sig"), "a.yaml", some) == {pointer: expected[pointer] for pointer in some}


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans(), BREAKS, st.data())
def test_json_agrees_with_a_reading_token_by_token(value, indent, ascii_only, line_break, data):
    separators = data.draw(st.sampled_from([(",", ":"), (", ", " : ")]))
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only, separators=separators)
    text = line_break + text.replace("\n", line_break)
    expected = tokens(text)
    assert locate(text.encode(), "a.json", expected) == expected
    some = data.draw(st.lists(st.sampled_from(sorted(expected)), unique=True))
    assert locate(text.encode("utf-16"), "a.json", some) == {pointer: expected[pointer] for pointer in some}


@pytest.mark.parametrize("file", ["a.json", "a.yaml"])
def test_a_pointer_that_leads_nowhere_has_the_place_of_its_nearest_ancestor(file):
    text = b'{"a": {"b":\n [1, {"c": 2}]}}'
    wanted = {"": (1, 1), "/x": (1, 1), "/a/x/y": (1, 2), "/a/b/7": (1, 8), "/a/b/1/x": (2, 6), "/a/b/0/x": (2, 3)}
    wanted |= {"/a/b/01": (1, 8), "/a/b/-": (1, 8)}
    assert locate(text, file, wanted) == wanted
    assert locate(text, file, []) == {}


def test_of_equal_names_the_last_one_counts():
    text = b'{"a": {"x": 1},\n"a": {"y": 1}}'
    wanted = {"/a": (2, 1), "/a/x": (2, 1), "/a/y": (2, 7)}
    assert locate(text, "a.json", wanted) == wanted
    assert locate(b"---\n" + text, "a.yaml", ["/a", "/a/x", "/a/y"]) == {"/a": (3, 1), "/a/x": (3, 1), "/a/y": (3, 7)}


def test_what_stands_behind_an_alias_is_at_the_anchor():
    text = "x: &x {a: 1, b: &b [1, {c: 2}]}\ny:\n  z: *x\n  b: *b\n"
    wanted = {
        "/y/z": (3, 3),
        "/y/z/a": (1, 8),
        "/y/z/b/1/c": (1, 25),
        "/y/b/1": (1, 24),
        "/y/b/1/c": (1, 25),
        "/y/b/9": (4, 3),
    }
    assert locate(text.encode(), "a.yaml", wanted) == wanted


def test_what_is_merged_is_where_it_is_written():
    text = """\
a: &a {x: 1, y: {p: 1}}
b: &b
  <<: *a
  x: 2
c:
  <<: [*b, {z: 3, x: 9}]
  own: 4
d:
  <<: {w: {p: 1}}
  <<: *a
e: {'<<': 5}
f:
  ? &k x
  : 1
  <<: 7
  *k : 2
"""
    wanted = {
        "/b/x": (4, 3),
        "/b/y": (1, 14),
        "/b/y/p": (1, 18),
        "/c/own": (7, 3),
        "/c/x": (4, 3),
        "/c/y/p": (1, 18),
        "/c/z": (6, 13),
        "/c/0": (5, 1),
        "/c/p": (5, 1),
        "/d/w/p": (9, 12),
        "/d/x": (1, 8),
        "/d/p": (8, 1),
        "/e/<<": (11, 5),
        "/f/<<": (15, 3),
        "/f/x": (16, 3),
    }
    assert locate(text.encode(), "a.yaml", wanted) == wanted


def test_the_first_document_that_holds_something_is_meant():
    assert locate(b"---\n---\na: 1\n---\nb: 2\n", "a.yaml", ["/a", "/b"]) == {"/a": (3, 1), "/b": (3, 1)}
    assert locate(b"# nothing\n", "a.yaml", ["", "/a"]) == {"": (1, 1), "/a": (1, 1)}


def test_yaml_that_opens_a_bracket():
    assert locate(b"{a: 1,\n b: 2}", "a.yaml", ["/b"]) == {"/b": (2, 2)}


@pytest.mark.parametrize(
    ("text", "file", "where"),
    [
        ('{"a": 1', "a.json", "a.json"),
        ('{"a" 1}', "a.json", "a.json"),
        ("{a: 1}", "a.json", "a.json"),
        ('{"a": 1} x', "a.json", None),
        ('["\\x"]', "a.json", "a.json"),
        ('{"\\x": 1}', "a.json", "a.json"),
        ("a: [1", "a.yaml", "a.yaml:1:6"),
        ("a: 1\n? [b]\n: c", "a.yaml", "a.yaml:2:3"),
        ("a: \x01", "a.yaml", "a.yaml:1:4"),
    ],
)
def test_what_is_neither_json_nor_yaml_is_refused(text, file, where):
    if where is None:
        assert locate(text.encode(), file, ["/a"]) == {"/a": (1, 2)}
        return
    with pytest.raises(UnreadableError) as caught:
        locate(text.encode(), file, ["/a"])
    assert caught.value.where == where
