"""Operations and types that packages and projects add to Alembic, asynchronous code, revisions that ask for others.

What is expected was sent by alembic 1.20, alembic_utils 0.8, alembic_postgresql_enum 1.11 and sqlalchemy_utils 0.43.
"""

import pytest

from tests.migrations.trees_in_memory import HEAD, outline, read, upgrade

EXTENSION = '''
from alembic.operations import MigrateOperation, Operations

class Reversible(MigrateOperation):
    def __init__(self, target):
        self.target = target
    @classmethod
    def for_target(cls, operations, target):
        return operations.invoke(cls(target))
    @classmethod
    def _old(cls, operations, ident):
        version, name = ident.split(".")
        return getattr(operations.get_context().script.get_revision(version).module, name)
    @classmethod
    def replace(cls, operations, target, replaces=None):
        operations.invoke(cls(cls._old(operations, replaces)).reverse())
        operations.invoke(cls(target))

@Operations.register_operation("create_view", "for_target")
@Operations.register_operation("replace_view", "replace")
class CreateView(Reversible):
    def reverse(self):
        return DropView(self.target)

@Operations.register_operation("drop_view", "for_target")
class DropView(Reversible):
    pass

@Operations.register_operation("reset")
class Reset(MigrateOperation):
    @classmethod
    def reset(cls, operations, name, *, start=1):
        """No implementation: it sends by itself."""
        operations.execute("ALTER SEQUENCE %s RESTART WITH %d" % (name, start))

@Operations.implementation_for(CreateView)
def create_view(operations, operation):
    operations.execute("CREATE VIEW %s AS %s" % (operation.target.name, operation.target.text))

@Operations.implementation_for(DropView)
def drop_view(operations, operation):
    operations.execute("DROP VIEW %s" % operation.target.name)

@Operations.register_operation("lonely", "for_target")
class Lonely(Reversible):
    pass

class View:
    def __init__(self, name, text):
        self.name, self.text = name, text
'''


_RENAMED = (
    'ALTER TABLE "public"."t" ALTER COLUMN "k" TYPE "public"."k" USING CASE WHEN "k"::text = \'o\' '
    'THEN \'a\'::"public"."k" ELSE "k"::text::"public"."k" END'
)


def test_operations_of_the_project_are_found_wherever_they_are_registered():
    first = HEAD + "from ext import View\nv = View('v', 'SELECT 1')\ndef upgrade():\n    op.create_view(v)\n"
    second = (
        HEAD.replace("'a'", "'b'").replace("= None", "= 'a'")
        + "from ext import View\nv = View('v', 'SELECT 2')\ndef upgrade():\n    op.replace_view(v, replaces='a.v')\n"
        "    op.reset('s', start=7)\n    op.lonely(v)\n    op.other(v)\n    op.replace_view(v, replaces='zz.v')\n"
    )
    tree = read(
        {
            "m/versions/a.py": first,
            "m/versions/b.py": second,
            "ext.py": EXTENSION,
            "m/env.py": "import ext",
            "x.py": "(",
        }
    )
    assert [outline(each.up.steps) for each in tree.migrations] == [
        ["CREATE VIEW v AS SELECT 1"],
        [
            "DROP VIEW v",
            "CREATE VIEW v AS SELECT 2",
            "ALTER SEQUENCE s RESTART WITH 7",
            "? op.invoke: an operation that is not read",
            "? the operation op.other of a plug-in",
            "? execute: text with an unknown part",
            "CREATE VIEW v AS SELECT 2",
        ],
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    from alembic.operations import ops
    add = ops.AddColumnOp('t', sa.Column('c', sa.Integer()))
    op.invoke(add)
    op.invoke(ops.CreateIndexOp('i', 't', ['c']))
    op.invoke(ops.Nothing())
    op.invoke(ops.AddColumnOp('t', unknown))
    op.invoke(add.reverse())
        """,
            [
                "ALTER TABLE t ADD COLUMN c INTEGER",
                "CREATE INDEX i ON t (c)",
                "? op.invoke: alembic.operations.ops.Nothing is not read",
                "? op.invoke: unknown is not read",
                "ALTER TABLE t DROP COLUMN c",
            ],
        ),
        (
            """
    import asyncio
    async def change(connection, name):
        await connection.execute(sa.text(f'ALTER TABLE t ADD COLUMN {name} int'))
        await connection.run_sync(lambda c, more: c.execute(sa.text(more)), 'SELECT 1')
        async with connection.begin():
            async for row in await connection.execute(sa.text('SELECT a FROM t')):
                await connection.execute(sa.text('DELETE FROM t WHERE a = :a'), {'a': row.a})
        return 5
    change(op.get_bind(), 'never')
    op.run_async(change, 'a')
    asyncio.run(change(op.get_bind(), 'b')) == 5
    asyncio.get_event_loop().run_until_complete(change(op.get_bind(), 'c'))
    asyncio.new_event_loop().run_until_complete(5)
    asyncio.run()
    list(map(unknown, [change(op.get_bind(), 'd')]))
    op.run_async()
        """,
            [
                *(
                    text
                    for name in "abc"
                    for text in (
                        f"ALTER TABLE t ADD COLUMN {name} int",
                        "SELECT 1",
                        "SELECT a FROM t",
                        "perhaps DELETE FROM t WHERE a = $1",
                    )
                ),
                "? calls unknown that is not read",
                "? raises TypeError: run_async() missing its function",
            ],
        ),
        (
            """
    from alembic_utils.pg_view import PGView
    from alembic_utils.pg_materialized_view import PGMaterializedView
    from alembic_utils.pg_function import PGFunction
    from alembic_utils.pg_trigger import PGTrigger
    from alembic_utils.pg_policy import PGPolicy
    from alembic_utils.pg_extension import PGExtension
    v = PGView('public', 'v', 'SELECT 1;')
    m = PGMaterializedView(schema='s', signature='m', definition='SELECT 1', with_data=False)
    f = PGFunction('public', 'f(a int default 1, b  text)', 'RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql')
    t = PGTrigger('public', 'g', 'AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()', 't', is_constraint=True)
    for each in (v, m, f, t, PGPolicy('public', 'p', 'USING (true)', on_entity='t'), PGExtension('public', 'citext')):
        op.create_entity(each)
        op.drop_entity(each, cascade=True)
        op.replace_entity(target=each)
    op.create_entity(unknown)
    op.create_entity(5)
    op.create_entity(PGTrigger('public', 'g', 'nonsense', 't'))
        """,
            [
                'CREATE VIEW "public"."v" AS SELECT 1',
                'DROP VIEW "public"."v" CASCADE',
                'CREATE OR REPLACE VIEW "public"."v" AS SELECT 1',
                'CREATE MATERIALIZED VIEW "s"."m" AS SELECT 1 WITH NO DATA',
                'DROP MATERIALIZED VIEW "s"."m" CASCADE',
                'DROP MATERIALIZED VIEW IF EXISTS "s"."m"',
                'CREATE MATERIALIZED VIEW "s"."m" AS SELECT 1 WITH NO DATA',
                'CREATE FUNCTION "public"."f"(a int default 1, b text) RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql',
                'DROP FUNCTION "public"."f"(a int, b text) CASCADE',
                'CREATE OR REPLACE FUNCTION "public"."f"(a int default 1, b text) RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql',
                'CREATE CONSTRAINT TRIGGER "g" AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION f()',
                'DROP TRIGGER "g" ON public.t CASCADE',
                'DROP TRIGGER IF EXISTS "g" ON public.t',
                'CREATE CONSTRAINT TRIGGER "g" AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION f()',
                "CREATE POLICY p ON public.t USING (true)",
                "DROP POLICY p ON public.t CASCADE",
                "DROP POLICY IF EXISTS p ON public.t",
                "CREATE POLICY p ON public.t USING (true)",
                'CREATE EXTENSION "citext" WITH SCHEMA "public"',
                'DROP EXTENSION "citext" CASCADE',
                "? op.replace_entity: an extension is not replaced",
                "? op.create_entity: unknown is not read",
                "? op.create_entity: an object that is not read",
                "? op.create_entity: the definition of a trigger that is not read",
            ],
        ),
        (
            """
    from alembic_postgresql_enum import ColumnType, TableReference
    ref = TableReference('t', 'k', table_schema='public', existing_server_default="'a'::k")
    many = TableReference(table_name='t', column_name='ks', column_type=ColumnType.ARRAY)
    op.sync_enum_values('public', 'k', ['a', 'b'], [ref], enum_values_to_rename=[('o', 'a')])
    op.sync_enum_values(enum_schema='s', enum_name='k', new_values=['a'], affected_columns=[many], enum_values_to_rename=[('o', 'a')])
    op.sync_enum_values('public', 'k', ['a'], [TableReference('t', 'k')])
    op.sync_enum_values('public', 'k', ['a'], [('t', 'k')])
    op.sync_enum_values('public', 'k', ['a'], [], indexes_to_recreate=[1])
    op.sync_enum_values('public', 5, ['a'], [])
    op.sync_enum_values('public', 'k', ['a'], [TableReference('t', 'k', existing_server_default='ARRAY[1]')])
        """,
            [
                'ALTER TYPE "public"."k" RENAME TO "k_old"',
                'CREATE TYPE "public"."k" AS ENUM(\'a\', \'b\')',
                'ALTER TABLE "public"."t" ALTER COLUMN "k" DROP DEFAULT',
                _RENAMED,
                'ALTER TABLE "public"."t" ALTER COLUMN "k" SET DEFAULT \'a\'::public.k',
                'DROP TYPE "public"."k_old"',
                'ALTER TYPE "s"."k" RENAME TO "k_old"',
                'CREATE TYPE "s"."k" AS ENUM(\'a\')',
                'ALTER TABLE "s"."t" ALTER COLUMN "ks" TYPE "s"."k"[] USING array_replace("ks"::text[], \'o\', \'a\')::"s"."k"[]',
                'DROP TYPE "s"."k_old"',
                'ALTER TYPE "public"."k" RENAME TO "k_old"',
                'CREATE TYPE "public"."k" AS ENUM(\'a\')',
                'ALTER TABLE "public"."t" ALTER COLUMN "k" TYPE "public"."k" USING "k"::text::"public"."k"',
                'DROP TYPE "public"."k_old"',
                "? op.sync_enum_values: the default of a column is asked at run time",
                "? op.sync_enum_values: columns or indexes that are not read",
                "? op.sync_enum_values: an enum that is not read",
                "? op.sync_enum_values: the default of a column that is not read",
            ],
        ),
        (
            """
    import sqlalchemy_utils, sqlalchemy_utils as su, pgvector
    from sqlalchemy_utils import ChoiceType, UUIDType
    from fastapi_users_db_sqlalchemy.generics import GUID
    for kind in (UUIDType(binary=False), UUIDType, su.types.email.EmailType(length=9), sqlalchemy_utils.JSONType(), su.CountryType,
                 ChoiceType([(1, 'a')], impl=sa.Integer()), ChoiceType([], sa.SmallInteger), ChoiceType([]), su.ArrowType(timezone=True), su.IPAddressType(),
                 su.TSVectorType('a', 'b'), su.URLType, su.EncryptedType(sa.Text, 'key'), GUID(), pgvector.sqlalchemy.Vector(3)):
        op.add_column('t', sa.Column('c', kind))
        """,
            [
                f"ALTER TABLE t ADD COLUMN c {each}"
                for each in (
                    "UUID", "UUID", "VARCHAR(9)", "JSON", "VARCHAR(2)", "INTEGER", "SMALLINT", "VARCHAR(255)",
                    "TIMESTAMP WITH TIME ZONE", "VARCHAR(50)", "TSVECTOR", "TEXT", "BYTEA", "UUID", '"?Vector"',
                )
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_sent(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected


def test_types_of_packages_on_another_dialect():
    body = """
    import sqlalchemy_utils as su
    for kind in (su.UUIDType(), su.UUIDType(binary=False), su.JSONType(), su.EmailType()):
        op.add_column('t', sa.Column('c', kind))
    """
    assert outline(upgrade(f"def upgrade():{body}", dialect="mysql")) == [
        f"ALTER TABLE t ADD COLUMN c {each}" for each in ("BINARY(16)", "CHAR(32)", "TEXT", "VARCHAR(255)")
    ]
