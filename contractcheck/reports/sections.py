"""The findings of a report under the contract, migration or file they belong to: the outline every format follows."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from contractcheck.model.finding import Affected, Finding, Severity
from contractcheck.model.report import ContractReport, MigrationReport, Report

SHOWN_OPERATIONS = 1


class Section(Struct, frozen=True):
    """What is said of one contract, one migration, or one other file (`about` is None). Findings are worst first."""

    title: str
    about: ContractReport | MigrationReport | None
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """How many findings of that severity count."""
        return sum(f.severity is severity and f.suppressed is None for f in self.findings)


def sections(report: Report, *, clean: bool = False) -> tuple[Section, ...]:
    """Contracts first, then migrations in the order they run, then other files; only what has something to say.

    With `clean` migrations without findings are there too.
    """
    of_file: dict[str, list[Finding]] = {}
    for finding in report.findings:
        of_file.setdefault(_file(finding, report.contracts), []).append(finding)
    contracts = [Section(each.path, each, tuple(of_file.pop(each.path, ()))) for each in report.contracts]
    by_path: dict[str, list[MigrationReport]] = {}
    for migration in report.migrations:
        by_path.setdefault(migration.path, []).append(migration)
    of_migration: dict[int, list[Finding]] = {}
    for path, migrations in by_path.items():
        for finding in of_file.pop(path, ()):
            of_migration.setdefault(id(_owner(finding, migrations)), []).append(finding)
    known = [
        Section(_title(each, by_path), each, tuple(of_migration.get(id(each), ())))
        for each in report.migrations
        if clean or id(each) in of_migration
    ]
    return (*contracts, *known, *(Section(path, None, tuple(found)) for path, found in sorted(of_file.items())))


def _owner(finding: Finding, migrations: Sequence[MigrationReport]) -> MigrationReport:
    """The migration of a file that a finding stands in: of several, the last that begins before it."""
    place = finding.place or finding.base_place
    line = (place.line if place is not None else None) or 0
    before = [each for each in migrations if each.place is not None and (each.place.line or 0) <= line]
    return max(before, key=lambda each: (each.place.line if each.place else 0) or 0) if before else migrations[0]


def _title(migration: MigrationReport, by_path: Mapping[str, Sequence[MigrationReport]]) -> str:
    several = len(by_path[migration.path]) > 1
    return f"{migration.path} {migration.id}" if several else migration.path


def _file(finding: Finding, contracts: tuple[ContractReport, ...]) -> str:
    place = finding.place or finding.base_place
    file = place.file if place else ""
    # A contract of several files is one section: a finding in a part belongs to the contract it reaches.
    if finding.affects and len(contracts) == 1 and file not in {contract.path for contract in contracts}:
        return contracts[0].path
    return file


def whom(affects: tuple[Affected, ...]) -> str:
    """The operations a finding reaches, in words: `GET /users and 3 more operations`."""
    names = sorted({affected.operation for affected in affects})
    if not names:
        return ""
    rest = len(names) - SHOWN_OPERATIONS
    shown = ", ".join(names[:SHOWN_OPERATIONS])
    return f"{shown} and {plural(rest, 'more operation')}" if rest > 0 else shown


def plural(number: int, noun: str, several: str | None = None) -> str:
    """`1 error`, `2 errors`; `several` is the plural where it is not the noun and an s."""
    return f"{number} {noun if number == 1 else several or noun + 's'}"


def counts(section: Section) -> str:
    """`2 errors, 5 warnings`; `no findings` where there is nothing."""
    parts = [plural(number, severity.value) for severity in Severity if (number := section.count(severity))]
    return ", ".join(parts) or "no findings"
