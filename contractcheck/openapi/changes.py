"""A change found between two contracts, and the ground that all comparing functions share."""

from collections.abc import Mapping

from msgspec import Struct, field

from contractcheck.model.finding import Affected, Direction, Json, ProofKind
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.made import Made, Said
from contractcheck.schemas.edits import Tried, Twins, Walk
from contractcheck.schemas.edits.values import canonical
from contractcheck.schemas.edits.view import Views


class Change(Struct, frozen=True):
    """One rule that applies to one difference, and whom it reaches; `base`/`revision` are where to look on each side.

    `only` (`base`, `revision`) is the side that has the thing where the other only shows the parent. `member` names
    what the
    change is about where no place does. `details` fill the templates of the rule's record.
    """

    rule: str
    base: Node | None
    revision: Node | None
    affects: tuple[Affected, ...]
    member: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    proof: ProofKind = ProofKind.STRUCTURAL
    witness: Json = None
    tried: Tried | None = None
    why: str = ""
    only: str | None = None
    behind: tuple[Node, Node] | None = None


class Ground(Struct):
    """The two documents, what is the same on both sides, the walk over schemas, and what was found so far.

    `shown` are pairs of media types, parameters and headers that differ and may have examples; `called` are the
    operations of callbacks of callbacks that were compared, with their direction: there may be circles of them.
    """

    base: Document
    revision: Document
    twins: Twins
    walk: Walk
    views: tuple[Views, Views]
    changes: list[Change] = field(default_factory=list)
    shown: list[tuple[Node, Node, Affected]] = field(default_factory=list)
    called: set[tuple[Node, Node, bool]] = field(default_factory=set)
    harmless: int = 0

    def same(self, base: Node | None, revision: Node | None) -> bool:
        """Whether both sides say the same there, or both say nothing."""
        if base is None or revision is None:
            return base is revision
        match base, revision:
            case Made(), Made():
                return base.parts.keys() == revision.parts.keys() and all(
                    self.same(part, revision.parts[name]) for name, part in base.parts.items()
                )
            case Said(), Said():
                return canonical(base.value) == canonical(revision.value)
            case (Made() | Said(), _) | (_, Made() | Said()):
                return False
        return self.twins.same(base, revision)

    def say(
        self,
        rule: str,
        base: Node | None,
        revision: Node | None,
        affected: Affected,
        *,
        only: str | None = None,
        **details: object,
    ) -> None:
        """Write down a change."""
        self.changes.append(Change(rule, base, revision, (affected,), details=details, only=only))

    def tell(
        self,
        rule: str,
        at: tuple[Node, Node],
        affected: Affected,
        details: Mapping[str, object],
        member: str | None = None,
    ) -> None:
        """Write down a change whose details are gathered already."""
        self.changes.append(Change(rule, *at, (affected,), member, details))

    def note(
        self,
        rule: str,
        base: Node | None,
        revision: Node | None,
        affected: Affected | None = None,
        *,
        only: str | None = None,
        member: str | None = None,
        **details: object,
    ) -> None:
        """Write down a change of something that `member` names; with no operation, one of the document as a whole."""
        reached = (affected,) if affected is not None else ()
        self.changes.append(Change(rule, base, revision, reached, member, details, only=only))


class Exchange(Struct, frozen=True):
    """An operation under comparison: its name for people.

    `swapped` says that the sides are (webhooks, callbacks), `called` that it is a callback.
    """

    label: str
    swapped: bool = False
    called: bool = False

    @property
    def request(self) -> Affected:
        """The operation as reached by what the caller sends."""
        return Affected(self.label, Direction.RESPONSE if self.swapped else Direction.REQUEST)

    @property
    def response(self) -> Affected:
        """The operation as reached by what the caller gets back."""
        return Affected(self.label, Direction.REQUEST if self.swapped else Direction.RESPONSE)


def text(node: Node | None) -> str | None:
    """The text that stands there; None for anything else."""
    return node.value if node is not None and isinstance(node.value, str) else None


def true(node: Node | None, keyword: str) -> bool:
    """Whether that member is the boolean true."""
    member = node.get(keyword) if node is not None else None
    return member is not None and member.value is True


def entries(node: Node | None) -> dict[str, Node]:
    """The members of an object with patterned fields (`paths`, `responses`, a callback), without extensions."""
    return {name: member for name, member in named(node).items() if not name.startswith("x-")}


def named(node: Node | None) -> dict[str, Node]:
    """The members of a map (`headers`, `properties`, ...), where `x-token` is a name; empty for anything else."""
    return dict(node.members()) if node is not None else {}
