"""Variables of PL/pgSQL programs: their values where they are certain, and expressions and statements over them."""

from collections.abc import Mapping, Sequence
from typing import Any

from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import questions, rows
from contractcheck.migrations.postgresql.nodes import only, strings
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import OPAQUE, RefusedError, evaluate, known

Values = Mapping[str, Any]
"""The value of each variable by its name, that of a record's field by `record.field`; OPAQUE if it is not certain."""

_UNKNOWN: Node = {"ParamRef": {"number": 1}}


def parsed(sql: str) -> Node | None:
    """The one statement of a text; None if it is none, or several."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        statements = orjson.loads(parse_sql_json(sql)).get("stmts", [])
    except (ParseError, ValueError):
        return None
    return statements[0]["stmt"] if len(statements) == 1 else None


def filled(node: Any, values: Values) -> Any:  # noqa: ANN401 - a part of a syntax tree
    """A syntax tree with the values of variables in place of their names, a parameter for those not certain."""
    if isinstance(node, list):
        return [filled(item, values) for item in node]
    if not isinstance(node, dict):
        return node
    if "ColumnRef" in node:
        names = strings(node["ColumnRef"].get("fields"))
        name = ".".join(names).lower()
        if len(names) == len(node["ColumnRef"].get("fields", ())) and name in values:
            value = values[name]
            return literal(value) if known(value) else _UNKNOWN
    return {key: filled(value, values) for key, value in node.items()}


def literal(value: object) -> Node:
    """A value as the parser would have read it."""
    if value is None:
        return {"A_Const": {"isnull": True}}
    if isinstance(value, bool):
        return {"A_Const": {"boolval": {"boolval": value}}}
    if isinstance(value, int):
        return {"A_Const": {"ival": {"ival": value}}}
    if isinstance(value, list):
        return {"A_ArrayExpr": {"elements": [literal(item) for item in value]}}
    return {"A_Const": {"sval": {"sval": str(value)}}}


def compute(run: Run, expression: str, values: Values) -> Any:  # noqa: ANN401 - a value of any type
    """The value of an expression; OPAQUE if it is not certain."""
    statement = parsed(f"SELECT {expression}")
    targets = (statement or {}).get("SelectStmt", {}).get("targetList", ())
    if len(targets) != 1:
        return OPAQUE
    return _value(run, filled(targets[0]["ResTarget"]["val"], values))


def _value(run: Run, node: Node) -> Any:  # noqa: ANN401
    kind, fields = only(node)
    match kind:
        case "A_ArrayExpr":
            items = [_value(run, item) for item in fields.get("elements", ())]
            return items if all(known(item) for item in items) else OPAQUE
        case "TypeCast":
            inner = _value(run, fields["arg"])
            target = strings(fields["typeName"].get("names"))[-1]
            if target in {"text", "varchar", "name", "regclass"} and isinstance(inner, str | int | None):
                return inner if inner is None or isinstance(inner, bool) else str(inner)
            if isinstance(inner, list):
                return inner
        case "A_Expr" if strings(fields.get("name")) == ("||",) and "lexpr" in fields:
            sides = [_value(run, fields[side]) for side in ("lexpr", "rexpr")]
            if all(isinstance(side, str | int) and not isinstance(side, bool) for side in sides):
                return "".join(map(str, sides))
            return OPAQUE
        case "FuncCall":
            found = _call(strings(fields["funcname"])[-1], [_value(run, item) for item in fields.get("args", ())])
            if found is not OPAQUE:
                return found
    try:
        found = evaluate(node, {}, run.catalog)
    except RefusedError as refusal:
        raise FailureError(str(refusal)) from refusal
    if known(found):
        return found
    if run.catalog.opaque:
        return OPAQUE
    asked = questions.value(run.catalog, node, run.version, path=run.path)
    return OPAQUE if asked is questions.HIDDEN else asked


def _call(name: str, given: list[Any]) -> Any:  # noqa: ANN401
    if not all(isinstance(item, str | int | None | list) for item in given):
        return OPAQUE
    match name, given:
        case "format", [str(pattern), *rest]:
            return _format(pattern, rest)
        case "quote_ident", [str(text)]:
            return _identifier(text)
        case "quote_literal", [str() | int() as item]:
            return _literal(item)
        case "concat", [*items] if not any(isinstance(item, list) for item in items):
            return "".join("" if item is None else str(item) for item in items)
        case "array_length", [list(items), 1]:
            return len(items) or None
        case "replace", [str(text), str(old), str(new)]:
            return text.replace(old, new) if old else text
    return OPAQUE


def _format(pattern: str, given: Sequence[object]) -> object:
    """format(): `%s`, `%I`, `%L` in order, or by position (`%1$I`); OPAQUE for widths."""
    import re

    following = iter(given)
    done: list[str] = []
    at = 0
    for found in re.finditer(r"%(?:(\d+)\$)?(.)", pattern):
        done.append(pattern[at : found.start()])
        at = found.end()
        position, letter = found[1], found[2]
        if letter == "%" and not position:
            done.append("%")
            continue
        number = int(position) if position else None
        if letter not in "sIL" or (number is not None and not 0 < number <= len(given)):
            return OPAQUE
        value = given[number - 1] if number is not None else next(following, OPAQUE)
        if isinstance(value, list) or value is OPAQUE or (value is None and letter == "I"):
            return OPAQUE
        if letter == "s":
            done.append("" if value is None else str(value))
        else:
            done.append(_identifier(str(value)) if letter == "I" else _literal(value))
    return "".join([*done, pattern[at:]])


def _identifier(text: str) -> str:
    """quote_ident(): quoted only where it must be; reserved words are always quoted here, which names the same."""
    plain = text.isascii() and text.replace("_", "a").isalnum() and text == text.lower() and not text[:1].isdigit()
    return text if plain and text not in _RESERVED else '"' + text.replace('"', '""') + '"'


_RESERVED = frozenset(
    {"user", "order", "group", "table", "select", "default", "check", "column", "end", "limit", "all"}
)


def _literal(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def given_rows(run: Run, query: Node) -> tuple[tuple[str, ...], list[tuple[object, ...]]] | None:
    """The names and rows that a query gives; None if they are not all certain."""
    if not run.catalog.opaque:
        found = questions.rows(run.catalog, query, run.version, path=run.path)
        if found is not None:
            return found
    source = rows.selected(run, query)
    if source.values is None or (source.count or 0) > 1000:
        return None
    from contractcheck.migrations.postgresql.queries import analyse

    scratch = Run(run.catalog.copy(), run.server, run.block, settings=run.settings)
    columns = analyse(scratch, query).columns
    records = source.values()
    if columns is None or any(not known(value) for record in records for value in record.values()):
        return None
    names = tuple(name for name, _ in columns)
    return names, [tuple(record.get(place + 1) for place in range(len(names))) for record in records]
