"""Options that the reporting commands share, printing a report, and the exit code it means."""

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contractcheck.errors import FINDINGS, OK, UsageError
from contractcheck.model.finding import Severity
from contractcheck.model.report import Report


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class FailOn(StrEnum):
    """From which severity on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class Profile(StrEnum):
    """How strictly the law is applied."""

    STRICT = "strict"
    STANDARD = "standard"
    WIRE = "wire"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How the report is written.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the report to this file instead of standard output.")
]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option("--fail-on", help="Exit with 1 from this severity on.  [default: error, or the configuration]"),
]
ProfileOption = Annotated[
    Profile | None,
    typer.Option("--profile", help="strict, standard or wire.  [default: standard, or the configuration]"),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show each break as an HTTP exchange, and what to send instead as SQL.")
]
VerifyOption = Annotated[
    bool,
    typer.Option("--verify", help="Have openapi-core confirm the exchanges under both contracts. Takes seconds."),
]
TrafficOption = Annotated[
    Path | None,
    typer.Option(
        "--traffic",
        metavar="FILE",
        help="Replay recorded exchanges, HAR 1.2 or JSON lines, and say how many each finding breaks.",
    ),
]
StatsOption = Annotated[
    Path | None,
    typer.Option(
        "--stats", metavar="FILE", help="How large the tables are: written by `contractcheck stats`, or by hand."
    ),
]
QueriesOption = Annotated[
    Path | None,
    typer.Option(
        "--queries",
        metavar="FILE",
        help="Queries of the running release, to say which of them break: an export of pg_stat_statements, "
        "a server log, or statements.",
    ),
]
TodayOption = Annotated[
    str | None,
    typer.Option("--today", metavar="DAY", help="The day that dates are judged by.  [default: today, in UTC]"),
]
AllOption = Annotated[
    bool,
    typer.Option(
        "--all", help="Also show harmless, informational and suppressed findings; in Markdown as a release note."
    ),
]


def emit(report: Report, *, form: Format, output: Path | None, everything: bool, verbose: bool = False) -> None:
    """Write a report in the wanted format to a file or to standard output."""
    terminal = output is None and sys.stdout.isatty()
    text = _render(report, form, terminal=terminal, everything=everything, verbose=verbose)
    save(text, output)


def save(text: str, output: Path | None) -> None:
    """Write to a file, or without one to standard output. Raises UsageError for a file that cannot be written."""
    if output is None:
        write(text)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}", where=str(output), next_step="choose another --output"
        ) from None


def write(text: str) -> None:
    """Write to standard output. A reader that goes away (`| head`) is no failure and does not change the exit code."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Keep the interpreter from reporting it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stream(lines: Iterable[bytes]) -> None:
    """Write lines as they come. A reader that goes away ends it, and is no failure."""
    try:
        for line in lines:
            sys.stdout.buffer.write(line.rstrip(b"\n") + b"\n")
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def status(report: Report, fail_on: str) -> int:
    """0, or 1 if a finding at or above `fail_on` counts."""
    if fail_on == FailOn.NEVER:
        return OK
    limit = Severity(fail_on).rank
    return FINDINGS if any(finding.severity.rank <= limit for finding in report.counted) else OK


def _render(report: Report, form: Format, *, terminal: bool, everything: bool, verbose: bool) -> str:
    match form:
        case Format.JSON:
            from contractcheck.reports.json import render as as_json

            return as_json(report)
        case Format.MARKDOWN if everything:
            from contractcheck.reports.changelog import render as as_changelog

            return as_changelog(report)
        case Format.MARKDOWN:
            from contractcheck.reports.markdown import render as as_markdown

            return as_markdown(report, everything=everything)
        case Format.HTML:
            from contractcheck.reports.html import render as as_html

            return as_html(report, everything=everything)
        case Format.TEXT:
            import shutil

            from contractcheck.reports.text import render as as_text

            # NO_COLOR (no-color.org): any value that is not empty.
            colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
            width = min(max(shutil.get_terminal_size().columns, 80), 140) if terminal else 110
            return as_text(report, width=width, colour=colour, everything=everything, verbose=verbose)
