"""The model against what servers did with generated statements, as `python -m benchmarks.ddl --facts` recorded it.

PostgreSQL 15.18, 16.14, 17.10 and 18.4; each statement of `generated.json` met the schema of `benchmarks/ddl_world.py`,
each of `rarer.json` that and the one of `benchmarks/ddl_more_world.py`. The latter were chosen out of 3,000 so that
every branch of the model that any of them reaches is reached.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from benchmarks import ddl
from contractcheck.migrations.effects import Effects
from contractcheck.migrations.postgresql.replay import predict

FILES = {
    name: json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("generated", "rarer")
}
VERSIONS = [(name, version) for name, facts in FILES.items() for version in sorted({v for v, _, _ in facts})]


@cache
def world(version, name):
    return ddl.world(version, more=name == "rarer")


def seen(effects: Effects):
    """What the model says, in the form of the record."""
    if effects.fails is not None:
        return "refused"
    lost = [name for name, data in effects.data.items() if data.dropped]
    lost += [f"{name}.{column}" for name, data in effects.data.items() for column in data.dropped_columns]
    whole = {
        "locks": {name: lock.mode for name, lock in sorted(effects.locks.items())},
        "rewrites": list(effects.rewrites),
        "rebuilds": list(effects.index_rebuilds),
        "scans": list(effects.scans),
        "lost": sorted(lost),
    }
    return {name: value for name, value in whole.items() if value}


def without_bounds(said, real):
    """Without the locks under which a server reads the bounds of partitions: a session takes them once."""
    if isinstance(real, dict) and isinstance(said, dict) and "locks" in real:
        mine = said.get("locks", {})
        kept = {name: mode for name, mode in real["locks"].items() if name in mine or mode != "AccessShareLock"}
        return {**{k: v for k, v in real.items() if k != "locks"}, **({"locks": kept} if kept else {})}
    return real


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_recorded_statements(name, version):
    catalog, server = world(version, name), ddl.server(version)
    cases = [(sql, real) for number, sql, real in FILES[name] if number == version]
    assert len(cases) > 90
    wrong = []
    for sql, real in cases:
        effects, _ = predict(catalog, (sql,), server)
        said = seen(effects)
        if said != without_bounds(said, real):
            wrong.append((sql, real, said))
    assert wrong == []
