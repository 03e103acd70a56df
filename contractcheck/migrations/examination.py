"""Examine the migrations of a tree: replay each on the database its predecessors leave, up, down, and compare."""

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog, Index, Name, Table, assume_rows
from contractcheck.migrations.effects import Effects, Lock, Server
from contractcheck.migrations.examined import Examined, Ran, columns_made
from contractcheck.migrations.recovery import points
from contractcheck.migrations.reversal import Played, judge
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.timeline import Stretch, timeline
from contractcheck.migrations.trees import Existing, Migration, Opaque, Script, ScriptKind, Statement, Step, Tree
from contractcheck.model.place import Place
from contractcheck.model.report import (
    HeldLock,
    LockedWork,
    MigrationReport,
    StatementReport,
)

_NOTHING = Script(ScriptKind.EMPTY, (), None)
# What reasons of opaque steps say where the way depends on what the database answers.
_ASKED = ("what the database holds", "the result of a query")


class _World:
    """The database that a script asks while it is read; each of its states is replayed once."""

    def __init__(self, server: Server, catalog: Catalog, doubts: frozenset[str] | None) -> None:
        self.server = server
        self._begin = Played((), (), catalog, frozenset(), doubts=doubts)
        self._steps: tuple[Step, ...] = ()
        self._now = self._begin

    def after(self, steps: Sequence[Step]) -> Catalog:
        return self._advance(steps).catalog

    def doubts(self, steps: Sequence[Step]) -> frozenset[str] | None:
        return self._advance(steps).doubts

    def _advance(self, steps: Sequence[Step]) -> Played:
        known = len(self._steps)
        goes_on = len(steps) >= known and all(one is other for one, other in zip(self._steps, steps, strict=False))
        base, rest = (self._now, steps[known:]) if goes_on else (self._begin, steps)
        if rest or not goes_on:
            self._now = _play(base.catalog, tuple(rest), self.server, base.created, base.doubts)
            self._steps = tuple(steps)
        return self._now


def examine(
    tree: Tree,
    server: Server,
    *,
    wanted: Collection[str] | None = None,
    one_release: bool = False,
    complete: bool = True,
    sizes: Sizes | None = None,
    pending: Collection[str] = (),
) -> tuple[Examined, ...]:
    """Replay the whole tree and examine the wanted migrations of it (ids; None: all).

    `pending` are ids of others that no release has had yet: they go out together with the wanted ones.

    With `one_release` a table that one wanted migration creates is still empty for the next. Without `complete` there
    may be tables that the tree does not create; so there are if its first migration already needs one.
    """
    if server.dialect != "postgresql":
        from contractcheck.migrations.walk import examine as walk

        return walk(tree, server, wanted=wanted, one_release=one_release, complete=complete, sizes=sizes)
    opening = _opening(tree, server) if complete else None
    catalog = Catalog(complete=opening is not None)
    doubts: frozenset[str] | None = frozenset()
    release: frozenset[int] = frozenset()
    made: frozenset[tuple[str, str]] = frozenset()
    waiting: frozenset[tuple[str, str]] = frozenset()
    examined: list[Examined] = []
    for each in tree.migrations:
        before = catalog
        chosen = wanted is None or each.id in wanted
        migration = replace(each, up=_read(each.up, server, before, doubts))
        before = _as_said(before, migration, server)
        created = release if one_release and chosen else frozenset()
        if opening is not None and each is opening[0]:
            up = opening[1]
        else:
            up = _play(before, migration.up.steps, server, created, doubts)
        if chosen:
            found = _examine(migration, before, up, server, made, sizes or Sizes())
            examined.append(dataclasses.replace(found, waiting_columns=waiting) if waiting else found)
            release = up.created
            made = columns_made(up.ran, made) if one_release else frozenset()
        if chosen or each.id in pending:
            waiting = columns_made(up.ran, waiting) if pending else waiting
        catalog, doubts = assume_rows(up.catalog), up.doubts
    return tuple(examined)


def examine_on(migration: Migration, before: Catalog, server: Server) -> Examined:
    """One migration on a database of PostgreSQL that is known, whatever made it."""
    up = _read(migration.up, server, before, frozenset())
    played = _play(before, up.steps, server, frozenset())
    return _examine(replace(migration, up=up), before, played, server, frozenset(), Sizes())


def end(tree: Tree, server: Server, *, complete: bool = True) -> Catalog | None:
    """The database that all the migrations of a tree leave; None where the dialect has no such model."""
    if server.dialect != "postgresql":
        return None
    reached = [passed.after for passed in through(tree, server, complete=complete)]
    return reached[-1] if reached else Catalog(complete=complete)


class Passed(Struct, frozen=True):
    """One migration as it runs, the database before and after it, and the tables of which more may have happened.

    `doubts` are their names, None for any table.
    """

    migration: Migration
    before: Catalog
    after: Catalog
    doubts: frozenset[str] | None


def through(tree: Tree, server: Server, *, complete: bool = True) -> Iterator[Passed]:
    """The migrations of a tree on PostgreSQL, each with the database before and after it."""
    opening = _opening(tree, server) if complete else None
    catalog = Catalog(complete=opening is not None)
    doubts: frozenset[str] | None = frozenset()
    for each in tree.migrations:
        migration = replace(each, up=_read(each.up, server, catalog, doubts))
        before = _as_said(catalog, migration, server)
        played = _play(before, migration.up.steps, server, frozenset(), doubts)
        catalog, doubts = assume_rows(played.catalog), played.doubts
        yield Passed(migration, before, catalog, doubts)


def first(migration: Migration, before: Catalog, server: Server, found: Callable[[Catalog], bool]) -> Statement | None:
    """The statement of an upgrade on PostgreSQL behind which something is so of the database for the first time."""
    world = _World(server, before, frozenset())
    for number, step in enumerate(migration.up.steps, 1):
        if found(world.after(migration.up.steps[:number])):
            return step if isinstance(step, Statement) else None
    return None


def same_end(one: Catalog | None, other: Catalog | None) -> bool:
    """Whether two databases have the same schema, as far as is known of them."""
    from contractcheck.migrations.postgresql.comparison import differences

    if one is None or other is None:
        return one is other
    return len(one.opaque) == len(other.opaque) and not differences(one, other)


def _read(script: Script, server: Server, catalog: Catalog, doubts: frozenset[str] | None) -> Script:
    """The script as it runs on that database: one that asks what is there gets to know it."""
    return script if script.again is None else script.again(_World(server, catalog, doubts))


def _as_said(catalog: Catalog, migration: Migration, server: Server) -> Catalog:
    """The catalog with what a migration says of columns that no known migration made."""
    told: dict[tuple[str | None, str, str], Existing] = {}
    for step in (*migration.up.steps, *migration.down.steps):
        if isinstance(step, Statement) and step.existing is not None:
            said = step.existing
            told.setdefault((said.schema, said.table, said.column), said)
    for said in told.values():
        table = catalog.lookup(said.table, said.schema, ("public",))
        if table is None and not catalog.complete and Name(said.schema or "public", said.table) not in catalog.gone:
            catalog = catalog.copy()
            made = Table(catalog.number(), said.schema or "public", said.table, known=False, rows=None)
            catalog.put(made)
            table = made
        if not isinstance(table, Table) or table.known or said.type is None:
            continue
        column = table.column(said.column)
        if column is not None and (column.type is not None or column.unknown):
            continue
        scratch = _replay(Catalog(), [_scratch(said)], server, frozenset(), {}).catalog
        model = next((each.columns[0] for each in scratch.tables() if each.columns), None)
        if model is not None and model.type is not None:
            catalog = catalog.copy()
            not_null = said.nullable is False
            if column is None:
                found = replace(model, number=table.next_column, name=said.column, not_null=not_null)
                table = replace(table, columns=(*table.columns, found), next_column=table.next_column + 1)
            else:
                table = table.with_column(replace(column, type=model.type, not_null=column.not_null or not_null))
            catalog.put(table)
    return catalog


def _scratch(said: Existing) -> Statement:
    return Statement(f"CREATE TABLE said (told {said.type})", Place("", 1, 1))


def _opening(tree: Tree, server: Server) -> tuple[Migration, Played] | None:
    """The first migration that does something, played on an empty database; None if that has not what it needs."""
    first = next((migration for migration in tree.migrations if migration.up.steps), None)
    empty = Catalog(complete=True)
    if first is None:
        return Migration("", "", "", (), (), (), _NOTHING, _NOTHING, ()), Played((), (), empty, frozenset())
    played = _play(empty, _read(first.up, server, empty, frozenset()).steps, server, frozenset())
    missing = any("does not exist" in (ran.refused or "") for ran in played.ran)
    return None if missing else (first, played)


def report(examined: Examined) -> MigrationReport:
    """The part of a report that speaks of one migration."""
    return MigrationReport(
        id=examined.migration.id,
        path=examined.migration.path,
        tool=examined.migration.tool,
        phase=examined.phase,
        reversibility=examined.reversibility,
        statements=tuple(_statement(ran) for ran in examined.up)
        + tuple(_unknown(step, maybe) for step, maybe in zip(examined.opaque, examined.maybe, strict=True)),
        down=tuple(_statement(ran) for ran in examined.down),
        locks=tuple(_held(examined, stretch) for stretch in timeline(examined)),
        place=examined.migration.up.place,
        points=points(examined),
    )


def _held(examined: Examined, stretch: Stretch) -> HeldLock:
    return HeldLock(
        table=stretch.table,
        lock=stretch.lock.words,
        readers=stretch.lock.blocks_reads,
        first=stretch.first,
        last=stretch.last,
        work=tuple(LockedWork(task.statement, task.table, str(task.work), task.seconds) for task in stretch.tasks),
        size=examined.sizes.volume(stretch.table),
        budget=examined.sizes.allowed(stretch.table) if examined.sizes.tables else None,
    )


def _statement(ran: Ran) -> StatementReport:
    return StatementReport(ran.statement.sql, ran.statement.place, ran.effects.json())


def _unknown(step: Opaque, maybe: tuple[Ran, ...]) -> StatementReport:
    """A step that is not known, with everything that it may do where the ways it may go are."""
    every = [ran.effects for ran in maybe]
    locks = dict.fromkeys(step.tables or (), Lock.ACCESS_EXCLUSIVE)
    for effects in every:
        for table, lock in effects.locks.items():
            locks[table] = max(lock, locks.get(table, lock))

    def all_of(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for several in names for name in several))

    effects = Effects(
        locks=locks,
        rewrites=all_of(each.rewrites for each in every),
        scans=all_of(each.scans for each in every),
        index_rebuilds=all_of(each.index_rebuilds for each in every),
        select_blocked=all_of(each.select_blocked for each in every),
        write_blocked=all_of(each.write_blocked for each in every),
        unproven=step.reason,
    )
    return StatementReport(f"-- {step.source}", step.place, effects.json())


def _examine(
    migration: Migration,
    before: Catalog,
    up: Played,
    server: Server,
    made: frozenset[tuple[str, str]],
    sizes: Sizes,
) -> Examined:
    from contractcheck.migrations.postgresql.comparison import differences

    after = assume_rows(up.catalog)
    migration = replace(migration, down=_read(migration.down, server, after, up.doubts))
    down = _play(after, migration.down.steps, server, frozenset(), up.doubts)
    made_here: set[str] = set()
    for ran in up.ran:
        made_here.update(ran.effects.new_relations)
    fresh = frozenset(made_here)
    left = differences(before, up.catalog)
    changes = bool(left) or any(ran.outside and not ran.traced for ran in up.ran)
    again: str | None = None
    if migration.down.steps:
        left = differences(before, down.catalog)
        again = _again(migration, up, down, server) if left else None
    return Examined(
        migration=migration,
        server=server,
        up=up.ran,
        down=down.ran,
        opaque=up.opaque,
        down_opaque=down.opaque,
        maybe=up.maybe,
        fresh=fresh,
        changes_schema=changes,
        reversibility=judge(migration, up, down, fresh, made, left, again, changes=changes),
        new_columns=made,
        sizes=sizes,
        before=before,
        after=up.catalog,
    )


def _again(migration: Migration, up: Played, down: Played, server: Server) -> str | None:
    """Why upgrading once more, where the downgrade has left something, fails or ends elsewhere; None if it does not."""
    if up.blurred or down.blurred or any(ran.refused for ran in (*up.ran, *down.ran)):
        return None
    once_more = _play(assume_rows(down.catalog), migration.up.steps, server, frozenset(), down.doubts)
    failed = next((ran.refused for ran in once_more.ran if ran.refused), None)
    return None if failed is None else f"upgrading again fails: {failed}"


def _play(
    catalog: Catalog,
    steps: tuple[Step, ...],
    server: Server,
    created: frozenset[int],
    doubts: frozenset[str] | None = frozenset(),
) -> Played:
    """Replay a script. What an opaque step does is not known: from then on anything may exist that is not seen."""
    ran: list[Ran] = []
    opaque: list[Opaque] = []
    held: dict[str, Lock] = {}
    segment: list[Statement] = []
    blurred: str | None = None
    maybe: list[tuple[Ran, ...]] = []
    guessed = False

    def flush() -> None:
        nonlocal catalog, created, held, blurred, doubts
        if not segment:
            return
        played = _replay(catalog, segment, server, created, held)
        ran.extend(_numbered(played.ran, ran))
        catalog, created = played.catalog, played.created
        blurred = blurred or played.blurred
        doubts = _more(doubts, played.doubts)
        if played.ran:
            held = dict(played.ran[-1].held) if segment[-1].in_transaction else {}
        segment.clear()

    for step in steps:
        if isinstance(step, Statement):
            segment.append(step)
            continue
        flush()
        if step.fails:
            refusal = Statement(f"-- {step.source}", step.place)
            ran.append(Ran(refusal, Effects(fails=step.reason, in_transaction=None), dict(held)))
            continue
        ways = [_play(catalog, way, server, created, doubts) for way in step.alternatives]
        possible = [way for way in ways if not any(each.refused for each in way.ran)]
        if len(possible) == 1 and len(ways) > 1 and any(asked in step.reason for asked in _ASKED):
            # On every other way a statement would be refused, which is what the question is there to avoid.
            (only,) = possible
            ran.extend(_numbered(only.ran, ran))
            opaque.extend(only.opaque)
            maybe.extend(only.maybe)
            catalog, created, doubts = only.catalog, only.created, only.doubts
            blurred, guessed = blurred or only.blurred, guessed or only.guessed
            continue
        opaque.append(step)
        feared = _replay(catalog, list(step.worst), server, created, held).ran if step.worst else ()
        maybe.append(
            (*(each for way in ways for each in (*way.ran, *(one for some in way.maybe for one in some))), *feared)
        )
        if possible and len(possible) == len(ways) and _agree(possible):
            catalog = possible[0].catalog
            continue
        why = f"{step.place}: {step.reason}"
        blurred = blurred or why
        touched = _touched(catalog, ways) if ways else None if step.tables is None else frozenset(step.tables)
        doubts = _more(doubts, touched)
        if possible:
            # What follows was written for a database in which this has happened.
            fullest = max(possible, key=lambda way: len(way.ran))
            catalog, created, guessed = fullest.catalog, fullest.created, True
        catalog = _forget(catalog, step.tables) or replace(catalog.copy(), opaque=(*catalog.opaque, why))
    flush()
    return Played(tuple(ran), tuple(opaque), catalog, created, blurred, tuple(maybe), doubts, guessed)


def _numbered(more: Sequence[Ran], before: Sequence[Ran]) -> Sequence[Ran]:
    """Statements that follow others, their transactions numbered on; an open transaction goes on."""
    if not before or not more:
        return more
    goes_on = before[-1].statement.in_transaction and more[0].statement.in_transaction
    base = before[-1].transaction + (0 if goes_on else 1)
    return [replace(ran, transaction=ran.transaction + base) for ran in more]


def _forget(catalog: Catalog, tables: tuple[str, ...] | None) -> Catalog | None:
    """The catalog with these tables as if they were made before the known history; None if one is not there."""
    if tables is None:
        return None
    forgotten = catalog.copy()
    for name in tables:
        table = forgotten.lookup(name, None, ("public",))
        if not isinstance(table, Table):
            return None
        forgotten.put(replace(table, known=False))
    return forgotten


def _agree(ways: Sequence[Played]) -> bool:
    """Whether all ways are known and leave the same schema."""
    from contractcheck.migrations.postgresql.comparison import differences

    first = ways[0].catalog
    return all(way.blurred is None and not differences(first, way.catalog) for way in ways)


def _more(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


_WORD = re.compile(r"\w+")


def _mentioned(ran: Ran) -> frozenset[str] | None:
    """The names that a statement can reach of which not everything is known: those in its text, but for `EXECUTE`."""
    words = frozenset(_WORD.findall(ran.statement.sql.lower()))
    return None if words & {"execute", "call", "perform"} else words


def _touched(catalog: Catalog, ways: Sequence[Played]) -> frozenset[str] | None:
    """The names of the relations that a way leaves otherwise than they were; None if that is not known."""
    names: set[str] = set()
    for way in ways:
        if way.doubts is None:
            return None
        names |= way.doubts
        for number in {*catalog.relations, *way.catalog.relations}:
            sides = (catalog.relations.get(number), way.catalog.relations.get(number))
            if sides[0] is not sides[1]:
                names.update(side.name for side in sides if side is not None)
                names.update(
                    table.name
                    for side in sides
                    if isinstance(side, Index) and isinstance(table := catalog.relations.get(side.table), Table)
                )
    return frozenset(names)


def _replay(
    catalog: Catalog, statements: list[Statement], server: Server, created: frozenset[int], held: Mapping[str, Lock]
) -> Played:
    from contractcheck.migrations.postgresql.replay import replay

    outcome = replay(
        catalog,
        [statement.sql for statement in statements],
        server,
        in_transaction=[statement.in_transaction for statement in statements],
        created=created,
    )
    ran = []
    for statement, done in zip(statements, outcome.statements, strict=True):
        if statement.checkfirst and done.failed is not None:
            # The tool looks first and leaves the statement out: there is nothing to do.
            continue
        # The first transaction of the segment is the one that an opaque step interrupted.
        locks = dict(held) if statement.in_transaction and not done.transaction else {}
        for each in (*((h.table, h.lock) for h in done.held), *done.effects.locks.items()):
            locks[each[0]] = max(each[1], locks.get(each[0], each[1]))
        ran.append(Ran(statement, done.effects, locks, done.outside, done.traced, done.transaction, done.operations))
    unclear = [each for each in ran if each.effects.blurred]
    blurred = next((f"{each.statement.place}: {each.effects.blurred}" for each in unclear), None)
    doubts: frozenset[str] | None = frozenset()
    for part in unclear:
        doubts = _more(doubts, _mentioned(part))
    return Played(tuple(ran), (), outcome.catalog, outcome.created, blurred, (), doubts)
