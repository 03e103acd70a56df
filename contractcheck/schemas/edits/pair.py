"""A pair of schemas under comparison, and how its edits are written down."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from contractcheck.model.finding import Direction, ProofKind
from contractcheck.schemas.edits.edit import Conjunction, Edit, Effect, Node
from contractcheck.schemas.edits.view import Valued, View, Views


class Closing(StrEnum):
    """What there is to what is said of undeclared members: it `CHANGED`, or it stands `APART` from other members."""

    CHANGED = "changed"
    APART = "apart"


class Question(Struct):
    """Two schemas, what each says, and which way data flows between them.

    `textual`: the values travel as text (parameters, headers, forms), where a number is read as a string too and null
    cannot
    be sent. `nulls` False: whether null is allowed is judged above. `defaults` False: the member is always sent, so
    that its
    default is never used.
    """

    base: Conjunction
    revision: Conjunction
    old: View
    new: View
    direction: Direction
    textual: bool
    nulls: bool
    defaults: bool
    views: tuple[Views, Views]
    same: Callable[[Node, Node], bool]
    alike: Callable[[tuple[Node, Node], Any, Any], bool]
    still: Callable[[], bool]
    harmless: int = field(default=0)
    closing: Closing | None = None

    @property
    def request(self) -> bool:
        """Whether the base sends and the revision receives."""
        return self.direction is Direction.REQUEST

    @property
    def shared(self) -> frozenset[str]:
        """The types that both sides allow."""
        return self.old.types & self.new.types

    @property
    def sender(self) -> View:
        """The side that sends: the base in a request, the revision in a response."""
        return self.old if self.request else self.new

    def breaks(self, effect: Effect) -> bool:
        """Whether the effect breaks in this direction: a request narrowed, a response widened."""
        return effect is (Effect.NARROWED if self.request else Effect.WIDENED)

    def either(self, *, narrows: bool, widens: bool) -> Effect:
        """The effect of an edit that may do both: the one that breaks in this direction counts."""
        if narrows and widens:
            return Effect.NARROWED if self.request else Effect.WIDENED
        return Effect.NARROWED if narrows else Effect.WIDENED

    def edit(
        self,
        aspect: str,
        effect: Effect,
        base: Node | None,
        revision: Node | None,
        *,
        member: str | None = None,
        proof: ProofKind = ProofKind.STRUCTURAL,
        **details: object,
    ) -> Edit:
        """An edit of this pair. A side without the keyword is shown by the schema that lacks it."""
        return Edit(
            aspect=aspect,
            effect=effect,
            base=base if base is not None else self.where(old=True),
            revision=revision if revision is not None else self.where(old=False),
            member=member,
            details=details,
            proof=proof,
        )

    def undecided(self, keyword: str, base: Node | None, revision: Node | None) -> Edit:
        """An edit of which the walk cannot tell what it does."""
        return self.edit("schema", Effect.UNDECIDED, base, revision, proof=ProofKind.UNPROVEN, keyword=keyword)

    def where(self, *, old: bool) -> Node | None:
        """The schema of a side as it was found: where the first keyword stands, else the first use."""
        view, conjunction = (self.old, self.base) if old else (self.new, self.revision)
        resolved = self.views[0 if old else 1].resolve(conjunction[0]) if conjunction else None
        if resolved is not None:
            return resolved
        return view.fragments[0].node if view.fragments else (conjunction[0] if conjunction else None)

    def member(self, conjunction: Conjunction, *, old: bool) -> View:
        """The view of a schema below this pair."""
        return self.views[0 if old else 1].view(conjunction)


def listed(values: Iterable[Valued]) -> str:
    """Values as JSON, for a message: `"a", 1, null`; long lists are cut."""
    import json

    texts = [json.dumps(valued.value, ensure_ascii=False, default=str) for valued in values]
    return shorten(texts)


def shorten(texts: list[str], most: int = 12) -> str:
    """The texts with commas; those past `most` are counted."""
    return ", ".join(texts) if len(texts) <= most else f"{', '.join(texts[:most])} and {len(texts) - most} more"


def first(nodes: Iterator[Node]) -> Node | None:
    """The first node, None if there is none."""
    return next(nodes, None)
