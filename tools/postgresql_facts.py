"""Writes contractcheck/migrations/postgresql/facts.json from the catalogs of PostgreSQL servers.

The committed file was made from 15.18, 16.14 and 18.4, each freshly initialised (`initdb -E UTF8 --locale=C.UTF-8`):

    python tools/postgresql_facts.py 15=DSN 16=DSN 18=DSN > contractcheck/migrations/postgresql/facts.json

Each DSN is what `psql` takes, e.g. `host=localhost user=postgres dbname=postgres`; psql must be on the path. The newest
server gives casts, types, operators and operator classes; a function is listed with the first of the versions that has
it (0: the oldest given; those that first appear in 18 are taken to be there from 17).
"""

import json
import subprocess
import sys
from typing import Any

FUNCTIONS = """
    SELECT p.proname,
      coalesce((SELECT string_agg(t.typname, ' ' ORDER BY o) FROM unnest(proargtypes) WITH ORDINALITY u(x, o)
                JOIN pg_type t ON t.oid = x), ''),
      (SELECT typname FROM pg_type WHERE oid = prorettype), provolatile,
      CASE WHEN prokind <> 'f' THEN prokind::text WHEN proretset THEN 's' ELSE '' END,
      pronargdefaults, (provariadic <> 0)::int
    FROM pg_proc p
    WHERE pronamespace = 'pg_catalog'::regnamespace
      AND prorettype NOT IN ('internal'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype,
                             'fdw_handler'::regtype, 'tsm_handler'::regtype)
      AND NOT ('internal'::regtype = ANY (proargtypes::oid[])) AND NOT ('cstring'::regtype = ANY (proargtypes::oid[]))
    ORDER BY p.proname COLLATE "C", (SELECT array_agg(t.typname::text COLLATE "C" ORDER BY o)
                                     FROM unnest(proargtypes) WITH ORDINALITY u(x, o) JOIN pg_type t ON t.oid = x)
      NULLS FIRST"""
CASTS = """
    SELECT s.typname, t.typname, castcontext, castmethod,
      coalesce((SELECT provolatile FROM pg_proc WHERE oid = castfunc), 'i')
    FROM pg_cast JOIN pg_type s ON s.oid = castsource JOIN pg_type t ON t.oid = casttarget ORDER BY 1, 2"""
TYPES = """
    SELECT typname, typcategory, typispreferred, typcollation <> 0,
      coalesce((SELECT typname FROM pg_type e WHERE e.oid = t.typelem AND t.typcategory = 'A'), ''),
      (SELECT provolatile FROM pg_proc WHERE oid = typinput), typlen
    FROM pg_type t WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'p') ORDER BY 1"""
OPERATORS = """
    SELECT oprname, coalesce((SELECT typname FROM pg_type WHERE oid = oprleft), ''),
      (SELECT typname FROM pg_type WHERE oid = oprright), (SELECT typname FROM pg_type WHERE oid = oprresult),
      (SELECT provolatile FROM pg_proc WHERE oid = oprcode)
    FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprcode <> 0 ORDER BY 1, 2, 3"""
DEFAULT_CLASSES = """
    SELECT amname, typname, opcname, opfname
    FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod JOIN pg_type t ON t.oid = opcintype
      JOIN pg_opfamily f ON f.oid = opcfamily
    WHERE opcdefault ORDER BY 1, 2"""
CLASSES = """
    SELECT amname, json_object_agg(opcname, typname ORDER BY opcname::text)
    FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod JOIN pg_type t ON t.oid = opcintype GROUP BY 1 ORDER BY 1"""
# Functions the server calls by itself: input and output of types, support and selectivity functions.
INNER = ("_in", "_out", "_recv", "_send", "typmodin", "typmodout", "_support", "sel", "joinsel")


def rows(dsn: str, query: str) -> list[list[Any]]:
    """The rows of a query, each a list of JSON values."""
    columns = "SELECT coalesce(json_agg(r), '[]') FROM (SELECT json_build_array(%s) AS r FROM (%s) q(%s)) x"
    names = [f"c{i}" for i in range(_width(dsn, query))]
    sql = columns % (", ".join(names), query, ", ".join(names))
    found: list[list[Any]] = json.loads(_psql(dsn, sql))
    return found


def _width(dsn: str, query: str) -> int:
    return len(_psql(dsn, f"SELECT * FROM ({query}) q LIMIT 1", "-F", "\x1f").split("\x1f"))  # noqa: S608


def _psql(dsn: str, sql: str, *options: str) -> str:
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *options, "-d", dsn, "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def since(version: int, oldest: int) -> int:
    """The version a function is taken to be there from; 0 for always."""
    return 0 if version == oldest else {18: 17}.get(version, version)


def main(arguments: list[str]) -> None:
    """Write the facts of the servers named `VERSION=DSN` to standard output."""
    servers = dict(sorted((int(v), dsn) for v, _, dsn in (a.partition("=") for a in arguments)))
    if not servers:
        sys.exit(__doc__)
    oldest, newest = min(servers), servers[max(servers)]
    first: dict[tuple[str, str], int] = {}
    known: dict[tuple[str, str], list[Any]] = {}
    for version, dsn in servers.items():
        for row in rows(dsn, FUNCTIONS):
            first.setdefault((row[0], row[1]), version)
            known[row[0], row[1]] = row
    functions: dict[str, list[list[Any]]] = {}
    for (name, arguments_), row in sorted(known.items(), key=lambda item: (item[0][0], item[0][1].split(" "))):
        if not name.endswith(INNER):
            functions.setdefault(name, []).append([*row[1:5], since(first[name, arguments_], oldest), *row[5:]])
    operators: dict[str, list[list[Any]]] = {}
    for name, *rest in rows(newest, OPERATORS):
        operators.setdefault(name, []).append(rest)
    classes: dict[str, dict[str, list[str]]] = {}
    for method, kind, *rest in rows(newest, DEFAULT_CLASSES):
        classes.setdefault(method, {})[kind] = rest
    facts = {
        "functions": functions,
        "casts": rows(newest, CASTS),
        "types": {name: rest for name, *rest in rows(newest, TYPES)},
        "operators": operators,
        "opclasses": classes,
        "opclass_names": dict(rows(newest, CLASSES)),
    }
    sys.stdout.write(json.dumps(facts, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1:])
