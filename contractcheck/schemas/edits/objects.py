"""Objects: their members, which of them must be there, and what else may be.

A sender uses only what its own side declares; a receiver tolerates what it does not declare unless it forbids it.
Where a
sender says `additionalProperties: true` or gives a schema, it is taken at its word.
"""

from collections.abc import Iterator
from itertools import count

from contractcheck.schemas.edits.edit import Edit, Effect, Node, Step
from contractcheck.schemas.edits.members import Members
from contractcheck.schemas.edits.pair import Closing, Question

_DECLARING = frozenset({"dependentSchemas", "dependencies", "if", "$dynamicRef", "$recursiveRef", "$ref", "allOf"})
"""Keywords that are not understood and may declare members, as a group does."""


def properties(pair: Question) -> Iterator[Edit | Step]:
    """Compare the members, and go on to those that both sides have."""
    if "object" not in pair.shared:
        return
    old, new = Members(pair, old=True), Members(pair, old=False)
    unchanged = _unchanged(pair, old, new)
    for name in old.holders | new.holders:  # dicts: in the order of the base, then of the revision
        if name in unchanged or _settled(pair, old, new, name):
            continue
        before, after = old.seen(name), new.seen(name)
        if before and after:
            yield from _kept(pair, old, new, name)
        elif before:
            yield from _removed(pair, old, new, name)
        elif after:
            yield from _added(pair, old, new, name)
    for name in dict.fromkeys((*old.required_names(), *new.required_names())):
        if name not in old.holders and name not in new.holders:
            yield from _requiredness(pair, old, new, name)


def _unchanged(pair: Question, old: Members, new: Members) -> frozenset[str]:
    """Members about which certainly nothing changed: most of those of a large schema."""
    if not (old.simple and new.simple) or old.at is None or new.at is None:
        return frozenset()
    holders, before, after = (old.at, new.at), old.at.value, new.at.value
    try:
        return frozenset(
            name
            for name in before
            if name in after and old.listed(name) == new.listed(name) and pair.alike(holders, before[name], after[name])
        )
    except RecursionError:  # deeper than C compares: each is looked at closer
        return frozenset()


def _settled(pair: Question, old: Members, new: Members, name: str) -> bool:
    """Whether nothing about the member changed: looked at first, as it is so for most."""
    if not (old.simple and new.simple and old.listed(name) == new.listed(name)):
        return False
    before, after = old.declared(name), new.declared(name)
    return len(before) == len(after) == 1 and pair.same(before[0], after[0])


def _kept(pair: Question, old: Members, new: Members, name: str) -> Iterator[Edit | Step]:
    always = old.requires(name) and new.requires(name)
    yield Step(old.constraint(name), new.constraint(name), defaults=not always, at=name)
    if not old.noted(name, "deprecated") and new.noted(name, "deprecated"):
        at = old.declared(name)[0], new.note(name, "deprecated")
        yield pair.edit("property", Effect.DEPRECATED, *at, member=name, name=name)
    yield from _requiredness(pair, old, new, name)


def _requiredness(pair: Question, old: Members, new: Members, name: str) -> Iterator[Edit]:
    before, after = old.requires(name), new.requires(name)
    if after and not before:
        at = _first(old, name), new.required(name)
        yield pair.edit("property", Effect.BECAME_REQUIRED, *at, member=name, name=name)
    if before and not after:
        at = old.required(name), _first(new, name)
        yield pair.edit("property", Effect.BECAME_OPTIONAL, *at, member=name, name=name)


def _first(members: Members, name: str) -> Node | None:
    declared = members.declared(name)
    return declared[0] if declared else members.at


def _added(pair: Question, old: Members, new: Members, name: str) -> Iterator[Edit | Step]:
    member = new.declared(name)[0]
    note = name in old.holders
    base = _first(old, name)
    if pair.request:
        if new.requires(name) and not old.requires(name):
            yield pair.edit("required-property", Effect.ADDED, base, member, member=name, name=name)
        elif note:
            yield pair.edit("property", Effect.CHANGED, base, member, member=name, name=name, note="readOnly")
        else:
            yield pair.edit("property", Effect.ADDED, base, member, member=name, name=name)
        if (old.explicit is not None or old.requires(name)) and old.closed is None:
            yield Step(old.rest, new.constraint(name), at=name)
        return
    if note:
        yield pair.edit("property", Effect.CHANGED, base, member, member=name, name=name, note="writeOnly")
    elif old.closed is not None and old.patterned():
        yield pair.undecided("patternProperties", old.closed, member)
    elif old.closed is not None:
        yield pair.edit("property", Effect.FORBIDDEN, old.closed, member, member=name, name=name)
    else:
        yield pair.edit("property", Effect.ADDED, base, member, member=name, name=name)
        if old.rest:
            yield Step(old.constraint(name), new.constraint(name), at=name)
    if old.requires(name) and not new.requires(name):
        yield from _requiredness(pair, old, new, name)


def _removed(pair: Question, old: Members, new: Members, name: str) -> Iterator[Edit | Step]:
    member = old.declared(name)[0]
    note = name in new.holders
    revision = _first(new, name)
    if not pair.request:
        if old.requires(name) and not new.requires(name):
            yield pair.edit("required-property", Effect.REMOVED, member, revision, member=name, name=name)
        elif note:
            yield pair.edit("property", Effect.CHANGED, member, revision, member=name, name=name, note="writeOnly")
        else:
            yield pair.edit("property", Effect.REMOVED, member, revision, member=name, name=name)
        if (new.explicit is not None or new.requires(name)) and new.closed is None:
            yield Step(old.constraint(name), new.rest, at=name)
        return
    if note:
        yield pair.edit("property", Effect.CHANGED, member, revision, member=name, name=name, note="readOnly")
    elif new.closed is not None and new.patterned():
        yield pair.undecided("patternProperties", member, new.closed)
    elif new.closed is not None:
        yield pair.edit("property", Effect.FORBIDDEN, member, new.closed, member=name, name=name)
    else:
        yield pair.edit("property", Effect.REMOVED, member, revision, member=name, name=name)
        if new.rest:
            yield Step(old.constraint(name), new.constraint(name), at=name)
    if new.requires(name) and not old.requires(name):
        yield from _requiredness(pair, old, new, name)


def _other(old: Members, new: Members) -> str:
    """A name that neither side declares."""
    names = (name for number in count() for name in (f"other{number or ''}",))
    return next(name for name in names if name not in old.holders and name not in new.holders)


def additional(pair: Question) -> Iterator[Edit | Step]:
    """Compare what else an object may hold."""
    if "object" not in pair.shared:
        return
    old, new = Members(pair, old=True), Members(pair, old=False)
    sender, receiver = (old, new) if pair.request else (new, old)
    said = old.closed or old.explicit, new.closed or new.explicit
    if said != (None, None):
        # `additionalProperties` sees only what stands beside it: what is said elsewhere of the value is refused too.
        apart = not old.simple or not new.simple or bool(old.view.groups or new.view.groups)
        apart = apart or any(item.keyword in _DECLARING for side in (old, new) for item in side.view.opaque)
        changed = None in said or (old.closed is None) != (new.closed is None)
        pair.closing = Closing.APART if apart else Closing.CHANGED if changed else None
    if (old.closed is None) == (new.closed is None):
        if old.closed is None and sender.explicit is not None and (old.rest or new.rest):
            yield Step(old.rest, new.rest, at=_other(old, new))
        return
    effect = Effect.NARROWED if new.closed is not None else Effect.WIDENED
    base, revision = old.closed or old.explicit, new.closed or new.explicit
    if receiver.closed is not None and sender.explicit is not None:
        yield pair.edit("additional-properties", effect, base, revision)
    elif receiver.closed is None:
        yield pair.edit("additional-properties", effect, base, revision)  # the sender promises less than it did
    elif pair.request:
        yield pair.edit("additional-properties", Effect.CLOSED, base, revision)
    else:
        pair.harmless += 1  # the revision sends what it declares, nothing else
