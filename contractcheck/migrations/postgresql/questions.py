"""Queries about the schema (`information_schema`, `pg_catalog`), answered from the catalog."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contractcheck.migrations.catalog import Catalog, Index, Table
from contractcheck.migrations.catalog import Sequence as Numbers
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import facts
from contractcheck.migrations.postgresql.nodes import only, strings

Row = Mapping[str, object]
Source = Callable[[Catalog], Iterator[Row]]
Answer = tuple[tuple[str, ...], list[tuple[object, ...]]]

_DATABASE = "<database>"  # whatever it is called, all sides agree on it
_KINDS = {"table": "r", "partitioned table": "p", "view": "v", "matview": "m", "foreign table": "f", "composite": "c"}
_CONSTRAINTS = {"primary key": "p", "unique": "u", "foreign key": "f", "check": "c", "exclude": "x"}
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


class Unanswered(Exception):  # noqa: N818 - no error: the query is sent, and what it gives is not known
    """A query that goes beyond what is answered here."""


class _Hidden:
    """A value that is there, and nobody knows which."""


HIDDEN = _Hidden()


def answer(
    catalog: Catalog,
    sql: str,
    version: int,
    doubts: frozenset[str] | None = frozenset(),
    path: tuple[str, ...] = ("public",),
) -> Answer | None:
    """The names of the columns and the rows that a query gives; None if it is not about the schema, or not certain.

    `doubts` names the objects with which more may have happened than the catalog shows; None if that may be any.
    """
    import orjson
    from pglast.parser import ParseError, parse_sql_json

    try:
        statements = orjson.loads(parse_sql_json(sql)).get("stmts", [])
    except (ParseError, ValueError):
        return None
    if len(statements) != 1:
        return None
    return rows(catalog, statements[0]["stmt"], version, doubts, path, strict=True)


def rows(
    catalog: Catalog,
    query: Node,
    version: int,
    doubts: frozenset[str] | None = frozenset(),
    path: tuple[str, ...] = ("public",),
    *,
    strict: bool = False,
) -> Answer | None:
    """As `answer`, of a parsed statement; one that reads no table of the system is answered unless `strict`."""
    kind, statement = only(query)
    if kind == "VariableShowStmt":
        return (("setting",), [(str(version * 10_000),)]) if statement["name"] == "server_version_num" else None
    if kind != "SelectStmt":
        return None
    asked = _Asked(catalog, version, path)
    try:
        found = asked.select(statement, ())
    except (Unanswered, KeyError, TypeError):
        return None
    if not asked.names:
        return found if asked.free or not strict else None
    return found if asked.certain(doubts) else None


def value(catalog: Catalog, node: Node, version: int, path: tuple[str, ...] = ("public",)) -> object:
    """The value of an expression over the schema; HIDDEN if it is not certain."""
    asked = _Asked(catalog, version, path)
    try:
        found = asked.value(node, ())
    except (Unanswered, KeyError, TypeError):
        return HIDDEN
    return found if not asked.names or asked.certain(frozenset()) else HIDDEN


class _Asked:
    """One query: which tables of the system it reads, and the texts it names."""

    def __init__(self, catalog: Catalog, version: int, path: tuple[str, ...]) -> None:
        self.catalog = catalog
        self.version = version
        self.path = path
        self.names: set[str] = set()
        self.texts: set[str] = set()
        self.free = False

    def certain(self, doubts: frozenset[str] | None) -> bool:
        """Whether nothing that is in doubt can have changed what was found."""
        if doubts is None or not self.catalog.complete or self.texts & doubts:
            return False
        # Where something is in doubt, the query has to say which things it is about.
        schemas = self.catalog.schemas
        return not doubts or any(t not in schemas and t.lower() == t and len(t) > 2 for t in self.texts)

    # Rows

    def select(self, node: Node, outer: tuple[Row, ...]) -> Answer:
        for part in ("withClause", "groupClause", "havingClause", "windowClause", "valuesLists"):
            if node.get(part):
                raise Unanswered
        if node.get("op", "SETOP_NONE") != "SETOP_NONE":
            raise Unanswered
        rows = self._from(node.get("fromClause", ()), outer)
        if "whereClause" in node:
            rows = [row for row in rows if self.value(node["whereClause"], (row, *outer)) is True]
        rows = self._ordered(rows, node.get("sortClause", ()), outer)
        targets = [each["ResTarget"] for each in node.get("targetList", ())]
        names = tuple(_name(target) for target in targets)
        if any(_counts(target["val"]) for target in targets):
            return names, [tuple(self._count(target["val"], rows, outer) for target in targets)]
        if len(targets) == 1 and _star(targets[0]["val"]):
            names = tuple(dict.fromkeys(key for row in rows for key in row if "." not in key))
            found = [tuple(row[key] for key in names) for row in rows]
        else:
            found = [tuple(self.value(target["val"], (row, *outer)) for target in targets) for row in rows]
        if node.get("distinctClause"):
            found = list(dict.fromkeys(found))
        if "limitCount" in node:
            limit = self.value(node["limitCount"], outer)
            if not isinstance(limit, int):
                raise Unanswered
            found = found[:limit]
        return names, found

    def _count(self, node: Node, rows: Sequence[Row], outer: tuple[Row, ...]) -> object:
        kind, fields = only(node)
        if kind == "A_Expr" and fields["kind"] == "AEXPR_OP":
            sides = (self._count(fields["lexpr"], rows, outer), self._count(fields["rexpr"], rows, outer))
            return _compared(strings(fields["name"])[-1], *sides)
        return len(rows) if _counts(node) else self.value(node, outer)

    def _from(self, clause: Sequence[Node], outer: tuple[Row, ...]) -> list[Row]:
        rows: list[Row] = [{}]
        for item in clause:
            rows = [{**left, **right} for left in rows for right in self._item(item, outer)]
            if len(rows) > 20_000:
                raise Unanswered
        return rows

    def _item(self, item: Node, outer: tuple[Row, ...]) -> list[Row]:
        kind, fields = only(item)
        if kind == "JoinExpr":
            left, right = self._item(fields["larg"], outer), self._item(fields["rarg"], outer)
            if len(left) * len(right) > 200_000:
                raise Unanswered
            joined: list[Row] = []
            for one in left:
                fitting = [both for other in right if self._joins(fields, both := {**one, **other}, one, other, outer)]
                if not fitting and fields["jointype"] == "JOIN_LEFT":
                    fitting = [{**dict.fromkeys(right[0] if right else ()), **one}]
                joined += fitting
            if fields["jointype"] not in {"JOIN_INNER", "JOIN_LEFT"}:
                raise Unanswered
            return joined
        if kind != "RangeVar":
            raise Unanswered
        name = fields["relname"]
        source = _SOURCES.get((fields.get("schemaname", "pg_catalog"), name))
        if source is None:
            raise Unanswered
        self.names.add(name)
        alias = fields.get("alias", {}).get("aliasname", name)
        return [{**row, **{f"{alias}.{key}": each for key, each in row.items()}} for row in source(self.catalog)]

    def _joins(self, fields: Node, both: Row, one: Row, other: Row, outer: tuple[Row, ...]) -> bool:
        if "usingClause" in fields:
            return all(one.get(name) == other.get(name) for name in strings(fields["usingClause"]))
        return "quals" not in fields or self.value(fields["quals"], (both, *outer)) is True

    def _ordered(self, rows: list[Row], clause: Sequence[Node], outer: tuple[Row, ...]) -> list[Row]:
        for each in reversed(clause):
            by = each["SortBy"]
            node = by["node"]
            values = [self.value(node, (row, *outer)) for row in rows]
            if not (all(isinstance(value, str) for value in values) or all(isinstance(value, int) for value in values)):
                raise Unanswered
            order = sorted(range(len(rows)), key=values.__getitem__, reverse=by.get("sortby_dir") == "SORTBY_DESC")  # type: ignore[arg-type]
            rows = [rows[index] for index in order]
        return rows

    # Values

    def value(self, node: Node, rows: tuple[Row, ...]) -> object:
        """The value of an expression; None is NULL. Raises Unanswered."""
        kind, fields = only(node)
        match kind:
            case "A_Const":
                return self._constant(fields)
            case "ColumnRef":
                return _column(fields, rows)
            case "BoolExpr":
                return self._boolean(fields, rows)
            case "NullTest":
                value = self.value(fields["arg"], rows)
                return (value is None) is (fields["nulltesttype"] == "IS_NULL")
            case "A_Expr":
                return self._operator(fields, rows)
            case "TypeCast":
                return self._cast(fields, rows)
            case "SubLink":
                return self._sub(fields, rows)
            case "FuncCall":
                return self._call(fields, rows)
            case "SQLValueFunction":
                return self._session(fields["op"])
            case "CoalesceExpr":
                values = [self.value(each, rows) for each in fields["args"]]
                return next((each for each in values if each is not None), None)
        raise Unanswered

    def _constant(self, fields: Node) -> object:
        if fields.get("isnull"):
            return None
        if "sval" in fields:
            text = str(fields["sval"].get("sval", ""))
            self.texts.add(text.rpartition(".")[2].replace('"', ""))
            return text
        if "boolval" in fields:
            return bool(fields["boolval"].get("boolval", False))
        if "ival" in fields:
            return int(fields["ival"].get("ival", 0))
        raise Unanswered

    def _boolean(self, fields: Node, rows: tuple[Row, ...]) -> object:
        values = [self.value(each, rows) for each in fields["args"]]
        if any(not isinstance(each, bool | None) for each in values):
            raise Unanswered
        match fields["boolop"]:
            case "AND_EXPR":
                return False if False in values else None if None in values else True
            case "OR_EXPR":
                return True if True in values else None if None in values else False
        return None if values[0] is None else not values[0]

    def _operator(self, fields: Node, rows: tuple[Row, ...]) -> object:
        name = strings(fields["name"])[-1]
        left = self.value(fields["lexpr"], rows)
        match fields["kind"]:
            case "AEXPR_OP":
                return _compared(name, left, self.value(fields["rexpr"], rows))
            case "AEXPR_IN":
                items = [self.value(each, rows) for each in only(fields["rexpr"])[1]["items"]]
            case "AEXPR_OP_ANY":
                inner = only(fields["rexpr"])
                if inner[0] != "A_ArrayExpr" or name != "=":
                    raise Unanswered
                items = [self.value(each, rows) for each in inner[1]["elements"]]
            case "AEXPR_LIKE" | "AEXPR_ILIKE":
                return _like(fields["kind"], name, left, self.value(fields["rexpr"], rows))
            case _:
                raise Unanswered
        verdicts = [_compared("=", left, each) for each in items]
        found = True if True in verdicts else None if None in verdicts else False
        return found if name == "=" or found is None else not found

    def _cast(self, fields: Node, rows: tuple[Row, ...]) -> object:
        target = strings(fields["typeName"]["names"])[-1]
        value = self.value(fields["arg"], rows)
        if target == "regclass":
            return self._relation(value)
        if target in {"text", "varchar", "name", "regtype", "bpchar"} and isinstance(value, str | None):
            return value
        if target in {"int4", "int8", "oid"} and isinstance(value, int | None):
            return value
        raise Unanswered

    def _relation(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        schema, _, name = value.replace('"', "").rpartition(".")
        found = self.catalog.lookup(name, schema or None, self.path)
        if found is None:
            raise Unanswered
        return found.number

    def _sub(self, fields: Node, rows: tuple[Row, ...]) -> object:
        _, found = self.select(only(fields["subselect"])[1], rows)
        match fields["subLinkType"]:
            case "EXISTS_SUBLINK":
                return bool(found)
            case "EXPR_SUBLINK" if len(found) < 2:
                return found[0][0] if found else None
            case "ANY_SUBLINK" if "operName" not in fields:
                left = self.value(fields["testexpr"], rows)
                verdicts = [_compared("=", left, each[0]) for each in found]
                return True if True in verdicts else None if None in verdicts else False
        raise Unanswered

    def _call(self, fields: Node, rows: tuple[Row, ...]) -> object:
        name = strings(fields["funcname"])[-1]
        arguments = [self.value(each, rows) for each in fields.get("args", ())]
        match name, arguments:
            case "current_schema", []:
                self.free = True
                return "public"
            case "current_database", []:
                self.free = True
                return _DATABASE
            case ("lower" | "upper") as case, [str(text)]:
                return text.lower() if case == "lower" else text.upper()
            case "to_regclass", [str(text)]:
                schema, _, relation = text.replace('"', "").rpartition(".")
                self.names.add("pg_class")
                found = self.catalog.lookup(relation, schema or None, self.path)
                return None if found is None else str(found.key)
            case "current_setting", ["server_version_num", *_]:
                self.free = True
                return str(self.version * 10_000)
        raise Unanswered

    def _session(self, what: str) -> object:
        self.free = True
        if what == "SVFOP_CURRENT_SCHEMA":
            return "public"
        if what == "SVFOP_CURRENT_CATALOG":
            return _DATABASE
        raise Unanswered


def _name(target: Node) -> str:
    if "name" in target:
        return str(target["name"])
    kind, fields = only(target["val"])
    match kind:
        case "ColumnRef":
            return strings(fields["fields"])[-1] if not _star(target["val"]) else "*"
        case "FuncCall":
            return strings(fields["funcname"])[-1]
        case "SubLink" if fields["subLinkType"] == "EXISTS_SUBLINK":
            return "exists"
    return "?column?"


def _star(node: Node) -> bool:
    kind, fields = only(node)
    return kind == "ColumnRef" and "A_Star" in fields["fields"][-1]


def _counts(node: Node) -> bool:
    kind, fields = only(node)
    if kind == "A_Expr" and fields["kind"] == "AEXPR_OP" and "lexpr" in fields:
        return _counts(fields["lexpr"])
    return kind == "FuncCall" and strings(fields["funcname"])[-1] == "count" and not fields.get("agg_distinct")


def _column(fields: Node, rows: tuple[Row, ...]) -> object:
    name = ".".join(strings(fields["fields"])[-2:])
    for row in rows:
        if name in row:
            if row[name] is HIDDEN:
                raise Unanswered
            return row[name]
    raise Unanswered


def _compared(name: str, left: Any, right: Any) -> bool | None:  # noqa: ANN401 - values of any kind
    if left is None or right is None:
        return None
    if type(left) is not type(right):
        raise Unanswered
    match name:
        case "=":
            return bool(left == right)
        case "<>" | "!=":
            return bool(left != right)
        case ">" | ">=" | "<" | "<=" if isinstance(left, int):
            return bool({">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[name])
    raise Unanswered


def _like(kind: str, name: str, left: object, right: object) -> bool | None:
    if left is None or right is None:
        return None
    if not isinstance(left, str) or not isinstance(right, str) or "\\" in right:
        raise Unanswered
    if kind == "AEXPR_ILIKE":
        left, right = left.lower(), right.lower()
    return _fits(left, right) is not name.startswith("!")


def _fits(text: str, pattern: str) -> bool:
    """LIKE: `%` is any text, `_` any character. Linear in both."""
    reached = {0}
    for sign in pattern:
        if sign == "%":
            reached = set(range(min(reached, default=len(text) + 1), len(text) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(text) and sign in {"_", text[at]}}
    return len(text) in reached


# The tables of the system, as far as migrations ask them. Order: that in which things were made.


def _tables(catalog: Catalog) -> Iterator[Row]:
    kinds = {"view": "VIEW", "table": "BASE TABLE", "partitioned table": "BASE TABLE", "foreign table": "FOREIGN"}
    for table in catalog.tables():
        if table.kind in kinds:
            yield {
                "table_catalog": _DATABASE, "table_schema": table.schema, "table_name": table.name,
                "table_type": kinds[table.kind],
            }  # fmt: skip


def _columns(catalog: Catalog) -> Iterator[Row]:
    from contractcheck.migrations.postgresql.types import WORDS

    for table in catalog.tables():
        if table.kind not in {"table", "partitioned table", "view", "foreign table"}:
            continue
        for position, column in enumerate(table.columns, 1):
            base = column.type.base if column.type is not None else None
            words: object = HIDDEN
            if column.type is not None:
                named = WORDS.get(base, base) if isinstance(base, str) else "USER-DEFINED"
                words = "ARRAY" if column.type.array else named
            length = column.type.modifiers[0] if column.type and column.type.modifiers else None
            yield {
                "table_catalog": _DATABASE, "table_schema": table.schema, "table_name": table.name,
                "column_name": column.name, "ordinal_position": position, "data_type": words,
                "is_nullable": "NO" if column.not_null else "YES",
                "column_default": None if column.default is None else HIDDEN,
                "udt_name": base if isinstance(base, str) and not (column.type and column.type.array) else HIDDEN,
                "character_maximum_length": length if base in {"varchar", "bpchar"} else None,
            }  # fmt: skip


def _table_constraints(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        made = [(each.name, each.kind.upper()) for each in table.constraints if each.kind != "exclude"]
        # NOT NULL is listed as a CHECK: by its name from 18 on, before with one of numbers
        made += [(c.not_null_name or f"2200_{table.number}_{c.number}_not_null", "CHECK")
                 for c in table.columns if c.not_null and table.kind not in {"view", "composite"}]  # fmt: skip
        for name, kind in made:
            yield {
                "constraint_catalog": _DATABASE, "constraint_schema": table.schema, "constraint_name": name,
                "table_schema": table.schema, "table_name": table.name, "constraint_type": kind,
            }  # fmt: skip


def _key_columns(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for each in table.constraints:
            if each.kind in {"primary key", "unique", "foreign key"}:
                for position, number in enumerate(each.columns, 1):
                    column = table.numbered(number)
                    yield {
                        "constraint_schema": table.schema, "constraint_name": each.name,
                        "table_schema": table.schema, "table_name": table.name,
                        "column_name": column.name if column else HIDDEN, "ordinal_position": position,
                    }  # fmt: skip


def _column_usage(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for each in table.constraints:
            found = catalog.relations.get(each.references) if each.references is not None else table
            numbers = each.referenced if each.references is not None else each.columns
            if isinstance(found, Table):
                for number in numbers:
                    column = found.numbered(number)
                    yield {
                        "constraint_schema": table.schema, "constraint_name": each.name,
                        "table_schema": found.schema, "table_name": found.name,
                        "column_name": column.name if column else HIDDEN,
                    }  # fmt: skip


def _references(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for each in table.constraints:
            if each.kind == "foreign key":
                yield {
                    "constraint_schema": table.schema, "constraint_name": each.name,
                    "unique_constraint_schema": HIDDEN, "unique_constraint_name": HIDDEN,
                    "update_rule": _ACTIONS.get(each.on_update, HIDDEN),
                    "delete_rule": _ACTIONS.get(each.on_delete, HIDDEN),
                }  # fmt: skip


def _relations(kinds: frozenset[str], schema: str, name: str) -> Source:
    def rows(catalog: Catalog) -> Iterator[Row]:
        for table in catalog.tables():
            if table.kind in kinds:
                yield {schema: table.schema, name: table.name}

    return rows


def _schemata(catalog: Catalog) -> Iterator[Row]:
    for name in (*catalog.schemas, "information_schema", "pg_catalog"):
        yield {"catalog_name": _DATABASE, "schema_name": name}


def _sequences(schema: str, name: str) -> Source:
    def rows(catalog: Catalog) -> Iterator[Row]:
        for each in catalog.sequences():
            yield {schema: each.schema, name: each.name}

    return rows


def _namespace(name: str) -> str:
    return f"namespace {name}"


def _pg_class(catalog: Catalog) -> Iterator[Row]:
    for number, relation in catalog.relations.items():
        kind = "S" if isinstance(relation, Numbers) else "i"
        if isinstance(relation, Table):
            kind = _KINDS.get(relation.kind, "r")
        elif isinstance(relation, Index) and relation.partitioned:
            kind = "I"
        yield {
            "oid": number, "relname": relation.name, "relkind": kind, "relnamespace": _namespace(relation.schema),
        }  # fmt: skip


def _pg_namespace(catalog: Catalog) -> Iterator[Row]:
    for name in (*catalog.schemas, "information_schema", "pg_catalog"):
        yield {"oid": _namespace(name), "nspname": name}


def _pg_type(catalog: Catalog) -> Iterator[Row]:
    letters = {"enum": "e", "domain": "d", "range": "r", "composite": "c"}
    found = [(f"type {t.number}", t.name, t.schema, letters.get(t.kind, "b")) for t in catalog.types.values()]
    found += [(f"row {t.number}", t.name, t.schema, "c") for t in catalog.tables() if t.kind != "composite"]
    found += [(f"array of {oid}", f"_{name}"[:63], schema, "b") for oid, name, schema, _ in found]
    found += [(f"type {name}", name, "pg_catalog", "b") for name in facts.type_names()]
    for oid, name, schema, letter in found:
        yield {"oid": oid, "typname": name, "typnamespace": _namespace(schema), "typtype": letter}


def _pg_enum(catalog: Catalog) -> Iterator[Row]:
    for each in catalog.types.values():
        for position, label in enumerate(each.labels, 1):
            yield {"enumtypid": f"type {each.number}", "enumlabel": label, "enumsortorder": position}


def _pg_constraint(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for each in table.constraints:
            yield {
                "oid": f"constraint {each.number}", "conname": each.name,
                "contype": _CONSTRAINTS.get(each.kind, HIDDEN), "conrelid": table.number,
                "confrelid": each.references or 0, "connamespace": _namespace(table.schema),
                "convalidated": each.validated,
            }  # fmt: skip
        for column in table.columns:
            if column.not_null and column.not_null_name:  # from 18 on
                yield {
                    "oid": f"constraint {table.number} {column.number}", "conname": column.not_null_name,
                    "contype": "n", "conrelid": table.number, "confrelid": 0,
                    "connamespace": _namespace(table.schema), "convalidated": column.not_null_valid,
                }  # fmt: skip
    for user in catalog.types.values():
        for name, _, validated in user.constraints:
            yield {
                "oid": f"constraint {user.number} {name}", "conname": name, "contype": "c", "conrelid": 0,
                "confrelid": 0, "connamespace": _namespace(user.schema), "convalidated": validated,
                "contypid": f"type {user.number}",
            }  # fmt: skip


def _pg_attribute(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for column in table.columns:
            yield {
                "attrelid": table.number, "attname": column.name, "attnum": column.number, "attisdropped": False,
                "attnotnull": column.not_null,
            }  # fmt: skip


def _pg_index(catalog: Catalog) -> Iterator[Row]:
    for relation in catalog.relations.values():
        if isinstance(relation, Index):
            yield {
                "indexrelid": relation.number, "indrelid": relation.table, "indisunique": relation.unique,
                "indisprimary": relation.primary, "indisvalid": relation.valid,
            }  # fmt: skip


def _pg_indexes(catalog: Catalog) -> Iterator[Row]:
    for relation in catalog.relations.values():
        if isinstance(relation, Index):
            table = catalog.relations.get(relation.table)
            yield {
                "schemaname": relation.schema, "tablename": table.name if table else HIDDEN, "indexname": relation.name,
                "indexdef": HIDDEN,
            }  # fmt: skip


def _extensions(catalog: Catalog) -> Iterator[Row]:
    for name in catalog.extensions:
        yield {"extname": name, "extversion": HIDDEN}


def _triggers(catalog: Catalog) -> Iterator[Row]:
    for table in catalog.tables():
        for each in table.triggers:
            yield {"tgname": each.name, "tgrelid": table.number, "trigger_name": each.name} | {
                "event_object_table": table.name, "event_object_schema": table.schema, "trigger_schema": table.schema,
            }  # fmt: skip


def _functions(catalog: Catalog) -> Iterator[Row]:
    for name, several in catalog.functions.items():
        for _ in several:
            yield {
                "proname": name.name, "pronamespace": _namespace(name.schema), "routine_name": name.name,
                "routine_schema": name.schema,
            }  # fmt: skip
    for built_in in facts.function_names():
        yield {
            "proname": built_in, "pronamespace": _namespace("pg_catalog"), "routine_name": built_in,
            "routine_schema": "pg_catalog",
        }  # fmt: skip


_SOURCES: Mapping[tuple[str, str], Source] = {
    ("information_schema", "tables"): _tables,
    ("information_schema", "columns"): _columns,
    ("information_schema", "table_constraints"): _table_constraints,
    ("information_schema", "key_column_usage"): _key_columns,
    ("information_schema", "constraint_column_usage"): _column_usage,
    ("information_schema", "referential_constraints"): _references,
    ("information_schema", "schemata"): _schemata,
    ("information_schema", "views"): _relations(frozenset({"view"}), "table_schema", "table_name"),
    ("information_schema", "sequences"): _sequences("sequence_schema", "sequence_name"),
    ("information_schema", "triggers"): _triggers,
    ("information_schema", "routines"): _functions,
    ("pg_catalog", "pg_tables"): _relations(frozenset({"table", "partitioned table"}), "schemaname", "tablename"),
    ("pg_catalog", "pg_views"): _relations(frozenset({"view"}), "schemaname", "viewname"),
    ("pg_catalog", "pg_matviews"): _relations(frozenset({"matview"}), "schemaname", "matviewname"),
    ("pg_catalog", "pg_sequences"): _sequences("schemaname", "sequencename"),
    ("pg_catalog", "pg_indexes"): _pg_indexes,
    ("pg_catalog", "pg_class"): _pg_class,
    ("pg_catalog", "pg_namespace"): _pg_namespace,
    ("pg_catalog", "pg_type"): _pg_type,
    ("pg_catalog", "pg_enum"): _pg_enum,
    ("pg_catalog", "pg_constraint"): _pg_constraint,
    ("pg_catalog", "pg_attribute"): _pg_attribute,
    ("pg_catalog", "pg_index"): _pg_index,
    ("pg_catalog", "pg_extension"): _extensions,
    ("pg_catalog", "pg_trigger"): _triggers,
    ("pg_catalog", "pg_proc"): _functions,
}
