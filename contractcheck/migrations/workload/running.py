"""Queries of the running release on every state of the database: which of them a migration breaks."""

from collections.abc import Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.acts import brief
from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import Passed, first, through
from contractcheck.migrations.trees import Tree
from contractcheck.migrations.workload.reading import Query, Workload
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule


class _Answer(Struct, frozen=True):
    """What a server says of a query: why it refuses it, what cannot be known, None each; the tables it reads."""

    fails: str | None
    unproven: str | None
    tables: frozenset[str]


def findings(
    tree: Tree, server: Server, workload: Workload, *, wanted: Collection[str] | None = None, complete: bool = True
) -> Iterator[Finding]:
    """Every query that works before a migration (of the wanted; None: any) and not after it; PostgreSQL only.

    A query is resolved on the catalog as the server would: tables, columns, types, operators, functions, rows that
    lack a value. One that fails before, too, is none of the running release's and says nothing.
    """
    known: dict[int, tuple[Catalog, list[_Answer]]] = {}

    def answers(catalog: Catalog) -> list[_Answer]:
        if id(catalog) not in known:
            known.clear()  # the state before a migration is the one behind the last: no other is asked for again
            known[id(catalog)] = catalog, [_ask(query, catalog, server) for query in workload.queries]
        return known[id(catalog)][1]

    doubted: frozenset[str] | None = frozenset()
    for passed in through(tree, server, complete=complete):
        more = _more(passed.doubts, doubted)
        doubted = passed.doubts
        if wanted is not None and passed.migration.id not in wanted:
            continue
        for query, old, new in zip(workload.queries, list(answers(passed.before)), answers(passed.after), strict=True):
            if old.fails is not None:
                continue
            if new.fails is not None or (new.unproven is not None and old.unproven is None):
                yield _told(query, new, passed, server)
            elif old.tables and (more is None or more & new.tables):
                why = "what the migration does to the tables it reads is not known without running it"
                yield _told(query, replace(new, unproven=why), passed, server)


def _more(now: frozenset[str] | None, before: frozenset[str] | None) -> frozenset[str] | None:
    """The tables that are in doubt and were not before, None for any."""
    if now is None:
        return None if before is not None else frozenset()
    return now - (before or frozenset())


def _ask(query: Query, catalog: Catalog, server: Server) -> _Answer:
    from contractcheck.migrations.operations import Query as Parsed
    from contractcheck.migrations.postgresql.parse import parse
    from contractcheck.migrations.postgresql.replay import predict
    from contractcheck.migrations.workload.names import missing

    found, _ = predict(catalog, (query.text,), server)
    fails = found.fails
    for operation in parse(query.text) if fails is None else ():
        if isinstance(operation, Parsed):
            fails = fails or missing(operation.node, catalog, server)
    return _Answer(fails, found.unproven, frozenset(found.locks))


def _told(query: Query, new: _Answer, passed: Passed, server: Server) -> Finding:
    def so(catalog: Catalog) -> bool:
        found = _ask(query, catalog, server)
        return found.fails is not None if new.fails is not None else found.unproven is not None

    migration = passed.migration
    statement = first(migration, passed.before, server, so)
    place = statement.place if statement is not None else Place(migration.path, 1, 1)
    calls = "" if query.calls is None else " (called once)" if query.calls == 1 else f" (called {query.calls} times)"
    name = "query-breaks" if new.fails is not None else "query-undecided"
    return rule(name).finding(
        subject=f"{migration.id} {brief(query.text)}",
        place=place,
        proof=Proof(
            ProofKind.DERIVED if new.fails is not None else ProofKind.UNPROVEN,
            "the query was resolved on the model of the database before and after the migration",
        ),
        query=brief(query.text),
        calls=calls,
        why=new.fails or new.unproven or "",
        sql=brief(statement.sql) if statement is not None else f"migration {migration.id}",
    )
