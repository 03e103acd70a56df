"""The work an ALTER TABLE queues for its last phase, table by table (ATRewriteTables)."""

from msgspec import Struct, field

from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql.run import FailureError, Run


class Work(Struct):
    """What one table still has to go through: a new file, a check of its rows."""

    rewrite: bool = False
    verify: bool = False
    not_null: list[int] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    retyped: list[int] = field(default_factory=list)


class Alter(Struct):
    """One ALTER TABLE: the lock it works under, and its queue; `keys` are foreign keys to validate."""

    run: Run
    lock: Lock
    only: bool = False
    queue: dict[int, Work] = field(default_factory=dict)
    keys: list[tuple[int, int]] = field(default_factory=list)

    def work(self, number: int) -> Work:
        """The queue of a table."""
        return self.queue.setdefault(number, Work())

    def family(self, number: int, *, recurse: bool | None = None) -> tuple[int, ...]:
        """The table and, unless ONLY, everything below it; all are locked as the table is."""
        go = not self.only if recurse is None else recurse
        below = self.run.catalog.descendants(number) if go else ()
        for child in below:
            self.run.lock(child, self.lock)
        return (number, *below)

    def finish(self) -> None:
        """Rewrite, verify and validate what was queued. Raises FailureError where known rows do not fit."""
        from contractcheck.migrations.postgresql import rows

        run = self.run
        for number, work in self.queue.items():
            table = run.catalog.relations.get(number)
            if not isinstance(table, Table) or table.kind in {
                "partitioned table",
                "view",
                "foreign table",
                "composite",
            }:
                continue
            if work.rewrite:
                run.rewrite(number)
                run.scan(number)
            elif work.verify or work.not_null or work.checks:
                run.scan(number)
            wanted = dict.fromkeys(work.not_null)
            if work.rewrite:  # a new file is made of rows that are looked at again
                wanted |= dict.fromkeys(c.number for c in table.columns if c.not_null and c.not_null_valid)
            for column in wanted:
                if rows.has_nulls(run, table, column):
                    found = table.numbered(column)
                    name = found.name if found else str(column)
                    raise FailureError(f'column "{name}" of relation "{table.name}" contains null values')
            for which in work.checks:
                constraint = next((c for c in table.constraints if c.number == which), None)
                if (
                    constraint is not None
                    and constraint.expression
                    and rows.violates(run, table, constraint.expression)
                ):
                    raise FailureError(
                        f'check constraint "{constraint.name}" of relation "{table.name}" is violated by some row'
                    )
        for number, which in self.keys:
            validate_key(run, number, which)


def validate_key(run: Run, number: int, which: int) -> None:
    """Look every row of a foreign key up (RI_Initial_Check): reads both tables in full."""
    from contractcheck.migrations.postgresql import rows

    table = run.catalog.table(number)
    constraint = next((c for c in table.constraints if c.number == which), None)
    if constraint is None or constraint.references is None:
        return
    if any(run.has_rows(leaf) for leaf in run.leaves(number)):
        run.scan(number)
        if not all(rows.all_null(run, run.current(leaf), constraint.columns) for leaf in run.leaves(number)):
            run.scan(constraint.references)
    if rows.orphans(run, table, constraint):
        raise FailureError(
            f'insert or update on table "{table.name}" violates foreign key constraint "{constraint.name}"'
        )
