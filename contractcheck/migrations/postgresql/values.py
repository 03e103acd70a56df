"""Values of expressions over known rows, as far as they can be told without a server.

A value is an int, Decimal, str, bool, date, datetime or None; `SOME` is not known but not null, `OPAQUE`
one of which nothing is known. Whatever touches one of these two is no basis for a certain answer.
"""

import datetime as dt
import math
import operator
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from contractcheck.migrations.catalog import Catalog, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import types
from contractcheck.migrations.postgresql.nodes import only, strings, type_ref


class _Mark:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


SOME, OPAQUE = _Mark("SOME"), _Mark("OPAQUE")
Value = Any


class Bits(str):
    """A bit string: not text, though written as one."""

    __slots__ = ()


Row = Mapping[str, Value]


class RefusedError(Exception):
    """A value certainly cannot be what is asked for."""


INTEGERS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}


def known(value: Value) -> bool:
    """Whether a value is known, null included."""
    return value is not SOME and value is not OPAQUE


def coerce(value: Value, kind: Type | None, catalog: Catalog, *, explicit: bool = False) -> Value:
    """A value as a type stores it. Raises RefusedError for one that certainly does not fit."""
    if value is None or value is OPAQUE or kind is None:
        return value
    domain = types.user_type(kind, catalog)
    base = types.base_type(kind, catalog)
    if domain is not None and domain.kind == "domain" and not kind.array:
        inner = coerce(value, base, catalog, explicit=explicit)
        for name, check, _ in domain.constraints:
            if check is not None and evaluate(check, {"value": inner}, catalog) is False:
                raise RefusedError(f"value for domain {domain.name} violates check constraint {name}")
        return inner
    if not known(value):
        return value
    if base.array:
        if isinstance(value, str) and value.strip()[:1] not in {"{", "["}:
            raise RefusedError(f'malformed array literal: "{value}"')
        return SOME
    if isinstance(base.base, int):
        user = catalog.types.get(base.base)
        if user is not None and user.kind == "enum" and isinstance(value, str) and value not in user.labels:
            raise RefusedError(f'invalid input value for enum {user.name}: "{value}"')
        return value if isinstance(value, str) else SOME
    return _builtin(value, base, explicit=explicit)


def _builtin(value: Value, kind: Type, *, explicit: bool) -> Value:
    name = str(kind.base)
    sizes = [m for m in kind.modifiers if isinstance(m, int)]
    if isinstance(value, Bits) and name not in {"bit", "varbit"}:
        return SOME
    try:
        if name in INTEGERS:
            if isinstance(value, bool):
                return int(value)
            if isinstance(value, str):
                if not re.fullmatch(r"\s*[+-]?\d+\s*", value):
                    raise RefusedError(f'invalid input syntax for type {name}: "{value}"')
                value = int(value)
            if isinstance(value, Decimal | float):
                value = int(Decimal(value).to_integral_value(rounding="ROUND_HALF_UP"))
            if not isinstance(value, int):
                return SOME
            if not -INTEGERS[name] <= value < INTEGERS[name]:
                raise RefusedError(f"{value} is out of range for {name}")
            return value
        if name in {"numeric", "float4", "float8"}:
            return _number(value, name, sizes)
        if name in {"text", "varchar", "bpchar", "name", "citext"}:
            return _text(value, name, sizes, explicit=explicit)
        if name in {"bit", "varbit"} and isinstance(value, Bits):
            limit = sizes[0] if sizes else (1 if name == "bit" else len(value))
            if not explicit and (len(value) > limit or (name == "bit" and len(value) != limit)):
                raise RefusedError(f"bit string length {len(value)} does not match type {name}({limit})")
            return Bits(value[:limit])
        if isinstance(value, Bits):
            return SOME
        if name == "bool":
            return _boolean(value)
        if name == "date":
            return (
                value.date()
                if isinstance(value, dt.datetime)
                else value
                if isinstance(value, dt.date)
                else dt.date.fromisoformat(str(value).strip()[:10])
            )
        if name in {"timestamp", "timestamptz"}:
            if isinstance(value, dt.datetime):
                return value
            if isinstance(value, dt.date):
                return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - no zone is the point
            found = dt.datetime.fromisoformat(str(value).strip())
            return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found
        if name == "uuid":
            if isinstance(value, str) and re.fullmatch(r"\{?[0-9a-fA-F-]{32,36}\}?", value.strip()):
                return str(uuid.UUID(value.strip()))
            if isinstance(value, str):
                raise RefusedError(f'invalid input syntax for type uuid: "{value}"')
        if name in {"json", "jsonb"} and isinstance(value, str):
            return _json(value)
    except (ValueError, InvalidOperation, OverflowError):
        return SOME
    return SOME


def _json(value: str) -> Value:
    import json

    try:
        json.loads(value)
    except ValueError as error:
        raise RefusedError("invalid input syntax for type json") from error
    return SOME


def _number(value: Value, name: str, sizes: list[int]) -> Value:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", value):
        if value.strip().lower() in {"nan", "infinity", "-infinity", "inf", "-inf"}:
            return SOME
        raise RefusedError(f'invalid input syntax for type {name}: "{value}"')
    if not isinstance(value, int | float | Decimal | str):
        return SOME
    found = Decimal(str(value).strip())
    if name == "numeric" and sizes:
        scale = sizes[1] if len(sizes) > 1 else 0
        found = found.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP")
        if abs(found) >= Decimal(10) ** (sizes[0] - scale):
            raise RefusedError("numeric field overflow")
    return found


def _text(value: Value, name: str, sizes: list[int], *, explicit: bool) -> Value:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, Decimal | int):
        value = str(value)
    if isinstance(value, dt.datetime):
        value = value.isoformat(" ").rstrip("0") if value.microsecond else value.isoformat(" ")
    if isinstance(value, dt.date):
        value = value.isoformat()
    if not isinstance(value, str):
        return SOME
    limit = sizes[0] if sizes else None
    if limit is not None and len(value) > limit:
        if not explicit and value[limit:].strip(" "):
            raise RefusedError(f"value too long for type {name}({limit})")
        value = value[:limit]
    return value.rstrip(" ") if name == "bpchar" else value


def _boolean(value: Value) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    word = str(value).strip().lower()
    if word and (word in {"on", "1"} or any(w.startswith(word) for w in ("true", "yes"))):
        return True
    if word and (word in {"off", "of", "0"} or any(w.startswith(word) for w in ("false", "no"))):
        return False
    raise RefusedError(f'invalid input syntax for type boolean: "{value}"')


def evaluate(node: Node, row: Row, catalog: Catalog) -> Value:
    """The value of an expression for a row; `SOME` or `OPAQUE` where it cannot be told."""
    kind, fields = only(node)
    match kind:
        case "A_Const":
            return _constant(fields)
        case "ColumnRef":
            names = strings(fields["fields"])
            return row.get(names[-1], OPAQUE) if names else OPAQUE
        case "TypeCast":
            inner = evaluate(fields["arg"], row, catalog)
            target = types.resolve(type_ref(fields["typeName"]), catalog, ("pg_temp", "public"))
            if target is not None and target.base == "interval" and isinstance(inner, str):
                return _interval(inner)
            return coerce(inner, target, catalog, explicit=True) if target is not None else OPAQUE
        case "A_Expr":
            return _operator(fields, row, catalog)
        case "BoolExpr":
            return _boolean_expression(fields, row, catalog)
        case "NullTest":
            inner = evaluate(fields["arg"], row, catalog)
            if inner is OPAQUE:
                return OPAQUE
            null = inner is None
            return not null if fields.get("nulltesttype") == "IS_NOT_NULL" else null
        case "CoalesceExpr":
            for item in fields["args"]:
                inner = evaluate(item, row, catalog)
                if inner is not None:
                    return inner
            return None
        case "CaseExpr":
            return _case(fields, row, catalog)
        case "FuncCall":
            return _call(strings(fields["funcname"])[-1], [evaluate(a, row, catalog) for a in fields.get("args", ())])
        case "SQLValueFunction" | "A_ArrayExpr":
            return SOME
        case _:
            return OPAQUE


def _constant(fields: Mapping[str, Any]) -> Value:
    if fields.get("isnull"):
        return None
    if "ival" in fields:
        return fields["ival"].get("ival", 0)
    if "fval" in fields:
        return Decimal(fields["fval"].get("fval", "0"))
    if "boolval" in fields:
        return fields["boolval"].get("boolval", False)
    if "sval" in fields:
        return fields["sval"].get("sval", "")
    bits = fields.get("bsval", {}).get("bsval", "")
    return Bits(bits[1:]) if bits[:1] == "b" else SOME


def _interval(text: str) -> Value:
    total = dt.timedelta()
    units = {"day": 86400, "hour": 3600, "minute": 60, "min": 60, "second": 1, "sec": 1, "week": 604800}
    for number, unit in re.findall(r"([+-]?\d+)\s*([a-z]+)", text.lower()):
        name = unit.rstrip("s") if unit not in units else unit
        if name not in units:
            return SOME
        total += dt.timedelta(seconds=int(number) * units[name])
    return total if re.fullmatch(r"\s*(?:[+-]?\d+\s*[a-z]+\s*)+", text.lower()) else SOME


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _operator(fields: Mapping[str, Any], row: Row, catalog: Catalog) -> Value:
    how, name = fields.get("kind", "AEXPR_OP"), strings(fields.get("name"))[-1]
    left = evaluate(fields["lexpr"], row, catalog) if "lexpr" in fields else None
    if how == "AEXPR_IN":
        results = [_compare("=", left, evaluate(i, row, catalog)) for i in fields["rexpr"]["List"]["items"]]
        found: Value = (
            True
            if True in results
            else (OPAQUE if any(not known(r) for r in results) else (None if None in results else False))
        )
        return found if name == "=" or not isinstance(found, bool) else not found
    if how in {"AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN"}:
        low, high = (evaluate(i, row, catalog) for i in fields["rexpr"]["List"]["items"])
        found = _and(_compare(">=", left, low), _compare("<=", left, high))
        return (not found if isinstance(found, bool) else found) if how == "AEXPR_NOT_BETWEEN" else found
    right = evaluate(fields["rexpr"], row, catalog)
    if how in {"AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"}:
        if not known(left) or not known(right):
            return OPAQUE
        distinct = (left is None) != (right is None) or left != right
        return distinct if how == "AEXPR_DISTINCT" else not distinct
    if how == "AEXPR_NULLIF":
        same = _compare("=", left, right)
        return OPAQUE if not known(same) else (None if same is True else left)
    if how in {"AEXPR_LIKE", "AEXPR_ILIKE"}:
        return _like(left, right, negated=name.startswith("!"), blind=how == "AEXPR_ILIKE")
    if how != "AEXPR_OP":
        return OPAQUE
    if "lexpr" not in fields:
        if name == "-" and known(right) and isinstance(right, int | Decimal):
            return -right
        return right if name == "+" or right is None else OPAQUE
    if name in COMPARE:
        return _compare(name, left, right)
    if name == "~" and isinstance(left, str) and isinstance(right, str):
        return OPAQUE
    return _arithmetic(name, left, right)


def _like(left: Value, right: Value, *, negated: bool, blind: bool) -> Value:
    if left is None or right is None:
        return None
    if not isinstance(left, str) or not isinstance(right, str):
        return OPAQUE
    pattern = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in right)
    if "\\" in right or right.count("%") > 3:
        return OPAQUE
    found = re.fullmatch(pattern, left, re.DOTALL | (re.IGNORECASE if blind else 0)) is not None
    return found != negated


def _compare(name: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if not known(left) or not known(right):
        return OPAQUE
    left, right = _same_kind(left, right)
    try:
        if (
            isinstance(left, str)
            and isinstance(right, str)
            and name not in {"=", "<>", "!="}
            and not (left.isascii() and right.isascii())
        ):
            return OPAQUE
        return COMPARE[name](left, right)
    except TypeError:
        return OPAQUE


def _same_kind(left: Value, right: Value) -> tuple[Value, Value]:
    """A literal beside a date or number is read as one."""
    for one, other, flip in ((left, right, False), (right, left, True)):
        if isinstance(one, str) and not isinstance(other, str):
            name = (
                "timestamp"
                if isinstance(other, dt.datetime)
                else "date"
                if isinstance(other, dt.date)
                else "bool"
                if isinstance(other, bool)
                else "numeric"
            )
            read = _interval(one) if isinstance(other, dt.timedelta) else _builtin(one, Type(name), explicit=True)
            return (other, read) if flip else (read, other)
    if (
        isinstance(left, dt.datetime) != isinstance(right, dt.datetime)
        and isinstance(left, dt.date)
        and isinstance(right, dt.date)
    ):
        return _builtin(left, Type("timestamp"), explicit=True), _builtin(right, Type("timestamp"), explicit=True)
    return left, right


def _arithmetic(name: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if not known(left) or not known(right):
        return SOME if SOME in (left, right) and OPAQUE not in (left, right) else OPAQUE
    if name == "||":
        if isinstance(left, dt.datetime | dt.timedelta) or isinstance(right, dt.datetime | dt.timedelta):
            return SOME
        return f"{_show(left)}{_show(right)}"
    try:
        if isinstance(left, dt.date) and not isinstance(left, dt.datetime) and isinstance(right, int) and name in "+-":
            return ARITHMETIC[name](left, dt.timedelta(days=right))
        if isinstance(left, dt.date) and isinstance(right, dt.timedelta) and name in "+-":
            start = left if isinstance(left, dt.datetime) else dt.datetime(left.year, left.month, left.day)  # noqa: DTZ001
            return ARITHMETIC[name](start, right)
        if isinstance(left, str | bool) or isinstance(right, str | bool):
            return OPAQUE
        if name in ARITHMETIC:
            return ARITHMETIC[name](left, right)
        if name == "%" and right:
            return int(math.fmod(left, right)) if isinstance(left, int) and isinstance(right, int) else left % right
        if name == "/" and right:
            return (
                int(Decimal(left) / Decimal(right))
                if isinstance(left, int) and isinstance(right, int)
                else Decimal(left) / Decimal(right)
            )
    except (TypeError, OverflowError, InvalidOperation, ValueError):
        return OPAQUE
    return OPAQUE


def _show(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _and(*values: Value) -> Value:
    if any(v is False for v in values):
        return False
    if any(not known(v) for v in values):
        return OPAQUE
    return None if any(v is None for v in values) else True


def _boolean_expression(fields: Mapping[str, Any], row: Row, catalog: Catalog) -> Value:
    found = [evaluate(a, row, catalog) for a in fields["args"]]
    match fields.get("boolop"):
        case "AND_EXPR":
            return _and(*found)
        case "OR_EXPR":
            if any(v is True for v in found):
                return True
            if any(not known(v) for v in found):
                return OPAQUE
            return None if any(v is None for v in found) else False
        case _:
            return (not found[0]) if isinstance(found[0], bool) else found[0]


def _case(fields: Mapping[str, Any], row: Row, catalog: Catalog) -> Value:
    subject = evaluate(fields["arg"], row, catalog) if "arg" in fields else None
    for node in fields["args"]:
        when = node["CaseWhen"]
        test = evaluate(when["expr"], row, catalog)
        if "arg" in fields:
            test = _compare("=", subject, test)
        if not known(test):
            return OPAQUE
        if test is True:
            return evaluate(when["result"], row, catalog)
    return evaluate(fields["defresult"], row, catalog) if "defresult" in fields else None


def _call(name: str, args: list[Value]) -> Value:
    if name in {
        "now",
        "clock_timestamp",
        "statement_timestamp",
        "random",
        "gen_random_uuid",
        "timeofday",
        "nextval",
        "uuidv7",
        "uuidv4",
    }:
        return SOME
    if name in {"concat", "jsonb_build_object", "json_build_object"}:
        return SOME
    if any(a is None for a in args):
        return None
    if any(not known(a) for a in args):
        return SOME if all(a is not OPAQUE for a in args) and name in STRICT else OPAQUE
    function = STRICT.get(name)
    if function is None:
        return OPAQUE
    try:
        return function(*args)
    except (TypeError, ValueError, OverflowError, IndexError, AttributeError):
        return OPAQUE


def _md5(text: str) -> str:
    import hashlib

    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


STRICT: Mapping[str, Callable[..., Any]] = {
    "length": len,
    "char_length": len,
    "octet_length": lambda s: len(s.encode()),
    "lower": lambda s: s.lower(),
    "upper": lambda s: s.upper(),
    "repeat": lambda s, n: s * n if n < 10000 else SOME,
    "md5": _md5,
    "abs": abs,
    "btrim": lambda s, c=" ": s.strip(c),
    "ltrim": lambda s, c=" ": s.lstrip(c),
    "rtrim": lambda s, c=" ": s.rstrip(c),
    "left": lambda s, n: s[:n],
    "lpad": lambda s, n, c=" ": s[:n] if len(s) >= n else (c * n)[: n - len(s)] + s,
    "substr": lambda s, a, n=10**6: s[max(a - 1, 0) : max(a - 1 + n, 0)],
    "mod": lambda a, b: int(math.fmod(a, b)),
    "chr": chr,
    "replace": lambda s, a, b: s.replace(a, b) if a else s,
    "to_char": lambda *_: SOME,
    "date_trunc": lambda *_: SOME,
    "make_date": dt.date,
    "strpos": lambda s, t: s.find(t) + 1,
}
