"""The names in a query of PostgreSQL: the tables it reads and the columns it mentions."""

from collections.abc import Iterator, Mapping
from typing import Any

from contractcheck.migrations.operations import Node


def names(query: Node) -> tuple[frozenset[str], frozenset[str]]:
    """Tables as reports show them, and columns, `*` for all of them. What an INSERT writes to is not among them."""
    fields = query.get("InsertStmt", query)
    source = fields.get("selectStmt", {}) if fields is not query else query
    found = list(_found(source))
    tables = frozenset(name for kind, name in found if kind == "table")
    return tables, frozenset(name for kind, name in found if kind == "column")


def _found(node: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a part of a syntax tree
    match node:
        case {"RangeVar": {"relname": str(name), **rest}}:
            schema = rest.get("schemaname", "public")
            yield "table", name if schema == "public" else f"{schema}.{name}"
        case {"ColumnRef": {"fields": [*_, {"String": {"sval": str(name)}}]}}:
            yield "column", name
        case {"ColumnRef": {"fields": [*_, {"A_Star": _}]}}:
            yield "column", "*"
        case Mapping():
            for value in node.values():
                yield from _found(value)
        case list():
            for value in node:
                yield from _found(value)
        case _:
            return
