"""Which rules speak of which statement on a table that was there before, and which stay silent; exactly these."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.rules import checks, findings
from contractcheck.model.finding import Category
from contractcheck.model.rule import rule
from tests.migrations.trees_in_memory import read

WORLD = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint REFERENCES customers, note varchar(40), qty int,
  price numeric(10,2), made timestamp, CONSTRAINT qty_known CHECK (qty IS NOT NULL));
CREATE UNIQUE INDEX orders_note ON orders (note);
CREATE DOMAIN positive AS int;
CREATE TABLE uses (id bigint PRIMARY KEY, n positive);
CREATE VIEW notes AS SELECT note FROM orders;
CREATE MATERIALIZED VIEW totals AS SELECT id FROM customers;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER audit AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON customers USING (id > 0);
CREATE TABLE metrics (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE m25 PARTITION OF metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE m26 (id bigint NOT NULL, at date NOT NULL);
"""
OPTIONAL = [name for name, *_ in checks() if rule(name).optional]


def spoken(up, asked=(), version=16):
    """The ids of the rules that speak of a second migration, in order."""
    tree = read(
        {
            "migrations/000001_a.up.sql": WORLD,
            "migrations/000001_a.down.sql": "SELECT 1;",
            "migrations/000002_b.up.sql": up,
            "migrations/000002_b.down.sql": "SELECT 1;",
        }
    )
    (examined,) = examine(tree, Server(version=version), wanted={"000002_b"})
    others = {Category.ROLLOUT, Category.REVERSIBILITY}
    return [finding.rule for finding in findings(examined, asked) if finding.category not in others]


@pytest.mark.parametrize(
    ("up", "rules"),
    [
        ("ALTER TABLE orders ADD COLUMN a int", []),
        ("ALTER TABLE orders ADD COLUMN a int NOT NULL", ["required-column-without-value"]),
        ("ALTER TABLE orders ADD COLUMN a int DEFAULT random()", ["rewrite-large-table"]),
        ("ALTER TABLE orders ADD CHECK (qty > 0)", ["scan-under-write-lock"]),
        ("ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID", []),
        (
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c",
            ["validate-in-same-transaction"],
        ),
        ("ALTER TABLE orders ALTER COLUMN qty SET NOT NULL", []),
        ("ALTER TABLE orders ALTER COLUMN price SET NOT NULL", ["scan-under-write-lock"]),
        (
            "ALTER TABLE orders DROP CONSTRAINT qty_known, ALTER COLUMN qty SET NOT NULL",
            ["constraint-dropped", "not-null-proof-dropped"],
        ),
        ("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,2)", []),
        ("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,4)", ["rewrite-large-table"]),
        ("ALTER TABLE orders ALTER COLUMN price TYPE numeric(10,1)", ["rewrite-large-table", "values-may-not-fit"]),
        ("ALTER TABLE orders ALTER COLUMN id TYPE bigint", ["rewrite-large-table", "sequence-left-small"]),
        ("ALTER TABLE orders ALTER COLUMN qty TYPE varchar(11)", ["rewrite-large-table"]),
        ("ALTER TABLE orders ALTER COLUMN qty TYPE varchar(5)", ["rewrite-large-table", "values-may-not-fit"]),
        ("ALTER TABLE orders ALTER COLUMN made TYPE timestamp(0)", ["rewrite-large-table", "values-may-not-fit"]),
        ("ALTER TABLE orders ALTER COLUMN qty TYPE bigint USING qty + 1", ["rewrite-large-table"]),
        ("ALTER TABLE orders SET UNLOGGED", ["rewrite-large-table"]),
        ("ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey", ["constraint-dropped", "lock-on-other-table"]),
        (
            "ALTER TABLE uses ADD FOREIGN KEY (id) REFERENCES customers NOT VALID",
            ["lock-on-other-table"],
        ),
        (
            "ALTER TABLE uses ADD FOREIGN KEY (id) REFERENCES customers",
            ["lock-on-other-table", "scan-under-write-lock"],
        ),
        ("DROP TABLE orders CASCADE", ["cascade-drops", "data-lost-on-upgrade", "lock-on-other-table"]),
        ("ALTER TABLE orders DROP COLUMN note CASCADE", ["cascade-drops", "data-lost-on-upgrade"]),
        ("ALTER DOMAIN positive ADD CHECK (VALUE > 0)", ["scan-under-write-lock"]),
        ("CREATE INDEX i ON orders (qty)", ["index-not-concurrent"]),
        ("CREATE INDEX CONCURRENTLY i ON orders (qty)", []),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (qty)", ["index-left-invalid"]),
        ("DROP INDEX orders_note", ["index-dropped-not-concurrent"]),
        ("DROP INDEX CONCURRENTLY orders_note", []),
        ("REINDEX TABLE orders", ["reindex-not-concurrent"]),
        ("REFRESH MATERIALIZED VIEW totals", ["view-refresh-not-concurrent"]),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY totals", []),
        ("UPDATE orders SET qty = 1", ["rows-changed-at-once"]),
        ("UPDATE orders SET qty = 1 WHERE id = 4", []),
        ("UPDATE orders SET qty = 1 FROM customers WHERE customers.id = 4", []),
        ("DELETE FROM orders", ["data-lost-on-upgrade"]),
        ("ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1", ["backfill-in-schema-migration"]),
        ("ALTER TABLE metrics DETACH PARTITION m25", ["partition-detach-not-concurrent"]),
        (
            "ALTER TABLE metrics ATTACH PARTITION m26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            ["partition-scanned"],
        ),
        ("ALTER TABLE customers DISABLE TRIGGER audit", ["trigger-disabled"]),
        ("ALTER TABLE customers DISABLE TRIGGER ALL; ALTER TABLE customers ENABLE TRIGGER ALL", []),
        ("ALTER TABLE customers DISABLE ROW LEVEL SECURITY", ["row-security-dropped"]),
        ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", []),
        ("DROP POLICY mine ON customers", ["row-security-dropped"]),
        ("DROP POLICY mine ON customers; CREATE POLICY yours ON customers USING (id > 1)", []),
        ("ALTER TABLE orders REPLICA IDENTITY FULL", ["replica-identity-weakened"]),
        ("GRANT ALL ON orders TO PUBLIC", ["privileges-widened"]),
        ("GRANT SELECT ON orders TO reader WITH GRANT OPTION", ["privileges-widened"]),
        ("GRANT SELECT ON orders TO reader", []),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", ["privileges-widened"]),
        ("CREATE TABLE new (id serial PRIMARY KEY)", []),
        ("CREATE TABLE new (id int PRIMARY KEY)", []),
        ("SELECT 1; COMMIT; SELECT 2", ["transaction-ended-inside"]),
        ("BEGIN; SELECT 1; COMMIT", []),
    ],
)
def test_a_statement(up, rules):
    assert spoken(f"{up};") == rules


def test_before_14_there_is_no_better_way_to_detach():
    assert spoken("ALTER TABLE metrics DETACH PARTITION m25;", version=13) == []


@pytest.mark.parametrize(
    ("up", "rules"),
    [
        ("ALTER TABLE orders ADD COLUMN a int", ["lock-without-timeout", "type-integer"]),
        ("SET lock_timeout = '2s'; ALTER TABLE orders ADD COLUMN a bigint", []),
        ("SET lock_timeout = 0; ALTER TABLE orders ADD COLUMN a bigint", ["lock-without-timeout"]),
        ("BEGIN; SET LOCAL lock_timeout = '2s'; ALTER TABLE orders ADD COLUMN a bigint; COMMIT", []),
        (
            "BEGIN; SET LOCAL lock_timeout = '2s'; COMMIT; ALTER TABLE orders ADD COLUMN a bigint",
            ["lock-without-timeout"],
        ),
        ("SET lock_timeout = '2s'; RESET lock_timeout; ALTER TABLE orders ADD COLUMN a text", ["lock-without-timeout"]),
        ("CREATE TABLE new (a bigint)", ["table-without-key"]),
        ("CREATE TABLE new (a bigint); ALTER TABLE new ADD PRIMARY KEY (a)", []),
        ("CREATE TABLE new (LIKE orders)", []),
        (
            'CREATE TABLE new ("Id" bigint PRIMARY KEY, a char(4), b varchar(5), c json, d timestamp, e text)',
            ["name-needs-quotes", "type-char", "type-json", "type-timestamp", "type-varchar-limit"],
        ),
        ("CREATE TABLE new (id serial PRIMARY KEY)", ["key-runs-out", "type-serial"]),
        (
            "CREATE TABLE new (id smallint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (id))",
            ["key-runs-out", "type-integer"],
        ),
        ("CREATE INDEX CONCURRENTLY i ON orders (qty)", ["not-repeatable"]),
    ],
)
def test_optional_rules_where_they_are_asked_for(up, rules):
    assert spoken(f"{up};", OPTIONAL) == rules
