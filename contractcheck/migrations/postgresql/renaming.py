"""RENAME, SET SCHEMA and OWNER TO of anything."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Name
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import functions, tables, triggers, usertypes
from contractcheck.migrations.postgresql.run import FailureError, Run


def rename(run: Run, statement: op.Rename) -> None:
    """RENAME of anything."""
    kind = statement.kind
    if kind in {"table", "view", "materialized view", "index", "sequence", "foreign table"}:
        tables.rename_relation(run, statement)
    elif kind in {"column", "attribute"}:
        if kind == "attribute" and statement.relation_kind == "type":
            _rename_attribute(run, statement)
        else:
            tables.rename_column(run, statement)
    elif kind == "constraint":
        tables.rename_constraint(run, statement)
    elif kind in {"trigger", "rule", "policy"}:
        triggers.rename_of_table(run, statement)
    elif kind in {"type", "domain"}:
        found = run.catalog.lookup_type(
            statement.name[-1], statement.name[-2] if len(statement.name) > 1 else None, run.path
        )
        if found is None:
            if run.catalog.complete and not run.catalog.opaque:
                raise FailureError(f'type "{".".join(statement.name)}" does not exist')
            return
        if run.catalog.type_names.get(Name(found.schema, statement.new_name)) is not None:
            raise FailureError(f'type "{statement.new_name}" already exists')
        run.catalog.put_type(replace(found, name=statement.new_name))
        if found.table is not None:
            run.catalog.put(replace(run.current(found.table), name=statement.new_name))
    elif kind == "domain constraint":
        domain = usertypes.user_type(
            run, op.Ref(statement.name[-1], statement.name[-2] if len(statement.name) > 1 else None), "domain"
        )
        if domain is not None:
            done = tuple((statement.new_name if n == statement.sub else n, e, v) for n, e, v in domain.constraints)
            run.catalog.put_type(replace(domain, constraints=done))
    elif kind == "schema":
        _rename_schema(run, statement)
    elif kind in {"function", "procedure", "routine", "aggregate"}:
        for schema in (statement.name[-2],) if len(statement.name) > 1 else run.path:
            found_functions = run.catalog.functions.pop(Name(schema, statement.name[-1]), None)
            if found_functions is not None:
                renamed = tuple(replace(f, name=statement.new_name) for f in found_functions)
                run.catalog.functions[Name(schema, statement.new_name)] = renamed
                return
    else:
        key = next(
            (k for k in run.catalog.objects if k[0] == kind and statement.name and k[-1] == statement.name[-1]), None
        )
        if key is not None:
            run.catalog.objects[(*key[:-1], statement.new_name)] = run.catalog.objects.pop(key)


def _rename_attribute(run: Run, statement: op.Rename) -> None:
    if statement.table is None or statement.sub is None:
        return
    found = usertypes.user_type(run, statement.table, "composite")
    if found is None or found.table is None:
        return
    row = run.current(found.table)
    column = run.column(row, statement.sub)
    if row.column(statement.new_name) is not None:
        raise FailureError(f'column "{statement.new_name}" of relation "{row.name}" already exists')
    typed = [t for t in run.catalog.tables() if t.of_type == found.number]
    if typed and not statement.cascade:
        raise FailureError(f'cannot alter type "{found.name}" because it is the type of a typed table')
    for table in typed:
        run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
        tables.rename_in(run, table.number, run.column(table, statement.sub), statement.new_name)
    run.catalog.put(row.with_column(replace(column, name=statement.new_name)))


def _rename_schema(run: Run, statement: op.Rename) -> None:
    """ALTER SCHEMA RENAME: no lock on any table, though every name in it changes (measured)."""
    old, new = statement.name[-1] if statement.name else statement.sub or "", statement.new_name
    if old not in run.catalog.schemas:
        if run.catalog.complete:
            raise FailureError(f'schema "{old}" does not exist')
        return
    if new in run.catalog.schemas:
        raise FailureError(f'schema "{new}" already exists')
    run.catalog.schemas[new] = run.catalog.schemas.pop(old)
    for relation in list(run.catalog.relations.values()):
        if relation.schema == old:
            run.catalog.put(replace(relation, schema=new))
    for user in list(run.catalog.types.values()):
        if user.schema == old:
            run.catalog.put_type(replace(user, schema=new))
    for key in [k for k in run.catalog.functions if k.schema == old]:
        run.catalog.functions[Name(new, key.name)] = run.catalog.functions.pop(key)


def set_schema(run: Run, statement: op.SetSchema) -> None:
    """SET SCHEMA of anything."""
    if statement.table is not None and statement.kind in {
        "table",
        "view",
        "materialized view",
        "sequence",
        "index",
        "foreign table",
    }:
        tables.set_schema(run, statement)
        return
    if run.catalog.complete and statement.new_schema not in run.catalog.schemas:
        raise FailureError(f'schema "{statement.new_schema}" does not exist')
    name = statement.name
    if statement.kind in {"type", "domain"}:
        found = run.catalog.lookup_type(name[-1], name[-2] if len(name) > 1 else None, run.path)
        if found is not None:
            run.catalog.put_type(replace(found, schema=statement.new_schema))
        elif run.catalog.complete and not run.catalog.opaque:
            raise FailureError(f'type "{".".join(name)}" does not exist')
    elif statement.kind in {"function", "procedure", "routine", "aggregate"}:
        functions.move_function(run, name, statement.new_schema)
    elif statement.kind == "extension" and name[-1] in run.catalog.extensions:
        run.catalog.extensions[name[-1]] = statement.new_schema
        for user in list(run.catalog.types.values()):
            if user.extension == name[-1]:
                run.catalog.put_type(replace(user, schema=statement.new_schema))


def set_owner(run: Run, statement: op.SetOwner) -> None:
    """OWNER TO of what is no table: no table is locked."""
    if statement.kind in {"type", "domain"}:
        found = run.catalog.lookup_type(statement.name[-1], None, run.path)
        if found is not None:
            run.catalog.put_type(replace(found, owner=statement.owner))
    elif statement.kind in {"function", "procedure", "routine"}:
        home = (statement.name[-2],) if len(statement.name) > 1 else run.path
        key = next((k for s in home if (k := Name(s, statement.name[-1])) in run.catalog.functions), None)
        if key is not None:
            functions.set_function(run, key, {"owner": statement.owner})
    elif statement.kind == "schema" and statement.name and statement.name[-1] in run.catalog.schemas:
        run.catalog.schemas[statement.name[-1]] = statement.owner
