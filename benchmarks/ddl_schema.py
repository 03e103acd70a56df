"""A schema as a real server's catalogs show it, and as the model's catalog does, in one form that can be compared."""
# ruff: noqa: E501 - a query stands as it is sent

from collections.abc import Iterator, Mapping
from typing import Any

from contractcheck.migrations.catalog import Catalog, Index, Sequence, Table, UserType
from contractcheck.migrations.postgresql import facts, types

Thing = tuple[str, ...]
Shape = dict[Thing, dict[str, Any]]
"""An object by kind and name (`column`, `public`, `orders`, `note`), over what is compared of it."""

_HIDDEN = "('pg_catalog', 'information_schema', 'pg_toast')"
# 12 to 16 lack what came later: the text has %(name)s where versions differ.
_QUERY = r"""
WITH n AS (SELECT oid, nspname FROM pg_namespace WHERE nspname NOT IN {hidden} AND nspname NOT LIKE 'pg\_t%%'),
rel AS (SELECT c.*, n.nspname FROM pg_class c JOIN n ON n.oid = c.relnamespace)
SELECT array['table', nspname, relname], jsonb_build_object(
  'kind', relkind, 'persistence', relpersistence,
  'options', (SELECT coalesce(array_agg(o ORDER BY o COLLATE "C"), '{{}}') FROM unnest(reloptions) o),
  'security', relrowsecurity, 'forced', relforcerowsecurity, 'identity', relreplident, 'partition', relispartition,
  'owner', pg_get_userbyid(relowner),
  'space', coalesce((SELECT spcname FROM pg_tablespace WHERE oid = reltablespace), 'pg_default'),
  'method', (SELECT amname FROM pg_am WHERE oid = relam AND relkind <> 'p'),
  'populated', relispopulated,
  'parents', (SELECT coalesce(array_agg(p.relname ORDER BY inhseqno), '{{}}')
              FROM pg_inherits i JOIN pg_class p ON p.oid = inhparent WHERE inhrelid = rel.oid))
FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL SELECT array['column', nspname, relname, attname], jsonb_build_object(
  'type', format_type(atttypid, atttypmod), 'not null', attnotnull AND relkind NOT IN ('v', 'c'),
  'default', atthasdef, 'identity', attidentity, 'generated', attgenerated,
  'collation', (SELECT collname FROM pg_collation WHERE oid = attcollation AND oid <> typcollation AND oid <> 100
                AND relkind NOT IN ('v', 'm', 'c')),
  'storage', CASE WHEN attstorage <> typstorage THEN attstorage::text ELSE '' END, 'compression', {compression},
  'statistics', coalesce(nullif(attstattarget, -1), -1), 'local', attislocal, 'inherited', attinhcount > 0,
  'options', (SELECT coalesce(array_agg(o ORDER BY o COLLATE "C"), '{{}}') FROM unnest(attoptions) o),
  'place', row_number() OVER (PARTITION BY attrelid ORDER BY attnum))
FROM pg_attribute JOIN rel ON rel.oid = attrelid JOIN pg_type t ON t.oid = atttypid
WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL SELECT array['constraint', nspname, relname, conname], jsonb_build_object(
  'kind', contype, 'validated', convalidated, 'enforced', {enforced}, 'deferrable', condeferrable,
  'deferred', condeferred, 'no inherit', CASE WHEN contype IN ('c', 'n') THEN connoinherit ELSE false END,
  'inherited', coninhcount > 0, 'local', conislocal,
  'columns', CASE WHEN contype = 'c' THEN '{{}}' ELSE
    (SELECT coalesce(array_agg(a.attname ORDER BY o), '{{}}') FROM unnest(conkey) WITH ORDINALITY u(k, o)
     JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k) END,
  'refers', (SELECT relname FROM pg_class f WHERE f.oid = confrelid),
  'referred', (SELECT coalesce(array_agg(a.attname ORDER BY o), '{{}}') FROM unnest(confkey) WITH ORDINALITY u(k, o)
               JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k),
  'on', CASE WHEN contype = 'f' THEN confdeltype::text || confupdtype::text || confmatchtype::text END)
FROM pg_constraint JOIN rel ON rel.oid = conrelid WHERE contype IN ('c', 'f', 'n', 'p', 'u', 'x')
  AND (conparentid = 0 OR contype <> 'f' OR confrelid = (SELECT p.confrelid FROM pg_constraint p WHERE p.oid = pg_constraint.conparentid))
UNION ALL SELECT array['index', r.nspname, r.relname], jsonb_build_object(
  'table', t.relname, 'unique', indisunique, 'primary', indisprimary, 'valid', indisvalid, 'keys', indnkeyatts,
  'include', indnatts - indnkeyatts, 'columns', (SELECT array_agg(a.attname ORDER BY o) FROM
    unnest(indkey) WITH ORDINALITY u(k, o) LEFT JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k),
  'partial', indpred IS NOT NULL, 'exclusion', indisexclusion, 'immediate', indimmediate,
  'method', (SELECT amname FROM pg_am WHERE oid = r.relam), 'nulls', {nulls},
  'replica', indisreplident, 'clustered', indisclustered, 'persistence', r.relpersistence, 'kind', r.relkind,
  'space', coalesce((SELECT spcname FROM pg_tablespace WHERE oid = r.reltablespace), 'pg_default'),
  'options', (SELECT coalesce(array_agg(o ORDER BY o COLLATE "C"), '{{}}') FROM unnest(r.reloptions) o),
  'parent', (SELECT p.relname FROM pg_inherits JOIN pg_class p ON p.oid = inhparent WHERE inhrelid = r.oid))
FROM pg_index JOIN rel r ON r.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
UNION ALL SELECT array['sequence', nspname, relname], jsonb_build_object(
  'type', format_type(seqtypid, NULL), 'persistence', relpersistence, 'increment', seqincrement, 'start', seqstart,
  'min', seqmin, 'max', seqmax, 'cache', seqcache, 'cycle', seqcycle,
  'owner', (SELECT refobjid::regclass::text || '.' || (SELECT attname FROM pg_attribute
            WHERE attrelid = refobjid AND attnum = refobjsubid) || ' ' || deptype::text FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = rel.oid AND refclassid = 'pg_class'::regclass
              AND refobjsubid > 0 AND deptype IN ('a', 'i')))
FROM pg_sequence JOIN rel ON rel.oid = seqrelid
UNION ALL SELECT array['type', nspname, typname], jsonb_build_object(
  'kind', typtype, 'labels', (SELECT coalesce(array_agg(enumlabel ORDER BY enumsortorder), '{{}}') FROM pg_enum
                              WHERE enumtypid = t.oid),
  'base', CASE WHEN typtype = 'd' THEN format_type(typbasetype, typtypmod) END,
  'not null', typnotnull, 'default', typtype = 'd' AND typdefault IS NOT NULL,
  'checks', (SELECT coalesce(array_agg(conname || ' ' || convalidated ORDER BY conname COLLATE "C"), '{{}}')
             FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'))
FROM pg_type t JOIN n ON n.oid = typnamespace WHERE typtype IN ('e', 'd')
UNION ALL SELECT array['function', nspname, proname, (SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY o), '') FROM unnest(proargtypes) WITH ORDINALITY u(t, o))],
  jsonb_build_object('volatility', provolatile, 'kind', CASE prokind WHEN 'a' THEN 'f' ELSE prokind END)
FROM pg_proc p JOIN n ON n.oid = pronamespace WHERE NOT EXISTS (SELECT FROM pg_depend
  WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
UNION ALL SELECT array['trigger', nspname, relname, tgname], jsonb_build_object(
  'state', tgenabled, 'cloned', tgparentid <> 0, 'row', tgtype & 1 = 1)
FROM (SELECT *, {trigger_parent} FROM pg_trigger) g JOIN rel ON rel.oid = tgrelid WHERE (NOT tgisinternal{cloned}) AND tgname NOT LIKE 'RI\_Constr%%'
UNION ALL SELECT array['policy', nspname, relname, polname], jsonb_build_object('command', polcmd,
  'using', polqual IS NOT NULL, 'check', polwithcheck IS NOT NULL)
FROM pg_policy JOIN rel ON rel.oid = polrelid
UNION ALL SELECT array['rule', nspname, relname, rulename], jsonb_build_object('event', ev_type, 'instead', is_instead,
  'state', ev_enabled)
FROM pg_rewrite JOIN rel ON rel.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL SELECT array['statistics', nspname, stxname], jsonb_build_object('table', stxrelid::regclass::text)
FROM pg_statistic_ext JOIN n ON n.oid = stxnamespace
UNION ALL SELECT array['schema', nspname], '{{}}' FROM n
UNION ALL SELECT array['extension', extname], '{{}}' FROM pg_extension
UNION ALL SELECT array['publication', pubname], '{{}}' FROM pg_publication
UNION ALL SELECT array['comment', nspname, relname, coalesce((SELECT attname FROM pg_attribute
    WHERE attrelid = objoid AND attnum = objsubid AND objsubid > 0), '')], jsonb_build_object('text', description)
FROM pg_description JOIN rel ON rel.oid = objoid WHERE classoid = 'pg_class'::regclass
"""
# 12 had no column for it, and marked the triggers of partitions as internal.
_PARENT_12 = """coalesce((SELECT refobjid FROM pg_depend WHERE classid = 'pg_trigger'::regclass
  AND refclassid = 'pg_trigger'::regclass AND objid = pg_trigger.oid LIMIT 1), 0) AS tgparentid"""
_KINDS = {
    "table": "r", "partitioned table": "p", "view": "v", "matview": "m", "foreign table": "f", "composite": "c",
}  # fmt: skip
_CONSTRAINTS = {"check": "c", "foreign key": "f", "primary key": "p", "unique": "u", "exclude": "x", "not null": "n"}
_COMMANDS = {"all": "*", "select": "r", "insert": "a", "update": "w", "delete": "d"}
_EVENTS = {"select": "1", "update": "2", "insert": "3", "delete": "4"}
_STORAGE = {"plain": "p", "external": "e", "extended": "x", "main": "m"}


def query(version: int) -> str:
    """The query whose rows are (kind and name, attributes) of everything that is compared."""
    return _QUERY.format(
        hidden=_HIDDEN,
        compression="attcompression" if version >= 14 else "''",
        enforced="conenforced" if version >= 18 else "true",
        nulls="indnullsnotdistinct" if version >= 15 else "false",
        trigger_parent="tgparentid AS parent" if version >= 13 else _PARENT_12,
        cloned=" OR tgparentid <> 0",
    ).replace("%%", "%")


def observed(rows: list[tuple[list[str], dict[str, Any]]]) -> Shape:
    """The rows of the query as a shape."""
    return {tuple(name): attributes for name, attributes in rows}


def modelled(catalog: Catalog, version: int) -> Shape:
    """What the model's catalog holds, in the same form. None stands for what the model does not know."""
    found: Shape = {}
    for relation in catalog.relations.values():
        if relation.schema in {"pg_temp", "pg_catalog"}:
            continue
        match relation:
            case Table():
                found.update(_table(relation, catalog, version))
            case Index():
                found["index", relation.schema, relation.name] = _index(relation, catalog)
            case Sequence():
                found["sequence", relation.schema, relation.name] = _sequence(relation, catalog)
    for user in catalog.types.values():
        if user.kind in {"enum", "domain"}:
            found["type", user.schema, user.name] = _type(user, catalog)
    for key, overloads in catalog.functions.items():
        for function in overloads:
            words = ", ".join(types.words(t, catalog) if t else "?" for t in function.arguments)
            found["function", key.schema, key.name, words] = {
                "volatility": function.volatility,
                "kind": "p" if function.procedure else "f",
            }
    for schema in catalog.schemas:
        found["schema", schema] = {}
    for extension in catalog.extensions:
        found["extension", extension] = {}
    for key_, node in catalog.objects.items():
        if key_[-1].startswith("change "):
            continue
        if key_[0] == "statistics":
            table = catalog.relations.get(node.get("table", 0))
            found["statistics", key_[1], key_[2]] = {"table": str(table.key) if table else None}
        elif key_[0] == "publication" and len(key_) == 2:
            found["publication", key_[1]] = {}
    for subject, text in catalog.comments.items():
        relation_ = catalog.relations.get(subject[0]) if isinstance(subject[0], int) else None
        if relation_ is None or subject[1] not in {"self", "column"}:
            continue
        column = relation_.numbered(subject[2]) if isinstance(relation_, Table) and subject[1] == "column" else None
        name = column.name if column else ""
        found["comment", relation_.schema, relation_.name, name] = {"text": text}
    return found


def _options(options: tuple[tuple[str, str], ...]) -> list[str]:
    return sorted(f"{name}={value}" for name, value in options if not name.startswith("toast."))


def _table(table: Table, catalog: Catalog, version: int) -> Iterator[tuple[Thing, dict[str, Any]]]:
    where = table.schema, table.name
    parents = [str(catalog.table(n).name) for n in table.parents]
    method = {"r": "heap", "m": "heap", "p": None}.get(_KINDS[table.kind])
    if table.kind != "composite" or catalog.type_names:
        yield (
            ("table", *where),
            {
                "kind": _KINDS[table.kind],
                "persistence": table.persistence,
                "options": _options(table.options),
                "security": table.row_security,
                "forced": table.forced_security,
                "identity": table.replica_identity[0] if table.kind in {"table", "partitioned table"} else None,
                "partition": table.partition,
                "owner": "postgres" if table.owner in {None, "current_user", "session_user"} else table.owner,
                "space": table.tablespace or "pg_default",
                "method": table.access_method or method if table.kind in {"table", "matview"} else None,
                "populated": table.populated if table.kind == "matview" else True,
                "parents": parents,
            },
        )
    for place, column in enumerate(table.columns, 1):
        base = types.base_type(column.type, catalog) if column.type else None
        own = column.storage if column.storage not in {None, "default"} else None
        standard = "plain" if base and isinstance(base.base, str) and not base.array and facts.fixed(base.base) else ""
        storage = _STORAGE.get(own or "", "") if own else ""
        if base is not None and not standard:
            usual = "m" if base.base == "numeric" or base.base in {"inet", "cidr"} else "x"
            usual = "x" if base.array else usual
            storage = "" if storage == usual else storage
        elif storage == "p":
            storage = ""
        yield (
            ("column", *where, column.name),
            {
                "type": types.words(column.type, catalog) if column.type else None,
                "not null": column.not_null and table.kind not in {"view", "composite"},
                "default": column.default is not None,
                "identity": column.identity,
                "generated": {"stored": "s", "virtual": "v"}.get(column.generated, ""),
                "collation": None
                if column.collation in {None, "default"} or table.kind in {"view", "matview", "composite"}
                else column.collation,
                "storage": storage,
                "compression": {"pglz": "p", "lz4": "l"}.get(column.compression or "", ""),
                "statistics": column.statistics if column.statistics is not None else -1,
                "local": column.local,
                "inherited": column.inherited > 0,
                "options": _options(column.options),
                "place": place,
            },
        )
        if version >= 18 and column.not_null and table.kind not in {"view", "matview", "composite"}:
            yield (
                ("constraint", *where, column.not_null_name or "?"),
                {
                    "kind": "n",
                    "validated": column.not_null_valid,
                    "no inherit": column.not_null_no_inherit,
                    "columns": [column.name],
                },
            )
    names = {c.number: c.name for c in table.columns}
    for constraint in table.constraints:
        other = catalog.relations.get(constraint.references or 0)
        theirs = {c.number: c.name for c in other.columns} if isinstance(other, Table) else {}
        key = constraint.kind == "foreign key"
        yield (
            ("constraint", *where, constraint.name),
            {
                "kind": _CONSTRAINTS[constraint.kind],
                "validated": constraint.validated,
                "enforced": constraint.enforced,
                "deferrable": constraint.deferrable,
                "deferred": constraint.deferred,
                "no inherit": constraint.no_inherit,
                "inherited": constraint.parent is not None,
                "columns": [] if constraint.kind == "check" else [names[c] for c in constraint.columns if c in names],
                "refers": other.name if other is not None else None,
                "referred": [theirs[c] for c in constraint.referenced if c in theirs],
                "on": f"{constraint.on_delete}{constraint.on_update}{constraint.match}" if key else None,
            },
        )
    for trigger in table.triggers:
        yield (
            ("trigger", *where, trigger.name),
            {"state": trigger.state, "cloned": trigger.parent is not None, "row": trigger.row},
        )
    for policy in table.policies:
        attributes = {
            "command": _COMMANDS[policy.command],
            "using": policy.using is not None,
            "check": policy.check is not None,
        }
        yield ("policy", *where, policy.name), attributes
    for rule in table.rules:
        yield (
            ("rule", *where, rule.name),
            {"event": _EVENTS[rule.event], "instead": rule.instead, "state": rule.state},
        )


def _index(index: Index, catalog: Catalog) -> dict[str, Any]:
    table = catalog.relations.get(index.table)
    names = {c.number: c.name for c in table.columns} if isinstance(table, Table) else {}
    kind, chosen = table.replica_identity if isinstance(table, Table) else ("d", None)
    parent = catalog.relations.get(index.parent or 0)
    return {
        "table": table.name if table else None,
        "unique": index.unique,
        "primary": index.primary,
        "valid": index.valid,
        "keys": len(index.keys),
        "include": len(index.include),
        "columns": [names.get(n) for n in (*index.columns, *index.include)],
        "partial": index.predicate is not None,
        "exclusion": index.exclusion,
        "immediate": index.immediate,
        "method": index.method,
        "nulls": not index.nulls_distinct,
        "replica": kind == "i" and chosen == index.name,
        "clustered": isinstance(table, Table) and table.clustered == index.number,
        "persistence": index.persistence,
        "kind": "I" if index.partitioned else "i",
        "space": index.tablespace or "pg_default",
        "options": _options(index.options),
        "parent": parent.name if parent else None,
    }


def _sequence(sequence: Sequence, catalog: Catalog) -> dict[str, Any]:
    owner = None
    if sequence.owned_by is not None:
        table = catalog.table(sequence.owned_by[0])
        column = table.numbered(sequence.owned_by[1])
        owner = f"{table.key}.{column.name if column else '?'} {'i' if sequence.identity else 'a'}"
    kind = {"int2": "smallint", "int4": "integer", "int8": "bigint"}
    return {
        "type": kind.get(sequence.type, sequence.type),
        "persistence": sequence.persistence,
        "owner": owner,
    }


def _type(user: UserType, catalog: Catalog) -> dict[str, Any]:
    return {
        "kind": {"enum": "e", "domain": "d"}[user.kind],
        "labels": list(user.labels),
        "base": types.words(user.base, catalog) if user.base else None,
        "not null": user.not_null,
        "default": user.default is not None,
        "checks": sorted(f"{name} {'true' if valid else 'false'}" for name, _, valid in user.constraints),
    }


def compare(real: Mapping[Thing, Mapping[str, Any]], model: Mapping[Thing, Mapping[str, Any]]) -> tuple[str, ...]:
    """What the server has and the model does not, the other way round, and what they say differently."""
    found = []
    for name in sorted({*real, *model}):
        words = " ".join((name[0], ".".join(name[1:])))
        if name not in model:
            found.append(f"{words}: only the server has it")
        elif name not in real:
            found.append(f"{words}: only the model has it")
        else:
            found += [
                f"{words}: {what} is {real[name][what]!r}, the model says {said!r}"
                for what, said in model[name].items()
                if what in real[name]
                and said != real[name][what]
                and not (said is None and what in {"type", "identity"})
            ]
    return tuple(found)
