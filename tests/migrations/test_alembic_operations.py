"""Operations and statements come out as Alembic and SQLAlchemy would send them."""

import contextlib
import importlib.util
import io

import pytest

from contractcheck.migrations.trees import ScriptKind
from tests.migrations.trees_in_memory import HEAD, lines, read, sql, upgrade


def run(body, **options):
    return sql(upgrade(f"def upgrade():\n{body}", **options))


BODIES = {
    "table": """
    op.create_table('orders',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column('state', sa.Enum('new', 'done', name='state'), server_default='new', nullable=False),
        sa.Column('total', sa.Numeric(12, 2), sa.Computed('a * b', persisted=True)),
        sa.Column('owner', sa.Integer(), sa.ForeignKey('people.id', ondelete='CASCADE'), index=True),
        sa.Column('tags', postgresql.ARRAY(sa.Text()), comment='free words'),
        sa.CheckConstraint('total >= 0', name='positive'),
        sa.UniqueConstraint('state', 'total', name='once'),
        schema='shop', comment='what was ordered')
    op.drop_table('orders', schema='shop')
    """,
    "columns": """
    op.add_column('t', sa.Column('a', sa.String(20), server_default=sa.text('now()')))
    op.alter_column('t', 'a', new_column_name='b', nullable=False, type_=sa.Text(), server_default=None)
    op.alter_column('t', 'c', type_=sa.Integer(), postgresql_using='c::integer', existing_type=sa.Text())
    op.drop_column('t', 'b')
    """,
    "constraints": """
    op.create_foreign_key('fk', 't', 'u', ['a'], ['b'], ondelete='SET NULL', deferrable=True)
    op.create_check_constraint('ck', 't', sa.column('x') > 5)
    op.create_unique_constraint(op.f('uq'), 't', ['a', 'b'])
    op.create_primary_key('pk', 't', ['id'])
    op.create_exclude_constraint('ex', 't', (sa.column('r'), '&&'), using='gist')
    op.drop_constraint('fk', 't', type_='foreignkey')
    op.rename_table('t', 'v')
    op.create_table_comment('v', "it's")
    op.drop_table_comment('v')
    """,
    "indexes": """
    op.create_index('ix', 't', ['a', sa.text('lower(b)')], unique=True, postgresql_where=sa.text('a > 1'))
    op.create_index('ix2', 't', ['a'], postgresql_using='gin', postgresql_concurrently=True, if_not_exists=True)
    op.drop_index('ix', table_name='t', postgresql_concurrently=True, if_exists=True)
    """,
    "batch": """
    with op.batch_alter_table('t', schema='s') as batch:
        batch.add_column(sa.Column('a', sa.Integer()))
        batch.alter_column('b', nullable=True)
        batch.create_index('ix', ['a'])
        batch.drop_constraint(batch.f('old'), type_='unique')
        batch.create_foreign_key('fk', 'u', ['a'], ['id'])
        batch.drop_column('c')
    """,
    "data": """
    t = sa.table('t', sa.column('a', sa.Integer), sa.column('b', sa.String))
    op.bulk_insert(t, [{'a': 1, 'b': "it's"}, {'a': 2, 'b': None}])
    op.execute(t.update().where(t.c.a == op.inline_literal(3)).values(b='x'))
    op.execute(t.delete().where(t.c.a.in_([1, 2])))
    op.execute(sa.insert(t).from_select(['a'], sa.select(sa.func.max(t.c.a) + 1)))
    op.execute("UPDATE t SET b = 'a:b' WHERE a::int > 2")
    op.execute(sa.text('DELETE FROM t WHERE a = :x').bindparams(x=4))
    """,
    "types": """
    kind = postgresql.ENUM('a', 'b', name='kind', create_type=False)
    op.add_column('t', sa.Column('k', kind))
    op.add_column('t', sa.Column('j', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')))
    op.add_column('t', sa.Column('e', sa.Enum('x', name='e', native_enum=False, create_constraint=True)))
    op.add_column('t', sa.Column('u', sa.Uuid(), server_default=sa.func.gen_random_uuid()))
    op.add_column('t', sa.Column('d', sa.DateTime(timezone=True), server_default=sa.func.now()))
    """,
    "types that are functions": """
    def number():
        return sa.Integer()
    op.add_column('t', sa.Column('v', sa.BigInteger().with_variant(number, 'postgresql')))
    """,
}


@pytest.mark.parametrize("name", BODIES)
def test_the_same_as_alembic_writes_offline(name, tmp_path):
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    head = HEAD + "from sqlalchemy.dialects import postgresql\n"
    (tmp_path / "revision.py").write_text(f"{head}def upgrade():\n{BODIES[name]}")
    specification = importlib.util.spec_from_file_location(f"revision_{name}", tmp_path / "revision.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    context = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "literal_binds": True, "output_buffer": io.StringIO()},
    )
    sent = []
    context.impl.static_output = sent.append
    with Operations.context(context), contextlib.redirect_stdout(io.StringIO()):
        module.upgrade()
    assert run(BODIES[name], head=head) == [" ".join(text.rstrip(";").split()) for text in sent]


def test_operations_of_a_batch_are_sent_at_its_end_and_placed_at_their_calls():
    body = (
        "    with op.batch_alter_table('t') as batch:\n        batch.drop_column('a')\n        op.drop_table('u')\n"
        "        batch.drop_column('b')\n"
    )
    steps = upgrade("def upgrade():\n" + body)
    assert sql(steps) == ["DROP TABLE u", "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t DROP COLUMN b"]
    assert lines(steps) == [8, 7, 9]


def test_several_statements_in_one_text_are_several_steps():
    text = 'CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql; -- a; comment\\nDROP TABLE \\"a;b\\";'
    assert run(f'    op.execute("{text}")\n') == [
        "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql",
        'DROP TABLE "a;b"',
    ]


def test_comments_alone_send_nothing():
    assert run("    op.execute('-- nothing')\n    op.execute('  ')\n") == []


def test_percent_signs_backslashes_and_tabs_stay():
    steps = upgrade("def upgrade():\n    op.execute(r\"UPDATE t SET a = '10%\\d\t' WHERE b LIKE 'x%%'\")\n")
    assert [step.sql for step in steps] == ["UPDATE t SET a = '10%\\d\t' WHERE b LIKE 'x%%'"]


def test_autocommit_block_and_isolation_level_leave_the_transaction():
    body = """
    op.drop_table('a')
    with op.get_context().autocommit_block():
        op.create_index('i', 't', ['a'], postgresql_concurrently=True)
    op.get_bind().execution_options(isolation_level='AUTOCOMMIT').execute(sa.text('VACUUM t'))
    op.drop_table('b')
    """
    steps = upgrade(f"def upgrade():\n{body}")
    assert [step.in_transaction for step in steps] == [True, False, False, True]


def test_a_commit_of_the_connection_begins_anew():
    assert run("    c = op.get_bind()\n    c.commit()\n    c.exec_driver_sql('SELECT 1')\n") == [
        "COMMIT",
        "BEGIN",
        "SELECT 1",
    ]


def test_types_and_tables_made_on_the_connection_look_first_or_not():
    body = """
    bind = op.get_bind()
    kind = postgresql.ENUM('a', name='kind')
    kind.create(bind)
    kind.create(bind, checkfirst=False)
    sa.Enum('b', name='other').create(bind, checkfirst=True)
    table = sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer))
    table.create(bind, checkfirst=False)
    table.metadata.create_all(bind)
    table.drop(bind, checkfirst=True)
    sa.Enum(name='other').drop(bind, checkfirst=False)
    kind.create()
    """
    steps = upgrade(f"def upgrade():\n{body}", head=HEAD + "from sqlalchemy.dialects import postgresql\n")
    assert [(text, getattr(step, "checkfirst", None)) for text, step in zip(sql(steps), steps, strict=True)] == [
        ("CREATE TYPE kind AS ENUM ('a')", True),
        ("CREATE TYPE kind AS ENUM ('a')", False),
        ("CREATE TYPE other AS ENUM ('b')", True),
        ("CREATE TABLE t ( id INTEGER )", False),
        ("CREATE TABLE t ( id INTEGER )", True),
        ("DROP TABLE t", True),
        ("DROP TYPE other", False),
        ("? raises TypeError: missing a required argument: 'bind'", None),
    ]


def test_parameters_known_and_unknown():
    body = """
    bind = op.get_bind()
    t = sa.table('t', sa.column('id'), sa.column('n'))
    rows = bind.execute(sa.select(t.c.id)).all()
    by_id = t.update().where(t.c.id == sa.bindparam('i')).values(n=sa.bindparam('n'))
    bind.execute(by_id, {'i': 1, 'n': 'x'})
    bind.execute(by_id, [{'i': 1, 'n': rows}])
    bind.execute(by_id, rows)
    bind.execute(t.insert(), [{'id': 1}, {'id': 2}])
    bind.execute(t.insert(), rows)
    bind.execute(t.update(), {'n': 5})
    bind.execute(t.update().where(t.c.id.in_(rows)).values(n=rows[0].n + 1))
    bind.execute(sa.text('DELETE FROM t WHERE id = :i AND n = :n'), {'i': 1, 'n': 'it'})
    bind.execute(sa.text('DELETE FROM t WHERE id = :i'), {'i': rows[0].id})
    bind.execute(sa.text('DELETE FROM t WHERE id = :i'), rows)
    bind.execute(sa.text('DELETE FROM t WHERE id = :i').bindparams(i=rows))
    bind.execute(sa.text(f"DELETE FROM t WHERE n = '{rows[0].n}' AND id = {rows[0].id}"))
    """
    assert run(body) == [
        "SELECT t.id FROM t",
        "UPDATE t SET n='x' WHERE t.id = 1",
        "UPDATE t SET n=$1 WHERE t.id = 1",
        "UPDATE t SET n=$1 WHERE t.id = $1",
        "INSERT INTO t (id) VALUES (1)",
        "INSERT INTO t (id) VALUES (2)",
        "INSERT INTO t (id, n) VALUES ($1, $1)",
        "UPDATE t SET n=5",
        "UPDATE t SET n=$1 WHERE t.id IN ($1)",
        "DELETE FROM t WHERE id = 1 AND n = 'it'",
        "DELETE FROM t WHERE id = $1",
        "DELETE FROM t WHERE id = $1",
        "DELETE FROM t WHERE id = $1",
        "DELETE FROM t WHERE n = '$1' AND id = $1",
    ]


def test_a_session_reads_and_writes_the_tables_of_mapped_classes():
    head = HEAD + (
        "from sqlalchemy import orm\nfrom sqlalchemy.orm import declarative_base, sessionmaker\nBase = declarative_base()\n"
        "class Person(Base):\n    __tablename__ = 'people'\n    id = sa.Column(sa.Integer, primary_key=True)\n"
        "    name = sa.Column('full_name', sa.String)\n"
    )
    body = """
    session = orm.Session(bind=op.get_bind())
    for person in session.query(Person).filter(Person.id > 3).order_by(Person.name).all():
        session.add(Person(id=person.id))
    session.query(Person.id).filter_by(id=1).first()
    session.query(Person).filter(Person.name.is_(None)).update({Person.name: 'x'})
    session.query(Person).delete()
    session.merge(Person(id=4))
    session.execute(sa.select(Person.__table__.c.id))
    session.commit()
    sessionmaker()(bind=op.get_bind()).add_all([Person(id=i) for i in session.query(Person.id)])
    """
    assert run(body, head=head) == [
        "SELECT people.id, people.full_name FROM people WHERE people.id > 3 ORDER BY people.full_name",
        "INSERT INTO people (id, full_name) VALUES ($1, $1)",
        "SELECT people.id FROM people WHERE people.id = 1",
        "UPDATE people SET full_name='x' WHERE people.full_name IS NULL",
        "DELETE FROM people",
        "SELECT people.id, people.full_name FROM people WHERE people.id = $1",
        "INSERT INTO people (id, full_name) VALUES ($1, $1)",
        "SELECT people.id FROM people",
        "SELECT people.id FROM people",
        "INSERT INTO people (id, full_name) VALUES ($1, $1)",
    ]


def test_a_reflected_table_has_the_columns_it_is_asked_for():
    body = """
    bind = op.get_bind()
    t = sa.Table('t', sa.MetaData(), autoload_with=bind)
    bind.execute(sa.select(t.c.a, t.columns['b']).where(t.c.c == 1))
    bind.execute(t.insert(), [{'d': 1}])
    bind.execute(t.update().values(e=None))
    """
    assert run(body) == [
        "SELECT t.a, t.b FROM t WHERE t.c = 1",
        "INSERT INTO t (d) VALUES (1)",
        "UPDATE t SET e=NULL",
    ]


def test_the_naming_convention_of_the_metadata_names_constraints():
    models = (
        "import sqlalchemy as sa\nmetadata = sa.MetaData(naming_convention={'uq': '%(table_name)s_%(column_0_name)s_uq',"
        " 'pk': '%(table_name)s_pkey'})\nclass Base(sa.orm.DeclarativeBase):\n    metadata = metadata\n"
    )
    texts = {
        "app/models.py": models,
        "app/m/env.py": "from app.models import Base\nfrom alembic import context\ntarget_metadata = Base.metadata\nrun()\n",
        "app/m/versions/a.py": HEAD
        + "def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text, unique=True))\n",
    }
    assert sql(read(texts).migrations[0].up.steps) == [
        "CREATE TABLE t ( id SERIAL NOT NULL, a TEXT, CONSTRAINT t_pkey PRIMARY KEY (id), CONSTRAINT t_a_uq UNIQUE (a) )"
    ]


def test_certain_failures_are_said():
    body = (
        "    op.drop_constraint(None, 't')\n    op.create_index('i', 't')\n    op.add_column('t', 'c')\n    op.create_view('v')\n"
        "    op.execute(5)\n"
    )
    assert run(body) == [
        "? op.drop_constraint fails: CompileError: Can't emit DROP CONSTRAINT for constraint Constraint(); it has no name",
        "? op.create_index fails: TypeError: create_index() missing 1 required positional argument: 'columns'",
        "? op.add_column fails: AttributeError: 'str' object has no attribute 'table'",
        "? the operation op.create_view of a plug-in",
        "? execute fails: TypeError: not an executable statement: int",
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("    pass", ScriptKind.EMPTY),
        ("    '''Nothing.'''\n    # at all", ScriptKind.EMPTY),
        ("    return None", ScriptKind.EMPTY),
        ("    raise NotImplementedError", ScriptKind.RAISES),
        ("    '''No.'''\n    raise RuntimeError('x')", ScriptKind.RAISES),
        ("    op.drop_table('t')", ScriptKind.CODE),
        ("    if False:\n        op.drop_table('t')", ScriptKind.CODE),
    ],
)
def test_how_a_script_is_written(body, kind):
    migration = read({"m/versions/a.py": f"{HEAD}def downgrade():\n{body}\n"}).migrations[0]
    assert (migration.up.kind, migration.up.place) == (ScriptKind.MISSING, None)
    assert (migration.down.kind, migration.down.place.line) == (kind, 5)


def test_an_enum_may_choose_its_values():
    head = HEAD + "import enum\nclass State(str, enum.Enum):\n    NEW = 'new'\n    DONE = 'done'\n"
    body = """
    kind = sa.Enum(State, name='state', values_callable=lambda states: [each.value for each in states])
    kind.create(op.get_bind(), checkfirst=False)
    sa.Enum(State, name='other').create(op.get_bind(), checkfirst=False)
    """
    assert run(body, head=head) == [
        "CREATE TYPE state AS ENUM ('new', 'done')",
        "CREATE TYPE other AS ENUM ('NEW', 'DONE')",
    ]


def test_texts_with_unknown_values_of_other_dialects():
    body = (
        "    op.execute(f'DELETE FROM t WHERE a = {unknown}')\n"
        "    op.get_bind().execute(sa.text('SELECT :a'), {'a': unknown})\n"
    )
    assert run(body, dialect="mysql") == ["DELETE FROM t WHERE a = $1", "SELECT :a"]
