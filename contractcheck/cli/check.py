"""`contractcheck check`: everything that changed in this repository."""

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
    TrafficOption,
    VerboseOption,
    VerifyOption,
    emit,
    status,
)


def check(
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            help="The revision to compare with.  [default: configuration, else where the branch left upstream]",
        ),
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Dialect and major version.  [default: postgresql:16]")
    ] = None,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    profile: ProfileOption = None,
    everything: AllOption = False,  # noqa: FBT002 - an option
    verbose: VerboseOption = False,  # noqa: FBT002 - an option
    verify: VerifyOption = False,  # noqa: FBT002 - an option
    traffic: TrafficOption = None,
) -> None:
    """Check what changed in this repository.

    Everything since a base: contracts and migrations. The revision is the working tree. Files are read as git
    objects or from disk; nothing is checked out or run.

    \b
    contractcheck check --base origin/main
    contractcheck check --base v1.4.0 --format markdown --output report.md
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import beside, effective
    from contractcheck.sources.repository import Repository
    from contractcheck.workflows.check import check as run
    from contractcheck.workflows.exchanges import Shown

    cwd = Path.cwd()
    wanted = verbose or form in {Format.JSON, Format.HTML}
    shown = Shown(exchanges=wanted, verify=verify, traffic=traffic, sources=form is Format.HTML)
    repository = Repository.open(cwd)
    configuration = effective(beside(cwd), profile=profile, fail_on=fail_on)
    with progress() as say:
        report = run(repository, base, configuration, server=server or configuration.server, shown=shown, say=say)
    emit(report, form=form, output=output, everything=everything, verbose=verbose)
    raise typer.Exit(status(report, configuration.fail_on))
