"""Everything that is no table: types, functions, triggers, policies, rules, comments, privileges, extensions."""

from dataclasses import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Function, Name, Policy, Rule, Table, Trigger, Type, UserType
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, drops, queries, tables, types, usertypes
from contractcheck.migrations.postgresql.expressions import references, strip
from contractcheck.migrations.postgresql.nodes import options, ref, strings, type_ref, walk
from contractcheck.migrations.postgresql.run import FailureError, Run

EXTENSION_TYPES = {
    "citext": ("citext",),
    "hstore": ("hstore",),
    "ltree": ("ltree", "lquery", "ltxtquery"),
    "cube": ("cube",),
    "isn": ("ean13", "isbn", "isbn13", "issn", "issn13", "ismn", "ismn13", "upc"),
    "seg": ("seg",),
    "postgis": ("geometry", "geography", "box2d", "box3d"),
    "vector": ("vector", "halfvec", "sparsevec"),
}


def schema_of(run: Run, name: tuple[str, ...]) -> str:
    """The schema a new object of that name goes to."""
    return run.schema_for(op.Ref(name[-1], name[-2] if len(name) > 1 else None))


# -- triggers, policies, rules ----------------------------------------------------------------------------------------


def create_trigger(run: Run, statement: op.CreateTrigger) -> None:
    """CREATE TRIGGER: SHARE ROW EXCLUSIVE on the table; below a partitioned one on every partition."""
    if statement.replace:
        run.need(14, "CREATE OR REPLACE TRIGGER")
    table = run.table(statement.table, ("table", "partitioned table", "foreign table", "view"))
    run.lock(table.number, Lock.SHARE_ROW_EXCLUSIVE)
    if statement.references is not None:
        run.lock(run.table(statement.references).number, Lock.ACCESS_SHARE)
    name = statement.function
    known = any(f.name == name[-1] for overloads in run.catalog.functions.values() for f in overloads)
    if (
        run.catalog.complete
        and not known
        and not run.catalog.opaque
        and name[-1] not in BUILTIN_TRIGGERS
        and not _foreign(run)
    ):
        raise FailureError(f"function {'.'.join(name)}() does not exist")
    numbers = tuple(run.column(table, c).number for c in statement.columns)
    now = run.current(table.number)
    existing = next((t for t in now.triggers if t.name == statement.name), None)
    instead = statement.timing == INSTEAD_OF
    if run.knows(table) and (table.kind == "view") != instead and (statement.row or instead):
        raise FailureError(f'"{table.name}" is a {table.kind}: it cannot have such a trigger')
    if existing is not None and not statement.replace:
        raise FailureError(f'trigger "{statement.name}" for relation "{table.name}" already exists')
    if existing is not None and existing.parent is not None:
        raise FailureError(f'trigger "{statement.name}" for relation "{table.name}" is an internal or a child trigger')
    made = Trigger(
        number=existing.number if existing else run.catalog.number(),
        name=statement.name,
        function=name,
        columns=numbers,
        when=statement.when,
        constraint=statement.constraint,
        deferrable=statement.deferrable,
        deferred=statement.deferred,
        row=statement.row,
        timing=statement.timing,
        events=statement.events,
    )
    kept = tuple(t for t in now.triggers if t.name != statement.name)
    run.catalog.put(replace(now, triggers=(*kept, made)))
    if now.kind == "partitioned table" and statement.row:
        made_in = {table.number: made.number}
        for child in run.catalog.descendants(table.number):
            run.lock(child, Lock.SHARE_ROW_EXCLUSIVE)
            below = run.current(child)
            parent = next((made_in[n] for n in below.parents if n in made_in), made.number)
            clone = replace(made, number=run.catalog.number(), parent=parent)
            made_in[child] = clone.number
            run.catalog.put(replace(below, triggers=(*below.triggers, clone)))


INSTEAD_OF = 64  # TRIGGER_TYPE_INSTEAD
BUILTIN_TRIGGERS = frozenset(
    {"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"}
)


def _foreign(run: Run) -> bool:
    """Whether an extension is there whose functions are not listed."""
    return bool(run.catalog.extensions.keys() - {"plpgsql"})


def create_policy(run: Run, statement: op.CreatePolicy) -> None:
    """CREATE or ALTER POLICY: ACCESS EXCLUSIVE."""
    table = run.table(statement.table, ("table", "partitioned table"))
    run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
    for node, place in ((statement.using, "USING"), (statement.check, "WITH CHECK")):
        if node is not None and not any(kind == "SubLink" for kind, _ in walk(node)):
            for parts in references(node):
                if len(parts) == 1 and parts[0] not in {"*", table.name}:
                    run.column(table, parts[0])
        analysis.sound(run, node, table, boolean=f"POLICY {place}")
    now = run.current(table.number)
    existing = next((p for p in now.policies if p.name == statement.name), None)
    if statement.alter:
        if existing is None:
            if run.knows(now):
                raise FailureError(f'policy "{statement.name}" for table "{table.name}" does not exist')
            return
        changed = replace(
            existing,
            roles=statement.roles or existing.roles,
            using=statement.using if statement.using is not None else existing.using,
            check=statement.check if statement.check is not None else existing.check,
        )
        run.catalog.put(replace(now, policies=tuple(changed if p.name == existing.name else p for p in now.policies)))
        return
    if existing is not None:
        raise FailureError(f'policy "{statement.name}" for table "{table.name}" already exists')
    policy = Policy(statement.name, statement.command, statement.roles, statement.using, statement.check)
    run.catalog.put(replace(now, policies=(*now.policies, policy)))


def create_rule(run: Run, statement: op.CreateRule) -> None:
    """CREATE RULE: ACCESS EXCLUSIVE on its table, and what its actions name is looked at."""
    table = run.table(statement.table, ("table", "partitioned table", "view"))
    run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
    now = run.current(table.number)
    existing = next((r for r in now.rules if r.name == statement.name), None)
    if existing is not None and not statement.replace:
        raise FailureError(f'rule "{statement.name}" for relation "{table.name}" already exists')
    reads: set[tuple[int, int]] = set()
    scratch = Run(run.catalog.copy(), run.server, run.block, settings=run.settings)
    for action in statement.actions:
        found = queries.Reading()
        kind = next(iter(action), "")
        if kind not in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}:
            continue
        try:
            found = queries.analyse(scratch, action)
        except FailureError as failure:
            if "does not exist" in failure.why and failure.why.startswith("relation"):
                raise
        reads |= found.reads
        for number, lock in found.locks.items():
            run.lock(number, lock)
            reads.add((number, 0))
    reads = {(n, c) for n, c in reads if n != table.number}
    for parts in references({"x": [statement.where, *statement.actions]}):
        if len(parts) == 2 and parts[0] in {"new", "old"} and (used := now.column(parts[1])) is not None:
            reads.add((table.number, used.number))
    rule = Rule(
        statement.name, statement.event, statement.instead, statement.actions, statement.where, reads=frozenset(reads)
    )
    kept = tuple(r for r in now.rules if r.name != statement.name)
    run.catalog.put(replace(run.current(table.number), rules=(*kept, rule)))


def drop_of_table(run: Run, statement: op.Drop) -> None:
    """DROP TRIGGER, POLICY or RULE: ACCESS EXCLUSIVE on the table."""
    for name in statement.names:
        ref = op.Ref(name[-2], name[-3] if len(name) > 2 else None)
        table = run.relation(ref, missing_ok=statement.missing_ok)
        if not isinstance(table, Table):
            if statement.missing_ok:
                continue
            raise FailureError(f'"{ref}" is no table')
        own = name[-1]
        things: list[drops.Thing] = []
        if statement.kind == "trigger":
            trigger = next((t for t in table.triggers if t.name == own), None)
            if trigger is not None:
                if trigger.parent is not None:
                    raise FailureError(
                        f"cannot drop trigger {own} on table {table.name} because its parent requires it"
                    )
                things += [("trigger", *each) for each in _clones(run, table, trigger.number)]
        elif statement.kind == "policy" and any(p.name == own for p in table.policies):
            things.append(("policy", table.number, own))
        elif statement.kind == "rule" and any(r.name == own for r in table.rules):
            things.append(("rule", table.number, own))
        if not things:
            if statement.missing_ok:
                if not run.knows(table):
                    run.doubt(f"whether {statement.kind} {own} of {table.key} exists is not known")
                continue
            if run.knows(table):
                raise FailureError(f'{statement.kind} "{own}" for relation "{table.name}" does not exist')
            run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
            continue
        drops.delete(run, things, cascade=statement.cascade, described=f"{statement.kind} {own} on table {table.key}")


def _clones(run: Run, table: Table, which: int) -> list[tuple[int, int]]:
    """A trigger and what was made of it in partitions, as (table, trigger)."""
    found = {which}
    mine = [(table.number, which)]
    for child in run.catalog.descendants(table.number):
        here = [t.number for t in run.current(child).triggers if t.parent in found]
        found |= {*here}
        mine += [(child, each) for each in here]
    return mine


# -- functions --------------------------------------------------------------------------------------------------------


def create_function(run: Run, statement: op.CreateFunction) -> None:
    """CREATE [OR REPLACE] FUNCTION: no table is locked."""
    schema = run.schema_for(statement.name)
    key = Name(schema, statement.name.name)
    arguments = tuple(types.resolve(a, run.catalog, run.path) for a in statement.arguments)
    returns = types.resolve(statement.returns, run.catalog, run.path) if statement.returns is not None else None
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
    )
    overloads = run.catalog.functions.get(key, ())
    existing = next((f for f in overloads if f.arguments == arguments), None)
    if existing is not None:
        if not statement.replace:
            raise FailureError(f'function "{statement.name.name}" already exists with same argument types')
        if existing.returns != returns:
            raise FailureError("cannot change return type of existing function")
        if existing.procedure != statement.procedure:
            raise FailureError("cannot change routine kind")
    run.catalog.functions[key] = (*(f for f in overloads if f is not existing), made)


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
        if len(overloads) > 1:
            if any(True for _ in drops.dependents(run, ("function", *key))):
                run.doubt(f"which function {name[-1]} is used is not known")
            run.catalog.functions[key] = tuple(f for f in overloads if f is not chosen[0])
            continue
        drops.delete(run, [("function", *key)], cascade=statement.cascade, described=f"function {name[-1]}()")


# -- comments, privileges, and the rest -------------------------------------------------------------------------------


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
        key = (statement.kind, *name)
    if key is not None:
        if statement.comment is None:
            run.catalog.comments.pop(key, None)
        else:
            run.catalog.comments[key] = statement.comment


def grant(run: Run, statement: op.Grant) -> None:
    """GRANT and REVOKE: no lock on a table before 18, ACCESS SHARE from then on (measured)."""
    if statement.default or statement.in_schemas:
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
            _grant(run, (statement.kind, *name), statement)


def _grant(run: Run, key: tuple[object, ...], statement: op.Grant) -> None:
    for grantee in statement.grantees:
        full = (*key, grantee)
        before = run.catalog.grants.get(full, frozenset())
        given = frozenset(
            f"{p}({', '.join(statement.columns)})" if statement.columns else p for p in statement.privileges
        )
        after = before | given if statement.grant else (frozenset() if "all" in given else before - given)
        if after:
            run.catalog.grants[full] = after
        else:
            run.catalog.grants.pop(full, None)


NO_BLOCK = {"tablespace", "database", "drop database", "drop tablespace", "system", "subscription"}


def create_object(run: Run, statement: op.CreateObject) -> None:
    """Creation of what is no relation."""
    kind, name = statement.kind, statement.name
    match kind:
        case "schema":
            _create_schema(run, statement)
        case "extension":
            _create_extension(run, statement)
        case "statistics":
            _create_statistics(run, statement)
        case "publication":
            _publication(run, statement.node)
            _register(run, statement)
        case "tablespace":
            run.not_in_block("CREATE TABLESPACE")
            location = statement.node.get("location", "")
            run.doubt(f"whether directory {location} exists is not known")
        case "database" | "subscription":
            run.not_in_block(f"CREATE {kind.upper()}")
        case "range type":
            number, schema = usertypes.new_type(run, op.Ref(name[-1], name[-2] if len(name) > 1 else None))
            run.catalog.put_type(UserType(number, schema, name[-1], "range"))
        case "type":
            number, schema = usertypes.new_type(run, op.Ref(name[-1], name[-2] if len(name) > 1 else None))
            run.catalog.put_type(UserType(number, schema, name[-1], "base"))
        case "cast":
            source, target = (strings(statement.node[k]["names"])[-1] for k in ("sourcetype", "targettype"))
            run.catalog.objects[("cast", source, target)] = statement.node
        case "event trigger":
            if ("event trigger", *name) in run.catalog.objects:
                raise FailureError(f'event trigger "{name[-1]}" already exists')
            function = strings(statement.node.get("funcname"))[-1:]
            known = [f for k, every in run.catalog.functions.items() if (k.name,) == function for f in every]
            if not known and run.catalog.complete and not run.catalog.opaque and not _foreign(run):
                raise FailureError(f"function {'.'.join(function)}() does not exist")
            if known and all(f.returns != Type("event_trigger") for f in known):
                raise FailureError(f"function {function[0]} must return type event_trigger")
            _register(run, statement)
            run.catalog.opaque = (*run.catalog.opaque, f"event trigger {name[-1]} may run anything")
        case "aggregate":
            arguments = tuple(
                types.resolve(type_ref(fields["argType"]), run.catalog, run.path)
                for part, fields in walk(statement.node.get("args"))
                if part == "FunctionParameter"
            )
            schema = schema_of(run, name)
            made = Function(schema, name[-1], arguments, None, "i", "internal")
            run.catalog.functions[Name(schema, name[-1])] = (made,)
        case "notify" | "listen" | "unlisten" | "show" | "constraint mode" | "transaction mode" | "load":
            return
        case _:
            _register(run, statement)


def _register(run: Run, statement: op.CreateObject) -> None:
    name = statement.name
    schemaless = {
        "publication",
        "event trigger",
        "role",
        "server",
        "foreign data wrapper",
        "language",
        "user mapping",
        "access method",
    }
    full = name
    if statement.kind not in schemaless and name:
        full = (schema_of(run, name), name[-1])
    key = (statement.kind, *full)
    if key in run.catalog.objects and not statement.missing_ok and not statement.replace and name:
        raise FailureError(f'{statement.kind} "{name[-1]}" already exists')
    node = strip(dict(statement.node))
    run.catalog.objects[key] = node if isinstance(node, dict) else {}


def _create_schema(run: Run, statement: op.CreateObject) -> None:
    node = statement.node
    name = node.get("schemaname") or (node.get("authrole") or {}).get("rolename", "")
    if name in run.catalog.schemas and (name != "public" or run.catalog.complete):
        if statement.missing_ok:
            return
        raise FailureError(f'schema "{name}" already exists')
    run.catalog.schemas[name] = (node.get("authrole") or {}).get("rolename")
    if node.get("schemaElts"):
        from contractcheck.migrations.postgresql.execute import execute
        from contractcheck.migrations.postgresql.parse import read

        before = dict(run.settings)
        run.settings["search_path"] = name
        for element in node["schemaElts"]:
            execute(run, read(element))
        run.settings.clear()
        run.settings.update(before)


def _create_extension(run: Run, statement: op.CreateObject) -> None:
    name = statement.name[-1]
    if name in run.catalog.extensions:
        if statement.missing_ok:
            return
        raise FailureError(f'extension "{name}" already exists')
    given = dict(options(statement.node.get("options")))
    schema = str(given.get("schema") or run.home)
    run.catalog.extensions[name] = schema
    for label in EXTENSION_TYPES.get(name, ()):
        run.catalog.put_type(UserType(run.catalog.number(), schema, label, "base", extension=name))


def _create_statistics(run: Run, statement: op.CreateObject) -> None:
    node = statement.node
    relation = node["relations"][0]["RangeVar"]
    table = run.table(ref(relation), ("table", "partitioned table", "matview", "foreign table"))
    run.lock(table.number, Lock.SHARE_UPDATE_EXCLUSIVE)
    names = [item["StatsElem"].get("name") for item in node.get("exprs", ()) if "StatsElem" in item]
    if any(item.get("StatsElem", {}).get("expr") for item in node.get("exprs", ())):
        run.need(14, "statistics on expressions")
    for name in names:
        if name:
            run.column(table, name)
    plain = [n for n in names if n]
    if len(names) < 2 and plain:
        raise FailureError("extended statistics require at least 2 columns")
    own = statement.name
    if not own:
        run.need(16, "CREATE STATISTICS without a name")
    label = own[-1] if own else run.choose(table.schema, table.name, "_".join(plain), "stat")
    key = ("statistics", own[-2] if len(own) > 1 else run.home, label)
    if key in run.catalog.objects:
        if statement.missing_ok:
            return
        raise FailureError(f'statistics object "{label}" already exists')
    kinds = strings(node.get("stat_types"))
    run.catalog.objects[key] = {"table": table.number, "columns": tuple(plain), "kinds": kinds}


def _publication(run: Run, node: op.Node) -> None:
    """Tables named in a publication are locked in SHARE UPDATE EXCLUSIVE mode."""
    for item in node.get("pubobjects", ()):
        spec = item["PublicationObjSpec"]
        if spec.get("pubobjtype") != "PUBLICATIONOBJ_TABLE":
            run.need(15, "a publication of schemas")
            continue
        inner = spec["pubtable"]
        if inner.get("whereClause") or inner.get("columns"):
            run.need(15, "a publication's row filter or column list")
        table = run.table(ref(inner["relation"]), ("table", "partitioned table"))
        run.lock(table.number, Lock.SHARE_UPDATE_EXCLUSIVE)
        if inner["relation"].get("inh"):
            below = () if table.kind == "partitioned table" else run.catalog.descendants(table.number)
            for child in below:
                run.lock(child, Lock.SHARE_UPDATE_EXCLUSIVE)


def alter_object(run: Run, statement: op.AlterObject) -> None:
    """Alteration of what is no relation."""
    kind, name = statement.kind, statement.name
    match kind:
        case "publication":
            if run.catalog.complete and ("publication", *name) not in run.catalog.objects:
                raise FailureError(f'publication "{name[-1]}" does not exist')
            if statement.node.get("action") == "AP_SetObjects":  # what goes is locked as well
                for parts, node in list(run.catalog.objects.items()):
                    if parts[:2] == ("publication", *name):
                        _publication(run, node)
            _publication(run, statement.node)
            _note_change(run, statement)
        case "system" | "tablespace" | "drop database" | "drop tablespace" | "drop subscription":
            if kind != "tablespace":
                run.not_in_block(kind.upper())
        case "function":
            _alter_function(run, statement)
        case "extension":
            if run.catalog.complete and name[-1] not in run.catalog.extensions:
                raise FailureError(f'extension "{name[-1]}" does not exist')
            run.doubt(f"what the update of extension {name[-1]} does is not known")
        case "statistics":
            key = next((k for k in run.catalog.objects if k[0] == "statistics" and k[-1] == name[-1]), None)
            run.need(13, "ALTER STATISTICS ... SET STATISTICS")  # and it locks no table (measured)
            if key is None and run.catalog.complete:
                raise FailureError(f'statistics object "{name[-1]}" does not exist')
            _note_change(run, statement)
        case "event trigger":
            if run.catalog.complete and not run.catalog.opaque and ("event trigger", *name) not in run.catalog.objects:
                raise FailureError(f'event trigger "{name[-1]}" does not exist')
            _note_change(run, statement)
        case "server" | "foreign data wrapper" | "user mapping" | "collation" | "operator family" | "operator":
            _note_change(run, statement)
        case "text search dictionary" | "text search configuration" | "dependency":
            _note_change(run, statement)
        case "role membership" | "role" | "drop role" | "database" | "subscription" | "discard":
            return  # of the cluster or the session: no part of the schema
        case _:
            run.doubt(f"ALTER {kind} is outside the model")


def _note_change(run: Run, statement: op.AlterObject) -> None:
    """Keep an alteration that is not carried out: no table is locked by it, but the schema is another one."""
    kind, name = statement.kind, statement.name
    known = next((k for k in run.catalog.objects if k[0] == kind and name and k[-1] == name[-1]), (kind, *name))
    node = strip(dict(statement.node))
    run.catalog.objects[(*known, f"change {run.catalog.number()}")] = node if isinstance(node, dict) else {}


def _alter_function(run: Run, statement: op.AlterObject) -> None:
    name = statement.name
    for schema in (name[-2],) if len(name) > 1 else run.path:
        key = Name(schema, name[-1])
        if key in run.catalog.functions:
            given = dict(options(statement.node.get("actions")))
            if "volatility" in given:
                level = str(given["volatility"])[0]
                run.catalog.functions[key] = tuple(replace(f, volatility=level) for f in run.catalog.functions[key])
            return
    if run.catalog.complete and not run.catalog.opaque and not _foreign(run):
        raise FailureError(f"function {'.'.join(name)} does not exist")


def drop_object(run: Run, statement: op.Drop) -> None:
    """DROP SCHEMA, EXTENSION, STATISTICS, PUBLICATION and others."""
    things: list[drops.Thing] = []
    for name in statement.names:
        match statement.kind:
            case "schema":
                if name[-1] in run.catalog.schemas:
                    things.append(("schema", name[-1]))
                elif run.catalog.complete and not statement.missing_ok:
                    raise FailureError(f'schema "{name[-1]}" does not exist')
                elif not run.catalog.complete:
                    run.doubt(f"what schema {name[-1]} holds is not known")
            case "extension":
                if name[-1] in run.catalog.extensions:
                    things.append(("extension", name[-1]))
                elif run.catalog.complete and not statement.missing_ok:
                    raise FailureError(f'extension "{name[-1]}" does not exist')
            case _:
                key = next((k for k in run.catalog.objects if k[0] == statement.kind and k[-1] == name[-1]), None)
                if key is not None:
                    things.append(("object", *key))
                elif statement.kind == "cast" or not run.catalog.complete or statement.missing_ok:
                    continue
                elif statement.kind in KNOWN_OBJECTS and not run.catalog.opaque:
                    raise FailureError(f'{statement.kind} "{name[-1]}" does not exist')
    described = ", ".join(f"{statement.kind} {'.'.join(n)}" for n in statement.names)
    drops.delete(run, things, cascade=statement.cascade, described=described)


KNOWN_OBJECTS = frozenset({"statistics", "publication", "event trigger"})


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
        _rename_of_table(run, statement)
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
    run.catalog.put(row.with_column(replace(column, name=statement.new_name)))


def _rename_of_table(run: Run, statement: op.Rename) -> None:
    if statement.table is None:
        return
    found = run.relation(statement.table)
    if not isinstance(found, Table):
        return
    run.lock(found.number, Lock.ACCESS_EXCLUSIVE)
    old, new = statement.sub, statement.new_name
    if statement.kind == "trigger":
        mine = [t for t in found.triggers if t.name == old]
        if run.version >= 15 and any(t.parent is not None for t in mine):
            raise FailureError(f'cannot rename trigger "{old}" on table "{found.name}"')
        if run.knows(found) and not mine:
            raise FailureError(f'trigger "{old}" for table "{found.name}" does not exist')
        if any(t.name == new for t in found.triggers):
            raise FailureError(f'trigger "{new}" for relation "{found.name}" already exists')
        for each, which in _clones(run, found, mine[0].number) if mine and run.version >= 15 else ():
            run.lock(each, Lock.ACCESS_EXCLUSIVE)
            below = run.current(each)
            triggers = tuple(replace(t, name=new) if t.number == which else t for t in below.triggers)
            run.catalog.put(replace(below, triggers=triggers))
        now = run.current(found.number)
        run.catalog.put(
            replace(now, triggers=tuple(replace(t, name=new) if t.name == old else t for t in now.triggers))
        )
    elif statement.kind == "policy":
        if run.knows(found) and not any(p.name == old for p in found.policies):
            raise FailureError(f'policy "{old}" for table "{found.name}" does not exist')
        run.catalog.put(
            replace(found, policies=tuple(replace(p, name=new) if p.name == old else p for p in found.policies))
        )
    else:
        if run.knows(found) and not any(r.name == old for r in found.rules):
            raise FailureError(f'rule "{old}" for relation "{found.name}" does not exist')
        run.catalog.put(replace(found, rules=tuple(replace(r, name=new) if r.name == old else r for r in found.rules)))


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
        _move_function(run, name, statement.new_schema)
    elif statement.kind == "extension" and name[-1] in run.catalog.extensions:
        run.catalog.extensions[name[-1]] = statement.new_schema
        for user in list(run.catalog.types.values()):
            if user.extension == name[-1]:
                run.catalog.put_type(replace(user, schema=statement.new_schema))


def _move_function(run: Run, name: tuple[str, ...], schema: str) -> None:
    for old in (name[-2],) if len(name) > 1 else run.path:
        found = run.catalog.functions.pop(Name(old, name[-1]), None)
        if found is not None:
            there = run.catalog.functions.get(Name(schema, name[-1]), ())
            run.catalog.functions[Name(schema, name[-1])] = (*there, *(replace(f, schema=schema) for f in found))
            return
    if run.catalog.complete and not run.catalog.opaque and not _foreign(run):
        raise FailureError(f"function {'.'.join(name)} does not exist")


def set_owner(run: Run, statement: op.SetOwner) -> None:
    """OWNER TO of what is no table: no table is locked."""
    if statement.kind in {"type", "domain"}:
        found = run.catalog.lookup_type(statement.name[-1], None, run.path)
        if found is not None:
            run.catalog.put_type(replace(found, owner=statement.owner))
    elif statement.kind == "schema" and statement.name and statement.name[-1] in run.catalog.schemas:
        run.catalog.schemas[statement.name[-1]] = statement.owner
