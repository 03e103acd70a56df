"""Runs git: found by absolute path, without prompts, hooks, network, or anything a repository could make it start."""

import os
import subprocess
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from contractcheck.errors import UndecidableError

SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
"""Before every command: no file-system monitor, no hooks, no transport (so no lazy fetch of a partial clone either)."""

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",  # messages of git are looked into for the reason of a failure
    "LANGUAGE": "C",
}
# What a person or a CI job says to git as a whole. The rest of GIT_* is what git tells its hooks about one repository
# and one command: it would lead every other command astray.
_KEPT = ("GIT_CONFIG", "GIT_CEILING_DIRECTORIES")


class Answer(Struct, frozen=True):
    """Exit code and output of a finished command."""

    code: int
    output: bytes
    errors: str


@cache
def binary() -> str:
    """The absolute path of git. Relative entries of PATH are passed over: the folder under test may hold a `git`."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        file = os.path.join(folder, "git")
        if os.path.isabs(folder) and os.path.isfile(file) and os.access(file, os.X_OK):
            return file
    raise UndecidableError("git was not found", where="PATH", next_step="install git 2.31 or newer")


def environment(surroundings: Mapping[str, str], *, keep: tuple[str, ...] = ()) -> dict[str, str]:
    """The environment for git: `surroundings` without its GIT_* variables, except configuration and those in `keep`."""
    clean = {
        name: value
        for name, value in surroundings.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT) or name in keep
    }
    return clean | _QUIET


def run(folder: str, surroundings: Mapping[str, str], *arguments: str) -> Answer:
    """Run one git command in a folder, in exactly this environment."""
    done = subprocess.run(  # noqa: S603 - absolute path, arguments as a list
        [binary(), *SAFE, *arguments],
        cwd=folder,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "backslashreplace").strip())
