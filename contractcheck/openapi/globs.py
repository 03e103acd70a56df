"""Patterns of paths as .gitignore has them: `**` spans folders; a pattern without `/` matches at any depth."""

import re
from collections.abc import Callable, Sequence
from functools import cache


def matcher(patterns: Sequence[str]) -> Callable[[str], str | None]:
    """A function that gives the first pattern that matches a path or a folder above it; None if none does."""
    compiled = tuple((pattern, _compile(pattern)) for pattern in patterns)

    def match(path: str) -> str | None:
        return next((pattern for pattern, expression in compiled if expression.fullmatch(path)), None)

    return match


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    plain = pattern.strip("/")
    expression = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    parts = plain.split("/")
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part == "**":
            expression += ".*" if last else "(?:.*/)?"
            continue
        expression += _part(part) + ("" if last else "/")
    return re.compile(expression + ("/.*" if pattern.endswith("/") else "(?:/.*)?"), re.DOTALL)


def _part(part: str) -> str:
    stars = re.sub(r"\*+", "*", part)
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)) for character in stars)
