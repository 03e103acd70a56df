"""What becomes of the statements of a migration: which remedies can be written by a machine, and in which parts."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, assume_rows
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding, RemedyStep, When

# By what is mended first where several rules speak of one statement.
MECHANICAL = (
    "not-allowed-in-transaction",
    "index-not-concurrent",
    "index-left-invalid",
    "index-dropped-not-concurrent",
    "reindex-not-concurrent",
    "view-refresh-not-concurrent",
    "scan-under-write-lock",
    "partition-scanned",
    "partition-detach-not-concurrent",
    "not-null-proof-dropped",
    "validate-in-same-transaction",
    "not-repeatable",
    "lock-without-timeout",
)
_BY_HAND = ("DO $", "DROP COLUMN", "CREATE FUNCTION")
TIMEOUT = "SET LOCAL lock_timeout = '2s'"


class Plan(Struct, frozen=True):
    """One statement and what takes its place, transaction by transaction; the first part stands where it stood.

    `met` is the database that the statement meets.
    """

    ran: Ran
    rule: str
    parts: tuple[tuple[RemedyStep, ...], ...]
    met: Catalog

    @property
    def alone(self) -> bool:
        """Whether the first part runs outside of a transaction."""
        return self.parts[0][0].when is When.ALONE


def plans(examined: Examined, findings: Sequence[Finding]) -> Iterator[Plan]:
    """A plan for each statement that a finding speaks of, in their order, if its remedy needs no thought."""
    from contractcheck.migrations.postgresql.remedies import met, transactions

    if examined.before is None:
        return
    for ran in examined.up:
        about = {f.rule: f for f in findings if f.place == ran.statement.place and f.remedy}
        rule = next((name for name in MECHANICAL if name in about), None)
        if rule is None or sum(each.statement.place == ran.statement.place for each in examined.up) > 1:
            continue
        steps = about[rule].remedy
        if rule == "lock-without-timeout":
            if ran.effects.in_transaction is False:
                continue
            sql = ran.statement.sql.strip().rstrip(";")
            steps = (RemedyStep(f"{_limit(examined, ran)};", When.HERE), RemedyStep(f"{sql};", When.HERE))
        elif any(word in step.sql for step in steps for word in _BY_HAND) or _released(steps):
            continue
        yield Plan(ran, rule, tuple(tuple(group) for group in transactions(steps)), met(ran, examined))


def _limit(examined: Examined, ran: Ran) -> str:
    """The limit for the transaction; for the session where the tool sends each statement on its own."""
    within = ran.statement.in_transaction or examined.migration.tool in {"golang-migrate", "prisma", "dbmate", "diesel"}
    return TIMEOUT if within else TIMEOUT.replace("SET LOCAL", "SET")


def _released(steps: Sequence[RemedyStep]) -> bool:
    return any(step.when in {When.RELEASE, When.RELEASE_ALONE} for step in steps)


def states(plan: Plan, examined: Examined) -> tuple[Catalog, ...]:
    """The database before the first part of a plan and after each of them."""
    from contractcheck.migrations.postgresql.replay import replay

    found = [plan.met]
    for part in plan.parts:
        sent = [step.sql for step in part]
        inside = [step.when is not When.ALONE for step in part]
        found.append(assume_rows(replay(found[-1], sent, examined.server, in_transaction=inside).catalog))
    return tuple(found)


def back(then: Catalog, now: Catalog) -> tuple[str, ...] | None:
    """The statements that take one database back to another; None where they cannot be written."""
    from contractcheck.migrations.postgresql.inverse import sources, undo
    from contractcheck.migrations.postgresql.rendering import UnwrittenError

    try:
        return undo(then, now, sources(()))
    except UnwrittenError:
        return None
