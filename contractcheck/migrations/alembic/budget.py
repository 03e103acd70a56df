"""What reading one script may cost: steps, statements, sizes of values, so that hostile code ends quickly."""

from collections.abc import Mapping

from msgspec import Struct

STEPS = (
    150_000  # evaluated nodes per script; the largest of the 382 scripts of Airflow 3.3.2 and mlflow 3.17 needs 9,200
)
MODULES = (
    500_000  # evaluated nodes of all the files that the scripts of a tree import; those of mlflow 3.17 need 35,000
)
STATEMENTS = 5_000  # emitted statements per script; the largest of those sends 107
CALLS = 40  # interpreted calls inside one another
TEXT = 2_000_000  # characters of one string or bytes of one number
ITEMS = 50_000  # items of one container with all it holds


class Exhausted(Exception):  # noqa: N818 - a budget is no error of ours
    """A budget is spent; the message names it."""


class Budget(Struct):
    """What is left for one script."""

    steps: int = STEPS
    statements: int = STATEMENTS

    def step(self, cost: int = 1) -> None:
        """Pay for `cost` evaluated nodes. Raises Exhausted."""
        self.steps -= cost
        if self.steps < 0:
            raise Exhausted(f"needs more than {STEPS} steps")

    def statement(self) -> None:
        """Pay for one emitted statement. Raises Exhausted."""
        self.statements -= 1
        if self.statements < 0:
            raise Exhausted(f"emits more than {STATEMENTS} statements")


def text(length: int) -> None:
    """Refuse a string, a byte string or a repetition that would become too long. Raises Exhausted."""
    if length > TEXT:
        raise Exhausted(f"makes a value longer than {TEXT} characters")


def number(bits: int) -> None:
    """Refuse an integer that would become too large to print. Raises Exhausted."""
    if bits > 8_192:
        raise Exhausted("makes a number of more than 8192 bits")


def weigh(*values: object) -> None:
    """Refuse values that hold too much, shared parts counted each time. Raises Exhausted.

    Comparing, printing or hashing walks shared parts again: `a = [a, a]` sixty times is small in memory only.
    """
    left = ITEMS
    waiting: list[object] = list(values)
    while waiting:
        value = waiting.pop()
        left -= 1
        if isinstance(value, Mapping):
            left -= len(value)
            if left > 0:
                waiting.extend(value.keys())
                waiting.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            left -= len(value)
            if left > 0:
                waiting.extend(value)
        elif isinstance(value, str | bytes):
            left -= len(value) // 64
        if left < 0:
            raise Exhausted(f"holds more than {ITEMS} items")
