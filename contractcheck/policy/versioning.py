"""Versions under a policy: what the findings demand, what was made, and what to say about it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from contractcheck.model.finding import Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.policy.settings import DEMANDS, Versioning
from contractcheck.policy.versions import BUMPS, Step, order, step, successor

RULES = (
    "version-bump-missing",
    "version-bump-too-small",
    "version-larger-than-needed",
    "version-went-back",
    "version-unreadable",
    "version-not-kept",
)

SIDE_BY_SIDE = frozenset({"path", "media-type"})
"""Schemes in which a new version stands beside the old one."""

_CALENDAR = 1000  # a first number from here on is a year: no semantic version
_TOLD = {"major": "a major bump", "minor": "a minor bump", "patch": "a patch bump"}
_STEPS = frozenset({"semver", "calver"})


class Demand(Struct, frozen=True):
    """The bump that findings demand: the gravest of them that demands it, how many do, and whether none is proved."""

    bump: str = "none"
    because: Finding | None = None
    count: int = 0
    unproven: bool = False

    @property
    def why(self) -> str:
        """`operation-removed DELETE /orders and 2 more findings`."""
        if self.because is None:
            return "nothing"
        more = f" and {self.count - 1} more finding{'s' * (self.count > 2)}" if self.count > 1 else ""
        return f"{self.because.rule} {self.because.subject}{more}"


class Versions(Struct, frozen=True):
    """The version of a contract on both sides, where each stands, and what the base is called (a release, perhaps)."""

    base: str | None
    revision: str | None
    base_place: Place | None = None
    place: Place | None = None
    since: str = ""


def demand(findings: Iterable[Finding], versioning: Versioning | None, due: Collection[str] = ()) -> Demand:
    """The bump that the findings which count demand; `due` are the fingerprints of removals after due notice."""
    demands = versioning.demands if versioning is not None else DEMANDS
    by_bump: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.suppressed is None:
            by_bump.setdefault(demands[_kind(finding, due)], []).append(finding)
    for bump in reversed(BUMPS[1:]):
        found = sorted(by_bump.get(bump, ()), key=lambda each: each.order)
        if found:
            unproven = all(each.proof.kind is ProofKind.UNPROVEN for each in found)
            return Demand(bump, found[0], len(found), unproven)
    return Demand()


def _kind(finding: Finding, due: Collection[str]) -> str:
    if finding.fingerprint in due and finding.severity is not Severity.ERROR:
        return "due-removal"
    if finding.severity is not Severity.INFO:
        return str(finding.severity)
    return "addition" if adds(finding.rule) else "info"


def adds(name: str) -> bool:
    """Whether a harmless change is one that users may build on, or are told by: semver.org, item 7.

    Read from the name of the rule, place-aspect-effect.
    """
    if name.endswith(("-added", "-deprecated", "-removal-after-notice")):
        return True
    return name.startswith("request-") and name.endswith(("-widened", "-became-optional"))


def guess(base: str | None, revision: str | None) -> Versioning | None:
    """The scheme of a contract that nobody configured: semantic versions, where both sides look like them."""
    for version in (base, revision):
        plain = (version or "").strip().lstrip("vV")
        if step("semver", plain, None, "none", today=_never) is None or int(plain.partition(".")[0]) >= _CALENDAR:
            return None
    return Versioning("semver")


def judge(
    versions: Versions, wanted: Demand, versioning: Versioning, *, today: Callable[[], date]
) -> tuple[Step | None, tuple[Finding, ...]]:
    """What became of a version, and what is wrong with it; no step where a version is not of the scheme."""
    scheme = "semver" if versioning.source == "tag" and versioning.scheme == "none" else versioning.scheme
    if versions.base is None:
        return None, ()
    asked = {"form": versioning.format, "zero": versioning.zero}
    before = step(scheme, versions.base, None, wanted.bump, today=today, **asked)
    if before is None or versions.revision is None:
        flaws = () if before is not None else tuple(_unreadable(versions, versions.base, scheme))
        return before, flaws
    made = step(scheme, versions.base, versions.revision, wanted.bump, today=today, **asked)
    if made is None:
        return before, tuple(_unreadable(versions, versions.revision, scheme))
    return made, tuple(_judged(versions, wanted, made, steps=scheme in _STEPS))


def beside(
    base: Collection[str], revision: Collection[str], broken: Mapping[str, Demand], versions: Versions
) -> tuple[str | None, tuple[Finding, ...]]:
    """Judge versions that stand side by side: what breaks in one of them needs a new one, and the old one kept.

    `broken` gives the demand of each version that the base has; the answer is the version to use, and what is wrong.
    """
    newest = max(base, key=order)
    newer = sorted((each for each in revision if order(each) > order(newest)), key=order)
    wanted = successor(newest)
    found: list[Finding] = []
    for old, demanded in sorted(broken.items()):
        if demanded.bump == "major":
            name = "version-not-kept" if newer else "version-bump-missing"
            told = {"before": old, "next": f"{wanted} beside {old}", "why": demanded.why, "since": "", "old": old}
            found.append(_say(name, versions, demanded, {**told, "new": newer[0] if newer else ""}, old))
    if revision and max(map(order, revision)) < order(newest):
        told = {"before": newest, "after": max(revision, key=order), "next": newest}
        found.append(_say("version-went-back", versions, Demand(), told, newest))
    if newer and order(newer[0]) > order(wanted):
        told = {"before": newest, "after": newer[0], "made": "a step too far", "next": wanted, "why": "nothing more"}
        found.append(_say("version-larger-than-needed", versions, Demand(), told, newer[0]))
    missing = any(each.rule == "version-bump-missing" for each in found)
    return wanted if missing else None, tuple(found)


def _judged(versions: Versions, wanted: Demand, made: Step, *, steps: bool) -> Iterator[Finding]:
    since = f" since {versions.since}" if versions.since else ""
    details = {"before": versions.base, "after": versions.revision, "next": made.next, "why": wanted.why}
    told = {**details, "made": _TOLD.get(made.made, "") if steps else "another version", "since": since}
    match made.state:
        case "missing":
            yield _say("version-bump-missing", versions, wanted, told)
        case "too-small":
            yield _say("version-bump-too-small", versions, wanted, told)
        case "larger":
            yield _say("version-larger-than-needed", versions, wanted, told)
        case "back":
            yield _say("version-went-back", versions, Demand(), told)


def _unreadable(versions: Versions, version: str, scheme: str) -> Iterator[Finding]:
    yield _say("version-unreadable", versions, Demand(), {"version": version, "scheme": scheme})


def _say(
    name: str, versions: Versions, wanted: Demand, told: Mapping[str, object], subject: str = "info.version"
) -> Finding:
    kind = ProofKind.UNPROVEN if wanted.unproven else ProofKind.STRUCTURAL
    why = "what demands it is unproven" if wanted.unproven else "the findings and the two versions say so"
    return rule(name).finding(
        subject=subject,
        place=versions.place,
        base_place=versions.base_place,
        proof=Proof(kind, why),
        **told,  # type: ignore[arg-type]
    )


def _never() -> date:
    raise AssertionError("semantic versions do not depend on the day")
