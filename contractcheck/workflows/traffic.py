"""Replay a recording of traffic against pairs of contracts."""

from pathlib import Path

from contractcheck.errors import UnreadableError
from contractcheck.model.report import TrafficReport
from contractcheck.openapi.traffic.recording import read
from contractcheck.openapi.traffic.replay import Pair, replay
from contractcheck.workflows.progress import Say, quiet


def play(path: Path, pairs: tuple[Pair, ...], *, say: Say = quiet) -> tuple[TrafficReport, dict[str, int]]:
    """The report of a recording, and how many of its exchanges each finding breaks, by fingerprint.

    The file is read as a stream. Raises UnreadableError where it cannot be read, with the line.
    """
    name = path.name
    try:
        with path.open("rb") as file:
            return replay(read(file, name), pairs, name, lambda number: say(f"replaying {name}: {number} exchanges"))
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}", where=str(path), next_step="name a file") from None
