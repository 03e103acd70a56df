"""Days as an input: how they are read, and one value that knows whether anybody asked which day it is."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# IMF-fixdate, the form that servers send (RFC 9110 §5.6.7, RFC 8594 §3).
_HTTP = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{{2}}) ({'|'.join(_MONTHS)}) (\d{{4}}) \d{{2}}:\d{{2}}:\d{{2}} GMT"
)


class Today:
    """The day that dates are judged by. `used` says whether a verdict depends on it: then the report names it."""

    def __init__(self, given: date | None = None, clock: Callable[[], date] | None = None) -> None:
        self._given = given
        self._clock = clock
        self.used = False

    @property
    def given(self) -> date | None:
        """The day that was given, without asking the clock."""
        return self._given

    @property
    def day(self) -> date:
        """The day given, else the clock's, read once."""
        self.used = True
        if self._given is None:
            self._given = self._clock() if self._clock is not None else datetime.now(UTC).date()
        return self._given

    @property
    def told(self) -> str | None:
        """The day as a report tells it; None if nothing depends on it."""
        return self._given.isoformat() if self.used and self._given is not None else None


def parse(text: str) -> date | None:
    """The day of `2026-12-31`, of an RFC 3339 date-time or of an HTTP date; None for anything else.

    A time is taken as written: the day is the one its author saw.
    """
    text = text.strip()
    http = _HTTP.fullmatch(text)
    if http:
        text = f"{http[3]}-{_MONTHS.index(http[2]) + 1:02}-{http[1]}"
    time = _TIME.fullmatch(text)
    text = time[1] if time else text
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-30
        return None
