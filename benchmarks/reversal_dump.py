"""A whole schema as a server shows it, with the text of every definition: what two states are told apart by."""
# ruff: noqa: E501, S608 - a query stands as it is sent

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Dump = Mapping[tuple[str, ...], Mapping[str, Any]]
"""An object by kind and name (`column`, `public`, `orders`, `note`) over everything that is known of it."""

# Whatever is made by initdb has a number below 16384 (src/include/access/transam.h, FirstNormalObjectId).
_QUERY = r"""
WITH n AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname NOT LIKE 'pg\_t%'),
rel AS (SELECT c.*, n.nspname FROM pg_class c JOIN n ON n.oid = c.relnamespace)
SELECT array['table', nspname, relname], jsonb_build_object('kind', relkind, 'persistence', relpersistence,
  'options', (SELECT array_agg(o ORDER BY o COLLATE "C") FROM unnest(reloptions) o), 'owner', pg_get_userbyid(relowner),
  'acl', {relacl}, 'security', relrowsecurity, 'forced', relforcerowsecurity, 'identity', relreplident, 'bound', pg_get_expr(relpartbound, oid),
  'key', CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END, 'space', reltablespace, 'method', relam, 'populated', relispopulated,
  'type', nullif(reloftype, 0)::regtype::text, 'view', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
  'parents', (SELECT array_agg(inhparent::regclass::text ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid))
FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL SELECT array['column', nspname, relname, attname], jsonb_build_object('type', format_type(atttypid, atttypmod),
  'not null', attnotnull, 'default', (SELECT e FROM pg_attrdef, pg_get_expr(adbin, adrelid) e WHERE adrelid = attrelid AND adnum = attnum
    AND (e !~ '^NULL::[^(]*(\(\d+\))?[^(]*$' OR EXISTS (SELECT FROM pg_type WHERE oid = atttypid AND typtype = 'd'))),
  'identity', attidentity, 'generated', attgenerated, 'collation', (SELECT collname FROM pg_collation c WHERE c.oid = attcollation),
  'storage', attstorage, 'compression', {compression}, 'statistics', coalesce(nullif(attstattarget, -1), -1), 'local', attislocal,
  'inherited', attinhcount, 'options', (SELECT array_agg(o ORDER BY o COLLATE "C") FROM unnest(attoptions) o), 'acl', attacl::text,
  'place', row_number() OVER (PARTITION BY attrelid ORDER BY attnum))
FROM pg_attribute JOIN rel ON rel.oid = attrelid
WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL SELECT array['constraint', nspname, relname, conname], jsonb_build_object('definition', pg_get_constraintdef(c.oid), 'kind', contype,
  'local', conislocal, 'inherited', coninhcount, 'no inherit', connoinherit, 'clone', conparentid <> 0)
FROM pg_constraint c JOIN rel ON rel.oid = conrelid WHERE contype <> 't'
UNION ALL SELECT array['constraint', n.nspname, t.typname, conname], jsonb_build_object('definition', pg_get_constraintdef(c.oid), 'kind', contype)
FROM pg_constraint c JOIN pg_type t ON t.oid = contypid JOIN n ON n.oid = typnamespace
UNION ALL SELECT array['index', r.nspname, r.relname], jsonb_build_object('definition', pg_get_indexdef(r.oid), 'valid', indisvalid, 'replica', indisreplident,
  'clustered', indisclustered, 'primary', indisprimary, 'immediate', indimmediate, 'space', r.reltablespace,
  'statistics', (SELECT array_agg(coalesce(nullif(attstattarget, -1), -1) ORDER BY attnum) FROM pg_attribute WHERE attrelid = r.oid),
  'parent', (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = r.oid))
FROM pg_index JOIN rel r ON r.oid = indexrelid
UNION ALL SELECT array['sequence', nspname, relname], jsonb_build_object('type', seqtypid::regtype::text, 'increment', seqincrement, 'start', seqstart,
  'min', seqmin, 'max', seqmax, 'cache', seqcache, 'cycle', seqcycle, 'role', pg_get_userbyid(relowner), 'persistence', relpersistence, 'acl', {seqacl},
  'owner', (SELECT refobjid::regclass::text || '.' || (SELECT attname FROM pg_attribute WHERE attrelid = refobjid AND attnum = refobjsubid) || ' ' || deptype::text
            FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = rel.oid AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 AND deptype IN ('a', 'i')))
FROM pg_sequence JOIN rel ON rel.oid = seqrelid
UNION ALL SELECT array['type', nspname, typname], jsonb_build_object('kind', typtype, 'owner', pg_get_userbyid(typowner), 'acl', {typacl},
  'labels', (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), 'base', CASE WHEN typtype = 'd' THEN format_type(typbasetype, typtypmod) END,
  'not null', typnotnull, 'default', typdefault, 'collation', CASE WHEN typtype = 'd' THEN typcollation END)
FROM pg_type t JOIN n ON n.oid = typnamespace WHERE typtype IN ('e', 'd', 'r') OR (typtype = 'c' AND (SELECT relkind = 'c' FROM pg_class WHERE oid = typrelid))
UNION ALL SELECT array['function', nspname, p.oid::regprocedure::text], jsonb_build_object('definition', CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
  'owner', pg_get_userbyid(proowner), 'acl', {proacl})
FROM pg_proc p JOIN n ON n.oid = pronamespace WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
UNION ALL SELECT array['trigger', nspname, relname, tgname], jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'state', tgenabled)
FROM pg_trigger t JOIN rel ON rel.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT array['policy', nspname, relname, polname], jsonb_build_object('command', polcmd, 'permissive', polpermissive, 'using', pg_get_expr(polqual, polrelid),
  'check', pg_get_expr(polwithcheck, polrelid), 'roles', (SELECT array_agg(r::regrole::text ORDER BY 1) FROM unnest(polroles) r))
FROM pg_policy JOIN rel ON rel.oid = polrelid
UNION ALL SELECT array['rule', nspname, relname, rulename], jsonb_build_object('definition', pg_get_ruledef(r.oid), 'state', ev_enabled)
FROM pg_rewrite r JOIN rel ON rel.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL SELECT array['statistics', nspname, stxname], jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid), 'owner', pg_get_userbyid(stxowner), 'target', coalesce(nullif(stxstattarget, -1), -1))
FROM pg_statistic_ext s JOIN n ON n.oid = stxnamespace
UNION ALL SELECT array['schema', nspname], jsonb_build_object('owner', pg_get_userbyid(nspowner), 'acl', {nspacl}) FROM n
UNION ALL SELECT array['extension', extname], jsonb_build_object('schema', extnamespace::regnamespace::text, 'version', extversion) FROM pg_extension
UNION ALL SELECT array['publication', pubname], jsonb_build_object('all', puballtables, 'does', array[pubinsert, pubupdate, pubdelete, pubtruncate],
  'tables', (SELECT array_agg(prrelid::regclass::text ORDER BY 1) FROM pg_publication_rel WHERE prpubid = p.oid)) FROM pg_publication p
UNION ALL SELECT array['default privileges', pg_get_userbyid(defaclrole), defaclobjtype::text, defaclnamespace::text], jsonb_build_object('acl', defaclacl::text) FROM pg_default_acl
UNION ALL SELECT array['comment', pg_describe_object(classoid, objoid, objsubid)], jsonb_build_object('text', description)
FROM pg_description WHERE objoid >= 16384
UNION ALL SELECT array[kind, name], '{{}}' FROM (
  SELECT 'collation', collname FROM pg_collation WHERE oid >= 16384 UNION ALL SELECT 'cast', castsource::regtype || ' as ' || casttarget::regtype FROM pg_cast WHERE oid >= 16384
  UNION ALL SELECT 'operator', oid::regoperator::text FROM pg_operator WHERE oid >= 16384 UNION ALL SELECT 'event trigger', evtname FROM pg_event_trigger
  UNION ALL SELECT 'language', lanname FROM pg_language WHERE oid >= 16384 UNION ALL SELECT 'configuration', cfgname FROM pg_ts_config WHERE oid >= 16384
  UNION ALL SELECT 'server', srvname FROM pg_foreign_server) AS o(kind, name)
"""
# What nobody has granted or revoked is NULL or the owner's default: both mean the same.
_DEFAULTS = {"relacl": ("relacl", "'r'", "relowner"), "seqacl": ("relacl", "'s'", "relowner"), "typacl": ("typacl", "'T'", "typowner"),
             "proacl": ("proacl", "'f'", "proowner"), "nspacl": ("nspacl", "'n'", "nspowner")}  # fmt: skip


def query(version: int) -> str:
    """The query whose rows are (kind and name, attributes) of all there is."""
    acls = {
        name: f'(SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(coalesce({acl}, acldefault({kind}::"char", {owner}))) a)'
        for name, (acl, kind, owner) in _DEFAULTS.items()
    }  # fmt: skip
    return _QUERY.format(compression="attcompression" if version >= 14 else "''", **acls)


def dump(rows: list[tuple[list[str], dict[str, Any]]]) -> Dump:
    """The rows of the query by name."""
    return {tuple(name): attributes for name, attributes in rows}


@dataclass(frozen=True, slots=True)
class Distance:
    """How two dumps differ: not at all, in the order of columns, in names only (`renamed`), or in what they hold."""

    order: bool
    renamed: bool
    differences: tuple[str, ...]

    @property
    def word(self) -> str:
        """`same`, `order`, `names` or `other`."""
        if self.differences:
            return "names" if self.renamed else "other"
        return "order" if self.order else "same"


def distance(one: Dump, other: Dump) -> Distance:
    """What the second has otherwise than the first."""
    here, there = _without_place(one), _without_place(other)
    found = []
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name):
            was, now = here.get(name), there.get(name)
            parts = sorted(k for k in {*(was or {}), *(now or {})} if (was or {}).get(k) != (now or {}).get(k))
            how = (
                "missing"
                if now is None
                else "extra"
                if was is None
                else ", ".join(f"{k} {was[k]!r} {now[k]!r}" for k in parts if k in was and k in now)
            )
            found.append(f"{' '.join(name)}: {how}")  # fmt: skip
    return Distance(dict(one) != dict(other), bool(found) and _nameless(here) == _nameless(there), tuple(found))


def _without_place(whole: Dump) -> Dump:
    return {name: {k: v for k, v in attributes.items() if k != "place"} for name, attributes in whole.items()}


_NAME = re.compile(r"^CREATE (UNIQUE )?INDEX \S+ ON")


def _nameless(whole: Dump) -> list[str]:
    """Everything, without the names of constraints, indexes and sequences, nor what follows from them."""
    sequences = [f"{name[1]}.{name[2]}".removeprefix("public.") for name in whole if name[0] == "sequence"]
    found = []
    for name, attributes in whole.items():
        kept = name[:-1] if name[0] in {"constraint", "index", "sequence"} else name
        text = str(
            (kept, {k: _NAME.sub(r"CREATE \1INDEX ON", v) if isinstance(v, str) else v for k, v in attributes.items()})
        )
        for sequence in sequences if "nextval(" in text else ():
            text = text.replace(f"'{sequence}'::regclass", "'?'::regclass")
        found.append(text)
    return sorted(found)
