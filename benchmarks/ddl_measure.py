"""One statement on a real server: its locks, scans, new files, failure, what others wait for, the schema afterwards."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from benchmarks import ddl_schema

if TYPE_CHECKING:
    import psycopg

_RELATIONS = """
SELECT c.oid, CASE WHEN nspname = 'public' THEN relname ELSE nspname || '.' || relname END, relkind::text, relfilenode,
  (SELECT array_agg(attnum::text || ' ' || attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
     AND NOT attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname NOT LIKE 'pg\\_t%'
  AND relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S')"""
_READ = "SELECT relid, seq_tup_read FROM pg_stat_xact_all_tables WHERE seq_tup_read > 0"
_LOCKS = "SELECT DISTINCT relation, mode FROM pg_locks WHERE pid = %s AND granted AND relation IS NOT NULL"
_TABLE_LIKE = frozenset("rpvmf")
_REFUSED_IN_BLOCK = frozenset({"25001", "2D000"})
_STRENGTH = (
    "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
    "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation before the statement: its name, kind, file, columns by number, and how many rows it holds."""

    name: str
    kind: str
    file: int
    columns: dict[int, str]
    rows: int = 0


@dataclass(slots=True)
class Measured:
    """What a statement did. Names are those from before it; `error` is (state, message) where it was refused."""

    error: tuple[str, str] | None = None
    in_block: bool | None = True
    locks: dict[str, str] = field(default_factory=dict)
    rewrites: list[str] = field(default_factory=list)
    rebuilds: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    select_blocked: list[str] = field(default_factory=list)
    write_blocked: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    shape: ddl_schema.Shape = field(default_factory=dict)


class Bench:
    """Two sessions on one database: one runs statements, the other looks."""

    def __init__(self, dsn: str, database: str, version: int) -> None:
        import psycopg

        self.dsn, self.database, self.version = dsn, database, version
        self.worker = psycopg.connect(f"{dsn} dbname={database}", autocommit=True)
        self.watcher = self._watcher()
        self.worker.prepare_threshold = 2
        self.worker.execute("SET client_min_messages = error; SET search_path = public; SET lock_timeout = '2s'")
        self.before: dict[int, Relation] = {}
        self.look()

    def _watcher(self) -> "psycopg.Connection[Any]":
        import psycopg

        options = "-c lock_timeout=1 -c client_min_messages=error -c search_path=public"
        session = psycopg.connect(f"{self.dsn} dbname={self.database}", options=options, autocommit=True)
        session.prepare_threshold = 2
        return session

    def close(self) -> None:
        """End both sessions."""
        self.worker.close()
        self.watcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(self) -> None:
        """Read what is there now."""
        found = self._relations(self.worker)
        counted = self._count(self.worker, [oid for oid, r in found.items() if r.kind in "rm"], found)
        self.before = {
            oid: Relation(r.name, r.kind, r.file, r.columns, counted.get(oid, 0)) for oid, r in found.items()
        }

    @staticmethod
    def _relations(session: "psycopg.Connection[Any]") -> dict[int, Relation]:
        return {
            oid: Relation(name, kind, file, {int(c.partition(" ")[0]): c.partition(" ")[2] for c in columns or ()})
            for oid, name, kind, file, columns in session.execute(_RELATIONS)
        }

    @staticmethod
    def _count(session: "psycopg.Connection[Any]", oids: list[int], names: dict[int, Relation]) -> dict[int, int]:
        if not oids:
            return {}
        from psycopg import sql

        filled = {oid for (oid,) in session.execute("SELECT oid FROM pg_class WHERE relkind = 'm' AND relispopulated")}
        parts = [
            sql.SQL("SELECT {}::oid, count(*) FROM ONLY {}").format(sql.Literal(oid), _identifier(names[oid].name))
            for oid in oids
            if names[oid].kind == "r" or oid in filled
        ]
        return dict(session.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())

    def measure(self, sql: str, *, keep: bool = False, probe: bool = True) -> Measured:
        """Run a statement in a transaction of its own; `keep` commits it. One that refuses a block is not run."""
        import psycopg

        # each is predicted in a fresh session
        self.worker.execute("SET search_path = public; SET timezone = 'UTC'; SET session_replication_role = origin")
        self.worker.execute("BEGIN")
        try:
            read = dict(self.worker.execute(_READ).fetchall())
            try:
                self.worker.execute(sql.encode(), prepare=False)
            except psycopg.Error as error:
                state = error.sqlstate or ""
                return Measured((state, str(error).partition("\n")[0]), False if state in _REFUSED_IN_BLOCK else None)
            done = self._done(read)
            if probe and any(_STRENGTH.index(mode) >= 4 for mode in self._modes().values()):
                self._probe(done)
            if keep:
                try:
                    self.worker.execute("COMMIT")
                except psycopg.Error as error:  # a check that waited: nothing stays
                    return Measured((error.sqlstate or "", str(error).partition("\n")[0]), None)
            return done
        finally:
            if self.worker.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self.worker.execute("ROLLBACK")
            elif keep:
                self.look()

    def outside(self, sql: str) -> Measured:
        """Run a statement that refuses a transaction block; it stays done. Locks and scans are not seen."""
        import psycopg

        try:
            self.worker.execute(sql.encode(), prepare=False)
        except psycopg.Error as error:
            return Measured((error.sqlstate or "", str(error).partition("\n")[0]), None, shape=self._shape())
        now = self._relations(self.worker)
        done = Measured(in_block=False, shape=self._shape())
        self._files(done, now)
        self.look()
        return done

    def _modes(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for oid, mode in self.watcher.execute(_LOCKS, (self.worker.info.backend_pid,)):
            if oid not in found or _STRENGTH.index(mode) > _STRENGTH.index(found[oid]):
                found[oid] = mode
        return found

    def _done(self, read: dict[int, int]) -> Measured:
        modes = self._modes()
        done = Measured()
        done.locks = {
            self.before[oid].name: mode
            for oid, mode in modes.items()
            if oid in self.before and self.before[oid].kind in _TABLE_LIKE
        }
        for oid, tuples in self.worker.execute(_READ):
            old = self.before.get(oid)
            if old is not None and old.rows and tuples - read.get(oid, 0) >= 0.9 * old.rows:
                done.scans.append(old.name)
        done.scans.sort()
        now = self._relations(self.worker)
        self._files(done, now)
        done.shape = self._shape()
        for oid, old in self.before.items():
            if old.kind not in "rpm":
                continue
            new = now.get(oid)
            if new is None:
                done.lost.append(old.name)
            else:
                done.lost += [f"{old.name}.{name}" for number, name in old.columns.items() if number not in new.columns]
        done.lost.sort()
        return done

    def _files(self, done: Measured, now: dict[int, Relation]) -> None:
        names = {r.name: r for r in now.values()}
        for oid, old in self.before.items():
            new = now.get(oid)
            if old.kind in "rm" and new is not None and new.file != old.file:
                done.rewrites.append(old.name)
            elif old.kind == "i":
                again = new or names.get(old.name)
                if again is not None and again.kind == "i" and again.file != old.file:
                    done.rebuilds.append(old.name)
        done.rewrites.sort()
        done.rebuilds.sort()

    def _shape(self) -> ddl_schema.Shape:
        if self.worker.info.transaction_status == 2:  # in a block: types are told as this path sees them
            self.worker.execute("SET LOCAL search_path = public")
        return ddl_schema.observed(self.worker.execute(ddl_schema.query(self.version)).fetchall())

    def _probe(self, done: Measured) -> None:
        import psycopg
        from psycopg import sql

        # A new session: one that has read the tables before has their partition bounds in its cache.
        self.watcher.close()
        self.watcher = self._watcher()
        for relation in self.before.values():
            if relation.kind not in _TABLE_LIKE:
                continue
            name = _identifier(relation.name)
            for statement, found, kinds in (
                ("SELECT 1 FROM {} LIMIT 1", done.select_blocked, "rpvmf"),
                ("DELETE FROM {} WHERE ctid = '(0,0)'", done.write_blocked, "rpf"),
            ):
                if relation.kind not in kinds:
                    continue
                try:
                    # never prepared: a plan that is kept takes other locks
                    self.watcher.execute(sql.SQL(statement).format(name), prepare=False)
                except psycopg.errors.LockNotAvailable:
                    found.append(relation.name)
                except psycopg.Error:
                    continue  # a matview without data, a view nobody may read: no lock was in the way
        done.select_blocked.sort()
        done.write_blocked.sort()


def _identifier(name: str) -> Any:  # noqa: ANN401 - psycopg's composable
    from psycopg import sql

    schema, _, table = name.rpartition(".")
    return sql.Identifier(schema or "public", table)
