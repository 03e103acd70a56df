"""More families of statements: inheritance, deferral, prepared statements, blocks, options, and what is seldom said."""
# ruff: noqa: E501, F541, S608 - statements stand as they are sent; their parts are ours

from benchmarks.ddl_statements import OPERATIONS, Draw, family, ident

TRIGGERS = ("trg", "shop.stamp", "shop.instead")


def _on(d: Draw, *names: str) -> str:
    """A table of a name if the schema has it, else any."""
    having = [t for t in d.every if t.name in names]
    return d.name(d.random.choice(having)) if having else d.name(d.table())


@family
def inheritance(d: Draw) -> str:
    parents = [t for t in d.tables if t.kind == "table" and d.catalog.children.get(t.number)]
    children = [t for t in d.tables if t.parents and not t.partition]
    p = d.random.choice(parents or d.tables)
    c = d.random.choice(children or d.tables)
    column = d.column(p)
    only = d.maybe("ONLY ", 0.3)
    return d.one(
        (
            f"ALTER TABLE {only}{d.name(p, 0)} ADD COLUMN {d.maybe('IF NOT EXISTS ', 0.2)}{d.one((d.fresh('col'), 'b', 'c', 'd', 'x'))} {d.one(('int', 'text', 'bigint'))}{d.maybe(' DEFAULT 1', 0.3)}{d.maybe(' NOT NULL', 0.2)}",
            f"ALTER TABLE {only}{d.name(p, 0)} DROP COLUMN {column}{d.maybe(' CASCADE')}", f"ALTER TABLE {only}{d.name(c, 0)} DROP COLUMN {d.column(c)}",
            f"ALTER TABLE {only}{d.name(p, 0)} ALTER COLUMN {column} TYPE {d.type()}", f"ALTER TABLE {only}{d.name(c, 0)} ALTER COLUMN {d.column(c)} TYPE {d.type()}",
            f"ALTER TABLE {only}{d.name(p, 0)} ALTER COLUMN {column} {d.one(('SET', 'DROP'))} NOT NULL", f"ALTER TABLE {only}{d.name(c, 0)} ALTER COLUMN {d.column(c)} {d.one(('SET', 'DROP'))} NOT NULL",
            f"ALTER TABLE {only}{d.name(p, 0)} ALTER COLUMN {column} SET DEFAULT {d.default()}", f"ALTER TABLE {only}{d.name(p, 0)} RENAME COLUMN {column} TO {d.fresh('col')}",
            f"ALTER TABLE {only}{d.name(p, 0)} ADD CONSTRAINT {d.one((d.fresh('con'), 'a_positive', 'a_small'))} CHECK ({d.condition(p)}){d.maybe(' NO INHERIT', 0.2)}{d.maybe(' NOT VALID', 0.2)}",
            f"ALTER TABLE {only}{d.name(p, 0)} DROP CONSTRAINT {d.constraint(p)}", f"ALTER TABLE {only}{d.name(c, 0)} DROP CONSTRAINT {d.constraint(c)}",
            f"ALTER TABLE {d.name(c, 0)} NO INHERIT {d.name(p)}", f"ALTER TABLE {d.name(d.table('table'))} INHERIT {d.name(p)}", f"DROP TABLE {d.name(p, 0)}{d.maybe(' CASCADE', 0.6)}",
            f"CREATE TABLE {d.fresh('tab')} ({d.maybe('z int, ', 0.5)}{d.maybe('a int, ', 0.3)}CHECK (true)) INHERITS ({d.name(p, 0)}{d.maybe(', second_parent', 0.3)})",
            f"CREATE INDEX ON {only}{d.name(p, 0)} ({column})", f"TRUNCATE {only}{d.name(p, 0)}", f"LOCK TABLE {only}{d.name(p, 0)} IN SHARE MODE", f"VACUUM {d.name(p, 0)}",
            f"ANALYZE {d.name(p, 0)}", f"UPDATE {only}{d.name(p, 0)} SET {column} = {column}", f"SELECT * FROM {only}{d.name(p, 0)}", f"DELETE FROM {only}{d.name(p, 0)}",
            f"ALTER TABLE {only}{d.name(p, 0)} SET (fillfactor = 50)", f"ALTER TABLE {only}{d.name(p, 0)} SET UNLOGGED", f"ALTER TABLE {only}{d.name(p, 0)} OWNER TO app_owner",
            f"ALTER TABLE {only}{d.name(p, 0)} ALTER COLUMN {column} SET STATISTICS 20", f"ALTER TABLE {only}{d.name(p, 0)} ALTER COLUMN {column} SET STORAGE PLAIN",
            f"ALTER TABLE {only}{d.name(p, 0)} VALIDATE CONSTRAINT {d.constraint(p)}", f"ALTER TABLE {only}{d.name(p, 0)} ADD PRIMARY KEY ({column})", f"ALTER TABLE {only}{d.name(p, 0)} DISABLE TRIGGER ALL",
            f"ALTER TABLE {only}{d.name(p, 0)} ENABLE ROW LEVEL SECURITY", f"REINDEX TABLE {d.name(p, 0)}", f"CLUSTER {d.name(p, 0)}", f"ALTER TABLE {d.name(p, 0)} RENAME TO {d.fresh('tab')}",
            f"GRANT SELECT ON {d.name(p, 0)} TO reader", f"CREATE TRIGGER {d.fresh('trg')} AFTER UPDATE ON {d.name(p, 0)} FOR EACH ROW EXECUTE FUNCTION trg()",
            f"ALTER TABLE {d.name(c, 0)} ATTACH PARTITION {d.name(p, 0)} DEFAULT", f"ALTER TABLE {only}{d.name(p, 0)} RENAME CONSTRAINT {d.constraint(p)} TO {d.fresh('con')}",
            f"ALTER TABLE {only}{d.name(p, 0)} ADD COLUMN {d.fresh('col')} int GENERATED ALWAYS AS (1) STORED", f"ALTER TABLE {only}{d.name(p, 0)} ADD COLUMN {d.fresh('col')} serial",
            f"ALTER TABLE {only}{d.name(p, 0)} ADD COLUMN {d.fresh('col')} int GENERATED ALWAYS AS IDENTITY", f"ALTER TABLE {only}{d.name(p, 0)} ADD COLUMN {d.fresh('col')} int UNIQUE",
        )
    )  # fmt: skip


@family
def partition_forms(d: Draw) -> str:
    """What is done to a partitioned table, to its partitions and to their parts, other than attach and detach."""
    p = d.random.choice(d.partitioned) if d.partitioned else d.table()
    below = [d.catalog.table(n) for n in d.catalog.descendants(p.number)] or [p]
    c = d.random.choice(below)
    t = d.random.choice([p, p, c])
    column = d.column(t)
    only = d.maybe("ONLY ", 0.25)
    other = d.table()
    mine = [i for i in d.indexes if i.table == p.number] or d.indexes
    theirs = [i for i in d.indexes if i.table == c.number] or d.indexes
    i, j = d.random.choice(mine), d.random.choice(theirs)
    return d.one(
        (
            f"ALTER TABLE {only}{d.name(t, 0)} ADD COLUMN {d.fresh('col')} {d.one(('int', 'text', 'serial', 'int NOT NULL DEFAULT 1', 'uuid DEFAULT gen_random_uuid()', 'int GENERATED ALWAYS AS IDENTITY', 'int REFERENCES sources', 'int UNIQUE', 'int CHECK (1 > 0)'))}",
            f"ALTER TABLE {only}{d.name(t, 0)} DROP COLUMN {column}{d.maybe(' CASCADE')}", f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} TYPE {d.type()}",
            f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} {d.one(('SET', 'DROP'))} NOT NULL", f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} SET DEFAULT 1",
            f"ALTER TABLE {only}{d.name(t, 0)} ADD CHECK ({d.condition(t)}){d.maybe(' NOT VALID')}", f"ALTER TABLE {only}{d.name(t, 0)} ADD UNIQUE ({d.columns(t, 2)})",
            f"ALTER TABLE {only}{d.name(t, 0)} ADD PRIMARY KEY ({d.columns(t, 2)})", f"ALTER TABLE {only}{d.name(t, 0)} ADD FOREIGN KEY ({column}) REFERENCES {d.name(other)}{d.maybe(' NOT VALID', 0.2)}",
            f"ALTER TABLE {only}{d.name(other)} ADD FOREIGN KEY ({d.columns(other, 2)}) REFERENCES {d.name(p)}{d.maybe(' NOT VALID', 0.2)}",
            f"ALTER TABLE {only}{d.name(t, 0)} DROP CONSTRAINT {d.constraint(t)}{d.maybe(' CASCADE')}", f"ALTER TABLE {only}{d.name(t, 0)} RENAME CONSTRAINT {d.constraint(t)} TO {d.fresh('con')}",
            f"ALTER TABLE {only}{d.name(t, 0)} RENAME COLUMN {column} TO {d.fresh('col')}", f"ALTER TABLE {only}{d.name(t, 0)} VALIDATE CONSTRAINT {d.constraint(t)}",
            f"CREATE {d.maybe('UNIQUE ')}INDEX {d.maybe('CONCURRENTLY ', 0.1)}{d.maybe('IF NOT EXISTS ' + d.fresh('idx'), 0.2)} ON {only}{d.name(t, 0)} ({d.columns(t, 2)})", f"DROP INDEX {d.maybe('CONCURRENTLY ', 0.2)}{d.name(d.random.choice([i, j]))}{d.maybe(' CASCADE', 0.2)}",
            f"ALTER INDEX {d.name(i)} ATTACH PARTITION {d.name(j)}", f"ALTER INDEX {d.name(d.random.choice([i, j]))} RENAME TO {d.fresh('idx')}", f"ALTER INDEX {d.name(d.random.choice([i, j]))} SET (fillfactor = 70)",
            f"REINDEX INDEX {d.maybe('CONCURRENTLY ', 0.2)}{d.name(d.random.choice([i, j]))}", f"REINDEX TABLE {d.name(t, 0)}", f"CLUSTER {d.name(t, 0)} USING {ident(d.random.choice([i, j]).name)}",
            f"TRUNCATE {only}{d.name(t, 0)}{d.maybe(' CASCADE', 0.5)}", f"DROP TABLE {d.name(t, 0)}{d.maybe(' CASCADE', 0.5)}", f"ALTER TABLE {d.name(t, 0)} RENAME TO {d.fresh('tab')}",
            f"ALTER TABLE {d.name(t, 0)} SET SCHEMA app", f"ALTER TABLE {only}{d.name(t, 0)} OWNER TO app_owner", f"ALTER TABLE {only}{d.name(t, 0)} SET TABLESPACE pg_default", f"ALTER TABLE {only}{d.name(t, 0)} SET {d.one(('LOGGED', 'UNLOGGED'))}",
            f"ALTER TABLE {only}{d.name(t, 0)} SET ACCESS METHOD heap", f"ALTER TABLE {only}{d.name(t, 0)} SET (fillfactor = 70)", f"ALTER TABLE {only}{d.name(t, 0)} REPLICA IDENTITY {d.one(('FULL', 'NOTHING', 'DEFAULT', f'USING INDEX {ident(j.name)}'))}",
            f"ALTER TABLE {only}{d.name(t, 0)} {d.one(('ENABLE', 'DISABLE'))} TRIGGER {d.one(('ALL', 'USER', 'metrics_touch'))}", f"ALTER TABLE {d.name(t, 0)} CLUSTER ON {ident(d.random.choice([i, j]).name)}",
            f"CREATE TRIGGER {d.fresh('trg')} {d.one(('BEFORE INSERT', 'AFTER UPDATE', 'AFTER DELETE'))} ON {d.name(t, 0)} FOR EACH {d.one(('ROW', 'STATEMENT'))} EXECUTE FUNCTION trg()", f"DROP TRIGGER metrics_touch ON {d.name(t, 0)}",
            f"CREATE POLICY {d.fresh('pol')} ON {d.name(t, 0)} USING (true)", f"ALTER TABLE {d.name(t, 0)} ENABLE ROW LEVEL SECURITY", f"VACUUM {d.name(t, 0)}", f"ANALYZE {only if d.version >= 18 else ''}{d.name(t, 0)}",
            f"LOCK TABLE {only}{d.name(t, 0)} IN {d.one(('SHARE', 'ACCESS EXCLUSIVE'))} MODE", f"COMMENT ON TABLE {d.name(t, 0)} IS 'x'", f"CREATE STATISTICS {d.fresh('sta')} ON {d.columns(t, 2)} FROM {d.name(t, 0)}",
            f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(t, 0)} INCLUDING ALL)", f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(t, 0)} INCLUDING ALL) PARTITION BY RANGE ({column})", f"CREATE VIEW {d.fresh('v')} AS SELECT * FROM {d.name(t, 0)}",
            f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} SET STATISTICS 10", f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} SET STORAGE EXTERNAL", f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} SET COMPRESSION pglz",
            f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} ADD GENERATED ALWAYS AS IDENTITY", f"ALTER TABLE {only}{d.name(t, 0)} ALTER COLUMN {column} DROP IDENTITY IF EXISTS", f"ALTER TABLE {only}{d.name(t, 0)} ADD EXCLUDE USING btree ({column} WITH =)",
            f"ALTER TABLE {d.name(p, 0)} DETACH PARTITION {d.name(c)}", f"ALTER TABLE {d.name(c, 0)} NO INHERIT {d.name(p)}", f"CREATE TABLE {d.fresh('tab')} () INHERITS ({d.name(t, 0)})", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE {d.name(t, 0)}",
            f"CREATE TABLE {d.fresh('part')} PARTITION OF {d.name(p, 0)} ({d.one(('val', 'n', 'a', 'note', 'v'))} DEFAULT 7) DEFAULT", f"CREATE TABLE {d.fresh('part')} PARTITION OF two_keys FOR VALUES FROM (5, MINVALUE) TO (6, MAXVALUE)",
            "CREATE TABLE part_x PARTITION OF two_keys FOR VALUES FROM (2, '2024-01-01') TO (3, '2024-01-01')", "CREATE TABLE part_x PARTITION OF events FOR VALUES IN (7, NULL)", "CREATE TABLE part_x PARTITION OF events DEFAULT PARTITION BY HASH (id)",
            "ALTER TABLE events DETACH PARTITION ev3", "ALTER TABLE ev3 DETACH PARTITION ev3even", "ALTER TABLE events DETACH PARTITION ev1 CONCURRENTLY", "ALTER TABLE two_keys DETACH PARTITION tkrest", "ALTER TABLE by_expression DETACH PARTITION be0", "DROP TABLE ev3even", "DROP TABLE ev1 CASCADE",
        )
    )  # fmt: skip


@family
def columns_generated(d: Draw) -> str:
    """Identity and generated columns, defaults and sequences behind them."""
    t = d.table()
    having = [(x, c) for x in d.tables for c in x.columns if c.identity or c.generated]
    g, column = d.random.choice(having) if having else (t, t.columns[0])
    name = ident(column.name)
    c = d.column(t)
    word = d.one((" STORED", " VIRTUAL", "")) if d.version >= 18 else " STORED"
    expression = d.one(
        (
            c,
            f"{c} || 'x'",
            f"coalesce({c}::text, '')",
            "1",
            "now()",
            f"length({c}::text)",
            f"f_imm({c})",
            f"lower({c})",
            "shop.total(1)",
        )
    )
    return d.one(
        (
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('col')} {d.one(('text', 'int', 'timestamptz', 'numeric', 'positive', 'plain'))} GENERATED ALWAYS AS ({expression}){word}{d.maybe(' NOT NULL', 0.2)}{d.maybe(' UNIQUE', 0.1)}",
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('a')} int GENERATED ALWAYS AS (1){word}, ADD COLUMN {d.fresh('b')} text",
            f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} DROP EXPRESSION{d.maybe(' IF EXISTS')}", f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} DROP IDENTITY{d.maybe(' IF EXISTS')}",
            f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} SET GENERATED {d.one(('ALWAYS', 'BY DEFAULT'))}{d.maybe(' SET INCREMENT BY 2 RESTART', 0.3)}", f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} SET (n_distinct = 3)",
            f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} TYPE {d.one(('bigint', 'smallint', 'text', 'numeric', 'int'))}", f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} SET DEFAULT 5", f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} DROP DEFAULT",
            f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} {d.one(('SET', 'DROP'))} NOT NULL", f"ALTER TABLE {d.name(g, 0)} DROP COLUMN {name}{d.maybe(' CASCADE')}", f"ALTER TABLE {d.name(g, 0)} RENAME COLUMN {name} TO {d.fresh('col')}",
            f"ALTER TABLE {d.name(t)} ALTER COLUMN {c} ADD GENERATED {d.one(('ALWAYS', 'BY DEFAULT'))} AS IDENTITY{d.maybe(' (START 7 MINVALUE 3 CYCLE)', 0.3)}", f"CREATE INDEX ON {d.name(g, 0)} ({name})", f"CREATE UNIQUE INDEX ON {d.name(g, 0)} (({name}))",
            f"ALTER TABLE {d.name(t)} ALTER COLUMN {c} SET NOT NULL, ALTER COLUMN {c} ADD GENERATED ALWAYS AS IDENTITY", f"ALTER TABLE {d.name(t)} ALTER COLUMN {c} DROP DEFAULT, ALTER COLUMN {c} ADD GENERATED BY DEFAULT AS IDENTITY",
            f"UPDATE {d.name(g, 0)} SET {name} = DEFAULT", f"UPDATE {d.name(g, 0)} SET {name} = 1", f"ALTER TABLE {d.name(g, 0)} ADD CHECK ({name} IS NOT NULL)", f"ALTER TABLE {d.name(g, 0)} ADD UNIQUE ({name})",
            f"CREATE TABLE {d.fresh('tab')} (a int, b int GENERATED ALWAYS AS ({d.one(('a', 'a * 2', 'b', 'now()', 'random()', 'nosuch', '(SELECT 1)'))}){word}, c int GENERATED ALWAYS AS ({d.one(('a', 'b'))}){word})",
            f"CREATE TABLE {d.fresh('tab')} (a {d.one(('int', 'bigint', 'smallint', 'text', 'numeric', 'positive'))} GENERATED ALWAYS AS IDENTITY{d.maybe(' PRIMARY KEY')}{d.maybe(' DEFAULT 1', 0.1)})",
            f"ALTER TABLE {d.name(g, 0)} ADD FOREIGN KEY ({name}) REFERENCES sources (id){d.maybe(' ON DELETE SET NULL', 0.3)}", f"ALTER TABLE {d.name(g, 0)} REPLICA IDENTITY FULL, ALTER COLUMN {name} SET STATISTICS 50",
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('col')} {d.one(('serial', 'bigserial', 'smallserial'))}{d.maybe(' PRIMARY KEY', 0.2)}{d.maybe(' NOT NULL', 0.2)}", f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(g, 0)} INCLUDING IDENTITY INCLUDING GENERATED)",
            f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} SET EXPRESSION AS ({d.one(('1', 'id', 'a', 'a + 1', 'amount', 'price * 2', 'random()', 'label'))})" if d.version >= 17 else f"ALTER TABLE {d.name(g, 0)} ALTER COLUMN {name} SET STATISTICS 1",
        )
    )  # fmt: skip


@family
def transactions(d: Draw) -> str:
    """Savepoints, prepared statements, cursors, settings, deferral."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    return d.one(
        (
            f"SAVEPOINT a; ALTER TABLE {name} ADD COLUMN zz int; RELEASE SAVEPOINT a", f"SAVEPOINT a; ALTER TABLE {name} ADD COLUMN zz int; SAVEPOINT b; DROP TABLE {name} CASCADE; ROLLBACK TO a; ALTER TABLE {name} ADD COLUMN zz text",
            f"SAVEPOINT a; SAVEPOINT a; ALTER TABLE {name} ADD COLUMN zz int; ROLLBACK TO a; RELEASE a; ALTER TABLE {name} ADD COLUMN yy int", "ROLLBACK TO nope", "RELEASE nope", "SAVEPOINT a; RELEASE a; ROLLBACK TO a",
            f"PREPARE p AS UPDATE {name} SET {c} = {c}; EXECUTE p", f"PREPARE p (int) AS SELECT * FROM {name} WHERE {c}::text = $1::text; EXECUTE p(1); DEALLOCATE p", f"PREPARE q AS DELETE FROM {name}; DEALLOCATE q", "EXECUTE nope", "DEALLOCATE nope", "DEALLOCATE ALL",
            f"PREPARE p AS INSERT INTO {name} DEFAULT VALUES; EXECUTE p", f"DECLARE cur CURSOR FOR SELECT * FROM {name}; FETCH 5 FROM cur; CLOSE cur", f"DECLARE cur CURSOR FOR SELECT * FROM {name}; ALTER TABLE {name} ADD COLUMN zz int", f"DECLARE cur CURSOR FOR SELECT * FROM {name}; CLOSE cur; ALTER TABLE {name} ADD COLUMN zz int", "CLOSE nope", "FETCH 1 FROM nope",
            "SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS shop.lines_cart DEFERRED", "SET CONSTRAINTS lines_cart DEFERRED", "SET CONSTRAINTS items_order_id_fkey IMMEDIATE", "SET CONSTRAINTS shop.payments_cart_id_fkey DEFERRED",
            f"SET CONSTRAINTS ALL DEFERRED; UPDATE shop.lines SET cart_id = 1; ALTER TABLE shop.lines {d.one(('ADD COLUMN zz int', 'SET (fillfactor = 50)', 'DROP COLUMN code'))}", "UPDATE shop.lines SET cart_id = 1; ALTER TABLE shop.lines ADD COLUMN zz int",
            "DELETE FROM shop.payments; DELETE FROM shop.lines; ALTER TABLE shop.lines ADD COLUMN zz int", "INSERT INTO shop.lines (cart_id) VALUES (3); ALTER TABLE shop.lines ADD COLUMN zz int",
            "INSERT INTO shop.payments VALUES (500, 2, 3, 1); ALTER TABLE shop.payments ADD COLUMN zz int", "INSERT INTO shop.payments VALUES (500, 2, 3, 1); SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE shop.payments ADD COLUMN zz int", "UPDATE shop.payments SET line_id = 4; ALTER TABLE shop.lines ADD COLUMN zz int",
            "UPDATE items SET line = 5; ALTER TABLE items ADD COLUMN zz int", "UPDATE items SET order_id = 5 WHERE line = 1000; ALTER TABLE items ADD COLUMN zz int", "DELETE FROM items; ALTER TABLE orders ADD COLUMN zz int", "DELETE FROM items; DROP TABLE items", "UPDATE items SET order_id = 3; DROP TABLE items", "UPDATE items SET order_id = 3; TRUNCATE items", "UPDATE items SET order_id = 3; CREATE INDEX ON items (sku)",
            "UPDATE items SET order_id = 3; ALTER TABLE items DROP CONSTRAINT items_order_id_fkey", "UPDATE items SET order_id = 3; ALTER TABLE items VALIDATE CONSTRAINT items_order_id_fkey", "UPDATE items SET order_id = 3; COMMENT ON TABLE items IS 'x'", "UPDATE items SET order_id = 3; ALTER TABLE items RENAME TO goods",
            f"SET search_path = shop; ALTER TABLE {d.one(('carts', 'lines', 'orders', 'payments'))} ADD COLUMN zz int", f"SET LOCAL search_path = shop, public; DROP TABLE {d.one(('carts', 'lines', 'orders', 'payments'))} CASCADE", "SET search_path = nowhere; CREATE TABLE zz (a int)", "SET search_path = ''; CREATE TABLE zz (a int)",
            f"SET timezone = 'Europe/Paris'; ALTER TABLE wide ALTER COLUMN f TYPE timestamptz", "SET timezone = 'UTC'; ALTER TABLE wide ALTER COLUMN f TYPE timestamptz", "SET LOCAL lock_timeout = '1s'; ALTER TABLE wide ALTER COLUMN g TYPE timestamptz", "SET TIME ZONE 'Asia/Tokyo'; ALTER TABLE wide ALTER COLUMN f TYPE timestamptz USING f AT TIME ZONE 'UTC'",
            f"SET session_replication_role = replica; DELETE FROM {name}", f"SET session_replication_role = replica; INSERT INTO shop.lines (cart_id) VALUES (99999)", f"SET ROLE app_owner; RESET ROLE; ALTER TABLE {name} ADD COLUMN zz int", "SET default_tablespace = ''", "SET default_table_access_method = heap",
            f"RESET ALL; ALTER TABLE {name} ADD COLUMN zz int", f"SHOW search_path; SELECT 1", f"BEGIN; ALTER TABLE {name} ADD COLUMN zz int", f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE; ALTER TABLE {name} ADD COLUMN zz int DEFAULT random()", f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE NOWAIT", f"LOCK {name}, {d.name(d.table())} IN ROW SHARE MODE",
        )
    )  # fmt: skip


@family
def blocks(d: Draw) -> str:
    """DO blocks whose way can be known, and some whose cannot."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    step = d.one(
        (
            f"ALTER TABLE {name} ADD COLUMN zz int",
            f"UPDATE {name} SET {c} = {c}",
            f"CREATE INDEX ON {name} ({c})",
            f"DROP TABLE {name} CASCADE",
            f"ALTER TABLE {name} ALTER COLUMN {c} SET NOT NULL",
            f"ALTER TABLE {name} DROP COLUMN {c}",
        )
    )
    quoted = step.replace("'", "''")
    plain = t.name.replace("'", "''")
    return d.one(
        (
            f"DO $$ BEGIN {step}; END $$", f"DO $$ BEGIN {step}; EXCEPTION WHEN OTHERS THEN NULL; END $$", f"DO $$ BEGIN EXECUTE '{quoted}'; END $$", f"DO $$ BEGIN IF true THEN {step}; END IF; END $$", f"DO $$ BEGIN IF 1 > 2 THEN {step}; ELSE NULL; END IF; END $$",
            f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = '{plain}' AND column_name = 'zz') THEN {step}; END IF; END $$",
            f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_class WHERE relname = '{plain}') THEN {step}; END IF; END $$", f"DO $$ BEGIN IF to_regclass('{plain}') IS NULL THEN {step}; END IF; END $$",
            f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{d.constraint(t).replace(chr(34), '')}') THEN {step}; END IF; END $$", f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = '{d.one(('mood', 'nope'))}') THEN {step}; END IF; END $$",
            f"DO $$ BEGIN FOR i IN 1..3 LOOP CREATE TABLE {{0}}; END LOOP; END $$".replace("{0}", "t_again (a int)"), f"DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE 'ALTER TABLE {name} ADD COLUMN zz' || i || ' int'; END LOOP; END $$", f"DO $$ BEGIN FOR i IN 1..2 LOOP EXECUTE format('ALTER TABLE {name} ADD COLUMN z%s int', i); END LOOP; END $$",
            f"DO $$ DECLARE n text := '{plain}'; BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN zz int', n); END $$", f"DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 AS a LOOP {step}; END LOOP; END $$", f"DO $$ DECLARE x text; BEGIN FOREACH x IN ARRAY ARRAY['a1', 'b1'] LOOP EXECUTE format('ALTER TABLE {name} ADD COLUMN %I int', x); END LOOP; END $$",
            f"DO $$ BEGIN WHILE false LOOP {step}; END LOOP; END $$", f"DO $$ BEGIN RAISE NOTICE 'x'; {step}; END $$", f"DO $$ BEGIN RAISE EXCEPTION 'no'; {step}; END $$", f"DO $$ BEGIN RETURN; {step}; END $$", f"DO $$ BEGIN BEGIN {step}; EXCEPTION WHEN undefined_table THEN NULL; END; END $$",
            f"DO $$ BEGIN BEGIN DROP TABLE nowhere; EXCEPTION WHEN undefined_table THEN RAISE NOTICE 'gone'; END; {step}; END $$", f"DO $$ BEGIN PERFORM 1; {step}; END $$", f"DO $$ BEGIN PERFORM count(*) FROM {name}; END $$", f"DO LANGUAGE plpgsql $$ BEGIN {step}; END $$", f"DO $$ BEGIN LOOP EXIT; END LOOP; {step}; END $$",
            f"DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM pg_class WHERE relname = '{plain}'; IF n > 0 THEN {step}; END IF; END $$", f"DO $$ BEGIN CASE 1 WHEN 1 THEN {step}; ELSE NULL; END CASE; END $$", f"DO $$ BEGIN ASSERT true; {step}; END $$", "DO $$ BEGIN COMMIT; END $$",
        )
    )  # fmt: skip


@family
def made_tables(d: Draw) -> str:
    """CREATE TABLE in its forms, AS, INTO, OF, temporary."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    new = d.fresh("tab")
    other = d.name(d.random.choice(d.every), 0)
    return d.one(
        (
            f"SELECT * INTO {new} FROM {name}", f"SELECT {c} INTO TEMP {new} FROM {name}", f"SELECT {c}, count(*) INTO UNLOGGED {new} FROM {name} GROUP BY 1", f"CREATE TABLE {new} AS TABLE {other} WITH DATA", f"CREATE UNLOGGED TABLE {new} AS SELECT * FROM {other} LIMIT 5",
            f"CREATE TABLE IF NOT EXISTS {name} AS SELECT 1", f"CREATE TABLE IF NOT EXISTS {name} (a int)", f"CREATE TEMP TABLE {new} ON COMMIT DROP AS SELECT * FROM {other}", f"CREATE TABLE {new} (a, b) AS SELECT 1, 'x'", f"CREATE TABLE {new} (a, b, c) AS SELECT 1, 'x'", f"CREATE TABLE {new} AS SELECT 1 AS a, 2 AS a",
            f"CREATE TEMP TABLE {t.name} (a int); ALTER TABLE {t.name} ADD COLUMN b int", f"CREATE TEMP TABLE tt (a int) ON COMMIT DELETE ROWS; INSERT INTO tt VALUES (1); DROP TABLE tt", f"CREATE TABLE {new} (a int REFERENCES {name})", f"CREATE TABLE {new} (a int REFERENCES {name} ({c}) ON DELETE CASCADE)",
            f"CREATE TABLE {new} (LIKE {name} INCLUDING ALL EXCLUDING INDEXES EXCLUDING CONSTRAINTS)", f"CREATE TABLE {new} (LIKE {name} INCLUDING INDEXES, LIKE {other})", f"CREATE TABLE {new} (id int PRIMARY KEY, parent int REFERENCES {new})", f"CREATE TABLE {new} (a int, PRIMARY KEY (a), UNIQUE (a))",
            f"CREATE TABLE {new} (a int PRIMARY KEY, b int PRIMARY KEY)", f"CREATE TABLE {new} (a int, a text)", f"CREATE TABLE {new} (a int CHECK (b > 0), b int)", f"CREATE TABLE {new} (a nosuch)", f"CREATE TABLE {new} (a int DEFAULT 'x')", f"CREATE TABLE {new} (a int DEFAULT nosuch())", f"CREATE TABLE {new} (a int NULL NOT NULL)",
            f"CREATE TABLE {new} (a int, CONSTRAINT c CHECK (a > 0), CONSTRAINT c CHECK (a > 1))", f"CREATE TABLE {new} (a int, FOREIGN KEY (a, b) REFERENCES {name})", f"CREATE TABLE {new} (a int) WITH (fillfactor = 50, nonsense = 1)", f"CREATE TABLE {new} (a int) WITH (toast.autovacuum_enabled = off)",
            f"CREATE TABLE {new} (a int) TABLESPACE pg_default", f"CREATE TABLE {new} (a int) USING heap", f"CREATE TABLE {new} (a int) USING nope", f"CREATE TABLE {new} (a int4range, b int, EXCLUDE USING gist (a WITH &&) WHERE (b > 0))", f"CREATE TABLE {new} (a int UNIQUE NULLS NOT DISTINCT)", f"CREATE TABLE {new} (a text STORAGE EXTERNAL COMPRESSION pglz)",
            f"CREATE TABLE {new} (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)", f"CREATE TABLE {new} (a int REFERENCES {name} MATCH FULL)", f"CREATE TABLE {new} OF row_type (id WITH OPTIONS PRIMARY KEY, label DEFAULT 'x')", f"CREATE TABLE {new} OF shop.place", f"CREATE TABLE {new} OF row_type (nosuch PRIMARY KEY)",
            f"CREATE TABLE shop.{new} (a shop.code, b shop.state DEFAULT 'open', c money_range, d labels)", f"CREATE TABLE nowhere.{new} (a int)", f"CREATE TABLE {new} (a int) PARTITION BY LIST (a, b)", f"CREATE TABLE {new} (a int, b int) PARTITION BY LIST (a, b)", f"CREATE TABLE {new} (a int PRIMARY KEY, b int) PARTITION BY RANGE (b)", f"CREATE TABLE {new} (a jsonb) PARTITION BY RANGE (a)",
            f"CREATE TABLE {new} (a json) PARTITION BY LIST (a)", f"CREATE TABLE {new} (a int) INHERITS ({name}, {d.name(d.table(), 0)})", f"CREATE TABLE {new} ({c} text) INHERITS ({name})", f"CREATE UNLOGGED TABLE {new} (a int REFERENCES {name})", f"CREATE TEMP TABLE {new} (a int REFERENCES {name})", f"CREATE UNLOGGED TABLE {new} (a int); CREATE TABLE {new}2 (b int REFERENCES {new})",
            f"CREATE TABLE {new} (a int, b text, EXCLUDE USING gist (b WITH =))", f"CREATE TABLE {new} (a serial, b bigserial UNIQUE, c smallserial CHECK (c > 0))", f"CREATE TABLE {new} (a int[] DEFAULT '{{}}', b text COLLATE \"C\" DEFAULT '')", f'CREATE TABLE {new} (a int COLLATE "C")', f"CREATE TABLE {new} ()", f"CREATE TABLE {new} (a int, b int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 5), c text STORAGE nope)",
        )
    )  # fmt: skip


@family
def type_changes(d: Draw) -> str:
    """Changes of type where something depends on the column, alone and together."""
    t = d.table()
    name = d.name(t, 0)
    c, e = d.column(t, 0), d.column(t, 0)
    kind, other = d.type(), d.type()
    return d.one(
        (
            f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind}, ALTER COLUMN {e} TYPE {other}", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind}, ADD CONSTRAINT {d.fresh('con')} CHECK ({c} IS NOT NULL)", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind}, ADD UNIQUE ({c})",
            f"ALTER TABLE {name} ALTER COLUMN {c} DROP DEFAULT, ALTER COLUMN {c} TYPE {kind} USING {c}::text::{kind}, ALTER COLUMN {c} SET DEFAULT {d.default()}", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} USING CASE WHEN {c} IS NULL THEN NULL ELSE NULL::{kind} END",
            f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} USING (SELECT NULL::{kind})", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} USING {e}::{kind}", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} USING {c}::{other}::{kind}", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} USING nullif({c}::text, '')::{kind}",
            f'ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind} COLLATE "C"', f"ALTER TABLE {name} ALTER COLUMN {c} TYPE text COLLATE \"{d.one(('C', 'POSIX', 'default'))}\"", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE {kind}[] USING ARRAY[{c}]::{kind}[]", f"ALTER TABLE wide ALTER COLUMN {d.one('abcdefghijk')} TYPE {kind}",
            f"ALTER TABLE wide ALTER COLUMN a TYPE varchar({d.one(('5', '10', '20', '100'))}), ALTER COLUMN e TYPE numeric({d.one(('6,2', '8,2', '10,4', '4,2'))})", f"ALTER TABLE wide ALTER COLUMN d TYPE text COLLATE \"{d.one(('C', 'POSIX', 'default'))}\"", f"ALTER TABLE wide ALTER COLUMN h TYPE {d.one(('text[]', 'varchar[]', 'text', 'labels'))}",
            f"ALTER TABLE wide ALTER COLUMN k TYPE {d.one(('varchar(12)', 'varchar(20)', 'text', 'varchar(5)', 'shop.code'))}", f"ALTER TABLE wide ALTER COLUMN i TYPE {d.one(('int8range', 'int4range', 'text', 'int4multirange'))}{d.maybe(' USING NULL')}", f"ALTER TABLE wide DROP CONSTRAINT wide_a_b, ALTER COLUMN a TYPE varchar(50)",
            f"ALTER TABLE shop.carts ALTER COLUMN {d.one(('id', 'state', 'owner', 'total', 'changed', 'extra', 'tags', 'spot'))} TYPE {kind}", f"ALTER TABLE shop.lines ALTER COLUMN {d.one(('id', 'cart_id', 'n', 'code', 'price', 'gross'))} TYPE {kind}", f"ALTER TABLE shop.lines ALTER COLUMN cart_id TYPE {d.one(('int', 'bigint', 'numeric', 'smallint'))}",
            f"ALTER TABLE shop.carts ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE text{d.maybe(' USING state::text')}", "ALTER TABLE shop.carts ALTER COLUMN state TYPE varchar(20) USING state::varchar(20)", f"ALTER TABLE events ALTER COLUMN {d.one(('note', 'source_id', 'id', 'kind', 'at'))} TYPE {kind}", f"ALTER TABLE sources ALTER COLUMN id TYPE {d.one(('bigint', 'int', 'smallint', 'text', 'numeric'))}",
            f"ALTER TABLE bookings ALTER COLUMN {d.one(('during', 'room', 'span'))} TYPE {d.one(('tstzrange', 'tsrange', 'text', 'bigint', 'numrange'))}{d.maybe(' USING NULL', 0.2)}", f"ALTER TABLE scratch ALTER COLUMN body TYPE varchar(50)", f"ALTER TABLE nothing_here ALTER COLUMN {d.one(('id', 'a', 'b', 'r'))} TYPE {kind}",
        )
    )  # fmt: skip


@family
def cluster_wide(d: Draw) -> str:
    """Roles, privileges, publications, foreign data, extensions, text search, casts, operators."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    anything = d.name(d.random.choice(d.every), 0)
    return d.one(
        (
            f"GRANT {d.one(('ALL', 'SELECT, INSERT', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN', 'USAGE'))} ON {name} TO {d.one(('reader', 'PUBLIC', 'CURRENT_USER'))}{d.maybe(' WITH GRANT OPTION', 0.2)}", f"REVOKE GRANT OPTION FOR SELECT ON {name} FROM reader", "GRANT USAGE, SELECT ON SEQUENCE counter TO reader",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA shop TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA nowhere TO reader", "GRANT EXECUTE ON FUNCTION f_imm(int) TO reader", "GRANT EXECUTE ON FUNCTION nope(int) TO reader", "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA shop TO reader", "GRANT USAGE ON TYPE mood TO reader", "GRANT USAGE ON DOMAIN positive TO reader",
            "GRANT reader TO app_owner", "REVOKE reader FROM app_owner", "GRANT USAGE ON SCHEMA nowhere TO reader", "GRANT CREATE ON DATABASE postgres TO reader", "GRANT USAGE ON LANGUAGE plpgsql TO reader", "REVOKE ALL ON SCHEMA public FROM PUBLIC", f"GRANT SELECT ({c}, missing) ON {name} TO reader", "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reader", "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC",
            f"CREATE PUBLICATION {d.fresh('pub')}", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE ONLY {name}", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE {name} ({c})", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE {name} WHERE ({d.condition(t)})", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLES IN SCHEMA shop", f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE {anything}, {name} WITH (publish = 'insert')",
            f"ALTER PUBLICATION changes ADD TABLE {name}", f"ALTER PUBLICATION changes DROP TABLE {name}", f"ALTER PUBLICATION changes SET TABLE {name}", "ALTER PUBLICATION changes DROP TABLE wide", "ALTER PUBLICATION changes SET (publish = 'insert')", "ALTER PUBLICATION changes OWNER TO app_owner", "ALTER PUBLICATION changes ADD TABLES IN SCHEMA app", "DROP PUBLICATION changes", "DROP PUBLICATION IF EXISTS nope", "DROP PUBLICATION nope", "ALTER PUBLICATION nope ADD TABLE wide",
            "CREATE FOREIGN DATA WRAPPER fdw_x", "CREATE FOREIGN DATA WRAPPER fdw_x; CREATE SERVER srv FOREIGN DATA WRAPPER fdw_x; CREATE FOREIGN TABLE ft (a int, b text) SERVER srv", "CREATE FOREIGN DATA WRAPPER fdw_x; CREATE SERVER srv FOREIGN DATA WRAPPER fdw_x; CREATE USER MAPPING FOR reader SERVER srv", f"CREATE FOREIGN DATA WRAPPER fdw_x; CREATE SERVER srv FOREIGN DATA WRAPPER fdw_x; CREATE FOREIGN TABLE ft (a int) SERVER srv; ALTER FOREIGN TABLE ft {d.one(('ADD COLUMN z int DEFAULT random()', 'ALTER COLUMN a TYPE text', 'ADD CHECK (a > 0)', 'ADD PRIMARY KEY (a)', 'ALTER COLUMN a SET NOT NULL', 'DROP COLUMN a', 'OPTIONS (ADD x $$1$$)', 'RENAME TO fx', 'INHERIT bare'))}",
            "CREATE FOREIGN DATA WRAPPER fdw_x; CREATE SERVER srv FOREIGN DATA WRAPPER fdw_x; CREATE FOREIGN TABLE fp PARTITION OF regions FOR VALUES IN ('xx') SERVER srv", "CREATE FOREIGN DATA WRAPPER fdw_x; CREATE SERVER srv FOREIGN DATA WRAPPER fdw_x; DROP FOREIGN DATA WRAPPER fdw_x CASCADE", "DROP SERVER IF EXISTS nope", "DROP FOREIGN TABLE nope", "DROP FOREIGN DATA WRAPPER nope",
            "CREATE ROLE someone LOGIN", "ALTER ROLE reader NOLOGIN", "DROP ROLE IF EXISTS nobody_known", "CREATE USER another PASSWORD 'x'", "CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)", "CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple)", "ALTER TEXT SEARCH DICTIONARY simple (stopwords = 'english')",
            "CREATE OPERATOR CLASS cls FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int)", "CREATE OPERATOR FAMILY fam USING btree", "CREATE COLLATION posix2 (locale = 'C')", 'ALTER COLLATION "C" OWNER TO app_owner', "CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
            "CREATE EXTENSION plpgsql", "DROP EXTENSION IF EXISTS nope", "COMMENT ON EXTENSION plpgsql IS 'x'", "COMMENT ON FUNCTION f_imm(int) IS 'x'", "COMMENT ON FUNCTION nope() IS 'x'", "COMMENT ON DOMAIN positive IS 'x'", "COMMENT ON CONSTRAINT email_at ON DOMAIN email IS 'x'", "COMMENT ON ROLE reader IS 'x'", "COMMENT ON STATISTICS orders_stat IS 'x'", f"COMMENT ON CONSTRAINT {d.constraint(t)} ON {name} IS NULL", "COMMENT ON PUBLICATION changes IS 'x'", f"COMMENT ON VIEW {anything} IS 'x'", f"COMMENT ON MATERIALIZED VIEW {anything} IS 'x'", f"COMMENT ON FOREIGN TABLE {anything} IS 'x'",
            "CREATE EVENT TRIGGER evt ON ddl_command_start EXECUTE FUNCTION trg()", "DROP EVENT TRIGGER IF EXISTS nope", "LOAD 'plpgsql'", "SECURITY LABEL ON ROLE reader IS 'x'", "REASSIGN OWNED BY app_owner TO reader", "DROP OWNED BY app_owner CASCADE", "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION y", "ALTER SYSTEM RESET ALL",
            f"ALTER TABLE {name} DEPENDS ON EXTENSION plpgsql" if d.chance(0.2) else f"ALTER INDEX {d.name(d.random.choice(d.indexes))} DEPENDS ON EXTENSION plpgsql", "ALTER FUNCTION f_vol() DEPENDS ON EXTENSION plpgsql", "ALTER OPERATOR + (int, int) OWNER TO app_owner", "ALTER AGGREGATE shop.add_up(numeric) RENAME TO adds", "DROP AGGREGATE shop.add_up(numeric)", "ALTER LANGUAGE plpgsql OWNER TO postgres",
        )
    )  # fmt: skip


@family
def routines_and_types(d: Draw) -> str:
    """Functions, procedures, triggers on the second half of the schema, and types that are in use."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    return d.one(
        (
            "ALTER TYPE shop.state ADD VALUE 'lost'", "ALTER TYPE shop.state ADD VALUE IF NOT EXISTS 'paid' BEFORE 'open'", "ALTER TYPE shop.state ADD VALUE 'lost' AFTER 'nope'", "ALTER TYPE shop.state RENAME VALUE 'open' TO 'fresh'", "ALTER TYPE shop.state RENAME VALUE 'nope' TO 'x'", "ALTER TYPE shop.state RENAME TO condition", "ALTER TYPE shop.state SET SCHEMA public", "ALTER TYPE shop.state OWNER TO app_owner", "DROP TYPE shop.state", "DROP TYPE shop.state CASCADE",
            "ALTER TYPE shop.state ADD VALUE 'lost'; ALTER TABLE shop.carts ALTER COLUMN state SET DEFAULT 'lost'", "ALTER TYPE shop.state ADD VALUE 'lost'; UPDATE shop.carts SET state = 'lost'", "ALTER TYPE shop.state ADD VALUE 'lost'; INSERT INTO shop.carts (state) VALUES ('lost')", "CREATE TYPE fresh_enum AS ENUM ('a'); ALTER TYPE fresh_enum ADD VALUE 'b'; CREATE TABLE zz (e fresh_enum DEFAULT 'b')",
            f"ALTER TYPE shop.place {d.one(('ADD ATTRIBUTE z int', 'DROP ATTRIBUTE y', 'DROP ATTRIBUTE nope', 'ALTER ATTRIBUTE x TYPE int', 'ADD ATTRIBUTE x int', 'RENAME ATTRIBUTE x TO xx', 'ADD ATTRIBUTE z int CASCADE', 'DROP ATTRIBUTE IF EXISTS nope'))}", f"ALTER TYPE row_type {d.one(('ADD ATTRIBUTE z int', 'ADD ATTRIBUTE z int CASCADE', 'DROP ATTRIBUTE label CASCADE', 'ALTER ATTRIBUTE label TYPE varchar(10) CASCADE', 'RENAME ATTRIBUTE label TO l', 'RENAME ATTRIBUTE label TO l CASCADE', 'ALTER ATTRIBUTE id TYPE bigint CASCADE'))}",
            "ALTER DOMAIN shop.code DROP NOT NULL", "ALTER DOMAIN shop.code SET DEFAULT 'x'", "ALTER DOMAIN shop.code DROP CONSTRAINT code_check", "ALTER DOMAIN shop.code ADD CONSTRAINT short CHECK (length(VALUE) < 13)", "ALTER DOMAIN shop.code ADD CONSTRAINT short CHECK (length(VALUE) < 13) NOT VALID", "ALTER DOMAIN shop.code VALIDATE CONSTRAINT nope", "ALTER DOMAIN labels SET NOT NULL", "ALTER DOMAIN labels ADD CHECK (array_length(VALUE, 1) > 0)", "ALTER DOMAIN shop.code RENAME TO kode", "ALTER DOMAIN shop.code RENAME CONSTRAINT code_check TO cc", "DROP DOMAIN shop.code", "DROP DOMAIN shop.code CASCADE", "DROP DOMAIN labels", "CREATE DOMAIN plus AS int DEFAULT 1 NOT NULL CHECK (VALUE > 0) CHECK (VALUE < 10)", "CREATE DOMAIN bad AS nosuch", "CREATE DOMAIN labels AS int",
            "ALTER TYPE money_range RENAME TO mr", "DROP TYPE money_range", "DROP TYPE money_range CASCADE", "CREATE TYPE r2 AS RANGE (subtype = date, multirange_type_name = dates)", "CREATE TYPE r3 AS RANGE (subtype = nosuch)", "CREATE TYPE shell", 'CREATE TYPE c2 AS (a int, b text COLLATE "C")', "CREATE TYPE e2 AS ENUM ()", "CREATE TYPE e2 AS ENUM ('a', 'a')", "CREATE TYPE mood AS ENUM ('x')",
            "CREATE OR REPLACE FUNCTION shop.total(a numeric, b numeric DEFAULT 0) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT a'", "CREATE OR REPLACE FUNCTION shop.total(x numeric, y numeric) RETURNS numeric LANGUAGE sql AS 'SELECT x'", "CREATE OR REPLACE FUNCTION shop.total(a numeric) RETURNS text LANGUAGE sql AS 'SELECT ''x'''", "CREATE FUNCTION shop.total(a numeric, b numeric) RETURNS numeric LANGUAGE sql AS 'SELECT a'", "CREATE OR REPLACE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "DROP FUNCTION shop.total", "DROP FUNCTION shop.total(numeric, numeric)", "DROP FUNCTION shop.total(numeric)", "DROP FUNCTION shop.stamp()", "DROP FUNCTION shop.stamp() CASCADE", "DROP FUNCTION IF EXISTS nope(int)", "DROP PROCEDURE shop.tidy()", "DROP PROCEDURE shop.total", "DROP ROUTINE shop.tidy", "CALL shop.tidy()", "CALL nope()", "SELECT shop.total(1, 2)", "ALTER FUNCTION shop.total(numeric, numeric) RENAME TO sums", "ALTER PROCEDURE shop.tidy() SET SCHEMA public", "ALTER ROUTINE shop.tidy() OWNER TO app_owner", "CREATE FUNCTION tab_f() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1'", f"CREATE FUNCTION set_f() RETURNS SETOF {name} LANGUAGE sql AS 'SELECT * FROM {name}'", "CREATE FUNCTION bad() RETURNS int LANGUAGE sql AS 'SELECT nosuch'", "CREATE FUNCTION bad() RETURNS nosuch LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION bad(a nosuch) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            f"CREATE TRIGGER {d.fresh('trg')} {d.one(('BEFORE', 'AFTER'))} {d.one(('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'INSERT OR UPDATE OR DELETE'))} ON {name} FOR EACH {d.one(('ROW', 'STATEMENT'))} {d.maybe('WHEN (OLD.* IS DISTINCT FROM NEW.*) ', 0.15)}EXECUTE {d.one(('FUNCTION', 'PROCEDURE'))} {d.one(TRIGGERS)}()", f"CREATE TRIGGER {d.fresh('trg')} AFTER UPDATE ON {name} REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION trg()", f"CREATE TRIGGER {d.fresh('trg')} INSTEAD OF INSERT ON {d.name(d.random.choice(d.every), 0)} FOR EACH ROW EXECUTE FUNCTION trg()", f"CREATE CONSTRAINT TRIGGER {d.fresh('trg')} AFTER INSERT ON {name} FROM sources DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trg()", "DROP TRIGGER carts_stamp ON shop.carts", "ALTER TABLE shop.carts DISABLE TRIGGER carts_stamp", "ALTER TABLE shop.carts ENABLE ALWAYS TRIGGER carts_stamp", "DROP TRIGGER lines_of_insert ON shop.lines_of", "ALTER TRIGGER carts_stamp ON shop.carts RENAME TO cs",
            "UPDATE shop.carts SET total = 1", "INSERT INTO shop.carts (owner) VALUES ('x')", "DELETE FROM shop.carts", "UPDATE sources SET name = 'x' || id", "DELETE FROM sources", f"INSERT INTO nothing_here SELECT * FROM nothing_here", "UPDATE nothing_here SET b = 1", "DELETE FROM nothing_here", "INSERT INTO sources VALUES (100, 'x')", "MERGE INTO sources s USING nothing_here n ON s.id = n.id WHEN MATCHED THEN UPDATE SET name = 'y' WHEN NOT MATCHED THEN INSERT VALUES (n.id, 'z')", "UPDATE events SET note = 'x'", "DELETE FROM events WHERE kind = 1", "INSERT INTO events (at, kind) VALUES (now(), 1)", "INSERT INTO events (at, kind) VALUES (now(), 9)", "UPDATE both_child SET d = 1", f"DELETE FROM {name} WHERE {c} IS NULL", f"UPDATE {name} SET {c} = NULL", "TRUNCATE shop.carts", "TRUNCATE shop.carts CASCADE", "TRUNCATE shop.carts RESTART IDENTITY CASCADE", "TRUNCATE sources CASCADE", "TRUNCATE events, event_links", "TRUNCATE first_parent", "TRUNCATE v_unrelated",
        )
    )  # fmt: skip


@family
def views_of_views(d: Draw) -> str:
    """Views over views, materialised ones, their options, and what stands on them."""
    mine = [x for x in d.every if x.kind in {"view", "matview"}]
    v = d.random.choice(mine or d.every)
    name, c = d.name(v, 0), d.column(v, 0)
    t = d.table()
    word = {"view": "VIEW", "matview": "MATERIALIZED VIEW"}.get(v.kind, "TABLE")
    new = d.fresh("v")
    return d.one(
        (
            f"CREATE VIEW {new} AS SELECT * FROM {name}", f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {name}", f"CREATE MATERIALIZED VIEW {new} AS SELECT * FROM {name}", f"DROP {word} {name}", f"DROP {word} {name} CASCADE", f"DROP VIEW {name}", f"DROP MATERIALIZED VIEW {name}", f"ALTER {word} {name} RENAME TO {new}", f"ALTER {word} {name} RENAME COLUMN {c} TO cc", f"ALTER {word} {name} SET SCHEMA app", f"ALTER {word} {name} OWNER TO app_owner",
            f"REFRESH MATERIALIZED VIEW {name}", f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}", f"REFRESH MATERIALIZED VIEW {name} WITH NO DATA", f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name} WITH NO DATA", f"CREATE INDEX ON {name} ({c})", f"CREATE UNIQUE INDEX CONCURRENTLY ON {name} ({c})", f"ALTER MATERIALIZED VIEW {name} ALTER COLUMN {c} SET STATISTICS 5", f"ALTER MATERIALIZED VIEW {name} SET (autovacuum_enabled = false)", f"ALTER MATERIALIZED VIEW {name} SET TABLESPACE pg_default",
            f"ALTER VIEW {name} SET ({d.one(('security_barrier', 'security_invoker = true', 'check_option = local', 'nope = 1'))})", f"ALTER VIEW {name} RESET (security_barrier)", f"ALTER VIEW {name} ALTER COLUMN {c} DROP DEFAULT", f"ALTER TABLE {name} ADD COLUMN zz int", f"ALTER TABLE {name} ALTER COLUMN {c} TYPE text", f"ALTER TABLE {name} ALTER COLUMN {c} SET DEFAULT 1", f"SELECT * FROM {name}", f"DELETE FROM {name}", f"UPDATE {name} SET {c} = {c}", f"TRUNCATE {name}", f"LOCK TABLE {name} IN SHARE MODE", f"VACUUM {name}", f"ANALYZE {name}", f"CLUSTER {name}", f"GRANT SELECT ON {name} TO reader", f"COMMENT ON COLUMN {name}.{c} IS 'x'",
            f"CREATE VIEW {new} (a, b) AS SELECT 1, 2", f"CREATE VIEW {new} (a, b, c) AS SELECT 1, 2", f"CREATE TEMP VIEW {new} AS SELECT * FROM {d.name(t)}", f"CREATE RECURSIVE VIEW {new} (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM {new} WHERE n < 5", f"CREATE VIEW {new} AS SELECT a.*, b.* FROM {d.name(t)} a JOIN {d.name(t)} b ON true", f"CREATE VIEW {new} AS SELECT nosuch FROM {d.name(t)}", f"CREATE VIEW {new} WITH (security_invoker) AS SELECT * FROM {d.name(t)} WITH LOCAL CHECK OPTION", f"CREATE VIEW {new} AS SELECT {d.column(t)} FROM {d.name(t)} UNION ALL SELECT NULL", f"CREATE VIEW {new} AS WITH x AS (SELECT * FROM {d.name(t)}) SELECT count(*) FROM x", f"CREATE VIEW {new} AS SELECT (SELECT max(id) FROM sources) AS m, t.* FROM {d.name(t)} t",
            f"ALTER TABLE shop.carts DROP COLUMN {d.one(('owner', 'total', 'extra', 'spot', 'tags'))}{d.maybe(' CASCADE', 0.5)}", f"ALTER TABLE shop.carts ALTER COLUMN {d.one(('owner', 'extra', 'total'))} TYPE text", "ALTER TABLE shop.carts RENAME COLUMN owner TO who", "DROP TABLE shop.carts CASCADE", "DROP TABLE shop.lines", "DROP TABLE shop.lines CASCADE", "CREATE OR REPLACE VIEW shop.open_carts AS SELECT id, owner, total, changed FROM shop.carts", "CREATE OR REPLACE VIEW shop.open_carts AS SELECT id, total FROM shop.carts", "CREATE OR REPLACE VIEW shop.open_carts AS SELECT id, owner, total::text FROM shop.carts", "DROP SCHEMA shop", "DROP SCHEMA shop CASCADE", "ALTER SCHEMA shop RENAME TO store", "ALTER SCHEMA shop OWNER TO app_owner", f"ALTER {word} IF EXISTS nowhere RENAME TO x", f"CREATE OR REPLACE VIEW {d.name(t)} AS SELECT 1", "CREATE TABLE zz AS SELECT * FROM shop.counted", "CREATE RULE keep_v AS ON INSERT TO shop.lines_of DO INSTEAD NOTHING", "CREATE TRIGGER vt BEFORE INSERT ON shop.lines_of FOR EACH STATEMENT EXECUTE FUNCTION trg()",
        )
    )  # fmt: skip


@family
def newest(d: Draw) -> str:
    """What 18 brought, on every version."""
    t = d.table()
    name, c = d.name(t, 0), d.column(t, 0)
    con = d.fresh("con")
    return d.one(
        (
            f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c}", f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c} NOT VALID", f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c} NO INHERIT", f"ALTER TABLE ONLY {name} ADD CONSTRAINT {con} NOT NULL {c}", f"ALTER TABLE {name} VALIDATE CONSTRAINT {d.constraint(t, 'not null')}", f"ALTER TABLE {name} DROP CONSTRAINT {d.constraint(t, 'not null')}", f"ALTER TABLE {name} RENAME CONSTRAINT {d.constraint(t, 'not null')} TO {con}", f"ALTER TABLE {name} ALTER CONSTRAINT {d.constraint(t, 'not null')} {d.one(('INHERIT', 'NO INHERIT'))}", f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c} NOT VALID; ALTER TABLE {name} VALIDATE CONSTRAINT {con}", f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c} NOT VALID; ALTER TABLE {name} ALTER COLUMN {c} SET NOT NULL", f"ALTER TABLE {name} ADD CONSTRAINT {con} NOT NULL {c} NOT VALID; ALTER TABLE {name} ADD PRIMARY KEY ({c})",
            f"ALTER TABLE {name} ADD CONSTRAINT {con} CHECK ({d.condition(t)}) NOT ENFORCED", f"ALTER TABLE {name} ADD CONSTRAINT {con} CHECK ({d.condition(t)}) NOT ENFORCED; ALTER TABLE {name} VALIDATE CONSTRAINT {con}", f"ALTER TABLE {name} ADD FOREIGN KEY ({c}) REFERENCES sources (id) NOT ENFORCED", f"ALTER TABLE {name} ALTER CONSTRAINT {d.constraint(t)} ENFORCED", f"ALTER TABLE {name} ALTER CONSTRAINT {d.constraint(t)} NOT ENFORCED", "ALTER TABLE lenient ALTER CONSTRAINT lenient_r ENFORCED", "ALTER TABLE lenient ALTER CONSTRAINT lenient_c ENFORCED", "ALTER TABLE lenient VALIDATE CONSTRAINT lenient_r", "ALTER TABLE lenient DROP CONSTRAINT lenient_r", "ALTER TABLE events ALTER CONSTRAINT events_source NOT ENFORCED", "ALTER TABLE events ALTER CONSTRAINT events_source DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE stays ADD COLUMN x int, DROP COLUMN note", "ALTER TABLE stays DROP CONSTRAINT stays_pkey", "ALTER TABLE stays DROP CONSTRAINT stays_pkey CASCADE", "ALTER TABLE guests ADD UNIQUE (room, at WITHOUT OVERLAPS)", "ALTER TABLE guests ADD UNIQUE (id, at WITHOUT OVERLAPS)", "ALTER TABLE guests ADD FOREIGN KEY (room, PERIOD at) REFERENCES stays (room, PERIOD at) NOT VALID", "ALTER TABLE guests ADD FOREIGN KEY (room, at) REFERENCES stays", "ALTER TABLE guests ADD FOREIGN KEY (room, PERIOD at) REFERENCES stays (room, PERIOD at) ON DELETE CASCADE", "ALTER TABLE stays ALTER COLUMN at TYPE tstzrange USING NULL", "DROP TABLE stays", "DROP TABLE stays CASCADE", "ALTER TABLE bookings ADD UNIQUE (during WITHOUT OVERLAPS)", "ALTER TABLE guests DROP COLUMN at", "ALTER TABLE guests ADD PRIMARY KEY (room, at WITHOUT OVERLAPS)",
            f"ALTER TABLE computed {d.one(('ALTER COLUMN twice DROP EXPRESSION', 'ALTER COLUMN thrice DROP EXPRESSION', 'ALTER COLUMN twice SET EXPRESSION AS (a * 5)', 'ALTER COLUMN thrice SET EXPRESSION AS (a * 5)', 'ALTER COLUMN twice TYPE bigint', 'ALTER COLUMN twice TYPE text', 'ALTER COLUMN a TYPE bigint', 'DROP COLUMN a', 'DROP COLUMN a CASCADE', 'DROP COLUMN twice', 'ALTER COLUMN twice SET NOT NULL', 'ADD CHECK (twice > 0)', 'ADD UNIQUE (twice)', 'ADD COLUMN four int GENERATED ALWAYS AS (twice * 2) VIRTUAL', 'ADD COLUMN four positive GENERATED ALWAYS AS (a) VIRTUAL', 'ADD FOREIGN KEY (twice) REFERENCES sources', 'ALTER COLUMN twice SET DEFAULT 3', 'ALTER COLUMN twice SET STATISTICS 5', 'ADD COLUMN x int GENERATED ALWAYS AS (a) VIRTUAL, ADD COLUMN y int DEFAULT random()'))}",
            "CREATE INDEX ON computed (twice)", "CREATE INDEX ON computed (a) WHERE twice > 0", "CREATE INDEX ON computed ((twice + 1))", "CREATE INDEX ON computed (thrice)", "UPDATE computed SET a = 5", "CREATE VIEW vc AS SELECT * FROM computed", "CREATE PUBLICATION pc FOR TABLE computed WITH (publish_generated_columns = stored)", f"VACUUM ONLY {name}", f"ANALYZE ONLY {name}", f"CREATE TABLE {d.fresh('tab')} (LIKE computed INCLUDING ALL)", f"CREATE TABLE {d.fresh('tab')} (a int CONSTRAINT nn NOT NULL, CONSTRAINT nn2 NOT NULL a)", f"CREATE TABLE {d.fresh('tab')} (a int, CONSTRAINT nn NOT NULL a NO INHERIT, PRIMARY KEY (a))", f"CREATE TABLE {d.fresh('tab')} (a int NOT NULL, b int GENERATED ALWAYS AS (a) VIRTUAL NOT NULL, CHECK (b > 0) NOT ENFORCED)",
        )
    )  # fmt: skip


WEIGHTS = dict.fromkeys(
    ("inheritance", "partition_forms", "columns_generated", "transactions", "blocks", "made_tables", "type_changes",
     "cluster_wide", "routines_and_types", "views_of_views", "newest"), 12
)  # fmt: skip


@family
def together_rarer(d: Draw) -> str:
    """Two of the rarer statements in one transaction."""
    return "; ".join(
        OPERATIONS[d.one([n for n in WEIGHTS if n not in {"blocks", "cluster_wide", "together_rarer"}])](d)
        for _ in range(2)
    )


WEIGHTS["together_rarer"] = 10
