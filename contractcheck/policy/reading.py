"""Reading one TOML file of ours: checked against its JSON Schema, with the line of every key."""

import json
import pathlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from contractcheck.errors import ConfigurationError
from contractcheck.policy.lines import Path, lines, nearest

_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


class Source(Struct, frozen=True):
    """A TOML file of ours that was read: its tables, and the line of every key. `prefix` is where our tables begin."""

    file: str
    document: Mapping[str, Any]
    places: Mapping[Path, int]
    prefix: tuple[str, ...] = ()

    def where(self, *path: str | int) -> str:
        """`file:line` of a key, or of the nearest thing above it."""
        line = nearest(dict(self.places), (*self.prefix, *path))
        return f"{self.file}:{line}" if line is not None else self.file


def schema(name: str = "configuration") -> dict[str, Any]:
    """The JSON Schema of the configuration, or of `waivers`, as shipped for editors."""
    text = pathlib.Path(__file__).with_name(f"{name}.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def source(data: bytes, file: str, prefix: tuple[str, ...] = (), *, name: str = "configuration") -> Source | None:
    """Read one file and check it against a schema of ours; None if it has no table of that prefix.

    Raises ConfigurationError with the line of the first mistake.
    """
    text = _text(data, file)
    document = _toml(text, file)
    for key in prefix:
        document = document.get(key)
        if document is None:
            return None
    found = Source(file, _plain(document), lines(text), prefix)
    _check(found, name)
    return found


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")  # some editors begin a file with the mark of its encoding
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError("not UTF-8", where=f"{file}:{line}", next_step="save it as UTF-8") from None


def _toml(text: str, file: str) -> Any:  # noqa: ANN401 - any TOML
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            where = f"{file}:{number}"
            raise ConfigurationError("a merge left its conflict markers", where=where, next_step="resolve the conflict")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        where = f"{file}:{found[1]}" if found else file
        what = _PLACE.sub("", str(error))
        raise ConfigurationError(f"not valid TOML: {what}", where=where, next_step="mend the file") from None
    except (RecursionError, ValueError) as error:  # ValueError: a number of more digits than Python reads
        raise ConfigurationError(f"not valid TOML: {error}", where=file, next_step="mend the file") from None


def _plain(value: Any) -> Any:  # noqa: ANN401 - any TOML
    """The value with days as text: JSON Schema knows no days."""
    match value:
        case dict():
            return {key: _plain(member) for key, member in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def _check(found: Source, name: str) -> None:
    import jsonschema

    errors = sorted(
        jsonschema.Draft202012Validator(schema(name)).iter_errors(found.document),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    if errors:
        raise _explain(errors[0], found)


def _explain(error: Any, found: Source) -> ConfigurationError:  # noqa: ANN401 - jsonschema's errors are untyped
    path = tuple(error.absolute_path)
    at = ".".join(str(token) for token in path)
    if error.validator == "additionalProperties" and "properties" in error.schema:
        known = sorted(error.schema["properties"])
        name = next(key for key in error.instance if key not in known)
        return unknown(name, known, "key", found.where(*path, name), f"known here: {', '.join(known)}", at)
    message = error.message
    if error.validator == "pattern" and "[0-9]{4}" in error.validator_value:
        message = f"{error.instance!r} is no day such as 2026-12-31"
    return ConfigurationError(
        f"{at or 'configuration'}: {message}", where=found.where(*path), next_step="see docs/configuration.md"
    )


def unknown(name: str, known: list[str], kind: str, where: str, otherwise: str, table: str = "") -> ConfigurationError:
    """The error for a name that nothing has, with the nearest that something has."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    place = f" in [{table}]" if table else ""
    hint = f"did you mean '{near[0]}'?" if near else otherwise
    return ConfigurationError(f"unknown {kind} '{name}'{place}", where=where, next_step=hint)
