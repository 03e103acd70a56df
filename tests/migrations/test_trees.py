"""Trees are found, told apart, and put in order."""

import pytest

from contractcheck.errors import UndecidableError, UsageError
from contractcheck.migrations import trees
from contractcheck.migrations.recognise import Location, find
from contractcheck.model.report import Skipped
from tests.migrations.trees_in_memory import HEAD, Files, read


def revision(name, down, body="    pass\n", more=""):
    return f"from alembic import op\nrevision = {name!r}\ndown_revision: str | None = {down!r}\n{more}\ndef upgrade():\n{body}"


ALEMBIC = {"m/env.py": "", "m/versions/a.py": revision("a", None), "m/versions/b.py": revision("b", "a")}
GOLANG = {"sql/1_a.up.sql": "SELECT 1", "sql/1_a.down.sql": "SELECT 2"}
FLYWAY = {"fly/V1__a.sql": "SELECT 1", "fly/deep/V2__b.sql": "SELECT 2"}


def locations(texts, **options):
    return [(each.tool, each.folder, each.files, each.asked) for each in find(Files(texts), **options)[0]]


def test_trees_of_every_tool_that_is_read():
    assert locations({**ALEMBIC, **GOLANG, **FLYWAY, "other/x.sql": "SELECT 1", "m/versions/notes.py": "x = 1"}) == [
        ("alembic", "m", ("m/versions/a.py", "m/versions/b.py"), ()),
        ("flyway", "fly", ("fly/V1__a.sql", "fly/deep/V2__b.sql"), ()),
        ("golang-migrate", "sql", ("sql/1_a.down.sql", "sql/1_a.up.sql"), ()),
    ]


def test_a_snapshot_that_starts_inside_the_tree():
    assert locations({"env.py": "", "versions/a.py": revision("a", None)}) == [("alembic", ".", ("versions/a.py",), ())]
    assert locations({"a.py": revision("a", None)}, include=["."]) == [("alembic", ".", ("a.py",), ())]


def test_revisions_beside_an_env_are_a_tree_without_a_folder_called_versions():
    assert locations({"db/env.py": "", "db/revisions/a.py": revision("a", None)}) == [
        ("alembic", "db/revisions", ("db/revisions/a.py",), ())
    ]


@pytest.mark.parametrize(
    ("ini", "folder", "files"),
    [
        ("[alembic]\nscript_location = src/db\n", "src/db", ("src/db/versions/a.py",)),
        (
            "[alembic]\nscript_location = %(here)s/src/db\nversion_locations = %(here)s/one %(here)s/two\n",
            "src/db",
            ("one/a.py", "two/b.py"),
        ),
        ("[alembic]\nscript_location = src:db\nversion_locations = one,two\n", "src/db", ("one/a.py", "two/b.py")),
        (
            "[alembic]\nscript_location = src/db\nversion_locations = one\nrecursive_version_locations = true\n",
            "src/db",
            ("one/a.py", "one/deep/c.py"),
        ),
    ],
)
def test_places_that_an_alembic_ini_names(ini, folder, files):
    texts = {
        "alembic.ini": ini,
        "src/db/versions/a.py": revision("a", None),
        "one/a.py": revision("a1", None),
        "one/deep/c.py": revision("c1", "a1"),
        "two/b.py": revision("b1", "a1"),
    }
    assert ("alembic", folder, files, ()) in locations(texts)


def test_a_broken_ini_is_no_tree_and_no_failure():
    assert locations({"alembic.ini": "script_location = x\n", **ALEMBIC}) == locations(ALEMBIC)
    assert locations({"alembic.ini": None, "x/alembic.ini": "[a]\nb = c\n", **ALEMBIC}) == locations(ALEMBIC)


@pytest.mark.parametrize("name", ["m", "m/versions", "m/"])
def test_a_named_folder(name):
    assert locations({**ALEMBIC, **GOLANG}, include=[name]) == [
        ("alembic", "m", ("m/versions/a.py", "m/versions/b.py"), ())
    ]


def test_named_files_bring_their_tree():
    assert locations(
        {**ALEMBIC, **GOLANG, "x.sql": "SELECT 1"}, include=["m/versions/b.py", "sql/1_a.up.sql", "x.sql"]
    ) == [
        ("alembic", "m", ("m/versions/a.py", "m/versions/b.py"), ("m/versions/b.py",)),
        ("golang-migrate", "sql", ("sql/1_a.down.sql", "sql/1_a.up.sql"), ("sql/1_a.up.sql",)),
        ("sql", ".", ("x.sql",), ("x.sql",)),
    ]
    assert locations({"d/x.sql": "SELECT 1", "d/y.sql": "SELECT 1"}, include=["d"]) == [
        ("sql", "d", ("d/x.sql", "d/y.sql"), ())
    ]


def test_naming_something_without_migrations_is_said():
    with pytest.raises(UndecidableError) as error:
        find(Files({"d/x.txt": ""}), include=["d"])
    assert str(error.value) == "d: no migrations here that are read; name a tree's folder, its versions, or SQL files"


def test_excluded_paths_are_not_looked_at():
    assert locations({**ALEMBIC, **GOLANG}, exclude=["sql/*", "m/"]) == []


def test_two_tools_that_claim_one_folder():
    texts = {"d/1_a.up.sql": "SELECT 1", "d/V1__a.sql": "SELECT 1"}
    with pytest.raises(UndecidableError) as error:
        find(Files(texts))
    assert (error.value.exit_code, str(error.value)) == (
        3,
        'd: flyway and golang-migrate both claim this folder; say whose it is: [migrations.tools] "FOLDER" = "TOOL" in the configuration',
    )
    assert locations(texts, tools={"d": "flyway"}) == [("flyway", "d", ("d/V1__a.sql",), ())]


def test_other_tools_are_skipped_by_name():
    texts = {
        "app/migrations/0001_initial.py": "class Migration(migrations.Migration): pass",
        "db/migrate/20200101_x.rb": "class X < ActiveRecord::Migration[7.0]",
        "orm/migrations/1600000000000-X.ts": "implements MigrationInterface",
        "knex/migrations/20200101_x.js": "exports.up = knex => 1",
        "seq/migrations/20200101-x.js": "up: (queryInterface) => 1",
        "pgm/migrations/1600000000_x.js": "exports.up = (pgm) => 1",
        "ef/Migrations/20200101000000_X.cs": "class X : Migration",
        "php/database/migrations/2020_01_01_000000_x.php": "extends Migration",
        "doctrine/migrations/Version20200101.php": "extends AbstractMigration",
        "phinx/db/migrations/20200101_x.php": "extends AbstractMigration",
        "ex/priv/repo/migrations/20200101_x.exs": "use Ecto.Migration",
        "changelog/a.xml": "<databaseChangeLog>",
        "liquibase/b.yaml": "databaseChangeLog:",
        "java/db/migration/V1__x.java": "extends BaseJavaMigration",
        "go/migrations/00001_x.go": "goose.AddMigrationContext(up, down)",
        "plain/migrations/0001_notes.py": "x = 1",
        "link/migrations/0002_x.py": None,
        "lite/prisma/migrations/20200101000000_x/migration.sql": "SELECT 1",
        "lite/prisma/migrations/migration_lock.toml": 'provider = "sqlite"',
        "mine/sqitch.plan": "%project=x",
        "mine/sqitch.conf": "[core]\n\tengine = mysql\n",
    }
    tools = {
        "app/migrations": "Django", "db/migrate": "Rails", "orm/migrations": "TypeORM", "knex/migrations": "knex",
        "seq/migrations": "Sequelize", "pgm/migrations": "node-pg-migrate", "ef/Migrations": "Entity Framework",
        "php/database/migrations": "Laravel", "doctrine/migrations": "Doctrine", "phinx/db/migrations": "Phinx",
        "ex/priv/repo/migrations": "Ecto", "changelog": "Liquibase in XML", "liquibase": "Liquibase in YAML or JSON",
        "java/db/migration": "Flyway in Java", "go/migrations": "goose in Go",
    }  # fmt: skip
    expected = [Skipped(folder, f"migrations of {tool} are not read") for folder, tool in tools.items()]
    expected += [
        Skipped("lite/prisma/migrations", "prisma says it is for sqlite, the server is not"),
        Skipped("mine", "sqitch says it is for mysql, the server is not"),
    ]
    assert find(Files(texts), dialect="postgresql") == ((), tuple(sorted(expected)))
    assert [each.folder for each in find(Files(texts), dialect="mariadb")[0]] == ["mine"]


def test_a_tool_without_reader():
    with pytest.raises(UsageError):
        trees.read(Files({}), Location("django", "d", ()))


def tree(*revisions):
    return read(
        {
            f"m/versions/{index}_{name}.py": revision(name, down, more=more)
            for index, (name, down, more) in enumerate(revisions)
        }
    )


def test_order_is_parents_first_then_by_id():
    found = tree(("d", ("b", "c"), ""), ("c", "a", ""), ("b", "a", ""), ("a", None, ""))
    assert [(each.id, each.parents) for each in found.migrations] == [
        ("a", ()),
        ("b", ("a",)),
        ("c", ("a",)),
        ("d", ("b", "c")),
    ]
    assert (found.heads, found.defects) == (("d",), ())


def test_depends_on_labels_and_short_names():
    found = tree(
        ("a123456", None, "branch_labels = ('x',)\n"),
        ("b", None, "depends_on = ['x@head', 'a1234']\n"),
        ("c", ["b"], "NAME = 'b'\ndepends_on = (NAME, 'x')\nbranch_labels: str = 'y'\n"),
    )
    assert [(each.id, each.depends_on, each.labels) for each in found.migrations] == [
        ("a123456", (), ("x",)),
        ("b", ("x@head", "a1234"), ()),
        ("c", ("b", "x"), ("y",)),
    ]
    assert (found.heads, found.defects) == (("c",), ())


@pytest.mark.parametrize(
    ("revisions", "order", "heads", "defects"),
    [
        ((("a", None, ""), ("b", "a", ""), ("c", "a", "")), "abc", ("b", "c"), [("several-heads", "heads", "2_c", "2 migrations have no successor: b, c")]),
        ((("a", None, ""), ("b", "x", "")), "ab", ("a", "b"), [
            ("migration-parent-unknown", "b", "1_b", "b follows x, which is not in the tree"),
        ]),
        ((("a", "c", ""), ("b", "a", ""), ("c", "b", "")), "abc", (), [("migration-cycle", "a, b, c", "0_a", "these migrations follow each other in a circle: a, b, c")]),
        ((("a", "a", ""),), "a", ("a",), [("migration-cycle", "a", "0_a", "these migrations follow each other in a circle: a")]),
        ((("a", None, ""), ("a", None, ""), ("b", "a", "")), "ab", ("b",), [
            ("migration-duplicate-id", "a", "1_a", "a is the id of several migrations: m/versions/0_a.py, m/versions/1_a.py"),
        ]),
    ],
)  # fmt: skip
def test_what_stands_against_one_order(revisions, order, heads, defects):
    found = tree(*revisions)
    assert "".join(each.id for each in found.migrations) == order
    assert found.heads == heads
    assert [
        (each.rule, each.subject, each.place.file.removeprefix("m/versions/").removesuffix(".py"), each.message)
        for each in found.defects
    ] == defects


def test_reading_twice_gives_the_same():
    texts = {
        "m/versions/a.py": HEAD
        + "def upgrade():\n    op.create_table('t', sa.Column('a', sa.Text, index=True), sa.Column('b', sa.Text, index=True), sa.Column('c', sa.Text, index=True))\n"
    }
    assert len({read(texts) for _ in range(5)}) == 1
