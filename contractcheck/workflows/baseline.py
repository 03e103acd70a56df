"""`contractcheck baseline`: everything found in a repository, as a baseline that accepts it, or brought up to date."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UndecidableError, UsageError
from contractcheck.model.finding import Category, Finding, Severity
from contractcheck.policy.baseline import Baseline, Entry, of, pruned
from contractcheck.policy.days import Today
from contractcheck.policy.ledger import RULES, Ledger
from contractcheck.policy.settings import Configuration
from contractcheck.policy.severity import asked
from contractcheck.policy.versioning import RULES as VERSIONING
from contractcheck.workflows.policy import Ground, baseline_of, waivers_of
from contractcheck.workflows.progress import Say, quiet

Read = Callable[[str], bytes | None]

# Of single migrations: `lint` finds them in every one, `check` only in the new ones.
_OF_MIGRATIONS = frozenset({Category.LOCK, Category.REWRITE, Category.REVERSIBILITY, Category.DATA, Category.ROLLOUT})
# What an accepted finding no longer demands, and what is said of waivers and the baseline itself.
_EXCEPT = frozenset((*RULES, *VERSIONING))


class Kept(Struct, frozen=True):
    """A baseline after a command: what was added, what was lowered or dropped, and what is found and not in it."""

    baseline: Baseline
    added: tuple[Entry, ...] = ()
    lowered: tuple[Entry, ...] = ()
    new: tuple[Finding, ...] = ()


def write(
    configuration: Configuration,
    read: Read,
    *,
    cwd: Path,
    base: str | None,
    force: bool,
    today: Today,
    say: Say = quiet,
) -> Kept:
    """Accept everything that is found.

    In every migration, by every convention that is asked for, and, with `base`, in what changed since.
    Raises UsageError where there is a baseline already, unless `force`.
    """
    if not force and read(configuration.baseline) is not None:
        raise UsageError(
            "there is a baseline already",
            where=configuration.baseline,
            next_step="contractcheck baseline prune or update; --force accepts everything anew",
        )
    found = everything(configuration, read, cwd=cwd, base=base, today=today, say=say)
    baseline = of(found, configuration.baseline, base)
    return Kept(baseline, added=tuple(baseline.entries.values()))


def update(
    configuration: Configuration,
    read: Read,
    *,
    cwd: Path,
    accept: Collection[str],
    today: Today,
    say: Say = quiet,
) -> Kept:
    """Bring the baseline down to what is found, and add the findings whose fingerprints are named.

    Raises UsageError where there is no baseline, and for a fingerprint that nothing found has.
    """
    if read(configuration.baseline) is None:
        raise UsageError("there is no baseline", where=configuration.baseline, next_step="contractcheck baseline write")
    old = baseline_of(configuration, read)
    found = everything(configuration, read, cwd=cwd, base=old.base, today=today, say=say)
    counts = Counter(each.fingerprint for each in found)
    kept = pruned(old, counts)
    lowered = tuple(
        each for key, each in old.entries.items() if key not in kept.entries or kept.entries[key].count < each.count
    )
    by_print = {each.fingerprint: each for each in found}
    unknown = sorted({*accept} - {*by_print})
    if unknown:
        raise UsageError(
            f"no finding has the fingerprint {unknown[0]}",
            where="--accept",
            next_step="contractcheck lint --format json shows fingerprints",
        )
    added = tuple(
        Entry(key, counts[key], by_print[key].rule, by_print[key].identity)
        for key in sorted({*accept})
        if key not in kept.entries or counts[key] > kept.entries[key].count
    )
    entries = {**kept.entries, **{each.fingerprint: each for each in added}}
    left = {key: each.count for key, each in entries.items()}
    new = []
    for each in found:
        if left.get(each.fingerprint, 0):
            left[each.fingerprint] -= 1
        else:
            new.append(each)
    return Kept(replace(kept, entries=entries), added, lowered, tuple(new))


def everything(
    configuration: Configuration, read: Read, *, cwd: Path, base: str | None, today: Today, say: Say = quiet
) -> tuple[Finding, ...]:
    """Every error and warning of the repository that no waiver accepts.

    Raises UndecidableError where there is nothing that could be looked at.
    """
    waived = waivers_of(configuration, read)

    def ground() -> Ground:
        ledger = Ledger(configuration.waivers, waived, today=today)
        return Ground(configuration, today, ledger)

    found: list[Finding] = []
    looked = False
    from contractcheck.workflows.lint import lint
    from contractcheck.workflows.sizes import sizes

    known = sizes(configuration, None, read)
    server = configuration.server
    try:
        report = lint(["."], configuration, server_name=server, cwd=cwd, sizes=known, at=ground(), say=say)
        found += report.findings
        looked = True
    except UndecidableError as error:
        if error.what != "no migrations found":
            raise
    if _asks(configuration):
        from contractcheck.workflows.conventions import lint_api

        found += lint_api([], ground(), cwd=cwd, say=say).findings
        looked = True
    if base is not None:
        from contractcheck.sources.repository import Repository
        from contractcheck.workflows.check import check

        repository = Repository.open(cwd)
        bare = dataclasses.replace(configuration, baseline="")
        report = check(repository, base, bare, server=server, sizes=known, read=read, today=today, say=say)
        found += (each for each in report.findings if each.category not in _OF_MIGRATIONS)
        looked = True
    if not looked:
        raise UndecidableError(
            "no migrations, and no convention that the policy asks for",
            where="baseline",
            next_step="to accept what changed in contracts name a release: --base REV",
        )
    return tuple(
        each
        for each in found
        if each.suppressed is None and each.severity is not Severity.INFO and each.rule not in _EXCEPT
    )


def _asks(configuration: Configuration) -> bool:
    from contractcheck.openapi.conventions import RULES as CONVENTIONS

    return any(asked(name, configuration) for name in CONVENTIONS)
