"""`contractcheck baseline`: what was there before the checks were introduced."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractcheck.cli.output import ProfileOption, TodayOption, save

if TYPE_CHECKING:
    from contractcheck.workflows.baseline import Kept

app = typer.Typer(
    no_args_is_help=True,
    help="""Accept what is there today, so that only what is new fails.

    The file holds fingerprints with counts, one a line; no path, no line number: moved files change nothing.

    \b
    contractcheck baseline write                 every migration, and lint api where the policy asks for it
    contractcheck baseline write --base v1.4.0   also what changed in contracts since
    contractcheck baseline prune                 take out what was mended
    """,
)


@app.command("write")
def write(
    base: Annotated[str | None, typer.Option("--base", help="Also accept what changed since this revision.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the baseline that is there.")] = False,  # noqa: FBT002
    profile: ProfileOption = None,
    today: TodayOption = None,
) -> None:
    """Accept everything that is found today.

    Migrations and the conventions of `lint api` are looked at as they stand; with --base also what changed in contracts
    since that revision, which is written down beside the fingerprints.

    \b
    contractcheck baseline write
    contractcheck baseline write --base v1.4.0
    contractcheck baseline write --base main --force     in place of the one that is there
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective, root
    from contractcheck.workflows.baseline import write as run

    cwd = Path.cwd()
    configuration = effective(beside(cwd), profile=profile)
    with progress() as say:
        kept = run(configuration, beside(cwd), cwd=cwd, base=base, force=force, today=a_day(today), say=say)
    _save(kept, root(cwd) / configuration.baseline)


@app.command("update")
def update(
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="FINGERPRINT", help="Also accept this finding.")
    ] = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
) -> None:
    """Take out what was mended, and accept the findings that are named.

    Nothing else is added: a finding that is new has to be named by the fingerprint that the JSON report shows.

    \b
    contractcheck baseline update
    contractcheck baseline update --accept 8d2b0983a0ef2c05
    """
    from contractcheck.cli.progress import progress
    from contractcheck.cli.settings import a_day, beside, effective, root
    from contractcheck.workflows.baseline import update as run

    cwd = Path.cwd()
    configuration = effective(beside(cwd), profile=profile)
    with progress() as say:
        kept = run(configuration, beside(cwd), cwd=cwd, accept=accept or (), today=a_day(today), say=say)
    _save(kept, root(cwd) / configuration.baseline)


@app.command("prune")
def prune(profile: ProfileOption = None, today: TodayOption = None) -> None:
    """Take out what was mended; counts only fall.

    The lines that `check` and `lint` report as `baseline-stale` go, or get a smaller count; none is added.

    \b
    contractcheck baseline prune && git add contractcheck.baseline
    """
    update(None, profile, today)


def _save(kept: "Kept", target: Path) -> None:
    from contractcheck.policy.baseline import write as text
    from contractcheck.reports.escaping import printable
    from contractcheck.reports.sections import plural

    save(text(kept.baseline), target)
    for sign, entries in (("+", kept.added), ("-", kept.lowered)):
        for entry in entries:
            sys.stdout.write(f"{sign} {entry.fingerprint} {entry.count} {entry.rule} {printable(entry.subject)}\n")
    total = sum(entry.count for entry in kept.baseline.entries.values())
    sys.stderr.write(f"{kept.baseline.file}: {plural(total, 'finding')} accepted\n")
    if kept.new:
        first = kept.new[0]
        sys.stderr.write(
            f"{plural(len(kept.new), 'finding')} not in it; the first: "
            f"{first.fingerprint} {first.rule} {printable(first.subject)}\n"
        )
