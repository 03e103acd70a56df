"""Everything that is no table: types, functions, triggers, policies, rules, comments, privileges, extensions."""

from dataclasses import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Function, Name, Table, Type, UserType
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import (
    analysis,
    columns,
    deferral,
    drops,
    facts,
    functions,
    tables,
    triggers,
    types,
    usertypes,
)
from contractcheck.migrations.postgresql.expressions import UNKNOWN, calls, infer, strip, user_functions, volatility
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
        if statement.kind in ROUTINES:
            _routine(run, statement.kind, name)
        key = (statement.kind, *name)
    if key is not None:
        if statement.comment is None:
            run.catalog.comments.pop(key, None)
        else:
            run.catalog.comments[key] = statement.comment


def grant(run: Run, statement: op.Grant) -> None:
    """GRANT and REVOKE: no lock on a table before 18, ACCESS SHARE from then on (measured)."""
    _privileges(run, statement)
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
            if statement.kind in ROUTINES:
                _routine(run, statement.kind, name)
            _grant(run, (statement.kind, *name), statement)


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


def _routine(run: Run, kind: str, name: tuple[str, ...]) -> None:
    """Refuse a routine that nobody made and that the server does not bring along."""
    schemas = (name[-2],) if len(name) > 1 else run.path
    there = any(Name(schema, name[-1]) in run.catalog.functions for schema in schemas)
    sure = run.catalog.complete and not run.catalog.opaque and not functions.foreign(run)
    if not there and sure and not facts.functions(name[-1]):
        raise FailureError(f"{kind} {'.'.join(name)}() does not exist")


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


ROUTINES = frozenset({"function", "procedure", "routine"})
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


def _row_filter(run: Run, table: Table, condition: op.Node) -> None:
    """Refuse what a publication's WHERE may not use (check_simple_rowfilter_expr)."""
    analysis.sound(run, condition, table, boolean="PUBLICATION WHERE")
    level, _ = volatility(condition, run.scope(table))
    mine = any(user_functions(parts, run.scope()) for parts, _ in calls(condition))
    written = any(kind == "TypeCast" and _by_text(run, table, fields) for kind, fields in walk(condition))
    if level in "sv" or mine or written or any(kind == "SubLink" for kind, _ in walk(condition)):
        raise FailureError("invalid publication WHERE expression")


def _by_text(run: Run, table: Table, cast: op.Node) -> bool:
    """Whether a cast goes through the text of a value (CoerceViaIO)."""
    found = infer(cast["arg"], run.scope(table))
    target = types.resolve(type_ref(cast["typeName"]), run.catalog, run.path)
    if found is None or found == UNKNOWN or target is None:
        return False
    return types.pathway(found, target, run.catalog, "e") == "io"


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
        if table.kind == "partitioned table":
            run.need(13, "a partitioned table in a publication")
        if inner.get("whereClause"):
            _row_filter(run, table, inner["whereClause"])
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
            _check_members(run, name[-1], statement.node)
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


PRIVILEGES = {
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


def _privileges(run: Run, statement: op.Grant) -> None:
    """Refuse a privilege that such an object does not have; `TABLE` may also name a sequence."""
    known = PRIVILEGES.get(statement.kind)
    wrong = sorted({p.lower() for p in statement.privileges} - (known or set()) - {"all", "all privileges"})
    if known is None or not wrong or statement.default:
        return
    if statement.kind == "table" and wrong == ["usage"]:
        refs = [op.Ref(name[-1], name[-2] if len(name) > 1 else None) for name in statement.objects]
        if not all(isinstance(run.find(each), Table) for each in refs):
            return
    raise FailureError(f"invalid privilege type {wrong[0].upper()} for {statement.kind}")


def _members(run: Run, name: str) -> set[tuple[str, str]]:
    """The tables named in a publication, by schema and name."""
    found: set[tuple[str, str]] = set()
    for key, node in run.catalog.objects.items():
        if key[:2] != ("publication", name):
            continue
        named = {_resolved(run, item) for item in node.get("pubobjects", ())} - {None}
        match node.get("action", "AP_AddObjects"):
            case "AP_DropObjects":
                found -= named
            case "AP_SetObjects":
                found = {each for each in named if each is not None}
            case _:
                found |= {each for each in named if each is not None}
    return found


def _resolved(run: Run, item: op.Node) -> tuple[str, str] | None:
    table = item["PublicationObjSpec"].get("pubtable")
    found = run.find(ref(table["relation"])) if table is not None else None
    return (found.schema, found.name) if found is not None else None


def _check_members(run: Run, name: str, node: op.Node) -> None:
    """Refuse to add a table twice, or to drop one that is not there."""
    if not run.catalog.complete or run.catalog.opaque:
        return
    there = _members(run, name)
    for item in node.get("pubobjects", ()):
        key = _resolved(run, item)
        if key is not None and node.get("action") == "AP_AddObjects" and key in there:
            raise FailureError(f'relation "{key[1]}" is already member of publication "{name}"')
        if key is not None and node.get("action") == "AP_DropObjects" and key not in there:
            raise FailureError(f'relation "{key[1]}" is not part of the publication')


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


KNOWN_OBJECTS = frozenset({"statistics", "publication", "event trigger", "server", "foreign data wrapper"})


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
