"""What the text of a value may be read as."""

import pytest

from contractcheck.openapi.readings import MOST, readings


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", ["a"]),
        ("", [""]),
        ("5", ["5", 5]),
        (5, [5, "5"]),
        ("1.0", ["1.0", 1.0]),
        ("true", ["true", True]),
        (False, [False, "false"]),
        (None, [None, "null"]),
        ("null", ["null", None]),
        ('{"a": 1}', ['{"a": 1}']),
        ("[" * 100_000, ["[" * 100_000]),
        (["a", 1], [["a", 1], ["a", "1"]]),
        (
            {"a": 1, "b": ["2"]},
            [{"a": 1, "b": ["2"]}, {"a": 1, "b": [2]}, {"a": "1", "b": ["2"]}, {"a": "1", "b": [2]}],
        ),
        ([], [[]]),
        ({}, [{}]),
    ],
)
def test_readings(value, expected):
    found = readings(value)
    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


@pytest.mark.parametrize("value", [[1] * 7, [1] * 10_000, {"a": [[1] * 40, 1]}, {str(n): n for n in range(5_000)}])
def test_too_many_readings_are_none(value):
    assert readings(value) == []


def test_as_many_as_are_looked_at():
    assert len(readings([1] * 6)) == MOST
