"""Expressions as SQL text: what the parser gave, printed so that it gives the same again."""

from collections.abc import Mapping
from typing import Any

from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.nodes import only

_CONSTANTS = {"ival": "Integer", "fval": "Float", "sval": "String", "boolval": "Boolean", "bsval": "BitString"}
_PLACES = frozenset({"location", "rexpr_list_start", "rexpr_list_end", "list_start", "list_end"})
_STYLES = _PLACES | {"funcformat"}


def deparse(expression: Node) -> str | None:
    """The text of an expression; None where it cannot be printed so that it reads the same."""
    from pglast.ast import Node as Made
    from pglast.ast import ResTarget, SelectStmt
    from pglast.enums import LimitOption, SetOperation
    from pglast.stream import RawStream

    try:
        made = _node(expression)
        if not isinstance(made, Made):
            return None
        whole = SelectStmt(
            targetList=(ResTarget(val=made),),
            limitOption=LimitOption.LIMIT_OPTION_DEFAULT,
            op=SetOperation.SETOP_NONE,
        )
        text = str(RawStream()(whole)).removeprefix("SELECT ")
    except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError, RecursionError):
        return None  # a node that the printer does not know
    return text if same(expression, text) else None


def same(expression: Node, text: str) -> bool:
    """Whether a text is that expression, wherever it stands."""
    return bool(bare(parsed(text)) == bare(expression))


def parsed(text: str) -> Node | None:
    """The expression of a text; None if it is none."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        statements = orjson.loads(parse_sql_json(f"SELECT {text}"))["stmts"]
        fields = statements[0]["stmt"]["SelectStmt"]
        if len(statements) != 1 or len(fields["targetList"]) != 1 or {*fields} - {"targetList", "limitOption", "op"}:
            return None
        target = fields["targetList"][0]["ResTarget"]
        found: Node = target["val"]
    except (ParseError, ValueError, KeyError, IndexError):
        return None
    return None if "name" in target else found


def bare(value: Any) -> Any:  # noqa: ANN401 - a part of a syntax tree
    """A part of a tree without the places in the text."""
    match value:
        case Mapping():
            return {key: bare(part) for key, part in value.items() if key not in _STYLES}
        case list() | tuple():
            return [bare(part) for part in value]
        case _:
            return value


def _node(wrapped: Node) -> object:
    """The printer's node of one of the parser's."""
    kind, fields = only(wrapped)
    if kind == "List":
        return tuple(_node(item) for item in fields.get("items", ()))
    return _made(kind, fields)


def _made(kind: str, fields: Mapping[str, Any]) -> object:
    from pglast import ast

    cls = getattr(ast, kind)
    if kind == "A_Const":
        for key, name in _CONSTANTS.items():
            if key in fields:
                empty = {"ival": 0, "boolval": False}.get(key, "")
                return cls(isnull=False, val=getattr(ast, name)(fields[key].get(key, empty)))
        return cls(isnull=True)
    made = cls()
    slots = cls.__slots__
    for name, value in fields.items():
        if name not in _PLACES:
            setattr(made, name, _value(slots[name].c_type, value))
    for name, slot in slots.items():
        if name not in fields and slot.c_type == "bool":
            setattr(made, name, False)
    return made


def _value(c_type: str, value: Any) -> object:  # noqa: ANN401 - a part of a syntax tree
    from pglast import enums

    match value:
        case list():
            return tuple(_node(item) for item in value)
        case Mapping() if c_type in {"Node*", "Expr*"}:
            return _node(value)
        case Mapping():
            return _made(c_type.rstrip("*"), value)
        case str() if hasattr(enums, c_type):
            return getattr(enums, c_type)[value]
        case _:
            return value
