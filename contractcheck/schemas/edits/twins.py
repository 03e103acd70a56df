"""Which places mean the same on both sides without looking closer."""

import json
import re
from collections.abc import Hashable
from typing import Any, NamedTuple

from contractcheck.schemas.edits.edit import Node, Side

_REFERENCE = re.compile(rb'"\$(?:ref|dynamicRef|recursiveRef)"\s*:\s*("(?:[^"\\]|\\.)*")')
_Key = tuple[str, str, str, str]


class _Twin(NamedTuple):
    same: bool
    targets: tuple[tuple[Node, Node], ...]


_SAME = _Twin(same=True, targets=())
_DIFFERENT = _Twin(same=False, targets=())


class Twins:
    """Answers `same(base, revision)`; every pair of reference targets is looked at once.

    Equality is of the JSON text: Python's own `==` takes `1` and `true` for one. Documents in two dialects have no
    twins: the same text may mean two things.
    """

    def __init__(self, base: Side, revision: Side) -> None:
        self._base = base
        self._revision = revision
        self._alike = base.dialect == revision.dialect
        self._judged: dict[_Key, bool] = {}
        self._known: dict[tuple[Hashable, Hashable, bytes], _Twin] = {}
        self._still: bool | None = None
        self._resolved: dict[tuple[Hashable, Hashable, bytes], tuple[Node | None, Node | None]] = {}

    def same(self, base: Node, revision: Node) -> bool:
        """Whether both places mean the same, down to everything they refer to."""
        if not self._alike:
            return False
        start = _key(base, revision)
        judged = self._judged.get(start)
        if judged is None:
            twin = self._twin(base, revision)
            # Most places refer to nothing: they are done here.
            judged = twin.same if not twin.targets else self._explore(start, twin)
            self._judged[start] = judged
        return judged

    def alike(self, holders: tuple[Node, Node], base: Any, revision: Any) -> bool:  # noqa: ANN401 - JSON values
        """Whether two values in these places certainly mean the same, told without their own: False says nothing."""
        if not self._alike or base != revision or (isinstance(base, dict) and "discriminator" in base):
            return False
        text = _text(base)
        if text is None or text != _text(revision):
            return False
        if b'"$' not in text:
            return True
        known = self._known.get((*self._scopes(*holders), text), _DIFFERENT)
        return known.same and all(self._judged.get(_key(*target), False) for target in known.targets)

    def still(self) -> bool:
        """Whether every `$dynamicRef` leads to the same on both sides, whatever the way there."""
        if self._still is None:
            self._still = True  # of one inside of what they lead to
            left, right = self._base.trail(), self._revision.trail()
            if left is not None or right is not None:
                alike = left is not None and right is not None and left[0] == right[0]
                ends = zip(left[1], right[1], strict=True) if alike else ()  # type: ignore[index]
                self._still = alike and all(self.same(*both) for both in ends)
            if not self._still:  # what was judged as if they did
                self._judged.clear()
                self._known.clear()
        return self._still

    def _explore(self, start: _Key, first: _Twin) -> bool:
        """Look at everything reachable and not yet judged; whatever reaches a difference differs."""
        todo = [(start, first)]
        seen = {start}
        users: dict[_Key, list[_Key]] = {}
        different: list[_Key] = []
        while todo:
            key, twin = todo.pop()
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
                        todo.append((below, self._twin(*target)))
        spread = set(different)
        while different:
            for user in users.get(different.pop(), ()):
                if user not in spread:
                    spread.add(user)
                    different.append(user)
        self._judged.update((key, key not in spread) for key in seen)
        return start not in spread

    def _twin(self, base: Node, revision: Node) -> _Twin:
        one, other = base.value, revision.value
        if isinstance(one, str):  # most places are a text, and refer to nothing
            return _SAME if one == other else _DIFFERENT
        try:
            if one != other:
                return _DIFFERENT
        except RecursionError:  # deeper than C compares: look closer
            return _DIFFERENT
        text = _text(one)
        if text is None or not _alike(one, other, text):
            return _DIFFERENT
        heirs: list[tuple[Node, Node]] = []
        if isinstance(one, dict) and "discriminator" in one:  # others mean nothing by their heirs
            old, new = self._base.heirs(base), self._revision.heirs(revision)
            if old.keys() != new.keys():
                return _DIFFERENT
            heirs = [(heir, new[name]) for name, heir in old.items()]
        if b'"$' not in text:
            return _Twin(same=True, targets=tuple(heirs))
        scopes = self._scopes(base, revision)
        key = (*scopes, text)
        known = self._known.get(key)
        if known is None:
            known = _DIFFERENT if b'"$id"' in text else self._leading((base, revision), scopes, text)
            self._known[key] = known
        return known if not known.same or not heirs else _Twin(same=True, targets=(*known.targets, *heirs))

    def _leading(self, places: tuple[Node, Node], scopes: tuple[Hashable, Hashable], text: bytes) -> _Twin:
        """Of places with one text: what its references lead to. One that leads somewhere on one side only differs."""
        if b'"$dynamicRef"' in text and not self.still():
            return _DIFFERENT
        targets = []
        for raw in sorted(set(_REFERENCE.findall(text))):
            left, right = self._resolve(places, (*scopes, raw))
            if left is not None and right is not None:
                targets.append((left, right))
            elif left is not None or right is not None:
                return _DIFFERENT
        return _Twin(same=True, targets=tuple(targets))

    def _resolve(
        self, places: tuple[Node, Node], known: tuple[Hashable, Hashable, bytes]
    ) -> tuple[Node | None, Node | None]:
        """What a reference, written as a JSON text, leads to on both sides."""
        found = self._resolved.get(known)
        if found is None:
            reference, (base, revision) = str(json.loads(known[2])), places
            found = self._resolved[known] = self._base.find(base, reference), self._revision.find(revision, reference)
        return found

    def _scopes(self, base: Node, revision: Node) -> tuple[Hashable, Hashable]:
        return self._base.scope(base), self._revision.scope(revision)


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
