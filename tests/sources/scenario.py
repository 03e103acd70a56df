"""Real git repositories for the tests: made in a temporary folder, with no configuration from outside."""

import os
import subprocess
from pathlib import Path

import pytest

IDENTITY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def isolate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what a hook or a configuration around the test run would tell git."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHEAD_", "PRE_COMMIT_"))]:
        monkeypatch.delenv(name)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


class Work:
    """A working tree and what a developer does in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, folder: Path, *options: str) -> "Work":
        folder.mkdir(parents=True, exist_ok=True)
        work = cls(folder)
        work.git("init", "--quiet", "--initial-branch=main", *options)
        return work

    def git(self, *arguments: str | bytes, **more: str) -> str:
        """Run git; its output without the last line break. `more` are variables of the environment."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **more},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def stage(self, files: dict[str, str]) -> None:
        self.write(files)
        self.git("add", "--", *files)

    def commit(self, files: dict[str, str], message: str = "work") -> str:
        """Write, stage and commit; the id of the commit."""
        self.stage(files)
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def blob(self, name: str, revision: str = "HEAD") -> str:
        return self.git("rev-parse", f"{revision}:{name}")

    def clone(self, folder: Path, *options: str) -> "Work":
        self.git("clone", "--quiet", *options, self.folder.as_uri(), str(folder))
        return Work(folder)
