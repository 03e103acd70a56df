"""What depends on what, and what goes when something is dropped (pg_depend and performDeletion)."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.catalog import Constraint, Index, Name, Sequence, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import deferral
from contractcheck.migrations.postgresql.expressions import calls, column_names
from contractcheck.migrations.postgresql.nodes import strings, walk
from contractcheck.migrations.postgresql.run import FailureError, Run

Thing = tuple[Any, ...]
"""An object: `("table", n)`, `("column", table, n)`, `("constraint", table, n)`, `("index", n)`, `("sequence", n)`,
`("default", table, column)`, `("trigger", table, n)`, `("policy", table, name)`, `("rule", table, name)`,
`("type", n)`, `("function", schema, name)`, `("schema", name)`, `("extension", name)`, `("object", kind, *name)`."""

AUTO, NORMAL = "auto", "normal"


def uses_function(node: Node | None, name: str) -> bool:
    """Whether an expression calls a function of that name."""
    return node is not None and any(parts[-1] == name for parts, _ in calls(node))


def uses_type(found: Type | None, number: int) -> bool:
    """Whether a type is, or is an array of, the user's type of that number."""
    return found is not None and found.base == number


def names_type(node: Node | None, name: str) -> bool:
    """Whether an expression casts to a type of that name."""
    return node is not None and any(
        kind == "TypeCast" and strings(fields["typeName"].get("names"))[-1:] == (name,) for kind, fields in walk(node)
    )


def table_expressions(table: Table) -> Iterator[tuple[Thing, Node, str]]:
    """Every expression of a table, with the object that holds it and how that object depends on what it uses."""
    number = table.number
    for constraint in table.constraints:
        if constraint.expression is not None:
            yield ("constraint", number, constraint.number), constraint.expression, NORMAL
    for column in table.columns:
        if column.default is not None:
            yield (("column" if column.generated else "default"), number, column.number), column.default, NORMAL
    for trigger in table.triggers:
        if trigger.when is not None:
            yield ("trigger", number, trigger.number), trigger.when, NORMAL
    for policy in table.policies:
        for node in (policy.using, policy.check):
            if node is not None:
                yield ("policy", number, policy.name), node, NORMAL


def index_expressions(index: Index) -> Iterator[Node]:
    """The expressions and the predicate of an index."""
    for key in index.keys:
        if key.expression is not None:
            yield key.expression
    if index.predicate is not None:
        yield index.predicate


def index_uses(index: Index, number: int, name: str) -> bool:
    """Whether an index has a column as a key, included, in an expression or in its predicate."""
    if number in index.columns or number in index.include:
        return True
    return any(name in (found := column_names(node)) or "*" in found for node in index_expressions(index))


def dependents(run: Run, thing: Thing) -> Iterator[tuple[Thing, str]]:
    """What depends on an object directly, and how: `auto` goes with it, `normal` only with CASCADE."""
    match thing:
        case ("table", int(number)):
            yield from _of_table(run, number)
        case ("column", int(table), int(number)):
            yield from _of_column(run, table, number)
        case ("constraint", int(table), int(number)):
            yield from _of_constraint(run, table, number)
        case ("index", int(number)):
            index = run.catalog.relations.get(number)
            if isinstance(index, Index):
                for other, constraint in run.catalog.referencing(index.table):
                    if constraint.index == number:
                        yield ("constraint", other.number, constraint.number), NORMAL
                for child in run.catalog.relations.values():
                    if isinstance(child, Index) and child.parent == number:
                        yield ("index", child.number), AUTO
        case ("sequence", int(number)):
            yield from _of_sequence(run, number)
        case ("type", int(number)):
            yield from _of_type(run, number)
        case ("function", str(schema), str(name)):
            yield from _of_function(run, schema, name)
        case ("schema", str(name)):
            yield from _of_schema(run, name)
        case ("extension", str(name)):
            yield from _of_extension(run, name)
        case _:
            return


def _of_table(run: Run, number: int) -> Iterator[tuple[Thing, str]]:
    table = run.catalog.table(number)
    for other, constraint in run.catalog.reaching(number):
        if other.number != number:
            yield ("constraint", other.number, constraint.number), NORMAL
    for view in run.catalog.tables():
        if view.number != number and any(source == number for source, _ in view.reads):
            yield ("table", view.number), NORMAL
        for rule in view.rules:
            if view.number != number and any(source == number for source, _ in rule.reads):
                yield ("rule", view.number, rule.name), NORMAL
        for policy in view.policies:
            if any(source == number for source, _ in policy.reads):
                yield ("policy", view.number, policy.name), NORMAL
    for name, overloads in run.catalog.functions.items():
        if any(source == number for function in overloads for source, _ in function.reads):
            yield ("function", name.schema, name.name), NORMAL
    for child in run.catalog.children.get(number, ()):
        yield ("table", child), (AUTO if run.catalog.table(child).partition else NORMAL)
    for index in run.catalog.indexes_of(number):
        yield ("index", index.number), AUTO
    for sequence in run.catalog.owned_sequences(number):
        yield ("sequence", sequence.number), AUTO
    for user in run.catalog.types.values():
        if user.table == number:
            yield ("type", user.number), AUTO
    row = _row_type(run, table)
    if row is not None:
        yield from _of_type(run, row)
    for key, node in run.catalog.objects.items():
        if key[0] == "statistics" and node.get("table") == number:
            yield ("object", *key), AUTO


def _row_type(run: Run, table: Table) -> int | None:
    for user in run.catalog.types.values():
        if user.table == table.number:
            return user.number
    return None


def _of_column(run: Run, number: int, column: int) -> Iterator[tuple[Thing, str]]:
    table = run.catalog.table(number)
    found = table.numbered(column)
    if found is None:
        return
    name = found.name
    for constraint in table.constraints:
        if column in constraint.columns or (constraint.kind == "check" and name in column_names(constraint.expression)):
            yield ("constraint", number, constraint.number), AUTO
    for other, constraint in run.catalog.referencing(number):
        if (column in constraint.referenced and other.number != number) or (
            column in constraint.referenced and column not in constraint.columns
        ):
            yield ("constraint", other.number, constraint.number), NORMAL
    for index in run.catalog.indexes_of(number):
        if index_uses(index, column, name):
            yield ("index", index.number), AUTO
    for sequence in run.catalog.owned_sequences(number, column):
        yield ("sequence", sequence.number), AUTO
    for other_column in table.columns:
        if other_column.generated and other_column.number != column and name in column_names(other_column.default):
            # up to 14 a generated column went silently with the column it is made of (measured)
            yield ("column", number, other_column.number), (AUTO if run.version < 15 else NORMAL)
    for trigger in table.triggers:
        if column in trigger.columns or name in column_names(trigger.when):
            yield ("trigger", number, trigger.number), NORMAL
    for policy in table.policies:
        if name in column_names(policy.using) | column_names(policy.check):
            yield ("policy", number, policy.name), NORMAL
    for called, overloads in run.catalog.functions.items():
        if any((number, column) in function.reads for function in overloads):
            yield ("function", called.schema, called.name), NORMAL
    for view in run.catalog.tables():
        if (number, column) in view.reads:
            yield ("table", view.number), NORMAL
        for rule in view.rules:
            if (number, column) in rule.reads:
                yield ("rule", view.number, rule.name), NORMAL
        for policy in view.policies:
            if (number, column) in policy.reads:
                yield ("policy", view.number, policy.name), NORMAL
    for key, node in run.catalog.objects.items():
        if key[0] == "statistics" and node.get("table") == number and name in node.get("columns", ()):
            yield ("object", *key), AUTO


def _of_constraint(run: Run, number: int, which: int) -> Iterator[tuple[Thing, str]]:
    table = run.catalog.table(number)
    constraint = next((c for c in table.constraints if c.number == which), None)
    if constraint is None:
        return
    if constraint.index is not None and constraint.kind in {"primary key", "unique", "exclude"}:
        yield ("index", constraint.index), AUTO
    # a CHECK of a child stands for itself: only DROP CONSTRAINT takes it along
    for child in run.catalog.children.get(number, ()) if constraint.kind != "check" else ():
        for inner in run.catalog.table(child).constraints:
            if inner.parent == which:
                yield ("constraint", child, inner.number), AUTO
    if constraint.kind == "foreign key" and constraint.references is not None:
        for child in run.catalog.children.get(constraint.references, ()):
            for inner in table.constraints:
                if inner.parent == which and inner.references == child:
                    yield ("constraint", number, inner.number), AUTO
    if constraint.kind == "primary key":
        for view in run.catalog.tables():
            if view.kind in {"view", "matview"} and (number, -which) in view.reads:
                yield ("table", view.number), NORMAL


def _of_sequence(run: Run, number: int) -> Iterator[tuple[Thing, str]]:
    sequence = run.catalog.relations.get(number)
    if not isinstance(sequence, Sequence):
        return
    for table in run.catalog.tables():
        for column in table.columns:
            if column.default is not None and not column.generated and draws_from(run, column.default, sequence):
                yield ("default", table.number, column.number), NORMAL


def draws_from(run: Run, node: Node, sequence: Sequence) -> bool:
    """Whether a default draws from a sequence: `nextval('name'::regclass)`, looked up by name as it was written."""
    for parts, fields in calls(node):
        if parts[-1] not in {"nextval", "currval"} or not fields.get("args"):
            continue
        if fields.get("sequence") == sequence.number:
            return True
        for kind, literal in walk(fields["args"]):
            if kind == "A_Const" and "sval" in literal:
                text = literal["sval"].get("sval", "").replace('"', "")
                schema, _, name = text.rpartition(".")
                found = run.catalog.lookup(name, schema or None, run.path)
                if found is not None and found.number == sequence.number:
                    return True
    return False


def _of_type(run: Run, number: int) -> Iterator[tuple[Thing, str]]:
    user = run.catalog.types[number]
    for table in run.catalog.tables():
        for column in table.columns:
            if uses_type(column.type, number):
                yield (
                    (
                        ("table", table.number)
                        if table.kind in {"view", "matview"}
                        else ("column", table.number, column.number)
                    ),
                    NORMAL,
                )
        if table.of_type == number:
            yield ("table", table.number), NORMAL
        for thing, node, _ in table_expressions(table):
            if names_type(node, user.name):
                yield thing, NORMAL
        if table.query is not None and names_type(table.query, user.name):
            yield ("table", table.number), NORMAL
    for relation in list(run.catalog.relations.values()):
        if isinstance(relation, Index) and any(names_type(node, user.name) for node in index_expressions(relation)):
            yield ("index", relation.number), NORMAL
    for other in run.catalog.types.values():
        if other.number != number and uses_type(other.base, number):
            yield ("type", other.number), NORMAL
    for key, overloads in run.catalog.functions.items():
        if any(uses_type(t, number) for f in overloads for t in (*f.arguments, f.returns)):
            yield ("function", *key), NORMAL
    if user.kind == "composite" and user.table is not None:
        yield ("table", user.table), AUTO


def _of_function(run: Run, schema: str, name: str) -> Iterator[tuple[Thing, str]]:
    for table in run.catalog.tables():
        for thing, node, _ in table_expressions(table):
            if uses_function(node, name):
                yield thing, NORMAL
        for trigger in table.triggers:
            if trigger.function[-1] == name and (len(trigger.function) < 2 or trigger.function[0] == schema):
                yield ("trigger", table.number, trigger.number), NORMAL
        if table.query is not None and uses_function(table.query, name):
            yield ("table", table.number), NORMAL
    for relation in list(run.catalog.relations.values()):
        if isinstance(relation, Index) and any(uses_function(node, name) for node in index_expressions(relation)):
            yield ("index", relation.number), NORMAL
    for user in run.catalog.types.values():
        if uses_function(user.default, name) or any(uses_function(node, name) for _, node, _ in user.constraints):
            yield ("type", user.number), NORMAL
    for other, node in run.catalog.objects.items():
        if other[0] == "event trigger" and name in strings(node.get("funcname")):
            yield ("object", *other), NORMAL


def _of_schema(run: Run, name: str) -> Iterator[tuple[Thing, str]]:
    for relation in list(run.catalog.relations.values()):
        if relation.schema == name:
            if isinstance(relation, Table):
                yield ("table", relation.number), NORMAL
            elif isinstance(relation, Sequence):
                yield ("sequence", relation.number), NORMAL
    for user in run.catalog.types.values():
        if user.schema == name and user.table is None:
            yield ("type", user.number), NORMAL
    for key in run.catalog.functions:
        if key.schema == name:
            yield ("function", *key), NORMAL
    for parts in run.catalog.objects:
        if len(parts) > 2 and parts[1] == name:
            yield ("object", *parts), NORMAL
    for extension, schema in run.catalog.extensions.items():
        if schema == name:
            yield ("extension", extension), NORMAL


def _of_extension(run: Run, name: str) -> Iterator[tuple[Thing, str]]:
    for user in run.catalog.types.values():
        if user.extension == name:
            yield ("type", user.number), AUTO
    for key, overloads in run.catalog.functions.items():
        if any(f.extension == name for f in overloads):
            yield ("function", *key), AUTO
        elif any(f.language == name for f in overloads):
            yield ("function", *key), NORMAL


def delete(run: Run, things: Iterable[Thing], *, cascade: bool, described: str) -> list[Thing]:
    """Drop objects with what goes with them. Raises FailureError if something else needs them and CASCADE is not said.

    Every relation on the way is locked in ACCESS EXCLUSIVE mode; so is the table a dropped foreign key refers to.
    """
    wanted = list(things)
    order: dict[Thing, str] = dict.fromkeys(wanted, AUTO)
    queue = list(wanted)
    while queue:
        current = queue.pop(0)
        _lock(run, current)
        for dependent, how in dependents(run, current):
            before = order.get(dependent)
            if before is None:
                order[dependent] = how
                queue.append(dependent)
            elif before == NORMAL and how == AUTO:
                order[dependent] = AUTO
    blockers = [thing for thing, how in order.items() if how == NORMAL and not _covered(thing, order)]
    if blockers and not cascade:
        raise FailureError(f"cannot drop {described}: {describe(run, blockers[0])} depends on it")
    if not run.catalog.complete:
        run.note("what depends on it outside the known history is not seen")
    removed = list(order)
    for thing in blockers:
        run.remark("cascade", described, describe(run, thing))
    for thing in reversed(removed):
        _remove(run, thing)
    return removed


def _covered(thing: Thing, order: dict[Thing, str]) -> bool:
    """Whether an object goes anyway, as part of a table or column that goes."""
    if thing[0] in {"constraint", "column", "default", "trigger", "policy", "rule"}:
        owner = ("table", thing[1])
        if order.get(owner) == AUTO:
            return True
        if thing[0] == "default" and order.get(("column", thing[1], thing[2])) == AUTO:
            return True
    return False


def describe(run: Run, thing: Thing) -> str:
    """An object in words."""
    match thing:
        case ("table", int(number)):
            table = run.catalog.table(number)
            return f"{'materialized view' if table.kind == 'matview' else table.kind} {table.key}"
        case ("column", int(number), int(column)):
            found = run.catalog.table(number).numbered(column)
            return f"column {found.name if found else column} of table {run.catalog.table(number).key}"
        case ("constraint", int(number), int(which)):
            table = run.catalog.table(number)
            name = next((c.name for c in table.constraints if c.number == which), str(which))
            return f"constraint {name} on table {table.key}"
        case ("default", int(number), int(column)):
            found = run.catalog.table(number).numbered(column)
            return (
                f"default value for column {found.name if found else column} of table {run.catalog.table(number).key}"
            )
        case ("trigger", int(number), int(which)):
            table = run.catalog.table(number)
            name = next((t.name for t in table.triggers if t.number == which), str(which))
            return f"trigger {name} on table {table.key}"
        case ("policy" | "rule" as kind, int(number), str(name)):
            return f"{kind} {name} on table {run.catalog.table(number).key}"
        case ("index" | "sequence" as kind, int(number)):
            return f"{kind} {run.catalog.relations[number].key}"
        case ("type", int(number)):
            return f"type {run.catalog.types[number].key}"
        case _:
            return " ".join(str(part) for part in thing)


def _lock(run: Run, thing: Thing) -> None:
    match thing:
        case ("table" | "sequence", int(number)):
            run.lock(number, Lock.ACCESS_EXCLUSIVE)
            relation = run.catalog.relations.get(number)
            if isinstance(relation, Table):
                if relation.partition:
                    lock_siblings(run, relation)
                for constraint in relation.constraints:
                    lock_referenced(run, constraint)
        case ("index", int(number)):
            index = run.catalog.index(number)
            run.lock(index.table, Lock.ACCESS_EXCLUSIVE)
            run.lock(number, Lock.ACCESS_EXCLUSIVE)
        case ("column" | "default" | "trigger" | "policy" | "rule", int(table), _):
            run.lock(table, Lock.ACCESS_EXCLUSIVE)
        case ("constraint", int(table), int(which)):
            run.lock(table, Lock.ACCESS_EXCLUSIVE)
            for constraint in run.catalog.table(table).constraints:
                if constraint.number == which:
                    lock_referenced(run, constraint)
        case ("object", "statistics", *_):
            node = run.catalog.objects.get(tuple(str(part) for part in thing[1:]), {})
            if isinstance(node.get("table"), int):
                run.lock(node["table"], Lock.SHARE_UPDATE_EXCLUSIVE)
        case _:
            return


def lock_referenced(run: Run, constraint: Constraint, *, remade: bool = False) -> None:
    """The other table of a foreign key that goes, with its partitions: their triggers go too.

    Up to 14 a partitioned table has no such trigger; it is looked at if the key is `remade`.
    """
    # the triggers on the other table are those of the topmost foreign key
    if (
        constraint.parent is not None
        or not constraint.enforced  # it has no triggers
        or constraint.references is None
        or constraint.references not in run.catalog.relations
    ):
        return
    light = Lock.SHARE_ROW_EXCLUSIVE if remade else None
    for number in (constraint.references, *run.catalog.descendants(constraint.references)):
        there = run.catalog.relations[number]
        if run.version < 15 and there.kind == "partitioned table":
            if light is not None:
                run.lock(number, light)
        elif number == constraint.references or there.kind != "table" or run.catalog.table(number).partition:
            run.lock(number, Lock.ACCESS_EXCLUSIVE)
    deferral.unused(run, constraint.references, "ALTER TABLE")
    other = run.catalog.relations[constraint.references]
    run.remark("other table", str(other.key), Lock.ACCESS_EXCLUSIVE.words)


def lock_siblings(run: Run, partition: Table) -> None:
    """Dropping a partition locks its parent, and the default partition beside it (heap_drop_with_catalog)."""
    for parent in partition.parents:
        run.lock(parent, Lock.ACCESS_EXCLUSIVE)
        default = default_partition(run, parent)
        if default is not None:
            run.lock(default.number, Lock.ACCESS_EXCLUSIVE)


def default_partition(run: Run, parent: int) -> Table | None:
    """The default partition of a partitioned table."""
    for child in run.catalog.children.get(parent, ()):
        table = run.catalog.table(child)
        if table.bound is not None and table.bound.get("is_default"):
            return table
    return None


def _remove(run: Run, thing: Thing) -> None:
    catalog = run.catalog
    match thing:
        case ("table" | "index" | "sequence", int(number)):
            if number in catalog.relations:
                catalog.remove(number)
        case ("column", int(number), int(column)):
            table = catalog.relations.get(number)
            if isinstance(table, Table):
                catalog.put(replace(table, columns=tuple(c for c in table.columns if c.number != column)))
                catalog.comments.pop((number, "column", column), None)
        case ("default", int(number), int(column)):
            table = catalog.relations.get(number)
            if isinstance(table, Table) and (found := table.numbered(column)):
                catalog.put(table.with_column(replace(found, default=None)))
        case ("constraint", int(number), int(which)):
            _remove_constraint(run, number, which)
        case ("trigger", int(number), int(which)):
            table = catalog.relations.get(number)
            if isinstance(table, Table):
                catalog.put(replace(table, triggers=tuple(t for t in table.triggers if t.number != which)))
        case ("policy", int(number), str(name)):
            table = catalog.relations.get(number)
            if isinstance(table, Table):
                catalog.put(replace(table, policies=tuple(p for p in table.policies if p.name != name)))
        case ("rule", int(number), str(name)):
            table = catalog.relations.get(number)
            if isinstance(table, Table):
                catalog.put(replace(table, rules=tuple(r for r in table.rules if r.name != name)))
        case ("type", int(number)):
            if number in catalog.types:
                catalog.remove_type(number)
        case ("function", str(schema), str(name)):
            catalog.functions.pop(Name(schema, name), None)
            for told in (catalog.comments, catalog.grants):
                for key in [key for key in told if key[0] in {"function", "procedure", "routine"} and name in key[1:3]]:
                    del told[key]
        case ("schema", str(name)):
            catalog.schemas.pop(name, None)
        case ("extension", str(name)):
            catalog.extensions.pop(name, None)
        case ("object", *name):
            key = tuple(str(part) for part in name)
            for kept in [k for k in catalog.objects if k[: len(key)] == key]:  # with the alterations noted of it
                del catalog.objects[kept]
        case _:
            return


def _remove_constraint(run: Run, number: int, which: int) -> None:
    table = run.catalog.relations.get(number)
    if not isinstance(table, Table):
        return
    found: Constraint | None = next((c for c in table.constraints if c.number == which), None)
    table = table.without_constraint(which)
    if found is not None and found.kind == "not null":
        for column in found.columns:
            if inner := table.numbered(column):
                table = table.with_column(replace(inner, not_null=False))
    if found is not None:
        run.catalog.comments.pop((number, "constraint", found.name), None)
    run.catalog.put(table)
