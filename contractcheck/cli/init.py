"""`contractcheck init`: a first configuration."""

import sys
from pathlib import Path

from contractcheck.cli.output import save
from contractcheck.errors import UsageError


def init() -> None:
    """Write a commented contractcheck.toml for this repository.

        Looks for contracts, migrations and tags, and writes what it found and what can be decided. Decides nothing
    that the defaults do not say.
    """
    from contractcheck.cli.settings import beside
    from contractcheck.policy.configuration import FILE, PYPROJECT
    from contractcheck.policy.configuration import configuration as read
    from contractcheck.sources.repository import Repository
    from contractcheck.workflows.deprecations import here
    from contractcheck.workflows.init import configuration, survey

    cwd = Path.cwd()
    top = next((level for level in (cwd, *cwd.parents) if (level / ".git").exists()), None)
    known = read(beside(cwd)).file
    if known is not None:
        raise UsageError(
            "there is a configuration already",
            where=known,
            next_step="contractcheck policy show prints what is in force"
            + (f"; move the table of {PYPROJECT} away to start anew" if known == PYPROJECT else ""),
        )
    found = survey(here(cwd), Repository.open(cwd) if top is not None else None)
    save(configuration(found), (top or cwd) / FILE)
    contracts, trees = len(found.contracts), len(found.trees)
    told = f"{contracts} contract{'s' * (contracts != 1)}, {trees} tree{'s' * (trees != 1)} of migrations"
    sys.stderr.write(f"{FILE}: written for {told}\n")
