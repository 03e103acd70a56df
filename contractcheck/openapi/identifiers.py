"""What names and what refers in a file: `$id`, `$self`, `$anchor`, `$dynamicAnchor`, and every `$ref`."""

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, normpath
from posixpath import join as beside
from urllib.parse import urljoin

from msgspec import Struct

from contractcheck.model.finding import Json
from contractcheck.model.place import join

# Members that hold data, in which a keyword is no keyword.
_DATA = frozenset({"const", "default", "enum", "example", "examples", "value"})
# Members that map names to things, so that their own members are no keywords.
_NAMES = frozenset(
    {"$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links", "parameters"}
    | {"pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses", "schemas"}
    | {"securitySchemes", "webhooks"}
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Identifiers(Struct, frozen=True):
    """The names given in one file.

    `bases` maps the pointer of every resource (the file itself is `""`) to its URI, or to its path where it has none;
    `anchors` maps the pointer of a resource and a name in it to the pointer of the schema that has the name; `dynamic`
    are the pointers of those with a `$dynamicAnchor`, by its name.
    """

    bases: Mapping[str, str]
    anchors: Mapping[tuple[str, str], str]
    dynamic: Mapping[str, tuple[str, ...]]

    def around(self, pointer: str) -> str:
        """The pointer of the innermost resource that holds the place."""
        while pointer not in self.bases:
            pointer = pointer.rpartition("/")[0]
        return pointer


def absolute(base: str, reference: str) -> str:
    """What a reference without fragment names, seen from a base: a URI where one of them is, else a path (RFC 3986 §5).

    A path may begin with `/` or `..`: it then leaves the snapshot.
    """
    if _SCHEME.match(reference):
        return reference
    if _SCHEME.match(base):
        try:
            return urljoin(base, reference)
        except ValueError:  # a bracket that begins no IPv6 address
            return reference
    return normpath(beside(dirname(base), reference))


def has_scheme(reference: str) -> bool:
    """Whether it is a URI: `https:...`, `urn:...`, and a path with a drive letter too."""
    return _SCHEME.match(reference) is not None


def identify(value: Json, path: str) -> Identifiers:
    """The identifiers of a file, which stands at the path."""
    bases = {"": path}
    anchors: dict[tuple[str, str], str] = {}
    dynamic: dict[str, tuple[str, ...]] = {}
    stack: list[tuple[Json, str, str, bool]] = [(value, "", "", False)]
    while stack:
        each, pointer, resource, named = stack.pop()
        if isinstance(each, list):
            stack.extend((item, join(pointer, index), resource, False) for index, item in enumerate(each))
        if not isinstance(each, Mapping):
            continue
        if not named:
            own = each.get("$self") if not pointer and "$self" in each else each.get("$id")
            if isinstance(own, str) and own.partition("#")[0]:
                bases[pointer] = absolute(bases[resource], own.partition("#")[0])
                resource = pointer
            for keyword in ("$anchor", "$dynamicAnchor"):
                name = each.get(keyword)
                if isinstance(name, str):
                    anchors.setdefault((resource, name), pointer)
                    if keyword == "$dynamicAnchor":
                        dynamic[name] = (*dynamic.get(name, ()), pointer)
        for key, member in each.items():
            if named:
                stack.append((member, join(pointer, key), resource, False))
            elif key not in _DATA:
                stack.append((member, join(pointer, key), resource, key in _NAMES))
    return Identifiers(bases, anchors, dynamic)


_WAYS = ("$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor")


def ways(value: Json) -> Iterator[tuple[str, str, str]]:
    """Everything that names or refers, with its pointer, in the order of the text."""
    stack: list[tuple[Json, str]] = [(value, "")]
    while stack:
        each, pointer = stack.pop()
        if isinstance(each, dict):
            yield from ((pointer, word, str(each[word])) for word in _WAYS if word in each)
            stack.extend((part, join(pointer, name)) for name, part in each.items())
        elif isinstance(each, list):
            stack.extend((part, join(pointer, index)) for index, part in enumerate(each))


_WRITTEN = re.compile(rb'"\$ref"[ \t\r\n]*:[ \t\r\n]*"([^"\\]*)"')


def written(data: bytes) -> frozenset[str] | None:
    """What stands behind every `$ref` of a text, in data too; None where that cannot be seen at a glance."""
    found = _WRITTEN.findall(data)
    if not found or len(found) != data.count(b"$ref") or b"\\u0024" in data:
        return None
    try:
        return frozenset(text.decode() for text in set(found))
    except UnicodeDecodeError:
        return None


def references(value: Json, *, places: bool) -> Iterator[tuple[str, Json]]:
    """Every `$ref` of a value that refers to something: the pointer of the object that holds it, and its value.

    In data (`example`, `enum`, ...) it refers to nothing, and an object under it is a member that is only named so.
    Without `places` the pointers are left empty, which takes a third of the time.
    """
    stack: list[tuple[Json, str, bool]] = [(value, "", False)]
    while stack:
        each, pointer, named = stack.pop()
        if isinstance(each, list):
            for index, item in enumerate(each):
                if isinstance(item, dict | list):
                    stack.append((item, join(pointer, index) if places else "", False))
        elif isinstance(each, dict):
            if "$ref" in each and not isinstance(each["$ref"], dict):
                yield pointer, each["$ref"]
            for key, member in each.items():
                if isinstance(member, dict | list) and (named or key not in _DATA):
                    stack.append((member, join(pointer, key) if places else "", not named and key in _NAMES))
