"""From the values of policy files to a configuration: layers laid over each other, nearest first."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, cast

from contractcheck.errors import ConfigurationError
from contractcheck.model.finding import Category
from contractcheck.model.globs import literal, name_matches, path_matches
from contractcheck.model.rule import rulebook
from contractcheck.policy.days import parse
from contractcheck.policy.limits import limits
from contractcheck.policy.reading import Source, unknown
from contractcheck.policy.settings import (
    DEMANDS,
    NOTICE,
    Api,
    Configuration,
    Deprecation,
    Layer,
    Leaf,
    Listed,
    Override,
    Releases,
    Section,
    Selection,
    Versioning,
    WaiverSettings,
)
from contractcheck.policy.versions import tokens

_CATEGORIES = frozenset(str(category) for category in Category)
_HEADER = ("versioning", "header")
# What a section for contracts may say; the rest is about the repository.
_GOVERNED = ("profile", "severity", "override", "versioning", "releases", "deprecation", "api")


def flatten(found: Source) -> Layer:
    """The values of a file that passed its schema, each with its place.

    Raises ConfigurationError for what the schema cannot say: rules that are not there, days that are none.
    """
    layer: dict[tuple[str, ...], Leaf] = {}
    _flatten(found, found.document, (), layer)
    return layer


def build(layers: Iterable[Layer], file: str | None) -> Configuration:
    """The configuration of layers, nearest first."""
    merged: dict[tuple[str, ...], Leaf] = {}
    for layer in reversed(tuple(layers)):
        merged |= layer
    names = sorted({path[1] for path in merged if path[0] == "contract" and len(path) > 1 and path[1]})
    sections = tuple(
        Section(name, {path[2:]: leaf for path, leaf in merged.items() if path[:2] == ("contract", name)})
        for name in names
    )
    own = {path: leaf for path, leaf in merged.items() if path[0] != "contract"}
    migrations = _table(own, "migrations")
    waivers = _table(own, "waivers")
    found = Configuration(
        file=file,
        fail_on=_value(own, "fail-on", "error"),
        base=_value(own, "base", None),
        contracts=_selection(_table(own, "contracts")),
        version_prefixes=bool(_table(own, "contracts").get("ignore-version-prefix", False)),
        migrations=_selection(migrations),
        server=str(migrations.get("server", "postgresql:16")),
        tools={str(k).strip("/"): str(v) for k, v in cast("dict[str, str]", migrations.get("tools", {})).items()},
        placeholders=cast("dict[str, str]", migrations.get("placeholders", {})),
        columns={str(field): str(column) for field, column in _table(own, "columns").items()},
        limits=limits(migrations),
        waivers=WaiverSettings(
            file=str(waivers.get("file", "contractcheck.waivers.toml")),
            demand=_texts(waivers.get("demand"), WaiverSettings().demand),
            demand_inline=_texts(waivers.get("demand-inline"), WaiverSettings().demand_inline),
        ),
        baseline=_value(own, "baseline", "contractcheck.baseline"),
        sections=sections,
    )
    for section in sections:
        # A mistake is told by whoever reads the file, not only where the section is of use.
        others = {path: leaf for each in sections for path, leaf in each.layer.items() if path[:2] == _HEADER}
        _govern(found, {**own, **others, **section.layer})
    return _govern(found, own)


def contract(configuration: Configuration, path: str) -> Configuration:
    """The configuration for one contract: the sections whose pattern matches its path go before the rest.

    Of several that match, the one with more literal characters goes before the others; of equals the one that comes
    later in the alphabet.
    """
    matching = [section for section in configuration.sections if path_matches((section.pattern,), path)]
    if not matching:
        return configuration
    layer = dict(configuration.layer)
    for section in sorted(matching, key=lambda each: (each.pattern == path, literal(each.pattern), each.pattern)):
        layer |= section.layer
    return _govern(configuration, layer)


def unmatched(configuration: Configuration, paths: Iterable[str]) -> tuple[str, ...]:
    """The sections for contracts that none of the paths matches, in words: a mistake in a pattern has no effect."""
    paths = tuple(paths)
    return tuple(
        f'{each.layer[("",)].where}: no contract matches [contract."{each.pattern}"]'
        for each in configuration.sections
        if not any(path_matches((each.pattern,), path) for path in paths)
    )


def _govern(found: Configuration, layer: Layer) -> Configuration:
    versioning, deprecation = _table(layer, "versioning"), _table(layer, "deprecation")
    releases, api = _table(layer, "releases"), _table(layer, "api")
    return dataclasses.replace(
        found,
        layer=layer,
        profile=_value(layer, "profile", "standard"),
        severity={path[1]: str(leaf.value) for path, leaf in layer.items() if path[0] == "severity" and path[-1]},
        # Sorted by what they say: which stands first does not matter.
        overrides=tuple(sorted((_override(leaf) for path, leaf in layer.items() if _is_item(path)), key=_said)),
        versioning=_versioning(versioning, layer) if versioning else None,
        deprecation=_deprecation(deprecation) if ("deprecation", "") in layer else None,
        releases=_releases(releases) if releases else None,
        api=Api(
            error_media_type=str(api.get("error-media-type", Api().error_media_type)),
            error_schema=cast("str | None", api.get("error-schema")),
            idempotency_header=str(api.get("idempotency-header", Api().idempotency_header)),
            pagination=_texts(api.get("pagination"), ()),
        ),
    )


def _flatten(
    found: Source, table: Mapping[str, Any], path: tuple[str, ...], layer: dict[tuple[str, ...], Leaf]
) -> None:
    if path:
        layer[*path, ""] = Leaf(None, found.where(*path))
    inner = path[2:] if path[:1] == ("contract",) else path
    for key, value in table.items():
        where = found.where(*path, key)
        if key == "extends" and not path:
            continue
        if inner == () and key == "override":
            for number, item in enumerate(value):
                place = found.where(*path, key, number)
                _override_is_right(found, (*path, key, number), item)
                # Named by its place: overrides of several files stand side by side.
                layer[*path, key, f"{place}#{number}"] = Leaf(item, place)
        elif inner == ("releases",) and key == "list":
            for number, item in enumerate(value):
                _listed_is_right(found, (*path, key, number), item)
            places = [found.where(*path, key, number) for number in range(len(value))]
            layer[*path, key] = Leaf(list(zip(value, places, strict=True)), where)
        elif isinstance(value, Mapping):
            _flatten(found, value, (*path, key), layer)
        else:
            if inner == ("severity",) and key not in _CATEGORIES and key not in rulebook():
                raise unknown(key, [*rulebook()], "rule", where, "contractcheck rules lists them")
            if inner == ("versioning",) and key == "format" and not tokens(value):
                what = f"{value!r} has no part that moves with the calendar"
                raise ConfigurationError(what, where=where, next_step="use the words of calver.org: YYYY.MM.MICRO")
            layer[*path, key] = Leaf(value, where)


def _override_is_right(found: Source, path: tuple[str | int, ...], item: Mapping[str, Any]) -> None:
    if not {*item} - {"severity", "reason"}:
        what = "an override without a condition would be for everything"
        raise ConfigurationError(what, where=found.where(*path), next_step="use [severity], or give a condition")
    for number, pattern in enumerate(item.get("rules", ())):
        if not any(name_matches((pattern,), name) for name in rulebook()):
            where = found.where(*path, "rules", number)
            if "*" in pattern:
                what = f"no rule matches '{pattern}'"
                raise ConfigurationError(what, where=where, next_step="contractcheck rules lists them")
            raise unknown(pattern, [*rulebook()], "rule", where, "contractcheck rules lists them")


def _listed_is_right(found: Source, path: tuple[str | int, ...], item: Mapping[str, Any]) -> None:
    if parse(str(item["date"])) is None:
        raise ConfigurationError(
            f"{item['date']!r} is no day", where=found.where(*path, "date"), next_step="write it as 2026-12-31"
        )
    if ("revision" in item) is ("file" in item):
        what = "a release has either a revision or a file"
        raise ConfigurationError(what, where=found.where(*path), next_step="give one of them")


def _table(layer: Layer, *name: str) -> dict[str, object]:
    """The values below a path, as a table of tables."""
    found: dict[str, object] = {}
    for path, leaf in layer.items():
        if path[: len(name)] != name or len(path) == len(name) or not path[-1]:
            continue
        table = found
        for key in path[len(name) : -1]:
            table = cast("dict[str, object]", table.setdefault(key, {}))
        table[path[-1]] = leaf.value
    return found


def _value(layer: Layer, key: str, default: Any) -> Any:  # noqa: ANN401 - the schema has checked it
    return layer[(key,)].value if (key,) in layer else default


def _texts(value: object, default: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return default
    return (value,) if isinstance(value, str) else tuple(cast("list[str]", value))


def _selection(table: Mapping[str, object]) -> Selection:
    return Selection(_texts(table.get("include"), ()), _texts(table.get("exclude"), ()))


def _said(override: Override) -> str:
    return repr(dataclasses.replace(override, where=""))


def _is_item(path: tuple[str, ...]) -> bool:
    return path[0] == "override" and bool(path[-1])


def _override(leaf: Leaf) -> Override:
    item = cast("dict[str, Any]", leaf.value)
    names = ("rules", "categories", "files", "operations", "tags", "stability", "tables")
    return Override(severity=item["severity"], where=leaf.where, **{name: tuple(item.get(name, ())) for name in names})


def _versioning(table: Mapping[str, object], layer: Layer) -> Versioning:
    default = Versioning("none")
    if table.get("scheme") == "header" and not table.get("header"):
        what = "scheme header needs the name of the header"
        where = layer["versioning", "scheme"].where
        raise ConfigurationError(what, where=where, next_step='say it beside the scheme: header = "X-API-Version"')
    return Versioning(
        scheme=str(table.get("scheme", "none")),
        source=str(table.get("source", default.source)),
        format=str(table.get("format", default.format)),
        header=str(table.get("header", default.header)),
        zero=str(table.get("zero", default.zero)),
        demands={**DEMANDS, **cast("dict[str, str]", table.get("demands", {}))},
    )


def _deprecation(table: Mapping[str, object]) -> Deprecation:
    default = Deprecation()
    return Deprecation(
        notice={**NOTICE, **cast("dict[str, int]", table.get("notice", {}))},
        stability=str(table.get("stability", default.stability)),
        sunset=table.get("sunset", "required") == "required",
        headers=table.get("headers", "optional") == "required",
        due=str(table.get("due", default.due)),
    )


def _releases(table: Mapping[str, object]) -> Releases:
    listed = []
    for item, where in cast("list[tuple[dict[str, Any], str]]", table.get("list", [])):
        day = parse(str(item["date"]))
        assert day is not None  # noqa: S101 - looked at when it was read
        listed.append(Listed(item["version"], day, item.get("revision"), item.get("file"), where))
    return Releases(_texts(table.get("tags"), ()), bool(table.get("everywhere", False)), tuple(listed))
