"""A migration that changes the schema has no downgrade, or one that does nothing or refuses."""

from collections.abc import Iterator

from msgspec.structs import replace

from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding, Proof, ProofKind, Severity
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding at most; only a note where the tool or the tree has no way back by design."""
    if examined.reversibility.verdict is not ReversibilityVerdict.MISSING:
        return
    labels = {*examined.migration.labels}
    why = examined.reversibility.why
    if "repeatable" in labels:
        why = "a repeatable migration is taken back by its former text"
    elif "forward-only" in labels:
        why = f"{why}, as everywhere in this tree"
    finding = rule("downgrade-missing").finding(
        subject=examined.migration.id,
        place=examined.migration.down.place or examined.migration.up.place,
        proof=Proof(ProofKind.STRUCTURAL, why),
        why=why,
    )
    yield replace(finding, severity=Severity.INFO) if labels & {"repeatable", "forward-only"} else finding
