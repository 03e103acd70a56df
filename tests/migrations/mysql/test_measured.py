"""The model against what MariaDB 10.11.19 and 11.4.5 really did (tools/mariadb_facts.py), by hand and by chance."""

import json
from pathlib import Path

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.mysql.batch import effects_of

RECORD = json.loads((Path(__file__).parent / "measured.json").read_text(encoding="utf-8"))
MEMORY = {}
# The statement's own ALGORITHM or LOCK clause took the place of the one that the measurement put in front of it.
OWN_CLAUSE = {
    "index.orders.35",
    "index.orders.37",
    "index.orders.38",
    "multi.orders.19",
    "multi.orders.22",
    "multi.orders.24",
    "multi.orders.29",
}
# Refusals that come from single values: not modelled, and nothing is missed.
NOT_MODELLED = {
    ("r1.79", "10.11"): "a value of MyISAM that ENUM does not take",
    ("r1.393", "10.11"): "bytes that are no number",
}
CASES = [
    (name, setup, settings, sql, version, fact)
    for name, setup, settings, sql, facts in RECORD["cases"]
    for version, fact in facts.items()
    if (name, version) not in NOT_MODELLED
]


@pytest.mark.parametrize("family", sorted({case[0].split(".")[0] for case in CASES}))
@pytest.mark.parametrize("version", ["10.11", "11.4"])
def test_what_mariadb_did(family, version):
    wrong = []
    for name, setup, settings, sql, measured, (best, lock, rebuilt, error) in CASES:
        if measured != version or name.split(".")[0] != family:
            continue
        major, minor = map(int, version.split("."))
        given = {key: str(value) for key, value in settings.items()}
        server = Server(major, "mariadb", given, minor)
        found = effects_of(sql, tuple(RECORD["setups"][setup]), server, complete=True, memory=MEMORY).json()
        if found["unproven"] or bool(found["fails"]) is not (error is not None):
            wrong.append((name, sql, error, found["fails"], found["unproven"]))
        elif error is None and name not in OWN_CLAUSE:
            said = [found["algorithm"], found["lock"] if best else None, found["rebuilt"]]
            if said != [best, lock, rebuilt]:
                wrong.append((name, sql, [best, lock, rebuilt], said))
    assert wrong == []
