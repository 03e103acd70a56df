"""ALTER COLUMN TYPE between integers and bytea: the casts are of 18 (release notes of 18, measured on 16 to 18)."""

import pytest

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.replay import predict

TABLE = ("CREATE TABLE t (id int PRIMARY KEY, b bytea, l bigint, s text)",)


def change(version, clause):
    server = Server(version, settings={"timezone": "UTC"})
    _, catalog = predict(Catalog(), TABLE, server)
    return predict(catalog, (f"ALTER TABLE t ALTER COLUMN {clause}",), server)[0]


@pytest.mark.parametrize("version", [12, 17, 18])
@pytest.mark.parametrize(
    "clause",
    [
        "l TYPE bytea USING convert_to(l::text, 'utf8')",
        "l TYPE bytea USING l::text::bytea",
        "b TYPE int USING length(b)",
        "b TYPE int USING 5",
        "b TYPE int USING NULL",
        "b TYPE bigint USING length(b)::bigint",
    ],
)
def test_what_using_computes_is_no_cast_of_the_column(version, clause):
    effects = change(version, clause)
    assert (effects.fails, effects.rewrites) == (None, ("t",))


@pytest.mark.parametrize(
    "clause", ["l TYPE bytea USING l::bytea", "b TYPE int USING b::int", "s TYPE int USING s::bytea::int"]
)
def test_a_chain_of_casts_needs_each_of_them(clause):
    assert change(18, clause).fails is None
    assert change(17, clause).fails is not None


@pytest.mark.parametrize("version", [17, 18])
def test_without_using_it_is_never_cast(version):
    assert change(version, "l TYPE bytea").fails == (
        'column "l" cannot be cast automatically: bigint cannot be cast automatically to bytea'
    )
