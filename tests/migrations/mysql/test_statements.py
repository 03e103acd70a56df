"""Statements of MySQL and MariaDB: what is read, what is refused, what is not known."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.mysql.batch import effects_of, modelled
from contractcheck.migrations.mysql.parse import parse, pieces
from contractcheck.migrations.mysql.statements import Unmodelled
from contractcheck.migrations.mysql.tokens import MARIADB, MYSQL, ScanError, scan

ORDERS = (
    "CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer BIGINT NOT NULL, status VARCHAR(20) NOT NULL,"
    " amount INT, note TEXT, kind ENUM('a','b'), KEY by_customer (customer)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
)


def asked(sql, server="mysql:8.4", setup=(ORDERS,), **settings):
    dialect, _, version = server.partition(":")
    major, minor = map(int, version.split("."))
    return effects_of(sql, tuple(setup), Server(major, dialect, settings, minor), complete=True)


def online(sql, server="mysql:8.4", setup=(ORDERS,), **settings):
    found = asked(sql, server, setup, **settings).json()
    assert found["unproven"] is None
    return found["algorithm"], found["lock"], found["rebuilt"], found["fails"]


# MySQL 8.4 manual, 17.12.1 "Online DDL Operations": one row of its tables each.
MANUAL = [
    ("ADD INDEX i (amount)", "INPLACE", "NONE", False),
    ("DROP INDEX by_customer", "INPLACE", "NONE", False),
    ("RENAME INDEX by_customer TO i", "INPLACE", "NONE", False),
    ("ADD FULLTEXT INDEX f (note)", "INPLACE", "SHARED", True),
    ("DROP INDEX by_customer, ADD INDEX by_customer (customer) USING BTREE", "INSTANT", "NONE", False),
    ("DROP PRIMARY KEY, ADD PRIMARY KEY (id, customer)", "INPLACE", "NONE", True),
    ("MODIFY id BIGINT NOT NULL, DROP PRIMARY KEY", "COPY", "SHARED", True),
    ("ADD COLUMN a INT", "INSTANT", "NONE", False),
    ("ADD COLUMN a INT FIRST", "INSTANT", "NONE", False),
    ("ADD COLUMN a INT AFTER status, DROP COLUMN note", "INSTANT", "NONE", False),
    ("DROP COLUMN note", "INSTANT", "NONE", False),
    ("RENAME COLUMN note TO remark", "INSTANT", "NONE", False),
    ("CHANGE note remark TEXT", "INSTANT", "NONE", False),
    ("MODIFY note TEXT FIRST", "INPLACE", "NONE", True),
    ("ALTER COLUMN amount SET DEFAULT 3", "INSTANT", "NONE", False),
    ("ALTER COLUMN amount DROP DEFAULT", "INSTANT", "NONE", False),
    ("MODIFY amount BIGINT", "COPY", "SHARED", True),
    ("MODIFY status VARCHAR(60) NOT NULL", "INPLACE", "NONE", False),
    ("MODIFY status VARCHAR(64) NOT NULL", "COPY", "SHARED", True),
    ("MODIFY status VARCHAR(10) NOT NULL", "COPY", "SHARED", True),
    ("AUTO_INCREMENT = 100", "INPLACE", "NONE", False),
    ("MODIFY status VARCHAR(20)", "INPLACE", "NONE", True),
    ("MODIFY amount INT NOT NULL", "INPLACE", "NONE", True),
    ("MODIFY kind ENUM('a','b','c')", "INSTANT", "NONE", False),
    ("MODIFY kind ENUM('c','a','b')", "COPY", "SHARED", True),
    ("ADD COLUMN g INT AS (amount + 1) STORED", "COPY", "SHARED", True),
    ("ADD COLUMN g INT AS (amount + 1) VIRTUAL", "INSTANT", "NONE", False),
    ("ADD CONSTRAINT c CHECK (amount > 0)", "COPY", "SHARED", True),
    ("ROW_FORMAT = DYNAMIC", "INPLACE", "NONE", True),
    ("KEY_BLOCK_SIZE = 8", "INPLACE", "NONE", True),
    ("STATS_PERSISTENT = 0, STATS_SAMPLE_PAGES = 20", "INPLACE", "NONE", False),
    ("CHARACTER SET = latin1", "INPLACE", "NONE", False),
    ("CONVERT TO CHARACTER SET latin1", "COPY", "SHARED", True),
    ("FORCE", "INPLACE", "NONE", True),
    ("ENGINE = InnoDB", "INPLACE", "NONE", True),
    ("ENGINE = MyISAM", "COPY", "SHARED", False),
]


@pytest.mark.parametrize(("action", "algorithm", "lock", "rebuilds"), MANUAL)
def test_the_tables_of_the_manual(action, algorithm, lock, rebuilds):
    expected = algorithm, lock, ["orders"] if rebuilds else [], None
    assert online(f"ALTER TABLE orders {action}") == expected
    assert online(f"ALTER TABLE orders {action}", "mysql:8.0") == expected


def test_a_foreign_key_is_copied_for_unless_it_is_not_checked():
    setup = (ORDERS, "CREATE TABLE customers (id BIGINT PRIMARY KEY)")
    sql = "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer) REFERENCES customers (id)"
    assert online(sql, setup=setup) == ("COPY", "SHARED", ["orders"], None)
    assert online(sql, setup=setup, foreign_key_checks="0") == ("INPLACE", "NONE", [], None)
    assert online(sql, "mariadb:10.11", setup, foreign_key_checks="0") == ("INSTANT", "NONE", [], None)
    assert online(f"SET foreign_key_checks = 0; {sql}", setup=setup) == ("INPLACE", "NONE", [], None)


def test_instant_changes_are_counted_until_the_table_is_rebuilt():
    setup = (ORDERS, *(f"ALTER TABLE orders ADD COLUMN c{n} INT" for n in range(64)))
    assert online("ALTER TABLE orders ADD COLUMN x INT", setup=setup) == ("INPLACE", "NONE", ["orders"], None)
    again = (*setup, "OPTIMIZE TABLE orders")
    assert online("ALTER TABLE orders ADD COLUMN x INT", setup=again) == ("INSTANT", "NONE", [], None)


@pytest.mark.parametrize(
    ("clause", "fails"),
    [
        (
            "MODIFY amount BIGINT, ALGORITHM=INPLACE",
            "1845: ALGORITHM=INPLACE is not supported: the type of amount changes",
        ),
        ("ADD COLUMN a INT, ALGORITHM=INSTANT", None),
        ("ADD COLUMN a INT, ALGORITHM=INSTANT, LOCK=NONE", "1221: ALGORITHM=INSTANT takes no LOCK but DEFAULT"),
        ("ADD INDEX i (amount), ALGORITHM=INSTANT", "1845: ALGORITHM=INSTANT is not supported: an index is built"),
        ("ADD INDEX i (amount), ALGORITHM=NOCOPY", "1800: unknown ALGORITHM NOCOPY"),
        ("MODIFY amount BIGINT, LOCK=NONE", "1846: LOCK=NONE is not supported: the type of amount changes"),
        ("ADD INDEX i (amount), LOCK=SOME", "1801: unknown LOCK SOME"),
    ],
)
def test_a_clause_that_the_server_refuses(clause, fails):
    assert asked(f"ALTER TABLE orders {clause}").fails == fails


@pytest.mark.parametrize(
    ("sql", "server", "fails"),
    [
        (
            "ALTER TABLE orders ADD COLUMN j JSON DEFAULT '{}'",
            "mysql:8.4",
            "1101: j is of a type that takes no literal default",
        ),
        ("ALTER TABLE orders ADD COLUMN j JSON DEFAULT '{}'", "mariadb:10.11", None),
        ("ALTER TABLE orders ADD COLUMN u UUID", "mysql:8.4", "1064: the type uuid is known to MariaDB only"),
        ("CREATE INDEX i ON orders ((amount + 1))", "mysql:8.4", None),
        ("CREATE INDEX i ON orders ((amount + 1))", "mariadb:11.4", "1064: MariaDB has no indexes on expressions"),
        (
            "DROP INDEX by_customer ON orders ALGORITHM=INPLACE",
            "mariadb:11.4",
            "1064: DROP INDEX takes no ALGORITHM and LOCK in MariaDB",
        ),
        ("DROP INDEX by_customer ON orders ALGORITHM=INPLACE", "mysql:8.4", None),
        ("ALTER TABLE orders ALTER INDEX by_customer INVISIBLE", "mysql:8.4", None),
        ("RENAME TABLE orders TO orders2, nothing TO x", "mysql:8.4", "1146: there is no table nothing"),
    ],
)
def test_where_the_servers_differ(sql, server, fails):
    found = asked(sql, server)
    assert (found.fails, found.unproven) == (fails, None)


@pytest.mark.parametrize(
    "sql",
    [
        "LOAD DATA INFILE 'x' INTO TABLE orders",
        "CALL rebuild()",
        "ALTER TABLE orders ADD COLUMN a HSTORE",
        "ALTER TABLE orders ADD COLUMN a INT SOMETHING",
        "ALTER TABLE orders ADD PERIOD FOR SYSTEM_TIME (a, b)",
        "PREPARE s FROM 'DROP TABLE orders'",
        "SELECT 1 INTO OUTFILE 'x'",
        "CREATE TABLESPACE t",
        "ALTER TABLE orders ADD COLUMN a INT; XA START 'x'",
        "ALTER TABLE orders COMMENT 'not closed",
        "SELECT 1 /* not closed",
        "SELECT \0",
        f"SELECT {'(' * 5000}1{')' * 5000}",
        "ALTER TABLE orders ADD COLUMN (a INT",
    ],
)
def test_what_is_outside_the_model_is_unproven(sql):
    found = asked(sql)
    assert found.unproven is not None
    assert found.blurred is not None


def test_an_unknown_type_leaves_the_rest_readable():
    setup = ('CREATE TABLE t (id INT PRIMARY KEY, name "?StringID" NOT NULL)',)
    assert online("ALTER TABLE t ADD COLUMN a INT", setup=setup) == ("INSTANT", "NONE", [], None)
    found = asked("ALTER TABLE t MODIFY name VARCHAR(10)", setup=setup)
    assert (found.unproven, found.blurred, found.rewrites) == ("the type of name is not known", None, ("t",))


def test_rows_decide_where_they_are_known():
    setup = (ORDERS, "INSERT INTO orders (customer, status, amount) VALUES (1, 'new', NULL), (1, 'old', 300)")
    for sql, fails in (
        ("ALTER TABLE orders MODIFY amount INT NOT NULL", "1138: amount is NULL in a row"),
        ("ALTER TABLE orders MODIFY amount TINYINT", "1264: a value of amount does not fit: '300'"),
        ("ALTER TABLE orders ADD UNIQUE (customer)", "1062: two rows have the same customer: customer is not unique"),
        ("ALTER TABLE orders ADD CHECK (amount > 500)", "3819: a row does not meet the check CONSTRAINT_1"),
        ("ALTER TABLE orders ADD COLUMN d DATE NOT NULL", "1292: d would be 0000-00-00 in the rows that are there"),
        ("ALTER TABLE orders MODIFY status VARCHAR(3) NOT NULL", None),
    ):
        assert asked(sql, setup=setup).fails == fails


def test_work_on_rows():
    found = asked("UPDATE orders SET amount = 1").json()
    assert (found["scans"], found["blocks_writes"], found["algorithm"]) == (["orders"], ["orders"], None)
    found = asked("UPDATE orders SET amount = 1 WHERE id = 3").json()
    assert (found["scans"], found["blocks_writes"]) == ([], [])
    found = asked("DELETE FROM orders WHERE amount > 3").json()
    assert (found["scans"], found["blocks_writes"]) == (["orders"], ["orders"])
    copied = asked("INSERT INTO copy SELECT id FROM orders", setup=(ORDERS, "CREATE TABLE copy (id BIGINT)")).json()
    assert (copied["scans"], copied["locks"]) == (["orders"], {"copy": "ROWS", "orders": "ALL ROWS"})


def test_texts_are_cut_where_the_client_cuts_them():
    text = (
        "SET x = ';'; -- a; b\n# c; d\nDELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  SELECT 1; SELECT 2;\nEND$$\nDELIMITER ;\n"
        "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN SET NEW.a = CASE WHEN 1 THEN 2 END; END; SELECT 3"
    )
    assert [piece.sql.split("\n")[0].split("(")[0].strip() for piece in pieces(text, "mysql")] == [
        "SET x = ';'",
        "CREATE PROCEDURE p",
        "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN SET NEW.a = CASE WHEN 1 THEN 2 END; END",
        "SELECT 3",
    ]
    assert [text[piece.offset : piece.offset + 6] for piece in pieces(text, "mysql")] == [
        "SET x ",
        "CREATE",
        "CREATE",
        "SELECT",
    ]


def test_conditional_comments_run_where_the_server_runs_them():
    sql = "/*!40101 SET a = 1 */; /*M!100500 SET b = 1 */; /*!50701 SET c = 1 */; /*!99999 SET d = 1 */"
    assert [len(piece.tokens) for piece in pieces(sql, "mysql")] == [4, 4]
    assert [piece.sql[:5] for piece in pieces(sql, "mariadb")] == ["SET a", "SET b"]


@pytest.mark.parametrize("text", ["'a", '"a', "`a", "/* a", "/*!40101 a", "\\'"])
def test_what_is_not_closed(text):
    with pytest.raises(ScanError):
        scan(text, MYSQL)


def test_tokens():
    found = scan("N'ü' x'0f' 0b1 1e3 1a `b``c` @@x :p 'it''s\\n' <=> $1", MARIADB)
    assert [(token.kind, token.text) for token in found] == [
        ("string", "ü"),
        ("number", "x'0f'"),
        ("number", "0b1"),
        ("number", "1e3"),
        ("word", "1a"),
        ("quoted", "b`c"),
        ("variable", "@@x"),
        ("parameter", ":p"),
        ("string", "it's\n"),
        ("operator", "<=>"),
        ("parameter", "$1"),
    ]


def test_versions():
    assert [modelled("mariadb", v) for v in ("10.11", "10.11.19", "", "10", "11", "9.0", "10.5", "x")] == [
        (10, 11), (10, 11), (11, 4), (10, 11), (11, 4), None, None, None,
    ]  # fmt: skip
    assert [modelled("mysql", v) for v in ("8.0.36", "8.4", "8", "5.7", "9.1", "11.0")] == [
        (8, 0), (8, 4), (8, 4), None, (9, 1), None,
    ]  # fmt: skip


def test_every_statement_says_what_it_is():
    assert not any(
        isinstance(found, Unmodelled) for found in parse("GRANT ALL ON *.* TO x; SHOW TABLES; USE y", "mysql")
    )


@pytest.mark.parametrize(
    ("action", "known"),
    [
        ("ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES b (id)", True),
        ("ADD CHECK (a > 0)", True),
        ("ADD COLUMN g INT AS (a) STORED, ADD COLUMN h INT", True),
        ("DROP PRIMARY KEY", True),
        ("DROP PRIMARY KEY, ADD PRIMARY KEY (a)", False),
        ("ADD COLUMN a INT", False),
        ("ADD CHECK (a > 0) NOT ENFORCED", False),
        ("ADD CHECK (a > 0), ALGORITHM=INPLACE", False),
    ],
)
def test_a_table_that_was_never_seen(action, known):
    found = effects_of(f"ALTER TABLE t {action}", (), Server(8, "mysql", {}, 4), complete=False)
    copied = (("t",), "COPY", "SHARED", None)
    unknown = ((), None, None, "t is not created by what was read: what it takes to change it is not known")
    assert (found.rewrites, found.online.algorithm, found.online.lock, found.unproven) == (copied if known else unknown)
