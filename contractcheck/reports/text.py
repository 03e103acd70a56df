"""The report for a person at a terminal or in a log; colours only where asked."""

from collections.abc import Iterator

from contractcheck.model.exchange import Exchange
from contractcheck.model.finding import Direction, Finding, ProofKind, Severity
from contractcheck.model.report import ContractReport, MigrationReport, Report, ReversibilityVerdict, TrafficReport
from contractcheck.reports.escaping import printable
from contractcheck.reports.locks import over, told
from contractcheck.reports.remedy import sql
from contractcheck.reports.sections import Section, counts, plural, sections, whom
from contractcheck.reports.way_back import no_returns, said, sentence, ways_back
from contractcheck.reports.witness import shown

# A line is a run of (style, text); a style is rich's, "" is plain.
Span = tuple[str, str]
Line = tuple[Span, ...]

_COLOUR = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_INDENT = " " * 9
_LOCKS = 12  # of one migration, without --all
_LISTED = 10  # exchanges of traffic shown one by one; JSON and HTML have more
_UNDO = {
    ReversibilityVerdict.PROVED: "undo proved",
    ReversibilityVerdict.LOSSY: "undo loses data",
    ReversibilityVerdict.BROKEN: "undo broken",
    ReversibilityVerdict.MISSING: "no undo",
    ReversibilityVerdict.UNPROVEN: "undo unproven",
}


def render(
    report: Report, *, width: int = 100, colour: bool = False, everything: bool = False, verbose: bool = False
) -> str:
    """The report as text of at most `width` columns (places and code are never cut).

    `everything` shows infos too, `verbose` the exchange of each finding.
    """
    lines = tuple(_lines(report, width, everything, verbose))
    if not colour:
        return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    buffer = StringIO()
    console = Console(file=buffer, force_terminal=True, color_system="standard", width=width, legacy_windows=False)
    for line in lines:
        console.print(Text.assemble(*((text, style) for style, text in line)), soft_wrap=True, highlight=False)
    return buffer.getvalue()


def _lines(report: Report, width: int, everything: bool, verbose: bool) -> Iterator[Line]:  # noqa: FBT001 - private
    shown = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if everything else set())
    for section in sections(report, clean=everything):
        findings = [f for f in section.findings if f.severity in shown and (f.suppressed is None or everything)]
        if not findings and section.about is None:
            continue
        if not findings and isinstance(section.about, MigrationReport) and not everything:
            continue
        yield from _head(section, report, width)
        yield ()
        if isinstance(section.about, MigrationReport) and section.about.locks:
            yield from _locks(section.about, width, everything)
            yield ()
        advised: set[tuple[str, str]] = set()
        for finding in findings:
            again = (finding.rule, finding.suggestion) in advised and not finding.remedy
            yield from _finding(finding, width, verbose=verbose, again=again)
            yield ()
            advised.add((finding.rule, finding.suggestion))
    if report.traffic is not None:
        yield from _traffic(report.traffic)
    if report.migrations:
        yield from _migrations(report, width)
    yield from _closing(report, width, everything)


def _head(section: Section, report: Report, width: int) -> Iterator[Line]:
    title = printable(section.title)
    match section.about:
        case ContractReport() as contract:
            versions = f"   {_version(contract.base_version)} → {_version(contract.revision_version)}"
            word, style = _word(section)
            shown_edits = f"{contract.harmless} of {contract.edits} edits proved harmless"
            harmless = shown_edits if contract.edits else "no edits"
            needs = f"; this needs {printable(contract.needs)}" if contract.needs else ""
            said = f": {counts(section)}{needs}"
            left: Line = (("bold", title), ("", versions), ("", "   "), (style, word), ("", said))
            yield from _spread(left, ("dim", harmless), width)
        case MigrationReport() as migration:
            undo = _UNDO[migration.reversibility.verdict]
            budget = over(migration)
            left = (("bold", title), ("", f"   {migration.phase} · {undo} · "))
            left = (*left, ("red", budget), ("", " · ")) if budget else left
            left = (*left, ("", counts(section)))
            yield from _spread(left, ("dim", report.server or ""), width)
        case None:
            yield (("bold", title or "repository"), ("", f"   {counts(section)}"))


def _locks(migration: MigrationReport, width: int, everything: bool) -> Iterator[Line]:  # noqa: FBT001 - private
    """The timeline: a lock that is held over work, or over budget, in two lines, others in one."""
    every = told(migration)
    listed = every if everything or len(every) <= _LOCKS else every[:_LOCKS]
    margin = max(len(each.lines) for each in listed) + 2
    for number, each in enumerate(listed):
        head = (("dim", f"{'locks' if not number else '':<9}"), ("cyan", f"{each.lines:<{margin}}"))
        text = f"{each.lock} on {printable(each.table)}: {each.who} wait {each.long}"
        first, *more = (line.replace("\u00a0", " ") for line in _wrap(text, width - len(_INDENT) - margin))
        yield (*head, ("red" if each.over else "", first))
        for line in more:
            yield (("", _INDENT + " " * margin), ("red" if each.over else "", line))
        for line in _wrap(printable(each.work), width - len(_INDENT) - margin) if each.work else ():
            yield (("", _INDENT + " " * margin), ("dim", line))
    if len(listed) < len(every):
        yield (("", _INDENT), ("dim", f"{plural(len(every) - len(listed), 'more lock')}: --all"))


def _word(section: Section) -> tuple[str, str]:
    proved = [f for f in section.findings if f.suppressed is None and f.severity is Severity.ERROR]
    if any(f.proof.kind is not ProofKind.UNPROVEN for f in proved):
        return "BREAKING", "bold red"
    matter = [f for f in section.findings if f.suppressed is None and f.severity is not Severity.INFO]
    if any(f.proof.kind is ProofKind.UNPROVEN for f in matter):
        return "UNDECIDED", "bold yellow"
    return "compatible", "green"


def _finding(finding: Finding, width: int, *, verbose: bool, again: bool = False) -> Iterator[Line]:
    """One finding; with `again` what to do instead was said of another finding of the rule."""
    place = finding.place or finding.base_place
    level = finding.severity.value
    head: Line = ((_COLOUR[finding.severity], f"{level:<9}"), ("bold", finding.rule))
    if finding.proof.kind is ProofKind.UNPROVEN:
        head = (*head, ("yellow", "  unproven"))
    yield from _spread(head, ("cyan", printable(str(place)) if place else ""), width)
    reach = printable(whom(finding.affects))
    subject = printable(finding.subject)
    before = f"was {printable(str(finding.base_place))}" if finding.place and finding.base_place else ""
    yield from _spread((("", _INDENT), ("", subject)), ("dim", before), width)
    if reach and not subject.startswith(reach):
        yield (("", _INDENT), ("dim", "reaches  "), ("", reach))
    for line in _wrap(printable(finding.message), width - len(_INDENT)):
        yield (("", _INDENT), ("", line))
    exchange = finding.proof.exchange
    if finding.proof.rests_on_exchange:
        yield (("", _INDENT), ("dim", "witness  "), ("", "the exchange below" if verbose else "an exchange: --verbose"))
    elif finding.proof.kind is ProofKind.WITNESS:
        room = max(width - len(_INDENT) - 9, 60)
        value, where = shown(finding.proof, most=room)
        after = f"{where}{_happened(finding)}"
        if len(printable(value)) + len(after) <= room:
            yield (("", _INDENT), ("dim", "witness  "), ("", printable(value)), ("dim", after))
        else:
            yield (("", _INDENT), ("dim", "witness  "), ("", printable(value)))
            yield (("", _INDENT + " " * 9), ("dim", printable(after.strip())))
    elif finding.proof.kind is ProofKind.UNPROVEN:
        yield (("", _INDENT), ("dim", "unproven  "), ("", printable(finding.proof.why)))
    if finding.traffic:
        yield (("", _INDENT), ("dim", "traffic  "), ("", f"breaks {plural(finding.traffic, 'recorded exchange')}"))
    if exchange is not None and exchange.checked not in {"", "verified"}:
        yield (("", _INDENT), ("yellow", f"verify   {printable(exchange.checked)}"))
    if exchange is not None and verbose:
        yield from _exchange(exchange)
    if finding.suppressed is not None:
        yield (("", _INDENT), ("dim", f"suppressed  {printable(finding.suppressed)}"))
    if finding.suggestion and again:
        yield (("", _INDENT), ("dim", f"instead  as for {finding.rule} above"))
    elif finding.suggestion:
        first, *more = _wrap(printable(finding.suggestion), width - len(_INDENT) - 9)
        yield (("", _INDENT), ("dim", "instead  "), ("", first))
        for line in more:
            yield (("", _INDENT + " " * 9), ("", line))
        if finding.remedy and not verbose:
            yield (("", _INDENT + " " * 9), ("dim", "as SQL: --verbose"))
        for line in sql(finding.remedy).splitlines() if verbose else ():
            yield (("", _INDENT + " " * 9), ("dim" if line.startswith("--") else "", printable(line)))


def _exchange(exchange: Exchange) -> Iterator[Line]:
    from contractcheck.reports.http import shown

    first, *more = shown(exchange)
    yield (("", _INDENT), ("dim", "try      " if exchange.response is None else "answer   "), ("", first))
    for line in more:
        yield (("", _INDENT + " " * 9), ("", line))
    yield (
        ("", _INDENT + " " * 9),
        ("dim", exchange.about + (", says openapi-core" * (exchange.checked == "verified"))),
    )


def _traffic(traffic: TrafficReport) -> Iterator[Line]:
    parts = [f"{traffic.matched} with an operation", f"{traffic.unchanged} with one that is unchanged"]
    parts.append(f"{traffic.broken} broken")
    words = {"unexplained": "explained by no finding", "unfit": "unfit for the base", "undecided": "undecided"}
    parts += [f"{number} {said}" for name, said in words.items() if (number := getattr(traffic, name))]
    yield (("bold", printable(traffic.file)), ("", f"   {plural(traffic.exchanges, 'exchange')}: {', '.join(parts)}"))
    for each in traffic.breaks[:_LISTED]:
        status = f" {each.status}" if each.direction is Direction.RESPONSE and each.status is not None else ""
        said = f"{each.operation}{status}  {'; '.join(each.why)}"
        yield (("dim", f"  line {each.place.line}  "), ("red", "breaks  "), ("", printable(said)))
    if traffic.broken > _LISTED:
        yield (("dim", f"  and {traffic.broken - _LISTED} more"),)
    for stranger in traffic.strangers[:_LISTED]:
        said = printable(f"{stranger.method} {stranger.address}")
        yield (("dim", f"  line {stranger.place.line}  no operation  "), ("", said))
    if traffic.unmatched > _LISTED:
        yield (("dim", f"  and {traffic.unmatched - _LISTED} more with no operation"),)
    yield ()


def _happened(finding: Finding) -> str:
    """What became of the witness, by the direction in which it travels."""
    direction, _, _ = finding.rule.partition("-")
    if direction == Direction.RESPONSE:
        return "  may be answered now and was not promised"
    return "  was accepted and is refused now" if direction == Direction.REQUEST else ""


def _migrations(report: Report, width: int) -> Iterator[Line]:
    by_verdict = dict.fromkeys(ReversibilityVerdict, 0)
    for migration in report.migrations:
        by_verdict[migration.reversibility.verdict] += 1
    parts = [f"{number} {_UNDO[verdict]}" for verdict, number in by_verdict.items() if number]
    yield (("bold", plural(len(report.migrations), "migration")), ("", f"   {', '.join(parts)}"))
    for way in ways_back(report):
        for number, line in enumerate(_wrap(printable(sentence(way)), width - len(_INDENT))):
            yield (("dim", f"{'' if number else 'way back':<{len(_INDENT)}}"), ("", line))
    points = no_returns(report)
    for number, point in enumerate(points[:_LISTED]):
        head = f"{'' if number else 'no undo':<{len(_INDENT)}}"
        yield (("dim", head), ("", printable(f"{point.place}  {said(point)}")))
    if len(points) > _LISTED:
        yield (("dim", f"{'':<{len(_INDENT)}}and {len(points) - _LISTED} more: --format json"),)


def _closing(report: Report, width: int, everything: bool) -> Iterator[Line]:  # noqa: FBT001 - private
    for note in report.notes:
        yield (("dim", printable(note)),)
    hidden = 0 if everything else sum(f.severity is Severity.INFO for f in report.findings)
    suppressed = sum(f.suppressed is not None for f in report.findings)
    if hidden:
        yield (("dim", f"{plural(hidden, 'harmless or informational change')} not shown: --all"),)
    if suppressed:
        yield (("dim", f"{plural(suppressed, 'finding')} suppressed (waived, accepted, off): --all says why"),)
    if report.today is not None:
        yield (("dim", f"dates were judged by {report.today}"),)
    if report.skipped:
        yield (("dim", f"{plural(len(report.skipped), 'file')} skipped: --format json says which and why"),)
    summary = report.summary
    colour = {"breaking": "bold red", "undecided": "bold yellow", "compatible": "bold green"}[report.verdict.value]
    numbers = f"{plural(summary['error'], 'error')}, {plural(summary['warning'], 'warning')}"
    unproven = f", {summary['unproven']} unproven" if summary["unproven"] else ""
    sides = f"{printable(report.base)} → {printable(report.revision or '')}" if report.base is not None else ""
    left: Line = ((colour, report.verdict.value.upper()), ("", f"   {numbers}{unproven}"))
    fits = sum(len(text) for _, text in left) + len(sides) + 3 <= width
    yield (*left, ("", f"   {sides}")) if sides and fits else left
    if sides and not fits:
        yield (("", _INDENT), ("", sides))
    worst = [f for f in report.counted if f.severity is not Severity.INFO]
    if worst:
        yield (("dim", f"more about a finding: contractcheck explain {worst[0].rule}"),)


def _version(version: str | None) -> str:
    return "none" if version is None else printable(version)


def _spread(left: Line, right: Span, width: int) -> Iterator[Line]:
    """Left and right on one line with the gap between them, at least three columns; where they do not fit, on two."""
    if not right[1]:
        yield left
        return
    used = sum(len(text) for _, text in left) + len(right[1])
    if used + 3 <= width:
        yield (*left, ("", " " * (width - used)), right)
        return
    yield left
    yield (("", _INDENT), right)


def _wrap(text: str, width: int) -> list[str]:
    if len(text) <= width and text == text.strip():
        return [text]
    import textwrap

    return textwrap.wrap(text, max(width, 40), break_long_words=False, break_on_hyphens=False) or [""]
