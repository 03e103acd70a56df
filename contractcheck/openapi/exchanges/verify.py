"""Whether openapi-core agrees that one side allows an exchange and the other refuses it."""

from contractcheck.model.exchange import Exchange
from contractcheck.model.finding import Direction
from contractcheck.openapi.exchanges.excerpt import TooLargeError, excerpt
from contractcheck.openapi.exchanges.judge import NO_OPERATION, Answer, Judge, Ruling
from contractcheck.openapi.exchanges.operation import Operation, Operations
from contractcheck.openapi.exchanges.router import Router
from contractcheck.openapi.exchanges.witness import Made

VERIFIED = "verified"


class Side:
    """One document, ready to judge exchanges with any of its operations."""

    def __init__(self, operations: Operations, router: Router) -> None:
        self._operations = operations
        self._router = router
        self._judges: dict[tuple[str, bool], Judge | Ruling] = {}
        self._alike: dict[tuple[int, int], bool] = {}

    def find(self, exchange: Exchange, label: str, *, hook: bool) -> tuple[Operation, dict[str, str]] | None:
        """The operation that the request of an exchange means, and the values in its path."""
        if hook:
            operation = self._operations.find(label)
            return (operation, {}) if operation is not None else None
        route = self._router.find(exchange.request.method, exchange.request.url)
        return (route.operation, route.values) if route is not None else None

    def judge(self, operation: Operation, *, security: bool = True) -> Judge | Ruling:
        """What judges an operation, or why nothing can."""
        key = (operation.label, security)
        if key not in self._judges:
            try:
                self._judges[key] = Judge(
                    excerpt(operation, Direction.REQUEST, security=security),
                    excerpt(operation, Direction.RESPONSE, security=security),
                )
            except TooLargeError as error:
                self._judges[key] = Ruling(Answer.UNDECIDED, why=str(error))
        return self._judges[key]

    def alike(self, mine: Judge, other: Judge) -> bool:
        """Whether two judges of operations read every exchange the same way; both must be of sides that are kept."""
        key = (id(mine), id(other))
        if key not in self._alike:
            self._alike[key] = mine.alike(other)
        return self._alike[key]

    def rule(self, exchange: Exchange, label: str, *, hook: bool = False) -> Ruling:
        """Whether this side allows the exchange: its response if it has one, else its request."""
        found = self.find(exchange, label, hook=hook)
        if found is None:
            return NO_OPERATION
        judge = self.judge(found[0])
        if isinstance(judge, Ruling):
            return judge
        return judge.response(exchange) if exchange.response is not None else judge.request(exchange.request, found[1])


def verify(made: Made, base: Side, revision: Side) -> str:
    """`verified`, `disagreement: ...` or `undecided: ...`."""
    if made.read_otherwise:
        return "undecided: both sides accept it, and read it differently"
    allowing, refusing = (base, revision) if made.allowed_by_base else (revision, base)
    names = ("the base", "the revision") if made.allowed_by_base else ("the revision", "the base")
    allowed = allowing.rule(made.exchange, made.operation, hook=made.hook)
    refused = refusing.rule(made.exchange, made.operation, hook=made.hook)
    for ruling, name in ((allowed, names[0]), (refused, names[1])):
        if ruling.answer is Answer.UNDECIDED:
            return f"undecided: under {name}, {ruling.why}"
    if allowed.answer is Answer.REFUSED:
        return f"disagreement: openapi-core refuses it under {names[0]}: {_told(allowed)}"
    if refused.answer is Answer.ACCEPTED:
        return f"disagreement: openapi-core accepts it under {names[1]}"
    return VERIFIED


def _told(ruling: Ruling) -> str:
    first = str(ruling.faults[0]) if ruling.faults else "it does not say why"
    return f"{first} and {len(ruling.faults) - 1} more" if len(ruling.faults) > 1 else first
