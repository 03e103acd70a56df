"""What is known of the rows a table holds: only what statements of the known history put there."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.catalog import Column, Constraint, RowSource, Table, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.nodes import constant, only, strings, walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import OPAQUE, SOME, RefusedError, coerce, evaluate, known

MAX_ROWS = 20_000
MAX_WORK = 400_000  # nodes of an expression times rows: past it the values are not worked out
Record = dict[int, Any]
Reader = Callable[[], "list[Record]"]


def _affordable(node: object, count: int) -> bool:
    """Whether an expression is worked out for so many rows: the text of a migration must not cost minutes."""
    if count * 1_000 <= MAX_WORK and len(str(node)) < 20_000:
        return True
    return count * sum(1 for _ in walk(node)) <= MAX_WORK


def _source(read: Reader, count: int | None = None) -> RowSource:
    """Rows that are worked out when first asked for."""
    cache: list[list[Record]] = []

    def values() -> list[Record]:
        if not cache:
            cache.append(read())
        return cache[0]

    return RowSource(count, values)


def records(table: Table) -> list[Record] | None:
    """Every row of a table by column number; None if they are not all known."""
    if table.rows is None:
        return None
    found: list[Record] = []
    for source in table.rows:
        if source.values is None:
            if source.count == 0:
                continue
            return None
        found += source.values()
    return found


def _some(table: Table) -> list[Record]:
    """The rows of a table that are known, others aside."""
    found: list[Record] = []
    for source in table.rows or ():
        if source.values is not None:
            found += source.values()
    return found


# -- what a query gives -----------------------------------------------------------------------------------------------


def _items(run: Run, fields: Node) -> list[list[dict[str, Any]]] | None:
    """The rows of each item of FROM, by name; None if one cannot be told."""
    found = []
    for item in fields.get("fromClause", ()):
        kind, inner = only(item)
        alias = inner.get("alias", {})
        if kind == "RangeFunction":
            call = inner["functions"][0]["List"]["items"][0].get("FuncCall")
            if call is None or strings(call["funcname"])[-1] != "generate_series":
                return None
            args = [constant(a) for a in call.get("args", ())]
            if not 2 <= len(args) <= 3 or not all(isinstance(a, int) for a in args):
                return None
            step = args[2] if len(args) == 3 else 1
            if step == 0 or abs((args[1] - args[0]) // step) > MAX_ROWS:
                return None
            name = (strings(alias.get("colnames")) or (alias.get("aliasname", "generate_series"),))[0]
            end = args[1] + (1 if step > 0 else -1)
            found.append([{name: i} for i in range(args[0], end, step)])
        elif kind == "RangeVar":
            table = run.catalog.lookup(inner["relname"], inner.get("schemaname"), run.path)
            if not isinstance(table, Table):
                return None
            rows = records(run.current(table.number)) if table.kind == "table" else None
            if rows is None:
                return None
            names = {c.number: c.name for c in table.columns}
            found.append([{names[n]: v for n, v in row.items() if n in names} for row in rows])
        else:
            return None
    return found


def selected(run: Run, query: Node) -> RowSource:
    """The rows a query gives, by position from 1."""
    kind, fields = only(query)
    if kind != "SelectStmt" or fields.get("op", "SETOP_NONE") != "SETOP_NONE" or "withClause" in fields:
        return RowSource(None)
    catalog = run.catalog
    if "valuesLists" in fields:
        lists = [node["List"]["items"] for node in fields["valuesLists"]]
        return _source(
            lambda: [{i + 1: _safe(item, {}, catalog) for i, item in enumerate(items)} for items in lists], len(lists)
        )
    special = {"groupClause", "havingClause", "distinctClause", "limitCount", "limitOffset", "windowClause"}
    items = None if special & fields.keys() else _items(run, fields)
    if items is None:
        return RowSource(None)
    size = 1
    for item in items:
        size *= len(item)
    if size > MAX_ROWS or _aggregates(fields):
        return RowSource(None)
    targets = [node["ResTarget"]["val"] for node in fields.get("targetList", ())]
    where = fields.get("whereClause")
    if not _affordable([where, targets], size):
        return RowSource(None if where is not None else size)

    def read() -> list[Record]:
        found = []
        for parts in itertools.product(*items):
            row: dict[str, Any] = {}
            for part in parts:
                row |= part
            if where is not None and _safe(where, row, catalog) is not True:
                continue
            record: Record = {}
            for target in targets:
                if "ColumnRef" in target and "A_Star" in target["ColumnRef"]["fields"][-1]:
                    for value in row.values():
                        record[len(record) + 1] = value
                else:
                    record[len(record) + 1] = _safe(target, row, catalog)
            found.append(record)
        return found

    if where is None:
        return _source(read, size)
    certain = all(known(_safe(where, _merged(parts), catalog)) for parts in itertools.product(*items))
    made = _source(read)
    return RowSource(len(made.values()), made.values) if certain else RowSource(None)


def _merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for part in parts:
        row |= part
    return row


def _aggregates(fields: Node) -> bool:
    from contractcheck.migrations.postgresql import facts
    from contractcheck.migrations.postgresql.expressions import calls

    names = [parts[-1] for parts, _ in calls({"x": fields.get("targetList", [])})]
    return any(f.kind in {"a", "s"} for name in names for f in facts.functions(name))


def _safe(node: Node, row: dict[str, Any], catalog: Any) -> Any:  # noqa: ANN401
    try:
        return evaluate(node, row, catalog)
    except RefusedError:
        return OPAQUE


def inserted(run: Run, table: Table, names: list[str], fields: Node) -> RowSource:
    """The rows an INSERT puts in, by column number."""
    now = run.current(table.number)
    if not now.known or "onConflictClause" in fields:
        return RowSource(None)
    catalog = run.catalog
    columns = [now.column(name) for name in names] if names else list(now.columns)
    if "selectStmt" not in fields:
        return _source(lambda: [_defaults(now, {}, catalog)], 1)
    given = selected(run, fields["selectStmt"])
    if given.values is None:
        return RowSource(given.count)

    def read() -> list[Record]:
        found = []
        for row in given.values():
            record: Record = {}
            for position, column in enumerate(columns):
                if column is not None and position + 1 in row:
                    record[column.number] = _stored(row[position + 1], column.type, catalog)
            found.append(_defaults(now, record, catalog))
        return found

    return _source(read, given.count)


def blurred(source: RowSource, columns: set[int]) -> RowSource:
    """Rows whose values in some columns are not known."""
    given = source.values
    if given is None or not columns:
        return source
    return _source(lambda: [{**row, **dict.fromkeys(columns, OPAQUE)} for row in given()], source.count)


def _stored(value: Any, kind: Type | None, catalog: Any) -> Any:  # noqa: ANN401
    try:
        return coerce(value, kind, catalog)
    except RefusedError:
        return OPAQUE


def _defaults(table: Table, record: Record, catalog: Any) -> Record:  # noqa: ANN401
    """A row with the values of the columns that were not given."""
    by_name = {c.name: record[c.number] for c in table.columns if c.number in record}
    for column in table.columns:
        if column.generated:
            record[column.number] = _safe(column.default, by_name, catalog) if column.default is not None else OPAQUE
        elif column.number not in record:
            if column.identity:
                record[column.number] = SOME
            elif column.default is not None:
                record[column.number] = _stored(_safe(column.default, {}, catalog), column.type, catalog)
            else:
                record[column.number] = None
    return record


# -- changes ----------------------------------------------------------------------------------------------------------


def with_column(run: Run, table: Table) -> tuple[RowSource, ...] | None:
    """The rows after a column was added."""
    if table.rows is None:
        return None
    catalog = run.catalog

    def extended(source: RowSource) -> RowSource:
        if source.values is None:
            return source
        return _source(lambda: [_defaults(table, dict(row), catalog) for row in source.values()], source.count)

    return tuple(extended(source) for source in table.rows)


def converted(
    run: Run, table: Table, column: Column, target: Type | None, using: Node | None
) -> tuple[RowSource, ...] | None:
    """The rows after a column changed its type."""
    if table.rows is None:
        return None
    catalog, names = run.catalog, {c.number: c.name for c in table.columns}

    def changed(source: RowSource) -> RowSource:
        if source.values is None:
            return source

        def read() -> list[Record]:
            found = []
            for row in source.values():
                by_name = {names[n]: v for n, v in row.items() if n in names}
                value = _safe(using, by_name, catalog) if using is not None else row.get(column.number, OPAQUE)
                found.append({**row, column.number: _stored(value, target, catalog)})
            return found

        return _source(read, source.count)

    return tuple(changed(source) for source in table.rows)


def _named(table: Table, row: Record) -> dict[str, Any]:
    return {c.name: row.get(c.number, OPAQUE) for c in table.columns}


def routed(run: Run, parent: Table, leaf: Table, source: RowSource) -> RowSource:
    """The rows of a source that go to one partition."""
    chain = []
    current = leaf
    while current.number != parent.number and current.parents:
        above = run.current(current.parents[0])
        chain.append((above, current))
        current = above
    if source.values is None:
        return RowSource(0) if source.count == 0 else RowSource(None)
    found: list[Record] = []
    names = {c.number: c.name for c in parent.columns}
    here = {c.name: c.number for c in leaf.columns}
    for row in source.values():
        by_name = {names[n]: v for n, v in row.items() if n in names}
        verdicts = [_fits(run, above, below, by_name) for above, below in chain]
        if any(v is False for v in verdicts):
            continue
        if any(v is None for v in verdicts):
            if parent.strategy == "hash" and source.count:  # spread evenly, as far as one can say
                return RowSource(max(1, source.count // max(1, len(run.leaves(parent.number)))))
            return RowSource(None)
        if all(verdicts):
            found.append({here[n]: v for n, v in by_name.items() if n in here})
    return RowSource(len(found), lambda: found)


def _fits(run: Run, parent: Table, child: Table, row: dict[str, Any]) -> bool | None:
    """Whether a row belongs to a partition; None if it cannot be told."""
    from contractcheck.migrations.postgresql import bounds

    bound = child.bound or {}
    if bound.get("is_default"):
        others = [run.current(n) for n in run.catalog.children.get(parent.number, ()) if n != child.number]
        verdicts = [_fits(run, parent, other, row) for other in others]
        return None if None in verdicts and True not in verdicts else True not in verdicts
    if len(parent.keys) != 1 or parent.keys[0][1] is not None:
        return None
    column = parent.numbered(parent.keys[0][0])
    if column is None:
        return None
    value = row.get(column.name, OPAQUE)
    if not known(value):
        return None

    def literal(found: object) -> Any:  # noqa: ANN401
        return _stored(found, column.type, run.catalog)

    if bound.get("strategy") == "l":
        listed = [literal(v) for v in bounds.bound_values(bound.get("listdatums"))]
        return value in listed if all(known(v) for v in listed) else None
    if bound.get("strategy") == "r":
        if value is None:
            return False
        low, high = (bounds.bound_values(bound.get(k))[0] for k in ("lowerdatums", "upperdatums"))
        try:
            above = low == bounds.MIN or value >= literal(low)
            below = high == bounds.MAX or value < literal(high)
        except TypeError:
            return None
        return bool(above and below)
    return None


def updated(run: Run, table: Table, fields: Node, sources: Any) -> tuple[RowSource, ...] | None:  # noqa: ANN401
    """The rows after an UPDATE."""
    if table.rows is None:
        return None
    catalog = run.catalog
    where = fields.get("whereClause")
    alone = len(sources) == 1
    targets = [
        (table.column(n["ResTarget"]["name"]), n["ResTarget"].get("val", {})) for n in fields.get("targetList", ())
    ]

    def changed(source: RowSource) -> RowSource:
        if source.values is None:
            return source

        def read() -> list[Record]:
            found = []
            if not _affordable(fields, len(source.values())):
                return [dict.fromkeys(row, OPAQUE) for row in source.values()]
            for row in source.values():
                by_name = _named(table, row)
                hit = True if where is None else (_safe(where, by_name, catalog) if alone else OPAQUE)
                if hit is False or hit is None:
                    found.append(row)
                    continue
                new = dict(row)
                for column, value in targets:
                    if column is not None:
                        certain = (
                            _stored(_safe(value, by_name, catalog), column.type, catalog)
                            if alone and hit is True
                            else OPAQUE
                        )
                        new[column.number] = certain
                found.append(new)
            return found

        return _source(read, source.count)

    return tuple(changed(source) for source in table.rows)


def deleted(run: Run, table: Table, where: Node | None, sources: Any) -> tuple[RowSource, ...] | None:  # noqa: ANN401
    """The rows left after a DELETE."""
    if where is None and len(sources) == 1:
        return ()
    if table.rows is None or where is None:
        return None if table.rows is None else tuple(RowSource(None) for _ in table.rows)
    catalog, kept = run.catalog, []
    for source in table.rows:
        large = source.values is not None and not _affordable(where, len(source.values()))
        if source.values is None or len(sources) != 1 or large:
            kept.append(RowSource(None))
            continue
        verdicts = [(row, _safe(where, _named(table, row), catalog)) for row in source.values()]
        if any(not known(v) for _, v in verdicts):
            kept.append(RowSource(None))
            continue
        left = [row for row, v in verdicts if v is not True]
        kept.append(_source(partial(list, left), len(left)))
    return tuple(kept)


# -- questions --------------------------------------------------------------------------------------------------------


def share(run: Run, table: Table, column: str, operator: str, right: Node, how: str) -> float | None:
    """Which part of the rows a comparison finds, 0 to 1; None if not known."""
    rows = records(table)
    found = table.column(column)
    if not rows or found is None:
        return None
    left = {"ColumnRef": {"fields": [{"String": {"sval": column}}]}}
    kind = "AEXPR_BETWEEN" if how == "AEXPR_BETWEEN" else "AEXPR_OP"
    name = "BETWEEN" if how == "AEXPR_BETWEEN" else operator
    test = {"A_Expr": {"kind": kind, "name": [{"String": {"sval": name}}], "lexpr": left, "rexpr": right}}
    if not _affordable(right, len(rows)):
        return None
    hits = [_safe(test, {column: row.get(found.number, OPAQUE)}, run.catalog) for row in rows]
    return None if any(not known(h) for h in hits) else sum(h is True for h in hits) / len(hits)


def has_nulls(run: Run, table: Table, column: int) -> bool:  # noqa: ARG001
    """Whether some row certainly has no value in a column."""
    return any(row.get(column, OPAQUE) is None for row in _some(table))


def violates(run: Run, table: Table, check: Node) -> bool:
    """Whether some row certainly breaks a CHECK."""
    known_rows = _some(table)
    if not _affordable(check, len(known_rows)):
        return False
    return any(_safe(check, _named(table, row), run.catalog) is False for row in known_rows)


def orphans(run: Run, table: Table, key: Constraint) -> bool:
    """Whether some row certainly refers to nothing."""
    if key.references is None or key.references not in run.catalog.relations:
        return False
    target = run.current(key.references)
    other: list[Record] = []
    for leaf in run.leaves(target.number):
        found = records(run.current(leaf))
        if found is None:
            return False
        other += found
    wanted = [tuple(row.get(n, OPAQUE) for n in key.columns) for row in _some(table)]
    there = [tuple(row.get(n, OPAQUE) for n in key.referenced) for row in other]
    if any(not known(v) for row in there for v in row):
        return False
    present = set(there)
    return any(all(known(v) and v is not None for v in row) and row not in present for row in wanted)


def duplicates(run: Run, table: Table, columns: tuple[int, ...], nulls_distinct: bool = True) -> bool:  # noqa: ARG001, FBT001, FBT002
    """Whether two rows certainly have equal values in these columns."""
    seen = set()
    for row in _some(table):
        values = tuple(row.get(n, OPAQUE) for n in columns)
        if any(not known(v) for v in values) or (nulls_distinct and None in values):
            continue
        if values in seen:
            return True
        seen.add(values)
    return False


def refused(run: Run, table: Table, column: Column, target: Type, using: Node | None) -> bool:
    """Whether some value certainly cannot be converted."""
    known_rows = _some(table)
    for row in known_rows if _affordable(using, len(known_rows)) else ():
        try:
            by_name = _named(table, row)
            value = evaluate(using, by_name, run.catalog) if using is not None else row.get(column.number, OPAQUE)
            coerce(value, target, run.catalog)
        except RefusedError:
            return True
    return False


def fails_bound(run: Run, parent: Table, child: Table) -> bool:
    """Whether some row certainly does not belong to the partition it is in."""
    return any(_fits(run, parent, child, _named(child, row)) is False for row in _some(child))


def moves(run: Run, parent: Table, default: Table, child: Table) -> bool:
    """Whether some row of the default partition certainly belongs to a new one."""
    return any(_fits(run, parent, child, _named(default, row)) is True for row in _some(default))


def breaks(run: Run, table: Table, column: int, check: Node | None) -> bool:
    """Whether some value of a column certainly breaks a CHECK of its domain."""
    if check is None:
        return False
    return any(_safe(check, {"value": row.get(column, OPAQUE)}, run.catalog) is False for row in _some(table))


def all_null(run: Run, table: Table, columns: tuple[int, ...]) -> bool:
    """Whether every row certainly lacks a value in one of these columns."""
    if any((table.number, n) in run.blank for n in columns):
        return True
    found = records(table)
    return found is not None and all(any(row.get(n, OPAQUE) is None for n in columns) for row in found)


def homeless(run: Run, parent: Table, source: RowSource) -> bool:
    """Whether some row certainly has no partition to go to."""
    if source.values is None:
        return False
    children = [run.current(n) for n in run.catalog.children.get(parent.number, ())]
    names = {c.number: c.name for c in parent.columns}
    for row in source.values():
        by_name = {names[n]: v for n, v in row.items() if n in names}
        if all(_fits(run, parent, child, by_name) is False for child in children):
            return True
    return False


def accept(run: Run, table: Table, source: RowSource) -> None:
    """Refuse rows that certainly break a NOT NULL, a CHECK or a unique index. Raises FailureError."""
    if run.trusted or source.values is None or table.triggers or any(rule.event == "insert" for rule in table.rules):
        return
    fresh = source.values()
    for column in table.columns:
        if column.not_null and any(row.get(column.number, OPAQUE) is None for row in fresh):
            raise FailureError(
                f'null value in column "{column.name}" of relation "{table.name}" violates not-null constraint'
            )
    for constraint in table.constraints:
        check = constraint.expression if constraint.enforced else None
        if (
            check is not None
            and _affordable(check, len(fresh))
            and any(_safe(check, _named(table, row), run.catalog) is False for row in fresh)
        ):
            raise FailureError(f'new row for relation "{table.name}" violates check constraint "{constraint.name}"')
    for index in run.catalog.indexes_of(table.number):
        if index.unique and index.immediate and index.predicate is None and 0 not in index.columns:
            both = Table(0, "", "", columns=table.columns, rows=(*(table.rows or ()), source))
            if duplicates(run, both, index.columns, index.nulls_distinct):
                raise FailureError(f'duplicate key value violates unique constraint "{index.name}"')
