"""Code of the previous release writes what the column no longer takes, or reads another type."""

import re
from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.postgresql.types import user_type
from contractcheck.model.finding import Finding

_SIZED = re.compile(r"([a-z][a-z ]*?)(?:\((\d+)(?:,(-?\d+))?\))?((?: with(?:out)? time zone)?(?:\[\])*)")
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint")
_FLOATS = ("real", "float", "double precision", "double")
_TEXTS = ("character varying", "varchar", "text", "citext")
_LONGER = ("tinytext", "text", "mediumtext", "longtext")
_COLLATED = re.compile(r"(?P<type>.*?)(?: collate (?P<charset>[a-z0-9]+)(?P<order>\w*))?\Z", re.DOTALL)
_LABELS = re.compile(r"(enum|set)\((.*)\)\Z", re.DOTALL)
_EXACT = ("numeric", "decimal")


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column whose new type takes less than the old one, or is of another kind."""
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            for column, old, new in () if examined.recent(ran, table) else data.retyped_columns:
                lost = _labels_lost(examined, table, column)
                if (table, column) not in examined.new_columns and not wider(old, new) and lost != ():
                    name = f"{table}.{column}"
                    now = new if lost is None else f"{new}, without {', '.join(map(repr, lost))}"
                    yield found("column-type-changed", examined, ran, name, column=name, old=old, new=now)


def _labels_lost(examined: Examined, table: str, column: str) -> tuple[str, ...] | None:
    """The values of an enum that the one after it does not have, () for none; None where not both are enums."""
    sides = []
    for catalog in (examined.before, examined.after):
        schema, _, bare = table.rpartition(".")
        found = catalog.lookup(bare, schema or None, ("public",)) if catalog is not None else None
        made = found.column(column) if isinstance(found, Table) else None
        kind = user_type(made.type, catalog) if made is not None and catalog is not None else None
        if kind is None or kind.kind != "enum" or made is None or made.type is None or made.type.array:
            return None
        sides.append(kind.labels)
    return tuple(label for label in sides[0] if label not in sides[1])


def wider(old: str, new: str) -> bool:
    """Whether every value of the old type is one of the new, and is read and written as before.

    That holds within the integers, the floating point numbers, the texts and the exact numbers (PostgreSQL manual,
    chapter 8); of all other pairs only equal ones count.
    """
    one, other = _COLLATED.fullmatch(old), _COLLATED.fullmatch(new)
    if one is not None and other is not None and (one["charset"] or other["charset"]):
        return _sorted_alike(one, other) and _longer(one["type"], other["type"])
    if old.endswith(" unsigned") or new.endswith(" unsigned"):
        return _unsigned(old, new)
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


def _sorted_alike(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether a text of MySQL sorts as before, in its character set or in one that holds all of it."""
    sets = one["charset"], other["charset"]
    return one["order"] == other["order"] and (sets[0] == sets[1] or sets == ("utf8mb3", "utf8mb4"))


def _longer(old: str, new: str) -> bool:
    """The texts of MySQL and its labels: more of them may come behind those that are there."""
    labels, more = _LABELS.fullmatch(old), _LABELS.fullmatch(new)
    if labels is not None and more is not None:
        return labels[1] == more[1] and (more[2] == labels[2] or more[2].startswith(f"{labels[2]},"))
    if old in _LONGER and new in _LONGER:
        return _LONGER.index(old) <= _LONGER.index(new)
    if old in _LONGER:
        return False
    return wider(re.sub(r"^char\b", "varchar", old), re.sub(r"^char\b", "varchar", new))


def _unsigned(old: str, new: str) -> bool:
    """Integers of MySQL: one without a sign fits into the next larger one with it, never the other way."""
    bare = old.removesuffix(" unsigned"), new.removesuffix(" unsigned")
    if not old.endswith(" unsigned"):
        return False
    if new.endswith(" unsigned"):
        return wider(*bare)
    return bare[0] != bare[1] and bare[0] in _INTEGERS and bare[1] in _INTEGERS and wider(*bare)


def _room(size: str | None) -> float:
    """The characters or digits that fit; a type without a size takes any number."""
    return float("inf") if size is None else int(size)
