"""`contractcheck diff`: two contracts."""

from pathlib import Path
from typing import Annotated

import typer

from contractcheck.cli.output import (
    AllOption,
    FailOnOption,
    Format,
    FormatOption,
    OutputOption,
    ProfileOption,
    TodayOption,
    TrafficOption,
    VerboseOption,
    VerifyOption,
    emit,
    status,
)


def diff(
    base: Annotated[
        str, typer.Argument(help="The older contract: a file, a folder, REV:path, or - for standard input.")
    ],
    revision: Annotated[str, typer.Argument(help="The newer contract, named the same way.")],
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
    everything: AllOption = False,  # noqa: FBT002 - an option
    verbose: VerboseOption = False,  # noqa: FBT002 - an option
    verify: VerifyOption = False,  # noqa: FBT002 - an option
    traffic: TrafficOption = None,
) -> None:
    """Compare two contracts and say what breaks.

    A request is compatible if everything a client of the base may send is still accepted; a response if everything
    the revision may answer was promised by the base.

    \b
    contractcheck diff v1/openapi.yaml openapi.yaml
    contractcheck diff v1.4.0:api/openapi.yaml api/openapi.yaml
    git show main:openapi.json | contractcheck diff - openapi.json
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.workflows.diff import diff as compare
    from contractcheck.workflows.exchanges import Shown
    from contractcheck.workflows.policy import ground
    from contractcheck.workflows.releases import around

    cwd = Path.cwd()
    wanted = verbose or form in {Format.JSON, Format.HTML}
    shown = Shown(exchanges=wanted, verify=verify, traffic=traffic, sources=form is Format.HTML)
    day = a_day(today)
    configuration = effective(beside(cwd), profile=profile, fail_on=fail_on)
    at = ground(configuration, beside(cwd), today=day, histories=around(cwd, base, configuration, day))
    with progress() as say:
        report = compare(base, revision, configuration, cwd=cwd, shown=shown, at=at, say=say)
    emit(report, form=form, output=output, everything=everything, verbose=verbose)
    raise typer.Exit(status(report, configuration.fail_on))
