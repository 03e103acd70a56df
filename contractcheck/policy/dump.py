"""A configuration written as TOML again: everything that was decided, in one file, whatever files it came from."""

import json
import re
from collections.abc import Mapping
from typing import cast

from contractcheck.policy.settings import Configuration, Layer

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(configuration: Configuration, *, places: bool = True) -> str:
    """The configuration as a file that reads back to the same; with `places` each line says where its value is from.

    The defaults are not written: what nobody decided stays open.
    """
    layer: dict[tuple[str, ...], object] = {}
    comments: dict[tuple[str, ...], str] = {}
    _collect(configuration.layer, (), layer, comments)
    for section in configuration.sections:
        _collect(section.layer, ("contract", section.pattern), layer, comments)
    lines: list[str] = []
    _table((), layer, comments if places else {}, lines)
    return "".join(f"{line}\n" for line in lines)


def _collect(
    layer: Layer, prefix: tuple[str, ...], values: dict[tuple[str, ...], object], comments: dict[tuple[str, ...], str]
) -> None:
    for path, leaf in layer.items():
        values[*prefix, *path] = leaf.value
        comments[*prefix, *path] = leaf.where


def _table(
    path: tuple[str, ...],
    values: Mapping[tuple[str, ...], object],
    comments: Mapping[tuple[str, ...], str],
    lines: list[str],
) -> None:
    here = {key for key in values if key[: len(path)] == path and len(key) > len(path)}
    names = sorted({key[len(path)] for key in here if key[len(path)]})
    plain = [name for name in names if (*path, name) in values]
    tables = [name for name in names if (*path, name) not in values and name != "override"]
    listed = [name for name in plain if path[-1:] == ("releases",) and name == "list"]
    # A table that holds only tables needs no header of its own, unless it is empty.
    if path and (plain or not tables) and "override" not in path:
        lines += [*([""] if lines else []), f"[{_dotted(path)}]"]
    for name in plain:
        if name not in listed:
            where = comments.get((*path, name))
            lines.append(f"{_key(name)} = {_value(values[*path, name])}" + (f"  # {where}" if where else ""))
    for name in tables:
        _table((*path, name), values, comments, lines)
    for name in listed:
        for item, _ in cast("list[tuple[Mapping[str, object], str]]", values[*path, name]):
            _item((*path, name), item, comments.get((*path, name)), lines)
    items = [key for key in here if key[len(path)] == "override" and len(key) == len(path) + 2 and key[-1]]
    told = {key: cast("Mapping[str, object]", values[key]) for key in items}
    for key in sorted(items, key=lambda each: (_value(dict(sorted(told[each].items()))), each)):
        _item((*path, "override"), told[key], comments.get(key), lines)


def _item(path: tuple[str, ...], item: Mapping[str, object], where: str | None, lines: list[str]) -> None:
    lines += ["", f"[[{_dotted(path)}]]" + (f"  # {where}" if where else "")]
    lines += [f"{_key(name)} = {_value(value)}" for name, value in sorted(item.items())]


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            # JSON's strings are TOML's, except that DEL must be escaped.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{" + ", ".join(f"{_key(str(key))} = {_value(each)}" for key, each in value.items()) + "}"
        case _:
            return "[" + ", ".join(_value(each) for each in cast("list[object]", value)) + "]"


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(_key(name) for name in path)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
