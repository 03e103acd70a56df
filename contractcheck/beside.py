"""Work done beside the caller, in a process of its own, where that gives the same answer sooner."""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LARGE: Final = 2_000_000
"""Bytes of JSON: what is done to all of them takes longer than a fork, some milliseconds."""


def beside(job: Callable[[], T], *, worth: bool = True) -> Callable[[], T]:
    """Begin a job, and give what waits for its result.

    The job must change nothing that is looked at later, read no file, and return what `pickle` takes: a child that
    was forked does it, with the memory as it is now. Without a second processor, `worth` it, or on a system that does
    not fork safely, and whenever the child fails, whoever asks for the result does the job: errors are raised there.
    """
    if not worth or sys.platform != "linux" or not _alone() or len(os.sched_getaffinity(0)) < 2:
        return job
    import pickle

    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of 3.12, about threads: they were looked at
        child = os.fork()
    if child == 0:
        _work(job, writes)
    os.close(writes)

    def wait() -> T:
        with os.fdopen(reads, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if status != 0:
            return job()
        result: T = pickle.loads(said)  # noqa: S301 - from a process that this one made
        return result

    return wait


def _alone() -> bool:
    """Whether no other thread could hold, at the fork, what the child needs; a timer that shows progress does not."""
    here = threading.current_thread()
    return all(each is here or isinstance(each, threading.Timer) for each in threading.enumerate())


def _work(job: Callable[[], object], writes: int) -> None:
    """The life of the child. It leaves without any tidying up: what is open belongs to its parent."""
    import pickle

    status = 1
    try:
        # What the parent closes must not stay open here, lest who reads its end waits for this process.
        os.dup2(writes, 3)
        os.closerange(4, 1 << 16)
        with os.fdopen(3, "wb") as pipe:
            pickle.dump(job(), pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)
