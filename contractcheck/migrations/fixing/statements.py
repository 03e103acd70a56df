"""The mechanical remedies, written into the files of migrations."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.fixing import Edit, Fix, Work
from contractcheck.migrations.fixing.plans import Plan, plans
from contractcheck.migrations.fixing.sql_file import UnwritableError

Way = Callable[[Work, Examined, tuple[Plan, ...]], tuple[Edit, ...]]


def fixes(work: Work) -> tuple[Fix, ...]:
    """Ways to mend each migration, the better first: what does not hold is refused by whoever asks, and the next tried.

    All its statements at once, then one by one; with more migrations for what runs later, then without.
    """
    found: list[Fix] = []
    for examined in work.examined:
        planned = tuple(plans(examined, work.findings[examined.migration.id]))
        if planned:
            found += _fixes(work, examined, planned)
    return tuple(found)


def _fixes(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> Iterator[Fix]:
    choices = [planned] if len(planned) == 1 else [planned, *((plan,) for plan in planned)]
    for chosen in choices:
        for way in _ways(examined):
            with suppress(UnwritableError):
                edits = way(work, examined, chosen)
                if edits:
                    yield Fix(edits)


def _ways(examined: Examined) -> tuple[Way, ...]:
    if examined.migration.tool == "alembic":
        from contractcheck.migrations.fixing import alembic_statements as revisions

        return revisions.in_several, revisions.in_place
    from contractcheck.migrations.fixing import sql_statements as files

    return files.in_place, files.in_several, files.with_its_way_back
