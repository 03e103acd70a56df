"""How MariaDB's InnoDB carries out an ALTER TABLE.

The order of the questions is that of ha_innobase::check_if_supported_inplace_alter and instant_alter_column_possible
(storage/innobase/handler/handler0alter.cc, 10.6 to 11.4); the answers were measured on 10.11.19 and 11.4.5.
"""

from contractcheck.migrations.mysql.definitions import literal, mentions
from contractcheck.migrations.mysql.flags import Flags
from contractcheck.migrations.mysql.model import Column, Table
from contractcheck.migrations.mysql.types import INTEGERS
from contractcheck.migrations.mysql.verdict import INSTANT, Verdict
from contractcheck.migrations.mysql.work import Altered

# What InnoDB does not care about (INNOBASE_INPLACE_IGNORE), and what no handler is asked about.
_IGNORED = {
    "column default",
    "column format",
    "convert",
    "virtual gcol expression",
    "drop check",
    "rename",
    "index comment",
    "index ignorability",
    "column visibility",
    "column comment",
    "default charset",
    "add check not enforced",
    "enable keys",
    "disable keys",
}
_INSTANT = {
    "virtual column order",
    "column name",
    "add virtual column",
    "add foreign key",
    "drop foreign key",
    "column type change by engine",
    "column unversioned",
    "rename index",
    "drop virtual column",
}
_CREATE = {"add index", "add unique index"}
_NOREBUILD = _CREATE | {"drop index", "drop unique index"}
_REBUILD = {
    "add primary key",
    "drop primary key",
    "options",
    "column nullable",
    "column not nullable",
    "add stored base column",
    "stored column order",
    "drop stored column",
    "recreate",
    "add system versioning",
    "drop system versioning",
}
_AVOIDABLE = {"add stored base column", "drop stored column", "stored column order", "column nullable"}
_VARYING = {"uuid", "uuid_short", "sysdate", "sleep", "nextval", "lastval", "benchmark", "get_lock", "release_lock"}


def decide(work: Altered, flags: Flags) -> Verdict:
    """The verdict on an InnoDB table. The lock of COPY is that of `copy_lock`."""
    before, after = work.before, work.table
    copy = Verdict("COPY", copy_lock(work), rebuilds=True)
    if after.engine != before.engine:
        return _because(copy, f"the engine becomes {after.engine}")
    if flags.has("order by"):
        return _because(copy, "ORDER BY sorts the rows anew")
    if flags.has("add system versioning"):
        return _because(copy, "system versioning is added")
    beyond = flags.names - _IGNORED - _INSTANT - _NOREBUILD - _REBUILD
    if beyond:
        return _because(copy, _words(beyond, flags))
    if flags.has("add foreign key") and work.target.on("foreign_key_checks"):
        return _because(copy, "a foreign key is added while foreign_key_checks is on")
    rest = flags.names - _IGNORED
    rebuilds_options = "options" in flags.names and _options_rebuild(work)
    if rest <= {"options"} and not rebuilds_options:
        return INSTANT
    if work.demands & {"ignore"} and flags.has("add unique index", "add primary key"):
        return _because(copy, "IGNORE with a unique index drops rows")
    if flags.has("drop primary key") and not flags.has("add primary key"):
        return _because(copy, "the primary key is dropped without another one")
    if flags.has("column nullable") and after.clustered is None and before.clustered is not None:
        return _because(copy, "the key that the rows are kept by would take NULL")
    if flags.has("column not nullable") and _stored_generated(before):
        return _because(copy, "a column becomes NOT NULL in a table with stored generated columns")
    online, need_rebuild = True, False
    virtual = flags.has("add virtual column", "drop virtual column", "virtual column order")
    for index in flags.added:
        if index.kind == "fulltext" and virtual and not _document(before):
            return _because(copy, "a full-text index is added together with virtual columns")
        for part in index.parts:
            column = next((c for c in flags.new if part.column and c.name.lower() == part.column.lower()), None)
            if column is None:
                continue
            if column.auto_increment:
                online, need_rebuild = False, True
            if not column.stored:
                if flags.has("drop virtual column"):
                    return _because(copy, "virtual columns are dropped and indexed ones added")
                online = False
    need_rebuild = need_rebuild or bool(flags.names & (_REBUILD - {"options"})) or rebuilds_options
    for column in after.columns:
        old = before.column(column.origin) if column.origin else None
        if old is not None:
            changed = column.not_null and not old.not_null and column.type is not None
            if changed and column.type is not None and column.type.name == "timestamp":
                return _because(copy, f"the TIMESTAMP {column.name} becomes NOT NULL")
        elif varies(column, after):
            return _because(copy, f"the default of {column.name} is not the same for every row")
    instant = _instant(work, flags, rebuilds_options=rebuilds_options)
    if virtual:
        others = rest - {
            "add virtual column",
            "drop virtual column",
            "virtual column order",
            "virtual gcol expression",
            "column vcol",
            "add index",
            "drop index",
        }
        if instant:
            others -= {"drop stored column", "stored column order"}
        if others or after.partitions is not None or not _virtual_order(before, after):
            return _because(copy, "virtual columns change together with other things")
    if instant and not flags.names & _NOREBUILD:
        if flags.has("options", "default charset") and rest & _INSTANT and not flags.names & _AVOIDABLE:
            return Verdict("NOCOPY", why="an option of the table changes beside other things")
        return INSTANT
    return _inplace(work, flags, copy, online=online, need_rebuild=need_rebuild and not instant)


def _inplace(work: Altered, flags: Flags, copy: Verdict, *, online: bool, need_rebuild: bool) -> Verdict:
    """INPLACE with a rebuild, or NOCOPY: which, and under which lock."""
    before, after = work.before, work.table
    fulltext = after.fulltext()
    fts_rebuild = False
    if need_rebuild:
        indexed_virtual = any(
            column is not None and column.generated == "virtual"
            for index in after.indexes
            for column in (after.column(part.column) if part.column else None for part in index.parts)
        )
        spatial = any(index.kind == "spatial" for index in after.indexes)
        if fulltext or spatial or indexed_virtual:
            if fulltext > 1:
                return _because(copy, "InnoDB builds one full-text index at a time")
            online = False
    added = [index for index in flags.added if index.kind in {"fulltext", "spatial"}]
    for number, _index in enumerate(index for index in added if index.kind == "fulltext"):
        if number:
            return _because(copy, "InnoDB builds one full-text index at a time")
        online = False
        fts_rebuild = not _document(before) and not _document(after)
    if added:
        online = False
    if flags.has("drop system versioning"):
        online = False
    lock = "NONE" if online else "SHARED"
    if need_rebuild or fts_rebuild:
        why = "the first full-text index adds a hidden column" if fts_rebuild else _words(flags.names & _REBUILD, flags)
        return Verdict("INPLACE", lock, rebuilds=True, why=why)
    builds = bool(flags.added)
    return Verdict("NOCOPY", lock, why="an index is built" if builds else "an index is dropped", scans=builds)


def _because(verdict: Verdict, why: str) -> Verdict:
    return Verdict(verdict.algorithm, verdict.lock, verdict.rebuilds, why, verdict.scans)


_MEANINGS = {
    "stored column type": "the type of {} changes",
    "add check": "a CHECK is verified",
    "add stored generated column": "a stored generated column is computed for every row",
    "stored gcol expression": "a stored generated column is computed anew",
    "column not nullable": "a column becomes NOT NULL",
    "column nullable": "a column takes NULL",
    "add primary key": "the rows are ordered by another primary key",
    "recreate": "the table is recreated",
    "options": "the format of the table changes",
}


def _words(names: set[str], flags: Flags) -> str:
    """Why, in a few words."""
    known = [_MEANINGS[name] for name in _MEANINGS if name in names]
    text = "; ".join(known) or ", ".join(sorted(names))
    return text.format(", ".join(flags.retyped))


def copy_lock(work: Altered) -> str:
    """The lock of the COPY algorithm: SHARED; from 11.2 on mostly NONE (MariaDB, "Online Schema Change")."""
    if work.target.version < (11, 2):
        return "SHARED"
    return "SHARED" if _offline(work) else "NONE"


def _offline(work: Altered) -> bool:
    """Where MariaDB cannot copy online: foreign keys that act, IGNORE (online_alter_check_supported, sql_table.cc)."""
    acting = any({key.on_delete, key.on_update} != {"restrict"} for key in work.before.foreign_keys)
    return acting or bool(work.demands & {"ignore"})


def _options_rebuild(work: Altered) -> bool:
    """Whether the table options given need a rebuild (alter_options_need_rebuild)."""
    options, before, after = work.options, work.before, work.table
    if "row_format" in options:
        return True
    if "key_block_size" in options:
        return True
    del after
    known = dict(before.options)
    compressed = work.target.version < (11, 0) and any(
        name in options and _switch(known.get(name, "0")) != _switch(options[name])
        for name in ("page_compressed", "page_compression_level")
    )
    encrypted = "encrypted" in options and known.get("encrypted", "default") != options["encrypted"].lower()
    return compressed or encrypted or ("encryption_key_id" in options and encrypted)


def _switch(value: str) -> str:
    return {"no": "0", "off": "0", "default": "0", "yes": "1", "on": "1"}.get(value.lower(), value.lower())


def _stored_generated(table: Table) -> bool:
    return any(column.generated == "stored" for column in table.columns)


def _document(table: Table) -> bool:
    """Whether the table has FTS_DOC_ID, its own or InnoDB's."""
    return table.hidden_document or table.column("FTS_DOC_ID") is not None


def varies(column: Column, table: Table) -> bool:
    """Whether the default of an added column is not one value for all rows (is_non_const_value)."""
    default = column.default
    if default is None or literal(default) is not None:
        return False
    if any(part in _VARYING for part in default):
        return True
    if default == ("uuid", "(", ")"):
        return True
    return any(mentions(default, other.name) for other in table.columns if other.name.lower() not in INTEGERS)


def _instant(work: Altered, flags: Flags, *, rebuilds_options: bool) -> bool:
    """instant_alter_column_possible."""
    before, after = work.before, work.table
    if flags.has("stored column order", "drop stored column", "add stored base column"):
        if before.fulltext() or before.hidden_document or after.fulltext():
            return False
        if any(
            column is not None and column.generated == "virtual"
            for index in before.indexes
            for column in (before.column(part.column) if part.column else None for part in index.parts)
        ):
            return False
    if not flags.names & _AVOIDABLE:
        if flags.names & (_REBUILD - {"options"}) or rebuilds_options:
            return False
    elif before.row_format == "compressed" or before.key_block:
        return False
    if flags.names & ((_REBUILD | _CREATE) - _AVOIDABLE - {"options"}):
        return False
    if rebuilds_options:
        return False
    if flags.has("column nullable"):
        if before.row_format != "redundant":
            return False
        key = before.clustered
        taken = {c.origin.lower() for c in after.columns if c.origin and not c.not_null}
        if key is not None and taken & set(key.columns):
            return False
    return True


def _virtual_order(before: Table, after: Table) -> bool:
    """Whether virtual columns keep their order, the new ones behind the old (check_v_col_in_order)."""
    now = [column.origin.lower() if column.origin else "" for column in after.columns if not column.stored]
    kept = [name for name in now if name]
    then = [column.name.lower() for column in before.columns if not column.stored and column.name.lower() in kept]
    return kept == then and now[: len(kept)] == kept
