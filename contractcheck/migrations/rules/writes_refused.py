"""Rows that code of the previous release writes may be refused from now on."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import Act, acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

_KINDS = frozenset({"check", "unique", "primary key", "foreign key", "exclude"})


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each constraint or unique index on a table, and columns, that were there before.

    NOT VALID leaves out the rows that are there, not those that are written next. Columns that the same range adds are
    null for the code of the previous release, which no such constraint refuses.
    """
    own = set(examined.new_columns)
    for act in acts(examined):
        if isinstance(act.action, op.AddColumn):
            own.add((act.table, act.action.column.name))
        if not act.table or act.table in examined.fresh:
            continue
        told = _refusing(act)
        if told is None or (told[2] and all((act.table, column) in own for column in told[2])):
            continue
        kind, name, columns = told
        what = f"{kind} {name}".strip() + (f" on {', '.join(columns)}" if columns else "")
        yield found("writes-refused", examined, act.ran, f"{act.table} {name or what}", table=act.table, what=what)


def _refusing(act: Act) -> tuple[str, str, tuple[str, ...]] | None:
    """The kind, the name and the columns of what refuses rows; None for anything else."""
    match act.operation, act.action:
        case op.CreateIndex(unique=True) as index, _:
            return "UNIQUE INDEX", index.name or "", tuple(key.column for key in index.keys if key.column)
        case _, op.AddConstraint(constraint) if constraint.kind in _KINDS and constraint.enforced:
            adopted = constraint.index is not None  # the index was there, and refused before
            return None if adopted else (constraint.kind.upper(), constraint.name or "", constraint.columns)
        case _:
            return None
