"""The operations of a migration one by one, with the statement each stands in: what rules look through."""

from collections.abc import Iterator

from msgspec import Struct

from contractcheck.migrations import operations as op
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


class Act(Struct, frozen=True):
    """One operation, or one action of an ALTER TABLE, and the statement that asks for it."""

    ran: Ran
    operation: op.Operation
    action: op.Action | None

    @property
    def table(self) -> str:
        """The table it is about, as reports show it; "" for none or several."""
        match self.operation:
            case (
                op.AlterTable(table)
                | op.CreateTable(table)
                | op.CreateIndex(table)
                | op.CreateTrigger(_, table)
                | op.CreatePolicy(_, table)
            ):
                return table.shown
            case op.RefreshView(view):
                return view.shown
            case _:
                return ""


def named(parts: tuple[str, ...]) -> str:
    """The same of a name given by its parts."""
    return op.Ref(parts[-1], parts[-2] if len(parts) > 1 else None).shown


def acts(examined: Examined) -> tuple[Act, ...]:
    """What the upgrade asks for, in order; statements that the server refuses are left out."""
    known: tuple[Act, ...] | None = examined.workbench.told.get("acts")
    if known is None:
        known = examined.workbench.told["acts"] = tuple(
            Act(ran, operation, action)
            for ran in examined.up
            if ran.refused is None
            for operation, action in op.flatten(ran.operations)
        )
    return known


def columns(examined: Examined) -> Iterator[tuple[Act, op.ColumnDef]]:
    """The columns that the upgrade makes, in new tables and in others."""
    for act in acts(examined):
        match act.operation, act.action:
            case op.CreateTable(_, made), _:
                for column in made:
                    yield act, column
            case _, op.AddColumn(column):
                yield act, column
            case _:
                continue


def brief(sql: str, limit: int = 120) -> str:
    """A statement on one line, cut."""
    line = " ".join(sql.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def found(name: str, examined: Examined, ran: Ran, subject: str, **parameters: str) -> Finding:
    """The finding of a rule about a statement; `parameters` fill its record's templates, `sql` is the statement."""
    return rule(name).finding(
        subject=f"{examined.migration.id} {subject}",
        place=ran.statement.place,
        proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
        **{"sql": brief(ran.statement.sql), **parameters},  # type: ignore[arg-type]
    )
