"""A statement outside a transaction cannot be run again."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import brief, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement that makes or drops something and that its transaction does not undo."""
    cleared: set[str] = set()
    for ran in examined.up:
        cleared |= {
            parts[-1]
            for operation in ran.operations
            if isinstance(operation, op.Drop) and operation.kind == "index" and operation.missing_ok
            for parts in operation.names
        }
        alone = not ran.statement.in_transaction or ran.effects.in_transaction is False
        several = len(examined.up) > 1 or ran.effects.in_transaction is False
        for operation in ran.operations if alone and several and ran.refused is None else ():
            match operation:
                case op.CreateIndex(name=str(name)) if name in cleared:
                    continue  # what an earlier try has left is removed first
                case (
                    op.CreateIndex(missing_ok=False)
                    | op.CreateTable(missing_ok=False)
                    | op.CreateSequence(missing_ok=False)
                    | op.Drop(missing_ok=False)
                ):
                    yield found("not-repeatable", examined, ran, brief(ran.statement.sql, 60))
                case _:
                    continue
