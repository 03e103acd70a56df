"""A repository, its clone, and hooks that write down what they are given."""

import sys

import pytest

from tests.hook.working import RECORD, ROOT, SPEC
from tests.sources.scenario import Work, isolate


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    isolate(monkeypatch)
    work = Work.begin(tmp_path / "work")
    work.commit({"openapi.yaml": SPEC, "readme.md": "1\n", "db/0001.sql": "CREATE TABLE a ();\n"})
    return work


@pytest.fixture
def clone(work, tmp_path) -> Work:
    """A clone whose branch has an upstream."""
    return work.clone(tmp_path / "clone")


@pytest.fixture
def recorded(clone, tmp_path):
    """Puts the recorder into the clone as its hooks; gives what they wrote since the last time."""
    record = tmp_path / "record"
    for name in ("pre-commit", "pre-merge-commit"):
        script = clone.folder / ".git" / "hooks" / name
        script.write_text(RECORD.format(python=sys.executable, root=str(ROOT), record=str(record)))
        script.chmod(0o755)

    def read() -> list[str]:
        text = record.read_text()
        record.unlink()
        return text.splitlines()

    return read
