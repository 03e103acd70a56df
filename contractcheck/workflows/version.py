"""Versions: what the changes between two revisions demand, and whether the version says so."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.model.finding import Finding, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import ContractReport
from contractcheck.policy.settings import Configuration, Versioning
from contractcheck.policy.versioning import SIDE_BY_SIDE, Demand, Versions, beside, demand, guess, judge
from contractcheck.policy.versions import order, preliminary, successor
from contractcheck.workflows.contracts import Part, title, version

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document
    from contractcheck.workflows.policy import Ground
    from contractcheck.workflows.releases import Release


class Assessed(Struct, frozen=True):
    """What became of the version of a contract.

    `next` is the version to use (None where no scheme says), `needs` the same where the revision does not meet it.
    """

    wanted: Demand
    findings: tuple[Finding, ...] = ()
    next: str | None = None
    needs: str | None = None
    base: str | None = None
    revision: str | None = None


def versions(part: Part, settings: Configuration, at: "Ground", due: frozenset[str]) -> Assessed:
    """What the judged findings of a contract demand of its version, and what is wrong with it.

    In a check that knows what was released, the last release is what the version is judged by. A team that configured
    nothing is told what is needed, and that a bump is too small only where both versions are semantic and differ.
    """
    base, revision = part.base, part.revision
    assert base is not None  # noqa: S101 - the caller has looked
    assert revision is not None  # noqa: S101
    chosen = settings.versioning
    wanted = _demand(part.findings, chosen, due)
    if chosen is None:
        return _unasked(base, revision, wanted, at, settings)
    if chosen.scheme == "none":
        return Assessed(wanted)
    if settings.releases is None or not at.released or at.histories is None:
        return _against(part, base, revision, _Sides(wanted, at.named, due=due), chosen, at)
    history = at.histories.of(settings)
    known = history.having(base.path, title(base))
    if not known:
        at.notes[history.why_empty or f"no release has {part.contract.path}: its version is not judged"] = None
        return Assessed(wanted)
    newest = _since(*known[-1], part, chosen, at, due)
    finals = [each for each in known if not preliminary(each[0].version)]
    if not finals or finals[-1] == known[-1] or chosen.scheme in SIDE_BY_SIDE:
        return newest
    # What a pre-release may change, the release after it may not: that is held to the last one that was none.
    final = _since(*finals[-1], part, chosen, at, due)
    return final if any(each.rule in _TOO_LITTLE for each in final.findings) else newest


_TOO_LITTLE = frozenset({"version-bump-missing", "version-bump-too-small", "version-went-back"})


class _Sides(Struct, frozen=True):
    """What a version is judged by: the demand, the versions that tags give, what the base is called."""

    wanted: Demand
    tags: tuple[str | None, str | None]
    since: str = ""
    due: frozenset[str] = frozenset()


def _since(
    release: "Release", document: "Document", part: Part, chosen: Versioning, at: "Ground", due: frozenset[str]
) -> Assessed:
    """The version judged by a release."""
    base, revision = part.base, part.revision
    assert base is not None  # noqa: S101 - the caller has looked
    assert revision is not None  # noqa: S101
    if len(base.files) > 1 or document.content(document.path) != base.content(base.path):
        # Between releases the base has changes of its own, which the version of the release knows nothing of.
        part, due = _compared(document, part, at)
    sides = _Sides(_demand(part.findings, chosen, due), (release.version, at.named[1]), release.label, due)
    return _against(part, document, revision, sides, chosen, at)


def _against(
    part: Part, base: "Document", revision: "Document", sides: _Sides, chosen: Versioning, at: "Ground"
) -> Assessed:
    wanted = sides.wanted
    if chosen.scheme in SIDE_BY_SIDE:
        return _beside(part, base, chosen, sides.due, at)
    before, after = (_version(each, chosen, tag) for each, tag in zip((base, revision), sides.tags, strict=True))
    if before is None:
        if after is None:
            where = f"request header {chosen.header}" if chosen.scheme == "header" else "info.version"
            at.notes[f"{part.contract.path} has no {where}: its version is not judged"] = None
        return Assessed(wanted, revision=after)
    there = Versions(before, after, *_places(base, revision), since=sides.since)
    step, found = judge(there, wanted, chosen, today=lambda: at.today.day)
    if step is None:
        return Assessed(wanted, found, base=before, revision=after)
    # With tags for versions, the revision gets its own when it is released.
    late = step.state in {"missing", "too-small", "back"} and (after is not None or step.needed != "none")
    return Assessed(wanted, found, step.next, step.next if late else None, before, after)


def report(part: Part, found: Assessed) -> ContractReport:
    """The report of a contract with what its version needs."""
    return replace(part.contract, bump=found.wanted.bump, needs=found.needs)


def _unasked(base: "Document", revision: "Document", wanted: Demand, at: "Ground", settings: Configuration) -> Assessed:
    before, after = version(base), version(revision)
    guessed = guess(before, after)
    if guessed is None:
        return Assessed(wanted, base=before, revision=after)
    there = Versions(before, after, *_places(base, revision))
    step, found = judge(there, wanted, guessed, today=lambda: at.today.day)
    # Nobody said that every change needs a version of its own: it may come with the release.
    found = tuple(each for each in found if each.rule in {"version-bump-too-small", "version-went-back"})
    if settings.profile != "strict":
        found = tuple(replace(each, severity=Severity.WARNING) for each in found)
    following = step.next if step is not None else None
    breaks = wanted.bump == "major" and step is not None and step.state in {"missing", "too-small", "back"}
    return Assessed(wanted, found, following, following if breaks else None, before, after)


def _demand(findings: Iterable[Finding], versioning: Versioning | None, due: frozenset[str]) -> Demand:
    return demand((each for each in findings if _demands(each)), versioning, due)


def _demands(finding: Finding) -> bool:
    """Whether a finding is about the interface: not one of versions, notice or waivers, nor a flaw of the text."""
    return finding.rule in _about_the_interface()


@cache
def _about_the_interface() -> frozenset[str]:
    from contractcheck.openapi.compare import rules
    from contractcheck.policy.ledger import RULES as LEDGER
    from contractcheck.policy.notice import RULES as NOTICE
    from contractcheck.policy.versioning import RULES as VERSIONING

    return frozenset(rules()) - {*LEDGER, *NOTICE, *VERSIONING}


def _compared(released: "Document", part: Part, at: "Ground") -> tuple[Part, frozenset[str]]:
    """The same contract compared with what was released, judged in the same way, and which removals are due."""
    from contractcheck.workflows.contracts import compare, look
    from contractcheck.workflows.policy import judged

    assert part.revision is not None  # noqa: S101 - the caller has looked
    (found,) = compare(released, part.revision, look=look(at.configuration)).parts
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


def _beside(part: Part, base: "Document", versioning: Versioning, due: frozenset[str], at: "Ground") -> Assessed:
    from contractcheck.openapi.versions import in_media_types, in_media_types_by_operation, in_paths

    assert part.revision is not None  # noqa: S101
    read = in_paths if versioning.scheme == "path" else in_media_types
    before, after = read(base), read(part.revision)
    wanted = _demand(part.findings, versioning, due)
    if not before:
        if not after:
            where = "paths" if versioning.scheme == "path" else "media types"
            at.notes[f"{part.contract.path} has no version in its {where}: its version is not judged"] = None
        return Assessed(wanted)
    groups: dict[str, list[Finding]] = {}
    offers = in_media_types_by_operation(base) if versioning.scheme == "media-type" else {}
    for finding in part.findings:
        for name in _groups(finding, versioning.scheme, offers) or (max(before, key=order),):
            groups.setdefault(name, []).append(finding)
    broken: Mapping[str, Demand] = {
        name: _demand(found, versioning, due) for name, found in groups.items() if name in before
    }
    needs, found = beside(before, after, broken, Versions(None, None, *_places(base, part.revision)))
    newest, now = max(before, key=order), max(after, key=order, default=None)
    breaks = any(each.bump == "major" for each in broken.values())
    return Assessed(wanted, found, successor(newest) if breaks else newest, needs, newest, now)


def _groups(finding: Finding, scheme: str, offers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The versions that a finding is in; none where it does not show. `offers` are the versions of each operation."""
    from contractcheck.openapi.versions import of_media_type, of_path

    if scheme == "path":
        names = [of_path(affected.operation.partition(" ")[2]) for affected in finding.affects]
    else:
        # Swagger 2.0 says one schema for all media types of an operation: the subject has none, the message may.
        said = finding.message if finding.rule.endswith("media-type-removed") else ""
        names = [of_media_type(word) for word in (*finding.subject.split(" "), *said.split(" "))]
        if not any(names):
            reached = {affected.operation for affected in finding.affects}
            whole = [label for label in reached if finding.subject == label or finding.subject.startswith(f"{label} ")]
            names = [name for label in sorted(whole) for name in offers.get(label, ())]
    return tuple(dict.fromkeys(name for name in names if name))
