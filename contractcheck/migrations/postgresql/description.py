"""What a catalog holds, by names and in words: the form in which two catalogs are compared."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from contractcheck.migrations.catalog import (
    Catalog,
    Column,
    Constraint,
    Function,
    Index,
    Key,
    Name,
    Relation,
    Sequence,
    Table,
    Trigger,
    UserType,
)
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.canonical import written
from contractcheck.migrations.postgresql.expressions import is_null_constant, strip
from contractcheck.migrations.postgresql.nodes import constant, only, type_ref
from contractcheck.migrations.postgresql.types import resolve, sequence_bounds, user_type, words
from contractcheck.migrations.postgresql.values import RefusedError, coerce, evaluate, known


class Literal(NamedTuple):
    """A default that is a literal, as a value of the column's type."""

    value: object


class Ordered(NamedTuple):
    """A key of an index: a column's name or an expression, and how it is ordered."""

    key: object
    opclass: str | None
    collation: str | None
    descending: bool
    nulls_first: bool
    operator: str | None


class Unknown(NamedTuple):
    """A type that only a run knows; `name` is what the text calls it."""

    name: str


class Changes(NamedTuple):
    """Alterations of an object whose result is not modelled."""

    nodes: tuple[object, ...]


Attributes = Mapping[str, object]
Described = Mapping[str, Attributes]
"""What a catalog holds: the name of each object (`column orders.note`) over its attributes.

The attribute `of` is the name of the object it is a part of; None if of none.
"""

UNKNOWN = "not known"
NOT_NULL = "constraint that is its not null"
CHANGE = "change "  # the last part of the key under which an alteration of an object is kept

_TEMPORARY = "pg_temp"
_KINDS = {"partitioned table": "table", "matview": "materialized view", "composite": "composite type"}
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"s": "SIMPLE", "f": "FULL", "p": "PARTIAL"}
_IDENTITIES = {"a": "ALWAYS", "d": "BY DEFAULT"}
_PERSISTENCES = {"p": "permanent", "u": "unlogged", "t": "temporary"}
_STATES = {"O": "enabled", "D": "disabled", "R": "enabled on replicas", "A": "always enabled"}
_VOLATILITIES = {"v": "volatile", "s": "stable", "i": "immutable"}
_REPLICA_IDENTITIES = {"d": "default", "f": "full", "n": "nothing", "i": "index"}
# Bits of pg_trigger.tgtype (src/include/catalog/pg_trigger.h).
_TIMINGS = {0: "AFTER", 2: "BEFORE", 64: "INSTEAD OF"}
_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}
_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


def own(catalog: Catalog, other: Catalog) -> list[Relation]:
    """The relations that the other catalog does not have just so."""
    theirs = other.relations.get
    return [relation for number, relation in catalog.relations.items() if theirs(number) is not relation]


def describe(catalog: Catalog, other: Catalog, relations: Iterable[Relation]) -> Described:
    """What the catalog holds and does not share with the other; what is temporary ends with its session.

    `relations` are its `own`. Objects never change: one that both catalogs share is equal, and what it refers to is
    compared by itself.
    """
    found: dict[str, Attributes] = {}
    for relation in relations:
        if relation.schema == _TEMPORARY:
            continue
        match relation:
            case Table():
                found.update(_table(relation, catalog, other))
            case Index():
                found.update(_index(relation, catalog))
            case Sequence():
                found[f"sequence {relation.key}"] = _sequence(relation, catalog)
    for number, each in catalog.types.items():
        if other.types.get(number) is not each and each.schema != _TEMPORARY:
            found.update(_type(each, catalog))
    for name, functions in catalog.functions.items():
        if other.functions.get(name) is not functions and name.schema != _TEMPORARY:
            found.update(_function(name, function, catalog) for function in functions)
    for schema, owner in catalog.schemas.items():
        found[f"schema {schema}"] = {"owner": owner}
    for extension, schema in catalog.extensions.items():
        found[f"extension {extension}"] = {"schema": schema}
    found.update(_objects(catalog))
    for key, comment in catalog.comments.items():
        target = _target(key, catalog)
        if target is not None:
            found[f"comment on {target}"] = {"of": target, "text": comment}
    for (*subject, grantee), granted in catalog.grants.items():
        target = _target(tuple(subject), catalog)
        if target is not None:
            found[f"privileges of {grantee} on {target}"] = {"of": target, "granted": tuple(sorted(granted))}
    return found


def table_name(table: Table) -> str:
    """`table orders`, `materialized view totals`."""
    return f"{_KINDS.get(table.kind, table.kind)} {table.key}"


def _table(table: Table, catalog: Catalog, other: Catalog) -> Iterator[tuple[str, Attributes]]:
    name = table_name(table)
    shared = _shared(table, catalog, other)
    if not table.known:
        # It was there before the known history: only what the replay put into it is compared.
        for column in table.columns:
            if column.type is not None or column.unknown:
                yield (
                    f"{UNKNOWN} whether column {table.key}.{column.name} is as it was",
                    _attributes(column, catalog, table),
                )
        for part, attributes in _parts(table, name, catalog, ()):
            yield f"{UNKNOWN} whether {part} is as it was", attributes
        return
    kind, index = table.replica_identity
    of_type = catalog.types.get(table.of_type) if table.of_type is not None else None
    yield (
        name,
        {
            "of": f"type {table.key}" if table.kind == "composite" else None,
            "kind": table.kind,
            "parents": tuple(_relation(number, catalog) for number in table.parents),
            "partitioned by": (
                table.strategy,
                tuple(
                    (_column(table, number), written(node, catalog, table), *rest) for number, node, *rest in table.keys
                ),
            ),
            "bound": strip(table.bound),
            "options": tuple(sorted(table.options)),
            "persistence": _PERSISTENCES.get(table.persistence, table.persistence),
            "access method": table.access_method or "heap",
            "tablespace": table.tablespace,
            "owner": table.owner,
            "row security": table.row_security,
            "forced row security": table.forced_security,
            "replica identity": " ".join(part for part in (_REPLICA_IDENTITIES.get(kind, kind), index) if part),
            "clustered on": _relation(table.clustered, catalog),
            "type": str(of_type.key) if of_type is not None else None,
            "server": table.foreign_server,
            "populated": table.populated,
            "query": written(table.query, catalog, table),
        },
    )
    for column in table.columns:
        if id(column) not in shared:
            yield f"column {table.key}.{column.name}", {"of": name, **_attributes(column, catalog, table)}
    yield from _parts(table, name, catalog, shared)


def _shared(table: Table, catalog: Catalog, other: Catalog) -> Collection[int]:
    """The columns and constraints of a table, by identity, that are the same in the other catalog in every respect.

    What depends on more than itself (an expression on functions, a type of a user) is compared in words.
    """
    there = other.relations.get(table.number)
    if not isinstance(there, Table) or not there.known or table_name(there) != table_name(table):
        return ()
    theirs = {id(column) for column in there.columns}
    same = {column.number for column in table.columns if id(column) in theirs}
    found = {id(column) for column in table.columns if column.number in same and _plain(column)}
    theirs = {id(constraint) for constraint in there.constraints}
    for constraint in table.constraints:
        if (
            id(constraint) in theirs
            and constraint.expression is None
            and same.issuperset(constraint.columns)
            and (
                constraint.references is None
                or catalog.relations.get(constraint.references) is other.relations.get(constraint.references)
            )
        ):
            found.add(id(constraint))
    return found


def _plain(column: Column) -> bool:
    """Whether nothing but the column itself says what it is like."""
    default = column.default
    return column.type is not None and isinstance(column.type.base, str) and (default is None or "A_Const" in default)


def _parts(table: Table, name: str, catalog: Catalog, shared: Collection[int]) -> Iterator[tuple[str, Attributes]]:
    for constraint in table.constraints:
        if id(constraint) in shared:
            continue
        yield f"constraint {constraint.name} of {table.key}", {"of": name, **_constraint(constraint, table, catalog)}
    for trigger in table.triggers:
        yield f"trigger {trigger.name} of {table.key}", {"of": name, **_trigger(trigger, table, catalog)}
    for policy in table.policies:
        yield (
            f"policy {policy.name} of {table.key}",
            {
                "of": name,
                "command": policy.command,
                "roles": policy.roles,
                "using": written(policy.using, catalog, table),
                "check": written(policy.check, catalog, table),
            },
        )
    for rule in table.rules:
        yield (
            f"rule {rule.name} of {table.key}",
            {
                "of": name,
                "event": rule.event,
                "instead": rule.instead,
                "actions": tuple(strip(action) for action in rule.actions),
                "where": written(rule.where, catalog, table),
                "state": _STATES.get(rule.state, rule.state),
            },
        )


def _attributes(column: Column, catalog: Catalog, table: Table) -> Attributes:
    return {
        "type": words(column.type, catalog) if column.type is not None else Unknown(column.unknown),
        "not null": column.not_null,
        "not null validated": column.not_null_valid,
        NOT_NULL: column.not_null_name,
        "default": _default(column, catalog, table),
        "generated": {"s": "STORED", "v": "VIRTUAL"}.get(column.generated, column.generated),
        "identity": _IDENTITIES.get(column.identity, column.identity),
        "collation": _collation(column),
        "storage": column.storage,
        "compression": None if column.compression == "default" else column.compression,
        "statistics": column.statistics,
        "options": tuple(sorted(column.options)),
        "declared here": column.local,
    }


def _collation(column: Column) -> str | None:
    """A collation as far as it is not the type's own."""
    name = (column.collation or "").removeprefix("pg_catalog.")
    own = "C" if column.type is not None and column.type.base == "name" else "default"
    return None if name in {"", own} else name


def _default(column: Column, catalog: Catalog, table: Table) -> object:
    """A default as the server keeps it (AddRelationNewConstraints): none for NULL, a literal as the column's value."""
    node = column.default
    if node is None or column.generated or is_null_constant(node):
        if column.generated:
            return written(node, catalog, table)
        # A column of a domain keeps its NULL: it stands above the default of the domain.
        user = user_type(column.type, catalog) if node is not None else None
        return Literal(None) if user is not None and user.kind == "domain" else None
    literal = _literal(node, column, catalog)
    if literal is None or column.type is None:
        return written(node, catalog)
    try:
        value = coerce(evaluate(literal, {}, catalog), column.type, catalog)
    except RefusedError:
        return written(node, catalog)
    if known(value):
        return Literal(value)
    text = constant(literal)
    if not isinstance(text, str):
        return written(node, catalog)
    # Of a value whose type is not modelled the text is compared; jsonb alone forgets its white space.
    return Literal(_SPACE.sub(r"\1", text) if column.type.base == "jsonb" and not column.type.array else text)


def _literal(node: Node, column: Column, catalog: Catalog) -> Node | None:
    """The constant of a default that is one, maybe with a cast to the column's type; None for any other default."""
    kind, fields = only(node)
    if kind == "A_Const":
        return node
    if kind != "TypeCast" or only(fields["arg"])[0] != "A_Const" or column.type is None:
        return None
    cast = resolve(type_ref(fields["typeName"]), catalog, tuple(catalog.schemas))
    same = cast is not None and (cast.base, cast.array) == (column.type.base, column.type.array)
    inner: Node = fields["arg"]
    return inner if same else None


def _constraint(constraint: Constraint, table: Table, catalog: Catalog) -> Attributes:
    other = catalog.relations.get(constraint.references) if constraint.references is not None else None
    referenced = other if isinstance(other, Table) else None
    return {
        "kind": constraint.kind,
        "columns": tuple(_column(table, number) for number in constraint.columns),
        "expression": written(constraint.expression, catalog, table),
        "references": _relation(constraint.references, catalog),
        "referenced columns": tuple(_column(referenced, number) for number in constraint.referenced),
        "on delete": _ACTIONS.get(constraint.on_delete, constraint.on_delete),
        "on update": _ACTIONS.get(constraint.on_update, constraint.on_update),
        "match": _MATCHES.get(constraint.match, constraint.match),
        "validated": constraint.validated,
        "enforced": constraint.enforced,
        "deferrable": constraint.deferrable,
        "deferred": constraint.deferred,
        "no inherit": constraint.no_inherit,
    }


def _trigger(trigger: Trigger, table: Table, catalog: Catalog) -> Attributes:
    return {
        "function": ".".join(trigger.function),
        "columns": tuple(_column(table, number) for number in trigger.columns),
        "when": written(trigger.when, catalog, table),
        "state": _STATES.get(trigger.state, trigger.state),
        "constraint": trigger.constraint,
        "deferrable": trigger.deferrable,
        "deferred": trigger.deferred,
        "for each row": trigger.row,
        "timing": _TIMINGS.get(trigger.timing, trigger.timing),
        "events": " OR ".join(event for bit, event in _EVENTS.items() if trigger.events & bit),
        "references": _relation(trigger.references, catalog),
    }


def _index(index: Index, catalog: Catalog) -> Iterator[tuple[str, Attributes]]:
    table = catalog.relations.get(index.table)
    if not isinstance(table, Table):
        return
    enforces = next((each.name for each in table.constraints if each.index == index.number), None)
    yield (
        f"index {index.key}",
        {
            "of": f"constraint {enforces} of {table.key}" if enforces is not None else table_name(table),
            "table": str(table.key),
            "keys": tuple(_key(key, table, catalog) for key in index.keys),
            "include": tuple(_column(table, number) for number in index.include),
            "unique": index.unique,
            "primary": index.primary,
            "method": index.method,
            "predicate": written(index.predicate, catalog, table),
            "valid": index.valid,
            "nulls distinct": index.nulls_distinct,
            "tablespace": index.tablespace,
            "options": tuple(sorted(index.options)),
            "parent": _relation(index.parent, catalog),
            "statistics": index.statistics,
        },
    )


def _key(key: Key, table: Table, catalog: Catalog) -> Ordered:
    return Ordered(
        _column(table, key.column) if key.column else written(key.expression, catalog, table),
        key.opclass,
        key.collation,
        key.descending,
        key.descending if key.nulls_first is None else key.nulls_first,
        key.operator,
    )


def _sequence(sequence: Sequence, catalog: Catalog) -> Attributes:
    owner = catalog.relations.get(sequence.owned_by[0]) if sequence.owned_by else None
    column = _column(owner, sequence.owned_by[1]) if isinstance(owner, Table) and sequence.owned_by else None
    owned_by = f"{owner.key}.{column}" if isinstance(owner, Table) else None
    return {
        "of": f"column {owned_by}" if owned_by is not None else None,
        "owned by": owned_by,
        "type": sequence.type,
        **_numbering(sequence),
        "identity": sequence.identity,
        "persistence": _PERSISTENCES.get(sequence.persistence, sequence.persistence),
        "owner": sequence.owner,
    }


def _numbering(sequence: Sequence) -> Attributes:
    """The options of a sequence with what they are when not given (PostgreSQL manual, CREATE SEQUENCE)."""
    given = {name: value for name, value in sequence.options if value is not None}

    def number(name: str, otherwise: int) -> int:
        # What is no whole number the server refuses (defGetInt64).
        return int(Decimal(str(given.get(name, otherwise))))

    increment = number("increment", 1)
    highest = sequence_bounds(sequence.type)["max"]
    low = number("minvalue", 1 if increment > 0 else -highest - 1)
    high = number("maxvalue", highest if increment > 0 else -1)
    return {
        "increment": increment,
        "minimum": low,
        "maximum": high,
        "start": number("start", low if increment > 0 else high),
        "cache": number("cache", 1),
        "cycle": bool(given.get("cycle", False)),
    }


def _type(found: UserType, catalog: Catalog) -> Iterator[tuple[str, Attributes]]:
    name = _type_name(found)
    yield (
        name,
        {
            "of": f"extension {found.extension}" if found.extension is not None else None,
            "kind": found.kind,
            "labels": found.labels,
            "base": words(found.base, catalog) if found.base is not None else None,
            "not null": found.not_null,
            "default": written(found.default, catalog),
            "collation": found.collation,
            "owner": found.owner,
        },
    )
    for constraint, node, valid in found.constraints:
        yield (
            f"constraint {constraint} of {name}",
            {"of": name, "expression": written(node, catalog, value=found.base), "validated": valid},
        )


def _type_name(found: UserType) -> str:
    return f"{'domain' if found.kind == 'domain' else 'type'} {found.key}"


def _function(name: Name, function: Function, catalog: Catalog) -> tuple[str, Attributes]:
    arguments = ", ".join(words(argument, catalog) for argument in function.arguments)
    return (
        f"{'procedure' if function.procedure else 'function'} {name}({arguments})",
        {
            "of": f"extension {function.extension}" if function.extension is not None else None,
            "result": words(function.returns, catalog),
            "volatility": _VOLATILITIES.get(function.volatility, function.volatility),
            "language": function.language,
            "body": function.body,
            "code": strip(function.atomic),
            "settings": tuple(name for name, _ in function.settings if name != "owner"),
            "values of settings": tuple(value for name, value in function.settings if name != "owner"),
            "owner": dict(function.settings).get("owner"),
        },
    )


def _objects(catalog: Catalog) -> Iterator[tuple[str, Attributes]]:
    """What is no relation, type or function. Alterations of such objects are listed, not carried out."""
    changes: dict[tuple[str, ...], list[object]] = {}
    for parts, node in catalog.objects.items():
        if parts[-1].startswith(CHANGE):
            changes.setdefault(parts[:-1], []).append(strip(node))
    for parts, node in catalog.objects.items():
        if parts[-1].startswith(CHANGE):
            continue
        kind, *name = parts
        table = catalog.relations.get(node["table"]) if kind == "statistics" else None
        yield (
            f"{kind} {Name(*name) if len(name) == 2 else ' '.join(name)}",
            {
                "of": table_name(table) if isinstance(table, Table) else None,
                "table": str(table.key) if isinstance(table, Table) else None,
                "definition": strip({name: part for name, part in node.items() if table is None or name != "table"}),
                "tables" if kind == "publication" else "settings": Changes(tuple(changes.pop(parts, ()))),
            },
        )
    for (kind, *name), nodes in changes.items():  # of what no known migration made
        yield f"{UNKNOWN} whether {kind} {'.'.join(name)} is as it was", {"of": None, "settings": Changes(tuple(nodes))}


def _relation(number: int | None, catalog: Catalog) -> str | None:
    found = catalog.relations.get(number) if number is not None else None
    return str(found.key) if found is not None else None


def _column(table: Table | None, number: int) -> str | None:
    found = table.numbered(number) if table is not None else None
    return found.name if found is not None else None


def _target(key: tuple[object, ...], catalog: Catalog) -> str | None:
    """What a comment or a privilege is about, by its name here; None if it is not there any more.

    The first part of the key is a relation's number, or a word; the second says which part of the relation.
    """
    match key:
        case (int(number), *rest):
            relation = catalog.relations.get(number)
            if relation is None:
                return None
            match rest:
                case ["column", int(column)] if isinstance(relation, Table):
                    name = _column(relation, column)
                    return f"column {relation.key}.{name}" if name is not None else None
                case [("constraint" | "trigger" | "rule" | "policy") as kind, str(name)]:
                    return f"{kind} {name} of {relation.key}"
                case _:
                    return table_name(relation) if isinstance(relation, Table) else f"{relation.kind} {relation.key}"
        case ("type", int(number)):
            found = catalog.types.get(number)
            return _type_name(found) if found is not None else None
        case _:
            parts = (".".join(part) if isinstance(part, tuple) else str(part) for part in key)
            return " ".join(parts)
