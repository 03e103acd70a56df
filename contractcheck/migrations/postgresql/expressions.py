"""What can be said of an expression without a server: its columns, type, volatility, and what a CHECK proves."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, Function, Name, Type
from contractcheck.migrations.operations import Node, TypeRef
from contractcheck.migrations.postgresql import facts, resolution, types
from contractcheck.migrations.postgresql.nodes import Fields, only, strings, type_ref, walk

UNKNOWN = Type("unknown")

# Functions of the extensions that ship with PostgreSQL or are near universal, from their install scripts.
EXTENSION_FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "uuid_generate_v1": ("v", "uuid"),
    "uuid_generate_v1mc": ("v", "uuid"),
    "uuid_generate_v4": ("v", "uuid"),
    "uuid_generate_v3": ("i", "uuid"),
    "uuid_generate_v5": ("i", "uuid"),
    "uuid_nil": ("i", "uuid"),
    "gen_random_bytes": ("v", "bytea"),
    "gen_salt": ("v", "text"),
    "crypt": ("i", "text"),
    "digest": ("i", "bytea"),
    "hmac": ("i", "bytea"),
    "similarity": ("i", "float4"),
    "word_similarity": ("i", "float4"),
    "unaccent": ("s", "text"),
    "hstore": ("i", ""),
    "levenshtein": ("i", "int4"),
    "soundex": ("i", "text"),
}
VALUE_FUNCTIONS = {
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_CURRENT_TIME": "timetz",
    "SVFOP_CURRENT_TIME_N": "timetz",
    "SVFOP_CURRENT_TIMESTAMP": "timestamptz",
    "SVFOP_CURRENT_TIMESTAMP_N": "timestamptz",
    "SVFOP_LOCALTIME": "time",
    "SVFOP_LOCALTIME_N": "time",
    "SVFOP_LOCALTIMESTAMP": "timestamp",
    "SVFOP_LOCALTIMESTAMP_N": "timestamp",
}
ORDER = "isv"
POSITIONS = frozenset(
    {
        "location",
        "stmt_location",
        "stmt_len",
        "arg_location",
        "list_start",
        "list_end",
        "rexpr_list_start",
        "rexpr_list_end",
    }
)


class Scope(Struct, frozen=True):
    """What the names in an expression mean: the catalog, the schemas, the version, and the type of a column by name."""

    catalog: Catalog
    path: tuple[str, ...]
    version: int
    column: Callable[[tuple[str, ...]], Type | None] = lambda _: None


def references(node: Node | None) -> Iterator[tuple[str, ...]]:
    """The column references of an expression, as their parts; `*` for a star."""
    for kind, fields in walk(node):
        if kind == "ColumnRef":
            yield tuple("*" if "A_Star" in f else f["String"].get("sval", "") for f in fields["fields"])


def column_names(node: Node | None) -> frozenset[str]:
    """The names of the columns an expression of one table uses; `*` if the whole row."""
    return frozenset(parts[-1] for parts in references(node))


def strip(node: object) -> object:
    """A parsed expression without its positions: equal for what is written the same."""
    if isinstance(node, dict):
        return {key: strip(value) for key, value in node.items() if key not in POSITIONS}
    if isinstance(node, list):
        return [strip(item) for item in node]
    return node


def substitute(node: Node, old: str, new: str) -> Node:
    """The expression with a column under its new name."""

    def visit(found: object) -> object:
        if isinstance(found, dict):
            if "ColumnRef" in found:
                fields = list(found["ColumnRef"]["fields"])
                if fields and "String" in fields[-1] and fields[-1]["String"].get("sval") == old:
                    fields[-1] = {"String": {"sval": new}}
                    return {"ColumnRef": {**found["ColumnRef"], "fields": fields}}
                return found
            return {key: visit(value) for key, value in found.items()}
        return [visit(item) for item in found] if isinstance(found, list) else found

    result = visit(node)
    return result if isinstance(result, dict) else node


def calls(node: Node | None) -> Iterator[tuple[tuple[str, ...], Fields]]:
    """The function calls of an expression: the parts of the name, and the call."""
    for kind, fields in walk(node):
        if kind == "FuncCall":
            yield strings(fields["funcname"]), fields


def user_functions(parts: tuple[str, ...], scope: Scope) -> tuple[Function, ...]:
    """The functions of the user's that a name may mean."""
    for schema in (parts[-2],) if len(parts) > 1 else scope.path:
        found = scope.catalog.functions.get(Name(schema, parts[-1]))
        if found:
            return found
    return ()


def candidates(parts: tuple[str, ...], fields: Fields, scope: Scope) -> list[facts.Builtin]:
    """The built-in functions a call may mean, by number and, where they are known, by types of its arguments."""
    if len(parts) > 1 and parts[-2] != "pg_catalog":
        return []
    arguments = fields.get("args", ())
    count = len(arguments)
    found = [
        f
        for f in facts.functions(parts[-1])
        if f.since <= scope.version
        and (len(f.arguments) - f.defaults <= count <= len(f.arguments) or (f.variadic and count >= len(f.arguments)))
    ]
    if len(found) > 1:
        given = [infer(argument, scope) for argument in arguments]
        exact = [f for f in found if _matches(f, given, scope, exact=True)]
        found = exact or [f for f in found if _matches(f, given, scope, exact=False)] or found
    return found


def _matches(function: facts.Builtin, given: list[Type | None], scope: Scope, *, exact: bool) -> bool:
    for wanted, got in zip(function.arguments, given, strict=False):
        if got is None or got == UNKNOWN:
            continue
        got = types.base_type(got, scope.catalog)  # noqa: PLW2901
        name = ("_" if got.array else "") + (got.base if isinstance(got.base, str) else "")
        if name == wanted:
            continue
        if wanted.startswith("any"):
            if wanted == "anyarray" and not got.array:
                return False
            if wanted in {"anyrange", "anymultirange"} and types.category(got, scope.catalog) != "R":
                return False
            continue
        if exact or not name or types.pathway(got, Type(wanted), scope.catalog, "i") is None:
            return False
    return True


def volatility(node: Node | None, scope: Scope) -> tuple[str, str]:
    """The volatility of an expression, and the function that makes it so.

    `i` immutable, `s` stable, `v` volatile, `?` a function that is not known. As contain_volatile_functions sees it:
    functions behind operators, casts and text input count, sub-queries too.
    """
    worst, why = "i", ""
    unknown = ""
    for kind, fields in walk(node):
        found, name = "i", ""
        if kind == "FuncCall":
            parts = strings(fields["funcname"])
            name = parts[-1]
            found = call_volatility(parts, fields, scope)
        elif kind == "SQLValueFunction":
            found, name = "s", fields.get("op", "").removeprefix("SVFOP_").lower()
        elif kind == "TypeCast":
            found, name = _cast_volatility(fields, scope), "cast"
        elif kind == "A_Expr":
            found, name = _operator_volatility(fields, scope), "".join(strings(fields.get("name")))
        if found == "?":
            unknown = unknown or name
        elif ORDER.index(found) > ORDER.index(worst):
            worst, why = found, name
    return ("?", unknown) if unknown and worst != "v" else (worst, why)


def call_volatility(parts: tuple[str, ...], fields: Fields, scope: Scope) -> str:
    """The volatility of one call; `?` if the function is not known or its overloads differ."""
    mine = [f for f in user_functions(parts, scope) if len(f.arguments) == len(fields.get("args", ()))]
    mine = mine or list(user_functions(parts, scope))
    if mine:
        if len(mine) == 1 and mine[0].volatility == "v" and (body := inlined(mine[0])) is not None:
            return volatility(body, scope)[0]
        found = {f.volatility for f in mine}
        return found.pop() if len(found) == 1 else "?"
    builtin = candidates(parts, fields, scope)
    if builtin:
        kinds = {f.volatility for f in builtin}
        return kinds.pop() if len(kinds) == 1 else ("v" if kinds == {"v"} else max(kinds, key=ORDER.index))
    return EXTENSION_FUNCTIONS.get(parts[-1], ("?", ""))[0]


def missing_function(node: Node | None, scope: Scope) -> str | None:
    """A function of an expression that certainly does not exist on the server; None if there is none such."""
    if not scope.catalog.complete or scope.catalog.opaque or scope.catalog.extensions.keys() - {"plpgsql", "citext"}:
        return None
    for parts, fields in calls(node):
        if user_functions(parts, scope) or types.resolve(TypeRef(parts[-1]), scope.catalog, scope.path) is not None:
            continue
        found = facts.functions(parts[-1])
        if not found or all(f.since > scope.version for f in found) or not candidates(parts, fields, scope):
            if found and all(f.since <= scope.version for f in found) and fields.get("args"):
                continue
            return ".".join(parts)
    return None


def inlined(function: Function) -> Node | None:
    """The expression that the planner puts in place of a call of a simple SQL function (inline_function).

    None for anything but one SELECT of one value without FROM: such a call keeps its declared volatility.
    """
    if function.language != "sql" or function.procedure or function.arguments or not function.body.strip():
        return None
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        statements = orjson.loads(parse_sql_json(function.body)).get("stmts", ())
    except (ParseError, orjson.JSONDecodeError):
        return None
    if len(statements) != 1:
        return None
    fields = statements[0]["stmt"].get("SelectStmt")
    if fields is None or set(fields) - {"targetList", "limitOption", "op"} or len(fields.get("targetList", ())) != 1:
        return None
    value: Node = fields["targetList"][0]["ResTarget"]["val"]
    return None if any(kind == "SubLink" for kind, _ in walk(value)) else value


def _cast_volatility(fields: Fields, scope: Scope) -> str:
    target = types.resolve(type_ref(fields["typeName"]), scope.catalog, scope.path)
    source = infer(fields["arg"], scope)
    if target is None or source is None or source == UNKNOWN:
        return "i"  # a literal is read once, when the statement is analysed
    if types.category(target, scope.catalog) == "S" and types.pathway(source, target, scope.catalog, "e") == "io":
        return _shown(source, scope)
    if isinstance(source.base, str) and isinstance(target.base, str) and not source.array and not target.array:
        found = facts.cast(source.base, target.base)
        if found:
            return found[2]
        if source.base != target.base and types.pathway(source, target, scope.catalog, "e") == "io":
            stable = {"date", "timestamp", "timestamptz", "time", "timetz", "interval", "money", "bytea"}
            return "s" if target.base in stable or source.base in stable else "i"
    return "i"


def _operator_volatility(fields: Fields, scope: Scope) -> str:
    name = strings(fields.get("name"))[-1:]
    if not name or "rexpr" not in fields:
        return "i"
    rows = facts.operators(name[0])
    if {row[3] for row in rows} <= {"i"}:
        return "i"
    left = infer(fields["lexpr"], scope) if "lexpr" in fields else None
    right = infer(fields["rexpr"], scope) if isinstance(fields["rexpr"], dict) else None
    if right is None or ("lexpr" in fields and left is None):
        return "i"
    chosen = resolution.operator(name[0], left, right, scope.catalog)
    if name[0] == "||" and "anynonarray" in chosen.arguments:  # inlined: the value is shown as text
        shown = left if chosen.arguments[0] == "anynonarray" else right
        return "i" if shown is None else _shown(shown, scope)
    for row in rows:
        if tuple(part for part in row[:2] if part) == chosen.arguments:
            return str(row[3])
    return "i"


STABLE_TEXT = frozenset({"date", "timestamp", "timestamptz", "interval", "money", "record"})


def _shown(found: Type, scope: Scope) -> str:
    """The volatility of a type's text form (its output function)."""
    found = types.base_type(found, scope.catalog)
    if found.array or types.category(found, scope.catalog) in "REC":
        return "s"
    name = found.base if isinstance(found.base, str) else ""
    return "s" if name in STABLE_TEXT or name.startswith("reg") else "i"


def infer(node: Node, scope: Scope) -> Type | None:
    """The type of an expression as far as it can be told; `unknown` for a bare text literal, None if not known."""
    kind, fields = only(node)
    match kind:
        case "A_Const":
            return _literal(fields)
        case "TypeCast":
            return types.resolve(type_ref(fields["typeName"]), scope.catalog, scope.path)
        case "ColumnRef":
            parts = tuple("*" if "A_Star" in f else f["String"].get("sval", "") for f in fields["fields"])
            return scope.column(parts)
        case "SQLValueFunction":
            return Type(VALUE_FUNCTIONS.get(fields.get("op", ""), "name"))
        case "BoolExpr" | "NullTest" | "BooleanTest":
            return Type("bool")
        case "SubLink":
            return Type("bool") if fields.get("subLinkType") == "EXISTS_SUBLINK" else None
        case "CollateClause":
            return infer(fields["arg"], scope)
        case "CoalesceExpr" | "MinMaxExpr":
            return _common([infer(item, scope) for item in fields.get("args", ())])
        case "CaseExpr":
            results = [infer(item["CaseWhen"]["result"], scope) for item in fields.get("args", ())]
            if "defresult" in fields:
                results.append(infer(fields["defresult"], scope))
            return _common(results)
        case "A_ArrayExpr":
            found = _common([infer(item, scope) for item in fields.get("elements", ())])
            return Type(found.base, (), array=True) if found and not found.array else None
        case "FuncCall":
            return _call_type(strings(fields["funcname"]), fields, scope)
        case "A_Expr":
            return _operator_type(fields, scope)
        case _:
            return None


def _literal(fields: Fields) -> Type:
    if "ival" in fields:
        return Type("int4")
    if "fval" in fields:
        text = fields["fval"].get("fval", "0")
        return Type("int8") if text.lstrip("-").isdigit() and abs(int(text)) < 2**63 else Type("numeric")
    if "boolval" in fields:
        return Type("bool")
    if "bsval" in fields:
        return Type("bit")
    return UNKNOWN


def _common(found: list[Type | None]) -> Type | None:
    known = [f for f in found if f != UNKNOWN]
    if any(f is None for f in known):
        return None
    if not known:
        return Type("text") if found else None
    bases = {(f.base, f.array) for f in known if f}
    if len(bases) == 1:
        base, array = bases.pop()
        return Type(base, (), array)
    numeric = [n for n in ("float8", "float4", "numeric", "int8", "int4", "int2") if any(b == n for b, _ in bases)]
    return Type(numeric[0]) if numeric and len(numeric) == len(bases) else None


def _call_type(parts: tuple[str, ...], fields: Fields, scope: Scope) -> Type | None:
    mine = user_functions(parts, scope)
    if mine:
        returns = {f.returns for f in mine}
        return returns.pop() if len(returns) == 1 else None
    arguments = [infer(item, scope) for item in fields.get("args", ())]
    if parts[:-1] in {(), ("pg_catalog",)} and None not in arguments:
        chosen = resolution.function(parts[-1], arguments, scope.version, scope.catalog)
        if chosen.returns:
            return _result(chosen, arguments)
    found = candidates(parts, fields, scope)
    results = {f.returns for f in found}
    if len(results) == 1:
        return resolution.type_of(results.pop())
    if not found and parts[-1] in EXTENSION_FUNCTIONS:
        return Type(EXTENSION_FUNCTIONS[parts[-1]][1])
    return None


def _result(chosen: resolution.Choice, given: list[Type | None]) -> Type | None:
    """The type of a chosen function's result, a polymorphic one by its arguments."""
    if chosen.returns not in {"anyelement", "anycompatible", "anyarray", "anycompatiblearray"}:
        return resolution.type_of(chosen.returns)
    for wanted, found in zip(chosen.arguments, given, strict=False):
        if found is None or found == UNKNOWN:
            continue
        if wanted in {"anyarray", "anycompatiblearray"} and found.array:
            return Type(found.base, (), array="array" in chosen.returns)
        if wanted in {"anyelement", "anycompatible"} and not found.array:
            return Type(found.base, (), array="array" in chosen.returns)
    return None


def _operator_type(fields: Fields, scope: Scope) -> Type | None:
    kind = fields.get("kind", "AEXPR_OP")
    if kind == "AEXPR_NULLIF":
        return infer(fields["lexpr"], scope)
    if kind != "AEXPR_OP":
        return Type("bool")
    name = strings(fields.get("name"))[-1]
    rows = facts.operators(name)
    if {row[2] for row in rows} == {"bool"}:
        return Type("bool")
    left = infer(fields["lexpr"], scope) if "lexpr" in fields else None
    right = infer(fields["rexpr"], scope)
    if right is None or ("lexpr" in fields and left is None):
        found = left if right is None else right
        if name != "||" or found is None or found == UNKNOWN:
            return None
        return Type("text") if types.category(found, scope.catalog) == "S" else None
    chosen = resolution.operator(name, left, right, scope.catalog)
    if chosen.returns in {"anyarray", "anycompatiblearray"}:
        return next((Type(s.base, (), array=True) for s in (left, right) if s is not None and s.array), None)
    return resolution.type_of(chosen.returns) if chosen.returns else None


def conjuncts(node: Node) -> Iterator[Node]:
    """The parts of an AND, through negated ORs no further."""
    kind, fields = only(node)
    if kind == "BoolExpr" and fields.get("boolop") == "AND_EXPR":
        for item in fields["args"]:
            yield from conjuncts(item)
    else:
        yield node


def proves_not_null(check: Node, column: str) -> bool:
    """Whether a CHECK that holds means that a column is not null (NotNullImpliedByRelConstraints, weak implication).

    Only IS NOT NULL itself counts, through AND, OR, NOT IS NULL, IS DISTINCT FROM NULL; `length(c) > 0` lets null pass.
    """
    kind, fields = only(check)
    if kind == "BoolExpr":
        found = [proves_not_null(item, column) for item in fields["args"]]
        match fields.get("boolop"):
            case "AND_EXPR":
                return any(found)
            case "OR_EXPR":
                return all(found)
            case _:
                inner, negated = only(fields["args"][0])
                return (
                    inner == "NullTest"
                    and negated.get("nulltesttype", "IS_NULL") == "IS_NULL"
                    and _is_column(negated["arg"], column)
                )
    if kind == "NullTest":
        return fields.get("nulltesttype") == "IS_NOT_NULL" and _is_column(fields["arg"], column)
    if kind == "A_Expr" and fields.get("kind") == "AEXPR_DISTINCT":
        sides = [fields["lexpr"], fields["rexpr"]]
        return any(_is_column(s, column) for s in sides) and any(_is_null(s) for s in sides)
    return False


def _is_column(node: Node, column: str) -> bool:
    kind, fields = only(node)
    return kind == "ColumnRef" and strings(fields.get("fields"))[-1:] == (column,)


def _is_null(node: Node) -> bool:
    kind, fields = only(node)
    return kind == "A_Const" and bool(fields.get("isnull"))


def is_null_constant(node: Node | None) -> bool:
    """Whether an expression is NULL, casts aside: no default at all."""
    while node is not None and "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    return node is not None and _is_null(node)


def same(left: Any, right: Any) -> bool:  # noqa: ANN401 - nodes
    """Whether two expressions are written the same, positions aside."""
    return strip(left) == strip(right)
