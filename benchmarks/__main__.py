"""`make bench`: whole commands, ours and the peers', in alternation in one run; then what the answers are worth."""

import argparse
import os
import platform
import sys
from pathlib import Path

from benchmarks import answers
from benchmarks.jobs import ALL
from benchmarks.measure import alternate, floor
from benchmarks.table import Result, judge, table

_BEGIN, _END = "<!-- make bench: begin -->\n", "<!-- make bench: end -->\n"


def main() -> int:
    """Fetch, generate, then measure job by job, then ask. Returns 1 if an answer is wrong.

    With --gate also if a budget is not met or not measured.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "jobs",
        nargs="*",
        metavar="JOB",
        help=f"some of: {', '.join(ALL)} (times), {', '.join(answers.ALL)} (answers)  [default: all]",
    )
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="counted runs of each command [default: 7]")
    parser.add_argument("--gate", action="store_true", help="exit with 1 if a budget is not met or not measured")
    parser.add_argument("--output", type=Path, help=f"put the table between the {_BEGIN.strip()} markers of this file")
    options = parser.parse_args()
    unknown = sorted({*options.jobs} - {*ALL, *answers.ALL})
    if unknown:
        parser.error(f"no job {', '.join(unknown)}; there are {', '.join((*ALL, *answers.ALL))}")
    if options.repeat < 1:
        parser.error("--repeat must be 1 or more")

    timed = [name for name in ALL if not options.jobs or name in options.jobs]
    met = _times(timed, options.repeat, options.output) if timed else True
    right = [answers.ask(name) for name in answers.ALL if not options.jobs or name in options.jobs]
    return 1 if not all(right) or (options.gate and not met) else 0


def _times(names: list[str], repeat: int, output: Path | None) -> bool:
    """Measure, print the table and record it; whether every budget is met."""
    # Everything is fetched and built before anything is timed: a compiler in the background would be measured too.
    jobs = [ALL[name]() for name in names]
    least = floor()
    about = _about(repeat, least)
    print(about, flush=True)
    results = []
    for job in jobs:
        print(f"  {job.name} ...", file=sys.stderr, flush=True)
        results.append(Result(job, alternate(job.contenders, repeat)))
    printed = table(results, least)
    print(f"\n{printed}")
    if output is not None:
        _record(output, f"{about}\n\n{printed}")
    return all(met for result in results for _, met in judge(result))


def _about(repeat: int, least: int) -> str:
    load = os.getloadavg()[0]
    busy = " The machine was busy with something else: take no number for true." if load > 0.5 else ""
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores; "
        f"counted runs of each: {repeat}, after one uncounted; load at the start {load:.1f}; "
        f"no peak below {least / 1e6:.0f} MB can be seen.{busy}"
    )


def _record(file: Path, text: str) -> None:
    """Replace what stands between the markers. Raises SystemExit where there are none: nothing is written then."""
    page = file.read_text(encoding="utf-8") if file.is_file() else ""
    head, begin, rest = page.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (begin and end):
        raise SystemExit(f"{file}: no lines {_BEGIN.strip()} and {_END.strip()} to write between")
    file.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
