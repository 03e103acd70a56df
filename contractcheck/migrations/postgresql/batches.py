"""Programs that go through rows in batches and commit each: no schema is changed, and nobody waits for all of them."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.nodes import only, ref, walk
from contractcheck.migrations.postgresql.run import Run

_LOOPS = frozenset({f"PLpgSQL_stmt_{kind}" for kind in ("while", "loop", "fori", "fors")})
_PLAIN = frozenset({f"PLpgSQL_stmt_{kind}" for kind in ("assign", "commit", "exit", "return", "raise", "perform")})
_ROWS = {"InsertStmt", "UpdateStmt", "DeleteStmt", "SelectStmt"}
_CALL = re.compile(r"\b([a-z_][\w.]*)\s*\(", re.IGNORECASE)
# Functions and words before a bracket that change nothing.
_HARMLESS = frozenset(
    {"pg_relation_size", "current_setting", "pg_sleep", "format", "min", "max", "count", "sum", "coalesce", "nullif"}
    | {"greatest", "least", "ceil", "ceiling", "floor", "round", "now", "clock_timestamp", "array", "any", "all"}
    | {"generate_series", "array_agg", "cardinality", "array_length", "unnest", "in", "values", "exists", "and", "or"}
    | {
        "not",
        "select",
        "where",
        "from",
        "as",
        "using",
        "set",
        "on",
        "case",
        "when",
        "then",
        "else",
        "returning",
        "over",
    }
    | {
        "lower",
        "upper",
        "trim",
        "substring",
        "length",
        "md5",
        "to_char",
        "date_trunc",
        "extract",
        "limit",
        "set_config",
    }
)


def follow(run: Run, body: str) -> bool:
    """Carry a program out that only changes rows, in loops that commit; whether it is one. Raises FailureError.

    A COMMIT inside a transaction block is refused (2D000, invalid transaction termination).
    """
    program = _parse(body)
    if program is None:
        return False
    block = program["action"]["PLpgSQL_stmt_block"]
    statements = list(_statements(block.get("body", ()), looped=False))
    kinds = {kind for kind, _, _ in statements}
    committed = any(kind == "PLpgSQL_stmt_commit" and looped for kind, _, looped in statements)
    if block.get("exceptions") or not kinds <= _LOOPS | _PLAIN | {"PLpgSQL_stmt_if", "PLpgSQL_stmt_execsql"}:
        return False
    if not committed or any(name.lower() not in _HARMLESS for name in _called(program)):
        return False
    found = [_rows(fields, looped=looped) for kind, fields, looped in statements if kind == "PLpgSQL_stmt_execsql"]
    if any(each is None for each in found):
        return False
    run.not_in_block("COMMIT in a DO block")
    for each in found:
        if each is not None:
            _carry_out(run, *each)
    return True


def _parse(body: str) -> Any:  # noqa: ANN401 - a syntax tree
    import orjson
    from pglast.parser import ParseError, parse_plpgsql_json

    if "$contractcheck$" in body:
        return None
    text = f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $contractcheck${body}$contractcheck$"
    try:
        return orjson.loads(parse_plpgsql_json(text))[0]["PLpgSQL_function"]
    except (ParseError, ValueError, KeyError, IndexError):
        return None


def _statements(body: Any, *, looped: bool) -> Iterator[tuple[str, Any, bool]]:  # noqa: ANN401 - syntax trees
    """Every statement with its fields, and whether it is in a loop."""
    for statement in body:
        kind, fields = only(statement)
        yield kind, fields, looped
        inside = looped or kind in _LOOPS
        for key in ("body", "then_body", "else_body"):
            yield from _statements(fields.get(key, ()), looped=inside)
        for other in fields.get("elsif_list", ()):
            yield from _statements(other["PLpgSQL_if_elsif"].get("stmts", ()), looped=inside)


def _called(program: object) -> Iterator[str]:
    """What stands before a bracket in any expression or statement of the program."""
    match program:
        case {"PLpgSQL_expr": {"query": str(text)}}:
            bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", " ", text)
            bare = re.sub(r"(?i)\binsert\s+into\s+[\w.]+|::\s*\w+", " ", bare)
            yield from _CALL.findall(bare)
        case dict():
            for value in program.values():
                yield from _called(value)
        case list():
            for value in program:
                yield from _called(value)
        case _:
            return


def _rows(fields: Any, *, looped: bool) -> tuple[str, Node] | None:  # noqa: ANN401 - a syntax tree
    """The kind and the fields of a statement on rows; None for any other, and for a change of them outside of loops."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        statements = orjson.loads(parse_sql_json(fields["sqlstmt"]["PLpgSQL_expr"]["query"]))["stmts"]
    except (ParseError, ValueError, KeyError):
        return None
    kind, found = only(statements[0]["stmt"]) if len(statements) == 1 else ("", {})
    return (kind, found) if kind in _ROWS and (looped or kind == "SelectStmt") else None


def _carry_out(run: Run, kind: str, fields: Node) -> None:
    names = {each.get("ctename") for name, each in walk(fields) if name == "CommonTableExpr"}
    target = fields.get("relation")
    if kind != "SelectStmt" and target is not None:
        table = run.table(ref(target))
        run.lock(table.number, Lock.ROW_EXCLUSIVE)
        run.catalog.put(replace(table, rows=None))
    for name, each in walk(fields):
        if name == "RangeVar" and each.get("relname") not in names:
            found = run.find(ref(each))
            if isinstance(found, Table):
                run.lock(found.number, Lock.ACCESS_SHARE)
