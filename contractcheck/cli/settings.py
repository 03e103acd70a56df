"""The configuration a command works with: the file's, overridden by options."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from contractcheck.cli.output import FailOn, Profile
from contractcheck.errors import ConfigurationError
from contractcheck.policy.configuration import Configuration, configuration


def effective(
    read: Callable[[str], bytes | None], *, profile: Profile | None = None, fail_on: FailOn | None = None
) -> Configuration:
    """The configuration found through `read`, with the options given on the command line."""
    found = configuration(read)
    return replace(found, profile=profile or found.profile, fail_on=fail_on or found.fail_on)


def beside(folder: Path) -> Callable[[str], bytes | None]:
    """Reads configuration from the nearest folder upwards that has one, not above the repository it belongs to."""

    def read(file: str) -> bytes | None:
        for level in (folder, *folder.parents):
            candidate = level / file
            if candidate.is_file() and not candidate.is_symlink():
                try:
                    return candidate.read_bytes()
                except OSError as error:
                    raise ConfigurationError(f"cannot be read: {error.strerror}", where=file) from None
            if (level / ".git").exists():
                return None
        return None

    return read
