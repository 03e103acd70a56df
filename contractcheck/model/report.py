"""A report: everything one run has to say, before any format. Reports are pure functions of it."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from contractcheck.model.finding import Direction, Finding, Json, ProofKind, Severity
from contractcheck.model.place import Place


class Verdict(StrEnum):
    """What a run concludes."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    UNDECIDED = "undecided"


class ReversibilityVerdict(StrEnum):
    """Whether a migration can be undone (design §5)."""

    PROVED = "proved"
    LOSSY = "lossy"
    BROKEN = "broken"
    MISSING = "missing"
    UNPROVEN = "unproven"


class StatementReport(Struct, frozen=True):
    """One statement of a migration; `effects` has the keys of `contractcheck effects --batch` (design §7)."""

    sql: str
    place: Place
    effects: Mapping[str, Json]


class Reversibility(Struct, frozen=True):
    """Verdict, the differences that remain after the downgrade, the data that is lost, and why.

    `data_lost` was there before the upgrade; `written_since` names what the upgrade makes and the downgrade drops, with
    what was written to it in between.
    """

    verdict: ReversibilityVerdict
    why: str
    differences: tuple[str, ...] = ()
    data_lost: tuple[str, ...] = ()
    written_since: tuple[str, ...] = ()


class LockedWork(Struct, frozen=True):
    """What one statement (its index) does under a lock: `scan`, `rewrite` or `index` of a table; seconds if known."""

    statement: int
    table: str
    work: str
    seconds: float | None = None


class HeldLock(Struct, frozen=True):
    """A lock that keeps others waiting, over the statements `first` to `last` (indexes) of one transaction.

    `lock` is in the words of the manual (`ACCESS EXCLUSIVE`), `readers` says that they wait too, not only writers.
    `size` is in bytes, `budget` in seconds; None where not known.
    """

    table: str
    lock: str
    readers: bool
    first: int
    last: int
    work: tuple[LockedWork, ...] = ()
    size: int | None = None
    budget: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long the work takes; None if nothing of it is known, a lower bound unless `complete`."""
        known = [work.seconds for work in self.work if work.seconds is not None]
        return sum(known) if known else None

    @property
    def complete(self) -> bool:
        """Whether the time of all the work is known."""
        return all(work.seconds is not None for work in self.work)

    @property
    def over(self) -> bool:
        """Whether it is known to be held for longer than the budget."""
        return self.budget is not None and (self.seconds or 0.0) > self.budget


class PointOfNoReturn(Struct, frozen=True):
    """A statement (its index) behind which the database as it was cannot be had back: what is lost, else why not."""

    statement: int
    place: Place
    lost: tuple[str, ...]
    why: str = ""


class MigrationReport(Struct, frozen=True):
    """One migration: its statements up and down, and its verdict. `id` is the revision, else the file's stem.

    `locks` is the timeline of the upgrade: what it keeps others waiting for. `place` is where the upgrade begins,
    `tree` the folder of the tree. `points` are the statements of the upgrade that cannot be taken back.
    """

    id: str
    path: str
    tool: str
    phase: str
    reversibility: Reversibility
    statements: tuple[StatementReport, ...] = ()
    down: tuple[StatementReport, ...] = ()
    locks: tuple[HeldLock, ...] = ()
    place: Place | None = None
    tree: str = ""
    points: tuple[PointOfNoReturn, ...] = ()


class ContractReport(Struct, frozen=True):
    """One compared contract: its path, `info.version` of both sides (None where there is none), and how many edits.

    `edits` counts the places where the two documents differ in what they mean for the wire; `harmless` those of
    them that were shown to break nobody. `bump` is what the changes demand of the version (`major`, `minor`, `patch`,
    `none`), `needs` the version that meets it where the revision's does not; None where nothing is demanded or known.
    """

    path: str
    base_version: str | None
    revision_version: str | None
    edits: int = 0
    harmless: int = 0
    bump: str | None = None
    needs: str | None = None


class Skipped(Struct, frozen=True, order=True):
    """A file that was found and not read, and why."""

    path: str
    why: str


class Snippet(Struct, frozen=True):
    """Some lines of a file: the number of the first, the number of the one that matters, and the lines."""

    file: str
    first: int
    at: int
    lines: tuple[str, ...]


Snippets = tuple[Snippet | None, Snippet | None]
"""The lines around a finding in the base and in the revision."""


class BrokenExchange(Struct, frozen=True):
    """One recorded exchange that breaks: its line, operation, direction, status, why in words, and by which findings.

    `findings` are fingerprints; none where no finding explains it. Nothing of what the exchange carried is in it.
    """

    place: Place
    operation: str
    direction: Direction
    status: int | None
    why: tuple[str, ...]
    findings: tuple[str, ...]


class UnmatchedExchange(Struct, frozen=True):
    """One recorded exchange that is with no operation of either contract: its line, method, and masked address."""

    place: Place
    method: str
    address: str


class TrafficReport(Struct, frozen=True):
    """Recorded exchanges under both contracts, counted.

    `matched` an operation of the base or the revision, `unchanged` one that reads the same on both sides; `broken` were
    fine and no longer are, `unexplained` of them by
    no finding; `unfit` did not fit the base to begin with; `undecided` could not be judged; `stripped` were judged
    without credentials, as they had none. `breaks` and `strangers` list the first of those that break or did not match.
    """

    file: str
    exchanges: int
    matched: int
    unchanged: int
    broken: int
    unexplained: int
    unfit: int
    undecided: int
    stripped: int
    unmatched: int
    breaks: tuple[BrokenExchange, ...] = ()
    strangers: tuple[UnmatchedExchange, ...] = ()


class Report(Struct, frozen=True):
    """The result of one run.

    `base` and `revision` name the two sides as the user would (`v3.1.0`, `working tree`). `today` is the day that dates
    were judged by; None if nothing depends on it.
    `snippets` are those of `findings`, one for each, where the format wants them.
    """

    findings: tuple[Finding, ...] = ()
    contracts: tuple[ContractReport, ...] = ()
    migrations: tuple[MigrationReport, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    base: str | None = None
    revision: str | None = None
    server: str | None = None
    notes: tuple[str, ...] = field(default=())
    today: str | None = None
    traffic: TrafficReport | None = None
    snippets: tuple[Snippets, ...] = ()

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that are neither waived nor in the baseline."""
        return tuple(f for f in self.findings if f.suppressed is None)

    @property
    def summary(self) -> dict[str, int]:
        """How many findings count, by severity, and how many of them are unproven."""
        counted = self.counted
        by_severity = {str(level): sum(f.severity is level for f in counted) for level in Severity}
        return {**by_severity, "unproven": sum(f.proof.kind is ProofKind.UNPROVEN for f in counted)}

    @property
    def verdict(self) -> Verdict:
        """`breaking` if an error is proved, `undecided` if something that matters is unproven, else `compatible`."""
        matter = [f for f in self.counted if f.severity is not Severity.INFO]
        if any(f.severity is Severity.ERROR and f.proof.kind is not ProofKind.UNPROVEN for f in matter):
            return Verdict.BREAKING
        if any(f.proof.kind is ProofKind.UNPROVEN for f in matter):
            return Verdict.UNDECIDED
        return Verdict.COMPATIBLE
