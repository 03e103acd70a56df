"""The files of a folder seen from the one it lies in: `models.py` of the package `shop` is `shop/models.py`."""

from collections.abc import Mapping

from msgspec.structs import replace

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, Snapshot


class Nested:
    """A snapshot whose every path begins with one name; nothing beside that folder is listed or read."""

    def __init__(self, inner: Snapshot, name: str) -> None:
        self.label = inner.label
        self._inner = inner
        self._prefix = f"{name}/"
        self._entries: dict[str, Entry] | None = None

    def entries(self) -> Mapping[str, Entry]:
        """Every path of the folder."""
        if self._entries is None:
            paths = ((self._prefix + path, entry) for path, entry in self._inner.entries().items())
            self._entries = {path: replace(entry, path=path) for path, entry in paths}
        return self._entries

    def read(self, path: str) -> bytes:
        """The content of a file; errors as `Snapshot.read` says."""
        if not path.startswith(self._prefix):
            raise UnreadableError("leads out of the folder that is read", where=path)
        return self._inner.read(path.removeprefix(self._prefix))
