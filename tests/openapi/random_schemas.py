"""Schemas and values at random, for laws."""

from hypothesis import strategies as st

NAMES = ("a", "b", "c")
scalars = st.sampled_from([None, True, False, 0, 1, 2, 5, 1.5, "", "a", "ab", "abc", "x-1"])


def _maybe(draw, schema, keyword, strategy, odds=3):
    if draw(st.integers(0, odds)) == 0:
        schema[keyword] = draw(strategy)


@st.composite
def schemas(draw, depth=2, components=()):
    """A schema of 2020-12: mostly sensible, of every aspect that is compared."""
    kinds = ["string", "integer", "number", "boolean", "enum", "any"]
    if depth:
        kinds += ["array", "object", "object", "object", "anyOf", "oneOf", "allOf", "nullable"]
    if components:
        kinds += ["ref", "ref"]
    kind = draw(st.sampled_from(kinds))
    below = schemas(depth - 1, components) if depth else st.just({})
    small = st.integers(0, 3)
    match kind:
        case "any":
            return draw(st.sampled_from([{}, True]))
        case "enum":
            return {"enum": draw(st.lists(scalars, min_size=1, max_size=4, unique_by=repr))}
        case "ref":
            return {"$ref": f"#/components/schemas/{draw(st.sampled_from(components))}"}
        case "nullable":
            return {"anyOf": [draw(below), {"type": "null"}]}
        case "anyOf" | "oneOf" | "allOf":
            return {kind: draw(st.lists(below, min_size=1, max_size=3))}
    schema = {"type": kind}
    match kind:
        case "string":
            _maybe(draw, schema, "minLength", small)
            _maybe(draw, schema, "maxLength", small)
            _maybe(draw, schema, "pattern", st.sampled_from(["^a", "b", ".*"]))
            _maybe(
                draw, schema, "enum", st.lists(st.sampled_from(["a", "ab", "abc"]), min_size=1, max_size=3, unique=True)
            )
        case "integer" | "number":
            _maybe(draw, schema, "minimum", small)
            _maybe(draw, schema, "exclusiveMaximum", st.integers(1, 6))
            _maybe(draw, schema, "multipleOf", st.sampled_from([1, 2, 0.5]))
        case "array":
            _maybe(draw, schema, "items", below, 1)
            _maybe(draw, schema, "prefixItems", st.lists(below, min_size=1, max_size=2), 5)
            _maybe(draw, schema, "minItems", small)
            _maybe(draw, schema, "maxItems", small)
            _maybe(draw, schema, "uniqueItems", st.booleans())
        case "object":
            schema["properties"] = draw(st.dictionaries(st.sampled_from(NAMES), below, max_size=3))
            _maybe(draw, schema, "required", st.lists(st.sampled_from(NAMES), unique=True, max_size=2), 1)
            _maybe(draw, schema, "additionalProperties", st.one_of(st.booleans(), below), 2)
            _maybe(draw, schema, "minProperties", small, 5)
            _maybe(draw, schema, "maxProperties", small, 5)
    if draw(st.integers(0, 5)) == 0:
        schema["type"] = [schema["type"], "null"]
    if draw(st.integers(0, 9)) == 0:
        schema["not"] = draw(below)
    return schema


values = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=3),
    max_leaves=6,
)


def reorder(value, seed):
    """The same JSON value with members in another order."""
    if isinstance(value, list):
        return [reorder(item, seed) for item in value]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (name * (1 + seed % 3))[:: 1 if seed % 2 else -1])
        return {name: reorder(value[name], seed) for name in names}
    return value
