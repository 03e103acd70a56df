"""A table that was there before is read in full while a lock keeps its writers waiting."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import brief
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.migrations.mysql.advice import advice
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

_UNIQUE = (
    "CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own, then ADD CONSTRAINT ... USING INDEX"
    " (for a primary key prove its columns NOT NULL by a validated CHECK first)"
)
_CHECK = "ADD CONSTRAINT ... NOT VALID, which reads nothing, and VALIDATE CONSTRAINT in a later transaction"
_NOT_NULL = (
    "ADD CONSTRAINT ... CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in a later transaction, then SET NOT NULL,"
    " which needs no scan any more, and drop the CHECK last"
)
_DOMAIN = (
    "a CHECK on the tables, NOT VALID and validated later: a domain's constraint locks every table that uses the"
    " domain, also when it is validated"
)
_EXCLUDE = "there is no concurrent way: build it in a new table that takes this one's place, or while nobody writes"


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each statement, whatever number of tables it reads. What has a rule of its own is left to it."""
    for ran in examined.hurting():
        tables = () if _elsewhere(ran) else _scanned(examined, ran)
        if not tables:
            continue
        lock = max(ran.held[table] for table in tables)
        yield rule("scan-under-write-lock").finding(
            subject=f"{examined.migration.id} {', '.join(tables)}",
            place=ran.statement.place,
            proof=Proof(ProofKind.DERIVED, "; ".join(ran.effects.notes) or "replayed on the model of the server"),
            suggestion=advice(examined.server, ran) or _advice(ran),
            tables=" and ".join(tables) + (" are" if len(tables) > 1 else " is"),
            lock=lock.words,
            who="readers and writers" if lock.blocks_reads else "writers",
            sql=brief(ran.statement.sql),
        )


def _scanned(examined: Examined, ran: Ran) -> tuple[str, ...]:
    """The tables read in full under a lock that blocks writes."""
    return tuple(
        table
        for table in examined.large(ran.effects.scans)
        if table in ran.held and ran.held[table].blocks_writes and table not in ran.effects.rewrites
    )


def _elsewhere(ran: Ran) -> bool:
    """Whether another rule speaks of it: of index builds, backfills, partitions, proofs that go, missing values."""
    if any(remark.what in {"proof dropped", "needs a value"} for remark in ran.effects.remarks):
        return True
    return bool(ran.operations) and all(
        isinstance(action, op.ValidateConstraint | op.AttachPartition)
        or isinstance(operation, op.CreateIndex | op.Query | op.RefreshView)
        or (isinstance(operation, op.CreateTable) and operation.bound is not None)
        or (isinstance(operation, op.Maintain) and operation.what == "reindex")
        for operation, action in op.flatten(ran.operations)
    )


def _advice(ran: Ran) -> str | None:
    """What to do instead, where the statement does one thing; None for the general advice."""
    found = {_one(operation, action) for operation, action in op.flatten(ran.operations)} - {None}
    return found.pop() if len(found) == 1 else None


def _one(operation: op.Operation, action: op.Action | None) -> str | None:
    match action:
        case op.AddConstraint(constraint) if constraint.kind in {"primary key", "unique"}:
            return _UNIQUE
        case op.AddConstraint(constraint) if constraint.kind == "exclude":
            return _EXCLUDE
        case op.AddConstraint(constraint) if constraint.kind in {"check", "foreign key"}:
            return _CHECK
        case op.SetNotNull():
            return _NOT_NULL
        case _:
            return _DOMAIN if isinstance(operation, op.AlterDomain) else None
