"""Which places mean the same on both sides without looking closer."""

import json
import re
from typing import Any, NamedTuple

from contractcheck.schemas.edits.edit import Node, Side

_REFERENCE = re.compile(rb'"\$(?:ref|dynamicRef|recursiveRef)"\s*:\s*("(?:[^"\\]|\\.)*")')
_Key = tuple[str, str, str, str]


class _Twin(NamedTuple):
    same: bool
    targets: tuple[tuple[Node, Node], ...]


class Twins:
    """Answers `same(base, revision)`; every pair of reference targets is looked at once.

    Equality is of the JSON text: Python's own `==` takes `1` and `true` for one. Documents in two dialects have no
    twins:
    the same text may mean two things.
    """

    def __init__(self, base: Side, revision: Side) -> None:
        self._base = base
        self._revision = revision
        self._alike = base.dialect == revision.dialect
        self._judged: dict[_Key, bool] = {}
        self._resolved: dict[tuple[str, str, str], tuple[Node | None, Node | None]] = {}

    def same(self, base: Node, revision: Node) -> bool:
        """Whether both places mean the same, down to everything they refer to."""
        if not self._alike:
            return False
        start = _key(base, revision)
        judged = self._judged.get(start)
        return self._explore(start, base, revision) if judged is None else judged

    def _explore(self, start: _Key, base: Node, revision: Node) -> bool:
        """Look at everything reachable and not yet judged; whatever reaches a difference differs."""
        todo = [(start, base, revision)]
        seen = {start}
        users: dict[_Key, list[_Key]] = {}
        different: list[_Key] = []
        while todo:
            key, left, right = todo.pop()
            twin = self._twin(left, right)
            if not twin.same:
                different.append(key)
                continue
            for target in twin.targets:
                below = _key(*target)
                judged = self._judged.get(below)
                if judged is False:
                    different.append(key)
                elif judged is None:
                    users.setdefault(below, []).append(key)
                    if below not in seen:
                        seen.add(below)
                        todo.append((below, *target))
        spread = set(different)
        while different:
            for user in users.get(different.pop(), ()):
                if user not in spread:
                    spread.add(user)
                    different.append(user)
        self._judged.update((key, key not in spread) for key in seen)
        return start not in spread

    def _twin(self, base: Node, revision: Node) -> _Twin:
        try:
            if base.value != revision.value:
                return _Twin(same=False, targets=())
        except RecursionError:  # deeper than C compares: look closer
            return _Twin(same=False, targets=())
        text = _text(base.value)
        if text is None or b'"$id"' in text or not _alike(base.value, revision.value, text):
            return _Twin(same=False, targets=())
        targets = []
        for raw in sorted(set(_REFERENCE.findall(text))):
            reference = str(json.loads(raw))
            left, right = self._resolve(base, revision, reference)
            if left is not None and right is not None:
                targets.append((left, right))
            elif left is not None or right is not None:
                return _Twin(same=False, targets=())
        old, new = self._base.heirs(base), self._revision.heirs(revision)
        if old.keys() != new.keys():
            return _Twin(same=False, targets=())
        targets += [(heir, new[name]) for name, heir in old.items()]
        return _Twin(same=True, targets=tuple(targets))

    def _resolve(self, base: Node, revision: Node, reference: str) -> tuple[Node | None, Node | None]:
        known = (base.file, revision.file, reference)
        if known not in self._resolved:
            self._resolved[known] = self._base.find(base, reference), self._revision.find(revision, reference)
        return self._resolved[known]


def _key(base: Node, revision: Node) -> _Key:
    return base.file, base.pointer, revision.file, revision.pointer


def _alike(base: Any, revision: Any, text: bytes) -> bool:  # noqa: ANN401 - JSON values
    """Whether two values have one text, members in any order; `text` is that of the base."""
    import orjson

    if text == _text(revision):
        return True
    return orjson.dumps(base, option=orjson.OPT_SORT_KEYS) == orjson.dumps(revision, option=orjson.OPT_SORT_KEYS)


def _text(value: Any) -> bytes | None:  # noqa: ANN401 - a JSON value
    import orjson

    try:
        return orjson.dumps(value)
    except TypeError:  # beyond 64 bits, too deep, or no JSON: look closer
        return None
