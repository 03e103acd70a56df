import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.migrations.catalog import Catalog, Name, Sequence, Type, assume_rows
from contractcheck.migrations.effects import Lock, Server
from contractcheck.migrations.operations import TypeRef
from contractcheck.migrations.postgresql import facts, types
from contractcheck.migrations.postgresql.replay import predict, replay
from contractcheck.migrations.postgresql.run import make_name

SERVER = Server(16, settings={"timezone": "UTC"})


def made(*statements, catalog=None, server=SERVER):
    done = replay(catalog or Catalog(), statements, server, in_transaction=[False] * len(statements))
    assert [s.failed for s in done.statements] == [None] * len(statements)
    return done.catalog


def run(catalog, *statements, server=SERVER, inside=True):
    return replay(catalog, statements, server, in_transaction=[inside] * len(statements))


def names(catalog, table):
    found = catalog.lookup(table, None, ("public",))
    indexes = [index.name for index in catalog.indexes_of(found.number)]
    return [c.name for c in found.constraints], indexes


def test_generated_names_are_those_of_the_server():
    catalog = made(
        "CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE, b int CHECK (b > 0), c int REFERENCES t, CHECK (a > b), CHECK (b > a))",
        "CREATE INDEX ON t (a, lower(b::text)) INCLUDE (c)",
        "CREATE INDEX ON t (a, lower(b::text)) INCLUDE (c)",
        "CREATE INDEX ON t ((a + b), (b + a))",
    )
    constraints, indexes = names(catalog, "t")
    assert sorted(constraints) == ["t_a_key", "t_b_check", "t_c_fkey", "t_check", "t_check1", "t_pkey"]
    assert indexes == ["t_pkey", "t_a_key", "t_a_lower_c_idx", "t_a_lower_c_idx1", "t_expr_expr1_idx"]
    assert [s.name for s in catalog.sequences()] == ["t_id_seq"]


def test_long_names_are_cut_to_63_bytes_the_longer_part_first():
    assert make_name("a" * 60, "b" * 10, "fkey") == "a" * 47 + "_" + "b" * 10 + "_fkey"
    assert len(make_name("é" * 60, "b" * 60, "idx").encode()) <= 63


@given(
    st.text(min_size=1, max_size=80),
    st.text(min_size=1, max_size=80),
    st.sampled_from(["key", "fkey", "idx", "check12"]),
)
def test_a_generated_name_always_fits(first, second, label):
    name = make_name(first, second, label)
    assert len(name.encode()) <= 63
    assert name.endswith(label)


MODIFIERS = st.one_of(st.just(()), st.tuples(st.integers(1, 30)))


@given(st.sampled_from(["varchar", "varbit", "timestamp", "time", "bpchar", "bit"]), MODIFIERS, MODIFIERS, MODIFIERS)
def test_widening_is_reflexive_and_transitive(name, one, two, three):
    assert types.widens(name, one, one)
    if types.widens(name, one, two) and types.widens(name, two, three):
        assert types.widens(name, one, three)


@given(st.sampled_from(sorted(facts._facts()["types"])), st.sampled_from(sorted(facts._facts()["types"])))
def test_a_change_of_type_is_always_decided(one, two):
    verdict = types.convert(Type(one), Type(two), None, "c", Catalog(), SERVER)
    if verdict.possible:
        assert verdict.rewrite is not None
    if one == two:
        assert (verdict.possible, verdict.rewrite) == (True, False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (TypeRef("varchar", "pg_catalog", (20,)), "character varying(20)"),
        (TypeRef("timestamptz", None, (3,)), "timestamp(3) with time zone"),
        (TypeRef("int4", "pg_catalog", (), 2), "integer[]"),
        (TypeRef("numeric", "pg_catalog", (10,)), "numeric(10,0)"),
        (TypeRef("interval", "pg_catalog", (7176,)), "interval day to second"),
        (TypeRef("bigserial"), "bigint"),
        (TypeRef("nosuch"), "unknown"),
    ],
)
def test_types_in_words(given, words):
    assert types.words(types.resolve(given, Catalog(), ("public",)), Catalog()) == words


def test_locks_last_until_the_end_of_the_transaction():
    catalog = assume_rows(made("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)"))
    done = run(catalog, "ALTER TABLE a ADD COLUMN x int", "UPDATE b SET id = 1", "CREATE INDEX ON b (id)")
    assert [(h.table, h.lock, h.statement) for h in done.timeline] == [
        ("a", Lock.ACCESS_EXCLUSIVE, 0),
        ("b", Lock.ROW_EXCLUSIVE, 1),
        ("b", Lock.SHARE, 2),
    ]
    assert [(h.table, h.lock) for h in done.statements[2].held] == [
        ("a", Lock.ACCESS_EXCLUSIVE),
        ("b", Lock.ROW_EXCLUSIVE),
    ]
    assert {s.transaction for s in done.statements} == {0}


def test_each_statement_outside_a_transaction_block_gives_its_locks_back():
    catalog = assume_rows(made("CREATE TABLE a (id int PRIMARY KEY)"))
    done = run(catalog, "ALTER TABLE a ADD COLUMN x int", "CREATE INDEX CONCURRENTLY ON a (x)", inside=False)
    assert [s.held for s in done.statements] == [(), ()]
    assert [s.effects.in_transaction for s in done.statements] == [True, False]
    assert [s.transaction for s in done.statements] == [0, 1]


def test_begin_and_commit_in_the_text_make_a_transaction():
    catalog = assume_rows(made("CREATE TABLE a (id int PRIMARY KEY)"))
    done = run(
        catalog, "BEGIN", "ALTER TABLE a ADD COLUMN x int", "COMMIT", "ALTER TABLE a ADD COLUMN y int", inside=False
    )
    assert [s.transaction for s in done.statements] == [0, 0, 0, 1]


def test_what_the_range_creates_is_named_as_new():
    catalog = assume_rows(made("CREATE TABLE a (id int PRIMARY KEY)"))
    first = run(catalog, "CREATE TABLE n (id int)", "CREATE INDEX ON n (id)", "ALTER TABLE n RENAME TO m")
    assert [s.effects.new_relations for s in first.statements] == [("n",), ("n",), ("m", "n")]
    second = replay(first.catalog, ["CREATE INDEX ON m (id)"], SERVER, in_transaction=[True], created=first.created)
    assert second.statements[0].effects.new_relations == ("m",)
    assert second.statements[0].effects.locks == {"m": Lock.SHARE}


def test_a_failure_leaves_the_catalog_and_the_replay_goes_on():
    catalog = made("CREATE TABLE a (id int PRIMARY KEY)")
    done = run(catalog, "ALTER TABLE a ADD COLUMN x int, DROP COLUMN nosuch", "ALTER TABLE a ADD COLUMN x int")
    assert [s.failed for s in done.statements] == ['column "nosuch" of relation "a" does not exist', None]
    assert [c.name for c in done.catalog.lookup("a", None, ("public",)).columns] == ["id", "x"]


def test_what_refuses_a_transaction_block_says_so_and_is_carried_out():
    catalog = assume_rows(made("CREATE TABLE a (id int PRIMARY KEY)"))
    done = run(catalog, "CREATE INDEX CONCURRENTLY i ON a (id)")
    assert done.statements[0].effects.in_transaction is False
    assert done.statements[0].failed == "CREATE INDEX CONCURRENTLY cannot run inside a transaction block"
    assert done.statements[0].effects.locks == {"a": Lock.SHARE_UPDATE_EXCLUSIVE}
    assert done.catalog.lookup("i", None, ("public",)) is not None


def test_an_unknown_base_is_taken_to_exist_and_doubted_where_it_matters():
    done = run(
        Catalog(complete=False),
        "ALTER TABLE t ADD COLUMN x int",
        "ALTER TABLE t ALTER y TYPE text",
        "ALTER TABLE t ALTER z SET NOT NULL",
        "DROP TABLE t",
        "DROP TABLE t",
    )
    assert [s.effects.assumed for s in done.statements] == [("t",), (), (), (), ()]
    assert [s.unproven for s in done.statements[:3]] == [
        None,
        "the type of t.y before is not known: the change may or may not rewrite the table",
        "whether a CHECK on t already proves z is not null is not known",
    ]
    assert done.statements[4].failed == 'relation "t" does not exist'


def test_after_something_opaque_a_failure_is_a_doubt():
    catalog = made("CREATE TABLE a (id int PRIMARY KEY)")
    catalog.opaque = ("versions/0001.py:3: a call that cannot be read",)
    done = run(catalog, "ALTER TABLE a ADD COLUMN id int")
    assert done.statements[0].failed is None
    assert done.statements[0].unproven == (
        'it would fail (column "id" of relation "a" already exists), if not for what is not known:'
        " versions/0001.py:3: a call that cannot be read"
    )


def test_a_statement_outside_the_model_is_never_harmless():
    done = run(
        made("CREATE TABLE a (id int)"),
        "DO $$ BEGIN IF random() > 0.5 THEN DROP TABLE a; END IF; END $$",
        "REASSIGN OWNED BY one TO two",
    )
    assert [s.unproven for s in done.statements] == [
        "what the plpgsql code of a DO block does is not known",
        "reassign owned is outside the model",
    ]


def test_plain_statements_of_a_do_block_are_carried_out_and_a_handler_ignores_their_failure():
    body = "DO $$ BEGIN CREATE TYPE m AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    done = run(Catalog(), body, body)
    assert [(s.failed, s.unproven) for s in done.statements] == [(None, None), (None, None)]
    assert list(done.catalog.type_names) == [Name("public", "m")]


def test_a_rename_changes_no_reference():
    catalog = made(
        "CREATE TABLE a (id int PRIMARY KEY, v int CHECK (v > 0))",
        "CREATE TABLE b (a_id int REFERENCES a)",
        "CREATE INDEX ON a ((v * 2)) WHERE v > 3",
        "ALTER TABLE a RENAME TO z",
        "ALTER TABLE z RENAME COLUMN v TO w",
        "ALTER TABLE b DROP CONSTRAINT b_a_id_fkey",
        "ALTER TABLE z DROP COLUMN w",
    )
    assert names(catalog, "z") == (["a_pkey"], ["a_pkey"])


def test_a_copy_is_independent():
    catalog = made("CREATE TABLE a (id serial)")
    copy = catalog.copy()
    copy.remove(copy.names[Name("public", "a")])
    assert Name("public", "a") in catalog.names
    assert Name("public", "a") in copy.gone
    assert isinstance(catalog.lookup("a_id_seq", None, ("public",)), Sequence)


def test_enum_values_and_their_use_in_one_transaction():
    catalog = made("CREATE TYPE m AS ENUM ('a')", "CREATE TABLE t (c m)")
    effects, _ = predict(catalog, ["ALTER TYPE m ADD VALUE 'b'", "ALTER TABLE t ALTER c SET DEFAULT 'b'"], SERVER)
    assert (effects.in_transaction, effects.fails) == (False, None)
    both = ["CREATE TYPE k AS ENUM ('a')", "ALTER TYPE k ADD VALUE 'b'", "ALTER TABLE t ADD COLUMN k k DEFAULT 'b'"]
    assert [predict(catalog, both, Server(v))[0].in_transaction for v in (16, 17)] == [False, True]


@pytest.mark.parametrize(("version", "lock"), [(13, Lock.SHARE_UPDATE_EXCLUSIVE), (14, Lock.ACCESS_EXCLUSIVE)])
def test_detaching_a_partition_depends_on_the_version(version, lock):
    catalog = made("CREATE TABLE p (a int) PARTITION BY LIST (a)", "CREATE TABLE c PARTITION OF p FOR VALUES IN (1)")
    effects, _ = predict(catalog, ["ALTER TABLE p DETACH PARTITION c"], Server(version))
    assert (effects.rewrites, effects.locks) == ((), {"c": lock, "p": Lock.ACCESS_EXCLUSIVE})


@pytest.mark.parametrize("terms", [100, 700, 900, 5000])
def test_a_long_sum_is_no_traceback(terms):
    done = run(made("CREATE TABLE a (v int)"), f"ALTER TABLE a ADD CHECK ({' + '.join(['v'] * terms)} > 0)")
    assert done.statements[0].failed is None
    assert (done.statements[0].unproven is None) == (terms == 100)


@pytest.mark.parametrize("depth", [50, 1500, 100_000])
def test_deep_nesting_is_no_traceback(depth):
    done = run(made("CREATE TABLE a (v int)"), f"ALTER TABLE a ADD CHECK ({'(' * depth}v{')' * depth} > 0)")
    assert done.statements[0].failed is None


KEY = "ALTER TABLE orders ADD CONSTRAINT k FOREIGN KEY (item) REFERENCES items (id)"


@pytest.mark.parametrize(
    ("before", "scans"),
    [
        (("ALTER TABLE orders ADD COLUMN item int",), {"orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "ALTER TABLE orders ALTER item TYPE bigint"), {"orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "ALTER TABLE orders ALTER item SET DEFAULT 1"), {"orders"}),
        (("ALTER TABLE orders ADD COLUMN item int DEFAULT 1",), {"items", "orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "UPDATE orders SET item = 1"), {"items", "orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "ALTER TABLE orders ALTER item TYPE bigint USING 1"), {"items", "orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "SELECT fill()"), {"items", "orders"}),
        (("ALTER TABLE orders ADD COLUMN item int", "COMMIT", "BEGIN"), {"items", "orders"}),
    ],
)  # fmt: skip
def test_a_key_over_a_column_that_was_just_added_has_nothing_to_look_up(before, scans):
    catalog = made("CREATE TABLE items (id int PRIMARY KEY)", "CREATE TABLE orders (id int)")
    last = run(assume_rows(catalog), "BEGIN", *before, KEY).statements[-1]
    assert (last.failed, set(last.effects.scans)) == (None, scans)
