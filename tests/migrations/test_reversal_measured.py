"""Law: what is said of the way back is what a real server shows, and derived downgrades come back (benchmarks/reversal.py)."""

import random
from collections import Counter

import pytest

from benchmarks import ddl_server, reversal

SERVERS = ddl_server.installed()


@pytest.mark.parametrize(("version", "pairs", "derived"), [(16, 14, 8), (18, 8, 5)])
def test_verdicts_and_derived_downgrades_hold_on_a_server(version, pairs, derived):
    chance = random.Random(version)  # noqa: S311 - the same pairs every time
    with ddl_server.running(SERVERS[version]) as dsn, reversal.bench(dsn, version) as bench:
        catalog = reversal.world(version)
        cases = list(reversal.cases(bench, catalog, chance, pairs))
        made = list(reversal.derived(bench, catalog, chance, derived))
    assert [(case.pair.up, case.pair.down, case.wrong) for case in cases if case.wrong] == []
    assert sum(case.said.verdict == "unproven" for case in cases) <= 2
    assert [each for each, real, why in made if why is None and real.word not in {"same", "order"}] == []
    assert sum(why is None for _, _, why in made) >= len(made) // 2
    words = Counter(case.real.word for case in cases)
    assert words["same"]
    assert words["other"]
    assert words["other"] + words["fails"] > 1
