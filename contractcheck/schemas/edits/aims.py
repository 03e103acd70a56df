"""What of a receiver an edit is about: the keywords alone, so that a witness against them is one of that edit."""

from collections.abc import Mapping
from typing import Any, Final

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.view import View

_MEMBERS: Final = ("properties", "patternProperties", "additionalProperties")
_KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type", "nullable"),
    "enum": ("enum", "const"),
    "range": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "multiple": ("multipleOf",),
    "length": ("minLength", "maxLength"),
    "pattern": ("pattern",),
    "format": ("format", "type"),
    "item-count": ("minItems", "maxItems"),
    "unique-items": ("uniqueItems",),
    "property-count": ("minProperties", "maxProperties"),
    "additional-properties": _MEMBERS,
}
_TOGETHER: Final = (
    ("if", "then", "else"),
    ("contains", "minContains", "maxContains"),
    ("anyOf",),
    ("oneOf",),
    (*_MEMBERS, "propertyNames"),
)
_APART: Final = frozenset({"not", "if", "contains", "pattern", "dependentRequired", "dependentSchemas"})


def aim(edit: Edit, receiver: View) -> tuple[Node, Mapping[str, Any]] | None:
    """The part of what the receiver says that an edit is about, and where it stands; None if it cannot be told."""
    if edit.aspect == "nullability" and receiver.nullness is not None:
        return receiver.nullness, {"not": {"enum": [None]}}
    if edit.effect is not Effect.FORBIDDEN and edit.aspect in {"property", "required-property"}:
        node = next((fragment.node for fragment in receiver.fragments), None)
        return (node, {"required": [edit.member]}) if node is not None else None
    keywords = _KEYWORDS.get(edit.aspect) or _keywords(edit)
    if edit.effect is Effect.FORBIDDEN:
        keywords = _MEMBERS
    found = [(node, _part(node.value, keywords)) for node, _ in receiver.fragments]
    parts = [(node, part) for node, part in found if part]
    if not parts and separate(edit) and found:
        return found[0][0], {}
    if len(parts) != 1:
        return None
    return parts[0]


def separate(edit: Edit) -> bool:
    """Whether an undecided edit is of keywords that speak for themselves, so that they can be judged apart."""
    return edit.effect is Effect.UNDECIDED and _keywords(edit)[0] in _APART


def _keywords(edit: Edit) -> tuple[str, ...]:
    told = str(edit.details.get("keyword", "")).split(" ", 1)[0]
    return next((group for group in _TOGETHER if told in group), (told,))


def _part(schema: Any, keywords: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - a schema object
    part = {keyword: schema[keyword] for keyword in keywords if keyword in schema}
    if keywords[:3] == _MEMBERS and isinstance(part.get("properties"), dict):
        if "additionalProperties" not in part:
            return {}
        part["properties"] = {name: {} for name in part["properties"]}
    return {} if part.keys() <= {"type", "nullable"} and "type" not in keywords[:1] else part
