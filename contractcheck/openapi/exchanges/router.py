"""Which operation a recorded URL means: by segments, concrete before templated, below any server's path."""

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

from contractcheck.openapi.document import Document
from contractcheck.openapi.exchanges.operation import Operation, Operations


class Route(Struct, frozen=True):
    """The operation, and the values of its path's parameters, decoded."""

    operation: Operation
    values: dict[str, str]


class _Level(Struct):
    """What may follow in a path: literal segments, templated ones, and the operations that end here by method."""

    literal: dict[str, "_Level"] = field(default_factory=dict)
    templated: dict[str, "_Level"] = field(default_factory=dict)
    ends: dict[str, Operation] = field(default_factory=dict)


class Router:
    """The operations of one document by path. Matching is linear in the path, whatever the templates are."""

    def __init__(self, document: Document, operations: Operations | None = None) -> None:
        self._root = _Level()
        found = (operations or Operations(document)).all()
        prefixes = {_prefix(prefix) for each in found for prefix in each.prefixes} | {()}
        self._prefixes = sorted(prefixes, key=lambda each: (-len(each), each))
        for operation in found:
            level = self._root
            for segment in _segments(operation.item.path):
                below = level.templated if "{" in segment else level.literal
                level = below.setdefault(segment, _Level())
            level.ends.setdefault(operation.method.lower(), operation)

    def find(self, method: str, url: str) -> Route | None:
        """The operation that a request means, the most concrete one; None if the contract has none.

        The host is not compared: traffic is often recorded elsewhere than the contract says.
        """
        try:
            path = urlsplit(url).path or "/"
        except ValueError:
            return None
        segments = _segments(path)
        for prefix in self._prefixes:
            if len(prefix) > len(segments) or any(
                _values(p, s) is None for p, s in zip(prefix, segments, strict=False)
            ):
                continue
            for operation, values in _walk(self._root, segments[len(prefix) :], method.lower()):
                return Route(operation, {name: unquote(value) for name, value in values})
        return None


def _walk(level: _Level, segments: list[str], method: str) -> Iterator[tuple[Operation, list[tuple[str, str]]]]:
    """Every operation that the segments may mean, the most concrete first."""
    todo: list[tuple[_Level, int, list[tuple[str, str]]]] = [(level, 0, [])]
    while todo:
        here, index, values = todo.pop()
        if index == len(segments):
            if method in here.ends:
                yield here.ends[method], values
            continue
        segment = segments[index]
        # The last pushed is looked at first: literal, then templates with more literal text, then the others.
        for template, below in sorted(here.templated.items(), key=lambda each: (_literal(each[0]), each[0])):
            found = _values(template, segment)
            if found is not None:
                todo.append((below, index + 1, [*values, *found]))
        concrete = here.literal.get(segment) or here.literal.get(unquote(segment))
        if concrete is not None:
            todo.append((concrete, index + 1, values))


def _prefix(server: str) -> tuple[str, ...]:
    """The segments of a server's path; a scheme that is a variable may still stand in front of it."""
    _, scheme, rest = server.partition("://")
    path = (rest.partition("/")[2] if scheme else server).strip("/")
    return tuple(path.split("/")) if path else ()


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _literal(template: str) -> int:
    return sum(len(part) for part, _ in _parts(template))


def _parts(template: str) -> list[tuple[str, str | None]]:
    """Literal texts, each with the name of the parameter behind it; the last has none."""
    parts: list[tuple[str, str | None]] = []
    rest = template
    while True:
        before, brace, after = rest.partition("{")
        name, closing, tail = after.partition("}")
        if not brace or not closing:
            return [*parts, (rest, None)]
        parts.append((before, name))
        rest = tail


def _values(template: str, segment: str) -> list[tuple[str, str]] | None:
    """The values of the parameters in one segment: each ends where the next literal text first occurs."""
    parts = _parts(template)
    found: list[tuple[str, str]] = []
    if not segment.startswith(parts[0][0]):
        return None
    at = len(parts[0][0])
    for (_, name), (following, more) in pairwise(parts):
        if name is None:  # pragma: no cover - only the last has none
            return None
        if more is None:
            end = len(segment) - len(following) if segment.endswith(following) else -1
        else:
            end = segment.find(following, at + 1) if following else min(at + 1, len(segment))
        if end < at + 1:
            return None
        found.append((name, segment[at:end]))
        at = end + len(following)
    return found if at == len(segment) else None
