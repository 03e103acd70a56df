"""Examples that matched their schema in the base and match it no longer."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from contractcheck.beside import LARGE, beside
from contractcheck.model.finding import Affected, Direction, Json
from contractcheck.openapi.changes import Change, Ground, named
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.scopes import Scopes

if TYPE_CHECKING:
    from contractcheck.schemas import documents

RULES: Final = ("example-mismatched",)
_MOST: Final = 100
"""So many examples are looked at in one comparison: each costs about a millisecond."""
_LARGE: Final = 20_000
"""Examples of more characters are not looked at."""
_HIDDEN: Final = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
_DIALECTS: Final = {"openapi-3.2": "openapi-3.1"}


def compare(ground: Ground) -> Callable[[], Iterator[Change]]:
    """Look at the examples of everything that differs: media types, parameters and headers."""
    found = beside(lambda: [*_mismatched(ground)], worth=ground.base.size + ground.revision.size > LARGE)
    return lambda: (_change(ground, *each) for each in found())


def _change(ground: Ground, number: int, name: str) -> Change:
    old, new, affected = ground.shown[number]
    before, example = _shown(ground.base, old).get(name), _shown(ground.revision, new)[name]
    at = before if before is not None else old
    return Change("example-mismatched", at, example, (affected,), member=name, details={"name": name})


def _mismatched(ground: Ground) -> Iterator[tuple[int, str]]:
    """The numbers of what is shown, and the names of its examples."""
    left = _MOST
    read: dict[tuple[int, Direction], documents.Document] = {}
    seen: set[tuple[Node, Node, Direction]] = set()
    for number, (old, new, affected) in enumerate(ground.shown):
        key = old, new, affected.direction
        schema = new.get("schema")
        if key in seen or schema is None:
            continue
        seen.add(key)
        known = _shown(ground.base, old)
        for name, example in _shown(ground.revision, new).items():
            if left == 0:
                return
            left -= 1
            if _matches(read, ground.revision, 1, example.value, schema, affected) is not False:
                continue
            before, former = known.get(name), old.get("schema")
            told = before is not None and former is not None
            if told and _matches(read, ground.base, 0, before.value, former, affected) is not True:  # type: ignore[union-attr,arg-type]
                continue  # it did not match before either
            yield number, name


def _shown(document: Document, holder: Node) -> dict[str, Node]:
    """The examples of a media type, parameter or header by their names, where they are values."""
    found: dict[str, Node] = {}
    single = holder.get("example")
    if single is not None:
        found["example"] = single
    for name, use in named(holder.get("examples")).items():
        example = document.follow(use)
        value = (example.get("value") or example.get("dataValue")) if example is not None else None
        if value is not None:
            found[name] = value
    return found


def _matches(
    read: dict[tuple[int, Direction], "documents.Document"],
    document: Document,
    side: int,
    value: Json,
    schema: Node,
    affected: Affected,
) -> bool | None:
    """Whether a value is valid under a schema; None where that cannot be told."""
    from contractcheck.schemas.documents import Source
    from contractcheck.schemas.witness import UnsureError, valid

    if len(json.dumps(value, default=str)) > _LARGE:
        return None
    key = side, affected.direction
    if key not in read:
        read[key] = _read(document, affected.direction)
    try:
        return valid(value, Source(schema.value, read[key], Scopes(document).base(schema)))
    except UnsureError:
        return None


def _read(document: Document, direction: Direction) -> "documents.Document":
    """A document as schemas are read in one direction: a member that does not travel need not be there."""
    from contractcheck.schemas.dialects import Dialect
    from contractcheck.schemas.documents import Document as Read

    scopes = Scopes(document)

    def adapt(schema: Mapping[str, Json]) -> Json:
        needed, members = schema.get("required"), schema.get("properties")
        if not isinstance(needed, list) or not isinstance(members, dict):
            return schema
        hidden = set(_unseen(members, _HIDDEN[direction]))
        return {**schema, "required": [name for name in needed if name not in hidden]} if hidden else schema

    spoken = str(document.dialect)
    spelled = Dialect(_DIALECTS.get(spoken, spoken))
    return Read(spelled, scopes.resolve, formats=False, adapt=adapt, dynamic=scopes.dynamic, scoped=scopes.rebase)


def _unseen(members: Mapping[str, Any], note: str) -> Iterator[str]:
    for name, member in members.items():
        if isinstance(member, dict) and (member.get(note) is True or "$ref" in member):
            yield name  # what a `$ref` leads to may carry the note: such a member is not missed
