"""GRANT and REVOKE: which privileges an object has, and who holds them after the statement."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import functions
from contractcheck.migrations.postgresql.run import FailureError, Run

_KNOWN = {
    "table": {"select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"},
    "sequence": {"usage", "select", "update"},
    "schema": {"usage", "create"},
    "database": {"create", "connect", "temporary", "temp"},
    "function": {"execute"},
    "procedure": {"execute"},
    "routine": {"execute"},
    "type": {"usage"},
    "domain": {"usage"},
    "language": {"usage"},
    "foreign data wrapper": {"usage"},
    "server": {"usage"},
    "tablespace": {"create"},
}  # manual, 5.8: table 5.2
# What ALL stands for (PostgreSQL manual, Privileges), where it can be told from the statement.
_ALL = {
    "table": ("select", "insert", "update", "delete", "truncate", "references", "trigger"),
    "column": ("select", "insert", "update", "references"),
    "sequence": ("usage", "select", "update"),
    "schema": ("create", "usage"),
    "function": ("execute",),
    "procedure": ("execute",),
    "routine": ("execute",),
    "type": ("usage",),
    "domain": ("usage",),
}
_OF_EVERYBODY = {
    "function": "execute",
    "procedure": "execute",
    "routine": "execute",
    "type": "usage",
    "domain": "usage",
}


_OPTION = " with grant option"


def grant(run: Run, statement: op.Grant) -> None:
    """GRANT and REVOKE: no lock on a table before 18, ACCESS SHARE from then on (measured)."""
    _check(run, statement)
    if (
        statement.grant
        and statement.grant_option
        and any(grantee.lower() == "public" for grantee in statement.grantees)
    ):
        raise FailureError("grant options can only be granted to roles")
    if statement.default or statement.in_schemas:
        for name in statement.objects if statement.in_schemas and not statement.default else ():
            if run.catalog.complete and not run.catalog.opaque and name[-1] not in run.catalog.schemas:
                raise FailureError(f'schema "{name[-1]}" does not exist')
        key: tuple[object, ...] = (
            "default" if statement.default else "all in schema",
            statement.kind,
            *statement.objects,
        )
        _grant(run, key, statement)
        return
    for name in statement.objects:
        if statement.kind in {"table", "sequence"}:
            found = run.relation(op.Ref(name[-1], name[-2] if len(name) > 1 else None), kind=statement.kind)
            if found is None:
                continue
            if run.version >= 18:
                run.lock(found.number, Lock.ACCESS_SHARE)
            if isinstance(found, Table):
                for column in statement.columns:
                    run.column(found, column)
            _grant(run, (found.number, statement.kind), statement)
        else:
            if statement.kind == "schema" and run.catalog.complete and name[-1] not in run.catalog.schemas:
                raise FailureError(f'schema "{name[-1]}" does not exist')
            if statement.kind in functions.ROUTINES:
                functions.require(run, statement.kind, name)
            _grant(run, (statement.kind, *name), statement)


def _check(run: Run, statement: op.Grant) -> None:
    """Refuse a privilege that such an object does not have; `TABLE` may also name a sequence."""
    known = _KNOWN.get(statement.kind)
    wrong = sorted({p.lower() for p in statement.privileges} - (known or set()) - {"all", "all privileges"})
    if known is None or not wrong or statement.default:
        return
    if statement.kind == "table" and wrong == ["usage"]:
        refs = [op.Ref(name[-1], name[-2] if len(name) > 1 else None) for name in statement.objects]
        if not all(isinstance(run.find(each), Table) for each in refs):
            return
    raise FailureError(f"invalid privilege type {wrong[0].upper()} for {statement.kind}")


def _grant(run: Run, key: tuple[object, ...], statement: op.Grant) -> None:
    """Keep what a role may do; what everybody may do with functions and types is kept only when it changes."""
    given = _spelled(run, statement)
    default = frozenset(
        _OF_EVERYBODY[statement.kind] for _ in "p" if statement.kind in _OF_EVERYBODY and not statement.default
    )
    for grantee in statement.grantees:
        full = (*key, grantee)
        usual = default if grantee == "public" else frozenset()
        before = run.catalog.grants.get(full, usual)
        if statement.grant:
            after = before | given
        else:
            # A privilege that is revoked takes along the right to pass it on, and on a table those on its columns.
            only = frozenset(each for each in given if _OPTION in each) if statement.grant_option else given
            after = frozenset(
                each for each in before - only if each.partition("(")[0].removesuffix(_OPTION) not in only
            )
        if after != usual:
            run.catalog.grants[full] = after
        else:
            run.catalog.grants.pop(full, None)


def _spelled(run: Run, statement: op.Grant) -> frozenset[str]:
    every = _ALL.get("column" if statement.columns else statement.kind, ("all",))
    if statement.kind == "table" and not statement.columns and run.version >= 17:
        every = (*every, "maintain")
    named = {each for given in statement.privileges for each in (every if given == "all" else (given,))}
    named |= {f"{each}{_OPTION}" for each in named if statement.grant_option}
    if statement.columns:
        return frozenset(f"{each}({column})" for each in named for column in statement.columns)
    return frozenset(named)
