"""The lines around the places of findings, from both sides, for reports that show the sources."""

from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.report import Snippet, Snippets
from contractcheck.model.snapshot import Snapshot

BEFORE = 3
AFTER = 6
WIDTH = 200
"""Characters of a line that are shown: a document without line breaks is cut around the place."""
MOST = 600
"""Findings that get their sources: the page stays light, and nobody reads more."""


def snippets(findings: tuple[Finding, ...], base: Snapshot | None, revision: Snapshot) -> tuple[Snippets, ...]:
    """For each finding the lines around its place in the base and in the revision; None where there is none."""
    known: dict[tuple[int, str], list[str] | None] = {}

    def look(side: int, snapshot: Snapshot | None, place: Place | None) -> Snippet | None:
        if snapshot is None or place is None or place.line is None:
            return None
        key = (side, place.file)
        if key not in known:
            known[key] = _lines(snapshot, place.file)
        lines = known[key]
        return _snippet(lines, place) if lines is not None else None

    return tuple((look(0, base, finding.base_place), look(1, revision, finding.place)) for finding in findings[:MOST])


def _lines(snapshot: Snapshot, path: str) -> list[str] | None:
    try:
        return snapshot.read(path).decode(errors="replace").split("\n")
    except UnreadableError:
        return None  # the finding is about this file being unreadable, and says so


def _snippet(lines: list[str], place: Place) -> Snippet | None:
    at = place.line or 1
    if at > len(lines):
        return None
    first = max(1, at - BEFORE)
    shown = lines[first - 1 : at + AFTER]
    start = max(0, (place.column or 1) - WIDTH // 3) if len(lines[at - 1]) > WIDTH else 0
    return Snippet(place.file, first, at, tuple(_cut(line.rstrip("\r"), start) for line in shown))


def _cut(line: str, start: int) -> str:
    if not start:
        return line if len(line) <= WIDTH else line[:WIDTH] + "…"
    part = line[start : start + WIDTH]
    return ("…" if part else "") + part + ("…" if len(line) > start + WIDTH else "")
