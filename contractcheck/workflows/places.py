"""Lines and columns for findings that only know a pointer: looked up once, after everything else, file by file."""

from collections.abc import Iterable

from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.record import replace
from contractcheck.model.snapshot import Snapshot

Wanted = dict[str, set[str]]
Found = dict[str, dict[str, tuple[int, int]]]


def locate(findings: Iterable[Finding], base: Snapshot | None, revision: Snapshot) -> tuple[Finding, ...]:
    """The same findings with line and column wherever the pointer stands in the file of its side."""
    findings = tuple(findings)
    here = _look(revision, (finding.place for finding in findings))
    there = _look(base, (finding.base_place for finding in findings)) if base else {}
    return tuple(
        replace(finding, place=_placed(finding.place, here), base_place=_placed(finding.base_place, there))
        for finding in findings
    )


def _look(snapshot: Snapshot, places: Iterable[Place | None]) -> Found:
    wanted: Wanted = {}
    for place in places:
        if place is not None and place.line is None and place.pointer is not None:
            wanted.setdefault(place.file, set()).add(place.pointer)
    if not wanted:
        return {}
    from contractcheck.openapi.positions import locate as positions

    found: Found = {}
    for file, pointers in wanted.items():
        try:
            found[file] = positions(snapshot.read(file), file, sorted(pointers))
        except UnreadableError:
            # The finding is about this file being unreadable: its path is all there is to say.
            found[file] = {}
    return found


def _placed(place: Place | None, found: Found) -> Place | None:
    if place is None or place.line is not None or place.pointer is None:
        return place
    line, column = found.get(place.file, {}).get(place.pointer, (None, None))
    return replace(place, line=line, column=column)
