"""The lock timeline of a migration in words: what is held over which lines, who waits, how long, and for what."""

import re
from collections.abc import Sequence

from msgspec import Struct

from contractcheck.model.quantity import bulk, span
from contractcheck.model.report import HeldLock, MigrationReport
from contractcheck.reports.sections import plural

_DOES = {"scan": "reads", "rewrite": "writes", "index": "indexes"}


class Told(Struct, frozen=True):
    """One lock in words: `:2 to :5`, `ACCESS EXCLUSIVE`, `orders (38 GB)`, who waits, how long, for what work."""

    lines: str
    lock: str
    table: str
    who: str
    long: str
    work: str
    over: bool


def told(migration: MigrationReport) -> tuple[Told, ...]:
    """The locks of a migration in words, in the order they are taken."""
    return tuple(_told(migration, held) for held in migration.locks)


def over(migration: MigrationReport) -> str:
    """`1 lock over budget`, or nothing."""
    number = len({held.table for held in migration.locks if held.over})
    return f"{plural(number, 'lock')} over budget" if number else ""


def _told(migration: MigrationReport, held: HeldLock) -> Told:
    first, last = _line(migration, held.first), _line(migration, held.last)
    return Told(
        lines=first if first == last else f"{first} to {last}",
        lock=held.lock,
        table=held.table if held.size is None else f"{held.table} ({_whole(bulk(held.size))})",
        who="readers and writers" if held.readers else "writers",
        long=_long(held),
        work="; ".join(_work(migration, held)),
        over=held.over,
    )


def _long(held: HeldLock) -> str:
    if not held.work:
        return "briefly"
    if held.seconds is None:
        return "for as long as the work takes"
    budget = f", budget {span(held.budget)}" if held.budget is not None else ""
    return _whole(f"{'about' if held.complete else 'at least'} {span(held.seconds)}{budget}")


def _whole(text: str) -> str:
    """Numbers and their units kept on one line, by spaces that do not break (U+00A0); formats may put plain ones."""
    return re.sub(r"(?<=\d) (?=[a-zA-Z])", "\u00a0", text)


def _work(migration: MigrationReport, held: HeldLock) -> Sequence[str]:
    """`reads orders and shops (:2)`, statement by statement."""
    found: dict[tuple[int, str], list[str]] = {}
    for each in held.work:
        found.setdefault((each.statement, _DOES.get(each.work, each.work)), []).append(each.table)
    return [f"{does} {_joined(tables)} ({_line(migration, at)})" for (at, does), tables in found.items()]


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _line(migration: MigrationReport, statement: int) -> str:
    """`:12`, with the file in front where the statement stands in another than the migration."""
    place = migration.statements[statement].place
    return f"{'' if place.file == migration.path else place.file}:{place.line}"
