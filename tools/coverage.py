"""Every field of every object of OpenAPI, and the rules that compare it: `python tools/coverage.py [--check]`.

The fields come from the JSON Schemas of the specification (openapi-spec-validator and openapi-schema-validator ship
them), the rules from tools/coverage.yaml. Written are docs/coverage.md, and contractcheck/openapi/shapes.json, by which
the structure of a document is checked. A field without a row, a row without a field and an unknown rule are errors.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from contractcheck.model.rule import rulebook

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tools" / "coverage.yaml"
PAGE = ROOT / "docs" / "coverage.md"
SHAPES = ROOT / "contractcheck" / "openapi" / "shapes.json"
VERSIONS = ("2.0", "3.0", "3.1", "3.2")
BASES = {"3.1": ("oas3.1", "vocabularies", "base"), "3.2": ("oas3.2", "meta", "2025-09-17.json")}
EFFECTS = ("added", "removed", "changed")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_INSIDE = ("allOf", "anyOf", "oneOf")
_BRANCHES = ("if", "then", "else")
_JSON_SCHEMA = ("core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content")

Schema = Mapping[str, Any]
Fields = dict[str, Schema]


def schema(version: str) -> dict[str, Any]:
    """The JSON Schema of a version of the specification."""
    at = resources.files("openapi_spec_validator").joinpath("resources", "schemas", f"v{version}", "schema.json")
    document: dict[str, Any] = json.loads(at.read_text(encoding="utf-8"))
    return document


def objects(version: str) -> dict[str, Fields]:
    """The objects of a version by the names of the specification, each with its fields."""
    document = schema(version)
    names = _data()["objects"]
    found: dict[str, Fields] = {"OpenAPI": fields(document, document)}
    for name, described in {**document.get("definitions", {}), **document.get("$defs", {})}.items():
        known = names.get(name)
        if known is None:
            if name not in names and not name.endswith("-or-reference") and fields(described, document):
                raise SystemExit(f"{version}: no name for the object {name}: add it to objects in {DATA.name}")
            continue
        for field, value in fields(described, document).items():
            here = found.setdefault(known, {})
            here[field] = _either(here[field], value) if field in here else value
        if known == "OAuth Flows":
            for inner in described.get("$defs", {}).values():
                for field, value in fields(inner, document).items():
                    found.setdefault("OAuth Flow", {}).setdefault(field, value)
    if version in BASES:
        base = _base(version)
        found["Schema"] = _keywords() | {name: {} for name in base["properties"]}
        found["Discriminator"] = fields(base["$defs"]["discriminator"], base)
        found["XML"] = fields(base["$defs"]["xml"], base)
    if "Path Item" in found:
        methods = METHODS if version == "3.2" else METHODS[:8] if version != "2.0" else METHODS[:7]
        found["Path Item"] |= {method: {"object": "Operation"} for method in methods}
    return found


def fields(described: Schema, document: Schema) -> Fields:
    """The fields that the schema of an object names, at whatever depth of conditions."""
    found: Fields = {}
    seen: set[int] = set()
    todo: list[Any] = [described]
    while todo:
        part = todo.pop(0)
        if not isinstance(part, Mapping) or id(part) in seen:
            continue
        seen.add(id(part))
        for name, value in part.get("properties", {}).items():
            if value is not False and (name not in found or found[name] in (True, {})):
                found[name] = value if isinstance(value, Mapping) else {}
        for word in _INSIDE:
            todo += part.get(word, [])
        todo += [part[word] for word in _BRANCHES if word in part]
        todo += part.get("dependentSchemas", {}).values()
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            todo.append(_at(document, reference))
    return found


def _either(one: Schema, other: Schema) -> Schema:
    """A field that two kinds of an object have: what may stand in either."""
    if one.get("$ref") != other.get("$ref"):
        return {}
    if "enum" in one and "enum" in other:
        return {**one, "enum": [*one["enum"], *(each for each in other["enum"] if each not in one["enum"])]}
    return {name: value for name, value in one.items() if name != "enum"} if "enum" in one else one


def _keywords() -> Fields:
    """The keywords of JSON Schema 2020-12."""
    found: Fields = {}
    folder = resources.files("jsonschema_specifications").joinpath("schemas", "draft202012", "vocabularies")
    for name in _JSON_SCHEMA:
        vocabulary = json.loads(folder.joinpath(name).read_text(encoding="utf-8"))
        found |= vocabulary["properties"]
    return found


def _base(version: str) -> dict[str, Any]:
    """The vocabulary that OpenAPI adds to JSON Schema."""
    at = resources.files("openapi_schema_validator").joinpath("schemas", *BASES[version])
    document: dict[str, Any] = json.loads(at.read_text(encoding="utf-8"))
    return document


def _at(document: Schema, reference: str) -> Any:  # noqa: ANN401 - a JSON value
    value: Any = document
    for token in reference[2:].split("/"):
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return data


def table() -> dict[str, dict[str, tuple[str, ...]]]:
    """The fields by object, each with the versions that have it."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for version in VERSIONS:
        for name, described in objects(version).items():
            for field in described:
                before = found.setdefault(name, {}).get(field, ())
                found[name][field] = (*before, version)
    return found


def expand(row: Any) -> dict[str, dict[str, tuple[str, ...]]]:  # noqa: ANN401 - a value of the data file
    """A row as direction -> effect -> rules. `aspect: range` stands for what narrows and what widens both ways."""
    if isinstance(row, str):
        return {}
    if "aspect" in row:
        name = row["aspect"]
        pair = {way: (f"{way}-{name}-narrowed", f"{way}-{name}-widened") for way in ("request", "response")}
        added = 0 if row.get("adds", "narrows") == "narrows" else 1
        return {
            way: {"added": (rules[added],), "removed": (rules[1 - added],), "changed": rules}
            for way, rules in pair.items()
        }
    ways = {way: row[way] for way in ("request", "response") if way in row} or {"both": row}
    return {
        way: {effect: _several(said[effect]) for effect in EFFECTS if effect in said}
        for way, said in ways.items()
        if isinstance(said, Mapping)
    }


def _several(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return (value,) if isinstance(value, str) else tuple(value)


def problems() -> list[str]:
    """What is wrong between the specification, the table and the rules."""
    data, known = _data(), rulebook()
    rows, listed = data["fields"], table()
    wrong = []
    for name, described in listed.items():
        wrong += [f"{name}.{field}: no row" for field in described if field not in rows.get(name, {})]
    for name, fields_ in rows.items():
        wrong += [f"{name}.{field}: no such field" for field in fields_ if field not in listed.get(name, {})]
        for field, row in fields_.items():
            for rule in named(row):
                if rule not in known:
                    wrong.append(f"{name}.{field}: no rule {rule}")
    wrong += [f"differences: no rule {rule}" for rule in _quoted(data["differences"]) if rule not in known]
    for pattern, row in data["oasdiff"].items():
        wrong += [f"oasdiff {pattern}: no rule {rule}" for rule in _ours(row) if rule not in known]
    return wrong


def named(row: Any) -> Iterator[str]:  # noqa: ANN401
    """The rules that a row names."""
    for said in expand(row).values():
        for rules in said.values():
            yield from rules


def _ours(row: str) -> list[str]:
    found: list[str] = re.findall(r"`([a-z]+(?:-[a-z]+)+)`", row)
    return found


def _quoted(texts: list[str]) -> list[str]:
    return [rule for text in texts for rule in _ours(text)]


def page() -> str:
    """The table as a page of the documentation."""
    data, listed = _data(), table()
    lines = [
        "# What is compared",
        "",
        "Every field of every object of Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2, and the rules that speak when it is",
        "added, removed or changed; or why none does. Written by `python tools/coverage.py` from the JSON Schemas of",
        "the specification and `tools/coverage.yaml`; a test fails when a field has no row. *request* and *response*",
        "are directions: in a webhook or callback the sides are swapped. `contractcheck explain RULE` says more.",
        "",
    ]
    for name in data["fields"]:
        lines += [
            "",
            f"## {name} Object",
            "",
            "| field | versions | added | removed | changed |",
            "|---|---|---|---|---|",
        ]
        for field, versions in sorted(listed[name].items()):
            said = "all" if versions == VERSIONS else ", ".join(versions)
            lines.append(f"| `{field}` | {said} | {' | '.join(_cells(data['fields'][name][field]))} |")
    lines += ["", "## Checks of oasdiff and their rules here", "", data["about"]["oasdiff"], ""]
    lines += ["| checks | here |", "|---|---|"]
    lines += [f"| `{pattern.replace('|', chr(92) + '|')}` | {row} |" for pattern, row in data["oasdiff"].items()]
    lines += ["", "## Judged otherwise than by other tools, on purpose", ""]
    lines += [f"- {text}" for text in data["differences"]]
    return "\n".join(lines) + "\n"


def _cells(row: Any) -> tuple[str, str, str]:  # noqa: ANN401
    if isinstance(row, str):
        return row, "", ""
    cells = []
    for effect in EFFECTS:
        told = dict.fromkeys(rule for said in expand(row).values() for rule in said.get(effect, ()))
        cells.append("<br>".join(f"`{rule}`" for rule in told))
    note = row.get("note")
    if note:
        cells[2] += ("<br>" if cells[2] else "") + note
    return cells[0], cells[1], cells[2]


def shapes() -> dict[str, Any]:
    """Version -> object -> fields, each with the kind of its value, and what must be there, to check structure by."""
    return {version: _shapes(version) for version in VERSIONS}


_ITEMS = {"map": {"object": "Path Item"}}
_KINDS = {"paths": _ITEMS, "callbacks": {"map": _ITEMS}, "webhooks": _ITEMS, "pathItems": _ITEMS}
"""Fields whose objects have patterned fields only."""


def _shapes(version: str) -> dict[str, Any]:
    document, names = schema(version), _data()["objects"]
    required: dict[str, set[str] | None] = {"OpenAPI": set(document.get("required", ()))}
    for name, described in {**document.get("definitions", {}), **document.get("$defs", {})}.items():
        known = names.get(name)
        if known is not None and "properties" in described:
            own = set(described.get("required", ()))
            before = required.get(known)
            required[known] = own if before is None else own & before
    return {
        name: {
            "fields": {
                field: _KINDS.get(field) or _kind(value, document, names) for field, value in sorted(described.items())
            },
            "required": sorted(required.get(name) or ()),
        }
        for name, described in sorted(objects(version).items())
        if name not in {"Schema", "Items", "Reference"}
    }


def _kind(value: Schema, document: Schema, names: Mapping[str, str | None]) -> Any:  # noqa: ANN401
    """The kind of a field's value: a name of a type, or what it is an object, a list or a map of."""
    if "object" in value:
        return {"object": value["object"]}
    for part in (value, *value.get("oneOf", ()), *value.get("anyOf", ())):
        reference = part.get("$ref") if isinstance(part, Mapping) else None
        if isinstance(reference, str) and reference.startswith("#/"):
            name = reference.rsplit("/", 1)[-1].removesuffix("-or-reference")
            known = names.get(name)
            if known in {"Schema", "Reference", "Items"}:
                if known == "Reference":
                    continue
                return {"object": "Schema"}
            if known is not None:
                return {"object": known}
            if "/oauth-flows/" in reference:
                return {"object": "OAuth Flow"}
            return _kind(_at(document, reference), document, names)
        if isinstance(part, Mapping) and "$dynamicRef" in part:
            return {"object": "Schema"}
    match value.get("type"):
        case "array":
            items = value.get("items", {})
            return {"list": _kind(items, document, names)} if isinstance(items, Mapping) else {"list": "any"}
        case "object":
            below = [each for key, each in value.get("patternProperties", {}).items() if key != "^x-"]
            each = next(iter(below), value.get("additionalProperties"))
            if isinstance(each, Mapping):
                return {"map": _kind(each, document, names)}
            return {"map": "any"}
        case str(named):
            return {"enum": value["enum"]} if "enum" in value else named
    return {"enum": value["enum"]} if "enum" in value else "any"


def main() -> int:
    """Write or check; 1 if something is wrong or not current."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    wrong = problems()
    written = {SHAPES: json.dumps(shapes(), indent=1, sort_keys=True) + "\n"}
    if not wrong:
        written[PAGE] = page()
    for path, text in written.items():
        if options.check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                wrong.append(f"{path.relative_to(ROOT)} is not current: python tools/coverage.py")
        else:
            path.write_text(text, encoding="utf-8")
    sys.stderr.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
