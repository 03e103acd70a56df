"""Rules about code of the previous release on the new schema; exactly these findings, on tables old and new."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from contractcheck.migrations.rules import findings
from contractcheck.migrations.rules.column_type_changed import wider
from contractcheck.model.finding import Category
from tests.migrations.test_rules_over_hazards import WORLD
from tests.migrations.trees_in_memory import read


def told(*ups, release=False):
    """(rule, subject without the migration) of category rollout, for the last of the migrations."""
    files = {"migrations/000001_a.up.sql": WORLD, "migrations/000001_a.down.sql": "SELECT 1;"}
    for number, up in enumerate(ups, start=2):
        files |= {f"migrations/00000{number}_m.up.sql": up, f"migrations/00000{number}_m.down.sql": "SELECT 1;"}
    wanted = {f"00000{number}_m" for number in range(2, len(ups) + 2)}
    *_, last = examine(read(files), Server(version=16), wanted=wanted, one_release=release)
    return [(f.rule, f.subject.partition(" ")[2]) for f in findings(last) if f.category is Category.ROLLOUT]


@pytest.mark.parametrize(
    ("up", "expected"),
    [
        ("ALTER TABLE orders ADD COLUMN a int", []),
        ("ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 0", []),
        ("ALTER TABLE orders ADD COLUMN a int NOT NULL", [("column-required", "orders.a")]),
        ("ALTER TABLE orders ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY", []),
        ("ALTER TABLE orders ADD COLUMN a serial NOT NULL", []),
        ("ALTER TABLE orders ADD COLUMN a int NOT NULL GENERATED ALWAYS AS (qty + 1) STORED", []),
        ("ALTER TABLE uses ADD COLUMN a int; ALTER TABLE uses ALTER a SET NOT NULL", [("column-required", "uses.a")]),
        ("ALTER TABLE orders ALTER qty SET NOT NULL", [("column-required", "orders.qty")]),
        ("ALTER TABLE orders ALTER qty DROP NOT NULL", []),
        ("ALTER TABLE orders DROP COLUMN price", [("column-removed", "orders.price")]),
        ("ALTER TABLE orders DROP COLUMN IF EXISTS nothing", []),
        ("ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders DROP COLUMN a", []),
        ("ALTER TABLE orders RENAME note TO remark", [("column-renamed", "orders.note")]),
        ("DROP TABLE uses", [("table-removed", "uses")]),
        ("DROP VIEW notes", [("table-removed", "notes")]),
        ("ALTER TABLE uses RENAME TO usages", [("table-renamed", "uses")]),
        ("CREATE SCHEMA attic; ALTER TABLE uses SET SCHEMA attic", [("table-renamed", "uses")]),
        ("ALTER TABLE orders ALTER note TYPE text", []),
        ("ALTER TABLE orders ALTER note TYPE varchar(80)", []),
        ("ALTER TABLE orders ALTER price TYPE numeric(8,2)", [("column-type-changed", "orders.price")]),
        ("ALTER TABLE orders ALTER qty TYPE bigint", []),
        ("ALTER TABLE orders ALTER qty TYPE text", [("column-type-changed", "orders.qty")]),
        ("ALTER TABLE orders ADD CHECK (qty > 0) NOT VALID", [("writes-refused", "orders CHECK")]),
        ("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (qty)", [("writes-refused", "orders u")]),
        ("CREATE UNIQUE INDEX u ON orders (qty)", [("writes-refused", "orders u")]),
        ("CREATE INDEX i ON orders (qty)", []),
        (
            "ALTER TABLE uses ADD FOREIGN KEY (id) REFERENCES customers",
            [("writes-refused", "uses FOREIGN KEY on id")],
        ),
        (
            "ALTER TABLE uses ADD COLUMN c bigint; ALTER TABLE uses ADD FOREIGN KEY (c) REFERENCES customers",
            [],
        ),
        ("ALTER TABLE orders ALTER qty SET DEFAULT 3", [("default-changed", "orders.qty")]),
        ("ALTER TABLE orders ALTER qty DROP DEFAULT", [("default-changed", "orders.qty")]),
        ("ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders ALTER a SET DEFAULT 3", []),
        ("REVOKE SELECT ON orders FROM shop", [("privilege-revoked", "orders shop")]),
        ("GRANT SELECT ON orders TO shop", []),
        ("CREATE TABLE new (id int); DROP TABLE new; CREATE TABLE n2 (id int); REVOKE ALL ON n2 FROM shop", []),
        (
            "ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders DROP COLUMN price",
            [("column-removed", "orders.price"), ("phases-mixed", "")],
        ),
    ],
)
def test_a_statement(up, expected):
    assert told(up) == expected


def test_an_enum_value():
    first = "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE people (m mood);"
    assert told(first, "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'") == [("enum-value-renamed", "mood.sad")]
    assert told(first, "ALTER TYPE mood ADD VALUE 'so so'") == []


def test_a_column_of_the_same_release_is_nobodys():
    ups = "ALTER TABLE orders ADD COLUMN a int", "ALTER TABLE orders DROP COLUMN a"
    assert told(*ups, release=True) == []
    assert told(*ups) == [("column-removed", "orders.a")]


def test_the_old_column_goes_with_the_new_one():
    ups = "ALTER TABLE orders ADD COLUMN remark text", "ALTER TABLE orders DROP COLUMN price"
    assert told(*ups, release=True) == [("column-removed", "orders.price"), ("contract-with-expand", "orders.price")]


@pytest.mark.parametrize(
    ("old", "new", "is_wider"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("smallint", "numeric", True),
        ("integer", "numeric(4,0)", False),
        ("real", "double precision", True),
        ("double precision", "real", False),
        ("numeric(10,2)", "numeric(12,2)", True),
        ("numeric(10,2)", "numeric(12,6)", False),
        ("numeric(10,2)", "numeric", True),
        ("numeric", "numeric(10,2)", False),
        ("character varying(20)", "text", True),
        ("text", "character varying(20)", False),
        ("character varying(20)", "character varying(30)", True),
        ("character(3)", "character varying(3)", False),
        ("timestamp without time zone", "timestamp with time zone", False),
        ("timestamp(3) without time zone", "timestamp without time zone", True),
        ("integer[]", "bigint[]", True),
        ("integer", "integer[]", False),
        ("bit(3)", "bit(3)", True),
        ('"Mood"', '"Mood"', True),
        ("uuid", "text", False),
    ],
)
def test_which_types_are_wider(old, new, is_wider):
    assert wider(old, new) is is_wider
