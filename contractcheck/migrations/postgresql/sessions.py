"""What a session keeps: prepared statements and cursors."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import changes, queries
from contractcheck.migrations.postgresql.nodes import only
from contractcheck.migrations.postgresql.run import FailureError, Run

HOLD = 0x0020  # CURSOR_OPT_HOLD of parsenodes.h


def session(run: Run, statement: op.Session) -> None:
    """PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, MOVE, CLOSE."""
    name = statement.name
    match statement.what:
        case "prepare":
            if name in run.prepared:
                raise FailureError(f'prepared statement "{name}" already exists')
            if statement.query is not None:
                _look(run, statement.query)
                run.prepared[name] = statement.query
        case "execute":
            changes.execute(run, prepared(run, name))
        case "deallocate":
            if not name:
                run.prepared.clear()
            elif run.prepared.pop(name, None) is None:
                raise FailureError(f'prepared statement "{name}" does not exist')
        case "declare":
            _declare(run, statement)
        case _:
            if name and name not in run.cursors:
                raise FailureError(f'cursor "{name}" does not exist')
            if statement.what == "close":
                for each in [name] if name else list(run.cursors):
                    del run.cursors[each]
            elif statement.everything:
                for number in run.cursors[name]:
                    run.scan(number)


def prepared(run: Run, name: str) -> op.Query:
    """The statement that was prepared under a name. Raises FailureError if there is none."""
    query = run.prepared.get(name)
    if query is None:
        raise FailureError(f'prepared statement "{name}" does not exist')
    return op.Query(only(query)[0].removesuffix("Stmt").lower(), query)


def _look(run: Run, query: op.Node) -> None:
    """PREPARE only looks a statement through: what it names is locked, what lies below is not."""
    kind, fields = only(query)
    if kind == "SelectStmt":
        for number in queries.analyse(run, query).named:
            run.lock(number, Lock.ACCESS_SHARE)
        return
    trial = Run.begin(run.catalog, run.server, block=run.block)
    trial.settings = dict(run.settings)
    found = queries.Reading()
    changes.modify(trial, kind, fields, found, {})
    for number in found.written:
        run.lock(number, Lock.ROW_EXCLUSIVE)
    for number in found.named:
        run.lock(number, Lock.ACCESS_SHARE)


def _declare(run: Run, statement: op.Session) -> None:
    if not run.block and not statement.options & HOLD:
        raise FailureError("DECLARE CURSOR can only be used in transaction blocks")
    if statement.name in run.cursors:
        raise FailureError(f'cursor "{statement.name}" already exists')
    if statement.query is None:
        return
    reading = queries.analyse(run, statement.query)
    queries.filled(run, reading)
    for number, lock in reading.locks.items():
        run.lock(number, lock)
    tables = {n for n in reading.locks if isinstance(t := run.catalog.relations.get(n), Table) and t.kind != "view"}
    run.cursors[statement.name] = frozenset(tables)
