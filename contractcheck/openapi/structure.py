"""Whether a document is built as its version of the specification says: fields that are unknown, missing or wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from contractcheck.model.finding import Finding, Json, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.openapi.document import Dialect, Document, Node
from contractcheck.openapi.matching import METHODS, Item, item
from contractcheck.openapi.naming import Names
from contractcheck.openapi.parameters import read
from contractcheck.openapi.swagger import members
from contractcheck.openapi.templates import erase, names

RULES: Final = (
    "structure-field-missing",
    "structure-field-unknown",
    "structure-value-wrong",
    "path-duplicate",
    "path-parameter-undeclared",
    "operation-id-duplicate",
)
_VERSIONS: Final = {
    Dialect.SWAGGER_2_0: "2.0",
    Dialect.OPENAPI_3_0: "3.0",
    Dialect.OPENAPI_3_1: "3.1",
    Dialect.OPENAPI_3_2: "3.2",
}
_NUMBERS: Final = ("minimum", "maximum", "multipleOf")
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_SCHEMA: Final[Mapping[str, Any]] = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_COUNTS, "integer"),
    **dict.fromkeys(("pattern", "format", "title", "description", "$ref"), "string"),
    **dict.fromkeys(("nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems"), "boolean"),
    **{keyword: {"list": {"object": "Schema"}} for keyword in ("allOf", "anyOf", "oneOf")},
    "properties": {"map": {"object": "Schema"}},
    "items": {"object": "Schema"},
    "not": {"object": "Schema"},
    "additionalProperties": {"object": "Schema"},
    "enum": {"list": "any"},
    "required": {"list": "string"},
}
"""Keywords of schemas whose values are of one kind in every version."""
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string", "file"})
_WORDS: Final = {
    "string": "a text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "object": "an object",
    "list": "a list",
}
_OPERATIONS: Final = frozenset({*METHODS, "additionalOperations"})
_MOST: Final = 10_000
"""So many defects are told of one document."""


def defects(document: Document, other: Document | None = None) -> tuple[Finding, ...]:
    """What is wrong with the structure, by place. Paths and components that `other` has too, just so, are left out."""
    said = Names(document)
    found: dict[tuple[str, str], Finding] = {}
    there = other.root.value if other is not None else None
    for name, node, about, details in (*_fields(document, there), *_paths(document, there)):
        finding = rule(name).finding(
            subject=f"{said.name(node)} {about}".strip(),
            place=Place(node.file, pointer=node.pointer),
            proof=Proof(ProofKind.STRUCTURAL, "the document says so at the place shown"),
            **details,  # type: ignore[arg-type]
        )
        found.setdefault((finding.rule, finding.subject), finding)
        if len(found) == _MOST:
            break
    return tuple(found.values())


@cache
def _shapes() -> Mapping[str, Mapping[str, Any]]:
    text = Path(__file__).with_name("shapes.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return loaded


_Defect = tuple[str, Node, str, Mapping[str, object]]


def _fields(document: Document, other: Json) -> Iterator[_Defect]:
    """Walk the document along the shapes of its objects, where it differs from the other's value."""
    shapes = _shapes()[_VERSIONS[document.dialect]]
    todo: list[tuple[Node, Any, str, Json]] = [(document.root, {"object": "OpenAPI"}, "", other)]
    seen: set[Node] = set()
    while todo:
        node, kind, field, there = todo.pop()
        wrong = _wrong(node.value, kind)
        if wrong is not None:
            yield "structure-value-wrong", node, field, {"field": field, "found": _found(node.value), "wanted": wrong}
            continue
        below: list[_Part] = []
        match kind:
            case {"list": each}:
                below = [(index, each, field) for index in _differing(node.value, there)]
            case {"map": each}:
                patterned = isinstance(each, dict) and each.get("object") == "Path Item"
                names_ = (name for name in _differing(node.value, there) if not (patterned and str(name)[:2] == "x-"))
                below = [(name, each, str(name)) for name in names_]
            case {"object": name} if isinstance(node.value, dict):
                if "$ref" in node.value and name != "Path Item":
                    target = document.reference(node)
                    if target is not None and target.file != node.file and target not in seen:
                        seen.add(target)
                        todo.append((target, kind, field, None))
                elif name == "Schema":
                    below, found = _schema(node, there)
                    yield from found
                else:
                    below, found = _object(node, there, name, shapes.get(name, {}))
                    yield from found
        value: Any = node.value
        for token, each, name in reversed(below):
            if not isinstance(each, str) or _wrong(value[token], each) is not None:  # most texts are as they should be
                todo.append((node.child(token), each, name, _at(there, token)))


_Part = tuple[str | int, Any, str]
"""The name or index of a part of a node, the kind it should be of, and its name for people."""


def _differing(value: Json, there: Json) -> list[str | int]:
    """The names or indexes of the parts of a value that the other's value has not just so."""
    if isinstance(value, dict):
        twins = there if isinstance(there, dict) else {}
        try:
            return [name for name, part in value.items() if part is None or part != twins.get(name)]
        except RecursionError:  # deeper than C compares: look closer
            return list(value)
    if isinstance(value, list):
        others = there if isinstance(there, list) else []
        try:
            return [at for at, part in enumerate(value) if part is None or at >= len(others) or part != others[at]]
        except RecursionError:
            return list(range(len(value)))
    return []


def _at(value: Json, token: str | int) -> Json:
    """The part of that name or index; None, which nothing that is checked equals, if there is none."""
    if isinstance(value, dict) and isinstance(token, str):
        return value.get(token)
    if isinstance(value, list) and isinstance(token, int) and token < len(value):
        part: Json = value[token]
        return part
    return None


def _object(node: Node, there: Json, name: str, shape: Mapping[str, Any]) -> tuple[list[_Part], list[_Defect]]:
    """The fields of an object that are to be looked at, and what is wrong with it."""
    differing = [str(field) for field in _differing(node.value, there)]
    if name == "Responses":
        kind = {"object": "Response"}
        return [(field, kind, field) for field in differing if not field.startswith("x-")], []
    fields: Mapping[str, Any] = shape.get("fields", {})
    unknown = [field for field in _names(node.value) if fields and field not in fields and not field.startswith("x-")]
    found: list[_Defect] = [
        ("structure-field-unknown", node.child(field), field, {"field": field, "object": name}) for field in unknown
    ]
    below: list[_Part] = [(field, fields[field], field) for field in differing if field in fields]
    told = node.value if isinstance(node.value, dict) else {}
    missing = [field for field in shape.get("required", ()) if field not in told]
    found += [("structure-field-missing", node, field, {"field": field, "object": name}) for field in missing]
    return below, found


def _names(value: Json) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, dict) else ()


def _schema(node: Node, there: Json) -> tuple[list[_Part], list[_Defect]]:
    found: list[_Defect] = []
    value = node.value if isinstance(node.value, dict) else {}
    kinds = value.get("type", "string")
    named = kinds if isinstance(kinds, list) else [kinds]
    if not all(isinstance(each, str) and each in _TYPES for each in named) or not named:
        details = {"field": "type", "found": _found(kinds), "wanted": "a type of JSON Schema"}
        found.append(("structure-value-wrong", node.child("type"), "type", details))
    below: list[_Part] = []
    for keyword in map(str, _differing(value, there)):
        if keyword == "items" and isinstance(value["items"], list):
            below.append((keyword, _SCHEMA["allOf"], keyword))
        elif keyword in _SCHEMA:
            below.append((keyword, _SCHEMA[keyword], keyword))
    return below, found


def _equal(one: Json, other: Json) -> bool:
    try:
        return bool(one == other)
    except RecursionError:  # deeper than C compares: look closer
        return False


def _wrong(value: Json, kind: Any) -> str | None:  # noqa: ANN401 - a kind of shapes.json
    """What should stand there instead, in words; None if the value is of the kind."""
    if isinstance(kind, str):
        return None if _KINDS.get(kind, _any)(value) else _WORDS[kind]
    match kind:
        case {"enum": list(allowed)}:
            return None if value in allowed else "one of " + ", ".join(map(str, allowed))
        case {"list": _}:
            return None if isinstance(value, list) else _WORDS["list"]
        case {"object": "Schema"}:
            return None if isinstance(value, dict | bool) else "a schema"
        case {"object": _} | {"map": _}:
            return None if isinstance(value, dict) else _WORDS["object"]
    return None


def _any(_value: Json) -> bool:
    return True


_KINDS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: not isinstance(value, bool) and isinstance(value, int | float) and value == int(value),
    "number": lambda value: not isinstance(value, bool | str | list | dict) and value is not None,
}


def _found(value: Json) -> str:
    match value:
        case None:
            return "null"
        case str():
            return json.dumps(value[:100], ensure_ascii=False)
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return str(value).lower()


def _paths(document: Document, other: Json) -> Iterator[_Defect]:
    """What is wrong between paths: names that are not declared, paths and operations that stand twice."""
    ids: dict[str, str] = {}
    templates: dict[tuple[str, str], str] = {}
    holder, there = document.root.get("paths"), _at(other, "paths")
    for path, use in holder.members() if holder is not None else ():
        if path.startswith("x-"):
            continue
        same = _equal(use.value, _at(there, path))
        whole = _item(document, path, use, same=same)
        for method, node in whole.operations:
            twin = templates.setdefault((method, erase(path)), path)
            if twin != path:
                yield "path-duplicate", use, method, {"method": method, "path": path, "other": twin}
            name = node.value.get("operationId") if isinstance(node.value, dict) else None
            if isinstance(name, str):
                first = ids.setdefault(name, f"{method} {path}")
                if first != f"{method} {path}":
                    yield "operation-id-duplicate", node.child("operationId"), "", {"name": name, "other": first}
            if "{" in path and not same:
                declared = {each.name for each in read(document, whole, node).values() if each.place == "path"}
                undeclared = [each for each in names(path) if each not in declared]
                yield from (("path-parameter-undeclared", node, each, {"name": each}) for each in undeclared)


def _item(document: Document, path: str, use: Node, *, same: bool) -> Item:
    """A path item; of one that the other document has just so only the operations."""
    if same and isinstance(use.value, dict) and "$ref" not in use.value:
        return Item(path, use, {name: use.child(name) for name in _OPERATIONS & use.value.keys()})
    here = item(document, path, use)
    if document.dialect is not Dialect.SWAGGER_2_0:
        return here
    return Item(path, use, members(document, here.members))
