"""What tables use, given back: schemas, extensions, types, sequences, functions."""

from contractcheck.migrations.catalog import Catalog, Type, UserType
from contractcheck.migrations.catalog import Sequence as Counter
from contractcheck.migrations.postgresql import rendering, types
from contractcheck.migrations.postgresql.inverse.way import (
    ALTERED,
    GONE,
    KEYS,
    MADE,
    RENAMES,
    SAID,
    VIEWS,
    Way,
    or_replace,
    pairs,
    renamed_back,
)
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted


def schemas(way: Way) -> None:
    way.say(MADE, *(f"CREATE SCHEMA {quoted(name)}" for name in way.then.schemas if name not in way.now.schemas))
    way.say(GONE, *(f"DROP SCHEMA {quoted(name)}" for name in way.now.schemas if name not in way.then.schemas))
    way.say(
        MADE, *(f"CREATE EXTENSION {quoted(name)}" for name in way.then.extensions if name not in way.now.extensions)
    )
    way.say(GONE, *(f"DROP EXTENSION {quoted(name)}" for name in way.now.extensions if name not in way.then.extensions))


def user_types(way: Way) -> None:
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
            way.say(MADE, _create_type(way, was))
        elif was is not None and now is not None:
            _retype(way, was, now)
    way.say(GONE, *reversed(gone))


def _create_type(way: Way, found: UserType) -> str:
    if found.kind == "enum":
        return f"CREATE TYPE {address(found.key)} AS ENUM ({', '.join(map(rendering.text, found.labels))})"
    made = way.origin("domain", (found.name,))
    if made is None:
        raise UnwrittenError(f"domain {found.key}")
    return made


def _retype(way: Way, was: UserType, now: UserType) -> None:
    word = "DOMAIN" if was.kind == "domain" else "TYPE"
    if was.schema != now.schema:
        raise UnwrittenError(f"{word.lower()} {now.key}, which was in another schema")
    if was.name != now.name:
        way.say(RENAMES, f"ALTER {word} {address(now.key)} RENAME TO {quoted(was.name)}")
    if was.kind == "enum" and was.labels != now.labels:
        _relabel(way, was, now)
    if was.kind == "domain":
        head = f"ALTER DOMAIN {address(was.key)}"
        old, new = {c[0]: c for c in was.constraints}, {c[0]: c for c in now.constraints}
        way.say(
            ALTERED, *(f"{head} DROP CONSTRAINT {quoted(name)}" for name, each in new.items() if old.get(name) != each)
        )
        for name, (_, node, valid) in old.items():
            if new.get(name) != old[name] and node is not None:
                tail = "" if valid else " NOT VALID"
                way.say(KEYS, f"{head} ADD CONSTRAINT {quoted(name)} CHECK ({rendering.expression(node)}){tail}")
        if was.default != now.default:
            text = f"SET DEFAULT {rendering.expression(was.default)}" if was.default is not None else "DROP DEFAULT"
            way.say(ALTERED, f"{head} {text}")
        if was.not_null != now.not_null:
            way.say(ALTERED, f"{head} {'SET' if was.not_null else 'DROP'} NOT NULL")


def _relabel(way: Way, was: UserType, now: UserType) -> None:
    """Labels that were renamed get their names back; of a type with more labels a new one takes the place."""
    name = address(was.key)
    changed = [(old, new) for old, new in zip(was.labels, now.labels, strict=False) if old != new]
    if len(was.labels) == len(now.labels) and not {*was.labels} & {new for _, new in changed}:
        way.say(
            ALTERED,
            *(f"ALTER TYPE {name} RENAME VALUE {rendering.text(new)} TO {rendering.text(old)}" for old, new in changed),
        )
        return
    aside = f"{was.name}_old"
    home = "" if was.schema == "public" else f"{quoted(was.schema)}."
    way.say(ALTERED, f"ALTER TYPE {name} RENAME TO {quoted(aside)}", _create_type(way, was))
    for table in way.then.tables():
        if table.number not in way.now.relations or table.kind in VIEWS or table.bound is not None:
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
                way.say(ALTERED, f"{head} DROP DEFAULT")
            way.say(ALTERED, f"{head} TYPE {name}{suffix} USING {quoted(column.name)}::text{suffix}::{name}{suffix}")
            if default is not None:
                way.say(ALTERED, default)
    way.say(ALTERED, f"DROP TYPE {home}{quoted(aside)}")


def sequences(way: Way) -> None:
    for was, now in pairs(way.then.relations, way.now.relations):
        if not isinstance(was or now, Counter):
            continue
        if isinstance(now, Counter) and was is None:
            owner = now.owned_by[0] if now.owned_by else None
            if now.identity or (owner is not None and owner not in way.then.relations):
                continue  # it goes with its column
            column = way.then.table(owner).numbered(now.owned_by[1]) if owner is not None and now.owned_by else None
            if owner is not None and column is None:
                continue
            way.say(GONE, f"DROP SEQUENCE {address(now.key)}")
        elif isinstance(was, Counter) and now is None and not was.identity:
            way.say(MADE, rendering.create_sequence(was))
            _owned(way, was)
        elif isinstance(was, Counter) and isinstance(now, Counter):
            renamed_back(way, "SEQUENCE", was.key, now.key, follows=now.owned_by is not None)
            if was.options != now.options or was.type != now.type:
                way.say(ALTERED, _alter_sequence(was, now))
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


def _owned(way: Way, was: Counter) -> None:
    if was.owned_by is None:
        way.say(
            SAID, *([f"ALTER SEQUENCE {address(was.key)} OWNED BY NONE"] if was.number in way.now.relations else [])
        )
        return
    table = way.then.table(was.owned_by[0])
    column = table.numbered(was.owned_by[1])
    if column is not None:
        way.say(SAID, f"ALTER SEQUENCE {address(was.key)} OWNED BY {address(table.key)}.{quoted(column.name)}")


def routines(way: Way) -> None:
    for name in sorted({*way.then.functions, *way.now.functions}):
        old, new = way.then.functions.get(name, ()), way.now.functions.get(name, ())
        for each in new:
            if not any(each.arguments == other.arguments for other in old) and each.extension is None:
                listed = ", ".join(rendering.kind(argument, way.now) for argument in each.arguments)
                way.say(GONE, f"DROP {'PROCEDURE' if each.procedure else 'FUNCTION'} {address(name)}({listed})")
        for each in old:
            same = next((other for other in new if other.arguments == each.arguments), None)
            if same == each or each.extension is not None:
                continue
            made = way.origin("function", (name.name,)) if len(old) == 1 else None
            if made is None:
                raise UnwrittenError(f"function {name}")
            way.say(MADE, made if same is None else or_replace(made))
