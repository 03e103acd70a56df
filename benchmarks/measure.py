"""Run whole commands in alternation and measure each: wall time, processor time, peak memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# A command that has not ended by then is killed and counts as failed, in seconds.
LIMIT = 180.0
# ru_maxrss is in KiB on Linux and in bytes on macOS (getrusage(2) of each).
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that cannot be had here: a peer or an input."""

    why: str


@dataclass(frozen=True, slots=True)
class Contender:
    """A command to time, or why there is none; `accepted` are the exit codes of a run that did its work."""

    label: str
    command: tuple[str, ...] | Missing
    cwd: Path | None = None
    accepted: tuple[int, ...] = (0, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall and processor seconds (user and system), peak resident bytes of its largest process."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that did not do its work."""

    why: str


@dataclass(frozen=True, slots=True)
class Timed:
    """Every counted run of one contender."""

    label: str
    samples: tuple[Sample, ...]

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def best(self) -> float:
        """The least wall time."""
        return min(sample.seconds for sample in self.samples)

    @property
    def cpu(self) -> float:
        """The median processor time."""
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def peak(self) -> int:
        """The largest peak of all runs: memory is a bound, not an average."""
        return max(sample.peak for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Untimed:
    """A contender without numbers: `missing` or `failed`, and why."""

    label: str
    state: str
    why: str


def alternate(contenders: Sequence[Contender], repeat: int) -> tuple[Timed | Untimed, ...]:
    """Run A B A B ...: one uncounted round to fill the page cache, then `repeat` counted ones.

    In this order what else the machine does falls on all alike. Who is missing or fails leaves the rounds.
    """
    out: dict[str, Untimed] = {
        contender.label: Untimed(contender.label, "missing", contender.command.why)
        for contender in contenders
        if isinstance(contender.command, Missing)
    }
    samples: dict[str, list[Sample]] = {contender.label: [] for contender in contenders}
    for number in range(repeat + 1):
        for contender in contenders:
            if contender.label in out:
                continue
            result = once(contender)
            if isinstance(result, Failed):
                out[contender.label] = Untimed(contender.label, "failed", result.why)
            elif number:
                samples[contender.label].append(result)
    return tuple(
        out.get(contender.label) or Timed(contender.label, tuple(samples[contender.label])) for contender in contenders
    )


def once(contender: Contender, limit: float = LIMIT) -> Sample | Failed:
    """Run a command once, its output thrown away.

    The peak is `ru_maxrss` of wait4(2): that of the largest process among the command and the children it waited for,
    and never less than what this harness itself had when it started the command; it therefore imports little.
    """
    if isinstance(contender.command, Missing):
        return Failed(contender.command.why)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with tempfile.TemporaryFile() as stderr:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                contender.command,
                cwd=contender.cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        except OSError as error:
            return Failed(f"cannot start: {error.strerror}")
        alarm = threading.Timer(limit, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in contender.accepted:
            stderr.seek(0)
            return Failed(_reason(process.returncode, seconds >= limit, stderr.read(4000)))
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _UNIT)


def _reason(code: int, late: bool, said: bytes) -> str:  # noqa: FBT001 - private
    if late:
        return "did not end in time"
    lines = said.decode(errors="replace").strip().splitlines()
    return f"exit code {code}: {lines[0][:160]}" if lines else f"exit code {code}"


def floor() -> int:
    """The peak in bytes that a command which needs next to nothing shows here: no peak below it means anything."""
    sample = once(Contender("nothing", ("true",)))
    return sample.peak if isinstance(sample, Sample) else 0
