"""Recorded exchanges put to both contracts: which break, by what finding, and which neither contract knows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.model.exchange import Exchange
from contractcheck.model.finding import Direction, Finding
from contractcheck.model.place import Place
from contractcheck.model.report import BrokenExchange, TrafficReport, UnmatchedExchange
from contractcheck.openapi.document import Document
from contractcheck.openapi.exchanges.faults import Fault, Kind
from contractcheck.openapi.exchanges.judge import NO_OPERATION, Answer, Judge, Ruling
from contractcheck.openapi.exchanges.operation import Operation, Operations
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.verify import Side
from contractcheck.openapi.traffic.blame import blamed
from contractcheck.openapi.traffic.masking import address
from contractcheck.openapi.traffic.recording import Recorded

LISTED = 50
"""How many exchanges are listed one by one; all are counted."""

_REASONS = 3
_GONE = frozenset({Kind.STATUS, Kind.MEDIA_TYPE})


class Pair(Struct, frozen=True):
    """Two documents that were compared, and what was found."""

    base: Document
    revision: Document
    findings: tuple[Finding, ...]


class Break(Struct, frozen=True):
    """One way in which an exchange breaks: the operation, in which direction, the faults, and whose doing they are."""

    operation: str
    direction: Direction
    faults: tuple[Fault, ...]
    findings: tuple[Finding, ...]


class Outcome(Struct, frozen=True):
    """What became of one exchange: matched an operation, breaks, did not fit the base, could not be judged."""

    matched: bool = False
    unchanged: bool = False
    breaks: tuple[Break, ...] = ()
    unfit: bool = False
    undecided: bool = False
    stripped: bool = False


class _Counts(Struct):
    exchanges: int = 0
    matched: int = 0
    unchanged: int = 0
    unfit: int = 0
    undecided: int = 0
    stripped: int = 0
    broken: int = 0
    unmatched: int = 0
    unexplained: int = 0
    listed: list[BrokenExchange] = field(default_factory=list)
    strangers: list[UnmatchedExchange] = field(default_factory=list)
    by_finding: Counter[str] = field(default_factory=Counter)


def replay(
    recording: Iterable[Recorded], pairs: Iterable[Pair], name: str, tick: Callable[[int], None] = lambda _: None
) -> tuple[TrafficReport, dict[str, int]]:
    """The report, and how many exchanges each finding breaks, by fingerprint. `tick` is told the number so far."""
    sides = [(pair, _side(pair.base), _side(pair.revision)) for pair in pairs]
    counts = _Counts()
    for recorded in recording:
        counts.exchanges += 1
        if counts.exchanges % 500 == 0:
            tick(counts.exchanges)
        outcomes = [_play(recorded, base, revision, pair.findings) for pair, base, revision in sides]
        _count(counts, recorded, outcomes, name)
    report = TrafficReport(
        file=name,
        exchanges=counts.exchanges,
        matched=counts.matched,
        unchanged=counts.unchanged,
        broken=counts.broken,
        unexplained=counts.unexplained,
        unfit=counts.unfit,
        undecided=counts.undecided,
        stripped=counts.stripped,
        unmatched=counts.unmatched,
        breaks=tuple(counts.listed),
        strangers=tuple(counts.strangers),
    )
    return report, dict(counts.by_finding)


def _side(document: Document) -> Side:
    operations = Operations(document)
    return Side(operations, Router(document, operations))


def _count(counts: _Counts, recorded: Recorded, outcomes: list[Outcome], name: str) -> None:
    matched = [outcome for outcome in outcomes if outcome.matched]
    counts.matched += bool(matched)
    counts.unchanged += bool(matched) and all(outcome.unchanged for outcome in matched)
    counts.unfit += any(outcome.unfit for outcome in matched)
    counts.undecided += any(outcome.undecided for outcome in matched)
    counts.stripped += any(outcome.stripped for outcome in matched)
    place = Place(name, recorded.line)
    request, response = recorded.exchange.request, recorded.exchange.response
    if not matched:
        counts.unmatched += 1
        if len(counts.strangers) < LISTED:
            counts.strangers.append(UnmatchedExchange(place, request.method, address(request.url)))
    breaks = [each for outcome in matched for each in outcome.breaks]
    if not breaks:
        return
    counts.broken += 1
    causes = {finding.fingerprint for each in breaks for finding in each.findings}
    counts.by_finding.update(causes)
    counts.unexplained += not causes
    if len(counts.listed) < LISTED:
        reasons = dict.fromkeys(str(fault) for each in breaks for fault in each.faults)
        counts.listed.append(
            BrokenExchange(
                place,
                breaks[0].operation,
                breaks[0].direction,
                response.status if response is not None else None,
                tuple(reasons)[:_REASONS],
                tuple(sorted(causes)),
            )
        )


def _play(recorded: Recorded, base: Side, revision: Side, findings: tuple[Finding, ...]) -> Outcome:
    exchange = recorded.exchange
    old, new = base.find(exchange), revision.find(exchange)
    if old is None:
        return Outcome(matched=new is not None)
    alike = _alike(base, revision, old[0], new[0]) if new is not None else (False, False)
    if alike == (True, True):
        return Outcome(matched=True, unchanged=True)
    before = _request(base, exchange, old)
    stripped = before.answer is Answer.REFUSED and {fault.kind for fault in before.faults} == {Kind.SECURITY}
    if stripped:  # credentials are taken out of recordings: what is left is judged without them
        before = _request(base, exchange, old, security=False)
    after = NO_OPERATION if new is None else before
    if new is not None and not alike[0]:
        after = _request(revision, exchange, new, security=not stripped)
    breaks = []
    if before.answer is Answer.ACCEPTED and after.answer is Answer.REFUSED:
        causes = blamed(after.faults, findings, old[0].label, Direction.REQUEST, base=False)
        breaks.append(Break(old[0].label, Direction.REQUEST, after.faults, causes))
    undecided = Answer.UNDECIDED in {before.answer, after.answer}
    if new is not None and exchange.response is not None and not alike[1]:
        answers = _answered(recorded, base, revision, old[0], new[0])
        undecided = undecided or Answer.UNDECIDED in {ruling.answer for ruling in answers}
        breaks += _answer_breaks(answers, findings, new[0].label)
    return Outcome(
        matched=True,
        breaks=tuple(breaks),
        unfit=before.answer is Answer.REFUSED,
        undecided=undecided,
        stripped=stripped,
    )


def _alike(base: Side, revision: Side, old: Operation, new: Operation) -> tuple[bool, bool]:
    """Whether requests, and responses, of an operation read the same on both sides: then none can break."""
    mine, theirs = base.judge(old), revision.judge(new)
    return base.alike(mine, theirs) if isinstance(mine, Judge) and isinstance(theirs, Judge) else (False, False)


def _request(
    side: Side, exchange: Exchange, found: tuple[Operation, dict[str, str]], *, security: bool = True
) -> Ruling:
    judge = side.judge(found[0], security=security)
    return judge.request(exchange.request, found[1]) if isinstance(judge, Judge) else judge


def _answered(recorded: Recorded, base: Side, revision: Side, old: Operation, new: Operation) -> tuple[Ruling, Ruling]:
    rulings = []
    for side, operation in ((base, old), (revision, new)):
        judge = side.judge(operation)
        ruling = judge.response(recorded.exchange) if isinstance(judge, Judge) else judge
        if not recorded.answered_in_full and ruling.answer is Answer.REFUSED:
            faults = tuple(fault for fault in ruling.faults if fault.kind is not Kind.BODY_MISSING)
            ruling = replace(ruling, faults=faults) if faults else Ruling(Answer.UNDECIDED, why="no body was recorded")
        rulings.append(ruling)
    return rulings[0], rulings[1]


def _answer_breaks(answers: tuple[Ruling, Ruling], findings: tuple[Finding, ...], label: str) -> Iterator[Break]:
    """A response that only the revision promises surprises clients; one that it no longer gives is missed by them.

    A response of the base that the revision's schemas would not give is narrower, and hurts nobody.
    """
    before, after = answers
    if before.answer is Answer.REFUSED and after.answer is Answer.ACCEPTED:
        causes = blamed(before.faults, findings, label, Direction.RESPONSE, base=True)
        yield Break(label, Direction.RESPONSE, before.faults, causes)
    gone = tuple(fault for fault in after.faults if fault.kind in _GONE)
    if before.answer is Answer.ACCEPTED and gone:
        causes = tuple(
            finding
            for finding in blamed(gone, findings, label, Direction.RESPONSE, base=False)
            if "removed" in finding.rule
        )
        if any(finding.severity.value != "info" for finding in causes):
            yield Break(label, Direction.RESPONSE, gone, causes)
