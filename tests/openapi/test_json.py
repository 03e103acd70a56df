"""JSON into values: exact numbers, duplicate names, budgets, errors with places."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.errors import UnreadableError
from contractcheck.openapi.parsing import Flaw, Parsed, is_json, parse
from contractcheck.openapi.parsing.number import MAX_DIGITS
from contractcheck.openapi.parsing.parsed import MAX_DEPTH

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(-(2**53), 2**53) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30)


def refusal(data, file="a.json"):
    with pytest.raises(UnreadableError) as caught:
        parse(data, file)
    return caught.value.where, caught.value.what


@given(st.dictionaries(TEXTS, VALUES), st.sampled_from([None, 0, 2]), st.booleans())
def test_what_json_writes_is_read_back(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse(text.encode(), "a.json") == Parsed(value)
    assert parse(text.encode("utf-8-sig"), "a.yaml") == Parsed(value)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True))
def test_numbers_keep_the_value_that_is_written(literal):
    value = parse(f'{{"a": [{literal}], "b": {literal}}}'.encode(), "a.json").value
    (number,), again = value["a"], value["b"]
    written = Fraction(literal)
    assert type(number) is type(again)
    assert number == again
    assert (Fraction(repr(number)) if isinstance(number, float) else Fraction(number)) == written
    if written.denominator == 1:
        assert number == int(written)
        assert hash(number) == hash(int(written))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1.0", 1),
        ("1e2", 100),
        ("1e23", 10**23),
        ("18446744073709551616", 2**64),
        ("-9223372036854775809", -(2**63) - 1),
        ("0.1", 0.1),
        ("0.1000000000000000055", Decimal("0.1000000000000000055")),
        ("1e-400", Decimal("1e-400")),
        ("1e400", 10**400),
        ("9007199254740993.0", 2**53 + 1),
        ("0e400", 0),
        ("-0", 0),
        ("-0.0", 0),
    ],
)
def test_numbers(literal, value):
    found = parse(f'{{"a": {literal}}}'.encode(), "a.json").value["a"]
    assert (found, found.__class__ is Decimal) == (value, value.__class__ is Decimal)


def test_a_number_in_a_text_is_a_text():
    value = {"a": "0.1000000000000000055, ", "b": 0.5, "c": '": 0.25,', "d": '\\": 0.25}'}
    assert parse(json.dumps(value).encode(), "a.json") == Parsed(value)


@pytest.mark.parametrize("literal", ["9" * 100_000, "1e99999", "1e-5000", "0." + "1" * 5000, "1E+1001"])
def test_a_number_that_is_too_long_is_refused_where_it_stands(literal):
    where, what = refusal(f'{{"a": "{literal}",\n "b": {literal}}}'.encode())
    assert (where, what) == ("a.json:2:7", f"a number has more than {MAX_DIGITS} digits")


def test_a_number_that_is_too_long_in_a_broken_text():
    what = f"a number has more than {MAX_DIGITS} digits"
    assert refusal(b'{"a": 1e9992.5, {') == ("a.json:1:7", what)
    assert refusal(b'{"a": 1, "b" 1e9992, "c}') == ("a.json:1:14", "this is not JSON: expecting ':' delimiter")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json(literal):
    assert refusal(f'{{"a": "{literal}", "b": {literal}}}'.encode()) == (
        f"a.json:1:{len(literal) + 16}",
        f"this is not JSON: {literal} is no number",
    )


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        ('{"a": 1, "b": 2,\r\n "a": 3}', [("/a", 2, 2, "a")]),
        ('{"a": 1, "\\u0061": 2, "a": 3}', [("/a", 1, 10, "a"), ("/a", 1, 23, "a")]),
        ('{"x": [{}, [], {"é": {"k/~": 1, "k/~":\n2}}]}', [("/x/2/é/k~1~0", 1, 33, "k/~")]),
        ('{"x": [[1, {"a": 1}], {"a": 1, "b": [0], "a" : 2}], "y": {"a": 1}}', [("/x/1/a", 1, 42, "a")]),
        ('{"a\\"": 1, "a\\"" : 2}', [('/a"', 1, 12, 'a"')]),
        ('{"a\\\\": 1, "a\\\\": 2}', [("/a\\", 1, 12, "a\\")]),
        ('{"a": "\\":", "a": "\\\\\\":"}', [("/a", 1, 14, "a")]),
        ('{"a": ": ", ":b": ":c"}', []),
        ('{"a": "\\":", "b": "\\\\\\": "}', []),
    ],
)
def test_a_name_given_twice_is_a_flaw_with_its_place_and_the_last_one_counts(text, flaws):
    parsed = parse(text.encode(), "a.json")
    assert parsed.value == json.loads(text)
    assert parsed.flaws == tuple(Flaw("duplicate-key", *flaw) for flaw in flaws)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", '"', "\\", ":", '": ']), VALUES), max_size=5))
def test_duplicates_are_found_whatever_the_names_and_values(pairs):
    text = "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs) + "}"
    parsed = parse(text.encode(), "a.json")
    assert parsed.value == dict(pairs)
    assert len(parsed.flaws) == len(pairs) - len(dict(pairs))


def test_nesting_ends_at_the_budget():
    def nested(depth):
        return b'{"a":' + b"[" * (depth - 1) + b"1" + b"]" * (depth - 1) + b"}"

    assert parse(nested(MAX_DEPTH), "a.json").flaws == ()
    deep = f"nested deeper than {MAX_DEPTH} levels"
    for depth in (MAX_DEPTH + 1, 2000, 50_000):
        assert refusal(nested(depth)) == (f"a.json:1:{MAX_DEPTH + 5}", deep)
    assert refusal(b'{"]":' * 50_000) == (f"a.json:1:{5 * MAX_DEPTH + 1}", deep)
    assert refusal(b"[\n" * 50_000) == (f"a.json:{MAX_DEPTH + 1}:1", deep)
    assert refusal(b"[" * 50_000, "a.yaml") == (f"a.yaml:1:{MAX_DEPTH + 1}", deep)


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b'{"a": 1,}', "a.json:1:9", "this is not JSON: expecting property name enclosed in double quotes"),
        (b'{"a": 1}\r\n\r\n x', "a.json:3:2", "this is not JSON: extra data"),
        ('{"é": "ü" 1}'.encode(), "a.json:1:11", "this is not JSON: expecting ',' delimiter"),
        (b"openapi: 3.0.0", "a.json:1:1", "this is not JSON: expecting value"),
        (b"", "a.json", "the file is empty"),
        (b" \r\n\t", "a.json", "the file is empty"),
        (b'{"a": "\\ud800"}', "a.json:1:7", "half of a surrogate pair is no character"),
        (b'{"a": "\\ud83d\\ude00",\n"\\udc00": 1}', "a.json:2:1", "half of a surrogate pair is no character"),
        (b'{"a":\n  "\xff"}', "a.json:2:4", "byte 0xff is not UTF-8"),
        (b'{"a":\r  "\xc3\xa9\xc3"}', "a.json:2:5", "byte 0xc3 is not UTF-8"),
        (b'{"a": "\x01"}', "a.json:1:8", "this is not JSON: invalid control character at"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(data, where, what):
    assert refusal(data) == (where, what)


def test_a_pair_of_surrogates_is_a_character_also_beside_long_numbers():
    assert parse(b'{"a": "\\ud83d\\ude00", "b": 1e300}', "a.json").value == {"a": "\U0001f600", "b": 10**300}


def test_more_bytes_than_the_budget_are_refused():
    where, what = refusal(b" " * (64 * 2**20 + 1))
    assert (where, what) == ("a.json", "67108865 bytes are more than the 67108864 that are read")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding):
    assert parse('{"é": "\U0001f600"}'.encode(encoding), "a.json").value == {"é": "\U0001f600"}


def test_text_that_opens_a_bracket_and_is_no_json_is_yaml():
    assert is_json(b"\n {", "a.yaml")
    assert not is_json(b"a: {", "a.yaml")
    assert parse(b"{a: [1, 2]}", "a.yaml").value == {"a": [1, 2]}
    assert refusal(b"{a: [1, 2]}", "a.JSON")[0] == "a.JSON:1:2"
