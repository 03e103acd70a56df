"""On which line a key of a TOML text stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from contractcheck.policy.dump import _key, _value
from contractcheck.policy.lines import lines, nearest

TEXT = '''\
# a comment = 1
top = 1
"quoted key" = """
not = a key
# nor a comment
"""
list = [ # with a comment
  "a",
  'b]',
  {x = 1, "y.z" = [2]},
]

[a.b]   # a header
c.d = 'x = "y"' # e = 1
when = 2026-01-02T03:04:05Z

[[a.many]]
one = 1
[[a.many]]

two = [
  1 ]
[a.many.inner]
k = {p = {q = 1}}
'''


def test_every_key_has_its_line():
    assert lines(TEXT) == {
        ("top",): 2,
        ("quoted key",): 3,
        ("list",): 7,
        ("list", 0): 8,
        ("list", 1): 9,
        ("list", 2): 10,
        ("list", 2, "x"): 10,
        ("list", 2, "y.z"): 10,
        ("list", 2, "y.z", 0): 10,
        ("a",): 13,
        ("a", "b"): 13,
        ("a", "b", "c"): 14,
        ("a", "b", "c", "d"): 14,
        ("a", "b", "when"): 15,
        ("a", "many"): 17,
        ("a", "many", 0): 17,
        ("a", "many", 0, "one"): 18,
        ("a", "many", 1): 19,
        ("a", "many", 1, "two"): 21,
        ("a", "many", 1, "two", 0): 22,
        ("a", "many", 1, "inner"): 23,
        ("a", "many", 1, "inner", "k"): 24,
        ("a", "many", 1, "inner", "k", "p"): 24,
        ("a", "many", 1, "inner", "k", "p", "q"): 24,
    }


def test_what_has_no_line_takes_that_of_what_is_above():
    places = lines(TEXT)
    assert nearest(places, ("a", "many", 1, "absent", 3)) == 19
    assert nearest(places, ("absent",)) is None


def test_windows_line_ends():
    assert lines('a = 1\r\n[t]\r\nb = """x\r\ny"""\r\nc = 2\r\n') == {
        ("a",): 1,
        ("t",): 2,
        ("t", "b"): 3,
        ("t", "c"): 5,
    }


values = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), values, max_size=5))
def test_a_key_is_found_where_it_was_written(document):
    text = "".join(f"{_key(name)} = {_value(value)}\n" for name, value in document.items())
    assert tomllib.loads(text) == document
    found = lines(text)
    assert {path[0]: line for path, line in found.items() if len(path) == 1} == {
        name: number for number, name in enumerate(document, 1)
    }
    assert {path for path in found if len(path) > 1} == {
        (name, *path) for name, value in document.items() for path in paths(value)
    }


def paths(value):
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (key,)
        yield from ((key, *rest) for rest in paths(member))
