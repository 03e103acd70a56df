"""Types and null: which kinds of values a schema allows at all."""

from collections.abc import Iterator

from contractcheck.model.finding import ProofKind
from contractcheck.schemas.edits.composition import grouped
from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question, first
from contractcheck.schemas.edits.values import ATOMS, NUMBERS
from contractcheck.schemas.edits.view import View

_SCALARS = frozenset({"boolean", "integer", "fraction"})
_TEXTUAL = ("enum", "const", "pattern", "format", "minLength", "maxLength")


def types(pair: Question) -> Iterator[Edit]:
    """Compare the types other than null. A type that only listed values had is the enum's to tell."""
    before, after = pair.old.types, pair.new.types
    if pair.old.groups or pair.new.groups:  # what their branches allow is told branch by branch
        before, after = pair.old.types_apart, pair.new.types_apart
    lost, gained = before - after, after - before
    if pair.textual:
        lost, gained = lost - _read_as_text(pair.new), gained - _read_as_text(pair.old)
        if before != after and not lost and not gained:
            pair.harmless += 1
    if pair.old.values and pair.new.values and (pair.shared or not spelled(pair)):
        lost, gained = lost - pair.old.values.keys(), gained - pair.new.values.keys()
    if _lists(pair, pair.new, pair.old):
        lost = frozenset()
    if _lists(pair, pair.old, pair.new):
        gained = frozenset()
    if lost or gained:
        effect = pair.either(narrows=bool(lost), widens=bool(gained))
        base, revision = _type(pair.old), _type(pair.new)
        yield pair.edit("type", effect, base, revision, before=spell(before), after=spell(after))


def nullability(pair: Question) -> Iterator[Edit]:
    """Compare whether null is allowed, however that is spelled."""
    if not pair.nulls:
        return
    groups = (*pair.old.groups, *pair.new.groups)
    apart = bool(groups) and not grouped(pair) and not any(group.null for group in groups)
    before, after = (pair.old.null_apart, pair.new.null_apart) if apart else (pair.old.null, pair.new.null)
    unsure = not apart and before == after and pair.old.doubt != pair.new.doubt
    if before == after and not unsure:
        return
    if pair.textual:
        pair.harmless += 1  # there is no null in a query: the parameter is left out instead
        return
    if unsure:  # one side may allow what the other does not: that counts if it may break
        effect = Effect.WIDENED if pair.old.doubt is before else Effect.NARROWED
        if pair.breaks(effect):
            yield pair.edit("nullability", effect, pair.old.nullness, pair.new.nullness, proof=ProofKind.UNPROVEN)
        return
    if _follows(pair, before=before):
        return
    effect = Effect.WIDENED if after else Effect.NARROWED
    yield pair.edit("nullability", effect, pair.old.nullness, pair.new.nullness)


def _follows(pair: Question, *, before: bool) -> bool:
    """Whether the type says it already: a schema without `type` allows null, one with a type mostly does not."""
    wide, narrow = (pair.old, pair.new) if before else (pair.new, pair.old)
    return wide.types == ATOMS and narrow.types != ATOMS


def spell(atoms: frozenset[str]) -> str:
    """The types in the words of JSON Schema: `integer or string`."""
    if atoms >= ATOMS:
        return "any type"
    names = set(atoms)
    if "fraction" in names:
        names = names - NUMBERS | {"number"}
    return " or ".join(sorted(names)) or ("null" if not names else "nothing")


def _read_as_text(view: View) -> frozenset[str]:
    """The types whose text a schema accepts as a string: every scalar, if nothing restricts the string."""
    if "string" not in view.types or "string" in view.values or view.groups or view.opaque:
        return frozenset()
    strings = frozenset({"string"})
    return frozenset() if any(first(view.keyword(name, strings)) for name in _TEXTUAL) else _SCALARS


def _lists(pair: Question, narrow: View, wide: View) -> bool:
    """Whether one side lists values, without a `type`, where the other lists none: the enum's to tell."""
    listed = pair.shared & narrow.values.keys() - wide.values.keys()
    return _type(narrow) is None and bool(listed) and narrow.types <= narrow.values.keys()


def spelled(pair: Question) -> bool:
    """Whether either side has a `type`."""
    return _type(pair.old) is not None or _type(pair.new) is not None


def _type(view: View) -> Node | None:
    return first(view.keyword("type", ATOMS))
