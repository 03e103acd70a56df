"""Half an operation as a small OpenAPI document of its own, with everything it refers to, for a validator to read.

openapi-core follows references to files and over the network, reads 3.0 to 3.2 only, and has ways of its own; what it
is given here is one file without outside references, in the form that it reads as the specification means it:

- references lead inside; `$id`, `$schema`, `discriminator` (a hint, never an assertion), notes and extensions are left
  out, so that two excerpts are equal where only those differ;
- siblings of `$ref` are left out in 3.0, as they mean nothing there, and kept from 3.1 on;
- a default does not stand in for a parameter that is required, and one that is marked `readOnly` may be sent;
- members that do not travel in a direction (`readOnly`, `writeOnly`) are not required in it, in 3.1 as in 3.0;
- media types are in lower case without `charset`; names of HTTP schemes in lower case; OAuth 2 and OpenID Connect are
  bearer tokens (RFC 6750); the header parameters that the specification ignores are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from contractcheck.model.finding import Direction, Json
from contractcheck.model.place import escape
from contractcheck.openapi import swagger
from contractcheck.openapi.changes import entries, named, text, true
from contractcheck.openapi.document import Dialect, Document, Node
from contractcheck.openapi.exchanges.operation import Operation
from contractcheck.openapi.mediatypes import normal, xml
from contractcheck.openapi.parameters import read
from contractcheck.schemas.values import plain

PATH: Final = "/operation"
"""The path under which the operation stands."""
VALUES: Final = 300_000
"""Values an excerpt may hold: one of a real contract holds some thousands."""

SEQUENCES: Final = frozenset(
    {
        *("application/jsonl", "application/x-ndjson", "application/json-seq", "application/geo+json-seq"),
        "text/event-stream",
    }
)
"""Media types of bodies that are one value after the other (OpenAPI 3.2 §4.14.3)."""

_PARTS: Final = "x-parts"
_HIDDEN: Final = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
_OPENAPI: Final = {"openapi-3.0": "3.0.3", "openapi-3.1": "3.1.0", "openapi-3.2": "3.2.0", "swagger-2.0": "3.0.3"}
_LEFT_OUT: Final = frozenset(
    {
        *("$id", "$schema", "$anchor", "$dynamicAnchor", "$comment", "discriminator", "example", "examples"),
        *("title", "description", "externalDocs", "deprecated", "xml"),
    }
)
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_DATA: Final = frozenset({"enum", "const", "default"})
_TABLES: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_PART: Final = ("contentType", "style", "explode", "allowReserved")
_DEPTH: Final = 200


class TooLargeError(Exception):
    """The operation refers to more than a validator should be given."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The document, the method under which the operation stands at PATH, and why its verdicts may not be trusted.

    `direction` is that of the data; `listed` are the pointers of media types whose bodies are sequences: their schema
    is that of the list. `names` are those that media types have in the contract, with their charset, by pointer.
    """

    content: dict[str, Any]
    method: str
    version: str
    direction: Direction
    origins: Mapping[str, tuple[str, str]] = field(repr=False)
    doubts: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def origin(self, pointer: str) -> tuple[str, str] | None:
        """File and pointer at which a part of the excerpt stands in the contract."""
        head = pointer
        while head and head not in self.origins:
            head = head.rpartition("/")[0]
        if head not in self.origins:
            return None
        file, start = self.origins[head]
        return file, start + pointer[len(head) :]


def excerpt(operation: Operation, direction: Direction, *, security: bool = True) -> Excerpt:
    """The half of an operation whose data flows in a direction: its request or its responses. Raises TooLargeError."""
    copier = _Copier(operation.document, direction, xml=_speaks_xml(operation))
    method = operation.method.lower()
    at = f"/paths/{escape(PATH)}/{method}"
    document = operation.document
    said: dict[str, Any] = {"parameters": [], "responses": {}}
    wires: dict[str, Any] = {}
    if direction is operation.asking:
        _request(copier, operation, said, at)
        wires = _security(copier, operation, said) if security else {}
    else:
        for status, answer in entries(operation.node.get("responses")).items():
            response = document.follow(answer)
            if response is not None:
                name = status.upper() if status.lower() != "default" else "default"
                said["responses"][name] = _response(copier, response, f"{at}/responses/{escape(name)}")
    copier.rest()
    components = {**copier.components, "securitySchemes": wires}
    content = {
        "openapi": _OPENAPI[str(document.dialect)],
        "info": {"title": "excerpt", "version": "0"},
        "paths": {PATH: {method: said}},
        "components": components,
    }
    version, doubts = _OPENAPI[str(document.dialect)][:3], tuple(sorted(copier.doubts))
    listed = frozenset(copier.listed)
    return Excerpt(content, method, version, direction, copier.origins, doubts, listed, copier.names)


def _request(copier: "_Copier", operation: Operation, said: dict[str, Any], at: str) -> None:
    node, document = operation.node, operation.document
    said["parameters"] = [
        _parameter(copier, each.node, f"{at}/parameters/{index}") | {"name": each.name, "in": each.place}
        for index, each in enumerate(read(document, operation.item, node).values())
    ]
    use = node.get("requestBody")
    body = document.follow(use) if use is not None else None
    if body is not None:
        said["requestBody"] = {
            "required": true(body, "required"),
            "content": _content(copier, body.get("content"), f"{at}/requestBody/content"),
        }


def _speaks_xml(operation: Operation) -> bool:
    """Whether XML is among what is sent or answered: then the XML Objects of its schemas matter."""
    uses = (operation.node.get("requestBody"), *entries(operation.node.get("responses")).values())
    holders = [operation.document.follow(use) for use in uses if use is not None]
    return any(xml(normal(kind)) for holder in holders if holder is not None for kind in entries(holder.get("content")))


def media_type(content: Mapping[str, Any], name: str) -> str | None:
    """The key of an excerpt's `content` that describes a media type: itself, else the narrowest range around it."""
    essence = normal(name).split(";")[0]
    kinds = (normal(name), essence, f"{essence.partition('/')[0]}/*", "*/*")
    return next((kind for kind in kinds if kind in content), None)


def _parameter(copier: "_Copier", node: Node, at: str) -> dict[str, Any]:
    """A parameter or header."""
    copier.mark(at, node)
    said: dict[str, Any] = {"required": true(node, "required") or text(node.get("in")) == "path"}
    for word in ("style", "explode", "allowReserved", "allowEmptyValue"):
        member = node.get(word)
        if member is not None:
            said[word] = member.value
    if said.get("style") == "deepObject":
        said["explode"] = True  # there is no other way to write it (OpenAPI 3.1.1 §4.8.12.4)
    schema = node.get("schema")
    if schema is not None:
        end = copier.document.follow(schema) or schema
        copied = copier.copy(end, f"{at}/schema")
        left_out = {"default", "readOnly", "writeOnly"}
        said["schema"] = {k: v for k, v in copied.items() if k not in left_out} if isinstance(copied, dict) else copied
        copier.mark(f"{at}/schema", end)
    elif node.get("content") is not None:
        said["content"] = _content(copier, node.get("content"), f"{at}/content")
    else:
        said["schema"] = {}
    return said


def _content(copier: "_Copier", content: Node | None, at: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, use in entries(content).items():
        key = ";".join(part for part in normal(name).split(";") if not part.startswith("charset="))
        media = copier.document.follow(use)
        place = f"{at}/{escape(key)}"
        if media is not None:
            copier.names[place] = (*copier.names.get(place, ()), normal(name))
        if media is None or key in said:
            continue
        copier.mark(place, media)
        said[key] = {}
        schema = media.get("schema")
        if schema is not None:
            said[key]["schema"] = copier.copy(schema, f"{place}/schema")
        encoding = {part: _encoding(each) for part, each in named(media.get("encoding")).items()}
        if key.startswith("multipart/") and schema is not None:
            encoding = {**_plain_parts(copier.document, schema), **encoding}
        if encoding:
            said[key]["encoding"] = encoding
        item = media.get("itemSchema")
        if item is not None and key.partition(";")[0] in SEQUENCES and "schema" not in said[key]:
            said[key]["schema"] = {"type": "array", "items": copier.copy(item, f"{place}/schema/items")}
            copier.listed.add(place)
        elif item is not None:
            copier.doubts.add(f"`itemSchema` of {key} is not judged")
    return dict(sorted(said.items(), key=lambda each: (each[0].count("*"), each[0])))


def _plain_parts(document: Document, schema: Node) -> dict[str, Any]:
    """The style of the parts of a form that are no strings and no objects: only so openapi-core reads a number."""
    found = {}
    for name, member in named((document.follow(schema) or schema).get("properties")).items():
        end = document.follow(member)
        items = end.get("items") if end is not None else None
        kinds = [each for node in (end, items) if node is not None for each in _types(document.follow(node) or node)]
        if kinds and not {"object", "string"} & set(kinds):
            found[name] = {"style": "form", "explode": True}
    return found


def _types(schema: Node) -> list[str]:
    """The types that a schema names, or that its branches do."""
    named_ = schema.get("type")
    if named_ is not None:
        return [str(each) for each in (named_.value if isinstance(named_.value, list) else [named_.value])]
    branches = [branch for word in ("anyOf", "oneOf") for branch in (schema.get(word) or _NONE).items()]
    return [kind for branch in branches for kind in _types(branch)]


_NONE: Final = Node("", "", [])


def _encoding(node: Node) -> dict[str, Any]:
    """How a part is written, for a reader that takes the one media type for what was sent: of several it has none."""
    said = {word: member.value for word in _PART if (member := node.get(word)) is not None}
    kind = said.get("contentType")
    if not isinstance(kind, str) or "," in kind or "*" in kind:
        said.pop("contentType", None)
    return said


def _response(copier: "_Copier", node: Node, at: str) -> dict[str, Any]:
    copier.mark(at, node)
    said: dict[str, Any] = {"description": ""}
    headers = {
        name: _parameter(copier, header, f"{at}/headers/{escape(name)}")
        for name, use in entries(node.get("headers")).items()
        if (header := copier.document.follow(use)) is not None
    }
    if headers:
        said["headers"] = headers
    content = _content(copier, node.get("content"), f"{at}/content")
    if content:
        said["content"] = content
    return said


def schemes(document: Document) -> dict[str, Node]:
    """The security schemes of a document, as they are referred to."""
    components = document.root.get("components")
    return entries(components.get("securitySchemes") if components else document.root.get("securityDefinitions"))


def scheme_of(document: Document, use: Node | None) -> Node | None:
    """A security scheme in the words of OpenAPI 3."""
    node = document.follow(use) if use is not None else None
    return swagger.scheme(node) if node is not None and document.dialect is Dialect.SWAGGER_2_0 else node


def _security(copier: "_Copier", operation: Operation, said: dict[str, Any]) -> dict[str, Any]:
    document = operation.document
    holder = operation.node.get("security") or document.root.get("security")
    if holder is None or operation.hook:
        return {}
    defined = schemes(document)
    wires: dict[str, Any] = {}
    ways: list[dict[str, list[str]]] = []
    for way in holder.items():
        ways.append({name: [] for name in entries(way)})
        for name in entries(way):
            wire = _wire(scheme_of(document, defined.get(name)))
            if wire is None:
                copier.doubts.add(f"openapi-core does not know the security scheme {name}")
            else:
                wires[name] = wire
    said["security"] = ways
    return wires


def _wire(node: Node | None) -> dict[str, Any] | None:
    match text(node.get("type")) if node is not None else None:
        case "apiKey":
            return {word: text(node.get(word)) or "" for word in ("type", "in", "name")}  # type: ignore[union-attr]
        case "http":
            return {"type": "http", "scheme": (text(node.get("scheme")) or "").lower()}  # type: ignore[union-attr]
        case "oauth2" | "openIdConnect":
            return {"type": "http", "scheme": "bearer"}
        case _:
            return None


class _Copier:
    """Copies values of a document into an excerpt, and what they refer to after them."""

    def __init__(self, document: Document, direction: Direction, *, xml: bool) -> None:
        self.document = document
        self.listed: set[str] = set()
        self.names: dict[str, tuple[str, ...]] = {}
        self._left_out = _LEFT_OUT - {"xml"} if xml else _LEFT_OUT
        self.components: dict[str, Any] = {}
        self.origins: dict[str, tuple[str, str]] = {}
        self.doubts: set[str] = set()
        self._hidden = _HIDDEN[direction]
        self._alone = str(document.dialect) in {"openapi-3.0", "swagger-2.0"}
        self._places: dict[tuple[str, str], str] = {}
        self._todo: list[tuple[Node, str, str]] = []
        self._left = VALUES

    def mark(self, at: str, node: Node) -> None:
        """Note where a part of the excerpt comes from."""
        self.origins[at] = (node.file, node.pointer)

    def copy(self, node: Node, at: str) -> Any:  # noqa: ANN401 - plain JSON
        """A value, its references led inside."""
        self.mark(at, node)
        return self._copy(node.value, node.file, node.pointer, 0)

    def rest(self) -> None:
        """Copy everything that was referred to."""
        while self._todo:
            node, section, name = self._todo.pop()
            at = f"/components/{section}/{escape(name)}"
            self.components.setdefault(section, {})[name] = self.copy(node, at)

    def _copy(self, value: Json, file: str, pointer: str, depth: int, *, table: bool = False) -> Any:  # noqa: ANN401
        """A schema, or with `table` a map from names to schemas."""
        self._left -= 1
        if self._left < 0 or depth > _DEPTH:
            raise TooLargeError(f"it refers to more than {VALUES} values, or is nested too deeply")
        if isinstance(value, list):
            return [self._copy(item, file, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
        if not isinstance(value, Mapping):
            return plain(value)
        said: dict[str, Any] = {}
        for name, member in value.items():
            below = f"{pointer}/{escape(name)}"
            if table:
                said[name] = self._copy(member, file, below, depth + 1)
            elif name in _REFERENCES and isinstance(member, str):
                said["$ref"] = self._reference(Node(file, pointer, value), member)
                if name != "$ref":
                    self.doubts.add(f"`{name}` is read as `$ref`")
            elif name in _DATA or name == "xml":
                if name not in self._left_out:
                    said[name] = plain(member)
            elif name not in self._left_out and not name.startswith("x-"):
                said[name] = self._copy(member, file, below, depth + 1, table=name in _TABLES)
        if table:
            return said
        if "$ref" in said and self._alone:
            return {"$ref": said["$ref"]}
        if "$ref" in said and len(said) > 1:
            several = said.get("allOf")
            said["allOf"] = [*(several if isinstance(several, list) else ()), {"$ref": said.pop("$ref")}]
        self._required(said, value, file)
        if "unevaluatedProperties" in said:
            self.doubts.add("`unevaluatedProperties` might run patterns of the document")
        return said

    def _required(self, said: dict[str, Any], value: Mapping[str, Json], file: str) -> None:
        """Leave out of `required` what does not travel in this direction."""
        names, members = said.get("required"), value.get("properties")
        if isinstance(names, list) and isinstance(members, Mapping):
            said["required"] = [n for n in names if not (n in members and self._travels_not(members[n], file))]

    def _travels_not(self, member: Json, file: str) -> bool:
        hops = 0
        while isinstance(member, Mapping) and hops < 10:
            if member.get(self._hidden) is True:
                return True
            reference = member.get("$ref")
            target = self.document.resolve(Node(file, "", None), reference) if isinstance(reference, str) else None
            if target is None:
                return False
            member, file, hops = target.value, target.file, hops + 1
        return False

    def _reference(self, node: Node, reference: str) -> str:
        target = self.document.resolve(node, reference)
        if target is None:
            self.doubts.add("a reference leads nowhere")
            return "#/components/x-missing"
        key = (target.file, target.pointer)
        if key not in self._places:
            tokens = target.pointer.split("/")
            if target.file == self.document.path and len(tokens) == 4 and tokens[1:3] == ["components", "schemas"]:
                section, name = "schemas", tokens[3].replace("~1", "/").replace("~0", "~")
            else:
                section, name = _PARTS, str(len(self._places))
            self._places[key] = "#" + quote(f"/components/{section}/{escape(name)}", safe="/~")
            self._todo.append((target, section, name))
        return self._places[key]
