"""Annotations that programs read: defaults and discriminators."""

import json
from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import canonical


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


def discriminator(pair: Question) -> Iterator[Edit]:
    """Compare `discriminator`: it decides no value, but what generated code makes of one."""
    before, after = pair.old.notes.get("discriminator"), pair.new.notes.get("discriminator")
    if _told(before) != _told(after):
        yield pair.edit("discriminator", Effect.CHANGED, before, after)


def _told(node: Node | None) -> str | None:
    """A discriminator as a text that equal ones share; in Swagger 2.0 it is the name of the member alone."""
    if node is None:
        return None
    value = {"propertyName": node.value} if isinstance(node.value, str) else node.value
    said = {name: value[name] for name in value if not name.startswith("x-")} if isinstance(value, dict) else value
    return canonical(said)


def _key(node: Node | None) -> str | None:
    return None if node is None else canonical(node.value)


def _say(node: Node | None) -> str:
    return "none" if node is None else json.dumps(node.value, ensure_ascii=False, default=str, sort_keys=True)
