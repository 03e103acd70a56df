"""Bodies: whether a request has one, in which media types, and what they hold."""

from typing import Final

from contractcheck.model.finding import Affected, Direction
from contractcheck.model.place import join
from contractcheck.openapi import encoding, mediatypes, xml
from contractcheck.openapi.changes import Exchange, Ground, true
from contractcheck.openapi.document import Node
from contractcheck.openapi.made import record, said

normal = mediatypes.normal

RULES = (
    "request-body-added",
    "request-required-body-added",
    "request-body-removed",
    "request-body-became-required",
    "request-body-became-optional",
    "response-body-became-optional",
    "response-body-became-required",
    "request-media-type-added",
    "request-media-type-removed",
    "response-media-type-added",
    "response-media-type-removed",
    *encoding.RULES,
    *xml.RULES,
)


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare the request body of an operation."""
    uses = base.get("requestBody"), revision.get("requestBody")
    if ground.same(*uses):
        return
    old = ground.base.follow(uses[0]) if uses[0] is not None else None
    new = ground.revision.follow(uses[1]) if uses[1] is not None else None
    if (uses[0] is not None and old is None) or (uses[1] is not None and new is None):
        return  # a broken reference is a defect of the document, which says so itself
    affected = exchange.request
    if old is not None and new is not None:
        _required(ground, exchange, old, new)
        content(ground, exchange, old.get("content"), new.get("content"), affected.direction, (old, new))
    elif new is not None and not exchange.swapped:
        rule = "request-required-body-added" if true(new, "required") else "request-body-added"
        ground.say(rule, base, uses[1], affected, only="revision")
    elif old is not None and not exchange.swapped:
        ground.say("request-body-removed", uses[0], revision, affected, only="base")
    else:
        content(
            ground,
            exchange,
            old.get("content") if old else None,
            new.get("content") if new else None,
            affected.direction,
            (old or base, new or revision),
        )


def _required(ground: Ground, exchange: Exchange, old: Node, new: Node) -> None:
    before, after = true(old, "required"), true(new, "required")
    if before != after:
        rule = f"{exchange.request.direction}-body-became-{'required' if after else 'optional'}"
        ground.say(rule, old.get("required") or old, new.get("required") or new, exchange.request)


def content(
    ground: Ground,
    exchange: Exchange,
    base: Node | None,
    revision: Node | None,
    direction: Direction,
    holders: tuple[Node, Node],
) -> None:
    """Compare the media types of a body; `holders` are what holds `content` on either side."""
    if ground.same(base, revision):
        return
    affected = exchange.request if direction is exchange.request.direction else exchange.response
    old, new = mediatypes.named(base), mediatypes.named(revision)
    paired, removed, added = mediatypes.match(old, new, direction)
    for left, right in paired:
        _media_type(ground, old[left], new[right], (left, right), direction, affected)
    for name in removed:
        at = revision or holders[1]
        ground.say(f"{direction}-media-type-removed", old[name], at, affected, only="base", name=name)
    for name in added:
        at = base or holders[0]
        ground.say(f"{direction}-media-type-added", at, new[name], affected, only="revision", name=name)


def _media_type(
    ground: Ground, old: Node, new: Node, names: tuple[str, str], direction: Direction, affected: Affected
) -> None:
    if ground.same(old, new):
        return
    left, right = ground.base.follow(old), ground.revision.follow(new)  # 3.2 allows a `$ref` here
    if left is None or right is None:
        return
    if not mediatypes.textual(names[1]):
        ground.shown.append((left, right, affected))
    if any(mediatypes.form(name) for name in names):
        encoding.compare(ground, left, right, affected, names[0])
    textual = all(mediatypes.textual(name) for name in names)
    for keyword in ("schema", "itemSchema"):
        schemas = [
            tuple(_read(ground, side, names, node) for node in (media.get(keyword),) if node is not None)
            for side, media in enumerate((left, right))
        ]
        if not any(map(mediatypes.structured, names)) and all(
            _raw(ground, side, each) for side, each in enumerate(schemas)
        ):
            continue
        ground.walk.root(schemas[0], schemas[1], direction, affected, textual=textual)
        if all(mediatypes.xml(name) for name in names):
            xml.compare(ground, schemas[0], schemas[1], affected)


def _raw(ground: Ground, side: int, schema: tuple[Node, ...]) -> bool:
    """Whether a schema says no more of bytes than that they are bytes: 3.0 calls them binary text, 3.1 nothing."""
    view = ground.views[side].view(schema)
    if view.groups or view.opaque or view.values or "string" not in view.types:
        return False
    words = {"type", "format", "contentMediaType", "title", "description", "example", "examples"}
    for node in view.of(frozenset({"string"})):
        keywords = node.value if isinstance(node.value, dict) else {}
        if keywords.get("format", "binary") != "binary" or not words.issuperset(keywords):
            return False
    return True


def _read(ground: Ground, side: int, names: tuple[str, str], schema: Node) -> Node:
    """The schema of a form, its files as 3.0 calls them: 3.1 says `contentMediaType` instead.

    What is made so stands where the form uses the schema: elsewhere the same schema may be of JSON.
    """
    if not mediatypes.form(names[side]):
        return schema
    found = ground.views[side].resolve(schema)
    members = found.get("properties") if isinstance(found, Node) else None
    if not isinstance(found, Node) or members is None:
        return schema
    at = join(schema.pointer, "properties")
    files = {
        name: said(Node(schema.file, join(at, name), None), _FILE)
        for name, member in members.members()
        if isinstance(member.value, dict) and "contentMediaType" in member.value
        if member.value.get("type", "string") == "string" and not _NO_FILE & member.value.keys()
    }
    if not files:
        return schema
    parts = dict(found.members())
    return record(schema, {**parts, "properties": record(members, {**dict(members.members()), **files})})


_FILE: Final = {"type": "string", "format": "binary"}
_NO_FILE: Final = frozenset(
    {"contentEncoding", "contentSchema", "format", "pattern", "minLength", "maxLength"}
    | {"$ref", "enum", "const", "allOf", "anyOf", "oneOf"}
)
