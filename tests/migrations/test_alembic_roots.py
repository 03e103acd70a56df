"""Where a tree outside of a repository begins: what its migrations import may lie above it or beside it."""

import pytest

from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.lint import lint

REVISION = """import sqlalchemy as sa
from alembic import op
from app.names import NAME
revision = "a"
down_revision = None
def upgrade():
    op.drop_table(NAME)
"""


@pytest.mark.parametrize(
    ("files", "path", "known"),
    [
        (("pyproject.toml", "app/__init__.py", "app/names.py", "migrations/env.py"), "migrations", True),
        (("setup.py", "app/names.py", "src/migrations/env.py"), "src/migrations", True),
        (("app/__init__.py", "app/names.py", "app/migrations/env.py"), "app/migrations", True),
        (("app/__init__.py", "app/names.py", "app/migrations/__init__.py"), "app/migrations/versions", True),
        (("app/names.py", "migrations/env.py"), "migrations", False),
    ],
)
def test_where_a_tree_begins(tmp_path, files, path, known):
    folder = path if path.endswith("versions") else f"{path}/versions"
    for name in (*files, f"{folder}/a.py"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text({"names.py": "NAME = 'orders'\n", "a.py": REVISION}.get(target.name, ""))
    report = lint([str(tmp_path / path)], Configuration(), server_name="postgresql:16", cwd=tmp_path)
    (migration,) = report.migrations
    assert [each.sql for each in migration.statements] == ["DROP TABLE orders" if known else "-- op.drop_table(NAME)"]
