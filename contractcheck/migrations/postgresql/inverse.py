"""The statements that take one catalog back to another: the downgrade of a migration, derived from what it changed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Catalog, Column, Index, Name, Relation, Table, Type, UserType
from contractcheck.migrations.catalog import Sequence as Counter
from contractcheck.migrations.postgresql import rendering, types
from contractcheck.migrations.postgresql.canonical import renamed, written
from contractcheck.migrations.postgresql.expressions import is_null_constant, strip
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted

_VIEWS = {"view": "VIEW", "matview": "MATERIALIZED VIEW"}
_TABLES = {"table", "partitioned table"}
Origin = Callable[[str, tuple[str, ...]], str | None]
"""The statement that last made a view, function, trigger, policy or rule of that name; None where there is none."""


@dataclass(slots=True)
class _Way:
    """From `now` back to `then`: statements by the phase in which they have to run."""

    then: Catalog
    now: Catalog
    origin: Origin
    phases: dict[int, list[str]] = field(default_factory=dict)

    def say(self, phase: int, *statements: str) -> None:
        self.phases.setdefault(phase, []).extend(statements)

    def statements(self) -> tuple[str, ...]:
        return tuple(sql for phase in sorted(self.phases) for sql in self.phases[phase])


# Parts go first, then names change, then what is left over goes; what is missing comes back the other way round.
_PARTS, _RENAMES, _TABLES_GONE, _MADE, _COLUMNS, _ALTERED, _GONE, _KEYS, _FOREIGN, _INDEXES, _CODE, _SAID = range(12)


def undo(then: Catalog, now: Catalog, origin: Origin) -> tuple[str, ...]:
    """The statements that give back `then` from `now`. Raises UnwrittenError for what cannot be given back so.

    What is not looked at here shows in a replay: the result is proved by one, and nothing else is to be written.
    """
    way = _Way(then, now, origin)
    _schemas(way)
    _types(way)
    _sequences(way)
    _functions(way)
    _tables(way)
    _said(way)
    return way.statements()


def _pairs(
    then: Mapping[int, Relation], now: Mapping[int, Relation]
) -> Iterator[tuple[Relation | None, Relation | None]]:
    for number in sorted({*then, *now}):
        one, other = then.get(number), now.get(number)
        if one is not other and not any(each is not None and each.schema == "pg_temp" for each in (one, other)):
            yield one, other


# -- what tables use --------------------------------------------------------------------------------------------------


def _schemas(way: _Way) -> None:
    way.say(_MADE, *(f"CREATE SCHEMA {quoted(name)}" for name in way.then.schemas if name not in way.now.schemas))
    way.say(_GONE, *(f"DROP SCHEMA {quoted(name)}" for name in way.now.schemas if name not in way.then.schemas))
    way.say(
        _MADE, *(f"CREATE EXTENSION {quoted(name)}" for name in way.then.extensions if name not in way.now.extensions)
    )
    way.say(
        _GONE, *(f"DROP EXTENSION {quoted(name)}" for name in way.now.extensions if name not in way.then.extensions)
    )


def _types(way: _Way) -> None:
    gone: list[str] = []
    for number in sorted({*way.then.types, *way.now.types}):
        was, now = way.then.types.get(number), way.now.types.get(number)
        if was is now or any(
            each is not None and (each.extension or each.kind not in {"enum", "domain"}) for each in (was, now)
        ):
            continue
        if was is None and now is not None:
            gone.append(f"DROP {'DOMAIN' if now.kind == 'domain' else 'TYPE'} {address(now.key)}")
        elif was is not None and now is None:
            way.say(_MADE, _create_type(way, was))
        elif was is not None and now is not None:
            _retype(way, was, now)
    way.say(_GONE, *reversed(gone))


def _create_type(way: _Way, found: UserType) -> str:
    if found.kind == "enum":
        return f"CREATE TYPE {address(found.key)} AS ENUM ({', '.join(map(rendering.text, found.labels))})"
    made = way.origin("domain", (found.name,))
    if made is None:
        raise UnwrittenError(f"domain {found.key}")
    return made


def _retype(way: _Way, was: UserType, now: UserType) -> None:
    word = "DOMAIN" if was.kind == "domain" else "TYPE"
    if was.schema != now.schema:
        raise UnwrittenError(f"{word.lower()} {now.key}, which was in another schema")
    if was.name != now.name:
        way.say(_RENAMES, f"ALTER {word} {address(now.key)} RENAME TO {quoted(was.name)}")
    if was.kind == "enum" and was.labels != now.labels:
        _relabel(way, was, now)
    if was.kind == "domain":
        head = f"ALTER DOMAIN {address(was.key)}"
        old, new = {c[0]: c for c in was.constraints}, {c[0]: c for c in now.constraints}
        way.say(
            _ALTERED, *(f"{head} DROP CONSTRAINT {quoted(name)}" for name, each in new.items() if old.get(name) != each)
        )
        for name, (_, node, valid) in old.items():
            if new.get(name) != old[name] and node is not None:
                tail = "" if valid else " NOT VALID"
                way.say(_KEYS, f"{head} ADD CONSTRAINT {quoted(name)} CHECK ({rendering.expression(node)}){tail}")
        if was.default != now.default:
            text = f"SET DEFAULT {rendering.expression(was.default)}" if was.default is not None else "DROP DEFAULT"
            way.say(_ALTERED, f"{head} {text}")
        if was.not_null != now.not_null:
            way.say(_ALTERED, f"{head} {'SET' if was.not_null else 'DROP'} NOT NULL")


def _relabel(way: _Way, was: UserType, now: UserType) -> None:
    """Labels that were renamed get their names back; of a type with more labels a new one takes the place."""
    name = address(was.key)
    changed = [(old, new) for old, new in zip(was.labels, now.labels, strict=False) if old != new]
    if len(was.labels) == len(now.labels) and not {*was.labels} & {new for _, new in changed}:
        way.say(
            _ALTERED,
            *(f"ALTER TYPE {name} RENAME VALUE {rendering.text(new)} TO {rendering.text(old)}" for old, new in changed),
        )
        return
    aside = f"{was.name}_old"
    home = "" if was.schema == "public" else f"{quoted(was.schema)}."
    way.say(_ALTERED, f"ALTER TYPE {name} RENAME TO {quoted(aside)}", _create_type(way, was))
    for table in way.then.tables():
        if table.number not in way.now.relations or table.kind in _VIEWS or table.bound is not None:
            continue
        for column in table.columns:
            if column.type is None or column.type.base != was.number:
                continue
            there = way.now.table(table.number).numbered(column.number)
            if there is None:
                continue
            head = f"ALTER TABLE {address(table.key)} ALTER COLUMN {quoted(column.name)}"
            suffix = "[]" if column.type.array else ""
            default = (
                f"{head} SET DEFAULT {rendering.expression(column.default)}" if column.default is not None else None
            )
            if default is not None:
                way.say(_ALTERED, f"{head} DROP DEFAULT")
            way.say(_ALTERED, f"{head} TYPE {name}{suffix} USING {quoted(column.name)}::text{suffix}::{name}{suffix}")
            if default is not None:
                way.say(_ALTERED, default)
    way.say(_ALTERED, f"DROP TYPE {home}{quoted(aside)}")


def _sequences(way: _Way) -> None:
    for was, now in _pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Counter):
            continue
        if isinstance(now, Counter) and was is None:
            owner = now.owned_by[0] if now.owned_by else None
            if now.identity or (owner is not None and owner not in way.then.relations):
                continue  # it goes with its column
            column = way.then.table(owner).numbered(now.owned_by[1]) if owner is not None and now.owned_by else None
            if owner is not None and column is None:
                continue
            way.say(_GONE, f"DROP SEQUENCE {address(now.key)}")
        elif isinstance(was, Counter) and now is None and not was.identity:
            way.say(_MADE, rendering.create_sequence(was))
            _owned(way, was)
        elif isinstance(was, Counter) and isinstance(now, Counter):
            _renamed(way, "SEQUENCE", was.key, now.key, follows=now.owned_by is not None)
            if was.options != now.options or was.type != now.type:
                way.say(_ALTERED, _alter_sequence(was, now))
            if was.owned_by != now.owned_by and not was.identity:
                _owned(way, was)


def _alter_sequence(was: Counter, now: Counter) -> str:
    usual = {
        "increment": "INCREMENT BY 1",
        "minvalue": "NO MINVALUE",
        "maxvalue": "NO MAXVALUE",
        "start": "START WITH 1",
        "cache": "CACHE 1",
        "cycle": "NO CYCLE",
    }
    said = rendering.numbering(was)
    old = dict(was.options)
    said += [text for key, text in usual.items() if key in dict(now.options) and old.get(key) in {None, False}]
    kind = f" AS {types.words(Type(was.type), Catalog())}" if was.type != now.type else ""
    return f"ALTER SEQUENCE {address(was.key)}{kind} {' '.join(said)}".rstrip()


def _owned(way: _Way, was: Counter) -> None:
    if was.owned_by is None:
        way.say(
            _SAID, *([f"ALTER SEQUENCE {address(was.key)} OWNED BY NONE"] if was.number in way.now.relations else [])
        )
        return
    table = way.then.table(was.owned_by[0])
    column = table.numbered(was.owned_by[1])
    if column is not None:
        way.say(_SAID, f"ALTER SEQUENCE {address(was.key)} OWNED BY {address(table.key)}.{quoted(column.name)}")


def _functions(way: _Way) -> None:
    for name in sorted({*way.then.functions, *way.now.functions}):
        old, new = way.then.functions.get(name, ()), way.now.functions.get(name, ())
        for each in new:
            if not any(each.arguments == other.arguments for other in old) and each.extension is None:
                listed = ", ".join(rendering.kind(argument, way.now) for argument in each.arguments)
                way.say(_GONE, f"DROP {'PROCEDURE' if each.procedure else 'FUNCTION'} {address(name)}({listed})")
        for each in old:
            same = next((other for other in new if other.arguments == each.arguments), None)
            if same == each or each.extension is not None:
                continue
            made = way.origin("function", (name.name,)) if len(old) == 1 else None
            if made is None:
                raise UnwrittenError(f"function {name}")
            way.say(_MADE, made if same is None else _or_replace(made))


def _or_replace(sql: str) -> str:
    return re.sub(r"(?i)^(\s*create)\s+(?!or\s)", r"\1 OR REPLACE ", sql, count=1)


# -- tables -----------------------------------------------------------------------------------------------------------


def _tables(way: _Way) -> None:
    gone: list[str] = []
    views: list[str] = []
    for was, now in _pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Table) or (was or now).kind == "composite":  # type: ignore[union-attr]
            continue
        if isinstance(now, Table) and was is None:
            word = _VIEWS.get(now.kind, "TABLE")
            (views if now.kind in _VIEWS else gone).append(f"DROP {word} {address(now.key)}")
        elif isinstance(was, Table) and now is None:
            _table_back(way, was)
        elif isinstance(was, Table) and isinstance(now, Table):
            _table_as_it_was(way, was, now)
    way.phases[_PARTS] = [*reversed(views), *way.phases.get(_PARTS, [])]
    way.say(_TABLES_GONE, *reversed(gone))
    _indexes(way)


def _table_back(way: _Way, was: Table) -> None:
    if was.kind in _VIEWS:
        way.say(_CODE, _source(way, was.kind, was.name, str(was.key)))
        return
    way.say(_MADE, rendering.create_table(was, way.then))
    for column in was.columns:
        head = f"ALTER TABLE {address(was.key)} ALTER COLUMN {quoted(column.name)}"
        way.say(_COLUMNS, *rendering.settings(column, head))
    _parts_back(way, was, None)
    for each in was.constraints:
        if rendering.own(each) and (each.kind == "foreign key" or not each.validated):
            way.say(_FOREIGN, f"ALTER TABLE {address(was.key)} ADD {rendering.constraint(each, was, way.then)}")


def _source(way: _Way, kind: str, name: str, shown: str) -> str:
    found = way.origin(kind, (name,))
    if found is None:
        raise UnwrittenError(f"{kind} {shown}")
    return found


def _renamed(way: _Way, word: str, was: Name, now: Name, *, follows: bool = False) -> None:
    """A name and a schema as they were; what belongs to a table `follows` it to its schema."""
    there = Name(was.schema, now.name) if follows else now
    if there.schema != was.schema:
        way.say(_RENAMES, f"ALTER {word} {address(now)} SET SCHEMA {quoted(was.schema)}")
        there = Name(was.schema, now.name)
    if was.name != now.name:
        way.say(_RENAMES, f"ALTER {word} {address(there)} RENAME TO {quoted(was.name)}")


def _table_as_it_was(way: _Way, was: Table, now: Table) -> None:
    word = _VIEWS.get(now.kind, "TABLE")
    if was.kind in _VIEWS:
        _renamed(way, word, was.key, now.key)
        if strip(was.query) != strip(now.query) and written(was.query, way.then, was) != written(
            now.query, way.now, now
        ):
            _view_as_it_was(way, was, now)
        return
    here, there = address(now.key), address(was.key)
    _parts_gone(way, was, now)
    _parents(way, was, now)
    _renamed(way, word, was.key, now.key)
    for column in now.columns:
        old = was.numbered(column.number)
        if old is not None and old.name != column.name:
            way.say(_RENAMES, f"ALTER TABLE {there} RENAME COLUMN {quoted(column.name)} TO {quoted(old.name)}")
        if old is None and not column.inherited:
            way.say(_TABLES_GONE, f"ALTER TABLE {there} DROP COLUMN {quoted(column.name)}")
    for column in was.columns:
        mine = now.numbered(column.number)
        if mine is None and not column.inherited:
            _column_back(way, was, column, there)
        elif mine is not None and mine is not column and not column.inherited:
            _column_as_it_was(way, was, column, mine, there)
    for each in now.constraints:
        old_one = next((c for c in was.constraints if c.number == each.number), None)
        if not rendering.own(each) or old_one == each:
            continue
        if old_one is not None and replace(old_one, name=each.name) == each:
            way.say(_RENAMES, f"ALTER TABLE {there} RENAME CONSTRAINT {quoted(each.name)} TO {quoted(old_one.name)}")
        elif all(now.numbered(n) is None or was.numbered(n) is not None for n in each.columns) or each.kind == "check":
            way.say(_PARTS, f"ALTER TABLE {here} DROP CONSTRAINT {quoted(each.name)}")
    for each in was.constraints:
        mine_one = next((c for c in now.constraints if c.number == each.number), None)
        if rendering.own(each) and (mine_one is None or replace(mine_one, name=each.name) != each):
            phase = _FOREIGN if each.kind == "foreign key" else _KEYS
            way.say(phase, f"ALTER TABLE {there} ADD {rendering.constraint(each, was, way.then)}")
    _parts_back(way, was, now)


def _parents(way: _Way, was: Table, now: Table) -> None:
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
            way.say(_PARTS, f"ALTER TABLE {address(way.now.table(number).key)} {verb} {address(now.key)}")
        elif number not in was.parents:
            way.say(_PARTS, f"ALTER TABLE {address(now.key)} NO INHERIT {address(way.now.table(number).key)}")
    for number in was.parents:
        parent = address(way.then.table(number).key)
        if was.bound is not None:
            way.say(_KEYS, f"ALTER TABLE {parent} ATTACH PARTITION {address(was.key)} {rendering.bound(was.bound)}")
        elif number not in now.parents:
            way.say(_KEYS, f"ALTER TABLE {address(was.key)} INHERIT {parent}")


def _view_as_it_was(way: _Way, was: Table, now: Table) -> None:
    made = _source(way, was.kind, was.name, str(was.key))
    same = [(c.name, c.type) for c in was.columns] == [(c.name, c.type) for c in now.columns][: len(was.columns)]
    if was.kind == "view" and same and len(was.columns) == len(now.columns):
        way.say(_CODE, _or_replace(made))
        return
    above = [v for v in way.now.tables() if v.kind in _VIEWS and v.number in _reading(way.now, now.number)]
    for each in sorted(above, key=lambda view: -view.number):
        way.say(_PARTS, f"DROP {_VIEWS[each.kind]} {address(each.key)}")
    way.say(_PARTS, f"DROP {_VIEWS[was.kind]} {address(now.key)}")
    way.say(_CODE, made)
    for each in sorted(above, key=lambda view: view.number):
        if each.number in way.then.relations:
            way.say(_CODE, _source(way, each.kind, each.name, str(each.key)))


def _reading(catalog: Catalog, number: int) -> set[int]:
    """The views that read from a relation, directly or by way of others."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        at = waiting.pop()
        for view in catalog.tables():
            if view.kind in _VIEWS and view.number not in found and any(read[0] == at for read in view.reads):
                found.add(view.number)
                waiting.append(view.number)
    return found


def _column_back(way: _Way, table: Table, column: Column, name: str) -> None:
    identity = next((s for s in way.then.owned_sequences(table.number, column.number) if s.identity), None)
    if column.not_null and column.default is None and not column.identity and table.rows != ():
        raise UnwrittenError(
            f"{table.key}.{column.name}: it was NOT NULL without a default, and rows would have no value for it"
        )
    way.say(_COLUMNS, f"ALTER TABLE {name} ADD COLUMN {rendering.column(column, way.then, sequence=identity)}")
    way.say(_COLUMNS, *rendering.settings(column, f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)}"))


def _column_as_it_was(way: _Way, table: Table, was: Column, now: Column, name: str) -> None:
    head = f"ALTER TABLE {name} ALTER COLUMN {quoted(was.name)}"
    if was.generated != now.generated or (was.generated and strip(was.default) != strip(now.default)):
        raise UnwrittenError(f"{table.key}.{was.name}, which was generated otherwise")
    default = not was.generated and not _alike(way, was.default, now.default)
    retyped = (was.type, was.collation) != (now.type, now.collation)
    if now.identity and not was.identity:
        way.say(_ALTERED, f"{head} DROP IDENTITY")
    if (default or retyped) and now.default is not None and not is_null_constant(now.default):
        way.say(_ALTERED, f"{head} DROP DEFAULT")
    if retyped:
        way.say(_ALTERED, _type_back(way, head, was, now))
    if was.default is not None and (default or (retyped and not is_null_constant(was.default))):
        way.say(_ALTERED, f"{head} SET DEFAULT {rendering.expression(was.default)}")
    if was.not_null != now.not_null:
        way.say(_KEYS if was.not_null else _ALTERED, f"{head} {'SET' if was.not_null else 'DROP'} NOT NULL")
    if was.identity and was.identity != now.identity:
        word = "ALWAYS" if was.identity == "a" else "BY DEFAULT"
        sequence = next((s for s in way.then.owned_sequences(table.number, was.number) if s.identity), None)
        inside = f" (SEQUENCE NAME {address(sequence.key)})" if sequence is not None else ""
        way.say(
            _KEYS,
            f"{head} SET GENERATED {word}" if now.identity else f"{head} ADD GENERATED {word} AS IDENTITY{inside}",
        )
    way.say(_SAID, *rendering.settings(was, head, now))


def _alike(way: _Way, was: op.Node | None, now: op.Node | None) -> bool:
    """Whether two defaults are the same, whatever the sequences that they draw from are called."""
    if was is None or now is None or strip(was) == strip(now):
        return strip(was) == strip(now)
    forms = []
    for node, catalog in ((was, way.then), (now, way.now)):
        made = written(node, catalog)
        names = {str(each.key): str(number) for number, each in catalog.relations.items()}
        forms.append(renamed(made.form, names) if made is not None else None)
    return forms[0] == forms[1]


def _type_back(way: _Way, head: str, was: Column, now: Column) -> str:
    wanted = rendering.kind(was.type, way.then)
    collate = f" COLLATE {rendering.collation(was.collation)}" if was.collation else ""
    if was.type is None or now.type is None:
        raise UnwrittenError("a type that is not known")
    if (was.type.base, was.type.array) == (now.type.base, now.type.array) or types.pathway(
        now.type, was.type, way.then, "a"
    ):
        return f"{head} TYPE {wanted}{collate}"
    direct = types.pathway(now.type, was.type, way.then, "e")
    through = "" if direct else "::text"
    return f"{head} TYPE {wanted}{collate} USING {quoted(was.name)}{through}::{wanted}"


def _indexes(way: _Way) -> None:
    for was, now in _pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Index):
            continue
        if isinstance(now, Index) and was is None:
            if _enforcing(way.now, now) or now.parent is not None or now.table not in way.then.relations:
                continue
            table = way.then.table(now.table)
            if all(n == 0 or table.numbered(n) is not None for n in (*now.columns, *now.include)):
                way.say(_PARTS, f"DROP INDEX {address(now.key)}")
        elif isinstance(was, Index) and now is None and not _enforcing(way.then, was) and was.parent is None:
            over = way.then.relations.get(was.table)
            late = isinstance(over, Table) and over.kind == "matview"
            way.say(_CODE if late else _INDEXES, rendering.create_index(was, way.then))
        elif isinstance(was, Index) and isinstance(now, Index) and _enforcing(way.now, now) > _enforcing(way.then, was):
            way.say(_INDEXES, rendering.create_index(was, way.then))  # a constraint took it over and takes it along
        elif isinstance(was, Index) and isinstance(now, Index):
            if was.key != now.key and not _enforcing(way.now, now):
                _renamed(way, "INDEX", was.key, now.key, follows=True)
            way.say(_SAID, *rendering.options(was.options, now.options, f"ALTER INDEX {address(was.key)}"))


def _enforcing(catalog: Catalog, index: Index) -> bool:
    table = catalog.relations.get(index.table)
    return isinstance(table, Table) and any(each.index == index.number for each in table.constraints)


# -- triggers, policies, rules, and what is said of objects -----------------------------------------------------------


def _parts_of(table: Table | None) -> dict[tuple[str, str], object]:
    if table is None:
        return {}
    found: dict[tuple[str, str], object] = {
        ("trigger", each.name): replace(each, state="O") for each in table.triggers if each.parent is None
    }
    found |= {("policy", each.name): each for each in table.policies}
    return found | {("rule", each.name): replace(each, state="O") for each in table.rules}


def _parts_gone(way: _Way, was: Table, now: Table) -> None:
    old = _parts_of(was)
    for (kind, name), each in _parts_of(now).items():
        if old.get((kind, name)) != each:
            way.say(_PARTS, f"DROP {kind.upper()} {quoted(name)} ON {address(now.key)}")


def _parts_back(way: _Way, was: Table, now: Table | None) -> None:
    new = _parts_of(now)
    for (kind, name), each in _parts_of(was).items():
        if new.get((kind, name)) != each:
            found = way.origin(kind, (was.name, name))
            if found is None:
                raise UnwrittenError(f"{kind} {name} of {was.key}")
            way.say(_CODE, found)
    states = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
    then = {each.name: each.state for each in now.triggers} if now is not None else {}
    for each in was.triggers:
        if each.state != then.get(each.name, "O") and each.parent is None:
            way.say(_SAID, f"ALTER TABLE {address(was.key)} {states[each.state]} TRIGGER {quoted(each.name)}")
    head = f"ALTER TABLE {address(was.key)}"
    if was.row_security != (now.row_security if now is not None else False):
        way.say(_SAID, f"{head} {'ENABLE' if was.row_security else 'DISABLE'} ROW LEVEL SECURITY")
    if was.forced_security != (now.forced_security if now is not None else False):
        way.say(_SAID, f"{head} {'' if was.forced_security else 'NO '}FORCE ROW LEVEL SECURITY")
    if now is not None:
        way.say(_SAID, *rendering.options(was.options, now.options, head))
        if was.persistence != now.persistence:
            way.say(_ALTERED, f"{head} SET {'UNLOGGED' if was.persistence == 'u' else 'LOGGED'}")
    if was.replica_identity != (now.replica_identity if now is not None else ("d", None)):
        kind, index = was.replica_identity
        told = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING"}.get(kind) or f"USING INDEX {quoted(index or '')}"
        way.say(_SAID, f"{head} REPLICA IDENTITY {told}")
    if was.clustered != (now.clustered if now is not None else None):
        on = way.then.relations.get(was.clustered or 0)
        way.say(_SAID, f"{head} CLUSTER ON {quoted(on.name)}" if on is not None else f"{head} SET WITHOUT CLUSTER")


def _said(way: _Way) -> None:
    """Comments and privileges. Owners are left: who was one is not all in the history."""
    for key in sorted({*way.now.grants, *way.then.grants}, key=str):
        granted = way.then.grants.get(key), way.now.grants.get(key)
        if granted[0] != granted[1]:
            _granted(way, key, *granted)
    for key in {**way.now.comments, **way.then.comments}:
        old, new = way.then.comments.get(key), way.now.comments.get(key)
        where = _subject(way.then, key)
        if old != new and where is not None:
            way.say(_SAID, f"COMMENT ON {where} IS {rendering.text(old) if old is not None else 'NULL'}")
    for number, relation in way.then.relations.items():
        # What was made anew has lost what was said of it under its old number.
        if number not in way.now.relations and any(key[0] == number for key in way.then.grants):
            raise UnwrittenError(f"privileges on {relation.key}")


def _granted(way: _Way, key: tuple[object, ...], old: frozenset[str] | None, new: frozenset[str] | None) -> None:
    usual = frozenset({"execute"} if key[0] in {"function", "procedure"} else {"usage"} if key[0] == "type" else ())
    was, now = (each if each is not None else usual if key[-1] == "public" else frozenset() for each in (old, new))
    match key:
        case (int(number), str(), str(role)) if number in way.then.relations:
            relation = way.then.relations[number]
            what = f"{'SEQUENCE' if isinstance(relation, Counter) else 'TABLE'} {address(relation.key)}"
        case ("schema", str(name), str(role)):
            what = f"SCHEMA {quoted(name)}"
        case _:
            return
    to = role.upper() if role in {"public", "current_user", "session_user"} else quoted(role)
    for word, given, preposition in (("REVOKE", now - was, "FROM"), ("GRANT", was - now, "TO")):
        if any("grant option" in each for each in given):
            raise UnwrittenError(f"privileges on {what}")
        if given:
            said = ", ".join(sorted(given))
            way.say(_SAID, f"{word} {said if '(' in said else said.upper()} ON {what} {preposition} {to}")


def _subject(catalog: Catalog, key: tuple[object, ...]) -> str | None:
    match key:
        case (int(number), "self") if number in catalog.relations:
            relation = catalog.relations[number]
            word = {"partitioned table": "TABLE", "matview": "MATERIALIZED VIEW", "partitioned index": "INDEX"}.get(
                relation.kind, relation.kind.upper()
            )
            return f"{word} {address(relation.key)}"
        case (int(number), "column", int(column)) if number in catalog.relations:
            table = catalog.relations[number]
            found = table.numbered(column) if isinstance(table, Table) else None
            return f"COLUMN {address(table.key)}.{quoted(found.name)}" if found is not None else None
        case (int(number), str(kind), str(name)) if number in catalog.relations and kind in {
            "constraint",
            "trigger",
            "rule",
            "policy",
        }:
            return f"{kind.upper()} {quoted(name)} ON {address(catalog.relations[number].key)}"
        case ("type", int(number)) if number in catalog.types:
            found_type = catalog.types[number]
            return f"{'DOMAIN' if found_type.kind == 'domain' else 'TYPE'} {address(found_type.key)}"
        case ("schema", str(name)) if name in catalog.schemas:
            return f"SCHEMA {quoted(name)}"
        case _:
            return None


def sources(statements: Sequence[tuple[str, tuple[op.Operation, ...]]]) -> Origin:
    """The texts of what was made, by kind and name; the last one counts."""
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for sql, operations in statements:
        if len(operations) != 1:
            continue
        match operations[0]:
            case op.CreateView(view):
                found["view", (view.name,)] = sql
            case op.CreateTableAs(table, materialized=True):
                found["matview", (table.name,)] = sql
            case op.CreateFunction(name):
                found["function", (name.name,)] = sql
            case op.CreateTrigger(name, table):
                found["trigger", (table.name, name)] = sql
            case op.CreatePolicy(name, table, alter=False):
                found["policy", (table.name, name)] = sql
            case op.CreateRule(name, table):
                found["rule", (table.name, name)] = sql
            case op.CreateDomain(name):
                found["domain", (name.name,)] = sql
            case _:
                continue
    return lambda kind, name: found.get((kind, name))
