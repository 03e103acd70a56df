"""Which findings a refused exchange is the doing of: what refuses it stands where the finding says."""

from collections.abc import Iterable

from contractcheck.model.finding import Direction, Finding
from contractcheck.model.place import Place
from contractcheck.openapi.exchanges.faults import Fault, Kind
from contractcheck.openapi.templates import erase

_BY_RULE = {
    Kind.OPERATION: ("operation-removed",),
    Kind.SECURITY: ("security-",),
    Kind.BODY_MISSING: ("request-body-became-required", "request-required-body-added"),
    Kind.MEDIA_TYPE: ("-media-type-",),
    Kind.STATUS: ("-status-",),
    Kind.HEADER_MISSING: ("-header-",),
    Kind.HEADER: ("-header-",),
}
_WHOLE = ("-reference-", "-schema-", "-branches-", "-type-", "-discriminator-")
"""Findings that speak of everything below their place."""
_CLOSED = frozenset({"additionalProperties", "unevaluatedProperties"})


def blamed(
    faults: Iterable[Fault], findings: Iterable[Finding], operation: str, direction: Direction, *, base: bool
) -> tuple[Finding, ...]:
    """The findings that explain at least one of the faults; `base` says that the faults are those under the base."""
    reached = [finding for finding in findings if _reaches(finding, operation, direction)]
    found: dict[str, Finding] = {}
    for fault in faults:
        for finding in _explaining(fault, reached, base=base):
            found.setdefault(finding.fingerprint, finding)
    return tuple(found.values())


def _reaches(finding: Finding, operation: str, direction: Direction) -> bool:
    return any(
        affected.direction is direction and erase(affected.operation) == erase(operation)
        for affected in finding.affects
    )


def _explaining(fault: Fault, findings: list[Finding], *, base: bool) -> list[Finding]:
    words = _BY_RULE.get(fault.kind)
    if words is not None:
        return [
            finding
            for finding in findings
            if any(word in finding.rule for word in words)
            and (fault.kind is not Kind.HEADER or fault.name in finding.subject)
        ]
    placed = [(_fits(fault, finding, finding.base_place if base else finding.place), finding) for finding in findings]
    best = max((fit for fit, _ in placed), default=0)
    if best:
        return [finding for fit, finding in placed if fit == best]
    if fault.kind in {Kind.PARAMETER, Kind.PARAMETER_MISSING}:
        return [
            each
            for each in findings
            if "-parameter-" in each.rule and each.subject.partition(" $")[0].endswith(fault.name)
        ]
    return []


def _fits(fault: Fault, finding: Finding, place: Place | None) -> int:
    """How closely the finding's place is that of the fault; 0 where it is elsewhere. Longer pointers fit closer."""
    file, pointer = fault.place
    if place is None or place.pointer is None or not file or place.file != file:
        return 0
    there = place.pointer
    if _below(pointer, there) or _below(there, pointer):
        deeper = pointer[len(there) :]
        wide = any(word in finding.rule for word in _WHOLE)
        return len(there) + 1 if wide or not any(word in deeper for word in ("/properties/", "/items/")) else 0
    parent, _, keyword = pointer.rpartition("/")
    if not _below(there, parent):
        return 0
    if keyword == "required":
        name = fault.path.rpartition(".")[2]
        named = finding.subject.endswith((f".{name}", f"[{name!r}]"))
        return len(parent) + 1 if "required" in finding.rule and named else 0
    if keyword in _CLOSED:
        return len(parent) + 1 if "forbidden" in finding.rule or "additional-properties" in finding.rule else 0
    return 0


def _below(pointer: str, parent: str) -> bool:
    return pointer == parent or pointer.startswith(parent + "/")
