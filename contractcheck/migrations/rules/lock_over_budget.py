"""A lock keeps others waiting for longer than they may be kept waiting."""

from collections.abc import Iterator

from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.timeline import Stretch, timeline
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.quantity import bulk, span
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each transaction and table whose lock is held for longer than the budget, by what sizes say."""
    for stretch in over(examined):
        costly = max(stretch.tasks, key=lambda task: task.seconds or 0.0)
        ran = examined.up[costly.statement]
        volume = examined.sizes.volume(stretch.table)
        yield rule("lock-over-budget").finding(
            subject=f"{examined.migration.id} {stretch.table}",
            place=ran.statement.place,
            proof=Proof(ProofKind.DERIVED, _sum(stretch)),
            estimate=f"{'about' if stretch.known else 'at least'} {span(stretch.seconds)}",
            lock=stretch.lock.words,
            table=stretch.table if volume is None else f"{stretch.table} ({bulk(volume)})",
            budget=span(examined.sizes.allowed(stretch.table)),
            who=stretch.waiting,
            sql=brief(ran.statement.sql),
        )


def over(examined: Examined) -> tuple[Stretch, ...]:
    """The stretches over budget, the longest of each transaction and table."""
    found: dict[tuple[int, str], Stretch] = {}
    for stretch in timeline(examined):
        key = examined.up[stretch.first].transaction, stretch.table
        if stretch.seconds > examined.sizes.allowed(stretch.table) and (
            key not in found or stretch.lock.blocks_reads > found[key].lock.blocks_reads
        ):
            found[key] = stretch
    return tuple(found.values())


def _sum(stretch: Stretch) -> str:
    parts = [
        f"{task.work} of {task.table} {'of unknown size' if task.seconds is None else span(task.seconds)}"
        for task in stretch.tasks
    ]
    return f"size by rate: {', '.join(parts)}"
