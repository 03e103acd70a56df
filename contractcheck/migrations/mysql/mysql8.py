"""How InnoDB of MySQL 8.0 and 8.4 carries out an ALTER TABLE.

The sets and the order of the questions are those of ha_innobase::check_if_supported_inplace_alter and
innobase_support_instant (storage/innobase/handler/handler0alter.cc, 8.0.29 to 8.4); the manual's tables are in 17.12.1,
"Online DDL Operations". 8.0 stands for its last releases: before 8.0.29 a column is added instantly at the end only,
and none is dropped so; before 8.0.28 none is renamed so.
"""

from contractcheck.migrations.mysql.definitions import literal
from contractcheck.migrations.mysql.flags import Flags
from contractcheck.migrations.mysql.model import Table
from contractcheck.migrations.mysql.verdict import INSTANT, Verdict
from contractcheck.migrations.mysql.work import Altered

_MOST_VERSIONS = 64
_IGNORED = {
    "column default",
    "column format",
    "rename",
    "index comment",
    "index ignorability",
    "add check not enforced",
    "drop check",
    "column visibility",
    "column comment",
    "column srid",
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
    "default charset",
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
_REBUILDING_OPTIONS = {"row_format", "key_block_size", "tablespace", "encryption", "compression"}


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
    if flags.has("convert") and _converts(work):
        return copy("the characters are converted")
    names = flags.names - {"convert"}
    if flags.has("convert"):
        names = names | {"recreate"}
    beyond = names - _IGNORED - _NOREBUILD - _REBUILD
    if beyond:
        return copy(_words(beyond, flags))
    if "add foreign key" in names and work.target.on("foreign_key_checks"):
        return copy("a foreign key is added while foreign_key_checks is on")
    options_rebuild = "options" in names and bool(set(work.options) & _REBUILDING_OPTIONS)
    rest = names - _IGNORED
    if not rest:
        return INSTANT
    instant = _instant(work, flags, rest)
    if instant:
        return INSTANT
    rebuild = bool(rest & (_REBUILD - {"options"})) or options_rebuild
    if not rebuild and not rest & _NOREBUILD:
        return Verdict("INPLACE", "NONE", why="the options of the table change")
    if "column not nullable" in rest and not work.target.strict:
        return copy("a column becomes NOT NULL outside of strict mode")
    if "drop primary key" in rest and "add primary key" not in rest:
        return copy("the primary key is dropped without another one")
    if "column nullable" in rest and after.clustered is None and before.clustered is not None:
        return copy("the key that the rows are kept by would take NULL")
    if rest & _VIRTUAL and rest - _VIRTUAL - {"column name", "add index", "drop index"}:
        return copy("virtual columns change together with other things")
    for column in flags.new:
        default = column.default if column.stored else None
        if default is not None and literal(default) is None and default[0] == "(":
            return copy(f"the default of {column.name} is an expression")
    return _inplace(work, flags, rest, rebuild=rebuild)


def _inplace(work: Altered, flags: Flags, rest: set[str], *, rebuild: bool) -> Verdict:
    before, after = work.before, work.table
    online = True
    why = _words(rest & _REBUILD, flags) if rebuild else ""
    for column in flags.new:
        if column.auto_increment:
            online, why = False, f"{column.name} is numbered"
    if rebuild and (after.fulltext() or any(index.kind == "spatial" for index in after.indexes)):
        if after.fulltext() > 1:
            return Verdict("COPY", "SHARED", rebuilds=True, why="InnoDB builds one full-text index at a time")
        online = False
    fulltext = [index for index in flags.added if index.kind == "fulltext"]
    if len(fulltext) > 1:
        return Verdict("COPY", "SHARED", rebuilds=True, why="InnoDB builds one full-text index at a time")
    if fulltext:
        online = False
        if not before.hidden_document and before.column("FTS_DOC_ID") is None:
            rebuild, why = True, "the first full-text index adds a hidden column"
    if any(index.kind == "spatial" for index in flags.added):
        online = False
    if any(
        column is not None and column.generated == "virtual" and column.origin is None
        for index in flags.added
        for column in (after.column(part.column) if part.column else None for part in index.parts)
    ):
        online = False
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
    if rest <= {"add virtual column", "drop virtual column", "column name"}:
        return after.partitions is None or rest == {"column name"}
    if rest & _VIRTUAL and rest & {"add stored base column", "drop stored column"}:
        return False
    if not rest & {"add stored base column", "drop stored column"}:
        return False
    if before.row_format == "compressed" or before.key_block or before.hidden_document or before.fulltext():
        return False
    if before.temporary or before.instant >= _MOST_VERSIONS:
        return False
    if "drop stored column" in rest and flags.dropped:
        return False
    if "stored column order" in rest and _reordered(before, after):
        return False
    return all(
        column.default is None or literal(column.default) is not None or column.default[0] != "("
        for column in flags.new
    )


def _referenced(work: Altered) -> bool:
    """Whether a renamed column is one that foreign keys of other tables refer to: then it is done in place."""
    renamed = {
        (column.origin or "").lower() for column in work.table.columns if column.origin and column.origin != column.name
    }
    return any(
        renamed & {name.lower() for name in key.referenced} for _, key in work.database.referencing(work.before.name)
    )


def _reordered(before: Table, after: Table) -> bool:
    """Whether columns that stay change their order among each other."""
    kept = [c.origin.lower() for c in after.columns if c.origin is not None]
    order = [c.name.lower() for c in before.columns if c.name.lower() in kept]
    return kept != order


def _converts(work: Altered) -> bool:
    """Whether CONVERT TO changes what a column holds or how it sorts."""
    for column in work.table.columns:
        old = work.before.column(column.origin or "")
        if old is not None and old.type != column.type:
            return True
    return False


_MEANINGS = {
    "stored column type": "the type of {} changes",
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
