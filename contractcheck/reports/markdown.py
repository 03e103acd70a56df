"""The report as GitHub-flavoured Markdown, for a pull request, a job summary or a file."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from contractcheck.model.finding import Direction, Finding, ProofKind, Severity
from contractcheck.model.report import ContractReport, MigrationReport, Report, TrafficReport
from contractcheck.reports.escaping import code, fenced, printable, prose
from contractcheck.reports.http import one_line
from contractcheck.reports.locks import over, told
from contractcheck.reports.remedy import sql
from contractcheck.reports.sections import Section, counts, plural, sections
from contractcheck.reports.way_back import no_returns
from contractcheck.reports.way_back import said as told_of
from contractcheck.reports.witness import shown

_SIGN = {Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}
_HEADLINE = {"breaking": "🔴 Breaking", "undecided": "🟡 Undecided", "compatible": "🟢 Compatible"}
MOST: Final = 60_000
"""Characters of a report: a comment on GitHub may have 65,536, on other forges more."""

_RESERVED = 1_000  # for what is said of findings that do not fit
_RULES = 12  # named there
_MIGRATIONS = 100  # in the table
_LOCKS = 12  # of one migration
_OPERATIONS = 20  # listed by name; the rest is counted


def render(report: Report, *, everything: bool = False, most: int = MOST) -> str:
    """The report as Markdown of at most `most` characters; what does not fit is counted by rule.

    Untrusted text stands in code spans. `everything` shows infos too.
    """
    head, tail = "\n".join(_head(report)), "\n".join(_tail(report, everything))
    left = most - len(head) - len(tail) - _RESERVED
    blocks: list[str] = []
    untold: Counter[str] = Counter()
    for text, rule in _blocks(report, everything):
        left -= len(text) + 1
        if left >= 0 and not untold:
            blocks.append(text)
        elif rule:
            untold[rule] += 1
    if untold:
        told = [f"{code(rule)} ({number})" for rule, number in untold.most_common(_RULES)]
        more = f" and {plural(len(untold) - _RULES, 'more rule')}" if len(untold) > _RULES else ""
        blocks.append(
            f"**{plural(untold.total(), 'more finding')}** not shown for want of room: {', '.join(told)}{more}.\n"
        )
    return "\n".join(part for part in (head, *blocks, tail) if part) + "\n"


def _head(report: Report) -> Iterator[str]:
    summary = report.summary
    errors, warnings = plural(summary["error"], "error"), plural(summary["warning"], "warning")
    yield f"## {_HEADLINE[report.verdict.value]}: {errors}, {warnings}"
    yield ""
    if report.base is not None:
        yield f"{code(report.base)} → {code(report.revision or '')}"
        yield ""


def _blocks(report: Report, everything: bool) -> Iterator[tuple[str, str]]:  # noqa: FBT001 - private
    """Titles and findings with their rules, in order; what to do instead is said once for each rule of a section."""
    shown = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if everything else set())
    for section in sections(report):
        findings = [f for f in section.findings if f.severity in shown and (f.suppressed is None or everything)]
        if not findings and not isinstance(section.about, ContractReport):
            continue
        title = [f"### {_title(section)}", ""]
        if isinstance(section.about, MigrationReport) and section.about.locks:
            title += _locks(section.about)
        yield "\n".join(title), ""
        advised: set[tuple[str, str]] = set()
        for finding in findings:
            again = (finding.rule, finding.suggestion) in advised
            yield "\n".join(_finding(finding, again=again)), finding.rule
            advised.add((finding.rule, finding.suggestion))


def _tail(report: Report, everything: bool) -> Iterator[str]:  # noqa: FBT001 - private
    if report.traffic is not None:
        yield from _traffic(report.traffic)
    if report.migrations:
        yield "### Migrations"
        yield ""
        yield "| migration | phase | undo |"
        yield "|---|---|---|"
        for migration in report.migrations[:_MIGRATIONS]:
            verdict = migration.reversibility.verdict.value
            yield f"| {code(migration.id)} | {migration.phase} | {verdict}: {prose(migration.reversibility.why)} |"
        yield ""
        if len(report.migrations) > _MIGRATIONS:
            yield f"{plural(len(report.migrations) - _MIGRATIONS, 'more migration')} not shown."
            yield ""
        points = no_returns(report)
        if points:
            yield "Points of no return:"
            yield ""
            for point in points[:_MIGRATIONS]:
                yield f"- {code(str(point.place))}: {prose(told_of(point))}"
            if len(points) > _MIGRATIONS:
                yield f"- and {len(points) - _MIGRATIONS} more"
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


def _finding(finding: Finding, *, again: bool) -> Iterator[str]:
    """One finding; with `again` what to do instead was said of another finding of the rule."""
    place = finding.place or finding.base_place
    where = f"at {code(str(place))}" if place else ""
    was = f", was {code(str(finding.base_place))}" if finding.place and finding.base_place else ""
    about = f"<code>{_html(finding.subject)}</code>: {_html(finding.message)}"
    yield f"<details><summary>{_SIGN[finding.severity]} <b>{finding.rule}</b> {about}</summary>"
    yield ""
    if where:
        yield f"- {where}{was}"
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
    if finding.suggestion and not (again and not finding.remedy):
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
