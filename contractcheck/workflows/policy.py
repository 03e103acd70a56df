"""Policy applied to what was found: severities, due notice, versions, waivers, the baseline; contract by contract."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.errors import ConfigurationError
from contractcheck.model.finding import Category, Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import ContractReport, MigrationReport
from contractcheck.model.rule import rule, rulebook
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.baseline import Baseline
from contractcheck.policy.baseline import read as read_baseline
from contractcheck.policy.build import contract as contract_configuration
from contractcheck.policy.configuration import configuration
from contractcheck.policy.days import Today
from contractcheck.policy.dump import toml
from contractcheck.policy.inline import KEY, MARK, of_document, of_migration
from contractcheck.policy.ledger import Ledger, growth
from contractcheck.policy.settings import Configuration
from contractcheck.policy.severity import Decisions, Operation, judge, judge_one
from contractcheck.policy.waivers import Waiver, waivers
from contractcheck.workflows.contracts import Compared, Part
from contractcheck.workflows.places import locate
from contractcheck.workflows.releases import Histories

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document
    from contractcheck.workflows.migrations import Checked

Read = Callable[[str], bytes | None]
"""Gives the bytes of a file beside the configuration, None if there is none."""

_IGNORE = KEY.encode()
# A key whose value is no object and no list: `sunset` may be the name of a property as well. What precedes it is looked
# at last: a pattern that begins with letters is searched ten times as fast.
_WORDS = {
    _IGNORE: re.compile(re.escape(_IGNORE)),
    **{
        word: re.compile(re.escape(word) + rb"(?<!\w" + re.escape(word) + rb""")["']?\s*:\s*[^\s{\[]""")
        for word in (b"sunset", b"x-stability-level")
    },
}


def nothing(_file: str) -> bytes | None:
    """Read no file: for a run without a repository around it."""
    return None


class Ground(Struct):
    """What a run is judged by: the configuration, the day, what is accepted, and what was released.

    `released` says whether versions are judged by the last release, not by the base; `base` is the base as a person
    named it; `named` are the versions that the tags of the two sides give.
    """

    configuration: Configuration
    today: Today = field(default_factory=Today)
    ledger: Ledger = field(default_factory=lambda: Ledger(Configuration().waivers))
    histories: Histories | None = None
    notes: dict[str, None] = field(default_factory=dict)
    released: bool = False
    base: str | None = None
    named: tuple[str | None, str | None] = (None, None)

    @property
    def waiting(self) -> bool:
        """Whether anything was accepted that may turn out to be of no use."""
        return self.ledger.holds

    def aside(self) -> "Ground":
        """The same with a fresh ledger: for a second look at the same change."""
        return replace(self, ledger=self.ledger.fresh(), notes={})


def ground(
    configuration: Configuration,
    read: Read,
    *,
    today: Today | None = None,
    histories: Histories | None = None,
    released: bool = False,
) -> Ground:
    """The ground of a run, with the files of waivers and the baseline that stand beside the configuration.

    Raises ConfigurationError, with the line, for one that is not valid.
    """
    today = today or Today()
    waived, accepted = waivers_of(configuration, read), baseline_of(configuration, read)
    ledger = Ledger(configuration.waivers, waived, accepted, today=today)
    return Ground(configuration, today, ledger, histories, released=released)


def waivers_of(configuration: Configuration, read: Read) -> tuple[Waiver, ...]:
    """The waivers of the file that the configuration names; none if it names none and the usual one is not there.

    Raises ConfigurationError where it names one that is not there.
    """
    data = read(configuration.waivers.file)
    named = configuration.layer.get(("waivers", "file"))
    if data is None and named is not None:
        what = f"there is no file {configuration.waivers.file}"
        raise ConfigurationError(what, where=named.where, next_step="write it, if only empty, or leave the key out")
    return waivers(data, configuration.waivers.file) if data is not None else ()


def baseline_of(configuration: Configuration, read: Read) -> Baseline:
    """The baseline that the configuration names; an empty one if there is no such file."""
    data = read(configuration.baseline)
    return read_baseline(data, configuration.baseline) if data is not None else Baseline(configuration.baseline)


def govern(
    compared: Compared, findings: tuple[Finding, ...], at: Ground
) -> tuple[tuple[Finding, ...], tuple[ContractReport, ...]]:
    """Judge what was found of contracts; `findings` are those of `compared` in its order, perhaps with more to say."""
    judged: list[Finding] = []
    reports: list[ContractReport] = []
    start = 0
    for part in compared.parts:
        end = start + len(part.findings)
        found, report = _part(replace(part, findings=findings[start:end]), at)
        judged += found
        reports.append(report)
        start = end
    return tuple(judged), tuple(sorted(reports, key=lambda report: report.path))


def govern_check(
    compared: Compared,
    findings: tuple[Finding, ...],
    migrations: "Checked",
    at: Ground,
    sides: tuple[Snapshot, Snapshot],
) -> tuple[tuple[Finding, ...], tuple[ContractReport, ...]]:
    """Judge everything that changed between two sides, and what is wrong with waivers and the baseline.

    Contracts were compared in full: of their rules every finding was seen. Of migrations only the new ones were.
    """
    old, new = sides
    judged, reports = govern(compared, findings, at)
    at.ledger.declare(commented(new, (migration.path for migration in migrations.migrations)))
    judged += govern_migrations(locate(migrations.findings, old, new), at, tables=tables(migrations.migrations))
    judged += loosened(compared, (*findings, *migrations.findings), at, old)
    before = baseline_of(at.configuration, reader(old))
    judged += grew(at, before, baseline_of(at.configuration, reader(new)))
    examined = examined_by_comparison(at, compared)
    # The lines of the baseline that are about contracts were written for one base, and are looked at for that one.
    judged += leftovers(at, examined, stale=at.base is not None and at.base == at.ledger.base)
    return sorted_by_place(locate(judged, old, new)), reports


def loosened(compared: Compared, findings: tuple[Finding, ...], at: Ground, base: Snapshot) -> tuple[Finding, ...]:
    """Whether something found here weighs less because the revision changed the policy: one finding that says which.

    A base whose policy is not valid had none.
    """
    try:
        before = configuration(reader(base))
    except ConfigurationError:
        return ()
    option = at.configuration.layer.get(("profile",))
    if option is not None and option.where == "--profile":
        before = before.with_profile(at.configuration.profile)
    if toml(before, places=False) == toml(at.configuration, places=False):
        return ()
    both = (before, at.configuration)
    grounds: dict[str | None, list[_Verdicts]] = {None: [_Verdicts(Decisions(each)) for each in both]}
    for part in compared.parts:
        path = part.contract.path
        now = contract_configuration(at.configuration, path)
        # What was released is what was released, whichever policy names it.
        settings = (dataclasses.replace(contract_configuration(before, path), releases=now.releases), now)
        grounds[path] = [_verdicts(part, each, at) for each in settings]
    paths = [part.contract.path for part in compared.parts for _ in part.findings]
    milder: list[str] = []
    for number, finding in enumerate(findings):
        old, new = (each.rank(finding) for each in grounds[paths[number] if number < len(paths) else None])
        if new > old:
            milder.append(finding.rule)
    if not milder:
        return ()
    file = at.configuration.file or before.file
    told = rule("policy-loosened").finding(
        subject="policy",
        place=Place(file, 1, 1) if at.configuration.file is not None and file is not None else None,
        base_place=Place(before.file, 1, 1) if before.file is not None else None,
        proof=Proof(ProofKind.STRUCTURAL, "both policies were applied to what was found"),
        count=len(milder),
        rules=", ".join(sorted({*milder})),
    )
    return judge([told], at.configuration)


class _Verdicts(Struct, frozen=True):
    """How a policy weighs findings: what it decides, of which operations, and the removals after and before notice."""

    decisions: Decisions
    operations: Mapping[str, Operation] = field(default_factory=dict)
    due: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()

    def rank(self, finding: Finding) -> int:
        """The higher the milder."""
        judged = judge_one(finding, self.decisions, self.operations, self.due, self.early)
        return len(Severity) if judged.suppressed is not None else judged.severity.rank


def _verdicts(part: Part, settings: Configuration, at: Ground) -> _Verdicts:
    operations = operations_of(settings, part.revision, part.base)
    if part.base is None or part.revision is None:
        return _Verdicts(Decisions(settings), operations)
    from contractcheck.workflows.notices import notices

    found = notices(part, settings, at.aside(), marked=False)
    return _Verdicts(Decisions(settings), operations, found.due, found.early)


def govern_migrations(
    findings: Iterable[Finding], at: Ground, *, tables: Mapping[tuple[str, int | None], tuple[str, ...]] | None = None
) -> tuple[Finding, ...]:
    """Judge what was found of migrations; `tables` are the relations that the statement at a place touches."""
    return at.ledger.accept(judge(findings, at.configuration, tables=tables))


def govern_lint(
    findings: Iterable[Finding], migrations: Iterable[MigrationReport], at: Ground, snapshot: Snapshot
) -> tuple[Finding, ...]:
    """Judge what was found of the migrations of a snapshot, with the waivers in their comments."""
    migrations = tuple(migrations)
    at.ledger.declare(commented(snapshot, (migration.path for migration in migrations)))
    return govern_migrations(findings, at, tables=tables(migrations))


def lint_leftovers(at: Ground) -> tuple[Finding, ...]:
    """What is wrong with waivers and the baseline, for a run that examined every migration there is."""
    kinds = {Category.LOCK, Category.REWRITE, Category.REVERSIBILITY, Category.DATA, Category.ROLLOUT}
    return leftovers(at, lambda name: name in rulebook() and rule(name).category in kinds)


def declared(document: "Document") -> tuple[Waiver, ...]:
    """The inline waivers of a document, of every file that was read."""
    found = []
    for file in document.files:
        pending = [(document.content(file), "")]
        while pending:
            value, pointer = pending.pop()
            if isinstance(value, Mapping):
                if KEY in value:
                    found.append((file, pointer, value[KEY]))
                pending += [(member, _below(pointer, key)) for key, member in value.items() if key != KEY]
            elif isinstance(value, list):
                pending += [(item, f"{pointer}/{index}") for index, item in enumerate(value)]
    return tuple(
        waiver
        for file, pointer, value in sorted(found, key=lambda each: each[:2])
        for waiver in of_document(value, Place(file, pointer=pointer))
    )


def commented(snapshot: Snapshot, paths: Iterable[str]) -> tuple[Waiver, ...]:
    """The inline waivers in the comments of migrations."""
    found: list[Waiver] = []
    for path in sorted({*paths}):
        data = snapshot.read(path)
        if MARK in data:
            found += of_migration(data.decode("utf-8", errors="replace"), path)
    return tuple(found)


def _below(pointer: str, key: object) -> str:
    from contractcheck.model.place import join

    return join(pointer, str(key))


def judged(part: Part, at: Ground) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """The findings of one contract with their severities, accepted where they are; and which are due removals."""
    path = part.contract.path
    settings = contract_configuration(at.configuration, path)
    spoken = _spoken(part.base) | _spoken(part.revision)
    if part.revision is not None and _IGNORE in spoken:
        at.ledger.declare(declared(part.revision))
    findings, due, early = part.findings, frozenset[str](), frozenset[str]()
    if part.base is not None and part.revision is not None:
        from contractcheck.workflows.notices import notices

        found = notices(part, settings, at, marked=bool(spoken - {_IGNORE}))
        due, early = found.due, found.early
        findings = (*findings, *found.findings)
    # What clients hold is the base: what it says of an operation goes before what the revision says.
    operations = operations_of(settings, part.revision, part.base)
    return at.ledger.accept(judge(findings, settings, operations=operations, due=due, early=early), path), due


def _part(part: Part, at: Ground) -> tuple[tuple[Finding, ...], ContractReport]:
    accepted, due = judged(part, at)
    if part.base is None or part.revision is None:
        return accepted, part.contract
    from contractcheck.workflows.version import report, versions

    settings = contract_configuration(at.configuration, part.contract.path)
    found = versions(replace(part, findings=accepted), settings, at, due)
    return (*accepted, *at.ledger.accept(judge(found.findings, settings), part.contract.path)), report(part, found)


def operations_of(settings: Configuration, *documents: "Document | None") -> dict[str, Operation]:
    """What the policy asks about operations, if it asks; of several documents the last says it."""
    if not any(override.tags or override.stability for override in settings.overrides):
        return {}
    from contractcheck.openapi.lifecycle import operations

    usual = settings.deprecation.stability if settings.deprecation is not None else "stable"
    found: dict[str, Operation] = {}
    for document in documents:
        if document is not None:
            found |= {label: Operation(tags, level or usual) for label, (tags, level) in operations(document).items()}
    return found


def _spoken(document: "Document | None") -> frozenset[bytes]:
    """Which of the keys that policy looks for are in the bytes of a document: cheaper than a walk over its values."""
    if document is None:
        return frozenset()
    texts = [document.snapshot.read(file) for file in document.files]
    return frozenset(word for word, key in _WORDS.items() if any(word in text and key.search(text) for text in texts))


def leftovers(at: Ground, examined: Callable[[str], bool], *, stale: bool = True) -> tuple[Finding, ...]:
    """What is wrong with waivers and the baseline; `examined` says of which rules this run saw every finding."""
    dropped = at.ledger.stale(examined) if stale else ()
    return judge((*at.ledger.flaws(examined), *dropped), at.configuration)


def grew(at: Ground, old: Baseline, new: Baseline) -> tuple[Finding, ...]:
    """The lines of the baseline that accept more than in the base; none where the base has no baseline yet."""
    return judge(growth(old, new), at.configuration) if old.entries else ()


def examined_by_comparison(at: Ground, compared: Compared) -> Callable[[str], bool]:
    """Of which rules a run that compared contracts saw every finding: those of contracts, if any was compared."""
    if not (compared.parts and at.waiting):
        return lambda _name: False
    from contractcheck.openapi.compare import rules
    from contractcheck.policy.notice import RULES as NOTICE
    from contractcheck.policy.versioning import RULES as VERSIONING

    known = {*rules(), *NOTICE, *VERSIONING, "contract-added", "contract-removed", "contract-base-unreadable"}
    return lambda name: name in known


def tables(migrations: Iterable[MigrationReport]) -> dict[tuple[str, int | None], tuple[str, ...]]:
    """The relations that each statement touches, by its place."""
    found: dict[tuple[str, int | None], tuple[str, ...]] = {}
    for migration in migrations:
        for statement in (*migration.statements, *migration.down):
            locks = statement.effects.get("locks")
            if isinstance(locks, Mapping):
                key = (statement.place.file, statement.place.line)
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *map(str, locks))))
    return found


def reader(snapshot: Snapshot) -> Read:
    """Reads the policy files of a snapshot."""
    return lambda file: snapshot.read(file) if file in snapshot.entries() else None


def sorted_by_place(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in the order of a report."""
    return tuple(sorted(findings, key=lambda finding: finding.order))
