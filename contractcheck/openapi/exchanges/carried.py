"""A value that one side's schema allows and the other's refuses, put into a request or a response."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from contractcheck.model.exchange import Request, Response
from contractcheck.model.finding import Direction, Finding, Json, ProofKind
from contractcheck.model.place import Place
from contractcheck.openapi import mediatypes
from contractcheck.openapi.changes import entries, named
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges import lifting
from contractcheck.openapi.exchanges.operation import Operation
from contractcheck.openapi.exchanges.sample import Sampler, Wanted
from contractcheck.openapi.parameters import Parameter, read
from contractcheck.openapi.readings import readings


class Case(Struct, frozen=True):
    """A finding in one operation: as the base has it and as the revision does, and in which direction data flows."""

    finding: Finding
    label: str
    direction: Direction
    operations: tuple[Operation, Operation]

    @property
    def asked(self) -> bool:
        """Whether it is about what is sent in a request, not about what is answered."""
        return self.direction is self.operations[0].asking

    @property
    def sender(self) -> int:
        """The side that sends: clients are those of the base, the server is that of the revision."""
        return 0 if self.direction is Direction.REQUEST else 1

    def place(self, side: int) -> Place | None:
        """Where the finding stands on a side."""
        return self.finding.place if side else self.finding.base_place


class Carrier:
    """Puts values into the exchanges of a pair of documents."""

    def __init__(self, samplers: tuple[Sampler, Sampler]) -> None:
        self._samplers = samplers

    def witness(self, case: Case) -> Request | Response | None:
        """What the sender sends to show the witness of a finding; None where it does not fit anywhere."""
        return self._request(case, case.finding.proof.witness) if case.asked else self._response(case)

    def placed(self, case: Case, value: Json) -> Request | Response | None:
        """What the sender sends with a value where the finding stands, whatever the other side says of it."""
        side, place = case.sender, case.place(case.sender)
        operation, sampler = case.operations[side], self._samplers[side]
        if case.asked:
            each = parameter(operation, place)
            if each is not None:
                return sampler.request(operation, Wanted(parameters={(each.place, each.name): value}))
            for kind, schema in bodies(operation):
                for body in self._lifted(case, schema, value):
                    return sampler.request(operation, Wanted(media_type=kind, body=body, has_body=True))
            return None
        for status, answer in answers(operation):
            for name, header in headers(operation.document, answer):
                if around(header, place):
                    return sampler.response(operation, status, headers={name: value})
            for kind, schema in contents(operation.document, answer):
                for body in self._lifted(case, schema, value):
                    return sampler.response(operation, status, kind, body)
        return None

    def _lifted(self, case: Case, schema: Node, part: Json) -> Iterator[Any]:
        side = case.sender
        values = self._samplers[side].values[case.direction]
        for body in lifting.bodies(case.operations[side].document, values, schema, case.place(side), part):
            yield body if schema.pointer.rpartition("/")[2] != "itemSchema" else [body]

    def _request(self, case: Case, witness: Any) -> Request | None:  # noqa: ANN401
        side = case.sender
        operation, sampler = case.operations[side], self._samplers[side]
        own, theirs = (read(each.document, each.item, each.node) for each in (operation, case.operations[1 - side]))
        place = case.place(side)
        for key, each in sorted(
            own.items(), key=lambda one: not (around(one[1].node, place) or around(one[1].use, place))
        ):
            other = _held(case.operations[1 - side].document, theirs[key].node) if key in theirs else None
            value = self._textual(case, witness, _held(operation.document, each.node), other)
            if value is not None:
                return sampler.request(operation, Wanted(parameters={(each.place, each.name): value[0]}))
        receiving = dict(bodies(case.operations[1 - side]))
        for kind, body in self._carrying(case, dict(bodies(operation)), receiving, witness):
            return sampler.request(operation, Wanted(media_type=kind, body=body, has_body=True))
        return None

    def _response(self, case: Case) -> Response | None:
        side, witness = case.sender, case.finding.proof.witness
        operation, sampler = case.operations[side], self._samplers[side]
        for status, answer in answers(operation):
            other = counterpart(case.operations[1 - side], status)
            document = case.operations[1 - side].document
            theirs = {name.lower(): header for name, header in headers(document, other[1])} if other else {}
            for name, header in headers(operation.document, answer):
                schemas = _held(operation.document, header), _held(document, theirs.get(name.lower()))
                value = self._textual(case, witness, *schemas)
                if value is not None:
                    return sampler.response(operation, status, headers={name: value[0]})
        for status, answer in answers(operation):
            other = counterpart(case.operations[1 - side], status)
            receiving = dict(contents(case.operations[1 - side].document, other[1])) if other is not None else {}
            for kind, body in self._carrying(case, dict(contents(operation.document, answer)), receiving, witness):
                return sampler.response(operation, status, kind, body)
        return None

    def _carrying(
        self,
        case: Case,
        sending: Mapping[str, Node],
        receiving: Mapping[str, Node],
        witness: Any,  # noqa: ANN401
    ) -> Iterator[tuple[str, Any]]:
        """Media types with whole bodies that hold the witness: the witness itself first, then bodies around it."""
        for kind, schema in sending.items():
            listed = schema.pointer.rpartition("/")[2] == "itemSchema"
            if self._splits(case, witness, schema, receiving.get(kind), same=True):
                yield kind, [witness] if listed else witness
        for kind, schema in sending.items():
            listed = schema.pointer.rpartition("/")[2] == "itemSchema"
            textual = case.finding.proof.trial is None and mediatypes.textual(mediatypes.normal(kind))
            ways = readings(witness) if textual else [witness]
            lifted = zip(*(self._lifted(case, schema, each) for each in ways), strict=False)
            for read_as in lifted:  # one body, its text read in every way
                wholes = [body[0] if listed else body for body in read_as]
                for body, whole in zip(read_as, wholes, strict=True):
                    if self._divides(case, whole, wholes, schema, receiving.get(kind)):
                        yield kind, body

    def _textual(
        self,
        case: Case,
        witness: Any,  # noqa: ANN401
        sender: Node | None,
        receiver: Node | None,
    ) -> tuple[Any] | None:
        """The witness, or the value that its text is read as, if the sender writes it and the receiver reads it not."""
        if sender is None or receiver is None:
            return None
        if case.finding.proof.trial is not None:
            return (witness,) if self._splits(case, witness, sender, receiver, same=True) else None
        mine, theirs = (self._samplers[side].values[case.direction] for side in (case.sender, 1 - case.sender))
        ways = readings(witness)
        value = next((each for each in ways if mine.valid(each, sender) is True), None)
        refused = value is not None and all(theirs.valid(each, receiver) is False for each in ways)
        return (value,) if refused else None

    def _splits(self, case: Case, value: Any, sender: Node, receiver: Node | None, *, same: bool) -> bool:  # noqa: ANN401
        """Whether the sender's schema allows a value that the receiver's refuses; `same` if it is the witness."""
        if receiver is None:
            return False
        trial = case.finding.proof.trial
        side = case.sender
        if trial is not None and same:  # it was tried, against these two schemas or others
            places = (trial.revision, trial.base) if side else (trial.base, trial.revision)
            sides = zip((side, 1 - side), (sender, receiver), places, strict=True)
            return all(self._stands(n, node, place) for n, node, place in sides)
        return self._divides(case, value, [value], sender, receiver)

    def _divides(self, case: Case, value: Any, ways: list[Any], sender: Node, receiver: Node | None) -> bool:  # noqa: ANN401
        """Whether the sender's schema allows a value of which the receiver's refuses every reading."""
        if receiver is None:
            return False
        mine, theirs = (self._samplers[n].values[case.direction] for n in (case.sender, 1 - case.sender))
        return mine.valid(value, sender) is True and all(theirs.valid(each, receiver) is False for each in ways)

    def _stands(self, side: int, node: Node, place: Place) -> bool:
        """Whether a schema is the one at a place, or a reference to it."""
        end = self._samplers[side].document.follow(node)
        return any(
            each is not None and (each.file, each.pointer) == (place.file, place.pointer) for each in (node, end)
        )


def _held(document: Document, holder: Node | None) -> Node | None:
    """The schema of a parameter or header, or of what its `content` holds."""
    if holder is None:
        return None
    return holder.get("schema") or next((schema for _, schema in contents(document, holder)), None)


def around(node: Node, place: Place | None) -> bool:
    """Whether a place is that of a node, or below it."""
    pointer = (place.pointer or "") if place is not None and place.file == node.file else ""
    return bool(pointer) and (pointer == node.pointer or pointer.startswith(node.pointer + "/"))


def parameter(operation: Operation, place: Place | None) -> Parameter | None:
    """The parameter that stands at a place, or around it."""
    for each in read(operation.document, operation.item, operation.node).values():
        if around(each.node, place) or around(each.use, place):
            return each
    return None


def answers(operation: Operation) -> Iterator[tuple[str, Node]]:
    """The responses of an operation by status."""
    for status, use in entries(operation.node.get("responses")).items():
        answer = operation.document.follow(use)
        if answer is not None:
            yield status, answer


def counterpart(operation: Operation, status: str) -> tuple[str, Node] | None:
    """The response that covers a status: its own, that of its range, or `default`."""
    known = dict(answers(operation))
    for name in (status, f"{status[:1]}XX", f"{status[:1]}xx", "default"):
        if name in known:
            return name, known[name]
    return None


def headers(document: Document, answer: Node) -> Iterator[tuple[str, Node]]:
    """The headers of a response by name."""
    for name, use in named(answer.get("headers")).items():
        header = document.follow(use)
        if header is not None:
            yield name, header


def bodies(operation: Operation) -> Iterator[tuple[str, Node]]:
    """The schemas of a request by media type."""
    use = operation.node.get("requestBody")
    body = operation.document.follow(use) if use is not None else None
    if body is not None:
        yield from contents(operation.document, body)


def contents(document: Document, holder: Node) -> Iterator[tuple[str, Node]]:
    """The schemas of a body by media type; of a sequence that of its items."""
    for kind, use in entries(holder.get("content")).items():
        media = document.follow(use)
        schema = (media.get("schema") or media.get("itemSchema")) if media is not None else None
        if schema is not None:
            yield kind, schema


def shown(finding: Finding) -> bool:
    """Whether a finding has a value that shows it."""
    return finding.proof.kind is ProofKind.WITNESS
