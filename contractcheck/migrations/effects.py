"""What one statement does to a server: locks, rewrites, scans, index builds, lost data, failures."""

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct, field

from contractcheck.model.finding import Json


class Lock(IntEnum):
    """What a statement keeps others from, weakest first within a server.

    Up to ACCESS_EXCLUSIVE the table-level locks of PostgreSQL (manual §13.3.1). Then those of MySQL, MariaDB and
    SQLite: rows written; a definition that only other changes of it wait for (ALGORITHM=INPLACE, LOCK=NONE is
    exclusive for a moment at both ends); every row; writers; everybody.
    """

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8
    ROWS = 11
    METADATA = 12
    ALL_ROWS = 13
    SHARED = 14
    EVERYBODY = 15

    @property
    def mode(self) -> str:
        """The name pg_locks shows: `AccessExclusiveLock`; elsewhere that of the LOCK clause: `SHARED`."""
        return _MODES.get(self.name) or self.name.title().replace("_", "") + "Lock"

    @property
    def words(self) -> str:
        """The name the manual uses: `ACCESS EXCLUSIVE`."""
        return _WORDS.get(self.name) or self.name.replace("_", " ")

    @property
    def blocks_reads(self) -> bool:
        """Whether a SELECT of another session has to wait."""
        return self in {Lock.ACCESS_EXCLUSIVE, Lock.EVERYBODY}

    @property
    def blocks_writes(self) -> bool:
        """Whether an INSERT, UPDATE or DELETE of another session has to wait."""
        return self >= Lock.SHARE and self not in {Lock.ROWS, Lock.METADATA}


_MODES = {"ROWS": "ROWS", "METADATA": "NONE", "ALL_ROWS": "ALL ROWS", "SHARED": "SHARED", "EVERYBODY": "EXCLUSIVE"}
_WORDS = {
    "ROWS": "locks on single rows",
    "METADATA": "LOCK=NONE",
    "ALL_ROWS": "locks on every row",
    "SHARED": "LOCK=SHARED",
    "EVERYBODY": "LOCK=EXCLUSIVE",
}


class Online(Struct, frozen=True):
    """How MySQL or MariaDB carry out an ALTER: algorithm, lock, and the tables that get another number in InnoDB.

    Algorithm and lock are None for statements that know no such clause.
    """

    algorithm: str | None
    lock: str | None
    rebuilt: tuple[str, ...] = ()


class Server(Struct, frozen=True):
    """The server a statement meets: its dialect, version, and session settings by lower-case name.

    `minor` counts where the dialect's versions are two numbers (MySQL 8.4, MariaDB 10.11, SQLite 3.45).
    """

    version: int = 15
    dialect: str = "postgresql"
    settings: Mapping[str, str] = field(default_factory=dict)
    minor: int = 0


class TableData(Struct, frozen=True):
    """What happens to the data and columns of one table that was there before; `rows` are counts before and after."""

    dropped: bool = False
    renamed_to: str | None = None
    dropped_columns: tuple[str, ...] = ()
    added_columns: tuple[str, ...] = ()
    renamed_columns: tuple[tuple[str, str], ...] = ()
    retyped_columns: tuple[tuple[str, str, str], ...] = ()
    rows: tuple[int | None, int | None] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing happened."""
        return self == _UNTOUCHED

    def json(self) -> dict[str, Json]:
        """The form of `contractcheck effects --batch`: only what happened."""
        before, after = self.rows or (None, None)
        form: dict[str, Json] = {
            "dropped": self.dropped,
            "renamed_to": self.renamed_to,
            "dropped_cols": list(self.dropped_columns),
            "added_cols": list(self.added_columns),
            "renamed_cols": dict(self.renamed_columns),
            "retyped_cols": {name: [old, new] for name, old, new in self.retyped_columns},
            "rows": [before, after] if before is not None and after is not None else None,
        }
        return {key: value for key, value in form.items() if value}


_UNTOUCHED = TableData()


class Remark(Struct, frozen=True):
    """Something that only the state of the database shows and that a rule asks for.

    `what` is one of the words of `REMARKS`, `subject` what it is about, `detail` what the rule says of it.
    """

    what: str
    subject: str
    detail: str = ""


REMARKS = {
    "other table": "a foreign key locks a table that it refers to; detail: the lock",
    "cascade": "CASCADE took an object along; detail: the object",
    "proof dropped": "a CHECK that proves a column not null goes in the ALTER TABLE that sets it; detail: the CHECK",
    "sequence left small": "a column became bigint, its sequence did not; detail: the sequence",
    "may not fit": "values are computed for another type and may be refused; detail: the types",
    "needs a value": "a column is NOT NULL without a value for the rows that may be there; detail: the column",
    "row security off": "row security was on, or may have been, and is not any more",
}


class Effects(Struct, frozen=True):
    """The effects of one statement, or of several in one transaction.

    Names are those from before the statement, without `public.`. `locks` holds tables, partitioned tables, views and
    materialised views that existed before; `other_locks` indexes and sequences. `scans` are tables read in full,
    `rewrites` tables with a new file. `in_transaction` is None where the statement fails in and out of a transaction
    alike. `fails` says why the server certainly refuses, `unproven` what is not known, so that nothing may be
    concluded from what is absent. `new_relations` were created by the statement: what happens to them hurts nobody.
    `blurred` is the part of `unproven` that leaves the schema afterwards unknown, not only the work.
    `emptied` tables lost their rows with their file, `cleared` ones had each of them deleted.
    `assumed` names tables that were never seen: taken to exist, with unknown columns, indexes and dependants.
    """

    locks: Mapping[str, Lock] = field(default_factory=dict)
    other_locks: Mapping[str, Lock] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    index_rebuilds: tuple[str, ...] = ()
    select_blocked: tuple[str, ...] = ()
    write_blocked: tuple[str, ...] = ()
    in_transaction: bool | None = True
    fails: str | None = None
    data: Mapping[str, TableData] = field(default_factory=dict)
    unproven: str | None = None
    blurred: str | None = None
    new_relations: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    online: Online | None = None

    @property
    def max_lock(self) -> Lock | None:
        """The strongest lock on a table or view; None if there is none."""
        return max(self.locks.values(), default=None)

    def json(self) -> dict[str, Json]:
        """The form of `contractcheck effects --batch` (design §7), without `id`."""
        if self.online is not None:
            return self._online(self.online)
        strongest = self.max_lock
        return {
            "max_lock": strongest.mode if strongest else None,
            "locks": {name: lock.mode for name, lock in sorted(self.locks.items())},
            "rewrites": list(self.rewrites),
            "scans": list(self.scans),
            "index_rebuilds": list(self.index_rebuilds),
            "select_blocked": list(self.select_blocked),
            "write_blocked": list(self.write_blocked),
            "blocks_reads": sorted(name for name, lock in self.locks.items() if lock.blocks_reads),
            "blocks_writes": sorted(name for name, lock in self.locks.items() if lock.blocks_writes),
            "in_txn_ok": self.in_transaction,
            "fails": self.fails,
            "data": {name: what.json() for name, what in sorted(self.data.items()) if not what.empty},
            "unproven": self.unproven,
        }

    def _online(self, online: Online) -> dict[str, Json]:
        """The form for MySQL and MariaDB; `rewrites`, `scans` and the rest as for PostgreSQL."""
        return {
            "algorithm": online.algorithm,
            "lock": online.lock,
            "rebuilt": list(online.rebuilt),
            "fails": self.fails,
            "unproven": self.unproven,
            "locks": {name: lock.mode for name, lock in sorted(self.locks.items())},
            "rewrites": list(self.rewrites),
            "scans": list(self.scans),
            "blocks_reads": list(self.select_blocked),
            "blocks_writes": list(self.write_blocked),
            "data": {name: what.json() for name, what in sorted(self.data.items()) if not what.empty},
        }
