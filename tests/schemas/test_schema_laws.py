"""Laws over generated schemas: equivalent spellings are proved equal, and no verdict contradicts a value or another prover."""

import copy
from random import Random

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.containment import covers, plainly
from benchmarks.schema_generator import Sampler, any_schema, api_schema, graph_pair, pair, subschemas, unrolled
from contractcheck.schemas.containment import Universe
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone
from tests.schemas.asking import ask, said, same

CONTAINED = ("contained",)

bounded = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def schemas(draw, every_keyword=None):
    rng = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - repeatable
    wide = draw(st.booleans()) if every_keyword is None else every_keyword
    return (any_schema if wide else api_schema)(rng)


def plain(schema):
    """Without `$defs` of its own, so that it can be put anywhere."""
    return schema if isinstance(schema, bool) else {k: v for k, v in schema.items() if k != "$defs"}


def together(schema, **more):
    """The combination, with the definitions of the schema beside it."""
    return {**more, "$defs": schema["$defs"]} if isinstance(schema, dict) and "$defs" in schema else more


@bounded
@given(schemas())
def test_reflexive(schema):
    assert said(schema, copy.deepcopy(schema)) == CONTAINED


@bounded
@given(schemas(), schemas(every_keyword=False))
def test_any_of_is_wider_and_all_of_narrower(one, two):
    other = {"type": "string"} if "$ref" in repr(two) else plain(two)
    assert said(one, together(one, anyOf=[plain(one), other])) == CONTAINED
    assert said(together(one, allOf=[plain(one), other]), one) == CONTAINED
    assert said(together(one, oneOf=[plain(one), other]), together(one, anyOf=[plain(one), other])) == CONTAINED
    assert said(together(one, allOf=[plain(one), {"not": plain(one)}]), False) == CONTAINED


@bounded
@given(schemas(), schemas(every_keyword=False))
def test_de_morgan(one, two):
    other = {"type": "string"} if "$ref" in repr(two) else plain(two)
    left = together(one, **{"not": {"anyOf": [plain(one), other]}})
    right = together(one, allOf=[{"not": plain(one)}, {"not": other}])
    assert same(left, right)
    assert same(together(one, **{"not": {"not": plain(one)}}), one)


@bounded
@given(schemas())
def test_enum_is_any_of_const(schema):
    changed = copy.deepcopy(schema)
    for part in list(subschemas(changed)):
        if isinstance(part, dict) and part.get("enum") and "anyOf" not in part:
            part["anyOf"] = [{"const": value} for value in part.pop("enum")]
    assert same(schema, changed)


def renamed(schema):
    if isinstance(schema, dict):
        found = {}
        for word, value in schema.items():
            if word == "$ref":
                found[word] = value + "_new"
            elif word == "$defs":
                found[word] = {f"{name}_new": renamed(part) for name, part in value.items()}
            else:
                found[word] = renamed(value)
        return found
    return [renamed(item) for item in schema] if isinstance(schema, list) else schema


def unrolled_once(schema, definitions):
    """Each reference replaced by what it leads to, once."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            inner = copy.deepcopy(definitions[schema["$ref"].rpartition("/")[2]])
            rest = {word: unrolled_once(value, definitions) for word, value in schema.items() if word != "$ref"}
            return {**rest, "allOf": [*rest.get("allOf", []), inner]} if rest else inner
        return {word: value if word == "$defs" else unrolled_once(value, definitions) for word, value in schema.items()}
    return [unrolled_once(item, definitions) for item in schema] if isinstance(schema, list) else schema


@bounded
@given(schemas())
def test_references_renamed_moved_and_unrolled(schema):
    assert same(schema, renamed(schema))
    if isinstance(schema, dict):
        assert same(schema, {"$ref": "#/$defs/Whole", "$defs": {**schema.get("$defs", {}), "Whole": plain(schema)}})
        assert same(schema, unrolled_once(schema, schema.get("$defs", {})))


def shuffled(rng, schema):
    if isinstance(schema, dict):
        members = [(word, shuffled(rng, value)) for word, value in schema.items()]
        rng.shuffle(members)
        for word, value in members:
            if word in ("anyOf", "oneOf", "allOf", "enum", "required", "type") and isinstance(value, list):
                rng.shuffle(value)
        return dict(members)
    return [shuffled(rng, item) for item in schema] if isinstance(schema, list) else schema


@bounded
@given(schemas(), st.integers(0, 1000))
def test_order_says_nothing(schema, seed):
    assert same(schema, shuffled(Random(seed), copy.deepcopy(schema)))  # noqa: S311 - repeatable


def respelled(schema, spelling):
    """`type: [x, null]` in one of three spellings of OpenAPI 3.0."""
    if isinstance(schema, list):
        return [respelled(item, spelling) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        word: respelled(value, spelling) for word, value in schema.items() if word not in ("const", "enum", "type")
    }
    if "enum" in schema:
        found["enum"] = schema["enum"]
    if "const" in schema:
        found["enum"] = [schema["const"]]
    kind = schema.get("type")
    if not isinstance(kind, list):
        return {**found, "type": kind} if isinstance(kind, str) else found
    kind = next(one for one in kind if one != "null")
    if spelling == 0:
        return {**found, "type": kind, "nullable": True}
    null = {"type": kind, "nullable": True, "enum": [None]}
    if spelling == 1:
        return (
            {**found, "anyOf": [{"type": kind}, null]}
            if "anyOf" not in found
            else {**found, "allOf": [{"anyOf": [{"type": kind}, null]}]}
        )
    return {**found, "not": {"not": {"oneOf": [{"type": kind}, null]}}}


@bounded
@given(schemas(every_keyword=False))
def test_nullable_in_three_spellings(schema):
    one, two, three = (respelled(schema, spelling) for spelling in range(3))
    assert same(one, two, "openapi-3.0")
    assert same(two, three, "openapi-3.0")


@pytest.mark.parametrize("every_keyword", [False, True])
@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_no_verdict_contradicts_a_value_or_another_prover(every_keyword, seed):
    rng = Random(seed)  # noqa: S311 - repeatable
    base, revision = pair(rng, every_keyword=every_keyword)
    decision = ask(base, revision)
    if decision.verdict == "broken":
        assert covers(base, revision) != "yes"
        return
    if decision.verdict == "contained":
        assert covers(base, revision) != "no"
    narrow, wide = jsonschema_rs.Draft202012Validator(base), jsonschema_rs.Draft202012Validator(revision)
    for number in range(25):
        aim = revision if number % 3 == 2 else base
        value = Sampler(rng, aim if isinstance(aim, dict) else {}).value(aim)
        if decision.verdict == "contained" and narrow.is_valid(value) and not wide.is_valid(value):
            assert not plainly(value, base, revision), value


@bounded
@given(st.integers(0, 2**32))
def test_recursion_however_often_unrolled(seed):
    base, revision = graph_pair(Random(seed))  # noqa: S311 - repeatable
    decision = ask(base, revision)
    assert decision.verdict != "unproven"
    # unrolling only leaves values out where no schema is tested for failing
    if decision.verdict == "contained" and "not" not in repr(base) and "oneOf" not in repr(base):
        assert said(unrolled(base, base["$defs"], 3), revision) == CONTAINED


@bounded
@given(st.integers(0, 2**32))
def test_transitive_where_decided(seed):
    rng = Random(seed)  # noqa: S311 - repeatable
    one, two = pair(rng, every_keyword=True)
    three = pair(rng, every_keyword=True)[0]
    for a, b, c in ((one, two, three), (two, one, three), (three, one, two)):
        if ask(a, b).verdict == "contained" and ask(b, c).verdict == "contained":
            assert ask(a, c).verdict != "broken"


@bounded
@given(st.integers(0, 2**32))
def test_what_was_asked_before_does_not_matter(seed):
    rng = Random(seed)  # noqa: S311 - repeatable
    pairs = [*(pair(rng, every_keyword=True) for _ in range(2)), *(graph_pair(rng) for _ in range(2))]
    universe = Universe()
    sources = [tuple(alone(side, Dialect.DRAFT2020_12) for side in sides) for sides in pairs]
    together = [universe.contains(*sides).verdict for sides in (*sources, *(sides[::-1] for sides in sources))]
    apart = [ask(*sides).verdict for sides in (*pairs, *(sides[::-1] for sides in pairs))]
    assert together == apart
