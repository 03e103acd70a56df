"""What a parameter or header holds: a `schema`, written as its style says, or a `content`."""

import json
from collections.abc import Mapping

from contractcheck.model.finding import Affected, Direction, ProofKind
from contractcheck.openapi import bodies
from contractcheck.openapi.changes import Change, Exchange, Ground, text
from contractcheck.openapi.document import Node
from contractcheck.schemas.edits import texts
from contractcheck.schemas.edits.types import spell
from contractcheck.schemas.edits.view import View

RULES = (
    "request-parameter-style-changed",
    "response-header-style-changed",
    "request-parameter-became-list",
    "request-parameter-became-single",
    "response-header-became-list",
    "response-header-became-single",
)

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple", "querystring": "form"}
_PLURAL = frozenset({"array", "object"})
_Schema = tuple[Node, ...]


def compare(
    ground: Ground,
    exchange: Exchange,
    old: Node,
    new: Node,
    affected: Affected,
    details: Mapping[str, str],
    *,
    defaults: bool = True,
) -> None:
    """Compare two parameters or headers by what they hold; `details` have their `name` and `where` they travel."""
    direction = affected.direction
    contents = old.get("content"), new.get("content")
    if contents[0] is not None and contents[1] is not None:
        bodies.content(ground, exchange, contents[0], contents[1], direction, (old, new))
        return
    ground.shown.append((old, new, affected))
    kind = "response-header" if direction is Direction.RESPONSE else "request-parameter"
    base, revision = _schema(old), _schema(new)
    views = ground.views[0].view(base), ground.views[1].view(revision)
    plural = [bool(view.types & _PLURAL) and bool(view.fragments) for view in views]
    if (contents[0] is None) != (contents[1] is None):
        # A single value that is no string is the same text in JSON.
        plain = all(texts.single(view) and "string" not in view.types for view in views)
        if not plain or any(content is not None and not _json(content) for content in contents):
            said = ["a schema" if content is None else "a media type" for content in contents]
            at = contents[0] or old, contents[1] or new
            ground.tell(f"{kind}-style-changed", at, affected, {**details, "before": said[0], "after": said[1]})
            return
    if plural[0] != plural[1] and {frozenset({"array"})} & {view.types for view in views}:
        if _folded(ground, (old, new), (base, revision), views, affected, kind, details):
            return
    elif plural[0] and plural[1]:
        _styled(ground, (old, new), views, affected, kind, details)
    if texts.differ(*views):
        _written(ground, (base or (old,), revision or (new,)), views, affected, defaults=defaults)
        return
    # Where the same kinds of single values are written, text changes nothing, and a prover may be asked.
    alike = all(texts.single(view) for view in views) and (views[0].types, views[0].null) == (
        views[1].types,
        views[1].null,
    )
    ground.walk.root(base, revision, direction, affected, textual=not alike, defaults=defaults)


def reads(ground: Ground, base: Node, revision: Node, written: str, *, old: bool) -> bool:
    """Whether the schema of a parameter, the base's or the revision's, surely reads a text."""
    holder, views = (base, ground.views[0]) if old else (revision, ground.views[1])
    schema = _schema(holder)
    return texts.accepts(views.view(schema), written) is True


def style(holder: Node, where: str) -> tuple[str, bool]:
    """How lists and objects are written, by the defaults of the Parameter Object."""
    named = text(holder.get("style")) or _STYLES.get(where, "simple")
    explode = holder.get("explode")
    return named, explode.value is True if explode is not None else named in {"form", "cookie"}


def _schema(holder: Node) -> _Schema:
    schema, content = holder.get("schema"), holder.get("content")
    if schema is None and content is not None:
        media = next((each for _, each in content.members()), None)
        schema = media.get("schema") if media is not None else None
    return (schema,) if schema is not None else ()


def _json(content: Node) -> bool:
    return [name.partition(";")[0].strip().lower() for name, _ in content.members()] == ["application/json"]


def _styled(
    ground: Ground,
    holders: tuple[Node, Node],
    views: tuple[View, View],
    affected: Affected,
    kind: str,
    details: Mapping[str, str],
) -> None:
    styles = [style(node, details["where"]) for node in holders]
    if styles[0] == styles[1] or all(name == "deepObject" for name, _ in styles):
        return
    if all(name == "simple" for name, _ in styles) and all("object" not in view.types for view in views):
        ground.harmless += 1  # a list in this style is the same text, exploded or not (OpenAPI 3.1.1 §4.8.12.4)
        return
    said = [f"{name}, {'' if explode else 'not '}exploded" for name, explode in styles]
    at = [node.get("style") or node.get("explode") or node for node in holders]
    ground.say(f"{kind}-style-changed", at[0], at[1], affected, before=said[0], after=said[1], **details)


def _folded(
    ground: Ground,
    holders: tuple[Node, Node],
    schemas: tuple[_Schema, _Schema],
    views: tuple[View, View],
    affected: Affected,
    kind: str,
    details: Mapping[str, str],
) -> bool:
    """Compare a single value with a list: one value is a list of one. Whether that could be done."""
    listed = 0 if views[0].types == {"array"} else 1
    items = [node for node in views[listed].keyword("items", views[listed].types) if isinstance(node, Node)]
    if not texts.single(views[1 - listed]) or len(items) > 1 or any(isinstance(each.value, list) for each in items):
        return False
    fewest = max((_count(node, 0) for node in views[listed].keyword("minItems", views[listed].types)), default=0)
    most = min((_count(node, 2) for node in views[listed].keyword("maxItems", views[listed].types)), default=2)
    if fewest > 1 or most < 1:
        return False
    if most > 1:
        rule = f"{kind}-became-{'single' if listed == 0 else 'list'}"
        at = [schema[0] if schema else holder for schema, holder in zip(schemas, holders, strict=True)]
        ground.say(rule, at[0], at[1], affected, **details)
    inner: list[_Schema] = list(schemas)
    inner[listed] = tuple(items)
    below = ground.views[0].view(inner[0]), ground.views[1].view(inner[1])
    if texts.differ(*below):
        places = inner[0] or (holders[0],), inner[1] or (holders[1],)
        _written(ground, places, below, affected, defaults=False)
    else:
        ground.walk.root(inner[0], inner[1], affected.direction, affected, textual=True, defaults=False)
    return True


def _count(node: Node | object, otherwise: int) -> int:
    value = getattr(node, "value", None)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _written(
    ground: Ground,
    schemas: tuple[_Schema, _Schema],
    views: tuple[View, View],
    affected: Affected,
    *,
    defaults: bool,
) -> None:
    """Compare a string with what is no string by the texts that they read; `schemas` are places to show."""
    request = affected.direction is Direction.REQUEST
    sender, receiver = views if request else views[::-1]
    judged = texts.judge(sender, receiver)
    breaking, harmless = ("narrowed", "widened") if request else ("widened", "narrowed")
    if judged.contained and texts.judge(receiver, sender).contained:
        ground.harmless += 1
    else:
        proof = ProofKind.STRUCTURAL if judged.contained else ProofKind.UNPROVEN
        proof = ProofKind.WITNESS if judged.text is not None else proof
        at = [_typed(ground, side, schema) for side, schema in enumerate(schemas)]
        ground.changes.append(
            Change(
                f"{affected.direction}-type-{harmless if judged.contained else breaking}",
                at[0],
                at[1],
                (affected,),
                details={"before": spell(views[0].types), "after": spell(views[1].types)},
                proof=proof,
                witness=judged.text,
            )
        )
    notes = [view.notes.get("default") for view in views]
    said = [None if note is None or note.value is None else str(note.value) for note in notes]
    if defaults and said[0] != said[1]:
        at = [
            note if isinstance(note, Node) else _typed(ground, side, schemas[side]) for side, note in enumerate(notes)
        ]
        shown = ["none" if note is None else json.dumps(note.value, ensure_ascii=False, default=str) for note in notes]
        ground.say(f"{affected.direction}-default-changed", at[0], at[1], affected, before=shown[0], after=shown[1])


def _typed(ground: Ground, side: int, schema: _Schema) -> Node:
    """Where the type stands, as far as references lead there."""
    found = ground.views[side].resolve(schema[0]) or schema[0]
    node = found if isinstance(found, Node) else schema[0]
    return node.get("type") or node
