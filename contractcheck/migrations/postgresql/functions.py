"""Functions: CREATE, DROP, ALTER, and whether all of them are known."""

from collections.abc import Mapping

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Function, Name
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import drops, facts, types
from contractcheck.migrations.postgresql.nodes import options, walk
from contractcheck.migrations.postgresql.read_other import function_settings
from contractcheck.migrations.postgresql.run import FailureError, Run

ROUTINES = frozenset({"function", "procedure", "routine"})


def foreign(run: Run) -> bool:
    """Whether an extension is there whose functions are not listed."""
    return bool(run.catalog.extensions.keys() - {"plpgsql"})


def require(run: Run, kind: str, name: tuple[str, ...]) -> None:
    """Refuse a routine that nobody made and that the server does not bring along."""
    schemas = (name[-2],) if len(name) > 1 else run.path
    there = any(Name(schema, name[-1]) in run.catalog.functions for schema in schemas)
    sure = run.catalog.complete and not run.catalog.opaque and not foreign(run)
    if not there and sure and not facts.functions(name[-1]):
        raise FailureError(f"{kind} {'.'.join(name)}() does not exist")


def create_function(run: Run, statement: op.CreateFunction) -> None:
    """CREATE [OR REPLACE] FUNCTION: no table is locked."""
    schema = run.schema_for(statement.name)
    key = Name(schema, statement.name.name)
    arguments = tuple(types.resolve(a, run.catalog, run.path) for a in statement.arguments)
    returns = types.resolve(statement.returns, run.catalog, run.path) if statement.returns is not None else None
    for wanted, found in zip((*statement.arguments, statement.returns), (*arguments, returns), strict=True):
        if wanted is not None and found is None and run.catalog.lookup(wanted.name, wanted.schema, run.path) is None:
            _unknown(run, wanted)
    _body(run, statement)
    made = Function(
        schema,
        statement.name.name,
        arguments,
        returns,
        statement.volatility,
        statement.language,
        statement.body,
        statement.procedure,
        atomic=statement.atomic,
        trigger=statement.returns is not None and statement.returns.name in {"trigger", "event_trigger"},
        settings=tuple(each for each in statement.settings if each[1] is not None),
        parameters=statement.parameters,
        reads=_atomic(run, statement.atomic),
    )
    overloads = run.catalog.functions.get(key, ())
    existing = next((f for f in overloads if f.arguments == arguments), None)
    if existing is not None:
        if not statement.replace:
            raise FailureError(f'function "{statement.name.name}" already exists with same argument types')
        if existing.returns != returns:
            raise FailureError("cannot change return type of existing function")
        for old, new in zip(existing.parameters, statement.parameters, strict=False):
            if old and old != new:
                raise FailureError(f'cannot change name of input parameter "{old}"')
        if existing.procedure != statement.procedure:
            raise FailureError("cannot change routine kind")
    run.catalog.functions[key] = (*(f for f in overloads if f is not existing), made)


def _unknown(run: Run, wanted: op.TypeRef) -> None:
    from contractcheck.migrations.postgresql.columns import unknown_type
    from contractcheck.migrations.postgresql.facts import PSEUDO

    if wanted.name not in PSEUDO and "%type" not in wanted.name and wanted.name:
        unknown_type(run, wanted)


def _atomic(run: Run, body: op.Node | None) -> frozenset[tuple[int, int]]:
    """What the queries of BEGIN ATOMIC ... END read: the function depends on it (manual, CREATE FUNCTION, from 14)."""
    if body is None:
        return frozenset()
    run.need(14, "BEGIN ATOMIC")
    from contractcheck.migrations.postgresql import queries

    found: set[tuple[int, int]] = set()
    statements = [{kind: fields} for kind, fields in walk(body) if kind == "SelectStmt"]
    for statement in statements:
        scratch = Run(run.catalog.copy(), run.server, run.block, settings=run.settings)
        try:
            reading = queries.analyse(scratch, statement)
        except FailureError as failure:
            if failure.why.startswith("relation"):
                raise
            continue
        found |= reading.reads
        for number in reading.named:
            run.lock(number, Lock.ACCESS_SHARE)
    return frozenset(found)


def _body(run: Run, statement: op.CreateFunction) -> None:
    """Queries in the body of an SQL function are looked through when it is made (check_function_bodies)."""
    if statement.language != "sql" or run.settings.get("check_function_bodies", "on") in {"off", "false"}:
        return
    from contractcheck.migrations.postgresql import queries
    from contractcheck.migrations.postgresql.parse import parse

    for operation in parse(statement.body) if statement.body else ():
        if not isinstance(operation, op.Query) or operation.verb != "select":
            continue
        scratch = Run(run.catalog.copy(), run.server, run.block, settings=run.settings)
        try:
            queries.sourceless(operation.node)
            reading = queries.analyse(scratch, operation.node)
        except FailureError as failure:
            if failure.why.startswith("relation") or (
                not any(statement.parameters) and failure.why.startswith('column "')
            ):
                raise
            continue
        for number in reading.named:
            run.lock(number, Lock.ACCESS_SHARE)


def drop_function(run: Run, statement: op.Drop) -> None:
    """DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE."""
    for name, arguments in zip(statement.names, statement.arguments or (None,) * len(statement.names), strict=False):
        key = next(
            (
                Name(s, name[-1])
                for s in ((name[-2],) if len(name) > 1 else run.path)
                if Name(s, name[-1]) in run.catalog.functions
            ),
            None,
        )
        overloads = run.catalog.functions.get(key, ()) if key else ()
        chosen = list(overloads)
        if arguments is not None:
            wanted = tuple(types.resolve(a, run.catalog, run.path) for a in arguments)
            chosen = [f for f in overloads if f.arguments == wanted]
        if not chosen:
            if statement.missing_ok or not run.catalog.complete or run.catalog.opaque:
                continue
            raise FailureError(f"function {'.'.join(name)} does not exist")
        if len(chosen) > 1:
            raise FailureError(f'function name "{name[-1]}" is not unique')
        if key is None:
            continue
        if statement.kind in {"function", "procedure"} and chosen[0].procedure != (statement.kind == "procedure"):
            raise FailureError(f"{name[-1]} is not a {statement.kind}")
        if len(overloads) > 1:
            if any(True for _ in drops.dependents(run, ("function", *key))):
                run.doubt(f"which function {name[-1]} is used is not known")
            run.catalog.functions[key] = tuple(f for f in overloads if f is not chosen[0])
            continue
        drops.delete(run, [("function", *key)], cascade=statement.cascade, described=f"function {name[-1]}()")


def alter_function(run: Run, statement: op.AlterObject) -> None:
    name = statement.name
    for schema in (name[-2],) if len(name) > 1 else run.path:
        key = Name(schema, name[-1])
        if key in run.catalog.functions:
            given = dict(options(statement.node.get("actions")))
            if "volatility" in given:
                level = str(given["volatility"])[0]
                run.catalog.functions[key] = tuple(replace(f, volatility=level) for f in run.catalog.functions[key])
            set_function(run, key, function_settings(statement.node.get("actions", ())))
            return
    if run.catalog.complete and not run.catalog.opaque and not foreign(run):
        raise FailureError(f"function {'.'.join(name)} does not exist")


def set_function(run: Run, key: Name, said: Mapping[str, object]) -> None:
    """Keep what is said of a function by name; None takes it back."""
    if said:
        run.catalog.functions[key] = tuple(
            replace(
                each,
                settings=tuple(sorted((k, v) for k, v in {**dict(each.settings), **said}.items() if v is not None)),
            )
            for each in run.catalog.functions[key]
        )


def move_function(run: Run, name: tuple[str, ...], schema: str) -> None:
    for old in (name[-2],) if len(name) > 1 else run.path:
        found = run.catalog.functions.pop(Name(old, name[-1]), None)
        if found is not None:
            there = run.catalog.functions.get(Name(schema, name[-1]), ())
            run.catalog.functions[Name(schema, name[-1])] = (*there, *(replace(f, schema=schema) for f in found))
            return
    if run.catalog.complete and not run.catalog.opaque and not foreign(run):
        raise FailureError(f"function {'.'.join(name)} does not exist")
