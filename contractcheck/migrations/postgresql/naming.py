"""Names the server generates for constraints and indexes, cut to 63 bytes and numbered like its own."""

from collections.abc import Sequence

from contractcheck.migrations.catalog import Catalog, Table
from contractcheck.migrations.operations import IndexKey, Node
from contractcheck.migrations.postgresql.nodes import Fields, only, strings
from contractcheck.migrations.postgresql.run import FailureError, Run, make_name


def constraint_names(catalog: Catalog, schema: str) -> set[str]:
    """Every name of a constraint in a schema, domains' too."""
    found = {c.name for t in catalog.tables() if t.schema == schema for c in t.constraints}
    found |= {name for u in catalog.types.values() if u.schema == schema for name, _, _ in u.constraints}
    for table in catalog.tables():
        for constraint in table.constraints if table.schema == schema else ():
            other = catalog.relations.get(constraint.references or 0)
            if isinstance(other, Table) and other.kind == "partitioned table":  # one more for each partition
                count = len(catalog.descendants(other.number))
                found |= {f"{constraint.name}{between}{i}" for i in range(1, count + 1) for between in ("", "_")}
    return found | {
        c.not_null_name for t in catalog.tables() if t.schema == schema for c in t.columns if c.not_null_name
    }


def constraint_name(run: Run, table: Table, columns: Sequence[str], label: str, *, index: bool = False) -> str:
    """ChooseConstraintName(): `table_columns_label`; for one with an index also free among relations."""
    middle = "" if label == "pkey" else "_".join(columns)
    taken = constraint_names(run.catalog, table.schema)
    for attempt in range(10000):
        name = make_name(table.name, _cut(middle), label + (str(attempt) if attempt else ""))
        if name not in taken and not (index and run.catalog.lookup(name, table.schema, ()) is not None):
            return name
    raise FailureError("no free name")


def _cut(middle: str) -> str:
    """ChooseIndexNameAddition(): stops adding names at 63 bytes; the rest is cut later anyway."""
    return middle.encode()[:126].decode(errors="ignore")


def index_name(run: Run, table: Table, keys: Sequence[IndexKey], include: Sequence[str]) -> str:
    """ChooseIndexName(): `table_columns_idx`."""
    names: list[str] = []
    for key in keys:
        name = key.column or (figure(key.expression) if key.expression else None) or "expr"
        names.append(_unique(name, names))
    for column in include:
        names.append(_unique(column, names))
    return run.choose(
        table.schema, table.name, _cut("_".join(names)), "idx", constraint_names(run.catalog, table.schema)
    )


def apart(names: Sequence[str]) -> list[str]:
    """The names with numbers behind those that come again (ChooseIndexColumnNames)."""
    found: list[str] = []
    for name in names:
        found.append(_unique(name, found))
    return found


def _unique(name: str, taken: list[str]) -> str:
    found, attempt = name, 0
    while found in taken:
        attempt += 1
        found = f"{name}{attempt}"
    return found


def figure(node: Node) -> str | None:
    """FigureColname(): what a column of a query or an index is called when nobody names it; None for none."""
    kind, fields = only(node)
    match kind:
        case "ColumnRef":
            names = [f["String"].get("sval") for f in fields["fields"] if "String" in f]
            return names[-1] if names else None
        case "FuncCall":
            return strings(fields["funcname"])[-1]
        case "TypeCast":
            return figure(fields["arg"]) or strings(fields["typeName"]["names"])[-1]
        case "CollateClause":
            return figure(fields["arg"])
        case "A_Indirection":
            names = [i["String"].get("sval") for i in fields.get("indirection", ()) if "String" in i]
            return names[-1] if names else figure(fields["arg"])
        case "CaseExpr":
            return (figure(fields["defresult"]) if "defresult" in fields else None) or "case"
        case "A_ArrayExpr":
            return "array"
        case "RowExpr":
            return "row"
        case "CoalesceExpr":
            return "coalesce"
        case "MinMaxExpr":
            return "least" if fields.get("op") == "IS_LEAST" else "greatest"
        case "A_Expr":
            return "nullif" if fields.get("kind") == "AEXPR_NULLIF" else None
        case "SQLValueFunction":
            word: str = fields.get("op", "SVFOP_CURRENT_DATE").removeprefix("SVFOP_").lower()
            return word.removesuffix("_n")
        case "SubLink":
            return _sublink(fields)
        case "XmlExpr" | "XmlSerialize":
            return "xmlserialize" if kind == "XmlSerialize" else "xml"
        case "GroupingFunc":
            return "grouping"
        case _:
            return None


def _sublink(fields: Fields) -> str | None:
    match fields.get("subLinkType"):
        case "EXISTS_SUBLINK":
            return "exists"
        case "ARRAY_SUBLINK":
            return "array"
        case "EXPR_SUBLINK":
            targets = fields["subselect"].get("SelectStmt", {}).get("targetList", ())
            if targets:
                target = targets[0]["ResTarget"]
                name = target.get("name")
                return str(name) if name else figure(target["val"])
            return None
        case _:
            return None
