"""SQLite itself as the model: a schema in memory, fenced in, that statements are tried on.

Statements are data of the repository under test. They meet a database that has no file, cannot attach one, load an
extension or set what reaches outside (authorizer), and stop after a fixed number of steps: so an answer never depends
on the speed of the machine.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct, field

STEPS = 2_000_000
_LENGTH = 2_000_000
_PRAGMAS = {
    "foreign_keys",
    "legacy_alter_table",
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "ignore_check_constraints",
    "defer_foreign_keys",
    "user_version",
    "page_count",
    "application_id",
    "recursive_triggers",
    "encoding",
}
_NAMES = {
    getattr(sqlite3, name): name.removeprefix("SQLITE_").lower().replace("_", " ")
    for name in (
        "SQLITE_ALTER_TABLE",
        "SQLITE_CREATE_INDEX",
        "SQLITE_CREATE_TABLE",
        "SQLITE_CREATE_TEMP_TABLE",
        "SQLITE_CREATE_TRIGGER",
        "SQLITE_CREATE_VIEW",
        "SQLITE_CREATE_VTABLE",
        "SQLITE_DELETE",
        "SQLITE_DROP_INDEX",
        "SQLITE_DROP_TABLE",
        "SQLITE_DROP_TRIGGER",
        "SQLITE_DROP_VIEW",
        "SQLITE_INSERT",
        "SQLITE_READ",
        "SQLITE_REINDEX",
        "SQLITE_UPDATE",
    )
}
VERSION = (sqlite3.sqlite_version_info[0], sqlite3.sqlite_version_info[1])
"""The version that the schema is replayed with: that of Python's own library."""


class DeniedError(Exception):
    """The statement asks for something that a fenced database does not give."""


class Touch(Struct, frozen=True):
    """What the compiled statement does to one object: the action's name and its two arguments."""

    action: str
    one: str
    two: str


class Trial(Struct):
    """A connection to a copy of a schema, and what statements on it touch.

    `kept` is the image that the connection holds when it is left, if it may be gone on with.
    """

    connection: sqlite3.Connection
    touched: list[Touch] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    kept: bytes | None = None


_KEPT: list[Trial] = []
# What a statement may have switched for its connection, and an image does not hold.
_SWITCHES = (
    "foreign_keys",
    "legacy_alter_table",
    "ignore_check_constraints",
    "defer_foreign_keys",
    "recursive_triggers",
)


@contextmanager
def opened(image: bytes) -> Iterator[Trial]:
    """A copy of the database in memory; the image of an empty one is b"".

    The connection that made the image goes on where it is still there: to read a large schema anew for each of its
    statements takes the square of their number.
    """
    trial = _again(image) or _fresh(image)
    try:
        yield trial
    finally:
        if trial.kept is None:
            trial.connection.close()
        else:
            while _KEPT:
                _KEPT.pop().connection.close()
            _KEPT.append(trial)


def _again(image: bytes) -> Trial | None:
    if not _KEPT or _KEPT[-1].kept is not image:
        return None
    trial = _KEPT.pop()
    trial.kept = None
    for switch in _SWITCHES:
        trial.connection.execute(f"PRAGMA {switch} = OFF")
    trial.touched.clear()
    return trial


def _fresh(image: bytes) -> Trial:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    trial = Trial(connection)
    if image:
        connection.deserialize(image)
    else:
        connection.execute("PRAGMA page_size = 512")  # every table takes a page
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
    connection.set_authorizer(_authorizer(trial))
    return trial


def _authorizer(trial: Trial) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    def decide(action: int, one: str | None, two: str | None, schema: str | None, inner: str | None) -> int:
        del schema
        if action in {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_CREATE_VTABLE}:
            trial.denied.append({sqlite3.SQLITE_CREATE_VTABLE: "a virtual table"}.get(action, "another database"))
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA and (one or "").lower() not in _PRAGMAS:
            trial.denied.append(f"PRAGMA {one}")
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() == "load_extension":
            trial.denied.append("an extension")
            return sqlite3.SQLITE_DENY
        if action in _NAMES and inner is None:
            trial.touched.append(Touch(_NAMES[action], one or "", two or ""))
        return sqlite3.SQLITE_OK

    return decide


def attempt(trial: Trial, sql: str) -> str | None:
    """Run one statement; the error with which the engine refuses it, None if it does not.

    Raises DeniedError for what the fence keeps out, and for what takes more steps than are given.
    """
    trial.touched.clear()
    trial.denied.clear()
    left = STEPS // 10_000

    def tick() -> int:
        nonlocal left
        left -= 1
        return int(left < 0)

    trial.connection.set_progress_handler(tick, 10_000)
    try:
        trial.connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        if trial.denied:
            raise DeniedError(f"{trial.denied[0]} is outside the model") from error
        if left < 0:
            raise DeniedError("it takes more steps than are given to a trial") from error
        return str(error)
    except (sqlite3.Warning, ValueError, OverflowError) as error:
        raise DeniedError(f"cannot be tried: {error}") from error
    finally:
        trial.connection.set_progress_handler(None, 0)
    return None


def image_of(trial: Trial, *, keep: bool = False) -> bytes:
    """The database as bytes, for the next trial; with `keep` that one may go on with this connection."""
    pages = trial.connection.execute("SELECT page_count FROM pragma_page_count").fetchone()[0]
    image = trial.connection.serialize() if pages else b""
    trial.kept = image if keep and image else None
    return image


def ask(trial: Trial, sql: str, *values: str) -> list[tuple[object, ...]]:
    """Rows of a question of ours about the schema."""
    found: list[tuple[object, ...]] = trial.connection.execute(sql, values).fetchall()
    return found


def tables(trial: Trial) -> dict[str, str]:
    """The kinds (`table`, `view`) of tables and views by name, internal ones left out."""
    rows = ask(trial, "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
    return {str(name): str(kind) for name, kind in rows if not str(name).startswith("sqlite_")}


def columns(trial: Trial, table: str) -> list[str]:
    """The names of the columns of a table or view; none of a view that no longer fits its tables."""
    try:
        return _columns(trial, table)
    except sqlite3.Error:
        return []


def _columns(trial: Trial, table: str) -> list[str]:
    return [str(row[0]) for row in ask(trial, "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid", table)]


def virtual(trial: Trial, table: str) -> frozenset[str]:
    """The generated columns of a table whose values are not in its rows."""
    rows = ask(trial, "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 2", table)
    return frozenset(str(row[0]) for row in rows)


def plan(trial: Trial, sql: str) -> list[str]:
    """The lines of EXPLAIN QUERY PLAN; none for what has no plan."""
    try:
        return [str(row[3]) for row in trial.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    except sqlite3.Error:
        return []
