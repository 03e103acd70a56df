"""Asking the engine in one line, as every test of this folder does."""

from contractcheck.schemas.containment import DEFAULT_STEPS, Decision, Universe
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone


def ask(base, revision, dialect="draft2020-12", *, formats=False, budget=DEFAULT_STEPS) -> Decision:
    """Base ⊆ revision; fails if the validator did not confirm a counterexample."""
    universe = Universe()
    spoken = Dialect(dialect)
    decision = universe.contains(
        alone(base, spoken, formats=formats), alone(revision, spoken, formats=formats), budget=budget
    )
    assert universe.disagreements == 0, decision.why
    return decision


def said(base, revision, dialect="draft2020-12", **options) -> tuple:
    """`("contained",)`, `("broken", witness)` or `("unproven", why)`."""
    decision = ask(base, revision, dialect, **options)
    if decision.verdict == "contained":
        return ("contained",)
    return (decision.verdict.value, decision.witness if decision.verdict == "broken" else decision.why)


def same(one, other, dialect="draft2020-12", **options) -> bool:
    """Whether both sides are proved to allow the same values."""
    return said(one, other, dialect, **options) == said(other, one, dialect, **options) == ("contained",)
