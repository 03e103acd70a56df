"""The rules over one migration, a module each: its name is the rule's id, its `check` gives the findings."""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache

from msgspec.structs import replace

from contractcheck.migrations.examined import Examined, Ran
from contractcheck.migrations.operations import AlterTable
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.rule import rule

Check = Callable[[Examined], Iterator[Finding]]
About = frozenset[type | str]


@cache
def checks() -> tuple[tuple[str, Check, About | None, bool], ...]:
    """The id and the function of every rule, by id, what it speaks of, and whether it is optional.

    It speaks of operations, actions, words of remarks; a rule whose module has no `ABOUT` may speak of anything.
    """
    found: list[tuple[str, Check, About | None, bool]] = []
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        about = getattr(module, "ABOUT", None)
        known = name.replace("_", "-")
        found.append((known, module.check, None if about is None else frozenset(about), rule(known).optional))
    return tuple(found)


def findings(examined: Examined, asked: Collection[str] = ()) -> Iterator[Finding]:
    """What every rule says of one migration; (rule, subject) is unique: the second of a kind is numbered.

    Findings about locks and rewrites say how large the tables are, where that is known, and how long it takes. If all
    of them are small the finding is a note. Rules that are optional are looked at where they are `asked` for by id.
    """
    from contractcheck.migrations.weight import weighed

    ran_at = {ran.statement.place: ran for ran in examined.up}
    seen: dict[tuple[str, str], int] = {}
    there = _there(examined)
    for name, check, about, optional in checks():
        if (optional and name not in asked) or (about is not None and about.isdisjoint(there)):
            continue
        for finding in check(examined):
            number = seen[finding.rule, finding.subject] = seen.get((finding.rule, finding.subject), 0) + 1
            heavy = _remedied(weighed(examined, finding), examined, ran_at)
            yield heavy if number == 1 else replace(heavy, subject=f"{finding.subject} #{number}")


def _there(examined: Examined) -> set[type | str]:
    """What there is to speak of in a migration."""
    found: set[type | str] = set()
    for ran in examined.up:
        found.update(remark.what for remark in ran.effects.remarks)
        for operation in ran.operations:
            found.add(type(operation))
            if isinstance(operation, AlterTable):
                found.update(type(action) for action in operation.actions)
    return found


def _remedied(finding: Finding, examined: Examined, ran_at: Mapping[Place, Ran]) -> Finding:
    """The finding with the safe sequence of statements, where there is one."""
    ran = ran_at.get(finding.place) if finding.place is not None else None
    if ran is None or examined.server.dialect != "postgresql":
        return finding
    from contractcheck.migrations.postgresql.remedies import remedy

    return replace(finding, remedy=remedy(finding.rule, ran, examined))
