"""The model against what servers did with generated statements, as `python -m benchmarks.ddl --facts` recorded it.

PostgreSQL 15.18, 16.14, 17.10 and 18.4; each statement met the schema of `benchmarks/ddl_world.py`.
"""

import json
from functools import cache, partial
from pathlib import Path

import pytest

from benchmarks import ddl
from contractcheck.migrations.effects import Effects
from contractcheck.migrations.postgresql.replay import predict

RECORDED = json.loads((Path(__file__).parent / "generated.json").read_text(encoding="utf-8"))
VERSIONS = sorted({version for version, _, _ in RECORDED})

world = cache(partial(ddl.world, more=False))  # as it was when they were recorded


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


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_statements(version):
    catalog, server = world(version), ddl.server(version)
    cases = [(sql, real) for number, sql, real in RECORDED if number == version]
    assert len(cases) > 200
    wrong = []
    for sql, real in cases:
        effects, _ = predict(catalog, (sql,), server)
        said = seen(effects)
        if said != without_bounds(said, real):
            wrong.append((sql, real, said))
    assert wrong == []
