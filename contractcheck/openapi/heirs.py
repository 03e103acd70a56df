"""Schemas that another one with a discriminator stands for without naming them: all that include it by `allOf`."""

from collections.abc import Iterator, Mapping

from contractcheck.openapi.changes import named
from contractcheck.openapi.document import Dialect, Document, Node

_Place = tuple[str, str]


class Heirs:
    """The shared schemas of one document by the schema they come from (OpenAPI 3.1.1, Discriminator Object)."""

    def __init__(self, document: Document) -> None:
        """Nothing is read before the first question."""
        self._document = document
        self._known: dict[_Place, dict[str, Node]] | None = None

    def __call__(self, node: Node) -> Mapping[str, Node]:
        """All that come from a schema, directly or not, by name; none for one without a discriminator of its own."""
        if self._known is None:
            self._known = _found(self._document)
        return self._known.get(_place(node), {}) if self._known else {}


def _found(document: Document) -> dict[_Place, dict[str, Node]]:
    schemas = {name: end for name, use in _schemas(document).items() if (end := document.follow(use)) is not None}
    parents = {_place(node) for node in schemas.values() if _chooses(node)}
    if not parents:
        return {}
    below: dict[_Place, list[str]] = {}
    for name, node in schemas.items():
        for whole in _wholes(document, node):
            below.setdefault(_place(whole), []).append(name)
    return {parent: _all(parent, below, schemas) for parent in parents if parent in below}


def _all(parent: _Place, below: Mapping[_Place, list[str]], schemas: Mapping[str, Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    todo = [parent]
    while todo:
        for name in below.get(todo.pop(), ()):
            if name not in found and _place(schemas[name]) != parent:
                found[name] = schemas[name]
                todo.append(_place(schemas[name]))
    return found


def _schemas(document: Document) -> dict[str, Node]:
    if document.dialect is Dialect.SWAGGER_2_0:
        return named(document.root.get("definitions"))
    components = document.root.get("components")
    return named(components.get("schemas")) if components is not None else {}


def _chooses(node: Node) -> bool:
    """Whether a schema has a discriminator and names no branches for it."""
    value = node.value
    return isinstance(value, Mapping) and "discriminator" in value and not {"oneOf", "anyOf"} & value.keys()


def _wholes(document: Document, node: Node) -> Iterator[Node]:
    """The schemas that one includes."""
    parts = node.get("allOf")
    for part in parts.items() if parts is not None else ():
        reference = part.get("$ref")
        if reference is not None and isinstance(reference.value, str):
            end = document.follow(part)
            if end is not None:
                yield end


def _place(node: Node) -> _Place:
    return node.file, node.pointer
