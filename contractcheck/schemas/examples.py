"""Counterexamples in the words of the document: its own examples and defaults, where that changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from contractcheck.model.finding import Json
from contractcheck.schemas.documents import Document, Source, UnresolvedError
from contractcheck.schemas.formats import SAMPLES

_TRIES = 24
_SINGLY = 6  # so few replacements are tried one by one if all together are not accepted
_DEPTH = 12
_LOOKS = 2_000
_LONG = 60  # characters of a text that is still read at a glance


def familiar(value: Any, source: Source, accepts: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - plain JSON
    """The value with invented texts and numbers replaced by examples of the document, as far as accepted."""
    views = _Views(source.document)
    replacements = list(islice(_replacements(value, source.schema, source.base, views, 0), _TRIES))
    if not replacements:
        return value
    changed = value
    for path, example in replacements:
        changed = _replaced(changed, path, example)
    if accepts(changed):
        return changed
    for path, example in replacements if len(replacements) <= _SINGLY else ():
        changed = _replaced(value, path, example)
        if accepts(changed):
            value = changed
    return value


Path = tuple[str | int, ...]


def _replacements(value: Any, schema: Json, base: str, views: "_Views", depth: int) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    for said, inner in views.of(schema, base, depth):
        if isinstance(value, dict):
            members = said.get("properties")
            for name in sorted(value):
                below = members.get(name) if isinstance(members, dict) else None
                more = said.get("additionalProperties")
                wanted = more if below is None else below
                for path, example in _replacements(value[name], wanted, inner, views, depth + 1):
                    yield (name, *path), example
        elif isinstance(value, list):
            for index, item in enumerate(value):
                for path, example in _replacements(item, said.get("items"), inner, views, depth + 1):
                    yield (index, *path), example
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            given = list(_given(said))
            found = next((example for example in given if _alike(value, example)), None)
            if found is not None:
                if value not in given:
                    yield (), found
                return


class _Views:
    """The schemas that speak of a value; so many in all, however they refer to each other."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _LOOKS

    def of(self, schema: Json, base: str, depth: int) -> Iterator[tuple[Mapping[str, Json], str]]:
        """The schema, and those that speak of the same value."""
        if not isinstance(schema, dict) or depth > _DEPTH or not self._left:
            return
        self._left -= 1
        inner = self._document.inside(schema, base)
        yield schema, inner
        reference = schema.get("$ref")
        if isinstance(reference, str):
            try:
                target = self._document.resolve(reference, inner)
            except UnresolvedError:
                return
            yield from self.of(target.schema, target.base, depth + 1)
        for word in ("allOf", "anyOf", "oneOf"):
            parts = schema.get(word)
            for part in parts if isinstance(parts, list) else ():
                yield from self.of(part, inner, depth + 1)


def _given(said: Mapping[str, Json]) -> Iterator[Any]:
    examples = said.get("examples")
    if isinstance(examples, list):
        yield from examples
    for word in ("example", "default"):
        if word in said:
            yield said[word]
    asserted = said.get("format")
    if isinstance(asserted, str):  # also where it is no assertion: a date that looks like one
        yield from SAMPLES.get(asserted, ())


def _alike(value: Any, example: Any) -> bool:  # noqa: ANN401
    if isinstance(value, str):
        return isinstance(example, str) and 0 < len(example) <= _LONG and example != value
    return isinstance(example, int | float) and not isinstance(example, bool) and example != value


def _replaced(value: Any, path: Path, example: Any) -> Any:  # noqa: ANN401
    if not path:
        return example
    if isinstance(value, dict):
        return {
            name: _replaced(member, path[1:], example) if name == path[0] else member for name, member in value.items()
        }
    return [_replaced(item, path[1:], example) if index == path[0] else item for index, item in enumerate(value)]
