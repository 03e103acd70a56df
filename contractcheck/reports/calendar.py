"""The calendar of deprecations as text, JSON, Markdown and iCalendar (RFC 5545): pure functions of a Calendar."""

import hashlib
import json
from collections.abc import Iterator

from contractcheck.model.deprecation import Calendar, Deprecated
from contractcheck.reports.escaping import code, printable
from contractcheck.reports.sections import plural

_FOLD = 75  # octets of a line, RFC 5545 §3.1


def as_text(calendar: Calendar) -> str:
    """The calendar for a terminal: a line for what goes, a line for why."""
    lines = []
    path = ""
    for entry in calendar.entries:
        if entry.path != path:
            lines += [*([""] if path else []), printable(entry.path)]
            path = entry.path
        lines.append(f"  {_when(entry):<26}  {entry.kind} {printable(entry.name)}")
        lines.append(f"  {'':<26}  {printable(entry.why)}   {printable(str(entry.place))}")
    counted = {
        going: sum(entry.going is going for entry in calendar.entries) for going in {e.going for e in calendar.entries}
    }
    told = ", ".join(f"{number} {going.value}" for going, number in sorted(counted.items()))
    lines += [*([""] if lines else []), *(printable(note) for note in calendar.notes)]
    lines.append(f"{plural(len(calendar.entries), 'deprecation')} on {calendar.today}{': ' if told else ''}{told}")
    return "".join(f"{line}\n" for line in lines)


def as_json(calendar: Calendar) -> str:
    """The calendar as JSON: `contractcheck-deprecations/1`."""
    entries = [
        {
            "contract": entry.path,
            "kind": entry.kind,
            "name": entry.name,
            "stability": entry.level,
            "going": entry.going.value,
            "since": entry.since,
            "since_day": entry.since_day.isoformat() if entry.since_day else None,
            "sunset": entry.sunset,
            "until": entry.until.isoformat() if entry.until else None,
            "why": entry.why,
            "place": {"file": entry.place.file, "line": entry.place.line, "pointer": entry.place.pointer},
        }
        for entry in calendar.entries
    ]
    told = {
        "report": "contractcheck-deprecations/1",
        "today": calendar.today.isoformat(),
        "deprecations": entries,
        "notes": list(calendar.notes),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def as_markdown(calendar: Calendar) -> str:
    """The calendar as a table."""
    lines = [f"## Deprecations on {calendar.today}", ""]
    if calendar.entries:
        lines += ["| when | what | since | sunset | contract |", "|---|---|---|---|---|"]
    for entry in calendar.entries:
        since = f"{code(entry.since)} of {entry.since_day}" if entry.since else "no release yet"
        sunset = code(entry.sunset) if entry.sunset is not None else "none"
        lines.append(
            f"| {_when(entry)} | {entry.kind} {code(entry.name)} | {since} | {sunset} | {code(str(entry.place))} |"
        )
    if not calendar.entries:
        lines.append("Nothing is deprecated.")
    return "\n".join(lines) + "\n"


def as_icalendar(calendar: Calendar) -> str:
    """The days on which something may go, as all-day events; their ids stay the same when days move."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//contractcheck//deprecations//EN", "CALSCALE:GREGORIAN"]
    for entry in calendar.entries:
        if entry.until is None:
            continue
        name = hashlib.sha256(f"{entry.path}\n{entry.kind}\n{entry.name}".encode()).hexdigest()[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}@contractcheck",
            f"DTSTAMP:{calendar.today:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{entry.until:%Y%m%d}",
            f"SUMMARY:{_escape(f'{entry.kind} {entry.name} may go')}",
            f"DESCRIPTION:{_escape(f'{entry.path}: {entry.why}')}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _when(entry: Deprecated) -> str:
    if entry.until is None:
        return entry.going.value
    return (
        f"{entry.going.value}, since {entry.until}"
        if entry.going == "may go now"
        else f"{entry.going.value} until {entry.until}"
    )


def _escape(text: str) -> str:
    """A TEXT value (RFC 5545 §3.3.11); what would move the cursor of a reader is shown."""
    return printable(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """The lines that a long one is folded to, without cutting a character (RFC 5545 §3.1)."""
    part, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _FOLD:
            yield part
            part, size = " ", 1
        part += character
        size += width
    yield part
