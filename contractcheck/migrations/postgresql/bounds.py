"""Bounds of partitions: how literals compare, and what a CHECK proves of them."""

from collections.abc import Iterator
from math import gcd

from contractcheck.migrations.catalog import Table
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.expressions import conjuncts, proves_not_null
from contractcheck.migrations.postgresql.nodes import constant, only, strings


def bound_values(nodes: list[Node] | None) -> list[object]:
    found: list[object] = []
    for node in nodes or ():
        kind, fields = only(node)
        if kind == "PartitionRangeDatum":
            word = fields.get("kind", "")
            found.append(
                {"PARTITION_RANGE_DATUM_MINVALUE": MIN, "PARTITION_RANGE_DATUM_MAXVALUE": MAX}.get(word)
                or constant(fields["value"])
            )
        elif kind == "ColumnRef" and strings(fields.get("fields")) in {("minvalue",), ("maxvalue",)}:
            found.append(MIN if strings(fields["fields"]) == ("minvalue",) else MAX)
        else:
            found.append(constant(node))
    return found


MIN, MAX = ("min",), ("max",)


def compare(left: object, right: object) -> int | None:
    """-1, 0, 1; None where two literals cannot be compared without the server."""
    if left == right:
        return 0
    if MIN in (left, right) or MAX in (left, right):
        return -1 if left == MIN or right == MAX else 1
    if isinstance(left, int) and isinstance(right, int):
        return -1 if left < right else 1
    if isinstance(left, str) and isinstance(right, str):
        return (-1 if left < right else 1) if comparable(left, right) else None
    return None


def comparable(left: str, right: str) -> bool:
    """ISO dates and timestamps of one form sort as text; so do numbers of equal length."""
    shape = ["".join("9" if c.isdigit() else c for c in text) for text in (left, right)]
    return shape[0] == shape[1] or (shape[0][:10] == shape[1][:10] == "9999-99-99")


def overlap(one: Node, other: Node) -> bool:
    match one.get("strategy"):
        case "l":
            return bool(
                {str(v) for v in bound_values(one.get("listdatums"))}
                & {str(v) for v in bound_values(other.get("listdatums"))}
            )
        case "r":
            low1, high1 = bound_values(one.get("lowerdatums")), bound_values(one.get("upperdatums"))
            low2, high2 = bound_values(other.get("lowerdatums")), bound_values(other.get("upperdatums"))
            return order(low1, high2) == -1 and order(low2, high1) == -1
        case _:
            # each modulus is a factor of the next larger one, else the server refuses it anyway
            common = gcd(one.get("modulus", 1), other.get("modulus", 1))
            return bool(one.get("remainder", 0) % common == other.get("remainder", 0) % common)


def empty(bound: Node) -> bool:
    """Whether a range bound certainly holds nothing."""
    low, high = bound_values(bound.get("lowerdatums")), bound_values(bound.get("upperdatums"))
    return bool(low) and bool(high) and order(low, high) in {0, 1}


def order(one: list[object], other: list[object]) -> int | None:
    """partition_rbound_cmp(): the first column that differs decides; nothing behind MINVALUE or MAXVALUE counts."""
    for left, right in zip(one, other, strict=False):
        found = compare(left, right)
        if found != 0 or left in (MIN, MAX):
            return found
    return 0


# -- what a CHECK proves of a bound -----------------------------------------------------------------------------------


def proofs(table: Table) -> Iterator[Node]:
    """The conjuncts that hold for every row: valid CHECKs, NOT NULLs, and the bound of a partition above it."""
    for constraint in table.constraints:
        if constraint.kind == "check" and constraint.validated and constraint.enforced and constraint.expression:
            yield from conjuncts(constraint.expression)
    for column in table.columns:
        if column.not_null and column.not_null_valid:
            yield {"NullTest": {"arg": column_ref(column.name), "nulltesttype": "IS_NOT_NULL"}}


def column_ref(name: str) -> Node:
    return {"ColumnRef": {"fields": [{"String": {"sval": name}}]}}


def comparisons(proofs: list[Node], name: str) -> Iterator[tuple[str, object]]:
    """`column op literal` among the conjuncts, as (op, literal); BETWEEN is two of them."""
    flip = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
    for node in proofs:
        kind, fields = only(node)
        if kind != "A_Expr":
            continue
        how = fields.get("kind", "AEXPR_OP")
        left, right = fields.get("lexpr"), fields.get("rexpr")
        mine = left is not None and strings(left.get("ColumnRef", {}).get("fields"))[-1:] == (name,)
        if how == "AEXPR_BETWEEN" and mine and isinstance(right, dict):
            low, high = right["List"]["items"]
            yield ">=", constant(low)
            yield "<=", constant(high)
        elif how == "AEXPR_IN" and mine and isinstance(right, dict) and strings(fields["name"]) == ("=",):
            yield "in", tuple(constant(v) for v in right["List"]["items"])
        elif how == "AEXPR_OP" and len(strings(fields["name"])) == 1:
            operator = strings(fields["name"])[0]
            if mine and isinstance(right, dict):
                yield operator, constant(right)
            elif isinstance(right, dict) and strings(right.get("ColumnRef", {}).get("fields"))[-1:] == (name,) and left:
                yield flip.get(operator, operator), constant(left)


def implied(parent: Table, bound: Node, proofs: list[Node]) -> bool:
    """Whether valid CHECKs prove a partition's bound, NOT NULL included (PartConstraintImpliedByRelConstraint)."""
    if bound.get("is_default") or len(parent.keys) != 1 or parent.keys[0][1] is not None:
        return False
    key = parent.numbered(parent.keys[0][0])
    if key is None or not any(proves_not_null(p, key.name) for p in proofs):
        return False
    known = list(comparisons(proofs, key.name))
    if bound.get("strategy") == "r":
        low, high = bound_values(bound.get("lowerdatums"))[0], bound_values(bound.get("upperdatums"))[0]
        above = low == MIN or any(o in {">=", ">", "="} and compare(v, low) in {0, 1} for o, v in known)
        below = high == MAX or any(
            (o == "<" and compare(v, high) in {0, -1}) or (o in {"<=", "="} and compare(v, high) == -1)
            for o, v in known
        )
        return above and below
    if bound.get("strategy") == "l":
        wanted = {str(v) for v in bound_values(bound.get("listdatums"))}
        return any(
            (o == "=" and str(v) in wanted) or (o == "in" and isinstance(v, tuple) and {str(x) for x in v} <= wanted)
            for o, v in known
        )
    return False


def excluded(parent: Table, bound: Node, proofs: list[Node]) -> bool:
    """Whether valid CHECKs of the default partition prove that none of its rows belongs to the new one."""
    if len(parent.keys) != 1 or parent.keys[0][1] is not None:
        return False
    key = parent.numbered(parent.keys[0][0])
    if key is None:
        return False
    known = list(comparisons(proofs, key.name))
    if bound.get("strategy") == "r":
        low, high = bound_values(bound.get("lowerdatums"))[0], bound_values(bound.get("upperdatums"))[0]
        return any(
            (o == "<" and compare(v, low) in {0, -1})
            or (o in {"<=", "="} and compare(v, low) == -1)
            or (o in {">=", ">", "="} and compare(v, high) in {0, 1})
            for o, v in known
        ) or disjunct(proofs, key.name, low, high)
    if bound.get("strategy") == "l":
        values = bound_values(bound.get("listdatums"))
        if values and all(v is None for v in values):
            return any(proves_not_null(p, key.name) for p in proofs)
        wanted = {str(v) for v in values}
        return any(
            (o == "in" and isinstance(v, tuple) and not {str(x) for x in v} & wanted)
            or (o == "=" and str(v) not in wanted)
            or (o == "<>" and wanted == {str(v)})
            for o, v in known
        ) or any(_not_listed(node, key.name, wanted) for node in proofs)
    return False


def _not_listed(node: Node, name: str, wanted: set[str]) -> bool:
    """`NOT (key IS NOT NULL AND key IN (...))` with the values of a list."""
    kind, fields = only(node)
    if kind != "BoolExpr" or fields.get("boolop") != "NOT_EXPR":
        return False
    inner = list(conjuncts(fields["args"][0]))
    listed = [(o, v) for o, v in comparisons(inner, name) if o in {"in", "="}]
    if len(listed) != 1 or len(inner) > 2 or (len(inner) == 2 and not any(proves_not_null(p, name) for p in inner)):
        return False
    _, value = listed[0]
    return {str(v) for v in value} == wanted if isinstance(value, tuple) else {str(value)} == wanted


def disjunct(proofs: list[Node], name: str, low: object, high: object) -> bool:
    """`NOT (key >= low AND key < high)` and `key < low OR key >= high`."""
    for node in proofs:
        kind, fields = only(node)
        if kind != "BoolExpr":
            continue
        if fields.get("boolop") == "NOT_EXPR":
            inner = list(comparisons(list(conjuncts(fields["args"][0])), name))
            fits = dict(inner)
            low_fits = compare(fits.get(">=", MIN), low) in {0, -1}
            high_fits = compare(fits.get("<", MAX), high) in {0, 1}
            if len(inner) <= 2 and all(o in {">=", "<"} for o in fits) and low_fits and high_fits:
                return True
        if fields.get("boolop") == "OR_EXPR":
            sides = [list(comparisons([part], name)) for part in fields["args"]]
            if all(
                len(side) == 1
                and (
                    (side[0][0] == "<" and compare(side[0][1], low) in {0, -1})
                    or (side[0][0] in {">=", ">"} and compare(side[0][1], high) in {0, 1})
                )
                for side in sides
            ):
                return True
    return False


def as_check(parent: Table, bound: Node) -> Node | None:
    """A bound over one plain column as the CHECK it amounts to; None for any other."""
    key = parent.numbered(parent.keys[0][0]) if len(parent.keys) == 1 and parent.keys[0][1] is None else None
    if key is None or bound.get("is_default"):
        return None
    column = column_ref(key.name)
    parts: list[Node] = [{"NullTest": {"arg": column, "nulltesttype": "IS_NOT_NULL"}}]

    def compared(operator: str, value: Node) -> Node:
        name = [{"String": {"sval": operator}}]
        return {"A_Expr": {"kind": "AEXPR_OP", "name": name, "lexpr": column, "rexpr": value}}

    if bound.get("strategy") == "l":
        items = {"List": {"items": list(bound.get("listdatums", ()))}}
        parts.append(
            {"A_Expr": {"kind": "AEXPR_IN", "name": [{"String": {"sval": "="}}], "lexpr": column, "rexpr": items}}
        )
    elif bound.get("strategy") == "r":
        for operator, which, open_ in ((">=", "lowerdatums", MIN), ("<", "upperdatums", MAX)):
            datum = bound[which][0]
            if bound_values([datum])[0] != open_:
                parts.append(compared(operator, datum))
    else:
        return None
    return {"BoolExpr": {"boolop": "AND_EXPR", "args": parts}}
