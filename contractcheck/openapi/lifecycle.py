"""The life of what a contract offers: what is deprecated, until when, and how stable it is; found again elsewhere.

Marks: `deprecated` (or `x-deprecated`, where the specification has no such field), `x-sunset` (or `sunset`),
`x-stability-level`, and for values of an enum `x-enum-deprecated`: a list of them, or a mapping to their sunsets.
"""

import json
from collections.abc import Iterator, Mapping
from weakref import WeakKeyDictionary

from msgspec import Struct

from contractcheck.model.finding import Json
from contractcheck.model.place import join
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.naming import Names
from contractcheck.openapi.seeking import STABILITY, Address, address, files, stability, text
from contractcheck.openapi.surface import METHODS, offered

SUNSETS = ("x-sunset", "sunset")
ENUM = "x-enum-deprecated"

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


class Marks(Struct, frozen=True):
    """What one element says of its life. `sunset` is the text as written; `at` is where the mark stands."""

    deprecated: bool = False
    sunset: str | None = None
    stability: str | None = None

    @property
    def any(self) -> bool:
        """Whether it says anything."""
        return self.deprecated or self.sunset is not None or self.stability is not None


class Element(Struct, frozen=True):
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


def value_marks(document: Document, schema: Node, value: Json) -> Marks | None:
    """The marks of one value of an enum: in `x-enum-deprecated`, or as a branch with `const` and `deprecated`.

    None if the schema names no such value. A schema that is a reference is followed.
    """
    end = document.follow(schema)
    return _values(document, end).marks(key(value)) if end is not None else None


def listed(document: Document, schema: Node | None) -> "Mapping[str, Json] | None":
    """The values of the enum of a schema by `key`; None if it has none. What is a reference is followed."""
    end = document.follow(schema) if schema is not None else None
    return _values(document, end).enum if end is not None else None


def key(value: Json) -> str:
    """A text that is the same for equal values of JSON (1 and 1.0 are, 1 and true are not)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


class _Values(Struct, frozen=True):
    """The values of a schema by key: those of its enum, and the marks of those that are listed or branches."""

    enum: Mapping[str, Json] | None
    listed: Mapping[str, Marks]
    branches: Mapping[str, Marks]

    def marks(self, name: str) -> Marks | None:
        """The marks of a value; None if it is neither in the enum nor a branch."""
        branch = self.branches.get(name)
        if branch is None and (self.enum is None or name not in self.enum):
            return None
        return self.listed.get(name) or branch or Marks()


_VALUES: "WeakKeyDictionary[Document, dict[Node, _Values]]" = WeakKeyDictionary()


def _values(document: Document, schema: Node) -> _Values:
    """What a schema says of its values; gathered once."""
    known = _VALUES.setdefault(document, {})
    if schema not in known:
        enum = schema.get("enum")
        values = {key(each): each for each in enum.value} if enum is not None and isinstance(enum.value, list) else None
        marked: dict[str, Marks] = {}
        for value, found in _listed_marks(schema, values or {}):
            marked.setdefault(key(value), found)
        branches: dict[str, Marks] = {}
        for name, found in _branch_marks(document, schema):
            branches.setdefault(name, found)
        known[schema] = _Values(values, marked, branches)
    return known[schema]


def _listed_marks(schema: Node, values: Mapping[str, Json]) -> Iterator[tuple[Json, Marks]]:
    """The values that `x-enum-deprecated` lists; `values` are those of the enum by key."""
    at = schema.get(ENUM)
    if at is None:
        return
    if isinstance(at.value, list):
        yield from ((value, Marks(deprecated=True)) for value in at.value)
    elif isinstance(at.value, Mapping):
        # The names of members are text: `3` may stand for the number.
        by_text = {value if isinstance(value, str) else name: value for name, value in values.items()}
        for word, sunset in at.value.items():
            if sunset is not False:
                yield (
                    by_text.get(word, word),
                    Marks(deprecated=True, sunset=sunset if isinstance(sunset, str) else None),
                )


def _branch_marks(document: Document, schema: Node) -> Iterator[tuple[str, Marks]]:
    for keyword in ("oneOf", "anyOf"):
        branches = schema.get(keyword)
        for branch in branches.items() if branches is not None else ():
            const = branch.get("const")
            if const is not None:
                yield key(const.value), marks(document, branch)


def operations(document: Document) -> Mapping[str, tuple[tuple[str, ...], str | None]]:
    """The tags and the level of stability of every operation, by its name for people; gathered once."""
    if document not in _OPERATIONS:
        _OPERATIONS[document] = {
            each.label: (each.tags, stability(document, address(document, each.node))) for each in offered(document)
        }
    return _OPERATIONS[document]


_OPERATIONS: "WeakKeyDictionary[Document, dict[str, tuple[tuple[str, ...], str | None]]]" = WeakKeyDictionary()


def elements(document: Document) -> Iterator[Element]:
    """Every marked element of the files that were read, by place; values of enums too."""
    names = Names(document)
    for file in sorted(files(document)):
        for node in _marked(Node(file, "", document.content(file))):
            yield from _element(document, names, node)


def element(document: Document, node: Node) -> Element | None:
    """The element at a node, whether it is marked or not; None if it is of no kind that can be deprecated."""
    place = address(document, node)
    kind = _kind(place)
    return Element(kind, Names(document).name(node), place, node, marks(document, node)) if kind else None


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
    if ENUM not in node.value:  # type: ignore[operator]
        return
    at = node.child(ENUM)
    for value, found in _listed_marks(node, _values(document, node).enum or {}):
        yield Element("value", f"{names.name(node)} {json.dumps(value)}", (*place, ENUM, json.dumps(value)), at, found)


def _own(value: Json) -> Marks:
    if not isinstance(value, Mapping):
        return Marks()
    deprecated = value.get("deprecated") is True or value.get("x-deprecated") is True
    sunset = next((told for key in SUNSETS if (told := text(value, key)) is not None), None)
    return Marks(deprecated, sunset, text(value, STABILITY))


def _merged(own: Marks, other: Marks) -> Marks:
    return Marks(
        own.deprecated or other.deprecated,
        own.sunset if own.sunset is not None else other.sunset,
        own.stability or other.stability,
    )


def _marked(root: Node) -> Iterator[Node]:
    """Every object below that has a mark, by place; what is data is passed over."""
    # A way is the key and the way of what is around: pointers are written for what is found only.
    pending: list[tuple[Json, _Way, bool]] = [(root.value, None, False)]
    found = []
    while pending:
        value, way, named = pending.pop()
        if isinstance(value, list):
            pending += [
                (item, (index, way), False) for index, item in enumerate(value) if isinstance(item, dict | list)
            ]
        elif isinstance(value, dict):
            if not named and not _KEYS.isdisjoint(value) and (_own(value).any or ENUM in value):
                found.append((_tokens(way), value))
            for key, member in value.items():
                if isinstance(member, dict | list) and (named or not (key in _DATA or key.startswith("x-"))):
                    pending.append((member, (key, way), not named and key in _NAMED))
    for tokens, value in sorted(found, key=lambda each: [str(token) for token in each[0]]):
        yield Node(root.file, join("", *tokens), value)


_Way = tuple[str | int, "_Way"] | None


def _tokens(way: _Way) -> list[str | int]:
    tokens: list[str | int] = []
    while way is not None:
        token, way = way
        tokens.append(token)
    return tokens[::-1]
