"""Two catalogs compared by names, in words a person would use: what is missing, what is left over, what changed."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from contractcheck.migrations.catalog import (
    Catalog,
    Column,
    Constraint,
    Index,
    Name,
    Sequence,
    Table,
    Trigger,
    UserType,
)
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.expressions import is_null_constant, strip
from contractcheck.migrations.postgresql.nodes import constant, only, strings, type_ref
from contractcheck.migrations.postgresql.types import words
from contractcheck.migrations.postgresql.values import RefusedError, coerce, evaluate, known


class Literal(NamedTuple):
    """A default that is a literal, as a value of the column's type."""

    value: object


Described = Mapping[str, Mapping[str, object]]
"""What a catalog holds: the name of each object (`column orders.note`) over its attributes."""

ORDER = "order of columns"
UNKNOWN = "not known"


def differences(before: Catalog, after: Catalog) -> tuple[str, ...]:
    """What the second catalog lacks, has too much or has otherwise, sorted; () when they are equal.

    A part of what is missing or left over as a whole is not repeated: a table stands for its columns.
    A difference only in the order of a table's columns begins with `order of columns`; one in a type that only a run
    knows, so that it may be none, with `not known`.
    """
    if before is after:
        return ()
    # Objects never change: one that both catalogs share is equal, and what it refers to is compared by itself.
    one, other = _describe(before, after), _describe(after, before)
    found = [f"{name} is missing" for name in one if name not in other and not _within(one[name], after)]
    found += [f"{name} is left over" for name in other if name not in one and not _within(other[name], before)]
    for name in one:
        if name in other and one[name] != other[name]:
            found += _changes(name, one[name], other[name])
    found += _orders(before, after)
    return tuple(sorted(found))


def _changes(name: str, one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    for attribute in one:
        if one[attribute] == other[attribute]:
            continue
        if attribute == "type" and "unknown" in {one[attribute], other[attribute]}:
            yield f"{UNKNOWN} whether {name} has its type: {_shown(one[attribute])} became {_shown(other[attribute])}"
        else:
            yield f"{name}: {attribute} {_shown(one[attribute])} became {_shown(other[attribute])}"


def _shown(value: object) -> str:
    match value:
        case None | "" | ():
            return "none"
        case Literal(value=None):
            return "NULL"
        case Literal(value=literal):
            return f"'{literal}'" if isinstance(literal, str) else str(literal).lower()
        case bool():
            return "yes" if value else "no"
        case dict():
            return _text(value)
        case tuple() | list():
            return f"({', '.join(_shown(item) for item in value)})"
        case _:
            return str(value)


def _text(node: Node) -> str:
    """A short text for an expression: literals, casts and calls; anything else is `an expression`."""
    kind, fields = only(node)
    match kind:
        case "A_Const":
            value = constant(node)
            return f"'{value}'" if isinstance(value, str) else str(value)
        case "TypeCast":
            return _text(fields["arg"])
        case "FuncCall":
            return f"{'.'.join(strings(fields['funcname']))}({', '.join(_text(arg) for arg in fields.get('args', ()))})"
        case "ColumnRef":
            return ".".join(strings(fields["fields"]))
        case _:
            return "an expression"


def _within(attributes: Mapping[str, object], there: Catalog) -> bool:
    """Whether what the object belongs to is itself missing on the other side."""
    owner = attributes.get("of")
    return isinstance(owner, Name) and owner not in there.names


def _orders(before: Catalog, after: Catalog) -> Iterator[str]:
    for number, table in after.relations.items():
        if not isinstance(table, Table) or before.relations.get(number) is table:
            continue
        then = before.relations.get(before.names.get(table.key, -1))
        if not isinstance(then, Table) or not then.known:
            continue
        old, new = ([column.name for column in each.columns] for each in (then, table))
        if old != new and sorted(old) == sorted(new):
            yield f"{ORDER} of {table.key}: {', '.join(old)} became {', '.join(new)}"


def _describe(catalog: Catalog, other: Catalog) -> Described:
    """What the catalog holds and does not share with the other."""
    found: dict[str, dict[str, object]] = {}
    for number, relation in catalog.relations.items():
        if other.relations.get(number) is relation:
            continue
        match relation:
            case Table():
                found.update(_table(relation, catalog))
            case Index():
                found.update(_index(relation, catalog))
            case Sequence():
                found[f"sequence {relation.key}"] = _sequence(relation, catalog)
    for number, each in catalog.types.items():
        if other.types.get(number) is each:
            continue
        found[f"type {each.key}"] = _type(each, catalog)
    for name, functions in catalog.functions.items():
        if other.functions.get(name) is functions:
            continue
        for function in functions:
            arguments = ", ".join(words(argument, catalog) for argument in function.arguments)
            found[f"function {name}({arguments})"] = {
                "result": words(function.returns, catalog),
                "volatility": function.volatility,
                "language": function.language,
                "body": function.body,
                "code": strip(function.atomic),
            }
    for schema, owner in catalog.schemas.items():
        found[f"schema {schema}"] = {"owner": owner}
    for extension in catalog.extensions:
        found[f"extension {extension}"] = {}
    for parts, node in catalog.objects.items():
        if other.objects.get(parts) is node:
            continue
        found[" ".join(parts)] = {"definition": strip(node)}
    for key, comment in catalog.comments.items():
        found[f"comment on {_target(key, catalog)}"] = {"text": comment}
    for key, granted in catalog.grants.items():
        if granted:
            found[f"privileges on {_target(key, catalog)}"] = {"granted": tuple(sorted(granted))}
    return found


def _table(table: Table, catalog: Catalog) -> Iterator[tuple[str, dict[str, object]]]:
    kind = "table" if table.kind == "partitioned table" else table.kind
    if not table.known:
        # It was there before the known history: only what the replay put into it is compared.
        for column in table.columns:
            if column.type is not None:
                yield f"{UNKNOWN} whether column {table.key}.{column.name}", _attributes(column, catalog)
        return
    yield (
        f"{kind} {table.key}",
        {
            "kind": table.kind,
            "parents": tuple(_relation(number, catalog) for number in table.parents),
            "partitioned by": (
                table.strategy,
                tuple((_column(table, number), strip(node), *rest) for number, node, *rest in table.keys),
            ),
            "bound": strip(table.bound),
            "options": tuple(sorted(table.options)),
            "persistence": table.persistence,
            "access method": table.access_method or "heap",
            "tablespace": table.tablespace,
            "owner": table.owner,
            "row security": table.row_security,
            "forced row security": table.forced_security,
            "replica identity": table.replica_identity,
            "clustered on": _relation(table.clustered, catalog),
            "query": strip(table.query),
        },
    )
    for column in table.columns:
        yield f"column {table.key}.{column.name}", {"of": table.key, **_attributes(column, catalog)}
    for constraint in table.constraints:
        yield (
            f"constraint {constraint.name} of {table.key}",
            {"of": table.key, **_constraint(constraint, table, catalog)},
        )
    for trigger in table.triggers:
        yield f"trigger {trigger.name} of {table.key}", {"of": table.key, **_trigger(trigger, table, catalog)}
    for policy in table.policies:
        yield (
            f"policy {policy.name} of {table.key}",
            {
                "of": table.key,
                "command": policy.command,
                "roles": policy.roles,
                "using": strip(policy.using),
                "check": strip(policy.check),
            },
        )
    for rule in table.rules:
        yield (
            f"rule {rule.name} of {table.key}",
            {
                "of": table.key,
                "event": rule.event,
                "instead": rule.instead,
                "actions": tuple(strip(action) for action in rule.actions),
                "where": strip(rule.where),
                "state": rule.state,
            },
        )


def _attributes(column: Column, catalog: Catalog) -> dict[str, object]:
    return {
        "type": words(column.type, catalog),
        "not null": column.not_null,
        "default": _default(column, catalog),
        "generated": column.generated,
        "identity": column.identity,
        "collation": column.collation,
        "storage": column.storage,
        "compression": column.compression,
        "statistics": column.statistics,
        "options": tuple(sorted(column.options)),
    }


def _default(column: Column, catalog: Catalog) -> object:
    """A default as the server keeps it (AddRelationNewConstraints): none for NULL, a literal as the column's value."""
    node = column.default
    if node is None or column.generated or is_null_constant(node):
        return strip(node) if column.generated else None
    kind, fields = only(node)
    cast = type_ref(fields["typeName"]) if kind == "TypeCast" else None
    if kind == "A_Const" or (
        cast is not None
        and only(fields["arg"])[0] == "A_Const"
        and column.type is not None
        and cast.name == column.type.base
    ):
        try:
            value = coerce(evaluate(node, {}, catalog), column.type, catalog)
        except RefusedError:
            return strip(node)
        if known(value):
            return Literal(value)
    return strip(node)


def _constraint(constraint: Constraint, table: Table, catalog: Catalog) -> dict[str, object]:
    other = catalog.relations.get(constraint.references) if constraint.references is not None else None
    referenced = other if isinstance(other, Table) else None
    return {
        "kind": constraint.kind,
        "columns": tuple(_column(table, number) for number in constraint.columns),
        "expression": strip(constraint.expression),
        "references": _relation(constraint.references, catalog),
        "referenced columns": tuple(_column(referenced, number) for number in constraint.referenced),
        "on delete": constraint.on_delete,
        "on update": constraint.on_update,
        "match": constraint.match,
        "validated": constraint.validated,
        "enforced": constraint.enforced,
        "deferrable": constraint.deferrable,
        "deferred": constraint.deferred,
        "no inherit": constraint.no_inherit,
    }


def _trigger(trigger: Trigger, table: Table, catalog: Catalog) -> dict[str, object]:
    return {
        "function": trigger.function,
        "columns": tuple(_column(table, number) for number in trigger.columns),
        "when": strip(trigger.when),
        "state": trigger.state,
        "constraint": trigger.constraint,
        "deferrable": trigger.deferrable,
        "deferred": trigger.deferred,
        "for each row": trigger.row,
        "timing": trigger.timing,
        "events": trigger.events,
        "references": _relation(trigger.references, catalog),
    }


def _index(index: Index, catalog: Catalog) -> Iterator[tuple[str, dict[str, object]]]:
    table = catalog.relations.get(index.table)
    if not isinstance(table, Table):
        return
    keys = tuple(
        (
            _column(table, key.column) if key.column else strip(key.expression),
            key.opclass,
            key.collation,
            key.descending,
            key.descending if key.nulls_first is None else key.nulls_first,
            key.operator,
        )
        for key in index.keys
    )
    yield (
        f"index {index.key}",
        {
            "of": table.key,
            "keys": keys,
            "include": tuple(_column(table, number) for number in index.include),
            "unique": index.unique,
            "primary": index.primary,
            "method": index.method,
            "predicate": strip(index.predicate),
            "valid": index.valid,
            "nulls distinct": index.nulls_distinct,
            "tablespace": index.tablespace,
            "options": tuple(sorted(index.options)),
            "parent": _relation(index.parent, catalog),
        },
    )


def _sequence(sequence: Sequence, catalog: Catalog) -> dict[str, object]:
    owner = catalog.relations.get(sequence.owned_by[0]) if sequence.owned_by else None
    column = _column(owner, sequence.owned_by[1]) if isinstance(owner, Table) and sequence.owned_by else None
    return {
        "of": owner.key if isinstance(owner, Table) else None,
        "owned by": f"{owner.key}.{column}" if isinstance(owner, Table) else None,
        "type": sequence.type,
        "options": tuple(sorted((name, str(value)) for name, value in sequence.options)),
        "identity": sequence.identity,
        "persistence": sequence.persistence,
        "owner": sequence.owner,
    }


def _type(found: UserType, catalog: Catalog) -> dict[str, object]:
    return {
        "kind": found.kind,
        "labels": found.labels,
        "base": words(found.base, catalog),
        "not null": found.not_null,
        "default": strip(found.default),
        "constraints": tuple((name, strip(node), valid) for name, node, valid in found.constraints),
        "collation": found.collation,
        "owner": found.owner,
    }


def _relation(number: int | None, catalog: Catalog) -> str | None:
    found = catalog.relations.get(number) if number is not None else None
    return str(found.key) if found is not None else None


def _column(table: Table | None, number: int) -> str | None:
    found = table.numbered(number) if table is not None else None
    return found.name if found is not None else None


def _target(key: tuple[object, ...], catalog: Catalog) -> str:
    """What a comment or a privilege is about; the first part of the key is a relation's number, or a word."""
    first, *rest = key
    relation = catalog.relations.get(first) if isinstance(first, int) else None
    if relation is None:
        return " ".join(str(part) for part in key)
    if isinstance(relation, Table) and rest and isinstance(rest[0], int) and rest[0]:
        return f"{relation.key}.{_column(relation, rest[0])}"
    return " ".join((str(relation.key), *(str(part) for part in rest)))
