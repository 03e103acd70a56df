"""What to send instead: the safe sequence for a statement that locks, reads, rewrites or hurts running code.

Every sequence is carried out on the model before it is proposed: it ends in the schema that the statement would have
given, and none of its steps reads or writes a whole table while others wait. What does not hold is not proposed.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Catalog, assume_rows
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examined import Examined, Left, Ran
from contractcheck.migrations.postgresql.remedies import (
    columns,
    constraints,
    indexes,
    partitions,
    rollout,
    rows,
    timeouts,
    twins,
)
from contractcheck.migrations.postgresql.remedies.scene import Scene, Writer, alone, here, later, scenes
from contractcheck.model.finding import RemedyStep, When

if TYPE_CHECKING:
    from contractcheck.migrations.postgresql.replay import Replayed

_ALONE = frozenset({When.ALONE, When.RELEASE_ALONE})
_APART = frozenset({When.LATER, When.RELEASE})
_PATIENT = frozenset({"lock-without-timeout"})
_LAST = "is the last column from now on"


def remedy(rule: str, ran: Ran, examined: Examined) -> tuple[RemedyStep, ...]:
    """The safe sequence for what a rule says of a statement; () where there is none that can be written down."""
    write = _WRITERS.get(rule)
    if write is None or examined.before is None:
        return ()
    catalog = met(ran, examined)
    parts = scenes(ran.statement.sql, ran.operations, catalog, examined.server)
    steps = tuple(step for scene in parts for step in _written(write, scene, alone=len(parts) == 1))
    if not steps or (len(parts) == 1 and steps == (here(parts[0].sql),)):
        return ()
    if len(parts) == 1 and len(steps) == 1 and steps[0].when is When.RELEASE and steps[0].sql == f"{parts[0].sql};":
        return steps  # the statement itself: there is nothing to prove
    patient = rule in _PATIENT
    known = examined.workbench.answers
    # All that the trial looks at: when a step runs counts only where it makes a transaction of its own.
    question = (
        id(ran),
        patient,
        tuple([tuple([(step.sql, step.note, step.when in _ALONE) for step in group]) for group in transactions(steps)]),
    )
    if question not in known:
        known[question] = _holds(steps, catalog, _left(ran, examined), examined.server, patient=patient)
    return steps if known[question] else ()


def _written(write: Writer, scene: Scene, *, alone: bool) -> Iterator[RemedyStep]:
    """The steps of a part of the statement; as it stands where nothing is wrong with that part."""
    steps = tuple(write(scene))
    if steps or alone:
        yield from steps
    else:
        yield here(scene.sql)


def met(ran: Ran, examined: Examined) -> Catalog:
    """The database that the statement meets."""
    assert examined.before is not None  # noqa: S101 - asked by `remedy`
    states = examined.workbench.states
    if not states:
        states.append(examined.before)
    at = next(number for number, each in enumerate(examined.up) if each is ran)
    while len(states) <= at:
        states.append(assume_rows(_left(examined.up[len(states) - 1], examined).catalog))
    return states[at]


def _left(ran: Ran, examined: Examined) -> Left:
    """What the statement leaves, replayed once at most: the only one of an upgrade was replayed by the examination."""
    known = examined.workbench.left
    if id(ran) not in known:
        known[id(ran)] = _examination(ran, examined) or _replayed(ran, examined)
    return known[id(ran)]


def _examination(ran: Ran, examined: Examined) -> Left | None:
    """What the examination says that the statement leaves; None where others ran with it, or it has to run apart."""
    alone = len(examined.up) == 1 and examined.migration.up.steps == (ran.statement,)
    if not alone or examined.after is None or ran.effects.in_transaction is False:
        return None
    return Left(examined.after, ran.effects.fails is not None)


def _replayed(ran: Ran, examined: Examined) -> Left:
    from contractcheck.migrations.postgresql.replay import replay

    inside = ran.statement.in_transaction and ran.effects.in_transaction is not False
    met_by = met(ran, examined)
    played = replay(met_by, [ran.statement.sql], examined.server, in_transaction=[inside], brief=True)
    return Left(played.catalog, any(each.failed for each in played.statements))


def _holds(steps: Sequence[RemedyStep], catalog: Catalog, wanted: Left, server: Server, *, patient: bool) -> bool:
    """Whether the steps end where the statement does, and keep nobody waiting for work on a whole table.

    `patient`: the remedy is about something else than that work.
    """
    from contractcheck.migrations.postgresql.comparison import ORDER, differences
    from contractcheck.migrations.postgresql.replay import replay

    if wanted.refused:
        return all(step.when in _ALONE for step in steps)
    now = catalog
    for group in transactions(steps):
        one = replay(
            now,
            [step.sql for step in group],
            server,
            in_transaction=[step.when not in _ALONE for step in group],
            brief=True,
        )
        for done in one.statements:
            if done.failed is not None or (not patient and _hurts(done, now)):
                return False
        now = assume_rows(one.catalog)
    moved = any(_LAST in step.note for step in steps)
    left = [each for each in differences(wanted.catalog, now) if not (moved and each.startswith(ORDER))]
    kept = [each for each in left if not any(_unused(each, step) for step in steps)]
    return not kept and len(now.opaque) == len(wanted.catalog.opaque)


def transactions(steps: Sequence[RemedyStep]) -> Iterator[list[RemedyStep]]:
    """The steps by the transaction they run in; each that runs outside of one by itself."""
    group: list[RemedyStep] = []
    for step in steps:
        if group and (step.when is not When.HERE or group[-1].when in _ALONE):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _hurts(done: "Replayed", catalog: Catalog) -> bool:
    """Whether a step works on the whole of a table that it, or its transaction, keeps others from."""
    locks = {held.table: held.lock for held in done.held}
    for table, lock in done.effects.locks.items():
        locks[table] = max(lock, locks.get(table, lock))
    worked = {*done.effects.scans, *done.effects.rewrites} - {*done.effects.new_relations}
    if not worked:
        return False
    views = {f"{view.key}" for view in catalog.tables() if view.kind == "matview"}  # nobody writes to them
    return any(
        table in locks and (locks[table].blocks_reads if table in views else locks[table].blocks_writes)
        for table in worked
    )


def _unused(difference: str, step: RemedyStep) -> bool:
    """Whether a step says that it leaves that behind: a value of an enum that nothing uses."""
    return "stays in the type, unused" in step.note and difference.startswith("type ")


def _safe(scene: Scene) -> Iterator[RemedyStep]:
    """The sequence that keeps nobody waiting, by what is asked for."""
    kind = type(scene.action) if scene.action is not None else type(scene.operation)
    write = _BY_KIND.get(kind)
    if write is not None:
        yield from write(scene)


def _dropped(scene: Scene) -> Iterator[RemedyStep]:
    if isinstance(scene.operation, op.Drop):
        yield from (indexes.dropped if scene.operation.kind == "index" else rollout.removed)(scene)


def _maintained(scene: Scene) -> Iterator[RemedyStep]:
    if isinstance(scene.operation, op.Maintain):
        yield from (indexes.rebuilt if scene.operation.what == "reindex" else indexes.compacted)(scene)


def _apart(scene: Scene) -> Iterator[RemedyStep]:
    """In a transaction of its own; where that is not enough the safe sequence, from there on."""
    steps = tuple(_safe(scene)) or (here(scene.sql),)
    for number, step in enumerate(steps):
        yield replace(step, when=When.LATER) if not number and step.when is When.HERE else step


def _separate(scene: Scene) -> Iterator[RemedyStep]:
    """Outside of the transaction, guarded where a try may leave something behind."""
    steps = tuple(indexes.built(scene))
    yield from steps or (alone(scene.sql),)


def _proof_first(scene: Scene) -> Iterator[RemedyStep]:
    """What uses the proof comes before what drops it: in a statement of its own."""
    yield here(scene.sql)


def _late(scene: Scene) -> Iterator[RemedyStep]:
    yield later(scene.sql)


_BY_KIND: Mapping[type, Writer] = MappingProxyType(
    {
        op.SetNotNull: constraints.proved,
        op.AddConstraint: constraints.added,
        op.AddColumn: columns.added,
        op.AlterColumnType: twins.retyped,
        op.AttachPartition: partitions.attached,
        op.DetachPartition: partitions.detached,
        op.ValidateConstraint: _late,
        op.CreateTable: partitions.made,
        op.CreateIndex: indexes.built,
        op.RefreshView: indexes.refreshed,
        op.Drop: _dropped,
        op.Maintain: _maintained,
        op.Query: rows.split,
    }
)
_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "index-not-concurrent": indexes.built,
        "index-left-invalid": indexes.built,
        "not-repeatable": indexes.guarded,
        "index-dropped-not-concurrent": indexes.dropped,
        "view-refresh-not-concurrent": indexes.refreshed,
        "reindex-not-concurrent": indexes.rebuilt,
        "scan-under-write-lock": _safe,
        "rewrite-large-table": _safe,
        "lock-over-budget": _safe,
        "lock-on-other-table": _safe,
        "partition-scanned": _safe,
        "partition-detach-not-concurrent": _safe,
        "backfill-in-schema-migration": rows.split,
        "rows-changed-at-once": rows.split,
        "validate-in-same-transaction": _late,
        "work-while-holding-exclusive": _apart,
        "not-allowed-in-transaction": _separate,
        "not-null-proof-dropped": _proof_first,
        "lock-without-timeout": timeouts.limited,
        "column-removed": rollout.dropped,
        "data-lost-on-upgrade": rollout.dropped,
        "contract-with-expand": rollout.dropped,
        "cascade-drops": rollout.dropped,
        "column-renamed": twins.renamed,
        "column-required": rollout.refused,
        "writes-refused": rollout.refused,
        "column-type-changed": twins.retyped,
        "default-changed": rollout.postponed,
        "privilege-revoked": rollout.postponed,
        "enum-value-renamed": rollout.relabelled,
        "table-removed": rollout.removed,
        "table-renamed": rollout.renamed,
    }
)
