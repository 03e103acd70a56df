"""XML: the names that elements and attributes travel under, compared where the media type is XML."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi.changes import Ground, named
from contractcheck.openapi.document import Dialect, Node
from contractcheck.schemas.edits.view import View

RULES = tuple(f"{direction}-xml-changed" for direction in Direction)
_MOST: Final = 2_000
"""How many pairs of schemas one body may be made of."""
_Schema = tuple[Node, ...]


class _Walk(Struct):
    ground: Ground
    affected: Affected
    todo: list[tuple[_Schema, _Schema]] = field(default_factory=list)
    seen: set[tuple[tuple[str, str], ...]] = field(default_factory=set)


def compare(ground: Ground, base: _Schema, revision: _Schema, affected: Affected) -> None:
    """Compare how two schemas are written as XML."""
    walk = _Walk(ground, affected)
    if base and revision:
        roots = _root(ground, 0, base[0]), _root(ground, 1, revision[0])
        named = any(explicit for _, explicit in roots) or ground.base.dialect is Dialect.OPENAPI_3_2
        if named and None not in (roots[0][0], roots[1][0]) and roots[0][0] != roots[1][0]:
            _say(walk, base[0], revision[0], "the document", str(roots[0][0]), str(roots[1][0]))
        walk.todo.append((base, revision))
    for _ in range(_MOST):
        if not walk.todo:
            return
        _look(walk, *walk.todo.pop())


def _look(walk: _Walk, base: _Schema, revision: _Schema) -> None:
    key = tuple((node.file, node.pointer) for node in (*base, *revision))
    if key in walk.seen or (len(base) == len(revision) == 1 and walk.ground.same(base[0], revision[0])):
        return
    walk.seen.add(key)
    views = walk.ground.views[0].view(base), walk.ground.views[1].view(revision)
    old, new = _members(views[0]), _members(views[1])
    for name in old:
        if name not in new:
            continue
        inner = walk.ground.views[0].view(old[name]), walk.ground.views[1].view(new[name])
        before, after = _spelled(inner[0], name), _spelled(inner[1], name)
        if before != after:
            _say(walk, old[name][0], new[name][0], name, before, after)
        walk.todo.append((old[name], new[name]))
    items = [tuple(view.keyword("items", frozenset({"array"}))) for view in views]
    if items[0] and items[1]:
        below = [walk.ground.views[side].view(items[side]) for side in (0, 1)]
        before, after = _spelled(below[0], ""), _spelled(below[1], "")
        if before != after:
            _say(walk, items[0][0], items[1][0], "the items", before, after)  # type: ignore[arg-type]
        walk.todo.append((items[0], items[1]))  # type: ignore[arg-type]


def _members(view: View) -> dict[str, _Schema]:
    found: dict[str, _Schema] = {}
    for node in view.of(frozenset({"object"})):
        for name, member in named(node.get("properties")).items():  # type: ignore[arg-type]
            found[name] = (*found.get(name, ()), member)
    return found


def _said(view: View) -> Mapping[str, Any]:
    for fragment in view.fragments:
        said = fragment.node.value.get("xml") if isinstance(fragment.node.value, dict) else None
        if isinstance(said, dict):
            return said
    return {}


def _spelled(view: View, name: str) -> str:
    """How a member is written: `@id`, `{urn:x}item`, `items/item`; an element of no name is the parent's to name."""
    said = _said(view)
    kind = said.get("nodeType") or ("attribute" if said.get("attribute") is True else "element")
    space = f"{{{said['namespace']}}}" if isinstance(said.get("namespace"), str) else ""
    named = said.get("name") if isinstance(said.get("name"), str) else name
    if kind == "attribute":
        return f"@{space}{named}"
    if kind != "element":
        return f"{kind}()" if kind != "none" else "()"
    if view.types == {"array"} and said.get("wrapped") is True:
        return f"{space}{named}/"
    return f"{space}{named}"


def _root(ground: Ground, side: int, schema: Node) -> tuple[str | None, bool]:
    """The name of the outermost element, and whether it is given; else it is that of the component (since 3.2)."""
    said = _said(ground.views[side].view((schema,)))
    if isinstance(said.get("name"), str):
        return str(said["name"]), True
    reference = schema.value.get("$ref") if isinstance(schema.value, dict) else None
    return (reference.rsplit("/", 1)[-1] if isinstance(reference, str) else None), False


def _say(walk: _Walk, base: Node, revision: Node, name: str, before: str, after: str) -> None:
    rule = f"{walk.affected.direction}-xml-changed"
    walk.ground.say(rule, base, revision, walk.affected, name=name, before=before, after=after)
