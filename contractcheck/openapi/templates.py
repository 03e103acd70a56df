"""Path templates: their names, what they have in common, and which of two takes a request."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct, field

_VERSION = re.compile(r"/v[0-9]+(?:[._][0-9]+)*(?:(?:alpha|beta)[0-9]*)?(?=/|$)")
_NAME = re.compile(r"\{([^{}]*)\}")
_MOST: Final = 1_000
"""How many steps one look-up may take: far more than real paths need."""
_FEW: Final = 100
"""The same where every path may meet every other."""


def erase(path: str) -> str:
    """The path without the names of its parameters: `/pet/{id}` and `/pet/{petId}` are one."""
    return _NAME.sub("{}", path)


def unversioned(path: str) -> str:
    """The path without the first of its segments that is a version: `/api/v2/pets` and `/api/pets` are one."""
    return _VERSION.sub("", path, count=1)


def names(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, in order."""
    return tuple(_NAME.findall(path))


class _Branch(Struct):
    below: dict[str, "_Branch"] = field(default_factory=dict)
    templated: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class Templates:
    """Paths by their segments, to find those that meet another."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._root = _Branch()
        for path in paths:
            branch = self._root
            for segment in erase(path).split("/"):
                if segment not in branch.below:
                    branch.below[segment] = _Branch()
                    if "{}" in segment:
                        branch.templated.append(segment)
                branch = branch.below[segment]
            branch.paths.append(path)

    def wider(self, path: str) -> Iterator[str]:
        """The paths that take every request of this one, and others too: `/users/{id}` for `/users/me`."""
        segments = erase(path).split("/")
        todo = [(self._root, 0)]
        for _ in range(_MOST):
            if not todo:
                return
            branch, index = todo.pop()
            if index == len(segments):
                yield from (each for each in branch.paths if erase(each) != erase(path))
                continue
            segment = segments[index]
            if segment in branch.below:
                todo.append((branch.below[segment], index + 1))
            todo += [
                (branch.below[each], index + 1)
                for each in branch.templated
                if each != segment and covers(each, segment)
            ]

    def crossing(self, path: str) -> Iterator[str]:
        """Some paths that share some requests with this one, where neither takes all of the other's."""
        segments = erase(path).split("/")
        todo = [(self._root, 0, False, False)]
        for _ in range(_FEW):
            if not todo:
                return
            branch, index, wider, narrower = todo.pop()
            if index == len(segments):
                if wider and narrower:
                    yield from branch.paths
                continue
            segment = segments[index]
            candidates = branch.below if "{}" in segment else (segment, *branch.templated)
            for each in islice(candidates, _FEW):
                if each not in branch.below:
                    continue
                if each == segment:
                    todo.append((branch.below[each], index + 1, wider, narrower))
                elif "{}" in each and covers(each, segment):
                    todo.append((branch.below[each], index + 1, True, narrower))
                elif "{}" in segment and covers(segment, each):
                    todo.append((branch.below[each], index + 1, wider, True))


def covers(template: str, segment: str) -> bool:
    """Whether a segment with parameters, `{}` or `{}.json`, takes all that another does; a parameter is never empty."""
    parts = template.split("{}")
    first, last = parts[0], parts[-1]
    if len(segment) < len(first) + len(last) or not segment.startswith(first) or not segment.endswith(last):
        return False
    at, end = len(first), len(segment) - len(last)
    for part in parts[1:-1]:
        found = segment.find(part, at + 1, end)
        if found < 0:
            return False
        at = found + len(part)
    return at < end
