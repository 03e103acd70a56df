"""The model against what servers really did (tools/mariadb_facts.py), by hand and by chance."""

import json
from pathlib import Path

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.mysql.batch import effects_of

HERE = Path(__file__).parent
SERVERS = [("mariadb", "10.11"), ("mariadb", "11.4"), ("mysql", "9.7")]
RECORDS = {
    dialect: json.loads((HERE / name).read_text(encoding="utf-8"))
    for dialect, name in (("mariadb", "measured.json"), ("mysql", "measured_mysql.json"))
}
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
# Refusals that are not modelled: nothing is missed.
NOT_MODELLED = {
    ("s1.198", "9.7"): "a value that another column's conversion meets first",
    ("probe.185", "9.7"): "FTS_DOC_ID is not renamed under a full-text index",
}


def cases(dialect, version):
    for name, setup, settings, sql, facts in RECORDS[dialect]["cases"]:
        if version in facts and (name, version) not in NOT_MODELLED:
            yield name, tuple(RECORDS[dialect]["setups"][setup]), settings, sql, facts[version]


FAMILIES = sorted(
    {(*server, case[0].split(".")[0]) for server in SERVERS for case in cases(*server)},
)


@pytest.mark.parametrize(("dialect", "version", "family"), FAMILIES)
def test_what_the_server_did(dialect, version, family):
    wrong = []
    major, minor = map(int, version.split("."))
    for name, setup, settings, sql, (best, lock, rebuilt, error) in cases(dialect, version):
        if name.split(".")[0] != family:
            continue
        given = {key: str(value) for key, value in settings.items()}
        server = Server(major, dialect, given, minor)
        found = effects_of(sql, setup, server, complete=True, memory=MEMORY).json()
        if found["unproven"] or bool(found["fails"]) is not (error is not None):
            wrong.append((name, sql, error, found["fails"], found["unproven"]))
        elif error is None and name not in OWN_CLAUSE:
            said = [found["algorithm"], found["lock"] if best else None, found["rebuilt"]]
            if said != [best, lock, rebuilt]:
                wrong.append((name, sql, [best, lock, rebuilt], said))
    assert wrong == []
