"""What depends on the version of the server: from which one on a statement works (docs/postgresql-versions.md)."""

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

MADE = (
    "CREATE TABLE t (id int PRIMARY KEY, a int, b text, c bigint)",
    "CREATE TABLE u (id int PRIMARY KEY, t_id int REFERENCES t)",
    "CREATE VIEW v AS SELECT id, a FROM t",
    "CREATE TABLE p (id int, k int NOT NULL) PARTITION BY LIST (k)",
    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
    "CREATE STATISTICS st ON a, b FROM t",
    "CREATE DOMAIN d AS int",
    "CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE g (a int, s int GENERATED ALWAYS AS (a * 2) STORED)",
    "CREATE INDEX ON p (k)",
    "CREATE PUBLICATION pub",
)
SINCE = {
    "ALTER VIEW v RENAME COLUMN a TO z": 13,
    "ALTER TABLE g ALTER COLUMN s DROP EXPRESSION": 13,
    "ALTER STATISTICS st SET STATISTICS 10": 13,
    "CREATE TRIGGER x BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION trg()": 13,
    "ALTER PUBLICATION pub ADD TABLE p": 13,
    "ALTER TABLE t ADD COLUMN x xid8": 13,
    "ALTER TABLE t ADD COLUMN x uuid DEFAULT gen_random_uuid()": 13,
    "ALTER TABLE t SET (autovacuum_vacuum_insert_threshold = 5)": 13,
    "VACUUM (PARALLEL 2) t": 13,
    "VACUUM (PROCESS_TOAST false) t": 14,
    "REINDEX (TABLESPACE pg_default) TABLE t": 14,
    "ALTER TABLE t ADD COLUMN x int4multirange": 14,
    "ALTER TABLE t ALTER COLUMN b TYPE int4multirange USING NULL": 14,
    "ALTER TABLE t ALTER COLUMN b SET COMPRESSION pglz": 14,
    "ALTER TABLE t ADD COLUMN x text COMPRESSION pglz": 14,
    "CREATE OR REPLACE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()": 14,
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY": 14,
    "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(id) FROM t; END": 14,
    "CREATE STATISTICS ON (a + 1), b FROM t": 16,
    "CREATE UNIQUE INDEX ON t (a) NULLS NOT DISTINCT": 15,
    "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)": 15,
    "ALTER TABLE t SET ACCESS METHOD heap": 15,
    "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE": 15,
    "CREATE VIEW w WITH (security_invoker) AS SELECT 1 AS a": 15,
    "CREATE PUBLICATION q FOR TABLES IN SCHEMA public": 15,
    "CREATE PUBLICATION q FOR TABLE t WHERE (a > 1)": 15,
    "CLUSTER p USING p_k_idx": 15,
    "ALTER TABLE t ADD COLUMN x text STORAGE EXTERNAL": 16,
    "ALTER TABLE t ALTER COLUMN b SET STORAGE DEFAULT": 16,
    "VACUUM (BUFFER_USAGE_LIMIT '1MB') t": 16,
    "ANALYZE (BUFFER_USAGE_LIMIT '1MB') t": 16,
    "ALTER TABLE g ALTER COLUMN s SET EXPRESSION AS (a * 3)": 17,
    "ALTER TABLE t SET ACCESS METHOD DEFAULT": 17,
    "ALTER TABLE p SET ACCESS METHOD heap": 17,
    "ALTER TABLE p ADD EXCLUDE USING btree (k WITH =)": 17,
    "ALTER DOMAIN d ADD CONSTRAINT dn NOT NULL": 17,
    "ALTER TABLE t ADD COLUMN x int GENERATED ALWAYS AS (a) VIRTUAL": 18,
    "ALTER TABLE t ADD CONSTRAINT nn NOT NULL b NOT VALID": 18,
    "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED": 18,
    "ALTER TABLE u ALTER CONSTRAINT u_t_id_fkey NOT ENFORCED": 18,
    "ALTER TABLE p ADD FOREIGN KEY (id) REFERENCES t NOT VALID": 18,
    "CREATE TABLE x (r int4range, s tsrange, PRIMARY KEY (r, s WITHOUT OVERLAPS))": 18,
    "ALTER TABLE t ALTER COLUMN c TYPE bytea USING c::bytea": 18,
    "VACUUM ONLY t": 18,
    "ANALYZE ONLY p": 18,
    "ALTER TABLE t SET (vacuum_max_eager_freeze_failure_rate = 0.1)": 18,
    "CREATE TABLE x (a int, CONSTRAINT nn NOT NULL a)": 18,
}


def made(server):
    catalog = Catalog()
    for sql in MADE:
        effects, catalog = predict(catalog, (sql,), server)
        assert effects.fails is None, (sql, effects.fails)
    return catalog


CATALOGS = {
    version: (server := Server(version, settings={"timezone": "UTC"}), made(server)) for version in range(12, 19)
}


@pytest.mark.parametrize(("sql", "since"), SINCE.items())
def test_it_works_from_this_version_on(sql, since):
    works = [
        version for version, (server, catalog) in CATALOGS.items() if predict(catalog, (sql,), server)[0].fails is None
    ]
    assert works == list(range(since, 19))


def locks(version, sql):
    server, catalog = CATALOGS[version]
    effects, _ = predict(catalog, (sql,), server)
    return {name: lock.mode for name, lock in effects.locks.items()}


@pytest.mark.parametrize(
    ("sql", "before", "since", "after"),
    [
        ("GRANT SELECT ON t TO PUBLIC", {}, 18, {"t": "AccessShareLock"}),
        ("ALTER TABLE p ADD PRIMARY KEY (k)", {"p": "AccessExclusiveLock", "p1": "ShareLock"}, 18,
         {"p": "AccessExclusiveLock", "p1": "AccessExclusiveLock"}),
        ("ALTER TABLE p DETACH PARTITION p1", {"p": "AccessExclusiveLock", "p1": "ShareUpdateExclusiveLock"}, 14,
         {"p": "AccessExclusiveLock", "p1": "AccessExclusiveLock"}),
        ("ANALYZE p", {"p": "ShareUpdateExclusiveLock", "p1": "ShareUpdateExclusiveLock"}, 12,
         {"p": "ShareUpdateExclusiveLock", "p1": "ShareUpdateExclusiveLock"}),
    ],
)  # fmt: skip
def test_locks_that_depend_on_the_version(sql, before, since, after):
    for version in range(12, 19):
        assert locks(version, sql) == (after if version >= since else before), version
