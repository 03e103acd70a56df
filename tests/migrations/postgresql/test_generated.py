"""Law: what the model says of generated statements is what a real server does with them (benchmarks/ddl.py)."""

import random

import pytest

from benchmarks import ddl, ddl_server

SERVERS = ddl_server.installed()


def test_the_servers_of_the_wheels_are_there():
    assert {16, 18} <= {*SERVERS}


@pytest.mark.parametrize("version", [16, 18])
def test_the_model_agrees_with_a_server(version):
    with ddl_server.running(SERVERS[version]) as dsn:
        ddl.build(dsn, version)
        chance = random.Random(version)  # noqa: S311 - the same statements every time
        cases = [
            *ddl.single(dsn, version, chance, 45, ()),
            *ddl.chains(dsn, version, chance, 2, 5, ()),
        ]
    # What is unproven claims nothing of the work.
    wrong = [(case.sql, case.disagreements) for case in cases if case.disagreements and case.unproven is None]
    assert wrong == []
    assert sum(case.failed for case in cases) < len(cases) * 0.7
    assert sum(case.unproven is not None for case in cases) < len(cases) * 0.1
