"""One operation on the model of the server."""

from typing import assert_never

from contractcheck.migrations import operations as op
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import (
    alter,
    blocks,
    changes,
    comments,
    creation,
    functions,
    indexes,
    maintain,
    objects,
    privileges,
    renaming,
    sequences,
    sessions,
    tables,
    triggers,
    usertypes,
    views,
)
from contractcheck.migrations.postgresql.run import FailureError, Run

RELATIONS = frozenset({"table", "view", "materialized view", "index", "sequence", "foreign table"})
OF_TABLE = frozenset({"trigger", "policy", "rule"})
FUNCTIONS = frozenset({"function", "procedure", "routine", "aggregate"})


def execute(run: Run, operation: op.Operation) -> None:
    """Carry one operation out. Raises FailureError where the server certainly refuses it."""
    match operation:
        case op.AlterTable():
            alter.alter_table(run, operation)
        case op.CreateTable():
            creation.create_table(run, operation)
        case op.CreateTableAs():
            views.create_table_as(run, operation)
        case op.CreateView():
            views.create_view(run, operation)
        case op.RefreshView():
            views.refresh(run, operation)
        case op.CreateIndex():
            indexes.create_index(run, operation)
        case op.Drop():
            _drop(run, operation)
        case op.Rename():
            renaming.rename(run, operation)
        case op.SetSchema():
            renaming.set_schema(run, operation)
        case op.SetOwner():
            renaming.set_owner(run, operation)
        case op.Truncate():
            tables.truncate(run, operation)
        case op.CreateSequence():
            sequences.create_sequence(run, operation)
        case op.AlterSequence():
            sequences.alter_sequence(run, operation)
        case op.CreateEnum():
            usertypes.create_enum(run, operation)
        case op.AlterEnum():
            usertypes.alter_enum(run, operation)
        case op.CreateDomain():
            usertypes.create_domain(run, operation)
        case op.AlterDomain():
            usertypes.alter_domain(run, operation)
        case op.CreateComposite():
            usertypes.create_composite(run, operation)
        case op.CreateFunction():
            functions.create_function(run, operation)
        case op.CreateTrigger():
            triggers.create_trigger(run, operation)
        case op.CreatePolicy():
            triggers.create_policy(run, operation)
        case op.CreateRule():
            triggers.create_rule(run, operation)
        case op.Comment():
            comments.comment(run, operation)
        case op.Grant():
            privileges.grant(run, operation)
        case op.CreateObject():
            objects.create_object(run, operation)
        case op.AlterObject():
            objects.alter_object(run, operation)
        case op.Maintain():
            maintain.maintain(run, operation)
        case op.LockTable():
            maintain.lock_table(run, operation)
        case op.Query():
            changes.execute(run, operation)
        case op.Block():
            blocks.execute_block(run, operation)
        case op.Session():
            sessions.session(run, operation)
        case op.SetVariable(name, value, _):
            _set(run, name, value)
        case op.Transaction(kind, name):
            _transaction(run, kind, name)
        case op.Unmodelled(reason):
            run.doubt(reason)
        case _:
            assert_never(operation)


def _drop(run: Run, statement: op.Drop) -> None:
    if statement.kind in RELATIONS:
        tables.drop_relations(run, statement)
    elif statement.kind in OF_TABLE:
        triggers.drop_of_table(run, statement)
    elif statement.kind in FUNCTIONS:
        functions.drop_function(run, statement)
    elif statement.kind in {"type", "domain"}:
        usertypes.drop_type(run, statement)
    else:
        objects.drop_object(run, statement)


def _transaction(run: Run, kind: str, name: str | None) -> None:
    """SAVEPOINT and ROLLBACK TO: what came after is undone, and its locks are given back."""
    if kind == "savepoint" and name is not None:
        run.savepoints.pop(name, None)
        run.savepoints[name] = run.catalog.copy(), dict(run.locks)
    elif kind == "rollback_to" and name in run.savepoints:
        catalog, locks = run.savepoints[name]
        run.catalog, run.locks = catalog.copy(), dict(locks)
        _release(run, name, keep=True)
    elif kind == "release" and name in run.savepoints:
        _release(run, name, keep=False)
    elif kind in {"rollback_to", "release"}:
        raise FailureError(f'savepoint "{name}" does not exist')


def _release(run: Run, name: str, *, keep: bool) -> None:
    """Forget the savepoints made after one, and the one itself unless it is kept."""
    names = list(run.savepoints)
    for later in names[names.index(name) + keep :]:
        del run.savepoints[later]


def _set(run: Run, name: str, value: str | None) -> None:
    if name == "all" and value is None:
        run.settings.clear()
        run.settings.update(run.server.settings)
    elif value is None:
        run.settings.pop(name, None)
        if name in run.server.settings:
            run.settings[name] = run.server.settings[name]
    else:
        run.settings[name] = value


__all__ = ["FailureError", "Lock", "execute"]
