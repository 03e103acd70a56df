"""Partitions and inheritance: what is locked, scanned, or proved by a CHECK."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Constraint, Index, Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import bounds, drops, indexes, naming, rows
from contractcheck.migrations.postgresql.expressions import column_names, same
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter


def attach(alter: Alter, number: int, action: op.AttachPartition) -> None:
    """ATTACH PARTITION: SHARE UPDATE EXCLUSIVE on the parent, ACCESS EXCLUSIVE on the new and the default partition."""
    run = alter.run
    parent = run.current(number)
    if run.knows(parent) and parent.kind != "partitioned table":
        raise FailureError(f'table "{parent.name}" is not partitioned')
    child = run.table(action.partition, ("table", "partitioned table", "foreign table"))
    run.lock(child.number, Lock.ACCESS_EXCLUSIVE)
    for below in run.catalog.descendants(child.number):
        run.lock(below, Lock.ACCESS_EXCLUSIVE)
    if child.partition:
        raise FailureError(f'"{child.name}" is already a partition')
    if child.parents:
        raise FailureError("cannot attach inheritance child as partition")
    if child.number in {number, *run.catalog.ancestors(number)}:
        raise FailureError("circular inheritance not allowed")
    if (parent.persistence == "t") != (child.persistence == "t"):
        raise FailureError("cannot attach a temporary relation as partition of a permanent one or the reverse")
    check_bound(run, parent, action.bound)
    _check_columns(run, parent, child)
    _merge(run, parent, child)
    default = drops.default_partition(run, number)
    proves = list(bounds.proofs(child))
    bound = action.bound or {}
    implied = bounds.implied(parent, bound, proves)
    if bound.get("is_default") and parent.strategy in {"list", "range"}:
        others = [run.current(n).bound for n in run.catalog.children.get(number, ())]
        implied = all(other is not None and bounds.excluded(parent, other, proves) for other in others)
    if not implied and (not bound.get("is_default") or run.catalog.children.get(number)):
        run.scan(child.number)
        if not run.knows(child) or not run.knows(parent):
            run.doubt(f"whether a CHECK of {child.key} proves its bound is not known", schema=False)
    run.catalog.put(replace(run.current(child.number), parents=(number,), bound=bound))
    if rows.fails_bound(run, parent, run.current(child.number)):
        raise FailureError(f'partition constraint of relation "{child.name}" is violated by some row')
    _mark_inherited(run, parent, run.current(child.number))
    take_indexes(alter, number, child.number)
    take_keys(alter, number, child.number)
    take_triggers(run, number, child.number)
    if default is not None:
        run.lock(default.number, Lock.ACCESS_EXCLUSIVE)
        for below in run.catalog.descendants(default.number):
            run.lock(below, Lock.ACCESS_EXCLUSIVE)
        if not bounds.excluded(parent, bound, list(bounds.proofs(default))):
            run.scan(default.number)
        misplaced(run, parent, default, run.current(child.number))


def misplaced(run: Run, parent: Table, default: Table, child: Table) -> None:
    """Refuse a new partition for rows that already lie in the default one."""
    for leaf in run.leaves(default.number):
        if rows.moves(run, parent, run.current(leaf), child):
            raise FailureError(
                f'updated partition constraint for default partition "{default.name}" would be violated by some row'
            )


def check_bound(run: Run, parent: Table, bound: Node | None) -> None:
    """Refuse a bound that overlaps another partition's or is of the wrong kind."""
    if bound is None or not run.knows(parent):
        return
    if bounds.empty(bound):
        raise FailureError("empty range bound specified")
    for number in run.catalog.children.get(parent.number, ()):
        other = run.current(number)
        if other.bound is None:
            continue
        if bound.get("is_default") and other.bound.get("is_default"):
            raise FailureError(f'partition conflicts with existing default partition "{other.name}"')
        if not bound.get("is_default") and not other.bound.get("is_default") and bounds.overlap(bound, other.bound):
            raise FailureError(f'partition would overlap partition "{other.name}"')
    for side in ("lowerdatums", "upperdatums"):
        if parent.strategy == "range" and bound.get(side) is not None and len(bound[side]) != len(parent.keys):
            raise FailureError("FROM and TO must specify exactly one value per partitioning column")
    kind = {"range": "r", "list": "l", "hash": "h"}.get(parent.strategy)
    if not bound.get("is_default") and kind is not None and bound.get("strategy", kind) != kind:
        raise FailureError(f"invalid bound specification for a {parent.strategy} partition")
    if bound.get("is_default") and parent.strategy == "hash":
        raise FailureError("a hash-partitioned table may not have a default partition")


def _check_columns(run: Run, parent: Table, child: Table) -> None:
    if not run.knows(child) or not run.knows(parent):
        return
    for column in parent.columns:
        mine = child.column(column.name)
        if mine is None:
            raise FailureError(f'child table is missing column "{column.name}"')
        if mine.type != column.type:
            raise FailureError(f'child table "{child.name}" has different type for column "{column.name}"')
        if column.not_null and not mine.not_null and not (run.version >= 18 and column.not_null_no_inherit):
            raise FailureError(f'column "{column.name}" in child table must be marked NOT NULL')
        if run.version >= 18 and column.not_null and mine.not_null and not column.not_null_no_inherit:
            if mine.not_null_no_inherit:
                raise FailureError(f'constraint "{mine.not_null_name}" conflicts with non-inherited constraint')
            if column.not_null_valid and not mine.not_null_valid:
                raise FailureError(f'constraint "{mine.not_null_name}" conflicts with NOT VALID constraint')
        if bool(column.generated) != bool(mine.generated):
            raise FailureError(f'column "{column.name}" in child table must be a generated column')
        if column.generated and run.version < 16 and not same(column.default, mine.default):
            raise FailureError(f'column "{column.name}" in child table has a conflicting generation expression')
        if column.generated != mine.generated:
            raise FailureError(f'column "{column.name}" inherits from generated column of different kind')
    for mine in child.columns:
        if parent.column(mine.name) is None and parent.kind == "partitioned table":
            raise FailureError(
                f'table "{child.name}" contains column "{mine.name}" not found in parent "{parent.name}"'
            )
    if run.version >= 17:
        for mine in child.columns:
            if mine.identity and parent.kind == "partitioned table":
                raise FailureError(f'table "{child.name}" has an identity column')


def _merge(run: Run, parent: Table, child: Table) -> None:
    """Every CHECK of the parent must be there in the child, by name and expression."""
    for constraint in parent.constraints:
        if constraint.kind != "check" or constraint.no_inherit:
            continue
        mine = child.constraint(constraint.name)
        if mine is None and run.knows(child):
            raise FailureError(f'child table is missing constraint "{constraint.name}"')
        if mine is not None and not same(mine.expression, constraint.expression):
            raise FailureError(
                f'child table "{child.name}" has different definition for check constraint "{mine.name}"'
            )


def _mark_inherited(run: Run, parent: Table, child: Table) -> None:
    changed = child
    for constraint in parent.constraints:
        mine = child.constraint(constraint.name)
        if constraint.kind == "check" and not constraint.no_inherit and mine is not None:
            changed = changed.with_constraint(replace(mine, parent=constraint.number))
    for column in parent.columns:
        own = changed.column(column.name)
        if own is not None:
            changed = changed.with_column(
                replace(own, inherited=own.inherited + 1, local=parent.kind != "partitioned table")
            )
    run.catalog.put(changed)


def take_indexes(alter: Alter, number: int, child: int) -> None:
    """Every index of the parent: one of the child that is the same is attached, else a new one is built."""
    run = alter.run
    parent, below = run.current(number), run.current(child)
    if below.kind == "foreign table":
        return
    for index in run.catalog.indexes_of(number):
        own = indexes.translate(index, parent, below)
        owner = next((c for c in parent.constraints if c.index == index.number and c.kind != "foreign key"), None)
        match = None
        for candidate in run.catalog.indexes_of(child):
            has = any(c.index == candidate.number and c.kind != "foreign key" for c in below.constraints)
            if candidate.parent is None and indexes.equivalent(candidate, own) and has == (owner is not None):
                match = candidate
                break
        if match is not None:
            run.catalog.put(replace(match, parent=index.number))
            inner = next((c for c in run.current(child).constraints if c.index == match.number), None)
            if inner is not None and owner is not None:
                run.catalog.put(run.current(child).with_constraint(replace(inner, parent=owner.number)))
            continue
        keys = tuple(op.IndexKey(c.name if (c := below.numbered(k.column)) else None, k.expression) for k in own.keys)
        if owner is not None:
            label = {"primary key": "pkey", "unique": "key"}.get(owner.kind, "excl")
            name = naming.constraint_name(run, below, [k.column or "expr" for k in keys], label, index=True)
        else:
            name = naming.index_name(run, below, keys, ())
        made = replace(own, number=run.catalog.number(), name=name, schema=below.schema, valid=True)
        indexes.build(run, made, Lock.ACCESS_EXCLUSIVE, parent=index.number)
        if owner is not None:
            constraint = Constraint(
                run.catalog.number(),
                name,
                owner.kind,
                made.columns,
                index=made.number,
                parent=owner.number,
                local=False,
            )
            run.catalog.put(run.current(child).with_constraint(constraint))


def take_keys(alter: Alter, number: int, child: int) -> None:
    """Every foreign key of the parent is made for the child too, and looked up."""
    run = alter.run
    parent = run.current(number)
    for constraint in parent.constraints:
        if constraint.kind != "foreign key" or constraint.references is None:
            continue
        run.lock(constraint.references, Lock.SHARE_ROW_EXCLUSIVE)
        now = run.current(child)
        names = [c.name for n in constraint.columns if (c := parent.numbered(n))]
        numbers = tuple(c.number for n in names if (c := now.column(n)))
        match = next(
            (c for c in now.constraints if c.kind == "foreign key" and c.parent is None and c.columns == numbers
             and _refers(c) == _refers(constraint)
             and c.validated),
            None,
        )  # fmt: skip
        if match is not None:
            run.catalog.put(now.with_constraint(replace(match, parent=constraint.number)))
            continue
        name = constraint.name
        if now.constraint(name) is not None:
            name = naming.constraint_name(run, now, names, "fkey")
        made = replace(
            constraint, number=run.catalog.number(), name=name, columns=numbers, parent=constraint.number, local=False
        )
        run.catalog.put(now.with_constraint(made))
        if constraint.validated and constraint.enforced:
            for leaf in run.leaves(child):
                if leaf == child:
                    alter.keys.append((child, made.number))
    for other, constraint in list(run.catalog.referencing(number)):
        if constraint.parent is None:
            run.lock(other.number, Lock.SHARE_ROW_EXCLUSIVE if run.version >= 15 else Lock.ACCESS_SHARE)


def _refers(key: Constraint) -> tuple[object, ...]:
    return key.references, key.referenced, key.on_delete, key.on_update


def take_triggers(run: Run, number: int, child: int) -> None:
    """Every row trigger of the parent is made for the child too, and for what is below it."""
    for trigger in run.current(number).triggers:
        if trigger.row:
            made = {number: trigger.number}
            for each in (child, *run.catalog.descendants(child)):
                now = run.current(each)
                above = next((made[n] for n in now.parents if n in made), trigger.number)
                clone = replace(trigger, number=run.catalog.number(), parent=above)
                made[each] = clone.number
                run.catalog.put(replace(now, triggers=(*now.triggers, clone)))


def detach(alter: Alter, number: int, action: op.DetachPartition) -> None:
    """DETACH PARTITION: up to 13 readers of the partition go on, from 14 it is ACCESS EXCLUSIVE too (measured)."""
    run = alter.run
    parent = run.current(number)
    if action.concurrently or action.finalize:
        run.need(14, "DETACH PARTITION CONCURRENTLY")
    if action.concurrently:
        run.not_in_block("ALTER TABLE ... DETACH CONCURRENTLY")
    child = run.table(action.partition, ("table", "partitioned table", "foreign table"))
    if run.knows(child) and number not in child.parents:
        raise FailureError(f'relation "{child.name}" is not a partition of relation "{parent.name}"')
    if action.finalize and run.knows(child) and not child.detaching:
        raise FailureError(f'cannot complete detaching partition "{child.name}"')
    default = drops.default_partition(run, number)
    if action.concurrently and default is not None:
        raise FailureError("cannot detach partitions concurrently when a default partition exists")
    if default is not None and default.number != child.number:
        run.lock(default.number, Lock.ACCESS_EXCLUSIVE)
    if action.concurrently:
        run.lock(number, Lock.SHARE_UPDATE_EXCLUSIVE)
        run.lock(child.number, Lock.ACCESS_EXCLUSIVE)
    elif run.version >= 14:
        run.lock(child.number, Lock.ACCESS_EXCLUSIVE)
        for below in run.catalog.descendants(child.number):
            run.lock(below, Lock.ACCESS_EXCLUSIVE)
    else:
        _lock_detached(run, parent, child)
    for constraint in run.current(number).constraints:
        if constraint.kind == "foreign key" and constraint.references is not None:
            run.lock(constraint.references, Lock.SHARE_ROW_EXCLUSIVE)
    for other, constraint in list(run.catalog.reaching(number)):
        if constraint.parent is None:
            # parts of a part have keys of their own that go (measured)
            deep = constraint.references != number or child.kind == "partitioned table"
            run.lock(other.number, Lock.ACCESS_EXCLUSIVE if deep else Lock.SHARE_ROW_EXCLUSIVE)
            run.scan(other.number)
    loose(run, number, child.number)
    if action.concurrently and child.bound is not None:
        _keep_bound(run, parent, run.current(child.number), child.bound)


def _lock_detached(run: Run, parent: Table, child: Table) -> None:
    """Up to 13 a partition is only kept from change, but for triggers that go: cloned ones, those of keys to it."""
    run.lock(child.number, Lock.SHARE_UPDATE_EXCLUSIVE)
    if child.bound is not None and child.bound.get("is_default"):
        run.lock(child.number, Lock.ACCESS_EXCLUSIVE)
    if any(trigger.row for trigger in parent.triggers):
        for number in (child.number, *run.catalog.descendants(child.number)):
            run.lock(number, Lock.ACCESS_EXCLUSIVE)
    if any(key.enforced for _, key in run.catalog.reaching(parent.number)):
        for leaf in run.leaves(child.number):
            run.lock(leaf, Lock.ACCESS_EXCLUSIVE)


def _keep_bound(run: Run, parent: Table, child: Table, bound: Node) -> None:
    """DETACH CONCURRENTLY leaves the bound behind as a CHECK, unless one says it (DetachAddConstraintIfNeeded)."""
    if parent.strategy == "hash":
        return  # what it says names the parent, which it is to be free of
    names = sorted(_key_names(run, parent))
    expression = bounds.as_check(parent, bound)
    if expression is not None and bounds.implied(parent, bound, list(bounds.proofs(child))):
        return
    single = names if len(names) == 1 else []
    made = Constraint(
        run.catalog.number(),
        naming.constraint_name(run, child, single, "check"),
        "check",
        tuple(c.number for n in names if (c := child.column(n))),
        expression=expression,
    )
    run.catalog.put(child.with_constraint(made))
    above = {child.number: made.number}
    for number in run.catalog.descendants(child.number):
        below = run.current(number)
        source = next((above[n] for n in below.parents if n in above), made.number)
        copy = replace(made, number=run.catalog.number(), parent=source, local=False)
        above[number] = copy.number
        run.catalog.put(below.with_constraint(copy))


def _key_names(run: Run, parent: Table) -> set[str]:
    """The columns that the bound of a partition speaks of, those of the tables above it included."""
    found: set[str] = set()
    above: Table | None = parent
    while above is not None:
        for key, expression, *_ in above.keys:
            column = above.numbered(key)
            found |= {column.name} if column is not None else column_names(expression)
        above = run.current(above.parents[0]) if above.partition and above.parents else None
    return found


def loose(run: Run, parent: int, child: int) -> None:
    """Cut a child from its parent: what it inherited is its own now."""
    table = run.current(child)
    above = run.current(parent)
    inherited = {c.number for c in above.constraints}
    own_indexes = {i.number for i in run.catalog.indexes_of(parent)}
    made = tuple(replace(c, parent=None, local=True) if c.parent in inherited else c for c in table.constraints)
    lost = tuple(
        replace(c, inherited=max(0, c.inherited - 1), local=c.local or c.inherited < 2) if above.column(c.name) else c
        for c in table.columns
    )
    gone = {x.number for x in above.triggers}
    triggers = tuple(t for t in table.triggers if t.parent not in gone)
    gone = {t.number for t in table.triggers if t.parent in gone}
    for below in run.catalog.descendants(child) if gone else ():
        inner = run.current(below)
        lost_here = {t.number for t in inner.triggers if t.parent in gone}
        gone |= lost_here
        run.catalog.put(replace(inner, triggers=tuple(t for t in inner.triggers if t.number not in lost_here)))
    if run.version >= 17 and table.partition:  # the identity was the parent's
        lost = tuple(replace(c, identity="") for c in lost)
        for below in run.catalog.descendants(child):
            inner = run.current(below)
            run.catalog.put(replace(inner, columns=tuple(replace(c, identity="") for c in inner.columns)))
    parents = tuple(p for p in table.parents if p != parent)
    run.catalog.put(replace(table, parents=parents, bound=None, constraints=made, columns=lost, triggers=triggers))
    for index in run.catalog.indexes_of(child):
        if index.parent in own_indexes:
            run.catalog.put(replace(index, parent=None))


def inherit(alter: Alter, number: int, action: op.Inherit) -> None:
    """INHERIT or NO INHERIT: SHARE UPDATE EXCLUSIVE on the parent."""
    run = alter.run
    child = run.current(number)
    if child.partition:
        raise FailureError("cannot change inheritance of a partition")
    if child.kind == "partitioned table":
        raise FailureError("cannot change inheritance of partitioned table")
    parent = run.table(action.parent)
    run.lock(parent.number, Lock.SHARE_UPDATE_EXCLUSIVE if action.add else Lock.ACCESS_SHARE)
    if not action.add:
        if parent.number not in child.parents:
            if run.knows(child):
                raise FailureError(f'relation "{parent.name}" is not a parent of relation "{child.name}"')
            return
        loose(run, parent.number, number)
        return
    if parent.number in child.parents:
        raise FailureError(f'relation "{parent.name}" would be inherited from more than once')
    if parent.number in {number, *run.catalog.descendants(number)}:
        raise FailureError("circular inheritance not allowed")
    if parent.kind == "partitioned table":
        raise FailureError(f'cannot inherit from partitioned table "{parent.name}"')
    if parent.partition:
        raise FailureError("cannot inherit from a partition")
    _check_columns(run, parent, child)
    _merge(run, parent, child)
    _mark_inherited(run, parent, run.current(number))
    run.catalog.put(replace(run.current(number), parents=(*child.parents, parent.number)))


def attach_index(run: Run, index: Index, ref: op.Ref) -> None:
    """ALTER INDEX ... ATTACH PARTITION: readers of the table wait, as the index is locked (measured)."""
    child = run.relation(ref, kind="index")
    if not isinstance(child, Index):
        raise FailureError(f'"{ref.name}" is not an index')
    run.lock(index.number, Lock.SHARE_UPDATE_EXCLUSIVE)
    run.lock(child.number, Lock.ACCESS_EXCLUSIVE)
    run.lock(child.table, Lock.ACCESS_SHARE)
    if child.parent not in {None, index.number}:
        raise FailureError(f'cannot attach index "{child.name}": it is already attached to another index')
    if index.table not in run.current(child.table).parents:
        raise FailureError(f'index "{child.name}" is not an index on any partition of the table of "{index.name}"')
    own = indexes.translate(index, run.current(index.table), run.current(child.table))
    if not indexes.equivalent(child, replace(own, valid=True)):
        raise FailureError(f'cannot attach index "{child.name}" as a partition of index "{index.name}"')
    run.catalog.put(replace(child, parent=index.number))
    parts = list(run.catalog.children.get(index.table, ()))
    covered = all(any(i.parent == index.number and i.valid for i in run.catalog.indexes_of(p)) for p in parts)
    if covered:
        run.catalog.put(replace(run.catalog.index(index.number), valid=True))
