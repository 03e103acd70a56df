"""Comments in migrations: which statement each belongs to, over how many lines it goes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.policy.comments import comments
from contractcheck.policy.inline import of_migration


def found(text, file="m/1.sql"):
    return [(each.text.strip(), each.line, each.covers) for each in comments(text, file)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- a\nDROP TABLE x;\n", [("a", 1, (2, 2))]),
        ("-- a\n\n-- b\nALTER TABLE x\n  DROP y;\n", [("a", 1, (4, 5)), ("b", 3, (4, 5))]),
        # Behind any line of a statement, the last included.
        (
            "ALTER TABLE x -- a\n  DROP y, -- b\n  DROP z; -- c\n",
            [("a", 1, (1, 3)), ("b", 2, (1, 3)), ("c", 3, (1, 3))],
        ),
        ("DROP TABLE x; -- a\n-- b\nDROP TABLE y;\n", [("a", 1, (1, 1)), ("b", 2, (3, 3))]),
        ("DROP TABLE x; DROP TABLE y; -- a\n", [("a", 1, (1, 1))]),
        ("/* a */ DROP TABLE x; /* b */ DROP TABLE y;", [("a", 1, (1, 1)), ("b", 1, (1, 1))]),
        # Comments of several lines.
        ("/* a\n * b\n */\nDROP TABLE x;\n", [("a b", 1, (4, 4))]),
        ("/* a /* b */\n c */ DROP TABLE x;", [("a /* b */ c", 1, (2, 2))]),
        ("-- a\n--   b\n--   c\nDROP TABLE x;", [("a b c", 1, (4, 4))]),
        ("-- a\n-- b\n\n--   c\nDROP TABLE x;", [("a", 1, (5, 5)), ("b", 2, (5, 5)), ("c", 4, (5, 5))]),
        # What is quoted is no comment, and ends no statement.
        ("INSERT INTO x VALUES ('-- a; ''b');\n-- c\nDROP TABLE x;", [("c", 2, (3, 3))]),
        ("SELECT E'\\'-- a'; -- b\n", [("b", 1, (1, 1))]),
        ('DROP TABLE "x--;y"; -- a\n', [("a", 1, (1, 1))]),
        ("DROP TABLE `x--;y`; # contractcheck: a\n", [("contractcheck: a", 1, (1, 1))]),
        ("SELECT 1 # 2; -- a\n", [("a", 1, (1, 1))]),
        # A body of code: its own statements are none of the script's.
        (
            "DO $x$\nBEGIN\n  DROP TABLE a; -- contractcheck: b\n  -- c\nEND $x$;\nDROP TABLE d;",
            [("contractcheck: b", 3, (1, 5))],
        ),
        # Nothing follows, something is not closed.
        ("DROP TABLE x;\n-- a", [("a", 2, (2, 2))]),
        ("-- a\nDROP TABLE x", [("a", 1, (2, 2))]),
        ("/* a", [("a", 1, (1, 1))]),
        ("SELECT $$ -- a\n'", []),
        (";;-- a\n", [("a", 1, (2, 2))]),
        ("", []),
    ],
)
def test_sql(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a\nop.f(\n    1,  # b\n)\n", [("a", 1, (2, 4)), ("b", 3, (2, 4))]),
        ("# a\n#   b (c)\nx = 1\n", [("a b (c)", 1, (3, 3))]),
        ("def f():\n    x = 1  # a\n    # b\n    y = '# c'\n", [("a", 2, (2, 2)), ("b", 3, (4, 4))]),
        ("x = 1\n# a\n", [("a", 2, (3, 3))]),
        ("x = (\n# a\n", []),
    ],
)
def test_python(text, expected):
    assert found(text, "m/1.py") == expected


def test_a_waiver_of_several_lines():
    told = "contractcheck: ignore[data-lost-on-upgrade,\n{0}  rewrite-large-table] the table has\n{0}  200 rows (owner: me,\n{0}  expires: 2999-01-01)"
    for text, file in (
        ("-- " + told.format("--") + "\nALTER TABLE x\n  DROP y;\n", "m/1.sql"),
        ("/* " + told.format("") + " */\nALTER TABLE x\n  DROP y;\n", "m/1.sql"),
        ("# " + told.format("#") + "\nop.f(\n  1)\n", "m/1.py"),
    ):
        waivers = of_migration(text, file)
        assert [each.rule for each in waivers] == ["data-lost-on-upgrade", "rewrite-large-table"]
        assert {(each.reason, each.owner, str(each.expires), each.lines, each.flaw) for each in waivers} == {
            ("the table has 200 rows", "me", "2999-01-01", (5, 6), "")
        }


pieces = st.sampled_from(
    [
        "-- contractcheck: ignore[x] y\n",
        "/*",
        "*/",
        "'",
        '"',
        "$$",
        "$a$",
        ";",
        "\n",
        "DROP",
        " ",
        "--",
        "`",
        "E'\\'",
        "#",
    ]
)


@settings(max_examples=200)
@given(st.lists(pieces, max_size=25).map("".join))
def test_any_text_is_read_to_its_end(text):
    lines = text.count("\n") + 1
    for each in comments(text, "m/1.sql"):
        assert 1 <= each.line <= lines
        assert 1 <= each.covers[0] <= each.covers[1] <= lines
    of_migration(text, "m/1.sql")
    of_migration(text, "m/1.py")
