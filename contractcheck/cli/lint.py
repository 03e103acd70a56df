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
    QueriesOption,
    StatsOption,
    TodayOption,
    VerboseOption,
    emit,
    save,
    status,
)
from contractcheck.errors import FINDINGS, OK


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
    queries: QueriesOption = None,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    fail_on: FailOnOption = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
    fix: Annotated[  # noqa: FBT002 - an option
        bool,
        typer.Option(
            "--fix",
            help="Write the safe sequences into migrations that were not released: those of `statements`, "
            "or what follows of the words `statements` and `downgrade`.",
        ),
    ] = False,
    diff: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--diff", help="Show what --fix would write, and write nothing.")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option("--base", help="With --fix: what this revision has was released.  [default: as in `check`]"),
    ] = None,
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
    contractcheck lint migrations/ --queries pg_stat_statements.csv
    contractcheck lint api openapi.yaml
    contractcheck lint --fix --diff
    contractcheck lint --fix downgrade migrations/
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective
    from contractcheck.workflows.lint import lint as run
    from contractcheck.workflows.policy import ground
    from contractcheck.workflows.remembered import memory
    from contractcheck.workflows.sizes import sizes
    from contractcheck.workflows.workload import workload

    cwd = Path.cwd()
    configuration = effective(beside(cwd), profile=profile, fail_on=fail_on)
    known = sizes(configuration, stats, beside(cwd))
    at = ground(configuration, beside(cwd), today=a_day(today))
    kept = None if no_cache else memory(os.environ)
    name = server or configuration.server
    asked = workload(queries, name)
    if fix or diff:
        from contractcheck.reports.escaping import printable
        from contractcheck.workflows.fixing import fix as find_fixes
        from contractcheck.workflows.mended import diff as lines_of
        from contractcheck.workflows.mended import write as write_fixes

        kinds, paths = _kinds(paths or [])
        with progress() as say:
            mended = find_fixes(paths or ["."], kinds, configuration, server_name=name, cwd=cwd, base=base, say=say)
        for path, why in mended.left:
            typer.echo(f"not written {printable(path)}: {printable(why)}", err=True)
        if diff:
            save("".join(lines_of(mended)), output)
            raise typer.Exit(FINDINGS if mended.files else OK)
        write_fixes(mended)
        for each in mended.files:
            typer.echo(f"{'wrote' if each.before is None else 'mended'} {each.path}: {', '.join(each.rules)}", err=True)
        if mended.released and not mended.files:
            typer.echo(f"{mended.released} released migrations are never edited", err=True)
    with progress() as say:
        if paths and paths[0] == "api":
            from contractcheck.workflows.conventions import lint_api

            report = lint_api(paths[1:], at, cwd=cwd, say=say)
            emit(report, form=form, output=output, everything=everything, verbose=verbose)
            raise typer.Exit(status(report, configuration.fail_on))
        report = run(
            paths or ["."],
            configuration,
            server_name=name,
            cwd=cwd,
            sizes=known,
            workload=asked,
            at=at,
            memory=kept,
            say=say,
        )
    emit(report, form=form, output=output, everything=everything, verbose=verbose)
    raise typer.Exit(status(report, configuration.fail_on))


def _kinds(words: list[str]) -> tuple[list[str], list[str]]:
    """What to fix, and the paths. A folder that is called like a kind of fix is written with `./`."""
    from contractcheck.migrations.fixing import KINDS

    said = [part for word in words for part in word.split(",") if {*word.split(",")} <= {*KINDS}]
    return list(dict.fromkeys(said)) or [KINDS[0]], [word for word in words if not {*word.split(",")} <= {*KINDS}]
