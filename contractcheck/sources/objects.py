"""Reads git objects by id through one child process, `git cat-file --batch`."""

import subprocess
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress

from contractcheck.errors import UnreadableError
from contractcheck.sources.command import SAFE, binary
from contractcheck.sources.folder import too_large
from contractcheck.sources.paths import READ_LIMIT


class Objects:
    """The blobs of one repository. The child starts with the first read and ends with `close`, or with this object."""

    def __init__(self, folder: str, surroundings: Mapping[str, str]) -> None:
        self._folder = folder
        self._surroundings = surroundings
        self._child: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], Objects] | None = None
        self._turn = threading.Lock()  # a request and its response belong together

    def read(self, oid: str, where: str) -> bytes:
        """The content of a blob; `where` names it in errors.

        Raises UnreadableError if the object is not there (a partial clone), is no blob, or exceeds `READ_LIMIT`.
        """
        with self._turn:
            child = self._start()
            assert child.stdin is not None  # noqa: S101 - both are pipes
            assert child.stdout is not None  # noqa: S101
            try:
                child.stdin.write(f"{oid}\n".encode())
                child.stdin.flush()
                header = child.stdout.readline().split()
            except BrokenPipeError:
                header = []
            # "<oid> <type> <size>", or "<oid> missing"; nothing at all when git gave up on fetching it.
            if len(header) != 3 or header[1] != b"blob":
                self._stop()
                raise UnreadableError(
                    "its content is not in this clone",
                    where=where,
                    next_step="fetch it: git fetch --refetch --no-filter",
                )
            size = int(header[2])
            if size > READ_LIMIT:
                self._stop()  # quicker than reading it to the end
                raise too_large(where)
            content = child.stdout.read(size + 1)
            if len(content) != size + 1:
                self._stop()
                raise UnreadableError(
                    "git stopped in the middle of its content", where=where, next_step="check the clone: git fsck"
                )
            return content[:-1]

    def close(self) -> None:
        """End the child. A later read starts another."""
        with self._turn:
            self._stop()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - absolute path, arguments as a list
                [binary(), *SAFE, "cat-file", "--batch"],
                cwd=self._folder,
                env=self._surroundings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._end = weakref.finalize(self, _end, self._child)
        return self._child

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._child = self._end = None


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None  # noqa: S101 - both are pipes
    assert child.stdout is not None  # noqa: S101
    child.stdout.close()
    with suppress(BrokenPipeError):  # the child ended before it had read the last request
        child.stdin.close()
    child.terminate()  # it may be in the middle of a large object
    child.wait()
