"""What a finished definition must keep to, whatever the actions that led there."""

from msgspec.structs import replace

from contractcheck.migrations.mysql.definitions import check_index, key_length, mentions
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.foreign import check_changed
from contractcheck.migrations.mysql.model import Column, Index
from contractcheck.migrations.mysql.types import BLOBS, TEXTS
from contractcheck.migrations.mysql.work import Altered

_OLD_KEY = 767


def finish(work: Altered) -> None:
    """Refuse a table that the server would not keep. Raises FailureError."""
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
    work.table = table = replace(table, indexes=tuple(_kept(index, work) for index in table.indexes))
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
    check_changed(work)


_CUT = {"char", "varchar", "binary", "varbinary", *BLOBS, *TEXTS}


def _kept(index: Index, work: Altered) -> Index:
    """An index that stays, its prefixes given up where the new type of a column has none."""
    if index.name.lower() in work.added_keys:
        return index
    parts = []
    for part in index.parts:
        column = work.table.column(part.column) if part.column else None
        kind = column.type if column is not None else None
        whole = kind is not None and (
            kind.name not in _CUT or (kind.length is not None and (part.length or 0) >= kind.length)
        )
        parts.append(replace(part, length=None) if whole else part)
    return replace(index, parts=tuple(parts))


def _retyped(work: Altered, column: Column) -> bool:
    old = work.before.column(column.origin or "")
    return old is not None and (old.type, old.not_null) != (column.type, column.not_null)


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
