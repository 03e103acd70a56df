"""Versions in the ways teams write them: read, put in order, and the next one that a change demands.

Bumps are `none`, `patch`, `minor`, `major`; a scheme without such steps takes what it can show for them.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import zip_longest

from msgspec import Struct

BUMPS = ("none", "patch", "minor", "major")

Day = Callable[[], date]
"""Gives today; asked only where the next version is made of it."""

# semver.org, 2.0.0, item 2 and the appendix; `v1.2`, `1` are shorter ways to write 1.2.0 and 1.0.0 that people use.
_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_SEMVER = re.compile(
    rf"(?P<v>[vV]?)(?P<core>{_NUMBER}(?:\.{_NUMBER}){{0,2}})"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[-.]([0-9A-Za-z.-]+))?")
_MODIFIER = r"(?:[-.]?(?P<modifier>(?:dev|alpha|beta|a|b|rc|pre|post)[-.]?\d*))?"
# calver.org: the pattern of a token, and the values it may have.
_TOKENS = {
    "YYYY": (r"\d{4}", range(1000, 10000)),
    "0Y": (r"\d{2,3}", range(1000)),
    "YY": (r"(?:0|[1-9]\d{0,2})", range(1000)),
    "0M": (r"\d{2}", range(1, 13)),
    "MM": (r"[1-9]\d?", range(1, 13)),
    "0W": (r"\d{2}", range(1, 54)),
    "WW": (r"[1-9]\d?", range(1, 54)),
    "0D": (r"\d{2}", range(1, 32)),
    "DD": (r"[1-9]\d?", range(1, 32)),
    "MAJOR": (_NUMBER, range(10**18)),
    "MINOR": (_NUMBER, range(10**18)),
    "MICRO": (_NUMBER, range(10**18)),
    "PATCH": (_NUMBER, range(10**18)),
}
_COUNTERS = {"MAJOR": "major", "MINOR": "minor", "MICRO": "patch", "PATCH": "patch"}
_TOKEN = re.compile("|".join(_TOKENS))


class Step(Struct, frozen=True):
    """What became of a version.

    `made` is the bump, `back` if it went down; `needed` the least that is enough; `next` the version that does it.
    """

    made: str
    needed: str
    next: str

    @property
    def state(self) -> str:
        """`right`, `missing`, `too-small`, `larger`, or `back`."""
        if self.made == "back":
            return "back"
        made, needed = BUMPS.index(self.made), BUMPS.index(self.needed)
        if made < needed:
            return "missing" if self.made == "none" else "too-small"
        # A patch without visible change is what a release of the code looks like.
        return "larger" if made > max(needed, 1) else "right"


def step(
    scheme: str, base: str, revision: str | None, demanded: str, *, form: str = "", zero: str = "shift", today: Day
) -> Step | None:
    """What became of a version of that scheme, and what is demanded of it; None if one of the two is not of the scheme.

    Without a revision nothing was made yet. `form` is of calver, `zero` of semver.
    """
    match scheme:
        case "semver":
            return _semver(base, revision, demanded, zero)
        case "calver":
            return _calver(base, revision, demanded, form, today)
        case "date":
            return _dated(base, revision, demanded, today)
        case _:
            return _counted(base, revision, demanded)


def tokens(form: str) -> tuple[str, ...]:
    """The tokens of a format of calver, in order; () if there is none that is of the calendar."""
    found = tuple(_TOKEN.findall(form))
    return found if any(token not in _COUNTERS for token in found) else ()


def order(version: str) -> tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]:
    """A key that sorts versions of any kind: numbers as numbers, `1.2` as `1.2.0`, `1.0.0-rc.1` before `1.0.0`."""
    plain = version.lstrip("vV")
    core, rest = plain, ""
    if not _DATED.fullmatch(version):
        core = plain[: len(plain) - len(plain.lstrip("0123456789."))]
        rest = plain[len(core) :]
    numbers = [int(part) for part in re.findall(r"\d+", core)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    before = rest.partition("+")[0]
    parts = tuple(
        (1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.findall(r"\d+|[A-Za-z]+", before)
    )
    return tuple(numbers), int(not parts), parts


def preliminary(version: str) -> bool:
    """Whether a version comes before the release of its number: `2.0.0-rc.1`, `2026.11.0rc1`."""
    found = _SEMVER.fullmatch(version.strip())
    if found is not None:
        return found["pre"] is not None
    return re.search(r"\d[-.]?(?:dev|alpha|beta|a|b|rc|pre)[-.]?\d*$", version.strip()) is not None


def _semver(base: str, revision: str | None, demanded: str, zero: str) -> Step | None:
    old = _SEMVER.fullmatch(base.strip())
    new = _SEMVER.fullmatch(revision.strip()) if revision is not None else None
    if old is None or (revision is not None and new is None):
        return None
    core = _core(old)
    shown = old["core"].count(".") + 1
    needed = _shifted(core, demanded, zero)
    if old["pre"] is not None and needed != "none":
        needed = "patch"  # between pre-releases, and from one to a release, anything may change (item 9)
    elif BUMPS[::-1].index(needed) >= shown:
        needed = "none"  # a version that does not show such steps cannot demand one
    following = _following(old, core, needed, shown)
    if new is None:
        return Step("none", needed, following)
    after = _core(new)
    if (after, _pre(new)) == (core, _pre(old)):
        return Step("none", needed, following)
    if (after, _pre(new)) < (core, _pre(old)):
        return Step("back", needed, following)
    if old["pre"] is not None:
        return Step("patch", needed, following)
    if core[0] == 0 and after[0] == 1:
        return Step(max(needed, "patch", key=BUMPS.index), needed, following)  # to leave 0.x is no bump too many
    level = next(number for number in range(3) if after[number] != core[number])
    return Step(BUMPS[3 - level], needed, following)


def _core(found: re.Match[str]) -> tuple[int, int, int]:
    numbers = [int(part) for part in found["core"].split(".")]
    return (*numbers, 0, 0)[:3]  # type: ignore[return-value]


def _pre(found: re.Match[str]) -> tuple[tuple[int, int, str], ...]:
    """The order of pre-releases (item 11): numbers before words, fewer fields before more, a release after all."""
    if found["pre"] is None:
        return ((2, 0, ""),)
    parts = found["pre"].split(".")
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _shifted(core: tuple[int, int, int], demanded: str, zero: str) -> str:
    if core[0] > 0 or demanded == "none":
        return demanded
    # Below 1.0.0 anything may change (item 4); what people hold to is that a break moves the minor version.
    return "patch" if zero == "free" or core[1] == 0 or demanded != "major" else "minor"


def _following(old: re.Match[str], core: tuple[int, int, int], needed: str, shown: int) -> str:
    if needed == "none":
        return old[0]
    if old["pre"] is not None:
        head, dot, last = old["pre"].rpartition(".")
        pre = f"{head}{dot}{int(last) + 1}" if last.isdigit() else f"{old['pre']}.1"
        return f"{old['v']}{old['core']}-{pre}"
    level = 3 - BUMPS.index(needed)
    numbers = [*core[:level], core[level] + 1, 0, 0][:3]
    return old["v"] + ".".join(str(number) for number in numbers[:shown])


def _calver(base: str, revision: str | None, demanded: str, form: str, today: Day) -> Step | None:
    names = tokens(form)
    old, new = _numbers(base, form), _numbers(revision, form) if revision is not None else None
    if not names or old is None or (revision is not None and new is None):
        return None
    counters = [_COUNTERS[name] for name in names if name in _COUNTERS]
    needed = _least(demanded, counters)
    following = base if needed == "none" else _next_calver(old[0], names, needed, form, demanded, today)
    if new is None:
        return Step("none", needed, following)
    if new == old:
        return Step("none", needed, following)
    if new < old:
        return Step("back", needed, following)
    first = next((name for name, a, b in zip(names, old[0], new[0], strict=True) if a != b), None)
    # What moves with the calendar says nothing about compatibility: it is enough for everything, and never too much.
    made = max(needed, "patch", key=BUMPS.index) if first is None or first not in _COUNTERS else _COUNTERS[first]
    return Step(made, needed, following)


def _least(demanded: str, counters: list[str]) -> str:
    """The smallest step of a format that says what is demanded."""
    if demanded == "none":
        return "none"
    shown = [bump for bump in BUMPS[1:] if bump in counters]
    enough = [bump for bump in shown if BUMPS.index(bump) >= BUMPS.index(demanded)]
    return enough[0] if enough else shown[-1] if shown else "patch"


def _numbers(version: str, form: str) -> tuple[tuple[int, ...], tuple[int, str]] | None:
    """The values of the tokens and the modifier (a release after what precedes it); None if it is not of the format."""
    pattern, at = "", 0
    names = []
    for found in _TOKEN.finditer(form):
        pattern += re.escape(form[at : found.start()]) + f"({_TOKENS[found[0]][0]})"
        names.append(found[0])
        at = found.end()
    match = re.fullmatch(rf"[vV]?{pattern}{re.escape(form[at:])}{_MODIFIER}", version.strip())
    if match is None:
        return None
    values = tuple(int(match[number]) for number in range(1, len(names) + 1))
    if any(value not in _TOKENS[name][1] for name, value in zip(names, values, strict=True)):
        return None
    modifier = match["modifier"]
    rank = 1 if modifier is None else 2 if modifier.startswith("post") else 0
    return values, (rank, modifier or "")


def _next_calver(
    old: tuple[int, ...], names: tuple[str, ...], needed: str, form: str, demanded: str, today: Day
) -> str:
    counter = next((n for n, name in enumerate(names) if _COUNTERS.get(name) == needed), None)
    if demanded == "patch" and counter is not None:
        return _spell((*old[:counter], old[counter] + 1, *(0 for _ in old[counter + 1 :])), form)
    day = today()
    now = tuple(_calendar(name, day, value) for name, value in zip(names, old, strict=True))
    if _dates(now, names) > _dates(old, names):
        return _spell(tuple(0 if name in _COUNTERS else value for name, value in zip(names, now, strict=True)), form)
    if counter is not None:
        following = [*old[:counter], old[counter] + 1, *old[counter + 1 :]]
        rest = [
            0 if name in _COUNTERS else value
            for name, value in zip(names[counter + 1 :], following[counter + 1 :], strict=True)
        ]
        return _spell((*following[: counter + 1], *rest), form)
    day = max(day, _near(old, names))
    while _dates(now, names) <= _dates(old, names):
        if day >= date.max - timedelta(days=1):
            return _spell(old, form)  # the calendar ends
        day += timedelta(days=1)
        now = tuple(_calendar(name, day, value) for name, value in zip(names, old, strict=True))
    return _spell(now, form)


def _near(values: tuple[int, ...], names: tuple[str, ...]) -> date:
    """A day not after the one a version of the calendar speaks of, and less than two years before it."""
    found = dict(zip(names, values, strict=True))
    year = found.get("YYYY") or found.get("YY", found.get("0Y", 0)) + 2000
    return date(max(year - 1, 1), 12, 1)


def _dates(values: tuple[int, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(value for name, value in zip(names, values, strict=True) if name not in _COUNTERS)


def _calendar(name: str, day: date, value: int) -> int:
    match name:
        case "YYYY":
            return day.year
        case "YY" | "0Y":
            return day.year - 2000
        case "MM" | "0M":
            return day.month
        case "WW" | "0W":
            return day.isocalendar().week
        case "DD" | "0D":
            return day.day
        case _:
            return value


def _spell(values: tuple[int, ...], form: str) -> str:
    rest = iter(values)
    return _TOKEN.sub(lambda found: f"{next(rest):02}" if found[0].startswith("0") else str(next(rest)), form)


def _dated(base: str, revision: str | None, demanded: str, today: Day) -> Step | None:
    old, new = _day(base), _day(revision) if revision is not None else None
    if old is None or (revision is not None and new is None):
        return None
    # A dated version is a promise: it stays as it is. What breaks no promise needs no new date.
    needed = "major" if demanded == "major" else "none"
    following = base if needed == "none" else max(today(), old[0] + timedelta(days=1)).isoformat()
    if new is None or new == old:
        return Step("none", needed, following)
    return Step("back" if new < old else "major", needed, following)


def _day(version: str) -> tuple[date, bool, str] | None:
    found = _DATED.fullmatch(version.strip())
    try:
        return (date.fromisoformat(found[1]), found[2] is None, found[2] or "") if found else None
    except ValueError:
        return None


def _counted(base: str, revision: str | None, demanded: str) -> Step | None:
    """Versions that are one number, or a day: `v1`, `2`, `2026-01-01`: only a break needs another."""
    needed = "major" if demanded == "major" else "none"
    following = successor(base) if needed == "major" else base
    if revision is None or revision == base:
        return Step("none", needed, following)
    return Step("back" if order(revision) < order(base) else "major", needed, following)


def successor(version: str) -> str:
    """The version after `v1`, `2` or `1.0`: the first number one higher, what follows it 0."""
    parts = re.split(r"(\d+)", version)
    numbers = [number for number, part in enumerate(parts) if part.isdigit()]
    for place, number in enumerate(numbers):
        parts[number] = str(int(parts[number]) + 1) if place == 0 else "0"
    return "".join(parts)


def same(one: str, other: str) -> bool:
    """Whether two versions are equal in order, however they are spelled: `1.0` and `v1.0.0`."""
    pairs = zip_longest(re.findall(r"\d+", one), re.findall(r"\d+", other), fillvalue="0")
    return all(int(a) == int(b) for a, b in pairs)
