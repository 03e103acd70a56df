"""Patterns that people write: over paths as .gitignore has them, over names with `*` for any characters."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache


def path_matches(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns matches a path or a folder above it; one without `/` does so at any depth.

    `**` spans folders.
    """
    return any(_path(pattern).fullmatch(path) for pattern in patterns)


def matcher(patterns: Sequence[str]) -> Callable[[str], str | None]:
    """A function that gives the first pattern that matches a path or a folder above it; None if none does."""
    return lambda path: next((pattern for pattern in patterns if _path(pattern).fullmatch(path)), None)


def name_matches(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns matches the whole name; only `*` is special."""
    return any(_name(pattern).fullmatch(name) for pattern in patterns)


def literal(pattern: str) -> int:
    """How many characters of a pattern stand for themselves: the more, the narrower it is."""
    return sum(character not in "*?" for character in pattern)


def meet(one: str, other: str) -> bool:
    """Whether there is a name that both patterns match."""
    reached = {0}  # how much of `other` may be matched by what is read of `one`
    reached = _run(other, reached)
    for character in one:
        if character == "*":
            # What `one` passes over may be anything in `other`.
            reached = set(range(min(reached, default=0), len(other) + 1)) if reached else reached
            continue
        step = {at + 1 for at in reached if at < len(other) and other[at] == character}
        step |= {at for at in reached if at < len(other) and other[at] == "*"}
        reached = _run(other, step)
    return len(other) in reached


def _run(pattern: str, reached: set[int]) -> set[int]:
    """Where one may also be, because `*` matches nothing as well."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] == "*":
            at += 1  # noqa: PLW2901 - the walk along the stars
            found.add(at)
    return found


@cache
def _name(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", pattern)), re.DOTALL)


@cache
def _path(pattern: str) -> re.Pattern[str]:
    parts = pattern.strip("/").split("/")
    text = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        if part == "**":
            text += ".*" if last else "(?:.*/)?"
        else:
            stars = re.sub(r"\*+", "*", part)
            text += "".join({"*": "[^/]*", "?": "[^/]"}.get(each, re.escape(each)) for each in stars) + "/" * (not last)
    return re.compile(text + ("/.*" if pattern.endswith("/") else "(?:/.*)?"), re.DOTALL)
