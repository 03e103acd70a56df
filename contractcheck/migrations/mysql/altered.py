"""ALTER TABLE carried out on the definition of a table: what the table becomes, or why the server refuses."""

from typing import assert_never

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.definitions import make_column, mentions, need_column
from contractcheck.migrations.mysql.failure import FailureError, cannot_drop, unknown_column
from contractcheck.migrations.mysql.finish import finish
from contractcheck.migrations.mysql.foreign import add_foreign_key
from contractcheck.migrations.mysql.keys import add_check, add_index, alter_check, drop_key, rename_index
from contractcheck.migrations.mysql.model import Column, Database, Index, Part, Table, Type
from contractcheck.migrations.mysql.options import convert, partitioned, set_options
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.types import BLOBS, TEXTS
from contractcheck.migrations.mysql.work import Altered


def alter(database: Database, target: Target, table: Table, actions: tuple[st.Action, ...]) -> Altered:
    """Carry out the actions. Raises FailureError where the server refuses them."""
    origin = replace(table, columns=tuple(replace(column, origin=column.name) for column in table.columns))
    work = Altered(database, target, table, origin)
    _once(target, table, actions)
    _one_charset(target, actions)
    # Drops and changes of columns come before what is added, whatever the order they are written in.
    for action in actions:
        if isinstance(action, st.DropColumn):
            _drop_column(work, action, actions)
    _rename_columns(work, actions)
    for action in actions:
        if isinstance(action, st.ChangeColumn):
            _change(work, action)
        elif isinstance(action, st.AddColumn):
            _add_column(work, action)
        elif isinstance(action, st.SetVisible):
            need_column(work.table, action.name)
            column = need_column(work.table, action.name)
            work.table = work.table.with_column(replace(column, invisible=not action.visible))
    for action in actions:
        if isinstance(action, st.SetDefault):
            _set_default(work, action)
    for action in actions:
        if isinstance(action, st.DropIndex | st.DropConstraint | st.DropForeignKey):
            drop_key(work, action)
    for action in actions:
        if isinstance(action, st.AddIndex):
            add_index(work, action)
        elif isinstance(action, st.AddCheck):
            add_check(work, action.check, missing_ok=action.missing_ok)
        elif isinstance(action, st.AddForeignKey):
            add_foreign_key(work, action)
        else:
            _other(work, action)
    finish(work)
    return work


def _once(target: Target, table: Table, actions: tuple[st.Action, ...]) -> None:
    """Refuse two actions on one column: the second does not find it any more (error 1054)."""
    seen: set[str] = set()
    # MariaDB finds a column that it moves once more, for its default (measured).
    moved = {
        action.name.lower()
        for action in actions
        if target.mariadb and isinstance(action, st.ChangeColumn) and action.position is not None
    }
    for action in actions:
        if isinstance(action, st.ChangeColumn | st.RenameColumn | st.SetDefault | st.DropColumn):
            name = action.name.lower()
            if isinstance(action, st.SetDefault) and name in moved:
                continue
            if name in seen and not action.missing_ok:
                raise unknown_column(action.name, table.name)
            seen.add(name)


_VARYING = {
    "current_user",
    "load_file",
    "rand",
    "random_bytes",
    "session_user",
    "sysdate",
    "system_user",
    "user",
    "uuid",
    "uuid_short",
}


def _steady(column: Column) -> None:
    """Refuse a default in MySQL that would be another on a replica (error 1674)."""
    default = column.default or ()
    varying = next((part for at, part in enumerate(default[:-1]) if part in _VARYING and default[at + 1] == "("), None)
    if varying is not None:
        raise FailureError(1674, f"the default of {column.name} calls {varying}(), which is unsafe for replicas")


def _one_charset(target: Target, actions: tuple[st.Action, ...]) -> None:
    """Refuse two character sets for one table (error 1302)."""
    converted = [a.charset for a in actions if isinstance(a, st.ConvertTo) and a.charset is not None]
    given = [v for a in actions if isinstance(a, st.SetOptions) for n, v in a.options if n == "charset"]
    for sets in (converted, given) if target.mariadb else ([*converted, *given],):
        if len(set(sets)) > 1:
            raise FailureError(1302, f"conflicting character sets: {sets[0]} and {sets[-1]}")


def _drop_column(work: Altered, action: st.DropColumn, actions: tuple[st.Action, ...]) -> None:
    column = work.table.column(action.name)
    if column is None:
        if action.missing_ok:
            return
        raise cannot_drop(action.name, "column")
    name = column.name.lower()
    dropped = {a.name.lower() for a in actions if isinstance(a, st.DropForeignKey | st.DropConstraint)}
    gone = {a.name.lower() for a in actions if isinstance(a, st.DropColumn)}
    for key in work.table.foreign_keys:
        if name in {each.lower() for each in key.columns} and key.name.lower() not in dropped:
            raise FailureError(1828, f"cannot drop column {column.name}: needed in the foreign key {key.name}")
    for table, key in work.database.referencing(work.before.name):
        if name in {each.lower() for each in key.referenced}:
            raise FailureError(1829, f"cannot drop column {column.name}: needed in {key.name} of {table.name}")
    for other in work.table.columns:
        if other.name.lower() in gone:
            continue
        if mentions(other.expression, name) or (mentions(other.check, name) and other.name.lower() != name):
            raise FailureError(1054, f"column {column.name} is used by column {other.name}")
        if work.target.mariadb and mentions(other.default, name):
            raise FailureError(1054, f"column {column.name} is used by the default of {other.name}")
    for check in work.table.checks:
        if mentions(check.expression, name) and check.name.lower() not in dropped:
            only = [c.name.lower() for c in work.table.columns if mentions(check.expression, c.name)] == [name]
            if not only:
                raise FailureError(1054, f"column {column.name} is used by the check {check.name}")
            work.table = replace(work.table, checks=tuple(c for c in work.table.checks if c is not check))
    if work.table.partitions is not None and mentions(work.table.partitions.expression, name):
        raise FailureError(1054, f"column {column.name} is used by the partitioning")
    indexes = []
    for index in work.table.indexes:
        if name not in index.columns:
            indexes.append(index)
            continue
        parts = tuple(part for part in index.parts if (part.column or "").lower() != name)
        needed = parts and index.kind in {"primary", "unique"} and work.target.mariadb
        if needed and not any(isinstance(a, st.DropIndex) and a.name.lower() == index.name.lower() for a in actions):
            raise FailureError(1072, f"key column {column.name} does not exist in {work.table.name}")
        if parts and index.kind != "spatial":
            indexes.append(replace(index, parts=parts))
    columns = tuple(c for c in work.table.columns if c is not column)
    if not columns and not any(isinstance(a, st.AddColumn) for a in actions):
        raise FailureError(1090, "a table cannot lose all its columns")
    work.table = replace(work.table, columns=columns, indexes=tuple(indexes))


def _rename_columns(work: Altered, actions: tuple[st.Action, ...]) -> None:
    """All renames at once, so that names may be swapped."""
    renames: dict[str, str] = {}
    for action in actions:
        if isinstance(action, st.RenameColumn):
            if work.table.column(action.name) is None:
                if action.missing_ok:
                    continue
                raise unknown_column(action.name, work.table.name)
            renames[action.name.lower()] = action.new_name
        elif (
            isinstance(action, st.ChangeColumn)
            and action.column.name.lower() != action.name.lower()
            and work.table.column(action.name) is not None
        ):
            renames[action.name.lower()] = action.column.name
    if not renames:
        return
    names = [renames.get(column.name.lower(), column.name) for column in work.table.columns]
    lowered = [name.lower() for name in names]
    twice = next((name for name in lowered if lowered.count(name) > 1), None)
    if twice is not None:
        raise FailureError(1060, f"duplicate column {twice}")
    if work.table.partitions is not None:
        used = next((name for name in renames if mentions(work.table.partitions.expression, name)), None)
        if used is not None and not work.target.mariadb:
            raise FailureError(3855, f"column {used} is used by the partitioning")
    if not work.target.mariadb:
        for name in renames:
            for column in work.table.columns:
                if mentions(column.expression, name) or (column.name.lower() != name and mentions(column.check, name)):
                    raise FailureError(3108, f"column {name} has a generated column that depends on it")
            used_by = next((check for check in work.table.checks if mentions(check.expression, name)), None)
            if used_by is not None:
                raise FailureError(3959, f"the check {used_by.name} uses column {name}, which is renamed")
    work.table = rename_columns(work.table, renames)


def rename_columns(table: Table, renames: dict[str, str]) -> Table:
    """The table with columns renamed (lower-case name: new name) wherever they are named."""

    def name(old: str) -> str:
        return renames.get(old.lower(), old)

    def text(expression: Expression | None) -> Expression | None:
        return (
            None
            if expression is None
            else tuple(renames.get(part, part).lower() if part in renames else part for part in expression)
        )

    columns = tuple(
        replace(
            c,
            name=name(c.name),
            expression=text(c.expression),
            check=text(c.check),
            default=c.default if c.default is None or len(c.default) == 1 else text(c.default),
        )
        for c in table.columns
    )
    indexes = tuple(
        replace(
            i,
            parts=tuple(
                Part(name(p.column) if p.column else None, p.length, p.descending, text(p.expression)) for p in i.parts
            ),
        )
        for i in table.indexes
    )
    keys = tuple(replace(k, columns=tuple(name(c) for c in k.columns)) for k in table.foreign_keys)
    keys = tuple(
        replace(k, referenced=tuple(name(c) for c in k.referenced)) if k.table.lower() == table.key else k for k in keys
    )
    checks = tuple(replace(c, expression=text(c.expression) or ()) for c in table.checks)
    rows = table.rows
    if rows is not None:
        rows = replace(rows, values={name(c).lower(): values for c, values in rows.values.items()})
    return replace(table, columns=columns, indexes=indexes, foreign_keys=keys, checks=checks, rows=rows)


def _change(work: Altered, action: st.ChangeColumn) -> None:
    """MODIFY or CHANGE: the column has its new name already."""
    old = work.table.column(action.column.name)
    if old is None or old.origin is None or old.origin.lower() != action.name.lower():
        if action.missing_ok and work.before.column(action.name) is None:
            return
        raise unknown_column(action.name, work.table.name)
    column = make_column(action.column, work.table, work.target, first_timestamp=_first_timestamp(work.table, old.name))
    primary = work.table.primary
    if primary is not None and column.name.lower() in primary.columns:
        if action.column.null:
            raise FailureError(1171, f"all parts of a primary key must be NOT NULL: {column.name}")
        column = replace(column, not_null=True)
    if column.generated != old.generated and "virtual" in {column.generated, old.generated}:
        raise (
            FailureError(1907, "a generated column cannot be made virtual or stored by ALTER TABLE")
            if (work.target.mariadb)
            else FailureError(3106, "changing the STORED status of a generated column is not supported")
        )
    if column.check is not None and column.check != old.check and not work.target.mariadb:
        # MariaDB does not verify the CHECK of a changed column, unless it copies the rows anyway (measured).
        work.demands.add("add check")
    if work.target.mariadb and old.type is not None and column.type is not None:
        _castable(old.type, column)
    column = replace(column, origin=old.origin)
    work.table = work.table.with_column(column)
    _place(work, column, action.position)
    _inline(work, action.column)


_ADDRESSES = {"uuid", "inet4", "inet6"}


def _castable(old: Type, column: Column) -> None:
    """Refuse types that have no way to each other: UUID and addresses go to texts and bytes only (error 4078)."""
    new = column.type
    if new is None or old.name == new.name or not {old.name, new.name} & _ADDRESSES:
        return
    other = new.name if old.name in _ADDRESSES else old.name
    texts = {"char", "enum", "set", "varchar", "binary", "varbinary", *TEXTS, *BLOBS}
    if other not in texts and {old.name, new.name} != {"inet4", "inet6"}:
        raise FailureError(4078, f"{old.name} cannot be cast to {new.name}: column {column.name}")


def _add_column(work: Altered, action: st.AddColumn) -> None:
    definition = action.column
    if work.table.column(definition.name) is not None:
        if action.missing_ok:
            return
        raise FailureError(1060, f"duplicate column {definition.name}")
    column = make_column(definition, work.table, work.target, first_timestamp=_first_timestamp(work.table, ""))
    if not work.target.mariadb:
        _steady(column)
    work.table = replace(work.table, columns=(*work.table.columns, column))
    _place(work, column, action.position)
    _inline(work, definition)
    if definition.check is not None and not work.target.mariadb:
        work.demands.add("add check" if definition.enforced else "add check not enforced")


def _inline(work: Altered, definition: st.ColumnDef) -> None:
    """The keys that stand on a column's line."""
    if definition.primary:
        if work.table.primary is not None:
            raise FailureError(1068, "a table has one primary key")
        add_index(work, st.AddIndex(Index("PRIMARY", (Part(definition.name),), "primary")))
    if definition.unique:
        add_index(work, st.AddIndex(Index("", (Part(definition.name),), "unique")))
    if definition.references is not None and (work.target.mariadb or work.target.version >= (9, 0)):
        # MySQL 8 reads REFERENCES on a column's line and ignores it (manual, "FOREIGN KEY Constraints").
        add_foreign_key(work, st.AddForeignKey(definition.references))


def _first_timestamp(table: Table, name: str) -> bool:
    return not any(
        column.type is not None and column.type.name == "timestamp" and column.name != name for column in table.columns
    )


def _place(work: Altered, column: Column, position: st.Position | None) -> None:
    if position is None:
        return
    rest = [c for c in work.table.columns if c is not column and c.name.lower() != column.name.lower()]
    found = work.table.column(column.name) or column
    if position.after is None:
        rest.insert(0, found)
    else:
        wanted = position.after.lower()
        at = next((at for at, c in enumerate(rest) if c.name.lower() == wanted), None)
        if at is None:
            raise unknown_column(position.after, work.table.name)
        rest.insert(at + 1, found)
    work.table = replace(work.table, columns=tuple(rest))


def _set_default(work: Altered, action: st.SetDefault) -> None:
    column = work.table.column(action.name)
    if column is not None and (column.origin or "").lower() != action.name.lower():
        # A column has its old name here; only MariaDB finds one that the same statement adds.
        column = column if column.origin is None and work.target.mariadb else None
    if column is None:
        if action.missing_ok:
            return
        raise unknown_column(action.name, work.table.name)
    line = st.ColumnDef(column.name, column.type, not_null=column.not_null, default=action.default)
    work.table = work.table.with_column(replace(column, default=make_column(line, work.table, work.target).default))


def _other(work: Altered, action: st.Action) -> None:
    match action:
        case st.RenameIndex():
            rename_index(work, action)
        case st.AlterIndex():
            index = work.table.index(action.name)
            if index is None:
                if action.missing_ok:
                    return
                raise FailureError(1176, f"key {action.name} does not exist in {work.table.name}")
            if index.kind == "primary":
                raise FailureError(4174, "a primary key cannot be ignored")
            changed = replace(index, visible=action.visible)
            work.table = replace(work.table, indexes=tuple(changed if i is index else i for i in work.table.indexes))
        case st.AlterCheck():
            alter_check(work, action)
        case st.RenameTo():
            work.new_name = action.table.name
        case st.ConvertTo():
            convert(work, action)
        case st.SetOptions():
            set_options(work, action)
        case st.Bare():
            work.demands.add({"force": "recreate", "order by": "order by"}.get(action.what, action.what))
        case st.PartitionBy():
            if action.partitioning is None and work.table.partitions is None:
                raise FailureError(1505, f"{work.table.name} is not partitioned")
            partitioned(work, action.partitioning)
            work.demands.add("partition by" if action.partitioning is not None else "remove partitioning")
            work.table = replace(work.table, partitions=action.partitioning)
        case st.AlterPartitions():
            work.demands.add(f"{action.what} partition")
        case (
            st.AddColumn()
            | st.ChangeColumn()
            | st.DropColumn()
            | st.RenameColumn()
            | st.SetDefault()
            | st.SetVisible()
            | st.AddIndex()
            | st.DropIndex()
            | st.AddForeignKey()
            | st.DropForeignKey()
            | st.AddCheck()
            | st.DropConstraint()
        ):
            pass
        case never:
            assert_never(never)
