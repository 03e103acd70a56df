"""A lock that blocks others is waited for without a limit."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

NONE = frozenset({"0", "0s", "0ms", "default", ""})


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most: the first statement that takes such a lock on a table that was there before."""
    limited, local = False, False
    transaction = -1
    for ran in examined.up:
        if ran.transaction != transaction:
            transaction, local = ran.transaction, False
        for operation in ran.operations:
            if isinstance(operation, op.SetVariable) and operation.name in {"lock_timeout", "all"}:
                given = operation.value is not None and operation.value not in NONE
                local = given if operation.local else local
                limited = limited if operation.local else given
        tables = {t: lock for t, lock in ran.effects.locks.items() if lock.blocks_writes and t not in examined.fresh}
        if tables and not limited and not local:
            lock = max(tables.values())
            names = ", ".join(sorted(table for table in tables if tables[table] is lock))
            yield found("lock-without-timeout", examined, ran, names, lock=lock.words, tables=names)
            return
