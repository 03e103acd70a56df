"""Random schemas of every keyword in every dialect, and values aimed at them; all of it follows from the `Random`.

The vocabulary is small on purpose (three names, five texts, seven numbers): keywords that never meet prove nothing.
"""

import copy
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any, Final

from contractcheck.schemas.dialects import KEYWORDS, Dialect
from contractcheck.schemas.documents import REFERENCES

Schema = Any

NAMES: Final = ("a", "b", "ab")
TEXTS: Final = ("", "a", "b", "ab", "ba", "aab", "1")
NUMBERS: Final = (-2, -1, 0, 0.5, 1, 1.5, 2, 3)
# what ECMA-262, Python and Rust read alike over the texts that are drawn
PATTERNS: Final = (
    "^a",
    "b$",
    "^[ab]$",
    "^a*$",
    "^(a|b)+$",
    "^[^b]*$",
    "^.{1,2}$",
    "ab",
    "^$",
    "[0-9]",
    "^(ab?)*$",
    "^[a-z]{2,}$",
)
CONSTANTS: Final = (
    *(None, True, False, 0, 1, 2, 0.5, 1.0, "", "a", "b", "ab"),
    *([], [1], [1, 1], ["a", 1], [True], {}, {"a": 1}, {"a": "b"}, {"a": 1, "b": [1]}, {"b": {}}),
)
STEPS: Final = (1, 2, 3, 0.5, 1.5, 0.1, 0.25)
TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")

_DEFINITIONS: Final = {
    **dict.fromkeys((Dialect.DRAFT2019_09, Dialect.DRAFT2020_12, Dialect.OPENAPI_3_1), ("$defs",)),
    **dict.fromkeys((Dialect.DRAFT4, Dialect.DRAFT6, Dialect.DRAFT7, Dialect.SWAGGER_2_0), ("definitions",)),
    Dialect.OPENAPI_3_0: ("components", "schemas"),
}
_FLAGS: Final = (Dialect.DRAFT4, Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0)
_MODERN: Final = (Dialect.DRAFT2019_09, Dialect.DRAFT2020_12, Dialect.OPENAPI_3_1)
_NO_BOOLEANS: Final = _FLAGS
_NULLABLE: Final = {Dialect.OPENAPI_3_0: "nullable", Dialect.SWAGGER_2_0: "x-nullable"}
_PARTS: Final = ("P", "Q", "R")
_URI: Final = "https://example.com/root.json"


def document(rng: Random, spoken: Dialect, *, depth: int = 2) -> Schema:
    """A self-contained document of any keywords of the dialect, with definitions that may refer to each other."""
    return _Maker(rng, spoken).document(depth)


def pair(rng: Random, spoken: Dialect) -> tuple[Schema, Schema]:
    """Two documents: mostly one and the same with up to three keywords changed, sometimes two unrelated ones."""
    base = document(rng, spoken)
    if rng.random() < 0.25:
        return base, document(rng, spoken)
    revision = copy.deepcopy(base)
    for _ in range(rng.randint(1, 3)):
        revision = _Maker(rng, spoken).edited(revision)
    return (base, revision) if rng.random() < 0.5 else (revision, base)


class _Maker:
    def __init__(self, rng: Random, spoken: Dialect) -> None:
        self.rng = rng
        self.spoken = spoken
        self.words = KEYWORDS[spoken]
        self.referred = False
        groups: list[tuple[tuple[str, ...], Callable[[int], dict[str, Any]], int]] = [
            (("type",), self.type, 8),
            (("enum",), self.values, 4),
            (("minimum",), self.numeric, 4),
            (("multipleOf",), lambda _: {"multipleOf": rng.choice(STEPS)}, 2),
            (("minLength",), lambda _: self.counts("minLength", "maxLength", 3), 2),
            (("pattern",), lambda _: {"pattern": rng.choice(PATTERNS)}, 3),
            (("format",), lambda _: {"format": rng.choice(("date", "uri", "mine"))}, 1),
            (("properties",), self.members, 8),
            (("required",), lambda _: {"required": rng.sample(NAMES, rng.randint(1, 2))}, 4),
            (("patternProperties",), self.matching, 3),
            (("propertyNames",), lambda d: {"propertyNames": self.schema(min(d - 1, 1))}, 2),
            (("minProperties",), lambda _: self.counts("minProperties", "maxProperties", 3), 2),
            (("dependentRequired",), lambda _: {"dependentRequired": self.needs()}, 2),
            (("dependentSchemas",), lambda d: {"dependentSchemas": {rng.choice(NAMES): self.schema(d - 1)}}, 2),
            (("dependencies",), self.dependencies, 3),
            (("items",), self.items, 5),
            (("minItems",), lambda _: self.counts("minItems", "maxItems", 3), 2),
            (("contains",), self.contains, 3),
            (("uniqueItems",), lambda _: {"uniqueItems": rng.random() < 0.9}, 2),
            (("allOf",), lambda d: {"allOf": self.several(d)}, 3),
            (("anyOf",), lambda d: {"anyOf": self.several(d)}, 3),
            (("oneOf",), lambda d: {"oneOf": self.several(d)}, 3),
            (("not",), lambda d: {"not": self.schema(d - 1)}, 2),
            (("if",), self.condition, 3),
            (("unevaluatedProperties",), lambda d: {"unevaluatedProperties": self.bound(d)}, 3),
            (("unevaluatedItems",), lambda d: {"unevaluatedItems": self.bound(d)}, 2),
            (("$ref",), lambda _: self.reference(), 4),
        ]
        self.groups = [group for group in groups if group[0][0] in self.words]

    # -- documents

    def document(self, depth: int) -> Schema:
        rng = self.rng
        schema = self.schema(depth)
        if not isinstance(schema, dict):
            return schema
        if spoken_nullable := _NULLABLE.get(self.spoken):
            schema = self.with_null(schema, spoken_nullable)
        if not self.referred:
            return schema
        parts = {name: self.definition(depth) for name in _PARTS}
        named = self.spoken not in (Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0)
        if named:
            word = "id" if self.spoken is Dialect.DRAFT4 else "$id"
            parts = {name: part if isinstance(part, dict) else {"allOf": [part]} for name, part in parts.items()}
            for part in parts.values():
                if "$ref" in part and self.spoken not in _MODERN:
                    part["allOf"] = [*part.get("allOf", ()), {"$ref": part.pop("$ref")}]
            if self.spoken in _MODERN:
                parts["Q"]["$anchor"] = "q"
            else:
                parts["Q"][word] = "#q"
            if self.spoken in (Dialect.DRAFT2020_12, Dialect.OPENAPI_3_1):
                parts["P"]["$dynamicAnchor"] = "p"
            parts["R"] = {word: "r.json", "allOf": [self.absolute(parts["R"])]}
            if "$dynamicRef" in self.words:
                parts["R"]["$dynamicAnchor"] = "p"
            if "$recursiveRef" in self.words:
                schema = {**schema, "$recursiveAnchor": rng.random() < 0.8}
                parts["R"]["$recursiveAnchor"] = rng.random() < 0.8
            schema = {word: _URI, **schema}
            if "$ref" in schema and self.spoken not in _MODERN:
                schema["allOf"] = [*schema.get("allOf", ()), {"$ref": schema.pop("$ref")}]
        table: dict[str, Any] = dict(parts)
        for word in reversed(_DEFINITIONS[self.spoken]):
            table = {word: table}
        whole = {**schema, **table}
        return whole if rng.random() < 0.9 else dict(reversed(whole.items()))

    def definition(self, depth: int) -> Schema:
        """A schema that refers to others only from inside members and items: else it may come back to itself."""
        part = self.schema(max(depth - 1, 1))
        while _refers_at_once(part):
            part = self.schema(max(depth - 1, 1))
        return part

    def absolute(self, schema: Schema) -> Schema:
        """References said from the root: inside a resource of its own `#` means the resource."""
        if isinstance(schema, dict):
            found = {word: self.absolute(value) for word, value in schema.items()}
            if isinstance(found.get("$ref"), str) and found["$ref"].startswith("#"):
                found["$ref"] = _URI + found["$ref"]
            return found
        return [self.absolute(item) for item in schema] if isinstance(schema, list) else schema

    def with_null(self, schema: dict[str, Any], word: str) -> dict[str, Any]:
        for part in subschemas(schema):
            if isinstance(part, dict) and self.rng.random() < 0.25:
                part[word] = self.rng.random() < 0.8
        return schema

    def edited(self, schema: Schema) -> Schema:
        """One keyword somewhere added, removed or replaced. The argument may be changed."""
        rng = self.rng
        places = [part for part in subschemas(schema) if isinstance(part, dict)]
        if not places:
            return self.document(2)
        place = rng.choice(places)
        words = [word for word in place if word in self.words and word != "$ref"]
        if words and rng.random() < 0.4:
            del place[rng.choice(words)]
            return schema
        self.referred = False
        fresh = self.schema(1)
        if isinstance(fresh, dict) and not self.referred:
            place.update(fresh)
        elif words:
            del place[rng.choice(words)]
        return schema

    # -- schemas

    def schema(self, depth: int) -> Schema:
        rng = self.rng
        if rng.random() < 0.08 or depth < 0:
            plain = rng.choice(({}, {"type": "string"}, {"type": "integer"}, {"not": {}}))
            if self.spoken in _NO_BOOLEANS:
                return copy.deepcopy(plain) if "not" not in plain or "not" in self.words else {"enum": [1, "a"]}
            return rng.random() < 0.6
        deep = {"properties", "patternProperties", "propertyNames", "dependentSchemas", "items", "contains", "not"}
        deep |= {"allOf", "anyOf", "oneOf", "if", "dependencies", "unevaluatedProperties", "unevaluatedItems"}
        open_groups = [group for group in self.groups if depth > 0 or group[0][0] not in deep]
        picked = rng.choices(open_groups, [weight for *_, weight in open_groups], k=rng.choice((1, 1, 2, 2, 3)))
        said: dict[str, Any] = {}
        for _, build, _ in picked:
            said.update(build(depth))
        if "$ref" in said and self.spoken not in _MODERN and rng.random() < 0.7:
            return {"$ref": said["$ref"]}
        return said

    def bound(self, depth: int) -> Schema:
        return False if self.rng.random() < 0.6 else self.schema(depth - 1)

    def several(self, depth: int) -> list[Schema]:
        return [self.schema(depth - 1) for _ in range(self.rng.choice((1, 2, 2, 3)))]

    def type(self, _depth: int) -> dict[str, Any]:
        rng = self.rng
        known = [kind for kind in TYPES if kind != "null" or self.spoken not in _NULLABLE]
        if rng.random() < 0.7 or self.spoken in _NULLABLE:
            return {"type": rng.choice(known)}
        return {"type": rng.sample(known, rng.randint(1, 3))}

    def values(self, _depth: int) -> dict[str, Any]:
        rng = self.rng
        if "const" in self.words and rng.random() < 0.4:
            return {"const": copy.deepcopy(rng.choice(CONSTANTS))}
        found: list[Any] = []
        for value in rng.sample(CONSTANTS, rng.randint(1, 4)):
            if not any(_same(value, known) for known in found):
                found.append(copy.deepcopy(value))
        return {"enum": found}

    def numeric(self, _depth: int) -> dict[str, Any]:
        rng = self.rng
        said: dict[str, Any] = {}
        for low, high in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if rng.random() < 0.6:
                said[low] = rng.choice(NUMBERS)
                if self.spoken in _FLAGS and rng.random() < 0.4:
                    said[high] = rng.random() < 0.7
            if self.spoken not in _FLAGS and rng.random() < 0.3:
                said[high] = rng.choice(NUMBERS)
        return said

    def counts(self, low: str, high: str, most: int) -> dict[str, Any]:
        rng = self.rng
        said = {low: rng.randint(0, most)} if rng.random() < 0.6 else {}
        return {**said, high: rng.randint(0, most)} if rng.random() < 0.6 else said

    def members(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        said: dict[str, Any] = {}
        if rng.random() < 0.85:
            said["properties"] = {name: self.schema(depth - 1) for name in rng.sample(NAMES, rng.randint(1, 3))}
        if rng.random() < 0.35 or not said:
            said["additionalProperties"] = rng.random() < 0.2 if rng.random() < 0.6 else self.schema(depth - 1)
        return said

    def matching(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        said: dict[str, Any] = {
            "patternProperties": {rng.choice(PATTERNS): self.schema(depth - 1) for _ in range(rng.randint(1, 2))}
        }
        if rng.random() < 0.3:
            said["additionalProperties"] = rng.random() < 0.2 if rng.random() < 0.6 else self.schema(depth - 1)
        return said

    def needs(self) -> dict[str, Any]:
        rng = self.rng
        return {name: rng.sample(NAMES, rng.randint(1, 2)) for name in rng.sample(NAMES, rng.randint(1, 2))}

    def dependencies(self, depth: int) -> dict[str, Any]:
        if self.rng.random() < 0.5:
            return {"dependencies": self.needs()}
        return {"dependencies": {self.rng.choice(NAMES): self.schema(depth - 1)}}

    def items(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        positions = [self.schema(depth - 1) for _ in range(rng.randint(1, 2))]
        if rng.random() < 0.5 or self.spoken in _NULLABLE:
            return {"items": self.schema(depth - 1)}
        rest = self.bound(depth) if rng.random() < 0.5 else None
        if "prefixItems" in self.words:
            return {"prefixItems": positions} if rest is None else {"prefixItems": positions, "items": rest}
        return {"items": positions} if rest is None else {"items": positions, "additionalItems": rest}

    def contains(self, depth: int) -> dict[str, Any]:
        said: dict[str, Any] = {"contains": self.schema(depth - 1)}
        return {**said, **self.counts("minContains", "maxContains", 2)} if "minContains" in self.words else said

    def condition(self, depth: int) -> dict[str, Any]:
        words = ["if", *(word for word in ("then", "else") if self.rng.random() < 0.7)]
        return {word: self.schema(depth - 1) for word in words}

    def reference(self) -> dict[str, Any]:
        rng = self.rng
        self.referred = True
        place = "/".join(_DEFINITIONS[self.spoken])
        ways = [f"#/{place}/{name}" for name in _PARTS]
        if self.spoken not in (Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0):
            ways += ["#q", "r.json", "root.json#q", f"{_URI}#/{place}/P"]
        if "$dynamicRef" in self.words and rng.random() < 0.2:
            return {"$dynamicRef": "#p"}
        if "$recursiveRef" in self.words and rng.random() < 0.2:
            return {"properties": {rng.choice(NAMES): {"$recursiveRef": "#"}}}
        return {"$ref": rng.choice(ways)}


def _refers_at_once(schema: Schema) -> bool:
    """Whether there is a reference that speaks of the very value of the schema."""
    if not isinstance(schema, dict):
        return False
    inner = [schema[word] for word in ("not", "if", "then", "else") if word in schema]
    inner += [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())]
    for word in ("dependentSchemas", "dependencies"):
        inner += schema.get(word, {}).values()
    return any(word in schema for word in REFERENCES) or any(map(_refers_at_once, inner))


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON
    """Equality as JSON has it: `true` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return type(one) is type(other) and one == other if isinstance(one, str | None) else one == other


_ONE = (
    *("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"),
    *("unevaluatedProperties", "unevaluatedItems", "additionalItems"),
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_TABLES = ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions")


def subschemas(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema in it."""
    yield schema
    if not isinstance(schema, dict):
        return
    for word in _ONE:
        if isinstance(schema.get(word), dict | bool):
            yield from subschemas(schema[word])
    for word in _LISTS:
        if isinstance(schema.get(word), list):
            for part in schema[word]:
                yield from subschemas(part)
    tables = [schema.get(word) for word in _TABLES]
    tables.append(schema.get("components", {}).get("schemas"))
    for table in tables:
        if isinstance(table, dict):
            for part in table.values():
                if isinstance(part, dict | bool):
                    yield from subschemas(part)


def universe() -> list[Any]:
    """Values over the vocabulary: all that are small, some thousand; for deciding by trying all of them."""
    atoms: list[Any] = [None, True, False, *NUMBERS, 0.1, 0.25, *TEXTS]
    few: list[Any] = [None, True, 0, 1, 1.5, "", "a", "ab", [], {}]
    arrays: list[Any] = [[], *([item] for item in atoms), *(list(items) for items in product(few, repeat=2))]
    arrays += [list(items) for items in product((1, "a", True), repeat=3)]
    objects: list[Any] = [{}]
    for name in (*NAMES, "1", ""):
        objects += [{name: value} for value in atoms]
    for one, other in (("a", "b"), ("a", "ab"), ("b", "ab"), ("b", "ba")):
        objects += [{one: x, other: y} for x, y in product(few, repeat=2)]
    objects += [{"a": x, "b": y, "ab": z} for x, y, z in product((None, 1, "a", {}), repeat=3)]
    flat = [[], [1], ["a", 1], [1, 1], [None]]
    rich = [{}, {"a": 1}, {"b": "a"}, {"a": 1, "b": 1}, {"ab": None}]
    nested: list[Any] = [[item] for item in (*flat, *rich)]
    nested += [{name: item} for name in NAMES for item in (*flat, *rich)]
    nested += [[x, y] for x, y in product((*flat[1:3], *rich[:3]), repeat=2)]
    nested += [{"a": x, "b": y} for x, y in product((*flat[:2], *rich[1:3]), repeat=2)]
    return [*atoms, *arrays, *objects, *nested]
