"""Code of the previous release writes and expects the former name of an enum value."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each ALTER TYPE ... RENAME VALUE."""
    for act in acts(examined):
        match act.operation:
            case op.AlterEnum(name, new, str(old)):
                enum = name.shown
                yield found("enum-value-renamed", examined, act.ran, f"{enum}.{old}", enum=enum, old=old, new=new)
            case _:
                continue
