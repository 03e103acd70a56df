"""Triggers are switched off and not on again."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

WORDS = {"*all*": "ALL", "*user*": "USER"}

ABOUT = (op.SetTrigger,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each DISABLE that no ENABLE of the migration follows."""
    every = [act for act in acts(examined) if isinstance(act.action, op.SetTrigger)]
    for at, act in enumerate(every):
        action = act.action
        if not isinstance(action, op.SetTrigger) or action.state != "D" or act.table in examined.fresh:
            continue
        later = [a.action for a in every[at + 1 :] if a.table == act.table and isinstance(a.action, op.SetTrigger)]
        if not any(e.state != "D" and e.name in {action.name, "*all*"} for e in later):
            keys = ", foreign keys with it" if action.name == "*all*" else ""
            parameters = {"table": act.table, "trigger": WORDS.get(action.name, action.name), "keys": keys}
            yield found("trigger-disabled", examined, act.ran, f"{act.table} {action.name}", **parameters)
