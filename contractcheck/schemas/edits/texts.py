"""Values that travel as text, in paths, queries, headers and forms: what a schema of a single value reads from it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from contractcheck.model.finding import Json, ProofKind
from contractcheck.schemas.edits.edit import Edit, Effect, Node, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.types import spell
from contractcheck.schemas.edits.values import ATOMS, canonical
from contractcheck.schemas.edits.view import View

SCALARS: Final = frozenset({"boolean", "integer", "fraction", "string"})
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt].*)?")
_FORMS: Final = {"uuid": _UUID, "date": _DATE, "date-time": _DATE}
_WRITTEN: Final = {
    "integer": "^(0|-?[1-9][0-9]*)$",
    "fraction": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$",
}
_READ: Final = {"integer": "^-?[0-9]+$", "fraction": r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"}
_NOTED: Final = frozenset({"title", "description", "default", "example", "examples", "deprecated", "nullable", "xml"})
_LIMITS: Final = ("pattern", "minLength", "maxLength")
_DISSOLVED: Final = frozenset({"allOf", "anyOf", "oneOf", "$ref"})
"""What a view without groups has gone into: the schemas below are fragments of their own."""
_ELSEWHERE: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}
    | {"properties", "required", "additionalProperties", "minProperties", "maxProperties"}
)
"""Keywords that restrict no string."""
_TEXTUAL: Final = _NOTED | _DISSOLVED | _ELSEWHERE | {"type", *_LIMITS}
_NUMERIC: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format", "allOf"}
)
_STEPS: Final = 3_000
"""The work that the containment of two languages may cost: some hundredths of a second."""
_SAMPLES: Final = (
    *("abc", "a", "A", "x-1", "a b", "0", "1", "-1", "10", "7", "100", "1.5", "-0.5", "1000000000000", "true", "false"),
    *("2024-01-31", "2024-01-31T12:00:00Z", "123e4567-e89b-12d3-a456-426614174000", "a@example.com", ""),
)


class Judgement(NamedTuple):
    """Whether every text of the sender is read by the receiver: None where it cannot be told; a text that is not."""

    contained: bool | None
    text: str | None = None


def single(view: View) -> bool:
    """Whether a schema is of single values, or of any type at all, and says nothing that is not understood here."""
    types = view.types <= SCALARS or view.types == ATOMS
    return bool(view.types) and types and not view.groups and not view.opaque


def differ(old: View, new: View) -> bool:
    """Whether two schemas of single values are of types that only their texts can be compared by."""
    if not (single(old) and single(new)) or old.types == new.types:
        return False
    return ("string" in old.types) != ("string" in new.types) or ATOMS in {old.types, new.types}


def judge(sender: View, receiver: View) -> Judgement:
    """Whether the receiver reads every text that the sender may write. Both must be `single`."""
    finite = _finite(sender)
    texts = finite if finite is not None else _samples(sender, receiver)
    sure = True
    for text in texts:
        accepted = accepts(receiver, text)
        if accepted is False:
            return Judgement(contained=False, text=text)
        sure = sure and accepted is True
    if finite is not None and sure:
        return Judgement(contained=True)
    certain = _everything(receiver) or _within(sender, receiver)
    return Judgement(contained=True) if certain else _proved(sender, receiver)


def _within(sender: View, receiver: View) -> bool:
    """Whether the receiver reads every type of the sender, each as restricted as there."""
    return sender.types <= receiver.types and all(
        _restricted(sender, kind) == _restricted(receiver, kind) for kind in sender.types
    )


def _restricted(view: View, kind: str) -> list[str]:
    idle = _NOTED | _DISSOLVED | {"type"}
    found = [
        canonical({word: each for word, each in node.value.items() if word not in idle})
        for node in view.of(frozenset({kind}))
        if isinstance(node.value, dict)
    ]
    return sorted(text for text in found if text != "{}")


def edits(pair: Question, *, member: bool) -> Iterator[Edit | Step] | None:
    """The edits of two schemas that only their texts can be compared by; None for others.

    A `member` of a form that becomes a list is one: a single value is a list of one.
    """
    if single(pair.old) and single(pair.new) and pair.old.types != pair.new.types:
        return _written_edits(pair)
    items = _folded(pair) if member else None
    return _listed(pair, items) if items is not None else None


def _written_edits(pair: Question) -> Iterator[Edit]:
    sender, receiver = (pair.old, pair.new) if pair.request else (pair.new, pair.old)
    judged = judge(sender, receiver)
    if judged.contained and judge(receiver, sender).contained:
        pair.harmless += 1
        return
    yield from _type(pair, judged)


def _type(pair: Question, judged: Judgement) -> Iterator[Edit]:
    narrows = pair.request is not judged.contained
    proof = ProofKind.WITNESS if judged.text is not None else ProofKind.UNPROVEN
    yield Edit(
        aspect="type",
        effect=Effect.NARROWED if narrows else Effect.WIDENED,
        base=_typed(pair.old) or pair.where(old=True),
        revision=_typed(pair.new) or pair.where(old=False),
        details={"before": spell(pair.old.types), "after": spell(pair.new.types)},
        proof=ProofKind.STRUCTURAL if judged.contained else proof,
        witness=judged.text,
    )


def _typed(view: View) -> Node | None:
    return next(iter(view.keyword("type", ATOMS)), None)


def _proved(sender: View, receiver: View) -> Judgement:
    """What the containment of the two languages of texts says."""
    texts = _language(sender, _WRITTEN, sure=False), _language(receiver, _READ, sure=True)
    if None in texts:
        return Judgement(None)
    contained, text = _contained(json.dumps(texts[0]), json.dumps(texts[1]))
    if contained or (text is not None and accepts(sender, text) and accepts(receiver, text) is False):
        return Judgement(contained, text)
    return Judgement(None)


@lru_cache(maxsize=1_000)
def _contained(sender: str, receiver: str) -> tuple[bool | None, str | None]:
    from contractcheck.schemas.containment import Universe, Verdict
    from contractcheck.schemas.dialects import Dialect
    from contractcheck.schemas.documents import alone

    sides = [alone(json.loads(each), Dialect.DRAFT2020_12, formats=True) for each in (sender, receiver)]
    found = Universe().contains(*sides, budget=_STEPS)
    if found.verdict is Verdict.BROKEN and isinstance(found.witness, str):
        return False, found.witness
    return (True if found.verdict is Verdict.CONTAINED else None), None


def _language(view: View, numbers: Mapping[str, str], *, sure: bool) -> Json:
    """The texts of a schema as a schema of texts; None where it is none. It may have more texts unless it is `sure`."""
    branches: list[Json] = []
    for kind in sorted(view.types & SCALARS):
        said = [node.value for node in view.of(frozenset({kind})) if isinstance(node.value, dict)]
        if kind in view.values:
            branches.append({"enum": [_written(valued.value) for valued in view.values[kind]]})
        elif kind == "boolean":
            branches.append({"enum": ["true", "false"]})
        elif kind == "string":
            if sure and not all({word for word in each if not word.startswith("x-")} <= _TEXTUAL for each in said):
                return None
            kept = [{word: each[word] for word in _LIMITS if word in each} for each in said]
            branches.append({"type": "string", "allOf": [{}, *kept]})
        elif sure and any(_NUMERIC & each.keys() for each in said):
            return None
        else:
            branches.append({"type": "string", "pattern": numbers[kind]})
    return {"anyOf": branches}


def _folded(pair: Question) -> Node | None:
    """The items of the list that the receiver reads where the sender writes a single value."""
    sender, receiver = (pair.old, pair.new) if pair.request else (pair.new, pair.old)
    if receiver.types != frozenset({"array"}) or receiver.groups or receiver.opaque or not single(sender):
        return None
    items = list(receiver.keyword("items", receiver.types))
    fewest = max((_int(node.value, 0) for node in receiver.keyword("minItems", receiver.types)), default=0)
    most = min((_int(node.value, 1) for node in receiver.keyword("maxItems", receiver.types)), default=1)
    plain = len(items) == 1 and not isinstance(items[0].value, list) and fewest <= 1 <= most
    return items[0] if plain and sender.types != ATOMS else None


def _listed(pair: Question, items: Node) -> Iterator[Edit | Step]:
    yield from _type(pair, Judgement(contained=True))
    yield Step(pair.base, (items,), defaults=False) if pair.request else Step((items,), pair.revision, defaults=False)


def accepts(view: View, text: str) -> bool | None:
    """Whether a schema reads a text as one of its values; None where it cannot be told."""
    if not single(view):
        return None if view.types else False
    answers = [_read(view, kind, text) for kind in sorted(view.types & SCALARS)]
    return True if True in answers else None if None in answers else False


def _read(view: View, kind: str, text: str) -> bool | None:
    if kind in view.values:
        return any(_written(valued.value) == text for valued in view.values[kind])
    match kind:
        case "string":
            return _string(view, text)
        case "boolean":
            return text in {"true", "false"}
        case _:
            form = _INTEGER if kind == "integer" else _NUMBER
            return _number(view, kind, text) if form.fullmatch(text) and len(text) < 100 else False


def _string(view: View, text: str) -> bool | None:
    from contractcheck.schemas.automata import matches
    from contractcheck.schemas.formats import conforms

    unsure = False
    for fragment in view.of(frozenset({"string"})):
        said = fragment.value
        if len(text) < _int(said.get("minLength"), 0) or len(text) > _int(said.get("maxLength"), len(text)):
            return False
        pattern, named = said.get("pattern"), said.get("format")
        if isinstance(pattern, str):
            found = matches(pattern, text)
            if found is False:
                return False
            unsure = unsure or found is None
        if isinstance(named, str) and named in _FORMS and not _FORMS[named].fullmatch(text):
            return False
        if isinstance(named, str):
            found = conforms(named, text)
            if found is False:
                return False
            unsure = unsure or (found is None and named not in {"password", "binary"})
        unsure = unsure or any(word in said for word in ("contentEncoding", "contentMediaType", "contentSchema"))
    return None if unsure else True


def _number(view: View, kind: str, text: str) -> bool | None:
    value = _exact(text)
    if value is None:
        return None
    for fragment in view.of(frozenset({kind})):
        said = fragment.value
        low, high = _exact(said.get("minimum")), _exact(said.get("maximum"))
        under, over = said.get("exclusiveMinimum"), said.get("exclusiveMaximum")
        if low is not None and (value < low or (value == low and under is True)):
            return False
        if high is not None and (value > high or (value == high and over is True)):
            return False
        bounds = _exact(under), _exact(over)
        if (bounds[0] is not None and value <= bounds[0]) or (bounds[1] is not None and value >= bounds[1]):
            return False
        step = _exact(said.get("multipleOf"))
        if step and (value / step).denominator != 1:
            return False
    return True


def _finite(view: View) -> list[str] | None:
    """All texts of a schema; None if there is no end of them."""
    found: list[str] = []
    for kind in sorted(view.types & SCALARS):
        if kind in view.values:
            found += [_written(valued.value) for valued in view.values[kind]]
        elif kind == "boolean":
            found += ["true", "false"]
        else:
            return None
    return found


def _samples(sender: View, receiver: View) -> Iterator[str]:
    """Texts that the sender surely writes, the telling ones first."""
    candidates: list[str] = [_SAMPLES[0]]
    candidates += [_written(valued.value) for listed in sender.values.values() for valued in listed]
    for view in (receiver, sender):
        for fragment in view.fragments:
            candidates += _near(fragment.node.value)
    for text in dict.fromkeys((*candidates, *_SAMPLES)):
        if accepts(sender, text):
            yield text


def _near(schema: Any) -> Iterable[str]:  # noqa: ANN401 - a schema object
    """Texts at the limits that a schema sets."""
    if not isinstance(schema, dict):
        return
    for word in ("minLength", "maxLength"):
        length = schema.get(word)
        if isinstance(length, int) and not isinstance(length, bool) and 0 <= length <= 1_000:
            yield from ("a" * length, "1" * max(length, 1), "a" * max(length - 1, 0), "1" * (length + 1))
    for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        bound = _exact(schema.get(word))
        if bound is not None and bound.denominator == 1:
            yield from (str(bound), str(bound - 1), str(bound + 1))
    for word in ("example", "default"):
        if isinstance(schema.get(word), str | int | float):
            yield _written(schema[word])


def _everything(view: View) -> bool:
    """Whether a schema reads every text: a string that nothing restricts."""
    if "string" not in view.types or "string" in view.values:
        return False
    return all(
        {"type", *_NOTED, *_DISSOLVED, *_ELSEWHERE}.issuperset(name for name in node.value if not name.startswith("x-"))
        for node in view.of(frozenset({"string"}))
        if isinstance(node.value, dict)
    )


def _written(value: Any) -> str:  # noqa: ANN401 - a JSON value
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _exact(value: Any) -> Fraction | None:  # noqa: ANN401 - a JSON value
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
        return Fraction(number) if number.is_finite() and abs(number.adjusted()) < 400 else None
    except (InvalidOperation, ValueError):
        return None


def _int(value: Any, otherwise: int) -> int:  # noqa: ANN401 - a JSON value
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
