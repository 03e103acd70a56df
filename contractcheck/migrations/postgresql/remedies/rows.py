"""Rows changed in batches, each in a transaction of its own, so that nobody waits for all of them."""

from collections.abc import Iterator
from typing import Any

from contractcheck.migrations import operations as op
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.remedies.scene import Scene, alone, literal, text, tree
from contractcheck.model.finding import RemedyStep

PAGES = 100  # blocks of 8 kB that one batch goes through


def batched(statement: str, table: str, condition: str, server: Server) -> RemedyStep:
    """A statement on the rows of a table that a condition picks, block by block (manual, TID Scan, DO, COMMIT).

    `statement` ends where its WHERE begins.
    """
    tag = "$$"
    while tag in statement + condition + table:
        tag = f"${tag.strip('$')}x$"
    if server.version >= 14:
        rows = f"ctid >= ('(' || page || ',0)')::tid AND ctid < ('(' || page + {PAGES} || ',0)')::tid"
    else:  # only there a range of them is found without a look at every row
        lines = "SELECT ('(' || block || ',' || line || ')')::tid FROM generate_series"
        rows = f"ctid = ANY (ARRAY({lines}(page, page + {PAGES - 1}) block, generate_series(1, 291) line))"
    return alone(
        f"DO {tag}\n"
        "DECLARE\n"
        "  page bigint := 0;\n"
        f"  pages bigint := pg_relation_size({literal(table)}) / current_setting('block_size')::bigint;\n"
        "BEGIN\n"
        "  WHILE page <= pages LOOP\n"
        f"    {statement} WHERE {rows} AND {condition};\n"
        "    COMMIT;\n"
        f"    page := page + {PAGES};\n"
        "  END LOOP;\n"
        f"END {tag}",
        "in batches, each committed; it may be run again",
    )


def split(scene: Scene) -> Iterator[RemedyStep]:
    """An UPDATE or DELETE of one table, block by block."""
    statement = tree(scene.sql)
    if not isinstance(scene.operation, op.Query) or scene.operation.verb not in {"update", "delete"}:
        return
    if statement is None or type(statement).__name__ not in {"UpdateStmt", "DeleteStmt"}:
        return
    relation = statement.relation
    known = scene.known(op.Ref(relation.relname, relation.schemaname))
    updates = scene.operation.verb == "update"
    more = statement.fromClause if updates else statement.usingClause
    if known is None or known.kind != "table" or statement.returningClause or statement.withClause:
        return
    if more or relation.alias is not None or (updates and _twice(statement)):
        return
    condition = "true" if statement.whereClause is None else f"({text(statement.whereClause)})"
    statement.whereClause = None
    yield batched(text(statement), text(relation), condition, scene.server)


def _twice(statement: Any) -> bool:  # noqa: ANN401 - a node of the printer
    """Whether an UPDATE that meets a row again would change it again: it sets a column by the columns it sets."""
    from contractcheck.migrations.postgresql.expressions import column_names

    targets = [each["ResTarget"] for each in _targets(text(statement))]
    read = {name for target in targets for name in column_names(target["val"])}
    return any(target["name"] in read for target in targets)


def _targets(sql: str) -> list[Any]:
    """The targets of an UPDATE."""
    import orjson
    from pglast.parser import parse_sql_json

    found: list[Any] = orjson.loads(parse_sql_json(sql))["stmts"][0]["stmt"]["UpdateStmt"]["targetList"]
    return found
