"""Due notice: whether something that is removed was deprecated in what was released, for long enough."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from contractcheck.model.finding import Affected, Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.policy.days import Today, parse
from contractcheck.policy.settings import LEVELS, Deprecation

RULES = (
    "removal-unannounced",
    "removal-too-early",
    "removal-after-notice",
    "deprecation-without-sunset",
    "deprecation-withdrawn",
    "sunset-unreadable",
    "sunset-in-the-past",
    "sunset-too-near",
    "sunset-moved-earlier",
    "stability-lowered",
    "stability-unknown",
)


class State(StrEnum):
    """What may become of a removal."""

    DUE = "due"  # announced in a release, long enough, and after the sunset
    EARLY = "early"  # announced, but not yet over
    UNANNOUNCED = "unannounced"  # released, and no release said that it goes
    UNRELEASED = "unreleased"  # no release ever had it


class Sighting(Struct, frozen=True):
    """What one release says of an element: None for `deprecated` where the release does not have it."""

    version: str
    day: date
    deprecated: bool | None
    sunset: str | None = None


class Notice(Struct, frozen=True):
    """What was announced: since which release, until which day it must stay, and the state of a removal today."""

    state: State
    since: Sighting | None = None
    until: date | None = None
    why: str = ""


def since(sightings: Sequence[Sighting]) -> Sighting | None:
    """The release that began the notice which still runs; oldest first. One without the element ends no notice."""
    first = None
    for seen in sightings:
        if seen.deprecated is False:
            first = None
        elif seen.deprecated and first is None:
            first = seen
    return first


def notice(
    sightings: Sequence[Sighting],
    *,
    deprecated: bool,
    sunset: str | None,
    level: str,
    policy: Deprecation | None,
    today: Today,
) -> Notice:
    """Judge a removal. `sightings` are the releases, oldest first; `deprecated` and `sunset` are what the base says.

    Without a policy only the document speaks: it says that the thing goes, and when. The sunset that counts is the
    latest that was ever announced since the notice began.
    """
    if policy is None:
        if not deprecated:
            return Notice(State.UNANNOUNCED)
        return _until(None, _days([sunset]), today, unreadable=sunset is not None and parse(sunset) is None)
    if not policy.notice[level] and not deprecated:
        return Notice(State.DUE, why=f"what is {level} owes no notice")
    had = [seen for seen in sightings if seen.deprecated is not None]
    if not had and not policy.notice[level]:
        return _until(None, _days([sunset]), today, unreadable=sunset is not None and parse(sunset) is None)
    if not had:
        return Notice(State.UNRELEASED, why="no release has it")
    first = since(had)
    if first is None:
        last = had[-1]
        never = "; that it goes was not released" if deprecated else ""
        return Notice(State.UNANNOUNCED, why=f"{last.version} of {last.day} has it, not deprecated{never}")
    told = [*(seen.sunset for seen in had if seen.deprecated and seen.day >= first.day), sunset]
    days = policy.notice[level]
    unreadable = sunset is not None and parse(sunset) is None
    return _until(first, [first.day + timedelta(days=days), *_days(told)], today, unreadable=unreadable, days=days)


def _until(
    first: Sighting | None, days_given: list[date], today: Today, *, unreadable: bool, days: int | None = None
) -> Notice:
    until = max(days_given, default=None)
    said = f"deprecated since {first.version} of {first.day}" if first is not None else "deprecated in the base"
    if unreadable:
        return Notice(State.EARLY, first, None, f"{said}; its sunset is no day that can be read")
    period = f", {days} days of notice" if days else ""
    if until is None:
        return Notice(State.DUE, first, None, said)
    late = f"{said}{period}; it may go on {until}"
    return Notice(State.EARLY if today.day < until else State.DUE, first, until, late)


def _days(texts: list[str | None]) -> list[date]:
    return [day for text in texts if text is not None and (day := parse(text)) is not None]


def removal(finding: Finding, found: Notice, *, configured: bool) -> Iterator[Finding]:
    """What a policy says beside the finding of a removal. Without a policy only a broken promise is worth a word."""
    name = {
        State.DUE: "removal-after-notice" if configured else "",
        State.EARLY: "removal-too-early",
        State.UNANNOUNCED: "removal-unannounced" if configured else "",
        State.UNRELEASED: "",
    }[found.state]
    if name:
        yield rule(name).finding(
            subject=finding.subject,
            place=finding.place,
            base_place=finding.base_place,
            proof=Proof(ProofKind.STRUCTURAL, "the releases and the documents say so"),
            affects=finding.affects,
            why=found.why,
            until=str(found.until) if found.until else "a day that can be read",
        )


class Marked(Struct, frozen=True):
    """One element on both sides of a comparison: its marks (None: it is not there), and where it stands."""

    kind: str
    name: str
    before: tuple[bool, str | None, str | None] | None
    after: tuple[bool, str | None, str | None] | None
    base_place: Place | None
    place: Place | None
    affects: tuple[Affected, ...] = ()


def transitions(
    element: Marked,
    *,
    level: str,
    policy: Deprecation | None,
    today: Today,
    announced: Callable[[], date | None] = lambda: None,
) -> Iterator[Finding]:
    """What is wrong with how the marks of one element changed.

    `announced` gives the day of the release that began the notice, if one has. Without a policy: what breaks a promise
    that the documents made themselves.
    """
    if element.after is None:
        return
    was, old_sunset, old_level = element.before or (False, None, None)
    now, sunset, new_level = element.after
    yield from _levels(element, old_level, new_level, policy)
    day, before = parse(sunset or ""), parse(old_sunset or "")
    if sunset is not None and sunset != old_sunset and day is None:
        yield _say("sunset-unreadable", element, sunset=sunset)
    if before is not None and day is not None and day < before:
        yield _say("sunset-moved-earlier", element, before=before, after=day)
    if policy is None:
        return
    if was and not now:
        if element.kind not in {"operation", "parameter"}:  # the comparison says it of these
            yield _say("deprecation-withdrawn", element)
        return
    if not now:
        return
    if policy.sunset and sunset is None and (not was or old_sunset is not None):
        yield _say("deprecation-without-sunset", element)
    if day is None or (was and sunset == old_sunset):
        return
    if day < today.day:
        yield _say("sunset-in-the-past", element, sunset=day, today=today.day)
        return
    if was and before is not None and day >= before:
        return  # later than it was: that it is near enough was said then
    days = policy.notice[level]
    nearest = ((announced() if was else None) or today.day) + timedelta(days=days)
    if nearest > day:
        yield _say("sunset-too-near", element, sunset=day, level=level, days=days, nearest=nearest)


def _levels(element: Marked, old: str | None, new: str | None, policy: Deprecation | None) -> Iterator[Finding]:
    if new is not None and new not in LEVELS:
        if policy is not None and new != old:
            yield _say("stability-unknown", element, level=new, known=", ".join(LEVELS))
    elif old in LEVELS and new in LEVELS and LEVELS.index(new or "") < LEVELS.index(old or ""):
        yield _say("stability-lowered", element, before=old, after=new)
    elif old in LEVELS and new is None and policy is not None and element.before is not None:
        level = policy.stability
        if LEVELS.index(level) < LEVELS.index(old or ""):
            yield _say("stability-lowered", element, before=old, after=level)


def _say(name: str, element: Marked, **parameters: object) -> Finding:
    return rule(name).finding(
        subject=element.name,
        place=element.place,
        base_place=element.base_place,
        proof=Proof(ProofKind.STRUCTURAL, "both documents say so at the places shown"),
        affects=element.affects,
        kind=element.kind,
        name=element.name,
        **parameters,  # type: ignore[arg-type]
    )
