"""ALTER TABLE on the model: the verdict of the server, the demands of the statement, and the table afterwards."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Lock, TableData
from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.altered import alter
from contractcheck.migrations.mysql.assumed import copied_anyway
from contractcheck.migrations.mysql.engines import decide as decide_other
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.flags import Flags, compare
from contractcheck.migrations.mysql.mariadb import copy_lock
from contractcheck.migrations.mysql.mariadb import decide as decide_mariadb
from contractcheck.migrations.mysql.model import Column, Database, Rows, Table
from contractcheck.migrations.mysql.mysql8 import decide as decide_mysql
from contractcheck.migrations.mysql.outcome import Outcome
from contractcheck.migrations.mysql.partitions import alter_partitions
from contractcheck.migrations.mysql.rows import check_references, check_rows, check_unique, converted
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.types import GEOMETRIES
from contractcheck.migrations.mysql.verdict import ALGORITHMS, INSTANT, LOCKS, Verdict
from contractcheck.migrations.mysql.work import Altered

_LOCKS = {"NONE": Lock.METADATA, "SHARED": Lock.SHARED, "EXCLUSIVE": Lock.EVERYBODY}


def alter_table(database: Database, target: Target, statement: st.AlterTable, outcome: Outcome) -> None:
    """Carry out ALTER TABLE, CREATE INDEX or DROP INDEX. Raises FailureError where the server refuses."""
    name = statement.table.name
    table = database.tables.get(name.lower())
    if statement.table.schema is not None and table is None:
        outcome.doubt(f"{statement.table} is in another database")
        return
    if statement.bare and target.mariadb and (statement.algorithm or statement.lock):
        raise FailureError(1064, "DROP INDEX takes no ALGORITHM and LOCK in MariaDB")
    if table is None:
        if statement.missing_ok:
            outcome.algorithm, outcome.lock = "INSTANT", "NONE"
            return
        if database.complete or name.lower() in database.gone:
            raise FailureError(1146, f"there is no table {statement.table}")
        table = Table(name, known=False)
        database.put(table)
    if table.kind == "view":
        raise FailureError(1347, f"{name} is a view")
    if not table.known:
        _unknown(database, target, table, statement, outcome)
        return
    partition = next((action for action in statement.actions if isinstance(action, st.AlterPartitions)), None)
    if partition is not None:
        if len(statement.actions) > 1:
            raise FailureError(1064, "an action on partitions stands alone")
        alter_partitions(database, target, table, partition, statement, outcome)
        return
    if target.mariadb and table.versioned and _history(statement, target):
        raise FailureError(4119, f"{table.name} is system-versioned and its history is not to be altered")
    actions = statement.actions
    if statement.replace:
        dropped = tuple(st.DropIndex(a.index.name, missing_ok=True) for a in actions if isinstance(a, st.AddIndex))
        actions = (*dropped, *actions)
    work = alter(database, target, table, actions)
    if statement.ignore:
        work.demands.add("ignore")
    flags = compare(work)
    _finish(database, target, statement, work, flags, outcome)


def _history(statement: st.AlterTable, target: Target) -> bool:
    """Whether a change of a system-versioned table is refused (system_versioning_alter_history)."""
    if target.settings.get("system_versioning_alter_history", "error") == "keep":
        return False
    return any(
        isinstance(a, st.AddColumn | st.ChangeColumn | st.DropColumn | st.RenameColumn)
        or (isinstance(a, st.AddIndex) and a.index.kind in {"primary", "unique"})
        for a in statement.actions
    )


def _finish(
    database: Database, target: Target, statement: st.AlterTable, work: Altered, flags: Flags, outcome: Outcome
) -> None:
    table, after = work.before, work.table
    for why in flags.doubts:
        outcome.doubt(why, blurs=False)
    if flags.has("partition by", "remove partitioning"):
        verdict = Verdict(
            "COPY", copy_lock(work) if target.mariadb else "SHARED", rebuilds=True, why="rows move between partitions"
        )
        clauses = False
    else:
        verdict, clauses = _decide(work, flags), True
    demanded = _demand(verdict, statement, work, flags)
    rows = None
    if not statement.ignore:
        rows = _checked(database, target, work, flags, demanded)
    if (clauses and not statement.bare) or not target.mariadb:
        outcome.algorithm, outcome.lock = demanded.algorithm, demanded.lock
    outcome.take(table.name, _LOCKS[demanded.lock])
    if demanded.why:
        outcome.notes.append(f"{table.name}: ALGORITHM={demanded.algorithm}, LOCK={demanded.lock}: {demanded.why}")
    if demanded.rebuilds:
        outcome.rewrites.append(table.name)
        if table.engine == "innodb" == after.engine and not flags.has("partition by", "remove partitioning"):
            outcome.rebuilt.append(table.name)
    elif demanded.scans:
        outcome.scans.append(table.name)
    for key in after.foreign_keys:
        if flags.has("add foreign key") and key not in table.foreign_keys:
            other = database.tables.get(key.table.lower())
            if other is not None and other is not table:
                outcome.take(other.name, Lock.METADATA)
    outcome.index_builds.extend(index.name for index in flags.added)
    outcome.data[table.name] = _data(work)
    _store(database, work, flags, demanded, rows)


def _decide(work: Altered, flags: Flags) -> Verdict:
    """The cheapest way there is, by engine and server."""
    if not flags.names and not flags.added and not flags.dropped:
        return INSTANT
    if flags.names == {"rename"}:
        return Verdict("INSTANT", copy_lock(work) if work.target.mariadb else "NONE", why="the table is renamed")
    if flags.names & {"enable keys", "disable keys"} and flags.names <= {"enable keys", "disable keys", "rename"}:
        return Verdict("INSTANT", copy_lock(work) if work.target.mariadb else "NONE")
    if work.before.engine != "innodb":
        return decide_other(work, flags)
    verdict = decide_mariadb(work, flags) if work.target.mariadb else decide_mysql(work, flags)
    if work.before.temporary and verdict.algorithm != "COPY":
        return Verdict("COPY", "NONE", rebuilds=True, why="temporary tables are copied; nobody else sees them")
    return verdict


def _demand(verdict: Verdict, statement: st.AlterTable, work: Altered, flags: Flags) -> Verdict:
    """The verdict under the ALGORITHM and LOCK the statement demands. Raises FailureError (1845, 1846, 1800, 1801)."""
    algorithm, lock = statement.algorithm.upper(), statement.lock.upper()
    if (algorithm and algorithm not in {*ALGORITHMS, "DEFAULT"}) or (algorithm == "NOCOPY" and not work.target.mariadb):
        raise FailureError(1800, f"unknown ALGORITHM {algorithm}")
    if lock and lock not in {*LOCKS, "DEFAULT"}:
        raise FailureError(1801, f"unknown LOCK {lock}")
    settled = verdict
    texts = sum(index.kind == "fulltext" for index in flags.added)
    if texts > 1 and not work.target.mariadb and algorithm != "COPY" and verdict.algorithm == "INPLACE":
        raise FailureError(1795, "InnoDB builds one full-text index at a time; ALGORITHM=COPY builds several")
    if algorithm == "COPY" and verdict.algorithm != "COPY" and flags.names != {"rename"}:
        copy = copy_lock(work) if work.target.mariadb else "SHARED"
        settled = Verdict("COPY", copy, rebuilds=True, why="ALGORITHM=COPY is demanded")
    elif algorithm in ALGORITHMS and ALGORITHMS.index(verdict.algorithm) > ALGORITHMS.index(algorithm):
        raise FailureError(
            1845, f"ALGORITHM={algorithm} is not supported: {verdict.why or 'it takes ' + verdict.algorithm}"
        )
    if algorithm == "INSTANT" and lock in {"NONE", "SHARED", "EXCLUSIVE"} and not work.target.mariadb:
        raise FailureError(1221, "ALGORITHM=INSTANT takes no LOCK but DEFAULT")
    if lock in {"NONE", "SHARED"} and "rename" in flags.names and len(flags.names) == 1:
        raise FailureError(1845, f"LOCK={lock} is not supported by a rename")
    if lock in LOCKS:
        online = work.target.mariadb and algorithm in {"", "DEFAULT"} and settled.algorithm != "COPY"
        if LOCKS.index(settled.lock) > LOCKS.index(lock) and online and copy_lock(work) == "NONE":
            # What cannot be done in place under that lock is copied under it, from 11.2 on.
            settled = Verdict("COPY", "NONE", rebuilds=True, why=f"LOCK={lock} is demanded")
        if LOCKS.index(settled.lock) > LOCKS.index(lock):
            raise FailureError(1846, f"LOCK={lock} is not supported: {settled.why or settled.algorithm}")
        settled = replace(settled, lock=lock)
    return settled


def _checked(database: Database, target: Target, work: Altered, flags: Flags, verdict: Verdict) -> Rows | None:
    """The rows afterwards. Raises FailureError where a row stands against the change."""
    before, after = work.before, work.table
    if before.rows is not None and before.rows.count and not target.mariadb and target.strict:
        for column in flags.new:
            if column.not_null and column.type is not None and column.type.name in GEOMETRIES:
                raise FailureError(1138, f"{column.name} would be NULL in the rows that are there")
            zero = column.type is not None and column.type.name in {"date", "datetime", "timestamp"}
            if zero and column.not_null and column.default is None:
                raise FailureError(1292, f"{column.name} would be 0000-00-00 in the rows that are there")
    null_error = 1265 if target.mariadb else 1138
    rows = converted(before, after, strict=target.strict, null_error=null_error)
    filled = replace(after, rows=rows)
    if rows is None:
        return None
    for index in flags.added:
        if index.kind in {"primary", "unique"}:
            check_unique(filled, index)
    if flags.has("add check") or verdict.algorithm == "COPY":
        for check in after.checks:
            if check.enforced and check not in before.checks:
                check_rows(filled, check.expression, check.name, 4025 if target.mariadb else 3819)
        for column in after.columns:
            old = before.column(column.origin or "")
            if column.check is not None and (old is None or old.check != column.check):
                check_rows(filled, column.check, column.name, 4025 if target.mariadb else 3819)
    if flags.has("add foreign key") and target.on("foreign_key_checks"):
        for key in after.foreign_keys:
            if key not in before.foreign_keys:
                check_references(database, filled, key)
    return rows


def _data(work: Altered) -> TableData:
    """What happened to columns and name."""
    before, after = work.before, work.table
    kept = {c.origin.lower(): c for c in after.columns if c.origin}
    renamed = tuple(
        (o.name, kept[o.name.lower()].name)
        for o in before.columns
        if o.name.lower() in kept and kept[o.name.lower()].name != o.name
    )
    retyped = []
    for column in before.columns:
        new = kept.get(column.name.lower())
        if new is not None and new.type != column.type:
            retyped.append((column.name, type_text(column), type_text(new)))
    return TableData(
        renamed_to=work.new_name,
        dropped_columns=tuple(c.name for c in before.columns if c.name.lower() not in kept),
        added_columns=tuple(c.name for c in after.columns if c.origin is None),
        renamed_columns=renamed,
        retyped_columns=tuple(retyped),
    )


def type_text(column: Column) -> str:
    """A type as it would be written."""
    from contractcheck.migrations.mysql.description import type_words

    return type_words(column.type)


def _store(database: Database, work: Altered, flags: Flags, verdict: Verdict, rows: Rows | None) -> None:
    before, after = work.before, work.table
    document = before.hidden_document or (
        any(index.kind == "fulltext" for index in flags.added) and after.column("FTS_DOC_ID") is None
    )
    if verdict.rebuilds and not after.fulltext():
        document = False
    instant = (
        0
        if verdict.rebuilds
        else before.instant
        + (verdict.algorithm == "INSTANT" and flags.has("add stored base column", "drop stored column"))
    )
    table = replace(
        after,
        columns=tuple(replace(column, origin=None) for column in after.columns),
        rows=rows,
        hidden_document=document,
        instant=instant,
    )
    database.put(table)
    renames = {
        c.origin.lower(): c.name for c in after.columns if c.origin is not None and c.origin.lower() != c.name.lower()
    }
    if renames:
        for other, key in list(database.referencing(before.name)):
            changed = replace(key, referenced=tuple(renames.get(name.lower(), name) for name in key.referenced))
            database.put(replace(other, foreign_keys=tuple(changed if k is key else k for k in other.foreign_keys)))
    if work.new_name is not None:
        rename_table(database, table, work.new_name)


def rename_table(database: Database, table: Table, name: str) -> None:
    """Give a table another name; triggers and foreign keys follow. Raises FailureError if the name is taken."""
    if name.lower() in database.tables and name.lower() != table.key:
        raise FailureError(1050, f"table {name} exists already")
    referring = list(database.referencing(table.name))
    triggers = {each: body for each, (owner, body) in database.triggers.items() if owner == table.key}
    database.remove(table.name)
    stem, new = f"{table.name}_ibfk_", f"{name}_ibfk_"
    keys = tuple(
        replace(
            key,
            # Names the server chose follow the table (InnoDB, "FOREIGN KEY Constraints").
            name=new + key.name[len(stem) :] if key.name.startswith(stem) else key.name,
            table=name if key.table.lower() == table.key else key.table,
        )
        for key in table.foreign_keys
    )
    database.put(replace(table, name=name, foreign_keys=keys))
    for each, body in triggers.items():
        database.triggers[each] = (name.lower(), body)
    for other, key in referring:
        current = database.tables[other.key]
        moved = tuple(replace(k, table=name) if k == key else k for k in current.foreign_keys)
        database.put(replace(current, foreign_keys=moved))


def _unknown(database: Database, target: Target, table: Table, statement: st.AlterTable, outcome: Outcome) -> None:
    """A table that was never seen: only what holds for every table is said."""
    outcome.assumed.append(table.name)
    outcome.take(table.name, Lock.METADATA)
    dropped = tuple(action.name for action in statement.actions if isinstance(action, st.DropColumn))
    renamed = tuple((a.name, a.new_name) for a in statement.actions if isinstance(a, st.RenameColumn))
    added = tuple(action.column.name for action in statement.actions if isinstance(action, st.AddColumn))
    to = next((action.table.name for action in statement.actions if isinstance(action, st.RenameTo)), None)
    outcome.data[table.name] = TableData(
        renamed_to=to, dropped_columns=dropped, renamed_columns=renamed, added_columns=added
    )
    if to is not None:
        database.remove(table.name)
        database.put(replace(table, name=to))
    copied = copied_anyway(database, target, table, statement)
    if copied is None:
        outcome.doubt(f"{table.name} is not created by what was read: what it takes to change it is not known")
        return
    outcome.algorithm, outcome.lock = copied.algorithm, copied.lock
    outcome.take(table.name, _LOCKS[copied.lock])
    outcome.rewrites.append(table.name)
    outcome.rebuilt.append(table.name)
    outcome.notes.append(f"{table.name}: ALGORITHM=COPY, LOCK={copied.lock}: {copied.why}, whatever the table is like")
