"""What the server refuses in a query: a name that certainly means nothing, an operator, a value that is not there.

PostgreSQL manual, SELECT ("FROM Clause", "ORDER BY Clause"), INSERT ("ON CONFLICT Clause"), UPDATE, DELETE. Whatever is
not certain (a table nobody knows all of, a function in FROM) may have any column.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, Index, Table, Type
from contractcheck.migrations.effects import Server
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import analysis, types
from contractcheck.migrations.postgresql.expressions import Scope as Expressions
from contractcheck.migrations.postgresql.naming import figure
from contractcheck.migrations.postgresql.nodes import only, ref, strings
from contractcheck.migrations.postgresql.run import Run

_SYSTEM = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
Columns = tuple[str, ...] | None
"""The names of columns in order; None: any."""


class _Source(Struct, frozen=True):
    """One item of FROM: what it is called, its columns, and the number of the table it is."""

    alias: str
    columns: Columns
    table: Table | None = None


class _Scope(Struct, frozen=True):
    """What names may mean: the items of FROM, those of the queries around, and tables that WITH defines."""

    sources: tuple[_Source, ...]
    ctes: Mapping[str, Columns]
    around: "_Scope | None" = None
    labels: frozenset[str] = frozenset()

    def all(self) -> Iterator[_Source]:
        """Every item, the nearest first."""
        yield from self.sources
        if self.around is not None:
            yield from self.around.all()


class _MissingError(Exception):
    """A name that means nothing; the text is what the server says."""


def missing(query: Node, catalog: Catalog, server: Server) -> str | None:
    """What the server says of the first name that means nothing, None if every name may mean something."""
    try:
        _Names(Run.begin(catalog, server, block=True)).query(query, _Scope((), {}))
    except _MissingError as error:
        return str(error)
    return None


class _Names:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.functions = {name.name for name in run.catalog.functions}

    def query(self, query: Node, around: _Scope) -> Columns:
        """The columns that a query gives."""
        kind, fields = only(query)
        reader: Callable[[Mapping[str, Any], _Scope], Columns] | None = {
            "SelectStmt": self.select,
            "InsertStmt": self.insert,
            "UpdateStmt": self.update,
            "DeleteStmt": self.delete,
        }.get(kind)
        return reader(fields, self.defined(fields, around)) if reader is not None else None

    def defined(self, fields: Mapping[str, Any], around: _Scope) -> _Scope:
        """The scope with what WITH defines."""
        clause = fields.get("withClause") or {}
        ctes = dict(around.ctes)
        for node in clause.get("ctes", ()):
            item = node["CommonTableExpr"]
            if clause.get("recursive"):
                ctes[item["ctename"]] = None
            inner = self.query(item["ctequery"], _Scope((), ctes, around))
            ctes[item["ctename"]] = _renamed(inner, strings(item.get("aliascolnames")))
        return _Scope((), ctes, around)

    def select(self, fields: Mapping[str, Any], scope: _Scope) -> Columns:
        if fields.get("op", "SETOP_NONE") != "SETOP_NONE":
            given = [self.query({"SelectStmt": fields[side]}, scope) for side in ("larg", "rarg")]
            return given[0]
        if "valuesLists" in fields:
            self.look(fields["valuesLists"], scope)
            return tuple(f"column{n}" for n, _ in enumerate(fields["valuesLists"][0]["List"]["items"], 1))
        scope = self.sourced(fields.get("fromClause", ()), scope)
        for key in ("targetList", "whereClause", "havingClause", "windowClause", "limitCount", "limitOffset"):
            self.look(fields.get(key), scope)
        for node in fields.get("targetList", ()):
            self.judged(node["ResTarget"]["val"], scope)
        self.judged(fields.get("whereClause"), scope, "WHERE")
        self.judged(fields.get("havingClause"), scope, "HAVING")
        given_columns = self.given(fields.get("targetList", ()), scope)
        named = frozenset(node["ResTarget"].get("name") or "" for node in fields.get("targetList", ()))
        labels = named | frozenset(given_columns or ())
        behind = _Scope(scope.sources, scope.ctes, scope.around, labels)
        for key in ("groupClause", "sortClause", "distinctClause"):
            for node in fields.get(key, ()):
                bare = node.get("SortBy", {}).get("node", node)
                plain = only(bare)[0] == "ColumnRef"
                self.look([bare], behind if plain else scope)
                self.judged(None if plain else bare, scope)
        return given_columns

    def insert(self, fields: Mapping[str, Any], scope: _Scope) -> Columns:
        target = self.table(fields["relation"], scope)
        if "selectStmt" in fields:
            given = self.query(fields["selectStmt"], scope)
            self.filled(target, [node["ResTarget"]["name"] for node in fields.get("cols", ())], given)
        inside = _Scope((target,), scope.ctes, scope.around)
        conflict = fields.get("onConflictClause")
        if conflict:
            both = _Scope((target, _Source("excluded", target.columns)), scope.ctes, scope.around)
            for key in ("targetList", "whereClause"):
                self.look(conflict.get(key), both)
            self.arbiter(conflict.get("infer") or {}, target)
        return self.returned(fields, inside)

    def update(self, fields: Mapping[str, Any], scope: _Scope) -> Columns:
        scope = self.sourced(fields.get("fromClause", ()), scope, self.table(fields["relation"], scope))
        for key in ("targetList", "whereClause"):
            self.look(fields.get(key), scope)
        for node in fields.get("targetList", ()):
            self.judged(node["ResTarget"].get("val"), scope)
        self.judged(fields.get("whereClause"), scope, "WHERE")
        return self.returned(fields, scope)

    def delete(self, fields: Mapping[str, Any], scope: _Scope) -> Columns:
        scope = self.sourced(fields.get("usingClause", ()), scope, self.table(fields["relation"], scope))
        self.look(fields.get("whereClause"), scope)
        self.judged(fields.get("whereClause"), scope, "WHERE")
        return self.returned(fields, scope)

    def returned(self, fields: Mapping[str, Any], scope: _Scope) -> Columns:
        clause = fields.get("returningClause") or {}
        targets = clause.get("exprs", ()) or fields.get("returningList", ())
        names = frozenset({"old", "new"})  # of 18
        self.look(targets, _Scope((*scope.sources, *(_Source(n, None) for n in names)), scope.ctes, scope.around))
        return self.given(targets, scope)

    def given(self, targets: Any, scope: _Scope) -> Columns:  # noqa: ANN401 - nodes
        """The names of the columns of a list of targets."""
        found: list[str] = []
        for node in targets:
            value = node["ResTarget"]["val"]
            kind, fields = only(value)
            if kind == "ColumnRef" and "A_Star" in fields["fields"][-1]:
                alias = strings(fields["fields"][:-1])[-1:]
                for source in scope.sources:
                    if alias and source.alias != alias[0]:
                        continue
                    if source.columns is None:
                        return None
                    found += source.columns
                continue
            found.append(node["ResTarget"].get("name") or figure(value) or "?column?")
        return tuple(found)

    # -- FROM

    def sourced(self, items: Any, scope: _Scope, *first: _Source) -> _Scope:  # noqa: ANN401 - nodes
        """The scope with the items of FROM."""
        for item in items:
            first = (*first, *self.source(item, _Scope(first, scope.ctes, scope.around)))
        return _Scope(first, scope.ctes, scope.around)

    def source(self, item: Node, scope: _Scope) -> tuple[_Source, ...]:
        kind, fields = only(item)
        alias = fields.get("alias", {})
        names = strings(alias.get("colnames"))
        match kind:
            case "RangeVar":
                return (self.table(fields, scope),)
            case "RangeSubselect":
                inner = self.query(fields["subquery"], _Scope((), scope.ctes, scope))
                return (_Source(alias.get("aliasname", ""), _renamed(inner, names)),)
            case "JoinExpr":
                left = self.source(fields["larg"], scope)
                right = self.source(fields["rarg"], _Scope((*scope.sources, *left), scope.ctes, scope.around))
                both = (*left, *right)
                inside = _Scope((*scope.sources, *both), scope.ctes, scope.around)
                self.look(fields.get("quals"), inside)
                self.judged(fields.get("quals"), inside, "JOIN/ON")
                for name in strings(fields.get("usingClause")):
                    for side, sources in (("left", left), ("right", right)):
                        if all(each.columns is not None and name not in each.columns for each in sources):
                            raise _MissingError(
                                f'column "{name}" specified in USING clause does not exist in {side} table'
                            )
                return (*both, _Source(alias["aliasname"], None)) if alias else both
            case "RangeTableSample":
                return self.source(fields["relation"], scope)
            case "RangeFunction":
                self.look(fields.get("functions"), scope)
        return (_Source(alias.get("aliasname", ""), None),)

    def table(self, fields: Mapping[str, Any], scope: _Scope) -> _Source:
        alias = fields.get("alias", {})
        name, names = alias.get("aliasname") or fields["relname"], strings(alias.get("colnames"))
        if not fields.get("schemaname") and fields["relname"] in scope.ctes:
            return _Source(name, _renamed(scope.ctes[fields["relname"]], names))
        relation = self.run.find(ref(fields))
        if isinstance(relation, Table) and relation.known:
            return _Source(name, _renamed(tuple(c.name for c in relation.columns), names), relation)
        return _Source(name, None)  # that there is no such table was said before

    # -- names

    def look(self, node: Any, scope: _Scope) -> None:  # noqa: ANN401 - a part of a syntax tree
        """Resolve every column in an expression, and in the queries inside of it."""
        if isinstance(node, list | tuple):
            for each in node:
                self.look(each, scope)
        elif isinstance(node, Mapping):
            for kind, fields in node.items():
                if kind == "ColumnRef":
                    self.resolve(fields["fields"], scope)
                elif kind in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
                    self.query({kind: fields}, _Scope((), scope.ctes, scope))
                elif isinstance(fields, list | tuple | Mapping):
                    self.look(fields, scope)

    def resolve(self, parts: Any, scope: _Scope) -> None:  # noqa: ANN401 - nodes
        """Raise _MissingError if no item of FROM has the column."""
        names = strings(parts)
        star = len(names) < len(parts)
        if star:
            if names:
                self.item(names[-1], ".".join(names), scope)
            return
        column = names[-1]
        if column in _SYSTEM or column in self.functions:
            return
        if len(names) > 1:
            source = self.item(names[-2], names[-2], scope)
            if source.columns is not None and column not in source.columns:
                raise _MissingError(f"column {names[-2]}.{column} does not exist")
            return
        known = any(each.columns is None or column in each.columns or each.alias == column for each in scope.all())
        if not known and column not in scope.labels:
            raise _MissingError(f'column "{column}" does not exist')

    def item(self, alias: str, shown: str, scope: _Scope) -> _Source:
        """The item of FROM that is called so."""
        found = next((each for each in scope.all() if each.alias == alias), None)
        if found is not None:
            return found
        if any(each.alias == "" for each in scope.all()):
            return _Source(alias, None)
        raise _MissingError(f'missing FROM-clause entry for table "{shown}"')

    def filled(self, target: _Source, names: list[str], given: Columns) -> None:
        """Raise _MissingError for a column that must have a value and gets none.

        One of a domain may have its default; a trigger may give one.
        """
        table = target.table
        if table is None or table.kind == "view" or table.triggers or (not names and given is None):
            return
        written = names or [column.name for column in table.columns][: len(given or ())]
        for column in table.columns:
            made = column.default is not None or column.generated or column.identity
            if not column.not_null or made or column.name in written or column.type is None:
                continue
            if types.base_type(column.type, self.run.catalog) == column.type:
                raise _MissingError(
                    f'null value in column "{column.name}" of relation "{table.name}" violates not-null constraint'
                )

    def judged(self, node: Node | None, scope: _Scope, place: str = "") -> None:
        """Raise _MissingError for an operator or function that does not take what it is given.

        Only where every item of FROM is a table that is known; `place` names one that wants a truth value.
        """
        sources = tuple(scope.all())
        if node is None or not sources or any(each.table is None for each in sources):
            return

        def typed(parts: tuple[str, ...]) -> Type | None:
            for each in sources:
                if each.table is not None and (len(parts) == 1 or parts[-2] == each.alias):
                    column = each.table.column(parts[-1])
                    if column is not None and each.columns is not None and parts[-1] in each.columns:
                        return column.type
            return None

        said = analysis.problem(
            node, Expressions(self.run.catalog, self.run.path, self.run.version, typed), boolean=place
        )
        if said is not None:
            raise _MissingError(said)

    def arbiter(self, infer: Mapping[str, Any], target: _Source) -> None:
        """Raise _MissingError if ON CONFLICT names columns that no unique index has, all of them and no other."""
        elements = [only(node)[1] for node in infer.get("indexElems", ())]
        table = target.table
        if table is None or table.kind == "view" or not elements or any("name" not in each for each in elements):
            return
        wanted = [each["name"] for each in elements]
        for name in wanted:
            if target.columns is not None and name not in target.columns:
                raise _MissingError(f'column "{name}" does not exist')
        numbers = {column.number for column in table.columns if column.name in wanted}
        indexes = [self.run.catalog.relations[each] for each in self.run.catalog.indexes.get(table.number, ())]
        fits = any(
            isinstance(each, Index)
            and each.unique
            and each.valid
            and {key.column for key in each.keys} == numbers
            and (each.predicate is None or "whereClause" in infer)
            for each in indexes
        )
        if not fits:
            raise _MissingError("there is no unique or exclusion constraint matching the ON CONFLICT specification")


def _renamed(columns: Columns, names: tuple[str, ...]) -> Columns:
    """The columns under the names that an alias gives the first of them."""
    return columns if columns is None else (*names, *columns[len(names) :])
