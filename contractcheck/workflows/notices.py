"""Deprecation over a comparison: whether what was removed had due notice, and what became of the marks of the rest."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from contractcheck.model.finding import Affected, Direction, Finding, Json
from contractcheck.model.place import Place, split
from contractcheck.policy.days import Today
from contractcheck.policy.notice import Marked, Notice, Sighting, State, notice, removal, since, transitions
from contractcheck.policy.settings import LEVELS, Configuration, Deprecation
from contractcheck.workflows.contracts import Part, title

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document, Node
    from contractcheck.openapi.lifecycle import Element, Marks
    from contractcheck.workflows.policy import Ground
    from contractcheck.workflows.releases import Release

_KINDS = {
    "operation-removed": "operation",
    "deprecated-operation-removed": "operation",
    "webhook-removed": "operation",
    "callback-removed": "operation",
    "request-parameter-removed": "parameter",
    "response-header-removed": "header",
    "response-required-header-removed": "header",
    "request-property-removed": "property",
    "request-property-forbidden": "property",
    "response-property-removed": "property",
    "response-required-property-removed": "property",
    "request-media-type-removed": "media type",
    "response-media-type-removed": "media type",
    "request-enum-narrowed": "value",
    "security-narrowed": "security scheme",
}
"""The rules of removals, and what kind of element each of them is about."""

_GRAVEST = (State.UNANNOUNCED, State.EARLY, State.UNRELEASED, State.DUE)

# How an element is found in a document: its marks; None where the document does not have it.
_Look = Callable[["Document"], "Marks | None"]


class Noticed(Struct, frozen=True):
    """What policy says beside the findings, and the fingerprints of removals after and before due notice."""

    findings: tuple[Finding, ...]
    due: frozenset[str]
    early: frozenset[str]


def notices(part: Part, settings: Configuration, at: "Ground", *, marked: bool = True) -> Noticed:
    """Judge the removals of a comparison, and how marks changed.

    Without a policy on deprecation only promises that the documents make themselves count; `marked` says whether
    there may be any.
    """
    policy = settings.deprecation
    base, revision = part.base, part.revision
    assert base is not None  # noqa: S101 - the caller has looked
    assert revision is not None  # noqa: S101
    found: list[Finding] = []
    due, early = set[str](), set[str]()
    levels = _Levels(base, policy)
    releases: list[tuple[Release, Document]] | None = None
    for finding in part.findings:
        looks = tuple(_looks(finding, base, revision)) if finding.rule in _KINDS else ()
        here = [marks for look in looks if (marks := look(base)) is not None]
        if not here or (policy is None and not all(marks.deprecated for marks in here)):
            continue
        if releases is None:
            releases = _releases(base, settings, at) if policy is not None else []
        level = levels.of(finding, here) if policy is not None else "stable"
        judged = [_notice(look, base, releases, level, policy, at.today) for look in looks]
        worst = min(judged, key=lambda each: _GRAVEST.index(each.state))
        if worst.state is State.DUE:
            due.add(finding.fingerprint)
        elif policy is not None or worst.state is State.EARLY:
            early.add(finding.fingerprint)
        found += removal(finding, worst, configured=policy is not None)
    if policy is not None or marked:
        for each, look, level in _marked(base, revision, levels if policy is not None else None):
            first = partial(_announced, look, base, settings, at)
            found += transitions(each, level=level, policy=policy, today=at.today, announced=first)
    if policy is not None and policy.headers:
        from contractcheck.openapi.conventions import deprecation_headers

        new = {each.subject for each in part.findings if each.rule == "operation-deprecated"}
        found += [each for each in deprecation_headers(revision) if each.subject in new]
    return Noticed(tuple(found), frozenset(due), frozenset(early))


def seen(look: _Look, releases: "Iterable[tuple[Release, Document]]") -> tuple[Sighting, ...]:
    """What each release says of an element."""
    sightings = []
    for release, document in releases:
        marks = look(document)
        told = (None, None) if marks is None else (marks.deprecated, marks.sunset)
        sightings.append(Sighting(release.version, release.day, *told))
    return tuple(sightings)


def looking(source: "Document", element: "Element") -> _Look:
    """How an element of one document is found in another."""
    from contractcheck.openapi.lifecycle import ENUM, marks
    from contractcheck.openapi.seeking import found_again

    if len(element.address) > 1 and element.address[-2] == ENUM:
        return _value(source, _up(source, element.node, 1), json.loads(element.address[-1]))
    if element.kind == "value":
        return _value(source, _up(source, element.node, 2), element.node.child("const").value)
    return lambda document: _least([marks(document, node) for node in found_again(source, element.node, document)])


def _up(document: "Document", node: "Node", count: int) -> "Node":
    """What holds a node, so many members up."""
    from contractcheck.openapi.seeking import node_at

    holder = node_at(document, node.file, node.pointer.rsplit("/", count)[0])
    assert holder is not None  # noqa: S101 - something stands in it
    return holder


def _least(found: "list[Marks]") -> "Marks | None":
    """The marks that promise most to users, where one thing has become of several."""
    from contractcheck.policy.days import parse

    return min(
        found, key=lambda each: (each.deprecated, -(parse(each.sunset or "") or date.min).toordinal()), default=None
    )


def _notice(
    look: _Look,
    base: "Document",
    releases: "list[tuple[Release, Document]]",
    level: str,
    policy: Deprecation | None,
    today: Today,
) -> Notice:
    marks = look(base)
    assert marks is not None  # noqa: S101 - the caller has looked
    return notice(
        seen(look, releases), deprecated=marks.deprecated, sunset=marks.sunset, level=level, policy=policy, today=today
    )


def _releases(base: "Document", settings: Configuration, at: "Ground") -> "list[tuple[Release, Document]]":
    if at.histories is None:
        return []
    history = at.histories.of(settings)
    if not history.releases and history.why_empty:
        at.notes[history.why_empty] = None
    return history.having(base.path, title(base))


def _looks(finding: Finding, base: "Document", revision: "Document") -> Iterator[_Look]:
    """What a removal removed; nothing where the place does not show it."""
    from contractcheck.openapi.lifecycle import element
    from contractcheck.openapi.seeking import node_at

    place = finding.base_place
    if place is None or place.pointer is None:
        return
    node = node_at(base, place.file, place.pointer)
    if node is None:
        return
    kind = _KINDS[finding.rule]
    if kind == "value":
        yield from _values(finding, base, revision, node)
    elif kind == "security scheme":
        yield from _schemes(finding, base, revision, node)
    else:
        found = element(base, node)
        # Behind an exchanged reference the place is that of the reference: another element.
        name = split(node.pointer)[-1]
        if found is not None and found.kind == kind and (kind != "property" or name in finding.subject):
            yield looking(base, found)


def _values(finding: Finding, base: "Document", revision: "Document", node: "Node") -> Iterator[_Look]:
    """The values that left an enum: all of them must have had notice."""
    from contractcheck.openapi.lifecycle import listed
    from contractcheck.openapi.seeking import found_again

    tokens = split(node.pointer)
    if len(tokens) < 2 or tokens[-2] != "enum":
        return
    holder = _up(base, node, 2)
    others = [listed(revision, each) for each in found_again(base, holder, revision)]
    if not others or finding.place is None:
        return
    for name, value in (listed(base, holder) or {}).items():
        if any(kept is not None and name not in kept for kept in others):
            yield _value(base, holder, value)


def _value(source: "Document", schema: "Node", value: Json) -> _Look:
    from contractcheck.openapi.lifecycle import value_marks
    from contractcheck.openapi.seeking import found_again

    def look(document: "Document") -> "Marks | None":
        found = [value_marks(document, each, value) for each in found_again(source, schema, document)]
        return _least([each for each in found if each is not None])

    return look


def _schemes(finding: Finding, base: "Document", revision: "Document", node: "Node") -> Iterator[_Look]:
    """The schemes of the alternatives that are gone: of each, one must have had notice; the deprecated one is taken."""
    from contractcheck.openapi.lifecycle import marks
    from contractcheck.openapi.seeking import node_at, seek

    tokens = split(node.pointer)
    place = finding.place
    if len(tokens) < 2 or not tokens[-1].isdigit() or place is None or place.pointer is None:
        return
    holder = node_at(base, node.file, node.pointer.rsplit("/", 1)[0])
    after = node_at(revision, place.file, place.pointer)
    if after is None or not isinstance(after.value, list):
        return
    kept = [dict(each.members()).keys() for each in after.items()]
    for way in holder.items() if holder is not None else ():
        names = dict(way.members()).keys()
        if names in kept:
            continue
        where = [("", *_definitions(base), name) for name in names]
        marked = [each for each in where if (n := seek(base, each)) is not None and marks(base, n).deprecated]
        for chosen in (marked or where)[:1]:
            yield _at(chosen)


def _definitions(document: "Document") -> tuple[str, ...]:
    return ("securityDefinitions",) if document.root.get("swagger") is not None else ("components", "securitySchemes")


def _at(where: tuple[str, ...]) -> _Look:
    from contractcheck.openapi.lifecycle import marks
    from contractcheck.openapi.seeking import seek

    def look(document: "Document") -> "Marks | None":
        node = seek(document, where)
        return marks(document, node) if node is not None else None

    return look


class _Levels:
    """The level of stability that a removal or a mark is judged by; each operation is looked at once."""

    def __init__(self, base: "Document", policy: Deprecation | None) -> None:
        self._base = base
        self._usual = policy.stability if policy is not None else "stable"
        self._operations: dict[str, str] | None = None

    def of(self, finding: Finding, marks: "list[Marks]") -> str:
        """The level that the element says itself, else the most stable of the operations that the removal reaches."""
        own = [each.stability for each in marks if each.stability in LEVELS]
        if own:
            return max((str(level) for level in own), key=LEVELS.index)
        levels = self._all()
        reached = [levels.get(affected.operation, self._usual) for affected in finding.affects]
        return max(reached, key=LEVELS.index, default=self._usual)

    def at(self, document: "Document", element: "Element") -> str:
        """The level that holds where an element stands."""
        from contractcheck.openapi.seeking import stability

        level = stability(document, element.address)
        return level if level in LEVELS and level is not None else self._usual

    def _all(self) -> dict[str, str]:
        if self._operations is None:
            from contractcheck.openapi.lifecycle import operations

            self._operations = {
                label: level if level in LEVELS and level is not None else self._usual
                for label, (_, level) in operations(self._base).items()
            }
        return self._operations


def _announced(look: _Look, base: "Document", settings: Configuration, at: "Ground") -> date | None:
    """The day of the release that began the notice which still runs."""
    first = since([each for each in seen(look, _releases(base, settings, at)) if each.deprecated is not None])
    return first.day if first is not None else None


def _marked(base: "Document", revision: "Document", levels: _Levels | None) -> "Iterator[tuple[Marked, _Look, str]]":
    """Every element that is marked on either side, with its marks on both, how it is found, and its level.

    Without levels (no policy) only those that say a sunset or a level themselves.
    """
    from contractcheck.openapi.lifecycle import elements
    from contractcheck.openapi.seeking import found_again

    new = {each.address: each for each in elements(revision)}
    alone = dict(new)
    pairs: list[tuple[Element | None, Element | None]] = []
    for each in elements(base):
        right = alone.pop(each.address, None) or alone.pop(_counterpart(base, each, revision), None)
        pairs.append((each, right))
    pairs += [(None, each) for each in alone.values()]
    for left, right in pairs:
        told = [each.marks for each in (left, right) if each is not None]
        if levels is None and not any(marks.sunset is not None or marks.stability is not None for marks in told):
            continue
        if right is not None:
            one, own, other = right, revision, base
        else:
            assert left is not None  # noqa: S101 - it is on one of the sides
            one, own, other = left, base, revision
        look = looking(own, one)
        there = _plain(look(other)) if left is None or right is None else None
        sides = (_told(left.marks) if left is not None else there, _told(right.marks) if right is not None else there)
        tokens = split(one.node.pointer)
        inside = len(tokens) > 2 and tokens[0] in {"paths", "webhooks"}
        label = f"{tokens[2].upper()} {'webhooks.' if tokens[0] == 'webhooks' else ''}{tokens[1]}" if inside else ""
        affects = (Affected(label, Direction.REQUEST),) if inside else ()
        node = next(iter(found_again(own, one.node, other)), None) if left is None or right is None else None
        yield (
            Marked(
                one.kind,
                one.name,
                *sides,
                _place(left.node if left is not None else node),
                _place(right.node if right is not None else node),
                affects,
            ),
            look,
            levels.at(own, one) if levels is not None else "stable",
        )


def _counterpart(base: "Document", element: "Element", revision: "Document") -> tuple[str, ...]:
    """The address of an element of the base in the revision, if it has another there; else the empty one."""
    from contractcheck.openapi.lifecycle import ENUM
    from contractcheck.openapi.seeking import address, found_again

    listed = len(element.address) > 1 and element.address[-2] == ENUM
    node = _up(base, element.node, 1) if listed else element.node
    found = [address(revision, each) for each in found_again(base, node, revision)]
    return (*found[0], *element.address[-2:]) if found and listed else found[0] if found else ()


def _place(node: "Node | None") -> Place | None:
    return Place(node.file, pointer=node.pointer) if node is not None else None


def _told(marks: "Marks") -> tuple[bool, str | None, str | None]:
    return marks.deprecated, marks.sunset, marks.stability


def _plain(marks: "Marks | None") -> tuple[bool, str | None, str | None] | None:
    return _told(marks) if marks is not None else None
