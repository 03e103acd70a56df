"""`lint --fix`: what is written, exactly; it mends what it says, changes no schema, and leaves released files alone."""

import subprocess
from collections import Counter

import psycopg
import pytest

from benchmarks.ddl_server import installed, running
from benchmarks.remedies import dump
from contractcheck.errors import UndecidableError
from contractcheck.model.finding import Severity
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.fixing import fix
from contractcheck.workflows.lint import lint
from contractcheck.workflows.mended import Changed, Fixed, write
from tests.cli.running import run
from tools.fixtures import FIXTURES

FIRST = (
    "CREATE TABLE customers (id bigint PRIMARY KEY);\n"
    "CREATE TABLE orders (id bigint PRIMARY KEY, note text, qty int, customer bigint);\n"
)
BACK = "DROP TABLE orders;\nDROP TABLE customers;\n"
GOLANG = {"migrations/000001_a.up.sql": FIRST, "migrations/000001_a.down.sql": BACK}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Write files, commit the first of two sets, give the folder."""

    def made(base, new, tag=None):
        git("init", "-q", "-b", "main")
        place(base)
        git("add", "-A")
        git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "base")
        if tag:
            git("tag", tag)
        place(new)
        return tmp_path

    def git(*words):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    def place(files):
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())

    monkeypatch.chdir(tmp_path)
    made.git = git
    return made


def fixed(root, configuration=None, **options):
    """What would be written, by path."""
    found = fix(
        ["."], ["statements"], configuration or Configuration(), server_name="postgresql:16", cwd=root, **options
    )
    return {each.path: each.after.decode() for each in found.files}


CASES = {
    "golang-migrate: an index alone": (
        GOLANG,
        {
            "migrations/000002_i.up.sql": "-- fast\r\nCREATE INDEX i ON orders (note);\r\n",
            "migrations/000002_i.down.sql": "DROP INDEX i;\n",
        },
        {"migrations/000002_i.up.sql": "-- fast\r\nCREATE INDEX CONCURRENTLY i ON orders (note);\r\n"},
    ),
    "golang-migrate: an index beside others": (
        GOLANG,
        {
            "migrations/000002_i.up.sql": "CREATE INDEX i ON orders (note);\nALTER TABLE orders ADD COLUMN x int;\n",
            "migrations/000002_i.down.sql": "ALTER TABLE orders DROP COLUMN x;\nDROP INDEX i;\n",
        },
        {
            "migrations/000002_i.up.sql": "ALTER TABLE orders ADD COLUMN x int;\n",
            "migrations/000002_i.down.sql": "ALTER TABLE orders DROP COLUMN x;\n",
            "migrations/000003_i_then.up.sql": "CREATE INDEX CONCURRENTLY i ON orders (note);\n",
            "migrations/000003_i_then.down.sql": "DROP INDEX i;\n",
        },
    ),
    "golang-migrate: a constraint": (
        GOLANG,
        {
            "migrations/000002_c.up.sql": "ALTER TABLE orders ADD CONSTRAINT q CHECK (qty > 0); -- so\n",
            "migrations/000002_c.down.sql": "ALTER TABLE orders DROP CONSTRAINT q;\n",
        },
        {
            "migrations/000002_c.up.sql": "ALTER TABLE orders ADD CONSTRAINT q CHECK (qty > 0) NOT VALID; -- so\n",
            "migrations/000003_c_validate.up.sql": "ALTER TABLE orders VALIDATE CONSTRAINT q;\n",
            "migrations/000003_c_validate.down.sql": (
                "ALTER TABLE orders DROP CONSTRAINT q;\n"
                "ALTER TABLE orders ADD CONSTRAINT q CHECK (qty > 0) NOT VALID;\n"
            ),
        },
    ),
    "goose": (
        {"db/1_a.sql": f"-- +goose Up\n{FIRST}-- +goose Down\n{BACK}"},
        {
            "db/2_i.sql": "-- +goose Up\nCREATE INDEX i ON orders (note);\n-- +goose Down\nDROP INDEX i;\n",
            "db/3_u.sql": (
                "-- +goose Up\nALTER TABLE orders ADD CONSTRAINT u UNIQUE (qty);\n"
                "-- +goose Down\nALTER TABLE orders DROP CONSTRAINT u;\n"
            ),
        },
        {
            "db/2_i.sql": (
                "-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX CONCURRENTLY IF EXISTS i;\n"
                "CREATE INDEX CONCURRENTLY i ON orders (note);\n-- +goose Down\nDROP INDEX i;\n"
            ),
            "db/3_u.sql": (
                "-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX CONCURRENTLY IF EXISTS u;\n"
                "CREATE UNIQUE INDEX CONCURRENTLY u ON orders (qty);\n-- +goose Down\nDROP INDEX u;\n"
            ),
            "db/4_u_then.sql": (
                "-- +goose Up\nALTER TABLE orders ADD CONSTRAINT u UNIQUE USING INDEX u;\n\n"
                "-- +goose Down\nALTER TABLE orders DROP CONSTRAINT u;\nCREATE UNIQUE INDEX u ON orders (qty);\n"
            ),
        },
    ),
    "dbmate": (
        {"db/20240101_a.sql": f"-- migrate:up\n{FIRST}-- migrate:down\n{BACK}"},
        {"db/20240102_i.sql": "-- migrate:up\nCREATE INDEX i ON orders (note);\n-- migrate:down\nDROP INDEX i;\n"},
        {
            "db/20240102_i.sql": (
                "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON orders (note);\n"
                "-- migrate:down\nDROP INDEX i;\n"
            )
        },
    ),
    "flyway": (
        {"sql/V1__a.sql": FIRST},
        {"sql/V2__n.sql": b"\xef\xbb\xbfALTER TABLE orders ALTER note SET NOT NULL;\n"},
        {
            "sql/V2__n.sql": (
                "\ufeffALTER TABLE orders ADD CONSTRAINT orders_note_not_null_check CHECK (note IS NOT NULL) NOT VALID;\n"
            ),
            "sql/V3__n_validate.sql": "ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null_check;\n",
            "sql/V4__n_then.sql": (
                "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n"
                "ALTER TABLE orders DROP CONSTRAINT orders_note_not_null_check;\n"
            ),
        },
    ),
    "numbered": (
        {"migrations/001_a.sql": FIRST, "migrations/001_a.down.sql": BACK},
        {
            "migrations/002_i.sql": "CREATE INDEX i ON orders (note);\nALTER TABLE orders ADD COLUMN x int;\n",
            "migrations/002_i.down.sql": "ALTER TABLE orders DROP COLUMN x;\nDROP INDEX i;\n",
        },
        {
            "migrations/002_i.sql": (
                "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON orders (note);\n"
                "ALTER TABLE orders ADD COLUMN x int;\n"
            )
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_files_of_sql(repository, name):
    base, new, expected = CASES[name]
    root = repository(base, new)
    assert fixed(root) == expected


ROOT = """from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("customers", sa.Column("id", sa.BigInteger, primary_key=True))
    op.create_table(
        "orders", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("note", sa.Text),
        sa.Column("qty", sa.Integer), sa.Column("customer", sa.BigInteger),
    )


def downgrade():
    op.drop_table("orders")
    op.drop_table("customers")
"""
HEAD = 'from alembic import op\n\nrevision: str = "b2"\ndown_revision: str | None = "a1"\n\n\n'
NEXT = '"""next\n\nRevises: b2\n"""\nrevision = "c3"\ndown_revision = "b2"\n\n\ndef upgrade():\n    pass\n'


def test_revisions_of_alembic(repository):
    new = HEAD + (
        "def upgrade() -> None:\n"
        '    op.create_index("i", "orders", ["note"])\n'
        "    op.create_index(\n"
        '        "j",\n'
        '        "orders",\n'
        '        ["qty"],\n'
        "    )  # twice\n"
        '    op.create_foreign_key("f", "orders", "customers", ["customer"], ["id"])\n'
        '    op.alter_column("orders", "note", nullable=False)\n'
        "\n\n"
        "def downgrade() -> None:\n"
        '    op.alter_column("orders", "note", nullable=True)\n'
        '    op.drop_constraint("f", "orders")\n'
        '    op.drop_index("j")\n'
        '    op.drop_index("i")\n'
    )
    root = repository({"m/versions/a1.py": ROOT}, {"m/versions/b2_x.py": new, "m/versions/c3.py": NEXT})
    assert fixed(root) == {
        "m/versions/b2_x.py": new.replace(
            new[new.index("    op.create_index") : new.index("\n\n\ndef downgrade")],
            "    with op.get_context().autocommit_block():\n"
            '        op.execute("DROP INDEX CONCURRENTLY IF EXISTS i")\n'
            '        op.create_index("i", "orders", ["note"], postgresql_concurrently=True)\n'
            "    # twice\n"
            "    with op.get_context().autocommit_block():\n"
            '        op.execute("DROP INDEX CONCURRENTLY IF EXISTS j")\n'
            "        op.create_index(\n"
            '            "j",\n'
            '            "orders",\n'
            '            ["qty"],\n'
            "            postgresql_concurrently=True,\n"
            "        )\n"
            '    op.create_foreign_key("f", "orders", "customers", ["customer"], ["id"], postgresql_not_valid=True)\n'
            "    with op.get_context().autocommit_block():\n"
            '        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT f")\n'
            '    op.execute("ALTER TABLE orders ADD CONSTRAINT orders_note_not_null_check'
            ' CHECK (note IS NOT NULL) NOT VALID")\n'
            "    with op.get_context().autocommit_block():\n"
            '        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null_check")\n'
            '    op.alter_column("orders", "note", nullable=False)\n'
            '    op.execute("ALTER TABLE orders DROP CONSTRAINT orders_note_not_null_check")',
        )
    }


def test_a_validation_is_a_revision_of_its_own(repository):
    new = HEAD + (
        "def upgrade() -> None:\n"
        '    op.create_check_constraint("q", "orders", "qty > 0")\n\n\n'
        "def downgrade() -> None:\n"
        '    op.drop_constraint("q", "orders")\n'
    )
    root = repository({"m/versions/a1.py": ROOT}, {"m/versions/b2_x.py": new, "m/versions/c3.py": NEXT})
    made = "m/versions/c3d783993c68_x_validate.py"
    assert fixed(root) == {
        "m/versions/b2_x.py": new.replace('"qty > 0")', '"qty > 0", postgresql_not_valid=True)'),
        "m/versions/c3.py": NEXT.replace("b2", "c3d783993c68"),
        made: (
            '"""Validate what b2 begins.\n\nRevision ID: c3d783993c68\nRevises: b2\n"""\n\nfrom alembic import op\n\n'
            'revision = "c3d783993c68"\ndown_revision = "b2"\nbranch_labels = None\ndepends_on = None\n\n\n'
            'def upgrade() -> None:\n    op.execute("ALTER TABLE orders VALIDATE CONSTRAINT q")\n\n\n'
            'def downgrade() -> None:\n    op.execute("ALTER TABLE orders DROP CONSTRAINT q")\n'
            '    op.execute("ALTER TABLE orders ADD CONSTRAINT q CHECK (qty > 0) NOT VALID")\n'
        ),
    }


@pytest.mark.parametrize(
    "call",
    [
        'for name in ("i",):\n        op.create_index(name, "orders", ["note"])',  # in a loop
        'op.create_index("i", "orders", ["note"]); op.execute("SELECT 1")',  # not alone on its line
        'op.execute("CREATE INDEX i ON orders (note); CREATE INDEX j ON orders (qty)")',  # two at once
        'with op.batch_alter_table("orders") as batch:\n        batch.create_index("i", ["note"])',
    ],
)
def test_code_that_is_not_plain_stays_as_it_is(repository, call):
    new = f"{HEAD}def upgrade() -> None:\n    {call}\n\n\ndef downgrade() -> None:\n    op.drop_index('i')\n"
    assert fixed(repository({"m/versions/a1.py": ROOT}, {"m/versions/b2.py": new})) == {}


def test_the_policy_asks_for_limits(repository, monkeypatch, capsys):
    new = {
        "contractcheck.toml": '[severity]\nlock-without-timeout = "warning"\n',
        "migrations/000002_x.up.sql": "ALTER TABLE orders ADD COLUMN x int;\n",
        "migrations/000002_x.down.sql": "ALTER TABLE orders DROP COLUMN x;\n",
    }
    root = repository(GOLANG, new)
    run(monkeypatch, capsys, root, "lint", "--fix", "migrations")
    assert (root / "migrations/000002_x.up.sql").read_text() == (
        "SET LOCAL lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN x int;\n"
    )


def test_what_may_be_run_again(repository, monkeypatch, capsys):
    new = {
        "contractcheck.toml": '[severity]\nnot-repeatable = "warning"\n',
        "migrations/002_x.sql": "CREATE TABLE x (id int);\nDROP TABLE y;\nCREATE INDEX CONCURRENTLY i ON x (id);\n",
    }
    root = repository({"migrations/001_a.sql": "CREATE TABLE y (id int);\n"}, new)
    run(monkeypatch, capsys, root, "lint", "--fix", "migrations")
    assert (root / "migrations/002_x.sql").read_text() == (
        "CREATE TABLE IF NOT EXISTS x (id integer);\nDROP TABLE IF EXISTS y;\n"
        "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON x (id);\n"
    )
    ran = run(monkeypatch, capsys, root, "lint", "--fix", "--diff", "migrations")
    assert (ran.code, ran.out) == (0, "")


INDEX = {"migrations/000002_i.up.sql": "CREATE INDEX i ON orders (note);\n"}


def test_what_was_released_stays_as_it_is(repository):
    base = {**GOLANG, **INDEX}
    root = repository(base, {"migrations/000003_j.up.sql": "CREATE INDEX j ON orders (qty);\n"})
    assert [*fixed(root)] == ["migrations/000003_j.up.sql"]
    repository.git("add", "-A")
    repository.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "more")
    assert fixed(root) == {}
    assert [*fixed(root, base="HEAD~1")] == ["migrations/000003_j.up.sql"]
    repository.git("tag", "v1.0.0")
    assert fixed(root, base="HEAD~1") == {}
    # under another folder it is still the same
    (root / "elsewhere").mkdir()
    repository.git("mv", "migrations/000003_j.up.sql", "migrations/000001_a.up.sql", "elsewhere")
    assert fixed(root, base="HEAD~1") == {}


def test_a_diff_writes_nothing_and_a_second_run_finds_nothing(repository, monkeypatch, capsys):
    root = repository(GOLANG, INDEX)
    path = root / "migrations/000002_i.up.sql"
    path.chmod(0o640)
    shown = run(monkeypatch, capsys, root, "lint", "--fix", "--diff")
    assert shown.code == 1
    assert shown.out == (
        "--- a/migrations/000002_i.up.sql\n+++ b/migrations/000002_i.up.sql\n@@ -1 +1 @@\n"
        "-CREATE INDEX i ON orders (note);\n+CREATE INDEX CONCURRENTLY i ON orders (note);\n"
    )
    assert path.read_text() == INDEX["migrations/000002_i.up.sql"]
    done = run(monkeypatch, capsys, root, "lint", "--fix")
    assert done.err.splitlines()[-1] == "mended migrations/000002_i.up.sql: index-not-concurrent"
    assert path.read_text() == "CREATE INDEX CONCURRENTLY i ON orders (note);\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "000001_a.down.sql",
        "000001_a.up.sql",
        "000002_i.up.sql",
    ]
    again = run(monkeypatch, capsys, root, "lint", "--fix", "--diff")
    assert (again.code, again.out) == (0, "")


def test_without_a_repository_nothing_is_known(tmp_path):
    (tmp_path / "1_a.up.sql").write_text("CREATE INDEX i ON t (a);")
    with pytest.raises(UndecidableError, match="what was released is not known"):
        fixed(tmp_path)


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").mkdir()
    changed = (Changed(tmp_path, "a", b"old", b"new", ()), Changed(tmp_path, "c", None, b"new", ()))
    with pytest.raises(UndecidableError, match="cannot be written"):
        write(Fixed((*changed, Changed(tmp_path, "no/where", None, b"new", ()))))
    assert (tmp_path / "a").read_text() == "old"
    assert not (tmp_path / "c").exists()
    with pytest.raises(UndecidableError, match="changed meanwhile"):
        write(Fixed((Changed(tmp_path, "a", b"older", b"new", ()),)))


@pytest.fixture(scope="module")
def server():
    newest = max(installed().items())[1]
    with running(newest) as dsn:
        yield newest, dsn


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("golang", "numbered", "flyway"))])
def test_on_a_real_server_the_schema_is_the_same(server, name):
    """The files of the case before and after, sent as the tool sends them: a statement that may be alone is."""
    programs, dsn = server
    base, new, mended = CASES[name]
    dumps = []
    for at, files in enumerate(({**base, **new}, {**base, **new, **mended})):
        database = f"{'after' if at else 'before'}_{abs(hash(name))}"
        with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        with psycopg.connect(f"{dsn} dbname={database}", autocommit=True) as connection:
            for path in sorted(path for path in files if ".down." not in path):
                text = files[path].decode() if isinstance(files[path], bytes) else files[path]
                text = text.lstrip("\ufeff")
                for statement in text.split(";\n") if "CONCURRENTLY" in text else [text]:
                    connection.execute(statement)
        dumps.append(dump(programs, f"{dsn} dbname={database}"))
    assert dumps[0] == dumps[1]


LAW = [
    case
    for rule in (
        "index-not-concurrent",
        "scan-under-write-lock",
        "index-left-invalid",
        "validate-in-same-transaction",
        "index-dropped-not-concurrent",
        "partition-scanned",
        "not-allowed-in-transaction",
        "work-while-holding-exclusive",
    )
    for case in sorted((FIXTURES / rule).iterdir())
    if case.is_dir() and not (case / "base").exists() and not (case / "mysql.toml").exists()
]


@pytest.mark.parametrize("case", LAW, ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_what_is_mended_is_not_found_again(repository, case):
    """Of every case of the rules: what is written mends what it names, brings nothing, and is written once."""
    files = {path.relative_to(case).as_posix(): path.read_bytes() for path in case.rglob("*") if path.is_file()}
    files.pop("expected.json")
    root = repository({}, files)

    def told():
        found = lint(["."], Configuration(profile="strict"), server_name="postgresql:16", cwd=root).findings
        return Counter(each.rule for each in found if each.severity is not Severity.INFO and each.category != "rollout")

    before = told()
    found = fix(["."], ["statements"], Configuration(), server_name="postgresql:16", cwd=root)
    write(found)
    after = told()
    mended = {rule for each in found.files for rule in each.rules}
    assert all(after[rule] < before[rule] for rule in mended)
    assert after <= before
    assert fix(["."], ["statements"], Configuration(), server_name="postgresql:16", cwd=root).files == ()
