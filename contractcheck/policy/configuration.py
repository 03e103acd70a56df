"""The configuration a team writes: found at the root, with the policy files that it extends."""

import posixpath
from collections.abc import Callable

from contractcheck.errors import ConfigurationError
from contractcheck.policy.build import build, flatten
from contractcheck.policy.reading import Source, schema, source
from contractcheck.policy.settings import Configuration, Layer, Selection

__all__ = ["FILE", "PYPROJECT", "Configuration", "Read", "Selection", "configuration", "schema"]

FILE = "contractcheck.toml"
PYPROJECT = "pyproject.toml"

Read = Callable[[str], bytes | None]
"""Gives the bytes of a file by its path from the root, None if there is none."""

_DEEPEST = 16  # files in one chain of `extends`


def configuration(read: Read) -> Configuration:
    """The configuration at the root; the defaults if there is none.

    `contractcheck.toml` wins over `[tool.contractcheck]` of `pyproject.toml`; policy files that it extends go below it.
    Raises ConfigurationError for what is not TOML, an unknown key, a value out of range or an unknown rule.
    """
    for file in (FILE, PYPROJECT):
        data = read(file)
        if data is None or (file == PYPROJECT and b"contractcheck" not in data):
            continue
        found = source(data, file, ("tool", "contractcheck") if file == PYPROJECT else ())
        if found is not None:
            return build(_layers(found, read, (file,)), file)
    return Configuration()


def _layers(top: Source, read: Read, chain: tuple[str, ...]) -> list[Layer]:
    """The values of a file and of all that it extends, nearest first."""
    layers = [flatten(top)]
    named = top.document.get("extends", ())
    for number, target in enumerate([named] if isinstance(named, str) else named):
        where = top.where("extends", *([] if isinstance(named, str) else [number]))
        path = posixpath.normpath(posixpath.join(posixpath.dirname(top.file), target))
        if path.startswith(("/", "../")) or path == "..":
            raise ConfigurationError(f"extends '{target}', which is outside", where=where, next_step="keep it inside")
        if path in chain or len(chain) > _DEEPEST:
            circle = " -> ".join((*chain, path))
            raise ConfigurationError(f"policy files extend each other: {circle}", where=where, next_step="remove one")
        data = read(path)
        if data is None:
            raise ConfigurationError(
                f"extends '{target}', and there is no {path}", where=where, next_step="name a file"
            )
        found = source(data, path)
        assert found is not None  # noqa: S101 - without a prefix there always is one
        layers += _layers(found, read, (*chain, path))
    return layers
