"""What the size of tables makes of a finding: how long it takes, and a note where all of them are small."""

from msgspec.structs import replace

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.timeline import Task, tasks
from contractcheck.model.finding import Category, Finding, Severity
from contractcheck.model.quantity import bulk, span

_OWN = frozenset({"lock-over-budget", "not-allowed-in-transaction", "transaction-mixed"})


def weighed(examined: Examined, finding: Finding) -> Finding:
    """The finding with the sizes of the tables that its statement works on, and the time that takes.

    Only findings about locks and rewrites, and only statements that work on whole tables: how long a statement waits
    for its lock does not depend on sizes.
    """
    weighs = finding.category in {Category.LOCK, Category.REWRITE} and finding.rule not in _OWN
    if not weighs or not examined.sizes.tables or finding.severity is Severity.INFO:
        return finding
    found = [
        task
        for index, ran in enumerate(examined.up)
        if ran.statement.place == finding.place
        for task in tasks(examined, index, ran)
    ]
    if not any(examined.sizes.volume(task.table) is not None for task in found):
        return finding
    small = all(examined.sizes.small(task.table) for task in found)
    message = f"{finding.message} ({_sizes(examined, found)}{': small' if small else ''})"
    return replace(finding, message=message, severity=Severity.INFO if small else finding.severity)


def _sizes(examined: Examined, found: list[Task]) -> str:
    """`orders has 38 GB: about 4 min`, for each table once."""
    parts = []
    for table in dict.fromkeys(task.table for task in found):
        volume = examined.sizes.volume(table)
        mine = [task.seconds for task in found if task.table == table and task.seconds is not None]
        known = volume is not None and mine
        parts.append(
            f"{table} has {bulk(volume or 0)}, about {span(sum(mine))}" if known else f"{table} of unknown size"
        )
    return "; ".join(parts)
