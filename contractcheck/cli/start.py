"""The installed command: `contractcheck hook` with nothing to do ends here, before the command line is even built."""

import gc
import os
import sys


def run() -> None:
    """Run the command and leave at once: to free all that a large comparison holds takes a third of a second.

    Whatever has to be tidied up was tidied up by then: nothing registers itself for the end of the process.
    """
    # One short run that builds much and drops little: looking for cycles costs a fifth of a large comparison.
    gc.set_threshold(2_000_000, 20, 20)
    code: int | str | None = None
    try:
        main()
    except SystemExit as left:
        code = left.code
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # who read the output has seen enough
        code = code or 0
    os._exit(code or 0)


def main() -> None:
    """Run the first question of the hook, whether anything relevant changed, without Typer (40 ms); else all."""
    if sys.argv[1:] == ["hook"] and _idle():
        return
    from contractcheck.cli.main import main as command

    command()


def _idle() -> bool:
    """Whether nothing about to be committed could matter. What goes wrong is said by the command line proper."""
    from pathlib import Path

    from contractcheck.errors import ContractcheckError
    from contractcheck.sources.repository import Repository
    from contractcheck.workflows.hook import sides

    try:
        with Repository.open(Path.cwd()) as repository:
            return sides(repository) is None
    except ContractcheckError:
        return False
