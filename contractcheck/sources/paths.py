"""Names of files: from the bytes that git and the disk hold to the text a report shows, and never out of the root."""

import os
import posixpath
from collections.abc import Iterable

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.snapshot import Entry

READ_LIMIT = 64 * 1024 * 1024
"""Bytes of one file that are read at most. The largest published contracts have 13 MB."""


def shown(name: bytes) -> str:
    r"""The text of a name; bytes that are not UTF-8 become `\xNN`, so that every name can be printed."""
    return name.decode("utf-8", "backslashreplace")


def inside(path: str) -> str:
    """The normal form of a path relative to a root, with `/`.

    Raises UnreadableError if it is absolute, leaves the root, goes into `.git`, or cannot be the name of a file.
    """
    if "\0" in path or _lone(path):
        raise UnreadableError("this cannot be the name of a file", where=_named(path))
    normal = posixpath.normpath(path)
    if normal == ".." or normal.startswith(("/", "../")):
        raise UnreadableError(
            "leads out of the folder that is compared", where=_named(path), next_step="name a file inside it"
        )
    if ".git" in normal.lower() and any(part.lower() == ".git" for part in normal.split("/")):
        raise UnreadableError("files of git itself are not read", where=_named(path))
    return normal


def arrange(entries: Iterable[Entry], label: str) -> dict[str, Entry]:
    """The entries by path, sorted.

    Raises UndecidableError if two names read the same: one of them would hide the other.
    """
    arranged: dict[str, Entry] = {}
    for entry in entries:
        if arranged.setdefault(entry.path, entry) is not entry:
            raise UndecidableError(
                f"two files of {label} have names that read the same", where=entry.path, next_step="rename one of them"
            )
    return dict(sorted(arranged.items()))


def enclosing(folder: str) -> str | None:
    """The nearest folder, upwards from an absolute one, that has a `.git`: the top of a working tree, if any."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _lone(path: str) -> bool:
    r"""Whether half of a surrogate pair is in it, as `"\ud800"` in JSON gives."""
    return not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path)


def _named(path: str) -> str:
    return shown(path.encode("utf-8", "surrogatepass"))
