"""The rules over one migration, a module each: its name is the rule's id, its `check` gives the findings."""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding
from contractcheck.model.rule import rule

Check = Callable[[Examined], Iterator[Finding]]


@cache
def checks() -> tuple[tuple[str, Check], ...]:
    """The id and the function of every rule, by id."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return tuple((name.replace("_", "-"), importlib.import_module(f"{__name__}.{name}").check) for name in names)


def findings(examined: Examined, asked: Collection[str] = ()) -> Iterator[Finding]:
    """What every rule says of one migration; (rule, subject) is unique: the second of a kind is numbered.

    Findings about locks and rewrites say how large the tables are, where that is known, and how long it takes. If all
    of them are small the finding is a note. Rules that are optional are looked at where they are `asked` for by id.
    """
    from contractcheck.migrations.weight import weighed

    seen: dict[tuple[str, str], int] = {}
    for name, check in checks():
        if name not in asked and rule(name).optional:
            continue
        for finding in check(examined):
            number = seen[finding.rule, finding.subject] = seen.get((finding.rule, finding.subject), 0) + 1
            heavy = weighed(examined, finding)
            yield heavy if number == 1 else replace(heavy, subject=f"{finding.subject} #{number}")
