"""The statements that take one catalog back to another: the downgrade of a migration, derived from what it changed."""

from collections.abc import Sequence

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.postgresql.inverse.said import said
from contractcheck.migrations.postgresql.inverse.tables import tables
from contractcheck.migrations.postgresql.inverse.uses import routines, schemas, sequences, user_types
from contractcheck.migrations.postgresql.inverse.way import Origin, Way


def undo(then: Catalog, now: Catalog, origin: Origin) -> tuple[str, ...]:
    """The statements that give back `then` from `now`. Raises UnwrittenError for what cannot be given back so.

    What is not looked at here shows in a replay: the result is proved by one, and nothing else is to be written.
    """
    way = Way(then, now, origin)
    schemas(way)
    user_types(way)
    sequences(way)
    routines(way)
    tables(way)
    said(way)
    return way.statements()


def sources(statements: Sequence[tuple[str, tuple[op.Operation, ...]]]) -> Origin:
    """The texts of what was made, by kind and name; the last one counts."""
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for sql, operations in statements:
        if len(operations) != 1:
            continue
        match operations[0]:
            case op.CreateView(view):
                found["view", (view.name,)] = sql
            case op.CreateTableAs(table, materialized=True):
                found["matview", (table.name,)] = sql
            case op.CreateFunction(name):
                found["function", (name.name,)] = sql
            case op.CreateTrigger(name, table):
                found["trigger", (table.name, name)] = sql
            case op.CreatePolicy(name, table, alter=False):
                found["policy", (table.name, name)] = sql
            case op.CreateRule(name, table):
                found["rule", (table.name, name)] = sql
            case op.CreateDomain(name):
                found["domain", (name.name,)] = sql
            case _:
                continue
    return lambda kind, name: found.get((kind, name))
