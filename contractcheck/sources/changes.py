"""What git says changed between two sides: one `Change` per path."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from contractcheck.errors import UndecidableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources.paths import shown


class Status(StrEnum):
    """How a path changed; the letters of `git diff --raw`."""

    ADDED = "A"
    DELETED = "D"
    MODIFIED = "M"
    RENAMED = "R"
    RETYPED = "T"  # a file became a link, or the other way round


class Change(Struct, frozen=True):
    """One changed path: what stood in the base (None if added), what stands in the revision (None if deleted).

    The key of an entry is git's object id; None where the content stands only in the working tree.
    """

    status: Status
    base: Entry | None
    revision: Entry | None

    @property
    def paths(self) -> tuple[str, ...]:
        """The path, or for a rename the old and the new one."""
        return tuple(dict.fromkeys(entry.path for entry in (self.base, self.revision) if entry is not None))


def kind(mode: str) -> EntryKind:
    """What a mode of git (`100644`, `120000`, `160000`) stands for."""
    match mode:
        case "120000":
            return EntryKind.SYMLINK
        case "160000":
            return EntryKind.SUBMODULE
        case _:
            return EntryKind.FILE


def parse(output: bytes) -> Iterator[Change]:
    """The changes in the output of `git diff --raw -z --no-abbrev` (git-diff, "Raw output format").

    Raises UndecidableError for an unmerged path.
    """
    fields = iter(output.split(b"\0")[:-1])
    for header in fields:
        base_mode, mode, base_oid, oid, letter = header.decode("ascii").lstrip(":").split(" ")
        old = new = shown(next(fields))
        if letter.startswith("R"):
            new = shown(next(fields))
        if letter == "U":
            raise conflict(new)
        status = Status(letter[0])
        yield Change(
            status,
            None if status is Status.ADDED else Entry(old, kind(base_mode), _key(base_oid)),
            None if status is Status.DELETED else Entry(new, kind(mode), _key(oid)),
        )


def conflict(path: str) -> UndecidableError:
    """The error for a path that a merge left with conflicts."""
    return UndecidableError(
        "has unresolved merge conflicts in the index", where=path, next_step="resolve them and git add the file"
    )


def _key(oid: str) -> str | None:
    return oid if oid.strip("0") else None
