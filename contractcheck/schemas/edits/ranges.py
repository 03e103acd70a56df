"""Bounds: of numbers, of lengths, of how many items or members; and `multipleOf`."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.values import NUMBERS
from contractcheck.schemas.edits.view import View


class Bound(NamedTuple):
    """A limit: its value, whether the value itself is out, and where it is written."""

    value: Fraction
    exclusive: bool
    node: Node

    def __str__(self) -> str:
        """Return the limit for a message."""
        number = number_text(self.value)
        return f"{number} (exclusive)" if self.exclusive else number


def numbers(pair: Question) -> Iterator[Edit]:
    """Compare `minimum`, `maximum` and the exclusive ones, in either spelling."""
    yield from _compare(pair, "range", NUMBERS, "minimum", "maximum", _number)


def length(pair: Question) -> Iterator[Edit]:
    """Compare `minLength` and `maxLength`."""
    yield from _compare(
        pair,
        "length",
        frozenset({"string"}),
        "minLength",
        "maxLength",
        lambda value: Fraction(len(value)) if isinstance(value, str) else None,
    )


def item_count(pair: Question) -> Iterator[Edit]:
    """Compare `minItems` and `maxItems`."""
    yield from _compare(
        pair,
        "item-count",
        frozenset({"array"}),
        "minItems",
        "maxItems",
        lambda value: Fraction(len(value)) if isinstance(value, list) else None,
    )


def property_count(pair: Question) -> Iterator[Edit]:
    """Compare `minProperties` and `maxProperties`."""
    yield from _compare(
        pair,
        "property-count",
        frozenset({"object"}),
        "minProperties",
        "maxProperties",
        lambda value: Fraction(len(value)) if isinstance(value, dict) else None,
    )


def multiple(pair: Question) -> Iterator[Edit]:
    """Compare `multipleOf`: the multiples of 4 are among those of 2."""
    if not pair.shared & NUMBERS:
        return
    before, after = _multiples(pair.old), _multiples(pair.new)
    if {value for value, _ in before} == {value for value, _ in after}:
        return
    narrows = not all(any((b / a).denominator == 1 for b, _ in before) for a, _ in after)
    widens = not all(any((a / b).denominator == 1 for a, _ in after) for b, _ in before)
    if not narrows and not widens:
        pair.harmless += 1
        return
    sure = not (narrows and len(before) > 1) and not (widens and len(after) > 1)
    base, revision = (before[0][1] if before else None), (after[0][1] if after else None)
    if not sure:
        yield pair.undecided("multipleOf", base, revision)
        return
    effect = pair.either(narrows=narrows, widens=widens)
    if (
        effect is Effect.NARROWED
        and pair.request
        and _finite_within(pair, NUMBERS, lambda n: _divides(after, n), _number)
    ):
        pair.harmless += 1
        return
    texts = [" and ".join(number_text(value) for value, _ in side) or "anything" for side in (before, after)]
    yield pair.edit("multiple", effect, base, revision, before=texts[0], after=texts[1])


def _divides(multiples: list[tuple[Fraction, Node]], number: Fraction) -> bool:
    return all((number / value).denominator == 1 for value, _ in multiples)


def _multiples(view: View) -> list[tuple[Fraction, Node]]:
    found = []
    for node in view.keyword("multipleOf", NUMBERS):
        value = _number(node.value)
        if value is not None and value > 0 and not (value.numerator == 1 and "fraction" not in view.types):
            found.append((value, node))
    return found


def _compare(
    pair: Question, aspect: str, atoms: frozenset[str], low: str, high: str, measure: Callable[[Any], Fraction | None]
) -> Iterator[Edit]:
    """Compare a lower and an upper bound; what both do in one direction is one edit."""
    if not pair.shared & atoms:
        return
    changes: dict[Effect, list[tuple[str, Bound | None, Bound | None]]] = {}
    for keyword, lower in ((low, True), (high, False)):
        before, after = (_bound(view, keyword, atoms, lower=lower) for view in (pair.old, pair.new))
        order = _order(before, after, lower=lower)
        if order == 0:
            continue
        effect = Effect.NARROWED if order > 0 else Effect.WIDENED
        tighter = after if order > 0 else before
        if pair.breaks(effect) and tighter and _finite_within(pair, atoms, _within(tighter, lower=lower), measure):
            pair.harmless += 1
            continue
        changes.setdefault(effect, []).append((keyword, before, after))
    for effect, found in changes.items():
        base = next((before.node for _, before, _ in found if before), None)
        revision = next((after.node for _, _, after in found if after), None)
        yield pair.edit(aspect, effect, base, revision, bounds=", ".join(_say(*change) for change in found))


def _say(keyword: str, before: Bound | None, after: Bound | None) -> str:
    if before is None:
        return f"{keyword} is {after}, there was none"
    return f"{keyword} was {before}, " + (f"is {after}" if after is not None else "is gone")


def _within(bound: Bound, *, lower: bool) -> Callable[[Fraction], bool]:
    def within(number: Fraction) -> bool:
        if number == bound.value:
            return not bound.exclusive
        return (number > bound.value) is lower

    return within


def _finite_within(
    pair: Question, atoms: frozenset[str], within: Callable[[Fraction], bool], measure: Callable[[Any], Fraction | None]
) -> bool:
    """Whether the sender can send only listed values of these types, and all of them keep within."""
    kinds = pair.sender.types & atoms
    if not kinds <= pair.sender.values.keys():
        return False
    measured = [measure(valued.value) for kind in kinds for valued in pair.sender.values[kind]]
    return all(number is not None and within(number) for number in measured)


def _order(before: Bound | None, after: Bound | None, *, lower: bool) -> int:
    """1 if the bound got tighter, -1 if looser, 0 if it stayed."""
    if before is None or after is None:
        return (before is None) - (after is None) if before is not after else 0
    old, new = (before.value, before.exclusive), (after.value, after.exclusive)
    if old == new:
        return 0
    if old[0] == new[0]:
        return 1 if new[1] else -1
    return 1 if (new[0] > old[0]) is lower else -1


def _bound(view: View, keyword: str, atoms: frozenset[str], *, lower: bool) -> Bound | None:
    """The tightest bound; bounds that restrict nothing (`minLength: 0`) are none."""
    found: Bound | None = None
    exclusive_keyword = "exclusive" + keyword[0].upper() + keyword[1:]
    for node in view.of(atoms):
        candidates = []
        plain = node.get(keyword)
        value = _number(plain.value) if plain is not None else None
        exclusive = node.get(exclusive_keyword) if atoms is NUMBERS else None
        if plain is not None and value is not None:
            strict = exclusive is not None and exclusive.value is True
            candidates.append(Bound(value, strict, plain))
        if exclusive is not None and (value := _number(exclusive.value)) is not None:
            candidates.append(Bound(value, True, exclusive))  # noqa: FBT003
        for candidate in candidates:
            bound = (
                _whole(candidate, lower=lower) if "fraction" not in view.types or atoms is not NUMBERS else candidate
            )
            if atoms is not NUMBERS and lower and bound.value <= 0:
                continue
            if found is None or _order(found, bound, lower=lower) > 0:
                found = bound
    return found


def _whole(bound: Bound, *, lower: bool) -> Bound:
    """The same bound for integers, inclusive: above 0 is from 1 on."""
    value = bound.value
    if lower:
        whole = (
            value.numerator // value.denominator + 1 if bound.exclusive else -(-value.numerator // value.denominator)
        )
    else:
        whole = (
            -(-value.numerator // value.denominator) - 1 if bound.exclusive else value.numerator // value.denominator
        )
    return Bound(Fraction(whole), False, bound.node)  # noqa: FBT003


def _number(value: Any) -> Fraction | None:  # noqa: ANN401 - a JSON value
    """A JSON number exactly as it was written: `0.1` is one tenth. None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return Fraction(repr(value)) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
    return Fraction(value)


def number_text(value: Fraction) -> str:
    """A number as JSON writes it."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
