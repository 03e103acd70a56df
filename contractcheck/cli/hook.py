"""`contractcheck hook`: what pre-commit runs."""

from pathlib import Path
from typing import Annotated

import typer

from contractcheck.errors import OK


def hook(
    base: Annotated[str | None, typer.Option("--base", help="The revision to compare with.")] = None,
    pre_push: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--pre-push", help="Check the pushed range, not the index.")
    ] = False,
) -> None:
    """Check what is about to be committed.

        The index against where the branch left its upstream. Asks git itself what changed, so that a commit which
    only deletes a contract or a migration is checked as well.
    """
    from contractcheck.workflows.hook import hook as run

    found = run(Path.cwd(), base=base, pre_push=pre_push)
    if found is None:
        raise typer.Exit(OK)
    from contractcheck.cli.output import Format, emit, status

    report, configuration = found
    emit(report, form=Format.TEXT, output=None, everything=False)
    raise typer.Exit(status(report, configuration.fail_on))
