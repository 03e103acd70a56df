"""A column that is replaced by a twin: kept equal by a trigger, filled in batches, indexed, and put in its place."""

from collections.abc import Iterator

from msgspec import Struct, field

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Constraint, Index, Sequence, Table
from contractcheck.migrations.postgresql.deparse import deparse
from contractcheck.migrations.postgresql.expressions import column_names, substitute
from contractcheck.migrations.postgresql.remedies.rows import batched
from contractcheck.migrations.postgresql.remedies.scene import (
    Scene,
    alone,
    beside,
    here,
    later,
    name_of,
    quoted,
    released,
    text,
    tree,
)
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.migrations.postgresql.types import words
from contractcheck.model.finding import RemedyStep

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"s": "", "f": " MATCH FULL"}


class _Twin(Struct, frozen=True):
    """A column and what takes its place. `computed` is the twin's value by the columns of a row; `final` its name.

    `both`: old code and new code write, each to the column that it knows.
    """

    scene: Scene
    table: Table
    old: Column
    new: str
    type: str
    computed: str
    final: str
    both: bool
    keys: list[str] = field(default_factory=list)  # before the column goes
    names: list[str] = field(default_factory=list)  # after it has gone, and its indexes with it

    @property
    def where(self) -> str:
        """The table as statements name it."""
        return name_of(self.table)


def retyped(scene: Scene) -> Iterator[RemedyStep]:
    """A column of another type: every row is written once more, while everybody works."""
    action = scene.action
    table = scene.known(scene.table)
    if not isinstance(action, op.AlterColumnType) or table is None:
        return
    old = table.column(action.column)
    told = _told(scene.sql)
    if old is None or told is None:
        return
    kind, using = told
    new = _free(table, f"{old.name}_new")
    yield from _steps(_Twin(scene, table, old, new, kind, using or quoted(old.name), old.name, both=False))


def renamed(scene: Scene) -> Iterator[RemedyStep]:
    """A column under a new name beside the former, until no code knows the former any more."""
    operation = scene.operation
    if not isinstance(operation, op.Rename) or operation.kind != "column" or operation.relation_kind != "table":
        return
    table = scene.known(operation.table)
    old = table.column(operation.sub or "") if table is not None else None
    if table is None or old is None or old.type is None:
        return
    kind = words(old.type, scene.catalog)
    new = operation.new_name
    yield from _steps(_Twin(scene, table, old, new, kind, quoted(old.name), new, both=True))


def _told(sql: str) -> tuple[str, str | None] | None:
    """The type, with its collation, and the expression of `ALTER COLUMN ... TYPE ... USING ...`."""
    statement = tree(sql)
    if statement is None:
        return None
    made = statement.cmds[0].def_
    kind = text(made.typeName)
    if made.collClause is not None:
        kind += f" {text(made.collClause)}"
    return kind, None if made.raw_default is None else text(made.raw_default)


def _free(table: Table, name: str) -> str:
    """A name that no column of the table has."""
    return name if table.column(name) is None else _free(table, f"{name}x")


def _fit(table: Table, column: Column) -> bool:
    """Whether nothing hangs on the column that is not carried over."""
    apart = table.kind != "table" or table.partition or bool(table.parents) or column.generated or column.identity
    watched = any(column.number in trigger.columns for trigger in table.triggers)
    return not (apart or watched or table.rules or table.policies)


def _steps(twin: _Twin) -> Iterator[RemedyStep]:
    table, old, scene = twin.table, twin.old, twin.scene
    default = "" if old.default is None else deparse(old.default)
    if not _fit(table, old) or default is None or scene.catalog.children.get(table.number):
        return
    built, proofs = list(_indexes(twin)), list(_proofs(twin))
    if None in built or None in proofs:
        return
    where, new, sync = twin.where, quoted(twin.new), _sync(twin)
    yield here(f"ALTER TABLE {where} ADD COLUMN {new} {twin.type}")
    yield here(
        f"CREATE FUNCTION {beside(table, sync)}() RETURNS trigger LANGUAGE plpgsql AS $sync$\n"
        f"BEGIN\n{_copying(twin)}  RETURN NEW;\nEND $sync$"
    )
    yield here(
        f"CREATE TRIGGER {quoted(sync)} BEFORE INSERT OR UPDATE ON {where}"
        f" FOR EACH ROW EXECUTE FUNCTION {beside(table, sync)}()"
    )
    yield batched(f"UPDATE {where} SET {new} = {twin.computed}", where, f"{new} IS NULL", scene.server)  # noqa: S608 - text to run
    for index in built:
        yield from index or ()
    check = make_name(table.name, twin.new, "not_null_check")
    if old.not_null:
        yield later(f"ALTER TABLE {where} ADD CONSTRAINT {quoted(check)} CHECK ({new} IS NOT NULL) NOT VALID")
    added = [proof for proof in proofs if proof is not None]
    for number, (name, definition, _) in enumerate(added):
        step = later if not number and not old.not_null else here
        yield step(f"ALTER TABLE {where} ADD CONSTRAINT {quoted(name)} {definition} NOT VALID")
    for name in ([check] if old.not_null else []) + [name for name, _, _ in added]:
        yield later(f"ALTER TABLE {where} VALIDATE CONSTRAINT {quoted(name)}")
    yield from _swap(twin, sync, check, default, added)


def _sync(twin: _Twin) -> str:
    """A name for the trigger: the last of the table's, as they run by name and it looks at what the others have set."""
    name = make_name(twin.table.name, twin.old.name, "sync")
    return name if all(trigger.name < name for trigger in twin.table.triggers) else f"zz_{name}"


def _copying(twin: _Twin) -> str:
    old, new = quoted(twin.old.name), quoted(twin.new)
    if not twin.both:
        if twin.computed == old:
            return f"  NEW.{new} := NEW.{old};\n"  # the cast of an assignment, as in the statement
        row = quoted(twin.table.name)
        return f"  SELECT {twin.computed} INTO NEW.{new} FROM (SELECT (NEW).*) AS {row};\n"  # noqa: S608 - text to run
    return (
        f"  IF TG_OP = 'INSERT' AND NEW.{new} IS NOT NULL\n"
        f"     OR TG_OP = 'UPDATE' AND NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n"
        f"    NEW.{old} := NEW.{new};\n"
        f"  ELSE\n    NEW.{new} := NEW.{old};\n  END IF;\n"
    )


def _indexes(twin: _Twin) -> Iterator[list[RemedyStep] | None]:
    """The steps that build each index of the column on its twin; None where one cannot be written down."""
    table, old = twin.table, twin.old
    relations = twin.scene.catalog.relations
    for number in twin.scene.catalog.indexes.get(table.number, ()):
        index = relations.get(number)
        if not isinstance(index, Index) or not _reads(index, old):
            continue
        keys = [_key(twin, index, at) for at in range(len(index.keys))]
        predicate = None if index.predicate is None else deparse(substitute(index.predicate, old.name, twin.new))
        if None in keys or (index.predicate is not None and predicate is None) or index.exclusion or not index.valid:
            yield None
            return
        name = twin.scene.free(f"{index.name}_new", index.schema)
        include = [_column(twin, number) for number in index.include]
        text = (
            f"CREATE {'UNIQUE ' if index.unique else ''}INDEX CONCURRENTLY {quoted(name)} ON {twin.where}"
            f" USING {index.method} ({', '.join(str(key) for key in keys)})"
            + (f" INCLUDE ({', '.join(include)})" if include else "")
            + ("" if index.nulls_distinct else " NULLS NOT DISTINCT")
            + (f" WITH ({', '.join(f'{key} = {value}' for key, value in index.options)})" if index.options else "")
            + (f" TABLESPACE {quoted(index.tablespace)}" if index.tablespace else "")
            + (f" WHERE {predicate}" if predicate is not None else "")
        )
        keys_of = (each for each in table.constraints if each.kind in {"unique", "primary key"})
        owner = next((each for each in keys_of if each.index == number), None)
        _take_over(twin, index, name, owner)
        yield [alone(f"DROP INDEX CONCURRENTLY IF EXISTS {beside(table, name)}"), alone(text)]


def _reads(index: Index, column: Column) -> bool:
    expressions = [key.expression for key in index.keys] + [index.predicate]
    named = any(column.name in column_names(each) for each in expressions if each is not None)
    return named or column.number in index.columns or column.number in index.include


def _column(twin: _Twin, number: int) -> str:
    found = twin.table.numbered(number)
    return quoted(twin.new if number == twin.old.number or found is None else found.name)


def _key(twin: _Twin, index: Index, at: int) -> str | None:
    key = index.keys[at]
    text = _column(twin, key.column)
    if key.expression is not None:
        printed = deparse(substitute(key.expression, twin.old.name, twin.new))
        if printed is None:
            return None
        text = f"({printed})"
    if key.collation is not None:
        text += f" COLLATE {quoted(key.collation)}"
    if key.opclass is not None:
        text += f" {key.opclass}"
    if key.descending:
        text += " DESC"
    if key.nulls_first is not None:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def _take_over(twin: _Twin, index: Index, name: str, owner: Constraint | None) -> None:
    """Note what gives the new index the place of the former."""
    where = twin.where
    if owner is None:
        twin.names.append(f"ALTER INDEX {beside(twin.table, name)} RENAME TO {quoted(index.name)}")
        return
    late = (" DEFERRABLE" if owner.deferrable else "") + (" INITIALLY DEFERRED" if owner.deferred else "")
    kind = f"{owner.kind.upper()} USING INDEX {quoted(name)}{late}"
    twin.keys.append(f"ALTER TABLE {where} DROP CONSTRAINT {quoted(owner.name)}")
    twin.keys.append(f"ALTER TABLE {where} ADD CONSTRAINT {quoted(owner.name)} {kind}")


def _proofs(twin: _Twin) -> Iterator[tuple[str, str, str] | None]:
    """The other constraints of the column: a name for the time being, the definition, the name at the end."""
    table, old = twin.table, twin.old
    relations = twin.scene.catalog.relations
    if any(
        isinstance(other, Table)
        and any(each.references == table.number and old.number in each.referenced for each in other.constraints)
        for other in relations.values()
    ):
        yield None  # keys of other tables refer to it: they would have to be made anew as well
        return
    for constraint in table.constraints:
        if constraint.kind in {"unique", "primary key"} or old.number not in constraint.columns:
            continue
        definition = None
        if constraint.validated and constraint.enforced and constraint.kind in {"check", "foreign key"}:
            definition = _definition(twin, constraint)
        if definition is None:
            yield None
            return
        yield make_name(table.name, constraint.name, "new"), definition, constraint.name


def _definition(twin: _Twin, constraint: Constraint) -> str | None:
    if constraint.kind == "check":
        if constraint.expression is None or constraint.no_inherit:
            return None
        text = deparse(substitute(constraint.expression, twin.old.name, twin.new))
        return None if text is None else f"CHECK ({text})"
    other = twin.scene.catalog.relations.get(constraint.references or 0)
    if not isinstance(other, Table) or not other.known or constraint.match not in _MATCHES:
        return None
    found = [other.numbered(number) for number in constraint.referenced]
    theirs = ", ".join(quoted(each.name) for each in found if each is not None)
    mine = ", ".join(_column(twin, number) for number in constraint.columns)
    return (
        f"FOREIGN KEY ({mine}) REFERENCES {name_of(other)} ({theirs}){_MATCHES[constraint.match]}"
        + ("" if constraint.on_delete == "a" else f" ON DELETE {_ACTIONS[constraint.on_delete]}")
        + ("" if constraint.on_update == "a" else f" ON UPDATE {_ACTIONS[constraint.on_update]}")
        + (" DEFERRABLE" if constraint.deferrable else "")
        + (" INITIALLY DEFERRED" if constraint.deferred else "")
    )


def _swap(twin: _Twin, sync: str, check: str, default: str, added: list[tuple[str, str, str]]) -> Iterator[RemedyStep]:
    """The twin takes the column's place, in one short transaction."""
    table, old, where, new = twin.table, twin.old, twin.where, quoted(twin.new)
    steps: list[str] = []
    if old.not_null:
        steps.append(f"ALTER TABLE {where} ALTER COLUMN {new} SET NOT NULL")
        steps.append(f"ALTER TABLE {where} DROP CONSTRAINT {quoted(check)}")
    steps.append(f"DROP TRIGGER {quoted(sync)} ON {where}")
    steps.append(f"DROP FUNCTION {beside(table, sync)}()")
    for sequence in twin.scene.catalog.relations.values():
        if isinstance(sequence, Sequence) and sequence.owned_by == (table.number, old.number):
            steps += [f"ALTER SEQUENCE {beside(table, sequence.name)} OWNED BY {where}.{new}"]
    if default:
        steps.append(f"ALTER TABLE {where} ALTER COLUMN {new} SET DEFAULT {default}")
    steps += twin.keys
    steps += [f"ALTER TABLE {where} DROP CONSTRAINT {quoted(final)}" for _, _, final in added]
    drop = len(steps)
    steps.append(f"ALTER TABLE {where} DROP COLUMN {quoted(old.name)}")
    steps += twin.names
    if twin.final != twin.new:
        steps.append(f"ALTER TABLE {where} RENAME COLUMN {new} TO {quoted(twin.final)}")
    steps += [f"ALTER TABLE {where} RENAME CONSTRAINT {quoted(name)} TO {quoted(final)}" for name, _, final in added]
    if old.not_null and twin.scene.server.version >= 18:
        made = make_name(table.name, twin.new, "not_null")
        called = old.not_null_name or make_name(table.name, old.name, "not_null")
        if made != called:
            steps.append(f"ALTER TABLE {where} RENAME CONSTRAINT {quoted(made)} TO {quoted(called)}")
    for number, sql in enumerate(steps):
        note = f"{twin.final} is the last column from now on" if number == drop else ""
        yield (here if number else released if twin.both else later)(sql, note)
