"""What an ALTER TABLE costs: the cheapest algorithm the server takes for it, and what it lets others do meanwhile."""

from msgspec import Struct

ALGORITHMS = ("INSTANT", "NOCOPY", "INPLACE", "COPY")
LOCKS = ("NONE", "SHARED", "EXCLUSIVE")


class Verdict(Struct, frozen=True):
    """The algorithm, the weakest lock it can do with, whether the table is rebuilt, and why.

    `scans` says that every row is read though nothing is rebuilt (an index is built).
    """

    algorithm: str
    lock: str = "NONE"
    rebuilds: bool = False
    why: str = ""
    scans: bool = False


INSTANT = Verdict("INSTANT")


def dearer(one: Verdict, two: Verdict) -> Verdict:
    """The more expensive of two."""
    rank = ALGORITHMS.index(one.algorithm), LOCKS.index(one.lock)
    return one if rank >= (ALGORITHMS.index(two.algorithm), LOCKS.index(two.lock)) else two
