"""Foreign keys: what InnoDB needs to add one, and what it refuses to change under one."""

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.definitions import covers, index_name
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Column, ForeignKey, Index, Part, Table
from contractcheck.migrations.mysql.types import CHARACTERS, INTEGERS
from contractcheck.migrations.mysql.work import Altered


def add_foreign_key(work: Altered, action: st.AddForeignKey) -> None:
    """Add the key, and the index it needs if there is none. Raises FailureError (1005, 1072, 1822, ...)."""
    key, table = action.key, work.table
    if table.engine != "innodb":
        return  # other engines read the clause and ignore it
    copies = work.target.mariadb and work.target.on("foreign_key_checks")
    taken = work.before.foreign_keys if copies else ()  # a name dropped by the same statement is not free (measured)
    if key.name and any(each.name.lower() == key.name.lower() for each in (*taken, *table.foreign_keys)):
        if action.missing_ok:
            return
        raise FailureError(1826 if not work.target.mariadb else 1005, f"duplicate foreign key {key.name}")
    for name in key.columns:
        if table.column(name) is None:
            raise FailureError(1072, f"key column {name} does not exist in {table.name}")
    if table.partitions is not None:
        raise FailureError(1506, "a partitioned table has no foreign keys")
    for name in key.columns:
        column = table.column(name)
        if column is not None and "set null" in {key.on_delete, key.on_update} and column.not_null:
            raise FailureError(1830, f"{name} is NOT NULL and the key sets it to NULL")
        if column is not None and column.generated == "virtual":
            raise FailureError(1215, f"{name} is a virtual column")
    _refer(work, key, table)
    key = replace(key, name=key.name or _name(table, work))
    work.table = table = replace(table, foreign_keys=(*table.foreign_keys, key))
    work.demands.add("add foreign key")
    if not any(covers(index, key.columns) for index in table.indexes):
        wanted = action.index or (action.key.name or "")
        made = Index(wanted, tuple(Part(name) for name in key.columns), generated=True)
        if table.index(wanted) is not None:
            made = replace(made, name="")
        made = replace(made, name=index_name(made, table))
        work.table = replace(table, indexes=(*table.indexes, made))
        work.added_keys.append(made.name.lower())


def _name(table: Table, work: Altered) -> str:
    """TABLE_ibfk_N, one more than the highest there is."""
    stem = f"{table.name}_ibfk_"
    taken = [
        int(key.name[len(stem) :])
        for key in (*table.foreign_keys, *work.before.foreign_keys)
        if key.name.startswith(stem) and key.name[len(stem) :].isdigit()
    ]
    return f"{stem}{max(taken, default=0) + 1}"


def _refer(work: Altered, key: ForeignKey, table: Table) -> None:
    """Whether what the key refers to is there and fits; not asked with foreign_key_checks = 0."""
    if "." in key.table:
        return
    other = table if key.table.lower() == table.key else work.database.tables.get(key.table.lower())
    checked = work.target.on("foreign_key_checks")
    if other is None:
        if checked and work.database.complete:
            raise FailureError(1005, f"the foreign key refers to {key.table}, which does not exist")
        return
    if not other.known:
        return
    if other.kind != "table" or other.engine != "innodb":
        raise FailureError(1005, f"{key.table} is no InnoDB table")
    referenced = key.referenced or (other.primary.columns if other.primary else ())
    if len(referenced) != len(key.columns):
        raise FailureError(
            1239, f"the foreign key names {len(key.columns)} columns and {len(referenced)} of {key.table}"
        )
    for mine, theirs in zip(key.columns, referenced, strict=True):
        one, two = table.column(mine), other.column(theirs)
        if two is None:
            raise FailureError(1005, f"{key.table} has no column {theirs}")
        if one is not None and not fits(one, two):
            raise FailureError(1005, f"the types of {mine} and {key.table}.{theirs} do not fit")
    if not any(covers(index, tuple(referenced)) for index in other.indexes):
        raise FailureError(1005, f"no index of {key.table} begins with {', '.join(referenced)}")


def fits(one: Column, two: Column) -> bool:
    """Whether InnoDB takes two columns for a foreign key (manual, "FOREIGN KEY Constraints")."""
    a, b = one.type, two.type
    if a is None or b is None:
        return True
    if a.name in CHARACTERS - {"enum", "set"} and b.name in CHARACTERS - {"enum", "set"}:
        return a.collation == b.collation
    if a.name in {"binary", "varbinary"} and b.name in {"binary", "varbinary"}:
        return True
    if a.name in INTEGERS or b.name in INTEGERS:
        return a.name == b.name and a.unsigned == b.unsigned
    return a.name == b.name


def check_changed(work: Altered) -> None:
    """Refuse changes that would break foreign keys of this table or of others. Raises FailureError."""
    if work.before.engine != "innodb":
        return
    checked = work.target.on("foreign_key_checks")
    table = work.table
    for key in table.foreign_keys:
        if key not in work.before.foreign_keys and not _same(work, key):
            continue
        if not any(covers(index, key.columns) for index in table.indexes):
            name = next((index.name for index in work.before.indexes if index.name.lower() in work.dropped_keys), "")
            raise FailureError(1553, f"cannot drop index {name}: needed in the foreign key {key.name}")
        for name in key.columns:
            column = table.column(name)
            if column is None:
                continue
            if column.not_null and "set null" in {key.on_delete, key.on_update}:
                raise FailureError(1830, f"{name} cannot be NOT NULL: the foreign key {key.name} sets it to NULL")
            if checked and _retyped(work, column):
                raise FailureError(1832, f"cannot change column {name}: used in the foreign key {key.name}")
    for other, key in work.database.referencing(work.before.name):
        referenced = key.referenced
        now = tuple(_renamed(work, name) for name in referenced)
        for name in now:
            column = table.column(name)
            if column is not None and checked and _retyped(work, column):
                raise FailureError(1833, f"cannot change column {name}: used in {key.name} of {other.name}")
        if checked and not any(covers(index, now) for index in table.indexes):
            raise FailureError(1553, f"an index of {table.name} is needed by {key.name} of {other.name}")
        if checked and table.engine != "innodb":
            raise FailureError(1451, f"{other.name} refers to {table.name}, which would leave InnoDB")


def _same(work: Altered, key: ForeignKey) -> bool:
    return any(old.name == key.name for old in work.before.foreign_keys)


def _renamed(work: Altered, name: str) -> str:
    found = next((c for c in work.table.columns if (c.origin or "").lower() == name.lower()), None)
    return found.name if found is not None else name


def _retyped(work: Altered, column: Column) -> bool:
    """Whether a column took another type than the one it had (lengths of texts may grow)."""
    old = work.before.column(column.origin or "")
    if old is None or old.type is None or column.type is None:
        return False
    a, b = old.type, column.type
    if a.name == b.name and a.name in {"varchar", "varbinary"} and a.collation == b.collation:
        return (b.length or 0) < (a.length or 0)
    return replace(a, length=None, zerofill=False) != replace(b, length=None, zerofill=False) or (
        a.name not in INTEGERS and a.length != b.length
    )
