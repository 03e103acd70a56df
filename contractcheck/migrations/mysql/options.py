"""Table options, character sets and partitions that ALTER TABLE sets."""

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.charsets import charset_of, default_collation, width
from contractcheck.migrations.mysql.definitions import mentions
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Partitioning
from contractcheck.migrations.mysql.types import BLOBS, CHARACTERS, TEXTS
from contractcheck.migrations.mysql.work import Altered

ENGINES = {"innodb", "myisam", "aria", "memory", "heap", "csv", "archive", "blackhole", "merge", "mrg_myisam"}
_ROW_FORMATS = {"default", "dynamic", "compact", "redundant", "compressed", "fixed", "page"}


def partitioned(work: Altered, partitioning: Partitioning | None) -> None:
    """Refuse partitions that a unique key or a foreign key stands against."""
    if partitioning is None:
        return
    if work.table.foreign_keys or any(True for _ in work.database.referencing(work.before.name)):
        raise FailureError(1506, "a table with foreign keys cannot be partitioned")
    used = {c.name.lower() for c in work.table.columns if mentions(partitioning.expression, c.name)}
    for index in work.table.indexes:
        if index.kind in {"primary", "unique"} and not used <= set(index.columns):
            raise FailureError(1503, f"index {index.name} must hold every column of the partitioning")


def convert(work: Altered, action: st.ConvertTo) -> None:
    """Carry out CONVERT TO CHARACTER SET. Raises FailureError."""
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
