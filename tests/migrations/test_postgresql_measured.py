"""The model against what PostgreSQL 15.18 and 18.4 really did with our own statements.

Each case was run on a server: locks read by a second session before COMMIT, file nodes compared, seq_tup_read counted.
"""

import json
from pathlib import Path

import pytest

from contractcheck.migrations.effects import Effects, Server
from contractcheck.workflows.effects import effects_of

MEMORY = {}  # the catalogs after each setup
RECORD = json.loads((Path(__file__).parent / "postgresql" / "measured.json").read_text(encoding="utf-8"))


def lost(effects: Effects) -> list[str]:
    tables = [name for name, data in effects.data.items() if data.dropped]
    columns = [f"{name}.{column}" for name, data in effects.data.items() for column in data.dropped_columns]
    return sorted([*tables, *columns])


def seen(effects: Effects) -> dict[str, object]:
    whole = effects.json()
    return {
        "fails": effects.fails is not None,
        "in_txn_ok": effects.in_transaction,
        **{k: whole[k] for k in ("locks", "select_blocked", "scans", "rewrites", "index_rebuilds")},
        "lost": lost(effects),
    }


@pytest.mark.parametrize("case", RECORD["cases"], ids=lambda case: f"{case['version']}: {case['sql'][:70]}")
def test_a_measured_case(case):
    setup = tuple(RECORD["setups"][case["setup"]])
    found = seen(effects_of(case["sql"], setup, Server(case["version"], settings={"timezone": "UTC"}), MEMORY))
    assert {key: found[key] for key in case["expected"]} == case["expected"]
