"""`contractcheck version`: the next version."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contractcheck.cli.output import ProfileOption, TodayOption, write


class VersionFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


def version(
    base: Annotated[str, typer.Argument(help="What was released: a revision, a file, a folder, or REV:path.")],
    revision: Annotated[str, typer.Argument(help="What is to be released, named the same way.")],
    form: Annotated[VersionFormat, typer.Option("--format", "-f", help="text or json.")] = VersionFormat.TEXT,
    profile: ProfileOption = None,
    today: TodayOption = None,
) -> None:
    """Print the version that the changes call for.

        One line for one contract: the version and nothing else, for scripts; with its path before it where there
    are several. What demands it goes to standard error.

    \b
    contractcheck version v1.4.0 HEAD
    contractcheck version v1.4.0:api/openapi.yaml api/openapi.yaml
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.reports.escaping import printable
    from contractcheck.workflows.next_version import next_versions
    from contractcheck.workflows.policy import ground
    from contractcheck.workflows.releases import around

    cwd = Path.cwd()
    day = a_day(today)
    configuration = effective(beside(cwd), profile=profile)
    start = base if ":" in base else f"{base}:"
    at = ground(configuration, beside(cwd), today=day, histories=around(cwd, start, configuration, day))
    with progress() as say:
        answers = next_versions(base, revision, at, cwd=cwd, say=say)
    if form is VersionFormat.JSON:
        import json

        from msgspec import to_builtins

        told = {"today": day.told, "contracts": to_builtins(answers)}
        write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    for each in answers:
        write(f"{printable(each.next)}\n" if len(answers) == 1 else f"{printable(each.path)} {printable(each.next)}\n")
        about = f"{printable(each.path)}: " if len(answers) > 1 else ""
        why = f"{each.bump}: {printable(each.why)}" if each.bump != "none" else "nothing demands a new version"
        sys.stderr.write(f"{about}{why}\n")
        if each.unproven:
            told_of = f"{each.unproven} finding{'s' * (each.unproven != 1)} unproven: it may need more"
            sys.stderr.write(f"{about}{told_of}; contractcheck diff says which\n")
