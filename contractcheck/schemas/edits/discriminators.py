"""Discriminators: the member that tells which schema a value is of, and the texts it may hold for that.

They allow and refuse no value by themselves, but a reader finds nothing under a text that is not mapped (OpenAPI 3.1.1,
Discriminator Object).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from contractcheck.schemas.edits.edit import Edit, Effect, Node, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import canonical
from contractcheck.schemas.edits.view import View, Views


class _Said(Struct, frozen=True):
    """What a discriminator says: the member, the schemas by name for each text, and how many branches there are.

    `complete`: the texts of all branches are known.
    """

    member: str
    targets: Mapping[str, str]
    branches: int
    complete: bool
    rest: str


def discriminator(pair: Question) -> Iterator[Edit | Step]:
    """Compare `discriminator`, and the schemas that it stands for without naming them, by name."""
    before, after = pair.old.notes.get("discriminator"), pair.new.notes.get("discriminator")
    if before is None and after is None:
        return
    holders = _holder(pair.old), _holder(pair.new)
    heirs = tuple(
        views.side.heirs(holder) if holder is not None else {}
        for views, holder in zip(pair.views, holders, strict=True)
    )
    # What includes such a schema has its discriminator too; the schemas it stands for are looked at where it stands.
    if holders == (pair.where(old=True), pair.where(old=False)):
        for name in heirs[0]:
            if name in heirs[1]:
                yield Step((heirs[0][name],), (heirs[1][name],), nulls=False, defaults=False, aside=True)
    old, new = _said(pair.old, pair.views[0], before, heirs[0]), _said(pair.new, pair.views[1], after, heirs[1])
    if old is None or new is None or old.member != new.member or old.rest != new.rest:
        if _text(before) != _text(after):
            yield pair.edit("discriminator", Effect.CHANGED, before, after)
        return
    if not (old.complete and new.complete):
        if old.targets != new.targets:
            yield pair.edit("discriminator", Effect.CHANGED, before, after)
        return
    gone, come = [_kept(a, b) for a, b in ((old, new), (new, old))]
    if gone:
        said = ", ".join(f'"{text}"' for text in gone[:12])
        yield pair.edit(
            "discriminator-value", Effect.REMOVED, before, after, member=old.member, values=said, name=old.member
        )
    if come:
        said = ", ".join(f'"{text}"' for text in come[:12])
        yield pair.edit(
            "discriminator-value", Effect.ADDED, before, after, member=old.member, values=said, name=old.member
        )
    if any(old.targets[text] != new.targets[text] for text in old.targets if text in new.targets) and _swapped(
        old, new
    ):
        yield pair.edit("discriminator", Effect.CHANGED, before, after)
    elif not gone and not come and _text(before) != _text(after):
        pair.harmless += 1


def _kept(one: _Said, other: _Said) -> list[str]:
    """The texts that only one side has, of schemas that both have: of others the branches tell."""
    same = one.branches == other.branches
    return [text for text, name in one.targets.items() if text not in other.targets and (same or name in _names(other))]


def _swapped(old: _Said, new: _Said) -> bool:
    """Whether a text names another schema than it did, which is there on both sides: not one that was renamed."""
    return any(
        name != new.targets.get(text, name) and name in _names(new) and new.targets[text] in _names(old)
        for text, name in old.targets.items()
    )


def _names(said: _Said) -> frozenset[str]:
    return frozenset(said.targets.values())


def _holder(view: View) -> Node | None:
    """The schema object that the discriminator of a view stands in; None where that is a branch, or there is none."""
    note = view.notes.get("discriminator")
    for node, _ in view.fragments:
        if note is not None and node.get("discriminator") == note:
            return node
    return None


def _said(view: View, views: Views, node: Node | None, heirs: Mapping[str, Node]) -> _Said | None:
    """What a discriminator says; None if it is none, or not understood."""
    if node is None:
        return None
    value = {"propertyName": node.value} if isinstance(node.value, str) else node.value  # Swagger 2.0: the name alone
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        return None
    member = value["propertyName"]
    mapping = value.get("mapping")
    targets = {
        str(text): name.rsplit("/", 1)[-1]
        for text, name in (mapping.items() if isinstance(mapping, dict) else ())
        if isinstance(name, str)
    }
    branches = [branch for group in view.groups for branch in group.branches]
    mapped, complete = set(targets.values()), True
    for branch in branches:
        reference = branch.value.get("$ref") if isinstance(branch.value, dict) else None
        name = reference.rsplit("/", 1)[-1] if isinstance(reference, str) else None
        listed = _listed(views, branch, member)
        if name in mapped:
            continue
        if listed:
            targets |= {text: name or text for text in listed if text not in targets}
        elif name is not None:
            targets.setdefault(name, name)
        else:
            complete = False
    for name, heir in heirs.items():
        if name not in mapped:
            listed = _listed(views, heir, member)
            targets.setdefault(listed[0] if len(listed) == 1 else name, name)
    rest = {
        word: value[word] for word in value if word not in {"propertyName", "mapping"} and not word.startswith("x-")
    }
    return _Said(member, targets, len(branches), complete, canonical(rest))


def _listed(views: Views, branch: Node, member: str) -> list[str]:
    """The texts that a branch itself lists for the member: its own word goes before the name of its schema."""
    view = views.view((branch,))
    found: list[Any] = []
    for node in view.of(frozenset({"object"})):
        members = node.get("properties")
        at = members.get(member) if members is not None else None
        if at is not None:
            found += views.view((at,)).values.get("string", ())
    return [valued.value for valued in found]


def _text(node: Node | None) -> str | None:
    if node is None:
        return None
    value = {"propertyName": node.value} if isinstance(node.value, str) else node.value
    said = {name: value[name] for name in value if not name.startswith("x-")} if isinstance(value, dict) else value
    return canonical(said)
