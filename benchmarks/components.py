"""Every shared schema that changed between two releases of GitHub's description, judged both ways by containment.

A judgement that stays undecided is listed by name and reason.
"""

import json
import sys
import time
from collections import Counter

from benchmarks.fetch import github
from benchmarks.measure import Missing
from contractcheck.schemas.containment import Universe, Verdict
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone


def main() -> int:
    """Print the judgements; 1 if more than 3 of a hundred are undecided."""
    files = github("22.0.0"), github("23.0.2")
    if any(isinstance(file, Missing) for file in files):
        print("GitHub's description is not at hand")
        return 0
    base, revision = (json.loads(file.read_bytes()) for file in files if not isinstance(file, Missing))
    shared = base["components"]["schemas"].keys() & revision["components"]["schemas"].keys()
    changed = [n for n in sorted(shared) if base["components"]["schemas"][n] != revision["components"]["schemas"][n]]
    counts: Counter[Verdict] = Counter()
    times = []
    universe = Universe()
    old = {name: alone(base["components"]["schemas"][name], Dialect.OPENAPI_3_0, root=base) for name in changed}
    new = {name: alone(revision["components"]["schemas"][name], Dialect.OPENAPI_3_0, root=revision) for name in changed}
    for name in changed:
        for way, sides in (("⊆", (old[name], new[name])), ("⊇", (new[name], old[name]))):
            begun = time.perf_counter()
            decision = universe.contains(*sides)
            times.append(time.perf_counter() - begun)
            counts[decision.verdict] += 1
            if decision.verdict is Verdict.UNPROVEN:
                print(f"undecided  {name} {way}: {decision.why}")
    total = sum(counts.values())
    times.sort()
    words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    print(f"{len(changed)} changed schemas, {total} judgements: {words}, ", end="")
    print(f"{sum(times):.1f} s in all, median {1e3 * times[len(times) // 2]:.1f} ms, longest {1e3 * times[-1]:.0f} ms")
    return int(counts[Verdict.UNPROVEN] > 0.03 * total)


if __name__ == "__main__":
    sys.exit(main())
