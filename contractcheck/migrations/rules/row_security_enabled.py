"""Row security is switched on for a table that code of the previous release uses."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.SetRowSecurity,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each ENABLE or FORCE on a table that was there before."""
    for act in acts(examined):
        match act.action:
            case op.SetRowSecurity(enabled, forced) if (enabled or forced) and act.table not in examined.fresh:
                whom = "its owner too" if forced else "every role but its owner"
                yield found("row-security-enabled", examined, act.ran, act.table, table=act.table, whom=whom)
            case _:
                continue
