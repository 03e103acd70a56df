"""CASCADE takes along what nobody named."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief, found
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding

_SHOWN = 3

ABOUT = ("cascade",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement, with the first objects."""
    for ran in examined.up:
        objects = [remark.detail for remark in ran.effects.remarks if remark.what == "cascade"]
        if objects and not _fresh(examined, ran):
            more = f" and {len(objects) - _SHOWN} more" if len(objects) > _SHOWN else ""
            names = ", ".join(objects[:_SHOWN]) + more
            yield found("cascade-drops", examined, ran, brief(ran.statement.sql, 60), objects=names)


def _fresh(examined: Examined, ran: Ran) -> bool:
    """Whether all that it locks was made by the migration itself."""
    return bool(ran.effects.locks) and not set(ran.effects.locks) - examined.fresh
