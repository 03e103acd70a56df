"""Columns given back: those that are gone, and what was changed of those that are there."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Column, Table
from contractcheck.migrations.postgresql import rendering, types
from contractcheck.migrations.postgresql.canonical import renamed, written
from contractcheck.migrations.postgresql.expressions import is_null_constant, strip
from contractcheck.migrations.postgresql.inverse.way import ALTERED, COLUMNS, KEYS, SAID, Way
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted


def column_back(way: Way, table: Table, column: Column, name: str) -> None:
    identity = next((s for s in way.then.owned_sequences(table.number, column.number) if s.identity), None)
    if column.not_null and column.default is None and not column.identity and table.rows != ():
        raise UnwrittenError(
            f"{table.key}.{column.name}: it was NOT NULL without a default, and rows would have no value for it"
        )
    way.say(COLUMNS, f"ALTER TABLE {name} ADD COLUMN {rendering.column(column, way.then, sequence=identity)}")
    way.say(COLUMNS, *rendering.settings(column, f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)}"))


def column_as_it_was(way: Way, table: Table, was: Column, now: Column, name: str) -> None:
    head = f"ALTER TABLE {name} ALTER COLUMN {quoted(was.name)}"
    if was.generated != now.generated or (was.generated and strip(was.default) != strip(now.default)):
        raise UnwrittenError(f"{table.key}.{was.name}, which was generated otherwise")
    default = not was.generated and not _alike(way, was.default, now.default)
    retyped = (was.type, was.collation) != (now.type, now.collation)
    if now.identity and not was.identity:
        way.say(ALTERED, f"{head} DROP IDENTITY")
    if (default or retyped) and now.default is not None and not is_null_constant(now.default):
        way.say(ALTERED, f"{head} DROP DEFAULT")
    if retyped:
        way.say(ALTERED, _type_back(way, head, was, now))
    if was.default is not None and (default or (retyped and not is_null_constant(was.default))):
        way.say(ALTERED, f"{head} SET DEFAULT {rendering.expression(was.default)}")
    if was.not_null != now.not_null:
        way.say(KEYS if was.not_null else ALTERED, f"{head} {'SET' if was.not_null else 'DROP'} NOT NULL")
    if was.identity and was.identity != now.identity:
        word = "ALWAYS" if was.identity == "a" else "BY DEFAULT"
        sequence = next((s for s in way.then.owned_sequences(table.number, was.number) if s.identity), None)
        inside = ""
        if sequence is not None:
            inside = f" ({' '.join((f'SEQUENCE NAME {address(sequence.key)}', *rendering.numbering(sequence)))})"
        way.say(
            KEYS,
            f"{head} SET GENERATED {word}" if now.identity else f"{head} ADD GENERATED {word} AS IDENTITY{inside}",
        )
    way.say(SAID, *rendering.settings(was, head, now))


def _alike(way: Way, was: op.Node | None, now: op.Node | None) -> bool:
    """Whether two defaults are the same, whatever the sequences that they draw from are called."""
    if was is None or now is None or strip(was) == strip(now):
        return strip(was) == strip(now)
    forms = []
    for node, catalog in ((was, way.then), (now, way.now)):
        made = written(node, catalog)
        names = {str(each.key): str(number) for number, each in catalog.relations.items()}
        forms.append(renamed(made.form, names) if made is not None else None)
    return forms[0] == forms[1]


def _type_back(way: Way, head: str, was: Column, now: Column) -> str:
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
