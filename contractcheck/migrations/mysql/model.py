"""The database as MySQL and MariaDB keep it: tables with columns, indexes, keys and options; frozen and comparable."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.mysql.cursor import Expression


class Type(Struct, frozen=True):
    """A type in the server's own terms: synonyms are resolved (`integer` is `int`, `bool` is `tinyint`).

    `length` is M or the number of characters, `scale` that of decimals or the digits of seconds, `labels` those of
    ENUM and SET. `charset` and `collation` are None for what has none.
    """

    name: str
    length: int | None = None
    scale: int = 0
    unsigned: bool = False
    zerofill: bool = False
    labels: tuple[str, ...] = ()
    charset: str | None = None
    collation: str | None = None


class Column(Struct, frozen=True):
    """A column. `generated` is "", `virtual` or `stored`; `default` an expression, None for none.

    `type` is None where the text gives one that the model does not know.
    """

    name: str
    type: Type | None
    not_null: bool = False
    default: Expression | None = None
    on_update: Expression | None = None
    auto_increment: bool = False
    generated: str = ""
    expression: Expression | None = None
    comment: str = ""
    invisible: bool = False
    compressed: bool = False
    check: Expression | None = None
    srid: int | None = None
    unversioned: bool = False
    row: str = ""
    options: tuple[tuple[str, str], ...] = ()
    origin: str | None = None

    @property
    def stored(self) -> bool:
        """Whether its values are in the rows."""
        return self.generated != "virtual"


class Part(Struct, frozen=True):
    """One part of an index: a column with the length of its prefix, or an expression."""

    column: str | None
    length: int | None = None
    descending: bool = False
    expression: Expression | None = None


class Index(Struct, frozen=True):
    """An index: kind `primary`, `unique`, `index`, `fulltext` or `spatial`; `generated` if a foreign key made it."""

    name: str
    parts: tuple[Part, ...]
    kind: str = "index"
    comment: str = ""
    visible: bool = True
    using: str = ""
    options: tuple[tuple[str, str], ...] = ()
    generated: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, lower case."""
        return tuple(part.column.lower() for part in self.parts if part.column is not None)


class ForeignKey(Struct, frozen=True):
    """A foreign key to a table of this or another database."""

    name: str
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    on_delete: str = "restrict"
    on_update: str = "restrict"


class Check(Struct, frozen=True):
    """A CHECK constraint; `enforced` can be switched off in MySQL."""

    name: str
    expression: Expression
    enforced: bool = True


class Partitioning(Struct, frozen=True):
    """How a table is partitioned: method and expression as written, the partitions by name and definition."""

    method: str
    expression: Expression
    partitions: tuple[tuple[str, Expression], ...] = ()
    subpartition: Expression = ()


class Rows(Struct, frozen=True):
    """The rows of a table that are known one by one: a list of values for each column, in one order."""

    count: int
    values: dict[str, list[Any]]


class Table(Struct, frozen=True):
    """A table, view or sequence. `known` is False for one that the history never created.

    `rows` is None when they are not known. `hidden_document` tells that InnoDB keeps FTS_DOC_ID by itself (after the
    first full-text index), `instant` how many instant changes of columns were made since the last rebuild.
    """

    name: str
    kind: str = "table"
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    engine: str = "innodb"
    charset: str = "utf8mb4"
    collation: str = "utf8mb4_general_ci"
    row_format: str = "default"
    key_block: int = 0
    comment: str = ""
    options: tuple[tuple[str, str], ...] = ()
    partitions: Partitioning | None = None
    versioned: bool = False
    temporary: bool = False
    known: bool = True
    rows: Rows | None = None
    query: Expression = ()
    hidden_document: bool = False
    instant: int = 0

    @property
    def key(self) -> str:
        """The name it is found by."""
        return self.name.lower()

    def column(self, name: str) -> Column | None:
        """The column of that name; the case of letters does not count."""
        wanted = name.lower()
        return next((column for column in self.columns if column.name.lower() == wanted), None)

    def index(self, name: str) -> Index | None:
        """The index of that name."""
        wanted = name.lower()
        return next((index for index in self.indexes if index.name.lower() == wanted), None)

    @property
    def primary(self) -> Index | None:
        """The primary key."""
        return next((index for index in self.indexes if index.kind == "primary"), None)

    @property
    def clustered(self) -> Index | None:
        """The index InnoDB keeps the rows in: the primary key, else the first unique one without NULL."""
        if self.primary is not None:
            return self.primary
        for index in self.indexes:
            found = [self.column(part.column) for part in index.parts if part.column and part.length is None]
            if index.kind == "unique" and len(found) == len(index.parts) and all(c and c.not_null for c in found):
                return index
        return None

    def fulltext(self) -> int:
        """How many full-text indexes it has."""
        return sum(index.kind == "fulltext" for index in self.indexes)

    def with_column(self, column: Column) -> "Table":
        """The table with that column in place of the one of its name."""
        wanted = column.name.lower()
        return replace(self, columns=tuple(column if c.name.lower() == wanted else c for c in self.columns))


class Database(Struct):
    """What a server's current database holds. `complete` says that what is missing does not exist.

    Change it only on a `copy`. `opaque` says why anything may be otherwise than it is listed.
    """

    complete: bool = True
    tables: dict[str, Table] = field(default_factory=dict)
    triggers: dict[str, tuple[str, Expression]] = field(default_factory=dict)
    routines: dict[tuple[str, str], Expression] = field(default_factory=dict)
    charset: str | None = None
    collation: str | None = None
    opaque: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()

    def copy(self) -> "Database":
        """An independent copy; the tables in it are shared, as they never change."""
        return Database(
            self.complete,
            self.tables.copy(),
            self.triggers.copy(),
            self.routines.copy(),
            self.charset,
            self.collation,
            self.opaque,
            self.gone,
        )

    def put(self, table: Table) -> None:
        """Add a table, or replace the one of its name."""
        self.tables[table.key] = table
        self.gone -= {table.key}

    def remove(self, name: str) -> None:
        """Remove a table and its triggers."""
        self.tables.pop(name.lower(), None)
        self.gone |= {name.lower()}
        for trigger in [each for each, (table, _) in self.triggers.items() if table == name.lower()]:
            del self.triggers[trigger]

    def referencing(self, name: str) -> Iterator[tuple[Table, ForeignKey]]:
        """The foreign keys of other tables that refer to a table."""
        wanted = name.lower()
        for table in self.tables.values():
            for key in table.foreign_keys:
                if key.table.lower() == wanted and table.key != wanted:
                    yield table, key


def assume_rows(database: Database) -> Database:
    """The database as it stands in production: any table may have been filled since it was made."""
    deployed = database.copy()
    for key, table in deployed.tables.items():
        if table.rows is not None:
            deployed.tables[key] = replace(table, rows=None)
    return deployed
