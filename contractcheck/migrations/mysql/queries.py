"""INSERT, UPDATE, DELETE and what they read: rows locked, tables scanned, rows known afterwards."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Lock, TableData
from contractcheck.migrations.mysql import rows as known_rows
from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import ReadError, spell
from contractcheck.migrations.mysql.definitions import mentions
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Database, Rows, Table
from contractcheck.migrations.mysql.outcome import Outcome
from contractcheck.migrations.mysql.read_rows import references
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.tokens import Token


def query_names(tokens: tuple[Token, ...]) -> tuple[st.Ref, ...]:
    """The tables a query reads."""
    return references(tokens)


def change_rows(database: Database, target: Target, change: st.ChangeRows, outcome: Outcome) -> None:
    """Carry out a statement on rows. Raises FailureError where it certainly fails."""
    for ref in (*change.tables, *change.reads):
        known = ref.name.lower() in database.tables or ref.schema is not None
        if not known and database.complete and not ref.name.lower().startswith("seq_"):
            raise FailureError(1146, f"there is no table {ref}")
    for ref in change.reads:
        table = database.tables.get(ref.name.lower())
        if table is not None and table.kind == "table" and change.verb != "select":
            # InnoDB share-locks the rows that a writing statement reads (manual, "Locks Set by Different Statements").
            outcome.take(table.name, Lock.ALL_ROWS if not change.where else Lock.ROWS)
            if not change.where:
                outcome.scans.append(table.name)
    for ref in change.tables:
        table = database.tables.get(ref.name.lower())
        if table is None:
            outcome.take(ref.name, Lock.ROWS)
            outcome.assumed.append(ref.name)
        elif table.kind == "table":
            _write(database, target, change, table, outcome)


def _write(database: Database, target: Target, change: st.ChangeRows, table: Table, outcome: Outcome) -> None:
    if change.verb in {"insert", "replace"}:
        outcome.take(table.name, Lock.ROWS)
        if table.known:
            _put(database, target, table, _inserted(database, change, table))
        return
    everything = not change.where or (table.known and not _indexed(change, table))
    outcome.take(table.name, Lock.ALL_ROWS if everything else Lock.ROWS)
    if everything:
        outcome.scans.append(table.name)
        outcome.notes.append(f"every row of {table.name} is locked until the end of the transaction")
    if not table.known:
        return
    if len(change.tables) > 1 or change.reads:
        database.put(replace(table, rows=None))
        return
    if change.verb == "update":
        _put(database, target, table, _updated(change, table))
    else:
        _delete(database, target, change, table, outcome)


def _inserted(database: Database, change: st.ChangeRows, table: Table) -> Rows | None:
    try:
        return known_rows.insert(database, table, change)
    except ReadError:
        return None


def _updated(change: st.ChangeRows, table: Table) -> Rows | None:
    try:
        return known_rows.update(table, change)
    except ReadError:
        return None


def _put(database: Database, target: Target, table: Table, rows: Rows | None) -> None:
    """The table with its new rows, if they keep to its keys. Raises FailureError."""
    after = replace(table, rows=rows)
    if rows is not None:
        for index in table.indexes:
            if index.kind in {"primary", "unique"}:
                known_rows.check_unique(after, index)
        for column in table.columns:
            found = rows.values.get(column.name.lower(), ())
            if column.not_null and not column.auto_increment and any(value is None for value in found):
                raise FailureError(1048, f"{column.name} cannot be NULL")
        for check in table.checks:
            if check.enforced:
                known_rows.check_rows(after, check.expression, check.name, 4025 if target.mariadb else 3819)
        if target.on("foreign_key_checks"):
            for key in table.foreign_keys:
                known_rows.check_references(database, after, key)
    database.put(after)


def _delete(database: Database, target: Target, change: st.ChangeRows, table: Table, outcome: Outcome) -> None:
    left, taken = known_rows.delete(table, change)
    cascades = [(other, key) for other, key in database.referencing(table.name)]
    if taken and table.rows is not None and target.on("foreign_key_checks"):
        for other, key in cascades:
            if key.on_delete != "restrict":
                database.put(replace(other, rows=None))
                continue
            referenced = key.referenced or (table.primary.columns if table.primary else ())
            gone = {tuple(table.rows.values[name.lower()][at] for name in referenced) for at in taken}
            if other.rows is None:
                continue
            children = zip(*(other.rows.values.get(name.lower(), []) for name in key.columns), strict=False)
            if any(child in gone for child in children):
                raise FailureError(1451, f"a row of {other.name} refers to a row that is deleted")
    if not change.where:
        outcome.cleared.append(table.name)
        outcome.data[table.name] = TableData(rows=(table.rows.count, 0) if table.rows is not None else None)
    database.put(replace(table, rows=left))


def _indexed(change: st.ChangeRows, table: Table) -> bool:
    """Whether the condition may be looked up in an index: it names the first column of one."""
    words = spell(change.tokens)
    at = len(words) - 1 - words[::-1].index("where")
    condition = words[at:]
    return any(
        index.columns and mentions(condition, index.columns[0]) for index in table.indexes if index.kind != "fulltext"
    )
