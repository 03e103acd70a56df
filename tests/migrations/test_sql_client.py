"""Files as people have them: commands of clients, data, templates, other dialects, and texts that are no SQL."""

import pytest

from contractcheck.migrations import trees
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.client import Act, command, copied
from contractcheck.migrations.sql_files.lexing import ChunkKind, chunks
from contractcheck.migrations.sql_files.script import ALIKE, MOST, UNKNOWN
from contractcheck.migrations.sql_files.split import pieces, refusal
from tests.migrations.trees_in_memory import Files, outline


def psql(text, **others):
    """The steps of a file that psql reads, and the findings about it as (line, what)."""
    files = {"d/x.sql": text, **{f"d/{name.replace('_', '.')}": other for name, other in others.items()}}
    (migration,) = trees.read(Files(files), Location("sql", "d", ("d/x.sql",))).migrations
    wrong = [(each.place.line, each.message.removeprefix("cannot be read: ")) for each in migration.defects]
    return outline(migration.up.steps), wrong


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("\\set ON_ERROR_STOP on\n\\echo 'x; y'\n\\pset pager off\n\\restrict abc\nSELECT 1;\n\\unrestrict abc\n", ["SELECT 1"]),
        ("\\set t 'my table'\nDROP TABLE :\"t\";\nSELECT :'t', ':t', a[1:2]::text;", ['DROP TABLE "my table"', "SELECT 'my table', ':t', a[1:2]::text"]),
        ("\\set cols 'a, b'\nSELECT :cols FROM t;", ["SELECT a, b FROM t"]),
        ("SELECT :'who';\nSELECT :what;", ["SELECT $1", "? :what is filled in before it runs"]),
        ("\\prompt 'name' n\nDROP TABLE :\"n\";", ['? :"n" is filled in before it runs']),
        ("SELECT 1;\n\\connect other\nSELECT 2;\n\\c - bob\nSELECT 3;", ["SELECT 1", "? from here on another database is worked on", "SELECT 2", "SELECT 3"]),
        ("SELECT 1;\n\\q\nSELECT 2;", ["SELECT 1"]),
        ("\\! rm x\n\\foo\n\\watch\n", ["? a program of the shell is run", "? \\foo is no command that is known", "? a statement is repeated for as long as somebody watches"]),
        ("SELECT 'DROP TABLE t'\n\\gexec\nSELECT 1 \\g\nSELECT 2\\gset v_\nSELECT 3;", ["SELECT 'DROP TABLE t'", "? what a query answers is run as statements", "SELECT 1", "SELECT 2", "SELECT 3"]),
        ("SELECT 1\\;SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("\\copy t (a, b) from 'f.csv' with (format csv)\n\\copy (SELECT 1) to stdout\n\\copy nonsense\n", ["COPY t (a, b) FROM STDIN with (format csv)", "COPY (SELECT 1) TO STDOUT", "? a form of \\copy that is not known"]),
        ("COPY t (a) FROM stdin;\nSELECT 'no;\n\\x\n\\.\nSELECT 1;", ["COPY t (a) FROM stdin", "SELECT 1"]),
        ("COPY t FROM STDIN;\nSELECT 1;", ["COPY t FROM STDIN", "SELECT 1"]),
        ("\\if :x\nDROP TABLE a;\n\\elif :y\nDROP TABLE b;\n\\endif\nSELECT 1;", ["? which way is taken depends on a condition of psql [DROP TABLE a / DROP TABLE b / nothing]", "SELECT 1"]),
        ("\\if 1\nSELECT 1;\n\\else\nSELECT 2;\n\\q\n", ["? which way is taken depends on a condition of psql [SELECT 1 / SELECT 2; ? whether the rest runs depends on a condition]"]),
        ("\\ir part.sql\n\\i d/part.sql\n\\i ../gone.sql\n\\i\n\\ir x.sql", ["SELECT 9", "SELECT 9", "? it reads ../gone.sql, which is not here", "? \\i names no file", "? files include each other"]),
        ("DELIMITER //\nSELECT 1; SELECT 2//\nDELIMITER ;\nSELECT 3;", ["SELECT 1; SELECT 2", "SELECT 3"]),
        ("SELECT '{{ a }}', '${b}', $$ {{ c }} $$;", ["SELECT '{{ a }}', '${b}', $$ {{ c }} $$"]),
        ('DROP TABLE "${schema}".t;\nDROP TABLE {{ name }};\n{% if x %}\nSELECT 1;\nINSERT INTO t VALUES (%(a)s, %s);', ["? the value of ${schema} is not known", "? {{ name }} is filled in before it runs", "? {% if x %} is filled in before it runs", "? %(a)s is filled in before it runs"]),
        ("-- \\x {{ }} it's\n/* \\y /* ' */ */ SELECT 1;", ["SELECT 1"]),
        ("\ufeffSELECT 1;\r\nSELECT\r\n2;\r\n", ["SELECT 1", "SELECT 2"]),
    ],
)  # fmt: skip
def test_files_for_psql(text, steps):
    assert psql(text, part_sql="SELECT 9;") == (steps, [])


@pytest.mark.parametrize(
    ("text", "steps", "wrong"),
    [
        ("SELECT (1;\nDROP TABLE a;\nDROP TABLE b;", ["? syntax error at end of input", "DROP TABLE a", "DROP TABLE b"], [(1, "syntax error at end of input")]),
        ("CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b);\nSELEC;", ["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", '? syntax error at or near "SELEC"'], [(2, 'syntax error at or near "SELEC"')]),
        ("SELECT 1\n\\echo x\n;", ["? \\echo stands inside a statement"], [(2, "\\echo stands inside a statement")]),
        ("\\endif\nSELECT 1;", ["? \\endif without \\if", "SELECT 1"], [(1, "\\endif without \\if")]),
        ("\\ir bad.sql\nSELECT 1;", ["? byte 0 is not UTF-8", "SELECT 1"], [(1, "byte 0 is not UTF-8")]),
        (b"\xff\xfeS\0", ["? it is UTF-16, and servers read UTF-8"], [(1, "it is UTF-16, and servers read UTF-8")]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file(text, steps, wrong):
    assert psql(text, bad_sql=b"\xff") == (steps, wrong)


def test_a_delimiter_is_a_command_that_only_a_client_takes():
    files = {"d/1_a.up.sql": "DELIMITER //\nSELECT 1//"}
    (migration,) = trees.read(Files(files), Location("golang-migrate", "d", tuple(files))).migrations
    error = "DELIMITER is a command of mysql, and golang-migrate sends it to the server"
    assert outline(migration.up.steps) == [f"? {error}", "SELECT 1"]
    assert [each.message for each in migration.defects] == [f"cannot be read: {error}"]


@pytest.mark.parametrize(
    ("arguments", "sql"),
    [
        ("t from stdin", "COPY t FROM STDIN"),
        ("s.t(a) FROM PROGRAM 'x y' csv header", "COPY s.t(a) FROM STDIN csv header"),
        ("t to '/f'", "COPY t TO STDOUT"),
        ("t", None),
    ],
)
def test_copies(arguments, sql):
    assert copied(arguments) == sql


def test_commands():
    assert command("DELIMITER //").act is Act.NOTHING
    assert command("\\").act is Act.UNKNOWN
    assert (command("\\set").arguments, command("\\set a 'b''c' d").arguments) == ((), ("a", "b'cd"))
    assert [command(text).act for text in ("\\dt+ x", "\\gx", "\\quit", "\\include f")] == [
        Act.NOTHING,
        Act.NOTHING,
        Act.QUIT,
        Act.INCLUDE,
    ]


def cut(text, dialect):
    return [text[each.start : each.end] for each in chunks(text, dialect=dialect) if each.kind is ChunkKind.STATEMENT]


@pytest.mark.parametrize(
    ("dialect", "text", "statements"),
    [
        ("mysql", "SELECT 1; # it's\nSELECT 'a\\';b', \"x;\", `y;`; --not a comment;", ["SELECT 1", "SELECT 'a\\';b', \"x;\", `y;`", "--not a comment"]),
        ("mariadb", "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\nDELIMITER ;\nSELECT 2;", ["CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2"]),
        ("mysql", "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN IF a THEN SELECT CASE WHEN 1 THEN 2 END; END IF; END; SELECT 3", ["CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN IF a THEN SELECT CASE WHEN 1 THEN 2 END; END IF; END", "SELECT 3"]),
        ("mysql", "/*!40101 SET NAMES utf8 */; /* a /* b */ SELECT 1;", ["/*!40101 SET NAMES utf8 */", "SELECT 1"]),
        ("sqlite", "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = 'x;'; END; BEGIN; SELECT `;`; COMMIT;", ["CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = 'x;'; END", "BEGIN", "SELECT `;`", "COMMIT"]),
    ],
)  # fmt: skip
def test_statements_of_other_dialects(dialect, text, statements):
    assert cut(text, dialect) == statements


def test_other_dialects_are_not_parsed_here():
    files = {"d/1_a.up.sql": "ALTER TABLE `t` ENGINE=InnoDB;\nSELECT 'open", "d/1_a.down.sql": "SELECT 1;"}
    (migration,) = trees.read(Files(files), Location("golang-migrate", "d", tuple(files)), dialect="mysql").migrations
    assert outline(migration.up.steps) == ["ALTER TABLE `t` ENGINE=InnoDB", "? a quote (') that never ends"]
    assert [each.place.line for each in migration.defects] == [2]


def test_many_statements_on_the_rows_of_one_table_are_one():
    insert = "INSERT INTO t VALUES"
    rows = "".join(f"{insert} ({n});\n" for n in range(ALIKE + 100))
    first, _ = psql(f"CREATE TABLE t (a int);\n{rows}DROP TABLE t;")
    assert (len(first), first[-1]) == (ALIKE + 3, "DROP TABLE t")
    assert first[-2].startswith(f"{insert} ({ALIKE}) /* and 99 more on the same rows, digest ")
    edited, _ = psql(f"CREATE TABLE t (a int);\n{rows.replace(f'({ALIKE + 50})', '(-1)')}DROP TABLE t;")
    assert [old == new for old, new in zip(first, edited, strict=True)].count(False) == 1


def test_budgets_are_said_once():
    steps, wrong = psql("".join(f"DROP TABLE t{n};\n" for n in range(MOST + 10)))
    assert (len(steps), steps[-1], wrong) == (MOST + 1, f"? more than {MOST} statements: the rest is not looked at", [])
    steps, wrong = psql("SELEC;\n" * (UNKNOWN + 10))
    assert (len(steps), len(wrong)) == (UNKNOWN + 1, UNKNOWN)
    assert steps[-1] == f"? more than {UNKNOWN} statements cannot be read: the rest is not looked at"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT " + "(" * 30_000 + "1" + ")" * 30_000, "brackets are nested more than 20000 deep"),
        ("/*" * 3_000, "more than 1000 comments are open at once"),
        ("SELECT '" + "x" * 500, "unterminated quoted string at or near \"'" + "x" * 119 + "…"),
        ("(" * 30_000 + ")" * 10, "brackets are nested more than 20000 deep"),
        ("SELECT " + "(1)," * 25_000 + "1", None),
    ],
)
def test_texts_that_would_cost_the_parser_too_much(text, found):
    assert (refusal(text) or (None,))[0] == found


def test_commands_in_a_text_of_statements():
    found = pieces("\\echo x\nSELECT 1; SELECT 2\0;")
    assert [(each.sql, each.error) for each in found] == [
        ("\\echo x", "\\echo is a command of a client program"),
        ("SELECT 1", None),
        ("SELECT 2\0", "a NUL character"),
    ]
