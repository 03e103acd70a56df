import pytest

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql.parse import MAX_DEPTH, parse, parse_statements


def test_an_alter_table_with_all_kinds_of_actions():
    (found,) = parse(
        "ALTER TABLE ONLY app.t ADD COLUMN a varchar(20)[] NOT NULL DEFAULT 'x', DROP COLUMN IF EXISTS b CASCADE,"
        " ALTER c TYPE interval(3), ALTER d SET NOT NULL, VALIDATE CONSTRAINT k"
    )
    assert isinstance(found, op.AlterTable)
    assert found.table == op.Ref("t", "app", only=True)
    assert [type(a).__name__ for a in found.actions] == [
        "AddColumn",
        "DropColumn",
        "AlterColumnType",
        "SetNotNull",
        "ValidateConstraint",
    ]
    added, dropped, retyped, *_ = found.actions
    assert isinstance(added, op.AddColumn)
    assert added.column.type == op.TypeRef("varchar", "pg_catalog", (20,), 1)
    assert added.column.not_null
    assert dropped == op.DropColumn("b", missing_ok=True, cascade=True)
    assert retyped == op.AlterColumnType("c", op.TypeRef("interval", "pg_catalog", (32767, 3)))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE IF EXISTS a, b.c CASCADE", op.Drop("table", (("a",), ("b", "c")), missing_ok=True, cascade=True, arguments=(None, None))),
        ("DROP INDEX CONCURRENTLY i", op.Drop("index", (("i",),), concurrently=True, arguments=(None,))),
        ("ALTER TYPE m ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'", op.AlterEnum(op.Ref("m"), "x", None, "y", after=False, missing_ok=True)),
        ("ALTER TABLE t RENAME COLUMN a TO b", op.Rename("column", "b", op.Ref("t"), "a")),
        ("TRUNCATE a, ONLY b RESTART IDENTITY", op.Truncate((op.Ref("a"), op.Ref("b", only=True)), restart=True)),
        ("COMMENT ON COLUMN t.c IS NULL", op.Comment("column", ("t", "c"), None)),
        ("LOCK TABLE t IN SHARE MODE", op.LockTable((op.Ref("t"),), 5)),
        ("SET LOCAL lock_timeout = '5s'", op.SetVariable("lock_timeout", "5s", local=True)),
        ("RESET lock_timeout", op.SetVariable("lock_timeout", None)),
        ("REINDEX (CONCURRENTLY) TABLE t", op.Maintain("reindex", (op.Ref("t"),), concurrently=True, options=(("concurrently", "true"),))),
        ("VACUUM (FULL, ANALYZE) t", op.Maintain("vacuum", (op.Ref("t"),), full=True, options=(("full", "true"), ("analyze", "true")))),
        ("BEGIN", op.Transaction("begin")),
        ("ROLLBACK TO SAVEPOINT a", op.Transaction("rollback_to", "a")),
    ],
)  # fmt: skip
def test_one_statement(sql, expected):
    assert parse(sql) == (expected,)


def test_every_statement_of_a_text_has_its_range():
    sql = "CREATE TABLE é (a int);\n  DROP TABLE é"
    assert [sql[p.start : p.end].strip() for p in parse_statements(sql)] == ["CREATE TABLE é (a int)", "DROP TABLE é"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("ALTER TABEL t", 'not PostgreSQL: syntax error at or near "TABEL"'),
        ("SELECT 'open", 'not PostgreSQL: unterminated quoted string at or near "\'open"'),
        ("SELECT \x00", "the text has a NUL byte"),
        ("SELECT " + "(" * (MAX_DEPTH + 1), f"brackets are nested more than {MAX_DEPTH} deep"),
        ("REASSIGN OWNED BY one TO two", "reassign owned is outside the model"),
    ],
)
def test_what_is_not_understood_says_so(sql, reason):
    assert parse(sql) == (op.Unmodelled(reason),)


def test_nothing_is_no_operation():
    assert parse("  -- only a comment\n") == ()


def test_flatten_gives_every_action():
    operations = parse("ALTER TABLE t DROP a, DROP b; TRUNCATE t")
    assert [type(action or operation).__name__ for operation, action in op.flatten(operations)] == [
        "DropColumn",
        "DropColumn",
        "Truncate",
    ]
