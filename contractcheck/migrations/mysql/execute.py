"""One statement on the model of the server: what it does, and the database afterwards."""

from typing import assert_never

from msgspec.structs import replace

from contractcheck.migrations.effects import Lock, TableData
from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.alter import alter_table
from contractcheck.migrations.mysql.create import create_like, create_table
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Database, Rows, Table
from contractcheck.migrations.mysql.outcome import Outcome
from contractcheck.migrations.mysql.queries import change_rows, query_names
from contractcheck.migrations.mysql.server import Target


def execute(database: Database, target: Target, statement: st.Statement, outcome: Outcome) -> Target:
    """Carry out a statement on the database, which is changed; the server with the settings afterwards.

    Raises FailureError where the server certainly refuses; the database may then be half changed.
    """
    match statement:
        case st.AlterTable():
            alter_table(database, target, statement, outcome)
        case st.CreateTable():
            _create(database, target, statement, outcome)
        case st.DropTables():
            _drop(database, target, statement, outcome)
        case st.RenameTables():
            names = {key: key for key in database.tables}
            for old, new in statement.pairs:
                _rename(database, old, new, outcome, missing_ok=statement.missing_ok)
                names[new.name.lower()] = names.pop(old.name.lower(), "")
            # Tables that swap their names have each other's numbers afterwards.
            outcome.rebuilt += [key for key, was in names.items() if was not in {key, ""} and key in names.values()]
        case st.Truncate():
            _truncate(database, target, statement, outcome)
        case st.CreateView():
            _view(database, statement, outcome)
        case st.CreateTrigger():
            _trigger(database, statement, outcome)
        case st.CreateRoutine():
            _routine(database, statement, outcome)
        case st.DropRoutine():
            _drop_routine(database, statement, outcome)
        case st.AlterDatabase():
            database.charset = statement.charset or database.charset
            database.collation = statement.collation
        case st.SetVariable():
            return _set(target, statement)
        case st.ChangeRows():
            change_rows(database, target, statement, outcome)
        case st.Maintain():
            _maintain(database, target, statement, outcome)
        case st.Transaction():
            for table, mode in statement.tables:
                found = database.tables.get(table.name.lower())
                if found is not None:
                    outcome.take(found.name, Lock.EVERYBODY if mode == "write" else Lock.SHARED)
        case st.Harmless():
            pass
        case st.Refused():
            raise FailureError(1064, statement.reason)
        case st.Unmodelled():
            outcome.doubt(statement.reason)
        case never:
            assert_never(never)
    return target


def _set(target: Target, statement: st.SetVariable) -> Target:
    known = dict(target.settings)
    for name, value in statement.settings:
        if value is None or value == "default":
            known.pop(name, None)
        else:
            known[name] = value
    return replace(target, settings=known)


def _create(database: Database, target: Target, statement: st.CreateTable, outcome: Outcome) -> None:
    name = statement.table.name
    there = database.tables.get(name.lower())
    if there is not None and there.known and not statement.temporary:
        if statement.missing_ok:
            return
        if not statement.replace:
            raise FailureError(1050, f"table {name} exists already")
        _gone(database, target, there, outcome)
    elif there is None and not database.complete and statement.missing_ok:
        outcome.doubt(f"whether {name} exists already is not known", blurs=False)
    made = create_like(database, statement) if statement.like is not None else create_table(database, target, statement)
    if statement.query:
        # The types of a query's columns are not computed: nothing more is said of the table than that it is there.
        made = replace(made, known=False, rows=None)
        for source in query_names(statement.query):
            found = database.tables.get(source.name.lower())
            if found is not None:
                outcome.scans.append(found.name)
                outcome.take(found.name, Lock.ALL_ROWS)
    database.put(made)


def _gone(database: Database, target: Target, table: Table, outcome: Outcome) -> None:
    if target.on("foreign_key_checks"):
        referring = next(((other, key) for other, key in database.referencing(table.name)), None)
        if referring is not None:
            raise FailureError(1451, f"{referring[1].name} of {referring[0].name} refers to {table.name}")
    outcome.take(table.name, Lock.EVERYBODY, table.kind)
    rows = (table.rows.count, 0) if table.rows is not None else None
    outcome.data[table.name] = TableData(dropped=True, rows=rows)
    if table.engine == "innodb" and table.kind == "table":
        outcome.rebuilt.append(table.name)
    database.remove(table.name)


def _drop(database: Database, target: Target, statement: st.DropTables, outcome: Outcome) -> None:
    together = {table.name.lower() for table in statement.tables}
    for table in statement.tables:
        found = database.tables.get(table.name.lower())
        kinds = {statement.kind, "sequence" if statement.kind == "table" else statement.kind}
        if found is None or not (found.kind in kinds or not found.known):
            if found is None and not database.complete and table.name.lower() not in database.gone:
                outcome.assumed.append(table.name)
                outcome.take(table.name, Lock.EVERYBODY, statement.kind)
                if statement.kind == "table":
                    outcome.data[table.name] = TableData(dropped=True)
                database.gone |= {table.name.lower()}
                continue
            if statement.missing_ok and (found is None or (found.kind != statement.kind and statement.kind == "table")):
                continue
            raise FailureError(1051 if found is None else 1347, f"there is no {statement.kind} {table.name}")
        if statement.kind != "table":
            outcome.take(found.name, Lock.EVERYBODY, found.kind)
            database.remove(found.name)
            continue
        if target.on("foreign_key_checks"):
            for other, key in database.referencing(found.name):
                # MariaDB drops them one after the other; MySQL looks at all at once.
                if target.mariadb or other.key not in together:
                    raise FailureError(1451, f"{key.name} of {other.name} refers to {found.name}")
        outcome.take(found.name, Lock.EVERYBODY, found.kind)
        rows = (found.rows.count, 0) if found.rows is not None else None
        outcome.data[found.name] = TableData(dropped=True, rows=rows)
        database.remove(found.name)


def _rename(database: Database, old: st.Ref, new: st.Ref, outcome: Outcome, *, missing_ok: bool) -> None:
    found = database.tables.get(old.name.lower())
    if found is None:
        if missing_ok:
            return
        if database.complete or old.name.lower() in database.gone:
            raise FailureError(1146, f"there is no table {old}")
        outcome.assumed.append(old.name)
        outcome.take(old.name, Lock.EVERYBODY)
        outcome.data[old.name] = TableData(renamed_to=new.name)
        database.gone |= {old.name.lower()}
        database.put(Table(new.name, known=False))
        return
    rename_table(database, found, new.name)
    outcome.take(found.name, Lock.EVERYBODY, found.kind)
    outcome.data[found.name] = TableData(renamed_to=new.name)


def rename_table(database: Database, table: Table, name: str) -> None:
    """Give a table another name; triggers and foreign keys follow. Raises FailureError if the name is taken."""
    from contractcheck.migrations.mysql.alter import rename_table as rename

    rename(database, table, name)


def _truncate(database: Database, target: Target, statement: st.Truncate, outcome: Outcome) -> None:
    found = database.tables.get(statement.table.name.lower())
    if found is not None and found.kind == "view":
        raise FailureError(1146, f"{statement.table} is a view")
    if found is None:
        if database.complete or statement.table.name.lower() in database.gone:
            raise FailureError(1146, f"there is no table {statement.table}")
        outcome.assumed.append(statement.table.name)
        outcome.take(statement.table.name, Lock.EVERYBODY)
        outcome.emptied.append(statement.table.name)
        outcome.data[statement.table.name] = TableData()
        return
    if target.on("foreign_key_checks"):
        for other, key in database.referencing(found.name):
            raise FailureError(1701, f"{key.name} of {other.name} refers to {found.name}")
    outcome.take(found.name, Lock.EVERYBODY)
    outcome.emptied.append(found.name)
    if found.engine == "innodb":
        outcome.rebuilt.append(found.name)
    outcome.data[found.name] = TableData(rows=(found.rows.count, 0) if found.rows is not None else None)
    database.put(replace(found, rows=Rows(0, {column.name.lower(): [] for column in found.columns}), instant=0))


def _view(database: Database, statement: st.CreateView, outcome: Outcome) -> None:
    name = statement.view.name
    there = database.tables.get(name.lower())
    if there is not None and there.known:
        if statement.missing_ok:
            return
        if there.kind != "view":
            raise FailureError(1050 if not statement.replace else 1347, f"{name} is a table")
        if not statement.replace:
            raise FailureError(1050, f"view {name} exists already")
        outcome.take(there.name, Lock.EVERYBODY, "view")
    elif statement.alter and there is None and database.complete:
        raise FailureError(1146, f"there is no view {name}")
    query = tuple(token.text if token.kind != "word" else token.text.lower() for token in statement.query)
    for source in query_names(statement.query):
        known = source.schema is not None or source.name.lower() in database.tables
        if not known and database.complete and not source.name.lower().startswith("seq_"):
            raise FailureError(1146, f"there is no table {source.name}")
    refuse = _unknown_in_view(database, statement)
    if refuse is not None:
        raise FailureError(1054, f"unknown column {refuse}")
    database.put(Table(name, kind="view", query=query))


def _unknown_in_view(database: Database, statement: st.CreateView) -> str | None:
    """A column that a plain `SELECT a, b FROM t` names and the table does not have."""
    tokens = statement.query
    sources = query_names(tokens)
    if len(sources) != 1 or tokens[0].upper != "SELECT":
        return None
    table = database.tables.get(sources[0].name.lower())
    if table is None or not table.known or table.kind != "table":
        return None
    at = 1
    while at < len(tokens) and tokens[at].upper != "FROM":
        plain = tokens[at].kind in {"word", "quoted"} and (
            at + 1 >= len(tokens) or tokens[at + 1].text in {",", "FROM", "from"}
        )
        first = tokens[at - 1].upper in {"SELECT", ","}
        if (
            plain
            and first
            and tokens[at].upper not in {"NULL", "TRUE", "FALSE"}
            and table.column(tokens[at].text) is None
        ):
            return tokens[at].text
        at += 1
    return None


def _trigger(database: Database, statement: st.CreateTrigger, outcome: Outcome) -> None:
    table = database.tables.get(statement.table.name.lower())
    if table is None and database.complete:
        raise FailureError(1146, f"there is no table {statement.table}")
    if statement.name.lower() in database.triggers:
        if statement.missing_ok:
            return
        if not statement.replace:
            raise FailureError(1359, f"trigger {statement.name} exists already")
    name = table.name if table is not None else statement.table.name
    outcome.take(name, Lock.EVERYBODY)
    database.triggers[statement.name.lower()] = (name.lower(), statement.body)


def _routine(database: Database, statement: st.CreateRoutine, outcome: Outcome) -> None:
    if statement.kind == "sequence":
        there = database.tables.get(statement.name.lower())
        if there is not None and not statement.replace:
            if statement.missing_ok:
                return
            raise FailureError(1050, f"{there.kind} {statement.name} exists already")
        database.put(Table(statement.name, kind="sequence", query=statement.body))
        return
    key = (statement.kind, statement.name.lower())
    if key in database.routines and not statement.replace:
        if statement.missing_ok:
            return
        raise FailureError(1304, f"{statement.kind} {statement.name} exists already")
    del outcome
    database.routines[key] = statement.body


def _drop_routine(database: Database, statement: st.DropRoutine, outcome: Outcome) -> None:
    name = statement.name.lower()
    if statement.kind == "trigger":
        if name not in database.triggers:
            if statement.missing_ok or not database.complete:
                return
            raise FailureError(1360, f"there is no trigger {statement.name}")
        table, _ = database.triggers.pop(name)
        found = database.tables.get(table)
        outcome.take(found.name if found is not None else table, Lock.EVERYBODY)
        return
    if database.routines.pop((statement.kind, name), None) is None and not statement.missing_ok and database.complete:
        raise FailureError(1305, f"there is no {statement.kind} {statement.name}")


def _maintain(database: Database, target: Target, statement: st.Maintain, outcome: Outcome) -> None:
    """OPTIMIZE recreates an InnoDB table; the others read it. A missing table is only a row of the answer."""
    for table in statement.tables:
        found = database.tables.get(table.name.lower())
        if found is None or found.kind != "table":
            continue
        if statement.verb != "optimize":
            outcome.take(found.name, Lock.METADATA)
            continue
        inner = Outcome()
        alter_table(database, target, st.AlterTable(table, (st.Bare("force"),)), inner)
        outcome.rebuilt += inner.rebuilt
        outcome.rewrites += inner.rewrites
        for name, lock in inner.locks.items():
            outcome.take(name, lock)
        outcome.notes += inner.notes
