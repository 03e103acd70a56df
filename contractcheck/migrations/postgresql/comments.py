"""COMMENT ON anything."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import functions
from contractcheck.migrations.postgresql.run import FailureError, Run


def comment(run: Run, statement: op.Comment) -> None:
    """COMMENT: SHARE UPDATE EXCLUSIVE on the relation it is about, ACCESS SHARE for a part of it (measured)."""
    name = statement.name
    key: tuple[object, ...] | None = None
    if statement.kind in {"table", "view", "materialized view", "index", "sequence", "foreign table"}:
        kind = {"materialized view": "matview"}.get(statement.kind, statement.kind)
        found = run.relation(op.Ref(name[-1], name[-2] if len(name) > 1 else None), kind=kind)
        if found is None:
            return
        real = found.kind if not isinstance(found, Table) or run.knows(found) else kind
        if real.removeprefix("partitioned ") != kind:
            raise FailureError(f'"{found.name}" is not a {statement.kind}')
        run.lock(found.number, Lock.SHARE_UPDATE_EXCLUSIVE)
        key = (found.number, "self")
    elif statement.kind == "column":
        found = run.relation(op.Ref(name[-2], name[-3] if len(name) > 2 else None))
        if isinstance(found, Table):
            run.lock(found.number, Lock.SHARE_UPDATE_EXCLUSIVE)
            key = (found.number, "column", run.column(found, name[-1]).number)
    elif statement.kind in {"constraint", "trigger", "rule", "policy"}:
        found = run.relation(op.Ref(name[-2], name[-3] if len(name) > 2 else None))
        if isinstance(found, Table):
            run.lock(found.number, Lock.ACCESS_SHARE)
            if (
                statement.kind == "constraint"
                and run.knows(found)
                and found.constraint(name[-1]) is None
                and not any(c.not_null_name == name[-1] for c in found.columns)
            ):
                raise FailureError(f'constraint "{name[-1]}" for table "{found.name}" does not exist')
            names = {
                "trigger": {t.name for t in found.triggers},
                "policy": {p.name for p in found.policies},
                "rule": {r.name for r in found.rules},
            }.get(statement.kind, {name[-1]})
            if name[-1] not in names and run.knows(found):
                raise FailureError(f'{statement.kind} "{name[-1]}" for table "{found.name}" does not exist')
            key = (found.number, statement.kind, name[-1])
    elif statement.kind in {"type", "domain"}:
        user = run.catalog.lookup_type(name[-1], name[-2] if len(name) > 1 else None, run.path)
        if user is None and run.catalog.complete and not run.catalog.opaque:
            raise FailureError(f'type "{".".join(name)}" does not exist')
        key = ("type", user.number) if user else None
    else:
        if statement.kind in functions.ROUTINES:
            functions.require(run, statement.kind, name)
        key = (statement.kind, *name)
    if key is not None:
        if statement.comment is None:
            run.catalog.comments.pop(key, None)
        else:
            run.catalog.comments[key] = statement.comment
