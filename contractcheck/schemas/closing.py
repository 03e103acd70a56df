"""A sender uses only what it declares: the values of a schema without undeclared members in any object at any depth.

A member counts as declared as for `unevaluatedProperties: false`; where a schema says `additionalProperties: true` or
gives a
schema for them, it is taken at its word. What stands below `not`, `if` or `contains` only tests and is left as it is.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING

from contractcheck.model.finding import Json
from contractcheck.schemas.automata import matches
from contractcheck.schemas.documents import Document
from contractcheck.schemas.nodes import FALSE, TRUE
from contractcheck.schemas.unevaluated import Case, Child, Evaluated, TooManyError
from contractcheck.schemas.values import ARRAY, OBJECT

if TYPE_CHECKING:
    from contractcheck.schemas.reading import Reader

_SCALARS = frozenset(("string", "integer", "number", "boolean", "null"))

Place = tuple[Json, str]  # a schema and its base


def key(document: Document, places: Iterable[Place]) -> Hashable:
    """The identity of the closing of a value that all these schemas are for."""
    return ("closed", id(document), frozenset((id(schema), base) for schema, base in places))


def closing(reader: "Reader", document: Document, places: tuple[Place, ...]) -> int:
    """No undeclared members, for a value that all these schemas are for; their own assertions left out."""
    try:
        cases = Evaluated(reader, document).all_cases(places)
    except TooManyError as error:
        return reader.nodes.opaque(ARRAY | OBJECT, key(document, places), f"declared members: {error}")
    return reader.nodes.disj(_case(reader, document, case) for case in dict.fromkeys(cases))


def _case(reader: "Reader", document: Document, case: Case) -> int:
    nodes = reader.nodes
    children = sorted(case.children, key=lambda child: (child.keyword, str(child.key)))

    def below(found: Iterable[Child]) -> int:
        places = tuple((child.schema, child.base) for child in found if _opens(child.schema))
        return reader.closed(document, places) if places else TRUE

    others = [child for child in children if child.keyword == "additionalProperties"]
    rest = [child for child in children if child.keyword == "items"]
    return nodes.conj(
        [
            case.condition,
            *(nodes.member(name, below(c for c in children if _names(c, name))) for name in sorted(case.names)),
            *(nodes.matching(p, below(c for c in children if c.key == p)) for p in sorted(case.patterns)),
            nodes.others(case.names, case.patterns, below(others) if case.members else FALSE),
            *(nodes.item(at, below(c for c in children if _is_at(c, at))) for at in range(case.prefix)),
            nodes.rest(case.prefix, below(rest)),
        ]
    )


def _names(child: Child, name: str) -> bool:
    if child.keyword == "patternProperties":
        return bool(matches(str(child.key), name))
    return child.keyword == "properties" and child.key == name


def _is_at(child: Child, index: int) -> bool:
    if child.keyword == "items":
        return int(child.key) <= index
    return child.keyword == "prefixItems" and child.key == index


def _opens(schema: Json) -> bool:
    """Whether a schema may let objects in: most do not, and need no closing."""
    if not isinstance(schema, Mapping):
        return schema is True
    return not (isinstance(schema.get("type"), str) and schema["type"] in _SCALARS)
