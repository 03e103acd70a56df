"""A calendar of what goes: everything deprecated, since when, and until when it must stay."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from contractcheck.model.place import Place


class Going(StrEnum):
    """What may become of something deprecated today."""

    NOW = "may go now"
    LATER = "must stay"
    UNRELEASED = "not announced in a release"


class Deprecated(Struct, frozen=True):
    """One deprecated thing: its contract, kind and name, level of stability, and its dates.

    `since` is the release that announced it, on the day `since_day`; `until` the first day on which it may be gone,
    None where no day is known. `sunset` is the text of the document. `why` says how the day was found.
    """

    path: str
    kind: str
    name: str
    level: str
    going: Going
    since: str | None
    since_day: date | None
    sunset: str | None
    until: date | None
    why: str
    place: Place


class Calendar(Struct, frozen=True):
    """What is deprecated, in the order in which it goes, as of a day."""

    today: date
    entries: tuple[Deprecated, ...]
    notes: tuple[str, ...] = ()
