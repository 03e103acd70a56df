"""A snapshot with some files replaced or added in memory."""

from collections.abc import Mapping

from contractcheck.model.snapshot import Entry, EntryKind, Snapshot


class Overlaid:
    """What a snapshot would be after an edit."""

    def __init__(self, inner: Snapshot, contents: Mapping[str, bytes]) -> None:
        self.label = inner.label
        self._inner = inner
        self._contents = dict(contents)
        self._entries = dict(sorted({**inner.entries(), **{p: Entry(p, EntryKind.FILE) for p in contents}}.items()))

    def entries(self) -> Mapping[str, Entry]:
        """Every path of the snapshot."""
        return self._entries

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        return self._contents[path] if path in self._contents else self._inner.read(path)
