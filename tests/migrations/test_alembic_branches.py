"""Conditions and changes: what all ways agree on is certain."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    x = {'a': 1}
    x[flag] = 2
    op.drop_table('a' if 'b' in x else 'c')
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    x = [1]
    x += flag
    op.drop_table(x[0])
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    x = [1]
    del x[flag]
    op.drop_table(str(x))
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    x = {'a': 1, 'b': 2}
    del x['a']
    op.drop_table(list(x)[0])
        """,
            ["DROP TABLE b"],
        ),
        (
            """
    a, *b = flag
    op.drop_table(a)
        """,
            ["? op.drop_table: flag is not read"],
        ),
        (
            """
    a, b = [1]
        """,
            ["? raises ValueError: cannot unpack 1 values into 2 names"],
        ),
        (
            """
    a, *b, c = [1]
        """,
            ["? raises ValueError: not enough values to unpack"],
        ),
        (
            """
    y: int
    z: str = 'z'
    op.drop_table(z)
        """,
            ["DROP TABLE z"],
        ),
        (
            """
    sa.x = 1
    flag.y = 2
    op.drop_table('t')
        """,
            ["DROP TABLE t"],
        ),
        (
            """
    unknown()[0] = 1
    del unknown()[0], flag
    (1).x = 2
        """,
            [],
        ),
        (
            """
    if flag:
        return
    if flag2:
        return
    op.drop_table('a')
        """,
            ["? depends on flag2 is not read [nothing / DROP TABLE a]"],
        ),
        (
            """
    x = 1
    if flag:
        import json
        del x
    op.drop_table(x)
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    if flag:
        if flag2:
            return
        op.drop_table('a')
    op.drop_table('b')
        """,
            [
                "? depends on flag2 is not read [nothing / DROP TABLE a]",
                "? depends on flag is not read [nothing / DROP TABLE b]",
            ],
        ),
        (
            """
    if flag: raise ValueError('x')
    else: raise KeyError('y')
        """,
            ["? raises KeyError: 'y'"],
        ),
        (
            """
    x = [1]
    y = x
    if flag:
        x.append(2)
    op.drop_table(str(y))
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    x = [1]
    if flag: x.append(2)
    else: x.append(2)
    op.drop_table(str(x))
        """,
            ['DROP TABLE "[1, 2]"'],
        ),
        (
            """
    d = {'a': [1, {'b'}], 's': {1}}
    if flag: d['c'] = 1
    else: d['s'].add(2)
    op.drop_table(str(d['a'][0]))
        """,
            ["? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    if flag: q = ['a', {'k': (1,)}]
    else: q = ['a', {'k': (1,)}]
    op.drop_table(q[0])
        """,
            ["DROP TABLE a"],
        ),
        (
            """
    if flag: q = ['a']
    else: q = {'a': 1}
    op.drop_table(q)
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    if flag: q = object
    else: q = int
    op.drop_table(q)
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    if flag:
        s = {1}
        s.add(2)
        del s
        """,
            [],
        ),
        (
            """
    t = sa.table('t', sa.column('a'))
    if flag: q = t.delete()
    elif flag2: q = t.insert()
    else: q = sa.select(t)
    op.get_bind().execute(q)
    op.drop_table(q.name)
        """,
            [
                "perhaps DELETE FROM t",
                "perhaps INSERT INTO t (a) VALUES ($1)",
                "perhaps SELECT t.a FROM t",
                "? raises AttributeError: 'Delete' object has no attribute 'name'",
            ],
        ),
        (
            """
    t = sa.table('t', sa.column('a'))
    q = [t.delete(), t.insert(), t.update(), t.select(), t.delete().where(t.c.a == 1)]
    if f1: q = q[0]
    elif f2: q = q[1]
    elif f3: q = q[2]
    elif f4: q = q[3]
    else: q = q[4]
    op.get_bind().execute(q)
        """,
            ["? execute: depends on f1 is not read"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t'):
        op.execute('DELETE FROM t')
        op.drop_table('t')
        """,
            ["? depends on what the database holds [DELETE FROM t; DROP TABLE t / nothing]"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t'):
        op.drop_table('t')
        return
    op.drop_table('after')
        """,
            [
                "? depends on what the database holds [DROP TABLE t / nothing]",
                "? depends on what the database holds [nothing / DROP TABLE after]",
            ],
        ),
        (
            """
    if 'i' in sa.inspect(op.get_bind()).get_indexes('t') and [][5]:
        op.drop_index('i')
        """,
            ["DROP INDEX i (looks first)"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t', **{}['x']):
        op.drop_table('t')
        """,
            ["? raises KeyError: 'x'"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t'):
        unknown_helper(op)
        """,
            ["? calls unknown_helper that is not read"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t'):
        op.create_table('t', sa.Column('a', sa.Integer, index=True))
        """,
            ["CREATE TABLE t ( a INTEGER ) (looks first)", "CREATE INDEX ix_t_a ON t (a) (looks first)"],
        ),
        (
            """
    if not sa.inspect(op.get_bind()).has_table('t'):
        op.create_table('t', sa.Column('a', sa.Integer, index=True))
        """,
            ["CREATE TABLE t ( a INTEGER ) (looks first)", "CREATE INDEX ix_t_a ON t (a) (looks first)"],
        ),
        (
            """
    if sa.inspect(op.get_bind()).has_table('t' if flag else {}['x']):
        op.drop_table('t')
        """,
            ["DROP TABLE t (looks first)"],
        ),
    ],
)
def test_what_all_ways_agree_on(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
