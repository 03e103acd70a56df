"""Containers, items and parts of expressions of which some are unknown: nothing raises by mistake, nothing is lost."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    x = ['b', 'a']
    x.sort(key=lambda v: v)
    y = [1, 2]
    y.sort(reverse=True)
    op.drop_table(x[0] + str(y))
        """,
            ['DROP TABLE "a[2, 1]"'],
        ),
        (
            """
    x = ['b', 'a']
    x.sort(key=unknown)
    op.drop_table(x[0])
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    rows = op.get_bind().execute(sa.text('SELECT 1')).scalars()
    names = []
    names.extend(rows)
    found = {'a': 1}
    found.update(rows)
    kept = {'a'}
    kept.add(rows)
    op.drop_table('a' if 'q' in found else 'b')
    op.drop_table('a' if 'q' in kept else 'b')
    for name in names: op.drop_table(name)
        """,
            [
                "SELECT 1",
                "? op.drop_table: a condition only a run knows",
                "? op.drop_table: a condition only a run knows",
                "? op.drop_table: a condition only a run knows",
            ],
        ),
        (
            """
    x = [1]
    x.extend(op)
    op.drop_table(str(x))
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    x = []
    x.append(unknown)
    x.insert(0, 'a')
    d = {}
    d.setdefault('k', unknown)
    op.drop_table(x[0])
    op.drop_table(d['k'])
    op.drop_table(x.index('a'))
        """,
            ["DROP TABLE a", "? op.drop_table: unknown is not read", "? op.drop_table: unknown is not read"],
        ),
        (
            """
    rows = op.get_bind().execute(sa.text('SELECT 1')).scalars()
    list(map(op.drop_table, rows))
    list(filter(op.drop_table, rows))
        """,
            ["SELECT 1", "? op.drop_table: the result of a query", "? op.drop_table: the result of a query"],
        ),
        (
            """
    list(map(op.drop_table, ['a', 'b']))
    list(filter(op.drop_table, ['c']))
        """,
            ["DROP TABLE a", "DROP TABLE b", "DROP TABLE c"],
        ),
        (
            """
    x = unknown or {}['k']
    y = [{}['k'] for i in unknown]
    z = unknown and op.execute('DELETE FROM t')
    op.drop_table('t')
        """,
            ["perhaps DELETE FROM t", "DROP TABLE t"],
        ),
        (
            """
    op.drop_table(unknown.a.b and op.drop_table('inner') or 'x')
        """,
            ['? unknown is not read [nothing / DROP TABLE "inner"]', "DROP TABLE x"],
        ),
        (
            """
    x = op.drop_table('a') if flag else op.drop_table('b')
    y = op.execute('DELETE FROM c') if flag else {}['k']
        """,
            ["? flag is not read [DROP TABLE a / DROP TABLE b]", "DELETE FROM c"],
        ),
        (
            """
    [op.drop_table(n) for n in unknown]
    {op.execute('DELETE FROM t') for n in unknown}
    {n: op.execute('DELETE FROM u') for n in unknown}
    [op.execute('DELETE FROM v') for n in [1] if flag]
        """,
            [
                "? op.drop_table: unknown is not read",
                "perhaps DELETE FROM t",
                "perhaps DELETE FROM u",
                "perhaps DELETE FROM v",
            ],
        ),
        (
            """
    await_ = lambda: 1
    x = 1 if (yield) else 2
    print(f'{x}')
        """,
            [],
        ),
        (
            """
    op.execute(sa.select(sa.table(unknown)).join(unknown))
        """,
            ["? execute: unknown is not read"],
        ),
        (
            """
    sa.select(sa.table('t', sa.column('a'))).select_from(unknown)
    op.execute(sa.select(sa.table('t', sa.column('a'))).select_from(unknown))
    op.execute(sa.select(sa.table('t', sa.column('a'))).where(op))
        """,
            ["? execute: a statement with an unknown part", "? execute: an expression with parts that are not read"],
        ),
        (
            """
    import functools
    helper(functools.partial(op.drop_table, 'x'))
    helper(functools.partial(print, 'x'))
        """,
            ["? calls helper that is not read"],
        ),
        (
            """
    for i in flag:
        unknown.x[0] = 1
        unknown().y = 2
        x = []
        x[0].a = 1
        x.append(1)
        """,
            [],
        ),
        (
            """
    while 1 < 2 < unknown:
        op.execute('DELETE FROM t')
        """,
            ["perhaps DELETE FROM t"],
        ),
        (
            """
    s = sa.orm.Session()
    s.query(sa.column('a'), op).all()
    s.query(5, {}).all()
    class P:
        __tablename__ = 'p'
        id = sa.Column(sa.Integer)
        Id = sa.Column('id', sa.Text)
    s.query(P).all()
        """,
            [
                "? an ORM query over something that is not read",
                "? an ORM query over something that is not read",
                "? an ORM query over something that is not read",
            ],
        ),
        (
            """
    t = sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())
    op.execute(sa.select(t.c.a, t.c.a))
    op.get_bind().execute(t.insert(), [{5: 1}])
        """,
            [
                "SELECT t.a, t.a AS a__1 FROM t",
                "? execute fails: ArgumentError: SET/VALUES column expression or string key expected, got 5.",
            ],
        ),
        (
            """
    op.alter_column('t', 'a', server_default=sa.literal('x', unknown.Type))
    op.add_column('t', sa.Column('a', unknown.Type, server_default='x'))
    op.execute(sa.table('t', sa.column('a', unknown.Type)).update().values(a='x'))
    op.execute(sa.insert(sa.table('t', sa.column('a', unknown.Type))).values(a="it's"))
        """,
            [
                "? op.alter_column: an expression with unknown parts",
                "ALTER TABLE t ADD COLUMN a \"?Type\" DEFAULT 'x'",
                "UPDATE t SET a='x'",
                "INSERT INTO t (a) VALUES ('it''s')",
            ],
        ),
        (
            """
    x = 1 < unknown < 2
    op.drop_table('a' if 2 < 1 < unknown else 'b')
        """,
            ["DROP TABLE b"],
        ),
    ],
)
def test_items_that_may_be_unknown(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
