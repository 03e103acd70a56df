"""Objects: their members, which of them must be there, and what else may be.

A sender uses only what its own side declares; a receiver tolerates what it does not declare unless it forbids it. Where a
sender says `additionalProperties: true` or gives a schema, it is taken at its word.
"""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Conjunction, Edit, Effect, Node, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.view import View

_OBJECT = frozenset({"object"})


def properties(pair: Question) -> Iterator[Edit | Step]:
    """Compare the members, and go on to those that both sides have."""
    if "object" not in pair.shared:
        return
    old, new = _Members(pair, old=True), _Members(pair, old=False)
    for name in old.declared | new.declared:  # dicts: in the order of the base, then of the revision
        if name in old.seen and name in new.seen:
            yield from _kept(pair, old, new, name)
        elif name in old.seen:
            yield from _removed(pair, old, new, name)
        elif name in new.seen:
            yield from _added(pair, old, new, name)
    for name in (old.required | new.required).keys() - (old.declared | new.declared).keys():
        yield from _requiredness(pair, old, new, name)


class _Members:
    """The members of one side: `declared` as written, `seen` those that travel in this direction."""

    def __init__(self, pair: Question, *, old: bool) -> None:
        self.view = pair.old if old else pair.new
        hidden = "readOnly" if pair.request else "writeOnly"
        self.declared: dict[str, list[Node]] = {}
        self.at: Node | None = None
        self.required: dict[str, Node] = {}
        self.closed: Node | None = None
        self.rest: tuple[Node, ...] = ()
        self.explicit: Node | None = None
        for schema in self.view.of(_OBJECT):
            self._read(schema)
        self.seen = {
            name: tuple(nodes)
            for name, nodes in self.declared.items()
            if not _noted(pair, tuple(nodes), hidden, old=old)
        }
        for name in self.declared.keys() - self.seen.keys():
            self.required.pop(name, None)

    def _read(self, schema: Node) -> None:
        members = schema.get("properties")
        if members is not None and isinstance(members.value, dict):
            self.at = self.at or members
            for name in members.value:
                member = members.get(name)
                if member is not None:
                    self.declared.setdefault(name, []).append(member)
        required = schema.get("required")
        if required is not None and isinstance(required.value, list):
            for index, name in enumerate(required.value):
                item = required.get(index)
                if isinstance(name, str) and item is not None:
                    self.required.setdefault(name, item)
        rest = schema.get("additionalProperties")
        sealed = schema.get("unevaluatedProperties")
        if rest is not None and rest.value is False:
            self.closed = self.closed or rest
        elif rest is not None:
            self.explicit = self.explicit or rest
            self.rest = (*self.rest, rest)
        if sealed is not None and sealed.value is False:
            self.closed = self.closed or sealed

    def constraint(self, name: str) -> Conjunction:
        """What a member of that name must satisfy: every schema that declares it, and the rest of those that do not."""
        found: list[Node] = []
        for schema in self.view.of(_OBJECT):
            members = schema.get("properties")
            member = members.get(name) if members is not None and isinstance(members.value, dict) else None
            member = member if member is not None else schema.get("additionalProperties")
            if member is not None and member.value is not True:
                found.append(member)
        return tuple(found)

    def patterned(self) -> bool:
        """Whether names may be described by patterns, which the walk does not read."""
        return any(True for _ in self.view.keyword("patternProperties", _OBJECT))


def _kept(pair: Question, old: _Members, new: _Members, name: str) -> Iterator[Edit | Step]:
    always = name in old.required and name in new.required
    yield Step(old.constraint(name), new.constraint(name), defaults=not always)
    if not _noted(pair, old.seen[name], "deprecated", old=True) and _noted(pair, new.seen[name], "deprecated", old=False):
        note = pair.member(new.seen[name], old=False).notes.get("deprecated")
        yield pair.edit("property", Effect.DEPRECATED, old.seen[name][0], note, member=name, name=name)
    yield from _requiredness(pair, old, new, name)


def _requiredness(pair: Question, old: _Members, new: _Members, name: str) -> Iterator[Edit]:
    if name in new.required and name not in old.required:
        yield pair.edit(
            "property", Effect.BECAME_REQUIRED, _first(old, name), new.required[name], member=name, name=name
        )
    if name in old.required and name not in new.required:
        yield pair.edit(
            "property", Effect.BECAME_OPTIONAL, old.required[name], _first(new, name), member=name, name=name
        )


def _first(members: _Members, name: str) -> Node | None:
    declared = members.declared.get(name)
    return declared[0] if declared else members.at


def _added(pair: Question, old: _Members, new: _Members, name: str) -> Iterator[Edit | Step]:
    member = new.seen[name][0]
    note = name in old.declared
    base = old.declared[name][0] if note else old.at
    if pair.request:
        if name in new.required and name not in old.required:
            yield pair.edit("required-property", Effect.ADDED, base, member, member=name, name=name)
        elif note:
            yield pair.edit("property", Effect.CHANGED, base, member, member=name, name=name, note="readOnly")
        else:
            yield pair.edit("property", Effect.ADDED, base, member, member=name, name=name)
        if old.explicit is not None and old.closed is None:
            yield Step(old.rest, new.constraint(name))
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
            yield Step(old.constraint(name), new.constraint(name))
    if name in old.required and name not in new.required:
        yield from _requiredness(pair, old, new, name)


def _removed(pair: Question, old: _Members, new: _Members, name: str) -> Iterator[Edit | Step]:
    member = old.seen[name][0]
    note = name in new.declared
    revision = new.declared[name][0] if note else new.at
    if not pair.request:
        if name in old.required and name not in new.required:
            yield pair.edit("required-property", Effect.REMOVED, member, revision, member=name, name=name)
        elif note:
            yield pair.edit("property", Effect.CHANGED, member, revision, member=name, name=name, note="writeOnly")
        else:
            yield pair.edit("property", Effect.REMOVED, member, revision, member=name, name=name)
        if new.explicit is not None and new.closed is None:
            yield Step(old.constraint(name), new.rest)
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
            yield Step(old.constraint(name), new.constraint(name))
    if name in new.required and name not in old.required:
        yield from _requiredness(pair, old, new, name)


def additional(pair: Question) -> Iterator[Edit | Step]:
    """Compare what else an object may hold."""
    if "object" not in pair.shared:
        return
    old, new = _Members(pair, old=True), _Members(pair, old=False)
    sender, receiver = (old, new) if pair.request else (new, old)
    if (old.closed is None) == (new.closed is None):
        if old.closed is None and sender.explicit is not None and (old.rest or new.rest):
            yield Step(old.rest, new.rest)
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


def _noted(pair: Question, conjunction: Conjunction, note: str, *, old: bool) -> bool:
    node = pair.member(conjunction, old=old).notes.get(note)
    return node is not None and node.value is True
