"""From changes to findings: one edit is one finding, with every operation it reaches, and a name of its own."""

from collections.abc import Iterable
from typing import cast

from msgspec.structs import replace

from contractcheck.model.finding import Affected, Finding, Proof, ProofKind, Trial
from contractcheck.model.place import Place, join
from contractcheck.model.rule import rule
from contractcheck.openapi.changes import Change, Ground
from contractcheck.openapi.document import Node
from contractcheck.openapi.matching import METHODS
from contractcheck.openapi.naming import Names

_WHY = {
    ProofKind.STRUCTURAL: "both documents say so at the places shown",
    ProofKind.UNPROVEN: "the values it allows could not be compared",
    ProofKind.WITNESS: "one side accepts the value, the other refuses it",
}
_Place = tuple[str, str] | None


def findings(ground: Ground, changes: Iterable[Change]) -> tuple[Finding, ...]:
    """The findings of all changes, worst first; no rule speaks twice of one subject."""
    names = Names(ground.base), Names(ground.revision)
    merged: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key = (change.rule, _key(change.base), _key(change.revision), change.member, change.behind)
        known = merged.get(key)
        merged[key] = change if known is None else replace(known, affects=known.affects + change.affects)
    by_subject: dict[tuple[str, str], list[Finding]] = {}
    for change in merged.values():
        finding = _finding(change, _subject(names, change))
        same = by_subject.setdefault((finding.rule, finding.subject), [])
        twin = next((index for index, other in enumerate(same) if other.message == finding.message), None)
        if twin is None:
            same.append(finding)
        else:
            same[twin] = replace(same[twin], affects=_sorted(same[twin].affects + finding.affects))
    found = []
    for same in by_subject.values():
        ordered = sorted(same, key=lambda finding: (finding.message, str(finding.place), str(finding.base_place)))
        found += [f if n == 1 else replace(f, subject=f"{f.subject} ({n})") for n, f in enumerate(ordered, start=1)]
    return tuple(sorted(found, key=lambda finding: (*finding.order, finding.message)))


def _finding(change: Change, subject: str) -> Finding:
    return rule(change.rule).finding(
        subject=subject,
        place=_place(change.behind[1] if change.behind else change.revision),
        base_place=_place(change.behind[0] if change.behind else change.base),
        proof=Proof(change.proof, change.why or _WHY[change.proof], change.witness, _trial(change)),
        affects=_sorted(change.affects),
        **change.details,  # type: ignore[arg-type]
    )


def _trial(change: Change) -> Trial | None:
    """What the witness was tried against, in places."""
    tried = change.tried
    if tried is None:
        return None
    base, revision = (Place(node.file, pointer=node.pointer) for node in (tried.base, tried.revision))
    return Trial(cast("Affected", tried.root), base, revision, join("", *tried.path))


def _subject(names: tuple[Names, Names], change: Change) -> str:
    """The name of what changed. An operation's own words go before a component's."""
    old = names[0].name(change.base, change.member) if change.base is not None else None
    new = names[1].name(change.revision, change.member) if change.revision is not None else None
    if change.behind is not None:
        inner = new if change.only == "revision" or old is None else old
        outer = _either(names[0].name(change.behind[0]), names[1].name(change.behind[1]))
        return outer + (inner or "").partition("$")[2]
    if change.only == "base" and old is not None:
        return old
    if new is None or old is None or change.only == "revision":
        return new or old or ""
    return _either(old, new)


def _either(old: str, new: str) -> str:
    if old.startswith(new) or new.startswith(old):  # a branch that only one side has to spell
        return min(old, new, key=len)
    inline = [name for name in (new, old) if name.split(" ", 1)[0].lower() in METHODS]
    return inline[0] if inline else f"{old} -> {new}"


def _sorted(affects: tuple[Affected, ...]) -> tuple[Affected, ...]:
    return tuple(sorted(set(affects)))


def _place(node: Node | None) -> Place | None:
    return Place(node.file, pointer=node.pointer) if node is not None else None


def _key(node: Node | None) -> _Place:
    return (node.file, node.pointer) if node is not None else None
