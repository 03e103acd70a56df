"""A migration ends the transaction that its tool keeps for it."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.Transaction,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most: the first COMMIT or ROLLBACK without a BEGIN of its own."""
    began = False
    for act in acts(examined):
        if not isinstance(act.operation, op.Transaction):
            continue
        if act.operation.kind == "begin":
            began = True
        elif act.operation.kind in {"commit", "rollback"}:
            if not began and act.ran.statement.in_transaction:
                verb = act.operation.kind.upper()
                yield found("transaction-ended-inside", examined, act.ran, verb, verb=verb)
                return
            began = False
