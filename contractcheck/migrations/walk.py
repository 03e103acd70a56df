"""Examine the migrations of a tree on a database of MySQL, MariaDB or SQLite: up, down, and compare."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.effects import Effects, Lock, Server
from contractcheck.migrations.examined import Examined, Ran, columns_made, losses
from contractcheck.migrations.mysql.tokens import Syntax
from contractcheck.migrations.shifts import Described, overwritten, told
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.trees import Migration, Opaque, ScriptKind, Step, Tree
from contractcheck.model.report import Reversibility, ReversibilityVerdict

_SHOWN = 3
UNKNOWN = "not known"
"""What a difference begins with that may be none: something only a run knows."""

State = Any
"""A database in a dialect's own terms; only the functions of its Dialect look into it."""


class Dialect(Struct, frozen=True):
    """What a dialect's model offers: an empty database, a run of one text, comparison, and how its states are told.

    `run` gives the effects, the database and the settings afterwards; a failure leaves the database as it was.
    `described` gives the objects that differ, and the tables around them, of two states; `order` is what a difference
    in nothing but the order of columns begins with.
    """

    empty: Callable[[bool], State]
    settings: Callable[[Server], Any]
    run: Callable[[State, str, Any], tuple[Effects, State, Any]]
    differences: Callable[[State, State], tuple[str, ...]]
    filled: Callable[[State], State]
    tables: Callable[[State], frozenset[str]]
    blurred: Callable[[State, str], State]
    described: Callable[[State, State], tuple[Described, Described]]
    order: str
    syntax: Syntax
    transactional: bool


class _Played(Struct, frozen=True):
    """A script on the model: its statements, what is opaque, the database and the names of new tables afterwards."""

    ran: tuple[Ran, ...]
    opaque: tuple[Opaque, ...]
    state: State
    fresh: frozenset[str]
    blurred: str | None = None
    maybe: tuple[tuple[Ran, ...], ...] = ()


def dialect_of(server: Server) -> Dialect:
    """The model of the server's dialect."""
    match server.dialect:
        case "mysql" | "mariadb":
            from contractcheck.migrations.mysql.dialect import DIALECT
        case _:
            from contractcheck.migrations.sqlite.dialect import DIALECT
    return DIALECT


def examine(
    tree: Tree,
    server: Server,
    *,
    wanted: Collection[str] | None = None,
    one_release: bool = False,
    complete: bool = True,
    sizes: Sizes | None = None,
) -> tuple[Examined, ...]:
    """As `examination.examine`, for the dialects that have no catalog of PostgreSQL's kind."""
    dialect = dialect_of(server)
    state = dialect.empty(complete and _begins_empty(tree, server, dialect))
    release: frozenset[str] = frozenset()
    made: frozenset[tuple[str, str]] = frozenset()
    examined: list[Examined] = []
    for migration in tree.migrations:
        before, chosen = state, wanted is None or migration.id in wanted
        up = _play(before, migration.up.steps, server, dialect, release if one_release and chosen else frozenset())
        if chosen:
            examined.append(_examined(migration, before, up, server, dialect, made, sizes or Sizes()))
            release = up.fresh
            made = columns_made(up.ran, made) if one_release else frozenset()
        state = dialect.filled(up.state)
    return tuple(examined)


def _begins_empty(tree: Tree, server: Server, dialect: Dialect) -> bool:
    """Whether the first migration that does something finds what it needs in an empty database."""
    first = next((migration for migration in tree.migrations if migration.up.steps), None)
    if first is None:
        return True
    played = _play(dialect.empty(True), first.up.steps, server, dialect, frozenset())  # noqa: FBT003 - complete
    return not any(ran.effects.fails and _misses(ran.effects.fails) for ran in played.ran)


def _misses(why: str) -> bool:
    return "there is no table" in why or "no such table" in why


def _play(state: State, steps: Sequence[Step], server: Server, dialect: Dialect, fresh: frozenset[str]) -> _Played:
    """Carry out a script. Behind a step that is not known anything may be otherwise than it is seen."""
    ran: list[Ran] = []
    opaque: list[Opaque] = []
    maybe: list[tuple[Ran, ...]] = []
    blurred: str | None = None
    settings = dialect.settings(server)
    held: dict[str, Lock] = {}
    transaction = 0
    here = dialect.tables(state)
    shown: tuple[str, ...] | None = None
    for step in steps:
        if isinstance(step, Opaque):
            ways = [_play(state, way, server, dialect, fresh) for way in step.alternatives]
            opaque.append(step)
            maybe.append(
                tuple(each for way in ways for each in (*way.ran, *(one for some in way.maybe for one in some)))
            )
            if ways and _agree(ways, dialect):
                state = ways[0].state
                here = dialect.tables(state)
                continue
            possible = [way for way in ways if not any(each.refused for each in way.ran)]
            if possible:
                state = max(possible, key=lambda way: len(way.ran)).state
                here = dialect.tables(state)
            why = f"{step.place}: {step.reason}"
            blurred = blurred or why
            state = dialect.blurred(state, why)
            continue
        effects, after, settings = dialect.run(state, step.sql, settings)
        if step.checkfirst and effects.fails is not None:
            continue
        there, here = here, dialect.tables(after)
        if here != there or shown is None:
            fresh = (fresh | (here - there)) & here
            shown = tuple(sorted(fresh))
        effects = replace(effects, new_relations=shown)
        if not (dialect.transactional and step.in_transaction):
            held, transaction = {}, transaction + 1
        for name, lock in effects.locks.items():
            held[name] = max(lock, held.get(name, lock))
        outside = next((name for name in effects.assumed), None)
        ran.append(Ran(step, effects, dict(held), outside, not effects.blurred, transaction))
        if effects.blurred:
            blurred = blurred or f"{step.place}: {effects.blurred}"
            after = dialect.blurred(after, f"{step.place}: {effects.blurred}")
        state = after
    return _Played(tuple(ran), tuple(opaque), state, fresh, blurred, tuple(maybe))


def _agree(ways: Sequence[_Played], dialect: Dialect) -> bool:
    """Whether all ways are known and leave the same schema."""
    first = ways[0].state
    clear = all(way.blurred is None and not any(each.refused for each in way.ran) for way in ways)
    return clear and all(not dialect.differences(first, way.state) for way in ways)


def _examined(
    migration: Migration,
    before: State,
    up: _Played,
    server: Server,
    dialect: Dialect,
    made: frozenset[tuple[str, str]],
    sizes: Sizes,
) -> Examined:
    ran = up.ran if up.blurred is not None else told(up.ran, *dialect.described(before, up.state))
    down = _play(dialect.filled(up.state), migration.down.steps, server, dialect, frozenset())
    fresh = frozenset().union(*{ran.effects.new_relations for ran in up.ran})
    left = dialect.differences(before, down.state)
    changes = bool(dialect.differences(before, up.state)) or any(ran.outside for ran in up.ran)
    return Examined(
        migration=migration,
        server=server,
        up=ran,
        down=down.ran,
        opaque=up.opaque,
        down_opaque=down.opaque,
        maybe=up.maybe,
        fresh=fresh,
        changes_schema=changes,
        reversibility=_judge(migration, up, down, fresh, made, left, dialect, changes=changes),
        new_columns=made,
        sizes=sizes,
    )


def _judge(
    migration: Migration,
    up: _Played,
    down: _Played,
    fresh: frozenset[str],
    made: frozenset[tuple[str, str]],
    left: tuple[str, ...],
    dialect: Dialect,
    *,
    changes: bool,
) -> Reversibility:
    """The verdict on the way back: what stands in the text first, then what the replay shows."""
    ways = (up.ran, *up.maybe)
    lost = [what for way in ways for _, what in losses(way, fresh, made)]
    lost += [what for way in ways for what in overwritten(way, fresh, made, dialect.syntax)]
    gone = tuple(dict.fromkeys(lost))
    kind = migration.down.kind
    if kind is ScriptKind.RAISES:
        return Reversibility(ReversibilityVerdict.MISSING, "the downgrade refuses to run", data_lost=gone)
    if kind in {ScriptKind.MISSING, ScriptKind.EMPTY} and changes:
        why = "there is no downgrade" if kind is ScriptKind.MISSING else "the downgrade does nothing"
        return Reversibility(ReversibilityVerdict.MISSING, why, left, gone)
    unknown = up.blurred or down.blurred
    if unknown is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unknown, data_lost=gone)
    assumed = next((ran.outside for ran in (*up.ran, *down.ran) if ran.outside), None)
    if assumed is not None and (left or changes):
        why = f"{assumed} is not created by these migrations: what it was like is not known"
        return Reversibility(ReversibilityVerdict.UNPROVEN, why, left, gone)
    for script, name in ((up, "upgrade"), (down, "downgrade")):
        failed = next((ran for ran in script.ran if ran.refused), None)
        if failed is not None:
            verdict = ReversibilityVerdict.UNPROVEN if script is up else ReversibilityVerdict.BROKEN
            return Reversibility(verdict, f"the {name} fails: {failed.refused}", left if script is down else (), gone)
    real = tuple(difference for difference in left if not difference.startswith((dialect.order, UNKNOWN)))
    if real:
        return Reversibility(ReversibilityVerdict.BROKEN, f"the schema does not come back: {real[0]}", left, gone)
    unsure = next((difference for difference in left if difference.startswith(UNKNOWN)), None)
    if unsure is not None:
        return Reversibility(ReversibilityVerdict.UNPROVEN, unsure, left, gone)
    if gone:
        named = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        return Reversibility(
            ReversibilityVerdict.LOSSY, f"the schema comes back, the data of {named} does not", left, gone
        )
    if not changes:
        return Reversibility(ReversibilityVerdict.PROVED, "the upgrade leaves the schema as it was")
    but = ", but for the order of columns" if left else ""
    return Reversibility(ReversibilityVerdict.PROVED, f"upgrade and downgrade give back the same schema{but}", left)
