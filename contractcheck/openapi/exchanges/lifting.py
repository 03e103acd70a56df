"""A value of a part of a body, put into a whole body: the way from the body's schema down to the part is searched."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from contractcheck.model.place import Place
from contractcheck.openapi.changes import entries
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges.values import NoValueError, Values

VISITED: Final = 1_500
"""Schemas that are looked at on the way: bodies of real contracts have some hundreds."""
TRIED: Final = 4

_ANY_NAME: Final = "sample"


class Level(Struct, frozen=True):
    """One value on the way: the step that leads to it, and the schemas that speak of it."""

    step: str | int | None
    schemas: tuple[Node, ...]


def bodies(document: Document, values: Values, schema: Node, place: Place | None, part: Any) -> Iterator[Any]:  # noqa: ANN401
    """Whole bodies of that schema that hold the part where the place is, the nearest place first."""
    if place is None or place.pointer is None:
        return
    found = [way for way in _ways(document, schema) if _holds(way[-1].schemas[-1], place)]
    found.sort(key=lambda way: (-len(way[-1].schemas[-1].pointer), len(way)))
    for way in found[:TRIED]:
        try:
            yield _body(values, way, 0, None, part)
        except NoValueError:
            continue


def _holds(node: Node, place: Place) -> bool:
    pointer = place.pointer or ""
    return node.file == place.file and (pointer == node.pointer or pointer.startswith(node.pointer + "/"))


def _ways(document: Document, schema: Node) -> Iterator[tuple[Level, ...]]:
    """Every schema below one, each once, with the shortest way to it."""
    todo: deque[tuple[Level, ...]] = deque([(Level(None, (schema,)),)])
    seen = {schema}
    while todo and len(seen) < VISITED:
        way = todo.popleft()
        yield way
        for level in _below(document, way[-1]):
            node = level.schemas[-1]
            if node not in seen:
                seen.add(node)
                same = level.step is None
                todo.append((*way[:-1], Level(way[-1].step, level.schemas)) if same else (*way, level))


def _below(document: Document, level: Level) -> Iterator[Level]:
    """What the last schema of a level leads to: others of the same value (no step), and those of its parts."""
    node = level.schemas[-1]
    target = document.follow(node)
    if target is not None and target != node:
        yield Level(None, (*level.schemas, target))
    for word in ("allOf", "anyOf", "oneOf"):
        several = node.get(word)
        for branch in several.items() if several is not None else ():
            yield Level(None, (*level.schemas, branch))
    members = node.get("properties")
    for name, member in members.members() if members is not None else ():
        yield Level(name, (member,))
    for word, step in (("items", 0), ("additionalProperties", _ANY_NAME)):
        part = node.get(word)
        if part is not None and isinstance(part.value, dict):
            yield Level(step, (part,))
    for pattern in entries(node.get("patternProperties")).values():
        yield Level(_ANY_NAME, (pattern,))


def _body(values: Values, way: tuple[Level, ...], index: int, given: Any, part: Any) -> Any:  # noqa: ANN401
    """The value at one level of the way: the given one, else a sample, with the part further down."""
    if index == len(way) - 1:
        return part
    value = given if given is not None else _sample(values, way[index].schemas)
    step = way[index + 1].step
    if isinstance(step, int):
        items = value if isinstance(value, list) else []
        return [_body(values, way, index + 1, items[0] if items else None, part), *items[1:]]
    members = value if isinstance(value, dict) else {}
    return {**members, str(step): _body(values, way, index + 1, members.get(str(step)), part)}


def _sample(values: Values, schemas: tuple[Node, ...]) -> Any:  # noqa: ANN401
    first = schemas[0]
    same = [node.value for node in schemas if node.file == first.file]
    return values.sample(Node(first.file, first.pointer, {"allOf": same}) if len(same) > 1 else first)
