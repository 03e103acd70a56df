"""Statements about tables, indexes and columns, from the parser's JSON to operations."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql.nodes import (
    Fields,
    constant,
    only,
    options,
    parts,
    ref,
    role,
    strings,
    texts,
    type_ref,
)

KINDS = {
    "CONSTR_PRIMARY": "primary key",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign key",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "exclude",
    "CONSTR_NOTNULL": "not null",
}
STRATEGIES = {
    "PARTITION_STRATEGY_LIST": "list",
    "PARTITION_STRATEGY_RANGE": "range",
    "PARTITION_STRATEGY_HASH": "hash",
}


def index_key(fields: Fields, operator: str | None = None) -> op.IndexKey:
    """One element of an index."""
    return op.IndexKey(
        column=fields.get("name"),
        expression=fields.get("expr"),
        opclass=".".join(strings(fields.get("opclass"))) or None,
        collation=".".join(strings(fields.get("collation"))) or None,
        descending=fields.get("ordering") == "SORTBY_DESC",
        nulls_first={"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}.get(fields.get("nulls_ordering", "")),
        operator=operator,
    )


def constraint(fields: Fields, column: str | None = None) -> op.ConstraintDef:
    """A constraint; `column` is that of the line it stands on."""
    kind = KINDS[fields["contype"]]
    on_column = (column,) if column else ()
    keys: tuple[op.IndexKey, ...] = ()
    references = None
    columns = strings(fields.get("keys")) or on_column
    if kind == "foreign key":
        columns = strings(fields.get("fk_attrs")) or on_column
        references = op.ForeignKey(
            table=ref(fields["pktable"]),
            columns=strings(fields.get("pk_attrs")),
            on_delete=fields.get("fk_del_action", "a"),
            on_update=fields.get("fk_upd_action", "a"),
            match=fields.get("fk_matchtype", "s"),
        )
    if kind == "exclude":
        found = []
        for item in fields.get("exclusions", ()):
            element, operator = item["List"]["items"]
            found.append(index_key(element["IndexElem"], parts(operator)[-1]))
        keys = tuple(found)
        columns = tuple(key.column for key in keys if key.column)
    if kind == "check":
        columns = ()
    return op.ConstraintDef(
        kind=kind,
        name=fields.get("conname"),
        columns=columns,
        expression=fields.get("raw_expr"),
        references=references,
        validated=not fields.get("skip_validation", False),
        enforced=fields.get("is_enforced", kind not in {"check", "foreign key"}),
        deferrable=fields.get("deferrable", False),
        deferred=fields.get("initdeferred", False),
        no_inherit=fields.get("is_no_inherit", False),
        index=fields.get("indexname"),
        keys=keys,
        include=strings(fields.get("including")),
        method=fields.get("access_method", "btree"),
        predicate=fields.get("where_clause"),
        nulls_distinct=not fields.get("nulls_not_distinct", False),
        tablespace=fields.get("indexspace"),
        options=texts(fields.get("options")),
        without_overlaps=fields.get("without_overlaps", False),
        period=fields.get("fk_with_period", False),
        referenced_period=fields.get("pk_with_period", False),
    )


def column(fields: Fields) -> op.ColumnDef:
    """A column with the constraints on its line. Attributes (DEFERRABLE, NOT ENFORCED) belong to the one before."""
    name = fields.get("colname", "")
    found = op.ColumnDef(
        name=name,
        type=type_ref(fields["typeName"]) if "typeName" in fields else op.TypeRef(""),
        collation=".".join(strings(fields["collClause"]["collname"])) if "collClause" in fields else None,
        compression=fields.get("compression"),
        storage=fields.get("storage_name"),
    )
    inline: list[op.ConstraintDef] = []
    for node in fields.get("constraints", ()):
        item = node["Constraint"]
        match item["contype"]:
            case "CONSTR_NOTNULL":
                found = replace(
                    found,
                    not_null=True,
                    not_null_name=item.get("conname"),
                    not_null_no_inherit=item.get("is_no_inherit", False),
                )
            case "CONSTR_NULL":
                found = replace(found, null=True)
            case "CONSTR_DEFAULT":
                found = replace(found, default=item["raw_expr"])
            case "CONSTR_GENERATED":
                kind = "virtual" if item.get("generated_kind", "s") == "v" else "stored"
                found = replace(found, default=item["raw_expr"], generated=kind)
            case "CONSTR_IDENTITY":
                found = replace(found, identity=item.get("generated_when", "a"), sequence=options(item.get("options")))
            case "CONSTR_ATTR_DEFERRABLE":
                inline[-1] = replace(inline[-1], deferrable=True)
            case "CONSTR_ATTR_NOT_DEFERRABLE":
                inline[-1] = replace(inline[-1], deferrable=False)
            case "CONSTR_ATTR_DEFERRED":
                inline[-1] = replace(inline[-1], deferrable=True, deferred=True)
            case "CONSTR_ATTR_IMMEDIATE":
                inline[-1] = replace(inline[-1], deferred=False)
            case "CONSTR_ATTR_ENFORCED":
                inline[-1] = replace(inline[-1], enforced=True)
            case "CONSTR_ATTR_NOT_ENFORCED":
                inline[-1] = replace(inline[-1], enforced=False)
            case _:
                inline.append(constraint(item, name))
    return replace(found, constraints=tuple(inline))


def create_table(fields: Fields) -> op.Operation:
    columns, constraints, likes = [], [], []
    for node in fields.get("tableElts", ()):
        kind, item = only(node)
        if kind == "ColumnDef":
            columns.append(column(item))
        elif kind == "Constraint":
            constraints.append(constraint(item))
        elif kind == "TableLikeClause":
            likes.append(op.TableLike(ref(item["relation"]), item.get("options", 0), len(columns)))
    partition = None
    if "partspec" in fields:
        spec = fields["partspec"]
        partition = (STRATEGIES[spec["strategy"]], tuple(index_key(k["PartitionElem"]) for k in spec["partParams"]))
    return op.CreateTable(
        table=ref(fields["relation"]),
        columns=tuple(columns),
        constraints=tuple(constraints),
        likes=tuple(likes),
        parents=tuple(ref(node["RangeVar"]) for node in fields.get("inhRelations", ())),
        partition_by=partition,
        bound=fields.get("partbound"),
        options=texts(fields.get("options")),
        access_method=fields.get("accessMethod"),
        tablespace=fields.get("tablespacename"),
        of_type=type_ref(fields["ofTypename"]) if "ofTypename" in fields else None,
        missing_ok=fields.get("if_not_exists", False),
    )


def create_foreign_table(fields: Fields) -> op.Operation:
    found = create_table(fields["base"] if "base" in fields else fields["base_stmt"])
    return replace(found, foreign_server=fields.get("servername", "")) if isinstance(found, op.CreateTable) else found


def create_table_as(fields: Fields) -> op.Operation:
    into = fields["into"]
    return op.CreateTableAs(
        table=ref(into["rel"]),
        query=fields["query"],
        materialized=fields.get("objtype") == "OBJECT_MATVIEW",
        columns=strings(into.get("colNames")),
        with_data=not into.get("skipData", False),
        missing_ok=fields.get("if_not_exists", False),
    )


def create_index(fields: Fields) -> op.Operation:
    return op.CreateIndex(
        table=ref(fields["relation"]),
        keys=tuple(index_key(node["IndexElem"]) for node in fields.get("indexParams", ())),
        name=fields.get("idxname"),
        unique=fields.get("unique", False),
        concurrently=fields.get("concurrent", False),
        method=fields.get("accessMethod", "btree"),
        include=tuple(node["IndexElem"].get("name", "") for node in fields.get("indexIncludingParams", ())),
        ordered_include=any(
            node["IndexElem"].get(how, "_DEFAULT").rpartition("_")[2] != "DEFAULT"
            for node in fields.get("indexIncludingParams", ())
            for how in ("ordering", "nulls_ordering")
        ),
        predicate=fields.get("whereClause"),
        missing_ok=fields.get("if_not_exists", False),
        nulls_distinct=not fields.get("nulls_not_distinct", False),
        tablespace=fields.get("tableSpace"),
        options=texts(fields.get("options")),
    )


def alter_table(fields: Fields) -> op.Operation:
    kind = fields.get("objtype", "OBJECT_TABLE").removeprefix("OBJECT_").lower()
    kind = {"matview": "materialized view", "foreign_table": "foreign table"}.get(kind, kind)
    if kind == "type":
        commands = [node["AlterTableCmd"] for node in fields["cmds"]]
        cascade = any(each.get("behavior") == "DROP_CASCADE" for each in commands)
        return op.AlterTable(ref(fields["relation"]), tuple(map(action, commands)), "type", cascade=cascade)
    return op.AlterTable(
        table=ref(fields["relation"]),
        actions=tuple(action(node["AlterTableCmd"]) for node in fields["cmds"]),
        kind=kind,
        missing_ok=fields.get("missing_ok", False),
    )


def action(fields: Fields) -> op.Action:
    """One action of ALTER TABLE."""
    subtype = fields.get("subtype", "AT_AddColumn").removeprefix("AT_")
    reader = ACTIONS.get(subtype)
    if reader is None:
        return op.UnmodelledAction(f"ALTER TABLE action {subtype} is outside the model")
    return reader(fields)


def _name(fields: Fields) -> str:
    return str(fields.get("name", ""))


def _cascade(fields: Fields) -> bool:
    return fields.get("behavior") == "DROP_CASCADE"


def _alter_type(fields: Fields) -> op.Action:
    definition = fields["def"]["ColumnDef"]
    collation = ".".join(strings(definition["collClause"]["collname"])) if "collClause" in definition else None
    return op.AlterColumnType(_name(fields), type_ref(definition["typeName"]), definition.get("raw_default"), collation)


def _alter_constraint(fields: Fields) -> op.Action:
    kind, item = only(fields["def"])
    if kind == "Constraint":  # libpg_query up to 17
        return op.AlterConstraint(
            item.get("conname", ""), deferrable=item.get("deferrable", False), deferred=item.get("initdeferred", False)
        )
    deferrability = item.get("alterDeferrability", False)
    return op.AlterConstraint(
        item.get("conname", ""),
        deferrable=item.get("deferrable", False) if deferrability else None,
        deferred=item.get("initdeferred", False) if deferrability else None,
        enforced=item.get("is_enforced", False) if item.get("alterEnforceability") else None,
        no_inherit=item.get("noinherit", False) if item.get("alterInheritability") else None,
    )


def _identity(fields: Fields, how: str) -> op.Action:
    if how == "drop":
        return op.AlterIdentity(_name(fields), how, missing_ok=fields.get("missing_ok", False))
    kind, item = only(fields["def"])
    if kind == "Constraint":
        return op.AlterIdentity(_name(fields), how, item.get("generated_when", "a"), options(item.get("options")))
    found = options(item.get("items"))
    identity = next((chr(int(v)) if isinstance(v, int) else str(v) for k, v in found if k == "generated"), "")
    return op.AlterIdentity(_name(fields), how, identity, tuple(o for o in found if o[0] != "generated"))


def _partition(fields: Fields) -> Mapping[str, Any]:
    found: Mapping[str, Any] = fields["def"]["PartitionCmd"]
    return found


def _setting(fields: Fields, setting: str) -> op.Action:
    column_name = _name(fields) or str(fields.get("num", ""))
    value = fields.get("def")
    if setting in {"options", "reset options"}:
        return op.AlterColumnSetting(column_name, setting, texts(value["List"]["items"]) if value else ())
    return op.AlterColumnSetting(column_name, setting, constant(value) if value else None)


def _texts(fields: Fields) -> tuple[tuple[str, str], ...]:
    value = fields.get("def")
    return texts(value["List"]["items"]) if value else ()


def _trigger(state: str, name: str | None = None) -> Callable[[Fields], op.Action]:
    return lambda f: op.SetTrigger(name or _name(f), state)


def _rule(state: str) -> Callable[[Fields], op.Action]:
    return lambda f: op.SetRule(_name(f), state)


def _replica(fields: Fields) -> op.Action:
    item = fields["def"]["ReplicaIdentityStmt"]
    return op.SetTable("replica identity", (item.get("identity_type", "d"), item.get("name")))


def _default(fields: Fields) -> op.Action:
    return op.SetDefault(_name(fields), fields.get("def"))


def _sql_set(what: str) -> Callable[[Fields], op.Action]:
    return lambda f: op.SetTable(what, _name(f) or None)


ACTIONS: Mapping[str, Callable[[Fields], op.Action]] = {
    "AddColumn": lambda f: op.AddColumn(column(f["def"]["ColumnDef"]), f.get("missing_ok", False)),
    "DropColumn": lambda f: op.DropColumn(_name(f), f.get("missing_ok", False), _cascade(f)),
    "AlterColumnType": _alter_type,
    "SetNotNull": lambda f: op.SetNotNull(_name(f)),
    "DropNotNull": lambda f: op.DropNotNull(_name(f)),
    "ColumnDefault": _default,
    "SetExpression": lambda f: op.SetExpression(_name(f), f["def"]),
    "DropExpression": lambda f: op.DropExpression(_name(f), f.get("missing_ok", False)),
    "AddIdentity": lambda f: _identity(f, "add"),
    "SetIdentity": lambda f: _identity(f, "set"),
    "DropIdentity": lambda f: _identity(f, "drop"),
    "SetStatistics": lambda f: _setting(f, "statistics"),
    "SetStorage": lambda f: _setting(f, "storage"),
    "SetCompression": lambda f: _setting(f, "compression"),
    "SetOptions": lambda f: _setting(f, "options"),
    "ResetOptions": lambda f: _setting(f, "reset options"),
    "AddConstraint": lambda f: op.AddConstraint(constraint(f["def"]["Constraint"])),
    "DropConstraint": lambda f: op.DropConstraint(_name(f), f.get("missing_ok", False), _cascade(f)),
    "ValidateConstraint": lambda f: op.ValidateConstraint(_name(f)),
    "AlterConstraint": _alter_constraint,
    "AttachPartition": lambda f: op.AttachPartition(ref(_partition(f)["name"]), _partition(f).get("bound")),
    "DetachPartition": lambda f: op.DetachPartition(
        ref(_partition(f)["name"]), concurrently=_partition(f).get("concurrent", False)
    ),
    "DetachPartitionFinalize": lambda f: op.DetachPartition(ref(_partition(f)["name"]), finalize=True),
    "AddInherit": lambda f: op.Inherit(ref(f["def"]["RangeVar"])),
    "DropInherit": lambda f: op.Inherit(ref(f["def"]["RangeVar"]), add=False),
    "EnableTrig": _trigger("O"),
    "EnableAlwaysTrig": _trigger("A"),
    "EnableReplicaTrig": _trigger("R"),
    "DisableTrig": _trigger("D"),
    "EnableTrigAll": _trigger("O", "*all*"),
    "DisableTrigAll": _trigger("D", "*all*"),
    "EnableTrigUser": _trigger("O", "*user*"),
    "DisableTrigUser": _trigger("D", "*user*"),
    "EnableRule": _rule("O"),
    "EnableAlwaysRule": _rule("A"),
    "EnableReplicaRule": _rule("R"),
    "DisableRule": _rule("D"),
    "EnableRowSecurity": lambda _: op.SetRowSecurity(enabled=True),
    "DisableRowSecurity": lambda _: op.SetRowSecurity(enabled=False),
    "ForceRowSecurity": lambda _: op.SetRowSecurity(forced=True),
    "NoForceRowSecurity": lambda _: op.SetRowSecurity(forced=False),
    "SetRelOptions": lambda f: op.SetTable("options", _texts(f)),
    "ResetRelOptions": lambda f: op.SetTable("reset options", _texts(f)),
    "SetTableSpace": _sql_set("tablespace"),
    "SetAccessMethod": _sql_set("access method"),
    "SetLogged": lambda _: op.SetTable("persistence", "p"),
    "SetUnLogged": lambda _: op.SetTable("persistence", "u"),
    "ChangeOwner": lambda f: op.SetTable("owner", role({"RoleSpec": f["newowner"]})),
    "ReplicaIdentity": _replica,
    "ClusterOn": _sql_set("cluster"),
    "DropCluster": lambda _: op.SetTable("without cluster"),
    "AddOf": lambda f: op.SetTable("of type", type_ref(f["def"]["TypeName"])),
    "DropOf": lambda _: op.SetTable("of type"),
    "DropOids": lambda _: op.SetTable("without oids"),
}


READERS: Mapping[str, Callable[[Fields], op.Operation]] = {
    "CreateStmt": create_table,
    "CreateForeignTableStmt": create_foreign_table,
    "CreateTableAsStmt": create_table_as,
    "IndexStmt": create_index,
    "AlterTableStmt": alter_table,
}
