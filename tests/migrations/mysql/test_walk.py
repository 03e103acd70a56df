"""Trees of migrations on MySQL, MariaDB and SQLite: findings, the way back, what is not known."""

import pytest

from contractcheck.migrations.mysql.batch import modelled
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.lint import lint_snapshot
from contractcheck.workflows.migrations import server

STRICT = Configuration(profile="strict")


class Files:
    """A snapshot of texts by path."""

    label = "memory"

    def __init__(self, texts):
        self.texts = texts

    def entries(self):
        from contractcheck.model.snapshot import Entry, EntryKind

        return {path: Entry(path, EntryKind.FILE) for path in sorted(self.texts)}

    def read(self, path):
        return self.texts[path].encode()


def tree(*pairs):
    """golang-migrate pairs."""
    texts = {}
    for number, (up, down) in enumerate(pairs, 1):
        texts[f"migrations/{number:06}_m.up.sql"] = up
        texts[f"migrations/{number:06}_m.down.sql"] = down
    return Files(texts)


def linted(files, server_name):
    report = lint_snapshot(files, STRICT, server_name=server_name)
    verdicts = [(each.reversibility.verdict.value, each.reversibility.why) for each in report.migrations]
    findings = [
        (finding.rule, finding.subject)
        for finding in report.findings
        if finding.rule.partition("-")[0] not in {"column", "table", "phases", "index", "writes", "default", "contract"}
        or finding.rule == "table-rebuilt-online"
    ]
    return sorted(findings), verdicts


ORDERS = (
    "CREATE TABLE orders (id BIGINT PRIMARY KEY, amount INT, note VARCHAR(20));",
    "DROP TABLE orders;",
)


@pytest.mark.parametrize("server_name", ["mysql:8.0", "mysql:8.4", "mariadb:10.6", "mariadb:10.11"])
def test_what_is_copied_while_writers_wait(server_name):
    files = tree(ORDERS, ("ALTER TABLE orders MODIFY amount BIGINT;", "ALTER TABLE orders MODIFY amount INT;"))
    findings, verdicts = linted(files, server_name)
    assert findings == [("rewrite-large-table", "000002_m orders")]
    assert verdicts == [
        ("proved", "upgrade and downgrade give back the same schema"),
        ("proved", "upgrade and downgrade give back the same schema"),
    ]


def test_mariadb_11_copies_online():
    files = tree(ORDERS, ("ALTER TABLE orders MODIFY amount BIGINT;", "ALTER TABLE orders MODIFY amount INT;"))
    assert linted(files, "mariadb:11.4")[0] == [("table-rebuilt-online", "000002_m orders")]


def test_what_is_instant_hurts_nobody():
    files = tree(ORDERS, ("ALTER TABLE orders ADD COLUMN c INT;", "ALTER TABLE orders DROP COLUMN c;"))
    assert linted(files, "mariadb:10.11") == ([], [("proved", "upgrade and downgrade give back the same schema")] * 2)


def test_a_downgrade_that_forgets_not_null():
    files = tree(
        ("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10) NOT NULL);", "DROP TABLE t;"),
        ("ALTER TABLE t CHANGE a b VARCHAR(10) NOT NULL;", "ALTER TABLE t CHANGE b a VARCHAR(10);"),
    )
    findings, verdicts = linted(files, "mysql:8.4")
    assert ("downgrade-broken", "000002_m") in findings
    assert verdicts[1] == ("broken", "the schema does not come back: column t.a: nullable no became yes")


def test_data_that_does_not_come_back():
    files = tree(
        ORDERS,
        ("ALTER TABLE orders DROP COLUMN note;", "ALTER TABLE orders ADD COLUMN note VARCHAR(20);"),
        ("DELETE FROM orders;", "DELETE FROM orders WHERE id < 0;"),
    )
    findings, verdicts = linted(files, "mysql:8.4")
    assert [finding for finding in findings if finding[0].startswith("data")] == [
        ("data-lost-on-upgrade", "000002_m orders.note"),
        ("data-lost-on-upgrade", "000003_m rows of orders"),
    ]
    assert verdicts[1:] == [
        ("lossy", "the schema comes back, the data of orders.note does not"),
        ("lossy", "the schema comes back, the data of rows of orders does not"),
    ]


def test_no_way_back_and_no_way_forward():
    files = tree(
        ORDERS, ("ALTER TABLE orders ADD COLUMN c INT;", ""), ("ALTER TABLE nothing ADD COLUMN c INT;", "SELECT 1;")
    )
    findings, verdicts = linted(files, "mysql:8.4")
    assert findings == [
        ("downgrade-missing", "000002_m"),
        ("statement-fails", "000003_m ALTER TABLE nothing ADD COLUMN c INT"),
    ]
    assert verdicts[1:] == [
        ("missing", "the downgrade does nothing"),
        ("unproven", "the upgrade fails: 1146: there is no table nothing"),
    ]


def test_what_is_not_known_stays_so():
    files = tree(ORDERS, ("CALL rebuild();", "SELECT 1;"), ("ALTER TABLE orders DROP COLUMN x;", "SELECT 1;"))
    findings, verdicts = linted(files, "mysql:8.4")
    assert {rule for rule, _ in findings} == {"migration-opaque", "downgrade-unproven"}
    assert [verdict for verdict, _ in verdicts] == ["proved", "unproven", "unproven"]


def test_tables_made_before_the_known_history():
    files = Files({"change.sql": "ALTER TABLE customers ADD COLUMN c INT;\nDROP TABLE old;\n"})
    report = lint_snapshot(files, STRICT, server_name="mysql:8.4", include=("change.sql",))
    assert [statement.effects["unproven"] for statement in report.migrations[0].statements] == [
        "customers is not created by what was read: what it takes to change it is not known",
        None,
    ]
    assert report.server == "MySQL 8.4"


def test_a_copy_that_takes_a_tables_place_loses_only_what_it_leaves_out():
    batch = (
        "CREATE TABLE _alembic_tmp_t (id INTEGER NOT NULL PRIMARY KEY, a TEXT);"
        "INSERT INTO _alembic_tmp_t (id, a) SELECT t.id, t.a FROM t;"
        "DROP TABLE t;"
        "ALTER TABLE _alembic_tmp_t RENAME TO t;"
    )
    files = tree(
        ("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a TEXT, b TEXT);", "DROP TABLE t;"), (batch, "SELECT 1;")
    )
    findings, verdicts = linted(files, "sqlite:3.45")
    assert findings == [
        ("data-lost-on-upgrade", "000002_m t.b"),
        ("downgrade-broken", "000002_m"),
        ("rewrite-large-table", "000002_m t"),
        ("scan-under-write-lock", "000002_m t"),
    ]
    assert verdicts[1] == ("broken", "the schema does not come back: column t.b is missing")


def test_sqlite():
    files = tree(
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);", "DROP TABLE t;"),
        ("ALTER TABLE t ADD COLUMN b TEXT;", "ALTER TABLE t DROP COLUMN b;"),
        ("CREATE INDEX i ON t (a);", "DROP INDEX i;"),
        ("ALTER TABLE t ADD COLUMN c INT PRIMARY KEY;", "SELECT 1;"),
    )
    findings, verdicts = linted(files, "sqlite:3.45")
    assert findings == [
        ("scan-under-write-lock", "000003_m t"),
        ("statement-fails", "000004_m ALTER TABLE t ADD COLUMN c INT PRIMARY KEY"),
    ]
    assert [verdict for verdict, _ in verdicts] == ["proved", "proved", "proved", "unproven"]


def test_servers_have_names():
    from contractcheck.workflows.migrations import name

    assert [
        name(server(text)) for text in ("mysql:8.0.36", "mariadb:10.11", "mariadb", "sqlite:3.45", "postgresql:16")
    ] == [
        "MySQL 8.0",
        "MariaDB 10.11",
        f"MariaDB {modelled('mariadb', '')[0]}.{modelled('mariadb', '')[1]}",
        "SQLite 3.45",
        "PostgreSQL 16",
    ]


def test_servers_that_are_not_modelled():
    from contractcheck.errors import UsageError

    for text in ("mysql:5.7", "sqlite:3.10", "mariadb:x"):
        with pytest.raises(UsageError):
            server(text)


@pytest.mark.parametrize("server_name", ["mysql:8.4", "mariadb:10.11"])
@pytest.mark.parametrize(
    ("sql", "fails"),
    [
        ("INSERT INTO orders VALUES (1, 2);", True),
        ("INSERT INTO orders VALUES (1, 2, 'x'), (2, 3, 'y');", False),
        ("INSERT INTO orders (id, nothing) VALUES (1, 2);", True),
        ("INSERT INTO orders (id, amount) VALUES (1, 2);", False),
        ("INSERT INTO orders () VALUES ();", False),
        ("REPLACE INTO orders (id) VALUES (1, 2);", True),
        ("INSERT INTO orders SELECT 1, 2, 'x';", False),
        ("INSERT INTO orders SET id = 4;", False),
    ],
)
def test_an_insert_that_fails_whatever_rows_there_are(server_name, sql, fails):
    findings, _ = linted(tree(ORDERS, (sql, "SELECT 1;")), server_name)
    assert ("statement-fails" in {rule for rule, _ in findings}) is fails
