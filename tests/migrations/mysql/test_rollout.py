"""What running code meets after a migration of MySQL, MariaDB and SQLite: phases, and the rules of rollout."""

import pytest

from contractcheck.migrations.rules.column_type_changed import wider
from contractcheck.workflows.lint import lint_snapshot
from tests.migrations.mysql.test_walk import STRICT, tree

_MADE = "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount INT, note VARCHAR(20), customer_id INTEGER);"
ORDERS = (f"CREATE TABLE customers (id INTEGER PRIMARY KEY); {_MADE}", "DROP TABLE orders; DROP TABLE customers;")
ROLLOUT = {"column-required", "default-changed", "writes-refused", "constraint-dropped", "column-type-changed"}


def asked(sql, server_name, *, before=ORDERS):
    report = lint_snapshot(tree(before, (sql, "")), STRICT, server_name=server_name)
    found = {(f.rule, f.subject.partition(" ")[2]) for f in report.findings if f.rule in ROLLOUT}
    return report.migrations[-1].phase, sorted(found)


SERVERS = ["mysql:8.4", "mariadb:10.11"]


@pytest.mark.parametrize("server_name", SERVERS)
@pytest.mark.parametrize(
    ("sql", "phase", "found"),
    [
        ("ALTER TABLE orders ADD COLUMN a INT;", "expand", []),
        ("ALTER TABLE orders ADD COLUMN a INT NOT NULL DEFAULT 1;", "expand", []),
        ("ALTER TABLE orders ADD COLUMN a INT NOT NULL;", "expand", [("column-required", "orders.a")]),
        ("ALTER TABLE orders MODIFY amount INT NOT NULL;", "contract", [("column-required", "orders.amount")]),
        ("ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 3;", "expand", [("default-changed", "orders.amount")]),
        ("ALTER TABLE orders ADD UNIQUE by_note (note);", "contract", [("writes-refused", "orders by_note")]),
        ("ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0);", "contract", [("writes-refused", "orders c")]),
        (
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers (id);",
            "contract",
            [("writes-refused", "orders f")],
        ),
        ("ALTER TABLE orders ADD INDEX by_note (note);", "expand", []),
        ("ALTER TABLE orders ADD COLUMN a INT UNIQUE;", "expand", []),
        ("ALTER TABLE orders MODIFY amount BIGINT;", "expand", []),
        ("ALTER TABLE orders MODIFY note VARCHAR(60);", "expand", []),
        ("ALTER TABLE orders MODIFY note VARCHAR(10);", "expand", [("column-type-changed", "orders.note")]),
        ("ALTER TABLE orders MODIFY amount SMALLINT;", "expand", [("column-type-changed", "orders.amount")]),
        # Only what is so in the end counts.
        ("ALTER TABLE orders MODIFY amount INT NOT NULL; ALTER TABLE orders MODIFY amount INT;", "migrate", []),
        ("ALTER TABLE orders RENAME COLUMN amount TO total;", "contract", []),
    ],
)
def test_what_code_meets_in_mysql(server_name, sql, phase, found):
    assert asked(sql, server_name) == (phase, found)


def test_a_constraint_that_goes():
    made = (ORDERS[0] + " ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0);", ORDERS[1])
    drop = "ALTER TABLE orders DROP CONSTRAINT c;"
    assert asked(drop, "mariadb:10.11", before=made) == ("expand", [("constraint-dropped", "orders c")])
    assert asked("DROP TABLE orders;", "mariadb:10.11", before=made) == ("contract", [])


COPY = (
    "CREATE TABLE orders_new (id INTEGER PRIMARY KEY, amount INT {}, note VARCHAR(20), customer_id INTEGER);"
    " INSERT INTO orders_new SELECT id, amount, note, customer_id FROM orders;"
    " DROP TABLE orders; ALTER TABLE orders_new RENAME TO orders;"
)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("ALTER TABLE orders ADD COLUMN a INT;", []),
        ("ALTER TABLE orders ADD COLUMN a INT NOT NULL DEFAULT 1;", []),
        ("CREATE UNIQUE INDEX by_note ON orders (note);", [("writes-refused", "orders by_note")]),
        (COPY.format(""), []),
        (COPY.format("NOT NULL"), [("column-required", "orders.amount")]),
        (COPY.format("DEFAULT 4"), [("default-changed", "orders.amount")]),
        (COPY.format("UNIQUE"), [("writes-refused", "orders UNIQUE on amount")]),
    ],
)
def test_what_code_meets_in_sqlite(sql, found):
    assert asked(sql, "sqlite:3.40")[1] == found


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("int unsigned", "bigint", True),
        ("int unsigned", "int", False),
        ("int", "int unsigned", False),
        ("int unsigned", "bigint unsigned", True),
        ("varchar(20) collate utf8mb4_bin", "varchar(30) collate utf8mb4_bin", True),
        ("varchar(20) collate utf8mb3_bin", "text collate utf8mb4_bin", True),
        ("varchar(20) collate utf8mb4_bin", "varchar(20) collate utf8mb4_general_ci", False),
        ("text collate utf8mb4_bin", "mediumtext collate utf8mb4_bin", True),
        ("text collate utf8mb4_bin", "varchar(90) collate utf8mb4_bin", False),
        ("char(5) collate utf8mb4_bin", "varchar(9) collate utf8mb4_bin", True),
        ("enum('a','b') collate utf8mb4_bin", "enum('a','b','c') collate utf8mb4_bin", True),
        ("enum('a','b') collate utf8mb4_bin", "enum('b','a') collate utf8mb4_bin", False),
        ("enum('a') collate utf8mb4_bin", "varchar(9) collate utf8mb4_bin", False),
        ("text collate utf8mb4_bin", "blob", False),
    ],
)
def test_what_a_type_of_mysql_holds(old, new, fits):
    assert wider(old, new) is fits


@pytest.mark.parametrize("server_name", [*SERVERS, "sqlite:3.40"])
@pytest.mark.parametrize(
    ("sql", "lost"),
    [
        ("UPDATE orders SET note = 'x', amount = (SELECT max(id) FROM customers);", ("orders.note", "orders.amount")),
        ("UPDATE orders SET note = 'x' WHERE id > 5;", ()),
        ("ALTER TABLE orders ADD COLUMN a INT; UPDATE orders SET a = amount;", ()),
        ("CREATE TABLE fresh (id INTEGER PRIMARY KEY, n INT); UPDATE fresh SET n = 1;", ()),
        ("DELETE FROM orders;", ("rows of orders",)),
        ("ALTER TABLE orders DROP COLUMN note;", ("orders.note",)),
    ],
)
def test_data_that_no_downgrade_brings_back(server_name, sql, lost):
    report = lint_snapshot(tree(ORDERS, (sql, "SELECT 1;")), STRICT, server_name=server_name)
    assert report.migrations[-1].reversibility.data_lost == lost
