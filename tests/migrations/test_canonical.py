"""Expressions: what the server keeps in one form is the same, what differs in casts may be, all else is not."""

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.canonical import Written, renamed, written
from contractcheck.migrations.postgresql.replay import replay

SETUP = (
    "CREATE SCHEMA app",
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN email AS text",
    "CREATE SEQUENCE numbers",
    "CREATE FUNCTION app.double(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2'",
    (
        "CREATE TABLE t (i int, l bigint, n numeric(10,2), x text, v varchar(20), c char(5), b boolean, d date, m mood,"
        " e email, a int[], ts timestamptz)"
    ),
    "CREATE TABLE u (i int, y text)",
)


@pytest.fixture(scope="module")
def catalog():
    done = replay(Catalog(), SETUP, Server(17), in_transaction=[True] * len(SETUP))
    assert [each.failed for each in done.statements] == [None] * len(SETUP)
    return done.catalog


def node(sql):
    import orjson
    from pglast.parser import parse_sql_json

    return orjson.loads(parse_sql_json(sql))["stmts"][0]["stmt"]


def check(catalog, sql):
    table = next(each for each in catalog.tables() if each.name == "t")
    target = node(f"SELECT {sql}")["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    found = written(target, catalog, table)
    assert isinstance(found, Written)
    return found


SAME = [
    # what people write, what pg_get_constraintdef shows (PostgreSQL 16)
    ("n > 0", "n > (0)::numeric"),
    ("x = 'a'", "x = 'a'::text"),
    ("v = 'a'", "(v)::text = 'a'::text"),
    ("v LIKE 'a%'", "(v)::text ~~ 'a%'::text"),
    ("c = 'a'", "c = 'a'::bpchar"),
    ("i = -1", "i = '-1'::integer"),
    ("i IN (1, 2)", "i = ANY (ARRAY[1, 2])"),
    ("i NOT IN (1, 2)", "i <> ALL (ARRAY[1, 2])"),
    ("x IN ('a', 'b')", "x = ANY (ARRAY['a'::text, 'b'::text])"),
    ("v IN ('a', 'b')", "(v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])"),
    ("x IN ('a')", "x = 'a'::text"),
    ("i BETWEEN 1 AND 5", "i >= 1 AND i <= 5"),
    ("i NOT BETWEEN 1 AND 5", "i < 1 OR i > 5"),
    ("m = 'ok'", "m = 'ok'::mood"),
    ("e LIKE '%@%'", "(e)::text ~~ '%@%'::text"),
    ("b = 't'", "b = true"),
    ("d > '2024-01-01'", "d > '2024-01-01'::date"),
    ("lower('A')", "lower('A'::text)"),
    ("pg_catalog.now()", "now()"),
    ("t.i > 0", "i > 0"),
    ("coalesce(x, '')", "COALESCE(x, ''::text)"),
    ("CASE WHEN b THEN 'x' ELSE 'y' END", "CASE WHEN b THEN 'x'::text ELSE 'y'::text END"),
    ("CASE WHEN b THEN x END", "CASE WHEN b THEN x ELSE NULL::text END"),
    ("nextval('numbers')", "nextval('public.numbers'::regclass)"),
    ("double(i)", "app.double(i)"),
    ("ARRAY['a', x]", "ARRAY['a'::text, x]"),
    ("x::text", "x"),
    ("'{}'::int[]", "'{}'::integer[]"),
    ("i != 3", "i <> 3"),
]
PERHAPS = [("i::bigint > 3", "i > 3"), ("x::varchar = 'a'", "x = 'a'"), ("l > 0::bigint", "l > 0")]
OTHER = [
    ("i > 0", "0 < i"),
    ("i > 0", "i >= 0"),
    ("i > 0", "l > 0"),
    ("lower(x)", "upper(x)"),
    ("lower(x)", "lower(v)"),
    ("a AND b", "b AND a"),
    ("x = 'a'", "x = 'b'"),
    ("i IN (1, 2)", "i IN (2, 1)"),
    ("nextval('numbers')", "nextval('other')"),
    ("NULLIF(i, 0)", "NULLIF(i, 1)"),
    ("i + 1", "i - 1"),
    ("-i", "+i"),
    ("greatest(i, 1)", "least(i, 1)"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_the_server_keeps_in_one_form_is_the_same(catalog, one, other):
    assert check(catalog, one) == check(catalog, other)


@pytest.mark.parametrize(("one", "other"), PERHAPS)
def test_what_differs_in_casts_may_be_the_same(catalog, one, other):
    left, right = check(catalog, one), check(catalog, other)
    assert left != right
    assert left.gist == right.gist


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_else_differs_is_not_the_same(catalog, one, other):
    assert check(catalog, one).gist != check(catalog, other).gist


def query(catalog, sql):
    return written(node(sql), catalog)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT i, x FROM t", "SELECT t.i, t.x FROM public.t"),
        ("SELECT * FROM u", "SELECT u.i, u.y FROM u"),
        ("SELECT u.* FROM u JOIN t ON t.i = u.i", "SELECT u.i, u.y FROM u JOIN t ON t.i = u.i"),
        ("SELECT x AS x FROM t WHERE n > 0", "SELECT x FROM t WHERE n > (0)::numeric"),
        ("SELECT count(*) FROM t", "SELECT count(*) AS count FROM t"),
    ],
)
def test_queries(catalog, one, other):
    assert query(catalog, one) == query(catalog, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT i FROM t", "SELECT i FROM u"),
        ("SELECT x FROM t", "SELECT x AS y FROM t"),
        ("SELECT i FROM t", "SELECT l FROM t"),
        ("SELECT i FROM t", "SELECT DISTINCT i FROM t"),
        ("SELECT q.i FROM (SELECT i FROM t) q", "SELECT q.i FROM (SELECT i FROM u) q"),
        ("SELECT i FROM t WHERE EXISTS (SELECT 1 FROM u)", "SELECT i FROM t WHERE EXISTS (SELECT 1 FROM t)"),
    ],
)
def test_other_queries(catalog, one, other):
    assert query(catalog, one) != query(catalog, other)


def test_a_sequence_under_another_name(catalog):
    one, other = check(catalog, "nextval('numbers')"), check(catalog, "nextval('counts')")
    assert renamed(one.form, {"numbers": "counts"}) == other.form


def test_an_expression_is_no_other_thing(catalog):
    assert check(catalog, "i") != "i"
    assert written(None, catalog) is None
