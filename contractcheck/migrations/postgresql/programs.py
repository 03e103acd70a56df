"""Programs of PL/pgSQL, followed as far as their way is certain: variables, conditions, loops, handlers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from contractcheck.migrations import operations as op
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import variables
from contractcheck.migrations.postgresql.nodes import only
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import OPAQUE, known

_DEEPEST = 20
_STEPS = 2_000  # statements carried out in one program
# PLpgSQL_stmt_raise: below ERROR (src/include/utils/elog.h).
_ERROR = 21
NEXT, RETURN, EXIT, CONTINUE = "next", "return", "exit", "continue"


class UnclearError(Exception):
    """What the program does next is not known; what it did until then stands."""


class _Program(Struct):
    """A program under way: the transaction, its variables by name, the names by number, the steps taken."""

    run: Run
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    steps: int = 0


def follow(run: Run, body: str) -> bool:
    """Carry out a body as far as its way is known; whether that was to its end. Raises FailureError."""
    parsed = _parse(body)
    if parsed is None:
        return False
    program = _Program(run)
    try:
        _declare(program, parsed.get("datums", ()))
        _block(program, parsed["action"]["PLpgSQL_stmt_block"], 0)
    except (UnclearError, KeyError):
        return False
    return True


def _parse(body: str) -> Node | None:
    """The program of a body; None if the parser does not take it."""
    import orjson
    from pglast.parser import ParseError, parse_plpgsql_json

    if "$contractcheck$" in body:
        return None
    text = f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $contractcheck${body}$contractcheck$"
    try:
        found: Any = orjson.loads(parse_plpgsql_json(text))
        program: Node = found[0]["PLpgSQL_function"]
    except (ParseError, ValueError, KeyError, IndexError):
        return None
    return program


def _declare(program: _Program, datums: Sequence[Node]) -> None:
    """The variables with their first values. One name for two of them, each with a value, is not followed."""
    for number, datum in enumerate(datums):
        kind, fields = only(datum)
        name = str(fields.get("refname", "")).lower()
        if kind == "PLpgSQL_var":
            program.names[number] = name
            default = fields.get("default_val")
            if default is not None and program.values.get(name) is not None and name in program.values:
                raise UnclearError
            if default is not None:
                program.values[name] = variables.compute(program.run, _text(default), program.values)
            else:
                program.values.setdefault(name, None)
        elif kind == "PLpgSQL_rec":
            program.records[fields.get("dno", number)] = name
        elif kind == "PLpgSQL_recfield":
            record = program.records.get(fields.get("recparentno", -1), "")
            program.values[f"{record}.{fields.get('fieldname', '')}".lower()] = OPAQUE
    program.values["found"] = OPAQUE


def _text(expression: Node) -> str:
    return str(expression["PLpgSQL_expr"]["query"])


# -- blocks and handlers ----------------------------------------------------------------------------------------------


def _block(program: _Program, block: Node, depth: int) -> str:
    """Carry out a block; how it ended. Raises UnclearError, and FailureError as its statements do."""
    if depth > _DEEPEST:
        raise UnclearError
    run = program.run
    handlers = block.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list")
    before, locks = run.catalog.copy(), dict(run.locks)
    try:
        return _statements(program, block.get("body", ()), depth)
    except FailureError as failure:
        for handler in handlers or ():
            fields = handler["PLpgSQL_exception"]
            caught = _catches(fields.get("conditions", ()), failure.why)
            if caught is None:
                raise UnclearError from None
            if caught:
                run.catalog, run.locks = before, locks
                return _statements(program, fields.get("action", ()), depth)
        raise


# What a refusal is called in a handler (manual, appendix A), by how its message reads.
_CONDITIONS = (
    (r"^(relation|table|view|materialized view|sequence|foreign table) .*does not exist", "undefined_table"),
    (r"^column .*does not exist", "undefined_column"),
    (r"^function .*does not exist", "undefined_function"),
    (r"^schema .*does not exist", "invalid_schema_name"),
    (r"does not exist", "undefined_object"),
    (r"^column .*already exists", "duplicate_column"),
    (r"^relation .*already exists", "duplicate_table"),
    (r"^schema .*already exists", "duplicate_schema"),
    (r"^function .*already exists", "duplicate_function"),
    (r"already exists", "duplicate_object"),
    (r"depends on it|requires it", "dependent_objects_still_exist"),
    (r"^multiple primary keys", "invalid_table_definition"),
    (r"contains null values|violates not-null", "not_null_violation"),
    (r"could not create unique index|violates unique", "unique_violation"),
    (r"violates foreign key", "foreign_key_violation"),
    (r"violates check|is violated by some row", "check_violation"),
    (r"^the block raises", "raise_exception"),
)


def _catches(conditions: Sequence[Node], why: str) -> bool | None:
    """Whether a handler catches a refusal; None if that cannot be told from its message."""
    names = {str(each["PLpgSQL_condition"].get("condname", "?")).lower() for each in conditions}
    if "others" in names:
        return True
    what = next((condition for pattern, condition in _CONDITIONS if re.search(pattern, why)), None)
    if what is not None and what in names:
        return True
    told = {condition for _, condition in _CONDITIONS}
    return None if "?" in names or (what is None and not names <= told) else False


# -- statements -------------------------------------------------------------------------------------------------------


def _statements(program: _Program, statements: Sequence[Node], depth: int) -> str:
    for statement in statements:
        program.steps += 1
        if program.steps > _STEPS:
            raise UnclearError
        ended = _statement(program, *only(statement), depth)
        if ended != NEXT:
            return ended
    return NEXT


def _statement(program: _Program, kind: str, fields: Mapping[str, Any], depth: int) -> str:
    if fields.get("label"):
        raise UnclearError
    match kind:
        case "PLpgSQL_stmt_return":
            return RETURN
        case "PLpgSQL_stmt_exit":
            if "cond" not in fields or _holds(program, fields["cond"]):
                return EXIT if fields.get("is_exit") else CONTINUE
        case "PLpgSQL_stmt_block":
            return _block(program, fields, depth + 1)
        case "PLpgSQL_stmt_if":
            return _if(program, fields, depth)
        case "PLpgSQL_stmt_case":
            return _case(program, fields, depth)
        case "PLpgSQL_stmt_fori" | "PLpgSQL_stmt_foreach_a" | "PLpgSQL_stmt_fors" | "PLpgSQL_stmt_dynfors":
            return _loop(program, kind, fields, depth)
        case "PLpgSQL_stmt_while" | "PLpgSQL_stmt_loop":
            while kind == "PLpgSQL_stmt_loop" or _holds(program, fields["cond"]):
                ended = _statements(program, fields.get("body", ()), depth)
                program.steps += 1
                if ended in {EXIT, RETURN}:
                    return RETURN if ended == RETURN else NEXT
                if program.steps > _STEPS:
                    raise UnclearError
        case "PLpgSQL_stmt_assign":
            text = _text(fields["expr"]).partition(":=")[2] or _text(fields["expr"]).partition("=")[2]
            _assign(program, fields["varno"], variables.compute(program.run, text, program.values))
        case "PLpgSQL_stmt_execsql":
            _sql(program, _text(fields["sqlstmt"]), fields)
        case "PLpgSQL_stmt_dynexecute":
            text = variables.compute(program.run, _text(fields["query"]), program.values)
            if not isinstance(text, str):
                raise UnclearError
            _sql(program, text, fields, dynamic=True)
        case "PLpgSQL_stmt_perform":
            _sql(program, _text(fields["expr"]), {"into": True})
        case "PLpgSQL_stmt_getdiag":
            for item in fields["diag_items"]:
                _assign(program, item["PLpgSQL_diag_item"]["target"], OPAQUE)
        case "PLpgSQL_stmt_assert":
            if not _holds(program, fields["cond"]):
                raise FailureError("assertion failed")
        case "PLpgSQL_stmt_raise":
            if fields.get("elog_level", _ERROR) >= _ERROR:
                raise FailureError(f"the block raises {fields.get('message', 'an exception')!r}")
        case "PLpgSQL_stmt_commit" | "PLpgSQL_stmt_rollback":
            program.run.not_in_block("COMMIT in a block")
            if kind == "PLpgSQL_stmt_rollback":
                raise UnclearError
        case _:
            raise UnclearError
    return NEXT


def _assign(program: _Program, number: int, value: object) -> None:
    if number not in program.names:
        raise UnclearError
    program.values[program.names[number]] = value


def _harmless(statements: Sequence[Node]) -> bool:
    """Whether statements at most say something."""
    return all(
        kind == "PLpgSQL_stmt_raise" and fields.get("elog_level", _ERROR) < _ERROR
        for kind, fields in map(only, statements)
    )


def _holds(program: _Program, condition: Node) -> bool:
    """Whether a condition holds; NULL does not. Raises UnclearError."""
    value = variables.compute(program.run, _text(condition), program.values)
    if not isinstance(value, bool | None):
        raise UnclearError
    return bool(value)


def _if(program: _Program, fields: Mapping[str, Any], depth: int) -> str:
    ways = [(fields["cond"], fields.get("then_body", ()))]
    ways += [
        (each["PLpgSQL_if_elsif"]["cond"], each["PLpgSQL_if_elsif"].get("stmts", ()))
        for each in fields.get("elsif_list", ())
    ]
    for condition, body in ways:
        try:
            holds = _holds(program, condition)
        except UnclearError:
            if all(_harmless(each) for each in [*(body for _, body in ways), fields.get("else_body", ())]):
                return NEXT
            raise
        if holds:
            return _statements(program, body, depth)
    return _statements(program, fields.get("else_body", ()), depth)


def _case(program: _Program, fields: Mapping[str, Any], depth: int) -> str:
    if "t_expr" in fields:
        value = variables.compute(program.run, _text(fields["t_expr"]), program.values)
        program.values[program.names[fields["t_varno"]]] = value
    for each in fields["case_when_list"]:
        way = each["PLpgSQL_case_when"]
        if _holds(program, way["expr"]):
            return _statements(program, way.get("stmts", ()), depth)
    if not fields.get("have_else"):
        raise FailureError("case not found")
    return _statements(program, fields.get("else_stmts", ()), depth)


# -- loops ------------------------------------------------------------------------------------------------------------


def _loop(program: _Program, kind: str, fields: Mapping[str, Any], depth: int) -> str:
    """A loop over a range, an array or rows, as often as is certain."""
    outer = dict(program.values)
    set_names: set[str] = set()
    for turn in _turns(program, kind, fields):
        program.values |= turn
        set_names |= turn.keys()
        ended = _statements(program, fields.get("body", ()), depth)
        if ended == RETURN:
            return RETURN
        if ended == EXIT:
            break
    if kind == "PLpgSQL_stmt_fori":  # its variable is its own
        for name in set_names:
            program.values[name] = outer.get(name)
    program.values["found"] = bool(set_names)
    return NEXT


def _turns(program: _Program, kind: str, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the variables are in each turn of a loop. Raises UnclearError."""
    run, values = program.run, program.values
    if kind == "PLpgSQL_stmt_fori":
        low, high = (variables.compute(run, _text(fields[side]), values) for side in ("lower", "upper"))
        step = variables.compute(run, _text(fields["step"]), values) if "step" in fields else 1
        if not all(type(n) is int for n in (low, high, step)) or step < 1 or abs(high - low) > _STEPS:
            raise UnclearError
        name = str(fields["var"]["PLpgSQL_var"]["refname"]).lower()
        numbers = range(low, high - 1, -step) if fields.get("reverse") else range(low, high + 1, step)
        return [{name: number} for number in numbers]
    if kind == "PLpgSQL_stmt_foreach_a":
        items = variables.compute(run, _text(fields["expr"]), values)
        if not isinstance(items, list) or fields.get("slice") or fields["varno"] not in program.names:
            raise UnclearError
        return [{program.names[fields["varno"]]: item} for item in items]
    if kind == "PLpgSQL_stmt_dynfors":
        text = variables.compute(run, _text(fields["query"]), values)
    else:
        text = _text(fields["query"])
    query = variables.filled(variables.parsed(text), values) if isinstance(text, str) else None
    if query is None or fields.get("params"):
        raise UnclearError
    _carry_out(run, query)
    found = variables.given_rows(run, query)
    if found is None:
        raise UnclearError
    names = found[0]
    record = fields["var"].get("PLpgSQL_rec", {}).get("refname")
    if record is not None:
        return [{f"{record}.{name}".lower(): v for name, v in zip(names, row, strict=True)} for row in found[1]]
    targets = [str(each["name"]).lower() for each in fields["var"].get("PLpgSQL_row", {}).get("fields", ())]
    if len(targets) != len(names):
        raise UnclearError
    return [dict(zip(targets, row, strict=True)) for row in found[1]]


# -- SQL --------------------------------------------------------------------------------------------------------------


def _sql(program: _Program, text: str, fields: Mapping[str, Any], *, dynamic: bool = False) -> None:
    """One statement of SQL, or the text of EXECUTE, which may hold several. Raises UnclearError, FailureError."""
    from contractcheck.migrations.postgresql.parse import parse

    run = program.run
    if dynamic and not fields.get("into"):
        operations = parse(text)
        if any(isinstance(each, op.Unmodelled | op.Block | op.Transaction) for each in operations):
            raise UnclearError
        from contractcheck.migrations.postgresql.execute import execute

        for operation in operations:
            execute(run, operation)
        return
    statement = variables.parsed(text)
    if statement is None:
        raise UnclearError
    if not dynamic:
        statement = variables.filled(statement, program.values)
    kind = only(statement)[0]
    if kind == "SelectStmt" and not fields.get("into"):
        raise FailureError("query has no destination for result data")
    _carry_out(run, statement)
    program.values["found"] = OPAQUE
    if "target" in fields:
        _into(program, fields["target"], statement if kind == "SelectStmt" else None)


def _carry_out(run: Run, statement: Node) -> None:
    from contractcheck.migrations.postgresql.execute import execute
    from contractcheck.migrations.postgresql.parse import read

    operation = read(statement)
    if isinstance(operation, op.Unmodelled | op.Block):
        raise UnclearError
    if isinstance(operation, op.Transaction):
        raise FailureError("unsupported transaction command in PL/pgSQL")
    execute(run, operation)


def _into(program: _Program, target: Node, query: Node | None) -> None:
    """Put the first row of a query into variables."""
    found = variables.given_rows(program.run, query) if query is not None else None
    row: Sequence[object] | None = None
    if found is not None:
        row = found[1][0] if found[1] else [None] * len(found[0])
        program.values["found"] = bool(found[1])
    record = target.get("PLpgSQL_rec", {}).get("refname")
    if record is not None:
        for name in [name for name in program.values if name.startswith(f"{record.lower()}.")]:
            program.values[name] = OPAQUE
        if found is not None and row is not None:
            program.values |= {f"{record}.{n}".lower(): v for n, v in zip(found[0], row, strict=False)}
        return
    names = [str(each["name"]).lower() for each in target.get("PLpgSQL_row", {}).get("fields", ())]
    for place, name in enumerate(names):
        value = row[place] if row is not None and place < len(row) else OPAQUE
        program.values[name] = value if known(value) else OPAQUE
