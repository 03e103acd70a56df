"""A column becomes bigint, its sequence stays an integer."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = ("sequence left small",)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each sequence that no ALTER SEQUENCE of the migration makes wider."""
    wider = {
        act.operation.sequence.shown
        for act in acts(examined)
        if isinstance(act.operation, op.AlterSequence) and any(name == "as" for name, _ in act.operation.options)
    }
    for ran in examined.up:
        for remark in ran.effects.remarks:
            if remark.what == "sequence left small" and remark.detail not in wider:
                parameters = {"column": remark.subject, "sequence": remark.detail}
                yield found("sequence-left-small", examined, ran, remark.subject, **parameters)
