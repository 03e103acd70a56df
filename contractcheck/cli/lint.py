"""`contractcheck lint`: migrations."""

import os
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
    StatsOption,
    TodayOption,
    VerboseOption,
    emit,
    status,
)


def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders of migration trees, or single files.  [default: every tree of this folder] "
            "After the word `api`: contracts, checked against the conventions of the policy."
        ),
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Dialect and major version.  [default: postgresql:16]")
    ] = None,
    stats: StatsOption = None,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
    no_cache: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--no-cache", help="Examine everything anew, and keep nothing of it.")
    ] = False,
    everything: AllOption = False,  # noqa: FBT002 - an option
    verbose: VerboseOption = False,  # noqa: FBT002 - an option
) -> None:
    """Say what migrations do to the database.

    Locks, rewrites, scans, lost data, what running code loses, and whether they can be undone. Every migration is read
    without being run, turned into SQL, and replayed on a model of the database.

    \b
    contractcheck lint migrations/
    contractcheck lint alembic/versions --server postgresql:14
    contractcheck lint db/migrate/0042_add_index.up.sql --stats stats.json
    contractcheck lint api openapi.yaml
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.workflows.conventions import lint_api
    from contractcheck.workflows.lint import lint as run
    from contractcheck.workflows.policy import ground
    from contractcheck.workflows.remembered import memory
    from contractcheck.workflows.sizes import sizes

    cwd = Path.cwd()
    configuration = effective(beside(cwd), profile=profile, fail_on=fail_on)
    known = sizes(configuration, stats, beside(cwd))
    at = ground(configuration, beside(cwd), today=a_day(today))
    kept = None if no_cache else memory(os.environ)
    with progress() as say:
        if paths and paths[0] == "api":
            report = lint_api(paths[1:], at, cwd=cwd, say=say)
            emit(report, form=form, output=output, everything=everything, verbose=verbose)
            raise typer.Exit(status(report, configuration.fail_on))
        name = server or configuration.server
        report = run(paths or ["."], configuration, server_name=name, cwd=cwd, sizes=known, at=at, memory=kept, say=say)
    emit(report, form=form, output=output, everything=everything, verbose=verbose)
    raise typer.Exit(status(report, configuration.fail_on))
