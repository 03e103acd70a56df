"""Derived downgrades in the files of every tool: exactly what is written, and where nothing is."""

import pytest

from contractcheck.migrations import trees
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.fixing import Work, refusals, writer
from contractcheck.migrations.fixing.alembic_code import Names, code
from contractcheck.migrations.fixing.alembic_file import with_downgrade
from contractcheck.migrations.fixing.sql_file import UnwritableError, with_down
from contractcheck.migrations.recognise import find
from contractcheck.migrations.trees import Migration, Script, ScriptKind
from tests.migrations.trees_in_memory import Files

NATIVE, SQL = Names("op", "sa"), Names("o", None)
NOTHING = Script(ScriptKind.MISSING, (), None)


# -- as Alembic says it -----------------------------------------------------------------------------------------------

CALLS = {
    "DROP TABLE t": 'op.drop_table("t")',
    "DROP TABLE app.t": 'op.drop_table("t", schema="app")',
    "DROP INDEX i": 'op.drop_index("i")',
    "ALTER TABLE t DROP COLUMN c": 'op.drop_column("t", "c")',
    "ALTER TABLE t DROP CONSTRAINT c": 'op.drop_constraint("c", "t")',
    "ALTER TABLE t ALTER COLUMN c SET NOT NULL": 'op.alter_column("t", "c", nullable=False)',
    "ALTER TABLE t ALTER COLUMN c DROP NOT NULL": 'op.alter_column("t", "c", nullable=True)',
    "ALTER TABLE t ALTER COLUMN c DROP DEFAULT": 'op.alter_column("t", "c", server_default=None)',
    "ALTER TABLE t ALTER COLUMN c SET DEFAULT 'x'": 'op.alter_column("t", "c", server_default=sa.text("\'x\'"))',
    "ALTER TABLE t ALTER COLUMN c TYPE varchar(5)": 'op.alter_column("t", "c", type_=sa.String(length=5))',
    "ALTER TABLE t ALTER COLUMN c TYPE int USING length(c)": (
        'op.alter_column("t", "c", type_=sa.Integer(), postgresql_using="length(c)")'
    ),
    "ALTER TABLE a RENAME TO b": 'op.rename_table("a", "b")',
    "ALTER TABLE t RENAME COLUMN a TO b": 'op.alter_column("t", "a", new_column_name="b")',
    "CREATE INDEX i ON t (a, b)": 'op.create_index("i", "t", ["a", "b"])',
    "CREATE UNIQUE INDEX i ON app.t (a)": 'op.create_index("i", "t", ["a"], unique=True, schema="app")',
    "CREATE INDEX i ON t (a DESC)": 'op.execute("CREATE INDEX i ON t (a DESC)")',
    "ALTER TABLE t ADD COLUMN c numeric(10,2) NOT NULL DEFAULT 0": (
        'op.add_column("t", sa.Column("c", sa.Numeric(10, 2), server_default=sa.text("0"), nullable=False))'
    ),
    "ALTER TABLE t ADD COLUMN c timestamptz": (
        'op.add_column("t", sa.Column("c", sa.DateTime(timezone=True), nullable=True))'
    ),
    "ALTER TABLE t ADD COLUMN c inet": 'op.execute("ALTER TABLE t ADD COLUMN c inet")',
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)": 'op.create_unique_constraint("c", "t", ["a"])',
    "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a)": 'op.create_primary_key("c", "t", ["a"])',
    "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES app.u (b) ON DELETE CASCADE DEFERRABLE": (
        'op.create_foreign_key("c", "t", "u", ["a"], ["b"], ondelete="CASCADE", deferrable=True, referent_schema="app")'
    ),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": 'op.execute("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)")',
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a) INCLUDE (b)": (
        'op.execute("ALTER TABLE t ADD CONSTRAINT c UNIQUE (a) INCLUDE (b)")'
    ),
    "ALTER TABLE t ADD COLUMN c text DEFAULT ' :x'": (
        'op.add_column("t", sa.Column("c", sa.Text(), server_default=sa.text("\' :x\'"), nullable=True))'
    ),
    "COMMENT ON TABLE t IS 'a :b \\ \"'": 'op.execute("COMMENT ON TABLE t IS \'a \\\\:b \\\\ \\"\'")',
    'CREATE VIEW v AS\nSELECT 1 AS "a"': 'op.execute("""CREATE VIEW v AS\nSELECT 1 AS "a\\"""")',
}


@pytest.mark.parametrize("sql", CALLS)
def test_a_statement_as_a_call(sql):
    assert list(code(sql, NATIVE, native=True)) == [CALLS[sql]]


def test_without_sqlalchemy_or_calls_it_is_sql():
    assert list(code("ALTER TABLE t ADD COLUMN c int", SQL, native=True)) == [
        'o.execute("ALTER TABLE t ADD COLUMN c int")'
    ]
    assert list(code("DROP TABLE t", NATIVE, native=False)) == ['op.execute("DROP TABLE t")']


# -- the file of a revision -------------------------------------------------------------------------------------------

HEAD = "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n    op.execute('x')\n"
DROP = ["DROP TABLE t"]

FILES = {
    "pass": (HEAD + "\n\ndef downgrade():\n    pass\n", HEAD + '\n\ndef downgrade():\n    op.drop_table("t")\n'),
    "not there": (HEAD, HEAD + '\n\ndef downgrade():\n    op.drop_table("t")\n'),
    "no line end": (HEAD.rstrip("\n"), HEAD + '\n\ndef downgrade():\n    op.drop_table("t")\n'),
    "docstring": (
        HEAD + '\n\ndef downgrade() -> None:\n    """Back."""\n\n\nX = 1\n',
        HEAD + '\n\ndef downgrade() -> None:\n    """Back."""\n    op.drop_table("t")\n\n\nX = 1\n',
    ),
    "raises": (
        HEAD
        + "\n\ndef downgrade():\n    'Back.'\n    # why\n    raise Exception(\n        'no'\n    )  # never\n# end\n",
        HEAD + "\n\ndef downgrade():\n    'Back.'\n    # why\n    op.drop_table(\"t\")\n# end\n",
    ),
    "crlf": (
        (HEAD + "\n\ndef downgrade():\n    return None\n").replace("\n", "\r\n"),
        (HEAD + '\n\ndef downgrade():\n    op.drop_table("t")\n').replace("\n", "\r\n"),
    ),
    "tabs": (
        HEAD.replace("    ", "\t") + "\n\ndef downgrade():\n\t...\n",
        HEAD.replace("    ", "\t") + '\n\ndef downgrade():\n\top.drop_table("t")\n',
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_downgrade_is_written_and_the_rest_stays(name):
    before, after = FILES[name]
    assert with_downgrade(before.encode(), DROP).decode() == after


def test_encoding_and_mark_stay():
    latin = b"# coding: latin-1\n# \xe9\n" + HEAD.encode() + b"def downgrade():\n    pass\n"
    assert with_downgrade(latin, DROP) == latin.replace(b"pass", b'op.drop_table("t")')
    marked = b"\xef\xbb\xbf" + HEAD.encode()
    assert with_downgrade(marked, DROP).startswith(b"\xef\xbb\xbffrom alembic")
    with pytest.raises(UnwritableError, match="has no place in iso-8859-1"):
        with_downgrade(latin, ["COMMENT ON TABLE t IS '\u20ac'"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("from alembic import op\n", "there is no upgrade in it"),
        (HEAD.replace("from alembic import op\n", ""), "it does not import op from alembic"),
        (HEAD + "def downgrade():\n    op.execute('y')\n", "its downgrade has code of its own"),
        (HEAD + "def downgrade(): pass\n", "its downgrade stands on the line of its def"),
        (HEAD + "def downgrade():\n    pass; pass\n", None),
        (HEAD + "def downgrade(:\n", "the file cannot be read"),
        (HEAD + "x = '\x0c'\n", "form feeds"),
        (HEAD + "x = 1\r", "carriage return"),
        (HEAD + "x = '\u2028'\n", "line separators"),
    ],
)
def test_where_nothing_is_written(text, why):
    if why is None:
        assert with_downgrade(text.encode(), DROP).decode() == HEAD + 'def downgrade():\n    op.drop_table("t")\n'
        return
    with pytest.raises(UnwritableError, match=why):
        with_downgrade(text.encode(), DROP)


def test_names_of_the_module_are_used():
    text = "from alembic import op as o\nimport sqlalchemy\ndef upgrade():\n  pass\n"
    made = with_downgrade(text.encode(), ["ALTER TABLE t ADD COLUMN c int"]).decode()
    assert (
        made
        == text
        + '\n\ndef downgrade():\n  o.add_column("t", sqlalchemy.Column("c", sqlalchemy.Integer(), nullable=True))\n'
    )


# -- files of SQL -----------------------------------------------------------------------------------------------------


def migration(tool, path):
    return Migration("m", path, tool, (), (), (), NOTHING, NOTHING, ())


def down(tool, path, files, statements=("DROP TABLE a", "DROP TABLE b;")):
    path, content = with_down(Files(files), migration(tool, path), statements)
    return path, content.decode()


def test_pairs():
    both = "DROP TABLE a;\nDROP TABLE b;\n"
    up = {"m/1_a.up.sql": "x", "m/2_b.sql": "x\r\n", "m/V3__c.sql": "x", "m/4/up.sql": "x", "s/deploy/n.sql": "x"}
    assert down("golang-migrate", "m/1_a.up.sql", up) == ("m/1_a.down.sql", both)
    assert down("numbered", "m/1_a.up.sql", up) == ("m/1_a.down.sql", both)
    assert down("numbered", "m/2_b.sql", up) == ("m/2_b.down.sql", both.replace("\n", "\r\n"))
    assert down("flyway", "m/V3__c.sql", up) == ("m/U3__c.sql", both)
    assert down("diesel", "m/4/up.sql", up) == ("m/4/down.sql", both)
    assert down("sqitch", "s/deploy/n.sql", up) == ("s/revert/n.sql", both)


def test_an_empty_pair_is_filled_and_its_comments_stay():
    files = {"m/1_a.up.sql": "x", "m/1_a.down.sql": "\ufeff-- Revert\nSELECT 1;\n"}
    assert down("golang-migrate", "m/1_a.up.sql", files) == (
        "m/1_a.down.sql",
        "\ufeff-- Revert\nDROP TABLE a;\nDROP TABLE b;\n",
    )
    files["m/1_a.down.sql"] = "DROP TABLE other;"
    with pytest.raises(UnwritableError, match=r"m/1_a.down.sql has statements of its own"):
        down("golang-migrate", "m/1_a.up.sql", files)
    with pytest.raises(UnwritableError, match="is not UTF-8"):
        with_down(
            Files({"m/1_a.up.sql": "x", "m/1_a.down.sql": b"-- \xff"}),
            migration("golang-migrate", "m/1_a.up.sql"),
            ["x"],
        )
    with pytest.raises(UnwritableError, match="does not say which way it goes"):
        down("golang-migrate", "m/1_a.sql", {"m/1_a.sql": "x"})


def test_sections():
    goose = "-- +goose Up\nCREATE TABLE a (id int);\n"
    assert down("goose", "m/1.sql", {"m/1.sql": goose}) == (
        "m/1.sql",
        goose + "\n-- +goose Down\nDROP TABLE a;\n-- +goose StatementBegin\nDROP TABLE b;\n-- +goose StatementEnd\n",
    )
    assert down("goose", "m/1.sql", {"m/1.sql": goose + "-- +goose Down\n-- none\n"}, ["DROP TABLE a"]) == (
        "m/1.sql",
        goose + "-- +goose Down\n-- none\nDROP TABLE a;\n",
    )
    empty = "-- +goose Down\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n"
    assert down("goose", "m/1.sql", {"m/1.sql": goose + empty}, ["DROP TABLE a"]) == (
        "m/1.sql",
        goose + "-- +goose Down\nDROP TABLE a;\n",
    )
    dbmate = "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down"
    assert down("dbmate", "m/1.sql", {"m/1.sql": dbmate}, ["DROP TABLE a -- it\n"]) == (
        "m/1.sql",
        dbmate + "\nDROP TABLE a -- it\n;\n",
    )
    with pytest.raises(UnwritableError, match="has statements of its own"):
        down("dbmate", "m/1.sql", {"m/1.sql": dbmate + "\nDROP TABLE b;\n"})
    with pytest.raises(UnwritableError, match="is not the last of its sections"):
        down("dbmate", "m/1.sql", {"m/1.sql": "-- migrate:down\n-- migrate:up\nx"})


def test_rollbacks():
    text = "--liquibase formatted sql\n--changeset a:1\nCREATE TABLE a (id int);"
    assert down("liquibase", "m/1.sql", {"m/1.sql": text}, ["DROP TABLE a"]) == (
        "m/1.sql",
        text + "\n-- rollback DROP TABLE a;\n",
    )
    with pytest.raises(UnwritableError, match="several changesets"):
        down("liquibase", "m/1.sql", {"m/1.sql": text + "\n--changeset a:2\n"})
    with pytest.raises(UnwritableError, match="a rollback of several lines"):
        down("liquibase", "m/1.sql", {"m/1.sql": text}, ["DROP\nTABLE a"])
    with pytest.raises(UnwritableError, match="prisma has no way back"):
        down("prisma", "m/1/migration.sql", {"m/1/migration.sql": "x"})


# -- trees ------------------------------------------------------------------------------------------------------------


def work(texts, server="postgresql"):
    files = Files(texts)
    (location,), _ = find(files)
    tree = trees.read(files, location, dialect=server)
    target = Server(16) if server == "postgresql" else Server(8, dialect=server)
    return Work(files, location, tree, examine(tree, target), {})


TREES = {
    "golang-migrate": ({"m/1_a.up.sql": "CREATE TABLE t (id int);", "m/1_a.down.sql": "DROP TABLE t;", "m/2_b.up.sql": "ALTER TABLE t ADD c int;"}, {"m/2_b.down.sql": "ALTER TABLE t DROP COLUMN c;\n"}),
    "goose": ({"m/1_a.sql": "-- +goose Up\nCREATE TABLE t (id int);\n-- +goose Down\nDROP TABLE t;\n", "m/2_b.sql": "-- +goose Up\nALTER TABLE t ADD c int;\n"}, {"m/2_b.sql": "-- +goose Up\nALTER TABLE t ADD c int;\n\n-- +goose Down\nALTER TABLE t DROP COLUMN c;\n"}),
    "dbmate": ({"m/1_a.sql": "-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;\n", "m/2_b.sql": "-- migrate:up\nALTER TABLE t ADD c int;\n-- migrate:down\n"}, {"m/2_b.sql": "-- migrate:up\nALTER TABLE t ADD c int;\n-- migrate:down\nALTER TABLE t DROP COLUMN c;\n"}),
    "diesel": ({"migrations/2024-01-01-000000_a/up.sql": "CREATE TABLE t (id int);", "migrations/2024-01-01-000000_a/down.sql": "DROP TABLE t;", "migrations/2024-01-02-000000_b/up.sql": "ALTER TABLE t ADD c int;", "migrations/2024-01-02-000000_b/down.sql": "-- nothing\n"}, {"migrations/2024-01-02-000000_b/down.sql": "-- nothing\nALTER TABLE t DROP COLUMN c;\n"}),
    "flyway": ({"m/V1__a.sql": "CREATE TABLE t (id int);", "m/U1__a.sql": "DROP TABLE t;", "m/V2__b.sql": "ALTER TABLE t ADD c int;"}, {"m/U2__b.sql": "ALTER TABLE t DROP COLUMN c;\n"}),
}  # fmt: skip


@pytest.mark.parametrize("tool", TREES)
def test_the_missing_downgrades_of_a_tree(tool):
    texts, expected = TREES[tool]
    found = work(texts)
    assert found.tree.tool == tool
    made = writer("downgrade")(found)
    assert {edit.path: edit.content.decode() for fix in made for edit in fix.edits} == expected
    assert {(edit.rules, fix.edits) for fix in made for edit in fix.edits} == {
        (("downgrade-missing",), fix.edits) for fix in made
    }
    assert refusals("downgrade")(found) == ()
    after = work({**texts, **expected})
    assert writer("downgrade")(after) == ()
    assert {str(each.reversibility.verdict) for each in after.examined} == {"proved"}


REVISION = "from alembic import op\nimport sqlalchemy as sa\nrevision = {0!r}\ndown_revision = {1!r}\ndef upgrade():\n    {2}\n"


def test_why_nothing_is_written():
    texts = {
        "v/versions/a.py": REVISION.format("a", None, "op.execute('CREATE TABLE t (id int, n text NOT NULL)')"),
        "v/versions/b.py": REVISION.format("b", "a", "op.drop_column('t', 'n')"),
    }
    found = work(texts)
    assert refusals("downgrade")(found) == (
        ("v/versions/b.py", "t.n: it was NOT NULL without a default, and rows would have no value for it"),
    )
    (fix,) = writer("downgrade")(found)
    assert [edit.path for edit in fix.edits] == ["v/versions/a.py"]
    forward = work({"m/V1__a.sql": "CREATE TABLE t (id int);"})
    assert refusals("downgrade")(forward) == (("m/V1__a.sql", "nothing in this tree has a way back"),)
    other = work({"m/1_a.up.sql": "CREATE TABLE t (id int);", "m/1_a.down.sql": "-- none"}, server="mysql")
    assert refusals("downgrade")(other) == (("m/1_a.up.sql", "downgrades are derived for PostgreSQL only"),)
    code_ = texts["v/versions/a.py"] + "def downgrade():\n    x = 1\n    raise ValueError(x)\n"
    assert refusals("downgrade")(work({"v/versions/a.py": code_})) == (
        ("v/versions/a.py", "its downgrade has code of its own"),
    )


def test_nothing_is_missing():
    assert writer("downgrade")(work({"m/1_a.up.sql": "SELECT 1;"})) == ()
