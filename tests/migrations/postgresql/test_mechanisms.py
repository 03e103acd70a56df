"""The model against what PostgreSQL 12.22 to 18.4 did with chosen statements (`python -m benchmarks.ddl_record`).

Locks, new files, rebuilt indexes, tables read and lost, who waits, and the schema afterwards; each statement met the
schema of `benchmarks/ddl_world.py`.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from benchmarks import ddl, ddl_schema
from contractcheck.migrations.postgresql.replay import predict

FACTS = json.loads((Path(__file__).parent / "mechanisms.json").read_text(encoding="utf-8"))
WORK = ("rewrites", "rebuilds", "scans", "select_blocked", "write_blocked", "lost")


@cache
def world(version):
    return ddl.world(version)


def disagreements(version, setup, sql, real):
    catalog, server = world(version), ddl.server(version)
    for each in setup:
        effects, catalog = predict(catalog, (each,), server, trusted=True)
        assert (effects.fails, effects.unproven) == (None, None), each
    effects, after = predict(catalog, (sql,), server)
    if real == "refused" or effects.fails is not None:
        return [] if (real == "refused") == (effects.fails is not None) else [effects.fails]
    if effects.unproven is not None:
        return [effects.unproven]
    wrong = []
    said = {**effects.json(), "rebuilds": list(effects.index_rebuilds)}
    said["lost"] = sorted(
        [name for name, data in effects.data.items() if data.dropped]
        + [f"{name}.{column}" for name, data in effects.data.items() for column in data.dropped_columns]
    )
    if "outside" not in real:
        # whether a key is looked up by index in a small table is the planner's choice
        looked = {n for n in real.get("scans", ()) if real["locks"].get(n) == "RowShareLock" and n not in said["scans"]}
        seen = {**real, "scans": [n for n in real.get("scans", ()) if n not in looked]}
        wrong += [(what, said[what]) for what in WORK if said[what] != seen.get(what, [])]
        parents = {str(after.relations[n].key) for n in after.children if n in after.relations}
        kept = {
            name: mode
            for name, mode in real.get("locks", {}).items()
            if name in said["locks"] or mode != "AccessShareLock" or name not in parents
        }
        wrong += [] if said["locks"] == kept else [said["locks"]]
    was, now = ddl_schema.modelled(catalog, version), ddl_schema.modelled(after, version)
    made = {tuple(name): attributes for name, attributes in real.get("made", [])}
    gone = {tuple(name) for name in real.get("gone", [])}
    wrong += [("still there", name) for name in gone & {*now}]
    wrong += [("changed", name) for name in {*was, *now} - gone - {*made} if was.get(name) != now.get(name)]
    for name, attributes in made.items():
        mine = now.get(name)
        wrong += [("missing", name)] if mine is None else []
        wrong += [
            (name, what, mine[what])
            for what, value in attributes.items()
            if mine is not None and what in mine and mine[what] != value and mine[what] is not None
        ]
    return wrong


@pytest.mark.parametrize("version", range(12, 19))
def test_chosen_statements(version):
    asked = [(setup, sql, real) for setup, sql, by in FACTS for versions, real in by if version in versions]
    assert len(asked) > 200
    wrong = [(setup, sql, found) for setup, sql, real in asked if (found := disagreements(version, setup, sql, real))]
    assert wrong == []
