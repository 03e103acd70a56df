"""Statements one after another on the catalog: the effects of each, the locks held, the resulting catalog."""

import re
from bisect import insort
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Catalog, Relation, Table
from contractcheck.migrations.effects import Effects, Lock, Server
from contractcheck.migrations.postgresql.comparison import differences
from contractcheck.migrations.postgresql.execute import execute
from contractcheck.migrations.postgresql.parse import parse
from contractcheck.migrations.postgresql.run import BlockError, FailureError, Run

DEFECT = "defect in the model"
DEFECTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class Held(Struct, frozen=True):
    """A lock a transaction holds: on which table, how strong, by which statement (index), in which transaction."""

    table: str
    lock: Lock
    statement: int
    transaction: int


class Replayed(Struct, frozen=True):
    """One statement of a replay.

    `effects` speak of what existed before this statement; `effects.new_relations` names what the replayed range itself
    created, whose readers and writers do not exist yet. `held` are the locks of earlier statements of the same
    transaction, still held while this one runs. `transaction` numbers the transactions of the replay from 0.
    `outside` names something that the statement alters and that the known history did not create; `traced` says whether
    the catalog shows what it did there.
    """

    sql: str
    operations: tuple[op.Operation, ...]
    effects: Effects
    held: tuple[Held, ...] = ()
    transaction: int = 0
    outside: str | None = None
    traced: bool = True

    @property
    def failed(self) -> str | None:
        """Why the server certainly refuses it; None if it does not."""
        return self.effects.fails

    @property
    def unproven(self) -> str | None:
        """What is not known of it; None if everything is."""
        return self.effects.unproven


class Replay(Struct, frozen=True):
    """The statements, the locks in the order they were taken, the catalog afterwards, and the numbers of new tables.

    Hand `created` to the next replay of the same range.
    """

    statements: tuple[Replayed, ...]
    timeline: tuple[Held, ...]
    catalog: Catalog
    created: frozenset[int] = frozenset()


class _Transaction(Struct):
    """What lasts from statement to statement of one transaction."""

    number: int
    start: Run
    locks: dict[int, Held] = field(default_factory=dict)


def replay(
    catalog: Catalog,
    statements: Sequence[str],
    server: Server,
    *,
    in_transaction: Sequence[bool],
    created: frozenset[int] = frozenset(),
    brief: bool = False,
) -> Replay:
    """Replay statements on a copy of the catalog.

    `in_transaction` says for each whether it runs in the migration's transaction; BEGIN and COMMIT in the text count
    too. A statement that fails leaves the catalog as it was, and the replay goes on behind it. One that only refuses a
    transaction block is carried out as if outside, and says so. `brief` leaves out of the effects what only a report
    tells: who is blocked, what becomes of rows and columns, whether it runs in a transaction block too.
    """
    done: list[Replayed] = []
    timeline: list[Held] = []
    fresh = set(created)
    names = list(_named(fresh, {}, catalog.relations))
    renamed = False
    current: _Transaction | None = None
    explicit = False
    settings = dict(server.settings)
    number = -1
    for position, sql in enumerate(statements):
        operations = parse(sql)
        wanted = in_transaction[position] if position < len(in_transaction) else True
        inside = wanted or explicit or _begins(operations)
        if current is None or not inside or not current.start.block:
            number += 1
            current = _Transaction(number, Run(catalog, server, inside, settings=settings))
        held = tuple(current.locks[n] for n in sorted(current.locks))
        run = _statement(current.start, catalog, block=inside)
        effects = _carry_out(run, operations, catalog, brief=brief)
        numbers = {str(run.before[n].key): n for n in run.locks if n in run.before} if effects.locks else {}
        for name, lock in effects.locks.items():
            table = numbers.get(name)
            if table is not None and (table not in current.locks or current.locks[table].lock < lock):
                current.locks[table] = Held(name, lock, position, current.number)
                timeline.append(current.locks[table])
        earlier = catalog
        if effects.fails is None or run.catalog is not catalog:
            catalog = run.catalog
        newest = {n for n in catalog.changed if n not in run.before and isinstance(catalog.relations.get(n), Table)}
        _granted_by_default(catalog, newest)
        altered = not fresh.isdisjoint(catalog.changed)
        if altered:
            fresh = {n for n in fresh if n in catalog.relations or n in run.before}
        fresh |= newest
        if altered or renamed:
            names = list(_named(fresh, run.before, catalog.relations))
        else:
            for each in _named(newest, run.before, catalog.relations):
                insort(names, each)
        # A name from before this statement counts for it alone.
        renamed = altered
        effects = replace(effects, new_relations=tuple(names))
        traced = brief or catalog.complete or bool(differences(earlier, catalog))
        outside = None if brief or catalog.complete else _outside(run, operations, effects, earlier, traced=traced)
        done.append(Replayed(sql, operations, effects, held, current.number, outside, traced))
        settings = dict(run.settings)
        current.start = run
        explicit, ended = _ends(operations, explicit=explicit)
        if ended:
            current = None
    return Replay(tuple(done), tuple(timeline), catalog, frozenset(fresh & catalog.relations.keys()))


def _granted_by_default(catalog: Catalog, newest: set[int]) -> None:
    """Give new tables what ALTER DEFAULT PRIVILEGES says; for roles that are named only they know who makes a table."""
    rules = [(key, given) for key, given in catalog.grants.items() if newest and key[:2] == ("default", "table")]
    for (*key, grantee), given in rules:
        limits = key[2:]
        for number in newest:
            schema = catalog.table(number).schema
            if (
                given
                and (not limits or ("schemas", schema) in limits)
                and not any(each[0] == "roles" for each in limits)
            ):
                there = catalog.grants.get((number, "table", grantee), frozenset())
                catalog.grants[number, "table", grantee] = there | given


_NO_SCHEMA = (
    op.Query,
    op.Maintain,
    op.Truncate,
    op.RefreshView,
    op.LockTable,
    op.SetVariable,
    op.Transaction,
    op.Comment,
    op.Grant,
)


def _outside(
    run: Run, operations: tuple[op.Operation, ...], effects: Effects, earlier: Catalog, *, traced: bool
) -> str | None:
    """What a statement alters though the known history did not create it; None if there is nothing like that."""
    if all(isinstance(operation, _NO_SCHEMA) for operation in operations):
        return None
    for relation in run.before.values():
        if isinstance(relation, Table) and not relation.known:
            lock = effects.locks.get(str(relation.key))
            if lock is not None and lock >= Lock.SHARE_UPDATE_EXCLUSIVE:
                return str(relation.key)
    for operation in operations:
        # An index, type or function that was never seen is not assumed: its end leaves no trace.
        if isinstance(operation, op.Drop) and not traced:
            for name in operation.names:
                if not any(gone.name == name[-1] for gone in earlier.gone):
                    return ".".join(name)
        if isinstance(operation, op.Rename | op.SetSchema) and operation.name and not traced:
            return ".".join(operation.name)
    return None


def _named(numbers: set[int], before: Mapping[int, Relation], after: Mapping[int, Relation]) -> tuple[str, ...]:
    return tuple(sorted({str(r.key) for n in numbers for r in (before.get(n), after.get(n)) if r is not None}))


def _begins(operations: tuple[op.Operation, ...]) -> bool:
    return any(isinstance(o, op.Transaction) and o.kind == "begin" for o in operations)


def _ends(operations: tuple[op.Operation, ...], *, explicit: bool) -> tuple[bool, bool]:
    """Whether an explicit transaction is open afterwards, and whether one has ended."""
    ended = False
    for operation in operations:
        if isinstance(operation, op.Transaction):
            if operation.kind == "begin":
                explicit, ended = True, False
            elif operation.kind in {"commit", "rollback", "prepare"}:
                explicit, ended = False, True
    return explicit, ended


def _statement(before: Run, catalog: Catalog, *, block: bool) -> Run:
    """A run of one statement that goes on where the transaction stands."""
    run = Run.begin(catalog, before.server, block=block)
    run.settings = dict(before.settings)
    run.prepared = dict(before.prepared)
    if block:
        run.cursors = dict(before.cursors)
        run.fresh_labels = set(before.fresh_labels)
        run.fresh_types = set(before.fresh_types)
        run.blank = set() if before.unproven else set(before.blank)
        run.events = set(before.events)
        run.deferral = dict(before.deferral)
        run.savepoints = before.savepoints
    return run


def _carry_out(run: Run, operations: tuple[op.Operation, ...], safe: Catalog, *, brief: bool = False) -> Effects:
    """The effects of the operations of one text; a failure undoes them all: `safe` is the catalog before."""
    try:
        for operation in operations:
            execute(run, operation)
    except BlockError as refusal:
        outside = Run.begin(safe, run.server, block=False)
        outside.settings = dict(run.settings)
        effects = _carry_out(outside, operations, safe, brief=brief)
        run.catalog, run.locks = outside.catalog, outside.locks
        return replace(effects, in_transaction=False, fails=effects.fails or refusal.why)
    except RecursionError:
        run.catalog = safe
        return Effects(unproven="the statement is nested too deep to be followed")
    except DEFECTS as defect:  # one statement that the model trips over must not take the others along
        run.catalog = safe
        why = f"{DEFECT}: {type(defect).__name__}: {defect}"
        return Effects(unproven=why, blurred=why)
    except FailureError as failure:
        why = safe.opaque[0] if safe.opaque else "code that was not followed names it"
        if safe.opaque or safe.mentioned & frozenset(_QUOTED.findall(failure.why)):
            run.doubt(f"it would fail ({failure.why}), if not for what is not known: {why}")
            found = run.effects(in_transaction=True, brief=brief)
            run.catalog = safe
            return found
        run.catalog = safe
        return Effects(
            in_transaction=None,
            fails=failure.why,
            unproven="; ".join(run.unproven) or None,
            blurred="; ".join(run.blurred) or None,
            assumed=tuple(run.assumed),
        )
    found = run.effects(in_transaction=True, brief=brief)
    if not run.block and not brief:
        found = replace(found, in_transaction=_works_in_block(run, safe, operations))
    return found


_QUOTED = re.compile(r'"([^"]+)"')


def _works_in_block(run: Run, catalog: Catalog, operations: tuple[op.Operation, ...]) -> bool:
    """Whether what ran outside a transaction block would run inside one too."""
    trial = Run.begin(catalog, run.server, block=True)
    try:
        for operation in operations:
            execute(trial, operation)
    except FailureError:
        return False
    return True


def predict(
    catalog: Catalog, statements: Sequence[str], server: Server, *, trusted: bool = False
) -> tuple[Effects, Catalog]:
    """The effects of statements as one transaction; where that is refused, one after another.

    `trusted` statements are known to work: the values they insert are not looked at.
    """
    operations = [operation for sql in statements for operation in parse(sql)]
    run = Run.begin(catalog, server, block=True)
    run.trusted = trusted
    try:
        for operation in operations:
            execute(run, operation)
    except RecursionError:
        return Effects(unproven="the statement is nested too deep to be followed"), catalog
    except FailureError as failure:
        alone = Run.begin(catalog, server, block=False)
        alone.trusted = trusted
        try:
            for operation in operations:
                alone.events.clear()
                alone.deferral.clear()
                execute(alone, operation)
        except FailureError as again:
            same = again.why == failure.why
            doubts = "; ".join(alone.unproven) or None
            return Effects(in_transaction=None if same else False, fails=again.why, unproven=doubts), catalog
        found = alone.effects(in_transaction=False)
        return found, alone.catalog
    return run.effects(in_transaction=True), run.catalog
