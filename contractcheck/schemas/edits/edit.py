"""The words of the walk: nodes, sides, edits, steps, and the question a prover is asked."""

from collections.abc import Callable, Hashable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct, field

from contractcheck.model.finding import Direction, Json, ProofKind


class Node(Protocol):
    """A place in a document and the value that stands there. Two nodes with one file and one pointer are the same."""

    @property
    def file(self) -> str: ...
    @property
    def pointer(self) -> str: ...
    @property
    def value(self) -> Any: ...  # noqa: ANN401 - a JSON value of unknown shape

    def get(self, token: str | int) -> "Node | None":
        """The member or item of that name, None if there is none."""
        ...


Conjunction = tuple[Node, ...]
"""Schemas that a value must all satisfy; the empty one allows everything."""


def _file(node: Any) -> Hashable:  # noqa: ANN401 - a node
    return node.file  # type: ignore[no-any-return]


def _nothing(_node: Any) -> None:  # noqa: ANN401 - a node
    return None


def _straight() -> None:
    return None


def _childless(_node: Any) -> Mapping[str, Node]:  # noqa: ANN401 - a node
    return {}


class Side(Struct, frozen=True):
    """One side of a comparison: its dialect (`openapi-3.0`, `draft2020-12`, ...) and how its `$ref` are followed.

    `follow(node)` gives the node that the node's `$ref` names, one hop; `find(node, reference)` the one that a
    reference standing
    there would name. Both give None where it leads nowhere. `heirs(node)` gives the schemas by name that a schema with
    a discriminator stands for without naming them. In places of one `scope(node)` a reference leads to the same.
    `dynamic(node)` is what the node's `$dynamicRef` names; None where that depends on the way there, as it does where
    `trail()` is given: all that decides on ways, equal where they are the same, and the schemas they may lead to.
    """

    dialect: str
    follow: Callable[[Any], Node | None]
    find: Callable[[Any, str], Node | None]
    heirs: Callable[[Any], Mapping[str, Node]] = _childless
    scope: Callable[[Any], Hashable] = _file
    dynamic: Callable[[Any], Node | None] = _nothing
    trail: Callable[[], tuple[Hashable, tuple[Node, ...]] | None] = _straight

    @property
    def null(self) -> str:
        """The keyword that allows null beside `type`; Swagger 2.0 has none of its own, only a custom."""
        return "x-nullable" if self.dialect == "swagger-2.0" else "nullable"

    @property
    def nullable(self) -> bool:
        """Whether `nullable` is spoken, and what stands beside a `$ref` is not (OpenAPI 3.0)."""
        return self.dialect in {"openapi-3.0", "swagger-2.0", "openapi-2.0"}


class Effect(StrEnum):
    """What an edit does. The last word of a rule's id."""

    NARROWED = "narrowed"  # fewer values
    WIDENED = "widened"  # more values
    CHANGED = "changed"  # the same values, another meaning
    UNDECIDED = "undecided"
    ADDED = "added"
    REMOVED = "removed"
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    DEPRECATED = "deprecated"
    BECAME_REQUIRED = "became-required"
    BECAME_OPTIONAL = "became-optional"


class Edit(Struct, frozen=True):
    """One difference between two schemas.

    `base` and `revision` are the most precise nodes that show it (the keyword, the enum's item); for something that
    only one
    side has, the other points to where it would stand. `member` names the property it is about, if any. `details`
    fill the
    templates of the rule's record.
    """

    aspect: str
    effect: Effect
    base: Node | None
    revision: Node | None
    member: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    proof: ProofKind = ProofKind.STRUCTURAL
    witness: Json = None
    why: str = ""
    tried: "Tried | None" = None


class Tried(Struct, frozen=True):
    """What a witness was tried against: two schemas, whose they are, and where in the witness the refused part is."""

    base: Node
    revision: Node
    root: Hashable
    path: tuple[str | int, ...]


class Step(Struct, frozen=True):
    """From a pair of schemas to a pair below it.

    `nulls` False: whether null is allowed is judged above. `defaults` False: the member is always sent, or its
    default was
    judged above. `uses` are the two nodes whose `$ref` led here, if the step does not start from them. `at` is the name
    of the member or the number of the item that the step goes into, None where it stays at one value. With `aside` the
    schemas above do not name the two below: whatever values they allow, these are judged by themselves.
    """

    base: Conjunction
    revision: Conjunction
    nulls: bool = True
    defaults: bool = True
    uses: tuple[Node, Node] | None = None
    at: str | int | None = None
    aside: bool = False


class Outcome(StrEnum):
    """What a prover concludes about `sender ⊆ receiver`."""

    CONTAINED = "contained"
    BROKEN = "broken"
    UNPROVEN = "unproven"


class Decision(Struct, frozen=True):
    """A prover's answer; `witness` (outcome broken) is a value that the sender may send and the receiver refuses."""

    outcome: Outcome
    witness: Json = None
    why: str = ""


class Ask(Struct, frozen=True):
    """What a prover is asked of a pair: may the sender send what the receiver refuses?

    The base sends in a request, the revision in a response. `whole`: these schemas are all that speaks of the value,
    so the
    sender uses only the members they declare. `aim`: a part of what the receiver says, and the node it stands in; a
    witness must be refused by it, and by the receiver as a whole. `equal`: whether both sides may send the same values.
    With `apart` only whether the sender meets the part is asked, whatever the receiver says besides.
    Without `shown` a BROKEN answer needs no witness, and proves nothing yet.
    `textual`: the values travel as text, so that a witness must be refused however its text is read.
    With `path` the part is of what stands there in the value; `value` is what stands there, (value,).
    """

    base: Conjunction
    revision: Conjunction
    direction: Direction
    whole: bool = True
    aim: tuple[Node, Mapping[str, Any]] | None = None
    equal: bool = False
    apart: bool = False
    shown: bool = True
    textual: bool = False
    path: tuple[str | int, ...] = ()
    value: tuple[Json] | None = None


Decide = Callable[[Ask], Decision]
"""Answers CONTAINED only with a proof, and BROKEN only with a witness that was confirmed."""
