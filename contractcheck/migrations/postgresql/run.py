"""One transaction on the model of the server: the catalog it changes, the locks it holds, the work it has done."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog, Column, Index, Name, Relation, Sequence, Table, Type
from contractcheck.migrations.effects import Effects, Lock, Remark, Server, TableData
from contractcheck.migrations.operations import Node, Ref
from contractcheck.migrations.postgresql import types
from contractcheck.migrations.postgresql.expressions import Scope

MAX_NAME = 63  # NAMEDATALEN - 1, in bytes
SYSTEM_COLUMNS = {
    "tableoid": Type("oid"),
    "ctid": Type("tid"),
    "xmin": Type("xid"),
    "xmax": Type("xid"),
    "cmin": Type("cid"),
    "cmax": Type("cid"),
}
TABLE_LIKE = frozenset({"table", "partitioned table", "view", "matview", "foreign table"})


class FailureError(Exception):
    """The server certainly refuses the statement; says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class BlockError(FailureError):
    """The server refuses the statement inside a transaction block only."""


class Event(Struct, frozen=True):
    """A row of `table` that waits for a check at the end of the transaction, which will look at another table."""

    table: int
    check: int
    looks: int | None = None


class Run(Struct):
    """A transaction: `catalog` is what it sees and changes, `before` what existed when it began.

    `block` says that it is a transaction block, which some statements refuse.
    """

    catalog: Catalog
    server: Server
    block: bool = True
    before: Mapping[int, Relation] = field(default_factory=dict)
    before_indexes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    before_children: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    before_views: frozenset[int] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)
    locks: dict[int, Lock] = field(default_factory=dict)
    rewrites: set[int] = field(default_factory=set)
    scans: set[int] = field(default_factory=set)
    rebuilds: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)
    deleted_rows: dict[int, int | None] = field(default_factory=dict)
    unproven: list[str] = field(default_factory=list)
    blurred: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    fresh_labels: set[tuple[int, str]] = field(default_factory=set)
    fresh_types: set[int] = field(default_factory=set)
    blank: set[tuple[int, int]] = field(default_factory=set)  # columns added here that hold NULL in every row
    events: set[Event] = field(default_factory=set)
    deferral: dict[int | None, bool] = field(default_factory=dict)  # SET CONSTRAINTS by number; None: all of them
    calls: int = 0  # how many routines deep
    prepared: dict[str, Node] = field(default_factory=dict)
    cursors: dict[str, frozenset[int]] = field(default_factory=dict)  # open ones, and the tables they read
    savepoints: dict[str, tuple[Catalog, dict[int, Lock]]] = field(default_factory=dict)
    planning: bool = False  # statements are planned and not carried out
    trusted: bool = False  # what is inserted is taken to be accepted, without a look at the values

    @classmethod
    def begin(cls, catalog: Catalog, server: Server, *, block: bool = True) -> "Run":
        """A transaction on a copy of the catalog."""
        copy = catalog.copy()
        copy.changed = set()
        run = cls(copy, server, block, settings=dict(server.settings))
        # What was there before is never changed, only replaced: it can be looked at in place.
        run.before, run.before_indexes, run.before_children = catalog.relations, catalog.indexes, catalog.children
        run.before_views = catalog.views
        return run

    @property
    def version(self) -> int:
        """The server's major version."""
        return self.server.version

    @property
    def session(self) -> Server:
        """The server with the settings this session has now."""
        return Server(self.server.version, self.server.dialect, self.settings)

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas that unqualified names are looked up in, temporary tables first."""
        return types.server_path(self.session)

    @property
    def home(self) -> str:
        """The schema that new objects go to."""
        for schema in self.path[1:]:
            if schema in self.catalog.schemas or not self.catalog.complete:
                return schema
        if self.path[1:] or "search_path" in self.settings:
            raise FailureError("no schema has been selected to create in")
        return "public"

    def need(self, version: int, what: str) -> None:
        """Refuse what is younger than the server."""
        if self.version < version:
            raise FailureError(f"{what} needs PostgreSQL {version}")

    def not_in_block(self, what: str) -> None:
        """Refuse what cannot run inside a transaction block."""
        if self.block:
            raise BlockError(f"{what} cannot run inside a transaction block")

    def doubt(self, why: str, *, schema: bool = True) -> None:
        """Say what is not known of the work, and of the schema afterwards if `schema`."""
        if why not in self.unproven:
            self.unproven.append(why)
        if schema and why not in self.blurred:
            self.blurred.append(why)

    def note(self, why: str) -> None:
        """Say what the rules should know."""
        if why not in self.notes:
            self.notes.append(why)

    def remark(self, what: str, subject: str, detail: str = "") -> None:
        """Say what a rule asks for (effects.REMARKS)."""
        made = Remark(what, subject, detail)
        if made not in self.remarks:
            self.remarks.append(made)

    def lock(self, number: int, lock: Lock) -> None:
        """Take a lock."""
        if lock is Lock.ROW_EXCLUSIVE and self.blank:  # that of whoever writes
            self.blank = {place for place in self.blank if place[0] != number}
        if lock > self.locks.get(number, 0):
            self.locks[number] = lock

    # -- names ----------------------------------------------------------------------------------------------------

    def find(self, ref: Ref) -> Relation | None:
        """The relation a name means, if it is known."""
        return self.catalog.lookup(ref.name, ref.schema, self.path)

    def relation(self, ref: Ref, *, kind: str = "table", missing_ok: bool = False) -> Relation | None:
        """The relation a name means.

        One that is missing fails, or is assumed to exist where the catalog is not complete; None if it may be missing.
        """
        found = self.find(ref)
        if found is None and _of_the_system(ref):
            found = self.catalog.lookup(ref.name, ref.schema or "pg_catalog", ())
        if found is not None:
            return found
        if _of_the_system(ref):
            return None if missing_ok else self._assume(ref, kind)
        if ref.schema and self.catalog.complete and ref.schema not in self.catalog.schemas:
            if missing_ok:
                return None
            raise FailureError(f'schema "{ref.schema}" does not exist')
        gone = any(
            Name(schema, ref.name) in self.catalog.gone for schema in ((ref.schema,) if ref.schema else self.path)
        )
        if (self.catalog.complete or gone) and not self.catalog.opaque:
            if missing_ok:
                return None
            word = {"view": "view", "matview": "materialized view", "index": "index"}.get(kind, "relation")
            raise FailureError(f'{word} "{ref}" does not exist')
        if self.catalog.complete:
            self.doubt(f"{ref} may or may not exist: {self.catalog.opaque[0]}")
        return self._assume(ref, kind)

    def _assume(self, ref: Ref, kind: str) -> Relation | None:
        if kind not in {"table", "view", "matview", "sequence"}:
            return None
        schema = ref.schema or ("pg_catalog" if _of_the_system(ref) else (self.path[1:] or ("public",))[0])
        number = self.catalog.number()
        made: Relation
        if kind == "sequence":
            made = Sequence(number, schema, ref.name)
        else:
            made = Table(number, schema, ref.name, kind=kind, known=False, rows=None)
        self.catalog.put(made)
        self.before = {**self.before, number: made}
        if str(made.key) not in self.assumed and not _of_the_system(ref):
            self.assumed.append(str(made.key))
        return made

    def table(self, ref: Ref, kinds: Iterable[str] = ("table", "partitioned table", "foreign table")) -> Table:
        """The table a name means. Raises FailureError for what is missing or no table."""
        found = self.relation(ref)
        if not isinstance(found, Table) or (found.known and found.kind not in kinds):
            raise FailureError(f'"{ref.name}" is not a table')
        return found

    def current(self, number: int) -> Table:
        """A table as it is now."""
        return self.catalog.table(number)

    def knows(self, table: Table) -> bool:
        """Whether everything of a table is listed: it was made in the known history, and nothing opaque came since."""
        return table.known and not self.catalog.opaque

    def column(self, table: Table, name: str) -> Column:
        """The column of a table; assumed where the table's columns are not known."""
        found = self.catalog.table(table.number).column(name)
        if found is not None:
            return found
        if not self.knows(table):
            made = Column(table.next_column, name, None)
            now = self.catalog.table(table.number)
            made = replace(made, number=now.next_column)
            self.catalog.put(replace(now, columns=(*now.columns, made), next_column=now.next_column + 1))
            before = self.before.get(table.number)
            if isinstance(before, Table):
                # It was there all the time: dropping or renaming it is an effect of this statement.
                there = replace(before, columns=(*before.columns, made), next_column=made.number + 1)
                self.before = {**self.before, table.number: there}
            return made
        raise FailureError(f'column "{name}" of relation "{table.name}" does not exist')

    def free(self, schema: str, name: str) -> None:
        """Refuse a relation's name that is taken."""
        if self.catalog.lookup(name, schema, ()) is not None:
            raise FailureError(f'relation "{name}" already exists')

    def schema_for(self, ref: Ref) -> str:
        """The schema a new object goes to. Raises FailureError for one that does not exist."""
        if ref.persistence == "t" or ref.schema == "pg_temp":
            return "pg_temp"
        if ref.schema is None:
            return self.home
        if self.catalog.complete and ref.schema not in self.catalog.schemas:
            raise FailureError(f'schema "{ref.schema}" does not exist')
        return ref.schema

    def choose(self, schema: str, first: str, second: str, label: str, taken: Iterable[str] = ()) -> str:
        """A name the server would generate (ChooseRelationName): `first_second_label`, cut to 63 bytes, numbered."""
        used = set(taken)
        for attempt in range(10000):
            suffix = label + (str(attempt) if attempt else "")
            name = make_name(first, second, suffix)
            if name not in used and self.catalog.lookup(name, schema, ()) is None:
                return name
        raise FailureError("no free name")

    # -- what is known of the rows ---------------------------------------------------------------------------------

    def has_rows(self, number: int) -> bool:
        """Whether a table holds rows, as far as known: only one that was never filled does not."""
        found = self.catalog.relations.get(number)
        return not (isinstance(found, Table) and found.rows is not None and not any(s.count != 0 for s in found.rows))

    def scan(self, number: int) -> None:
        """Read a table in full: for a partitioned one its leaves."""
        for leaf in self.leaves(number):
            if self.has_rows(leaf):
                self.scans.add(leaf)

    def leaves(self, number: int) -> tuple[int, ...]:
        """The tables that hold the rows of a table: itself, or the leaves of a partitioned one."""
        table = self.catalog.relations.get(number)
        if isinstance(table, Table) and table.kind == "partitioned table":
            below = [self.catalog.table(n) for n in self.catalog.descendants(number)]
            return tuple(t.number for t in below if t.kind != "partitioned table")
        return (number,)

    def rewrite(self, number: int) -> None:
        """Give a table a new file: its indexes get new ones too."""
        self.rewrites.add(number)
        for index in self.catalog.indexes_of(number):
            self.rebuilds.add(index.number)
            self.lock(index.number, Lock.ACCESS_EXCLUSIVE)

    def scope(self, table: Table | None = None) -> Scope:
        """What names mean in an expression, over the columns of a table."""

        def column(parts: tuple[str, ...]) -> Type | None:
            if table is None:
                return None
            now = self.catalog.relations.get(table.number, table)
            found = now.column(parts[-1]) if isinstance(now, Table) else None
            return found.type if found else SYSTEM_COLUMNS.get(parts[-1])

        return Scope(self.catalog, self.path, self.version, column)

    # -- result ----------------------------------------------------------------------------------------------------

    def effects(self, *, in_transaction: bool | None = True, brief: bool = False) -> Effects:
        """What the transaction has done to what existed before it.

        `brief`: only locks, rewrites, scans and new relations.
        """
        locks, others, kinds = {}, {}, {}
        for number, lock in self.locks.items():
            relation = self.before.get(number)
            if relation is None or relation.schema in {"pg_temp", "pg_catalog", "information_schema"}:
                continue
            if isinstance(relation, Table) and relation.kind in TABLE_LIKE:
                locks[str(relation.key)] = lock
                kinds[str(relation.key)] = relation.kind
            else:
                others[str(relation.key)] = lock
        now = [self.catalog.relations.get(n) for n in self.catalog.changed if n not in self.before]
        created = tuple(sorted(str(r.key) for r in now if isinstance(r, Table)))
        scans = self._names(n for n in self.scans if n in self.catalog.relations)
        if brief:
            return Effects(locks, rewrites=self._names(self.rewrites), scans=scans, new_relations=created)
        selects, writes = self._blocked()
        return Effects(
            locks=dict(sorted(locks.items())),
            other_locks=dict(sorted(others.items())),
            kinds=dict(sorted(kinds.items())),
            rewrites=self._names(self.rewrites),
            scans=scans,
            index_rebuilds=self._rebuilt(),
            select_blocked=selects,
            write_blocked=writes,
            in_transaction=in_transaction,
            data=self._data(),
            unproven="; ".join(self.unproven) or None,
            blurred="; ".join(self.blurred) or None,
            new_relations=created,
            assumed=tuple(self.assumed),
            emptied=self._names(self.emptied),
            cleared=self._names(self.cleared),
            notes=tuple(self.notes),
            remarks=tuple(self.remarks),
        )

    def _names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        mine = (self.before[n] for n in numbers if n in self.before)
        return tuple(sorted(str(r.key) for r in mine if r.schema not in {"pg_catalog", "information_schema"}))

    def _rebuilt(self) -> tuple[str, ...]:
        found = {str(self.before[n].key) for n in self.rebuilds if isinstance(self.before.get(n), Index)}
        for number in self.catalog.changed:
            relation = self.before.get(number)
            if isinstance(relation, Index) and number not in self.catalog.relations:
                again = self.catalog.names.get(relation.key)
                now = self.catalog.relations.get(again) if again is not None else None
                if isinstance(now, Index) and now.number not in self.before and now.table == relation.table:
                    found.add(str(relation.key))
        return tuple(sorted(found))

    def _blocked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tables another session's SELECT and DELETE have to wait for (measured: notes 10 of the case list).

        Planning locks every index and every child; a view needs what it reads; up to 13, a partition's bounds are read
        from its parents.
        """
        if not any(lock >= Lock.SHARE for lock in self.locks.values()):
            return (), ()
        exclusive = {n for n, lock in self.locks.items() if lock is Lock.ACCESS_EXCLUSIVE and n in self.before}
        stopped = {n for n, lock in self.locks.items() if lock.blocks_writes and n in self.before}
        own: set[int] = set()
        for number in exclusive:
            relation = self.before[number]
            if isinstance(relation, Index) and relation.partitioned and self.version < 16:
                continue  # the planner did not look at the indexes of partitioned tables yet (measured on 15.18)
            own.add(relation.table if isinstance(relation, Index) else number)
        queue = [number for number in exclusive if isinstance(self.before[number], Table)]
        while queue:  # a partition that is partitioned itself is planned with the bounds above it (measured, 15 to 18)
            for child in self.before_children.get(queue.pop(), ()):
                below = self.before.get(child)
                partitioned = isinstance(below, Table) and below.kind == "partitioned table"
                if partitioned and child not in own and self._is_partition(child):
                    own.add(child)
                    queue.append(child)
        reads, writes = set(own), set(own)
        own_writes = own | {n for n in stopped if isinstance(self.before[n], Table)}
        writes |= own_writes
        for found, start in ((reads, own), (writes, own_writes)):
            queue = list(start)
            while queue:
                for parent in self._parents(queue.pop()):
                    if parent not in found:
                        found.add(parent)
                        queue.append(parent)
        if self.version < 14:
            queue = [n for parent in exclusive for n in self.before_children.get(parent, ()) if self._is_partition(n)]
            while queue:
                child = queue.pop()
                writes.add(child)
                queue += [n for n in self.before_children.get(child, ()) if self._is_partition(n)]
        changed = True
        views = [v for n in self.before_views if isinstance(v := self.before.get(n), Table)]
        while changed:
            changed = False
            for view in views:
                if view.number not in reads and any(table in reads for table, _ in view.reads):
                    reads.add(view.number)
                    changed = True
        tables = {"table", "partitioned table", "foreign table"}
        select = [r for n in reads if isinstance(r := self.before.get(n), Table) and r.kind in TABLE_LIKE]
        write = [r for n in writes if isinstance(r := self.before.get(n), Table) and r.kind in tables]
        visible = {"pg_temp", "pg_catalog", "information_schema"}
        return (
            tuple(sorted(str(r.key) for r in select if r.schema not in visible)),
            tuple(sorted(str(r.key) for r in write if r.schema not in visible)),
        )

    def _parents(self, number: int) -> tuple[int, ...]:
        found = self.before.get(number)
        return found.parents if isinstance(found, Table) else ()

    def _is_partition(self, number: int) -> bool:
        found = self.before.get(number)
        return isinstance(found, Table) and found.partition

    def _data(self) -> dict[str, TableData]:
        found: dict[str, TableData] = {}
        for number in self._touched():
            old = self.before.get(number)
            if not isinstance(old, Table) or old.kind not in {"table", "partitioned table", "matview", "view"}:
                continue
            now = self.catalog.relations.get(number)
            if now is old and not (
                (self.before_children.get(number) or self.catalog.children.get(number))
                and self._partitions_changed(number)
            ):
                continue
            count = row_count(old, self.before, self.before_children)
            if not isinstance(now, Table):
                if old.kind != "view":
                    rows = (count, 0) if count is None or count else None
                    found[str(old.key)] = TableData(dropped=True, rows=rows)
                continue
            data = self._changes(old, now)
            if not data.empty:
                found[str(old.key)] = data
        return found

    def _touched(self) -> tuple[int, ...]:
        """What was changed, and everything above it: the rows of a partitioned table are those of its partitions."""
        found = dict.fromkeys(sorted(self.catalog.changed))
        queue = list(found)
        while queue:
            number = queue.pop()
            for above in (*self._parents(number), *self.catalog.ancestors(number)):
                if above not in found:
                    found[above] = None
                    queue.append(above)
        return tuple(found)

    def _partitions_changed(self, number: int) -> bool:
        """Whether the rows below a partitioned table are others than before."""
        if self.before_children.get(number) != self.catalog.children.get(number):
            return True
        return any(
            self.catalog.relations.get(child) is not self.before.get(child)
            for child in self.catalog.descendants(number)
        )

    def _changes(self, old: Table, now: Table) -> TableData:
        if old.kind == "view":
            return TableData()
        present = {column.number: column for column in now.columns}
        renamed = [(c.name, n.name) for c in old.columns if (n := present.get(c.number)) and n.name != c.name]
        retyped = []
        for column in old.columns:
            new = present.get(column.number)
            if new is not None and column.type is not None and new.type is not None and new.type != column.type:
                retyped.append(
                    (column.name, types.words(column.type, self.catalog), types.words(new.type, self.catalog))
                )
        known = {c.number for c in old.columns}
        before = row_count(old, self.before, self.before_children)
        after = row_count(now, self.catalog.relations, self.catalog.children)
        if before is not None and after is None and old.number in self.deleted_rows:
            after = max(0, before - 1)  # how many rows go is not known, that some may is
        if before is None and after == 0 and old.number in self.emptied | self.cleared:
            before = 1  # at least
        rows = (before, after) if before != after and before is not None and after is not None else None
        gone = tuple(c.name for c in old.columns if c.number not in present)
        return TableData(
            renamed_to=str(now.key) if now.key != old.key else None,
            dropped_columns=gone,
            added_columns=tuple(c.name for c in now.columns if c.number not in known),
            renamed_columns=tuple(renamed),
            retyped_columns=tuple(retyped),
            rows=rows,
        )


def _of_the_system(ref: Ref) -> bool:
    """Whether a name means a system catalog: they exist in every database and are nobody's schema."""
    return ref.schema in {"pg_catalog", "information_schema"} or (ref.schema is None and ref.name.startswith("pg_"))


def row_count(table: Table, relations: Mapping[int, Relation], children: Mapping[int, tuple[int, ...]]) -> int | None:
    """How many rows a table holds with those below it; None if not known."""
    counts = [] if table.kind == "partitioned table" else [_own_count(table)]
    if table.kind in {"table", "partitioned table"}:
        below = (relations.get(n) for n in children.get(table.number, ()))
        counts += [row_count(child, relations, children) for child in below if isinstance(child, Table)]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _own_count(table: Table) -> int | None:
    if table.rows is None or any(source.count is None for source in table.rows):
        return None
    return sum(source.count or 0 for source in table.rows)


def cut(name: str, limit: int) -> str:
    """The name cut to that many bytes, never inside a character."""
    return name.encode()[:limit].decode(errors="ignore")


def make_name(first: str, second: str, label: str) -> str:
    """makeObjectName(): `first_second_label`, the longer of the two first parts cut until all fits in 63 bytes."""
    overhead = len(label.encode()) + 1 if label else 0
    if second:
        overhead += 1
    room = MAX_NAME - overhead
    one, two = len(first.encode()), len(second.encode())
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    return "_".join(part for part in (cut(first, one), cut(second, two), label) if part)


def use_label(run: Run, number: int, label: str) -> None:
    """Refuse a value of an enum that this transaction added (55P04); from 17 on not if it made the type too."""
    if (number, label) in run.fresh_labels and not (run.version >= 17 and number in run.fresh_types):
        user = run.catalog.types[number]
        raise FailureError(f'unsafe use of new value "{label}" of enum type {user.name}')
