"""Columns of tables: ADD, DROP, defaults, NOT NULL, identity and generated columns."""

from typing import Any

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Sequence, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import (
    analysis,
    availability,
    constraints,
    drops,
    facts,
    generated,
    indexes,
    rows,
    types,
)
from contractcheck.migrations.postgresql.expressions import (
    UNKNOWN,
    infer,
    is_null_constant,
    references,
    volatility,
)
from contractcheck.migrations.postgresql.nodes import constant, walk
from contractcheck.migrations.postgresql.run import FailureError, Run, use_label
from contractcheck.migrations.postgresql.types import SERIAL
from contractcheck.migrations.postgresql.values import RefusedError, coerce, evaluate
from contractcheck.migrations.postgresql.work import Alter

RESERVED = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
COMPRESSIBLE = -1


def make_column(run: Run, table: Table, wanted: op.ColumnDef, number: int) -> tuple[Column, str | None]:
    """A column as the catalog keeps it, and the name of the sequence that a serial or identity column makes."""
    if wanted.name in RESERVED:
        raise FailureError(f'column name "{wanted.name}" conflicts with a system column name')
    kind = types.resolve(wanted.type, run.catalog, run.path)
    serial = wanted.type.schema is None and wanted.type.name in SERIAL and not wanted.type.dimensions
    if kind is None:
        unknown_type(run, wanted.type)
    availability.check_type(run, kind)
    if wanted.collation is not None and kind is not None and not indexes.collates(run, kind):
        raise FailureError(f"collations are not supported by type {types.words(kind, run.catalog)}")
    if wanted.null and (wanted.not_null or serial or wanted.identity):
        raise FailureError(f'conflicting NULL/NOT NULL declarations for column "{wanted.name}" of table "{table.name}"')
    if wanted.generated == "virtual":
        generated.check_virtual(run, wanted.name, kind)
    if wanted.compression is not None:
        run.need(14, "COMPRESSION")
    if wanted.storage is not None:
        run.need(16, "STORAGE in a column definition")
    default = wanted.default
    sequence = None
    if serial and wanted.identity:
        raise FailureError(f'both default and identity specified for column "{wanted.name}" of table "{table.name}"')
    if serial and (default is not None or wanted.generated):
        raise FailureError(f'multiple default values specified for column "{wanted.name}" of table "{table.name}"')
    if serial or wanted.identity:
        if wanted.identity and default is not None:
            raise FailureError(
                f'both default and identity specified for column "{wanted.name}" of table "{table.name}"'
            )
        if (
            wanted.identity
            and kind is not None
            and types.base_type(kind, run.catalog).base not in {"int2", "int4", "int8"}
        ):
            raise FailureError("identity column type must be smallint, integer, or bigint")
        sequence = next((str(v[-1]) for k, v in wanted.sequence if k == "sequence_name"), None) or run.choose(
            table.schema, table.name, wanted.name, "seq"
        )
        if serial:
            default = next_value(table.schema, sequence)
    if wanted.generated:
        generated.check_expression(run, table, wanted.default, wanted.generated, wanted.name)
        _fits_column(run, wanted.name, wanted.default, kind, table)
    elif default is not None and not serial:
        check_default(run, wanted.name, default, kind)
    column = Column(
        number=number,
        name=wanted.name.encode()[:63].decode(errors="ignore"),
        type=kind,
        not_null=wanted.not_null or serial or bool(wanted.identity),
        default=None if is_null_constant(default) else default,
        generated=wanted.generated,
        identity=wanted.identity,
        collation=wanted.collation,
        storage=wanted.storage,
        compression=wanted.compression,
        not_null_name=wanted.not_null_name,
        not_null_no_inherit=wanted.not_null_no_inherit,
        unknown=types.spelled(wanted.type, kind),
    )
    return column, sequence


def unknown_type(run: Run, wanted: op.TypeRef) -> None:
    name = f"{wanted.schema}.{wanted.name}" if wanted.schema else wanted.name
    if wanted.name.startswith("?"):
        return  # only a run knows it (trees.Statement); what follows from not knowing it is said where it matters
    if "%type" in name:
        run.doubt(f"type {name} is outside the model")
    elif run.catalog.complete and not run.catalog.opaque and not _extension_types(run):
        raise FailureError(f'type "{name}" does not exist')
    else:
        run.doubt(f"type {name} is not known")


def _extension_types(run: Run) -> bool:
    return bool(
        run.catalog.extensions.keys()
        - {"plpgsql", "citext", "uuid-ossp", "pgcrypto", "btree_gist", "btree_gin", "pg_trgm"}
    )


def next_value(schema: str, name: str) -> Node:
    """`nextval('schema.name'::regclass)`."""
    literal = {"A_Const": {"sval": {"sval": f"{schema}.{name}"}}}
    cast = {"TypeCast": {"arg": literal, "typeName": {"names": [{"String": {"sval": "regclass"}}], "typemod": -1}}}
    return {
        "FuncCall": {
            "funcname": [{"String": {"sval": "nextval"}}],
            "args": [cast],
            "funcformat": "COERCE_EXPLICIT_CALL",
        }
    }


def check_default(run: Run, name: str, default: Node, kind: Type | None) -> None:
    """Refuse a default that uses columns, or whose type does not fit the column's."""
    if any(True for _ in references(default)):
        raise FailureError("cannot use column reference in DEFAULT expression")
    analysis.sound(run, default)
    if any(kind == "SubLink" for kind, _ in walk(default)):
        raise FailureError("cannot use subquery in DEFAULT expression")
    _fits_column(run, name, default, kind)


def _fits_column(run: Run, name: str, default: Node | None, kind: Type | None, table: Table | None = None) -> None:
    """Refuse a default or generating expression whose type cannot be assigned to the column's."""
    found = infer(default, run.scope(table)) if default is not None else None
    if found is None or kind is None or default is None:
        return
    if found == UNKNOWN:
        check_literal(run, default, kind)
    elif types.way(found, kind, run.catalog, "a", run.version) is None:
        raise FailureError(
            f'column "{name}" is of type {types.words(kind, run.catalog)} but default expression is of type'
            f" {types.words(found, run.catalog)}"
        )


def check_literal(run: Run, default: Node, kind: Type) -> None:
    """Refuse a literal that a type certainly does not read: an unknown enum label, no number, no boolean."""
    value = constant(default)
    if not isinstance(value, str):
        return
    kind = types.base_type(kind, run.catalog)
    if kind.array:
        if value.strip()[:1] not in {"{", "["}:
            raise FailureError(f'malformed array literal: "{value}"')
        return
    sure = run.catalog.complete and not run.catalog.opaque and value.isidentifier() and not value.startswith("pg_")
    if kind.base == "regclass" and sure and run.catalog.lookup(value, None, run.path) is None:
        raise FailureError(f'relation "{value}" does not exist')
    user = types.user_type(kind, run.catalog)
    if user is not None and user.kind == "enum" and value in user.labels:
        use_label(run, user.number, value)
    try:
        coerce(value, Type(kind.base), run.catalog)
    except RefusedError as refusal:
        raise FailureError(str(refusal)) from refusal


def make_sequence(run: Run, table: Table, column: Column, name: str, options: tuple[tuple[str, Any], ...]) -> None:
    """The sequence behind a serial or identity column."""
    kind = types.base_type(column.type, run.catalog).base if column.type else "int8"
    run.catalog.put(
        Sequence(
            number=run.catalog.number(),
            schema=table.schema,
            name=name,
            type=str(kind),
            options=tuple(o for o in options if o[0] not in {"sequence_name", "owned_by"}),
            owned_by=(table.number, column.number),
            identity=bool(column.identity),
            # up to 14 only temporary tables hand theirs on
            persistence=table.persistence if run.version >= 15 or table.persistence == "t" else "p",
        )
    )


def add_column(alter: Alter, number: int, action: op.AddColumn, *, skip_keys: bool) -> None:
    """ADD COLUMN: a new file only for what must be computed row by row; else a catalogue change (ATExecAddColumn)."""
    run = alter.run
    wanted = action.column
    table = run.current(number)
    if table.of_type is not None:
        raise FailureError("cannot add column to typed table")
    if table.partition:
        raise FailureError("cannot add column to a partition")
    if table.column(wanted.name) is not None:
        if action.missing_ok:
            return
        raise FailureError(f'column "{wanted.name}" of relation "{table.name}" already exists')
    if alter.only and run.catalog.children.get(number):
        raise FailureError("column must be added to child tables too")
    if wanted.identity and table.kind != "partitioned table" and run.catalog.children.get(number):
        raise FailureError("cannot recursively add identity column to table that has child tables")
    sequence_made = None
    for child in alter.family(number):
        now = run.current(child)
        existing = now.column(wanted.name)
        if existing is not None and child != number:
            wanted_type = types.resolve(wanted.type, run.catalog, run.path)
            if existing.type is not None and wanted_type is not None and existing.type != wanted_type:
                raise FailureError(f'child table "{now.name}" has different type for column "{wanted.name}"')
            run.catalog.put(now.with_column(replace(existing, inherited=existing.inherited + 1)))
            continue
        if child == number:
            column, sequence_made = make_column(run, now, wanted, now.next_column)
        else:
            column = replace(run.column(table, wanted.name), number=now.next_column, local=False, inherited=1)
        if run.version >= 18 and column.not_null and column.not_null_name is None:
            from contractcheck.migrations.postgresql import naming

            column = replace(column, not_null_name=naming.constraint_name(run, now, (wanted.name,), "not_null"))
        run.catalog.put(replace(now, columns=(*now.columns, column), next_column=now.next_column + 1))
        if child == number and sequence_made is not None:
            make_sequence(run, now, column, sequence_made, wanted.sequence)
        after = run.current(child)
        run.catalog.put(replace(after, rows=rows.with_column(run, after)))
        _fill(alter, child, column)
        alter.work(child).added.append(column.number)
    for constraint in wanted.constraints:
        constraints.add_constraint(alter, number, constraint, skip=skip_keys)


def _fill(alter: Alter, number: int, column: Column) -> None:
    """How the rows that are there get their value."""
    run = alter.run
    table = run.current(number)
    run.blank.discard((number, column.number))
    if table.kind in {"foreign table", "composite", "view"}:
        return
    work = alter.work(number)
    missing = True
    if column.generated == "stored" or column.identity:
        work.rewrite = True
        missing = False
    elif column.generated == "virtual":
        missing = True
    else:
        default = column.default or domain_default(run, column.type)
        if default is not None:
            level, name = volatility(default, run.scope())
            missing = False
            # a domain is checked row by row: where there is none, nothing is refused
            computed = not types.has_constraints(column.type, run.catalog)
            if level != "v" and (computed or (table.rows is not None and run.has_rows(number))):
                _fits(run, default, column.type)
            if level == "v":
                work.rewrite = True
                _draw(run, default)
            elif level == "?":
                work.rewrite = True
                why = f"whether function {name} is volatile is not known: if it is not, nothing is rewritten"
                run.doubt(why, schema=False)
    if types.has_constraints(column.type, run.catalog):
        work.rewrite = True
        if missing:
            _refuse_null(run, table, column)
    if column.type is None:
        why = f"the type of column {column.name} is not known: a domain with constraints would rewrite the table"
        run.doubt(why, schema=False)
    if missing and column.type is not None and column.generated != "virtual":
        run.blank.add((number, column.number))
    if missing and column.not_null:
        work.not_null.append(column.number)
        if column.generated != "virtual":
            _needs_value(run, table, column)


def _fits(run: Run, default: Node, kind: Type | None) -> None:
    """Refuse a default that does not fit the column: it is worked out once, for the rows that are there."""
    try:
        coerce(evaluate(default, {}, run.catalog), kind, run.catalog)
    except RefusedError as refusal:
        raise FailureError(str(refusal)) from refusal


def _needs_value(run: Run, table: Table, column: Column) -> None:
    if table.kind == "partitioned table":
        return
    if table.rows is None:
        run.note(f"fails if {table.key} holds a row: column {column.name} is NOT NULL without a default")
        run.remark("needs a value", str(table.key), column.name)
    elif run.has_rows(table.number):
        raise FailureError(f'column "{column.name}" of relation "{table.name}" contains null values')


def _refuse_null(run: Run, table: Table, column: Column) -> None:
    user = types.user_type(column.type, run.catalog)
    while user is not None and user.kind == "domain":
        if user.not_null and table.rows is not None and run.has_rows(table.number):
            raise FailureError(f"domain {user.name} does not allow null values")
        user = types.user_type(user.base, run.catalog)


def domain_default(run: Run, kind: Type | None) -> Node | None:
    """The default a column gets from its domain."""
    user = types.user_type(kind, run.catalog)
    while user is not None and user.kind == "domain":
        if user.default is not None:
            return user.default
        user = types.user_type(user.base, run.catalog)
    return None


def _draw(run: Run, default: Node) -> None:
    for sequence in run.catalog.sequences():
        if drops.draws_from(run, default, sequence):
            run.lock(sequence.number, Lock.ROW_EXCLUSIVE)


def drop_column(alter: Alter, number: int, action: op.DropColumn) -> None:
    """DROP COLUMN with what goes with it."""
    run = alter.run
    table = run.current(number)
    if table.of_type is not None:
        raise FailureError("cannot drop column from typed table")
    column = table.column(action.column)
    if column is None:
        if action.missing_ok and table.known:
            return
        if not run.knows(table):
            column = run.column(table, action.column)
            table = run.current(number)
            run.note(f"indexes, constraints and views that use {action.column} are not known")
        else:
            raise FailureError(f'column "{action.column}" of relation "{table.name}" does not exist')
    if column.inherited and table.parents:
        raise FailureError(f'cannot drop inherited column "{column.name}"')
    if alter.only and table.kind == "partitioned table" and run.catalog.children.get(number):
        raise FailureError("cannot drop column from only the partitioned table when partitions exist")
    things: list[drops.Thing] = []
    _drop_from(alter, number, column.name, things)
    described = f"column {action.column} of table {table.key}"
    drops.delete(run, things, cascade=action.cascade, described=described)


def _drop_from(alter: Alter, number: int, name: str, things: list[drops.Thing]) -> None:
    """A column of a table, and of the children that only inherited it (ATExecDropColumn)."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, name)
    check_partition_key(table, column, "drop column")
    things.append(("column", number, column.number))
    for child in run.catalog.children.get(number, ()):
        run.lock(child, alter.lock)
        inner = run.current(child).column(name)
        if inner is None:
            continue
        if not alter.only and inner.inherited == 1 and not inner.local:
            _drop_from(alter, child, name, things)
        else:
            left = replace(inner, inherited=max(0, inner.inherited - 1), local=inner.local or alter.only)
            run.catalog.put(run.current(child).with_column(left))


def check_partition_key(table: Table, column: Column, what: str) -> None:
    """Refuse what cannot be done to a column of the partition key."""
    from contractcheck.migrations.postgresql.expressions import column_names

    for key, expression, _, _ in table.keys:
        if key == column.number or (expression is not None and column.name in column_names(expression)):
            raise FailureError(
                f'cannot {what} "{column.name}" because it is part of the partition key of "{table.name}"'
            )


def set_default(alter: Alter, number: int, action: op.SetDefault) -> None:
    """SET or DROP DEFAULT: a catalogue change, also below."""
    run = alter.run
    for child in alter.family(number):
        table = run.current(child)
        column = run.column(table, action.column)
        if column.identity:
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is an identity column')
        if column.generated:
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is a generated column')
        if action.default is not None:
            check_default(run, column.name, action.default, column.type)
        user = types.user_type(column.type, run.catalog)
        kept = user is not None and user.kind == "domain"  # there it stands above the default of the domain
        default = None if is_null_constant(action.default) and not kept else action.default
        run.catalog.put(run.current(child).with_column(replace(column, default=default)))


def alter_identity(alter: Alter, number: int, action: op.AlterIdentity) -> None:
    """ADD, SET or DROP IDENTITY: a catalogue change with its sequence."""
    run = alter.run
    table = run.current(number)
    column = run.column(table, action.column)
    if run.version >= 17 and table.partition:
        raise FailureError("cannot change identity of a column of a partition")
    if run.version >= 17 and alter.only and table.kind == "partitioned table" and run.catalog.children.get(number):
        raise FailureError("cannot change identity of a column of only the partitioned table")
    if action.how == "add":
        if run.knows(table) and not column.not_null:
            raise FailureError(
                f'column "{column.name}" of relation "{table.name}" must be declared NOT NULL before identity'
            )
        if column.identity:
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is already an identity column')
        if column.default is not None:
            raise FailureError(f'column "{column.name}" of relation "{table.name}" already has a default value')
        if column.type and types.base_type(column.type, run.catalog).base not in {"int2", "int4", "int8"}:
            raise FailureError("identity column type must be smallint, integer, or bigint")
        changed = replace(column, identity=action.identity or "a", not_null=True)
        run.catalog.put(run.current(number).with_column(changed))
        _identity_below(alter, number, column.name, changed.identity)
        named = next((str(value[-1]) for key, value in action.options if key == "sequence_name"), None)
        name = named or run.choose(table.schema, table.name, column.name, "seq")
        make_sequence(run, table, changed, name, action.options)
        return
    if not column.identity:
        if action.missing_ok:
            return
        if run.knows(table):
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is not an identity column')
    owned = [s for s in run.catalog.owned_sequences(number, column.number) if s.identity]
    if action.how == "drop":
        run.catalog.put(run.current(number).with_column(replace(column, identity="")))
        _identity_below(alter, number, column.name, "")
        for sequence in owned:
            run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
            run.catalog.remove(sequence.number)
        return
    if action.identity:
        run.catalog.put(run.current(number).with_column(replace(column, identity=action.identity)))
        _identity_below(alter, number, column.name, action.identity)
    for sequence in owned:
        if action.options:
            run.lock(sequence.number, Lock.SHARE_ROW_EXCLUSIVE)
            kept = {**dict(sequence.options), **dict(action.options)}
            run.catalog.put(replace(sequence, options=tuple(kept.items())))


def _identity_below(alter: Alter, number: int, name: str, identity: str) -> None:
    """From 17 the partitions have the identity of their parent, and share its sequence."""
    run = alter.run
    if run.version < 17 or run.current(number).kind != "partitioned table":
        return
    if alter.only and run.catalog.children.get(number):
        raise FailureError("cannot change identity of a column of only the partitioned table")
    for child in run.catalog.descendants(number):
        run.lock(child, alter.lock)
        inner = run.current(child).column(name)
        if inner is not None:
            not_null = inner.not_null or bool(identity)
            run.catalog.put(run.current(child).with_column(replace(inner, identity=identity, not_null=not_null)))


def _fixed(run: Run, kind: Type) -> bool:
    """Whether values of a type have a fixed length: they are never compressed or moved out of line."""
    if kind.array:
        return False
    user = types.user_type(kind, run.catalog)
    return facts.fixed(kind.base) if isinstance(kind.base, str) else user is not None and user.kind == "enum"


def alter_setting(alter: Alter, number: int, action: op.AlterColumnSetting) -> None:
    """STATISTICS, STORAGE, COMPRESSION and attribute options of a column."""
    run = alter.run
    family = alter.family(number) if action.setting in {"statistics", "storage"} else (number,)
    if action.setting == "compression":
        run.need(14, "SET COMPRESSION")
    for child in family:
        table = run.current(child)
        column = run.column(table, action.column)
        match action.setting:
            case "statistics":
                if column.generated == "virtual":
                    raise FailureError(f'cannot alter statistics on virtual generated column "{column.name}"')
                value = action.value if isinstance(action.value, int) and action.value >= 0 else None
                column = replace(column, statistics=value)
            case "storage":
                base = types.base_type(column.type, run.catalog) if column.type else None
                if base is not None and _fixed(run, base) and str(action.value).lower() not in {"plain", "default"}:
                    words = types.words(base, run.catalog)
                    raise FailureError(f"column data type {words} can only have storage PLAIN")
                if str(action.value).lower() == "default":
                    run.need(16, "STORAGE DEFAULT")
                column = replace(column, storage=str(action.value).lower())
            case "compression":
                base = types.base_type(column.type, run.catalog) if column.type else None
                if base is not None and _fixed(run, base):
                    words = types.words(base, run.catalog)
                    raise FailureError(f"column data type {words} does not support compression")
                column = replace(column, compression=str(action.value).lower())
            case "options":
                column = replace(column, options=tuple(sorted({**dict(column.options), **dict(action.value)}.items())))
            case _:
                gone = dict(action.value)
                column = replace(column, options=tuple(o for o in column.options if o[0] not in gone))
        run.catalog.put(run.current(child).with_column(column))
