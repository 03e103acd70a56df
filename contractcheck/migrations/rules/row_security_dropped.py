"""Row level security goes."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import Act, acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (
    op.SetRowSecurity,
    op.Drop,
)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table and statement."""
    made = {
        (act.operation.table.shown, act.operation.name)
        for act in acts(examined)
        if isinstance(act.operation, op.CreatePolicy) and not act.operation.alter
    }
    dropped = {
        name.shown for act in acts(examined) if isinstance(act.operation, op.Drop) for name in _tables(act.operation)
    }
    for act in acts(examined):
        match act.operation:
            case op.AlterTable() if isinstance(act.action, op.SetRowSecurity):
                off = any(r.what == "row security off" for r in act.ran.effects.remarks)
                if off and act.table not in examined.fresh:
                    yield _finding(examined, act, act.table, "row level security is off")
            case op.Drop("policy", names):
                for name in names:
                    table = op.Ref(name[-2], name[-3] if len(name) > 2 else None).shown
                    if table not in examined.fresh | dropped and not _again(made, table, name[-1]):
                        yield _finding(examined, act, table, f"policy {name[-1]} is dropped")
            case _:
                continue


def _tables(drop: op.Drop) -> Iterator[op.Ref]:
    if drop.kind == "table":
        for name in drop.names:
            yield op.Ref(name[-1], name[-2] if len(name) > 1 else None)


def _again(made: set[tuple[str, str]], table: str, policy: str) -> bool:
    """Whether the migration makes the policy, or another one on the table, that may take its place."""
    return any(where == table for where, _ in made) or (table, policy) in made


def _finding(examined: Examined, act: Act, table: str, what: str) -> Finding:
    return found("row-security-dropped", examined, act.ran, table, table=table, what=what)
