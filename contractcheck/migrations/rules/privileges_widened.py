"""Everybody, or somebody with everything, gets access."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found, named
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.Grant,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such GRANT."""
    for act in acts(examined):
        grant = act.operation
        if not isinstance(grant, op.Grant) or not grant.grant:
            continue
        if "public" in grant.grantees or "all" in grant.privileges or grant.grant_option:
            objects = ", ".join(named(each) for each in grant.objects if each) or f"every new {grant.kind}"
            yield found(
                "privileges-widened",
                examined,
                act.ran,
                f"{objects} {', '.join(grant.grantees)}",
                grantees=", ".join(name.upper() if name == "public" else name for name in grant.grantees),
                privileges=", ".join(p.upper() for p in grant.privileges)
                + (" with grant option" if grant.grant_option else ""),
                objects=objects,
            )
