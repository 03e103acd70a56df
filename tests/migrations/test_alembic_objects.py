"""Names and objects of SQLAlchemy and Alembic: types, mapped classes, reflected tables."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    t = sa.table('t', sa.column('a'))
    op.execute(t.update())
    op.execute(sa.table('u').update())
        """,
            ["UPDATE t SET a=$1", "UPDATE u SET"],
        ),
        (
            """
    t = sa.table('t', sa.column('a', sa.Integer))
    op.execute(sa.text('SELECT :a').bindparams(a=unknown))
    op.execute(sa.text(unknown))
    op.execute(sa.text(f'DELETE FROM t WHERE a = {unknown}'))
    op.execute(t.nothing())
        """,
            [
                "SELECT $1",
                "? execute: unknown is not read",
                "DELETE FROM t WHERE a = $1",
                "? raises AttributeError: 'TableClause' object has no attribute 'nothing'",
            ],
        ),
        (
            """
    op.execute(sa.text('SELECT :a').bindparams(b=1))
        """,
            ["? raises ArgumentError: This text() construct doesn't define a bound parameter named 'b'"],
        ),
        (
            """
    op.f
    5()
        """,
            [],
        ),
        (
            """
    'x'()
    sa.func.now()()
    (sa.func.now)(1)
        """,
            [],
        ),
        (
            """
    from sqlalchemy import *
    from sqlalchemy.types import *
    op.add_column('t', Column('a', Integer))
        """,
            ["ALTER TABLE t ADD COLUMN a INTEGER"],
        ),
        (
            """
    import alembic.op as o, alembic, sqlalchemy.dialects.postgresql as pg, json as j
    from alembic import context as c
    import alembic.context as d
    o.drop_table('a')
    alembic.op.drop_table('b')
    alembic.context.execute('SELECT 1')
    d.execute('SELECT 2')
    op.add_column('t', sa.Column('a', pg.JSONB))
    op.drop_table(j.dumps('x'))
        """,
            [
                "DROP TABLE a",
                "DROP TABLE b",
                "SELECT 1",
                "SELECT 2",
                "ALTER TABLE t ADD COLUMN a JSONB",
                'DROP TABLE """x"""',
            ],
        ),
        (
            """
    from sqlmodel import AutoString
    from sqlmodel.sql.sqltypes import GUID
    import sqlmodel
    op.add_column('t', sa.Column('a', AutoString(5)))
    op.add_column('t', sa.Column('b', GUID()))
    op.add_column('t', sa.Column('c', sqlmodel.sql.sqltypes.AutoString()))
        """,
            [
                "ALTER TABLE t ADD COLUMN a VARCHAR(5)",
                "ALTER TABLE t ADD COLUMN b UUID",
                "ALTER TABLE t ADD COLUMN c VARCHAR",
            ],
        ),
        (
            """
    class Big(sa.types.TypeDecorator):
        impl = unknown.Type
    class Odd(sa.types.UserDefinedType):
        cache_ok = True
        def get_col_spec(self, **kw): return unknown
    class Fine(sa.types.UserDefinedType):
        cache_ok = True
        def __init__(self, n=2): self.n = n
        def get_col_spec(self, **kw): return f'fine({self.n})'
    class Mixed(str, sa.Integer): pass
    class Sub(Fine):
        def __init__(self): super().__init__(3)
    op.add_column('t', sa.Column('a', Big))
    op.add_column('t', sa.Column('c', Fine(7)))
    op.add_column('t', sa.Column('c', Sub()))
    op.add_column('t', sa.Column('d', Mixed))
    op.add_column('t', sa.Column('b', Odd()))
        """,
            [
                'ALTER TABLE t ADD COLUMN a "?Big"',
                "ALTER TABLE t ADD COLUMN c fine(7)",
                "ALTER TABLE t ADD COLUMN c fine(3)",
                'ALTER TABLE t ADD COLUMN d "?Mixed"',
                "? op.add_column fails: TypeError: get_col_spec: unknown is not read",
            ],
        ),
        (
            """
    import enum
    class A(enum.Enum):
        X = enum.auto()
    class B(enum.Enum): pass
    class C(enum.Enum):
        X = 'x'
        def __str__(self): return 'y'
    class D(int, enum.Enum): X = 1
    class E(enum.StrEnum): X = 'x'
    op.drop_table(E.X)
    op.drop_table(str(D.X.value) + f'{E.X}' + D.X.name)
    op.drop_table(A.X)
    op.drop_table(B.X)
    op.drop_table(C.X)
    op.add_column('t', sa.Column('a', sa.Enum(D, name='d')))
        """,
            [
                "DROP TABLE x",
                'DROP TABLE "1xX"',
                'DROP TABLE "A.X"',
                "? op.drop_table: B is an enum that is not read",
                "DROP TABLE y",
                "ALTER TABLE t ADD COLUMN a d",
            ],
        ),
        (
            """
    s = sa.orm.Session()
    class P(sa.orm.DeclarativeBase):
        __tablename__ = 'p'
        id = sa.Column(sa.Integer, primary_key=True)
        n = sa.Column(sa.Text)
    class N(P): pass
    class T:
        x = 1
        __table__ = sa.table('given', sa.column('g'))
    s.query(P).options(1).filter(P.n == unknown).limit(1).count()
    s.query(P.id).subquery()
    s.execute(sa.select(s.query(P.id).subquery().c.id))
    s.query(unknown).all()
    s.query(5).all()
    s.query(T).all()
    s.query(P).filter(5).all()
    s.query(P).nothing()
    s.query(P.id).delete()
    s.query(P).update(unknown)
    s.query(P).update({'n': unknown}, synchronize_session=False)
    s.delete(P())
    s.delete(unknown)
    s.add_all([])
    s.add(T())
    s.add(N())
    for p in s.query(P): s.delete(p)
    class Q: pass
    s.add(Q())
    op.drop_table(Q.__table__)
    op.drop_table(P.__tablename__ + Q.__name__)
    list(s.query(P))
    P.metadata.create_all(op.get_bind())
        """,
            [
                "SELECT p.id, p.n FROM p WHERE p.n = $1 LIMIT 1",
                "SELECT anon_1.id FROM (SELECT p.id AS id FROM p) AS anon_1",
                "? an ORM query over something that is not read",
                "SELECT 5",
                "SELECT given.g FROM given",
                "? an ORM query with unknown parts",
                "? nothing of an ORM query is not read",
                "? delete of an ORM query over something that is not read",
                "? update of an ORM query with unknown values",
                "UPDATE p SET n=$1",
                "SELECT p.id, p.n FROM p WHERE p.id = $1",
                "DELETE FROM p WHERE p.id = $1",
                "? delete of an ORM session, of something that is not read",
                "? add_all of an ORM session, of something that is not read",
                "INSERT INTO given (g) VALUES ($1)",
                "INSERT INTO p (id, n) VALUES ($1, $1)",
                "SELECT p.id, p.n FROM p",
                "perhaps SELECT p.id, p.n FROM p WHERE p.id = $1",
                "perhaps DELETE FROM p WHERE p.id = $1",
                "? add of an ORM session, of something that is not read",
                "? op.drop_table: the table of Q is not read",
                'DROP TABLE "pQ"',
                "SELECT p.id, p.n FROM p",
                "CREATE TABLE p ( id SERIAL NOT NULL, n TEXT, PRIMARY KEY (id) ) (looks first)",
            ],
        ),
        (
            """
    class M(unknown.Base):
        __tablename__ = 'm'
        __table_args__ = {}
        id = sa.Column(sa.Integer)
    op.execute(sa.select(M.__table__))
    op.execute(M.__table__.delete().where(M.id == 1))
        """,
            ["SELECT m.id FROM m", "DELETE FROM m WHERE m.id = 1"],
        ),
        (
            """
    t = sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())
    op.drop_table(t.primary_key.name)
    op.drop_table(t.name)
    sa.Table(unknown, sa.MetaData(), autoload_with=op.get_bind())
    sa.MetaData(bind=op.get_bind()).tables
    i = sa.inspect(op.get_bind())
    op.drop_table(i.get_table_names()[0])
        """,
            ["? op.drop_table: what the database holds", "DROP TABLE t", "? op.drop_table: what the database holds"],
        ),
    ],
)
def test_objects(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
