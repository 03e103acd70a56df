"""Media types: their normal names, ranges and parameters, and which of two sides belong together."""

from collections.abc import Iterable, Mapping
from typing import Final

from contractcheck.model.finding import Direction
from contractcheck.openapi import changes
from contractcheck.openapi.document import Node


def named(content: Node | None) -> dict[str, Node]:
    """Media types by normal name: lower case, no blanks, parameters sorted."""
    return {normal(name): node for name, node in changes.named(content).items()}


def normal(name: str) -> str:
    """The media type in lower case, its parameters without blanks and sorted (RFC 9110 §8.3.1)."""
    essence, *parameters = (part.strip() for part in name.split(";"))
    return ";".join((essence.lower(), *sorted(_parameter(part) for part in parameters if part)))


def textual(name: str) -> bool:
    """Whether the values of that media type travel as text, so that a number may be read as a string."""
    return name.startswith("text/") or form(name) or xml(name)


def form(name: str) -> bool:
    """Whether it is made of named parts, which `encoding` describes."""
    return name.startswith(("multipart/", "application/x-www-form-urlencoded"))


def xml(name: str) -> bool:
    """Whether it is XML (RFC 7303)."""
    essence = name.partition(";")[0]
    return essence in {"application/xml", "text/xml"} or essence.endswith("+xml")


def structured(name: str) -> bool:
    """Whether a schema describes what stands in it, rather than bytes: JSON, text, forms, sequences of JSON."""
    essence = name.partition(";")[0]
    return (
        textual(name)
        or "*" in essence
        or essence.endswith(("json", "yaml", "+cbor", "/cbor", "jsonl", "ndjson", "json-seq", "csv"))
    )


def covers(wide: str, name: str) -> bool:
    """Whether one media type takes another: a range (`*/*`, `text/*`, `image/*`), or one without parameters."""
    if wide == name:
        return False
    (essence, *asked), (other, *given) = (_bare(each).split(";") for each in (wide, name))
    if not set(asked) <= set(given) or not decodes(wide, name):
        return False
    if "*" not in essence or "*" in other:
        return essence in {other, "*/*"} or (essence.endswith("/*") and other.startswith(essence[:-1]))
    front, _, back = essence.partition("*")
    return essence == "*/*" or (
        len(other) >= len(front) + len(back) and other.startswith(front) and other.endswith(back)
    )


def match(
    old: Mapping[str, Node], new: Mapping[str, Node], direction: Direction
) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Pair media types: by name, then where only a charset differs that says nothing new, then by ranges."""
    paired = [(name, name) for name in old if name in new]
    removed, added = [name for name in old if name not in new], [name for name in new if name not in old]
    by_essence: dict[str, list[str]] = {}
    for right in added:
        by_essence.setdefault(_bare(right), []).append(right)
    for left in list(removed):
        found = by_essence.get(_bare(left), [])
        twin = next((each for each in found if decodes(left, each) and decodes(each, left)), None)
        if twin is not None:
            found.remove(twin)
            paired.append((left, twin))
            removed.remove(left)
            added.remove(twin)
    # What a range of the other side covers is neither gone nor new, but may hold something else.
    wide = _Wide(new)
    for left in list(removed):
        taker = wide.taker(left)
        if taker is not None:
            paired.append((left, taker))
            removed.remove(left)
    wide = _Wide(old)
    for right in list(added):
        taker = wide.taker(right)
        if taker is not None:
            paired.append((taker, right))
            added.remove(right)
            if taker in removed and direction is Direction.RESPONSE:
                removed.remove(taker)
    return paired, removed, added


class _Wide:
    """Media types by what they may take: ranges, and those of one essence."""

    def __init__(self, names: Iterable[str]) -> None:
        ordered = sorted(names, key=lambda name: (name.count("*"), -name.count(";"), -len(name), name))
        self._ranges = [name for name in ordered if "*" in name]
        self._named: dict[str, list[str]] = {}
        for name in ordered:
            self._named.setdefault(name.partition(";")[0], []).append(name)

    def taker(self, name: str) -> str | None:
        """The most particular media type that takes another; None if there is none."""
        candidates = (*self._named.get(name.partition(";")[0], ()), *self._ranges)
        return next((wide for wide in candidates if covers(wide, name)), None)


def _parameter(part: str) -> str:
    name, value = (each.strip() for each in part.partition("=")[::2])
    value = value.strip(chr(34))
    return (
        f"charset={_ALIASES.get(value.lower(), value.lower())}"
        if name.lower() == "charset"
        else f"{name.lower()}={value}"
    )


_ALIASES: Final = {"utf8": "utf-8", "latin1": "iso-8859-1", "ascii": "us-ascii"}


def _bare(name: str) -> str:
    """The media type without its charset."""
    return ";".join(part for part in name.split(";") if not part.startswith("charset="))


def decodes(wide: str, name: str) -> bool:
    """Whether who reads the one media type reads the charset of the other: any, if it asks for none.

    UTF-8 is what everybody means who names none; for JSON a charset has no meaning (RFC 8259 §11).
    """
    asked, given = (
        next((part for part in each.split(";") if part.startswith("charset=")), None) for each in (wide, name)
    )
    if asked is None or asked == given or _bare(name).partition(";")[0].endswith(("/json", "+json")):
        return True
    return asked == _UTF8 and given is None


_UTF8: Final = "charset=utf-8"
