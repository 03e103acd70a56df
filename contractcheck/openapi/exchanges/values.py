"""Small valid values for the schemas of a contract, and whether a value is valid: the containment engine, asked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contractcheck.model.finding import Direction, Json
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.scopes import Scopes
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import Document as Read
from contractcheck.schemas.documents import Source
from contractcheck.schemas.evaluation import holds
from contractcheck.schemas.examples import familiar
from contractcheck.schemas.formats import SAMPLES
from contractcheck.schemas.outcome import ExhaustedError, Found
from contractcheck.schemas.prover import Prover
from contractcheck.schemas.reading import Reader
from contractcheck.schemas.values import UnusableError, freeze, thaw

STEPS: Final = 4_000
"""The work one value may cost: some hundredths of a second."""

_HIDDEN: Final = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
_BOUNDS: Final = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}
_SPOKEN: Final = {"openapi-3.2": "openapi-3.1"}


class NoValueError(Exception):
    """No valid value was found within the budget, or there is none."""


class Values:
    """Makes and checks values of one document, in one direction."""

    def __init__(self, document: Document, direction: Direction) -> None:
        self._document = document
        self._hidden = _HIDDEN[direction]
        self._reader = Reader(self._spend)
        self._prover = Prover(self._reader.nodes)
        spoken = str(document.dialect)
        self._scopes = Scopes(document)
        self._read = Read(
            Dialect(_SPOKEN.get(spoken, spoken)),
            self._scopes.resolve,
            formats=True,
            adapt=self._adapt,
            dynamic=self._scopes.dynamic,
            scoped=self._scopes.rebase,
        )

    def sample(self, schema: Node, *, wire: bool = False) -> Any:  # noqa: ANN401 - plain JSON
        """A small valid value, in the words of the document's own examples; with `wire` one that is no empty text.

        Raises NoValueError.
        """
        said: Json = (
            {"allOf": [schema.value, {"minLength": 1, "not": {"enum": [[], {}, None]}}]} if wire else schema.value
        )
        source = Source(said, self._read, self._scopes.base(schema))
        self._prover.start(STEPS)
        try:
            node = self._reader.node(source)
            outcome = self._prover.search([node])
        except (ExhaustedError, RecursionError):
            raise NoValueError from None
        if not isinstance(outcome, Found):
            raise NoValueError
        value = thaw(outcome.value)
        plain = Source(schema.value, self._read, self._scopes.base(schema))
        return familiar(value, plain, lambda changed: self._holds(node, changed) is True)

    def examples(self, holder: Node, schema: Node | None) -> Iterator[Any]:
        """What the document itself gives as examples of a parameter or body, if valid."""
        given = []
        if (one := holder.get("example")) is not None:
            given.append(one.value)
        several = holder.get("examples")
        for _, each in several.members() if several is not None else ():
            example = self._document.follow(each)
            value = example.get("value") if example is not None else None
            if value is not None:
                given.append(value.value)
        yield from (each for each in given if schema is None or self.valid(each, schema))

    def valid(self, value: Json, schema: Node) -> bool | None:
        """Whether a value is valid; None where that is not known."""
        self._prover.start(STEPS)
        try:
            node = self._reader.node(Source(schema.value, self._read, self._scopes.base(schema)))
            return self._holds(node, value)
        except (ExhaustedError, RecursionError):
            return None

    def _holds(self, node: int, value: Json) -> bool | None:
        self._prover.start(STEPS)
        try:
            return holds(self._reader.nodes, node, freeze(value))
        except UnusableError:
            return None

    def _spend(self, steps: int) -> None:
        self._prover.spend(steps)

    def _adapt(self, schema: Mapping[str, Json]) -> Json:
        """A schema with the formats of which something is known, not requiring what does not travel."""
        said: dict[str, Any] = dict(schema)
        named = said.get("format")
        if named not in SAMPLES:
            said.pop("format", None)
        if isinstance(named, str) and named in _BOUNDS:
            several = said.get("allOf")
            said["allOf"] = [*(several if isinstance(several, list) else ()), _BOUNDS[named]]
        members, needed = said.get("properties"), said.get("required")
        if isinstance(members, Mapping) and isinstance(needed, list):
            said["required"] = [name for name in needed if not self._hides(members.get(str(name)))]
        return said

    def _hides(self, member: Json) -> bool:
        return isinstance(member, Mapping) and member.get(self._hidden) is True
