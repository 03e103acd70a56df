"""The law of the prover's seat, on random pairs: what a whole body shows is told, and what it does not is silent."""

import pytest

from benchmarks.comparing import KINDS, run


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_body_is_the_judge(kind, capsys):
    """A small run of `python -m benchmarks.comparing`: no break is kept silent, no harmless edit is told."""
    wrong = run(kind, 150, seed=3, show=9)
    shown = capsys.readouterr().out
    assert (wrong, "!" in shown) == (0, False), shown
