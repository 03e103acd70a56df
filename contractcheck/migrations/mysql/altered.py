"""ALTER TABLE carried out on the definition of a table: what the table becomes, or why the server refuses."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.charsets import charset_of, default_collation
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.definitions import (
    check_index,
    check_names,
    covers,
    index_name,
    key_length,
    make_column,
    mentions,
    need_column,
)
from contractcheck.migrations.mysql.failure import FailureError, cannot_drop, unknown_column
from contractcheck.migrations.mysql.foreign import add_foreign_key
from contractcheck.migrations.mysql.model import Check, Column, Database, Index, Part, Partitioning, Table, Type
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.types import BLOBS, CHARACTERS, TEXTS

ENGINES = {"innodb", "myisam", "aria", "memory", "heap", "csv", "archive", "blackhole", "merge", "mrg_myisam"}
_OLD_KEY = 767
_ROW_FORMATS = {"default", "dynamic", "compact", "redundant", "compressed", "fixed", "page"}


@dataclass(slots=True)
class Altered:
    """The work in progress: the table before and after, and what the definitions alone do not show.

    `demands` are flags of the server (`recreate`, `convert`, `options`, `add check`, ...) that no comparison of the
    two definitions brings out; `notes` say in words what was found.
    """

    database: Database
    target: Target
    before: Table
    table: Table
    demands: set[str] = field(default_factory=set)
    added_keys: list[str] = field(default_factory=list)
    dropped_keys: set[str] = field(default_factory=set)
    options: dict[str, str] = field(default_factory=dict)
    new_name: str | None = None
    positions: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def alter(database: Database, target: Target, table: Table, actions: tuple[st.Action, ...]) -> Altered:
    """Carry out the actions. Raises FailureError where the server refuses them."""
    origin = replace(table, columns=tuple(replace(column, origin=column.name) for column in table.columns))
    work = Altered(database, target, table, origin)
    _once(table, actions)
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
        elif isinstance(action, st.SetDefault):
            _set_default(work, action)
        elif isinstance(action, st.SetVisible):
            need_column(work.table, action.name)
            column = need_column(work.table, action.name)
            work.table = work.table.with_column(replace(column, invisible=not action.visible))
    for action in actions:
        if isinstance(action, st.DropIndex | st.DropConstraint | st.DropForeignKey):
            _drop_key(work, action)
    for action in actions:
        if isinstance(action, st.AddIndex):
            _add_index(work, action)
        elif isinstance(action, st.AddCheck):
            _add_check(work, action.check, missing_ok=action.missing_ok)
        elif isinstance(action, st.AddForeignKey):
            add_foreign_key(work, action)
        else:
            _other(work, action)
    _finish(work, actions)
    return work


def _once(table: Table, actions: tuple[st.Action, ...]) -> None:
    """Refuse two actions on one column: the second does not find it any more (error 1054)."""
    seen: set[str] = set()
    for action in actions:
        if isinstance(action, st.ChangeColumn | st.RenameColumn | st.SetDefault | st.DropColumn):
            name = action.name.lower()
            if name in seen and not action.missing_ok:
                raise unknown_column(action.name, table.name)
            seen.add(name)


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
        elif isinstance(action, st.ChangeColumn) and action.column.name.lower() != action.name.lower():
            if work.table.column(action.name) is not None:
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
    if not work.target.mariadb or "json_valid" not in (column.check or ()):
        # MariaDB does not verify the CHECK of a changed column, unless it copies the rows anyway (measured).
        if column.check is not None and column.check != old.check and not work.target.mariadb:
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
        _add_index(work, st.AddIndex(Index("PRIMARY", (Part(definition.name),), "primary")))
    if definition.unique:
        _add_index(work, st.AddIndex(Index("", (Part(definition.name),), "unique")))
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
    if column is None:
        if action.missing_ok:
            return
        raise unknown_column(action.name, work.table.name)
    line = st.ColumnDef(column.name, column.type, not_null=column.not_null, default=action.default)
    work.table = work.table.with_column(replace(column, default=make_column(line, work.table, work.target).default))


def _drop_key(work: Altered, action: st.DropIndex | st.DropConstraint | st.DropForeignKey) -> None:
    table, wanted = work.table, action.name.lower()
    if isinstance(action, st.DropIndex | st.DropConstraint) and not (
        isinstance(action, st.DropConstraint) and action.check
    ):
        index = table.index(action.name)
        unique = index is not None and (isinstance(action, st.DropIndex) or index.kind in {"primary", "unique"})
        if index is not None and unique:
            work.table = replace(table, indexes=tuple(i for i in table.indexes if i is not index))
            work.dropped_keys.add(index.name.lower())
            return
    if isinstance(action, st.DropForeignKey | st.DropConstraint) and not (
        isinstance(action, st.DropConstraint) and action.check
    ):
        key = next((key for key in table.foreign_keys if key.name.lower() == wanted), None)
        if key is not None:
            work.table = replace(table, foreign_keys=tuple(k for k in table.foreign_keys if k is not key))
            work.demands.add("drop foreign key")
            return
    if isinstance(action, st.DropConstraint):
        check = next((check for check in table.checks if check.name.lower() == wanted), None)
        if check is not None:
            work.table = replace(table, checks=tuple(c for c in table.checks if c is not check))
            work.demands.add("drop check")
            return
    if (
        isinstance(action, st.DropIndex)
        and work.before.index(action.name) is not None
        and table.index(action.name) is None
    ):
        return  # it went with its last column
    if not action.missing_ok:
        kinds = {st.DropIndex: "index", st.DropConstraint: "constraint", st.DropForeignKey: "foreign key"}
        raise cannot_drop(action.name, kinds[type(action)])


def _add_index(work: Altered, action: st.AddIndex) -> None:
    index, table = action.index, work.table
    if index.kind == "primary" and table.primary is not None:
        if action.missing_ok:
            return
        raise FailureError(1068, "a table has one primary key")
    if index.kind == "primary":
        for part in index.parts:
            column = need_key(table, part)
            if column is not None:
                if column.generated == "virtual" or (column.generated and work.target.mariadb):
                    raise FailureError(1903, "a primary key cannot hold a generated column")
                work.table = table = table.with_column(replace(column, not_null=True))
    if index.name and table.index(index.name) is not None:
        if action.missing_ok:
            return
        raise FailureError(1061, f"duplicate index {index.name}")
    if index.kind in {"fulltext", "spatial"} and table.engine not in {"innodb", "myisam", "aria"}:
        raise FailureError(1214, f"{table.engine} has no such index")
    if table.partitions is not None and index.kind == "fulltext":
        raise FailureError(1214, "a partitioned table has no full-text index")
    index = check_index(index, table, work.target)
    index = replace(index, name=index_name(index, table))
    partitions = table.partitions
    if partitions is not None and index.kind in {"primary", "unique"}:
        used = [column.name for column in table.columns if mentions(partitions.expression, column.name)]
        if not set(map(str.lower, used)) <= set(index.columns):
            raise FailureError(1503, f"index {index.name} must hold every column of the partitioning")
    order = {"primary": 0, "unique": 1}.get(index.kind, 2)
    before = [i for i in table.indexes if {"primary": 0, "unique": 1}.get(i.kind, 2) <= order]
    after = [i for i in table.indexes if {"primary": 0, "unique": 1}.get(i.kind, 2) > order]
    # An index that a foreign key made gives way to one of the user that can serve it.
    after = [i for i in after if not (i.generated and covers(index, i.columns))]
    before = [i for i in before if not (i.generated and covers(index, i.columns))]
    work.table = replace(table, indexes=(*before, index, *after))
    work.added_keys.append(index.name.lower())


def need_key(table: Table, part: Part) -> Column | None:
    """The column of a part. Raises FailureError where there is none."""
    if part.column is None:
        return None
    column = table.column(part.column)
    if column is None:
        raise FailureError(1072, f"key column {part.column} does not exist in {table.name}")
    return column


def _add_check(work: Altered, check: Check, *, missing_ok: bool) -> None:
    if check.name and any(each.name.lower() == check.name.lower() for each in work.table.checks):
        if missing_ok:
            return
        raise FailureError(1826, f"duplicate check {check.name}")
    _known_words(work.table, check.expression)
    check = replace(check, name=check_names(work.table, check))
    work.table = replace(work.table, checks=(*work.table.checks, check))
    work.demands.add("add check" if check.enforced else "add check not enforced")


_WORDS = {
    "and",
    "or",
    "not",
    "is",
    "null",
    "in",
    "between",
    "like",
    "regexp",
    "rlike",
    "xor",
    "div",
    "mod",
    "true",
    "false",
    "case",
    "when",
    "then",
    "else",
    "end",
    "interval",
    "as",
    "char",
    "signed",
    "unsigned",
    "binary",
    "date",
    "datetime",
    "time",
    "decimal",
    "escape",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "microsecond",
    "using",
    "collate",
    "current_timestamp",
    "current_date",
    "current_time",
}


def _known_words(table: Table, expression: Expression) -> None:
    """Refuse an expression with a name that is no column, as far as its tokens tell (error 1054)."""
    for at, part in enumerate(expression):
        if not part or not (part[0].isalpha() or part[0] == "_") or part in _WORDS or part.startswith("_"):
            continue
        after = expression[at + 1] if at + 1 < len(expression) else ""
        if (
            after in {"(", "."}
            or table.column(part) is not None
            or (at and expression[at - 1] in {"collate", "as", "using"})
        ):
            continue
        raise unknown_column(part, table.name)


def _other(work: Altered, action: st.Action) -> None:
    match action:
        case st.RenameIndex():
            _rename_index(work, action)
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
            _alter_check(work, action)
        case st.RenameTo():
            work.new_name = action.table.name
        case st.ConvertTo():
            _convert(work, action)
        case st.SetOptions():
            set_options(work, action)
        case st.Bare():
            work.demands.add({"force": "recreate", "order by": "order by"}.get(action.what, action.what))
        case st.PartitionBy():
            if action.partitioning is None and work.table.partitions is None:
                raise FailureError(1505, f"{work.table.name} is not partitioned")
            _partitioned(work, action.partitioning)
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


def _partitioned(work: Altered, partitioning: Partitioning | None) -> None:
    """Refuse partitions that a unique key or a foreign key stands against."""
    if partitioning is None:
        return
    if work.table.foreign_keys or any(True for _ in work.database.referencing(work.before.name)):
        raise FailureError(1506, "a table with foreign keys cannot be partitioned")
    used = {c.name.lower() for c in work.table.columns if mentions(partitioning.expression, c.name)}
    for index in work.table.indexes:
        if index.kind in {"primary", "unique"} and not used <= set(index.columns):
            raise FailureError(1503, f"index {index.name} must hold every column of the partitioning")


def _rename_index(work: Altered, action: st.RenameIndex) -> None:
    index = work.table.index(action.name)
    if index is None:
        if action.missing_ok:
            return
        raise FailureError(1176, f"key {action.name} does not exist in {work.table.name}")
    other = work.table.index(action.new_name)
    if other is not None and other is not index:
        raise FailureError(1061, f"duplicate index {action.new_name}")
    renamed = replace(index, name=action.new_name)
    work.table = replace(work.table, indexes=tuple(renamed if i is index else i for i in work.table.indexes))
    work.demands.add("rename index")


def _alter_check(work: Altered, action: st.AlterCheck) -> None:
    check = next((check for check in work.table.checks if check.name.lower() == action.name.lower()), None)
    if check is None:
        raise FailureError(3940, f"there is no check {action.name}")
    changed = replace(check, enforced=action.enforced)
    work.table = replace(work.table, checks=tuple(changed if c is check else c for c in work.table.checks))
    if action.enforced and not check.enforced:
        work.demands.add("add check")


def _convert(work: Altered, action: st.ConvertTo) -> None:
    database = work.database
    charset = action.charset or database.charset or work.table.charset
    collation = action.collation
    if collation is None:
        same = action.charset is None and database.charset is not None
        collation = (database.collation if same else None) or default_collation(
            charset, work.target.dialect, work.target.version
        )
    if charset_of(collation) not in {charset, None}:
        raise FailureError(1253, f"the collation {collation} is not one of {charset}")
    work.options |= {"charset": charset, "collate": collation}
    columns = []
    for column in work.table.columns:
        kind = column.type
        if kind is None or kind.name not in CHARACTERS or kind.charset == "binary":
            columns.append(column)
            continue
        # A TEXT grows so that it still holds as many characters (manual, "ALTER TABLE Statement").
        name = kind.name
        if name in TEXTS and work.target.mariadb is False and name == "text" and _wider(kind.charset, charset):
            name = "mediumtext"
        elif name in TEXTS and work.target.mariadb and _wider(kind.charset, charset):
            name = {"tinytext": "text", "text": "mediumtext", "mediumtext": "longtext"}.get(name, name)
        columns.append(replace(column, type=replace(kind, name=name, charset=charset, collation=collation)))
    work.table = replace(work.table, columns=tuple(columns), charset=charset, collation=collation)
    work.demands.add("convert")


def _wider(old: str | None, new: str) -> bool:
    from contractcheck.migrations.mysql.charsets import width

    return width(new) > width(old)


def set_options(work: Altered, action: st.SetOptions) -> None:
    """Carry out table options. Raises FailureError."""
    given = dict(action.options)
    work.options |= given
    table = work.table
    if "charset" in given or "collate" in given:
        collation = given.get("collate")
        charset = given.get("charset") or (charset_of(collation) if collation else None) or table.charset
        table = replace(
            table,
            charset=charset,
            collation=collation or default_collation(charset, work.target.dialect, work.target.version),
        )
    if "engine" in given:
        engine = given["engine"].lower()
        if engine not in ENGINES:
            raise FailureError(1286, f"there is no storage engine {given['engine']}")
        if table.foreign_keys and engine != "innodb" and table.engine == "innodb":
            raise FailureError(1217, "a table with foreign keys cannot leave InnoDB")
        if engine == table.engine:
            work.demands.add("recreate")
        if engine in {"memory", "heap"} and any(
            c.type is not None and c.type.name in {*BLOBS, *TEXTS} for c in table.columns
        ):
            raise FailureError(1163, "MEMORY has no BLOB and TEXT columns")
        table = replace(table, engine=engine)
    if "row_format" in given:
        wanted = given["row_format"].lower()
        if wanted not in _ROW_FORMATS:
            raise FailureError(1064, f"there is no row format {given['row_format']}")
        table = replace(table, row_format=wanted)
    if "key_block_size" in given:
        table = replace(table, key_block=int(given["key_block_size"]) if given["key_block_size"].isdigit() else 0)
    rigid = table.row_format in {"dynamic", "compact", "redundant"}
    if table.engine == "innodb" and table.key_block and rigid and work.target.on("innodb_strict_mode"):
        raise FailureError(1478, f"KEY_BLOCK_SIZE does not go with ROW_FORMAT={table.row_format.upper()}")
    if "comment" in given:
        table = replace(table, comment=given["comment"])
    known = {"charset", "collate", "engine", "row_format", "key_block_size", "comment", "auto_increment"}
    kept = dict(table.options) | {name: value.lower() for name, value in given.items() if name not in known}
    work.table = replace(table, options=tuple(sorted(kept.items())))


def _finish(work: Altered, actions: tuple[st.Action, ...]) -> None:
    """What the finished definition must keep to."""
    table = work.table
    automatic = [column for column in table.columns if column.auto_increment]
    if len(automatic) > 1:
        raise FailureError(1075, "there can be only one AUTO_INCREMENT column")
    for column in automatic:
        first = table.engine in {"myisam", "aria", "merge"}
        keyed = any(
            index.columns
            and (index.columns[0] == column.name.lower() or (first and column.name.lower() in index.columns))
            for index in table.indexes
            if index.kind in {"primary", "unique", "index"}
        )
        if not keyed:
            raise FailureError(1075, f"the AUTO_INCREMENT column {column.name} must be a key")
    for index in table.indexes:
        # An index that stays is looked at again where one of its columns took another type.
        columns = [table.column(part.column) for part in index.parts if part.column]
        if index.name.lower() not in work.added_keys and any(c is not None and _retyped(work, c) for c in columns):
            check_index(index, table, work.target)
    for column in automatic:
        _check_automatic(work, column.name)
    if table.engine == "innodb" and work.target.mariadb and table.row_format in {"compact", "redundant"}:
        for index in table.indexes:
            for part in index.parts if index.kind not in {"fulltext", "spatial"} else ():
                found = table.column(part.column) if part.column else None
                if found is not None and (key_length(part, found) or 0) > _OLD_KEY:
                    raise FailureError(1709, f"index {index.name} is too large for its row format")
    for column in table.columns:
        if (
            column.invisible
            and column.not_null
            and column.default is None
            and not column.auto_increment
            and work.target.mariadb
        ):
            raise FailureError(4108, f"the invisible column {column.name} must have a default")
    if all(column.invisible for column in table.columns):
        raise FailureError(1113, "a table needs a visible column")
    _check_foreign(work)
    del actions


def _retyped(work: Altered, column: Column) -> bool:
    old = work.before.column(column.origin or "")
    return old is not None and old.type != column.type


def _check_automatic(work: Altered, name: str) -> None:
    """Refuse expressions over the AUTO_INCREMENT column: its value is not known in time (error 1901, 3818)."""
    number = 1901 if work.target.mariadb else 3818
    old = work.before.column(name)
    for column in work.table.columns:
        if mentions(column.expression, name) and (work.target.mariadb is False or column.generated == "stored"):
            raise FailureError(number, f"{column.name} is computed from the AUTO_INCREMENT column {name}")
    for check in work.table.checks:
        if mentions(check.expression, name) and (check not in work.before.checks or old is None):
            raise FailureError(number, f"the check {check.name} uses the AUTO_INCREMENT column {name}")


def _check_foreign(work: Altered) -> None:
    """Indexes and types that foreign keys of this table and of others need."""
    from contractcheck.migrations.mysql.foreign import check_changed

    check_changed(work)
