"""Results as one Markdown table that reads well on a terminal too, and the verdict on the budgets."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.jobs import Budget, Job
from benchmarks.measure import Timed, Untimed

_HEAD = ("job", "program", "median s", "least s", "cpu s", "peak MB", "ours ÷ peer: time", "memory", "budget")
_RIGHT = frozenset(range(2, 8))


@dataclass(frozen=True, slots=True)
class Result:
    """A job and what its contenders did; the first is ours."""

    job: Job
    runs: tuple[Timed | Untimed, ...]


def table(results: Sequence[Result], floor: int) -> str:
    """The Markdown table, columns padded, and below it why a program has no numbers.

    A peak at `floor` (bytes) is that of the harness, not of the program: it is shown as a bound, and so is its ratio.
    """
    rows = [_HEAD, *(row for result in results for row in _rows(result, floor))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [_line(row, widths) for row in rows]
    rule = "|".join(f" {'-' * (width - 1)}{':' if column in _RIGHT else '-'} " for column, width in enumerate(widths))
    notes = [
        f"- {result.job.name}, {run.label}: {run.state}: {run.why}"
        for result in results
        for run in result.runs
        if isinstance(run, Untimed)
    ]
    return "\n".join((lines[0], f"|{rule}|", *lines[1:], *(("", *notes) if notes else ()))) + "\n"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join(cells) + " |"


def _rows(result: Result, floor: int) -> list[tuple[str, ...]]:
    ours, *peers = result.runs
    said = "; ".join(text for text, _ in judge(result))
    return [
        (result.job.name, *_numbers(ours, floor), "", "", said),
        *(("", *_numbers(peer, floor), *_ratios(ours, peer, floor), "") for peer in peers),
    ]


def _numbers(run: Timed | Untimed, floor: int) -> tuple[str, ...]:
    if isinstance(run, Untimed):
        return (f"{run.label}: {run.state}", "", "", "", "")
    peak = f"{'≤ ' if _hidden(run, floor) else ''}{run.peak / 1e6:.0f}"
    return (run.label, f"{run.seconds:.3f}", f"{run.best:.3f}", f"{run.cpu:.3f}", peak)


def _ratios(ours: Timed | Untimed, peer: Timed | Untimed, floor: int) -> tuple[str, str]:
    if not (isinstance(ours, Timed) and isinstance(peer, Timed)):
        return ("", "")
    memory = f"{'≥ ' if _hidden(peer, floor) else ''}{ours.peak / peer.peak:.2f}"
    return (f"{ours.seconds / peer.seconds:.2f}", "" if _hidden(ours, floor) else memory)


def _hidden(run: Timed, floor: int) -> bool:
    # What the harness itself has varies by some pages from run to run.
    return run.peak <= floor * 1.05


def judge(result: Result) -> list[tuple[str, bool]]:
    """Every bound of a job in words, and whether it is met; what was not measured is not met."""
    budget, ours = result.job.budget, result.runs[0]
    peers = result.runs[1:]
    verdicts: list[tuple[str, bool]] = []
    if isinstance(ours, Untimed):
        wanted = budget != Budget()
        return [(f"not measured, {ours.state}", False)] if wanted or ours.state == "failed" else []
    if budget.seconds is not None:
        verdicts.append(_verdict(f"≤ {budget.seconds:g} s", met=ours.seconds <= budget.seconds))
    if budget.peak is not None:
        verdicts.append(_verdict(f"≤ {budget.peak / 1e6:g} MB", met=ours.peak <= budget.peak))
    if budget.faster:
        rivals = [peer for peer in peers if isinstance(peer, Timed)]
        if len(rivals) < len(peers):
            verdicts.append(("faster than its peers: not known, one is missing", False))
        else:
            verdicts.append(_verdict("faster than its peers", met=all(ours.seconds < peer.seconds for peer in rivals)))
    return verdicts


def _verdict(text: str, *, met: bool) -> tuple[str, bool]:
    return f"{text}: {'met' if met else 'not met'}", met
