"""What is no relation, type or routine: schemas, extensions, statistics, publications, event triggers and others."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Function, Name, Type, UserType
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import (
    analysis,
    columns,
    deferral,
    drops,
    functions,
    publications,
    types,
    usertypes,
)
from contractcheck.migrations.postgresql.expressions import column_names, strip
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
KNOWN_OBJECTS = frozenset({"statistics", "publication", "event trigger", "server", "foreign data wrapper"})


def schema_of(run: Run, name: tuple[str, ...]) -> str:
    """The schema a new object of that name goes to."""
    return run.schema_for(op.Ref(name[-1], name[-2] if len(name) > 1 else None))


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
            publications.publish(run, statement.node)
            _register(run, statement)
        case "tablespace":
            run.not_in_block("CREATE TABLESPACE")
            location = statement.node.get("location", "")
            run.doubt(f"whether directory {location} exists is not known")
        case "database" | "subscription":
            run.not_in_block(f"CREATE {kind.upper()}")
        case "range type":
            number, schema = usertypes.new_type(run, op.Ref(name[-1], name[-2] if len(name) > 1 else None))
            for node in statement.node.get("params", ()):
                if node["DefElem"].get("defname") == "subtype":
                    subtype = type_ref(node["DefElem"]["arg"]["TypeName"])
                    if types.resolve(subtype, run.catalog, run.path) is None:
                        columns.unknown_type(run, subtype)
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
            if not known and run.catalog.complete and not run.catalog.opaque and not functions.foreign(run):
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
        case "constraint mode":
            deferral.set_mode(run, statement.node)
        case "notify" | "listen" | "unlisten" | "show" | "transaction mode" | "load":
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
    given = [item["StatsElem"]["expr"] for item in node.get("exprs", ()) if item.get("StatsElem", {}).get("expr")]
    used = {name for expression in given for name in column_names(expression)}
    if given:
        run.need(14, "statistics on expressions")
    for expression in given:
        analysis.sound(run, expression, table)
    for name in {n for n in names if n} | (used - {"*"}):
        if run.column(table, name).generated == "virtual":
            raise FailureError("statistics creation on virtual generated columns is not supported")
    plain = [n for n in names if n]
    if len(names) < 2 and plain:
        raise FailureError("extended statistics require at least 2 columns")
    own = statement.name
    if not own:
        run.need(16, "CREATE STATISTICS without a name")
    words = tuple(n or "expr" for n in names)
    label = own[-1] if own else run.choose(table.schema, table.name, "_".join(words), "stat")
    key = ("statistics", own[-2] if len(own) > 1 else run.home if own else table.schema, label)
    if key in run.catalog.objects:
        if statement.missing_ok:
            return
        raise FailureError(f'statistics object "{label}" already exists')
    kinds = strings(node.get("stat_types"))
    every = tuple(dict.fromkeys((*plain, *sorted(used))))
    run.catalog.objects[key] = {"table": table.number, "columns": every, "words": words, "kinds": kinds}


def alter_object(run: Run, statement: op.AlterObject) -> None:
    """Alteration of what is no relation."""
    kind, name = statement.kind, statement.name
    match kind:
        case "publication":
            if run.catalog.complete and ("publication", *name) not in run.catalog.objects:
                raise FailureError(f'publication "{name[-1]}" does not exist')
            publications.check_members(run, name[-1], statement.node)
            if statement.node.get("action") == "AP_SetObjects":  # what goes is locked as well
                for parts, node in list(run.catalog.objects.items()):
                    if parts[:2] == ("publication", *name):
                        publications.publish(run, node)
            publications.publish(run, statement.node)
            _note_change(run, statement)
        case "system" | "tablespace" | "drop database" | "drop tablespace" | "drop subscription":
            if kind != "tablespace":
                run.not_in_block(kind.upper())
        case "function":
            functions.alter_function(run, statement)
        case "dependency":
            _depend(run, statement.node)
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


def _depend(run: Run, node: op.Node) -> None:
    """ALTER ... DEPENDS ON EXTENSION: ACCESS EXCLUSIVE on the relation itself (measured)."""
    if "relation" in node and node.get("objectType") in {"OBJECT_INDEX", "OBJECT_MATVIEW", "OBJECT_TRIGGER"}:
        kind = {"OBJECT_INDEX": "index", "OBJECT_MATVIEW": "matview"}.get(node["objectType"], "table")
        found = run.relation(ref(node["relation"]), kind=kind)
        if found is not None:
            run.lock(found.number, Lock.ACCESS_EXCLUSIVE)


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
