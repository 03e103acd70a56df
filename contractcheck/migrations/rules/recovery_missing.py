"""What a migration loses is neither copied before nor does a note say how it is recovered."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.recovery import points, unkept
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """At most one finding, where the first point of no return is.

    One that has no downgrade demands a note. What is lost demands none if the upgrade copies it first.
    """
    undo = examined.reversibility
    lost = unkept(examined)
    stuck = undo.verdict is ReversibilityVerdict.MISSING and not {*examined.migration.labels} & {"repeatable"}
    if examined.migration.recovery or not (stuck or (lost and undo.verdict is not ReversibilityVerdict.MISSING)):
        return
    where = next(iter(points(examined)), None)
    what = f"{', '.join(lost)} is lost" if lost else "it cannot be undone"
    yield rule("recovery-missing").finding(
        subject=examined.migration.id,
        place=where.place if where is not None else examined.migration.up.place,
        proof=Proof(ProofKind.DERIVED, undo.why),
        id=examined.migration.id,
        what=what,
    )
