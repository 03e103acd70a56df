"""Programs of PL/pgSQL whose way is known: plain statements, conditions on the schema, handlers that only ignore."""

from collections.abc import Sequence
from typing import Any

from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import questions
from contractcheck.migrations.postgresql.nodes import only
from contractcheck.migrations.postgresql.run import FailureError, Run

_DEEPEST = 20
# PLpgSQL_stmt_raise: below ERROR (src/include/utils/elog.h).
_ERROR = 21


class UnclearError(Exception):
    """What the program does next is not known; what it did until then stands."""


def follow(run: Run, body: str) -> bool:
    """Carry out a body as far as its way is known; whether that was to its end. Raises FailureError."""
    program = _parse(body)
    if program is None:
        return False
    try:
        _block(run, program)
    except UnclearError:
        return False
    return True


def _parse(body: str) -> Node | None:
    """The block of a body; None if the parser does not take it."""
    import orjson
    from pglast.parser import ParseError, parse_plpgsql_json

    if "$contractcheck$" in body:
        return None
    text = f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $contractcheck${body}$contractcheck$"
    try:
        found: Any = orjson.loads(parse_plpgsql_json(text))
        action: Node = found[0]["PLpgSQL_function"]["action"]["PLpgSQL_stmt_block"]
    except (ParseError, ValueError, KeyError, IndexError):
        return None
    return action


def _block(run: Run, block: Node, depth: int = 0) -> bool:
    """Carry out a block; whether it returned. Raises UnclearError, and FailureError as its statements do."""
    if depth > _DEEPEST:
        raise UnclearError
    handlers = block.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list")
    before, locks = run.catalog.copy(), dict(run.locks)
    try:
        return _statements(run, block.get("body", ()), depth)
    except FailureError:
        if handlers is None:
            raise
        actions = [each["PLpgSQL_exception"].get("action", ()) for each in handlers]
        if not all(_harmless(action) for action in actions):
            raise UnclearError from None
        run.catalog, run.locks = before, locks
        return False


def _harmless(statements: Sequence[Node]) -> bool:
    """Whether statements at most say something."""
    return all(
        kind == "PLpgSQL_stmt_raise" and fields.get("elog_level", _ERROR) < _ERROR
        for kind, fields in map(only, statements)
    )


def _statements(run: Run, statements: Sequence[Node], depth: int) -> bool:
    for statement in statements:
        kind, fields = only(statement)
        match kind:
            case "PLpgSQL_stmt_return":
                return True
            case "PLpgSQL_stmt_block":
                if _block(run, fields, depth + 1):
                    return True
            case "PLpgSQL_stmt_if":
                if _if(run, fields, depth):
                    return True
            case "PLpgSQL_stmt_execsql" if not fields.get("into"):
                _sql(run, fields["sqlstmt"]["PLpgSQL_expr"]["query"])
            case "PLpgSQL_stmt_dynexecute" if not fields.get("into") and not fields.get("params"):
                _sql(run, _text(fields["query"]["PLpgSQL_expr"]["query"]))
            case "PLpgSQL_stmt_raise":
                if fields.get("elog_level", _ERROR) >= _ERROR:
                    raise FailureError(f"the block raises {fields.get('message', 'an exception')!r}")
            case _:
                raise UnclearError
    return False


def _if(run: Run, fields: Node, depth: int) -> bool:
    ways = [(fields["cond"], fields.get("then_body", ()))]
    ways += [
        (each["PLpgSQL_if_elsif"]["cond"], each["PLpgSQL_if_elsif"].get("stmts", ()))
        for each in fields.get("elsif_list", ())
    ]
    for condition, body in ways:
        holds = _holds(run, condition["PLpgSQL_expr"]["query"])
        if holds is None:
            rest = [body for _, body in ways] + [fields.get("else_body", ())]
            if all(_harmless(each) for each in rest):
                return False
            raise UnclearError
        if holds:
            return _statements(run, body, depth)
    return _statements(run, fields.get("else_body", ()), depth)


def _holds(run: Run, condition: str) -> bool | None:
    if run.catalog.opaque or not run.catalog.complete:
        return None
    found = questions.answer(run.catalog, f"SELECT {condition}", run.version)
    if found is None or len(found[1]) != 1:
        return None
    value = found[1][0][0]
    return value if isinstance(value, bool) else None


def _text(expression: str) -> str:
    """The text of a literal. Raises UnclearError for any other expression."""
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        target = orjson.loads(parse_sql_json(f"SELECT {expression}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
        return str(target["ResTarget"]["val"]["A_Const"]["sval"]["sval"])
    except (ParseError, ValueError, KeyError, IndexError):
        raise UnclearError from None


def _sql(run: Run, sql: str) -> None:
    from contractcheck.migrations import operations as op
    from contractcheck.migrations.postgresql.execute import execute as carry_out
    from contractcheck.migrations.postgresql.parse import parse as read

    operations = read(sql)
    if any(isinstance(each, op.Unmodelled | op.Block) for each in operations):
        raise UnclearError
    for operation in operations:
        carry_out(run, operation)
