"""Lines and columns for findings that only know a pointer: looked up once, after everything else, file by file."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from contractcheck.beside import beside
from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

_LONG: Final = 250_000
"""Bytes that take longer to look through than a fork, as YAML at least."""

Wanted = dict[str, set[str]]
Found = dict[str, Mapping[str, tuple[int, int]]]


def locate(findings: Iterable[Finding], base: Snapshot | None, revision: Snapshot) -> tuple[Finding, ...]:
    """The same findings with line and column wherever the pointer stands in the file of its side."""
    findings = tuple(findings)
    former = _wanted(finding.base_place for finding in findings) if base else {}
    looked = _begin(base, former) if base and len(former) == 1 else None  # beside the other side
    here = _look(revision, _wanted(finding.place for finding in findings))
    there = looked() if looked else _look(base, former) if base else {}
    return tuple(
        replace(finding, place=_placed(finding.place, here), base_place=_placed(finding.base_place, there))
        for finding in findings
    )


def _wanted(places: Iterable[Place | None]) -> Wanted:
    wanted: Wanted = {}
    for place in places:
        if place is not None and place.line is None and place.pointer is not None:
            wanted.setdefault(place.file, set()).add(place.pointer)
    return wanted


def _begin(snapshot: Snapshot, wanted: Wanted) -> Callable[[], Found]:
    """Begin to look into the one file that is wanted."""
    ((file, pointers),) = wanted.items()
    data = _read(snapshot, file)
    return beside(lambda: {file: _positions(data, file, pointers)}, worth=data is not None and len(data) > _LONG)


def _look(snapshot: Snapshot, wanted: Wanted) -> Found:
    return {file: _positions(_read(snapshot, file), file, pointers) for file, pointers in wanted.items()}


def _read(snapshot: Snapshot, file: str) -> bytes | None:
    try:
        return snapshot.read(file)
    except UnreadableError:
        return None  # the finding is about this file being unreadable: its path is all there is to say


def _positions(data: bytes | None, file: str, pointers: set[str]) -> Mapping[str, tuple[int, int]]:
    from contractcheck.openapi.positions import locate as positions

    try:
        return positions(data, file, sorted(pointers)) if data is not None else {}
    except UnreadableError:  # so is it about this
        return {}


def _placed(place: Place | None, found: Found) -> Place | None:
    if place is None or place.line is not None or place.pointer is None:
        return place
    line, column = found.get(place.file, {}).get(place.pointer, (None, None))
    return replace(place, line=line, column=column)
