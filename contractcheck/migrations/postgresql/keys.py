"""Foreign keys: what they lock, and whether two types can be compared."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Constraint, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import indexes, naming, types
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter

CROSS = (
    frozenset({"int2", "int4", "int8"}),
    frozenset({"float4", "float8"}),
    frozenset({"date", "timestamp", "timestamptz"}),
    frozenset({"text", "varchar", "name"}),
)


def add_key(alter: Alter, table: Table, wanted: op.ConstraintDef, *, skip: bool, new: bool) -> None:
    run = alter.run
    if wanted.references is None:
        raise FailureError("a foreign key refers to nothing")
    target = run.table(wanted.references.table, ("table", "partitioned table"))
    if target.number in run.catalog.descendants(table.number) and table.kind == "partitioned table" and not new:
        raise FailureError(f'cannot ALTER TABLE "{target.name}" because it is being used by active queries')
    if target.number != table.number:
        run.lock(target.number, Lock.SHARE_ROW_EXCLUSIVE)
        run.remark("other table", str(target.key), Lock.SHARE_ROW_EXCLUSIVE.words)
    for part in run.catalog.descendants(target.number) if target.kind == "partitioned table" else ():
        run.lock(part, Lock.SHARE_ROW_EXCLUSIVE)
    columns = tuple(run.column(table, c) for c in wanted.columns)
    if any(c.generated == "virtual" for c in columns):
        raise FailureError("foreign key constraints on virtual generated columns are not supported")
    if not wanted.validated and table.kind == "partitioned table" and run.version < 18 and not new:
        raise FailureError(f'cannot add NOT VALID foreign key on partitioned table "{table.name}"')
    table, target = run.current(table.number), run.current(target.number)
    index, referenced = _target_index(run, target, wanted.references.columns)
    target = run.current(target.number)
    _period(run, wanted, index)
    if referenced and len(referenced) != len(columns):
        raise FailureError("number of referencing and referenced columns for foreign key disagree")
    for mine, other in zip(columns, referenced, strict=False):
        theirs = target.numbered(other)
        if mine.type and theirs and theirs.type and not comparable(run, mine.type, theirs.type):
            raise FailureError(
                f"a foreign key from {types.words(mine.type, run.catalog)} to {types.words(theirs.type, run.catalog)}"
                " cannot be implemented"
            )
    temporary = {target.persistence == "t", table.persistence == "t"}
    if len(temporary) > 1 or (target.persistence == "u" and table.persistence == "p"):
        raise FailureError("constraints on permanent tables may reference only permanent tables")
    name = wanted.name or naming.constraint_name(run, table, wanted.columns, "fkey")
    validated = wanted.validated and wanted.enforced
    parents: dict[int, int] = {}
    recurse = table.kind == "partitioned table"
    for child in alter.family(table.number, recurse=recurse and not new):
        now = run.current(child)
        parent = next((parents[p] for p in now.parents if p in parents), None)
        made = Constraint(
            number=run.catalog.number(),
            name=indexes.naming_cut(
                name if now.constraint(name) is None else naming.constraint_name(run, now, wanted.columns, "fkey")
            ),
            kind="foreign key",
            columns=tuple(run.column(now, c).number for c in wanted.columns),
            references=target.number,
            referenced=referenced,
            on_delete=wanted.references.on_delete,
            on_update=wanted.references.on_update,
            match=wanted.references.match,
            validated=validated,
            enforced=wanted.enforced,
            deferrable=wanted.deferrable,
            deferred=wanted.deferred,
            index=index,
            parent=parent,
            local=parent is None,
        )
        parents[child] = made.number
        run.catalog.put(run.current(child).with_constraint(made))
        if validated and not skip and not new and now.kind != "partitioned table":
            alter.keys.append((child, made.number))


def _period(run: Run, wanted: op.ConstraintDef, index: int | None) -> None:
    """Refuse PERIOD on one side only, and what cannot be done with it (ATAddForeignKeyConstraint of 18)."""
    if not wanted.period:
        if index is not None and run.catalog.index(index).unique and run.catalog.index(index).exclusion:
            raise FailureError("foreign key uses PERIOD on the referenced table but not the referencing table")
        if not wanted.referenced_period:
            return
    run.need(18, "PERIOD")
    given = wanted.references
    if given is not None and given.columns and wanted.period != wanted.referenced_period:
        raise FailureError("foreign key uses PERIOD on one of the tables only")
    if given is not None and (given.on_delete != "a" or given.on_update != "a"):
        raise FailureError("unsupported action for foreign key constraint using PERIOD")
    if index is not None and not run.catalog.index(index).exclusion:
        raise FailureError("there is no unique constraint WITHOUT OVERLAPS for the referenced table")


def _target_index(run: Run, target: Table, wanted: tuple[str, ...]) -> tuple[int | None, tuple[int, ...]]:
    """The unique index a foreign key needs, and the columns it refers to."""
    if not wanted:
        primary = next((c for c in target.constraints if c.kind == "primary key"), None)
        if primary is not None:
            return primary.index, primary.columns
        if not run.knows(target):
            return None, ()
        raise FailureError(f'there is no primary key for referenced table "{target.name}"')
    numbers = tuple(run.column(target, c).number for c in wanted)
    for index in run.catalog.indexes_of(target.number):
        if (
            index.unique
            and index.immediate
            and index.valid
            and index.predicate is None
            and len(index.columns) == len(numbers)
            and set(index.columns) == set(numbers)
        ):
            return index.number, numbers
    if not run.knows(target):
        return None, numbers
    raise FailureError(f'there is no unique constraint matching given keys for referenced table "{target.name}"')


def comparable(run: Run, mine: Type, theirs: Type) -> bool:
    """Whether a foreign key's two types can be compared: by an operator of the index, or after an implicit cast."""
    mine, theirs = types.base_type(mine, run.catalog), types.base_type(theirs, run.catalog)
    if (mine.base, mine.array) == (theirs.base, theirs.array):
        return True
    if not mine.array and not theirs.array and any({mine.base, theirs.base} <= family for family in CROSS):
        return True
    return types.pathway(mine, theirs, run.catalog, "i") is not None


def operator_of(run: Run, mine: Type | None, theirs: Type | None) -> tuple[object, ...]:
    """What identifies the comparison of a foreign key: equal before and after means nothing need be looked up again."""
    if mine is None or theirs is None:
        return ("?", mine, theirs)

    def side(found: Type) -> object:
        found = types.base_type(found, run.catalog)
        return ("text" if found.base == "varchar" else found.base), found.array

    return side(mine), side(theirs)
