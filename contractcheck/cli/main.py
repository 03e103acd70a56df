"""The command `contractcheck`: parse, call a workflow, print, return the exit code."""

import gc
import os
import sys
from typing import Annotated

import typer

from contractcheck import __version__
from contractcheck.cli import (
    baseline,
    check,
    deprecations,
    diff,
    effects,
    explain,
    hook,
    init,
    lint,
    policy,
    rules,
    schema,
    stats,
    version,
)
from contractcheck.errors import INTERNAL, OK, ContractcheckError

app = typer.Typer(
    name="contractcheck",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Say whether a release breaks its clients, and whether it can be taken back.

    Compares API contracts (OpenAPI) and database migrations (Alembic, SQL) between two revisions. Nothing of the
    repository is imported or run.

    \b
    contractcheck check --base origin/main     everything that changed in this repository
    contractcheck diff old.yaml new.yaml       two contracts
    contractcheck lint migrations/             what migrations do to the database
    contractcheck explain RULE                 what a finding means and what to do instead

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration, 3 cannot decide (no base,
    shallow clone, unreadable input), 4 internal error.
    """,
)

app.command("check")(check.check)
app.command("diff")(diff.diff)
app.command("lint")(lint.lint)
app.command("schema")(schema.schema)
app.command("effects")(effects.effects)
app.command("stats")(stats.stats)
app.command("hook")(hook.hook)
app.command("version")(version.version)
app.command("deprecations")(deprecations.deprecations)
app.add_typer(baseline.app, name="baseline")
app.add_typer(policy.app, name="policy")
app.command("init")(init.init)
app.command("rules")(rules.rules)
app.command("explain")(explain.explain)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"contractcheck {__version__}")
        raise typer.Exit(OK)


@app.callback()
def options(
    show_version: Annotated[  # noqa: FBT002 - handled by the callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line and exit with the code of the design; a failure is one or two lines, never a traceback."""
    # One short run that builds much and drops little: collecting cycles costs a fifth of a large comparison.
    gc.set_threshold(2_000_000, 20, 20)
    try:
        app(prog_name="contractcheck")
    except ContractcheckError as error:
        _fail(error)
    except (KeyboardInterrupt, MemoryError, RecursionError, Exception) as error:  # noqa: BLE001 - the last resort, reported
        _crash(error)


def _fail(error: ContractcheckError) -> None:
    from contractcheck.reports.escaping import printable

    where = f"{printable(error.where)}: " if error.where else ""
    sys.stderr.write(f"contractcheck: {where}{printable(error.what)}\n")
    if error.next_step:
        sys.stderr.write(f"  next: {printable(error.next_step)}\n")
    raise SystemExit(error.exit_code)


def _crash(error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt):
        raise SystemExit(130) from None
    if os.environ.get("CONTRACTCHECK_DEBUG"):
        raise error
    sys.stderr.write(f"contractcheck: internal error: {type(error).__name__}: {str(error)[:300]}\n")
    sys.stderr.write("  next: please report it with the input; CONTRACTCHECK_DEBUG=1 prints where it happened\n")
    raise SystemExit(INTERNAL)
