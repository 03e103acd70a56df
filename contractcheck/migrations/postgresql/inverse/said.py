"""Triggers, policies, rules, settings, comments and privileges given back."""

from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog, Name, Table
from contractcheck.migrations.catalog import Sequence as Counter
from contractcheck.migrations.postgresql import rendering
from contractcheck.migrations.postgresql.inverse.way import ALTERED, CODE, PARTS, SAID, Way
from contractcheck.migrations.postgresql.rendering import UnwrittenError, address, quoted


def _parts_of(table: Table | None) -> dict[tuple[str, str], object]:
    if table is None:
        return {}
    found: dict[tuple[str, str], object] = {
        ("trigger", each.name): replace(each, state="O") for each in table.triggers if each.parent is None
    }
    found |= {("policy", each.name): each for each in table.policies}
    return found | {("rule", each.name): replace(each, state="O") for each in table.rules}


def parts_gone(way: Way, was: Table, now: Table) -> None:
    old = _parts_of(was)
    for (kind, name), each in _parts_of(now).items():
        if old.get((kind, name)) != each:
            way.say(PARTS, f"DROP {kind.upper()} {quoted(name)} ON {address(now.key)}")


def parts_back(way: Way, was: Table, now: Table | None) -> None:
    new = _parts_of(now)
    for (kind, name), each in _parts_of(was).items():
        if new.get((kind, name)) != each:
            found = way.origin(kind, (was.name, name))
            if found is None:
                raise UnwrittenError(f"{kind} {name} of {was.key}")
            way.say(CODE, found)
    states = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
    then = {each.name: each.state for each in now.triggers} if now is not None else {}
    for each in was.triggers:
        if each.state != then.get(each.name, "O") and each.parent is None:
            way.say(SAID, f"ALTER TABLE {address(was.key)} {states[each.state]} TRIGGER {quoted(each.name)}")
    head = f"ALTER TABLE {address(was.key)}"
    if was.row_security != (now.row_security if now is not None else False):
        way.say(SAID, f"{head} {'ENABLE' if was.row_security else 'DISABLE'} ROW LEVEL SECURITY")
    if was.forced_security != (now.forced_security if now is not None else False):
        way.say(SAID, f"{head} {'' if was.forced_security else 'NO '}FORCE ROW LEVEL SECURITY")
    if now is not None:
        way.say(SAID, *rendering.options(was.options, now.options, head))
        if was.persistence != now.persistence:
            way.say(ALTERED, f"{head} SET {'UNLOGGED' if was.persistence == 'u' else 'LOGGED'}")
    if was.replica_identity != (now.replica_identity if now is not None else ("d", None)):
        kind, index = was.replica_identity
        told = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING"}.get(kind) or f"USING INDEX {quoted(index or '')}"
        way.say(SAID, f"{head} REPLICA IDENTITY {told}")
    if was.clustered != (now.clustered if now is not None else None):
        on = way.then.relations.get(was.clustered or 0)
        way.say(SAID, f"{head} CLUSTER ON {quoted(on.name)}" if on is not None else f"{head} SET WITHOUT CLUSTER")


def said(way: Way) -> None:
    """Comments and privileges. Owners are left: who was one is not all in the history."""
    for key in sorted({*way.now.grants, *way.then.grants}, key=str):
        granted = way.then.grants.get(key), way.now.grants.get(key)
        if granted[0] != granted[1]:
            _granted(way, key, *granted)
    for key in {**way.now.comments, **way.then.comments}:
        old, new = way.then.comments.get(key), way.now.comments.get(key)
        where = _subject(way.then, key)
        if old != new and where is not None:
            way.say(SAID, f"COMMENT ON {where} IS {rendering.text(old) if old is not None else 'NULL'}")


def _granted(way: Way, key: tuple[object, ...], old: frozenset[str] | None, new: frozenset[str] | None) -> None:
    usual = frozenset({"execute"} if key[0] in {"function", "procedure"} else {"usage"} if key[0] == "type" else ())
    was, now = (each if each is not None else usual if key[-1] == "public" else frozenset() for each in (old, new))
    match key:
        case (int(number), str(), str(role)) if number in way.then.relations:
            relation = way.then.relations[number]
            what = f"{'SEQUENCE' if isinstance(relation, Counter) else 'TABLE'} {address(relation.key)}"
        case ("schema", str(name), str(role)):
            what = f"SCHEMA {quoted(name)}"
        case (("function" | "procedure") as kind, *name, str(role)) if (
            one := _routine(way.then, kind, name)
        ) is not None:
            what = one
        case _:
            return
    to = role.upper() if role in {"public", "current_user", "session_user"} else quoted(role)
    for word, given, preposition in (("REVOKE", now - was, "FROM"), ("GRANT", was - now, "TO")):
        if any("grant option" in each for each in given):
            raise UnwrittenError(f"privileges on {what}")
        if given:
            said = ", ".join(sorted(given))
            way.say(SAID, f"{word} {said if '(' in said else said.upper()} ON {what} {preposition} {to}")


def _routine(catalog: Catalog, kind: str, name: list[object]) -> str | None:
    """A function with its arguments; None where there are several of its name."""
    schemas = [str(name[-2])] if len(name) > 1 else list(catalog.schemas)
    found = [each for schema in schemas for each in catalog.functions.get(Name(schema, str(name[-1])), ())]
    if len(found) != 1:
        return None
    listed = ", ".join(rendering.kind(argument, catalog) for argument in found[0].arguments)
    return f"{kind.upper()} {address(Name(found[0].schema, found[0].name))}({listed})"


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
        case (("function" | "procedure") as kind, *name):
            return _routine(catalog, kind, name)
        case ("schema", str(name)) if name in catalog.schemas:
            return f"SCHEMA {quoted(name)}"
        case _:
            return None
