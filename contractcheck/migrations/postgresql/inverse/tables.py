"""Tables, views and indexes given back."""

from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog, Index, Table
from contractcheck.migrations.postgresql import rendering
from contractcheck.migrations.postgresql.canonical import written
from contractcheck.migrations.postgresql.expressions import strip
from contractcheck.migrations.postgresql.inverse.columns import column_as_it_was, column_back
from contractcheck.migrations.postgresql.inverse.said import parts_back, parts_gone
from contractcheck.migrations.postgresql.inverse.way import (
    CODE,
    COLUMNS,
    FOREIGN,
    INDEXES,
    KEYS,
    MADE,
    PARTS,
    RENAMES,
    SAID,
    TABLES_GONE,
    VIEWS,
    Way,
    enforcing,
    or_replace,
    pairs,
    renamed_back,
    source,
)
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted


def tables(way: Way) -> None:
    gone: list[str] = []
    views: list[str] = []
    for was, now in pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Table) or (was or now).kind == "composite":  # type: ignore[union-attr]
            continue
        if isinstance(now, Table) and was is None:
            word = VIEWS.get(now.kind, "TABLE")
            (views if now.kind in VIEWS else gone).append(f"DROP {word} {address(now.key)}")
        elif isinstance(was, Table) and now is None:
            _table_back(way, was)
        elif isinstance(was, Table) and isinstance(now, Table):
            _table_as_it_was(way, was, now)
    way.phases[PARTS] = [*reversed(views), *way.phases.get(PARTS, [])]
    way.say(TABLES_GONE, *reversed(gone))
    _indexes(way)


def _table_back(way: Way, was: Table) -> None:
    if was.kind in VIEWS:
        way.say(CODE, source(way, was.kind, was.name, str(was.key)))
        return
    way.say(MADE, rendering.create_table(was, way.then))
    for column in was.columns:
        head = f"ALTER TABLE {address(was.key)} ALTER COLUMN {quoted(column.name)}"
        way.say(COLUMNS, *rendering.settings(column, head))
    parts_back(way, was, None)
    for each in was.constraints:
        if rendering.own(each) and (each.kind == "foreign key" or not each.validated):
            way.say(FOREIGN, f"ALTER TABLE {address(was.key)} ADD {rendering.constraint(each, was, way.then)}")


def _table_as_it_was(way: Way, was: Table, now: Table) -> None:
    word = VIEWS.get(now.kind, "TABLE")
    if was.kind in VIEWS:
        renamed_back(way, word, was.key, now.key)
        if strip(was.query) != strip(now.query) and written(was.query, way.then, was) != written(
            now.query, way.now, now
        ):
            _view_as_it_was(way, was, now)
        return
    here, there = address(now.key), address(was.key)
    parts_gone(way, was, now)
    _parents(way, was, now)
    renamed_back(way, word, was.key, now.key)
    for column in now.columns:
        old = was.numbered(column.number)
        if old is not None and old.name != column.name:
            way.say(RENAMES, f"ALTER TABLE {there} RENAME COLUMN {quoted(column.name)} TO {quoted(old.name)}")
        if old is None and not column.inherited:
            way.say(TABLES_GONE, f"ALTER TABLE {there} DROP COLUMN {quoted(column.name)}")
    for column in was.columns:
        mine = now.numbered(column.number)
        if mine is None and not column.inherited:
            column_back(way, was, column, there)
        elif mine is not None and mine is not column and not column.inherited:
            column_as_it_was(way, was, column, mine, there)
    for each in now.constraints:
        old_one = next((c for c in was.constraints if c.number == each.number), None)
        if not rendering.own(each) or old_one == each:
            continue
        if old_one is not None and replace(old_one, name=each.name) == each:
            way.say(RENAMES, f"ALTER TABLE {there} RENAME CONSTRAINT {quoted(each.name)} TO {quoted(old_one.name)}")
        elif all(now.numbered(n) is None or was.numbered(n) is not None for n in each.columns) or each.kind == "check":
            way.say(PARTS, f"ALTER TABLE {here} DROP CONSTRAINT {quoted(each.name)}")
    for each in was.constraints:
        mine_one = next((c for c in now.constraints if c.number == each.number), None)
        if rendering.own(each) and (mine_one is None or replace(mine_one, name=each.name) != each):
            phase = FOREIGN if each.kind == "foreign key" else KEYS
            way.say(phase, f"ALTER TABLE {there} ADD {rendering.constraint(each, was, way.then)}")
    parts_back(way, was, now)


def _parents(way: Way, was: Table, now: Table) -> None:
    """Partitions and children are taken out of tables they were not in, and put back."""
    same = was.parents == now.parents and strip(was.bound) == strip(now.bound)
    if was.strategy != now.strategy:
        raise UnwrittenError(f"{was.key}, whose parents or partitions changed")
    if same:
        return
    for number in now.parents:
        verb = "DETACH PARTITION" if now.bound is not None else None
        if number not in way.then.relations:
            continue
        if verb is not None:
            way.say(PARTS, f"ALTER TABLE {address(way.now.table(number).key)} {verb} {address(now.key)}")
        elif number not in was.parents:
            way.say(PARTS, f"ALTER TABLE {address(now.key)} NO INHERIT {address(way.now.table(number).key)}")
    for number in was.parents:
        parent = address(way.then.table(number).key)
        if was.bound is not None:
            way.say(KEYS, f"ALTER TABLE {parent} ATTACH PARTITION {address(was.key)} {rendering.bound(was.bound)}")
        elif number not in now.parents:
            way.say(KEYS, f"ALTER TABLE {address(was.key)} INHERIT {parent}")


def _view_as_it_was(way: Way, was: Table, now: Table) -> None:
    made = source(way, was.kind, was.name, str(was.key))
    same = [(c.name, c.type) for c in was.columns] == [(c.name, c.type) for c in now.columns][: len(was.columns)]
    if was.kind == "view" and same and len(was.columns) == len(now.columns):
        way.say(CODE, or_replace(made))
        return
    above = [v for v in way.now.tables() if v.kind in VIEWS and v.number in _reading(way.now, now.number)]
    for each in sorted(above, key=lambda view: -view.number):
        way.say(PARTS, f"DROP {VIEWS[each.kind]} {address(each.key)}")
    way.say(PARTS, f"DROP {VIEWS[was.kind]} {address(now.key)}")
    way.say(CODE, made)
    for each in sorted(above, key=lambda view: view.number):
        if each.number in way.then.relations:
            way.say(CODE, source(way, each.kind, each.name, str(each.key)))


def _reading(catalog: Catalog, number: int) -> set[int]:
    """The views that read from a relation, directly or by way of others."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        at = waiting.pop()
        for view in catalog.tables():
            if view.kind in VIEWS and view.number not in found and any(read[0] == at for read in view.reads):
                found.add(view.number)
                waiting.append(view.number)
    return found


def _indexes(way: Way) -> None:
    for was, now in pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Index):
            continue
        if isinstance(now, Index) and was is None:
            if enforcing(way.now, now) or now.parent is not None or now.table not in way.then.relations:
                continue
            table = way.then.table(now.table)
            if all(n == 0 or table.numbered(n) is not None for n in (*now.columns, *now.include)):
                way.say(PARTS, f"DROP INDEX {address(now.key)}")
        elif isinstance(was, Index) and now is None and not enforcing(way.then, was) and was.parent is None:
            over = way.then.relations.get(was.table)
            late = isinstance(over, Table) and over.kind == "matview"
            way.say(CODE if late else INDEXES, rendering.create_index(was, way.then))
        elif isinstance(was, Index) and isinstance(now, Index) and enforcing(way.now, now) > enforcing(way.then, was):
            way.say(INDEXES, rendering.create_index(was, way.then))  # a constraint took it over and takes it along
        elif isinstance(was, Index) and isinstance(now, Index):
            if was.key != now.key and not enforcing(way.now, now):
                renamed_back(way, "INDEX", was.key, now.key, follows=True)
            way.say(SAID, *rendering.options(was.options, now.options, f"ALTER INDEX {address(was.key)}"))
