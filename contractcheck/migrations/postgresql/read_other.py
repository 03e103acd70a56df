"""Statements about everything but tables, from the parser's JSON to operations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.expressions import strip
from contractcheck.migrations.postgresql.nodes import (
    Fields,
    constant,
    named,
    only,
    options,
    parts,
    ref,
    role,
    strings,
    texts,
    type_ref,
)
from contractcheck.migrations.postgresql.read_tables import column, constraint

OBJECTS = {
    "matview": "materialized view",
    "tabconstraint": "constraint",
    "domconstraint": "domain constraint",
    "statistic_ext": "statistics",
    "event_trigger": "event trigger",
    "foreign_table": "foreign table",
    "foreign_server": "server",
    "opclass": "operator class",
    "opfamily": "operator family",
    "access_method": "access method",
    "tsdictionary": "text search dictionary",
    "tsparser": "text search parser",
    "tstemplate": "text search template",
    "tsconfiguration": "text search configuration",
    "fdw": "foreign data wrapper",
    "largeobject": "large object",
}


def kind(word: str | None) -> str:
    """`OBJECT_MATVIEW` as `materialized view`."""
    name = (word or "OBJECT_TABLE").removeprefix("OBJECT_").lower()
    return OBJECTS.get(name, name)


def drop(fields: Fields) -> op.Operation:
    objects = fields.get("objects", ())
    arguments: list[tuple[op.TypeRef, ...] | None] = []
    for node in objects:
        found = node.get("ObjectWithArgs")
        if found is None or found.get("args_unspecified"):
            arguments.append(None)
        else:
            arguments.append(tuple(type_ref(a["TypeName"]) for a in found.get("objargs", ()) if "TypeName" in a))
    return op.Drop(
        kind=kind(fields.get("removeType")),
        names=tuple(parts(node) for node in objects),
        missing_ok=fields.get("missing_ok", False),
        cascade=fields.get("behavior") == "DROP_CASCADE",
        concurrently=fields.get("concurrent", False),
        arguments=tuple(arguments),
    )


def rename(fields: Fields) -> op.Operation:
    what = kind(fields.get("renameType"))
    name = parts(fields["object"]) if "object" in fields else ()
    if not name and "relation" not in fields and fields.get("subname"):
        name = (fields["subname"],)
    return op.Rename(
        kind=what,
        new_name=fields["newname"],
        table=ref(fields["relation"]) if "relation" in fields else None,
        sub=fields.get("subname"),
        name=name,
        relation_kind=kind(fields.get("relationType")),
        missing_ok=fields.get("missing_ok", False),
        cascade=fields.get("behavior") == "DROP_CASCADE",
    )


def set_schema(fields: Fields) -> op.Operation:
    return op.SetSchema(
        kind=kind(fields.get("objectType")),
        new_schema=fields["newschema"],
        table=ref(fields["relation"]) if "relation" in fields else None,
        name=parts(fields["object"]) if "object" in fields else (),
        missing_ok=fields.get("missing_ok", False),
    )


def owner(fields: Fields) -> op.Operation:
    name = parts(fields["object"]) if "object" in fields else ()
    if not name and "relation" in fields:
        name = parts({"RangeVar": fields["relation"]})
    return op.SetOwner(kind(fields.get("objectType")), name, role({"RoleSpec": fields["newowner"]}))


def truncate(fields: Fields) -> op.Operation:
    return op.Truncate(
        tuple(ref(node["RangeVar"]) for node in fields["relations"]),
        cascade=fields.get("behavior") == "DROP_CASCADE",
        restart=fields.get("restart_seqs", False),
    )


def alter_enum(fields: Fields) -> op.Operation:
    return op.AlterEnum(
        name=named(strings(fields["typeName"])),
        new=fields["newVal"],
        old=fields.get("oldVal"),
        neighbour=fields.get("newValNeighbor"),
        after=fields.get("newValIsAfter", False),
        missing_ok=fields.get("skipIfNewValExists", False),
    )


def create_domain(fields: Fields) -> op.Operation:
    line = column({"colname": "", "typeName": fields["typeName"], "constraints": fields.get("constraints", ())})
    constraints = line.constraints
    if line.not_null:
        constraints = (op.ConstraintDef("not null", line.not_null_name), *constraints)
    collation = ".".join(strings(fields["collClause"]["collname"])) if "collClause" in fields else None
    return op.CreateDomain(named(strings(fields["domainname"])), line.type, constraints, line.default, collation)


def alter_domain(fields: Fields) -> op.Operation:
    name = named(strings(fields["typeName"]))
    action = {"T": "default", "N": "drop not null", "O": "set not null", "C": "add", "X": "drop", "V": "validate"}
    what = action[fields["subtype"]]
    return op.AlterDomain(
        name=name,
        action=what,
        constraint=constraint(fields["def"]["Constraint"]) if what == "add" else None,
        constraint_name=fields.get("name"),
        default=fields.get("def") if what == "default" else None,
        missing_ok=fields.get("missing_ok", False),
        cascade=fields.get("behavior") == "DROP_CASCADE",
    )


def create_composite(fields: Fields) -> op.Operation:
    columns = tuple(column(node["ColumnDef"]) for node in fields.get("coldeflist", ()))
    return op.CreateComposite(ref(fields["typevar"]), columns)


def create_function(fields: Fields) -> op.Operation:
    arguments = []
    for node in fields.get("parameters", ()):
        item = node["FunctionParameter"]
        if item.get("mode", "FUNC_PARAM_IN") not in {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}:
            arguments.append(type_ref(item["argType"]))
    volatility, language, body = "v", "sql", ""
    for node in fields.get("options", ()):
        item = node["DefElem"]
        match item.get("defname"):
            case "volatility":
                volatility = str(constant(item["arg"]))[0]
            case "language":
                language = str(constant(item["arg"])).lower()
            case "as":
                body = "\n".join(parts(item["arg"]))
    parameters = [
        strip({k: v for k, v in n["FunctionParameter"].items() if k != "argType"}) for n in fields.get("parameters", ())
    ]
    if any(each != {"mode": "FUNC_PARAM_DEFAULT"} for each in parameters):
        settings = {"parameters": parameters, **function_settings(fields.get("options", ()))}
    else:
        settings = function_settings(fields.get("options", ()))
    return op.CreateFunction(
        name=named(strings(fields["funcname"])),
        arguments=tuple(arguments),
        returns=type_ref(fields["returnType"]) if "returnType" in fields else None,
        volatility=volatility,
        language=language,
        body=body,
        replace=fields.get("replace", False),
        procedure=fields.get("is_procedure", False),
        atomic=fields.get("sql_body"),
        parameters=tuple(
            node["FunctionParameter"].get("name", "")
            for node in fields.get("parameters", ())
            if node["FunctionParameter"].get("mode", "FUNC_PARAM_IN") not in {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}
        ),
        settings=tuple(sorted(settings.items())),
    )


_PLAIN = {"strict": False, "security": False, "leakproof": False, "window": False, "parallel": "unsafe"}
_OWN = {"volatility", "language", "as"}


def function_settings(elements: Sequence[Node]) -> dict[str, object]:
    """What CREATE and ALTER FUNCTION say by name; None for what is as it is where nothing is said."""
    found: dict[str, object] = {}
    for node in elements:
        item = node["DefElem"]
        name, value = item.get("defname", ""), item.get("arg", {})
        if name in _OWN:
            continue
        if name == "set":
            setting = value.get("VariableSetStmt", {})
            reset = setting.get("kind") in {"VAR_RESET", "VAR_SET_DEFAULT"}
            found[f"set {setting.get('name', '')}"] = None if reset else strip(setting)
        else:
            plain = constant(value)
            found[name] = None if name in _PLAIN and plain == _PLAIN[name] else strip(value)
    return found


def create_trigger(fields: Fields) -> op.Operation:
    return op.CreateTrigger(
        name=fields["trigname"],
        table=ref(fields["relation"]),
        function=strings(fields["funcname"]),
        columns=strings(fields.get("columns")),
        when=fields.get("whenClause"),
        replace=fields.get("replace", False),
        constraint=fields.get("isconstraint", False),
        deferrable=fields.get("deferrable", False),
        deferred=fields.get("initdeferred", False),
        row=fields.get("row", False),
        timing=fields.get("timing", 0),
        events=fields.get("events", 0),
        references=ref(fields["constrrel"]) if "constrrel" in fields else None,
    )


def create_policy(fields: Fields) -> op.Operation:
    return op.CreatePolicy(
        name=fields["policy_name"],
        table=ref(fields["table"]),
        command=fields.get("cmd_name", "all"),
        roles=tuple(role(node) for node in fields.get("roles", ())),
        using=fields.get("qual"),
        check=fields.get("with_check"),
        alter="cmd_name" not in fields,
    )


def create_rule(fields: Fields) -> op.Operation:
    return op.CreateRule(
        name=fields["rulename"],
        table=ref(fields["relation"]),
        event=fields["event"].removeprefix("CMD_").lower(),
        instead=fields.get("instead", False),
        actions=tuple(fields.get("actions", ())),
        where=fields.get("whereClause"),
        replace=fields.get("replace", False),
    )


def comment(fields: Fields) -> op.Operation:
    return op.Comment(kind(fields.get("objtype")), parts(fields["object"]), fields.get("comment"))


def grant(fields: Fields) -> op.Grant:
    privileges = []
    columns: list[str] = []
    for node in fields.get("privileges", ()):
        item = node["AccessPriv"]
        privileges.append(item.get("priv_name", "all"))
        columns += strings(item.get("cols"))
    return op.Grant(
        grant=fields.get("is_grant", False),
        kind=kind(fields.get("objtype")),
        objects=tuple(parts(node) for node in fields.get("objects", ())),
        privileges=tuple(privileges) or ("all",),
        grantees=tuple(role(node) for node in fields.get("grantees", ())),
        default=fields.get("targtype") == "ACL_TARGET_DEFAULTS",
        in_schemas=fields.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA",
        columns=tuple(columns),
        grant_option=fields.get("grant_option", False),
    )


def default_privileges(fields: Fields) -> op.Operation:
    """ALTER DEFAULT PRIVILEGES: as a grant whose objects are the schemas and the roles that it is limited to."""
    found = grant(fields["action"])
    limits = []
    for node in fields.get("options", ()):
        item = node["DefElem"]
        limits += [(item.get("defname", ""), *parts(each)) for each in only(item.get("arg", {}))[1].get("items", ())]
    return replace(found, objects=tuple(sorted(limits)))


def maintain_vacuum(fields: Fields) -> op.Operation:
    given = texts(fields.get("options"))
    flags = {name for name, value in given if value in {"true", "on", "1"}}
    return op.Maintain(
        what="vacuum" if fields.get("is_vacuumcmd") else "analyze",
        relations=tuple(ref(node["VacuumRelation"]["relation"]) for node in fields.get("rels", ())),
        full="full" in flags,
        options=given,
    )


def cluster(fields: Fields) -> op.Operation:
    relations = (ref(fields["relation"]),) if "relation" in fields else ()
    return op.Maintain("cluster", relations, index=fields.get("indexname"))


def reindex(fields: Fields) -> op.Operation:
    given = texts(fields.get("params"))
    return op.Maintain(
        what="reindex",
        relations=(ref(fields["relation"]),) if "relation" in fields else (),
        concurrently=any(name == "concurrently" and value in {"true", "on", "1"} for name, value in given),
        scope=fields["kind"].removeprefix("REINDEX_OBJECT_").lower(),
        name=fields.get("name"),
        options=given,
    )


def query(verb: str) -> Callable[[Fields], op.Operation]:
    def reader(fields: Fields) -> op.Operation:
        if verb == "select" and "intoClause" in fields:
            into = fields["intoClause"]
            rest = {key: value for key, value in fields.items() if key != "intoClause"}
            return op.CreateTableAs(ref(into["rel"]), {"SelectStmt": rest}, columns=strings(into.get("colNames")))
        return op.Query(verb, {_QUERY_NODES[verb]: fields})

    return reader


_QUERY_NODES = {
    "select": "SelectStmt",
    "insert": "InsertStmt",
    "update": "UpdateStmt",
    "delete": "DeleteStmt",
    "merge": "MergeStmt",
    "copy": "CopyStmt",
    "explain": "ExplainStmt",
    "call": "CallStmt",
}


def block(fields: Fields) -> op.Operation:
    language, body = "plpgsql", ""
    for node in fields.get("args", ()):
        item = node["DefElem"]
        if item.get("defname") == "language":
            language = str(constant(item["arg"])).lower()
        elif item.get("defname") == "as":
            body = str(constant(item["arg"]))
    return op.Block(language, body)


def set_variable(fields: Fields) -> op.Operation:
    what = fields.get("kind", "VAR_SET_VALUE")
    name = str(fields.get("name", "")).lower()
    if what == "VAR_RESET_ALL":
        return op.SetVariable("all", None)
    values = [constant(node) for node in fields.get("args", ())]
    if what == "VAR_SET_VALUE" and values:
        return op.SetVariable(name, ",".join(_setting(v) for v in values), fields.get("is_local", False))
    if what == "VAR_SET_MULTI":
        return op.CreateObject("transaction mode", (name,))
    return op.SetVariable(name, None, fields.get("is_local", False))


def _setting(value: Any) -> str:  # noqa: ANN401 - a literal of any type
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def transaction(fields: Fields) -> op.Operation:
    what = fields.get("kind", "TRANS_STMT_BEGIN").removeprefix("TRANS_STMT_").lower()
    return op.Transaction("begin" if what == "start" else what, fields.get("savepoint_name"))


def create_view(fields: Fields) -> op.Operation:
    given = list(texts(fields.get("options")))
    check = fields.get("withCheckOption", "NO_CHECK_OPTION")
    if check != "NO_CHECK_OPTION":
        given.append(("check_option", check.removesuffix("_CHECK_OPTION").lower()))
    return op.CreateView(
        view=ref(fields["view"]),
        query=fields["query"],
        columns=strings(fields.get("aliases")),
        replace=fields.get("replace", False),
        options=tuple(given),
    )


def refresh(fields: Fields) -> op.Operation:
    concurrent = fields.get("concurrent", False)
    return op.RefreshView(ref(fields["relation"]), concurrently=concurrent, with_data=not fields.get("skipData", False))


def create(what: str, *keys: str) -> Callable[[Fields], op.Operation]:
    """A reader of objects whose name stands under the first of `keys` that is there."""

    def reader(fields: Fields) -> op.Operation:
        name: tuple[str, ...] = ()
        for key in keys:
            found = fields.get(key)
            if isinstance(found, str):
                name = (found,)
            elif isinstance(found, list):
                name = strings(found)
            elif isinstance(found, dict):
                name = parts(found) if len(found) == 1 else strings(found.get("names"))
            if name:
                break
        return op.CreateObject(
            what or kind(fields["kind"]),
            name,
            missing_ok=bool(fields.get("if_not_exists") or fields.get("missing_ok")),
            replace=bool(fields.get("replace")),
            node=fields,
        )

    return reader


def alter(what: str, *keys: str) -> Callable[[Fields], op.Operation]:
    make = create(what, *keys)

    def reader(fields: Fields) -> op.Operation:
        found = make(fields)
        return op.AlterObject(found.kind, found.name, found.node) if isinstance(found, op.CreateObject) else found

    return reader


def alter_function(fields: Fields) -> op.Operation:
    return op.AlterObject("function", strings(fields["func"].get("objname")), fields)


def lock(fields: Fields) -> op.Operation:
    tables = tuple(ref(node["RangeVar"]) for node in fields.get("relations", ()))
    return op.LockTable(tables, fields.get("mode", 8), fields.get("nowait", False))


def sequence(make: Callable[..., op.Operation]) -> Callable[[Fields], op.Operation]:
    return lambda f: make(
        ref(f["sequence"]), options(f.get("options")), bool(f.get("if_not_exists") or f.get("missing_ok"))
    )


_MANY = 2**40  # FETCH ALL is the greatest number there is


READERS: Mapping[str, Callable[[Fields], op.Operation]] = {
    "DropStmt": drop,
    "RenameStmt": rename,
    "AlterObjectSchemaStmt": set_schema,
    "AlterOwnerStmt": owner,
    "TruncateStmt": truncate,
    "CreateEnumStmt": lambda f: op.CreateEnum(named(strings(f["typeName"])), strings(f.get("vals"))),
    "AlterEnumStmt": alter_enum,
    "CreateDomainStmt": create_domain,
    "AlterDomainStmt": alter_domain,
    "CompositeTypeStmt": create_composite,
    "CreateFunctionStmt": create_function,
    "AlterFunctionStmt": alter_function,
    "CreateTrigStmt": create_trigger,
    "CreatePolicyStmt": create_policy,
    "AlterPolicyStmt": create_policy,
    "RuleStmt": create_rule,
    "CommentStmt": comment,
    "SecLabelStmt": lambda f: op.Comment(kind(f.get("objtype")), parts(f["object"]), None),
    "GrantStmt": grant,
    "AlterDefaultPrivilegesStmt": default_privileges,
    "GrantRoleStmt": alter("role membership"),
    "VacuumStmt": maintain_vacuum,
    "ClusterStmt": cluster,
    "ReindexStmt": reindex,
    "CheckPointStmt": lambda _: op.Maintain("checkpoint"),
    "LockStmt": lock,
    "CreateSeqStmt": sequence(op.CreateSequence),
    "AlterSeqStmt": sequence(op.AlterSequence),
    "SelectStmt": query("select"),
    "InsertStmt": query("insert"),
    "UpdateStmt": query("update"),
    "DeleteStmt": query("delete"),
    "MergeStmt": query("merge"),
    "CopyStmt": query("copy"),
    "ExplainStmt": query("explain"),
    "CallStmt": query("call"),
    "DoStmt": block,
    "VariableSetStmt": set_variable,
    "VariableShowStmt": lambda f: op.CreateObject("show", (str(f.get("name", "")),)),
    "TransactionStmt": transaction,
    "ViewStmt": create_view,
    "RefreshMatViewStmt": refresh,
    "CreateSchemaStmt": create("schema", "schemaname"),
    "CreateExtensionStmt": create("extension", "extname"),
    "AlterExtensionStmt": alter("extension", "extname"),
    "AlterExtensionContentsStmt": alter("extension", "extname"),
    "CreateStatsStmt": create("statistics", "defnames"),
    "AlterStatsStmt": alter("statistics", "defnames"),
    "CreatePublicationStmt": create("publication", "pubname"),
    "AlterPublicationStmt": alter("publication", "pubname"),
    "CreateSubscriptionStmt": create("subscription", "subname"),
    "AlterSubscriptionStmt": alter("subscription", "subname"),
    "DropSubscriptionStmt": alter("drop subscription", "subname"),
    "CreateEventTrigStmt": create("event trigger", "trigname"),
    "AlterEventTrigStmt": alter("event trigger", "trigname"),
    "CreateRoleStmt": create("role", "role"),
    "AlterRoleStmt": alter("role"),
    "AlterRoleSetStmt": alter("role"),
    "DropRoleStmt": alter("drop role"),
    "AlterDatabaseStmt": alter("database", "dbname"),
    "AlterDatabaseSetStmt": alter("database", "dbname"),
    "AlterDatabaseRefreshCollStmt": alter("database", "dbname"),
    "CreatedbStmt": create("database", "dbname"),
    "DropdbStmt": alter("drop database", "dbname"),
    "AlterSystemStmt": alter("system"),
    "CreateTableSpaceStmt": create("tablespace", "tablespacename"),
    "DropTableSpaceStmt": alter("drop tablespace", "tablespacename"),
    "AlterTableSpaceOptionsStmt": alter("tablespace", "tablespacename"),
    "CreateForeignServerStmt": create("server", "servername"),
    "AlterForeignServerStmt": alter("server", "servername"),
    "CreateFdwStmt": create("foreign data wrapper", "fdwname"),
    "AlterFdwStmt": alter("foreign data wrapper", "fdwname"),
    "CreateUserMappingStmt": create("user mapping", "servername"),
    "AlterUserMappingStmt": alter("user mapping", "servername"),
    "DropUserMappingStmt": alter("user mapping", "servername"),
    "CreateCastStmt": create("cast"),
    "CreateRangeStmt": create("range type", "typeName"),
    "DefineStmt": create("", "defnames"),
    "CreateConversionStmt": create("conversion", "conversion_name"),
    "CreateOpClassStmt": create("operator class", "opclassname"),
    "CreateOpFamilyStmt": create("operator family", "opfamilyname"),
    "AlterOpFamilyStmt": alter("operator family", "opfamilyname"),
    "AlterOperatorStmt": alter("operator"),
    "CreatePLangStmt": create("language", "plname"),
    "CreateTransformStmt": create("transform"),
    "CreateAmStmt": create("access method", "amname"),
    "AlterTSDictionaryStmt": alter("text search dictionary", "dictname"),
    "AlterTSConfigurationStmt": alter("text search configuration", "cfgname"),
    "AlterCollationStmt": alter("collation", "collname"),
    "PrepareStmt": lambda f: op.Session("prepare", f["name"], f["query"]),
    "ExecuteStmt": lambda f: op.Session("execute", f["name"]),
    "DeallocateStmt": lambda f: op.Session("deallocate", f.get("name", "")),
    "DeclareCursorStmt": lambda f: op.Session("declare", f["portalname"], f["query"], options=f.get("options", 0)),
    "FetchStmt": lambda f: op.Session("fetch", f["portalname"], everything=int(f.get("howMany", 0)) > _MANY),
    "ClosePortalStmt": lambda f: op.Session("close", f.get("portalname", "")),
    "NotifyStmt": create("notify"),
    "ListenStmt": create("listen"),
    "UnlistenStmt": create("unlisten"),
    "DiscardStmt": alter("discard", "target"),
    "ConstraintsSetStmt": create("constraint mode"),
    "LoadStmt": create("load"),
    "AlterObjectDependsStmt": alter("dependency"),
}


def first(statement: op.Node) -> str:
    """The kind of a parsed statement (`AlterTableStmt`)."""
    return only(statement)[0]
