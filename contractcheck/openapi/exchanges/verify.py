"""Whether openapi-core agrees that one side allows an exchange and the other refuses it."""

from contractcheck.model.exchange import Exchange
from contractcheck.openapi.document import Node
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
        self._judges: dict[tuple[Node, str, bool, bool], Judge | Ruling] = {}
        self._alike: dict[tuple[int, int], tuple[bool, bool]] = {}

    def find(self, exchange: Exchange) -> tuple[Operation, dict[str, str]] | None:
        """The operation that the request of an exchange means, and the values in its path."""
        route = self._router.find(exchange.request.method, exchange.request.url)
        return (route.operation, route.values) if route is not None else None

    def judge(self, operation: Operation, *, security: bool = True) -> Judge | Ruling:
        """What judges an operation, or why nothing can."""
        key = (operation.node, operation.item.path, operation.swapped, security)
        if key not in self._judges:
            try:
                self._judges[key] = Judge(
                    excerpt(operation, operation.asking, security=security),
                    excerpt(operation, operation.asking.opposite, security=security),
                )
            except TooLargeError as error:
                self._judges[key] = Ruling(Answer.UNDECIDED, why=str(error))
        return self._judges[key]

    def alike(self, mine: Judge, other: Judge) -> tuple[bool, bool]:
        """Whether two judges of operations read every request and every response the same way.

        Both must be of sides that are kept.
        """
        key = (id(mine), id(other))
        if key not in self._alike:
            self._alike[key] = mine.alike(other)
        return self._alike[key]

    def rule(self, exchange: Exchange, hook: Operation | None = None) -> Ruling:
        """Whether this side allows the exchange: its response if it has one, else its request.

        A `hook` is not found by its address, and is given.
        """
        found = (hook, {}) if hook is not None else self.find(exchange)
        if found is None:
            return NO_OPERATION
        judge = self.judge(found[0])
        if isinstance(judge, Ruling):
            return judge
        return judge.response(exchange) if exchange.response is not None else judge.request(exchange.request, found[1])


def verify(made: Made, base: Side, revision: Side) -> str:
    """`verified`, `disagreement: ...` or `undecided: ...`."""
    order = (0, 1) if made.allowed_by_base else (1, 0)
    rulings = []
    for side in order:
        ruling = (base, revision)[side].rule(made.exchange, made.hooks[side] if made.hooks is not None else None)
        rulings.append((ruling, ("the base", "the revision")[side]))
    (allowed, allowing), (refused, refusing) = rulings
    for ruling, name in rulings:
        if ruling.answer is Answer.UNDECIDED:
            return f"undecided: under {name}, {ruling.why}"
    if allowed.answer is Answer.REFUSED:
        return f"disagreement: openapi-core refuses it under {allowing}: {_told(allowed)}"
    if refused.answer is Answer.ACCEPTED:
        if made.unseen:
            return f"undecided: {made.unseen}"
        return f"disagreement: openapi-core accepts it under {refusing}"
    return VERIFIED


def _told(ruling: Ruling) -> str:
    first = str(ruling.faults[0]) if ruling.faults else "it does not say why"
    return f"{first} and {len(ruling.faults) - 1} more" if len(ruling.faults) > 1 else first
