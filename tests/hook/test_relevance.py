"""What the hook looks at, by name and content."""

import pytest

from contractcheck.sources.repository import Repository
from contractcheck.workflows.hook import relevant
from tests.hook.working import look, told


class TestRelevance:
    @pytest.mark.parametrize(
        "path",
        [
            "api.yaml",
            "a/b/Spec.YML",
            "x.json",
            "db/1.sql",
            "contractcheck.toml",
            "pyproject.toml",
            "alembic.ini",
            "flyway.toml",
            "alembic/versions/0001_x.py",
            "app/migrations/0001_initial.py",
            "alembic/env.py",
        ],
    )
    def test_by_name(self, work, path):
        work.stage({path: "x"})
        assert told(look(work)) == ("HEAD", "index", [f"A {path}"])

    @pytest.mark.parametrize(
        "path", ["readme.md", "src/app.py", "versions.py", "Makefile", "yaml", "a.sql.md", "x.toml"]
    )
    def test_of_other_names_nothing(self, work, path):
        work.stage({path: "x\n"})
        assert look(work) is None

    def test_a_revision_of_alembic_in_a_folder_of_any_name(self, work):
        work.stage({"store/changes/abc.py": "revision = 'abc'\ndown_revision = None\n", "src/app.py": "x"})
        assert told(look(work))[2] == ["A src/app.py", "A store/changes/abc.py"]
        work.git("commit", "-qm", "x")
        work.git("rm", "-q", "store/changes/abc.py")
        assert told(look(work))[2] == ["D store/changes/abc.py"]

    def test_a_link_is_not_looked_into(self, work):
        (work.folder / "app.py").symlink_to("/etc/passwd")
        work.git("add", "app.py")
        assert look(work) is None

    def test_a_module_whose_content_is_not_there(self, work):
        work.commit({"app.py": "x"})
        oid = work.blob("app.py")
        work.stage({"app.py": "y"})
        (work.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
        assert told(look(work))[2] == ["M app.py"]

    def test_hundreds_of_modules_are_left_to_check(self, work):
        work.stage({f"src/{number}.py": "x" for number in range(201)})
        assert look(work) is not None

    def test_nothing_changed(self, work):
        assert look(work) is None
        assert not relevant(Repository.open(work.folder), ())
