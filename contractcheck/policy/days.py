"""Days as an input: how they are read, and one value that knows whether anybody asked which day it is."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# RFC 3339 §5.6, and what people leave out of it: seconds, the offset, its colon.
_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[Tt ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?:[0-5]\d|60)(?:\.\d+)?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3]):?(?P<minutes>[0-5]\d))?"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _CLOCK = f"(?P<month>{'|'.join(_MONTHS)})", r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)"
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = "|".join(name[:3] for name in _WEEK)
# The three forms that a receiver of HTTP dates must accept (RFC 9110 §5.6.7); RFC 8594 §3 has the first.
_HTTP = (
    re.compile(rf"(?:{_SHORT}), (?P<day>\d{{2}}) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} GMT"),
    re.compile(rf"(?:{'|'.join(_WEEK)}), (?P<day>\d{{2}})-{_MONTH}-(?P<year>\d{{2}}) {_CLOCK} GMT"),
    re.compile(rf"(?:{_SHORT}) {_MONTH} (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})"),
)
_SECONDS = re.compile(r"@(\d{1,11})")  # of structured fields, as `Deprecation` has it (RFC 9745 §2.1)


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
    """The day of `2026-12-31`, of an RFC 3339 date-time, an HTTP date or `@` and seconds; None for anything else.

    A time with an offset falls on two days, the one its author saw and the one in UTC: what is promised until then is
    kept until the later of them.
    """
    text = text.strip()
    try:
        seconds = _SECONDS.fullmatch(text)
        if seconds is not None:
            return datetime.fromtimestamp(int(seconds[1]), UTC).date()
        http = next((found for form in _HTTP if (found := form.fullmatch(text))), None)
        if http is not None:
            year = int(http["year"]) + (2000 if len(http["year"]) == 2 else 0)
            return date(year, _MONTHS.index(http["month"]) + 1, int(http["day"]))
        time = _TIME.fullmatch(text)
        if time is not None:
            day = date.fromisoformat(time["day"])
            moment = datetime(day.year, day.month, day.day, int(time["hour"]), int(time["minute"]), tzinfo=UTC)
            offset = timedelta(hours=int(time["hours"] or 0), minutes=int(time["minutes"] or 0))
            return max(day, (moment + (offset if time["sign"] == "-" else -offset)).date())
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except (ValueError, OverflowError):  # 2026-02-30, or a day before or after all others
        return None
