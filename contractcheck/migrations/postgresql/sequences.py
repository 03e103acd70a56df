"""CREATE and ALTER SEQUENCE."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Sequence
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import indexes
from contractcheck.migrations.postgresql.run import FailureError, Run


def create_sequence(run: Run, statement: op.CreateSequence) -> None:
    """CREATE SEQUENCE."""
    schema = run.schema_for(statement.sequence)
    if run.catalog.lookup(statement.sequence.name, schema, ()) is not None and statement.missing_ok:
        return
    run.free(schema, statement.sequence.name)
    given = dict(statement.options)
    kind = given.pop("as", None)
    owner = _owner(run, given.pop("owned_by", None), schema)
    run.catalog.put(
        Sequence(
            number=run.catalog.number(),
            schema=schema,
            name=indexes.naming_cut(statement.sequence.name),
            type=kind.name if isinstance(kind, op.TypeRef) else "int8",
            options=tuple(given.items()),
            owned_by=owner,
            persistence=statement.sequence.persistence,
        )
    )


def _owner(run: Run, given: object, schema: str) -> tuple[int, int] | None:
    if not isinstance(given, tuple) or given == ("none",) or len(given) < 2:
        return None
    table = run.table(op.Ref(given[-2], given[-3] if len(given) > 2 else None))
    run.lock(table.number, Lock.ACCESS_SHARE)
    if run.knows(table) and table.schema != schema:
        raise FailureError("sequence must be in same schema as table it is linked to")
    return table.number, run.column(table, given[-1]).number


def alter_sequence(run: Run, statement: op.AlterSequence) -> None:
    """ALTER SEQUENCE: SHARE ROW EXCLUSIVE on the sequence alone."""
    found = run.relation(statement.sequence, kind="sequence", missing_ok=statement.missing_ok)
    if found is None:
        return
    if not isinstance(found, Sequence):
        raise FailureError(f'"{found.name}" is not a sequence')
    run.lock(found.number, Lock.SHARE_ROW_EXCLUSIVE)
    given = dict(statement.options)
    changed = found
    if "owned_by" in given:
        owner = given.pop("owned_by")
        if found.identity:
            raise FailureError("cannot change ownership of identity sequence")
        changed = replace(changed, owned_by=_owner(run, owner, found.schema))
    kind = given.pop("as", None)
    if isinstance(kind, op.TypeRef):
        changed = replace(changed, type=kind.name)
    given.pop("restart", None)
    if given:
        changed = replace(changed, options=tuple({**dict(changed.options), **given}.items()))
    run.catalog.put(changed)
