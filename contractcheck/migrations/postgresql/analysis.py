"""What the server refuses in an expression before any row is looked at, and how it writes the expression down."""

from contractcheck.migrations.catalog import Table, Type
from contractcheck.migrations.operations import Node, TypeRef
from contractcheck.migrations.postgresql import facts, resolution, types
from contractcheck.migrations.postgresql.expressions import (
    EXTENSION_FUNCTIONS,
    UNKNOWN,
    Scope,
    infer,
    missing_function,
    user_functions,
)
from contractcheck.migrations.postgresql.nodes import constant, nested, only, strings, type_ref
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import RefusedError, coerce


class WrongError(Exception):
    """The server refuses the expression; says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def problem(node: Node | None, scope: Scope, *, boolean: str = "") -> str | None:
    """Why the server certainly refuses an expression; None if it does not, as far as can be told.

    `boolean` names the place whose argument must be a truth value (`CHECK`).
    """
    if node is None or not certain(scope):
        return None
    try:
        found = _check(node, scope)
        if boolean:
            _truth(found, node, boolean, scope)
    except WrongError as wrong:
        return wrong.why
    return None


# Extensions that bring functions at most, none that is named as a built-in one is.
NO_OPERATORS = frozenset({"plpgsql", "file_fdw", "postgres_fdw", "dblink", "pg_stat_statements", "uuid-ossp"})


def certain(scope: Scope) -> bool:
    """Whether every function and operator is known: nothing was made outside the history, or by an extension."""
    catalog = scope.catalog
    return (
        catalog.complete
        and not catalog.opaque
        and not catalog.extensions.keys() - NO_OPERATORS
        and not any(key[0] in {"operator", "aggregate", "function"} for key in catalog.objects)
    )


def _words(found: Type | None, scope: Scope) -> str:
    return types.words(found, scope.catalog) if found is not None else "unknown"


def _truth(found: Type | None, node: Node, place: str, scope: Scope) -> None:
    if found is None:
        return
    if found == UNKNOWN:
        _read(node, "bool", scope)
    elif types.base_type(found, scope.catalog) != Type("bool"):
        raise WrongError(f"argument of {place} must be type boolean, not type {_words(found, scope)}")


def _read(node: Node, wanted: str, scope: Scope) -> None:
    """Refuse a bare literal that a type does not read."""
    value = constant(node) if "A_Const" in node else None
    if wanted in {"anyarray", "anycompatiblearray"} and isinstance(value, str) and value.strip()[:1] not in {"{", "["}:
        raise WrongError(f'malformed array literal: "{value}"')
    target = resolution.type_of(wanted)
    if isinstance(value, str) and target is not None:
        try:
            coerce(value, target, scope.catalog)
        except RefusedError as refusal:
            raise WrongError(str(refusal)) from refusal


def _check(node: Node, scope: Scope) -> Type | None:
    """The type of an expression as `infer` has it. Raises WrongError for what is certainly refused."""
    kind, fields = only(node)
    match kind:
        case "BoolExpr":
            word = fields.get("boolop", "AND_EXPR").removesuffix("_EXPR")
            for item in fields["args"]:
                _truth(_check(item, scope), item, word, scope)
        case "A_Expr":
            return _operator(node, fields, scope)
        case "FuncCall":
            return _function(node, fields, scope)
        case "TypeCast":
            source = _check(fields["arg"], scope)
            target = types.resolve(type_ref(fields["typeName"]), scope.catalog, scope.path)
            if source is not None and target is not None and source != UNKNOWN:
                _castable(source, target, scope)
        case "NullTest" | "CollateClause":
            inner = _check(fields["arg"], scope)
            if kind == "CollateClause" and inner is not None and inner != UNKNOWN and not _collates(inner, scope):
                raise WrongError(f"collations are not supported by type {_words(inner, scope)}")
        case "BooleanTest":
            _truth(_check(fields["arg"], scope), fields["arg"], "IS TRUE", scope)
        case "CoalesceExpr" | "MinMaxExpr":
            for item in fields.get("args", ()):
                _check(item, scope)
        case "CaseExpr":
            for item in fields.get("args", ()):
                when = item["CaseWhen"]
                found = _check(when["expr"], scope)
                if "arg" not in fields:
                    _truth(found, when["expr"], "CASE/WHEN", scope)
                _check(when["result"], scope)
            if "defresult" in fields:
                _check(fields["defresult"], scope)
        case "A_ArrayExpr":
            for item in fields.get("elements", ()):
                _check(item, scope)
        case _:
            pass
    return infer(node, scope)


def _castable(source: Type, target: Type, scope: Scope) -> None:
    none = types.pathway(source, target, scope.catalog, "e") is None
    if none or types.too_young(source, target, scope.version, scope.catalog):
        raise WrongError(f"cannot cast type {_words(source, scope)} to {_words(target, scope)}")


def _collates(found: Type, scope: Scope) -> bool:
    found = types.base_type(found, scope.catalog)
    if isinstance(found.base, str):
        return facts.collatable(found.base)
    return types.category(found, scope.catalog) == "S"


_OPERATORS = {
    "AEXPR_DISTINCT": "=",
    "AEXPR_NOT_DISTINCT": "=",
    "AEXPR_NULLIF": "=",
    "AEXPR_OP": "",
    "AEXPR_LIKE": "",
    "AEXPR_ILIKE": "",
}


def _sides(fields: Node) -> list[tuple[str, Node | None, Node]]:
    """The comparisons an operator expression stands for: name, left (None for a prefix), right."""
    kind, name = fields.get("kind", "AEXPR_OP"), strings(fields.get("name"))[-1]
    left: Node | None = fields.get("lexpr")
    if kind in _OPERATORS:
        return [(_OPERATORS[kind] or name, left, fields["rexpr"])]
    items: list[Node] = fields["rexpr"].get("List", {}).get("items", []) if isinstance(fields["rexpr"], dict) else []
    if kind == "AEXPR_IN":
        return [(name, left, item) for item in items]
    if kind in {"AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN"} and len(items) == 2:
        return [(">=", left, items[0]), ("<=", left, items[1])]
    return []


def _operator(node: Node, fields: Node, scope: Scope) -> Type | None:
    if len(strings(fields.get("name"))) > 1:
        return infer(node, scope)
    for name, left, right in _sides(fields):
        if "RowExpr" in (left or {}) or "RowExpr" in right:
            continue
        one = _check(left, scope) if left is not None else None
        two = _check(right, scope)
        if two is None or (left is not None and one is None):
            continue
        chosen = resolution.operator(name, one, two, scope.catalog)
        if chosen.missing:
            sides = (
                f"{_words(one, scope)} {name} {_words(two, scope)}"
                if left is not None
                else f"{name} {_words(two, scope)}"
            )
            raise WrongError(f"operator does not exist: {sides}")
        given = [(one, left), (two, right)] if left is not None else [(two, right)]
        for (found, item), wanted in zip(given, chosen.arguments, strict=False):
            if found == UNKNOWN and item is not None:
                _read(item, wanted, scope)
    return infer(node, scope)


def _function(node: Node, fields: Node, scope: Scope) -> Type | None:
    parts = strings(fields["funcname"])
    arguments = fields.get("args", ())
    given = [_check(item, scope) for item in arguments]
    special = {"agg_star", "agg_order", "agg_filter", "agg_within_group", "over", "func_variadic"} & fields.keys()
    known = not special and not any("NamedArgExpr" in item for item in arguments)
    schema = parts[-2] if len(parts) > 1 else "pg_catalog"
    if (
        known
        and schema == "pg_catalog"
        and None not in given
        and not user_functions(parts, scope)
        and parts[-1] not in EXTENSION_FUNCTIONS
        and facts.functions(parts[-1])
        and types.resolve(TypeRef(parts[-1]), scope.catalog, scope.path) is None
    ):
        chosen = resolution.function(parts[-1], given, scope.version, scope.catalog)
        if chosen.missing:
            words = ", ".join(_words(each, scope) for each in given)
            raise WrongError(f"function {'.'.join(parts)}({words}) does not exist")
        for found, item, wanted in zip(given, arguments, chosen.arguments, strict=False):
            if found == UNKNOWN:
                _read(item, wanted, scope)
    return infer(node, scope)


def settled(node: Node, scope: Scope) -> Node:
    """An expression as the server writes it down: what was coerced to fit an operator or function is cast.

    `status = 'new'` over a varchar becomes `status::text = 'new'::text`: so it is read again when the column changes.
    """
    kind, fields = only(node)
    if kind == "A_Expr" and fields.get("kind", "AEXPR_OP") in {"AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE"}:
        left, right = fields.get("lexpr"), fields["rexpr"]
        one = infer(left, scope) if left is not None else None
        two = infer(right, scope)
        if two is None or (left is not None and one is None):
            return node
        chosen = resolution.operator(strings(fields["name"])[-1], one, two, scope.catalog)
        if len(chosen.arguments) != (1 if left is None else 2):
            return node
        after = dict(fields)
        if left is not None:
            after["lexpr"] = _cast(settled(left, scope), one, chosen.arguments[0], scope)
        after["rexpr"] = _cast(settled(right, scope), two, chosen.arguments[-1], scope)
        return {kind: after}
    if kind == "A_Expr" and fields.get("kind") == "AEXPR_IN" and "List" in fields["rexpr"]:
        of = infer(fields["lexpr"], scope)
        items = fields["rexpr"]["List"]["items"]
        found = [infer(item, scope) for item in items]
        if of is None or None in found or not items:
            return node
        chosen = resolution.operator("=", of, found[0], scope.catalog)
        if len(chosen.arguments) != 2:
            return node
        cast = [_cast(item, kind_, chosen.arguments[1], scope) for item, kind_ in zip(items, found, strict=True)]
        after = {**fields, "lexpr": _cast(fields["lexpr"], of, chosen.arguments[0], scope)}
        return {kind: {**after, "rexpr": {"List": {"items": cast}}}}
    if kind == "A_Expr" and fields.get("kind") in {"AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN"}:
        return node
    if kind == "BoolExpr":
        return {kind: {**fields, "args": [settled(item, scope) for item in fields["args"]]}}
    if kind == "FuncCall" and fields.get("args"):
        given = [infer(item, scope) for item in fields["args"]]
        parts = strings(fields["funcname"])
        if None in given or user_functions(parts, scope):
            return node
        chosen = resolution.function(parts[-1], given, scope.version, scope.catalog)
        if len(chosen.arguments) != len(given):
            return node
        args = [
            _cast(settled(item, scope), found, wanted, scope)
            for item, found, wanted in zip(fields["args"], given, chosen.arguments, strict=True)
        ]
        return {kind: {**fields, "args": args}}
    if kind == "NullTest":
        return {kind: {**fields, "arg": settled(fields["arg"], scope)}}
    return node


def _cast(node: Node, found: Type | None, wanted: str, scope: Scope) -> Node:
    target = resolution.type_of(wanted)
    if found is None or target is None:
        return node
    if found != UNKNOWN:
        plain = types.base_type(found, scope.catalog)
        if plain == found and (plain.base, plain.array) == (target.base, target.array):
            return node
    name = {"names": [{"String": {"sval": "pg_catalog"}}, {"String": {"sval": target.base}}], "typemod": -1}
    if target.array:
        name = {**name, "arrayBounds": [{"Integer": {"ival": -1}}]}
    return {"TypeCast": {"arg": node, "typeName": name}}


def row_by_row(node: Node, scope: Scope) -> None:
    """Refuse what needs or gives several rows: aggregates, windows, sets; not in sub-queries. Raises FailureError."""
    queue = [node]
    while queue:
        kind, fields = only(queue.pop())
        if kind == "SubLink":
            continue
        if kind == "FuncCall":
            parts = strings(fields["funcname"])
            found = () if user_functions(parts, scope) else facts.functions(parts[-1])
            if "over" in fields:
                raise FailureError("window functions are not allowed here")
            if fields.get("agg_star") or (found and all(each.kind == "a" for each in found)):
                raise FailureError("aggregate functions are not allowed here")
            if found and all(each.kind == "s" for each in found):
                raise FailureError("set-returning functions are not allowed here")
        queue += nested(fields)


def sound(run: Run, node: Node | None, table: Table | None = None, *, boolean: str = "") -> None:
    """Refuse an expression over a table that the server does not take. Raises FailureError."""
    if node is None:
        return
    scope = run.scope(table)
    row_by_row(node, scope)
    missing = missing_function(node, scope)
    if missing is not None:
        raise FailureError(f"function {missing} does not exist")
    why = problem(node, scope, boolean=boolean)
    if why is not None:
        raise FailureError(why)
