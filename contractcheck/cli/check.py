"""`contractcheck check`: everything that changed in this repository."""

from enum import StrEnum
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
    QueriesOption,
    StatsOption,
    TodayOption,
    TrafficOption,
    VerboseOption,
    VerifyOption,
    emit,
    status,
)


class PolicySide(StrEnum):
    """From which side configuration, waivers and baseline are read."""

    REVISION = "revision"
    BASE = "base"


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
    stats: StatsOption = None,
    queries: QueriesOption = None,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    profile: ProfileOption = None,
    policy: Annotated[
        PolicySide, typer.Option("--policy", help="Which side's policy files decide. A bot takes those of the base.")
    ] = PolicySide.REVISION,
    today: TodayOption = None,
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
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.sources.repository import Repository
    from contractcheck.workflows.check import check as run
    from contractcheck.workflows.exchanges import Shown
    from contractcheck.workflows.policy import reader
    from contractcheck.workflows.sizes import sizes
    from contractcheck.workflows.workload import workload

    cwd = Path.cwd()
    wanted = verbose or form in {Format.JSON, Format.HTML}
    shown = Shown(exchanges=wanted, verify=verify, traffic=traffic, sources=form is Format.HTML)
    repository = Repository.open(cwd)
    read = beside(cwd) if policy is PolicySide.REVISION else reader(repository.tree(repository.default_base(base).oid))
    configuration = effective(read, profile=profile, fail_on=fail_on)
    known = sizes(configuration, stats, read)
    with progress() as say:
        name = server or configuration.server
        asked = workload(queries, name)
        report = run(
            repository,
            base,
            configuration,
            server=name,
            shown=shown,
            sizes=known,
            workload=asked,
            read=read,
            today=a_day(today),
            say=say,
        )
    emit(report, form=form, output=output, everything=everything, verbose=verbose)
    raise typer.Exit(status(report, configuration.fail_on))
