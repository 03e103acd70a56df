"""Random schemas, edits of schemas, and values aimed at them; all of it follows from the `Random` passed in."""

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Schema = Any

NAMES = ("id", "name", "kind", "tags", "parent", "size", "state", "x-a", "x-b")
WORDS = (
    "",
    "a",
    "ab",
    "abc",
    "b",
    "A1",
    "a-b",
    "open",
    "closed",
    "draft",
    "a1b2",
    "xyzzy",
    "é",
    "2024-01-31",
    "x" * 12,
)
PATTERNS = (
    "^[a-z]+$",
    "^[a-z0-9]+$",
    "^[a-z0-9-]*$",
    "^a",
    "b$",
    "^(open|closed)$",
    "^[A-Z][0-9]$",
    "[0-9]",
    "^.{2,4}$",
    "^\\d{4}-\\d{2}-\\d{2}$",
    "^x-",
    "^(?!a)[a-z]*$",
)
NUMBERS = (-10, -2, -1, 0, 0.5, 1, 1.5, 2, 3, 5, 10, 100)
STEPS = (1, 2, 3, 5, 0.5, 0.1, 10)
CONSTANTS = (None, True, False, 0, 1, 2, "a", "b", "open", "closed", [], [1], {}, {"kind": "a"})


def api_schema(rng: Random, *, depth: int = 3) -> Schema:
    """A schema as APIs have them; may hold `$ref` to `#/$defs/{A,B}`, which it then defines."""
    return _Maker(rng, every_keyword=False).document(depth)


def any_schema(rng: Random, *, depth: int = 2) -> Schema:
    """A schema of any keywords of draft 2020-12."""
    return _Maker(rng, every_keyword=True).document(depth)


class _Maker:
    def __init__(self, rng: Random, *, every_keyword: bool) -> None:
        self.rng = rng
        self.every = every_keyword

    def document(self, depth: int) -> Schema:
        schema = self.schema(depth)
        if isinstance(schema, dict) and ("#/$defs/" in repr(schema) or self.rng.random() < 0.1):
            schema = self.defined(schema, depth - 1)
        return schema

    def defined(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        return {**schema, "$defs": {name: self.schema(depth) for name in ("A", "B")}}

    def schema(self, depth: int, *, member: bool = False) -> Schema:
        rng = self.rng
        if self.every and rng.random() < 0.04:
            return rng.random() < 0.7
        if self.every and depth > 0 and rng.random() < 0.3:
            return {**self.loose(depth), **(self.typed(depth) if rng.random() < 0.5 else {})}
        if depth > 0 and rng.random() < 0.14:
            return self.combined(depth)
        if member and depth > 0 and rng.random() < 0.12:
            return {"$ref": f"#/$defs/{rng.choice('AB')}"}
        return self.typed(depth)

    def typed(self, depth: int) -> Schema:
        rng = self.rng
        kinds = (
            ["string"] * 4
            + ["integer"] * 3
            + ["number", "boolean", "null"]
            + (["object"] * 5 + ["array"] * 3) * (depth > 0)
        )
        kind = rng.choice(kinds)
        said: dict[str, Any] = {"type": kind}
        if rng.random() < 0.12:
            said["type"] = [kind, "null" if kind != "null" else "string"]
        if self.every and rng.random() < 0.1:
            del said["type"]
        build: Callable[[int], dict[str, Any]] = {
            "string": self.string,
            "integer": self.number,
            "number": self.number,
            "object": self.object,
            "array": self.array,
        }.get(kind, lambda _: {})
        said.update(build(depth))
        return said

    def some(self, share: float) -> bool:
        return self.rng.random() < share

    def string(self, _depth: int) -> dict[str, Any]:
        rng = self.rng
        if self.some(0.3):
            return {"enum": rng.sample(WORDS, rng.randint(1, 4))}
        said: dict[str, Any] = {}
        if self.some(0.3):
            said["minLength"] = rng.randint(0, 3)
        if self.some(0.3):
            said["maxLength"] = rng.randint(1, 8)
        if self.some(0.25):
            said["pattern"] = rng.choice(PATTERNS)
        if self.some(0.1):
            said["format"] = rng.choice(("date", "uuid", "email"))
        return said

    def number(self, _depth: int) -> dict[str, Any]:
        rng = self.rng
        if self.some(0.1):
            return {"enum": rng.sample(NUMBERS, rng.randint(1, 4))}
        said: dict[str, Any] = {}
        for word in ("minimum", "maximum"):
            if self.some(0.35):
                said[word] = rng.choice(NUMBERS)
        if self.some(0.1):
            said[rng.choice(("exclusiveMinimum", "exclusiveMaximum"))] = rng.choice(NUMBERS)
        if self.some(0.15):
            said["multipleOf"] = rng.choice(STEPS)
        return said

    def object(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        names = rng.sample(NAMES, rng.randint(0, 4))
        said: dict[str, Any] = {"properties": {name: self.schema(depth - 1, member=True) for name in names}}
        needed = [name for name in names if self.some(0.5)]
        if needed:
            said["required"] = needed
        if self.some(0.3):
            said["additionalProperties"] = False if self.some(0.6) else self.schema(depth - 2)
        if self.every:
            if self.some(0.15):
                said["patternProperties"] = {rng.choice(PATTERNS): self.schema(depth - 1)}
            if self.some(0.12):
                said["propertyNames"] = self.string(0) if self.some(0.8) else self.schema(0)
            if self.some(0.12):
                said["minProperties"] = rng.randint(0, 3)
            if self.some(0.12):
                said["maxProperties"] = rng.randint(0, 4)
            if self.some(0.1):
                said["dependentRequired"] = {rng.choice(NAMES): rng.sample(NAMES, 1)}
            if self.some(0.08):
                said["dependentSchemas"] = {rng.choice(NAMES): self.schema(depth - 1)}
            if self.some(0.1):
                said["unevaluatedProperties"] = False if self.some(0.6) else self.schema(depth - 1)
        return said

    def array(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        said: dict[str, Any] = {"items": self.schema(depth - 1, member=True)} if self.some(0.85) else {}
        if self.some(0.2):
            said["minItems"] = rng.randint(0, 2)
        if self.some(0.2):
            said["maxItems"] = rng.randint(0, 4)
        if self.some(0.12):
            said["uniqueItems"] = True
        if self.every:
            if self.some(0.2):
                said["prefixItems"] = [self.schema(depth - 1) for _ in range(rng.randint(1, 2))]
            if self.some(0.2):
                said["contains"] = self.schema(depth - 1)
                if self.some(0.4):
                    said["minContains"] = rng.randint(0, 2)
                if self.some(0.3):
                    said["maxContains"] = rng.randint(1, 2)
            if self.some(0.08):
                said["unevaluatedItems"] = False
        return said

    def combined(self, depth: int) -> Schema:
        rng = self.rng
        if self.some(0.3):
            kinds = rng.sample(("a", "b", "open", "closed"), rng.randint(2, 3))
            branches = []
            for kind in kinds:
                branch = {"type": "object", **self.object(depth - 1)}
                branch["properties"] = {**branch["properties"], "kind": {"const": kind}}
                branch["required"] = sorted({*branch.get("required", ()), "kind"})
                branches.append(branch)
            return {rng.choice(("oneOf", "anyOf")): branches}
        word = rng.choice(("allOf", "anyOf", "oneOf"))
        return {word: [self.schema(depth - 1) for _ in range(rng.randint(1, 3))]}

    def loose(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        pick = rng.randrange(6)
        if pick == 0:
            return {"not": self.schema(depth - 1)}
        if pick == 1:
            words = ["if", *(word for word in ("then", "else") if self.some(0.7))]
            return {word: self.schema(depth - 1) for word in words}
        if pick == 2:
            return {"const": rng.choice(CONSTANTS)}
        if pick == 3:
            return {"enum": rng.sample(CONSTANTS, rng.randint(1, 4))}
        if pick == 4 and self.some(0.5):
            return {"allOf": [self.object(depth - 1), self.object(depth - 1)], "unevaluatedProperties": False}
        return {rng.choice(("allOf", "anyOf", "oneOf")): [self.schema(depth - 1) for _ in range(rng.randint(1, 3))]}


def pair(rng: Random, *, every_keyword: bool) -> tuple[Schema, Schema]:
    """Two schemas: mostly one and an edit of it, sometimes two unrelated ones."""
    make = any_schema if every_keyword else api_schema
    base = make(rng)
    if rng.random() < 0.2:
        return base, make(rng)
    revision = copy.deepcopy(base)
    for _ in range(rng.randint(1, 2)):
        revision = edit(rng, revision, every_keyword=every_keyword)
    if isinstance(revision, dict) and "#/$defs/" in repr(revision) and "$defs" not in revision:
        revision = _Maker(rng, every_keyword=every_keyword).defined(revision, 1)
    return (base, revision) if rng.random() < 0.5 else (revision, base)


def edit(rng: Random, schema: Schema, *, every_keyword: bool) -> Schema:
    """The schema with one keyword somewhere in it added, removed or changed. The argument may be changed."""
    maker = _Maker(rng, every_keyword=every_keyword)
    places = [place for place in subschemas(schema) if isinstance(place, dict)]
    if not places:
        return maker.schema(1)
    place = rng.choice(places)
    words = [word for word in place if word not in ("$defs", "$ref")]
    pick = rng.random()
    if pick < 0.25 and words:
        del place[rng.choice(words)]
    elif pick < 0.4 and isinstance(place.get("properties"), dict):
        name = rng.choice(NAMES)
        place["properties"][name] = maker.schema(1)
    elif pick < 0.55 and isinstance(place.get("properties"), dict) and place["properties"]:
        name = rng.choice(sorted(place["properties"]))
        needed = place.get("required", [])
        place["required"] = [one for one in needed if one != name] if name in needed else [*needed, name]
    elif pick < 0.65 and isinstance(place.get("enum"), list) and place["enum"]:
        if rng.random() < 0.5 and len(place["enum"]) > 1:
            place["enum"] = place["enum"][1:]
        else:
            place["enum"] = [*place["enum"], "added"]
    elif pick < 0.75:
        old = {word: place.pop(word) for word in list(place) if word != "$defs"}
        place[rng.choice(("allOf", "anyOf", "oneOf"))] = [old] if rng.random() < 0.5 else [old, maker.schema(1)]
    else:
        addition = maker.typed(1)
        for word, value in addition.items():
            if word != "type" or rng.random() < 0.3:
                place[word] = value
    return schema


def graph(rng: Random) -> Schema:
    """Four schemas that refer to each other through their members and items."""
    return {"$ref": "#/$defs/A", "$defs": {name: _vertex(rng) for name in "ABCD"}}


def graph_pair(rng: Random) -> tuple[Schema, Schema]:
    """Such schemas, and the same with up to two of them replaced."""
    base = graph(rng)
    revision = copy.deepcopy(base)
    for _ in range(rng.randint(0, 2)):
        revision["$defs"][rng.choice("ABCD")] = _vertex(rng)
    return (base, revision) if rng.random() < 0.5 else (revision, base)


def _vertex(rng: Random) -> Schema:
    pick = rng.random()
    if pick < 0.6:
        names = rng.sample("xyz", rng.randint(1, 3))
        said: dict[str, Any] = {"type": "object", "properties": {name: _edge(rng) for name in names}}
        said["required"] = [name for name in names if rng.random() < 0.4]
        if rng.random() < 0.3:
            said["additionalProperties"] = False if rng.random() < 0.6 else _edge(rng)
        return said
    if pick < 0.8:
        said = {"type": "array", rng.choice(("items", "items", "contains")): _edge(rng)}
        if rng.random() < 0.4:
            said["minItems"] = rng.randint(1, 2)
        if rng.random() < 0.3:
            said["maxItems"] = rng.randint(1, 2)
        return said
    return {"anyOf": [_vertex(rng), _leaf(rng)]} if pick < 0.9 else _leaf(rng)


def _edge(rng: Random) -> Schema:
    pick = rng.random()
    if pick < 0.78:
        first, second = ({"$ref": f"#/$defs/{rng.choice('ABCD')}"} for _ in range(2))
        if pick < 0.5:
            return first
        if pick < 0.7:
            return {"oneOf": [{"type": "null"}, first]} if pick < 0.6 else {"anyOf": [_leaf(rng), first]}
        return {"allOf": [first, second]} if pick < 0.75 else {"not": first}
    return _leaf(rng)


def _leaf(rng: Random) -> Schema:
    return copy.deepcopy(
        rng.choice(
            (
                {"type": "integer"},
                {"type": "string"},
                {"const": 1},
                {"enum": [1, "a"]},
                {"type": "null"},
                True,
                {"type": "integer", "minimum": 0},
            )
        )
    )


def unrolled(schema: Schema, definitions: dict[str, Schema], times: int) -> Schema:
    """Every reference replaced by what it leads to, so many times, and by nothing at all after that."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            inner = definitions[schema["$ref"].rpartition("/")[2]]
            return unrolled(inner, definitions, times - 1) if times else False
        return {word: unrolled(value, definitions, times) for word, value in schema.items() if word != "$defs"}
    return [unrolled(item, definitions, times) for item in schema] if isinstance(schema, list) else schema


def respelled_pair(rng: Random) -> tuple[Schema, Schema]:
    """A schema and the same one said differently in several places, half of the time with an edit on top."""
    base = any_schema(rng) if rng.random() < 0.5 else api_schema(rng)
    revision = copy.deepcopy(base)
    for _ in range(rng.randint(1, 4)):
        revision = respell(rng, revision)
    if rng.random() < 0.5:
        revision = edit(rng, revision, every_keyword=True)
        if isinstance(revision, dict) and "#/$defs/" in repr(revision) and "$defs" not in revision:
            revision = _Maker(rng, every_keyword=False).defined(revision, 1)
    return (base, revision) if rng.random() < 0.5 else (revision, base)


def respell(rng: Random, schema: Schema) -> Schema:
    """The schema with one place in it said differently; the meaning stays. The argument may be changed."""
    places = [
        place for place in subschemas(schema) if isinstance(place, dict) and "unevaluated" not in repr(list(place))
    ]
    if not places or "unevaluated" in repr(schema):
        return schema
    place = rng.choice(places)
    own = {word: place.pop(word) for word in list(place) if word not in ("$defs", "$id")}
    place.update(_respelled(rng, own))
    return schema


def _respelled(rng: Random, own: dict[str, Any]) -> dict[str, Any]:
    probe = _Maker(rng, every_keyword=True).typed(1)
    pick = rng.randrange(13)
    if pick == 0:
        return {"not": {"not": own}}
    if pick == 1:
        return {"anyOf": [{"allOf": [own, probe]}, {"allOf": [own, {"not": probe}]}]}
    if pick == 2:
        return {"if": probe, "then": own, "else": copy.deepcopy(own)}
    if pick == 3:
        return {"oneOf": [{"allOf": [own, probe]}, {"allOf": [copy.deepcopy(own), {"not": copy.deepcopy(probe)}]}]}
    if pick == 4:
        return {"allOf": [{word: value} for word, value in own.items()]} if not _tied(own) else {"allOf": [own]}
    if pick == 5 and own.get("enum"):
        rest = {word: value for word, value in own.items() if word != "enum"}
        choice = [{"const": value} for value in own["enum"]]
        return {**rest, "allOf": [*rest.pop("allOf", []), {rng.choice(("anyOf", "oneOf")): choice}]}
    if pick == 6 and isinstance(own.get("type"), list) and len(set(own["type"])) == len(own["type"]):
        rest = {word: value for word, value in own.items() if word != "type"}
        choice = [{"type": kind, **copy.deepcopy(rest)} for kind in own["type"]]
        return {"anyOf" if {"integer", "number"} <= set(own["type"]) else rng.choice(("anyOf", "oneOf")): choice}
    if pick == 7 and isinstance(own.get("properties"), dict) and "additionalProperties" not in own:
        rest = {word: value for word, value in own.items() if word != "properties"}
        patterns = {f"^{name}$": part for name, part in own["properties"].items()}
        return {**rest, "patternProperties": {**rest.get("patternProperties", {}), **patterns}}
    if (
        pick == 8
        and isinstance(own.get("properties"), dict)
        and own.get("additionalProperties") is False
        and "patternProperties" not in own
    ):
        rest = {word: value for word, value in own.items() if word not in ("additionalProperties", "propertyNames")}
        names = {"enum": sorted(own["properties"])} if own["properties"] else False
        return {
            **rest,
            "allOf": [
                *rest.pop("allOf", []),
                {"propertyNames": names},
                {"propertyNames": own.get("propertyNames", True)},
            ],
        }
    if pick == 9 and own.get("required"):
        rest = {word: value for word, value in own.items() if word != "required"}
        lacking = {"type": "object", "anyOf": [{"not": {"required": [name]}} for name in own["required"]]}
        return {"allOf": [rest, {"not": lacking}]}
    if pick == 10 and "items" in own and "prefixItems" not in own:
        rest = {word: value for word, value in own.items() if word != "items"}
        return {**rest, "prefixItems": [copy.deepcopy(own["items"])], "items": own["items"]}
    if (
        pick == 11
        and own.get("type") == "integer"
        and {"minimum", "maximum"} <= set(own) <= {"type", "minimum", "maximum"}
    ):
        low, high = own["minimum"], own["maximum"]
        return {"type": "integer", "enum": [n for n in range(-200, 200) if low <= n <= high] or ["none"]}
    if pick == 12 and "contains" in own and "minContains" not in own and "maxContains" not in own:
        rest = {word: value for word, value in own.items() if word != "contains"}
        return {"allOf": [rest, {"not": {"type": "array", "items": {"not": own["contains"]}}}]}
    return {"allOf": [own, {"anyOf": [True, probe]}]}


def _tied(own: dict[str, Any]) -> bool:
    """Whether some keywords speak of their neighbours and cannot be parted from them."""
    ties = ("additionalProperties", "items", "minContains", "maxContains", "then", "else", "if", "contains")
    return any(word in own for word in ties)


_ONE = ("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else")
_MORE = ("unevaluatedProperties", "unevaluatedItems")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_TABLES = ("properties", "patternProperties", "dependentSchemas", "$defs")


def subschemas(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema in it."""
    yield schema
    if not isinstance(schema, dict):
        return
    for word in (*_ONE, *_MORE):
        if word in schema:
            yield from subschemas(schema[word])
    for word in _LISTS:
        for part in schema.get(word, ()):
            yield from subschemas(part)
    for word in _TABLES:
        for part in schema.get(word, {}).values():
            yield from subschemas(part)


class Sampler:
    """Draws values for a schema: mostly valid ones, near its bounds, with some noise."""

    def __init__(self, rng: Random, root: Schema) -> None:
        self.rng = rng
        self.root = root

    def value(self, schema: Schema, depth: int = 4) -> Schema:
        rng = self.rng
        if not isinstance(schema, dict) or depth <= 0 or rng.random() < 0.06:
            return self.anything(depth)
        if "$ref" in schema and set(schema) <= {"$ref", "$defs"}:
            return self.value(self.root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], True), depth - 1)
        if "const" in schema:
            return copy.deepcopy(schema["const"])
        if schema.get("enum"):
            return copy.deepcopy(rng.choice(schema["enum"]))
        for word in ("oneOf", "anyOf", "allOf"):
            if schema.get(word) and (set(schema) <= {word, "$defs"} or rng.random() < 0.5):
                if word == "allOf":
                    values = [self.value(part, depth - 1) for part in schema[word]]
                    if all(isinstance(value, dict) for value in values):
                        return {name: member for value in values for name, member in value.items()}
                    return values[0]
                return self.value(rng.choice(schema[word]), depth - 1)
        for word in ("if", "then", "else"):
            if word in schema and rng.random() < 0.3:
                return self.value(schema[word], depth - 1)
        kinds = schema.get("type", ["string", "integer", "object", "array", "null", "boolean"])
        kind = rng.choice(kinds) if isinstance(kinds, list) else kinds
        if "type" not in schema:
            if any(word in schema for word in ("properties", "required", "patternProperties", "minProperties")):
                kind = "object"
            elif any(word in schema for word in ("items", "prefixItems", "contains", "minItems")):
                kind = "array"
        return self.typed(kind, schema, depth)

    def typed(self, kind: str, schema: dict[str, Any], depth: int) -> Schema:
        rng = self.rng
        if kind == "string":
            length = rng.choice(
                (schema.get("minLength", 1), schema.get("maxLength", 3), schema.get("maxLength", 3) + 1)
            )
            return rng.choice((*WORDS, "a" * length, "a" * max(0, schema.get("minLength", 1) - 1), "0" * length))
        if kind in ("integer", "number"):
            bounds = [
                schema[word]
                for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
                if word in schema
            ]
            value = rng.choice((*NUMBERS, *bounds, *(bound + 1 for bound in bounds), *(bound - 1 for bound in bounds)))
            if "multipleOf" in schema and rng.random() < 0.6:
                value = rng.randint(-4, 6) * schema["multipleOf"]
            return int(value) if kind == "integer" else value
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "null":
            return None
        return self.array(schema, depth) if kind == "array" else self.object(schema, depth)

    def array(self, schema: dict[str, Any], depth: int) -> Schema:
        rng = self.rng
        low, high = schema.get("minItems", 0), schema.get("maxItems", 3)
        length = rng.choice((low, high, rng.randint(0, 3)))
        prefix = schema.get("prefixItems", [])
        items = [
            self.value(prefix[at] if at < len(prefix) else schema.get("items", True), depth - 1) for at in range(length)
        ]
        if "contains" in schema:
            for at in range(len(items)):
                if rng.random() < 0.6:
                    items[at] = self.value(schema["contains"], depth - 1)
        if items and rng.random() < 0.2:
            items.append(copy.deepcopy(items[0]))
        return items

    def object(self, schema: dict[str, Any], depth: int) -> Schema:
        rng = self.rng
        found: dict[str, Any] = {}
        share = rng.choice((0.0, 0.5, 0.9))
        for name, part in schema.get("properties", {}).items():
            if name in schema.get("required", ()) or rng.random() < share:
                found[name] = self.value(part, depth - 1)
        for name in schema.get("required", ()):
            if name not in found and rng.random() < 0.9:
                found[name] = self.anything(depth)
        if rng.random() < 0.35:
            more = schema.get("additionalProperties", True)
            found[rng.choice((*NAMES, "extra", "a", "A1", "1"))] = self.value(more, depth - 1)
        if rng.random() < 0.1 and found:
            del found[rng.choice(sorted(found))]
        return found

    def anything(self, depth: int) -> Schema:
        rng = self.rng
        pick = rng.randrange(8)
        if pick == 0 and depth > 0:
            return [self.anything(depth - 1) for _ in range(rng.randint(0, 2))]
        if pick == 1 and depth > 0:
            return {rng.choice(NAMES): self.anything(depth - 1) for _ in range(rng.randint(0, 2))}
        return copy.deepcopy(rng.choice((*CONSTANTS, *WORDS[:5], *NUMBERS[:8])))
