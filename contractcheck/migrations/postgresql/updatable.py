"""Changes through views: which views take them, and what becomes of a statement on the table below."""

from typing import Any

from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import consequences, facts, queries
from contractcheck.migrations.postgresql.expressions import calls
from contractcheck.migrations.postgresql.nodes import only, ref, strings
from contractcheck.migrations.postgresql.run import FailureError, Run

INSTEAD_OF = 64  # TRIGGER_TYPE_INSTEAD
EVENTS = {
    "InsertStmt": (consequences.INSERT, "insert", "insert into"),
    "UpdateStmt": (consequences.UPDATE, "update", "update"),
    "DeleteStmt": (consequences.DELETE, "delete", "delete from"),
}
_NOT = ("distinctClause", "groupClause", "havingClause", "limitCount", "limitOffset", "withClause", "windowClause")


def below(run: Run, view: Table, kind: str, fields: Node, found: queries.Reading) -> Node | None:
    """The statement on the relation under a view; None if nothing is left to do. Raises FailureError if it takes none.

    A view is updatable by itself if it is over one relation, without aggregates (manual, CREATE VIEW).
    """
    event, word, phrase = EVENTS[kind]
    if any(t.timing & INSTEAD_OF and t.events & event and t.state != "D" for t in view.triggers):
        consequences.triggers(run, view, event)
        _read(run, view, kind, found)
        return None
    instead = [rule for rule in view.rules if rule.event == word and rule.instead and rule.where is None]
    if instead:
        if any(rule.actions for rule in instead):
            run.doubt(f"rule {instead[0].name} of {view.key} does something else instead")
        _read(run, view, kind, found)
        return None
    if view.query is None:
        run.doubt(f"what view {view.key} reads is not known")
        return None
    columns = _columns(run, view)
    if columns is None:
        raise FailureError(f'cannot {phrase} view "{view.name}"')
    names, relation, where = columns
    given = {**fields, "relation": {**relation, "alias": fields["relation"].get("alias", {"aliasname": view.name})}}
    if kind == "InsertStmt":
        listed = [node["ResTarget"]["name"] for node in fields.get("cols", ())] or list(names)
        if "selectStmt" in fields and "cols" not in fields:
            given_count = len(
                fields["selectStmt"].get("SelectStmt", {}).get("valuesLists", [{}])[0].get("List", {}).get("items", ())
            )
            listed = listed[: given_count or len(listed)]
        given["cols"] = [{"ResTarget": {"name": _plain(view, names, name)}} for name in listed]
        return given
    if kind == "UpdateStmt":
        given["targetList"] = [
            {"ResTarget": {**node["ResTarget"], "name": _plain(view, names, node["ResTarget"]["name"])}}
            for node in fields["targetList"]
        ]
    renamed = {name: column for name, column in names.items() if column is not None and column != name}
    conditions = [node for node in (where, fields.get("whereClause")) if node is not None]
    if renamed:  # names in the condition would have to follow: the rows are those of the view at most
        conditions = [node for node in (where,) if node is not None]
    if conditions:
        both: Node = {"BoolExpr": {"boolop": "AND_EXPR", "args": conditions}}
        given["whereClause"] = conditions[0] if len(conditions) == 1 else both
    else:
        given.pop("whereClause", None)
    return given


def _read(run: Run, view: Table, kind: str, found: queries.Reading) -> None:
    """What is changed by other means is still read for UPDATE and DELETE."""
    if kind != "InsertStmt" and view.query is not None:
        reading = queries.analyse(run, view.query)
        for number, lock in reading.locks.items():
            consequences.take(found, number, lock)
        found.scanned |= reading.scanned


def _plain(view: Table, names: dict[str, str | None], name: str) -> str:
    if name not in names:
        raise FailureError(f'column "{name}" of relation "{view.name}" does not exist')
    column = names[name]
    if column is None:
        raise FailureError(f'cannot change column "{name}" of view "{view.name}"')
    return column


def _columns(run: Run, view: Table) -> tuple[dict[str, str | None], dict[str, Any], Node | None] | None:
    """The columns of an updatable view by its relation's, the relation, the condition; None for no such view."""
    kind, query = only(view.query or {})
    items = query.get("fromClause", ())
    if (
        kind != "SelectStmt"
        or query.get("op", "SETOP_NONE") != "SETOP_NONE"
        or len(items) != 1
        or "RangeVar" not in items[0]
    ):
        return None
    if any(query.get(part) for part in _NOT) or _sets_or_aggregates(query):
        return None
    relation = {k: v for k, v in items[0]["RangeVar"].items() if k != "alias"}
    table = run.find(ref(relation))
    if not isinstance(table, Table) or table.kind == "matview":
        return None
    found: list[str | None] = []
    for node in query.get("targetList", ()):
        inner, fields = only(node["ResTarget"]["val"])
        if inner == "ColumnRef" and "A_Star" in fields["fields"][-1]:
            found += [column.name for column in table.columns]
        else:
            found.append(strings(fields["fields"])[-1] if inner == "ColumnRef" else None)
    names = {column.name: base for column, base in zip(view.columns, found, strict=False)}
    return names, relation, query.get("whereClause")


def _sets_or_aggregates(query: Node) -> bool:
    for parts, call in calls({"x": query.get("targetList", [])}):
        if "over" in call or any(f.kind in {"a", "s"} for f in facts.functions(parts[-1])):
            return True
    return False


def lock(found: queries.Reading, view: Table) -> None:
    """A view that is changed is locked like a table that is."""
    consequences.take(found, view.number, Lock.ROW_EXCLUSIVE)
    found.written.add(view.number)
