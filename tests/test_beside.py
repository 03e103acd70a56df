"""Work done in a process beside: the same answers, whoever gives them."""

import os
import sys
import threading
from pathlib import Path

import pytest

from contractcheck.beside import beside
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.diff import diff

HERE = os.getpid()
FORKS = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two processors"
)


@FORKS
def test_another_process_does_it():
    assert beside(os.getpid)() != HERE


@FORKS
def test_a_timer_does_not_keep_it_from_that():
    timer = threading.Timer(60, print)
    timer.start()
    try:
        assert beside(os.getpid)() != HERE
    finally:
        timer.cancel()


@FORKS
def test_two_at_once_and_results_larger_than_a_pipe_holds():
    first, second = beside(lambda: "a" * 1_000_000), beside(lambda: ["b"] * 1_000_000)
    assert second() == ["b"] * 1_000_000
    assert first() == "a" * 1_000_000


@FORKS
def test_a_child_closes_what_its_parent_reads_the_end_of():
    reads, writes = os.pipe()
    wait = beside(lambda: sys.stdin.buffer and __import__("time").sleep(30))
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        assert pipe.read() == b""  # it would last as long as the child, had that kept the other end
    child = int(Path(f"/proc/{HERE}/task/{HERE}/children").read_text().split()[-1])
    os.kill(child, 9)
    with pytest.raises(AssertionError, match="asked again"):
        _again(wait)


def _again(wait):
    """A child that was killed leaves the job to who asks for it."""
    import time

    def told(_seconds):
        raise AssertionError("asked again")

    sleep, time.sleep = time.sleep, told
    try:
        wait()
    finally:
        time.sleep = sleep


@pytest.mark.parametrize(
    "alone",
    [
        lambda patch: patch.setattr(sys, "platform", "win32"),
        lambda patch: patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False),
        lambda patch: patch.setattr(threading, "enumerate", lambda: [threading.Thread()]),
    ],
)
def test_in_place_where_a_fork_is_not_safe_or_no_use(alone, monkeypatch):
    alone(monkeypatch)
    assert beside(os.getpid)() == HERE


def test_in_place_where_it_is_not_worth_it():
    assert beside(os.getpid, worth=False)() == HERE


def test_what_the_child_cannot_send_is_done_again():
    assert beside(lambda: os.getpid)()() == HERE


def test_errors_are_raised_where_the_result_is_asked_for():
    wait = beside(lambda: {}["a"])
    with pytest.raises(KeyError):
        wait()


@pytest.mark.parametrize(
    "case",
    [
        "example-mismatched/fires",
        "structure-field-missing/fires",
        "duplicate-key/fires",
    ],
)
def test_the_same_report(case, monkeypatch):
    folder = Path(__file__).parents[1] / "fixtures" / case
    files = [next(folder.glob(f"{side}.*")) for side in ("base", "revision")]

    def report():
        told = diff(str(files[0]), str(files[1]), Configuration(), cwd=folder)
        return told.findings, told.contracts

    expected = report()
    forked = []

    def always(job, *, worth):
        forked.append(worth)
        return beside(job)

    for user in ("openapi.examples", "openapi.parsing.jsontext", "workflows.contracts", "workflows.places"):
        monkeypatch.setattr(f"contractcheck.{user}.beside", always)
    assert report() == expected
    assert forked
