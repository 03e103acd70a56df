"""SQL files are cut exactly, placed exactly, and known to run in a transaction or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.migrations import trees
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.split import pieces
from contractcheck.migrations.trees import Opaque, ScriptKind, Statement
from contractcheck.model.place import Place
from tests.migrations.trees_in_memory import Files, read, sql

STATEMENTS = [
    "SELECT 1",
    "SELECT 'a;b -- c' AS \"x;y\"",
    "CREATE FUNCTION f() RETURNS int AS $a$ BEGIN; $$;$$ END $a$ LANGUAGE plpgsql",
    "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
    "UPDATE t SET a = E'\\';' WHERE ä = 'é🙂;'",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
    "INSERT INTO t VALUES (1, U&'d\\0061t;')",
]
GAPS = ["", " ", "\n", "\r\n\t", "-- note; here\n", "/* a; /* b */ ; */", "-- ä\n/**/ "]


def test_statements_and_their_places():
    texts = {"d/1_a.up.sql": "-- first\nCREATE TABLE a (id int);\n\n  /* é; */ DROP TABLE ü; SELECT 1\n"}
    (migration,) = read(texts).migrations
    assert migration.up.steps == (
        Statement("CREATE TABLE a (id int)", Place("d/1_a.up.sql", 2, 1)),
        Statement("DROP TABLE ü", Place("d/1_a.up.sql", 4, 12)),
        Statement("SELECT 1", Place("d/1_a.up.sql", 4, 26)),
    )


@given(st.lists(st.tuples(st.sampled_from(GAPS), st.sampled_from(STATEMENTS)), max_size=6), st.sampled_from(GAPS))
def test_cutting_gives_back_what_was_joined(parts, end):
    text = ""
    expected = []
    for gap, statement in parts:
        text += gap
        expected.append((len(text), statement))
        text += statement + ";"
    found = pieces(text + end)
    assert [(piece.offset, piece.sql, piece.error) for piece in found] == [(at, sql, None) for at, sql in expected]


@given(st.lists(st.tuples(st.sampled_from(GAPS), st.sampled_from(STATEMENTS)), max_size=4), st.integers(0, 4))
def test_one_broken_statement_spoils_no_other(parts, index):
    parts = [*parts[:index], ("\n", "SELEC ä FROM (b"), *parts[index:]]
    # An open bracket would swallow what follows up to the next closing one: keep brackets level for the scanner.
    parts = [(gap, statement.replace("(b", "b")) for gap, statement in parts]
    text = "".join(gap + statement + ";" for gap, statement in parts)
    found = pieces(text)
    assert [piece.sql for piece in found] == [statement for _, statement in parts]
    assert [piece.error is not None for piece in found] == ["SELEC " in statement for _, statement in parts]
    assert all(text[piece.offset :].startswith(piece.sql) for piece in found)


def test_a_broken_statement_is_a_finding_at_its_line_and_the_rest_is_read():
    texts = {"d/1_a.up.sql": "CREATE TABLE a (id int);\nALTER TABEL a;\nDROP TABLE a;\n"}
    (migration,) = read(texts).migrations
    assert sql(migration.up.steps) == ["CREATE TABLE a (id int)", '? syntax error at or near "TABEL"', "DROP TABLE a"]
    assert [(each.rule, str(each.place), each.message) for each in migration.defects] == [
        ("migration-unreadable", "d/1_a.up.sql:2:7", 'cannot be read: syntax error at or near "TABEL"')
    ]
    assert migration.up.steps[1] == Opaque(
        Place("d/1_a.up.sql", 2, 1), 'syntax error at or near "TABEL"', "ALTER TABEL a"
    )


@pytest.mark.parametrize(
    ("text", "steps", "line"),
    [
        ("SELECT 1;\nSELECT 'open", ["SELECT 1", '? unterminated quoted string at or near "\'open"'], 2),
        ("SELECT 1; SELECT 2; /* open", ["SELECT 1", "SELECT 2", '? unterminated /* comment at or near "/* open"'], 1),
        ("SELECT $a$ x; ", ['? unterminated dollar-quoted string at or near "$a$ x;"'], 1),
        ("SELECT 1\0;", ["? a NUL character"], 1),
        (
            "\\connect x\nSELECT 1;",
            ["? \\connect is a command of psql, and golang-migrate sends it to the server", "SELECT 1"],
            1,
        ),
    ],
)
def test_text_that_has_no_end(text, steps, line):
    (migration,) = read({"d/1_a.up.sql": text}).migrations
    assert sql(migration.up.steps) == steps
    assert [each.place.line for each in migration.defects] == [line]


@pytest.mark.parametrize("text", ["", "  \n", "-- nothing\n", ";;\n"])
def test_a_file_without_statements_is_empty(text):
    (migration,) = read({"d/1_a.up.sql": text}).migrations
    assert (migration.up.kind, migration.up.steps) == (ScriptKind.EMPTY, ())


def test_bytes_that_are_no_text():
    (migration,) = read({"d/1_a.up.sql": b"SELECT '\xff'", "d/1_a.down.sql": None}).migrations
    assert sql(migration.up.steps) == ["? byte 8 is not UTF-8"]
    assert [each.rule for each in migration.defects] == ["migration-unreadable"]


def test_a_byte_order_mark_is_no_text():
    assert read({"d/1_a.up.sql": b"\xef\xbb\xbfSELECT 1"}).migrations[0].up.steps == (
        Statement("SELECT 1", Place("d/1_a.up.sql", 1, 1), in_transaction=False),
    )


def test_golang_migrate_pairs_by_number():
    found = read(
        {
            "d/10_c.up.sql": "SELECT 10",
            "d/2_b.up.sql": "SELECT 2",
            "d/2_b.down.sql": "SELECT -2",
            "d/001_a.up.sql": "SELECT 1",
            "d/001_other.down.sql": "SELECT -1",
            "d/3_gone.down.sql": "SELECT -3",
            "d/2_twice.up.sql": "SELECT 22",
        }
    )
    assert [
        (each.id, each.parents, sql(each.up.steps), sql(each.down.steps), each.down.kind) for each in found.migrations
    ] == [
        ("001_a", (), ["SELECT 1"], ["SELECT -1"], ScriptKind.CODE),
        ("2_b", ("001_a",), ["SELECT 2"], ["SELECT -2"], ScriptKind.CODE),
        ("2_twice", ("2_b",), ["SELECT 22"], [], ScriptKind.MISSING),
        ("10_c", ("2_twice",), ["SELECT 10"], [], ScriptKind.MISSING),
    ]
    assert found.heads == ("10_c",)
    assert [(each.rule, each.subject, str(each.place), each.message) for each in found.defects] == [
        ("pair-missing", "d/3_gone.down.sql", "d/3_gone.down.sql:1:1", "there is no 3_gone.up.sql beside it"),
        (
            "migration-duplicate-id",
            "2",
            "d/2_twice.up.sql:1:1",
            "2 is the id of several migrations: d/2_b.up.sql, d/2_twice.up.sql",
        ),
    ]


def test_flyway_by_version_then_repeatable():
    found = read(
        {
            "d/V1__a.sql": "SELECT 1",
            "d/V1.10__c.sql": "SELECT 110",
            "d/V1_2__b.sql": "SELECT 12",
            "d/U1.2__b.sql": "SELECT -12",
            "d/R__view.sql": "SELECT 0",
            "d/B1.2__base.sql": "SELECT 99",
            "d/U7__x.sql": "SELECT -7",
            "d/V1.0__again.sql": "SELECT 1",
        }
    )
    assert [(each.id, each.parents, each.labels, sql(each.down.steps)) for each in found.migrations] == [
        ("V1.0__again", (), (), []),
        ("V1__a", ("V1.0__again",), (), []),
        ("V1_2__b", ("V1__a",), (), ["SELECT -12"]),
        ("V1.10__c", ("V1_2__b",), (), []),
        ("R__view", ("V1.10__c",), ("repeatable",), []),
    ]
    assert [(each.rule, each.subject) for each in found.defects] == [
        ("pair-missing", "d/U7__x.sql"),
        ("migration-duplicate-id", "1"),
    ]


def test_a_flyway_baseline_stands_for_versions_that_are_gone():
    found = read({"d/B5__base.sql": "SELECT 5", "d/V6__b.sql": "SELECT 6"})
    assert [each.id for each in found.migrations] == ["B5__base", "V6__b"]


@pytest.mark.parametrize(
    ("texts", "inside"),
    [
        ({"d/1_a.up.sql": "SELECT 1; SELECT 2"}, [True, True]),
        ({"d/1_a.up.sql": "CREATE INDEX CONCURRENTLY i ON t (a)"}, [False]),
        ({"d/1_a.up.sql": "BEGIN; SELECT 1; COMMIT; SELECT 2"}, [True, True, True, True]),
        ({"d/V1__a.sql": "SELECT 1"}, [True]),
        ({"d/V1__a.sql": "SELECT 1; CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"}, [False, False]),
        ({"d/V1__a.sql": "VACUUM t"}, [False]),
        ({"d/V1__a.sql": "SELECT 1", "d/V1__a.sql.conf": "executeInTransaction=false\n"}, [False]),
        ({"d/V1__a.sql": "SELECT 1; COMMIT; SELECT 2"}, [True, True, False]),
    ],
)
def test_what_runs_in_a_transaction(texts, inside):
    assert [step.in_transaction for step in read(texts).migrations[0].up.steps] == inside


def test_single_files_stand_alone_outside_a_transaction_but_for_their_own():
    files = {"x.sql": "SELECT 1; BEGIN; SELECT 2; ROLLBACK TO a; SELECT 3; END; SELECT 4", "y.sql": "SELECT 1"}
    found = trees.read(Files(files), Location("sql", ".", ("x.sql", "y.sql")))
    assert [(each.id, each.parents) for each in found.migrations] == [("x", ()), ("y", ())]
    assert [step.in_transaction for step in found.migrations[0].up.steps] == [
        False,
        True,
        True,
        True,
        True,
        True,
        False,
    ]
