"""The aspects of a schema that are compared: every rule id of a schema edit derives from this list."""

from collections.abc import Callable, Iterator
from functools import cache

from msgspec import Struct

from contractcheck.model.finding import Direction
from contractcheck.schemas.edits import (
    arrays,
    composition,
    discriminators,
    enums,
    notes,
    objects,
    ranges,
    strings,
    types,
)
from contractcheck.schemas.edits.edit import Edit, Effect, Step
from contractcheck.schemas.edits.pair import Question

Find = Callable[[Question], Iterator[Edit | Step]]


_DIRECTIONS = tuple(str(direction) for direction in Direction)


class Aspect(Struct, frozen=True):
    """One thing a schema says. `find` yields its edits and the pairs below; `rules` are the ids these can have."""

    name: str
    find: Find
    rules: tuple[str, ...]


def name(direction: Direction, aspect: str, effect: Effect) -> str:
    """The id of the rule that an edit falls under: `request-enum-narrowed`."""
    return f"{direction}-{aspect}-{effect}"


def _rules(aspect: str, *effects: Effect) -> tuple[str, ...]:
    return tuple(f"{direction}-{aspect}-{effect}" for direction in _DIRECTIONS for effect in effects)


_BOUND = (Effect.NARROWED, Effect.WIDENED)
_UNDECIDED = (
    *_rules("schema", Effect.UNDECIDED),
    "request-schema-narrowed",  # undecided by the walk, shown to break by a prover
    "response-schema-widened",
)

ASPECTS: tuple[Aspect, ...] = (
    Aspect("type", types.types, _rules("type", *_BOUND)),
    Aspect("nullability", types.nullability, _rules("nullability", *_BOUND)),
    Aspect("enum", enums.enum, _rules("enum", *_BOUND)),
    Aspect("range", ranges.numbers, _rules("range", *_BOUND)),
    Aspect("multiple", ranges.multiple, (*_rules("multiple", *_BOUND), *_UNDECIDED)),
    Aspect("length", ranges.length, _rules("length", *_BOUND)),
    Aspect("pattern", strings.pattern, (*_rules("pattern", *_BOUND), *_UNDECIDED)),
    Aspect("format", strings.format_, (*_rules("format", *_BOUND, Effect.CHANGED), *_UNDECIDED)),
    Aspect("item-count", ranges.item_count, _rules("item-count", *_BOUND)),
    Aspect("unique-items", arrays.unique, _rules("unique-items", *_BOUND)),
    Aspect("items", arrays.items, ()),
    Aspect("property-count", ranges.property_count, _rules("property-count", *_BOUND)),
    Aspect(
        "property",
        objects.properties,
        (
            *_rules(
                "property",
                Effect.ADDED,
                Effect.REMOVED,
                Effect.FORBIDDEN,
                Effect.BECAME_REQUIRED,
                Effect.BECAME_OPTIONAL,
                Effect.DEPRECATED,
                Effect.CHANGED,
            ),
            "request-required-property-added",
            "response-required-property-removed",
            *_UNDECIDED,
        ),
    ),
    Aspect(
        "additional-properties",
        objects.additional,
        (*_rules("additional-properties", *_BOUND), "request-additional-properties-closed"),
    ),
    Aspect("branches", composition.branches, (*_rules("branches", *_BOUND), *_UNDECIDED)),
    Aspect("opaque", composition.opaque, _UNDECIDED),
    Aspect("default", notes.default, _rules("default", Effect.CHANGED)),
    Aspect("extensible-enum", notes.extensible, _rules("extensible-enum", Effect.ADDED, Effect.REMOVED)),
    Aspect(
        "discriminator",
        discriminators.discriminator,
        (*_rules("discriminator", Effect.CHANGED), *_rules("discriminator-value", Effect.ADDED, Effect.REMOVED)),
    ),
)


REFERENCE = _rules("reference", *_BOUND, Effect.CHANGED)
"""The rules about an exchanged `$ref`, which sum up all edits behind it."""


@cache
def rules() -> tuple[str, ...]:
    """The ids of all rules about schemas, sorted."""
    return tuple(sorted({*REFERENCE, *(rule for aspect in ASPECTS for rule in aspect.rules)}))
