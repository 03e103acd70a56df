"""How far back a release can be taken from the last of its migrations, and what that loses."""

from collections.abc import Mapping

from msgspec import Struct

from contractcheck.model.finding import Json
from contractcheck.model.report import MigrationReport, PointOfNoReturn, Report, ReversibilityVerdict

_UNDONE = frozenset({ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY})


class WayBack(Struct, frozen=True):
    """The downgrades of one tree that can be run one after the other, from the last migration that was examined.

    `start` is that migration, `to` the one that is the last applied afterwards: None where all that were examined can
    be undone. `lost` is what the upgrades destroyed, `since` the tables and columns they made, whose rows the
    downgrades drop. `why` says why `to` cannot be undone; None for none. `known` is False where it may be
    possible and is not proved.
    """

    tree: str
    start: str
    steps: int
    to: str | None
    lost: tuple[str, ...]
    since: tuple[str, ...]
    why: str | None
    known: bool = True


def ways_back(report: Report) -> tuple[WayBack, ...]:
    """One for each tree, in the order of the report."""
    trees: dict[tuple[str, str], list[MigrationReport]] = {}
    for migration in report.migrations:
        trees.setdefault((migration.tool, migration.tree), []).append(migration)
    return tuple(_way(tree, migrations) for (_, tree), migrations in trees.items())


def _way(tree: str, migrations: list[MigrationReport]) -> WayBack:
    steps, stop = 0, None
    lost: list[str] = []
    since: list[str] = []
    for migration in reversed(migrations):
        undo = migration.reversibility
        if undo.verdict not in _UNDONE:
            stop = migration
            break
        steps += 1
        lost += undo.data_lost
        since += _dropped(migration)
    return WayBack(
        tree,
        migrations[-1].id,
        steps,
        None if stop is None else stop.id,
        tuple(dict.fromkeys(lost)),
        tuple(each for each in dict.fromkeys(since) if each not in lost),
        None if stop is None else stop.reversibility.why,
        stop is None or stop.reversibility.verdict is not ReversibilityVerdict.UNPROVEN,
    )


def _dropped(migration: MigrationReport) -> list[str]:
    """The tables and columns that a downgrade drops."""
    found: list[str] = []
    for statement in migration.down:
        data = statement.effects.get("data")
        for table, what in sorted(data.items()) if isinstance(data, Mapping) else ():
            if isinstance(what, Mapping):
                found += [table] if what.get("dropped") else []
                found += [f"{table}.{column}" for column in _texts(what.get("dropped_cols"))]
    return found


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def sentence(way: WayBack, *, shown: int = 3) -> str:
    """A sentence: how far, what is lost, what stands in the way."""
    if not way.steps:
        return f"{'none' if way.known else 'not proved'} from {way.start}: {way.why}"
    steps = "1 step" if way.steps == 1 else f"{way.steps} steps"
    to = f"to {way.to}" if way.to is not None else "to before all of them"
    parts = [f"from {way.start} {steps} back {to}"]
    if way.lost:
        parts.append(f"without the data of {_listed(way.lost, shown)}")
    if way.since:
        parts.append(f"losing what was written to {_listed(way.since, shown)}")
    cannot = "cannot be undone" if way.known else "is not proved to be undone"
    stop = f"; {way.to} {cannot}: {way.why}" if way.to is not None else ""
    return ", ".join(parts) + stop


def _listed(names: tuple[str, ...], shown: int) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def no_returns(report: Report) -> tuple[PointOfNoReturn, ...]:
    """The points of no return of all migrations, in the order they run."""
    return tuple(point for migration in report.migrations for point in migration.points)


def said(point: PointOfNoReturn) -> str:
    """`loses orders.note`, or why it cannot be undone."""
    return f"loses {', '.join(point.lost)}" if point.lost else point.why
