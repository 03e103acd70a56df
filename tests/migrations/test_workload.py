"""Queries of the running release: how they are read, and which of them a migration breaks."""

import psycopg
import pytest

from benchmarks.ddl_server import installed, running
from contractcheck.errors import UnreadableError
from contractcheck.migrations.effects import Server
from contractcheck.migrations.workload import Query, Unread, Workload, read
from contractcheck.migrations.workload.running import findings
from tests.migrations import trees_in_memory

BASE = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, note text, total int NOT NULL, state state NOT NULL DEFAULT 'new',
    customer_id bigint REFERENCES customers
);
CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE state = 'new';
"""


def sql_tree(files):
    return trees_in_memory.read({f"migrations/{name}": text for name, text in files.items()})


def texts(data, file="queries.txt"):
    return [(query.text, query.line, query.calls) for query in read(data.encode(), file).queries]


def test_an_export_of_pg_stat_statements():
    data = 'userid,query,calls\n10,"SELECT 1, ""a""",3\n10,"select a\nfrom t",\n10,COMMIT,9\n10,"SELECT 1,  ""a""",2\n'
    assert texts(data) == [('SELECT 1, "a"', 2, 5), ("select a\nfrom t", 3, None)]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_marks_between_columns(mark):
    assert texts("calls,query\n4,SELECT a FROM t\n".replace(",", mark)) == [("SELECT a FROM t", 2, 4)]


def test_json():
    assert texts('[{"query": "SELECT a FROM t", "calls": 2}, {"other": 1}, 5]') == [("SELECT a FROM t", 1, 2)]
    lines = '{"query": "SELECT a FROM t", "calls": "7"}\n\n{"query": "DELETE FROM t", "calls": null}\n'
    assert texts(lines) == [("SELECT a FROM t", 1, 7), ("DELETE FROM t", 3, None)]


def test_a_log_of_the_server():
    data = (
        "2026-01-02 03:04:05 UTC [7] LOG:  statement: SELECT a\n\tFROM t;\n"
        "2026-01-02 03:04:05 UTC [7] LOG:  duration: 0.1 ms  execute <unnamed>: SELECT b FROM t WHERE a = $1\n"
        "2026-01-02 03:04:05 UTC [7] DETAIL:  parameters: $1 = '1'\n"
        "2026-01-02 03:04:05 UTC [7] LOG:  statement: BEGIN\n"
        "2026-01-02 03:04:06 UTC [7] LOG:  statement: SELECT a FROM t\n"
    )
    assert texts(data) == [("SELECT a\nFROM t", 1, 2), ("SELECT b FROM t WHERE a = $1", 3, 1)]


def test_a_list_of_statements_with_the_place_holders_of_drivers():
    data = "-- the shop\nSELECT a FROM t WHERE b = %s AND c = %s;\nBEGIN;\nUPDATE t SET a = :a, b = :a::text\n  WHERE d = %(d)s;"
    assert texts(data) == [
        ("SELECT a FROM t WHERE b = $1 AND c = $2", 2, None),
        ("UPDATE t SET a = $1, b = $1::text\n  WHERE d = $2", 4, None),
    ]


def test_what_is_no_sql_is_said():
    found = read(b"query\nSELECT FROM WHERE\nSELECT a FROM t\n", "q.csv")
    assert found.queries == (Query("SELECT a FROM t", 3),)
    assert found.unread == (Unread(2, 'not PostgreSQL: syntax error at or near "WHERE"'),)
    assert found.notes == (
        'q.csv:2: 1 query is no SQL of PostgreSQL and not tried: not PostgreSQL: syntax error at or near "WHERE"',
    )


@pytest.mark.parametrize("data", [b"", b"hello\n", b"[1]", b"{", b"query\nCOMMIT\n", b"\xff\xfe\x00"])
def test_a_file_without_a_query_is_refused(data):
    with pytest.raises(UnreadableError) as caught:
        read(data, "q.txt")
    assert (caught.value.what, caught.value.where) == ("no query was found", "q.txt")


QUERIES = (
    "SELECT id, note FROM orders WHERE id = $1",
    "SELECT total FROM orders",
    "SELECT * FROM orders",
    "INSERT INTO orders (id, note, total) VALUES ($1, $2, $3)",
    "INSERT INTO orders (id, total) VALUES ($1, $2)",
    "INSERT INTO orders VALUES ($1, $2, $3)",
    "UPDATE orders SET note = $1 WHERE total > 5",
    "DELETE FROM orders WHERE note LIKE $1",
    "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = $1",
    "SELECT total FROM open_orders",
    "WITH big AS (SELECT id FROM orders WHERE total > 100) SELECT id FROM big",
    "SELECT id AS total FROM orders ORDER BY total",
    "SELECT id FROM orders ORDER BY lower(note)",
    "SELECT c.name, count(*) FROM customers c LEFT JOIN orders USING (id) GROUP BY c.name HAVING max(total) > 5",
    "SELECT x.total FROM customers, LATERAL (SELECT total FROM orders WHERE customer_id = customers.id) AS x",
    "INSERT INTO customers (id, name) SELECT id, note FROM orders RETURNING name",
    "UPDATE orders SET total = 0 FROM customers c WHERE c.id = orders.customer_id AND c.name = $1 RETURNING orders.note",
    "DELETE FROM orders USING customers WHERE customers.name = orders.note",
    "SELECT EXISTS (SELECT 1 FROM orders o WHERE o.note = customers.name) FROM customers",
    "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY total) FROM orders",
    "SELECT missing FROM orders",
    "INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
)
CHANGES = (
    "ALTER TABLE orders DROP COLUMN note",
    "ALTER TABLE orders RENAME COLUMN total TO amount",
    "ALTER TABLE orders RENAME TO purchases",
    "ALTER TABLE orders ALTER COLUMN note TYPE bytea USING note::bytea",
    "DROP VIEW open_orders; ALTER TABLE orders ALTER COLUMN total TYPE text",
    "DROP VIEW open_orders",
    "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; DROP TABLE customers",
    "ALTER TABLE customers RENAME COLUMN name TO title",
    "ALTER TABLE orders ADD COLUMN extra text",
    "ALTER TABLE orders SET SCHEMA nowhere",
    "CREATE SCHEMA shop; ALTER TABLE orders SET SCHEMA shop",
    "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; ALTER TABLE customers DROP CONSTRAINT customers_pkey",
    "ALTER TABLE customers RENAME COLUMN id TO number",
)


def broken(change, queries=QUERIES):
    tree = sql_tree({"0001_a.sql": BASE, "0002_b.sql": change})
    workload = Workload("q", tuple(Query(text, number) for number, text in enumerate(queries, 1)))
    found = findings(tree, Server(max(installed())), workload, wanted={"0002_b"})
    return {finding.subject.removeprefix("0002_b ") for finding in found if finding.rule == "query-breaks"}


@pytest.fixture(scope="module")
def connection():
    with (
        running(installed()[max(installed())]) as dsn,
        psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as found,
    ):
        yield found


def refused(connection, queries):
    """The queries that the server does not even plan."""
    found = set()
    for query in queries:
        try:
            connection.execute(f"EXPLAIN (GENERIC_PLAN) {query}")
        except psycopg.Error:
            found.add(query)
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_what_breaks_is_what_a_server_refuses(connection, change):
    connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.execute(BASE)
    before = refused(connection, QUERIES)
    try:
        connection.execute(change)
    except psycopg.Error:
        assert broken(change) == set()
        return
    assert broken(change) == refused(connection, QUERIES) - before


def test_a_row_that_lacks_a_value_breaks_too():
    """Which no server says before the query runs."""
    change = (
        "ALTER TABLE orders ADD COLUMN sold_by bigint NOT NULL DEFAULT 0; ALTER TABLE orders ALTER sold_by DROP DEFAULT"
    )
    assert broken(change) == {query for query in QUERIES if query.startswith("INSERT INTO orders")}


def test_the_statement_and_the_reason():
    tree = sql_tree({"0001_a.sql": BASE, "0002_b.sql": "SELECT 1;\nALTER TABLE orders DROP COLUMN note;\nSELECT 2;"})
    workload = Workload("q", (Query("SELECT note FROM orders", 1, 1),))
    (finding,) = findings(tree, Server(16), workload)
    assert (finding.rule, finding.place.file, finding.place.line) == ("query-breaks", "migrations/0002_b.sql", 2)
    assert finding.message == (
        "the query (called once) works until ALTER TABLE orders DROP COLUMN note, "
        'then fails: column "note" does not exist'
    )


def test_what_is_not_known_is_said_once():
    unknown = "DO $$ BEGIN EXECUTE 'ALTER TABLE orders DROP COLUMN ' || current_setting('my.column'); END $$;"
    tree = sql_tree({"0001_a.sql": BASE, "0002_b.sql": unknown, "0003_c.sql": "CREATE INDEX ON orders (total);"})
    workload = Workload("q", (Query("SELECT note FROM orders", 1), Query("SELECT 1", 2)))
    assert [(f.rule, f.subject) for f in findings(tree, Server(16), workload)] == [
        ("query-undecided", "0002_b SELECT note FROM orders")
    ]
