"""One migration both adds for the next release and takes away from the previous one."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """At most one finding for a migration, where it begins."""
    if examined.phase == "mixed":
        yield rule("phases-mixed").finding(
            subject=examined.migration.id,
            place=examined.migration.up.place,
            proof=Proof(ProofKind.DERIVED, "the model of the database has more and less after it than before"),
        )
