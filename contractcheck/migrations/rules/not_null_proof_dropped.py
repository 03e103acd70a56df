"""The CHECK that proves NOT NULL goes in the same ALTER TABLE."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = ("proof dropped",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column whose proof goes."""
    for ran in examined.up:
        for remark in ran.effects.remarks:
            table = remark.subject.rpartition(".")[0]
            if remark.what == "proof dropped" and table not in examined.fresh:
                parameters = {"column": remark.subject, "constraint": remark.detail}
                yield found("not-null-proof-dropped", examined, ran, remark.subject, **parameters)
