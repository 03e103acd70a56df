"""A NOT NULL column has no value for the rows that are there."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = ("needs a value",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such column of a table that was there before."""
    for ran in examined.up:
        for remark in ran.effects.remarks:
            if remark.what == "needs a value" and remark.subject not in examined.fresh:
                name = f"{remark.subject}.{remark.detail}"
                parameters = {"table": remark.subject, "column": remark.detail}
                yield found("required-column-without-value", examined, ran, name, **parameters)
