"""The configuration a team writes: found, read, checked against its JSON Schema; errors name line and remedy."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from contractcheck.errors import ConfigurationError
from contractcheck.model.rule import rulebook

FILE = "contractcheck.toml"
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Selection:
    """Globs over paths relative to the root; without `include` the defaults of the domain apply."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a team decided. `file` is where it stands, None for the defaults; `tools` maps folders to tools."""

    file: str | None = None
    profile: str = "standard"
    fail_on: str = "error"
    base: str | None = None
    contracts: Selection = Selection()
    migrations: Selection = Selection()
    server: str = "postgresql:16"
    tools: Mapping[str, str] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)


def configuration(read: Callable[[str], bytes | None]) -> Configuration:
    """The configuration at the root; the defaults if there is none. `read` gives a file's bytes, None if there is none.

    `contractcheck.toml` wins over `[tool.contractcheck]` of `pyproject.toml`.
    Raises ConfigurationError for what is not TOML, an unknown key, a value out of range or an unknown rule.
    """
    for file in (FILE, PYPROJECT):
        data = read(file)
        if data is None:
            continue
        text = _text(data, file)
        if file == PYPROJECT and "contractcheck" not in text:
            continue
        document = _toml(text, file)
        if file == PYPROJECT:
            document = document.get("tool", {}).get("contractcheck")
            if document is None:
                continue
        return parse(document, text, file)
    return Configuration()


def schema() -> dict[str, Any]:
    """The JSON Schema of the configuration, as shipped for editors."""
    text = resources.files("contractcheck.policy").joinpath("configuration.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def parse(document: object, text: str, file: str) -> Configuration:
    """Check a parsed document against the schema; `text` and `file` serve the places of errors."""
    import jsonschema

    errors = sorted(
        jsonschema.Draft202012Validator(schema()).iter_errors(document), key=lambda e: [str(p) for p in e.path]
    )
    if errors:
        raise _explain(errors[0], text, file)
    assert isinstance(document, dict)  # noqa: S101 - the schema says so
    severity = document.get("severity", {})
    for name in severity:
        if name not in rulebook():
            raise _unknown(name, list(rulebook()), "rule", text, file, "contractcheck rules lists them")
    migrations = document.get("migrations", {})
    return Configuration(
        file=file,
        profile=document.get("profile", "standard"),
        fail_on=document.get("fail-on", "error"),
        base=document.get("base"),
        contracts=_selection(document.get("contracts", {})),
        migrations=_selection(migrations),
        server=migrations.get("server", "postgresql:16"),
        tools={folder.strip("/"): tool for folder, tool in migrations.get("tools", {}).items()},
        severity=severity,
    )


def _selection(table: Mapping[str, Any]) -> Selection:
    return Selection(tuple(table.get("include", ())), tuple(table.get("exclude", ())))


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError("not UTF-8", where=f"{file}:{line}", next_step="save it as UTF-8") from None


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"not valid TOML: {error}", where=file, next_step="mend the file") from None


def _explain(error: Any, text: str, file: str) -> ConfigurationError:  # noqa: ANN401 - jsonschema's errors are untyped
    at = ".".join(str(token) for token in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(key for key in error.instance if key not in known)
        return _unknown(unknown, known, "key", text, file, f"known here: {', '.join(sorted(known))}", at)
    key = next((str(token) for token in reversed(error.absolute_path) if isinstance(token, str)), "")
    return ConfigurationError(
        f"{at or 'configuration'}: {error.message}", where=_line(key, text, file), next_step="see docs/configuration.md"
    )


def _unknown(
    name: str, known: list[str], kind: str, text: str, file: str, otherwise: str, table: str = ""
) -> ConfigurationError:
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    place = f" in [{table}]" if table else ""
    hint = f"did you mean '{near[0]}'?" if near else otherwise
    return ConfigurationError(f"unknown {kind} '{name}'{place}", where=_line(name, text, file), next_step=hint)


def _line(key: str, text: str, file: str) -> str:
    """`file:line` of the first line that assigns or opens `key`: the standard library's reader gives no positions."""
    for number, line in enumerate(text.splitlines(), 1):
        left = line.partition("=")[0] if "=" in line else line
        if key and key in left.replace('"', "").strip(" []").split("."):
            return f"{file}:{number}"
    return file
