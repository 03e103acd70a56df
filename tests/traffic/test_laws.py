"""A law over recorded exchanges: one breaks if, and only if, openapi-core tells the two contracts apart by it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.openapi.compare import compare
from contractcheck.openapi.exchanges.judge import Answer
from contractcheck.openapi.exchanges.operation import Operations
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.verify import Side
from contractcheck.openapi.traffic.recording import Recorded
from contractcheck.openapi.traffic.replay import Pair, replay
from tests.openapi.contracts import contract, document, operation

TEXTS = st.sampled_from(["a", "b", "c", "7", "12", "x y"])
LEAVES = st.one_of(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(
        lambda listed: {"type": "string", "enum": listed}
    ),
    st.integers(0, 9).map(lambda least: {"type": "integer", "minimum": least}),
    st.integers(1, 3).map(lambda most: {"type": "string", "maxLength": most}),
)


@st.composite
def contracts(draw):
    """A contract of one operation: a query parameter, and a member of the answer, each of a small schema."""
    asked = {"name": "q", "in": "query", "required": draw(st.booleans()), "schema": draw(LEAVES)}
    member = {"type": "object", "required": draw(st.sampled_from([[], ["m"]])), "properties": {"m": draw(LEAVES)}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": member}}}}
    return contract({"/a": {"get": operation(parameters=[asked], responses=answer)}})


@st.composite
def exchanges(draw):
    """A request and its answer, of either contract or of none."""
    url = draw(st.one_of(st.just("/a"), TEXTS.map(lambda said: f"/a?q={said.replace(' ', '%20')}")))
    body = draw(st.sampled_from(["{}", '{"m": "a"}', '{"m": 7}', '{"m": "abcd"}', "[]"]))
    answer = Response(200, (("Content-Type", "application/json"),), body.encode())
    return Exchange(Request("GET", url), draw(st.sampled_from([None, answer])))


@settings(max_examples=40)
@given(contracts(), contracts(), st.lists(exchanges(), min_size=1, max_size=5))
def test_what_breaks_is_what_is_told_apart(base, revision, recorded):
    old, new = document(base), document(revision)
    findings = compare(old, new).findings
    report, by_finding = replay(
        [Recorded(each, line) for line, each in enumerate(recorded, start=1)], [Pair(old, new, findings)], "t"
    )
    sides = []
    for each in (old, new):
        known = Operations(each)
        sides.append(Side(known, Router(each, known)))
    broken = 0
    for each in recorded:
        asked = [side.rule(Exchange(each.request)).answer for side in sides]
        told = asked == [Answer.ACCEPTED, Answer.REFUSED]
        if each.response is not None:
            answered = [side.rule(each).answer for side in sides]
            told = told or answered == [Answer.REFUSED, Answer.ACCEPTED]
        broken += told
    assert report.broken == broken
    # Every break is put down to a finding, and no finding breaks more than broke.
    assert report.unexplained == 0
    assert all(number <= broken for number in by_finding.values())
    assert bool(by_finding) == bool(broken)
