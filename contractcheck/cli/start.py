"""The installed command: `contractcheck hook` with nothing to do ends here, before the command line is even built."""

import sys


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
