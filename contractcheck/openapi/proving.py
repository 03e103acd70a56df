"""The prover in its seat: what two contracts say of a value, put to the containment of schemas."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from msgspec.structs import replace

from contractcheck.model.finding import Direction, Json
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.readings import readings
from contractcheck.openapi.scopes import Scopes
from contractcheck.schemas.edits import Ask, Decision, Outcome, Side, Twins
from contractcheck.schemas.edits import Node as Place
from contractcheck.schemas.edits.strings import CONSTRAINING, encoded

if TYPE_CHECKING:
    from contractcheck.schemas import containment, documents

STEPS: Final = 10_000
"""The work one question may cost: about a tenth of a second."""
EQUAL_STEPS: Final = 3_000
"""The work for a question that only spares notes."""
ALL_STEPS: Final = 200_000
"""The work that all questions of a comparison may cost together."""

_DIALECTS: Final = {"openapi-3.2": "openapi-3.1"}
_HIDDEN: Final = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
_BOUNDS: Final[Mapping[str, Mapping[str, Json]]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}
_CALLED: Final = {"url": "uri"}
_UNPROVEN: Final = Decision(Outcome.UNPROVEN)


class Prover:
    """Answers what a walk asks of two contracts, within a budget for all questions together.

    A sender is closed (design: it uses only what its side declares) where the schemas are all that speaks of the
    value. Members
    that do not travel in a direction (`readOnly`, `writeOnly`) are left out of it; the formats that restrict values are
    asserted, those of numbers as the bounds they mean.
    """

    def __init__(self, base: Document, revision: Document, steps: int = ALL_STEPS) -> None:
        """Nothing is loaded before the first question."""
        self._documents = (base, revision)
        self._scopes = (Scopes(base), Scopes(revision))
        sides = [
            Side(str(each.dialect), each.reference, each.resolve, scope=each.scope, trail=each.trail)
            for each in (base, revision)
        ]
        self._twins = Twins(*sides)
        self._steps = steps
        self._universe: containment.Universe | None = None
        self._read: dict[tuple[int, Direction], documents.Document] = {}
        self._joined: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
        self._owners: dict[int, str] = {}
        self._indexed: set[str] = set()

    def __call__(self, ask: Ask) -> Decision:
        """CONTAINED with a proof, BROKEN with a witness that was confirmed, else UNPROVEN."""
        from contractcheck.schemas.containment import Universe

        if self._universe is None:
            self._universe = Universe()
        if self._steps <= 0:
            return _UNPROVEN
        base = self._source(0, ask.base, ask.direction, closed=ask.whole)
        revision = self._source(1, ask.revision, ask.direction, closed=ask.whole)
        if base is None or revision is None:
            return _UNPROVEN
        sender, receiver = (base, revision) if ask.direction is Direction.REQUEST else (revision, base)
        if ask.equal:  # that the sender's values are among those of the open receiver was asked before
            there = self._contains(sender, receiver, EQUAL_STEPS)
            return there if there.outcome is not Outcome.CONTAINED else self._contains(receiver, sender, EQUAL_STEPS)
        receiver = _opened(receiver)
        if ask.aim is not None and ask.apart:
            return self._contains(sender, self._part(ask, receiver), shown=ask.shown)
        spot = None
        if ask.aim is not None or ask.value is not None:
            from contractcheck.schemas.containment import Spot

            spot = Spot(ask.path, self._part(ask, receiver) if ask.aim is not None else None, ask.value)
        found = self._contains(sender, receiver, spot=spot, shown=ask.shown or ask.textual)
        if found.outcome is Outcome.BROKEN and ask.textual and not _refused(found.witness, receiver):
            return _UNPROVEN
        return found

    def _contains(
        self,
        sender: "documents.Source",
        receiver: "documents.Source",
        steps: int = STEPS,
        *,
        spot: "containment.Spot | None" = None,
        shown: bool = True,
    ) -> Decision:
        assert self._universe is not None  # noqa: S101 - made before the first question
        budget = min(steps, max(self._steps, 1))
        found = self._universe.contains(sender, receiver, spot=spot, shown=shown, budget=budget)
        self._steps -= self._universe.steps
        return Decision(Outcome(str(found.verdict)), found.witness, "")

    def _part(self, ask: Ask, receiver: "documents.Source") -> "documents.Source":
        """The part of what the receiver says that is aimed at."""
        from contractcheck.schemas.documents import Source

        assert ask.aim is not None  # noqa: S101 - asked before
        node, part = ask.aim
        side = 1 if ask.direction is Direction.REQUEST else 0
        return Source(part, receiver.document, self._scopes[side].base(_placed(node)))

    def _source(
        self, side: int, conjunction: tuple[Any, ...], direction: Direction, *, closed: bool
    ) -> "documents.Source | None":
        """The schemas as one; None if there are none."""
        from contractcheck.schemas.documents import Source

        if not conjunction:
            return None
        bases = [self._scopes[side].base(_placed(node)) for node in conjunction]
        schema = conjunction[0].value
        if len(conjunction) > 1:
            key = (("", str(side)), *((node.file, node.pointer) for node in conjunction))
            parts = [
                node.value if base == bases[0] else {"$ref": _Way(_placed(node))}
                for node, base in zip(conjunction, bases, strict=True)
            ]
            schema = self._joined.setdefault(key, {"allOf": parts})
        return Source(schema, self._document(side, direction), bases[0], closed)

    def _document(self, side: int, direction: Direction) -> "documents.Document":
        """One side as it is read in one direction."""
        known = self._read.get((side, direction))
        if known is not None:
            return known
        from contractcheck.schemas.dialects import Dialect
        from contractcheck.schemas.documents import Document as Read
        from contractcheck.schemas.documents import Target

        document, scopes = self._documents[side], self._scopes[side]

        def resolve(reference: str, base: str) -> Target:
            node = reference.node if isinstance(reference, _Way) else scopes.find(reference, base)
            found = scopes.target(node, reference)
            same = self._identity(side, direction, node, reference, base) if node is not None else None
            return replace(found, identity=same)

        def adapt(schema: Mapping[str, Json]) -> Json:
            return self._adapt(side, direction, schema)

        spoken = str(document.dialect)
        read = Read(
            Dialect(_DIALECTS.get(spoken, spoken)),
            resolve,
            formats=True,
            adapt=adapt,
            kin=(spoken, direction),
            dynamic=scopes.dynamic,
            scoped=scopes.rebase,
        )
        return self._read.setdefault((side, direction), read)

    def _identity(self, side: int, direction: Direction, node: Node, reference: str, base: str) -> Hashable:
        """Equal for what means the same on both sides: the place in the base document."""
        here, there = self._documents[side].path, self._documents[1 - side].path
        twin = self._scopes[1 - side].find(reference, there if base == here else base)
        if twin is None:
            return None
        old, new = (node, twin) if side == 0 else (twin, node)
        return (direction, old.file, old.pointer) if self._twins.same(old, new) else None

    def _adapt(self, side: int, direction: Direction, schema: Mapping[str, Json]) -> Json:
        """A schema object without the members that do not travel, and with the formats that restrict values."""
        said = schema
        members = schema.get("properties")
        if isinstance(members, dict):
            hidden = {name for name, member in members.items() if self._hidden(side, direction, schema, member)}
            if hidden:
                needed = schema.get("required")
                said = {**said, "properties": {name: members[name] for name in members if name not in hidden}}
                if isinstance(needed, list):
                    said["required"] = [name for name in needed if name not in hidden]
        named, coded = schema.get("format"), schema.get("contentEncoding")
        if isinstance(named, str):
            said = _formatted(dict(said), named)
        if isinstance(coded, str) and (called := encoded("contentEncoding", coded)) in CONSTRAINING["string"]:
            several = said.get("allOf")
            said = {**said, "allOf": [*(several if isinstance(several, list) else ()), {"format": called}]}
        return said

    def _hidden(self, side: int, direction: Direction, schema: Mapping[str, Json], member: Json) -> bool:
        """Whether a member carries the note that keeps it out of this direction, also behind `$ref`, `allOf`."""
        note = _HIDDEN[direction]
        todo, seen = [(member, "")], 0
        while todo and seen < 100:
            part, base = todo.pop()
            seen += 1
            if not isinstance(part, dict):
                continue
            reference = part.get("$ref")
            alone = str(self._documents[side].dialect) in {"openapi-3.0", "swagger-2.0"}
            if part.get(note) is True and not (alone and isinstance(reference, str)):
                return True
            if isinstance(reference, str):
                base = base or self._owner(side, schema)
                target = self._scopes[side].find(reference, base)
                if target is not None:
                    todo.append((target.value, self._scopes[side].base(target)))
                if alone:
                    continue
            several = part.get("allOf")
            if isinstance(several, list):
                todo += [(each, base) for each in several]
        return False

    def _owner(self, side: int, schema: Mapping[str, Json]) -> str:
        """The base of where a schema object stands."""
        document = self._documents[side]
        if len(document.files) == 1 and not document.identified(document.path):
            return document.path
        for path in document.files:
            if f"{side}:{path}" not in self._indexed:
                self._indexed.add(f"{side}:{path}")
                todo: list[tuple[Any, str]] = [(document.content(path), path)]
                while todo:
                    value, base = todo.pop()
                    if isinstance(value, dict):
                        base = self._owners[id(value)] = self._scopes[side].rebase(value, base)
                        todo.extend((part, base) for part in value.values())
                    elif isinstance(value, list):
                        todo.extend((part, base) for part in value)
        return self._owners.get(id(schema), document.path)


class _Way(str):
    """A reference that no text holds: to a place that is known."""

    __slots__ = ("node",)
    node: Node

    def __new__(cls, node: Node) -> Self:
        """Shown as the pointer of the place."""
        made = super().__new__(cls, node.pointer)
        made.node = node
        return made


def _placed(node: Place) -> Node:
    return Node(node.file, node.pointer, node.value)


def _refused(value: Json, receiver: "documents.Source") -> bool:
    """Whether a value that travels as text, an object as that of a form, is refused however its texts are read."""
    from contractcheck.schemas.witness import UnsureError, valid

    ways = readings(value)
    try:
        return bool(ways) and not any(valid(each, receiver) for each in ways)
    except UnsureError:
        return False


def _opened(source: "documents.Source") -> "documents.Source":
    return replace(source, closed=False)


def _formatted(said: dict[str, Any], named: str) -> dict[str, Any]:
    """A schema with a format: bounds for that of a number, the text's own where it restricts, else none."""
    named = _CALLED.get(named, named)
    if named in CONSTRAINING["string"]:
        said["format"] = named
        return said
    del said["format"]
    if named in _BOUNDS:
        several = said.get("allOf")
        said["allOf"] = [*(several if isinstance(several, list) else ()), _BOUNDS[named]]
    return said
