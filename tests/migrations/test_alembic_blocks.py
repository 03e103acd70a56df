"""Functions, classes, exceptions, context managers, match."""

import pytest

from tests.migrations.trees_in_memory import outline, upgrade


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
    class A: pass
    a = A()
    a.x = 'x'
    A.y = 'y'
    op.drop_table(a.x + a.y)
        """,
            ["DROP TABLE xy"],
        ),
        (
            """
    async with flag: pass
        """,
            [],
        ),
        (
            """
    import os.path
    with open('x') as f:
        op.drop_table(f)
        """,
            ["? op.drop_table: the file x is not in this repository"],
        ),
        (
            """
    if flag:
        return
    raise ValueError('x')
        """,
            [],
        ),
        (
            """
    match 'b':
        case 'a': op.drop_table('a')
        case x if x == 'c': op.drop_table('c')
        case None: op.drop_table('n')
        case 'b' as y: op.drop_table(y)
        """,
            ["DROP TABLE b"],
        ),
        (
            """
    match flag:
        case 'a': op.drop_table('a')
        case [x, *y]: op.drop_table('b')
        case {'k': z, **rest}: op.drop_table('c')
        case _: op.drop_table('d')
        """,
            ["? depends on flag is not read [DROP TABLE a / DROP TABLE b / DROP TABLE c / DROP TABLE d]"],
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
    match 'x':
        case 'y': op.drop_table('y')
    op.drop_table('end')
        """,
            ['DROP TABLE "end"'],
        ),
        (
            """
    match (1, 2):
        case (1, b): op.drop_table('b')
        """,
            ["? depends on a condition only a run knows [DROP TABLE b / nothing]"],
        ),
        (
            """
    try:
        raise ValueError
    except KeyError:
        op.drop_table('k')
    except ValueError as e:
        op.drop_table('v')
        """,
            ["DROP TABLE v"],
        ),
        (
            """
    try:
        raise ValueError('x')
    except KeyError:
        op.drop_table('k')
        """,
            ["? raises ValueError: x"],
        ),
        (
            """
    class Own(Exception): pass
    try:
        raise Own('x')
    except Own:
        op.drop_table('own')
        """,
            ["DROP TABLE own"],
        ),
        (
            """
    class Base: pass
    class Own(Base): pass
    try:
        raise Own()
    except Base:
        op.drop_table('own')
        """,
            ["DROP TABLE own"],
        ),
        (
            """
    class Own: pass
    raise Own()
        """,
            ["? raises Own"],
        ),
        (
            """
    raise
        """,
            [],
        ),
        (
            """
    raise flag
        """,
            [],
        ),
        (
            """
    try:
        raise unknown.Error('x')
    except unknown.Error:
        op.drop_table('u')
        """,
            ["? depends on which exception is raised [DROP TABLE u / nothing]"],
        ),
        (
            """
    try:
        raise ValueError
    except unknown.Error:
        op.drop_table('u')
        """,
            ["? depends on which exception is raised [DROP TABLE u / nothing]"],
        ),
        (
            """
    try:
        op.execute('SELECT 1')
    except Exception:
        return
    op.drop_table('after')
        """,
            ["SELECT 1", "? runs only if what was tried fails [nothing / DROP TABLE after]"],
        ),
        (
            """
    try:
        x = 1
    except Exception: pass
    else:
        op.drop_table('else')
    finally:
        op.drop_table('finally')
        """,
            ['DROP TABLE "else"', "DROP TABLE finally"],
        ),
        (
            """
    try:
        for i in (1, 2):
            try:
                op.drop_table(str(i))
            except ValueError:
                continue
            break
    finally:
        return
        """,
            ['DROP TABLE "1"', '? a condition only a run knows [nothing / DROP TABLE "2"]'],
        ),
        (
            """
    assert True, 'x'
    assert flag
    assert 1 > 2
        """,
            ["? raises AssertionError"],
        ),
        (
            """
    with op.get_bind() as c, c.begin():
        c.execute('SELECT 1')
        """,
            ["SELECT 1"],
        ),
        (
            """
    import contextlib
    with contextlib.suppress(KeyError):
        raise ValueError('not suppressed')
        """,
            ["? raises ValueError: not suppressed"],
        ),
        (
            """
    import contextlib
    with contextlib.suppress(flag):
        raise ValueError('x')
        """,
            ["? raises ValueError: x"],
        ),
        (
            """
    import contextlib
    @contextlib.contextmanager
    def m(x):
        op.drop_table(x)
        yield x
    @contextlib.contextmanager
    def never():
        return
        yield
    with m('in') as a:
        op.drop_table(a + 'side')
    with never():
        op.drop_table('never')
    m('unused')
        """,
            ['DROP TABLE "in"', "DROP TABLE inside"],
        ),
        (
            """
    with sa.MetaData() as m: op.drop_table('x')
    with lambda: 1: op.drop_table('y')
        """,
            ["DROP TABLE x", "DROP TABLE y"],
        ),
        (
            """
    with op.get_context().begin_transaction(): op.drop_table('x')
        """,
            ["DROP TABLE x"],
        ),
        (
            """
    def f(n):
        if flag: return f(n + 1)
        return n
    op.drop_table(f(1))
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    def f(n):
        op.drop_table('t%s' % n)
        if flag: f(n + 1)
    f(1)
        """,
            ["DROP TABLE t1", "? a function that calls itself as often as the data says"],
        ),
        (
            """
    def f():
        if flag: return 'a'
    op.drop_table(f())
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    def f():
        if flag: return 'a'
        return 'a'
    op.drop_table(f())
        """,
            ["DROP TABLE a"],
        ),
        (
            """
    class Meta(type): pass
    class A(metaclass=Meta): x = 'x'
    @flag
    class B: pass
    op.drop_table(A.x)
    op.drop_table(B.x)
        """,
            ["? op.drop_table: A is a class that is not read", "? op.drop_table: B is a class that is not read"],
        ),
        (
            """
    class A:
        def __init__(self, x=1): self.x = x
    class B(A):
        def __init__(self): super().__init__('b'); self.y = super(B, self).x
    class C(B): pass
    op.drop_table(C().x + C().y)
        """,
            ["DROP TABLE bb"],
        ),
        (
            """
    class A:
        @staticmethod
        def s(): return 's'
        @classmethod
        def c(cls): return 'c'
        @property
        def p(self): return 'p'
    op.drop_table(A.s())
    op.drop_table(A().p)
    op.drop_table(A.c())
        """,
            [
                "DROP TABLE s",
                "DROP TABLE p",
                "DROP TABLE c",
            ],
        ),
        (
            """
    x = 'a'
    def g():
        global x
        x = 'b'
    g()
    op.drop_table(x)
        """,
            ["DROP TABLE b"],
        ),
        (
            """
    if flag:
        return 1
    elif flag2:
        raise ValueError('x')
    else:
        return 2
    op.drop_table('never')
        """,
            [],
        ),
        (
            """
    def f():
        if flag: return sa.text('a')
        if flag2: return 'x'
        raise ValueError('neither')
    op.drop_table(f())
        """,
            ["? op.drop_table: depends on flag is not read"],
        ),
        (
            """
    class A: pass
    a = A()
    if flag: a.x = 1
    else: a.x = 1
    op.drop_table(str(a.x))
        """,
            ['DROP TABLE "1"'],
        ),
        (
            """
    import contextlib
    @contextlib.contextmanager
    def m():
        try:
            yield 'x'
        except ValueError:
            op.drop_table('caught')
    with m() as x:
        raise ValueError('y')
        """,
            ["DROP TABLE caught"],
        ),
        (
            """
    (yield 5)
        """,
            [],
        ),
        (
            """
    def f(): return (yield)
    f()
    op.drop_table(f()[0])
        """,
            ["? op.drop_table fails: AssertionError: use quoted_name.construct() for None passthrough"],
        ),
        (
            """
    def loop(n): return loop(n + 1)
    loop(1)
        """,
            ["? calls more than 40 functions inside one another"],
        ),
    ],
)
def test_blocks(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected
