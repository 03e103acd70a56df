"""Which locks a migration holds on which tables over which statements, and what the server does meanwhile."""

import re
from collections.abc import Iterator

from msgspec import Struct

from contractcheck.migrations.effects import Lock
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.migrations.sizes import Work

_ROWS = re.compile(r"(?:WITH\b.*?\b)?(?:UPDATE|DELETE|INSERT|MERGE)\b", re.IGNORECASE | re.DOTALL)
_INDEX = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\b|REINDEX\b|\bADD\b.*\b(?:UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b", re.IGNORECASE | re.DOTALL
)
_USING = re.compile(r"\b(?:UNIQUE|PRIMARY\s+KEY)\s+USING\s+INDEX\b", re.IGNORECASE)


class Task(Struct, frozen=True):
    """Work of one statement (its index) on the whole of one table; `seconds` is None where its size is not known."""

    statement: int
    table: str
    work: Work
    seconds: float | None


class Stretch(Struct, frozen=True):
    """A lock that keeps readers or writers of a table waiting, from the statement that takes it to the last under it.

    `first` and `last` are indexes of statements of one transaction; `tasks` is what is done in between on tables that
    were there before. `seconds` is how long that takes, as far as sizes are known: `known` says whether all are.
    """

    table: str
    lock: Lock
    first: int
    last: int
    tasks: tuple[Task, ...]

    @property
    def seconds(self) -> float:
        """How long the work takes, without that on tables of unknown size."""
        return sum(task.seconds or 0.0 for task in self.tasks)

    @property
    def known(self) -> bool:
        """Whether the size of every table that is worked on is known."""
        return all(task.seconds is not None for task in self.tasks)

    @property
    def waiting(self) -> str:
        """Who waits."""
        return "readers and writers" if self.lock.blocks_reads else "writers"


def tasks(examined: Examined, index: int, ran: Ran) -> tuple[Task, ...]:
    """What a statement does to tables as a whole, of those that were there before the checked range."""
    sql = ran.statement.sql.lstrip()
    effects = ran.effects
    rows = _ROWS.match(sql) is not None
    builds = _INDEX.match(sql) is not None or (_INDEX.search(sql) is not None and _USING.search(sql) is None)
    found = []
    for table in dict.fromkeys((*effects.rewrites, *effects.scans)):
        if table in examined.fresh or table in effects.emptied:
            continue
        rewritten = table in effects.rewrites
        work = Work.REWRITE if rewritten or (rows and _written(ran, table)) else Work.INDEX if builds else Work.SCAN
        found.append(Task(index, table, work, examined.sizes.seconds(table, work)))
    return tuple(found)


def _written(ran: Ran, table: str) -> bool:
    return ran.effects.locks.get(table, Lock.ACCESS_SHARE) >= Lock.ROW_EXCLUSIVE


def timeline(examined: Examined) -> tuple[Stretch, ...]:
    """The stretches of the upgrade in the order they begin, strongest first; a lock made stronger begins a new one."""
    known: tuple[Stretch, ...] | None = examined.workbench.told.get("timeline")
    if known is None:
        known = examined.workbench.told["timeline"] = tuple(_stretches(examined))
    return known


def _stretches(examined: Examined) -> Iterator[Stretch]:
    for members in _transactions(examined):
        work = {index: tasks(examined, index, ran) for index, ran in members}
        last = members[-1][0]
        held: dict[str, Lock] = {}
        for index, ran in members:
            for table, lock in sorted(ran.effects.locks.items(), key=lambda item: (-item[1], item[0])):
                if table in examined.fresh or not lock.blocks_writes or lock <= held.get(table, 0):
                    continue
                held[table] = lock
                done = tuple(task for at, each in work.items() if at >= index for task in each)
                yield Stretch(table, lock, index, last, done)


def _transactions(examined: Examined) -> Iterator[list[tuple[int, Ran]]]:
    """The statements of the upgrade with their indexes, by the transaction they run in."""
    members: list[tuple[int, Ran]] = []
    for index, ran in enumerate(examined.up):
        if members and ran.transaction != members[-1][1].transaction:
            yield members
            members = []
        members.append((index, ran))
    if members:
        yield members
