"""The life of what a contract offers: what is deprecated, until when, and how stable it is; found again elsewhere.

Marks: `deprecated` (or `x-deprecated`, where the specification has no such field), `x-sunset` (or `sunset`),
`x-stability-level`, and for values of an enum `x-enum-deprecated`: a list of them, or a mapping to their sunsets.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from contractcheck.model.finding import Json
from contractcheck.model.place import join, split
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.naming import Names
from contractcheck.openapi.surface import METHODS, erased, media_type

SUNSETS = ("x-sunset", "sunset")
STABILITY = "x-stability-level"
ENUM = "x-enum-deprecated"
LEVELS = ("draft", "alpha", "beta", "stable")

Address = tuple[str, ...]
"""Where something stands, in words that survive reordering and renamed path parameters; the same in every revision."""

# Below these keys stand names that the author chose: none of them is a keyword.
_NAMED = frozenset(
    {
        *("properties", "patternProperties", "$defs", "definitions", "schemas", "responses", "headers", "content"),
        *("paths", "webhooks", "x-webhooks", "callbacks", "parameters", "requestBodies", "securitySchemes"),
        *("pathItems", "encoding", "links", "securityDefinitions", "dependentSchemas", "mediaTypes"),
    }
)
_KEYS = frozenset({"deprecated", "x-deprecated", *SUNSETS, STABILITY, ENUM})
# What stands here is data, not a description of an interface.
_DATA = frozenset({"example", "examples", "default", "enum", "const", "required", "mapping", "tags", "scopes"})


@dataclass(frozen=True, slots=True)
class Marks:
    """What one element says of its life. `sunset` is the text as written; `at` is where the mark stands."""

    deprecated: bool = False
    sunset: str | None = None
    stability: str | None = None

    @property
    def any(self) -> bool:
        """Whether it says anything."""
        return self.deprecated or self.sunset is not None or self.stability is not None


@dataclass(frozen=True, slots=True)
class Element:
    """Something that can be deprecated: of which kind, how people call it, where it stands, and its marks."""

    kind: str
    name: str
    address: Address
    node: Node
    marks: Marks


def marks(document: Document, node: Node) -> Marks:
    """The marks of an element; of one that is a reference, its own before those of what it refers to."""
    end = document.follow(node)
    return _merged(_own(node.value), _own(end.value) if end is not None and end != node else Marks())


def value_marks(document: Document, schema: Node, value: Json) -> Marks:
    """The marks of one value of an enum: in `x-enum-deprecated`, or as a branch with `const` and `deprecated`."""
    listed = schema.get(ENUM)
    if listed is not None:
        if isinstance(listed.value, Mapping):
            sunset = listed.value.get(str(value)) if isinstance(value, str | int | float) else None
            return Marks(deprecated=sunset is not None, sunset=sunset if isinstance(sunset, str) else None)
        if any(item.value == value and type(item.value) is type(value) for item in listed.items()):
            return Marks(deprecated=True)
    for keyword in ("oneOf", "anyOf"):
        branches = schema.get(keyword)
        for branch in branches.items() if branches is not None else ():
            const = branch.get("const")
            if const is not None and const.value == value:
                return marks(document, branch)
    return Marks()


def elements(document: Document) -> Iterator[Element]:
    """Every marked element of the files that were read, by place; values of enums too."""
    names = Names(document)
    for file in document.files:
        for node in _marked(Node(file, "", document.content(file))):
            yield from _element(document, names, node)


def element(document: Document, node: Node) -> Element | None:
    """The element at a node, whether it is marked or not; None if it is of no kind that can be deprecated."""
    place = address(document, node)
    kind = _kind(place)
    return Element(kind, Names(document).name(node), place, node, marks(document, node)) if kind else None


def node_at(document: Document, file: str, pointer: str) -> Node | None:
    """The node at a place; None if the file was not read or has nothing there."""
    if file not in document.files:
        return None
    node: Node | None = Node(file, "", document.content(file))
    for token in split(pointer):
        if node is None:
            return None
        node = node.get(int(token)) if isinstance(node.value, list) and token.isdigit() else node.get(token)
    return node


def address(document: Document, node: Node) -> Address:
    """Where a node stands, for `seek` in another revision. The first word is the file, "" for the root file."""
    words = ["" if node.file == document.path else node.file]
    tokens = split(node.pointer)
    at: Node | None = Node(node.file, "", document.content(node.file))
    for index, token in enumerate(tokens):
        parent = tokens[index - 1] if index else ""
        at = at.get(int(token)) if at is not None and isinstance(at.value, list) else at.get(token) if at else None
        match parent:
            case "paths" if index == 1:
                words.append(erased(token))
            case "parameters" if token.isdigit():
                named = document.follow(at) if at is not None else None
                words.append(_parameter(named) if named is not None else token)
            case "content":
                words.append(media_type(token))
            case "headers":
                words.append(token.lower())
            case "oneOf" | "anyOf" if at is not None and at.get("const") is not None:
                words.append(f"const {json.dumps(at.child('const').value)}")
            case _:
                words.append(token)
    return tuple(words)


def seek(document: Document, place: Address) -> Node | None:
    """What stands at an address; None if there is nothing. References on the way are followed."""
    file, *words = place
    node: Node | None = document.resolve(document.root, file) if file else document.root
    parent, index = "", 0
    while index < len(words) and node is not None:
        word = words[index]
        found = _step(document, node, word, parent, index)
        if found is None:
            end = document.follow(node)
            found = _step(document, end, word, parent, index) if end is not None and end != node else None
        if found is None and "parameters" in {word, parent} and index < 5:
            # A parameter may stand with its operation in one revision, and with the path item in another.
            index += word == "parameters"
            found = _elsewhere(document, words, index) if index < len(words) else None
            word = words[min(index, len(words) - 1)]
        node, parent, index = found, word, index + 1
    return node


def stability(document: Document, place: Address) -> str | None:
    """The level that holds at an address: its own, else that of the nearest thing around it, of the document last."""
    found = None
    for end in range(1, len(place) + 1):
        node = seek(document, place[:end])
        level = _text(node.value, STABILITY) if node is not None else None
        found = level or found
    if found is None:
        info = document.root.get("info")
        found = _text(info.value, STABILITY) if info is not None else None
    return found


def _step(document: Document, node: Node, word: str, parent: str, index: int) -> Node | None:
    if parent == "paths" and index == 1:
        return _templates(document, node).get(word)
    if parent == "parameters" and isinstance(node.value, list):
        return next(
            (use for use in node.items() if (end := document.follow(use)) is not None and _parameter(end) == word), None
        )
    if parent == "content":
        return next((child for name, child in node.members() if media_type(name) == word), None)
    if parent == "headers":
        return next((child for name, child in node.members() if name.lower() == word), None)
    if word.startswith("const ") and isinstance(node.value, list):
        return next(
            (each for each in node.items() if (c := each.get("const")) and f"const {json.dumps(c.value)}" == word), None
        )
    return node.get(int(word)) if isinstance(node.value, list) and word.isdigit() else node.get(word)


def _templates(document: Document, paths: Node) -> dict[str, Node]:
    """The path items by path without names of parameters; gathered once for the paths of a document."""
    if document.root.get("paths") != paths:
        return {erased(path): child for path, child in paths.members()}
    if document not in _PATHS:
        _PATHS[document] = {erased(path): child for path, child in paths.members()}
    return _PATHS[document]


_PATHS: "WeakKeyDictionary[Document, dict[str, Node]]" = WeakKeyDictionary()


def _elsewhere(document: Document, words: list[str], index: int) -> Node | None:
    """The parameter that `words` name at an index, with the operation or the path item, wherever it stands."""
    item = seek(document, ("", *words[:2])) if words[0] == "paths" else None
    if item is None:
        return None
    # From an operation only to its path item: other operations have parameters of their own.
    methods = METHODS if words[2] == "parameters" else ()
    for holder in (item, *(item.get(method) for method in methods)):
        at = holder.get("parameters") if holder is not None else None
        found = _step(document, at, words[index], "parameters", index) if at is not None else None
        if found is not None:
            return found
    return None


def _parameter(node: Node) -> str:
    place, name = _text(node.value, "in"), _text(node.value, "name")
    return f"{place} {name.lower() if place == 'header' and name else name}"


def _kind(place: Address) -> str:
    """Of which kind is what stands at an address; "" for what is not offered to anybody by itself."""
    match place[1:]:
        case ("paths" | "webhooks" | "x-webhooks", _, method) if method in METHODS:
            return "operation"
        case (*_, "callbacks", _, _, method) if method in METHODS:
            return "operation"
        case ("components", "securitySchemes", _) | ("securityDefinitions", _):
            return "security scheme"
        case ("components", "schemas", _) | ("definitions", _):
            return "schema"
        case (*_, "properties", _):
            return "property"
        case (*_, "parameters", _):
            return "parameter"
        case (*_, "headers", _):
            return "header"
        case (*_, "content", _):
            return "media type"
        case (*_, "oneOf" | "anyOf", branch) if branch.startswith("const "):
            return "value"
        case _:
            return ""


def _element(document: Document, names: Names, node: Node) -> Iterator[Element]:
    place = address(document, node)
    kind = _kind(place)
    own = _own(node.value)
    if kind == "value":
        const = node.child("const")
        yield Element(kind, f"{names.name(node)} {json.dumps(const.value)}", place, node, own)
    elif kind and own.any:
        yield Element(kind, names.name(node), place, node, own)
    listed = node.get(ENUM)
    if listed is None:
        return
    values = listed.value
    for value in values if isinstance(values, list | Mapping) else ():
        found = value_marks(document, node, value)
        yield Element(
            "value", f"{names.name(node)} {json.dumps(value)}", (*place, ENUM, json.dumps(value)), listed, found
        )


def _own(value: Json) -> Marks:
    if not isinstance(value, Mapping):
        return Marks()
    deprecated = value.get("deprecated") is True or value.get("x-deprecated") is True
    sunset = next((text for key in SUNSETS if (text := _text(value, key)) is not None), None)
    return Marks(deprecated, sunset, _text(value, STABILITY))


def _merged(own: Marks, other: Marks) -> Marks:
    return Marks(
        own.deprecated or other.deprecated,
        own.sunset if own.sunset is not None else other.sunset,
        own.stability or other.stability,
    )


def _text(value: Json, key: str) -> str | None:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else None


def _marked(root: Node) -> Iterator[Node]:
    """Every object below that has a mark, by place; what is data is passed over."""
    pending: list[tuple[Json, tuple[str | int, ...], bool]] = [(root.value, (), False)]
    found = []
    while pending:
        value, path, named = pending.pop()
        if isinstance(value, list):
            pending += [
                (item, (*path, index), False) for index, item in enumerate(value) if isinstance(item, dict | list)
            ]
        elif isinstance(value, dict):
            if not named and not _KEYS.isdisjoint(value) and (_own(value).any or ENUM in value):
                found.append(Node(root.file, join("", *path), value))
            for key, member in value.items():
                if isinstance(member, dict | list) and (named or not (key in _DATA or key.startswith("x-"))):
                    pending.append((member, (*path, key), not named and key in _NAMED))
    return iter(sorted(found, key=lambda node: split(node.pointer)))
