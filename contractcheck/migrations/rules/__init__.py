"""The rules over one migration, a module each: its name is the rule's id, its `check` gives the findings."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def findings(examined: Examined) -> Iterator[Finding]:
    """What every rule says of one migration; (rule, subject) is unique: the second of a kind is numbered.

    Findings about locks and rewrites say how large the tables are, where that is known, and how long it takes. If all
    of them are small the finding is a note.
    """
    import importlib
    import pkgutil
    from dataclasses import replace

    from contractcheck.migrations.weight import weighed

    seen: dict[tuple[str, str], int] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        check = importlib.import_module(f"{__name__}.{module}").check
        for finding in check(examined):
            number = seen[finding.rule, finding.subject] = seen.get((finding.rule, finding.subject), 0) + 1
            heavy = weighed(examined, finding)
            yield heavy if number == 1 else replace(heavy, subject=f"{finding.subject} #{number}")
