"""Two contracts compared: every rule, security, and what a prover is asked."""

from contractcheck.model.finding import Direction, ProofKind, Severity
from contractcheck.model.rule import rulebook
from contractcheck.openapi.compare import compare, rules
from contractcheck.schemas.edits import Decision, Outcome
from tests.openapi.contracts import STRING, asks, contract, document, found, operation, ref


def test_every_rule_has_a_record():
    assert {*rules()} <= {*rulebook()}


def secured(security, **schemes):
    defaults = {"key": {"type": "apiKey", "in": "query", "name": "key"}, "basic": {"type": "http", "scheme": "basic"}}
    return contract(
        {"/a": {"get": operation()}, "/b": {"get": operation()}},
        security=security,
        components={"securitySchemes": {**defaults, **schemes}},
    )


def test_security_of_the_root_is_one_change_for_all_who_inherit_it():
    (finding,) = compare(document(secured([])), document(secured([{"key": []}]))).findings
    assert (finding.rule, finding.message) == ("security-narrowed", "was open to everyone, now asks for key")
    assert [a.operation for a in finding.affects] == ["GET /a", "GET /b"]


def test_alternatives_and_conjunctions_of_schemes():
    both, either = [{"key": [], "basic": []}], [{"key": []}, {"basic": []}]
    assert [rule for rule, _ in found(secured(both), secured(either))] == ["security-widened"]
    assert [rule for rule, _ in found(secured(either), secured(both))] == ["security-narrowed"]
    assert found(secured(either), secured([{}, {"basic": []}, {"key": []}]))[0][0] == "security-widened"
    assert found(secured(either), secured([{"basic": []}, {"key": []}])) == []


def test_an_operation_may_let_everyone_in():
    open_ = contract({"/a": {"get": operation(security=[])}, "/b": {"get": operation()}}, security=[{"key": []}])
    closed = contract({"/a": {"get": operation()}, "/b": {"get": operation()}}, security=[{"key": []}])
    assert found(open_, closed) == [("security-narrowed", "GET /a security")]


def test_a_prover_can_show_an_edit_harmless():
    base, revision = asks({"type": "string", "pattern": "^a+$"}), asks({"type": "string", "pattern": "^a*$"})
    assert [rule for rule, _ in found(base, revision)] == ["request-schema-undecided"]
    asked = []

    def decide(ask):
        asked.append((ask.base[0].value, ask.revision[0].value, ask.direction))
        return Decision(Outcome.CONTAINED)

    comparison = compare(document(base), document(revision), decide)
    assert comparison.findings == ()
    assert (comparison.contract.edits, comparison.contract.harmless) == (1, 1)
    assert asked == [({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a*$"}, Direction.REQUEST)]


def test_a_prover_can_give_a_witness():
    base, revision = asks({"type": "string"}), asks({"type": "string", "maxLength": 3})
    (finding,) = compare(
        document(base), document(revision), lambda *_: Decision(Outcome.BROKEN, "long", "4 > 3")
    ).findings
    assert (finding.proof.kind, finding.proof.witness, finding.proof.why) == (ProofKind.WITNESS, "long", "4 > 3")
    (finding,) = compare(document(base), document(revision), lambda *_: Decision(Outcome.UNPROVEN)).findings
    assert finding.proof.kind is ProofKind.STRUCTURAL


def test_a_prover_that_shows_a_union_contained_ends_the_way_down():
    shapes = {
        "A": {"type": "object", "properties": {"a": STRING}},
        "B": {"type": "object", "properties": {"b": STRING}},
    }
    less = {"A": {"type": "object", "properties": {"a": {"enum": ["x"]}}}, "B": shapes["B"]}
    either = {"anyOf": [ref("A"), ref("B")]}

    def decide(ask):
        return Decision(Outcome.CONTAINED if "anyOf" in ask.base[0].value else Outcome.UNPROVEN)

    assert found(asks(either, **shapes), asks(either, **less)) != []
    assert found(asks(either, **shapes), asks(either, **less), decide) == []


def test_a_report_counts_what_was_harmless():
    base = asks({"type": "object", "properties": {"a": STRING}})
    revision = asks({"type": "object", "required": ["b"], "properties": {"a": STRING, "b": STRING, "c": STRING}})
    comparison = compare(document(base), document(revision))
    assert [(f.rule, f.severity) for f in comparison.findings] == [
        ("request-required-property-added", Severity.ERROR),
        ("request-property-added", Severity.INFO),
    ]
    assert (comparison.contract.edits, comparison.contract.harmless) == (2, 1)
    assert (comparison.contract.base_version, comparison.contract.revision_version) == ("1.0.0", "1.0.0")
