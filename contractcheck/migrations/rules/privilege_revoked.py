"""The role that runs the previous release may lose what it needs."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found, named
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each REVOKE on objects that are there."""
    for act in acts(examined):
        revoke = act.operation
        if not isinstance(revoke, op.Grant) or revoke.grant or revoke.default:
            continue
        objects = ", ".join(named(each) for each in revoke.objects if each)
        if objects and {*objects.split(", ")} - examined.fresh:
            roles = ", ".join(revoke.grantees)
            rights = ", ".join(right.upper() for right in revoke.privileges) or "ALL"
            parameters = {"privileges": rights, "objects": objects, "grantees": roles}
            yield found("privilege-revoked", examined, act.ran, f"{objects} {roles}", **parameters)
