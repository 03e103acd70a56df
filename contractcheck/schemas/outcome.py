"""What the search for a value can end in."""

from typing import Final

from msgspec import Struct

from contractcheck.schemas.values import Value


class ExhaustedError(Exception):
    """The budget of steps is used up."""


class Found(Struct, frozen=True):
    """A value that satisfies everything."""

    value: Value


class Nothing(Struct, frozen=True):
    """There is no such value."""


class Doubt(Struct, frozen=True):
    """Neither a value nor a proof that there is none; `why` names the keyword or the limit."""

    why: str


Outcome = Found | Nothing | Doubt
NOTHING: Final = Nothing()
