"""One document that comes through standard input."""

from collections.abc import Mapping
from typing import BinaryIO

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources.folder import too_large
from contractcheck.sources.paths import READ_LIMIT

PATH = "-"
"""The path of the document in its snapshot, as the user typed it."""


class StandardInput:
    """A snapshot of one file, `-`; no other can be read. The stream is read when the content is first asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self.label = "standard input"
        self._stream = stream
        self._content: bytes | None = None

    def entries(self) -> Mapping[str, Entry]:
        """The one path."""
        return {PATH: Entry(PATH, EntryKind.FILE)}

    def read(self, path: str) -> bytes:
        """The document; errors as `Snapshot.read` says."""
        if path != PATH:
            raise UnreadableError(
                "a document on standard input has no files beside it",
                where=path,
                next_step="name the document as a file to have its references followed",
            )
        if self._content is None:
            self._content = self._stream.read(READ_LIMIT + 1)
        if len(self._content) > READ_LIMIT:
            raise too_large(self.label)
        return self._content


def standard_input(stream: BinaryIO) -> StandardInput:
    """The snapshot of what a stream such as `sys.stdin.buffer` gives."""
    return StandardInput(stream)
