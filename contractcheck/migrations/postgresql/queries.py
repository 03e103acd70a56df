"""Queries and changes of rows: what they read, lock and count; what a view depends on."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from contractcheck.migrations.catalog import Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import analysis, rows, types
from contractcheck.migrations.postgresql.expressions import (
    UNKNOWN,
    Scope,
    calls,
    conjuncts,
    infer,
    references,
    user_functions,
)
from contractcheck.migrations.postgresql.naming import figure
from contractcheck.migrations.postgresql.nodes import constant, nested, only, ref, strings, walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import evaluate

_DEEPEST = 20  # views upon views that are looked through
SAFE_LANGUAGES = frozenset({"sql", "plpgsql"})


class Source(Struct):
    """One item of FROM: its alias, the table or the columns of a sub-query."""

    alias: str
    table: Table | None = None
    columns: tuple[tuple[str, Type | None], ...] | None = None
    below: bool = True


class Reading(Struct):
    """What a query reads: relations with their lock, columns, and the columns it gives."""

    locks: dict[int, Lock] = field(default_factory=dict)
    reads: set[tuple[int, int]] = field(default_factory=set)
    scanned: set[int] = field(default_factory=set)
    columns: list[tuple[str, Type | None]] | None = None
    written: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    unfilled: set[int] = field(default_factory=set)
    collations: list[str | None] = field(default_factory=list)  # of `columns`, where they are known


def filled(run: Run, reading: Reading) -> None:
    """Refuse to carry out a query that reads a materialised view without data (ExecOpenScanRelation)."""
    for number in () if run.planning else sorted(reading.unfilled):
        raise FailureError(f'materialized view "{run.current(number).name}" has not been populated')


def analyse(run: Run, query: Node, ctes: dict[str, list[tuple[str, Type | None]] | None] | None = None) -> Reading:
    """What a SELECT reads and gives. Raises FailureError for a relation or column that certainly does not exist."""
    found = Reading()
    kind, fields = only(query)
    if kind != "SelectStmt":
        if kind in {"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
            from contractcheck.migrations.postgresql.changes import modify

            modify(run, kind, fields, found, dict(ctes or {}))
        else:
            run.doubt(f"a query of kind {kind} is outside the model")
        return found
    _select(run, fields, found, dict(ctes or {}))
    return found


def sourceless(query: Node) -> None:
    """Refuse a column in a query, of its own, without FROM."""
    fields = query.get("SelectStmt", {})
    if fields.get("fromClause") or fields.get("op", "SETOP_NONE") != "SETOP_NONE":
        return
    for node in fields.get("targetList", ()):
        kind, inner = only(node["ResTarget"]["val"])
        if kind == "ColumnRef" and strings(inner["fields"]):
            raise FailureError(f'column "{".".join(strings(inner["fields"]))}" does not exist')


def _select(run: Run, fields: Node, found: Reading, ctes: dict[str, list[tuple[str, Type | None]] | None]) -> None:
    read_ctes(run, fields, found, ctes)
    if fields.get("op", "SETOP_NONE") != "SETOP_NONE":
        for side in ("larg", "rarg"):
            inner = Reading()
            _select(run, fields[side], inner, dict(ctes))
            absorb(found, inner)
            if side == "larg":
                found.columns = inner.columns
        return
    if "valuesLists" in fields:
        first = fields["valuesLists"][0]["List"]["items"]
        scope = run.scope()
        found.columns = [(f"column{i + 1}", infer(item, scope)) for i, item in enumerate(first)]
        for row in fields["valuesLists"]:
            read_subqueries(run, row, found, ctes)
        return
    sources: list[Source] = []
    for item in fields.get("fromClause", ()):
        read_from(run, item, found, sources, ctes)
    _columns(run, fields, found, sources)
    for key in (
        "targetList",
        "whereClause",
        "groupClause",
        "havingClause",
        "sortClause",
        "limitCount",
        "distinctClause",
    ):
        if key in fields:
            read_subqueries(run, fields[key], found, ctes)
    if fields.get("lockingClause"):
        for source in sources:
            if source.table is not None:
                below = run.catalog.descendants(source.table.number) if source.below else ()
                for number in (source.table.number, *below):
                    found.locks[number] = max(found.locks.get(number, Lock.ACCESS_SHARE), Lock.ROW_SHARE)
    if "whereClause" in fields and not ctes and not any(len(p) > 1 for p in references(fields["whereClause"])):
        analysis.row_by_row(fields["whereClause"], run.scope())
    if "whereClause" in fields and all(s.table is None or run.knows(s.table) for s in sources):
        scope = Scope(run.catalog, run.path, run.version, lambda p: (lookup(sources, p, run) or (None, 0, None))[2])
        why = analysis.problem(fields["whereClause"], scope, boolean="WHERE")
        if why is not None:
            raise FailureError(why)
    nothing = False
    if "whereClause" in fields and evaluate(fields["whereClause"], {}, run.catalog) is False:
        found.unfilled.clear()  # nothing is opened
        nothing = True
    limit = constant(fields["limitCount"]) if "limitCount" in fields else None
    mark_scans(run, fields.get("whereClause"), sources, found, joined=len(sources) > 1)
    if (
        isinstance(limit, int)
        and "sortClause" not in fields
        and "whereClause" not in fields
        and not fields.get("groupClause")
    ):
        for source in sources:
            if source.table is not None and not _aggregates(fields):
                for number in _straight(run, run.current(source.table.number)):
                    found.scanned -= {number, *run.catalog.descendants(number)}
    if nothing:
        found.scanned.clear()
        for number in [n for n in found.locks if n not in found.named and n not in found.written]:
            part = run.catalog.relations[number]
            if isinstance(part, Table) and part.partition:  # pruned before they are opened
                del found.locks[number]
    alone = sources[0].table if len(sources) == 1 and "whereClause" not in fields else None
    if alone is not None and _end_of_index(run, fields, alone):
        found.scanned.discard(alone.number)


_WHOLE = ("distinctClause", "groupClause", "havingClause", "sortClause", "whereClause", "withClause", "windowClause")


def _straight(run: Run, table: Table, depth: int = 0) -> Iterator[int]:
    """A relation and those below it, if it is a view, that give their rows one by one as they are asked for."""
    yield table.number
    query = (table.query or {}).get("SelectStmt", {}) if table.kind == "view" and depth < _DEEPEST else {}
    items = query.get("fromClause", ())
    simple = len(items) == 1 and "RangeVar" in items[0] and query.get("op", "SETOP_NONE") == "SETOP_NONE"
    if simple and not any(query.get(part) for part in _WHOLE) and not _aggregates(query):
        below = run.find(ref(items[0]["RangeVar"]))
        if isinstance(below, Table):
            yield from _straight(run, below, depth + 1)


def _end_of_index(run: Run, fields: Node, table: Table) -> bool:
    """Whether a query asks only for the least or greatest value of a column that an index begins with."""
    targets = fields.get("targetList", ())
    call = targets[0]["ResTarget"]["val"].get("FuncCall") if len(targets) == 1 else None
    if call is None or {"over", "agg_filter"} & call.keys() or fields.get("groupClause"):
        return False
    if strings(call["funcname"])[-1:] not in {("min",), ("max",)}:
        return False
    arguments = call.get("args", ())
    name = strings(arguments[0].get("ColumnRef", {}).get("fields"))[-1:] if len(arguments) == 1 else ()
    column = run.current(table.number).column(name[0]) if name else None
    indexes = run.catalog.indexes_of(table.number)
    return column is not None and any(
        i.columns[:1] == (column.number,) and i.method == "btree" and i.predicate is None for i in indexes
    )


def _aggregates(fields: Node) -> bool:
    from contractcheck.migrations.postgresql import facts

    return any(
        any(f.kind == "a" for f in facts.functions(parts[-1]))
        for parts, _ in calls({"x": fields.get("targetList", [])})
    )


def absorb(found: Reading, inner: Reading) -> None:
    for number, lock in inner.locks.items():
        found.locks[number] = max(found.locks.get(number, Lock.ACCESS_SHARE), lock)
    found.reads |= inner.reads
    found.scanned |= inner.scanned
    found.written |= inner.written
    found.named |= inner.named
    found.unfilled |= inner.unfilled


def read_ctes(run: Run, fields: Node, found: Reading, ctes: dict[str, list[tuple[str, Type | None]] | None]) -> None:
    clause = fields.get("withClause")
    for node in clause.get("ctes", ()) if clause else ():
        item = node["CommonTableExpr"]
        name = item["ctename"]
        if clause and clause.get("recursive"):
            ctes[name] = None
        inner = analyse(run, item["ctequery"], ctes)
        absorb(found, inner)
        given = strings(item.get("aliascolnames"))
        columns = inner.columns
        if columns is not None and given:
            columns = [(given[i] if i < len(given) else n, t) for i, (n, t) in enumerate(columns)]
        ctes[name] = columns


def read_from(run: Run, item: Node, found: Reading, sources: list[Source], ctes: dict[str, Any]) -> None:
    kind, fields = only(item)
    alias = fields.get("alias", {}).get("aliasname", "")
    match kind:
        case "RangeVar":
            name = fields["relname"]
            if not fields.get("schemaname") and name in ctes:
                columns = ctes[name]
                sources.append(Source(alias or name, None, tuple(columns) if columns is not None else None))
                return
            table = run.relation(ref(fields))
            if table is None:
                raise FailureError(f'relation "{name}" does not exist')
            found.locks[table.number] = max(found.locks.get(table.number, Lock.ACCESS_SHARE), Lock.ACCESS_SHARE)
            found.named.add(table.number)
            if isinstance(table, Table):
                below = run.catalog.descendants(table.number) if fields.get("inh") else ()
                for child in below:
                    found.locks.setdefault(child, Lock.ACCESS_SHARE)
                if table.kind == "view":
                    _through_view(run, table, found)
                if table.kind == "matview" and not table.populated:
                    found.unfilled.add(table.number)
                sources.append(Source(alias or name, run.current(table.number), below=bool(fields.get("inh"))))
        case "JoinExpr":
            read_from(run, fields["larg"], found, sources, ctes)
            read_from(run, fields["rarg"], found, sources, ctes)
            if "quals" in fields:
                _use(fields["quals"], run, found, sources)
                read_subqueries(run, fields["quals"], found, ctes)
        case "RangeSubselect":
            inner = analyse(run, fields["subquery"], ctes)
            absorb(found, inner)
            given = strings(fields.get("alias", {}).get("colnames"))
            columns = inner.columns
            if columns is not None and given:
                columns = [(given[i] if i < len(given) else n, t) for i, (n, t) in enumerate(columns)]
            sources.append(Source(alias, None, tuple(columns) if columns is not None else None))
        case "RangeFunction":
            _check_calls(run, fields)
            sources.append(Source(alias, None, None))
        case _:
            sources.append(Source(alias, None, None))


def _through_view(run: Run, view: Table, found: Reading) -> None:
    for number, _ in view.reads:
        if number in run.catalog.relations:
            found.locks.setdefault(number, Lock.ACCESS_SHARE)
            inner = run.catalog.relations[number]
            if isinstance(inner, Table):
                found.scanned.add(number)
                if inner.kind == "matview" and not inner.populated:
                    found.unfilled.add(number)
                for child in run.catalog.descendants(number):
                    found.locks.setdefault(child, Lock.ACCESS_SHARE)
                    found.scanned.add(child)
                if inner.kind == "view":
                    _through_view(run, inner, found)


def lookup(sources: list[Source], parts: tuple[str, ...], run: Run) -> tuple[Table | None, int, Type | None] | None:
    """The table, column number and type a column reference means; None if it is not certain."""
    name = parts[-1]
    for source in sources:
        if len(parts) > 1 and parts[-2] != source.alias:
            continue
        if source.table is not None:
            column = run.current(source.table.number).column(name)
            if column is not None:
                return source.table, column.number, column.type
        elif source.columns is not None:
            for label, kind in source.columns:
                if label == name:
                    return None, 0, kind
    return None


def _use(node: object, run: Run, found: Reading, sources: list[Source]) -> None:
    for parts in references({"x": node}):
        if parts[-1] == "*":
            continue
        hit = lookup(sources, parts, run)
        if hit is not None and hit[0] is not None:
            found.reads.add((hit[0].number, hit[1]))
        elif hit is None and len(parts) == 1:
            whole = next((s for s in sources if s.alias == parts[0] and s.table is not None), None)
            if whole is not None and whole.table is not None:
                found.reads |= {(whole.table.number, c.number) for c in run.current(whole.table.number).columns}


def _columns(run: Run, fields: Node, found: Reading, sources: list[Source]) -> None:
    """The columns of a SELECT, stars expanded, and every column it uses."""
    scope = Scope(run.catalog, run.path, run.version, lambda p: (lookup(sources, p, run) or (None, 0, None))[2])
    result: list[tuple[str, Type | None]] | None = []
    for node in fields.get("targetList", ()):
        target = node["ResTarget"]
        value = target["val"]
        star = _star(value)
        if star is not None:
            for source in sources:
                if star and source.alias != star[-1]:
                    continue
                if source.table is not None and run.current(source.table.number).known:
                    now = run.current(source.table.number)
                    found.reads |= {(now.number, c.number) for c in now.columns}
                    found.collations += [c.collation for c in now.columns]
                    if result is not None:
                        result += [(c.name, c.type) for c in now.columns]
                elif source.columns is not None and result is not None:
                    result += list(source.columns)
                else:
                    if source.table is not None:
                        found.reads.add((source.table.number, 0))
                    result = None
            continue
        _check_column(run, value, sources)
        kind = infer(value, scope)
        if kind == UNKNOWN:
            kind = Type("text")
        found.collations.append(_collation(run, value, sources))
        if result is not None:
            result.append((target.get("name") or figure(value) or "?column?", kind))
    found.columns = result
    for source in sources:
        if source.table is not None:
            found.reads.add((source.table.number, 0))
    for key in ("targetList", "whereClause", "groupClause", "havingClause", "sortClause"):
        if key in fields:
            _use(fields[key], run, found, sources)
    _check_calls(run, fields.get("targetList", ()))


def _collation(run: Run, value: Node, sources: list[Source]) -> str | None:
    """The collation an expression has from its columns or a COLLATE, other than the default."""
    kind, fields = only(value)
    if kind == "CollateClause":
        return strings(fields.get("collname"))[-1]
    if kind == "ColumnRef":
        hit = lookup(sources, strings(fields["fields"]), run) if strings(fields["fields"]) else None
        column = run.current(hit[0].number).numbered(hit[1]) if hit is not None and hit[0] is not None else None
        return column.collation if column is not None else None
    if kind == "SubLink":
        return None
    return next((each for inner in nested(fields) if (each := _collation(run, inner, sources)) is not None), None)


def _star(value: Node) -> tuple[str, ...] | None:
    kind, fields = only(value)
    if kind != "ColumnRef":
        return None
    last = fields["fields"][-1]
    return strings(fields["fields"][:-1]) if "A_Star" in last else None


def _check_column(run: Run, value: Node, sources: list[Source]) -> None:
    """Refuse a bare column that no source has, where all of them are known."""
    kind, fields = only(value)
    if kind != "ColumnRef":
        return
    parts = strings(fields["fields"])
    if len(parts) > 2:
        return
    certain = all((s.table is not None and run.current(s.table.number).known) or s.columns is not None for s in sources)
    system = {"ctid", "xmin", "xmax", "tableoid", "cmin", "cmax"}
    if (
        certain
        and sources
        and parts[-1] not in system
        and lookup(sources, parts, run) is None
        and not any(s.alias == parts[-1] for s in sources)
    ):
        raise FailureError(f'column "{".".join(parts)}" does not exist')


def _check_calls(run: Run, node: object) -> None:
    """A user's function may do anything: what it touches is not known."""
    for parts, _ in calls({"x": node}):
        mine = user_functions(parts, run.scope())
        for function in mine:
            if function.volatility == "v" and function.extension is None and function.language not in {"c", "internal"}:
                run.doubt(f"function {function.name} may change anything")
                break


def read_subqueries(run: Run, node: object, found: Reading, ctes: dict[str, Any]) -> None:
    for kind, fields in walk(node):
        if kind == "SubLink" and "subselect" in fields:
            inner = Reading()
            _, query = only(fields["subselect"])
            try:
                _select(run, query, inner, dict(ctes))
            except FailureError as failure:
                if failure.why.startswith('column "'):  # may be a column of the outer query
                    continue
                raise
            absorb(found, inner)


def mark_scans(run: Run, where: Node | None, sources: list[Source], found: Reading, *, joined: bool) -> None:
    """Which tables a plan reads in full: all but those an equality on a leading index column finds."""
    for source in sources:
        if source.table is None:
            continue
        table = run.current(source.table.number)
        if table.kind == "view":
            continue
        if where is not None and not joined and _by_index(run, where, table):
            continue
        if joined and where is not None and _by_index(run, where, table, source.alias):
            continue
        if table.kind != "partitioned table":
            found.scanned.add(table.number)
        for child in run.catalog.descendants(table.number) if source.below else ():
            part = run.current(child)
            if part.kind != "partitioned table" and not (where is not None and pruned(run, part, where)):
                found.scanned.add(child)


def pruned(run: Run, part: Table, where: Node) -> bool:
    """Whether a condition leaves a partition out."""
    from contractcheck.migrations.postgresql import bounds

    proofs = list(conjuncts(where))
    while part.bound is not None and part.parents:
        parent = run.current(part.parents[0])
        if not part.bound.get("is_default") and bounds.excluded(parent, part.bound, proofs):
            return True
        part = parent
    return False


def _by_index(run: Run, where: Node, table: Table, alias: str | None = None) -> bool:
    """Whether a condition finds a few rows through an index: equality, or a narrow comparison, with constants."""
    leading = set()
    for index in run.catalog.indexes_of(table.number):
        if index.method in {"btree", "hash"} and index.keys and index.keys[0].column and index.valid:
            column = table.numbered(index.keys[0].column)
            if column is not None:
                leading.add((column.name, index.unique and len(index.keys) == 1))
    names = {name for name, _ in leading}
    for node in conjuncts(where):
        kind, fields = only(node)
        if (
            kind == "A_Const"
            and fields.get("boolval", {"boolval": True}).get("boolval", False) is False
            and "boolval" in fields
        ):
            return True
        if kind != "A_Expr" or "lexpr" not in fields:
            continue
        left = fields["lexpr"]
        inner, column_fields = only(left)
        if inner != "ColumnRef":
            continue
        parts = strings(column_fields["fields"])
        if parts[-1] not in names or (alias is not None and len(parts) > 1 and parts[-2] != alias):
            continue
        how, operator = fields.get("kind", "AEXPR_OP"), strings(fields.get("name"))
        right = fields["rexpr"]
        constants = not any(True for k, _ in walk(right) if k in {"ColumnRef", "SubLink"})
        if not constants:
            continue
        if how == "AEXPR_OP" and operator == ("=",):
            return True
        if how == "AEXPR_IN" and operator == ("=",):
            return True
        if how in {"AEXPR_BETWEEN", "AEXPR_OP_ANY"} or (how == "AEXPR_OP" and operator[0] in {"<", "<=", ">", ">="}):
            share = rows.share(run, table, parts[-1], operator[0] if operator else "", right, how)
            if share is not None and share < 0.5:
                return True
    return False


def relations_of(run: Run, reading: Reading) -> Iterator[Table]:
    """The tables a query reads."""
    for number in reading.locks:
        found = run.catalog.relations.get(number)
        if isinstance(found, Table):
            yield found


def assignable(run: Run, source: Type | None, target: Type | None) -> bool:
    """Whether a value may be stored in a column of another type without being asked."""
    return (
        source is None
        or target is None
        or source == UNKNOWN
        or types.way(source, target, run.catalog, "a", run.version) is not None
    )
