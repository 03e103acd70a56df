"""The way from one catalog back to another: its statements, by the phase in which they have to run."""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from contractcheck.migrations.catalog import Catalog, Index, Name, Relation, Table
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted

VIEWS = {"view": "VIEW", "matview": "MATERIALIZED VIEW"}


Origin = Callable[[str, tuple[str, ...]], str | None]
"""The statement that last made a view, function, trigger, policy or rule of that name; None where there is none."""


# Parts go first, then names change, then what is left over goes; what is missing comes back the other way round.
PARTS, RENAMES, TABLES_GONE, MADE, COLUMNS, ALTERED, GONE, KEYS, FOREIGN, INDEXES, CODE, SAID = range(12)


class Way(Struct):
    """From `now` back to `then`: statements by the phase in which they have to run."""

    then: Catalog
    now: Catalog
    origin: Origin
    phases: dict[int, list[str]] = field(default_factory=dict)

    def say(self, phase: int, *statements: str) -> None:
        self.phases.setdefault(phase, []).extend(statements)

    def statements(self) -> tuple[str, ...]:
        return tuple(sql for phase in sorted(self.phases) for sql in self.phases[phase])


def pairs(
    then: Mapping[int, Relation], now: Mapping[int, Relation]
) -> Iterator[tuple[Relation | None, Relation | None]]:
    for number in sorted({*then, *now}):
        one, other = then.get(number), now.get(number)
        if one is not other and not any(each is not None and each.schema == "pg_temp" for each in (one, other)):
            yield one, other


def renamed_back(way: Way, word: str, was: Name, now: Name, *, follows: bool = False) -> None:
    """A name and a schema as they were; what belongs to a table `follows` it to its schema."""
    there = Name(was.schema, now.name) if follows else now
    if there.schema != was.schema:
        way.say(RENAMES, f"ALTER {word} {address(now)} SET SCHEMA {quoted(was.schema)}")
        there = Name(was.schema, now.name)
    if was.name != now.name:
        way.say(RENAMES, f"ALTER {word} {address(there)} RENAME TO {quoted(was.name)}")


def source(way: Way, kind: str, name: str, shown: str) -> str:
    found = way.origin(kind, (name,))
    if found is None:
        raise UnwrittenError(f"{kind} {shown}")
    return found


def or_replace(sql: str) -> str:
    return re.sub(r"(?i)^(\s*create)\s+(?!or\s)", r"\1 OR REPLACE ", sql, count=1)


def enforcing(catalog: Catalog, index: Index) -> bool:
    table = catalog.relations.get(index.table)
    return isinstance(table, Table) and any(each.index == index.number for each in table.constraints)
