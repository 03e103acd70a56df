"""Patterns and formats."""

from collections.abc import Iterator
from typing import Any

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import NUMBERS, canonical
from contractcheck.schemas.edits.view import KEYWORDS, View

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
            "relative-json-pointer", "regex", "byte", "base64url", "contentEncoding base16", "contentEncoding base32",
            "contentEncoding base32hex", "contentEncoding quoted-printable",
        }
    ),
    "number": frozenset({"int32", "int64"}),
}  # fmt: skip
"""The formats that restrict values. All others (`password`, `binary`, a precision: `float`, `double`) are notes."""


def _told(base: Node, revision: Node) -> bool:
    """Whether two schemas that are all at one place differ in texts for people alone."""
    plain = [_plain(node.value, names=False) for node in (base, revision)]
    texts = [canonical(each) for each in plain]
    return texts[0] == texts[1] and '"$ref"' not in texts[0]


def _plain(value: Any, *, names: bool) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, list):
        return [_plain(each, names=False) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: each for name, each in value.items() if names or name in KEYWORDS or name == "$ref"}
    return {
        name: each
        if name in {"enum", "const", "default"} and not names
        else _plain(each, names=name in _MAPS and not names)
        for name, each in kept.items()
    }


_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})


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
    if "string" in pair.shared:
        yield from _content(pair)


def _content(pair: Question) -> Iterator[Edit]:
    """Compare what is said to stand in a text: an annotation (JSON Schema 2020-12 Validation, §8.5), but a promise."""
    before, after = (list(view.keyword("contentSchema", _STRING)) for view in (pair.old, pair.new))
    if len(before) == len(after) and all(pair.same(*both) or _told(*both) for both in zip(before, after, strict=True)):
        return
    one, other = ("a contentSchema", "another") if before and after else ("a contentSchema", "none")
    said = (one, other) if before else (other, one)
    base, revision = next(iter(before), None), next(iter(after), None)
    yield pair.edit("format", Effect.CHANGED, base, revision, before=said[0], after=said[1])


def within(inner: str, outer: str) -> bool:
    """Whether every value of one format is one of the other."""
    return inner == outer or (inner, outer) in WITHIN


_CALLED = {"contentEncoding base64": "byte", "contentEncoding base64url": "base64url"}
"""Formats that OpenAPI 3.1 spells otherwise (OpenAPI 3.1.1, Migrating binary descriptions from OAS 3.0)."""


def encoded(keyword: str, value: object) -> str:
    """The name among formats of what `contentEncoding` or `contentMediaType` says; letter case means nothing there."""
    said = f"{keyword} {str(value).lower()}"
    return _CALLED.get(said, said)


def _formats(view: View, atoms: frozenset[str]) -> dict[str, Node]:
    """The formats of a view, and the encodings that say how text carries bytes."""
    found = {node.value: node for node in view.keyword("format", atoms) if isinstance(node.value, str)}
    if atoms is _STRING:
        for keyword in ("contentEncoding", "contentMediaType"):
            found |= {encoded(keyword, node.value): node for node in view.keyword(keyword, atoms)}
    return dict(sorted(found.items()))


def _say(formats: dict[str, Node]) -> str:
    return " and ".join(formats) or "none"
