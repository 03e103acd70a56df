"""Code of the previous release writes what the column no longer takes, or reads another type."""

import re
from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

_SIZED = re.compile(r"([a-z][a-z ]*?)(?:\((\d+)(?:,(-?\d+))?\))?((?: with(?:out)? time zone)?(?:\[\])*)")
_INTEGERS = ("smallint", "integer", "bigint")
_FLOATS = ("real", "double precision")
_TEXTS = ("character varying", "varchar", "text", "citext")
_EXACT = ("numeric", "decimal")


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column whose new type takes less than the old one, or is of another kind."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            for column, old, new in () if table in examined.fresh else data.retyped_columns:
                if (table, column) not in examined.new_columns and not wider(old, new):
                    name = f"{table}.{column}"
                    yield found("column-type-changed", examined, ran, name, column=name, old=old, new=new)


def wider(old: str, new: str) -> bool:
    """Whether every value of the old type is one of the new, and is read and written as before.

    That holds within the integers, the floating point numbers, the texts and the exact numbers (PostgreSQL manual,
    chapter 8); of all other pairs only equal ones count.
    """
    before, after = _SIZED.fullmatch(old), _SIZED.fullmatch(new)
    if before is None or after is None or before[4] != after[4]:
        return old == new
    first, second = before[1], after[1]
    for family in (_INTEGERS, _FLOATS):
        if first in family and second in family:
            return family.index(first) <= family.index(second)
    if first in _INTEGERS and second in _EXACT:
        return after[2] is None
    if first in _TEXTS and second in _TEXTS:
        return _room(after[2]) >= _room(before[2])
    if first in _EXACT and second in _EXACT:
        if after[2] is None or before[2] is None:
            return after[2] is None
        scale = int(before[3] or 0), int(after[3] or 0)
        return scale[0] <= scale[1] and int(before[2]) - scale[0] <= int(after[2]) - scale[1]
    return first == second and _room(after[2]) >= _room(before[2])


def _room(size: str | None) -> float:
    """The characters or digits that fit; a type without a size takes any number."""
    return float("inf") if size is None else int(size)
