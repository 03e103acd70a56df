"""Loops: which rounds are known, and what is certain after those that are not."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    for i in (1, 2):
        if flag: return 'x'
        if i == 2: continue
        op.drop_table(str(i))
    op.drop_table('end')
        """,
            [
                '? depends on flag is not read [nothing / DROP TABLE "1"]',
                '? depends on flag is not read [nothing / DROP TABLE "end"]',
            ],
        ),
        (
            """
    for i in (1, 2):
        return
    op.drop_table('never')
        """,
            [],
        ),
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
        break
    else:
        op.drop_table('else')
    op.drop_table('after')
        """,
            ['? a loop that runs as often as the data says [nothing / DROP TABLE "else"]', "DROP TABLE after"],
        ),
        (
            """
    x = 'a'
    y = []
    z = {}
    class I: pass
    i = I()
    for j in flag:
        x = 'b'
        y.append(1)
        z['k'] = 1
        i.n = 1
        use(y, x)
    op.drop_table(x)
    op.drop_table(str(y))
    op.drop_table(str(z))
    op.drop_table(str(i.n))
        """,
            [
                "? op.drop_table: a loop that runs as often as the data says",
                "? op.drop_table: a condition only a run knows",
                "? op.drop_table: a condition only a run knows",
                "? op.drop_table: a condition only a run knows",
            ],
        ),
        (
            """
    y = []
    w = ['w']
    fill = lambda l: l.append('x')
    for j in flag:
        fill(y)
        fill(w)
    op.drop_table(str(y))
    op.drop_table(str(w))
        """,
            ["? op.drop_table: a condition only a run knows", "? op.drop_table: a condition only a run knows"],
        ),
        (
            """
    n = 0
    while n < 3:
        n += 1
        if n == 1: continue
        if n == 2: break
    op.drop_table(str(n))
        """,
            ['DROP TABLE "2"'],
        ),
        (
            """
    while True:
        return
        """,
            [],
        ),
        (
            """
    while flag:
        op.execute('DELETE FROM t')
        if flag2: break
    else:
        op.execute('DELETE FROM u')
        """,
            ["perhaps DELETE FROM t", "perhaps DELETE FROM u"],
        ),
        (
            """
    n = 0
    while n < 3:
        n += 1
        if flag: break
        op.execute(f'DELETE FROM t{n}')
    op.drop_table('z')
        """,
            ["perhaps DELETE FROM t$1", "DROP TABLE z"],
        ),
        (
            """
    n = 0
    while n < 2:
        n += 1
    else:
        op.drop_table('else')
        """,
            ['DROP TABLE "else"'],
        ),
        (
            """
    def f():
        yield 1
        yield from flag
    for x in f(): op.drop_table(x)
        """,
            ['DROP TABLE "1"', "? op.drop_table: an unknown item"],
        ),
        (
            """
    for a, (b, c) in [(1, ('x', 'y'))]:
        op.drop_table(b + c)
        """,
            ["DROP TABLE xy"],
        ),
        (
            """
    for i in (1, 2):
        while flag:
            if flag2: return
            op.execute('DELETE FROM t')
    op.drop_table('after')
        """,
            [
                "perhaps DELETE FROM t",
                "perhaps DELETE FROM t",
                "? a loop that runs as often as the data says [nothing / DROP TABLE after]",
            ],
        ),
        (
            """
    while True:
        if flag: return
        x = op.get_bind().scalar(sa.text('SELECT 1'))
        if not x: break
    op.drop_table('after')
        """,
            ["perhaps SELECT 1", "? a loop that runs as often as the data says [nothing / DROP TABLE after]"],
        ),
        (
            """
    n = 1
    while n < 3:
        n = flag
        op.execute('DELETE FROM t')
    op.drop_table(n)
        """,
            ["perhaps DELETE FROM t", "? op.drop_table: a loop that runs as often as the data says"],
        ),
        (
            """
    n = 1
    while unknown() < n:
        n += 1
        """,
            [],
        ),
        (
            """
    while True:
        if flag:
            continue
        break
    op.drop_table('after')
        """,
            ["DROP TABLE after"],
        ),
        (
            """
    for i in (1, 2, 3):
        if flag:
            if flag2: break
            continue
        op.drop_table(str(i))
        """,
            [
                '? depends on flag is not read [nothing / DROP TABLE "1"]',
                '? depends on flag is not read [nothing / DROP TABLE "2"]',
                '? depends on flag is not read [nothing / DROP TABLE "3"]',
            ],
        ),
        (
            """
    def f():
        for i in (1, 2):
            if flag: return 'same'
        return 'same'
    op.drop_table(f())
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    names = set()
    for n in ('b', 'a'): names.add(n)
    for n in names: op.drop_table(n)
    for n in {Plain, op}: op.drop_table(n)
        """,
            ["DROP TABLE a", "DROP TABLE b", "? op.drop_table: a set with unknown items"],
        ),
    ],
)
def test_loops(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
