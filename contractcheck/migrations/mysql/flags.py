"""What changed between two definitions of a table, in the words of the server's own comparison.

The names are those of Alter_inplace_info in both servers (`sql/handler.h`): InnoDB decides from them alone.
"""

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.mysql.charsets import width
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.definitions import mentions
from contractcheck.migrations.mysql.model import Column, Index, Table, Type
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.types import BLOBS, CHARACTERS, GEOMETRIES, INTEGERS, TEXTS, bits
from contractcheck.migrations.mysql.work import Altered


class Flags(Struct):
    """Names of changes, the indexes that are added and dropped, and the columns that are added."""

    names: set[str] = field(default_factory=set)
    added: list[Index] = field(default_factory=list)
    dropped: list[Index] = field(default_factory=list)
    new: list[Column] = field(default_factory=list)
    retyped: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Whether one of these changes is among them."""
        return not self.names.isdisjoint(names)


def compare(work: Altered) -> Flags:
    """Every change of a table's definition."""
    flags = Flags()
    before, after = work.before, work.table
    by_origin = {c.origin.lower(): c for c in after.columns if c.origin is not None}
    _columns(work, flags, by_origin)
    _order(before, after, flags, by_origin)
    _indexes(work, flags)
    flags.names |= work.demands
    options = set(work.options) - {"charset", "collate"}
    if options:
        flags.names.add("options")
    if {"charset", "collate"} & set(work.options) and "convert" not in work.demands:
        flags.names.add("default charset")
    if work.new_name is not None:
        flags.names.add("rename")
    return flags


def _columns(work: Altered, flags: Flags, by_origin: dict[str, Column]) -> None:
    before, target = work.before, work.target
    for old in before.columns:
        new = by_origin.get(old.name.lower())
        if new is None:
            flags.names.add("drop stored column" if old.stored else "drop virtual column")
            continue
        if old.name.lower() != new.name.lower() or old.name != new.name:
            flags.names.add("column name")
        if old.generated or new.generated:
            if not (old.generated and new.generated):
                flags.names.add("column vcol")
            elif _renamed(old.expression, by_origin) != new.expression:
                flags.names.add("stored gcol expression" if new.stored else "virtual gcol expression")
        how = same_type(old, new, before, target, indexed=_indexed(work, old, new))
        if target.mariadb and how in {"equal", "engine"} and _bound(before, old, new):
            how = "different"
        if how == "unknown":
            flags.doubts.append(f"the type of {new.name} is not known")
        if how in {"different", "unknown"}:
            flags.names.add("stored column type" if new.stored else "virtual column type")
            flags.retyped.append(new.name)
        elif how == "engine":
            flags.names.add("column type change by engine")
        elif how == "equal pack length":
            flags.names.add("equal pack length")
        if old.not_null != new.not_null:
            flags.names.add("column not nullable" if new.not_null else "column nullable")
        if (old.default, old.on_update) != (new.default, new.on_update):
            flags.names.add("column default")
        if old.compressed != new.compressed:
            flags.names.add("stored column type")
            flags.retyped.append(new.name)
        if old.invisible != new.invisible:
            flags.names.add("column visibility")
        if old.comment != new.comment:
            flags.names.add("column comment")
        if old.srid != new.srid:
            flags.names.add("column srid")
        if dict(old.options) != dict(new.options):
            flags.names.add("column format")
        if old.unversioned != new.unversioned:
            flags.names.add("column unversioned")
    for new in work.table.columns:
        if new.origin is None:
            flags.new.append(new)
            flags.names.add(
                "add virtual column"
                if not new.stored
                else "add stored generated column"
                if new.generated
                else "add stored base column"
            )


def _renamed(expression: Expression | None, by_origin: dict[str, Column]) -> Expression | None:
    """An expression with the new names of the columns in it."""
    if expression is None:
        return None
    return tuple(by_origin[part].name.lower() if part in by_origin else part for part in expression)


def _order(before: Table, after: Table, flags: Flags, by_origin: dict[str, Column]) -> None:
    """Places: of stored columns among the stored, of virtual ones among all (`fill_alter_inplace_info`)."""
    stored = [c.name for c in after.columns if c.stored]
    everyone = [c.name for c in after.columns]
    number = 0
    for place, old in enumerate(before.columns):
        new = by_origin.get(old.name.lower())
        if new is not None and new.stored and old.stored and stored.index(new.name) != number:
            flags.names.add("stored column order")
        if new is not None and not new.stored and everyone.index(new.name) != place:
            flags.names.add("virtual column order")
        number += old.stored


def _indexed(work: Altered, old: Column, new: Column) -> bool:
    """Whether a column is part of an index that the table then has, or of its partitioning."""
    name, parted = new.name.lower(), work.before.partitions
    return any(
        name in index.columns or any(mentions(part.expression, name) for part in index.parts)
        for index in work.table.indexes
    ) or (parted is not None and mentions(parted.expression, old.name))


def _bound(table: Table, old: Column, new: Column) -> bool:
    """Whether an index keeps MariaDB from taking another collation as it is (ha_innobase::can_convert_*).

    A TEXT must be in no index; another column in none by its first characters, or, if the new collation sorts another
    way, not in the primary key.
    """
    a, b = old.type, new.type
    if a is None or b is None or (a.charset, a.collation) == (b.charset, b.collation) or a.name not in _CONVERTED:
        return False
    name = old.name.lower()
    parts = [(index, part) for index in table.indexes for part in index.parts if (part.column or "").lower() == name]
    if a.name in TEXTS:
        return bool(parts)
    if sorts_alike(a, b):
        return any(part.length is not None for _, part in parts)
    return any(index.kind == "primary" and part.length is None for index, part in parts)


_CONVERTED = {"char", "varchar", *TEXTS}


def same_type(old: Column, new: Column, table: Table, target: Target, *, indexed: bool = True) -> str:
    """How a column's new type stands to its old one.

    `unknown`; `equal`; `equal pack length` and `engine`: the rows stay as they are; `different`: every row is
    converted. `indexed`: an index, or the partitioning, has it. Sources: Field::is_equal of both servers,
    ha_innobase::can_convert_* of MariaDB.
    """
    a, b = old.type, new.type
    if a is None or b is None:
        return "equal" if old == replace(new, name=old.name, origin=None) else "unknown"
    if new.auto_increment and not old.auto_increment:
        return "different"
    if not target.mariadb and old.auto_increment != new.auto_increment:
        return "different"
    if replace(a, length=None, scale=0, zerofill=False) == replace(b, length=None, scale=0, zerofill=False) and (
        a.name in INTEGERS
        or (a.name in {"float", "double"} and (target.mariadb or (a.length, a.scale) == (b.length, b.scale)))
    ):
        return "equal" if target.mariadb or a.zerofill == b.zerofill else "different"
    if target.mariadb and _holds_json(old) != _holds_json(new):
        return "different"
    if a == b:
        return "equal"
    if a.name in GEOMETRIES and b.name == "geometry":
        return "equal" if target.mariadb else "different"
    if not target.mariadb and a.charset is not None and a.name in {*CHARACTERS, "enum", "set"}:
        return _recoded(a, b, indexed=indexed)
    if a.name != b.name or a.unsigned != b.unsigned:
        return "different"
    if a.name in {"varchar", "varbinary"}:
        return _varying(a, b, table, target)
    if a.name in {"enum", "set"}:
        extended = b.labels[: len(a.labels)] == a.labels and bits(a) == bits(b)
        return "equal" if extended and a.collation == b.collation else "different"
    if a.name == "char":
        return _charset(a, b, target) if a.length == b.length else "different"
    if a.name in BLOBS or a.name in TEXTS:
        return _charset(a, b, target)
    return "different"


def _recoded(a: Type, b: Type, *, indexed: bool) -> str:
    """A column of text in MySQL (Field_str::is_equal).

    Another collation, utf8mb4 in place of utf8mb3, and bytes in place of a text leave the rows as they are, unless the
    column is in an index (manual, 17.12.1, "Column Operations"; measured on 9.7).
    """
    alike = a.charset == b.charset or (a.charset, b.charset) == ("utf8mb3", "utf8mb4")
    if a.name in {"enum", "set"}:
        extended = a.name == b.name and b.labels[: len(a.labels)] == a.labels and bits(a) == bits(b)
        return "equal" if extended else "different"
    binary = (a.name, b.name) == ("varchar", "varbinary") or _BYTES.get(a.name) == b.name
    if (a.name != b.name or not alike) and not binary:
        return "different"
    recoded = binary or (a.charset, a.collation) != (b.charset, b.collation)
    if recoded and indexed:
        return "different"
    if a.name == "char":
        return "different" if a.length != b.length else "equal pack length" if recoded else "equal"
    if a.name == "varchar":
        old, new = (a.length or 0) * width(a.charset), (b.length or 0) * width(b.charset)
        if old > new or (old <= 255) != (new <= 255) or (not binary and (a.length or 0) > (b.length or 0)):
            return "different"
        return "equal pack length" if recoded or old != new else "equal"
    return "equal pack length" if recoded else "equal"


_BYTES = {"tinytext": "tinyblob", "text": "blob", "mediumtext": "mediumblob", "longtext": "longblob"}


def _holds_json(column: Column) -> bool:
    """Whether a LONGTEXT is JSON: by its check, and a type of its own since 10.5 (Type_handler_json_longtext)."""
    return column.check == ("json_valid", "(", column.name.lower(), ")")


def _varying(a: Type, b: Type, table: Table, target: Target) -> str:
    """VARCHAR and VARBINARY: longer is free unless a second byte for the length is needed."""
    old, new = (a.length or 0) * width(a.charset), (b.length or 0) * width(b.charset)
    if (b.length or 0) < (a.length or 0):
        return "different"
    if target.mariadb:
        # COMPACT and DYNAMIC keep lengths up to 127 in one byte, more than 255 in two whatever the maximum was.
        short = old <= 127 or new <= 255 or old > 255 or table.row_format == "redundant"
        return _charset(a, b, target) if short else "different"
    if a.charset != b.charset or a.collation != b.collation:
        return "different"
    if (old <= 255) != (new <= 255):
        return "different"
    return "equal pack length" if old != new else "equal"


def _charset(a: Type, b: Type, target: Target) -> str:
    """Another collation, or utf8mb4 in place of utf8mb3, leaves the bytes as they are (sql/lex_charset.h)."""
    if a.charset == b.charset and a.collation == b.collation:
        return "engine" if a.length != b.length else "equal"
    if not target.mariadb:
        return "different"
    if a.charset == b.charset or (a.charset, b.charset) == ("utf8mb3", "utf8mb4"):
        return "engine"
    return "different"


def sorts_alike(a: Type, b: Type) -> bool:
    """Whether two collations order alike, so that an index stays valid."""
    if a.name not in CHARACTERS or a.collation == b.collation:
        return True
    one, two = (c.partition("_")[2] for c in (a.collation or "", b.collation or ""))
    return one == two and (a.charset, b.charset) == ("utf8mb3", "utf8mb4")


def _indexes(work: Altered, flags: Flags) -> None:
    before, after = work.before, work.table
    left = {index.name.lower(): index for index in before.indexes}
    for index in after.indexes:
        old = left.pop(index.name.lower(), None)
        if old is not None and index.name.lower() in work.dropped_keys and index.name.lower() not in work.added_keys:
            old = None
        if old is None:
            flags.added.append(index)
        elif _changed(old, index, work):
            flags.dropped.append(old)
            flags.added.append(index)
        else:
            if old.comment != index.comment or old.options != index.options:
                flags.names.add("index comment")
            if old.visible != index.visible:
                flags.names.add("index ignorability")
    flags.dropped.extend(left.values())
    if "rename index" in work.demands:
        _renamed_indexes(flags, work)
    if work.target.mariadb:
        _same_rows(flags, before, after)
    for index in flags.added:
        kind = _kind(index, after)
        same = kind == "primary key" and before.primary is None and _same_parts(before.clustered, index)
        same = same and work.target.mariadb
        flags.names.add("add unique index" if same else f"add {kind}")
    for index in flags.dropped:
        flags.names.add(f"drop {_kind(index, before)}")


def _renamed_indexes(flags: Flags, work: Altered) -> None:
    """An index that only has another name is neither added nor dropped."""
    for index in list(flags.added):
        twin = next(
            (
                o
                for o in flags.dropped
                if replace(o, name=index.name) == index and o.name.lower() not in work.dropped_keys
            ),
            None,
        )
        if twin is not None:
            flags.added.remove(index)
            flags.dropped.remove(twin)


def _same_parts(one: Index | None, other: Index) -> bool:
    return one is not None and [p.column for p in one.parts] == [p.column for p in other.parts]


def _same_rows(flags: Flags, before: Table, after: Table) -> None:
    """A unique key that the rows were kept by may become the primary key: they stay as they are."""
    old, new = before.clustered, after.primary
    if before.primary is not None or old is None or new is None or not _same_parts(old, new):
        return
    if old in flags.dropped and new in flags.added:
        flags.dropped.remove(old)
        flags.added.remove(new)
        flags.names.add("rename index")


def _kind(index: Index, table: Table) -> str:
    if index.kind == "primary" or (index.kind == "unique" and table.clustered is index and table.primary is None):
        return "primary key"
    return "unique index" if index.kind == "unique" else "index"


def _changed(old: Index, new: Index, work: Altered) -> bool:
    """Whether an index of one name has to be built anew."""
    # InnoDB has one kind of tree, whatever USING says.
    methods = {"" if work.before.engine == "innodb" else each.using for each in (old, new)}
    if old.kind != new.kind or len(methods) > 1 or len(old.parts) != len(new.parts):
        return True
    for one, two in zip(old.parts, new.parts, strict=True):
        if (one.length, one.descending, one.expression is None) != (two.length, two.descending, two.expression is None):
            return True
        if one.expression != two.expression:
            return True
        if one.column is None or two.column is None:
            continue
        was, now = work.before.column(one.column), work.table.column(two.column)
        if was is None or now is None or (now.origin or "").lower() != was.name.lower():
            return True
        # MySQL copies a table for that, but for labels, which are numbers.
        if work.target.mariadb and was.type and now.type and not sorts_alike(was.type, now.type):
            return True
    return dict(old.options).get("parser") != dict(new.options).get("parser")
