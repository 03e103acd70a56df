"""What changed rows set off: foreign keys that are looked up or carried on, triggers that run."""

import re
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.catalog import Constraint, Function, Table, Trigger
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import deferral, facts, rows
from contractcheck.migrations.postgresql.expressions import is_null_constant
from contractcheck.migrations.postgresql.nodes import strings
from contractcheck.migrations.postgresql.queries import Reading
from contractcheck.migrations.postgresql.run import Run

# TRIGGER_TYPE_* of pg_trigger.h
BEFORE, INSERT, DELETE, UPDATE = 2, 4, 8, 16
_DEEPEST = 10


def take(found: Reading, number: int, lock: Lock) -> None:
    """Note a lock of a statement, unless it holds a stronger one."""
    found.locks[number] = max(found.locks.get(number, Lock.ACCESS_SHARE), lock)


def replicated(run: Run) -> bool:
    """Whether the session applies changes like a replica: neither foreign keys nor usual triggers run."""
    return run.settings.get("session_replication_role", "origin").lower() == "replica"


FEW = 5  # rows that are looked up with plans of their own (plancache.c)


def look_up(run: Run, table: Table, key: Constraint, found: Reading, *, few: bool = False) -> None:
    """A row of the referencing table is looked up in the other one, now or at the end of the transaction.

    In a partitioned table more than a `few` rows are looked up by one plan for all partitions.
    """
    if key.references is None or not key.enforced or replicated(run):
        return
    if deferral.postponed(run, key):
        deferral.queue(run, table, key, key.references)
    else:
        take(found, key.references, Lock.ROW_SHARE)
        other = run.catalog.relations.get(key.references)
        if not few and other is not None and other.kind == "partitioned table":
            for part in run.catalog.descendants(other.number):
                take(found, part, Lock.ROW_SHARE)


def keys_of_insert(run: Run, table: Table, found: Reading, count: int | None = None) -> None:
    """The foreign keys of new rows; `count` of them, None if not known."""
    for constraint in table.constraints:
        if constraint.kind == "foreign key":
            look_up(run, table, constraint, found, few=count is not None and count <= FEW)


def keys_of_update(run: Run, table: Table, changed: list[int], fields: Node, found: Reading) -> None:
    """The foreign keys of and to columns that an UPDATE changes."""
    for constraint in table.constraints:
        touched = constraint.kind == "foreign key" and set(constraint.columns) & set(changed)
        if touched and not _keeps(fields) and not _nulled(table, constraint.columns, fields):
            look_up(run, table, constraint, found)
    for other, constraint in run.catalog.reaching(table.number):
        if set(_referred(run, table, constraint)) & set(changed) and not _keeps(fields):
            ripple(run, table, other, constraint, constraint.on_update, found)


def _referred(run: Run, table: Table, key: Constraint) -> list[int]:
    """The columns a foreign key refers to, as those of a table or of a partition of it."""
    named = [c.name for n in key.referenced if key.references and (c := run.current(key.references).numbered(n))]
    return [c.number for name in named if (c := table.column(name))]


def keys_of_delete(run: Run, table: Table, found: Reading, depth: int = 0) -> None:
    """The foreign keys to rows that go."""
    for other, constraint in run.catalog.reaching(table.number):
        ripple(run, table, other, constraint, constraint.on_delete, found, depth)


def ripple(run: Run, table: Table, other: Table, key: Constraint, action: str, found: Reading, depth: int = 0) -> None:
    """What a foreign key does with the rows that refer to a changed one; only NO ACTION can wait (trigger.c)."""
    if not key.enforced or replicated(run):
        return
    if action == "a" and deferral.postponed(run, key):
        deferral.queue(run, table, key, other.number)
        return
    take(found, other.number, Lock.ROW_SHARE if action in "ar" else Lock.ROW_EXCLUSIVE)
    leading = {i.columns[0] for i in run.catalog.indexes_of(other.number) if i.columns and i.predicate is None}
    if not leading & set(key.columns):  # each row is looked for without an index
        run.scan(other.number)
    if action in "ar" or depth > _DEEPEST:
        return
    now = run.current(other.number)
    if action == "c" and any(
        run.has_rows(leaf) and not rows.all_null(run, run.current(leaf), key.columns) for leaf in run.leaves(now.number)
    ):
        triggers(run, now, DELETE)
        keys_of_delete(run, now, found, depth + 1)
    elif action in "nd":
        triggers(run, now, UPDATE, key.columns)
    if now.rows is not None:
        run.catalog.put(replace(run.current(other.number), rows=None))


def _keeps(fields: Node) -> bool:
    """Whether every assignment of an UPDATE gives a column its own value."""
    return all(
        strings(n["ResTarget"].get("val", {}).get("ColumnRef", {}).get("fields"))[-1:] == (n["ResTarget"].get("name"),)
        for n in fields.get("targetList", ())
    )


def _nulled(table: Table, columns: tuple[int, ...], fields: Node) -> bool:
    """Whether an UPDATE makes a column of a foreign key null in every row: then nothing is looked up."""
    for node in fields.get("targetList", ()):
        target = node["ResTarget"]
        column = table.column(target["name"])
        value = target.get("val", {})
        empty = is_null_constant(value) or ("SetToDefault" in value and column is not None and column.default is None)
        if column is not None and column.number in columns and empty:
            return True
    return False


# -- triggers ---------------------------------------------------------------------------------------------------------


def triggers(run: Run, table: Table, event: int, columns: tuple[int, ...] | None = None) -> None:
    """Say of the triggers that run for an event what is not known; those that only look at their row are quiet.

    `columns` are those an UPDATE sets.
    """
    for trigger in table.triggers:
        if not trigger.events & event or not _runs(run, trigger):
            continue
        if event == UPDATE and trigger.columns and columns is not None and not set(trigger.columns) & set(columns):
            continue
        if deferral.postponed(run, trigger):
            deferral.queue(run, table, trigger)
        elif not quiet(run, trigger.function):
            run.doubt(f"trigger {trigger.name} of {table.key} may change anything")


def rewritten(run: Run, table: Table, event: int) -> set[int]:
    """The columns to which a BEFORE trigger may give other values than the statement does."""
    found: set[int] = set()
    for trigger in table.triggers:
        if trigger.row and trigger.timing == BEFORE and trigger.events & event and _runs(run, trigger):
            name = trigger.function[-1]
            body = " ".join(f.body for k, every in run.catalog.functions.items() if k.name == name for f in every)
            named = {each.lower() for each in re.findall(r"\bnew\s*\.\s*\"?(\w+)", body, re.IGNORECASE)}
            whole = not body or re.search(r"\bnew\s*:?=", body, re.IGNORECASE)
            found |= {column.number for column in table.columns if whole or column.name.lower() in named}
    return found


def _runs(run: Run, trigger: Trigger) -> bool:
    return trigger.state in ({"R", "A"} if replicated(run) else {"O", "A"})


def quiet(run: Run, name: tuple[str, ...]) -> bool:
    """Whether a trigger's function certainly touches nothing but the row it was called for."""
    known = [
        function
        for key, overloads in run.catalog.functions.items()
        if key.name == name[-1] and (len(name) == 1 or key.schema == name[-2])
        for function in overloads
        if function.trigger
    ]
    return len(known) == 1 and _only_row(known[0])


_WORDS = re.compile(
    r"\b(select|insert|update|delete|merge|perform|execute|call|table|truncate|drop|alter|create|lock)\b", re.IGNORECASE
)
_CALL = re.compile(r'([\w."]+)\s*\(')
_FLOW = frozenset(
    {"if", "elsif", "while", "in", "and", "or", "not", "then", "else", "return", "when", "case", "values"}
)


def _only_row(function: Function) -> bool:
    """Whether a body has no statement of SQL and calls only what the server brings along."""
    if function.language != "plpgsql":
        return False
    body = re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", " ", function.body, flags=re.DOTALL)
    body = re.sub(r"\b(tg_op|tg_table_name|raise\s+\w+)\b", " ", body, flags=re.IGNORECASE)
    if _WORDS.search(body):
        return False
    called = {name.rpartition(".")[2].strip('"').lower() for name in _CALL.findall(body)}
    return all(name in _FLOW or _harmless(name) for name in called)


def _harmless(name: str) -> bool:
    known = facts.functions(name)
    return bool(known) and name not in {"dblink_exec", "lo_import", "setval", "set_config", "pg_notify"}


def hits(run: Run, table: Table, where: Node | None, sources: Any) -> bool:  # noqa: ANN401
    """Whether a change may find a row: not where all rows are known and the condition takes none."""
    for leaf in run.leaves(table.number) if table.kind != "view" else (table.number,):
        now = run.current(leaf)
        if not run.has_rows(leaf):
            continue
        if where is None:
            return True
        left = rows.deleted(run, now, where, sources)
        if left is None or now.rows is None:
            return True
        before, after = (sum(s.count or 0 for s in each) for each in (now.rows, left))
        if any(s.count is None for s in left) or before != after:
            return True
    return False
