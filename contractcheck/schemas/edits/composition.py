"""Branches of `anyOf` and `oneOf`, and the keywords that are carried along without being understood."""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Edit, Effect, Node, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import canonical
from contractcheck.schemas.edits.view import KEYWORDS, NOTES, Group, Opaque, View, Views

_MANY = 64
"""Past this many unequal branches they are paired by position alone."""


def branches(pair: Question) -> Iterator[Edit | Step]:
    """Pair the branches of both sides, go on to the pairs, and tell the branches that one side alone has."""
    if not pair.old.groups and not pair.new.groups:
        return
    old, new = pair.old.groups, pair.new.groups
    if len(old) == len(new) == 1:
        yield from _compare(pair, old[0], new[0])
    elif old and new:
        yield from _several(pair, old, new)
    elif grouped(pair):
        before, after = (old[0] if old else _alone(pair, old=True)), (new[0] if new else _alone(pair, old=False))
        if before is not None and after is not None:
            yield from _compare(pair, before, after)
    elif bool(new) is pair.request:  # one more condition beside others on the receiver's side
        group = (old or new)[0]
        yield pair.undecided(group.kind, old[0].node if old else None, new[0].node if new else None)
    else:
        pair.harmless += 1  # the receiver asks for less, or the sender promises more


def opaque(pair: Question) -> Iterator[Edit]:
    """Say which keywords changed that the walk does not understand."""
    for keyword in sorted({item.keyword for item in (*pair.old.opaque, *pair.new.opaque)}):
        before, after = (_of(view, keyword) for view in (pair.old, pair.new))
        still = keyword != "$dynamicRef" or pair.still()
        if still and len(before) == len(after) and all(pair.same(*both) for both in zip(before, after, strict=True)):
            continue
        yield pair.undecided(keyword, before[0] if before else None, after[0] if after else None)


def grouped(pair: Question) -> bool:
    """Whether one side alone is a group, and the other one schema that can be compared as its only branch."""
    if bool(pair.old.groups) == bool(pair.new.groups):
        return False
    return len(pair.old.groups or pair.new.groups) == 1 and _alone(pair, old=not pair.old.groups) is not None


def _of(view: View, keyword: str) -> list[Node]:
    return [item.node for item in view.opaque if item.keyword == keyword]


def _several(pair: Question, old: tuple[Group, ...], new: tuple[Group, ...]) -> Iterator[Edit | Step]:
    """Several groups at once: compared in order if there are as many on both sides."""
    if [group.kind for group in old] == [group.kind for group in new]:
        for before, after in zip(old, new, strict=True):
            yield from _compare(pair, before, after)
        return
    keyword = (old or new)[0].kind
    yield pair.undecided(keyword, old[0].node if old else None, new[0].node if new else None)


def _alone(pair: Question, *, old: bool) -> Group | None:
    """One schema as the only branch of a group, if the other side says nothing beside its group."""
    conjunction = pair.base if old else pair.revision
    other = pair.new if old else pair.old
    if len(conjunction) != 1 or other.opaque:
        return None
    kind = other.groups[0].kind
    inside = KEYWORDS - {*NOTES, kind, "nullable"}
    if any(isinstance(f.node.value, dict) and not inside.isdisjoint(f.node.value) for f in other.fragments):
        return None
    return Group(kind, conjunction[0], (conjunction[0],), null=False)


def _compare(pair: Question, before: Group, after: Group) -> Iterator[Edit | Step]:
    paired, removed, added = _match(pair, before, after)
    nulls = not before.null and not after.null and bool(pair.old.groups) == bool(pair.new.groups)
    for left, right in paired:
        yield Step((left,), (right,), nulls=nulls, defaults=not grouped(pair))
    exclusive = "oneOf" in {before.kind, after.kind}
    apart = not exclusive or (_disjoint(pair.views[0], before.branches) and _disjoint(pair.views[1], after.branches))
    if before.kind != after.kind and not apart and not removed and not added:
        widens = after.kind == "anyOf"
        if pair.request is widens:
            pair.harmless += 1
        else:
            yield pair.undecided(f"{before.kind} to {after.kind}", before.node, after.node)
        return
    if (removed or added) and not apart:
        # A value of two branches is refused by oneOf: one branch more may also refuse what was accepted.
        first_left, first_right = (removed or [before.node])[0], (added or [after.node])[0]
        names = ", ".join([f"without {_name(node)}" for node in removed] + [f"with {_name(node)}" for node in added])
        yield pair.undecided(f"{after.kind} ({names})", first_left, first_right)
        return
    if removed:
        names = ", ".join(_name(node) for node in removed)
        yield pair.edit("branches", Effect.NARROWED, removed[0], after.node, branches=names, keyword=after.kind)
    if added:
        names = ", ".join(_name(node) for node in added)
        yield pair.edit("branches", Effect.WIDENED, before.node, added[0], branches=names, keyword=after.kind)


def _match(pair: Question, before: Group, after: Group) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Pair branches: what means the same, what has the same name, what is written alike, then what looks most alike."""
    left, right = list(before.branches), list(after.branches)
    paired: list[tuple[Node, Node]] = []

    def take(alike: "dict[str, list[Node]]", key: "dict[int, str]") -> None:
        for node in list(left):
            found = alike.get(key.get(id(node), ""))
            if found:
                other = found.pop(0)
                left.remove(node)
                right.remove(other)
                paired.append((node, other))

    for spell in (_reference, _value, _title):
        names: dict[str, list[Node]] = {}
        for node in right:
            if name := spell(pair.views[1], node):
                names.setdefault(name, []).append(node)
        take(names, {id(node): name for node in left if (name := spell(pair.views[0], node))})
    if (
        len(left) == 1
        and len(right) == 1
        and not _apart(_outline(pair.views[0], left[0]), _outline(pair.views[1], right[0]))
    ):
        paired.append((left.pop(), right.pop()))
    if left and right and len(left) * len(right) <= _MANY * _MANY:
        outlines = [(node, _outline(pair.views[1], node)) for node in right]
        for node in list(left):
            mine = _outline(pair.views[0], node)
            best = max(outlines, key=lambda other: _likeness(mine, other[1]), default=None)
            if best is not None and _likeness(mine, best[1]) >= 0.5:
                outlines.remove(best)
                left.remove(node)
                right.remove(best[0])
                paired.append((node, best[0]))
    return paired, left, right


def _reference(views: Views, node: Node) -> str:
    """The place a branch leads to, if it is a `$ref`; the file does not matter, it may have moved."""
    target = views.resolve(node)
    return "" if target is None or target is node else target.pointer


def _value(views: Views, node: Node) -> str:
    target = views.resolve(node)
    return "" if target is None else canonical(_stripped(target.value))


def _stripped(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if name not in {"title", "description", "example", "examples"}}


def _title(views: Views, node: Node) -> str:
    target = views.resolve(node)
    title = target.get("title") if target is not None else None
    return title.value if title is not None and isinstance(title.value, str) else ""


def _name(node: Node) -> str:
    """How a person would call a branch: the component it refers to, its title, its type, else its position."""
    value = node.value
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            return reference.rsplit("/", 1)[-1]
        for keyword in ("title", "type", "const", "enum"):
            if keyword in value:
                return canonical(value[keyword]).strip("'")
    return f"branch {node.pointer.rsplit('/', 1)[-1]}"


class _Outline:
    """What tells branches apart: their types, their members, and the values that members are fixed to."""

    def __init__(self, view: View, views: Views) -> None:
        self.types = view.types
        self.values = {kind: {valued.key for valued in allowed} for kind, allowed in view.values.items()}
        self.members: set[str] = set()
        self.fixed: dict[str, set[str]] = {}
        required: set[str] = set()
        for schema in view.of(frozenset({"object"})):
            members, needed = schema.get("properties"), schema.get("required")
            if needed is not None and isinstance(needed.value, list):
                required.update(name for name in needed.value if isinstance(name, str))
            if members is not None and isinstance(members.value, dict):
                self.members.update(members.value)
        for schema in view.of(frozenset({"object"})):
            members = schema.get("properties")
            for name in sorted(required & self.members):
                member = members.get(name) if members is not None and isinstance(members.value, dict) else None
                if member is None:
                    continue
                below = views.view((member,))
                if below.types and not below.null and below.types <= below.values.keys():
                    self.fixed[name] = {valued.key for allowed in below.values.values() for valued in allowed}


def _outline(views: Views, node: Node) -> _Outline:
    return _Outline(views.view((node,)), views)


def _likeness(left: _Outline, right: _Outline) -> float:
    """0 to 1: how much two branches have in common; 0 if no value can be of both."""
    if _apart(left, right):
        return 0.0
    union = left.members | right.members
    return len(left.members & right.members) / len(union) if union else 0.6


def _apart(left: _Outline, right: _Outline) -> bool:
    """Whether no value can be of both, as far as can be seen at a glance; null is not looked at."""
    if not left.types & right.types:
        return True
    shared = left.types & right.types
    if shared <= left.values.keys() & right.values.keys() and not any(left.values[k] & right.values[k] for k in shared):
        return True
    if shared != {"object"}:
        return False
    return any(not left.fixed[name] & right.fixed[name] for name in left.fixed.keys() & right.fixed.keys())


def _disjoint(views: Views, nodes: tuple[Node, ...]) -> bool:
    """Whether the branches are plainly disjoint."""
    if len(nodes) > _MANY:
        return False
    outlines = [_outline(views, node) for node in nodes]
    return all(_apart(one, other) for index, one in enumerate(outlines) for other in outlines[index + 1 :])


__all__ = ["Opaque", "branches", "grouped", "opaque"]
