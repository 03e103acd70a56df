"""A note on recovery names no owner, or says nothing."""

from collections.abc import Iterator

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.recovery import said
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each note that lacks something."""
    for note in examined.migration.recovery:
        lacks = [what for what, is_there in (("owner", bool(note.owner)), ("text", said(note))) if not is_there]
        if lacks:
            yield rule("recovery-incomplete").finding(
                subject=examined.migration.id,
                place=note.place,
                proof=Proof(ProofKind.STRUCTURAL, "the comment is read as (owner: NAME) and the rest"),
                id=examined.migration.id,
                lacks=" and no ".join(lacks),
            )
