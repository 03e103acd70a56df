"""The report as one HTML page: no network, no fonts, readable on a phone, in the dark, on paper, without its script."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping

from contractcheck.model.finding import Finding, Severity
from contractcheck.model.report import ContractReport, Report, TrafficReport
from contractcheck.reports import html_findings, html_migrations
from contractcheck.reports.html_style import SCRIPT, STYLE
from contractcheck.reports.html_text import code, escape, said
from contractcheck.reports.sections import Section, counts, plural, sections

_HEADLINE = {"breaking": "Breaking", "undecided": "Undecided", "compatible": "Compatible"}
_MEANS = {
    "breaking": "At least one change breaks or blocks something that works with the base.",
    "undecided": "No break is proved, and something that matters could not be decided.",
    "compatible": "Nothing was found that breaks what works with the base.",
}
_OPEN = 5  # findings that are open at first
_MIGRATIONS_OPEN = 3


def render(report: Report, *, everything: bool = False) -> str:
    """The page; `everything` lists informational and suppressed findings too. The same report gives the same bytes."""
    return "\n".join(_page(report, everything)) + "\n"


def _page(report: Report, everything: bool) -> Iterator[str]:  # noqa: FBT001 - private
    verdict = report.verdict.value
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    sides = f": {report.base} → {report.revision or ''}" if report.base is not None else ""
    yield f"<title>{escape(_HEADLINE[verdict] + sides)}</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    yield from _head(report, verdict)
    visible = [n for n, finding in enumerate(report.findings) if everything or _counts(finding)]
    if visible:
        yield from _filter([report.findings[n] for n in visible])
    yield from _groups(report, set(visible))
    if report.traffic is not None:
        yield from _traffic(report.traffic, {finding.fingerprint: finding.rule for finding in report.findings})
    if report.migrations:
        yield '<section><h2 id="migrations">Migrations</h2>'
        for number, migration in enumerate(report.migrations):
            yield from html_migrations.card(migration, is_open=number < _MIGRATIONS_OPEN)
        yield "</section>"
    yield from _foot(report, len(report.findings) - len(visible))
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>"


def _policy() -> str:
    """Nothing may be loaded, run or sent but the style and the script of this page."""
    hashes = [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (STYLE, SCRIPT)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO and finding.suppressed is None


def _head(report: Report, verdict: str) -> Iterator[str]:
    yield f'<header class="head {verdict}"><h1>{_HEADLINE[verdict]}</h1><p>{_MEANS[verdict]}</p>'
    if report.base is not None:
        yield f"<p>{code(report.base)} → {code(report.revision or '')}</p>"
    for contract in report.contracts:
        if len(report.contracts) <= 12:
            yield f'<p class="dim">{_contract(contract)}</p>'
    if len(report.contracts) > 12:
        yield f'<p class="dim">{plural(len(report.contracts), "contract")} compared</p>'
    summary = report.summary
    yield '<ul class="tiles">'
    for name in ("error", "warning", "info"):
        yield f'<li class="{name}"><b>{summary[name]}</b><span>{name}{"s" * (summary[name] != 1)}</span></li>'
    if summary["unproven"]:
        yield f"<li><b>{summary['unproven']}</b><span>of them unproven</span></li>"
    if report.migrations:
        number = len(report.migrations)
        yield f"<li><b>{number}</b><span>migration{'s' * (number != 1)}</span></li>"
    if report.traffic is not None:
        yield f"<li><b>{report.traffic.broken}</b><span>of {report.traffic.exchanges} exchanges broken</span></li>"
    yield "</ul></header>"


def _contract(contract: ContractReport) -> str:
    versions = f"{said(contract.base_version or 'none')} → {said(contract.revision_version or 'none')}"
    needs = f"; needs version {said(contract.needs)}" if contract.needs is not None else ""
    edits = f"{contract.harmless} of {plural(contract.edits, 'edit')} proved harmless" if contract.edits else "no edits"
    return f"{code(contract.path)} {versions}: {edits}{needs}"


def _filter(findings: list[Finding]) -> Iterator[str]:
    yield '<form class="filter" aria-label="Filter findings">'
    yield '<input type="search" id="text" placeholder="Filter by path, operation, rule" aria-label="Filter by text">'
    for level in Severity:
        number = sum(finding.severity is level for finding in findings)
        if number:
            box = f'<input type="checkbox" name="severity" value="{level.value}" checked>'
            yield f"<label>{box}{level.value} {number}</label>"
    yield '<select id="category" aria-label="Category"><option value="">every category</option>'
    for category in sorted({finding.category.value for finding in findings}):
        yield f'<option value="{category}">{category}</option>'
    yield "</select>"
    yield '<button type="button" id="toggle">Open all</button><output id="count"></output></form>'


def _groups(report: Report, visible: set[int]) -> Iterator[str]:
    index = {id(finding): number for number, finding in enumerate(report.findings)}
    names: dict[str, int] = {}
    opened = 0
    for section in sections(report):
        listed = [finding for finding in section.findings if index[id(finding)] in visible]
        if not listed:
            continue
        yield f'<section class="group"><h2>{_title(section)}</h2>'
        for finding in listed:
            seen = names[finding.fingerprint] = names.get(finding.fingerprint, 0) + 1
            name = f"f-{finding.fingerprint}" + (f"-{seen}" if seen > 1 else "")
            number = index[id(finding)]
            snippets = report.snippets[number] if number < len(report.snippets) else None
            is_open = opened < _OPEN and _counts(finding)
            opened += is_open
            yield from html_findings.card(finding, snippets, name, is_open=is_open)
        yield "</section>"


def _title(section: Section) -> str:
    return f'{code(section.title or "repository")} <span class="dim">{counts(section)}</span>'


def _traffic(traffic: TrafficReport, rules: Mapping[str, str]) -> Iterator[str]:
    yield f'<section><h2 id="traffic">Traffic in {code(traffic.file)}</h2><ul class="tiles">'
    told = (
        (traffic.exchanges, "exchanges"),
        (traffic.matched, "with an operation"),
        (traffic.unchanged, "with an unchanged one"),
        (traffic.broken, "broken"),
        (traffic.unexplained, "explained by no finding"),
        (traffic.unfit, "unfit for the base"),
        (traffic.undecided, "undecided"),
        (traffic.stripped, "judged without credentials"),
        (traffic.unmatched, "with no operation"),
    )
    yield from (f"<li><b>{number}</b><span>{words}</span></li>" for number, words in told if number)
    yield "</ul>"
    if traffic.breaks:
        heads = "<tr><th>line</th><th>operation</th><th>why</th></tr>"
        yield f'<h3>Exchanges that break</h3><div class="table"><table>{heads}'
        for each in traffic.breaks:
            status = f" {each.status}" if each.status is not None and each.direction.value == "response" else ""
            links = " ".join(f'<a href="#f-{name}">{escape(rules.get(name, "finding"))}</a>' for name in each.findings)
            why = "<br>".join(said(reason) for reason in each.why)
            yield f"<tr><td>{each.place.line}</td><td>{code(each.operation + status)}</td><td>{why} {links}</td></tr>"
        yield "</table></div>"
        yield from _rest(traffic.broken - len(traffic.breaks))
    if traffic.strangers:
        yield '<h3>Exchanges with no operation</h3><div class="table"><table><tr><th>line</th><th>request</th></tr>'
        for stranger in traffic.strangers:
            asked = code(f"{stranger.method} {stranger.address}")
            yield f"<tr><td>{stranger.place.line}</td><td>{asked}</td></tr>"
        yield "</table></div>"
        yield from _rest(traffic.unmatched - len(traffic.strangers))
    yield "</section>"


def _rest(number: int) -> Iterator[str]:
    if number > 0:
        yield f'<p class="dim">and {number} more</p>'


def _foot(report: Report, hidden: int) -> Iterator[str]:
    yield "<footer>"
    if hidden:
        yield f"<p>{plural(hidden, 'informational or suppressed finding')} not shown: run with --all.</p>"
    for note in report.notes:
        yield f"<p>{said(note)}</p>"
    if report.skipped:
        yield f'<details class="more"><summary>{plural(len(report.skipped), "file")} skipped</summary>'
        for each in report.skipped[:200]:
            yield f"<p>{code(each.path)}: {said(each.why)}</p>"
        yield "</details>"
    if report.server is not None:
        yield f"<p>Migrations judged for {said(report.server)}.</p>"
    yield "<p>Made by contractcheck. More about a finding: <code>contractcheck explain RULE</code>.</p></footer>"
