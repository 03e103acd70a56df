"""What the search for a value can end in."""

from dataclasses import dataclass
from typing import Final

from contractcheck.schemas.values import Value


class ExhaustedError(Exception):
    """The budget of steps is used up."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that satisfies everything."""

    value: Value


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is no such value."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Neither a value nor a proof that there is none; `why` names the keyword or the limit."""

    why: str


Outcome = Found | Nothing | Doubt
NOTHING: Final = Nothing()
