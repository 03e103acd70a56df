"""A table is read or written in full while nobody can reach another one."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.sizes import Work
from contractcheck.migrations.timeline import Stretch, timeline
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

_DOES = {Work.SCAN: "reads", Work.REWRITE: "writes", Work.INDEX: "indexes"}


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each later statement that works on other tables than one its transaction holds exclusively.

    One that works on the held table too is `scan-under-write-lock`, which names them all.
    """
    exclusive = [stretch for stretch in timeline(examined) if stretch.lock is Lock.ACCESS_EXCLUSIVE]
    for index, ran in enumerate(examined.up):
        held = [stretch for stretch in exclusive if stretch.first < index <= stretch.last]
        tables = dict.fromkeys(stretch.table for stretch in held)
        tasks = [task for stretch in held for task in stretch.tasks if task.statement == index]
        worked = dict.fromkeys(task.table for task in tasks if task.table not in tables)
        if not worked or len(worked) < len({task.table for task in tasks}):
            continue
        does = _DOES[next(task.work for task in tasks if task.table in worked)]
        yield rule("work-while-holding-exclusive").finding(
            subject=f"{examined.migration.id} {', '.join(tables)} {', '.join(worked)}",
            place=ran.statement.place,
            proof=Proof(ProofKind.DERIVED, f"{_first(examined, held[0])} is in the same transaction"),
            worked=" and ".join(worked),
            does=does,
            held=" and ".join(tables),
            sql=brief(ran.statement.sql),
        )


def _first(examined: Examined, stretch: Stretch) -> str:
    return brief(examined.up[stretch.first].statement.sql, 80)
