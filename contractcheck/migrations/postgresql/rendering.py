"""What a catalog holds, written as SQL that makes it again; nothing is written that does not read back as it was."""

import re
from collections.abc import Iterator

from contractcheck.migrations.catalog import Catalog, Column, Constraint, Index, Name, Sequence, Table, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.deparse import deparse
from contractcheck.migrations.postgresql.nodes import only
from contractcheck.migrations.postgresql.types import sequence_bounds, words

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_STRATEGIES = {"r": "RANGE", "l": "LIST", "h": "HASH"}


class UnwrittenError(Exception):
    """Something cannot be written as SQL; says what."""


def quoted(name: str) -> str:
    """A name, in quotes where it would not be read as it is."""
    from pglast.keywords import RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS

    plain = _PLAIN.fullmatch(name) and name not in RESERVED_KEYWORDS and name not in TYPE_FUNC_NAME_KEYWORDS
    return name if plain else '"' + name.replace('"', '""') + '"'


def address(key: Name) -> str:
    """The name of an object with its schema, unless that is `public`."""
    return quoted(key.name) if key.schema == "public" else f"{quoted(key.schema)}.{quoted(key.name)}"


def text(value: str) -> str:
    """A text as a literal."""
    return (
        "'" + value.replace("'", "''") + "'"
        if "\\" not in value
        else "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    )


def kind(found: Type | None, catalog: Catalog) -> str:
    """A type. Raises UnwrittenError for one that is not known."""
    if found is None:
        raise UnwrittenError("a type that is not known")
    if isinstance(found.base, int):
        user = catalog.types.get(found.base)
        if user is None:
            raise UnwrittenError("a type that is not there")
        inside = f"({','.join(map(str, found.modifiers))})" if found.modifiers else ""
        return address(user.key) + inside + ("[]" if found.array else "")
    return words(found, catalog)


# -- expressions ------------------------------------------------------------------------------------------------------


def expression(node: Node) -> str:
    """The text of a parsed expression. Raises UnwrittenError where it would not be read back as the same."""
    found = deparse(node)
    if found is None:
        raise UnwrittenError("an expression that cannot be written")
    return found


# -- columns ----------------------------------------------------------------------------------------------------------


def column(found: Column, catalog: Catalog, *, sequence: Sequence | None = None) -> str:
    """A column as ADD COLUMN has it; `sequence` is that of an identity."""
    parts = [quoted(found.name), kind(found.type, catalog)]
    if found.collation:
        parts.append(f"COLLATE {collation(found.collation)}")
    if found.generated and found.default is not None:
        parts.append(f"GENERATED ALWAYS AS ({expression(found.default)}) {found.generated.upper()}")
    elif found.identity:
        inside = numbering(sequence) if sequence is not None else []
        if sequence is not None:
            inside.insert(0, f"SEQUENCE NAME {address(sequence.key)}")
        how = "ALWAYS" if found.identity == "a" else "BY DEFAULT"
        parts.append(f"GENERATED {how} AS IDENTITY" + (f" ({' '.join(inside)})" if inside else ""))
    elif found.default is not None:
        parts.append(f"DEFAULT {expression(found.default)}")
    if found.not_null:
        parts.append("NOT NULL")
    return " ".join(parts)


def collation(name: str) -> str:
    """The name of a collation."""
    return ".".join(quoted(part) for part in name.split("."))


def settings(found: Column, head: str, than: Column | None = None) -> Iterator[str]:
    """What ALTER COLUMN says of a column beside its type, where it is otherwise than with another."""
    if found.statistics != (than.statistics if than is not None else None):
        yield f"{head} SET STATISTICS {-1 if found.statistics is None else found.statistics}"
    if found.storage is not None and found.storage != (than.storage if than is not None else None):
        yield f"{head} SET STORAGE {found.storage.upper()}"
    if found.compression != (than.compression if than is not None else None):
        yield f"{head} SET COMPRESSION {found.compression or 'default'}"
    old = than.options if than is not None else ()
    yield from options(found.options, old, head)


def options(wanted: tuple[tuple[str, str], ...], there: tuple[tuple[str, str], ...], head: str) -> Iterator[str]:
    """SET and RESET of options, from what there is to what is wanted."""
    put = [f"{name} = {value}" for name, value in wanted if (name, value) not in there]
    gone = [name for name, _ in there if name not in dict(wanted)]
    if put:
        yield f"{head} SET ({', '.join(put)})"
    if gone:
        yield f"{head} RESET ({', '.join(gone)})"


def numbering(sequence: Sequence) -> list[str]:
    """The options of a sequence that are not what they are when not given."""
    names = {
        "increment": "INCREMENT BY",
        "minvalue": "MINVALUE",
        "maxvalue": "MAXVALUE",
        "start": "START WITH",
        "cache": "CACHE",
    }
    found = [f"{names[name]} {value}" for name, value in sequence.options if name in names and value is not None]
    return [*found, *(["CYCLE"] if dict(sequence.options).get("cycle") else [])]


def create_sequence(sequence: Sequence) -> str:
    """CREATE SEQUENCE; who owns it is said elsewhere."""
    as_type = f" AS {words(Type(sequence.type), Catalog())}" if sequence.type != "int8" else ""
    bounds = sequence_bounds(sequence.type)
    inside = [each for each in numbering(sequence) if each != f"MAXVALUE {bounds['max']}"]
    unlogged = "UNLOGGED " if sequence.persistence == "u" else ""
    return " ".join((f"CREATE {unlogged}SEQUENCE {address(sequence.key)}{as_type}", *inside))


# -- constraints and indexes ------------------------------------------------------------------------------------------


def constraint(found: Constraint, table: Table, catalog: Catalog) -> str:
    """A constraint with its name, as ADD has it. Raises UnwrittenError for what cannot be written."""
    head = f"CONSTRAINT {quoted(found.name)} "
    named = ", ".join(_columns(table, found.columns))
    match found.kind:
        case "check" if found.expression is not None:
            body = f"CHECK ({expression(found.expression)})" + (" NO INHERIT" if found.no_inherit else "")
        case "primary key" | "unique" | "exclude":
            body = _keyed(found, named, catalog)
        case "foreign key":
            other = catalog.relations.get(found.references or 0)
            if not isinstance(other, Table):
                raise UnwrittenError(f"constraint {found.name}: what it refers to is not known")
            body = f"FOREIGN KEY ({named}) REFERENCES {address(other.key)}"
            if found.referenced:
                body += f" ({', '.join(_columns(other, found.referenced))})"
            body += {"f": " MATCH FULL"}.get(found.match, "")
            body += f" ON UPDATE {_ACTIONS[found.on_update]}" if found.on_update in _ACTIONS else ""
            body += f" ON DELETE {_ACTIONS[found.on_delete]}" if found.on_delete in _ACTIONS else ""
        case _:
            raise UnwrittenError(f"constraint {found.name} of kind {found.kind}")
    if found.deferrable:
        body += " DEFERRABLE" + (" INITIALLY DEFERRED" if found.deferred else "")
    if not found.enforced:
        body += " NOT ENFORCED"
    elif not found.validated:
        body += " NOT VALID"
    return head + body


def _keyed(found: Constraint, named: str, catalog: Catalog) -> str:
    index = catalog.relations.get(found.index or 0)
    if not isinstance(index, Index) or found.kind == "exclude":
        raise UnwrittenError(f"constraint {found.name} of kind {found.kind}")
    table = catalog.table(index.table)
    body = ("PRIMARY KEY" if found.kind == "primary key" else "UNIQUE") + (
        "" if index.nulls_distinct else " NULLS NOT DISTINCT"
    )
    body += f" ({named})"
    if index.include:
        body += f" INCLUDE ({', '.join(_columns(table, index.include))})"
    if index.options:
        body += f" WITH ({', '.join(f'{name} = {value}' for name, value in index.options)})"
    return body + (f" USING INDEX TABLESPACE {quoted(index.tablespace)}" if index.tablespace else "")


def create_index(index: Index, catalog: Catalog) -> str:
    """CREATE INDEX with its name."""
    table = catalog.table(index.table)
    keys = []
    for key in index.keys:
        found = table.numbered(key.column)
        part = quoted(found.name) if found is not None else _bracketed(key.expression or {})
        part += f" COLLATE {collation(key.collation)}" if key.collation else ""
        part += f" {collation(key.opclass)}" if key.opclass else ""
        part += " DESC" if key.descending else ""
        if key.nulls_first is not None and key.nulls_first is not key.descending:
            part += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
        keys.append(part)
    method = f" USING {index.method}" if index.method != "btree" else ""
    unique = "UNIQUE " if index.unique else ""
    sql = f"CREATE {unique}INDEX {quoted(index.name)} ON {address(table.key)}{method} ({', '.join(keys)})"
    if index.include:
        sql += f" INCLUDE ({', '.join(_columns(table, index.include))})"
    sql += "" if index.nulls_distinct else " NULLS NOT DISTINCT"
    if index.options:
        sql += f" WITH ({', '.join(f'{name} = {value}' for name, value in index.options)})"
    sql += f" TABLESPACE {quoted(index.tablespace)}" if index.tablespace else ""
    return sql + (f" WHERE {expression(index.predicate)}" if index.predicate is not None else "")


def _bracketed(node: Node) -> str:
    """An expression as a key of an index: a call stands as it is, all else in brackets."""
    found = expression(node)
    return found if only(node)[0] == "FuncCall" and "::" not in found else f"({found})"


def _columns(table: Table, numbers: tuple[int, ...]) -> list[str]:
    found = [table.numbered(number) for number in numbers]
    if any(each is None for each in found):
        raise UnwrittenError(f"a column of {table.key} that is not known")
    return [quoted(each.name) for each in found if each is not None]


def bound(node: Node) -> str:
    """The bound of a partition (PostgreSQL manual, CREATE TABLE, partition_bound_spec)."""
    fields = node.get("PartitionBoundSpec", node)
    if fields.get("is_default"):
        return "DEFAULT"

    def listed(name: str) -> str:
        return ", ".join(_datum(each) for each in fields.get(name, ()))

    match fields.get("strategy"):
        case "l":
            return f"FOR VALUES IN ({listed('listdatums')})"
        case "r":
            return f"FOR VALUES FROM ({listed('lowerdatums')}) TO ({listed('upperdatums')})"
        case "h":
            return f"FOR VALUES WITH (MODULUS {fields.get('modulus', 0)}, REMAINDER {fields.get('remainder', 0)})"
        case _:
            raise UnwrittenError("the bound of a partition")


def _datum(node: Node) -> str:
    name, fields = only(node)
    if name == "ColumnRef":  # MINVALUE and MAXVALUE are read as names
        return str(only(fields["fields"][0])[1].get("sval", "")).upper()
    return expression(node)


# -- tables -----------------------------------------------------------------------------------------------------------


def create_table(table: Table, catalog: Catalog) -> str:
    """CREATE TABLE with its keys and checks; foreign keys, indexes and the rest are said elsewhere."""
    if not table.known or table.kind not in {"table", "partitioned table"} or table.of_type is not None:
        raise UnwrittenError(f"{table.kind} {table.key}")
    if table.kind == "partitioned table":
        raise UnwrittenError(f"{table.key}, which is partitioned")
    if table.parents:
        parent = catalog.relations.get(table.parents[0])
        plain = len(table.parents) == 1 and all(each.inherited for each in table.columns)
        if table.bound is None or not isinstance(parent, Table) or not plain:
            raise UnwrittenError(f"{table.key}, which inherits")
        return f"CREATE TABLE {address(table.key)} PARTITION OF {address(parent.key)} {bound(table.bound)}"
    identities = {s.owned_by[1]: s for s in catalog.owned_sequences(table.number) if s.identity and s.owned_by}
    lines = [column(each, catalog, sequence=identities.get(each.number)) for each in table.columns]
    lines += [
        constraint(each, table, catalog)
        for each in table.constraints
        if own(each) and each.kind != "foreign key" and each.validated
    ]
    unlogged = "UNLOGGED " if table.persistence == "u" else ""
    sql = f"CREATE {unlogged}TABLE {address(table.key)} (\n    " + ",\n    ".join(lines) + "\n)"
    sql += f" USING {quoted(table.access_method)}" if table.access_method else ""
    if table.options:
        sql += f" WITH ({', '.join(f'{name} = {value}' for name, value in table.options)})"
    return sql + (f" TABLESPACE {quoted(table.tablespace)}" if table.tablespace else "")


def own(found: Constraint) -> bool:
    """Whether a constraint is the table's own, and can be added and dropped on it."""
    return found.parent is None and found.local and found.kind != "not null"
