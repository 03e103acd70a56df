"""Examine the migrations of a tree: replay each on the database its predecessors leave, up, down, and compare."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from contractcheck.migrations.catalog import Catalog, assume_rows
from contractcheck.migrations.effects import Effects, Lock, Server
from contractcheck.migrations.examined import Examined, Ran, losses
from contractcheck.migrations.trees import Migration, Opaque, ScriptKind, Statement, Step, Tree
from contractcheck.model.report import MigrationReport, Reversibility, ReversibilityVerdict, StatementReport

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Played:
    """A script on the model: its statements as they ran, what is not known, the catalog afterwards, new tables.

    `blurred` says why the schema afterwards is not known; None if it is. `maybe` ran or did not: the statements of
    opaque steps whose every way leaves the same schema.
    """

    ran: tuple[Ran, ...]
    opaque: tuple[Opaque, ...]
    catalog: Catalog
    created: frozenset[int]
    blurred: str | None = None
    maybe: tuple[Ran, ...] = ()


def examine(
    tree: Tree,
    server: Server,
    *,
    wanted: Collection[str] | None = None,
    one_release: bool = False,
    complete: bool = True,
) -> tuple[Examined, ...]:
    """Replay the whole tree and examine the wanted migrations of it (ids; None: all).

    With `one_release` a table that one wanted migration creates is still empty for the next. Without `complete` there
    may be tables that the tree does not create; so there are if its first migration already needs one.
    """
    catalog = Catalog(complete=complete and _begins_empty(tree, server))
    release: frozenset[int] = frozenset()
    examined: list[Examined] = []
    for migration in tree.migrations:
        before = catalog
        chosen = wanted is None or migration.id in wanted
        up = _play(before, migration.up.steps, server, release if one_release and chosen else frozenset())
        if chosen:
            examined.append(_examine(migration, before, up, server))
            release = up.created
        catalog = assume_rows(up.catalog)
    return tuple(examined)


def _begins_empty(tree: Tree, server: Server) -> bool:
    """Whether the first migration that does something finds what it needs in an empty database."""
    first = next((migration for migration in tree.migrations if migration.up.steps), None)
    if first is None:
        return True
    played = _play(Catalog(complete=True), first.up.steps, server, frozenset())
    return not any("does not exist" in (ran.refused or "") for ran in played.ran)


def report(examined: Examined) -> MigrationReport:
    """The part of a report that speaks of one migration."""
    return MigrationReport(
        id=examined.migration.id,
        path=examined.migration.path,
        tool=examined.migration.tool,
        phase=examined.phase,
        reversibility=examined.reversibility,
        statements=tuple(_statement(ran) for ran in examined.up) + tuple(_unknown(step) for step in examined.opaque),
        down=tuple(_statement(ran) for ran in examined.down),
    )


def _statement(ran: Ran) -> StatementReport:
    return StatementReport(ran.statement.sql, ran.statement.place, ran.effects.json())


def _unknown(step: Opaque) -> StatementReport:
    return StatementReport(f"-- {step.source}", step.place, Effects(unproven=step.reason).json())


def _examine(migration: Migration, before: Catalog, up: _Played, server: Server) -> Examined:
    from contractcheck.migrations.postgresql.comparison import differences

    down = _play(assume_rows(up.catalog), migration.down.steps, server, frozenset())
    fresh = frozenset(name for ran in up.ran for name in ran.effects.new_relations)
    changes = bool(differences(before, up.catalog)) or any(ran.outside and not ran.traced for ran in up.ran)
    return Examined(
        migration=migration,
        server=server,
        up=up.ran,
        down=down.ran,
        opaque=up.opaque,
        down_opaque=down.opaque,
        fresh=fresh,
        changes_schema=changes,
        reversibility=_judge(migration, up, down, fresh, differences(before, down.catalog), changes=changes),
    )


def _judge(
    migration: Migration, up: _Played, down: _Played, fresh: frozenset[str], left: tuple[str, ...], *, changes: bool
) -> Reversibility:
    """The verdict on the way back: what stands in the text first, then what the replay shows."""
    from contractcheck.migrations.postgresql.comparison import ORDER
    from contractcheck.migrations.postgresql.description import UNKNOWN

    gone = tuple(dict.fromkeys(what for _, what in (*losses(up.ran, fresh), *losses(up.maybe, fresh))))
    kind = migration.down.kind
    if kind is ScriptKind.RAISES:
        return Reversibility(ReversibilityVerdict.MISSING, "the downgrade refuses to run", data_lost=gone)
    outside = any(ran.outside and (left or not ran.traced) for ran in up.ran)
    if kind in {ScriptKind.MISSING, ScriptKind.EMPTY} and (
        outside or any(not each.startswith(UNKNOWN) for each in left)
    ):
        why = "there is no downgrade" if kind is ScriptKind.MISSING else "the downgrade does nothing"
        return Reversibility(ReversibilityVerdict.MISSING, why, left, gone)
    unknown = up.blurred or down.blurred
    if unknown is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unknown, data_lost=gone)
    failed = next((ran for ran in up.ran if ran.refused), None)
    if failed is not None:
        why = f"the upgrade fails: {failed.refused}"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, data_lost=gone)
    failed = next((ran for ran in down.ran if ran.refused), None)
    if failed is not None:
        return Reversibility(ReversibilityVerdict.BROKEN, f"the downgrade fails: {failed.refused}", left, gone)
    failed = next((ran for ran in down.ran if ran.misplaced), None)
    if failed is not None:
        why = f"the downgrade fails: {failed.effects.fails}"
        return Reversibility(ReversibilityVerdict.BROKEN, why, left, gone)
    real = tuple(difference for difference in left if not difference.startswith((ORDER, UNKNOWN)))
    unsure = next((difference for difference in left if difference.startswith(UNKNOWN)), None)
    assumed = next((name for ran in (*up.ran, *down.ran) for name in ran.effects.assumed), None)
    if real and assumed is not None:
        why = f"{assumed} is not created by these migrations: what it was like is not known"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, data_lost=gone)
    blind = next((ran.outside for ran in (*up.ran, *down.ran) if ran.outside and not ran.traced), None)
    if blind is not None and not real:
        why = f"{blind} is not created by these migrations: what it was like is not known"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, left, gone)
    if real:
        return Reversibility(ReversibilityVerdict.BROKEN, f"the schema does not come back: {real[0]}", left, gone)
    if unsure is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unsure, left, gone)
    if gone:
        named = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        why = f"the schema comes back, the data of {named} does not"
        return Reversibility(ReversibilityVerdict.LOSSY, why, left, gone)
    if not changes:
        return Reversibility(ReversibilityVerdict.PROVED, "the upgrade leaves the schema as it was")
    but = ", but for the order of columns" if left else ""
    return Reversibility(ReversibilityVerdict.PROVED, f"upgrade and downgrade give back the same schema{but}", left)


def _play(catalog: Catalog, steps: tuple[Step, ...], server: Server, created: frozenset[int]) -> _Played:
    """Replay a script. What an opaque step does is not known: from then on anything may exist that is not seen."""
    ran: list[Ran] = []
    opaque: list[Opaque] = []
    held: dict[str, Lock] = {}
    segment: list[Statement] = []
    blurred: str | None = None
    maybe: list[Ran] = []

    def flush() -> None:
        nonlocal catalog, created, held, blurred
        if not segment:
            return
        played = _replay(catalog, segment, server, created, held)
        ran.extend(played.ran)
        catalog, created = played.catalog, played.created
        blurred = blurred or played.blurred
        if played.ran:
            held = dict(played.ran[-1].held) if segment[-1].in_transaction else {}
        segment.clear()

    for step in steps:
        if isinstance(step, Statement):
            segment.append(step)
            continue
        flush()
        opaque.append(step)
        agreed = _agreed(catalog, step, server, created)
        if agreed is not None:
            catalog, perhaps = agreed
            maybe.extend(perhaps)
            continue
        blurred = blurred or f"{step.place}: {step.reason}"
        catalog = replace(catalog.copy(), opaque=(*catalog.opaque, f"{step.place}: {step.reason}"))
    flush()
    return _Played(tuple(ran), tuple(opaque), catalog, created, blurred, tuple(maybe))


def _agreed(
    catalog: Catalog, step: Opaque, server: Server, created: frozenset[int]
) -> tuple[Catalog, tuple[Ran, ...]] | None:
    """The catalog after an opaque step, if every way it may go is known and they all leave the same schema.

    With it come the statements of all ways: what may run.
    """
    if not step.alternatives:
        return None
    from contractcheck.migrations.postgresql.comparison import differences

    ways = [_play(catalog, way, server, created) for way in step.alternatives]
    first, every = ways[0].catalog, tuple(ran for way in ways for ran in (*way.ran, *way.maybe))
    same = all(way.blurred is None and not differences(first, way.catalog) for way in ways)
    return (first, every) if same and not any(ran.refused for ran in every) else None


def _replay(
    catalog: Catalog, statements: list[Statement], server: Server, created: frozenset[int], held: Mapping[str, Lock]
) -> _Played:
    match server.dialect:
        case "postgresql":
            from contractcheck.migrations.postgresql.replay import replay
        case dialect:
            raise NotImplementedError(dialect)
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
        ran.append(Ran(statement, done.effects, locks, done.outside, done.traced))
    blurred = next((f"{each.statement.place}: {each.effects.blurred}" for each in ran if each.effects.blurred), None)
    return _Played(tuple(ran), (), outcome.catalog, outcome.created, blurred)
