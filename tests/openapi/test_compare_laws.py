"""Laws of comparing, over random schemas: nothing changed is nothing found, and what is called compatible is."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractcheck.model.finding import ProofKind, Severity
from contractcheck.openapi.compare import compare
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import answers, asks, document, found
from tests.openapi.random_schemas import reorder, schemas, values

NAMES = ("A", "B")
LAW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
worlds = st.tuples(schemas(2, NAMES), schemas(2), schemas(1, ("A",)))
sides = st.sampled_from([asks, answers])


def make(side, world, names=NAMES):
    schema, a, b = world
    return side(schema, **dict(zip(names, (a, b), strict=True)))


@LAW
@given(worlds, sides, st.integers())
def test_the_order_of_members_does_not_matter(world, side, seed):
    contract = make(side, world)
    assert found(contract, contract) == []
    assert found(contract, reorder(contract, seed)) == []


@LAW
@given(worlds, sides)
def test_inlining_does_not_matter(world, side):
    def inline(value, components):
        if isinstance(value, dict) and "$ref" in value:
            return inline(components[value["$ref"].rsplit("/", 1)[-1]], components)
        if isinstance(value, dict):
            return {name: inline(item, components) for name, item in value.items()}
        return [inline(item, components) for item in value] if isinstance(value, list) else value

    schema, a, b = world
    assert found_wire(make(side, world), side(inline(schema, {"A": a, "B": b}))) == []


@LAW
@given(worlds, worlds, sides)
def test_swapping_the_sides_turns_narrowed_into_widened(one, other, side):
    there, back = found(make(side, one), make(side, other)), found(make(side, other), make(side, one))
    for aspect in ("range", "length", "item-count", "property-count"):
        # an edit behind an exchanged reference is summed up, in one direction perhaps and not in the other
        if not any("reference" in rule or "undecided" in rule for rule, _ in (*there, *back)):
            turned = {rule.replace("narrowed", "widened") for rule, _ in there if rule.endswith(f"{aspect}-narrowed")}
            assert turned <= {rule for rule, _ in back} | {rule.replace("narrowed", "widened") for rule, _ in back}


def found_wire(base, revision):
    """The findings that speak of values; what is carried along as text (`not`) cannot be told from its inlined form."""
    return [(rule, subject) for rule, subject in found(base, revision) if "undecided" not in rule]


def declared(schema, components, value):
    """Whether a sender that reads that schema would send the value: all members are declared where they stand."""
    todo, here = [schema], []
    while todo and len(here) < 200:
        part = todo.pop()
        if isinstance(part, dict):
            here.append(part)
            todo += [components[part["$ref"].rsplit("/", 1)[-1]]] if "$ref" in part else []
            todo += [branch for kind in ("allOf", "anyOf", "oneOf") for branch in part.get(kind, [])]
    if isinstance(value, dict):
        for name, item in value.items():
            below = [part["properties"][name] for part in here if name in part.get("properties", {})]
            below += [part["additionalProperties"] for part in here if "additionalProperties" in part]
            if not below or not declared({"allOf": below}, components, item):
                return False
    if isinstance(value, list):
        for index, item in enumerate(value):
            below = [part["prefixItems"][index] for part in here if index < len(part.get("prefixItems", []))]
            below += [part["items"] for part in here if "items" in part and index >= len(part.get("prefixItems", []))]
            if below and not declared({"allOf": below}, components, item):
                return False
    return True


@LAW
@given(worlds, worlds, sides, st.integers(0, 2), st.lists(values, min_size=20, max_size=20))
def test_what_is_called_compatible_is(one, other, side, kept, samples):
    """Every sampled value that the sender may send is accepted, unless a finding above info says that it may not be."""
    from jsonschema import Draft202012Validator

    other = (*one[:kept], *other[kept:])
    findings = compare(document(make(side, one)), document(make(side, other))).findings
    harmless = ("property-removed", "default-changed")
    if any(f.severity is not Severity.INFO and not f.rule.endswith(harmless) for f in findings):
        return
    sender, receiver = (one, other) if side is asks else (other, one)
    roots = [
        {"allOf": [world[0]], "components": {"schemas": dict(zip(NAMES, world[1:], strict=True))}}
        for world in (sender, receiver)
    ]
    sends, accepts = (Draft202012Validator(root) for root in roots)
    for value in samples:
        if sends.is_valid(value) and declared(sender[0], dict(zip(NAMES, sender[1:], strict=True)), value):
            assert accepts.is_valid(value), value


@LAW
@given(worlds, worlds, sides, st.integers(0, 2), st.lists(values, min_size=20, max_size=20))
def test_the_prover_is_right(one, other, side, kept, samples):
    """What it makes compatible is; what it shows with a value breaks in that value."""
    from jsonschema import Draft202012Validator

    other = (*one[:kept], *other[kept:])
    documents = document(make(side, one)), document(make(side, other))
    findings = compare(*documents, Prover(*documents)).findings
    sender, receiver = (one, other) if side is asks else (other, one)
    components = [{"components": {"schemas": dict(zip(NAMES, world[1:], strict=True))}} for world in (sender, receiver)]
    for finding in findings:
        places = finding.base_place, finding.place
        if finding.proof.kind is ProofKind.WITNESS and places[0] is not None and places[1] is not None:
            assert finding.severity is not Severity.INFO
    harmless = ("property-removed", "default-changed")
    if any(f.severity is not Severity.INFO and not f.rule.endswith(harmless) for f in findings):
        return
    sends, accepts = (
        Draft202012Validator({"allOf": [world[0]], **below})
        for world, below in zip((sender, receiver), components, strict=True)
    )
    for value in samples:
        if sends.is_valid(value) and declared(sender[0], components[0]["components"]["schemas"], value):
            assert accepts.is_valid(value), value
