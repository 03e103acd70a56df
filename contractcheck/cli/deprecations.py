"""`contractcheck deprecations`: the calendar of what goes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contractcheck.cli.output import OutputOption, TodayOption, save


class CalendarFormat(StrEnum):
    """How the calendar is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    ICALENDAR = "icalendar"


def deprecations(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Contracts, files or folders.  [default: those of this repository]")
    ] = None,
    form: Annotated[
        CalendarFormat, typer.Option("--format", "-f", help="text, json, markdown or icalendar.")
    ] = CalendarFormat.TEXT,
    output: OutputOption = None,
    today: TodayOption = None,
) -> None:
    """List what is deprecated, since when, and when it may go.

        Since when is what releases say: the tags or the list of the policy, by default tags v*. What may go now had
    the notice of its level of stability, and its sunset has passed.

    \b
    contractcheck deprecations
    contractcheck deprecations api/openapi.yaml --format icalendar --output deprecations.ics
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.reports.calendar import as_icalendar, as_json, as_markdown, as_text
    from contractcheck.workflows.deprecations import calendar
    from contractcheck.workflows.policy import ground
    from contractcheck.workflows.releases import around

    cwd = Path.cwd()
    day = a_day(today)
    configuration = effective(beside(cwd))
    histories = around(cwd, "HEAD:", configuration, day, always=True)
    at = ground(configuration, beside(cwd), today=day, histories=histories)
    with progress() as say:
        found = calendar(paths or [], at, cwd=cwd, say=say)
    render = {
        CalendarFormat.TEXT: as_text,
        CalendarFormat.JSON: as_json,
        CalendarFormat.MARKDOWN: as_markdown,
        CalendarFormat.ICALENDAR: as_icalendar,
    }[form]
    save(render(found), output)
