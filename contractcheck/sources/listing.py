"""Snapshots that git lists: a tree or the index, read as objects, and the working tree, read from disk."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources.changes import kind
from contractcheck.sources.folder import read
from contractcheck.sources.objects import Objects
from contractcheck.sources.paths import arrange, inside, shown


class Listing:
    """A tree or the index. Every entry has a key, and its content is the object of that id."""

    def __init__(self, label: str, entries: Callable[[], Iterable[Entry]], objects: Objects) -> None:
        self.label = label
        self._list = entries
        self._objects = objects
        self._entries: dict[str, Entry] | None = None

    def entries(self) -> Mapping[str, Entry]:
        """Every path git holds; asked for once."""
        if self._entries is None:
            self._entries = arrange(self._list(), self.label)
        return self._entries

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        entry = find(self.entries(), path, self.label)
        assert entry.key is not None  # noqa: S101 - git gave every one
        return self._objects.read(entry.key, entry.path)


class WorkingTree:
    """The tracked and the untracked, not ignored files on disk. An entry has a key if it equals what the index holds.

    A tracked file outside the cone of a sparse checkout is read as the object the index holds.
    """

    label = "working tree"

    def __init__(self, top: str, output: Callable[[], bytes], objects: Objects) -> None:
        self._top = os.fsencode(top)
        self._list = output
        self._objects = objects
        self._names: dict[str, bytes] = {}
        self._absent: set[str] = set()
        self._entries: dict[str, Entry] | None = None

    def entries(self) -> Mapping[str, Entry]:
        """Every path that is there; asked for once."""
        if self._entries is None:
            self._entries = arrange(self._parse(self._list()), self.label)
        return self._entries

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        entry = find(self.entries(), path, self.label)
        if entry.path in self._absent and entry.key is not None:
            return self._objects.read(entry.key, entry.path)
        return read(self._top, self._names.get(entry.path, entry.path.encode()), entry.path)

    def _parse(self, output: bytes) -> Iterator[Entry]:
        """Read `git ls-files -z -s -t -c -d -m -o`: a path comes for each of `H`, `C` (modified) and `R` (deleted)."""
        states: dict[bytes, tuple[str, str, str]] = {}
        for line in output.split(b"\0")[:-1]:
            tag = chr(line[0])
            if tag == "?":
                states[line[2:]] = ("?", "", "")
                continue
            fields, name = line[2:].split(b"\t", 1)
            mode, oid, stage = fields.decode("ascii").split(" ")
            # Later tags are the stronger ones, except that a deleted file counts as modified too.
            if states.get(name, ("", "", ""))[0] != "R":
                states[name] = ("C" if stage != "0" and tag != "R" else tag, mode, oid)
        for name, (tag, mode, oid) in states.items():
            yield from self._entry(name, tag, mode, oid)

    def _entry(self, name: bytes, tag: str, mode: str, oid: str) -> Iterator[Entry]:
        path = shown(name.removesuffix(b"/"))
        if path.encode() != name:
            self._names[path] = name
        match tag:
            case "R":
                return
            case "H" | "S":
                if tag == "S":
                    self._absent.add(path)
                yield Entry(path, kind(mode), oid)
            case _ if mode == "160000" or name.endswith(b"/"):  # a repository in the repository, registered or not
                yield Entry(path, EntryKind.SUBMODULE)
            case _:
                try:
                    found = os.lstat(os.path.join(self._top, name)).st_mode
                except (FileNotFoundError, NotADirectoryError):  # gone since git listed it
                    return
                if stat.S_ISLNK(found):
                    yield Entry(path, EntryKind.SYMLINK)
                elif stat.S_ISREG(found):
                    yield Entry(path, EntryKind.FILE)


def find(entries: Mapping[str, Entry], path: str, label: str) -> Entry:
    """The entry of a file. Raises UnreadableError if there is none, or if it is a link or a submodule."""
    path = inside(path)
    entry = entries.get(path)
    if entry is None:
        raise UnreadableError(f"does not exist in {label}", where=path)
    match entry.kind:
        case EntryKind.SYMLINK:
            raise UnreadableError(
                f"is a symbolic link in {label}, and links are not followed",
                where=path,
                next_step="name the file it points to",
            )
        case EntryKind.SUBMODULE:
            raise UnreadableError(f"is a submodule in {label}, and its files are not read", where=path)
        case EntryKind.FILE:
            return entry


def tree_entries(output: bytes) -> Iterator[Entry]:
    """The entries in the output of `git ls-tree -r -z`."""
    for line in output.split(b"\0")[:-1]:
        fields, name = line.split(b"\t", 1)
        mode, _type, oid = fields.decode("ascii").split(" ")
        yield Entry(shown(name), kind(mode), oid)
