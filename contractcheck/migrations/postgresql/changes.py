"""SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, CALL: what they lock, read and change."""

from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.catalog import Function, RowSource, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node, Query
from contractcheck.migrations.postgresql import analysis, blocks, consequences, facts, rows, updatable
from contractcheck.migrations.postgresql.expressions import (
    EXTENSION_FUNCTIONS,
    calls,
    conjuncts,
    infer,
    references,
    user_functions,
)
from contractcheck.migrations.postgresql.nodes import constant, only, ref, strings, texts, walk
from contractcheck.migrations.postgresql.queries import (
    Reading,
    Source,
    absorb,
    analyse,
    assignable,
    filled,
    mark_scans,
    pruned,
    read_ctes,
    read_from,
    read_subqueries,
    sourceless,
)
from contractcheck.migrations.postgresql.run import FailureError, Run, use_label
from contractcheck.migrations.postgresql.values import evaluate

SYSTEM = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})

# -- statements -------------------------------------------------------------------------------------------------------


def execute(run: Run, statement: Query) -> None:
    """SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, CALL."""
    kind, fields = only(statement.node)
    _called(run, statement)
    match statement.verb:
        case "select" if (routine := _alone(run, fields)) is not None and blocks.call(run, routine):
            return
        case "select":
            sourceless(statement.node)
            _finish(run, analyse(run, statement.node))
        case "insert" | "update" | "delete" | "merge":
            if statement.verb == "merge":
                run.need(15, "MERGE")
            found = Reading()
            modify(run, kind, fields, found, {})
            _finish(run, found)
        case "copy":
            _copy(run, fields)
        case "explain":
            _explain(run, fields)
        case "call":
            mine = user_functions(strings(fields["funccall"]["funcname"]), run.scope())
            if len(mine) == 1 and not fields["funccall"].get("args") and blocks.call(run, mine[0]):
                return
            run.doubt(f"procedure {'.'.join(strings(fields['funccall']['funcname']))} may do anything")
        case _:
            run.doubt(f"{statement.verb} is outside the model")


def _alone(run: Run, fields: Node) -> Function | None:
    """The user's function that a SELECT only calls, without arguments; None if it does anything else."""
    targets = fields.get("targetList", ())
    if len(targets) != 1 or fields.keys() - {"targetList", "limitOption", "op"}:
        return None
    call = targets[0]["ResTarget"].get("val", {}).get("FuncCall", {})
    mine = user_functions(strings(call["funcname"]), run.scope()) if call and not call.get("args") else ()
    return mine[0] if len(mine) == 1 and not mine[0].procedure and not mine[0].trigger else None


def _called(run: Run, statement: Query) -> None:
    """Say so where a function is called that may do anything, and follow the one that changes settings.

    A function that is not known is taken to compute something where its value is stored, and to do something where
    nobody looks at its value.
    """
    for parts, call in calls(statement.node):
        name = parts[-1]
        if user_functions(parts, run.scope()):
            continue  # queries say what is not known of them
        if name == "set_config" and statement.verb == "select":
            given = [constant(argument) for argument in call.get("args", ())]
            if len(given) == 3 and isinstance(given[0], str) and isinstance(given[1], str):
                run.settings[given[0].lower()] = given[1]
            else:
                run.doubt("which setting set_config changes is not known")
        elif statement.verb == "select" and not facts.functions(name) and name not in EXTENSION_FUNCTIONS:
            run.doubt(f"what function {name} does is not known")


def _explain(run: Run, fields: Node) -> None:
    """EXPLAIN locks what the statement would; only with ANALYZE it runs."""
    inner, query = only(fields["query"])
    if any(name == "analyze" and value not in {"false", "off", "0"} for name, value in texts(fields.get("options"))):
        if inner in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
            execute(run, Query(inner.removesuffix("Stmt").lower(), {inner: query}))
        else:
            run.doubt("EXPLAIN ANALYZE of this statement is outside the model")
        return
    trial = Run.begin(run.catalog, run.server, block=run.block)
    trial.settings, trial.planning = dict(run.settings), True
    if inner in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
        execute(trial, Query(inner.removesuffix("Stmt").lower(), {inner: query}))
    written = {n for n, lock in trial.locks.items() if lock is Lock.ROW_EXCLUSIVE}
    for number, lock in trial.locks.items():
        if number in run.catalog.relations and (
            number in written or lock <= Lock.ACCESS_SHARE or inner == "SelectStmt"
        ):
            run.lock(number, lock)


def _finish(run: Run, found: Reading) -> None:
    filled(run, found)
    for number, lock in found.locks.items():
        run.lock(number, lock)
    for number in found.scanned:
        run.scan(number)


def modify(run: Run, kind: str, fields: Node, found: Reading, ctes: dict[str, Any]) -> None:
    read_ctes(run, fields, found, ctes)
    table = run.relation(ref(fields["relation"]))
    if not isinstance(table, Table):
        raise FailureError(f'cannot change "{fields["relation"]["relname"]}"')
    if table.kind == "matview":
        raise FailureError(f'cannot change materialized view "{table.name}"')
    found.locks[table.number] = max(found.locks.get(table.number, Lock.ACCESS_SHARE), Lock.ROW_EXCLUSIVE)
    found.written.add(table.number)
    if table.kind == "view" and kind in updatable.EVENTS and run.knows(table):
        on_base = updatable.below(run, table, kind, fields, found)
        if on_base is not None:
            modify(run, kind, on_base, found, ctes)
        return
    match kind:
        case "InsertStmt":
            _insert(run, table, fields, found, ctes)
        case "UpdateStmt" | "DeleteStmt":
            _change(run, table, kind, fields, found, ctes)
        case _:
            _merge(run, table, fields, found, ctes)


def _merge(run: Run, table: Table, fields: Node, found: Reading, ctes: dict[str, Any]) -> None:
    """MERGE: each of its actions may meet rows."""
    if any(rule.event != "select" for rule in table.rules):
        raise FailureError(f'cannot execute MERGE on relation "{table.name}"')
    target = Source(fields["relation"].get("alias", {}).get("aliasname", table.name), table)
    sources = [target]
    read_from(run, fields["sourceRelation"], found, sources, ctes)
    for source in sources:
        if source.table is not None:
            run.scan(source.table.number)
    now = run.current(table.number)
    for node in fields.get("mergeWhenClauses", ()):
        clause = node["MergeWhenClause"]
        match clause.get("commandType"):
            case "CMD_INSERT":
                consequences.keys_of_insert(run, now, found)
                consequences.triggers(run, now, consequences.INSERT)
            case "CMD_UPDATE":
                changed = [c.number for n in clause.get("targetList", ()) if (c := now.column(n["ResTarget"]["name"]))]
                consequences.keys_of_update(run, now, changed, clause, found)
                consequences.triggers(run, now, consequences.UPDATE, tuple(changed))
            case "CMD_DELETE":
                consequences.keys_of_delete(run, now, found)
                consequences.triggers(run, now, consequences.DELETE)
    run.catalog.put(replace(run.current(table.number), rows=None))


def _insert(run: Run, table: Table, fields: Node, found: Reading, ctes: dict[str, Any]) -> None:
    names = [node["ResTarget"]["name"] for node in fields.get("cols", ())]
    for name in names:
        if table.known and run.current(table.number).column(name) is None:
            raise FailureError(f'column "{name}" of relation "{table.name}" does not exist')
    if "onConflictClause" in fields and any(rule.event in {"insert", "update"} for rule in table.rules):
        raise FailureError("INSERT with ON CONFLICT clause cannot be used with table that has INSERT or UPDATE rules")
    _identity(run, table, names, fields)
    _labels(run, table, fields)
    inner = Reading()
    if "selectStmt" in fields:
        inner = analyse(run, fields["selectStmt"], ctes)
        absorb(found, inner)
        _fits(run, table, names, inner, fields["selectStmt"].get("SelectStmt", {}))
    source = rows.inserted(run, table, names, fields)
    if source.count == 0:
        return
    source = rows.blurred(source, consequences.rewritten(run, run.current(table.number), consequences.INSERT))
    consequences.keys_of_insert(run, run.current(table.number), found, source.count)
    consequences.triggers(run, run.current(table.number), consequences.INSERT)
    _add_rows(run, table, source, found)


def _fits(run: Run, table: Table, names: list[str], given: Reading, query: Node) -> None:
    """Refuse what a query gives if there is too much of it, or of types that the columns do not take."""
    now = run.current(table.number)
    if given.columns is None or not run.knows(now) or now.kind == "view":
        return
    columns = [c for n in names if (c := now.column(n))] if names else list(now.columns)
    if len(given.columns) > len(columns):
        raise FailureError("INSERT has more expressions than target columns")
    if names and len(given.columns) < len(columns):
        raise FailureError("INSERT has more target columns than expressions")
    # A bare literal of the query is read as the column's type, not as text.
    literals = "op" in query and query["op"] != "SETOP_NONE"
    literals = literals or any("A_Const" in node["ResTarget"]["val"] for node in query.get("targetList", ()))
    for column, (_, kind) in zip(columns, given.columns, strict=False):
        if literals and kind == Type("text"):
            continue
        if not assignable(run, kind, column.type):
            raise FailureError(f'column "{column.name}" is of another type than its expression')


def _identity(run: Run, table: Table, names: list[str], fields: Node) -> None:
    """Refuse values for columns that the server always makes itself."""
    lists = fields.get("selectStmt", {}).get("SelectStmt", {}).get("valuesLists", ())
    columns = run.current(table.number).columns
    wanted = [next((c for c in columns if c.name == name), None) for name in names] if names else list(columns)
    override = fields.get("override", "OVERRIDING_NOT_SET")
    for node in lists:
        for column, item in zip(wanted, node["List"]["items"], strict=False):
            if column is None or "SetToDefault" in item:
                continue
            if column.generated or (column.identity == "a" and override == "OVERRIDING_NOT_SET"):
                raise FailureError(f'cannot insert a non-DEFAULT value into column "{column.name}"')


def _labels(run: Run, table: Table, fields: Node) -> None:
    """Refuse a value of an enum that this transaction added, where a column of the table is of that enum."""
    if not run.fresh_labels:
        return
    enums = {c.type.base for c in run.current(table.number).columns if c.type is not None}
    for kind, literal in walk(fields):
        if kind == "A_Const" and "sval" in literal:
            for number, label in run.fresh_labels:
                if number in enums and label == literal["sval"].get("sval"):
                    use_label(run, number, label)


def _add_rows(run: Run, table: Table, source: RowSource, found: Reading) -> None:
    now = run.current(table.number)
    if now.kind == "partitioned table":
        if rows.homeless(run, now, source):
            raise FailureError(f'no partition of relation "{now.name}" found for row')
        for leaf in run.leaves(table.number):
            below = run.current(leaf)
            spread = rows.routed(run, now, below, source)
            if spread.count is None or spread.count:
                found.locks[leaf] = max(found.locks.get(leaf, Lock.ACCESS_SHARE), Lock.ROW_EXCLUSIVE)
            if below.rows is not None:
                run.catalog.put(replace(below, rows=(*below.rows, spread)))
        return
    for above in run.catalog.ancestors(now.number) if now.partition else ():  # its bound is looked up in the parents
        found.locks.setdefault(above, Lock.ACCESS_SHARE)
    if now.rows is not None:
        rows.accept(run, now, source)
        run.catalog.put(replace(now, rows=(*now.rows, source)))


def _change(run: Run, table: Table, kind: str, fields: Node, found: Reading, ctes: dict[str, Any]) -> None:
    alias = fields["relation"].get("alias", {}).get("aliasname", table.name)
    sources = [Source(alias, run.current(table.number), below=bool(fields["relation"].get("inh")))]
    for item in fields.get("fromClause", fields.get("usingClause", ())):
        read_from(run, item, found, sources, ctes)
    where = fields.get("whereClause")
    if where is not None:
        read_subqueries(run, where, found, ctes)
    if len(sources) == 1 and where is not None:
        if run.knows(now := run.current(table.number)) and not any(kind == "SubLink" for kind, _ in walk(where)):
            for parts in references(where):
                if len(parts) == 1 and parts[0] not in {"*", alias, *SYSTEM} and now.column(parts[0]) is None:
                    raise FailureError(f'column "{parts[0]}" does not exist')
        analysis.sound(run, where, table, boolean="WHERE")
    if where is not None and (evaluate(where, {}, run.catalog) is False or _never(run, table, where)):
        if table.kind == "table" and fields["relation"].get("inh"):  # children are opened all the same
            for child in run.catalog.descendants(table.number):
                found.locks[child] = Lock.ROW_EXCLUSIVE
        return  # no row, and no plan that would look for one
    inherited = run.catalog.descendants(table.number) if fields["relation"].get("inh") else ()
    if table.kind == "partitioned table" and not fields["relation"].get("inh"):
        return  # it has no rows of its own
    for child in inherited:
        if where is None or not pruned(run, run.current(child), where):
            found.locks[child] = Lock.ROW_EXCLUSIVE
    mark_scans(run, where, sources, found, joined=len(sources) > 1)
    for number in found.scanned:  # before the rows go
        run.scan(number)
    now = run.current(table.number)
    _labels(run, table, fields)
    hit = consequences.hits(run, now, where, sources)
    if kind == "UpdateStmt":
        changed: list[int] = []
        for node in fields.get("targetList", ()):
            target = node["ResTarget"]
            if now.known and now.column(target["name"]) is None:
                raise FailureError(f'column "{target["name"]}" of relation "{table.name}" does not exist')
            read_subqueries(run, target.get("val", {}), found, ctes)
            if len(sources) == 1 and run.knows(now) and (given := target.get("val")) is not None:
                analysis.sound(run, given, now)
                kept = now.column(target["name"])
                gives = _gives(run, given) if "SubLink" in given else infer(given, run.scope(now))
                if kept is not None and analysis.certain(run.scope(now)) and not assignable(run, gives, kept.type):
                    raise FailureError(f'column "{kept.name}" is of another type than its expression')
            if column := now.column(target["name"]):
                changed.append(column.number)
                if (column.generated or column.identity == "a") and "SetToDefault" not in target.get("val", {}):
                    raise FailureError(f'column "{column.name}" can only be updated to DEFAULT')
        if hit:
            consequences.keys_of_update(run, now, changed, fields, found)
            consequences.triggers(run, now, consequences.UPDATE, tuple(changed))
        for leaf in run.leaves(table.number):
            run.catalog.put(replace(run.current(leaf), rows=rows.updated(run, run.current(leaf), fields, sources)))
        return
    if hit:
        consequences.keys_of_delete(run, now, found)
        consequences.triggers(run, now, consequences.DELETE)
    for leaf in (table.number, *inherited):
        below = run.current(leaf)
        if below.kind == "partitioned table":
            continue
        left = rows.deleted(run, below, where, sources)
        run.deleted_rows[leaf] = None
        if where is None and len(sources) == 1:
            run.cleared.add(leaf)
        run.catalog.put(replace(below, rows=left))
    run.deleted_rows[table.number] = None


def _gives(run: Run, given: Node) -> Type | None:
    """The type of the one value of a sub-query; None if it is not known."""
    link = given["SubLink"]
    if link.get("subLinkType") != "EXPR_SUBLINK":
        return infer(given, run.scope())
    try:
        columns = analyse(run, link["subselect"]).columns
    except FailureError:  # may speak of the outer row
        return None
    return columns[0][1] if columns and len(columns) == 1 else None


def _never(run: Run, table: Table, where: Node) -> bool:
    """Whether a condition asks for NULL where there is none: the planner of 17 sees that (release notes of 17)."""
    now = run.current(table.number)
    if run.version < 17 or (now.kind == "table" and run.catalog.children.get(now.number)):
        return False
    for node in conjuncts(where):
        kind, fields = only(node)
        if kind == "NullTest" and fields.get("nulltesttype") == "IS_NULL" and "ColumnRef" in fields["arg"]:
            column = now.column((strings(fields["arg"]["ColumnRef"].get("fields")) or ("",))[-1])
            if column is not None and column.not_null and column.not_null_valid:
                return True
    return False


def _copy(run: Run, fields: Node) -> None:
    if "relation" in fields:
        table = run.relation(ref(fields["relation"]))
        if not isinstance(table, Table):
            raise FailureError("cannot copy")
        if fields.get("is_from"):
            run.lock(table.number, Lock.ROW_EXCLUSIVE)
            if table.rows is not None:
                run.catalog.put(replace(table, rows=None))
        else:
            if (
                table.kind == "partitioned table"
                or (table.kind == "matview" and run.version < 18)
                or table.kind == "view"
            ):
                raise FailureError(f'cannot copy from {table.kind} "{table.name}"')
            if not table.populated:
                raise FailureError(f'cannot copy from unpopulated materialized view "{table.name}"')
            if run.version >= 13:  # 12 gives its lock back with the last row (measured)
                run.lock(table.number, Lock.ACCESS_SHARE)
            run.scan(table.number)
    elif "query" in fields:
        _finish(run, analyse(run, fields["query"]))
