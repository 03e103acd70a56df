"""How a workflow says what it is doing: a function that takes one line."""

from collections.abc import Callable

Say = Callable[[str], None]


def quiet(_line: str) -> None:
    """Say nothing: the default."""
