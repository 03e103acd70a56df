"""Laws: two spellings of the same set of values are proved equal, whatever schemas they are made of."""

from itertools import product
from random import Random

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.containment_keywords import document, pair, subschemas
from benchmarks.schema_generator import api_schema
from contractcheck.schemas.containment import Universe
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import Source, alone
from tests.schemas.asking import said, same

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
NAMES = ("a", "b", "ab")
CONSTANTS = (None, True, 0, 1.5, "a", "", [], [1, "a"], {}, {"a": 1, "b": {"a": []}})


class Draw:
    """Schemas without references, names and numbers."""

    def __init__(self, seed):
        self.rng = Random(seed)  # noqa: S311 - repeatable
        self.some = self.rng.choice

    def schema(self):
        while True:
            made = api_schema(self.rng) if self.rng.random() < 0.4 else document(self.rng, Dialect.DRAFT2020_12)
            if "$ref" not in repr(made) and "$dynamicRef" not in repr(made):
                return {k: v for k, v in made.items() if k != "$defs"} if isinstance(made, dict) else made

    def names(self):
        return self.rng.sample(NAMES, self.rng.randint(1, 3))

    def number(self):
        return self.some((-1, 0, 1, 2, 3))

    def members(self):
        return {name: self.schema() for name in self.names()}


def type_lists(draw):
    kinds = draw.rng.sample(TYPES, draw.rng.randint(1, 4))
    return {"type": kinds}, {"anyOf": [{"type": kind} for kind in kinds]}


def kinds_apart(draw):
    kinds = draw.rng.sample([kind for kind in TYPES if kind != "integer"], 3)
    branches = [{"type": kind, "allOf": [draw.schema()]} for kind in kinds]
    return {"oneOf": branches}, {"anyOf": branches}


def exact_integers(draw):
    inner = draw.schema()
    return {"type": "integer", "allOf": [inner]}, {"allOf": [inner], "type": "number", "multipleOf": 1}


def integer_bounds(draw):
    low, high = draw.number(), draw.number()
    return (
        {"type": "integer", "exclusiveMinimum": low, "exclusiveMaximum": high},
        {"type": "integer", "minimum": low + draw.some((1, 0.5)), "maximum": high - draw.some((1, 0.5))},
    )


def multiples(draw):
    one, other = draw.some((2, 3, 0.5)), draw.some((2, 3, 5, 0.1))
    both = {(2, 2): 2, (2, 3): 6, (2, 5): 10, (2, 0.1): 2, (3, 2): 6, (3, 3): 3, (3, 5): 15, (3, 0.1): 3}
    both |= {(0.5, 2): 2, (0.5, 3): 3, (0.5, 5): 5, (0.5, 0.1): 0.5}
    return {"allOf": [{"multipleOf": one}, {"multipleOf": other}]}, {"multipleOf": both[one, other]}


def conditions(draw):
    a, b, c = draw.schema(), draw.schema(), draw.schema()
    return {"if": a, "then": b, "else": c}, {"allOf": [{"anyOf": [{"not": a}, b]}, {"anyOf": [a, c]}]}


def merged_members(draw):
    one, other = draw.members(), draw.members()
    names = {*one, *other}
    merged = {name: {"allOf": [part[name] for part in (one, other) if name in part]} for name in names}
    return {"allOf": [{"properties": one}, {"properties": other}]}, {"properties": merged}


def merged_required(draw):
    one, other = draw.names(), draw.names()
    return {"required": one, "allOf": [{"required": other}]}, {"required": sorted({*one, *other})}


def dependent_required(draw):
    name, needs = draw.some(NAMES), draw.names()
    test = {"type": "object", "required": [name]}
    return {"dependentRequired": {name: needs}}, {"if": test, "then": {"required": needs}}


def dependent_schemas(draw):
    name, inner = draw.some(NAMES), draw.schema()
    return {"dependentSchemas": {name: inner}}, {"anyOf": [{"not": {"type": "object", "required": [name]}}, inner]}


def lengths(draw):
    low, high = draw.rng.randint(0, 3), draw.rng.randint(3, 5)
    return {"minLength": low, "maxLength": high}, {"pattern": f"^[\\s\\S]{{{low},{high}}}$"}


def absent_members(draw):
    name = draw.some(NAMES)
    return {"type": "object", "not": {"required": [name]}}, {"type": "object", "properties": {name: False}}


def impossible_members(draw):
    name = draw.some(NAMES)
    return {"type": "object", "required": [name], "properties": {name: False}, "allOf": [draw.schema()]}, False


def no_contains(draw):
    inner = draw.schema()
    return {"contains": inner, "minContains": 0, "allOf": [inner]}, inner


def all_items(draw):
    inner = draw.schema()
    return {"type": "array", "items": inner}, {
        "type": "array",
        "contains": {"not": inner},
        "minContains": 0,
        "maxContains": 0,
    }


def counted_items(draw):
    low, high = draw.rng.randint(0, 2), draw.rng.randint(2, 3)
    return {"contains": True, "minContains": low, "maxContains": high}, {"minItems": low, "maxItems": high}


def first_items(draw):
    one, rest = draw.schema(), draw.schema()
    return {"prefixItems": [one], "items": rest}, {"prefixItems": [one, rest], "items": rest}


def constants(draw):
    value = draw.some(CONSTANTS)
    return {"const": value}, spelled(value)


def spelled(value):
    """A constant said with the keywords of its type."""
    if isinstance(value, list):
        positions = {"prefixItems": [spelled(item) for item in value]} if value else {}
        return {"type": "array", **positions, "items": False, "minItems": len(value)}
    if isinstance(value, dict):
        members = {name: spelled(member) for name, member in value.items()}
        return {"type": "object", "properties": members, "required": [*value], "additionalProperties": False}
    if isinstance(value, str):
        return {"type": "string", "pattern": f"^{value}$"}
    return (
        {"enum": [value]} if value is None or value is True else {"type": "number", "minimum": value, "maximum": value}
    )


def listed_values(draw):
    values = draw.rng.sample(CONSTANTS, 3)
    return {"enum": values}, {"oneOf": [{"const": value} for value in reversed(values)]}


def member_patterns(draw):
    members = draw.members()
    return {"properties": members}, {"patternProperties": {f"^{name}$": part for name, part in members.items()}}


def closed_members(draw):
    members = draw.members()
    word = draw.some(("additionalProperties", "unevaluatedProperties"))
    return {"properties": members, word: False}, {"properties": members, "propertyNames": {"enum": [*members]}}


def open_members(draw):
    members, inner = draw.members(), draw.schema()
    return (
        {"properties": members, "additionalProperties": inner},
        {
            "properties": {name: {"allOf": [part]} for name, part in members.items()},
            "patternProperties": {f"^(?!({'|'.join(members)})$)": inner},
        },
    )


def member_counts(draw):
    most = draw.rng.randint(0, 2)
    return {"type": "object", "maxProperties": most}, {"type": "object", "not": {"minProperties": most + 1}}


def names_or_none(draw):
    inner = {"type": ["integer", "array"], "allOf": [draw.schema()]}
    return {"type": "object", "propertyNames": inner}, {"const": {}}


def distribution(draw):
    a, b, c = draw.schema(), draw.schema(), draw.schema()
    return {"allOf": [a, {"anyOf": [b, c]}]}, {"anyOf": [{"allOf": [a, b]}, {"allOf": [a, c]}]}


def absorption(draw):
    a, b = draw.schema(), draw.schema()
    return {"anyOf": [a, {"allOf": [b, a]}]}, {"allOf": [a, {"anyOf": [a, b]}]}


def exactly_one(draw):
    a, b = draw.schema(), draw.schema()
    return {"oneOf": [a, b]}, {"anyOf": [{"allOf": [a, {"not": b}]}, {"allOf": [{"not": a}, b]}]}


def nothing(draw):
    return {"anyOf": [{"not": {}}, {"type": [], "allOf": [draw.schema()]}, {"enum": []}]}, False


def hoisted(draw):
    """Every sub-schema behind a reference of its own."""
    inner = draw.schema()
    if not isinstance(inner, dict):
        return inner, {"$ref": "#/$defs/x", "$defs": {"x": inner}}
    moved, definitions = {}, {}
    for word, value in inner.items():
        if word in ("not", "if", "then", "else", "contains", "propertyNames", "additionalProperties"):
            definitions[word] = value
            moved[word] = {"$ref": f"#/$defs/{word}"}
        elif word in ("allOf", "anyOf", "oneOf", "prefixItems"):
            definitions[word] = {"x": value}
            moved[word] = [{"$ref": f"#/$defs/{word}/x/{at}"} for at in range(len(value))]
        elif word == "properties":
            definitions[word] = value
            moved[word] = {name: {"$ref": f"#/$defs/{word}/{name}"} for name in value}
        else:
            moved[word] = value
    return inner, {**moved, "$defs": definitions}


def numbers_with_a_point(draw):
    def pointed(value):
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return float(value)
        if isinstance(value, dict):
            return {name: pointed(member) for name, member in value.items()}
        return [pointed(item) for item in value] if isinstance(value, list) else value

    inner = draw.schema()
    return inner, pointed(inner)


LAWS = (
    type_lists,
    kinds_apart,
    exact_integers,
    integer_bounds,
    multiples,
    conditions,
    merged_members,
    merged_required,
    dependent_required,
    dependent_schemas,
    lengths,
    absent_members,
    impossible_members,
    no_contains,
    all_items,
    counted_items,
    first_items,
    constants,
    listed_values,
    member_patterns,
    closed_members,
    open_members,
    member_counts,
    names_or_none,
    distribution,
    absorption,
    exactly_one,
    nothing,
    hoisted,
    numbers_with_a_point,
)


@pytest.mark.parametrize("law", LAWS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_two_spellings_are_the_same(law, seed):
    one, other = law(Draw(seed))
    assert said(one, other) == ("contained",), (one, other)
    assert said(other, one) == ("contained",), (one, other)


ITEM = {
    "type": ["null", "boolean", "integer", "string"],
    "minimum": 0,
    "maximum": 1,
    "maxLength": 1,
    "pattern": "^[ab]*$",
}
SMALL = {
    **ITEM,
    "type": ["null", "boolean", "integer", "string", "array", "object"],
    "minimum": -1,
    "maximum": 2,
    "maxItems": 2,
    "items": ITEM,
    "maxProperties": 2,
    "propertyNames": {"pattern": "^[ab]$"},
    "additionalProperties": ITEM,
}
ITEMS = (None, True, False, 0, 1, "", "a", "b")
VALUES = (
    *(None, True, False, -1, 0, 1, 2, "", "a", "b", [], {}),
    *([item] for item in ITEMS),
    *(list(items) for items in product(ITEMS, repeat=2)),
    *({name: item} for name in "ab" for item in ITEMS),
    *({"a": one, "b": other} for one, other in product(ITEMS, repeat=2)),
)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_trying_every_value_says(seed):
    """Of finitely many values, the verdict is exactly what trying them all gives."""
    base, revision = pair(Random(seed), Dialect.DRAFT2020_12)  # noqa: S311 - repeatable
    narrow = jsonschema_rs.Draft202012Validator({"allOf": [SMALL]}), jsonschema_rs.Draft202012Validator(base)
    wide = jsonschema_rs.Draft202012Validator(revision)
    assert all(narrow[0].is_valid(value) for value in VALUES)
    lost = [value for value in VALUES if narrow[1].is_valid(value) and not wide.is_valid(value)]
    whole = alone(base, Dialect.DRAFT2020_12)
    small = Source({"allOf": [SMALL, base]}, whole.document, whole.base)
    found = Universe().contains(small, alone(revision, Dialect.DRAFT2020_12))
    assert found.verdict == ("broken" if lost else "contained"), (base, revision, found.why)


def test_every_keyword_is_drawn():
    seen = {}
    for seed in range(600):
        for spoken in Dialect:
            made = document(Random(f"{spoken}/{seed}"), spoken)  # noqa: S311 - repeatable
            seen.setdefault(spoken, set()).update(
                word for part in subschemas(made) if isinstance(part, dict) for word in part
            )
    from contractcheck.schemas.dialects import KEYWORDS

    for spoken, words in KEYWORDS.items():
        assert words <= seen[spoken], (spoken, words - seen[spoken])


def test_same_is_not_said_too_easily():
    assert not same({"type": "integer"}, {"type": "number"})
