"""What is known of a migration without running it: constants, loops, functions, conditions."""

import pytest

from tests.migrations.trees_in_memory import lines, sql, statement, upgrade


def run(body, **options):
    return sql(upgrade(f"def upgrade():\n{body}", **options))


def test_an_operation_is_the_sql_that_alembic_sends_at_its_call():
    steps = upgrade("def upgrade():\n    op.drop_table('orders')\n    op.execute('SELECT 1;')\n")
    assert steps == (statement("DROP TABLE orders", 6), statement("SELECT 1", 7))


def test_columns_count_characters_not_bytes():
    steps = upgrade("def upgrade():\n    x = 'ä'; op.drop_table('orders')\n")
    assert steps == (statement("DROP TABLE orders", 6, 14),)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("f'{TABLE}_x'", "orders_x"),
        ("f'{TABLE!s:*>8}'", "**orders"),
        ("f'{1 + 2:03d}'", "003"),
        ("f'{TABLE!r}'", "'orders'"),
        ("'%s_%d' % (TABLE, 3)", "orders_3"),
        ("'%(t)s' % {'t': TABLE}", "orders"),
        ("'{}_{x}'.format(TABLE, x=1)", "orders_1"),
        ("TABLE + '_' + TABLE", "orders_orders"),
        ("'_'.join([TABLE, 'b'])", "orders_b"),
        ("TABLE.upper().lower().replace('o', 'O')", "Orders"),
        ("'ab' * 2", "abab"),
        ("TABLE if 1 < 2 <= 2 else 'no'", "orders"),
        ("NAMES['x'][0]", "first"),
        ("NAMES.get('y', 'none')", "none"),
        ("NAMES['x'][-1:][0]", "second"),
        ("next(iter(NAMES['x']))", "first"),
        ("sorted({'b', 'a'})[0]", "a"),
        ("max(['a', 'c'], key=lambda value: value)", "c"),
        ("str(len([x for x in range(10) if x % 2]))", "5"),
        ("list({k: v for k, v in [('q', 1)]})[0]", "q"),
        ("(lambda a, *b, c='z', **d: a + b[0] + c + d['e'])('1', '2', e='3')", "12z3"),
        ("'x' if not None and (0 or TABLE) else 'y'", "x"),
        ("[y := 'walrus', y][1]", "walrus"),
        ("str(2 ** 10 // 3 - 1 % 5 + (7 >> 1) | 1)", "343"),
        ("str(-1) + str(+2) + str(~3)", "-12-4"),
        ("dedent('''\n        one''').strip()", "one"),
        ("json.loads('[\"j\"]')[0]", "j"),
        ("json.dumps({'b': 1, 'a': 2}, sort_keys=True)", '{"a": 2, "b": 1}'),
        ("partial(lambda a, b: a + b, 'p')('q')", "pq"),
        ("Colour.RED.value + Colour['RED'].name", "rRED"),
        ("str(datetime.date(2020, 1, 2).isoformat())", "2020-01-02"),
        ("dict(a='kw')['a']", "kw"),
        ("''.join(map(str.lower, ['A', 'B']))", "ab"),
        ("''.join(filter(lambda x: x != 'b', 'abc'))", "ac"),
        ("''.join(a + b for a, b in zip('ab', 'cd'))", "acbd"),
        ("str(any([0, 1])) + str(all([]))", "TrueTrue"),
        ("getattr(Plain, 'name') + str(hasattr('', 'other'))", "plainFalse"),
        ("Plain('i').shown()", "<i>"),
        ("','.join(f'{i}{x}' for i, x in enumerate(reversed('ab'), 1))", "1b,2a"),
        ("str(isinstance(TABLE, (int, str)))", "True"),
        ("'a' 'b'[0:]", "ab"),
    ],
)
def test_texts_that_follow_from_constants(expression, text):
    head = (
        "import datetime, enum, json\nimport sqlalchemy as sa\nfrom functools import partial\nfrom textwrap import dedent\n"
        "from alembic import op\nrevision = 'a'\ndown_revision = None\nTABLE: str = 'orders'\nNAMES = {'x': ('first', 'second')}\n"
        "class Colour(enum.Enum):\n    RED = 'r'\n"
        "class Plain:\n    name = 'plain'\n    def __init__(self, name):\n        self.own = name\n"
        "    def shown(self):\n        return f'<{self.own}>'\n"
    )
    assert run(f"    op.create_table_comment('t', {expression})\n", head=head) == [
        "COMMENT ON TABLE t IS '" + text.replace("'", "''") + "'"
    ]


def test_loops_over_literals_send_each_round():
    body = """
    for table, columns in {'a': ['x', 'y'], 'b': []}.items():
        for column in columns:
            if column == 'y':
                break
            op.drop_column(table, column)
        else:
            op.drop_table(table)
    count = 0
    while count < 2:
        count += 1
        op.drop_table(f't{count}')
    """
    assert run(body) == ["ALTER TABLE a DROP COLUMN x", "DROP TABLE b", "DROP TABLE t1", "DROP TABLE t2"]


def test_state_of_containers_and_instances_is_followed():
    body = """
    names = ['a']
    names.append('b')
    names += ['c']
    names[0], last = 'z', names.pop()
    found = {}
    found.setdefault('k', []).append(last)
    del names[1:]
    first, *rest = [*names, *found['k']]
    for name in (first, *rest):
        op.drop_table(name)
    """
    assert run(body) == ["DROP TABLE z", "DROP TABLE c"]


@pytest.mark.parametrize(
    "condition",
    [
        "op.get_bind().dialect.name == 'postgresql'",
        "op.get_context().dialect.name in ('postgresql', 'mysql')",
        "context.get_context().dialect.name != 'sqlite'",
        "op.get_bind().engine.name == 'postgresql'",
        "op.get_context().bind.dialect.name.startswith('postgres')",
        "not context.is_offline_mode()",
        "not op.get_context().as_sql",
        "context.get_bind().dialect.name == 'postgresql' and True",
    ],
)
def test_conditions_on_the_dialect_are_taken(condition):
    body = f"    if {condition}:\n        op.drop_table('a')\n    else:\n        op.drop_table('b')\n"
    assert run(body) == ["DROP TABLE a"]


def test_another_dialect_takes_the_other_way():
    body = "    if op.get_bind().dialect.name == 'mysql':\n        op.drop_column('a', 'b')\n"
    assert run(body, dialect="mysql") == ["ALTER TABLE a DROP COLUMN b"]
    assert run(body) == []


def test_helper_functions_of_the_file_and_of_the_tree():
    head = (
        "import sqlalchemy as sa\nfrom alembic import op\nfrom app.m.tools import drop, TYPES, quietly\nfrom app.m import tools as t\n"
        "revision = 'a'\ndown_revision = None\n"
        "def local(*names, suffix=''):\n    for name in names:\n        drop(op, name + suffix)\n"
    )
    tools = (
        "import contextlib\nimport sqlalchemy as sa\nTYPES = {'n': sa.Numeric(10, 2)}\n"
        "def drop(op, name):\n    '''Drop.'''\n    return op.drop_table(name)\n"
        "@contextlib.contextmanager\ndef quietly(op):\n    op.execute('SET LOCAL a = 1')\n    try:\n        yield op\n"
        "    finally:\n        op.execute('SET LOCAL a = 2')\n"
    )
    body = (
        "def upgrade():\n    local('a', 'b', suffix='_x')\n    with quietly(op) as o:\n"
        "        o.add_column('t', sa.Column('n', t.TYPES['n']))\n"
    )
    steps = upgrade(body, head=head, tools=tools)
    assert sql(steps) == [
        "DROP TABLE a_x",
        "DROP TABLE b_x",
        "SET LOCAL a = 1",
        "ALTER TABLE t ADD COLUMN n NUMERIC(10, 2)",
        "SET LOCAL a = 2",
    ]
    # What another file sends is placed at the call in the migration.
    assert lines(steps) == [9, 9, 12, 13, 12]


def test_a_lazy_type_of_a_module_with_getattr():
    head = "import sqlalchemy as sa\nfrom alembic import op\nfrom pkg.m.db_types import STAMP\nrevision = 'a'\ndown_revision = None\n"
    db_types = """
import sqlalchemy as sa
from alembic import context
from lazy_object_proxy import Proxy
def _sa_STAMP():
    class STAMP(sa.TIMESTAMP):
        def __init__(self, *args, timezone=True, **kwargs):
            super().__init__(*args, timezone=timezone, **kwargs)
    return STAMP
def __getattr__(name):
    if name == 'STAMP':
        def load():
            dialect = context.get_bind().dialect.name
            module = globals()
            made = module.get(f'_{dialect}_{name}', None) or module.get(f'_sa_{name}')
            value = module[name] = made()
            return value
        return Proxy(load)
    raise AttributeError(name)
"""
    assert sql(
        upgrade("def upgrade():\n    op.add_column('t', sa.Column('x', STAMP()))\n", head=head, db_types=db_types)
    ) == ["ALTER TABLE t ADD COLUMN x TIMESTAMP WITH TIME ZONE"]


def test_a_type_of_the_project_is_read():
    types = """
from sqlalchemy.types import TypeDecorator
from sqlalchemy.dialects import postgresql
import sqlalchemy as sa
class Moment(TypeDecorator):
    impl = sa.TIMESTAMP(timezone=True)
    cache_ok = True
class Document(TypeDecorator):
    impl = sa.Text
    def load_dialect_impl(self, dialect):
        if dialect.name == 'postgresql':
            return dialect.type_descriptor(postgresql.JSONB())
        return dialect.type_descriptor(sa.Text())
"""
    head = "import sqlalchemy as sa\nfrom alembic import op\nimport app.m.types as types\nrevision = 'a'\ndown_revision = None\n"
    body = "def upgrade():\n    op.create_table('t', sa.Column('m', types.Moment()), sa.Column('d', types.Document))\n"
    assert sql(upgrade(body, head=head, types=types)) == ["CREATE TABLE t ( m TIMESTAMP WITH TIME ZONE, d JSONB )"]


def test_an_unknown_type_keeps_its_place_in_the_statement():
    head = "import sqlalchemy as sa\nfrom alembic import op\nfrom app.types import Money, SIZE\nrevision = 'a'\ndown_revision = None\n"
    body = (
        "def upgrade():\n    op.add_column('t', sa.Column('m', Money(3), nullable=True))\n"
        "    op.alter_column('t', 'm', type_=Money, existing_type=Money())\n"
        "    op.add_column('t', sa.Column('s', sa.String(SIZE)))\n"
    )
    assert sql(upgrade(body, head=head)) == [
        'ALTER TABLE t ADD COLUMN m "?Money"',
        'ALTER TABLE t ALTER COLUMN m TYPE "?Money"',
        'ALTER TABLE t ADD COLUMN s "?String"',
    ]


def test_try_with_raise_and_finally():
    body = """
    names = {'postgresql': 'p'}
    try:
        name = names[op.get_bind().dialect.name]
    except KeyError:
        raise RuntimeError('no')
    else:
        op.drop_table(name)
    finally:
        op.drop_table('last')
    try:
        names['x']
    except (KeyError, ValueError) as error:
        op.drop_table('caught')
    match name:
        case 'q' | 'r':
            op.drop_table('q')
        case 'p':
            op.drop_table('matched')
        case _:
            op.drop_table('other')
    """
    assert run(body) == ["DROP TABLE p", "DROP TABLE last", "DROP TABLE caught", "DROP TABLE matched"]


def test_what_certainly_raises_is_said():
    assert run("    op.drop_table('a')\n    {}['x']\n    op.drop_table('b')\n") == [
        "DROP TABLE a",
        "? raises KeyError: 'x'",
    ]
    assert run("    raise_later = 1\n    raise ValueError('no way')\n") == ["? raises ValueError: no way"]


def test_generators_and_decorators():
    head = (
        "import contextlib, functools\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = 'a'\ndown_revision = None\n"
        "def names():\n    yield 'a'\n    yield from ['b', 'c']\n"
        "def around(f):\n    @functools.wraps(f)\n    def inner(*a):\n        op.drop_table('before')\n        return f(*a)\n    return inner\n"
        "@around\ndef drop(name):\n    op.drop_table(name)\n"
        "@unknown.decorator\ndef strange():\n    op.drop_table('never known')\n"
    )
    body = "def upgrade():\n    for name in names():\n        op.drop_table(name)\n    drop('z')\n    strange()\n"
    assert sql(upgrade(body, head=head)) == [
        "DROP TABLE a",
        "DROP TABLE b",
        "DROP TABLE c",
        "DROP TABLE before",
        "DROP TABLE z",
        "? strange is decorated by something that is not read",
    ]


def test_suppressed_exceptions_and_null_contexts():
    head = (
        "from contextlib import suppress, nullcontext\nfrom alembic import op\nrevision = 'a'\ndown_revision = None\n"
    )
    body = "def upgrade():\n    with suppress(KeyError), nullcontext():\n        {}['x']\n    op.drop_table('a')\n"
    assert sql(upgrade(body, head=head)) == ["DROP TABLE a"]


def test_globals_and_nonlocals():
    body = """
    def count():
        nonlocal number
        number += 1
        return number
    number = 0
    count()
    op.drop_table(f't{count()}')
    """
    assert run(body) == ["DROP TABLE t2"]
