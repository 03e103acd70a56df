"""Migration trees of any length that make sense: every step fits the tables that the steps before it left; seeded."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 20260101
_NOUNS = (
    "account",
    "basket",
    "carrier",
    "depot",
    "event",
    "folder",
    "group",
    "holding",
    "invoice",
    "job",
    "key",
    "lot",
)
_TYPES = (("integer", "Integer()"), ("text", "Text()"), ("bigint", "BigInteger()"), ("boolean", "Boolean()"))
_KINDS = ("table", "column", "column", "column", "default", "index", "index", "check", "required", "backfill", "drop")


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its name, its SQL for PostgreSQL, and the same as Alembic calls with their undoing."""

    name: str
    sql: str
    upgrade: str
    downgrade: str


def steps(count: int, seed: int = SEED) -> Iterator[Step]:
    """`count` migrations of one product: tables first, then mostly columns and indexes, some of them hazardous."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    tables: dict[str, list[str]] = {}
    for number in range(1, count + 1):
        kind = "table" if len(tables) < len(_NOUNS) else chance.choice(_KINDS)
        table = chance.choice(sorted(tables)) if tables else ""
        column = f"{chance.choice(_NOUNS)}_{number}"
        old = tables[table][-1] if tables.get(table) else None
        if kind == "table":
            name = f"{_NOUNS[len(tables) % len(_NOUNS)]}_{number}"
            tables[name] = []
            yield _table(name)
        elif kind in {"column", "default"} or old is None:
            tables[table].append(column)
            yield _column(table, column, *chance.choice(_TYPES), filled=kind == "default")
        elif kind == "drop":
            tables[table].pop()
            yield _drop(table, old)
        else:
            yield _existing(kind, table, old, f"{table}_{old}_{number}", concurrently=chance.random() < 0.5)


def _table(name: str) -> Step:
    return Step(
        f"create_{name}",
        f"CREATE TABLE {name} (\n    id bigint PRIMARY KEY,\n    label text NOT NULL,\n"
        "    made_at timestamptz DEFAULT now()\n);\n",
        f'op.create_table(\n        "{name}",\n        sa.Column("id", sa.BigInteger(), primary_key=True),\n'
        f'        sa.Column("label", sa.Text(), nullable=False),\n'
        f'        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now()),\n    )',
        f'op.drop_table("{name}")',
    )


def _column(table: str, column: str, sql: str, sa: str, *, filled: bool) -> Step:
    # clock_timestamp() is volatile: PostgreSQL rewrites the table for such a default.
    if filled:
        sql, sa, default, server = (
            "timestamptz",
            "DateTime(timezone=True)",
            " DEFAULT clock_timestamp()",
            (', server_default=sa.text("clock_timestamp()")'),
        )
    else:
        default = server = ""
    return Step(
        f"add_{column}",
        f"ALTER TABLE {table} ADD COLUMN {column} {sql}{default};\n",
        f'op.add_column("{table}", sa.Column("{column}", sa.{sa}{server}))',
        f'op.drop_column("{table}", "{column}")',
    )


def _drop(table: str, column: str) -> Step:
    return Step(
        f"drop_{column}",
        f"ALTER TABLE {table} DROP COLUMN {column};\n",
        f'op.drop_column("{table}", "{column}")',
        f'op.add_column("{table}", sa.Column("{column}", sa.Text()))',
    )


def _existing(kind: str, table: str, column: str, name: str, *, concurrently: bool) -> Step:
    match kind:
        case "index":
            word, option = ("CONCURRENTLY ", ", postgresql_concurrently=True") if concurrently else ("", "")
            call = f'op.create_index("ix_{name}", "{table}", ["{column}"]{option})'
            back = f'op.drop_index("ix_{name}", table_name="{table}"{option})'
            if concurrently:
                call, back = (f"with op.get_context().autocommit_block():\n        {each}" for each in (call, back))
            return Step(f"index_{column}", f"CREATE INDEX {word}ix_{name} ON {table} ({column});\n", call, back)
        case "check":
            return Step(
                f"check_{column}",
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{name} CHECK ({column} IS NOT NULL) NOT VALID;\n"
                f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{name};\n",
                f'op.create_check_constraint("ck_{name}", "{table}", "{column} IS NOT NULL", '
                f"postgresql_not_valid=True)\n"
                f'    op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT ck_{name}")',
                f'op.drop_constraint("ck_{name}", "{table}")',
            )
        case "required":
            return Step(
                f"require_{column}",
                f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n",
                f'op.alter_column("{table}", "{column}", nullable=False)',
                f'op.alter_column("{table}", "{column}", nullable=True)',
            )
        case _:
            update = f"UPDATE {table} SET label = 'none' WHERE label = ''"  # noqa: S608 - a file's text, run by no one
            return Step(f"fill_{table}", f"{update};\n", f'op.execute("{update}")', "pass")


def flyway(count: int) -> dict[str, bytes]:
    """`count` SQL files with Flyway's names (`V12__add_x.sql`): bytes by name."""
    return {f"V{number}__{step.name}.sql": step.sql.encode() for number, step in enumerate(steps(count), 1)}


def alembic(count: int) -> dict[str, bytes]:
    """An Alembic tree of `count` revisions in one line: bytes by path."""
    revisions = {
        f"versions/{number:04}_{step.name}.py": _revision(number, step).encode()
        for number, step in enumerate(steps(count), 1)
    }
    return {"env.py": b'"""Never run here."""\n', **revisions}


def _revision(number: int, step: Step) -> str:
    before = f'"{number - 1:04}"' if number > 1 else "None"
    return (
        f'"""{step.name}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{number:04}"\ndown_revision = {before}\n\n\n'
        f"def upgrade():\n    {step.upgrade}\n\n\ndef downgrade():\n    {step.downgrade}\n"
    )
