"""What to do instead, on servers other than PostgreSQL: the texts that rules give in place of their general advice."""

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examined import Ran

_ROWS = ("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH")
_BATCHES = "change rows in batches by primary key, each committed, in a migration of its own"
_FOREIGN_KEY = (
    "check the rows by a query first, then add the foreign key with SET foreign_key_checks = 0, ALGORITHM=INPLACE,"
    " LOCK=NONE; or copy online with gh-ost or pt-online-schema-change"
)
_COPY = (
    "a new column of the new type, filled in batches, then the change over; or a tool that copies online (gh-ost,"
    " pt-online-schema-change); what the server can do INSTANT or INPLACE goes into an ALTER TABLE of its own"
)
_SPECIAL_INDEX = "there is no online way for FULLTEXT and SPATIAL indexes: build it on a copy, or while nobody writes"
_SQLITE_INDEX = "SQLite has one writer: build the index while nobody writes, and set a busy_timeout for the others"
_SQLITE_DROP = "leave the column unused until a quiet time: DROP COLUMN writes every row while other writers wait"
_SQLITE_COPY = "SQLite changes this by a copy of the table: do it while nobody writes, in a migration of its own"


def advice(server: Server, ran: Ran) -> str | None:
    """What to do instead of a statement; None where the rule's own advice fits, as it does for PostgreSQL."""
    if server.dialect == "postgresql":
        return None
    text = ran.statement.sql.lstrip().upper()
    if text.startswith(_ROWS) and not ran.effects.rewrites:
        return _BATCHES
    if server.dialect == "sqlite":
        if "DROP COLUMN" in text:
            return _SQLITE_DROP
        return _SQLITE_COPY if ran.effects.rewrites else _SQLITE_INDEX
    if ran.effects.rewrites:
        return _FOREIGN_KEY if any("foreign key is added" in note for note in ran.effects.notes) else _COPY
    return _SPECIAL_INDEX
