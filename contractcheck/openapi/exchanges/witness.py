"""The exchange that shows a finding: one that one side of the contract allows and the other refuses."""

import re
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Direction, Finding, Json
from contractcheck.model.place import Place, split
from contractcheck.openapi import mediatypes
from contractcheck.openapi.changes import entries, named, text, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges import carried
from contractcheck.openapi.exchanges.carried import Carrier, Case, around
from contractcheck.openapi.exchanges.operation import Operation, Operations
from contractcheck.openapi.exchanges.sample import NoSampleError, Sampler, Wanted, answered
from contractcheck.openapi.exchanges.values import NoValueError

REFUSED: Final = "was accepted and is refused now"
UNPROMISED: Final = "may be answered now and was not promised"
GONE: Final = "was promised and is answered no longer"
SENT: Final = "may be sent by the server now and was not promised"
UNSENT: Final = "was sent by the server and is sent no longer"
OTHERWISE: Final = "is read otherwise than it is written now"

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
        "security-scope-added",
    }
)
"""Rules for which the least request of the base is the witness: it lacks what the revision asks for."""

_UNSEEN: Final = {
    "security-scope-added": "the scopes of a token are not on the wire",
    "discriminator-value": "openapi-core takes a discriminator for a hint",
    "extensible-enum": "openapi-core does not know x-extensible-enum",
    "encoding": "openapi-core does not look at how the parts of a form are written",
    "xml": "both sides accept it, and read it differently",
    "style": "both sides accept it, and read it differently",
    "became-list": "both sides accept it, and read it differently",
    "became-single": "both sides accept it, and read it differently",
}
"""Why openapi-core may see no difference, by words of the rule."""

_BOOLEANS: Final = frozenset({"y", "yes", "t", "on", "1", "n", "no", "f", "off", "0"})

_TRIED: Final = 3  # operations that are tried for one finding
_STEP: Final = re.compile(r"\$\.([^.\[]+)")


class Made(Struct, frozen=True):
    """An exchange, its operation, and which side allows it; the other refuses it.

    `hooks` are the operations on both sides where no address leads to them: webhooks and callbacks. `unseen` says why
    openapi-core may accept it on both sides.
    """

    exchange: Exchange
    operation: str
    allowed_by_base: bool
    hooks: tuple[Operation, Operation] | None = None
    unseen: str = ""


class Witnesses:
    """Makes the exchanges of findings between two documents."""

    def __init__(self, base: Document, revision: Document) -> None:
        self.operations = Operations(base), Operations(revision)
        self._samplers = Sampler(base), Sampler(revision)
        self._carrier = Carrier(self._samplers)

    def make(self, finding: Finding) -> Made | None:
        """The exchange for a finding; None for rules that no exchange shows, and where none can be made."""
        tried = 0
        trial = finding.proof.trial
        for affected in (*((trial.affected,) if trial is not None else ()), *finding.affects):
            old, new = (
                side.find(affected.operation, place)
                for side, place in zip(self.operations, (finding.base_place, finding.place), strict=True)
            )
            if finding.rule == "operation-moved":
                old = self.operations[0].at(finding.base_place)
            if old is None and new is None:
                continue
            tried += 1
            if tried > _TRIED:
                break
            try:
                made = self._make(finding, affected.direction, affected.operation, old, new)
            except (NoSampleError, NoValueError):
                continue
            if made is not None:
                return made
        return None

    def _make(
        self, finding: Finding, direction: Direction, label: str, old: Operation | None, new: Operation | None
    ) -> Made | None:
        if finding.rule in _LEAST and old is not None and not old.swapped:
            way = _index(finding, "security") if finding.rule.startswith("security") else 0
            request = self._samplers[0].request(old, Wanted(way=way))
            hooks = (old, new) if old.hook and new is not None else None
            return Made(Exchange(request, about=REFUSED), label, True, hooks, _unseen(finding.rule))  # noqa: FBT003
        if old is None or new is None:
            return None
        case = Case(finding, label, direction, (old, new))
        made = self._told(case)
        if made is None:
            return None
        side, message = made
        return self._shown(case, side, message)

    def _shown(self, case: Case, side: int, message: Request | Response) -> Made:
        """A request or response that one side allows, as an exchange."""
        operation, unseen = case.operations[side], _unseen(case.finding.rule)
        witness = case.finding.proof.witness
        if any(str(each) in _BOOLEANS for each in (witness.values() if isinstance(witness, dict) else (witness,))):
            unseen = "openapi-core reads more texts than true and false as booleans"
        about = _about(side, case.direction, asked=case.asked)
        if "style" in unseen or case.finding.rule.endswith(("style-changed", "became-list", "became-single")):
            about = OTHERWISE
        if isinstance(message, Response):
            exchange = answered(self._samplers[side].request(operation), message, about)
        else:
            exchange = Exchange(message, about=about)
        return Made(exchange, case.label, side == 0, case.operations if operation.hook else None, unseen)

    def _told(self, case: Case) -> tuple[int, Request | Response] | None:
        """What one side sends, and which one: the other refuses it."""
        finding = case.finding
        old, new = case.operations
        match finding.rule:
            case "request-media-type-removed" | "response-media-type-removed":
                return self._of_type(case, 0)
            case "response-media-type-added":
                return self._of_type(case, 1)
            case "request-parameter-empty-narrowed":
                each = carried.parameter(old, finding.base_place)
                empty = {(each.place, each.name): ""} if each is not None else {}
                return 0, self._samplers[0].request(old, Wanted(parameters=empty))
            case "response-body-became-optional" if case.asked:
                return 1, self._samplers[1].request(new)
            case "response-required-header-removed" | "response-header-became-optional":
                return (1, self._samplers[1].request(new)) if case.asked else self._headless(old, new)
            case "response-success-status-removed" | "webhook-success-status-removed":
                return self._answer(0, old, _last(finding.base_place))
            case "response-success-status-added" | "response-error-status-added":
                return self._answer(1, new, _last(finding.place))
        side = case.sender
        message = self._of_words(case, finding.rule.removeprefix(f"{case.direction}-"))
        if message is None and carried.shown(finding):
            message = self._carrier.witness(case)
        return (side, message) if message is not None else None

    def _of_words(self, case: Case, aspect: str) -> Request | Response | None:
        """What the sender sends of a kind of change that no value of a schema shows."""
        match aspect:
            case "parameter-style-changed" | "parameter-became-single" | "header-style-changed" | "header-became-list":
                return self._restyled(case)
            case "encoding-narrowed" | "encoding-widened" | "encoding-changed":
                return self._with_member(case, _member(case), mediatypes.form)
            case "xml-changed":
                step = _STEP.search(case.finding.subject)
                return self._with_member(case, step[1] if step is not None else None, mediatypes.xml)
            case "discriminator-value-removed" | "discriminator-value-added":
                return self._named(case)
            case "extensible-enum-removed" | "extensible-enum-added":
                return self._listed(case)
            case "property-count-narrowed" | "property-count-widened" if not carried.shown(case.finding):
                return self._counted(case)
            case _:
                return None

    def _of_type(self, case: Case, side: int) -> tuple[int, Request | Response] | None:
        """A request or response of a media type that only one side knows."""
        operation, place = case.operations[side], case.place(side)
        if case.asked:
            return side, self._samplers[side].request(operation, Wanted(media_type=_last(place)))
        for status, answer in carried.answers(operation):
            for kind, media in entries(answer.get("content")).items():
                if place is not None and media.pointer == place.pointer and media.file == place.file:
                    return side, self._samplers[side].response(operation, status, kind)
        return None

    def _answer(self, side: int, operation: Operation, status: str | None) -> tuple[int, Response] | None:
        """A sample response of one side."""
        return (side, self._samplers[side].response(operation, status)) if status is not None else None

    def _headless(self, old: Operation, new: Operation) -> tuple[int, Response] | None:
        """A response of the revision without a header that the base promises."""
        for status, answer in carried.answers(old):
            other = carried.counterpart(new, status)
            if other is not None and _required(old.document, answer) - _required(new.document, other[1]):
                return self._answer(1, new, other[0])
        return None

    def _restyled(self, case: Case) -> Request | Response | None:
        """A request or response with a list or object as the sender writes it."""
        side = case.sender
        operation, sampler = case.operations[side], self._samplers[side]
        if case.asked:
            each = carried.parameter(operation, case.place(side))
            schema = each.node.get("schema") if each is not None else None
            if each is None or schema is None:
                return None
            several = {(each.place, each.name): sampler.several(schema, case.direction)}
            return sampler.request(operation, Wanted(parameters=several))
        for status, answer in carried.answers(operation):
            for name, header in carried.headers(operation.document, answer):
                schema = header.get("schema")
                if schema is not None and around(header, case.place(side)):
                    return sampler.response(operation, status, headers={name: sampler.several(schema, case.direction)})
        return None

    def _with_member(self, case: Case, member: str | None, fits: Any) -> Request | Response | None:  # noqa: ANN401
        """A sample of a body with a member, of the first media type that fits."""
        side = case.sender
        operation, sampler = case.operations[side], self._samplers[side]
        if case.asked:
            kinds = [kind for kind, _ in carried.bodies(operation) if fits(mediatypes.normal(kind))]
            return sampler.request(operation, Wanted(media_type=kinds[0], member=member)) if kinds else None
        for status, answer in carried.answers(operation):
            for kind, _ in carried.contents(operation.document, answer):
                if fits(mediatypes.normal(kind)):
                    return sampler.response(operation, status, kind, member=member)
        return None

    def _named(self, case: Case) -> Request | Response | None:
        """A body that names its kind as only the sender does."""
        tables = [self._above(case, side, "discriminator") for side in (case.sender, 1 - case.sender)]
        if tables[0] is None or tables[1] is None:
            return None
        told = [named(each.get("mapping")) for each in tables]  # type: ignore[union-attr]
        word = text(tables[0].get("propertyName"))
        name = next((each for each in told[0] if each not in told[1]), None)
        if name is None or word is None:
            return None
        document = case.operations[case.sender].document
        reference = text(told[0][name]) or ""
        bare = not re.search("[/#.]", reference)
        branch = document.resolve(tables[0], f"#/components/schemas/{reference}" if bare else reference)
        if branch is None:
            return None
        tagged: Json = {"type": "object", "required": [word], "properties": {word: {"enum": [name]}}}
        both = Node(branch.file, branch.pointer, {"allOf": [branch.value, tagged]})
        holder = replace(_empty(case.place(case.sender)), pointer=tables[0].pointer.rpartition("/")[0])
        value = self._samplers[case.sender].values[case.direction].sample(both)
        return self._carrier.placed(_moved(case, holder), value)

    def _listed(self, case: Case) -> Request | Response | None:
        """A value of an extensible enum that only the sender lists."""
        lists = [self._above(case, side, "x-extensible-enum") for side in (case.sender, 1 - case.sender)]
        if lists[0] is None or lists[1] is None:
            return None
        known = [each.value for each in lists[1].items()]
        value = next((each.value for each in lists[0].items() if each.value not in known), None)
        return self._carrier.placed(case, value) if value is not None else None

    def _counted(self, case: Case) -> Request | Response | None:
        """An object with more or fewer members than the receiver counts."""
        limit, own = (_at(case, side) for side in (1 - case.sender, case.sender))
        word = _last(case.place(1 - case.sender))
        bound = limit.value if limit is not None else None
        if own is None or word not in {"maxProperties", "minProperties"} or not isinstance(bound, int):
            return None
        pointer = own.pointer if _last(case.place(case.sender)) != word else own.pointer.rpartition("/")[0]
        schema = case.operations[case.sender].document.resolve(Node(own.file, "", None), f"#{pointer}")
        if schema is None:
            return None
        beyond = {"minProperties": bound + 1} if word == "maxProperties" else {"maxProperties": bound - 1}
        wanted = Node(schema.file, schema.pointer, {"allOf": [schema.value, {"type": "object", **beyond}]})
        value = self._samplers[case.sender].values[case.direction].sample(wanted)
        return self._carrier.placed(_moved(case, Place(schema.file, pointer=schema.pointer)), value)

    def _above(self, case: Case, side: int, word: str) -> Node | None:
        """The member of that name at the place of a finding, or around it."""
        place = case.place(side)
        tokens = split(place.pointer or "") if place is not None else ()
        node: Node | None = case.operations[side].document.resolve(Node(place.file, "", None), "#") if place else None
        found = None
        for token in (*tokens, word):
            if node is None:
                break
            found = node.get(word) or found
            node = node.get(int(token) if isinstance(node.value, list) and token.isdecimal() else token)
        return found


def _at(case: Case, side: int) -> Node | None:
    """What stands at the place of a finding."""
    place = case.place(side)
    return case.operations[side].document.resolve(Node(place.file, "", None), f"#{place.pointer}") if place else None


def _moved(case: Case, place: Place) -> Case:
    """The case with another place on the sender's side."""
    finding = case.finding
    moved = replace(finding, place=place) if case.sender else replace(finding, base_place=place)
    return replace(case, finding=moved)


def _empty(place: Place | None) -> Place:
    return replace(place, line=None, column=None) if place is not None else Place("")


def _about(side: int, direction: Direction, *, asked: bool) -> str:
    """What becomes of what one side allows."""
    if side:
        return SENT if asked else UNPROMISED
    if direction is Direction.REQUEST:
        return REFUSED
    return UNSENT if asked else GONE


def _unseen(rule: str) -> str:
    return next((why for words, why in _UNSEEN.items() if words in rule), "")


def _member(case: Case) -> str | None:
    """The part of a form that a finding is about: the last word of its subject, if the encoding knows it."""
    place = case.finding.place
    tokens = split(place.pointer or "") if place is not None else ()
    after = [following for before, following in pairwise(tokens) if before == "encoding"]
    return after[-1] if after else case.finding.subject.rpartition(" ")[2]


def _required(document: Document, answer: Node) -> set[str]:
    return {name.lower() for name, header in carried.headers(document, answer) if true(header, "required")}


def _last(place: Place | None) -> str | None:
    tokens = split(place.pointer) if place is not None and place.pointer else ()
    return tokens[-1] if tokens else None


def _index(finding: Finding, word: str) -> int:
    """The index behind the last `security` of the base's pointer."""
    tokens = split(finding.base_place.pointer or "") if finding.base_place is not None else ()
    after = [following for token, following in pairwise(tokens) if token == word]
    return int(after[-1]) if after and after[-1].isdecimal() else 0
