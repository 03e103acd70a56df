"""How InnoDB of MySQL 8.0, 8.4 and 9.7 carries out an ALTER TABLE.

The sets and the order of the questions are those of ha_innobase::check_if_supported_inplace_alter and
innobase_support_instant (storage/innobase/handler/handler0alter.cc, 8.0.29 to 8.4); the manual's tables are in 17.12.1,
"Online DDL Operations"; the answers were measured on 9.7.4. 8.0 stands for its last releases: before 8.0.29 a column is
added instantly at the end only, and none is dropped so; before 8.0.28 none is renamed so.
"""

from contractcheck.migrations.mysql.definitions import literal
from contractcheck.migrations.mysql.flags import Flags
from contractcheck.migrations.mysql.model import Column, Table
from contractcheck.migrations.mysql.types import GEOMETRIES, TEXTS
from contractcheck.migrations.mysql.verdict import INSTANT, Verdict
from contractcheck.migrations.mysql.work import Altered

_IGNORED = {
    "column default",
    "column format",
    "rename",
    "add check not enforced",
    "drop check",
    "column visibility",
    "column comment",
    "enable keys",
    "disable keys",
}
_INSTANT = {
    "column name",
    "add virtual column",
    "drop virtual column",
    "virtual column order",
    "add stored base column",
    "stored column order",
    "drop stored column",
}
_CREATE = {"add index", "add unique index"}
_NOREBUILD = _CREATE | {
    "add foreign key",
    "drop foreign key",
    "drop index",
    "drop unique index",
    "rename index",
    "column name",
    "equal pack length",
    "add virtual column",
    "drop virtual column",
    "virtual column order",
    "index comment",
    "index ignorability",
}
_REBUILD = {
    "add primary key",
    "drop primary key",
    "options",
    "column nullable",
    "column not nullable",
    "stored column order",
    "drop stored column",
    "add stored base column",
    "recreate",
}
_VIRTUAL = {"add virtual column", "drop virtual column", "virtual column order"}
_REBUILDING_OPTIONS = {"row_format", "key_block_size", "tablespace"}


def decide(work: Altered, flags: Flags) -> Verdict:
    """The verdict on an InnoDB table."""
    before, after = work.before, work.table

    def copy(why: str) -> Verdict:
        return Verdict("COPY", "SHARED", rebuilds=True, why=why)

    if after.engine != before.engine:
        return copy(f"the engine becomes {after.engine}")
    if flags.has("order by"):
        return copy("ORDER BY sorts the rows anew")
    if flags.has("add check"):
        return copy("a CHECK is verified")
    names = set(flags.names)
    if names & {"convert", "default charset"}:
        # A character set is one of the table's options; what it does to columns their types show.
        names = names - {"convert", "default charset"} | {"options"}
    beyond = names - _IGNORED - _NOREBUILD - _REBUILD
    if beyond:
        return copy("the characters are converted" if flags.has("convert") else _words(beyond, flags))
    if "encryption" in work.options and _encrypted(before) != _encrypted(after):
        return copy("the table is encrypted, or no longer")
    if "add foreign key" in names and work.target.on("foreign_key_checks"):
        return copy("a foreign key is added while foreign_key_checks is on")
    for column in flags.new:
        default = column.default if column.stored else None
        if default is not None and literal(default) is None and default[0] == "(":
            return copy(f"the default of {column.name} is an expression")
    rest = names - _IGNORED
    if not rest or _instant(work, flags, rest):
        return INSTANT
    if "column not nullable" in rest and not work.target.strict:
        return copy("a column becomes NOT NULL outside of strict mode")
    if "drop primary key" in rest and "add primary key" not in rest:
        return copy("the primary key is dropped without another one")
    if "column nullable" in rest and after.clustered is None and before.clustered is not None:
        return copy("the key that the rows are kept by would take NULL")
    newer = work.target.version >= (9, 0)
    virtual = rest & (_VIRTUAL - {"virtual column order"} if newer else _VIRTUAL)
    if virtual and (names - _VIRTUAL - {"add index", "drop index"} or after.partitions is not None):
        return copy("virtual columns change together with other things")
    if rest & _VIRTUAL and not in_order(before, after, flags):
        return copy("virtual columns change their order")
    return _inplace(work, flags, rest, rebuild=_rebuilds(work, rest, newer=newer), virtual=bool(virtual))


def _rebuilds(work: Altered, rest: set[str], *, newer: bool) -> bool:
    """innobase_need_rebuild: most options of a table alone change its definition only; before 9, not with others."""
    if set(work.options) & _REBUILDING_OPTIONS or rest & (_REBUILD - {"options"}):
        return True
    recoded = any(_recoded(work, column) for column in work.table.columns)
    return "options" in rest and rest != {"options"} and (recoded or not newer)


def _encrypted(table: Table) -> bool:
    return dict(table.options).get("encryption", "n") not in {"", "n", "'n'"}


def _inplace(work: Altered, flags: Flags, rest: set[str], *, rebuild: bool, virtual: bool) -> Verdict:
    before, after = work.before, work.table
    online = True
    why = _words(rest & _REBUILD, flags) if rebuild else ""
    fulltext = [index for index in flags.added if index.kind == "fulltext"]
    document = before.hidden_document or before.column("FTS_DOC_ID") is not None
    if fulltext and virtual and not document:
        why = "a full-text index is added together with virtual columns"
        return Verdict("COPY", "SHARED", rebuilds=True, why=why)
    for column in flags.new:
        if column.auto_increment:
            online, why = False, f"{column.name} is numbered"
    if any(part.expression is not None for index in flags.added for part in index.parts):
        online = False  # an expression in an index is a hidden virtual column
    if any(
        column is not None and column.generated == "virtual" and column.origin is None
        for index in flags.added
        for column in (after.column(part.column) if part.column else None for part in index.parts)
    ):
        online = False
    if any(index.kind == "spatial" for index in flags.added):
        online = False
    if online and rebuild and (after.fulltext() or any(index.kind == "spatial" for index in after.indexes)):
        if before.fulltext() or before.hidden_document:
            why = "the table has a full-text index and is rebuilt"
            return Verdict("COPY", "SHARED", rebuilds=True, why=why)
        online = False
    if rebuild and any(_recoded(work, column) for column in after.columns):
        online = False
    if fulltext:
        online = False
        if not document:
            rebuild, why = True, "the first full-text index adds a hidden column"
    builds = bool(flags.added)
    if not rebuild:
        why = why or ("an index is built" if builds else "only the definition changes")
    return Verdict("INPLACE", "NONE" if online else "SHARED", rebuild, why, scans=builds and not rebuild)


def _instant(work: Altered, flags: Flags, rest: set[str]) -> bool:
    """innobase_support_instant."""
    before, after = work.before, work.table
    if rest - _INSTANT:
        return False
    if rest == {"column name"}:
        return not _referenced(work)
    if rest <= {"add virtual column", "drop virtual column"}:
        return in_order(before, after, flags)
    adds = "add stored base column" in rest and "drop virtual column" not in rest
    if not adds and not ("drop stored column" in rest and in_order(before, after, flags)):
        return False
    if before.row_format == "compressed" or before.key_block or before.temporary:
        return False
    if before.hidden_document or before.fulltext():
        return False
    if before.instant >= (64 if work.target.version < (9, 0) else 255):
        return False
    # Rows that are there would need a value: only an empty table takes the column.
    return not any(
        column.stored and column.not_null and column.default is None and not _filled(column) for column in flags.new
    )


def _filled(column: Column) -> bool:
    """Whether a column without default gets a value by itself (an empty text, 0)."""
    kind = column.type.name if column.type is not None else ""
    return kind not in {"date", "datetime", "timestamp", *GEOMETRIES}


def _referenced(work: Altered) -> bool:
    """Whether a renamed column is one that foreign keys of other tables refer to: then it is done in place."""
    renamed = {
        (column.origin or "").lower() for column in work.table.columns if column.origin and column.origin != column.name
    }
    return any(
        renamed & {name.lower() for name in key.referenced} for _, key in work.database.referencing(work.before.name)
    )


def _recoded(work: Altered, column: Column) -> bool:
    """Whether a TEXT takes another collation: then a rebuild shuts writers out (measured)."""
    old = work.before.column(column.origin or "")
    if old is None or old.type is None or column.type is None or column.type.name not in TEXTS:
        return False
    return old.type.collation != column.type.collation


def in_order(before: Table, after: Table, flags: Flags) -> bool:
    """Whether virtual columns keep their order, the new ones behind the old (check_v_col_in_order)."""
    virtual = [column for column in after.columns if not column.stored]
    now = [column.origin.lower() if column.origin else "" for column in virtual]
    kept = [name for name in now if name]
    if flags.has("add virtual column"):
        first = next(at for at, column in enumerate(after.columns) if not column.stored and column.origin is None)
        if any(column.auto_increment for column in after.columns[first:]):
            return False
        if now[: len(kept)] != kept:
            return False
    then = [column.name.lower() for column in before.columns if not column.stored and column.name.lower() in kept]
    return kept == then


_MEANINGS = {
    "stored column type": "the type of {} changes",
    "column srid": "the reference system of a column changes",
    "add stored generated column": "a stored generated column is computed for every row",
    "stored gcol expression": "a stored generated column is computed anew",
    "virtual gcol expression": "the expression of a generated column changes",
    "column not nullable": "a column becomes NOT NULL",
    "column nullable": "a column takes NULL",
    "add primary key": "the rows are ordered by another primary key",
    "recreate": "the table is recreated",
    "options": "the format of the table changes",
    "add stored base column": "a column is added and the table cannot take it instantly",
    "drop stored column": "a column is dropped and the table cannot do that instantly",
    "stored column order": "the order of columns changes",
}


def _words(names: set[str], flags: Flags) -> str:
    known = [_MEANINGS[name] for name in _MEANINGS if name in names]
    return ("; ".join(known) or ", ".join(sorted(names))).format(", ".join(flags.retyped))
