"""The verdict on the way back of a migration: what a replay of its two scripts shows, and what it loses."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.examined import Ran, columns_made, losses
from contractcheck.migrations.operations import (
    AddColumn,
    AlterTable,
    LockTable,
    Query,
    SetVariable,
    Truncate,
    TypeRef,
    flatten,
)
from contractcheck.migrations.trees import Migration, Opaque, ScriptKind
from contractcheck.model.report import Reversibility, ReversibilityVerdict

_SHOWN = 3


class Played(Struct, frozen=True):
    """A script on the model: its statements as they ran, what is not known, the catalog afterwards, new tables.

    `maybe` are, for each opaque step, the statements of all the ways it may go. `blurred` says why the schema
    afterwards is not known; None if it is. `doubts` names the tables with which more may have happened than the catalog
    shows; None if that may be any. `guessed`: of ways that do not agree the catalog shows the one that does most.
    """

    ran: tuple[Ran, ...]
    opaque: tuple[Opaque, ...]
    catalog: Catalog
    created: frozenset[int]
    blurred: str | None = None
    maybe: tuple[tuple[Ran, ...], ...] = ()
    doubts: frozenset[str] | None = frozenset()
    guessed: bool = False


def judge(
    migration: Migration,
    up: Played,
    down: Played,
    fresh: frozenset[str],
    made: frozenset[tuple[str, str]],
    left: tuple[str, ...],
    again: str | None = None,
    *,
    changes: bool,
) -> Reversibility:
    """The verdict on the way back, with what is lost of what was there before and of what is written in between.

    `left` is what differs after the downgrade, `again` why upgrading once more then fails, `changes` whether the
    upgrade left another schema.
    """
    ways = (up.ran, *up.maybe)
    lost = [what for way in ways for _, what in losses(way, fresh, made) if not _carried(what, up.ran, down.ran)]
    lost += [what for way in ways for what in _overwritten(way, fresh, made)]
    # What the downgrade destroys was there before, or it is what the upgrade has made.
    new = frozenset(name for way in ways for ran in way for name in ran.effects.new_relations)
    columns = frozenset(each for way in ways for each in columns_made(way, made))
    older = list(_destroyed(down.ran, fresh | new, columns))
    since = [what for _, what in losses(down.ran, frozenset()) if what not in older]
    gone = tuple(dict.fromkeys([*lost, *older]))
    found = _judge(migration, up, down, left, again, gone, changes=changes)
    return replace(found, written_since=tuple(dict.fromkeys(each for each in since if each not in gone)))


def _judge(
    migration: Migration,
    up: Played,
    down: Played,
    left: tuple[str, ...],
    again: str | None,
    gone: tuple[str, ...],
    *,
    changes: bool,
) -> Reversibility:
    """The verdict: what stands in the text first, then what the replay shows."""
    from contractcheck.migrations.postgresql.comparison import NAMES, ORDER
    from contractcheck.migrations.postgresql.description import UNKNOWN

    kind = migration.down.kind
    if kind is ScriptKind.RAISES or any(_raises(step) for step in down.opaque):
        return Reversibility(ReversibilityVerdict.MISSING, "the downgrade refuses to run", data_lost=gone)
    outside = any(ran.outside and (left or not ran.traced) for ran in up.ran)
    nothing = kind in {ScriptKind.MISSING, ScriptKind.EMPTY} or not migration.down.steps
    changed = outside or any(not each.startswith(UNKNOWN) for each in left) or _makes(up)
    if nothing and not up.guessed and changed:
        why = "there is no downgrade" if kind is ScriptKind.MISSING else "the downgrade does nothing"
        return Reversibility(ReversibilityVerdict.MISSING, why, left, gone)
    unknown = up.blurred or down.blurred
    if unknown is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unknown, data_lost=gone)
    failed = next((ran for ran in up.ran if ran.refused), None)
    if failed is not None:
        why = f"the upgrade fails: {failed.refused}"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, data_lost=gone)
    failed = next((ran for ran in down.ran if ran.refused), None)
    if failed is not None:
        return Reversibility(ReversibilityVerdict.BROKEN, f"the downgrade fails: {failed.refused}", left, gone)
    failed = next((ran for ran in down.ran if ran.misplaced), None)
    if failed is not None:
        why = f"the downgrade fails: {failed.effects.fails}"
        return Reversibility(ReversibilityVerdict.BROKEN, why, left, gone)
    real = tuple(difference for difference in left if not difference.startswith((ORDER, UNKNOWN)))
    unsure = next((difference for difference in left if difference.startswith(UNKNOWN)), None)
    assumed = next((name for ran in (*up.ran, *down.ran) for name in ran.effects.assumed), None)
    if real and assumed is not None:
        why = f"{assumed} is not created by these migrations: what it was like is not known"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, data_lost=gone)
    blind = next((ran.outside for ran in (*up.ran, *down.ran) if ran.outside and not ran.traced), None)
    if blind is not None and not real:
        why = f"{blind} is not created by these migrations: what it was like is not known"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, left, gone)
    if real and all(difference.startswith(NAMES) for difference in real):
        return Reversibility(
            ReversibilityVerdict.BROKEN, f"the schema comes back under other names: {real[0]}", left, gone
        )
    if real:
        more = f"; {again}" if again is not None else ""
        return Reversibility(ReversibilityVerdict.BROKEN, f"the schema does not come back: {real[0]}{more}", left, gone)
    if unsure is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unsure, left, gone)
    if gone:
        named = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        why = f"the schema comes back, the data of {named} does not"
        return Reversibility(ReversibilityVerdict.LOSSY, why, left, gone)
    if not changes:
        return Reversibility(ReversibilityVerdict.PROVED, _nothing(migration, up))
    but = ", but for the order of columns" if left else ""
    return Reversibility(ReversibilityVerdict.PROVED, f"upgrade and downgrade give back the same schema{but}", left)


# What an opaque step says of a call of Alembic whose table has a name that only a run knows.
_CREATION = re.compile(r"^op\.(?:create_table|add_column): ")


def _makes(up: Played) -> bool:
    """Whether an upgrade of which not everything is known certainly leaves something new.

    So it does where all that is not known are calls that make a table or a column, whatever its name, and nothing that
    is known takes one away.
    """
    certain = [not step.alternatives and _CREATION.match(step.reason) for step in up.opaque]
    taken = any(data.dropped or data.dropped_columns for ran in up.ran for data in ran.effects.data.values())
    return bool(certain) and all(certain) and not taken


def _raises(step: Opaque) -> bool:
    """Whether a script certainly ends there in an exception of its own."""
    return not step.alternatives and step.reason.startswith("raises ")


def _nothing(migration: Migration, up: Played) -> str:
    """What an upgrade does that leaves the schema alone."""
    operations = [each for way in (up.ran, *up.maybe) for ran in way for each in ran.operations]
    if operations and all(isinstance(each, Query | Truncate | SetVariable | LockTable) for each in operations):
        return "data only: the upgrade leaves the schema as it was"
    if len(migration.parents) > 1:
        return "it only merges branches: there is nothing to undo"
    return "the upgrade leaves the schema as it was"


def _destroyed(down: Iterable[Ran], new: frozenset[str], columns: frozenset[tuple[str, str]]) -> Iterator[str]:
    """What a downgrade destroys of tables and columns that the upgrade has not made; a table may change its name."""
    own = set(new)
    for ran in down:
        for _, what in losses([ran], frozenset(), columns):
            name = what.removeprefix("rows of ")
            if not any(name == table or name.startswith(f"{table}.") for table in own & ran.effects.data.keys()):
                yield what
        columns = columns_made([ran], columns)
        own |= {data.renamed_to for table, data in ran.effects.data.items() if table in own and data.renamed_to}


def _carried(what: str, up: Iterable[Ran], down: Iterable[Ran]) -> bool:
    """Whether a column that is dropped was copied into a new one of its type, and the downgrade copies it back."""
    table, _, column = what.rpartition(".")
    there, back = list(_copies(up, table)), list(_copies(down, table))
    kinds = {**_added(up, table), **{f"back {name}": kind for name, kind in _added(down, table).items()}}
    return any(
        one == column and (other, column) in back and kinds.get(other, 0) == kinds.get(f"back {column}", 1)
        for one, other in there
    )


def _copies(statements: Iterable[Ran], table: str) -> Iterator[tuple[str, str]]:
    """The columns of a table that an UPDATE of all rows fills from another: from, to."""
    for ran in statements:
        for operation in ran.operations:
            if not isinstance(operation, Query) or operation.verb != "update":
                continue
            fields = operation.node.get("UpdateStmt", operation.node)
            if fields.get("relation", {}).get("relname") != table.rpartition(".")[2] or "whereClause" in fields:
                continue
            for target in fields.get("targetList", ()):
                value = target["ResTarget"].get("val", {}).get("ColumnRef", {}).get("fields", ())
                if value and "String" in value[-1]:
                    yield value[-1]["String"].get("sval", ""), target["ResTarget"].get("name", "")


def _added(statements: Iterable[Ran], table: str) -> dict[str, TypeRef]:
    """The columns that are added to a table, with their types as they are written."""
    return {
        action.column.name: action.column.type
        for ran in statements
        for operation, action in flatten(ran.operations)
        if isinstance(operation, AlterTable) and operation.table.shown == table and isinstance(action, AddColumn)
    }


def _overwritten(statements: Iterable[Ran], fresh: frozenset[str], made: frozenset[tuple[str, str]]) -> Iterator[str]:
    """The columns that an UPDATE without WHERE sets, of tables and columns that were there before."""
    own = made
    for ran in statements:
        own = columns_made([ran], own)
        for operation in ran.operations:
            if not isinstance(operation, Query) or operation.verb != "update":
                continue
            kind, fields = next(iter(operation.node.items()), ("", {}))
            statement = fields if kind == "UpdateStmt" else operation.node
            name = statement.get("relation", {}).get("relname")
            table = next((each for each in ran.effects.locks if each.rpartition(".")[2] == name), None)
            if "whereClause" in statement or table is None or table in fresh:
                continue
            for target in statement.get("targetList", ()):
                column = target["ResTarget"].get("name", "")
                if (table, column) not in own:
                    yield f"{table}.{column}"
