"""Values may not fit the new type of their column."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = ("may not fit",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column whose values are computed for a type that may refuse or round them."""
    for ran in examined.up:
        for remark in ran.effects.remarks:
            table, _, _ = remark.subject.rpartition(".")
            if remark.what == "may not fit" and table not in examined.fresh:
                parameters = {"column": remark.subject, "change": remark.detail}
                yield found("values-may-not-fit", examined, ran, remark.subject, **parameters)
