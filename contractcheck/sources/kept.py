"""A snapshot whose files are read once: whoever looks again sees the same bytes, whatever happened meanwhile."""

from collections.abc import Mapping

from contractcheck.model.snapshot import Entry, Snapshot

ROOM = 64_000_000
"""Bytes that are kept of all files together; what comes when there is no room for it is read again."""


class Kept:
    """What has been read of a snapshot. Errors are not kept."""

    def __init__(self, inner: Snapshot, room: int = ROOM) -> None:
        self._inner = inner
        self._room = room
        self._contents: dict[str, bytes] = {}

    @property
    def label(self) -> str:
        """The name of the snapshot."""
        return self._inner.label

    def entries(self) -> Mapping[str, Entry]:
        """Every path of the snapshot."""
        return self._inner.entries()

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        known = self._contents.get(path)
        if known is not None:
            return known
        content = self._inner.read(path)
        if len(content) <= self._room:
            self._room -= len(content)
            self._contents[path] = content
        return content
