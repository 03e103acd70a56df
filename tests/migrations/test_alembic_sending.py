"""What reaches the database: connections, sessions, statements, and what is handed to code that is not read."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    for i in flag:
        return
    else:
        op.drop_table('else')
        """,
            ['? a loop that runs as often as the data says [nothing / DROP TABLE "else"]'],
        ),
        (
            """
    for i in flag:
        if flag2: break
    else:
        op.drop_table('else')
    op.drop_table('after')
        """,
            ['? a loop that runs as often as the data says [nothing / DROP TABLE "else"]', "DROP TABLE after"],
        ),
        (
            """
    match flag:
        case None: op.drop_table('same')
        case w: op.drop_table('same')
        """,
            ["DROP TABLE same"],
        ),
        (
            """
    b = op.get_bind()
    b.connect().begin()
    b.close()
    b.detach()
    op.drop_table(b.closed)
        """,
            ["? op.drop_table: closed of the connection"],
        ),
        (
            """
    b = op.get_bind().engine.connect()
    b.rollback()
    b.execution_options(isolation_level=flag).execute('SELECT 1')
    b.execution_options(isolation_level='AUTOCOMMIT').commit()
        """,
            ["ROLLBACK", "BEGIN", "SELECT 1"],
        ),
        (
            """
    op.get_context().connection.execute(sa.text('SELECT 1'))
    op.get_context().execute('SELECT 2')
    op.migration_context.bind.execute(sa.text('SELECT 3'))
    context.get_environment().get_bind()
    context.execute('SELECT 4')
        """,
            ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"],
        ),
        (
            """
    op.drop_table(op.get_context().environment)
        """,
            ["? op.drop_table: environment of the migration environment"],
        ),
        (
            """
    s = sa.orm.Session()
    s.connection().execute(sa.text('SELECT 1'))
    s.bind.execute(sa.text('SELECT 2'))
    s.get_bind()
    s.begin()
    s.execute(sa.text('SELECT 3'))
    s.scalars(sa.text('SELECT 4'))
    s.flush()
    s.refresh(1)
        """,
            ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"],
        ),
        (
            """
    R = sa.orm.registry()
    B = R.generate_base()
    class P(B):
        __tablename__ = 'p'
        id = sa.Column(sa.Integer, primary_key=True)
    op.execute(sa.select(P.__table__))
    op.execute(sa.select(P.id))
        """,
            ["SELECT p.id FROM p", "SELECT p.id FROM p"],
        ),
        (
            """
    if flag: q = sa.text('DELETE FROM a')
    else: q = sa.text('DELETE FROM b')
    op.execute(q)
        """,
            ["? execute: depends on flag is not read"],
        ),
        (
            """
    t = sa.table('t', sa.column('a'))
    q = t.delete() if flag else t.update()
    op.get_bind().execute(q.where(t.c.a == 1))
        """,
            ["perhaps DELETE FROM t WHERE t.a = 1", "perhaps UPDATE t SET a=$1 WHERE t.a = 1"],
        ),
        (
            """
    t = sa.table('t', sa.column('a'))
    q = t.delete() if flag else unknown
    op.get_bind().execute(q)
        """,
            ["? execute: flag is not read"],
        ),
        (
            """
    op.execute(f"UPDATE t SET a = {unknown} WHERE")
    op.execute(f"UPDATE t SET a = {unknown}")
    op.execute(f"DROP TABLE {unknown}")
        """,
            ["? execute: text with an unknown part", "UPDATE t SET a = $1", "? execute: text with an unknown part"],
        ),
        (
            """
    sa.Enum('a', name='e').create(flag)
    sa.Enum('a', name='e').create(op.get_bind(), checkfirst=flag)
    sa.Enum('a', name=None).create(op.get_bind())
    sa.MetaData().reflect(op.get_bind())
    sa.Index('i', sa.table('t', sa.column('a')).c.a).create(op.get_bind())
        """,
            [
                "? create on a connection that is not known",
                "? create on a connection that is not known",
                "? create fails: CompileError: PostgreSQL ENUM type requires a name.",
                "? create fails: AttributeError: 'NoneType' object has no attribute 'schema'",
            ],
        ),
        (
            """
    op.add_column('t', sa.Column('a', type_=unknown.Type))
    op.add_column('t', sa.Column(unknown.Type, name='x'))
    op.add_column('t', sa.Column('b', unknown.Type, default=unknown, key='q'))
    op.add_column('t', sa.Column('c', unknown))
    op.add_column('t', sa.Column('d', sa.Integer, server_default=unknown))
        """,
            [
                'ALTER TABLE t ADD COLUMN a "?Type"',
                'ALTER TABLE t ADD COLUMN x "?Type"',
                'ALTER TABLE t ADD COLUMN b "?Type"',
                'ALTER TABLE t ADD COLUMN c "?unknown"',
                "? op.add_column: unknown is not read",
            ],
        ),
        (
            """
    class T: pass
    def make(): return sa.Integer()
    op.add_column('t', sa.Column('a', T))
    op.add_column('t', sa.Column('a', make))
    op.alter_column('t', 'a', type_=T)
    op.alter_column('t', 'a', type_=make)
    op.alter_column('t', 'a', existing_type=unknown, nullable=False)
    op.drop_table(op)
    op.drop_table(make)
    op.bulk_insert(sa.table('t', sa.column('a')), [{'a': unknown}])
    op.bulk_insert(sa.table('t', sa.column('a')), unknown)
    op.bulk_insert(sa.table('t', sa.column('a')), ({'a': 1},))
        """,
            [
                'ALTER TABLE t ADD COLUMN a "?T"',
                'ALTER TABLE t ADD COLUMN a "?make"',
                'ALTER TABLE t ALTER COLUMN a TYPE "?T"',
                'ALTER TABLE t ALTER COLUMN a TYPE "?make"',
                "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
                "? op.drop_table: an argument that is not read",
                "? op.drop_table: an argument that is not read",
                "INSERT INTO t (a) VALUES ($1)",
                "perhaps INSERT INTO t (a) VALUES ($1)",
                "? op.bulk_insert fails: TypeError: List expected",
            ],
        ),
        (
            """
    t = sa.table('t', sa.column('a', sa.Integer))
    op.execute(t.update().values(a=t.c.a + unknown))
    op.execute(t.update().values({'a': unknown}))
    op.execute(t.update().values(unknown))
    op.execute(t.delete().where(unknown))
    op.execute(t.delete().where(t.c.a.in_(unknown)))
    op.execute(t.delete().where(t.c.a == unknown))
    op.execute(t.delete().where(sa.and_(t.c.a == unknown, t.c.a != -t.c.a)))
    op.execute(t.select().limit(unknown))
    op.execute(t.update().values(a=sa.case((t.c.a == unknown, 1), else_=unknown)))
    op.execute(t.update().values(a=sa.cast(unknown, sa.Integer)))
    op.execute(t.update().values(a=sa.func.coalesce(unknown, 1)))
    op.execute(t.update().values(a=lambda: 1))
    op.execute(sa.select(op))
    op.execute(sa.text('SELECT :a').bindparams(a=unknown))
    op.execute(sa.text('SELECT :a').bindparams(b=1))
    op.execute(sa.text(unknown))
    op.execute(t.nothing())
    op.execute(t.c.a.nothing)
        """,
            [
                "UPDATE t SET a=(t.a + $1)",
                "UPDATE t SET a=$1",
                "UPDATE t SET a=$1",
                "DELETE FROM t WHERE $1",
                "DELETE FROM t WHERE t.a IN ($1)",
                "DELETE FROM t WHERE t.a = $1",
                "DELETE FROM t WHERE t.a = $1 AND t.a != -t.a",
                "SELECT t.a FROM t LIMIT $1",
                "UPDATE t SET a=CASE WHEN (t.a = $1) THEN 1 ELSE $1 END",
                "UPDATE t SET a=CAST($1 AS INTEGER)",
                "UPDATE t SET a=coalesce($1, 1)",
                "UPDATE t SET a=$1::INTEGER",
                "? raises ArgumentError: Column expression, FROM clause, or other columns clause element expected, got <operations>.",
            ],
        ),
        (
            """
    t = sa.table('t', sa.column('a', sa.LargeBinary), sa.column('d', sa.DateTime))
    op.execute(t.update().values(a=b'x'))
    op.execute(t.insert().values(d='2020'))
    op.get_bind().execute(t.insert(), {'a': b'x'})
    op.get_bind().execute(sa.text('SELECT :a, :b'), {'a': [1], 'b': (1, unknown)})
    op.get_bind().execute(sa.text('SELECT :a'), [1])
    op.get_bind().execute(sa.text('DELETE FROM t WHERE a IN :a').bindparams(sa.bindparam('a', expanding=True)), {'a': [1, 2]})
    op.get_bind().execute(sa.text('DELETE FROM t WHERE a IN :a').bindparams(sa.bindparam('a', expanding=True)), {'a': unknown})
    op.get_bind().execute(t.insert())
    op.get_bind().execute(t.insert().values([{'d': None}, {'d': None}]))
    op.get_bind().execute(sa.table('u').insert())
    op.get_bind().execute(unknown, [1])
    op.get_bind().execute(5, unknown)
    op.get_bind().execute()
    op.get_bind().scalar(statement=sa.text('SELECT 1'))
        """,
            [
                "UPDATE t SET a='x'",
                "INSERT INTO t (d) VALUES ($1::TIMESTAMP WITHOUT TIME ZONE)",
                "INSERT INTO t (a) VALUES ('x')",
                "SELECT $1, $2",
                "SELECT $1",
                "DELETE FROM t WHERE a IN (1, 2)",
                "DELETE FROM t WHERE a IN ($1)",
                "INSERT INTO t (a, d) VALUES ($1, $1)",
                "INSERT INTO t (d) VALUES (NULL), (NULL)",
                "INSERT INTO u DEFAULT VALUES",
                "? execute: unknown is not read",
                "? execute fails: TypeError: not an executable statement: int",
                "? execute fails: TypeError: not an executable statement: NoneType",
                "SELECT 1",
            ],
        ),
        (
            """
    with op.batch_alter_table(op) as b: b.drop_column('c')
        """,
            ["? op.batch_alter_table: an argument that is not read", "? an argument that is not read"],
        ),
        (
            """
    with op.batch_alter_table('t') as b:
        b.create_check_constraint(None, sa.text(str(unknown)))
        b.add_column(sa.Column('x', sa.Integer, sa.ForeignKey('y')))
        b.drop_constraint(None)
        """,
            [
                "? op.create_check_constraint: unknown is not read",
                "ALTER TABLE t ADD COLUMN x INTEGER",
                "? op.add_constraint fails: NoReferencedColumnError: Could not initialize target column for ForeignKey 'y' on table 't': table 'y' has no column named 'x'",
                "? op.drop_constraint fails: CompileError: Can't emit DROP CONSTRAINT for constraint Constraint(); it has no name",
            ],
        ),
        (
            """
    with op.batch_alter_table('t', table_args=unknown) as b:
        b.drop_column('x')
        """,
            ["ALTER TABLE t DROP COLUMN x"],
        ),
        (
            """
    def save(c=op, *, d=None):
        c.drop_table('x')
    helper(save)
    helper(lambda: op.drop_table('x'))
    helper(lambda: 1)
    helper([op])
    helper(op.execute)
    class K(helper.Base): pass
    K(op)
    K()
    helper.call(sa.Column)
        """,
            [
                "? calls helper that is not read",
                "? calls helper that is not read",
                "? calls helper that is not read",
                "? calls helper that is not read",
                "? K stands on a class that is not read and is given the database",
            ],
        ),
        (
            """
    x = unknown
    x.add(1)
    x.info(1)
    op.drop_table(x.name)
        """,
            ["? calls unknown, which is not read", "? op.drop_table: unknown is not read"],
        ),
        (
            """
    (lambda *a: op.drop_table(a[0]))(*unknown)
    partial_ = helper(op)
    partial_.go()
    sa.Integer(*unknown)
        """,
            [
                "? called with unknown arguments: unknown is not read",
                "? calls helper that is not read",
                "? helper is not read",
            ],
        ),
        (
            """
    import functools
    g = functools.partial(op.drop_table)
    g(*unknown)
    [op.drop_table][0]('x')
    op.f
    5()
    'x'()
    sa.func.now()()
        """,
            ["? called with unknown arguments: unknown is not read", "DROP TABLE x"],
        ),
    ],
)
def test_what_is_sent(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
