"""The configuration a command works with: the file's, overridden by options."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from contractcheck.cli.output import FailOn, Profile
from contractcheck.errors import ConfigurationError, UsageError
from contractcheck.policy.configuration import FILE, PYPROJECT, Configuration, configuration
from contractcheck.policy.days import Today, parse


def effective(
    read: Callable[[str], bytes | None], *, profile: Profile | None = None, fail_on: FailOn | None = None
) -> Configuration:
    """The configuration found through `read`, with the options given on the command line."""
    found = configuration(read)
    found = found if profile is None else found.with_profile(profile)
    return dataclasses.replace(found, fail_on=fail_on or found.fail_on)


def beside(folder: Path) -> Callable[[str], bytes | None]:
    """Reads policy files from the root of the policy.

    That is the nearest folder upwards with a configuration, not above the repository it belongs to; without one, the
    top of the repository, or the folder itself.
    """
    top = root(folder)

    def read(file: str) -> bytes | None:
        candidate = top / file
        if any(part.is_symlink() for part in (candidate, *candidate.parents[: file.count("/")])):
            return None
        if not candidate.is_file():
            return None
        try:
            return candidate.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"cannot be read: {error.strerror}", where=file) from None

    return read


def root(folder: Path) -> Path:
    """Where policy files are read from, and written to."""
    for file in (FILE, PYPROJECT):
        for level in (folder, *folder.parents):
            candidate = level / file
            if candidate.is_file() and not candidate.is_symlink() and _speaks(candidate):
                return level
            if (level / ".git").exists():
                break
    return next((level for level in (folder, *folder.parents) if (level / ".git").exists()), folder)


def _speaks(candidate: Path) -> bool:
    """Whether a file could hold our configuration; what cannot be read is said when it is read."""
    if candidate.name == FILE:
        return True
    try:
        return b"contractcheck" in candidate.read_bytes()
    except OSError:
        return True


def a_day(today: str | None) -> Today:
    """The day of `--today`, else the clock's where somebody asks. Raises UsageError for what is no day."""
    if today is None:
        return Today()
    day = parse(today)
    if day is None:
        raise UsageError(f"{today!r} is no day", where="--today", next_step="write it as 2026-12-31")
    return Today(day)
