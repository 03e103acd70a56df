"""What is known of the rows a table holds: only what statements of the known history put there."""

from typing import Any

from contractcheck.migrations.catalog import Column, Constraint, RowSource, Table, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.nodes import constant, only
from contractcheck.migrations.postgresql.run import Run


def inserted(run: Run, table: Table, names: list[str], fields: Node) -> RowSource:
    """The rows an INSERT puts in."""
    return selected(run, fields.get("selectStmt", {}))


def selected(run: Run, query: Node) -> RowSource:
    """The rows a query gives."""
    kind, fields = only(query)
    if kind == "SelectStmt":
        if "valuesLists" in fields:
            return RowSource(len(fields["valuesLists"]))
        source = fields.get("fromClause", ())
        if (
            len(source) == 1
            and "RangeFunction" in source[0]
            and "whereClause" not in fields
            and "groupClause" not in fields
        ):
            items = [n for n in source[0]["RangeFunction"]["functions"]]
            call = items[0]["List"]["items"][0].get("FuncCall", {})
            args = [constant(a) for a in call.get("args", ())]
            if len(args) == 2 and all(isinstance(a, int) for a in args):
                return RowSource(max(0, args[1] - args[0] + 1))
        if not source and "whereClause" not in fields:
            return RowSource(1)
    return RowSource(None)


def routed(run: Run, parent: Table, leaf: Table, source: RowSource) -> RowSource:
    """The rows of a source that go to one partition."""
    return RowSource(None)


def updated(run: Run, table: Table, fields: Node, sources: Any) -> tuple[RowSource, ...] | None:
    """The rows after an UPDATE."""
    return tuple(RowSource(s.count) for s in table.rows) if table.rows is not None else None


def deleted(run: Run, table: Table, where: Node | None, sources: Any) -> tuple[RowSource, ...] | None:
    """The rows left after a DELETE."""
    if where is None:
        return ()
    return tuple(RowSource(None) for s in table.rows) if table.rows else table.rows


def share(run: Run, table: Table, column: str, operator: str, right: Node, how: str) -> float | None:
    """Which part of the rows a comparison finds, 0 to 1; None if not known."""
    return None


def has_nulls(run: Run, table: Table, column: int) -> bool:
    """Whether some row certainly has no value in a column."""
    return False


def violates(run: Run, table: Table, check: Node) -> bool:
    """Whether some row certainly breaks a CHECK."""
    return False


def orphans(run: Run, table: Table, key: Constraint) -> bool:
    """Whether some row certainly refers to nothing."""
    return False


def duplicates(run: Run, table: Table, columns: tuple[int, ...], nulls_distinct: bool = True) -> bool:
    """Whether two rows certainly have equal values in these columns."""
    return False


def refused(run: Run, table: Table, column: Column, target: Type, using: Node | None) -> bool:
    """Whether some value certainly cannot be converted."""
    return False
