"""A throw-away git repository with one commit and one tag for each revision; the same files give the same hashes."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Revision:
    """What a tag names: every file of the tree, bytes by path with `/`."""

    tag: str
    files: Mapping[str, bytes]


def folder(root: Path) -> dict[str, bytes]:
    """The files below a folder, bytes by path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def lay(repository: Path, revisions: Iterable[Revision]) -> None:
    """Make the repository anew: a commit and a tag for each revision; the last one is the working tree."""
    shutil.rmtree(repository, ignore_errors=True)
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--template=")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
    for day, revision in enumerate(revisions):
        moment = _FIRST + timedelta(days=day)
        _replace(repository, revision.files)
        git(repository, "add", "--all", "--force", moment=moment)
        git(repository, "commit", "--quiet", "--no-verify", f"--message={revision.tag}", moment=moment)
        git(repository, "tag", revision.tag, moment=moment)


def _replace(repository: Path, files: Mapping[str, bytes]) -> None:
    for entry in repository.iterdir():
        if entry.is_dir() and entry.name != ".git":
            shutil.rmtree(entry)
        elif entry.is_file():
            entry.unlink()
    for path, data in files.items():
        target = repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def git(repository: Path, *arguments: str, moment: datetime = _FIRST) -> None:
    """Run git with nothing of the machine's or the user's in it: no configuration, hooks, names or clock."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "demo",
        "GIT_AUTHOR_EMAIL": "demo@example.invalid",
        "GIT_COMMITTER_NAME": "demo",
        "GIT_COMMITTER_EMAIL": "demo@example.invalid",
        "GIT_AUTHOR_DATE": moment.isoformat(),
        "GIT_COMMITTER_DATE": moment.isoformat(),
    }
    subprocess.run(["git", "-C", str(repository), *arguments], env={**clean, **fixed}, check=True)
