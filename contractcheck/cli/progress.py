"""What is being done, on standard error, for work over a second; silent in CI and where nobody looks."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from contractcheck.workflows.progress import Say

_PATIENCE = 1.0  # seconds before the first word


@contextmanager
def progress() -> Iterator[Say]:
    """Give a function that takes one line about the current step; the line is wiped at the end."""
    if os.environ.get("CI") or os.environ.get("TERM") == "dumb" or not sys.stderr.isatty():
        yield lambda _line: None
        return
    line = _Line()
    try:
        yield line.say
    finally:
        line.wipe()


class _Line:
    """One line that is rewritten in place, once the patience is over."""

    def __init__(self) -> None:
        self._text = ""
        self._shown = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def say(self, text: str) -> None:
        with self._lock:
            self._text = text
            if self._shown:
                self._write()

    def wipe(self) -> None:
        self._timer.cancel()
        with self._lock:
            if self._shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()

    def _show(self) -> None:
        with self._lock:
            self._shown = True
            self._write()

    def _write(self) -> None:
        from contractcheck.reports.escaping import printable

        sys.stderr.write(f"\r\x1b[K{printable(self._text)[:100]} …")
        sys.stderr.flush()
