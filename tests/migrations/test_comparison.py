"""Two catalogs, built by replaying SQL, differ exactly where a person would say so, and in those words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.migrations.catalog import Catalog, assume_rows
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.comparison import differences
from contractcheck.migrations.postgresql.replay import replay

SETUP = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TYPE pair AS (x int, y text)",
    "CREATE DOMAIN positive AS int CONSTRAINT above CHECK (VALUE > 0)",
    "CREATE TABLE p (id int PRIMARY KEY, k int)",
    "CREATE TABLE t (id serial PRIMARY KEY, a int DEFAULT 0, b varchar(20) NOT NULL DEFAULT 'x', c numeric(10,2), d text COLLATE \"C\", m mood, pid int CONSTRAINT fk REFERENCES p (id), j jsonb DEFAULT '{}', CONSTRAINT ck CHECK (a > 0), CONSTRAINT uq UNIQUE (b))",
    "CREATE INDEX ix ON t (c)",
    "CREATE SEQUENCE sq",
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE PROCEDURE pr() LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf()",
    "CREATE POLICY po ON t FOR SELECT USING (a > 0)",
    "CREATE VIEW v AS SELECT a FROM t",
    "CREATE MATERIALIZED VIEW mv AS SELECT c FROM t",
    "COMMENT ON TABLE t IS 'hello'",
    "COMMENT ON COLUMN t.c IS 'col'",
    "COMMENT ON CONSTRAINT ck ON t IS 'why'",
    "COMMENT ON TYPE mood IS 'moody'",
    "COMMENT ON INDEX ix IS 'fast'",
    "COMMENT ON FUNCTION f(int) IS 'one'",
    "GRANT SELECT ON t TO bob",
    "GRANT USAGE ON SCHEMA public TO bob",
    "CREATE RULE ru AS ON INSERT TO p DO INSTEAD NOTHING",
    "CREATE SCHEMA s",
    "CREATE TABLE s.x (id int)",
    "CREATE EXTENSION citext",
    "CREATE PUBLICATION pub FOR TABLE p",
    "CREATE STATISTICS st ON a, b FROM t",
)


def after(catalog, *statements, version=16):
    """The catalog after statements, each of which must work."""
    done = replay(catalog, statements, Server(version=version), in_transaction=[True] * len(statements))
    assert [each.failed for each in done.statements] == [None] * len(statements)
    return done.catalog


BASE = after(Catalog(), *SETUP)

CASES = {
    # tables
    "ALTER TABLE t RENAME TO t2": ("statistics st: table t became t2", "table t is missing", "table t2 is left over"),
    "ALTER TABLE t SET SCHEMA s": (
        "statistics st: table t became s.t",
        "table s.t is left over",
        "table t is missing",
    ),
    "DROP TABLE s.x": ("table s.x is missing",),
    "CREATE TABLE q (id int) PARTITION BY RANGE (id)": ("table q is left over",),
    "ALTER TABLE t SET (fillfactor = 70)": ("table t: options none became ((fillfactor, 70))",),
    "ALTER TABLE s.x SET UNLOGGED": ("table s.x: persistence permanent became unlogged",),
    "ALTER TABLE s.x OWNER TO bob": (
        "not known whether table s.x has its owner: whoever runs the migrations became bob",
    ),
    "ALTER TABLE t SET TABLESPACE fast": ("table t: tablespace none became fast",),
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY": ("table t: row security no became yes",),
    "ALTER TABLE t FORCE ROW LEVEL SECURITY": ("table t: forced row security no became yes",),
    "ALTER TABLE t REPLICA IDENTITY FULL": ("table t: replica identity default became full",),
    "ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey": ("table t: replica identity default became index t_pkey",),
    "ALTER TABLE t CLUSTER ON t_pkey": ("table t: clustered on none became t_pkey",),
    "ALTER TABLE s.x ADD COLUMN k int; ALTER TABLE s.x ALTER COLUMN id SET NOT NULL; ALTER TABLE s.x INHERIT p": (
        "column s.x.id: not null no became yes",
        "column s.x.k is left over",
        "table s.x: parents none became (p)",
    ),
    # columns
    "ALTER TABLE t ADD COLUMN n int": ("column t.n is left over",),
    "ALTER TABLE t DROP COLUMN pid": ("column t.pid is missing", "constraint fk of t is missing"),
    "ALTER TABLE s.x RENAME COLUMN id TO key": ("column s.x.id is missing", "column s.x.key is left over"),
    "ALTER TABLE t ALTER COLUMN b TYPE varchar(30)": (
        "column t.b: type character varying(20) became character varying(30)",
    ),
    "ALTER TABLE s.x ALTER COLUMN id TYPE bigint": ("column s.x.id: type integer became bigint",),
    "ALTER TABLE t ALTER COLUMN b DROP NOT NULL": ("column t.b: not null yes became no",),
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL": ("column t.a: not null no became yes",),
    'ALTER TABLE t ALTER COLUMN d TYPE text COLLATE "POSIX"': ("column t.d: collation C became POSIX",),
    "ALTER TABLE t ALTER COLUMN d SET STORAGE EXTERNAL": ("column t.d: storage none became external",),
    "ALTER TABLE t ALTER COLUMN d SET COMPRESSION lz4": ("column t.d: compression none became lz4",),
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 100": ("column t.a: statistics none became 100",),
    "ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)": ("column t.a: options none became ((n_distinct, 5))",),
    "ALTER TABLE p ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY": (
        "column p.id: identity none became ALWAYS",
        "sequence p_id_seq is left over",
    ),
    # defaults are values
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT '0'": (),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 0::int": (),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT (0)": (),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1": ("column t.a: default 0 became 1",),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT -1": ("column t.a: default 0 became -1",),
    "ALTER TABLE t ALTER COLUMN a DROP DEFAULT": ("column t.a: default 0 became none",),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT random()::int": ("column t.a: default 0 became random()::int4",),
    "ALTER TABLE t ALTER COLUMN c SET DEFAULT NULL": (),
    "ALTER TABLE t ALTER COLUMN c SET DEFAULT NULL::numeric": (),
    "ALTER TABLE t ALTER COLUMN c SET DEFAULT 0": ("column t.c: default none became 0.00",),
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'::character varying": (),
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT ''": ("column t.b: default 'x' became ''",),
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'::text": ("column t.b: default 'x' became 'x'::text",),
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT CURRENT_USER": ("column t.b: default 'x' became CURRENT_USER",),
    "ALTER TABLE t ALTER COLUMN m SET DEFAULT 'sad'::mood": ("column t.m: default none became 'sad'",),
    "ALTER TABLE t ALTER COLUMN j SET DEFAULT '{ }'::jsonb": (),
    "ALTER TABLE t ALTER COLUMN j SET DEFAULT '{\"a b\": 1}'": ("column t.j: default '{}' became '{\"a b\":1}'",),
    # constraints
    "ALTER TABLE t DROP CONSTRAINT ck": ("constraint ck of t is missing",),
    "ALTER TABLE t DROP CONSTRAINT uq": ("constraint uq of t is missing",),
    "ALTER TABLE t RENAME CONSTRAINT fk TO fk2": ("name of constraint fk of t became fk2",),
    "ALTER TABLE t ADD CONSTRAINT z CHECK (a < 9)": ("constraint z of t is left over",),
    "ALTER TABLE t ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED": (
        "constraint fk of t: deferrable no became yes",
        "constraint fk of t: deferred no became yes",
    ),
    "ALTER TABLE t DROP CONSTRAINT fk; ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (pid) REFERENCES p (id) "
    "ON DELETE CASCADE ON UPDATE SET NULL": (
        "constraint fk of t: on delete NO ACTION became CASCADE",
        "constraint fk of t: on update NO ACTION became SET NULL",
    ),
    # indexes
    "DROP INDEX ix": ("index ix is missing",),
    "ALTER INDEX ix RENAME TO ix2": ("name of index ix became ix2",),
    # sequences
    "DROP SEQUENCE sq": ("sequence sq is missing",),
    "ALTER SEQUENCE sq INCREMENT 5": ("sequence sq: increment 1 became 5",),
    "ALTER SEQUENCE sq RESTART WITH 5": (),
    "ALTER SEQUENCE sq CACHE 9 CYCLE": ("sequence sq: cache 1 became 9", "sequence sq: cycle no became yes"),
    "ALTER SEQUENCE sq AS int": (
        "sequence sq: maximum 9223372036854775807 became 2147483647",
        "sequence sq: type int8 became int4",
    ),
    "ALTER SEQUENCE sq OWNED BY p.k": ("sequence sq: owned by none became p.k",),
    "DROP SEQUENCE sq; CREATE SEQUENCE sq START 1 INCREMENT 1 NO MINVALUE NO MAXVALUE CACHE 1 NO CYCLE": (),
    "DROP SEQUENCE sq; CREATE SEQUENCE sq INCREMENT -1": (
        "sequence sq: increment 1 became -1",
        "sequence sq: maximum 9223372036854775807 became -1",
        "sequence sq: minimum 1 became -9223372036854775808",
        "sequence sq: start 1 became -1",
    ),
    # types
    "ALTER TYPE mood ADD VALUE 'good'": ("type mood: labels (sad, ok) became (sad, ok, good)",),
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'": ("type mood: labels (sad, ok) became (blue, ok)",),
    "ALTER TYPE mood OWNER TO bob": (
        "not known whether type mood has its owner: whoever runs the migrations became bob",
    ),
    "DROP TYPE pair": ("type pair is missing",),
    "DROP TYPE pair; CREATE TYPE pair AS (x int)": ("column pair.y is missing",),
    "DROP DOMAIN positive": ("domain positive is missing",),
    "ALTER DOMAIN positive SET NOT NULL": ("domain positive: not null no became yes",),
    "ALTER DOMAIN positive SET DEFAULT 3": ("domain positive: default none became 3",),
    "ALTER DOMAIN positive ADD CONSTRAINT z CHECK (VALUE < 9)": ("constraint z of domain positive is left over",),
    "ALTER DOMAIN positive DROP CONSTRAINT above": ("constraint above of domain positive is missing",),
    # functions, triggers, policies, rules
    "DROP FUNCTION f(int)": ("function f(integer) is missing",),
    "DROP PROCEDURE pr()": ("procedure pr() is missing",),
    "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'": ("function f(text) is left over",),
    "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'": (
        "function f(integer): body SELECT 1 became SELECT 2",
    ),
    "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT\n2'": ("function f(integer): body changed",),
    f"CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT {'1+' * 50}1'": (
        "function f(integer): body changed",
    ),
    "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'": (
        "function f(integer): volatility volatile became immutable",
    ),
    "DROP TRIGGER tr ON t": ("trigger tr of t is missing",),
    "ALTER TABLE t DISABLE TRIGGER tr": ("trigger tr of t: state enabled became disabled",),
    "DROP TRIGGER tr ON t; CREATE TRIGGER tr AFTER INSERT OR UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 0) "
    "EXECUTE FUNCTION tf()": (
        "trigger tr of t: columns none became (a)",
        "trigger tr of t: events INSERT became INSERT OR UPDATE",
        "trigger tr of t: timing BEFORE became AFTER",
        "trigger tr of t: when none became new.a > 0",
    ),
    "DROP POLICY po ON t": ("policy po of t is missing",),
    "ALTER POLICY po ON t USING (a > 1)": ("policy po of t: using a > 0 became a > 1",),
    "ALTER POLICY po ON t TO bob": ("policy po of t: roles (public) became (bob)",),
    "DROP RULE ru ON p": ("rule ru of p is missing",),
    "ALTER TABLE p DISABLE RULE ru": ("rule ru of p: state enabled became disabled",),
    # views
    "DROP VIEW v": ("view v is missing",),
    "DROP MATERIALIZED VIEW mv": ("materialized view mv is missing",),
    "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1": ("view v: query changed",),
    "DROP VIEW v; CREATE VIEW v AS SELECT a FROM t": (),
    "CREATE OR REPLACE VIEW v AS SELECT a, d FROM t": ("column v.d is left over", "view v: query changed"),
    # comments, privileges
    "COMMENT ON TABLE t IS NULL": ("comment on table t is missing",),
    "COMMENT ON TABLE t IS 'bye'": ("comment on table t: text hello became bye",),
    "COMMENT ON COLUMN t.c IS 'no'": ("comment on column t.c: text col became no",),
    "COMMENT ON COLUMN t.a IS 'new'": ("comment on column t.a is left over",),
    "COMMENT ON CONSTRAINT ck ON t IS NULL": ("comment on constraint ck of t is missing",),
    "COMMENT ON INDEX ix IS NULL": ("comment on index ix is missing",),
    "COMMENT ON TYPE mood IS NULL": ("comment on type mood is missing",),
    "DROP TYPE pair; CREATE TYPE pair AS (x int, y text)": (),
    "REVOKE SELECT ON t FROM bob": ("privileges of bob on table t is missing",),
    "GRANT INSERT ON t TO bob": ("privileges of bob on table t: granted (select) became (insert, select)",),
    "REVOKE USAGE ON SCHEMA public FROM bob": ("privileges of bob on schema public is missing",),
    # the rest
    "CREATE SCHEMA s2": ("schema s2 is left over",),
    "DROP SCHEMA s CASCADE": ("schema s is missing", "table s.x is missing"),
    "ALTER SCHEMA s OWNER TO bob": (
        "not known whether schema s has its owner: whoever runs the migrations became bob",
    ),
    "CREATE EXTENSION hstore": ("extension hstore is left over",),
    "DROP EXTENSION citext": ("extension citext is missing",),
    "ALTER EXTENSION citext SET SCHEMA s": (
        "extension citext: schema public became s",
        "type citext is missing",
        "type s.citext is left over",
    ),
    "DROP STATISTICS st": ("statistics st is missing",),
    "DROP PUBLICATION pub": ("publication pub is missing",),
    "ALTER PUBLICATION pub ADD TABLE s.x": ("not known whether publication pub has its tables: ALTER is not modelled",),
}


@pytest.mark.parametrize("statements", CASES)
def test_what_statements_change_is_said_in_words(statements):
    assert differences(BASE, after(BASE, *statements.split("; "))) == CASES[statements]


@pytest.mark.parametrize("statements", CASES)
def test_swapping_the_sides_keeps_what_is_equal_and_swaps_missing_and_left_over(statements):
    one, other = BASE, after(BASE, *statements.split("; "))
    swapped = {"is missing": "is left over", "is left over": "is missing"}

    def absent(found):
        return {each for each in found if each.endswith((*swapped,))}

    def swap(each):
        name, _, last = each.rpartition(" is ")
        return f"{name} {swapped[f'is {last}']}"

    forth, back = differences(one, other), differences(other, one)
    assert len(forth) == len(back)
    assert absent(back) == {swap(each) for each in absent(forth)}


INDEXES = {
    "(c DESC)": ("index ix: keys (c) became (c DESC)",),
    "(c DESC NULLS LAST)": ("index ix: keys (c) became (c DESC NULLS LAST)",),
    "(c NULLS FIRST)": ("index ix: keys (c) became (c NULLS FIRST)",),
    "(c ASC NULLS LAST)": (),
    "(c, a)": ("index ix: keys (c) became (c, a)",),
    "(lower(d))": ("index ix: keys (c) became (lower(d))",),
    '(d COLLATE "POSIX" text_pattern_ops)': ("index ix: keys (c) became (d COLLATE POSIX text_pattern_ops)",),
    "(c) WHERE a > 0": ("index ix: predicate none became a > 0",),
    "(c) WHERE a IS NULL": ("index ix: predicate none became a IS NULL",),
    "(c) WHERE NOT (a IS NOT NULL)": ("index ix: predicate none became NOT (a IS NOT NULL)",),
    "(c) WHERE a > 0 AND -a < 3 OR m = 'ok'::mood": (
        "index ix: predicate none became ((a > 0) AND (-a < 3)) OR (m = 'ok'::mood)",
    ),
    "(c) WHERE a = ANY ('{1}')": ("index ix: predicate none became an expression",),
    "(c) WHERE true AND a = NULL": ("index ix: predicate none became (true) AND (a = NULL)",),
    "USING hash (c)": ("index ix: method btree became hash",),
    "(c) INCLUDE (a)": ("index ix: include none became (a)",),
    "(c) WITH (fillfactor = 50)": ("index ix: options none became ((fillfactor, 50))",),
    "(c) TABLESPACE fast": ("index ix: tablespace none became fast",),
}


@pytest.mark.parametrize("definition", INDEXES)
def test_another_index_of_the_same_name(definition):
    now = after(BASE, "DROP INDEX ix", f"CREATE INDEX ix ON t {definition}", "COMMENT ON INDEX ix IS 'fast'")
    assert differences(BASE, now) == INDEXES[definition]


def test_a_unique_index():
    now = after(
        BASE,
        "DROP INDEX ix",
        "CREATE UNIQUE INDEX ix ON t (c) NULLS NOT DISTINCT",
        "COMMENT ON INDEX ix IS 'fast'",
    )
    assert differences(BASE, now) == (
        "index ix: nulls distinct yes became no",
        "index ix: unique no became yes",
    )


def test_an_index_of_another_table():
    now = after(BASE, "DROP INDEX ix", "CREATE INDEX ix ON p (k)", "COMMENT ON INDEX ix IS 'fast'")
    assert differences(BASE, now) == ("index ix: keys (c) became (k)", "index ix: table t became p")


CONSTRAINTS = {
    "CHECK (a > 0)": (),
    "CHECK ((a) > (0))": (),
    "CHECK (a > 1)": ("constraint ck of t: expression a > 0 became a > 1",),
    "CHECK (a > 0) NOT VALID": ("constraint ck of t: validated yes became no",),
    "CHECK (a > 0) NO INHERIT": ("constraint ck of t: no inherit no became yes",),
    "CHECK (a IN (1, 2))": ("constraint ck of t: expression a > 0 became an expression",),
}


@pytest.mark.parametrize("definition", CONSTRAINTS)
def test_another_constraint_of_the_same_name(definition):
    now = after(
        BASE,
        "ALTER TABLE t DROP CONSTRAINT ck",
        f"ALTER TABLE t ADD CONSTRAINT ck {definition}",
        "COMMENT ON CONSTRAINT ck ON t IS 'why'",
    )
    assert differences(BASE, now) == CONSTRAINTS[definition]


def test_two_expressions_that_are_too_long_to_show_differ_all_the_same():
    first = after(Catalog(), "CREATE TABLE t (a int, CONSTRAINT ck CHECK (a IN (1, 2)))")
    second = after(Catalog(), "CREATE TABLE t (a int, CONSTRAINT ck CHECK (a IN (1, 3)))")
    assert differences(first, second) == ("constraint ck of t: expression changed",)


def test_parts_of_a_missing_table_are_not_repeated():
    assert differences(BASE, after(BASE, "DROP TABLE t CASCADE")) == (
        "materialized view mv is missing",
        "table t is missing",
        "view v is missing",
    )


def test_a_column_takes_its_comment_and_its_sequence_with_it():
    assert differences(BASE, after(BASE, "DROP MATERIALIZED VIEW mv", "ALTER TABLE t DROP COLUMN c")) == (
        "column t.c is missing",
        "index ix is missing",
        "materialized view mv is missing",
    )
    assert differences(BASE, after(BASE, "ALTER TABLE t DROP COLUMN id")) == (
        "column t.id is missing",
        "constraint t_pkey of t is missing",
    )


ROUND = {
    "comment on a column that came back": (
        ["CREATE TABLE t (a int)", "COMMENT ON COLUMN t.a IS 'x'"],
        ["ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a int", "COMMENT ON COLUMN t.a IS 'x'"],
        (),
    ),
    "comment on a type that came back": (
        ["CREATE TYPE e AS ENUM ('a')", "COMMENT ON TYPE e IS 'x'"],
        ["DROP TYPE e", "CREATE TYPE e AS ENUM ('a')", "COMMENT ON TYPE e IS 'x'"],
        (),
    ),
    "comment lost with its type": (
        ["CREATE TYPE e AS ENUM ('a')", "COMMENT ON TYPE e IS 'x'"],
        ["DROP TYPE e", "CREATE TYPE e AS ENUM ('a')"],
        ("comment on type e is missing",),
    ),
    "statistics that came back": (
        ["CREATE TABLE t (a int, b int)", "CREATE STATISTICS st ON a, b FROM t"],
        ["DROP TABLE t", "CREATE TABLE t (a int, b int)", "CREATE STATISTICS st ON a, b FROM t"],
        (),
    ),
    "foreign key to a table that came back": (
        ["CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE t (a int REFERENCES p)"],
        [
            "ALTER TABLE t DROP CONSTRAINT t_a_fkey",
            "DROP TABLE p",
            "CREATE TABLE p (id int PRIMARY KEY)",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
        ],
        (),
    ),
    "typed table": (
        ["CREATE TYPE r AS (x int)", "CREATE TABLE t OF r"],
        ["ALTER TABLE t NOT OF"],
        ("table t: type r became none",),
    ),
    "stored and virtual": (
        ["CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)"],
        ["ALTER TABLE t DROP COLUMN b", "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a + 2) STORED"],
        ("column t.b: default a + 1 became a + 2",),
    ),
    "identity": (
        ["CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)"],
        ["ALTER TABLE t ALTER COLUMN a SET GENERATED BY DEFAULT"],
        ("column t.a: identity ALWAYS became BY DEFAULT",),
    ),
    "partition": (
        ["CREATE TABLE t (a int) PARTITION BY RANGE (a)", "CREATE TABLE u PARTITION OF t FOR VALUES FROM (1) TO (2)"],
        ["ALTER TABLE t DETACH PARTITION u"],
        ("table u: bound an expression became none", "table u: parents (t) became none"),
    ),
    "enum default after the enum came back": (
        ["CREATE TYPE e AS ENUM ('a')", "CREATE TABLE t (a e DEFAULT 'a')"],
        ["DROP TABLE t", "DROP TYPE e", "CREATE TYPE e AS ENUM ('a')", "CREATE TABLE t (a e DEFAULT 'a'::e)"],
        (),
    ),
    "default that does not fit is kept as it is written": (
        ["CREATE TABLE t (a int[] DEFAULT '{1}')"],
        ["ALTER TABLE t ALTER COLUMN a SET DEFAULT '{1}'::int[]"],
        (),
    ),
    "boolean": (
        ["CREATE TABLE t (a boolean DEFAULT true, b boolean DEFAULT false)"],
        ["ALTER TABLE t ALTER COLUMN a SET DEFAULT 't'", "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'on'"],
        ("column t.b: default false became true",),
    ),
}


@pytest.mark.parametrize("name", ROUND)
def test_objects_that_refer_to_each_other(name):
    setup, statements, expected = ROUND[name]
    base = after(Catalog(), *setup)
    assert differences(base, after(base, *statements)) == expected


def test_the_order_of_columns_alone():
    base = after(Catalog(), "CREATE TABLE t (a int, b text, c int)")
    now = after(base, "ALTER TABLE t DROP COLUMN b", "ALTER TABLE t ADD COLUMN b text")
    assert differences(base, now) == ("order of columns of t: a, b, c became a, c, b",)
    anew = after(base, "DROP TABLE t", "CREATE TABLE t (b text, a int, c int)")
    assert differences(base, anew) == ("order of columns of t: a, b, c became b, a, c",)
    assert differences(base, after(base, "ALTER TABLE t ADD COLUMN d int")) == ("column t.d is left over",)


def test_a_not_null_that_was_not_validated():
    base = after(Catalog(), "CREATE TABLE t (a int NOT NULL)", version=18)
    now = after(
        base,
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
        "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
        version=18,
    )
    assert differences(base, now) == (
        "column t.a: not null validated yes became no",
        "name of constraint t_a_not_null of t became n",
    )


UNSEEN = {
    ("ALTER TABLE t ALTER COLUMN a TYPE int USING a::int",): ("unknown (A) became integer",),
    ('ALTER TABLE t ALTER COLUMN a TYPE "?B"',): ("unknown (A) became unknown (B)",),
    ('ALTER TABLE t ALTER COLUMN a TYPE "?B"', 'ALTER TABLE t ALTER COLUMN a TYPE "?A"'): (),
    ("ALTER TABLE t DROP COLUMN a", 'ALTER TABLE t ADD COLUMN a "?A"(20)[]'): ("unknown (A) became unknown (A(20)[])",),
    ("ALTER TABLE t RENAME COLUMN a TO z", "ALTER TABLE t RENAME COLUMN z TO a"): (),
}


@pytest.mark.parametrize("statements", UNSEEN)
def test_types_that_only_a_run_knows(statements):
    base = after(Catalog(), 'CREATE TABLE t (a "?A", b int)')
    expected = tuple(f"not known whether column t.a has its type: {each}" for each in UNSEEN[statements])
    assert (
        tuple(each for each in differences(base, after(base, *statements)) if not each.startswith("order")) == expected
    )


def test_a_table_that_nobody_created():
    base = Catalog(complete=False)
    now = after(base, "ALTER TABLE z ADD COLUMN a int", "ALTER TABLE z DROP COLUMN b")
    assert differences(base, now) == ("not known whether column z.a is as it was",)
    later = after(now, "ALTER TABLE z ALTER COLUMN a TYPE text")
    assert differences(now, later) == ("not known whether column z.a is as it was",)
    assert differences(now, now.copy()) == ()


STATEMENTS = [each for statements in CASES for each in statements.split("; ")]
INVERSES = (
    ("ALTER TABLE p ADD COLUMN n int DEFAULT 1", "ALTER TABLE p DROP COLUMN n"),
    ("CREATE INDEX i1 ON t (a)", "DROP INDEX i1"),
    ("ALTER TABLE t RENAME COLUMN d TO dd", "ALTER TABLE t RENAME COLUMN dd TO d"),
    ("ALTER TABLE s.x ALTER COLUMN id TYPE bigint", "ALTER TABLE s.x ALTER COLUMN id TYPE int"),
    ("ALTER TABLE t ALTER COLUMN b DROP NOT NULL", "ALTER TABLE t ALTER COLUMN b SET NOT NULL"),
    ("ALTER TABLE t ALTER COLUMN a SET DEFAULT 5", "ALTER TABLE t ALTER COLUMN a SET DEFAULT '0'"),
    ("CREATE TABLE n (id serial PRIMARY KEY, p int REFERENCES p)", "DROP TABLE n"),
    ("ALTER TABLE t DROP CONSTRAINT fk", "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (pid) REFERENCES p (id)"),
    ("ALTER TABLE t DROP CONSTRAINT uq", "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (b)"),
    ("ALTER INDEX ix RENAME TO ix2", "ALTER INDEX ix2 RENAME TO ix"),
    ("CREATE TYPE colour AS ENUM ('red')", "DROP TYPE colour"),
    ("ALTER TABLE t DISABLE TRIGGER tr", "ALTER TABLE t ENABLE TRIGGER tr"),
    ("COMMENT ON TABLE t IS 'bye'", "COMMENT ON TABLE t IS 'hello'"),
    ("GRANT INSERT ON t TO bob", "REVOKE INSERT ON t FROM bob"),
    ("ALTER SEQUENCE sq INCREMENT 2", "ALTER SEQUENCE sq INCREMENT 1"),
    ("DROP VIEW v", "CREATE VIEW v AS SELECT a FROM t"),
)


@given(st.lists(st.sampled_from(STATEMENTS), max_size=8), st.lists(st.sampled_from(STATEMENTS), max_size=8))
@settings(max_examples=60, deadline=None)
def test_laws_of_differences(first, second):
    """A catalog equals itself and its copies, and whether two are equal does not depend on which comes first."""
    server = Server(version=16)
    one = replay(BASE, first, server, in_transaction=[False] * len(first)).catalog
    other = replay(BASE, second, server, in_transaction=[False] * len(second)).catalog
    assert differences(one, one) == ()
    assert differences(one, assume_rows(one.copy())) == ()
    assert (differences(one, other) == ()) == (differences(other, one) == ())


@given(st.lists(st.sampled_from(INVERSES), max_size=6, unique=True))
@settings(max_examples=60, deadline=None)
def test_statements_and_their_inverses_in_reverse_order_leave_nothing(pairs):
    done, undo = [], []
    catalog = BASE
    for forth, back in pairs:
        tried = replay(catalog, [forth], Server(version=16), in_transaction=[True])
        if tried.statements[0].failed is None:
            catalog = tried.catalog
            done.append(forth)
            undo.insert(0, back)
    assert differences(BASE, after(BASE, *done, *undo)) == ()


def test_privileges_that_new_tables_have_by_default():
    base = after(Catalog(), "CREATE SCHEMA s", "CREATE TABLE t (a int)")
    rules = (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT INSERT ON TABLES TO bob",
        "ALTER DEFAULT PRIVILEGES FOR ROLE eve GRANT UPDATE ON TABLES TO bob",
    )
    undo = tuple(each.replace("GRANT", "REVOKE").replace("TO bob", "FROM bob") for each in rules)
    assert differences(base, after(base, *rules, *undo)) == ()
    again = after(base, *rules, "DROP TABLE t", "CREATE TABLE t (a int)", "CREATE TABLE s.u (a int)", *undo)
    assert differences(base, again) == ("privileges of bob on table t is left over", "table s.u is left over")
    assert differences(base, after(base, rules[1], undo[0])) != ()


def test_a_null_that_stands_above_the_default_of_a_domain():
    base = after(Catalog(), "CREATE DOMAIN five AS int DEFAULT 5", "CREATE TABLE t (a five, b int)")
    assert differences(base, after(base, "ALTER TABLE t ALTER COLUMN b SET DEFAULT NULL")) == ()
    assert differences(base, after(base, "ALTER TABLE t ALTER COLUMN a SET DEFAULT NULL")) == (
        "column t.a: default none became NULL",
    )
