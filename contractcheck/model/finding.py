"""A finding: one rule that applies to one change or effect, where, why we believe it, and whom it reaches."""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from contractcheck.model.exchange import Exchange
from contractcheck.model.place import Place

if TYPE_CHECKING:
    Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
else:
    Json = Any  # a type in itself is more than what reads remembered findings takes


class Severity(StrEnum):
    """How much a finding weighs, weightiest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info: sorts worst first."""
        return ("error", "warning", "info").index(self.value)


class Category(StrEnum):
    """Which kind of harm a finding is about (design §2)."""

    WIRE = "wire"
    SDK = "sdk"
    SEMANTICS = "semantics"
    POLICY = "policy"
    LOCK = "lock"
    REWRITE = "rewrite"
    REVERSIBILITY = "reversibility"
    DATA = "data"
    ROLLOUT = "rollout"
    HISTORY = "history"


class ProofKind(StrEnum):
    """Why a finding is believed."""

    WITNESS = "witness"  # a concrete value that was valid and no longer is, checked by an independent validator
    STRUCTURAL = "structural"  # follows from what stands in the two documents or in the statement
    DERIVED = "derived"  # follows from replaying the migrations on the model of the server
    MEASURED = "measured"  # a real server did it
    UNPROVEN = "unproven"  # neither shown harmless nor shown to break


class Direction(StrEnum):
    """Which way data flows. In a request the client sends; in a response the server does."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def opposite(self) -> "Direction":
        """The other direction: webhooks and callbacks swap the sides."""
        return Direction.RESPONSE if self is Direction.REQUEST else Direction.REQUEST


class Affected(Struct, frozen=True, order=True):
    """An operation (`GET /users/{id}`) that a change reaches, and in which direction."""

    operation: str
    direction: Direction


class Trial(Struct, frozen=True):
    """What a witness was tried against: a whole body or parameter of one operation, under the schemas of both sides.

    In a request the witness is valid under `base` and not under `revision`, in a response the other way round. `part`
    is the JSON pointer, into the witness, of what the finding is about.
    """

    affected: Affected
    base: Place
    revision: Place
    part: str = ""


class Proof(Struct, frozen=True):
    """Why a finding is believed; `why` is one sentence, `witness` a JSON value (kind `witness` only).

    `exchange` shows it on the wire, for contracts; it is no proof by itself until it is checked.
    """

    kind: ProofKind
    why: str
    witness: Json = None
    trial: Trial | None = None
    exchange: Exchange | None = None

    @property
    def rests_on_exchange(self) -> bool:
        """Whether the exchange is the witness: it was checked under both contracts, and no value says it shorter."""
        return self.kind is ProofKind.WITNESS and self.exchange is not None and self.witness is None and not self.trial


class When(StrEnum):
    """When a step of a remedy runs."""

    HERE = "here"  # in the migration's transaction, or that of the step before
    ALONE = "alone"  # outside of a transaction
    LATER = "later"  # in a later transaction: the next migration
    RELEASE = "release"  # in a migration of a later release
    RELEASE_ALONE = "release-alone"  # so, and outside of a transaction


class RemedyStep(Struct, frozen=True):
    """One statement of what to send instead, and when; `note` says what must be so before, or is otherwise after."""

    sql: str
    when: When
    note: str = ""


class Finding(Struct, frozen=True):
    """One rule applied to one change.

    `subject` names the thing in the words of the contract or the schema (`GET /users 200 application/json $.items[].id`
    `schemas.User $.name`, `orders.note`): no file, no line, so that it survives moves and reformatting.
    `place` is in the revision, or, for a removal, where the removed thing would stand; `base_place` is in the base.
    `remedy` is the safe sequence of statements, where one can be written down.
    `suppressed` says why the finding does not count (a waiver, a baseline); None when it does.
    `traffic` is how many recorded exchanges it breaks; None where none were given, or it is not of that kind.
    """

    rule: str
    severity: Severity
    category: Category
    message: str
    subject: str
    place: Place | None
    proof: Proof
    base_place: Place | None = None
    affects: tuple[Affected, ...] = ()
    suggestion: str = ""
    remedy: tuple[RemedyStep, ...] = ()
    suppressed: str | None = None
    traffic: int | None = None

    @property
    def fingerprint(self) -> str:
        """16 hex digits of SHA-256 over rule and subject: the same for the same change wherever its file moves."""
        return self.identify(self.rule, self.identity)

    @property
    def identity(self) -> str:
        """The subject without what changes when a file moves: of a finding about a whole file, its name alone."""
        files = {place.file for place in (self.place, self.base_place) if place is not None}
        return self.subject.rpartition("/")[2] if self.subject in files else self.subject

    @staticmethod
    def identify(rule: str, subject: str) -> str:
        """The fingerprint of a rule and a subject."""
        return hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()[:16]

    @property
    def order(self) -> tuple[int, str, int, str, str]:
        """Sorts worst first, then by place: the order of every report."""
        place = self.place or self.base_place
        return (
            self.severity.rank,
            place.file if place else "",
            (place.line or 0) if place else 0,
            self.rule,
            self.subject,
        )
