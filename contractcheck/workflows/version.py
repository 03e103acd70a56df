"""Versions: what the changes between two revisions demand, and whether the version says so."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from contractcheck.model.finding import Finding, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import ContractReport
from contractcheck.policy.settings import Configuration, Versioning
from contractcheck.policy.versioning import SIDE_BY_SIDE, Demand, Versions, beside, demand, guess, judge
from contractcheck.policy.versions import order
from contractcheck.workflows.contracts import Part, title, version

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document
    from contractcheck.workflows.policy import Ground


def versions(
    part: Part, settings: Configuration, at: "Ground", due: frozenset[str]
) -> tuple[tuple[Finding, ...], ContractReport]:
    """What the judged findings of a contract demand of its version, what is wrong with it, and the report with that.

    Where it is known what was released, the last release is what the version is judged by. A team that configured
    nothing is told what is needed, and that a bump is too small only where both versions are semantic and differ.
    """
    assert part.base is not None  # noqa: S101 - the caller has looked
    assert part.revision is not None  # noqa: S101
    wanted = _demand(part.findings, settings.versioning, due)
    chosen = settings.versioning
    if chosen is not None and chosen.scheme == "none":
        return (), part.contract
    if chosen is None:
        return _unasked(part, wanted, at, settings)
    base, revision, since, released = part.base, part.revision, "", None
    if settings.releases is not None and at.histories is not None:
        history = at.histories.of(settings)
        known = history.having(part.base.path, title(part.base))
        if not known:
            at.notes[history.why_empty or f"no release has {part.contract.path}: its version is not judged"] = None
            return (), replace(part.contract, bump=wanted.bump)
        released, document = known[-1]
        since = released.label
        if document.content(document.path) != part.base.content(part.base.path):
            # Between releases the base has changes of its own, which the version of the release knows nothing of.
            part, due = _since(document, part, at)
            wanted = _demand(part.findings, chosen, due)
        base = document
    if chosen.scheme in SIDE_BY_SIDE:
        return _beside(part, base, chosen, due)
    before = _version(base, chosen, released.version if released else None)
    after = _version(revision, chosen, None)
    there = Versions(before, after, *_places(base, revision), since=since)
    if before is None:
        return (), replace(part.contract, bump=wanted.bump)
    step, found = judge(there, wanted, chosen, today=lambda: at.today.day)
    needs = step.next if step is not None and step.state in {"missing", "too-small", "back"} else None
    return found, replace(part.contract, bump=wanted.bump, needs=needs)


def _unasked(
    part: Part, wanted: Demand, at: "Ground", settings: Configuration
) -> tuple[tuple[Finding, ...], ContractReport]:
    assert part.base is not None  # noqa: S101
    assert part.revision is not None  # noqa: S101
    before, after = version(part.base), version(part.revision)
    guessed = guess(before, after)
    if guessed is None:
        return (), replace(part.contract, bump=wanted.bump)
    there = Versions(before, after, *_places(part.base, part.revision))
    step, found = judge(there, wanted, guessed, today=lambda: at.today.day)
    # Nobody said that every change needs a version of its own: it may come with the release.
    found = tuple(each for each in found if each.rule in {"version-bump-too-small", "version-went-back"})
    if settings.profile != "strict":
        found = tuple(replace(each, severity=Severity.WARNING) for each in found)
    breaks = wanted.bump == "major" and step is not None and step.state in {"missing", "too-small", "back"}
    return found, replace(part.contract, bump=wanted.bump, needs=step.next if breaks and step is not None else None)


def _demand(findings: Iterable[Finding], versioning: Versioning | None, due: frozenset[str]) -> Demand:
    return demand((each for each in findings if _demands(each)), versioning, due)


def _demands(finding: Finding) -> bool:
    """Whether a finding is about the interface: not one of versions, notice or waivers, nor a flaw of the text."""
    from contractcheck.policy.ledger import RULES as LEDGER
    from contractcheck.policy.notice import RULES as NOTICE
    from contractcheck.policy.versioning import RULES as VERSIONING

    if finding.rule in {*LEDGER, *NOTICE, *VERSIONING}:
        return False
    from contractcheck.openapi.compare import rules

    return finding.rule in rules()


def _since(released: "Document", part: Part, at: "Ground") -> tuple[Part, frozenset[str]]:
    """The same contract compared with what was released, judged in the same way, and which removals are due."""
    from contractcheck.workflows.contracts import compare
    from contractcheck.workflows.policy import judged

    assert part.revision is not None  # noqa: S101 - the caller has looked
    (found,) = compare(released, part.revision).parts
    found = replace(found, contract=part.contract)
    findings, due = judged(found, at.aside())
    return replace(found, findings=findings), due


def _version(document: "Document", versioning: Versioning, tag: str | None) -> str | None:
    from contractcheck.openapi.versions import in_header

    if versioning.scheme == "header":
        values = in_header(document, versioning.header)
        return max(values, key=order, default=None)
    return tag if versioning.source == "tag" else version(document)


def _places(base: "Document", revision: "Document") -> tuple[Place, Place]:
    found = []
    for document in (base, revision):
        info = document.root.get("info")
        node = (info.get("version") or info) if info is not None else document.root
        found.append(Place(node.file, pointer=node.pointer))
    return found[0], found[1]


def _beside(
    part: Part, base: "Document", versioning: Versioning, due: frozenset[str]
) -> tuple[tuple[Finding, ...], ContractReport]:
    from contractcheck.openapi.versions import in_media_types, in_paths

    assert part.revision is not None  # noqa: S101
    read = in_paths if versioning.scheme == "path" else in_media_types
    before, after = read(base), read(part.revision)
    if not before:
        return (), replace(part.contract, bump=_demand(part.findings, versioning, due).bump)
    groups: dict[str, list[Finding]] = {}
    for finding in part.findings:
        for name in _groups(finding, versioning.scheme) or (max(before, key=order),):
            groups.setdefault(name, []).append(finding)
    broken: Mapping[str, Demand] = {
        name: _demand(found, versioning, due) for name, found in groups.items() if name in before
    }
    places = _places(base, part.revision)
    needs, found = beside(before, after, broken, Versions(None, None, *places))
    bump = _demand(part.findings, versioning, due).bump
    return found, replace(part.contract, bump=bump, needs=needs)


def _groups(finding: Finding, scheme: str) -> tuple[str, ...]:
    """The versions that a finding is in; none where it does not show."""
    from contractcheck.openapi.versions import of_media_type, of_path

    if scheme == "path":
        names = (of_path(affected.operation.partition(" ")[2]) for affected in finding.affects)
    else:
        names = (of_media_type(word) for word in finding.subject.split(" "))
    return tuple(dict.fromkeys(name for name in names if name))
