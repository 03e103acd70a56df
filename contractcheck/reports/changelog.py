"""All changes as a release note in Markdown: what is new, what is gone, and what changed, grouped by operation."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from contractcheck.model.finding import Finding, ProofKind, Severity
from contractcheck.model.report import ContractReport, MigrationReport, Report
from contractcheck.reports.escaping import code, prose
from contractcheck.reports.sections import Section, plural, sections

_SIGN = {Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🟢"}
_HEADLINE = {"breaking": "🔴 Breaking", "undecided": "🟡 Undecided", "compatible": "🟢 Compatible"}
_NEW = {"operation-added": "New operations", "webhook-added": "New webhooks", "callback-added": "New callbacks"}
_GONE = {
    "operation-removed": "Removed operations",
    "deprecated-operation-removed": "Removed operations",
    "webhook-removed": "Removed webhooks",
    "callback-removed": "Removed callbacks",
}
_DIRECTIONS = {"request": " in requests", "response": " in responses"}
_OPERATIONS = 8  # named behind a shared schema; the rest is counted
_SHARED = "Shared by several operations"
_REST = "The contract as a whole"


class _Group(Struct, frozen=True):
    """The changes of one operation or of one shared component."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def order(self) -> tuple[int, str]:
        """Worst first, then by name."""
        return min(finding.severity.rank for finding in self.findings), self.title


def render(report: Report) -> str:
    """The note; untrusted text stands in code spans or is escaped."""
    return "\n".join(_lines(report)).rstrip("\n") + "\n"


def _lines(report: Report) -> Iterator[str]:
    summary = report.summary
    sides = f" from {code(report.base)} to {code(report.revision or '')}" if report.base is not None else ""
    yield f"# Changes{sides}"
    yield ""
    parts = [plural(summary["error"], "error"), plural(summary["warning"], "warning")]
    harmless = f"; {plural(summary['info'], 'addition or harmless change', 'additions or harmless changes')}"
    yield f"{_HEADLINE[report.verdict.value]}: {', '.join(parts)}{harmless}."
    yield ""
    for section in sections(report):
        if section.findings or isinstance(section.about, ContractReport):
            yield f"## {_title(section)}"
            yield ""
            yield from _section(section)
    if report.migrations:
        yield "## Migrations"
        yield ""
        yield "| migration | phase | undo |"
        yield "|---|---|---|"
        for migration in report.migrations:
            undo = migration.reversibility
            why = f": {prose(undo.why)}" if undo.why else ""
            yield f"| {code(migration.id)} | {prose(migration.phase)} | {undo.verdict.value}{why} |"
        yield ""
    for note in report.notes:
        yield prose(note)
        yield ""


def _title(section: Section) -> str:
    match section.about:
        case ContractReport(base_version=base, revision_version=revision):
            return f"{code(section.title)} {code(base or 'none')} → {code(revision or 'none')}"
        case MigrationReport(phase=phase):
            return f"{code(section.title)} ({prose(phase)})"
        case None:
            return code(section.title or "repository")


def _section(section: Section) -> Iterator[str]:
    if not section.findings:
        yield "No changes."
        yield ""
        return
    if not isinstance(section.about, ContractReport):
        yield from (_bullet(finding, finding.subject) for finding in section.findings)
        yield ""
        return
    listed = {finding.rule: title for finding in section.findings for title in [_listed(finding)] if title is not None}
    for title in dict.fromkeys((*_NEW.values(), *_GONE.values())):
        found = [finding for finding in section.findings if listed.get(finding.rule) == title]
        if found:
            yield f"### {title}"
            yield ""
            yield from (_operation(finding) for finding in sorted(found, key=lambda each: each.subject))
            yield ""
    rest = [finding for finding in section.findings if finding.rule not in listed]
    for title, groups in _grouped(rest):
        if groups:
            yield f"### {title}"
            yield ""
        for group in groups:
            yield from _changes(group, shared=title == _SHARED)


def _listed(finding: Finding) -> str | None:
    """The list that a whole operation stands in, added or removed; None for changes of one."""
    return _NEW.get(finding.rule) or _GONE.get(finding.rule)


def _operation(finding: Finding) -> str:
    sign = "" if finding.severity is Severity.INFO else f" {_SIGN[finding.severity]}"
    return f"-{sign} {code(finding.subject)}{_suppressed(finding)}"


def _grouped(findings: Iterable[Finding]) -> Iterator[tuple[str, list[_Group]]]:
    """The changes of operations, of what several of them share, and of the whole."""
    operations: dict[str, list[Finding]] = {}
    shared: dict[str, list[Finding]] = {}
    whole: list[Finding] = []
    for finding in findings:
        names = sorted({affected.operation for affected in finding.affects})
        own = next((name for name in names if _head(finding.subject, name)), None)
        if own is not None or len(names) == 1:
            operations.setdefault(own or names[0], []).append(finding)
        elif names:
            shared.setdefault(finding.subject.partition(" $")[0], []).append(finding)
        else:
            whole.append(finding)
    for title, found in (("Changed operations", operations), (_SHARED, shared)):
        yield title, sorted((_Group(name, tuple(each)) for name, each in found.items()), key=lambda group: group.order)
    yield _REST, [_Group("", tuple(whole))] if whole else []


def _head(subject: str, operation: str) -> bool:
    return subject == operation or subject.startswith(f"{operation} ")


def _changes(group: _Group, *, shared: bool) -> Iterator[str]:
    if group.title:
        yield f"#### {code(group.title)}"
        yield ""
    if shared:
        names = sorted({affected.operation for finding in group.findings for affected in finding.affects})
        rest = f" and {plural(len(names) - _OPERATIONS, 'more operation')}" if len(names) > _OPERATIONS else ""
        yield f"Reaches {', '.join(code(name) for name in names[:_OPERATIONS])}{rest}."
        yield ""
    for finding in group.findings:
        subject = finding.subject.removeprefix(group.title).strip() if group.title and not shared else finding.subject
        yield _bullet(finding, subject)
    yield ""


def _bullet(finding: Finding, subject: str) -> str:
    direction = _DIRECTIONS.get(finding.rule.partition("-")[0], "") if subject.startswith("schemas.") else ""
    place = f" {code(subject)}{direction}:" if subject else ""
    unproven = " *(unproven)*" if finding.proof.kind is ProofKind.UNPROVEN else ""
    return f"- {_SIGN[finding.severity]}{place} {prose(finding.message)}{unproven}{_suppressed(finding)}"


def _suppressed(finding: Finding) -> str:
    return f" *(suppressed: {prose(finding.suppressed)})*" if finding.suppressed is not None else ""
