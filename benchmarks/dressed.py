"""Random pairs of schemas in contracts as people write them: what is told must be what the plain schemas deserve.

A pair of plain schemas has a verdict of its own (`comparing`). The same pair is written into two contracts: its parts
in one file or in several, named by pointer, anchor or identifier, in the words of 3.0 or 3.1, in a body, a parameter,
a header, a webhook or a callback, beside members that do not travel, under names that differ between the sides. None of
that changes which values there are, so it may not change the verdict.
"""

import argparse
import copy
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from benchmarks.comparing import _MAPS, Memory, body, breaks, contract
from benchmarks.schema_generator import any_schema, graph_pair, pair, respelled_pair, subschemas
from contractcheck.model.finding import Direction, Finding, ProofKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import Document, load
from contractcheck.openapi.proving import Prover
from contractcheck.schemas.edits import Ask, Outcome

Json = Any
KINDS: Final[dict[str, Callable[[Random], tuple[Json, Json]]]] = {
    "api": lambda rng: pair(rng, every_keyword=False),
    "respelled": respelled_pair,
    "graph": graph_pair,
    "any": lambda rng: pair(rng, every_keyword=True),
}
_HOME: Final = "https://contract.test/"
_REFERENCE: Final = "#/$defs/"
_ROOT: Final = "openapi.json"
_SPOKEN_3_0: Final = frozenset(
    {"type", "enum", "const", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum"}
    | {"exclusiveMaximum", "multipleOf", "properties", "required", "additionalProperties", "items", "minItems", "not"}
    | {"maxItems", "uniqueItems", "allOf", "anyOf", "oneOf", "$ref", "$defs", "minProperties", "maxProperties"}
)
_BESIDE: Final = ("discriminator-value", "status", "media-type")


@dataclass(frozen=True)
class Style:
    """How one side is written. The same style writes the same text."""

    version: str
    layout: str
    names: Mapping[str, str]
    seed: int
    hidden: bool = False
    shared: bool = False


@dataclass
class World:
    """The files of a contract, and the same without members that do not travel (for a validator)."""

    files: dict[str, Json] = field(default_factory=dict)

    def document(self) -> Document:
        """The contract as it is read."""
        return load(Memory({path: json.dumps(value).encode() for path, value in self.files.items()}), _ROOT)


def spoken_by_3_0(schema: Json) -> bool:
    """Whether OpenAPI 3.0 has words for it."""
    parts = [part for part in subschemas(schema) if isinstance(part, dict)]
    return all(part.keys() <= _SPOKEN_3_0 for part in parts)


def in_3_0(schema: Json) -> Json:
    """A schema of 2020-12 in the words of OpenAPI 3.0."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    said = {word: value for word, value in schema.items() if word not in ("type", "const", "$ref")}
    for word in ("additionalProperties", "items", "not"):
        if word in said and not (word == "additionalProperties" and isinstance(said[word], bool)):
            said[word] = in_3_0(said[word])
    for word in ("allOf", "anyOf", "oneOf"):
        if word in said:
            said[word] = [in_3_0(part) for part in said[word]]
    if "properties" in said:
        said["properties"] = {name: in_3_0(part) for name, part in said["properties"].items()}
    for bound, strict, tighter in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        if strict in said:
            edge = said.pop(strict)
            both = bound in said and tighter(said[bound], edge) != edge
            if not both:
                said |= {bound: edge, strict: True}
    more: list[Json] = []
    if "const" in schema:
        more.append({"enum": [schema["const"]]})
    if "$ref" in schema:
        more.append({"$ref": schema["$ref"]})
        if set(schema) == {"$ref"}:
            return more[0]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(dict.fromkeys(kinds))
    plain = [kind for kind in kinds if kind != "null"]
    if kinds and not plain:
        more.append({"type": "string", "nullable": True, "enum": [None]})
    elif len(plain) == 1:
        said["type"] = plain[0]
        if "null" in kinds:
            said["nullable"] = True
    elif plain:
        more.append({"anyOf": [{"type": kind, **({"nullable": True} if "null" in kinds else {})} for kind in plain]})
    if more:
        said["allOf"] = [*said.get("allOf", []), *more]
    return said


class Writer:
    """Writes one side."""

    def __init__(self, style: Style, direction: Direction) -> None:
        self.style = style
        self.direction = direction
        self.rng = Random(style.seed)  # noqa: S311 - repeatable
        self.world = World()
        self.definitions: dict[str, Json] = {}

    def write(self, schema: Json, place: str) -> tuple[World, World]:
        """The contract, and the one a validator is given."""
        schema = copy.deepcopy(schema)
        self.definitions = schema.pop("$defs", {}) if isinstance(schema, dict) else {}
        if self.style.version == "3.0.3":
            schema = in_3_0(schema)
            self.definitions = {name: in_3_0(part) for name, part in self.definitions.items()}
        root = {
            "openapi": self.style.version,
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "components": {"schemas": {}},
        }
        self.world.files[_ROOT] = root
        self.define(root["components"]["schemas"])
        seen = self.refer(schema, "")
        if self.style.shared:
            root["components"]["schemas"]["Body"] = seen
            seen = {"$ref": "#/components/schemas/Body"}
        put(root, place, seen)
        bare = World(copy.deepcopy(self.world.files))
        if self.style.hidden:
            for file in self.world.files.values():
                self.hide(file)
        return self.world, bare

    def name(self, plain: str) -> str:
        """The name of a definition on this side."""
        return self.style.names.get(plain, plain)

    def define(self, shared: dict[str, Json]) -> None:
        """Put the definitions where the layout has them."""
        layout = self.style.layout
        for plain, schema in self.definitions.items():
            name = self.name(plain)
            text = self.refer(schema, plain)
            if layout == "file each":
                self.world.files[f"schemas/{name}.json"] = text
            elif layout == "one file":
                self.world.files.setdefault("shared/all.json", {"parts": {}})["parts"][name] = text
            elif layout == "anchors":
                shared[name] = {"$anchor": f"to-{name}", **whole(text, "$anchor")}
            elif layout == "dynamic":
                shared[name] = {"$dynamicAnchor": f"to-{name}", **whole(text, "$dynamicAnchor")}
            elif layout == "resources":
                local = {
                    self.local(plain, other): {"$ref": f"{_HOME}r/{self.name(other)}"} for other in self.definitions
                }
                shared[name] = {"$id": f"{_HOME}r/{name}", "$defs": local, **whole(text, "$defs")}
            elif layout == "aliases":
                shared[f"{name}Alias"] = {"$ref": f"#/components/schemas/{name}"}
                shared[name] = text
            else:
                shared[name] = text

    def local(self, here: str, other: str) -> str:
        """What a resource calls another: each in its own way, with the same words."""
        names = sorted(self.definitions)
        return names[(names.index(other) + names.index(here)) % len(names)]

    def reference(self, plain: str, here: str) -> str:
        """How a definition is referred to: from a definition, or from the root (``)."""
        name = self.name(plain)
        match self.style.layout:
            case "file each":
                return f"{name}.json" if here else f"schemas/{name}.json"
            case "one file":
                return f"#/parts/{name}" if here else f"shared/all.json#/parts/{name}"
            case "anchors" | "dynamic":
                return f"#to-{name}"
            case "resources":
                return f"#/$defs/{self.local(here, plain)}" if here else f"{_HOME}r/{name}"
            case "aliases":
                return f"#/components/schemas/{name}{self.rng.choice(('', 'Alias'))}"
            case _:
                return f"#/components/schemas/{name}"

    def refer(self, schema: Json, here: str) -> Json:
        """The schema with its references as the layout has them."""
        if isinstance(schema, list):
            return [self.refer(part, here) for part in schema]
        if not isinstance(schema, dict):
            return schema
        said = {word: self.refer(part, here) for word, part in schema.items()}
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            word = "$dynamicRef" if self.style.layout == "dynamic" else "$ref"
            said[word] = self.reference(said.pop("$ref").removeprefix(_REFERENCE), here)
        return said

    def hide(self, value: Json) -> None:
        """Add members that do not travel in this direction to schemas of objects, here and below."""
        note = "readOnly" if self.direction is Direction.REQUEST else "writeOnly"
        for part in list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
            self.hide(part)
        if not isinstance(value, dict) or not isinstance(value.get("properties"), dict):
            return
        if value.get("type") != "object" or self.rng.random() < 0.5:
            return
        name = f"hidden{self.rng.randrange(3)}"
        schema = any_schema(self.rng, depth=1) if self.style.version != "3.0.3" else {"type": "string"}
        if not isinstance(schema, dict) or "$defs" in schema or "$ref" in repr(schema):
            schema = {"type": "integer"}
        value["properties"][name] = {**schema, note: True}
        if self.rng.random() < 0.5:
            value["required"] = [*value.get("required", []), name]


def whole(schema: Json, word: str) -> dict[str, Json]:
    """A schema object that a keyword can be put beside."""
    return schema if isinstance(schema, dict) and word not in schema else {"allOf": [schema]}


PLACES: Final = {
    Direction.REQUEST: ("body", "shared body", "query", "header", "webhook answer", "callback answer", "ranges"),
    Direction.RESPONSE: ("body", "shared body", "default", "2XX", "header", "webhook", "callback", "ranges", "event"),
}


def put(root: Json, place: str, schema: Json) -> None:
    """Put the schema into the contract: `place` begins with the direction."""
    direction, _, where = place.partition(" ")
    asked = direction == "request"
    kind = "application/json"
    receiver = where == "ranges receiver"
    content = {"content": {"*/*" if receiver else kind: {"schema": schema}}}
    fine = {"responses": {"200": {"description": ""}}}
    operation: dict[str, Json] = copy.deepcopy(fine)
    match where.partition(" ")[0]:
        case "query" | "header" if asked:
            operation["parameters"] = [{"name": "q", "in": where, "required": True, **content}]
        case "header":
            operation["responses"]["200"]["headers"] = {"X-Said": {"required": True, **content}}
        case "webhook" | "callback":
            sent = {"requestBody": {"required": True, **content}, **fine}
            if asked:
                sent = {"responses": {"200": {"description": "", **content}}}
            if where.startswith("webhook"):
                root["webhooks"] = {"told": {"post": sent}}
            else:
                operation["callbacks"] = {"told": {"{$request.body#/url}": {"post": sent}}}
        case "shared" if asked:
            root["components"]["requestBodies"] = {"Sent": {"required": True, **content}}
            operation["requestBody"] = {"$ref": "#/components/requestBodies/Sent"}
        case "shared":
            root["components"]["responses"] = {"Said": {"description": "", **content}}
            operation["responses"]["200"] = {"$ref": "#/components/responses/Said"}
        case _ if asked:
            operation["requestBody"] = {"required": True, **content}
        case "default" | "2XX" as status:
            operation["responses"] = {status: {"description": "", **content}}
        case _:
            operation["responses"]["200"] |= content
    root["paths"]["/x"] = {"post": operation}


def tried(finding: Finding, worlds: tuple[World, World]) -> bool:
    """Whether a validator finds the witness valid on the side that sends and not on the other."""
    trial = finding.proof.trial
    if finding.proof.kind is not ProofKind.WITNESS:
        return True
    if trial is None:
        return False
    places = (trial.base, trial.revision)
    valid = [
        valid_at(world, place.file, place.pointer or "", finding.proof.witness, trial.affected.direction)
        for world, place in zip(worlds, places, strict=True)
    ]
    return valid == ([True, False] if trial.affected.direction is Direction.REQUEST else [False, True])


def valid_at(world: World, file: str, pointer: str, value: Json, direction: Direction) -> bool:
    """Whether a value is valid under the schema at a place, as `openapi-schema-validator` and `jsonschema` see it."""
    import openapi_schema_validator as validators
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource, Specification
    from referencing.jsonschema import DRAFT202012

    anywhere: Any = Specification(
        "a contract: schemas may stand anywhere",
        id_of=lambda each: each.get("$id") if isinstance(each, dict) else None,
        subresources_of=lambda each: [part for part in parts_of(each) if isinstance(part, dict | list)],
        anchors_in=lambda _spec, each: DRAFT202012.anchors_in(each) if isinstance(each, dict) else (),
        maybe_in_subresource=lambda segments, resolver, subresource: resolver.in_subresource(subresource),  # noqa: ARG005 - names of theirs
    )
    registry: Any = Registry().with_resources(
        (f"{_HOME}{path}", Resource(content, anywhere)) for path, content in world.files.items()
    )
    schema = {"$ref": f"{_HOME}{file}#{pointer}"}
    if world.files[_ROOT]["openapi"].startswith("3.0"):
        kind = validators.OAS30WriteValidator if direction is Direction.REQUEST else validators.OAS30ReadValidator
        return bool(kind(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value))
    checker = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)  # type: ignore[call-arg]
    return bool(checker.is_valid(value))


def parts_of(value: Json) -> list[Json]:
    """The members or items."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


LAYOUTS: Final = ("components", "file each", "one file", "anchors", "dynamic", "resources", "aliases")


def drawn(rng: Random, base: Json, revision: Json, place: str) -> tuple[Style, Style]:
    """How the two sides are written."""
    simple = spoken_by_3_0(base) and spoken_by_3_0(revision)
    styles = []
    first = rng.choice(LAYOUTS)
    for side in range(2):
        layout = first if side == 0 or rng.random() < 0.5 else rng.choice(LAYOUTS)
        version = rng.choice(("3.1.0", "3.1.0", "3.2.0"))
        if (
            simple
            and layout not in ("anchors", "dynamic", "resources")
            and "webhook" not in place
            and rng.random() < 0.5
        ):
            version = "3.0.3"
        names = {name: f"{name}1" for name in "ABCD"} if rng.random() < 0.3 else {}
        styles.append(Style(version, layout, names, rng.randrange(10**6), rng.random() < 0.3, rng.random() < 0.3))
    return styles[0], styles[1]


def one(rng: Random, kind: str) -> tuple[str, str, Json]:
    """What came out for one pair, upper case for what should not be; why, and the two contracts."""
    base, revision = KINDS[kind](rng)
    direction = rng.choice((Direction.REQUEST, Direction.RESPONSE))
    plain = contract(base, direction), contract(revision, direction)
    ask = Ask((body(plain[0], direction),), (body(plain[1], direction),), direction)
    expected = Prover(*plain)(ask)
    where = rng.choice(PLACES[direction])
    place = f"{direction} {where}"
    styles = drawn(rng, base, revision, place)
    sender = 0 if direction is Direction.REQUEST else 1
    worlds, bare = [], []
    for side, (schema, style) in enumerate(zip((base, revision), styles, strict=True)):
        spot = f"{place} receiver" if where == "ranges" and side != sender else place
        world, stripped = Writer(style, direction).write(schema, spot)
        worlds.append(world)
        bare.append(stripped)
    shown = [world.files for world in worlds]
    documents = worlds[0].document(), worlds[1].document()
    defects = [defect for document in documents for defect in document.defects]
    if defects:
        return "DEFECT", "; ".join(f"{each.rule} {each.subject} {each.message}" for each in defects), shown
    findings = compare(*documents, Prover(*documents)).findings
    told = [each for each in findings if breaks(each) and not any(word in each.rule for word in _BESIDE)]
    sure = [each for each in told if each.proof.kind is not ProofKind.UNPROVEN]
    said = "; ".join(f"{each.rule} {each.subject} {each.proof.kind}" for each in told)
    said += f" | {place} {[style.layout for style in styles]}"
    refuted = next((each for each in findings if not tried(each, (bare[0], bare[1]))), None)
    if refuted is not None:
        return (
            "WITNESS THAT DOES NOT HOLD",
            f"{refuted.rule} {refuted.subject} {json.dumps(refuted.proof.witness)} {refuted.proof.trial}",
            shown,
        )
    if expected.outcome is Outcome.UNPROVEN:
        return ("undecided" if told else "undecided, silent"), said, shown
    if expected.outcome is Outcome.BROKEN and not told:
        return "WRONG COMPATIBLE", json.dumps(expected.witness) + said, shown
    if expected.outcome is Outcome.CONTAINED and any(not any(word in each.rule for word in _MAPS) for each in sure):
        return "FALSE ALARM", said, shown
    return f"{expected.outcome}, {'told' if sure else 'unproven' if told else 'silent'}", said, shown


def run(kind: str, pairs: int, seed: int, show: int) -> int:
    """Print the table of one kind; the number of wrong answers."""
    counts: Counter[str] = Counter()
    begun = time.perf_counter()
    for number in range(pairs):
        what, detail, shown = one(Random(f"{seed}/{kind}/{number}"), kind)  # noqa: S311 - repeatable
        counts[what] += 1
        if what.isupper() and counts[what] <= show:
            print(f"! {what} {kind}/{number}", *map(json.dumps, shown), detail, sep="\n    ")
    print(f"\n{kind}: {pairs} pairs, seed {seed}, {time.perf_counter() - begun:.0f} s")
    for what, count in sorted(counts.items()):
        print(f"  {what}: {count}")
    return sum(count for what, count in counts.items() if what.isupper())


def main() -> None:
    """Run so many pairs of every kind, and print what came out; exits 1 if anything is wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=4_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kind", choices=(*KINDS, "all"), default="all")
    options.add_argument("--show", type=int, default=2)
    chosen = options.parse_args()
    kinds = tuple(KINDS) if chosen.kind == "all" else (chosen.kind,)
    wrong = sum(run(kind, chosen.pairs // len(kinds), chosen.seed, chosen.show) for kind in kinds)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
