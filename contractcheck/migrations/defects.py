"""Findings about a tree itself: what cannot be read, and orders that do not exist."""

from collections.abc import Sequence

from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule


def unreadable(path: str, place: Place | None, why: str) -> Finding:
    """A file, or a statement in it, that no parser takes."""
    return rule("migration-unreadable").finding(
        subject=path, place=place, proof=Proof(ProofKind.STRUCTURAL, why), path=path, why=why
    )


def duplicate(identity: str, paths: Sequence[str], place: Place | None) -> Finding:
    """Several migrations with one id."""
    return rule("migration-duplicate-id").finding(
        subject=identity,
        place=place,
        proof=Proof(ProofKind.STRUCTURAL, f"{len(paths)} files say they are {identity}"),
        id=identity,
        paths=", ".join(paths),
    )


def orphan(identity: str, parent: str, place: Place | None) -> Finding:
    """A migration that follows one which is not in the tree."""
    return rule("migration-parent-unknown").finding(
        subject=identity,
        place=place,
        proof=Proof(ProofKind.STRUCTURAL, f"no migration of the tree is {parent}"),
        id=identity,
        parent=parent,
    )


def cycle(identities: Sequence[str], place: Place | None) -> Finding:
    """Migrations that follow each other in a circle."""
    names = ", ".join(identities)
    return rule("migration-cycle").finding(
        subject=names,
        place=place,
        proof=Proof(ProofKind.STRUCTURAL, f"each of {names} waits for another of them"),
        ids=names,
    )


def heads(identities: Sequence[str], place: Place | None) -> Finding:
    """More than one migration that nothing follows."""
    names = ", ".join(identities)
    return rule("several-heads").finding(
        subject="heads",
        place=place,
        proof=Proof(ProofKind.STRUCTURAL, f"nothing follows {names}"),
        count=len(identities),
        ids=names,
    )


def unpaired(path: str, wanted: str) -> Finding:
    """A file that undoes a migration which is not there."""
    return rule("pair-missing").finding(
        subject=path,
        place=Place(path, 1, 1),
        proof=Proof(ProofKind.STRUCTURAL, f"there is no {wanted}"),
        path=path,
        wanted=wanted,
    )
