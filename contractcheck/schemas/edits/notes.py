"""Annotations that programs read: defaults, and lists that may grow."""

import json
from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import canonical

_EXTENSIBLE = "x-extensible-enum"


def default(pair: Question) -> Iterator[Edit]:
    """Compare `default`, where the member may be left out at all."""
    before, after = pair.old.notes.get("default"), pair.new.notes.get("default")
    if _key(before) == _key(after):
        return
    if not pair.defaults:
        pair.harmless += 1
        return
    if {_key(before), _key(after)} == {None, "null"}:  # no default, or null for one: generators write either
        pair.harmless += 1
        return
    yield pair.edit("default", Effect.CHANGED, before, after, before=_say(before), after=_say(after))


def extensible(pair: Question) -> Iterator[Edit]:
    """Compare `x-extensible-enum`: values that are known, of a list that may grow (Zalando's guidelines, rule 112)."""
    before, after = _listed(pair.old.notes.get(_EXTENSIBLE)), _listed(pair.new.notes.get(_EXTENSIBLE))
    if before is None or after is None:
        return
    gone, come = [before[key] for key in before if key not in after], [after[key] for key in after if key not in before]
    if gone:
        at = gone[0], pair.new.notes[_EXTENSIBLE]
        yield pair.edit("extensible-enum", Effect.REMOVED, *at, values=", ".join(_say(node) for node in gone[:12]))
    if come:
        at = pair.old.notes[_EXTENSIBLE], come[0]
        yield pair.edit("extensible-enum", Effect.ADDED, *at, values=", ".join(_say(node) for node in come[:12]))


def _listed(note: Node | None) -> dict[str, Node] | None:
    if note is None or not isinstance(note.value, list):
        return None
    items = (note.get(index) for index in range(len(note.value)))
    return {canonical(item.value): item for item in items if item is not None}


def _key(node: Node | None) -> str | None:
    return None if node is None else canonical(node.value)


def _say(node: Node | None) -> str:
    return "none" if node is None else json.dumps(node.value, ensure_ascii=False, default=str, sort_keys=True)
