"""Keys and checks that ALTER TABLE adds, drops and renames."""

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.definitions import check_index, check_names, covers, index_name, mentions
from contractcheck.migrations.mysql.failure import FailureError, cannot_drop, unknown_column
from contractcheck.migrations.mysql.model import Check, Column, Part, Table
from contractcheck.migrations.mysql.work import Altered


def drop_key(work: Altered, action: st.DropIndex | st.DropConstraint | st.DropForeignKey) -> None:
    """Drop an index, a foreign key or a check. Raises FailureError where there is none."""
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
        and wanted not in work.dropped_keys
        and work.before.index(action.name) is not None
        and table.index(action.name) is None
    ):
        return  # it went with its last column
    if not action.missing_ok:
        kinds = {st.DropIndex: "index", st.DropConstraint: "constraint", st.DropForeignKey: "foreign key"}
        raise cannot_drop(action.name, kinds[type(action)])


def add_index(work: Altered, action: st.AddIndex) -> None:
    """Add an index. Raises FailureError."""
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


def add_check(work: Altered, check: Check, *, missing_ok: bool) -> None:
    """Add a CHECK. Raises FailureError."""
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


def rename_index(work: Altered, action: st.RenameIndex) -> None:
    """Give an index another name. Raises FailureError."""
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


def alter_check(work: Altered, action: st.AlterCheck) -> None:
    """Switch a CHECK on or off. Raises FailureError."""
    check = next((check for check in work.table.checks if check.name.lower() == action.name.lower()), None)
    if check is None:
        raise FailureError(3940, f"there is no check {action.name}")
    changed = replace(check, enforced=action.enforced)
    work.table = replace(work.table, checks=tuple(changed if c is check else c for c in work.table.checks))
    if action.enforced and not check.enforced:
        work.demands.add("add check")
