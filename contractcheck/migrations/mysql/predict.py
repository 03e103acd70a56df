"""Statements carried out on the model, one after another, with the effects of each."""

from collections.abc import Sequence

from msgspec.structs import replace

from contractcheck.migrations.effects import Effects
from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.execute import execute
from contractcheck.migrations.mysql.failure import DoubtError, FailureError
from contractcheck.migrations.mysql.model import Database
from contractcheck.migrations.mysql.outcome import Outcome
from contractcheck.migrations.mysql.parse import parse
from contractcheck.migrations.mysql.server import Target

MOST_NOTES = 40
_LONG = 400  # characters of reasons; more of them say nothing more


def joined(one: str | None, other: str | None) -> str | None:
    """Two reasons as one text, each said once."""
    if one is None or other is None:
        return one or other
    return one if other in one or len(one) > _LONG else f"{one}; {other}"


def run(database: Database, target: Target, statement: st.Statement) -> tuple[Effects, Database, Target]:
    """The effects of one statement, the database and the settings afterwards. A failure leaves both as they were."""
    outcome = Outcome()
    after = database.copy()
    try:
        settings = execute(after, target, statement, outcome)
    except FailureError as failure:
        if database.opaque:
            outcome.doubt(f"it would fail ({failure.why}), if not for what is not known: {database.opaque[0]}")
            return outcome.effects(), database, target
        return outcome.effects(fails=failure.why), database, target
    except DoubtError as doubt:
        outcome.doubt(doubt.why)
        return outcome.effects(), database, target
    except RecursionError:
        outcome.doubt("the statement is nested too deep to be followed")
        return outcome.effects(), database, target
    return outcome.effects(), after, settings


def predict(database: Database, sql: str, target: Target) -> tuple[Effects, Database, Target]:
    """The effects of the statements of a text: each runs on its own, as DDL commits; the first failure ends it."""
    found: Effects | None = None
    for statement in parse(sql, target.dialect):
        effects, database, target = run(database, target, statement)
        found = effects if found is None else _both(found, effects)
        if effects.fails:
            break
    return found if found is not None else Outcome().effects(), database, target


def replay(database: Database, statements: Sequence[str], target: Target) -> tuple[list[Effects], Database, Target]:
    """As `predict`, the effects of each text on its own."""
    found = []
    for sql in statements:
        effects, database, target = predict(database, sql, target)
        found.append(effects)
    return found, database, target


def _both(one: Effects, other: Effects) -> Effects:
    """Effects of two statements together: the dearer algorithm, the stronger locks."""
    from contractcheck.migrations.effects import Online
    from contractcheck.migrations.mysql.verdict import ALGORITHMS, LOCKS

    def dearest(a: str | None, b: str | None, order: tuple[str, ...]) -> str | None:
        known = [each for each in (a, b) if each is not None]
        return max(known, key=order.index) if known else None

    first, second = one.online or Online(None, None), other.online or Online(None, None)
    locks = dict(one.locks)
    for name, lock in other.locks.items():
        locks[name] = max(lock, locks.get(name, lock))
    return replace(
        other,
        locks=locks,
        kinds={**one.kinds, **other.kinds},
        rewrites=tuple(dict.fromkeys((*one.rewrites, *other.rewrites))),
        scans=tuple(dict.fromkeys((*one.scans, *other.scans))),
        index_rebuilds=(*one.index_rebuilds, *other.index_rebuilds),
        select_blocked=tuple(sorted({*one.select_blocked, *other.select_blocked})),
        write_blocked=tuple(sorted({*one.write_blocked, *other.write_blocked})),
        data={**one.data, **other.data},
        unproven=joined(one.unproven, other.unproven),
        blurred=joined(one.blurred, other.blurred),
        assumed=(*one.assumed, *other.assumed),
        emptied=(*one.emptied, *other.emptied),
        cleared=(*one.cleared, *other.cleared),
        notes=(*one.notes, *other.notes)[:MOST_NOTES],
        online=Online(
            dearest(first.algorithm, second.algorithm, ALGORITHMS),
            dearest(first.lock, second.lock, LOCKS),
            tuple(sorted({*first.rebuilt, *second.rebuilt})),
        ),
    )
