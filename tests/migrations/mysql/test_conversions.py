"""Which values a column refuses under its new type: a matrix measured on MariaDB 10.11.19 and MySQL 9.7.4."""

import json
from pathlib import Path

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.mysql.batch import effects_of

MATRIX = json.loads((Path(__file__).parent / "conversions.json").read_text(encoding="utf-8"))
SERVERS = {"mariadb": Server(10, "mariadb", {}, 11), "mysql": Server(9, "mysql", {}, 7)}
# MySQL reads the bits as characters; which of them are some is not modelled.
NOT_MODELLED = {("mysql", "BIT(8)", "200", "TEXT"), ("mysql", "BIT(8)", "200", "TINYTEXT")}


@pytest.mark.parametrize("dialect", sorted(SERVERS))
def test_what_a_column_refuses(dialect):
    wrong, memory = [], {}
    for (kind, value), measured in zip(MATRIX["values"], MATRIX[dialect], strict=True):
        insert = f"INSERT INTO t VALUES (1, {value})"  # noqa: S608 - read by a model, run nowhere
        setup = (f"CREATE TABLE t (id INT PRIMARY KEY, c {kind})", insert)
        for target, fails in zip(MATRIX["targets"], measured, strict=True):
            sql = f"ALTER TABLE t MODIFY c {target}"
            found = effects_of(sql, setup, SERVERS[dialect], complete=True, memory=memory)
            if found.unproven or (found.fails is not None) is not (fails == "x"):
                wrong.append((dialect, kind, value, target))
    assert set(wrong) == {case for case in NOT_MODELLED if case[0] == dialect}
