"""Code of the previous release may still read or write a column that goes."""

from collections.abc import Iterator

from contractcheck.migrations.acts import found
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.examined import Examined, Ran, columns_made
from contractcheck.model.finding import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each column dropped from a table that was there before the checked range."""
    own = examined.new_columns
    for ran in examined.up:
        for table, data in sorted(ran.effects.data.items()):
            for column in () if examined.recent(ran, table) else data.dropped_columns:
                if (table, column) not in own:
                    yield found("column-removed", examined, ran, f"{table}.{column}", column=f"{table}.{column}")
        own = columns_made([ran], own)
    yield from _made_anew(examined)


def _made_anew(examined: Examined) -> Iterator[Finding]:
    """The columns that a view does not have any more after another took its place, or their names were changed."""
    if examined.before is None or examined.after is None or examined.opaque:
        return
    for former in examined.before.tables():
        if former.kind not in {"view", "matview"}:
            continue
        now = examined.after.relations.get(examined.after.names.get(former.key, 0))
        if not isinstance(now, Table) or now is former or not now.columns:
            continue
        ran = next((each for each in reversed(examined.up) if _speaks(each, former)), None)
        if ran is not None:
            for column in (each.name for each in former.columns if now.column(each.name) is None):
                name = f"{former.key}.{column}"
                yield found("column-removed", examined, ran, name, column=name)


def _speaks(ran: Ran, table: Table) -> bool:
    return str(table.key) in {*ran.effects.locks, *ran.effects.new_relations, *ran.effects.data}
