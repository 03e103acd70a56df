"""The exchange that shows a finding: one that one side of the contract allows and the other refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from contractcheck.model.exchange import Exchange
from contractcheck.model.finding import Direction, Finding, ProofKind
from contractcheck.model.place import Place, split
from contractcheck.openapi.changes import entries, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges import lifting
from contractcheck.openapi.exchanges.operation import Operation, Operations
from contractcheck.openapi.exchanges.sample import NoSampleError, Sampler, Wanted, answered
from contractcheck.openapi.parameters import Parameter, read

REFUSED: Final = "was accepted and is refused now"
UNPROMISED: Final = "may be answered now and was not promised"
GONE: Final = "was promised and is answered no longer"
SENT: Final = "may be sent by the server now and was not promised"
UNSENT: Final = "was sent by the server and is sent no longer"

_LEAST: Final = frozenset(
    {
        "operation-removed",
        "operation-moved",
        "deprecated-operation-removed",
        "request-required-parameter-added",
        "request-parameter-became-required",
        "request-required-body-added",
        "request-body-became-required",
        "security-narrowed",
        "security-scheme-changed",
    }
)
"""Rules for which the least request of the base is the witness: it lacks what the revision asks for."""

_TRIED: Final = 3  # operations that are tried for one finding


@dataclass(frozen=True, slots=True)
class Made:
    """An exchange, its operation, and which side allows it; the other refuses it, or reads it otherwise."""

    exchange: Exchange
    operation: str
    allowed_by_base: bool
    hook: bool = False
    read_otherwise: bool = False


class Witnesses:
    """Makes the exchanges of findings between two documents."""

    def __init__(self, base: Document, revision: Document) -> None:
        self.operations = Operations(base), Operations(revision)
        self._samplers = Sampler(base), Sampler(revision)

    def make(self, finding: Finding) -> Made | None:
        """The exchange for a finding; None for rules that no exchange shows, and where none can be made."""
        tried = 0
        trial = finding.proof.trial
        for affected in (*((trial.affected,) if trial is not None else ()), *finding.affects):
            old, new = (side.find(affected.operation) for side in self.operations)
            if finding.rule == "operation-moved":
                old = self.operations[0].at(finding.base_place)
            if old is None and new is None:
                continue
            tried += 1
            if tried > _TRIED:
                break
            try:
                made = self._make(finding, affected.direction, affected.operation, old, new)
            except NoSampleError:
                continue
            if made is not None:
                return made
        return None

    def _make(
        self, finding: Finding, direction: Direction, label: str, old: Operation | None, new: Operation | None
    ) -> Made | None:
        if finding.rule in _LEAST and old is not None and not old.hook:
            way = _index(finding, "security") if finding.rule.startswith("security") else 0
            request = self._samplers[0].request(old, Wanted(way=way))
            return Made(Exchange(request, about=REFUSED), label, allowed_by_base=True)
        if old is None or new is None:
            return None
        hook = old.hook
        match finding.rule:
            case "request-media-type-removed" | "response-media-type-removed" if _holds_body(old, finding):
                request = self._samplers[0].request(old, Wanted(media_type=_last(finding.base_place)))
                return Made(Exchange(request, about=UNSENT if hook else REFUSED), label, True, hook)  # noqa: FBT003
            case "request-parameter-style-changed" | "request-parameter-became-single":
                return self._restyled(finding, label, old)
            case "request-parameter-empty-narrowed":
                each = _parameter(old, finding.base_place)
                wanted = Wanted(parameters={(each.place, each.name): ""} if each is not None else {})
                return Made(
                    Exchange(self._samplers[0].request(old, wanted), about=REFUSED), label, allowed_by_base=True
                )
            case "response-body-became-optional" if hook:
                return Made(Exchange(self._samplers[1].request(new), about=SENT), label, False, hook)  # noqa: FBT003
            case _ if hook and finding.proof.kind is not ProofKind.WITNESS:
                return None
            case "response-success-status-removed":
                return self._answer(0, old, label, _last(finding.base_place), None)
            case "response-success-status-added" | "response-error-status-added":
                return self._answer(1, new, label, _last(finding.place), None)
            case "response-media-type-removed":
                return self._answer(0, old, label, *_media_type(old, finding.base_place))
            case "response-media-type-added":
                return self._answer(1, new, label, *_media_type(new, finding.place))
            case "response-required-header-removed" | "response-header-became-optional":
                return self._headless(old, new, label)
            case _ if finding.proof.kind is ProofKind.WITNESS:
                if direction is Direction.REQUEST or hook:
                    return self._sent(finding, label, old, new)
                return self._answered(finding, label, old, new)
            case _:
                return None

    def _answer(self, side: int, operation: Operation, label: str, status: str | None, kind: str | None) -> Made | None:
        """A sample response of one side."""
        if status is None:
            return None
        sampler = self._samplers[side]
        response = sampler.response(operation, status, kind)
        exchange = answered(sampler.request(operation), response, UNPROMISED if side else GONE)
        return Made(exchange, label, allowed_by_base=not side)

    def _headless(self, old: Operation, new: Operation, label: str) -> Made | None:
        """A response of the revision without a header that the base promises."""
        for status, answer in _answers(old):
            other = _counterpart(new, status)
            if other is None:
                continue
            promised = _required_headers(old.document, answer) - _required_headers(new.document, other[1])
            if promised:
                return self._answer(1, new, label, other[0], None)
        return None

    def _restyled(self, finding: Finding, label: str, old: Operation) -> Made | None:
        """A request with a list or object as the base writes it."""
        each = _parameter(old, finding.base_place)
        schema = each.node.get("schema") if each is not None else None
        if each is None or schema is None:
            return None
        several = Node(schema.file, schema.pointer, {"allOf": [schema.value, {"minItems": 2, "minProperties": 1}]})
        wanted = Wanted(parameters={(each.place, each.name): self._samplers[0].several(several)})
        request = self._samplers[0].request(old, wanted)
        about = "was read as a list or an object and is read otherwise now"
        return Made(Exchange(request, about=about), label, allowed_by_base=True, read_otherwise=True)

    def _sent(self, finding: Finding, label: str, old: Operation, new: Operation) -> Made | None:
        """A request that holds the witness; a webhook's is sent by the revision."""
        hook = old.hook
        sender, receiver = (1, 0) if hook else (0, 1)
        sides = (old, new)
        witness: Any = finding.proof.witness
        theirs = read(sides[receiver].document, sides[receiver].item, sides[receiver].node)
        for key, each in read(sides[sender].document, sides[sender].item, sides[sender].node).items():
            other = theirs.get(key)
            schemas = each.node.get("schema"), other.node.get("schema") if other is not None else None
            if self._splits(finding, witness, schemas[0], schemas[1], sender, Direction.REQUEST):
                return self._request(sides[sender], label, Wanted(parameters={(each.place, each.name): witness}))
        bodies = [dict(_bodies(side)) for side in sides]
        place = finding.place if hook else finding.base_place
        values = self._samplers[sender].values[Direction.REQUEST]
        for lift in (False, True):
            for kind, schema in bodies[sender].items():
                tried = lifting.bodies(sides[sender].document, values, schema, place, witness) if lift else (witness,)
                for body in tried:
                    if self._splits(finding, body, schema, bodies[receiver].get(kind), sender, Direction.REQUEST):
                        return self._request(sides[sender], label, Wanted(media_type=kind, body=body, has_body=True))
        return None

    def _request(self, operation: Operation, label: str, wanted: Wanted) -> Made:
        """A request of the base, or of the revision's server."""
        hook = operation.hook
        request = self._samplers[hook].request(operation, wanted)
        return Made(Exchange(request, about=SENT if hook else REFUSED), label, allowed_by_base=not hook, hook=hook)

    def _answered(self, finding: Finding, label: str, old: Operation, new: Operation) -> Made | None:
        """A response of the revision that holds the witness."""
        values = self._samplers[1].values[Direction.RESPONSE]
        witness: Any = finding.proof.witness
        for lift in (False, True):
            for status, answer in _answers(new):
                other = _counterpart(old, status)
                theirs = dict(_contents(old.document, other[1])) if other is not None else {}
                for kind, schema in _contents(new.document, answer):
                    place = finding.place
                    tried = lifting.bodies(new.document, values, schema, place, witness) if lift else (witness,)
                    for body in tried:
                        if self._splits(finding, body, schema, theirs.get(kind), 1, Direction.RESPONSE):
                            response = self._samplers[1].response(new, status, kind, body)
                            exchange = answered(self._samplers[1].request(new), response, UNPROMISED)
                            return Made(exchange, label, allowed_by_base=False)
        return None

    def _splits(
        self,
        finding: Finding,
        value: Any,  # noqa: ANN401
        sender: Node | None,
        receiver: Node | None,
        side: int,
        direction: Direction,
    ) -> bool:
        """Whether the sender's schema allows a value that the receiver's refuses."""
        if sender is None or receiver is None:
            return False
        trial = finding.proof.trial
        if trial is not None and value is finding.proof.witness:  # it was tried, against these two schemas or others
            places = (trial.revision, trial.base) if side else (trial.base, trial.revision)
            return all(
                self._stands(n, node, place)
                for n, node, place in zip((side, 1 - side), (sender, receiver), places, strict=True)
            )
        mine, theirs = self._samplers[side].values[direction], self._samplers[1 - side].values[direction]
        return mine.valid(value, sender) is True and theirs.valid(value, receiver) is False

    def _stands(self, side: int, node: Node, place: Place) -> bool:
        """Whether a schema is the one at a place, or a reference to it."""
        end = self._samplers[side].document.follow(node)
        return any(
            each is not None and (each.file, each.pointer) == (place.file, place.pointer) for each in (node, end)
        )


def _media_type(operation: Operation, place: Any) -> tuple[str | None, str | None]:  # noqa: ANN401
    """Status and media type of the response whose `content` has that place."""
    document = operation.document
    for status, use in entries(operation.node.get("responses")).items():
        answer = document.follow(use)
        for kind, media in entries(answer.get("content") if answer is not None else None).items():
            if place is not None and media.pointer == place.pointer and media.file == place.file:
                return status, kind
    return None, None


def _answers(operation: Operation) -> Iterator[tuple[str, Node]]:
    for status, use in entries(operation.node.get("responses")).items():
        answer = operation.document.follow(use)
        if answer is not None:
            yield status, answer


def _counterpart(operation: Operation, status: str) -> tuple[str, Node] | None:
    """The response that covers a status: its own, that of its range, or `default`."""
    known = dict(_answers(operation))
    for name in (status, f"{status[:1]}XX", f"{status[:1]}xx", "default"):
        if name in known:
            return name, known[name]
    return None


def _bodies(operation: Operation) -> Iterator[tuple[str, Node]]:
    use = operation.node.get("requestBody")
    body = operation.document.follow(use) if use is not None else None
    if body is not None:
        yield from _contents(operation.document, body)


def _contents(document: Document, holder: Node) -> Iterator[tuple[str, Node]]:
    for kind, use in entries(holder.get("content")).items():
        media = document.follow(use)
        schema = media.get("schema") if media is not None else None
        if schema is not None:
            yield kind, schema


def _required_headers(document: Document, answer: Node) -> set[str]:
    return {
        name.lower()
        for name, use in entries(answer.get("headers")).items()
        if (header := document.follow(use)) is not None and true(header, "required")
    }


def _holds_body(operation: Operation, finding: Finding) -> bool:
    """Whether the removed media type was one of the request."""
    place = finding.base_place
    use = operation.node.get("requestBody")
    body = operation.document.follow(use) if use is not None else None
    content = body.get("content") if body is not None else None
    return (
        place is not None
        and content is not None
        and place.file == content.file
        and (place.pointer or "").startswith(content.pointer + "/")
    )


def _last(place: Any) -> str | None:  # noqa: ANN401
    tokens = split(place.pointer) if place is not None and place.pointer else ()
    return tokens[-1] if tokens else None


def _index(finding: Finding, word: str) -> int:
    """The index behind the last `security` of the base's pointer."""
    tokens = split(finding.base_place.pointer or "") if finding.base_place is not None else ()
    after = [following for token, following in pairwise(tokens) if token == word]
    return int(after[-1]) if after and after[-1].isdecimal() else 0


def _parameter(operation: Operation, place: Place | None) -> Parameter | None:
    """The parameter that stands at a place, or around it."""
    for each in read(operation.document, operation.item, operation.node).values():
        for node in (each.node, each.use):
            if place is not None and node.file == place.file and (place.pointer or "").startswith(node.pointer):
                return each
    return None
