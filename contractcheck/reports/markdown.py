"""The report as GitHub-flavoured Markdown, for a pull request, a job summary or a file."""

from collections.abc import Iterator

from contractcheck.model.finding import Direction, Finding, ProofKind, Severity
from contractcheck.model.report import ContractReport, MigrationReport, Report, TrafficReport
from contractcheck.reports.escaping import code, fenced, printable, prose
from contractcheck.reports.http import one_line
from contractcheck.reports.locks import over, told
from contractcheck.reports.remedy import sql
from contractcheck.reports.sections import Section, counts, plural, sections
from contractcheck.reports.witness import shown

_SIGN = {Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}
_HEADLINE = {"breaking": "🔴 Breaking", "undecided": "🟡 Undecided", "compatible": "🟢 Compatible"}
_LOCKS = 12  # of one migration
_OPERATIONS = 20  # listed by name; the rest is counted


def render(report: Report, *, everything: bool = False) -> str:
    """The report as Markdown; untrusted text stands in code spans. `everything` shows infos too."""
    return "\n".join(_lines(report, everything)) + "\n"


def _lines(report: Report, everything: bool) -> Iterator[str]:  # noqa: FBT001 - private
    summary = report.summary
    errors, warnings = plural(summary["error"], "error"), plural(summary["warning"], "warning")
    yield f"## {_HEADLINE[report.verdict.value]}: {errors}, {warnings}"
    yield ""
    if report.base is not None:
        yield f"{code(report.base)} → {code(report.revision or '')}"
        yield ""
    shown = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if everything else set())
    for section in sections(report):
        findings = [f for f in section.findings if f.severity in shown and (f.suppressed is None or everything)]
        if not findings and not isinstance(section.about, ContractReport):
            continue
        yield f"### {_title(section)}"
        yield ""
        if isinstance(section.about, MigrationReport) and section.about.locks:
            yield from _locks(section.about)
        for finding in findings:
            yield from _finding(finding)
    if report.traffic is not None:
        yield from _traffic(report.traffic)
    if report.migrations:
        yield "### Migrations"
        yield ""
        yield "| migration | phase | undo |"
        yield "|---|---|---|"
        for migration in report.migrations:
            verdict = migration.reversibility.verdict.value
            yield f"| {code(migration.id)} | {migration.phase} | {verdict}: {prose(migration.reversibility.why)} |"
        yield ""
    hidden = sum(f.severity is Severity.INFO for f in report.findings)
    if hidden and not everything:
        yield f"{plural(hidden, 'harmless or informational change')} not shown."
        yield ""
    if report.today is not None:
        yield f"Dates were judged by {report.today}."
        yield ""
    for note in report.notes:
        yield prose(note)
        yield ""


def _title(section: Section) -> str:
    match section.about:
        case ContractReport(base_version=base, revision_version=revision, edits=edits, harmless=harmless):
            versions = f"{code(base or 'none')} → {code(revision or 'none')}"
            needs = f"; this needs {code(section.about.needs)}" if section.about.needs else ""
            proved = f"{harmless} of {edits} edits proved harmless"
            return f"{code(section.title)} {versions}: {counts(section)}{needs}; {proved}"
        case MigrationReport() as migration:
            budget = f", **{over(migration)}**" if over(migration) else ""
            return f"{code(section.title)} ({migration.phase}): {counts(section)}{budget}"
        case None:
            return f"{code(section.title or 'repository')}: {counts(section)}"


def _locks(migration: MigrationReport) -> Iterator[str]:
    """The lock timeline as a table."""
    yield "| lines | lock | table | who waits | how long | while it |"
    yield "|---|---|---|---|---|---|"
    every = told(migration)
    for each in every[:_LOCKS]:
        long = f"**{each.long}**" if each.over else each.long
        work = code(each.work) if each.work else ""
        row = f"| {code(each.lines)} | {each.lock} | {code(each.table)} | {each.who} | {long} | {work} |"
        yield row.replace("\u00a0", " ")
    yield ""
    if len(every) > _LOCKS:
        yield f"{plural(len(every) - _LOCKS, 'more lock')} not shown."
        yield ""


def _traffic(traffic: TrafficReport) -> Iterator[str]:
    yield f"### Traffic in {code(traffic.file)}: {traffic.broken} of {plural(traffic.exchanges, 'exchange')} broken"
    yield ""
    for each in traffic.breaks[:_OPERATIONS]:
        status = f" {each.status}" if each.direction is Direction.RESPONSE and each.status is not None else ""
        yield f"- line {each.place.line}: {code(each.operation + status)} {prose('; '.join(each.why))}"
    if traffic.broken > _OPERATIONS:
        yield f"- and {traffic.broken - _OPERATIONS} more"
    yield ""


def _finding(finding: Finding) -> Iterator[str]:
    place = finding.place or finding.base_place
    where = f" at {code(str(place))}" if place else ""
    was = f", was {code(str(finding.base_place))}" if finding.place and finding.base_place else ""
    yield f"<details><summary>{_SIGN[finding.severity]} <b>{finding.rule}</b>: {_html(finding.message)}</summary>"
    yield ""
    yield f"- {code(finding.subject)}{where}{was}"
    names = sorted({affected.operation for affected in finding.affects})
    if names and not (len(names) == 1 and finding.subject.startswith(names[0])):
        rest = f" and {len(names) - _OPERATIONS} more" if len(names) > _OPERATIONS else ""
        yield f"- reaches {', '.join(code(name) for name in names[:_OPERATIONS])}{rest}"
    exchange = finding.proof.exchange
    if exchange is not None and finding.proof.rests_on_exchange:
        yield f"- witness {code(one_line(exchange), 400)} {prose(exchange.about)}"
    elif finding.proof.kind is ProofKind.WITNESS:
        value, where = shown(finding.proof)
        yield f"- witness {code(value)}{prose(where)}"
    elif finding.proof.kind is ProofKind.UNPROVEN:
        yield f"- unproven: {prose(finding.proof.why)}"
    if finding.traffic:
        yield f"- breaks {plural(finding.traffic, 'recorded exchange')}"
    if finding.suppressed is not None:
        yield f"- suppressed: {prose(finding.suppressed)}"
    if finding.suggestion:
        yield f"- instead: {prose(finding.suggestion)}"
    if finding.remedy:
        yield ""
        yield fenced(sql(finding.remedy), "sql")
    yield ""
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    """Text inside an HTML element of Markdown: entities, and no mention."""
    import html

    escaped = html.escape(printable(text))
    for character in "`*_[]~|\\":
        escaped = escaped.replace(character, f"&#{ord(character)};")
    return escaped.replace("@", "@&#8203;")
