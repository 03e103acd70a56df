"""Files of a folder on disk, read without following a symbolic link or leaving the folder."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources.paths import READ_LIMIT, arrange, enclosing, inside, shown


class Folder:
    """The files below a folder, or, made by `file`, one of them; then `entries` lists only that one.

    `read` gives any file inside the root, so that the references of a contract can be followed.
    """

    def __init__(self, root: bytes, label: str, only: str | None = None) -> None:
        self.label = label
        self._root = root
        self._only = only
        self._names: dict[str, bytes] = {}
        self._entries: dict[str, Entry] | None = None

    def entries(self) -> Mapping[str, Entry]:
        """The regular files and links below the root; devices, sockets and what `.git` holds are left out."""
        if self._entries is None:
            if self._only is None:
                self._entries = arrange(self._walk(), self.label)
            else:
                self._entries = {self._only: Entry(self._only, EntryKind.FILE)}
        return self._entries

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        path = inside(path)
        return read(self._root, self._names.get(path, path.encode()), path)

    def _walk(self) -> Iterator[Entry]:
        pending = [b""]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(os.path.join(self._root, folder)) as found:
                    items = list(found)
            except OSError as error:
                raise _unreadable(shown(folder) or self.label, error) from None
            for item in items:
                name = os.path.join(folder, item.name)
                if item.is_symlink():
                    yield self._entry(name, EntryKind.SYMLINK)
                elif item.is_file(follow_symlinks=False):
                    yield self._entry(name, EntryKind.FILE)
                elif item.is_dir(follow_symlinks=False) and item.name != b".git":
                    pending.append(name)

    def _entry(self, name: bytes, kind: EntryKind) -> Entry:
        path = shown(name)
        if path.encode() != name:
            self._names[path] = name
        return Entry(path, kind)


def folder(path: Path, *, label: str | None = None) -> Folder:
    """The files below `path`, which is the root. Raises UnreadableError if it is no folder."""
    where = label or shown(os.fsencode(path))
    if not path.is_dir():
        raise UnreadableError("is no folder" if path.exists() else "does not exist", where=where)
    return Folder(os.fsencode(path.resolve()), where)


def file(path: Path, *, root: Path | None = None, label: str | None = None) -> tuple[Folder, str]:
    """One file and its path in the snapshot, whose root bounds what its references can reach.

    The root is the git working tree around the file; without one `root`, if the file is inside it; else the folder of
    the file. So `../common.yaml` works in a repository and in a folder the caller vouches for; elsewhere it is refused.
    Raises UnreadableError if there is no such file or it is a symbolic link.
    """
    where = label or shown(os.fsencode(path))
    try:
        mode = path.lstat().st_mode
        parent = path.parent.resolve(strict=True)
    except (OSError, ValueError) as error:
        raise _unreadable(where, error) from None
    if not stat.S_ISREG(mode):
        raise _irregular(where, mode)
    top = _root(parent, root)
    name = os.path.relpath(os.fsencode(parent / path.name), top)
    shown_name = shown(name)
    snapshot = Folder(top, where, inside(shown_name))
    snapshot._names[shown_name] = name  # noqa: SLF001 - a name that is not UTF-8
    return snapshot, shown_name


def read(root: bytes, name: bytes, where: str) -> bytes:
    """The content of the regular file `name` below `root`: no component of the name may be a symbolic link.

    Raises UnreadableError, at `where`, if it is anything else, cannot be read, or exceeds `READ_LIMIT`.
    """
    *folders, last = name.split(b"/")
    try:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # One component at a time: a link put in the way between a check and an open would be followed otherwise.
            for part in folders:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(at)
                at = inner
            state = os.stat(last, dir_fd=at, follow_symlinks=False)
            if not stat.S_ISREG(state.st_mode):
                raise _irregular(where, state.st_mode)
            # O_NONBLOCK: a pipe put there meanwhile must not hold us.
            handle = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
            try:
                content = _all(handle, state.st_size)
            finally:
                os.close(handle)
        finally:
            os.close(at)
    except OSError as error:
        raise _unreadable(where, error) from None
    if len(content) > READ_LIMIT:
        raise too_large(where)
    return content


def _all(handle: int, size: int) -> bytes:
    """What a file holds, up to one byte over `READ_LIMIT`; `size` is how much is expected."""
    parts: list[bytes] = []
    room = READ_LIMIT + 1
    wanted = min(size + 1, room)
    while room and (part := os.read(handle, wanted)):
        parts.append(part)
        room -= len(part)
        if len(part) < wanted and len(part) == size:
            break  # all that was expected, and then the end
        wanted = min(1 << 20, room)
    return b"".join(parts)


def too_large(where: str) -> UnreadableError:
    """The error for a file over `READ_LIMIT`."""
    return UnreadableError(
        f"has more than {READ_LIMIT // 1024**2} MiB", where=where, next_step="exclude it or split it"
    )


def _root(parent: Path, root: Path | None) -> bytes:
    top = enclosing(str(parent))
    if top is not None:
        return os.fsencode(top)
    # The root of the file system vouches for nothing.
    known = root.resolve() if root is not None else Path("/")
    return os.fsencode(known if parent.is_relative_to(known) and known != Path("/") else parent)


def _irregular(where: str, mode: int) -> UnreadableError:
    if stat.S_ISLNK(mode):
        return UnreadableError(
            "is a symbolic link, and links are not followed", where=where, next_step="name the file it points to"
        )
    return UnreadableError("is a folder" if stat.S_ISDIR(mode) else "is no regular file", where=where)


def _unreadable(where: str, error: OSError | ValueError) -> UnreadableError:
    match error:
        case FileNotFoundError():
            return UnreadableError("does not exist", where=where)
        case NotADirectoryError():
            return UnreadableError("does not exist, or is reached through a symbolic link", where=where)
        case OSError():
            return UnreadableError(f"cannot be read: {error.strerror}", where=where)
        case ValueError():
            return UnreadableError("this cannot be the name of a file", where=where)
