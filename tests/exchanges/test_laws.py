"""Laws over random contracts: openapi-core never disputes a witness."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.model.finding import Category, ProofKind, Severity
from contractcheck.openapi.compare import compare
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.verify import Side, verify
from contractcheck.openapi.exchanges.witness import Witnesses
from contractcheck.openapi.proving import Prover
from tests.openapi.contracts import answers, asks, document
from tests.openapi.random_schemas import schemas

NAMES = ("A", "B")


@st.composite
def pairs(draw):
    """Two contracts of one operation, with shared components, that differ in their schemas."""
    make = draw(st.sampled_from([asks, answers]))
    sides = [{name: draw(schemas(2 if name == "body" else 1, NAMES)) for name in ("body", *NAMES)} for _ in range(2)]
    return tuple(make(side.pop("body"), **side) for side in sides)


@settings(max_examples=60)
@given(pairs())
def test_no_witness_is_disputed(pair):
    base, revision = map(document, pair)
    witnesses = Witnesses(base, revision)
    sides = [
        Side(known, Router(each, known)) for known, each in zip(witnesses.operations, (base, revision), strict=True)
    ]
    for finding in compare(base, revision, Prover(base, revision)).findings:
        if finding.category is Category.WIRE and finding.severity is not Severity.INFO:
            made = witnesses.make(finding)
            if made is not None and finding.proof.kind is ProofKind.WITNESS:
                assert not verify(made, *sides).startswith("disagreement"), (finding, made)
