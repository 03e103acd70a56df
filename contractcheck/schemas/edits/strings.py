"""Patterns and formats."""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import NUMBERS
from contractcheck.schemas.edits.view import View

_STRING = frozenset({"string"})
_EVERYTHING = frozenset({"", ".*", ".*?", "^", "$", "^.*", ".*$", "(.*)", "[\\s\\S]*", "^[\\s\\S]*$"})
"""Patterns that every string matches: they are not anchored on both sides, or match any character."""

WITHIN = {
    ("int32", "int64"), ("hostname", "idn-hostname"), ("email", "idn-email"), ("uri", "uri-reference"), ("uri", "iri"),
    ("uri", "iri-reference"), ("uri-reference", "iri-reference"), ("iri", "iri-reference"), ("url", "uri"),
    ("uri", "url"), ("url", "uri-reference"),
}  # fmt: skip
"""Which format is within which; a format is within itself and within none at all."""

CONSTRAINING = {
    "string": frozenset(
        {
            "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
            "uri", "url", "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer",
            "relative-json-pointer", "regex", "byte", "base64url",
        }
    ),
    "number": frozenset({"int32", "int64"}),
}  # fmt: skip
"""The formats that restrict values. All others (`password`, `binary`, a precision: `float`, `double`) are notes."""


def pattern(pair: Question) -> Iterator[Edit]:
    """Compare `pattern`. Whether one pattern allows what another does is not for the walk to say."""
    if "string" not in pair.shared:
        return
    before, after = _patterns(pair.old), _patterns(pair.new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if not gone and not come:
        return
    base = before[min(gone)] if gone else None
    revision = after[min(come)] if come else None
    if (gone and come) or (pair.breaks(Effect.NARROWED if come else Effect.WIDENED) and "string" in pair.sender.values):
        yield pair.undecided("pattern", base, revision)
        return
    effect = Effect.NARROWED if come else Effect.WIDENED
    yield pair.edit("pattern", effect, base, revision, pattern=" and ".join(sorted(gone | come)))


def _patterns(view: View) -> dict[str, Node]:
    nodes = view.keyword("pattern", _STRING)
    return {node.value: node for node in nodes if isinstance(node.value, str) and node.value not in _EVERYTHING}


def format_(pair: Question) -> Iterator[Edit]:
    """Compare `format` as a small lattice; formats that restrict nothing are notes."""
    for family, atoms in (("string", _STRING), ("number", NUMBERS)):
        if not pair.shared & atoms:
            continue
        before, after = _formats(pair.old, atoms), _formats(pair.new, atoms)
        if before.keys() == after.keys():
            continue
        base = next((node for name, node in before.items() if name not in after), None)
        revision = next((node for name, node in after.items() if name not in before), None)
        said = _say(before), _say(after)
        old, new = before.keys() & CONSTRAINING[family], after.keys() & CONSTRAINING[family]
        narrows = not all(any(within(b, a) for b in old) for a in new)
        widens = not all(any(within(a, b) for a in new) for b in old)
        finite = pair.sender.types & atoms <= pair.sender.values.keys()
        if not narrows and not widens:
            yield pair.edit("format", Effect.CHANGED, base, revision, before=said[0], after=said[1])
        elif finite:
            yield pair.undecided("format", base, revision)
        else:
            effect = pair.either(narrows=narrows, widens=widens)
            yield pair.edit("format", effect, base, revision, before=said[0], after=said[1])


def within(inner: str, outer: str) -> bool:
    """Whether every value of one format is one of the other."""
    return inner == outer or (inner, outer) in WITHIN


_CALLED = {"contentEncoding base64": "byte"}
"""Formats that OpenAPI 3.1 spells otherwise (OpenAPI 3.1.1, Migrating binary descriptions from OAS 3.0)."""


def _formats(view: View, atoms: frozenset[str]) -> dict[str, Node]:
    """The formats of a view, and the encodings that say how text carries bytes."""
    found = {node.value: node for node in view.keyword("format", atoms) if isinstance(node.value, str)}
    if atoms is _STRING:
        for keyword in ("contentEncoding", "contentMediaType"):
            found |= {
                _CALLED.get(name := f"{keyword} {node.value}", name): node for node in view.keyword(keyword, atoms)
            }
    return dict(sorted(found.items()))


def _say(formats: dict[str, Node]) -> str:
    return " and ".join(formats) or "none"
