"""How the parts of a form are written: media types, lists, headers."""

from collections.abc import Mapping
from typing import Final

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi import mediatypes, values
from contractcheck.openapi.changes import Exchange, Ground, named, text, true
from contractcheck.openapi.document import Node
from contractcheck.schemas.edits.values import canonical
from contractcheck.schemas.edits.view import View

RULES = tuple(
    f"{direction}-encoding-{effect}" for direction in Direction for effect in ("narrowed", "widened", "changed")
)
_LISTS: Final = ("style", "explode", "allowReserved")
_REST: Final = ("prefixEncoding", "itemEncoding")


def compare(ground: Ground, base: Node, revision: Node, affected: Affected, media: str) -> None:
    """Compare the `encoding` of two media types of forms, member by member; members of one side are the schema's."""
    old, new = named(base.get("encoding")), named(revision.get("encoding"))
    for name in old | new:
        members = _member(ground, 0, base, name), _member(ground, 1, revision, name)
        at = old.get(name) or base, new.get(name) or revision
        if None not in members and not ground.same(*at):
            _part(ground, name, at, (old.get(name), new.get(name)), members, affected, media)  # type: ignore[arg-type]
    for word in _REST:
        before, after = base.get(word), revision.get(word)
        if not ground.same(before, after):
            at = before or base, after or revision
            ground.note(f"{affected.direction}-encoding-changed", *at, affected, member=word, name=word, media=media)


def _part(
    ground: Ground,
    name: str,
    at: tuple[Node, Node],
    said: tuple[Node | None, Node | None],
    members: tuple[View, View],
    affected: Affected,
    media: str,
) -> None:
    about = {"name": name, "media": media}
    types = [_types(node, view) for node, view in zip(said, members, strict=True)]
    if types[0] != types[1]:
        gone, come = ([one for one in types[side] if not _taken(one, types[1 - side])] for side in (0, 1))
        request = affected.direction is Direction.REQUEST
        if gone or come:
            breaks = bool(gone) if request else bool(come)
            effect = "narrowed" if breaks is request else "widened"
            told = [", ".join(each) for each in types]
            rule = f"{affected.direction}-encoding-{effect}"
            ground.tell(rule, at, affected, {**about, "before": told[0], "after": told[1]}, name)
    plural = all(view.types & {"array", "object"} for view in members)
    if media.startswith("application/x-www-form-urlencoded") or any(_lists(node) for node in said):
        styles = [values.style(node, "query") if node is not None else ("form", True) for node in said]
        if plural and styles[0] != styles[1]:
            told = [f"{each}, {'' if explode else 'not '}exploded" for each, explode in styles]
            effect = "narrowed" if affected.direction is Direction.REQUEST else "widened"
            rule = f"{affected.direction}-encoding-{effect}"
            ground.tell(rule, at, affected, {**about, "before": told[0], "after": told[1]}, name)
    headers = tuple(_headers(ground, side, node) for side, node in enumerate(said))
    if _rest(said[0], headers[0]) != _rest(said[1], headers[1]):
        ground.tell(f"{affected.direction}-encoding-changed", at, affected, about, name)
    for header, old in headers[0].items():
        new = headers[1].get(header)
        if new is not None and not ground.same(old, new):
            about = {"name": header, "where": "header"}
            values.compare(ground, Exchange(affected.operation), old, new, affected, about)


def _member(ground: Ground, side: int, media: Node, name: str) -> View | None:
    """What the schema says of a part; None if it has no such part, so that its encoding has no effect."""
    schema = media.get("schema")
    if schema is None:
        return None
    view = ground.views[side].view((schema,))
    found = tuple(
        member
        for node in view.of(frozenset({"object"}))
        if (members := node.get("properties")) is not None and (member := members.get(name)) is not None
    )
    return ground.views[side].view(found) if found else None


def _types(said: Node | None, member: View) -> list[str]:
    """The media types of a part, by the defaults of the Encoding Object where it names none."""
    named = text(said.get("contentType")) if said is not None else None
    if named is not None:
        return sorted({mediatypes.normal(each) for each in named.split(",") if each.strip()})
    if member.types == {"array"}:
        return ["as its items"]
    if member.types == {"object"}:
        return ["application/json"]
    binary = any(node.value == "binary" for node in member.keyword("format", frozenset({"string"})))
    return ["application/octet-stream" if binary or not member.types <= _PLAIN else "text/plain"]


_PLAIN: Final = frozenset({"string", "integer", "fraction", "boolean"})


def _lists(said: Node | None) -> bool:
    return said is not None and any(said.get(word) is not None for word in _LISTS)


def _taken(one: str, several: list[str]) -> bool:
    return one in several or any(mediatypes.covers(wide, one) for wide in several)


def _headers(ground: Ground, side: int, said: Node | None) -> dict[str, Node]:
    """The headers of a part by lower case name; its `Content-Type` is told by `contentType`."""
    document = (ground.base, ground.revision)[side]
    written = named(said.get("headers")) if said is not None else {}
    found = {name.lower(): document.follow(use) for name, use in written.items()}
    return {name: node for name, node in found.items() if node is not None and name != "content-type"}


def _rest(said: Node | None, headers: Mapping[str, Node]) -> list[str]:
    """What of an encoding is compared as it stands: the names of its headers, which must be there, encodings below."""
    if said is None:
        return [""]
    below = [canonical(part.value) for word in ("encoding", *_REST) if (part := said.get(word)) is not None]
    return ["", *(f"{name} {true(headers[name], 'required')}" for name in sorted(headers)), *below]
