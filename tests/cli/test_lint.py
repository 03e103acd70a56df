"""`lint` on what a user may name: trees, their versions, single files, whole repositories, folders that git ignores."""

import json

import pytest

from tests.cli import running
from tests.cli.conftest import REVISION

CREATE = REVISION.format(
    revision="a",
    parent=None,
    up="op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Text))",
    down="op.drop_table('t')",
)
INDEX = REVISION.format(revision="b", parent="a", up="op.create_index('i', 't', ['n'])", down="op.drop_index('i')")
TREE = {"db/env.py": "", "db/versions/a.py": CREATE, "db/versions/b.py": INDEX}
LOSES = "ALTER TABLE orders DROP COLUMN note;\n"


@pytest.fixture
def lint(monkeypatch, capsys, tmp_path):
    def run(*arguments, folder=tmp_path):
        return running.run(monkeypatch, capsys, folder, "lint", *arguments)

    return run


@pytest.fixture
def report(lint):
    """Exit code, findings (rule, subject, place) and ids of the migrations."""

    def run(*arguments, **options):
        ran = lint(*arguments, "--format", "json", **options)
        assert ran.err == ""
        findings = [(rule, subject, place) for rule, _, subject, place in running.found(ran)]
        return ran.code, findings, [each["id"] for each in json.loads(ran.out)["migrations"]]

    return run


@pytest.fixture(params=["a repository", "no repository"])
def tree(request, git, write):
    write(**TREE)
    if request.param == "a repository":
        git("init", "-q", "-b", "main")


def placed(prefix):
    return [("index-not-concurrent", "b t", f"{prefix}versions/b.py:10:5")]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("path", ["db", "db/", "./db", "db/versions", "db/../db/versions", "."])
def test_a_tree_by_its_folder_or_that_of_its_versions(report, tmp_path, path):
    # Without a repository places count from what holds the tree's package: here from the tree itself.
    prefix = "db/" if (tmp_path / ".git").exists() or path == "." else ""
    assert report(path) == (1, placed(prefix), ["a", "b"])


@pytest.mark.usefixtures("tree")
def test_the_folder_one_stands_in(report, tmp_path):
    prefix = "db/" if (tmp_path / ".git").exists() else ""
    assert report(folder=tmp_path / "db") == (1, placed(prefix), ["a", "b"])
    assert report("..", folder=tmp_path / "db")[1:] == (placed("db/"), ["a", "b"])


@pytest.mark.usefixtures("tree")
def test_a_single_revision_with_the_others_replayed_before_it(report, tmp_path):
    prefix = "db/" if (tmp_path / ".git").exists() else ""
    assert report("db/versions/b.py") == (1, placed(prefix), ["b"])
    assert report("db/versions/a.py") == (0, [], ["a"])
    assert report("db/versions/a.py", "db/versions/b.py") == (1, placed(prefix), ["a", "b"])


def test_a_single_sql_file(report, write):
    write(**{"x.sql": LOSES + "CREATE INDEX i ON orders (id);\n"})
    assert report("x.sql") == (
        1,
        [
            ("index-not-concurrent", "x orders", "x.sql:2:1"),
            ("column-removed", "x orders.note", "x.sql:1:1"),
            ("data-lost-on-upgrade", "x orders.note", "x.sql:1:1"),
            ("downgrade-missing", "x", "x.sql:1:1"),
        ],
        ["x"],
    )


def test_a_package_is_read_from_where_its_imports_begin(report, write):
    write(
        **{
            "app/__init__.py": "",
            "app/names.py": "TABLE = 't'\n",
            "app/db/__init__.py": "",
            "app/db/versions/a.py": "from app.names import TABLE\n" + CREATE.replace("'t'", "TABLE"),
            "app/db/versions/b.py": INDEX,
            "beside/c.py": "x = 1\n",
        }
    )
    assert report("app/db")[1:] == ([("index-not-concurrent", "b t", "app/db/versions/b.py:10:5")], ["a", "b"])
    assert report("app/db/versions/b.py")[1:] == (
        [("index-not-concurrent", "b t", "app/db/versions/b.py:10:5")],
        ["b"],
    )


def test_several_paths_of_several_roots(report, write, git, tmp_path):
    write(**{"one/x.sql": LOSES, "two/y.sql": LOSES, **{f"repo/{path}": text for path, text in TREE.items()}})
    git("init", "-q", cwd=tmp_path / "repo")
    code, findings, ids = report("one/x.sql", "two/y.sql", "repo/db", "repo/db/versions/b.py")
    assert code == 1
    assert sorted(findings) == [
        ("column-removed", "x orders.note", "x.sql:1:1"),
        ("column-removed", "y orders.note", "y.sql:1:1"),
        ("data-lost-on-upgrade", "x orders.note", "x.sql:1:1"),
        ("data-lost-on-upgrade", "y orders.note", "y.sql:1:1"),
        ("downgrade-missing", "x", "x.sql:1:1"),
        ("downgrade-missing", "y", "y.sql:1:1"),
        ("index-not-concurrent", "b t", "db/versions/b.py:10:5"),
    ]
    assert ids == ["x", "y", "b"]


def test_what_is_named_beside_the_tree_it_belongs_to(report, write, git):
    write(**TREE, **{"x.sql": LOSES})
    git("init", "-q")
    assert report("db", "x.sql")[2] == ["a", "b", "x"]


IGNORED = {**{f"out/{path}": text for path, text in TREE.items()}, "out/x.sql": LOSES, ".gitignore": "out/\n"}


@pytest.mark.parametrize(
    ("path", "ids", "place"),
    [
        ("out/db", ["a", "b"], "versions/b.py:10:5"),
        ("out/db/versions", ["a", "b"], "versions/b.py:10:5"),
        ("out/db/versions/b.py", ["b"], "versions/b.py:10:5"),
        ("out", ["a", "b"], "db/versions/b.py:10:5"),
    ],
)
def test_a_folder_that_git_ignores_is_read_where_it_is_named(report, write, git, path, ids, place):
    write(**IGNORED)
    git("init", "-q")
    code, findings, found = report(path)
    assert (code, findings[0][2], found) == (1, place, ids)
    code, findings, found = report("out/x.sql")
    assert (code, findings[0][2], found) == (0, "x.sql:1:1", ["x"])


def test_a_folder_that_git_ignores_is_not_read_where_it_is_not_named(lint, report, write, git, tmp_path):
    write(**IGNORED)
    git("init", "-q")
    ran = lint(".")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines() == [
        "contractcheck: working tree: no migrations found",
        "  next: name the folder of a tree, or SQL files",
    ]
    assert report(folder=tmp_path / "out" / "db")[2] == ["a", "b"]
    write(**TREE)
    assert report(".")[1:] == (placed("db/"), ["a", "b"])
    assert report("db", "out/x.sql")[2] == ["a", "b", "x"]


@pytest.mark.parametrize("path", ["db", "db/versions/a.py"])
def test_links_are_not_followed(lint, write, tmp_path, path):
    write(**{"real/versions/a.py": CREATE})
    (tmp_path / "db/versions").mkdir(parents=True) if "/" in path else None
    (tmp_path / path).symlink_to(tmp_path / "real")
    ran = lint(path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines() == [
        f"contractcheck: {path}: is a symbolic link, and links are not followed",
        "  next: name what it points to",
    ]


@pytest.mark.parametrize("path", ["gone", "gone/versions", "x" * 300, "a\0b"])
def test_a_path_that_is_not_there(lint, path):
    ran = lint(path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[0].endswith(": no such file or folder")


@pytest.mark.parametrize("versioned", [True, False])
def test_no_migrations(lint, write, git, tmp_path, versioned):
    write(**{"src/app.py": "x = 1\n"})
    if versioned:
        git("init", "-q")
    for path, where in (("src", "src"), ("src/app.py", "src/app.py" if versioned else "app.py")):
        ran = lint(path)
        assert (ran.code, ran.out) == (3, "")
        named = where if versioned or path != "src" else tmp_path / "src"
        assert ran.err.splitlines() == [
            f"contractcheck: {named}: no migrations here that are read",
            "  next: name a tree's folder, its versions, or SQL files",
        ]
    ran = lint()
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines() == [
        f"contractcheck: {'working tree' if versioned else tmp_path}: no migrations found",
        "  next: name the folder of a tree, or SQL files",
    ]


@pytest.mark.parametrize("versioned", [True, False])
def test_a_folder_of_sql_files_and_one_of_revisions_that_is_not_called_versions(report, write, git, versioned):
    write(**{"one/x.sql": LOSES, "one/y.sql": LOSES, "two/a.py": CREATE})
    if versioned:
        git("init", "-q")
    assert report("one")[2] == ["x", "y"]
    assert report("two")[2] == ["a"]


def test_migrations_of_a_tool_that_is_not_read_are_named(lint, write):
    write(**{"app/migrations/0001_initial.py": "class Migration(migrations.Migration): pass\n"})
    ran = lint()
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[1] == "  next: app/migrations: migrations of Django are not read"


@pytest.mark.parametrize(
    ("server", "error", "hint"),
    [
        ("oracle", "no model of 'oracle'", "known: postgresql, mysql, mariadb, sqlite"),
        ("postgresql:9", "no model of postgresql 9", "known: postgresql 12 to 18"),
        ("postgresql:19", "no model of postgresql 19", "known: postgresql 12 to 18"),
        ("pg:new", "no model of postgresql new", "known: postgresql 12 to 18"),
    ],
)
def test_a_server_that_is_not_modelled(lint, write, server, error, hint):
    write(**TREE)
    for path in ("db", "gone"):
        ran = lint(path, "--server", server)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.splitlines() == [f"contractcheck: --server: {error}", f"  next: {hint}"]


@pytest.mark.parametrize(
    ("server", "name"),
    [("postgresql", "16"), ("postgres:12", "12"), ("pg:18.4", "18"), ("postgresql:14", "14")],
)
def test_servers(lint, write, server, name):
    write(**TREE)
    assert json.loads(lint("db", "--server", server, "--format", "json").out)["server"] == f"PostgreSQL {name}"


def test_the_configuration(lint, report, write):
    write(**TREE, **{"contractcheck.toml": '[migrations]\nserver = "postgresql:13"\nexclude = ["db/versions/b.py"]\n'})
    assert report() == (0, [], ["a"])
    assert json.loads(lint("--format", "json").out)["server"] == "PostgreSQL 13"
    write(**{"contractcheck.toml": '[migrations]\ninclude = ["other"]\n', "other/x.sql": LOSES})
    assert report()[2] == ["x"]
    assert report("db")[2] == ["a", "b"]
    write(**{"contractcheck.toml": '[severity]\nindex-not-concurrent = "info"\n'})
    assert report("db")[0] == 0
    assert lint("db", "--fail-on", "info").code == 1


def test_a_broken_tree_is_told_with_everything_else(report, write):
    write(**TREE, **{"db/versions/c.py": INDEX.replace('"b"', '"c"').replace("'i'", "'j'")})
    code, findings, ids = report("db")
    assert (code, ids) == (1, ["a", "b", "c"])
    assert [row[:2] for row in findings] == [
        ("index-not-concurrent", "b t"),
        ("several-heads", "heads"),
        ("index-not-concurrent", "c t"),
    ]
