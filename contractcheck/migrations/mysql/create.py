"""CREATE TABLE: the table it makes, or why the server refuses."""

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.altered import alter
from contractcheck.migrations.mysql.charsets import charset_of, default_collation
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Database, Rows, Table
from contractcheck.migrations.mysql.options import set_options
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.work import Altered


def create_table(database: Database, target: Target, statement: st.CreateTable) -> Table:
    """The new table, empty. Raises FailureError."""
    given = dict(statement.options)
    collation = given.get("collate")
    charset = given.get("charset") or (charset_of(collation) if collation else None)
    if charset is None:
        charset = database.charset or "utf8mb4"
        collation = collation or database.collation
    table = Table(
        statement.table.name,
        charset=charset,
        collation=collation or default_collation(charset, target.dialect, target.version),
        temporary=statement.temporary,
        versioned="system versioning" in given,
        rows=Rows(0, {}),
    )
    options = tuple(
        (name, value) for name, value in statement.options if name not in {"charset", "collate", "system versioning"}
    )
    work = Altered(database, target, table, table)
    set_options(work, st.SetOptions(options))
    keys = _ordered(statement.keys)
    added: tuple[st.Action, ...] = (*(st.AddColumn(column) for column in statement.columns), *keys)
    if not statement.columns and not statement.query:
        raise FailureError(1113, "a table needs at least one column")
    base = replace(work.table, rows=Rows(0, {}))
    made = alter(database, target, base, added).table if added else base
    columns = tuple(replace(column, origin=None) for column in made.columns)
    table = replace(
        made, columns=columns, partitions=statement.partitioning, rows=Rows(0, {c.name.lower(): [] for c in columns})
    )
    if any(index.kind == "fulltext" for index in table.indexes):
        table = replace(table, hidden_document=table.column("FTS_DOC_ID") is None)
    return table


def _ordered(keys: tuple[st.Action, ...]) -> tuple[st.Action, ...]:
    """Indexes before foreign keys, which look for one that serves them."""
    return tuple(sorted(keys, key=lambda key: isinstance(key, st.AddForeignKey)))


def create_like(database: Database, statement: st.CreateTable) -> Table:
    """An empty table like another one, without its foreign keys. Raises FailureError."""
    like = statement.like or statement.table
    other = database.tables.get(like.name.lower())
    if other is None:
        if database.complete:
            raise FailureError(1146, f"there is no table {like}")
        return Table(statement.table.name, known=False)
    if other.kind == "view":
        raise FailureError(1347, f"{other.name} is a view")
    rows = Rows(0, {column.name.lower(): [] for column in other.columns}) if other.known else None
    return replace(
        other, name=statement.table.name, foreign_keys=(), rows=rows, instant=0, temporary=statement.temporary
    )
