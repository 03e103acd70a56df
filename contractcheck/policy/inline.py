"""Waivers that stand beside what they are for: `x-contractcheck-ignore` in a document, a comment in a migration."""

import re
from collections.abc import Iterator, Mapping

from contractcheck.model.finding import Json
from contractcheck.model.place import Place
from contractcheck.model.rule import rulebook
from contractcheck.policy.comments import Comment, comments
from contractcheck.policy.days import parse
from contractcheck.policy.waivers import FIELDS, Waiver

KEY = "x-contractcheck-ignore"
MARK = b"contractcheck:"

_COMMENT = re.compile(r"contractcheck:\s*ignore(-file)?\s*\[([^\]]*)\]:?\s*(.*)")
_ALMOST = re.compile(r"contractcheck:\s*ignore")
_DETAILS = re.compile(r"\s*\(((?:owner|expires|link):[^()]*)\)\s*$")
_DETAIL = re.compile(r"(?:^|,)\s*(owner|expires|link):\s*")
_END = 10**9  # a line after every other


def of_document(value: Json, place: Place) -> tuple[Waiver, ...]:
    """The waivers in the value of an `x-contractcheck-ignore`; `place` is the object that has it.

    It is a rule or a mapping with `rule`, `reason`, `owner`, `expires` and `link`, or a list of such.
    """
    items = value if isinstance(value, list) else [value]
    return tuple(_of_item(item, place) for item in items)


def of_migration(text: str, file: str) -> tuple[Waiver, ...]:
    """The waivers in the comments of a migration: Python if its name ends in `.py`, else SQL.

    `# contractcheck: ignore[RULE, RULE] reason (owner: NAME, expires: 2026-12-31, link: URL)` is for the statement it
    stands in or behind, or, on lines of its own, for the next one; `ignore-file[RULE]` is for the whole file. It may go
    on in the following lines, indented behind the sign of the comment, or within one comment of several lines.
    """
    return tuple(waiver for comment in comments(text, file) for waiver in _of_comment(comment, file))


def _of_item(item: Json, place: Place) -> Waiver:
    if isinstance(item, str):
        return _checked(item, place, {})
    if not isinstance(item, Mapping) or not isinstance(item.get("rule"), str):
        return Waiver("?", place, inline=True, flaw="it names no rule")
    told = {str(key): value for key, value in item.items() if key != "rule"}
    odd = sorted({*told} - {*FIELDS})
    if odd:
        return Waiver(str(item["rule"]), place, inline=True, flaw=f"{odd[0]!r} is no field of a waiver")
    if not all(isinstance(value, str) for value in told.values()):
        return Waiver(str(item["rule"]), place, inline=True, flaw="its fields are not all text")
    return _checked(str(item["rule"]), place, {key: str(value) for key, value in told.items()})


def _of_comment(comment: Comment, file: str) -> Iterator[Waiver]:
    found = _COMMENT.search(comment.text)
    place = Place(file, comment.line)
    if found is None:
        if _ALMOST.search(comment.text):
            yield Waiver("?", place, inline=True, flaw="it is not of the form ignore[RULE] reason")
        return
    reason = found[3].strip()
    told: dict[str, str] = {}
    details = _DETAILS.search(reason)
    if details:
        reason = reason[: details.start()].strip()
        parts = _DETAIL.split(details[1])[1:]
        told = {key: value.strip() for key, value in zip(parts[::2], parts[1::2], strict=True)}
    lines = (1, _END) if found[1] else comment.covers
    for name in found[2].split(","):
        yield _checked(name.strip(), place, {**told, "reason": reason}, lines)


def _checked(name: str, place: Place, told: Mapping[str, str], lines: tuple[int, int] | None = None) -> Waiver:
    expires = parse(told["expires"]) if "expires" in told else None
    flaw = ""
    if name not in rulebook():
        flaw = f"there is no rule {name!r}"
    elif "expires" in told and expires is None:
        flaw = f"{told['expires']!r} is no day such as 2026-12-31"
    texts = {key: told[key].strip() for key in ("owner", "reason", "link") if key in told}
    return Waiver(name, place, expires=expires, inline=True, lines=lines, flaw=flaw, **texts)
