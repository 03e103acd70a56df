"""`check` over real git histories of trees of SQL: what is new, edited, inserted, moved or gone, tool by tool."""

import json

import pytest

from tests.cli import running

HISTORY = ("history-", "migration-checksum-changed", "dump-", "pair-missing", "migration-duplicate-id")
ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"
PLAN = "%project=shop\norders 2020-01-01T00:00:00Z Ann <a@x.org>\nprio 2020-01-02T00:00:00Z Ann <a@x.org>\n"
GOOSE = {
    "m/00001_orders.sql": f"-- +goose Up\n{ORDERS}-- +goose Down\nDROP TABLE orders;\n",
    "m/00003_prio.sql": "-- +goose Up\nALTER TABLE orders ADD COLUMN prio int;\n-- +goose Down\nALTER TABLE orders DROP COLUMN prio;\n",
}
SQITCH = {
    "sqitch.plan": PLAN,
    "deploy/orders.sql": ORDERS,
    "revert/orders.sql": "DROP TABLE orders;",
    "deploy/prio.sql": "ALTER TABLE orders ADD COLUMN prio int;",
    "revert/prio.sql": "ALTER TABLE orders DROP COLUMN prio;",
}
FLYWAY = {"sql/V1__orders.sql": ORDERS, "sql/R__seen.sql": "CREATE OR REPLACE VIEW seen AS SELECT id FROM orders;\n"}
DUMP = {"db/structure.sql": f"--\n-- PostgreSQL database dump\n--\n{ORDERS}"}


@pytest.mark.parametrize(
    ("base", "change", "migrations", "findings"),
    [
        (GOOSE, {"m/00002_shop.sql": "-- +goose Up\nSELECT 2;\n"}, ["00002_shop"], [("history-inserted", "error", "00002_shop", "m/00002_shop.sql:1:1")]),
        (GOOSE, {"m/00003_prio.sql": GOOSE["m/00003_prio.sql"].replace("int", "bigint")}, [], [("history-edited", "error", "00003_prio upgrade", "m/00003_prio.sql:2:1")]),
        (GOOSE, {"m/00003_prio.sql": None}, [], [("history-removed", "error", "00003_prio", "m/00003_prio.sql:1:1")]),
        (GOOSE, {"m/00003_prio.sql": "-- why\n" + GOOSE["m/00003_prio.sql"]}, [], []),
        (GOOSE, {"m/00003_again.sql": "-- +goose Up\nSELECT 3;\n"}, ["00003_again"], [
            ("history-inserted", "error", "00003_again", "m/00003_again.sql:1:1"),
            ("migration-duplicate-id", "error", "3", "m/00003_prio.sql:1:1"),
        ]),
        (SQITCH, {"sqitch.plan": PLAN.replace("orders 2020-01-01", "prio 2020-01-01").replace("prio 2020-01-02", "orders 2020-01-02")}, [], [("history-reparented", "error", "prio", "deploy/prio.sql:1:1")]),
        (SQITCH, {"sqitch.plan": PLAN + "log 2020-01-03T00:00:00Z Ann <a@x.org>\n", "deploy/log.sql": "CREATE TABLE log (id int);", "revert/log.sql": "DROP TABLE log;"}, ["log"], []),
        (FLYWAY, {"sql/V1__orders.sql": f"-- orders\n{ORDERS}"}, [], [("migration-checksum-changed", "error", "V1__orders", "sql/V1__orders.sql:1:1")]),
        (FLYWAY, {"sql/R__seen.sql": "CREATE OR REPLACE VIEW seen AS SELECT id, note FROM orders;\n"}, ["R__seen"], []),
        (DUMP, {"db/structure.sql": DUMP["db/structure.sql"].replace(", note text", "")}, ["structure"], [("dump-object-removed", "error", "orders.note", "db/structure.sql:1:1")]),
    ],
)  # fmt: skip
def test_a_real_history(monkeypatch, capsys, tmp_path, history, base, change, migrations, findings):
    history(base, change)
    ran = running.run(monkeypatch, capsys, tmp_path, "check", "--base", "HEAD", "--format", "json")
    found = [each for each in running.found(ran) if each[0].startswith(HISTORY)]
    ids = [each["id"] for each in json.loads(ran.out)["migrations"]]
    assert (ids, found) == (migrations, findings)
