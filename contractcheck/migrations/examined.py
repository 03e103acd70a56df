"""What the replay of one migration showed: the material that rules look at."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Effects, Lock, Server
from contractcheck.migrations.operations import (
    Action,
    AddConstraint,
    AlterTable,
    CreateIndex,
    Operation,
    SetNotNull,
    flatten,
)
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.trees import Migration, Opaque, Statement
from contractcheck.model.report import Reversibility


class Ran(Struct, frozen=True):
    """One statement as it ran on the model.

    `held` are the strongest locks that its transaction holds when it has run, its own included. `outside` names
    something that it alters and that no known migration created; `traced` says whether the model shows how.
    `transaction` numbers the transactions of the script: statements of one number run in one. `operations` are what
    the statement asks for.
    """

    statement: Statement
    effects: Effects
    held: Mapping[str, Lock]
    outside: str | None = None
    traced: bool = True
    transaction: int = 0
    operations: tuple[Operation, ...] = ()

    @property
    def refused(self) -> str | None:
        """Why the server refuses the statement wherever it stands; refusing a transaction block is another matter."""
        return None if self.effects.in_transaction is False else self.effects.fails

    @property
    def misplaced(self) -> bool:
        """Whether the statement refuses a transaction block and stands in one."""
        return self.statement.in_transaction and self.effects.in_transaction is False


class Left(Struct, frozen=True):
    """The database behind a statement, and whether the server refuses the statement."""

    catalog: Catalog
    refused: bool


class Workbench(Struct):
    """What was worked out about a migration and is asked for again: the databases around each statement, answers.

    `states` are those before the statements, in their order; `left` are those behind them, by the identity of `Ran`.
    `told` is what else rules ask for again, by the name of what tells it.
    """

    states: list[Catalog] = msgspec.field(default_factory=list)
    left: dict[int, Left] = msgspec.field(default_factory=dict)
    answers: dict[object, bool] = msgspec.field(default_factory=dict)
    told: dict[str, Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examined:
    """One migration on the model of the database.

    `fresh` names the tables made in the checked range: they are empty and nobody reads them yet.
    `opaque` and `down_opaque` are steps that cannot be known without running them, `maybe` what each of the former may
    run, on all the ways it may go; `changes_schema` whether the upgrade left another schema than it found.
    `new_columns` (table, column) were added by earlier migrations of the checked range: nobody has filled them yet.
    `waiting_columns` were added since the last release, which the checked range may not begin with.
    `sizes` is what is known of the size of tables, `before` and `after` the
    database that the upgrade met and left (PostgreSQL).
    """

    migration: Migration
    server: Server
    up: tuple[Ran, ...]
    down: tuple[Ran, ...]
    opaque: tuple[Opaque, ...]
    down_opaque: tuple[Opaque, ...]
    fresh: frozenset[str]
    changes_schema: bool
    reversibility: Reversibility
    maybe: tuple[tuple[Ran, ...], ...] = ()
    new_columns: frozenset[tuple[str, str]] = frozenset()
    sizes: Sizes = field(default_factory=Sizes)
    waiting_columns: frozenset[tuple[str, str]] = frozenset()
    before: Catalog | None = field(default=None, compare=False, repr=False)
    after: Catalog | None = field(default=None, compare=False, repr=False)
    workbench: Workbench = field(default_factory=Workbench, compare=False, repr=False)

    def recent(self, ran: Ran, table: str) -> bool:
        """Whether a statement meets a table that was made in the checked range, not a former one of that name."""
        return recent(ran, table, self.fresh)

    def hurting(self) -> Iterator[Ran]:
        """The statements of the upgrade that reach a table which was there before the checked range."""
        for ran in self.up:
            if set(ran.effects.locks) - self.fresh:
                yield ran

    def large(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the tables that were there before the checked range.

        One that is known to be small stays in: findings about it say so, and weigh less (`rules.findings`).
        """
        return tuple(name for name in names if name not in self.fresh)

    def _contracts(self) -> bool:
        """Whether the upgrade takes away what was there before, or refuses from now on what was taken."""
        own = self.new_columns
        for ran in self.up:
            for table, data in ran.effects.data.items():
                if self.recent(ran, table):
                    continue
                if data.dropped or data.renamed_to or data.renamed_columns:
                    return True
                if any((table, column) not in own for column in data.dropped_columns):
                    return True
            own = columns_made([ran], own)
            if set(ran.effects.locks) - self.fresh and any(
                not columns or any((table, column) not in own for column in columns)
                for table, columns in map(_tightened, flatten(ran.operations))
                if table is not None
            ):
                return True
        return False

    @property
    def phase(self) -> str:
        """What the upgrade does to what was there: `expand`, `contract`, `migrate` (data only), `mixed` or `none`."""
        touched = [data for ran in self.up for table, data in ran.effects.data.items() if table not in self.fresh]
        contracts = self._contracts()
        expands = any(data.added_columns for data in touched) or bool(self.fresh)
        if contracts:
            return "mixed" if expands else "contract"
        if self.changes_schema:
            return "expand"
        return "migrate" if any(ran.effects.locks for ran in self.up) else "none"


def _tightened(asked: tuple[Operation, Action | None]) -> tuple[str | None, tuple[str, ...]]:
    """The table that refuses more from now on, and the columns it looks at, () for any; None for anything else."""
    match asked:
        case AlterTable(table), SetNotNull(column):
            return table.shown, (column,)
        case AlterTable(table), AddConstraint(constraint):
            return table.shown, constraint.columns
        case CreateIndex(table, keys, unique=True), _:
            return table.shown, tuple(key.column for key in keys if key.column)
        case _:
            return None, ()


def recent(ran: Ran, table: str, fresh: Collection[str]) -> bool:
    """Whether a statement meets one of the tables made in the checked range.

    Where one was dropped, or renamed, and another took its name, those before speak of the former.
    """
    reached = table in ran.effects.locks or table in ran.effects.data
    return table in fresh and (table in ran.effects.new_relations or not reached)


def losses(
    statements: Iterable[Ran], fresh: frozenset[str], made: Collection[tuple[str, str]] = frozenset()
) -> Iterator[tuple[Ran, str]]:
    """What statements destroy of what was there before the first of them, and which of them does.

    That is a table (`orders`), a column (`orders.note`) or the rows of a table (`rows of orders`). Columns in `made`
    (table, column) were not there before the checked range either.
    """
    own = set(made)
    for ran in statements:
        for table, data in sorted(ran.effects.data.items()):
            if recent(ran, table, fresh):
                continue
            if data.dropped:
                yield ran, table
            for column in data.dropped_columns:
                if (table, column) not in own:
                    yield ran, f"{table}.{column}"
            if table in {*ran.effects.emptied, *ran.effects.cleared} and not data.dropped:
                yield ran, f"rows of {table}"
        _make(ran, own)


def columns_made(statements: Iterable[Ran], made: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The columns that were not there before, after the statements: with those they add, without those they drop."""
    found = set(made)
    for ran in statements:
        _make(ran, found)
    return frozenset(found)


def _make(ran: Ran, made: set[tuple[str, str]]) -> None:
    """Bring the columns that were not there before to what they are after a statement."""
    for table, data in sorted(ran.effects.data.items()):
        if data.renamed_to is not None or data.dropped:
            mine = {column for owner, column in made if owner == table}
            made -= {(table, column) for column in mine}
            made |= {(data.renamed_to, column) for column in mine if data.renamed_to is not None}
        name = data.renamed_to or table
        gone = {(name, column) for column in data.dropped_columns}
        moved = {(name, new) for old, new in data.renamed_columns if (name, old) in made}
        made -= gone | {(name, old) for old, _ in data.renamed_columns}
        made |= moved
        if not data.dropped:
            made |= {(name, column) for column in data.added_columns}
